"""What the evaluators of three and more states compute from iteration matrices: eigenvalues by :func:`numpy.linalg.eigvals`,
powers by repeated squaring.

A matrix is a sequence of rows, whose entries are numbers and arrays that broadcast against each other. ``known`` has the
shape of the result; it is NaN where an argument is, and so are the results. What is larger than the largest number is
infinite, and nothing is raised.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from symmomentum.evaluators import blocks

__all__ = ["converges", "eigenvalues", "mean", "power", "residual", "spectral_radius", "variance"]

Array = Any
Rows = Sequence[Sequence[Any]]

SWEEPS = 4
"""How often all rows and columns are balanced: for numbers that are not extreme, the first time is enough."""
BEYOND = 1025
"""The exponent of what is larger than the largest number: at least this."""
LEAST = -(2**60)
"""The exponent of 0, and the least there is; the largest is as large. The powers that it takes to get there are 0 or infinite."""


def spectral_radius(rows: Rows, known: Array) -> Array:
    """The largest modulus of the eigenvalues; infinite where an entry has no value although the arguments have."""
    real, imaginary = _eigenvalues(rows)
    radius = np.hypot(real, imaginary).max(axis=-1)
    return np.where(np.isnan(known), np.nan, np.where(np.isnan(radius), np.inf, radius))


def converges(rows: Rows, known: Array) -> Array:
    """Whether the spectral radius is below 1."""
    return spectral_radius(rows, known) < 1


def eigenvalues(rows: Rows, known: Array) -> Array:
    """Real and imaginary part of each eigenvalue in turn, along a new first axis. The eigenvalues are in the order of falling
    real parts, and of a complex pair the one with the positive imaginary part comes first."""
    parts = np.stack(_eigenvalues(rows), axis=-1)
    parts = np.where(np.isnan(known)[..., None, None], np.nan, parts)
    return np.moveaxis(parts.reshape(*parts.shape[:-2], -1), -1, 0)


def power(k: Array, rows: Rows, known: Array) -> Array:
    """The entries of R^k, row by row along a new first axis; NaN unless k is 0, 1, 2, ..."""
    states = _after(k, rows, np.eye(len(rows)).tolist(), known)
    return states.reshape(-1, *states.shape[2:])


def residual(k: Array, rows: Rows, rest: Sequence[Any], iterate: int, known: Array) -> Array:
    """The iterate, one of the states, after k steps from the state at rest; NaN unless k is 0, 1, 2, ..."""
    return _after(k, rows, [[x] for x in rest], known)[iterate, 0]


def _stacked(rows: Rows) -> tuple[Array, Array]:
    """The entries along two new first axes, with 0 in place of NaN; and where there was one among them."""
    entries = np.stack(np.broadcast_arrays(*(np.asarray(x, float) for row in rows for x in row)))
    unknown = np.isnan(entries)
    shape = (len(rows), len(rows[0]), *entries.shape[1:])
    return np.where(unknown, 0.0, entries).reshape(shape), unknown.any(axis=0)


# Eigenvalues ------------------------------------------------------------------------------------------------------------


def _eigenvalues(rows: Rows) -> tuple[Array, Array]:
    """Real and imaginary parts along a new last axis; NaN where an entry is."""
    R, unknown = _stacked(rows)
    S, e = _balanced(R)
    # With the largest rows first, the small eigenvalues beside a large one keep more digits.
    order = np.argsort(-np.abs(S).max(axis=-1), axis=-1, kind="stable")
    S = np.take_along_axis(np.take_along_axis(S, order[..., :, None], -2), order[..., None, :], -1)
    found = np.sort(_solved(S).astype(complex), axis=-1)[..., ::-1]
    real, imaginary = (np.ldexp(x, e[..., None]) for x in (found.real, found.imag))
    return np.where(unknown[..., None], np.nan, real), np.where(unknown[..., None], np.nan, imaginary)


def _solved(S: Array) -> Array:
    """The eigenvalues of finite matrices; NaN for one of which they are not found, which LAPACK does not exclude."""
    try:
        return np.linalg.eigvals(S)
    except np.linalg.LinAlgError:  # it says nothing of the others
        return np.array([_solved(s) for s in S]) if S.ndim > 2 else np.full(len(S), np.nan)


def _balanced(R: Array) -> tuple[Array, Array]:
    """S and e where R is similar to 2^e S, and the largest entry of S is between 1/2 and 1 unless all are 0; S along two new last
    axes, as numpy.linalg has it.

    It is made by D^-1 R D with powers of 2 in the diagonal matrix D, which bring each row and its column to about the same size:
    a step size far from 1 neither overflows on the way nor vanishes beside the rest.
    """
    mantissas, exponents = _split(R)
    sizes = np.where(R == 0, -np.inf, exponents)
    others = np.where(np.eye(len(R), dtype=bool).reshape(len(R), len(R), *[1] * (R.ndim - 2)), -np.inf, sizes)
    d = np.zeros(R.shape[1:])
    for i in [*range(len(R))] * SWEEPS:
        row, column = (others[i] + d).max(axis=0), (others[:, i] - d).max(axis=0)
        coupled = np.isfinite(row) & np.isfinite(column)
        d[i] = np.where(coupled, np.rint((row - column) / 2), d[i])
    shifts = d - d[:, None]
    e = (sizes + shifts).max(axis=(0, 1))
    e = np.where(np.isfinite(e), e, 0.0)
    S = np.ldexp(mantissas, exponents + (shifts - e).astype(np.int64))
    return np.ascontiguousarray(np.moveaxis(S, (0, 1), (-2, -1))), e.astype(np.int64)


# Noise ------------------------------------------------------------------------------------------------------------------


def mean(k: Array, less: Rows, rest: Sequence[Any], iterate: int, known: Array) -> Array:
    """The iterate after k steps from the state at rest, of R = I + less; NaN unless k is 0, 1, 2, ...

    By squaring what R^k lacks to I, so that slow modes lose no digits.
    """
    E, _ = _walked(k, _stack(less, known), None)
    start = _stack([[x] for x in rest], known)
    return blocks.after_steps(k, (start + _times(E, start))[iterate, 0], known)


def variance(k: Array, less: Rows, inputs: Rows, iterate: int, known: Array) -> Array:
    """The variance of the iterate after k steps from a state that is known, with one column of inputs for each error.

    In the same way; and not as the difference of two large numbers, the variance in the limit and what is missing to it.
    """
    B = _stack(inputs, known)
    _, V = _walked(k, _stack(less, known), _times(B, np.swapaxes(B, 0, 1)))
    found = V[iterate, iterate]
    return blocks.after_steps(k, np.where(np.isfinite(found), np.maximum(found, 0), np.inf), known)


def _stack(rows: Rows, known: Array) -> Array:
    """The entries along two new first axes."""
    entries = [[np.broadcast_to(np.asarray(x, float), np.shape(known)) for x in row] for row in rows]
    return np.stack([np.stack(row) for row in entries])


def _times(x: Array, y: Array) -> Array:
    return np.einsum("ab...,bc...->ac...", x, y)


def _walked(k: Array, less: Array, once: Array | None) -> tuple[Array, Array]:
    """R^k - I and the covariance after k steps, by the digits of k from the highest on."""
    moments = once is not None
    left = np.where(np.isfinite(k), np.floor(np.abs(k)), 0.0)
    identity = np.eye(len(less)).reshape(less.shape[:2] + (1,) * (less.ndim - 2))
    R = identity + less
    E, V = np.zeros_like(less), np.zeros_like(less)
    P = E + identity
    for digit in range(int(np.max(left, initial=0)).bit_length() - 1, -1, -1):
        if moments:
            V = V + _moved(P, V)
        P, E = _kept(P, P, 2 * E + _times(E, E), identity)
        odd = np.floor(left / 2.0**digit) % 2 == 1
        if moments:
            V = np.where(odd, once + _moved(R, V), V)
        more = _kept(R, P, E + less + _times(less, E), identity)
        P, E = (np.where(odd, x, y) for x, y in zip(more, (P, E), strict=True))
    return E, V


def _kept(x: Array, y: Array, less: Array, identity: Array) -> tuple[Array, Array]:
    """The product, and what it lacks to I: where that is small the product is known through it, and elsewhere as it is."""
    small = np.abs(less).max(axis=(0, 1)) < 0.5
    made = np.where(small, identity + less, _times(x, y))
    return made, np.where(small, less, made - identity)


def _moved(P: Array, V: Array) -> Array:
    return _times(_times(P, V), np.swapaxes(P, 0, 1))


# Powers -------------------------------------------------------------------------------------------------------------------


def _after(k: Array, rows: Rows, columns: Rows, known: Array) -> Array:
    """R^k times the columns, along two new first axes."""
    (R, unknown), (X, unclear) = (_stacked(x) for x in (rows, columns))
    power, product = (_split(x.reshape(*x.shape[:2], *[1] * (known.ndim + 2 - x.ndim), *x.shape[2:])) for x in (R, X))
    valid = (k >= 0) & (k == np.floor(k)) & np.isfinite(k) & ~np.isnan(known)
    left = np.where(valid, k, 0.0)
    while left.any():
        odd = left % 2 == 1
        product = tuple(np.where(odd, new, old) for new, old in zip(_product(power, product), product, strict=True))
        left = np.floor(left / 2)
        power = _product(power, power)
    valid = valid & ~((unknown | unclear) & (k > 0))
    return np.where(valid, np.ldexp(*product), np.nan)


def _split(x: Array) -> tuple[Array, Array]:
    """Mantissas and exponents to base 2: entries of very different size, and powers of growth and decay, leave no range."""
    mantissas, exponents = np.frexp(x)
    beyond = np.isinf(x)
    exponents = np.where(beyond, BEYOND, np.where(x == 0, LEAST, exponents.astype(np.int64)))
    return np.where(beyond, np.copysign(0.5, x), mantissas), exponents


def _product(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
    """The product of two matrices of mantissas and exponents."""
    (m, e), (n, f) = first, second
    inner = range(len(n))
    largest = functools.reduce(np.maximum, (e[:, i, None] + f[i] for i in inner))
    terms = (np.ldexp(m[:, i, None] * n[i], e[:, i, None] + f[i] - largest) for i in inner)
    mantissas, shifts = np.frexp(functools.reduce(np.add, terms))
    return mantissas, np.where(mantissas == 0, LEAST, np.clip(largest + shifts, LEAST, -LEAST))
