r"""The best parameters in the presence of noise: after k steps, at a given rate, or under a budget of noise; on one mode.

Certain, for gradient descent: the step size of least expected loss after k steps. With :math:`t = 1 - \alpha\lambda` and the
noise :math:`n = \sigma^2/(\lambda w_0)^2` the loss is :math:`\lambda w_0^2/2` times

.. math:: J(t) = t^{2k} + n \frac{(1 - t)(1 - t^{2k})}{1 + t},

least in (0, 1), where its derivative has the sign of :math:`k (1 + t)^2 - n (t^{1 - 2k} - t) - n k (1 - t^2)`, which increases:
so that a change of sign between two fractions encloses the only minimizer. :func:`best_step_claims` has the proof.

For other methods a search in floating point finds parameters (:func:`best_after`, :func:`quietest`). What they reach is
exact; that no others are better is not claimed, but for the bounds of :mod:`symmomentum.noise.tradeoff`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from symmomentum.certificates import step_sizes
from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.noise.mode import Mode, exact_number, on_mode, power_bounds
from symmomentum.symbols import k as step_symbol
from symmomentum.symbols import lam as curvature_symbol
from symmomentum.symbols import parameter

__all__ = ["BestStep", "Found", "best_after", "best_step", "best_step_claims", "quietest"]

_BISECTIONS = 100
_EXACT_POWER, _MOST_BITS = 64, 1 << 15
_BITS = 256
_MOST_STEPS = 10**6
_POPULATION = 48
_GENERATIONS = 160
_RUNS = 2
_DIGITS = 12
"""To how many decimal places parameters that were found are rounded."""


# Gradient descent: certain --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BestStep:
    """The constant step size of gradient descent with the least expected loss after k steps on one mode.

    Attributes
    ----------
    lower, upper : Fraction
        The only best step size lies between them.
    loss : Fraction
        The expected loss at the lower one, or for many steps something a relative 2^-128 above it at most.
    bound : Fraction
        No step size has a smaller expected loss.
    """

    lower: Fraction
    upper: Fraction
    loss: Fraction
    bound: Fraction


def best_step(k: int, lam: Any, w0: Any = 1, sigma: Any = 1) -> BestStep:
    """The step size of gradient descent with the least expected loss after k steps on one mode, certain.

    Parameters
    ----------
    k : int
        The number of steps, from 1 to a million.
    lam : number
        The curvature: positive.
    w0, sigma : number
        The distance of w^0 from the minimizer, not 0, and the standard deviation of each gradient error, not negative.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If a number is not as described.

    Examples
    --------
    >>> found = best_step(10, lam=1, w0=10, sigma=1)
    >>> round(float(found.lower), 6), float(found.upper - found.lower) < 1e-15
    (0.340826, True)
    >>> best_step(10, lam=2, sigma=0).lower
    Fraction(1, 2)
    """
    if isinstance(k, bool) or not hasattr(k, "__index__") or not 1 <= k.__index__() <= _MOST_STEPS:
        raise ArgumentError(f"k must be an integer from 1 to {_MOST_STEPS}; given {k!r}")
    k = int(k.__index__())
    curvature, start, deviation = (exact_number(n, x) for n, x in (("lam", lam), ("w0", w0), ("sigma", sigma)))
    if curvature <= 0 or start == 0 or deviation < 0:
        raise ArgumentError("lam must be positive, w0 not 0 and sigma not negative")
    noise = (deviation / (curvature * start)) ** 2
    low, high = Fraction(0), Fraction(1)  # of t
    if noise == 0:
        high = low
    else:
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            sign = _slope(middle, k, noise)
            if sign == 0:  # that is it
                low = high = middle
                break
            low, high = (middle, high) if sign < 0 else (low, middle)
    scale = curvature / 2 * start**2

    def loss(first: Fraction, second: Fraction, side: int) -> Fraction:
        """J with t^2k at the first point and what decreases in t at the second, rounded down or up."""
        power = power_bounds(first**2, k, 2 * _BITS)[side]
        rest = power_bounds(second**2, k, 2 * _BITS)[1 - side]
        return scale * (power + noise * (1 - second) * (1 - rest) / (1 + second))

    return BestStep((1 - high) / curvature, (1 - low) / curvature, loss(high, high, 1), loss(low, high, 0))


def _slope(t: Fraction, k: int, noise: Fraction) -> int:
    """The sign of J' at t in (0, 1).

    Raises
    ------
    NotDerivedError
        If it takes too many digits to tell.
    """
    bits = _BITS + 2 * k.bit_length()
    while bits <= _MOST_BITS:
        low, high = power_bounds(t**2, k, bits) if k > _EXACT_POWER else (t ** (2 * k),) * 2
        # Times t^2k, so that nothing is divided by.
        signs = [
            q * k * (1 + t) ** 2 - noise * (t - t * r) - noise * k * q * (1 - t * t)
            for q, r in ((low, low), (high, high))
        ]
        # Linear in t^2k, so that the two ends decide.
        if min(signs) > 0 or max(signs) < 0 or low == high:
            return (signs[0] > 0) - (signs[0] < 0)
        bits *= 2
    raise NotDerivedError("the best step size is not certain at these numbers: it takes too many digits")


def best_step_claims() -> tuple[Claim, ...]:
    """That the best step size is the only root of an increasing function.

    Of t^2k (q) the proof uses only that it is below 1 for t in (0, 1) and above 1 beyond, and of t^(1 - 2k) (v) that it falls.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> [check(c).status for c in best_step_claims()]
    ['proved', 'proved', 'proved', 'proved']
    """
    t, u, n, q, v, w = sympy.symbols("t u n q v w", real=True)
    power = t ** (2 * step_symbol)

    def loss(t: Any, q: Any) -> Any:
        return q + n * (1 - t) * (1 - q) / (1 + t)

    def sign(t: Any, v: Any) -> Any:
        return step_symbol * (1 + t) ** 2 - n * (v - t) - n * step_symbol * (1 - t**2)

    def claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...]) -> Claim:
        return Claim(
            id=f"gradient-descent/noise/best-step/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source="derived here",
        )

    slope = sympy.expand(sympy.diff(loss(t, power), t) * t)
    return (
        claim(
            "reflected",
            "A negative t is worse than its opposite",
            loss(-t, q) > loss(t, q),
            (t > 0, t < 1, q >= 0, q < 1, n > 0),
        ),
        claim(
            "far",
            "A t beyond 1 is worse than no step at all",
            loss(t, q) > 1,
            (sympy.Or(t > 1, t < -1), q > 1, n >= 0),
        ),
        claim(
            "slope",
            "The derivative in t",
            equal(
                slope * (1 + t) ** 2,
                2 * (step_symbol * power * (1 + t) ** 2 - n * t * (1 - power) - n * step_symbol * power * (1 - t**2)),
            ),
            (t > 0,),
        ),
        claim(
            "increasing",
            "What has the sign of the derivative increases",
            sign(u, w) > sign(t, v),
            (t > 0, t < u, u < 1, w <= v, n > 0, step_symbol >= 1),
        ),
    )


# Any method: a search ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Parameters that a search found, and what is exactly true of them.

    Attributes
    ----------
    parameters : mapping of str to Fraction
    value : Fraction
        What they reach: exact.
    rate : Fraction or None
        A bound of their rate, where that was asked for: exact.
    status : str
        ``"numeric"``: that no other parameters are better is not claimed.
    """

    parameters: Mapping[str, Fraction]
    value: Fraction
    rate: Fraction | None = None
    status: str = "numeric"


def best_after(
    iteration: Iteration, k: int, curvatures: Sequence[Any], w0: Any = 1, sigma: Any = 1, **fixed: Any
) -> Found:
    """Parameters of nearly the least expected loss after k steps: of the worst of some curvatures, each started at distance w0.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    k : int
        The number of steps, from 1 to 512.
    curvatures : sequence of numbers
        Positive; such as (1,) for one mode, or the two ends and some points of an interval.
    w0, sigma : number
        The distance of w^0 from the minimizer, not 0, and the standard deviation of each gradient error, not negative.
    **fixed : number
        Parameters that are not to be changed. What has a default keeps it.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If a number is not as described.
    MethodTypeError
        (a ``TypeError``) If the method has no such parameter.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> found = best_after(Iteration(catalog["gradient-descent"]), 10, [1], w0=10)
    >>> round(float(found.parameters["alpha"]), 4), round(float(found.value), 5), found.status
    (0.3408, 0.11468, 'numeric')
    """
    name = iteration.method.name
    if isinstance(k, bool) or not hasattr(k, "__index__") or not 1 <= k.__index__() <= 512:
        raise ArgumentError(f"{name}: k must be an integer from 1 to 512; given {k!r}")
    k = int(k.__index__())
    exact = [exact_number(f"{name}: curvatures", x) for x in curvatures]
    start, deviation = exact_number(f"{name}: w0", w0), exact_number(f"{name}: sigma", sigma)
    if not exact or min(exact) <= 0 or start == 0 or deviation < 0:
        raise ArgumentError(f"{name}: curvatures must be positive, w0 not 0 and sigma not negative")
    matrices = _Matrices(iteration, fixed)
    noise = float(deviation**2 / start**2)

    def loss(points: Any) -> Any:
        worst = np.zeros(len(points))
        for x in exact:
            mean, total = matrices.after(float(x), points, k)
            worst = np.maximum(worst, float(x) * (mean**2 + noise * total))
        return worst

    best = matrices.search(loss, float(max(exact)))
    parts = [on_mode(iteration, x, best).loss_parts(k, start, deviation).total for x in exact]
    return Found(on_mode(iteration, exact[0], best).parameters, max(p.value for p in parts))


def quietest(iteration: Iteration, rate: Any, lam: Any = 1, **fixed: Any) -> Found:
    """Parameters of nearly the least noise floor among those whose rate on one mode is at most a given one.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    rate : number
        Between 0 and 1.
    lam : number
        The curvature: positive.
    **fixed : number
        Parameters that are not to be changed. What has a default keeps it.

    Returns
    -------
    Found
        Its value is the stationary variance of w per unit variance of the errors, times lam^2, which does not depend on lam; its
        rate is a bound that may exceed the given one a little, as the parameters are rounded.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If a number is not as described.
    NotDerivedError
        If no parameters of such a rate are found.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> found = quietest(Iteration(catalog["heavy-ball"]), 0.5)
    >>> round(float(found.value), 5), round(float(found.rate), 5)  # 5/27
    (0.18519, 0.5)
    """
    name = iteration.method.name
    bound, curvature = exact_number(f"{name}: rate", rate), exact_number(f"{name}: lam", lam)
    if not 0 < bound < 1 or curvature <= 0:
        raise ArgumentError(f"{name}: the rate must be between 0 and 1, and the curvature positive")
    matrices = _Matrices(iteration, fixed)

    def variance(points: Any) -> Any:
        """A rate that is too high counts more than any variance."""
        R, B, _ = matrices.at(float(curvature), points)
        radii = np.abs(np.linalg.eigvals(R)).max(axis=-1)
        inside = radii <= float(bound)
        found = 1 / float(curvature) ** 2 * 1000 * (1 + radii)
        if inside.any():
            found[inside] = _stationary_variances(R[inside], B[inside], matrices.row)
        return found

    best = matrices.search(variance, float(curvature))
    mode = on_mode(iteration, curvature, best)
    reached = _rate_bound(mode, bound)
    if reached is None:
        raise NotDerivedError(f"{name}: no parameters with a rate of {bound} were found")
    return Found(mode.parameters, mode.variance * curvature**2, reached)


def _rate_bound(mode: Mode, bound: Fraction) -> Fraction | None:
    """A bound of the rate just above the given one."""
    for digits in range(_DIGITS, 2, -1):
        wider = bound * (1 + Fraction(1, 10**digits))
        if wider < 1 and mode.within(wider):
            return wider
    return None


def _stationary_variances(R: Any, B: Any, row: int) -> Any:
    """By doubling: V^{2k} = V^k + R^k V^k (R^k)^T."""
    total, power = B @ np.swapaxes(B, -1, -2), R
    for _ in range(40):
        total = total + power @ total @ np.swapaxes(power, -1, -2)
        power = power @ power
    return total[:, row, row]


class _Matrices:
    """A method's matrices as functions of arrays of parameters, and a search over these."""

    def __init__(self, iteration: Iteration, fixed: Mapping[str, Any]) -> None:
        method = iteration.method
        self._held = {**method.defaults, **fixed}
        # Says which name is unknown, and which number none.
        on_mode(iteration, 1, {**dict.fromkeys(method.parameters, 0), **self._held})
        self._names = method.parameters
        self._free = [n for n in method.parameters if n not in self._held]
        self._steps = {s.name for s in step_sizes(iteration)}
        symbols = (curvature_symbol, *(parameter(n) for n in method.parameters))
        self._shapes = [M.shape for M in (iteration.matrix, iteration.noise_input, iteration.system.rest)]
        entries = [x for M in (iteration.matrix, iteration.noise_input, iteration.system.rest) for x in M]
        self._function = sympy.lambdify(symbols, entries, "numpy", cse=True)
        self.row = method.state.index("w")

    def at(self, lam: float, points: Any) -> tuple[Any, Any, Any]:
        """R, B and the state at rest for each point; shape (points, ., .)."""
        columns = dict(zip(self._free, points.T, strict=True))
        values = [columns.get(n, self._held.get(n)) for n in self._names]
        values = [
            v if isinstance(v, np.ndarray) else float(exact_number(n, v))
            for n, v in zip(self._names, values, strict=True)
        ]
        made = [np.broadcast_to(np.asarray(x, np.float64), len(points)) for x in self._function(lam, *values)]
        found, begun = [], 0
        for rows, columns_ in self._shapes:
            part = made[begun : begun + rows * columns_]
            begun += rows * columns_
            found.append(np.stack(part, axis=-1).reshape(len(points), rows, columns_))
        return found[0], found[1], found[2]

    def after(self, lam: float, points: Any, k: int) -> tuple[Any, Any]:
        """P_k and the variance of w after k steps."""
        R, B, state = self.at(lam, points)
        N = B @ np.swapaxes(B, -1, -2)
        V = np.zeros_like(N)
        for _ in range(k):
            V = R @ V @ np.swapaxes(R, -1, -2) + N
            state = R @ state
        return state[:, self.row, 0], V[:, self.row, self.row]

    def search(self, objective: Callable[[Any], Any], largest: float) -> dict[str, Fraction]:
        """Differential evolution with a fixed seed; the parameters of the best point, rounded."""

        def values(points: Any) -> Any:
            with np.errstate(all="ignore"):
                found = objective(points)
            return np.where(np.isfinite(found), found, np.inf)

        best: tuple[float, Any] | None = None
        for run in range(_RUNS if self._free else 0):
            source = np.random.default_rng(run)
            population = source.uniform(-1, 1, (_POPULATION, len(self._free)))
            # Good momenta are near 1 as often as anywhere else.
            near = np.exp(source.uniform(np.log(1 / 1000), 0, population.shape))
            population[::2] = 1 - near[::2]
            for i, name in enumerate(self._free):
                if name in self._steps:
                    population[:, i] = np.exp(source.uniform(np.log(1 / 1000), np.log(4), _POPULATION)) / largest
            scores = values(population)
            for generation in range(_GENERATIONS):
                a, b, c = (population[source.permutation(_POPULATION)] for _ in range(3))
                toward = population[int(np.argmin(scores))] if source.random() < generation / _GENERATIONS else a
                mutant = toward + source.uniform(3 / 10, 1, (_POPULATION, 1)) * (b - c)
                trial = np.where(source.random(population.shape) < 9 / 10, mutant, population)
                new = values(trial)
                better = new <= scores
                population[better], scores[better] = trial[better], new[better]
            i = int(np.argmin(scores))
            if best is None or scores[i] < best[0]:
                best = float(scores[i]), population[i].copy()
        point = () if best is None else best[1]
        found = {
            n: Fraction(round(float(x) * 10**_DIGITS), 10**_DIGITS) for n, x in zip(self._free, point, strict=True)
        }
        return {**{n: exact_number(n, v) for n, v in self._held.items()}, **found}
