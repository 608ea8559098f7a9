"""Whether some conditions imply another: for the work of bringing conditions to a short form, not for claims.

No numbers are tried and nothing is said of what does not follow; contradictory conditions imply everything. What is built
with it is stated as a claim afterwards, and checked as one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy.logic.boolalg import Boolean

from symmomentum.claims import Claim
from symmomentum.proof import smt
from symmomentum.proof.formula import TRUE, Translation, Untranslatable

__all__ = ["entails"]

TIMEOUT_SECONDS = 2.0
"""Less than for a claim: conditions are brought to a shorter form where that is quickly justified."""


def entails(conditions: Iterable[Boolean], conclusion: Boolean, timeout: float = TIMEOUT_SECONDS) -> bool:
    """Whether the conclusion was shown to hold, and to be defined, wherever the conditions do, ``timeout`` seconds a query.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x", real=True)
    >>> entails([x > 1], x**2 > 1), entails([x > -1], x**2 > 1), entails([x > 1, x < 0], sympy.false)
    (True, False, True)
    """
    claim = Claim(id="entailment", statement=conclusion, assumptions=tuple(conditions), source="")
    try:
        translation = Translation(claim)
    except Untranslatable:
        return False
    queries = smt.queries(translation, claim.id)
    if translation.conclusion == TRUE:
        queries = queries[:-1]
    return all(smt.ask(query, timeout=timeout).result == "unsat" for query in queries)
