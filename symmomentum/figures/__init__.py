"""The figures of the package, each in two parts: a function that returns its data, a function that draws it.

:data:`FIGURES` lists them by name. Nothing here loads matplotlib before something is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from symmomentum.errors import UnknownNameError, nearest
from symmomentum.figures.error_bars import (
    draw_error_gradient_descent,
    draw_error_momentum,
    error_gradient_descent_data,
    error_momentum_data,
)
from symmomentum.figures.graphs import colorization_data, draw_colorization, draw_graphs, graphs_data
from symmomentum.figures.oscillators import (
    damping_data,
    draw_damping,
    draw_phase_diagrams,
    draw_taxonomy,
    phase_diagrams_data,
    taxonomy_data,
)
from symmomentum.figures.planes import change_of_variables_data, draw_change_of_variables, draw_opening, opening_data
from symmomentum.figures.rate_map import RateMap, draw_rate_map, rate_map_data
from symmomentum.figures.regression import (
    draw_early_stopping,
    draw_eigenfeatures,
    draw_monomials,
    early_stopping_data,
    eigenfeatures_data,
    monomials_data,
)
from symmomentum.figures.rendering import FORMATS, render
from symmomentum.figures.resisting import convex_rosenbrock_data, draw_convex_rosenbrock
from symmomentum.figures.stochastic import draw_stochastic_gradients, stochastic_gradients_data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FORMATS", "Picture", "RateMap", "draw_rate_map", "picture", "rate_map_data", "render"]


@dataclass(frozen=True)
class Picture:
    """An entry of :data:`FIGURES`.

    Attributes
    ----------
    name : str
        Lower-case words with hyphens.
    title : str
        What is seen, in one sentence.
    data : callable
        Gives the figure's data; called without arguments, those of the example in the guide.
    draw : callable
        Takes what ``data`` gives and returns a :class:`matplotlib.figure.Figure`.
    original : str
        Which of the article's figures it redraws, counted from F01; empty for a figure of our own.
    """

    name: str
    title: str
    data: Callable[..., Any]
    draw: Callable[..., Figure]
    original: str = ""

    def files(self) -> dict[str, bytes]:
        """The figure as SVG and as PNG, from the default data, which is made and drawn once."""
        figure = self.draw(self.data())
        png = render(figure, "png")
        # The places of everything stay as they are now: to find them takes longer than to draw.
        figure.set_layout_engine("none")
        return {"svg": render(figure, "svg"), "png": png}

    def render(self, format: str, *arguments: Any, **options: Any) -> bytes:
        """The file, drawn from ``data(*arguments, **options)``; without them it is what a document's figure calls.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the format is not one of :data:`FORMATS`, or ``data`` refuses its arguments.

        Examples
        --------
        >>> from symmomentum.documents import Figure
        >>> step = Figure("rate-map", "How fast heavy ball is.", FIGURES["rate-map"].render)
        >>> step.draw("png")[:4]
        b'\\x89PNG'
        """
        return render(self.draw(self.data(*arguments, **options)), format)


FIGURES: Mapping[str, Picture] = MappingProxyType(
    {
        picture.name: picture
        for picture in (
            Picture(
                "opening",
                "Momentum on a banana-shaped function.",
                opening_data,
                draw_opening,
                "F01",
            ),
            Picture(
                "change-of-variables",
                "Gradient descent in the original coordinates and in those of the eigenvectors.",
                change_of_variables_data,
                draw_change_of_variables,
                "F02",
            ),
            Picture(
                "error-gradient-descent",
                "What each eigenvalue contributes to the error of gradient descent.",
                error_gradient_descent_data,
                draw_error_gradient_descent,
                "F03",
            ),
            Picture(
                "monomials",
                "A polynomial as a sum of weighted monomials.",
                monomials_data,
                draw_monomials,
                "F04",
            ),
            Picture(
                "eigenfeatures",
                "A polynomial as a sum of eigenfeatures.",
                eigenfeatures_data,
                draw_eigenfeatures,
                "F05",
            ),
            Picture(
                "early-stopping",
                "The eigenfeatures as gradient descent finds them, one after the other.",
                early_stopping_data,
                draw_early_stopping,
                "F06",
            ),
            Picture(
                "taxonomy",
                "The five behaviours of heavy ball, and the map of its rate.",
                taxonomy_data,
                draw_taxonomy,
                "F07",
            ),
            Picture(
                "phase-diagrams",
                "Phase diagrams of heavy ball: damping against force.",
                phase_diagrams_data,
                draw_phase_diagrams,
                "F08",
            ),
            Picture(
                "damping",
                "Heavy ball underdamped, critically damped and overdamped.",
                damping_data,
                draw_damping,
                "F09",
            ),
            Picture(
                "error-momentum",
                "What each eigenvalue contributes to the error of heavy ball.",
                error_momentum_data,
                draw_error_momentum,
                "F10",
            ),
            Picture(
                "colorization",
                "The colors of a grid of pixels as the iterations spread them.",
                colorization_data,
                draw_colorization,
                "F11",
            ),
            Picture(
                "graphs",
                "An expander, a grid and a path.",
                graphs_data,
                draw_graphs,
                "F12",
            ),
            Picture(
                "convex-rosenbrock",
                "The weights that heavy ball has not reached yet on the Convex Rosenbrock.",
                convex_rosenbrock_data,
                draw_convex_rosenbrock,
                "F13",
            ),
            Picture(
                "stochastic-gradients",
                "The two parts of the error with noisy gradients.",
                stochastic_gradients_data,
                draw_stochastic_gradients,
                "F14",
            ),
            Picture(
                "rate-map",
                "The asymptotic rate of a two-state method over step size and momentum, and its regimes.",
                rate_map_data,
                draw_rate_map,
            ),
        )
    }
)
"""Every figure by name."""


def picture(name: str) -> Picture:
    """The figure of that name; ``F01`` to ``F14`` name those of the article.

    Raises
    ------
    UnknownNameError
        (a ``KeyError``) If there is none; the message suggests the nearest.

    Examples
    --------
    >>> picture("F01").name
    'opening'
    >>> picture("openin")
    Traceback (most recent call last):
    ...
    symmomentum.errors.UnknownNameError: unknown figure 'openin'; did you mean 'opening'?
    """
    for found in FIGURES.values():
        if name == found.name or (found.original and name.upper() == found.original):
            return found
    raise UnknownNameError(f"unknown figure {name!r}; {nearest(name, FIGURES)}")
