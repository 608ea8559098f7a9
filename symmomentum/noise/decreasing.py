r"""Gradient descent with noise and the step sizes c/(k + d): on one mode, what the expected loss does.

The second moment M_k of the distance obeys :math:`M_{k+1} = (1 - a/n)^2 M_k + c^2 \sigma^2/n^2` with :math:`n = k + d` and
:math:`a = c \lambda`. The claims are the steps of an induction:

- for :math:`c = 1/\lambda` it is solved: :math:`M_k = ((d - 1)^2 w_0^2 + k \sigma^2/\lambda^2)/(k + d - 1)^2`;
- for :math:`a > 1/2`, from where :math:`(2a - 1) n > a^2`: a bound C/n stays one if :math:`C (2a - 1 - a^2/n) \ge c^2 \sigma^2`,
  and a bound C/n from below if :math:`0 \le C (2a - 1 + 1/(n + 1)) \le c^2 \sigma^2`. Both C tend to
  :math:`c^2 \sigma^2/(2a - 1)` as n grows.

That :math:`k M_k` itself tends to it, whatever the start, is Chung's theorem (K. L. Chung, On a stochastic approximation method,
Annals of Mathematical Statistics 25, 1954), and is cited, not proved here. The limit is least for
:math:`c = 1/\lambda`, where it is :math:`\sigma^2/\lambda^2`: what averaging gains without knowing lam.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError
from symmomentum.noise.mode import Enclosed, exact_number
from symmomentum.symbols import k as step_symbol
from symmomentum.symbols import lam

__all__ = ["decreasing_claims", "decreasing_loss", "decreasing_limit"]

_EXACT_STEPS = 64
"""Later losses are enclosed: the fractions grow by the digits of every step."""
_BITS = 320
MOST_STEPS = 1_000_000
"""Of the recursion, which goes through them one by one."""


def decreasing_loss(k: int, c: Any, d: Any, lam: Any, w0: Any = 1, sigma: Any = 1) -> Enclosed:
    """The expected loss of gradient descent after k steps with the step sizes c/d, c/(d + 1), ..., by its recursion.

    Parameters
    ----------
    k : int
        The step, up to a million.
    c, d : number
        Of the step sizes: positive.
    lam : number
        The curvature: positive.
    w0, sigma : number
        The distance of w^0 from the minimizer, and the standard deviation of each gradient error.

    Returns
    -------
    Enclosed
        Exact up to 64 steps; later, two fractions that differ by a relative 1e-30 or so at most.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If k is no integer in that range, or a number not finite or not as described.

    Examples
    --------
    >>> [str(decreasing_loss(k, 1, 1, 1).value) for k in (0, 1, 2, 10)]
    ['1/2', '1/2', '1/4', '1/20']
    >>> round(float(decreasing_loss(10**4, 2, 5, 1).value * 10**4), 4)
    0.6664
    """
    if isinstance(k, bool) or not hasattr(k, "__index__") or not 0 <= k.__index__() <= MOST_STEPS:
        raise ArgumentError(f"k must be an integer from 0 to {MOST_STEPS}; given {k!r}")
    scale, delay, curvature = (_positive(n, x) for n, x in (("c", c), ("d", d), ("lam", lam)))
    start, deviation = exact_number("w0", w0), exact_number("sigma", sigma)
    if deviation < 0:
        raise ArgumentError(f"sigma, a standard deviation, is not negative; given {deviation}")
    product, noise = scale * curvature, (scale * deviation) ** 2
    moment = start**2
    if k <= _EXACT_STEPS:
        for i in range(k):
            at = delay + i
            moment = (1 - product / at) ** 2 * moment + noise / at**2
        return Enclosed(curvature / 2 * moment, curvature / 2 * moment)
    # Both bounds by the same recursion, which is monotone in the moment, rounded down and up; in integers over common divisors:
    # with d = u/v and a = r/s, 1 - a/n is (s (u + i v) - r v)/(s (u + i v)).
    u, v, r, s = delay.numerator, delay.denominator, product.numerator, product.denominator
    x, y = noise.numerator * v * v, noise.denominator
    # The least that counts is the noise of the last step.
    size = max(0, y.bit_length() - x.bit_length()) + 2 * (u + k * v).bit_length() if x else 0
    bits = _BITS + size
    low, high = (moment.numerator << bits) // moment.denominator, -((-moment.numerator << bits) // moment.denominator)
    x <<= bits
    for i in range(k):
        n = u + i * v
        below = s * n
        above = (below - r * v) ** 2
        below *= below
        added, divisor = x, y * n * n
        low = low * above // below + added // divisor
        high = -(-high * above // below) - (-added // divisor)
    one = 1 << bits
    return Enclosed(curvature / 2 * Fraction(low, one), curvature / 2 * Fraction(high, one))


def decreasing_limit(c: Any, lam: Any, sigma: Any = 1) -> Fraction:
    """What k times that loss tends to for c lam > 1/2, whatever the start: lam c^2 sigma^2/(2 (2 c lam - 1)).

    Cited (Chung 1954); :func:`decreasing_claims` have bounds on both sides that tend to it.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If c lam is at most 1/2, where the loss falls more slowly than 1/k, or a number is not as described.

    Examples
    --------
    >>> decreasing_limit(2, 1), decreasing_limit(1, 1)
    (Fraction(2, 3), Fraction(1, 2))
    """
    scale, curvature, deviation = _positive("c", c), _positive("lam", lam), exact_number("sigma", sigma)
    if 2 * scale * curvature <= 1:
        raise ArgumentError(f"for c lam = {scale * curvature}, at most 1/2, the loss falls more slowly than 1/k")
    return curvature * (scale * deviation) ** 2 / (2 * (2 * scale * curvature - 1))


def _positive(name: str, value: Any) -> Fraction:
    number = exact_number(name, value)
    if number <= 0:
        raise ArgumentError(f"{name} must be positive; given {number}")
    return number


def decreasing_claims() -> tuple[Claim, ...]:
    """The solution for c = 1/lam, the induction steps of the two bounds, and that the limit is least for c = 1/lam.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> [check(c).status for c in decreasing_claims()]
    ['proved', 'proved', 'proved', 'proved', 'proved']
    """
    n, bound, moment, c, d, start, noise = sympy.symbols("n C M c d w_0 v", real=True)
    product = c * lam
    after = (1 - product / n) ** 2 * moment + c**2 * noise / n**2
    common = (n >= 1, c > 0, lam > 0, noise >= 0)
    source = "derived here; K. L. Chung, On a stochastic approximation method (1954), has the limit"

    def solved(k: Any) -> Any:
        return ((d - 1) ** 2 * start**2 + k * noise / lam**2) / (k + d - 1) ** 2

    own = (1 - 1 / (step_symbol + d)) ** 2 * solved(step_symbol) + noise / (lam * (step_symbol + d)) ** 2

    def claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...]) -> Claim:
        return Claim(
            id=f"gradient-descent/noise/decreasing/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=source,
        )

    return (
        claim(
            "solved-start",
            "With the step sizes 1/(lam (k + d)) the solution has the right start",
            equal(solved(sympy.Integer(0)), start**2),
            (d > 1, lam > 0),
        ),
        claim(
            "solved-step",
            "With the step sizes 1/(lam (k + d)) a step leads from the solution after k steps to that after k + 1",
            equal(own, solved(step_symbol + 1)),
            (d > 1, lam > 0),
        ),
        claim(
            "above",
            "A bound C/n of the second moment stays one",
            after <= bound / (n + 1),
            (*common, moment <= bound / n, bound >= 0, bound * (2 * product - 1 - product**2 / n) >= c**2 * noise),
        ),
        claim(
            "below",
            "A bound C/n of the second moment from below stays one",
            after >= bound / (n + 1),
            (*common, moment >= bound / n, bound >= 0, bound * (2 * product - 1 + 1 / (n + 1)) <= c**2 * noise),
        ),
        claim(
            "best",
            "The limit is least for c = 1/lam",
            c**2 / (2 * product - 1) >= 1 / lam**2,
            (c > 0, lam > 0, 2 * product > 1),
        ),
    )
