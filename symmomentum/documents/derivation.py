"""The document that users hold: data of :mod:`~symmomentum.documents.model`, handed to the renderers."""

from __future__ import annotations

import os

from symmomentum.documents import html, latex, markdown, notebook, terminal, writing
from symmomentum.documents.model import Document

__all__ = ["Derivation"]


class Derivation(Document):
    """A document: title, abstract and steps, shown in the terminal or written as LaTeX, Markdown, HTML, notebook, PDF.

    Examples
    --------
    >>> import sympy
    >>> from symmomentum.documents import Definition, Formula
    >>> from symmomentum.symbols import alpha, beta, lam
    >>> note = Derivation(
    ...     "A demonstration",
    ...     ("What ", beta, " does."),
    ...     [Definition("Sum", "It has a name.", Formula(sympy.Symbol("b"), 1 + beta - alpha * lam))],
    ... )
    >>> print(note.to_terminal(width=40))
    A demonstration
    ═══════════════
    <BLANKLINE>
    What β does.
    <BLANKLINE>
    Definition 1 (Sum)
    It has a name.
    <BLANKLINE>
        b = 1 + β − αλ
    """

    def __repr__(self) -> str:
        return f"<Derivation {self.title!r}, {len(self.steps)} steps>"

    def __str__(self) -> str:
        return self.to_terminal()

    def to_terminal(self, width: int = 80, color: bool = False) -> str:
        """Plain text with two-dimensional mathematics, no line wider than ``width`` (at least 20) columns."""
        return terminal.render(self, width, color)

    def to_latex(self, stem: str = "derivation") -> str:
        """A complete article. It expects its figures as ``<stem>-<figure name>.pdf`` beside it."""
        return latex.render(self, stem)

    def to_markdown(self, stem: str = "derivation", figures: str = "") -> str:
        """Markdown as GitHub renders it.

        It expects its figures as ``<stem>-<figure name>.png`` beside it, or as ``<figures>/<figure name>.png``.
        """
        return markdown.render(self, stem, figures)

    def to_html(self) -> str:
        """One self-contained page: native MathML, inline SVG, no script."""
        return html.render(self)

    def to_notebook(self) -> str:
        """The JSON text of a Jupyter notebook (nbformat 4.5)."""
        return notebook.render(self)

    def save(self, path: str | os.PathLike[str], figures: str = "") -> None:
        """Write the document; the suffix (.tex, .md, .html, .ipynb or .pdf) chooses the format.

        LaTeX and Markdown get their figures as files beside them, Markdown in a folder of its own if ``figures`` names one,
        which documents whose figures have different names can share. On failure no document is left behind.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the suffix is unknown, or ``figures`` is no plain name.
        OutputError
            (an ``OSError``) If the file cannot be written, or, for PDF, if no LaTeX engine is found.
        """
        writing.save(self, path, figures)

    def _repr_html_(self) -> str:
        return html.article(self)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
