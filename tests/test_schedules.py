"""Schedules: exact residual polynomials against runs, and Chebyshev's against NumPy's Chebyshev polynomials."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.iteration import Iteration
from symmomentum.schedules import Scheduled
from symmomentum.symbols import L, alpha, lam, mu
from symmomentum.update_rule import Schedule

F = Fraction
SCHEDULED = [n for n in sm.catalog if sm.catalog[n].schedule]


@pytest.mark.parametrize("name", SCHEDULED)
def test_the_claims_are_proved(name: str) -> None:
    claims = sm.analyze(name).schedule.claims
    assert claims
    assert [sm.check(c).status for c in claims] == ["proved"] * len(claims)
    assert set(claims) <= set(sm.analyze(name).claims)


def test_chebyshev_runs_are_chebyshev_polynomials() -> None:
    low, high, curvatures = 0.1, 2.0, np.linspace(0.0, 2.5, 101)
    iterates = sm.catalog["chebyshev"].run(lambda w: curvatures * w, np.ones(101), 30, mu=low, L=high)
    for k in (0, 1, 2, 3, 10, 30):
        T = np.polynomial.chebyshev.Chebyshev.basis(k)
        expected = T((high + low - 2 * curvatures) / (high - low)) / T((high + low) / (high - low))
        np.testing.assert_allclose(iterates[k], expected, rtol=1e-9, atol=1e-12)


def test_equal_curvatures_are_no_division_by_zero() -> None:
    iterates = sm.catalog["chebyshev"].run(lambda w: 2.0 * w, [1.0], 4, mu=2.0, L=2.0)
    np.testing.assert_array_equal(iterates[1:], 0)


def test_the_average_is_the_mean_of_gradient_descent() -> None:
    average = sm.catalog["polyak-ruppert"].run(lambda w: 1.5 * w, [1.0], 20, alpha=0.3)[:, 0]
    plain = sm.catalog["gradient-descent"].run(lambda w: 1.5 * w, [1.0], 20, alpha=0.3)[:, 0]
    np.testing.assert_allclose(average, np.cumsum(plain) / np.arange(1, 22), rtol=1e-12)
    constant = sm.catalog["polyak-ruppert"].run(lambda w: 1.5 * w, [1.0], 2, alpha=0.3, gamma=1.0)[:, 0]
    np.testing.assert_allclose(constant, plain[:3], rtol=1e-12)


@pytest.mark.parametrize("name", SCHEDULED)
@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_exact_residual_polynomials_are_those_of_runs(name: str, steps: int) -> None:
    given = {"mu": F(1, 3), "L": F(2), "alpha": F(2, 7)}
    given = {n: v for n, v in given.items() if n in sm.catalog[name].schedule.given}
    polynomial = sm.analyze(name).schedule.residual_polynomial(steps)
    for curvature in (F(0), F(1, 3), F(1), F(5, 2)):
        run = sm.catalog[name].run(
            lambda w, curvature=curvature: float(curvature) * w, [1.0], steps, **{n: float(v) for n, v in given.items()}
        )
        at = {mu: given.get("mu", 1), L: given.get("L", 1), alpha: given.get("alpha", 1), lam: curvature}
        exact = polynomial.subs({s: sympy.Rational(v) for s, v in at.items()}, simultaneous=True)
        assert float(exact) == pytest.approx(run[-1, 0], rel=1e-9, abs=1e-12)


def wrong_quotients(mu, L):
    """A first step that is not halved."""
    first = 1 / (L + mu)
    yield {"alpha": 4 * first, "beta": 0 * first}
    while True:
        last, first = first, 1 / (2 * (L + mu) - (L - mu) ** 2 * first)
        yield {"alpha": 4 * first, "beta": (L - mu) ** 2 * first * last}


def constant(mu, L):
    """Gradient descent with its best step size."""
    while True:
        yield {"alpha": 2 / (L + mu), "beta": 0 * mu}


@pytest.mark.parametrize("values", [constant, wrong_quotients])
def test_another_schedule_is_found_out(values) -> None:
    right = sm.catalog["chebyshev"]
    wrong = dataclasses.replace(right, schedule=Schedule(("mu", "L"), values))
    statuses = [sm.check(c).status for c in Scheduled(Iteration(wrong)).claims]
    assert "refuted" in statuses


def test_what_a_schedule_needs() -> None:
    chebyshev = sm.catalog["chebyshev"]
    for arguments, message in (
        ({"mu": 1.0}, "missing L"),
        ({}, "missing mu, L"),
        ({"mu": 1.0, "L": 2.0, "nu": 1.0}, "unknown parameter 'nu'"),
        ({"mu": 1.0, "L": 2.0, "alpha": 1.0}, "unknown parameter 'mu'"),
    ):
        with pytest.raises(TypeError, match=message):
            chebyshev.run(lambda w: w, [1.0], 2, **arguments)
    with pytest.raises(sm.NotDerivedError, match="no schedule"):
        _ = sm.analyze("heavy-ball").schedule.given
    for bad in (-1, 1.5, True):
        with pytest.raises(sm.ArgumentError, match="non-negative integer"):
            sm.analyze("chebyshev").schedule.residual_polynomial(bad)
