"""Several derivations as one, with contents and one bibliography."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symmomentum.documents import latex, pdf, writing
from symmomentum.documents.model import Document, Figure, Paragraph, Prose, ProseLike, Target
from symmomentum.errors import ArgumentError, nearest

__all__ = ["Book"]


@dataclass(frozen=True, init=False)
class Book:
    """Documents as the chapters of one, in LaTeX or PDF, with title page, contents, list of figures and bibliography.

    Sections, statements, formulas, tables and figures are numbered within their chapter. References from one chapter to
    another get their numbers here.

    Parameters
    ----------
    title : str
    abstract : prose
    chapters : iterable of Derivation
    appendices : iterable of Derivation
        Those after the last chapter, counted by letters.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If there is no chapter, something is none, two have one name, or a reference to another chapter leads
        nowhere.

    Examples
    --------
    >>> from symmomentum.documents import Derivation
    >>> book = Book("Two notes", "", [Derivation("One", "", []), Derivation("Two", "", [])])
    >>> book.to_latex().count(r"\\chapter{")
    2
    """

    title: str
    abstract: Prose
    chapters: tuple[Document, ...]
    appendices: tuple[Document, ...]

    def __init__(
        self, title: str, abstract: ProseLike, chapters: Iterable[Document], appendices: Iterable[Document] = ()
    ) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "abstract", Paragraph(abstract).prose)
        object.__setattr__(self, "chapters", tuple(chapters))
        object.__setattr__(self, "appendices", tuple(appendices))
        if not self.chapters:
            raise ArgumentError("a book needs at least one chapter")
        for chapter in self.documents:
            if not isinstance(chapter, Document):
                raise ArgumentError(f"not a chapter of a book: {chapter!r} ({type(chapter).__name__})")
        known: dict[str, dict[str, Target]] = {}
        for chapter in self.documents:
            if chapter.name and chapter.name in known:
                raise ArgumentError(f"two chapters are named {chapter.name!r}")
            known[chapter.name] = chapter.targets
        for chapter in self.documents:
            for ref in chapter.references:
                if ref.document and ref.document not in known:
                    raise ArgumentError(
                        f"{chapter.title!r} refers to {ref.target!r}: no chapter of that name; "
                        f"{nearest(ref.document, filter(None, known))}"
                    )
                if ref.document and ref.label and ref.label not in known[ref.document]:
                    raise ArgumentError(
                        f"{chapter.title!r} refers to {ref.target!r}: no such label there; "
                        f"{nearest(ref.label, known[ref.document])}"
                    )

    @property
    def documents(self) -> tuple[Document, ...]:
        """The chapters, and the appendices after them."""
        return (*self.chapters, *self.appendices)

    def to_latex(self, stem: str = "book") -> str:
        """A complete report. It expects the figures of document n as ``<stem>-<n>-<figure name>.pdf`` beside it."""
        return latex.render_book(self.title, self.abstract, self.chapters, self.appendices, stem)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the book as .tex, with its figures beside it, or as .pdf.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the suffix is another.
        OutputError
            (an ``OSError``) If the file cannot be written, or, for PDF, if no LaTeX engine is found.
        """
        target = Path(path)
        if target.suffix.lower() not in {".tex", ".pdf"}:
            raise ArgumentError(f"a book is saved as .tex or .pdf; given {target.name!r}")
        writing.check_target(target)
        stem = writing.stem(target)
        figures = {
            f"{stem}-{position}-{step.name}.pdf": step.draw
            for position, chapter in enumerate(self.documents, 1)
            for step in chapter.steps
            if isinstance(step, Figure)
        }
        text = self.to_latex(stem)
        if target.suffix.lower() == ".pdf":
            writing.write(target.parent, {target.name: pdf.typeset(text, figures)})
        else:
            drawn = {name: draw("pdf") for name, draw in figures.items()}
            writing.write(target.parent, drawn | {target.name: text.encode()})
