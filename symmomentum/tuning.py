r"""The best constant parameters for all curvatures in [mu, L]: found by synthesis, then proved optimal.

The worst rate is at most r exactly if the Schur-Cohn inequalities scaled by r hold at mu and at L (and in between, which follows
or is proved). At the least r as many of them are active, that is equations, as there are unknowns. The search tries the sets of
active constraints at one numeric pair (mu, L) and keeps the feasible solution of least r; that set is then solved for
symbolic mu and L by elimination. Nothing found in this way is taken on trust: the claims state that it is attained and that no
real parameters do better, and they are proved for all 0 < mu <= L.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
import sympy
from sympy import QQ
from sympy.polys.groebnertools import groebner
from sympy.polys.rings import PolyElement, PolyRing

from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.rate import Rate
from symmomentum.stability import bounded_by, schur_cohn, slacks
from symmomentum.symbols import L, kappa, lam, mu, r

__all__ = ["Tuning", "check_spectrum", "synthesize"]

SAMPLE = (QQ(1), QQ(13))
"""The pair (mu, L) at which the sets of active constraints are compared; any generic one will do."""
DIGITS = 40
_MP = mpmath.mp.clone()  # its own precision, whatever the precision of everybody's mpmath.mp is
_MP.dps = DIGITS
_SLACK = _MP.mpf(10) ** (-DIGITS // 2)


def check_spectrum(low: Any, high: Any) -> None:
    """Raise :class:`ArgumentError` unless 0 < mu <= L."""
    if low != low or high != high:
        raise ArgumentError(f"mu and L must be numbers; given mu = {low}, L = {high}")
    if not low > 0:
        raise ArgumentError(f"mu must be positive (the objective is strongly convex); given mu = {low}")
    if not high >= low:
        raise ArgumentError(f"L must be at least mu; given mu = {low}, L = {high}")


@dataclass(frozen=True)
class Tuning:
    """Minimax parameters over [mu, L].

    Attributes
    ----------
    parameters : dict of symbol to expression in mu, L
        The parameters that attain the least worst rate.
    rate : expression in mu, L
        That rate.
    active : tuple of equations
        The inequalities, scaled by r, that hold with equality at the optimum, and whose solution it is.
    polynomial : expression in r, mu, L
        The certificate of the optimality proof: positive for 0 <= r < rate, and non-positive at the worst rate of any parameters.
    claims : tuple of Claim
        What makes it optimal.
    kind : str
        ``"radicals"``: parameters and rate in closed form.
    spectrum : inequality
        Where they hold: ``mu <= L``, or ``mu < L`` where the parameters have no value for equal ones.
    """

    parameters: Mapping[sympy.Symbol, Any]
    rate: Any
    active: tuple[Any, ...]
    polynomial: Any
    claims: tuple[Claim, ...]
    kind: str = "radicals"
    spectrum: Any = mu <= L

    @cached_property
    def rate_of_kappa(self) -> Any:
        """The rate in terms of the condition number kappa = L / mu."""
        return _in_kappa(self.rate)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of the claims, the last of which is optimality."""
        return tuple(check(c) for c in self.claims)

    @property
    def verdict(self) -> Verdict:
        """The verdict on optimality over all real parameters; it rests on all claims before it."""
        return self.verdicts[-1]

    def __str__(self) -> str:
        shown = ", ".join(f"{p} = {e}" for p, e in self.parameters.items())
        return f"{shown}, rate {self.rate} ({self.verdict.status})"

    def _check_spectrum(self, low: Any, high: Any) -> None:
        check_spectrum(low, high)
        if low == high and self.spectrum == (mu < L):
            raise ArgumentError(f"these parameters have no value where mu equals L; given mu = L = {low}")

    def at(self, low: Any, high: Any) -> dict[sympy.Symbol, Any]:
        """The parameters at numbers mu and L, exactly.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu <= L.
        """
        self._check_spectrum(low, high)
        return {p: e.xreplace({mu: _exactly(low), L: _exactly(high)}) for p, e in self.parameters.items()}

    def iterations(self, tolerance: Any, low: Any, high: Any) -> int:
        """The least k with rate**k <= tolerance at numbers mu and L: an asymptotic count, without transients.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu <= L and 0 < tolerance < 1.
        """
        self._check_spectrum(low, high)
        if not 0 < tolerance < 1:
            raise ArgumentError(f"the tolerance must lie between 0 and 1; given {tolerance}")
        radius = self.rate.xreplace({mu: _exactly(low), L: _exactly(high)})
        if radius == 0:
            return 1
        return int(sympy.ceiling(sympy.log(_exactly(tolerance)) / sympy.log(radius)))


def _exactly(number: Any) -> Any:
    """A number of any kind as the rational number that it is, a float as the binary fraction that it is."""
    value = Fraction(number)
    return sympy.Rational(value.numerator, value.denominator)


def synthesize(rate: Rate) -> Tuning:
    """The minimax tuning of a method.

    Raises
    ------
    NotDerivedError
        If no set of active constraints has a solution in radicals of degree two, or the method has more than two states.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.stability import Stability
    >>> tuning = synthesize(Rate(Stability(Iteration(catalog["gradient-descent"]))))
    >>> tuning.parameters, tuning.rate, tuning.rate_of_kappa
    ({alpha: 2/(L + mu)}, (L - mu)/(L + mu), (kappa - 1)/(kappa + 1))
    """
    return _Synthesis(rate).tuning()


def _in_kappa(rate: Any) -> Any:
    return _tidy(rate.subs({L: kappa, mu: 1}, simultaneous=True))


class _Synthesis:
    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.iteration: Iteration = rate.iteration
        self.name = self.iteration.method.name
        if self.iteration.size > 2:
            raise NotDerivedError(f"{self.name}: minimax tuning is derived for up to two states")
        self.unknowns = (*self.iteration.parameters, r)
        # The unknowns come first, so that elimination can tell them from mu and L by position.
        self.ring = PolyRing((*self.unknowns, mu, L), QQ)
        self.constraints = self._polynomials(schur_cohn(self.iteration.coefficients, r))
        # Constraints of degree two in r also hold inside both roots, where the trace exceeds 2 r; the others rule that out.
        bounds = self._polynomials(slacks(self.iteration.coefficients, r))
        self.bounds = [self._at_sample(g) for g in bounds]

    def _polynomials(self, expressions: tuple[Any, ...]) -> dict[PolyElement, Any]:
        """Expressions in lam at mu and at L: as polynomials, each with the expression that it comes from."""
        ends = [g.subs(lam, at) for g in expressions for at in (mu, L)]
        return {self.ring.from_expr(sympy.expand(g)): g for g in ends}

    def _at_sample(self, poly: PolyElement) -> PolyElement:
        """A polynomial in the unknowns alone."""
        return poly.evaluate(list(zip(self.ring.gens[-2:], SAMPLE, strict=True)))

    def tuning(self) -> Tuning:
        """Search at one pair of numbers, solve for symbols, state the claims."""
        for active in self._best_first():
            try:
                parameters, rate, polynomial = self._closed_form(active)
            except _NoRadicals:
                continue
            equations = tuple(sympy.Eq(self.constraints[g], 0, evaluate=False) for g in active)
            for spectrum in (mu <= L, mu < L):  # some optimal parameters have no value where the two are equal
                claims = self._claims(parameters, rate, equations, polynomial, spectrum)
                if all(check(c, timeout=SEARCH_SECONDS).proved for c in claims):
                    return Tuning(parameters, rate, equations, polynomial, claims, spectrum=spectrum)
        raise NotDerivedError(
            f"{self.name}: no closed form for the minimax tuning over [mu, L] was found and proved optimal"
        )

    # Search at numbers ----------------------------------------------------------------------------------------------

    def _best_first(self) -> list[list[PolyElement]]:
        """The sets of active constraints whose numeric solutions are feasible, the least rate first."""
        found: list[tuple[Any, int, list[PolyElement]]] = []
        for n, active in enumerate(itertools.combinations(self.constraints, len(self.unknowns))):
            found += [(values[-1], n, list(active)) for values in self._feasible_solutions(active)]
        found.sort(key=lambda f: (_MP.nstr(f[0], 20), f[1]))
        return list({n: active for _, n, active in found}.values())

    def _feasible_solutions(self, active: Iterable[PolyElement]) -> Iterator[list[Any]]:
        """At the sample (mu, L), the solutions of the active constraints that satisfy all of them."""
        for solution in _solutions([self._at_sample(g) for g in active], len(self.unknowns)):
            for values in _numbers(solution, len(self.unknowns)):
                if 0 <= values[-1] < 1 and all(_value(g, values) >= -_SLACK for g in self.bounds):
                    yield values

    # Closed form ----------------------------------------------------------------------------------------------------

    def _closed_form(self, active: list[PolyElement]) -> tuple[dict[sympy.Symbol, Any], Any, Any]:
        """Solve the active constraints for symbolic mu and L: in rational functions of new variables whose squares are linear
        in mu and L where the rate is quadratic."""
        target = min(self._feasible_solutions(active), key=lambda values: values[-1])
        for solution in _solutions(active, len(self.unknowns), near=[*target, *map(_mpf, SAMPLE)]):
            factor = solution.final
            rate, back = self._root(factor, target[-1])
            expressions = {r: rate}
            for index, num, den in reversed(solution.steps):
                fraction = num.as_expr() / den.as_expr()
                value = sympy.cancel(fraction.subs(expressions, simultaneous=True).subs(back.into, simultaneous=True))
                expressions[self.unknowns[index]] = value
            found = {u: _tidy(sympy.factor(e).subs(back.out, simultaneous=True)) for u, e in expressions.items()}
            if any(e.has(sympy.zoo, sympy.nan) for e in found.values()):
                continue  # a divisor vanishes
            if not all(self._close(found[u], value) for u, value in zip(self.unknowns, target, strict=True)):
                continue  # another solution with the same rate
            certificate = factor.as_expr()
            if _value(factor, [*target[:-1], _MP.mpf(0), *map(_mpf, SAMPLE)]) < 0:
                certificate = -certificate
            return {p: found[p] for p in self.iteration.parameters}, found[r], sympy.factor(certificate)
        raise _NoRadicals

    def _close(self, expression: Any, value: Any) -> bool:
        at_sample = expression.subs({mu: _rational(SAMPLE[0]), L: _rational(SAMPLE[1])})
        return bool(abs(_MP.make_mpf(sympy.Float(sympy.N(at_sample, DIGITS), DIGITS)._mpf_) - value) < _SLACK)

    def _root(self, factor: PolyElement, target: Any) -> tuple[Any, _Variables]:
        poly = sympy.Poly(factor.as_expr(), r)
        if poly.degree() == 1:
            lead, constant = poly.all_coeffs()
            return sympy.cancel(-constant / lead), _Variables({}, {})
        if poly.degree() != 2:
            raise _NoRadicals
        lead, middle, constant = poly.all_coeffs()
        variables = _square_roots(sympy.expand(middle**2 - 4 * lead * constant))
        split = sympy.factor(poly.as_expr().subs(variables.into, simultaneous=True))
        for f, _ in sympy.factor_list(split, r)[1]:
            linear = sympy.Poly(f, r)
            if linear.degree() != 1:
                continue
            root = sympy.cancel(-linear.all_coeffs()[1] / linear.all_coeffs()[0])
            if self._close(root.subs(variables.out, simultaneous=True), target):
                return root, variables
        raise _NoRadicals

    # Claims ---------------------------------------------------------------------------------------------------------

    def _claims(
        self,
        parameters: Mapping[sympy.Symbol, Any],
        rate: Any,
        equations: tuple[Any, ...],
        polynomial: Any,
        spectrum: Any = mu <= L,
    ) -> tuple[Claim, ...]:
        source = f"synthesized from the active Schur-Cohn constraints; {self.iteration.method.cite}"
        name = f"{self.name}/tuning"
        inside = () if self.rate.is_affine else (mu <= lam, lam <= L)
        attained = [
            x for at in ((mu, L) if self.rate.is_affine else (lam,)) for x in self._bounded(at, rate, parameters)
        ]
        any_parameters = (mu <= L, r >= 0, *self._bounded(mu, r), *self._bounded(L, r))
        # Where r >= 1 there is nothing to show; else the certificate polynomial carries the bound.
        bridge = sympy.Or(r >= 1, polynomial <= 0)
        at_optimum = {**parameters, r: rate}
        # What they are put into may cancel what they are undefined by.
        defined = [sympy.Eq(e, e, evaluate=False) for e in parameters.values()]
        return (
            Claim(
                id=f"{name}/active",
                title="The tuned parameters solve the active equations and the certificate polynomial",
                statement=sympy.And(
                    *(sympy.Eq(e.lhs.subs(at_optimum, simultaneous=True), 0, evaluate=False) for e in equations),
                    sympy.Eq(polynomial.subs(r, rate), 0, evaluate=False),
                ),
                assumptions=(spectrum,),
                source=source,
            ),
            Claim(
                id=f"{name}/condition-number",
                title="The tuned rate in terms of the condition number",
                statement=sympy.Eq(rate, _in_kappa(rate).subs(kappa, L / mu), evaluate=False),
                assumptions=(),
                source=source,
            ),
            Claim(
                id=f"{name}/attained",
                title="The tuned parameters attain the rate" + (" at both end points" if self.rate.is_affine else ""),
                statement=sympy.And(rate >= 0, rate < 1, *attained, *defined),
                assumptions=(spectrum, *inside),
                source=source,
            ),
            Claim(
                id=f"{name}/optimal",
                title="No real parameters have a smaller worst rate",
                statement=r >= rate,
                assumptions=any_parameters,
                source=source,
                lemmas=(
                    Claim(
                        id=f"{name}/optimal/certificate",
                        title="Whatever the parameters, their worst rate makes the certificate polynomial non-positive",
                        statement=bridge,
                        assumptions=any_parameters,
                        source=source,
                    ),
                    Claim(
                        id=f"{name}/optimal/root",
                        title="The certificate polynomial is positive below the tuned rate",
                        statement=r >= rate,
                        assumptions=(mu <= L, r >= 0, bridge),
                        source=source,
                    ),
                ),
            ),
        )

    def _bounded(self, at: Any, radius: Any, values: Mapping[Any, Any] | None = None) -> tuple[Any, ...]:
        """That no eigenvalue at a curvature has modulus above the radius, for the given or any parameters."""
        coefficients = [sympy.expand(c).subs(lam, at) for c in self.iteration.coefficients]
        if values:
            coefficients = [c.subs(values, simultaneous=True) for c in coefficients]
        return bounded_by(coefficients, radius)


class _NoRadicals(Exception):
    """The system's solution is not in rational functions of square roots of linear forms."""


@dataclass(frozen=True)
class _Variables:
    """A change of variables: mu and L in terms of new ones, and those in terms of mu and L."""

    into: Mapping[Any, Any]
    out: Mapping[Any, Any]


def _square_roots(radicand: Any) -> _Variables:
    """Variables s, u with squares linear in mu and L, such that the radicand is a square in them."""
    constant, factors = sympy.factor_list(radicand)
    odd = [f for f, m in factors if m % 2]
    if not 0 < len(odd) <= 2 or any(sympy.Poly(f, mu, L).total_degree() != 1 for f in odd):
        raise _NoRadicals
    square_free = sympy.sqrt(constant)
    if not square_free.is_Rational:
        odd[0] = odd[0] * constant
    if len(odd) == 1:
        odd.append(L if mu in odd[0].free_symbols else mu)
        roots = [sympy.Dummy("s", positive=True), sympy.Dummy("x", positive=True)]
        squares = [roots[0] ** 2, roots[1]]
        out = {roots[0]: sympy.sqrt(odd[0]), roots[1]: odd[1]}
    else:
        roots = [sympy.Dummy("s", positive=True), sympy.Dummy("u", positive=True)]
        squares = [roots[0] ** 2, roots[1] ** 2]
        out = {root: sympy.sqrt(f) for root, f in zip(roots, odd, strict=True)}
    # Cramer's rule; the forms have no constant term
    (a, b), (c, d) = ([sympy.diff(f, x) for x in (mu, L)] for f in odd)
    determinant = a * d - b * c
    if determinant == 0 or any(f.subs({mu: 0, L: 0}) != 0 for f in odd):
        raise _NoRadicals
    x, y = squares
    return _Variables({mu: (x * d - b * y) / determinant, L: (a * y - x * c) / determinant}, out)


def _tidy(expression: Any) -> Any:
    """One fraction, factored, with the larger of mu and L first where a difference could be turned round."""
    num, den = sympy.fraction(sympy.together(expression))
    if num.could_extract_minus_sign() and den.could_extract_minus_sign():
        num, den = -num, -den
    return sympy.factor(num) / sympy.factor(den)


# Elimination ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Solution:
    """Unknowns one after the other as fractions of later ones, and the polynomial that the last unknown, r, solves."""

    steps: tuple[tuple[int, PolyElement, PolyElement], ...]
    final: PolyElement


_LARGEST_BASIS = 12
"""The largest total degree, summed over the equations, of a system of which a Groebner basis is computed: SymPy's may take
minutes beyond it."""
_MOST_SYSTEMS, _MOST_TERMS, _MOST_BASES = 400, 600, 20
"""After how many systems, for polynomials of how many terms, and after how many bases the elimination gives up."""


def _solutions(system: list[PolyElement], unknowns: int, near: list[Any] | None = None) -> Iterator[_Solution]:
    """Triangular solutions of a polynomial system: factors are cases, an unknown that occurs linearly is eliminated, and where
    none does, subresultants or a Groebner basis are asked for one. With ``near``, only those that pass through that point."""
    yield from _Elimination(near).solve(system, tuple(range(unknowns)), ())


class _Elimination:
    def __init__(self, near: list[Any] | None) -> None:
        self.near = near
        self.left, self.bases = _MOST_SYSTEMS, _MOST_BASES

    def _vanishing(self, factors: Iterable[PolyElement]) -> list[PolyElement]:
        return [f for f in factors if self.near is None or abs(_value(f, self.near)) < _SLACK]

    def solve(
        self,
        system: list[PolyElement],
        open_unknowns: tuple[int, ...],
        steps: tuple[tuple[int, PolyElement, PolyElement], ...],
        *,
        extended: bool = False,
    ) -> Iterator[_Solution]:
        """The solutions of a system in the open unknowns, the others being known from the steps."""
        self.left -= 1
        system = [g for g in dict.fromkeys(system) if g]
        if self.left < 0 or any(len(g) > _MOST_TERMS for g in system):
            return
        if any(all(not _degree(g, i) for i in open_unknowns) for g in system):
            return  # an equation in mu and L alone: not solvable for all of them
        if len(system) < len(open_unknowns):
            return  # not a point
        if len(open_unknowns) == 1:
            common = functools.reduce(lambda f, g: f.gcd(g), system)
            for f in self._vanishing(_factors(common)):
                if _degree(f, open_unknowns[0]):
                    yield _Solution(steps, f)
            return
        split = [self._vanishing(f for f in _factors(g) if any(_degree(f, i) for i in open_unknowns)) for g in system]
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
            if self._vanishing([den]) and any(_degree(den, j) for j in open_unknowns):
                # There, the unknown is open still.
                yield from self.solve([den, num, *others], open_unknowns, steps)


def _triangular(system: list[PolyElement], open_unknowns: tuple[int, ...]) -> list[PolyElement]:
    """A system with at least the same solutions, in which an unknown is likely to occur linearly; empty if that is too much
    to compute. Two equations in one unknown and r have subresultants; else a Groebner basis is asked."""
    polynomials = system[0].ring
    involved = [g for g in system if _degree(g, open_unknowns[0])]
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
    candidates = [i for i in open_unknowns[:-1] if _degree(poly, i) == 1]

    def cost(i: int) -> tuple[int, int]:
        slope = _linear_parts(poly, i)[1]
        return sum(_degree(slope, j) > 0 for j in open_unknowns), len(slope)

    return min(candidates, key=cost, default=None)


def _degree(poly: PolyElement, index: int) -> int:
    return max((int(m[index]) for m in poly), default=0)


def _linear_parts(poly: PolyElement, index: int) -> tuple[PolyElement, PolyElement]:
    """(numerator, denominator) of the variable where the polynomial vanishes."""
    slope = {(*m[:index], 0, *m[index + 1 :]): c for m, c in poly.terms() if m[index]}
    rest = {m: -c for m, c in poly.terms() if not m[index]}
    return poly.ring.from_dict(rest), poly.ring.from_dict(slope)


def _substituted(poly: PolyElement, index: int, num: PolyElement, den: PolyElement) -> PolyElement:
    """The numerator after a variable is replaced by num / den."""
    degree = _degree(poly, index)
    total = poly.ring.zero
    for m, c in poly.terms():
        power = m[index]
        rest = poly.ring.from_dict({(*m[:index], 0, *m[index + 1 :]): c})
        for factor, times in ((num, power), (den, degree - power)):
            for _ in range(times):
                rest = rest * factor
        total = total + rest
    if degree and total:
        while not (division := total.div([den]))[1] and not den.is_ground:
            total = division[0][0]
    return total


def _numbers(solution: _Solution, unknowns: int) -> Iterator[list[Any]]:
    """The real numeric solutions with 0 <= r < 1."""
    poly = sympy.Poly(solution.final.as_expr(), r)
    coefficients = [_mpf(QQ(int(c.p), int(c.q))) for c in poly.all_coeffs()]
    try:
        roots = _MP.polyroots(coefficients, maxsteps=200, extraprec=200)
    except _MP.NoConvergence:
        return
    for root in roots:
        if abs(_MP.im(root)) > _SLACK:
            continue
        values: list[Any] = [_MP.mpf(0)] * (unknowns - 1) + [_MP.re(root)]
        for index, num, den in reversed(solution.steps):
            below = _value(den, values)
            if abs(below) < _SLACK:
                break
            values[index] = _value(num, values) / below
        else:
            yield values


def _value(poly: PolyElement, values: list[Any]) -> Any:
    total = _MP.mpf(0)
    for monomial, coefficient in poly.terms():
        term = _mpf(coefficient)
        for value, exponent in zip(values, monomial, strict=False):
            if exponent:
                term *= value**exponent
        total += term
    return total


def _mpf(value: Any) -> Any:
    return _MP.mpf(int(value.numerator)) / int(value.denominator)


def _rational(value: Any) -> Any:
    return sympy.Rational(int(value.numerator), int(value.denominator))
