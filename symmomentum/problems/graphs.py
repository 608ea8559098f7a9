"""Graph Laplacians with their closed-form spectra, and the colorization problem on any grid or graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, nearest
from symmomentum.problems.quadratic import MOST_DENSE, Array, Operator, Quadratic, exact_number

__all__ = ["FAMILIES", "Colorization", "Laplacian", "colorization", "family_claims", "graph_laplacian", "grid_edges"]

FAMILIES = ("complete", "cycle", "grid", "path")

_Edges = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Laplacian(Operator):
    """The Laplacian of a graph: degrees on the diagonal, -1 for each edge; made by :func:`graph_laplacian`.

    It is applied without a matrix: by differences along each axis for a grid (a path is one of one axis), by the sum of all
    entries for a complete graph, by two shifts for a cycle, otherwise over the list of edges.

    Parameters
    ----------
    family : str
        ``"complete"``, ``"cycle"``, ``"grid"``, ``"path"``, or ``""`` for a graph given by its edges.
    shape : tuple of int
        (n,), or the shape of a grid.
    given : array of edges (m, 2), optional
        Each edge once.

    Examples
    --------
    >>> laplacian = graph_laplacian("path", 3)
    >>> laplacian.matrix(), laplacian.exact_spectrum
    (Matrix([
    [ 1, -1,  0],
    [-1,  2, -1],
    [ 0, -1,  1]]), (0, 1, 3))
    >>> laplacian.apply(np.array([1.0, 0.0, 0.0]))
    array([ 1., -1.,  0.])
    """

    family: str
    shape: tuple[int, ...]
    given: Any = None

    @cached_property
    def edges(self) -> _Edges:
        """The edges as pairs of vertices (m, 2), each once; the vertices of a grid are counted along its last axis first."""
        places = np.arange(self.size)
        match self.family:
            case "complete":
                return np.column_stack(np.triu_indices(self.size, 1))
            case "cycle":
                return np.column_stack([places, (places + 1) % self.size])
            case "grid" | "path":
                return grid_edges(np.ones(self.shape, dtype=bool))
        return np.asarray(self.given)

    @cached_property
    def degrees(self) -> npt.NDArray[np.int64]:
        """How many edges each vertex has, (n,)."""
        return np.bincount(self.edges.ravel(), minlength=self.size)

    def apply(self, w: Array) -> Array:
        """The product with a vector of shape ``shape``."""
        if self.family == "complete":
            return np.asarray(self.size * w - w.sum())
        if self.family == "cycle":
            return np.asarray(2 * w - np.roll(w, 1) - np.roll(w, -1))
        if self.family:
            result = np.zeros(self.shape)
            for axis in range(len(self.shape)):
                along, out = np.moveaxis(w, axis, 0), np.moveaxis(result, axis, 0)
                step = along[1:] - along[:-1]
                out[1:] += step
                out[:-1] -= step
            return result
        one, other = self.edges.T
        step = w[one] - w[other]
        return np.asarray(np.bincount(one, step, self.size) - np.bincount(other, step, self.size), dtype=np.float64)

    def coordinates(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values."""
        one, other = self.edges.T
        places, minus = np.arange(self.size), np.full(len(one), -1)
        return (
            np.concatenate([places, one, other]),
            np.concatenate([places, other, one]),
            np.concatenate([self.degrees, minus, minus]),
        )

    @cached_property
    def exact_spectrum(self) -> tuple[Any, ...]:
        """The n eigenvalues in increasing order, as exact SymPy numbers.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the graph is of no family with a closed form.
        """
        if not self.family:
            raise ArgumentError(f"a closed form is known for {', '.join(FAMILIES)}; this graph is given by its edges")
        n = self.size
        if self.family == "complete":
            return (sympy.S.Zero, *[sympy.Integer(n)] * (n - 1))
        if self.family == "cycle":
            values = [2 - 2 * sympy.cos(2 * sympy.pi * k / n) for k in range(n)]
        else:
            values = [sympy.S.Zero]
            for extent in self.shape:
                axis = [2 - 2 * sympy.cos(sympy.pi * k / extent) for k in range(extent)]
                values = [a + b for a in values for b in axis]
        order = np.argsort(self._closed(), kind="stable")
        return tuple(values[i] for i in order)

    @cached_property
    def spectrum(self) -> Array:
        """The n eigenvalues in increasing order, (n,): by the closed form of the family, else by NumPy.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If there is no closed form and n is too large for a matrix in full.
        """
        return (
            np.sort(self._closed()) if self.family else np.asarray(np.linalg.eigvalsh(self.dense()), dtype=np.float64)
        )

    def _closed(self) -> Array:
        n = self.size
        if self.family == "complete":
            return np.concatenate([np.zeros(1), np.full(n - 1, float(n))])
        if self.family == "cycle":
            return np.asarray(4 * np.sin(np.pi * np.arange(n) / n) ** 2)
        values = np.zeros(1)
        for extent in self.shape:
            values = np.add.outer(values, 4 * np.sin(np.pi * np.arange(extent) / (2 * extent)) ** 2).ravel()
        return values

    @property
    def conditioning(self) -> float:
        """The largest eigenvalue over the second smallest; infinite if the graph is not connected (goh2017, A Colorization
        Problem). Of a large graph given by its edges, by :meth:`Operator.ends`, which needs SciPy."""
        if self.size < 2 or self.components.max() > 0:
            return float("inf")
        if not self.family and self.size > MOST_DENSE:
            (_, second), high = self.ends(2)
            return float(high / second)
        return float(self.spectrum[-1] / self.spectrum[1])

    @cached_property
    def components(self) -> npt.NDArray[np.int64]:
        """The number of the connected component of each vertex, from 0, (n,)."""
        if self.family:
            return np.zeros(self.size, dtype=np.int64)
        label = np.arange(self.size)
        one, other = self.edges.T
        while True:  # each vertex takes the least label about, then that one's label: a few rounds even for long paths
            before = label.copy()
            least = np.minimum(label[one], label[other])
            np.minimum.at(label, label[one], least)
            np.minimum.at(label, label[other], least)
            label = label[label]
            if np.array_equal(before, label) and np.array_equal(label[one], label[other]):
                return np.unique(label, return_inverse=True)[1]


def graph_laplacian(graph: Any, size: Any = None) -> Laplacian:
    """The Laplacian of a family of graphs, or of a graph given by its edges.

    Parameters
    ----------
    graph : str, iterable of pairs of int, or NetworkX graph
        ``"path"``, ``"cycle"``, ``"complete"`` or ``"grid"``; or the edges (vertices are 0, ..., n - 1; an edge that is named
        twice counts once); or a graph of NetworkX, without directions, whose vertices are numbered in the order in which it
        lists them and whose weights are not looked at.
    size : int or tuple of int
        How many vertices; for a grid its shape, of any number of axes. Of given edges it may be left out: one more than the
        largest vertex. A NetworkX graph has its own.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the family is unknown, the size not fitting, or an edge leads out of the graph or back to its own
        vertex.

    Examples
    --------
    >>> graph_laplacian("grid", (2, 3)).exact_spectrum
    (0, 1, 2, 3, 3, 5)
    >>> graph_laplacian([(0, 1), (1, 2)]).matrix() == graph_laplacian("path", 3).matrix()
    True
    >>> round(graph_laplacian("path", 36).conditioning), round(graph_laplacian("grid", (6, 6)).conditioning)
    (525, 28)

    Notes
    -----
    goh2017, section A Colorization Problem.
    """
    if isinstance(graph, str):
        if graph not in FAMILIES:
            raise ArgumentError(f"unknown family {graph!r} of graphs; {nearest(graph, FAMILIES)}")
        shape = _shape(size if graph == "grid" else (size,), graph)
        if graph == "cycle" and shape[0] < 3:
            raise ArgumentError(f"a cycle has at least 3 vertices; given {size}")
        return Laplacian(graph, shape)
    if hasattr(graph, "nodes") and hasattr(
        graph, "edges"
    ):  # told by what it has, so that NetworkX need not be imported
        if size is not None or graph.is_directed():
            raise ArgumentError("a NetworkX graph must have no directions, and comes without a size")
        number = {vertex: i for i, vertex in enumerate(graph.nodes)}
        size = len(number)
        graph = [(number[edge[0]], number[edge[1]]) for edge in graph.edges]
    try:
        pairs = np.array([tuple(edge) for edge in graph])
    except (TypeError, ValueError):
        pairs = np.zeros(1)
    if pairs.size and pairs.shape[1:] != (2,):
        raise ArgumentError("expected the name of a family or pairs of vertices")
    if pairs.size and not np.issubdtype(pairs.dtype, np.integer):
        raise ArgumentError("the vertices of an edge must be integers")
    pairs = pairs.astype(np.int64).reshape(-1, 2)
    if size is None and not pairs.size:
        raise ArgumentError("a graph without edges needs its number of vertices")
    n = int(pairs.max()) + 1 if size is None else _shape((size,), "graph")[0]
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n):
        raise ArgumentError(f"the vertices of an edge must be from 0 to {n - 1}")
    if (loops := pairs[pairs[:, 0] == pairs[:, 1]]).size:
        raise ArgumentError(f"an edge must join two vertices; given ({loops[0, 0]}, {loops[0, 1]})")
    return Laplacian("", (n,), np.unique(np.sort(pairs, axis=1), axis=0))


def _shape(size: Any, name: str) -> tuple[int, ...]:
    extents = [exact_number(x) for x in size] if isinstance(size, Iterable) else []
    if not extents or any(x is None or not x.is_Integer or x < 1 for x in extents):
        wanted = "positive integers" if name == "grid" else "a positive integer"
        given = size if name == "grid" else size[0]
        raise ArgumentError(f"the size of a {name} must be {wanted}; given {given!r}")
    return tuple(map(int, extents))


def grid_edges(mask: Any) -> _Edges:
    """The edges between neighbors along an axis of a grid, of which only the pixels of a mask are there.

    Parameters
    ----------
    mask : array of bool
        Any shape. The pixels that are true are numbered from 0, along the last axis first.

    Returns
    -------
    array (m, 2)

    Examples
    --------
    >>> grid_edges([[True, True], [False, True]]).tolist()
    [[1, 2], [0, 1]]
    """
    mask = np.asarray(mask, dtype=bool)
    number = np.cumsum(mask.ravel()).reshape(mask.shape) - 1
    parts = []
    for axis in range(mask.ndim):
        there, numbers = np.moveaxis(mask, axis, 0), np.moveaxis(number, axis, 0)
        both = there[1:] & there[:-1]
        parts.append(np.column_stack([numbers[:-1][both], numbers[1:][both]]))
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class _Colored(Operator):
    """A Laplacian with a weight added on the diagonal at some vertices."""

    laplacian: Laplacian
    places: npt.NDArray[np.int64]
    weight: Any

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return self.laplacian.shape

    def apply(self, w: Array) -> Array:
        result = self.laplacian.apply(w)
        result.reshape(-1)[self.places] += float(self.weight) * w.reshape(-1)[self.places]
        return result

    def coordinates(self) -> tuple[Any, Any, Any]:
        rows, columns, values = self.laplacian.coordinates()
        more = [self.weight] * len(self.places)
        values = (
            np.concatenate([values, more])
            if isinstance(self.weight, float)
            else [*map(sympy.Integer, values.tolist()), *more]
        )
        return np.concatenate([rows, self.places]), np.concatenate([columns, self.places]), values


@dataclass(frozen=True, eq=False, kw_only=True)
class Colorization(Quadratic):
    """A colorization problem; made by :func:`colorization`.

    Parameters
    ----------
    laplacian : Laplacian
    places : array of int
        The vertices that are pulled towards 1.
    weight : number
        How strongly.
    """

    laplacian: Laplacian
    places: npt.NDArray[np.int64]
    weight: Any

    @cached_property
    def minimizer(self) -> Any:
        """All ones: there every term of the objective is zero (and nowhere else, since each component has a colorizer)."""
        return tuple([sympy.S.One] * self.n) if self.exact else np.ones(self.operator.shape)


def colorization(graph: Any, colorizers: Any, weight: Any = 1) -> Colorization:
    r"""The problem :math:`\frac{s}{2}\sum_{i\in D}(w_i-1)^2 + \frac12\sum_{(i,j)\in E}(w_i-w_j)^2`, s the weight.

    Parameters
    ----------
    graph : Laplacian, tuple of int, or iterable of pairs of int
        A Laplacian of :func:`graph_laplacian`; the shape of a grid; or edges, not in a tuple of integers.
    colorizers : iterable of int or of tuples of int
        The distinguished vertices D, by number; on a grid also by coordinates.
    weight : number
        Positive; 1 in the article. An exact one gives an exact problem on a graph of at most 2000 vertices; a float, such as
        ``1.0``, or a larger graph gives arrays.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the graph or the weight is not as above, a colorizer is not in the graph, or a component has none
        (its color would be free).

    Examples
    --------
    >>> problem = colorization(graph_laplacian("path", 2), [0])
    >>> problem.A, problem.b, problem.minimizer, problem.value((0, 0))
    (Matrix([
    [ 2, -1],
    [-1,  1]]), (1, 0), (1, 1), 1/2)
    >>> problem = colorization((1000, 1000), [(0, 0)], 1.0)
    >>> float(abs(problem.gradient(problem.minimizer)).max())
    0.0

    Notes
    -----
    goh2017, section A Colorization Problem. Its vectorized form prints the linear term with a factor 1/2 too much; with that
    the minimizer would be all 1/2.
    """
    if isinstance(graph, Laplacian):
        laplacian = graph
    elif isinstance(graph, tuple) and all(exact_number(x) is not None for x in graph):
        laplacian = graph_laplacian("grid", graph)
    else:
        laplacian = graph_laplacian(graph)
    strength = exact_number(weight)
    if strength is None:
        if isinstance(weight, bool) or not isinstance(weight, float | np.floating | sympy.Float):
            raise ArgumentError(f"weight must be a number; given {weight!r}")
        strength = float(weight)
    if not 0 < strength < float("inf"):
        raise ArgumentError(f"weight must be positive and finite; given {weight}")
    places = _places(colorizers, laplacian.shape)
    free = np.setdiff1d(laplacian.components, laplacian.components[places])
    if free.size:
        vertex = int(np.flatnonzero(laplacian.components == free[0])[0])
        raise ArgumentError(f"no colorizer is connected with vertex {vertex}: its color is free")
    exact = not isinstance(strength, float) and laplacian.size <= MOST_EXACT
    if exact:
        pulled = set(places.tolist())
        b: Any = tuple(strength if i in pulled else sympy.S.Zero for i in range(laplacian.size))
    else:
        strength = float(strength)
        b = np.zeros(laplacian.shape)
        b.reshape(-1)[places] = strength
    operator = _Colored(laplacian, places, strength)
    constant = strength * len(places) / 2
    return Colorization(operator=operator, b=b, constant=constant, weight=strength, laplacian=laplacian, places=places)


MOST_EXACT = 2000
"""The largest graph whose colorization is in exact numbers."""


def _places(colorizers: Any, shape: Sequence[int]) -> npt.NDArray[np.int64]:
    size = int(np.prod(shape))
    numbers = []
    for vertex in colorizers if isinstance(colorizers, Iterable) else [colorizers]:
        coordinates = tuple(vertex) if isinstance(vertex, Iterable) and not isinstance(vertex, str) else (vertex,)
        extents = tuple(shape) if len(coordinates) == len(shape) else (size,)
        exact = [exact_number(x) for x in coordinates]
        inside = len(coordinates) == len(extents) and all(
            x is not None and x.is_Integer and 0 <= x < extent for x, extent in zip(exact, extents, strict=False)
        )
        if not inside:
            raise ArgumentError(f"the colorizer {vertex!r} is not in the graph of shape {tuple(shape)}")
        number = 0
        for x, extent in zip(exact, extents, strict=True):
            number = number * extent + int(x)
        numbers.append(number)
    if not numbers:
        raise ArgumentError("at least one colorizer is needed")
    return np.unique(np.array(numbers, dtype=np.int64))


def family_claims() -> tuple[Claim, ...]:
    """That the closed-form spectra hold: the eigenvalue equations, for every size, in sines and cosines as variables.

    The entries of the eigenvectors: cos((i - 1/2) t) with t = k pi/n for a path; cos(i t) and sin(i t) with t = 2 k pi/n for a
    cycle; products of those of the paths for a grid; the ones, and differences of two unit vectors, for a complete graph.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(claim).status for claim in family_claims()}
    {'proved'}
    """
    c, s, C, S = sympy.symbols("c s C_i S_i", real=True)
    h, H, m, M = sympy.symbols("c_h s_h c_n s_n", real=True)
    n, a, b, u, v = sympy.symbols("n a b u v", real=True)
    neighbors, eigenvalue = ((C * c + S * s), (C * c - S * s)), 2 - 2 * c
    circle = (sympy.Eq(c**2 + s**2, 1), sympy.Eq(C**2 + S**2, 1))

    def claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...]) -> Claim:
        source = "goh2017, section A Colorization Problem: the graphs; the spectra are derived"
        return Claim(id=f"graphs/{name}", title=title, statement=statement, assumptions=assumptions, source=source)

    return (
        claim(
            "cosines",
            "cos(i t), for i whole or half, solves the equation of a vertex with two neighbors, with 2 - 2 cos t",
            equal(2 * C - neighbors[0] - neighbors[1], eigenvalue * C),
            circle,
        ),
        claim(
            "sines",
            "So does sin(i t)",
            equal(2 * S - (S * c - C * s) - (S * c + C * s), eigenvalue * S),
            circle,
        ),
        claim(
            "path/first",
            "cos(t/2) and cos(3t/2) solve the equation of the first vertex of a path",
            equal(h - (h * (h**2 - H**2) - H * (2 * h * H)), (2 - 2 * (h**2 - H**2)) * h),
            (sympy.Eq(h**2 + H**2, 1),),
        ),
        claim(
            "path/last",
            "If sin(n t) = 0, cos((n - 1/2) t) and cos((n - 3/2) t) solve that of the last",
            equal(
                (m * h + M * H) - (m * (4 * h**3 - 3 * h) + M * (3 * H - 4 * H**3)),
                (2 - 2 * (h**2 - H**2)) * (m * h + M * H),
            ),
            (sympy.Eq(h**2 + H**2, 1), sympy.Eq(m**2 + M**2, 1), sympy.Eq(M, 0)),
        ),
        claim(
            "grid",
            "Products of eigenvectors belong to the sum of the eigenvalues",
            equal((a * u) * v + u * (b * v), (a + b) * (u * v)),
            (),
        ),
        claim(
            "complete",
            "The difference of two unit vectors belongs to n: the rows of the two, and every other row",
            sympy.And(
                equal((n - 1) * u - (-u), n * u),
                equal((n - 1) * (-u) - u, n * (-u)),
                equal(-u - (-u), n * 0 * u),
            ),
            (n >= 2,),
        ),
    )
