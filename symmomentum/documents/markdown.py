"""A derivation as Markdown: the flavour that GitHub renders, and the one of Jupyter's Markdown cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symmomentum.documents.evidence import evidence
from symmomentum.documents.model import (
    Cite,
    Document,
    Figure,
    Formula,
    Paragraph,
    Prose,
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
    """How mathematics and a dollar sign are written, and where a figure's image is found."""

    inline: tuple[str, str]
    display: tuple[str, str]
    dollar: str
    image: str


# Backticks keep Markdown's own markup out of the mathematics; GitHub asks for the span where a dollar is a dollar.
GITHUB = Flavour(("$`", "`$"), ("```math\n", "\n```"), "<span>$</span>", "{stem}-{name}.png")
JUPYTER = Flavour(("$", "$"), ("$$\n", "\n$$"), r"\$", "attachment:{name}.png")


def render(document: Document, stem: str = "derivation") -> str:
    """The whole document; see :meth:`Derivation.to_markdown`."""
    return "\n\n".join(block for _, block in blocks(document, GITHUB, stem)) + "\n"


def blocks(document: Document, flavour: Flavour, stem: str = "") -> Iterator[tuple[Step | None, str]]:
    """The text of title and abstract, of each step, and of the references."""
    writer = _Writer(flavour, stem)
    head = [f"# {writer.text(document.title)}"]
    if document.abstract:
        head.append(writer.prose(document.abstract))
    yield None, "\n\n".join(head)
    for number, step in document.numbered:
        yield step, "\n\n".join(writer.step(number, step))
    if document.bibliography:
        yield None, "\n\n".join(["## References", *map(writer.reference, document.bibliography)])


class _Writer:
    """Writes steps as Markdown paragraphs."""

    def __init__(self, flavour: Flavour, stem: str) -> None:
        self.flavour = flavour
        self.stem = stem

    def step(self, number: str, step: Step) -> Iterator[str]:
        match step:
            case Section(title):
                yield f"## {number}. {self.text(title)}"
            case Paragraph(prose):
                yield self.prose(prose)
            case Statement():
                yield from self.statement(number, step)
            case Table(caption, header, rows):
                yield f"**Table {number}.** {self.prose(caption)}"
                yield self.table(header, rows)
            case Figure(name, caption, _):
                # The image's own text is not Markdown: brackets and mathematics do not belong there.
                source = self.flavour.image.format(stem=self.stem, name=name)
                yield f"![Figure {number}: {name}](<{source}>)"
                yield f"**Figure {number}.** {self.prose(caption)}"

    def statement(self, number: str, step: Statement) -> Iterator[str]:
        title = f" ({self.text(step.title)})" if step.title else ""
        yield f"**{step.kind} {number}{title}.** {self.prose(step.prose)}".rstrip()
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
        return f"{before}{display_markup(formula)}{after}"

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
