"""What the chapters have in common: steps are collected in their order, and every statement is checked as it is made."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import sympy

import symmomentum as sm
from symmomentum.documents import (
    Cite,
    Definition,
    Formula,
    Open,
    Paragraph,
    Remark,
    Section,
    Table,
    Theorem,
)

LONGEST = 45
"""Statements with more operations are shown only if a chapter asks for it: most spell out matrices by entries."""


class Chapter:
    """A chapter in the making.

    Parameters
    ----------
    name : str
        That of its page, by which other chapters refer to it.
    title : str
    abstract : prose
    *headings : str
        Those of the article whose claims are told; they are checked now.
    """

    def __init__(self, name: str, title: str, abstract: Any, *headings: str) -> None:
        self.name, self.title, self.abstract = name, title, abstract
        self.steps: list[Any] = []
        self.settled = [sm.article.settle(entry) for heading in headings for entry in sm.article.entries(heading)]
        self.verdicts = {v.claim.id.removeprefix("article/"): v for found in self.settled for v in found.verdicts}

    def section(self, title: str) -> None:
        """A heading."""
        self.steps.append(Section(title))

    def text(self, *prose: Any) -> None:
        """A paragraph."""
        self.steps.append(Paragraph(prose))

    def figure(self, original: str) -> None:
        """One of the article's figures, ``"F01"`` to ``"F14"``, redrawn."""
        self.steps.append(sm.figures.picture(original).step())

    def define(self, title: str, prose: Any, *formulas: Formula, label: str = "") -> None:
        """A name for something."""
        self.steps.append(Definition(title, prose, formulas, label=label))

    def remark(self, title: str, *prose: Any) -> None:
        """A comment."""
        self.steps.append(Remark(title, prose))

    def table(self, caption: Any, header: Iterable[Any], rows: Iterable[Iterable[Any]], label: str = "") -> None:
        """A table."""
        self.steps.append(Table(caption, tuple(header), [tuple(row) for row in rows], label))

    def theorem(
        self,
        title: str,
        prose: Any,
        *claims: Any,
        shown: Iterable[Formula] | None = None,
        proof: Any = (),
        label: str = "",
    ) -> None:
        """A statement that is proved, or the document is not made.

        Parameters
        ----------
        title : str
        prose : prose
        *claims : str or Claim
            Names of the article's claims, such as ``"a021/literal/interval"``, or claims to be checked.
        shown : formulas
            By default the claims as they are stated, where they are short; an empty tuple for none.
        proof : prose
        label : str
            By default the name of the first of the article's claims, with hyphens.
        """
        verdicts = [self.verdict(claim) for claim in claims]
        formulas = _stated(verdicts) if shown is None else tuple(shown)
        self.steps.append(Theorem(title, prose, formulas, verdicts, proof, label or _label(verdicts)))

    def false(
        self, title: str, prose: Any, *claims: Any, shown: Iterable[Formula] | None = None, label: str = ""
    ) -> None:
        """A statement that is refuted; the label as for a theorem."""
        verdicts = [self.verdict(claim) for claim in claims]
        if strange := [v.claim.id for v in verdicts if v.status != "refuted"]:
            raise ValueError(f"{strange[0]} is not refuted")
        formulas = _stated(verdicts) if shown is None else tuple(shown)
        self.steps.append(Open(title, prose, formulas, verdicts, label=label or _label(verdicts)))

    def verdict(self, claim: Any) -> Any:
        """What the checker says of a claim or of a claim of the article by its name."""
        return self.verdicts[claim] if isinstance(claim, str) else sm.check(claim)

    def document(self) -> sm.Derivation:
        """The chapter, with an account of the article's claims at its end."""
        steps = list(self.steps)
        if self.settled:
            steps += [Section("The article's claims"), Paragraph(tuple(self._account()))]
        return sm.Derivation(self.title, self.abstract, steps, self.name)

    def _account(self) -> Iterable[Any]:
        counts = Counter(found.status for found in self.settled)
        first, last = self.settled[0].entry.id, self.settled[-1].entry.id
        yield f"This chapter is about claims {first} to {last} of "
        yield Cite("goh2017")
        yield f". When it was made, {counts.pop('holds')} of these {len(self.settled)} were proved, as they are read there."
        words = {
            "fails": "Refuted, and corrected",
            "conditional": "Refuted as printed, and proved under a condition or in a limit",
            "tested": "Settled by tests",
            "not mathematical": "Nothing to prove",
            "unknown": "Open",
        }
        for status, count in counts.items():
            which = ", ".join(found.entry.id for found in self.settled if found.status == status)
            yield f" {words[status]} ({count}): {which}."
        yield " What each was read as, and how it was settled, is in docs/article.md and docs/errata.md."


def _label(verdicts: Iterable[Any]) -> str:
    of_article = (v.claim.id for v in verdicts if v.claim.id.startswith("article/"))
    return next(of_article, "").removeprefix("article/").replace("/", "-")


def _stated(verdicts: Iterable[Any]) -> tuple[Formula, ...]:
    statements = (v.claim.statement for v in verdicts)
    return tuple(dict.fromkeys(Formula(statement) for statement in statements if _telling(statement)))


def _telling(statement: Any) -> bool:
    parts = statement.args if isinstance(statement, sympy.And) else (statement,)
    plain = any(
        part in {sympy.true, sympy.false} or (isinstance(part, sympy.Eq) and part.lhs == part.rhs) for part in parts
    )
    return not plain and statement.count_ops() <= LONGEST and not statement.has(sympy.MatPow)


def claim(id: str, title: str, statement: Any, *assumptions: Any) -> sm.Claim:
    """A claim that a chapter makes itself."""
    return sm.Claim(
        id=f"chapters/{id}", title=title, statement=statement, assumptions=assumptions, source="this chapter"
    )


def named(claims: Iterable[sm.Claim]) -> dict[str, sm.Claim]:
    """Claims by their ids."""
    return {each.id: each for each in claims}


def main(file: str) -> None:
    """Write the chapter of a source file as Markdown beside it, as ``write.py`` does."""
    sys.argv[1:] = [Path(file).stem]
    import_module("write").main()
