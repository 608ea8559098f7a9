"""Noise on whole problems, with a covariance that does not commute with the Hessian: against systems of all coordinates."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symmomentum as sm
from tests import independent
from tests.independent import ALL, ONE_STATE, TWO_STATES, Case, compiled, named
from tests.theory import analysis


def random_problem(seed: int, n: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A Hessian with eigenvalues in [0.3, 1.6] and a covariance in other directions."""
    source = np.random.default_rng(seed)
    Q, P = (np.linalg.qr(source.standard_normal((n, n)))[0] for _ in range(2))
    return Q @ np.diag(source.uniform(0.3, 1.6, n)) @ Q.T, P @ np.diag(source.uniform(0, 2, n)) @ P.T


def whole(case: Case, A: np.ndarray, parameters: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """The matrices of all coordinates together, by the rule run on unit vectors: shapes (s n, s n) and (s n, c n)."""
    n, s = len(A), case.size
    columns = []
    for i in range(s * n):
        unit = np.zeros((s, n))
        unit.reshape(-1)[i] = 1
        columns.append(np.concatenate(independent.step(case, list(unit), lambda w: A @ w, parameters)))
    inputs = []
    for call, i in itertools.product(range(case.calls), range(n)):
        error = np.eye(n)[i]
        calls = itertools.count()
        state = independent.step(
            case,
            list(np.zeros((s, n))),
            lambda w, calls=calls, call=call, error=error: A @ w + (error if next(calls) == call else 0),
            parameters,
        )
        inputs.append(np.concatenate(state))
    return np.array(columns).T, np.array(inputs).T


def parameters_of(case: Case) -> dict[str, float]:
    values = {"alpha": 0.4, "beta": 0.3, "gamma": 0.2, "nu": 0.6}
    return {n: values[n] for n in case.parameters}


def flat(covariance: np.ndarray) -> np.ndarray:
    """From shape (s, s, n, n) to (s n, s n)."""
    s, _, n, _ = covariance.shape
    return covariance.transpose(0, 2, 1, 3).reshape(s * n, s * n)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(**named(ALL))
def test_against_all_coordinates_together(case: Case, seed: int) -> None:
    A, C = random_problem(seed)
    assert abs(A @ C - C @ A).max() > 0.01
    parameters = parameters_of(case)
    found = analysis(case).noise.on(A, C, **parameters)
    F, G = whole(case, A, parameters)
    N = G @ np.kron(np.eye(case.calls), C) @ G.T
    expected = np.linalg.solve(np.eye(F.size) - np.kron(F, F), N.reshape(-1)).reshape(F.shape)
    assert found.stable
    np.testing.assert_allclose(flat(found.stationary_covariance), expected, rtol=1e-9, atol=1e-11)
    w = case.rule.__code__.co_varnames.index("w")
    at_w = slice(w * 3, w * 3 + 3)
    np.testing.assert_allclose(found.iterate_covariance, expected[at_w, at_w], rtol=1e-9, atol=1e-11)
    assert found.stationary_loss == pytest.approx(np.trace(A @ expected[at_w, at_w]) / 2)
    # Step by step.
    V, w0 = np.zeros_like(N), np.array([1.0, -2.0, 0.5])
    state = np.concatenate([x * w0 for x in case.rest])
    for k in range(8):
        np.testing.assert_allclose(flat(found.covariance(k)), V, rtol=1e-9, atol=1e-11)
        mean, noise = found.expected_loss(k, w0)
        assert mean == pytest.approx(state[at_w] @ A @ state[at_w] / 2)
        assert noise == pytest.approx(np.trace(A @ V[at_w, at_w]) / 2)
        V, state = F @ V @ F.T + N, F @ state


def test_only_the_diagonal_enters_the_loss() -> None:
    """Errors that are alike in all modes cost what independent ones do, though the iterate is distributed otherwise."""
    A = np.diag([0.5, 1.0, 1.5])
    noise = sm.analyze("nesterov").noise
    alike, apart = (noise.on(A, C, alpha=0.5, beta=0.5) for C in (np.ones((3, 3)), np.eye(3)))
    assert alike.stationary_loss == pytest.approx(apart.stationary_loss, rel=1e-12)
    assert alike.expected_loss(4, np.ones(3)) == pytest.approx(apart.expected_loss(4, np.ones(3)), rel=1e-12)
    assert abs(alike.iterate_covariance[0, 1]) > 0.1
    assert abs(apart.iterate_covariance[0, 1]) < 1e-12


@pytest.mark.parametrize(**named([*ONE_STATE, *TWO_STATES]))
def test_the_covariance_of_two_modes_in_formulas(case: Case) -> None:
    noise = analysis(case).noise
    x, y = sympy.symbols("x y", real=True)
    cross = noise.cross_covariance(x, y)
    at: dict[str, Any] = {n: sympy.Rational(round(10 * v), 10) for n, v in parameters_of(case).items()}
    values = {sm.symbols.parameter(n): v for n, v in at.items()}
    A, C = np.diag([0.5, 1.25]), np.array([[1.0, 0.75], [0.75, 2.0]])
    found = noise.on(A, C, **{n: float(v) for n, v in at.items()})
    numbers = cross.xreplace({**values, x: sympy.Rational(1, 2), y: sympy.Rational(5, 4)})
    expected = 0.75 * np.array(numbers.tolist(), float)
    np.testing.assert_allclose(found.stationary_covariance[:, :, 0, 1], expected, rtol=1e-9)
    same = cross.xreplace({x: sm.symbols.lam, y: sm.symbols.lam})
    point = {"lambda": Fraction(3), **{n: compiled(v)({}) for n, v in at.items()}}
    for i, j in itertools.product(range(case.size), repeat=2):
        assert compiled(same[i, j])(point) == compiled(noise.lyapunov_solution[i, j])(point)


def test_monte_carlo() -> None:
    """20000 runs with uniform errors; within five standard errors of a variance."""
    source, runs = np.random.default_rng(5), 20_000
    A, C = random_problem(3)
    root = np.linalg.cholesky(C + 1e-12 * np.eye(3))
    parameters = {"alpha": 0.4, "beta": 0.5}

    def gradient(w: np.ndarray) -> np.ndarray:
        return A @ w + root @ (np.sqrt(3) * source.uniform(-1, 1, w.shape))

    last = sm.catalog["nesterov"].run(gradient, np.zeros((3, runs)), 80, **parameters)[-1]
    found = sm.analyze("nesterov").noise.on(A, C, **parameters)
    tolerance = 5 * np.sqrt(2 / runs) * found.iterate_covariance.diagonal().max()
    np.testing.assert_allclose(np.cov(last), found.iterate_covariance, atol=tolerance)


def test_flat_and_unstable_directions() -> None:
    noise = sm.analyze("heavy-ball").noise
    parameters = {"alpha": 0.5, "beta": 0.5}
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    A = Q @ np.diag([0.0, 1.0, 2.0]) @ Q.T
    within = noise.on(A, A, **parameters)  # no noise in the flat direction: as in least squares
    assert within.stable
    expected = sum(
        x
        * float(
            noise.stationary_loss.subs(
                {sm.symbols.lam: x, sm.symbols.alpha: sympy.Rational(1, 2), sm.symbols.beta: sympy.Rational(1, 2)}
            )
        )
        for x in (1, 2)
    )
    assert within.stationary_loss == pytest.approx(expected)
    everywhere = noise.on(A, 1, **parameters)
    assert not everywhere.stable
    assert everywhere.stationary_loss == np.inf or np.isinf(everywhere.stationary_covariance).all()
    assert np.isfinite(everywhere.covariance(50)).all()
    far = noise.on([[9.0]], 1, **parameters)
    assert far.stationary_loss == np.inf
    assert np.isinf(far.stationary_covariance).all()
    assert far.covariance(2)[1, 1, 0, 0] == pytest.approx(0.25 * (1 + (1 - 0.5 * 9 + 0.5) ** 2))


def test_wrong_arguments() -> None:
    noise = sm.analyze("heavy-ball").noise
    given = {"alpha": 0.5, "beta": 0.5}
    for A in ([1.0, 2.0], [[1.0, 2.0]], [[np.nan]], "A", [[]], [["x"]]):
        with pytest.raises(sm.ArgumentError, match="A must be a square matrix of finite numbers"):
            noise.on(A, 1, **given)
    with pytest.raises(sm.ArgumentError, match="A must be symmetric"):
        noise.on([[1, 1], [0, 1]], 1, **given)
    with pytest.raises(sm.ArgumentError, match="C must have the shape of A"):
        noise.on(np.eye(2), np.eye(3), **given)
    for C in ([[1, 2], [2, 1]], -1, np.inf):
        with pytest.raises(sm.ArgumentError, match="C is no covariance"):
            noise.on(np.eye(2), C, **given)
    with pytest.raises(sm.ArgumentError, match="C must be a matrix or a number"):
        noise.on(np.eye(2), "large", **given)
    with pytest.raises(sm.MethodTypeError, match="missing parameter beta"):
        noise.on(np.eye(2), alpha=1)
    with pytest.raises(sm.MethodTypeError, match="unknown parameter 'bata'; did you mean 'beta'"):
        noise.on(np.eye(2), alpha=1, bata=1)
    for value in (np.inf, np.nan, "x", None, [1, 2]):
        with pytest.raises(sm.ArgumentError, match="beta must be a finite number"):
            noise.on(np.eye(2), alpha=1, beta=value)
    with pytest.raises(sm.ArgumentError, match="too large"):
        noise.on(1e300 * np.eye(2), alpha=1e300, beta=0.5)
    found = noise.on(np.eye(2), **given)
    for k in (-1, 1.5, True):
        with pytest.raises(sm.ArgumentError, match="k must be a non-negative integer"):
            found.covariance(k)
    for w0 in (1, [1, 2, 3], [np.nan, 1]):
        with pytest.raises(sm.ArgumentError, match="w0 must be 2 finite numbers"):
            found.expected_loss(1, w0)


def test_flat_directions_cost_nothing_in_the_limit_too() -> None:
    flat = sm.analyze("heavy-ball").noise.on([[1.0, 0.0], [0.0, 0.0]], 1, alpha=0.1, beta=0.9)
    alone = sm.analyze("heavy-ball").noise.on([[1.0]], 1, alpha=0.1, beta=0.9)
    assert flat.stationary_loss == pytest.approx(alone.stationary_loss, rel=1e-12)
    assert flat.expected_loss(10**5, [0, 0])[1] == pytest.approx(flat.stationary_loss, rel=1e-9)
    concave = sm.analyze("heavy-ball").noise.on([[1.0, 0.0], [0.0, -1.0]], 1, alpha=0.1, beta=0.9)
    with pytest.raises(sm.SymmomentumError, match="negative"):
        _ = concave.stationary_loss
