r"""Powers of the iteration matrix that stay accurate for up to 1e9 steps, near the repeated root, and near the unit circle.

Everything is computed relative to the k-th power of the spectral radius, for the matrix times the sign of its trace.

Most of what guards the extremes is in vain at most points. So there are two short forms of the residual beside the long one,
each of which says where it holds: :func:`usual_residual` with a handful of functions, for NumPy, which has vector instructions
for them; and :func:`squaring_parts` for repeated squaring, for Numba, which has such instructions for products only.

- **A number near 1** is known better through its distance from 1 than it can be written down. 1 - sigma_1 and 1 -
sigma_2 solve a quadratic
  equation too, with the constant term 1 - b + q; of its roots, the one that would cancel is the constant term over the other.
  What a rounded base lacks is put back as a factor exp(k delta).
- **Divided differences** of powers, (sigma_1^k - sigma_2^k)/(sigma_1 - sigma_2), are expm1(k log1p(-x))/x in the
relative gap x, and
  sin(k theta)/sin(theta) where the eigenvalues are complex; both have the limit k at the repeated root. Beyond 45 degrees
  the angle is taken from the imaginary axis, and k quarter turns exchange sine and cosine.
- **An entry** with the value y at k = 1 is sigma_2^k + (y - sigma_2) times that difference, where y - sigma_2 is the root of a
  quadratic equation once more. Where this cancels, one of two equivalent forms is used: with q times the difference
  one step before, if the eigenvalues nearly coincide and y is small; about the mean of both powers, if they are nearly
  opposite or complex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symmomentum.codegen.lowering import Lowering, factored
from symmomentum.codegen.program import (
    Program,
    Value,
    absolute,
    arctan2,
    constant,
    expm1,
    exponential,
    finite_or,
    floor,
    is_number,
    largest,
    least,
    log1p,
    power,
    quotient,
    root,
    tangent,
    where,
)
from symmomentum.iteration import Iteration
from symmomentum.symbols import lam

__all__ = ["Mode", "Orbit", "scalar_power", "squaring_parts", "usual_power", "usual_residual"]

_HALF = Fraction(1, 2)
_INFINITY = constant("inf")
_FIRST = 4
"""For smaller k than this the polynomials themselves are taken where all their factors are affine in the curvature."""
_SPLIT = 8
"""For smaller k than this the power of a moderate number is not split, which costs another rounding error."""
_MODERATE = 2**100
_FLAT = Fraction(1, 2**400)
"""Nearer to 0 than this a discriminant may be an underflow, and square roots of it have lost digits."""
_HUGE = 2**1000
_NEAR_ONE, _NOT_MUCH_MORE = Fraction(1, 64), 16
"""Between these, k times the logarithm of an eigenvalue is wrong by no more than what the arguments explain."""
_RANGE, _NOTHING = 600, -1000
"""The exponents of powers that are neither too large nor too small for double precision; and below which they are 0."""


@dataclass(frozen=True)
class Mode:
    """What the eigenvalues of a two-state method are made of."""

    half_trace: Value
    determinant: Value
    quarter_discriminant: Value
    scale: tuple[Value, Value] | None
    """If the quarter discriminant is to a scale, lest it overflow: the root of that scale, and its reciprocal."""
    modulus: Value
    """The square root of the determinant; 0 where that is negative."""
    opposite: tuple[Value, Value] | None = None
    """Where the trace is negative: 1 + h and 1 + 2 h + q, as accurate as the discriminant and wrong in the same way."""

    factors: tuple[Value, Value | None] | None = None
    """The determinant as a sum and what it is multiplied with, if it is such a product."""

    def over(self, eigenvalue: Value) -> Value:
        """The determinant over an eigenvalue: of a product one factor first, for the product itself may underflow."""
        if self.factors is None or self.factors[1] is None:
            return quotient(self.determinant, eigenvalue)
        return quotient(self.factors[0], eigenvalue) * self.factors[1]

    @property
    def real_root(self) -> Value:
        """sqrt(D) where D is positive, else 0."""
        return self._unscaled(root(self.quarter_discriminant))

    @property
    def imaginary_root(self) -> Value:
        """sqrt(-D) where D is negative, else 0."""
        return self._unscaled(root(-self.quarter_discriminant))

    def _unscaled(self, value: Value) -> Value:
        return value if self.scale is None else value * self.scale[1]


def scalar_power(p: Program, factor: Any, lower: Lowering) -> Value:
    """The k-th power of the only eigenvalue."""
    value = p.let("a", lower(factor), f"the only eigenvalue, {factor}")
    excess = where(value < 0, lower(factored(1 + factor)), lower(factored(1 - factor)))
    k = p.input("k")
    odd = p.let("odd", floor(k * _HALF) * 2 < k)
    parts = _halved(p, k, *_corrected(p, absolute(value), excess))
    return where(odd, where(value < 0, -1, 1), 1) * _together(parts)


def _corrected(p: Program, direct: Value, excess: Value) -> tuple[Value, Value]:
    """A number near 1 as its rounded value and the relative difference of what it is: 1 - excess."""
    near = p.let("near", (direct > _HALF) & (direct < 2))
    excess = p.let("excess", excess, "1 minus that")
    base = p.let("base", where(near, 1 - excess, direct))
    lack = p.let(
        "lack", where(near, quotient((1 - base) - excess, base), 0), "what the rounded base lacks, relative to it"
    )
    return base, lack


def _halved(p: Program, k: Value, base: Value, lack: Value) -> tuple[Value, Value]:
    """base^k (1 + lack)^k as two factors, neither of which overflows where the product with something moderate does not."""
    moderate = (base < _MODERATE) & (base * _MODERATE > 1)
    first = p.let("k1", where(k < _SPLIT, where(moderate, 0, k * _HALF), k * _HALF))
    return p.let("front", power(base, first) * exponential(k * lack)), p.let("back", power(base, k - first))


def _together(parts: tuple[Value, Value], *factors: Value) -> Value:
    """The two halves of a power with factors between them."""
    front, back = parts
    product = front * factors[0] if factors else front
    if len(factors) < 2:
        return finite_or(front, product * back)
    # The last factor may be very large or very small: a large one comes last where nothing underflows before.
    late = (absolute(factors[1]) > 1) & (absolute(product) > 1)
    return finite_or(front, where(late, (product * back) * factors[1], (product * factors[1]) * back))


def _sine_and_cosine(p: Program, angle: Value, sine: str, cosine: str) -> tuple[Value, Value]:
    """Both from the tangent of half the angle: one function instead of two, and the one for which NumPy has vector instructions.

    The cosine is a difference only of what is exact beside the rounding of the tangent: its error is about that of the angle.
    """
    half = p.let("tangent", tangent(angle * _HALF), "of half the angle")
    whole = p.let("norm", 1 + half.squared())
    return p.let(sine, half * 2 / whole), p.let(cosine, (1 - half) * (1 + half) / whole)


def usual_power(p: Program, factor: Any, lower: Lowering) -> tuple[Value, Value]:
    """The k-th power of the only eigenvalue where that is neither large nor small, and whether it is so."""
    value = p.let("a", lower(factor), f"the only eigenvalue, {factor}")
    excess = p.let(
        "excess", where(value < 0, lower(factored(1 + factor)), lower(factored(1 - factor))), "1 minus its modulus"
    )
    k = p.input("k")
    odd = p.let("odd", floor(k * _HALF) * 2 < k)
    exponent = p.let("exponent", k * log1p(-excess))
    sign = where(odd, where(value < 0, -1, 1), 1)
    return sign * exponential(exponent), _counts(k) & _moderate(absolute(value)) & _in_range(exponent)


def usual_residual(p: Program, lower: Lowering, iteration: Iteration, mode: Mode) -> tuple[Value, Value]:
    """The residual polynomial where nothing is extreme, and whether it is so.

    With the half trace h, w^2 the quarter discriminant and g = P_1 - h, it is the mean of the k-th powers of the eigenvalues and
    g times their divided difference. Complex eigenvalues are taken by modulus and angle to the nearer end of the real axis, both
    powers from the tangent of half of k times that angle; real ones where all the terms are positive, so that nothing cancels.
    """
    k = p.input("k")
    b, q = iteration.trace, iteration.determinant
    h, quarter = mode.half_trace, p.let("D", mode.quarter_discriminant, "a quarter of the discriminant")
    real = p.let("real", quarter >= 0)
    p.cases = real.args[0]
    g = p.let("g", lower(_half_gap(iteration)), f"{_half_gap(iteration)}: P_1 less half the trace")
    counts = p.let("counts", _counts(k))
    # Complex.
    size = p.let("size", absolute(h), "half the trace of the matrix times its sign")
    flip = p.let("flip", where(h < 0, -1, 1), "the sign of the trace")
    odd = p.let("odd", floor(k * _HALF) * 2 < k)
    v = p.let("omega", root(-quarter), "the imaginary part of complex eigenvalues")
    half = p.let("tangent", tangent(arctan2(v, size) * (k * _HALF)), "of half of k times the angle")
    square = p.let("square", half.squared())
    exponent = p.let("exponent", log1p(-lower(factored(1 - q))) * (k * _HALF), "k times the logarithm of the modulus")
    turned = ((1 - square) + g / v * (half * (flip * 2))) / (1 + square)
    complex_value = p.let("value", turned * (where(odd, flip, 1) * exponential(exponent)))
    determinant = mode.determinant
    complex_holds = (
        counts & _moderate(determinant) & _in_range(exponent) & (quarter < -_FLAT) & (absolute(complex_value) < _HUGE)
    )
    # Real.
    w = p.let("w", root(quarter), "half the distance of real ones")
    big = p.let("big", h + w, "the larger eigenvalue")
    level = p.let("level", lower(factored(1 - b / 2)), "1 - h")
    excess = p.let("excess", lower(factored(1 - b + q)) / (level + w), "1 less the larger eigenvalue")
    exponent = p.let("exponent", log1p(-excess) * k, "k times the logarithm of the larger eigenvalue")
    fall = p.let("fall", -expm1(log1p(-(w * 2 / big)) * k), "1 less the k-th power of the ratio of both")
    real_value = p.let("value", ((1 - fall) + (g + w) / (w * 2) * fall) * exponential(exponent))
    real_holds = counts & (determinant > 0) & (h > 0) & (g > 0) & (level > 0) & (quarter > _FLAT)
    real_holds = real_holds & _moderate(big) & _in_range(exponent) & (absolute(real_value) < _HUGE)
    return where(real, real_value, complex_value), where(real, real_holds, complex_holds)


def squaring_parts(p: Program, lower: Lowering, iteration: Iteration, mode: Mode | None) -> list[Value]:
    """What the residual polynomial is made of by repeated squaring, and where that loses nothing.

    In the order of what is returned: 1 - h, h, the quarter discriminant D, and g, for the iteration matrix times the sign of its
    trace; that sign; whether it holds. With (a, b) for a + b sqrt(D), powers are products of such pairs, whatever the sign of D,
    and the polynomial is a + g b. Where a is near 1, its distance from 1 is what is squared: e (2 - e) - D b^2.
    """
    b = iteration.trace
    half_gap = _half_gap(iteration)
    if mode is None:  # one state
        h = p.let("h", lower(b), f"the only eigenvalue, {b}")
        below, above = lower(factored(1 + b)), lower(factored(1 - b))
    else:
        h = mode.half_trace
        below = mode.opposite[0] if mode.opposite else lower(factored(1 + b / 2))
        above = lower(factored(1 - b / 2))
    flip = p.let("flip", where(h < 0, -1, 1), "the sign of the trace")
    size = p.let("size", absolute(h))
    level = p.let("level", where(h < 0, below, above), "1 - size")
    if mode is None:
        return [level, size, constant(0), constant(0), flip, size < _HUGE]
    quarter = p.let("D", mode.quarter_discriminant, "a quarter of the discriminant")
    g = p.let("g", lower(half_gap), f"{half_gap}: P_1 less half the trace")
    # Real eigenvalues where all the terms are positive, and 1 less the larger one loses nothing as the difference that it is.
    real = (h > 0) & (mode.determinant > 0) & (g > 0) & (level > 0) & (quarter > _FLAT)
    holds = (quarter < -_FLAT) | (real & (quarter * 4 < level.squared()))
    return [level, size, quarter, flip * g, flip, holds]


def _half_gap(iteration: Iteration) -> Any:
    return factored(sympy.expand(iteration.residual_polynomial(1)) - iteration.trace / 2)


def _counts(k: Value) -> Value:
    """Whether it is a number of steps, of more than one."""
    return (k >= 2) & k.equals(floor(k))


def _moderate(modulus: Value) -> Value:
    return (modulus > _NEAR_ONE) & (modulus < _NOT_MUCH_MORE)


def _in_range(exponent: Value) -> Value:
    """Whether the exponential is neither too small nor too large, or so small that it vanishes beside all other factors."""
    return (absolute(exponent) < _RANGE) | (exponent < _NOTHING)


class Orbit:
    """The powers of a two-by-two matrix, relative to the k-th power of its spectral radius.

    ``growth`` is the divided difference of k-th powers, (sigma_1^k - sigma_2^k) / (sigma_1 - sigma_2), in those units. All is
    computed for the matrix times the sign of its trace; ``sign`` is what that changes.
    """

    def __init__(self, p: Program, lower: Lowering, iteration: Iteration, mode: Mode) -> None:
        self.p, self.lower, self.iteration, self.modulus = p, lower, iteration, mode.modulus
        self.k = k = p.input("k")
        self.size = h = p.let("size", absolute(mode.half_trace), "half the trace of the matrix times its sign")
        negative = mode.half_trace < 0
        self.flip = p.let("flip", where(negative, -1, 1), "the sign of the trace")
        odd = p.let("odd", floor(k * _HALF) * 2 < k)
        # Where k decides, it is asked first: it may be one number, and then nothing else is looked at.
        self.sign = p.let("sign", where(odd, self.flip, 1), "the k-th power of that sign")
        self.real = p.let("real", mode.quarter_discriminant >= 0)
        p.cases = self.real.args[0]
        self.w = w = p.let("w", mode.real_root, "half the distance of real eigenvalues")
        self.v = v = p.let("omega", mode.imaginary_root, "the imaginary part of complex ones")
        big = p.let("big", h + w, "the larger eigenvalue")
        # 1 minus each of them, from the equation that this solves; then they are known better than they can be written down.
        b, q = iteration.trace, iteration.determinant
        level_below, inside_below = mode.opposite or (lower(factored(1 + b / 2)), lower(factored(1 + b + q)))
        level = p.let("level", where(negative, level_below, lower(factored(1 - b / 2))), "1 - size")
        product = [
            p.let(n, lower(factored(1 + sign * b + q)), f"{1 + sign * b + q}")
            for n, sign in (("minus", -1), ("plus", 1))
        ]
        inside = p.let("inside", where(negative, inside_below, product[0]), "(1 - sigma_1) (1 - sigma_2)")
        outside = where(negative, product[0], product[1])
        far = p.let("far", level + w)
        close = p.let("close", level - w)
        # A root w that is not small beside the level cancels; one that is small has errors that must stay the same everywhere.
        ahead = p.let("ahead", (level > 0) & (w * 2 > level))
        excess = where(ahead, quotient(inside, far), close)
        # The base of the power: the spectral radius, or its square where that is the determinant.
        direct = p.let(
            "direct", where(self.real, big, mode.determinant), "the larger eigenvalue, or the determinant where complex"
        )
        times = p.let("times", where(self.real, k, k * _HALF), "how often that is multiplied")
        self.parts = _halved(p, times, *_corrected(p, direct, where(self.real, excess, lower(factored(1 - q)))))
        small = p.let("small", absolute(mode.over(big)), "the modulus of the smaller eigenvalue")
        positive = p.let("positive", mode.determinant >= 0)
        rest = where(positive, where(level > 0, far, quotient(inside, close)), quotient(outside, 1 + big))
        lesser = p.let("lesser", _together(_halved(p, k, *_corrected(p, small, rest))), "its k-th power")
        alternating = p.let("alternating", ~positive & odd)
        self.lead = p.let(
            "lead", where(alternating, -lesser, lesser), "the k-th power of the smaller eigenvalue, where real"
        )
        # Real eigenvalues: the geometric sum of their ratio.
        gap = p.let("x", least(quotient(w * 2, big), where(positive, 1, 2)), "1 - sigma_2/sigma_1")
        short = p.let("y", where(positive, gap, least(quotient(h * 2, big), 1)), "1 - |sigma_2/sigma_1|")
        # Of what is not taken of a case, no derivative may be infinite.
        above = p.let("above", short < 1)
        single = p.let("single", log1p(-where(above, short, _HALF)))
        logarithm = p.let("logarithm", where(above, k * single, -_INFINITY), "of the k-th power of the ratio")
        ratio = p.let("decay", exponential(logarithm), "the k-th power of the ratio's modulus")
        self.ratio = p.let("ratio", where(alternating, -ratio, ratio), "(sigma_2/sigma_1)^k")
        minus, plus = p.let("fall", -expm1(logarithm)), p.let("rise", 1 + ratio)
        divisor = where(gap > 0, gap, 1)
        summed = where(gap > 0, where(alternating, plus, minus) / divisor, k)
        # Complex ones: the angle of the first, beyond 45 degrees what it lacks to a right one, which may be known much better.
        steep = p.let("steep", v > h)
        angle = p.let(
            "phi",
            arctan2(least(h, v), where(v > 0, largest(h, v), 1)),
            "the angle of a complex eigenvalue to the nearer axis",
        )
        turn = p.let("turn", k * angle)
        halves = p.let("halves", floor(k * _HALF))
        quarters = p.let("quarters", where(floor(halves * _HALF) * 2 < halves, where(steep, -1, 1), 1))
        across, along = _sine_and_cosine(p, turn, "across", "along")
        sine_turn = quarters * where(steep, where(odd, along, -across), across)
        cosine_turn = quarters * where(odd, where(steep, across, along), along)
        across_before, along_before = _sine_and_cosine(p, turn - angle, "across_before", "along_before")
        sine_before = quarters * where(steep, -where(odd, across_before, along_before), across_before)
        growth = where(self.real, quotient(summed, big), quotient(sine_turn, v))
        self.growth = p.let("growth", growth, "(sigma_1^k - sigma_2^k)/(sigma_1 - sigma_2), relative to radius^k")
        # And what is needed where the entries would cancel in the first form.
        before = where(gap > 0, -expm1(where(above, logarithm - single, -_INFINITY)) / divisor, k - 1)
        late = where(self.real, small * quotient(before, big), mode.modulus * quotient(sine_before, v))
        self.late = p.let("late", late, "q times what that was one step before")
        self.doubled = p.let(
            "doubled", ~self.real | (positive & (gap < _HALF)), "nearly one repeated eigenvalue, or complex"
        )
        self.centred = p.let(
            "centred", ~self.real | (~positive & (logarithm > -_HALF)), "still nearly opposite, or complex"
        )
        mean = where(self.real, where(odd, minus, plus) * _HALF, cosine_turn)
        self.mean = p.let("mean", mean, "(sigma_1^k + sigma_2^k)/2, relative to radius^k")

    def _entries(self, firsts: list[Any], half_gap: Any, product: Any) -> list[tuple[Value, Value, Value]]:
        """Entries, relative to radius^k, what is to be added after that, and whether polynomials would lose more. Their values
        at k = 1 are y = first, and then perhaps y = trace - first, where (y - sigma_1)(y - sigma_2) is the product and
        first - trace/2 the half gap."""
        p = self.p
        values, together = [], []
        for first in firsts:
            # It is also the trace less another; where both are small, what counts is that all three fit together.
            other = factored(self.iteration.trace - first)
            fits = (self.size + self.modulus) * 2 + self.lower.bulk(other) < self.lower.bulk(first)
            direct, rest = self.flip * self.lower(first), self.size * 2 - self.flip * self.lower(other)
            together.append(p.let("fits", fits))
            values.append(p.let("first", where(together[-1], rest, direct), f"the sign of the trace times {first}"))
        g = p.let("g", self.flip * self.lower(half_gap), f"the sign of the trace times {half_gap}")
        # It is also y - size, which may lose less, and then has the rounding errors of half the trace.
        loss = self.lower.bulk(half_gap)
        for first, y, side in zip(firsts, values, (1, -1), strict=False):
            other_loss = self.lower.bulk(first) + self.size
            g = p.let("g", where(other_loss < loss, y - self.size if side > 0 else self.size - y, g))
            loss = least(loss, other_loss)
        forward = p.let("forward", absolute(g) + self.w)
        other = where(self.w * 2 > absolute(g), quotient(self.lower(product), forward), absolute(g) - self.w)
        other = p.let("other", other, f"{product}, divided by that")
        slopes = [where(g < 0, -other, forward), where(g < 0, forward, -other)]
        found = []
        for y, fits, slope, away in zip(values, together, slopes, (g, -g), strict=False):
            small = p.let("small_first", self.doubled & (absolute(y) < absolute(g)))
            entry = where(self.centred, self.mean + away * self.growth, slope * self.growth)
            entry = p.let("entry", where(small, y * self.growth - self.late, entry))
            found.append((entry, p.let("led", where(small | self.centred, 0, self.lead)), fits))
        return found

    def _value(
        self,
        bracket: Value,
        lead: Value | None,
        small: Value | None,
        first_steps: Sequence[Any],
        factor: Value | None = None,
    ) -> Value:
        """The power: radius^k times the bracket and a factor, and what leads it; for the first few k, the polynomials, but
        where several of their factors would be small."""
        bracket = self.p.let("bracket", bracket)
        if factor is None:
            together = _together(self.parts, bracket)
        else:
            factor = self.p.let("factor", factor)
            together = finite_or(factor, _together(self.parts, bracket, factor))
        result = self.p.let("part", finite_or(bracket, together))
        if lead is not None:
            total = self.p.let("whole", lead + result)
            # Opposite infinities: what they add up to relative to radius^k tells which one is larger.
            instead = finite_or(self.ratio + bracket, _together(self.parts, self.ratio + bracket))
            result = where(~self.real | is_number(total), total, instead)
        result = self.sign * result
        for n, polynomial in reversed(list(enumerate(first_steps))):
            product = factored(polynomial)
            degrees = [sympy.degree(f, lam) for f in sympy.Mul.make_args(product) if f.has(lam)]
            if n < 2 or (all(d < 2 for d in degrees) and factor is None):
                chosen = self.k.equals(n)
                if n >= 2 and len(degrees) > 1 and small is not None:
                    chosen = chosen & ~small
                result = where(chosen, self.lower(product), result)
        return self.p.let("power", result)

    def matrix(self, entries: list[Value]) -> list[Value]:
        """R^k, row by row, from the entries of R."""
        R = self.iteration.matrix
        product = factored(-R[0, 1] * R[1, 0])
        first, last = self._entries([R[0, 0], R[1, 1]], factored((R[0, 0] - R[1, 1]) / 2), product)
        turned = self.p.let("turned", self.flip * self.growth)
        steps = [self.iteration.power(n) for n in range(_FIRST)]
        return [
            self._value(*first, [step[0, 0] for step in steps]),
            self._value(turned, None, None, [step[0, 1] for step in steps], entries[1]),
            self._value(turned, None, None, [step[1, 0] for step in steps], entries[2]),
            self._value(*last, [step[1, 1] for step in steps]),
        ]

    def residual(self) -> Value:
        """The residual polynomial: the row of w, times the state at rest."""
        it = self.iteration
        first = sympy.expand(it.residual_polynomial(1))
        product = factored(first**2 - it.trace * first + it.determinant)
        (entry,) = self._entries([first], factored(first - it.trace / 2), product)
        return self._value(*entry, [it.residual_polynomial(n) for n in range(_FIRST)])
