r"""The Convex Rosenbrock: weights and errors of heavy ball, and the zone that it cannot have reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symmomentum.documents import Prose
from symmomentum.figures.page import VERMILION, page, words
from symmomentum.methods import catalog
from symmomentum.problems import convex_rosenbrock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chain", "convex_rosenbrock_data", "draw_convex_rosenbrock", "note_convex_rosenbrock"]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chain:
    """Iterates on a chain of weights, rows k and columns i.

    Attributes
    ----------
    alpha, beta : float
    weights, errors : ndarray of shape (k, n)
        The weights, and their distances from the minimizer.
    minimizer : ndarray of shape (n,)
    """

    alpha: float
    beta: float
    weights: _Array
    errors: _Array
    minimizer: _Array


def convex_rosenbrock_data(
    alpha: float = 0.0035749243028120182, beta: float = 0.8095238095238095, iterates: int = 52
) -> Chain:
    r"""Heavy ball from 0 on the chain of the original's script: 25 weights, :math:`\kappa = 1000`.

    The script's matrix is :math:`\frac{\kappa-1}{4}` times that of the Convex Rosenbrock whose last weight is coupled with 0
    (its text has no such coupling, and names no kappa). Its text says 50 iterates; it draws 52.

    Examples
    --------
    >>> data = convex_rosenbrock_data()
    >>> data.weights.shape, data.minimizer[:3].round(4)
    ((52, 25), array([0.9338, 0.8713, 0.8123]))
    """
    problem: Any = convex_rosenbrock(25, 1000.0, end="fixed")
    scale = (1000 - 1) / 4

    def gradient(w: _Array) -> _Array:
        return scale * np.asarray(problem.gradient(w))

    weights = catalog["heavy-ball"].run(gradient, np.zeros(25), iterates - 1, alpha=alpha, beta=beta)
    minimizer = np.asarray(problem.minimizer, dtype=np.float64)
    return Chain(alpha, beta, weights, np.abs(weights - minimizer), minimizer)


def note_convex_rosenbrock(data: Chain) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    return words(
        f"Heavy ball on the Convex Rosenbrock, n = 25, κ = 1000, from 0; α = {data.alpha!r}, β = {data.beta!r}. News "
        "travels by one coordinate per iteration: above the staircase, weights are still 0. Matrix, κ and parameters are "
        "those of the original's script, whose last weight is coupled with 0; in its text it is free, and κ is not given. "
        f"The text speaks of 50 iterates, the script draws {len(data.weights)}, as here.",
    )


def draw_convex_rosenbrock(data: Chain) -> Figure:
    """Draw weights and errors as maps, the iterations downwards, and outline the zone that no iterate has reached."""
    rows, columns = data.weights.shape
    # In row k, the coordinates from k + 1 on (counted from 1): a step to the right and one down, again and again.
    corners = np.arange(columns + 1)
    with page(4.35) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        maps = ((data.weights, "viridis", "weight $w_i^k$"), (data.errors, "cividis", r"error $|w_i^k - w_i^*|$"))
        for axes, (values, colors, name) in zip(panels, maps, strict=True):
            image = axes.imshow(
                values,
                cmap=colors,
                vmin=0,
                vmax=1,
                aspect="auto",
                interpolation="nearest",
                extent=(0.5, columns + 0.5, rows - 0.5, -0.5),
            )
            axes.step(corners + 0.5, corners - 0.5, where="pre", color=VERMILION, linewidth=1.3)
            axes.set(xticks=[1, 5, 10, 15, 20, 25], xlabel="coordinate $i$", title=name)
            figure.colorbar(image, ax=axes, aspect=35, pad=0.02, ticks=[0, 0.25, 0.5, 0.75, 1])
        panels[0].text(17.5, 6, "not reached", color="white", ha="center")
        panels[0].set(ylabel="iteration $k$", yticks=range(0, rows, 10))
    return figure
