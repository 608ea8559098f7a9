"""The second route to every number: update rules that are simply run.

Nothing here imports the package. A rule's matrix comes from running it on unit vectors, its eigenvalues from NumPy or
mpmath, its worst case from a sweep, its best parameters from a search. The rules of the catalog are written out a second
time, so that a mistake in the catalog is a difference too.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

MP = mpmath.mp.clone()
MP.dps = 50

Point = dict[str, Fraction]


# Update rules ---------------------------------------------------------------------------------------------------------


def gradient_descent(w, grad, *, alpha):
    return w - alpha * grad(w)


def heavy_ball(z, w, grad, *, alpha, beta):
    new = beta * z + grad(w)
    return new, w - alpha * new


def nesterov(z, w, grad, *, alpha, beta):
    """As in torch.optim.SGD(nesterov=True): buf = momentum * buf + g; p -= lr * (g + momentum * buf)."""
    g = grad(w)
    buf = beta * z + g
    return buf, w - alpha * (g + beta * buf)


def two_step(v, w, grad, *, alpha, beta):
    """Polyak (1964), equation (9): w^{k+1} = w^k - alpha g(w^k) + beta (w^k - w^{k-1}); v is w^{k-1}."""
    return w, w - alpha * grad(w) + beta * (w - v)


def two_sequences(y, w, grad, *, alpha, beta):
    """Nesterov's constant scheme: y^{k+1} = w^k - alpha g(w^k); w^{k+1} = y^{k+1} + beta (y^{k+1} - y^k)."""
    new = w - alpha * grad(w)
    return new, new + beta * (new - y)


def extrapolated(v, w, grad, *, alpha, beta):
    """The same scheme seen from the other sequence: the iterate is the point after the gradient step."""
    y = w + beta * (w - v)
    return w, y - alpha * grad(y)


def quasi_hyperbolic(z, w, grad, *, alpha, beta, nu):
    """Ma and Yarats (2019), equations (2) and (3)."""
    g = grad(w)
    new = beta * z + (1 - beta) * g
    return new, w - alpha * ((1 - nu) * g + nu * new)


def averaged(z, w, grad, *, alpha, beta):
    """Heavy ball with an exponential moving average of the gradients."""
    new = beta * z + (1 - beta) * grad(w)
    return new, w - alpha * new


def extragradient(w, grad, *, alpha):
    """Korpelevich (1976): two gradients a step."""
    return w - alpha * grad(w - alpha * grad(w))


def extra_momentum(v, w, grad, *, alpha, beta):
    """Two states and two gradients a step: characteristic coefficients of degree two in the curvature."""
    y = w - alpha * grad(w)
    return w, w - alpha * grad(y) + beta * (w - v)


def aggregated(z1, z2, w, grad, *, alpha, beta, gamma):
    """Lucas et al. (2019), equation (2), with two velocities."""
    g = grad(w)
    new1, new2 = beta * z1 + g, gamma * z2 + g
    return new1, new2, w - alpha * (new1 + new2) / 2


def fixed_momentum(z, w, grad, *, alpha):
    """With a momentum of 9/10."""
    new = (sympy.Rational(9, 10) if isinstance(w, sympy.Basic) else _nine_tenths(z)) * z + grad(w)
    return new, w - alpha * new


def _nine_tenths(like: Any) -> Any:
    return Fraction(9, 10) if isinstance(like, (int, Fraction)) else (type(like)(9) / 10 if np.ndim(like) == 0 else 0.9)


def defaults(z, w, grad, *, alpha, beta=Fraction(1, 2)):
    new = beta * z + grad(w)
    return new, w - alpha * new


def three_terms(v, w, grad, *, alpha, beta, gamma):
    """The three-parameter family of Lessard, Recht and Packard (2016)."""
    return w, w + beta * (w - v) - alpha * grad(w + gamma * (w - v))


@dataclass(frozen=True)
class Case:
    """A rule, the state at rest at w = 1 and the characteristic number of gradients per step."""

    rule: Callable[..., Any]
    parameters: tuple[str, ...]
    rest: tuple[int, ...]
    calls: int = 1
    catalog: str = ""

    @property
    def name(self) -> str:
        return self.catalog or self.rule.__name__.replace("_", "-")

    @property
    def size(self) -> int:
        return len(self.rest)


ONE_STATE = (
    Case(gradient_descent, ("alpha",), (1,), catalog="gradient-descent"),
    Case(extragradient, ("alpha",), (1,), calls=2),
)
TWO_STATES = (
    Case(heavy_ball, ("alpha", "beta"), (0, 1), catalog="heavy-ball"),
    Case(nesterov, ("alpha", "beta"), (0, 1), catalog="nesterov"),
    Case(two_step, ("alpha", "beta"), (1, 1)),
    Case(two_sequences, ("alpha", "beta"), (1, 1)),
    Case(extrapolated, ("alpha", "beta"), (1, 1)),
    Case(quasi_hyperbolic, ("alpha", "beta", "nu"), (0, 1)),
    Case(averaged, ("alpha", "beta"), (0, 1)),
    Case(extra_momentum, ("alpha", "beta"), (1, 1), calls=2),
    Case(fixed_momentum, ("alpha",), (0, 1)),
    Case(defaults, ("alpha", "beta"), (0, 1)),
    Case(three_terms, ("alpha", "beta", "gamma"), (1, 1)),
)
THREE_STATES = (Case(aggregated, ("alpha", "beta", "gamma"), (0, 0, 1)),)
SMALL = (*ONE_STATE, *TWO_STATES)
ALL = (*SMALL, *THREE_STATES)
CATALOG = tuple(c for c in ALL if c.catalog)


def named(cases: Sequence[Case]) -> dict[str, Any]:
    """Arguments for ``pytest.mark.parametrize``."""
    return {"argnames": "case", "argvalues": cases, "ids": [c.name for c in cases]}


# Running them ---------------------------------------------------------------------------------------------------------


def step(
    case: Case, state: Sequence[Any], grad: Callable[[Any], Any], parameters: Mapping[str, Any]
) -> tuple[Any, ...]:
    result = case.rule(*state, grad, **parameters)
    return result if isinstance(result, tuple) else (result,)


def matrix(case: Case, lam: Any, parameters: Mapping[str, Any], one: Any = 1.0) -> list[list[Any]]:
    """R as rows: its columns are what one step makes of the unit vectors."""
    units = [[one if i == j else 0 * one for i in range(case.size)] for j in range(case.size)]
    columns = [step(case, unit, lambda w: lam * w, parameters) for unit in units]
    return [list(row) for row in zip(*columns, strict=True)]


def noise(case: Case, lam: Any, parameters: Mapping[str, Any], one: Any = 1.0) -> list[list[Any]]:
    """B as rows: its columns are what one unit of error in one of the gradients makes of the zero state."""
    columns = []
    for wrong in range(case.calls):
        calls = itertools.count()
        zero = [0 * one] * case.size
        columns.append(
            step(
                case,
                zero,
                lambda w, wrong=wrong, calls=calls: lam * w + (one if next(calls) == wrong else 0),
                parameters,
            )
        )
    return [list(row) for row in zip(*columns, strict=True)]


def run(case: Case, lam: Any, parameters: Mapping[str, Any], steps: int, one: Any = 1) -> list[Any]:
    """w^0 ... w^steps from rest at 1."""
    state = [one * x for x in case.rest]
    iterate = case.rule.__code__.co_varnames.index("w")
    iterates = [state[iterate]]
    for _ in range(steps):
        state = step(case, state, lambda w: lam * w, parameters)
        iterates.append(state[iterate])
    return iterates


# Eigenvalues ----------------------------------------------------------------------------------------------------------


def mp(value: Any) -> Any:
    return MP.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else MP.mpf(value)


def eigenvalues_numpy(case: Case, lam: float, parameters: Mapping[str, float]) -> np.ndarray:
    return np.linalg.eigvals(np.array(matrix(case, lam, parameters), dtype=float))


def eigenvalues_mp(case: Case, lam: Any, parameters: Mapping[str, Any]) -> list[Any]:
    rows = matrix(case, mp(lam), {n: mp(v) for n, v in parameters.items()}, MP.mpf(1))
    if case.size == 1:
        return [MP.mpc(rows[0][0])]
    return list(MP.eig(MP.matrix(rows), left=False, right=False))


def roots_mp(rows: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
    """The eigenvalues of a two-by-two matrix of rationals at 50 digits, by the quadratic formula."""
    b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    root = MP.sqrt(mp(b * b - 4 * q))
    return (mp(b) + root) / 2, (mp(b) - root) / 2


def radius_mp(case: Case, lam: Fraction, parameters: Point) -> Any:
    """The spectral radius at a rational point, to 50 digits."""
    rows = matrix(case, lam, parameters, Fraction(1))
    if case.size == 1:
        return mp(abs(rows[0][0]))
    if case.size == 2:
        return max(map(abs, roots_mp(rows)))
    return max(map(abs, eigenvalues_mp(case, lam, parameters)))


def stable(case: Case, lam: Fraction, parameters: Point) -> bool:
    """Whether every eigenvalue at a rational point lies inside the unit circle: exact, by the quadratic formula."""
    rows = matrix(case, lam, parameters, Fraction(1))
    if case.size == 1:
        return abs(rows[0][0]) < 1
    b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    d = b * b - 4 * q
    if d < 0:
        return q < 1  # the modulus squared of a complex pair
    return abs(b) < 2 and d < (2 - abs(b)) ** 2  # (|b| + sqrt(d))/2 < 1


def radius_arrays(case: Case, lam: Any, parameters: Mapping[str, Any]) -> np.ndarray:
    """The spectral radius in floating point on arrays that broadcast, for up to two states."""
    rows = matrix(case, lam, parameters)
    if case.size == 1:
        return np.abs(rows[0][0])
    b = rows[0][0] + rows[1][1]
    q = rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    root = np.sqrt(b * b - 4 * q + 0j)
    return np.maximum(np.abs(b + root), np.abs(b - root)) / 2


def worst(case: Case, low: Any, high: Any, parameters: Mapping[str, Any], points: int = 4001) -> float:
    """The largest spectral radius over a dense sweep of [low, high], both ends included."""
    low, high = float(low), float(high)
    line = np.concatenate([np.linspace(low, high, points), np.geomspace(low, high, points)[1:-1]])
    return float(radius_arrays(case, line, {n: float(v) for n, v in parameters.items()}).max())


def best(
    case: Case, low: float, high: float, size: int = 25, rounds: int = 60, shrink: float = 0.75
) -> tuple[float, list[float]]:
    """The least worst case over the parameters, found by a grid that zooms in on its best point.

    The first parameter is a step size: its logarithm is searched; of the others, log(1 - value).
    """
    line = np.concatenate([np.geomspace(low, high, 25), np.linspace(low, high, 25)])
    centre = np.array([np.log(1.5 / high)] + [-1.0] * (len(case.parameters) - 1))
    width = np.array([3.0] + [7.0] * (len(case.parameters) - 1))
    found, where = np.inf, centre
    for _ in range(rounds):
        axes = [np.linspace(c - h, c + h, size) for c, h in zip(centre, width, strict=True)]
        grid = np.array(list(itertools.product(*axes)))
        values = [np.exp(grid[:, :1])] + [1 - np.exp(grid[:, i : i + 1]) for i in range(1, len(case.parameters))]
        rates = radius_arrays(case, line[None, :], dict(zip(case.parameters, values, strict=True))).max(axis=1)
        at = int(np.argmin(rates))
        if rates[at] <= found:
            found, where = float(rates[at]), grid[at]
        centre, width = where, width * shrink
    return found, [float(np.exp(where[0])), *(float(1 - np.exp(x)) for x in where[1:])]


def edge(
    inside: Callable[[Fraction], bool], stable_at: Fraction, unstable_at: Fraction, halvings: int = 170
) -> Fraction:
    """A point next to which stability ends, between a stable and an unstable one, by bisection."""
    for _ in range(halvings):
        middle = (stable_at + unstable_at) / 2
        if inside(middle):
            stable_at = middle
        else:
            unstable_at = middle
    return stable_at


# Points ---------------------------------------------------------------------------------------------------------------


def random_points(case: Case, count: int, seed: int = 1) -> Iterator[tuple[Fraction, Point]]:
    """(lam, parameters) all over the reals, as exact rationals: negative ones, large ones, zeros, special values too."""
    source = random.Random(f"{case.name} {seed}")
    special = [Fraction(x) for x in (0, 1, -1, 2, -2, 3)] + [
        Fraction(1, 3),
        Fraction(-1, 3),
        Fraction(1, 2),
        Fraction(-1, 2),
    ]

    def number(scale: Fraction) -> Fraction:
        if source.random() < 0.15:
            return source.choice(special)
        return Fraction(source.randint(-400, 400), source.randint(1, 150)) * scale

    for _ in range(count):
        mild = source.random() < 0.8
        values = {n: Fraction(source.randint(-130, 130), 100) if mild else number(Fraction(1)) for n in case.parameters}
        if source.random() < 0.1:
            values[source.choice(case.parameters)] = source.choice(special)
        step_size = source.choice([Fraction(1, 100), Fraction(1), Fraction(7)]) * source.choice([1, 1, 1, -1])
        values["alpha"] = step_size * Fraction(source.randint(1, 40), 10)
        lam = Fraction(source.randint(-100, 450), 100) / values["alpha"] if mild else number(Fraction(3))
        yield lam, values


def stable_points(case: Case, count: int, seed: int = 2) -> Iterator[tuple[Fraction, Point]]:
    """Of the random points, the stable ones."""
    found = (p for p in random_points(case, 60 * count, seed) if stable(case, *p))
    return itertools.islice(found, count)


# Expressions at numbers -----------------------------------------------------------------------------------------------


class UndefinedError(ArithmeticError):
    """A division by zero or the square root of a negative number."""


@functools.cache
def compiled(expression: Any) -> Callable[[Mapping[str, Any]], Any]:
    """A SymPy expression or statement as a function of named rationals: exact where it is rational, else to 50 digits.

    Walks the tree; nothing is simplified or evaluated by SymPy.
    """
    e = expression
    if e.is_Symbol:
        return lambda at, name=e.name: at[name]
    if e.is_Rational:
        return lambda at, value=Fraction(int(e.p), int(e.q)): value
    if e is sympy.true or e is sympy.false:
        return lambda at, value=e is sympy.true: value
    if e is sympy.oo:
        return lambda at: MP.inf
    if e.is_Piecewise:
        pairs = [(compiled(p.expr), compiled(p.cond)) for p in e.args]
        return lambda at: next(value(at) for value, holds in pairs if holds(at))
    node, parts = _NODES[type(e).__name__], [compiled(a) for a in e.args]
    return lambda at: node(*(p(at) for p in parts))


def number(expression: Any, lam: Any, parameters: Mapping[str, Any], **more: Any) -> Any:
    return compiled(expression)({"lambda": lam, **parameters, **more})


def _same(x: Any, y: Any) -> tuple[Any, Any]:
    return (x, y) if isinstance(x, Fraction) and isinstance(y, Fraction) else (mp_or_complex(x), mp_or_complex(y))


def mp_or_complex(x: Any) -> Any:
    return x if isinstance(x, MP.mpc) else mp(x)


def _fold(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *values: functools.reduce(lambda x, y: operation(*_same(x, y)), values)


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        if base == 0 and exponent < 0:
            raise UndefinedError
        return base ** int(exponent)
    assert exponent in (Fraction(1, 2), Fraction(-1, 2)), exponent
    if not isinstance(base, MP.mpc) and base < 0:
        raise UndefinedError
    root = MP.sqrt(mp_or_complex(base))
    return root if exponent > 0 else 1 / root


_NODES: dict[str, Callable[..., Any]] = {
    "Add": _fold(lambda x, y: x + y),
    "Mul": _fold(lambda x, y: x * y),
    "Pow": _power,
    "Abs": abs,
    "Max": _fold(max),
    "Min": _fold(min),
    "And": lambda *v: all(v),
    "Or": lambda *v: any(v),
    "Not": lambda v: not v,
    "Equality": lambda x, y: x == y,
    "Unequality": lambda x, y: x != y,
    "StrictLessThan": lambda x, y: x < y,
    "LessThan": lambda x, y: x <= y,
    "StrictGreaterThan": lambda x, y: x > y,
    "GreaterThan": lambda x, y: x >= y,
}
