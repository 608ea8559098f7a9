"""How accurate the evaluators are: their results against mpmath, at points made to be difficult.

The reference runs the update rule itself in high precision and knows nothing of the package. An error is measured in units in
the last place (ulp) of the working precision u (2^-52 or 2^-23), in two ways:

- the *forward* error: of the result, relative to the true value;
- the *backward* error: the least m such that the result is within m ulp of the true value for arguments each of which
is changed by
  at most m ulp. That some such arguments exist is shown by two points of which one gives more and one gives less.

A point is well conditioned if a change of the arguments by one ulp changes the true value by at most ``WELL`` ulp.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from tests.independent import Case, matrix, noise, stable, step

MP = mpmath.mp.clone()
MP.dps = 80
WELL = 2
PLAIN = 2
"""Up to so many ulp no other arguments are asked for an explanation."""
LIMIT = 4
"""The backward error that is allowed."""
STEPS = (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 16, 64, 1e3, 1e6, 1e12)
"""The m that are tried for a backward error."""


# The reference --------------------------------------------------------------------------------------------------------


def rows(case: Case, lam: Any, parameters: dict[str, Any]) -> list[list[Any]]:
    return matrix(case, lam, parameters, MP.mpf(1))


def roots(case: Case, values: Sequence[Any]) -> list[Any]:
    """sigma_1, sigma_2 in the order of the quadratic formula; its radicand without any rounding error."""
    with MP.workprec(12_000):
        R = rows(case, values[-1], dict(zip(case.parameters, values, strict=False)))
        if case.size == 1:
            return [R[0][0]]
        h, q = (R[0][0] + R[1][1]) / 2, R[0][0] * R[1][1] - R[0][1] * R[1][0]
        d = h * h - q
    w = MP.sqrt(d)
    if d < 0 or h == w == 0:
        return [h + w, h - w]
    return [h + w, q / (h + w)] if h >= 0 else [q / (h - w), h - w]


def rate(case: Case, values: Sequence[Any]) -> list[Any]:
    return [max(map(abs, roots(case, values)))]


def worst_rate(case: Case, values: Sequence[Any]) -> list[Any]:
    *parameters, low, high = values
    return [max(rate(case, [*parameters, x])[0] for x in (low, high))]


def eigenvalues(case: Case, values: Sequence[Any]) -> list[Any]:
    return [f(x) for x in roots(case, values) for f in (MP.re, MP.im)]


def matrix_power(case: Case, k: int, values: Sequence[Any]) -> list[list[Any]]:
    square = rows(case, values[-1], dict(zip(case.parameters, values, strict=False)))
    n = range(case.size)
    result = [[MP.mpf(i == j) for j in n] for i in n]
    while k:
        if k & 1:
            result = [[sum(result[i][m] * square[m][j] for m in n) for j in n] for i in n]
        square = [[sum(square[i][m] * square[m][j] for m in n) for j in n] for i in n]
        k >>= 1
    return result


def power(case: Case, values: Sequence[Any]) -> list[Any]:
    k, *rest = values
    return [x for r in matrix_power(case, int(k), rest) for x in r]


def residual(case: Case, values: Sequence[Any]) -> list[Any]:
    k, *rest = values
    row = matrix_power(case, int(k), rest)[case.rule.__code__.co_varnames.index("w")]
    return [sum((x * r for x, r in zip(row, case.rest, strict=True)), MP.mpf(0))]


def stationary_variance(case: Case, values: Sequence[Any]) -> list[Any]:
    """The solution of the Lyapunov equation, by elimination in exact arithmetic; infinite where not stable."""
    *given, lam = (_fraction(x) for x in values)
    parameters = dict(zip(case.parameters, given, strict=True))
    if not stable(case, lam, parameters):
        return [MP.inf]
    R, B = matrix(case, lam, parameters, Fraction(1)), noise(case, lam, parameters, Fraction(1))
    n = range(case.size)
    pairs = list(itertools.combinations_with_replacement(n, 2))
    table = []
    for i, j in pairs:
        line = [Fraction(0)] * len(pairs)
        line[pairs.index((i, j))] += 1
        for a, b in itertools.product(n, n):
            line[pairs.index((min(a, b), max(a, b)))] -= R[i][a] * R[j][b]
        table.append([*line, sum(x * y for x, y in zip(B[i], B[j], strict=True))])
    w = case.rule.__code__.co_varnames.index("w")
    found = _solved(table)[pairs.index((w, w))]
    return [MP.mpf(found.numerator) / found.denominator]


def stationary_loss(case: Case, values: Sequence[Any]) -> list[Any]:
    """Half the curvature times that; infinite where not stable, whatever the curvature."""
    return [x if x == MP.inf else values[-1] / 2 * x for x in stationary_variance(case, values)]


def variance(case: Case, values: Sequence[Any]) -> list[Any]:
    """The covariance after k steps, doubled and moved one step on by the digits of k."""
    k, *rest = values
    given = dict(zip(case.parameters, rest, strict=False))
    R, B = rows(case, rest[-1], given), noise(case, rest[-1], given, MP.mpf(1))
    n, w = range(case.size), case.rule.__code__.co_varnames.index("w")
    once = [[sum((x * y for x, y in zip(B[i], B[j], strict=True)), MP.mpf(0)) for j in n] for i in n]

    def moved(S: Any, V: Any, W: Any) -> Any:
        """W + S V S^T."""
        return [[W[i][j] + sum(S[i][a] * V[a][b] * S[j][b] for a in n for b in n) for j in n] for i in n]

    S, V = [[MP.mpf(i == j) for j in n] for i in n], [[MP.mpf(0)] * case.size for _ in n]
    for digit in f"{int(k):b}":
        V, S = moved(S, V, V), _times(S, S)
        if digit == "1":
            V, S = moved(R, V, once), _times(R, S)
    return [V[w][w]]


def _times(S: Any, T: Any) -> Any:
    n = range(len(S))
    return [[sum((S[i][m] * T[m][j] for m in n), MP.mpf(0)) for j in n] for i in n]


def _fraction(x: Any) -> Fraction:
    sign, mantissa, exponent, _ = x._mpf_
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -value if sign else value


def _solved(table: list[list[Any]]) -> list[Any]:
    size = len(table)
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(table[r][i]))
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [x / table[i][i] for x in table[i]]
        for r in range(size):
            if r != i:
                factor = table[r][i]
                table[r] = [x - factor * y for x, y in zip(table[r], table[i], strict=True)]
    return [line[-1] for line in table]


def tuning(case: Case, values: Sequence[Any]) -> list[Any]:
    """The published parameters: Polyak (1964) for heavy ball, Lessard, Recht and Packard (2016), table 1, for the others."""
    m, L = values
    kappa = L / m
    if case.name == "gradient-descent":
        return [2 / (L + m)]
    if case.name == "heavy-ball":
        root = (MP.sqrt(kappa) - 1) / (MP.sqrt(kappa) + 1)
        return [4 / (MP.sqrt(L) + MP.sqrt(m)) ** 2, root**2]
    assert case.name == "nesterov"
    root = MP.sqrt(3 * kappa + 1)
    return [4 / (3 * L + m), (root - 2) / (root + 2)]


def tuned_rate(case: Case, values: Sequence[Any]) -> list[Any]:
    """The published rates, from the same sources."""
    m, L = values
    kappa = L / m
    root = MP.sqrt(kappa)
    rates = {
        "gradient-descent": (kappa - 1) / (kappa + 1),
        "heavy-ball": (root - 1) / (root + 1),
        "nesterov": 1 - 2 / MP.sqrt(3 * kappa + 1),
    }
    return [rates[case.name]]


def tuned_worst_case(case: Case, values: Sequence[Any]) -> list[Any]:
    """The larger modulus of the residual polynomial at the two ends, with the published parameters."""
    steps, m, L = values
    parameters = tuning(case, [m, L])
    return [max(abs(residual(case, [steps, *parameters, x])[0]) for x in (m, L))]


REFERENCES: dict[str, Callable[[Case, Sequence[Any]], list[Any]]] = {
    "rate": rate,
    "eigenvalues": eigenvalues,
    "worst_rate": worst_rate,
    "power": power,
    "residual": residual,
    "tuning": tuning,
    "tuned_rate": tuned_rate,
    "tuned_worst_case": tuned_worst_case,
    "stationary_variance": stationary_variance,
    "stationary_loss": stationary_loss,
    "variance": variance,
}


# The points -----------------------------------------------------------------------------------------------------------


def points(case: Case, quantity: str, count: int, dtype: Any = np.float64, seed: int = 0) -> list[np.ndarray]:
    """Arguments for a function, as arrays of the given precision: ordinary ones and, half of them, difficult ones."""
    source = random.Random(f"{case.name} {quantity} {np.dtype(dtype)} {seed}")
    made = []
    while len(made) < count:
        point = [dtype(x) for x in _point(case, quantity, source, np.finfo(dtype))]
        if all(np.isfinite(x) for x in point):
            made.append(point)
    return [np.array(column, dtype) for column in zip(*made, strict=True)]


def _point(case: Case, quantity: str, source: random.Random, info: Any) -> list[float]:
    if quantity == "tuned_worst_case":
        k = source.choice([0, 1, 2, 3, source.randint(4, 50), source.randint(50, 2000), 10 ** source.uniform(3, 9)])
        return [float(round(k)), *_point(case, "tuning", source, info)]
    if quantity in ("tuning", "tuned_rate"):
        low = 10 ** source.uniform(-20, 20)
        if source.random() < 0.3:
            return [low, low * (1 + 10 ** source.uniform(-16, 1))]
        if source.random() < 0.1:
            return [low, low]
        return [low, low * 10 ** source.uniform(0, 16)]
    mode = _mode(case, source, info)
    if quantity == "worst_rate":
        lam = mode[-1]
        return [*mode, lam * (1 + 10 ** source.uniform(-3, 6))] if source.random() < 0.9 else [*mode, lam]
    if quantity in ("power", "residual", "variance"):
        k = float(
            source.choice(
                [0, 1, 2, 3, source.randint(4, 50), source.randint(50, 2000), round(10 ** source.uniform(3, 9))]
            )
        )
        # An entry is proportional to alpha*lam, and has no more digits than that if it underflows.
        length = abs(Fraction(mode[0]) * Fraction(mode[-1]))
        return [k, *mode] if not 0 < length < Fraction(float(info.smallest_normal)) else [k, *mode[:-1], 0.0]
    return mode


def _mode(case: Case, source: random.Random, info: Any) -> list[float]:
    """Parameters and curvature."""
    eps, kind = float(info.eps), source.random()
    tiny = abs(float(np.log10(float(info.smallest_subnormal)))) - 1
    huge = float(np.log10(float(info.max))) / 2 - 1
    others = {n: source.uniform(-1.2, 1.2) for n in case.parameters[1:]}
    step_length = source.uniform(-1, 5)
    if kind < 0.4:
        pass
    elif kind < 0.5:  # momentum near 1, small steps
        others = {n: 1 - 10 ** source.uniform(-17, 0) for n in others}
        step_length = 10 ** source.uniform(-18, 0.7)
    elif kind < 0.7:  # the repeated root, and near it
        if source.random() < 0.5:
            others = {n: 1 - 10 ** source.uniform(-12, 0) for n in others}
        elif source.random() < 0.3:
            others = {n: 10 ** source.uniform(-20, 0) for n in others}
        step_length = _repeated(case, source, list(others.values()), step_length)
        off = source.choice([0.0, eps * source.randint(-8, 8), 10 ** source.uniform(-16, -1) * source.choice([1, -1])])
        step_length *= 1 + off
    elif kind < 0.75:
        step_length = 1 + source.choice([1, -1]) * 10 ** source.uniform(-16, 0)
        others = {n: 10 ** source.uniform(-tiny, 0) * source.choice([1, -1]) for n in others}
    elif kind < 0.82:  # negative momentum
        others = {n: -1 + 10 ** source.uniform(-16, 0) * source.choice([1, -1]) for n in others}
    elif kind < 0.88:
        step_length = source.choice([1, -1]) * 10 ** source.uniform(0, huge)
        if source.random() < 0.3:
            others = {n: source.choice([1, -1]) * 10 ** source.uniform(0, huge / 2) for n in others}
    elif kind < 0.94:
        step_length = source.choice([1, -1]) * 10 ** source.uniform(-tiny, 0)
    else:
        others = {n: float(source.choice([0, 1, -1, 0.5, -0.5, 2, 0.25])) for n in others}
        step_length = float(source.choice([0, 1, 2, 4, 0.25, -1, 0.5, 2.25]))
    # The step length as a product of step size and curvature; now and then with one of them exactly 1, or very small.
    scale = source.choice([0.0, 0.0, source.uniform(-3, 3), source.uniform(-3, 3), source.uniform(-huge / 2, huge / 2)])
    alpha = 10**scale
    if source.random() < 0.03:
        alpha = float(info.max) * source.uniform(0.01, 0.3)  # the curvature is subnormal
    return [alpha, *others.values(), step_length / alpha]


def _repeated(case: Case, source: random.Random, others: list[float], otherwise: float) -> float:
    """A step length at which the discriminant, a polynomial in it, vanishes."""
    if case.size == 1:
        return 1.0
    exact = [Fraction(x) for x in others]

    def discriminant(x: Fraction) -> Fraction:
        one = Fraction(1)
        units = [[one, 0 * one], [0 * one, one]]
        parameters = dict(zip(case.parameters, [one, *exact], strict=True))
        (a, c), (b, d) = (step(case, unit, lambda w: x * w, parameters) for unit in units)
        return (a - d) ** 2 + 4 * b * c

    at = [discriminant(Fraction(i)) for i in range(3)]
    second = (at[2] - 2 * at[1] + at[0]) / 2
    first, level = at[1] - at[0] - second, at[0]
    mp = MP.mpf
    a, b, c = (mp(x.numerator) / x.denominator for x in (second, first, level))
    inside = b * b - 4 * a * c
    if a == 0 or inside < 0:
        return otherwise
    far = -(b + (MP.sqrt(inside) if b > 0 else -MP.sqrt(inside))) / 2
    found = [far / a, c / far if far else mp(0)]
    return float(source.choice(found)) or otherwise


# Errors ---------------------------------------------------------------------------------------------------------------


@dataclass
class Worst:
    """The largest error found, and where."""

    error: float = 0.0
    point: tuple[Any, ...] = ()
    result: Any = None
    truth: Any = None

    def see(self, error: float, point: Any, result: Any, truth: Any) -> None:
        if not error <= self.error:
            self.error, self.point, self.result, self.truth = error, tuple(point), result, truth

    def __str__(self) -> str:
        if not self.point:
            return f"{self.error:.2f}"
        where = ", ".join(map(repr, map(float, self.point)))
        return f"{self.error:.2f} at ({where}): {self.result!r}, true {MP.nstr(self.truth, 20)}"


@dataclass
class Report:
    """What was measured of one function."""

    points: int
    backward: Worst
    forward: Worst
    """Where well conditioned."""
    well_conditioned: int = 0


def measure(case: Case, quantity: str, results: np.ndarray, arguments: Sequence[np.ndarray]) -> Report:
    """The errors of results, one row for each point."""
    info = np.finfo(results.dtype)
    eps = MP.mpf(float(info.eps))
    report = Report(0, Worst(), Worst())
    for row, point in zip(results, zip(*arguments, strict=True), strict=True):
        around = _Neighbourhood(case, quantity, [MP.mpf(float(x)) for x in point], info, eps)
        for i, (result, true) in enumerate(zip(row, around.truth, strict=True)):
            report.points += 1
            unit = _unit(true, info, eps)
            error = _distance(result, true, unit, info)
            if error <= PLAIN:
                # Right to so many ulp as it stands, for these very arguments.
                report.backward.see(error, point, result, true)
                report.forward.see(error, point, result, true)
                continue
            report.backward.see(_backward(result, i, around), point, result, true)
            spread = max((abs(x - true) for x in around.values(i, 1)), default=0) / unit
            if spread <= WELL:
                report.well_conditioned += 1
                report.forward.see(error, point, result, true)
    return report


class _Neighbourhood:
    """The true values at a point and at others that are a few ulp away; k is exact."""

    def __init__(self, case: Case, quantity: str, exact: list[Any], info: Any, eps: Any) -> None:
        self.case, self.exact, self.info, self.eps = case, exact, info, eps
        self.reference = REFERENCES[quantity]
        self.fixed = 1 if quantity in ("power", "residual", "tuned_worst_case") else 0
        self.truth = self.reference(case, exact)
        self._known: dict[float, list[list[Any]]] = {}

    def values(self, i: int, m: float) -> list[Any]:
        """The i-th value at points up to m ulp away."""
        if m not in self._known:
            moved = _moved(self.exact, m * self.eps, self.fixed, self.info)
            self._known[m] = [self.reference(self.case, x) for x in moved]
        return [_representable(values[i], self.info) for values in self._known[m]]

    def along(self, i: int, argument: int, m: Any) -> Any:
        """The i-th value where one argument is changed by m ulp."""
        moved = [x * (1 + m * self.eps) if n == argument else x for n, x in enumerate(self.exact)]
        return self.reference(self.case, moved)[i]

    def singular(self, i: int, m: float) -> list[Any]:
        """The i-th value where one argument is changed by at most m ulp so that the iteration matrix is singular: an eigenvalue
        may be the same for all other arguments that are not as near to that as the square of the smallest number."""
        found: list[Any] = []
        if self.reference in (tuning, tuned_rate, tuned_worst_case):  # of no curvature
            return found
        with MP.workprec(12_000):
            for argument in range(self.fixed, len(self.exact)):
                low, high = (self._determinant(argument, x) for x in (-m, m))
                if low * high < 0:  # affine in each of the arguments
                    found.append(self.along(i, argument, m * (low + high) / (low - high)))
        return [*found, self.truth[i]] if found else []

    def _determinant(self, argument: int, m: float) -> Any:
        moved = [x * (1 + m * self.eps) if n == argument else x for n, x in enumerate(self.exact)][self.fixed :]
        R = rows(self.case, moved[-1], dict(zip(self.case.parameters, moved, strict=False)))
        return R[0][0] if self.case.size == 1 else R[0][0] * R[1][1] - R[0][1] * R[1][0]

    def unit(self, value: Any) -> Any:
        return _unit(value, self.info, self.eps)


def _unit(true: Any, info: Any, eps: Any) -> Any:
    """One ulp as a relative error of 1 eps; the spacing of the numbers where they are subnormal."""
    if not MP.isfinite(true):
        return MP.mpf(1)
    return max(abs(true) * eps, MP.mpf(float(info.smallest_subnormal)))


def _distance(result: Any, true: Any, unit: Any, info: Any) -> float:
    if np.isnan(result):
        return float("inf")
    if np.isinf(result) or not MP.isfinite(true):
        limit = MP.mpf(float(info.max))
        right = abs(true) > limit * (1 - 4 * MP.mpf(float(info.eps))) and (true > 0) == (result > 0)
        return 0.0 if np.isinf(result) and right else float("inf")
    return float(abs(MP.mpf(float(result)) - true) / unit)


def _representable(value: Any, info: Any) -> Any:
    """Infinite where it is beyond the largest number."""
    return value if abs(value) <= MP.mpf(float(info.max)) else MP.sign(value) * MP.inf


def _moved(exact: list[Any], relative: Any, fixed: int, info: Any) -> Iterator[list[Any]]:
    """The arguments with one or all of them changed as much as is allowed."""
    least = MP.mpf(float(info.smallest_subnormal)) * relative / MP.mpf(float(info.eps))
    steps = [max(abs(x) * relative, least) if x else MP.mpf(0) for x in exact]
    free = range(fixed, len(exact))
    for i, direction in itertools.product(free, (1, -1)):
        yield [x + direction * s if j == i else x for j, (x, s) in enumerate(zip(exact, steps, strict=True))]
    # Inside, for the value may go up and down in between, and nowhere as high as near the middle.
    for i, direction, part in itertools.product(free, (1, -1), (1e-2, 1e-4, 1e-6, 1e-8)):
        yield [x + direction * part * s if j == i else x for j, (x, s) in enumerate(zip(exact, steps, strict=True))]
    inner = random.Random(1)
    corners = [*itertools.product((1, -1), repeat=len(free))]
    for signs in (*corners, *([inner.uniform(-1, 1) for _ in free] for _ in range(6))):
        given = dict(zip(free, signs, strict=True))
        yield [x + given.get(j, 0) * s for j, (x, s) in enumerate(zip(exact, steps, strict=True))]


def _backward(result: Any, i: int, near: _Neighbourhood) -> float:
    if np.isnan(result):
        return float("inf")
    value = MP.mpf(float(result)) if np.isfinite(result) else (MP.inf if result > 0 else -MP.inf)
    for m in STEPS:
        around = [_representable(near.truth[i], near.info), *near.values(i, m)]
        low, high = min(around), max(around)
        if any(not MP.isfinite(x) for x in around) or not np.isfinite(result):
            # Infinite on one side: right if what is given lies between what the neighbours give.
            if low <= value <= high:
                return m
            continue
        if low - m * near.unit(low) <= value <= high + m * near.unit(high):
            return m
        if m == LIMIT:
            side = 1 if value < low else -1
            extreme = _least(near, i, side, m)
            if extreme <= side * value + m * max(near.unit(extreme), near.unit(near.truth[i])):
                return m
            singular = near.singular(i, m)
            slack = m * near.unit(MP.mpf(0))
            if singular and min(singular) - slack <= value <= max(singular) + slack:
                return m
    return float("inf")


def _least(near: _Neighbourhood, i: int, side: int, m: float) -> Any:
    """The least value (of the negative one, for the side -1) with one argument changed by at most m ulp, where it is not at an
    end: a modulus may have a zero inside."""
    found = []
    for argument in range(near.fixed, len(near.exact)):
        low, high = MP.mpf(-m), MP.mpf(m)
        for _ in range(250):
            x, y = low + (high - low) * 5 / 12, low + (high - low) * 7 / 12
            if side * near.along(i, argument, x) < side * near.along(i, argument, y):
                high = y
            else:
                low = x
        found.append(side * near.along(i, argument, (low + high) / 2))
    return min(found)
