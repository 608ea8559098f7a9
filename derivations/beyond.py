"""Beyond the article: finite time, the best that any method can do, and other methods."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Cite, Formula, Ref
from symmomentum.symbols import L, k, kappa, mu

rho = sympy.Symbol("rho")


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "beyond",
        "Beyond the article",
        "The rate is about the long run. Here are the first steps, in closed form; the best that any method can "
        "do in so many steps; "
        "relatives of momentum, with their best parameters; and a convex function on which momentum does not converge.",
    )
    _finite_time(c)
    _best_possible(c)
    _relatives(c)
    _cycle(c)
    return c.document()


def _finite_time(c: Chapter) -> None:
    c.section("Finite time")
    momentum = sm.analyze("heavy-ball")
    own = named(momentum.claims)
    form = momentum.transient.closed_form
    steps = (
        "recurrence",
        "pair",
        "pell",
        "bounded-first",
        "bounded-second",
        "start",
        "tuned/ends",
        "step",
        "bound",
        "attained",
    )
    c.theorem(
        "Momentum, after any number of steps",
        (
            "From rest, with ",
            Ref("optimal-parameters#best", "the best parameters"),
            ", the largest ratio of the error after ",
            k,
            " steps to that at the start, over all curvatures from ",
            mu,
            " to ",
            L,
            ", is",
        ),
        *(own[f"heavy-ball/transient/{step}"] for step in steps),
        shown=(Formula(sympy.Symbol("e_k"), form.value),),
        label="finite-time",
        proof=(
            "What the steps do to an error is a polynomial of the curvature. Over the interval it is a power of "
            "the rate times a "
            "combination of Chebyshev's polynomials, which are largest at the ends."
        ),
    )
    nesterov = sm.analyze("nesterov")
    theirs = named(nesterov.claims)
    steps = ("tuned/ends", "start", "step", "beta", "bound", "beyond", "at-l", "at-l/start")
    c.theorem(
        "Nesterov's method, after any number of steps",
        ("The same for the method of ", Cite("nesterov1983"), ", with its best parameters:"),
        *(theirs[f"nesterov/transient/{step}"] for step in steps),
        shown=(Formula(sympy.Symbol("e_k"), nesterov.transient.closed_form.value),),
        proof="The same way where the factor of a gradient step is positive; where it is negative, the larger end decides.",
    )


def _best_possible(c: Chapter) -> None:
    c.section("The best in so many steps")
    own = named(sm.bounds.chebyshev_claims())
    c.theorem(
        "Chebyshev's bound",
        (
            "Whatever a method does with ",
            k,
            " gradients of a quadratic, in the worst case over the curvatures it leaves at least this share of "
            "the error. With ",
            rho,
            " for the best rate of momentum:",
        ),
        *own.values(),
        shown=(
            Formula(sympy.Symbol("e_k"), 2 * rho**k / (1 + rho ** (2 * k)), relation=">=", label="chebyshev-bound"),
        ),
        label="chebyshev",
        proof=(
            "The error is a polynomial of the curvature that is 1 at 0. Its value there is a sum of its values "
            "at the points where "
            "Chebyshev's polynomial is largest, with weights of alternating signs."
        ),
    )
    theirs = sm.analyze("chebyshev").claims
    c.theorem(
        "A method that attains it",
        (
            "Momentum with step sizes and momenta that change from step to step, as Chebyshev's recurrence says, "
            "attains the bound ",
            Ref("chebyshev-bound"),
            ".",
        ),
        *(each for each in theirs if "/schedule/" in each.id),
        shown=(),
    )
    transients = [sm.analyze(name).transient for name in ("gradient-descent", "nesterov", "heavy-ball")]
    rows = [
        (
            sympy.Integer(count),
            *(f"{float(each.worst_case(count, mu=1, L=100)):.4g}" for each in transients),
            f"{float(sm.bounds.chebyshev(count, 100)):.4g}",
        )
        for count in (1, 10, 50, 100, 200)
    ]
    c.table(
        "The worst case with the best parameters, for condition number 100, and the bound.",
        ("Steps", "Gradient descent", "Nesterov's method", "Momentum", "The bound"),
        rows,
    )


def _relatives(c: Chapter) -> None:
    c.section("Relatives")
    names = ("gradient-descent", "nesterov", "heavy-ball", "heavy-ball-ema", "quasi-hyperbolic", "triple-momentum")
    claims, rows = [], []
    for name in names:
        analysis = sm.analyze(name)
        own = named(analysis.claims)
        claims += [own[f"{name}/tuning/{part}"] for part in ("attained", "optimal")]
        pieces: list[object] = []
        for symbol, value in analysis.tuning.parameters.items():
            pieces += [*([", "] if pieces else []), Formula(symbol, value)]
        rows.append((name.replace("-", " "), tuple(pieces), analysis.tuning.rate))
    c.theorem(
        "The best parameters on quadratics",
        (
            "For each of the methods in ",
            Ref("best-parameters"),
            " no real parameters have a smaller worst rate than those that are given there.",
        ),
        *claims,
        shown=(),
    )
    c.table("The best parameters, and the rate.", ("Method", "Parameters", "Rate"), rows, label="best-parameters")
    related = [
        each
        for name in ("heavy-ball-ema", "quasi-hyperbolic", "nesterov", "triple-momentum", "sgd")
        for each in sm.analyze(name).claims
        if "/relations/" in each.id
    ]
    c.theorem(
        "One family",
        (
            "Up to the names of their parameters, many of these are the same method on a quadratic: averaged "
            "gradients, "
            "PyTorch's rules and the methods of three parameters have the characteristic polynomials of one family."
        ),
        *related,
        shown=(),
    )
    nesterov = sm.analyze("nesterov")
    own = named(nesterov.claims)
    c.theorem(
        "Nesterov's usual parameters",
        "His usual parameters have this rate on quadratics:",
        *(own[f"nesterov/presets/standard/{part}"] for part in ("bounded/lower-end", "bounded/upper-end", "attained")),
        shown=(Formula(rho, nesterov.presets["standard"].rate),),
    )


def _cycle(c: Chapter) -> None:
    c.section("A convex function on which momentum goes round")
    cycle = sm.bounds.heavy_ball_cycle()
    c.theorem(
        "The cycle",
        (
            "A smooth strongly convex function, found by ",
            Cite("lessard2016", "Section 4.6"),
            ", has a gradient with slopes ",
            cycle.L,
            ", ",
            cycle.mu,
            " and ",
            cycle.L,
            " again. With ",
            Ref("optimal-parameters#best", "the best parameters"),
            " for quadratics of condition number ",
            kappa,
            " equal to 25, momentum goes round these three points for ever, and what starts near them is drawn "
            "to them:",
        ),
        *cycle.claims,
        shown=tuple(Formula(sympy.Symbol(f"w_{index}"), point) for index, point in enumerate(cycle.points)),
        label="cycle",
    )


if __name__ == "__main__":
    main(__file__)
