"""The simulation of stochastic gradients: against recursions written out here, against the theory, and against itself."""

from __future__ import annotations

import io
import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum import simulation
from symmomentum.simulation import DISTRIBUTIONS, Estimate, simulate
from symmomentum.symbols import lam as curvature
from symmomentum.symbols import parameter

MANY = 400_000  # the standard error of a Gaussian variance is sqrt(2/MANY) of it: 0.22 %


# The first and second moments, by matrices that are written out here --------------------------------------------------


@dataclass(frozen=True)
class Exact:
    """A method on one mode: the matrix, one column for each gradient error, the state at rest at w = 1; w comes last."""

    name: str
    parameters: dict[str, float]
    matrix: Callable[..., Any]
    inputs: Callable[..., Any]
    rest: tuple[float, ...]
    steps: int = 30

    def moments(self, lam: float, w0: float, deviation: float, steps: int) -> list[tuple[float, float]]:
        """Mean and variance of w^0 ... w^steps."""
        R = np.atleast_2d(np.array(self.matrix(lam, **self.parameters), float))
        B = np.array(self.inputs(lam, **self.parameters), float).reshape(len(R), -1)
        m, V = w0 * np.array(self.rest), np.zeros_like(R)
        found = [(float(m[-1]), float(V[-1, -1]))]
        for _ in range(steps):
            m, V = R @ m, R @ V @ R.T + deviation**2 * B @ B.T
            found.append((float(m[-1]), float(V[-1, -1])))
        return found


EXACT = (
    Exact(
        "gradient-descent",
        {"alpha": 0.3},
        lambda lam, alpha: 1 - alpha * lam,
        lambda lam, alpha: -alpha,
        (1,),
    ),
    Exact(
        "heavy-ball",
        {"alpha": 0.25, "beta": 0.5},
        lambda lam, alpha, beta: [[beta, lam], [-alpha * beta, 1 - alpha * lam]],
        lambda lam, alpha, beta: [1, -alpha],
        (0, 1),
    ),
    Exact(
        "nesterov",
        {"alpha": 0.3, "beta": 0.6},
        lambda lam, alpha, beta: [[beta, lam], [-alpha * beta**2, 1 - alpha * (1 + beta) * lam]],
        lambda lam, alpha, beta: [1, -alpha * (1 + beta)],
        (0, 1),
    ),
    Exact(
        "quasi-hyperbolic",
        {"alpha": 0.8, "beta": 0.7, "nu": 0.6},
        lambda lam, alpha, beta, nu: [
            [beta, (1 - beta) * lam],
            [-alpha * nu * beta, 1 - alpha * (1 - nu * beta) * lam],
        ],
        lambda lam, alpha, beta, nu: [1 - beta, -alpha * (1 - nu * beta)],
        (0, 1),
    ),
    Exact(
        "extragradient",
        {"alpha": 0.5},
        lambda lam, alpha: 1 - alpha * lam + (alpha * lam) ** 2,
        # The error of the first call moves the point of the second.
        lambda lam, alpha: [alpha**2 * lam, -alpha],
        (1,),
    ),
    Exact(
        "lookahead",
        {"alpha": 0.3, "nu": 0.5},
        lambda lam, alpha, nu: 1 - nu + nu * (1 - alpha * lam) ** 5,
        lambda lam, alpha, nu: [-nu * alpha * (1 - alpha * lam) ** i for i in range(5)],
        (1,),
        steps=12,
    ),
)
BY_NAME = {e.name: e for e in EXACT}


@pytest.mark.parametrize("exact", EXACT, ids=lambda e: e.name)
def test_means_and_variances_are_those_of_the_recursion(exact: Exact) -> None:
    lam, w0, deviation = 1.2, -2.0, 0.7
    at = (0, 1, 2, 5, exact.steps)
    found = simulate(exact.name, lam, w0, exact.steps, noise=deviation, replicas=MANY, record=at, **exact.parameters)
    moments = exact.moments(lam, w0, deviation, exact.steps)
    for step in at:
        mean, variance = moments[step]
        assert found.mean.at(step).within(mean)
        assert found.variance.at(step).within(variance)
        assert found.second_moment.at(step).within(mean**2 + variance)
        assert found.loss.at(step).within(lam / 2 * (mean**2 + variance))
        if step:
            assert found.variance.at(step).standard_error < 0.0025 * variance


def test_an_error_of_one_percent_would_be_noticed() -> None:
    exact = BY_NAME["heavy-ball"]
    lam, w0, steps = 1.0, 0.0, 40
    found = simulate("heavy-ball", lam, w0, steps, noise=1.0, replicas=1_000_000, record=[steps], **exact.parameters)
    _, variance = exact.moments(lam, w0, 1.0, steps)[steps]
    for estimate, true in ((found.variance.at(steps), variance), (found.loss.at(steps), lam / 2 * variance)):
        assert estimate.standard_error < 0.0025 * true
        assert estimate.within(true)
        assert not estimate.within(1.01 * true)
        assert not estimate.within(0.99 * true)


# The theory -----------------------------------------------------------------------------------------------------------


def numbers(expression: Any, lam: float, parameters: dict[str, float], **others: Any) -> Any:
    values = {parameter(n): v for n, v in {**parameters, **others}.items()} | {curvature: lam}
    return expression.subs(values)


@pytest.mark.parametrize("exact", EXACT, ids=lambda e: e.name)
def test_the_theory_s_losses(exact: Exact) -> None:
    lam, w0, deviation, last = 0.8, 3, 0.5, 40
    found = simulate(exact.name, lam, w0, last, noise=deviation, replicas=40_000, **exact.parameters)
    noise = sm.analyze(exact.name).noise
    for step in (0, 1, 2, 4):
        loss = numbers(noise.expected_loss(step, w0, sympy.Rational(1, 4)), lam, exact.parameters)
        assert found.loss.at(step).within(loss)
        assert not found.loss.at(step).within(1.1 * loss)
    assert found.variance.at(last).within(numbers(noise.stationary_variance, lam, exact.parameters) * deviation**2)
    assert found.loss.at(last).within(numbers(noise.stationary_loss, lam, exact.parameters) * deviation**2)


def test_averages() -> None:
    """Polyak-Ruppert's: the mean of all points, by its schedule, and what its variance tends to."""
    alpha, lam, w0, steps = 0.5, 1.0, 2.0, 400
    at = (1, 10, 100, steps)
    found = simulate("polyak-ruppert", lam, w0, steps, noise=1.0, alpha=alpha, replicas=30_000, record=at)
    # The mean of u^0 ... u^k is a sum of the errors, each with the weight of what it adds to later points.
    r = 1 - alpha * lam
    for k in at:
        weights = [alpha * sum(r**i for i in range(k - j)) / (k + 1) for j in range(k)]
        mean, variance = w0 * sum(r**i for i in range(k + 1)) / (k + 1), sum(x * x for x in weights)
        assert found.mean.at(k).within(mean)
        assert found.variance.at(k).within(variance)
    limit = numbers(sm.analyze("gradient-descent").noise.average_variance, lam, {"alpha": alpha})
    assert abs(steps * found.variance.at(steps).value / float(limit) - 1) < 0.03


def test_an_exponential_average() -> None:
    at = {"alpha": 0.5, "gamma": 0.2}
    found = simulate("polyak-ruppert", 1.5, 1.0, 80, noise=2.0, replicas=40_000, record=[80], **at)
    variance = numbers(sm.analyze("polyak-ruppert").noise.stationary_variance, 1.5, at)
    assert found.variance.at(80).within(4 * variance)


@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball", "nesterov", "extragradient"])
def test_noise_in_proportion_to_the_gradient(name: str) -> None:
    exact, lam, w0, s = BY_NAME[name], 1.2, 2, 0.4
    at = (0, 1, 2, 4)
    found = simulate(name, lam, w0, 4, relative_noise=s, replicas=MANY // 2, record=at, **exact.parameters)
    mean_square = sm.analyze(name).noise.mean_square
    moments = exact.moments(lam, w0, 0.0, 4)
    for step in at:
        second = numbers(mean_square.second_moment(step, w0)[-1, -1], lam, exact.parameters, s=s)
        assert found.second_moment.at(step).within(second)
        assert not found.second_moment.at(step).within(1.05 * second)
        assert found.mean.at(step).within(moments[step][0])


def test_noise_in_proportion_by_hand() -> None:
    """The square is multiplied by the mean square of a factor: with one call, and with two that are independent."""
    lam, s, steps, alpha = 1.0, 0.5, 6, 0.4
    a = alpha * lam
    one = (1 - a) ** 2 + (a * s) ** 2
    two = 1 - 2 * a * (1 - a) + a**2 * (1 + s**2) * ((1 - a) ** 2 + (a * s) ** 2)
    for name, factor in (("gradient-descent", one), ("extragradient", two)):
        found = simulate(name, lam, 1.0, steps, relative_noise=s, replicas=MANY, record=[1, steps], alpha=alpha)
        for k in (1, steps):
            assert found.second_moment.at(k).within(factor**k)


def test_noise_of_both_kinds() -> None:
    alpha, lam, s = 0.5, 1.0, 0.6
    found = simulate(
        "gradient-descent", lam, 0.0, 60, noise=1.0, relative_noise=s, replicas=MANY, record=[60], alpha=alpha
    )
    second = alpha**2 / (1 - (1 - alpha * lam) ** 2 - (alpha * s * lam) ** 2)
    assert found.second_moment.at(60).within(second)
    theory = sm.analyze("gradient-descent").noise.mean_square.stationary_variance
    assert found.second_moment.at(60).within(numbers(theory, lam, {"alpha": alpha}, s=s))


# Several dimensions ---------------------------------------------------------------------------------------------------

A = np.array([[2.0, 0.6, 0.1], [0.6, 1.0, -0.3], [0.1, -0.3, 0.5]])
C = np.array([[1.0, -0.5, 0.2], [-0.5, 2.0, 0.3], [0.2, 0.3, 0.4]])
START = np.array([1.0, -2.0, 0.5])
HEAVY_BALL = {"alpha": 0.3, "beta": 0.5}


def of_heavy_ball(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of w, by matrices over all six variables."""
    alpha, beta = HEAVY_BALL.values()
    eye = np.eye(3)
    R = np.block([[beta * eye, A], [-alpha * beta * eye, eye - alpha * A]])
    B = np.vstack([eye, -alpha * eye])
    m, V = np.append(np.zeros(3), START), np.zeros((6, 6))
    for _ in range(steps):
        m, V = R @ m, R @ V @ R.T + B @ C @ B.T
    return m[3:], V[3:, 3:]


@pytest.mark.parametrize("distribution", ["gaussian", "rademacher"])
def test_a_covariance_that_does_not_commute_with_the_hessian(distribution: str) -> None:
    assert np.abs(A @ C - C @ A).max() > 0.5
    found = simulate(
        "heavy-ball",
        A,
        START,
        40,
        noise=C,
        distribution=distribution,
        replicas=100_000,
        record=[1, 2, 5, 40],
        covariance=True,
        **HEAVY_BALL,
    )
    noise = sm.analyze("heavy-ball").noise.on(A, C, **HEAVY_BALL)
    for step in (1, 2, 5, 40):
        mean, covariance = of_heavy_ball(step)
        loss = (mean @ A @ mean + np.trace(A @ covariance)) / 2
        assert found.mean.at(step).within(mean).all()
        assert found.covariance.at(step).within(covariance).all()
        assert not found.covariance.at(step).within(1.05 * covariance).all()
        assert found.variance.at(step).within(covariance.diagonal()).all()
        assert found.loss.at(step).within(loss)
        assert found.covariance.at(step).within(noise.covariance(step)[-1, -1]).all()
        assert found.loss.at(step).within(sum(noise.expected_loss(step, START)))
    assert found.covariance.at(40).within(noise.iterate_covariance).all()
    assert found.loss.at(40).within(noise.stationary_loss)


def test_a_quadratic_problem() -> None:
    """Its minimizer is not 0; the losses are those above the minimum, and distances are from the minimizer."""
    problem = sm.problems.convex_rosenbrock(5, 9)
    w0 = np.zeros(5)
    optimum, hessian = np.array(problem.minimizer, float), np.array(problem.A.tolist(), float)
    found = simulate("nesterov", problem, w0, 20, noise=0.2, alpha=0.2, beta=0.5, replicas=20_000, covariance=True)
    assert found.loss.at(0).within(problem.value(w0) - float(problem.value(problem.minimizer)))
    noise = sm.analyze("nesterov").noise.on(hessian, 0.04, alpha=0.2, beta=0.5)
    for step in (1, 5, 20):
        assert found.loss.at(step).within(sum(noise.expected_loss(step, w0 - optimum)))
        assert found.covariance.at(step).within(noise.covariance(step)[-1, -1]).all()
    path = sm.catalog["nesterov"].run(problem.gradient, w0, 20, alpha=0.2, beta=0.5)
    assert found.mean.within(path).all()
    squares = (path - optimum) ** 2 + np.array([noise.covariance(k)[-1, -1].diagonal() for k in range(21)])
    assert found.second_moment.within(squares).all()


def test_a_problem_of_which_no_matrix_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = sm.problems.convex_rosenbrock(6, 9.0)
    given = dict(noise=0.1, alpha=0.3, replicas=50, seed=2)
    whole = simulate("gradient-descent", problem, np.zeros(6), 5, **given)
    monkeypatch.setattr(simulation, "MOST_IN_A_MATRIX", 3)
    rows = simulate("gradient-descent", problem, np.zeros(6), 5, **given)
    np.testing.assert_allclose(rows.loss.value, whole.loss.value, rtol=1e-12)


def test_a_problem_with_many_minimizers() -> None:
    problem = sm.problems.Quadratic(operator=sm.problems.graph_laplacian("path", 4), b=(1, 0, 0, -1))
    A = np.array(problem.A.tolist(), float)
    w0 = np.array([1.0, 0, 0, 5])
    found = simulate("gradient-descent", problem, w0, 10, noise=0.3, alpha=0.2, replicas=20_000)
    noise = sm.analyze("gradient-descent").noise.on(A, 0.09, alpha=0.2)
    optimum = np.array([1.5, 0.5, -0.5, -1.5])
    np.testing.assert_allclose(found.minimizer, optimum)
    assert found.loss.within([sum(noise.expected_loss(k, w0 - optimum)) for k in range(11)]).all()
    floats = sm.problems.Quadratic(operator=problem.operator, b=np.array([1.0, 0, 0, -1]))
    again = simulate("gradient-descent", floats, w0, 10, noise=0.3, alpha=0.2, replicas=20_000)
    np.testing.assert_allclose(again.loss.value, found.loss.value)
    unbounded = sm.problems.Quadratic(operator=problem.operator, b=np.array([1.0, 0, 0, 0]))
    with pytest.raises(sm.ArgumentError, match="no minimizer: it is unbounded below"):
        simulate("gradient-descent", unbounded, w0, 10, noise=0.3, alpha=0.2)


def test_modes_with_deviations_of_their_own() -> None:
    lams, deviations, alpha = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.0, 0.5]), 0.4
    found = simulate("gradient-descent", lams, 1.0, 50, noise=deviations, replicas=50_000, record=[50], alpha=alpha)
    r = 1 - alpha * lams
    variances = alpha**2 * deviations**2 * (1 - r**100) / (1 - r**2)
    assert found.variance.at(50).within(variances).all()
    assert found.loss.at(50).within(lams @ (variances + r**100) / 2)


# Distributions, seeds, blocks -----------------------------------------------------------------------------------------


def test_the_distribution_does_not_matter() -> None:
    exact = BY_NAME["heavy-ball"]
    mean, variance = exact.moments(1.2, 1.0, 0.7, 3)[-1]
    errors = []
    for name in DISTRIBUTIONS:
        found = simulate("heavy-ball", 1.2, 1.0, 3, noise=0.7, distribution=name, replicas=MANY, **exact.parameters)
        assert found.mean.at(3).within(mean)
        assert found.variance.at(3).within(variance)
        errors.append(float(found.variance.at(1).standard_error))
    # They do differ: the fourth moments are in the order of 1, 1.8, 3 and 6.
    gaussian, rademacher, uniform, laplace = errors
    assert 20 * rademacher < uniform < gaussian < laplace
    assert (laplace / gaussian) ** 2 == pytest.approx((6 - 1) / (3 - 1), rel=0.05)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions_have_mean_zero_and_variance_one(name: str) -> None:
    x = DISTRIBUTIONS[name](np.random.default_rng(5), (300, 1000))
    assert x.shape == (300, 1000)
    assert abs(x.mean()) < 4 / math.sqrt(x.size)
    assert abs((x**2).mean() - 1) < 4 * (x**2).std() / math.sqrt(x.size) + 1e-12


def test_the_same_seed_gives_the_same_numbers() -> None:
    def values(seed: int, replicas: int = 20_000) -> list[np.ndarray]:
        found = simulate("heavy-ball", 1.0, 1.0, 5, noise=0.5, replicas=replicas, seed=seed, **HEAVY_BALL)
        return [e.value for e in (found.mean, found.variance, found.loss)]

    assert all(np.array_equal(a, b) for a, b in zip(values(1), values(1), strict=True))
    assert all((a[1:] != b[1:]).all() for a, b in zip(values(1), values(2), strict=True))


def test_chunks_have_streams_of_their_own() -> None:
    """Whole chunks are the same however many follow, and no two are the same."""
    seen: list[np.ndarray] = []
    given = dict(noise=1.0, record=[1], alpha=0.5, loss=lambda w: seen.append(w.copy()) or w**2)
    simulate("gradient-descent", 1.0, 1.0, 1, replicas=20_000, **given)
    simulate("gradient-descent", 1.0, 1.0, 1, replicas=10_000, **given)
    sizes = [simulation.NUMBERS_AT_ONCE] * 2 + [20_000 - 2 * simulation.NUMBERS_AT_ONCE]
    assert [len(x) for x in seen[:3]] == sizes
    assert np.array_equal(seen[3], seen[0])
    assert not set(seen[0]) & set(seen[1])


def test_every_gradient_call_has_an_error_of_its_own() -> None:
    drawn: list[np.ndarray] = []

    def noise(rng: np.random.Generator, gradient: np.ndarray) -> np.ndarray:
        drawn.append(rng.standard_normal(gradient.shape))
        return drawn[-1]

    simulate("lookahead", 1.0, np.ones((2, 2)), 3, noise=noise, alpha=0.1, nu=0.5, replicas=10)
    assert [x.shape for x in drawn] == [(10, 2, 2)] * 15
    assert len({float(y) for x in drawn for y in x.flat}) == 600


@pytest.mark.parametrize(("center", "scale"), [(1e4, 0.01), (2.0, 1.0)])
def test_all_is_computed_from_the_replicas_that_the_rule_made(center: float, scale: float) -> None:
    """Chunk after chunk, as from all replicas at once: with a mean far away, where cancellation would show, with errors that are
    skew, and with chunks that differ much."""
    seen: dict[int, list[np.ndarray]] = {}
    count = itertools.count()

    def loss(w: np.ndarray) -> np.ndarray:
        seen.setdefault(next(count) % 2, []).append(w)
        return w.sum(axis=1) ** 3

    def noise(rng: np.random.Generator, gradient: np.ndarray) -> np.ndarray:
        x = rng.exponential(size=gradient.shape) + rng.standard_normal(3)
        return scale * x @ [[1, 0.5, 0], [0, 1, 0], [0, -0.5, 2]]

    n, target = 10_000, np.array([1.0, 2.0, 3.0])
    found = simulate(
        "gradient-descent", lambda w: w - center, [center] * 3, 4, noise=noise, replicas=n, record=[2, 4],
        covariance=True, loss=loss, minimizer=target, alpha=0.5,
    )  # fmt: skip
    single = simulate(
        "gradient-descent", lambda w: w - center, [center] * 3, 4, noise=noise, replicas=n, record=[2, 4],
        minimizer=target, alpha=0.5,
    )  # fmt: skip
    for i, step in enumerate((2, 4)):
        w = np.concatenate(seen[i])
        assert w.shape == (n, 3)
        d = w - w.mean(axis=0)
        products = d[:, :, None] * d[:, None, :]
        error = products.std(axis=0) / math.sqrt(n)
        np.testing.assert_allclose(found.covariance.at(step).value, np.cov(w.T), rtol=1e-8)
        np.testing.assert_allclose(found.covariance.at(step).standard_error, error, rtol=1e-3)
        for x in (found, single):
            np.testing.assert_allclose(x.mean.at(step).value, w.mean(axis=0), rtol=1e-13)
            np.testing.assert_allclose(x.mean.at(step).standard_error, w.std(axis=0, ddof=1) / math.sqrt(n), rtol=1e-9)
            np.testing.assert_allclose(x.variance.at(step).value, w.var(axis=0, ddof=1), rtol=1e-9)
            np.testing.assert_allclose(x.variance.at(step).standard_error, error.diagonal(), rtol=1e-3)
        squares = (w - target) ** 2
        for estimate, x in (
            (found.second_moment, squares),
            (single.second_moment, squares),
            (found.loss, w.sum(axis=1) ** 3),
        ):
            np.testing.assert_allclose(estimate.at(step).value, x.mean(axis=0), rtol=1e-12)
            error = x.std(axis=0, ddof=1) / math.sqrt(n)
            np.testing.assert_allclose(estimate.at(step).standard_error, error, rtol=1e-7)


def test_standard_errors_are_the_deviations_of_the_estimates() -> None:
    """Over 400 small simulations, the distance from the truth has a mean square of one standard error, and intervals of 90 %
    hold the truth in 90 % of them."""
    lams, C2, alpha, w0, runs = np.array([1.0, 0.5]), np.array([[1.0, 0.4], [0.4, 0.5]]), 0.4, 2.0, 400
    r = 1 - alpha * lams
    V = sum(alpha**2 * np.outer(r**i, r**i) * C2 for i in range(4))
    mean = w0 * r**4
    truth = {
        "mean": mean,
        "variance": V.diagonal(),
        "second_moment": mean**2 + V.diagonal(),
        "covariance": V,
        "loss": lams @ (mean**2 + V.diagonal()) / 2,
    }
    off: dict[str, list[np.ndarray]] = {n: [] for n in truth}
    held: dict[str, list[np.ndarray]] = {n: [] for n in truth}
    for seed in range(runs):
        found = simulate(
            "gradient-descent", lams, w0, 4, noise=C2, replicas=400, seed=seed, record=[4], covariance=True, alpha=alpha
        )
        for name, true in truth.items():
            estimate = getattr(found, name).at(4)
            low, high = estimate.interval(0.9)
            off[name].append((estimate.value - true) / estimate.standard_error)
            held[name].append((low <= true) & (true <= high))
    for name, true in truth.items():
        one = np.ones(np.shape(true))
        assert np.sqrt(np.mean(np.square(off[name]), axis=0)) == pytest.approx(one, abs=0.12)
        assert np.mean(held[name], axis=0) == pytest.approx(0.9 * one, abs=0.05)


# The rule, its parameters and the gradient ----------------------------------------------------------------------------


def test_without_noise_it_is_the_method() -> None:
    """For every method of the catalog, those with schedules and with a decay among them."""
    gradient = np.array([0.5, 1.0])
    for name, method in sm.catalog.items():
        given = method.schedule.given if method.schedule else method.parameters
        values = {n: {"mu": 0.5, "L": 1.0, "alpha": 0.2}.get(n, 0.1 + 0.1 * i) for i, n in enumerate(given)}
        path = method.run(lambda w: gradient * w, [1.0, -2.0], 6, **values)
        found = simulate(name, gradient, [1.0, -2.0], 6, noise=0, replicas=2, **values)
        np.testing.assert_allclose(found.mean.value, path, rtol=1e-13, atol=1e-15)
        assert found.loss.within((gradient * path**2).sum(axis=1) / 2).all()
        assert (found.mean.standard_error < 1e-15).all()


def test_every_method_of_the_catalog() -> None:
    """Three steps, against the recursion with a matrix that comes from running the rule on unit vectors."""
    lam, w0, deviation = 1.3, 2.0, 0.5
    for name, method in sm.catalog.items():
        values = {n: 0.1 + 0.15 * i for i, n in enumerate(method.parameters)}
        size, calls = len(method.state), method.gradient_calls

        def step(state: Any, errors: Any, method: Any = method, values: Any = values) -> np.ndarray:
            own = iter(errors)
            return np.array(method(*map(np.float64, state), lambda y: lam * y + next(own), **values)).reshape(-1)

        R = np.column_stack([step(unit, np.zeros(calls)) for unit in np.eye(size)])
        B = np.column_stack([step(np.zeros(size), unit) for unit in np.eye(calls)])
        w, V = method.state.index("w"), np.zeros_like(R)
        path = method.run(lambda y: lam * y, w0, 3, **values)
        found = simulate(name, lam, w0, 3, noise=deviation, replicas=100_000, **values)
        assert found.mean.within(path).all(), name
        for k in (1, 2, 3):
            V = R @ V @ R.T + deviation**2 * B @ B.T
            assert found.variance.at(k).within(V[w, w]), name


def test_parameters_of_every_step() -> None:
    """Lists, arrays and endless iterators; beside them numbers, for all steps. Decreasing steps, by hand."""
    alphas = [1 / (k + 2) for k in range(20)]
    variance, mean = 0.0, 1.0
    for alpha in alphas:
        variance, mean = (1 - alpha) ** 2 * variance + 0.25 * alpha**2, (1 - alpha) * mean
    for given in (alphas, np.array(alphas), (1 / (k + 2) for k in itertools.count())):
        found = simulate("gradient-descent", 1.0, 1.0, 20, noise=0.5, alpha=given, replicas=20_000)
        assert found.variance.at(20).within(variance)
        assert found.mean.at(20).within(mean)

    chebyshev = sm.catalog["chebyshev"]
    each = [*itertools.islice(chebyshev.schedule.values(mu=0.5, L=2.0), 10)]
    at = {n: [x[n] for x in each] for n in ("alpha", "beta")}
    one = simulate("chebyshev", 1.0, 1.0, 10, noise=0.5, mu=0.5, L=2.0, replicas=100)
    two = simulate("heavy-ball-two-step", 1.0, 1.0, 10, noise=0.5, replicas=100, **at)
    assert np.array_equal(one.mean.value, two.mean.value)
    three = simulate("heavy-ball", 1.0, 1.0, 2, noise=0.5, alpha=[0.5, 0.25], beta=sympy.Rational(1, 2), replicas=100)
    assert three.loss.value.shape == (3,)


def test_a_rule_of_one_s_own() -> None:
    """With in-place arithmetic, a whole number to count with and an exact default."""

    @sm.method
    def rule(z, w, grad, *, alpha, beta=Fraction(1, 2)):
        z *= beta
        z += grad(w)
        w -= alpha * z
        return z, w

    found = simulate(rule, 1.0, 1.0, 5, noise=0.5, alpha=0.25, replicas=1000)
    same = simulate("heavy-ball", 1.0, 1.0, 5, noise=0.5, alpha=0.25, beta=0.5, replicas=1000)
    np.testing.assert_allclose(found.mean.value, same.mean.value, rtol=1e-14)

    counting = sm.Method.from_rule(several)
    found = simulate(counting, 1.0, 1.0, 1, noise=0.0, alpha=0.5, calls=np.int64(3), replicas=2)
    assert found.mean.at(1).within(0.125)


def several(w, grad, *, alpha, calls):
    for _ in range(calls):
        w = w - alpha * grad(w)
    return w


def test_a_gradient_and_noise_of_one_s_own() -> None:
    """Minibatches of least squares, one sample a step; w is a matrix. The loss is that of all samples."""
    rng = np.random.default_rng(3)
    X, Y = rng.standard_normal((8, 2)), rng.standard_normal((8, 2))

    def gradient(w: np.ndarray) -> np.ndarray:
        return X.T @ (X @ w - Y) / 8

    def loss(w: np.ndarray) -> np.ndarray:
        return ((X @ w - Y) ** 2).sum(axis=(1, 2)) / 16

    best = np.linalg.lstsq(X, Y, rcond=None)[0]
    points: list[np.ndarray] = []

    def sampled(rng: np.random.Generator, full: np.ndarray) -> np.ndarray:
        # X^T X has an inverse, so that the gradient tells where it was taken.
        w = best + np.linalg.solve(X.T @ X / 8, full)
        i = rng.integers(8, size=len(w))
        one = X[i][:, :, None] * (np.einsum("ri,rij->rj", X[i], w) - Y[i])[:, None, :]
        points.append(w)
        return one - full

    n, alpha = 100_000, 0.1
    found = simulate(
        "gradient-descent",
        gradient,
        np.ones((2, 2)),
        2,
        noise=sampled,
        alpha=alpha,
        loss=loss,
        minimizer=best,
        replicas=n,
    )
    np.testing.assert_allclose(points[0], np.ones_like(points[0]), atol=1e-12)
    # All 64 pairs of samples.
    ends = []
    for i, j in itertools.product(range(8), repeat=2):
        w = np.ones((2, 2))
        for s in (i, j):
            w = w - alpha * np.outer(X[s], X[s] @ w - Y[s])
        ends.append(w)
    w = np.array(ends)
    assert found.mean.at(2).within(w.mean(axis=0)).all()
    assert found.variance.at(2).within(w.var(axis=0)).all()
    assert found.second_moment.at(2).within(((w - best) ** 2).mean(axis=0)).all()
    assert found.loss.at(2).within(loss(w).mean())


def test_the_gradient_is_nobody_s_to_change() -> None:
    def gradient(w: np.ndarray) -> np.ndarray:
        w *= 0.5
        return w

    def noise(rng: np.random.Generator, full: np.ndarray) -> np.ndarray:
        full[...] = 7
        return 0 * full

    found = simulate("gradient-descent", gradient, 1.0, 2, noise=noise, alpha=1.0, replicas=2)
    assert found.mean.value == pytest.approx([1, 0.5, 0.25])


# What does not go well ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("covariance", [False, True])
def test_overflow_is_infinite_and_says_when(covariance: bool) -> None:
    found = simulate(
        "heavy-ball", [1.0, 2.0], 1.0, 1000, noise=0.5, alpha=4.0, beta=0.5, replicas=5000, covariance=covariance
    )
    assert found.diverged is not None
    assert 300 < found.diverged < 1000
    last = found.diverged
    assert np.isfinite(found.mean.at(last - 10).value).all()
    assert "diverged at step" in repr(found)
    for estimate in (found.loss, found.variance, found.second_moment):
        assert estimate.at(1000).within(np.inf).all()
        assert not estimate.at(1000).within(1.0).any()
        assert np.isinf(estimate.at(1000).interval()).all()
        assert np.isfinite(estimate.at(50).standard_error).all()
        assert not np.isnan(estimate.value).any()
    assert np.isnan(found.mean.at(1000).value).all()
    assert simulate("heavy-ball", 1.0, 1.0, 5, noise=0.5, replicas=2, **HEAVY_BALL).diverged is None


def test_a_noise_that_is_not_a_number_shows() -> None:
    found = simulate("gradient-descent", 1.0, 1.0, 3, noise=lambda rng, g: g * math.nan, alpha=0.1, replicas=2)
    assert found.diverged == 1
    assert not found.mean.at(1).within(0.9)


GOOD: dict[str, Any] = {"method": "heavy-ball", "problem": 1.0, "w0": 1.0, "steps": 3, "noise": 0.5, **HEAVY_BALL}


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"replicas": -5}, sm.ArgumentError, "replicas must be an integer of at least 2; given -5"),
        ({"replicas": 1}, sm.ArgumentError, "replicas must be an integer of at least 2; given 1"),
        ({"replicas": 10.0}, sm.ArgumentError, "replicas must be an integer"),
        ({"steps": -1}, sm.ArgumentError, "steps must be an integer of at least 0; given -1"),
        ({"steps": True}, sm.ArgumentError, "steps must be an integer"),
        ({"seed": -1}, sm.ArgumentError, "seed must be an integer of at least 0; given -1"),
        ({"seed": None}, sm.ArgumentError, "seed must be an integer"),
        ({"distribution": "gausian"}, sm.ArgumentError, "unknown distribution 'gausian'; did you mean 'gaussian'?"),
        ({"distribution": 3}, sm.ArgumentError, "unknown distribution 3; known: gaussian, laplace"),
        ({"distribution": ["gaussian"]}, sm.ArgumentError, "unknown distribution"),
        ({"noise": None}, sm.ArgumentError, "give noise=.* or relative_noise="),
        ({"noise": -1.0}, sm.ArgumentError, "a standard deviation is not negative; given -1.0"),
        ({"noise": "gaussian"}, sm.ArgumentError, "noise .* must be real numbers; given 'gaussian'"),
        ({"noise": [1.0, 2.0]}, sm.ArgumentError, r"noise must be a standard deviation.*; given shape \(2,\)"),
        ({"noise": math.inf}, sm.ArgumentError, "noise .* must be finite"),
        ({"problem": A, "w0": START, "noise": np.diag([1, 1, -1])}, sm.ArgumentError, "no negative eigenvalue.* -1"),
        ({"problem": A, "w0": START, "noise": np.triu(np.ones((3, 3)))}, sm.ArgumentError, "a symmetric matrix"),
        ({"noise": lambda rng, g: g[:2]}, sm.MethodError, r"the noise has shape \(2,\); expected \(8192,\)"),
        ({"relative_noise": -0.5}, sm.ArgumentError, "relative_noise must be a number that is not negative"),
        ({"relative_noise": [0.5]}, sm.ArgumentError, "relative_noise must be a number that is not negative"),
        ({"problem": "a"}, sm.ArgumentError, "the problem .* must be real numbers; given 'a'"),
        ({"problem": 1j}, sm.ArgumentError, "the problem .* must be real numbers"),
        ({"problem": np.ones((1, 1, 1))}, sm.ArgumentError, r"a number or an array of shape \(n,\)"),
        ({"problem": np.ones((2, 3))}, sm.ArgumentError, r"a Hessian is a square matrix; given shape \(2, 3\)"),
        ({"problem": A + np.eye(3, k=1)}, sm.ArgumentError, "a Hessian is a symmetric matrix"),
        ({"problem": A, "w0": [1.0, 2.0]}, sm.ArgumentError, r"w0 must have shape \(3,\)"),
        ({"problem": [1.0, 2.0], "w0": [1, 2, 3]}, sm.ArgumentError, r"curvatures has shape \(2,\).* w0, \(3,\)"),
        ({"problem": lambda w: w[:1]}, sm.MethodError, r"the gradient has shape \(1,\); expected \(8192,\)"),
        ({"problem": lambda w: w, "minimizer": [1, 2]}, sm.ArgumentError, "the minimizer must have the shape of w0"),
        ({"minimizer": 0.0}, sm.ArgumentError, "the minimizer of this problem is known"),
        ({"loss": 3}, sm.ArgumentError, "loss must be a function of arrays; given 3"),
        ({"loss": lambda w: 0.0}, sm.MethodError, r"the loss has shape \(\); expected \(8192,\)"),
        ({"w0": "x"}, sm.ArgumentError, "w0 must be real numbers; given 'x'"),
        ({"w0": True}, sm.ArgumentError, "w0 must be real numbers; given True"),
        ({"w0": [math.nan]}, sm.ArgumentError, "w0 must be finite"),
        ({"w0": sympy.Symbol("x")}, sm.ArgumentError, "w0 must be real numbers; given x"),
        ({"record": []}, sm.ArgumentError, "at least one step"),
        ({"record": [4]}, sm.ArgumentError, r"none after the last one, 3; given \[4\]"),
        ({"record": [0.5]}, sm.ArgumentError, "a recorded step must be an integer"),
        ({"record": 3}, sm.ArgumentError, "record is an iterable over steps; given 3"),
        ({"alpha": "0.1"}, sm.ArgumentError, "heavy-ball: alpha must be a finite number.*; given '0.1'"),
        ({"alpha": math.inf}, sm.ArgumentError, "heavy-ball: alpha must be a finite number"),
        ({"alpha": [0.1, 0.1]}, sm.ArgumentError, "heavy-ball: alpha has 2 values for 3 steps"),
        ({"alpha": [0.1, "b", 0.1]}, sm.ArgumentError, "heavy-ball: alpha must be a finite number.*; given 'b'"),
        ({"gamma": 1.0}, sm.MethodTypeError, "heavy-ball: unknown parameter 'gamma'"),
        ({"gamma": [1.0] * 3}, sm.MethodTypeError, "heavy-ball: unknown parameter 'gamma'"),
        ({"method": "gradient-descent"}, sm.MethodTypeError, "gradient-descent: unknown parameter 'beta'"),
        ({"method": "nesterof"}, sm.UnknownNameError, "unknown method 'nesterof'; did you mean 'nesterov'"),
        ({"method": several}, sm.MethodTypeError, "expected a method or the name of one"),
    ],
)  # fmt: skip
def test_nonsense_is_an_error_in_one_line(changes: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        simulate(**{**GOOD, **changes})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_missing_parameters_and_taken_names() -> None:
    with pytest.raises(sm.MethodTypeError, match="heavy-ball: missing parameter beta"):
        simulate("heavy-ball", 1.0, 1.0, 3, noise=0.5, alpha=0.1)
    with pytest.raises(sm.MethodTypeError, match="heavy-ball: missing parameter beta"):
        simulate("heavy-ball", 1.0, 1.0, 3, noise=0.5, alpha=[0.1] * 3)
    with pytest.raises(sm.MethodTypeError, match="chebyshev: missing L"):
        simulate("chebyshev", 1.0, 1.0, 3, noise=0.5, mu=0.1)
    taken = sm.Method.from_rule(lambda w, grad, *, noise: w - noise * grad(w), name="taken")
    with pytest.raises(sm.MethodTypeError, match="taken: simulate has an argument 'noise' of its own"):
        simulate(taken, 1.0, 1.0, 3, noise=0.5)
    shrinks = sm.Method.from_rule(lambda w, grad, *, alpha: (w - alpha * grad(w))[:1], name="shrinks")
    shrinks.__dict__["_numeric_rest"] = lambda parameters: (1.0,)
    with pytest.raises(sm.MethodError, match=r"shrinks: the rule returns w with shape \(1,\); expected \(8192,\)"):
        simulate(shrinks, 1.0, 1.0, 3, noise=0.5, alpha=0.1)


def test_what_was_not_asked_for() -> None:
    found = simulate("gradient-descent", lambda w: w, 1.0, 3, noise=0.5, alpha=0.1, replicas=10, record=[3, 1, 1])
    assert found.steps == (1, 3)
    with pytest.raises(sm.ArgumentError, match="not known from the gradient alone"):
        found.loss
    with pytest.raises(sm.ArgumentError, match="say covariance=True"):
        found.covariance
    with pytest.raises(sm.ArgumentError, match=r"step 2 is not recorded; recorded: \(1, 3\)"):
        found.mean.at(2)
    assert repr(found) == "<gradient-descent: 10 replicas>"


# The result -----------------------------------------------------------------------------------------------------------


def test_an_estimate() -> None:
    found = Estimate((0, 5), np.array([1.0, 2.0]), np.array([0.0, 0.1]))
    assert repr(found) == "Estimate(steps=(0, 5), value=array of shape (2,))"
    assert repr(Estimate(tuple(range(9)), np.zeros(9), np.zeros(9))).startswith("Estimate(steps=(0, 1, 2, ..., 8)")
    assert found.within([1.0, 2.39]).tolist() == [True, True]
    assert found.within([1.0 + 1e-9, 2.41]).tolist() == [False, False]
    assert found.within(1.0 + 1e-14).tolist() == [True, False]
    assert found.within([sympy.Integer(1), sympy.Rational(9, 4)], sigmas=3).tolist() == [True, True]
    assert found.within([math.inf, math.nan]).tolist() == [False, False]
    low, high = found.interval(0.6827)
    np.testing.assert_allclose((low, high), [[1, 1.9], [1, 2.1]], atol=1e-4)
    for level in (0, 1, -1, math.nan):
        with pytest.raises(sm.ArgumentError, match="between 0 and 1"):
            found.interval(level)
    with pytest.raises(sm.ArgumentError, match="sigmas must not be negative"):
        found.within(1.0, sigmas=-1)
    with pytest.raises(sm.ArgumentError, match=r"has shape \(3,\), which does not fit that of the estimate, \(2,\)"):
        found.within([1, 2, 3])
    with pytest.raises(sm.ArgumentError, match="the expected value must be real numbers"):
        found.within(sympy.Symbol("x"))


def test_no_theory_is_loaded() -> None:
    code = (
        "import sys; from symmomentum.simulation import simulate;"
        "simulate('extragradient', [1.0, 2.0], 1.0, 3, noise=0.5, alpha=0.1, replicas=10);"
        "print(*(n for n in sys.modules if n.split('.')[0] in ('sympy', 'rich') or n.startswith('symmomentum.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("errors", "methods", "simulation", "update_rule")
    assert sorted(run.stdout.split()) == [f"symmomentum.{n}" for n in names]
    assert run.stderr == ""


# For who waits --------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In place of standard error; the bar need not wait. To be called in the test: before it, pytest sets that itself."""
    screen = Terminal()
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(simulation, "SECONDS_TO_GUESS", 0.0)
    monkeypatch.setattr(simulation, "SECONDS_BETWEEN_UPDATES", 0.0)
    return screen


def test_a_bar_when_it_takes_long(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    screen = terminal(monkeypatch)
    simulate("gradient-descent", 1.0, 1.0, 20, noise=0.5, alpha=0.1, replicas=10)
    assert screen.getvalue() == ""  # soon done
    monkeypatch.setattr(simulation, "SECONDS_WITHOUT_BAR", 0.0)
    simulate("gradient-descent", 1.0, 1.0, 20, noise=0.5, alpha=0.1, replicas=10)
    assert "simulating" in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_no_bar_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, name in ((io.StringIO(), "xterm"), (Terminal(), "dumb"), (None, "xterm")):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", name)
        monkeypatch.setattr(simulation, "SECONDS_TO_GUESS", 0.0)
        monkeypatch.setattr(simulation, "SECONDS_WITHOUT_BAR", 0.0)
        simulate("gradient-descent", 1.0, 1.0, 5, noise=0.5, alpha=0.1, replicas=10)
        assert stream is None or stream.getvalue() == ""


def test_an_interrupt_passes_and_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setattr(simulation, "SECONDS_WITHOUT_BAR", 0.0)
    steps = itertools.count()

    def noise(rng: np.random.Generator, gradient: np.ndarray) -> np.ndarray:
        if next(steps) == 10:
            raise KeyboardInterrupt
        return 0 * gradient

    with pytest.raises(KeyboardInterrupt):
        simulate("gradient-descent", 1.0, 1.0, 20, noise=noise, alpha=0.1, replicas=10)
    assert "simulating" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")  # the line is wiped
