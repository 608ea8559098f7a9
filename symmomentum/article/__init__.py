"""Every claim of Goh, "Why Momentum Really Works" (Distill 2017), settled; one module for each part of the article.

>>> import symmomentum as sm
>>> [(e.id, sm.article.settle(e).status) for e in sm.article.entries("Choosing A Step-size")][:2]
[('A021', 'holds'), ('A022', 'holds')]
"""

from __future__ import annotations

from importlib import import_module

from symmomentum.article.model import Entry, Settlement, Status, settle, settled

__all__ = ["PARTS", "Entry", "Settlement", "Status", "entries", "part", "settle", "settled"]

PARTS = (
    "introduction",
    "first_steps",
    "polynomial_regression",
    "dynamics",
    "damping",
    "optimal_parameters",
    "colorization",
    "limits",
    "stochastic",
)
"""The parts of the article, in its order."""


def part(name: str) -> tuple[Entry, ...]:
    """The claims of one of the :data:`PARTS`. To write down those of all of them takes seconds, so each is made when asked for.

    >>> part("introduction")[0].id
    'A001'
    """
    found: tuple[Entry, ...] = import_module(f"symmomentum.article.{name}").ENTRIES
    return found


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
    return tuple(entry for name in PARTS for entry in part(name) if section in {None, entry.section})
