r"""Certain bounds of what a method does in k steps, anywhere in [mu, L], at numbers: by interval arithmetic.

Two states, up to a million steps. With trace :math:`\tau` and determinant q of the iteration matrix R let
:math:`U_k, V_k` be Lucas's sequences: :math:`R^k = U_k (R - \tau/2) + V_k/2` and, for the residual polynomial,
:math:`P_k = V_k/2 + g U_k` with :math:`g = P_1 - \tau/2`. The interval of curvatures is halved, the most promising part first,
until no part can hold anything larger than what was found at single points. In each part the function and its derivative are
enclosed, so that the bound (the mean value form) is wrong by the square of the part's width only:

- complex eigenvalues, where :math:`D = q - \tau^2/4 > 0`: amplitude and phase, :math:`P_k = q^{k/2} \sqrt{1 + g^2/D}
  \cos(k\varphi - \psi)` with :math:`\tan\varphi = 2\sqrt D/\tau` and :math:`\tan\psi = g/\sqrt D`;
- real ones, apart: powers of both;
- where they meet: Taylor's formula. In powers of z, :math:`1/(1 - \tau z + q z^2)^m` has coefficients of modulus at most
  :math:`\binom{n + 2m - 1}{2m - 1} \rho^n`, with the spectral radius :math:`\rho`, and the derivatives are made of these.

Any number of states, for degrees up to some thousand: the bound of Ehlich and Zeller (Schwankung von Polynomen zwischen
Gitterpunkten, Mathematische Zeitschrift 86, 1964, 41-44). If a polynomial of degree d has its largest modulus M at
:math:`\cos\theta^*`, it is at least :math:`M \cos(d(\theta - \theta^*))` nearby, so that finitely many values bound M. The same
holds of a norm of a matrix of polynomials: it is a supremum of the moduli of polynomials.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import Any

import numpy as np
import sympy
from mpmath.ctx_iv import MPIntervalContext
from mpmath.libmp.libmpi import mpi_atan2

from symmomentum.errors import NotDerivedError

__all__ = ["GAP", "Bounds", "ManyStates", "TwoStates"]

GAP = sympy.Rational(1, 10**9)
"""How far apart certified bounds may be, relative to them."""
_MOST_PARTS = 20000
"""Into how many parts an interval of curvatures is divided at most."""
_SMALL = Fraction(1, 2**150)
"""Parts smaller than this need more digits."""
_LONG = 12000
"""From how many bits on a power of two is not multiplied out: Python does not write down such integers."""


@dataclass(frozen=True)
class Bounds:
    """Rational numbers with a supremum between them, and a curvature at which the lower one is reached.

    Examples
    --------
    >>> Bounds(sympy.Rational(1, 2), sympy.Rational(1, 2), sympy.Integer(1)).upper
    1/2
    """

    lower: Any
    upper: Any
    at: Any


class _Wide(Exception):
    """The digits are too few."""


@dataclass(frozen=True)
class _Part:
    """What is known of F over one part: its value in the middle, and what encloses its values and its derivatives."""

    middle: Any
    value: Any
    slope: Any


@dataclass(frozen=True)
class TwoStates:
    """A method with two states at rational numbers, over [low, high].

    Attributes
    ----------
    trace, determinant : tuple of Rational
        Coefficients of powers of the curvature, the constant first.
    start : tuple of Rational
        Of P_1, for the residual polynomials; or of a quarter of (R_11 - R_22)^2 + (R_12 + R_21)^2, for the norm of R^k.
    low, high : Rational
    norm : bool
        Which of the two.

    Examples
    --------
    Heavy ball at alpha = 1/10, beta = 9/10 on [1, 10]:

    >>> q = sympy.Rational
    >>> mode = TwoStates((q(19, 10), q(-1, 10)), (q(9, 10),), (q(1), q(-1, 10)), q(1), q(10))
    >>> found = mode.largest(10)
    >>> round(float(found.lower), 8), round(float(found.upper), 8)
    (0.64048239, 0.64048239)
    """

    trace: tuple[Any, ...]
    determinant: tuple[Any, ...]
    start: tuple[Any, ...]
    low: Any
    high: Any
    norm: bool = False

    @cached_property
    def is_stable(self) -> bool:
        """Whether both eigenvalues lie inside the unit circle, everywhere in the interval; exact, by Jury's conditions."""
        x = sympy.Dummy("x")
        b, q = (sympy.Poly(list(reversed(c)), x, domain="QQ") for c in (self.trace, self.determinant))
        return all(
            p.eval(self.low) > 0 and (p.is_ground or p.count_roots(self.low, self.high) == 0)
            for p in (1 - q, 1 + q - b, 1 + q + b)
        )

    def largest(self, steps: int, gap: Any = GAP) -> Bounds:
        """Bounds of the supremum after this number of steps, within the relative gap.

        Raises
        ------
        NotDerivedError
            If the parts become too many.
        """
        found: Bounds = self._searched(steps, lambda search: search.bounds(gap))
        return found

    def exceeds(self, steps: int, limit: Any) -> bool:
        """Whether the supremum after this number of steps is above a limit; within a relative 1e-12 of it, it is not.

        Raises
        ------
        NotDerivedError
            If the parts become too many.
        """
        return bool(self._searched(steps, lambda search: search.exceeds(limit)))

    def _searched(self, steps: int, ask: Callable[[_Search], Any]) -> Any:
        """The answer of a search, with more digits where the intervals become too wide."""
        for bits in (192, 512):
            with contextlib.suppress(_Wide):
                return ask(_Search(self, steps, bits))
        raise NotDerivedError(f"what happens after {steps} steps could not be enclosed")

    def stays_below(self, steps: int, limit: Any) -> bool:
        """Whether it is certain that from this number of steps on the supremum is at most the limit; for stable methods.

        The bounds are the amplitude, the sum of the moduli of both powers, and (1 + k |g|/rho) rho^k from k = rho/(1 - rho) on;
        all of them decrease with k.
        """
        return _Search(self, steps, 192).stays_below(limit)


class _Search:
    """One number of steps, one precision. The curvature is low + (high - low) t with t in [0, 1]; a part is (middle, radius)."""

    def __init__(self, mode: TwoStates, steps: int, bits: int) -> None:
        self.mode, self.steps = mode, steps
        iv: Any = MPIntervalContext()
        iv.prec = bits + 4 * steps.bit_length()
        self.iv = iv
        self.trace, self.determinant, self.start = (
            [self._number(c) for c in _moved(p, mode.low, mode.high)]
            for p in (mode.trace, mode.determinant, mode.start)
        )
        self.zero, self.one = iv.mpf(0), iv.mpf(1)
        self.first = 0 if mode.norm else 1  # the factor of V_k/2

    def _number(self, value: Any) -> Any:
        return self.iv.mpf(int(value.numerator)) / int(value.denominator)

    # Searches ---------------------------------------------------------------------------------------------------------

    def bounds(self, gap: Any) -> Bounds:
        lower, at = self._start()
        enough = self._number(1 + gap).a
        for upper, middle, least in self._parts():
            if least > lower:
                lower, at = least, middle
                better, where = self._polished(middle)
                if better > lower:
                    lower, at = better, where
            if upper <= lower * enough:
                return Bounds(_fraction(lower), _fraction(max(upper, lower)), self._curvature(at))
        raise _Wide

    def exceeds(self, limit: Any) -> bool:
        lower, _ = self._start()
        bound = self._number(limit)
        near = (bound * self._number(1 + sympy.Rational(1, 10**12))).a
        if lower > bound.b:
            return True
        for upper, middle, least in self._parts():
            if least > bound.b or (2 * least > bound.b and self._polished(middle)[0] > bound.b):
                return True
            if upper <= near:
                return False
        raise _Wide

    def _start(self) -> tuple[Any, Any]:
        values = [(self._modulus(self._point(t)).a, t) for t in (Fraction(0), Fraction(1))]
        return max(values, key=lambda pair: pair[0])

    def _parts(self) -> Any:
        """Parts, the one with the largest bound first: that bound, the middle, the modulus there."""
        count = itertools.count()
        heap: list[Any] = []

        def put(middle: Fraction, radius: Fraction) -> None:
            upper, least = self._bounded(middle, radius)
            heapq.heappush(heap, (-upper, next(count), middle, radius, least))

        put(Fraction(1, 2), Fraction(1, 2))
        for _ in range(_MOST_PARTS):
            upper, _, middle, radius, least = heapq.heappop(heap)
            yield -upper, middle, least
            if radius < _SMALL:
                raise _Wide
            half = radius / 2
            put(middle - half, half)
            put(middle + half, half)
        raise NotDerivedError(
            f"what happens after {self.steps} steps is nearly the same at too many curvatures to tell them apart"
        )

    def stays_below(self, limit: Any) -> bool:
        bound = self._number(limit).a
        todo = [(Fraction(1, 2), Fraction(1, 2))]
        for _ in range(_MOST_PARTS // 10):
            if not todo:
                return True
            middle, radius = todo.pop()
            if self._later(middle, radius) <= bound:
                continue
            if not self._later(middle, Fraction(0)) <= bound:
                return False
            half = radius / 2
            todo += [(middle - half, half), (middle + half, half)]
        return False

    # Functions over a part --------------------------------------------------------------------------------------------

    def _polynomial(self, coefficients: Sequence[Any], middle: Any, radius: Any) -> tuple[Any, Any]:
        """Value and derivatives, up to the second, in the middle and over the part."""
        taylor, rest = [], list(coefficients)
        for i in range(len(rest)):  # repeated division by t - middle
            for j in range(len(rest) - 2, i - 1, -1):
                rest[j] = rest[j] + middle * rest[j + 1]
            taylor.append(rest[i])
        taylor += [self.zero] * (3 - len(taylor))
        center = (taylor[0], taylor[1], 2 * taylor[2])
        s = self.iv.mpf([-radius.b, radius.b])
        over = []
        for order in range(3):
            found = self.zero
            for n in range(len(taylor) - 1, order - 1, -1):
                factor = 1
                for m in range(order):
                    factor *= n - m
                found = found * s + taylor[n] * factor
            over.append(found)
        return center, tuple(over)

    def _coefficient(self, jet: tuple[Any, Any, Any], trace: tuple[Any, Any, Any]) -> Any:
        """g with its derivatives; None where the root of the start is not smooth."""
        if not self.mode.norm:
            return tuple(p - b / 2 for p, b in zip(jet, trace, strict=True))
        value, slope, second = jet
        if not value.a > 0:
            return None
        root = self.iv.sqrt(value)
        return root, slope / (2 * root), second / (2 * root) - slope**2 / (4 * root * value)

    def _point(self, t: Fraction) -> Any:
        return self._jets(t, Fraction(0))[0]

    def _jets(self, middle: Fraction, radius: Fraction) -> tuple[Any, Any]:
        """(trace, determinant, g) with derivatives, in the middle and over the part."""
        m, h = self._number(middle), self._number(radius)
        (b, b_), (q, q_), (p, p_) = (self._polynomial(c, m, h) for c in (self.trace, self.determinant, self.start))
        return (b, q, self._coefficient(p, b), p), (b_, q_, self._coefficient(p_, b_), p_)

    def _size(self, jets: Any) -> Any:
        """An upper bound of |g| over a part."""
        _, _, g, p = jets
        if g is not None:
            return abs(g[0]).b
        return self.iv.sqrt(self.iv.mpf([0, max(p[0].b, 0)])).b

    def _radius(self, jets: Any) -> Any:
        """An upper bound of the spectral radius over a part."""
        b, q = jets[0][0], jets[1][0]
        level = b**2 / 4 - q
        found = self.zero.b
        if q.b > 0:
            found = self.iv.sqrt(self.iv.mpf(q.b)).b
        if level.b > 0:
            found = max(found, (abs(b) / 2 + self.iv.sqrt(self.iv.mpf([0, level.b]))).b)
        return found

    def _bounded(self, middle: Fraction, radius: Fraction) -> tuple[Any, Any]:
        """An upper bound over a part, and a lower one in its middle."""
        center, jets = self._jets(middle, radius)
        rho, size = self.iv.mpf(self._radius(jets)), self.iv.mpf(self._size(jets))
        crude = self._whole(self._crude(rho, size), jets[1][0]).b
        best, least = crude, None
        for part in self._enclosures(center, jets, rho, self._number(radius)):
            upper, least = self._mean_value(part, center, jets, self._number(radius))
            best = min(best, upper)
        if least is None:
            least = self._modulus(center).a
        return best, least

    def _crude(self, rho: Any, size: Any) -> Any:
        k = self.steps
        return self.first * rho**k + k * rho ** (k - 1) * size

    def _whole(self, modulus: Any, q: Any) -> Any:
        """From |F| to what is asked for: itself, or the norm, |F| + sqrt(F^2 + q^k)."""
        if not self.mode.norm:
            return modulus
        return modulus + self._root(modulus**2 + q**self.steps)

    def _root(self, value: Any) -> Any:
        """The root of something that is not negative, whatever rounding says."""
        return self.iv.sqrt(self.iv.mpf([max(value.a, 0), max(value.b, 0)]))

    def _mean_value(self, part: _Part, center: Any, jets: Any, h: Any) -> tuple[Any, Any]:
        q0, q = center[1], jets[1]
        inside, there = abs(part.value), abs(part.middle)
        value, middle = self._whole(inside, q[0]), self._whole(there, q0[0])
        if not self.mode.norm:
            slope = abs(part.slope)
        else:
            power = self._root(part.value**2 + q[0] ** self.steps)
            if not power.a > 0:
                return value.b, middle.a
            sign = self.one if part.value.a > 0 else -self.one if part.value.b < 0 else self.iv.mpf([-1, 1])
            grown = self.steps * q[0] ** (self.steps - 1) * q[1]
            slope = abs(sign * part.slope + (part.value * part.slope + grown / 2) / power)
        return min(value.b, (middle + h * slope).b), middle.a

    def _enclosures(self, center: Any, jets: Any, rho: Any, h: Any) -> Any:
        g = jets[2]
        if g is None:
            return
        b, q = jets[0][0], jets[1][0]
        level = q - b**2 / 4
        if level.a > 0 and q.a > 0:
            yield self._complex(center, jets, h)
        elif level.b < 0:
            yield self._real(center, jets)
        if not (abs(level).a * self.steps**2 > 40 * abs(q).b):  # only near a double root is Taylor's formula better
            yield self._taylor(center, jets, rho, h)

    # Complex eigenvalues: amplitude and phase

    def _amplitude(self, jets: Any) -> tuple[Any, ...]:
        """log E, its derivative, and of what they are made."""
        (b, b1, _), (q, q1, _), (g, g1, _) = jets[:3]
        level, level1 = q - b**2 / 4, q1 - b * b1 / 2
        over, over1 = self.first * level + g**2, self.first * level1 + 2 * g * g1
        log = self.iv.log
        value = (self.steps * log(q) + log(over / level)) / 2
        return value, (self.steps * q1 / q + over1 / over - level1 / level) / 2, level, level1, over

    def _phase_slope(self, jets: Any, level: Any, level1: Any, over: Any) -> Any:
        (b, b1, _), (q, q1, _), (g, g1, _) = jets[:3]
        turn = self.steps * (b * q1 - 2 * q * b1) / (4 * q)
        return (turn - self.first * (level * g1 - g * level1 / 2) / over) / self.iv.sqrt(level)

    def _phase(self, jets: Any, level: Any) -> Any:
        root, (b, _, _), (g, _, _) = self.iv.sqrt(level), jets[0], jets[2]
        return self.steps * self._angle(root, b / 2) - self._angle(g, self.first * root)

    def _angle(self, y: Any, x: Any) -> Any:
        return self.iv.make_mpf(mpi_atan2(y._mpi_, x._mpi_, self.iv.prec))

    def _complex(self, center: Any, jets: Any, h: Any) -> _Part:
        around = self.iv.mpf([-h.b, h.b])
        log0, _, level0, _, _ = self._amplitude(center)
        log, log1, level, level1, over = self._amplitude(jets)
        centered = log0 + around * log1
        amplitude = self.iv.exp(self.iv.mpf([log.a, min(log.b, centered.b)]))
        phase0 = self._phase(center, level0)
        slope = self._phase_slope(jets, level, level1, over)
        phase = phase0 + around * slope
        cos, sin = self.iv.cos(phase), self.iv.sin(phase)
        middle = self.iv.exp(log0) * self.iv.cos(phase0)
        return _Part(middle, amplitude * cos, amplitude * (log1 * cos - slope * sin))

    # Real eigenvalues: powers

    def _real(self, center: Any, jets: Any) -> _Part:
        return _Part(self._powers(center)[0], *self._powers(jets))

    def _powers(self, jets: Any) -> tuple[Any, Any]:
        (b, b1, _), (q, q1, _), (g, g1, _) = jets[:3]
        k = self.steps
        w = self.iv.sqrt(b**2 / 4 - q)
        w1 = (b * b1 / 4 - q1 / 2) / w
        share, share1 = g / (2 * w), (g1 - g * w1 / w) / (2 * w)
        half = self.one * self.first / 2
        value, slope = self.zero, self.zero
        for sign in (1, -1):
            root, root1 = b / 2 + sign * w, b1 / 2 + sign * w1
            power = root ** (k - 1) if k > 1 else self.one
            factor = half + sign * share
            value += factor * power * root
            slope += power * (sign * share1 * root + k * factor * root1)
        return value, slope

    # Near double roots: Taylor's formula

    def _lucas(self, jets: Any) -> tuple[Any, Any]:
        """F and its derivative in the middle, by doubling."""
        (b, b1, _), (q, q1, _), (g, g1, _) = jets[:3]
        d, d1 = b**2 - 4 * q, 2 * b * b1 - 4 * q1
        u, u1, v, v1, p, p1 = self.one, self.zero, b, b1, q, q1
        for bit in bin(self.steps)[3:]:
            u, u1 = u * v, u1 * v + u * v1
            v, v1 = v * v - 2 * p, 2 * v * v1 - 2 * p1
            p, p1 = p * p, 2 * p * p1
            if bit == "1":
                u, u1, v, v1 = (
                    (b * u + v) / 2,
                    (b1 * u + b * u1 + v1) / 2,
                    (d * u + b * v) / 2,
                    (d1 * u + d * u1 + b1 * v + b * v1) / 2,
                )
                p, p1 = p * q, p1 * q + p * q1
        return self.first * v / 2 + g * u, self.first * v1 / 2 + g1 * u + g * u1

    def _taylor(self, center: Any, jets: Any, rho: Any, h: Any) -> _Part:
        value, slope = self._lucas(center)
        second = self._curved(jets, rho)
        around = self.iv.mpf([-h.b, h.b])
        spread = second * around
        return _Part(value, value + around * slope + spread * around / 2, slope + spread)

    def _curved(self, jets: Any, rho: Any) -> Any:
        """An upper bound of |F''|."""
        (_, b1, b2), (_, q1, q2), g = jets[:3]
        k = self.steps
        b1, b2, q1, q2, g0, g1, g2 = map(abs, (b1, b2, q1, q2, *g))

        def most(m: int, n: int) -> Any:
            return comb(n + 2 * m - 1, 2 * m - 1) * rho**n if n >= 0 else self.zero

        u, u_before = most(1, k - 1), most(1, k - 2)
        u1 = most(2, k - 2) * b1 + most(2, k - 3) * q1
        u1_before = most(2, k - 3) * b1 + most(2, k - 4) * q1
        u2 = 2 * (most(3, k - 3) * b1**2 + 2 * most(3, k - 4) * b1 * q1 + most(3, k - 5) * q1**2)
        u2 += most(2, k - 2) * b2 + most(2, k - 3) * q2
        v2 = k * (u1 * b1 + u * b2 + u1_before * q1 + u_before * q2)
        return (self.first * v2 / 2 + g2 * u + 2 * g1 * u1 + g0 * u2).b

    # Points -----------------------------------------------------------------------------------------------------------

    def _modulus(self, center: Any) -> Any:
        """What is asked for at a point."""
        if center[2] is None:  # of a norm: g is 0, up to rounding
            q = center[1][0]
            return self._whole(
                self.iv.mpf([0, self._crude(self.iv.mpf(self._radius(center)), self.iv.mpf(self._size(center))).b]), q
            )
        return self._whole(abs(self._lucas(center)[0]), center[1][0])

    def _polished(self, t: Fraction) -> tuple[Any, Any]:
        """A local maximum near a point, by Newton's method on the phase; what is found is then evaluated like any point."""
        best, at = self._modulus(self._point(t)).a, t
        for _ in range(6):
            jets = self._point(t)
            if jets[2] is None:
                break
            level = jets[1][0] - jets[0][0] ** 2 / 4
            if not (level.a > 0 and jets[1][0].a > 0):
                break
            _, log1, level, level1, over = self._amplitude(jets)
            slope = self._phase_slope(jets, level, level1, over)
            phase = self._phase(jets, level)
            rest = phase - round(_exact((phase / self.iv.pi).mid)) * self.iv.pi
            if slope.a <= 0 <= slope.b:
                break
            # Where tan(phase) = log1/slope the modulus is largest; near there the tangent is the angle.
            step = (log1 / slope - rest) / slope
            t = Fraction(int((t + _exact(step.mid)) * 2**200), 2**200)
            if not 0 <= t <= 1:
                break
            found = self._modulus(self._point(t)).a
            if found > best:
                best, at = found, t
        return best, at

    def _later(self, middle: Fraction, radius: Fraction) -> Any:
        """An upper bound over a part that decreases with the number of steps from here on."""
        _, jets = self._jets(middle, radius)
        iv, k = self.iv, self.steps
        rho, size = iv.mpf(self._radius(jets)), iv.mpf(self._size(jets))
        found = iv.inf
        if not (rho.b < 1):
            return found
        if (rho * (k + 1)).b <= k:
            found = min(found, self._crude(rho, size).b)
        if jets[2] is None:
            return found
        b, q, g = jets[0][0], jets[1][0], jets[2][0]
        level = q - b**2 / 4
        if level.a > 0 and q.a > 0:
            found = min(found, iv.exp(self._amplitude(jets)[0]).b)
        elif level.b < 0:
            w = iv.sqrt(-level)
            half, share = self.one * self.first / 2, g / (2 * w)
            powers = abs(half + share) * abs(b / 2 + w) ** k + abs(half - share) * abs(b / 2 - w) ** k
            found = min(found, powers.b)
        return found

    def _curvature(self, t: Fraction) -> Any:
        low, high = self.mode.low, self.mode.high
        return low + (high - low) * sympy.Rational(t.numerator, t.denominator)


def _moved(coefficients: Sequence[Any], low: Any, high: Any) -> list[Any]:
    """A polynomial of the curvature low + (high - low) t as one of t."""
    t = sympy.Dummy("t")
    found = sympy.Poly(list(reversed(coefficients)), t, domain="QQ").compose(
        sympy.Poly([high - low, low], t, domain="QQ")
    )
    return [sympy.Rational(c) for c in reversed(found.all_coeffs())]


def _exact(value: Any) -> Fraction:
    """A thin interval as the binary fraction that it is."""
    sign, mantissa, exponent, _ = value._mpi_[0]
    number = Fraction(int(-mantissa if sign else mantissa))
    return number * Fraction(2) ** int(exponent)


def _fraction(value: Any) -> Any:
    """A thin interval as an exact number; a long power of two is left as it stands."""
    sign, mantissa, exponent, _ = value._mpi_[0]
    number = sympy.Integer(int(-mantissa if sign else mantissa))
    if abs(exponent) < _LONG:
        return number * sympy.Integer(2) ** exponent
    return sympy.Mul(number, sympy.Pow(2, exponent, evaluate=False), evaluate=False)


# Any number of states -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ManyStates:
    """R^k at rational numbers, over [low, high], for any number of states.

    Attributes
    ----------
    matrix : list of rows
        Of each entry of R the coefficients of powers of the curvature, the highest first.
    rest : list of Rational
        The state at rest at 1; the modulus of an entry of R^k rest is looked at, or of R^k the norm where it is empty.
    row : int
        Which entry; of the norms, the spectral one, or Frobenius's for -1, which is faster.
    steps, degree : int
        k, and the degree in the curvature.
    low, high : Rational

    Examples
    --------
    >>> q = sympy.Rational
    >>> two_steps = ManyStates([[(q(-1, 2), q(1))]], [q(1)], 0, 2, 2, q(1), q(4))
    >>> found = two_steps.largest()
    >>> round(float(found.upper), 8), found.at
    (1.0, 4)
    """

    matrix: list[list[Sequence[Any]]]
    rest: list[Any]
    row: int
    steps: int
    degree: int
    low: Any
    high: Any

    def largest(self, gap: Any = GAP) -> Bounds:
        """Bounds of the supremum, within the relative gap. More digits are taken until they are: intervals widen in each product.

        Raises
        ------
        NotDerivedError
            If several thousand digits are not enough.
        """
        bits = 128 + self.steps.bit_length() ** 2
        for _ in range(4):
            if (found := self._enclosed(bits, gap)) is not None:
                return found
            bits *= 2
        raise NotDerivedError("the worst case is beyond interval arithmetic of several thousand digits")

    def _at(self, x: Any, number: Callable[[Any], Any]) -> Any:
        """An entry of the state after all steps, or R^k."""

        def entry(coefficients: Sequence[Any]) -> Any:
            found = number(coefficients[0])
            for c in coefficients[1:]:
                found = found * x + number(c)
            return found

        def product(a: Any, b: Any) -> Any:
            columns = range(len(b[0]))
            inner = range(1, len(b))
            return [[sum((row[m] * b[m][j] for m in inner), row[0] * b[0][j]) for j in columns] for row in a]

        square = [[entry(e) for e in row] for row in self.matrix]
        state, steps = [[number(e)] for e in self.rest] or None, self.steps
        while steps:
            if steps % 2:
                state = product(square, state) if state else square
            steps //= 2
            if steps:
                square = product(square, square)
        assert state is not None, "at least one step"
        return state[self.row][0] if self.rest else state

    def exactly(self, x: Any) -> Any:
        """The entry at a rational curvature."""
        return self._at(x, lambda c: c)

    def _enclosed(self, bits: int, gap: Any) -> Bounds | None:
        iv: Any = MPIntervalContext()
        iv.prec = bits
        low, high, degree = self.low, self.high, self.degree

        def number(value: Any) -> Any:
            return iv.mpf(int(value.p)) / int(value.q)

        middle, half = number((low + high) / 2), number((high - low) / 2)
        known: dict[Any, Any] = {}

        def entry(value: Any) -> Any:
            if value not in known:
                known[value] = number(value)
            return known[value]

        def modulus(x: Any) -> tuple[Any, Any]:
            """Least and largest modulus, as fractions."""
            found = self._at(x, entry)
            value = abs(found) if self.rest else _norm(iv, found, self.row)
            return _plain(value.a), _plain(value.b)

        def cell(position: Any) -> tuple[Any, Any, Any, Any]:
            """At the angle pi times a position."""
            x = middle + half * iv.cos(iv.pi * number(position))
            return position, *modulus(x), _plain(x.mid)

        width = sympy.Rational(1, 4 * degree)  # of half a cell, so that the first cosine is 1/sqrt(2)
        centers = [(2 * j + 1) * width for j in range(2 * degree)]
        lower, at = max((modulus(number(x))[0], x) for x in (low, high))
        for _ in range(24):
            cells = [cell(c) for c in centers]
            best = max(cells, key=lambda c: c[1])
            if best[1] > lower and low <= best[3] <= high:
                # The value was enclosed at a curvature that is no fraction; a fraction near it is looked at itself.
                if (there := modulus(number(best[3]))[0]) > lower:
                    lower, at = there, best[3]
            cosine = _plain(iv.cos(iv.pi * degree * number(width)).a)
            # The maximum lies in a cell whose value is at least the cosine times the maximum, and so times any lower bound.
            kept = [(c, most) for c, _, most, _ in cells if most >= lower * cosine]
            upper = max(most for _, most in kept) / cosine
            if upper <= lower * (1 + gap):
                return Bounds(lower, upper, at)
            width /= 2
            centers = [c + d for c, _ in kept for d in (-width, width)]
        return None


def _plain(value: Any) -> Any:
    found = _exact(value)
    return sympy.Rational(found.numerator, found.denominator)


def _norm(iv: Any, matrix: Any, kind: int) -> Any:
    return iv.sqrt(sum(e**2 for row in matrix for e in row)) if kind == -1 else _spectral_norm(iv, matrix)


def _spectral_norm(iv: Any, matrix: Any) -> Any:
    """An interval with the largest singular value of a matrix of intervals."""
    size = len(matrix)
    if size == 1:
        return abs(matrix[0][0])
    if size == 2:
        (a, b), (c, d) = matrix
        outer = iv.sqrt((a + d) ** 2 + (b - c) ** 2)
        return (outer + iv.sqrt((a - d) ** 2 + (b + c) ** 2)) / 2
    gram = [[sum(row[i] * row[j] for row in matrix) for j in range(size)] for i in range(size)]
    scale = max((abs(e) for row in gram for e in row), key=lambda e: e.b)
    if not scale.a > 0:
        return iv.sqrt(iv.mpf([0, scale.b * size]))
    # The vector is found in floating point; the quotient of any vector is a lower bound.
    plain = np.array([[float(_exact((e / scale).mid)) for e in row] for row in gram])
    vector = [iv.mpf(float(x)) for x in np.linalg.eigh(plain)[1][:, -1]]
    image = [sum(x * y for x, y in zip(row, vector, strict=True)) for row in gram]
    lower = sum(x * y for x, y in zip(image, vector, strict=True)) / sum(x * x for x in vector)
    margin = iv.mpf(1) / 10**12
    for _ in range(14):
        upper = lower.b * (1 + margin)
        if _is_positive_definite([[(upper if i == j else 0) - gram[i][j] for j in range(size)] for i in range(size)]):
            break
        margin *= 10
    else:
        upper = sum(gram[i][i] for i in range(size))
    return iv.sqrt(iv.mpf([max(lower.a, 0), upper.b]))


def _is_positive_definite(matrix: Any) -> bool:
    """By elimination: whether all pivots are certainly positive."""
    rows = [list(row) for row in matrix]
    for i, row in enumerate(rows):
        if not row[i].a > 0:
            return False
        for other in rows[i + 1 :]:
            factor = other[i] / row[i]
            for j in range(i, len(rows)):
                other[j] = other[j] - factor * row[j]
    return True
