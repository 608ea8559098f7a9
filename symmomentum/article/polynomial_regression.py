r"""The example of polynomial regression: eigenfeatures, early stopping and Tikhonov regularization (A029 to A045)."""

from __future__ import annotations

from typing import Any

import sympy

from symmomentum.article.language import (
    ORTHOGONAL,
    I,
    Lambda,
    Q,
    Z,
    all_of,
    column,
    equal_entries,
    matrix_of,
    orthogonal,
    powers,
    real,
    squared_length,
    stated,
    turned,
    vector,
)
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.symbols import alpha, eta, lam
from symmomentum.symbols import k as step

__all__ = ["ENTRIES"]

_SECTION = "Example: Polynomial Regression"
_input, _other_input = real("xi zeta")


def _design(count: int, features: int) -> Any:
    """Z: in row i the powers of the i-th input."""
    return sympy.ImmutableMatrix(count, features, lambda i, j: real(f"xi_{i + 1}") ** j)


def _features(at: Any, count: int = 2) -> Any:
    return sympy.Matrix([at**j for j in range(count)])


def _model(weights: Any, at: Any) -> Any:
    return sympy.Add(*(w * p for w, p in zip(weights, _features(at, len(weights)), strict=True)))


def _square(entries: Any) -> Any:
    return sympy.Add(*(e**2 for e in entries))


# Two features, for what is refuted: the eigenvectors of Z^T Z are the columns of the orthogonal matrix.
_turn = matrix_of("q")
_one, _two = real("lambda_1 lambda_2")
_w, _d = vector("w"), vector("d")
_Z = _design(2, 2)
_eigenvectors = (*orthogonal(_turn), equal((_turn.T * _Z.T * _Z * _turn)[0, 1], 0))

# Any number of features and of data points.
_weights, _features_at, _coordinates, _move = map(column, ("w", "p", "x", "h"))
_data = column("d", Z.rows)
_gram = (equal(Z.T * Z, Q * Lambda * Q.T), *ORTHOGONAL, equal(Lambda.T, Lambda))
_diagonal = r"$Z^TZ=Q\Lambda Q^T$ with the diagonal matrix $\Lambda$ of the eigenvalues"


def _regression() -> tuple[Entry, ...]:
    """A029 to A031."""
    w, d = vector("w", 3), vector("d", 3)
    a, b, observed = real("a b delta")
    at, other = _features_at, column("v")
    three = _design(3, 3)
    gram, right = Z.T * Z + at * at.T, Z.T * _data + observed * at
    one = sympy.Identity(1)
    return (
        Entry(
            id="A029",
            section=_SECTION,
            summary=r"The model is nonlinear in the input $\xi$ and linear in the weights.",
            printed=(r"\text{model}(\xi)=w_{1}p_{1}(\xi)+\cdots+w_{n}p_{n}(\xi)\qquad p_{i}=\xi\mapsto\xi^{i-1}",),
            reading=(
                r"Linear: with $p$ for the vector of the $p_i(\xi)$ the model is $p^Tw$. Nonlinear: no such model of three "
                r"features with a weight of $\xi^2$ is a straight line, for its values at $0$, $\xi$ and $2\xi$ do not lie "
                r"on one."
            ),
            literal=(
                stated(
                    "article/a029/literal/linear",
                    "It is linear in the weights",
                    equal(at.T * (a * _weights + b * other), a * at.T * _weights + b * at.T * other),
                ),
                stated(
                    "article/a029/literal/nonlinear",
                    "It is not linear in the input",
                    sympy.Ne(_model(w, 2 * _input) + _model(w, sympy.Integer(0)), 2 * _model(w, _input)),
                    (sympy.Ne(w[2], 0), sympy.Ne(_input, 0)),
                ),
            ),
        ),
        Entry(
            id="A030",
            section=_SECTION,
            summary="The fit minimizes the mismatch between model and observations, written in two equal ways.",
            printed=(
                r"\text{minimize}_w \qquad\tfrac{1}{2}\sum_i (\text{model}(\xi_{i})-d_{i})^{2} = \tfrac{1}{2}\|Zw - "
                r"d\|^2",
            ),
            reading=(
                r"For three features and three data points written out. In general by induction: a further data point adds the "
                r"row $p^T$ to $Z$ and $\delta$ to $d$, so $pp^T$ to $Z^TZ$, $\delta p$ to $Z^Td$ and $\delta^2$ to $d^Td$, "
                r"and to $\|Zw-d\|^2$ the square of its mismatch."
            ),
            literal=(
                stated(
                    "article/a030/literal/equal",
                    "The two ways are equal",
                    equal(
                        _square(_model(w, real(f"xi_{i + 1}")) - d[i] for i in range(3)) / 2, _square(three * w - d) / 2
                    ),
                ),
                stated(
                    "article/a030/literal/further",
                    "What a further data point adds, for any number of features and data points",
                    equal(
                        _weights.T * gram * _weights
                        - 2 * right.T * _weights
                        + squared_length(_data)
                        + observed**2 * one,
                        squared_length(Z * _weights - _data)
                        + (at.T * _weights - observed * one).T * (at.T * _weights - observed * one),
                    ),
                ),
            ),
        ),
        Entry(
            id="A031",
            section=_SECTION,
            summary="The matrix of the regression: in row $i$ the powers of the input $i$.",
            printed=(r"Z=(\xi_i^{j-1}),\qquad i=1,\ldots,m,\quad j=1,\ldots,n",),
            reading=r"It turns the weights into the values of the model at the inputs, with $0^0=1$.",
            size="three features and three data points",
            literal=(
                stated(
                    "article/a031/literal/values",
                    "Its product with the weights is the model at the inputs",
                    equal_entries(three * w, [_model(w, real(f"xi_{i + 1}")) for i in range(3)]),
                ),
            ),
        ),
    )


def _eigenfeatures() -> tuple[Entry, ...]:
    """A032 to A035: which way the basis turns."""

    def along(coordinates: Any) -> Any:
        return coordinates[0] * _turn[:, 0] + coordinates[1] * _turn[:, 1]

    def overlap(M: Any) -> Any:
        """The sum over the data of the product of the two features that the rows of M make."""
        values = [M * _features(real(f"xi_{i + 1}")) for i in range(2)]
        return sympy.Add(*(v[0] * v[1] for v in values))

    curvature, slope, x = real("lambda_i g x")
    best = slope / curvature

    def in_one(coordinate: Any) -> Any:
        return curvature * coordinate**2 / 2 - slope * coordinate

    return (
        Entry(
            id="A032",
            section=_SECTION,
            summary=r"The change of basis turns the weights $w$ into coordinates along the eigenvectors of $Z^TZ$.",
            printed=("Qw", r"\bar{p}"),
            reading=(
                r"As in A013 the eigenvectors are the columns of $Q$. The entries of the printed vector are to be "
                r"the coordinates of $w$ along them: $w=\sum_ix_iq_i=Qx$. The features belong to A033. Refuted with two "
                r"weights."
            ),
            literal=(
                stated(
                    "article/a032/literal/coordinates",
                    "The weights from the printed coordinates",
                    equal_entries(_w, along(_turn * _w)),
                    orthogonal(_turn),
                ),
            ),
            corrected=(
                stated(
                    "article/a032/corrected/coordinates",
                    "The weights from the coordinates that the transpose gives",
                    equal(_weights, Q * (Q.T * _weights)),
                    ORTHOGONAL,
                ),
            ),
            instead=(r"x=Q^Tw",),
            remark=r"It is $x=Q^Tw$, as in A014; $Qw$ turns the other way round.",
        ),
        Entry(
            id="A033",
            section=_SECTION,
            summary="The turned features, from the monomials.",
            printed=(r"\bar{p}_{i}=\sum q_{ij}p_j.",),
            reading=(
                r"$q_{ij}$ is the entry of $Q=[q_1,\ldots,q_n]$ in row $i$ and column $j$. The features are to be "
                r"the principal components of the data: different ones are orthogonal over the data. Refuted with two features "
                r"and two data points. The values of the right ones at the data are the columns of $ZQ$; "
                + _diagonal
                + "."
            ),
            literal=(
                stated(
                    "article/a033/literal/orthogonal",
                    "The printed features are orthogonal over the data",
                    equal(overlap(_turn), 0),
                    _eigenvectors,
                ),
            ),
            corrected=(
                stated(
                    "article/a033/corrected/orthogonal",
                    "The features with the eigenvectors as coefficients are orthogonal over the data",
                    equal((Z * Q).T * (Z * Q), Lambda),
                    _gram,
                ),
            ),
            instead=(r"\bar{p}_{i}=\sum_j q_{ji}p_j",),
            remark=(
                r"It is $\bar p_i=\sum_jq_{ji}p_j$: the coefficients of the feature $i$ are the entries of the "
                r"eigenvector $q_i$, which is a column of $Q$. If $q_{ij}$ is read as the entry $j$ of $q_i$, the "
                r"formula is right."
            ),
        ),
        Entry(
            id="A034",
            section=_SECTION,
            summary="In the new basis the model is the same function.",
            printed=(r"\text{model}(\xi)=x_{1}\bar{p}_{1}(\xi)+\cdots+x_{n}\bar{p}_{n}(\xi)",),
            reading=(
                r"With $x$ and $\bar p$ as printed in A032 and A033, and also as corrected there: turning both by "
                r"one orthogonal matrix changes nothing. The model is $p^Tw$ with $p$ for the vector of the $p_i(\xi)$."
            ),
            literal=(
                stated(
                    "article/a034/literal/same",
                    "With weights and features turned as printed the model is the same",
                    equal(_features_at.T * _weights, (Q * _weights).T * (Q * _features_at)),
                    ORTHOGONAL,
                ),
                stated(
                    "article/a034/literal/same-transposed",
                    "With weights and features turned into the eigenbasis the model is the same",
                    equal(_features_at.T * _weights, (Q.T * _weights).T * (Q.T * _features_at)),
                    ORTHOGONAL,
                ),
            ),
        ),
        Entry(
            id="A035",
            section=_SECTION,
            summary=(
                "In the new basis there are as many problems as coordinates: to minimize over one after the other, "
                "in any order, gives the global minimum."
            ),
            reading=(
                r"The new basis is that of the eigenvectors, $w=Qx$ (A032 as corrected), "
                + _diagonal
                + r", all positive. With $g=Q^TZ^Td$ the objective is a constant and the sum of $\lambda_ix_i^2/2-g_ix_i$: "
                r"where the best value of one coordinate is does not depend on the others, and a sum is least where each "
                r"summand is."
            ),
            literal=(
                stated(
                    "article/a035/literal/separate",
                    "The objective is a sum of functions of one coordinate each",
                    equal(
                        squared_length(Z * (Q * _coordinates) - _data) / 2,
                        _coordinates.T * Lambda * _coordinates / 2
                        - (Q.T * (Z.T * _data)).T * _coordinates
                        + squared_length(_data) / 2,
                    ),
                    _gram,
                ),
                stated(
                    "article/a035/literal/one",
                    "Each has its least value at one place",
                    in_one(best) < in_one(x),
                    (curvature > 0, sympy.Ne(x, best)),
                ),
            ),
        ),
    )


def _sensitivity() -> tuple[Entry, ...]:
    """A036 to A039."""
    q, u, delta = column("q"), column("u", Z.rows), column("delta", Z.rows)
    slow, fast = real("lambda_i lambda_j")
    length, inner = real("D p")
    sensitive = 1 / sympy.sqrt(slow), 1 / sympy.sqrt(fast)
    slower = abs(1 - alpha * slow) > abs(1 - alpha * fast)
    two = (alpha > 0, slow > 0, fast > 0, alpha * slow < 2, alpha * fast < 2)
    return (
        Entry(
            id="A036",
            section=_SECTION,
            summary=(
                "The eigenfeatures can be sorted by how much they react to perturbations of the observations: those "
                "of the largest eigenvalues react least, those of the smallest most."
            ),
            reading=(
                r"The coordinate $i$ of the fit is $q_i^TZ^Td/\lambda_i$; a perturbation $\delta$ of $d$ moves it by "
                r"$u^T\delta/\lambda_i$ with $u=Zq_i$, at most by $1/\sqrt{\lambda_i}$ times the size of $\delta$. "
                r"That is the inequality of Cauchy and Schwarz, shown through the numbers $D=\|\delta\|^2$ and $p=u^T\delta$. "
                r"The principal components are those of the data as they are, not centred."
            ),
            literal=(
                stated(
                    "article/a036/literal/length",
                    "The squared length of Z q is the eigenvalue times that of q, which is 1",
                    equal(squared_length(Z * q), lam * squared_length(q)),
                    (equal(Z.T * Z * q, lam * q),),
                ),
                stated(
                    "article/a036/literal/square",
                    "What a perturbation lacks to the bound is a square",
                    equal(
                        squared_length(delta * squared_length(u) - u * (u.T * delta)),
                        squared_length(u) * (squared_length(u) * squared_length(delta) - (u.T * delta) ** 2),
                    ),
                ),
                stated(
                    "article/a036/literal/bound",
                    "By how much a perturbation moves the coordinate at most",
                    (inner / lam) ** 2 <= length / lam,
                    (lam > 0, lam * (lam * length - inner**2) >= 0),
                ),
                stated(
                    "article/a036/literal/attained",
                    "The perturbation u moves it by that much",
                    equal((inner / lam) ** 2, length / lam),
                    (lam > 0, equal(inner, lam), equal(length, lam)),
                ),
                stated(
                    "article/a036/literal/sorted",
                    "The smaller the eigenvalue, the more it reacts",
                    sensitive[0] > sensitive[1],
                    (slow > 0, slow < fast),
                ),
            ),
        ),
        Entry(
            id="A037",
            section=_SECTION,
            summary="The figure shows the most robust feature first and the most sensitive one last.",
            reading=(
                "The order of the figure's panels, which is that of decreasing eigenvalues; the perturbation is "
                "made in numbers."
            ),
            evidence=("tests/test_article_first.py::test_the_most_robust_eigenfeature_stands_first",),
            remark="So it is the opposite of the order of A013, in which the smallest eigenvalue is the first.",
        ),
        Entry(
            id="A038",
            section=_SECTION,
            summary="The eigenspaces that converge the slowest are those that are most sensitive to noise.",
            reading=(
                "For every step size with which the iteration converges, and every two eigenvalues: the more "
                "sensitive of the two (A036) converges the more slowly."
            ),
            literal=(
                stated(
                    "article/a038/literal/slowest",
                    "The more sensitive of two is the slower",
                    sympy.Implies(sensitive[0] > sensitive[1], slower),
                    two,
                ),
            ),
            condition=(
                stated(
                    "article/a038/condition/step-size",
                    "It is the slower just if the step size is below two over the sum of the two eigenvalues",
                    sympy.Equivalent(slower, alpha * (slow + fast) < 2),
                    (*two, sensitive[0] > sensitive[1]),
                ),
            ),
            remark=(
                r"With $\alpha(\lambda_i+\lambda_j)<2$. With a larger step size the component of the larger eigenvalue, which is "
                r"the more robust, is the slower one; with $\alpha>2/(\lambda_1+\lambda_n)$ the most robust of all is the "
                r"slowest. In the article's own figure, with $\alpha=1.8/\lambda_{max}$, the bar of the most robust eigenspace "
                r"is longer than the next one."
            ),
            evidence=("tests/test_article_first.py::test_in_the_figure_the_most_robust_eigenspace_is_not_the_fastest",),
        ),
        Entry(
            id="A039",
            section=_SECTION,
            summary="The bar of an eigenspace ends where it has converged to three significant digits.",
            printed=(r"k=-3/\log_{10}|1-\alpha\lambda|",),
            reading=(
                r"Three digits: from the start 0 the relative error of the coordinate, $|1-\alpha\lambda|^k$, is at "
                r"most $10^{-3}$. Logarithms are beyond the checker; the test takes the figure's data and exact "
                r"powers."
            ),
            evidence=("tests/test_article_first.py::test_a_bar_ends_where_three_digits_are_reached",),
            remark=r"The end is a real number; the first iteration with three digits is the next whole one.",
        ),
    )


def _early_stopping() -> Entry:
    """A040: both filters."""
    early = 1 - (1 - alpha * lam) ** step
    ridge = lam / (lam + eta)
    following = 1 - (1 - alpha * lam) ** (step + 1)
    h = real("h")
    workable = (alpha > 0, lam > 0, alpha * lam < 2)
    power = (1 - alpha * lam) ** step
    bounded = stated(
        "article/a040/literal/early-stopping/bounded",
        "The power stays between -1 and 1",
        all_of(power >= -1, power <= 1),
        workable,
    )
    return Entry(
        id="A040",
        section=_SECTION,
        summary=(
            "Early stopping acts like Tikhonov regularization: both suppress the components of the smallest "
            "eigenvalues, with different decays. Early stopping has no parameter: one run gives all models from "
            "underfitted to overfitted."
        ),
        reading=(
            r"Both leave a share of each component of the solution: $1-(1-\alpha\lambda)^k$ and "
            r"$\lambda/(\lambda+\eta)$. To suppress the smallest: the share is at most a fixed multiple of $\lambda$ "
            r"($k\alpha$ and $1/\eta$), whatever the step size that converges. One run: it begins with the share 0, "
            r"and each step leads from the share after $k$ steps to that after $k+1$. That the effects are very "
            r"similar is no more precise than that."
        ),
        literal=(
            stated(
                "article/a040/literal/early-stopping",
                "Early stopping leaves of a small eigenvalue's component little",
                early <= step * alpha * lam,
                (*workable, alpha * lam <= 1),
            ),
            bounded,
            stated(
                "article/a040/literal/early-stopping-large",
                "And so if the product of step size and eigenvalue is above 1",
                sympy.Implies(step >= 2, early <= step * alpha * lam),
                (*workable, alpha * lam > 1, bounded.statement),
            ),
            stated(
                "article/a040/literal/early-stopping-first",
                "And so with one step or none",
                all_of(
                    equal(early.xreplace({step: sympy.Integer(1)}), alpha * lam),
                    equal(1 - (1 - alpha * lam) ** 0, 0),
                ),
            ),
            stated(
                "article/a040/literal/tikhonov",
                "Tikhonov regularization leaves of a small eigenvalue's component little",
                ridge <= lam / eta,
                (lam > 0, eta > 0),
            ),
            stated(
                "article/a040/literal/different",
                "The decays differ: early stopping can leave a component whole, the penalty never does",
                all_of(equal(early, 1), ridge < 1),
                (lam > 0, eta > 0, equal(alpha * lam, 1), step >= 1),
            ),
            stated(
                "article/a040/literal/one-run",
                "A step of the run leads to the next model",
                equal(early * h / lam - alpha * (lam * (early * h / lam) - h), following * h / lam),
                (lam > 0,),
            ),
        ),
    )


def _tikhonov() -> tuple[Entry, ...]:
    """A041 to A045: the footnotes."""

    def penalized(Z: Any, d: Any) -> Any:
        return _square(Z * _w - d) / 2 + eta / 2 * _square(_w)

    def expanded(Z: Any, right: Any) -> Any:
        return (_w.T * (Z.T * Z + eta * sympy.eye(2)) * _w)[0] / 2 - (right.T * _w)[0]

    def objective(w: Any) -> Any:
        return squared_length(Z * w - _data) / 2 + eta * squared_length(w) / 2

    hessian = Z.T * Z + eta * I
    shares = sympy.MatrixSymbol("S", *Lambda.shape)  # the diagonal matrix of 1/(lambda_i + eta)
    with_shares = (*_gram, equal(Lambda * shares, I - eta * shares), equal(shares.T, shares))
    turn, orthonormal = turned()
    gram, v = turn * sympy.diag(_one, _two) * turn.T, vector("v")
    decomposed = tuple(equal(a, b) for a, b in zip(_Z.T * _Z, gram, strict=True))
    right = column("v")
    printed = (_Z.T * _Z + eta * sympy.eye(2)) * v
    share = lam / (lam + eta)
    slow, fast = real("lambda_i lambda_j")
    h = real("h")
    affine = powers([[1 - alpha * lam, alpha * h], [0, 1]], step)

    def share_of(value: Any) -> Any:
        return (1 / (value + eta)) / (1 / value)

    return (
        Entry(
            id="A041",
            section=_SECTION,
            summary="The Tikhonov objective, written in two ways.",
            printed=(
                r"\text{minimize}\qquad\tfrac{1}{2}\|Zw-d\|^{2}+\frac{\eta}{2}\|w\|^{2}"
                r"=\tfrac{1}{2}w^{T}(Z^{T}Z+\eta I)w-(Zd)^{T}w",
            ),
            reading=(
                "As functions to be minimized they are equal if they differ by a constant, so that they are "
                "compared with their values at 0. $Zd$ exists only if there are as many observations as features; "
                "refuted for two of each."
            ),
            literal=(
                stated(
                    "article/a041/literal/objective",
                    "The two ways differ by what they are at 0",
                    equal(penalized(_Z, _d) - _square(_d) / 2, expanded(_Z, _Z * _d)),
                    (eta > 0, sympy.Ne(*real("xi_1 xi_2"))),
                ),
            ),
            corrected=(
                stated(
                    "article/a041/corrected/objective",
                    "With the transpose they differ by a constant",
                    equal(
                        objective(_weights),
                        _weights.T * hessian * _weights / 2 - (Z.T * _data).T * _weights + squared_length(_data) / 2,
                    ),
                ),
            ),
            instead=(
                r"\tfrac{1}{2}\|Zw-d\|^{2}+\frac{\eta}{2}\|w\|^{2}=\tfrac{1}{2}w^{T}(Z^{T}Z+\eta I)w-(Z^Td)^{T}"
                r"w+\tfrac{1}{2}\|d\|^2",
            ),
            remark=r"It is $Z^Td$ in place of $Zd$, and on the right the constant $\tfrac12\|d\|^2$ is left out.",
        ),
        Entry(
            id="A042",
            section=_SECTION,
            summary=r"The decomposition of $Z^TZ$, and the solution of Tikhonov regression.",
            printed=(
                r"Z^{T}Z=Q\ \text{diag}(\Lambda_{1},\ldots,\Lambda_{n})\ Q^T",
                r"(Z^{T}Z+\eta I)^{-1}(Zd)=Q\ \text{diag}\left(\frac{1}{\lambda_{1}+\eta},\cdots,"
                r"\frac{1}{\lambda_{n}+\eta}\right)Q^T(Zd)",
            ),
            reading=(
                r"$\Lambda_i$ is $\lambda_i$. Two things are said: that the two sides are equal, which is so for "
                r"every vector in place of $Zd$, and that they are the solution, at which the gradient of the "
                r"Tikhonov objective is zero. The diagonal matrix $S$ of the numbers $1/(\lambda_i+\eta)$ is the one with "
                r"$(\Lambda+\eta I)S=I$. The second is refuted for two observations and two features; an orthogonal matrix with "
                r"two rows is a rotation ($t=1$) or a reflection ($t=-1$)."
            ),
            literal=(
                stated(
                    "article/a042/literal/inverse",
                    "The right side solves the linear equations, for every vector",
                    equal(hessian * (Q * shares * Q.T * right), right),
                    with_shares,
                ),
                stated(
                    "article/a042/literal/solution",
                    "At the printed vector the gradient of the Tikhonov objective is zero",
                    equal_entries(printed, _Z.T * _d),
                    (*(equal(a, b) for a, b in zip(printed, _Z * _d, strict=True)), *decomposed, *orthonormal, eta > 0),
                ),
            ),
            corrected=(
                stated(
                    "article/a042/corrected/gradient",
                    "The gradient of the Tikhonov objective: what a move by h changes",
                    equal(
                        objective(_weights + _move) - objective(_weights),
                        (hessian * _weights - Z.T * _data).T * _move + _move.T * hessian * _move / 2,
                    ),
                ),
                stated(
                    "article/a042/corrected/solution",
                    "With the transpose the right side is where that gradient is zero",
                    equal(hessian * (Q * shares * Q.T * (Z.T * _data)), Z.T * _data),
                    with_shares,
                ),
            ),
            instead=(
                r"Z^{T}Z=Q\ \text{diag}(\lambda_{1},\ldots,\lambda_{n})\ Q^T",
                r"(Z^{T}Z+\eta I)^{-1}(Z^Td)=Q\ \text{diag}\left(\frac{1}{\lambda_{1}+\eta},\cdots,\frac{1}"
                r"{\lambda_{n}+\eta}\right)Q^T(Z^Td)",
            ),
            remark=(
                r"The solution has $Z^Td$ in place of $Zd$; and the same numbers are called $\Lambda_i$ and "
                r"$\lambda_i$."
            ),
        ),
        Entry(
            id="A043",
            section=_SECTION,
            summary="Regularization is a function that makes the largest eigenvalues smaller.",
            printed=(r"\text{Tikhonov Regularized } \lambda_i",),
            reading=(
                r"The function puts $1/(\lambda_i+\eta)$ in place of $1/\lambda_i$. Makes the largest smaller: of "
                r"two eigenvalues the larger one keeps the smaller share of its number. And the name: without a "
                r"penalty, $\eta=0$, a regularized $\lambda_i$ should be $\lambda_i$."
            ),
            literal=(
                stated(
                    "article/a043/literal/largest",
                    "The larger of two eigenvalues keeps the smaller share",
                    share_of(fast) < share_of(slow),
                    (eta > 0, slow > 0, slow < fast),
                ),
                stated(
                    "article/a043/literal/name",
                    "Without a penalty the function gives the eigenvalue",
                    equal(1 / (lam + eta), lam),
                    (lam > 0, equal(eta, 0)),
                ),
            ),
            corrected=(
                stated(
                    "article/a043/corrected/largest",
                    "The larger of two eigenvalues of the inverse, which is that of the smaller one, keeps the "
                    "smaller share",
                    sympy.Implies(1 / slow > 1 / fast, share_of(slow) < share_of(fast)),
                    (eta > 0, slow > 0, fast > 0),
                ),
                stated(
                    "article/a043/corrected/name",
                    "Without a penalty the function gives the eigenvalue of the inverse",
                    equal(1 / (lam + eta), 1 / lam),
                    (lam > 0, equal(eta, 0)),
                ),
            ),
            instead=(r"\text{Tikhonov Regularized } \lambda_i^{-1}",),
            remark=(
                r"It is the eigenvalues $1/\lambda_i$ of the inverse that are regularized, and of these the largest, "
                r"which belong to the smallest $\lambda_i$, lose most."
            ),
        ),
        Entry(
            id="A044",
            section=_SECTION,
            summary="The decay of Tikhonov regularization, written in two ways.",
            printed=(
                r"\text{Tikhonov Regularized } \lambda_i = \frac{1}{\lambda_{i}+\eta}"
                r"=\frac{1}{\lambda_{i}}\left(1-\left(1+\lambda_{i}/\eta\right)^{-1}\right).",
            ),
            reading=r"For $\lambda_i>0$ and $\eta>0$; the name on the left is that of A043.",
            literal=(
                stated(
                    "article/a044/literal/equal",
                    "The two ways are equal",
                    equal(1 / (lam + eta), (1 - 1 / (1 + lam / eta)) / lam),
                    (lam > 0, eta > 0),
                ),
                stated(
                    "article/a044/literal/share",
                    "The bracket is the share that is left",
                    equal(1 - 1 / (1 + lam / eta), share),
                    (lam > 0, eta > 0),
                ),
            ),
            remark=r"What is regularized is $1/\lambda_i$ (A043).",
        ),
        Entry(
            id="A045",
            section=_SECTION,
            summary="Gradient descent decays in a similar way, which depends on the step size.",
            printed=(
                r"\text{ Gradient Descent Regularized } \lambda_i = \frac{1}{\lambda_i} "
                r"\left( 1-\left(1-\alpha\lambda_{i}\right)^{k} \right)",
            ),
            reading=(
                r"In one component, with $h=q_i^TZ^Td$: from the start 0, which the text names, $k$ steps of "
                r"$x-\alpha(\lambda x-h)$ lead to $h$ times the printed number. The step is written as a matrix that "
                r"acts on $(x,1)$."
            ),
            literal=(
                stated(
                    "article/a045/literal/decay",
                    "What gradient descent has reached after k steps",
                    all_of(equal(affine[0, 1], (1 - (1 - alpha * lam) ** step) / lam * h), equal(affine[1, 1], 1)),
                    (lam > 0,),
                ),
            ),
            remark=r"What is regularized is $1/\lambda_i$ (A043). From another start a multiple of it is added.",
        ),
    )


ENTRIES = (*_regression(), *_eigenfeatures(), *_sensitivity(), _early_stopping(), *_tikhonov())
