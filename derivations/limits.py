"""The limits of descent: a chain of variables on which every first-order method is slow."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import alpha, beta, k, kappa

n, i = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("i", integer=True, positive=True)
q = sympy.Symbol("q", positive=True)
g = sympy.Function("g")
ENDS = ("free", "fixed")


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "limits",
        "The limits of descent",
        "A method that sees gradients only can go no faster than news travels. On a chain of variables each "
        "gradient reaches one "
        "variable more, and the error of those not reached yet is a lower bound for all such methods at once. "
        "Momentum comes near "
        "it.",
        "Adventures in Algorithmic Space",
        "The Resisting Oracle",
    )
    _unrolled(c)
    _function(c)
    _cone(c)
    _bound(c)
    _momentum(c)
    return c.document()


def _unrolled(c: Chapter) -> None:
    c.section("Methods, unrolled")
    start, j = sympy.Symbol("w^0"), sympy.Symbol("j", integer=True, nonnegative=True)
    total = sympy.Sum(g(j), (j, 0, k))
    weighted = sympy.Sum((1 - beta ** (k + 1 - j)) / (1 - beta) * g(j), (j, 0, k))
    own = named(sm.bounds.unrolled_claims())
    c.theorem(
        "Gradient descent",
        (
            "Put into each other, the steps are a sum over all gradients, of which ",
            g(i),
            " is the one of step ",
            i,
            ":",
        ),
        "a104/literal/step",
        "a105/literal/step",
        own["bounds/unrolled/gradient-descent/coefficients"],
        shown=(Formula(sympy.Symbol("w"), start - alpha * total),),
        proof="One step more, one gradient more.",
    )
    c.theorem(
        "Momentum",
        "Momentum weighs the gradients, the old ones more. Unless the momentum is 1,",
        "a106/corrected/start",
        "a106/corrected/step",
        "a106/corrected/third",
        own["bounds/unrolled/heavy-ball/coefficients"],
        shown=(Formula(sympy.Symbol("w"), start - alpha * weighted),),
    )
    c.false(
        "With a plus",
        "Printed is a plus sign in front of the step size; then momentum would go uphill.",
        "a106/literal/first",
    )
    c.text(
        "All methods whose iterates are a start plus fixed multiples of the gradients make a class: gradient "
        "descent, momentum, "
        "Nesterov's method, averages of gradients. So do, in a wider class, the methods with a step size of its "
        "own for each "
        "variable, even if it depends on the gradients. What follows is about the wider class, since it uses one "
        "property only."
    )
    c.false(
        "Everything belongs to the smaller class",
        "Not every first-order method has fixed multiples. The first step of AdaMax is not even a multiple of "
        "the gradient.",
        "a107/literal/adamax",
    )
    c.theorem(
        "Adam is in the wider class",
        "With step sizes that depend on the gradients; a component that is zero stays zero.",
        "a108/condition/depends",
        "a108/condition/adam",
        shown=(Formula(c.verdicts["a108/condition/depends"].claim.statement.args[0]),),
    )


def _function(c: Chapter) -> None:
    c.section("A chain of variables")
    entry = sympy.Function("w")
    c.define(
        "The Convex Rosenbrock function",
        (
            "One end of a chain is drawn to 1, neighbors are drawn together, and all are drawn to 0 a little. "
            "The number ",
            kappa,
            " is larger than 1.",
        ),
        Formula(
            sympy.Function("f")(sympy.Symbol("w")),
            (entry(1) - 1) ** 2 / 2
            + sympy.Sum((entry(i) - entry(i + 1)) ** 2 / 2, (i, 1, n - 1))
            + 2 / (kappa - 1) * sympy.Sum(entry(i) ** 2, (i, 1, n)),
        ),
    )
    c.false(
        "The printed sum",
        "Printed, the middle sum has one term more, and with it a variable that does not exist. It can be read "
        "as equal to the last "
        "one, which is the function above (a free end), or as 0 (a fixed end); what follows is proved for both.",
        "a109/literal/defined",
        shown=(),
    )
    ratio = sm.bounds.convex_rosenbrock(n, kappa).ratio
    c.define(
        "The ratio",
        "Everything about the chain is a matter of powers of one number:",
        Formula(q, ratio, label="ratio"),
    )
    powers = sympy.symbols("p_i p_n a c")
    c.remark(
        "Powers in the evidence",
        "In the statements that are checked, powers are variables: ",
        *(
            piece
            for power, value in zip(powers, (q**i, q**n, q**k, q**n), strict=True)
            for piece in (power, " for ", value, ", ")
        ),
        "with the inequalities between them that are named. So they hold for every length and every number of steps.",
    )
    for end in ENDS:
        family = sm.problems.convex_rosenbrock(n, kappa, end)
        own = named(family.claims)
        shown = family.minimizer(i).subs(ratio, q)
        c.theorem(
            f"The minimizer, with a {end} end",
            "For every number of variables it is known in closed form.",
            *(own[f"convex-rosenbrock/{end}/{name}"] for name in ("ratio", "minimizer/first", "minimizer/recurrence")),
            *(own[f"convex-rosenbrock/{end}/{name}"] for name in ("minimizer/last", "minimizer/limit")),
            shown=(Formula(entry(i), shown),),
            proof="It solves the equation of the first row, of each row between, and of the last.",
        )
    c.false(
        "The powers themselves",
        ("Printed is the power ", q**i, " for the entry ", i, ". That is the limit for long chains and never exact:"),
        "a110/literal/last-free",
        "a110/literal/last-fixed",
    )
    c.theorem(
        "The condition number",
        (
            "Whatever the length, it is less than ",
            kappa,
            ", and tends to it with the length. For the free end and for the fixed:",
        ),
        "a111/literal/limit-free",
        "a111/literal/limit-fixed",
        "a111/literal/eigenvectors-free",
        "a111/literal/last-row-free",
        "a111/literal/last-row-fixed",
        shown=(Formula(sympy.Symbol("kappa_n"), kappa, relation="<"),),
        proof="The eigenvectors are sines, so that the eigenvalues are known, and so is the ratio of the extreme ones.",
    )


def _cone(c: Chapter) -> None:
    c.section("News travels one variable a step")
    c.theorem(
        "Each meets its neighbors",
        "In the gradient each variable meets its two neighbors only. At the ends there is a variable less, and 1 in the place "
        "of the first one.",
        "a112/literal/between",
        "a112/condition/first",
        "a112/condition/last",
        "a112/condition/fixed",
        shown=(),
    )
    c.false(
        "The printed gradient in the last row",
        "With a free end the last row has one neighbor less than is printed.",
        "a112/literal/last",
        shown=(),
    )
    c.theorem(
        "The cone",
        (
            "From 0, after ",
            k,
            " gradients all variables after the ",
            k,
            "-th are still 0, whatever the method of the class does.",
        ),
        "a113/literal/gradient-free",
        "a113/literal/gradient-fixed",
        "a113/literal/step-free",
        "a113/literal/step-fixed",
        "a114/literal/gradient-free",
        "a114/literal/gradient-fixed",
        "a114/literal/step-free",
        "a114/literal/step-fixed",
        "a114/literal/one-component-a-step",
        "a118/literal/gradient-free",
        "a118/literal/gradient-fixed",
        "a118/literal/step-free",
        "a118/literal/step-fixed",
        shown=(),
        proof=(
            "By induction: each row of the gradient has a variable and its two neighbors, so that a gradient has "
            "at most one entry "
            "more than the point at which it is taken; and a sum of such gradients, each times a number or a "
            "diagonal matrix, "
            "has no more."
        ),
        label="cone",
    )
    c.text(
        "The staircase of ",
        Ref("convex-rosenbrock"),
        " is the edge of the cone. Below it momentum makes the error small; above it no method of the class can.",
    )
    c.figure("F13")


def _bound(c: Chapter) -> None:
    c.section("The lower bound")
    free, fixed = (named(sm.bounds.convex_rosenbrock(n, kappa, end).claims) for end in ENDS)
    errors = sympy.Symbol("e_k"), sympy.Symbol("e_0")
    c.theorem(
        "With a free end",
        (
            "Let ",
            errors[0],
            " be the largest entry of the error after ",
            k,
            " gradients. For every length ",
            n,
            " above ",
            k,
            ", the bound as it is printed holds:",
        ),
        free["bounds/convex-rosenbrock/free/order"],
        free["bounds/convex-rosenbrock/free/largest"],
        free["bounds/convex-rosenbrock/free/infinity/relative"],
        shown=(Formula(errors[0], q**k * errors[1], relation=">=", label="bound-free"),),
        label="bound",
        proof="The variables not reached are as far from the minimizer as they were, and the first of them is farthest.",
    )
    c.theorem(
        "It can be attained",
        "There are steps, made for this one function, with which the error is just that of the variables that "
        "were not reached.",
        free["bounds/convex-rosenbrock/free/attained"],
        fixed["bounds/convex-rosenbrock/fixed/attained"],
        shown=(),
    )
    c.theorem(
        "With a fixed end",
        (
            "With a fixed end the bound is smaller than ",
            Ref("bound-free"),
            ", by a term that vanishes for long chains.",
        ),
        fixed["bounds/convex-rosenbrock/fixed/largest"],
        fixed["bounds/convex-rosenbrock/fixed/infinity/limit"],
        shown=(Formula(errors[0], q**k * (1 - q ** (2 * (n - k))) / (1 - q ** (2 * n)) * errors[1], relation=">="),),
    )
    c.false(
        "The printed bound with a fixed end",
        "It fails at every length at which something was reached.",
        "a115/literal/relative-fixed",
        shown=(),
    )
    c.false(
        "The printed bound beyond the length",
        ("No condition on ", k, " is printed. With one variable, one step of gradient descent can be exact."),
        "a117/literal/none-better-free",
        shown=(),
    )
    c.theorem(
        "Other norms",
        "In the limit of long chains the bound is the same power in the 1-norm and in the 2-norm.",
        "a116/condition/sums",
        free["bounds/convex-rosenbrock/free/one/limit"],
        free["bounds/convex-rosenbrock/free/two/limit"],
        shown=(),
    )


def _momentum(c: Chapter) -> None:
    c.section("Momentum is as fast as that")
    c.theorem(
        "The rates agree",
        (
            "With ",
            Ref("optimal-parameters#best", "the best parameters"),
            " for the limits of the extreme eigenvalues, momentum has the rate ",
            q,
            ", which is that of the bound ",
            Ref("bound-free"),
            ". At a finite length its own rate is a little better, as the condition number is less.",
        ),
        "a117/literal/rates",
        "a117/condition/gap",
        shown=(Formula(q, (sympy.sqrt(kappa) - 1) / (sympy.sqrt(kappa) + 1)),),
    )
    bound = sm.bounds.convex_rosenbrock(25, 9)
    worst = sm.analyze("heavy-ball").transient
    rows = [
        (
            sympy.Integer(count),
            f"{float(bound.at(count)):.4g}",
            f"{float(sm.bounds.chebyshev(count, 9)):.4g}",
            f"{float(worst.worst_case(count, mu=1, L=9)):.4g}",
        )
        for count in (1, 2, 5, 10, 20)
    ]
    c.table(
        (
            "For condition number 9: what the bound on the chain of 25 variables leaves of the error, what ",
            Ref("beyond#chebyshev", "Chebyshev's bound"),
            " on all quadratics leaves in the worst case, and what momentum with the best parameters leaves in its worst case.",
        ),
        ("Gradients", "The chain, at least", "All quadratics, at least", "Momentum, at most"),
        rows,
    )


if __name__ == "__main__":
    main(__file__)
