"""Mathematics in Unicode characters: on one line, or as a two-dimensional box."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symmomentum.documents.notation import (
    INVISIBLE,
    SPACE,
    Fence,
    Fraction,
    Grid,
    Index,
    Letter,
    Limits,
    Node,
    Number,
    Op,
    Power,
    Root,
    Row,
    Words,
)

__all__ = ["Box", "box", "cells", "linear"]

_SUPERSCRIPTS = str.maketrans(
    "0123456789+−()abcdefghijklmnoprstuvwxyzT⋆",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ⋆",
)
_SUBSCRIPTS = str.maketrans("0123456789+−()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_LONGEST_SCRIPT = 5

_TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "|": "│││",
    "⌊": "⎢⎢⎣",
    "⌋": "⎥⎥⎦",
    "⌈": "⎡⎢⎢",
    "⌉": "⎤⎥⎥",
    "{": "⎧⎪⎩",
    "}": "⎫⎪⎭",
}
"""Top, middle and bottom of a tall fence."""


@functools.cache
def _columns(c: str) -> int:
    if unicodedata.combining(c) or c in INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


# On one line --------------------------------------------------------------------------------------------------------


def linear(node: Node) -> str:
    """The mathematics on one line.

    >>> from symmomentum.documents.notation import typeset
    >>> from symmomentum.symbols import L, alpha, beta, lam, mu
    >>> import sympy
    >>> linear(typeset(4 / (sympy.sqrt(mu) + sympy.sqrt(L)) ** 2))
    '4/(√L + √μ)²'
    >>> linear(typeset(sympy.And(alpha * lam > 0, alpha * lam < 2 + 2 * beta)))
    '0 < αλ < 2 + 2β'
    """
    match node:
        case Letter(text) | Number(text) | Words(text):
            return text
        case Op():
            return _sign(node)
        case Row(items):
            return "".join(_sign(x, k == 0) if isinstance(x, Op) else linear(x) for k, x in enumerate(items))
        case Fraction(over, under):
            return f"{_grouped(over, 'plus')}/{_grouped(under, 'any')}"
        case Power(base, exponent):
            return linear(base) + (_script(exponent, _SUPERSCRIPTS) or f"^{_grouped(exponent, 'any')}")
        case Index(base, index):
            return linear(base) + (_script(index, _SUBSCRIPTS) or f"_{_grouped(index, 'any')}")
        case Root(body, degree):
            return f"{_degree(degree)}√{_grouped(body, 'atom')}"
        case Fence(left, body, right):
            return f"{left}{linear(body)}{right}"
        case Grid(rows, _, ""):
            return "; ".join(" ".join(linear(cell) for cell in cells_) for cells_ in rows)
        case Grid(rows, left, right):
            return left + "; ".join(", ".join(linear(cell) for cell in cells_) for cells_ in rows) + right
        case Limits(operator, below, above):
            bounds = f"_({linear(below)})" + ("" if above is None else f"^{_grouped(above, 'any')}")
            return f"{operator}{bounds} "


def _sign(op: Op, first: bool = False) -> str:
    if op.text == INVISIBLE:
        return ""
    if op.text == SPACE:
        return " "
    match op.kind:
        case "relation" | "plus" | "logic":
            return f"{op.text} " if first else f" {op.text} "
        case "comma":
            return f"{op.text} "
        case _:
            return op.text


def _grouped(node: Node, unless: str) -> str:
    """The node on one line, in parentheses where the line would otherwise be misread."""
    text = linear(node)
    if isinstance(node, Row):
        loose = any(isinstance(x, Op) and x.kind in ("plus", "relation", "logic") for x in node.items)
        single = len(node.items) == 2 and isinstance(node.items[1], Fence) and isinstance(node.items[0], Letter)
        bare = single if unless == "any" else unless == "plus" and not loose
    else:
        bare = not isinstance(node, Fraction | Grid)
        if unless == "atom":
            bare = isinstance(node, Letter | Number | Index | Fence)
    return text if bare else f"({text})"


def _script(node: Node, table: dict[int, int]) -> str:
    """The node in small raised or lowered characters, or empty if they do not exist."""
    text = linear(node).replace(" ", "")
    if len(text) > _LONGEST_SCRIPT or any(ord(c) not in table for c in text):
        return ""
    return text.translate(table)


def _degree(degree: Node | None) -> str:
    return "" if degree is None else _script(degree, _SUPERSCRIPTS) or f"{linear(degree)} "


# In two dimensions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Lines of equal width; ``base`` is the line on which neighbours stand."""

    rows: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        return cells(self.rows[0])

    @property
    def height(self) -> int:
        return len(self.rows)


def box(node: Node) -> Box:
    """The mathematics as a two-dimensional box.

    >>> from symmomentum.documents.notation import typeset
    >>> from symmomentum.symbols import kappa
    >>> import sympy
    >>> for line in box(typeset(1 - 2 / sympy.sqrt(3 * kappa + 1))).rows:
    ...     print(line.rstrip())
            2
    1 − ─────────
          _______
        ╲╱ 3κ + 1
    """
    match node:
        case Letter() | Number() | Words() | Op():
            return Box((linear(node),))
        case Row(items):
            return _beside(
                Box((_sign(item, k == 0),)) if isinstance(item, Op) else box(item) for k, item in enumerate(items)
            )
        case Fraction(over, under):
            return _fraction(box(over), box(under), isinstance(over, Fraction) or isinstance(under, Fraction))
        case Power(base, exponent):
            return _raised(box(base), _script(exponent, _SUPERSCRIPTS), exponent)
        case Index(base, index):
            return _beside([box(base), Box((_script(index, _SUBSCRIPTS) or f"_{_grouped(index, 'any')}",))])
        case Root(body, degree):
            return _root(body, _degree(degree))
        case Fence(left, body, right):
            return _fenced(left, box(body), right)
        case Grid(rows, left, right, stacked):
            return _fenced(left, _grid(rows, centered=bool(right), stacked=stacked), right)
        case Limits(operator, below, above):
            return _limits(operator, box(below), None if above is None else box(above))


def _beside(boxes: Iterable[Box]) -> Box:
    parts = list(boxes)
    above = max(part.base for part in parts)
    below = max(part.height - part.base for part in parts)
    padded = [_padded(part, above - part.base, below - part.height + part.base) for part in parts]
    return Box(tuple("".join(rows) for rows in zip(*padded, strict=True)), above)


def _padded(part: Box, above: int, below: int) -> tuple[str, ...]:
    blank = " " * part.width
    return (blank,) * above + part.rows + (blank,) * below


def _centered(part: Box, width: int) -> tuple[str, ...]:
    left = (width - part.width) // 2
    return tuple(" " * left + line + " " * (width - part.width - left) for line in part.rows)


def _fraction(over: Box, under: Box, nested: bool) -> Box:
    # Of two bars one above the other the outer one must be the longer.
    width = max(over.width, under.width) + (2 if nested else 0)
    return Box((*_centered(over, width), "─" * width, *_centered(under, width)), over.height)


def _raised(base: Box, script: str, exponent: Node) -> Box:
    above: Box = Box((script,)) if script else box(exponent)
    lift = above.height - 1 if script else above.height
    rows = [" " * base.width + line for line in above.rows[:lift]]
    last = above.rows[lift] if script else " " * above.width
    rows += [line + (last if k == 0 else " " * above.width) for k, line in enumerate(base.rows)]
    return Box(tuple(rows), base.base + lift)


def _root(body: Node, degree: str) -> Box:
    inside = box(body)
    if inside.height == 1 and isinstance(body, Letter | Number | Index):
        return Box((f"{degree}√{inside.rows[0]}",))
    height = inside.height
    rows = [" " * (height + 1) + "_" * (inside.width + 1)]
    for k, line in enumerate(inside.rows, 1):
        lead = " " * (height + 1 - k) + "╱" + " " * (k - 1)
        rows.append(("╲" + lead[1:] if k == height else lead) + " " + line)
    drawn = Box(tuple(rows), inside.base + 1)
    return _beside([Box((degree,)), drawn]) if degree else drawn


def _fenced(left: str, body: Box, right: str) -> Box:
    def side(fence: str) -> tuple[str, ...]:
        if not fence:
            return ("",) * body.height
        if body.height == 1:
            return (fence,)
        top, middle, bottom = tuple(_TALL[fence])
        rows = [top, *[middle] * (body.height - 2), bottom]
        if fence in "{}" and body.height > 2:
            rows[body.base if 0 < body.base < body.height - 1 else body.height // 2] = "⎨" if fence == "{" else "⎬"
        return tuple(rows)

    gap = " " if left == "{" and not right else ""
    rows = zip(side(left), body.rows, side(right), strict=True)
    return Box(tuple(f"{a}{gap}{line}{b}" for a, line, b in rows), body.base)


def _grid(rows: Sequence[Sequence[Node]], centered: bool, stacked: bool) -> Box:
    drawn: list[list[Box]]
    if stacked:
        drawn = [[_under(box(value), box(condition))] for value, condition in rows]
    else:
        drawn = [[box(cell) for cell in cells_] for cells_ in rows]
    widths = [max(line[j].width for line in drawn) for j in range(len(drawn[0]))]
    result: list[str] = []
    for line in drawn:
        if result:
            result.append("")
        result += _beside_columns(line, widths, centered)
    width = sum(widths) + (2 if centered else 3) * (len(widths) - 1)
    full = tuple(text + " " * (width - cells(text)) for text in result)
    return Box(full, len(full) // 2)


def _beside_columns(line: Sequence[Box], widths: Sequence[int], centered: bool) -> Sequence[str]:
    parts: list[Box] = []
    for part, width in zip(line, widths, strict=True):
        if parts:
            parts.append(Box(("  " if centered else "   ",)))
        spread = _centered(part, width) if centered else tuple(x + " " * (width - part.width) for x in part.rows)
        parts.append(Box(spread, part.base))
    return _beside(parts).rows


def _under(value: Box, condition: Box) -> Box:
    width = max(value.width, condition.width + 4)
    rows = [line + " " * (width - value.width) for line in value.rows]
    rows += ["    " + line + " " * (width - condition.width - 4) for line in condition.rows]
    return Box(tuple(rows), value.base)


def _limits(operator: str, below: Box, above: Box | None) -> Box:
    width = max(below.width, 1 if above is None else above.width)
    top = () if above is None else _centered(above, width)
    rows = (*top, *_centered(Box((operator,)), width), *_centered(below, width))
    return Box(tuple(f"{line} " for line in rows), len(top))
