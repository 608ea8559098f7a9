"""A derivation as Markdown: the flavour that GitHub renders, and the one of Jupyter's Markdown cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symmomentum.documents.evidence import evidence
from symmomentum.documents.model import (
    Cite,
    Document,
    Figure,
    Formula,
    Paragraph,
    Prose,
    Ref,
    Section,
    Statement,
    Step,
    Table,
)
from symmomentum.documents.tex import display_markup, inline_markup
from symmomentum.references import Reference

__all__ = ["GITHUB", "JUPYTER", "Flavour", "blocks", "render"]

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&]|:(?=[\w+-]+:)")
_BLOCK_START = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s|$)")


@dataclass(frozen=True)
class Flavour:
    """How mathematics and a dollar sign are written, where a figure's image is found, and how other documents are called."""

    inline: tuple[str, str]
    display: tuple[str, str]
    dollar: str
    image: str
    suffix: str


# Backticks keep Markdown's own markup out of the mathematics; GitHub asks for the span where a dollar is a dollar.
GITHUB = Flavour(("$`", "`$"), ("```math\n", "\n```"), "<span>$</span>", "{stem}-{name}.png", ".md")
JUPYTER = Flavour(("$", "$"), ("$$\n", "\n$$"), r"\$", "attachment:{name}.png", ".ipynb")


def render(document: Document, stem: str = "derivation", folder: str = "") -> str:
    """The whole document; see :meth:`Derivation.to_markdown`."""
    flavour = replace(GITHUB, image=f"{folder}/{{name}}.png") if folder else GITHUB
    return "\n\n".join(block for _, block in blocks(document, flavour, stem)) + "\n"


def blocks(document: Document, flavour: Flavour, stem: str = "") -> Iterator[tuple[Step | None, str]]:
    """The text of title and abstract, of each step, and of the references."""
    writer = _Writer(document, flavour, stem)
    head = [f"# {writer.text(document.title)}"]
    if document.abstract:
        head.append(writer.prose(document.abstract))
    yield None, "\n\n".join(head)
    for number, step in document.numbered:
        yield step, "\n\n".join(writer.step(number, step))
    if document.bibliography:
        yield None, "\n\n".join(["## References", *map(writer.reference, document.bibliography)])


def _anchors(step: Section | Statement | Table | Figure) -> str:
    """Places to which references lead, for the start of the step: inside a displayed formula there can be none."""
    formulas = step.formulas if isinstance(step, Statement) else ()
    labels = (step.label, *(formula.label for formula in formulas))
    return "".join(f'<a id="{label}"></a>' for label in labels if label)


class _Writer:
    """Writes steps as Markdown paragraphs."""

    def __init__(self, document: Document, flavour: Flavour, stem: str) -> None:
        self.document = document
        # Found once: each asks all steps for its number.
        self.references = {ref: document.shown(ref) for ref in document.references}
        self.flavour = flavour
        self.stem = stem

    def step(self, number: str, step: Step) -> Iterator[str]:
        match step:
            case Section(title):
                yield f"## {_anchors(step)}{number}. {self.text(title)}"
            case Paragraph(prose):
                yield self.prose(prose)
            case Statement():
                yield from self.statement(number, step)
            case Table(caption, header, rows):
                yield f"{_anchors(step)}**Table {number}.** {self.prose(caption)}"
                yield self.table(header, rows)
            case Figure(name, caption, _, title, alt):
                source = self.flavour.image.format(stem=self.stem, name=name)
                yield f"{_anchors(step)}![{self.text(alt)}](<{source}>)"
                yield f"**Figure {number}{f' ({self.text(title)})' if title else ''}.** {self.prose(caption)}"

    def statement(self, number: str, step: Statement) -> Iterator[str]:
        title = f" ({self.text(step.title)})" if step.title else ""
        yield f"{_anchors(step)}**{step.kind} {number}{title}.** {self.prose(step.prose)}".rstrip()
        for formula in step.formulas:
            yield self.display(formula)
        items = []
        for group in evidence(step.verdicts):
            for finding in group.findings:
                items.append(f"- {self.text(finding.mark)} {self.prose(finding.words)} ({self.code(finding.claim)})")
            # Two spaces of indentation make it part of the last item.
            items[-1] += f"<br>\n  {self.prose(group.scope)}"
        if items:
            yield "\n".join(items)
        if step.proof:
            yield f"*Proof.* {self.prose(step.proof)} ∎"

    def display(self, formula: Formula) -> str:
        before, after = self.flavour.display
        number = f" \\tag{{{self.document.targets[formula.label].number}}}" if formula.label else ""
        return f"{before}{display_markup(formula)}{number}{after}"

    def table(self, header: Sequence[Prose], rows: Sequence[Sequence[Prose]]) -> str:
        lines = [self.table_row(header), "|" + " --- |" * len(header), *map(self.table_row, rows)]
        return "\n".join(lines)

    def table_row(self, cells: Sequence[Prose]) -> str:
        return "| " + " | ".join(self.prose(cell) or " " for cell in cells) + " |"

    def prose(self, prose: Prose) -> str:
        text = "".join(map(self.inline, prose)).strip()
        # Escaped, a leading dash or number stays text instead of starting a list.
        return _BLOCK_START.sub(lambda m: m[1] + m[2][:-1] + "\\" + m[2][-1], text)

    def inline(self, piece: object) -> str:
        if isinstance(piece, str):
            return self.text(piece)
        if isinstance(piece, Cite):
            return f"\\[{self.text(piece.text)}\\]"
        if isinstance(piece, Ref):
            page = f"{piece.document}{self.flavour.suffix}" if piece.document not in ("", self.document.name) else ""
            return f"[{self.text(self.references[piece])}]({page}{'#' if piece.label else ''}{piece.label})"
        return inline_markup(piece, *self.flavour.inline)

    def text(self, text: str) -> str:
        """Plain text with everything escaped that Markdown or HTML would read as markup."""
        escaped = _SPECIAL.sub(r"\\\g<0>", text).replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\&", "&amp;")
        return escaped.replace("$", self.flavour.dollar)

    def code(self, name: str) -> str:
        return f"`{name}`" if re.fullmatch(r"[\w./: -]+", name) else self.text(name)

    def reference(self, work: Reference) -> str:
        address = f" <{work.address}>" if work.address else ""
        return f"\\[{self.text(work.label)}\\] {self.text(work.description)}{address}"
