r"""The colorization problem and the graph Laplacian (A093 to A103)."""

from __future__ import annotations

import dataclasses
from typing import Any

import sympy

from symmomentum.article.language import Z, all_of, column, equal_entries, real, squared_length, stated, vector
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.problems.graphs import family_claims
from symmomentum.symbols import alpha

__all__ = ["ENTRIES"]

_SECTION = "Example: The Colorization Problem"
_half = sympy.Rational(1, 2)

# The grid of two by two pixels, the first of which is distinguished: its corners in turn.
_w, _v = vector("w", 4), vector("v", 4)
_EDGES = ((0, 1), (1, 2), (2, 3), (3, 0))
_h, _a, _b, _c = real("h a b c")
_ONES = sympy.ones(4, 1)


# Any graph: in the row of B that belongs to an edge stand 1 and -1 at its ends, in the rest 0; E is the identity matrix with
# the rows of the other pixels set to 0.
_m, _n = Z.shape
_B, _E = sympy.MatrixSymbol("B", _m, _n), sympy.MatrixSymbol("E", _n, _n)
_any, _move, _one_each = column("w"), column("h"), column("u")
_graph = (equal(_B * _one_each, sympy.ZeroMatrix(_m, 1)), equal(_E.T, _E), equal(_E * _E, _E))
_matrices = (
    r"On any graph: with $B$ for the matrix that has in the row of an edge 1 and $-1$ at its ends, "
    r"$E=\sum_{i\in D}e_ie_i^T$, and $u$ for the vector of ones, the objective is "
    r"$\frac12\|Bw\|^2+\frac12(w-u)^TE(w-u)$; it is used that $Bu=0$ and $E^2=E$."
)


def _on_any_graph(w: Any) -> Any:
    return squared_length(_B * w) / 2 + (w - _one_each).T * _E * (w - _one_each) / 2


def _objective(w: Any) -> Any:
    """A093 on the grid of two by two pixels."""
    return (w[0] - 1) ** 2 / 2 + sympy.Add(*((w[i] - w[j]) ** 2 for i, j in _EDGES)) / 2


def _neighbors(i: int) -> list[int]:
    return [b if a == i else a for a, b in _EDGES if i in (a, b)]


def _slope(w: Any, i: int) -> Any:
    """What the step A095 takes alpha times, at a pixel."""
    return sympy.Add(*(w[i] - w[j] for j in _neighbors(i))) + (w[0] - 1 if i == 0 else 0)


def _laplacian(weights: dict[tuple[int, int], Any], size: int) -> Any:
    """By its entries, A099; the weights are 1 for an edge and else 0."""

    def weight(i: int, j: int) -> Any:
        return weights.get((min(i, j), max(i, j)), sympy.Integer(0))

    def entry(i: int, j: int) -> Any:
        return sympy.Add(*(weight(i, each) for each in range(size) if each != i)) if i == j else -weight(i, j)

    return sympy.ImmutableMatrix(size, size, entry)


_OBJECTIVE = Entry(
    id="A093",
    section=_SECTION,
    summary=(
        "The objective: its first term draws some chosen pixels to the value 1, its second evens out the differences "
        "between neighbors."
    ),
    printed=(
        r"\text{minimize} \qquad  \frac{1}{2} \sum_{i\in D} (w_i - 1)^2 + \frac{1}{2} \sum_{i,j\in E} (w_i - w_j)^2.",
    ),
    reading=(
        "A definition, in which each edge counts once (so that A095 is its gradient). Stated of its terms, one by "
        "one: the negative slope of a colorizer points from $w$ to 1; the negative slopes of the term of an edge "
        "move its ends towards each other, by the same amount, so that the sum of the colors stays. The slope is "
        r"$g$ where a move by $h$ changes the term by $hg+\frac12h^2$."
    ),
    literal=(
        stated(
            "article/a093/literal/colorizer",
            "The slope of a colorizer, which leads to 1",
            all_of(
                equal((_a + _h - 1) ** 2 / 2 - (_a - 1) ** 2 / 2, _h * (_a - 1) + _h**2 / 2),
                sympy.Implies(sympy.Ne(_a, 1), -(_a - 1) * (1 - _a) > 0),
            ),
        ),
        stated(
            "article/a093/literal/smoother",
            "The slopes of the term of an edge, which bring its ends together",
            all_of(
                equal((_a + _h - _b) ** 2 / 2 - (_a - _b) ** 2 / 2, _h * (_a - _b) + _h**2 / 2),
                equal((_a - (_b + _h)) ** 2 / 2 - (_a - _b) ** 2 / 2, _h * (_b - _a) + _h**2 / 2),
                sympy.Implies(sympy.Ne(_a, _b), -(_a - _b) * (_b - _a) > 0),
                equal((_a - _b) + (_b - _a), 0),
            ),
        ),
    ),
)

_OPTIMUM = Entry(
    id="A094",
    section=_SECTION,
    summary="All pixels 1 is the solution, since nothing can be below 0.",
    reading=(
        "On the grid of two by two pixels with one distinguished, in full: the objective is not negative, and zero "
        "at the ones and nowhere else. "
        + _matrices
        + " Beside the ones it is a sum of squares, zero just where each is; that a component that is 1 makes its neighbor "
        "1 leads from a distinguished pixel to every pixel connected with one, as all are on a grid."
    ),
    literal=(
        stated(
            "article/a094/literal/grid",
            "The least value is 0, at the ones and only there",
            all_of(
                _objective(_w) >= 0,
                sympy.Equivalent(equal(_objective(_w), 0), equal_entries(_w, _ONES)),
            ),
        ),
        stated(
            "article/a094/literal/squares",
            "On any graph the objective at a distance h from the ones is half a sum of squares",
            equal(_on_any_graph(_one_each + _move), squared_length(_B * _move) / 2 + squared_length(_E * _move) / 2),
            _graph,
        ),
        stated(
            "article/a094/literal/spread",
            "Where no term is more than 0, the ones spread from pixel to pixel",
            all_of(sympy.Implies(equal((_a - 1) ** 2, 0), equal(_a, 1)), sympy.Implies(equal(_a, 1), equal(_b, 1))),
            (equal((_a - _b) ** 2, 0),),
        ),
    ),
)


def _moved(i: int) -> Any:
    return sympy.ImmutableMatrix([w + (_h if i == j else 0) for j, w in enumerate(_w)])


_STEP = Entry(
    id="A095",
    section=_SECTION,
    summary="What a gradient step does to a single pixel.",
    printed=(
        r"w_{i}^{k+1}=w_{i}^{k}-\alpha\sum_{j\in N}(w_{i}^{k}-w_{j}^{k})-\begin{cases} \alpha(w_{i}^{k}-1) & i\in "
        r"D\\ 0 & i\notin D \end{cases}",
    ),
    reading=(
        r"What stands beside $\alpha$ is the slope of A093, each edge counted once: on the grid of two by two pixels "
        "with one distinguished, in every component $i$. A slope is $g$ where a move by $h$ changes the objective "
        "by $hg$ and a multiple of $h^2$. "
        + _matrices
        + r" There the gradient is $B^TBw+E(w-u)$, and $B^TB$ is the matrix $L_G$ of A099, whose row $i$ makes the sum over the "
        "neighbors."
    ),
    literal=(
        *(
            stated(
                f"article/a095/literal/pixel-{i + 1}",
                f"The slope in component {i + 1}",
                equal(
                    _objective(_moved(i)) - _objective(_w), _h * _slope(_w, i) + _h**2 / 2 * (2 + (1 if i == 0 else 0))
                ),
            )
            for i in range(4)
        ),
        stated(
            "article/a095/literal/any-graph",
            "The gradient on any graph: what a move by h changes",
            equal(
                _on_any_graph(_any + _move) - _on_any_graph(_any),
                (_B.T * (_B * _any) + _E * (_any - _one_each)).T * _move
                + squared_length(_B * _move) / 2
                + _move.T * _E * _move / 2,
            ),
            _graph,
        ),
    ),
)

_pixel, _around = real("w"), real("u_1 u_2 u_3 u_4")
_low, _high = sympy.Min(_pixel, *_around), sympy.Max(_pixel, *_around)
_inner = _pixel - alpha * sympy.Add(*(_pixel - u for u in _around))
_pulled = _inner - alpha * (_pixel - 1)
_degree = sympy.Symbol("d", positive=True)

_AVERAGE = Entry(
    id="A096",
    section=_SECTION,
    summary=(
        "A gradient step takes a kind of weighted mean over a pixel and those around it: good at evening out "
        "details, slow at everything on a large scale."
    ),
    reading=(
        "A weighted average has weights that are not negative and add up to 1, and so lies between the least and "
        "the largest of what it averages. Stated for a pixel of degree 4, not distinguished and distinguished, with "
        r"$\alpha>0$. In the condition: for any degree $d$. How slow the progress is, is A097 and A103."
    ),
    literal=(
        stated(
            "article/a096/literal/other",
            "Of a pixel that is not distinguished",
            all_of(_low <= _inner, _inner <= _high),
            (alpha > 0,),
        ),
        stated(
            "article/a096/literal/distinguished",
            "Of a distinguished pixel",
            all_of(_low <= _pulled, _pulled <= _high),
            (alpha > 0,),
        ),
    ),
    condition=(
        stated(
            "article/a096/condition/weights",
            "The weights 1 - alpha d of the pixel and alpha of each neighbor add up to 1; they are not negative "
            "just for alpha d <= 1",
            all_of(
                equal((1 - alpha * _degree) + _degree * alpha, 1),
                sympy.Equivalent(all_of(1 - alpha * _degree >= 0, alpha >= 0), alpha <= 1 / _degree),
            ),
            (alpha > 0,),
        ),
        stated(
            "article/a096/condition/target",
            "For a distinguished pixel, with a weight alpha of the target 1 too, just for alpha (d + 1) <= 1",
            all_of(
                equal((1 - alpha * (_degree + 1)) + _degree * alpha + alpha, 1),
                sympy.Equivalent(all_of(1 - alpha * (_degree + 1) >= 0, alpha >= 0), alpha <= 1 / (_degree + 1)),
            ),
            (alpha > 0,),
        ),
        stated(
            "article/a096/condition/between",
            "Then the step stays between what it averages",
            all_of(
                sympy.Implies(4 * alpha <= 1, all_of(_a <= _inner, _inner <= _b)),
                sympy.Implies(all_of(5 * alpha <= 1, _a <= 1, _b >= 1), all_of(_a <= _pulled, _pulled <= _b)),
            ),
            (alpha > 0, *(x for value in (_pixel, *_around) for x in (_a <= value, value <= _b))),
        ),
    ),
    remark=(
        r"Just for $\alpha\le1/d$ at a pixel with $d$ neighbors, and at a distinguished one for $\alpha\le1/(d+1)$, "
        r"where the target 1 is averaged too. With larger steps, up to nearly $2/\lambda_n$, gradient descent still "
        "converges, but the weights are negative."
    ),
)

_second_derivative = _B.T * _B + _E
_one, _two = real("lambda_1 lambda_2")
_spectral = {claim.id: claim for claim in family_claims()}


def _known(name: str, id: str) -> Any:
    """A claim on the spectra of families of graphs, under the id of an entry."""
    return dataclasses.replace(_spectral[f"graphs/{name}"], id=id)


_FOURIER = Entry(
    id="A097",
    section=_SECTION,
    summary=(
        "The eigenvectors are like the waves of a Fourier basis, slow waves having small eigenvalues; so gradient "
        "descent is good at fast waves and bad at slow ones."
    ),
    reading=(
        "Fourier basis: eigenvectors to different eigenvalues are orthogonal, and on a path of any length the cosine waves "
        r"of angle $t$ solve the equations of $L_G$, with eigenvalue $2-2\cos t$. Frequency in general: the eigenvalue is the "
        "sum of the squared differences along edges, and of the squares at distinguished pixels, over the sum of squares. "
        + _matrices
        + r" Its second derivative is $B^TB+E$. High frequencies better: with a workable step size ($0<\alpha\lambda_n<2$), "
        "of two eigenvalues the larger one's error shrinks faster in a step."
    ),
    literal=(
        stated(
            "article/a097/literal/symmetric",
            "The matrix has the same product with either of two vectors",
            equal((_second_derivative * _any).T * _move, _any.T * (_second_derivative * _move)),
            _graph,
        ),
        stated(
            "article/a097/literal/orthogonal",
            "So the product c of eigenvectors to different eigenvalues is zero",
            equal(_c, 0),
            (equal(_one * _c, _two * _c), sympy.Ne(_one, _two)),
        ),
        _known("cosines", "article/a097/literal/waves"),
        _known("path/first", "article/a097/literal/waves-first"),
        _known("path/last", "article/a097/literal/waves-last"),
        stated(
            "article/a097/literal/frequency",
            "The eigenvalue is the sum of the squared differences (and of the squares at distinguished pixels) over "
            "that of squares",
            equal(_one * squared_length(_any), squared_length(_B * _any) + squared_length(_E * _any)),
            (*_graph, equal(_B.T * _B * _any, _one * _any - _E * _any)),
        ),
        stated(
            "article/a097/literal/high-frequencies",
            "The error of the larger eigenvalue shrinks faster",
            abs(1 - alpha * _two) < abs(1 - alpha * _one),
            (alpha > 0, _one > 0, _one < _two, alpha * _two < 2),
        ),
    ),
    condition=(
        stated(
            "article/a097/condition/high-frequencies",
            "It does just if alpha times the sum of the two is below 2, and so for every pair of eigenvalues if "
            "alpha <= 1/lambda_n",
            all_of(
                sympy.Equivalent(abs(1 - alpha * _two) < abs(1 - alpha * _one), alpha * (_one + _two) < 2),
                sympy.Implies(alpha * _two <= 1, alpha * (_one + _two) < 2),
            ),
            (alpha > 0, _one > 0, _one < _two),
        ),
    ),
    remark=(
        r"The larger of two eigenvalues is corrected faster just for $\alpha(\lambda_i+\lambda_j)<2$: for all if "
        r"$\alpha\le1/\lambda_n$. With the step size drawn first in the figure, $\alpha\lambda_n=1.9$, the highest "
        r"frequency is among the slow ones; at $\alpha=2/(\lambda_1+\lambda_n)$ it is as slow as the lowest."
    ),
)

_LAPLACIAN = _laplacian({(min(e), max(e)): sympy.Integer(1) for e in _EDGES}, 4)


def _vectorized_on_any_graph(w: Any, linear: int) -> Any:
    return w.T * (_B.T * _B) * w / 2 + w.T * _E * w / 2 - sympy.Rational(linear, 2) * _one_each.T * _E * w


def _beside(point: Any, linear: int) -> Any:
    """That the objective of A098 is at a distance h from a point half a sum of squares more than at the point."""
    return equal(
        _vectorized_on_any_graph(point + _move, linear) - _vectorized_on_any_graph(point, linear),
        squared_length(_B * _move) / 2 + squared_length(_E * _move) / 2,
    )


def _vectorized(w: Any, linear: Any) -> Any:
    """A098 on the grid of two by two pixels, with a multiple of its linear term."""
    return (w.T * _LAPLACIAN * w)[0] / 2 + (w[0] ** 2 - linear * w[0]) / 2


_VECTORIZED = Entry(
    id="A098",
    section=_SECTION,
    summary="The objective in matrices: half the form of the Laplacian, plus terms for the chosen pixels.",
    printed=(
        r"\text{minimize} \quad \frac{1}{2}x^{T}L_{G}x + \frac{1}{2}\sum_{i\in "
        r"D}\left(x^{T}e_{i}e_{i}^{T}x-e_{i}^{T}x\right)",
    ),
    reading=(
        "On the grid of two by two pixels with one distinguished: the smoother is half the Laplacian's form; what "
        "is printed is the objective A093 up to a constant; and its minimizer is the one of A094, all ones. "
        + _matrices
        + " $L_G$ is $B^TB$ (A099)."
    ),
    literal=(
        stated(
            "article/a098/literal/smoother",
            "The smoother is half the form of the Laplacian",
            equal(_objective(_w) - (_w[0] - 1) ** 2 / 2, (_w.T * _LAPLACIAN * _w)[0] / 2),
        ),
        stated(
            "article/a098/literal/objective",
            "It differs from the objective by a constant",
            equal(_objective(_w) - _vectorized(_w, 1), _objective(_v) - _vectorized(_v, 1)),
        ),
        stated(
            "article/a098/literal/minimizer",
            "Its minimizer is the vector of ones",
            _vectorized(_w, 1) >= _vectorized(_ONES, 1),
        ),
    ),
    corrected=(
        stated(
            "article/a098/corrected/objective",
            "With twice the linear term it is the objective less 1/2, half the number of distinguished pixels",
            equal(_vectorized(_w, 2), _objective(_w) - _half),
        ),
        stated(
            "article/a098/corrected/objective-on-any-graph",
            "The same on any graph: it is the objective less half the number of distinguished pixels, which is u^T E u",
            equal(_vectorized_on_any_graph(_any, 2), _on_any_graph(_any) - _one_each.T * _E * _one_each / 2),
            _graph,
        ),
        stated(
            "article/a098/corrected/minimizer",
            "Then the vector of ones is a minimizer on any graph, since beside it a sum of squares is added",
            _beside(_one_each, 2),
            _graph,
        ),
        stated(
            "article/a098/corrected/printed",
            "That of the printed one is all 1/2",
            _beside(_one_each / 2, 1),
            _graph,
        ),
        stated(
            "article/a098/corrected/colorizer",
            "For each distinguished pixel of any graph",
            equal((_a**2 - 2 * _a) / 2, (_a - 1) ** 2 / 2 - _half),
        ),
    ),
    instead=(
        r"\text{minimize} \quad \frac{1}{2}x^{T}L_{G}x + \frac{1}{2}\sum_{i\in D}\left(x^{T}e_{i}e_{i}^{T}"
        r"x-2e_{i}^{T}x\right)",
    ),
    remark=(
        "The linear term has half its size: as printed, the minimizer is the vector of all $1/2$. It must be "
        "$-2e_i^Tx$ inside the bracket."
    ),
)

_weights = {(i, j): real(f"a_{i + 1}{j + 1}") for i in range(4) for j in range(i + 1, 4)}
_any_graph = _laplacian(_weights, 4)
_x = vector("x", 4)
_L, _x_any, _b_any = sympy.MatrixSymbol("L_G", _n, _n), column("x"), column("b")


def _rough(x: Any) -> Any:
    return sympy.Add(*(weight * (x[i] - x[j]) ** 2 for (i, j), weight in _weights.items()))


_ENTRIES_OF_L = Entry(
    id="A099",
    section=_SECTION,
    summary="What the entries of the Laplacian are.",
    printed=(
        r"[L_{G}]_{ij}=\begin{cases} \text{degree of vertex }i & i=j\\ -1 & i\neq j,(i,j)\text{ or }(j,i)\in E\\ 0 & "
        r"\text{otherwise} \end{cases}",
    ),
    reading=(
        "What it is for: its form $x^TL_Gx$ is the sum of squared differences in A093. On all graphs of four "
        "vertices at once: $a_{ij}$ is 1 for an edge and else 0, and the identity holds for any numbers. On any graph by "
        "induction: a further edge from $i$ to $j$ adds $bb^T$ with $b=e_i-e_j$ to the matrix, which is 1 to the degrees of "
        "its ends and $-1$ beside the diagonal, and its square $(x_i-x_j)^2=(b^Tx)^2$ to the form."
    ),
    literal=(
        stated(
            "article/a099/literal/form",
            "The form of the Laplacian",
            equal((_x.T * _any_graph * _x)[0], _rough(_x)),
        ),
        stated(
            "article/a099/literal/further-edge",
            "What a further edge adds to the form, on any graph",
            equal(_x_any.T * (_L + _b_any * _b_any.T) * _x_any, _x_any.T * _L * _x_any + (_b_any.T * _x_any) ** 2),
        ),
        stated(
            "article/a099/literal/edge",
            "What one edge adds: 1 to the degrees of its ends, -1 beside the diagonal",
            equal((sympy.Matrix([[_a, _b]]) * sympy.Matrix([[1, -1], [-1, 1]]) * sympy.Matrix([_a, _b]))[0], (_a - _b) ** 2),
        ),
    ),
)  # fmt: skip

_e12, _e13, _e23 = (real(f"a_{ij}") for ij in ("12", "13", "23"))
_triangle = _laplacian({(0, 1): _e12, (0, 2): _e13, (1, 2): _e23}, 3)
_is_edge = tuple(sympy.Or(equal(e, 0), equal(e, 1)) for e in (_e12, _e13, _e23))
_connected = _e12 + _e13 + _e23 >= 2
_second, _last, _mu = real("lambda_2 lambda_n mu")

_CONDITIONING = Entry(
    id="A100",
    section=_SECTION,
    summary=(
        "How well conditioned a Laplacian is: the second eigenvector over the last, since there is always a first "
        "eigenvalue 0, that of the matrix of ones. It tells how well the graph hangs together."
    ),
    reading=(
        r"Vectors have no ratio; read as that of the eigenvalues, $\lambda_2/\lambda_n$. It must be a condition "
        "number as in A026, the largest eigenvalue over the smallest one, with the first left out. Each column of "
        r"the matrix of ones is an eigenvector to 0, on any graph: with $B$ for the matrix that has in the row of an edge 1 and "
        r"$-1$ at its ends, $L_G=B^TB$ (A099) and $Bu=0$ for the vector $u$ of ones; and $v^TL_Gv=\|Bv\|^2$ is the sum of the "
        "squared differences along edges. Connectivity: so on any graph the eigenvectors to 0 are the vectors with the same "
        "entry at both ends of each edge, and therefore of each path, which are those that are constant on components; there is "
        r"none beside the multiples of $u$, and $\lambda_2>0$, just for connected graphs. For three vertices (which are "
        r"connected with two edges or more) in one formula: $\lambda_2\lambda_3$ is the last coefficient of the characteristic "
        r"polynomial over $\lambda$."
    ),
    literal=(
        stated(
            "article/a100/literal/ones",
            "The vector of ones is mapped to zero, on any graph",
            equal(_B.T * _B * _one_each, sympy.ZeroMatrix(_n, 1)),
            _graph,
        ),
        stated(
            "article/a100/literal/first",
            "No eigenvalue of a graph is less than 0",
            _mu >= 0,
            (
                *(w >= 0 for w in _weights.values()),
                equal(_mu * (_x.T * _x)[0], _rough(_x)),
                sympy.Ne((_x.T * _x)[0], 0),
            ),
        ),
        stated(
            "article/a100/literal/ratio",
            "The second over the last is the condition number",
            equal(_second / _last, _last / _second),
            (_second > 0, _second <= _last),
        ),
        stated(
            "article/a100/literal/connectivity",
            "Of three vertices: the product of the second and the third eigenvalue is positive just for connected graphs",
            sympy.Equivalent(3 * (_e12 * _e13 + _e12 * _e23 + _e13 * _e23) > 0, _connected),
            _is_edge,
        ),
    ),
    corrected=(
        stated(
            "article/a100/corrected/ratio",
            "The last over the second is at least 1, like every condition number, and larger than the printed ratio "
            "unless both are 1",
            all_of(
                _last / _second >= 1,
                _second / _last <= 1,
                sympy.Equivalent(equal(_last / _second, _second / _last), equal(_last, _second)),
            ),
            (_second > 0, _second <= _last),
        ),
        stated(
            "article/a100/corrected/form",
            "On any graph the eigenvalue of a vector is the sum of its squared differences along edges over that of squares",
            equal(_mu * squared_length(_any), squared_length(_B * _any)),
            (equal(_B.T * _B * _any, _mu * _any),),
        ),
        stated(
            "article/a100/corrected/polynomial",
            "The characteristic polynomial of a graph of three vertices",
            equal(
                (_mu * sympy.eye(3) - _triangle).det(method="berkowitz"),
                _mu * (_mu**2 - 2 * (_e12 + _e13 + _e23) * _mu + 3 * (_e12 * _e13 + _e12 * _e23 + _e13 * _e23)),
            ),
        ),
        stated(
            "article/a100/corrected/constant",
            "On any graph a vector that is mapped to 0 has the differences 0 along edges: the sum of their squares is 0",
            equal(squared_length(_B * _any), sympy.ZeroMatrix(1, 1)),
            (equal(_B.T * _B * _any, sympy.ZeroMatrix(_n, 1)),),
        ),
        stated(
            "article/a100/corrected/mapped-to-zero",
            "And a vector with the differences 0 along edges is mapped to 0",
            equal(_B.T * _B * _any, sympy.ZeroMatrix(_n, 1)),
            (equal(_B * _any, sympy.ZeroMatrix(*(_B * _any).shape)),),
        ),
        stated(
            "article/a100/corrected/path",
            "If the ends of a path have the same entry and the next edge has the difference 0, so have those of the longer path",
            equal(_a - _c, 0),
            (equal(_a - _b, 0), equal(_b - _c, 0)),
        ),
    ),
    remark=(
        "The ratio is one of eigenvalues, not of eigenvectors; to be a condition number like that of A026 it must "
        r"be the last over the second, $\lambda_n/\lambda_2$. The eigenvector is the vector of ones. (With "
        r"$\lambda_2/\lambda_n$, better is larger.)"
    ),
)

_m, _n = sympy.symbols("m n", integer=True, positive=True)
_gap, _bound = real("gamma C")
_most = real("Delta")
_clique_root = sympy.sqrt((_m + 2) ** 2 - 8)

_SMALL_WORLD = Entry(
    id="A101",
    section=_SECTION,
    summary="Expanders, dense graphs and other small worlds are conditioned very well.",
    reading=(
        r"Excellent: $\lambda_n/\lambda_2$ is bounded, however many vertices there are; as a number, by 100. "
        "Complete graphs are the densest. As dense graphs also take two complete graphs of $m$ vertices each, "
        "joined by one edge: nearly half of all pairs are edges. A vector with $x$ at the $m-1$ inner vertices of "
        "one part, $y$ at its joint, and the opposite in the other part is an eigenvector for two eigenvalues whose "
        r"sum is $m+2$ and whose product is 2. An expander has $\lambda_2\ge\gamma\Delta$ with a fixed $\gamma>0$, "
        r"where $\Delta$ is the largest degree."
    ),
    literal=(
        _known("complete", "article/a101/literal/complete"),
        stated(
            "article/a101/literal/dense",
            "Two joined complete graphs have a conditioning of at most 100: the ratio of two of the eigenvalues",
            (_m + 2 + _clique_root) / (_m + 2 - _clique_root) <= 100,
            (_m >= 3,),
        ),
    ),
    condition=(
        stated(
            "article/a101/condition/two-cliques",
            "The equations of an inner vertex and of a joint, for both eigenvalues",
            all_of(
                *(
                    all_of(
                        equal((_m - 1) * 1 - (_m - 2) * 1 - (1 - e), e * 1),
                        equal(_m * (1 - e) - (_m - 1) * 1 - (-(1 - e)), e * (1 - e)),
                    )
                    for e in ((_m + 2 + _clique_root) / 2, (_m + 2 - _clique_root) / 2)
                )
            ),
            (_m >= 3,),
        ),
        stated(
            "article/a101/condition/no-bound",
            "Whatever the bound C, from m = C on they are beyond it",
            (_m + 2 + _clique_root) / (_m + 2 - _clique_root) > _bound,
            (_m >= 3, _bound >= 1, _m >= _bound),
        ),
        stated(
            "article/a101/condition/largest",
            "The largest eigenvalue is at most twice the largest degree, edge by edge, and at least that degree, "
            "the form at a unit vector",
            all_of((_a - _b) ** 2 <= 2 * _a**2 + 2 * _b**2, equal(_any_graph[0, 0], _rough(sympy.Matrix([1, 0, 0, 0])))),
        ),
        stated(
            "article/a101/condition/expanders",
            "So the conditioning is at most 2/gamma if the second eigenvalue is at least gamma times the largest "
            "degree, and at most C only if it is at least 1/C of it",
            all_of(
                sympy.Implies(_second >= _gap * _most, _last / _second <= 2 / _gap),
                sympy.Implies(_last / _second <= _bound, _second >= _most / _bound),
            ),
            (_most > 0, _most <= _last, _last <= 2 * _most, _second > 0, _gap > 0, _bound > 0),
        ),
    ),
    remark=(
        "Complete graphs have the conditioning 1. But density alone is not enough: two complete graphs joined by "
        r"one edge are about as badly conditioned as a path. The conditioning is bounded just where $\lambda_2$ is "
        "at least a fixed part of the largest degree, as it is in expanders."
    ),
)  # fmt: skip

_t, _T, _u = sympy.symbols("t T u", positive=True)
_d, _p = real("d p")
_tangents = (
    r"On a path of $s$ vertices $\lambda_2=4\sin^2\frac{\pi}{2s}$ and $\lambda_n=4\cos^2\frac{\pi}{2s}$, and a grid "
    "has the sums of such eigenvalues, so that in $d$ dimensions its conditioning is $d/t^2$ with "
    r"$t=\tan\frac{\pi}{2s}$. "
)

_GRIDS = Entry(
    id="A102",
    section=_SECTION,
    summary="A grid of more dimensions is better conditioned.",
    reading=(
        _tangents
        + "What is the same when the dimension goes up is not said. Literally, the extent $s$; in the condition, "
        "the number of vertices: $p^{d+1}$ along each of $d$ axes, against $p^d$ along each of $d+1$ axes, with "
        r"tangents $t$ and $T=\tan(p\theta)$, $\theta=\frac{\pi}{2p^{d+1}}$; that $T\ge pt$ is shown by induction on "
        "$p$."
    ),
    literal=(
        _known("grid", "article/a102/literal/sums"),
        stated(
            "article/a102/literal/extent",
            "One dimension more, with the same extent, makes the conditioning better",
            (_d + 1) / _t**2 < _d / _t**2,
            (_d >= 1, _t < 1),
        ),
    ),
    condition=(
        stated(
            "article/a102/condition/ratio",
            "The conditioning of a grid, with c and s the cosine and sine of half the angle",
            equal(_d * (4 * _c**2) / (4 * _h**2), _d / (_h / _c) ** 2),
            (_c > 0, _h > 0, equal(_c**2 + _h**2, 1)),
        ),
        stated(
            "article/a102/condition/tangent",
            "The tangent of p + 1 angles is at least (p + 1) times the tangent of one, if that of p is at least p "
            "times it",
            (_T + _t) / (1 - _T * _t) >= (_p + 1) * _t,
            (_p >= 1, _p * _t <= _T, _T * _t < 1),
        ),
        stated(
            "article/a102/condition/vertices",
            "One dimension more, with the same number of vertices, makes the conditioning better",
            (_d + 1) / _T**2 < _d / _t**2,
            (_d >= 1, _p >= 2, _p * _t <= _T),
        ),
    ),
    remark=(
        "With the same extent the conditioning gets worse, in proportion to the dimension. With the same number of "
        "vertices, as in the figure, it gets better."
    ),
)

_clique = sympy.sqrt((_n + 1) ** 2 - 4)

_PATHS = Entry(
    id="A103",
    section=_SECTION,
    summary=(
        "Paths, and whatever else is long and thin, are badly conditioned. What is said here of graphs is true of "
        "their colorization problems too."
    ),
    reading=(
        _tangents + r"A path, of $2m$ or $2m+1$ vertices, has $mt\le\tan\frac\pi4=1$ by the superadditivity of A102, "
        "and so a conditioning $1/t^2$ of at least $m^2$. Carrying over: a complete graph of $n$ vertices, which "
        "has the conditioning 1, stays well conditioned with one distinguished pixel, as a number below 100. By the "
        "equations of that pixel and of the others, two eigenvalues have the sum $n+1$ and the product 1."
    ),
    literal=(
        stated(
            "article/a103/literal/path",
            "The conditioning of a path is at least m^2",
            1 / _t**2 >= _m**2,
            (_m * _t <= _T, _T <= 1),
        ),
        stated(
            "article/a103/literal/carries-over",
            "The colorization of a complete graph has a conditioning of at most 100",
            (_n + 1 + _clique) / (_n + 1 - _clique) <= 100,
            (_n >= 2,),
        ),
    ),
    condition=(
        stated(
            "article/a103/condition/complete",
            "The equations of the distinguished pixel, with 1 at it, and of the others, with the same x at each, "
            "for both eigenvalues",
            all_of(
                *(
                    all_of(
                        equal(_n * 1 - (_n - 1) * ((_n - e) / (_n - 1)), e * 1),
                        equal((_n - 1) * ((_n - e) / (_n - 1)) - (_n - 2) * ((_n - e) / (_n - 1)) - 1, e * (_n - e) / (_n - 1)),
                    )
                    for e in ((_n + 1 + _clique) / 2, (_n + 1 - _clique) / 2)
                )
            ),
            (_n >= 2,),
        ),
        stated(
            "article/a103/condition/poor",
            "The conditioning of that is between (n + 1)^2 - 3 and (n + 1)^2 - 2",
            all_of(
                (_n + 1 + _clique) / (_n + 1 - _clique) >= (_n + 1) ** 2 - 3,
                (_n + 1 + _clique) / (_n + 1 - _clique) < (_n + 1) ** 2 - 2,
            ),
            (_n >= 2,),
        ),
        stated(
            "article/a103/condition/few-pixels",
            "On any graph (here of four vertices) the form at the ones is the number of distinguished pixels: the "
            "smallest eigenvalue is at most that number over n",
            equal(_rough(sympy.ones(4, 1)) + sympy.Add(*_x), sympy.Add(*_x)),
        ),
        stated(
            "article/a103/condition/bound",
            "So the conditioning is at most C only if at least lambda_n/C of the pixels are distinguished",
            _d / _n >= _last / _bound,
            (_mu > 0, _mu <= _d / _n, _last / _mu <= _bound, _last > 0, _bound > 0),
        ),
    ),
    remark=(
        "Paths are poorly conditioned, and that carries over. Good conditioning does not: on every graph the "
        "smallest eigenvalue of the colorization problem is at most the proportion $|D|/n$ of distinguished pixels. "
        "With one of them, a complete graph has the conditioning $(n+1)^2-2$ up to less than 1, as poor as that of "
        "a path."
    ),
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    _OBJECTIVE,
    _OPTIMUM,
    _STEP,
    _AVERAGE,
    _FOURIER,
    _VECTORIZED,
    _ENTRIES_OF_L,
    _CONDITIONING,
    _SMALL_WORLD,
    _GRIDS,
    _PATHS,
)
"""A093 to A103."""
