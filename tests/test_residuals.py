"""The residual polynomials of every method of the catalog, against their rules run in exact fractions.

Nothing of the theory is used on the other side: a rule's state at rest, the number of its gradients and the polynomial's
values all come from calling it.
"""

import functools
import itertools
import random
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy

import symmomentum as sm

METHODS = list(sm.catalog)
DECAYING = {"sgd", "sgd-nesterov", "adamw"}
"""With weight decay gamma: the error is the distance from the minimizer of f + gamma/2 |w|^2, whose curvature is lam + gamma."""
MOST = 6

every = pytest.mark.parametrize("name", METHODS)

MP = mpmath.mp.clone()
MP.dps = 60


@functools.cache
def symbolic(name: str, k: int) -> Any:
    return sm.analyze(name).residual_polynomial(k)


def called(name: str, state: Any, grad: Any, parameters: dict[str, Any]) -> tuple[Any, ...]:
    found = sm.catalog[name].rule(*state, grad, **parameters)
    return found if isinstance(found, tuple) else (found,)


def at_rest(name: str, parameters: dict[str, Fraction]) -> list[Fraction]:
    """The state with w = 1 in which the rule stays if the gradient is the same everywhere, with the gradient that this takes: 0,
    or what balances a decay."""
    states = sm.catalog[name].state
    unknown = [sympy.Symbol(n) for n in states if n != "w"] + [sympy.Symbol("constant")]
    numbers = {n: sympy.Rational(v.numerator, v.denominator) for n, v in parameters.items()}
    state = [sympy.Integer(1) if n == "w" else sympy.Symbol(n) for n in states]
    new = called(name, state, lambda _: unknown[-1], numbers)
    solution = sympy.solve([a - b for a, b in zip(new, state, strict=True)], unknown, dict=True)
    assert len(solution) == 1
    found = [sympy.sympify(s).subs(solution[0]) for s in state]
    return [Fraction(int(x.p), int(x.q)) for x in found]


def run(name: str, parameters: dict[str, Fraction], lam: Fraction, steps: int) -> tuple[list[Fraction], int]:
    """w^0, w^1, ... from rest at distance 1 from the minimizer, and how many gradients that took."""
    calls = itertools.count()

    def grad(w: Fraction) -> Fraction:
        next(calls)
        return lam * w

    state: Any = at_rest(name, parameters)
    at = sm.catalog[name].state.index("w")
    iterates = [state[at]]
    for _ in range(steps):
        state = called(name, state, grad, parameters)
        iterates.append(state[at])
    return iterates, next(calls)


def drawn(name: str, count: int) -> list[dict[str, Fraction]]:
    """Parameters: half of them such as one would choose, the others anything; a decay is not negative."""
    source = random.Random(f"residual polynomials of {name}")
    made = []
    for i in range(count):
        values = {}
        for p in sm.catalog[name].parameters:
            low, high = (1, 19) if i % 2 else (-30, 50)
            values[p] = Fraction(source.randint(low, high), 20) or Fraction(1, 7)
        if name in DECAYING:
            values["gamma"] = abs(values["gamma"])
        made.append(values)
    return made


def polynomial(name: str, k: int, parameters: dict[str, Fraction]) -> sympy.Poly:
    """P_k at these parameters, in the curvature."""
    numbers = {getattr(sm.symbols, p): sympy.Rational(v.numerator, v.denominator) for p, v in parameters.items()}
    return sympy.Poly(symbolic(name, k).xreplace(numbers), sm.symbols.lam)


def value(poly: sympy.Poly, lam: Fraction) -> Fraction:
    found = poly.eval(sympy.Rational(lam.numerator, lam.denominator))
    return Fraction(int(found.p), int(found.q))


# Every method ---------------------------------------------------------------------------------------------------------


@every
def test_it_is_what_the_rule_does(name: str) -> None:
    curvatures = [Fraction(0), Fraction(1), Fraction(2, 7), Fraction(-5, 3), Fraction(13, 4)]
    for parameters in drawn(name, 3):
        polynomials = [polynomial(name, k, parameters) for k in range(MOST + 1)]
        for lam in curvatures:
            iterates, _ = run(name, parameters, lam, MOST)
            assert [value(p, lam) for p in polynomials] == iterates, (parameters, lam)


@every
def test_without_curvature_nothing_moves(name: str) -> None:
    """P_k(0) = 1, for every k and in the symbols of all parameters: no method moves where there is no gradient. With weight decay
    that is so where lam + gamma = 0; at lam = 0 the decay alone acts, as the curvature gamma does on the method without it."""
    still = -sm.symbols.gamma if name in DECAYING else 0
    for k in range(MOST + 1):
        assert sympy.expand(symbolic(name, k).subs(sm.symbols.lam, still) - 1) == 0
    if name in DECAYING:
        assert sympy.expand(symbolic(name, 1).subs(sm.symbols.lam, 0) - 1) != 0


def test_which_methods_decay() -> None:
    assert {name for name, m in sm.catalog.items() if m.regularized} == DECAYING


@pytest.mark.parametrize(("name", "without"), [("sgd", "heavy-ball"), ("sgd-nesterov", "nesterov")])
def test_a_decay_is_a_shift_of_the_curvature(name: str, without: str) -> None:
    lam, gamma = sm.symbols.lam, sm.symbols.gamma
    for k in range(4):
        plain = symbolic(without, k).subs(lam, lam + gamma)
        decaying = symbolic(name, k)
        dampened = {sm.symbols.delta: 0} if name == "sgd" else {}
        assert sympy.expand(decaying.subs(dampened) - plain) == 0


@every
def test_the_degree_is_at_most_the_number_of_gradients(name: str) -> None:
    (parameters,) = drawn(name, 1)
    for k in range(4):
        _, gradients = run(name, parameters, Fraction(1), k)
        assert gradients == k * sm.catalog[name].gradient_calls
        assert sympy.degree(symbolic(name, k), sm.symbols.lam) <= gradients


def chebyshev_bound(gradients: int, low: Fraction, high: Fraction) -> Fraction:
    """1/T((L + mu)/(L - mu)), by the recurrence of Chebyshev's polynomials."""
    y = (high + low) / (high - low)
    last, now = Fraction(1), y
    for _ in range(gradients):
        last, now = now, 2 * y * now - last
    return 1 / last


@every
def test_the_worst_case_is_never_below_the_bound(name: str) -> None:
    """Already the largest of the values at Chebyshev's extremal points is as large as the bound, whatever the parameters: a
    polynomial that is 1 at 0 is a sum of them with weights whose moduli sum to one over the bound."""
    for k, (low, high) in itertools.product((1, 2, 5), [(Fraction(1), Fraction(10)), (Fraction(1, 3), Fraction(40))]):
        gradients = k * sm.catalog[name].gradient_calls
        for parameters in drawn(name, 6):
            shift = parameters["gamma"] if name in DECAYING else Fraction(0)
            kappa = (high + shift) / (low + shift)
            bound = sm.bounds.chebyshev(gradients, sympy.Rational(kappa.numerator, kappa.denominator))
            assert Fraction(int(bound.p), int(bound.q)) == chebyshev_bound(gradients, low + shift, high + shift)
            coefficients = [MP.mpf(int(c.p)) / int(c.q) for c in polynomial(name, k, parameters).all_coeffs()]
            middle, half = (MP.mpf(x.numerator) / x.denominator for x in ((low + high) / 2, (high - low) / 2))
            points = [middle + half * MP.cos(MP.pi * j / gradients) for j in range(gradients + 1)]
            most = max(abs(MP.polyval(coefficients, x)) for x in points)
            assert most >= MP.mpf(int(bound.p)) / int(bound.q) * (1 - MP.mpf(10) ** -40), (k, parameters)


@pytest.mark.parametrize("k", range(1, 8))
def test_the_bound_is_reached_by_the_schedule_that_is_made_for_it(k: int) -> None:
    """All of the values at the extremal points have the modulus of the bound, with alternating signs."""
    low, high = Fraction(1), Fraction(10)
    schedule = list(itertools.islice(sm.catalog["chebyshev"].schedule.values(mu=low, L=high), k))
    bound = chebyshev_bound(k, low, high)
    lam = [MP.mpf(11) / 2 + MP.mpf(9) / 2 * MP.cos(MP.pi * j / k) for j in range(k + 1)]
    for j, x in enumerate(lam):
        state = (MP.mpf(1), MP.mpf(1))
        for parameters in schedule:
            numbers = {n: MP.mpf(v.numerator) / v.denominator for n, v in parameters.items()}
            state = called("chebyshev", state, lambda w, x=x: x * w, numbers)
        sign = (-1) ** (j + k)
        assert abs(state[1] - sign * MP.mpf(bound.numerator) / bound.denominator) < MP.mpf(10) ** -45


# Heavy ball -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", range(9))
def test_heavy_ball_through_chebyshev_polynomials_of_both_kinds(k: int) -> None:
    """With x = (1 + beta - alpha lam)/(2 sqrt(beta)), as an identity in alpha, s = sqrt(beta) and x."""
    s, x = sympy.Symbol("s", positive=True), sympy.Symbol("x", real=True)
    alpha, beta, lam = sm.symbols.alpha, sm.symbols.beta, sm.symbols.lam
    found = symbolic("heavy-ball", k)
    found = sympy.expand(found.subs({beta: s**2, lam: (1 + s**2 - 2 * s * x) / alpha}, simultaneous=True))
    first, second = sympy.chebyshevt(k, x), sympy.chebyshevu(k, x)
    before = sympy.chebyshevu(k - 1, x) if k > 0 else sympy.Integer(0)
    assert sympy.expand(found - s**k * (first + (x - s) * before)) == 0
    assert sympy.expand(found - s**k * (second - s * before)) == 0
    if k > 1:  # and of no other pair
        assert sympy.expand(found - s**k * (second + s * before)) != 0
