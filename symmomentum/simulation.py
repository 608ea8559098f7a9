"""Stochastic gradients by simulation: the update rule itself, run on thousands of replicas, each with errors of its own.

This is the second way to every number of :mod:`symmomentum.noise`, and shares nothing with the first: no matrix and no closed
form is made or used here. The rule is called as an optimizer calls it, on arrays with one row for each replica, and its gradients
are wrong by random errors; what comes out are means over the replicas with their standard errors.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from symmomentum.errors import ArgumentError, MethodError, MethodTypeError, nearest
from symmomentum.methods import catalog
from symmomentum.update_rule import ITERATE, Method, _rebinding_array

__all__ = ["DISTRIBUTIONS", "Estimate", "Simulation", "simulate"]

Array = npt.NDArray[np.float64]

NUMBERS_AT_ONCE = 8192
"""How many entries of w are held for each state variable: few enough for the cache, enough to forget what a call costs."""
MOST_IN_A_MATRIX = 256
"""Up to this size a matrix is multiplied with all replicas at once; a larger one, mostly zeros, is applied to one by one."""
ROUNDING = 1e-12
"""Relative: what no standard error accounts for."""
SECONDS_WITHOUT_BAR = 1.0
SECONDS_TO_GUESS = 0.2
SECONDS_BETWEEN_UPDATES = 0.1

DISTRIBUTIONS: Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "gaussian": lambda rng, shape: rng.standard_normal(shape),
    "rademacher": lambda rng, shape: rng.choice((-1.0, 1.0), shape),
    "uniform": lambda rng, shape: rng.uniform(-math.sqrt(3), math.sqrt(3), shape),
    "laplace": lambda rng, shape: rng.laplace(scale=math.sqrt(0.5), size=shape),
}
"""Of errors, by name, all with mean zero and variance one: of the theory's claims none depends on which it is."""


# What is found --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Estimate:
    """Means over the replicas at some steps, and how far they may be off.

    Attributes
    ----------
    steps : tuple of int
        The recorded steps, along the first axis; empty for one step alone (:meth:`at`).
    value : ndarray, shape (steps, ...)
        The estimates.
    standard_error : ndarray, of the same shape
        Their standard deviations, estimated from the same replicas; 0 where no randomness enters, infinite where they overflow.

    Examples
    --------
    >>> Estimate((0, 10), np.array([1.0, 3.0]), np.array([0.0, 0.1])).at(10)
    3 +- 0.1
    """

    steps: tuple[int, ...]
    value: Array
    standard_error: Array

    def at(self, step: SupportsIndex) -> Estimate:
        """The estimate at one of the recorded steps, without the axis of steps.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If that step is not recorded.
        """
        if step not in self.steps:
            raise ArgumentError(f"step {step!r} is not recorded; recorded: {_shortened(self.steps)}")
        i = self.steps.index(step)
        return Estimate((), self.value[i], self.standard_error[i])

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Where the true values lie with this probability, each for itself: (lower ends, upper ends).

        By the normal distribution, which the mean of some hundred replicas follows well. Where the estimate is infinite, so are
        both ends.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the level is not between 0 and 1.

        Examples
        --------
        >>> low, high = Estimate((), np.array(3.0), np.array(0.1)).interval(0.95)
        >>> round(float(low), 3), round(float(high), 3)
        (2.804, 3.196)
        """
        if not 0 < level < 1:
            raise ArgumentError(f"the level of an interval lies between 0 and 1; given {level!r}")
        reach = statistics.NormalDist().inv_cdf((1 + level) / 2) * self.standard_error
        certain = np.isinf(self.value)
        with np.errstate(invalid="ignore"):
            return (
                np.where(certain, self.value, self.value - reach),
                np.where(certain, self.value, self.value + reach),
            )

    def within(self, expected: Any, sigmas: float = 4.0) -> npt.NDArray[np.bool_]:
        """Whether the expected values lie within so many standard errors, each for itself.

        Rounding is allowed for, by 1e-12 of the value. A true value is further off than 4 standard errors in one of 16000 cases.

        Parameters
        ----------
        expected : array_like
            Numbers of whatever kind, also SymPy's; of the shape of ``value`` or one that broadcasts to it.
        sigmas : float
            How many standard errors.

        Returns
        -------
        ndarray of bool, of the shape of ``value``
            Infinite is within infinite, and nothing else is; NaN is nowhere.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the expected values are no numbers or of another shape, or ``sigmas`` is negative.

        Examples
        --------
        >>> found = Estimate((), np.array([3.0, 3.0]), np.array([0.1, 0.1]))
        >>> found.within([3.3, 3.5])
        array([ True, False])
        """
        if not sigmas >= 0:
            raise ArgumentError(f"sigmas must not be negative; given {sigmas!r}")
        wanted = _numbers("the expected value", expected, finite=False)
        _broadcast("the expected value", wanted, self.value.shape)
        with np.errstate(invalid="ignore"):
            slack = sigmas * self.standard_error + ROUNDING * np.maximum(np.abs(self.value), np.abs(wanted))
            close = np.isfinite(self.value) & np.isfinite(wanted) & (np.abs(self.value - wanted) <= slack)
        return np.asarray(close | (self.value == wanted))

    def __repr__(self) -> str:
        if self.value.ndim == 0:
            return f"{float(self.value):.6g} +- {float(self.standard_error):.2g}"
        return f"Estimate(steps={_shortened(self.steps)}, value=array of shape {self.value.shape})"


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation:
    """What :func:`simulate` found, at the recorded steps.

    Attributes
    ----------
    method : str
        Its name.
    steps : tuple of int
        The recorded steps, in rising order.
    replicas : int
        How many times the method was run.
    minimizer : ndarray, of the shape of w
        The point from which distances are taken.
    mean : Estimate, shape (steps, *w.shape)
        E w.
    variance : Estimate, of the same shape
        E (w - E w)^2, entry by entry.
    second_moment : Estimate, of the same shape
        E (w - w*)^2, entry by entry.
    diverged : int or None
        The first step after which some replica was no longer finite. From there on squares are infinite and the mean is NaN;
        their own sums overflow a little earlier.
    """

    method: str
    steps: tuple[int, ...]
    replicas: int
    minimizer: Array = field(repr=False)
    mean: Estimate
    variance: Estimate
    second_moment: Estimate
    diverged: int | None
    _loss: Estimate | None = field(repr=False)
    _covariance: Estimate | None = field(repr=False)

    @property
    def loss(self) -> Estimate:
        """The expected loss above its minimum; shape (steps,).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the problem was a gradient without a ``loss``.
        """
        if self._loss is None:
            raise ArgumentError(f"{self.method}: the loss is not known from the gradient alone; give loss=... as well")
        return self._loss

    @property
    def covariance(self) -> Estimate:
        """The covariance of w, whose entries are counted through; shape (steps, w.size, w.size).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If it was not asked for.
        """
        if self._covariance is None:
            raise ArgumentError(f"{self.method}: the covariance was not recorded; say covariance=True")
        return self._covariance

    def __repr__(self) -> str:
        end = "" if self.diverged is None else f", diverged at step {self.diverged}"
        loss = "" if self._loss is None else f", loss {self._loss.at(self.steps[-1])} after {self.steps[-1]} steps"
        return f"<{self.method}: {self.replicas} replicas{loss}{end}>"


# The simulation -------------------------------------------------------------------------------------------------------


def simulate(
    method: str | Method,
    problem: Any,
    w0: Any,
    steps: SupportsIndex,
    *,
    noise: Any = None,
    relative_noise: float | None = None,
    distribution: str = "gaussian",
    replicas: SupportsIndex = 8192,
    seed: SupportsIndex = 0,
    record: Iterable[SupportsIndex] | None = None,
    covariance: bool = False,
    loss: Callable[[Array], Any] | None = None,
    minimizer: Any = None,
    **parameters: Any,
) -> Simulation:
    """Run a method many times from rest, with gradients that are wrong at random, and say what happens on average.

    The errors are drawn anew for every replica, every step and every gradient call within a step. The same seed gives the same
    numbers.

    Parameters
    ----------
    method : str or Method
        A name of the catalog, or any method.
    problem : number, array_like, Quadratic or callable
        A curvature, or one for each mode (shape (n,)): then the minimizer is 0. A Hessian of shape (n, n), again with the
        minimizer 0. A problem of :mod:`symmomentum.problems`. Or a gradient: a function that maps an array of shape
        ``(replicas, *w.shape)`` to the gradients, of the same shape.
    w0 : array_like
        Where all replicas start, of the shape of w; a number starts all modes there.
    steps : int
        How many steps to take.
    noise : number, array_like or callable
        What is added to each gradient. A number, or an array of the shape of w: the standard deviation of the errors. A matrix of
        shape (n, n) with n = w.size: their covariance. A function ``noise(rng, gradient)``: makes the errors, of the shape of
        ``gradient``, with the ``numpy.random.Generator`` that it gets.
    relative_noise : number
        The level s of noise in proportion to the gradient: each entry is multiplied by 1 + s xi before ``noise`` is added.
    distribution : str
        Of the errors and of xi: ``"gaussian"``, ``"rademacher"`` (two values), ``"uniform"`` or ``"laplace"``.
    replicas : int
        How many times the method is run, at least twice. A standard error falls with the square root of this number; that of a
        variance of Gaussian values is sqrt(2/replicas) of it.
    seed : int
        Not negative.
    record : iterable of int
        The steps at which means are taken, by default all from 0 to ``steps``.
    covariance : bool
        Whether the whole covariance of w is recorded.
    loss : callable
        Maps an array of shape ``(replicas, *w.shape)`` to losses, of shape (replicas,); in place of f - min f, which is known for
        all problems but a gradient alone.
    minimizer : array_like
        The point from which distances are taken if the problem is a gradient alone; by default 0.
    **parameters
        The method's parameters: each a number, or an iterable over its values at step 0, 1, ... Or what the method's schedule
        is made from.

    Returns
    -------
    Simulation

    Raises
    ------
    MethodTypeError
        (a ``TypeError``) If a parameter is missing or unknown, or ``method`` is no method.
    UnknownNameError
        (a ``KeyError``) If no method has that name.
    ArgumentError
        (a ``ValueError``) If an argument is not as described.
    MethodError
        (a ``ValueError``) If the gradient, the noise or the rule changes the shape, or the rule has no state at rest.

    Notes
    -----
    Means over replicas are as good as their second moments are finite: with relative noise near the limit of stability in mean
    square the squares have an infinite variance, and their standard errors are too small. For a rule with a decay the losses and
    distances are those of the problem itself.

    Examples
    --------
    >>> found = simulate("heavy-ball", 1.0, 1.0, 50, noise=0.5, alpha=0.25, beta=0.5, replicas=2000)
    >>> found.loss.at(0)
    0.5 +- 0
    >>> alpha, beta, lam, variance = 0.25, 0.5, 1.0, 0.5**2
    >>> stationary = alpha * (1 + beta) / (lam * (1 - beta) * (2 + 2 * beta - alpha * lam)) * variance
    >>> bool(found.loss.at(50).within(lam / 2 * stationary))
    True
    """
    method = _method(method)
    steps, replicas = _whole("steps", steps, 0), _whole("replicas", replicas, 2)
    seeds = np.random.SeedSequence(_whole("seed", seed, 0))
    recorded = _recorded(record, steps)
    each = _parameters(method, parameters, steps)
    task = _problem(problem, w0, loss, minimizer)
    disturbed = _disturbance(noise, relative_noise, distribution, task.start.shape)
    rest = method._numeric_rest(each[0])

    places = {step: i for i, step in enumerate(recorded)}
    iterates = _Moments(len(recorded), task.start.shape, pairs=covariance)
    losses = None if task.loss is None else _Moments(len(recorded), ())
    chunk = max(1, NUMBERS_AT_ONCE // max(1, task.start.size))
    sizes = [min(chunk, replicas - begun) for begun in range(0, replicas, chunk)]
    diverged: int | None = None
    # What overflows is infinite, and that is said in the result.
    with _Bar(len(sizes) * steps) as bar, np.errstate(all="ignore"):
        # A stream of random numbers for each chunk.
        for size, own in zip(sizes, seeds.spawn(len(sizes)), strict=True):
            run = _Replicas(method, task, disturbed, np.random.default_rng(own), rest, size)
            for step in range(steps + 1):
                if step:
                    run.advance(each[step - 1])
                    bar.advance()
                    if not np.isfinite(run.w).all():
                        diverged = step if diverged is None else min(step, diverged)
                if step in places:
                    iterates.add(places[step], run.w)
                    if losses is not None:
                        losses.add(places[step], task.losses(run.w))
    return Simulation(
        method=method.name,
        steps=recorded,
        replicas=replicas,
        minimizer=task.minimizer,
        mean=iterates.mean_estimate(recorded),
        variance=iterates.variance_estimate(recorded),
        second_moment=iterates.second_moment_estimate(recorded, task.minimizer),
        diverged=diverged,
        _loss=None if losses is None else _infinite(losses.mean_estimate(recorded)),
        _covariance=iterates.covariance_estimate(recorded) if covariance else None,
    )


class _Replicas:
    """Some replicas on their way: the state, and the rule that moves it."""

    def __init__(
        self,
        method: Method,
        task: _Problem,
        disturbed: Callable[[np.random.Generator, Array], Array],
        rng: np.random.Generator,
        rest: Sequence[float],
        size: int,
    ) -> None:
        self._method, self._task, self._disturbed, self._rng = method, task, disturbed, rng
        self._iterate = method.state.index(ITERATE)
        self._rebinding = _rebinding_array()  # the rule may write w += x, as it may in Method.run
        self._shape = (size, *task.start.shape)
        self._state: tuple[Any, ...] = tuple(weight * np.broadcast_to(task.start, self._shape) for weight in rest)

    @property
    def w(self) -> Array:
        return np.asarray(self._state[self._iterate])

    def advance(self, parameters: Mapping[str, Any]) -> None:
        method = self._method
        state = method._returned(method.rule(*map(self._rebinding, self._state), self._gradient, **parameters))
        for name, value in zip(method.state, state, strict=True):
            if np.shape(value) != self._shape:
                raise MethodError(
                    f"{method.name}: the rule returns {name} with shape {np.shape(value)}; expected {self._shape}"
                )
        self._state = state

    def _gradient(self, point: Any) -> Any:
        value = _shaped("the gradient", self._task.gradient(np.array(point)), self._shape)
        return self._rebinding(self._disturbed(self._rng, value))


# Means over replicas --------------------------------------------------------------------------------------------------


class _Moments:
    """Means, and sums of products of two, three and four deviations from them, at each recorded step.

    Chunks of replicas are added one after the other, and what is kept are the sums about the common mean: those about another
    point would lose their digits where the mean is far from it. Deviations are multiplied entry by entry, or all ``pairs`` of
    entries i, j with each other: then the sums are those of d_i d_j, d_i^2 d_j and d_i^2 d_j^2.
    """

    def __init__(self, recorded: int, shape: tuple[int, ...], *, pairs: bool = False) -> None:
        self._shape, self._pairs = shape, pairs
        flat = (math.prod(shape),)
        self._counts = [0] * recorded
        self._mean = np.zeros((recorded, *flat))
        self._sums = np.zeros((3, recorded, *(flat * 2 if pairs else flat)))

    def add(self, place: int, values: Array) -> None:
        """Values of shape (replicas, *shape)."""
        x = values.reshape(len(values), -1)
        d = x - x[0]  # so that equal values have no variance at all, not one of rounding
        mean = x[0] + d.mean(axis=0)
        d -= mean - x[0]
        squares = d * d
        if self._pairs:
            sums = np.array([d.T @ d, squares.T @ d, squares.T @ squares])
        else:
            sums = np.array([np.sum(y, axis=0) for y in (squares, squares * d, squares * squares)])
        before, here = self._counts[place], len(x)
        total = before + here
        apart = mean - self._mean[place]
        if before:
            sums = self._about(sums, here, apart * before / total)
            sums += self._about(self._sums[:, place], before, -apart * here / total)
        self._counts[place] = total
        self._mean[place] += apart * here / total
        self._sums[:, place] = sums

    def _about(self, sums: Array, count: int, a: Array) -> Array:
        """The sums of the products of d + a, from those of d, whose own sum is zero."""
        two, three, four = sums
        if self._pairs:
            own = two.diagonal()
            i, j, own_i, own_j, turned = a[:, None], a[None, :], own[:, None], own[None, :], three.T
        else:
            i, j, own_i, own_j, turned = a, a, two, two, three
        return np.array(
            [
                two + count * i * j,
                three + 2 * i * two + j * own_i + count * i**2 * j,
                four
                + 2 * (j * three + i * turned)
                + j**2 * own_i
                + i**2 * own_j
                + 4 * i * j * two
                + count * (i * j) ** 2,
            ]
        )

    @property
    def _own(self) -> Array:
        """The sums entry by entry."""
        return np.diagonal(self._sums, axis1=-2, axis2=-1) if self._pairs else self._sums

    def _made(self, steps: tuple[int, ...], value: Array, square: Array, shape: tuple[int, ...]) -> Estimate:
        """From the square of the standard error, which rounding can make negative."""
        n = self._counts[0]
        error = np.sqrt(np.where(np.isnan(square), np.inf, np.maximum(square, 0)) / n)
        return Estimate(steps, value.reshape(len(steps), *shape), error.reshape(len(steps), *shape))

    def mean_estimate(self, steps: tuple[int, ...]) -> Estimate:
        with np.errstate(all="ignore"):
            return self._made(steps, self._mean, self._own[0] / (self._counts[0] - 1), self._shape)

    def variance_estimate(self, steps: tuple[int, ...]) -> Estimate:
        n = self._counts[0]
        two, _, four = self._own
        with np.errstate(all="ignore"):
            value = two / (n - 1)
            return _infinite(self._made(steps, value, four / n - (n - 3) / (n - 1) * value**2, self._shape))

    def covariance_estimate(self, steps: tuple[int, ...]) -> Estimate:
        n = self._counts[0]
        two, _, four = self._sums
        with np.errstate(all="ignore"):
            value = two / (n - 1)
            own = np.diagonal(value, axis1=1, axis2=2)
            both = own[:, :, None] * own[:, None, :]
            square = four / n - ((n - 2) * value**2 - both) / (n - 1)
            return self._made(steps, value, square, value.shape[1:])

    def second_moment_estimate(self, steps: tuple[int, ...], minimizer: Array) -> Estimate:
        """Of the squares of d + a, with a the mean's distance from the minimizer."""
        n = self._counts[0]
        two, three, four = self._own
        a = self._mean - minimizer.reshape(-1)
        with np.errstate(all="ignore"):
            spread = four - two**2 / n + 4 * a * three + 4 * a**2 * two
            return _infinite(self._made(steps, two / n + a**2, spread / (n - 1), self._shape))


def _infinite(found: Estimate) -> Estimate:
    """Of what has one sign: where infinite values met, the result is NaN, and the truth is infinite."""
    return Estimate(found.steps, np.where(np.isnan(found.value), np.inf, found.value), found.standard_error)


# Arguments ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Problem:
    """What the replicas run on; functions map arrays with one more axis in front, that of the replicas."""

    start: Array
    gradient: Callable[[Array], Any]
    loss: Callable[[Array], Any] | None
    minimizer: Array

    def losses(self, w: Array) -> Array:
        assert self.loss is not None
        return _shaped("the loss", self.loss(np.array(w)), (len(w),))


def _problem(problem: Any, w0: Any, loss: Callable[[Array], Any] | None, minimizer: Any) -> _Problem:
    start = _numbers("w0", w0)
    if loss is not None and not callable(loss):
        raise ArgumentError(f"loss must be a function of arrays; given {loss!r}")
    alone = callable(problem)
    if minimizer is not None and not alone:
        raise ArgumentError("the minimizer of this problem is known; minimizer=... is for a gradient alone")
    if alone:
        lowest = np.zeros(start.shape) if minimizer is None else _numbers("the minimizer", minimizer)
        if lowest.shape != start.shape:
            raise ArgumentError(f"the minimizer must have the shape of w0, {start.shape}; given {lowest.shape}")
        return _Problem(start, problem, loss, lowest)
    # By what it has, not by its class: to import that would load SymPy.
    if hasattr(problem, "operator") and hasattr(problem, "gradient"):
        return _on_quadratic(problem, start, loss)
    curvature = _numbers("the problem (a curvature, a Hessian, a quadratic or a gradient)", problem)
    if curvature.ndim == 2:
        return _on_hessian(curvature, start, loss)
    if curvature.ndim > 2:
        raise ArgumentError(f"a curvature is a number or an array of shape (n,); given shape {curvature.shape}")
    if start.ndim == 0:
        start = np.broadcast_to(start, curvature.shape)
    _broadcast("the array of curvatures", curvature, start.shape, like="w0")
    return _quadratic(lambda w: curvature * w, start, np.zeros(start.shape), loss)


def _quadratic(
    product: Callable[[Array], Array], start: Array, minimizer: Array, loss: Callable[[Array], Any] | None
) -> _Problem:
    """With the gradient A (w - w*) for a product with A."""

    def above(w: Array) -> Array:
        d = w - minimizer
        return np.asarray((d * product(d)).reshape(len(d), -1).sum(axis=1) / 2)

    return _Problem(start, lambda w: product(w - minimizer), loss or above, minimizer)


def _on_hessian(A: Array, start: Array, loss: Callable[[Array], Any] | None) -> _Problem:
    _symmetric("a Hessian", A)
    if start.ndim == 0:
        start = np.broadcast_to(start, A.shape[:1])
    if start.shape != A.shape[:1]:
        raise ArgumentError(f"w0 must have shape {A.shape[:1]}, for a Hessian of shape {A.shape}; given {start.shape}")
    return _quadratic(lambda w: w @ A, start, np.zeros(start.shape), loss)


def _on_quadratic(problem: Any, start: Array, loss: Callable[[Array], Any] | None) -> _Problem:
    operator = problem.operator
    n, grid = operator.size, tuple(operator.shape)
    if start.shape not in {grid, (n,)}:
        raise ArgumentError(f"w0 must have shape {grid}, that of the problem; given {start.shape}")
    if n <= MOST_IN_A_MATRIX:
        try:
            A = operator.dense()
        except TypeError:  # of SymPy, for a symbol
            raise ArgumentError("the matrix of the problem must be in numbers") from None

        def product(w: Array) -> Array:
            return np.asarray((w.reshape(len(w), n) @ A).reshape(w.shape))
    else:

        def product(w: Array) -> Array:
            return np.array([operator.apply(row) for row in w.reshape(len(w), *grid)]).reshape(w.shape)

    return _quadratic(product, start, _minimizer(problem).reshape(start.shape), loss)


def _minimizer(problem: Any) -> Array:
    """If it is not unique, the shortest one: the losses are the same from all of them."""
    operator, b = problem.operator, _numbers("b", problem.b).reshape(-1)

    def stays(w: Array) -> bool:
        product = operator.apply(w.reshape(operator.shape)).reshape(-1)
        return bool(np.abs(product - b).max() <= 1e-6 * np.abs(b).max())

    with contextlib.suppress(ArgumentError):
        found = _numbers("the minimizer", problem.minimizer)
        if stays(found):  # where the matrix is all but singular it does not
            return found
    found = np.asarray(np.linalg.lstsq(operator.dense(), b, rcond=None)[0])
    if not stays(found):
        raise ArgumentError("the problem has no minimizer: it is unbounded below")
    return found


def _disturbance(
    noise: Any, relative: Any, distribution: Any, shape: tuple[int, ...]
) -> Callable[[np.random.Generator, Array], Array]:
    """What makes a wrong gradient from the true one."""
    if noise is None and relative is None:
        raise ArgumentError("give noise=... (a standard deviation, a covariance or a function) or relative_noise=...")
    if not isinstance(distribution, str) or distribution not in DISTRIBUTIONS:
        raise ArgumentError(f"unknown distribution {distribution!r}; {nearest(str(distribution), DISTRIBUTIONS)}")
    draw = DISTRIBUTIONS[distribution]
    level = _numbers("relative_noise", 0 if relative is None else relative)
    if level.ndim or level < 0:
        raise ArgumentError(f"relative_noise must be a number that is not negative; given {relative!r}")
    added = _added(0 if noise is None else noise, draw, shape)

    def disturbed(rng: np.random.Generator, gradient: Array) -> Array:
        value = gradient
        if level:
            value = value * (1 + level * draw(rng, gradient.shape))
        return value if added is None else value + added(rng, gradient)

    return disturbed


def _added(
    noise: Any, draw: Callable[[np.random.Generator, tuple[int, ...]], Array], shape: tuple[int, ...]
) -> Callable[[np.random.Generator, Array], Array] | None:
    if callable(noise):
        return lambda rng, gradient: _shaped("the noise", noise(rng, gradient.copy()), gradient.shape)
    given = _numbers("noise (a standard deviation, a covariance or a function)", noise)
    n = math.prod(shape)
    if given.shape == (n, n):
        factor = _factor(given)
        return lambda rng, gradient: (draw(rng, (len(gradient), n)) @ factor.T).reshape(gradient.shape)
    if given.shape not in {(), shape}:
        raise ArgumentError(
            f"noise must be a standard deviation, as number or of the shape of w, {shape}, or a covariance of shape {(n, n)}; "
            f"given shape {given.shape}"
        )
    if (given < 0).any():
        raise ArgumentError(f"a standard deviation is not negative; given {float(given.min())}")
    return (lambda rng, gradient: given * draw(rng, gradient.shape)) if given.any() else None


def _factor(covariance: Array) -> Array:
    """F with F F^T equal to it, also where it is singular."""
    _symmetric("a covariance", covariance)
    values, basis = np.linalg.eigh(covariance)
    if values.min() < -len(values) * 1e-14 * max(values.max(), -values.min()):
        raise ArgumentError(f"a covariance has no negative eigenvalue; this one has {float(values.min()):.6g}")
    return np.asarray(basis * np.sqrt(np.maximum(values, 0)))


def _symmetric(what: str, matrix: Array) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise ArgumentError(f"{what} is a square matrix; given shape {matrix.shape}")
    if np.abs(matrix - matrix.T).max(initial=0) > len(matrix) * 1e-14 * np.abs(matrix).max(initial=0):
        raise ArgumentError(f"{what} is a symmetric matrix; this one is not")


_OWN = (
    "noise", "relative_noise", "distribution", "replicas", "seed", "record", "covariance", "loss", "minimizer",
)  # fmt: skip
"""The names that a rule's parameter cannot have here, for they are arguments of :func:`simulate`."""


def _method(given: str | Method) -> Method:
    found = catalog[given] if isinstance(given, str) else given
    if not isinstance(found, Method):
        raise MethodTypeError(f"expected a method or the name of one; given {given!r}")
    if taken := [n for n in found.parameters if n in ("method", "problem", *_OWN)]:
        raise MethodTypeError(f"{found.name}: simulate has an argument {taken[0]!r} of its own; rename that parameter")
    return found


def _parameters(method: Method, given: Mapping[str, Any], steps: int) -> list[Mapping[str, Any]]:
    """Those of each step, at least of one, in numbers of Python."""
    needed = max(1, steps)
    numbers: dict[str, Any] = {}
    varying: dict[str, list[Any]] = {}
    for name, value in given.items():
        what = f"{method.name}: {name}"
        if isinstance(value, Iterable) and not isinstance(value, str) and getattr(value, "ndim", None) != 0:
            varying[name] = [_number(what, x) for x in itertools.islice(value, needed)]
        else:
            numbers[name] = _number(what, value)
    if not varying:
        each = [*itertools.islice(method._parameters_of_steps(numbers), needed)]
    else:
        method._check_parameters(given)
        for name, values in varying.items():
            if len(values) < needed:
                raise ArgumentError(f"{method.name}: {name} has {len(values)} values for {needed} steps")
        each = [{**numbers, **{n: values[i] for n, values in varying.items()}} for i in range(needed)]
    # The rule's own defaults may be exact numbers, with which arrays of floats become arrays of objects.
    defaults = {n: _number(f"{method.name}: {n}", v) for n, v in method.defaults.items()}
    return [{**defaults, **values} for values in each] if defaults else each


def _number(what: str, value: Any) -> int | float:
    """Whole numbers stay so: a rule may count with them."""
    if not isinstance(value, (bool, str)):
        if isinstance(value, (int, np.integer)):
            return int(value)
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            if math.isfinite(number := float(value)):
                return number
    raise ArgumentError(f"{what} must be a finite number, or an iterable over one for each step; given {value!r}")


def _numbers(what: str, value: Any, *, finite: bool = True) -> Array:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iufO":  # texts and truths are no numbers, though NumPy makes some of them
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{what} must be real numbers; given {value!r}") from None
    if finite and not np.isfinite(array).all():
        raise ArgumentError(f"{what} must be finite; given {value!r}")
    return array


def _shaped(what: str, value: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(value)
    if array.shape != shape:
        raise MethodError(
            f"{what} has shape {array.shape}; expected {shape}, with one row for each replica (replicas, ...)"
        )
    return array


def _broadcast(what: str, array: Array, shape: tuple[int, ...], like: str = "that of the estimate") -> None:
    with contextlib.suppress(ValueError):
        if np.broadcast_shapes(array.shape, shape) == shape:
            return
    raise ArgumentError(f"{what} has shape {array.shape}, which does not fit {like}, {shape}")


def _whole(what: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        raise ArgumentError(f"{what} must be an integer of at least {least}; given {value!r}")
    return int(value.__index__())


def _recorded(record: Any, steps: int) -> tuple[int, ...]:
    if record is None:
        return tuple(range(steps + 1))
    if isinstance(record, str) or not isinstance(record, Iterable):
        raise ArgumentError(f"record is an iterable over steps; given {record!r}")
    found = sorted({_whole("a recorded step", k, 0) for k in record})
    if not found or found[-1] > steps:
        raise ArgumentError(f"record holds at least one step, and none after the last one, {steps}; given {found}")
    return tuple(found)


def _shortened(steps: tuple[int, ...]) -> str:
    if len(steps) <= 6:
        return str(steps)
    return f"({', '.join(map(str, steps[:3]))}, ..., {steps[-1]})"


# For who waits --------------------------------------------------------------------------------------------------------


class _Bar:
    """How far the work is, on standard error if that is a terminal, once it is clear that it takes long; nothing of it stays."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._wanted = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._begun = self._last = time.monotonic()
        self._shown: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()

    def advance(self) -> None:
        self._done += 1
        if not self._wanted:
            return
        now = time.monotonic()
        if self._shown is not None:
            if now - self._last > SECONDS_BETWEEN_UPDATES:
                self._shown.update(self._shown.task_ids[0], completed=self._done)
                self._last = now
        elif (spent := now - self._begun) > SECONDS_TO_GUESS:
            if spent * self._total / self._done > SECONDS_WITHOUT_BAR:
                self._show()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._shown = Progress(
            TextColumn("simulating"),
            BarColumn(20),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # what a rule prints there is no part of the bar
        )
        self._shown.add_task("", total=self._total, completed=self._done)
        self._shown.start()
