"""Every method of the catalog, checked by running its own rule: a new entry is picked up here without a change."""

import functools
import importlib
import random
from typing import Any

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.relations import related_values, relation_claims
from tests import independent
from tests.independent import Case


def evaluators(name: str) -> Any:
    return importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}")


every = pytest.mark.parametrize("name", list(sm.catalog))

tuned = pytest.mark.parametrize("name", [n for n in sm.catalog if hasattr(evaluators(n), "tuning")])

Setting = tuple[float, dict[str, float]]


@functools.cache
def case_of(name: str) -> Case:
    """The catalog's own rule, to be run; only the state at rest is taken from the theory."""
    method = sm.catalog[name]
    assert method.gradient_calls == method.trace().B.shape[1]
    return Case(method.rule, method.parameters, (1,) * len(method.state), method.gradient_calls, catalog=name)


def matrix(name: str, lam: float, parameters: dict[str, float]) -> np.ndarray:
    return np.array(independent.matrix(case_of(name), lam, parameters), dtype=float)


def noise_input(name: str, lam: float, parameters: dict[str, float]) -> np.ndarray:
    return np.array(independent.noise(case_of(name), lam, parameters), dtype=float)


def settings(name: str, count: int) -> list[Setting]:
    source = random.Random(name)
    parameters = sm.catalog[name].parameters
    return [(source.uniform(-1, 5), {n: source.uniform(-0.5, 1.1) for n in parameters}) for _ in range(count)]


@every
def test_the_matrix_is_what_a_step_does(name: str) -> None:
    a = sm.analyze(name)
    symbols = [sm.symbols.lam, *(sm.symbols.parameter(n) for n in a.method.parameters)]
    R, B = (sympy.lambdify(symbols, m, "numpy") for m in (a.iteration_matrix, a.noise_input))
    for lam, parameters in settings(name, 20):
        values = [lam, *parameters.values()]
        np.testing.assert_allclose(R(*values), matrix(name, lam, parameters), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(B(*values), noise_input(name, lam, parameters), rtol=1e-12, atol=1e-12)


@every
def test_rate_and_region_are_those_of_the_eigenvalues(name: str) -> None:
    functions = evaluators(name)
    inside = 0
    for lam, parameters in settings(name, 2000):
        radius = max(abs(np.linalg.eigvals(matrix(name, lam, parameters))))
        values = [*parameters.values(), lam]
        assert functions.rate(*values) == pytest.approx(radius, rel=1e-6, abs=1e-7)
        if abs(radius - 1) > 1e-6:
            assert functions.stable(*values) == (radius < 1), parameters
            inside += radius < 1
    assert inside > 20


@pytest.mark.parametrize("name", [n for n in sm.catalog if hasattr(evaluators(n), "threshold")])
def test_the_threshold_is_where_stability_ends(name: str) -> None:
    """From a stable curvature up to it all are stable, and none from there on."""
    found = 0
    for lam, drawn in settings(name, 400):
        parameters = {n: abs(v) if n == "alpha" else v for n, v in drawn.items()}
        if lam <= 0 or max(abs(np.linalg.eigvals(matrix(name, lam, parameters)))) >= 1:
            continue
        edge = float(evaluators(name).threshold(*parameters.values()))
        assert edge > lam
        inside = np.linspace(lam, min(edge, 1e6) * (1 - 1e-6), 9)
        outside = edge * np.array([1 + 1e-6, 1.1, 2.0, 30.0]) if edge < np.inf else []
        for curvatures, expected in ((inside, True), (outside, False)):
            for x in curvatures:
                assert (max(abs(np.linalg.eigvals(matrix(name, x, parameters)))) < 1) == expected, (x, parameters)
        found += 1
        if found == 25:
            break
    assert found > 5


@every
def test_the_variance_solves_the_lyapunov_equation(name: str) -> None:
    w, found = sm.catalog[name].state.index("w"), 0
    for lam, parameters in settings(name, 600):
        R, B = matrix(name, lam, parameters), noise_input(name, lam, parameters)
        variance = evaluators(name).stationary_variance(*parameters.values(), lam)
        if max(abs(np.linalg.eigvals(R))) >= 0.999:
            continue
        size = len(R) ** 2
        V = np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(-1)).reshape(R.shape)
        assert variance == pytest.approx(V[w, w], rel=1e-6, abs=1e-12)
        found += 1
    assert found > 10


def sweep(name: str, parameters: dict[str, float], low: float, high: float, points: int = 1001) -> float:
    """The largest modulus of the eigenvalues of the rule's matrices over [low, high]."""
    line = np.linspace(low, high, points)
    if case_of(name).calls > 1:
        return float(abs(np.linalg.eigvals([matrix(name, x, parameters) for x in line])).max())
    first, middle, last = (matrix(name, x, parameters) for x in (low, low / 2 + high / 2, high))
    np.testing.assert_allclose(2 * middle, first + last, rtol=1e-12, atol=1e-12)  # affine in the curvature
    t = np.linspace(0, 1, points)[:, None, None]
    return float(abs(np.linalg.eigvals((1 - t) * first + t * last)).max())


@pytest.mark.parametrize("name", [n for n in sm.catalog if hasattr(evaluators(n), "worst_rate")])
def test_the_worst_rate_is_that_of_a_sweep(name: str) -> None:
    for _, parameters in settings(name, 30):
        worst = evaluators(name).worst_rate(*parameters.values(), 0.2, 1.7)
        # A maximum between two points of the sweep is missed by a little.
        assert worst == pytest.approx(sweep(name, parameters, 0.2, 1.7), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", [n for n in sm.catalog if not hasattr(evaluators(n), "worst_rate")])
def test_without_a_worst_rate_in_closed_form_there_is_a_proved_bracket(name: str) -> None:
    for _, parameters in settings(name, 2):
        found = sm.analyze(name).bracket_worst_rate(0.2, 1.7, **parameters)
        assert found.proved
        seen = sweep(name, parameters, 0.2, 1.7)
        assert float(found.lower) - 1e-9 < max(seen, float(found.lower)) < float(found.upper) + 1e-9
        assert seen == pytest.approx(float(found.upper), rel=1e-4)


@pytest.mark.parametrize("name", [n for n in sm.catalog if not hasattr(evaluators(n), "tuning")])
def test_without_a_closed_form_there_is_a_tuning_at_numbers(name: str) -> None:
    tuning = sm.analyze(name).tuning
    assert tuning.verdict.proved
    best = {p.name: float(v) for p, v in tuning.at(1, 7).items()} | {s.name: 0.0 for s in tuning.given}
    rate = float(tuning.rate_at(1, 7))
    assert sweep(name, best, 1.0, 7.0) == pytest.approx(rate, rel=1e-5)
    source = random.Random(name)
    lower = float(tuning.certificate(1, 7).lower)
    for scale in (1e-1, 1e-2, 1e-3) * 5:
        other = {n: v + scale * source.uniform(-1, 1) * (abs(v) + 0.1) for n, v in best.items()}
        other |= {s.name: 0.0 for s in tuning.given}
        assert sweep(name, other, 1.0, 7.0, 41) > lower - 1e-6, other


@tuned
def test_the_tuned_rate_is_that_of_a_sweep_and_neighbors_are_not_better(name: str) -> None:
    functions, source = evaluators(name), random.Random(name)
    for low, high in ((1.0, 3.0), (0.02, 1.0), (0.5, 60.0)):
        best = dict(zip(sm.catalog[name].parameters, np.atleast_1d(functions.tuning(low, high)).tolist(), strict=True))
        rate = float(functions.tuned_rate(low, high))
        # Where eigenvalues coincide, their numerical values are good to half the digits.
        assert sweep(name, best, low, high) == pytest.approx(rate, rel=1e-6)
        for scale in (1e-1, 1e-2, 1e-3) * 10:
            other = {n: v + scale * source.uniform(-1, 1) * (abs(v) + 0.1) for n, v in best.items()}
            assert sweep(name, other, low, high, 3) > rate - 1e-6, other


@every
def test_real_runs_contract_at_the_rate(name: str) -> None:
    """Over many steps the error of a run falls like the rate to that power, up to a factor that grows slowly."""
    method, found = sm.catalog[name], 0
    for lam, parameters in settings(name, 300):
        rate = float(evaluators(name).rate(*parameters.values(), lam))
        if not 0.5 < rate < 0.97 or found == 12:
            continue
        iterates = np.abs(method.run(lambda w, lam=lam: lam * w, 1.0, 400, **parameters))
        late = max(iterates[390:])
        if late == 0:
            continue
        assert (late / max(iterates[190:201])) ** (1 / 200) == pytest.approx(rate, abs=0.02)
        found += 1
    assert found > 3


@every
def test_relations_are_proved_and_hold_in_numbers(name: str) -> None:
    method = sm.catalog[name]
    for claim in relation_claims(method):
        assert sm.check(claim).proved, claim.id
    for relation in method.relations:
        for lam, parameters in settings(name, 5):
            at = {sm.symbols.parameter(n): v for n, v in parameters.items()} | {sm.symbols.lam: lam}
            theirs = {s.name: float(v.subs(at)) for s, v in related_values(method, relation).items()}
            curvature = theirs.pop("lambda", lam)
            own = np.poly(matrix(name, lam, parameters))
            other = np.poly(matrix(relation.to, curvature, theirs))
            size = max(len(own), len(other))
            padded = [np.pad(p, (0, size - len(p))) for p in (own, other)]
            np.testing.assert_allclose(*padded, rtol=1e-9, atol=1e-9)


@every
def test_a_decay_has_its_place_at_rest(name: str) -> None:
    """At the state at rest, the gradient that is said to keep it there does so."""
    method = sm.catalog[name]
    system = method.trace()
    calls = sympy.ones(system.B.shape[1], 1) * system.pull
    moved = (system.A * system.rest + system.B * calls - system.rest).applyfunc(sympy.cancel)
    assert moved == sympy.zeros(len(method.state), 1)
    assert bool(system.pull) == method.regularized


@pytest.mark.parametrize("seed", range(12))
def test_alternating_descent_ascent_is_that_of_two_players(seed: int) -> None:
    """On a bilinear game x'Ay with both players run: stable exactly where the rule, in which one is eliminated, is."""
    source = np.random.default_rng(seed)
    coupling, alpha, beta = source.uniform(0.2, 3), source.uniform(0.05, 1.2), source.uniform(-0.9, 0.4)
    step = np.zeros((4, 4))  # of (x, last x, y, last y)
    for column, (x, last_x, y, last_y) in enumerate(np.eye(4)):
        new_x = x - alpha * coupling * y + beta * (x - last_x)
        new_y = y + alpha * coupling * new_x + beta * (y - last_y)
        step[:, column] = new_x, x, new_y, y
    radius = max(abs(np.linalg.eigvals(step)))
    functions = evaluators("alternating-gda")
    assert functions.rate(alpha, beta, coupling**2) == pytest.approx(radius, rel=1e-6)
    if abs(radius - 1) > 1e-6:
        assert functions.stable(alpha, beta, coupling**2) == (radius < 1)
        assert (-1 < beta < 0 and alpha * coupling < 2 * (1 + beta)) == (radius < 1)


def test_alternating_descent_ascent_from_rest_is_the_second_player() -> None:
    coupling, alpha, beta = 2, 1 / 3, -1 / 4
    run = sm.catalog["alternating-gda"].run(lambda w: coupling**2 * w, np.ones(1), 12, alpha=alpha, beta=beta)
    x, last_x, y, last_y = 0.0, 0.0, 1.0, 1.0
    for w in run[1:, 0]:
        x, last_x = x - alpha * coupling * y + beta * (x - last_x), x
        y, last_y = y + alpha * coupling * x + beta * (y - last_y), y
        assert w == pytest.approx(y, abs=1e-12)
