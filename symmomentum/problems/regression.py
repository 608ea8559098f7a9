r"""Polynomial regression: the design matrix, the eigenfeatures, and early stopping against Tikhonov regularization.

With :math:`Z_{ij} = \xi_i^{j-1}` the problem is :math:`\frac12\|Zw-d\|^2`, so that :math:`A = Z^TZ` and :math:`b = Z^Td`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.claims import Claim
from symmomentum.errors import ArgumentError
from symmomentum.problems.quadratic import Array, Dense, Quadratic, exact_number, exact_vector
from symmomentum.symbols import alpha, lam

__all__ = [
    "PolynomialRegression",
    "article_data",
    "early_stopping_filter",
    "filter_claims",
    "polynomial_regression",
    "tikhonov_filter",
]


def article_data() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The ten inputs and observations of the article's figures, as exact rationals; the degree there is 5.

    >>> x, d = article_data()
    >>> x[0], d[0]
    (-3/5, -3/2)
    """
    x = (-12, -11, -10, -9, -8, 8, 9, 10, 11, 12)
    d = (-3, -4, -5, -3, -2, 1, 2, 3, 2, 1)
    return tuple(sympy.Rational(v, 20) for v in x), tuple(sympy.Rational(v, 2) for v in d)


def polynomial_regression(x: Any, y: Any, degree: int) -> PolynomialRegression:
    """Least squares over the monomials 1, x, ..., x^degree.

    Parameters
    ----------
    x, y : sequences of m numbers
        Inputs and observations. Exact (int, Fraction, SymPy rationals) in all entries gives an exact problem.
    degree : int
        At least 0 and less than the number of different inputs, so that the minimizer is unique.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the data are not finite numbers of one length, or the degree does not fit.

    Examples
    --------
    >>> line = polynomial_regression([0, 1, 2], [1, 2, 4], 1)
    >>> line.A, line.b, line.minimizer
    (Matrix([
    [3, 3],
    [3, 5]]), (7, 10), (5/6, 3/2))
    >>> polynomial_regression(*article_data(), 5).condition_number > 10**5
    True

    Notes
    -----
    goh2017, section Example: Polynomial Regression.
    """
    powers = exact_number(degree)
    if powers is None or not powers.is_Integer or powers < 0:
        raise ArgumentError(f"degree must be a non-negative integer; given {degree!r}")
    inputs, observations = _data("x", x), _data("y", y)
    if len(inputs) != len(observations):
        raise ArgumentError(f"x and y must have one length; given {len(inputs)} and {len(observations)}")
    count = int(powers) + 1
    if (different := len(set(inputs))) < count:
        raise ArgumentError(f"a polynomial of degree {degree} needs {count} different inputs; given {different}")
    if isinstance(inputs, tuple) and isinstance(observations, tuple):
        Z: Any = sympy.ImmutableMatrix(len(inputs), count, lambda i, j: inputs[i] ** j)
        d: Any = sympy.ImmutableMatrix(observations)
        b: Any = tuple(Z.T * d)
        constant = (d.T * d)[0] / 2
    else:
        Z = np.vander(np.asarray(inputs, dtype=np.float64), count, increasing=True)
        d = np.asarray(observations, dtype=np.float64)
        b, constant = Z.T @ d, float(d @ d) / 2
    return PolynomialRegression(
        operator=Dense(Z.T @ Z), b=b, constant=constant, design=Z, inputs=inputs, observations=observations
    )


def _data(name: str, values: Any) -> Any:
    exact = exact_vector(values)
    if exact is not None and all(isinstance(v, sympy.Rational) for v in exact):
        result: Any = exact
    else:
        try:
            result = np.asarray(list(values) if isinstance(values, Iterable) else values, dtype=np.float64)
        except (TypeError, ValueError):
            raise ArgumentError(f"{name} must be numbers") from None
        if result.ndim != 1 or not np.isfinite(result).all():
            raise ArgumentError(f"{name} must be a sequence of finite numbers")
    if not len(result):
        raise ArgumentError(f"{name} is empty")
    return result


@dataclass(frozen=True, eq=False, kw_only=True)
class PolynomialRegression(Quadratic):
    """A polynomial regression; made by :func:`polynomial_regression`.

    Its eigenvalues in figures come from the singular values of the design, which loses half as many digits as Z^T Z does.

    Parameters
    ----------
    design : SymPy matrix or array (m, n)
        Z, with n = degree + 1.
    inputs, observations : tuple of m exact numbers, or array (m,)

    Examples
    --------
    >>> fit = polynomial_regression(*article_data(), 5)
    >>> values, features = fit.eigenfeatures
    >>> values.shape, features.shape
    ((6,), (6, 6))
    >>> early, ridge = fit.early_stopping(50), fit.tikhonov(0.01)
    >>> bool(np.linalg.norm(early) < np.linalg.norm(fit.early_stopping(10**7)))
    True
    """

    design: Any
    inputs: Any
    observations: Any

    @cached_property
    def _svd(self) -> tuple[Array, Array, Array]:
        """Singular values, in decreasing order; the coordinates of the observations; eigenvectors in columns."""
        Z = np.array(self.design.tolist(), dtype=np.float64)
        left, values, right = np.linalg.svd(Z, full_matrices=False)
        return values, left.T @ np.asarray(self.observations, dtype=np.float64), right.T

    @cached_property
    def minimizer(self) -> Any:
        """The least-squares weights, constant term first: exact if the data are, else by the singular values."""
        if self.exact:
            return Quadratic.minimizer.func(self)  # type: ignore[attr-defined]
        values, coordinates, vectors = self._svd
        return vectors @ (coordinates / values)

    @cached_property
    def spectrum(self) -> Any:
        """The eigenvalues of Z^T Z in increasing order: exact algebraic numbers if the data are exact, else an array (n,)."""
        if self.exact:
            return Quadratic.spectrum.func(self)  # type: ignore[attr-defined]
        return self._svd[0][::-1] ** 2

    @property
    def eigenfeatures(self) -> tuple[Array, Array]:
        """The eigenvalues in decreasing order (n,), and in column i the coefficients of the i-th eigenfeature (n, n).

        The most robust feature stands first, the one most sensitive to noise in the observations last. Each is unique up to
        its sign.
        """
        values, _, vectors = self._svd
        return values**2, vectors

    def early_stopping(self, steps: int, alpha: Any = None) -> Array:
        """The weights after so many steps of gradient descent from 0, by the closed form, (n,).

        Parameters
        ----------
        steps : int
            Not negative.
        alpha : float, optional
            The step size; by default that of the article's figure, 1.8 over the largest eigenvalue.
        """
        values = self._svd[0] ** 2
        step = 1.8 / values[0] if alpha is None else _real("alpha", alpha)
        return self._filtered(early_stopping_filter(values, step, steps))

    def tikhonov(self, eps: Any) -> Array:
        """The weights that minimize 1/2 |Zw - d|^2 + eps/2 |w|^2, (n,); eps must not be negative."""
        return self._filtered(tikhonov_filter(self._svd[0] ** 2, _real("eps", eps)))

    def _filtered(self, factors: Any) -> Array:
        values, coordinates, vectors = self._svd
        return np.asarray(vectors @ (factors * coordinates / values))


def _real(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ArgumentError(f"{name} must be a finite number; given {value!r}")
    return number


def early_stopping_filter(lam: Any, alpha: Any, steps: Any) -> Any:
    r"""The share :math:`1 - (1-\alpha\lambda)^k` of a mode's solution that k steps of gradient descent from 0 have reached.

    Parameters
    ----------
    lam, alpha, steps : numbers, SymPy terms or arrays
        Exact terms give a SymPy term, anything else NumPy with broadcasting.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If a number of steps is negative or not whole.

    Examples
    --------
    >>> early_stopping_filter(1, sympy.Rational(1, 2), 3), float(early_stopping_filter(1e-12, 0.5, 4))
    (7/8, 2e-12)

    Notes
    -----
    goh2017, footnote on early stopping; divided by the eigenvalue it is what stands there.
    """
    if (terms := exact_vector((lam, alpha, steps))) is not None:
        if terms[2].is_number and not (terms[2].is_Integer and terms[2] >= 0):
            raise ArgumentError(f"steps must be a non-negative integer; given {steps}")
        return 1 - (1 - terms[1] * terms[0]) ** terms[2]
    count = np.asarray(steps)
    if not np.issubdtype(count.dtype, np.integer) or (count < 0).any():
        raise ArgumentError(f"steps must be a non-negative integer; given {steps}")
    product = np.asarray(alpha, dtype=np.float64) * np.asarray(lam, dtype=np.float64)
    small = product < 0.5
    # For small products 1 - (1 - x)^k cancels; for the others a logarithm may not exist.
    near = -np.expm1(count * np.log1p(-np.where(small, product, 0)))
    with np.errstate(over="ignore"):
        far = 1 - (1 - np.where(small, 1, product)) ** count
    return np.where(small, near, far)


def tikhonov_filter(lam: Any, eps: Any) -> Any:
    r"""The share :math:`\lambda/(\lambda+\epsilon)` of a mode's solution that a quadratic penalty leaves.

    Parameters
    ----------
    lam, eps : numbers, SymPy terms or arrays
        Exact terms give a SymPy term, anything else NumPy with broadcasting.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If an eps is negative.

    Examples
    --------
    >>> tikhonov_filter(3, 1), float(tikhonov_filter(0.5, 0.5))
    (3/4, 0.5)

    Notes
    -----
    goh2017, footnote on Tikhonov regression.
    """
    terms = exact_vector((lam, eps))
    if terms[1].is_negative if terms is not None else (np.asarray(eps, dtype=np.float64) < 0).any():
        raise ArgumentError(f"eps must not be negative; given {eps}")
    if terms is not None:
        return terms[0] / (terms[0] + terms[1])
    values = np.asarray(lam, dtype=np.float64)
    return values / (values + np.asarray(eps, dtype=np.float64))


def filter_claims() -> tuple[Claim, ...]:
    """That the filters are what the two methods do to a mode.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(claim).status for claim in filter_claims()}
    {'proved'}
    """
    power, eps, right = sympy.symbols(
        "p_k eta c", real=True
    )  # (1 - alpha lam)^k; the penalty; the mode's entry of Z^T d
    source = "goh2017, section Example: Polynomial Regression, footnotes"
    reached = (1 - power) / lam * right
    return (
        Claim(
            id="polynomial-regression/early-stopping/step",
            title="A step of gradient descent turns the filter of k steps into that of k + 1 (for k = 0 both sides start at 0)",
            statement=sympy.Eq(
                reached - alpha * (lam * reached - right), (1 - (1 - alpha * lam) * power) / lam * right, evaluate=False
            ),
            assumptions=(sympy.Ne(lam, 0),),
            source=source,
        ),
        Claim(
            id="polynomial-regression/tikhonov",
            title="The penalized solution of a mode, and the two forms of its decay",
            statement=sympy.And(
                sympy.Eq((lam + eps) * (lam / (lam + eps) / lam * right), right, evaluate=False),
                sympy.Eq(1 / (lam + eps), (1 - 1 / (1 + lam / eps)) / lam, evaluate=False),
                evaluate=False,
            ),
            assumptions=(lam > 0, eps > 0),
            source=source,
        ),
    )
