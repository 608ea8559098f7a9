"""From a formula to lines that fit: where a long one is broken.

A line is broken at the loosest sign first: between statements, then before a relation, then before a plus or minus.
What cannot be broken so is opened: cases put each condition under its value, a matrix lists its entries, a fraction is
written with a slash, a root as a power, and their sums are broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symmomentum.documents.notation import (
    Fence,
    Fraction,
    Grid,
    Letter,
    Node,
    Number,
    Op,
    Power,
    Root,
    Row,
    Words,
    row,
    typeset,
)

__all__ = ["INDENT", "Chain", "Line", "clauses", "lines", "tree"]

INDENT = 2
"""Columns by which each level of a continued line is indented."""


@dataclass(frozen=True)
class Chain:
    """SymPy objects side by side, with a sign such as ``=`` in each gap."""

    terms: tuple[Any, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of a displayed formula.

    ``lead`` stands left of the column at which lines are aligned, ``body`` right of it; ``column`` says where that
    column is, in the units of the measure; ``depth`` is the level of continuation.
    """

    body: Node
    lead: Node | None = None
    column: int = 0
    depth: int = 0


def tree(mathematics: Any) -> Node:
    """The tree of a chain or of any SymPy object."""
    if not isinstance(mathematics, Chain):
        return typeset(mathematics)
    first, *others = mathematics.terms
    items = [typeset(first)]
    for sign, term in zip(mathematics.relations, others, strict=True):
        items += [Op(sign, "relation"), typeset(term)]
    return row(*items)


def clauses(mathematics: Any) -> Iterator[tuple[str, Node]]:
    """Mathematics for the middle of a sentence, whose words ``and`` and ``or`` become the sentence's own.

    Each part comes with the word before it, so that prose can wrap there.
    """
    for position, part in enumerate(_split(tree(mathematics), "logic")):
        first, *others = part.items if isinstance(part, Row) else (part,)
        if isinstance(first, Op) and first.text.isalpha():
            yield f" {first.text} ", row(*others)
        else:  # an arrow: without a space, two pieces of mathematics in dollar signs would be read as a displayed one
            yield " " if position else "", part


def lines(node: Node, width: int, measure: Callable[[Node], int]) -> tuple[Line, ...]:
    """The lines of a formula, each at most ``width`` wide if it can be broken that far."""
    return tuple(_statements(node, width, measure))


def _statements(node: Node, width: int, measure: Callable[[Node], int]) -> Iterator[Line]:
    if measure(node) <= width:
        yield Line(node)
        return
    parts = _split(node, "logic")
    # What follows a double arrow belongs to its right side.
    further = 1 if any(_has_arrow(part) for part in parts) else 0
    for position, part in enumerate(parts):
        depth = further if position else 0
        for line in _chain(part, width - INDENT * depth, measure):
            yield replace(line, depth=line.depth + depth)


def _has_arrow(node: Node) -> bool:
    return isinstance(node, Row) and any(
        isinstance(x, Op) and x.text in "⇒⇔" and x.kind == "relation" for x in node.items
    )


def _chain(node: Node, width: int, measure: Callable[[Node], int]) -> Iterator[Line]:
    first, *parts = _split(node, "relation")
    if measure(node) <= width or not parts:
        yield from _terms(node, Line(node), width, measure)
        return
    column = measure(first) + 1
    aligned = column <= width // 3
    if not aligned:
        yield from _terms(first, Line(first), width, measure)
    for position, part in enumerate(parts):
        if aligned:
            start = Line(part, first if position == 0 else None, column)
        else:
            start = Line(part, depth=1)
        yield from _terms(part, start, width, measure)


def _terms(node: Node, start: Line, width: int, measure: Callable[[Node], int]) -> Iterator[Line]:
    """A sum, filled into lines; ``start`` says where it begins."""
    room = width - start.column - INDENT * start.depth
    if measure(node) <= room:
        yield replace(start, body=node)
        return
    parts = _split(node, "plus")
    if len(parts) == 1:
        yield from _opened(node, start, width, measure)
        return
    line, gathered = start, parts[0]
    for part in parts[1:]:
        longer = row(gathered, part)
        if measure(longer) <= width - line.column - INDENT * line.depth:
            gathered = longer
        else:
            yield from _opened(gathered, line, width, measure)
            line, gathered = replace(start, lead=None, depth=start.depth + 1), part
    yield from _opened(gathered, line, width, measure)


def _opened(node: Node, start: Line, width: int, measure: Callable[[Node], int]) -> Iterator[Line]:
    room = width - start.column - INDENT * start.depth
    sign, grid = _sign_and_grid(node)
    if measure(node) <= room:
        yield replace(start, body=node)
    elif grid is None:
        loose = _loosened(node)
        if len(_split(loose, "plus")) > 1:
            yield from _terms(loose, start, width, measure)
        else:
            yield replace(start, body=node)
    elif grid.right:
        rows, columns = Number(str(len(grid.rows))), Number(str(len(grid.rows[0])))
        size = row(Words("the "), rows, Op(" × ", "times"), columns, Words(" matrix with entries"))
        yield replace(start, body=row(*sign, size))
        for i, entries in enumerate(grid.rows, 1):
            for j, entry in enumerate(entries, 1):
                below = replace(start, lead=None, depth=start.depth + 1)
                yield from _terms(row(Words(f"({i}, {j})  "), entry), below, width, measure)
    else:
        stacked = row(*sign, replace(grid, stacked=True))
        if measure(stacked) <= room:
            yield replace(start, body=stacked)
            return
        for position, (value, condition) in enumerate(grid.rows):
            begin = start if position == 0 else replace(start, lead=None, depth=start.depth + 1)
            yield from _terms(row(*sign, value) if position == 0 else value, begin, width, measure)
            under = replace(start, lead=None, depth=start.depth + 3)
            room = width - under.column - INDENT * under.depth
            for line in _statements(condition, room, measure):
                yield Line(
                    line.body if line.lead is None else row(line.lead, line.body), None, under.column, under.depth
                )


def _loosened(node: Node) -> Node:
    """Fractions and roots on one line, parentheses as mere signs: so a sum inside them can be broken."""
    items: list[Node] = []
    for item in node.items if isinstance(node, Row) else (node,):
        match item:
            case Fraction(over, under):
                items += [*_in_parentheses(over), Op("/", "times"), *_in_parentheses(under)]
            case Fence(left, body, right):
                items += [Op(left, "open"), body, Op(right, "close")]
            case Power(Fence(left, body, right), exponent):
                items += [Op(left, "open"), body, Power(Op(right, "close"), exponent)]
            case Root(body, degree):
                inverse = row(Number("1"), Op("/", "times"), degree or Number("2"))
                items += [Op("(", "open"), body, Power(Op(")", "close"), inverse)]
            case _:
                items.append(item)
    return row(*items)


def _in_parentheses(node: Node) -> list[Node]:
    if isinstance(node, Letter | Number | Power):
        return [node]
    return [Op("(", "open"), node, Op(")", "close")]


def _sign_and_grid(node: Node) -> tuple[tuple[Node, ...], Grid | None]:
    if isinstance(node, Grid):
        return (), node
    if isinstance(node, Row) and len(node.items) == 2:
        sign, grid = node.items
        if isinstance(sign, Op | Words) and isinstance(grid, Grid):
            return (sign,), grid
    return (), None


def _split(node: Node, kind: str) -> list[Node]:
    """The node cut before every sign of that kind on its outermost level."""
    parts: list[list[Node]] = [[]]
    for item in node.items if isinstance(node, Row) else (node,):
        if isinstance(item, Op) and item.kind == kind and parts[-1]:
            parts.append([])
        parts[-1].append(item)
    return [row(*part) for part in parts]
