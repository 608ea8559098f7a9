r"""What happens at finite k: the worst case over [mu, L] of the error after k steps from rest, not its rate alone.

It is :math:`\sup |P_k(\lambda)|` with the residual polynomial :math:`P_k`, and differs from :math:`\rho^k` by a factor that
grows with k where two eigenvalues meet. For heavy ball with the best parameters, and for Nesterov's method with the best and with
the standard ones, it has a closed form for every k, mu and L; :attr:`Transient.claims` has the steps of its proof. With
:math:`x = \cos\varphi` from the trace of the iteration matrix, the polynomials are :math:`r^k (U_k - r U_{k-1})` (heavy ball) and
:math:`r^k x^{k-1} (T_{k+1} + c U_{k-1})` with :math:`c = (1 - \beta)/2` (Nesterov), of Chebyshev polynomials of both kinds; from
:math:`|T_k| \le 1` and :math:`|U_k| \le k + 1` an end point decides.

For other parameters at numbers, the supremum is enclosed in interval arithmetic: if a polynomial of degree d has its largest
modulus M at :math:`\cos\theta^*`, it is at least :math:`M \cos(d(\theta - \theta^*))` in modulus nearby, so that finitely many
values bound M (Ehlich and Zeller, Schwankung von Polynomen zwischen Gitterpunkten, Mathematische Zeitschrift 86, 1964, 41-44).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from mpmath.ctx_iv import MPIntervalContext

from symmomentum.certificates import rational
from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ArgumentError, MethodTypeError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.proof import check
from symmomentum.symbols import L, lam, mu, parameter
from symmomentum.tuning import Tuning, check_spectrum
from symmomentum.update_rule import ITERATE

__all__ = ["Transient", "WorstCase"]

_MOST_DEGREE = 4000
"""Up to which degree a polynomial without a closed form is looked at; it takes twice as many values."""
_GAP = sympy.Rational(1, 10**9)
"""How far apart certified bounds may be, relative to them."""
_DIGITS = 40
"""With how many digits numbers with roots are compared."""
_MOST_BITS = 10**5
"""Up to how many bits of numerator or denominator a power of a rational number is multiplied out."""
_MANY_STEPS = 1000
"""From how many steps on the larger of two terms is told by numbers, and the value is not multiplied out."""
_SOURCE = "derived from the update rule"

alpha, beta = parameter("alpha"), parameter("beta")


@dataclass(frozen=True)
class WorstCase:
    """The supremum over [mu, L] of the modulus of a residual polynomial.

    Attributes
    ----------
    lower, upper : expression
        Bounds of it, ratios of errors; the same where it is known exactly.
    at : expression
        A curvature at which it is attained, or at which the modulus is at least ``lower``.
    exact : bool
        Whether it is known exactly. Else the bounds are rational numbers, within a relative 1e-9 of each other.

    Examples
    --------
    >>> WorstCase(sympy.Rational(1, 2), sympy.Rational(1, 2), sympy.Integer(1), True).value
    1/2
    """

    lower: Any
    upper: Any
    at: Any
    exact: bool

    @property
    def value(self) -> Any:
        """The supremum, or the upper bound where that is all that is known."""
        return self.upper

    def __float__(self) -> float:
        return float(self.upper)


@dataclass(frozen=True)
class _Term:
    """|P_k| at one end point over radius^k: constant + slope k + extra ratio^k."""

    at: Any
    constant: Any
    slope: Any = sympy.S.Zero
    extra: Any = sympy.S.Zero
    ratio: Any = sympy.S.Zero

    def factor(self, k: Any) -> Any:
        found = self.constant + self.slope * k
        return found if self.extra == 0 else found + self.extra * _power(self.ratio, k)

    def number(self, k: int, *, envelope: bool = False) -> Any:
        """The factor in numbers, or one that is at least as large and has no changes of sign."""
        extra = sympy.N(self.extra, _DIGITS) * sympy.N(self.ratio, _DIGITS) ** k
        return sympy.N(self.constant + self.slope * k, _DIGITS) + (abs(extra) if envelope else extra)


@dataclass(frozen=True)
class _Law:
    """The worst case after k steps: radius^k times the largest of the terms."""

    radius: Any
    terms: tuple[_Term, ...]

    def at_numbers(self, values: Mapping[Any, Any]) -> _Law:
        def put(e: Any) -> Any:
            return e.subs(values, simultaneous=True)

        terms = (_Term(*map(put, (t.at, t.constant, t.slope, t.extra, t.ratio))) for t in self.terms)
        return _Law(put(self.radius), tuple(terms))

    def worst_case(self, k: Any) -> WorstCase:
        if k == 0:
            return WorstCase(sympy.Integer(1), sympy.Integer(1), self.terms[0].at, True)
        if k.is_Integer and k > _MANY_STEPS and not self.radius.free_symbols:
            *others, (first, term) = sorted(((t.number(int(k)), t) for t in self.terms), key=lambda pair: pair[0])
            if all(first - other > sympy.Rational(1, 10**30) for other, _ in others):
                # As it stands: a product that SymPy evaluates would multiply the power out.
                value = sympy.Mul(_power(self.radius, k), term.factor(k), evaluate=False)
                return WorstCase(value, value, term.at, True)
        factors = [t.factor(k) for t in self.terms]
        largest = self.terms[0].at
        if len(factors) == 2:
            first, second = factors
            largest = sympy.Piecewise((self.terms[0].at, first >= second), (self.terms[1].at, True))
        value = _power(self.radius, k) * sympy.Max(*factors)
        return WorstCase(value, value, largest, True)

    def log(self, k: int, *, envelope: bool = False) -> Any:
        """The logarithm of the worst case in numbers, or of something that is larger and decreases from its first terms on."""
        if k == 0 and not envelope:
            return sympy.Float(0, _DIGITS)
        largest = max(t.number(k, envelope=envelope) for t in self.terms)
        return sympy.N(k * sympy.log(self.radius) + sympy.log(largest), _DIGITS)

    @property
    def turning(self) -> int:
        """From which k on a term constant + slope k times radius^k decreases, for each of them: the quotient of two successive
        values is radius (1 + slope/(constant + slope k))."""
        found = 0
        for t in self.terms:
            if t.slope != 0:
                least = self.radius / (1 - self.radius) - t.constant / t.slope
                found = max(found, int(sympy.ceiling(least)))
        return found

    @property
    def peak(self) -> int:
        # A term without slope is largest at one of the first two steps: its extra part shrinks by a third in each.
        near = self.turning
        candidates = (0, 1, *range(max(near - 1, 2), near + 2))
        found: int = max(candidates, key=self.log)
        return found  # the first of them, where several are largest

    def iterations(self, tolerance: Any) -> int:
        bound = sympy.N(sympy.log(tolerance), _DIGITS) + sympy.Float(10, _DIGITS) ** (8 - _DIGITS)
        low = high = self.turning
        step = 1
        while self.log(high, envelope=True) > bound:
            low, high, step = high, high + step, 2 * step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.log(middle, envelope=True) > bound else (low, middle)
        while high > 0 and self.log(high - 1) <= bound:  # the envelope is larger than the worst case
            high -= 1
        return high


def _power(base: Any, k: Any) -> Any:
    """An exact power, left as it stands where its digits would be too many to write down."""
    long = base.is_Rational and k.is_Integer and k * int(max(abs(base.p), base.q)).bit_length() > _MOST_BITS
    return sympy.Pow(base, k, evaluate=not long)


_STILL = _Law(sympy.Integer(0), (_Term(mu, sympy.Integer(1)),))
"""One step reaches the minimizer, as where mu = L."""


@dataclass(frozen=True)
class _Case:
    """Parameters with a closed form: by which name they go, what they are, and what holds with them."""

    name: str
    parameters: Mapping[sympy.Symbol, Any]
    law: _Law


@dataclass(frozen=True)
class Transient:
    """What a method does in finite time over [mu, L].

    Examples
    --------
    >>> from symmomentum import analyze
    >>> transient = analyze("heavy-ball").transient
    >>> transient.worst_case(2, mu=1, L=9).value  # though the rate is 1/2
    1
    """

    iteration: Iteration
    tuned: Callable[[], Tuning]

    # Closed forms -----------------------------------------------------------------------------------------------------

    @cached_property
    def _family(self) -> str:
        """Which closed forms are known for the rule: told from its polynomials, whatever it is called."""
        iteration = self.iteration
        if iteration.size != 2 or {p.name for p in iteration.parameters} != {"alpha", "beta"}:
            return ""
        first, t = self.iteration.residual_polynomial(1), 1 - alpha * lam
        found = tuple(sympy.expand(e) for e in (iteration.trace, iteration.determinant, first))
        known = {
            "heavy-ball": (t + beta, beta, t),
            "nesterov": ((1 + beta) * t, beta * t, (1 + beta) * t - beta),
            "nesterov-descended": ((1 + beta) * t, beta * t, t),
        }
        return next((name for name, e in known.items() if tuple(map(sympy.expand, e)) == found), "")

    @cached_property
    def _cases(self) -> tuple[_Case, ...]:
        m, n, one = sympy.sqrt(mu), sympy.sqrt(L), sympy.Integer(1)
        if self._family == "heavy-ball":
            r = (n - m) / (n + m)
            return (_Case("tuned", {alpha: 4 / (n + m) ** 2, beta: r**2}, _Law(r, (_Term(L, one, 1 + r),))),)
        if not self._family:
            return ()
        # From the iterate after the gradient step, the factors are those of the other start over h = (1 + beta)/2.
        descended = self._family == "nesterov-descended"
        s = sympy.sqrt(3 * L + mu)
        tuned, standard = (s - 2 * m) / (s + 2 * m), (n - m) / (n + m)

        def slope(b: Any) -> Any:
            return (1 - b) / (1 + b) if descended else (1 - b) / 2

        b = tuned
        share = (3 + b) / (4 * (1 + b)) if descended else 3 * (3 + b) / 8
        rest = (1 + 3 * b) / (4 * (1 + b)) if descended else -(1 + 3 * b) / 8
        ends = (_Term(mu, one, slope(b)), _Term(L, share, sympy.Integer(0), rest, sympy.Rational(-1, 3)))
        return (
            _Case("tuned", {alpha: 4 / (3 * L + mu), beta: tuned}, _Law(1 - 2 * m / s, ends)),
            _Case(
                "standard",
                {alpha: 1 / L, beta: standard},
                _Law(1 - m / n, (_Term(mu, one, slope(standard)),)),
            ),
        )

    def _law(self, low: Any, high: Any, parameters: Mapping[sympy.Symbol, Any]) -> _Law | None:
        """The closed form at the given end points, where the parameters (none: the best ones) have one."""
        values = {mu: low, L: high}
        if self.iteration.method.schedule is not None and not parameters:
            raise NotDerivedError(f"{self._name}: its parameters follow a schedule; give constant ones")
        if self.iteration.size == 1:
            at = parameters or self._best(low, high)
            trace = sympy.expand(self.iteration.trace)
            if sympy.degree(trace, lam) <= 1:
                ends = [abs(trace.subs({**at, lam: x}, simultaneous=True)) for x in (low, high)]
                return _Law(sympy.Max(*ends), (_Term(high, sympy.Integer(1)),))
        for case in self._cases:
            expected = {p: e.subs(values, simultaneous=True) for p, e in case.parameters.items()}
            if parameters and not all(_same(parameters[p], e) for p, e in expected.items()):
                continue
            if not parameters and case.name != "tuned":
                continue
            law = case.law.at_numbers(values)
            return _STILL.at_numbers(values) if law.radius == 0 else law
        return None

    def _best(self, low: Any, high: Any) -> dict[Any, Any]:
        tuning = self.tuned()
        if low.free_symbols or high.free_symbols:
            if tuning.kind != "radicals" or tuning.given:
                raise NotDerivedError(f"{self._name}: the best parameters have no closed form; give numbers")
            return {p: e.subs({mu: low, L: high}, simultaneous=True) for p, e in tuning.parameters.items()}
        return {**dict.fromkeys(tuning.given, sympy.S.Zero), **tuning.at(low, high)}  # a decay is 0 unless given

    @property
    def _name(self) -> str:
        return self.iteration.method.name

    # Questions --------------------------------------------------------------------------------------------------------

    def worst_case(self, k: Any, *, mu: Any, L: Any, **parameters: Any) -> WorstCase:
        r"""The supremum over curvatures in [mu, L] of :math:`|P_k(\lambda)|`: the worst ratio of errors after k steps from rest.

        Parameters
        ----------
        k : int or integer symbol
        mu, L : number or expression
            The least and the largest curvature. A float is taken as the binary fraction that it is.
        **parameters : number or expression
            All of the method's parameters, or none: then those that :attr:`symmomentum.Analysis.tuning` gives.

        Returns
        -------
        WorstCase
            In closed form for gradient descent, tuned heavy ball, and Nesterov's method with the tuned or standard parameters;
            else, at numbers, between rational bounds that interval arithmetic makes certain. Parameters that are not rational are
            then taken to 40 digits.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If k is no non-negative integer, unless 0 < mu <= L, or if a value is no real number.
        MethodTypeError
            (a ``TypeError``) If some but not all of the method's parameters are given, or unknown ones.
        NotDerivedError
            If there is no closed form and something is a symbol, or the polynomial's degree is above 4000.

        Examples
        --------
        >>> from symmomentum import analyze, symbols as s
        >>> analyze("heavy-ball").transient.worst_case(s.k, mu=1, L=9).value
        (3*k/2 + 1)/2**k
        >>> analyze("nesterov").transient.worst_case(10, mu=1, L=16, alpha=0.0625, beta=sympy.Rational(3, 5)).value
        177147/1048576
        >>> found = analyze("heavy-ball").transient.worst_case(10, mu=1, L=9, alpha=0.2, beta=0.3)
        >>> found.exact, round(float(found.lower), 8), round(float(found.upper), 8)
        (False, 0.01618673, 0.01618673)
        """
        k = self.iteration._steps(k)
        low, high, given = self._read(mu, L, parameters)
        law = self._law(low, high, given)
        if law is not None:
            return law.worst_case(k)
        return self._certified(k, low, high, given)

    def peak(self, *, mu: Any, L: Any, **parameters: Any) -> tuple[int, Any]:
        """(k, value) where the worst case is largest over all k, at numbers; the first such k.

        The arguments and errors are those of :meth:`worst_case`, and:

        Raises
        ------
        NotDerivedError
            If the worst case has no closed form.
        ArgumentError
            (a ``ValueError``) If it does not tend to 0.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> analyze("heavy-ball").transient.peak(mu=1, L=25)
        (2, 52/27)
        """
        law = self._converging(mu, L, parameters)
        k = 0 if law.radius == 0 else law.peak
        return k, law.worst_case(sympy.Integer(k)).value

    def iterations(self, tolerance: Any, *, mu: Any, L: Any, **parameters: Any) -> int:
        """The least k from which on the worst case stays at most the tolerance, at numbers, the transient included.

        The arguments and errors are those of :meth:`peak`; ``tolerance`` is a positive number, a ratio of errors.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> a = analyze("heavy-ball")
        >>> a.transient.iterations(1e-6, mu=1, L=100), a.tuning.iterations(1e-6, 1, 100)
        (95, 69)
        """
        allowed = _number("the tolerance", tolerance)
        if not allowed.is_positive:
            raise ArgumentError(f"the tolerance must be a positive number; given {tolerance}")
        law = self._converging(mu, L, parameters)
        if law.radius == 0:
            return 0 if allowed >= 1 else 1
        return law.iterations(allowed)

    def _converging(self, low: Any, high: Any, parameters: Mapping[str, Any]) -> _Law:
        first, last, given = self._read(low, high, parameters)
        if any(e.free_symbols for e in (first, last, *given.values())):
            raise ArgumentError(f"{self._name}: expected numbers; given mu = {low}, L = {high}")
        law = self._law(first, last, given)
        if law is None:
            raise NotDerivedError(
                f"{self._name}: with these parameters the worst case has no closed form; ask for worst_case(k)"
            )
        if not law.radius < 1:
            raise ArgumentError(f"{self._name}: with these parameters the worst case does not tend to 0")
        return law

    def _read(self, low: Any, high: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any, dict[sympy.Symbol, Any]]:
        first, last = _number("mu", low), _number("L", high)
        if not (first.free_symbols or last.free_symbols):
            check_spectrum(first, last)
        names = {p.name: p for p in self.iteration.parameters}
        if unknown := [n for n in parameters if n not in names]:
            raise MethodTypeError(f"{self._name}: unknown parameter {unknown[0]!r}; it has {', '.join(names)}")
        if parameters and (missing := [n for n in names if n not in parameters]):
            raise MethodTypeError(f"{self._name}: missing {', '.join(missing)}")
        return first, last, {names[n]: _number(n, v) for n, v in parameters.items()}

    # Bounds -----------------------------------------------------------------------------------------------------------

    def _certified(self, k: Any, low: Any, high: Any, given: Mapping[Any, Any]) -> WorstCase:
        if any(e.free_symbols for e in (k, low, high, *given.values())):
            raise NotDerivedError(f"{self._name}: with these parameters there is no closed form; give numbers")
        degree = int(k) * self.iteration.method.gradient_calls
        if degree > _MOST_DEGREE:
            raise NotDerivedError(
                f"{self._name}: with these parameters there is no closed form, and degree {degree} is above {_MOST_DEGREE}"
            )
        values = {p: _rounded(v) for p, v in (given or self._best(low, high)).items()}
        matrix = [
            [sympy.Poly(e.subs(values, simultaneous=True), lam).all_coeffs() for e in row]
            for row in self.iteration.matrix.tolist()
        ]
        residual = _Residual(
            matrix, list(self.iteration.system.rest), self.iteration.method.state.index(ITERATE), int(k)
        )
        low, high = _rounded(low), _rounded(high)
        if degree == 0 or low == high:
            value = abs(residual.exactly(low))
            return WorstCase(value, value, low, True)
        return residual.bounds(degree, low, high)

    # Claims -----------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The steps of the proof of the closed forms; of a method without them, none.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> {check(c).status for c in analyze("heavy-ball").transient.claims}
        {'proved'}
        """
        if self.iteration.size == 1 and sympy.degree(trace := sympy.expand(self.iteration.trace), lam) <= 1:
            low, high = (abs(trace.subs(lam, x)) for x in (mu, L))
            end = self._claim(
                "end",
                "An end point of the interval has the largest factor",
                abs(trace) <= sympy.Max(low, high, evaluate=False),
                (mu <= lam, lam <= L),
            )
            return (end,)
        if not self._family:
            return ()
        own = self._heavy_ball_claims() if self._family == "heavy-ball" else self._nesterov_claims()
        return (*self._chebyshev_claims(), *own)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims."""
        return tuple(check(c) for c in self.claims)

    def _claim(self, name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
        return Claim(
            id=f"{self._name}/transient/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=f"{_SOURCE}; {self.iteration.method.cite}",
        )

    def _chebyshev_claims(self) -> tuple[Claim, ...]:
        """T_k and U_{k-1} go together: (x T - (1 - x^2) U, x U + T) is the next pair."""
        x, t, u, k = sympy.symbols("x t u k", real=True)
        t1, u1 = x * t - (1 - x**2) * u, x * u + t
        pell = _equal(t**2 + (1 - x**2) * u**2, 1)
        inside = sympy.And(x >= -1, x <= 1)
        matrix, identity = self.iteration.matrix, sympy.eye(2)
        square = matrix * matrix - self.iteration.trace * matrix + self.iteration.determinant * identity
        return (
            self._claim(
                "recurrence",
                "The residual polynomials satisfy a recurrence of two terms",
                sympy.And(*(_equal(e, 0) for e in square)),
            ),
            self._claim(
                "pair",
                "Chebyshev's polynomials of both kinds satisfy their recurrences",
                sympy.And(_equal(x * t1 - (1 - x**2) * u1, 2 * x * t1 - t), _equal(x * u1 + t1, 2 * x * u1 - u)),
            ),
            self._claim("pell", "Pell's equation is kept", _equal(t1**2 + (1 - x**2) * u1**2, 1), (pell,)),
            self._claim(
                "bounded-first", "Those of the first kind are at most 1", sympy.And(t <= 1, t >= -1), (pell, inside)
            ),
            self._claim(
                "bounded-second",
                "Those of the second kind grow by at most 1 in each step",
                sympy.And(u1 <= k + 1, u1 >= -(k + 1)),
                (inside, k >= 0, u <= k, u >= -k, t <= 1, t >= -1),
            ),
        )

    def _heavy_ball_claims(self) -> tuple[Claim, ...]:
        x, u, v, r, q, k = sympy.symbols("x u v r q k", real=True)  # u = U_{k-1}, v = U_k, q = r^(k-1)
        (case,) = self._cases
        a, b = case.parameters[alpha], case.parameters[beta]
        radius = case.law.radius
        cosine = (1 + b - a * lam) / (2 * radius)
        return (
            self._claim(
                "interval",
                "The trace over 2 r runs from 1 at mu to -1 at L, and r^2 is the determinant",
                sympy.And(
                    _equal(cosine.subs(lam, mu), 1),
                    _equal(cosine.subs(lam, L), -1),
                    _equal(b, radius**2),
                    radius > 0,
                    radius < 1,
                ),
                (mu < L,),
            ),
            self._claim(
                "start", "P_1 = r (U_1 - r U_0)", _equal(1 - a * lam, radius * (2 * cosine - radius)), (mu < L,)
            ),
            self._claim(
                "step",
                "P_k = r^k (U_k - r U_{k-1}), by induction",
                _equal(
                    r**2 * q * ((2 * x * v - u) - r * v),
                    2 * r * x * r * q * (v - r * u) - r**2 * q * (u - r * (2 * x * u - v)),
                ),
            ),
            self._claim(
                "bound",
                "It is at most 1 + k (1 + r) times r^k",
                sympy.And(v - r * u <= 1 + k * (1 + r), v - r * u >= -(1 + k * (1 + r))),
                (r >= 0, k >= 0, u <= k, u >= -k, v <= k + 1, v >= -(k + 1)),
            ),
            self._claim(
                "attained",
                "At L, where x = -1 and U_k = (-1)^k (k + 1), it is that",
                sympy.And(
                    _equal(2 * (-1) * q * (k + 1) - (-q) * k, -q * (k + 2)),
                    _equal(q * (k + 1) - r * (-q) * k, q * (1 + k * (1 + r))),
                ),
            ),
        )

    def _nesterov_claims(self) -> tuple[Claim, ...]:
        x, t, u, r, q, p, k, e = sympy.symbols("x t u r q p k e", real=True)
        g0, g1, w0, w1, v0, v1, c = sympy.symbols("g_0 g_1 w_0 w_1 v_0 v_1 c", real=True)
        made: list[Claim] = []
        for case in self._cases:
            a, b, radius = case.parameters[alpha], case.parameters[beta], case.law.radius
            low, high = 1 - a * mu, 1 - a * L
            b_part = sympy.And(b >= 0, b < 1, radius > 0, radius < 1)
            at_high = [_equal(high, 0)]
            if case.name == "tuned":
                at_high = [_equal((1 + b) * high, -2 * radius / 3), _equal(b * high, -(radius**2) / 3)]
            made.append(
                self._claim(
                    f"{case.name}/ends",
                    "At mu the eigenvalues meet at r; at L they are -r and r/3, or 0",
                    sympy.And(_equal((1 + b) * low, 2 * radius), _equal(b * low, radius**2), *at_high, b_part),
                    (mu < L,),
                )
            )
        # x^2 is t/t_mu, so that the trace is 2 r x^2 and the determinant r^2 x^2; beta = r (1 - c).
        made += [
            self._claim(
                "start",
                "P_1 = r (T_2 + c U_0) and P_2 = r^2 x (T_3 + c U_1)",
                sympy.And(
                    _equal(2 * r * x**2 - r * (1 - c), r * (2 * x**2 - 1 + c)),
                    _equal(
                        2 * r * x**2 * r * (2 * x**2 - 1 + c) - r**2 * x**2,
                        r**2 * x * (4 * x**3 - 3 * x + 2 * c * x),
                    ),
                ),
            ),
            self._claim(
                "step",
                "P_k = r^k x^(k-1) (T_{k+1} + c U_{k-1}), by induction",
                _equal(r**2 * x**2 * q * (2 * x * g1 - g0), 2 * r * x**2 * (r * x * q * g1) - r**2 * x**2 * q * g0),
            ),
            self._claim(
                "beta",
                "beta = r (1 - c) with c = (1 - beta)/2, where the eigenvalues meet",
                _equal(p, r * (1 - (1 - p) / 2)),
                (_equal((1 + p) * t, 2 * r), _equal(p * t, r**2), r > 0),
            ),
            self._claim(
                "bound",
                "It is at most 1 + k c times r^k, which it is at mu, where x = 1",
                sympy.And(p * (t + c * u) <= 1 + k * c, p * (t + c * u) >= -(1 + k * c)),
                (c >= 0, k >= 0, u <= k, u >= -k, t <= 1, t >= -1, p <= 1, p >= 0),
            ),
            self._claim(
                "beyond",
                "Where 1 - alpha lam = -p is negative, (-1)^k P_k grows with p, so that L decides there",
                sympy.And(q * ((1 + e) * w1 + e * w0) >= p * ((1 + e) * v1 + e * v0), p * ((1 + e) * v1 + e * v0) >= 0),
                (p >= 0, q >= p, e >= 0, v0 >= 0, v1 >= 0, w0 >= v0, w1 >= v1),
            ),
            self._claim(
                "at-L",
                "With the eigenvalues -r and r/3 the modulus is r^k (A + B (-1/3)^k), by induction",
                _equal(2 * r / 3 * r * (g0 + g1 * e) + r**2 / 3 * (g0 - 3 * g1 * e), r**2 * (g0 - g1 * e / 3)),
            ),
        ]
        tuned = next(c for c in self._cases if c.name == "tuned")
        _, end = tuned.law.terms
        first = self.iteration.residual_polynomial(1).subs({**tuned.parameters, lam: L}, simultaneous=True)
        made.append(
            self._claim(
                "at-L/start",
                "The constants A and B are those of the first two steps",
                sympy.And(
                    _equal(end.constant + end.extra, 1),
                    _equal(-first, tuned.law.radius * (end.constant - end.extra / 3)),
                ),
                (mu < L,),
            )
        )
        if self._family == "nesterov-descended":
            made.append(
                self._claim(
                    "descended",
                    "The iterates after the gradient step are 1 - alpha lam times the points before it, one step earlier",
                    sympy.And(
                        _equal((1 + p) * t * t * v1 - p * t * t * v0, t * ((1 + p) * t * v1 - p * t * v0)),
                        _equal((1 + p) * t * t - p * t, t * ((1 + p) * t - p)),
                    ),
                )
            )
        return tuple(made)


def _equal(left: Any, right: Any) -> Any:
    return sympy.Eq(left, right, evaluate=False)


def _number(name: str, value: Any) -> Any:
    """An exact number or expression."""
    if isinstance(value, sympy.Expr) and not value.has(sympy.Float):
        if value.is_real is False or value.has(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
            raise ArgumentError(f"{name} must be a finite real number; given {value}")
        return value
    try:
        return rational(value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{name} must be a finite real number or an expression; given {value!r}") from None


def _rounded(value: Any) -> Any:
    return value if value.is_Rational else sympy.Rational(str(sympy.N(value, _DIGITS)))


def _same(first: Any, second: Any) -> bool:
    """Whether two exact expressions are equal, as far as a normal form tells."""
    return bool(first == second or sympy.radsimp(sympy.cancel(first - second)) == 0)


# Enclosures -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Residual:
    """P_k at numbers, from a matrix whose entries are coefficients of polynomials in lam."""

    matrix: list[list[Sequence[Any]]]
    rest: list[Any]
    row: int
    steps: int

    def _at(self, x: Any, number: Callable[[Any], Any]) -> Any:
        size = len(self.rest)

        def entry(coefficients: Sequence[Any]) -> Any:
            found = number(coefficients[0])
            for c in coefficients[1:]:
                found = found * x + number(c)
            return found

        def product(a: Any, b: Any) -> Any:
            return [
                [sum((a[i][m] * b[m][j] for m in range(1, size)), a[i][0] * b[0][j]) for j in range(size)]
                for i in range(size)
            ]

        square = [[entry(e) for e in row] for row in self.matrix]
        state = [[number(e)] for e in self.rest]
        steps = self.steps
        while steps:
            if steps % 2:
                state = [
                    [sum((square[i][m] * state[m][0] for m in range(1, size)), square[i][0] * state[0][0])]
                    for i in range(size)
                ]
            steps //= 2
            if steps:
                square = product(square, square)
        return state[self.row][0]

    def exactly(self, x: Any) -> Any:
        return self._at(x, lambda c: c)

    def bounds(self, degree: int, low: Any, high: Any) -> WorstCase:
        """More digits are taken until the bounds are near each other: intervals widen in each product."""
        bits = 128 + self.steps.bit_length() ** 2
        for _ in range(4):
            if (found := self._enclosed(degree, low, high, bits)) is not None:
                return found
            bits *= 2
        raise NotDerivedError("the worst case is beyond interval arithmetic of several thousand digits")

    def _enclosed(self, degree: int, low: Any, high: Any, bits: int) -> WorstCase | None:
        iv: Any = MPIntervalContext()
        iv.prec = bits

        def number(value: Any) -> Any:
            return iv.mpf(int(value.p)) / int(value.q)

        middle, half = number((low + high) / 2), number((high - low) / 2)
        known: dict[Any, Any] = {}

        def entry(value: Any) -> Any:
            if value not in known:
                known[value] = number(value)
            return known[value]

        def modulus(position: Any) -> tuple[Any, Any, Any]:
            """At the angle pi times a position: least and largest modulus, as fractions, and a curvature."""
            x = middle + half * iv.cos(iv.pi * number(position))
            value = abs(self._at(x, entry))
            return _fraction(value.a), _fraction(value.b), _fraction(x.mid)

        width = sympy.Rational(1, 4 * degree)  # of half a cell, so that the first cosine is 1/sqrt(2)
        centers = [(2 * j + 1) * width for j in range(2 * degree)]
        lower, at = max((abs(self.exactly(x)), x) for x in (low, high)) if degree <= 64 else (sympy.Integer(0), low)
        for _ in range(24):
            cells = [(c, *modulus(c)) for c in centers]
            for _, least, _, x in cells:
                if least > lower and low <= x <= high:
                    lower, at = least, x
            cosine = _fraction(iv.cos(iv.pi * degree * number(width)).a)
            # The maximum lies in a cell whose value is at least the cosine times the maximum, and so times any lower bound.
            kept = [(c, most) for c, _, most, _ in cells if most >= lower * cosine]
            upper = max(most for _, most in kept) / cosine
            if upper <= lower * (1 + _GAP):
                return WorstCase(lower, upper, at, False)
            width /= 2
            centers = [c + d for c, _ in kept for d in (-width, width)]
        return None


def _fraction(value: Any) -> Any:
    """An end of an interval as the binary fraction that it is."""
    sign, mantissa, exponent, _ = value._mpi_[0]
    number = sympy.Integer(int(-mantissa if sign else mantissa))
    return number * sympy.Integer(2) ** exponent
