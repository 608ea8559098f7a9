"""Write all chapters, or some.

    python derivations/write.py [--into FOLDER] [--as .md|.html|.tex|.pdf|.ipynb] [CHAPTER ...]
    python derivations/write.py --book FILE.pdf

By default every chapter as Markdown beside its source; with ``--book``, all of them as one PDF or LaTeX file.
A chapter is proved each time it is written.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import symmomentum as sm
from symmomentum.documents import Book, Cite

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
ABSTRACT = (
    "The story of ",
    Cite("goh2017"),
    " told again. A statement with a check mark was proved when this book was made, in the way and for the values that stand "
    "beside it; one with a cross, mostly a slip in print, was refuted, with numbers that break it.",
)


def chapter(name: str) -> sm.Derivation:
    """A chapter by the name of its file."""
    made: sm.Derivation = import_module(name).chapter()
    return made


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
    if given.book:
        Book("Why momentum works, proved", ABSTRACT, [chapter(name) for name in given.chapters]).save(given.book)
        return
    for name in given.chapters:
        document = chapter(name)
        for suffix in given.suffixes or (".md",):
            document.save(given.into / f"{name.replace('_', '-')}{suffix}")


if __name__ == "__main__":
    main()
