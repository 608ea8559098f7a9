"""Solving systems of polynomial equations one unknown after the other.

For the equations of :mod:`symmomentum.tuning`: few unknowns, the last of them r, in which most equations are linear in something.
Factors are cases, an unknown that occurs linearly is eliminated, and where none does, subresultants or a Groebner basis are asked
for one. What is found is put back into the equations by whoever uses it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy
from sympy import QQ
from sympy.polys.groebnertools import groebner
from sympy.polys.rings import PolyElement

from symmomentum.symbols import r

__all__ = ["MP", "SLACK", "Solution", "as_mpf", "degree", "numbers", "solutions", "value"]

DIGITS = 40
MP = mpmath.mp.clone()  # its own precision, whatever the precision of everybody's mpmath.mp is
MP.dps = DIGITS
SLACK = MP.mpf(10) ** (-DIGITS // 2)


@dataclass(frozen=True)
class Solution:
    """Unknowns one after the other as fractions of later ones, and the polynomial that the last unknown, r, solves."""

    steps: tuple[tuple[int, PolyElement, PolyElement], ...]
    final: PolyElement


_LARGEST_BASIS = 12
"""The largest total degree, summed over the equations, of a system of which a Groebner basis is computed: SymPy's may take
minutes beyond it."""
_MOST_SYSTEMS, _MOST_TERMS, _MOST_BASES = 400, 600, 20
"""After how many systems, for polynomials of how many terms, and after how many bases the elimination gives up."""


def solutions(system: list[PolyElement], unknowns: int, near: list[Any] | None = None) -> Iterator[Solution]:
    """Triangular solutions of a polynomial system: factors are cases, an unknown that occurs linearly is eliminated, and where
    none does, subresultants or a Groebner basis are asked for one. With ``near``, only those that pass through that point."""
    yield from _Elimination(near).solve(system, tuple(range(unknowns)), ())


class _Elimination:
    def __init__(self, near: list[Any] | None) -> None:
        self.near = near
        self.left, self.bases = _MOST_SYSTEMS, _MOST_BASES

    def _vanishing(self, factors: Iterable[PolyElement]) -> list[PolyElement]:
        return [f for f in factors if self.near is None or abs(value(f, self.near)) < SLACK]

    def solve(
        self,
        system: list[PolyElement],
        open_unknowns: tuple[int, ...],
        steps: tuple[tuple[int, PolyElement, PolyElement], ...],
        *,
        extended: bool = False,
    ) -> Iterator[Solution]:
        """The solutions of a system in the open unknowns, the others being known from the steps."""
        self.left -= 1
        system = [g for g in dict.fromkeys(system) if g]
        if self.left < 0 or any(len(g) > _MOST_TERMS for g in system):
            return
        if any(all(not degree(g, i) for i in open_unknowns) for g in system):
            return  # an equation in mu and L alone: not solvable for all of them
        if len(system) < len(open_unknowns):
            return  # not a point
        if len(open_unknowns) == 1:
            common = functools.reduce(lambda f, g: f.gcd(g), system)
            for f in self._vanishing(_factors(common)):
                if degree(f, open_unknowns[0]):
                    yield Solution(steps, f)
            return
        split = [self._vanishing(f for f in _factors(g) if any(degree(f, i) for i in open_unknowns)) for g in system]
        if not all(split):
            return  # an equation that holds at no r between 0 and 1
        linear = [
            n for n, factors in enumerate(split) if any(_linear_in(f, open_unknowns) is not None for f in factors)
        ]
        several = [n for n, factors in enumerate(split) if len(factors) > 1]
        if not linear and not several:
            if not extended and self.bases:
                self.bases -= 1
                more = _triangular([f for (f,) in split], open_unknowns)
                yield from self.solve(more, open_unknowns, steps, extended=True)
            return
        position = min(linear or several, key=lambda n: (len(split[n]), len(system[n])))
        others = [h for n, h in enumerate(system) if n != position]
        for f in split[position]:
            i = _linear_in(f, open_unknowns)
            if i is None:
                if len(split[position]) > 1:
                    yield from self.solve([f, *others], open_unknowns, steps)
                continue
            num, den = _linear_parts(f, i)
            reduced = [_substituted(h, i, num, den) for h in others]
            yield from self.solve(reduced, tuple(j for j in open_unknowns if j != i), (*steps, (i, num, den)))
            if self._vanishing([den]) and any(degree(den, j) for j in open_unknowns):
                # There, the unknown is open still.
                yield from self.solve([den, num, *others], open_unknowns, steps)


def _triangular(system: list[PolyElement], open_unknowns: tuple[int, ...]) -> list[PolyElement]:
    """A system with at least the same solutions, in which an unknown is likely to occur linearly; empty if that is too much
    to compute. Two equations in one unknown and r have subresultants; else a Groebner basis is asked."""
    polynomials = system[0].ring
    involved = [g for g in system if degree(g, open_unknowns[0])]
    if len(open_unknowns) == 2 and len(involved) > 1:
        x = polynomials.symbols[open_unknowns[0]]
        chain = sympy.subresultants(*(g.as_expr() for g in involved[:2]), x)
        return [*(polynomials.from_expr(sympy.expand(g)) for g in chain[-2:]), *system]
    if sum(max(map(sum, g.monoms())) for g in system) > _LARGEST_BASIS:
        return []
    return list(groebner(system, polynomials))


@functools.lru_cache(maxsize=4096)
def _factors(poly: PolyElement) -> tuple[PolyElement, ...]:
    """The irreducible factors but those that vanish at no r between 0 and 1: r, 1 - r and 1 + r."""
    r_alone = poly.ring.from_expr(r)
    trivial = {r_alone, r_alone - 1, r_alone + 1}
    return tuple(f for f, _ in poly.factor_list()[1] if f.monic() not in trivial)


def _linear_in(poly: PolyElement, open_unknowns: tuple[int, ...]) -> int | None:
    """An unknown other than r in which the polynomial is linear, with a slope in as few unknowns as possible."""
    candidates = [i for i in open_unknowns[:-1] if degree(poly, i) == 1]

    def cost(i: int) -> tuple[int, int]:
        slope = _linear_parts(poly, i)[1]
        return sum(degree(slope, j) > 0 for j in open_unknowns), len(slope)

    return min(candidates, key=cost, default=None)


def degree(poly: PolyElement, index: int) -> int:
    """The degree of a polynomial in one of its variables."""
    return max((int(m[index]) for m in poly), default=0)


def _linear_parts(poly: PolyElement, index: int) -> tuple[PolyElement, PolyElement]:
    """(numerator, denominator) of the variable where the polynomial vanishes."""
    slope = {(*m[:index], 0, *m[index + 1 :]): c for m, c in poly.terms() if m[index]}
    rest = {m: -c for m, c in poly.terms() if not m[index]}
    return poly.ring.from_dict(rest), poly.ring.from_dict(slope)


def _substituted(poly: PolyElement, index: int, num: PolyElement, den: PolyElement) -> PolyElement:
    """The numerator after a variable is replaced by num / den."""
    most = degree(poly, index)
    total = poly.ring.zero
    for m, c in poly.terms():
        power = m[index]
        rest = poly.ring.from_dict({(*m[:index], 0, *m[index + 1 :]): c})
        for factor, times in ((num, power), (den, most - power)):
            for _ in range(times):
                rest = rest * factor
        total = total + rest
    if most and total:
        while not (division := total.div([den]))[1] and not den.is_ground:
            total = division[0][0]
    return total


def numbers(solution: Solution, unknowns: int) -> Iterator[list[Any]]:
    """The real numeric solutions with 0 <= r < 1."""
    poly = sympy.Poly(solution.final.as_expr(), r)
    coefficients = [as_mpf(QQ(int(c.p), int(c.q))) for c in poly.all_coeffs()]
    try:
        roots = MP.polyroots(coefficients, maxsteps=200, extraprec=200)
    except MP.NoConvergence:
        return
    for root in roots:
        if abs(MP.im(root)) > SLACK:
            continue
        values: list[Any] = [MP.mpf(0)] * (unknowns - 1) + [MP.re(root)]
        for index, num, den in reversed(solution.steps):
            below = value(den, values)
            if abs(below) < SLACK:
                break
            values[index] = value(num, values) / below
        else:
            yield values


def value(poly: PolyElement, values: list[Any]) -> Any:
    """A polynomial at numbers, to the digits of :data:`MP`."""
    total = MP.mpf(0)
    for monomial, coefficient in poly.terms():
        term = as_mpf(coefficient)
        for v, exponent in zip(values, monomial, strict=False):
            if exponent:
                term *= v**exponent
        total += term
    return total


def as_mpf(value: Any) -> Any:
    """A rational number as one of :data:`MP`."""
    return MP.mpf(int(value.numerator)) / int(value.denominator)
