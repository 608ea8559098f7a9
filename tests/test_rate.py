"""The spectral radius, its regimes and its worst case, against eigenvalues, real runs and dense sweeps."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.errors import NotDerivedError
from symmomentum.rate import REGIMES
from tests import independent
from tests.independent import (
    CATALOG,
    MP,
    SMALL,
    THREE_STATES,
    TWO_STATES,
    Case,
    compiled,
    mp,
    named,
    number,
    radius_mp,
    random_points,
    stable_points,
)
from tests.theory import analysis

F = Fraction
CLOSE = MP.mpf(10) ** -40


# Points on the borders, exact -----------------------------------------------------------------------------------------


def border_points(case: Case):
    """Points at which eigenvalues coincide, vanish, or have modulus 1, with rational coordinates, and neighbours."""
    grid = [F(n, 4) for n in range(-6, 7)]
    for values in itertools.product(grid, repeat=len(case.parameters) - 1):
        if len(values) > 1 and sum(v.denominator for v in values) > 5:
            continue
        parameters = dict(zip(case.parameters, (F(1), *values), strict=True))
        for curvature in (
            F(0),
            F(1),
            F(2),
            *(parameters.values()),
            *(1 + v for v in values),
            *(2 + 2 * v for v in values),
        ):
            yield curvature, parameters
        for root in (F(1, 2), F(1, 3), F(0), F(2), F(-1, 2)):  # heavy ball: beta = root^2, alpha lam = (1 -+ root)^2
            squared = {**parameters, **dict.fromkeys(case.parameters[1:2], root**2)}
            for sign in (1, -1):
                yield (1 + sign * root) ** 2, squared
                if root != -1:
                    yield ((1 - root) / (1 + root)) ** 2, {**parameters, **dict.fromkeys(case.parameters[1:2], root)}
                    yield F(1), {**parameters, **dict.fromkeys(case.parameters[1:2], root)}


THIN = {
    # Where a regime is too thin for the grid: (curvature, step size, other parameters in order).
    "quasi-hyperbolic": [(F(1, 3), 1, F(1, 4), 1), (F(3), 1, F(1, 4), 1), (F(16, 9), 1, F(0), F(0))],
    "averaged": [(F(1, 3), 1, F(1, 4)), (F(3), 1, F(1, 4))],
    "extra-momentum": [
        (F(1, 5), 1, F(9, 25)),
        (F(4, 5), 1, F(9, 25)),
        (F(1, 2), 1, F(-4, 5)),
        (F(1, 3), 1, F(-4, 5)),
        (F(2, 5), 1, F(-4, 5)),
    ],
    "fixed-momentum": [(F(1, 500), 1), (F(1, 400), 1), (F(3798, 1000), 1), (F(3799, 1000), 1)],
}
IRRATIONAL = {"fixed-momentum": {"critical"}}
"""Regimes that hold no rational point, so that no exact point can be drawn there."""


def thin_points(case: Case):
    for curvature, *values in THIN.get(case.name, ()):
        yield curvature, dict(zip(case.parameters, map(F, values), strict=True))


def all_points(case: Case):
    yield from thin_points(case)
    yield from random_points(case, 700, seed=31)
    yield from itertools.islice(border_points(case), 900)


@pytest.mark.parametrize(**named(SMALL))
def test_rate_is_the_spectral_radius(case: Case) -> None:
    rate = analysis(case).rate
    for curvature, parameters in random_points(case, 400):
        expected = radius_mp(case, curvature, parameters)
        assert abs(mp(number(rate, curvature, parameters)) - expected) <= CLOSE * (1 + expected), (
            curvature,
            parameters,
        )
    for curvature, parameters in itertools.islice(border_points(case), 300):
        expected = radius_mp(case, curvature, parameters)
        assert abs(mp(number(rate, curvature, parameters)) - expected) <= CLOSE * (1 + expected), (
            curvature,
            parameters,
        )


@pytest.mark.parametrize(**named(SMALL))
def test_regimes_partition_and_rates(case: Case) -> None:
    """Exactly one regime at each of many exact points, borders included, and its rate is the spectral radius."""
    regimes = analysis(case).regimes
    names = [g.name for g in regimes]
    assert len(set(names)) == len(names)
    assert set(names) <= set(REGIMES) == {"one-step", "monotone", "oscillating", "critical", "complex", "divergent"}
    assert names == [n for n in REGIMES if n in names]
    assert all(g.meaning == REGIMES[g.name] for g in regimes)
    conditions, rates = [compiled(g.condition) for g in regimes], [compiled(g.rate) for g in regimes]
    met = dict.fromkeys(names, 0)
    for curvature, parameters in all_points(case):
        at = {"lambda": curvature, **parameters}
        holds = [i for i, c in enumerate(conditions) if c(at)]
        assert len(holds) == 1, (at, [names[i] for i in holds])
        (i,) = holds
        met[names[i]] += 1
        expected = radius_mp(case, curvature, parameters)
        assert abs(mp(rates[i](at)) - expected) <= CLOSE * (1 + expected), (at, names[i])
        assert (names[i] == "divergent") == (not independent.stable(case, curvature, parameters)), at
        kind = what_happens(case, curvature, parameters)
        assert names[i] == kind, (at, kind)
    assert {n for n, count in met.items() if not count} == IRRATIONAL.get(case.name, set()), met


def what_happens(case: Case, curvature: Fraction, parameters) -> str:
    """The regime by its meaning: from a run in exact arithmetic and from the eigenvalues by the quadratic formula."""
    if not independent.stable(case, curvature, parameters):
        return "divergent"
    run = independent.run(case, curvature, parameters, 4, F(1))
    rows = independent.matrix(case, curvature, parameters, F(1))
    if case.size == 1:
        factor = rows[0][0]
        return "one-step" if factor == 0 else "monotone" if factor > 0 else "oscillating"
    b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    if b == q == 0 and run[1:] == [0] * 4:
        return "one-step"
    d = b * b - 4 * q
    if d < 0:
        return "complex"
    if d == 0:
        return "critical"
    return "monotone" if b > 0 else "oscillating"


@pytest.mark.parametrize(**named(SMALL))
def test_meaning_of_the_regimes_in_runs(case: Case) -> None:
    regimes = [(g.name, compiled(g.condition), compiled(g.rate)) for g in analysis(case).regimes]
    seen: dict[str, int] = {}
    for curvature, parameters in (
        *thin_points(case),
        *stable_points(case, 120),
        *itertools.islice(border_points(case), 300),
    ):
        at = {"lambda": curvature, **parameters}
        name, _, rate = next(g for g in regimes if g[1](at))
        if name == "divergent" or seen.get(name, 0) >= 12:
            continue
        if case.size == 2 and name in ("monotone", "oscillating"):
            first, second = independent.roots_mp(independent.matrix(case, curvature, parameters, F(1)))
            if abs(abs(first) - abs(second)) < 0.01 * (abs(first) + abs(second)):
                continue  # too close to tell within the steps taken here
        if name == "complex":
            angle = MP.arg(independent.roots_mp(independent.matrix(case, curvature, parameters, F(1)))[0])
            if not 0.1 < abs(angle) < 3.0:
                continue
        numbers = {n: mp(v) for n, v in parameters.items()}
        if name == "one-step":
            exact = independent.run(case, curvature, parameters, 5, F(1))
            assert exact[0] == 1
            assert exact[1:] == [0] * 5
            seen[name] = seen.get(name, 0) + 1
            continue
        with MP.workdps(400):
            tail = independent.run(case, mp(curvature), numbers, 240, MP.mpf(1))[120:]
        if min(map(abs, tail)) < MP.mpf(10) ** -300:
            continue  # the start has no part in the slower mode
        signs = [int(MP.sign(x)) for x in tail]
        changes = sum(x != y for x, y in itertools.pairwise(signs))
        if name == "monotone":
            assert changes == 0, at
        elif name == "oscillating":
            assert changes == len(signs) - 1, at
        elif name == "complex":
            assert changes >= 2, at
            assert changes < len(signs) - 1 or abs(angle) > 2.9, at
        speed = (max(map(abs, tail[-20:])) / max(map(abs, tail[:20]))) ** (MP.mpf(1) / 100)
        assert abs(speed - mp(rate(at))) < 0.05 * mp(rate(at)) + 0.01, (at, name)
        seen[name] = seen.get(name, 0) + 1
    wanted = {g[0] for g in regimes} - {"divergent"}
    assert {n for n in wanted if not seen.get(n)} <= {"critical", "one-step"}, seen


def test_regimes_of_heavy_ball_at_known_points() -> None:
    """alpha lam against (1 - sqrt(beta))^2, 1 + beta, (1 + sqrt(beta))^2 (Goh, 2017, "Why momentum really works")."""
    regimes = sm.analyze("heavy-ball").regimes

    def name(momentum, step_times_curvature):
        at = {"alpha": F(1), "beta": F(momentum), "lambda": F(step_times_curvature)}
        return next(g.name for g in regimes if compiled(g.condition)(at))

    quarter = F(1, 4)  # sqrt: 1/2
    assert [name(quarter, x) for x in (F(1, 5), quarter, F(1, 3), F(9, 4), F(12, 5), F(5, 2), F(0))] == [
        "monotone", "critical", "complex", "critical", "oscillating", "divergent", "divergent",
    ]  # fmt: skip
    assert [name(0, x) for x in (F(1, 2), 1, F(3, 2), 2)] == ["monotone", "one-step", "oscillating", "divergent"]
    assert name(F(-1, 2), F(1, 2)) == "oscillating"  # b = 0: eigenvalues of equal modulus and opposite sign
    assert name(F(-1, 2), F(1, 3)) == "monotone"
    assert name(1, F(1, 2)) == "divergent"  # on the circle, not inside


# The worst case -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(SMALL))
def test_worst_rate_is_the_supremum(case: Case) -> None:
    worst = compiled(analysis(case).worst_rate)
    source = np.random.default_rng(17)
    for curvature, parameters in random_points(case, 120, seed=9):
        low = abs(curvature) or F(1)
        for ratio in (F(1), F(5, 4), F(4), F(100), F(10**6)):
            if ratio in (F(4), F(100)) and source.uniform() < 0.5:
                continue
            high = low * ratio
            mine = float(worst({**parameters, "mu": low, "L": high}))
            swept = independent.worst(case, low, high, parameters, points=1001)
            size = 1 + swept
            assert swept <= mine + 1e-6 * size, (parameters, low, high)
            if case.name == "extragradient" and mine > swept + 1e-6 * size:
                # an interior maximum may lie between the points of the sweep
                swept = independent.worst(
                    case, low, min(high, 5 / abs(parameters["alpha"])), parameters, points=200_001
                )
                swept = max(swept, independent.worst(case, low, high, parameters, points=1001))
            assert mine <= swept + 1e-6 * size, (parameters, low, high)


@pytest.mark.parametrize(**named(CATALOG))
def test_worst_rate_where_the_interval_is_a_point(case: Case) -> None:
    worst, rate = compiled(analysis(case).worst_rate), analysis(case).rate
    for curvature, parameters in stable_points(case, 40):
        low = abs(curvature)
        assert worst({**parameters, "mu": low, "L": low}) == number(rate, low, parameters)


def test_worst_rate_that_the_interior_decides() -> None:
    """1 - 2 x + x^2/2 for x = alpha lam has its minimum -1 at x = 2: on [mu, L] around it neither end is the worst."""

    @sm.method
    def bent(w, grad, *, alpha):
        g = grad(w)
        return w - 3 * alpha * g / 2 - alpha * grad(w - alpha * g) / 2

    a = sm.analyze(bent)
    case = Case(bent.rule, ("alpha",), (1,), calls=2)
    worst = compiled(a.worst_rate)
    at = {"alpha": F(1), "mu": F(3, 2), "L": F(5, 2)}
    assert worst(at) == 1
    assert independent.worst(case, 1.5, 2.5, {"alpha": 1.0}) == pytest.approx(1, abs=1e-9)
    ends = [abs(mp(number(a.rate, x, {"alpha": F(1)}))) for x in (F(3, 2), F(5, 2))]
    assert max(ends) < 0.9
    for low, high in ((F(1, 10), F(1)), (F(1), F(3)), (F(3), F(5)), (F(2), F(2)), (F(2), F(9, 4)), (F(7, 4), F(2))):
        for step_size in (F(1), F(1, 3), F(-1)):
            mine = float(worst({"alpha": step_size, "mu": low, "L": high}))
            assert mine == pytest.approx(independent.worst(case, low, high, {"alpha": step_size}), rel=1e-6)
    assert any(c.id.startswith("bent/worst-rate/interior") for c in a.claims)
    assert all(v.proved for v in a.verify())
    assert not a._rate.is_affine


def peaked(v, w, grad, *, alpha, beta):
    return w, w + beta * (w - v) - alpha * grad(v - alpha * grad(v))


def test_worst_rate_where_a_complex_pair_peaks_inside() -> None:
    """The determinant beta + x - x^2 for x = alpha lam is largest at x = 1/2, and there the eigenvalues are complex."""
    case = Case(peaked, ("alpha", "beta"), (1, 1), calls=2)
    a = sm.analyze(sm.method(peaked))
    worst = compiled(a.worst_rate)
    at = {"alpha": F(1), "beta": F(1, 2)}
    assert mp(worst({**at, "mu": F(1, 5), "L": F(4, 5)})) == MP.sqrt(MP.mpf(3) / 4)
    for low, high in ((F(1, 5), F(4, 5)), (F(1, 5), F(2, 5)), (F(1, 2), F(9, 10)), (F(1, 100), F(3))):
        for values in (at, {"alpha": F(1, 2), "beta": F(-1, 3)}, {"alpha": F(2), "beta": F(7, 10)}):
            mine = float(mp(worst({**values, "mu": low, "L": high})))
            assert mine == pytest.approx(independent.worst(case, low, high, values), rel=1e-6)
    assert all(v.proved for v in a.verify())


def test_worst_rate_where_the_interior_point_has_no_value() -> None:
    """1 - alpha lam (1 - beta lam) peaks at lam = 1/(2 beta); with beta = 0 it is gradient descent."""

    def inner(w, grad, *, alpha, beta):
        return w - alpha * grad(w - beta * grad(w))

    case = Case(inner, ("alpha", "beta"), (1,), calls=2)
    a = sm.analyze(sm.method(inner))
    (claim,) = [c for c in a.claims if c.id == "inner/worst-rate/interior"]
    assert sm.check(claim).proved
    beta, alpha = sm.symbols.beta, sm.symbols.alpha
    plain = a.worst_rate.xreplace({beta: sympy.Integer(0)})
    at = {alpha: sympy.Rational(1, 3), sm.symbols.mu: sympy.Integer(1), sm.symbols.L: sympy.Integer(2)}
    assert plain.xreplace(at) == sympy.Rational(2, 3)
    worst = compiled(a.worst_rate)
    for low, high in ((F(1, 2), F(3)), (F(1), F(2)), (F(2), F(9))):
        for values in (
            {"alpha": F(3, 2), "beta": F(1, 3)},
            {"alpha": F(1), "beta": F(-1, 4)},
            {"alpha": F(9), "beta": F(2, 5)},
        ):
            mine = float(worst({**values, "mu": low, "L": high}))
            assert mine == pytest.approx(independent.worst(case, low, high, values), rel=1e-6)


@pytest.mark.parametrize(**named(TWO_STATES))
def test_affine_where_the_coefficients_are(case: Case) -> None:
    affine = analysis(case)._rate.is_affine
    rows = [independent.matrix(case, F(x), dict.fromkeys(case.parameters, F(1, 3)), F(1)) for x in (0, 1, 2)]
    b = [r[0][0] + r[1][1] for r in rows]
    q = [r[0][0] * r[1][1] - r[0][1] * r[1][0] for r in rows]
    assert affine == (b[0] + b[2] == 2 * b[1] and q[0] + q[2] == 2 * q[1])
    assert affine == (case.calls == 1)


# Claims ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(SMALL))
def test_claims_of_the_rate_are_proved(case: Case) -> None:
    rate = analysis(case)._rate
    ids = [c.id for c in rate.claims]
    assert f"{case.name}/regimes/exhaustive" in ids
    assert f"{case.name}/regimes/disjoint" in ids
    assert all(f"{case.name}/regimes/{g.name}" in ids for g in rate.regimes)
    for claim in rate.claims:
        assert sm.check(claim).status == "proved", claim.id


def test_three_states_have_no_regimes() -> None:
    a = analysis(THREE_STATES[0])
    for attribute in ("rate", "regimes", "worst_rate"):
        with pytest.raises(NotDerivedError, match="up to two states"):
            getattr(a, attribute)


def test_wrong_regimes_would_not_be_proved() -> None:
    """Each kind of claim notices a regime whose border or rate is wrong."""
    from symmomentum.iteration import Iteration
    from symmomentum.rate import Rate, Regime
    from symmomentum.stability import Stability

    right = analysis(CATALOG[1])._rate.regimes
    by_name = {g.name: g for g in right}

    def statuses(*changed: Regime) -> dict[str, str]:
        rate = Rate(Stability(Iteration(sm.catalog["heavy-ball"])))
        instead = {g.name: g for g in changed}
        rate.__dict__["regimes"] = tuple(instead.get(g.name, g) for g in right)
        return {c.id.removeprefix("heavy-ball/regimes/"): sm.check(c).status for c in rate.claims}

    complex_, monotone = by_name["complex"], by_name["monotone"]
    assert set(statuses().values()) == {"proved"}
    assert statuses(Regime("complex", complex_.condition, complex_.rate**2))["complex"] == "refuted"
    assert statuses(Regime("monotone", monotone.condition, by_name["oscillating"].rate))["monotone"] == "refuted"
    wider = complex_.condition.replace(lambda e: isinstance(e, sympy.StrictLessThan), lambda e: sympy.Le(*e.args))
    assert statuses(Regime("complex", wider, complex_.rate))["disjoint"] == "refuted"
    narrower = sympy.And(complex_.condition, sympy.Symbol("beta", real=True) < sympy.Rational(1, 2))
    assert statuses(Regime("complex", narrower, complex_.rate))["exhaustive"] == "refuted"
