r"""Methods whose parameters change from step to step: what k steps do to a mode.

With parameters of its own in each step there is no rate of one step; the error after k steps from rest is
:math:`P_k(\lambda)` times that at the start, with :math:`P_k` made by the product of the steps' matrices. For any schedule
:class:`Scheduled` multiplies them exactly. For the schedules of the catalog the claims say what :math:`P_k` is for every k, by
induction: the start, and a step.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from symmomentum.claims import Claim
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.symbols import L, lam, mu, parameter
from symmomentum.symbols import k as step_symbol
from symmomentum.update_rule import ITERATE, Schedule

__all__ = ["Law", "Scheduled"]


@dataclass(frozen=True)
class Law:
    """What holds for every number of steps, and the claims that prove it.

    Attributes
    ----------
    title : str
    prose : tuple of str and expressions
        What the symbols of the statement are.
    statement : relation
        In the number of steps k.
    claims : tuple of Claim
        The parts of the induction.
    proof : str
        How they make it up.
    """

    title: str
    prose: tuple[Any, ...]
    statement: Any
    claims: tuple[Claim, ...]
    proof: str


@dataclass(frozen=True)
class Scheduled:
    """A method with the parameters of its schedule.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> chebyshev = Scheduled(Iteration(catalog["chebyshev"]))
    >>> chebyshev.residual_polynomial(1)
    (L - 2*lambda + mu)/(L + mu)
    >>> chebyshev.parameters(0)
    {alpha: 2/(L + mu), beta: 0}
    """

    iteration: Iteration

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule.

        Raises
        ------
        NotDerivedError
            If the method has none.
        """
        method = self.iteration.method
        if method.schedule is None:
            raise NotDerivedError(f"{method.name} has no schedule: its parameters are the same in all steps")
        return method.schedule

    @cached_property
    def given(self) -> dict[str, Any]:
        """What the schedule is made from, as symbols, by name."""
        known = {"mu": mu, "L": L}
        return {n: known.get(n, parameter(n)) for n in self.schedule.given}

    def parameters(self, step: int) -> dict[sympy.Symbol, Any]:
        """The parameters of a step, the first of which is step 0.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the step is not a non-negative integer.
        """
        return self._first(_whole(step) + 1)[-1]

    def _first(self, count: int) -> list[dict[sympy.Symbol, Any]]:
        values = itertools.islice(self.schedule.values(**self.given), count)
        return [{parameter(n): sympy.factor(v) for n, v in each.items()} for each in values]

    def residual_polynomial(self, steps: int) -> Any:
        """P_k(lam): what that many steps from rest multiply the error of a mode by, factored.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If it is not a non-negative integer.
        """
        state = self.iteration.system.rest
        for values in self._first(_whole(steps)):
            state = (self.iteration.matrix.subs(values, simultaneous=True) * state).applyfunc(sympy.cancel)
        return sympy.factor(state[self.iteration.method.state.index(ITERATE)])

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """What the residual polynomials are, for every k; nothing for a schedule that is not known here."""
        known = {"chebyshev": self._chebyshev, "polyak-ruppert": self._mean}
        if self.iteration.method.schedule is None or self.iteration.method.name not in known:
            return ()
        return known[self.iteration.method.name]()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of all laws."""
        return tuple(claim for law in self.laws for claim in law.claims)

    def _claim(self, name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
        method = self.iteration.method
        source = f"derived from the update rule and its schedule; {method.cite}"
        return Claim(
            id=f"{method.name}/schedule/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=source,
        )

    def _chebyshev(self) -> tuple[Law, ...]:
        """P_k = T_k(x)/T_k(y) with x = (L + mu - 2 lam)/(L - mu) and y its value at lam = 0."""
        t0, t1, s0, s1 = sympy.symbols("t_0 t_1 s_0 s_1", real=True)  # T_{k-1}, T_k at x and at y
        x, y = sympy.Symbol("x", real=True), (L + mu) / (L - mu)
        at_curvature = (L + mu - 2 * lam) / (L - mu)
        t2, s2 = 2 * at_curvature * t1 - t0, 2 * y * s1 - s0
        # The quotient that the schedule goes on with is T_{k-1}(y)/(T_k(y) (L - mu)); run it for one step from there.
        steps = self.schedule.values(**self.given)
        first = next(steps)
        quotient, following = s0 / (s1 * (L - mu)), s1 / (s2 * (L - mu))
        alpha, beta = 4 * following, (L - mu) ** 2 * following * quotient
        step = {parameter("alpha"): alpha, parameter("beta"): beta}
        state = self.iteration.matrix.subs(step, simultaneous=True) * sympy.Matrix([t0 / s0, t1 / s1])
        start = self.iteration.matrix.subs({parameter(n): v for n, v in first.items()}, simultaneous=True)
        begun = start * self.iteration.system.rest
        second = next(steps)
        after_one = {s0: sympy.Integer(1), s1: y}
        pell = sympy.Eq(t1**2 - 2 * x * t0 * t1 + t0**2, 1 - x**2)
        claims = (
            self._claim(
                "start",
                "After one step the residual polynomial is Chebyshev's of degree one",
                sympy.And(
                    sympy.Eq(begun[0], 1, evaluate=False),
                    sympy.Eq(begun[1], at_curvature / y, evaluate=False),
                    sympy.Eq(second["alpha"], alpha.subs(after_one), evaluate=False),
                    sympy.Eq(second["beta"], beta.subs(after_one), evaluate=False),
                ),
                (mu < L,),
            ),
            self._claim(
                "quotients",
                "The recurrence of the schedule is that of the quotients of Chebyshev polynomials",
                sympy.Eq(1 / (2 * (L + mu) - (L - mu) ** 2 * quotient), following, evaluate=False),
                (mu < L, s0 > 0, s1 > 0, s2 > 0),
            ),
            self._claim(
                "step",
                "A step leads from Chebyshev's polynomials of degrees k - 1 and k to those of k and k + 1",
                sympy.And(sympy.Eq(state[0], t1 / s1, evaluate=False), sympy.Eq(state[1], t2 / s2, evaluate=False)),
                (mu < L, s0 > 0, s1 > 0, s2 > 0),
            ),
            self._claim(
                "growth",
                "The values outside the interval grow, so that no divisor vanishes",
                sympy.And(s2 > s1, s2 > 0),
                (mu < L, s0 > 0, s1 >= s0),
            ),
            self._claim(
                "invariant",
                "What two successive values of Chebyshev polynomials satisfy, their successors satisfy",
                sympy.Eq((2 * x * t1 - t0) ** 2 - 2 * x * t1 * (2 * x * t1 - t0) + t1**2, 1 - x**2),
                (pell,),
            ),
            self._claim(
                "bounded",
                "Inside the interval they are at most 1 in modulus",
                t1**2 <= 1,
                (pell, x**2 <= 1, t0**2 <= 1),
            ),
        )
        polynomial, inside, degree = sympy.Symbol("P_k"), sympy.Function("T_k"), step_symbol
        y_name = sympy.Symbol("y")
        names = (
            "With the Chebyshev polynomials ",
            inside(x),
            " of degree ",
            degree,
            ", and ",
            sympy.Eq(x, at_curvature),
            " and ",
            sympy.Eq(y_name, y),
            ",",
        )
        return (
            Law(
                "The residual polynomials",
                names,
                sympy.Eq(polynomial, inside(x) / inside(y_name)),
                claims[:4],
                "By induction. It holds after no step and after one. The parameters of a step are quotients of successive "
                "values at y, none of which vanishes, for they grow; with these, the step is the recurrence of the Chebyshev "
                "polynomials.",
            ),
            Law(
                "The worst case",
                ("At every curvature from ", mu, " to ", L, ","),
                abs(polynomial) <= 1 / inside(y_name),
                claims[4:],
                "There x is at most 1 in modulus, and so are the polynomials, of which the first is 1: by induction, since a "
                "quadratic form in two successive values stays what it is.",
            ),
        )

    def _mean(self) -> tuple[Law, ...]:
        """The mean of the powers 0 to k of 1 - alpha lam."""
        k = sympy.Symbol("k", real=True)
        power, total = sympy.symbols("q_k s_k", real=True)  # (1 - alpha lam)^k, and the sum of the powers up to k
        alpha, gamma = parameter("alpha"), parameter("gamma")
        ratio = 1 - alpha * lam
        weights = [v["gamma"] for v in itertools.islice(self.schedule.values(**self.given), 6)]
        matrix = self.iteration.matrix.subs({gamma: 1 / (k + 2)}, simultaneous=True)
        state = matrix * sympy.Matrix([power, total / (k + 1)])
        claims = (
            self._claim(
                "weights",
                "The weights of the schedule are 1/(k + 2)",
                sympy.And(*(sympy.Eq(w, sympy.Rational(1, i + 2), evaluate=False) for i, w in enumerate(weights))),
                (sympy.Ne(alpha, 0),),
            ),
            self._claim(
                "step",
                "A step leads from the mean of the powers up to k to that up to k + 1",
                sympy.And(
                    sympy.Eq(state[0], ratio * power, evaluate=False),
                    sympy.Eq(state[1], (total + ratio * power) / (k + 2), evaluate=False),
                ),
                (k >= 0,),
            ),
            self._claim(
                "sum",
                "The sum of the powers in closed form",
                sympy.Eq(alpha * lam * (total + ratio * power), 1 - ratio**2 * power),
                (sympy.Eq(alpha * lam * total, 1 - ratio * power),),
            ),
        )
        polynomial, index = sympy.Symbol("P_k"), sympy.Symbol("j", integer=True)
        mean = sympy.Sum(ratio**index, (index, 0, step_symbol)) / (step_symbol + 1)
        return (
            Law(
                "The residual polynomials",
                ("The average is that of the errors of gradient descent:",),
                sympy.Eq(polynomial, mean),
                claims,
                "By induction: a step adds one power to the sum.",
            ),
        )


def _whole(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ArgumentError(f"the number of steps must be a non-negative integer; given {number!r}")
    return number
