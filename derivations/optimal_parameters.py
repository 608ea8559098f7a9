"""Optimal parameters: one step size and one momentum for all curvatures at once."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import L, alpha, beta, kappa, mu

rho = sympy.Symbol("rho")


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "optimal-parameters",
        "Optimal parameters",
        "One step size and one momentum have to serve all curvatures between the smallest and the largest. The "
        "best ones are "
        "critical for both ends at once. They turn the condition number into its square root, and what they cost "
        "is that the "
        "error may grow before it falls.",
        "Optimal parameters",
    )
    own = named(sm.analyze("heavy-ball").claims)
    _best(c, own)
    _compared(c)
    _recipe(c)
    _before(c)
    return c.document()


def _best(c: Chapter, own: dict[str, sm.Claim]) -> None:
    tuning = sm.analyze("heavy-ball").tuning
    c.section("The best parameters")
    c.theorem(
        "The two ends are enough",
        (
            "The worst rate over all curvatures from ",
            mu,
            " to ",
            L,
            " is the rate at one of the two ends. (In the article the smallest eigenvalue is missing from the "
            "list of those that "
            "are compared.)",
        ),
        own["heavy-ball/worst-rate/affine"],
        own["two-states/end-points"],
        "a081/corrected/list",
        shown=(),
    )
    c.theorem(
        "The best parameters",
        "Among all real parameters these have the smallest worst rate, and no others have it:",
        own["heavy-ball/tuning/attained"],
        own["heavy-ball/tuning/optimal"],
        "a083/literal/attained",
        "a083/literal/optimal",
        "a083/literal/unique",
        shown=(
            Formula(alpha, tuning.parameters[alpha]),
            Formula(beta, tuning.parameters[beta]),
            Formula(rho, tuning.rate, label="best-rate"),
        ),
        label="best",
    )
    c.theorem(
        "Critical at both ends",
        (
            "With them the eigenvalues coincide at the smallest curvature and at the largest, so that the momentum is ",
            Ref("critical-damping#critical", "critical"),
            " for both; and only so is the rate the best one.",
        ),
        "a082/literal/repeated",
        own["heavy-ball/tuning/active"],
        shown=(),
    )
    c.theorem(
        "In terms of the condition number",
        (
            "The rate depends on the condition number only: it is that of ",
            Ref("first-steps#best-step-size", "gradient descent"),
            " with the square root in its place.",
        ),
        own["heavy-ball/tuning/condition-number"],
        "a084/literal/momentum",
        "a084/literal/gradient-descent",
        "a084/literal/gradient-descent-optimal",
        "a085/literal/square-root",
        shown=(Formula(rho, (sympy.sqrt(kappa) - 1) / (sympy.sqrt(kappa) + 1)),),
        label="condition-number",
    )


def _compared(c: Chapter) -> None:
    momentum, descent = (sm.analyze(name).tuning.rate for name in ("heavy-ball", "gradient-descent"))
    rows = []
    for number in (4, 100, 10000):
        values = {mu: 1, L: number}
        rows.append((sympy.Integer(number), descent.subs(values), momentum.subs(values)))
    c.table("The best rates.", ("Condition number", "Gradient descent", "Momentum"), rows)
    c.theorem(
        "One has to know both ends",
        "Different ends have different best parameters, so that the parameters tell both.",
        "a085/literal/knowledge",
        shown=(),
    )
    c.theorem(
        "For large condition numbers",
        "The best step size comes near to twice that of gradient descent, and the best momentum near to 1, both "
        "from below.",
        "a086/literal/scale",
        "a086/literal/limit",
        "a087/literal/limit",
    )


def _recipe(c: Chapter) -> None:
    c.section("A recipe, and what is wrong with it")
    c.false(
        "The nearer to 1, the better",
        "The article's recipe is to take a momentum as near to 1 as one can, then the longest step that does not "
        "diverge. But a "
        "momentum nearer to 1 than the best one is worse, whatever the step size.",
        "a088/literal/closer",
        shown=(),
    )
    c.false(
        "The longest step that does not diverge",
        "At the best momentum, the step size at which convergence ends has the rate 1.",
        "a088/literal/highest",
        shown=(),
    )
    c.theorem(
        "What holds",
        (
            "The rate is at least the root of the momentum. It is that for the whole spectrum just for the step "
            "sizes in a window; "
            "there are such step sizes just from the best momentum on; and there the one step size is below the "
            "edge of divergence "
            "by a factor that tends to 1 with the condition number."
        ),
        "a088/corrected/beta",
        "a088/corrected/window",
        "a088/corrected/least",
        "a088/corrected/highest",
        shown=(),
    )
    c.theorem(
        "Near the edge, not at it",
        "At the edge itself nothing converges. The best step size is below it by a factor that tends to 1, for "
        "both methods.",
        "a089/condition/at-the-edge",
        "a089/condition/factor",
        shown=(Formula(c.verdicts["a089/condition/factor"].claim.statement),),
    )


def _before(c: Chapter) -> None:
    c.section("Before it is faster")
    c.text(
        "The parts of the error that ",
        Ref("first-steps#error-gradient-descent", "gradient descent"),
        " lets fall one by one are drawn for momentum in ",
        Ref("error-momentum"),
        ". With the best parameters they fall together, but first they grow.",
    )
    c.figure("F10")
    c.theorem(
        "Up, and then down much earlier",
        "In the figure the loss rises for four steps and falls in the fifth; soon it is far below that of gradient descent.",
        "a090/literal/parameters",
        "a090/literal/up",
        "a090/literal/faster",
        shown=(),
    )
    transient = sm.analyze("heavy-ball").transient
    rows = []
    for number in (10, 100, 1000):
        step, value = transient.peak(mu=1, L=number)
        rows.append((sympy.Integer(number), sympy.Integer(step), f"{float(value):.4g}"))
    c.theorem(
        "One step of gradient descent is better",
        "The best parameters for the long run are not the best for one step: there momentum is worse than "
        "gradient descent.",
        "a091/literal/one-step",
        "a091/literal/two-steps",
        shown=(Formula(c.verdicts["a091/literal/one-step"].claim.statement),),
    )
    c.table(
        (
            "How far the worst error rises above the one at the start, with the best parameters; ",
            Ref("beyond#finite-time", "its closed form"),
            " is in the last chapter.",
        ),
        ("Condition number", "Largest after step", "Times the error at the start"),
        rows,
    )
    c.theorem(
        "When gradient descent never rises",
        "The loss does not rise in a step of gradient descent just if the step size is at most twice the inverse "
        "curvature.",
        "a092/condition/monotonic",
    )
    c.theorem(
        "Momentum ripples",
        "With momentum the loss may go up, on a quadratic and on a function that is not quadratic. In exact numbers:",
        "a092/literal/ripples",
        "a092/literal/not-only-quadratics",
        shown=(),
    )


if __name__ == "__main__":
    main(__file__)
