"""A document as data: a :class:`Document` is a title, an abstract and typed steps.

Renderers draw the steps and never decide what is true. Here is where that is decided: a :class:`Theorem` or an
:class:`Identity` cannot be built without verdicts that are all proved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import sympy
from sympy.core.function import UndefinedFunction

from symmomentum.claims import Verdict
from symmomentum.documents.characters import linear
from symmomentum.documents.layout import Chain, tree
from symmomentum.documents.tex import display_markup
from symmomentum.errors import ArgumentError, ClaimError, nearest
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
    "Ref",
    "Remark",
    "Section",
    "Statement",
    "Step",
    "Table",
    "Target",
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


@dataclass(frozen=True)
class Ref:
    """A reference in prose: ``Ref("label")`` in its own document, ``Ref("document#label", "words")`` in another.

    It is shown as the words, followed by what they stand for and its number, such as *the powers (Theorem 9)*; without
    words as the latter alone, and for a formula as *(3)*. The number is not known where the other document is not at
    hand: it is in a :class:`~symmomentum.documents.Book`.

    Parameters
    ----------
    target : str
        The label of a section, statement, formula or table, or the name of a figure; ``"document#"`` is a whole document.
    words : str
        For another document they are needed.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the target is malformed, or the words are missing.
    """

    target: str
    words: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", _text(self.words))
        document, hash, label = self.target.rpartition("#")
        for part in (document, label):
            _label(part)
        if not (label or document) or (hash and not document):
            raise ArgumentError(f"a reference is to 'label', 'document#label' or 'document#'; given {self.target!r}")
        if document and not self.words:
            raise ArgumentError(f"a reference to another document needs words; {self.target!r} has none")

    @property
    def document(self) -> str:
        """The other document's name, or the empty text."""
        return self.target.rpartition("#")[0]

    @property
    def label(self) -> str:
        """The label in the document, or the empty text for all of it."""
        return self.target.rpartition("#")[2]


@dataclass(frozen=True)
class Target:
    """What a label stands for: its kind, such as ``"Theorem"`` or ``"Figure"``, and its number."""

    kind: str
    number: str

    @property
    def text(self) -> str:
        """What a reference shows. Of formulas it is the number in parentheses."""
        return f"({self.number})" if self.kind == "Formula" else f"{self.kind}\u00a0{self.number}"

    def after(self, words: str) -> str:
        """The same after words that say what it is."""
        if not words:
            return self.text
        return f"{words} {self.text}" if self.kind == "Formula" else f"{words} ({self.text})"


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
    label : str
        A name for references. Among the formulas of a statement, those that have one are numbered.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If there is no term, a term is not a SymPy object, a relation is unknown or a label malformed.

    Examples
    --------
    >>> from symmomentum.symbols import alpha, beta, lam
    >>> import sympy
    >>> print(Formula(sympy.Symbol("q"), 1 + beta - alpha * lam))
    q = 1 + β − αλ
    >>> print(Formula(0, alpha * lam, 2 + 2 * beta, relation="<"))
    0 < αλ < 2 + 2β
    """

    label: str

    def __init__(self, *terms: Any, relation: str | Sequence[str] = "=", label: str = "") -> None:
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
        object.__setattr__(self, "label", _label(label))

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


_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _label(value: str) -> str:
    """Labels are part of addresses and of LaTeX's labels, so that only such characters are in them that both take."""
    if value and not _NAME.fullmatch(value):
        raise ArgumentError(f"a label is lower-case letters, digits and hyphens; given {value!r}")
    return value


Inline: TypeAlias = str | sympy.Basic | Formula | Cite | Ref
"""A piece of prose: plain text (no markup), mathematics, a citation or a reference."""
Prose: TypeAlias = tuple[Inline, ...]
ProseLike: TypeAlias = Inline | Sequence[Inline]
"""What is accepted as prose: pieces, or a single one."""


def _prose(value: ProseLike) -> Prose:
    if isinstance(value, tuple | list):
        return tuple(
            _text(piece)
            if isinstance(piece, str)
            else piece
            if isinstance(piece, Cite | Formula | Ref)
            else _term(piece)
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
    """``Section(title, label)``: a heading; the steps after it belong to it."""

    title: str
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _text(self.title))
        _label(self.label)


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
    label: str

    def __init__(
        self,
        title: str,
        prose: ProseLike = (),
        formulas: Formula | Iterable[Formula] = (),
        verdicts: Verdict | Iterable[Verdict] = (),
        proof: ProseLike = (),
        label: str = "",
    ) -> None:
        verdicts = (verdicts,) if isinstance(verdicts, Verdict) else tuple(verdicts)
        object.__setattr__(self, "title", _text(title))
        object.__setattr__(self, "prose", _prose(prose))
        object.__setattr__(self, "formulas", _formulas(formulas))
        object.__setattr__(self, "verdicts", verdicts)
        object.__setattr__(self, "proof", _prose(proof))
        object.__setattr__(self, "label", _label(label))
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
    label: str = "",
) -> Theorem | Open:
    """A :class:`Theorem` if every verdict is proved, else an :class:`Open` statement (and then without the proof)."""
    verdicts = (verdicts,) if isinstance(verdicts, Verdict) else tuple(verdicts)
    if verdicts and any(verdict.status != "proved" for verdict in verdicts):
        return Open(title, prose, formulas, verdicts, label=label)
    return Theorem(title, prose, formulas, verdicts, proof, label)


@dataclass(frozen=True, init=False)
class Table:
    """A table with prose in every cell."""

    caption: Prose
    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]
    label: str

    def __init__(
        self, caption: ProseLike, header: Sequence[ProseLike], rows: Iterable[Sequence[ProseLike]], label: str = ""
    ) -> None:
        object.__setattr__(self, "label", _label(label))
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
        Lower-case letters, digits and hyphens: the label, and part of the file name where the figure is a file of its own.
    caption : prose
    draw : callable
        ``draw(format)`` with format ``"svg"`` (HTML), ``"png"`` (Markdown, notebook) or ``"pdf"`` (LaTeX) gives the
        bytes of the file. For documents that are the same byte for byte it must always give the same bytes.
    title : str
        A few words that stand before the caption, and in the list of figures of a book.
    alt : str
        What is to be seen, for those who do not see it; by default the title, or the name.
    """

    name: str
    caption: Prose
    draw: Callable[[str], bytes]
    title: str
    alt: str

    def __init__(
        self, name: str, caption: ProseLike, draw: Callable[[str], bytes], title: str = "", alt: str = ""
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ArgumentError(f"a figure's name is lower-case letters, digits and hyphens; given {name!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "caption", _prose(caption))
        object.__setattr__(self, "draw", draw)
        object.__setattr__(self, "title", _text(title))
        object.__setattr__(self, "alt", _text(alt) or self.title or name)

    @property
    def label(self) -> str:
        """The name: by it a :class:`Ref` points to the figure."""
        return self.name


Step: TypeAlias = Section | Paragraph | Statement | Table | Figure


@dataclass(frozen=True, init=False)
class Document:
    """A title, an abstract and steps: what a renderer is given; ``name`` is how references of other documents call it.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If something is not a step, two of them have one label, or a reference leads nowhere.
    """

    title: str
    abstract: Prose
    steps: tuple[Step, ...]
    name: str

    def __init__(self, title: str, abstract: ProseLike, steps: Iterable[Step], name: str = "") -> None:
        object.__setattr__(self, "title", _text(title))
        object.__setattr__(self, "abstract", _prose(abstract))
        object.__setattr__(self, "steps", tuple(steps))
        object.__setattr__(self, "name", _label(name))
        for step in self.steps:
            if not isinstance(step, Step):
                raise ArgumentError(f"not a step of a derivation: {step!r} ({type(step).__name__})")
        targets = self.targets
        for ref in self.references:
            if ref.document in ("", self.name) and ref.label and ref.label not in targets:
                raise ArgumentError(f"no step has the label {ref.label!r}; {nearest(ref.label, targets)}")

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

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Every label, and what it stands for."""
        found: dict[str, Target] = {}
        formulas = 0
        for number, step in self.numbered:
            kind = step.kind if isinstance(step, Statement) else type(step).__name__
            entries = [] if isinstance(step, Paragraph) else [(step.label, Target(kind, number))]
            for formula in step.formulas if isinstance(step, Statement) else ():
                if formula.label:
                    formulas += 1
                    entries.append((formula.label, Target("Formula", str(formulas))))
            for label, target in entries:
                if label in found:
                    what = "figures are named" if target.kind == found[label].kind == "Figure" else "steps are labelled"
                    raise ArgumentError(f"two {what} {label!r}")
                if label:
                    found[label] = target
        return found

    @property
    def bibliography(self) -> tuple[Reference, ...]:
        """The known works that are cited, in the order of their labels."""
        cited = (lookup(piece.key) for piece in self._pieces() if isinstance(piece, Cite))
        return tuple(sorted({work for work in cited if work}, key=lambda work: (work.label, work.key)))

    @cached_property
    def references(self) -> tuple[Ref, ...]:
        """Those in its prose, in their order."""
        return tuple(piece for piece in self._pieces() if isinstance(piece, Ref))

    def target(self, ref: Ref) -> Target | None:
        """What the reference leads to, if that is in this document."""
        return self.targets.get(ref.label) if ref.document in ("", self.name) else None

    def shown(self, ref: Ref) -> str:
        """The text of a reference: its words, and where it leads if that is in this document."""
        target = self.target(ref)
        return target.after(ref.words) if target else ref.words

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
