r"""The error as a stack of what each eigenvalue contributes: for gradient descent, and for heavy ball."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents import Prose
from symmomentum.evaluators import gradient_descent, heavy_ball
from symmomentum.figures.page import INK, PALE, SMALL, VERMILION, lighter, page, shades, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ErrorBars",
    "RatePad",
    "draw_error_gradient_descent",
    "note_error_gradient_descent",
    "draw_error_momentum",
    "note_error_momentum",
    "error_gradient_descent_data",
    "error_momentum_data",
]

_Array = npt.NDArray[np.float64]
# Generated functions have no types.
_gradient_descent: Any = gradient_descent
_heavy_ball: Any = heavy_ball

EIGENVALUES = (0.01, 0.1, 1.0)
STEPS = 150
SEEN = 0.01
"""A contribution above it is still seen in the figure."""


@dataclass(frozen=True, eq=False)
class ErrorBars:
    """A stack of bars for every iteration.

    Attributes
    ----------
    alpha, beta : float
    eigenvalues : tuple of float
        In increasing order.
    contributions : ndarray of shape (eigenvalues, k)
        What each eigenvalue adds to the distance of the objective from its optimum.
    last : tuple of int
        For each eigenvalue, the last iteration of those drawn at which its contribution exceeds 0.01.
    """

    alpha: float
    beta: float
    eigenvalues: tuple[float, ...]
    contributions: _Array
    last: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class RatePad:
    """The least favourable rate over the eigenvalues, where the parameters may be moved.

    Attributes
    ----------
    alpha, beta : ndarray
        The axes; alpha times the largest eigenvalue is alpha itself, since that eigenvalue is 1.
    rate : ndarray of shape (beta, alpha)
    """

    alpha: _Array
    beta: _Array
    rate: _Array


def error_gradient_descent_data(alphas: Sequence[float] = (1.0, 200 / 101, 2.0)) -> tuple[ErrorBars, ...]:
    r"""The contributions for several step sizes; by default a moderate one, the best one and the edge of stability.

    Eigenvalue i contributes :math:`\lambda_i (x_i^k)^2/2`; every one starts with 1/2. The original's text has the eigenvalues
    0.01, 0.1, 1 and leaves the factor 1/2 out; its script has 1, 10, 100, divides the step size by 100 and keeps the factor.
    The products, and so the bars, are the same; here the eigenvalues are the text's and the heights the script's.

    Examples
    --------
    >>> bars = error_gradient_descent_data([1.0])[0]
    >>> bars.contributions[:, 1].round(4), bars.last
    (array([0.49 , 0.405, 0.   ]), (150, 18, 0))
    """

    k, lam = _grid()
    return tuple(_bars(alpha, 0.0, _gradient_descent.residual(k, alpha, lam)) for alpha in alphas)


def error_momentum_data(
    parameters: Sequence[tuple[float, float]] = ((400 / 121, 81 / 121), (200 / 101, 0.0), (1.0, 0.95)),
) -> tuple[tuple[ErrorBars, ...], RatePad]:
    """The same for heavy ball at several pairs (alpha, beta), and the map of rates in which they lie.

    The first pair is the best one, at which the original starts; the others stand for its control: without momentum, and
    with much of it. Where text and script of the original differ, see :func:`error_gradient_descent_data`.

    Examples
    --------
    >>> bars, pad = error_momentum_data()
    >>> [b.last for b in bars]
    [(16, 6, 29), (97, 8, 97), (71, 70, 76)]
    """
    alpha, beta = np.linspace(0, 4, 321), np.linspace(-0.1, 1, 177)
    rate = _heavy_ball.worst_rate(alpha, beta[:, None], EIGENVALUES[0], EIGENVALUES[-1])
    k, lam = _grid()
    pairs = tuple(_bars(a, b, _heavy_ball.residual(k, a, b, lam)) for a, b in parameters)
    return pairs, RatePad(alpha, beta, rate)


def _grid() -> tuple[_Array, _Array]:
    return np.arange(STEPS + 1.0), np.array(EIGENVALUES)[:, None]


def _bars(alpha: float, beta: float, factors: _Array) -> ErrorBars:
    contributions = factors**2 / 2  # the start is 1/sqrt(lambda), so that all are equal there
    last = tuple(int(np.flatnonzero(row > SEEN)[-1]) for row in contributions)
    return ErrorBars(alpha, beta, EIGENVALUES, contributions, last)


# Drawing --------------------------------------------------------------------------------------------------------------


def _loss() -> sympy.Expr:
    return sympy.Symbol("f") - sympy.Symbol("f_min")


def note_error_gradient_descent(data: Sequence[ErrorBars]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        "Each bar is ",
        _loss(),
        " after ",
        sympy.Symbol("k"),
        f" steps of gradient descent, split by eigenvalue; below it, how long each part exceeds {SEEN}. The step size 200/101 "
        "is the best one: the slowest parts, of the least and of the largest eigenvalue, decay alike. At 2 the largest one "
        "stays. Text and script of the original differ by a scaling: its text has these eigenvalues and no factor 1/2 in the "
        "parts; its script has 1, 10, 100, a step size 100 times smaller and the factor, so that the bars start at 3/2, as "
        "here. The script first draws the bars of 200/101.5 beside a mark at 200/101.",
    )


def draw_error_gradient_descent(data: Sequence[ErrorBars]) -> Figure:
    """Draw one stack for each step size, below one another."""
    with page(1.75 * len(data) + 0.2) as figure:
        axes = figure.subplots(2 * len(data), 1, sharex=True, gridspec_kw={"height_ratios": [4, 1.1] * len(data)})
        for i, bars in enumerate(data):
            _draw_bars(axes[2 * i], axes[2 * i + 1], bars, f"α = {_fraction(bars.alpha)}", legend=i == 0)
        axes[-1].set_xlabel("iteration $k$")
        axes[-1].tick_params(labelbottom=True)
    return figure


def note_error_momentum(data: tuple[Sequence[ErrorBars], RatePad]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    stacks, _ = data
    return words(
        "The parts of ",
        _loss(),
        " as for gradient descent, now with momentum. The map shows the slowest rate over the eigenvalues 0.01 to 1; the "
        "numbers tell where the stacks lie in it. 1: the best parameters, α = 400/121, β = 81/121, at which the original "
        "starts. 2: the best step size without momentum. 3: much momentum, the parts swing. As in the original, bars are cut "
        f"off at 1.53; the highest, of 1, reaches {stacks[0].contributions.sum(axis=0).max():.1f}. The original's text has "
        "these eigenvalues, its script 1, 10, 100 and α divided by 100.",
    )


def draw_error_momentum(data: tuple[Sequence[ErrorBars], RatePad]) -> Figure:
    """Draw the stacks, and the map with a numbered point for each of them."""
    stacks, pad = data
    with page(4.15) as figure:
        parts: Any = figure.subfigures(1, 2, wspace=0.03)
        left, right = parts
        cells = [(left, 0), (right, 0), (right, 1)]
        grids = {
            left: left.add_gridspec(4, 1, height_ratios=[4, 1.1, 4, 1.1]),
            right: right.add_gridspec(4, 1, height_ratios=[4, 1.1, 4, 1.1]),
        }
        for i, (bars, (part, row)) in enumerate(zip(stacks, cells, strict=True)):
            upper = part.add_subplot(grids[part][2 * row])
            lower = part.add_subplot(grids[part][2 * row + 1], sharex=upper)
            title = f"{i + 1}:  α = {_fraction(bars.alpha)},  β = {_fraction(bars.beta)}"
            _draw_bars(upper, lower, bars, title, legend=i == 0)
            lower.set_xlabel("iteration $k$")
        _draw_pad(left.add_subplot(grids[left][2:]), pad, stacks)
    return figure


def _draw_bars(upper: Axes, lower: Axes, bars: ErrorBars, title: str, legend: bool) -> None:
    k = np.arange(bars.contributions.shape[1])
    colors = shades(len(bars.eigenvalues))
    bottom = np.zeros(k.size)
    for name, part, color in zip(bars.eigenvalues, bars.contributions, colors, strict=True):
        # One shape for all bars of a colour: a tenth of the file that single bars would make.
        upper.stairs(bottom + part, np.arange(k.size + 1) - 0.5, baseline=bottom, fill=True, color=color)
        upper.plot([], [], "s", color=color, label=f"λ = {name:g}")
        bottom = bottom + part
    upper.plot(k, bottom, "o", color=INK, markersize=1.4)
    upper.set(
        xlim=(-1, k[-1] + 1),
        ylim=(0, 1.53),
        xticks=range(0, k.size, 50),
        yticks=[0, 0.5, 1, 1.5],
        ylabel=r"$f - f_{\min}$",
    )
    upper.set_title(title, loc="left", pad=3)
    upper.tick_params(labelbottom=False)
    if legend:
        upper.legend(fontsize=SMALL, frameon=False, loc="upper right", handletextpad=0.2)
    for place, (end, color) in enumerate(zip(bars.last, colors, strict=True)):
        beyond = end >= k[-1]
        lower.plot([0, end], [place, place], color=color, linewidth=2.2, solid_capstyle="butt")
        lower.plot([end], [place], ">" if beyond else "|", color=color if beyond else INK, markersize=5, clip_on=False)
    lower.set(ylim=(-0.6, len(colors) - 0.4), yticks=[])
    lower.set_ylabel("seen", fontsize=SMALL)


def _draw_pad(axes: Axes, pad: RatePad, stacks: Sequence[ErrorBars]) -> None:
    axes.set_facecolor(PALE)
    levels = np.linspace(0.8, 1, 17)
    bands = axes.contourf(pad.alpha, pad.beta, pad.rate, levels=levels, cmap=lighter("viridis", 0.3))
    bands.set_edgecolor("face")
    bands.set_rasterized(True)
    for i, bars in enumerate(stacks):
        axes.plot(
            bars.alpha, bars.beta, "o", color="white", markeredgecolor=VERMILION, markersize=10, clip_on=False, zorder=4
        )
        axes.annotate(str(i + 1), (bars.alpha, bars.beta), ha="center", va="center", fontsize=SMALL, zorder=5)
    axes.text(3.95, -0.07, "divergent", ha="right", va="bottom", fontsize=SMALL)
    axes.set(xlabel=r"$\alpha\lambda_n$", ylabel=r"$\beta$", xlim=(0, 4), ylim=(-0.1, 1))
    figure: Any = axes.figure
    figure.colorbar(bands, ax=axes, label="slowest rate", ticks=[0.8, 0.9, 1], pad=0.02, aspect=25)


_FRACTIONS = {200 / 101: "200/101", 400 / 121: "400/121", 81 / 121: "81/121"}


def _fraction(value: float) -> str:
    return _FRACTIONS.get(value, f"{value:g}")
