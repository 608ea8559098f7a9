"""Laws of eigenvalues: Marchenko-Pastur, uniform, two clusters, and given ones; each a density, a sampler, moments, a problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import comb, isfinite, sqrt
from typing import Any

import numpy as np

from symmomentum.errors import ArgumentError
from symmomentum.problems.quadratic import Array, Diagonal, Quadratic, exact_number, exact_vector

__all__ = [
    "Given",
    "Law",
    "MarchenkoPastur",
    "Mixture",
    "Uniform",
    "given",
    "marchenko_pastur",
    "two_clusters",
    "uniform",
]


class Law(ABC):
    """A law of non-negative eigenvalues."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The smallest and the largest eigenvalue that are possible."""

    @abstractmethod
    def density(self, x: Any) -> Array:
        """The density at x, of the shape of x; without the part that sits in single points."""

    @abstractmethod
    def moment(self, order: int) -> Any:
        """The mean of that power of an eigenvalue, by its closed form; the order is a non-negative integer."""

    @abstractmethod
    def _draw(self, count: int, random: np.random.Generator) -> Array:
        """Independent eigenvalues."""

    def sample(self, n: int, seed: int | np.random.Generator) -> Array:
        """n independent eigenvalues in increasing order, (n,).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If n is not a positive integer.
        """
        return np.sort(self._draw(_count("n", n), np.random.default_rng(seed)))

    def problem(self, n: int, seed: int | np.random.Generator) -> Quadratic:
        """A quadratic with a sampled spectrum on its diagonal and a normally distributed b; it raises as :meth:`sample`."""
        random = np.random.default_rng(seed)
        values = self.sample(n, random)
        return Quadratic(operator=Diagonal(values), b=random.standard_normal(len(values)))


@dataclass(frozen=True)
class Uniform(Law):
    """All eigenvalues from low to high, equally likely; made by :func:`uniform`."""

    low: float
    high: float

    @property
    def support(self) -> tuple[float, float]:
        """(low, high)."""
        return self.low, self.high

    def density(self, x: Any) -> Array:
        """One over the width inside, else 0."""
        x = np.asarray(x, dtype=np.float64)
        return np.where((x >= self.low) & (x <= self.high), 1 / (self.high - self.low), 0.0)

    def moment(self, order: int) -> float:
        """The mean of low^a high^(order - a) over a = 0, ..., order."""
        order = _count("order", order, least=0)
        return sum(self.low**a * self.high ** (order - a) for a in range(order + 1)) / (order + 1)

    def _draw(self, count: int, random: np.random.Generator) -> Array:
        return random.uniform(self.low, self.high, count)


@dataclass(frozen=True)
class Mixture(Law):
    """One of two uniform laws, the second with a probability; made by :func:`two_clusters`."""

    one: Uniform
    other: Uniform
    share: float

    @property
    def support(self) -> tuple[float, float]:
        """From the lowest to the highest of both."""
        return min(self.one.low, self.other.low), max(self.one.high, self.other.high)

    def density(self, x: Any) -> Array:
        """The weighted sum of both densities."""
        return (1 - self.share) * self.one.density(x) + self.share * self.other.density(x)

    def moment(self, order: int) -> float:
        """The weighted sum of both moments."""
        return (1 - self.share) * self.one.moment(order) + self.share * self.other.moment(order)

    def _draw(self, count: int, random: np.random.Generator) -> Array:
        second = random.uniform(size=count) < self.share
        return np.where(second, self.other._draw(count, random), self.one._draw(count, random))


@dataclass(frozen=True)
class MarchenkoPastur(Law):
    """The limit law of the eigenvalues of X^T X / m, X with m rows and ratio * m columns; made by :func:`marchenko_pastur`."""

    ratio: float
    variance: float

    @property
    def support(self) -> tuple[float, float]:
        """The edges of the bulk, and 0 if there is an atom."""
        low, high = self._edges
        return (0.0 if self.atom else low), high

    @property
    def _edges(self) -> tuple[float, float]:
        return self.variance * (1 - sqrt(self.ratio)) ** 2, self.variance * (1 + sqrt(self.ratio)) ** 2

    @property
    def atom(self) -> float:
        """The probability of the eigenvalue 0: 1 - 1/ratio if there are more columns than rows, else 0."""
        return max(0.0, 1 - 1 / self.ratio)

    def density(self, x: Any) -> Array:
        """sqrt((high - x)(x - low))/(2 pi variance ratio x) inside the bulk, else 0."""
        x = np.asarray(x, dtype=np.float64)
        low, high = self._edges
        inside = (x > low) & (x < high)
        at = np.where(inside, x, high)
        return np.where(inside, np.sqrt((high - at) * (at - low)) / (2 * np.pi * self.variance * self.ratio * at), 0.0)

    def moment(self, order: int) -> float:
        """variance^k times the sum of ratio^r/(r + 1) C(k, r) C(k - 1, r) over r = 0, ..., k - 1."""
        order = _count("order", order, least=0)
        if order == 0:
            return 1.0
        terms = (self.ratio**r / (r + 1) * comb(order, r) * comb(order - 1, r) for r in range(order))
        return self.variance**order * sum(terms)

    @cached_property
    def _quantiles(self) -> tuple[Array, Array]:
        """The distribution of the bulk on a grid: x = middle - half cos t takes both square roots off the density."""
        low, high = self._edges
        t = np.linspace(0, np.pi, 8193)
        middle = (t[1:] + t[:-1]) / 2
        x = low + (high - low) * np.sin(middle / 2) ** 2
        mass = np.cumsum(np.sin(middle) ** 2 / x)
        return low + (high - low) * np.sin(t / 2) ** 2, np.concatenate([[0.0], mass / mass[-1]])

    def _draw(self, count: int, random: np.random.Generator) -> Array:
        x, distribution = self._quantiles
        values = np.interp(random.uniform(size=count), distribution, x)
        return np.where(random.uniform(size=count) < self.atom, 0.0, values)


@dataclass(frozen=True, eq=False)
class Given(Law):
    """Eigenvalues as they are given, each equally likely; made by :func:`given`."""

    values: Any

    @cached_property
    def _numbers(self) -> Array:
        return np.asarray(self.values, dtype=np.float64)

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest."""
        return float(self._numbers.min()), float(self._numbers.max())

    def density(self, x: Any) -> Array:
        """0: all of the law sits in single points."""
        return np.zeros(np.shape(x))

    def moment(self, order: int) -> Any:
        """The mean of that power: exact if the eigenvalues are."""
        order = _count("order", order, least=0)
        if isinstance(self.values, tuple):
            return sum(v**order for v in self.values) / len(self.values)
        return float((self._numbers**order).mean())

    def _draw(self, count: int, random: np.random.Generator) -> Array:
        return random.choice(self._numbers, count)

    def quadratic(self, b: Any = None) -> Quadratic:
        """The quadratic with just these eigenvalues on its diagonal, in the order given; exact if they and b are.

        Parameters
        ----------
        b : sequence of n numbers, optional
            By default all ones.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If b is not n finite numbers.
        """
        n = len(self.values)
        exact = exact_vector([1] * n if b is None else b)
        if exact is not None and len(exact) == n and isinstance(self.values, tuple):
            return Quadratic(operator=Diagonal(self.values), b=exact)
        numbers = np.ones(n) if b is None else _finite("b", b)
        if len(numbers) != n:
            raise ArgumentError(f"expected b with {n} entries; given {len(numbers)}")
        return Quadratic(operator=Diagonal(self._numbers), b=numbers)


def marchenko_pastur(ratio: Any, variance: Any = 1) -> MarchenkoPastur:
    """The law of the eigenvalues of X^T X / m for large m: X has m rows and ratio * m columns of independent entries.

    Parameters
    ----------
    ratio, variance : float
        Columns over rows, and the variance of an entry; both positive.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If one of them is not a positive finite number.

    Examples
    --------
    >>> law = marchenko_pastur(0.25)
    >>> law.support, law.moment(1), law.moment(2)
    ((0.25, 2.25), 1.0, 1.25)

    Notes
    -----
    V. A. Marchenko, L. A. Pastur. Distribution of eigenvalues for some sets of random matrices. Mathematics of the USSR-Sbornik
    1(4), 457-483, 1967.
    """
    ratio, variance = _number("ratio", ratio), _number("variance", variance)
    if not (ratio > 0 and variance > 0):
        raise ArgumentError(f"ratio and variance must be positive; given {ratio} and {variance}")
    return MarchenkoPastur(ratio, variance)


def uniform(low: Any, high: Any) -> Uniform:
    """Eigenvalues that are uniform from low to high.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If not 0 <= low < high, both finite.

    Examples
    --------
    >>> uniform(1, 3).moment(2)
    4.333333
    """
    low, high = _number("low", low), _number("high", high)
    if not 0 <= low < high:
        raise ArgumentError(f"expected 0 <= low < high; given low = {low}, high = {high}")
    return Uniform(low, high)


def two_clusters(one: Any, other: Any, share: Any = 0.5) -> Mixture:
    """Eigenvalues in two intervals, uniform in each.

    Parameters
    ----------
    one, other : pairs (low, high)
    share : float
        The probability of the second, from 0 to 1.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If an interval or the share is not as above.

    Examples
    --------
    >>> two_clusters((0, 2), (10, 12)).moment(1)
    6.0
    """
    laws = []
    for interval in (one, other):
        if not isinstance(interval, Iterable) or len(pair := tuple(interval)) != 2:
            raise ArgumentError(f"a cluster must be a pair (low, high); given {interval!r}")
        laws.append(uniform(*pair))
    share = _number("share", share)
    if not 0 <= share <= 1:
        raise ArgumentError(f"share must be from 0 to 1; given {share}")
    return Mixture(laws[0], laws[1], share)


def given(values: Any) -> Given:
    """A user's own eigenvalues.

    Parameters
    ----------
    values : sequence of non-negative numbers
        Exact in all entries (int, Fraction, SymPy rationals) for exact moments and problems.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If there are none, or one is negative or no finite number.

    Examples
    --------
    >>> given([1, 2, 4]).moment(1), given([1, 2, 4]).quadratic().minimizer
    (7/3, (1, 1/2, 1/4))
    """
    exact = exact_vector(values)
    numbers = _finite("the eigenvalues", values)
    if not len(numbers):
        raise ArgumentError("at least one eigenvalue is needed")
    if (numbers < 0).any():
        raise ArgumentError(f"an eigenvalue must not be negative; given {numbers.min()}")
    rational = exact is not None and all(exact_number(v) is not None for v in exact)
    return Given(exact if rational else numbers)


def _finite(name: str, values: Any) -> Array:
    try:
        numbers = np.asarray(list(values), dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must be numbers") from None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ArgumentError(f"{name} must be a sequence of finite numbers")
    return numbers


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must be a number; given {value!r}") from None
    if not isfinite(number):
        raise ArgumentError(f"{name} must be finite; given {value}")
    return number


def _count(name: str, value: Any, least: int = 1) -> int:
    number = exact_number(value)
    if number is None or not number.is_Integer or number < least:
        raise ArgumentError(f"{name} must be an integer of at least {least}; given {value!r}")
    return int(number)
