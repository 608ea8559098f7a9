"""A derivation as text for the terminal: two-dimensional mathematics, never wider than asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symmomentum.documents.characters import box, cells, linear
from symmomentum.documents.evidence import evidence
from symmomentum.documents.layout import INDENT, Line, lines, tree
from symmomentum.documents.model import (
    Cite,
    Document,
    Figure,
    Formula,
    Inline,
    Paragraph,
    Prose,
    Ref,
    Section,
    Statement,
    Step,
    Table,
)
from symmomentum.documents.notation import Node
from symmomentum.errors import ArgumentError

__all__ = ["plain", "render"]

_LEAST_WIDTH = 20
_MARGIN = 4
"""Indentation of displayed mathematics."""
_UNBROKEN = 28
"""Mathematics in prose up to this many columns is kept on one line."""
_NO_BREAK = "\u00a0"

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLORS = {"proved": "\x1b[32m", "refuted": "\x1b[31m"}
_OTHER_COLOR = "\x1b[33m"


def render(document: Document, width: int = 80, color: bool = False) -> str:
    """The whole document; see :meth:`Derivation.to_terminal`."""
    if width < _LEAST_WIDTH:
        raise ArgumentError(f"a page is at least {_LEAST_WIDTH} columns wide; given {width}")
    page = _Page(document, width, color)
    blocks = [page.heading(document.title, "═")]
    if document.abstract:
        blocks.append(page.paragraph(document.abstract))
    for number, step in document.numbered:
        blocks.append(page.step(number, step))
    if document.bibliography:
        blocks.append(page.heading("References", "─"))
        for work in document.bibliography:
            blocks.append(page.wrapped(f"[{work.label}] {work.text}", hanging=2))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks)


class _Page:
    """Draws steps as lists of lines."""

    def __init__(self, document: Document, width: int, color: bool) -> None:
        self.document = document
        # Found once: each asks all steps for its number.
        self.references = {ref: document.shown(ref) for ref in document.references}
        self.width = width
        self.color = color

    def step(self, number: str, step: Step) -> list[str]:
        match step:
            case Section(title):
                return self.heading(f"{number} {title}", "─")
            case Paragraph(prose):
                return self.paragraph(prose)
            case Statement():
                return self.statement(number, step)
            case Table(caption, header, rows):
                return self.table((f"Table {number}. ", *caption), header, rows)
            case Figure():
                title = f" ({step.title})" if step.title else ""
                return self.paragraph((f"Figure {number}{title}. ", *step.caption, " [not drawn in the terminal]"))

    def heading(self, title: str, rule: str) -> list[str]:
        rows = self.wrapped(title)
        return [*map(self.bold, rows), rule * max(map(cells, rows), default=0)]

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.color else text

    def paragraph(self, prose: Prose) -> list[str]:
        return self.wrapped(self.plain(prose))

    def plain(self, prose: Prose) -> str:
        return plain([self.references[piece] if isinstance(piece, Ref) else piece for piece in prose])

    def wrapped(self, text: str, indent: int = 0, hanging: int = 0) -> list[str]:
        return _wrapped(text, self.width, indent, indent + hanging)

    def statement(self, number: str, step: Statement) -> list[str]:
        title = f"{step.kind} {number} ({step.title})" if step.title else f"{step.kind} {number}"
        blocks = [[*map(self.bold, self.wrapped(title)), *self.paragraph(step.prose)]]
        blocks += [self.numbered(formula) for formula in step.formulas]
        if step.verdicts:
            blocks.append(list(self.evidence(step)))
        if step.proof:
            blocks.append(self.wrapped(self.plain(("Proof. ", *step.proof, f"{_NO_BREAK}∎")), indent=2))
        return [line for k, block in enumerate(blocks) for line in ([""] if k else []) + block]

    def evidence(self, step: Statement) -> Iterator[str]:
        for group in evidence(step.verdicts):
            for finding in group.findings:
                text = f"{self.plain(finding.words)} [{finding.claim}]"
                first, *others = _wrapped(text, self.width, 4, 6)
                mark = finding.mark
                if self.color:
                    mark = f"{_COLORS.get(finding.status, _OTHER_COLOR)}{mark}{_PLAIN}"
                yield f"  {mark} {first[4:]}"
                yield from others
            yield from _wrapped(self.plain(group.scope), self.width, 4, 6)

    def numbered(self, formula: Formula) -> list[str]:
        """The formula, its number at the right end of its last line or below it."""
        rows = self.display(formula)
        if not formula.label:
            return rows
        number = self.document.shown(Ref(formula.label))
        if cells(rows[-1]) + 2 + cells(number) > self.width:
            rows.append("")
        rows[-1] += " " * (self.width - cells(rows[-1]) - cells(number)) + number
        return rows

    def display(self, formula: Formula) -> list[str]:
        room = self.width - _MARGIN
        drawn = [_drawn(line, room) for line in lines(tree(formula), room, _columns)]
        result: list[str] = []
        for position, rows in enumerate(drawn):
            if position and max(len(rows), len(drawn[position - 1])) > 1:
                result.append("")
            result += [" " * _MARGIN + text for text in rows]
        return result

    def table(self, caption: Prose, header: Sequence[Prose], rows: Sequence[Sequence[Prose]]) -> list[str]:
        texts = [[self.plain(cell) for cell in row] for row in (header, *rows)]
        widths = _column_widths(texts, self.width)
        result = self.paragraph(caption)
        if widths is None:
            for row in texts[1:]:
                result.append("")
                for name, cell in zip(texts[0], row, strict=True):
                    result += self.wrapped(f"{name}: {cell}", hanging=2)
            return result
        for position, row in enumerate(texts):
            columns = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
            for k in range(max(map(len, columns))):
                parts = [(column[k] if k < len(column) else "") for column in columns]
                padded = [part + " " * (width - cells(part)) for part, width in zip(parts, widths, strict=True)]
                result.append("  ".join(padded))
            if position == 0:
                result.append("  ".join("─" * width for width in widths))
        return result


def _columns(node: Node) -> int:
    return box(node).width


def _drawn(line: Line, width: int) -> list[str]:
    start = line.column + INDENT * line.depth
    drawn = box(line.body)
    if drawn.width <= width - start:
        rows = [" " * start + text for text in drawn.rows]
        if line.lead is not None:
            return _joined(line.lead, drawn.rows, drawn.base, start)
        return rows
    rows = _wrapped(linear(line.body), width - start, hanging=INDENT)
    if line.lead is not None:
        return _joined(line.lead, rows, 0, start)
    return [" " * start + text for text in rows]


def _joined(lead: Node, rows: Sequence[str], base: int, start: int) -> list[str]:
    left = box(lead)
    above, below = max(left.base, base), max(left.height - left.base, len(rows) - base)
    result = []
    for k in range(-above, below):
        a = left.rows[left.base + k] if 0 <= left.base + k < left.height else ""
        b = rows[base + k] if 0 <= base + k < len(rows) else ""
        result.append(a + " " * (start - cells(a)) + b)
    return result


def plain(prose: Iterable[Inline]) -> str:
    """Prose as text on one line; of a reference, its words.

    >>> from symmomentum.symbols import alpha
    >>> plain(["With ", alpha, ", as in ", Cite("polyak1964"), "."]).replace(_NO_BREAK, " ")
    'With α, as in [Polyak 1964].'
    """
    pieces = []
    for piece in prose:
        if isinstance(piece, str):
            pieces.append(piece)
        elif isinstance(piece, Cite):
            pieces.append(f"[{piece.text}]".replace(" ", _NO_BREAK))
        elif isinstance(piece, Ref):
            pieces.append(piece.words)
        else:
            text = linear(tree(piece))
            pieces.append(text.replace(" ", _NO_BREAK) if cells(text) <= _UNBROKEN else text)
    return "".join(pieces)


def _wrapped(text: str, width: int, indent: int = 0, hanging: int = 0) -> list[str]:
    """The words in lines of at most ``width``; a word wider than a line is cut."""
    result: list[str] = []
    margin, line = indent, ""
    for word in text.replace("\t", " ").split(" "):
        if not word:
            continue
        if line and margin + cells(line) + 1 + cells(word) <= width:
            line += " " + word
            continue
        if line:
            result.append(" " * margin + line)
            margin = hanging
        line = word
        while margin + cells(line) > width:
            head, line = _cut(line, width - margin)
            result.append(" " * margin + head)
            margin = hanging
    if line:
        result.append(" " * margin + line)
    return [row.replace(_NO_BREAK, " ") for row in result]


def _cut(word: str, width: int) -> tuple[str, str]:
    """The word in two, the first part at most ``width`` columns: at a space that was to be kept, if there is one."""
    end = 1
    while end < len(word) and cells(word[: end + 1]) <= width:
        end += 1
    kept = word.rfind(_NO_BREAK, 0, end)
    return (word[:kept], word[kept + 1 :]) if kept > 0 else (word[:end], word[end:])


def _column_widths(texts: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Widths of the columns of a table, or None if it does not fit as a table."""
    natural = [max(cells(row[j]) for row in texts) for j in range(len(texts[0]))]
    room = width - 2 * (len(natural) - 1)
    least = [min(w, 8) for w in natural]
    if sum(least) > room:
        return None
    while sum(natural) > room:
        natural[natural.index(max(natural))] -= 1
    return natural
