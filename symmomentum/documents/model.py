"""A document as data: a :class:`Document` is a title, an abstract and typed steps.

Renderers draw the steps and never decide what is true. Here is where that is decided: a :class:`Theorem` or an
:class:`Identity` cannot be built without verdicts that are all proved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.core.function import UndefinedFunction

from symmomentum.claims import Verdict
from symmomentum.documents.characters import linear
from symmomentum.documents.layout import Chain, tree
from symmomentum.documents.tex import display_markup
from symmomentum.errors import ArgumentError, ClaimError
from symmomentum.references import Reference, lookup

__all__ = [
    "Cite",
    "Definition",
    "Document",
    "Figure",
    "Formula",
    "Identity",
    "Inline",
    "Open",
    "Paragraph",
    "Prose",
    "ProseLike",
    "Remark",
    "Section",
    "Statement",
    "Step",
    "Table",
    "Theorem",
    "settled",
]

RELATIONS = {
    "=": "=",
    ":=": "≔",
    "!=": "≠",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "->": "→",
    "~": "≈",
    "=>": "⇒",
    "<=>": "⇔",
}
"""The relations of a :class:`Formula` and their signs."""


@dataclass(frozen=True)
class Cite:
    """A citation in prose; ``where`` points inside the work, such as ``"Section 3"``.

    A key that :func:`symmomentum.references.lookup` does not know is shown as it stands.
    """

    key: str
    where: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _text(self.key))
        object.__setattr__(self, "where", _text(self.where))

    @property
    def text(self) -> str:
        """What stands in square brackets."""
        reference = lookup(self.key)
        label = reference.label if reference else self.key
        return f"{label}, {self.where}" if self.where else label


@dataclass(frozen=True, init=False)
class Formula(Chain):
    """A chain of SymPy objects, shown as ``t1 = t2 = t3``. Nothing in it is evaluated or combined.

    Parameters
    ----------
    *terms
        Expressions, matrices, statements, or names (a ``Symbol``, an applied or bare ``Function``). Python numbers
        and ``bool`` are taken as SymPy's.
    relation : str or sequence of str
        One of ``= := != < <= > >= -> ~ => <=>``, for the whole chain or one for each gap.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If there is no term, a term is not a SymPy object, or a relation is unknown.

    Examples
    --------
    >>> from symmomentum.symbols import alpha, beta, lam
    >>> import sympy
    >>> print(Formula(sympy.Symbol("q"), 1 + beta - alpha * lam))
    q = 1 + β − αλ
    >>> print(Formula(0, alpha * lam, 2 + 2 * beta, relation="<"))
    0 < αλ < 2 + 2β
    """

    def __init__(self, *terms: Any, relation: str | Sequence[str] = "=") -> None:
        if not terms:
            raise ArgumentError("a formula needs at least one term")
        gaps = len(terms) - 1
        relations = (relation,) * gaps if isinstance(relation, str) else tuple(relation)
        if len(relations) != gaps:
            raise ArgumentError(f"a formula of {len(terms)} terms needs {gaps} relations; given {len(relations)}")
        for name in (relation,) if isinstance(relation, str) else relations:
            if name not in RELATIONS:
                raise ArgumentError(f"unknown relation {name!r}; known: {' '.join(RELATIONS)}")
        object.__setattr__(self, "terms", tuple(_term(term) for term in terms))
        object.__setattr__(self, "relations", tuple(RELATIONS[name] for name in relations))

    def __str__(self) -> str:
        return linear(tree(self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {display_markup(self)}$"


def _term(value: Any) -> Any:
    if isinstance(value, sympy.MatrixBase):
        return sympy.ImmutableMatrix(value)
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if isinstance(value, int):
        return sympy.Integer(value)
    if isinstance(value, sympy.Basic | UndefinedFunction):
        return value
    raise ArgumentError(f"mathematics must be a SymPy object; given {value!r} ({type(value).__name__})")


def _text(value: str) -> str:
    """Control characters would break XML and could drive a terminal."""
    if not isinstance(value, str):
        raise ArgumentError(f"a title is a string; given {value!r} ({type(value).__name__})")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value)


Inline: TypeAlias = str | sympy.Basic | Formula | Cite
"""A piece of prose: plain text (no markup), mathematics, or a citation."""
Prose: TypeAlias = tuple[Inline, ...]
ProseLike: TypeAlias = Inline | Sequence[Inline]
"""What is accepted as prose: pieces, or a single one."""


def _prose(value: ProseLike) -> Prose:
    if isinstance(value, tuple | list):
        return tuple(
            _text(piece) if isinstance(piece, str) else piece if isinstance(piece, Cite | Formula) else _term(piece)
            for piece in value
        )
    return _prose((value,))


def _formulas(value: Formula | Iterable[Formula]) -> tuple[Formula, ...]:
    formulas = (value,) if isinstance(value, Formula) else tuple(value)
    for formula in formulas:
        if not isinstance(formula, Formula):
            raise ArgumentError(f"expected a Formula; given {formula!r} ({type(formula).__name__})")
    return formulas


@dataclass(frozen=True)
class Section:
    """``Section(title)``: a heading; the steps after it belong to it."""

    title: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _text(self.title))


@dataclass(frozen=True, init=False)
class Paragraph:
    """``Paragraph(prose)``: text that neither defines nor claims anything."""

    prose: Prose

    def __init__(self, prose: ProseLike) -> None:
        object.__setattr__(self, "prose", _prose(prose))


@dataclass(frozen=True, init=False)
class Statement:
    """What definitions, identities, theorems, open statements and remarks have in common."""

    title: str
    prose: Prose
    formulas: tuple[Formula, ...]
    verdicts: tuple[Verdict, ...]
    proof: Prose

    def __init__(
        self,
        title: str,
        prose: ProseLike = (),
        formulas: Formula | Iterable[Formula] = (),
        verdicts: Verdict | Iterable[Verdict] = (),
        proof: ProseLike = (),
    ) -> None:
        verdicts = (verdicts,) if isinstance(verdicts, Verdict) else tuple(verdicts)
        object.__setattr__(self, "title", _text(title))
        object.__setattr__(self, "prose", _prose(prose))
        object.__setattr__(self, "formulas", _formulas(formulas))
        object.__setattr__(self, "verdicts", verdicts)
        object.__setattr__(self, "proof", _prose(proof))
        for verdict in verdicts:
            if not isinstance(verdict, Verdict):
                raise ClaimError(f"{self._name}: expected a Verdict; given {verdict!r} ({type(verdict).__name__})")
        self._check()

    @property
    def kind(self) -> str:
        """What stands before the number."""
        return type(self).__name__

    @property
    def _name(self) -> str:
        return f"{type(self).__name__} {self.title!r}"

    def _check(self) -> None:
        if self.verdicts or self.proof:
            raise ClaimError(f"{self._name}: only an Identity, a Theorem or an Open has verdicts and a proof")


class Definition(Statement):
    """``Definition(title, prose, formulas)``: a name for something."""


class Remark(Statement):
    """``Remark(title, prose, formulas)``: a comment, not a claim."""


class Theorem(Statement):
    """``Theorem(title, prose, formulas, verdicts, proof)``: every verdict proved, at least one.

    Raises
    ------
    ClaimError
        (a ``ValueError``) If there is no verdict, or one that is not proved.
    """

    def _check(self) -> None:
        if not self.verdicts:
            raise ClaimError(f"{self._name} has no verdict; only what was proved can be shown as true")
        for verdict in self.verdicts:
            if verdict.status != "proved":
                raise ClaimError(
                    f"{self._name} cannot be shown as true: claim {verdict.claim.id!r} is {verdict.status}; "
                    "use Open, or settled()"
                )


class Identity(Theorem):
    """``Identity(title, prose, formulas, verdicts)``: an equation that was proved."""


class Open(Statement):
    """``Open(title, prose, formulas, verdicts)``: a statement that was not proved, plainly shown as such.

    Raises
    ------
    ClaimError
        (a ``ValueError``) If there is no verdict, or if all are proved.
    """

    @property
    def refuted(self) -> bool:
        return any(verdict.status == "refuted" for verdict in self.verdicts)

    @property
    def kind(self) -> str:
        return "Refuted statement" if self.refuted else "Open statement"

    def _check(self) -> None:
        if self.proof:
            raise ClaimError(f"{self._name} has a proof; what was not proved cannot have one")
        if not self.verdicts or all(verdict.status == "proved" for verdict in self.verdicts):
            raise ClaimError(f"{self._name} needs a verdict that is not proved; use Theorem")


def settled(
    title: str,
    prose: ProseLike,
    formulas: Formula | Iterable[Formula],
    verdicts: Verdict | Iterable[Verdict],
    proof: ProseLike = (),
) -> Theorem | Open:
    """A :class:`Theorem` if every verdict is proved, else an :class:`Open` statement (and then without the proof)."""
    verdicts = (verdicts,) if isinstance(verdicts, Verdict) else tuple(verdicts)
    if verdicts and any(verdict.status != "proved" for verdict in verdicts):
        return Open(title, prose, formulas, verdicts)
    return Theorem(title, prose, formulas, verdicts, proof)


@dataclass(frozen=True, init=False)
class Table:
    """A table with prose in every cell."""

    caption: Prose
    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]

    def __init__(self, caption: ProseLike, header: Sequence[ProseLike], rows: Iterable[Sequence[ProseLike]]) -> None:
        object.__setattr__(self, "caption", _prose(caption))
        object.__setattr__(self, "header", tuple(_prose(cell) for cell in header))
        object.__setattr__(self, "rows", tuple(tuple(_prose(cell) for cell in row) for row in rows))
        if not self.header:
            raise ArgumentError("a table needs at least one column")
        for row in self.rows:
            if len(row) != len(self.header):
                raise ArgumentError(f"a table of {len(self.header)} columns has a row of {len(row)} cells")


@dataclass(frozen=True, init=False)
class Figure:
    """A figure, drawn only when a renderer needs it.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and hyphens: part of the file name where the figure is a file of its own.
    caption : prose
    draw : callable
        ``draw(format)`` with format ``"svg"`` (HTML), ``"png"`` (Markdown, notebook) or ``"pdf"`` (LaTeX) gives the
        bytes of the file. For documents that are the same byte for byte it must always give the same bytes.
    """

    name: str
    caption: Prose
    draw: Callable[[str], bytes]

    def __init__(self, name: str, caption: ProseLike, draw: Callable[[str], bytes]) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise ArgumentError(f"a figure's name is lower-case letters, digits and hyphens; given {name!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "caption", _prose(caption))
        object.__setattr__(self, "draw", draw)


Step: TypeAlias = Section | Paragraph | Statement | Table | Figure


@dataclass(frozen=True, init=False)
class Document:
    """A title, an abstract and steps: what a renderer is given.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If something is not a step, or two figures have one name.
    """

    title: str
    abstract: Prose
    steps: tuple[Step, ...]

    def __init__(self, title: str, abstract: ProseLike, steps: Iterable[Step]) -> None:
        object.__setattr__(self, "title", _text(title))
        object.__setattr__(self, "abstract", _prose(abstract))
        object.__setattr__(self, "steps", tuple(steps))
        names = [step.name for step in self.steps if isinstance(step, Figure)]
        for step in self.steps:
            if not isinstance(step, Step):
                raise ArgumentError(f"not a step of a derivation: {step!r} ({type(step).__name__})")
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(f"two figures are named {name!r}")

    @property
    def numbered(self) -> tuple[tuple[str, Step], ...]:
        """The steps with their numbers: sections, statements, tables and figures are counted apart."""
        counts: dict[str, int] = {}
        result: list[tuple[str, Step]] = []
        for step in self.steps:
            family = "Statement" if isinstance(step, Statement) else type(step).__name__
            counts[family] = counts.get(family, 0) + 1
            result.append((str(counts[family]), step))
        return tuple(result)

    @property
    def bibliography(self) -> tuple[Reference, ...]:
        """The known works that are cited, in the order of their labels."""
        cited = (lookup(piece.key) for piece in self._pieces() if isinstance(piece, Cite))
        return tuple(sorted({work for work in cited if work}, key=lambda work: (work.label, work.key)))

    def _pieces(self) -> Iterator[Inline]:
        yield from self.abstract
        for step in self.steps:
            if isinstance(step, Statement):
                yield from step.prose
                yield from step.proof
            elif isinstance(step, Paragraph):
                yield from step.prose
            elif isinstance(step, Table):
                for cells in ((step.caption,), step.header, *step.rows):
                    for cell in cells:
                        yield from cell
            elif isinstance(step, Figure):
                yield from step.caption
