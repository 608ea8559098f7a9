"""A derivation as one self-contained HTML page: native MathML, inline SVG, no script, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from symmomentum.documents.evidence import evidence
from symmomentum.documents.mathml import display, inline
from symmomentum.documents.model import (
    Cite,
    Document,
    Figure,
    Paragraph,
    Prose,
    Ref,
    Section,
    Statement,
    Step,
    Table,
)
from symmomentum.references import Reference, lookup

__all__ = ["article", "render"]

# Every rule is below the article's class, so that in a notebook it leaves the rest of the page alone.
_STYLE = """
.derivation { --ink: #1d1f21; --paper: #fdfdfb; --faint: #63676c; --line: #d9d9d4; --link: #1d4f91;
  --good: #1a7f37; --bad: #b42318; --open: #946200;
  max-width: 44rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", Cambria, Georgia, serif; overflow-wrap: break-word; }
@media (prefers-color-scheme: dark) {
  .derivation { --ink: #e4e4e1; --paper: #17191b; --faint: #a2a6aa; --line: #3a3e42; --link: #8ab4f0;
    --good: #57c272; --bad: #f28b82; --open: #e0b04a; }
}
.derivation h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 0 1rem; }
.derivation h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line); }
.derivation h3 { font-size: 1.0625rem; margin: 0; }
.derivation p { margin: .75rem 0; }
.derivation p, .derivation li { overflow-x: auto; overflow-y: hidden; }
.derivation a { color: var(--link); text-decoration: none; }
.derivation a:hover { text-decoration: underline; }
.derivation .abstract { color: var(--faint); }
.derivation .statement { margin: 1.75rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
.derivation .theorem, .derivation .identity { border-left-color: var(--good); }
.derivation .open { border-left-color: var(--open); }
.derivation .refuted { border-left-color: var(--bad); }
.derivation .statement p { margin: .35rem 0; }
.derivation .wide { overflow-x: auto; overflow-y: hidden; margin: .5rem 0; padding: .25rem 0; }
.derivation .numbered { display: flex; align-items: center; }
.derivation .number { padding-left: 1rem; }
.derivation .evidence { list-style: none; margin: .5rem 0; padding: 0; font-size: .875rem; color: var(--faint); }
.derivation .evidence li { padding-left: 1.5rem; }
.derivation .mark { display: inline-block; width: 1.5rem; margin-left: -1.5rem; font-weight: bold; }
.derivation .proved .mark { color: var(--good); }
.derivation .refuted .mark { color: var(--bad); }
.derivation .unknown .mark { color: var(--open); }
.derivation code { font: .8125rem ui-monospace, Menlo, Consolas, monospace; }
.derivation table { border-collapse: collapse; font-size: .9375rem; }
.derivation caption { text-align: left; padding-bottom: .5rem; }
.derivation th, .derivation td { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0;
  border-bottom: 1px solid var(--line); }
.derivation figure { margin: 1.75rem 0; }
.derivation figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #fff; }
.derivation figcaption { font-size: .9375rem; margin-top: .5rem; }
.derivation .references { list-style: none; padding: 0; font-size: .9375rem; }
.derivation .references li { margin: .5rem 0; padding-left: 1.5rem; text-indent: -1.5rem; }
.derivation .kept { white-space: nowrap; }
.derivation math { font-size: 1.05em; }
.derivation math[display="block"] { width: max-content; min-width: 100%; }
.derivation .numbered math[display="block"] { flex: 1; min-width: max-content; }
.derivation .lines mtd { text-align: left; padding: .2em .15em; }
.derivation .lines mtd:first-child { text-align: right; }
.derivation .cases mtd { text-align: left; padding: .25em .75em .25em .25em; }
.derivation math mtd { border: 0; }
@media print {
  .derivation { --ink: #000; --paper: #fff; --faint: #333; --link: #000; max-width: none; padding: 0; font-size: 11pt; }
  .derivation .statement, .derivation figure, .derivation table { break-inside: avoid; }
  .derivation h2, .derivation h3 { break-after: avoid; }
  .derivation .wide { overflow: visible; }
}
"""
_PAGE_STYLE = """
html { color-scheme: light dark; background: #fdfdfb; }
@media (prefers-color-scheme: dark) { html { background: #17191b; } }
body { margin: 0; }
"""


def render(document: Document) -> str:
    """The whole page; see :meth:`Derivation.to_html`."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{escape(document.title)}</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n"
        f"{article(document)}\n</body>\n</html>\n"
    )


def article(document: Document) -> str:
    """The document as an ``article`` element with its own style, for a page that is already there."""
    page = _Page(document)
    parts = [f'<article class="derivation" lang="en">\n<style>{_STYLE}</style>', f"<h1>{escape(document.title)}</h1>"]
    if document.abstract:
        parts.append(f'<p class="abstract">{page.prose(document.abstract)}</p>')
    for number, step in document.numbered:
        parts += page.step(number, step)
    if document.bibliography:
        parts += ["<h2>References</h2>", '<ul class="references">']
        parts += [_reference(work) for work in document.bibliography]
        parts.append("</ul>")
    return "\n".join([*parts, "</article>"])


class _Page:
    """Writes steps as elements."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # Found once: each asks all steps for its number.
        self.references = {ref: document.shown(ref) for ref in document.references}

    def step(self, number: str, step: Step) -> Iterator[str]:
        match step:
            case Section(title):
                yield f'<h2 id="{step.label or f"section-{number}"}">{number}. {escape(title)}</h2>'
            case Paragraph(prose):
                yield f"<p>{self.prose(prose)}</p>"
            case Statement():
                yield from self.statement(number, step)
            case Table(caption, header, rows):
                mark = f' id="{step.label}"' if step.label else ""
                yield f'<div class="wide"{mark}><table><caption><b>Table {number}.</b> {self.prose(caption)}</caption>'
                yield f"<thead>{self.table_row(header, 'th')}</thead>\n<tbody>"
                for row in rows:
                    yield self.table_row(row, "td")
                yield "</tbody></table></div>"
            case Figure(name, caption, draw, title, alt):
                yield f'<figure id="{name}">\n{_svg(draw("svg").decode("utf-8"), name, alt)}'
                heading = f"Figure {number}{f' ({escape(title)})' if title else ''}."
                yield f"<figcaption><b>{heading}</b> {self.prose(caption)}</figcaption>\n</figure>"

    def statement(self, number: str, step: Statement) -> Iterator[str]:
        title = f" ({escape(step.title)})" if step.title else ""
        kind = step.kind.split()[0].lower()
        yield f'<section class="statement {kind}" id="{step.label or f"statement-{number}"}">'
        yield f"<h3>{step.kind} {number}{title}</h3>"
        if step.prose:
            yield f"<p>{self.prose(step.prose)}</p>"
        for formula in step.formulas:
            if formula.label:
                shown = f'<span class="number">{self.document.shown(Ref(formula.label))}</span>'
                yield f'<div class="wide numbered" id="{formula.label}" tabindex="0">{display(formula)}{shown}</div>'
            else:
                yield f'<div class="wide" tabindex="0">{display(formula)}</div>'
        if step.verdicts:
            yield '<ul class="evidence">'
            for group in evidence(step.verdicts):
                for finding in group.findings:
                    words = f"{self.prose(finding.words)} <code>{escape(finding.claim)}</code>"
                    yield f'<li class="{escape(finding.status)}"><span class="mark">{finding.mark}</span>{words}</li>'
                yield f"<li>{self.prose(group.scope)}</li>"
            yield "</ul>"
        if step.proof:
            yield f"<p><i>Proof.</i> {self.prose(step.proof)} ∎</p>"
        yield "</section>"

    def table_row(self, cells: Sequence[Prose], tag: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return f"<tr>{''.join(f'<{tag}{scope}>{self.prose(cell)}</{tag}>' for cell in cells)}</tr>"

    def prose(self, prose: Prose) -> str:
        parts: list[str] = []
        for piece in prose:
            mark = piece[0] if isinstance(piece, str) and piece[:1] in (".", ",", ";", ":", ")") else ""
            if mark and isinstance(piece, str) and parts and parts[-1].endswith("</math>"):
                # A browser would break the line between mathematics and the mark after it.
                start = parts[-1].rindex("<math>")
                parts[-1] = f'{parts[-1][:start]}<span class="kept">{parts[-1][start:]}{mark}</span>'
                piece = piece[1:]
            parts.append(self.inline(piece))
        return "".join(parts).strip()

    def inline(self, piece: object) -> str:
        if isinstance(piece, str):
            return escape(piece)
        if isinstance(piece, Cite):
            text = f"[{escape(piece.text)}]"
            return f'<a href="#ref-{escape(piece.key)}">{text}</a>' if lookup(piece.key) else text
        if isinstance(piece, Ref):
            page = f"{piece.document}.html" if piece.document not in ("", self.document.name) else ""
            address = f"{page}{'#' if piece.label else ''}{piece.label}"
            return f'<a href="{address}">{escape(self.references[piece])}</a>'
        return inline(piece)


def _reference(work: Reference) -> str:
    address = f' <a href="{escape(work.address)}">{escape(work.address)}</a>' if work.address else ""
    return f'<li id="ref-{work.key}">[{escape(work.label)}] {escape(work.description)}{address}</li>'


def _svg(source: str, name: str, alt: str) -> str:
    """The ``svg`` element alone, its ids made its own: two figures on a page must not share them."""
    start = source.index("<svg")
    source = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", source[start:], flags=re.DOTALL)
    source = re.sub(r'\bid="', f'id="{name}-', source)
    source = re.sub(r'href="#', f'href="#{name}-', source)
    source = re.sub(r"url\(#", f"url(#{name}-", source)
    return source.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1).strip()
