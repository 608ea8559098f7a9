r"""Stochastic gradients: what gradient errors of mean zero do to the state in the long run.

With errors :math:`\epsilon^k` that are independent from step to step (and from call to call within a step), of mean
zero and variance one, the covariance of the state of one mode obeys :math:`V^{k+1} = R V^k R^T + B B^T`. Where the
method is stable it converges, from any start, to the only solution of the discrete Lyapunov equation :math:`V = R V
R^T + B B^T`. No distribution is assumed. For a variance :math:`s^2` multiply by :math:`s^2`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from sympy.polys.rings import PolyRing
from sympy.polys.solvers import solve_lin_sys

from symmomentum.claims import Claim, conjuncts
from symmomentum.errors import NotDerivedError
from symmomentum.iteration import Iteration, compact
from symmomentum.proof.entailment import entails
from symmomentum.stability import MOST_STATES, Stability
from symmomentum.symbols import lam
from symmomentum.update_rule import ITERATE

__all__ = ["Noise"]

MOST_PARAMETERS = 2
"""Of a method with the most states: with more, its ten equations in fractions of as many variables take minutes."""


@dataclass(frozen=True)
class Noise:
    """The stationary effect of gradient noise of unit variance on one mode.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> noise = Noise(Stability(Iteration(catalog["heavy-ball"])))
    >>> noise.lyapunov_solution[1, 1]
    alpha*(beta + 1)/(lambda*(1 - beta)*(-alpha*lambda + 2*beta + 2))
    """

    stability: Stability

    @property
    def iteration(self) -> Iteration:
        """The iteration that the noise enters."""
        return self.stability.iteration

    @cached_property
    def lyapunov_solution(self) -> Any:
        """V with V = R V R^T + B B^T, over the state order; rational in the parameters and lam.

        It is the covariance where the method is stable; elsewhere it has no meaning as one.

        Raises
        ------
        NotDerivedError
            If the equation has no unique solution for generic parameters.
        """
        it = self.iteration
        R, B = it.matrix, it.noise_input
        if it.size > MOST_STATES:
            raise NotDerivedError(
                f"{it.method.name}: the stationary covariance is derived for up to {MOST_STATES} states; this one has {it.size}"
            )
        if it.size == MOST_STATES and len(it.parameters) > MOST_PARAMETERS:
            raise NotDerivedError(
                f"{it.method.name}: with {it.size} states, the stationary covariance is derived for up to {MOST_PARAMETERS} "
                f"parameters; this one has {len(it.parameters)}"
            )
        symbols = (lam, *it.parameters)
        pairs = list(itertools.combinations_with_replacement(range(it.size), 2))
        field = sympy.QQ.frac_field(*symbols)
        ring = PolyRing([f"v{i}{j}" for i, j in pairs], field)
        unknown = dict(zip(pairs, ring.gens, strict=True))
        V = [[unknown[min(i, j), max(i, j)] for j in range(it.size)] for i in range(it.size)]

        def entry(M: Any, i: int, j: int) -> Any:
            return field.from_sympy(sympy.expand(M[i, j]))

        n = range(it.size)
        equations = [
            V[i][j]
            - sum((V[a][b] * entry(R, i, a) * entry(R, j, b) for a in n for b in n), ring.zero)
            - ring.one * entry(B * B.T, i, j)
            for i, j in pairs
        ]
        solution = solve_lin_sys(equations, ring)
        if solution is None or len(solution) < len(pairs):
            raise NotDerivedError(f"{it.method.name}: the noise does not determine a stationary covariance")
        values = {p: _factored(field.to_sympy(solution[g])) for p, g in unknown.items()}
        return sympy.ImmutableMatrix(it.size, it.size, lambda i, j: values[min(i, j), max(i, j)])

    @cached_property
    def stationary_covariance(self) -> Any:
        """The covariance of the state in the stationary limit, over the state order; infinite where not stable."""
        return self.lyapunov_solution.applyfunc(self._where_stable)

    @property
    def stationary_variance(self) -> Any:
        """Its entry for the iterate w."""
        row = self.iteration.method.state.index(ITERATE)
        return self.stationary_covariance[row, row]

    @property
    def stationary_loss(self) -> Any:
        """lam/2 times the variance of w: the expected loss of the mode above its minimum, in the stationary limit."""
        row = self.iteration.method.state.index(ITERATE)
        return self._where_stable(_factored(lam / 2 * self.lyapunov_solution[row, row]))

    def _where_stable(self, value: Any) -> Any:
        return sympy.Piecewise((value, self.stability.region), (sympy.oo, True))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """That it solves the Lyapunov equation wherever the method is stable, and that its diagonal is not negative there."""
        it = self.iteration
        if it.size > MOST_STATES or self.stability.region is sympy.false:
            return ()
        try:
            V = self.lyapunov_solution
        except NotDerivedError:
            return ()
        name, source = it.method.name, f"derived from the update rule; {it.method.cite}"
        after = it.matrix * V * it.matrix.T + it.noise_input * it.noise_input.T
        pairs = list(itertools.combinations_with_replacement(range(it.size), 2))
        region = conjuncts(self.stability.region)
        solves = Claim(
            id=f"{name}/noise/lyapunov",
            title="The stationary covariance solves the Lyapunov equation",
            statement=sympy.And(*(sympy.Eq(V[p], after[p], evaluate=False) for p in pairs)),
            assumptions=region,
            source=source,
        )
        variances = Claim(
            id=f"{name}/noise/variances",
            title="The stationary variances are not negative",
            statement=sympy.And(*(V[i, i] >= 0 for i in range(it.size))),
            assumptions=region,
            source=source,
        )
        # It follows from the first for every stable matrix; it is a check of the form only, where that can be decided.
        return (solves, variances) if entails(region, variances.statement) else (solves,)


def _factored(expression: Any) -> Any:
    """A quotient of products, each factor with a positive constant term where that can be had."""
    num, den = sympy.fraction(sympy.cancel(expression))
    return compact(num) / compact(den)
