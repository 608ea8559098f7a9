"""The figures of the package, each in two parts: a function that returns its data, a function that draws it.

:data:`FIGURES` lists them by name. Nothing here loads matplotlib before something is drawn.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from symmomentum import documents
from symmomentum.errors import UnknownNameError, nearest
from symmomentum.figures import error_bars, graphs, oscillators, page, planes, regression, resisting, stochastic
from symmomentum.figures.rate_map import RateMap, draw_rate_map, rate_map_data
from symmomentum.figures.rendering import FORMATS, laid_out, render

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
    heading : str
        A few words above the figure where it stands by itself, and before its caption in a document.
    note : callable or None
        Takes what ``data`` gives and returns prose: the parameters, and where text and source of the original differ. It is
        drawn below the figure where that stands by itself, and is its caption in a document.
    """

    name: str
    title: str
    data: Callable[..., Any]
    draw: Callable[..., Figure]
    original: str = ""
    heading: str = ""
    note: Callable[..., documents.Prose] | None = None

    def drawn(self, *arguments: Any, **options: Any) -> Figure:
        """The figure with heading and note, drawn from ``data(*arguments, **options)``."""
        data = self.data(*arguments, **options)
        figure = self.draw(data)
        return page.headed(figure, self.heading, self.note(data)) if self.note else figure

    def files(self) -> dict[str, bytes]:
        """The figure with heading and note as SVG and as PNG, from the default data, which is made and drawn once."""
        figure = laid_out(self.drawn())
        return {format: render(figure, format) for format in ("svg", "png")}

    def render(self, format: str, *arguments: Any, **options: Any) -> bytes:
        """The file without heading and note, drawn from ``data(*arguments, **options)``.

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

    def step(self) -> documents.Figure:
        """The figure for a document, its data made now: heading, number of the original and note are its title and caption.

        Examples
        --------
        >>> picture("F04").step().title
        'A model made of monomials'
        """
        source = ("Redraws ", documents.Cite("goh2017", self.original), ". ") if self.original else ()
        data = self.data()
        note = self.note(data) if self.note else (self.title,)

        @functools.cache
        def panels() -> Figure:
            return laid_out(self.draw(data))

        def draw(format: str) -> bytes:
            return render(panels(), format)

        return documents.Figure(self.name, (*source, *note), draw, self.heading, self.title)


FIGURES: Mapping[str, Picture] = MappingProxyType(
    {
        picture.name: picture
        for picture in (
            Picture(
                "opening",
                "Momentum on a banana-shaped function.",
                planes.opening_data,
                planes.draw_opening,
                "F01",
                "Momentum in a curved valley",
                planes.note_opening,
            ),
            Picture(
                "change-of-variables",
                "Gradient descent in the original coordinates and in those of the eigenvectors.",
                planes.change_of_variables_data,
                planes.draw_change_of_variables,
                "F02",
                "Eigenvectors as coordinates",
                planes.note_change_of_variables,
            ),
            Picture(
                "error-gradient-descent",
                "What each eigenvalue contributes to the error of gradient descent.",
                error_bars.error_gradient_descent_data,
                error_bars.draw_error_gradient_descent,
                "F03",
                "Gradient descent: the parts of the error",
                error_bars.note_error_gradient_descent,
            ),
            Picture(
                "monomials",
                "A polynomial as a sum of weighted monomials.",
                regression.monomials_data,
                regression.draw_monomials,
                "F04",
                "A model made of monomials",
                regression.note_monomials,
            ),
            Picture(
                "eigenfeatures",
                "A polynomial as a sum of eigenfeatures.",
                regression.eigenfeatures_data,
                regression.draw_eigenfeatures,
                "F05",
                "A model made of eigenfeatures",
                regression.note_eigenfeatures,
            ),
            Picture(
                "early-stopping",
                "The eigenfeatures as gradient descent finds them, one after the other.",
                regression.early_stopping_data,
                regression.draw_early_stopping,
                "F06",
                "Early stopping of gradient descent",
                regression.note_early_stopping,
            ),
            Picture(
                "taxonomy",
                "The five behaviours of heavy ball, and the map of its rate.",
                oscillators.taxonomy_data,
                oscillators.draw_taxonomy,
                "F07",
                "Five behaviours of momentum",
                oscillators.note_taxonomy,
            ),
            Picture(
                "phase-diagrams",
                "Phase diagrams of heavy ball: damping against force.",
                oscillators.phase_diagrams_data,
                oscillators.draw_phase_diagrams,
                "F08",
                "Damping against force",
                oscillators.note_phase_diagrams,
            ),
            Picture(
                "damping",
                "Heavy ball underdamped, critically damped and overdamped.",
                oscillators.damping_data,
                oscillators.draw_damping,
                "F09",
                "Too little damping, the right one, too much",
                oscillators.note_damping,
            ),
            Picture(
                "error-momentum",
                "What each eigenvalue contributes to the error of heavy ball.",
                error_bars.error_momentum_data,
                error_bars.draw_error_momentum,
                "F10",
                "Momentum: the parts of the error",
                error_bars.note_error_momentum,
            ),
            Picture(
                "colorization",
                "The colors of a grid of pixels as the iterations spread them.",
                graphs.colorization_data,
                graphs.draw_colorization,
                "F11",
                "Colorization of a grid",
                graphs.note_colorization,
            ),
            Picture(
                "graphs",
                "An expander, a grid and a path.",
                graphs.graphs_data,
                graphs.draw_graphs,
                "F12",
                "An expander, a grid and a path",
                graphs.note_graphs,
            ),
            Picture(
                "convex-rosenbrock",
                "The weights that heavy ball has not reached yet on the Convex Rosenbrock.",
                resisting.convex_rosenbrock_data,
                resisting.draw_convex_rosenbrock,
                "F13",
                "A zone that no first-order method has reached",
                resisting.note_convex_rosenbrock,
            ),
            Picture(
                "stochastic-gradients",
                "The two parts of the error with noisy gradients.",
                stochastic.stochastic_gradients_data,
                stochastic.draw_stochastic_gradients,
                "F14",
                "Noise: a transient phase, then fine-tuning",
                stochastic.note_stochastic_gradients,
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
