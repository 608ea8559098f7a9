"""The minimax parameters, against published formulas, a search over parameters that simply runs the rule, and false tunings."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symmomentum as sm
from symmomentum.symbols import L, alpha, beta, kappa, mu, r
from symmomentum.tuning import _Synthesis, check_spectrum
from tests import independent
from tests.independent import CATALOG, MP, SMALL, THREE_STATES, Case, compiled, mp, named
from tests.theory import analysis

F = Fraction
TUNED = tuple(c for c in SMALL if c.name != "fixed-momentum")
AFFINE = tuple(c for c in TUNED if c.calls == 1)
SPECTRA = ((F(1), F(1)), (F(1), F(13)), (F(1, 100), F(1)), (F(3), F(7, 2)), (F(1, 3), F(10**6)))
ROOT_MU, ROOT_L = sympy.sqrt(mu), sympy.sqrt(L)

POLYAK = (4 / (ROOT_L + ROOT_MU) ** 2, ((ROOT_L - ROOT_MU) / (ROOT_L + ROOT_MU)) ** 2)
HEAVY_BALL_RATE = (ROOT_L - ROOT_MU) / (ROOT_L + ROOT_MU)
KAPPA_ROOT = sympy.sqrt(3 * L / mu + 1)
NESTEROV = (4 / (3 * L + mu), (KAPPA_ROOT - 2) / (KAPPA_ROOT + 2))

PUBLISHED = {
    # Nesterov (2004), theorem 2.1.15; Goh (2017), "Choosing a step-size".
    "gradient-descent": ((2 / (mu + L),), (L - mu) / (L + mu)),
    # Polyak (1964), equation (2.14) ff.; Lessard, Recht and Packard (2016), table 1.
    "heavy-ball": (POLYAK, HEAVY_BALL_RATE),
    "two-step": (POLYAK, HEAVY_BALL_RATE),
    "three-terms": ((*POLYAK, sympy.Integer(0)), HEAVY_BALL_RATE),
    # Lessard, Recht and Packard (2016), table 1 and proposition 1: "Nesterov, optimal tuning".
    "nesterov": (NESTEROV, 1 - 2 / KAPPA_ROOT),
    "two-sequences": (NESTEROV, 1 - 2 / KAPPA_ROOT),
    "extrapolated": (NESTEROV, 1 - 2 / KAPPA_ROOT),
    # Heavy ball's, with the step size divided by 1 - beta.
    "averaged": ((POLYAK[0] / (1 - POLYAK[1]), POLYAK[1]), HEAVY_BALL_RATE),
}


def at(expression, low: Fraction, high: Fraction):
    """An expression in mu and L as a number of 50 digits."""
    return mp(compiled(expression)({"mu": low, "L": high}))


def radius(case: Case, curvature, parameters):
    """The spectral radius at 50 digits where the parameters are irrational."""
    rows = independent.matrix(case, mp(curvature), parameters, MP.mpf(1))
    if case.size == 1:
        return abs(rows[0][0])
    b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    root = MP.sqrt(b * b - 4 * q)
    return max(abs(b + root), abs(b - root)) / 2


def tuned(case: Case, low: Fraction, high: Fraction):
    return {p.name: at(e, low, high) for p, e in analysis(case).tuning.parameters.items()}


# What is found --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_tunings_are_synthesized(name: str) -> None:
    case = next(c for c in SMALL if c.name == name)
    tuning = analysis(case).tuning
    parameters, rate = PUBLISHED[name]
    assert [p.name for p in tuning.parameters] == list(case.parameters)
    for mine, published in zip((*tuning.parameters.values(), tuning.rate), (*parameters, rate), strict=True):
        claim = sm.Claim(
            id=f"test/{name}", statement=sympy.Eq(mine, published, evaluate=False), assumptions=(mu <= L,), source=""
        )
        assert sm.check(claim).proved, (mine, published)
        for low, high in SPECTRA:
            assert abs(at(mine, low, high) - at(published, low, high)) < MP.mpf(10) ** -40


def test_no_tuning_is_written_in_the_package() -> None:
    """The square roots of mu and L, and the sum 3 L + mu, occur in published formulas: no source may hold them, but for the
    published parameters that the catalog cites, from which nothing is derived, and the bound that no method beats."""
    names = {"mu", "L", "kappa"}
    seen = 0
    for path in Path(sm.__file__).parent.rglob("*.py"):
        # Its ratio is not a method's: it is what every method is held against. The article's formulas are there to be checked.
        if path.parts[-2:] == ("bounds", "polynomials.py") or path.parent.name == "article":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        cited = {id(n) for preset in ast.walk(tree) if is_preset(preset) for n in ast.walk(preset)}
        assert not cited or path.name == "methods.py"
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or id(node) in cited:
                continue
            seen += 1
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            inside = {n.id for a in node.args for n in ast.walk(a) if isinstance(n, ast.Name)}
            assert called not in ("sqrt", "root") or not inside & names, f"{path.name}:{node.lineno}"
    assert seen > 500


def is_preset(node: ast.AST) -> bool:
    """A function that the catalog hands to Preset, or what stands in such a call."""
    if isinstance(node, ast.FunctionDef):
        return node.name.endswith("_preset")
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Preset"


@pytest.mark.parametrize(**named(TUNED))
def test_the_rate_is_attained(case: Case) -> None:
    """Run at 50 digits: the spectral radius of the tuned rule is the rate at an end point, and nowhere above it."""
    tuning = analysis(case).tuning
    assert tuning.verdict.proved
    for low, high in SPECTRA:
        parameters, rate = tuned(case, low, high), at(tuning.rate, low, high)
        # The square root of the rounding error of a double root remains.
        ends = [radius(case, x, parameters) for x in (low, high)]
        assert abs(max(ends) - rate) < MP.mpf(10) ** -20
        inside = [low + (high - low) * F(i, 40) for i in range(1, 40)] + [
            low + (high - low) * F(1, 10**i) for i in (3, 5)
        ]
        assert max(radius(case, x, parameters) for x in inside) < rate + MP.mpf(10) ** -20


@pytest.mark.parametrize(**named(TUNED))
def test_a_search_finds_nothing_better(case: Case) -> None:
    """A zooming grid over the parameters, each worst case found by running the rule: the same least worst rate."""
    for low, high in ((F(1), F(13)), (F(1), F(100))):
        sizes = {1: (401, 25), 2: (25, 60), 3: (9, 60)}[len(case.parameters)]
        found, _ = independent.best(case, float(low), float(high), size=sizes[0], rounds=sizes[1])
        rate = float(at(analysis(case).tuning.rate, low, high))
        assert found > rate - 1e-6
        if len(case.parameters) < 3:  # such a coarse grid in three dimensions does not come close
            assert found < rate + 2e-3


@settings(max_examples=200)
@given(
    case=st.sampled_from(TUNED),
    spectrum=st.sampled_from(SPECTRA),
    changes=st.tuples(*[st.floats(-1, 1, allow_nan=False, width=32)] * 3),
    scale=st.sampled_from([1.0, 1e-2, 1e-4, 30.0]),
)
def test_no_other_parameters_do_better(case: Case, spectrum, changes, scale) -> None:
    low, high = spectrum
    parameters = {
        n: v + mp(F(d)) * F(scale) for (n, v), d in zip(tuned(case, low, high).items(), changes, strict=False)
    }
    rate = at(analysis(case).tuning.rate, low, high)
    assert max(radius(case, x, parameters) for x in (low, high)) > rate - MP.mpf(10) ** -20


@pytest.mark.parametrize(**named(TUNED))
def test_the_active_inequalities_are_equations_at_the_optimum(case: Case) -> None:
    tuning = analysis(case).tuning
    assert len(tuning.active) == len(case.parameters) + 1
    for low, high in SPECTRA:
        point = {"mu": low, "L": high, "r": at(tuning.rate, low, high), **tuned(case, low, high)}
        for equation in tuning.active:
            assert equation.rhs == 0
            assert abs(compiled(equation.lhs)(point)) < MP.mpf(10) ** -38 * (1 + high)


def test_rates_in_the_condition_number() -> None:
    root = sympy.sqrt(kappa)
    expected = {
        "gradient-descent": (kappa - 1) / (kappa + 1),
        "heavy-ball": (root - 1) / (root + 1),
        "nesterov": 1 - 2 / sympy.sqrt(3 * kappa + 1),
    }
    for name, rate in expected.items():
        difference = sm.analyze(name).tuning.rate_of_kappa - rate
        for value in (F(1), F(2), F(13), F(10**4)):
            assert abs(mp(compiled(difference)({"kappa": value}))) < MP.mpf(10) ** -45


# What is not true -----------------------------------------------------------------------------------------------------


def altered(case: Case, **changes):
    """The statuses of the claims of a tuning that was tampered with."""
    synthesis = _Synthesis(analysis(case)._rate)
    right = analysis(case).tuning
    parameters = {p: changes.get(p.name, e) for p, e in right.parameters.items()}
    claims = synthesis._claims(
        parameters, changes.get("rate", right.rate), right.active, changes.get("polynomial", right.polynomial)
    )
    return {c.id.rsplit("/", 1)[1]: sm.check(c).status for c in claims}


@pytest.mark.parametrize(**named(CATALOG))
def test_false_tunings_are_not_proved(case: Case) -> None:
    right = analysis(case).tuning
    assert set(altered(case).values()) == {"proved"}
    smaller = right.rate * sympy.Rational(999, 1000)
    low, high = altered(case, rate=smaller), altered(case, rate=(1 + right.rate) / 2)
    assert low["attained"] == low["active"] == high["active"] == "refuted"
    assert high["optimal"] in ("refuted", "unknown")
    step_size = right.parameters[alpha]
    assert altered(case, alpha=step_size * sympy.Rational(101, 100))["attained"] == "refuted"
    assert altered(case, alpha=step_size.subs({mu: L, L: mu}, simultaneous=True) + mu)["attained"] == "refuted"
    assert altered(case, polynomial=right.polynomial + r)["optimal"] != "proved"
    assert altered(case, polynomial=-right.polynomial)["optimal"] != "proved"
    if beta in right.parameters:
        assert altered(case, beta=-right.parameters[beta])["attained"] == "refuted"


@pytest.mark.parametrize(**named(CATALOG))
def test_every_part_of_the_claims_is_needed(case: Case) -> None:
    """Optimality over all parameters, attained at both ends, for every 0 < mu <= L: nothing else is assumed."""
    attained, optimal = analysis(case).tuning.claims[-2:]
    assert attained.assumptions == (mu <= L,)
    assert attained.symbols == (L, mu)
    assert optimal.statement == (r >= analysis(case).tuning.rate)
    assert set(optimal.symbols) == {L, mu, r, *analysis(case).tuning.parameters}
    both = {s.name for s in attained.statement.free_symbols}
    assert both == {"mu", "L"}


# Where there is none --------------------------------------------------------------------------------------------------


def test_numbers_where_no_equations_hold_for_all() -> None:
    """With a fixed momentum, which equations are active depends on the condition number."""
    case = next(c for c in SMALL if c.name == "fixed-momentum")
    tuning = analysis(case).tuning
    assert tuning.kind == "numeric"
    assert tuning.parameters == {}
    assert tuning.verdict.proved
    found, _ = independent.best(case, 1.0, 13.0, size=401, rounds=25)
    assert float(tuning.certificate(1, 13).lower) - 1e-9 < found
    assert found < float(tuning.certificate(1, 13).rate) + 1e-6


def doubled(z, w, grad, *, alpha, beta):
    """Nesterov's step with the gradient itself added once more: nobody's method."""
    g = grad(w)
    z = beta * z + g
    return z, w - alpha * (z + g)


def inner(z, w, grad, *, alpha, beta):
    """The gradient taken where a step along the velocity leads."""
    z = beta * z + grad(w - alpha * z)
    return z, w - alpha * z


@pytest.mark.parametrize(("rule", "degree"), [(doubled, 3), (inner, 3)])
def test_algebraic_tunings(rule, degree: int) -> None:
    """The rate is a root of a polynomial over Q(mu, L); a search that runs the rule finds the same, and nothing better."""
    case = Case(rule, ("alpha", "beta"), (0, 1))
    tuning = sm.analyze(sm.method(rule)).tuning
    assert tuning.kind == "algebraic"
    assert sympy.degree(tuning.polynomial, r) == degree
    assert tuning.verdict.proved
    for low, high in ((F(1), F(13)), (F(1, 2), F(50))):
        root, parameters = tuning.rate_at(low, high), tuning.at(low, high)
        exactly = {mu: sympy.Rational(low), L: sympy.Rational(high)}
        assert abs(sympy.N(tuning.polynomial.subs({**exactly, r: root}), 60)) < sympy.Rational(1, 10**50)
        numbers = {p.name: MP.mpf(str(sympy.N(v, 50))) for p, v in parameters.items()}
        ends = [radius(case, x, numbers) for x in (low, high)]
        assert abs(max(ends) - MP.mpf(str(sympy.N(root, 50)))) < MP.mpf(10) ** -20
        found, _ = independent.best(case, float(low), float(high))
        assert float(root) - 1e-9 < found < float(root) + 2e-3
        certificate = tuning.certificate(low, high)
        assert all(v.proved for v in certificate.verdicts)
        assert certificate.lower_by == "proved"
        assert certificate.lower <= root <= certificate.rate < certificate.lower + sympy.Rational(1, 10**6)
    with pytest.raises(sm.NotDerivedError, match="no closed form"):
        _ = tuning.rate_of_kappa


def test_optimal_root_for_all_curvatures() -> None:
    """Here optimality is proved once for all mu and L, for a root whose parameters attain it."""
    tuning = sm.analyze(sm.method(inner)).tuning
    assert tuning.scope.startswith("all")
    assert tuning.claims[-1].id == "inner/tuning/optimal-root"
    assert {mu, L} <= set(tuning.claims[-1].symbols)


def test_numeric_tuning_of_three_states() -> None:
    """Two velocities are no better than one: what is found is heavy ball, and no linear method has a smaller rate."""
    tuning = analysis(THREE_STATES[0]).tuning
    assert tuning.kind == "numeric"
    for low, high in ((F(1), F(13)), (F(2), F(20))):
        best = (math.sqrt(high / low) - 1) / (math.sqrt(high / low) + 1)
        found = tuning.certificate(low, high)
        assert all(v.proved for v in found.verdicts)
        assert float(found.rate) == pytest.approx(best, abs=1e-6)
        assert float(found.lower) == pytest.approx(best, abs=1e-6)
        assert float(found.lower) <= best <= float(found.rate)


def test_chebyshev_steps_from_interior_constraints() -> None:
    """Two gradients a step: 1 - alpha lam (1 - beta lam) is best where it is Chebyshev's polynomial of degree two."""

    def twice(w, grad, *, alpha, beta):
        return w - alpha * grad(w - beta * grad(w))

    tuning = sm.analyze(sm.method(twice)).tuning
    assert tuning.verdict.proved
    for low, high in SPECTRA[1:]:
        x = mp((high + low) / (high - low))
        assert abs(at(tuning.rate, low, high) - 1 / (2 * x * x - 1)) < MP.mpf(10) ** -40


def test_redundant_parameters_are_fixed_and_proved_so() -> None:
    """Of the four of accelerated SGD only three matter: the optimum is heavy ball's, over all four."""
    tuning = sm.analyze("accelerated-sgd").tuning
    assert tuning.verdict.proved
    assert len(tuning.parameters) == 4
    assert {s.name for s in tuning.claims[-1].symbols} >= {"alpha", "beta", "gamma", "delta"}
    for low, high in SPECTRA:
        assert abs(at(tuning.rate, low, high) - at(HEAVY_BALL_RATE, low, high)) < MP.mpf(10) ** -40


def test_a_decay_is_given_and_shifts_the_curvatures() -> None:
    tuning = sm.analyze("sgd").tuning
    assert [s.name for s in tuning.given] == ["gamma"]
    plain, shifted = sm.analyze("heavy-ball").tuning, tuning.at(1, 8, gamma=1)
    assert {p.name: v for p, v in shifted.items() if p.name != "delta"} == {
        p.name: v for p, v in plain.at(2, 9).items()
    }
    assert tuning.rate_at(1, 8, gamma=1) == plain.rate_at(2, 9)
    with pytest.raises(sm.ArgumentError, match="tuned"):
        tuning.at(1, 8, beta=1)
    with pytest.raises(sm.ArgumentError, match="larger than -mu"):
        tuning.at(1, 8, gamma=-1)


# Numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (F(0), F(1), "mu must be positive"),
        (F(-1), F(1), "mu must be positive"),
        (F(2), F(1), "L must be at least mu"),
        (math.nan, 1.0, "must be numbers"),
        (1.0, math.nan, "must be numbers"),
    ],
)
def test_bad_spectra(low, high, message) -> None:
    with pytest.raises(sm.ArgumentError, match=message):
        check_spectrum(low, high)
    with pytest.raises(ValueError, match=message):
        sm.analyze("heavy-ball").tuning.at(low, high)


def test_parameters_at_numbers_are_exact() -> None:
    tuning = sm.analyze("heavy-ball").tuning
    assert tuning.at(sympy.Integer(1), sympy.Integer(9)) == {alpha: sympy.Rational(1, 4), beta: sympy.Rational(1, 4)}


@pytest.mark.parametrize(("tolerance", "low", "high"), [(F(1, 10**6), 1, 100), (F(1, 2), 1, 9), (F(9, 10), 1, 10**6)])
def test_iterations(tolerance, low, high) -> None:
    tuning = sm.analyze("heavy-ball").tuning
    steps = tuning.iterations(tolerance, sympy.Integer(low), sympy.Integer(high))
    rate = at(tuning.rate, F(low), F(high))
    assert rate**steps <= mp(tolerance) < rate ** (steps - 1)


def test_iterations_at_the_borders() -> None:
    tuning = sm.analyze("heavy-ball").tuning
    one, nine = sympy.Integer(1), sympy.Integer(9)
    assert tuning.iterations(F(1, 2), one, one) == 1
    assert tuning.iterations(F(1, 2), one, nine) == 1  # the rate is 1/2 exactly: one step is enough
    assert tuning.iterations(F(1, 4), one, nine) == 2
    for bad in (F(0), F(1), F(2), F(-1, 2)):
        with pytest.raises(sm.ArgumentError, match="tolerance"):
            tuning.iterations(bad, one, nine)


def test_how_it_is_printed() -> None:
    text = str(sm.analyze("gradient-descent").tuning)
    assert text == "alpha = 2/(L + mu), rate (L - mu)/(L + mu) (proved)"
    tuning = sm.analyze("gradient-descent").tuning
    assert dataclasses.replace(tuning, claims=(), kind="radicals").claims == ()


# The search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named([c for c in TUNED if len(c.parameters) < 3]))
def test_only_feasible_solutions_are_candidates(case: Case) -> None:
    """Each candidate's r bounds the spectral radius at both ends, as a run at those parameters shows."""
    synthesis = _Synthesis(analysis(case)._rate)
    seen = 0
    for active in itertools.combinations(synthesis.constraints, len(synthesis.unknowns)):
        for *values, bound in synthesis._feasible_solutions(active):
            parameters = dict(zip(case.parameters, (MP.mpf(v) for v in values), strict=True))
            seen += 1
            for end in (F(1), F(13)):  # the numbers at which candidates are compared
                assert radius(case, end, parameters) <= bound + MP.mpf(10) ** -15
    assert seen


def test_active_sets_are_tried_best_first() -> None:
    synthesis = _Synthesis(analysis(CATALOG[1])._rate)
    rates = [min(v[-1] for v in synthesis._feasible_solutions(active)) for active in synthesis._best_first]
    assert rates == sorted(rates)
    expected = (math.sqrt(13) - 1) / (math.sqrt(13) + 1)
    assert float(rates[0]) == pytest.approx(expected, rel=1e-12)
    assert np.all(np.array(rates, dtype=float) < 1)
