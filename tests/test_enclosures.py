"""Enclosures: upper bounds hold and are nearly reached, up to a million steps, whatever the trace and the determinant."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from mpmath.ctx_iv import MPIntervalContext

import symmomentum as sm
from symmomentum import enclosures
from symmomentum.enclosures import TwoStates
from tests import independent

MP = mpmath.MPContext()
MP.dps = 60


def rational(x: Fraction) -> sympy.Rational:
    return sympy.Rational(x.numerator, x.denominator)


def swept(mode: TwoStates, k: int, points: int = 100001) -> float:
    """P_k by its recurrence, in floating point."""
    x = float(mode.low) + float(mode.high - mode.low) * np.sin(np.linspace(0, np.pi / 2, points)) ** 2
    b, q, now = (
        sum(float(c) * x**i for i, c in enumerate(p)) + 0 * x for p in (mode.trace, mode.determinant, mode.start)
    )
    before = np.ones_like(x)
    for _ in range(k - 1):
        before, now = now, b * now - q * before
    return float(np.abs(now).max())


@pytest.mark.parametrize("seed", range(24))
def test_random_recurrences(seed: int) -> None:
    """Real and complex eigenvalues, double ones inside, determinants of both signs, degrees up to two."""
    source = random.Random(seed)

    def number(least: int, most: int) -> Fraction:
        return Fraction(source.randint(100 * least, 100 * most), 100)

    low = number(0, 2) + Fraction(1, 50)
    high = low * source.choice([1, 2, 10, 100]) + Fraction(source.randint(1, 9), 7)
    trace = [number(-2, 2), *(number(-2, 2) / high**i for i in range(1, source.choice([2, 2, 3])))]
    determinant = [number(-1, 1), *(number(-1, 1) / high**i for i in range(1, source.choice([1, 2, 2, 3])))]
    start = [Fraction(1), number(-2, 2) / high]
    mode = TwoStates(*(tuple(map(rational, p)) for p in (trace, determinant, start)), rational(low), rational(high))
    for k in (1, 2, 3, 7, 30, 111):
        found = mode.largest(k)
        sweep = swept(mode, k)
        assert found.lower <= found.upper <= found.lower * (1 + sympy.Rational(1, 10**9))
        assert sweep <= float(found.upper) * (1 + 1e-8)
        assert sweep >= float(found.lower) * (1 - 1e-5)
        x = Fraction(int(found.at.p), int(found.at.q))
        b, q, now = (sum(c * x**i for i, c in enumerate(p)) for p in (trace, determinant, start))
        before = Fraction(1)
        for _ in range(k - 1):
            before, now = now, b * now - q * before
        assert rational(abs(now)) >= found.lower  # in fractions, without rounding
        # Also as a question: somewhat below and above.
        assert mode.exceeds(k, found.lower * sympy.Rational(999, 1000))
        assert not mode.exceeds(k, found.upper * sympy.Rational(1001, 1000))


MILLION = [
    ("heavy-ball", independent.heavy_ball, {"alpha": "1/10", "beta": "9/10"}, Fraction(1, 100), 10),
    ("heavy-ball", independent.heavy_ball, {"alpha": "1/10", "beta": "9/10"}, 1, 10),
    ("heavy-ball", independent.heavy_ball, {"alpha": "1/4", "beta": "1/4"}, 1, 5),  # they meet at mu
    ("nesterov", independent.nesterov, {"alpha": "1/10", "beta": "9/10"}, Fraction(1, 100), 10),
    ("nesterov", independent.nesterov, {"alpha": "1/10", "beta": "9/10"}, 1, 10),
    ("quasi-hyperbolic", independent.quasi_hyperbolic, {"alpha": "1/2", "beta": "9/10", "nu": "7/10"}, 1, 10),
]


def residual_mp(case: independent.Case, x: Fraction, given: dict, k: int):
    """P_k at 60 digits: the matrix of the rule, squared and multiplied."""
    rows = MP.matrix(
        [
            [MP.mpf(e.numerator) / e.denominator for e in map(Fraction, row)]
            for row in independent.matrix(case, x, given, Fraction(1))
        ]
    )
    state = rows**k * MP.matrix(case.rest)
    return abs(state[case.rule.__code__.co_varnames.index("w")])


@pytest.mark.parametrize(("name", "rule", "given", "low", "high"), MILLION)
def test_a_million_steps(name: str, rule, given, low, high) -> None:
    k, given = 10**6, {n: Fraction(v) for n, v in given.items()}
    transient = sm.analyze(name).transient
    began = time.perf_counter()
    found = transient.worst_case(k, mu=low, L=high, **given)
    assert time.perf_counter() - began < 10  # a tenth of a second or two, where nobody else works
    case = next(c for c in independent.ALL if c.rule is rule)
    lower, upper = (MP.mpf(str(sympy.N(e, 40))) for e in (found.lower, found.upper))
    assert lower <= upper <= lower * (1 + MP.mpf(10) ** -9)
    x = Fraction(int(found.at.p), int(found.at.q))
    assert low <= x <= high
    assert abs(residual_mp(case, x, given, k) / lower - 1) < MP.mpf(10) ** -20
    width = high - low
    points = [low + width * Fraction(i, 60) for i in range(61)]
    points += [
        end + sign * width * Fraction(i, 4 * 10**j)
        for j in (2, 5, 6, 7, 12)
        for i in range(1, 12)
        for end, sign in ((low, 1), (high, -1))
    ]
    points += [x + width * Fraction(i, 10**9) for i in (-3, -1, 1, 3)]
    assert max(residual_mp(case, p, given, k) for p in points if low <= p <= high) <= upper


@pytest.mark.parametrize("k", [3, 200, 10**6])
def test_norms_of_a_million_steps(k: int) -> None:
    given = {"alpha": Fraction(1, 10), "beta": Fraction(9, 10)}
    found = sm.analyze("heavy-ball").transient.norm(k, mu=Fraction(1, 100), L=10, **given)
    lower, upper = (MP.mpf(str(sympy.N(e, 40))) for e in (found.lower, found.upper))
    assert lower <= upper <= lower * (1 + MP.mpf(10) ** -9)
    case = next(c for c in independent.ALL if c.rule is independent.heavy_ball)

    def norm(x: Fraction):
        rows = independent.matrix(case, x, given, Fraction(1))
        return MP.svd_r(
            MP.matrix([[MP.mpf(e.numerator) / e.denominator for e in row] for row in rows]) ** k, compute_uv=False
        )[0]

    at = norm(Fraction(int(found.at.p), int(found.at.q)))
    assert lower * (1 - MP.mpf(10) ** -20) <= at <= upper
    assert max(norm(Fraction(1, 100) + Fraction(999, 100) * Fraction(i, 200) ** 2) for i in range(201)) <= upper


def test_bounds_for_all_later_steps() -> None:
    q = sympy.Rational
    mode = TwoStates((q(19, 10), q(-1, 10)), (q(9, 10),), (q(1), q(-1, 10)), q(1), q(10))
    assert mode.is_stable
    first = next(k for k in range(1, 400) if mode.stays_below(k, q(1, 1000)))
    assert not mode.stays_below(first - 1, q(1, 1000))
    assert all(swept(mode, k, 4001) <= 1e-3 for k in range(first, first + 60))
    assert not TwoStates((q(2), q(-1)), (q(1),), (q(1), q(-1)), q(1), q(2)).is_stable
    assert not TwoStates((q(0), q(1, 2)), (q(1, 2),), (q(1), q(-1)), q(1), q(5)).is_stable


def test_a_single_curvature() -> None:
    q = sympy.Rational
    mode = TwoStates((q(19, 10), q(-1, 10)), (q(9, 10),), (q(1), q(-1, 10)), q(3), q(3))
    assert float(mode.largest(5).upper) == pytest.approx(swept(mode, 5, 3), rel=1e-9)


def test_what_grows_first_does_not_stay_below() -> None:
    """Next to the best parameters the worst case rises from 1 to 46 before it falls."""
    q = sympy.Rational
    beta, alpha = q(99, 101) ** 2, q(4, 101**2)
    mode = TwoStates((1 + beta, -alpha), (beta,), (q(1), -alpha), q(1), q(10**4))
    assert mode.largest(50).lower > 30
    assert not any(mode.stays_below(k, 4) for k in (1, 2, 3))


@pytest.mark.parametrize("k", [1, 2, 3, 7, 12])
def test_taylor_near_a_double_root(k: int) -> None:
    """Value and slope against exact derivatives, and the bound of the second derivative, of which it is at most 40 times."""
    q, x = sympy.Rational, sympy.Symbol("x")
    trace, determinant, start = (q(9, 5), q(-7, 20), q(1, 30)), (q(81, 100), q(-1, 7), q(1, 50)), (q(4), q(-2, 5))
    mode = TwoStates(trace, determinant, start, q(0), q(1))
    search = enclosures._Search(mode, k, 200)
    b, d, now = (sum(c * x**i for i, c in enumerate(p)) for p in (trace, determinant, start))
    before = sympy.Integer(1)
    for _ in range(k - 1):
        before, now = now, sympy.expand(b * now - d * before)
    center, jets = search._jets(Fraction(1, 8), Fraction(1, 8))
    value, slope = search._lucas(center)
    at = q(1, 8)
    for found, expected in ((value, now.subs(x, at)), (slope, now.diff(x).subs(x, at))):
        assert abs(enclosures._exact(found.mid) - Fraction(int(expected.p), int(expected.q))) < Fraction(1, 10**40)
    second = float(enclosures._exact(search._curved(jets, search.iv.mpf(search._radius(jets)))))
    largest = max(abs(float(now.diff(x, 2).subs(x, q(i, 80)))) for i in range(21))
    assert largest <= second * (1 + 1e-12)
    assert second <= 40 * largest or k == 1


def test_positive_definite_and_spectral_norm_of_intervals() -> None:
    iv = MPIntervalContext()
    source = np.random.default_rng(3)
    for size in (3, 4):
        for _ in range(10):
            plain = source.integers(-9, 9, (size, size))
            thin = [[iv.mpf(int(e)) for e in row] for row in plain]
            norm = enclosures._spectral_norm(iv, thin)
            expected = np.linalg.norm(plain, 2)
            assert float(enclosures._exact(norm.a)) <= expected * (1 + 1e-12)
            assert expected * (1 - 1e-12) <= float(enclosures._exact(norm.b)) <= expected * (1 + 1e-9)
            symmetric = plain + plain.T + 12 * np.eye(size, dtype=int)
            found = enclosures._is_positive_definite([[iv.mpf(int(e)) for e in row] for row in symmetric])
            assert found == bool(np.linalg.eigvalsh(symmetric).min() > 1e-9)
