"""Stability at complex curvature, against eigenvalues of rules run on complex numbers and against games that are played."""

from __future__ import annotations

import dataclasses
import random
from fractions import Fraction
from typing import Any

import nbformat
import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum import complex_curvature as module
from symmomentum import lecture as lecture_module
from symmomentum.complex_curvature import about_games, complex_schur_cohn, complex_schur_cohn_lemmas
from symmomentum.documents import Section, Theorem
from symmomentum.documents.model import Statement
from symmomentum.symbols import alpha, beta, lam_im, lam_re
from tests import independent
from tests.independent import Case, compiled, named
from tests.theory import analysis

F = Fraction


def optimistic(g, w, grad, *, alpha):
    """Popov (1980) in the form of Daskalakis et al. (2018): w - 2 alpha g_k + alpha g_{k-1}."""
    new = grad(w)
    return new, w - 2 * alpha * new + alpha * g


def two_limits(u, w, grad, *, alpha, gamma):
    """Extragradient u, and its distance from w, which is halved: the eigenvalues are 1 - s + s^2 and (1 - gamma lam)/2."""
    g = grad(u)
    new = u - alpha * grad(u - alpha * g)
    return new, new + ((w - gamma * grad(w)) - (u - gamma * g)) / 2


def extra_and_ascent(w, grad, *, alpha):
    """The factor is 1 + (alpha lam)^2: stable nowhere in the reals, but at small imaginary curvature."""
    first = grad(w)
    return w + alpha * (first - grad(w - alpha * first))


def renamed(v, w, grad, *, lambda_re, lambda_im):
    """Heavy ball with parameters that have the names of the curvature's parts."""
    return w, w - lambda_re * grad(w) + lambda_im * (w - v)


BY_NAME = {c.rule.__name__: c for c in independent.ALL}
OPTIMISTIC = Case(optimistic, ("alpha",), (0, 1))
ASCENT = Case(extra_and_ascent, ("alpha",), (1,), calls=2)
TWO_LIMITS = Case(two_limits, ("alpha", "gamma"), (1, 1), calls=3)
EXTRAGRADIENT, AGGREGATED = BY_NAME["extragradient"], BY_NAME["aggregated"]
CASES = (
    BY_NAME["gradient_descent"],
    EXTRAGRADIENT,
    BY_NAME["heavy_ball"],
    BY_NAME["nesterov"],
    BY_NAME["quasi_hyperbolic"],
    BY_NAME["averaged"],
    BY_NAME["extra_momentum"],
    BY_NAME["fixed_momentum"],
    BY_NAME["three_terms"],
    OPTIMISTIC,
    ASCENT,
)
GAMES = ("simultaneous-gda", "extragradient", "optimistic-gradient")


def theory(case: Case) -> Any:
    return analysis(case).complex_curvature


# The second route: the rule run on complex unit vectors -----------------------------------------------------------------


def radius(case: Case, curvature: complex, parameters: dict[str, Any]) -> float:
    values = {n: float(v) for n, v in parameters.items()}
    rows = independent.matrix(case, curvature, values, one=1.0 + 0j)
    return float(np.abs(np.linalg.eigvals(np.array(rows, dtype=complex))).max())


def settings(
    case: Case, count: int, seed: int = 1, axis: bool = False
) -> list[tuple[Fraction, Fraction, dict[str, Any]]]:
    """Exact real part, imaginary part and parameters, mostly of moderate size."""
    source = random.Random(f"{case.name} {seed}")
    found = []
    for _ in range(count):
        parameters = {n: F(source.randint(-120, 120), 100) for n in case.parameters}
        if source.random() < 0.1:
            parameters[source.choice(case.parameters)] = F(source.choice([0, 1, -1]))
        step = source.choice([1, 1, 1, -1]) * F(source.randint(1, 40), 10)
        parameters["alpha"] = step
        x = F(0) if axis else F(source.randint(-60, 240), 100) / step
        found.append((x, F(source.randint(-150, 150), 100) / step, parameters))
    return found


def holds(statement: Any, x: Fraction, y: Fraction, parameters: dict[str, Any]) -> bool:
    return bool(compiled(statement)({"lambda_re": x, "lambda_im": y, **parameters}))


def edge(inside: Any, low: float, high: float, halvings: int = 60) -> float:
    """Where it ceases to hold between a point at which it does and one at which it does not."""
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) else (low, middle)
    return low


# The test of Schur and Cohn ---------------------------------------------------------------------------------------------


def rational(value: float) -> Any:
    return sympy.Rational(*F(float(value)).limit_denominator(10**4).as_integer_ratio())


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_schur_cohn_for_complex_coefficients(degree: int) -> None:
    source = np.random.default_rng(degree)
    inner = 0
    for i in range(60):
        roots = source.uniform(0.2, 1.15, size=degree) * np.exp(1j * source.uniform(0, 2 * np.pi, size=degree))
        if i % 3 == 0:
            roots[source.integers(degree)] *= source.uniform(1, 3)
        if i % 7 == 0:
            roots[:] = 1.6 * roots  # mostly outside: the minors may be positive one by one, but not together
        exact = [(rational(c.real), rational(c.imag)) for c in np.poly(roots)[1:]]
        modulus = max(abs(np.roots([1.0, *(complex(a, b) for a, b in exact)])))
        if abs(modulus - 1) < 1e-6:
            continue
        minors = complex_schur_cohn([(1, 0), *exact])
        assert len(minors) == degree
        assert all(g.is_Rational for g in minors)
        assert all(g > 0 for g in minors) == (modulus < 1), roots
        inner += modulus < 1
    assert 5 < inner < 55


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_the_minors_are_those_of_the_hermitian_matrix(degree: int) -> None:
    """Their product form: of A A* - B B*, made of numbers here."""
    source = np.random.default_rng(10 + degree)
    symbols = [sympy.symbols(f"x{i} y{i}", real=True) for i in range(degree)]
    general = complex_schur_cohn([(1, 0), *symbols])
    for _ in range(5):
        values = source.normal(size=(degree, 2))
        at = {
            s: sympy.Rational(*float(v).as_integer_ratio())
            for p, q in zip(symbols, values, strict=True)
            for s, v in zip(p, q, strict=True)
        }
        c = np.array([1.0, *(complex(a, b) for a, b in values)])
        A = np.array([[c[i - j] if i >= j else 0 for j in range(degree)] for i in range(degree)])
        B = np.array([[c[degree - i + j].conjugate() if i >= j else 0 for j in range(degree)] for i in range(degree)])
        H = A @ A.conj().T - B @ B.conj().T
        expected = [np.linalg.det(H[:n, :n]).real for n in range(1, degree + 1)]
        np.testing.assert_allclose([float(g.xreplace(at)) for g in general], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
@pytest.mark.parametrize("size", [1, 2])
def test_the_lemmas_are_proved(size: int, solver: str) -> None:
    lemmas = complex_schur_cohn_lemmas(size)
    assert lemmas
    for claim in lemmas:
        assert sm.check(claim, solver=solver).status == "proved", claim.id
        assert claim.id.startswith("one-state/" if size == 1 else "two-states/")
    assert complex_schur_cohn_lemmas(3) == ()  # cited


def lemma_with(minors: tuple[Any, ...], *, strict: bool = True) -> sm.Claim:
    """What the lemma for two states would be with other inequalities."""
    known = complex_schur_cohn_lemmas(2)[-1]
    inside = known.statement.args[0] if known.statement.args[0].has(sympy.StrictLessThan) else known.statement.args[1]
    relation = sympy.Gt if strict else sympy.Ge
    statement = sympy.Equivalent(inside, sympy.And(*(relation(g, 0) for g in minors)))
    return sm.Claim(id="test/mutant", statement=statement, assumptions=(), source="planted")


def test_a_wrong_lemma_is_refuted() -> None:
    p1, q1, p2, q2 = sympy.symbols("p_1 q_1 p_2 q_2", real=True)
    a1, a0 = (-p1 - p2, -q1 - q2), (p1 * p2 - q1 * q2, p1 * q2 + q1 * p2)
    first, second = complex_schur_cohn([(1, 0), a1, a0])
    assert sm.check(lemma_with((first, second))).status == "proved"
    # The conjugate left out: a_1 - a_0 a_1.
    other = (a1[0] - (a0[0] * a1[0] - a0[1] * a1[1]), a1[1] - (a0[0] * a1[1] + a0[1] * a1[0]))
    for wrong in (
        lemma_with((first, first**2 - other[0] ** 2 - other[1] ** 2)),
        lemma_with((first, second), strict=False),
        lemma_with((first,)),
        lemma_with((second,)),
    ):
        verdict = sm.check(wrong, timeout=1)
        assert verdict.status == "refuted"
        assert verdict.witness is not None


def test_what_the_page_shows_is_the_test() -> None:
    """|a_0| and conj(a_1) of the page, at numbers, are the real expressions of the claims."""
    page = sm.analyze("optimistic-gradient").derivation()
    (step,) = (s for s in page.steps if isinstance(s, Theorem) and s.title.startswith("Schur-Cohn test for complex"))
    shown = [c.lhs for c in step.formulas[0].terms[1].args]
    for seed in range(5):
        source = random.Random(seed)
        a1, a0 = ([F(source.randint(-9, 9), 7) for _ in range(2)] for _ in range(2))
        at = {"a_1": complex(*map(float, a1)), "a_0": complex(*map(float, a0))}
        pairs = [[sympy.Rational(v.numerator, v.denominator) for v in a] for a in (a1, a0)]
        mine = sorted(float(g) for g in complex_schur_cohn([(1, 0), *map(tuple, pairs)]))
        numbers = sorted(complex(g.subs(at)).real for g in shown)
        np.testing.assert_allclose(numbers, mine, rtol=1e-12, atol=1e-12)


# The region -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(CASES))
def test_coefficients_are_those_of_the_matrix(case: Case) -> None:
    coefficients = theory(case).coefficients
    assert coefficients[0] == (1, 0)
    for x, y, parameters in settings(case, 20):
        rows = independent.matrix(case, complex(x, y), {n: float(v) for n, v in parameters.items()}, one=1.0 + 0j)
        expected = np.poly(np.array(rows, dtype=complex))
        at = {"lambda_re": x, "lambda_im": y, **parameters}
        mine = [complex(*(float(compiled(p)(at)) for p in c)) for c in coefficients]
        np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(**named(CASES))
def test_region_is_where_the_eigenvalues_are_inside_the_circle(case: Case) -> None:
    c = theory(case)
    conditions = sympy.And(*c.conditions)
    found = 0
    points = settings(case, 1200)
    for x, y, parameters in points:
        rho = radius(case, complex(x, y), parameters)
        if abs(rho - 1) < 1e-7:
            continue
        assert holds(c.region, x, y, parameters) == (rho < 1), (x, y, parameters)
        assert holds(conditions, x, y, parameters) == (rho < 1), (x, y, parameters)
        found += rho < 1
    assert len(points) / 60 < found < len(points) * 0.9


@pytest.mark.parametrize(**named((*CASES, TWO_LIMITS)))
def test_imaginary_region(case: Case) -> None:
    c = theory(case)
    found = 0
    for x, y, parameters in settings(case, 1500, seed=2, axis=True):
        rho = radius(case, complex(x, y), parameters)
        if y != 0 and abs(rho - 1) > 1e-7:
            assert holds(c.imaginary_region, x, y, parameters) == (rho < 1), (y, parameters)
            found += rho < 1
    assert (found > 10) == (c.imaginary_region is not sympy.false)


@pytest.mark.parametrize(**named((AGGREGATED, BY_NAME["heavy_ball"])))
def test_conditions_of_any_number_of_states(case: Case) -> None:
    c = theory(case)
    together, found = sympy.And(*c.conditions), 0
    for x, y, parameters in settings(case, 400, seed=3):
        rho = radius(case, complex(x, y) / 3, parameters)
        if abs(rho - 1) > 1e-7:
            assert holds(together, x / 3, y / 3, parameters) == (rho < 1)
            found += rho < 1
    assert found > 20


def test_four_states() -> None:
    """The inequalities only: no region is claimed."""

    def four(t, u, v, w, grad, *, alpha, beta):
        return u, v, w, w + beta * (t - u) / 2 - alpha * grad(w + v - u)

    case = Case(four, ("alpha", "beta"), (1, 1, 1, 1))
    c = sm.analyze(sm.method(four)).complex_curvature
    assert len(c.conditions) == 4
    together, found = sympy.And(*c.conditions), 0
    for x, y, parameters in settings(case, 300):
        rho = radius(case, complex(x, y) / 3, parameters)
        if abs(rho - 1) > 1e-7:
            assert holds(together, x / 3, y / 3, parameters) == (rho < 1)
            found += rho < 1
    assert found > 10
    assert c.claims == ()
    for name in ("region", "imaginary_region", "imaginary_threshold"):
        with pytest.raises(sm.NotDerivedError, match=r"four: .* up to 2 states; .* in complex_curvature.conditions"):
            getattr(c, name)


@pytest.mark.parametrize(**named(CASES))
def test_no_condition_of_the_region_is_redundant(case: Case) -> None:
    """For each there is a point at which it alone fails."""
    c = theory(case)
    for region, given in ((c.region, ()), (c.imaginary_region, (sympy.Ne(lam_im, 0),))):
        pieces = sympy.And.make_args(region)
        for piece in pieces if len(pieces) > 1 else ():
            others = tuple(p for p in pieces if p != piece)
            claim = sm.Claim(id="test/alone", statement=piece, assumptions=(*given, *others), source="")
            verdict = sm.check(claim)
            assert verdict.status == "refuted", piece


@pytest.mark.parametrize(
    ("name", "x", "y", "parameters"),
    [
        ("gradient-descent", F(0), F(0), {"alpha": F(1)}),
        ("gradient-descent", F(1), F(1), {"alpha": F(1)}),
        ("gradient-descent", F(1), F(1), {"alpha": F(0)}),
        ("heavy-ball", F(1), F(0), {"alpha": F(1), "beta": F(1)}),
        ("heavy-ball", F(1, 2), F(3, 2), {"alpha": F(1), "beta": F(-1, 2)}),
        ("extragradient", F(0), F(1, 2), {"alpha": F(2)}),
        ("extragradient", F(1), F(0), {"alpha": F(1)}),
        ("optimistic-gradient", F(2, 3), F(0), {"alpha": F(1)}),
    ],
)
def test_the_boundary_is_not_stable(name: str, x: Fraction, y: Fraction, parameters: dict[str, Any]) -> None:
    """Exact points at which an eigenvalue has modulus 1."""
    c = sm.analyze(name).complex_curvature
    case = Case(sm.catalog[name].rule, tuple(parameters), (1,) * len(sm.catalog[name].state))
    assert radius(case, complex(x, y), parameters) == pytest.approx(1, abs=1e-7)
    assert not holds(c.region, x, y, parameters)
    assert not holds(sympy.And(*c.conditions), x, y, parameters)
    if x == 0 != y:
        assert not holds(c.imaginary_region, x, y, parameters)


def test_regions_of_the_classical_methods() -> None:
    gda = sm.analyze("gradient-descent").complex_curvature
    assert gda.region == (alpha**2 * lam_im**2 < alpha * lam_re * (2 - alpha * lam_re))
    momentum = sm.analyze("simultaneous-gda").complex_curvature
    assert {beta > -1, beta < 1} < set(momentum.region.args)
    assert momentum.imaginary_region is sympy.false
    assert gda.imaginary_region is sympy.false
    extragradient = sm.analyze("extragradient").complex_curvature
    assert extragradient.imaginary_region == sympy.And(sympy.Ne(alpha, 0), alpha**2 * lam_im**2 < 1)
    assert extragradient.imaginary_threshold == 1 / alpha
    optimistic_gradient = sm.analyze("optimistic-gradient").complex_curvature
    assert optimistic_gradient.imaginary_region == sympy.And(sympy.Ne(alpha, 0), 3 * alpha**2 * lam_im**2 < 1)
    assert optimistic_gradient.imaginary_threshold == sympy.sqrt(3) / (3 * alpha)
    assert sm.analyze("nesterov").complex_curvature.imaginary_region is sympy.false


def test_parameters_with_the_names_of_the_parts() -> None:
    c = sm.analyze(sm.method(renamed)).complex_curvature
    x, y = c.real_part, c.imaginary_part
    assert {x.name, y.name} == {"lambda_re_0", "lambda_im_0"}
    own = {sympy.Symbol("lambda_re", real=True): alpha, sympy.Symbol("lambda_im", real=True): beta}
    plain = c.region.xreplace({**own, x: lam_re, y: lam_im})
    assert plain == sm.analyze("heavy-ball").complex_curvature.region
    assert all(sm.check(claim).proved for claim in c.claims)


def test_stable_at_imaginary_curvature_only() -> None:
    a = analysis(ASCENT)
    assert a.stability.region is sympy.false
    c = a.complex_curvature
    assert c.imaginary_region == sympy.And(sympy.Ne(alpha, 0), alpha**2 * lam_im**2 < 2)
    assert c.imaginary_threshold == sympy.sqrt(2) / alpha
    assert [claim.id.split("/")[-1] for claim in c.claims] == ["region", "real", "imaginary", "imaginary-threshold"]


# Edges, by bisection ----------------------------------------------------------------------------------------------------


def test_gradient_descent_is_stable_up_to_twice_the_real_part_over_the_square() -> None:
    """alpha |lam|^2 < 2 Re lam."""
    case, source = BY_NAME["gradient_descent"], np.random.default_rng(1)
    for _ in range(50):
        curvature = complex(source.uniform(0.01, 2), source.uniform(-3, 3))
        last = edge(lambda step, at=curvature: radius(case, at, {"alpha": step}) < 1, 0, 2000)
        assert last == pytest.approx(2 * curvature.real / abs(curvature) ** 2, rel=1e-9)
        x, y = F(curvature.real), F(curvature.imag)
        for factor, expected in ((F(999, 1000), True), (F(1001, 1000), False)):
            assert holds(theory(case).region, x, y, {"alpha": F(last) * factor}) == expected


@pytest.mark.parametrize(
    "case",
    [EXTRAGRADIENT, OPTIMISTIC, ASCENT, TWO_LIMITS, BY_NAME["three_terms"], BY_NAME["extra_momentum"]],
    ids=lambda c: c.name,
)
def test_the_threshold_is_the_last_stable_imaginary_part(case: Case) -> None:
    threshold, found = theory(case).imaginary_threshold, 0
    for _, _, parameters in settings(case, 1500, seed=5):
        parameters["alpha"] = abs(parameters["alpha"])
        steps = [0.003 * 1.1**n / float(parameters["alpha"]) for n in range(90)]
        stable = [radius(case, 1j * y, parameters) < 1 - 1e-12 for y in steps]
        if not any(stable[:40]):
            continue
        last = max(i for i, s in enumerate(stable) if s)
        assert all(stable[20 : last + 1])  # all below are stable too, but for rounding near 0
        expected = edge(lambda y, at=parameters: radius(case, 1j * y, at) < 1, steps[last], steps[last + 1])
        assert float(compiled(threshold)(dict(parameters))) == pytest.approx(expected, rel=1e-6)
        found += 1
        if found == 25:
            break
    assert found > 8


def test_thresholds_of_the_family_hold_the_special_cases() -> None:
    """The three-parameter family with beta = 0 and gamma = 1 is optimistic gradient descent."""
    threshold = theory(BY_NAME["three_terms"]).imaginary_threshold
    at = {"alpha": F(1), "beta": F(0), "gamma": F(1)}
    assert float(compiled(threshold)(at)) == pytest.approx(3**-0.5, rel=1e-14)


def test_no_threshold_says_why() -> None:
    with pytest.raises(sm.NotDerivedError, match="heavy-ball is stable for no imaginary curvature"):
        _ = sm.analyze("heavy-ball").complex_curvature.imaginary_threshold

    @sm.method
    def thrice(w, grad, *, alpha):
        y = w - alpha * grad(w)
        return w - alpha * grad(w - alpha * grad(y))

    with pytest.raises(sm.NotDerivedError, match="affine in its square"):
        _ = sm.analyze(thrice).complex_curvature.imaginary_threshold


# Games that are played --------------------------------------------------------------------------------------------------


def played(name: str, game: np.ndarray, steps: int, **parameters: float) -> np.ndarray:
    """The distances from the equilibrium of min-max over x and y of x'Ay, both players at once."""
    n, m = game.shape

    def field(w: np.ndarray) -> np.ndarray:
        return np.concatenate([game @ w[n:], -game.T @ w[:n]])

    start = np.random.default_rng(3).normal(size=n + m)
    return np.linalg.norm(sm.catalog[name].run(field, start, steps, **parameters), axis=1)


GAME = np.random.default_rng(4).normal(size=(3, 3))
LARGEST = float(np.linalg.svd(GAME, compute_uv=False)[0])


@pytest.mark.parametrize("step", [1e-3, 0.1, 1.0, -0.1])
def test_gradient_descent_ascent_diverges_on_a_bilinear_game(step: float) -> None:
    distances = played("gradient-descent", GAME, 400, alpha=step / LARGEST)
    assert (np.diff(distances) > 0).all()


@pytest.mark.parametrize("momentum", [-0.9, -0.3, 0.0, 0.5, 0.9])
def test_momentum_of_any_sign_does_not_help_simultaneous_players(momentum: float) -> None:
    """Gidel et al. (2019): on a bilinear game the simultaneous method converges for no parameters."""
    distances = played("simultaneous-gda", GAME, 1000, alpha=0.1 / LARGEST, beta=momentum)
    assert distances[-1] > 1.01 * distances[200]


@pytest.mark.parametrize("name", ["extragradient", "optimistic-gradient"])
def test_two_gradients_or_the_last_one_converge_up_to_the_threshold(name: str) -> None:
    threshold = float(sm.analyze(name).complex_curvature.imaginary_threshold.subs(alpha, 1))
    inside = played(name, GAME, 6000, alpha=0.98 * threshold / LARGEST)
    outside = played(name, GAME, 1500, alpha=1.02 * threshold / LARGEST)
    assert inside[-1] < 1e-3 * inside[0]
    assert outside[-1] > 1e3 * outside[0]


def test_where_negative_momentum_helps() -> None:
    """Gidel et al. (2019), section 4: at beta = 0 the rate grows with beta, so that a negative one lowers it, exactly if the
    step size lies between (|lam| - |Im lam|)/(|lam| Re lam) and (|lam| + |Im lam|)/(|lam| Re lam)."""
    source, change, met = np.random.default_rng(6), 1e-6, {True: 0, False: 0}
    rate = sm.analyze("simultaneous-gda").complex_curvature.rate
    for _ in range(300):
        curvature = complex(source.uniform(0.05, 2), source.uniform(-2, 2))
        size, x, y = abs(curvature), curvature.real, abs(curvature.imag)
        low, high = (size - y) / (size * x), (size + y) / (size * x)
        step = source.uniform(0, 1.5) * high
        if min(abs(step - low), abs(step - high)) < 0.02 * high or abs(1 - step * curvature) < 0.05:
            continue
        slope = rate(curvature, alpha=step, beta=change) - rate(curvature, alpha=step, beta=-change)
        helps = low < step < high
        assert (slope > 0) == helps, (curvature, step)
        met[helps] += 1
    assert min(met.values()) > 50


def test_negative_momentum_widens_the_ellipse() -> None:
    """(alpha x/(1 + beta) - 1)^2 + (alpha y/(1 - beta))^2 < 1: taller than wide for a negative momentum."""
    region = sm.analyze("simultaneous-gda").complex_curvature.region
    for x, y, parameters in settings(BY_NAME["heavy_ball"], 500, seed=8):
        a, b = parameters["alpha"], parameters["beta"]
        ellipse = -1 < b < 1 and (a * x / (1 + b) - 1) ** 2 + (a * y / (1 - b)) ** 2 < 1
        assert holds(region, x, y, parameters) == ellipse
    at = {"alpha": F(1), "beta": F(-1, 2)}
    assert holds(region, F(1, 2), F(1), at)
    assert not holds(region, F(1, 2), F(1), {**at, "beta": F(0)})


# Numbers ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named((*CASES, AGGREGATED)))
def test_rate_is_the_spectral_radius(case: Case) -> None:
    points = settings(case, 200, seed=9)
    curvature = np.array([complex(x, y) for x, y, _ in points])
    parameters = {n: np.array([float(p[n]) for _, _, p in points]) for n in case.parameters}
    rates = theory(case).rate(curvature, **parameters)
    assert rates.shape == (200,)
    assert rates.dtype == float
    np.testing.assert_allclose(rates, [radius(case, complex(x, y), p) for x, y, p in points], rtol=1e-6, atol=1e-7)


def test_rate_broadcasts_and_keeps_nan() -> None:
    c = sm.analyze("simultaneous-gda").complex_curvature
    grid = c.rate(np.array([1j, 1 + 1j, np.nan])[:, None], alpha=[0.1, np.inf], beta=0.5)
    assert grid.shape == (3, 2)
    assert np.isnan(grid).tolist() == [[False, True], [False, True], [True, True]]
    single = c.rate(1 + 1j, alpha=F(1, 10), beta=-0.5)
    assert isinstance(single, float)
    real = sm.analyze("heavy-ball").evaluator("rate")
    assert c.rate(2.0, alpha=0.1, beta=0.5) == pytest.approx(float(real(0.1, 0.5, 2.0)), rel=1e-12)


def test_rate_with_default_parameters_and_wrong_ones() -> None:
    c = theory(BY_NAME["defaults"])
    assert c.rate(1j, alpha=1.0) == c.rate(1j, alpha=1.0, beta=0.5)
    with pytest.raises(sm.MethodTypeError, match="unknown parameter 'bet'; did you mean 'beta'"):
        c.rate(1j, alpha=1.0, bet=0.5)
    with pytest.raises(sm.MethodTypeError, match="missing parameter alpha"):
        c.rate(1j)
    with pytest.raises(sm.ArgumentError, match="must be numbers"):
        c.rate("much", alpha=1.0)
    with pytest.raises(sm.ArgumentError, match="must be numbers"):
        c.rate([1j, 2j], alpha=[1.0, 2.0, 3.0])


# Claims -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(CASES))
def test_claims_are_proved(case: Case) -> None:
    c = theory(case)
    ids = [claim.id.removeprefix(f"{case.name}/complex-curvature/") for claim in c.claims]
    stable_somewhere = c.imaginary_region is not sympy.false
    assert ids == ["region", "real", "imaginary", *(["imaginary-threshold"] if stable_somewhere else [])]
    for claim in c.claims:
        assert sm.check(claim).proved, claim.id
        assert claim.source
        assert claim.title


@pytest.mark.parametrize("name", GAMES)
def test_claims_of_the_games_are_proved_by_both_solvers(name: str) -> None:
    a = sm.analyze(name)
    own = [c for c in a.claims if "/complex-" in c.id]
    assert list(a.complex_curvature.claims) == [c for c in own if c.id.startswith(f"{name}/")]
    assert len(own) > len(a.complex_curvature.claims)  # and the lemmas
    for claim in own:
        assert sm.check(claim, solver="both").proved, claim.id


@pytest.mark.parametrize("name", ["lookahead", "nadam", "cyclical-heavy-ball"])
def test_long_polynomials_are_not_multiplied_out(name: str) -> None:
    """A solver finds no contradiction in p > 0 and p <= 0 for a polynomial of degree ten: the factors decide."""
    c = sm.analyze(name).complex_curvature
    (claim,) = (claim for claim in c.claims if claim.id.endswith("/region"))
    assert claim.statement == sympy.Equivalent(
        sympy.And(*(sympy.Gt(g, 0, evaluate=False) for g in c._expressions)), c.region
    )
    assert claim.lemmas
    verdict = sm.check(claim)
    assert verdict.proved
    assert verdict.queries
    wrong = dataclasses.replace(claim.lemmas[0], statement=sympy.Eq(claim.lemmas[0].statement.lhs, 0, evaluate=False))
    assert not sm.check(dataclasses.replace(claim, lemmas=(wrong, *claim.lemmas[1:])), timeout=1).proved


def test_other_methods_do_not_claim_anything_of_games() -> None:
    assert {name for name in sm.catalog if about_games(sm.catalog[name])} >= set(GAMES)
    assert not {name for name in ("heavy-ball", "nesterov", "lookahead") if about_games(sm.catalog[name])}
    assert not [c.id for c in sm.analyze("gradient-descent").claims if "complex-" in c.id]


@pytest.mark.parametrize(
    ("name", "quantity", "wrong"),
    [
        ("simultaneous-gda", "region", lambda r: sympy.And(*(c for c in r.args if c != (beta > -1)))),
        (
            "simultaneous-gda",
            "region",
            lambda r: sympy.And(*(c.func(c.lhs, c.rhs + 1) if c.has(lam_im) else c for c in r.args)),
        ),
        ("extragradient", "region", lambda r: sympy.Le(*r.args)),
        ("simultaneous-gda", "region", lambda r: r.xreplace({lam_im: lam_im / 2})),
        ("extragradient", "imaginary_region", lambda r: r.xreplace({sympy.Ne(alpha, 0): sympy.true})),
        ("extragradient", "imaginary_region", lambda r: sympy.false),
        ("extragradient", "imaginary_region", lambda r: sympy.And(sympy.Ne(alpha, 0), alpha**2 * lam_im**2 <= 1)),
        (
            "optimistic-gradient",
            "imaginary_region",
            lambda r: sympy.And(sympy.Ne(alpha, 0), 2 * alpha**2 * lam_im**2 < 1),
        ),
        ("gradient-descent", "imaginary_region", lambda r: alpha**2 * lam_im**2 < 1),
    ],
)
def test_a_wrong_region_is_refuted(name: str, quantity: str, wrong: Any) -> None:
    honest = sm.analyze(name).complex_curvature
    mutant = module.ComplexCurvature(honest.stability)
    mutant.__dict__[quantity] = wrong(getattr(honest, quantity))
    assert mutant.__dict__[quantity] != getattr(honest, quantity)
    last = "region" if quantity == "region" else "imaginary"
    (claim,) = (c for c in mutant.claims if c.id.endswith(f"complex-curvature/{last}"))
    verdict = sm.check(claim)
    assert verdict.status == "refuted"
    assert verdict.witness is not None


def test_a_wrong_threshold_is_refuted() -> None:
    c = sm.analyze("extragradient").complex_curvature
    assert sm.check(c._threshold_claim(1 / alpha)).proved
    for threshold in (2 / alpha, 1 / (2 * alpha), 1 / alpha**2, -1 / alpha):
        assert sm.check(c._threshold_claim(threshold)).status == "refuted"
    # For a negative step size it would be negative.
    claim = c._threshold_claim(1 / alpha)
    assert (alpha > 0) in claim.assumptions
    weaker = dataclasses.replace(claim, assumptions=tuple(a for a in claim.assumptions if a != (alpha > 0)))
    assert sm.check(weaker).status == "refuted"


# The page ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GAMES)
def test_the_page_of_a_game_says_all_of_it(name: str) -> None:
    a = sm.analyze(name)
    document = a.derivation(everything=True)
    titles = [s.title for s in document.steps if isinstance(s, Section)]
    assert titles[titles.index("Stability") + 1] == "Complex curvature"
    statements = [s for s in document.steps if isinstance(s, Statement)]
    assert {v.claim.id for s in statements for v in s.verdicts} == {c.id for c in a.claims}
    theorems = [s.title for s in statements if isinstance(s, Theorem)]
    assert "Imaginary curvature" in theorems
    assert ("Largest imaginary curvature" in theorems) == (name != "simultaneous-gda")
    for text in (document.to_terminal(60), document.to_html(), document.to_markdown(), document.to_latex()):
        assert "Complex curvature" in text
    nbformat.validate(nbformat.reads(document.to_notebook(), 4))
    assert r"\lambda_{\mathrm{re}}" in document.to_latex()


def test_other_pages_are_silent_about_games() -> None:
    titles = [s.title for s in sm.analyze("gradient-descent").derivation().steps if isinstance(s, Section)]
    assert "Complex curvature" not in titles
    assert sm.analyze("alternating-gda").complex_curvature.claims == ()


@pytest.mark.parametrize(
    "lost", [{"region"}, {"region", "real"}, {"imaginary"}, {"imaginary-threshold"}, {"region", "imaginary"}]
)
def test_what_is_not_decided_is_not_on_the_page(lost: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    a = sm.analyze(sm.catalog["extragradient"])
    c = a.complex_curvature
    kept = tuple(claim for claim in c.claims if claim.id.split("/")[-1] not in lost)
    monkeypatch.setattr(module.ComplexCurvature, "claims", kept)
    document = lecture_module.lecture(a._rate, None, "planted")
    statements = [s for s in document.steps if isinstance(s, Statement)]
    shown = {v.claim.id for s in statements for v in s.verdicts if "complex-curvature" in v.claim.id}
    assert shown <= {claim.id for claim in kept}
    titles = [s.title for s in statements]
    assert ("Stability region for complex curvature" in titles) == ("region" not in lost)
    assert ("At real curvature" in titles) == (lost in ({"region"}, {"region", "imaginary"}))
    assert ("Imaginary curvature" in titles) == ("imaginary" not in lost)


def test_a_claim_that_is_not_decided_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    c = module.ComplexCurvature(sm.analyze("gradient-descent").stability)
    honest = module.check

    def check(claim: sm.Claim, **options: Any) -> Any:
        verdict = honest(claim, **options)
        return dataclasses.replace(verdict, status="unknown") if claim.id.endswith("/region") else verdict

    monkeypatch.setattr(module, "check", check)
    assert [claim.id.split("/")[-1] for claim in c.claims] == ["real", "imaginary"]
