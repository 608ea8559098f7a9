"""Noise in proportion to the gradient: against the map of second moments, made from the rule run with all signs of the noise."""

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.noise import mean_square_lemmas
from tests import independent
from tests.independent import ONE_STATE, SMALL, THREE_STATES, TWO_STATES, Case, compiled, named
from tests.theory import analysis

ONE_CALL = [c for c in SMALL if c.calls == 1]
LEVELS = [Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(1), Fraction(-1), Fraction(5, 2)]


def noisy_matrix(case: Case, lam: Any, parameters: dict[str, Any], errors: Sequence[Any], one: Any) -> list[list[Any]]:
    """What one step does to the state if call c returns lam (1 + errors[c]) times the point."""
    columns = []
    for i in range(case.size):
        factors = iter(errors)
        unit = [one * (i == j) for j in range(case.size)]
        columns.append(
            independent.step(case, unit, lambda w, factors=factors: lam * (1 + next(factors)) * w, parameters)
        )
    return [list(row) for row in zip(*columns, strict=True)]


def second_moments(case: Case, lam: Fraction, parameters: dict[str, Fraction], s: Fraction) -> np.ndarray:
    """The map of the second moments, for errors of plus or minus s: the mean of F (x) F over all signs."""
    at = {n: float(v) for n, v in parameters.items()}
    signs = list(itertools.product((float(s), -float(s)), repeat=case.calls))
    products = [np.kron(F, F) for e in signs for F in [np.array(noisy_matrix(case, float(lam), at, e, 1.0), float)]]
    return sum(products) / len(signs)


def radius(case: Case, lam: Fraction, parameters: dict[str, Fraction], s: Fraction) -> float:
    return float(max(abs(np.linalg.eigvals(second_moments(case, lam, parameters, s)))))


def points(case: Case, count: int) -> list[tuple[Fraction, dict[str, Fraction], Fraction]]:
    source = random.Random(case.name)
    every = [*independent.random_points(case, count), *independent.stable_points(case, count)]
    return [(lam, parameters, source.choice(LEVELS)) for lam, parameters in every]


@pytest.mark.parametrize(**named(SMALL))
def test_the_region_is_where_the_second_moments_converge(case: Case) -> None:
    mean_square = analysis(case).noise.mean_square
    region, conditions = compiled(mean_square.region), [compiled(c) for c in mean_square.conditions]
    seen = {True: 0, False: 0}
    for lam, parameters, s in points(case, 150):
        at = {"lambda": lam, **parameters, "s": s}
        found = radius(case, lam, parameters, s)
        inside = region(at)
        assert inside == all(c(at) for c in conditions)
        if abs(found - 1) > 1e-6:
            assert inside == (found < 1), at
            seen[inside] += 1
        assert not inside or independent.stable(case, lam, parameters)
        if s == 0:
            assert inside == independent.stable(case, lam, parameters)
    assert min(seen.values()) > 20


@pytest.mark.parametrize(**named(ONE_CALL))
def test_the_largest_level_is_the_edge(case: Case) -> None:
    """At the largest level the spectral radius is 1; below it is smaller, above larger; and no condition is met with equality."""
    mean_square = analysis(case).noise.mean_square
    level = compiled(mean_square.threshold_noise())
    for lam, parameters in independent.stable_points(case, 8, seed=11):
        s = level({"lambda": lam, **parameters})
        near = [Fraction(int(s * f * 10**12), 10**12) for f in (Fraction(9, 10), 1, Fraction(11, 10))]
        below, at, above = (radius(case, lam, parameters, x) for x in near)
        assert below < 1 < above
        assert at == pytest.approx(1, abs=1e-6)
    unstable = [p for p in independent.random_points(case, 60) if not independent.stable(case, *p)][:5]
    assert all(level({"lambda": lam, **parameters}) == 0 for lam, parameters in unstable)


@pytest.mark.parametrize("case", [c for c in SMALL if c.calls == 2], ids=lambda c: c.name)
def test_two_calls(case: Case) -> None:
    mean_square = analysis(case).noise.mean_square
    if case.size > 1:
        with pytest.raises(sm.NotDerivedError, match="no closed form of the largest noise level"):
            mean_square.threshold_noise()
    else:
        level = compiled(mean_square.threshold_noise())
        for lam, parameters in independent.stable_points(case, 8):
            s = level({"lambda": lam, **parameters})
            assert radius(case, lam, parameters, s) == pytest.approx(1, abs=1e-9)
    with pytest.raises(sm.NotDerivedError, match="derived for one gradient a step"):
        _ = mean_square.stationary_covariance
    assert all(sm.check(c).proved for c in mean_square.claims)


@pytest.mark.parametrize(**named(SMALL))
def test_the_second_moments_step_by_step(case: Case) -> None:
    """The mean over all signs of the noise in all steps, in fractions."""
    steps = 3 if case.calls == 1 else 2
    found = analysis(case).noise.mean_square.second_moment(steps, 2)
    s = Fraction(1, 3)
    lam, parameters = next(independent.random_points(case, 1, seed=9))
    total = [[Fraction(0)] * case.size for _ in range(case.size)]
    outcomes = list(itertools.product((s, -s), repeat=steps * case.calls))
    for outcome in outcomes:
        state: tuple[Any, ...] = tuple(2 * Fraction(x) for x in case.rest)
        errors = iter(outcome)
        for _ in range(steps):
            state = independent.step(case, state, lambda w, errors=errors: lam * (1 + next(errors)) * w, parameters)
        for i, j in itertools.product(range(case.size), repeat=2):
            total[i][j] += state[i] * state[j] / len(outcomes)
    at = {"lambda": lam, **parameters, "s": s}
    assert [[compiled(found[i, j])(at) for j in range(case.size)] for i in range(case.size)] == total


@pytest.mark.parametrize(**named(ONE_CALL))
def test_noise_of_both_kinds(case: Case) -> None:
    mean_square = analysis(case).noise.mean_square
    s = Fraction(1, 4)
    for lam, parameters in independent.stable_points(case, 8):
        at = {"lambda": lam, **parameters, "s": s}
        covariance = [compiled(x)(at) for x in mean_square.stationary_covariance]
        if radius(case, lam, parameters, s) >= 1:
            assert set(covariance) == {independent.MP.inf}
            continue
        B = np.array(independent.noise(case, float(lam), {n: float(v) for n, v in parameters.items()}), float)
        M = second_moments(case, lam, parameters, s)
        expected = np.linalg.solve(np.eye(len(M)) - M, (B @ B.T).reshape(-1))
        assert [float(x) for x in covariance] == pytest.approx(list(expected), rel=1e-8)
        w = case.rule.__code__.co_varnames.index("w")
        assert compiled(mean_square.stationary_variance)(at) == covariance[w * case.size + w]


@pytest.mark.parametrize(**named([*SMALL, *THREE_STATES]))
def test_it_is_proved(case: Case) -> None:
    claims = analysis(case).noise.mean_square.claims
    assert all(sm.check(c).proved for c in claims)
    names = {c.id.rpartition("/")[2] for c in claims}
    assert "noiseless" in names
    if case.calls == 1:
        assert {"region", "within"} <= names
    if case in TWO_STATES and case.calls == 1:
        assert {"polynomial", "sufficient", "necessary", "covariance", "level"} <= names
    assert set(claims) <= set(analysis(case).noise.further_claims)


def test_three_states() -> None:
    (case,) = THREE_STATES
    mean_square = analysis(case).noise.mean_square
    region = compiled(mean_square.region)
    inside = 0
    for i, (lam, parameters) in enumerate(independent.random_points(case, 400)):
        s = LEVELS[i % 4]
        found = radius(case, lam, parameters, s)
        if abs(found - 1) > 1e-6:
            assert region({"lambda": lam, **parameters, "s": s}) == (found < 1)
            inside += found < 1
    assert inside > 20


def test_in_formulas() -> None:
    """Gradient descent by hand: E (1 - x (1 + s xi))^2 = (1 - x)^2 + s^2 x^2 < 1 with x = alpha lam."""
    alpha, beta, lam = sm.symbols.alpha, sm.symbols.beta, sm.symbols.lam
    mean_square = sm.analyze("gradient-descent").noise.mean_square
    s = mean_square.level
    assert mean_square.region == sympy.And(alpha * lam > 0, alpha * lam * (1 + s**2) < 2)
    assert mean_square.threshold == 2 / (alpha * (1 + s**2))
    found = sm.analyze("heavy-ball").noise.mean_square
    assert sympy.cancel(found.threshold - 2 * (1 - beta**2) / (alpha * (1 - beta + s**2 * (1 + beta)))) == 0
    # More momentum, less noise: the largest level falls to zero.
    levels = [found.threshold_noise(1).subs({alpha: 1, beta: sympy.Rational(b, 10)}) for b in (0, 5, 9)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == mean_square.threshold_noise(1).subs(alpha, 1) == 1


def test_a_decay_is_stable_at_curvature_zero() -> None:
    a = sm.analyze("sgd")
    alpha, beta, gamma, delta, lam = (getattr(sm.symbols, n) for n in ("alpha", "beta", "gamma", "delta", "lam"))
    at = {alpha: sympy.Rational(1, 2), beta: sympy.Rational(1, 2), gamma: sympy.Rational(1, 2), delta: sympy.Integer(0)}
    level = a.noise.mean_square.threshold_noise().subs(at)
    assert level.subs(lam, 0) == sympy.oo
    assert level.subs(lam, 1).is_positive
    assert level.subs(lam, -1) == 0
    assert a.noise.mean_square.region.subs(at).subs({lam: 0, a.noise.mean_square.level: 100}) == sympy.true


@pytest.mark.parametrize("index", range(3))
def test_lemmas_hold_and_wrong_ones_do_not(index: int) -> None:
    claim = mean_square_lemmas()[index]
    assert sm.check(claim).proved
    if index < 2:  # a condition left out
        for left_out in claim.assumptions[-1:]:
            rest = tuple(a for a in claim.assumptions if a != left_out)
            wrong = sm.Claim(id="wrong", statement=claim.statement, assumptions=rest, source="x")
            assert sm.check(wrong).status == "refuted"
    else:
        wrong = sm.Claim(
            id="wrong",
            statement=sympy.Eq(claim.statement.lhs, claim.statement.rhs + claim.symbols[0], evaluate=False),
            assumptions=(),
            source="x",
        )
        assert sm.check(wrong).status == "refuted"


@pytest.mark.parametrize("case", [c for c in TWO_STATES if c.name in ("heavy-ball", "nesterov")], ids=lambda c: c.name)
def test_no_condition_is_redundant(case: Case) -> None:
    """Without one of them the region is larger, and that it is what it says is refuted."""
    mean_square = analysis(case).noise.mean_square
    parts = mean_square.region.args
    assert len(parts) == 3
    for left_out in parts:
        wider = sympy.And(*(p for p in parts if p != left_out))
        statement = sympy.Equivalent(sympy.And(*mean_square.conditions), wider)
        wrong = sm.Claim(id="wrong", statement=statement, assumptions=(), source="x")
        assert sm.check(wrong).status == "refuted"
    assert {c for c, _ in mean_square.failing_alone} == set(parts)


def test_wrong_arguments() -> None:
    mean_square = analysis(ONE_STATE[0]).noise.mean_square
    for k in (-1, 1.5, True, sm.symbols.k):
        with pytest.raises(sm.ArgumentError, match="k must be a non-negative integer"):
            mean_square.second_moment(k)


def test_a_parameter_may_have_the_level_s_name() -> None:
    @sm.method
    def named_s(w, grad, *, s):
        return w - s * grad(w)

    mean_square = sm.analyze(named_s).noise.mean_square
    assert mean_square.level.name == "s_0"
    assert all(sm.check(c).proved for c in mean_square.claims)


def test_simulated() -> None:
    """Uniform noise, inside and outside of the region by a third: the mean square over many runs shrinks or grows."""
    source, runs = np.random.default_rng(3), 4000
    method, lam = sm.catalog["heavy-ball"], sm.symbols.lam
    level = float(
        sm.analyze("heavy-ball")
        .noise.mean_square.threshold_noise()
        .subs({lam: 1, sm.symbols.alpha: sympy.Rational(1, 2), sm.symbols.beta: sympy.Rational(1, 2)})
    )
    for factor, shrinks in ((0.66, True), (1.33, False)):
        noise = factor * level * np.sqrt(3)
        iterates = method.run(
            lambda w, noise=noise: w * (1 + noise * source.uniform(-1, 1, w.shape)),
            np.ones(runs),
            25,
            alpha=0.5,
            beta=0.5,
        )
        early, late = (np.mean(iterates[k] ** 2) for k in (8, 25))
        assert (late < early) == shrinks
