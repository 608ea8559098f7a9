r"""Paths in a plane over level lines: the opening figure, and the change of variables.

Both run the update rules of the catalog; nothing is known of the path beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents import Prose
from symmomentum.figures.page import BLUE, INK, VERMILION, lighter, page, words
from symmomentum.methods import catalog

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Path",
    "draw_change_of_variables",
    "note_change_of_variables",
    "draw_opening",
    "note_opening",
    "change_of_variables_data",
    "opening_data",
]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """Iterates in the plane, and the function that they descend.

    Attributes
    ----------
    x, y : ndarray of shape (n,) and (m,)
        The window.
    values : ndarray of shape (m, n)
        The function in the window.
    levels : ndarray
        The heights at which level lines are drawn, increasing.
    iterates : ndarray of shape (k, 2)
        The start first.
    optimum : ndarray of shape (2,)
    alpha, beta : float
        Step size and momentum.
    """

    x: _Array
    y: _Array
    values: _Array
    levels: _Array
    iterates: _Array
    optimum: _Array
    alpha: float
    beta: float


# The opening figure ---------------------------------------------------------------------------------------------------


def opening_data(
    alpha: float = 0.003, beta: float = 0.74, start: tuple[float, float] = (-1.21, 0.853), iterates: int = 150
) -> Path:
    r"""Heavy ball on the banana-shaped function :math:`(1-x)^2 + 20(3y-x^2)^2`.

    The defaults are what the original draws. The labels of its controls name 0.02 and 0.99 before its script has run; with
    them the path leaves for infinity.

    Examples
    --------
    >>> opening_data(iterates=3).iterates.round(3)
    array([[-1.21 ,  0.853],
           [-1.515,  0.459],
           [-1.391,  0.498]])
    """

    def gradient(w: _Array) -> _Array:
        x, y = w
        off = 3 * y - x**2
        return np.array([-2 * (1 - x) - 80 * x * off, 120 * off])

    across, upwards = np.linspace(-2, 2, 401), np.linspace(-2 / 3 + 0.4, 2 / 3 + 0.4, 135)
    x, y = np.meshgrid(across, upwards)
    return Path(
        x=across,
        y=upwards,
        values=(1 - x) ** 2 + 20 * (3 * y - x**2) ** 2,
        levels=np.exp2(np.arange(-5.0, 10.0)),
        iterates=catalog["heavy-ball"].run(gradient, np.array(start), iterates - 1, alpha=alpha, beta=beta),
        optimum=np.array([1, 1 / 3]),
        alpha=alpha,
        beta=beta,
    )


def note_opening(data: Path) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    x, y = sympy.symbols("x y")
    start = "({:g}, {:g})".format(*data.iterates[0]).replace("-", "−")
    return words(
        "Heavy ball on ",
        (1 - x) ** 2 + 20 * (3 * y - x**2) ** 2,
        f": {len(data.iterates)} iterates from {start}, α = {data.alpha:g}, β = {data.beta:g}. Shades "
        "halve in height from 512 on. These are the parameters with which the original draws first; the labels of its "
        "controls say α = 0.02, β = 0.99 until then, with which the iterates would leave for infinity.",
    )


def draw_opening(data: Path) -> Figure:
    """Draw the path over the level lines."""
    with page(2.3) as figure:
        axes = figure.add_subplot()
        _draw(axes, data)
        axes.set(xlabel="$x$", ylabel="$y$", aspect=1)
        x, y = data.iterates.T
        for place, text, offset in (((x[0], y[0]), "start", (0, 5)), ((x[-1], y[-1]), "last iterate", (-4, 7))):
            axes.annotate(text, place, offset, textcoords="offset points", ha="center" if text == "start" else "right")
        axes.annotate("optimum", tuple(data.optimum), (7, -9), textcoords="offset points")
    return figure


# The change of variables ----------------------------------------------------------------------------------------------


def change_of_variables_data() -> dict[str, Path]:
    r"""Gradient descent on a quadratic in the original coordinates (``w``), and in those of its eigenvectors (``x``).

    The eigenvalues are 1 and 100; the eigenvectors, the rows of U, are turned by 45 degrees; each path is run by itself. The
    original draws its second coordinate downwards.

    Examples
    --------
    >>> paths = change_of_variables_data()
    >>> paths["w"].iterates[0].round(4), paths["x"].iterates[0]
    (array([-1.0607,  2.4749]), array([-2.5,  1. ]))
    """
    c = np.sqrt(1 / 2)
    U = np.array([[c, -c], [c, c]])
    D = np.diag([1.0, 100.0])
    start = np.array([-2.5, 1.0])
    return {"w": _descent(U.T @ D @ U, U.T @ start, 1024.0), "x": _descent(D, start, 512.0)}


def _descent(A: _Array, start: _Array, highest: float) -> Path:
    window = np.linspace(-3, 3, 241)
    points = np.stack(np.meshgrid(window, window))
    return Path(
        x=window,
        y=window,
        values=np.einsum("iyx,ij,jyx->yx", points, A, points) / 2,
        levels=highest * np.exp2(np.arange(-14.0, 1.0)),
        iterates=catalog["gradient-descent"].run(lambda w: A @ w, start, 299, alpha=0.018),
        optimum=np.zeros(2),
        alpha=0.018,
        beta=0.0,
    )


def note_change_of_variables(data: dict[str, Path]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        f"Gradient descent, α = {data['x'].alpha:g}, {len(data['x'].iterates)} iterates, eigenvalues 1 and 100. Left: the "
        "original coordinates, turned by 45 degrees, from (−1.0607, 2.4749). Right: the same in the coordinates of the "
        "eigenvectors, from (−2.5, 1), where each coordinate decays by itself. The second coordinate points downwards; "
        "shades halve in height from 1024 (left) and 512 (right) on.",
    )


def draw_change_of_variables(data: dict[str, Path]) -> Figure:
    """Draw the two paths side by side, the second coordinate downwards as in the original."""
    with page(3.35) as figure:
        for axes, (name, path) in zip(figure.subplots(1, 2), data.items(), strict=True):
            _draw(axes, path)
            axes.set(xlabel=f"${name}_1$", ylabel=f"${name}_2$", aspect=1, xticks=range(-3, 4), yticks=range(-3, 4))
            axes.invert_yaxis()
            axes.annotate("start", path.iterates[0], (0, -11), textcoords="offset points", ha="center")
    return figure


def _draw(axes: Axes, data: Path) -> None:
    x, y = data.iterates.T
    # The scale is that of the levels' places, since they halve from one to the next.
    ends = [min(data.values.min(), data.levels[0] / 2), *data.levels]
    heights: Any = lighter("cividis", 0.55)(np.linspace(1, 0, len(ends) - 1))
    bands = axes.contourf(data.x, data.y, data.values, levels=ends, colors=heights)
    bands.set_edgecolor("face")
    bands.set_rasterized(True)
    axes.plot(x, y, "-", color=VERMILION, linewidth=0.8, zorder=3)
    axes.plot(x, y, "o", color=VERMILION, markersize=2.2, zorder=3)
    axes.plot(x[:1], y[:1], "o", color="white", markeredgecolor=INK, markersize=5, zorder=4)
    axes.plot(x[-1:], y[-1:], "o", color=VERMILION, markeredgecolor=INK, markersize=5, zorder=4)
    axes.plot(*data.optimum, "*", color=BLUE, markeredgecolor="white", markeredgewidth=0.5, markersize=9, zorder=5)
