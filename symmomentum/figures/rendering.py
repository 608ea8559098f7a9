"""How every figure looks, and how it becomes a file that is the same byte for byte each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symmomentum.errors import ArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "laid_out", "render", "styled"]

FORMATS: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""The formats, each with what it would otherwise say of the time and of the program, which is left out."""

_STYLE: dict[str, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same letters on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 12,
    "axes.labelsize": 14,
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "symmomentum",  # otherwise the ids in the file are random
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


@contextmanager
def styled(**changes: Any) -> Iterator[None]:
    """Matplotlib's defaults and the house's style, whatever the user has set; their settings return afterwards.

    ``changes`` are settings on top of the style, with underscores for dots: ``font_size=8``.
    """
    from matplotlib import style  # here, so that the names of the figures are known without it

    with style.context(_STYLE | {name.replace("_", "."): v for name, v in changes.items()}, after_reset=True):
        yield


def laid_out(figure: Figure) -> Figure:
    """The figure with everything in its place for good.

    To find the places takes longer than to draw, and with another resolution they would be others by a hair: so all formats
    are drawn from one layout.
    """
    with styled():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def render(figure: Figure, format: str) -> bytes:
    """The figure as a file: ``"svg"``, ``"png"`` or ``"pdf"``, with no date in it.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the format is unknown.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> render(Figure(), "svg") == render(Figure(), "svg")
    True
    """
    if format not in FORMATS:
        raise ArgumentError(f"unknown format {format!r} of a figure; known: {', '.join(FORMATS)}")
    file = io.BytesIO()
    with styled():
        figure.savefig(file, format=format, metadata=FORMATS[format])
    return _numbered(file.getvalue()) if format == "svg" else file.getvalue()


_CLIP = re.compile(rb'((?:id="|url\(#))(p[0-9a-f]{10})\b')


def _numbered(svg: bytes) -> bytes:
    """The same with its clip paths numbered in their order.

    Matplotlib names them by a hash of their places, and the solver of the layout leaves the last bits of those to chance.
    """
    order = {name: i for i, name in enumerate(dict.fromkeys(name for _, name in _CLIP.findall(svg)))}
    return _CLIP.sub(lambda found: b"%sclip%d" % (found[1], order[found[2]]), svg)
