"""Every method of the catalog, checked by running its own rule: a new entry is picked up here without a change."""

import importlib

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.relations import related_parameters, relation_claims

every = pytest.mark.parametrize("name", list(sm.catalog))


def run_matrix(method, lam: float, parameters: dict[str, float]) -> np.ndarray:
    """R, whose columns are what one step of the rule makes of the unit vectors."""
    columns = []
    for unit in np.eye(len(method.state)):
        new = method(*unit, lambda w: lam * w, **parameters)
        columns.append(new if isinstance(new, tuple) else (new,))
    return np.array(columns, dtype=float).T


def error_input(method, lam: float, parameters: dict[str, float]) -> np.ndarray:
    """B, whose columns are what one error of the gradients makes of the zero state."""
    calls = 0

    def counted(w):
        nonlocal calls
        calls += 1
        return lam * w

    zero = np.zeros(len(method.state))
    method(*zero, counted, **parameters)
    columns = []
    for wrong in range(calls):
        seen = iter(range(calls))
        new = method(*zero, lambda w, wrong=wrong, seen=seen: lam * w + (next(seen) == wrong), **parameters)
        columns.append(new if isinstance(new, tuple) else (new,))
    return np.array(columns, dtype=float).T


def settings(name: str, count: int) -> list[tuple[float, dict[str, float]]]:
    source = np.random.default_rng(sum(map(ord, name)))
    parameters = sm.catalog[name].parameters
    return [(source.uniform(-1, 5), {n: source.uniform(-0.5, 1.1) for n in parameters}) for _ in range(count)]


def evaluators(name: str):
    return importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}")


@every
def test_the_matrix_is_what_a_step_does(name: str) -> None:
    a = sm.analyze(name)
    symbols = [sm.symbols.lam, *(sm.symbols.parameter(n) for n in a.method.parameters)]
    R, B = (sympy.lambdify(symbols, m, "numpy") for m in (a.iteration_matrix, a.noise_input))
    for lam, parameters in settings(name, 20):
        values = [lam, *parameters.values()]
        np.testing.assert_allclose(R(*values), run_matrix(a.method, lam, parameters), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(B(*values), error_input(a.method, lam, parameters), rtol=1e-12, atol=1e-12)


@every
def test_rate_and_region_are_those_of_the_eigenvalues(name: str) -> None:
    functions = evaluators(name)
    inside = 0
    for lam, parameters in settings(name, 2000):
        radius = max(abs(np.linalg.eigvals(run_matrix(sm.catalog[name], lam, parameters))))
        values = [*parameters.values(), lam]
        assert functions.rate(*values) == pytest.approx(radius, rel=1e-6, abs=1e-7)
        if abs(radius - 1) > 1e-6:
            assert functions.stable(*values) == (radius < 1), parameters
            inside += radius < 1
    assert inside > 20


@every
def test_the_variance_solves_the_lyapunov_equation(name: str) -> None:
    method, found = sm.catalog[name], 0
    w = method.state.index("w")
    for lam, parameters in settings(name, 600):
        R, B = run_matrix(method, lam, parameters), error_input(method, lam, parameters)
        variance = evaluators(name).stationary_variance(*parameters.values(), lam)
        if max(abs(np.linalg.eigvals(R))) >= 0.999:
            continue
        size = len(R) ** 2
        V = np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(-1)).reshape(R.shape)
        assert variance == pytest.approx(V[w, w], rel=1e-6, abs=1e-12)
        found += 1
    assert found > 10


@every
def test_the_worst_rate_is_that_of_a_sweep(name: str) -> None:
    functions = evaluators(name)
    for _, parameters in settings(name, 30):
        curvatures = np.linspace(0.2, 1.7, 4001)
        sweep = functions.rate(*parameters.values(), curvatures).max()
        assert functions.worst_rate(*parameters.values(), 0.2, 1.7) == pytest.approx(sweep, rel=1e-9)


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
    a = sm.analyze(name)
    for claim in relation_claims(a._iteration):
        assert sm.check(claim).proved, claim.id
    for relation in a.method.relations:
        values = related_parameters(a._iteration, relation.to)
        for lam, parameters in settings(name, 5):
            at = {sm.symbols.parameter(n): v for n, v in parameters.items()}
            theirs = {s.name: float(v.subs(at)) for s, v in values.items()}
            own = np.poly(run_matrix(a.method, lam, parameters))
            other = np.poly(run_matrix(sm.catalog[relation.to], lam, theirs))
            size = max(len(own), len(other))
            np.testing.assert_allclose(
                np.pad(own, (0, size - len(own))), np.pad(other, (0, size - len(other))), rtol=1e-9, atol=1e-9
            )


@every
def test_a_decay_has_its_place_at_rest(name: str) -> None:
    """At the state at rest, the gradient that is said to keep it there does so."""
    method = sm.catalog[name]
    system = method.trace()
    calls = sympy.ones(system.B.shape[1], 1) * system.pull
    assert (system.A * system.rest + system.B * calls - system.rest).applyfunc(sympy.cancel) == sympy.zeros(
        len(method.state), 1
    )
    assert bool(system.pull) == method.regularized
