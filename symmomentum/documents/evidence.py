"""What is known of a statement's claims, and for which values, as prose that every renderer shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sympy

from symmomentum.claims import Claim, Verdict, conjuncts
from symmomentum.documents.model import Formula, Inline, Prose

__all__ = ["MARKS", "Evidence", "Finding", "evidence", "scope", "ways"]

MARKS = {"proved": "✓", "refuted": "✗", "unknown": "?"}

LONGEST = 60
"""From how many operations on the assumptions of an instance are not written out: they are those of the general claim."""

_WAYS = {"identity": "exact identity", "smt": "SMT solving", "induction": "induction"}


@dataclass(frozen=True)
class Finding:
    """One verdict: its status, the claim's id, and what was found."""

    status: str
    claim: str
    words: Prose

    @property
    def mark(self) -> str:
        return MARKS.get(self.status, "?")


@dataclass(frozen=True)
class Evidence:
    """Verdicts that hold for the same values, and these values."""

    findings: tuple[Finding, ...]
    scope: Prose


def evidence(verdicts: Sequence[Verdict]) -> tuple[Evidence, ...]:
    """The verdicts in their order, neighbours of the same scope together."""
    return tuple(
        Evidence(tuple(_finding(verdict) for verdict in group), words)
        for words, group in groupby(verdicts, key=lambda verdict: scope(verdict.claim))
    )


def ways(by: str) -> str:
    """In words how a claim was proved; one that follows from lemmas names the ways of all of them.

    >>> ways("identity+smt")
    'exact identity and SMT solving'
    """
    return " and ".join(_WAYS.get(way, way) for way in by.split("+"))


def _finding(verdict: Verdict) -> Finding:
    words: list[Inline]
    if verdict.status == "proved":
        words = [f"proved by {ways(verdict.by)}"]
    elif verdict.status == "refuted":
        words = ["refuted"]
        witness = sorted((verdict.witness or {}).items(), key=lambda item: str(item[0]))
        words += _listed([Formula(symbol, value) for symbol, value in witness], before=" at ")
    else:
        detail = " ".join(verdict.detail.split()).rstrip(".")
        words = [f"{verdict.status}: {detail}" if detail else verdict.status]
    return Finding(verdict.status, verdict.claim.id, tuple(words))


def scope(claim: Claim) -> Prose:
    """For which values the claim is stated, such as *for all real α and β, positive real μ, with α < 1*.

    >>> import sympy
    >>> from symmomentum.symbols import alpha, mu
    >>> claim = Claim(id="demo", statement=alpha * mu > 0, assumptions=(alpha > 0,), source="demonstration")
    >>> scope(claim)
    ('for all ', 'real ', alpha, ', and ', 'positive real ', mu, ', with ', alpha > 0)
    """
    kinds: dict[str, list[Any]] = {}
    matrices = [s for s in claim.symbols if isinstance(s, sympy.MatrixSymbol)]
    sizes = {size for matrix in matrices for size in matrix.shape}  # "n × n matrices" says that n is any number
    for symbol in claim.symbols:
        if symbol in sizes:
            continue
        kinds.setdefault(_kind(symbol), []).append(symbol)
    parts = (part for assumption in claim.assumptions for part in conjuncts(assumption))
    assumed = list(dict.fromkeys(part for part in parts if part is not sympy.true))
    if not kinds:  # SymPy has settled the statement while it was written down
        return tuple(_listed(assumed, before="with ")) or ("without any assumption",)
    groups = [[f"{kind} ", *_listed(symbols)] for kind, symbols in sorted(kinds.items(), key=_rank)]
    words: list[Inline] = ["for all "]
    for position, group in enumerate(groups):
        if position:
            last = position == len(groups) - 1
            words.append(", and " if last else ", ")
        words += group
    if claim.general is not None and sum(a.count_ops() for a in assumed) > LONGEST:
        return (*words, f", with the assumptions of {claim.general.id} in these terms")
    # A case distinction in the middle of a sentence is as wide as the page, and nobody can read it there.
    plain = [assumption for assumption in assumed if not assumption.has(sympy.Piecewise)]
    hidden = len(assumed) - len(plain)
    words += _listed(plain, before=", with ")
    if hidden:
        several = f"{hidden} conditions with case distinctions" if hidden > 1 else "a condition with case distinctions"
        words.append(f"{', and' if plain else ', with'} {several} that the claim spells out")
    return tuple(words)


def _kind(symbol: Any) -> str:
    if isinstance(symbol, sympy.MatrixSymbol):
        rows, columns = symbol.shape
        return f"vectors of length {rows}" if columns == 1 else f"{rows} × {columns} matrices"
    sign = next(
        (
            word
            for word in ("positive", "negative", "nonnegative", "nonpositive", "nonzero")
            if getattr(symbol, f"is_{word}")
        ),
        "",
    )
    return f"{sign} {'integers' if symbol.is_integer else 'real'}".strip()


def _rank(item: tuple[str, Any]) -> tuple[bool, int, str]:
    kind = item[0]
    return "integers" in kind, len(kind.split()), kind


def _listed(pieces: Sequence[Any], before: str = "") -> list[Inline]:
    words: list[Inline] = [before] if before and pieces else []
    for position, piece in enumerate(pieces):
        if position:
            words.append(" and " if position == len(pieces) - 1 else ", ")
        words.append(piece)
    return words
