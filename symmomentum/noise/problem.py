r"""Gradient noise on a whole quadratic, with errors of any covariance: in numbers.

With Hessian :math:`A` and errors of covariance :math:`C`, which need not commute with :math:`A`, the modes are no longer
independent of each other: in the eigenbasis of :math:`A` the covariance :math:`V_{ij}` between the states of the modes i and j
obeys :math:`V_{ij} = R(\lambda_i) V_{ij} R(\lambda_j)^T + C_{ij} B(\lambda_i) B(\lambda_j)^T`. The expected loss is the sum of
:math:`\lambda_i/2` times the variance of w in mode i, and so only the diagonal of :math:`C` in that basis enters it: what the
errors of different modes have in common changes the covariance of the iterate, and not the loss (:func:`problem_lemmas`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, MethodTypeError, nearest
from symmomentum.iteration import Iteration
from symmomentum.symbols import lam, parameter
from symmomentum.update_rule import ITERATE

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["ProblemNoise", "on_problem", "problem_lemmas"]


def problem_lemmas() -> tuple[Claim, ...]:
    """That only the diagonal of a covariance in the eigenbasis enters the loss: tr(A W) = sum of lam_i W'_ii, for two modes,
    the matrix W' in the basis that is turned by the angle whose half has the tangent t.

    For more modes it is the same: the trace of a product does not change in another orthonormal basis.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> [check(c).status for c in problem_lemmas()]
    ['proved']
    """
    t, x, y, u, v, w = sympy.symbols("t lambda_1 lambda_2 w_11 w_12 w_22", real=True)
    c, s = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    Q = sympy.Matrix([[c, -s], [s, c]])
    A, W = Q * sympy.diag(x, y) * Q.T, Q * sympy.Matrix([[u, v], [v, w]]) * Q.T
    return (
        Claim(
            id="two-modes/noise/loss",
            title="What the errors of two modes have in common does not enter the expected loss",
            statement=equal((A * W).trace() / 2, x / 2 * u + y / 2 * w),
            assumptions=(),
            source="the trace in another orthonormal basis",
        ),
    )


@dataclass(frozen=True)
class ProblemNoise:
    """A method with numbers for its parameters, on a quadratic of n dimensions with noise.

    Made by :meth:`symmomentum.noise.Noise.on`. Covariances are of shape (s, s, n, n): entry [a, b] is that of the state
    variables a and b, as n by n matrix in the coordinates of ``A``. Eigenvalues of ``A`` and entries of the noise that are zero
    up to rounding are taken to be zero; a mode without noise has none at any time, stable or not.

    Attributes
    ----------
    method : str
        Its name.
    iterate : int
        The place of w among the state variables.
    curvatures : ndarray, shape (n,)
        The eigenvalues of A, in rising order.
    basis : ndarray, shape (n, n)
        Its orthonormal eigenvectors, as columns.
    noise : ndarray, shape (n, n)
        The covariance of the gradient errors in that basis.
    R : ndarray, shape (n, s, s)
        The iteration matrices of the modes.
    B : ndarray, shape (n, s, c)
        Their noise inputs, for c gradient calls a step.
    rest : ndarray, shape (s,)
        The state at rest at w = 1.
    """

    method: str
    iterate: int
    curvatures: Array = field(repr=False)
    basis: Array = field(repr=False)
    noise: Array = field(repr=False)
    R: Array = field(repr=False)
    B: Array = field(repr=False)
    rest: Array = field(repr=False)

    @cached_property
    def stable(self) -> bool:
        """Whether every mode that gets noise is stable."""
        return _all_stable(self.R[self._noisy])

    @property
    def _noisy(self) -> Array:
        return self.noise.diagonal() > 0

    @property
    def _input(self) -> Array:
        """C_ij B(lam_i) B(lam_j)^T, of shape (n, n, s, s)."""
        import numpy as np

        shared = self.B[:, None] @ np.swapaxes(self.B, 1, 2)[None]
        scaled: Array = self.noise[:, :, None, None] * shared
        return scaled

    @cached_property
    def _stationary(self) -> Array:
        """In the eigenbasis, of shape (n, n, s, s)."""
        import numpy as np

        n, s = self.R.shape[:2]
        found = np.zeros((n, n, s, s))
        if not self.stable:
            found[...] = np.inf
            return found
        at = np.flatnonzero(self._noisy)
        pairs = np.ix_(at, at)
        R = self.R[at]
        solve = _stein if s <= 2 else _stein_by_elimination
        found[pairs] = solve(R[:, None], R[None], self._input[pairs])
        return found

    @property
    def stationary_covariance(self) -> Array:
        """In the limit of many steps; infinite if a mode that gets noise is not stable. Shape (s, s, n, n)."""
        return self._turned(self._stationary) if self.stable else _states_first(self._stationary)

    @property
    def iterate_covariance(self) -> Array:
        """Its part for the iterate w; shape (n, n)."""
        found: Array = self.stationary_covariance[self.iterate, self.iterate]
        return found

    @property
    def stationary_loss(self) -> float:
        """The expected loss above the minimum in the limit; infinite if a mode that gets noise is not stable.

        Flat directions cost nothing, however far the iterate goes there.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If a mode of negative curvature gets noise: there is no minimum.
        """
        used = self._noisy & (self.curvatures != 0)
        if (self.curvatures[used] < 0).any():
            raise ArgumentError(f"{self.method}: a curvature is negative, and the loss has no minimum")
        R = self.R[used]
        if not _all_stable(R):
            return float("inf")
        solve = _stein if R.shape[-1] <= 2 else _stein_by_elimination
        variances = solve(R, R, self._input[used, used])[:, self.iterate, self.iterate]
        return float(self.curvatures[used] @ variances / 2)

    def covariance(self, k: int) -> Array:
        """The covariance of the state after k steps from a state that is known; shape (s, s, n, n).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is not a non-negative integer.
        """
        return self._turned(self._after(k))

    def expected_loss(self, k: int, w0: Any) -> tuple[float, float]:
        """The expected loss above the minimum after k steps from rest: the part of the mean, and that of the noise.

        Parameters
        ----------
        k : int
            The step.
        w0 : array_like, shape (n,)
            w^0 less the minimizer.

        Returns
        -------
        (float, float)
            Their sum is the expected loss.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is not a non-negative integer or ``w0`` of another shape.
        """
        import numpy as np

        start = np.asarray(w0, dtype=np.float64)
        if start.shape != self.curvatures.shape or not np.isfinite(start).all():
            raise ArgumentError(f"{self.method}: w0 must be {len(self.curvatures)} finite numbers; given {w0!r}")
        covariance = self._after(k)
        mean = (np.linalg.matrix_power(self.R, k) @ self.rest)[:, self.iterate] * (self.basis.T @ start)
        return float(self.curvatures @ mean**2 / 2), self._loss(covariance)

    def _after(self, k: int) -> Array:
        """The covariance after k steps in the eigenbasis, by doubling: V^{i+j} = R^i V^j (R^i)^T + V^i."""
        import numpy as np

        if isinstance(k, bool) or not hasattr(k, "__index__") or k.__index__() < 0:
            raise ArgumentError(f"{self.method}: k must be a non-negative integer; given {k!r}")
        one = self._input
        total, power = np.zeros_like(one), np.broadcast_to(np.eye(self.R.shape[1]), self.R.shape)
        for bit in f"{k.__index__():b}":
            total, power = total + _moved(power, total), power @ power
            if bit == "1":
                total, power = _moved(self.R, total) + one, self.R @ power
        return total

    def _loss(self, covariance: Array) -> float:
        variances = covariance.diagonal()[self.iterate, self.iterate]
        used = self.curvatures != 0  # flat directions cost nothing, however far the iterate is
        return float(self.curvatures[used] @ variances[used] / 2)

    def _turned(self, covariance: Array) -> Array:
        """From the eigenbasis to the coordinates of A, with the state variables first."""
        return self.basis @ _states_first(covariance) @ self.basis.T


def on_problem(iteration: Iteration, A: Any, C: Any, parameters: Mapping[str, Any]) -> ProblemNoise:
    """A method on the quadratic with Hessian A, whose gradient errors have the covariance C.

    The errors have mean zero and are uncorrelated from step to step and from call to call within a step; they need not be
    Gaussian.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    A : array_like, shape (n, n)
        The Hessian: symmetric.
    C : array_like, shape (n, n), or number
        The covariance of the gradient errors: symmetric, no negative eigenvalue; it need not commute with A. A number stands
        for that multiple of the identity.
    parameters : mapping of str to number
        All parameters of the method.

    Raises
    ------
    MethodTypeError
        (a ``TypeError``) If a parameter is missing or unknown.
    ArgumentError
        (a ``ValueError``) If A or C is not as described, or a parameter is no finite number.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.noise import Noise
    >>> from symmomentum.stability import Stability
    >>> noise = Noise(Stability(Iteration(catalog["gradient-descent"])))
    >>> found = noise.on([[2, 1], [1, 2]], [[2, 0], [0, 1]], alpha=0.5)
    >>> found.iterate_covariance.round(6)
    array([[0.6, 0. ],
           [0. , 0.4]])
    >>> round(found.stationary_loss, 6), [round(x, 6) for x in found.expected_loss(1, [1, 0])]
    (1.0, [0.25, 0.75])
    """
    import numpy as np

    name = iteration.method.name
    hessian = _symmetric(name, "A", A)
    n = len(hessian)
    try:
        number = float(C) if np.ndim(C) == 0 else None
    except (TypeError, ValueError):
        raise ArgumentError(f"{name}: C must be a matrix or a number; given {C!r}") from None
    if number is not None and not np.isfinite(number):
        raise ArgumentError(f"{name}: C is no covariance: {number}")
    errors = _symmetric(name, "C", C) if number is None else number * np.eye(n)
    if errors.shape != hessian.shape:
        raise ArgumentError(f"{name}: C must have the shape of A, {hessian.shape}; given {errors.shape}")
    curvatures, basis = np.linalg.eigh(hessian)
    noise = basis.T @ errors @ basis
    slack = n * np.finfo(np.float64).eps
    if not np.isfinite(noise).all() or np.linalg.eigvalsh(noise).min() < -slack * np.abs(noise).max():
        raise ArgumentError(f"{name}: C is no covariance: it has a negative eigenvalue")
    curvatures[np.abs(curvatures) <= slack * np.abs(curvatures).max()] = 0
    silent = noise.diagonal() <= slack * noise.diagonal().max()
    noise[silent] = 0
    noise[:, silent] = 0
    values = _numbers(iteration, parameters)
    return ProblemNoise(
        method=name,
        iterate=iteration.method.state.index(ITERATE),
        curvatures=curvatures,
        basis=basis,
        noise=noise,
        R=_at(name, iteration.matrix, values, curvatures),
        B=_at(name, iteration.noise_input, values, curvatures),
        rest=_at(name, iteration.system.rest, values, curvatures[:1])[0, :, 0],
    )


def _symmetric(name: str, what: str, given: Any) -> Array:
    import numpy as np

    try:
        matrix = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size or not np.isfinite(matrix).all():
        raise ArgumentError(f"{name}: {what} must be a square matrix of finite numbers; given {given!r}")
    if np.abs(matrix - matrix.T).max() > len(matrix) * np.finfo(np.float64).eps * np.abs(matrix).max():
        raise ArgumentError(f"{name}: {what} must be symmetric")
    return (matrix + matrix.T) / 2


def _numbers(iteration: Iteration, parameters: Mapping[str, Any]) -> dict[Any, Any]:
    method = iteration.method
    for name in parameters:
        if name not in method.parameters:
            raise MethodTypeError(f"{method.name}: unknown parameter {name!r}; {nearest(name, method.parameters)}")
    given = {**method.defaults, **parameters}
    if missing := [n for n in method.parameters if n not in given]:
        raise MethodTypeError(f"{method.name}: missing parameter {', '.join(missing)}")
    values = {}
    for name, value in given.items():
        try:
            number = float(value)
            values[parameter(name)] = sympy.Rational(*number.as_integer_ratio())
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(f"{method.name}: {name} must be a finite number; given {value!r}") from None
    return values


def _at(name: str, matrix: Any, values: Mapping[Any, Any], curvatures: Array) -> Array:
    """A matrix with polynomials of lam as entries, at each curvature: shape (n, rows, columns)."""
    import numpy as np

    exact = sympy.ImmutableMatrix(matrix).xreplace(dict(values))
    polynomials = [sympy.Poly(entry, lam).all_coeffs()[::-1] for entry in exact]
    degree = max(map(len, polynomials))
    try:
        table = np.array([[float(x) for x in p] + [0] * (degree - len(p)) for p in polynomials], dtype=np.float64)
    except (OverflowError, TypeError):
        raise ArgumentError(f"{name}: at these parameters the rule is undefined or too large") from None
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.vander(curvatures, degree, increasing=True) @ table.T
    if not np.isfinite(found).all():
        raise ArgumentError(f"{name}: at these parameters the rule is undefined or too large")
    return found.reshape(len(curvatures), *exact.shape)


def _all_stable(R: Array) -> bool:
    import numpy as np  # here, because deriving theory needs no arrays

    return bool((np.abs(np.linalg.eigvals(R)) < 1).all())


def _moved(R: Array, covariance: Array) -> Array:
    """R_i V_ij R_j^T for all pairs of modes."""
    import numpy as np

    return R[:, None] @ covariance @ np.swapaxes(R, 1, 2)[None]


def _states_first(covariance: Array) -> Array:
    return covariance.transpose(2, 3, 0, 1)


def _stein(R: Array, S: Array, N: Array) -> Array:
    """The closed form of :func:`symmomentum.noise.lyapunov.stein` on arrays of matrices."""
    import numpy as np

    found: Array
    if R.shape[-1] == 1:
        found = N / (1 - R * S)
        return found
    p, q, u, v = (
        x[..., None, None]
        for M in (R, S)
        for x in (M[..., 0, 0] + M[..., 1, 1], M[..., 0, 0] * M[..., 1, 1] - M[..., 0, 1] * M[..., 1, 0])
    )
    A, C = p * np.eye(2) - R, np.swapaxes(u * np.eye(2) - S, -1, -2)
    first, second = u - p * v, p - u * q
    found = ((1 - q * v) * (N + A @ N @ C) - first * (A @ N) - second * (N @ C)) / ((1 - q * v) ** 2 - first * second)
    return found


def _stein_by_elimination(R: Array, S: Array, N: Array) -> Array:
    """The same for any number of states, as linear equations for the entries."""
    import numpy as np

    s = R.shape[-1]
    product = np.einsum("...ab,...cd->...acbd", R, S).reshape(*N.shape[:-2], s * s, s * s)
    return np.linalg.solve(np.eye(s * s) - product, N.reshape(*N.shape[:-2], s * s, 1)).reshape(N.shape)
