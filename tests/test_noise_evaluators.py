"""The evaluators of noise: the variance and the expected loss after k steps, the crossover and the curve over all modes.

The reference is the update rule itself, run at 80 digits: the mean from rest, and what one unit of error in each gradient makes
of the state. Nothing of the theory and no squaring is in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symmomentum as sm
from symmomentum.codegen import TARGETS
from symmomentum.errors import NotDerivedError
from symmomentum.evaluators import aggregated_momentum, gradient_descent, heavy_ball, nesterov
from symmomentum.noise.mode import on_mode
from tests import independent
from tests.accuracy import MP
from tests.independent import ALL, CATALOG, SMALL, Case, named
from tests.test_codegen import made, run_node, text_of

F = Fraction
STEPS = (0, 1, 2, 3, 4, 5, 7, 12, 40)
every = pytest.mark.parametrize(**named(ALL))
small = pytest.mark.parametrize(**named(SMALL))


def parts(case: Case, lam: Any, parameters: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """P_k and the variance of w for k = 0, 1, 2, ... per unit variance of the errors; at 80 digits."""
    w, one = case.rule.__code__.co_varnames.index("w"), MP.mpf(1)
    lam, parameters = MP.mpf(float(lam)), {n: MP.mpf(float(v)) for n, v in parameters.items()}
    B = independent.noise(case, lam, parameters, one)
    states = [[one * x for x in case.rest], *map(list, zip(*B, strict=True))]
    total = 0 * one
    while True:
        yield states[0][w], total
        total += sum(s[w] ** 2 for s in states[1:])
        states = [independent.step(case, s, lambda x: lam * x, parameters) for s in states]


def points(case: Case, count: int, seed: int) -> list[tuple[Fraction, dict[str, Fraction]]]:
    """All over the reals, stable ones among them, in numbers of double precision."""
    drawn = (*independent.random_points(case, count, seed), *independent.stable_points(case, count, seed + 1))
    return [(F(float(lam)), {n: F(float(v)) for n, v in p.items()}) for lam, p in drawn]


def columns(drawn: list, case: Case) -> list[np.ndarray]:
    return [np.array([float(p[n]) for _, p in drawn]) for n in case.parameters] + [
        np.array([float(lam) for lam, _ in drawn])
    ]


@every
def test_variance_and_loss_are_those_of_the_rule_that_is_run(case: Case) -> None:
    drawn = points(case, 25, 11)
    given = columns(drawn, case)
    w0, sigma = np.linspace(-2, 2, len(drawn)), np.linspace(3, 0, len(drawn))
    tables = [list(itertools.islice(parts(case, *p), max(STEPS) + 1)) for p in drawn]
    for k in STEPS:
        means, variances = zip(*(t[k] for t in tables), strict=True)
        np.testing.assert_allclose(made(case, "variance")(k, *given), [float(v) for v in variances], rtol=1e-11)
        got = made(case, "expected_loss")(k, *given, w0, sigma)
        for value, lam, mean, variance, start, deviation, t in zip(
            got, given[-1], means, variances, w0, sigma, tables, strict=True
        ):
            want = lam / 2 * ((start * mean) ** 2 + MP.mpf(deviation) ** 2 * variance)
            # P_k has the digits that it has beside the largest one before it.
            largest = max(abs(p) for p, _ in t[: k + 1])
            slack = 1e-14 * abs(lam) * start**2 * largest * max(abs(mean), 1e-14 * largest)
            if np.isinf(value):
                assert want * np.sign(value) > 1.79e308
                continue
            assert abs(MP.mpf(value) - want) <= 1e-11 * abs(want) + slack, (k, value, want)


@every
def test_the_loss_in_the_limit_is_half_the_curvature_times_the_variance(case: Case) -> None:
    given = columns(points(case, 40, 13), case)
    with np.errstate(invalid="ignore"):
        want = given[-1] / 2 * made(case, "stationary_variance")(*given)
    stable = made(case, "stable")(*given)
    np.testing.assert_allclose(made(case, "stationary_loss")(*given)[stable], want[stable], rtol=1e-12)
    assert np.isposinf(made(case, "stationary_loss")(*given)[~stable]).all()
    assert stable.sum() > 20


@every
def test_the_variance_rises_to_that_of_the_limit(case: Case) -> None:
    drawn = [(lam, p) for lam, p in points(case, 40, 15) if independent.stable(case, lam, p)]
    given = columns(drawn, case)
    many = 10**12 if case.size < 3 else 10**5  # of three states the error grows with the steps
    values = np.stack([made(case, "variance")(k, *given) for k in (0, 1, 2, 5, 30, 1000, many)])
    assert (values[:-1] <= (1 + 1e-10) * values[1:]).all()
    close = np.log(made(case, "rate")(*given)) * 2 * many < -35
    assert close.sum() > 10
    limit = made(case, "stationary_variance")(*given)
    np.testing.assert_allclose(values[-1][close], limit[close], rtol=1e-7 if case.size < 3 else 1e-5)


@pytest.mark.parametrize(**named([c for c in CATALOG if c.size == 2]))
def test_after_many_steps_near_one_repeated_eigenvalue(case: Case) -> None:
    """Where a closed form in the eigenvalues divides by their difference, exactly at it and beside it."""
    beta = 0.9
    edge = {"heavy-ball": (1 - beta**0.5) ** 2, "nesterov": (1 - beta**0.5) ** 2 / beta}
    if case.name == "nesterov":  # (1 + beta - x (1 + beta))^2 = 4 beta (1 - x)
        roots = np.roots([(1 + beta) ** 2, 4 * beta - 2 * (1 + beta) ** 2, (1 + beta) ** 2 - 4 * beta])
        edge["nesterov"] = float(roots.min())
    for off in (0.0, 1e-15, -1e-12, 1e-9, -1e-5):
        alpha, lam = 1.0, edge[case.name] * (1 + off)
        exact = {"alpha": alpha, "beta": beta}
        *_, (_, variance) = itertools.islice(parts(case, lam, exact), 60)
        assert made(case, "variance")(59, alpha, beta, lam) == pytest.approx(float(variance), rel=1e-12)
        limit = made(case, "stationary_variance")(alpha, beta, lam)
        for k in (1000, 10**5):
            assert made(case, "variance")(k, alpha, beta, lam) == pytest.approx(limit, rel=1e-12)


def test_what_is_no_number_of_steps_and_what_is_nothing() -> None:
    for module, parameters in (
        (heavy_ball, (0.1, 0.9)),
        (gradient_descent, (0.1,)),
        (aggregated_momentum, (0.1, 0.9, 0.5)),
    ):
        for k in (-1, 0.5, np.nan, np.inf):
            assert np.isnan(module.variance(k, *parameters, 1.0))
            assert np.isnan(module.expected_loss(k, *parameters, 1.0, 1.0, 1.0))
    # No curvature, no loss, however far; no noise and no distance, nothing either.
    assert heavy_ball.expected_loss(10**6, 1.0, 2.0, 0.0, 1.0, 1.0) == 0
    assert heavy_ball.expected_loss(10**6, 9.0, 0.5, 5.0, 0.0, 0.0) == 0
    assert heavy_ball.expected_loss(10**6, 9.0, 0.5, 5.0, 0.0, 1.0) == np.inf
    assert heavy_ball.expected_loss(10**6, 9.0, 0.5, -5.0, 0.0, 1.0) == -np.inf
    assert np.isnan(heavy_ball.expected_loss(3, 0.1, 0.5, 1.0, 1.0, -1.0))
    assert heavy_ball.expected_loss(0, 0.1, 0.5, 2.0, 3.0, 1.0) == 9
    assert heavy_ball.variance(1, 1e200, 0.5, 1.0) == np.inf
    assert heavy_ball.expected_loss(1, 1e200, 0.5, 1e-200, 0.0, 1e-8) == pytest.approx(0.5e184)


def test_what_w_does_not_depend_on_may_grow() -> None:
    def beside(z, w, grad, *, alpha):
        return 2 * z, w - alpha * grad(w)

    case = Case(beside, ("alpha",), (1, 1))
    a = sm.analyze(sm.method(beside))
    for k in (5, 200):
        *_, (mean, variance) = itertools.islice(parts(case, 1, {"alpha": 0.125}), k + 1)
        assert a.evaluator("variance")(k, 0.125, 1.0) == pytest.approx(float(variance), rel=1e-13)
        want = float(9 * mean**2 + 4 * variance) / 2
        assert a.evaluator("expected_loss")(k, 0.125, 1.0, 3.0, 2.0) == pytest.approx(want, rel=1e-12)


# Targets ----------------------------------------------------------------------------------------------------------------


QUANTITIES = ("variance", "expected_loss", "stationary_loss")


def arguments(case: Case, quantity: str) -> list[np.ndarray]:
    given = columns(points(case, 40, 17), case)
    n = len(given[0])
    steps = np.array([(0, 1, 2, 5, 33, 1000, 10**6, 2.5, -1.0, np.nan)[i % 10] for i in range(n)])
    return {
        "variance": [steps, *given],
        "expected_loss": [steps, *given, np.linspace(-2, 3, n), np.linspace(0, 2, n)],
        "stationary_loss": given,
    }[quantity]


def compare(got, want) -> None:
    got, want = np.asarray(got, float), np.asarray(want, float)
    assert np.array_equal(np.isnan(got), np.isnan(want))
    fine = np.isfinite(want) & (np.abs(want) < 1e280) & np.isfinite(got)
    assert fine.mean() > 0.3
    np.testing.assert_allclose(got[fine], want[fine], rtol=1e-10, atol=1e-290)
    grown = ~fine & ~np.isnan(want)
    assert (np.abs(got[grown]) > 1e279).all()


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("target", ["numba", "array-api"])
@pytest.mark.parametrize(**named(CATALOG))
def test_python_targets(case: Case, target: str, quantity: str) -> None:
    given = arguments(case, quantity)
    with np.errstate(all="ignore"):
        compare(made(case, quantity, target)(*given), made(case, quantity)(*given))


@pytest.mark.parametrize(**named(CATALOG))
def test_javascript(case: Case, tmp_path) -> None:
    jobs = [(text_of(case, q, "js"), q, arguments(case, q)) for q in QUANTITIES]
    for (_, quantity, given), answer in zip(jobs, run_node(tmp_path, jobs), strict=True):
        compare(answer, made(case, quantity)(*given))


@pytest.mark.parametrize("target", [t for t in TARGETS if t != "numpy"])
@pytest.mark.parametrize("quantity", ["crossover", "loss_curve"])
def test_walks_are_for_numpy(target: str, quantity: str) -> None:
    with pytest.raises(NotDerivedError, match=rf"^heavy-ball: {quantity} is a walk .* target {target} .* numpy does"):
        sm.analyze("heavy-ball").evaluator_source(quantity, target)


# The crossover ----------------------------------------------------------------------------------------------------------


@small
def test_the_crossover_is_where_noise_takes_over_for_good(case: Case) -> None:
    drawn = [(lam, p) for lam, p in points(case, 25, 19) if independent.stable(case, lam, p)]
    given = columns(drawn, case)
    seen = 0
    for w0, sigma in ((1.0, 1e-3), (-3.0, 0.25), (1e-4, 2.0)):
        got = made(case, "crossover")(*given, w0, sigma)
        for (lam, p), rate, found in zip(drawn, made(case, "rate")(*given), got, strict=True):
            if rate > 0.96:
                continue
            table = itertools.islice(parts(case, lam, p), int(found) + 60)
            ahead = [(mean * w0) ** 2 > MP.mpf(sigma) ** 2 * variance for mean, variance in table]
            assert found == max((k + 1 for k, x in enumerate(ahead) if x), default=0)
            seen += 1
    assert seen > 20


def test_the_crossover_is_that_of_exact_numbers() -> None:
    """Against the search in fractions, which has another criterion of when it is certain; with many modes at once too."""
    for name in ("gradient-descent", "heavy-ball", "nesterov"):
        a = sm.analyze(name)
        parameters = {"alpha": 0.01} if name == "gradient-descent" else {"alpha": 0.01, "beta": 0.9}
        lams = np.array([1e-3, 0.02, 0.5, 3.0, 100.0])
        got = a.evaluator("crossover")(*parameters.values(), lams, 2.0, 0.01)
        exact = [on_mode(a._iteration, lam, parameters).crossover(2.0, 0.01).last + 1 for lam in lams]
        assert got.tolist() == exact
        many = np.repeat(lams, 200)
        assert np.array_equal(a.evaluator("crossover")(*parameters.values(), many, 2.0, 0.01), np.repeat(got, 200))


def test_the_crossover_where_there_is_none() -> None:
    given = [0.1, 0.9, np.array([1.0, -1.0, 0.0, 100.0, np.nan])]
    assert np.array_equal(heavy_ball.crossover(*given, 0.0, 1.0), [0, np.inf, np.inf, np.inf, np.nan], equal_nan=True)
    assert heavy_ball.crossover(0.1, 0.9, 1.0, 1.0, 0.0) == np.inf
    assert np.isnan(heavy_ball.crossover(0.1, 0.9, 1.0, 1.0, -1.0))
    assert heavy_ball.crossover(1.0, 0.0, 1.0, 1.0, 1e-9) == 1  # one step and it is there
    assert np.isnan(gradient_descent.crossover(1e-9, 1.0, 1.0, 1e-9))  # only after some 1e10 steps


# The curve over all modes -----------------------------------------------------------------------------------------------


@small
def test_the_curve_is_the_sum_over_the_modes(case: Case) -> None:
    drawn = [p for p in points(case, 40, 21) if independent.stable(case, *p)]
    given = columns(drawn, case)
    w0, sigma = np.linspace(-2, 2, len(drawn)), np.linspace(0, 1, len(drawn))
    steps = [7, 0, 1, 2, 100, 31, 7, 4096, 99_999]
    got = made(case, "loss_curve")(steps, *given, w0, sigma)
    want = [made(case, "expected_loss")(k, *given, w0, sigma).sum() for k in steps]
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_the_curve_of_many_modes_and_steps() -> None:
    """More modes than one block has and steps of all lengths, in any order."""
    lam = np.geomspace(1e-5, 1.9, 20_000)
    steps = np.unique(np.geomspace(1, 1e6, 120).astype(int))
    first = nesterov.loss_curve(steps, 0.5, 0.9, lam, 1.0, 0.1)
    assert np.array_equal(first, nesterov.loss_curve(steps, 0.5, 0.9, lam, 1.0, 0.1))
    assert np.array_equal(first[::-1], nesterov.loss_curve(steps[::-1], 0.5, 0.9, lam, 1.0, 0.1))
    some = slice(None, None, 17)
    want = [nesterov.expected_loss(k, 0.5, 0.9, lam, 1.0, 0.1).sum() for k in steps[some]]
    np.testing.assert_allclose(first[some], want, rtol=1e-11)
    two_axes = nesterov.loss_curve([5, 50], np.array([[0.5], [0.4]]), 0.9, lam, 1.0, 0.1)
    both = sum(nesterov.loss_curve([5, 50], alpha, 0.9, lam, 1.0, 0.1) for alpha in (0.5, 0.4))
    np.testing.assert_allclose(two_axes, both, rtol=1e-13)


def test_the_curve_where_something_is_unusual() -> None:
    lam = np.array([0.0, 1.0])
    assert heavy_ball.loss_curve([0, 10**6], 0.1, 0.9, lam, 2.0, 0.0)[0] == 2
    assert heavy_ball.loss_curve([10**6], 0.1, 1.5, 0.0, 2.0, 1.0) == [0.0]
    assert heavy_ball.loss_curve([1, 10**6], 0.1, 1.5, lam, 2.0, 1.0).tolist() == [pytest.approx(1.625), np.inf]
    assert np.isnan(heavy_ball.loss_curve([1, 2], 0.1, 0.5, [1.0, np.nan], 2.0, 1.0)).all()
    assert heavy_ball.loss_curve([], 0.1, 0.5, lam, 2.0, 1.0).shape == (0,)
    assert heavy_ball.loss_curve([3], 0.1, 0.5, np.empty(0), 2.0, 1.0).tolist() == [0]
    for steps in ([-1], [0.5], [np.nan], [np.inf], [[1, 2]]):
        with pytest.raises(ValueError, match="steps must"):
            heavy_ball.loss_curve(steps, 0.1, 0.5, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="broadcast"):
        heavy_ball.loss_curve([1], [0.1, 0.2], 0.5, [1.0, 2.0, 3.0], 1.0, 1.0)
    for bad in ("x", 1j):
        with pytest.raises(TypeError, match="real"):
            heavy_ball.loss_curve([1], bad, 0.5, 1.0, 1.0, 1.0)
    with pytest.raises(TypeError, match="steps"):
        heavy_ball.loss_curve(["x"], 0.1, 0.5, 1.0, 1.0, 1.0)


def test_a_curve_ends_early_only_where_nothing_changes_any_more() -> None:
    """One slow mode among fast ones keeps the block going."""
    lam = np.full(100, 1.0)
    lam[50] = 1e-7
    steps = np.unique(np.geomspace(1, 1e8, 200).astype(int))
    got = heavy_ball.loss_curve(steps, 0.5, 0.5, lam, 1.0, 1e-3)
    want = [heavy_ball.expected_loss(k, 0.5, 0.5, lam, 1.0, 1e-3).sum() for k in steps]
    np.testing.assert_allclose(got, want, rtol=1e-9)


# More states ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [1e-4, 0.01, 2.0])
def test_slow_modes_of_three_states_keep_their_digits(lam: float) -> None:
    a, given = sm.analyze("aggregated-momentum"), {"alpha": 0.1, "beta": 0.9, "gamma": 0.5}
    mode = a.noise.at(lam, **given)
    for k in (1, 7, 100, 500, 20_000):
        found = a.evaluator("expected_loss")(k, *given.values(), lam, 2.0, 3.0)
        assert found == pytest.approx(float(mode.loss_parts(k, 2, 3).total.value), rel=1e-12)


def test_four_states_are_refused() -> None:
    for quantity in ("variance", "expected_loss"):
        with pytest.raises(NotDerivedError, match=r"^alternating-gda: .* up to 3 states.* has 4.* noise\.at"):
            sm.analyze("alternating-gda").evaluator(quantity)


def test_what_digits_do_not_tell_is_not_told() -> None:
    assert np.isnan(heavy_ball.crossover(0.1, 0.9, 1.0, [1e170, np.inf], 1.0)).all()
    assert np.isnan(heavy_ball.loss_curve([1], 0.1, 0.9, 1.0, 1.0, -1.0)).all()
