r"""A method as a linear system, in the form that control theory and the programs of neighboring fields take.

A discrete-time system with state :math:`x`, input :math:`u` and output :math:`y` is :math:`x^{k+1} = A x^k + B u^k`,
:math:`y^k = C x^k + D u^k`. A method is one in two ways:

- The **open loop** is the method alone, a controller: it is given the gradients of a step and answers with the points at which
  it takes them (Lessard, Recht, Packard 2016, section 2). The objective is whatever closes the loop.
- The **closed loop** is the method on one mode of a quadratic, of curvature :math:`\lambda`: it is given the error of each
  gradient and answers with the iterate. Its poles are the eigenvalues of the iteration matrix; the square of its H2 norm is the
  stationary variance for errors of variance one.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
import sympy

from symmomentum.errors import ArgumentError, MethodTypeError, nearest
from symmomentum.iteration import Iteration
from symmomentum.symbols import lam as curvature
from symmomentum.symbols import parameter
from symmomentum.update_rule import ITERATE

__all__ = ["StateSpace", "state_space"]

UNDEFINED = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)


@dataclass(frozen=True, eq=False, repr=False)
class StateSpace:
    """A discrete-time linear system: x^{k+1} = A x^k + B u^k, y^k = C x^k + D u^k.

    Attributes
    ----------
    A, B, C, D : ndarray of float64, not writable, or sympy.ImmutableMatrix
        Of shapes (s, s), (s, i), (o, s), (o, i) for s states, i inputs and o outputs. Arrays if no symbol is left in them. Each
        number is the exact value, rounded once.
    method : str
        The method's name.
    state : tuple of str
        The state variables, in the order of the update rule.
    inputs, outputs : tuple of str
        For the open loop the gradients ``g1``, ... of one step and the points ``y1``, ... at which they are taken, in the order
        of the calls; for the closed loop the errors ``eps1``, ... of these gradients and the iterate ``w``.
    curvature : number, expression or None
        Of the mode on which the loop is closed; None for the open loop.
    pull : number or expression
        The gradient that keeps the method at rest at w = 1: 0 but for a decay.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> system = state_space(Iteration(catalog["heavy-ball"]))
    >>> system
    <open loop of heavy-ball: states z, w; inputs g1; outputs y1>
    >>> system.A, system.B
    (Matrix([
    [       beta, 0],
    [-alpha*beta, 1]]), Matrix([
    [     1],
    [-alpha]]))
    >>> state_space(Iteration(catalog["heavy-ball"]), 1, alpha=0.5, beta=0.25).A
    array([[ 0.25 ,  1.   ],
           [-0.125,  0.5  ]])
    """

    A: Any
    B: Any
    C: Any
    D: Any
    method: str
    state: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    curvature: Any
    pull: Any

    def __repr__(self) -> str:
        loop = "open loop" if self.curvature is None else f"loop at curvature {self.curvature}"
        state, inputs, outputs = map(", ".join, (self.state, self.inputs, self.outputs))
        return f"<{loop} of {self.method}: states {state}; inputs {inputs}; outputs {outputs}>"

    def to_control(self) -> Any:
        """The same as a ``control.StateSpace`` of `python-control <https://python-control.org>`_ (extra ``control``).

        Returns
        -------
        control.StateSpace
            With the time step ``True``: discrete, of no particular length. States, inputs and outputs keep their names.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If a symbol is left, or the package is not installed.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> system = state_space(Iteration(catalog["gradient-descent"]), 1, alpha=0.5)
        >>> system.to_control().poles()  # doctest: +SKIP
        array([0.5+0.j])
        """
        self._need_numbers("control")
        _need("control")
        import control

        return control.ss(
            self.A,
            self.B,
            self.C,
            self.D,
            True,
            states=list(self.state),
            inputs=list(self.inputs),
            outputs=list(self.outputs),
            name=self.method.replace(".", "_"),  # there, a dot stands between the names of a system and of a signal
        )

    def to_autolyap(self) -> Any:
        """The open loop as an algorithm of `AutoLyap <https://autolyap.github.io>`_ (extra ``autolyap``), which looks for
        Lyapunov functions by semidefinite programs (Upadhyaya, Das Gupta, Taylor, Banert, Giselsson 2026).

        There it is a method for one function: its problem class has one component, and each gradient of a step is one
        evaluation of it.

        Returns
        -------
        autolyap.algorithms.Algorithm
            Whose ``get_ABCD(k)`` gives these matrices for each k.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) For a closed loop; for a decay, for there a fixed point is a zero of the gradient; if a symbol is
            left, or the package is not installed.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> system = state_space(Iteration(catalog["gradient-descent"]), alpha=0.5)
        >>> system.to_autolyap().get_ABCD(0)[1]  # doctest: +SKIP
        array([[-0.5]])
        """
        if self.curvature is not None:
            raise ArgumentError(
                f"{self.method}: AutoLyap takes the method alone, for any objective: leave out the curvature {self.curvature}"
            )
        self._need_numbers("AutoLyap")
        if self.pull != 0:
            raise ArgumentError(
                f"{self.method}: AutoLyap takes methods that rest where the gradient is zero; with its decay this one rests at w "
                f"where the gradient is {self.pull} w: set the decay to 0, and add it to the objective"
            )
        _need("autolyap")
        from autolyap.algorithms import Algorithm

        matrices = self.A, self.B, self.C, self.D
        states, calls = self.B.shape

        class Traced(Algorithm):  # type: ignore[misc]  # it comes without types
            """A method that does the same in every step."""

            def __init__(self) -> None:
                super().__init__(n=states, m=1, m_bar_is=[calls], I_func=[1], I_op=[])

            def get_ABCD(self, k: int) -> tuple[Any, Any, Any, Any]:
                return matrices

        return Traced()

    def _need_numbers(self, who: str) -> None:
        if isinstance(self.A, np.ndarray):
            return
        symbols = set().union(*(m.free_symbols for m in (self.A, self.B, self.C, self.D)))
        names = ", ".join(sorted("lam" if s == curvature else s.name for s in symbols))
        raise ArgumentError(f"{self.method}: {who} takes numbers; give a number for {names}")


def state_space(iteration: Iteration, lam: Any = None, **parameters: Any) -> StateSpace:
    """The open loop of a method, or with a curvature its closed loop.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    lam : number or real expression, optional
        The curvature of the mode on which the loop is closed, in units of 1/alpha.
    **parameters : number or real expression
        The method's parameters; what is left out stays a symbol. A floating-point number stands for just the number that it is.

    Raises
    ------
    MethodTypeError
        (a ``TypeError``) If the method has no such parameter.
    ArgumentError
        (a ``ValueError``) If a value is no finite real number and no real expression in exact numbers, or if a matrix is
        undefined at these values or too large for floating point.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.symbols import lam
    >>> state_space(Iteration(catalog["nesterov"]), lam, beta=0).A
    Matrix([
    [0,            lambda],
    [0, -alpha*lambda + 1]])
    """
    method, system = iteration.method, iteration.system
    for name in parameters:
        if name not in method.parameters:
            raise MethodTypeError(f"{method.name}: unknown parameter {name!r}; {nearest(name, method.parameters)}")
    given = {parameter(name): (name, value) for name, value in parameters.items()}
    if lam is not None:
        given[curvature] = ("lam", lam)
    values = {symbol: _exact(f"{method.name}: {name}", value) for symbol, (name, value) in given.items()}
    calls = range(1, system.B.shape[1] + 1)
    if lam is None:
        matrices = system.A, system.B, system.C, system.D
        inputs, outputs = tuple(f"g{i}" for i in calls), tuple(f"y{i}" for i in calls)
    else:
        row = [int(name == ITERATE) for name in method.state]
        matrices = iteration.matrix, iteration.noise_input, sympy.Matrix([row]), sympy.zeros(1, len(calls))
        inputs, outputs = tuple(f"eps{i}" for i in calls), (ITERATE,)
    A, B, C, D, pull = _at(method.name, (*matrices, sympy.Matrix([system.pull])), values)
    return StateSpace(
        A=A,
        B=B,
        C=C,
        D=D,
        method=method.name,
        state=method.state,
        inputs=inputs,
        outputs=outputs,
        curvature=lam,
        pull=pull[0, 0],
    )


def _exact(what: str, value: Any) -> Any:
    """The value as an exact expression."""
    if isinstance(value, sympy.Float):
        return sympy.Rational(value)
    if isinstance(value, sympy.Expr):
        if value.has(sympy.Float):
            raise ArgumentError(f"{what} holds a floating-point number beside others: {value}; write it exactly")
        if not value.has(sympy.I, *UNDEFINED) and value.is_real is not False:
            return value
    elif isinstance(value, Integral) and not isinstance(value, bool):
        return sympy.Integer(int(value))
    elif not isinstance(value, bool):
        with contextlib.suppress(
            AttributeError, OverflowError, ValueError
        ):  # an array or a text; infinite; not a number
            return sympy.Rational(*value.as_integer_ratio())
    raise ArgumentError(f"{what} must be a finite real number or a real expression; given {value!r}")


def _at(name: str, matrices: tuple[Any, ...], values: Mapping[Any, Any]) -> tuple[Any, ...]:
    """The matrices at these values: arrays, if no symbol is left in any of them."""
    found = [sympy.ImmutableMatrix(m).xreplace(dict(values)) for m in matrices]
    for m in found:
        if m.has(*UNDEFINED):
            at = ", ".join(f"{s} = {v}" for s, v in values.items())
            raise ArgumentError(f"{name}: the rule is undefined at {at}")
    if any(m.free_symbols for m in found):
        return tuple(found)
    return tuple(_array(name, m) for m in found)


def _array(name: str, matrix: Any) -> np.ndarray[Any, Any]:
    try:
        rows = [[_double(entry) for entry in row] for row in matrix.tolist()]
    except OverflowError:
        raise ArgumentError(f"{name}: at these values a matrix is too large for floating point: {matrix}") from None
    array = np.array(rows, dtype=np.float64)
    array.setflags(write=False)
    return array


def _double(number: Any) -> float:
    return float(Fraction(int(number.p), int(number.q)) if number.is_Rational else number)


def _need(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ArgumentError(f"this needs {package}, which is not installed: pip install 'symmomentum[{package}]'")
