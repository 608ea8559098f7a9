r"""How fast: the spectral radius of R, its regimes, and its worst case over all curvatures in [mu, L].

The spectral radius is the asymptotic rate: the error of a mode is eventually multiplied by it in each step, up to a
polynomial factor in k where the eigenvalues coincide.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from symmomentum.claims import Claim, conjuncts
from symmomentum.errors import NotDerivedError
from symmomentum.iteration import Iteration, compact
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.proof.entailment import entails
from symmomentum.stability import Stability, schur_cohn, slacks, spectral_radius
from symmomentum.symbols import L, lam, mu, r

__all__ = ["REGIMES", "Rate", "Regime", "two_state_lemma", "two_state_rate"]

REGIMES = {
    "one-step": "From rest, the first step removes the error completely.",
    "monotone": "Distinct real eigenvalues, the larger in modulus positive: the error ends up shrinking without changes of sign.",
    "oscillating": "Distinct real eigenvalues, none larger in modulus than the negative one: the error ends up changing sign in "
    "each step, unless both have the same modulus.",
    "critical": "One repeated real eigenvalue: the border between real and complex.",
    "complex": "A pair of complex eigenvalues: the error oscillates like a damped spring.",
    "divergent": "The spectral radius is at least 1: not every start converges (at exactly 1 the error may stay bounded).",
}
"""The regimes by name, in the order in which they are listed."""


_b, _q, _d = sympy.symbols("b q d", real=True)
_RADIUS = spectral_radius(_b, _q, _d)
_STABLE = tuple(g > 0 for g in schur_cohn((1, -_b, _q)))
_ROOT = sympy.sqrt(_d)
_TWO_STATES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "one-step": ((sympy.Eq(_b, 0), sympy.Eq(_q, 0)), sympy.Integer(0)),
    "monotone": ((*_STABLE, _d > 0, _b > 0), (_b + _ROOT) / 2),
    "oscillating": ((*_STABLE, _d > 0, _b <= 0), (_ROOT - _b) / 2),
    "critical": ((*_STABLE, sympy.Eq(_d, 0)), sympy.Abs(_b) / 2),
    "complex": ((*_STABLE, _d < 0), sympy.sqrt(_q)),
    "divergent": ((sympy.Or(*(sympy.Not(c) for c in _STABLE)),), _RADIUS),
}
"""For a trace b, a determinant q and the discriminant d = b^2 - 4 q: in which regime one is, and the spectral radius there."""


def two_state_rate(regime: str, trace: Any, determinant: Any, discriminant: Any) -> Any:
    """The rate in a regime of a two-state method, from the coefficients of its characteristic polynomial."""
    return _TWO_STATES[regime][1].xreplace({_b: trace, _q: determinant, _d: discriminant})


@functools.cache
def two_state_lemma(regime: str) -> Claim:
    """The rate in a regime of any two-state method: proved once for all b, q and d, of which each method is an instance."""
    conditions, rate = _TWO_STATES[regime]
    bound = _RADIUS >= 1 if regime == "divergent" else _RADIUS < 1
    return Claim(
        id=f"two-states/regimes/{regime}",
        title=f"The rate in the regime {regime}, for any trace and determinant",
        statement=sympy.And(*([] if regime == "divergent" else [sympy.Eq(_RADIUS, rate, evaluate=False)]), bound),
        assumptions=(sympy.Eq(_d, _b**2 - 4 * _q), *conditions),
        source="quadratic formula; schur1917; cohn1922; jury1964",
    )


@dataclass(frozen=True)
class Regime:
    """One part of the space of parameters and curvature, and the spectral radius there."""

    name: str
    condition: Any
    rate: Any

    @property
    def meaning(self) -> str:
        """What the regime means for the error of a mode."""
        return REGIMES[self.name]


@dataclass(frozen=True)
class Rate:
    """The rate of a method with one or two states.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> rate = Rate(Stability(Iteration(catalog["gradient-descent"])))
    >>> rate.rate, rate.worst_rate
    (Abs(alpha*lambda - 1), Max(Abs(L*alpha - 1), Abs(alpha*mu - 1)))
    >>> [(regime.name, regime.condition) for regime in rate.regimes]  # doctest: +NORMALIZE_WHITESPACE
    [('one-step', Eq(alpha*lambda, 1)), ('monotone', (alpha*lambda > 0) & (alpha*lambda < 1)),
     ('oscillating', (alpha*lambda > 1) & (alpha*lambda < 2)), ('divergent', (alpha*lambda >= 2) | (alpha*lambda <= 0))]
    """

    stability: Stability

    @property
    def iteration(self) -> Iteration:
        """The iteration whose rate this is."""
        return self.stability.iteration

    @cached_property
    def rate(self) -> Any:
        """The spectral radius of R, for all real parameters and curvatures."""
        it = self.iteration
        if it.size == 1:
            return sympy.Abs(it.trace)
        self._need_closed_form("the spectral radius")
        return _RADIUS.xreplace(self._values)

    @property
    def _values(self) -> dict[Any, Any]:
        """What stands for the trace, the determinant and the discriminant of any two-state method."""
        it = self.iteration
        return {_b: it.trace, _q: it.determinant, _d: it.discriminant}

    def _need_closed_form(self, what: str) -> None:
        it = self.iteration
        if it.size > 2:
            raise NotDerivedError(
                f"{it.method.name}: {what} is derived for up to two states; this method has {it.size}"
            )

    # Regimes --------------------------------------------------------------------------------------------------------

    @cached_property
    def regimes(self) -> tuple[Regime, ...]:
        """An exhaustive partition without overlap of all real parameters and curvatures; empty regimes are left out."""
        self._need_closed_form("the partition into regimes")
        stable = list(conjuncts(self.stability.region))
        divergent = sympy.Or(*(sympy.Not(c) for c in stable))
        found = [*(self._one_state(stable) if self.iteration.size == 1 else self._two_states(stable))]
        found.append(Regime("divergent", divergent, self.rate))
        return tuple(regime for regime in found if regime.condition is not sympy.false)

    def _one_state(self, stable: list[Any]) -> Iterable[Regime]:
        a = self.iteration.trace
        yield Regime("one-step", self._reduced([_equation(a)]), sympy.Integer(0))
        yield Regime("monotone", self._reduced([*stable, _positive(a)]), a)
        yield Regime("oscillating", self._reduced([*stable, _positive(-a)]), -a)

    def _two_states(self, stable: list[Any]) -> Iterable[Regime]:
        it = self.iteration
        b, q, d = it.trace, it.determinant, it.discriminant
        at_once = self._reduced([_equation(x) for x in (b, q, it.residual_polynomial(1)) if x != 0])
        conditions = {
            "one-step": at_once,
            "monotone": self._reduced([*stable, d > 0, _positive(b)]),
            "oscillating": self._reduced([*stable, d > 0, sympy.Not(_positive(b))]),
            "critical": self._reduced([*stable, sympy.Eq(d, 0), sympy.Not(at_once)]),
            "complex": self._reduced([*stable, d < 0]),
        }
        for name, condition in conditions.items():
            yield Regime(name, condition, two_state_rate(name, b, q, d))

    def _reduced(self, conditions: list[Any]) -> Any:
        """The conjunction in an equivalent shorter form: factors that must vanish, single disjuncts, nothing implied."""
        kept = [p for c in conditions for p in self._parts(c, conditions)]
        if sympy.false in kept or entails(kept, sympy.false):
            return sympy.false
        kept = list(dict.fromkeys(c for c in kept if c is not sympy.true))
        for c in sorted(kept, key=sympy.count_ops, reverse=True):
            rest = [x for x in kept if x != c]
            if not isinstance(c, sympy.Eq) and entails(rest, c):
                kept = rest
        for c in [x for x in kept if isinstance(x, sympy.Eq)]:
            rest = [x for x in kept if x != c]
            if entails(rest, c):
                kept = rest
        return sympy.And(*kept)

    def _parts(self, condition: Any, together: list[Any]) -> list[Any]:
        if isinstance(condition, sympy.Eq):
            factors = [f for f, _ in sympy.factor_list(condition.lhs - condition.rhs)[1]]
            vanishing = [_equation(f) for f in factors if entails(together, sympy.Eq(f, 0))]
            if len(factors) > 1 and vanishing:
                return vanishing
        if isinstance(condition, sympy.Or):
            for part in condition.args:
                if entails(together, part):
                    return [part]
        return [condition]

    # Worst case -----------------------------------------------------------------------------------------------------

    @property
    def is_affine(self) -> bool:
        """Whether the characteristic coefficients are affine in the curvature, so that the end points of [mu, L] decide."""
        return all(sympy.degree(c, lam) <= 1 for c in self.iteration.coefficients[1:] if c.has(lam))

    @property
    def interior_points(self) -> tuple[Any, ...]:
        """Curvatures inside (mu, L) at which the rate may be larger than at both ends.

        Raises
        ------
        NotDerivedError
            If neither the end points nor rational interior points are proved to decide.
        """
        points, reason = self._interior
        if reason:
            raise NotDerivedError(reason)
        return points

    @cached_property
    def _interior(self) -> tuple[tuple[Any, ...], str]:
        """Those points, or why they are not known: kept in both cases, for either takes a while to find out."""
        self._need_closed_form("the worst rate")
        if self.is_affine or check(self._end_points_claim(()), timeout=SEARCH_SECONDS).proved:
            return (), ""
        it = self.iteration
        if it.size == 1:
            equations = [sympy.diff(it.trace, lam)]
        else:  # an eigenvalue is stationary where sigma b' = q'; the modulus of a complex pair where q' = 0
            b, q = it.trace, it.determinant
            db, dq = sympy.diff(b, lam), sympy.diff(q, lam)
            equations = [dq, sympy.expand(q * db**2 - b * db * dq + dq**2)]
        points: list[Any] = []
        for equation in equations:
            for factor, _ in sympy.factor_list(equation, lam)[1]:
                degree = sympy.degree(factor, lam)
                if degree == 1:
                    a1, a0 = sympy.Poly(factor, lam).all_coeffs()
                    points.append(sympy.cancel(-a0 / a1))
                elif degree > 1:
                    return (), (
                        f"{it.method.name}: the end points of [mu, L] do not decide the worst rate, and its interior maximum has "
                        f"no rational closed form (it solves {factor} = 0)"
                    )
        found = tuple(dict.fromkeys(points))
        decided = self._end_points_claim(found)
        if not entails(decided.assumptions, decided.statement, timeout=SEARCH_SECONDS):
            return (
                (),
                f"{it.method.name}: the end points of [mu, L] do not decide the worst rate, and where it lies is not proved",
            )
        return found, ""

    @cached_property
    def worst_rate(self) -> Any:
        """The supremum of the rate over lam in [mu, L], where 0 < mu <= L.

        Raises
        ------
        NotDerivedError
            If neither the end points nor rational interior points are proved to decide.
        """
        self._need_closed_form("the worst rate")
        ends = [self.rate.xreplace({lam: mu}), self.rate.xreplace({lam: L})]
        inside = [sympy.Piecewise((self._rate_at(p), lies_inside(p)), (0, True)) for p in self.interior_points]
        return sympy.Max(*ends, *inside)

    def _rate_at(self, point: Any) -> Any:
        """The rate at a rational curvature, its cases without the divisor, so that they can be told where that is zero."""
        it = self.iteration
        if it.size == 1:
            return sympy.Abs(sympy.cancel(it.trace.subs(lam, point)))
        b, q, d = (sympy.cancel(x.subs(lam, point)) for x in (it.trace, it.determinant, it.discriminant))
        return spectral_radius(b, q, d, _signed(d))

    def _end_points_claim(self, interior: Iterable[Any]) -> Claim:
        """A bound that holds at both ends (and at the given interior points) holds in between."""
        coefficients = self.iteration.coefficients

        def bounded(at: Any) -> Any:
            return sympy.And(*(_signed(g.subs(lam, at)) >= 0 for g in slacks(coefficients, r)))

        inside = [sympy.Implies(lies_inside(p), bounded(p)) for p in interior]
        name = "interior" if inside else "end-points"
        return Claim(
            id=f"{self.iteration.method.name}/worst-rate/{name}",
            title="Where the worst rate over [mu, L] is attained",
            statement=bounded(lam),
            assumptions=(r >= 0, mu <= lam, lam <= L, bounded(mu), bounded(L), *inside),
            source=f"derived from the update rule; {self.iteration.method.cite}",
        )

    def _affine_claim(self) -> Claim:
        t = self.iteration.fresh("t")
        inside = (1 - t) * mu + t * L
        return Claim(
            id=f"{self.iteration.method.name}/worst-rate/affine",
            title="The characteristic coefficients are affine in the curvature",
            statement=sympy.And(
                *(
                    sympy.Eq(
                        sympy.expand(c).subs(lam, inside),
                        (1 - t) * sympy.expand(c).subs(lam, mu) + t * sympy.expand(c).subs(lam, L),
                    )
                    for c in self.iteration.coefficients[1:]
                )
            ),
            assumptions=(),
            source="derived from the update rule",
        )

    # Claims ---------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What is stated of the regimes and of the worst case."""
        if self.iteration.size > 2:
            return ()
        name = self.iteration.method.name
        source = f"derived from the update rule; {self.iteration.method.cite}"
        conditions = [regime.condition for regime in self.regimes]
        overlaps = [sympy.And(x, y) for i, x in enumerate(conditions) for y in conditions[:i]]
        made = [
            Claim(
                id=f"{name}/regimes/exhaustive",
                title="Every point is in a regime",
                statement=sympy.Or(*conditions),
                assumptions=(),
                source=source,
            ),
            Claim(
                id=f"{name}/regimes/disjoint",
                title="No point is in two regimes",
                statement=sympy.Not(sympy.Or(*overlaps)),
                assumptions=(),
                source=source,
            ),
        ]
        made += [self._regime_claim(regime, source) for regime in self.regimes]
        if self.is_affine:
            made.append(self._affine_claim())
        else:
            with contextlib.suppress(NotDerivedError):
                made.append(self._end_points_claim(self.interior_points))
        return tuple(made)

    def _regime_claim(self, regime: Regime, source: str) -> Claim:
        it, id = self.iteration, f"{self.iteration.method.name}/regimes/{regime.name}"
        assumptions = conjuncts(regime.condition)
        after = [it.residual_polynomial(i) for i in (1, 2)] if regime.name == "one-step" else []
        ended = [sympy.Eq(p, 0, evaluate=False) for p in after]
        if regime.name == "divergent":
            stated = [sympy.Ge(self.rate, 1, evaluate=False)]
        else:
            equal = sympy.Eq(self.rate, regime.rate, evaluate=False)
            stated = [equal, sympy.Lt(self.rate, 1, evaluate=False), *ended]
        lemmas: tuple[Claim, ...] = ()
        if it.size == 2:
            instance = two_state_lemma(regime.name).instance(self._values, id=f"{id}/rate")
            linked, *conditions = instance.assumptions
            title = "The discriminant of the characteristic polynomial"
            lemmas = (
                Claim(id=f"{id}/discriminant", title=title, statement=linked, assumptions=(), source=source),
                Claim(
                    id=f"{id}/coefficients",
                    title="What the regime says of trace, determinant and discriminant",
                    statement=sympy.And(*conditions, *ended),
                    assumptions=assumptions,
                    source=source,
                ),
                instance,
            )
        return Claim(
            id=id,
            title=f"The rate in the regime {regime.name}",
            statement=sympy.And(*stated),
            assumptions=assumptions,
            source=source,
            lemmas=lemmas,
        )


def _signed(expression: Any) -> Any:
    """A polynomial of low degree with the sign of a rational function, wherever that is defined."""
    num, den = sympy.fraction(sympy.cancel(expression))
    sign, factors = sympy.factor_list(den)
    odd = sympy.Mul(*(f for f, multiplicity in factors if multiplicity % 2))
    return sympy.expand(num * odd * sympy.sign(sign))


def lies_inside(point: Any) -> Any:
    """mu < point < L for a rational function, false where that is undefined."""
    num, den = sympy.fraction(sympy.cancel(point))
    return sympy.And(sympy.expand((num - mu * den) * den) > 0, sympy.expand((L * den - num) * den) > 0)


def _equation(expression: Any) -> Any:
    """expression = 0 with the term in the curvature, or the only term, alone on the left."""
    expanded = sympy.expand(expression)
    rest, moved = expanded.as_independent(lam, as_Add=True) if expanded.has(lam) else (0, expanded)
    left = compact(moved)
    return sympy.Eq(-left, rest) if left.as_coeff_Mul()[0] < 0 else sympy.Eq(left, -rest)


def _positive(expression: Any) -> Any:
    """expression > 0 with the terms in the curvature on the left."""
    expanded = sympy.expand(expression)
    rest, moved = expanded.as_independent(lam, as_Add=True)
    left = compact(moved)
    return sympy.Lt(-left, rest) if left.as_coeff_Mul()[0] < 0 else sympy.Gt(left, -rest)
