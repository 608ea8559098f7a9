"""Write all chapters, or some, and the book.

    python derivations/write.py [--into FOLDER] [--as .md|.html|.tex|.pdf|.ipynb] [--book FILE.pdf|.tex] [CHAPTER ...]

By default every chapter as Markdown beside its source, its figures in the folder ``figures``. With ``--book`` all of them
are one PDF or LaTeX file, and then chapters are written only if ``--as`` is given, too. A chapter is proved once each time.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import symmomentum as sm
from symmomentum.documents import Book, Cite, Paragraph, Ref, Statement, Table

HERE = Path(__file__).parent
CHAPTERS = (
    "first_steps",
    "polynomial_regression",
    "dynamics",
    "critical_damping",
    "optimal_parameters",
    "colorization",
    "limits",
    "stochastic_gradients",
    "beyond",
)
"""The chapters, in the order of reading."""
TITLE = "Why momentum works, proved"
ABSTRACT = (
    "The story of ",
    Cite("goh2017"),
    " told again. A statement with a check mark was proved when this book was made, in the way and for the values that stand "
    "beside it; one with a cross, mostly a slip in print, was refuted, with numbers that break it. The figures F01 to F14 are "
    "those of the article, redrawn from expressions that were derived. The last pages tell where each of its claims is "
    "treated.",
)


def chapter(name: str) -> sm.Derivation:
    """A chapter by the name of its file."""
    made: sm.Derivation = import_module(name).chapter()
    return made


def page(name: str) -> str:
    """The name of a chapter's page, without suffix."""
    return name.replace("_", "-")


def save(document: sm.Derivation, path: Path) -> None:
    """Write a chapter; as Markdown with its figures in a folder, and with a line that leads to the other pages."""
    document.save(path, figures="figures")
    if path.suffix == ".md":
        text = re.sub(r"(?<= )docs/(article|errata)\.md", r"[\g<0>](../\g<0>)", path.read_text(encoding="utf-8"))
        path.write_text(f"{ways(document.name)}\n\n{text}", encoding="utf-8")


def ways(name: str) -> str:
    """From a page of that name to those before and after it, and to all of them."""
    pages = list(map(page, CHAPTERS))
    place = pages.index(name)
    links = [f"[← {pages[place - 1]}]({pages[place - 1]}.md)"] if place else []
    links.append("[all chapters](README.md)")
    links += [f"[{pages[place + 1]} →]({pages[place + 1]}.md)"] if place + 1 < len(pages) else []
    return " · ".join(links)


def index(chapters: Sequence[sm.Derivation]) -> sm.Derivation:
    """Where each claim of the article is treated, as an appendix of the book."""
    places: dict[str, list[Ref]] = {}
    for document in chapters:
        for step in document.steps:
            for claim in _claims(step) if isinstance(step, Statement) else ():
                ref = Ref(f"{document.name}#{step.label}", step.title)
                if ref not in places.setdefault(claim, []):
                    places[claim].append(ref)
    rows = []
    for claim, refs in sorted(places.items()):
        cell: list[object] = []
        for ref in refs:
            cell += [", ", ref] if cell else [ref]
        rows.append((claim, cell))
    text = (
        "The claims of ",
        Cite("goh2017"),
        " are counted from A001. Those that are not listed here are no mathematical statements, or are settled by tests.",
    )
    steps = [Paragraph(text), Table("The claims, and the statements about them.", ("Claim", "Statements"), rows)]
    return sm.Derivation("Where the claims of the article are treated", (), steps, "claims")


def _claims(step: Statement) -> Iterator[str]:
    for verdict in step.verdicts:
        found = re.match(r"article/(a\d+)/", verdict.claim.id)
        if found:
            yield found[1].upper()


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Prove and write the chapters.")
    parser.add_argument("chapters", nargs="*", default=CHAPTERS, metavar="CHAPTER", help=", ".join(CHAPTERS))
    parser.add_argument("--into", type=Path, default=HERE, metavar="FOLDER", help="by default derivations/")
    parser.add_argument(
        "--as", dest="suffixes", action="append", metavar="SUFFIX", help=".md, .html, .tex, .pdf, .ipynb"
    )
    parser.add_argument("--book", type=Path, metavar="FILE", help="the chapters as one .pdf or .tex")
    given = parser.parse_args()
    if unknown := set(given.chapters) - set(CHAPTERS):
        parser.error(f"no chapter is called {min(unknown)!r}; they are: {', '.join(CHAPTERS)}")
    if given.book and set(given.chapters) != set(CHAPTERS):
        parser.error("a book is of all chapters, since they refer to each other")
    suffixes = given.suffixes or (() if given.book else (".md",))
    chapters = []
    for name in given.chapters:
        document = chapter(name)
        chapters.append(document)
        for suffix in suffixes:
            save(document, given.into / f"{page(name)}{suffix}")
    if given.book:
        Book(TITLE, ABSTRACT, chapters, [index(chapters)]).save(given.book)


if __name__ == "__main__":
    main()
