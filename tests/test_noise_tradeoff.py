"""What people want to know of noise: floor, crossover, best steps, rate against noise. Against the recursion in fractions written
here, SciPy's Lyapunov solutions, dense grids and finite differences."""

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import sympy

import symmomentum as sm
from symmomentum.errors import ArgumentError
from symmomentum.iteration import Iteration
from symmomentum.noise import Noise, tradeoff
from symmomentum.noise.best import best_after, best_step, best_step_claims, quietest
from symmomentum.noise.decreasing import decreasing_claims, decreasing_limit, decreasing_loss
from symmomentum.noise.mode import Mode, on_mode, power_bounds
from symmomentum.noise.tradeoff import (
    alternatives,
    best_rate,
    effective_step,
    effective_step_claims,
    frontier,
    frontier_claims,
    least_floor,
    momentum_claims,
    momentum_effect,
    tradeoff_claims,
)
from symmomentum.stability import Stability
from symmomentum.symbols import alpha, beta, lam, nu
from tests import independent
from tests.independent import Case, named

CASES = [c for c in independent.ALL if c.name in ("gradient-descent", "extragradient", "heavy-ball", "nesterov")] + [
    c for c in independent.ALL if c.name in ("quasi-hyperbolic", "extra-momentum", "aggregated")
]
GROUPS = [frontier_claims, effective_step_claims, momentum_claims, best_step_claims, decreasing_claims]


def iteration(name: str) -> Iteration:
    return Iteration(sm.catalog[name])


def noise(name: str) -> Noise:
    return Noise(Stability(iteration(name)))


def own(case: Case) -> Iteration:
    return Iteration(sm.catalog[case.catalog] if case.catalog else sm.method(case.rule))


def positive(points: Any) -> list[Any]:
    """Points with a positive curvature: of a negative one there is no loss."""
    found = [p for p in points if p[0] > 0]
    assert len(found) > 2
    return found


def both_parts(
    case: Case, at: Fraction, parameters: dict[str, Fraction], steps: int
) -> list[tuple[Fraction, Fraction]]:
    """P_k and the variance of w, k = 0 ... steps, by running the rule in fractions."""
    R, B = (f(case, at, parameters, Fraction(1)) for f in (independent.matrix, independent.noise))
    n, w = range(case.size), case.rule.__code__.co_varnames.index("w")
    V, state, found = [[Fraction(0)] * case.size for _ in n], [Fraction(x) for x in case.rest], []
    for _ in range(steps + 1):
        found.append((state[w], V[w][w]))
        state = [sum(R[i][j] * state[j] for j in n) for i in n]
        V = [
            [
                sum(R[i][a] * V[a][b] * R[j][b] for a in n for b in n)
                + sum(x * y for x, y in zip(B[i], B[j], strict=True))
                for j in n
            ]
            for i in n
        ]
    return found


# Claims ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_stated_is_proved(group: Any) -> None:
    assert [(c.id, v.detail) for c in group() if not (v := sm.check(c)).proved] == []


def changed(statement: Any) -> Any:
    """The same with a relation that is off by a factor or turned round."""
    if isinstance(statement, sympy.And):
        first, *rest = statement.args
        return sympy.And(changed(first), *rest)
    if isinstance(statement, sympy.Eq):
        return sympy.Eq(2 * statement.lhs + 1, statement.rhs, evaluate=False)
    if isinstance(statement, sympy.Equivalent):
        return sympy.Not(statement)
    return sympy.Not(statement)


@pytest.mark.parametrize("group", GROUPS)
def test_the_opposite_is_refuted(group: Any) -> None:
    for claim in group():
        wrong = sm.Claim(id="wrong", statement=changed(claim.statement), assumptions=claim.assumptions, source="x")
        assert sm.check(wrong).status == "refuted", claim.id


def test_no_two_have_one_id() -> None:
    every = tradeoff_claims()
    assert len({c.id for c in every}) == len(every) == sum(len(group()) for group in GROUPS)


# One mode at numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(CASES))
def test_the_floor_is_that_of_a_numeric_solution(case: Case) -> None:
    it = own(case)
    w = case.rule.__code__.co_varnames.index("w")
    for at, parameters in positive(independent.stable_points(case, 12, seed=5)):
        mode = on_mode(it, at, parameters)
        values = {n: float(v) for n, v in parameters.items()}
        R, B = (np.array(f(case, float(at), values), float) for f in (independent.matrix, independent.noise))
        radius = max(abs(np.linalg.eigvals(R)))
        assert mode.stable == (radius < 1)
        if not mode.stable:
            continue
        expected = scipy.linalg.solve_discrete_lyapunov(R, B @ B.T)[w, w]
        assert float(mode.variance) == pytest.approx(expected, rel=1e-9 / (1 - radius) ** 2)
        assert mode.floor(Fraction(3, 2)) == at / 2 * Fraction(9, 4) * mode.variance
        moved = np.linalg.solve(np.eye(case.size) - R, B)[w]
        assert float(mode.average_variance) == pytest.approx((moved**2).sum(), rel=1e-8 / (1 - radius))
        assert mode.within(Fraction(radius) * Fraction(1000001, 10**6))
        assert not mode.within(Fraction(radius) * Fraction(999999, 10**6))
        if case.size <= 2:
            assert float(mode.rate) == pytest.approx(radius, abs=1e-7)


@pytest.mark.parametrize(**named(CASES))
def test_the_loss_after_k_steps_is_the_recursion(case: Case) -> None:
    it = own(case)
    w0, sigma = Fraction(7, 3), Fraction(2, 5)
    for at, parameters in positive(itertools.islice(independent.random_points(case, 40), 12)):
        mode = on_mode(it, at, parameters)
        for k, (mean, variance) in enumerate(both_parts(case, at, parameters, 6)):
            parts = mode.loss_parts(k, w0, sigma)
            assert parts.total.exact
            assert parts.deterministic.value == at / 2 * (mean * w0) ** 2
            assert parts.stochastic.value == at / 2 * sigma**2 * variance


def test_a_late_loss_is_enclosed() -> None:
    case = next(c for c in CASES if c.name == "heavy-ball")
    at, parameters = Fraction(1), {"alpha": Fraction(1, 100), "beta": Fraction(9, 10)}
    mode = on_mode(own(case), at, parameters)
    mean, variance = both_parts(case, at, parameters, 700)[-1]
    found = mode.loss_parts(700, 3, 2)
    for part, expected in zip(found, (Fraction(9, 2) * mean**2, 2 * variance), strict=True):
        assert part.lower <= expected <= part.upper
        assert part.upper - part.lower <= part.upper / 2**60
    assert not found.deterministic.exact
    far = mode.loss_parts(10**9)
    assert far.deterministic.upper < Fraction(1, 2**1074)
    assert far.stochastic.lower <= mode.floor() <= far.stochastic.upper
    assert far.stochastic.upper - far.stochastic.lower < Fraction(1, 10**30)


def test_power_bounds() -> None:
    for base, k in itertools.product((Fraction(0), Fraction(1, 3), Fraction(99, 100), Fraction(1)), (0, 1, 2, 7, 100)):
        low, high = power_bounds(base, k, 80)
        assert low <= base**k <= high
        assert high - low <= Fraction(2 * k + 2, 2**80)


@pytest.mark.parametrize(**named(CASES))
def test_the_crossover_is_that_of_the_recursion(case: Case) -> None:
    it = own(case)
    w0, tested = Fraction(50), 0
    for at, parameters in positive(independent.stable_points(case, 40, seed=8)):
        mode = on_mode(it, at, parameters)
        # Where so many steps are enough for the recursion to be over.
        if not mode.within(Fraction(9, 10)):
            continue
        values = both_parts(case, at, parameters, 150)
        larger = [(mean * w0) ** 2 > variance for mean, variance in values]
        found = mode.crossover(w0)
        assert found is not None
        assert found.until == larger.index(False) - 1
        assert found.last == max(k for k, x in enumerate(larger) if x)
        tested += 1
    assert tested > 2


def test_the_crossover_of_gradient_descent_in_closed_form() -> None:
    """(1 - alpha lam)^2k D = F (1 - (1 - alpha lam)^2k) solved for k, in floating point; and far beyond all scans."""
    for a, at, w0, sigma in ((0.1, 1.0, 10.0, 1.0), (1e-7, 0.5, 1e6, 0.25), (1.9, 1.0, 3.0, 0.5)):
        start, floor = at / 2 * w0**2, sigma**2 * a / (2 * (2 - a * at))
        k = math.log(floor / (start + floor)) / (2 * (math.log1p(-a * at) if a * at < 1 else math.log(a * at - 1)))
        found = on_mode(iteration("gradient-descent"), at, {"alpha": a}).crossover(w0, sigma)
        assert found == (math.ceil(k) - 1, math.ceil(k) - 1)


def test_equal_parts_count_as_noise() -> None:
    """alpha lam = 1/2: after one step D = w0^2/8 and S = sigma^2/8."""
    mode = on_mode(iteration("gradient-descent"), 1, {"alpha": Fraction(1, 2)})
    assert mode.crossover(1, 1) == (0, 0)
    assert mode.crossover(Fraction(1001, 1000), 1) == (1, 1)
    assert mode.crossover(1, 0) is None
    # Heavy ball without momentum is the same iteration with another state.
    same = on_mode(iteration("heavy-ball"), 1, {"alpha": Fraction(1, 2), "beta": 0})
    assert same.crossover(1, 1) == (0, 0)
    assert same.crossover(Fraction(1001, 1000), 1) == (1, 1)


def test_the_largest_relative_noise_is_the_threshold() -> None:
    for name, values in (
        ("gradient-descent", {alpha: Fraction(1, 3)}),
        ("heavy-ball", {alpha: Fraction(1, 3), beta: Fraction(1, 2)}),
        ("nesterov", {alpha: Fraction(1, 3), beta: Fraction(1, 2)}),
    ):
        mode = on_mode(iteration(name), 2, {s.name: v for s, v in values.items()})
        put = {s: sympy.Rational(v.numerator, v.denominator) for s, v in values.items()}
        threshold = noise(name).mean_square.threshold_noise().xreplace({**put, lam: sympy.Integer(2)})
        assert threshold**2 == sympy.Rational(*mode.largest_level_squared.as_integer_ratio())


# Momentum ---------------------------------------------------------------------------------------------------------------


def variance(name: str, at: float, **parameters: float) -> float:
    """By SciPy, from the rule as it is run; infinite where unstable."""
    case = next(c for c in independent.ALL if c.name == name)
    R, B = (np.array(f(case, at, parameters), float) for f in (independent.matrix, independent.noise))
    if max(abs(np.linalg.eigvals(R))) > 1 - 1e-6:
        return math.inf
    return float(scipy.linalg.solve_discrete_lyapunov(R, B @ B.T)[-1, -1])


CONDITIONS = {
    "heavy-ball": ("heavy-ball", lambda x, b: (1 + b) ** 2 - x),
    "heavy-ball-ema": ("averaged", lambda x, b: -1),
    "nesterov": ("nesterov", lambda x, b: (1 + b) ** 2 - b * b * x),
    "nesterov-sutskever": ("extrapolated", lambda x, b: (x - 1) ** 2 * ((1 + b) ** 2 - b * b * x)),
}


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("fixed", ["step", "effective step"])
def test_where_momentum_raises_the_noise(name: str, fixed: str) -> None:
    """The sign by differences of numeric solutions, and for a fixed step size the condition as it is written above."""
    rule, condition = CONDITIONS[name]
    sign = momentum_effect(noise(name), fixed=fixed).sign
    e = sympy.Symbol("e", real=True)
    rising = falling = 0
    scaled = fixed == "effective step" and name != "heavy-ball-ema"
    for b, x in itertools.product(np.linspace(-0.9, 0.9, 13), np.linspace(0.05, 3.7, 23)):
        at, h = 1.5, 1e-5
        values = [
            variance(rule, at, alpha=x / at * ((1 - c) / (1 - b) if scaled else 1), beta=c) for c in (b - h, b + h)
        ]
        if not all(map(math.isfinite, values)):
            continue
        slope = (values[1] - values[0]) / (2 * h)
        if abs(slope) < 1e-5:
            continue
        put = {alpha: x / at, e: x / at / (1 - b), beta: b, lam: at}
        mine = float(sign.subs(put))
        assert mine * slope > 0, (b, x)
        if not scaled:
            assert condition(x, b) * slope > 0
        rising, falling = rising + (slope > 0), falling + (slope < 0)
    assert falling > 10
    assert rising > 10 or name == "heavy-ball-ema" or scaled


def uphill(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    """Heavy ball with the opposite sign of the step size: a factor that is negative wherever it is stable."""
    new = beta * z + grad(w)
    return new, w + alpha * new


def test_a_factor_that_is_negative_counts() -> None:
    effect = momentum_effect(Noise(Stability(Iteration(sm.method(uphill)))))
    assert sympy.expand(effect.sign - ((1 + beta) ** 2 + alpha * lam)) == 0
    assert sm.check(effect.claims[0]).proved


def test_quasi_hyperbolic_momentum() -> None:
    assert sympy.expand(momentum_effect(noise("quasi-hyperbolic")).sign - nu * (4 * beta * nu - (1 + beta) ** 2)) == 0


def test_the_least_noise_of_heavy_ball_at_a_fixed_step() -> None:
    for x in (0.3, 1.0, 1.7, 3.0):
        grid = [variance("heavy-ball", 1.0, alpha=x, beta=b) for b in np.linspace(-0.99, 0.99, 991)]
        assert min(grid) == pytest.approx(x / (2 - math.sqrt(x)) ** 2, rel=1e-4)
        assert np.linspace(-0.99, 0.99, 991)[int(np.argmin(grid))] == pytest.approx(math.sqrt(x) - 1, abs=3e-3)


def test_the_effective_step() -> None:
    """By how fast the slowest eigenvalue leaves 1 as the curvature grows from 0."""
    for case in independent.ALL:
        it = own(case)
        for _, parameters in independent.stable_points(case, 3, seed=2):
            values = {n: float(v) for n, v in parameters.items()}
            found = float(effective_step(it).subs({sympy.Symbol(n, real=True): v for n, v in values.items()}))
            h = 1e-7 / max(1, abs(found))
            R = np.array(independent.matrix(case, h, values), float)
            roots = np.linalg.eigvals(R)
            if abs(sorted(abs(roots - 1))[1] if case.size > 1 else 1) < 1e-2:
                continue
            slope = (1 - roots[np.argmin(abs(roots - 1))].real) / h
            assert found == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_heavy_ball_against_gradient_descent_with_the_effective_step() -> None:
    for b, y in itertools.product((0.1, 0.5, 0.9), (0.05, 0.7, 1.9)):
        heavy, plain = (
            variance("heavy-ball", 1.0, alpha=y * (1 - b), beta=b),
            variance("gradient-descent", 1.0, alpha=y),
        )
        assert heavy / plain == pytest.approx(1 - 2 * b * y / (2 * (1 + b) - y * (1 - b)))
        assert 1 - y / 2 < heavy / plain < 1


# Rate against noise -----------------------------------------------------------------------------------------------------


def grid_of_two_states(rate: float, points: int) -> tuple[Any, Any]:
    """Traces and determinants of that rate or less, its edges included."""
    q, s = np.meshgrid(np.linspace(-(rate**2), rate**2, points), np.linspace(-1, 1, points))
    return s * (rate + q / rate), q


@pytest.mark.parametrize("rate", [Fraction(1, 5), Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)])
def test_the_least_noise_at_a_rate_is_that_of_a_dense_grid(rate: Fraction) -> None:
    r = float(rate)
    p, q = grid_of_two_states(r, 801)
    x = 1 - p + q
    # The sum of the squares of the response, for heavy ball: it begins with alpha, and then follows the recurrence.
    heavy = x**2 * (1 + q) / ((1 - q) * x * (1 + p + q))
    assert float(frontier("heavy-ball", rate)) == pytest.approx(heavy.min(), rel=1e-9)
    best = np.unravel_index(heavy.argmin(), heavy.shape)
    assert (p[best], q[best]) == pytest.approx((2 * r, r * r))
    steps = np.linspace(1 - r, 1 + r, 1001)
    assert float(frontier("gradient-descent", rate)) == pytest.approx((steps / (2 - steps)).min())
    a, b = float((1 - r) ** 2), r * r
    assert variance("heavy-ball", 1.0, alpha=a, beta=b) == pytest.approx(float(frontier("heavy-ball", rate)), rel=1e-6)


def test_no_method_of_two_states_is_below_the_bound() -> None:
    rng = np.random.default_rng(1)
    for name in ("heavy-ball", "nesterov", "quasi-hyperbolic", "three-terms", "extrapolated", "two-step"):
        case = next(c for c in independent.ALL if c.name == name)
        closest = math.inf
        for _ in range(1500):
            values = {n: rng.uniform(-0.5, 1.2) for n in case.parameters}
            values["alpha"] = rng.uniform(0, 2)
            R, B = (np.array(f(case, 1.0, values), float) for f in (independent.matrix, independent.noise))
            rate = max(abs(np.linalg.eigvals(R)))
            if rate > 0.999:
                continue
            found = scipy.linalg.solve_discrete_lyapunov(R, B @ B.T)
            w = case.rule.__code__.co_varnames.index("w")
            closest = min(closest, found[w, w] / float(frontier("any", rate)))
        assert 1 - 1e-9 <= closest < 3


def test_quasi_hyperbolic_momentum_reaches_the_bound() -> None:
    for r in (0.5, 0.9, 0.99):
        put = {"alpha": 2 * (1 - r) / (3 + r), "beta": (r * r + 2 * r - 1) / 2}
        put["nu"] = (1 + r) ** 2 / (2 * (r * r + 2 * r - 1))
        assert variance("quasi-hyperbolic", 1.0, **put) == pytest.approx((1 - r) / (2 * (1 + r)), rel=1e-6)
        case = next(c for c in independent.ALL if c.name == "quasi-hyperbolic")
        assert max(abs(np.linalg.eigvals(np.array(independent.matrix(case, 1.0, put))))) == pytest.approx(r, abs=1e-6)


@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball", "quasi-hyperbolic"])
def test_the_best_rate_within_a_budget(name: str) -> None:
    for budget in (Fraction(1, 1000), Fraction(1, 7), Fraction(2, 5), Fraction(3, 4)):
        found = best_rate(name, budget)
        if found.upper == 0:
            assert frontier(name, Fraction(0)) <= budget
            continue
        assert found.upper - found.lower < Fraction(1, 10**35)
        assert frontier(name, found.upper) <= budget <= frontier(name, found.lower)
    # The root of the cubic for heavy ball, by NumPy: (1 - r)(1 + r^2) = b (1 + r)^3.
    roots = np.roots([-1 - 1 / 7, 1 - 3 / 7, -1 - 3 / 7, 1 - 1 / 7])
    expected = next(x.real for x in roots if abs(x.imag) < 1e-12 and 0 < x.real < 1)
    assert float(best_rate("heavy-ball", Fraction(1, 7)).value) == pytest.approx(expected)


def test_the_search_meets_what_is_proved() -> None:
    for name in ("heavy-ball", "heavy-ball-ema"):
        found = quietest(iteration(name), Fraction(3, 4), 2)
        assert float(found.value) == pytest.approx(float(frontier("heavy-ball", Fraction(3, 4))), rel=1e-6)
        assert found.rate is not None
        assert found.rate < Fraction(75001, 100000)
        assert found.status == "numeric"
    # Of Nesterov's method at a rate of 1/2, no form is proved: the critical momentum is the best on a grid.
    found = quietest(iteration("nesterov"), Fraction(1, 2))
    b = 0.5 / 1.5
    assert float(found.value) == pytest.approx(variance("nesterov", 1.0, alpha=0.25, beta=b), rel=1e-5)
    assert float(found.value) > float(frontier("any", Fraction(1, 2)))


def test_the_least_floor_at_the_rate_of_a_mode() -> None:
    for name, values in (
        ("heavy-ball", (Fraction(1, 10), Fraction(9, 10))),
        ("nesterov", (Fraction(1, 10), Fraction(9, 10))),
    ):
        it = iteration(name)
        mode = on_mode(it, 3, dict(zip(("alpha", "beta"), values, strict=True)))
        found = least_floor(it, mode)
        assert found is not None
        assert found[0] == {"heavy-ball": "heavy-ball", "nesterov": "any"}[name]
        assert float(found[1]) < float(mode.floor())
        r = float(mode.rate)
        assert float(found[1]) == pytest.approx(float(frontier(found[0], r)) / 6)
    it = iteration("aggregated-momentum")
    assert (
        least_floor(it, on_mode(it, 1, {"alpha": Fraction(1, 4), "beta": Fraction(1, 2), "gamma": Fraction(1, 4)}))
        is None
    )


def test_alternatives() -> None:
    it = iteration("nesterov")
    found = {a.change: a for a in alternatives(it, on_mode(it, 1, {"alpha": Fraction(1, 10), "beta": Fraction(4, 5)}))}
    assert {c: a.mode.parameters for c, a in found.items()} == {
        "half the step size": {"alpha": Fraction(1, 20), "beta": Fraction(4, 5)},
        "beta = 0.9, the same step": {"alpha": Fraction(1, 10), "beta": Fraction(9, 10)},
        "beta = 0.9, the same effective step": {"alpha": Fraction(1, 20), "beta": Fraction(9, 10)},
        "gradient descent, effective step 0.5": {"alpha": Fraction(1, 2)},
    }
    assert float(found["gradient descent, effective step 0.5"].mode.variance) == pytest.approx(1 / 3)


# The best step ------------------------------------------------------------------------------------------------------------


def gradient_descent_loss(a: Any, k: int, at: float, w0: float, sigma: float) -> Any:
    """By the recursion, on arrays of step sizes."""
    moment = np.full_like(a, w0**2)
    for _ in range(k):
        moment = (1 - a * at) ** 2 * moment + a**2 * sigma**2
    return at / 2 * moment


@pytest.mark.parametrize(
    ("k", "at", "w0", "sigma"), [(1, 2.0, 3.0, 1.0), (7, 0.5, 4.0, 2.0), (60, 1.0, 30.0, 0.5), (5, 1.0, 0.1, 3.0)]
)
def test_the_best_step_is_that_of_a_dense_grid(k: int, at: float, w0: float, sigma: float) -> None:
    found = best_step(k, at, w0, sigma)
    grid = np.linspace(-0.5, 2.5, 600_001) / at
    losses = gradient_descent_loss(grid, k, at, w0, sigma)
    assert float(found.lower) == pytest.approx(grid[losses.argmin()], abs=1e-5 / at)
    assert float(found.loss) == pytest.approx(losses.min(), rel=1e-6)
    assert found.bound <= found.loss <= found.bound * (1 + Fraction(1, 10**20))
    assert 0 < found.upper - found.lower < Fraction(1, 10**25) / Fraction(at)
    # The bound is below what exact arithmetic has for steps nearby, and the loss is what it has at the lower end.
    for a in (found.lower, found.upper, found.lower * Fraction(1001, 1000), found.lower * Fraction(999, 1000)):
        moment = Fraction(w0) ** 2
        for _ in range(k):
            moment = (1 - a * Fraction(at)) ** 2 * moment + a**2 * Fraction(sigma) ** 2
        assert found.bound <= Fraction(at) / 2 * moment
        if a == found.lower:
            assert Fraction(at) / 2 * moment <= found.loss <= Fraction(at) / 2 * moment * (1 + Fraction(1, 10**30))


def test_the_best_step_after_one_step_in_closed_form() -> None:
    """w0^2 lam/(lam^2 w0^2 + sigma^2)."""
    found = best_step(1, 2, 3, 1)
    assert found.lower <= Fraction(18, 37) <= found.upper


def test_the_search_meets_the_best_step() -> None:
    exact = best_step(10, 1, 10, 1)
    found = best_after(iteration("gradient-descent"), 10, [1], 10, 1)
    assert float(found.parameters["alpha"]) == pytest.approx(float(exact.lower), abs=1e-6)
    assert exact.bound <= found.value <= exact.loss * (1 + Fraction(1, 10**9))


def test_the_search_over_two_modes() -> None:
    """What it says of its parameters is what the recursion has, and no point of a grid is better."""
    case = next(c for c in CASES if c.name == "heavy-ball")
    found = best_after(iteration("heavy-ball"), 12, [Fraction(1, 10), 1], 5, 1)

    def worst(parameters: dict[str, Fraction]) -> Fraction:
        ends = [(x, both_parts(case, x, parameters, 12)[-1]) for x in (Fraction(1, 10), Fraction(1))]
        return max(x / 2 * (25 * mean**2 + variance) for x, (mean, variance) in ends)

    assert found.value == worst(dict(found.parameters))
    grid = itertools.product([Fraction(i, 12) for i in range(1, 18)], [Fraction(i, 12) for i in range(-3, 12)])
    assert all(worst({"alpha": a, "beta": b}) >= found.value for a, b in grid)
    held = best_after(iteration("heavy-ball"), 12, [Fraction(1, 10), 1], 5, 1, beta=0)
    assert held.parameters["beta"] == 0
    assert held.value > found.value


# Decreasing steps -----------------------------------------------------------------------------------------------------------


def test_decreasing_steps_are_the_recursion() -> None:
    c, d, at, w0, sigma = Fraction(3, 2), Fraction(7, 3), Fraction(4, 5), Fraction(9), Fraction(1, 3)
    moment = w0**2
    for k in range(101):
        found = decreasing_loss(k, c, d, at, w0, sigma)
        assert found.lower <= at / 2 * moment <= found.upper
        assert found.exact == (k <= 64)
        assert found.upper - found.lower <= found.upper / 10**30
        a = c / (k + d)
        moment = (1 - a * at) ** 2 * moment + a**2 * sigma**2


def test_decreasing_steps_in_the_long_run() -> None:
    for c, at, sigma in ((1, 2, 3), (2, 1, 1), (Fraction(3, 4), 1, 1)):
        k = 20_000
        found = decreasing_loss(k, c, 3, at, 1, sigma)
        assert float(found.value * k) == pytest.approx(float(decreasing_limit(c, at, sigma)), rel=2e-2)
    # c = 1/lam: in closed form.
    k = 500
    found = decreasing_loss(k, Fraction(1, 2), 3, 2, 5, 1)
    assert found.lower <= (4 * 25 + Fraction(k, 4)) / Fraction(k + 2) ** 2 <= found.upper
    assert decreasing_limit(Fraction(1, 2), 2) <= min(decreasing_limit(Fraction(i, 20), 2) for i in range(6, 40))


# What is refused ------------------------------------------------------------------------------------------------------------


def heavy_ball_mode(a: Any = Fraction(1, 10), b: Any = Fraction(1, 2), at: Any = 1) -> Mode:
    return on_mode(iteration("heavy-ball"), at, {"alpha": a, "beta": b})


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: heavy_ball_mode("x"), "alpha must be a finite rational number"),
        (lambda: heavy_ball_mode(math.nan), "alpha must be a finite"),
        (lambda: heavy_ball_mode(at=0), "curvature must be positive"),
        (lambda: heavy_ball_mode(5).floor(), "not stable"),
        (lambda: heavy_ball_mode(5).crossover(), "not stable"),
        (lambda: heavy_ball_mode().floor(-1), "not negative"),
        (lambda: heavy_ball_mode().crossover(0), "w0 = 0"),
        (lambda: heavy_ball_mode().loss_parts(-1), "non-negative integer"),
        (lambda: heavy_ball_mode(5).loss_parts(1000), "not stable"),
        (lambda: best_step(0, 1), "from 1 to"),
        (lambda: best_step(3, -1), "positive"),
        (lambda: best_after(iteration("heavy-ball"), 3, []), "curvatures must be positive"),
        (lambda: quietest(iteration("heavy-ball"), 1), "between 0 and 1"),
        (lambda: best_rate("heavy-ball", 0), "must be positive"),
        (lambda: decreasing_loss(-1, 1, 1, 1), "from 0 to"),
        (lambda: decreasing_loss(1, 0, 1, 1), "c must be positive"),
        (lambda: decreasing_limit(Fraction(1, 2), 1), "more slowly"),
        (lambda: momentum_effect(noise("gradient-descent")), "no parameter beta"),
        (lambda: momentum_effect(noise("heavy-ball"), fixed="rate"), "fixed is"),
    ],
)
def test_bad_arguments(call: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as error:
        call()
    assert isinstance(error.value, sm.SymmomentumError)


def test_names_and_what_is_not_derived() -> None:
    with pytest.raises(TypeError, match="did you mean 'alpha'"):
        on_mode(iteration("heavy-ball"), 1, {"alpa": 1})
    with pytest.raises(TypeError, match="missing parameter beta"):
        on_mode(iteration("heavy-ball"), 1, {"alpha": 1})
    slow = heavy_ball_mode(Fraction(1, 10**6), Fraction(1, 2))
    with pytest.raises(NotImplementedError, match="not certain"):
        slow.crossover()
    with pytest.raises(NotImplementedError, match="quietest"):
        frontier("nesterov")
    with pytest.raises(NotImplementedError, match="one gradient a step"):
        _ = on_mode(
            own(next(c for c in CASES if c.name == "extragradient")), 1, {"alpha": Fraction(1, 9)}
        ).largest_level_squared


def test_the_best_step_where_the_bisection_meets_it() -> None:
    """One step of the size that leaves no error of its own: t = noise/(1 + noise) is dyadic."""
    found = best_step(1, lam=1)
    assert (found.lower, found.upper, found.loss) == (Fraction(1, 2), Fraction(1, 2), Fraction(1, 4))
    tiny = best_step(10**6, lam=1, sigma=1e-200)
    assert 0 < tiny.upper - tiny.lower < Fraction(1, 10**20)


def test_half_the_step_size_is_that_alone() -> None:
    """The weight of an average scales the steps too, and has a name of its own."""
    a = sm.analyze("quasi-hyperbolic")
    mode = a.noise.at(1, alpha=0.5, beta=0.9, nu=0.7)
    (half,) = [x for x in tradeoff.alternatives(a._iteration, mode) if x.change == "half the step size"]
    assert half.mode.parameters == {**mode.parameters, "alpha": Fraction(1, 4)}


@pytest.mark.parametrize("rate", [1.5, -1, Fraction(3, 2)])
def test_a_rate_is_between_0_and_1(rate) -> None:
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        tradeoff.frontier("heavy-ball", rate)
