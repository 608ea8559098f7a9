"""What noise adds up to: the variance of the iterate after k steps, for up to two states, by repeated squaring.

With D = I - R, every power of R is p + q D, for D^2 = t D - e with the trace t and the determinant e of D. Let h_j be the
responses of w to one error, j steps later, and g_j = h_j - h_{j+1}. Then h_{d+j} = p h_j + q g_j, where p + q D is R^d, so that

    a = sum of h_j^2,   c = sum of h_j g_j,   m = sum of g_j^2   over j < d

for d + n steps follow from those for d and for n, with p and q. Nothing is divided by, so that repeated eigenvalues, the edge of
stability and what is not stable are no special cases; a is a sum of squares, so that nothing cancels in it; and of slow modes
1 - p is what is kept, not p.

Arguments are numbers or arrays that broadcast. ``known`` is NaN where an argument is, and so are the results. What is larger
than the largest number is infinite, and nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from symmomentum.evaluators import blocks

__all__ = ["crossover", "loss_curve", "mean", "variance"]

Array = Any
_POINTS = 2**13
"""How many modes are walked at a time: their dozens of arrays stay in the cache."""
_KEPT = 16
"""How many powers are kept."""
_AT_ONCE, _MOST_STEPS = 2**16, 2**12
"""How many points the search for the crossover looks at at once, and how many steps at most."""
_MOST = 2**24
"""How many steps it goes at most."""
_LEAST_NOISE = 1e-300
_DOUBLINGS = 64
_OVER = 1e-18
"""A power of R this small adds nothing any more to sums of squares in double precision."""
_LOOKS = 16
"""After how many steps of a curve it is asked whether all of them add nothing more."""


class _Sums(NamedTuple):
    """R^d = p + q D, with f = 1 - p; and the sums over d steps, of which c is doubled."""

    f: Array
    p: Array
    q: Array
    a: Array
    c: Array
    m: Array


_NO_STEP = _Sums(0.0, 1.0, 0.0, 0.0, 0.0, 0.0)


class _Ring(NamedTuple):
    """What multiplies powers of R."""

    t: Array
    e: Array

    def step(self, a: Array, c: Array, m: Array) -> _Sums:
        return _Sums(0.0, 1.0, -1.0, a, 2 * c, m)

    def power(self, x: _Sums, y: _Sums) -> tuple[Array, Array, Array]:
        """f, p and q of the product of two powers."""
        down = self.e * x.q * y.q
        f = x.f + y.f * x.p + down
        p = np.where(np.abs(f) < 0.5, 1 - f, x.p * y.p - down)  # only one of the two is accurate
        return f, p, (x.p + self.t * x.q) * y.q + x.q * y.p

    def moved(self, p: Array, q: Array, total: Array, step: _Sums) -> tuple[Array, Array, Array]:
        """p, q and the sum of h_j^2 so many steps later. What p and q lose adds up, and is small beside what many steps do."""
        return (
            p * step.p - self.e * q * step.q,
            q * (step.p + self.t * step.q) + p * step.q,
            total + _squares(p, q, step),
        )

    def is_over(self, p: Array, q: Array) -> Array:
        """Where p + q D adds nothing any more to sums of squares."""
        return np.abs(p) + np.abs(q) * (1 + np.abs(self.t) + np.abs(self.e)) < _OVER

    def product(self, x: _Sums, y: _Sums) -> _Sums:
        """As many steps as both together."""
        r, s = self.e * x.q, x.p + self.t * x.q
        left, right = s * y.c - 2 * r * y.a, 2 * s * y.m - r * y.c
        return _Sums(
            *self.power(x, y),
            x.a + _squares(x.p, x.q, y),
            x.c + (x.p * left + x.q * right),
            x.m + (s * right - r * left) / 2,
        )


def _squares(p: Array, q: Array, sums: _Sums) -> Array:
    """The sum of (p h_j + q g_j)^2."""
    return p * (p * sums.a + q * sums.c) + q * q * sums.m


def mean(k: Array, t: Array, e: Array, fall: Array, known: Array) -> Array:
    """P_k, the factor on the error of w after k steps from rest without noise; of the matrix with trace and determinant of I - R
    as given, where that has lost ``fall`` after the first step. NaN unless k is 0, 1, 2, ..."""
    ring = _Ring(t, e)
    once = ring.step(0.0, 0.0, 0.0)

    def product(x: _Sums, y: _Sums) -> _Sums:
        return _Sums(*ring.power(x, y), 0.0, 0.0, 0.0)

    total = _walked(k, once, product)
    return blocks.after_steps(k, total.p + total.q * fall, known)


def variance(k: Array, t: Array, e: Array, a: Array, c: Array, m: Array, known: Array) -> Array:
    """Of w after k steps from a state that is known, per unit variance of the errors; NaN unless k is 0, 1, 2, ...

    Parameters
    ----------
    k : number or array
    t, e : number or array
        The trace and the determinant of I - R.
    a, c, m : number or array
        h_0^2, h_0 g_0 and g_0^2, summed over the gradients of a step.
    known : array
        NaN where the result is.
    """
    ring = _Ring(t, e)
    return blocks.after_steps(k, _walked(k, ring.step(a, c, m), ring.product).a, known)


def _walked(k: Array, once: _Sums, product: Callable[[_Sums, _Sums], _Sums]) -> _Sums:
    """The sums over k steps; over some number of steps where k is none."""
    left = np.where(np.isfinite(k), np.floor(np.abs(k)), 0.0)
    total = _NO_STEP
    for digit in range(int(np.max(left, initial=0)).bit_length() - 1, -1, -1):
        before, odd = np.floor(left / 2.0 ** (digit + 1)), np.floor(left / 2.0**digit) % 2 == 1
        # Where there is nothing yet, nothing is multiplied: what is not needed there may be infinite.
        total = _chosen(before > 0, product, (total, total), total)
        first = odd & (before == 0)
        total = _chosen(first, lambda x, _: x, (once, once), _chosen(odd & ~first, product, (total, once), total))
    return total


def _chosen(
    where: Array, product: Callable[[_Sums, _Sums], _Sums], factors: tuple[_Sums, _Sums], otherwise: _Sums
) -> _Sums:
    """The product where that holds."""
    if not where.any():
        return otherwise
    made = product(*factors)
    return made if where.all() else _Sums(*(np.where(where, x, y) for x, y in zip(made, otherwise, strict=True)))


def crossover(
    t: Array,
    e: Array,
    a: Array,
    c: Array,
    m: Array,
    fall: Array,
    w0: Array,
    sigma: Array,
    stable: Array,
    known: Array,
) -> Array:
    """The least k such that P_j^2 w0^2 is at most sigma^2 times the variance after j steps, for all j >= k.

    All steps are looked at, up to the one from which on even the sum of P_j^2 over all later ones is below the variance.

    Parameters
    ----------
    t, e, a, c, m : number or array
        See :func:`variance`.
    fall : number or array
        1 - P_1.
    w0, sigma : number or array
        The distance at the start, and the standard deviation of each error.
    stable : condition
        Where the method is; elsewhere the result is infinite.
    known : array
        NaN where the result is.
    """
    arrays = np.broadcast_arrays(t, e, a, c, m, fall, w0, sigma, stable, known)
    *numbers, holds, unknown = (x.reshape(-1) for x in arrays)
    distance, deviation = numbers[-2:]
    noisy = holds & (deviation > 0) & (distance != 0) & ~np.isnan(unknown)
    result = np.where(holds & (distance == 0), 0.0, np.inf)
    result[noisy] = _last_excess(*(x[noisy] for x in numbers)) + 1
    result[np.isnan(unknown) | (deviation < 0)] = np.nan
    return result.reshape(arrays[0].shape)


def _last_excess(t: Array, e: Array, a: Array, c: Array, m: Array, fall: Array, w0: Array, sigma: Array) -> Array:
    """The last k at which P_k^2 w0^2 exceeds sigma^2 times the variance; NaN where that is not certain after _MOST steps."""
    t, e, a, c, m, fall = np.broadcast_arrays(t, e, a, c, m, fall)
    noise = np.square(sigma / w0)
    noise = np.where(noise >= _LEAST_NOISE, noise, np.nan)  # below it digits are lost
    end = _settled(t, e, a, c, m, fall, noise)
    result, at = np.full(len(t), np.nan), np.flatnonzero(end <= _MOST)
    walked = np.stack([t, e, a, c, m, fall, noise, end])[:, at]
    state = np.repeat([[1.0], [0.0], [0.0], [0.0]], len(at), axis=1)  # p, q, the sum, the last excess
    k = 0
    while len(at):
        # As many steps at once as there is room for, along a new first axis.
        count = min(_MOST_STEPS, max(1, 2 ** int(np.log2(_AT_ONCE // len(at) or 1))))
        t, e, a, c, m, fall, noise, end = walked
        ring = _Ring(t, e)
        table, jump = _table(ring, ring.step(a, c, m), count)
        ahead = table.p + table.q * fall
        lost = table.p * fall + table.q * (t * fall - e)
        p, q, total, last = state
        going = np.ones(len(at), bool)
        while 2 * np.count_nonzero(going) > len(at):
            mean = np.square(p * ahead + q * lost)
            above = mean > noise * (total + _squares(p, q, table))
            last = np.where(above.any(axis=0), k + count - 1.0 - np.argmax(above[::-1], axis=0), last)
            p, q, total = ring.moved(p, q, total, jump)
            k += count
            going = k < end
        result[at[~going]] = last[~going]
        walked, at = walked[:, going], at[going]
        state = np.stack([p, q, total, last])[:, going]
    return result


def _settled(t: Array, e: Array, a: Array, c: Array, m: Array, fall: Array, noise: Array) -> Array:
    """The least k at which the sum of P_j^2 over all j >= k is at most the noise times the variance: a bound for the crossover.
    The sum falls and the variance rises, so that it is found digit by digit. Infinite from twice _MOST on."""
    ring = _Ring(t, e)
    # The sums of P_j^2, 2 P_j (P_j - P_{j+1}) and (P_j - P_{j+1})^2 over all j.
    signal = ring.step(np.ones_like(t), fall, np.square(fall))
    for _ in range(_DOUBLINGS):
        if ring.is_over(signal.p, signal.q).all():
            break
        signal = ring.product(signal, signal)
    jumps = [ring.step(a, c, m)]
    while 2 ** len(jumps) <= _MOST:
        jumps.append(ring.product(jumps[-1], jumps[-1]))
    p, q, total, k = np.ones_like(t), np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
    for digit in range(len(jumps) - 1, -1, -1):
        moved = new_p, new_q, new_total = ring.moved(p, q, total, jumps[digit])
        before = ~(_squares(new_p, new_q, signal) <= noise * new_total)
        p, q, total = (np.where(before, x, y) for x, y in zip(moved, (p, q, total), strict=True))
        k = k + np.where(before, 2.0**digit, 0.0)
    return np.where(k < 2.0 ** len(jumps) - 1, k + 1, np.inf)


def _table(ring: _Ring, once: _Sums, count: int) -> tuple[_Sums, _Sums]:
    """The sums over 0, 1, ..., count - 1 steps along a new first axis, and those over count steps; that is a power of two."""
    table, jump = _Sums(*(np.full((1, len(ring.t)), x) for x in _NO_STEP)), once
    while len(table.p) < count:
        more = ring.product(jump, table)
        table = _Sums(*(np.concatenate(both) for both in zip(table, more, strict=True)))
        jump = ring.product(jump, jump)
    return table, jump


def loss_curve(
    mode: Callable[..., Sequence[Array]], steps: Any, values: Sequence[Any], w0: Any, sigma: Any
) -> np.ndarray[Any, Any]:
    """The expected loss after each number of steps, summed over all modes.

    One walk over the steps in rising order: each difference between two of them is a product that was made before.

    Parameters
    ----------
    mode : callable
        Takes the parameters and the curvature, arrays of one shape; returns t, e, a, c, m and 1 - P_1, see :func:`variance`.
    steps : array_like of int, shape (n,)
        In any order.
    values : sequence of array_like
        The parameters and, last, the curvature.
    w0, sigma : array_like
        The distance from the minimizer at the start, and the standard deviation of each gradient error, of each mode.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    TypeError
        If an argument is not real.
    ValueError
        If the arguments do not broadcast, or ``steps`` has more than one dimension or what is no number of steps.
    """
    wanted = np.atleast_1d(np.asarray(steps))
    if wanted.dtype.kind not in "fiub":
        raise TypeError(f"steps must be numbers; given the dtype {wanted.dtype}")
    if wanted.ndim != 1:
        raise ValueError(f"steps must have one dimension; given the shape {wanted.shape}")
    with np.errstate(invalid="ignore"):
        if not np.all((wanted >= 0) & (wanted == np.floor(wanted)) & (wanted < 2.0**53)):
            raise ValueError("steps must be 0, 1, 2, ...")
    arrays = [np.asarray(v) for v in (*values, w0, sigma)]
    for x in arrays:
        if x.dtype.kind not in "fiub":
            raise TypeError(f"arguments must be real numbers or arrays of them; given the dtype {x.dtype}")
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    flat = [x.astype(np.float64) if x.ndim == 0 else np.broadcast_to(x, shape).reshape(-1) for x in arrays]
    size = int(np.prod(shape, dtype=np.int64))
    ordered, back = np.unique(wanted.astype(np.int64), return_inverse=True)
    differences = np.diff(ordered, prepend=0).tolist()

    total = np.zeros(len(ordered))
    with np.errstate(all="ignore"):
        # One thread: with several, these many short operations wait for the interpreter's lock longer than they take.
        for first in range(0, size, _POINTS):
            total += _curve(
                mode, differences, [x if x.ndim == 0 else x[first : first + _POINTS].astype(np.float64) for x in flat]
            )
    return total[back.reshape(-1)]


def _curve(mode: Callable[..., Sequence[Array]], differences: Sequence[int], arrays: Sequence[Array]) -> Array:
    """The same for the modes of one block."""
    *values, w0, sigma = arrays
    lam = values[-1]
    if np.isnan(sum(arrays)).any() or np.any(sigma < 0):
        return np.full(len(differences), np.nan)
    t, e, a, c, m, fall, signal, noise = np.broadcast_arrays(
        *mode(*values), lam / 2 * np.square(w0), lam / 2 * np.square(sigma)
    )
    signal, noise = signal.copy(), noise.copy()
    ring = _Ring(t, e)
    powers = _Powers(ring, ring.step(a, c, m))
    found = np.empty(len(differences))
    p, q, total = np.ones_like(t), np.zeros_like(t), np.zeros_like(t)
    for n, d in enumerate(differences):
        if d:
            p, q, total = ring.moved(p, q, total, powers.of(d))
        mean = np.square(p + q * fall)
        found[n] = np.dot(signal, mean) + np.dot(noise, total)
        if not np.isfinite(found[n]):  # infinities on the way, of both signs or times 0
            loss = np.where(signal == 0, 0.0, signal * mean) + np.where(noise == 0, 0.0, noise * total)
            found[n] = np.sum(np.where(np.isnan(loss), np.inf, loss))
        elif n % _LOOKS == 0 and ring.is_over(p, q).all():
            found[n:] = found[n]
            break
    return found


class _Powers:
    """The sums over d steps, for numbers d that are asked for in about rising order: each is the last smaller one that is still
    there and the rest, which is a small number."""

    def __init__(self, ring: _Ring, once: _Sums) -> None:
        self.ring, self.once = ring, once
        self.kept: dict[int, _Sums] = {}
        """What was used last comes last."""

    def of(self, d: int) -> _Sums:
        if d == 1:
            return self.once
        found = self.kept.pop(d, None)
        if found is None:
            before = max((n for n in self.kept if d < 2 * n and n < d), default=d // 2)
            found = self.ring.product(self.of(before), self.of(d - before))
            if len(self.kept) >= _KEPT:
                del self.kept[next(iter(self.kept))]
        self.kept[d] = found
        return found
