"""Critical damping: momentum as a particle with friction, and the momentum that suits one curvature best."""

from __future__ import annotations

import sympy
from shared import Chapter, main

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import alpha, beta, k, lam

x, y, v = sympy.symbols("x y v")
rho = sympy.Symbol("rho")


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "critical-damping",
        "Critical damping",
        "Momentum moves like a weight on a spring in a fluid. With too much friction it creeps, with too little "
        "it swings; in "
        "between is one momentum that is best for a given curvature. With it the product of step size and "
        "curvature counts by its "
        "square root.",
        "The Critical Damping Coefficient",
    )
    _particle(c)
    _critical(c)
    _either_side(c)
    return c.document()


def _particle(c: Chapter) -> None:
    c.section("A particle with friction")
    c.theorem(
        "Momentum is a velocity with the other sign",
        (
            "Let ",
            v,
            " be the negative of the momentum ",
            y,
            ". Then a step keeps the share ",
            beta,
            " of the velocity, adds a force that pulls the particle at ",
            x,
            " towards 0, and moves the particle along the new velocity:",
        ),
        "a072/literal/velocity",
        "a072/corrected/direction",
        shown=(
            Formula(sympy.Symbol("v^+"), beta * v - lam * x),
            Formula(sympy.Symbol("x^+"), x + alpha * sympy.Symbol("v^+")),
        ),
    )
    c.false(
        "The position follows the momentum",
        "In the article's annotation the position moves along the momentum itself. It moves the other way.",
        "a072/literal/direction",
    )
    c.theorem(
        "A time step of an oscillator",
        (
            "With the square of a time step as the step size, and the friction times the time step taken off 1 "
            "as the momentum, "
            "three iterates in a row solve the oscillator's equation in differences. An eigenvalue belongs to a "
            "mode of the "
            "oscillator, whose friction has grown by a term that vanishes with the time step."
        ),
        "a071/literal/scheme",
        "a071/literal/modes",
        shown=(),
    )
    c.theorem(
        "Without force and friction",
        "At zero curvature and momentum 1 the velocity stays what it is, and the position grows in proportion to "
        "the steps.",
        "a073/literal/motion",
        shown=(Formula(sympy.Symbol("x^k"), sympy.Symbol("x^0") - alpha * k * sympy.Symbol("y^0")),),
    )
    c.theorem(
        "Friction",
        "Without a force, each step leaves a fixed share of the kinetic energy, the less the lower the momentum.",
        "a074/literal/proportion",
        "a074/literal/decelerates",
        "a074/literal/more",
    )
    c.false(
        "It always comes to rest",
        "Force and friction together do not always bring the particle to rest: the steps may be too long.",
        "a075/literal/equilibrium",
        shown=(),
    )
    c.theorem(
        "When it comes to rest",
        ("It comes to rest just for the step sizes with which ", Ref("dynamics#range", "the iteration converges"), "."),
        "a075/condition/equilibrium",
        shown=(Formula(alpha * lam, 2 + 2 * beta, relation="<"),),
    )
    c.text("Friction against force, in ", Ref("phase-diagrams"), ": the velocity across, the position upwards.")
    c.figure("F08")


def _critical(c: Chapter) -> None:
    c.section("The critical momentum")
    c.theorem(
        "Where the eigenvalues meet",
        (
            "For one curvature and a given step size, two values of the momentum make the ",
            Ref("dynamics#eigenvalues", "eigenvalues"),
            " coincide. "
            "One of them is "
            "above 1. The other one is critical: below it the eigenvalues are real and different, and above it complex.",
        ),
        "a077/literal/repeated",
        "a077/literal/middle",
        shown=(Formula(beta, (1 - sympy.sqrt(alpha * lam)) ** 2, label="critical-momentum"),),
        label="critical",
    )
    c.theorem(
        "It is the best",
        "No other momentum has as small a rate for this curvature and step size.",
        "a077/literal/best",
        shown=(),
    )
    c.theorem(
        "Its rate",
        "The rate at the critical momentum is a modulus, which the article prints without the bars:",
        "a078/condition/modulus",
        "a078/condition/rate",
        shown=(Formula(rho, abs(1 - sympy.sqrt(alpha * lam)), label="critical-rate"),),
    )
    c.false(
        "Without the bars",
        "Beyond a product of 1 that would be a negative rate.",
        "a078/literal/rate",
        shown=(),
    )
    c.theorem(
        "Better by a square root",
        (
            "Gradient descent with the same step size has the factor of ",
            Ref("first-steps#decay", "each error"),
            ", which is the rate ",
            Ref("critical-rate"),
            " times another number. With ",
            sympy.Symbol("p", real=True),
            " for the product of step size and curvature, momentum is faster unless that is 1:",
        ),
        "a079/condition/moduli",
    )


def _either_side(c: Chapter) -> None:
    c.section("Too much friction, too little")
    c.text(
        "In ",
        Ref("damping"),
        " the momentum ",
        Ref("critical-momentum"),
        " is in the middle; on its left is too little friction, on its right too much.",
    )
    c.figure("F09")
    c.false(
        "Too much: every step loses energy",
        "The article says of too low a momentum that every step takes kinetic energy away. The first step from "
        "rest cannot.",
        "a080/literal/first",
        shown=(),
    )
    c.theorem(
        "What holds",
        (
            "The first step gains energy. The second one loses some just if the momentum is below the product of "
            "step size and "
            "curvature, as it is without momentum. Once a step does not gain, every later one loses, and the "
            "velocity never "
            "changes its sign."
        ),
        "a080/corrected/first",
        "a080/corrected/second",
        "a080/corrected/later",
        "a080/corrected/gradient-descent",
        shown=(
            Formula(c.verdicts["a080/corrected/first"].claim.statement),
            Formula(c.verdicts["a080/corrected/second"].claim.statement),
        ),
    )
    q, b = sympy.Symbol("q", real=True), sympy.Symbol("b", real=True)
    c.theorem(
        "Too little: it swings for ever",
        (
            "With complex eigenvalues of the sum ",
            b,
            " and the product ",
            q,
            ", while the errors are of one sign the ratio of one to the one before falls by a fixed amount in "
            "each step. So it "
            "becomes negative, again and again.",
        ),
        "a080/literal/oscillation",
    )


if __name__ == "__main__":
    main(__file__)
