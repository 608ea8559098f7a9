r"""Heavy ball as an oscillator: the taxonomy of its behaviours, and the phase diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents import Formula, Prose
from symmomentum.evaluators import heavy_ball
from symmomentum.figures.page import BLUE, INK, PALE, SMALL, VERMILION, lighter, page, words
from symmomentum.symbols import alpha, beta, lam

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Behaviour",
    "Phase",
    "PhaseGrid",
    "Taxonomy",
    "damping_data",
    "draw_damping",
    "note_damping",
    "draw_phase_diagrams",
    "note_phase_diagrams",
    "draw_taxonomy",
    "note_taxonomy",
    "phase_diagrams_data",
    "taxonomy_data",
]

_Array = npt.NDArray[np.float64]
# Generated functions have no types.
_heavy_ball: Any = heavy_ball


# The taxonomy ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Behaviour:
    """The error over the iterations at one point of the map.

    Attributes
    ----------
    name : str
    alpha_lambda, beta : float
    error : ndarray of shape (k,)
        From -1 on.
    """

    name: str
    alpha_lambda: float
    beta: float
    error: _Array


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """The map of rates, and the behaviours.

    Attributes
    ----------
    alpha_lambda, beta : ndarray
        The axes.
    rate : ndarray of shape (beta, alpha_lambda)
        The larger modulus of the two eigenvalues.
    behaviours : tuple of Behaviour
    """

    alpha_lambda: _Array
    beta: _Array
    rate: _Array
    behaviours: tuple[Behaviour, ...]


_BEHAVIOURS = (
    ("ripples", 0.15, 0.9),
    ("monotonic decrease", 0.15, 0.125),
    ("1-step convergence", 1.0, 0.00001),
    ("monotonic oscillations", 2.0, 0.05),
    ("divergence", 2.5, 0.235),
)


def taxonomy_data() -> Taxonomy:
    """The map over [0, 4] x [0, 1], and the five behaviours that the original shows, at its points.

    Examples
    --------
    >>> [b.error[1].round(2).item() for b in taxonomy_data().behaviours]
    [-0.85, -0.85, 0.0, 1.0, 1.5]
    """
    across, upwards = np.linspace(0, 4, 401), np.linspace(0, 1, 201)
    k = np.arange(40.0)
    return Taxonomy(
        alpha_lambda=across,
        beta=upwards,
        rate=_heavy_ball.rate(across, upwards[:, None], 1.0),
        # The original has the curvature 100 and a hundredth of the step size: only their product counts.
        behaviours=tuple(Behaviour(name, x, y, -_heavy_ball.residual(k, x, y, 1.0)) for name, x, y in _BEHAVIOURS),
    )


def note_taxonomy(data: Taxonomy) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        "Left: the larger modulus of the two eigenvalues; the light line is where they are equal, and above it they are "
        "complex. Grey: divergence. Right: the error of one component over 40 iterates from −1, at the numbered points, which "
        "are those of the original's script. In the original the panel changes with the pointer: in its script ripples "
        "belong to complex eigenvalues, oscillations to real ones with αλ ≥ 1, divergence to a modulus from 1.0001 on.",
    )


def draw_taxonomy(data: Taxonomy) -> Figure:
    """Draw the map and a panel for each behaviour, its number on the map."""
    with page(3.6) as figure:
        parts: Any = figure.subfigures(1, 2, width_ratios=[1.15, 1])
        left, right = parts
        axes = left.subplots()
        axes.set_facecolor(PALE)
        levels = np.linspace(0, 1, 21)
        bands = axes.contourf(data.alpha_lambda, data.beta, data.rate, levels=levels, cmap=lighter("viridis", 0.25))
        bands.set_edgecolor("face")
        bands.set_rasterized(True)
        beta = data.beta
        for sign in (1, -1):
            axes.plot((1 + sign * np.sqrt(beta)) ** 2, beta, color="white", linewidth=1.0)
        for i, b in enumerate(data.behaviours):
            place = (b.alpha_lambda, max(b.beta, 0.035))  # so that the number is not cut off at the axis
            axes.plot(*place, "o", color="white", markeredgecolor=VERMILION, markersize=10)
            axes.annotate(str(i + 1), place, ha="center", va="center_baseline", fontsize=SMALL)
        axes.text(3.9, 0.08, "divergent", ha="right", fontsize=SMALL)
        axes.set(xlabel=r"$\alpha\lambda$", ylabel=r"$\beta$", xlim=(0, 4), ylim=(0, 1), yticks=np.linspace(0, 1, 6))
        left.colorbar(
            bands,
            ax=axes,
            label=r"$\max\{|\sigma_1|, |\sigma_2|\}$",
            location="bottom",
            ticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
            pad=0.02,
            aspect=35,
        )
        panels = right.subplots(len(data.behaviours), 1, sharex=True)
        for i, (panel, b) in enumerate(zip(panels, data.behaviours, strict=True)):
            high = 5 if b.name == "divergence" else 1.4
            k = np.arange(b.error.size)
            panel.axhline(0, color="#b5b5b5", linewidth=0.5)
            panel.vlines(k, 0, b.error, color=BLUE, linewidth=0.8)
            panel.plot(k, b.error, "o", color=BLUE, markersize=1.8)
            panel.set(ylim=(-high, high), xlim=(-1, 40), yticks=[-5, 0, 5] if high == 5 else [-1, 0, 1])
            title = f"{i + 1}: {b.name}  (αλ = {b.alpha_lambda:g}, β = {np.format_float_positional(b.beta)})"
            panel.set_title(title, loc="left", pad=2, fontsize=SMALL)
        panels[-1].set_xlabel("iteration $k$")
        right.supylabel("error", fontsize=SMALL + 1)
    return figure


# Phase diagrams -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Phase:
    """The path of one component in the plane of velocity and position.

    Attributes
    ----------
    name : str
    alpha, beta, lam : float
        Step size, momentum and curvature.
    z, position : ndarray of shape (k,)
        The state: the sum of gradients (the velocity is its negative), and the error of the iterate.
    """

    name: str
    alpha: float
    beta: float
    lam: float
    z: _Array
    position: _Array


@dataclass(frozen=True, eq=False)
class PhaseGrid:
    """One :class:`Phase` for each curvature (rows) and each momentum (columns)."""

    lams: tuple[float, ...]
    betas: tuple[float, ...]
    phases: tuple[tuple[Phase, ...], ...]


def phase_diagrams_data(iterates: int = 250, start: tuple[float, float] = (1.0, 0.92)) -> PhaseGrid:
    """Phases under damping (columns) and force (rows), step size 0.02, from a state (y, x).

    The defaults are those of the original's script; its text says 150 iterates, and a start at x = 1, y = 1.

    Examples
    --------
    >>> grid = phase_diagrams_data()
    >>> len(grid.phases), len(grid.phases[0]), grid.phases[0][0].position[:3].round(4)
    (4, 6, array([0.92, 0.9 , 0.88]))
    """
    lams, betas = (0.0, 0.02, 0.1, 0.25), (1.0, 0.985, 0.95, 0.9, 0.85, 0.8)
    rows = (tuple(_phase("", 0.02, beta, lam, start, iterates) for beta in betas) for lam in lams)
    return PhaseGrid(lams, betas, tuple(rows))


def damping_data() -> tuple[Phase, ...]:
    r"""Three phases from rest at the error -1: too little damping, critical damping, too much.

    Step size 0.0001 and curvature 100, so that the critical momentum is :math:`(1-\sqrt{0.01})^2 = 0.81`; the original's
    script draws it with 0.8101, and the third one at first with 0.01, where its control shows 0.05.

    Examples
    --------
    >>> [p.beta for p in damping_data()]
    [0.97, 0.81, 0.05]
    """
    cases = (("underdamped", 0.97), ("critically damped", 0.81), ("overdamped", 0.05))
    return tuple(_phase(name, 0.0001, beta, 100.0, (0.0, -1.0), 101) for name, beta in cases)


def _phase(name: str, alpha: float, beta: float, lam: float, start: Sequence[float], iterates: int) -> Phase:
    states = _heavy_ball.power(np.arange(float(iterates)), alpha, beta, lam) @ np.array(start)
    return Phase(name, alpha, beta, lam, states[:, 0], states[:, 1])


def note_phase_diagrams(data: PhaseGrid) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    first = data.phases[0][0]
    return words(
        f"One component over {len(first.z)} iterates, α = {first.alpha:g}, from position {first.position[0]:g} and y = "
        f"{first.z[0]:g}; the velocity is −y; light to dark. Damping grows to the right, force downwards. Without force "
        "(first row) the particle coasts until damping stops it; with force it swings for ever at β = 1, spirals in with some "
        "damping, and creeps with much. Iterates and start are those of the original's script; its text says 150 iterates "
        "and a start at x = 1, y = 1.",
    )


def draw_phase_diagrams(data: PhaseGrid) -> Figure:
    """Draw the grid: velocity across, position upwards, light at the start and dark at the end."""
    rows, columns = len(data.lams), len(data.betas)
    with page(6.15) as figure:
        grid = figure.subplots(rows, columns, sharex=True, gridspec_kw={"height_ratios": [95, *[165] * (rows - 1)]})
        for i, (lam, row) in enumerate(zip(data.lams, data.phases, strict=True)):
            for j, phase in enumerate(row):
                axes = grid[i][j]
                _draw_phase(axes, -phase.z, phase.position)
                high = 1 if i == 0 else 165 / 95
                axes.set(xlim=(-5 / 1.4, 5 / 1.4), ylim=(-high, high), xticks=[-2, 0, 2], yticks=[-1, 0, 1])
                if i == 0:
                    axes.set_title(f"β = {phase.beta:g}", pad=3)
                if j:
                    axes.tick_params(labelleft=False)
            grid[i][0].set_ylabel(f"λ = {lam:g}\nposition")
        for axes in grid[-1]:
            axes.set_xlabel("velocity")
    return figure


def note_damping(data: Sequence[Phase]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        f"One component, α = {data[0].alpha:g}, λ = {data[0].lam:g}, from rest at the error −1 (drawn at the top, as in the "
        f"original); {len(data[0].z)} iterates, light to dark. Critical is ",
        Formula(beta, (1 - sympy.sqrt(alpha * lam)) ** 2),
        " = 0.81, where the two eigenvalues meet. The original's script draws the critical phase with 0.8101 and the "
        "overdamped one at first with 0.01, while its control shows 0.05.",
    )


def draw_damping(data: Sequence[Phase]) -> Figure:
    """Draw the three phases side by side, the error -1 at the top, and the error over the iterations below them."""
    with page(3.9) as figure:
        grid = figure.subplots(2, 3, height_ratios=[2.1, 1])
        for j, phase in enumerate(data):
            upper, lower = grid[:, j]
            _draw_phase(upper, phase.z / 200, phase.position)
            upper.set_title(f"{phase.name}, β = {phase.beta:g}", pad=3)
            upper.set(xlim=(-5, 5), ylim=(1, -1), xlabel="$z^k / 200$", xticks=[-4, -2, 0, 2, 4], yticks=[-1, 0, 1])
            k = np.arange(phase.z.size)
            lower.axhline(0, color="#b5b5b5", linewidth=0.5)
            lower.plot(k, phase.position, color=BLUE, linewidth=1.1)
            lower.set(ylim=(1, -1), yticks=[-1, 0, 1], xlim=(0, 100), xlabel="iteration $k$")
            if j:
                upper.tick_params(labelleft=False)
                lower.tick_params(labelleft=False)
            if phase.name.startswith("critical"):
                close = int(np.flatnonzero(np.abs(phase.position) > 0.01)[-1]) + 1
                upper.annotate(
                    f"within 0.01 of\nthe optimum at $k$ = {close}",
                    (phase.z[close] / 200, phase.position[close]),
                    (0.98, 0.16),
                    textcoords="axes fraction",
                    ha="right",
                    fontsize=SMALL,
                    arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": INK, "shrinkB": 3},
                )
        for axes in grid[:, 0]:
            axes.set_ylabel("error")
    return figure


def _draw_phase(axes: Axes, across: Any, upwards: Any) -> None:
    axes.axhline(0, color="#b5b5b5", linewidth=0.5)
    axes.axvline(0, color="#b5b5b5", linewidth=0.5)
    axes.plot(across, upwards, color="#8a8a8a", linewidth=0.5, zorder=2)
    # The root, since what happens first is fast: later iterates lie close together.
    order = np.sqrt(np.linspace(0, 1, len(across)))
    points = axes.scatter(
        across, upwards, c=order, cmap=lighter("cividis_r", 0.0, 0.08, 1), s=4, linewidths=0, zorder=3
    )
    points.set_rasterized(True)  # as shapes, thousands of dots would make the file ten times as large
    start: dict[str, Any] = {"color": "white", "markeredgecolor": INK, "markeredgewidth": 0.8, "markersize": 3.5}
    axes.plot(across[:1], upwards[:1], "o", clip_on=False, zorder=4, **start)
