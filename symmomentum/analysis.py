"""One object through which a method's whole theory is reached."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import sympy

from symmomentum.certificates import Bracket, worst_rate
from symmomentum.claims import Claim, Verdict
from symmomentum.codegen import Evaluator, Theory, evaluator, source
from symmomentum.complex_curvature import ComplexCurvature, about_games, complex_schur_cohn_lemmas
from symmomentum.documents import Derivation
from symmomentum.errors import MethodTypeError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.lecture import lecture
from symmomentum.methods import catalog
from symmomentum.noise import Noise
from symmomentum.presets import PublishedTuning, published
from symmomentum.proof import check
from symmomentum.rate import Rate, Regime, two_state_lemma
from symmomentum.relations import relation_claims
from symmomentum.schedules import Scheduled
from symmomentum.stability import Stability, end_point_lemma, schur_cohn_lemmas
from symmomentum.state_space import StateSpace, state_space
from symmomentum.transient import Transient
from symmomentum.tuning import Tuning, synthesize
from symmomentum.update_rule import Method

__all__ = ["Analysis", "analyze"]


def analyze(method: Method | str) -> Analysis:
    """The theory of a method: a catalog name or a :class:`~symmomentum.Method`.

    Raises
    ------
    UnknownNameError
        (a ``KeyError``) If the name is not in the catalog; the message suggests the nearest.
    MethodTypeError
        (a ``TypeError``) If given something else.

    Examples
    --------
    >>> a = analyze("gradient-descent")
    >>> a.stability.threshold, a.tuning.parameters, a.tuning.verdict.status
    (2/alpha, {alpha: 2/(L + mu)}, 'proved')
    """
    if isinstance(method, str):
        return _of_the_catalog(catalog[method])
    if not isinstance(method, Method):
        raise MethodTypeError(
            f"analyze takes a catalog name or a Method (make one with the decorator symmomentum.method); given {method!r}"
        )
    return Analysis(method)


@cache
def _of_the_catalog(method: Method) -> Analysis:
    # What was derived once is there when the name is asked for again.
    return Analysis(method)


class Analysis:
    """What follows from an update rule; every attribute is computed on first use and kept.

    All theory objects are SymPy objects in the symbols of :mod:`symmomentum.symbols`. Where no closed form is derived,
    :class:`~symmomentum.errors.NotDerivedError` says so.

    Examples
    --------
    >>> a = analyze("heavy-ball")
    >>> a.characteristic_polynomial.as_expr()
    beta + sigma**2 + sigma*(alpha*lambda - beta - 1)
    >>> a.residual_polynomial(2)
    alpha**2*lambda**2 + lambda*(-alpha*beta - 2*alpha) + 1
    >>> a.tuning.rate_of_kappa
    (sqrt(kappa) - 1)/(sqrt(kappa) + 1)
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self._iteration = Iteration(method)
        self.stability = Stability(self._iteration)
        self.noise = Noise(self.stability)
        self._rate = Rate(self.stability)

    def __repr__(self) -> str:
        return f"<analysis of {self.method.name}>"

    @property
    def iteration_matrix(self) -> Any:
        """R(lam), over the rule's state order; shape (s, s)."""
        return self._iteration.matrix

    @property
    def gradient_calls(self) -> int:
        """How many gradients one step takes: a method of c gradients a step with rate rho is as fast, per gradient, as one of a
        single gradient with rate rho^(1/c)."""
        return self.method.gradient_calls

    @property
    def noise_input(self) -> Any:
        """B, how one unit of error in each gradient call enters the state; shape (s, calls per step)."""
        return self._iteration.noise_input

    @property
    def characteristic_polynomial(self) -> sympy.Poly:
        """det(sigma I - R), a polynomial in sigma."""
        return self._iteration.polynomial

    @property
    def eigenvalues(self) -> tuple[Any, ...]:
        """The eigenvalues of R, where radicals exist."""
        return self._iteration.eigenvalues

    @property
    def discriminant(self) -> Any:
        """Of the characteristic polynomial of a two-state method: positive where the eigenvalues are real and distinct."""
        return self._iteration.discriminant

    def power(self, k: Any) -> Any:
        """R^k for a non-negative integer or an integer symbol; see :meth:`symmomentum.iteration.Iteration.power`."""
        return self._iteration.power(k)

    def residual_polynomial(self, k: Any) -> Any:
        """P_k(lam), with w^k - w* = P_k(A) (w^0 - w*) from rest; see
        :meth:`symmomentum.iteration.Iteration.residual_polynomial`."""
        return self._iteration.residual_polynomial(k)

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """An exhaustive, non-overlapping partition of parameters and curvature, with the rate in each part."""
        return self._rate.regimes

    @property
    def rate(self) -> Any:
        """The spectral radius of R."""
        return self._rate.rate

    @property
    def worst_rate(self) -> Any:
        """Its supremum over lam in [mu, L]."""
        return self._rate.worst_rate

    @cached_property
    def complex_curvature(self) -> ComplexCurvature:
        """Stability where the curvature is an eigenvalue of a game's Jacobian, which may be complex. Its claims are among
        :attr:`claims` for the methods that come from the literature on games."""
        return ComplexCurvature(self.stability)

    @cached_property
    def schedule(self) -> Scheduled:
        """What k steps do whose parameters follow the method's schedule, such as Chebyshev's."""
        return Scheduled(self._iteration)

    @cached_property
    def tuning(self) -> Tuning:
        """The minimax parameters over [mu, L], with the verdict on their optimality, and published ones beside them."""
        return synthesize(self._rate)

    @cached_property
    def transient(self) -> Transient:
        """What happens at finite k: the worst case over [mu, L], its peak, how many steps a tolerance takes, the norm of R^k."""
        return Transient(self._rate, lambda: self.tuning)

    @cached_property
    def presets(self) -> Mapping[str, PublishedTuning]:
        """Published parameters by name, with the verdict on the rate that is claimed for them."""
        return published(self._rate)

    def bracket_worst_rate(self, mu: Any, L: Any, **parameters: Any) -> Bracket:
        """Proved bounds of the worst rate over [mu, L] at numbers, for any number of states; see
        :func:`symmomentum.certificates.worst_rate`.

        Examples
        --------
        >>> found = analyze("aggregated-momentum").bracket_worst_rate(1, 4, alpha=0.25, beta=0.5, gamma=0.25)
        >>> round(float(found.lower), 6), round(float(found.upper), 6), found.proved
        (0.655156, 0.655156, True)
        """
        return worst_rate(self._iteration, mu, L, parameters)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Everything that is stated of this method; general lemmas that it rests on included."""
        size = self._iteration.size
        lemmas = schur_cohn_lemmas(size)
        if size <= 2:
            ends = (end_point_lemma(size),) if self._rate.is_affine else ()
            regimes = tuple(two_state_lemma(g.name) for g in self.regimes) if size == 2 else ()
            lemmas = (*lemmas, *regimes, *ends)
        try:
            tuning = self.tuning.claims
        except NotDerivedError:
            tuning = ()
        parts = (
            self._iteration.claims,
            relation_claims(self.method),
            lemmas,
            self.stability.claims,
            self._rate.claims,
            tuning,
            self.schedule.claims,
            *(p.claims for p in self.presets.values()),
            self.transient.claims,
            *((self.noise.further_claims, self.noise.claims) if self.noise.claims else ()),
            *((complex_schur_cohn_lemmas(size), self.complex_curvature.claims) if about_games(self.method) else ()),
        )
        return tuple(claim for part in parts for claim in part)

    def verify(self, *, solver: str = "z3") -> tuple[Verdict, ...]:
        """The verdicts on :attr:`claims`, in that order.

        Parameters
        ----------
        solver : str
            ``"z3"``, ``"cvc5"`` or ``"both"``.
        """
        return tuple(check(claim, solver=solver) for claim in self.claims)

    def evaluator(self, quantity: str, target: str = "numpy") -> Evaluator:
        """A numeric function made of generated source, which is its attribute ``source``.

        Parameters
        ----------
        quantity : str
            ``"rate"``, ``"eigenvalues"``, ``"stable"``, ``"threshold"``, ``"regime"``, ``"worst_rate"``, ``"power"``,
            ``"residual"``, ``"tuning"``, ``"tuned_rate"``, ``"tuned_worst_case"``, ``"stationary_variance"``,
            ``"stationary_loss"``, ``"variance"``, ``"expected_loss"``, ``"crossover"`` or ``"loss_curve"``. Its
            arguments are the parameters and ``lam`` (numbers or arrays that broadcast), first ``k`` for what is about
            the k-th step (``steps``, an array, for the curve over all modes) and last ``w0`` and ``sigma`` for losses;
            ``mu`` and ``L`` in place of ``lam`` for what is about a range of curvatures, without the parameters for
            what is tuned to it.
        target : str
            ``"numpy"``; ``"numba"`` (compiled for all cores; extra ``jit``); ``"array-api"`` (the arrays of NumPy,
            Dask, JAX, PyTorch, CuPy, ...; extra ``array``); ``"js"`` (text only).

        Raises
        ------
        UnknownNameError
            (a ``KeyError``) If there is no such quantity or target.
        NotDerivedError
            If the theory does not give that quantity.
        ArgumentError
            (a ``ValueError``) If the package that the target needs is not installed.

        Examples
        --------
        >>> a = analyze("heavy-ball")
        >>> float(a.evaluator("rate")(0.1, 0.9, 1.0))
        0.9486832980505138
        """
        return evaluator(self._theory, quantity, target)

    def evaluator_source(self, quantity: str, target: str = "numpy") -> str:
        """The text of :meth:`evaluator`, which needs nothing installed; it raises the same but for that."""
        return source(self._theory, quantity, target)

    @property
    def _theory(self) -> Theory:
        return Theory(self._rate, self.noise, lambda: self.tuning)

    def state_space(self, lam: Any = None, **parameters: Any) -> StateSpace:
        """The method as a linear system, for control theory and the programs of neighboring fields.

        Parameters
        ----------
        lam : number or real expression, optional
            Without it the system is the method alone: gradients in, out the points at which they are taken. With it, the method
            on a mode of this curvature: errors of the gradients in, out the iterate.
        **parameters : number or real expression
            The method's parameters; what is left out stays a symbol.

        Raises
        ------
        MethodTypeError
            (a ``TypeError``) If the method has no such parameter.
        ArgumentError
            (a ``ValueError``) If a value is no finite real number and no real expression in exact numbers, or if a matrix is
            undefined at these values or too large for floating point.

        Examples
        --------
        >>> a = analyze("heavy-ball")
        >>> a.state_space().C
        Matrix([[0, 1]])
        >>> a.state_space(1, alpha=0.5, beta=0.25).A
        array([[ 0.25 ,  1.   ],
               [-0.125,  0.5  ]])
        """
        return state_space(self._iteration, lam, **parameters)

    def derivation(self, *, everything: bool = False) -> Derivation:
        """The derivation as a document, every theorem proved in this very run.

        Parameters
        ----------
        everything : bool
            Whether all of :attr:`claims` is in it: it is twice as long then, and takes twice the time.
        """
        try:
            tuning = self.tuning
        except NotDerivedError as reason:
            return lecture(self._rate, None, str(reason), everything=everything)
        return lecture(self._rate, tuning, everything=everything)
