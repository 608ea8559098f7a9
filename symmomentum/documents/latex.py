r"""A derivation as a complete LaTeX article for pdfLaTeX.

Every package it loads is in TeX Live's ``latex`` and ``latex-recommended`` collections.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from symmomentum.documents.characters import box, cells, linear
from symmomentum.documents.evidence import evidence
from symmomentum.documents.layout import clauses, tree
from symmomentum.documents.model import (
    Cite,
    Document,
    Figure,
    Open,
    Paragraph,
    Prose,
    Section,
    Statement,
    Step,
    Table,
)
from symmomentum.documents.notation import Fence, Fraction, Grid, Node, Root, Row
from symmomentum.documents.tex import ROW_END, columns, display_rows, escaped, markup
from symmomentum.references import Reference, lookup

__all__ = ["render", "render_book"]

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage{lmodern}
\usepackage[margin=27mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage{array,longtable,booktabs}
\usepackage{graphicx}
\usepackage{microtype}
\usepackage[hidelinks]{hyperref}
\theoremstyle{definition}
\newtheorem{definition}{Definition}
\newtheorem{remark}[definition]{Remark}
\newtheorem{openstatement}[definition]{Open statement}
\newtheorem{refutedstatement}[definition]{Refuted statement}
\newtheorem{theorem}[definition]{Theorem}
\newtheorem{identity}[definition]{Identity}
% What is known of a claim: a mark, the way of proof, the claim's name.
\newenvironment{evidence}{\par\nobreak\begingroup\small\raggedright\parskip=0.1em}{\par\endgroup}
\newcommand{\finding}[3]{\hangindent=1.5em\hangafter=1
  \makebox[1.5em][l]{\ensuremath{#1}}#2 {\footnotesize[\texttt{#3}]}\par}
\newcommand{\scope}[1]{\hangindent=1.5em\hangafter=0 #1\par}
% Mathematics that no line break makes narrow enough, scaled down to a given width.
\newsavebox{\whole}
\newcommand{\fitted}[2]{\sbox{\whole}{$\displaystyle #2$}%
  \ifdim\wd\whole>#1\relax\resizebox{#1}{!}{\usebox{\whole}}\else\usebox{\whole}\fi}
\setlength{\emergencystretch}{4em}
\tolerance=1000
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\allowdisplaybreaks
\relpenalty=9000
\binoppenalty=9500
% The same source must give the same PDF.
\ifdefined\pdftrailerid\pdftrailerid{}\fi
"""

_MARKS = {"proved": r"\checkmark", "refuted": r"\times", "unknown": "?"}
_PAGE = 84
"""Letters that fit in a table's line."""


def render(document: Document, stem: str = "derivation") -> str:
    """The whole article; see :meth:`Derivation.to_latex`."""
    parts = [_PREAMBLE]
    parts.append(f"\\hypersetup{{pdftitle={{{_bookmark(document.title)}}}}}\n\\begin{{document}}\n")
    parts.append(f"\\begin{{center}}\n\\LARGE {escaped(document.title)}\\par\n\\end{{center}}\n")
    if document.abstract:
        parts.append(f"\\begin{{abstract}}\n\\noindent {_prose(document.abstract)}\n\\end{{abstract}}\n")
    for number, step in document.numbered:
        parts.append("\n".join(_step(number, step, stem)) + "\n")
    if document.bibliography:
        parts.append("\n".join(_bibliography(document.bibliography)) + "\n")
    return "\n".join([*parts, "\\end{document}\n"])


def render_book(title: str, abstract: Prose, chapters: Sequence[Document], stem: str = "book") -> str:
    """Several documents as one, each a part, with contents and one bibliography; see :class:`Book`."""
    parts = [_PREAMBLE]
    parts.append(f"\\hypersetup{{pdftitle={{{_bookmark(title)}}}}}\n\\begin{{document}}\n")
    parts.append(f"\\begin{{center}}\n\\LARGE {escaped(title)}\\par\n\\end{{center}}\n")
    if abstract:
        parts.append(f"\\begin{{abstract}}\n\\noindent {_prose(abstract)}\n\\end{{abstract}}\n")
    parts.append("\\tableofcontents\n")
    for position, chapter in enumerate(chapters, 1):
        name = f"\\texorpdfstring{{{escaped(chapter.title)}}}{{{_bookmark(chapter.title)}}}"
        parts.append(f"\\clearpage\n\\part{{{name}}}\n")
        if chapter.abstract:
            parts.append(f"\\begin{{quote}}\n{_prose(chapter.abstract)}\n\\end{{quote}}\n")
        for number, step in chapter.numbered:
            parts.append("\n".join(_step(number, step, f"{stem}-{position}")) + "\n")
    works = {work for chapter in chapters for work in chapter.bibliography}
    if works:
        ordered = sorted(works, key=lambda work: (work.label, work.key))
        parts.append("\\clearpage\n" + "\n".join(_bibliography(ordered)) + "\n")
    return "\n".join([*parts, "\\end{document}\n"])


def _step(number: str, step: Step, stem: str) -> Iterator[str]:
    match step:
        case Section(title):
            yield f"\\section{{\\texorpdfstring{{{escaped(title)}}}{{{_bookmark(title)}}}}}"
        case Paragraph(prose):
            yield _prose(prose)
        case Statement():
            yield from _statement(step)
        case Table(caption, header, rows):
            yield from _table(caption, header, rows)
        case Figure(name, caption, _):
            yield "\\begin{center}\n\\refstepcounter{figure}%"
            yield f"\\includegraphics[width=0.8\\linewidth]{{{stem}-{name}.pdf}}\\par\\smallskip"
            yield f"Figure~\\thefigure. {_prose(caption)}\n\\end{{center}}"


def _statement(step: Statement) -> Iterator[str]:
    name = type(step).__name__.lower()
    if isinstance(step, Open):
        name = "refutedstatement" if step.refuted else "openstatement"
    # In braces, a bracket in the title does not end the optional argument.
    yield f"\\begin{{{name}}}" + (f"[{{{escaped(step.title)}}}]" if step.title else "")
    yield _prose(step.prose) or r"\leavevmode"
    for formula in step.formulas:
        rows = display_rows(formula, shrink=True)
        # Unlike aligned, align* lets a long derivation go on over the page.
        begin, end = (r"\[", r"\]") if len(rows) == 1 else (r"\begin{align*}", r"\end{align*}")
        yield f"{begin}\n{ROW_END.join(rows)}\n{end}"
    yield from _evidence(step)
    yield f"\\end{{{name}}}"
    if step.proof:
        yield f"\\begin{{proof}}\n{_prose(step.proof)}\n\\end{{proof}}"


def _evidence(step: Statement) -> Iterator[str]:
    if not step.verdicts:
        return
    yield r"\begin{evidence}"
    for group in evidence(step.verdicts):
        for finding in group.findings:
            mark = _MARKS.get(finding.status, "?")
            yield f"\\finding{{{mark}}}{{{_prose(finding.words)}}}{{{_breakable(finding.claim)}}}"
        yield f"\\scope{{{_prose(group.scope)}}}"
    yield r"\end{evidence}"


def _bookmark(title: str) -> str:
    """The title for the PDF's own outline, which knows neither markup nor mathematics."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c not in "\\{}%#&$^_~")


def _breakable(name: str) -> str:
    return "\\allowbreak ".join(escaped(part) for part in name.replace("/", "/\0").split("\0"))


def _table(caption: Prose, header: Sequence[Prose], rows: Sequence[Sequence[Prose]]) -> Iterator[str]:
    types, widths = _columns([header, *rows])
    yield f"\\begin{{longtable}}{{{types}}}"
    yield f"\\caption{{{_prose(caption)}}}\\\\\n\\toprule"
    yield " & ".join(f"\\textbf{{{_prose(cell)}}}" for cell in header) + r" \\"
    yield "\\midrule\n\\endhead\n\\bottomrule\n\\endfoot"
    for row in rows:
        # A row that begins with a bracket would be read as an argument of the row before it.
        yield " & ".join(f"{{}}{_prose(cell, width)}" for cell, width in zip(row, widths, strict=True)) + r" \\"
    yield r"\end{longtable}"


def _columns(rows: Sequence[Sequence[Prose]]) -> tuple[str, Sequence[int]]:
    """The columns' types, and how many letters fit in each."""
    widths = [max(_letters(row[j]) for row in rows) for j in range(len(rows[0]))]
    room = _PAGE - 3 * len(widths)
    if sum(widths) <= room:
        return "@{}" + "l" * len(widths) + "@{}", [_PAGE] * len(widths)
    shared = list(widths)
    while sum(shared) > room:
        shared[shared.index(max(shared))] -= 1
    # A narrow column gets room for its bold heading, too.
    shared = [w if w > room // 4 else w + 3 for w in shared]
    room = sum(shared)
    # The widths of the gaps between columns are not letters and come off first.
    share = [
        f"p{{\\dimexpr {w / room:.3f}\\linewidth-{2 * (len(widths) - 1) / len(widths):.3f}\\tabcolsep}}" for w in shared
    ]
    return "@{}" + "".join(f">{{\\raggedright\\arraybackslash}}{column}" for column in share) + "@{}", shared


def _letters(cell: Prose) -> int:
    return sum(
        cells(piece)
        if isinstance(piece, str)
        else cells(piece.text) + 2
        if isinstance(piece, Cite)
        else cells(linear(tree(piece)))
        for piece in cell
    )


def _prose(prose: Prose, width: int = _PAGE) -> str:
    return "".join(_inline(piece, width) for piece in prose).strip()


def _inline(piece: object, width: int) -> str:
    if isinstance(piece, str):
        return escaped(piece)
    if isinstance(piece, Cite):
        if lookup(piece.key) is None:
            return f"[{escaped(piece.text)}]"
        where = f"[{{{escaped(piece.where)}}}]" if piece.where else ""
        return f"\\cite{where}{{{piece.key}}}"
    return "".join(f"{word}${_clause(clause, width)}$" for word, clause in clauses(piece))


def _clause(clause: Node, width: int) -> str:
    text = markup(clause)
    return rf"\fitted{{\linewidth}}{{{text}}}" if _unbroken(clause) > 0.7 * width else text


def _unbroken(node: Node) -> int:
    """The width of the widest part at which LaTeX cannot break a line."""
    parts = node.items if isinstance(node, Row) else (node,)
    rigid = (Fraction, Root, Grid)
    return max(
        (columns(x) for x in parts if isinstance(x, rigid) or (isinstance(x, Fence) and box(x).height > 1)), default=0
    )


def _bibliography(works: Sequence[Reference]) -> Iterator[str]:
    longest = max((work.label for work in works), key=len)
    yield f"\\begin{{thebibliography}}{{{escaped(longest)}}}"
    for work in works:
        address = f" \\url{{{work.address}}}" if work.address else ""
        yield f"\\bibitem[{{{escaped(work.label)}}}]{{{work.key}}} {escaped(work.description)}{address}"
    yield r"\end{thebibliography}"
