"""Several derivations as one, with contents and one bibliography."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symmomentum.documents import latex, pdf, writing
from symmomentum.documents.model import Document, Figure, Paragraph, Prose, ProseLike
from symmomentum.errors import ArgumentError

__all__ = ["Book"]


@dataclass(frozen=True, init=False)
class Book:
    """Documents as the parts of one, in LaTeX or PDF; sections, statements and figures are numbered through.

    Parameters
    ----------
    title : str
    abstract : prose
    chapters : iterable of Derivation

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If there is no chapter, or something is none.

    Examples
    --------
    >>> from symmomentum.documents import Derivation
    >>> book = Book("Two notes", "", [Derivation("One", "", []), Derivation("Two", "", [])])
    >>> book.to_latex().count(r"\\part{")
    2
    """

    title: str
    abstract: Prose
    chapters: tuple[Document, ...]

    def __init__(self, title: str, abstract: ProseLike, chapters: Iterable[Document]) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "abstract", Paragraph(abstract).prose)
        object.__setattr__(self, "chapters", tuple(chapters))
        if not self.chapters:
            raise ArgumentError("a book needs at least one chapter")
        for chapter in self.chapters:
            if not isinstance(chapter, Document):
                raise ArgumentError(f"not a chapter of a book: {chapter!r} ({type(chapter).__name__})")

    def to_latex(self, stem: str = "book") -> str:
        """A complete article. It expects the figures of chapter n as ``<stem>-<n>-<figure name>.pdf`` beside it."""
        return latex.render_book(self.title, self.abstract, self.chapters, stem)

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
            for position, chapter in enumerate(self.chapters, 1)
            for step in chapter.steps
            if isinstance(step, Figure)
        }
        text = self.to_latex(stem)
        if target.suffix.lower() == ".pdf":
            writing.write(target.parent, {target.name: pdf.typeset(text, figures)})
        else:
            drawn = {name: draw("pdf") for name, draw in figures.items()}
            writing.write(target.parent, drawn | {target.name: text.encode()})
