r"""The optimizer that you really use: its iteration matrix, recovered by running it.

An optimizer that steps is a system with gradients for inputs and iterates for outputs. Driven with gradients of our choice,
whatever it makes of them, it shows whether it is linear and does the same in every step; if so, its answers to single unit
gradients determine it:

.. math:: s^+ = A s + B u, \qquad y = C s + D u, \qquad w = c^T s,

with the gradients :math:`u` of one step and the points :math:`y` at which they are taken, over the fewest states that give
these answers (Ho and Kalman, "Effective construction of linear state-variable models from input/output functions", 1966). On a
quadratic, :math:`u = \lambda y` closes the loop: :math:`R(\lambda) = A + \lambda B (I - \lambda D)^{-1} C`. No quadratic is
ever fitted at some chosen curvatures, so nothing can hide between them, and an optimizer that diverges is no harder than one
that converges.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmomentum.errors import ArgumentError, MethodError, MethodTypeError, SymmomentumError, nearest
from symmomentum.methods import catalog
from symmomentum.update_rule import ITERATE, Method

__all__ = ["Extracted", "Match", "extract"]

Array = NDArray[Any]
Run = Callable[["_Gradients", Array, int], Any]
"""Of gradients, a start and a number of steps, the iterates: what every kind of optimizer is turned into."""

KINDS = {
    "method": "method of this package",
    "torch": "PyTorch optimizer",
    "optax": "Optax transformation",
    "run": "function (grad, w0, steps)",
    "minimize": "SciPy-style minimizer",
}
"""What is understood, and how it is called in messages."""

SHORT = 24
"""Steps of the runs that ask whether the optimizer is linear."""
LAGS = 60
"""How many steps of the answer to one gradient are looked at."""
SPACING = 13
"""Steps between two of the gradients that are tried one by one; well below LAGS, so that the answers overlap."""
MOST_STATES = 12
FACTOR = 1024.0
"""A power of two: multiplying by it is exact."""


# Results --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """A method of the catalog that gives the same answers to gradients.

    Attributes
    ----------
    method : str
        Its name in the catalog.
    parameters : dict of str to float
        Of the method. One that makes no difference here is 0.
    same_iterates : bool
        Whether the iterates agree. If not, the points at which gradients are taken do, and with them the characteristic
        polynomial.
    """

    method: str
    parameters: dict[str, float]
    same_iterates: bool

    @property
    def is_special(self) -> bool:
        """Whether a parameter is 0, so that a simpler method would do."""
        return 0.0 in self.parameters.values()

    @property
    def values(self) -> str:
        """The parameters as text."""
        return ", ".join(f"{name} = {value:.10g}" for name, value in self.parameters.items())


@dataclass(frozen=True, eq=False, repr=False)
class Extracted:
    r"""The linear iteration that an optimizer performs on one eigenvector of the Hessian; made by :func:`extract`.

    The methods take the curvature lam, a number; without it they use the ``sharpness`` that :func:`extract` was given.

    Attributes
    ----------
    kind : str
        ``"torch"``, ``"optax"``, ``"run"``, ``"minimize"`` or ``"method"``.
    states : int
        How many numbers it remembers from step to step, for each coordinate of w.
    calls : int
        How many gradients it asks for in each step.
    settled : int
        The first step from which on every step is the same, as far as was seen; 0 if there is nothing special about the first.
    checked : int
        How many steps were looked at.
    regularized : bool
        Whether w moves although the gradient is zero, as with weight decay: then the minimizer of f is not where it goes.
    tolerance : float
        The relative error up to which answers count as the same.
    A, B, C, D : ndarray
        The system of the module's introduction, of shapes (states, states), (states, calls), (calls, states), (calls, calls).
    output : ndarray of shape (states,)
        Which combination of the states is w.
    coefficients : ndarray of shape (calls + 1, states + 1)
        Of the characteristic polynomial: entry (i, j) belongs to ``lam**i * sigma**(states - j)``.
    stable_curvatures : tuple of (float, float)
        The open intervals of curvatures at which it is stable, in order.
    matches : tuple of Match
        Methods of the catalog that it equals, the simplest first; if there are none, those with its characteristic polynomial.
    sharpness : float or None
        The curvature that the user asked about.
    """

    kind: str
    states: int
    calls: int
    settled: int
    checked: int
    regularized: bool
    tolerance: float
    A: Array
    B: Array
    C: Array
    D: Array
    output: Array
    coefficients: Array
    stable_curvatures: tuple[tuple[float, float], ...]
    matches: tuple[Match, ...]
    sharpness: float | None

    @property
    def equals(self) -> Match | None:
        """The simplest method of the catalog that it equals: with the same answer to every gradient."""
        return next((m for m in self.matches if m.same_iterates), None)

    @property
    def threshold(self) -> float:
        """The edge of stability: the largest curvature up to which all positive ones are stable. 0 if the small ones are not,
        infinite if there is no such end."""
        return next((high for low, high in self.stable_curvatures if low <= 0 < high), 0.0)

    def characteristic_polynomial(self, lam: float | None = None) -> Array:
        """det(sigma I - R) at the curvature: the coefficients from the leading 1 down, shape (states + 1,)."""
        curvature = self._curvature(lam)
        return curvature ** np.arange(self.calls + 1) @ self.coefficients

    def iteration_matrix(self, lam: float | None = None) -> Array:
        """R at the curvature, shape (states, states).

        It is the companion matrix: it takes the last errors ``(e^k, e^(k-1), ...)`` of w to ``(e^(k+1), e^k, ...)``. Every
        form of the method has this matrix up to a change of its state variables.
        """
        return _companion(self.characteristic_polynomial(lam))

    def eigenvalues(self, lam: float | None = None) -> NDArray[np.complex128]:
        """The eigenvalues of R at the curvature, the largest in modulus first, shape (states,)."""
        found = np.linalg.eigvals(self.iteration_matrix(lam)).astype(np.complex128)
        return found[np.lexsort((-found.imag, -found.real, -np.abs(found).round(12)))]

    def rate(self, lam: float | None = None) -> float:
        """The spectral radius of R at the curvature: the factor per step by which the error shrinks in the long run."""
        return _radius(self.iteration_matrix(lam))

    def stable(self, lam: float | None = None) -> bool:
        """Whether the spectral radius is below 1, so that every error dies out."""
        curvature = self._curvature(lam)
        return any(low < curvature < high for low, high in self.stable_curvatures)

    def regime(self, lam: float | None = None) -> str:
        """How the error ends up behaving: ``"divergent"`` where it does not shrink, else by the eigenvalue that is largest in
        modulus ``"complex"``, ``"monotone"`` (positive) or ``"oscillating"`` (negative)."""
        if not self.stable(lam):
            return "divergent"
        first = self.eigenvalues(lam)[0]
        # Where two eigenvalues coincide, rounding moves them apart by the root of the error.
        if abs(first.imag) > math.sqrt(self.tolerance):
            return "complex"
        return "oscillating" if first.real < 0 else "monotone"

    def noise_amplification(self, lam: float | None = None) -> float:
        """The stationary variance of w per unit variance of the gradient error, errors of different calls and steps being
        independent; infinite where it is not stable.

        It is the sum of the squares of all later errors of w that one unit of error in a gradient call causes, over the calls
        of a step, by the discrete Lyapunov equation V = R V R^T + B B^T.
        """
        curvature = self._curvature(lam)
        if not self.stable(curvature):
            return math.inf
        R, B = _closed(self.A, self.B, self.C, self.D, curvature)
        V = _covariance(R, B)
        # In coordinates in which the covariance is nearly the identity the equation is as well conditioned as it can be; in those
        # of the runs, with a large curvature, all digits may be lost.
        squares, axes = np.linalg.eigh((V + V.T) / 2)
        if squares[0] < 1e-12 * squares[-1]:  # errors hardly reach some state, in which there are no such coordinates
            return float(self.output @ V @ self.output)
        root = axes * np.sqrt(squares)
        seen = self.output @ root
        return float(seen @ _covariance(np.linalg.solve(root, R @ root), np.linalg.solve(root, B)) @ seen)

    def _curvature(self, lam: float | None) -> float:
        if lam is not None:
            return _finite("lam", lam)
        if self.sharpness is None:
            raise ArgumentError("no curvature: give one here, or a sharpness to extract")
        return self.sharpness

    def __repr__(self) -> str:
        name = "no method of the catalog" if self.equals is None else f"{self.equals.method} with {self.equals.values}"
        return f"<{KINDS[self.kind]}: {name}>"

    def __str__(self) -> str:
        lines = [
            f"{KINDS[self.kind]}: linear, {_plural(self.states, 'state')}, {_plural(self.calls, 'gradient')} a step; "
            f"{self.checked} steps checked"
        ]
        if self.settled == 1:
            lines.append("  first step           not like the others; this is about those")
        elif self.settled:
            lines.append(f"  first {self.settled} steps      not all like the later ones; this is about those")
        label = "equals" if self.equals or not self.matches else "same polynomial as"
        # The simplest one by itself, then those with the same parameters together.
        groups: dict[tuple[bool, str], list[str]] = {}
        for i, match in enumerate(self.matches):
            groups.setdefault((i == 0, match.values), []).append(match.method)
        for (_, values), names in groups.items():
            lines.append(f"  {label:20} {', '.join(names)} with {values}")
            label = "also"
        if not groups:
            lines.append(f"  {label:20} no method of the catalog")
        if self.regularized:
            lines.append("  decay                w moves without gradient too; the minimizer of f is not where it goes")
        lines.append(f"  edge of stability    {_edge(self.threshold, self.stable_curvatures)}")
        if self.sharpness is not None:
            lines += [
                f"  at sharpness {self.sharpness:<7.6g} {'stable' if self.stable() else 'not stable'} ({self.regime()}), "
                f"rate {self.rate():.10g}",
                f"  noise amplification  {self.noise_amplification():.6g} (variance of w for gradient errors of variance 1)",
            ]
        return "\n".join(lines)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _edge(threshold: float, stable: tuple[tuple[float, float], ...]) -> str:
    if math.isinf(threshold):
        return "none: stable at every positive curvature"
    if threshold > 0:
        return f"at the curvature {threshold:.10g}"
    if not stable:
        return "none: not stable at any curvature"
    return "small positive curvatures are not stable; stable: " + ", ".join(f"{a:.10g} to {b:.10g}" for a, b in stable)


# The front door -------------------------------------------------------------------------------------------------------


def extract(
    optimizer: Any,
    *,
    sharpness: float | None = None,
    kind: str | None = None,
    steps: int = 1000,
    scale: float = 1.0,
    tolerance: float | None = None,
    **parameters: Any,
) -> Extracted:
    """Recover the iteration matrix of an optimizer by running it.

    It must treat the coordinates of w separately and alike, be linear in the gradients, and do the same in every step, but for
    a start that may be different. All of this is checked on the first ``steps`` steps and for gradients from ``scale`` to
    1024 times that; what was not seen there cannot be told.

    Parameters
    ----------
    optimizer
        - A function ``params -> optimizer`` that makes a PyTorch optimizer, or anything with ``step()``, of a list of tensors:
          ``lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)``. It is called several times.
        - An Optax ``GradientTransformation``, or anything with ``init`` and ``update``.
        - A function ``run(grad, w0, steps)`` that returns the iterates w^0 ... w^steps, shape (steps + 1, n), where ``grad``
          maps an array of shape (n,) to one.
        - A minimizer ``minimize(fun, x0, jac=..., callback=..., options={"maxiter": ...})`` as in SciPy; ``maxiter`` may also be
          an argument. SciPy's own choose their steps by what they see, so they are not linear.
        - A method of this package, or the name of one in the catalog, with its parameters.
    sharpness : float, optional
        The curvature (largest eigenvalue of the Hessian) of interest: what :class:`Extracted` answers for by default.
    kind : str, optional
        Which of these it is, ``"torch"``, ``"optax"``, ``"run"``, ``"minimize"`` or ``"method"``, if it does not show.
    steps : int
        How many steps to look at, at least 50. What fades out, such as a bias correction, must have done so in half of them.
    scale : float
        The size of the gradients that it is tried with.
    tolerance : float, optional
        The relative error up to which answers count as the same; by default 1e-11 in double precision and 1e-5 in single.
    **parameters
        Of a method of this package.

    Raises
    ------
    MethodError
        (a ``ValueError``) If the optimizer is not linear, or not the same in every step, or fails; the message says how that
        was seen.
    MethodTypeError
        (a ``TypeError``) If it is none of the above.
    ArgumentError
        (a ``ValueError``) If another argument is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> def run(grad, w0, steps):
    ...     path, velocity = [w0], 0
    ...     for _ in range(steps):
    ...         velocity = 0.9 * velocity + grad(path[-1])
    ...         path.append(path[-1] - 0.1 * velocity)
    ...     return np.array(path)
    >>> print(extract(run, sharpness=17))  # doctest: +ELLIPSIS
    function (grad, w0, steps): linear, 2 states, 1 gradient a step; 1000 steps checked
      equals               heavy-ball with alpha = 0.1, beta = 0.9
      also                 heavy-ball-two-step, ... with alpha = 0.1, beta = 0.9
      also                 heavy-ball-ema, ... with alpha = 1, beta = 0.9
      edge of stability    at the curvature 38
      at sharpness 17      stable (complex), rate 0.9486832981
      noise amplification  0.0532213 (variance of w for gradient errors of variance 1)
    >>> def by_sign(grad, w0, steps):
    ...     path = [w0]
    ...     for _ in range(steps):
    ...         path.append(path[-1] - 0.1 * np.sign(grad(path[-1])))
    ...     return np.array(path)
    >>> extract(by_sign)
    Traceback (most recent call last):
    ...
    symmomentum.errors.MethodError: function (grad, w0, steps): not linear: gradients 1024 times as large move w 1 times as far; \
it clips them, or divides by their size, as Adam does unless that is frozen
    """
    curvature = None if sharpness is None else _finite("sharpness", sharpness)
    if not hasattr(steps, "__index__") or steps < 50:
        raise ArgumentError(f"steps must be an integer of at least 50; given {steps!r}")
    if not _finite("scale", scale) > 0:
        raise ArgumentError(f"scale must be positive; given {scale!r}")
    if tolerance is not None and not 0 < _finite("tolerance", tolerance) < 1:
        raise ArgumentError(f"tolerance must be between 0 and 1; given {tolerance!r}")

    kind, name, run = _understood(optimizer, kind, parameters)
    probe = _Probe(name, run, float(scale), int(steps), tolerance)
    probe.count_calls()
    probe.check_linear()
    answers = probe.answers()
    system = _realize(probe, answers)
    coefficients = _coefficients(system, answers)
    stable = _stable_curvatures(coefficients, answers)
    found = Extracted(
        kind=kind,
        states=len(system.A),
        calls=probe.calls,
        settled=answers.settled,
        checked=int(steps),
        regularized=answers.regularized,
        tolerance=probe.tolerance,
        A=system.A,
        B=system.B,
        C=system.C,
        D=system.D,
        output=system.output,
        coefficients=coefficients,
        stable_curvatures=stable,
        matches=_matches(answers, system, probe.tolerance),
        sharpness=curvature,
    )
    probe.check_quadratics(found, answers.unit)
    return found


def _finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must be a number; given {value!r}") from None
    if not math.isfinite(number):
        raise ArgumentError(f"{name} must be finite; given {value!r}")
    return number


# What was given -------------------------------------------------------------------------------------------------------

_EXPECTED = (
    "expected a function that makes a PyTorch optimizer of its parameters, an Optax transformation, a function "
    "(grad, w0, steps), a minimizer as in SciPy, or a method of this package"
)


def _understood(optimizer: Any, kind: str | None, parameters: dict[str, Any]) -> tuple[str, str, Run]:
    """The kind, the name, and the optimizer as a function of gradients, a start and a number of steps."""
    if kind is None:
        kind = _kind(optimizer)
    elif kind not in KINDS:
        raise ArgumentError(f"unknown kind {kind!r}; {nearest(str(kind), KINDS)}")
    if kind == "method":
        method = catalog[optimizer] if isinstance(optimizer, str) else optimizer
        if not isinstance(method, Method):
            raise MethodTypeError(f"no method of this package: {_shown(optimizer)}")
        return kind, method.name, functools.partial(method.run, **parameters)
    if parameters:
        raise MethodTypeError(
            f"unknown argument {next(iter(parameters))!r}; only methods of this package take parameters"
        )
    if not (_transforms(optimizer) if kind == "optax" else callable(optimizer)):
        raise MethodTypeError(f"{KINDS[kind]}: {_shown(optimizer)} is none")
    adapters: dict[str, Callable[[Any], Run]] = {"torch": _of_torch, "optax": _of_optax, "minimize": _of_minimizer}
    return kind, KINDS[kind], adapters[kind](optimizer) if kind in adapters else optimizer


def _transforms(optimizer: Any) -> bool:
    return all(callable(getattr(optimizer, name, None)) for name in ("init", "update"))


def _kind(optimizer: Any) -> str:
    if isinstance(optimizer, (Method, str)):
        return "method"
    if _transforms(optimizer):
        return "optax"
    if callable(getattr(optimizer, "step", None)) and not isinstance(optimizer, type):
        raise MethodTypeError(
            f"{type(optimizer).__name__} holds parameters already; give a function that makes it of others, such as "
            "lambda p: torch.optim.SGD(p, lr=0.1)"
        )
    if not callable(optimizer):
        raise MethodTypeError(f"{_EXPECTED}; given {_shown(optimizer)}")
    try:
        arguments = inspect.signature(optimizer).parameters.values()
    except (TypeError, ValueError):
        raise MethodTypeError(
            f"its signature cannot be read, so say which kind it is: kind={' or '.join(KINDS)}"
        ) from None
    if {"fun", "x0"} <= {p.name for p in arguments}:
        return "minimize"
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p for p in arguments if p.kind in positional and p.default is p.empty]
    if len(required) not in (1, 3):
        raise MethodTypeError(
            f"{_EXPECTED}; given a function of {len(required)} arguments (say kind=... if it is one of these all the same)"
        )
    return "torch" if len(required) == 1 else "run"


def _shown(value: Any) -> str:
    """One short line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _of_torch(factory: Callable[[list[Any]], Any]) -> Run:
    torch = sys.modules.get("torch")
    if torch is None:
        raise MethodTypeError(
            "a function of one argument is taken to make a PyTorch optimizer, but torch is not imported"
        )

    def run(gradients: _Gradients, start: Array, steps: int) -> Array:
        w = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        optimizer = factory([w])
        step = getattr(optimizer, "step", None)
        if not callable(step):
            raise MethodTypeError(f"{KINDS['torch']}: the function returned {_shown(optimizer)}, which has no step()")
        clear = getattr(optimizer, "zero_grad", None)

        def closure() -> Any:
            point = w.detach().numpy().copy()
            w.grad = torch.from_numpy(gradients(point))
            return torch.tensor(gradients.value(point), dtype=torch.float64)

        by_closure = any(
            p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            for p in inspect.signature(step).parameters.values()
        )
        iterates = [start]
        for _ in range(steps):
            if callable(clear):
                clear()
            if by_closure:
                step(closure)
            else:
                closure()
                step()
            iterates.append(w.detach().numpy().copy())
        return np.array(iterates)

    return run


def _of_optax(transformation: Any) -> Run:
    jax = sys.modules.get("jax")

    def run(gradients: _Gradients, start: Array, steps: int) -> Array:
        as_array = np.array if jax is None else jax.numpy.asarray
        with _double_precision(jax):
            w = as_array(start)
            state = transformation.init(w)
            iterates = [np.asarray(w)]
            for _ in range(steps):
                updates, state = transformation.update(as_array(gradients(w)), state, w)
                w = w + updates
                iterates.append(np.asarray(w))
        return np.array(iterates)

    return run


def _double_precision(jax: Any) -> contextlib.AbstractContextManager[Any]:
    """JAX computes in single precision unless it is told otherwise; the place of this switch has changed."""
    for home in (jax, getattr(jax, "experimental", None)):
        switch = getattr(home, "enable_x64", None)
        if switch is not None:
            switched: contextlib.AbstractContextManager[Any] = switch(True)
            return switched
    return contextlib.nullcontext()


def _of_minimizer(minimize: Callable[..., Any]) -> Run:
    try:
        by_options = "maxiter" not in inspect.signature(minimize).parameters
    except (TypeError, ValueError):
        by_options = True

    before: bool | None = None

    def run(gradients: _Gradients, start: Array, steps: int) -> Array:
        nonlocal before
        seen: list[Array] = []
        length = {"options": {"maxiter": steps}} if by_options else {"maxiter": steps}
        result = minimize(
            gradients.value, start, jac=gradients, callback=lambda point, *_: seen.append(np.array(point)), **length
        )
        if before is None:
            # SciPy calls back after each step; some minimizers written in its style do so before. The first run tells, for
            # its gradients are not zero.
            before = bool(seen) and np.array_equal(seen[0], start)
        return np.array([*seen, getattr(result, "x", result)] if before else [start, *seen])

    return run


# Driving it -----------------------------------------------------------------------------------------------------------


class _Gradients:
    """What an optimizer is given for a gradient: answers by the number of the call and the point, which it writes down."""

    def __init__(
        self, shape: tuple[int, ...], answer: Callable[[int, Array], Array], value: Callable[[Array], float]
    ) -> None:
        self.points: list[Array] = []
        self._shape, self._answer, self._value = shape, answer, value

    def __call__(self, point: Any) -> Array:
        where = self._read(point)
        self.points.append(where)
        return np.array(self._answer(len(self.points) - 1, where), dtype=float)

    def value(self, point: Any) -> float:
        """Of the objective, for a line search."""
        return float(self._value(self._read(point)))

    def _read(self, point: Any) -> Array:
        where = np.array(point, dtype=float)
        if where.shape != self._shape:
            raise MethodError(f"it asks for a gradient at an array of shape {where.shape}; w has shape {self._shape}")
        return where


@dataclass(frozen=True)
class _Answers:
    """What the optimizer does with one unit of gradient, once every step is the same.

    Attributes
    ----------
    gradient : ndarray of shape (calls, LAGS + 1, 1 + calls)
        For a unit in each of the calls of one step: w, and the points of the calls, 0 ... LAGS steps later (w before that step).
    start : ndarray of shape (LAGS + 1, 1 + calls)
        The same in a run without gradient that was started at w = 1, from some step on.
    settled, regularized
        As in :class:`Extracted`.
    """

    gradient: Array
    start: Array
    settled: int
    regularized: bool

    @property
    def unit(self) -> float:
        """A curvature of the order of those that matter."""
        sizes = np.abs(self.gradient).max(axis=(0, 2))
        first = int(np.flatnonzero(sizes)[0])
        return float(1 / sizes[first : first + 3].max())


class _Probe:
    """An optimizer, driven."""

    def __init__(self, name: str, run: Run, scale: float, steps: int, tolerance: float | None) -> None:
        self.name, self.run, self.scale, self.steps = name, run, scale, steps
        self.calls = 1
        self.first_call = 0
        """The number of the call that is the first of step 0."""
        self._tolerance, self._precision = tolerance, 0.0

    @property
    def tolerance(self) -> float:
        """By default, what is far above the rounding errors of a few steps in the least precision that was seen."""
        return self._precision**0.7 if self._tolerance is None else self._tolerance

    def error(self, text: str) -> MethodError:
        return MethodError(f"{self.name}: {text}")

    def drive(
        self,
        answer: Callable[[int, Array], Array],
        start: Array,
        steps: int,
        value: Callable[[Array], float] = lambda point: 0.0,
    ) -> tuple[Array, Array]:
        """The iterates, shape (steps + 1, n), and the points of all calls, shape (number of calls, n)."""
        gradients = _Gradients(start.shape, answer, value)
        try:
            with np.errstate(all="ignore"):
                returned = np.asarray(self.run(gradients, start.copy(), steps))
        except SymmomentumError as error:
            raise (error if self.name in str(error) else type(error)(f"{self.name}: {error}")) from None
        except Exception as error:  # whatever goes wrong in code that is not ours
            first = next(iter(str(error).splitlines()), "")
            raise self.error(f"it raised {type(error).__name__}: {first}") from error
        if not gradients.points:
            raise self.error("it never asks for a gradient")
        if returned.shape[1:] == start.shape and 0 < len(returned) <= steps:
            raise self.error(
                f"not linear: it stopped by itself after {len(returned) - 1} of {steps} steps, so it depends on what it sees"
            )
        if returned.shape != (steps + 1, *start.shape) or returned.dtype.kind not in "fi":
            raise self.error(
                f"expected the iterates of {_plural(steps, 'step')}, shape {(steps + 1, *start.shape)}; given numbers "
                f"of type {returned.dtype}, shape {returned.shape}"
            )
        if returned.dtype.kind == "f":
            self._precision = max(self._precision, float(np.finfo(returned.dtype).eps))
        return returned.astype(float), np.array(gradients.points).reshape(len(gradients.points), *start.shape)

    # The checks -----------------------------------------------------------------------------------------------------

    def count_calls(self) -> None:
        """On a true quadratic, so that a method that looks at what it sees, as a line search does, behaves as it would."""
        curvature, start = np.array([1.0, 3, 0.1, 2, 1, 1, 0.5, 4]), np.array([1.0, -2, 3, 1, 1, 2, -1, -1])
        total = {}
        for steps in (1, 2, 3, SHORT):
            iterates, points = self.drive(
                lambda _, w: curvature * w, start, steps, lambda w: float(curvature @ (w * w)) / 2
            )
            if not np.array_equal(iterates[0], start):
                raise self.error("the first of its iterates is not where it was started")
            total[steps] = len(points)
        self.calls = total[2] - total[1]
        if self.calls < 1 or any(n != total[1] + (s - 1) * self.calls for s, n in total.items()):
            counts = ", ".join(f"{n} in {_plural(s, 'step')}" for s, n in total.items())
            raise self.error(f"not linear: it does not ask for the same number of gradients in each step ({counts})")

    def check_linear(self) -> None:
        """On random gradients: the answer to a sum is the sum of the answers, and so on.

        Each is a run with one coordinate, then all of them are coordinates of one run: what divides by the norm of the whole
        gradient does the same to all coordinates, and would look linear there.
        """
        calls = (SHORT + 2) * self.calls
        a, b = np.random.default_rng(0).normal(size=(2, calls)) * self.scale
        zero = np.zeros(calls)
        signals = np.array([a, -a, FACTOR * a, b, a + b, zero, zero, a]).T
        start = np.array([0.0, 0, 0, 0, 0, 0, 1, 1])

        def answers(*which: int) -> Array:
            """All iterates and points of a run, a column for each coordinate."""
            chosen = signals[:, which]
            iterates, points = self.drive(lambda call, _: chosen[call % calls], start[list(which)], SHORT)
            return np.concatenate([iterates, points])

        plain, opposite, larger, other, both = (answers(i)[:, 0] for i in range(5))
        if not np.array_equal(plain, answers(0)[:, 0], equal_nan=True):
            raise self.error("two equal runs differ: it is random, or keeps something from one run to the next")
        if not np.isfinite([plain, opposite, larger, other, both]).all():
            raise self.error("its iterates are not finite")
        reach = np.abs(plain).max()
        if reach == 0:
            raise self.error(f"the gradients do not move w in {SHORT} steps")
        if self.differ(larger, FACTOR * plain):
            times = np.abs(larger).max() / reach
            off = np.abs(larger / FACTOR - plain).max() / reach
            remark = "it clips them, or divides by their size, as Adam does unless that is frozen"
            if off < 0.1:
                remark = f"off by {off:.1g} of that, where {self.tolerance:.1g} would be rounding"
            raise self.error(
                f"not linear: gradients {FACTOR:.0f} times as large move w {times:.4g} times as far; {remark}"
            )
        if self.differ(opposite, -plain):
            raise self.error("not linear: the opposite gradients do not move w the opposite way")
        if self.differ(both, plain + other):
            raise self.error("not linear: its answer to the sum of two gradients is not the sum of its answers")
        # Only now, for what divides by the size of a gradient has no answer to zero.
        nothing, resting, started = (answers(i)[:, 0] for i in (5, 6, 7))
        if not np.isfinite([nothing, resting, started]).all():
            raise self.error("its iterates are not finite where the gradient is zero")
        if np.abs(nothing).max() > self.tolerance * reach:
            raise self.error("not linear: started at w = 0, and with gradients that are zero, it moves")
        if self.differ(started - resting, plain, np.abs(started).max()):
            raise self.error("not linear: its answer to a gradient depends on where w is")
        alone = np.array([plain, opposite, larger, other, both, nothing, resting, started])
        for one, together in zip(alone, answers(*range(len(alone))).T, strict=True):
            if not np.isfinite(together).all() or self.differ(together, one, float(reach)):
                raise self.error(
                    "a coordinate of w moves otherwise when it is alone: the others have an influence on it"
                )

    def differ(self, x: Array, y: Array, size: float = 0.0) -> bool:
        """Whether two arrays differ by more than rounding, in relation to the second or to what they were computed from."""
        return not bool(np.abs(x - y).max() <= self.tolerance * max(np.abs(y).max(), size))

    def answers(self) -> _Answers:
        """To single gradients in many steps, a coordinate each, and whether all of them are answered alike."""
        last = self.steps
        times = np.unique([*range(8), *range(8, last, SPACING), last // 2, *range(last - 8, last + 1)])
        units = [(time, call) for time in times.tolist() for call in range(self.calls)]
        total = last + LAGS + 1
        start = np.zeros(len(units) + 1)
        start[-1] = 1.0  # one more, without any gradient

        def answer(call: int, _: Array) -> Array:
            time, place = divmod(call - self.first_call, self.calls)
            found = [self.scale * ((time, place) == unit) for unit in units] if time in wanted else []
            return np.array([*(found or [0.0] * len(units)), 0.0])

        wanted = set(times.tolist())
        while True:
            iterates, points = self.drive(answer, start, total)
            queries = points[self.first_call :][: total * self.calls].reshape(total, self.calls, -1)
            # outputs[k, i] = (w^k, points of the calls in step k) of coordinate i
            outputs = np.concatenate([iterates[:-1, :, None], queries.transpose(0, 2, 1)], axis=2)
            if not any(outputs[time, i, 0] for i, (time, _) in enumerate(units)):
                break
            # w before the step knows the gradient: then calls that are not part of a step come first, not last.
            if self.first_call or len(points) == total * self.calls:
                raise self.error("its iterates depend on gradients that it asks for in a later step")
            self.first_call = len(points) - total * self.calls

        gradient = np.array([outputs[time : time + LAGS + 1, i] for i, (time, _) in enumerate(units)]) / self.scale
        gradient = gradient.reshape(len(times), self.calls, LAGS + 1, 1 + self.calls)
        if not np.isfinite(gradient).all():
            raise self.error("its iterates are not finite")
        settled = self.settled(times, gradient)
        at_rest = outputs[settled : settled + LAGS + 1, -1]
        if not np.isfinite(at_rest).all():
            raise self.error("its iterates are not finite")
        resting = outputs[: settled + LAGS + 1, -1, 0]  # not longer, for rounding errors may pile up
        return _Answers(gradient[-1], at_rest, settled, self.differ(resting, np.ones(len(resting))))

    def settled(self, times: Array, gradient: Array) -> int:
        """The first of the steps from which on all are answered alike."""
        reach = np.abs(gradient).max(axis=(1, 2, 3))
        apart = np.abs(gradient - gradient[-1]).max(axis=(1, 2, 3)) > self.tolerance * reach[-1]
        if not apart.any():
            return 0
        different = int(np.flatnonzero(apart)[-1])
        settled = int(times[different + 1])
        if settled > self.steps // 2:
            # The clearest pair to show: half way and the end, or else the last one that differs and the end.
            shown = int(np.searchsorted(times, self.steps // 2))
            shown = shown if apart[shown] else different
            ways = np.abs(gradient[[shown, -1], :, :, 0].sum(axis=1))
            lag = int(np.abs(ways[0] - ways[1]).argmax())
            raise self.error(
                f"step-dependent: {_plural(lag, 'step')} after a unit gradient in step {times[shown]}, w has moved by "
                f"{ways[0, lag]:.6g}, "
                f"after one in step {times[-1]} by {ways[1, lag]:.6g}; a schedule, or a correction that has not faded out in "
                f"{self.steps} steps"
            )
        return settled

    def check_quadratics(self, found: Extracted, unit: float) -> None:
        """On true quadratics: the answer to a unit error in one gradient is what the extracted system says."""
        low, high = next((ends for ends in found.stable_curvatures if np.isfinite(ends).all()), (0.0, unit))
        lams = low + (high - low) * np.array([0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.97])
        units = [(lam, call) for lam in lams.tolist() for call in range(self.calls)]
        curvature = np.array([lam for lam, _ in units])
        place = np.array([call for _, call in units])

        def answer(call: int, w: Array) -> Array:
            time, now = divmod(call - self.first_call, self.calls)
            error = self.scale * ((time == found.settled) & (place == now))
            return np.asarray(curvature * w + error)

        iterates, _ = self.drive(answer, np.zeros(len(units)), found.settled + LAGS + 1)
        for i, (lam, call) in enumerate(units):
            R, B = _closed(found.A, found.B, found.C, found.D, lam)
            expected = [found.output @ np.linalg.matrix_power(R, k) @ B[:, call] for k in range(LAGS + 1)]
            # Near the edge of stability errors pile up; what is looked for here is another behaviour, and that is not small.
            seen = iterates[found.settled + 1 :, i] / self.scale
            if not np.abs(seen - expected).max() <= math.sqrt(self.tolerance) * np.abs(expected).max():
                raise self.error(
                    f"not linear: on a quadratic of curvature {lam:.6g}, w does not move as its answers to single gradients tell"
                )


# From the answers to the system ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _System:
    A: Array
    B: Array
    C: Array
    D: Array
    output: Array


def _realize(probe: _Probe, answers: _Answers) -> _System:
    """The system with the fewest states that gives these answers, by Ho and Kalman's construction."""
    calls = probe.calls
    # markov[m] = C A^m B: inputs are the gradients of a step and, last, the state at rest; outputs are w and the points.
    markov = np.concatenate([answers.gradient[:, 1:], answers.start[None, :-1]]).transpose(1, 2, 0)
    # Where the answers grow, all that is seen in a sum of early and late ones is the late: make them level.
    half = LAGS // 2
    early, late = (np.abs(part).max(axis=(0, 1)) for part in (markov[:half], markov[half:]))
    growth = max(1.0, *(late[early > 0] / early[early > 0]) ** (1 / half))
    markov = markov * (growth ** -np.arange(LAGS))[:, None, None]
    sizes = np.abs(markov).max(axis=(0, 1))
    markov = markov / np.where(sizes > 0, sizes, 1)
    rows = np.arange(half)
    hankel, shifted = (
        markov[rows[:, None] + rows + shift].transpose(0, 2, 1, 3).reshape(half * (1 + calls), half * (1 + calls))
        for shift in (0, 1)
    )
    left, weights, right = np.linalg.svd(hankel)
    for states in range(1, MOST_STATES + 1):
        if weights[states - 1] == 0:
            break
        root = np.sqrt(weights[:states])
        A = (left[:, :states] / root).T @ shifted @ (right[:states] / root[:, None]).T
        outputs, inputs = (left[: 1 + calls, :states] * root), root[:, None] * right[:states, : 1 + calls]
        with np.errstate(all="ignore"):  # with too few states, A may be anything
            made = np.array([outputs @ np.linalg.matrix_power(A, m) @ inputs for m in range(LAGS)])
        if not probe.differ(made, markov):
            B, D = inputs[:, :calls] * sizes[:calls], answers.gradient[:, 0, 1:].T
            return _System(A * growth, B, outputs[1:], D, outputs[0])
    raise probe.error(
        f"its answer to a gradient follows no linear recurrence of order {MOST_STATES} or less: it remembers more than that"
    )


def _covariance(R: Any, B: Any) -> Any:
    """The solution of V = R V R^T + B B^T."""
    size = R.size
    return np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(size)).reshape(R.shape)


def _closed(A: Array, B: Array, C: Array, D: Array, lam: float) -> tuple[Array, Array]:
    """R, and how errors of the gradients enter, with the loop closed at a curvature."""
    into = B @ np.linalg.inv(np.eye(len(D)) - lam * D)
    return A + lam * into @ C, into


def _coefficients(system: _System, answers: _Answers) -> Array:
    """Of the characteristic polynomial, by powers of lam and falling powers of sigma.

    It is a polynomial in lam whose degree is the number of calls, so a few curvatures determine it.
    """
    calls = len(system.D)
    nodes = np.cos(np.pi * np.arange(calls + 1) / max(calls, 1))
    values = [np.poly(_closed(system.A, system.B, system.C, system.D, answers.unit * x)[0]) for x in nodes]
    scaled = np.linalg.solve(np.vander(nodes, increasing=True), np.array(values))
    scaled[np.abs(scaled) < 1e-13 * np.abs(scaled).max()] = 0.0
    found: Array = scaled / answers.unit ** np.arange(calls + 1)[:, None]
    return found


def _companion(polynomial: Array) -> Array:
    matrix = np.eye(len(polynomial) - 1, k=-1)
    matrix[0] = -polynomial[1:]
    return matrix


def _radius(matrix: Array) -> float:
    return float(np.abs(np.linalg.eigvals(matrix)).max())


# Stability ------------------------------------------------------------------------------------------------------------


def _stable_curvatures(coefficients: Array, answers: _Answers) -> tuple[tuple[float, float], ...]:
    """The intervals where the spectral radius is below 1.

    Where it crosses 1, a product of two eigenvalues is 1, so R x R has the eigenvalue 1: a polynomial eigenvalue problem in lam.
    Its real solutions cut the line into pieces on each of which the answer is the same.
    """
    unit = answers.unit
    scaled = coefficients * unit ** np.arange(len(coefficients))[:, None]
    parts = [
        _companion(scaled[0]),
        *(np.vstack([-row[1:], np.zeros((len(row) - 2, len(row) - 1))]) for row in scaled[1:]),
    ]

    def stable(x: float, margin: float = 0.0) -> bool:
        return _radius(_companion(x ** np.arange(len(scaled)) @ scaled)) < 1 - margin

    cuts = sorted({0.0, *_crossings(parts)})
    inner = [(a + b) / 2 for a, b in itertools.pairwise(cuts)]
    samples = [2 * min(cuts[0], -1.0) - 1, *inner, 2 * max(cuts[-1], 1.0) + 1]
    # An eigenvalue that is 1 at every curvature is not to be taken for a little less.
    inside = [stable(x, margin=1e-10) for x in samples]
    ends = [-math.inf]
    for i, (a, b) in enumerate(itertools.pairwise(samples)):
        if inside[i] != inside[i + 1]:
            ends.append(_change(stable, a, b, inside[i]))
    if not answers.regularized:  # then 0 is an end, exactly, of any interval that reaches it
        ends = [0.0 if abs(x) < 1e-9 else x for x in ends]
    ends = [*ends, math.inf]
    found = list(itertools.pairwise(ends))[0 if inside[0] else 1 :: 2]
    return tuple((float(a * unit), float(b * unit)) for a, b in found)


def _crossings(parts: Sequence[Array]) -> Iterator[float]:
    """The real x at which the Kronecker square of sum_i x^i parts[i] has the eigenvalue 1, nearly real ones included."""
    degree, size = 2 * (len(parts) - 1), len(parts[0]) ** 2
    square = np.zeros((degree + 1, size, size))
    square[0] = np.eye(size)
    for (i, P), (j, Q) in itertools.product(enumerate(parts), repeat=2):
        square[i + j] -= np.kron(P, Q)
    # In x = shift + 1/t, for at x = 0 the matrix is often singular, and its leading coefficient always.
    shift = -math.pi / 7
    moved = [
        sum(math.comb(j, i) * shift ** (j - i) * square[j] for j in range(i, degree + 1)) for i in range(degree + 1)
    ]
    block = np.eye(degree * size, k=-size)
    block[:size] = -np.concatenate([np.linalg.solve(moved[0], m) for m in moved[1:]], axis=1)
    for t in np.linalg.eigvals(block):
        if abs(t) > 1e-9:
            x = shift + 1 / t
            if abs(x.imag) < 1e-4 * (1 + abs(x)):
                yield float(x.real)


def _change(stable: Callable[[float], bool], low: float, high: float, at_low: bool) -> float:
    """Where stability changes between two numbers, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        if stable(middle) == at_low:
            low = middle
        else:
            high = middle
    return (low + high) / 2


# Names ----------------------------------------------------------------------------------------------------------------

NAMING_LAGS = 2 * max(len(m.state) for m in catalog.values())
"""How many steps of an answer are compared. Two systems of n states that answer alike for 2 n steps do so for good."""
STARTS, ROUNDS, COMBINATIONS = 24, 40, 50_000
FAVORITES, PATIENCE = 6, 6
"""So many of the best starts must become better by a tenth, on average, in so many rounds."""


def _matches(answers: _Answers, system: _System, tolerance: float) -> tuple[Match, ...]:
    """The methods of the catalog that answer alike, those with the fewest parameters first.

    Parameters are sought among those that are not zero: one, then two, and so on, up to the first number with which there is a
    match. What is redundant in a method then stays zero.
    """
    for same_iterates in (True, False):
        for count in range(1, 1 + max(len(m.parameters) for m in catalog.values())):
            found = list(_matches_of_size(count, answers, system, tolerance, same_iterates))
            if found:
                # Round numbers are more likely those that somebody chose.
                kept: list[Match] = []
                for match in sorted(found, key=lambda m: (max(map(_digits, m.parameters.values())) > 6, m.is_special)):
                    # A special case of a larger method adds nothing to a method of its own.
                    if not (match.is_special and any(not m.is_special for m in kept)):
                        kept.append(match)
                return tuple(kept)
    return ()


def _matches_of_size(
    count: int, answers: _Answers, system: _System, tolerance: float, same_iterates: bool
) -> Iterator[Match]:
    solved: dict[tuple[Any, tuple[str, ...]], Array | None] = {}
    guesses, order = _guesses(answers, system), _order(system, same_iterates)
    for method in catalog.values():
        if len(method.state) < order or _count_calls(method) != len(answers.gradient):
            continue
        for names in itertools.combinations(method.parameters, count):
            key = (method.rule, names)
            if key not in solved:
                solved[key] = _Fit(method, names, answers, same_iterates).solve(guesses, tolerance)
            values = solved[key]
            if values is None:
                continue
            chosen = dict(zip(names, values.tolist(), strict=True))
            found = Match(method.name, {n: chosen.get(n, 0.0) for n in method.parameters}, same_iterates)
            # What pulls w back to where it started gives the answers of a decay, but is none.
            if (method.regularized and _decays(method, found.parameters)) == answers.regularized:
                yield found
                break


def _order(system: _System, same_iterates: bool) -> int:
    """How many states it takes to give the answers to gradients that are compared."""
    powers = [np.linalg.matrix_power(system.A, k) for k in range(len(system.A))]
    rows = np.vstack([system.output, system.C] if same_iterates else [system.C])
    observed = np.vstack([rows @ power for power in powers])
    reached = np.hstack([power @ system.B for power in powers])
    return int(np.linalg.matrix_rank(observed @ reached, rtol=1e-9))


def _guesses(answers: _Answers, system: _System) -> Array:
    """Values that parameters may well have, from the poles p of the system and the size a of a step.

    A momentum is a pole, a product of them or 1 - p; a step size is a, or in an average a/(1 - p); a decay is (1 - p)/a or
    (1 - p) (1 - q)/a.
    """
    poles = np.linalg.eigvals(system.A)
    plain = np.unique(np.round([1.0, *poles.real, *(1 - poles.real), poles.prod().real], 14))
    plain = plain[np.abs(plain) > 1e-12]
    w = answers.gradient[:, :, 0].flatten()
    step = -w[np.flatnonzero(w)[0]]
    return np.unique(np.concatenate([plain, step / plain, np.outer(plain, plain).flatten() / step]))


class _Fit:
    """A method, some parameters of which are sought, the others being zero, so that its answers are these.

    What is compared are the increments of the answers from step to step, each in relation to the largest from there on: small
    ones, as of a slow velocity, tell as much about the parameters as large ones.
    """

    def __init__(self, method: Method, names: tuple[str, ...], answers: _Answers, same_iterates: bool) -> None:
        self.method, self.names, self.answers, self.same_iterates = method, names, answers, same_iterates
        changes = _changes(answers.gradient[:, : 2 * NAMING_LAGS, 0 if same_iterates else 1 :])
        later = np.maximum.accumulate(np.abs(changes)[:, ::-1], axis=1)[:, ::-1]
        self.sizes = np.maximum(later, 1e-4 * later.max())[:, : NAMING_LAGS + 1]
        self.target = (changes[:, : NAMING_LAGS + 1] / self.sizes).flatten()

    def solve(self, guesses: Array, tolerance: float) -> Array | None:
        """The values, or None if there are none; with several, those that somebody is likely to have chosen."""
        with np.errstate(all="ignore"):
            values = self.descend(self.starts(guesses))
            solutions = {tuple(f"{x:.4g}" for x in v): v for v in values.T[self.agree(values, tolerance)]}
            found = [_rounded(v, lambda at: bool(self.agree(at, tolerance))) for v in solutions.values()]
        return min(found, key=lambda at: (sum(map(_digits, at)), (at < 0).sum(), np.abs(at).sum()), default=None)

    def agree(self, values: Array, tolerance: float) -> Array:
        """Whether the answers are the same, for each start."""
        wanted = self.answers.gradient[:, : NAMING_LAGS + 1, 0 if self.same_iterates else 1 :]
        off = np.abs(self._answers(values).T - wanted.T).max(axis=(-1, -2, -3))
        return np.asarray(off <= tolerance * np.abs(wanted).max())

    def starts(self, guesses: Array) -> Array:
        """Good combinations of guesses, and random values, shape (parameters, starts)."""
        count, unit = len(self.names), 1 / self.answers.unit
        source = np.random.default_rng(0)
        if len(guesses) ** count <= COMBINATIONS:
            combined = np.array(np.meshgrid(*[guesses] * count)).reshape(count, -1)
        else:
            combined = source.choice(guesses, (count, COMBINATIONS))
        order = np.argsort(_cost(self.off(combined)), kind="stable")
        # With each guess for each parameter, the best of the others: where one is right, the others are not far.
        chosen = np.concatenate([order[np.unique(row[order], return_index=True)[1]] for row in combined])
        best = combined[:, np.unique(chosen)]
        shape = (count, STARTS)
        # The order of a step size is a unit; its inverse is that of a decay.
        signs = source.choice([1.0, 1.0, unit, unit, 1 / unit, -1.0, -unit], shape)
        return np.hstack([best, source.uniform(0.05, 1.2, shape) * signs])

    def descend(self, values: Array) -> Array:
        """Levenberg and Marquardt's iteration from all starts at once: where it ends."""
        count, starts = values.shape
        off = self.off(values)
        cost, damping, progress = _cost(off), np.full(starts, 1e-2), [math.inf] * PATIENCE
        for _ in range(ROUNDS):
            progress.append(float(np.log(np.sort(cost)[:FAVORITES] + 1e-14).mean()))
            if progress[-1] > progress[-1 - PATIENCE] - 0.1:
                break
            slopes = self.slopes(values)
            # In units in which each parameter has a derivative of size 1.
            weights = np.abs(slopes).max(axis=1)
            weights = np.where(np.isfinite(weights) & (weights > 0), weights, np.inf)
            scaled = np.nan_to_num(slopes / weights[:, None, :], posinf=0.0, neginf=0.0)
            normal = scaled.transpose(0, 2, 1) @ scaled + damping[:, None, None] * np.eye(count)
            right = scaled.transpose(0, 2, 1) @ np.nan_to_num(off)[:, :, None]
            tried = values - (np.linalg.solve(normal, right)[:, :, 0] / weights).T
            attempt = self.off(tried)
            better = _cost(attempt) < cost
            values, off = np.where(better, tried, values), np.where(better[:, None], attempt, off)
            cost = _cost(off)
            damping = np.where(better, damping / 10, np.minimum(damping * 5, 1e9)).clip(1e-14)
        return values

    def off(self, values: Array) -> Array:
        """What is off, shape (starts, increments)."""
        return np.asarray(self.increments(values).T - self.target)

    def slopes(self, values: Array) -> Array:
        """Derivatives of that, shape (starts, increments, parameters).

        A rule is plain arithmetic, so that a tiny imaginary step gives them without loss.
        """
        tiny = 1e-30 * np.abs(values).max(axis=0)[:, None]
        moved = values[:, :, None] + 1j * tiny * np.eye(len(values))[:, None]
        return np.asarray(self.increments(moved).transpose(1, 0, 2).imag / tiny[:, None])

    def increments(self, values: Array) -> Array:
        """In relation to the sizes of those that are wanted, in one axis before those behind the first of the values."""
        changes = _changes(self._answers(values))
        return np.asarray((changes.T / self.sizes.T).T.reshape(-1, *values.shape[1:]))

    def _answers(self, values: Array) -> Array:
        found = _answers_of(self.method, dict(zip(self.names, values, strict=True)), len(self.answers.gradient))
        return found[:, :, 0 if self.same_iterates else 1 :]


def _changes(answers: Array) -> Array:
    """From step to step."""
    return np.diff(answers, axis=1, prepend=0)


def _cost(off: Array) -> Array:
    """How far off each start is."""
    found = np.sqrt(np.square(off).sum(axis=1))
    return np.where(np.isfinite(found), found, np.inf)


def _rounded(values: Array, agrees: Callable[[Array], bool]) -> Array:
    """Decimals with few digits in place of values that do no better: all at once, else one by one."""
    count = len(values)
    for which in (list(range(count)), *([i] for i in range(count))):
        for digits in range(1, 7):
            rounded = values.copy()
            rounded[which] = [float(f"{values[i]:.{digits}g}") for i in which]
            if agrees(rounded):
                values = rounded
                break
    return values


def _answers_of(method: Method, parameters: dict[str, Any], calls: int) -> Array:
    """As :attr:`_Answers.gradient`, for fewer steps, with the axes of the parameters behind the others."""
    zero = np.zeros(np.shape(next(iter(parameters.values()))))
    settings = {n: parameters.get(n, zero) for n in method.parameters}
    found = []
    for place in range(calls):
        state: Any = [zero] * len(method.state)
        for time in range(NAMING_LAGS + 1):
            row = [state[method.state.index(ITERATE)]]

            def oracle(point: Any, time: int = time, place: int = place, row: list[Any] = row) -> Any:
                row.append(point)
                return zero + (time == 0 and len(row) - 2 == place)

            result = method.rule(*state, oracle, **settings)
            state = result if isinstance(result, tuple) else (result,)
            found += [zero + x for x in row]
    return np.array(found).reshape(calls, NAMING_LAGS + 1, 1 + calls, *zero.shape)


def _decays(method: Method, parameters: dict[str, float]) -> bool:
    """Whether a step without velocity and gradient moves w."""
    iterate = method.state.index(ITERATE)
    after = method(*(float(n == ITERATE) for n in method.state), lambda w: 0.0, **parameters)
    return bool((after[iterate] if isinstance(after, tuple) else after) != 1)


@functools.cache
def _count_calls(method: Method) -> int:
    """How many gradients a rule asks for in a step."""
    points = []

    def oracle(point: Any) -> Any:
        points.append(point)
        return point

    method.rule(*[1.0] * len(method.state), oracle, **dict.fromkeys(method.parameters, 0.5))
    return len(points)


def _digits(value: float) -> int:
    """How many digits it takes to write a number down; more than six count as all."""
    text = f"{value:.5e}"
    return len(text.partition("e")[0].strip("-0").replace(".", "").strip("0")) if float(text) == value else 17
