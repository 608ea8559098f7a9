"""How methods relate: one is another under a change of parameters, or a special case of it.

Two methods with the same characteristic polynomial have the same eigenvalues, stability region, rates and tunings; their
iterates from rest need not be the same.
"""

from __future__ import annotations

import functools
from typing import Any

import sympy

from symmomentum.claims import Claim
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.symbols import lam, parameter
from symmomentum.update_rule import Method, Relation

__all__ = ["related_values", "relation_claims"]


def related_values(method: Method, relation: Relation) -> dict[sympy.Symbol, Any]:
    """What stands for the other method's parameters, and for its curvature where that is another one, by symbol.

    >>> adam = catalog["adam"]
    >>> related_values(adam, next(r for r in adam.relations if r.to == "heavy-ball"))
    {alpha: alpha*(1 - beta), beta: beta}
    """
    own = {n: parameter(n) for n in method.parameters}
    found = {parameter(n): _exact(x) for n, x in relation.parameters(**own).items()}
    return found if relation.shift is None else {**found, lam: lam + relation.shift(**own)}


def _exact(value: Any) -> Any:
    return sympy.Integer(value) if isinstance(value, int) else value


@functools.cache
def relation_claims(method: Method) -> tuple[Claim, ...]:
    """That the characteristic polynomials are the same, up to powers of sigma where the numbers of states differ."""
    return tuple(_claim(Iteration(method), relation) for relation in method.relations)


def _claim(iteration: Iteration, relation: Relation) -> Claim:
    method, other = iteration.method, Iteration(catalog[relation.to])
    values = related_values(method, relation)
    divisors = dict.fromkeys(sympy.fraction(sympy.together(v))[1] for v in values.values())
    size = max(iteration.size, other.size)
    own, theirs = ([*it.polynomial.all_coeffs(), *[sympy.Integer(0)] * (size - it.size)] for it in (iteration, other))
    equal = (sympy.Eq(x, y.subs(values, simultaneous=True), evaluate=False) for x, y in zip(own, theirs, strict=True))
    return Claim(
        id=f"{method.name}/relations/{relation.to}",
        title=f"The characteristic polynomial is that of {relation.to}",
        statement=sympy.And(*equal),
        assumptions=tuple(sympy.Ne(d, 0) for d in divisors if d.free_symbols),
        source=f"derived from the update rules; {method.cite}",
    )
