"""What the article claims, and how it is settled.

An :class:`Entry` is one claim of the article as data: formulas as they are printed, and statements for the checker. Nobody writes
down a verdict: :func:`settle` asks the checker, and the verdict follows from its answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from symmomentum.claims import Claim, Verdict
from symmomentum.errors import SymmomentumError
from symmomentum.proof import check

__all__ = ["Entry", "Settlement", "Status", "settle", "settled"]

Status = Literal["holds", "fails", "conditional", "tested", "not mathematical", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One claim of Goh (2017), as printed.

    Attributes
    ----------
    id : str
        ``"A001"`` and so on.
    section : str
        The heading that it stands under.
    summary : str
        What it says, in our words, as Markdown with TeX between dollar signs.
    printed : tuple of str
        Its formulas as printed, TeX.
    reading : str
        How a sentence is read as a mathematical statement, where that is not plain.
    size : str
        If what is said of any number of variables was proved for one number only: for which, in words.
    literal : tuple of Claim
        The statement just as it is printed, with the conditions that are printed; together they are the whole statement.
    condition : tuple of Claim
        If it holds only under a condition or in a limit: the exact condition.
    corrected : tuple of Claim
        If it fails: the corrected statement.
    instead : tuple of str
        If it fails: the formulas that should stand in place of those printed, TeX; what proves them is in ``corrected``.
    remark : str
        What is wrong with it, or what the condition is, in words.
    not_mathematical : str
        Why there is nothing to be proved, if that is so.
    evidence : tuple of str
        The tests that settle it where the checker cannot reach, as ``tests/file.py::name``.

    Raises
    ------
    SymmomentumError
        If there is nothing that could settle it, or too much.
    """

    id: str
    section: str
    summary: str
    printed: tuple[str, ...] = ()
    reading: str = ""
    size: str = ""
    literal: tuple[Claim, ...] = ()
    condition: tuple[Claim, ...] = ()
    corrected: tuple[Claim, ...] = ()
    instead: tuple[str, ...] = ()
    remark: str = ""
    not_mathematical: str = ""
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ways = bool(self.literal), bool(self.not_mathematical), bool(self.evidence and not self.literal)
        if sum(ways) != 1:
            raise SymmomentumError(f"{self.id}: expected statements, or tests, or why there is nothing to prove")
        if self.condition and self.corrected:
            raise SymmomentumError(f"{self.id}: either it fails, or it holds under a condition")
        if bool(self.instead) != bool(self.corrected and self.printed):
            raise SymmomentumError(
                f"{self.id}: a printed formula that fails needs the one in its place, and no other does"
            )
        if (self.condition or self.corrected) and not (self.remark and self.literal):
            raise SymmomentumError(f"{self.id}: a condition or correction needs the literal statement, and a remark")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All that is to be checked."""
        return (*self.literal, *self.condition, *self.corrected)


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What the checker found of an entry.

    Attributes
    ----------
    entry : Entry
    literal, condition, corrected : tuple of Verdict
        On its claims, in their order.
    """

    entry: Entry
    literal: tuple[Verdict, ...]
    condition: tuple[Verdict, ...]
    corrected: tuple[Verdict, ...]

    @property
    def status(self) -> Status:
        """See :func:`settled`."""
        return settled(self.entry, {v.claim.id: v.status for v in self.verdicts})

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All of them."""
        return (*self.literal, *self.condition, *self.corrected)

    @property
    def witnesses(self) -> Iterator[Verdict]:
        """The refutations of what is printed."""
        return (v for v in self.literal if v.status == "refuted")


def settled(entry: Entry, found: Mapping[str, str]) -> Status:
    """What the answers of the checker come to.

    Parameters
    ----------
    entry : Entry
    found : mapping of str to str
        ``"proved"``, ``"refuted"`` or ``"unknown"`` by the ids of the entry's claims.

    Returns
    -------
    str
        ``"holds"``: proved as printed. ``"fails"``: refuted, and the corrected statement is proved. ``"conditional"``: refuted,
        and under the condition proved. ``"tested"``: settled by tests. ``"not mathematical"``. Else ``"unknown"``.

    Examples
    --------
    >>> entry = Entry(id="A000", section="", summary="", not_mathematical="an example")
    >>> settled(entry, {})
    'not mathematical'
    """
    if entry.not_mathematical:
        return "not mathematical"
    if not entry.literal:
        return "tested"
    literal, condition, corrected = (
        [found[c.id] for c in claims] for claims in (entry.literal, entry.condition, entry.corrected)
    )
    if "unknown" in (*literal, *condition, *corrected):
        return "unknown"
    if "refuted" not in literal:
        return "holds" if not (condition or corrected) else "unknown"
    if condition:
        return "conditional" if set(condition) == {"proved"} else "unknown"
    return "fails" if set(corrected) == {"proved"} else "unknown"


def settle(entry: Entry, *, solver: str = "z3") -> Settlement:
    """Check every statement of an entry.

    Parameters
    ----------
    entry : Entry
    solver : str
        ``"z3"``, ``"cvc5"`` or ``"both"``.
    """
    return Settlement(
        entry=entry,
        literal=tuple(check(c, solver=solver) for c in entry.literal),
        condition=tuple(check(c, solver=solver) for c in entry.condition),
        corrected=tuple(check(c, solver=solver) for c in entry.corrected),
    )
