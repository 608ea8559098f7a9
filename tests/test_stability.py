"""The stability region and its edge, against eigenvalues at thousands of points, next to the boundary too."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.errors import NotDerivedError
from symmomentum.stability import bounded_by, end_point_lemma, schur_cohn, schur_cohn_lemmas, spectral_radius
from symmomentum.symbols import alpha, beta, lam
from tests import independent
from tests.independent import (
    CATALOG,
    MP,
    SMALL,
    THREE_STATES,
    Case,
    compiled,
    edge,
    mp,
    named,
    number,
    random_points,
    stable,
    stable_points,
)
from tests.theory import analysis

F = Fraction
TINY = F(1, 10**12)


def inside(statement, curvature, parameters) -> bool:
    return bool(number(statement, curvature, parameters))


# The region -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(SMALL))
def test_region_is_where_the_eigenvalues_are_inside_the_circle(case: Case) -> None:
    s = analysis(case).stability
    conditions = sympy.And(*s.conditions)
    found = 0
    for curvature, parameters in random_points(case, 1500):
        expected = stable(case, curvature, parameters)
        found += expected
        assert inside(s.region, curvature, parameters) == expected, (curvature, parameters)
        assert inside(conditions, curvature, parameters) == expected, (curvature, parameters)
    assert 100 < found < 1400  # the points say something


@pytest.mark.parametrize(**named(SMALL))
def test_region_next_to_its_boundary(case: Case) -> None:
    """Where one coordinate crosses the boundary, found by bisection, the region changes within a factor 1 -+ 1e-12."""
    region = analysis(case).stability.region
    names = ("lambda", *case.parameters)
    crossings = 0
    for i, (curvature, parameters) in enumerate(stable_points(case, 40)):
        point = {"lambda": curvature, **parameters}
        name = names[i % len(names)]

        def at(value, point=point, name=name):
            moved = {**point, name: value}
            return moved.pop("lambda"), moved

        for direction in (1, -1):
            far = next(
                (x for x in (point[name] + direction * F(10) ** n for n in range(-2, 4)) if not stable(case, *at(x))),
                None,
            )
            if far is None:
                continue
            near = edge(lambda x, at=at: stable(case, *at(x)), point[name], far, halvings=70)
            width = TINY * max(1, abs(near))
            for value in (near - width, near, near + width):
                assert inside(region, *at(value)) == stable(case, *at(value)), (name, value, point)
            assert len({stable(case, *at(v)) for v in (near - width, near + width)}) == 2
            crossings += 1
    assert crossings > 20


@pytest.mark.parametrize(**named(SMALL))
def test_region_to_fifty_digits(case: Case) -> None:
    """The same by mpmath's general eigenvalue solver, on fewer points."""
    region = analysis(case).stability.region
    for curvature, parameters in random_points(case, 60, seed=3):
        values = independent.eigenvalues_mp(case, curvature, parameters)
        radius = max(map(abs, values))
        if abs(radius - 1) > MP.mpf(10) ** -20:
            assert inside(region, curvature, parameters) == (radius < 1)


@pytest.mark.parametrize(**named(SMALL))
def test_no_condition_is_redundant(case: Case) -> None:
    """For each there is a point at which it alone fails: searched for here, and given by the package."""
    s = analysis(case).stability
    conditions = list(sympy.And.make_args(s.region))
    waiting = set(conditions)
    for seed in range(6):
        for curvature, parameters in random_points(case, 1000, seed=20 + seed):
            fails = [c for c in conditions if not inside(c, curvature, parameters)]
            if len(fails) == 1:
                waiting.discard(fails[0])
                assert not stable(case, curvature, parameters)
        if not waiting:
            break
    assert not waiting, waiting
    assert len(s.failing_alone) == len(conditions)
    assert {c for c, _ in s.failing_alone} == set(conditions)
    for condition, witness in s.failing_alone:
        point = {x.name: F(int(v.p), int(v.q)) for x, v in witness.items()}
        point = {"lambda": F(1)} | dict.fromkeys(case.parameters, F(0)) | point
        assert not compiled(condition)(point)
        assert all(compiled(c)(point) for c in conditions if c != condition)
        curvature = point.pop("lambda")
        assert not stable(case, curvature, point)


def test_region_of_heavy_ball_as_in_the_contract() -> None:
    s = sm.analyze("heavy-ball").stability
    assert s.region == sympy.And(beta < 1, alpha * lam > 0, alpha * lam < 2 + 2 * beta)
    assert len(s.conditions) == 3
    assert all(isinstance(c, sympy.StrictGreaterThan) and c.rhs == 0 for c in s.conditions)


def test_a_rule_that_is_stable_nowhere() -> None:
    @sm.method
    def doomed(w, grad, *, alpha):
        """The factor is 1 + (alpha lam)^2."""
        first = grad(w)
        return w + alpha * (first - grad(w - alpha * first))

    a = sm.analyze(doomed)
    assert sympy.expand(a.iteration_matrix[0, 0] - 1 - alpha**2 * lam**2) == 0
    assert a.stability.region is sympy.false
    assert a.stability.failing_alone == ()
    with pytest.raises(NotDerivedError, match="stable nowhere"):
        a.stability.threshold
    assert [(g.name, g.condition) for g in a.regimes] == [("divergent", sympy.true)]
    with pytest.raises(NotDerivedError):
        a.tuning
    assert all(v.proved for v in a.verify())
    assert a.derivation().to_terminal()


# The edge of stability ------------------------------------------------------------------------------------------------


def last_stable_curvature(case: Case, parameters) -> Fraction | None:
    """By a sweep for stable curvatures and bisection upwards from the largest; infinite if the whole sweep above is stable."""
    step_size = abs(parameters["alpha"])
    line = {F(n, 16) for n in range(-80, 81)} | {s * F(3, 2) ** n for n in range(-12, 40) for s in (1, -1)}
    sweep = sorted(x / step_size for x in line)
    found = [i for i, x in enumerate(sweep) if stable(case, x, parameters)]
    if not found:
        return None
    if found[-1] == len(sweep) - 1:
        return MP.inf
    return edge(lambda x: stable(case, x, parameters), sweep[found[-1]], sweep[found[-1] + 1], halvings=130)


@pytest.mark.parametrize(**named(SMALL))
def test_threshold_is_the_last_stable_curvature(case: Case) -> None:
    try:
        threshold = analysis(case).stability.threshold
    except NotDerivedError:
        conditions = analysis(case).stability.conditions
        assert any(sympy.degree(c.lhs, lam) > 1 for c in conditions)  # only where one is not affine in the curvature
        return
    tested = 0
    for _, parameters in random_points(case, 40, seed=5):
        parameters["alpha"] = abs(parameters["alpha"]) or F(1)
        expected = last_stable_curvature(case, parameters)
        if expected is None:
            continue
        mine = number(threshold, 0, parameters)
        if mine == MP.inf or expected == MP.inf:
            assert mine == expected, parameters
        else:
            assert abs(mp(mine) - mp(expected)) < MP.mpf(10) ** -30 * (1 + abs(mp(expected))), parameters
        tested += 1
    assert tested > 10


@pytest.mark.parametrize("momentum", [F(-9, 10), F(-1, 2), F(-2, 5), F(-1, 3), F(-3, 10), F(0), F(9, 10), F(99, 100)])
def test_threshold_of_nesterov(momentum: Fraction) -> None:
    """(2 + 2 beta)/(1 + 2 beta)/alpha (Cohen et al., 2021, appendix B), where beta >= -1/3."""
    case = CATALOG[2]
    mine = number(sm.analyze("nesterov").stability.threshold, 0, {"alpha": F(2), "beta": momentum})
    assert abs(mine - last_stable_curvature(case, {"alpha": F(2), "beta": momentum})) < F(1, 10**30)
    if momentum >= F(-1, 3):
        assert mine == (2 + 2 * momentum) / (1 + 2 * momentum) / 2
    else:  # there the condition on the determinant is the first to fail
        assert mine * 2 * momentum == momentum - 1


def test_thresholds_from_the_literature() -> None:
    """2/alpha (gradient descent) and (2 + 2 beta)/alpha (heavy ball): Cohen et al. (2021), section 2 and appendix B."""
    assert sympy.cancel(sm.analyze("gradient-descent").stability.threshold - 2 / alpha) == 0
    assert sympy.cancel(sm.analyze("heavy-ball").stability.threshold - (2 + 2 * beta) / alpha) == 0


def test_threshold_that_the_determinant_decides() -> None:
    """The gradient half a step back: the eigenvalues leave the circle as a complex pair, at alpha lam = 2."""

    @sm.method
    def lagging(v, w, grad, *, alpha):
        return w, w - alpha * grad((v + w) / 2)

    case = Case(lagging.rule, ("alpha",), (1, 1))
    assert number(sm.analyze(lagging).stability.threshold, 0, {"alpha": F(1)}) == 2
    assert abs(last_stable_curvature(case, {"alpha": F(1)}) - 2) < F(1, 10**30)


# The Schur-Cohn test --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_schur_cohn_of_any_order(degree: int) -> None:
    source = np.random.default_rng(degree)
    inner = 0
    for i in range(80):
        if i % 2:  # from roots, in conjugate pairs
            roots = list(source.uniform(-1.2, 1.2, size=degree % 2))
            for _ in range(degree // 2):
                pair = source.uniform(0.3, 1.1) * np.exp(1j * source.uniform(0, np.pi))
                roots += [pair, pair.conjugate()] if source.uniform() < 0.7 else list(source.uniform(-1.2, 1.2, size=2))
            coefficients = np.poly(roots).real
        else:
            coefficients = np.array([1.0, *source.normal(size=degree) * source.choice([0.2, 0.6, 2.0])])
        exact = [F(float(c)).limit_denominator(10**4) for c in coefficients[1:]]
        modulus = max(abs(np.roots([1.0, *map(float, exact)])), default=0)
        numbers = (1, *(sympy.Rational(c.numerator, c.denominator) for c in exact))
        for radius, bound in ((1, 1.0), (sympy.Rational(7, 5), 1.4)):
            if abs(modulus - bound) > 1e-6:
                assert all(g > 0 for g in schur_cohn(numbers, radius)) == (modulus < bound)
        inner += modulus < 1
    assert 10 < inner < 70


def test_schur_cohn_in_symbols_is_schur_cohn_in_numbers() -> None:
    symbols, radius = sympy.symbols("c0:3", real=True), sympy.Symbol("rr", positive=True)
    at = dict(zip((*symbols, radius), (sympy.Rational(n, 3) for n in (1, -2, 5, 4)), strict=True))
    general = [g.xreplace(at) for g in schur_cohn((1, *symbols), radius)]
    assert general == list(schur_cohn((1, *(at[s] for s in symbols)), at[radius]))


@pytest.mark.parametrize(**named(THREE_STATES))
def test_three_states(case: Case) -> None:
    """Conditions and region hold where all eigenvalues are inside the circle; the threshold is where they cease to be."""
    s = analysis(case).stability
    together, region, threshold = compiled(sympy.And(*s.conditions)), compiled(s.region), compiled(s.threshold)
    found = edges = 0
    for i, (curvature, parameters) in enumerate(random_points(case, 400)):
        if i % 3 == 0:
            parameters |= {"alpha": F(1, 2 + i % 7), "beta": F(i % 100, 101), "gamma": F(-i % 90, 101)}
            curvature = F(i % 13, 4)
        radius = independent.radius_mp(case, curvature, parameters)
        at = {"lambda": curvature, **parameters}
        if abs(radius - 1) > MP.mpf(10) ** -15:
            assert together(at) == (radius < 1), at
            assert region(at) == (radius < 1), at
            found += radius < 1
        if radius < 1 and curvature > 0 and parameters["alpha"] > 0:
            end = mp(threshold(at))
            for factor, expected in ((1 - mp(TINY), True), (1 + mp(TINY), False)):
                near = max(map(abs, independent.eigenvalues_mp(case, factor * end, parameters)))
                assert (near < 1) == expected, (at, factor)
            edges += 1
    assert found > 40
    assert edges > 40
    assert [c.id.split("/")[-1] for c in s.claims] == ["region", "threshold"]
    assert all(sm.check(c).proved for c in (*s.claims, *schur_cohn_lemmas(3)))


@pytest.mark.parametrize("degree", [1, 2])
def test_bounded_by_is_a_bound_on_the_moduli(degree: int) -> None:
    """Also at radius 0, where Jury's inequalities alone say nothing of the trace."""
    source = np.random.default_rng(40 + degree)
    values = [F(int(x), 4) for x in range(-8, 9)]
    radii = [F(0), F(1, 2), F(1), F(3, 2)]
    for _ in range(400):
        b, q = F(str(source.choice(values))), F(str(source.choice(values)))
        coefficients = (1, *(sympy.Rational(x.numerator, x.denominator) for x in ((-b,) if degree == 1 else (-b, q))))
        if degree == 1:
            modulus = abs(mp(b))
        else:
            root = MP.sqrt(mp(b * b - 4 * q))
            modulus = max(abs(mp(b) + root), abs(mp(b) - root)) / 2
        for bound in radii:
            holds = all(
                sympy.true == c for c in bounded_by(coefficients, sympy.Rational(bound.numerator, bound.denominator))
            )
            assert holds == (modulus <= mp(bound) + MP.mpf(10) ** -40), (b, q, bound)


def test_spectral_radius_of_trace_and_determinant() -> None:
    b, q = sympy.symbols("b q", real=True)
    formula = compiled(spectral_radius(b, q, b**2 - 4 * q))
    for x in range(-8, 9):
        for y in range(-8, 9):
            trace, determinant = F(x, 3), F(y, 5)
            root = MP.sqrt(mp(trace**2 - 4 * determinant))
            expected = max(abs(mp(trace) + root), abs(mp(trace) - root)) / 2
            assert abs(formula({"b": trace, "q": determinant}) - expected) < MP.mpf(10) ** -45


@pytest.mark.parametrize("size", [1, 2])
def test_general_lemmas_are_proved(size: int) -> None:
    for claim in (*schur_cohn_lemmas(size), end_point_lemma(size)):
        assert sm.check(claim).status == "proved", claim.id
        assert claim.id.startswith("one-state/" if size == 1 else "two-states/")


@pytest.mark.parametrize(**named(SMALL))
def test_claims_of_the_region_are_proved(case: Case) -> None:
    s = analysis(case).stability
    assert s.claims[0].id == f"{case.name}/stability/region"
    for claim in s.claims:
        assert sm.check(claim).status == "proved", claim.id


def test_a_wrong_region_would_not_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    from symmomentum.iteration import Iteration
    from symmomentum.stability import Stability

    wrong = Stability(Iteration(sm.catalog["heavy-ball"]))
    for false in (
        sympy.And(beta < 1, alpha * lam > 0, alpha * lam < 2 + beta),
        sympy.And(beta <= 1, alpha * lam > 0, alpha * lam < 2 + 2 * beta),
        sympy.And(beta < 1, alpha * lam >= 0, alpha * lam < 2 + 2 * beta),
        sympy.And(beta < 1, alpha * lam < 2 + 2 * beta),
        sympy.And(alpha * lam > 0, alpha * lam < 2 + 2 * beta),
        sympy.And(beta < 1, beta > 0, alpha * lam > 0, alpha * lam < 2 + 2 * beta),
    ):
        wrong.__dict__["region"] = false
        wrong.__dict__.pop("claims", None)
        verdict = sm.check(wrong.claims[0])
        assert verdict.status == "refuted"
        assert verdict.witness
