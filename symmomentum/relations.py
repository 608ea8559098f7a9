"""How methods relate: one is another under a change of parameters, or a special case of it.

Two methods with the same characteristic polynomial have the same eigenvalues, stability region, rates and tunings; their
iterates from rest need not be the same.
"""

from __future__ import annotations

import sympy

from symmomentum.claims import Claim
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.symbols import parameter, sigma

__all__ = ["related_parameters", "relation_claims"]


def related_parameters(iteration: Iteration, to: str) -> dict[sympy.Symbol, object]:
    """The parameters of another method at which it is this one, by symbol.

    >>> related_parameters(Iteration(catalog["adam"]), "heavy-ball")
    {alpha: alpha*(1 - beta), beta: beta}
    """
    relation = next(r for r in iteration.method.relations if r.to == to)
    own = {n: parameter(n) for n in iteration.method.parameters}
    found = relation.parameters(**own)
    return {parameter(n): sympy.Integer(x) if isinstance(x, int) else x for n, x in found.items()}


def relation_claims(iteration: Iteration) -> tuple[Claim, ...]:
    """That the characteristic polynomials are the same, up to powers of sigma where the numbers of states differ."""
    made = []
    for relation in iteration.method.relations:
        other = Iteration(catalog[relation.to])
        values = related_parameters(iteration, relation.to)
        defined = tuple(
            sympy.Ne(d, 0)
            for d in dict.fromkeys(sympy.fraction(sympy.together(v))[1] for v in values.values())
            if d.free_symbols
        )
        lead = max(iteration.size, other.size)
        own, theirs = (
            sympy.Poly(sigma ** (lead - it.size) * it.polynomial.as_expr(), sigma).all_coeffs()
            for it in (iteration, other)
        )
        made.append(
            Claim(
                id=f"{iteration.method.name}/relations/{relation.to}",
                title=f"The characteristic polynomial is that of {relation.to}",
                statement=sympy.And(
                    *(
                        sympy.Eq(x, y.subs(values, simultaneous=True), evaluate=False)
                        for x, y in zip(own, theirs, strict=True)
                    )
                ),
                assumptions=defined,
                source=f"derived from the update rules; {iteration.method.cite}",
            )
        )
    return tuple(made)
