r"""Stability: when every start converges.

The eigenvalues of R lie strictly inside the unit circle exactly if the Schur-Cohn inequalities on the characteristic
coefficients hold (Schur 1917, Cohn 1922; for two states Jury's form: p(1) > 0, p(-1) > 0, p(0) < 1). :class:`Stability` brings
them to solved form: sign-definite factors split off, implied conditions removed, terms in the curvature on the left.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from symmomentum.claims import Claim
from symmomentum.errors import NotDerivedError
from symmomentum.iteration import Iteration, compact
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.proof.entailment import entails
from symmomentum.symbols import lam, r

__all__ = [
    "MOST_STATES",
    "Stability",
    "bounded_by",
    "end_point_lemma",
    "real_root_beside_two",
    "reduced",
    "schur_cohn",
    "schur_cohn_lemmas",
    "slacks",
    "solved",
    "spectral_radius",
]

MOST_STATES = 4
"""Of a method whose region is brought to solved form: for more, the polynomials grow beyond what solvers decide."""


def schur_cohn(coefficients: Sequence[Any], radius: Any = 1) -> tuple[Any, ...]:
    """Expressions that are all positive exactly if every root of the polynomial has modulus below ``radius`` (> 0).

    Parameters
    ----------
    coefficients : sequence of expressions
        Real, from the leading one, which must be 1, to the constant term.
    radius : expression
        A positive number or symbol.

    Returns
    -------
    tuple of expressions
        Polynomials in the coefficients and ``radius``. One or two states: Jury's conditions. More: the values at 1 and -1 and
        the determinants of Jury's inners (1964), of at most half the degree of the largest minor of the Schur-Cohn matrix.

    Examples
    --------
    >>> b, q = sympy.symbols("b q", real=True)
    >>> schur_cohn([1, -b, q])
    (-b + q + 1, b + q + 1, 1 - q)
    >>> schur_cohn([1, -b, q], r)
    (-b*r + q + r**2, b*r + q + r**2, -q + r**2)
    """
    degree = len(coefficients) - 1
    if degree == 1:
        return (radius + coefficients[1], radius - coefficients[1])
    if degree == 2:
        _, a1, a0 = coefficients
        return (radius**2 + a1 * radius + a0, radius**2 - a1 * radius + a0, radius**2 - a0)
    # Of the roots divided by the radius, the constant term first.
    rising = [c * radius**i for i, c in enumerate(reversed(coefficients))]
    ends = (sum(rising), sum((-1) ** (degree - i) * c for i, c in enumerate(rising)))
    size = degree - 1
    upper = sympy.Matrix(size, size, lambda i, j: rising[degree - (j - i)] if j >= i else 0)
    lower = sympy.Matrix(size, size, lambda i, j: rising[size - 1 - (i + j)] if i + j < size else 0)
    inners = [
        table[cut : size - cut, cut : size - cut].det(method="berkowitz")
        for cut in reversed(range(size // 2 + size % 2))
        for table in (upper + lower, upper - lower)
    ]
    return tuple(sympy.expand(g) for g in (*ends, *inners))


def spectral_radius(trace: Any, determinant: Any, discriminant: Any, sign: Any = None) -> Any:
    """The largest modulus of the roots of x^2 - trace x + determinant, whose discriminant is given too, and where need be
    something simpler with the discriminant's sign."""
    return sympy.Piecewise(
        (sympy.sqrt(determinant), (discriminant if sign is None else sign) < 0),
        ((sympy.Abs(trace) + sympy.sqrt(discriminant)) / 2, True),
    )


_a, _b, _q, _d, _t = sympy.symbols("a b q d t", real=True)
_COHN = "schur1917; cohn1922; jury1964"


def real_root_beside_two(root: Any, trace: Any, determinant: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Of a cubic polynomial, one of whose roots is always real, given that root and what is known of the two others: the
    expressions of :func:`schur_cohn` for the factors, and those for the product."""
    product = (1, -root - trace, root * trace + determinant, -root * determinant)
    return (*schur_cohn((1, -root)), *schur_cohn((1, -trace, determinant))), schur_cohn(product)


def schur_cohn_lemmas(size: int) -> tuple[Claim, ...]:
    """How the inequalities bound the spectral radius: for one state and any real factor a; for two states and any real trace b
    and determinant q, where the spectral radius itself is a statement too; for three states and any real eigenvalue a beside two
    of trace b and determinant q. For more states the theorem is cited, and there is none here."""
    if size > 3:
        return ()
    if size == 3:
        alone, together = real_root_beside_two(_a, _b, _q)
        return (
            Claim(
                id="three-states/schur-cohn/stable",
                title="A real eigenvalue and two others are stable exactly if the inequalities of their product hold",
                statement=sympy.Equivalent(sympy.And(*(g > 0 for g in alone)), sympy.And(*(g > 0 for g in together))),
                assumptions=(),
                source=_COHN,
            ),
        )
    if size == 1:
        return (
            Claim(
                id="one-state/schur-cohn/stable",
                title="The modulus is below 1 exactly if the Schur-Cohn inequalities hold",
                statement=sympy.Equivalent(sympy.Abs(_a) < 1, sympy.And(*(g > 0 for g in schur_cohn((1, -_a))))),
                assumptions=(),
                source=_COHN,
            ),
            Claim(
                id="one-state/schur-cohn/bound",
                title="The modulus is at most r exactly if the scaled inequalities hold",
                statement=sympy.Equivalent(sympy.Abs(_a) <= r, sympy.And(*bounded_by((1, -_a), r))),
                assumptions=(r >= 0,),
                source=_COHN,
            ),
        )
    d = _b**2 - 4 * _q
    root = sympy.sqrt(d)
    radius = spectral_radius(_b, _q, d)
    return (
        Claim(
            id="two-states/spectral-radius/real",
            title="Real eigenvalues: the larger modulus",
            statement=sympy.Eq(sympy.Max(sympy.Abs(_b + root), sympy.Abs(_b - root)), sympy.Abs(_b) + root),
            assumptions=(d >= 0,),
            source="quadratic formula",
        ),
        Claim(
            id="two-states/spectral-radius/complex",
            title="Complex eigenvalues: the modulus squared is the determinant",
            statement=sympy.Eq((_b / 2) ** 2 + (sympy.sqrt(-_d) / 2) ** 2, _q, evaluate=False),
            assumptions=(_d < 0, sympy.Eq(_d, d)),
            source="quadratic formula",
        ),
        Claim(
            id="two-states/schur-cohn/stable",
            title="The spectral radius is below 1 exactly if the Schur-Cohn inequalities hold",
            statement=sympy.Equivalent(radius < 1, sympy.And(*(g > 0 for g in schur_cohn((1, -_b, _q))))),
            assumptions=(),
            source=_COHN,
        ),
        Claim(
            id="two-states/schur-cohn/bound",
            title="The spectral radius is at most r exactly if the scaled inequalities hold",
            statement=sympy.Equivalent(radius <= r, sympy.And(*bounded_by((1, -_b, _q), r))),
            assumptions=(r >= 0,),
            source=_COHN,
        ),
    )


def bounded_by(coefficients: Sequence[Any], radius: Any) -> tuple[Any, ...]:
    """Inequalities that hold exactly if no root of a polynomial of degree one or two has modulus above ``radius`` (>= 0)."""
    return tuple(sympy.Ge(g, 0) for g in slacks(coefficients, radius))


def slacks(coefficients: Sequence[Any], radius: Any) -> tuple[Any, ...]:
    """Expressions none of which is negative exactly if no root has modulus above ``radius`` (>= 0).

    Raises
    ------
    NotDerivedError
        If the degree is above two: from there on the Schur-Cohn minors may vanish together although a root lies outside.
    """
    if len(coefficients) > 3:
        raise NotDerivedError("bounds that may be attained are derived for up to two states")
    plain = schur_cohn(coefficients, radius)
    if len(coefficients) == 2:
        return plain
    # At radius 0 the quadratic inequalities say nothing of the trace.
    return (*plain, 2 * radius + coefficients[1], 2 * radius - coefficients[1])


def end_point_lemma(size: int) -> Claim:
    """If the coefficients are affine in the curvature, a bound on the spectral radius at both ends of an interval holds in
    between: the inequalities are affine in the coefficients."""
    low, high = sympy.symbols("a_mu a_L", real=True), sympy.symbols("b_mu b_L", real=True)
    if size == 1:
        ends: list[tuple[Any, ...]] = [(1, x) for x in low]
        inside: tuple[Any, ...] = (1, (1 - _t) * low[0] + _t * low[1])
    else:
        ends = [(1, x, y) for x, y in zip(low, high, strict=True)]
        inside = (1, (1 - _t) * low[0] + _t * low[1], (1 - _t) * high[0] + _t * high[1])
    name, source = (
        f"{'one-state' if size == 1 else 'two-states'}/end-points",
        "the inequalities are affine in the coefficients",
    )
    between = (r >= 0, _t >= 0, _t <= 1)
    bounds = list(zip(bounded_by(inside, r), *(bounded_by(e, r) for e in ends), strict=True))
    return Claim(
        id=name,
        title="Coefficients affine in the curvature: the end points decide",
        statement=sympy.And(*(b for b, _, _ in bounds)),
        assumptions=(*between, *(b for _, *both in bounds for b in both)),
        source=source,
        lemmas=tuple(
            Claim(
                id=f"{name}/{i + 1}",
                title="One inequality that holds at both ends holds in between",
                statement=bound,
                assumptions=(*between, *both),
                source=source,
            )
            for i, (bound, *both) in enumerate(bounds)
        ),
    )


@dataclass(frozen=True)
class Stability:
    """Where a method is stable.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> stability = Stability(Iteration(catalog["heavy-ball"]))
    >>> stability.conditions
    (alpha*lambda > 0, -alpha*lambda + 2*beta + 2 > 0, 1 - beta > 0)
    >>> stability.region
    (beta < 1) & (alpha*lambda > 0) & (alpha*lambda < 2*beta + 2)
    >>> stability.threshold
    2*(beta + 1)/alpha
    """

    iteration: Iteration

    @cached_property
    def _expressions(self) -> tuple[Any, ...]:
        return tuple(compact(g) for g in schur_cohn(self.iteration.coefficients))

    @cached_property
    def conditions(self) -> tuple[Any, ...]:
        """The Schur-Cohn (Jury) inequalities as they come."""
        return tuple(sympy.Gt(g, 0) for g in self._expressions)

    @cached_property
    def _reduced(self) -> tuple[Any, ...] | None:
        """Expressions that are all positive exactly on the region, none implied by the others; None if it is empty."""
        if self.iteration.size > MOST_STATES:
            raise NotDerivedError(
                f"{self.iteration.method.name}: the stability region in solved form is derived for up to {MOST_STATES} states; "
                "the inequalities themselves are in stability.conditions"
            )
        return reduced(self._expressions)

    @cached_property
    def region(self) -> Any:
        """The stable set over all real parameters and real lam, in solved form, no condition redundant."""
        if self._reduced is None:
            return sympy.false
        return sympy.And(*(solved(g) for g in self._reduced))

    @cached_property
    def failing_alone(self) -> tuple[tuple[Any, Mapping[sympy.Symbol, Any]], ...]:
        """For each inequality of the region a point at which it fails and the others hold: none is redundant."""
        found = []
        for g in self._reduced or ():
            others = tuple(h > 0 for h in self._reduced or () if h != g)
            claim = Claim(
                id=f"{self.iteration.method.name}/stability/redundant",
                statement=g > 0,
                assumptions=others,
                source="refuted by a point at which this inequality fails and the others hold",
            )
            verdict = check(claim)
            if verdict.witness is not None:
                found.append((solved(g), verdict.witness))
        return tuple(found)

    @cached_property
    def _threshold(self) -> tuple[Any, tuple[Any, ...]]:
        """The threshold and its assumptions."""
        if self._reduced is None:
            raise NotDerivedError(f"{self.iteration.method.name} is stable nowhere, so that there is no threshold")
        step, parts = self.step_size, []
        scope: tuple[Any, ...] = (step > 0,) if step is not None else ()
        for g in self._reduced:
            poly = sympy.Poly(g, lam)
            if poly.degree() > 1:
                return self._root(scope), scope
            parts.append((poly.coeff_monomial(lam), poly.coeff_monomial(1)))
        stable = [lam * slope + level > 0 for slope, level in parts]
        if entails((*scope, lam > 0, *stable), sympy.false):
            raise NotDerivedError(
                f"{self.iteration.method.name} is stable at no positive curvature: there is no threshold"
            )
        candidates = []
        for slope, level in parts:
            if slope == 0 or entails((*scope, lam > 0, *stable, slope < 0), sympy.false):
                continue
            num, den = sympy.fraction(sympy.cancel(-level / slope))
            candidates.append((compact(slope), sympy.factor(num) / compact(den)))
        if not candidates:
            return sympy.oo, scope
        if len(candidates) == 1:
            slope, bound = candidates[0]
            if entails((*scope, lam > 0, *stable, slope >= 0), sympy.false):
                return bound, scope
            return sympy.Piecewise((bound, slope < 0), (sympy.oo, True)), scope
        return self._least(candidates, scope, stable), scope

    def _root(self, scope: tuple[Any, ...]) -> Any:
        """The curvature at which one of the conditions, not all affine in it, ceases to hold, if one does first everywhere."""
        roots = [x for g in self._reduced or () for f, _ in sympy.factor_list(g, lam)[1] for x in _real_roots(f)]
        for bound in roots:
            if check(self._threshold_claim(bound, scope), timeout=SEARCH_SECONDS).proved:
                return bound
        worst = max(self._reduced or (), key=lambda g: sympy.degree(g, lam))
        raise NotDerivedError(
            f"{self.iteration.method.name}: no closed form for the stability threshold was found and proved; the region is "
            f"limited by a condition that is not affine in the curvature: {worst} > 0"
        )

    def _least(self, candidates: list[tuple[Any, Any]], scope: tuple[Any, ...], stable: list[Any]) -> Any:
        """The least of the bounds whose slope is negative, as cases in the parameters where the lines between the cases are
        rational; else as a minimum of cases."""
        for _, bound in candidates:
            if check(self._threshold_claim(bound, scope), timeout=SEARCH_SECONDS).proved:
                return bound
        free = {s for c in candidates for s in c[1].free_symbols | c[0].free_symbols} - {lam, self.step_size}
        if len(free) == 1 and len(candidates) == 2:
            (x,) = free
            (slope1, bound1), (slope2, bound2) = candidates
            crossing = sympy.fraction(sympy.cancel(bound1 - bound2))[0] * slope1 * slope2
            lines = sorted(
                {-f.coeff_monomial(1) / f.coeff_monomial(x) for f in _linear_factors(crossing, x)},
                key=lambda v: v,
            )
            for line in reversed(lines):
                for order in ((bound1, bound2), (bound2, bound1)):
                    cases = sympy.Piecewise((order[0], x >= line), (order[1], True))
                    if check(self._threshold_claim(cases, scope)).proved:
                        return cases
        guarded = [sympy.Piecewise((bound, slope < 0), (sympy.oo, True)) for slope, bound in candidates]
        return sympy.Min(*guarded)

    @property
    def step_size(self) -> Any:
        """The step size, assumed positive for the threshold: the parameter that occurs exactly as often as lam in each product,
        or, where a decay stands beside the curvature, at least as often."""
        for fits in (operator.eq, operator.ge):
            for p in self.iteration.parameters:
                powers = [sympy.Poly(sympy.expand(g), p, lam).monoms() for g in self._expressions]
                if all(fits(i, j) for monomials in powers for i, j in monomials):
                    return p
        return None

    @cached_property
    def threshold(self) -> Any:
        """The largest stable curvature (the "edge of stability"): the supremum of the stable lam, for a positive step size and
        wherever some positive curvature is stable at all.

        Raises
        ------
        NotDerivedError
            If a condition is not affine in the curvature, or the method is stable at no positive curvature.
        """
        return self._threshold[0]

    def _threshold_claim(self, threshold: Any, scope: tuple[Any, ...]) -> Claim:
        """No stable curvature reaches the threshold, and all from a positive stable one up to it are stable."""
        other = self.iteration.fresh("lambda_0")
        stable = sympy.And(*(g > 0 for g in self._reduced or ()))
        below = sympy.Implies(sympy.And(stable.xreplace({lam: other}), other <= lam, lam < threshold), stable)
        return Claim(
            id=f"{self.iteration.method.name}/stability/threshold",
            title="The largest stable curvature",
            statement=sympy.And(sympy.Implies(stable, lam < threshold), below),
            assumptions=(*scope, other > 0, stable.xreplace({lam: other})),
            source=f"derived from the update rule; {self.iteration.method.cite}",
        )

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What is stated of the region and the threshold."""
        if self.iteration.size > MOST_STATES:
            return ()
        name = self.iteration.method.name
        made = [
            Claim(
                id=f"{name}/stability/region",
                title="The stability region in solved form",
                statement=sympy.Equivalent(sympy.And(*self.conditions), self.region),
                assumptions=(),
                source=f"derived from the update rule; {_COHN}",
            )
        ]
        try:
            threshold, scope = self._threshold
        except NotDerivedError:
            return tuple(made)
        # Where nothing limits the curvature, any number above it says so in place of infinity.
        made.append(self._threshold_claim(threshold.xreplace({sympy.oo: lam + 1}), scope))
        return tuple(made)


def _real_roots(factor: Any) -> list[Any]:
    """The real roots in the curvature of a factor that is linear, or that becomes a power and a constant by a shift of the
    curvature."""
    poly = sympy.Poly(factor, lam)
    degree, lead = poly.degree(), poly.LC()
    if degree < 1:
        return []
    middle = sympy.cancel(-poly.nth(degree - 1) / (degree * lead))
    shifted = sympy.Poly(sympy.cancel(factor.subs(lam, lam + middle) / lead), lam)
    if any(0 < i < degree for (i,) in shifted.monoms()):
        return []
    power = sympy.factor(-shifted.nth(0))
    if degree == 1:
        return [sympy.factor(middle + power)]
    scale, power = _outside(power, degree)
    root = power ** sympy.Rational(1, degree)
    if degree % 2 == 0:
        return [middle + scale * root, middle - scale * root]
    opposite = (-power) ** sympy.Rational(1, degree)
    return [sympy.Piecewise((middle + scale * root, power >= 0), (middle - scale * opposite, True))]


def _outside(power: Any, degree: int) -> tuple[Any, Any]:
    """A fraction as c^degree x with no factor left in x that occurs so often."""
    num, den = sympy.fraction(power)
    outside, inside = sympy.Integer(1), sympy.Integer(1)
    for part, sign in ((num, 1), (den, -1)):
        constant, factors = sympy.factor_list(part)
        inside *= constant**sign
        for f, times in factors:
            outside *= f ** (sign * (times // degree))
            inside *= f ** (sign * (times % degree))
    return outside, inside


def reduced(
    expressions: Iterable[Any],
    given: Iterable[Any] = (),
    *,
    follows: Callable[[Iterable[Any], Any], bool] = entails,
    met: bool = False,
) -> tuple[Any, ...] | None:
    """Expressions that are all positive exactly where the given ones are, none implied by the others; None if these are nowhere
    positive together.

    Parameters
    ----------
    expressions : iterable of expressions
        Polynomials.
    given : iterable of conditions
        What is known beside them: everything here is said of the points at which it holds.
    follows : callable
        Decides whether conditions imply another one. What it does not answer by True does not follow.
    met : bool
        That they are positive together somewhere is known and need not be found out.

    Examples
    --------
    >>> from symmomentum.symbols import alpha
    >>> reduced([alpha * lam * (2 + lam**2), 1 - alpha * lam, 2 - alpha * lam])
    (alpha*lambda, -alpha*lambda + 1)
    """
    known = tuple(given)
    everything = list(dict.fromkeys(g for g in expressions if not g.is_positive))
    holding = [*known, *(g > 0 for g in everything)]
    if any(g.is_number for g in everything) or (not met and follows(holding, sympy.false)):
        return None
    kept = list(dict.fromkeys(f for g in everything for f in _signed_factors(g, holding, follows)))
    for g in sorted(kept, key=sympy.count_ops, reverse=True):
        rest = [h for h in kept if h != g]
        if follows([*known, *(h > 0 for h in rest)], g > 0):
            kept = rest
    return tuple(kept)


def _signed_factors(expression: Any, holding: list[Any], follows: Callable[[Iterable[Any], Any], bool]) -> list[Any]:
    """The factors with the sign that they have where the conditions hold, if each has one; else the expression itself."""
    rest = expression.as_coeff_Mul()[1]
    symbols: list[Any] = []
    sums: list[Any] = []
    for f in sympy.Mul.make_args(rest):
        (symbols if f.as_base_exp()[0].is_Symbol else sums).append(f)
    factors = [sympy.Mul(*symbols), *sums] if symbols else sums  # a step size has a sign with its curvature only
    if len(factors) < 2:
        return [expression]
    signed = []
    for f in factors:
        if follows(holding, f > 0):
            signed.append(f)
        elif follows(holding, f < 0):
            signed.append(sympy.expand(-f))
        else:
            return [expression]
    return signed


def solved(expression: Any) -> Any:
    """expression > 0 with the terms in the curvature on the left, or with a lone parameter there."""
    expanded = sympy.expand(expression)
    if lam in expanded.free_symbols:
        rest, moved = expanded.as_independent(lam, as_Add=True)
        left, right = compact(moved), rest
    else:
        constant, terms = expanded.as_coeff_Add()
        left, right = terms, constant
    if left.as_coeff_Mul()[0] < 0 or (left.is_Add and left.could_extract_minus_sign()):
        return sympy.Lt(sympy.expand(-left) if left.is_Add else -left, right)
    return sympy.Gt(left, -right)


def _linear_factors(expression: Any, x: Any) -> list[Any]:
    factors = sympy.factor_list(expression, x)[1] if expression.free_symbols else []
    return [p for f, _ in factors for p in (sympy.Poly(f, x),) if p.degree() == 1 and not f.free_symbols - {x}]
