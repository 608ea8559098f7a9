"""Mathematics as presentation MathML, in the part of it (MathML Core) that browsers draw themselves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from symmomentum.documents.characters import box
from symmomentum.documents.layout import Line, clauses, lines, tree
from symmomentum.documents.notation import (
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

__all__ = ["display", "inline", "markup"]

_WIDTH = 72
"""Letters in a line of displayed mathematics before it is broken; on a narrow screen it scrolls."""
_FORMS = {
    "sign": "prefix",
    "plus": "infix",
    "relation": "infix",
    "mark": "postfix",
    "open": "prefix",
    "close": "postfix",
}


def inline(mathematics: Any) -> str:
    """Mathematics for prose: a ``math`` element for each clause."""
    return "".join(f"{word}<math>{markup(clause)}</math>" for word, clause in clauses(mathematics))


def display(mathematics: Any) -> str:
    """A ``math`` element that stands by itself, its lines aligned at their relation."""
    found = lines(tree(mathematics), _WIDTH, lambda node: box(node).width)
    if len(found) == 1 and found[0].lead is None:
        body = markup(found[0].body)
    else:
        body = f'<mtable class="lines">{"".join(map(_line, found))}</mtable>'
    return f'<math display="block">{body}</math>'


def _line(line: Line) -> str:
    lead = "" if line.lead is None else markup(line.lead)
    indent = f'<mspace width="{line.depth}em"></mspace>' if line.depth else ""
    body = f'<mstyle displaystyle="true">{indent}{markup(line.body)}</mstyle>'
    return f"<mtr><mtd>{lead}</mtd><mtd>{body}</mtd></mtr>"


def markup(node: Node) -> str:
    """The inside of a ``math`` element.

    >>> from symmomentum.documents.notation import typeset
    >>> from symmomentum.symbols import beta
    >>> print(markup(typeset(1 + beta)))
    <mrow><mn>1</mn><mo form="infix">+</mo><mi>β</mi></mrow>
    """
    match node:
        case Letter(text):
            return f"<mi>{escape(text)}</mi>"
        case Number(text):
            return f"<mn>{escape(text)}</mn>"
        case Words(text):
            return f"<mtext>{_spaced(text)}</mtext>"
        case Op():
            return _sign(node)
        case Row(items):
            return f"<mrow>{''.join(map(markup, items))}</mrow>"
        case Fraction(over, under):
            return f"<mfrac>{markup(over)}{markup(under)}</mfrac>"
        case Power(Index(base, index), exponent):
            return f"<msubsup>{markup(base)}{markup(index)}{markup(exponent)}</msubsup>"
        case Power(base, exponent):
            return f"<msup>{markup(base)}{markup(exponent)}</msup>"
        case Index(base, index):
            return f"<msub>{markup(base)}{markup(index)}</msub>"
        case Root(body, degree):
            inside = markup(body)
            return f"<msqrt>{inside}</msqrt>" if degree is None else f"<mroot>{inside}{markup(degree)}</mroot>"
        case Fence(left, body, right):
            tall = box(body).height > 1
            return f"<mrow>{_fence(left, 'prefix', tall)}{markup(body)}{_fence(right, 'postfix', tall)}</mrow>"
        case Grid(rows, left, right, stacked):
            table = _grid(rows, right, stacked)
            return f"<mrow>{_fence(left, 'prefix', True)}{table}{_fence(right, 'postfix', True)}</mrow>"
        case Limits(operator, below, above):
            big = f'<mo movablelimits="false">{operator}</mo>{markup(below)}'
            return f"<munder>{big}</munder>" if above is None else f"<munderover>{big}{markup(above)}</munderover>"


def _sign(op: Op) -> str:
    if op.text == SPACE:
        return '<mspace width="0.17em"></mspace>'
    if op.kind == "logic" and op.text.isalpha():
        return f"<mtext>{_spaced(f' {op.text} ')}</mtext>"
    form = f' form="{_FORMS[op.kind]}"' if op.kind in _FORMS else ""
    fixed = ' stretchy="false"' if op.kind in ("open", "close") or op.text == "/" else ""
    return f"<mo{form}{fixed}>{escape(op.text)}</mo>"


def _fence(sign: str, form: str, tall: bool) -> str:
    return f'<mo form="{form}" stretchy="{str(tall).lower()}">{sign}</mo>' if sign else ""


def _spaced(text: str) -> str:
    # A browser drops ordinary spaces at the ends of mtext.
    return escape(text).replace(" ", "\u00a0")


def _grid(rows: Sequence[Sequence[Node]], right: str, stacked: bool) -> str:
    drawn = [[markup(cell) for cell in cells] for cells in rows]
    if stacked:
        drawn = [[cell] for value, condition in drawn for cell in (value, f'<mspace width="2em"></mspace>{condition}')]
    body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>" for cells in drawn)
    kind = "" if right else ' class="cases"'
    return f'<mtable displaystyle="true"{kind}>{body}</mtable>'
