"""Bounds at numbers, against sweeps by mpmath of rules that are run; false bounds are found out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy.external.pythonmpq import PythonMPQ

import symmomentum as sm
from symmomentum.certificates import (
    _every_linear_method,
    best_parameters,
    certified_tuning,
    rational,
    worst_rate,
)
from symmomentum.iteration import Iteration
from tests import independent
from tests.independent import ALL, Case, named
from tests.theory import analysis

F = Fraction


def sweep(case: Case, low: float, high: float, parameters: dict[str, float], points: int = 400) -> float:
    """The largest modulus of the eigenvalues over the interval, peaks looked at more closely."""

    def radius(x: float) -> float:
        return float(max(abs(independent.eigenvalues_numpy(case, x, parameters))))

    line = np.linspace(low, high, points)
    at = int(np.argmax([radius(x) for x in line]))
    near = np.linspace(line[max(at - 1, 0)], line[min(at + 1, points - 1)], points)
    return max(radius(x) for x in near)


@pytest.mark.parametrize(**named(ALL))
def test_the_bracket_holds_the_worst_rate(case: Case) -> None:
    iteration = Iteration(sm.method(case.rule))
    source = np.random.default_rng(5)
    for _ in range(3):
        parameters = {n: F(int(source.integers(-20, 90)), 100) for n in case.parameters}
        low, high = F(1, 2), F(5, 2)
        found = worst_rate(iteration, low, high, parameters)
        assert found.proved
        assert 0 <= found.upper - found.lower < 1e-5 * max(1, float(found.upper))
        seen = sweep(case, float(low), float(high), {n: float(v) for n, v in parameters.items()})
        assert float(found.lower) - 1e-6 < seen < float(found.upper) + 1e-6


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
@pytest.mark.parametrize("high", [3, 13, 100, 4000])
def test_bounds_hold_to_the_last_digit_where_floating_point_fails(name: str, high: int) -> None:
    """At the floats nearest to the optimum, eigenvalues nearly coincide, and half of the digits of a sweep are wrong."""
    case = next(c for c in independent.CATALOG if c.catalog == name)
    analysis_of = sm.analyze(name)
    parameters = {p.name: F(float(v)) for p, v in analysis_of.tuning.at(1, high).items()}
    found = worst_rate(Iteration(sm.catalog[name]), 1, high, parameters)
    assert found.proved
    exact = max(independent.radius_mp(case, F(x), parameters) for x in (1, high))
    assert independent.mp(F(int(found.lower.p), int(found.lower.q))) <= exact
    assert exact < independent.mp(F(int(found.upper.p), int(found.upper.q)))


def three_back(u, v, w, grad, *, alpha):
    """Three states whose characteristic coefficients are affine in the curvature, found by a search for what follows."""
    tenth = F(1, 10) if not isinstance(w, sympy.Basic) else sympy.Rational(1, 10)
    point = (19 * w - 20 * v + 11 * u) * tenth
    return v, w, (25 * w - 22 * v + 7 * u) * tenth - alpha * grad(point)


def test_the_end_points_do_not_decide_three_states() -> None:
    """Stable at both ends, unstable in between: what holds for two states would be wrong here."""
    case = Case(three_back, ("alpha",), (1, 1, 1))
    ends = [independent.radius_mp(case, x, {"alpha": F(1, 5)}) for x in (F(1, 2), F(4))]
    middle = independent.radius_mp(case, F(2), {"alpha": F(1, 5)})
    assert max(ends) < 0.98
    assert middle > 1.01
    found = worst_rate(Iteration(sm.method(three_back)), F(1, 2), F(4), {"alpha": F(1, 5)})
    assert found.proved
    assert found.lower > sympy.Rational(101, 100)
    assert sympy.Rational(1, 2) < found.at < 4


@pytest.mark.parametrize("expected", [F(9, 10), F(99, 100)])
def test_a_false_expectation_proves_nothing_false(expected) -> None:
    """Told a wrong rate, the bracket is not proved, or is right all the same."""
    found = worst_rate(Iteration(sm.catalog["heavy-ball"]), 1, 9, {"alpha": F(1, 4), "beta": F(1, 4)}, expected)
    assert not found.proved or found.lower <= F(1, 2) < found.upper


def test_nobody_beats_the_lower_bound() -> None:
    case = independent.CATALOG[2]
    iteration = analysis(case)._iteration
    found = certified_tuning(iteration, 1, 13, [(best_parameters(iteration, 1, 13), None)])
    assert found.lower_by == "proved"
    assert all(v.proved for v in found.verdicts)
    best, _ = independent.best(case, 1.0, 13.0)
    assert float(found.lower) - 1e-9 <= best
    assert float(found.rate) < best + 1e-3
    assert found.gap < sympy.Rational(1, 10**6)


def test_the_search_finds_what_is_known() -> None:
    for name, rate in (("gradient-descent", 12 / 14), ("heavy-ball", (13**0.5 - 1) / (13**0.5 + 1))):
        iteration = Iteration(sm.catalog[name])
        values = {p.name: v for p, v in best_parameters(iteration, 1, 13).items()}
        case = next(c for c in independent.CATALOG if c.catalog == name)
        assert independent.worst(case, 1, 13, values) == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize("third", [F(1, 3), sympy.Rational(1, 3), PythonMPQ(1, 3)])
def test_rational_numbers_of_every_kind(third) -> None:
    """SymPy's own are what there is where gmpy2 is not installed."""
    assert rational(third) == sympy.Rational(1, 3)
    assert rational(0.5) == sympy.Rational(1, 2)
    assert rational(np.float64(0.25)) == sympy.Rational(1, 4)
    assert rational(7) == sympy.Integer(7)


def test_bad_input_is_said_so() -> None:
    iteration = Iteration(sm.catalog["heavy-ball"])
    for low, high, parameters, message in (
        (0, 1, {"alpha": 1, "beta": 0}, "0 < mu"),
        (2, 1, {"alpha": 1, "beta": 0}, "0 < mu"),
        (1, 2, {"alpha": 1}, "missing parameter beta"),
    ):
        with pytest.raises(sm.ArgumentError, match=message):
            worst_rate(iteration, low, high, parameters)
    with pytest.raises(sm.NotDerivedError, match="beyond floating point"):
        worst_rate(iteration, 1, 2, {"alpha": F(10) ** 400, "beta": 0})


@pytest.mark.parametrize(
    ("name", "decay"), [("sgd", F(1, 10)), ("adamw", F(1, 10)), ("sgd-nesterov", F(2)), ("adamw", F(0))]
)
def test_the_bound_for_every_linear_method_counts_the_decay(name: str, decay: F) -> None:
    """A decay brings the curvatures nearer together: what holds without it would be a false bound."""
    analysis_of = sm.analyze(name)
    gamma = sm.symbols.parameter("gamma")
    bound = _every_linear_method(
        Iteration(sm.catalog[name]), sympy.Integer(1), sympy.Integer(10), {gamma: sympy.Rational(decay)}
    )
    root = float((10 + decay) / (1 + decay)) ** 0.5
    assert float(bound) == pytest.approx((root - 1) / (root + 1), abs=1e-8)
    found = analysis_of.tuning.certificate(1, 10, gamma=decay)
    assert found.gap > 0
    assert bound < found.rate


def test_where_nothing_converges_it_is_said_so() -> None:
    def away(w, grad, *, alpha):
        return w + alpha**2 * grad(w)

    with pytest.raises(sm.NotDerivedError, match="converge"):
        _ = sm.analyze(sm.method(away)).tuning


@pytest.mark.parametrize(("low", "high"), [(Fraction(3, 10), 20), (1, 10**6)])
def test_the_search_finds_that_equal_step_sizes_are_best(low, high) -> None:
    """Two steps of heavy ball are a cycle of equal step sizes, and on one interval no cycle is better."""
    found = sm.analyze("cyclical-heavy-ball").tuning.certificate(low, high)
    root = (high / low) ** 0.5
    assert float(found.rate) == pytest.approx(((root - 1) / (root + 1)) ** 2, abs=1e-6)
