r"""The colorization of a grid of pixels, and the three graphs that need little or much time for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symmomentum.documents import Prose
from symmomentum.evaluators import heavy_ball
from symmomentum.figures.page import BLUE, INK, PALE, SMALL, VERMILION, bare, page, words
from symmomentum.problems import colorization, graph_laplacian, grid_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ColorRun",
    "Coloring",
    "Graph",
    "colorization_data",
    "draw_colorization",
    "note_colorization",
    "draw_graphs",
    "note_graphs",
    "graphs_data",
]

_Array = npt.NDArray[np.float64]
# Generated functions have no types.
_heavy_ball: Any = heavy_ball


# Colorization ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ColorRun:
    """The weights of one pair of parameters.

    Attributes
    ----------
    name : str
    alpha_lambda, beta : float
        Step size times the largest eigenvalue, and momentum.
    weights : ndarray of shape (steps, pixels)
    needed : ndarray of shape (pixels,)
        For each eigenvalue, in increasing order, how many iterations divide its error by 1000.
    """

    name: str
    alpha_lambda: float
    beta: float
    weights: _Array
    needed: _Array


@dataclass(frozen=True, eq=False)
class Coloring:
    """The problem and its runs.

    Attributes
    ----------
    mask : ndarray of bool, shape (rows, columns)
        The pixels that there are; they are counted row by row.
    colorizers : tuple of (int, int)
        Row and column of the distinguished ones.
    eigenvalues : ndarray of shape (pixels,)
        In increasing order.
    eigenvectors : ndarray of shape (shown, pixels)
        Those of the least eigenvalues, each positive at the first pixel.
    steps : tuple of int
    runs : tuple of ColorRun
    """

    mask: npt.NDArray[np.bool_]
    colorizers: tuple[tuple[int, int], ...]
    eigenvalues: _Array
    eigenvectors: _Array
    steps: tuple[int, ...]
    runs: tuple[ColorRun, ...]

    def image(self, values: _Array) -> Any:
        """Values of the pixels in their places; what is no pixel is masked."""
        filled = np.zeros(self.mask.shape)
        filled[self.mask] = values
        return np.ma.array(filled, mask=~self.mask)


def colorization_data(steps: Sequence[int] = (20, 1074, 15367, 219695)) -> Coloring:
    r"""Four squares of 16 by 16 pixels, joined by corridors; two pixels at the left end pull towards the color.

    The original's text has the pull 1 towards the weight 1; its script, and this figure, 0.1 towards 100. The two runs are
    the parameters at which its control starts, :math:`\alpha\lambda_n = 1.9` almost without momentum, and the best ones.
    The default steps are where its control starts (20), and three of the ticks that it has. Its bars take the modulus of that
    eigenvalue of R which its solver returns first; here it is the larger one.
    """
    mask = np.zeros((16, 112), dtype=bool)
    for left in range(0, 112, 32):
        mask[:, left : left + 16] = True
    mask[7:9] = True
    colorizers = ((7, 0), (8, 0))
    number = np.cumsum(mask).reshape(mask.shape) - 1
    problem = colorization(graph_laplacian(grid_edges(mask)), [int(number[p]) for p in colorizers], 0.1)
    values, vectors = np.linalg.eigh(problem.operator.dense())
    best = _heavy_ball.tuning(values[0], values[-1])
    cases = (
        ("almost no momentum", 1.9 / values[-1], 0.00001),
        ("best parameters", float(best[0]), float(best[1])),
    )
    start = vectors.T @ np.full(len(values), 100.0)  # what is missing at w = 0
    runs = []
    for name, alpha, beta in cases:
        factors = _heavy_ball.residual(np.array(steps, dtype=np.float64)[:, None], alpha, beta, values)
        weights = 100 - (factors * start) @ vectors.T
        needed = -3 / np.log10(_heavy_ball.rate(alpha, beta, values))
        runs.append(ColorRun(name, alpha * values[-1], beta, weights, needed))
    shown = np.array([_signed(v) for v in vectors[:, :4].T])
    return Coloring(mask, colorizers, values, shown, tuple(steps), tuple(runs))


def _signed(vector: _Array) -> _Array:
    """The vector or its negative, so that its first entry is positive (of those that are not rounding): no solver decides."""
    return np.asarray(vector * np.sign(vector[np.abs(vector) > 1e-6][0]))


def note_colorization(data: Coloring) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        "Each pixel is a node with edges to its neighbors; two at the left end (dots) pull towards 100. Middle: eigenvectors "
        "of the four least eigenvalues. Below: the number of iterations that divide the error of an eigenvalue by 1000, for "
        "the first 50 and every 20th of the 1120. Problem and parameters are those of the original's script: a pull of 0.1 "
        "towards 100; in its text the pull is 1 and the goal 1. At the best parameters all eigenvalues have one rate, so that "
        "all need the same number.",
    )


def draw_colorization(data: Coloring) -> Figure:
    """Draw the weights at every number of steps for the two runs, some eigenvectors, and what each eigenvalue needs."""
    rows = len(data.steps)
    with page(4.8) as figure:
        parts: Any = figure.subfigures(3, 1, height_ratios=[0.56 * rows + 0.2, 1.3, 1.75])
        upper, middle, lower = parts
        grid = upper.subplots(rows, 2)
        image = None
        for j, run in enumerate(data.runs):
            for i, k in enumerate(data.steps):
                axes = grid[i, j]
                image = _draw_image(axes, data, run.weights[i], "viridis", 0, 100)
                if j == 0:
                    axes.set_ylabel(
                        f"{k:,}".replace(",", "\u2009"), fontsize=SMALL, rotation=0, ha="right", va="center"
                    )
            momentum = np.format_float_positional(run.beta, precision=6)
            grid[0, j].set_title(f"{run.name}: αλₙ = {run.alpha_lambda:.5g}, β = {momentum}", fontsize=SMALL, pad=3)
        grid[0, 0].text(-0.02, 1.12, "$k$", transform=grid[0, 0].transAxes, ha="right", fontsize=SMALL)
        upper.colorbar(image, ax=grid, label="weight", ticks=[0, 25, 50, 75, 100], aspect=25, pad=0.01, fraction=0.03)
        for i, axes in enumerate(middle.subplots(2, 2).flat):
            image = _draw_image(axes, data, data.eigenvectors[i], "cividis", -0.06, 0.06)
            axes.set_ylabel(str(i + 1), fontsize=SMALL, rotation=0, ha="right", va="center")
        middle.colorbar(
            image, ax=middle.axes, ticks=[-0.06, 0, 0.06], aspect=12, pad=0.01, fraction=0.03, label="vector"
        )
        axes = lower.subplots()
        shown = np.r_[0:50, 50 : len(data.eigenvalues) : 20]
        for run, color, marker in zip(data.runs, (VERMILION, BLUE), ("o", "s"), strict=True):
            axes.plot(data.eigenvalues[shown], run.needed[shown], marker, color=color, markersize=2.4, label=run.name)
        axes.set(xscale="log", yscale="log", xlabel="eigenvalue", ylabel="iterations")
        axes.legend(frameon=False, fontsize=SMALL, loc="upper right", handletextpad=0.1)
    return figure


def _draw_image(axes: Axes, data: Coloring, values: _Array, colors: str, low: float, high: float) -> Any:
    axes.set_facecolor(PALE)
    image = axes.imshow(data.image(values), cmap=colors, vmin=low, vmax=high, interpolation="nearest")
    rows, columns = zip(*data.colorizers, strict=True)
    axes.plot(columns, rows, ".", color=VERMILION, markersize=2)
    bare(axes)
    return image


# Three graphs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph laid out in the plane.

    Attributes
    ----------
    name : str
    edges : ndarray of int, shape (edges, 2)
        Each once; an edge may lead back to its own vertex.
    places : ndarray of shape (vertices, 2)
    eigenvalues : ndarray of shape (vertices,)
        Of the Laplacian with 1 added to the first diagonal entry (and to that of a vertex with an edge to itself), in
        increasing order.
    vector : ndarray of shape (vertices,)
        The eigenvector of the second least one, positive at the first vertex at which it is not 0.
    """

    name: str
    edges: npt.NDArray[np.int64]
    places: _Array
    eigenvalues: _Array
    vector: _Array

    @property
    def condition_number(self) -> float:
        """The largest over the least eigenvalue."""
        return float(self.eigenvalues[-1] / self.eigenvalues[0])


VERTICES = 36


def graphs_data() -> tuple[Graph, ...]:
    """An expander, a grid and a path of 36 vertices: the edges are the original's, drawn by its own random numbers.

    The original's "path" has three random edges more than its text says, and so has this one.

    Examples
    --------
    >>> [(g.name, len(g.edges), round(g.condition_number)) for g in graphs_data()]
    [('expander', 70, 187), ('grid', 60, 536), ('path', 38, 1693)]
    """
    numbers = _numbers()
    expander = [(next(numbers), next(numbers)) for _ in range(80)]
    more = [(next(numbers), next(numbers)) for _ in range(3)]
    cells = np.arange(VERTICES).reshape(6, 6)
    neighbors = ((cells[:, :-1], cells[:, 1:]), (cells[:-1], cells[1:]))
    grid = [(int(i), int(j)) for one, other in neighbors for i, j in zip(one.flat, other.flat, strict=True)]
    path = [(i, i + 1) for i in range(VERTICES - 1)]
    return _graph("expander", expander), _graph("grid", grid), _graph("path", path + more)


def _numbers() -> Iterator[int]:
    """The original's random vertices: digits of a sine from the fifth on."""
    seed = 17
    while True:
        x = math.sin(seed) * 10_000
        yield math.floor(VERTICES * (x - math.floor(x)))
        seed += 1


def _graph(name: str, pairs: Sequence[tuple[int, int]]) -> Graph:
    edges = np.unique(np.sort(np.array(pairs, dtype=np.int64), axis=1), axis=0)
    loops = edges[:, 0] == edges[:, 1]
    laplacian = graph_laplacian(edges[~loops], VERTICES)
    matrix = laplacian.dense()
    matrix[edges[loops, 0], edges[loops, 0]] += 1
    matrix[0, 0] += 1
    values, vectors = np.linalg.eigh(matrix)
    return Graph(name, edges, _layout(edges[~loops]), values, _signed(vectors[:, 1]))


def _layout(edges: npt.NDArray[np.int64], rounds: int = 300) -> _Array:
    """Places whose distances are, as nearly as possible, the numbers of edges between vertices.

    The least sum of squared relative deviations, by majorization: every round can only lower it. The start is the best linear
    one (classical scaling), so that nothing is random.
    """
    steps = np.full((VERTICES, VERTICES), np.inf)
    steps[edges[:, 0], edges[:, 1]] = steps[edges[:, 1], edges[:, 0]] = 1
    np.fill_diagonal(steps, 0)
    for middle in range(VERTICES):  # Floyd and Warshall's shortest paths
        steps = np.minimum(steps, steps[:, middle, None] + steps[middle])
    center = np.eye(VERTICES) - 1 / VERTICES
    values, vectors = np.linalg.eigh(-center @ steps**2 @ center / 2)
    angles = np.arange(VERTICES)
    # A trace of something else keeps vertices apart that the linear start puts into one place.
    places = _turned(vectors[:, -2:] * np.sqrt(values[-2:])) + 1e-3 * np.column_stack([np.cos(angles), np.sin(angles)])
    weight = 1 / np.where(steps > 0, steps, np.inf) ** 2
    inverse = np.linalg.pinv(np.diag(weight.sum(axis=1)) - weight)
    for _ in range(rounds):
        gap = np.linalg.norm(places[:, None] - places, axis=-1)
        pull = -weight * steps / np.where(gap > 0, gap, np.inf)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        places = inverse @ pull @ places
    return _turned(places)


def _turned(places: _Array) -> _Array:
    """The same layout with the first vertex to the left of the middle and the second one above it: no solver decides."""
    places = places - places.mean(axis=0)
    x, y = -places[0] / np.linalg.norm(places[0])
    places = places @ np.array([[x, -y], [y, x]])
    return np.asarray(places * [1, np.sign(places[1, 1])])


def note_graphs(data: Sequence[Graph]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        f"Three graphs of {VERTICES} vertices. Colors: the eigenvector of the second least eigenvalue of the Laplacian, with 1 "
        "added at the first vertex (ringed), the colorizer; κ is the condition number. The more ways lead from one end to the "
        "other, the smaller κ. The original draws by a force layout; here distances follow the numbers of edges. Its path has "
        "three random edges besides, which its text does not tell, and so has this one.",
    )


def draw_graphs(data: Sequence[Graph]) -> Figure:
    """Draw the graphs side by side, their vertices colored by the eigenvector."""
    with page(2.4) as figure:
        panels = figure.subplots(1, 3)
        points: Any = None
        for axes, graph in zip(panels, data, strict=True):
            for i, j in graph.edges:
                axes.plot(*graph.places[[i, j]].T, color="#8a8a8a", linewidth=0.6, zorder=1)
            points = axes.scatter(
                *graph.places.T,
                c=graph.vector,
                cmap="cividis",
                vmin=-0.3,
                vmax=0.3,
                s=26,
                linewidths=0.5,
                edgecolors=INK,
                zorder=2,
            )
            axes.plot(*graph.places[0], "o", color="none", markeredgecolor=VERMILION, markersize=9)
            axes.set_title(f"{graph.name}, κ = {graph.condition_number:.0f}", pad=3)
            axes.margins(0.08)
            axes.set_aspect("equal", adjustable="datalim")
            bare(axes)
        figure.colorbar(
            points, ax=panels, label="eigenvector", ticks=[-0.3, 0, 0.3], aspect=22, pad=0.01, fraction=0.03
        )
    return figure
