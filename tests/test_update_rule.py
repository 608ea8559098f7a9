"""An update rule run on arrays, and what a rule must be."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symmomentum as sm
from symmomentum.iteration import Iteration
from symmomentum.symbols import lam
from tests import independent
from tests.independent import ALL, CATALOG, Case, named

VALUES = {"alpha": 0.3, "beta": 0.6, "gamma": 0.4, "nu": 0.7}


def method_of(case: Case) -> sm.Method:
    return sm.catalog[case.catalog] if case.catalog else sm.method(case.rule)


def values_of(case: Case) -> dict[str, float]:
    return {n: VALUES[n] for n in case.parameters}


# As an optimizer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(**named(ALL))
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 4), (2, 0)])
def test_run_equals_a_loop(case: Case, shape: tuple[int, ...]) -> None:
    source = np.random.default_rng(5)
    start, curvature, centre = source.normal(size=shape), source.uniform(0.1, 2, size=shape), source.normal(size=shape)

    def grad(w):
        return curvature * (w - centre)

    found = method_of(case).run(grad, start, 6, **values_of(case))
    assert isinstance(found, np.ndarray)
    assert found.shape == (7, *shape)
    assert found.dtype == np.float64
    state = [x * start for x in case.rest]
    position = method_of(case).state.index("w")
    for row in found:
        np.testing.assert_allclose(row, state[position], rtol=1e-13, atol=1e-14)
        state = independent.step(case, state, grad, values_of(case))


@pytest.mark.parametrize(**named(CATALOG))
def test_one_step_is_the_rule(case: Case) -> None:
    source = np.random.default_rng(7)
    state = [source.normal(size=4) for _ in case.rest]
    made = method_of(case)(*state, lambda w: 3 * w, **values_of(case))
    for mine, theirs in zip(
        independent.step(case, state, lambda w: 3 * w, values_of(case)), np.atleast_2d(made), strict=True
    ):
        np.testing.assert_array_equal(theirs, mine)


def test_one_step_by_hand() -> None:
    z, w, g = np.array([1.0, -2.0]), np.array([0.5, 4.0]), np.array([3.0, 1.0])
    velocity, iterate = sm.catalog["heavy-ball"](z, w, lambda _: g, alpha=0.1, beta=0.9)
    np.testing.assert_allclose(velocity, [3.9, -0.8])
    np.testing.assert_allclose(iterate, [0.11, 4.08])
    velocity, iterate = sm.catalog["nesterov"](z, w, lambda _: g, alpha=0.1, beta=0.9)
    np.testing.assert_allclose(velocity, [3.9, -0.8])
    np.testing.assert_allclose(iterate, [0.5 - 0.1 * (3 + 3.51), 4 - 0.1 * (1 - 0.72)])
    np.testing.assert_allclose(sm.catalog["gradient-descent"](w, lambda _: g, alpha=0.1), [0.2, 3.9])


def test_types_of_numbers() -> None:
    run = sm.catalog["heavy-ball"].run
    single = run(lambda w: w, np.ones(3, dtype=np.float32), 4, alpha=0.1, beta=0.5)
    assert single.dtype == np.float32
    assert run(lambda w: w, np.float32(1), 4, alpha=0.1, beta=0.5).dtype == np.float32
    whole = run(lambda w: w, np.array([1, 2]), 3, alpha=0.1, beta=0.5)
    assert whole.dtype == np.float64
    np.testing.assert_allclose(whole[1], [0.9, 1.8])
    assert run(lambda w: w, 1, 3, alpha=0.1, beta=0.5).shape == (4,)
    assert run(lambda w: w, [1j, 2], 1, alpha=0.1, beta=0.5).dtype == np.complex128


def test_no_step_and_the_start_is_kept() -> None:
    start = np.array([1.0, 2.0])
    kept = start.copy()
    found = sm.catalog["heavy-ball"].run(lambda w: w, start, 0, alpha=1, beta=1)
    np.testing.assert_array_equal(found, [kept])
    found = sm.catalog["heavy-ball"].run(lambda w: w, start, np.int64(2), alpha=0.5, beta=0.5)
    assert found.shape == (3, 2)
    np.testing.assert_array_equal(start, kept)
    found[0] = 7
    np.testing.assert_array_equal(start, kept)


def test_a_rule_that_works_in_place() -> None:
    def in_place(z, w, grad, *, alpha, beta):
        z *= beta
        z += grad(w)
        w -= alpha * z
        return z, w

    start = np.array([1.0, -3.0])
    mine = sm.Method.from_rule(in_place).run(lambda w: 2 * w, start, 8, alpha=0.1, beta=0.5)
    np.testing.assert_allclose(mine, sm.catalog["heavy-ball"].run(lambda w: 2 * w, start, 8, alpha=0.1, beta=0.5))
    np.testing.assert_array_equal(start, [1.0, -3.0])


def test_rest_follows_the_gradient_even_where_a_parameter_is_special() -> None:
    """With gamma = 0 the average never moves, and with any gamma it starts at w^0."""

    @sm.method
    def average(a, w, grad, *, alpha, gamma):
        y = (a + w) / 2
        return (1 - gamma) * a + gamma * w, w - alpha * grad(y)

    for gamma in (0.0, 0.5, 1.0):
        found = average.run(lambda w: w, 1.0, 1, alpha=0.5, gamma=gamma)
        np.testing.assert_allclose(found, [1, 0.5])


def test_rest_with_values_other_than_zero_and_one() -> None:
    @sm.method
    def scaled(m, w, grad, *, alpha):
        """The memory is three times the iterate before."""
        return 3 * w, w - alpha * grad(w) + (w - m / 3) / 2

    found = scaled.run(lambda w: w, [1.0, 2.0], 3, alpha=0.1)
    other = sm.method(independent.two_step).run(lambda w: w, [1.0, 2.0], 3, alpha=0.1, beta=0.5)
    np.testing.assert_allclose(found, other)
    assert scaled.trace().rest == sympy.Matrix([3, 1])


@pytest.mark.parametrize(
    ("arguments", "parameters", "message"),
    [
        ((3,), {"alpha": 1}, "missing parameter beta"),
        ((3,), {}, "missing parameter alpha, beta"),
        ((3,), {"alpha": 1, "beta": 0, "gamma": 1}, "unknown parameter 'gamma'"),
        ((3,), {"alpha": 1, "bet": 0}, "did you mean 'beta'"),
    ],
)
def test_run_wants_the_parameters(arguments: tuple[int], parameters: dict[str, float], message: str) -> None:
    with pytest.raises(sm.MethodTypeError, match=message) as caught:
        sm.catalog["heavy-ball"].run(lambda w: w, [1.0], *arguments, **parameters)
    assert isinstance(caught.value, TypeError)
    with pytest.raises(sm.MethodTypeError, match=message):
        sm.catalog["heavy-ball"](0.0, 1.0, lambda w: w, **parameters)


@pytest.mark.parametrize("steps", [-1, 1.5, 2.0, True, "3", None])
def test_run_wants_a_number_of_steps(steps: object) -> None:
    with pytest.raises(sm.ArgumentError, match="steps must be a non-negative integer") as caught:
        sm.catalog["gradient-descent"].run(lambda w: w, [1.0], steps, alpha=1)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("given", [1.0, np.ones(2), np.ones((3, 1)), np.ones((1, 3))])
def test_run_wants_a_gradient_of_the_shape(given: object) -> None:
    with pytest.raises(sm.MethodError, match=r"gradient has shape .*iterate \(3,\)"):
        sm.catalog["gradient-descent"].run(lambda _: given, np.ones(3), 2, alpha=1)


def test_run_wants_the_rule_to_keep_the_shape() -> None:
    def reducing(w, grad, *, alpha):
        return (w - alpha * grad(w)).sum()

    with pytest.raises(sm.MethodError, match="returns w with shape"):
        sm.Method.from_rule(reducing).run(lambda w: w, np.ones(3), 2, alpha=1)


def test_a_step_wants_the_whole_state() -> None:
    with pytest.raises(sm.MethodTypeError, match="expected z, w, grad"):
        sm.catalog["heavy-ball"](1.0, lambda w: w, alpha=1, beta=1)


def test_defaults_are_used() -> None:
    made = sm.method(independent.defaults)
    start = np.array([1.0, 2.0])
    mine = made.run(lambda w: w, start, 5, alpha=0.1)
    np.testing.assert_allclose(mine, sm.catalog["heavy-ball"].run(lambda w: w, start, 5, alpha=0.1, beta=0.5))
    mine = made.run(lambda w: w, start, 5, alpha=0.1, beta=0.25)
    np.testing.assert_allclose(mine, sm.catalog["heavy-ball"].run(lambda w: w, start, 5, alpha=0.1, beta=0.25))
    with pytest.raises(sm.MethodTypeError, match="missing parameter alpha"):
        made.run(lambda w: w, start, 5)


def test_running_needs_no_sympy() -> None:
    code = (
        "import sys, numpy as np, symmomentum as sm\n"
        "for m in sm.catalog.values():\n"
        "    m.run(lambda w: w, np.ones(3), 5, **{p: 0.1 for p in m.parameters})\n"
        "print([n for n in ('sympy', 'mpmath', 'z3', 'matplotlib') if n in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_method_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sm.catalog["heavy-ball"].name = "other"  # type: ignore[misc]


# What a rule must be --------------------------------------------------------------------------------------------------


def no_gradient_argument(w, *, alpha):
    return w


def gradient_first(grad, w, *, alpha):
    return w


def no_iterate(x, grad, *, alpha):
    return x - alpha * grad(x)


def starred(w, *rest, alpha):
    return w


def double_starred(w, grad, **parameters):
    return w


def nothing_but_gradient(grad, *, alpha):
    return grad(alpha)


def reserved_mu(w, grad, *, mu):
    return w - mu * grad(w)


def reserved_kappa(w, grad, *, alpha, kappa):
    return w - alpha * kappa * grad(w)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (no_gradient_argument, "last positional argument must be 'grad'"),
        (gradient_first, "last positional argument must be 'grad'"),
        (no_iterate, "no state variable is called 'w'"),
        (starred, "takes \\*rest"),
        (double_starred, "takes \\*parameters"),
        (nothing_but_gradient, "no state variable is called 'w'"),
        (reserved_mu, "the name 'mu' has a meaning of its own"),
        (reserved_kappa, "the name 'kappa' has a meaning of its own"),
        (3, "an update rule is a function; given 3"),
        ("heavy-ball", "an update rule is a function"),
        (max, "signature"),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_the_signature(rule: object, message: str) -> None:
    with pytest.raises(sm.MethodTypeError, match=message) as caught:
        sm.method(rule)
    assert isinstance(caught.value, TypeError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["lam", "L", "mu", "kappa", "sigma", "rho", "r", "k", "steps", "w0"])
def test_reserved_names(name: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"def rule(w, grad, *, {name}): return w - {name} * grad(w)", namespace)  # noqa: S102
    with pytest.raises(sm.MethodTypeError, match="rename that parameter"):
        sm.method(namespace["rule"])


def squared(w, grad, *, alpha):
    return w - alpha * w * grad(w)


def gradient_squared(w, grad, *, alpha):
    return w - alpha * grad(w) ** 2


def square_in_the_query(w, grad, *, alpha):
    return w - alpha * grad(w + w**2)


def normalized(w, grad, *, alpha):
    return w - alpha * grad(w) / w


def absolute(w, grad, *, alpha):
    return w - alpha * abs(grad(w))


def shifted(w, grad, *, alpha):
    return w - alpha * grad(w) + 1


def shifted_by_a_parameter(w, grad, *, alpha):
    return w - alpha * grad(w) + alpha


def shifted_query(w, grad, *, alpha):
    return w - alpha * grad(w + 1)


def hidden_power(w, grad, *, alpha):
    return w - alpha * grad(w) + alpha**w


def cancelled_square(z, w, grad, *, alpha):
    return z, w + w**2 - (w + z) ** 2 - alpha * grad(w)


NOT_LINEAR = [
    (squared, r"new w holds the term -alpha\*w\*grad\(w\), which is not linear"),
    (gradient_squared, r"-alpha\*grad\(w\)\*\*2, which is not linear"),
    (square_in_the_query, r"argument of grad holds the term w\*\*2, which is not linear"),
    (normalized, r"alpha\*grad\(w\)/w, which is not linear"),
    (absolute, r"Abs\(grad\(w\)\), which is not linear"),
    (shifted, "holds the term 1, which is constant"),
    (shifted_by_a_parameter, "holds the term alpha, which is constant"),
    (shifted_query, "argument of grad holds the term 1, which is constant"),
    (hidden_power, r"alpha\*\*w, which is not linear"),
    (cancelled_square, r"(z\*\*2|2\*w\*z), which is not linear"),
]


@pytest.mark.parametrize(("rule", "message"), NOT_LINEAR, ids=[r.__name__ for r, _ in NOT_LINEAR])
def test_the_term_that_is_not_linear_is_named(rule: object, message: str) -> None:
    with pytest.raises(sm.MethodError, match=message) as caught:
        sm.method(rule)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(rule.__name__.replace("_", "-"))


def moves_at_rest(w, grad, *, alpha, beta):
    return beta * w - alpha * grad(w)


def velocity_is_kicked(z, w, grad, *, alpha):
    return z + w, w - alpha * grad(w) + z


def elsewhere(w, grad, *, alpha):
    return w - alpha * grad(2 * w)


def memory_elsewhere(v, w, grad, *, alpha):
    return w, w - alpha * grad(w + v)


def idle(w, grad, *, alpha):
    return w


def asks_in_vain(w, grad, *, alpha):
    grad(w)
    return w


NOT_AT_REST = [
    (moves_at_rest, r"zero of the gradient is not a fixed point.*beta"),
    (velocity_is_kicked, "zero of the gradient is not a fixed point"),
    (elsewhere, r"taken at 2\*w, which is 2\*w there"),
    (memory_elsewhere, "fixed point is not a zero of the gradient"),
    (idle, "never uses the gradient"),
    (asks_in_vain, "never uses the gradient"),
]


@pytest.mark.parametrize(("rule", "message"), NOT_AT_REST, ids=[r.__name__ for r, _ in NOT_AT_REST])
def test_the_fixed_point_is_a_zero_of_the_gradient(rule: object, message: str) -> None:
    with pytest.raises(sm.MethodError, match=message):
        sm.method(rule)


def too_many(z, w, grad, *, alpha):
    return z, w - alpha * grad(w), z


def too_few(z, w, grad, *, alpha):
    return w - alpha * grad(w)


def returns_nothing(w, grad, *, alpha):
    grad(w)


def returns_text(w, grad, *, alpha):
    return "w"


def decimal(w, grad, *, alpha):
    return w - 0.1 * alpha * grad(w)


def decimal_query(w, grad, *, alpha):
    return w - alpha * grad(1.0 * w)


def decimal_alone(z, w, grad, *, alpha):
    grad(w)
    return 0.5, w


def branches(w, grad, *, alpha):
    return w - alpha * grad(w) if w > 0 else w


def numpy_only(w, grad, *, alpha):
    return np.clip(w - alpha * grad(w), -1, 1)


def raises(w, grad, *, alpha):
    raise RuntimeError("out of order\nsecond line")


def undefined(w, grad, *, alpha):
    return w - alpha * grad(w) / sympy.Integer(0)


UNUSABLE = [
    (too_many, r"returns 3 values for a state of 2 \(z, w\)"),
    (too_few, r"returns 1 value for a state of 2"),
    (returns_nothing, "new? ?w is not an arithmetic expression|w is not an arithmetic expression.*None"),
    (returns_text, "not an arithmetic expression"),
    (decimal, "floating-point number -?0.1;"),
    (decimal_query, "floating-point number 1.0;"),
    (decimal_alone, "floating-point number 0.5;"),
    (branches, "cannot be traced on symbols"),
    (numpy_only, "cannot be traced on symbols|not an arithmetic"),
    (raises, "RuntimeError: out of order$"),
    (undefined, "zoo|nan|undefined"),
]


@pytest.mark.parametrize(("rule", "message"), UNUSABLE, ids=[r.__name__ for r, _ in UNUSABLE])
def test_what_cannot_be_traced(rule: object, message: str) -> None:
    with pytest.raises(sm.MethodError, match=message):
        sm.method(rule)


def test_a_bare_return_and_a_tuple_are_the_same() -> None:
    @sm.method
    def bare(w, grad, *, alpha):
        return w - alpha * grad(w)

    @sm.method
    def one_tuple(w, grad, *, alpha):
        return (w - alpha * grad(w),)

    assert Iteration(bare).matrix == Iteration(one_tuple).matrix
    for made in (bare, one_tuple):
        np.testing.assert_allclose(made.run(lambda w: w, 1.0, 2, alpha=0.5), [1, 0.5, 0.25])


def test_the_decorator_with_and_without_arguments() -> None:
    @sm.method(cite="polyak1964", note="a note", name="mine")
    def some_rule(w, grad, *, alpha):
        return w - alpha * grad(w)

    assert (some_rule.name, some_rule.cite, some_rule.note) == ("mine", "polyak1964", "a note")
    assert (some_rule.state, some_rule.parameters) == (("w",), ("alpha",))

    @sm.method
    def other_rule(w, grad, *, alpha):
        return w - alpha * grad(w)

    assert (other_rule.name, other_rule.cite, other_rule.note) == ("other-rule", "", "")
    assert isinstance(other_rule, sm.Method)


def test_exact_numbers_are_welcome() -> None:
    """Python's fractions as well as SymPy's: a fixed momentum is then part of the matrix."""

    @sm.method
    def fixed(z, w, grad, *, alpha):
        new = Fraction(9, 10) * z + grad(w)
        return new, w - alpha * new

    assert Iteration(fixed).matrix[0, 0] == sympy.Rational(9, 10)


# Any linear rule ------------------------------------------------------------------------------------------------------

fractions = st.fractions(min_value=-3, max_value=3, max_denominator=12)
coefficients = st.tuples(fractions, fractions)  # of a linear function of the parameter beta


@settings(max_examples=60)
@given(
    a=coefficients,
    c=coefficients,
    e=coefficients,
    f=coefficients,
    gradient_at=coefficients,
    beta=fractions,
    curvature=fractions,
    first=st.booleans(),
)
def test_any_linear_rule(a, c, e, f, gradient_at, beta, curvature, first) -> None:
    """z' = a z + c g, w' = w + e z' + f g with g taken at w + h z, or at w + h z': traced and run, they agree."""
    if (not any(c) and not any(f)) or (not any(e) and not any(f)):
        return  # the gradient does not reach the iterate

    def rule(z, w, grad, *, beta):
        def of(pair):
            x, y = (sympy.Rational(p.numerator, p.denominator) for p in pair) if isinstance(beta, sympy.Basic) else pair
            return x + y * beta

        g = grad(w + of(gradient_at) * z)
        new = of(a) * z + of(c) * g
        if not first:
            g = grad(w + of(gradient_at) * new)
        return new, w + of(e) * new + of(f) * g

    made = sm.method(rule)
    case = Case(rule, ("beta",), (0, 1), calls=1 if first else 2)
    iteration = Iteration(made)
    at = {lam: sympy.Rational(curvature.numerator, curvature.denominator)}
    at |= {s: sympy.Rational(beta.numerator, beta.denominator) for s in iteration.parameters}
    exact = {"beta": beta}

    def value(m):
        return [[Fraction(int(x.p), int(x.q)) for x in row] for row in m.xreplace(at).tolist()]

    assert value(iteration.matrix) == independent.matrix(case, curvature, exact, Fraction(1))
    assert value(iteration.noise_input) == independent.noise(case, curvature, exact, Fraction(1))
    rows = np.array(independent.matrix(case, float(curvature), {"beta": float(beta)}))
    np.testing.assert_allclose(np.array(value(iteration.matrix), dtype=float), rows, atol=1e-12)
    for k, iterate in enumerate(independent.run(case, curvature, exact, 3, Fraction(1))):
        polynomial = sympy.sympify(iteration.residual_polynomial(k)).xreplace(at)
        assert Fraction(int(polynomial.p), int(polynomial.q)) == iterate


def test_a_misspelt_name_in_a_rule_is_called_that() -> None:
    def rule(w, grad, *, alpha):
        return w - alpa * grad(w)  # noqa: F821  # misspelt on purpose

    with pytest.raises(sm.SymmomentumError, match="cannot be run: name 'alpa' is not defined"):
        sm.analyze(sm.method(rule)).iteration_matrix


def test_a_parameter_that_would_look_like_the_curvature_is_refused() -> None:
    def rule(w, grad, *, lambda_):
        return w - lambda_ * grad(w)

    with pytest.raises(sm.MethodTypeError, match="'lambda_' has a meaning of its own"):
        sm.method(rule)
