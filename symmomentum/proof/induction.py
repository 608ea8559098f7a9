"""Induction on a step count: the base and the step of a claim, each a claim of its own.

Needed where a statement speaks of something that is defined step by step: a sum or product up to k, an entry of the k-th
power of an explicit matrix. In the step these unroll once, and the induction hypothesis says what is known of the rest.

Base and step are about truth alone. Substituting numbers can hide that a term is undefined (0/x becomes 0), so whoever
relies on the two must have shown that every term of the claim itself is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy
from sympy.core.relational import Equality, GreaterThan, LessThan, StrictGreaterThan, StrictLessThan
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.claims import Claim, conjuncts, mapped
from symmomentum.errors import ClaimError
from symmomentum.proof.formula import RECURSIVE

__all__ = ["base_and_step", "variable"]

_INEQUALITIES = (StrictGreaterThan, StrictLessThan, GreaterThan, LessThan)


def variable(claim: Claim, *, powers: bool = False) -> sympy.Symbol | None:
    """The integer symbol that the statement's sums, products and matrix powers run up to, if there is just one.

    With ``powers``, a symbol in the exponent of an ordinary power counts too.
    """
    extents = [_extent(node) for node in claim.statement.atoms(*RECURSIVE)]
    if powers:
        extents += [node.exp for node in claim.statement.atoms(sympy.Pow)]
    found = {s for extent in extents for s in extent.free_symbols if s.is_integer and s in claim.symbols}
    return found.pop() if len(found) == 1 else None


def base_and_step(claim: Claim, k: sympy.Symbol) -> tuple[Claim, Claim] | None:
    """The two claims that together imply the claim, wherever its terms are defined, for every k from the least on.

    ``None`` if nothing bounds k from below, if more is assumed of k than a lower bound, or if a term does not unroll in one
    step or cannot be written at the least k.

    Examples
    --------
    >>> from symmomentum.symbols import beta, k
    >>> i = sympy.Symbol("i", integer=True)
    >>> claim = Claim(
    ...     id="demo/sum",
    ...     statement=sympy.Eq((1 - beta) * sympy.Sum(beta**i, (i, 0, k)), 1 - beta ** (k + 1)),
    ...     assumptions=(),
    ...     source="demonstration",
    ... )
    >>> base, step = base_and_step(claim, k)
    >>> base.statement
    Eq(1 - beta, 1 - beta)
    """
    try:
        return _base_and_step(claim, k)
    except (TypeError, ClaimError):
        # SymPy evaluates a branch that is never taken at these numbers, and finds an infinity or the imaginary unit there.
        return None


def _base_and_step(claim: Claim, k: sympy.Symbol) -> tuple[Claim, Claim] | None:
    bounds = [(a, b) for a in claim.assumptions if (b := _lower_bound(a, k)) is not None]
    others = tuple(a for a in claim.assumptions if a not in {a for a, _ in bounds})
    least = [b for _, b in bounds] + ([int(bool(k.is_positive))] if k.is_nonnegative else [])
    if any(k in a.free_symbols for a in others) or not least:
        return None
    # Counted from the least value on, so that SymPy knows that n is no negative number. What else k declares (even, prime)
    # is left aside: the step must hold from each integer to the next.
    # A dummy, since another symbol of the claim may have k's name and just these declarations.
    n = sympy.Dummy(k.name, integer=True, nonnegative=True)
    nodes = sorted(claim.statement.atoms(*RECURSIVE), key=str)
    if any(_rebinds(node, k) for node in nodes):
        return None
    shifted = {node: node.xreplace({k: n + max(least)}) for node in nodes}
    values: dict[Any, sympy.Dummy] = {}

    def value(node: Any) -> sympy.Dummy:
        """A recursive term at n, of which only the hypothesis says something."""
        return values.setdefault(node, sympy.Dummy(str(node), real=True))

    # Where one matrix stands with different exponents, the larger powers are products with the least: what they have to do with
    # each other need not be found by a solver.
    least_power = _least_powers(shifted.values(), n)
    first, last, marked = {}, {}, {}
    for node, moved in shifted.items():
        unrolled = _unrolled(moved, n, value)
        if unrolled is None:
            return None
        first[node] = unrolled[0]
        parts = _from_least(moved, n, least_power)
        marked[node] = sympy.Add(*(factor * value(part) for factor, part in parts))
        for _, part in parts:
            if (following := _unrolled(part, n, value)) is None:
                return None
            last[value(part)] = following[1]

    start = mapped(claim.statement, lambda term: term.xreplace(first).xreplace({k: sympy.Integer(max(least))}))
    hypothesis = mapped(claim.statement, lambda term: term.xreplace(marked).xreplace({k: n + max(least)}))
    after = mapped(hypothesis, lambda term: term.xreplace({n: n + 1}).xreplace(last))
    equations = [h for h in conjuncts(hypothesis) if isinstance(h, Equality) and h.lhs in values.values()]
    known = {h.lhs: h.rhs for h in equations}
    rest = [h for h in conjuncts(hypothesis) if h not in equations]
    base = Claim(id=f"{claim.id}.base", statement=start, assumptions=others, source=claim.source)
    step = Claim(
        id=f"{claim.id}.step",
        statement=mapped(after, lambda term: term.xreplace(known)),
        assumptions=(*others, *(mapped(h, lambda term: term.xreplace(known)) for h in rest)),
        source=claim.source,
    )
    return base, step


def _extent(node: Any) -> Any:
    return getattr(node.args[0], "exp", sympy.S.Zero) if isinstance(node, MatrixElement) else node.limits[0][-1]


def _rebinds(node: Any, k: sympy.Symbol) -> bool:
    return not isinstance(node, MatrixElement) and any(limit[0] == k for limit in node.limits)


def _lower_bound(assumption: Boolean, k: sympy.Symbol) -> int | None:
    """The least integer k that the assumption admits, if a bound from below by a number is all that it says."""
    if isinstance(assumption, _INEQUALITIES) and assumption.gts == k and assumption.lts.is_Rational:
        bound = assumption.lts
        return int(sympy.floor(bound)) + 1 if assumption.func in _INEQUALITIES[:2] else int(sympy.ceiling(bound))
    return None


def _least_powers(nodes: Iterable[Any], n: sympy.Symbol) -> dict[Any, int]:
    """By matrix, the least c of the exponents n + c."""
    least: dict[Any, int] = {}
    for node in nodes:
        ahead = _extent(node) - n
        if isinstance(node, MatrixElement) and ahead.is_Integer:
            base = node.args[0].base
            least[base] = min(least.get(base, int(ahead)), int(ahead))
    return least


def _from_least(node: Any, n: sympy.Symbol, least: Mapping[Any, int]) -> list[tuple[Any, Any]]:
    """The entry of a power as a sum of factors times entries of the least power of that matrix; other terms as they are."""
    if not isinstance(node, MatrixElement):
        return [(sympy.Integer(1), node)]
    power, i, j = node.args
    lowest = least[power.base]
    if (more := int(power.exp - n) - lowest) == 0:
        return [(sympy.Integer(1), node)]
    factors = power.base**more
    part = sympy.MatPow(power.base, n + lowest)
    return [(factors[i, a], MatrixElement(part, a, j)) for a in range(power.base.shape[0])]


def _unrolled(node: Any, n: sympy.Symbol, value: Callable[[Any], Any]) -> tuple[Any, Any] | None:
    """A recursive term at n = 0 written out, and at n + 1 with one step taken off; None if it does not unroll so."""
    if isinstance(node, MatrixElement):
        power, i, j = node.args
        steps = getattr(power, "exp", None)
        if (
            steps is None
            or not (steps - n).is_Integer
            or not i.is_Integer
            or n in power.base.free_symbols
            or steps - n < 0
        ):
            return None
        row = [power.base[i, a] * value(MatrixElement(power, a, j)) for a in range(power.base.shape[0])]
        return (power.base ** int(steps - n))[i, j], sympy.Add(*row)
    (index, low, high), *nested = node.limits
    ahead = high - n
    if nested or not (low.is_Integer and ahead.is_Integer and ahead >= low - 1) or n in node.function.free_symbols:
        return None
    if node.function.has(*RECURSIVE):
        return None
    terms = [node.function.xreplace({index: sympy.Integer(i)}) for i in range(int(low), int(ahead) + 1)]
    collect = sympy.Add if isinstance(node, sympy.Sum) else sympy.Mul
    return collect(*terms), collect(value(node), node.function.xreplace({index: high + 1}))
