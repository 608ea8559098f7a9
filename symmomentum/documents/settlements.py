"""What the checker finds of each claim of the article, for documents about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symmomentum.article import Settlement

__all__ = ["settlements"]


def settlements(section: str | None = None, *, solver: str = "z3") -> Iterator[Settlement]:
    """Check the claims of Goh (2017) one after the other, in the order of the article.

    Parameters
    ----------
    section : str, optional
        Only those under this heading of the article; by default all.
    solver : str
        ``"z3"``, ``"cvc5"`` or ``"both"``.

    Yields
    ------
    Settlement
        With the claim as data in ``entry``, its ``status``, and the verdicts ``literal``, ``condition`` and ``corrected``.

    Examples
    --------
    >>> [(found.entry.id, found.status) for found in settlements("Choosing A Step-size")][:2]
    [('A021', 'holds'), ('A022', 'holds')]
    """
    from symmomentum.article import entries, settle  # takes seconds, and most documents do without

    return (settle(entry, solver=solver) for entry in entries(section))
