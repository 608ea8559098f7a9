"""The claims A001 to A070 in numbers: the methods are run, in as many dimensions as one likes, and no formula is trusted."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from symmomentum.problems import article_data, polynomial_regression

RANDOM = np.random.default_rng(2017)


def quadratic(n: int = 6) -> tuple[Any, Any, Any, Any, Any]:
    """A, b, eigenvalues in increasing order, eigenvectors in columns, minimizer."""
    Q, _ = np.linalg.qr(RANDOM.standard_normal((n, n)))
    values = np.sort(RANDOM.uniform(0.1, 3, n))
    A, b = Q @ np.diag(values) @ Q.T, RANDOM.standard_normal(n)
    return A, b, values, Q, np.linalg.solve(A, b)


def momentum(gradient: Any, w: Any, alpha: float, beta: float, steps: int, z: Any = None) -> Any:
    """The iterates, the start first."""
    z = np.zeros_like(w) if z is None else z
    path = [w]
    for _ in range(steps):
        z = beta * z + gradient(w)
        w = w - alpha * z
        path.append(w)
    return np.array(path)


# Introduction ----------------------------------------------------------------------------------------------------------


def test_the_hexagon_is_convex_with_lipschitz_gradient_and_gradient_descent_converges_on_it() -> None:
    nearest = hexagon(0.9, 1.9)
    points = RANDOM.uniform(-3, 3, (60, 2, 2))
    for a, b in points:
        change = nearest(a) - nearest(b)
        assert change @ (a - b) >= change @ change - 1e-12
    for start in RANDOM.uniform(-3, 3, (20, 2)):
        assert np.linalg.norm(momentum(nearest, start, 1.9, 0.0, 600)[-1]) < 1e-9


def test_momentum_goes_round_the_hexagon_from_rest() -> None:
    nearest = hexagon(0.9, 1.9)
    ends = [momentum(nearest, start, 1.9, 0.9, 3000) for start in RANDOM.uniform(-3, 3, (60, 2))]
    rounds = [path for path in ends if np.linalg.norm(path[-1]) > 0.1]
    assert rounds
    for path in rounds:
        assert np.allclose(path[-7], path[-1], atol=1e-6)
        assert not np.allclose(path[-2], path[-1], atol=0.1)


def hexagon(beta: float, product: float) -> Any:
    """The nearest point of the hexagon on which momentum with these parameters can go round."""
    angles = np.arange(6) * np.pi / 3
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    corners = ((1 + beta) * circle - beta * np.roll(circle, 1, axis=0) - np.roll(circle, -1, axis=0)) / product

    def nearest(w: Any) -> Any:
        sides = np.roll(corners, -1, axis=0) - corners
        across = sides[:, 0] * (w - corners)[:, 1] - sides[:, 1] * (w - corners)[:, 0]
        if (across >= 0).all():
            return w
        shares = np.clip(((w - corners) * sides).sum(axis=1) / (sides**2).sum(axis=1), 0, 1)
        candidates = corners + shares[:, None] * sides
        return candidates[((w - candidates) ** 2).sum(axis=1).argmin()]

    return nearest


def test_gradient_descent_stops_at_an_inflection() -> None:
    w = Fraction(1, 2)
    for _ in range(12):
        w -= Fraction(1, 2) * w**2
        w = w.limit_denominator(10**6)
        assert w > 0
    assert w < Fraction(1, 5)


# First steps -----------------------------------------------------------------------------------------------------------


def test_gradient_descent_in_closed_form_in_six_dimensions() -> None:
    A, b, values, Q, best = quadratic()
    start = RANDOM.standard_normal(6)
    path = momentum(lambda w: A @ w - b, start, 0.5, 0.0, 20)
    x = Q.T @ (start - best)
    for k, w in enumerate(path):
        factors = (1 - 0.5 * values) ** k
        assert np.allclose(w - best, Q @ (factors * x))

        def loss(w: Any) -> float:
            return float(w @ A @ w / 2 - b @ w)

        total = float((factors**2 * values * x**2).sum())
        assert math.isclose(loss(w) - loss(best), total / 2, abs_tol=1e-12)
        assert not math.isclose(loss(w) - loss(best), total, rel_tol=1e-3)


def test_the_best_step_size_on_a_grid() -> None:
    _, _, values, _, _ = quadratic()
    sizes = np.linspace(-1, 4, 5001)
    rates = np.abs(1 - sizes[:, None] * values).max(axis=1)
    assert math.isclose(sizes[rates.argmin()], 2 / (values[0] + values[-1]), abs_tol=1e-3)
    assert rates.min() >= (values[-1] / values[0] - 1) / (values[-1] / values[0] + 1) - 1e-12


def test_with_most_step_sizes_the_largest_eigenvalues_are_the_fastest() -> None:
    _, _, values, _, _ = quadratic()
    sizes = np.linspace(0, 2 / values[-1], 2001)[1:-1]
    ordered = (np.diff(np.abs(1 - sizes[:, None] * values), axis=1) < 0).all(axis=1)
    assert ordered.mean() > 0.5
    assert math.isclose(sizes[ordered].max(), 2 / (values[-2] + values[-1]), abs_tol=2e-3)


# Polynomial regression -------------------------------------------------------------------------------------------------


def test_the_most_robust_eigenfeature_stands_first() -> None:
    inputs, observations = article_data()
    fit = polynomial_regression(inputs, observations, 5)
    values, features = fit.eigenfeatures
    Z = np.array([[float(x) ** j for j in range(6)] for x in inputs])
    d = np.array([float(y) for y in observations])
    moved = []
    for i in range(6):
        direction = Z @ features[:, i]  # the perturbation of the observations that moves this coordinate most
        delta = 1e-3 * direction / np.linalg.norm(direction)
        before, after = (np.linalg.lstsq(Z, y, rcond=None)[0] for y in (d, d + delta))
        moved.append(abs(features[:, i] @ (after - before)) / 1e-3)
    assert (np.diff(values) < 0).all()
    assert (np.diff(moved) > 0).all()
    assert np.allclose(moved, values**-0.5, rtol=1e-4)


def test_a_bar_ends_where_three_digits_are_reached() -> None:
    fit = polynomial_regression(*article_data(), 5)
    values = sorted((sympy.Rational(str(v.evalf(60))) for v in fit.spectrum), reverse=True)
    size = sympy.Rational(9, 5) / values[0]
    ends = []
    for value in values:
        factor = abs(1 - size * value)
        end = -3 / sympy.log(factor, 10).evalf(40)
        ends.append(end)
        first = int(sympy.ceiling(end))
        if first < 20_000:  # in exact arithmetic
            assert factor**first <= sympy.Rational(1, 1000) < factor ** (first - 1)
        else:
            assert sympy.Abs(sympy.log(factor, 10).evalf(40) * end + 3) < sympy.Rational(1, 10**20)
    assert max(ends) == ends[-1]


def test_in_the_figure_the_most_robust_eigenspace_is_not_the_fastest() -> None:
    values, _ = polynomial_regression(*article_data(), 5).eigenfeatures
    factors = np.abs(1 - 1.8 * values / values[0])
    assert factors[0] > factors[1]
    assert (np.diff(factors[1:]) > 0).all()


def test_the_features_of_the_article_are_orthogonal_over_its_data() -> None:
    inputs, _ = article_data()
    Z = np.array([[float(x) ** j for j in range(6)] for x in inputs])
    _, Q = np.linalg.eigh(Z.T @ Z)
    right, printed = (M @ Z.T for M in (Q.T, Q))
    assert np.allclose(off_diagonal(right @ right.T), 0)
    assert np.abs(off_diagonal(printed @ printed.T)).max() > 0.1


def off_diagonal(matrix: Any) -> Any:
    return matrix - np.diag(np.diag(matrix))


def test_the_solution_of_tikhonov_regression_minimizes() -> None:
    Z, d, eta = RANDOM.standard_normal((5, 5)), RANDOM.standard_normal(5), 0.3

    def objective(w: Any) -> float:
        return float(((Z @ w - d) ** 2).sum() / 2 + eta / 2 * (w**2).sum())

    right, printed = (np.linalg.solve(Z.T @ Z + eta * np.eye(5), M @ d) for M in (Z.T, Z))
    for _ in range(20):
        assert objective(right) < objective(right + 0.1 * RANDOM.standard_normal(5))
    assert objective(printed) > objective(right)


def test_early_stopping_against_a_run() -> None:
    A, b, values, Q, _ = quadratic()
    path = momentum(lambda w: A @ w - b, np.zeros(6), 0.6, 0.0, 15)
    for k, w in enumerate(path):
        decay = (1 - (1 - 0.6 * values) ** k) / values
        assert np.allclose(w, Q @ (decay * (Q.T @ b)))


# Dynamics --------------------------------------------------------------------------------------------------------------


def test_the_change_of_basis_in_six_dimensions() -> None:
    A, b, values, Q, best = quadratic()
    w, z = RANDOM.standard_normal(6), RANDOM.standard_normal(6)
    z_after = 0.7 * z + A @ w - b
    w_after = w - 0.4 * z_after
    fits = []
    for M in (Q.T, Q):
        y, x = M @ z, M @ (w - best)
        y_after = 0.7 * y + values * x
        fits.append(np.allclose(M @ z_after, y_after) and np.allclose(M @ (w_after - best), x - 0.4 * y_after))
    assert fits == [True, False]


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.2), (1.2, 0.7), (3.4, 0.8), (0.02, 0.5)])
def test_the_power_of_the_matrix_with_real_and_complex_eigenvalues(alpha: float, beta: float) -> None:
    lam = 1.0
    R = np.array([[beta, lam], [-alpha * beta, 1 - alpha * lam]])
    first, second = np.roots([1, -(1 + beta - alpha * lam), beta]).astype(complex)
    one, two = ((R - s * np.eye(2)) / (first - second) for s in (first, second))
    for k in range(6):
        power = np.linalg.matrix_power(R, k)
        assert np.allclose(first**k * two - second**k * one, power)
        assert not np.allclose(first**k * one - second**k * two, power)


def test_the_modulus_of_the_complex_eigenvalues() -> None:
    for alpha, beta in ((1.0, 0.5), (1.5, 0.6), (0.3, 0.9)):
        roots = np.linalg.eigvals(np.array([[beta, 1], [-alpha * beta, 1 - alpha]]))
        assert abs(roots.imag).min() > 0
        assert np.allclose(abs(roots), math.sqrt(beta))


def errors(alpha: float, beta: float, y: float = 0.0, x: float = 1.0, steps: int = 200) -> Any:
    """The errors of one component with the curvature 1."""
    return momentum(lambda w: w, np.array([x]), alpha, beta, steps, np.array([y]))[:, 0]


def test_monotone_from_rest_but_not_from_every_start() -> None:
    for alpha, beta in ((0.05, 0.3), (0.2, 0.1), (0.25, 0.25)):
        path = errors(alpha, beta, steps=60)
        assert (np.diff(path) < 0).all()
        assert (path > 0).all()
    assert (np.diff(errors(0.05, 0.3, y=-5.0, steps=3)) > 0).any()


def test_oscillations_from_rest() -> None:
    for beta in (0.0, 0.1, 0.4):
        path = errors((1 + math.sqrt(beta)) ** 2 + 0.01, beta, steps=40)
        assert (path[1:] * path[:-1] < 0).all()
        if beta:
            path = errors((1 + math.sqrt(beta)) ** 2 - 0.2, beta, steps=40)
            assert (path[1:] * path[:-1] > 0).any()


def test_divergence_but_not_from_every_start() -> None:
    assert abs(errors(3.5, 0.5)[-1]) > 1e6
    roots, vectors = np.linalg.eig(np.array([[0.5, 1], [-3.5 * 0.5, 1 - 3.5]]))
    tame = vectors[:, abs(roots).argmin()]
    assert abs(roots).max() > 1
    assert abs(errors(3.5, 0.5, y=tame[0], x=tame[1], steps=20)[-1]) < 1e-5


def test_the_range_of_step_sizes_on_a_grid() -> None:
    for beta in (0.0, 0.3, 0.7, 0.95):
        for product in np.linspace(-0.5, 4.5, 101) + 1e-3:
            largest = abs(np.linalg.eigvals(np.array([[beta, 1], [-product * beta, 1 - product]]))).max()
            assert (largest < 1) == (0 < product < 2 + 2 * beta)
