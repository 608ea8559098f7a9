"""The transient: the rules simply run over dense sweeps of the curvature, exact fractions, and what must be refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.symbols import k as step_symbol
from tests import independent

RULES = {
    "gradient-descent": independent.gradient_descent,
    "heavy-ball": independent.heavy_ball,
    "heavy-ball-two-step": independent.two_step,
    "nesterov": independent.nesterov,
    "nesterov-two-sequence": independent.two_sequences,
}
CASES = {c.rule: c for c in independent.ALL}


def swept(name: str, k: int, low: float, high: float, points: int = 20001, **parameters) -> float:
    """The largest |w^k| from rest at 1 over a dense sweep with both ends, in floating point."""
    angles = np.linspace(0, np.pi, points)
    lam = (low + high) / 2 + (high - low) / 2 * np.cos(angles)
    values = {n: float(v) for n, v in parameters.items()}
    return float(np.abs(independent.run(CASES[RULES[name]], lam, values, k, np.ones_like(lam))[-1]).max())


def by_name(parameters) -> dict:
    return {p.name: v for p, v in parameters.items()}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(("low", "high"), [(1, 10), (1, 100), (2, 3), (1, 4000)])
def test_tuned_worst_case_is_that_of_a_sweep(name: str, low: int, high: int) -> None:
    a = sm.analyze(name)
    best = by_name(a.tuning.at(low, high))
    for k in (0, 1, 2, 3, 7, 40, 161):
        found = a.transient.worst_case(k, mu=low, L=high)
        assert found.exact
        assert float(found) == pytest.approx(swept(name, k, low, high, 4001, **best), rel=1e-8), k


@pytest.mark.parametrize("name", ["nesterov", "nesterov-two-sequence"])
@pytest.mark.parametrize(("low", "high"), [(1, 10), (1, 100), (1, 9)])
def test_standard_nesterov(name: str, low: int, high: int) -> None:
    a = sm.analyze(name)
    given = by_name(sm.analyze("nesterov").presets["standard"].at(low, high))
    for k in (0, 1, 2, 5, 40):
        found = a.transient.worst_case(k, mu=low, L=high, **given)
        assert found.exact
        assert float(found) == pytest.approx(swept(name, k, low, high, **given), rel=1e-9), k


def test_the_other_start_differs() -> None:
    """The iterate after the gradient step, x^1 = x^0 - alpha g(x^0): nesterov-sutskever here, extrapolated there."""
    a = sm.analyze("nesterov-sutskever")
    case = CASES[independent.extrapolated]
    for given in (a.tuning.at(1, 50), sm.analyze("nesterov").presets["standard"].at(1, 50)):
        numbers = {p.name: float(v) for p, v in given.items()}
        lam = (51 + 49 * np.cos(np.linspace(0, np.pi, 20001))) / 2
        iterates = independent.run(case, lam, numbers, 30, np.ones_like(lam))
        for k in (0, 1, 2, 3, 11, 30):
            found = a.transient.worst_case(k, mu=1, L=50, **by_name(given))
            assert found.exact
            assert float(found) == pytest.approx(np.abs(iterates[k]).max(), rel=1e-9)
    assert float(a.transient.worst_case(5, mu=1, L=50)) != pytest.approx(
        float(sm.analyze("nesterov").transient.worst_case(5, mu=1, L=50)), rel=1e-2
    )


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
def test_exact_at_rational_end_points(name: str) -> None:
    """kappa = 16 and 5 make the tuned parameters rational: the value is that of the rule run in fractions at `at`."""
    low, high = (1, 16) if name == "heavy-ball" else (1, 5)
    a = sm.analyze(name)
    given = {n: Fraction(int(v.p), int(v.q)) for n, v in by_name(a.tuning.at(low, high)).items()}
    for k in range(12):
        found = a.transient.worst_case(k, mu=low, L=high)
        run = independent.run(CASES[RULES[name]], Fraction(int(found.at)), given, k, Fraction(1))
        assert found.value == sympy.Rational(abs(run[-1]).numerator, abs(run[-1]).denominator)


def test_symbols_and_numbers_agree() -> None:
    mu, L = sm.symbols.mu, sm.symbols.L
    for name in ("heavy-ball", "nesterov", "gradient-descent"):
        t = sm.analyze(name).transient
        general = t.worst_case(step_symbol, mu=mu, L=L).value
        for k in (1, 2, 9):
            put = general.subs({mu: 2, L: 34, step_symbol: k}, simultaneous=True)
            assert float(put) == pytest.approx(float(t.worst_case(k, mu=2, L=34)), rel=1e-14)
    standard = sm.analyze("nesterov").presets["standard"].parameters
    found = sm.analyze("nesterov").transient.worst_case(step_symbol, mu=mu, L=L, **by_name(standard))
    assert not found.value.has(sympy.Float)
    at = {mu: sympy.Integer(1), L: sympy.Integer(25), step_symbol: sympy.Integer(6)}
    assert found.value.subs(at, simultaneous=True) == sympy.Rational(4, 5) ** 6 * 2  # (1 - 1/5)^6 (1 + 6/6)


def test_a_million_steps() -> None:
    found = sm.analyze("heavy-ball").transient.worst_case(10**6, mu=1, L=10**10)
    assert not found.value.has(sympy.Float)
    r = (10**5 - 1) / (10**5 + 1)
    assert float(found) == pytest.approx(r**1e6 * (1 + 1e6 * (1 + r)), rel=1e-8)


def test_a_million_steps_of_nesterov() -> None:
    t = sm.analyze("nesterov").transient
    root = (3e8 + 1) ** 0.5
    beta = (root - 2) / (root + 2)
    expected = np.exp(1e6 * np.log1p(-2 / root)) * (1 + 1e6 * (1 - beta) / 2)
    assert float(t.worst_case(10**6, mu=1, L=10**8)) == pytest.approx(expected, rel=1e-6)
    k = t.iterations(1e-6, mu=1, L=10**12)
    assert float(t.worst_case(k, mu=1, L=10**12)) <= 1e-6 < float(t.worst_case(k - 1, mu=1, L=10**12))


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
@pytest.mark.parametrize("k", [1, 2, 5, 24, 60])
def test_certified_bounds_hold_a_sweep(name: str, k: int) -> None:
    given = {"alpha": Fraction(3, 20), "beta": Fraction(2, 5)}
    found = sm.analyze(name).transient.worst_case(k, mu=1, L=9, **given)
    sweep = swept(name, k, 1, 9, 40001, **given)
    assert not found.exact
    assert found.lower <= found.upper <= found.lower * (1 + sympy.Rational(1, 10**8))
    assert sweep <= float(found.upper) * (1 + 1e-9)
    assert sweep == pytest.approx(float(found.upper), rel=1e-5)
    exact = independent.run(CASES[RULES[name]], Fraction(int(found.at.p), int(found.at.q)), given, k, Fraction(1))[-1]
    assert abs(exact) >= Fraction(int(found.lower.p), int(found.lower.q))  # in fractions, without rounding


def test_certified_bounds_hold_the_closed_form() -> None:
    """Parameters a hair from the tuned ones have no closed form, but nearly the same worst case."""
    hair = Fraction(1, 10**18)
    t = sm.analyze("heavy-ball").transient
    for k in (3, 30, 200):
        near = t.worst_case(k, mu=1, L=16, alpha=Fraction(4, 25) + hair, beta=Fraction(9, 25))
        assert not near.exact
        assert float(near) == pytest.approx(float(t.worst_case(k, mu=1, L=16)), rel=1e-9)


def test_certified_for_many_states_and_gradients() -> None:
    found = sm.analyze("extragradient").transient.worst_case(5, mu=1, L=4, alpha=Fraction(1, 5))
    sweep = np.linspace(1, 4, 100001)
    assert float(found) == pytest.approx(np.abs((1 - sweep / 5 + sweep**2 / 25) ** 5).max(), rel=1e-8)
    given = {"alpha": Fraction(1, 4), "beta": Fraction(1, 2), "gamma": Fraction(1, 4)}
    found = sm.analyze("aggregated-momentum").transient.worst_case(7, mu=1, L=4, **given)
    numbers = {n: float(v) for n, v in given.items()}
    runs = independent.run(CASES[independent.aggregated], sweep, numbers, 7, np.ones_like(sweep))
    assert float(found) == pytest.approx(np.abs(runs[-1]).max(), rel=1e-8)


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov", "nesterov-two-sequence", "gradient-descent"])
@pytest.mark.parametrize("high", [2, 10, 144, 1000])
def test_peak_and_iterations_by_counting(name: str, high: int) -> None:
    a = sm.analyze(name)
    best = by_name(a.tuning.at(1, high))
    lam = (1 + high + (high - 1) * np.cos(np.linspace(0, np.pi, 2001))) / 2
    numbers = {n: float(v) for n, v in best.items()}
    runs = independent.run(CASES[RULES[name]], lam, numbers, 3000, np.ones_like(lam))
    worst = np.array([np.abs(np.ones_like(lam) * w).max() for w in runs])
    k, value = a.transient.peak(mu=1, L=high)
    assert float(value) == pytest.approx(worst.max(), rel=1e-9)
    assert worst[k] == pytest.approx(worst.max(), rel=1e-9)
    for tolerance in (1.5, 0.3, 0.011, 1e-4):
        if worst[-1] > tolerance:
            continue
        above = np.flatnonzero(worst > tolerance)
        expected = above[-1] + 1 if len(above) else 0
        assert a.transient.iterations(tolerance, mu=1, L=high) == expected


def test_where_mu_is_L() -> None:
    t = sm.analyze("heavy-ball").transient
    assert [t.worst_case(k, mu=3, L=3).value for k in range(3)] == [1, 0, 0]
    assert t.peak(mu=3, L=3) == (0, 1)
    assert t.iterations(1e-9, mu=3, L=3) == 1


@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball", "nesterov", "nesterov-sutskever"])
def test_claims_are_proved(name: str) -> None:
    claims = sm.analyze(name).transient.claims
    assert claims
    assert len({c.id for c in claims}) == len(claims)
    assert [v.claim.id for v in map(sm.check, claims) if not v.proved] == []


@pytest.mark.parametrize(
    ("error", "k", "arguments"),
    [
        (sm.ArgumentError, -1, {"mu": 1, "L": 2}),
        (sm.ArgumentError, 1.5, {"mu": 1, "L": 2}),
        (sm.ArgumentError, 3, {"mu": 0, "L": 2}),
        (sm.ArgumentError, 3, {"mu": 3, "L": 2}),
        (sm.ArgumentError, 3, {"mu": float("nan"), "L": 2}),
        (sm.ArgumentError, 3, {"mu": 1, "L": float("inf")}),
        (sm.ArgumentError, 3, {"mu": "one", "L": 2}),
        (sm.ArgumentError, 3, {"mu": 1, "L": 2, "alpha": sympy.I, "beta": 0}),
        (sm.MethodTypeError, 3, {"mu": 1, "L": 2, "alpha": 1}),
        (sm.MethodTypeError, 3, {"mu": 1, "L": 2, "nu": 1}),
        (sm.NotDerivedError, 3, {"mu": 1, "L": sm.symbols.L, "alpha": 0.3, "beta": 0.3}),
    ],
)
def test_bad_input_gives_one_line(error, k, arguments) -> None:
    with pytest.raises(error) as caught:
        sm.analyze("heavy-ball").transient.worst_case(k, **arguments)
    assert "\n" not in str(caught.value)


def test_what_peak_and_iterations_refuse() -> None:
    t = sm.analyze("heavy-ball").transient
    for tolerance in (0, -1, float("nan"), "small"):
        with pytest.raises(sm.ArgumentError, match="tolerance"):
            t.iterations(tolerance, mu=1, L=2)
    with pytest.raises(sm.ArgumentError, match="numbers"):
        t.peak(mu=sm.symbols.mu, L=2)
    for given in ({"alpha": 5, "beta": 0.5}, {"alpha": 1, "beta": 1}):  # divergent; marginal
        with pytest.raises(sm.ArgumentError, match="does not tend to 0"):
            t.iterations(0.1, mu=1, L=2, **given)
    with pytest.raises(sm.NotDerivedError, match="million steps"):
        t.iterations(1e-6, mu=Fraction(1, 10**9), L=1, alpha=1, beta=Fraction(1, 2))
    with pytest.raises(sm.ArgumentError, match="does not tend to 0"):
        sm.analyze("aggregated-momentum").transient.peak(mu=1, L=100, alpha=1, beta=0.9, gamma=0.5)
    with pytest.raises(sm.NotDerivedError, match="degree 5000 is above 4000"):
        sm.analyze("aggregated-momentum").transient.worst_case(5000, mu=1, L=2, alpha=0.1, beta=0.9, gamma=0.5)
    with pytest.raises(sm.ArgumentError, match="does not tend to 0"):
        sm.analyze("gradient-descent").transient.peak(mu=1, L=2, alpha=5)
    with pytest.raises(sm.NotDerivedError, match="schedule"):
        sm.analyze("chebyshev").transient.worst_case(3, mu=1, L=2)


ANY = [  # (method, the rule by which it is run here, parameters, mu, L)
    ("heavy-ball", independent.heavy_ball, {"alpha": "1/10", "beta": "9/10"}, 1, 10),
    ("heavy-ball", independent.heavy_ball, {"alpha": "3/10", "beta": "1/2"}, 1, 9),
    ("heavy-ball", independent.heavy_ball, {"alpha": "1/100", "beta": "19/20"}, 1, 300),
    ("nesterov", independent.nesterov, {"alpha": "1/10", "beta": "9/10"}, 1, 11),
    ("nesterov", independent.nesterov, {"alpha": "1/40", "beta": "3/5"}, 1, 40),
    ("quasi-hyperbolic", independent.quasi_hyperbolic, {"alpha": "1/2", "beta": "9/10", "nu": "7/10"}, 1, 10),
    ("three-parameter", independent.three_terms, {"alpha": "1/10", "beta": "7/10", "gamma": "1/10"}, 1, 10),
    ("nesterov-sutskever", independent.extrapolated, {"alpha": "1/4", "beta": "1/3"}, 1, Fraction(9, 2)),
    ("aggregated-momentum", independent.aggregated, {"alpha": "1/10", "beta": "9/10", "gamma": "1/2"}, 1, 10),
    ("extragradient", independent.extragradient, {"alpha": "1/5"}, 1, 4),
]


@pytest.mark.parametrize(("name", "rule", "given", "low", "high"), ANY)
def test_any_stable_parameters_by_counting(name: str, rule, given, low, high) -> None:
    """Peak and iterations against 700 steps run over a dense sweep."""
    given = {n: Fraction(v) for n, v in given.items()}
    numbers = {n: float(v) for n, v in given.items()}
    lam = float(low) + float(high - low) * np.sin(np.linspace(0, np.pi / 2, 30001)) ** 2
    worst = np.array([np.abs(w).max() for w in independent.run(CASES[rule], lam, numbers, 700, np.ones_like(lam))])
    t = sm.analyze(name).transient
    k, value = t.peak(mu=low, L=high, **given)
    assert k == int(np.argmax(worst))
    assert float(value) == pytest.approx(worst[k], rel=1e-5)
    for tolerance in (1.3, 0.11, 1e-3, 1e-5):
        if worst[-1] > tolerance / 10:
            continue
        above = np.flatnonzero(worst > tolerance)
        expected = above[-1] + 1 if len(above) else 0
        assert t.iterations(tolerance, mu=low, L=high, **given) == expected


def test_many_steps_between_bound_and_answer() -> None:
    """Next to the best parameters the bound that decreases with k is not sharp; floating point then says which k matter."""
    t = sm.analyze("heavy-ball").transient
    given = {"alpha": Fraction(4, 301**2), "beta": Fraction(299, 301) ** 2 + Fraction(1, 10**6)}
    k = t.iterations(1e-3, mu=1, L=90000, **given)
    assert float(t.worst_case(k - 1, mu=1, L=90000, **given).lower) > 1e-3
    for later in range(k, k + 40, 7):
        assert float(t.worst_case(later, mu=1, L=90000, **given).upper) <= 1e-3


def test_where_eigenvalues_meet_the_closed_form_is_found() -> None:
    """By the structure alone: neither the best parameters nor standard ones."""
    hb, nesterov = sm.analyze("heavy-ball").transient, sm.analyze("nesterov").transient
    q = Fraction
    found = hb.worst_case(9, mu=3, L=9, alpha=q(1, 4), beta=q(1, 4))  # at L the trace is -2 sqrt(beta); at mu 1/2
    assert found.exact
    assert found.value == sympy.Rational(1, 2) ** 9 * (1 + 9 * sympy.Rational(3, 2))
    sweep = np.linspace(3, 9, 50001)
    run = independent.run(CASES[independent.heavy_ball], sweep, {"alpha": 0.25, "beta": 0.25}, 9, np.ones_like(sweep))
    assert float(found) == pytest.approx(np.abs(run[-1]).max(), rel=1e-9)
    for name, rule in (("nesterov", independent.nesterov), ("nesterov-sutskever", independent.extrapolated)):
        t = sm.analyze(name).transient
        for high in (3, 4, 5, q(11, 2), 6):  # alpha L below, at and above 1; at 6 the rate is that at L
            sweep = np.linspace(1, float(high), 50001)
            numbers = {"alpha": 0.25, "beta": 1 / 3}
            runs = independent.run(CASES[rule], sweep, numbers, 24, np.ones_like(sweep))
            for k in (1, 2, 5, 24):
                found = t.worst_case(k, mu=1, L=high, alpha=q(1, 4), beta=q(1, 3))
                assert found.exact
                assert float(found) == pytest.approx(np.abs(runs[k]).max(), rel=1e-9), (name, high, k)
    assert not nesterov.worst_case(5, mu=1, L=6, alpha=q(1, 4), beta=q(1, 2)).exact


def test_one_state_is_a_power_of_the_worst_rate() -> None:
    t = sm.analyze("extragradient").transient
    found = t.worst_case(10**6, mu=1, L=4, alpha=Fraction(1, 5))
    assert found.exact
    assert found.at in (1, 4)
    assert sympy.log(found.value).evalf(20) == pytest.approx(1e6 * np.log(0.84), rel=1e-12)
    symbolic = t.worst_case(3, mu=sm.symbols.mu, L=sm.symbols.L, alpha=Fraction(1, 5)).value
    assert symbolic.subs({sm.symbols.mu: 1, sm.symbols.L: 4}) == sympy.Rational(21, 25) ** 3
    found = sm.analyze("lookahead").transient.worst_case(4, mu=1, L=10, alpha=Fraction(1, 5), nu=Fraction(1, 2))
    sweep = np.linspace(1, 10, 100001)
    assert float(found) == pytest.approx((np.abs(0.5 + 0.5 * (1 - sweep / 5) ** 5).max()) ** 4, rel=1e-8)
    # Without momentum heavy ball is gradient descent.
    assert (
        sm.analyze("heavy-ball").transient.worst_case(7, mu=1, L=4, alpha=Fraction(1, 5), beta=0).value
        == sympy.Rational(4, 5) ** 7
    )


def sutskever(z, w, grad, *, alpha, beta):
    """Sutskever et al. (2013), equations (3) and (4)."""
    new = beta * z - alpha * grad(w + beta * z)
    return new, w + new


@pytest.mark.parametrize(("name", "rule", "given", "low", "high"), ANY)
@pytest.mark.parametrize("k", [1, 2, 9, 60])
def test_norm_by_a_sweep(name: str, rule, given, low, high, k: int) -> None:
    given = {n: Fraction(v) for n, v in given.items()}
    if name == "nesterov-sutskever":  # its state is not that of the rule that is run here
        case = independent.Case(sutskever, ("alpha", "beta"), (0, 1))
    elif name == "three-parameter":
        case = None
    else:
        case = CASES[rule]
    found = sm.analyze(name).transient.norm(k, mu=low, L=high, **given)
    lam = float(low) + float(high - low) * np.sin(np.linspace(0, np.pi / 2, 4001)) ** 2
    numbers = {n: float(v) for n, v in given.items()}
    if case is None:
        fixed = {sympy.Symbol(n, real=True): v for n, v in numbers.items()}
        entries = sympy.lambdify(sm.symbols.lam, sm.analyze(name).iteration_matrix.subs(fixed))
        matrices = np.array([entries(x) for x in lam], dtype=float)
    else:
        rows = independent.matrix(case, lam, numbers)
        matrices = np.stack([np.stack([e + 0 * lam for e in row], axis=-1) for row in rows], axis=-2)
    sweep = np.linalg.norm(np.linalg.matrix_power(matrices, k), ord=2, axis=(-2, -1)).max()
    assert sweep <= float(found.upper) * (1 + 1e-9)
    assert sweep == pytest.approx(float(found.upper), rel=1e-4)
    assert 0 < found.lower <= found.upper
    assert found.upper <= found.lower * (1 + sympy.Rational(1, 10**9))
