r"""Noise that is added to the gradients: the covariance of the state at every step and in the limit, and the expected loss.

Each gradient is the true one plus an error of mean zero. The errors have the same variance, and are uncorrelated from step to
step and from call to call within a step. Nothing else is assumed of them: they need not be Gaussian, nor of one distribution,
nor independent. Then the mean of the state does what the state does without noise, and the covariance obeys
:math:`V^{k+1} = R V^k R^T + B B^T`, where :math:`B` has one column for each gradient call of a step. Where the method is
stable it converges, from any start, to the only solution of the discrete Lyapunov equation :math:`V = R V R^T + B B^T`. All
is per unit variance of the errors: for a variance :math:`v` multiply by :math:`v`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any, NamedTuple

import sympy
from sympy.polys.rings import PolyRing
from sympy.polys.solvers import solve_lin_sys

from symmomentum.claims import Claim, conjuncts, equal
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration, compact, distinct_power, repeated_power
from symmomentum.noise.lyapunov import SIZES, lyapunov, noise_lemmas, pairs, stein
from symmomentum.noise.mean_square import MeanSquare, mean_square_lemmas
from symmomentum.noise.mode import Mode, on_mode
from symmomentum.noise.problem import ProblemNoise, on_problem, problem_lemmas
from symmomentum.noise.published import published_results
from symmomentum.proof.entailment import entails
from symmomentum.stability import MOST_STATES, Stability
from symmomentum.symbols import lam
from symmomentum.update_rule import ITERATE

__all__ = ["LossParts", "Noise"]

MOST_PARAMETERS = 2
"""Of a method with the most states: with more, its ten equations in fractions of as many variables take minutes."""


class LossParts(NamedTuple):
    """An expected loss in its two parts.

    Attributes
    ----------
    deterministic : expression
        The loss without noise: that of the mean.
    stochastic : expression
        What the noise adds: lam/2 times the variance of w.
    """

    deterministic: Any
    stochastic: Any

    @property
    def total(self) -> Any:
        """Their sum, the expected loss."""
        return self.deterministic + self.stochastic


@dataclass(frozen=True)
class Noise:
    """What gradient noise does to one mode.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> noise = Noise(Stability(Iteration(catalog["heavy-ball"])))
    >>> noise.lyapunov_solution[1, 1]
    alpha*(beta + 1)/(lambda*(1 - beta)*(-alpha*lambda + 2*beta + 2))
    >>> noise.covariance(1)
    Matrix([
    [     1,   -alpha],
    [-alpha, alpha**2]])
    """

    stability: Stability

    @property
    def iteration(self) -> Iteration:
        """The iteration that the noise enters."""
        return self.stability.iteration

    @property
    def _row(self) -> int:
        return self.iteration.method.state.index(ITERATE)

    # The limit of many steps -------------------------------------------------------------------------------------------

    @cached_property
    def lyapunov_solution(self) -> Any:
        """V with V = R V R^T + B B^T, over the state order; rational in the parameters and lam.

        It is the covariance where the method is stable; elsewhere it has no meaning as one, and where a product of two
        eigenvalues is 1 (heavy ball at lam = 0, for one) it is undefined.

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
        if it.size <= 2:
            _ = it.trace  # says so where the rule is not polynomial
            above, below = lyapunov(R, B * B.T)
            if sympy.expand(below) != 0:
                return sympy.ImmutableMatrix(above).applyfunc(lambda x: _factored(x / below))
            solved = None
        else:
            solved = _solved(R, B * B.T, (lam, *it.parameters))
        if solved is None:
            raise NotDerivedError(f"{it.method.name}: the noise does not determine a stationary covariance")
        return solved

    @cached_property
    def stationary_covariance(self) -> Any:
        """The covariance of the state in the stationary limit, over the state order; infinite where not stable."""
        return self.lyapunov_solution.applyfunc(self._where_stable)

    @property
    def stationary_variance(self) -> Any:
        """Its entry for the iterate w."""
        return self.stationary_covariance[self._row, self._row]

    @cached_property
    def loss_solution(self) -> Any:
        """lam/2 times the entry of the :attr:`lyapunov_solution` for w."""
        return _factored(lam / 2 * self.lyapunov_solution[self._row, self._row])

    @property
    def stationary_loss(self) -> Any:
        """lam/2 times the variance of w: the expected loss of the mode above its minimum, in the stationary limit."""
        return self._where_stable(self.loss_solution)

    def cross_covariance(self, first: Any, second: Any) -> Any:
        """The covariance in the limit between the states of two modes, per unit covariance of their gradient errors.

        In two dimensions or more the errors along two eigenvectors of the Hessian may be correlated, and then so are the states.
        (Where both curvatures are the same it is :attr:`lyapunov_solution`.)

        Parameters
        ----------
        first, second : expression
            The two curvatures.

        Returns
        -------
        Matrix, shape (s, s)
            E of the first mode's state times the second one's, transposed. It has this meaning where the method is stable at
            both curvatures.

        Raises
        ------
        NotDerivedError
            If the method has more than two states, or the equation is singular for all parameters.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> x, y = sympy.symbols("x y", real=True)
        >>> Noise(Stability(Iteration(catalog["gradient-descent"]))).cross_covariance(x, y)
        Matrix([[-alpha/(alpha*x*y - x - y)]])
        """
        it = self.iteration
        if it.size > 2:
            raise NotDerivedError(
                f"{it.method.name}: the covariance between two modes is derived for up to two states; this one has {it.size}"
            )
        R, S = (it.matrix.xreplace({lam: x}) for x in (first, second))
        B, C = (it.noise_input.xreplace({lam: x}) for x in (first, second))
        above, below = stein(R, S, B * C.T)
        if sympy.expand(below) == 0:
            raise NotDerivedError(f"{it.method.name}: the noise does not determine a covariance at these curvatures")
        return sympy.ImmutableMatrix(above).applyfunc(lambda x: sympy.factor(sympy.cancel(x / below)))

    @cached_property
    def average_variance(self) -> Any:
        """What k times the variance of the mean of w^0 ... w^{k-1} converges to; infinite where not stable.

        The mean of the states is (I - R)^-1 B times the mean of the errors, and something that is of order 1/k. With one gradient
        a step this is 1/lam^2 for every method, whatever its parameters (with a decay gamma, 1/(lam + gamma)^2): no momentum
        changes what averaging gains (polyak1992). With c gradients a step it is at least 1/(c lam^2).

        Raises
        ------
        NotDerivedError
            If 1 is an eigenvalue for all parameters.
        """
        if self.iteration.noise_input.shape[1] == 1:
            return self._where_stable(1 / (lam - self.iteration.system.pull) ** 2)
        return self._where_stable(_factored(sum(x**2 for x in self._moved[self._row, :])))

    @cached_property
    def _moved(self) -> Any:
        """(I - R)^-1 B: how far constant errors, one in each call, move the fixed point."""
        it = self.iteration
        drift = sympy.eye(it.size) - it.matrix
        determinant = sympy.expand(drift.det(method="berkowitz"))
        if determinant == 0:
            raise NotDerivedError(f"{it.method.name}: 1 is an eigenvalue, so that no average converges")
        return (drift.adjugate() * it.noise_input).applyfunc(lambda x: sympy.cancel(x / determinant))

    def _where_stable(self, value: Any) -> Any:
        return sympy.Piecewise((value, self.stability.region), (sympy.oo, True))

    # At step k -----------------------------------------------------------------------------------------------------------

    def covariance(self, k: Any) -> Any:
        """The covariance of the state after k steps from a state that is known.

        Parameters
        ----------
        k : int or integer symbol
            For a number, the sum of R^i B B^T (R^i)^T over i < k, polynomials that are right at all curvatures and parameters,
            stable or not. For a symbol, V - R^k V (R^k)^T with V the :attr:`lyapunov_solution` and R^k with the cases of
            :meth:`~symmomentum.iteration.Iteration.power`: right wherever V is defined, stable or not.

        Returns
        -------
        Matrix, shape (s, s)

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is negative or not an integer.
        NotDerivedError
            If ``k`` is a symbol and the method has more than two states.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> from symmomentum.symbols import k
        >>> noise = Noise(Stability(Iteration(catalog["gradient-descent"])))
        >>> noise.covariance(2)
        Matrix([[alpha**4*lambda**2 - 2*alpha**3*lambda + 2*alpha**2]])
        >>> noise.covariance(k)
        Matrix([[-alpha*(-alpha*lambda + 1)**(2*k)/(lambda*(-alpha*lambda + 2)) + alpha/(lambda*(-alpha*lambda + 2))]])
        """
        k = self.iteration._steps(k)
        if k.is_Integer:
            return self._unrolled(int(k))
        V = self.lyapunov_solution
        cases = [(V - P * V * P.T, holds) for P, holds in self._powers(k)]
        return sympy.ImmutableMatrix(*V.shape, lambda i, j: _piecewise((W[i, j], holds) for W, holds in cases))

    def expected_loss(self, k: Any, w0: Any, variance: Any = 1) -> Any:
        """The expected loss of the mode after k steps from rest, E lam/2 (w^k - w*)^2.

        The sum of :meth:`loss_parts`.

        Parameters
        ----------
        k : int or integer symbol
            The step; see :meth:`covariance`.
        w0 : number or expression
            The distance of w^0 from the minimizer.
        variance : number or expression
            Of the error of each gradient.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is negative or not an integer, or ``w0`` or ``variance`` no finite real number or exact
            expression, or if the variance is negative.
        NotDerivedError
            If ``k`` is a symbol and the method has more than two states.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> noise = Noise(Stability(Iteration(catalog["gradient-descent"])))
        >>> noise.expected_loss(1, 1)
        alpha**2*lambda/2 + lambda*(-alpha*lambda + 1)**2/2
        """
        return self.loss_parts(k, w0, variance).total

    def loss_parts(self, k: Any, w0: Any, variance: Any = 1) -> LossParts:
        """The expected loss after k steps from rest in its two parts: the loss of the mean, and lam/2 times the variance of w.

        They add up because the noise has mean zero. Takes and raises what :meth:`expected_loss` does.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> parts = Noise(Stability(Iteration(catalog["heavy-ball"]))).loss_parts(1, 2)
        >>> parts.deterministic, parts.stochastic
        (lambda*(-2*alpha*lambda + 2)**2/2, alpha**2*lambda/2)
        """
        it = self.iteration
        k = it._steps(k)
        w0, variance = (_exact(f"{it.method.name}: {n}", x) for n, x in (("w0", w0), ("variance", variance)))
        if variance.is_negative:
            raise ArgumentError(f"{it.method.name}: a variance is not negative; given {variance}")
        mean = it.residual_polynomial(k) * w0
        return LossParts(lam / 2 * mean**2, lam / 2 * variance * self.covariance(k)[self._row, self._row])

    def _unrolled(self, k: int) -> Any:
        R, B = self.iteration.matrix, self.iteration.noise_input
        V = sympy.zeros(*R.shape)
        for _ in range(k):
            V = (R * V * R.T + B * B.T).applyfunc(sympy.expand)
        return sympy.ImmutableMatrix(V)

    def _powers(self, k: Any) -> list[tuple[Any, Any]]:
        """R^k with the conditions of its cases, of which the first that holds counts."""
        it = self.iteration
        if it.size == 1:
            return [(it.power(k), sympy.true)]
        if it.size > 2:
            raise NotDerivedError(
                f"{it.method.name}: the covariance at a symbolic step is derived for up to two states; this one has {it.size}"
            )
        identity = sympy.eye(2)
        first, second = it.eigenvalues
        distinct = distinct_power(k, it.matrix, identity, first, second, sympy.sqrt(it.discriminant))
        repeated = repeated_power(k, it.matrix, identity, it.trace / 2)
        short = sympy.Matrix(
            2, 2, lambda i, j: _piecewise([(int(i == j), equal(k, 0)), (it.matrix[i, j], equal(k, 1)), (0, sympy.true)])
        )
        return [(distinct, sympy.Ne(it.discriminant, 0)), (repeated, sympy.Ne(it.trace, 0)), (short, sympy.true)]

    # More dimensions, and noise that grows with the gradient ------------------------------------------------------------------

    def at(self, lam: Any, **parameters: Any) -> Mode:
        """The method on one mode at exact numbers: its floor, the loss after k steps in both parts, the crossover.

        See :func:`symmomentum.noise.mode.on_mode`, which has the arguments and what they raise.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> mode = Noise(Stability(Iteration(catalog["heavy-ball"]))).at(1, alpha=0.25, beta=0.5)
        >>> mode.floor(sigma=2), mode.crossover(w0=10, sigma=2)
        (Fraction(6, 11), Crossover(until=3, last=6))
        """
        return on_mode(self.iteration, lam, parameters)

    def on(self, A: Any, C: Any = 1, **parameters: Any) -> ProblemNoise:
        """The noise of the method on a whole quadratic, whose gradient errors have any covariance.

        See :func:`symmomentum.noise.problem.on_problem`, which has the arguments, what they raise and an example.
        """
        return on_problem(self.iteration, A, C, parameters)

    @cached_property
    def mean_square(self) -> MeanSquare:
        """What noise does that is in proportion to the gradient: where the second moments converge."""
        it = self.iteration
        if it.size == 1 or it.noise_input.shape[1] > 1:
            one = it.noise_input.shape[1] == 1
            V = self.lyapunov_solution if one else None
            gain = _factored((it.system.C * V * it.system.C.T)[0]) if one else None
            return MeanSquare(it, self.stability, gain, V)
        try:
            V = self.lyapunov_solution
        except NotDerivedError:
            return MeanSquare(it, self.stability)
        return MeanSquare(it, self.stability, _factored((it.system.C * V * it.system.C.T)[0]), V)

    # Claims ------------------------------------------------------------------------------------------------------------------

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
        region = conjuncts(self.stability.region)
        solves = Claim(
            id=f"{name}/noise/lyapunov",
            title="The stationary covariance solves the Lyapunov equation",
            statement=sympy.And(*(equal(V[p], after[p]) for p in pairs(it.size))),
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

    @cached_property
    def further_claims(self) -> tuple[Claim, ...]:
        """What else is stated of the noise: what holds for every method of as many states; that the average is as good as it is
        said to be (:attr:`average_variance`); known results for some methods; and what noise does that is in proportion to the
        gradient."""
        it = self.iteration
        if it.size not in SIZES:
            return ()
        lemmas = noise_lemmas(it.size)
        if it.size == 2 and it.noise_input.shape[1] == 1:
            lemmas = (*lemmas, *mean_square_lemmas())
        own: tuple[Claim, ...] = ()
        if self.claims:
            variance = self.lyapunov_solution[self._row, self._row]
            own = (*self._average_claims, *published_results(it.method, variance, conjuncts(self.stability.region)))
        return (*lemmas, *problem_lemmas(), *own, *self.mean_square.claims)

    @property
    def _average_claims(self) -> tuple[Claim, ...]:
        """(I - R)^-1 B, summed over the calls, is -rest/lam (with a decay, over lam minus the gradient that keeps it at rest);
        of several calls also each column, and the variance that they come to."""
        it = self.iteration
        total = it.noise_input * sympy.ones(it.noise_input.shape[1], 1)
        drift = sympy.eye(it.size) - it.matrix
        moved = drift * it.system.rest
        source = f"derived from the update rule; {it.method.cite}; polyak1992"
        whole = Claim(
            id=f"{it.method.name}/noise/average",
            title="A constant error of the gradient moves the fixed point by that error over the curvature",
            statement=sympy.And(*(equal((it.system.pull - lam) * x, y) for x, y in zip(total, moved, strict=True))),
            assumptions=(),
            source=source,
        )
        if it.noise_input.shape[1] == 1:
            return (whole,)
        each = self._moved
        value = self.average_variance.args[0][0]
        return (
            whole,
            Claim(
                id=f"{it.method.name}/noise/average/calls",
                title="How far the error of each call moves the fixed point, and the sum of the squares",
                statement=sympy.And(
                    *(equal(x, y) for x, y in zip(drift * each, it.noise_input, strict=True)),
                    equal(value, sum(x**2 for x in each[self._row, :])),
                ),
                assumptions=conjuncts(self.stability.region),
                source=source,
            ),
        )


def _solved(R: Any, N: Any, symbols: tuple[Any, ...]) -> Any:
    """The only solution V of V = R V R^T + N, or None."""
    size = R.shape[0]
    field = sympy.QQ.frac_field(*symbols)
    ring = PolyRing([f"v{i}{j}" for i, j in pairs(size)], field)
    unknown = dict(zip(pairs(size), ring.gens, strict=True))
    V = [[unknown[min(i, j), max(i, j)] for j in range(size)] for i in range(size)]

    def entry(M: Any, i: int, j: int) -> Any:
        return field.from_sympy(sympy.expand(M[i, j]))

    n = range(size)
    equations = [
        V[i][j]
        - sum((V[a][b] * entry(R, i, a) * entry(R, j, b) for a in n for b in n), ring.zero)
        - ring.one * entry(N, i, j)
        for i, j in pairs(size)
    ]
    solution = solve_lin_sys(equations, ring)
    if solution is None or len(solution) < len(unknown):
        return None
    values = {p: _factored(field.to_sympy(solution[g])) for p, g in unknown.items()}
    return sympy.ImmutableMatrix(size, size, lambda i, j: values[min(i, j), max(i, j)])


def _factored(expression: Any) -> Any:
    """A quotient of products, each factor with a positive constant term where that can be had."""
    num, den = sympy.fraction(sympy.cancel(expression))
    return compact(num) / compact(den)


def _piecewise(cases: Any) -> Any:
    made = [(sympy.Integer(x) if isinstance(x, int) else x, holds) for x, holds in cases]
    return made[0][0] if len(made) == 1 else sympy.Piecewise(*made)


def _exact(what: str, value: Any) -> Any:
    """The value as an exact expression; a floating-point number stands for just the number that it is."""
    if isinstance(value, sympy.Expr):
        if (
            not value.has(sympy.Float, sympy.I, sympy.oo, -sympy.oo, sympy.nan, sympy.zoo)
            and value.is_real is not False
        ):
            return value
    elif isinstance(value, Integral) and not isinstance(value, bool):
        return sympy.Integer(int(value))
    elif not isinstance(value, bool):
        with contextlib.suppress(AttributeError, OverflowError, ValueError):  # a text; infinite; not a number
            return sympy.Rational(*value.as_integer_ratio())
    raise ArgumentError(f"{what} must be a finite real number or a real expression in exact numbers; given {value!r}")
