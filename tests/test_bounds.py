"""The bounds: Chebyshev's value by its recurrence, by linear programming and by running the method; the cycle by running it."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from scipy.optimize import linprog

import symmomentum as sm
from symmomentum import bounds
from symmomentum.bounds import polynomials


def by_recurrence(k: int, kappa: Fraction) -> Fraction:
    y = (kappa + 1) / (kappa - 1)
    last, now = Fraction(1), y
    if k == 0:
        return Fraction(1)
    for _ in range(k - 1):
        last, now = now, 2 * y * now - last
    return 1 / now


@pytest.mark.parametrize(
    "kappa", [Fraction(2), Fraction(9), Fraction(7, 3), Fraction(1000), Fraction(10**9 + 1, 10**9)]
)
def test_exact_values_by_recurrence(kappa: Fraction) -> None:
    for k in (0, 1, 2, 3, 4, 5, 8, 13, 31, 64, 100):
        expected = by_recurrence(k, kappa)
        found = bounds.chebyshev(k, kappa)
        assert found == sympy.Rational(expected.numerator, expected.denominator), k
        near = by_recurrence(k, Fraction(float(kappa)))  # of the binary fraction that the float is
        assert bounds.chebyshev(k, float(kappa)) == pytest.approx(float(near), rel=1e-12, abs=1e-300)


def test_symbols_and_radicals() -> None:
    k, kappa = sm.symbols.k, sm.symbols.kappa
    general = bounds.chebyshev(k, kappa)
    assert not general.has(sympy.Float)
    for steps, number in ((3, 9), (5, 4), (0, 16)):
        assert general.subs({k: steps, kappa: number}, simultaneous=True) == bounds.chebyshev(steps, number)
    root = bounds.chebyshev(4, sympy.sqrt(2) + 1)
    assert float(root) == pytest.approx(bounds.chebyshev(4, 2**0.5 + 1), rel=1e-12)


def test_arrays_of_many_steps() -> None:
    k = np.array([0, 1, 10, 1000, 10**6])
    kappa = np.array([[1.0], [1.5], [1e4], [1e12]])
    found = bounds.chebyshev(k, kappa)
    assert found.shape == (4, 5)
    with mpmath.workdps(60):
        for i, row in enumerate(kappa):
            for j, steps in enumerate(k):
                root = mpmath.sqrt(mpmath.mpf(float(row[0])))
                rho = (root - 1) / (root + 1)
                expected = 2 * rho ** int(steps) / (1 + rho ** (2 * int(steps)))
                assert found[i, j] == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_linear_programming_finds_nothing_better(k: int) -> None:
    """The polynomial of least modulus on a fine grid, with value 1 at 0: an upper and nearly a lower bound."""
    low, high = 1.0, 10.0
    grid = (low + high) / 2 + (high - low) / 2 * np.cos(np.linspace(0, np.pi, 4001))
    columns = [np.cos(i * np.arccos((2 * grid - low - high) / (high - low))) for i in range(k + 1)]
    at_zero = [float(np.cosh(i * np.arccosh(11 / 9))) * (-1) ** i for i in range(k + 1)]
    matrix = np.array(columns).T
    ones = np.ones((len(grid), 1))
    answer = linprog(
        [0.0] * (k + 1) + [1.0],
        A_ub=np.block([[matrix, -ones], [-matrix, -ones]]),
        b_ub=np.zeros(2 * len(grid)),
        A_eq=[[*at_zero, 0.0]],
        b_eq=[1.0],
        bounds=[(None, None)] * (k + 2),
    )
    assert answer.fun == pytest.approx(bounds.chebyshev(k, 10.0), rel=1e-5)


def test_chebyshevs_method_attains_it_and_no_other_does_better() -> None:
    lam = (1 + 30 + 29 * np.cos(np.linspace(0, np.pi, 4001))) / 2
    run = sm.catalog["chebyshev"].run(lambda w: lam * w, np.ones_like(lam), 40, mu=1.0, L=30.0)
    worst = np.abs(run).max(axis=1)
    assert worst == pytest.approx(bounds.chebyshev(np.arange(41), 30.0), rel=1e-8)
    for name in ("heavy-ball", "nesterov", "gradient-descent"):
        t = sm.analyze(name).transient
        for k in (1, 2, 10, 40):
            assert float(t.worst_case(k, mu=1, L=30)) >= bounds.chebyshev(k, 30.0) * (1 - 1e-12)


@pytest.mark.parametrize("k", [None, 1, 2, 3, 4, 5, 6])
def test_claims_are_proved(k) -> None:
    claims = bounds.chebyshev_claims(k)
    assert len({c.id for c in claims}) == len(claims) == (18 if k is None else 23)
    assert [v.claim.id for v in map(sm.check, claims) if not v.proved] == []


@pytest.mark.parametrize("k", [1, 2, 3, 7, 12, 40])
def test_the_weights_of_every_degree_are_lagranges(k: int) -> None:
    """The closed form in the claims, against Lagrange's products; and that they reproduce powers up to k, and not k + 1."""
    with mpmath.workdps(60):
        y = mpmath.mpf(11) / 9
        points = [mpmath.cos(mpmath.pi * j / k) for j in range(k + 1)]
        second = mpmath.chebyu(k - 1, y)
        found = [
            polynomials._weight((-1) ** j, mpmath.mpf(1) / (1 + (j in (0, k))), x, y, second, k)
            for j, x in enumerate(points)
        ]
        for j, x in enumerate(points):
            lagrange = mpmath.fprod((y - z) / (x - z) for i, z in enumerate(points) if i != j)
            assert mpmath.almosteq(found[j], lagrange, 1e-40)
        for power in range(k + 2):
            near = mpmath.almosteq(
                mpmath.fsum(w * x**power for w, x in zip(found, points, strict=True)), y**power, 1e-40
            )
            assert near is (power <= k)
        assert mpmath.almosteq(
            1 / mpmath.fsum(map(abs, found)), mpmath.mpf(bounds.chebyshev(k, 10).p) / bounds.chebyshev(k, 10).q, 1e-40
        )


def test_the_hypotheses_of_the_induction_hold() -> None:
    """What the claims assume of the numbers that they name, at numbers."""
    with mpmath.workdps(40):
        for k in (1, 2, 5, 9):
            for m in range(k + 1):
                cosines = [mpmath.cos(j * (mpmath.pi + m * mpmath.pi / k)) for j in range(k + 1)]
                total = mpmath.fsum(cosines) - (cosines[0] + cosines[-1]) / 2
                assert mpmath.almosteq(total, k if m == k else 0, abs_eps=1e-30)
            y, t, u = mpmath.mpf("1.3"), mpmath.chebyt(k - 1, 1.3), mpmath.chebyu(k - 2, 1.3) if k > 1 else 0
            assert mpmath.almosteq(y * t + (y**2 - 1) * u, mpmath.chebyt(k, y), 1e-12)
            assert mpmath.almosteq(t + y * u, mpmath.chebyu(k - 1, y), 1e-12)


def test_all_claims_and_what_is_refuted() -> None:
    """One function for the command that lists them."""
    claims, refuted = bounds.claims(), bounds.refuted()
    assert len({c.id for c in (*claims, *refuted)}) == len(claims) + len(refuted) > 100
    assert [v.claim.id for v in map(sm.check, claims) if v.status != "proved"] == []
    assert [v.claim.id for v in map(sm.check, refuted) if v.status != "refuted" or not v.witness] == []
    assert {c.id.split("/")[1] for c in claims if c.id.startswith("bounds/")} == {
        "chebyshev",
        "heavy-ball-cycle",
        "unrolled",
        "convex-rosenbrock",
    }


@pytest.mark.parametrize(
    ("k", "kappa"),
    [
        (-1, 9), (1.5, 9), (True, 9), (2, 0.5), (2, Fraction(1, 2)), (2, "nine"), ("two", 9), (2, [0.5, 2.0]),
        ([1, -1], 4.0), (sympy.Symbol("x"), 9), (2, sympy.Rational(1, 3)), (2, None), (2, sympy.I),
    ],
)  # fmt: skip
def test_bad_input_gives_one_line(k, kappa) -> None:
    with pytest.raises(sm.ArgumentError) as caught:
        bounds.chebyshev(k, kappa)
    assert "\n" not in str(caught.value)


def test_claims_for_a_bad_k() -> None:
    for bad in (0, -1, 1.5, True):
        with pytest.raises(sm.ArgumentError, match="positive integer"):
            bounds.chebyshev_claims(bad)
    with pytest.raises(sm.NotDerivedError, match="up to k = 6"):
        bounds.chebyshev_claims(7)


# The cycle ------------------------------------------------------------------------------------------------------------


def slope_25_1_25(w):
    """The gradient of Lessard, Recht and Packard (2016), section 4.6."""
    return 25 * w if w < 1 else w + 24 if w < 2 else 25 * w - 24


def test_the_cycle_by_running_it_in_fractions() -> None:
    cycle = bounds.heavy_ball_cycle()
    points = [Fraction(int(p.p), int(p.q)) for p in cycle.points]
    before, now = points[0], points[1]
    for i in range(2, 32):
        before, now = now, now + Fraction(4, 9) * (now - before) - Fraction(1, 9) * slope_25_1_25(now)
        assert now == points[i % 3]


def test_the_method_of_the_catalog_falls_into_it() -> None:
    cycle = bounds.heavy_ball_cycle()
    run = sm.catalog["heavy-ball"].run(cycle.gradient, [3.3], 400, alpha=1 / 9, beta=4 / 9)
    end = sorted(run[-3:, 0])
    assert end == pytest.approx(sorted(map(float, cycle.points)), abs=1e-9)


def test_its_claims_and_its_gradient() -> None:
    cycle = bounds.heavy_ball_cycle()
    assert all(v.proved for v in cycle.verdicts)
    line = np.linspace(-3, 4, 57)
    assert cycle.gradient(line) == pytest.approx([slope_25_1_25(w) for w in line])
    for w in (Fraction(1, 3), Fraction(3, 2), Fraction(5, 2), 1, 2):
        assert cycle.gradient(w) == slope_25_1_25(w)
        assert isinstance(cycle.gradient(w), (Fraction, int))
    assert cycle.gradient(sympy.sqrt(2)) == sympy.sqrt(2) + 24
    for bad in ("w", 1j, None, sympy.Symbol("w"), ["a"]):
        with pytest.raises(sm.ArgumentError):
            cycle.gradient(bad)


def test_what_is_called_attracting_is_that() -> None:
    """The statement, at other parameters, holds just where the eigenvalues of a turn lie inside the unit circle."""
    (claim,) = (c for c in bounds.heavy_ball_cycle().claims if c.id.endswith("/attracting"))
    seen = set()
    for alpha, beta in itertools.product((Fraction(1, 30), Fraction(1, 9), Fraction(1, 5), Fraction(2, 5)), repeat=2):
        turn = np.eye(2)
        for slope in (25, 25, 25):
            turn = np.array([[0.0, 1.0], [-float(beta), 1 + float(beta) - float(alpha) * slope]]) @ turn
        inside = bool(abs(np.linalg.eigvals(turn)).max() < 1)
        numbers = {"alpha": alpha, "beta": beta, "mu": 1, "L": 25}
        values = {x: sympy.Rational(str(numbers[x.name])) for x in claim.statement.free_symbols}
        assert bool(claim.statement.subs(values)) == inside
        seen.add(inside)
    assert seen == {True, False}
