"""Mathematics and text as LaTeX markup, for articles, Markdown and notebooks."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Any

from symmomentum.documents.characters import box
from symmomentum.documents.layout import INDENT, Line, clauses, lines, tree
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

__all__ = ["ROW_END", "columns", "display_markup", "display_rows", "escaped", "inline_markup", "markup"]

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi",
    "Ω": "Omega",
}  # fmt: skip
_SIGNS = {
    **{sign: rf"\{name}" for sign, name in _GREEK.items()},
    "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≔": ":=", "→": r"\to", "−": "-",
    "·": r"\cdot", "×": r"\times", "∈": r"\in", "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "∑": r"\sum",
    "∏": r"\prod", "√": r"\surd", "⋆": r"\star", "±": r"\pm", "∎": r"\blacksquare", "✓": r"\checkmark",
    "✗": r"\times", "←": r"\leftarrow", "↦": r"\mapsto", "∂": r"\partial", "∇": r"\nabla", "∀": r"\forall",
    "∃": r"\exists", "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil", "∧": r"\wedge", "∨": r"\vee", "¬": r"\neg", "∝": r"\propto", "∼": r"\sim", "ο": "o",
}  # fmt: skip
"""Signs that are mathematics wherever they stand."""
_FENCES = {"|": (r"\lvert", r"\rvert"), "{": (r"\lbrace", r"\lbrace"), "}": (r"\rbrace", r"\rbrace")}
_OPERATORS = {
    "arg",
    "cos",
    "cosh",
    "det",
    "exp",
    "inf",
    "lim",
    "ln",
    "log",
    "max",
    "min",
    "sin",
    "sinh",
    "sup",
    "tan",
    "tanh",
}
"""Operator names that LaTeX knows; any other word is an identifier of several letters."""


# Mathematics ---------------------------------------------------------------------------------------------------------


def markup(node: Node) -> str:
    r"""The mathematics as LaTeX, without delimiters.

    >>> from symmomentum.documents.notation import typeset
    >>> from symmomentum.symbols import alpha, beta, lam
    >>> print(markup(typeset(1 + beta - alpha * lam)))
    1 + \beta - \alpha \lambda
    """
    match node:
        case Letter(text):
            return _letter(text)
        case Number(text):
            return text
        case Words(text):
            return rf"\text{{{escaped(text)}}}"
        case Op():
            return _sign(node)
        case Row(items):
            return " ".join(filter(None, map(markup, items)))
        case Fraction(over, under):
            return rf"\frac{{{markup(over)}}}{{{markup(under)}}}"
        case Power(base, exponent):
            return f"{markup(base)}^{{{markup(exponent)}}}"
        case Index(base, index):
            return f"{markup(base)}_{{{markup(index)}}}"
        case Root(body, degree):
            return r"\sqrt" + ("" if degree is None else f"[{markup(degree)}]") + f"{{{markup(body)}}}"
        case Fence(left, body, right):
            return _fenced(left, markup(body), right, box(body).height > 1)
        case Grid():
            return _grid(node)
        case Limits(operator, below, above):
            return f"{_SIGNS[operator]}_{{{markup(below)}}}" + ("" if above is None else f"^{{{markup(above)}}}")


def _letter(text: str) -> str:
    if text in _SIGNS:
        return _SIGNS[text]
    if len(text) == 1 and text.isascii() and text.isalpha():
        return text
    return rf"\{text}" if text in _OPERATORS else rf"\mathrm{{{escaped(text)}}}"


def _sign(op: Op) -> str:
    if op.text == INVISIBLE:
        return ""
    if op.text == SPACE:
        return r"\,"
    if op.kind == "logic" and op.text.isalpha():
        return rf"\;\text{{{op.text}}}\;"
    if op.kind in ("open", "close"):
        return _fence(op.text, op.kind == "open")
    return _SIGNS.get(op.text.strip(), op.text)


def _fence(sign: str, opening: bool) -> str:
    pair = _FENCES.get(sign)
    return _SIGNS.get(sign, sign) if pair is None else pair[0 if opening else 1]


def _fenced(left: str, body: str, right: str, tall: bool) -> str:
    opening, closing = _fence(left, True), _fence(right, False)
    if tall:
        return rf"\left{opening} {body} \right{closing}"
    return f"{opening} {body} {closing}"


def _grid(grid: Grid) -> str:
    tall = any(box(cell).height > 1 for cells in grid.rows for cell in cells)
    if grid.right:
        style, gap = (r"\displaystyle ", r" \\[1.5ex] ") if tall else ("", r" \\ ")
        rows = gap.join(" & ".join(style + markup(cell) for cell in cells) for cells in grid.rows)
        return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"
    if grid.stacked:
        rows = r" \\[1ex] ".join(rf"\displaystyle {markup(v)} \\ \quad {markup(c)}" for v, c in grid.rows)
    else:
        gap = r" \\[1.5ex] " if tall else r" \\[0.5ex] "
        rows = gap.join(rf"\displaystyle {markup(v)} & {markup(c)}" for v, c in grid.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


def inline_markup(mathematics: Any, before: str, after: str) -> str:
    """A formula or SymPy object in prose, between delimiters."""
    return "".join(f"{word}{before}{markup(clause)}{after}" for word, clause in clauses(mathematics))


def columns(node: Node) -> int:
    """About how wide the mathematics is, in average letters."""
    return box(node).width


def display_rows(mathematics: Any, width: int = 72, shrink: bool = False) -> list[str]:
    """The rows of a displayed formula, broken where it is wider than ``width`` letters; several hold one ``&`` each.

    With ``shrink`` (the article only: its preamble has the command) what cannot be broken is scaled down to the line.
    """
    found = lines(tree(mathematics), width, columns)
    if len(found) == 1:
        return [_lead(found[0]) + _fitted(found[0].body, width - found[0].column, shrink)]
    return [_aligned(line, width, shrink) for line in found]


ROW_END = r" \\[0.5ex]" + "\n"
"""What stands between the rows of a displayed formula."""


def display_markup(mathematics: Any) -> str:
    """A displayed formula without delimiters, several rows ``aligned``."""
    rows = display_rows(mathematics)
    return rows[0] if len(rows) == 1 else f"\\begin{{aligned}}\n{ROW_END.join(rows)}\n\\end{{aligned}}"


def _aligned(line: Line, width: int, shrink: bool) -> str:
    indent = r"\quad " * line.depth
    room = width - line.column - INDENT * line.depth
    return f"{_lead(line)}& {indent}{_fitted(line.body, room, shrink)}"


def _lead(line: Line) -> str:
    return "" if line.lead is None else f"{markup(line.lead)} "


def _fitted(node: Node, width: int, shrink: bool) -> str:
    text = markup(node)
    if shrink and columns(node) > width:
        return rf"\fitted{{{width / 80:.2f}\linewidth}}{{{text}}}"
    return text


# Text ------------------------------------------------------------------------------------------------------------

_ESCAPES = {
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}", "'": "'", '"': r"\textquotedbl{}", "\u00a0": "~", "–": "--",
    "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\dots{}", "•": r"\textbullet{}", "\u2009": r"\,",
    "*": r"\textasteriskcentered{}", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}",
    "¹": r"\textsuperscript{1}",
}  # fmt: skip
_LETTERS = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
    "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž§¶©®°¡¿«»£"
)
"""Characters beyond ASCII that every pdfLaTeX sets with the T1 encoding."""
_LONGEST_WORD = 24


def escaped(text: str) -> str:
    r"""Plain text as LaTeX that always compiles: specials escaped, Greek and signs as mathematics.

    >>> print(escaped("50 % of α_1"))
    50 \% of \ensuremath{\alpha}\_1
    """
    words = []
    for word in text.split(" "):
        drawn = [_character(c) for c in word]
        for position, (before, after) in enumerate(pairwise(word)):
            if before == after == "-":  # two of them would become a dash
                drawn[position] = "-{}"
        if len(word) > _LONGEST_WORD:  # nothing else lets LaTeX break it
            drawn = [r"\allowbreak{}".join(drawn)]
        words.append("".join(drawn))
    return " ".join(words)


def _character(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[c]}}}"
    if c.isascii() or c in _LETTERS:
        return c
    plain = unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode()
    return "".join(map(_character, plain)) if plain else rf"\texttt{{U+{ord(c):04X}}}"
