"""The dynamics of momentum: a matrix with two rows, its powers, and what its eigenvalues mean."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Cite, Formula, Ref
from symmomentum.symbols import alpha, beta, k, lam, sigma

R = sympy.MatrixSymbol("R", 2, 2)
x, y, z, w, g = sympy.symbols("x y z w g")
first, second = sympy.symbols("sigma_1 sigma_2", real=True)


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "dynamics",
        "The dynamics of momentum",
        "With momentum each direction has two numbers, the error and the momentum, and a step is a matrix with "
        "two rows. Its "
        "powers have a closed form, its eigenvalues say whether and how fast the error dies out, and where they "
        "are real or "
        "complex says what it looks like on the way.",
        "The Dynamics of Momentum",
    )
    own = named(sm.analyze("heavy-ball").claims)
    _update(c)
    _matrix(c)
    _powers(c, own)
    _rate(c, own)
    _regimes(c, own)
    _range(c, own)
    return c.document()


def _update(c: Chapter) -> None:
    c.section("Two numbers in each direction")
    c.define(
        "Momentum",
        (
            "The method of ",
            Cite("polyak1964"),
            " remembers its gradients: with the gradient ",
            g,
            " at the iterate ",
            w,
            ", the step size ",
            alpha,
            " and the momentum ",
            beta,
            ", a step is",
        ),
        Formula(sympy.Symbol("z^+"), beta * z + g),
        Formula(sympy.Symbol("w^+"), w - alpha * sympy.Symbol("z^+")),
    )
    c.theorem(
        "The directions still do not interact",
        (
            "As in ",
            Ref("first-steps#independent", "gradient descent"),
            ", the directions are independent. In the basis of eigenvectors, with the error ",
            x,
            " and the momentum ",
            y,
            " in the direction of the curvature ",
            lam,
            ", a step is the following.",
        ),
        "a046/literal/update",
        "a047/literal/gradient",
        "a047/literal/update",
        "a048/corrected/components",
        "a049/literal/update",
        shown=(
            Formula(sympy.Symbol("y^+"), beta * y + lam * x),
            Formula(sympy.Symbol("x^+"), x - alpha * sympy.Symbol("y^+")),
        ),
    )
    c.false(
        "With the matrix in place of its transpose",
        "The coordinates are products with the transpose of the matrix of eigenvectors. With the matrix itself, "
        "as printed, the "
        "update does not fall apart.",
        "a048/literal/components",
    )


def _matrix(c: Chapter) -> None:
    c.section("One matrix")
    state = sympy.Matrix([y, x])
    c.theorem(
        "A step is a matrix",
        ("Put together, the two lines multiply the pair of momentum and error by ", R, ":"),
        "a051/literal/update",
        "a052/literal/equivalent",
        "a053/literal/inverse",
        "a050/literal/start",
        "a050/literal/update",
        shown=(
            Formula(sympy.Matrix(sympy.symbols("y^k x^k")), R**k * sympy.Matrix(sympy.symbols("y^0 x^0"))),
            Formula(R, sm.analyze("heavy-ball").iteration_matrix, label="matrix"),
        ),
        label="iteration-matrix",
    )
    c.false(
        "The start in the other order",
        (
            "The order matters: the state is ",
            state,
            ", and with the entries of the start exchanged the formula breaks.",
        ),
        "a054/literal/start",
    )


def _powers(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("Its powers")
    analysis = sm.analyze("heavy-ball")
    p, d, b = sympy.Function("p")(sigma), sympy.Symbol("d"), 1 + beta - alpha * lam
    c.theorem(
        "Eigenvalues",
        (
            "Those of the matrix ",
            Ref("matrix"),
            " are the roots of its characteristic polynomial ",
            p,
            ", real just where the discriminant ",
            d,
            " is not negative:",
        ),
        own["heavy-ball/characteristic-polynomial"],
        own["heavy-ball/discriminant"],
        own["heavy-ball/eigenvalues/real"],
        own["heavy-ball/eigenvalues/complex"],
        "a058/literal/real",
        "a058/literal/complex",
        "a059/literal/complex",
        "a059/literal/real",
        shown=(
            Formula(p, sigma**2 - b * sigma + beta),
            Formula(d, analysis.discriminant),
            Formula(first, (b + sympy.sqrt(d)) / 2),
            Formula(second, (b - sympy.sqrt(d)) / 2),
        ),
        label="eigenvalues",
    )
    matrix, identity = sympy.symbols("R I", commutative=False)
    c.theorem(
        "Powers, with two different eigenvalues",
        ("Real or complex, if the eigenvalues differ, then"),
        "a055/corrected/powers",
        "a055/corrected/complex",
        shown=(
            Formula(
                matrix**k,
                (first**k * (matrix - second * identity) - second**k * (matrix - first * identity)) / (first - second),
                label="powers-different",
            ),
        ),
        proof="By induction; where the eigenvalues are complex, by real and imaginary part.",
    )
    c.false(
        "With the two matrices exchanged",
        "Printed are the two matrices in the other order. At the power 0 that is not the identity, but its negative.",
        "a055/literal/powers",
    )
    c.theorem(
        "Powers, with one eigenvalue",
        "Where the eigenvalues coincide and are not zero, the powers grow by a term linear in the number of "
        "steps. Where they are "
        "zero, two steps end it.",
        "a056/condition/powers",
        "a056/condition/zero",
        shown=(Formula(matrix**k, first**k * (k * matrix / first - (k - 1) * identity), label="powers-repeated"),),
    )


def _rate(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("The rate")
    rho = sympy.Symbol("rho")
    c.theorem(
        "The larger modulus decides",
        (
            "Where the eigenvalues are different, the error is at most a constant times a power of the larger "
            "modulus. Where they "
            "coincide, it is so for every larger rate: by ",
            Ref("powers-different"),
            " and ",
            Ref("powers-repeated"),
            ". So the rate is",
        ),
        "a057/condition/rate/first",
        "a057/condition/rate/second",
        "a057/condition/sum",
        "a057/condition/repeated",
        shown=(Formula(rho, sympy.Max(abs(first), abs(second))),),
        label="rate",
    )
    c.theorem(
        "Complex eigenvalues",
        "Where the eigenvalues are complex, the modulus is the root of the momentum. Neither step size nor "
        "curvature changes it.",
        "a060/corrected/modulus",
        "a061/literal/independent",
        shown=(Formula(rho, sympy.sqrt(beta)),),
        label="complex",
    )
    c.false("Twice that", "As printed, with a factor one half lost, it would be twice as large.", "a060/literal/root")
    c.theorem(
        "Real eigenvalues",
        "Where they are real, the larger modulus is half of the larger of two moduli:",
        "a062/literal/rate",
        "a062/literal/roots",
        own["two-states/spectral-radius/real"],
        shown=(Formula(c.verdicts["a062/literal/rate"].claim.statement),),
    )


def _regimes(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("Five ways to move")
    regimes = sm.analyze("heavy-ball").regimes
    c.theorem(
        "Every point is in one regime",
        "The parameters and the curvature decide which of these it is; no point is in two of them, and none in "
        "no regime.",
        own["heavy-ball/regimes/exhaustive"],
        own["heavy-ball/regimes/disjoint"],
        *(own[f"heavy-ball/regimes/{regime.name}"] for regime in regimes),
        shown=(),
        label="regimes",
    )
    c.table(
        "The regimes, where they are, and the rate there.",
        ("Regime", "Where", "Rate"),
        [(r.name, r.condition, r.rate if r.name != "divergent" else "1 or more") for r in regimes],
        label="regime-table",
    )
    c.text(
        "The map in ",
        Ref("taxonomy"),
        " is that of the rate of ",
        Ref("rate"),
        "; beside it are the errors at a point of each kind, of which the statements below speak one by one.",
    )
    c.figure("F07")
    c.theorem(
        "Ripples",
        (
            "With complex eigenvalues the error swings. The swing is slow, less than a quarter of a turn in each "
            "step, in one half "
            "of the region only. Here ",
            sympy.Symbol("p", real=True),
            " is the product of step size and curvature.",
        ),
        "a063/corrected/rate",
        "a063/corrected/frequency",
        shown=(Formula(c.verdicts["a063/corrected/frequency"].claim.statement),),
    )
    c.theorem(
        "Straight down",
        "With eigenvalues between 0 and 1 the error falls in every step and keeps its sign, if the start is at "
        "rest. From a start "
        "with momentum it may not.",
        "a064/condition/monotone",
        "a064/condition/rest",
        "a064/condition/parameters",
        shown=(Formula(c.verdicts["a064/condition/parameters"].claim.statement),),
    )
    c.false(
        "Straight down from every start",
        ("Here ", sympy.Symbol("v", real=True), " is the last change of the error."),
        "a064/literal/monotone",
    )
    c.theorem("One step", "Without momentum and with the right step size one step is enough.", "a065/literal/one-step")
    c.theorem(
        "Alternating signs",
        (
            "From rest the sign changes in every step if both eigenvalues are real and negative, or one is zero. "
            "That is so from ",
            (1 + sympy.sqrt(beta)) ** 2,
            " on, and not just beyond 1: in between the eigenvalues are complex, and some step does not change "
            "the sign.",
        ),
        "a066/condition/parameters",
        "a066/condition/flip",
        "a066/condition/complex",
        shown=(Formula(c.verdicts["a066/condition/parameters"].claim.statement),),
    )
    c.false("A step beyond 1 flips the sign", "It is not enough, not even from rest.", "a066/literal/flip-from-rest")
    c.theorem(
        "Divergence",
        "A real eigenvalue multiplies a linear form of the state in each step, so that a start where the form is "
        "not zero leads "
        "away from the minimum if the eigenvalue is larger than 1 in modulus. Rest is such a start.",
        "a067/condition/real",
        "a067/condition/grows",
        "a067/condition/rest",
        shown=(Formula(c.verdicts["a067/condition/grows"].claim.statement),),
    )


def _range(c: Chapter, own: dict[str, sm.Claim]) -> None:
    c.section("The step sizes that converge")
    c.theorem(
        "The range",
        "The eigenvalues lie inside the unit circle just if",
        own["heavy-ball/stability/region"],
        own["two-states/schur-cohn/stable"],
        "a068/literal/range",
        shown=(Formula(own["heavy-ball/stability/region"].statement.args[0]),),
        label="range",
    )
    c.theorem(
        "Without momentum",
        ("At zero momentum it is ", Ref("first-steps#a021-literal-interval", "the range of gradient descent"), "."),
        "a069/literal/same",
    )
    c.theorem(
        "Nearly twice as large",
        "So momentum allows larger steps, by a factor that comes as near to 2 as one likes and is never 2.",
        "a070/condition/less",
        "a070/condition/every-factor",
    )


if __name__ == "__main__":
    main(__file__)
