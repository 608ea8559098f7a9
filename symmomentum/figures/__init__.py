"""The figures of the package, each in two parts: a function that returns its data, a function that draws it.

:data:`FIGURES` lists them by name. Nothing here loads matplotlib before something is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from symmomentum.figures.rate_map import RateMap, draw_rate_map, rate_map_data
from symmomentum.figures.rendering import FORMATS, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FORMATS", "Picture", "RateMap", "draw_rate_map", "rate_map_data", "render"]


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
    """

    name: str
    title: str
    data: Callable[..., Any]
    draw: Callable[..., Figure]

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
                "rate-map",
                "The asymptotic rate of a two-state method over step size and momentum, and its regimes.",
                rate_map_data,
                draw_rate_map,
            ),
        )
    }
)
"""Every figure by name."""
