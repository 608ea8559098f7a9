"""Every claim of Goh, "Why Momentum Really Works" (Distill 2017), settled; one module for each part of the article."""

from __future__ import annotations

from symmomentum.article import (
    colorization,
    damping,
    dynamics,
    first_steps,
    introduction,
    limits,
    optimal_parameters,
    polynomial_regression,
    stochastic,
)
from symmomentum.article.model import Entry, Settlement, Status, settle, settled

__all__ = ["ENTRIES", "PARTS", "Entry", "Settlement", "Status", "entries", "settle", "settled"]

PARTS: dict[str, tuple[Entry, ...]] = {
    part.__name__.rpartition(".")[2]: part.ENTRIES
    for part in (
        introduction,
        first_steps,
        polynomial_regression,
        dynamics,
        damping,
        optimal_parameters,
        colorization,
        limits,
        stochastic,
    )
}
"""The claims of each part of the article, in its order."""

ENTRIES: tuple[Entry, ...] = tuple(entry for part in PARTS.values() for entry in part)
"""All claims, in the order of the article."""


def entries(section: str | None = None) -> tuple[Entry, ...]:
    """The claims, in the order of the article.

    Parameters
    ----------
    section : str, optional
        Only those under this heading; by default all.

    Examples
    --------
    >>> [entry.id for entry in entries("Introduction")][:3]
    ['A001', 'A002', 'A003']
    """
    return tuple(entry for entry in ENTRIES if section in {None, entry.section})
