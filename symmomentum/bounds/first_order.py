r"""Linear first-order methods: the class, how methods unroll into it, and which methods belong to it.

A method of the class steps to the start plus a combination of the gradients so far,

.. math:: w^{k+1} = w^0 + \sum_{i \le k} \gamma_i^k \nabla f(w^i)
    \qquad\text{or}\qquad w^{k+1} = w^0 + \sum_{i \le k} \Gamma_i^k \nabla f(w^i), \quad \Gamma_i^k \text{ diagonal.}

As printed, gradients are taken at the iterates. Nesterov's method in the forms whose iterate is the point of the gradient is
of that form. A method that takes its gradients elsewhere, such as Sutskever's form or extragradient, is not: no steps fixed in
advance give its iterates for every f, since the gradient at its point may be anything, whatever those at the iterates are. But
its points, in the order in which gradients are taken, are of that form, each iterate being where a next point might be. So what
holds of the class holds of it with k the number of gradients, not of steps. (On quadratics alone, where the error of an iterate
is :math:`P_k(A)` times that of the start, every method with :math:`P_k(0) = 1` and :math:`P_k` of the exact degree k for all k is
of the printed form, with other steps.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.certificates import rational
from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, MethodTypeError, NotDerivedError, nearest
from symmomentum.methods import catalog
from symmomentum.symbols import L, alpha, beta, mu, parameter
from symmomentum.symbols import k as step_symbol
from symmomentum.update_rule import ITERATE, Method

__all__ = [
    "Member",
    "Unrolled",
    "membership",
    "run_first_order",
    "unrolled",
    "unrolled_claims",
    "unrolled_refuted",
]

_SOURCE = "goh2017, section Adventures in Algorithmic Space"


# The class ------------------------------------------------------------------------------------------------------------


def run_first_order(
    gradient: Callable[[Any], Any], w0: Sequence[Any], steps: Sequence[Sequence[Any]]
) -> list[list[Any]]:
    """Run a method of the class: each new iterate is w0 plus a combination of the gradients at the iterates so far.

    Parameters
    ----------
    gradient : callable
        From a list of n numbers to n numbers.
    w0 : sequence of n numbers
        Exact numbers stay exact.
    steps : sequence of rows
        Row k has the k + 1 steps that make the iterate k + 1: each a number, or a sequence of n numbers, the diagonal of a
        matrix.

    Returns
    -------
    list of iterates
        One more than rows; each a list of n numbers.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If a row, a diagonal or a gradient has the wrong length.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from symmomentum.problems import convex_rosenbrock
    >>> problem = convex_rosenbrock(3, 9)
    >>> run_first_order(problem.gradient, [0, 0, 0], [[-1], [-1, (-1, Fraction(-1, 2), 0)]])
    [[0, 0, 0], [1, 0, 0], [-1/2, 1/2, 0]]
    """
    start = list(w0)
    iterates, gradients = [start], []
    for k, row in enumerate(steps):
        if len(row) != k + 1:
            raise ArgumentError(
                f"row {k} of the steps must have {k + 1} entries, one for each gradient; given {len(row)}"
            )
        gradients.append(list(gradient(list(iterates[-1]))))
        if len(gradients[-1]) != len(start):
            raise ArgumentError(f"the gradient has {len(gradients[-1])} entries, the iterate {len(start)}")
        point = list(start)
        for step, g in zip(row, gradients, strict=True):
            diagonal = list(step) if np.ndim(step) or isinstance(step, (list, tuple)) else [step] * len(start)
            if len(diagonal) != len(start):
                raise ArgumentError(f"row {k}: a diagonal has {len(diagonal)} entries, the iterate {len(start)}")
            point = [w + d * x for w, d, x in zip(point, diagonal, g, strict=True)]
        iterates.append(point)
    return iterates


@dataclass(frozen=True)
class Unrolled:
    """Some steps of a method as combinations of its gradients.

    Attributes
    ----------
    method : Method
    start : tuple
        The coefficient of w^0 in w^0, w^1, ...: 1, but for a method with a decay.
    iterates : tuple of tuples
        ``iterates[k][j]``: the coefficient of the j-th gradient in w^k.
    point_start : tuple
        The coefficient of w^0 in the points at which the gradients are taken.
    points : tuple of tuples
        ``points[j][l]``: the coefficient of the l-th gradient in the point of the j-th, for l < j.
    """

    method: Method
    start: tuple[Any, ...]
    iterates: tuple[tuple[Any, ...], ...]
    point_start: tuple[Any, ...]
    points: tuple[tuple[Any, ...], ...]

    @cached_property
    def at_iterates(self) -> bool:
        """Whether one gradient is taken in each step, at the iterate that the step starts from."""
        return len(self.points) == len(self.iterates) - 1 and all(
            p == w and a == b
            for p, w, a, b in zip(self.points, self.iterates[:-1], self.point_start, self.start[:-1], strict=True)
        )

    @cached_property
    def from_start(self) -> bool:
        """Whether all iterates and points are w^0 plus a combination of gradients."""
        return all(x == 1 for x in (*self.start, *self.point_start))

    @property
    def printed(self) -> bool:
        """Whether these steps are of the printed form."""
        return self.at_iterates and self.from_start

    @property
    def steps(self) -> tuple[tuple[Any, ...], ...]:
        """The rows for :func:`run_first_order`.

        Raises
        ------
        NotDerivedError
            If the method is not of the printed form.
        """
        if not self.printed:
            where = (
                "takes gradients elsewhere than at the iterates"
                if self.from_start
                else "shrinks the start by its decay"
            )
            raise NotDerivedError(f"{self.method.name} {where}: it is not of the printed form")
        return self.iterates[1:]


def unrolled(method: Method | str, steps: Any, **parameters: Any) -> Unrolled:
    """What the coefficients of the gradients are after some steps from rest, read off the method's update rule.

    Parameters
    ----------
    method : Method or str
        A method, or a name of the catalog.
    steps : int
        How many steps.
    **parameters
        Exact values of the method's parameters or of what its schedule is made from; symbols where there is none.

    Returns
    -------
    Unrolled

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If ``steps`` is no non-negative integer or a value is no number.
    MethodTypeError
        (a ``TypeError``) If a parameter is unknown.
    UnknownNameError
        (a ``KeyError``) If the catalog has no method of that name.

    Examples
    --------
    >>> unrolled("heavy-ball", 2).iterates
    ((), (-alpha,), (-alpha*(beta + 1), -alpha))
    >>> unrolled("nesterov", 2, beta=1).iterates[2]
    (-3*alpha, -2*alpha)
    >>> unrolled("nesterov-sutskever", 2).points, unrolled("nesterov-sutskever", 2).printed
    (((), (-alpha*(beta + 1),)), False)
    >>> extragradient = unrolled("extragradient", 1)
    >>> extragradient.points, extragradient.iterates[1]
    (((), (-alpha,)), (0, -alpha))
    """
    found = catalog[method] if isinstance(method, str) else method
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ArgumentError(f"steps must be a non-negative integer; given {steps!r}")
    values = _values(found, parameters)
    system = found.trace()
    calls = system.B.shape[1]
    state = sympy.Matrix(system.rest)  # column 0: the coefficient of w^0; one more for each gradient
    iterate = found.state.index(ITERATE)
    rows, points = [tuple(state[iterate, :])], []
    for now in _of_steps(found, values, int(steps)):
        before = state.shape[1]
        state = state.row_join(sympy.zeros(state.shape[0], calls))
        new = sympy.zeros(calls, before).row_join(sympy.eye(calls))
        asked = (system.C * state + system.D * new).xreplace(now).applyfunc(sympy.factor)
        state = (system.A * state + system.B * new).xreplace(now).applyfunc(sympy.factor)
        points += [tuple(asked[i, : before + i]) for i in range(calls)]
        rows.append(tuple(state[iterate, :]))
    return Unrolled(
        method=found,
        start=tuple(row[0] for row in rows),
        iterates=tuple(row[1:] for row in rows),
        point_start=tuple(p[0] for p in points),
        points=tuple(p[1:] for p in points),
    )


def _values(method: Method, given: dict[str, Any]) -> dict[str, Any]:
    names = method.schedule.given if method.schedule is not None else method.parameters
    values = {}
    for name, value in given.items():
        if name not in names:
            raise MethodTypeError(f"{method.name}: unknown parameter {name!r}; {nearest(name, names)}")
        if isinstance(value, sympy.Expr) and not value.has(sympy.Float):
            values[name] = value
            continue
        try:
            values[name] = rational(value)
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(f"{name} must be a number or an expression; given {value!r}") from None
    return values


def _of_steps(method: Method, values: dict[str, Any], steps: int) -> list[dict[Any, Any]]:
    """What stands for the parameters in each step."""
    if method.schedule is None:
        return [{parameter(n): v for n, v in values.items()}] * steps
    known = {"mu": mu, "L": L}
    each = method.schedule.values(**{n: values.get(n, known.get(n, parameter(n))) for n in method.schedule.given})
    return [{parameter(n): v for n, v in now.items()} for _, now in zip(range(steps), each, strict=False)]


# For every k ----------------------------------------------------------------------------------------------------------

_UNROLLED = ("gradient-descent", "heavy-ball", "nesterov", "nesterov-sutskever")
"""Methods whose coefficients in closed form are claims."""


def _closed_form(name: str, m: Any) -> dict[str, tuple[Any, Any]]:
    """By state variable: the coefficient of a gradient m steps after the one that took it, and its form for beta = 1."""
    later = 2 if name == "nesterov" else 1  # Nesterov's is that of heavy ball one step later
    moved = -alpha * (1 - beta ** (m + later)) / (1 - beta), -alpha * (m + later)
    if name == "gradient-descent":
        return {"w": (-alpha, -alpha)}
    if name == "nesterov-sutskever":
        return {"z": (-alpha * beta**m, -alpha), "w": moved}
    return {"z": (beta**m, sympy.Integer(1)), "w": moved}


def unrolled_claims() -> tuple[Claim, ...]:
    r"""How gradient descent, heavy ball and two forms of Nesterov's method unroll, for every k, by induction.

    A rule adds :math:`B g` to its state for a gradient g, and multiplies the state by a matrix :math:`A` in each step, with A
    and B read off the rule. So the state is that at rest, which A keeps, plus the sum of :math:`A^{k-i} B g_i` over the
    gradients so far: in the row of w, the coefficient is :math:`\gamma_i^k`, and depends on m = k - i, which the claims call k.
    It is :math:`-\alpha` for gradient descent, :math:`-\alpha (1 - \beta^{m+1})/(1 - \beta)` for heavy ball and for Sutskever's
    form of Nesterov's method (whose gradients are taken elsewhere), and :math:`-\alpha (1 - \beta^{m+2})/(1 - \beta)` for the
    form that PyTorch uses. For :math:`\beta = 1` the fractions are their limits, m + 1 and m + 2.

    Returns
    -------
    tuple of Claim

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> [check(c).by for c in unrolled_claims() if "heavy-ball" in c.id]
    ['identity', 'induction', 'induction']
    """
    return tuple(claim for name in _UNROLLED for claim in _unrolled_claims(name))


def _unrolled_claims(name: str) -> list[Claim]:
    method = catalog[name]
    system, m = method.trace(), step_symbol
    forms = _closed_form(name, m)
    rested = system.A * system.rest

    def claim(part: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
        return Claim(
            id=f"bounds/unrolled/{name}/{part}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=f"{_SOURCE}; read off the update rule of {name}",
        )

    def powers(which: int, matrix: Any, inputs: Any) -> Any:
        rows = range(matrix.shape[0])
        return sympy.And(
            *(
                equal(_power_times(matrix, m, inputs, i), forms[variable][which])
                for i, variable in zip(rows, method.state, strict=True)
            ),
            evaluate=False,
        )

    claims = [
        claim(
            "start",
            "Without gradients the rule stays at rest, so that the coefficient of w^0 is always 1",
            sympy.And(*(equal(a, b) for a, b in zip(rested, system.rest, strict=True)), evaluate=False),
        ),
        claim(
            "coefficients",
            "The coefficient of a gradient, k steps after the one that took it",
            powers(0, system.A, system.B),
            (sympy.Ne(beta, 1),) if "beta" in method.parameters else (),
        ),
    ]
    if "beta" in method.parameters:
        at_one = {beta: sympy.Integer(1)}
        claims.append(
            claim("beta-one", "The same for beta = 1", powers(1, system.A.subs(at_one), system.B.subs(at_one)))
        )
    return claims


def _power_times(matrix: Any, m: Any, inputs: Any, row: int) -> Any:
    """An entry of matrix^m inputs, the power being left as it is."""
    power = sympy.MatPow(sympy.ImmutableMatrix(matrix), m, evaluate=False)
    return sympy.Add(*(MatrixElement(power, row, j) * x for j, x in enumerate(inputs)))


def unrolled_refuted() -> tuple[Claim, ...]:
    """The printed form of momentum, which has the sign of the steps wrong: it is refuted.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> check(unrolled_refuted()[0]).status
    'refuted'
    """
    system = catalog["heavy-ball"].trace()
    move = _power_times(system.A, sympy.Integer(1), system.B, 1).doit()
    return (
        Claim(
            id="bounds/unrolled/heavy-ball/printed-sign",
            title="Momentum steps along its gradients with a plus sign, as printed: the newest but one",
            statement=equal(move, alpha * (1 - beta**2) / (1 - beta)),
            assumptions=(sympy.Ne(beta, 1),),
            source=f"{_SOURCE}: the unrolled form of momentum",
        ),
    )


# Who belongs to it ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """What is known of a method, and why.

    Attributes
    ----------
    name : str
    steps : str
        ``"scalar"``, ``"diagonal"``, ``"combination"`` (of gradients, and of w^0 with a weight other than 1) or ``"matrix"``.
    fixed : bool
        Whether the steps are fixed in advance: they do not depend on the function. Only then is it a *linear* method.
    printed : bool
        Whether it is of the printed form: fixed steps, scalar or diagonal, and gradients at the iterates.
    cone : bool
        Whether, from w^0 = 0, its iterates have the zeros of the light cone, so that the lower bound holds for it.
    gradients : int
        How many gradients one step takes, each of which lets the cone grow by one component; 0 if as many as it likes.
    reason : str
    """

    name: str
    steps: str
    fixed: bool
    printed: bool
    cone: bool
    gradients: int
    reason: str


_OUTSIDE = (
    Member(
        "conjugate-gradient", "scalar", False, False, True, 1,
        "Iterates are w^0 plus combinations of gradients, but with steps that depend on the function and the start.",
    ),
    Member(
        "l-bfgs", "scalar", False, False, True, 1,
        "Directions are combinations of gradients and differences of iterates, with steps from the data, as long as the initial "
        "matrix is a multiple of the identity or diagonal; a line search takes more gradients, each at such a point.",
    ),
    Member(
        "bfgs", "scalar", False, False, True, 1,
        "As L-BFGS: from a multiple of the identity, the matrix changes by outer products of combinations of gradients.",
    ),
    Member(
        "adagrad", "diagonal", False, False, True, 1,
        "Each component is divided by the root of its own sum of squares plus eps > 0; 0/eps is 0. With eps = 0 it is 0/0.",
    ),
    Member(
        "adam (running)", "diagonal", False, False, True, 1,
        "As AdaGrad, with averages of the gradient and of its squares, and eps > 0; with a decay too, for that scales a zero. "
        "The catalog's adam has a frozen preconditioner, and is a fixed method.",
    ),
    Member(
        "sign descent", "diagonal", False, False, True, 1,
        "The sign of 0 is 0. As a quotient g/|g| it is undefined there.",
    ),
    Member(
        "coordinate descent", "diagonal", False, False, True, 0,
        "A step of one component is a diagonal step; a sweep over all n takes n gradients and can reach every component.",
    ),
    Member(
        "newton", "matrix", False, False, False, 1,
        "The inverse of the Hessian is full: one step leads to the minimizer.",
    ),
)  # fmt: skip


def membership() -> tuple[Member, ...]:
    """Which methods are linear first-order methods, for which the light cone holds, and why.

    The methods of the catalog are looked at with :func:`unrolled`; the others are listed with the reason. That the steps depend
    on the function does not matter to the proof of the cone, which asks of each step only that it is some diagonal matrix times
    the gradients so far. So the lower bound holds wherever ``cone`` does, in number of gradients.

    Returns
    -------
    tuple of Member

    Examples
    --------
    >>> table = {m.name: m for m in membership()}
    >>> table["nesterov"].printed, table["nesterov-sutskever"].printed, table["nesterov-sutskever"].cone
    (True, False, True)
    >>> table["extragradient"].gradients, table["conjugate-gradient"].fixed, table["newton"].cone
    (2, False, False)
    """
    return (*(_of_catalog(m) for m in catalog.values()), *_OUTSIDE)


_PRECONDITIONED = ("rmsprop", "adam", "adamw", "nadam")
_SEVERAL_STEPS = ("cyclical-heavy-ball",)


def _of_catalog(method: Method) -> Member:
    found = unrolled(method, 2)
    calls = method.gradient_calls
    if not found.from_start:
        steps, reason = (
            "combination",
            "With a decay, iterates are combinations of w^0 and the gradients, w^0 with a weight other than 1; from w^0 = 0 that "
            "makes no difference.",
        )
    elif found.at_iterates:
        steps, reason = "scalar", "One gradient a step, taken at the iterate."
    elif calls > 1 and method.name in _SEVERAL_STEPS:
        steps, reason = "scalar", "Each gradient is taken at the iterate: several steps are written as one."
    else:
        steps, reason = (
            "scalar",
            f"{'Gradients' if calls > 1 else 'The gradient'} taken elsewhere than at the iterate: the points of the gradients "
            "are of the printed form.",
        )
    printed = found.printed or (calls > 1 and method.name in _SEVERAL_STEPS)
    if method.name in _PRECONDITIONED:
        # The catalog's rules run in the coordinates in which the preconditioner is the identity.
        reason += " That is in the coordinates of the frozen preconditioner; in its own the steps are diagonal."
        steps = "diagonal" if steps == "scalar" else steps
    return Member(method.name, steps, True, printed, True, calls, reason)
