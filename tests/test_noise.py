"""Added gradient noise: against numeric Lyapunov solutions, the recursion in fractions and the update rule run with noise."""

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import sympy

import symmomentum as sm
from symmomentum.noise import noise_lemmas, problem_lemmas
from symmomentum.noise.published import published_results
from symmomentum.symbols import k as step_symbol
from tests import independent
from tests.independent import SMALL, THREE_STATES, TWO_STATES, Case, compiled, named
from tests.theory import analysis

ONE_EACH = [
    c for c in SMALL if c.name in ("gradient-descent", "extragradient", "heavy-ball", "nesterov", "extra-momentum")
]


def floats(case: Case, lam: Fraction, parameters: dict[str, Fraction]) -> tuple[np.ndarray, np.ndarray]:
    """R and B, by the rule run on unit vectors."""
    at = {n: float(v) for n, v in parameters.items()}
    R, B = independent.matrix(case, float(lam), at), independent.noise(case, float(lam), at)
    return np.array(R, float), np.array(B, float)


def exact_covariances(
    case: Case, lam: Fraction, parameters: dict[str, Fraction], steps: int
) -> list[list[list[Fraction]]]:
    """V^0 ... V^steps by the recursion, in fractions."""
    R, B = (f(case, lam, parameters, Fraction(1)) for f in (independent.matrix, independent.noise))
    n = range(case.size)
    V = [[Fraction(0)] * case.size for _ in n]
    found = [V]
    for _ in range(steps):
        V = [
            [
                sum(R[i][a] * V[a][b] * R[j][b] for a in n for b in n)
                + sum(B[i][c] * B[j][c] for c in range(case.calls))
                for j in n
            ]
            for i in n
        ]
        found.append(V)
    return found


@pytest.mark.parametrize(**named(SMALL))
def test_the_covariance_is_that_of_a_numeric_solution(case: Case) -> None:
    covariance = analysis(case).noise.stationary_covariance
    for lam, parameters in independent.stable_points(case, 12):
        at = {"lambda": lam, **parameters}
        R, B = floats(case, lam, parameters)
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
        assert compiled(noise.average_variance)({"lambda": lam, **parameters}) == independent.MP.inf


@pytest.mark.parametrize(**named(SMALL))
def test_it_is_proved(case: Case) -> None:
    claims = analysis(case).noise.claims
    assert {c.id.rpartition("/")[2] for c in claims} == {"lyapunov", "variances"}
    assert all(sm.check(c).proved for c in claims)
    assert set(claims) <= set(analysis(case).claims)


def test_all_that_is_stated_is_among_the_claims() -> None:
    """Those of the whole catalog are proved in the test of ``symmomentum verify``."""
    a = sm.analyze("heavy-ball")
    assert set(a.noise.further_claims) <= set(a.claims)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_lemmas_hold_and_wrong_ones_do_not(size: int) -> None:
    lemmas = {c.id.rpartition("/")[2]: c for c in (*noise_lemmas(size), *problem_lemmas())}
    assert all(sm.check(c).proved for c in lemmas.values())
    assert noise_lemmas(5) == ()
    for name, claim in lemmas.items():
        if name in ("variance-positive", "covariance"):
            continue
        first = claim.statement.args[0] if isinstance(claim.statement, sympy.And) else claim.statement
        wrong = sm.Claim(
            id="wrong",
            statement=sympy.Eq(2 * first.lhs, first.rhs, evaluate=False),
            assumptions=claim.assumptions,
            source="x",
        )
        assert sm.check(wrong).status == "refuted"


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


# At step k ------------------------------------------------------------------------------------------------------------


TINY = independent.MP.mpf(10) ** -25


def at_step(expression: Any, at: dict[str, Fraction], k: int) -> Any:
    """To 50 digits, through complex numbers where eigenvalues are; None where undefined."""
    try:
        return independent.mp_or_complex(compiled(expression)({**at, "k": Fraction(k)}))
    except ZeroDivisionError:
        return None
    except independent.UndefinedError:
        pass
    wide = {n: independent.MP.mpc(independent.mp(v)) for n, v in at.items()}
    try:
        return compiled(expression)({**wide, "k": Fraction(k)})
    except (ZeroDivisionError, independent.UndefinedError):
        return None


@pytest.mark.parametrize(**named(SMALL))
def test_the_covariance_at_a_step_is_the_recursion(case: Case) -> None:
    """The sum for a number, at any point, singular and unstable ones included, and the closed form for a symbol, where the
    Lyapunov equation has one solution."""
    noise = analysis(case).noise
    plain = {k: noise.covariance(k) for k in (0, 1, 2, 4)}
    closed = noise.covariance(step_symbol)
    points = [*itertools.islice(independent.random_points(case, 40), 12), *independent.stable_points(case, 3)]
    tested = 0
    for lam, parameters in points:
        at = {"lambda": lam, **parameters}
        expected = exact_covariances(case, lam, parameters, 7)
        for k, matrix in plain.items():
            assert [[compiled(matrix[i, j])(at) for j in range(case.size)] for i in range(case.size)] == expected[k]
        for k in (0, 1, 2, 3, 7):
            for i, j in itertools.product(range(case.size), repeat=2):
                mine = at_step(closed[i, j], at, k)
                if mine is not None:
                    tested += 1
                    scale = max(1, *(abs(x) for row in expected[k] for x in row))
                    assert abs(mine - independent.mp(expected[k][i][j])) < independent.mp(scale) * TINY
    assert tested > 60 * case.size**2  # of at most 75


def test_repeated_and_zero_eigenvalues() -> None:
    """Heavy ball where its eigenvalues meet, and where both are zero."""
    (case,) = [c for c in TWO_STATES if c.name == "heavy-ball"]
    closed = analysis(case).noise.covariance(step_symbol)
    for parameters in (
        {"alpha": Fraction(1, 4), "beta": Fraction(1, 4)},  # at lam = 1 the discriminant is 0
        {"alpha": Fraction(1), "beta": Fraction(0)},  # nilpotent
    ):
        expected = exact_covariances(case, Fraction(1), parameters, 6)
        for k in range(7):
            at = {"lambda": Fraction(1), **parameters, "k": Fraction(k)}
            assert [[compiled(closed[i, j])(at) for j in (0, 1)] for i in (0, 1)] == expected[k]


def test_flat_directions() -> None:
    """At curvature 0 the covariance grows without end: the closed form says nothing there, the sum what it is."""
    noise = sm.analyze("heavy-ball").noise
    alpha, beta, lam = sm.symbols.alpha, sm.symbols.beta, sm.symbols.lam
    at = {alpha: sympy.Rational(1, 2), beta: sympy.Rational(1, 2), lam: sympy.Integer(0)}
    variances = [noise.covariance(k)[1, 1].xreplace(at) for k in range(4)]
    assert variances == [0, sympy.Rational(1, 4), sympy.Rational(13, 16), sympy.Rational(101, 64)]
    # By hand: w^3 = -(e_3 + (1 + 1/2) e_2 + (1 + 1/2 + 1/4) e_1)/2, and so on.
    assert variances[3] == sympy.Rational(1, 4) * (1 + sympy.Rational(9, 4) + sympy.Rational(49, 16))
    assert noise.stationary_variance.subs(at) == sympy.oo


@pytest.mark.parametrize(**named(ONE_EACH))
def test_the_expected_loss_is_that_of_the_mean_and_that_of_the_variance(case: Case) -> None:
    noise = analysis(case).noise
    w = case.rule.__code__.co_varnames.index("w")
    for lam, parameters in independent.stable_points(case, 3, seed=4):
        at = {"lambda": lam, **parameters}
        for k in (0, 1, 3):
            parts = noise.loss_parts(k, Fraction(3), variance=Fraction(1, 4))
            mean = independent.run(case, lam, parameters, k)[-1] * 3
            assert compiled(parts.deterministic)(at) == lam / 2 * mean**2
            assert compiled(parts.stochastic)(at) == lam / 8 * exact_covariances(case, lam, parameters, k)[k][w][w]
            assert (
                parts.total == noise.expected_loss(k, 3, sympy.Rational(1, 4)) == parts.deterministic + parts.stochastic
            )
    symbolic = noise.expected_loss(step_symbol, 1)
    lam, parameters = next(independent.stable_points(case, 1, seed=5))
    five = compiled(noise.expected_loss(5, 1))({"lambda": lam, **parameters})
    assert (
        abs(at_step(symbolic, {"lambda": lam, **parameters}, 5) - independent.mp(five))
        < independent.mp(1 + abs(five)) * TINY
    )


def test_all_outcomes_of_a_coin() -> None:
    """Errors of plus or minus one, which are not Gaussian: the mean over all outcomes, exactly. Two gradients a step."""
    (case,) = [c for c in SMALL if c.name == "extra-momentum"]
    lam, parameters, steps = Fraction(3, 2), {"alpha": Fraction(1, 3), "beta": Fraction(1, 4)}, 3
    total = Fraction(0)
    for signs in itertools.product((1, -1), repeat=2 * steps):
        errors = iter(signs)
        state: tuple[Fraction, ...] = (Fraction(2), Fraction(2))
        for _ in range(steps):
            state = independent.step(case, state, lambda w, errors=errors: lam * w + next(errors), parameters)
        total += lam / 2 * state[1] ** 2
    expected = total / 2 ** (2 * steps)
    assert compiled(analysis(case).noise.expected_loss(steps, 2))({"lambda": lam, **parameters}) == expected


def test_wrong_arguments() -> None:
    noise = sm.analyze("heavy-ball").noise
    for k in (-1, 1.5, True, "3"):
        with pytest.raises(sm.ArgumentError, match="k must be a non-negative integer"):
            noise.covariance(k)
    for w0 in ("far", math.inf, math.nan, None, True, sympy.I, sympy.Float(1)):
        with pytest.raises(sm.ArgumentError, match="w0 must be a finite real number"):
            noise.expected_loss(1, w0)
    with pytest.raises(sm.ArgumentError, match="a variance is not negative"):
        noise.expected_loss(1, 1, variance=-1)
    assert noise.expected_loss(1, 0.5) == noise.expected_loss(1, Fraction(1, 2))
    with pytest.raises(sm.NotDerivedError, match="up to two states"):
        analysis(THREE_STATES[0]).noise.covariance(step_symbol)
    with pytest.raises(sm.NotDerivedError, match="up to two states"):
        analysis(THREE_STATES[0]).noise.cross_covariance(1, 2)


# The average ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(SMALL))
def test_the_variance_of_the_average(case: Case) -> None:
    """The response of the sum of all iterates to one error: a series, summed numerically."""
    average = analysis(case).noise.average_variance
    w = case.rule.__code__.co_varnames.index("w")
    for lam, parameters in independent.stable_points(case, 6):
        R, B = floats(case, lam, parameters)
        if max(abs(np.linalg.eigvals(R))) > 0.98:
            continue
        response, term = np.zeros(case.calls), B
        for _ in range(3000):
            response, term = response + term[w], R @ term
        found = float(compiled(average)({"lambda": lam, **parameters}))
        assert found == pytest.approx(float((response**2).sum()), rel=1e-9)
        if case.calls == 1:
            assert found == pytest.approx(1 / float(lam) ** 2)
        else:
            assert found >= (1 - 1e-12) / (case.calls * float(lam) ** 2)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_the_average_with_a_decay(name: str) -> None:
    lam, gamma = sm.symbols.lam, sm.symbols.gamma
    a = sm.analyze(name)
    drift = sympy.eye(2) - a.iteration_matrix
    response = (drift.inv() * a.noise_input)[1]
    assert sympy.cancel(response + 1 / (lam + gamma)) == 0
    assert sympy.cancel(a.noise.average_variance.args[0].expr - response**2) == 0


# Known results -------------------------------------------------------------------------------------------------------------


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


def test_published_results_are_of_the_catalog_s_methods_only() -> None:
    with_results = {n for n, m in sm.catalog.items() if published_results(m, 1 / sm.symbols.lam, ())}
    assert with_results == {"gradient-descent", "heavy-ball", "nesterov-sutskever", "quasi-hyperbolic", "lookahead"}

    @sm.method(name="heavy-ball")
    def another(z, w, grad, *, alpha, beta):
        z = beta * z + 2 * grad(w)
        return z, w - alpha * z

    assert "heavy-ball/noise/published" not in {c.id for c in sm.analyze(another).noise.further_claims}


def test_short_steps_of_quasi_hyperbolic_momentum() -> None:
    """The remainder of the published expansion is of third order: at 1e-3, compared with the first two."""
    variance = sm.analyze("quasi-hyperbolic").noise.lyapunov_solution[1, 1]
    at = {"beta": Fraction(9, 10), "nu": Fraction(7, 10), "lambda": Fraction(2)}
    for alpha in (Fraction(1, 1000), Fraction(1, 10000)):
        exact = compiled(variance)({**at, "alpha": alpha}) * 2
        curly = 1 + 2 * at["nu"] * at["beta"] / (1 - at["beta"]) * (2 * at["nu"] * at["beta"] / (1 + at["beta"]) - 1)
        assert abs(exact - alpha / 2 - alpha**2 * 2 / 4 * curly) < 200 * alpha**3


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
    assert noise.claims == noise.further_claims == ()
    with pytest.raises(sm.NotDerivedError, match="up to 4 states"):
        noise.lyapunov_solution
