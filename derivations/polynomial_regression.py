"""Polynomial regression: which features converge first, and why stopping early is like a penalty."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import alpha, eta, k, lam

m, n = sympy.symbols("m n", integer=True, positive=True)
Z, Q = sympy.MatrixSymbol("Z", m, n), sympy.MatrixSymbol("Q", n, n)
w, x = sympy.MatrixSymbol("w", n, 1), sympy.MatrixSymbol("x", n, 1)
d = sympy.MatrixSymbol("d", m, 1)


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "polynomial-regression",
        "Polynomial regression",
        "A polynomial is fitted to data by gradient descent. In the basis of eigenvectors the features that the "
        "data determine "
        "well are learned first and those that noise determines last, so that to stop early is a way to leave "
        "noise out.",
        "Example: Polynomial Regression",
    )
    _model(c)
    _features(c)
    _robust(c)
    _stopping(c)
    return c.document()


def _model(c: Chapter) -> None:
    c.section("The model")
    xi = sympy.Symbol("xi")
    i = sympy.Symbol("i", integer=True, positive=True)
    c.theorem(
        "Linear in the weights",
        (
            "The model is a polynomial in the input ",
            xi,
            ", linear in its coefficients and, from degree two on, not in the input.",
        ),
        "a029/literal/linear",
        "a029/literal/nonlinear",
        shown=(Formula(sympy.Function("model")(xi), sympy.Sum(sympy.Function("w")(i) * xi ** (i - 1), (i, 1, n))),),
    )
    c.figure("F04")
    c.theorem(
        "Linear regression",
        (
            "With the powers of the inputs in the rows of a matrix ",
            Z,
            " and the observations ",
            d,
            ", to fit the model is to minimize half the squared length of this vector. Written out for three of each; a further "
            "observation adds the square of its own mismatch, however many there are.",
        ),
        "a030/literal/equal",
        "a030/literal/further",
        "a031/literal/values",
        shown=(Formula(Z * w - d),),
    )


def _features(c: Chapter) -> None:
    c.section("Features that do not interact")
    c.theorem(
        "Coordinates",
        (
            "With the eigenvectors of ",
            Z.T * Z,
            " as the columns of ",
            Q,
            ", the weights have the coordinates ",
            x,
            " below, and the polynomials with the eigenvectors as coefficients are orthogonal over the data.",
        ),
        "a032/corrected/coordinates",
        "a033/corrected/orthogonal",
        shown=(Formula(x, Q.T * w),),
    )
    c.false(
        "With the matrix in place of its transpose",
        "Printed is the matrix in place of its transpose, in the coordinates and in the features.",
        "a032/literal/coordinates",
        "a033/literal/orthogonal",
        shown=(),
    )
    c.theorem(
        "The model is the same",
        "Where both slips are made, they cancel: the model is the same function with either.",
        "a034/literal/same",
        "a034/literal/same-transposed",
        shown=(),
    )
    c.theorem(
        "One problem for each coordinate",
        "The objective is a sum of functions of one coordinate each, so that one may minimize over them in any order.",
        "a035/literal/separate",
        "a035/literal/one",
        shown=(),
    )
    c.text(
        Ref("eigenfeatures"),
        " shows the features of the article's data, in which ",
        Ref("monomials"),
        " has the monomials. In these coordinates the errors of gradient descent are ",
        Ref("first-steps#independent", "independent numbers"),
        ".",
    )
    c.figure("F05")


def _robust(c: Chapter) -> None:
    c.section("Robust features are learned first")
    c.theorem(
        "What noise does to a coordinate",
        (
            "A perturbation of the observations moves a coordinate by at most its own length over the root of "
            "the eigenvalue, and "
            "one of that length does: the smaller the eigenvalue, the more."
        ),
        "a036/literal/length",
        "a036/literal/square",
        "a036/literal/bound",
        "a036/literal/attained",
        "a036/literal/sorted",
        shown=(Formula(c.verdicts["a036/literal/bound"].claim.statement),),
    )
    c.theorem(
        "When the sensitive one is the slower one",
        "Of two features the one more sensitive to noise is the slower one just if the step size is below two "
        "over the sum of "
        "their eigenvalues.",
        "a038/condition/step-size",
        shown=(Formula(c.verdicts["a038/condition/step-size"].claim.statement),),
    )
    c.false(
        "With every step size",
        "With a longer step that still converges it may be the other way round.",
        "a038/literal/slowest",
        shown=(),
    )
    fit = sm.problems.polynomial_regression(*sm.problems.article_data(), 5)
    c.text(
        "In the article's own example, a polynomial of degree five, the condition number is about "
        f"{float(fit.condition_number):.0f}.",
    )


def _stopping(c: Chapter) -> None:
    c.section("To stop early is like a penalty")
    own = named(sm.problems.filter_claims())
    c.theorem(
        "Stopping early",
        (
            "From 0, after ",
            k,
            " steps gradient descent has this share of a coordinate of the solution. One run has all of them, "
            "one after the other.",
        ),
        "a045/literal/decay",
        own["polynomial-regression/early-stopping/step"],
        "a040/literal/one-run",
        shown=(Formula(sympy.Symbol("s_k"), 1 - (1 - alpha * lam) ** k),),
        proof="By induction on the steps.",
        label="early-stopping-share",
    )
    c.text(
        "So, in ",
        Ref("early-stopping"),
        ", the model takes up its features one after the other: ",
        Ref("first-steps#a017-condition-closer", "which of two is slower"),
        " depends on their eigenvalues and the step size. After a million steps it has those that noise determines, too.",
    )
    c.figure("F06")
    c.theorem(
        "A penalty",
        ("With the penalty ", eta, " on the squared length of the weights, the share is"),
        own["polynomial-regression/tikhonov"],
        "a044/literal/equal",
        "a044/literal/share",
        shown=(Formula(sympy.Symbol("s_eta"), lam / (lam + eta), 1 - 1 / (1 + lam / eta)),),
    )
    c.theorem(
        "Both leave out what is small",
        "Of a coordinate with a small eigenvalue both leave little. They are not the same: only stopping can "
        "keep one whole.",
        "a040/literal/early-stopping",
        "a040/literal/tikhonov",
        "a040/literal/different",
    )
    penalty = sympy.MatrixSymbol("I", n, n)
    c.theorem(
        "The solution with a penalty",
        "The gradient is zero at the following point.",
        "a041/corrected/objective",
        "a042/corrected/gradient",
        "a042/corrected/solution",
        shown=(Formula(w, (Z.T * Z + eta * penalty).inv() * Z.T * d),),
    )
    c.false(
        "Without the transpose",
        "Printed is a product that exists only for as many observations as features, and is wrong even then.",
        "a041/literal/objective",
        "a042/literal/solution",
        shown=(),
    )
    c.theorem(
        "What is regularized",
        "It is the eigenvalues of the inverse that are regularized: the largest of these, which belong to the smallest "
        "eigenvalues, lose most.",
        "a043/corrected/largest",
        "a043/corrected/name",
        shown=(Formula(c.verdicts["a043/corrected/largest"].claim.statement),),
    )
    c.false(
        "The largest eigenvalues lose most",
        "Printed is that of the matrix itself the largest eigenvalues lose most. They lose least.",
        "a043/literal/largest",
    )


if __name__ == "__main__":
    main(__file__)
