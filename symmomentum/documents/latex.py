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
    Ref,
    Section,
    Statement,
    Step,
    Table,
    Target,
)
from symmomentum.documents.notation import Fence, Fraction, Grid, Node, Root, Row
from symmomentum.documents.tex import ROW_END, columns, display_rows, escaped, markup
from symmomentum.references import Reference, lookup

__all__ = ["render", "render_book"]

_CLASS = r"""\documentclass[11pt,a4paper]{article}
"""
_BOOK_CLASS = r"""\documentclass[11pt,a4paper,oneside]{report}
"""
_PREAMBLE = r"""\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage{lmodern}
\usepackage[margin=27mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage{array,longtable,booktabs}
\usepackage[font=small,labelfont=bf]{caption}
\usepackage{graphicx}
\usepackage{microtype}
\usepackage[hidelinks]{hyperref}
\theoremstyle{definition}
\newtheorem{definition}{Definition}@WITHIN@
\newtheorem{remark}[definition]{Remark}
\newtheorem{openstatement}[definition]{Open statement}
\newtheorem{refutedstatement}[definition]{Refuted statement}
\newtheorem{theorem}[definition]{Theorem}
\newtheorem{identity}[definition]{Identity}
% What is known of a claim: a mark, the way of proof, the claim's name.
\newenvironment{evidence}{\par\nobreak\begingroup\small\raggedright\parskip=0.1em}{\par\endgroup}
\newcommand{\finding}[3]{\hangindent=1.5em\hangafter=1
  \makebox[1.5em][l]{\ensuremath{#1}}#2 {\footnotesize[\texttt{#3}]}\par\nobreak}
\newcommand{\scope}[1]{\hangindent=1.5em\hangafter=0 #1\par}
% Mathematics that no line break makes narrow enough, scaled down to a given width.
\newsavebox{\whole}
\newcommand{\fitted}[2]{\sbox{\whole}{$\displaystyle #2$}%
  \ifdim\wd\whole>#1\relax\resizebox{#1}{!}{\usebox{\whole}}\else\usebox{\whole}\fi}
% Between the rows of a table: fractions reach as far as a line does.
\newcommand{\spread}{\rule[-1.7ex]{0pt}{5ex}}
\setlength{\emergencystretch}{4em}
\tolerance=1000
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\allowdisplaybreaks
\relpenalty=9000
\binoppenalty=9500
% A figure goes where it is mentioned if there is room, and on a page of its own only if it fills most of it.
\renewcommand{\topfraction}{0.85}
\renewcommand{\bottomfraction}{0.7}
\renewcommand{\textfraction}{0.1}
\renewcommand{\floatpagefraction}{0.75}
% The same source must give the same PDF.
\ifdefined\pdftrailerid\pdftrailerid{}\fi
"""
_TITLE_PAGE = r"""\begin{titlepage}
\vspace*{0.22\textheight}
\begin{center}
{\Huge\bfseries @TITLE@\par}
\vspace{3em}
\begin{minipage}{0.78\linewidth}
@ABSTRACT@
\end{minipage}
\end{center}
\end{titlepage}
"""

_MARKS = {"proved": r"\checkmark", "refuted": r"\times", "unknown": "?"}
_PAGE = 84
"""Letters that fit in a table's line."""
_UNBROKEN = 12
"""How many rows of a table are kept on one page."""


def render(document: Document, stem: str = "derivation") -> str:
    """The whole article; see :meth:`Derivation.to_latex`."""
    writer = _Writer(document, stem)
    parts = [_CLASS + _PREAMBLE.replace("@WITHIN@", "")]
    parts.append(f"\\hypersetup{{pdftitle={{{_bookmark(document.title)}}}}}\n\\begin{{document}}\n")
    parts.append(f"\\begin{{center}}\n\\LARGE {escaped(document.title)}\\par\n\\end{{center}}\n")
    if document.abstract:
        parts.append(f"\\begin{{abstract}}\n\\noindent {writer.prose(document.abstract)}\n\\end{{abstract}}\n")
    parts += writer.steps()
    if document.bibliography:
        parts.append("\n".join(_bibliography(document.bibliography)) + "\n")
    return "\n".join([*parts, "\\end{document}\n"])


def render_book(
    title: str, abstract: Prose, chapters: Sequence[Document], appendices: Sequence[Document] = (), stem: str = "book"
) -> str:
    """Several documents as one, each a chapter, with contents and one bibliography; see :class:`Book`."""
    documents = (*chapters, *appendices)
    front = Document(title, abstract, ())
    page = _TITLE_PAGE.replace("@TITLE@", escaped(title)).replace("@ABSTRACT@", _Writer(front, stem).prose(abstract))
    parts = [_BOOK_CLASS + _PREAMBLE.replace("@WITHIN@", "[chapter]")]
    # Every page has a name of its own only if those before the first chapter are counted otherwise.
    parts.append(f"\\hypersetup{{pdftitle={{{_bookmark(title)}}}}}\n\\begin{{document}}\n\\pagenumbering{{roman}}\n")
    parts.append(f"\\hypersetup{{pageanchor=false}}\n{page}\\hypersetup{{pageanchor=true}}\n")
    # The gaps between paragraphs are none between entries.
    parts.append("\\setcounter{tocdepth}{1}\n\\begingroup\n\\setlength{\\parskip}{0pt}\n\\tableofcontents\n")
    if any(isinstance(step, Figure) for document in documents for step in document.steps):
        parts.append("\\listoffigures\n")
    parts.append("\\endgroup\n\\clearpage\n\\pagenumbering{arabic}\n")
    for position, chapter in enumerate(documents, 1):
        writer = _Writer(chapter, f"{stem}-{position}", documents)
        if position == len(chapters) + 1:
            parts.append("\\appendix\n")
        parts.append(f"\\chapter{{{_titled(chapter.title)}}}\\label{{{writer.place(chapter, '')}}}\n")
        if chapter.abstract:
            parts.append(f"\\begin{{quote}}\n{writer.prose(chapter.abstract)}\n\\end{{quote}}\n")
        parts += writer.steps()
    works = {work for document in (front, *documents) for work in document.bibliography}
    if works:
        ordered = sorted(works, key=lambda work: (work.label, work.key))
        parts.append("\\clearpage\n\\phantomsection\n\\addcontentsline{toc}{chapter}{\\bibname}")
        parts.append("\n".join(_bibliography(ordered)) + "\n")
    return "\n".join([*parts, "\\end{document}\n"])


class _Writer:
    """Writes steps as LaTeX. In a book it knows all of its documents."""

    def __init__(self, document: Document, stem: str, chapters: tuple[Document, ...] = ()) -> None:
        self.document = document
        self.stem = stem
        self.chapters = chapters
        self.targets = {chapter.name: chapter.targets for chapter in chapters if chapter.name}

    def steps(self) -> Iterator[str]:
        for _, step in self.document.numbered:
            yield "\n".join(self.step(step)) + "\n"

    def place(self, document: Document, label: str) -> str:
        """The label in LaTeX, by which different chapters may use one label."""
        if document not in self.chapters:
            return label
        return f"{document.name or self.chapters.index(document) + 1}:{label}"

    def mark(self, label: str) -> str:
        return f"\\label{{{self.place(self.document, label)}}}" if label else ""

    def step(self, step: Step) -> Iterator[str]:
        match step:
            case Section(title, label):
                yield f"\\section{{{_titled(title)}}}{self.mark(label)}"
            case Paragraph(prose):
                yield self.prose(prose)
            case Statement():
                yield from self.statement(step)
            case Table():
                yield from self.table(step)
            case Figure(name, caption, _, title):
                heading = f"\\textbf{{{escaped(title)}.}} " if title else ""
                yield "\\begin{figure}[htbp]\n\\centering"
                size = "width=\\linewidth,height=0.8\\textheight,keepaspectratio"
                yield f"\\includegraphics[{size}]{{{self.stem}-{name}.pdf}}"
                yield f"\\caption[{{{escaped(title or name)}}}]{{{heading}{self.prose(caption)}}}{self.mark(name)}"
                yield "\\end{figure}"

    def statement(self, step: Statement) -> Iterator[str]:
        name = type(step).__name__.lower()
        if isinstance(step, Open):
            name = "refutedstatement" if step.refuted else "openstatement"
        # In braces, a bracket in the title does not end the optional argument.
        title = f"[{{{escaped(step.title)}}}]" if step.title else ""
        yield f"\\begin{{{name}}}{title}{self.mark(step.label)}"
        yield self.prose(step.prose) or r"\leavevmode"
        for formula in step.formulas:
            rows = display_rows(formula, shrink=True)
            if formula.label:
                rows = [*(f"{row} \\notag" for row in rows[:-1]), rows[-1] + self.mark(formula.label)]
                begin, end = r"\begin{align}", r"\end{align}"
            elif len(rows) == 1:
                begin, end = r"\[", r"\]"
            else:  # unlike aligned, align* lets a long derivation go on over the page
                begin, end = r"\begin{align*}", r"\end{align*}"
            yield f"{begin}\n{ROW_END.join(rows)}\n{end}"
        yield from self.evidence(step)
        yield f"\\end{{{name}}}"
        if step.proof:
            yield f"\\begin{{proof}}\n{self.prose(step.proof)}\n\\end{{proof}}"

    def evidence(self, step: Statement) -> Iterator[str]:
        if not step.verdicts:
            return
        yield r"\begin{evidence}"
        for group in evidence(step.verdicts):
            for finding in group.findings:
                mark = _MARKS.get(finding.status, "?")
                yield f"\\finding{{{mark}}}{{{self.prose(finding.words)}}}{{{_breakable(finding.claim)}}}"
            yield f"\\scope{{{self.prose(group.scope)}}}"
        yield r"\end{evidence}"

    def table(self, step: Table) -> Iterator[str]:
        types, widths = _columns([step.header, *step.rows])
        caption = f"{{{self.prose(step.caption)}{self.mark(step.label)}}}"
        head = " & ".join(f"\\textbf{{{self.prose(cell)}}}" for cell in step.header) + r" \\"
        # A row that begins with a bracket would be read as an argument of the row before it.
        rows = [
            _spread(" & ".join(f"{{}}{self.prose(c, w)}" for c, w in zip(row, widths, strict=True)))
            for row in step.rows
        ]
        if len(rows) <= _UNBROKEN:
            yield "\\begin{center}\n\\begin{minipage}{\\linewidth}\n\\centering\n\\captionsetup{hypcap=false}"
            yield f"\\captionof{{table}}{caption}"
            yield f"\\begin{{tabular}}{{{types}}}\n\\toprule\n{head}\n\\midrule"
            yield from rows
            yield "\\bottomrule\n\\end{tabular}\n\\end{minipage}\n\\end{center}"
            return
        yield f"\\begin{{longtable}}{{{types}}}\n\\caption{caption}\\\\\n\\toprule"
        # The caption stands on the first page only.
        yield f"{head}\n\\midrule\n\\endfirsthead\n\\toprule\n{head}\n\\midrule\n\\endhead"
        yield "\\bottomrule\n\\endfoot"
        yield from rows
        yield r"\end{longtable}"

    def prose(self, prose: Prose, width: int = _PAGE) -> str:
        return "".join(self.inline(piece, width) for piece in prose).strip()

    def inline(self, piece: object, width: int) -> str:
        if isinstance(piece, str):
            return escaped(piece)
        if isinstance(piece, Cite):
            if lookup(piece.key) is None:
                return f"[{escaped(piece.text)}]"
            where = f"[{{{escaped(piece.where)}}}]" if piece.where else ""
            return f"\\cite{where}{{{piece.key}}}"
        if isinstance(piece, Ref):
            return self.reference(piece)
        return "".join(f"{word}${_clause(clause, width)}$" for word, clause in clauses(piece))

    def reference(self, ref: Ref) -> str:
        own = ref.document in ("", self.document.name)
        if own:
            document, targets = self.document, self.document.targets
        elif ref.document in self.targets:
            document = next(chapter for chapter in self.chapters if chapter.name == ref.document)
            targets = self.targets[ref.document]
        else:
            return escaped(ref.words)
        place = self.place(document, ref.label)
        target = targets[ref.label] if ref.label else Target("Chapter", "")
        # The number is LaTeX's own: only so would it complain of one that is missing.
        number = f"\\ref*{{{place}}}"
        shown = f"({number})" if target.kind == "Formula" else f"{escaped(target.kind)}~{number}"
        link = f"\\hyperref[{place}]{{{shown}}}"
        if not ref.words:
            return link
        return f"{escaped(ref.words)} {link}" if target.kind == "Formula" else f"{escaped(ref.words)} ({link})"


def _spread(row: str) -> str:
    """The row of a table, with room around fractions, which would touch those above and below."""
    return row + (r"\spread \\" if r"\frac" in row else r" \\")


def _titled(title: str) -> str:
    """A heading, with another text for the PDF's own outline."""
    return f"\\texorpdfstring{{{escaped(title)}}}{{{_bookmark(title)}}}"


def _bookmark(title: str) -> str:
    """The title for the PDF's own outline, which knows neither markup nor mathematics."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c not in "\\{}%#&$^_~")


def _breakable(name: str) -> str:
    return "\\allowbreak ".join(escaped(part) for part in name.replace("/", "/\0").split("\0"))


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
    return sum(map(_wide, cell))


def _wide(piece: object) -> int:
    if isinstance(piece, str):
        return cells(piece)
    if isinstance(piece, Cite):
        return cells(piece.text) + 2
    if isinstance(piece, Ref):
        return cells(piece.words) + len("(Theorem 1.11)")
    return cells(linear(tree(piece)))


def _clause(clause: Node, width: int) -> str:
    text = markup(clause)
    # What hangs below a mark has less room than the line.
    return rf"\fitted{{\dimexpr\linewidth-\hangindent}}{{{text}}}" if _unbroken(clause) > 0.7 * width else text


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
