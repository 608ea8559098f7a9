"""Stochastic gradients: what errors in the gradient do, step by step and in the end."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import alpha, beta, lam

x, y = sympy.symbols("x y")
error, variance = sympy.Symbol("epsilon"), sympy.Symbol("v", positive=True)


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "stochastic-gradients",
        "Stochastic gradients",
        "With an error in every gradient the iterates no longer come to rest. On average the loss has two parts, "
        "one that falls as "
        "without errors and one that rises to a level. Momentum makes the first fall faster and, with short "
        "steps, the second "
        "rise higher.",
        "Momentum with Stochastic Gradients",
    )
    own = named(sm.analyze("heavy-ball").claims)
    _errors(c)
    _loss(c)
    _level(c, own)
    _multiplicative(c, own)
    return c.document()


def _errors(c: Chapter) -> None:
    c.section("Errors in the gradient")
    c.theorem(
        "Without bias",
        "The mean of an estimate is what it should be and the mean of its error, which must be zero. With the values of the "
        "error as the columns of a matrix, and their probabilities:",
        "a119/literal/unbiased",
    )
    c.theorem(
        "One step",
        (
            "In one direction, with the error ",
            error,
            " in the gradient, momentum ",
            y,
            " and iterate ",
            x,
            " become",
        ),
        "a121/literal/matrix-form",
        "a121/literal/inverted",
        "a123/corrected/gradient",
        shown=(
            Formula(sympy.Symbol("y^+"), beta * y + lam * x + error),
            Formula(sympy.Symbol("x^+"), x - alpha * sympy.Symbol("y^+")),
        ),
    )
    c.false(
        "Without the linear term",
        "Printed without the linear term of the objective, the update is not that of the problem, unless that "
        "term is zero or the "
        "error from the minimizer is meant.",
        "a120/literal/gradient",
        shown=(),
    )
    c.theorem(
        "All steps",
        (
            "After any number of steps, the state is what it would be without errors, plus a sum of all errors, "
            "each carried on by the steps that came after it: that is, by powers of ",
            Ref("dynamics#iteration-matrix", "the iteration matrix"),
            ".",
        ),
        "a122/corrected/steps-1",
        "a122/corrected/steps-2",
        "a122/corrected/steps-3",
        "a122/corrected/step",
        shown=(),
        proof="One step more multiplies the sum by the matrix and adds one error.",
    )
    c.false(
        "With one error in front of the sum",
        "Printed is a single error in front of a sum of powers. Two different errors tell the formulas apart.",
        "a122/literal/second",
        shown=(),
    )


def _loss(c: Chapter) -> None:
    c.section("The expected loss")
    m, s, weight = sympy.symbols("m s gamma_j")
    c.theorem(
        "It has two parts",
        (
            "Let ",
            m,
            " be the error without noise and ",
            s,
            " what the noise adds, zero on average. On average the loss is that of the one plus that of the other.",
        ),
        "a124/literal/sum",
        "a125/corrected/whole",
        "a125/corrected/step",
        "a125/corrected/iterate",
        shown=(
            Formula(sympy.Function("E")(lam * (m + s) ** 2 / 2), lam * m**2 / 2 + lam * sympy.Function("E")(s**2) / 2),
        ),
    )
    c.text(
        "The errors of different steps are not correlated, so that the second part is the variance of one error "
        "times the sum of the "
        "squares of the weights ",
        weight,
        ", with which the errors enter. The lines in which the article derives this have slips, each refuted here:",
    )
    c.false(
        "The derivation as printed",
        "In it one error stands for all, the first part is not squared, and the mean of an error stands for that "
        "of its square.",
        "a125/literal/second",
        "a125/literal/third",
        "a125/literal/fourth",
        shown=(),
    )
    c.theorem(
        "First the one part, then the other",
        "At the start the first part is the larger one. Each step adds to the second part and takes nothing from it.",
        "a127/literal/first",
        "a127/literal/grows",
        shown=(),
    )
    c.text(
        Ref("stochastic-gradients"),
        " has both, and a single run. A shorter step has ",
        Ref("a128-literal-error", "less noise"),
        " in the end, and is longer on the way.",
    )
    c.figure("F14")


def _level(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("The level in the end")
    level = alpha * (1 + beta) / (lam * (1 - beta) * (2 + 2 * beta - alpha * lam))
    c.theorem(
        "The variance",
        (
            "Where the method converges, the variance of the error tends to the following, times that of one "
            "gradient error."
        ),
        own["heavy-ball/noise/lyapunov"],
        own["heavy-ball/noise/variances"],
        own["two-states/noise/unique"],
        "a127/literal/limit",
        shown=(Formula(variance, level, label="level"),),
        label="variance",
        proof="It is the solution of the equation that says that a further step changes no variance, and the only one.",
    )
    c.theorem(
        "Momentum makes it larger with short steps",
        (
            "With momentum the level ",
            Ref("level"),
            " is no less than without just up to a step size; beyond that momentum helps even against noise.",
        ),
        "a127/condition/helps-less",
        shown=(Formula(c.verdicts["a127/condition/helps-less"].claim.statement.args[0]),)
        if c.verdicts["a127/condition/helps-less"].claim.statement.args
        else (),
    )
    c.false(
        "Momentum always makes it larger",
        "The checker finds a step size with which momentum has the lower level.",
        "a127/literal/helps-less",
        shown=(),
    )
    c.theorem(
        "More momentum, more noise",
        "Of two momenta the larger one has the higher level just if",
        "a129/condition/error",
        "a129/condition/short-steps",
        shown=(
            Formula(
                alpha * lam,
                (1 + sympy.Symbol("beta_1", real=True)) * (1 + sympy.Symbol("beta_2", real=True)),
                relation="<",
            ),
        ),
    )
    c.theorem(
        "Shorter steps, less noise",
        (
            "A shorter step has a lower level. Whether it is slower depends: it is where the eigenvalues are "
            "real and positive; where "
            "they are complex the rate is the same; and beyond, it is even faster."
        ),
        "a128/literal/error",
        "a128/condition/real",
        "a128/condition/complex",
        "a128/condition/negative",
        shown=(Formula(c.verdicts["a128/literal/error"].claim.statement),),
    )
    rows = []
    for momentum in (0, "1/2", "9/10", "99/100"):
        value = level.subs({alpha: sympy.Rational(1, 10), beta: sympy.Rational(momentum), lam: 1})
        rows.append((sympy.Rational(momentum), value, f"{float(value):.4g}"))
    c.table(
        "The variance in the end, with step size 1/10, curvature 1 and errors of variance 1.",
        ("Momentum", "Variance", ""),
        rows,
    )


def _multiplicative(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("Beyond the article: errors in proportion")
    s = sympy.Symbol("s", real=True)
    c.theorem(
        "Errors in proportion to the gradient",
        (
            "If the errors have ",
            s,
            " times the size of the gradient, they vanish at the minimum, and the iterates can come to rest. "
            "Among the parameters "
            "that converge without noise, the second moments converge just if",
        ),
        own["heavy-ball/mean-square/region"],
        own["heavy-ball/mean-square/sufficient"],
        own["heavy-ball/mean-square/necessary"],
        own["heavy-ball/mean-square/within"],
        shown=(Formula(own["heavy-ball/mean-square/region"].statement.args[0]),),
    )


if __name__ == "__main__":
    main(__file__)
