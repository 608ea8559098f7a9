r"""Heavy ball with noisy gradients: the deterministic and the stochastic part of the expected error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents import Prose
from symmomentum.evaluators import heavy_ball
from symmomentum.figures.page import INK, SMALL, VERMILION, page, shades, words
from symmomentum.methods import catalog

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["NoisyRun", "draw_stochastic_gradients", "note_stochastic_gradients", "stochastic_gradients_data"]

_Array = npt.NDArray[np.float64]
# Generated functions have no types.
_heavy_ball: Any = heavy_ball

NOISE = 3.0
"""The standard deviation of the noise in every gradient."""
START = 3**0.5


@dataclass(frozen=True, eq=False)
class NoisyRun:
    """The expected error over the iterations, in two parts.

    Attributes
    ----------
    alpha, beta : float
    deterministic, stochastic : ndarray of shape (k,)
        Half the square of the noiseless error, and half the variance that the noise has made until then.
    script : ndarray of shape (k,)
        The stochastic part of the original's script, which has the noise of one more step.
    run : ndarray of shape (k,)
        The error of a single run.
    divider : int
        The last iteration up to which the deterministic part has always exceeded the stochastic one.
    """

    alpha: float
    beta: float
    deterministic: _Array
    stochastic: _Array
    script: _Array
    run: _Array
    divider: int


def stochastic_gradients_data(
    parameters: Sequence[tuple[float, float]] = ((4 / 121, 81 / 121), (1 / 121, 81 / 121)), seed: int = 14
) -> tuple[NoisyRun, ...]:
    r"""One component of curvature 1 from :math:`\sqrt3`, gradient noise of variance 9, for several pairs (alpha, beta).

    The first pair is where the original's control starts, the other has a quarter of its step size. The stochastic part is
    that of the text, :math:`\frac12\sum_{j<k}(3 e_2^TR^j(1, -\alpha)^T)^2`: after k steps it has the noise of k steps. The
    original's script adds that of another, so that its bars begin with noise before a step is taken.

    Examples
    --------
    >>> data = stochastic_gradients_data()
    >>> [run.divider for run in data], data[0].stochastic[:2].round(5)
    ([10, 64], array([0.     , 0.00492]))
    """
    k = np.arange(151.0)
    runs = []
    for alpha, beta in parameters:
        powers = _heavy_ball.power(k, alpha, beta, 1.0)
        deterministic = (powers @ np.array([0.0, START]))[:, 1] ** 2 / 2
        terms = (powers @ (NOISE * np.array([1.0, -alpha])))[:, 1] ** 2 / 2
        script = np.cumsum(terms)
        stochastic = np.concatenate([[0.0], script[:-1]])
        divider = int(np.argmax(deterministic <= stochastic)) - 1
        random = np.random.default_rng(seed)
        noisy = catalog["heavy-ball"].run(
            lambda w: w + NOISE * random.standard_normal(),  # noqa: B023  # is called in this round only
            np.array(START),
            150,
            alpha=alpha,
            beta=beta,
        )
        runs.append(NoisyRun(alpha, beta, deterministic, stochastic, script, noisy**2 / 2, divider))
    return tuple(runs)


def note_stochastic_gradients(data: Sequence[NoisyRun]) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        "Curvature 1, gradient noise of variance 9 in every step, start ",
        sympy.sqrt(3),
        "; dots: a single run (those above 1.53 are left out). Dark: what is left of the start; light: what the noise has "
        "added. A quarter of the step size: less noise, later. The first parameters, α = 4/121 and β = 81/121, are those at "
        "which the original starts. Its caption names the colors the other way round than its script draws them, and its "
        "script has the noise of one more step than its text: the dashed line is its sum.",
    )


def draw_stochastic_gradients(data: Sequence[NoisyRun]) -> Figure:
    """Draw a stack of the two parts for each pair of parameters, with the errors of a single run."""
    light, dark = shades(3)[::2]
    with page(2.15 * len(data) + 0.25) as figure:
        panels = figure.subplots(len(data), 1, sharex=True)
        for i, (axes, run) in enumerate(zip(panels, data, strict=True)):
            k = np.arange(run.run.size)
            edges = np.arange(k.size + 1) - 0.5
            total = run.stochastic + run.deterministic
            axes.stairs(run.stochastic, edges, fill=True, color=light, label="stochastic part")
            axes.stairs(total, edges, baseline=run.stochastic, fill=True, color=dark, label="deterministic part")
            axes.plot(
                k, run.script + run.deterministic, "--", color=INK, linewidth=0.7, label="sum of the original's script"
            )
            seen = run.run <= 1.53
            axes.plot(k[seen], run.run[seen], "o", color=VERMILION, markersize=2.2, label="a single run")
            axes.axvline(run.divider + 0.5, ymax=1.06, color=INK, linewidth=0.9, clip_on=False)
            for text, side, shift in (("transient phase", "right", -4), ("fine-tuning phase", "left", 4)):
                axes.annotate(
                    text,
                    (run.divider + 0.5, 1.53),
                    (shift, 3),
                    textcoords="offset points",
                    ha=side,
                    fontsize=SMALL,
                )
            axes.set(xlim=(-1, 151), ylim=(0, 1.53), yticks=[0, 0.5, 1, 1.5], ylabel="expected error")
            axes.set_title(f"α = {round(run.alpha * 121)}/121,  β = {round(run.beta * 121)}/121", loc="right", pad=3)
            if i == 0:
                axes.legend(frameon=False, fontsize=SMALL, loc="upper right", ncols=2)
        panels[-1].set_xlabel("iteration $k$")
    return figure
