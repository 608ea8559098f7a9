r"""The asymptotic rate of a two-state method over (alpha lambda, beta), and its regimes.

The data are the theory's own expressions on a grid: the condition and the rate of each regime of
:class:`symmomentum.rate.Rate`, with :math:`\lambda = 1`, so that the step size stands for :math:`\alpha\lambda`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents.characters import cells, linear
from symmomentum.documents.notation import typeset
from symmomentum.documents.tex import markup
from symmomentum.errors import ArgumentError
from symmomentum.figures.rendering import styled
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.rate import Rate
from symmomentum.stability import Stability
from symmomentum.symbols import lam
from symmomentum.update_rule import Method

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["RateMap", "draw_rate_map", "rate_map_data"]

_Array = npt.NDArray[np.float64]
_Window = tuple[float, float]


@dataclass(frozen=True, eq=False)
class RateMap:
    """The data of the figure. Rows of the arrays go with ``beta``, columns with ``alpha_lambda``.

    Attributes
    ----------
    method : str
        The method's name.
    alpha_lambda : ndarray of shape (x,)
        Step size times curvature, increasing.
    beta : ndarray of shape (y,)
        The method's second parameter, increasing.
    rate : ndarray of shape (y, x)
        The spectral radius of the iteration matrix.
    regime : ndarray of int8, shape (y, x)
        The place in ``regimes`` of the one regime that the point is in.
    regimes : tuple of str
        The names of the regimes.
    trace, discriminant : ndarray of shape (y, x)
        Sum of the eigenvalues, and square of their difference: where they vanish, regimes meet.
    one_step : ndarray of shape (n, 2)
        The points (alpha lambda, beta) at which the first step removes the error.
    labels : tuple of str
        What to write at the two axes, in LaTeX.
    formulas : tuple of str
        The rate in each regime in LaTeX, or an empty text where it is too long for a label.
    """

    method: str
    alpha_lambda: _Array
    beta: _Array
    rate: _Array
    regime: npt.NDArray[np.int8]
    regimes: tuple[str, ...]
    trace: _Array
    discriminant: _Array
    one_step: _Array
    labels: tuple[str, str]
    formulas: tuple[str, ...]


# Data -----------------------------------------------------------------------------------------------------------------


def rate_map_data(
    method: str | Method | Rate = "heavy-ball",
    points: tuple[int, int] = (561, 673),
    alpha_lambda: _Window = (-0.125, 4.25),
    beta: _Window = (-0.25, 1.0625),
) -> RateMap:
    """Rate and regime on a grid.

    With the default window and numbers of points the grid consists of fractions with small powers of 2, which
    floating-point numbers hold exactly, so that some points lie on the critical curve itself.

    Parameters
    ----------
    method : str, Method or Rate
        A two-state method with two parameters, the first of them the step size.
    points : pair of int
        How many, across and upwards; at least 2.
    alpha_lambda, beta : pair of float
        The window: lower and upper end, across and upwards.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the method is of another kind, or the window is empty.
    UnknownNameError
        (a ``KeyError``) If there is no method of that name.

    Examples
    --------
    >>> data = rate_map_data("heavy-ball", points=(3, 2), alpha_lambda=(1.0, 5.0), beta=(0.0, 0.25))
    >>> data.rate
    array([[0.        , 2.        , 4.        ],
           [0.5       , 1.59307033, 3.68210404]])
    >>> [[data.regimes[i] for i in row] for row in data.regime]
    [['one-step', 'divergent', 'divergent'], ['complex', 'divergent', 'divergent']]
    """
    rate = _rate(method)
    iteration = rate.iteration
    across, upwards = _axis("alpha_lambda", alpha_lambda, points[0]), _axis("beta", beta, points[1])
    grid = np.meshgrid(across, upwards)
    parameters = _parameters(iteration)

    def on_grid(expression: Any) -> Any:
        return _values(expression, parameters, grid)

    inside = np.array([on_grid(regime.condition) for regime in rate.regimes])
    if not (inside.sum(axis=0) == 1).all():
        # The regimes are a proved partition: only rounding on a border can do this.
        raise ArgumentError(f"{iteration.method.name}: by rounding, a point is in no regime or in two; move the window")
    values = np.empty(grid[0].shape)
    for regime, here in zip(rate.regimes, inside, strict=True):
        for value, part in _pieces(regime.rate, here, on_grid):
            values[part] = _values(value, parameters, [axis[part] for axis in grid])
    names = tuple(regime.name for regime in rate.regimes)
    return RateMap(
        method=iteration.method.name,
        alpha_lambda=across,
        beta=upwards,
        rate=values,
        regime=inside.argmax(axis=0).astype(np.int8),
        regimes=names,
        trace=on_grid(iteration.trace),
        discriminant=on_grid(iteration.discriminant),
        one_step=_one_step(rate, parameters),
        labels=(markup(typeset(parameters[0] * lam)), markup(typeset(parameters[1]))),
        formulas=tuple(_formula(regime.rate) for regime in rate.regimes),
    )


def _rate(method: str | Method | Rate) -> Rate:
    if isinstance(method, str):
        method = catalog[method]
    if isinstance(method, Method):
        method = Rate(Stability(Iteration(method)))
    if not isinstance(method, Rate):
        raise ArgumentError(f"expected a method, its name or its Rate; given {method!r}")
    return method


def _parameters(iteration: Iteration) -> tuple[Any, Any]:
    """Step size and momentum, once it is sure that two axes say all there is to say."""
    name, found = iteration.method.name, iteration.parameters
    if iteration.size != 2 or len(found) != 2:
        raise ArgumentError(
            f"{name}: the map is of two-state methods with two parameters; "
            f"this one has {iteration.size} and {', '.join(map(str, found)) or 'none'}"
        )
    step = found[0]
    for expression in (*iteration.coefficients, iteration.residual_polynomial(1)):
        if sympy.expand(expression.xreplace({step: step / lam})).has(lam):
            raise ArgumentError(f"{name}: its rate does not depend on {step} and {lam} through {step * lam} alone")
    return found[0], found[1]


def _axis(name: str, window: _Window, points: int) -> _Array:
    low, high = window
    if not (np.isfinite([low, high]).all() and low < high):
        raise ArgumentError(f"{name}: expected a window (low, high) with low < high; given {window!r}")
    if points < 2:
        raise ArgumentError(f"{name}: expected at least 2 points; given {points!r}")
    return np.linspace(low, high, points)


def _root(x: Any) -> Any:
    """A square root where the radicand is known to be non-negative, so that a negative one is rounding."""
    return np.sqrt(np.maximum(x, 0))


def _values(expression: Any, parameters: Sequence[Any], points: Sequence[Any]) -> Any:
    """An expression without case distinctions, or a condition, at points of curvature 1."""
    function = sympy.lambdify(parameters, expression.xreplace({lam: sympy.Integer(1)}), [{"sqrt": _root}, "numpy"])
    return np.broadcast_to(function(*points), np.shape(points[0]))


def _pieces(expression: Any, where: Any, on_grid: Any) -> Iterator[tuple[Any, Any]]:
    """The branches of a case distinction, each with the points at which it is the one that counts."""
    if not isinstance(expression, sympy.Piecewise):
        yield expression, where
        return
    for value, condition in expression.args:
        here = where & on_grid(condition)
        yield value, here
        where = where & ~here


def _one_step(rate: Rate, parameters: Sequence[Any]) -> _Array:
    conditions = [
        regime.condition.xreplace({lam: sympy.Integer(1)}) for regime in rate.regimes if regime.name == "one-step"
    ]
    found = [point for c in conditions for point in sympy.solve(sympy.And.make_args(c), parameters, dict=True)]
    exact = [[point.get(p) for p in parameters] for point in found]
    return np.array([list(map(float, p)) for p in exact if all(x is not None and x.is_real for x in p)]).reshape(-1, 2)


_LONGEST_FORMULA = 8


def _formula(expression: Any) -> str:
    tree = typeset(expression)
    return markup(tree) if cells(linear(tree)) <= _LONGEST_FORMULA else ""


# Drawing --------------------------------------------------------------------------------------------------------------

_INK = "#1b1b1b"
_BARE, _HATCH = "#efefef", "#d4d4d4"
_LEVELS = (0.2, 0.4, 0.6, 0.8)
_BANDS = 20
_LIGHTER = 0.4
"""How much white is mixed into the colours, so that black words can be read on all of them."""
_WITHOUT_INSIDE = ("one-step", "critical")
"""The regimes that are a point or a line."""
_LETTER = (0.0135, 0.045)
"""Width and height of a letter with its surroundings, as parts of the map's."""


def draw_rate_map(data: RateMap, width: float = 8.0) -> Figure:
    """Draw the map.

    Colour and thin lines show the rate, thick lines the borders of the regimes; the divergent region is hatched.

    Parameters
    ----------
    data : RateMap
    width : float
        In inches.

    Examples
    --------
    >>> figure = draw_rate_map(rate_map_data(points=(36, 22)))
    >>> [axes.get_xlabel() for axes in figure.axes][0]
    '$\\\\alpha \\\\lambda$'
    """
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(width, 0.62 * width), layout="constrained")
        axes = figure.add_subplot()
        axes.set(
            xlim=(data.alpha_lambda[0], data.alpha_lambda[-1]),
            ylim=(data.beta[0], data.beta[-1]),
            xlabel=f"${data.labels[0]}$",
            ylabel=f"${data.labels[1]}$",
        )
        axes.patch.set(facecolor=_BARE, hatch="/", edgecolor=_HATCH)
        bands, lines = _draw_rate(axes, data)
        _draw_borders(axes, data)
        _label_regimes(axes, data)
        bar = figure.colorbar(bands, ax=axes, label=r"asymptotic rate $\rho$", pad=0.02, fraction=0.05, aspect=30)
        bar.add_lines(lines)
        bar.set_ticks([0, *_LEVELS, 1])
        return figure


def _draw_rate(axes: Axes, data: RateMap) -> tuple[Any, Any]:
    """Coloured bands up to the rate 1, and labelled lines. The divergent region stays bare."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    # A perceptually uniform scale that colour-blind readers see as such, too: its lightness alone tells the rate.
    colors = colormaps["viridis"](np.linspace(0, 1, _BANDS))[:, :3]
    lighter = ListedColormap(colors + _LIGHTER * (1 - colors))
    grid = (data.alpha_lambda, data.beta, data.rate)
    bands = axes.contourf(*grid, levels=np.linspace(0, 1, _BANDS + 1), cmap=lighter)
    bands.set_edgecolor("face")  # closes the hairlines between neighbours
    bands.set_rasterized(True)  # as shapes they would make SVG and PDF ten times as large
    lines = axes.contour(*grid, levels=_LEVELS, colors=_INK, linewidths=0.7)
    # The line of the least rate is short, and the label of the one-step point is near it.
    axes.clabel(lines, levels=_LEVELS[1:], fmt="%.1f", fontsize=10)
    return bands, lines


def _draw_borders(axes: Axes, data: RateMap) -> None:
    grid = (data.alpha_lambda, data.beta)
    stable = data.rate < 1
    axes.contour(*grid, data.rate, levels=[1], colors=_INK, linewidths=2)
    # Between the two regimes of real eigenvalues the dominant one changes sign.
    axes.contour(
        *grid, np.ma.array(data.trace, mask=~stable | (data.discriminant < 0)), levels=[0], colors=_INK, linewidths=1.6
    )
    curve = np.ma.array(data.discriminant, mask=~stable)
    axes.contour(*grid, curve, levels=[0], colors=_INK, linewidths=1.6)
    place = _middle_of_critical_curve(data)
    if place is not None:
        x, y, angle = place
        axes.text(
            x,
            y,
            "critical",
            rotation=angle,
            rotation_mode="anchor",
            transform_rotates_text=True,  # the angle is one of the data; on paper it depends on the scales
            ha="center",
            va="bottom",
            fontsize=11,
        )


def _middle_of_critical_curve(data: RateMap) -> tuple[float, float, float] | None:
    """The rightmost place where the rate on the curve is about half-way between 0 and 1, and the angle of the curve."""
    sign = data.discriminant < 0
    met = (sign[:-1, :-1] != sign[1:, 1:]) & (data.rate[:-1, :-1] < 1)
    if not met.any():
        return None
    off = np.where(met, np.abs(data.rate[:-1, :-1] - 1 / 2), 1)
    rows, columns = np.nonzero(off <= off.min() + 1 / 50)
    i, j = max(zip(rows, columns, strict=True), key=lambda place: place[1])
    slopes: Sequence[Any] = np.gradient(data.discriminant, data.beta, data.alpha_lambda)  # type: ignore[assignment]
    up, right = (slope[i, j] for slope in slopes)
    # Along the curve the discriminant stays as it is; words run from left to right.
    angle = np.degrees(np.arctan2(-right, up)) if up > 0 else np.degrees(np.arctan2(right, -up))
    return float(data.alpha_lambda[j]), float(data.beta[i]), float(angle)


def _label_regimes(axes: Axes, data: RateMap) -> None:
    free = np.ones(data.regime.shape, dtype=bool)
    for name, formula in zip(data.regimes, data.formulas, strict=True):
        if name == "one-step":
            for x, y in data.one_step:
                text = f"{name}, $\\rho = {formula}$"
                axes.plot(x, y, "o", color="white", markeredgecolor=_INK, markeredgewidth=1.6, markersize=7, zorder=4)
                axes.annotate(
                    text,
                    (x, y),
                    (0, 13),
                    textcoords="offset points",
                    ha="center",
                    fontsize=11,
                    zorder=4,
                    path_effects=_halo(),
                )
                free &= ~_around(data, x, y, len(name) + _LONGEST_FORMULA, 6)
    lines = _near_lines(data)
    for place, (name, formula) in enumerate(zip(data.regimes, data.formulas, strict=True)):
        everything = free & (data.regime == place)
        if name in _WITHOUT_INSIDE or not everything.any():
            continue
        rate = r"$\rho \geq 1$" if name == "divergent" else f"$\\rho = {formula}$" if formula else ""
        shape = {"letters": max(len(name), _LONGEST_FORMULA), "lines": 2 if rate else 1}
        # Between the lines where there is room, else across them.
        found = _roomiest(everything & ~lines, **shape) or _roomiest(everything, **shape) or _middle(everything)
        text = f"{name}\n{rate}".strip()
        axes.text(
            data.alpha_lambda[found[1]],
            data.beta[found[0]],
            text,
            ha="center",
            va="center",
            zorder=4,
            path_effects=_halo(),
        )


def _halo() -> list[Any]:
    """A light seam around words, so that a line under them does not disturb."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white", alpha=0.6)]


def _near_lines(data: RateMap) -> npt.NDArray[np.bool_]:
    """The points next to which a line of equal rate passes."""
    near = np.zeros(data.rate.shape, dtype=bool)
    for level in _LEVELS:
        above = data.rate > level
        for axis in (0, 1):
            changes = np.diff(above.astype(np.int8), axis=axis) != 0
            near[: -1 if axis == 0 else None, : -1 if axis == 1 else None] |= changes
    return near & (data.rate < 1)


def _around(data: RateMap, x: float, y: float, letters: int, lines: int) -> npt.NDArray[np.bool_]:
    """The points of a box of that size around a place."""
    wide = letters * _LETTER[0] * np.ptp(data.alpha_lambda)
    high = lines * _LETTER[1] * np.ptp(data.beta)
    return (np.abs(data.alpha_lambda - x) < wide / 2) & (np.abs(data.beta - y) < high / 2)[:, None]


def _middle(inside: npt.NDArray[np.bool_]) -> tuple[int, int]:
    row, column = np.argwhere(inside).mean(axis=0)
    return int(row), int(column)


def _roomiest(inside: npt.NDArray[np.bool_], letters: int, lines: int) -> tuple[int, int] | None:
    """Row and column of the middle of the largest box, at least of the size of a label and of its shape, that fits into the
    region."""
    rows, columns = inside.shape
    count = np.zeros((rows + 1, columns + 1), dtype=int)
    count[1:, 1:] = inside.cumsum(axis=0).cumsum(axis=1)
    middle = None
    for size in np.linspace(1, 10, 91):
        wide, high = int(size * letters * _LETTER[0] * columns), int(size * lines * _LETTER[1] * rows)
        if not (0 < wide < columns and 0 < high < rows):
            continue
        filled = count[high:, wide:] - count[:-high, wide:] - count[high:, :-wide] + count[:-high, :-wide]
        corners = np.argwhere(filled == high * wide)
        if not len(corners):
            break
        i, j = corners[np.abs(corners - corners.mean(axis=0)).sum(axis=1).argmin()]
        middle = int(i + high // 2), int(j + wide // 2)
    return middle
