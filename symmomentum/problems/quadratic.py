r"""Quadratics :math:`f(w) = \frac12 w^T A w - b^T w + c`; a symmetric A with structure is applied, not stored."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy
from sympy.polys.matrices import DomainMatrix

from symmomentum.errors import ArgumentError

__all__ = [
    "MOST_DENSE",
    "Dense",
    "Diagonal",
    "Operator",
    "Quadratic",
    "Tridiagonal",
    "exact_number",
    "exact_vector",
    "quadratic",
]

Array = npt.NDArray[np.float64]

MOST_DENSE = 5000
"""The largest size for which a matrix is written out in full: 200 MB."""
MOST_ROOTS = 100
"""The largest size for which eigenvalues are found exactly, as roots of the characteristic polynomial."""
_RESTARTS = 20
"""How often the Lanczos method may begin anew before the matrix is factored."""


def exact_number(value: Any) -> Any:
    """The number as a SymPy rational, or None if it is none of the exact kinds (int, Fraction, SymPy rational).

    >>> exact_number(Fraction(1, 3)), exact_number(0.5)
    (1/3, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | np.integer):
        return sympy.Integer(int(value))
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value if isinstance(value, sympy.Rational) else None


def exact_vector(values: Any) -> tuple[Any, ...] | None:
    """The entries as exact SymPy terms, or None if one of them is not exact or if it is a numeric array.

    >>> exact_vector([1, Fraction(1, 2)]), exact_vector([1, 0.5])
    ((1, 1/2), None)
    """
    if (isinstance(values, np.ndarray) and values.dtype != object) or not isinstance(values, Iterable):
        return None
    result = []
    for value in values:
        term = exact_number(value)
        if term is None and isinstance(value, sympy.Expr) and not value.has(sympy.Float):
            term = value
        if term is None:
            return None
        result.append(term)
    return tuple(result)


class Operator(ABC):
    """A symmetric matrix of which only the entries that are not zero are known.

    Attributes
    ----------
    shape : tuple of int
        The shape of the vectors that it is applied to: (n,), or that of a grid.
    """

    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many rows it has."""
        size = 1
        for extent in self.shape:
            size *= extent
        return size

    @abstractmethod
    def apply(self, w: Array) -> Array:
        """The product with a vector of shape ``shape``: a new array of that shape."""

    @abstractmethod
    def coordinates(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values of the entries, in arrays or sequences of one length; equal places add up."""

    def matrix(self) -> Any:
        """The matrix of exact entries, as a SymPy matrix (n, n)."""
        self._not_too_large()
        result = sympy.zeros(self.size, self.size)
        for i, j, value in zip(*self.coordinates(), strict=True):
            result[int(i), int(j)] += exact_number(value) if exact_number(value) is not None else value
        return result.as_immutable()

    def dense(self) -> Array:
        """The matrix as an array (n, n).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If n is above ``MOST_DENSE``.
        """
        self._not_too_large()
        result = np.zeros((self.size, self.size))
        rows, columns, values = self.coordinates()
        np.add.at(result, (np.asarray(rows), np.asarray(columns)), np.asarray(values, dtype=np.float64))
        return result

    def sparse(self) -> Any:
        """The matrix as a ``scipy.sparse.csr_array`` (n, n).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If SciPy is not installed.
        """
        scipy_sparse = _scipy("sparse")
        rows, columns, values = (np.asarray(x) for x in self.coordinates())
        return scipy_sparse.coo_array((values.astype(np.float64), (rows, columns)), shape=(self.size,) * 2).tocsr()

    def ends(self, least: int = 1) -> tuple[Array, float]:
        """The least eigenvalues, in increasing order, and the largest one, of a large sparse matrix.

        By the Lanczos method of SciPy. Where the eigenvalues at an end lie so close together that it does not soon find one (as
        for grids, whose factors are sparse), on the inverse of A + s or of t - A, with s > 0 small and t above the spectrum.

        Parameters
        ----------
        least : int
            How many of the least ones, fewer than the size.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If SciPy is not installed.
        """
        linalg = _scipy("sparse.linalg")
        matrix = self.sparse().tocsc()
        above = float(abs(matrix).sum(axis=0).max()) * 1.001  # every eigenvalue lies below (Gershgorin's circles)

        start = np.random.default_rng(0).standard_normal(self.size)  # so that the same call gives the same numbers

        def found(end: str, shift: float, count: int) -> Array:
            given = {"k": count, "return_eigenvectors": False, "v0": start}
            with contextlib.suppress(linalg.ArpackNoConvergence):
                return np.asarray(linalg.eigsh(matrix, which=end, maxiter=_RESTARTS, **given))
            shifted = matrix - shift * _scipy("sparse").eye_array(self.size, format="csc")
            # Definite, so that no pivots are needed: half the fill of the default, which is for any matrix.
            options = {"SymmetricMode": True, "DiagPivotThresh": 0.0}
            factors = linalg.splu(shifted, permc_spec="MMD_AT_PLUS_A", options=options)
            inverse = linalg.LinearOperator(matrix.shape, factors.solve, dtype=np.float64)
            return np.asarray(linalg.eigsh(matrix, sigma=shift, OPinv=inverse, **given))

        return np.sort(found("SA", -1e-9 * above, least)), float(found("LA", above, 1)[0])

    def _not_too_large(self) -> None:
        if self.size > MOST_DENSE:
            raise ArgumentError(
                f"a matrix of {self.size} rows is not written out (the limit is {MOST_DENSE}): "
                "use gradient, operator.sparse() or operator.ends()"
            )


def _scipy(module: str) -> Any:
    try:
        return import_module(f"scipy.{module}")
    except ImportError:
        raise ArgumentError(
            "a sparse matrix needs SciPy, which is not installed: pip install 'symmomentum[graphs]'"
        ) from None


@dataclass(frozen=True, eq=False)
class Tridiagonal(Operator):
    """A symmetric tridiagonal matrix, applied by two shifts.

    Parameters
    ----------
    diagonal : sequence of n numbers
    beside : number
        All the entries beside the diagonal.
    """

    diagonal: Any
    beside: Any

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """(n,)."""
        return (len(self.diagonal),)

    @cached_property
    def _numbers(self) -> tuple[Array, float]:
        return np.asarray(self.diagonal, dtype=np.float64), float(self.beside)

    def apply(self, w: Array) -> Array:
        """The product with a vector (n,)."""
        diagonal, beside = self._numbers
        result = diagonal * w
        if beside == -1:  # as in every path graph: two passes over memory fewer
            result[1:] -= w[:-1]
            result[:-1] -= w[1:]
        else:
            result[1:] += beside * w[:-1]
            result[:-1] += beside * w[1:]
        return result

    def coordinates(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values."""
        n = len(self.diagonal)
        places = np.arange(n)
        rows, columns = (
            np.concatenate([places, places[1:], places[:-1]]),
            np.concatenate([places, places[:-1], places[1:]]),
        )
        return rows, columns, (*self.diagonal, *[self.beside] * (2 * (n - 1)))


@dataclass(frozen=True, eq=False)
class Diagonal(Operator):
    """A diagonal matrix.

    Parameters
    ----------
    diagonal : sequence of n numbers
    """

    diagonal: Any

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """(n,)."""
        return (len(self.diagonal),)

    @cached_property
    def _numbers(self) -> Array:
        return np.asarray(self.diagonal, dtype=np.float64)

    def apply(self, w: Array) -> Array:
        """The product with a vector (n,)."""
        return self._numbers * w

    def coordinates(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values."""
        places = np.arange(len(self.diagonal))
        return places, places, self.diagonal


@dataclass(frozen=True, eq=False)
class Dense(Operator):
    """A symmetric matrix with all its entries.

    Parameters
    ----------
    entries : SymPy matrix or array (n, n)
    """

    entries: Any

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """(n,)."""
        return (self.entries.shape[0],)

    @cached_property
    def _numbers(self) -> Array:
        return np.array(self.entries.tolist(), dtype=np.float64)

    def apply(self, w: Array) -> Array:
        """The product with a vector (n,)."""
        return np.asarray(self._numbers @ w)

    def coordinates(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values."""
        rows, columns = (x.ravel() for x in np.indices(self.entries.shape))
        return rows, columns, [x for row in self.entries.tolist() for x in row]


def quadratic(A: Any, b: Any, constant: Any = 0) -> Quadratic:
    """The function w'Aw/2 - b'w + c of a matrix that is given.

    Parameters
    ----------
    A : matrix or nested sequence (n, n)
        Symmetric. With exact entries (int, Fraction, SymPy) here and in b, everything is exact.
    b : sequence of n numbers
    constant : number

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If A is not a symmetric matrix of finite real numbers, or b does not fit.

    Examples
    --------
    >>> problem = quadratic([[2, 1], [1, 2]], [1, 0])
    >>> problem.minimizer, problem.spectrum, problem.condition_number
    ((2/3, -1/3), (1, 3), 3)
    """
    rows = A.tolist() if hasattr(A, "tolist") else A
    try:
        rows = [list(row) for row in rows]
    except TypeError:
        raise ArgumentError("A must be a matrix") from None
    right = list(b) if isinstance(b, Iterable) else []
    if not rows or any(len(row) != len(rows) for row in rows) or len(right) != len(rows):
        raise ArgumentError(
            f"expected a square matrix and as many entries of b; given {len(rows)} rows and {len(right)}"
        )
    exact = [exact_vector(row) for row in rows]
    exact_right = exact_vector(right)
    if exact_right is not None and all(row is not None for row in exact):
        matrix: Any = sympy.ImmutableMatrix(exact)
        symmetric = matrix == matrix.T
        b = exact_right
    else:
        try:
            matrix, b = np.array(rows, dtype=np.float64), np.array(right, dtype=np.float64)
        except (TypeError, ValueError):
            raise ArgumentError("A and b must be real numbers") from None
        symmetric = bool(np.isfinite(matrix).all() and np.isfinite(b).all() and np.array_equal(matrix, matrix.T))
    if not symmetric:
        raise ArgumentError("A must be symmetric, and all entries finite")
    return Quadratic(operator=Dense(matrix), b=b, constant=constant)


@dataclass(frozen=True, eq=False, kw_only=True)
class Quadratic:
    r"""The function :math:`f(w) = \frac12 w^T A w - b^T w + c`, A symmetric and positive semidefinite.

    Exact where it is made from exact numbers (int, Fraction, SymPy rationals or symbols): then A is a SymPy matrix, and
    vectors are tuples of SymPy terms. Otherwise everything is NumPy, float64.

    Parameters
    ----------
    operator : Operator
        A.
    b : tuple of n SymPy terms, or array of the operator's shape
        Exact if it is a tuple.
    constant : number
        c.

    Examples
    --------
    >>> problem = Quadratic(operator=Diagonal((1, 4)), b=(sympy.Integer(1), sympy.Integer(2)), constant=0)
    >>> problem.minimizer, problem.spectrum, problem.condition_number
    ((1, 1/2), (1, 4), 4)
    >>> problem.gradient((0, 1)), problem.value((0, 1))
    ((-1, 2), 0)
    >>> problem.gradient([0.5, 1.0])
    array([-0.5,  2. ])
    """

    operator: Operator
    b: Any
    constant: Any = 0

    @property
    def n(self) -> Any:
        """How many variables it has."""
        return self.operator.size

    @property
    def exact(self) -> bool:
        """Whether it is in exact numbers."""
        return isinstance(self.b, tuple)

    @cached_property
    def A(self) -> Any:
        """The matrix (n, n): SymPy if exact, else an array.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If n is too large for a matrix in full.
        """
        return self.operator.matrix() if self.exact else self.operator.dense()

    @cached_property
    def minimizer(self) -> Any:
        """The w at which the gradient is zero: a tuple if exact, else an array.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If it is not unique, or if n is too large and no closed form is known.
        """
        if not self.exact:
            if isinstance(self.operator, Diagonal):
                values = np.asarray(self.operator.diagonal, dtype=np.float64)
                if not values.all():
                    raise ArgumentError("the matrix is singular: the minimizer is not unique")
                return self._b / values
            try:
                return np.linalg.solve(self.A, self._b.ravel()).reshape(self._b.shape)
            except np.linalg.LinAlgError:
                raise ArgumentError("the matrix is singular: the minimizer is not unique") from None
        A = DomainMatrix.from_Matrix(self.A).to_field()
        if A.rank() < self.n:
            raise ArgumentError("the matrix is singular: the minimizer is not unique")
        right = DomainMatrix.from_Matrix(sympy.Matrix(self.b)).convert_to(A.domain)
        return tuple(A.lu_solve(right).to_Matrix())

    @cached_property
    def spectrum(self) -> Any:
        """The n eigenvalues in increasing order: a tuple of exact numbers if exact, else an array (n,).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If n is too large and no closed form is known.
        """
        if not self.exact:
            if isinstance(self.operator, Diagonal):
                return np.sort(np.asarray(self.operator.diagonal, dtype=np.float64))
            return np.linalg.eigvalsh(self.A)
        if isinstance(self.operator, Diagonal):
            return tuple(sorted(exact_vector(self.operator.diagonal) or (), key=lambda x: sympy.N(x, 30)))
        if self.n > MOST_ROOTS:
            raise ArgumentError(
                f"exact eigenvalues of {self.n} rows are roots of a polynomial of that degree (the limit is {MOST_ROOTS}): "
                "make the problem of floats, such as 1.0 in place of 1"
            )
        return tuple(sympy.Poly(self.A.charpoly().as_expr(), self.A.charpoly().gen).real_roots())

    @property
    def condition_number(self) -> Any:
        """The largest eigenvalue over the smallest; infinite if the smallest is not positive.

        Of a problem that is not exact and too large for a matrix in full, by :meth:`Operator.ends`, which needs SciPy.
        """
        if self._iterative:
            (low, *_), high = self.operator.ends()
        else:
            low, high = self.spectrum[0], self.spectrum[-1]
        if self.exact:
            return high / low if low > 0 else sympy.oo
        # Of a singular matrix the least eigenvalue comes out as rounding leaves it.
        return high / low if low > self.n * np.finfo(np.float64).eps * abs(high) else float("inf")

    @property
    def _iterative(self) -> bool:
        """Whether the spectrum is out of reach, but not its ends."""
        return not self.exact and self.n > MOST_DENSE and not isinstance(self.operator, Diagonal)

    @cached_property
    def _b(self) -> Array:
        return np.asarray(self.b, dtype=np.float64).reshape(self.operator.shape)

    def gradient(self, w: Any) -> Any:
        """A w - b.

        Parameters
        ----------
        w : sequence of n exact terms, or array (n,) or of the grid's shape
            Exact terms (int, Fraction, SymPy) in an exact problem give exact terms.

        Returns
        -------
        tuple of n SymPy terms, or array of the shape of w

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If w does not have n real entries.
        """
        if (terms := self._terms(w)) is not None:
            return tuple(a - b for a, b in zip(self._product(terms), self.b, strict=True))
        numbers = self._numbers(w)
        result = self.operator.apply(numbers.reshape(self.operator.shape))
        result -= self._b
        return result.reshape(numbers.shape)

    def value(self, w: Any) -> Any:
        """f(w), for the same w as in :meth:`gradient`: a SymPy term, or a float."""
        if (terms := self._terms(w)) is not None:
            parts = (x * (a / 2 - b) for x, a, b in zip(terms, self._product(terms), self.b, strict=True))
            return sympy.expand(sympy.Add(*parts, self.constant))
        numbers = self._numbers(w).reshape(self.operator.shape)
        return float(np.vdot(numbers, self.operator.apply(numbers) / 2 - self._b)) + float(self.constant)

    def _terms(self, w: Any) -> tuple[Any, ...] | None:
        terms = exact_vector(w) if self.exact else None
        if terms is not None and len(terms) != self.n:
            raise ArgumentError(f"expected w with {self.n} entries; given {len(terms)}")
        return terms

    def _product(self, terms: tuple[Any, ...]) -> list[Any]:
        sums: list[list[Any]] = [[] for _ in terms]
        for i, j, value in zip(*self.operator.coordinates(), strict=True):
            sums[int(i)].append(value * terms[int(j)])
        return [sympy.expand(sympy.Add(*parts)) for parts in sums]

    def _numbers(self, w: Any) -> Array:
        try:
            numbers = np.asarray(w)
            if np.iscomplexobj(numbers):
                raise TypeError
            numbers = numbers.astype(np.float64, copy=False)
        except (TypeError, ValueError):
            raise ArgumentError("expected w as real numbers") from None
        if numbers.shape not in {self.operator.shape, (self.operator.size,)}:
            raise ArgumentError(f"expected w of shape {self.operator.shape}; given {numbers.shape}")
        return numbers
