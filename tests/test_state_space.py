"""Methods as linear systems: against the rules simply run, and in the programs that they are handed on to.

AutoLyap's own solvers run here: the free one of CVXPY, Clarabel, finds the rate of gradient descent and of triple momentum.
"""

from __future__ import annotations

import importlib
import itertools
import random
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import control
import numpy as np
import pytest
import sympy
from autolyap import IterationIndependent, SolverOptions, algorithms
from autolyap.problemclass import InclusionProblem, SmoothStronglyConvex

import symmomentum as sm
from tests import independent
from tests.independent import ALL, Case, named
from tests.theory import analysis

PAGE = Path(__file__).parent.parent / "docs" / "neighbors.md"
alpha, beta, lam = sm.symbols.alpha, sm.symbols.beta, sm.symbols.lam


def catalog_case(name: str) -> Case:
    """The catalog's own rule, to be run."""
    method, calls = sm.catalog[name], []
    method(*[0.0] * len(method.state), lambda w: calls.append(w) or w, **dict.fromkeys(method.parameters, 0.5))
    return Case(method.rule, method.parameters, (1,) * len(method.state), len(calls), catalog=name)


EVERY = (*ALL, *(catalog_case(n) for n in sm.catalog if n not in {c.catalog for c in ALL}))
SEVERAL_CALLS = tuple(c for c in ALL if c.calls > 1)
every = pytest.mark.parametrize(**named(EVERY))


def settings(case: Case, count: int, *, stable: bool = False) -> list[tuple[float, dict[str, float]]]:
    """Curvatures and parameters at random; if wanted, where the method is clearly stable."""
    source, found = random.Random(case.name), []
    while len(found) < count:
        at = source.uniform(-1, 4), {n: source.uniform(-0.5, 1.1) for n in case.parameters}
        if not stable or max(abs(np.linalg.eigvals(matrix(case, *at)))) < 0.97:
            found.append(at)
    return found


def matrix(case: Case, curvature: float, parameters: dict[str, float]) -> np.ndarray:
    return np.array(independent.matrix(case, curvature, parameters), dtype=float)


def noise(case: Case, curvature: float, parameters: dict[str, float]) -> np.ndarray:
    return np.array(independent.noise(case, curvature, parameters), dtype=float)


# The closed loop --------------------------------------------------------------------------------------------------


@every
def test_the_poles_are_the_eigenvalues(case: Case) -> None:
    for curvature, parameters in settings(case, 5):
        system = analysis(case).state_space(curvature, **parameters)
        R, B = matrix(case, curvature, parameters), noise(case, curvature, parameters)
        np.testing.assert_allclose(system.A, R, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(system.B, B, rtol=1e-12, atol=1e-12)
        poles = system.to_control().poles()
        # Through their polynomials, for eigenvalues that nearly coincide are known to half the digits only.
        np.testing.assert_allclose(np.poly(poles), np.poly(np.linalg.eigvals(R)), rtol=1e-9, atol=1e-9)


@every
def test_the_squared_h2_norm_is_the_stationary_variance(case: Case) -> None:
    w = case.rule.__code__.co_varnames.index("w")
    for curvature, parameters in settings(case, 3, stable=True):
        R, B = matrix(case, curvature, parameters), noise(case, curvature, parameters)
        size = len(R) ** 2
        V = np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(-1)).reshape(R.shape)
        system = analysis(case).state_space(curvature, **parameters).to_control()
        assert control.norm(system, 2) ** 2 == pytest.approx(V[w, w], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball", "nesterov"])
def test_the_variance_is_also_that_of_the_theory(name: str) -> None:
    case = next(c for c in EVERY if c.catalog == name)
    variance = sm.analyze(name).noise.stationary_variance
    for curvature, parameters in settings(case, 3, stable=True):
        at = {sm.symbols.parameter(n): sympy.Rational(v) for n, v in parameters.items()} | {
            lam: sympy.Rational(curvature)
        }
        system = sm.analyze(name).state_space(curvature, **parameters).to_control()
        assert control.norm(system, 2) ** 2 == pytest.approx(float(variance.subs(at)), rel=1e-9)


def mistaken(curvature: float, wrong: int) -> Callable[[float], float]:
    """The gradient of a mode, which is too large by one in this call."""
    calls = itertools.count()
    return lambda w: curvature * w + (next(calls) == wrong)


@every
def test_the_impulse_response_is_a_run_with_one_wrong_gradient(case: Case) -> None:
    steps, w = 8, case.rule.__code__.co_varnames.index("w")
    for curvature, parameters in settings(case, 2):
        system = analysis(case).state_space(curvature, **parameters).to_control()
        answer = control.impulse_response(system, steps).outputs.reshape(case.calls, -1)
        for wrong in range(case.calls):
            state, expected = [0.0] * case.size, []
            for k in range(steps + 1):
                expected.append(state[w])
                state = list(independent.step(case, state, mistaken(curvature, wrong if k == 0 else -1), parameters))
            np.testing.assert_allclose(answer[wrong], expected, rtol=1e-9, atol=1e-9)
            assert any(expected)


# The open loop ----------------------------------------------------------------------------------------------------


class Oracle:
    """Gives any numbers for gradients, and keeps the points."""

    def __init__(self, gradients: list[float]) -> None:
        self.gradients, self.points = iter(gradients), []

    def __call__(self, point: float) -> float:
        self.points.append(point)
        return next(self.gradients)


@every
def test_the_open_loop_is_what_a_step_does_with_any_gradients(case: Case) -> None:
    source = np.random.default_rng(3)
    for _, parameters in settings(case, 3):
        system = analysis(case).state_space(**parameters)
        state, gradients = source.standard_normal(case.size), source.standard_normal(case.calls)
        oracle = Oracle(gradients.tolist())
        after = independent.step(case, state.tolist(), oracle, parameters)
        np.testing.assert_allclose(system.A @ state + system.B @ gradients, after, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(system.C @ state + system.D @ gradients, oracle.points, rtol=1e-12, atol=1e-12)
        assert np.array_equal(system.D, np.tril(system.D, -1))


@every
def test_closed_by_the_curvature_it_is_the_iteration(case: Case) -> None:
    for curvature, parameters in settings(case, 3):
        system = analysis(case).state_space(**parameters)
        feedback = np.linalg.solve(np.eye(case.calls) - curvature * system.D, curvature * system.C)
        R = matrix(case, curvature, parameters)
        np.testing.assert_allclose(system.A + system.B @ feedback, R, rtol=1e-10, atol=1e-10)
        closed = control.feedback(system.to_control(), curvature * np.eye(case.calls), sign=1)
        np.testing.assert_allclose(closed.A, R, rtol=1e-10, atol=1e-10)


# Symbols, numbers, names ------------------------------------------------------------------------------------------


def test_with_symbols_it_is_the_theory() -> None:
    a = sm.analyze("nesterov")
    trace, system = a.method.trace(), a.state_space()
    assert [getattr(system, n) == getattr(trace, n) for n in "ABCD"] == [True] * 4
    closed = a.state_space(lam)
    expected = a.iteration_matrix, a.noise_input, sympy.ImmutableMatrix([[0, 1]]), sympy.zeros(1, 1)
    assert expected == (closed.A, closed.B, closed.C, closed.D)
    swapped = a.state_space(lam, alpha=beta, beta=alpha)  # at once, not one after the other
    assert a.iteration_matrix.subs({alpha: beta, beta: alpha}, simultaneous=True) == swapped.A
    some = a.state_space(2, alpha=0.5)
    assert a.iteration_matrix.subs({lam: 2, alpha: sympy.Rational(1, 2)}) == some.A
    assert not some.A.has(sympy.Float)


DOUBLE = 1 / 3


@pytest.mark.parametrize(
    ("third", "exact"),
    [
        (Fraction(1, 3), Fraction(1, 3)),
        (sympy.Rational(1, 3), Fraction(1, 3)),
        *[(kind(DOUBLE), Fraction(DOUBLE)) for kind in (float, np.float64, sympy.Float, Decimal)],
    ],
    ids=lambda x: type(x).__name__,
)
def test_numbers_are_rounded_once(third: Any, exact: Fraction) -> None:
    system = sm.analyze("heavy-ball").state_space(3, alpha=third, beta=third)
    assert system.A.tolist() == [[float(exact), 3.0], [float(-exact * exact), float(1 - 3 * exact)]]
    for array in (system.A, system.B, system.C, system.D):
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_other_kinds_of_numbers() -> None:
    a = sm.analyze("heavy-ball")
    expected = a.state_space(2, alpha=0.5, beta=1).A
    for two, half, one in ((np.int64(2), np.float32(0.5), np.uint8(1)), (sympy.Integer(2), sympy.Float(0.5), 1.0)):
        assert np.array_equal(a.state_space(two, alpha=half, beta=one).A, expected)
    root = a.state_space(sympy.sqrt(2), alpha=1, beta=0)
    np.testing.assert_allclose(root.A, [[0, 2**0.5], [0, 1 - 2**0.5]], rtol=1e-15)


def test_names() -> None:
    a = analysis(SEVERAL_CALLS[-1])
    system = a.state_space(1, **dict.fromkeys(a.method.parameters, 0.5))
    made = system.to_control()
    assert (made.state_labels, made.output_labels) == (list(a.method.state), ["w"])
    assert made.input_labels == list(system.inputs) == ["eps1", "eps2"]
    assert (made.dt, made.name) == (True, a.method.name)
    assert repr(system) == f"<loop at curvature 1 of {a.method.name}: states v, w; inputs eps1, eps2; outputs w>"
    dotted = sm.analyze(sm.method(name="a.b")(lambda w, grad, *, alpha: w - alpha * grad(w)))
    assert dotted.state_space(1, alpha=0.5).to_control().name == "a_b"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"gamma": 1}, sm.MethodTypeError, r"heavy-ball: unknown parameter 'gamma'; known: alpha, beta"),
        ({"alpha": float("nan")}, sm.ArgumentError, r"heavy-ball: alpha must be a finite real number .*given nan"),
        ({"alpha": float("inf")}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.oo}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.nan}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.zoo}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.Float("inf")}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.Float("nan")}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.I}, sm.ArgumentError, "finite real"),
        ({"alpha": 1j}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.I * beta}, sm.ArgumentError, "finite real"),
        ({"alpha": "0.1"}, sm.ArgumentError, "finite real number or a real expression; given '0.1'"),
        ({"alpha": None}, sm.ArgumentError, "finite real"),
        ({"alpha": True}, sm.ArgumentError, "finite real"),
        ({"alpha": np.array([0.1])}, sm.ArgumentError, "finite real"),
        ({"alpha": sympy.true}, sm.ArgumentError, "finite real"),
        ({"alpha": 0.1 * beta}, sm.ArgumentError, "write it exactly"),
        ({"lam": float("nan")}, sm.ArgumentError, "heavy-ball: lam must be"),
        ({"alpha": 10**200, "beta": 10**200}, sm.ArgumentError, "too large for floating point"),
    ],
)
def test_bad_values(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sm.analyze("heavy-ball").state_space(**arguments)


def test_where_the_rule_is_undefined() -> None:
    @sm.method
    def divided(z, w, grad, *, alpha, beta):
        z = beta * z + grad(w)
        return z, w - alpha / (1 - beta) * z

    assert sm.analyze(divided).state_space(alpha=1, beta=0.5).B.tolist() == [[1.0], [-2.0]]
    with pytest.raises(sm.ArgumentError, match=r"divided: the rule is undefined at .*beta = 1"):
        sm.analyze(divided).state_space(alpha=1, beta=1)


@pytest.mark.parametrize("package", ["control", "autolyap"])
def test_without_the_package(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *more: None if name == package else find(name, *more))
    system = sm.analyze("gradient-descent").state_space(alpha=0.5)
    with pytest.raises(
        sm.ArgumentError, match=rf"{package}, which is not installed: pip install 'symmomentum\[{package}\]'"
    ):
        getattr(system, f"to_{package}")()


def test_symbols_are_not_handed_on() -> None:
    a = sm.analyze("heavy-ball")
    with pytest.raises(sm.ArgumentError, match=r"heavy-ball: control takes numbers; give a number for beta, lam$"):
        a.state_space(lam, alpha=1).to_control()
    with pytest.raises(sm.ArgumentError, match=r"AutoLyap takes numbers; give a number for alpha, beta$"):
        a.state_space().to_autolyap()


# AutoLyap ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(tuple(c for c in EVERY if not (c.catalog and sm.catalog[c.catalog].regularized))))
def test_autolyap_takes_the_form(case: Case) -> None:
    (_, parameters) = settings(case, 1)[0]
    system = analysis(case).state_space(**parameters)
    made = system.to_autolyap()
    assert (made.n, made.m, made.m_bar_is, made.I_func, made.I_op) == (case.size, 1, [case.calls], [1], [])
    for given, kept in zip(made._get_AsBsCsDs(0, 2)[2], (system.A, system.B, system.C, system.D), strict=True):
        assert np.array_equal(given, kept)
    P, p, T, t = IterationIndependent.LinearConvergence.get_parameters_distance_to_solution(made)
    assert P.shape == (case.size + case.calls + 1,) * 2
    assert T.shape == (case.size + 2 * case.calls + 1,) * 2
    assert (p.shape, t.shape) == ((case.calls + 1,), (2 * case.calls + 1,))


def markov(matrices: tuple[np.ndarray, ...], count: int = 6) -> list[np.ndarray]:
    """D, CB, CAB, ...: what a linear system does, whatever its state."""
    A, B, C, D = matrices
    return [D, *(C @ np.linalg.matrix_power(A, k) @ B for k in range(count))]


Q = (1 / 10) ** 0.5


@pytest.mark.parametrize(
    ("name", "parameters", "theirs"),
    [
        ("gradient-descent", {"alpha": 0.3}, algorithms.GradientMethod(0.3)),
        ("heavy-ball", {"alpha": 0.3, "beta": 0.6}, algorithms.HeavyBallMethod(0.3, 0.6)),
        ("heavy-ball-two-step", {"alpha": 0.3, "beta": 0.6}, algorithms.HeavyBallMethod(0.3, 0.6)),
        ("nesterov", {"alpha": 0.1, "beta": (1 - Q) / (1 + Q)}, algorithms.NesterovConstant(1, 10)),
        ("nesterov-sutskever", {"alpha": 0.1, "beta": (1 - Q) / (1 + Q)}, algorithms.NesterovConstant(1, 10)),
        (
            "triple-momentum",
            {
                "alpha": (2 - Q) / 10,
                "beta": (1 - Q) ** 2 / (1 + Q),
                "gamma": (1 - Q) ** 2 / ((2 - Q) * (1 + Q)),
            },
            algorithms.TripleMomentum(1, 10),
        ),
    ],
)
def test_it_does_what_autolyaps_own_method_does(name: str, parameters: dict[str, float], theirs: Any) -> None:
    """Only from the gradients to the points: the states differ, and so do the outputs by what the start adds."""
    mine = sm.analyze(name).state_space(**parameters).to_autolyap()
    np.testing.assert_allclose(markov(mine.get_ABCD(0)), markov(theirs.get_ABCD(0)), rtol=1e-12, atol=1e-14)


def test_two_gradients_in_a_step() -> None:
    mine = analysis(SEVERAL_CALLS[0]).state_space(alpha=0.3).to_autolyap().get_ABCD(5)
    for given, expected in zip(mine, algorithms.Extragradient(0.3, 0.3).get_ABCD(5), strict=True):
        assert np.array_equal(given, expected)


def provable(algorithm: Any, rho: float, mu: float, L: float) -> bool:
    """Whether AutoLyap proves that the squared distance to the minimizer falls by rho in each step."""
    P, p, T, t = IterationIndependent.LinearConvergence.get_parameters_distance_to_solution(algorithm)
    result = IterationIndependent.search_lyapunov(
        InclusionProblem([SmoothStronglyConvex(mu, L)]),
        algorithm,
        P,
        T,
        p=p,
        t=t,
        rho=rho,
        S_equals_T=True,
        s_equals_t=True,
        remove_C3=True,
        verbosity=0,
        solver_options=SolverOptions(backend="cvxpy", cvxpy_solver="CLARABEL"),
    )
    assert result["status"] in ("feasible", "infeasible")
    return bool(result["status"] == "feasible")


def test_autolyap_finds_the_known_rates() -> None:
    """On smooth, strongly convex functions: gradient descent (Polyak 1963); triple momentum (Van Scoy et al. 2018)."""
    mu, L = 1.0, 10.0
    descent = sm.analyze("gradient-descent").state_space(alpha=2 / (mu + L)).to_autolyap()
    parameters = {"alpha": (2 - Q) / 10, "beta": (1 - Q) ** 2 / (1 + Q), "gamma": (1 - Q) ** 2 / ((2 - Q) * (1 + Q))}
    triple = sm.analyze("triple-momentum").state_space(**parameters).to_autolyap()
    for algorithm, rate in ((descent, (L - mu) / (L + mu)), (triple, 1 - Q)):
        assert provable(algorithm, rate**2 * 1.03, mu, L)
        assert not provable(algorithm, rate**2 * 0.97, mu, L)


def test_a_decay_is_refused_and_a_decay_of_zero_is_none() -> None:
    a = sm.analyze("sgd")
    with pytest.raises(sm.ArgumentError, match=r"sgd: .*rests at w where the gradient is -0\.25 w: set the decay to 0"):
        a.state_space(alpha=0.5, beta=0.5, delta=0, gamma=0.25).to_autolyap()
    plain = sm.analyze("heavy-ball").state_space(alpha=0.5, beta=0.5).to_autolyap()
    made = a.state_space(alpha=0.5, beta=0.5, delta=0, gamma=0).to_autolyap()
    for given, expected in zip(made.get_ABCD(0), plain.get_ABCD(0), strict=True):
        assert np.array_equal(given, expected)


def test_a_closed_loop_is_no_algorithm() -> None:
    with pytest.raises(sm.ArgumentError, match="leave out the curvature 1"):
        sm.analyze("heavy-ball").state_space(1, alpha=0.5, beta=0.5).to_autolyap()


# The page ---------------------------------------------------------------------------------------------------------

EXAMPLES = re.findall(
    r"<!-- example: ([^>]*) -->\n```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)


def test_every_example_of_the_page_is_run() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(EXAMPLES) == 4


@pytest.mark.parametrize(("source", "shown"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES])
def test_the_page_shows_what_is_printed(source: str, shown: str) -> None:
    command = [sys.executable, "-W", "error", "-c", source]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == shown
