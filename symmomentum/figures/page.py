"""What the article's figures share: a page 6.5 inches wide, colours, and the words above and below the panels.

Colours are told apart by colour-blind readers, too: lines take theirs from Okabe and Ito's palette, maps and stacks from
scales whose lightness alone tells the value.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from symmomentum.documents import Inline, Prose
from symmomentum.documents.terminal import plain
from symmomentum.figures.rendering import styled
from symmomentum.symbols import alpha, beta, kappa, lam

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "INK",
    "ORANGE",
    "PALE",
    "SMALL",
    "VERMILION",
    "WIDTH",
    "bare",
    "headed",
    "lighter",
    "page",
    "shades",
    "words",
]

WIDTH = 6.5
"""The width of every page, in inches."""
SIZE, SMALL = 8, 7
"""Of the letters, in points."""
INK, MUTED, PALE = "#1b1b1b", "#4d4d4d", "#e4e4e4"
ORANGE, BLUE, GREEN, VERMILION = "#E69F00", "#0072B2", "#009E73", "#D55E00"
"""Four of the eight colours of Okabe and Ito."""
_LETTERS = 122
"""How many of the small letters fit into a line of the page."""
_HEADING, _LINE = 0.25, 0.118
"""The heights of the title with the gaps, and of a line of the note, in inches."""


@contextmanager
def page(height: float) -> Iterator[Figure]:
    """An empty figure of the page's width, for the panels alone: title and note are added by :func:`headed`."""
    from matplotlib.figure import Figure

    with styled(font_size=SIZE, axes_labelsize=SIZE, axes_titlesize=SIZE, axes_linewidth=0.6, lines_linewidth=1.0):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        yield figure
        for axes in figure.axes:
            # Ticks are made when the figure is drawn, under whatever settings hold then: so their size is set here.
            axes.tick_params(which="both", labelsize=SMALL, width=0.6, length=2.5, pad=2)


def headed(figure: Figure, title: str, note: Prose) -> Figure:
    """The figure with its title above and the note below; it grows by what they need."""
    whole = plain(note).replace(" = ", "\u00a0=\u00a0")  # an equation stays on its line
    lines = textwrap.wrap(whole, _LETTERS)
    with styled():
        figure.set_figheight(figure.get_figheight() + _HEADING + _LINE * len(lines))
        figure.suptitle(title, x=0.01, ha="left", fontsize=SIZE + 1, fontweight="bold", color=INK)
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=SMALL, color=MUTED)
    return figure


_GREEK = {"α": alpha, "β": beta, "κ": kappa, "λ": lam, "ξ": sympy.Symbol("xi")}


def words(*pieces: Inline) -> Prose:
    """Prose in which Greek letters of the text are the theory's symbols, so that documents set them as such.

    >>> words("With α = 1, ", beta)
    ('With ', alpha, ' = 1, ', beta)
    """
    found: list[Inline] = []
    for piece in pieces:
        # A run of letters is a product.
        for part in re.split(f"([{''.join(_GREEK)}]+)", piece) if isinstance(piece, str) else [piece]:
            if isinstance(part, str) and part and part[0] in _GREEK:
                found.append(sympy.Mul(*(_GREEK[letter] for letter in part)))
            elif part != "":
                found.append(part)
    return tuple(found)


def bare(axes: Axes) -> None:
    """No ticks, and a thin grey frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(color="#9a9a9a", linewidth=0.5)


def lighter(name: str, white: float, low: float = 0.0, high: float = 1.0) -> Colormap:
    """A part of a scale of matplotlib, with so much white mixed in that lines show on it."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    colors = colormaps[name](np.linspace(low, high, 256))[:, :3]
    return ListedColormap(colors + white * (1 - colors))


def shades(count: int) -> list[Any]:
    """Colours for the parts of a stack, from light to dark."""
    from matplotlib import colormaps

    return [tuple(c) for c in colormaps["cividis"](np.linspace(0.92, 0.12, count))]
