"""The iteration matrix, its eigenvalues and powers, against rules that are simply run."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symmomentum as sm
from symmomentum.errors import NotDerivedError
from symmomentum.symbols import alpha, beta, k, lam, sigma
from tests import independent
from tests.independent import (
    ALL,
    CATALOG,
    MP,
    THREE_STATES,
    TWO_STATES,
    Case,
    compiled,
    mp,
    named,
    number,
    random_points,
)
from tests.theory import analysis

F = Fraction


@functools.cache
def points(case: Case) -> list:
    return list(random_points(case, 150))


def exact(matrix, at) -> list[list[Fraction]]:
    return [[compiled(x)(at) for x in row] for row in matrix.tolist()]


@pytest.mark.parametrize(**named(ALL))
def test_matrix_and_noise_input_are_what_a_step_does(case: Case) -> None:
    a = analysis(case)
    assert a.iteration_matrix.shape == (case.size, case.size)
    assert a.noise_input.shape == (case.size, case.calls)
    for curvature, parameters in points(case):
        at = {"lambda": curvature, **parameters}
        assert exact(a.iteration_matrix, at) == independent.matrix(case, curvature, parameters, F(1))
        assert exact(a.noise_input, at) == independent.noise(case, curvature, parameters, F(1))


def test_matrices_as_in_the_contract() -> None:
    a = sm.analyze("heavy-ball")
    assert a.iteration_matrix == sympy.Matrix([[beta, lam], [-alpha * beta, 1 - alpha * lam]])
    assert a.noise_input == sympy.Matrix([1, -alpha])


@pytest.mark.parametrize(**named(ALL))
def test_characteristic_polynomial_vanishes_at_the_eigenvalues(case: Case) -> None:
    polynomial = analysis(case).characteristic_polynomial
    assert isinstance(polynomial, sympy.Poly)
    assert polynomial.gen == sigma
    assert polynomial.degree() == case.size
    assert polynomial.LC() == 1
    coefficients = [compiled(c) for c in polynomial.all_coeffs()]
    for curvature, parameters in points(case)[:40]:
        at = {"lambda": curvature, **parameters}
        expected = MP.mpf(1)
        values = independent.eigenvalues_mp(case, curvature, parameters)
        for trial in (MP.mpf(3), MP.mpf(-0.25), MP.mpf(0.5)):
            expected = functools.reduce(lambda x, s, t=trial: x * (t - s), values, MP.mpc(1))
            mine = MP.polyval([mp(c(at)) for c in coefficients], trial)
            assert MP.fabs(mine - expected) < MP.mpf(10) ** -40 * (1 + max(map(abs, values))) ** case.size


@pytest.mark.parametrize(**named(TWO_STATES))
def test_discriminant_is_the_squared_gap(case: Case) -> None:
    discriminant = analysis(case).discriminant
    for curvature, parameters in points(case):
        (a, b), (c, d) = independent.matrix(case, curvature, parameters, F(1))
        assert number(discriminant, curvature, parameters) == (a - d) ** 2 + 4 * b * c


def test_discriminant_is_factored_where_it_factors() -> None:
    """Nesterov's: (1 - alpha lam) ((1 - beta)^2 - alpha lam (1 + beta)^2), as in Flammarion and Bach (2015)."""
    discriminant = sm.analyze("nesterov").discriminant
    factors = [f for f in discriminant.args if f.free_symbols]
    assert len(factors) == 2
    expected = (1 - alpha * lam) * ((1 - beta) ** 2 - alpha * lam * (1 + beta) ** 2)
    assert sympy.expand(discriminant - expected) == 0


@pytest.mark.parametrize(**named(ALL))
def test_eigenvalues(case: Case) -> None:
    if case in THREE_STATES:
        with pytest.raises(NotDerivedError, match="irreducible factor of degree 3"):
            analysis(case).eigenvalues
        return
    formulas = [
        sympy.lambdify((lam, *map(sympy.Symbol, case.parameters)), e.xreplace(plain(e)), "cmath")
        for e in analysis(case).eigenvalues
    ]
    assert len(formulas) == case.size
    for curvature, parameters in points(case):
        numbers = [complex(float(v)) for v in (curvature, *parameters.values())]
        mine = sorted((complex(f(*numbers)) for f in formulas), key=lambda s: (round(s.real, 6), s.imag))
        theirs = independent.eigenvalues_numpy(case, float(curvature), {n: float(v) for n, v in parameters.items()})
        scale = 1 + max(abs(theirs))
        for s in theirs:
            assert min(abs(s - m) for m in mine) < 1e-6 * scale  # a repeated eigenvalue costs half of the digits
        for m in mine:
            assert min(abs(s - m) for s in theirs) < 1e-6 * scale


def plain(expression) -> dict:
    return {s: sympy.Symbol(s.name) for s in expression.free_symbols if s != lam}


def test_eigenvalues_of_three_states_where_radicals_exist() -> None:
    """A third state that only follows: the polynomial has the factor sigma."""

    @sm.method
    def remembering(z, v, w, grad, *, alpha, beta):
        new = beta * z + grad(w)
        return new, w, w - alpha * new

    a = sm.analyze(remembering)
    assert len(a.eigenvalues) == 3
    assert 0 in a.eigenvalues
    at = {alpha: F(1, 5), beta: F(1, 2), lam: F(1, 2)}
    values = {s: sympy.Rational(v.numerator, v.denominator) for s, v in at.items()}
    mine = np.sort_complex([complex(sympy.N(e.xreplace(values))) for e in a.eigenvalues])
    case = Case(remembering.rule, ("alpha", "beta"), (0, 1, 1))
    theirs = np.sort_complex(independent.eigenvalues_numpy(case, 0.5, {"alpha": 0.2, "beta": 0.5}))
    np.testing.assert_allclose(mine, theirs, atol=1e-8)


@pytest.mark.parametrize(**named(TWO_STATES))
def test_eigenvalues_meet_at_the_repeated_root_curvatures(case: Case) -> None:
    for curvature_of in analysis(case)._iteration.repeated_root_curvatures:
        met = 0
        for _, parameters in random_points(case, 300, seed=8):
            values = {n: v for n, v in parameters.items() if n != "lambda"}
            try:
                curvature = compiled(curvature_of)(values)
            except (ArithmeticError, ZeroDivisionError):
                continue
            rows = independent.matrix(case, mp(curvature), {n: mp(v) for n, v in values.items()}, MP.mpf(1))
            (a, b), (c, d) = rows
            size = 1 + max(abs(x) for row in rows for x in row)
            assert abs((a - d) ** 2 + 4 * b * c) < MP.mpf(10) ** -38 * size**2
            met += 1
        assert met > 20


def test_repeated_root_curvatures_of_the_catalog() -> None:
    """Heavy ball: (1 -+ sqrt(beta))^2/alpha, Polyak (1964), section 4. Nesterov: ((1 - beta)/(1 + beta))^2/alpha and 1/alpha."""
    at = {"alpha": F(1, 10), "beta": F(81, 100)}

    def found(name):
        return sorted(compiled(c)(at) for c in sm.analyze(name)._iteration.repeated_root_curvatures)

    def near(values, expected):
        return all(abs(mp(x) - mp(y)) < MP.mpf(10) ** -40 for x, y in zip(values, expected, strict=True))

    assert near(found("heavy-ball"), [F(1, 100) * 10, F(361, 100) * 10])
    assert near(found("nesterov"), [F(19, 181) ** 2 * 10, F(10)])


# Powers ---------------------------------------------------------------------------------------------------------------


def powers(rows, n):
    result = MP.eye(len(rows))
    for _ in range(n):
        result = result * MP.matrix(rows)
    return result


def at_point(expression, curvature, parameters, steps):
    """A closed form at numbers: complex arithmetic with 50 digits, cases and zero powers by SymPy's own rules."""
    values = {
        s: sympy.Rational(v.numerator, v.denominator)
        for s, v in ((lam, curvature), *((_symbol(n), v) for n, v in parameters.items()))
    }
    value = expression.xreplace(values).xreplace({k: sympy.Integer(steps)})
    return MP.mpc(*(MP.mpf(str(part)) for part in sympy.N(value, 50).as_real_imag()))


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


# (alpha, beta, lam) with a closed-form picture: heavy ball has b = 1 + beta - alpha lam, q = beta.
HEAVY_BALL = {
    "distinct": (F(1, 10), F(1, 4), F(1)),
    "negative": (F(1), F(1, 4), F(9, 4) + F(1, 8)),
    "complex": (F(1), F(1, 2), F(1)),
    "no real part": (F(1), F(1, 2), F(3, 2)),
    "repeated": (F(1), F(1, 4), F(1, 4)),
    "repeated negative": (F(1), F(1, 4), F(9, 4)),
    "both zero": (F(1), F(0), F(1)),
    "one zero": (F(1), F(0), F(1, 3)),
    "negative momentum": (F(1), F(-1, 2), F(1, 3)),
    "no curvature": (F(1), F(1, 2), F(0)),
    "double one": (F(1), F(1), F(0)),
}


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
@pytest.mark.parametrize("where", list(HEAVY_BALL))
def test_power_on_and_beside_the_borders_of_its_cases(where: str, steps: int) -> None:
    step_size, momentum, curvature = HEAVY_BALL[where]
    case = TWO_STATES[0]
    parameters = {"alpha": step_size, "beta": momentum}
    rows = independent.matrix(case, mp(curvature), {n: mp(v) for n, v in parameters.items()}, MP.mpf(1))
    expected = powers(rows, steps)
    a = analysis(case)
    closed, polynomial = a.power(k), a.power(steps)
    residual = a.residual_polynomial(k)
    for i in range(2):
        for j in range(2):
            assert abs(at_point(closed[i, j], curvature, parameters, steps) - expected[i, j]) < MP.mpf(10) ** -45
            assert abs(mp(number(polynomial[i, j], curvature, parameters)) - expected[i, j]) < MP.mpf(10) ** -45
    real = independent.run(case, curvature, parameters, steps)[-1]
    assert abs(at_point(residual, curvature, parameters, steps) - mp(real)) < MP.mpf(10) ** -45


@pytest.mark.parametrize(**named([c for c in ALL if c.size < 3]))
def test_power_and_residual_polynomial_at_random_points(case: Case) -> None:
    a = analysis(case)
    closed, residual = a.power(k), a.residual_polynomial(k)
    for curvature, parameters in points(case)[:12]:
        rows = independent.matrix(case, mp(curvature), {n: mp(v) for n, v in parameters.items()}, MP.mpf(1))
        for steps in (0, 1, 3):
            expected = powers(rows, steps)
            size = MP.mpf(10) ** -40 * (1 + max(abs(x) for row in rows for x in row)) ** (steps + 3)
            for i in range(case.size):
                for j in range(case.size):
                    assert abs(at_point(closed[i, j], curvature, parameters, steps) - expected[i, j]) < size
            real = independent.run(case, curvature, parameters, steps)[-1]
            assert abs(at_point(residual, curvature, parameters, steps) - mp(real)) < size


@pytest.mark.parametrize(**named(ALL))
@pytest.mark.parametrize("steps", range(9))
def test_residual_polynomial_is_a_run_from_rest(case: Case, steps: int) -> None:
    polynomial = analysis(case).residual_polynomial(steps)
    degree = sympy.Poly(polynomial, lam).degree()
    assert 0 <= degree <= steps * case.calls
    for curvature, parameters in points(case)[:25]:
        assert number(polynomial, curvature, parameters) == independent.run(case, curvature, parameters, steps)[-1]
    assert sympy.expand(polynomial.subs(lam, 0) - 1) == 0  # without curvature nothing moves


@pytest.mark.parametrize(**named(CATALOG))
def test_residual_polynomial_acts_on_a_matrix(case: Case) -> None:
    """w^k - w* = P_k(A) (w^0 - w*) for a quadratic that is not diagonal."""
    source = np.random.default_rng(11)
    root = source.normal(size=(4, 4))
    A, minimizer, start = root @ root.T / 8, source.normal(size=4), source.normal(size=4)
    parameters = {"alpha": 0.3, "beta": 0.4} if len(case.parameters) == 2 else {"alpha": 0.3}
    run = sm.catalog[case.catalog].run(lambda w: A @ (w - minimizer), start, 6, **parameters)
    for steps in range(7):
        polynomial = sympy.Poly(analysis(case).residual_polynomial(steps), lam)
        total = np.zeros((4, 4))
        for c in polynomial.all_coeffs():
            total = total @ A + float(number(c, 0, parameters)) * np.eye(4)
        np.testing.assert_allclose(run[steps] - minimizer, total @ (start - minimizer), atol=1e-10)


@pytest.mark.parametrize(
    "bad", [-1, 1.5, True, "k", None, sympy.Rational(1, 2), sympy.Symbol("x"), sympy.Integer(-2), k + 1]
)
@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball"])
def test_steps_must_be_whole(name: str, bad: object) -> None:
    for attribute in ("power", "residual_polynomial"):
        with pytest.raises(sm.ArgumentError, match="k must be a non-negative integer") as caught:
            getattr(sm.analyze(name), attribute)(bad)
        assert isinstance(caught.value, ValueError)


def test_steps_of_other_kinds() -> None:
    a = sm.analyze("heavy-ball")
    assert a.power(np.int64(2)) == a.power(sympy.Integer(2)) == a.power(2)
    n = sympy.Symbol("n", integer=True, positive=True)
    assert n in a.power(n).free_symbols


def test_three_states_have_no_closed_power() -> None:
    a = analysis(THREE_STATES[0])
    assert a.power(0) == sympy.eye(3)
    for what in (lambda: a.power(k), lambda: a.residual_polynomial(k), lambda: a.discriminant):
        with pytest.raises(NotDerivedError, match="derived for two-state methods"):
            what()


# Any two-state rule ---------------------------------------------------------------------------------------------------

small = st.fractions(min_value=-2, max_value=2, max_denominator=4)


@settings(max_examples=60)
@given(
    a=small,
    c=small,
    e=small,
    f=small,
    curvature=small,
    half=small,
    steps=st.sampled_from([0, 1, 2, 5]),
    coincide=st.booleans(),
)
def test_power_of_any_two_state_rule(a, c, e, f, curvature, half, steps, coincide) -> None:
    """z' = a z + c g, w' = w + e z' + f g has trace 1 + a + (f + e c) lam and determinant a (1 + f lam); half may be
    both eigenvalues."""
    if coincide and curvature and (a or not half):
        if a:
            f = (half**2 / a - 1) / curvature
            c, e = F(1), (2 * half - 1 - a) / curvature - f
        else:
            c, e = F(1), -1 / curvature - f
        (p, q), (r, s) = independent.matrix(Case(linear(a, c, e, f), (), (0, 1)), curvature, {}, F(1))
        assert (p - s) ** 2 + 4 * q * r == 0
    if not f and not (c and e):
        return
    case = Case(linear(a, c, e, f), (), (0, 1))
    theory = sm.analyze(sm.method(case.rule))
    rows = independent.matrix(case, mp(curvature), {}, MP.mpf(1))
    expected = powers(rows, steps)
    closed = theory.power(k)
    size = MP.mpf(10) ** -35 * (1 + max(abs(x) for row in rows for x in row)) ** (steps + 1)
    for i in range(2):
        for j in range(2):
            assert abs(at_point(closed[i, j], curvature, {}, steps) - expected[i, j]) < size
            assert abs(at_point(theory.power(steps)[i, j], curvature, {}, 0) - expected[i, j]) < size


def linear(a, c, e, f):
    def rule(z, w, grad):
        def of(x):
            if isinstance(w, sympy.Basic):
                return sympy.Rational(x.numerator, x.denominator)
            return mp(x) if isinstance(w, MP.mpf) else x

        g = grad(w)
        new = of(a) * z + of(c) * g
        return new, w + of(e) * new + of(f) * g

    return rule
