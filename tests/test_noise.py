"""The stationary covariance: against a numeric Lyapunov solution and against the update rule run with noise."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import sympy

import symmomentum as sm
from tests import independent
from tests.independent import SMALL, THREE_STATES, Case, compiled, named
from tests.theory import analysis


@pytest.mark.parametrize(**named(SMALL))
def test_the_covariance_is_that_of_a_numeric_solution(case: Case) -> None:
    covariance = analysis(case).noise.stationary_covariance
    for lam, parameters in independent.stable_points(case, 12):
        at = {"lambda": lam, **parameters}
        R = np.array(independent.matrix(case, float(lam), {n: float(v) for n, v in parameters.items()}), float)
        B = np.array(independent.noise(case, float(lam), {n: float(v) for n, v in parameters.items()}), float)
        expected = scipy.linalg.solve_discrete_lyapunov(R, B @ B.T)
        mine = np.array([[float(compiled(covariance[i, j])(at)) for j in range(case.size)] for i in range(case.size)])
        scale = abs(expected).max()
        distance = 1 - max(abs(np.linalg.eigvals(R)))
        assert mine == pytest.approx(expected, abs=1e-10 * scale / distance)


@pytest.mark.parametrize(**named(SMALL))
def test_its_parts(case: Case) -> None:
    noise = analysis(case).noise
    w = case.rule.__code__.co_varnames.index("w")
    assert noise.stationary_variance == noise.stationary_covariance[w, w]
    for lam, parameters in independent.stable_points(case, 5, seed=3):
        at = {"lambda": lam, **parameters}
        variance = compiled(noise.stationary_variance)(at)
        assert compiled(noise.stationary_loss)(at) == lam / 2 * variance
    unstable = [p for p in independent.random_points(case, 60) if not independent.stable(case, *p)][:5]
    for lam, parameters in unstable:
        assert compiled(noise.stationary_variance)({"lambda": lam, **parameters}) == independent.MP.inf


@pytest.mark.parametrize(**named(SMALL))
def test_it_is_proved(case: Case) -> None:
    claims = analysis(case).noise.claims
    assert {c.id.rpartition("/")[2] for c in claims} == {"lyapunov", "variances"}
    assert all(sm.check(c).proved for c in claims)
    assert set(claims) <= set(analysis(case).claims)


def test_a_wrong_covariance_is_refuted() -> None:
    claim = analysis(SMALL[2]).noise.claims[0]
    statement = claim.statement.args[0]
    wrong = sm.Claim(
        id="wrong",
        statement=sympy.Eq(2 * statement.lhs, statement.rhs, evaluate=False),
        assumptions=claim.assumptions,
        source="x",
    )
    assert sm.check(wrong).status == "refuted"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("gradient-descent", {"alpha": 0.5}),
        ("heavy-ball", {"alpha": 0.3, "beta": 0.6}),
        ("nesterov", {"alpha": 0.3, "beta": 0.6}),
    ],
)
def test_the_rule_run_with_noise_agrees(name: str, parameters: dict[str, float]) -> None:
    """20000 independent runs to the stationary limit; four standard errors of a variance of Gaussian numbers."""
    runs, source = 20_000, np.random.default_rng(7)
    method = sm.catalog[name]
    iterates = method.run(lambda w: 1.2 * w + source.standard_normal(w.shape), np.zeros(runs), 120, **parameters)
    theory = sm.analyze(name).noise.stationary_variance
    at = {sm.symbols.parameter(n): sympy.Rational(Fraction(v).limit_denominator(100)) for n, v in parameters.items()}
    expected = float(theory.subs({**at, sm.symbols.lam: sympy.Rational(6, 5)}))
    assert iterates[-1].var() == pytest.approx(expected, rel=4 * np.sqrt(2 / runs))


def test_known_results() -> None:
    """Heavy ball: alpha (1 + beta) / (lam (1 - beta) (2 (1 + beta) - alpha lam)) (Polyak 1987; Flammarion, Bach 2015)."""
    alpha, beta, lam = sm.symbols.alpha, sm.symbols.beta, sm.symbols.lam
    found = sm.analyze("heavy-ball").noise.lyapunov_solution[1, 1]
    assert sympy.cancel(found - alpha * (1 + beta) / (lam * (1 - beta) * (2 * (1 + beta) - alpha * lam))) == 0


def test_three_states() -> None:
    """The equation is solved and proved; what the solver cannot decide of its solution is not claimed."""
    (case,) = THREE_STATES
    a = analysis(case)
    (claim,) = a.noise.claims
    assert claim.id == "aggregated/noise/lyapunov"
    assert sm.check(claim).proved
    at = {"alpha": 0.3, "beta": 0.5, "gamma": 0.8}
    R, B = np.array(independent.matrix(case, 1.2, at)), np.array(independent.noise(case, 1.2, at))
    V = np.linalg.solve(np.eye(9) - np.kron(R, R), (B @ B.T).reshape(-1)).reshape(3, 3)
    values = {sm.symbols.parameter(n): v for n, v in at.items()} | {sm.symbols.lam: 1.2}
    np.testing.assert_allclose(np.array(a.noise.lyapunov_solution.subs(values), dtype=float), V, rtol=1e-10)


def test_five_states_are_not_derived() -> None:
    @sm.method
    def five(v, x, y, z, w, grad, *, alpha, beta):
        return x, y, z, w, w + beta * (w - v) - alpha * grad(w)

    noise = sm.analyze(five).noise
    assert noise.claims == ()
    with pytest.raises(sm.NotDerivedError, match="up to 4 states"):
        noise.lyapunov_solution
