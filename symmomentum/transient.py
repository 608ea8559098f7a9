r"""What happens at finite k: the worst case over [mu, L] of the error after k steps from rest, not its rate alone.

It is :math:`\sup |P_k(\lambda)|` with the residual polynomial :math:`P_k`, and differs from :math:`\rho^k` by a factor that
grows with k where two eigenvalues meet. It has a closed form for every k

- of one state, where it is a power of the worst rate;
- of heavy ball, where the eigenvalues meet at L and are not real below, as with the best parameters;
- of Nesterov's method, where they meet at mu, as with the best and with the standard parameters.

:attr:`Transient.claims` has the steps of the proof. With :math:`x = \cos\varphi` from the trace of the iteration matrix, the
polynomials are :math:`r^k (U_k - r U_{k-1})` (heavy ball) and :math:`r^k x^{k-1} (T_{k+1} + c U_{k-1})` with
:math:`c = (1 - \beta)/2` (Nesterov), of Chebyshev polynomials of both kinds; from :math:`|T_k| \le 1` and
:math:`|U_k| \le k + 1` an end point decides.

For all other parameters, at numbers, the supremum is enclosed by interval arithmetic: :mod:`symmomentum.enclosures`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.certificates import rational, worst_rate
from symmomentum.claims import Claim, Verdict, equal
from symmomentum.enclosures import GAP, Bounds, ManyStates, TwoStates
from symmomentum.errors import ArgumentError, MethodTypeError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.presets import PublishedTuning
from symmomentum.proof import check
from symmomentum.rate import Rate
from symmomentum.symbols import L, lam, mu, parameter
from symmomentum.symbols import k as step
from symmomentum.tuning import Tuning, check_spectrum
from symmomentum.update_rule import ITERATE

__all__ = ["ClosedForm", "Transient", "WorstCase"]

_MOST_DEGREE = 4000
"""Up to which degree a method with three states or more is looked at; it takes twice as many values."""
_MOST_POWER = 512
"""Up to which degree such a method's powers are looked for one whose norm is small."""
_MOST_STEPS = 10**6
"""Up to how many steps it is looked at after how many a worst case stays below something."""
_MOST_SCANNED = 20000
"""Up to how many steps all of them are gone through in floating point."""
_WORK = 3 * 10**8
"""How many values that takes at most."""
_NEAR = sympy.Rational(1, 10**6)
"""How near floating point must be that certified bounds decide."""
_STEPS_ONE_BY_ONE = 40
"""How many steps are certified before floating point is asked which ones matter."""
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
    """The supremum over [mu, L] of the modulus of a residual polynomial, or of the norm of a power of the iteration matrix.

    Attributes
    ----------
    lower, upper : expression
        Bounds of it, ratios of errors; the same where it is known exactly.
    at : expression
        A curvature at which it is attained, or at which the modulus is at least ``lower``.
    exact : bool
        Whether it is known exactly. Else the bounds are rational numbers, within a relative 1e-9 of each other; a long power of
        two in them is not multiplied out.

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
    """|P_k| at one end point over radius^k: (constant + slope k + extra ratio^k) growth^k."""

    at: Any
    constant: Any
    slope: Any = sympy.S.Zero
    extra: Any = sympy.S.Zero
    ratio: Any = sympy.S.Zero
    growth: Any = sympy.S.One

    def factor(self, k: Any) -> Any:
        found = self.constant + self.slope * k
        if self.extra != 0:
            found += self.extra * _power(self.ratio, k)
        return found if self.growth == 1 else found * _power(self.growth, k)

    def number(self, k: int, *, envelope: bool = False) -> Any:
        """The factor in numbers, or one that is at least as large and has no changes of sign."""
        extra = sympy.N(self.extra, _DIGITS) * sympy.N(self.ratio, _DIGITS) ** k
        found = sympy.N(self.constant + self.slope * k, _DIGITS) + (abs(extra) if envelope else extra)
        return found * sympy.N(self.growth, _DIGITS) ** k


@dataclass(frozen=True)
class _Law:
    """The worst case after k steps: radius^k times the largest of the terms."""

    radius: Any
    terms: tuple[_Term, ...]
    exact: bool = True
    """Else it is that of parameters that were rounded to 40 digits."""

    @property
    def is_plain(self) -> bool:
        """Whether its terms fall as :attr:`peak` and :meth:`iterations` expect."""
        return all(t.growth == 1 and (t.extra == 0 or abs(t.ratio) <= sympy.Rational(1, 3)) for t in self.terms)

    def worst_case(self, k: Any) -> WorstCase:
        if k == 0:
            return WorstCase(sympy.Integer(1), sympy.Integer(1), self.terms[0].at, True)
        if not self.exact:
            value = sympy.Rational(str(sympy.N(self.radius**k * self.terms[0].factor(k), _DIGITS)))
            margin = value / 10 ** (_DIGITS // 2)
            return WorstCase(value - margin, value + margin, self.terms[0].at, False)
        if k.is_Integer and k > _MANY_STEPS and not self.radius.free_symbols:
            *others, (first, term) = sorted(((t.number(int(k)), t) for t in self.terms), key=lambda pair: pair[0])
            if all(first - other > sympy.Rational(1, 10**30) for other, _ in others):
                # As it stands: a product that SymPy evaluates would multiply the power out.
                power, factor = _power(self.radius, k), term.factor(k)
                value = power if factor == 1 else sympy.Mul(power, factor, evaluate=False)
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
        values: list[tuple[Any, int]] = [(self.log(k), k) for k in candidates]
        largest = max(values)[0]
        # The first of them, where several are largest.
        return next(k for value, k in values if value >= largest - sympy.Float(10, _DIGITS) ** (8 - _DIGITS))

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
    if base.is_Rational:
        long = k.is_Integer and k * int(max(abs(base.p), base.q)).bit_length() > _MOST_BITS
    else:  # a product's rational factors would be multiplied out
        long = bool(k.is_Integer and k > _MANY_STEPS)
    return sympy.Pow(base, k, evaluate=not long)


@dataclass(frozen=True)
class _Case:
    """Parameters with a closed form for all mu and L: by which name they go, and their worst rate."""

    name: str
    parameters: Mapping[sympy.Symbol, Any]
    radius: Any

    def at(self, low: Any, high: Any) -> tuple[dict[sympy.Symbol, Any], Any]:
        ends = {mu: low, L: high}
        found = {p: e.subs(ends, simultaneous=True) for p, e in self.parameters.items()}
        return found, self.radius.subs(ends, simultaneous=True)


@dataclass(frozen=True)
class ClosedForm:
    """The worst case with the best parameters.

    Attributes
    ----------
    kind : str
        How it is proved: ``"power"`` of a largest factor, or by the polynomials of ``"heavy-ball"`` or of ``"nesterov"``.
    value : expression
        In k, mu and L.
    """

    kind: str
    value: Any


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

    theory: Rate
    tuned: Callable[[], Tuning]

    @property
    def iteration(self) -> Iteration:
        """The linear iteration on one eigenvector of the Hessian."""
        return self.theory.iteration

    # Closed forms -----------------------------------------------------------------------------------------------------

    def _form(self, parameters: Mapping[sympy.Symbol, Any]) -> tuple[str, Any, Any] | None:
        """Which closed forms are known for the rule, and the step size and momentum of heavy ball or of Nesterov's method that
        it has with these parameters: told from its polynomials, whatever it is called."""
        iteration = self.iteration
        if iteration.size != 2:
            return None
        trace, determinant, first = (
            sympy.expand(sympy.expand(e).subs(parameters, simultaneous=True))
            for e in (iteration.trace, iteration.determinant, iteration.residual_polynomial(1))
        )
        b = determinant.subs(lam, 0)
        if sympy.degree(trace, lam) > 1 or sympy.expand(trace.subs(lam, 0) - 1 - b) != 0:
            return None
        step = -trace.coeff(lam, 1)
        if not determinant.has(lam):
            return ("heavy-ball", step, b) if sympy.expand(first - trace + b) == 0 else None
        if b == -1:
            return None
        a = sympy.cancel(step / (1 + b))
        if sympy.cancel(determinant - b * (1 - a * lam)) != 0:
            return None
        forms = {"nesterov": trace - b, "nesterov-descended": 1 - a * lam}
        return next(((name, a, b) for name, e in forms.items() if sympy.cancel(first - e) == 0), None)

    @cached_property
    def _general(self) -> tuple[str, Any, Any] | None:
        """The form that the rule has for all parameters."""
        return self._form({})

    @property
    def _family(self) -> str:
        return self._general[0] if self._general else ""

    def _as(self, parameters: Mapping[sympy.Symbol, Any]) -> tuple[Any, Any]:
        """Step size and momentum of heavy ball or of Nesterov's method, where the rule has that form for all parameters."""
        assert self._general is not None
        _, a, b = self._general
        return a.subs(parameters, simultaneous=True), b.subs(parameters, simultaneous=True)

    @cached_property
    def _cases(self) -> tuple[_Case, ...]:
        """The best parameters, and published ones for the polynomials of the family."""
        if not self._family:
            return ()
        found = []
        tuning = None
        if self.iteration.method.schedule is None:
            with contextlib.suppress(NotDerivedError):  # a rule with constants in place of parameters
                tuning = self.tuned()
        if tuning is not None and tuning.kind == "radicals":
            # Of Nesterov's method as 1 less a fraction.
            rate = tuning.rate if self._family == "heavy-ball" else sympy.expand(tuning.rate)
            found.append(_Case("tuned", tuning.parameters, rate))
        presets = catalog["heavy-ball" if self._family == "heavy-ball" else "nesterov"].presets
        if self._as({}) != (alpha, beta):
            presets = ()  # they are for heavy ball's own parameters
        for published in (PublishedTuning(p, self.theory) for p in presets):
            found.append(_Case(published.name, published.parameters, published.rate))
        return tuple(found)

    def _law(self, low: Any, high: Any, parameters: Mapping[sympy.Symbol, Any]) -> _Law | None:
        """The closed form at the given end points, where the parameters (none: the best ones) have one."""
        if self.iteration.method.schedule is not None and not parameters:
            raise NotDerivedError(f"{self._name}: its parameters follow a schedule; give constant ones")
        if self.iteration.size == 1:
            law = self._power_law(self.iteration.trace, low, high, parameters or self.best(low, high))
            rounded = not (parameters or _symbols(low, high)) and self.tuned().kind != "radicals"
            return dataclasses.replace(law, exact=False) if rounded else law
        if self.iteration.size != 2:
            return None
        symbolic = _symbols(low, high, *parameters.values())
        if parameters and not symbolic and self._first_is_eigenvalue(parameters):
            return self._power_law(self.iteration.residual_polynomial(1), low, high, parameters)
        if not self._family:
            form = None if symbolic else self._form(parameters or self.best(low, high))
            return self._shaped(low, high, *form) if form else None
        # Rational parameters need no best ones to be compared with, the search for which takes its time.
        rational_ones = bool(parameters) and all(x.is_Rational for x in (low, high, *parameters.values()))
        for case in () if rational_ones else self._cases:
            expected, radius = case.at(low, high)
            if case.name == "tuned" if not parameters else all(_same(parameters[p], e) for p, e in expected.items()):
                return self._shaped(low, high, self._family, *self._as(expected), radius)
        return self._shaped(low, high, self._family, *self._as(parameters)) if parameters and not symbolic else None

    def _first_is_eigenvalue(self, parameters: Mapping[sympy.Symbol, Any]) -> bool:
        """Whether P_1 is an eigenvalue at every curvature, such as without momentum: then P_k is its power."""
        first = self.iteration.residual_polynomial(1)
        square = self.iteration.determinant - self.iteration.trace * first + first**2
        return bool(sympy.expand(sympy.expand(square).subs(parameters, simultaneous=True)) == 0)

    def _power_law(self, factor: Any, low: Any, high: Any, parameters: Mapping[sympy.Symbol, Any]) -> _Law:
        """The worst case is a power of the largest modulus of a polynomial of the curvature."""
        points, degree = [low, high], sympy.degree(sympy.expand(factor), lam)
        if _symbols(low, high, *parameters.values()):
            modulus = sympy.expand(factor).subs(parameters, simultaneous=True)
            if degree > 1:
                ends = {**parameters, mu: low, L: high}
                points += [x.subs(ends, simultaneous=True) for x in self.theory.interior_points]
            values = [modulus.subs(lam, x) for x in points]
            same = _same(values[0], values[1]) or _same(values[0], -values[1])
            best = self.tuned() if same and len(points) == 2 and degree <= 1 else None
            if best is not None and _same(values[0], rate := best.rate.subs({mu: low, L: high}, simultaneous=True)):
                return _Law(rate, (_Term(high, sympy.Integer(1)),))  # without a modulus: it is not negative
            values = list(map(abs, values))
            largest = sympy.Max(*values) if len(points) == 2 else self.theory.worst_rate.subs(ends, simultaneous=True)
            pairs = [(x, equal(v, largest)) for x, v in zip(points, values, strict=True)]
            at = high if same and len(points) == 2 else sympy.Piecewise(*pairs[1:], (low, True))
            return _Law(largest, (_Term(at, sympy.Integer(1)),))
        rounded = {p: _rounded(v) for p, v in parameters.items()} if degree > 1 else parameters
        exact = all(_same(v, parameters[p]) for p, v in rounded.items())
        modulus = sympy.expand(factor).subs(rounded, simultaneous=True)
        if degree > 1:
            points += [x for x in sympy.Poly(modulus, lam).diff(lam).real_roots() if low < x and x < high]
        values = [abs(modulus.subs(lam, x)) for x in points]
        largest, at = max(zip(values, points, strict=True), key=lambda pair: sympy.N(pair[0], _DIGITS))
        return _Law(largest, (_Term(at, sympy.Integer(1)),), exact)

    def _shaped(self, low: Any, high: Any, family: str, a: Any, b: Any, radius: Any = None) -> _Law | None:
        """The closed form, if the eigenvalues meet where they must. The radius is given where it is known for all mu and L:
        then that they do is among the claims."""
        if family == "heavy-ball":
            if radius is None:
                if not b > 0:
                    return None
                radius = sympy.sqrt(b)
                if not (_same(1 + b - a * high, -2 * radius) and 1 + b - a * low <= 2 * radius):
                    return None
            terms: tuple[_Term, ...] = (_Term(high, sympy.Integer(1), 1 + radius),)
        else:
            left = 1 - a * low
            if radius is None:
                if not (0 < b <= 1 and left > 0 and _same((1 + b) ** 2 * left, 4 * b)):
                    return None
                radius = (1 + b) * left / 2
            if radius != 0:
                terms = self._nesterov_terms(low, high, family, b, sympy.radsimp(sympy.cancel((a * high - 1) / left)))
        if radius == 0:  # one step reaches the minimizer, as where mu = L
            terms = (_Term(low, sympy.Integer(1)),)
        return _Law(radius, terms)

    def _nesterov_terms(self, low: Any, high: Any, family: str, b: Any, m: Any) -> tuple[_Term, ...]:
        """With m = (alpha L - 1)/(1 - alpha mu): the eigenvalues at L are -u r and v r, where u - v = 2 m and u v = m."""
        half = (1 + b) / 2
        descended = family == "nesterov-descended"
        near = _Term(low, sympy.Integer(1), (1 - half) / half if descended else 1 - half)
        if m <= 0:
            return (near,)
        w = sympy.sqrt(m**2 + m)
        u, v = w + m, w - m
        share, rest = map(sympy.factor, self._shares(family, u, v, half, m))
        return near, _Term(high, share, sympy.Integer(0), rest, -v / u, u)

    def _shares(self, family: str, u: Any, v: Any, half: Any, m: Any) -> tuple[Any, Any]:
        """A and B with (-1)^k P_k = r^k (A u^k + B (-v)^k) at L."""
        share, rest = (u + half) / (u + v), (v - half) / (u + v)
        return (m / (half * u) * share, -m / (half * v) * rest) if family == "nesterov-descended" else (share, rest)

    def best(self, low: Any, high: Any) -> dict[Any, Any]:
        """The parameters that are taken where none are given: the best ones for [mu, L], and no decay.

        Raises
        ------
        NotDerivedError
            If they have no closed form and something is a symbol, or if there are none.
        """
        tuning = self.tuned()
        if low.free_symbols or high.free_symbols:
            if tuning.kind != "radicals" or tuning.given:
                raise NotDerivedError(f"{self._name}: the best parameters have no closed form; give numbers")
            return {p: e.subs({mu: low, L: high}, simultaneous=True) for p, e in tuning.parameters.items()}
        return {**dict.fromkeys(tuning.given, sympy.S.Zero), **tuning.at(low, high)}  # a decay is 0 unless given

    @property
    def _name(self) -> str:
        return self.iteration.method.name

    @cached_property
    def closed_form(self) -> ClosedForm | None:
        """The worst case with the best parameters, for all k, mu and L; None where it was not derived.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> analyze("gradient-descent").transient.closed_form.value
        ((L - mu)/(L + mu))**k
        """
        kind = self._family or ("power" if self.iteration.size == 1 and self.claims else "")
        if not kind:
            return None
        try:
            return ClosedForm(kind.removesuffix("-descended"), self.worst_case(step, mu=mu, L=L).value)
        except NotDerivedError:
            return None

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
            In closed form for one state, and for heavy ball and Nesterov's method where two eigenvalues meet at the right end;
            else, at numbers, between rational bounds that interval arithmetic makes certain, for two states up to a million steps
            and more. Parameters that are not rational are then taken to 40 digits.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If k is no non-negative integer, unless 0 < mu <= L, or if a value is no real number.
        MethodTypeError
            (a ``TypeError``) If some but not all of the method's parameters are given, or unknown ones.
        NotDerivedError
            If there is no closed form and something is a symbol, or the method has three states or more and the polynomial's
            degree is above 4000.

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
        >>> found = analyze("heavy-ball").transient.worst_case(10**6, mu=0.01, L=10, alpha=0.1, beta=0.9)
        >>> found.lower.evalf(8), found.at == sympy.Rational(0.01)
        (0.46322504e-4859, True)
        """
        k = self.iteration._steps(k)
        low, high, given = self._read(mu, L, parameters)
        law = self._law(low, high, given)
        if law is not None:
            return law.worst_case(k)
        if k == 0:
            return WorstCase(sympy.Integer(1), sympy.Integer(1), low, True)
        return self._certified(k, low, high, given)

    def peak(self, *, mu: Any, L: Any, **parameters: Any) -> tuple[int, Any]:
        """(k, value) where the worst case is largest over all k, at numbers; the first such k.

        Without a closed form: that no later k has a larger worst case is certain from some k on, by bounds that decrease with k.
        Up to there the rule is run in floating point on a grid of curvatures that is dense for polynomials of the degree; every k
        that comes within a relative 1e-6 of the largest, after what a grid can miss is added, is decided by certified bounds.
        Of steps whose worst cases agree to a relative 1e-9 the first is taken. The value is the upper bound of
        :meth:`worst_case`.

        The arguments and errors are those of :meth:`worst_case`, and:

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If it does not tend to 0.
        NotDerivedError
            If the decay is so slow that there are more than 20000 steps to go through, or, with three states or more, no power
            up to the 512th has a norm below 1/2.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> analyze("heavy-ball").transient.peak(mu=1, L=25)
        (2, 52/27)
        >>> k, value = analyze("heavy-ball").transient.peak(mu=1, L=10, alpha=0.28, beta=0.5)
        >>> k, round(float(value), 6)
        (2, 1.84)
        """
        low, high, given, law = self._numbers(mu, L, parameters)
        if law is not None and law.is_plain:
            k = 0 if law.radius == 0 else law.peak
            return k, law.worst_case(sympy.Integer(k)).value
        numbers = self._at_numbers(low, high, given)
        k = numbers.peak()
        return k, self.worst_case(k, mu=mu, L=L, **parameters).value

    def iterations(self, tolerance: Any, *, mu: Any, L: Any, **parameters: Any) -> int:
        """The least k from which on the worst case stays at most the tolerance, at numbers, the transient included.

        Without a closed form: it is certain that from some k on it stays below, by bounds that decrease with k, and that it does
        not one step before the answer. Of the steps in between, each is certified to be below, or, where there are many, those
        that floating point puts below by more than a relative 1e-6 are taken to be (see :meth:`peak`). A worst case within a
        relative 1e-12 of the tolerance counts as at most that.

        The arguments and errors are those of :meth:`peak`, with a million steps for two states; ``tolerance`` is a positive
        number, a ratio of errors.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> a = analyze("heavy-ball")
        >>> a.transient.iterations(1e-6, mu=1, L=100), a.tuning.iterations(1e-6, 1, 100)
        (95, 69)
        >>> a.transient.iterations(1e-6, mu=1, L=10, alpha=0.1, beta=0.9)
        265
        """
        allowed = _number("the tolerance", tolerance)
        if not allowed.is_positive:
            raise ArgumentError(f"the tolerance must be a positive number; given {tolerance}")
        low, high, given, law = self._numbers(mu, L, parameters)
        if law is not None and law.is_plain:
            if law.radius == 0:
                return 0 if allowed >= 1 else 1
            return law.iterations(allowed)
        return self._at_numbers(low, high, given).iterations(_rounded(allowed))

    def norm(self, k: Any, *, mu: Any, L: Any, **parameters: Any) -> WorstCase:
        """The supremum over curvatures in [mu, L] of the spectral norm of R^k: the worst growth of the whole state in k steps.

        It is the growth from any state, not from rest alone. R acts on the rule's state, in its order; unlike the error from
        rest, the norm depends on how a velocity is scaled.

        The arguments, errors and accuracy are those of :meth:`worst_case`.

        Examples
        --------
        >>> from symmomentum import analyze
        >>> t = analyze("heavy-ball").transient
        >>> [round(float(t.norm(k, mu=1, L=10, alpha=0.1, beta=0.9)), 6) for k in (1, 10, 100)]
        [10.040422, 6.901165, 0.060161]
        """
        k = self.iteration._steps(k)
        low, high, given = self._read(mu, L, parameters)
        if k == 0:
            return WorstCase(sympy.Integer(1), sympy.Integer(1), low, True)
        if self.iteration.size == 1:
            return self.worst_case(k, mu=mu, L=L, **parameters)
        return self._certified(k, low, high, given, norm=True)

    def _numbers(
        self, low: Any, high: Any, parameters: Mapping[str, Any]
    ) -> tuple[Any, Any, dict[Any, Any], _Law | None]:
        """What is asked for of numbers, with the closed form if there is one."""
        first, last, given = self._read(low, high, parameters)
        if _symbols(first, last, *given.values()):
            raise ArgumentError(f"{self._name}: expected numbers; given mu = {low}, L = {high}")
        law = self._law(first, last, given)
        if law is not None and not (law.radius < 1 and all(law.radius * t.growth < 1 for t in law.terms)):
            raise ArgumentError(f"{self._name}: with these parameters the worst case does not tend to 0")
        return first, last, given, law

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

    def _certified(self, k: Any, low: Any, high: Any, given: Mapping[Any, Any], *, norm: bool = False) -> WorstCase:
        if _symbols(k, low, high, *given.values()):
            raise NotDerivedError(f"{self._name}: with these parameters there is no closed form; give numbers")
        found = self._at_numbers(low, high, given).largest(int(k), norm=norm)
        return WorstCase(found.lower, found.upper, found.at, found.lower == found.upper)

    def _at_numbers(self, low: Any, high: Any, given: Mapping[Any, Any]) -> _Numbers:
        values = {p: _rounded(v) for p, v in (given or self.best(low, high)).items()}
        return _Numbers(self.iteration, _rounded(low), _rounded(high), values)

    # Claims -----------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The steps of the proof of the closed forms, and what the enclosures for two states rest on.

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
        if self.iteration.size != 2:
            return ()
        own: tuple[Claim, ...] = ()
        if self._family:
            own = self._heavy_ball_claims() if self._family == "heavy-ball" else self._nesterov_claims()
            own = (*self._chebyshev_claims(), *own)
        return (*self._lucas_claims(), *own)

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
        pell = equal(t**2 + (1 - x**2) * u**2, 1)
        inside = sympy.And(x >= -1, x <= 1)
        matrix, identity = self.iteration.matrix, sympy.eye(2)
        square = matrix * matrix - self.iteration.trace * matrix + self.iteration.determinant * identity
        return (
            self._claim(
                "recurrence",
                "The residual polynomials satisfy a recurrence of two terms",
                sympy.And(*(equal(e, 0) for e in square)),
            ),
            self._claim(
                "pair",
                "Chebyshev's polynomials of both kinds satisfy their recurrences",
                sympy.And(equal(x * t1 - (1 - x**2) * u1, 2 * x * t1 - t), equal(x * u1 + t1, 2 * x * u1 - u)),
            ),
            self._claim("pell", "Pell's equation is kept", equal(t1**2 + (1 - x**2) * u1**2, 1), (pell,)),
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

    def _lucas_claims(self) -> tuple[Claim, ...]:
        """R^k = U (R - trace/2) + V/2, and how large what is made of U and V can be; with p = det^k."""
        u, v, p, f, g, c, e, n, x, y = map(self.iteration.fresh, "uvpfgcenxy")
        matrix, b, q = self.iteration.matrix, self.iteration.trace, self.iteration.determinant
        half = b / 2 * sympy.eye(2)

        def power(first: Any, second: Any) -> Any:
            return first * (matrix - half) + second / 2 * sympy.eye(2)

        d = b**2 - 4 * q
        after = power((b * u + v) / 2, (d * u + b * v) / 2)
        square = power(u * v, v**2 - 2 * p)
        return (
            self._claim(
                "lucas/step",
                "R^k in terms of Lucas's sequences U_k and V_k, by induction",
                sympy.And(*(equal(l, r) for l, r in zip(matrix * power(u, v), after, strict=True))),
            ),
            self._claim(
                "lucas/double",
                "U_2k = U_k V_k and V_2k = V_k^2 - 2 det^k",
                sympy.And(*(equal(l, r) for l, r in zip(power(u, v) * power(u, v), square, strict=True))),
                (equal(v**2 - d * u**2, 4 * p),),
            ),
            self._claim(
                "lucas/pell",
                "V^2 - (trace^2 - 4 det) U^2 = 4 det^k is kept",
                equal(((e * u + x * v) / 2) ** 2 - e * ((x * u + v) / 2) ** 2, 4 * p * n),
                (equal(v**2 - e * u**2, 4 * p), equal(x**2 - e, 4 * n)),
            ),
            self._claim(
                "amplitude",
                "f V/2 + g U is at most det^(k/2) sqrt(f^2 + g^2/D) in modulus, where D = det - trace^2/4 is positive",
                (f * v / 2 + g * u) ** 2 * e <= p * (f**2 * e + g**2),
                (e > 0, equal(v**2 + 4 * e * u**2, 4 * p)),
            ),
            self._claim(
                "norm",
                "The singular values s, t of u A + v/2 with A = (x, y; c, -x) have s^2 + t^2 = 4 w^2 + 2 det, where "
                "w = u sqrt(x^2 + (y + c)^2/4): the larger is w + sqrt(w^2 + det)",
                equal(
                    2 * (u * x) ** 2 + 2 * (v / 2) ** 2 + (u * y) ** 2 + (u * c) ** 2,
                    4 * u**2 * (x**2 + (y + c) ** 2 / 4) + 2 * ((v / 2) ** 2 - u**2 * (x**2 + y * c)),
                ),
            ),
        )

    def _heavy_ball_claims(self) -> tuple[Claim, ...]:
        x, u, v, r, q, k = sympy.symbols("x u v r q k", real=True)  # u = U_{k-1}, v = U_k, q = r^(k-1)
        trace = 1 + beta - alpha * lam
        meets = (equal(beta, r**2), equal(trace.subs(lam, L), -2 * r), r > 0)
        made = [
            self._claim(
                "interval",
                "Where the eigenvalues meet at L and are not real below, the trace stays between -2 r and 2 r",
                sympy.And(trace >= -2 * r, trace <= 2 * r),
                (*meets, trace.subs(lam, mu) <= 2 * r, mu <= lam, lam <= L),
            ),
            self._claim(
                "start",
                "P_1 = r (U_1 - r U_0)",
                equal(1 - alpha * lam, r * (2 * x - r)),
                (equal(beta, r**2), equal(trace, 2 * r * x)),
            ),
        ]
        for case in self._cases:
            radius = case.radius
            at_case = {**dict(zip((alpha, beta), self._as(case.parameters), strict=True)), r: radius}
            made.append(
                self._claim(
                    f"{case.name}/ends",
                    "With these parameters they meet at mu and at L",
                    sympy.And(
                        equal(trace.subs({**at_case, lam: mu}, simultaneous=True), 2 * radius),
                        *(
                            e.func(
                                e.lhs.subs(at_case, simultaneous=True),
                                e.rhs.subs(at_case, simultaneous=True),
                                evaluate=False,
                            )
                            for e in meets[:2]
                        ),
                        radius > 0,
                        radius < 1,
                    ),
                    (mu < L,),
                )
            )
        return (
            *made,
            self._claim(
                "step",
                "P_k = r^k (U_k - r U_{k-1}), by induction",
                equal(
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
                    equal(2 * (-1) * q * (k + 1) - (-q) * k, -q * (k + 2)),
                    equal(q * (k + 1) - r * (-q) * k, q * (1 + k * (1 + r))),
                ),
            ),
        )

    def _nesterov_claims(self) -> tuple[Claim, ...]:
        x, t, u, r, q, p, k, e = sympy.symbols("x t u r q p k e", real=True)
        g0, g1, w0, w1, v0, v1, c = sympy.symbols("g_0 g_1 w_0 w_1 v_0 v_1 c", real=True)
        made = [
            self._claim(
                "ends",
                "Where the eigenvalues meet at mu, at r > 0, r is (1 + beta)(1 - alpha mu)/2",
                sympy.And(equal(p * t, ((1 + p) * t / 2) ** 2), (1 + p) * t > 0),
                (p > 0, p <= 1, t > 0, equal((1 + p) ** 2 * t, 4 * p)),
            )
        ]
        for case in self._cases:
            (a, b), radius = self._as(case.parameters), case.radius
            low, high = 1 - a * mu, 1 - a * L
            at_high = [equal(high, 0)]
            if case.name == "tuned":
                at_high = [equal((1 + b) * high, -2 * radius / 3), equal(b * high, -(radius**2) / 3)]
            made.append(
                self._claim(
                    f"{case.name}/ends",
                    "At mu the eigenvalues meet at r; at L they are " + ("-r and r/3" if case.name == "tuned" else "0"),
                    sympy.And(
                        equal((1 + b) * low, 2 * radius),
                        equal(b * low, radius**2),
                        *at_high,
                        sympy.And(b >= 0, b < 1, radius > 0, radius < 1),
                    ),
                    (mu < L,),
                )
            )
        # x^2 is t/t_mu, so that the trace is 2 r x^2 and the determinant r^2 x^2; beta = r (1 - c).
        made += [
            self._claim(
                "start",
                "P_1 = r (T_2 + c U_0) and P_2 = r^2 x (T_3 + c U_1)",
                sympy.And(
                    equal(2 * r * x**2 - r * (1 - c), r * (2 * x**2 - 1 + c)),
                    equal(
                        2 * r * x**2 * r * (2 * x**2 - 1 + c) - r**2 * x**2,
                        r**2 * x * (4 * x**3 - 3 * x + 2 * c * x),
                    ),
                ),
            ),
            self._claim(
                "step",
                "P_k = r^k x^(k-1) (T_{k+1} + c U_{k-1}), by induction",
                equal(r**2 * x**2 * q * (2 * x * g1 - g0), 2 * r * x**2 * (r * x * q * g1) - r**2 * x**2 * q * g0),
            ),
            self._claim(
                "beta",
                "beta = r (1 - c) with c = (1 - beta)/2, where the eigenvalues meet",
                equal(p, r * (1 - (1 - p) / 2)),
                (equal((1 + p) * t, 2 * r), equal(p * t, r**2), r > 0),
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
                "at-l",
                "With the eigenvalues -u r and v r at L the modulus is r^k (A u^k + B (-v)^k), by induction",
                equal(2 * c * (g0 * u + g1 * -e) + c * (g0 + g1), g0 * u**2 + g1 * e**2),
                (equal(u - e, 2 * c), equal(u * e, c)),
            ),
        ]
        # The trace and the determinant at L are -2 m r and -m r^2; there u = sqrt(m^2 + m) + m and e = sqrt(m^2 + m) - m.
        descended = self._family == "nesterov-descended"
        share, rest = self._shares(self._family, u, e, t, c)
        made.append(
            self._claim(
                "at-l/start",
                "The constants A and B are those of the first two steps",
                sympy.And(equal(share + rest, 1), equal(share * u - rest * e, c / t if descended else 2 * c + t)),
                (equal(u - e, 2 * c), equal(u * e, c), u > 0, e > 0, t > 0),
            )
        )
        if self._family == "nesterov-descended":
            made.append(
                self._claim(
                    "descended",
                    "The iterates after the gradient step are 1 - alpha lam times the points before it, one step earlier",
                    sympy.And(
                        equal((1 + p) * t * t * v1 - p * t * t * v0, t * ((1 + p) * t * v1 - p * t * v0)),
                        equal((1 + p) * t * t - p * t, t * ((1 + p) * t - p)),
                    ),
                )
            )
        return tuple(made)


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


def _symbols(*expressions: Any) -> bool:
    return any(e.free_symbols for e in expressions)


# At numbers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Numbers:
    """A method without a closed form at rational numbers."""

    iteration: Iteration
    low: Any
    high: Any
    values: Mapping[sympy.Symbol, Any]

    @property
    def _name(self) -> str:
        return self.iteration.method.name

    def _at(self, expression: Any) -> Any:
        return sympy.expand(expression).subs(self.values, simultaneous=True)

    def _coefficients(self, expression: Any) -> tuple[Any, ...]:
        return tuple(reversed(sympy.Poly(self._at(expression), lam).all_coeffs()))

    @cached_property
    def _matrix(self) -> list[list[Any]]:
        return [[self._at(e) for e in row] for row in self.iteration.matrix.tolist()]

    @cached_property
    def _two_states(self) -> TwoStates:
        it = self.iteration
        start = self._coefficients(it.residual_polynomial(1))
        return TwoStates(self._coefficients(it.trace), self._coefficients(it.determinant), start, self.low, self.high)

    @cached_property
    def _norm(self) -> TwoStates:
        (a, b), (c, d) = self._matrix
        start = self._coefficients(((a - d) ** 2 + (b + c) ** 2) / 4)
        both = self._two_states
        return TwoStates(both.trace, both.determinant, start, self.low, self.high, norm=True)

    def largest(self, k: int, *, norm: bool = False, gap: Any = GAP) -> Bounds:
        """Bounds of the worst case, or of the spectral norm."""
        if self.iteration.size == 2:
            return (self._norm if norm else self._two_states).largest(k, gap)
        return self._many_states(k, norm, self.iteration.method.state.index(ITERATE)).largest(gap)

    def _many_states(self, k: int, norm: bool, row: int) -> ManyStates:
        degree = k * self.iteration.method.gradient_calls
        if degree > _MOST_DEGREE:
            raise NotDerivedError(
                f"{self._name}: with these parameters there is no closed form, and degree {degree} is above {_MOST_DEGREE}"
            )
        rows = [[sympy.Poly(e, lam).all_coeffs() for e in row] for row in self._matrix]
        rest = [] if norm else list(self.iteration.system.rest)
        return ManyStates(rows, rest, row, k, degree, self.low, self.high)

    def _exceeds(self, k: int, limit: Any) -> bool:
        if k == 0:
            return bool(limit < 1)
        if self.iteration.size == 2:
            return self._two_states.exceeds(k, limit)
        for gap in (sympy.Rational(1, 100), GAP, sympy.Rational(1, 10**12)):
            found = self.largest(k, gap=gap)
            if found.lower > limit:
                return True
            if found.upper <= limit:
                return False
        return False

    # How long it takes

    def _horizon(self, limit: Any) -> int:
        """A number of steps from which on the worst case is certain to be at most the limit."""
        if self.iteration.size != 2:
            return self._horizon_by_powers(limit)
        if not self._two_states.is_stable:
            raise ArgumentError(f"{self._name}: with these parameters the worst case does not tend to 0")
        low, high = 0, 1
        while not self._two_states.stays_below(high, limit):
            low, high = high, 2 * high
            if high > 2 * _MOST_STEPS:
                raise NotDerivedError(
                    f"{self._name}: the worst case decays so slowly that a million steps are not enough"
                )
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._two_states.stays_below(middle, limit) else (middle, high)
        return high

    @cached_property
    def _powers(self) -> list[Any]:
        """Upper bounds of the norms of R, R^2, R^4, ... up to the first below 1/2."""
        parameters = {p.name: v for p, v in self.values.items()}
        slow = NotDerivedError(f"{self._name}: the worst case decays too slowly, if at all, to say when")
        matrices = np.stack(
            [np.stack(row, axis=-1) for row in self._arrays(np.linspace(float(self.low), float(self.high), 501))],
            axis=-2,
        )
        if np.abs(np.linalg.eigvals(matrices)).max() >= 1 - float(_NEAR):
            rate = worst_rate(self.iteration, self.low, self.high, parameters)
            if rate.lower >= 1 and rate.proved:
                raise ArgumentError(f"{self._name}: with these parameters the worst case does not tend to 0")
            raise slow
        found: list[Any] = []
        while not (found and 2 * found[-1] < 1):
            if 2 ** len(found) * self.iteration.method.gradient_calls > _MOST_POWER:
                raise slow
            found.append(self._many_states(2 ** len(found), True, -1).largest(sympy.Rational(1, 5)).upper)
        return found

    def _horizon_by_powers(self, limit: Any) -> int:
        """With K a power of two and |R^K| < 1: for k = j K + i, |R^k| <= |R^K|^j times the norms of the powers that make up i."""
        *others, last = self._powers
        before = sympy.sqrt(sum(x**2 for x in self.iteration.system.rest))
        for norm in others:
            before *= max(norm, sympy.Integer(1))
        blocks = max(int(sympy.ceiling(sympy.N(sympy.log(before / limit) / -sympy.log(last), _DIGITS))), 0)
        return int(2 ** len(others) * blocks)

    def _scanned(self, steps: int) -> tuple[Any, Any]:
        """For each number of steps up to this one the worst case on a grid of curvatures in floating point, and an upper bound:
        of a polynomial of degree d, angles that are pi/n apart miss at most the factor cos(pi d/(2 n))."""
        if steps > _MOST_SCANNED:
            raise NotDerivedError(
                f"{self._name}: the worst case decays so slowly that {steps} steps are too many to go through"
            )
        calls = self.iteration.method.gradient_calls
        points = max(min(16 * steps * calls, _WORK // (steps + 1)), 64)
        if points <= 2 * steps * calls:
            raise NotDerivedError(f"{self._name}: {steps} steps are too many to go through")
        angles = np.linspace(0, np.pi, points + 1)
        half = (self.high - self.low) / 2
        curvatures = float(self.low) + 2 * float(half) * np.sin(angles / 2) ** 2
        found = np.fromiter((np.abs(w).max() for w in self._run(curvatures, steps)), float, steps + 1)
        missed = np.cos(np.pi * calls * np.arange(steps + 1) / (2 * points))
        return found, found / missed

    def _array(self, expression: Any, curvatures: Any) -> Any:
        coefficients = [float(c) for c in sympy.Poly(self._at(expression), lam).all_coeffs()]
        return np.polyval(coefficients, curvatures) + np.zeros_like(curvatures)

    def _arrays(self, curvatures: Any) -> list[list[Any]]:
        return [[self._array(e, curvatures) for e in entries] for entries in self._matrix]

    def _run(self, curvatures: Any, steps: int) -> Iterator[Any]:
        """The iterates from rest at 1."""
        it = self.iteration
        if it.size == 2:
            trace, determinant, now = (
                self._array(e, curvatures) for e in (it.trace, it.determinant, it.residual_polynomial(1))
            )
            before = np.ones_like(curvatures)
            yield before
            for _ in range(steps):
                yield now
                before *= determinant
                np.subtract(trace * now, before, out=before)
                before, now = now, before
            return
        matrix, row = self._arrays(curvatures), it.method.state.index(ITERATE)
        state = [float(x) * np.ones_like(curvatures) for x in it.system.rest]
        for _ in range(steps + 1):
            yield state[row]
            state = [sum(entry * x for entry, x in zip(entries, state, strict=True)) for entries in matrix]

    def peak(self) -> int:
        best, value = 0, sympy.Integer(1)
        horizon = self._horizon(value)
        found, bound = self._scanned(horizon)
        near = 1 - float(_NEAR)
        # The largest first, so that most of the others are settled at a glance.
        for k in map(int, np.argsort(-found, kind="stable")):
            if bound[k] < near * float(value) or k == best:
                continue
            if self._exceeds(k, value * (1 - GAP) if k < best else value * (1 + GAP)):
                best, value = k, self.largest(k).lower if k else sympy.Integer(1)
        return best

    def iterations(self, limit: Any) -> int:
        horizon = k = self._horizon(limit)
        # With more than two states each certificate takes longer than all of floating point.
        one_by_one = _STEPS_ONE_BY_ONE if self.iteration.size == 2 else 0
        while k > 0 and horizon - k < one_by_one:
            if self._exceeds(k - 1, limit):
                return k
            k -= 1
        if k == 0:
            return 0
        _, bound = self._scanned(k)
        for before in range(k - 1, -1, -1):
            if bound[before] > (1 - float(_NEAR)) * float(limit) and self._exceeds(before, limit):
                return before + 1
        return 0
