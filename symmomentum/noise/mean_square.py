r"""Noise in proportion to the gradient: where the second moments converge.

A gradient from a minibatch is wrong the more, the larger the gradients are: in one mode each call returns
:math:`\lambda (1 + s \xi) (y - w_*)` in place of :math:`\lambda (y - w_*)`, with :math:`\xi` of mean zero and variance one,
independent from call to call; of its distribution nothing else is assumed. The means do what they do without noise. The
second moments :math:`S` of the state obey

.. math:: S^{k+1} = \sum_T F_T S^k F_T^T,

with one matrix for each set :math:`T` of gradient calls whose errors are multiplied with each other; for one call a step, with
the gradient taken at the point :math:`c^T` state and entering through :math:`b`, :math:`S^{k+1} = R S^k R^T + s^2 \lambda^2 b\,
(c^T S^k c)\, b^T`. The method is *stable in mean square* if they go to zero from every start.

For one gradient call a step this reduces to one number: let :math:`G = c^T V c` be the stationary variance of the point at which
the gradient is taken, per unit variance of noise that is added to it. Then a method is stable in mean square exactly where it is
stable and :math:`s^2 \lambda^2 G < 1`. For two states the two directions are claims (:func:`mean_square_lemmas`), about the
characteristic polynomial of the map of second moments. For more states the reason is the same, and is no claim here: that
polynomial, divided by that without noise, is :math:`1 - s^2 \lambda^2 \sum_k h_k^2 z^{-k-1}` with the response
:math:`h_k = c^T R^k b`; outside the unit circle the sum is at most :math:`G` in modulus, and on the real axis it falls from
:math:`G` at 1 to 0.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy
from sympy.polys.constructor import construct_domain
from sympy.polys.matrices import DomainMatrix

from symmomentum.claims import Claim, conjuncts, equal
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration, compact
from symmomentum.noise.lyapunov import (
    SIZES,
    lyapunov_denominator,
    moment_operator,
    response,
    variance_numerator,
)
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.proof.entailment import entails
from symmomentum.stability import Stability, reduced, schur_cohn
from symmomentum.symbols import lam
from symmomentum.update_rule import ITERATE

__all__ = ["MeanSquare", "mean_square_lemmas", "second_moment_cubic"]

_p, _q, _g, _h = sympy.symbols("p q g h", real=True)
_SOURCE = "derived here: a positive map of the second moments, plus one of rank one"


def second_moment_cubic(p: Any, q: Any, g: Any, h: Any) -> tuple[Any, ...]:
    """Coefficients of the characteristic polynomial of the map of second moments of a method with two states and one gradient
    call a step.

    Parameters
    ----------
    p, q : expression
        Trace and determinant of the iteration matrix.
    g, h : expression
        How the noise reaches the point at which the gradient is taken (:func:`symmomentum.noise.lyapunov.response`), times s lam.

    Returns
    -------
    tuple of 4 expressions
        From the leading 1 to the constant term.

    Examples
    --------
    >>> p, q = sympy.symbols("p q", real=True)
    >>> second_moment_cubic(p, q, 0, 0)
    (1, -p**2 + q, p**2*q - q**2, -q**3)
    """
    a = p**2 - q
    first, second = g, h + p * g
    third = p * second - q * first
    # Without noise the roots are the products of two eigenvalues; the noise takes off the squares of the response.
    plain = (1, -a, q * a, -(q**3))
    taken = (0, first**2, second**2 - a * first**2, third**2 - a * second**2 + q * a * first**2)
    return tuple(sympy.expand(x - y) for x, y in zip(plain, taken, strict=True))


def _limit(p: Any, q: Any, g: Any, h: Any) -> Any:
    """Positive exactly where s^2 lam^2 G < 1, in a stable method."""
    return lyapunov_denominator(p, q) - variance_numerator(p, q, g, h)


def mean_square_lemmas() -> tuple[Claim, ...]:
    """For two states and one gradient call a step: stable in mean square exactly if stable, and s^2 lam^2 G < 1.

    Here p and q are trace and determinant, g and h the response times s lam. The last claim says whose characteristic polynomial
    this is about, in the entries of any iteration matrix, any noise input b and any row c.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> [(c.id, check(c).status) for c in mean_square_lemmas()[:2]]
    [('two-states/mean-square/sufficient', 'proved'), ('two-states/mean-square/necessary', 'proved')]
    """
    whole = tuple(x > 0 for x in schur_cohn(second_moment_cubic(_p, _q, _g, _h)))
    parts = (*(x > 0 for x in schur_cohn((1, -_p, _q))), _limit(_p, _q, _g, _h) > 0)
    R = sympy.ImmutableMatrix(2, 2, sympy.symbols("r_11 r_12 r_21 r_22", real=True))
    b = sympy.ImmutableMatrix(sympy.symbols("b_1 b_2", real=True))
    c = sympy.ImmutableMatrix([sympy.symbols("c_1 c_2", real=True)])
    z = sympy.Symbol("z", real=True)
    own = (z * sympy.eye(3) - moment_operator([R, b * c])).det(method="berkowitz")
    cubic = second_moment_cubic(R.trace(), R[0, 0] * R[1, 1] - R[0, 1] * R[1, 0], *response(R, b, c))
    return (
        Claim(
            id="two-states/mean-square/sufficient",
            title="Stable, and the gain of the noise below one: the second moments converge",
            statement=sympy.And(*whole),
            assumptions=parts,
            source=_SOURCE,
        ),
        Claim(
            id="two-states/mean-square/necessary",
            title="The second moments converge only where the method is stable and the gain of the noise below one",
            statement=sympy.And(*parts),
            assumptions=whole,
            source=_SOURCE,
        ),
        Claim(
            id="two-states/mean-square/polynomial",
            title="The characteristic polynomial of the map of second moments",
            statement=equal(own, sum((x * z ** (3 - i) for i, x in enumerate(cubic)), sympy.Integer(0))),
            assumptions=(),
            source=_SOURCE,
        ),
    )


def _in_one_domain(matrices: Sequence[Any]) -> list[DomainMatrix]:
    domain, entries = construct_domain([x for M in matrices for x in M])
    left = iter(entries)
    return [
        DomainMatrix([list(itertools.islice(left, M.cols)) for _ in range(M.rows)], M.shape, domain) for M in matrices
    ]


@dataclass(frozen=True)
class MeanSquare(Stability):
    """Where a method is stable in mean square, with gradients lam (1 + s xi) times the distance.

    Everything of :class:`~symmomentum.stability.Stability` is here too, with the noise level s as one more symbol: the
    conditions as they come, the region in solved form, the threshold; with two states and several gradients a step the region is
    the conditions, of which some may be redundant. For a rule with a decay the noise does not vanish at its
    fixed point; where it is stable in mean square, the second moments then stay bounded in place of going to zero.

    Attributes
    ----------
    iteration : Iteration
        Of the method.
    plain : Stability
        Where it is stable without noise.
    gain : expression
        G, the stationary variance of the point at which the gradient is taken, per unit variance of noise added to it; None if a
        step takes several gradients.
    covariance : Matrix
        The whole stationary covariance of which that is a part.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.noise import Noise
    >>> mean_square = Noise(Stability(Iteration(catalog["gradient-descent"]))).mean_square
    >>> mean_square.region
    (alpha*lambda > 0) & (alpha*lambda*(s**2 + 1) < 2)
    >>> mean_square.threshold
    2/(alpha*(s**2 + 1))
    >>> mean_square.threshold_noise()
    Piecewise((sqrt((-alpha*lambda + 2)/(alpha*lambda)), (alpha*lambda > 0) & (alpha*lambda < 2)), (0, True))
    """

    iteration: Iteration
    plain: Stability
    gain: Any = field(default=None, compare=False)
    covariance: Any = field(default=None, compare=False)

    @property
    def level(self) -> sympy.Symbol:
        """s, the standard deviation of the noise relative to the gradient."""
        return self.iteration.fresh("s")

    @property
    def _one_call(self) -> bool:
        return bool(self.iteration.noise_input.shape[1] == 1)

    @cached_property
    def transitions(self) -> Mapping[frozenset[int], Any]:
        """What the state is multiplied by in one step, as a sum over sets of gradient calls: the matrix of a set stands with the
        product of the xi of its calls. That of the empty set is R."""
        system = self.iteration.system
        gradients: list[dict[frozenset[int], Any]] = []
        for i in range(system.D.shape[0]):  # each gradient needs earlier ones only
            point = {frozenset[int](): system.C[i, :]}
            for j, earlier in enumerate(gradients):
                for T, row in earlier.items():
                    point[T] = point.get(T, sympy.zeros(*row.shape)) + system.D[i, j] * row
            gradients.append(
                {T: lam * row for T, row in point.items()}
                | {T | {i}: self.level * lam * row for T, row in point.items()}
            )
        found = {frozenset[int](): system.A}
        for i, gradient in enumerate(gradients):
            for T, row in gradient.items():
                found[T] = found.get(T, sympy.zeros(*system.A.shape)) + system.B[:, i] * row
        matrices = {T: sympy.ImmutableMatrix(F).applyfunc(sympy.expand) for T, F in found.items()}
        return {T: F for T, F in matrices.items() if any(F)}

    @cached_property
    def operator(self) -> Any:
        """The map of the second moments, on the entries of a symmetric matrix: those of the upper triangle, row by row."""
        return moment_operator(self.transitions.values())

    @cached_property
    def _expressions(self) -> tuple[Any, ...]:
        it = self.iteration
        if self._one_call and it.size > 1:
            return (*self.plain._expressions, self._limit)
        if it.size == 1:
            return (compact(1 - self.operator[0, 0]),)
        if it.size > 2:
            raise NotDerivedError(
                f"{it.method.name}: with several gradients a step, stability in mean square is derived for up to two states; "
                f"this one has {it.size}"
            )
        coefficients = self.operator.charpoly().all_coeffs()
        return tuple(compact(g) for g in schur_cohn(coefficients))

    @property
    def _quantities(self) -> tuple[Any, ...]:
        """Trace, determinant and response times s lam."""
        it = self.iteration
        g, h = response(it.matrix, it.noise_input, it.system.C)
        scale = self.level * lam
        return it.matrix.trace(), it.determinant, sympy.expand(scale * g), sympy.expand(scale * h)

    @cached_property
    def _limit(self) -> Any:
        """Positive exactly where s^2 lam^2 G < 1 in a stable method."""
        if self.iteration.size == 2:
            return compact(_limit(*self._quantities))
        above, below = sympy.fraction(self._gain)
        region = conjuncts(self.plain.region)
        if entails(region, below < 0):
            above, below = -above, -below
        elif not entails(region, below > 0):
            above, below = above * below, below**2
        return compact(below - self.level**2 * lam**2 * above)

    @property
    def _gain(self) -> Any:
        if self.gain is None:
            raise NotDerivedError(
                f"{self.iteration.method.name}: the gain of the noise is derived for one gradient a step; this one takes "
                f"{self.iteration.noise_input.shape[1]}"
            )
        return self.gain

    @cached_property
    def _reduced(self) -> tuple[Any, ...] | None:
        if self.plain.region is sympy.false:
            return None
        if self.iteration.size == 1:
            return reduced(self._expressions)
        if not self._decidable:
            return self._expressions
        return reduced((*(self.plain._reduced or ()), self._limit))

    @property
    def _decidable(self) -> bool:
        """With two states and several gradients a step the polynomials are of degrees at which solvers decide little."""
        return self.iteration.size == 1 or self._one_call

    @cached_property
    def region(self) -> Any:
        """Where the second moments converge, over all real parameters, curvatures and levels: in solved form, no condition
        redundant; with two states and several gradients a step the conditions as they come."""
        return super().region if self._decidable else sympy.And(*self.conditions)

    def threshold_noise(self, curvature: Any = lam) -> Any:
        """The noise level from which on the method is not stable in mean square, at this curvature.

        Parameters
        ----------
        curvature : expression
            The curvature; by default the symbol lam.

        Returns
        -------
        expression
            The supremum of the levels s at which it is; 0 where it is not stable even without noise; infinite at curvature 0
            where a decay makes that stable.

        Raises
        ------
        NotDerivedError
            If a step takes three gradients or more, or two with more than one state.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> from symmomentum.noise import Noise
        >>> from symmomentum.symbols import alpha, beta
        >>> mean_square = Noise(Stability(Iteration(catalog["heavy-ball"]))).mean_square
        >>> found = mean_square.threshold_noise(1)
        >>> found.subs({alpha: sympy.Rational(1, 2), beta: sympy.Rational(1, 2)})
        sqrt(15)/3
        """
        if self.plain.region is sympy.false:
            return sympy.Integer(0)
        if self._one_call:
            value = sympy.sqrt(self._largest_square)
        else:
            square = sympy.Dummy("t", positive=True)
            limit = sympy.expand(self._expressions[0]).subs(self.level, sympy.sqrt(square))
            poly = sympy.Poly(limit, square)
            if self.iteration.size > 1 or poly.degree() > 2:
                raise NotDerivedError(
                    f"{self.iteration.method.name}: no closed form of the largest noise level is derived for "
                    f"{self.iteration.noise_input.shape[1]} gradients a step; the region is in mean_square.region"
                )
            a, b, c = (-poly.coeff_monomial(square**i) for i in (2, 1, 0))
            # a and b are sums of squares, and c < 0 where the method is stable: written so that a = 0 does no harm.
            value = sympy.sqrt(2 * -c / (b + sympy.sqrt(b**2 - 4 * a * c)))
        stable = self.plain.region
        cases = sympy.Piecewise((value, stable), (sympy.Integer(0), True))
        if self.iteration.method.regularized:  # stable also where the curvature, and with it the noise, is zero
            cases = sympy.Piecewise((value, stable & sympy.Ne(lam, 0)), (sympy.oo, stable), (sympy.Integer(0), True))
        return cases if curvature == lam else cases.subs(lam, curvature)

    @property
    def _largest_square(self) -> Any:
        above, below = sympy.fraction(sympy.cancel(1 / (lam**2 * self._gain)))
        return compact(above) / compact(below)

    @cached_property
    def stationary_covariance(self) -> Any:
        """The second moments of the state in the limit if noise of unit variance is added to the gradients beside, uncorrelated
        with the other: those without the other noise, divided by 1 - s^2 lam^2 G; infinite where not stable in mean square.

        Raises
        ------
        NotDerivedError
            If a step takes several gradients.
        """
        return self._covariance.applyfunc(lambda x: sympy.Piecewise((x, self.region), (sympy.oo, True)))

    @property
    def _covariance(self) -> Any:
        scale = 1 - self.level**2 * lam**2 * self._gain
        return self.covariance.applyfunc(lambda x: sympy.cancel(x / scale))

    @property
    def stationary_variance(self) -> Any:
        """Its entry for the iterate w."""
        row = self.iteration.method.state.index(ITERATE)
        return self.stationary_covariance[row, row]

    def second_moment(self, k: int, w0: Any = 1) -> Any:
        """The second moments of the state after k steps from rest at distance w0, exactly, stable or not; shape (s, s).

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is not a non-negative integer.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> from symmomentum.noise import Noise
        >>> Noise(Stability(Iteration(catalog["gradient-descent"]))).mean_square.second_moment(1)
        Matrix([[alpha**2*lambda**2*s**2 + alpha**2*lambda**2 - 2*alpha*lambda + 1]])
        """
        if isinstance(k, bool) or not hasattr(k, "__index__") or k.__index__() < 0:
            raise ArgumentError(f"{self.iteration.method.name}: k must be a non-negative integer; given {k!r}")
        rest = self.iteration.system.rest
        # In one ring of polynomials, or field of fractions: expanding expressions takes a hundred times as long.
        start, *steps = _in_one_domain([w0**2 * rest * rest.T, *self.transitions.values()])
        S = start
        for _ in range(k.__index__()):
            S = functools.reduce(operator.add, (F * S * F.transpose() for F in steps))
        return sympy.ImmutableMatrix(S.to_Matrix())

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The region in solved form; that it lies in that without noise and is that one at s = 0; the largest noise level; for
        two states and one gradient a step that the map of second moments has the polynomial of :func:`second_moment_cubic`, with
        what follows from :func:`mean_square_lemmas`; the threshold, where there is one. With two states and several gradients a
        step only that without noise it is the stability region."""
        it = self.iteration
        if it.size not in SIZES:
            return ()
        try:
            region, last = self.region, self.conditions[-1]
        except NotDerivedError:
            return ()
        name, source = it.method.name, f"derived from the update rule; {it.method.cite}"
        if region is sympy.false:
            return ()
        noiseless = Claim(
            id=f"{name}/mean-square/noiseless",
            title="Without noise it is the stability region",
            statement=sympy.Equivalent(region.xreplace({self.level: sympy.Integer(0)}), self.plain.region),
            assumptions=(),
            source=source,
        )
        if not self._decidable:  # and even this one may be beyond a solver
            return (noiseless,) if check(noiseless, timeout=SEARCH_SECONDS).proved else ()
        # With the claim that the region lies within that without noise, it says what the conditions come to.
        within = () if it.size == 1 else conjuncts(self.plain.region)
        solved = Claim(
            id=f"{name}/mean-square/region",
            title="Where the second moments converge" + (", of the stable" if within else ""),
            statement=sympy.Equivalent(last, sympy.And(*(c for c in conjuncts(region) if c not in within))),
            assumptions=within,
            source=source,
        )
        made = [
            solved,
            noiseless,
            Claim(
                id=f"{name}/mean-square/within",
                title="No noise makes a method stable",
                statement=self.plain.region,
                assumptions=conjuncts(region),
                source=source,
            ),
        ]
        if self._one_call and it.size <= 2:
            above, below = sympy.fraction(self._largest_square)
            noisy = _limit(*self._quantities) if it.size == 2 else 1 - self.operator[0, 0]
            noiseless_limit = noisy.xreplace({self.level: sympy.Integer(0)})
            made.append(
                Claim(
                    id=f"{name}/mean-square/level",
                    title="What the noise takes off the condition, by the square of the largest noise level",
                    statement=equal(noisy, noiseless_limit * (1 - self.level**2 * below / above)),
                    assumptions=conjuncts(self.plain.region),
                    source=source,
                )
            )
        if it.size == 2 and self._one_call:
            made += self._reduction(name, source)
        try:
            threshold, scope = self._threshold
        except NotDerivedError:
            pass
        else:
            claim = self._threshold_claim(threshold.xreplace({sympy.oo: lam + 1}), scope)
            made.append(
                dataclasses.replace(
                    claim, id=f"{name}/mean-square/threshold", title="The largest curvature stable in mean square"
                )
            )
        return tuple(made)

    def _reduction(self, name: str, source: str) -> list[Claim]:
        quantities = dict(zip((_p, _q, _g, _h), self._quantities, strict=True))
        own = self.operator.charpoly().all_coeffs()
        cubic = second_moment_cubic(*quantities.values())
        sufficient, necessary, _ = mean_square_lemmas()
        V = self._covariance
        after = sum((F * V * F.T for F in self.transitions.values()), sympy.zeros(2, 2))
        after += self.iteration.noise_input * self.iteration.noise_input.T
        return [
            Claim(
                id=f"{name}/mean-square/polynomial",
                title="The characteristic polynomial of the map of second moments",
                statement=sympy.And(*(equal(x, y) for x, y in zip(own[1:], cubic[1:], strict=True))),
                assumptions=(),
                source=source,
            ),
            *(
                lemma.instance(quantities, id=f"{name}/mean-square/{lemma.id.rpartition('/')[2]}")
                for lemma in (sufficient, necessary)
            ),
            Claim(
                id=f"{name}/mean-square/covariance",
                title="The second moments in the limit, with noise of both kinds",
                statement=sympy.And(
                    *(equal(V[i], after[i]) for i in itertools.product(range(2), repeat=2) if i != (1, 0))
                ),
                assumptions=conjuncts(self.region),
                source=source,
            ),
        ]
