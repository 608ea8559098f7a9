r"""The best constant parameters for all curvatures in [mu, L]: found by synthesis, then proved optimal.

The worst rate is at most r exactly if the Schur-Cohn inequalities scaled by r hold at mu and at L (and in between, which follows
or is proved). At the least r as many of them are active, that is equations, as there are unknowns. The search tries the sets of
active constraints at one numeric pair (mu, L) and keeps the feasible solution of least r; that set is then solved for
symbolic mu and L by elimination. Nothing found in this way is taken on trust: the claims state that it is attained and that no
real parameters do better, and they are proved for all 0 < mu <= L.

Where the equations have no solution in square roots, the rate is a named root of a polynomial over Q(mu, L) and the parameters
are fractions in it; where no set of equations is found, a search at numbers takes its place. Then
:meth:`Tuning.certificate` proves, at any numbers mu and L, bounds of the rate and of what other parameters could reach.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy
from sympy import QQ
from sympy.polys.rings import PolyElement, PolyRing

from symmomentum.certificates import NumericTuning, best_parameters, certified_tuning, rational, step_sizes
from symmomentum.claims import Claim, Verdict, conjuncts
from symmomentum.elimination import DIGITS, MP, SLACK, as_mpf, numbers, solutions, value
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.presets import PublishedTuning, published
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.proof.entailment import entails
from symmomentum.rate import Rate, lies_inside
from symmomentum.stability import bounded_by, schur_cohn, slacks
from symmomentum.symbols import L, kappa, lam, mu, r

__all__ = ["Tuning", "check_spectrum", "synthesize"]

SAMPLE = (QQ(1), QQ(13))
"""The pair (mu, L) at which the sets of active constraints are compared; any generic one will do."""
ROOT_SECONDS = 1
"""How long is tried to prove for all mu and L that a named root is optimal: often that is out of reach."""
_NEAR = sympy.Rational(1, 10**5)
"""How far floating point may be from an algebraic number that it is taken for, once the rates agree."""
_MOST_FIXINGS = 10
"""How many ways to fix parameters that are redundant are tried."""


def check_spectrum(low: Any, high: Any) -> None:
    """Raise :class:`ArgumentError` unless 0 < mu <= L."""
    if low != low or high != high:
        raise ArgumentError(f"mu and L must be numbers; given mu = {low}, L = {high}")
    if not low > 0:
        raise ArgumentError(f"mu must be positive (the objective is strongly convex); given mu = {low}")
    if not high >= low:
        raise ArgumentError(f"L must be at least mu; given mu = {low}, L = {high}")


@dataclass(frozen=True, eq=False)
class Tuning:
    """Minimax parameters over [mu, L].

    Attributes
    ----------
    parameters : dict of symbol to expression in mu, L
        The parameters that attain the least worst rate; of kind ``"algebraic"``, in terms of the rate, r, too. Empty where
        they are known at numbers only.
    rate : expression in mu, L
        That rate; of kind ``"algebraic"`` the symbol r, a root of ``polynomial``; None where it is known at numbers only.
    active : tuple of equations
        The inequalities, scaled by r, that hold with equality at the optimum, and whose solution it is.
    polynomial : expression in r, mu, L
        Of kind ``"radicals"`` the certificate of the optimality proof: positive for 0 <= r < rate, and non-positive at the worst
        rate of any parameters. Of kind ``"algebraic"`` the polynomial that the rate is a root of.
    claims : tuple of Claim
        What makes it optimal.
    kind : str
        ``"radicals"``: parameters and rate in closed form, optimal for all mu and L. ``"algebraic"``: roots of a polynomial;
        ``scope`` says for which mu and L the claims are. ``"numeric"``: found by a search at numbers, with bounds proved there.
    spectrum : inequality
        Where they hold: ``mu <= L``, or ``mu < L`` where the parameters have no value for equal ones.
    given : tuple of symbols
        Parameters that are not tuned but stand in the expressions, such as a decay.
    scope : str
        For which mu and L the claims are.
    fixed : dict of symbol to number
        Those of the parameters that the characteristic polynomial does not need beside the others: fixed, not solved for. The
        claim of optimality is about all of their values.
    presets : dict of str to PublishedTuning
        Published parameters, beside the minimax ones.
    """

    parameters: Mapping[sympy.Symbol, Any]
    rate: Any
    active: tuple[Any, ...]
    polynomial: Any
    claims: tuple[Claim, ...]
    theory: Rate = field(repr=False)
    kind: str = "radicals"
    spectrum: Any = mu <= L
    given: tuple[sympy.Symbol, ...] = ()
    scope: str = "all 0 < mu <= L"
    fixed: Mapping[sympy.Symbol, Any] = field(default_factory=dict)

    @cached_property
    def presets(self) -> Mapping[str, PublishedTuning]:
        """Published parameters, by name."""
        return published(self.theory)

    @cached_property
    def rate_of_kappa(self) -> Any:
        """The rate in terms of the condition number kappa = L / mu, or of (L + decay) / (mu + decay) where there is a decay.

        Raises
        ------
        NotDerivedError
            If the rate has no closed form.
        """
        if self.kind != "radicals":
            raise NotDerivedError(f"the rate of this tuning has no closed form; it is {self.kind}")
        return _in_kappa(self.rate.subs(dict.fromkeys(self.given, sympy.Integer(0)), simultaneous=True))

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of the claims, the last of which is optimality."""
        return tuple(check(c) for c in self.claims)

    @property
    def verdict(self) -> Verdict:
        """The verdict on optimality over all real parameters; it rests on all claims before it."""
        return self.verdicts[-1]

    def __str__(self) -> str:
        shown = ", ".join(f"{p} = {e}" for p, e in self.parameters.items())
        if self.kind == "radicals":
            return f"{shown}, rate {self.rate} ({self.verdict.status})"
        if self.kind == "algebraic":
            equation = f"{self.polynomial} = 0"
            return f"{shown}, rate r with {equation} ({self.verdict.status} for {self.scope})"
        return f"no closed form; at {self.scope}: {self.certificate(*SAMPLE)}"

    def _check_spectrum(self, low: Any, high: Any) -> None:
        check_spectrum(low, high)
        if low == high and self.spectrum == (mu < L):
            raise ArgumentError(f"these parameters have no value where mu equals L; given mu = L = {low}")

    def _numbers(self, low: Any, high: Any, given: Mapping[str, Any]) -> dict[Any, Any]:
        self._check_spectrum(low, high)
        names = [s.name for s in self.given]
        if unknown := [n for n in given if n not in names]:
            raise ArgumentError(
                f"{unknown[0]} is not given here but tuned; given can be {', '.join(names) or 'nothing'}"
            )
        values = {s: rational(given.get(s.name, 0)) for s in self.given}
        if bad := [s for s, v in values.items() if not v > -rational(low)]:
            raise ArgumentError(f"{bad[0]} must be larger than -mu; given {given[bad[0].name]}")
        return {mu: rational(low), L: rational(high), **values}

    def at(self, low: Any, high: Any, **given: Any) -> dict[sympy.Symbol, Any]:
        """The parameters at numbers mu and L, exactly: rational numbers, radicals or roots of polynomials; of kind ``"numeric"``,
        the rational numbers that the search found.

        Parameters
        ----------
        low, high : number
            mu and L.
        **given : number
            What is not tuned, such as a decay; 0 unless given.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu <= L, or if something is given that is tuned.
        """
        values = self._numbers(low, high, given)
        if self.kind == "radicals":
            return {p: e.xreplace(values) for p, e in self.parameters.items()}
        if self.kind == "algebraic" and (root := self._root_at(values)) is not None:
            return {p: e.subs({**values, r: root}, simultaneous=True) for p, e in self.parameters.items()}
        return dict(self.certificate(low, high, **given).parameters)

    def rate_at(self, low: Any, high: Any, **given: Any) -> Any:
        """The worst rate of those parameters, exactly; of kind ``"numeric"`` a rational number that it is proved to be below."""
        values = self._numbers(low, high, given)
        if self.kind == "radicals":
            return self.rate.xreplace(values)
        if self.kind == "algebraic" and (root := self._root_at(values)) is not None:
            return root
        return self.certificate(low, high, **given).rate

    def _root_at(self, values: Mapping[Any, Any]) -> Any:
        """The root of the polynomial at numbers at which the parameters are the best found there; None if none of them is."""
        best = self.certificate(values[mu], values[L], **{s.name: values[s] for s in self.given})
        polynomial = sympy.Poly(self.polynomial.subs(values, simultaneous=True), r)
        for root in polynomial.real_roots():
            if abs(sympy.N(root, DIGITS) - best.rate) > _NEAR:
                continue
            near = {p: e.subs({**values, r: sympy.N(root, DIGITS)}) for p, e in self.parameters.items()}
            if all(abs(x - best.parameters[p]) <= _NEAR * (1 + abs(x)) for p, x in near.items()):
                return root
        return None

    def certificate(self, low: Any, high: Any, **given: Any) -> NumericTuning:
        """What is proved at numbers mu and L: rational parameters, bounds of their worst rate, and a rate below which no
        parameters come.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu <= L.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> from symmomentum.stability import Stability
        >>> tuning = synthesize(Rate(Stability(Iteration(catalog["lookahead"]))))
        >>> found = tuning.certificate(1, 13)
        >>> round(float(found.rate), 6), round(float(found.lower), 6), found.lower_by
        (0.381551, 0.381551, 'proved')
        """
        return _certificate(self, tuple(self._numbers(low, high, given).items()))

    def iterations(self, tolerance: Any, low: Any, high: Any, **given: Any) -> int:
        """The least k with rate**k <= tolerance at numbers mu and L: an asymptotic count, without transients.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu <= L and 0 < tolerance < 1.
        """
        self._check_spectrum(low, high)
        if not 0 < tolerance < 1:
            raise ArgumentError(f"the tolerance must lie between 0 and 1; given {tolerance}")
        radius = self.rate_at(low, high, **given)
        if radius == 0:
            return 1
        return int(sympy.ceiling(sympy.log(rational(tolerance)) / sympy.log(radius)))


@functools.lru_cache(maxsize=64)
def _certificate(tuning: Tuning, numbers_given: tuple[tuple[Any, Any], ...]) -> NumericTuning:
    values = dict(numbers_given)
    low, high = values[mu], values[L]
    held = {s: values[s] for s in tuning.given}
    iteration = tuning.theory.iteration
    candidates: list[tuple[Mapping[sympy.Symbol, Any], Any]] = []
    if tuning.kind == "radicals":
        numbers_of = {x: sympy.N(e.xreplace(values), DIGITS) for x, e in {**tuning.parameters, r: tuning.rate}.items()}
        radius = _decimal(numbers_of.pop(r))
        candidates.append(({p: _decimal(v) for p, v in numbers_of.items()}, radius))
    else:
        with contextlib.suppress(NotDerivedError):
            candidates += _search(tuning.theory, (low, high), held).candidates()
        candidates.append((best_parameters(iteration, low, high, held), None))
        if len(step_sizes(iteration) - set(held)) > 1:
            candidates.append((best_parameters(iteration, low, high, held, one_step_size=True), None))
    return certified_tuning(iteration, low, high, candidates, held)


def synthesize(rate: Rate) -> Tuning:
    """The minimax tuning of a method.

    Raises
    ------
    NotDerivedError
        If no parameters of the method converge over all of [mu, L], or it has no parameters.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.stability import Stability
    >>> tuning = synthesize(Rate(Stability(Iteration(catalog["gradient-descent"]))))
    >>> tuning.parameters, tuning.rate, tuning.rate_of_kappa
    ({alpha: 2/(L + mu)}, (L - mu)/(L + mu), (kappa - 1)/(kappa + 1))
    """
    if not rate.iteration.parameters:
        raise NotDerivedError(f"{rate.iteration.method.name} has no parameters to tune")
    found = _Synthesis(rate).tuning() if rate.iteration.size <= 2 else None
    return found or _numeric(rate)


def _numeric(rate: Rate) -> Tuning:
    """What a search finds at the sample, with what is proved there."""
    given = _decays(rate.iteration)
    tuning = Tuning({}, None, (), None, (), rate, "numeric", given=given, scope=_sample_scope())
    found = tuning.certificate(*SAMPLE)
    return Tuning({}, None, (), None, found.claims, rate, "numeric", given=given, scope=_sample_scope())


def _sample_scope() -> str:
    return f"mu = {SAMPLE[0]}, L = {SAMPLE[1]}"


def _decays(iteration: Iteration) -> tuple[sympy.Symbol, ...]:
    """The parameters of a regularized method that are its decay: the larger they are the faster it is, so they must be given."""
    return tuple(p for p in iteration.parameters if p in getattr(iteration.system.pull, "free_symbols", ()))


def _in_kappa(rate: Any) -> Any:
    return _tidy(rate.subs({L: kappa, mu: 1}, simultaneous=True))


class _Synthesis:
    """The search for one method: at the sample for all mu and L, or at numbers of the user's.

    ``held`` are parameters with a value: a decay, or what is redundant.
    """

    def __init__(
        self,
        rate: Rate,
        sample: tuple[Any, Any] = SAMPLE,
        held: Mapping[sympy.Symbol, Any] | None = None,
        shift: tuple[sympy.Symbol, ...] = (),
    ) -> None:
        self.rate = rate
        self.iteration: Iteration = rate.iteration
        self.name = self.iteration.method.name
        if self.iteration.size > 2:
            raise NotDerivedError(f"{self.name}: active constraints are searched for up to two states")
        self.held, self.shift = dict(held or {}), shift
        self.sample = tuple(QQ(int(x.numerator), int(x.denominator)) for x in sample)
        self.unknowns = (*(p for p in self.iteration.parameters if p not in self.held), r)
        # The unknowns come first, so that elimination can tell them from mu and L by position.
        self.ring = PolyRing((*self.unknowns, mu, L), QQ)
        self.coefficients = tuple(self._held(c) for c in self.iteration.coefficients)
        self.interior = self._interior_points()
        self.constraints = self._polynomials(schur_cohn(self.coefficients, r))
        # Constraints of degree two in r also hold inside both roots, where the trace exceeds 2 r; the others rule that out.
        self.bounds = [self._at_sample(g) for g in self._polynomials(slacks(self.coefficients, r), inside=False)]
        self.bounds_inside = [
            (
                [self._at_sample(self.ring.from_expr(c.lhs - c.rhs)) for c in conjuncts(lies_inside(point))],
                [self._at_sample(self.ring.from_expr(_signed_at(g, point))) for g in slacks(self.coefficients, r)],
            )
            for point in self.interior
        ]

    def _held(self, expression: Any) -> Any:
        return sympy.expand(expression).subs(self.held, simultaneous=True)

    def _interior_points(self) -> tuple[Any, ...]:
        """Curvatures inside [mu, L] that may decide, where they are known and have a value."""
        try:
            points = [sympy.cancel(self._held(p)) for p in self.rate.interior_points]
        except NotDerivedError:
            return ()
        return tuple(p for p in dict.fromkeys(points) if p.is_finite is not False and p.free_symbols)

    def _polynomials(self, expressions: tuple[Any, ...], *, inside: bool = True) -> dict[PolyElement, Any]:
        """Expressions in lam at mu and at L, and inside: as polynomials, each with the expression that it comes from."""
        ends = [g.subs(lam, at) for g in expressions for at in (mu, L)]
        if inside:
            ends += [_signed_at(g, point) for g in expressions for point in self.interior]
        return {self.ring.from_expr(sympy.expand(g)): g for g in ends}

    def _at_sample(self, poly: PolyElement) -> PolyElement:
        """A polynomial in the unknowns alone."""
        return poly.evaluate(list(zip(self.ring.gens[-2:], self.sample, strict=True)))

    def tuning(self) -> Tuning | None:
        """Search at one pair of numbers, solve for symbols, state the claims; None if no set of constraints has a solution."""
        shift = _decays(self.iteration)
        if shift and not self._is_shift(shift):
            return None
        chosen = self._without_redundance(dict.fromkeys(shift, sympy.Integer(0)), shift)
        return chosen._tuning() if chosen else None

    def _is_shift(self, decays: tuple[sympy.Symbol, ...]) -> bool:
        """Whether a decay does nothing but add to the curvature."""
        without = [
            sympy.expand(c).subs(dict.fromkeys(decays, 0), simultaneous=True) for c in self.iteration.coefficients
        ]
        moved = [c.subs(lam, lam + sum(decays)) for c in without]
        return all(sympy.expand(x - y) == 0 for x, y in zip(moved, self.iteration.coefficients, strict=True))

    def _without_redundance(self, held: dict[Any, Any], shift: tuple[sympy.Symbol, ...]) -> _Synthesis | None:
        """The search with as many parameters as the characteristic polynomial depends on, the others fixed at 0 or 1 such that
        the rate that is found is least; that other values are not better is for the claims to say."""
        free = [p for p in self.iteration.parameters if p not in held]
        surplus = len(free) - self._rank(free, held)
        if surplus == 0:
            return _search(self.rate, self.sample, held, shift)
        found: list[tuple[Any, int, _Synthesis]] = []
        for values in itertools.product((sympy.Integer(0), sympy.Integer(1)), repeat=surplus):
            for which in itertools.combinations(reversed(free), surplus):
                fixed = {**held, **dict(zip(which, values, strict=True))}
                rest = [p for p in free if p not in fixed]
                if len(found) == _MOST_FIXINGS or self._rank(rest, fixed) < len(rest):
                    continue
                search = _search(self.rate, self.sample, fixed, shift)
                radius = search.least
                if radius is not None:
                    found.append((radius, len(found), search))
                    if self._is_least(radius):
                        return search
        return min(found, key=lambda f: (MP.nstr(f[0], 20), f[1]))[2] if found else None

    @property
    def least(self) -> Any:
        """The least rate that was found at the sample; None if none was."""
        if not self._best_first:
            return None
        return min(values[-1] for values in self._feasible_solutions(self._best_first[0]))

    def _is_least(self, radius: Any) -> bool:
        """Whether no linear method of as many gradients has a smaller rate at the sample."""
        root = MP.sqrt(as_mpf(self.sample[1] / self.sample[0]))
        return bool(abs(radius - ((root - 1) / (root + 1)) ** self.iteration.system.B.shape[1]) < SLACK)

    def _rank(self, free: list[Any], held: Mapping[Any, Any]) -> int:
        """On how many parameters the characteristic polynomial depends, near a generic point."""
        polynomials = [
            sympy.Poly(sympy.expand(c).subs(held, simultaneous=True), lam) for c in self.iteration.coefficients[1:]
        ]
        functions = sympy.Matrix([c for p in polynomials for c in p.all_coeffs()])
        generic = {p: sympy.Rational(2 * i + 3, 5 * i + 11) for i, p in enumerate(free)}
        return int(functions.jacobian(free).subs(generic, simultaneous=True).rank()) if free else 0

    def _tuning(self) -> Tuning | None:
        algebraic = None
        for active in self._best_first:
            try:
                parameters, rate, polynomial = self._closed_form(active)
            except _NoRadicals:
                algebraic = algebraic or self._algebraic(active)
                continue
            equations = tuple(sympy.Eq(self._moved(self.constraints[g]), 0, evaluate=False) for g in active)
            for spectrum in (mu <= L, mu < L):  # some optimal parameters have no value where the two are equal
                claims = self._claims(parameters, rate, equations, polynomial, spectrum)
                if all(check(c, timeout=SEARCH_SECONDS).proved for c in claims):
                    moved = {p: self._moved(e) for p, e in parameters.items()}
                    polynomial = self._moved(polynomial)
                    return Tuning(
                        moved,
                        self._moved(rate),
                        equations,
                        polynomial,
                        claims,
                        self.rate,
                        spectrum=spectrum,
                        given=self.shift,
                        fixed=self._fixed,
                    )
        return algebraic

    def _moved(self, expression: Any) -> Any:
        """With the decay, which is left out in the search, added to the curvatures."""
        return (
            expression.subs({x: x + sum(self.shift) for x in (mu, L)}, simultaneous=True) if self.shift else expression
        )

    def candidates(self) -> list[tuple[dict[sympy.Symbol, Any], Any]]:
        """At numbers: the parameters and the rate of the best few sets of active constraints, the least rate first."""
        found = []
        for active in self._best_first[:3]:
            best: list[Any] = min(self._feasible_solutions(active), key=lambda values: values[-1])
            *values, radius = map(_decimal, best)
            found.append(({**self.held, **dict(zip(self.unknowns[:-1], values, strict=True))}, radius))
        return found

    # Search at numbers ----------------------------------------------------------------------------------------------

    @cached_property
    def _best_first(self) -> list[list[PolyElement]]:
        """The sets of active constraints whose numeric solutions are feasible, the least rate first."""
        found: list[tuple[Any, int, list[PolyElement]]] = []
        for n, active in enumerate(itertools.combinations(self.constraints, len(self.unknowns))):
            found += [(values[-1], n, list(active)) for values in self._feasible_solutions(active)]
        found.sort(key=lambda f: (MP.nstr(f[0], 20), f[1]))
        return list({n: active for _, n, active in found}.values())

    def _feasible_solutions(self, active: Iterable[PolyElement]) -> Iterator[list[Any]]:
        """At the sample (mu, L), the solutions of the active constraints that satisfy all of them."""
        for solution in solutions([self._at_sample(g) for g in active], len(self.unknowns)):
            for values in numbers(solution, len(self.unknowns)):
                if 0 <= values[-1] < 1 and all(value(g, values) >= -SLACK for g in self._bounds_that_apply(values)):
                    yield values

    def _bounds_that_apply(self, values: list[Any]) -> Iterator[PolyElement]:
        yield from self.bounds
        for between, bounds in self.bounds_inside:
            if all(value(g, values) > 0 for g in between):
                yield from bounds

    # Closed form ----------------------------------------------------------------------------------------------------

    def _closed_form(self, active: list[PolyElement]) -> tuple[dict[sympy.Symbol, Any], Any, Any]:
        """Solve the active constraints for symbolic mu and L: in rational functions of new variables whose squares are linear
        in mu and L where the rate is quadratic."""
        target = min(self._feasible_solutions(active), key=lambda values: values[-1])
        for solution in solutions(active, len(self.unknowns), near=[*target, *map(as_mpf, self.sample)]):
            factor = solution.final
            rate, back = self._root(factor, target[-1])
            expressions = {r: rate}
            for index, num, den in reversed(solution.steps):
                fraction = num.as_expr() / den.as_expr()
                replaced = fraction.subs(expressions, simultaneous=True).subs(back.into, simultaneous=True)
                expressions[self.unknowns[index]] = back.reduced(sympy.cancel(replaced))
            found = {u: _tidy(sympy.factor(e).subs(back.out, simultaneous=True)) for u, e in expressions.items()}
            if any(e.has(sympy.zoo, sympy.nan) for e in found.values()):
                continue  # a divisor vanishes
            if not all(self._close(found[u], value) for u, value in zip(self.unknowns, target, strict=True)):
                continue  # another solution with the same rate
            certificate = factor.as_expr()
            if value(factor, [*target[:-1], MP.mpf(0), *map(as_mpf, self.sample)]) < 0:
                certificate = -certificate
            return self._all_parameters(found), found[r], sympy.factor(certificate)
        raise _NoRadicals

    @property
    def _fixed(self) -> dict[sympy.Symbol, Any]:
        return {p: v for p, v in self.held.items() if p not in self.shift}

    def _all_parameters(self, found: Mapping[Any, Any]) -> dict[sympy.Symbol, Any]:
        """Those that were solved for and those that are held, but for a decay."""
        values = {**self.held, **found}
        return {p: values[p] for p in self.iteration.parameters if p not in self.shift}

    def _algebraic(self, active: list[PolyElement]) -> Tuning | None:
        """The rate as a root of a polynomial, and the parameters in terms of it."""
        target = min(self._feasible_solutions(active), key=lambda values: values[-1])
        if target[-1] > self.least + SLACK:
            return None
        for solution in solutions(active, len(self.unknowns), near=[*target, *map(as_mpf, self.sample)]):
            expressions: dict[Any, Any] = {}
            for index, num, den in reversed(solution.steps):
                fraction = num.as_expr() / den.as_expr()
                expressions[self.unknowns[index]] = sympy.factor(
                    sympy.cancel(fraction.subs(expressions, simultaneous=True))
                )
            known = {r: sympy.Float(target[-1], DIGITS)}
            if not all(self._close(expressions[u].subs(known), target[i]) for i, u in enumerate(self.unknowns[:-1])):
                continue  # another solution with the same rate
            equations = tuple(sympy.Eq(self.constraints[g], 0, evaluate=False) for g in active)
            made = Tuning(
                {p: self._moved(e) for p, e in self._all_parameters(expressions).items()},
                r,
                tuple(sympy.Eq(self._moved(e.lhs), 0, evaluate=False) for e in equations),
                self._moved(sympy.factor(solution.final.as_expr())),
                (),
                self.rate,
                "algebraic",
                given=self.shift,
                scope=_sample_scope(),
                fixed=self._fixed,
            )
            general = self._root_claim(equations)
            # Asked first without points tried: there are hardly any that satisfy the equations.
            if (
                self.rate.is_affine
                and entails(general.assumptions, general.statement, timeout=ROOT_SECONDS)
                and check(general).proved
            ):
                return replace(made, claims=(general,), scope="all 0 < mu <= L at which its parameters attain it")
            found = made.certificate(*SAMPLE)
            if abs(found.rate - _decimal(target[-1])) > _NEAR:
                return None  # something else is better
            return replace(made, claims=found.claims)
        return None

    def _root_claim(self, equations: tuple[Any, ...]) -> Claim:
        """If the active equations have a solution that is feasible, no parameters have a smaller worst rate."""
        solved = {u: self.iteration.fresh(f"{u.name}_0") for u in self.unknowns}
        at_solution = [e.subs(solved, simultaneous=True) for e in equations]
        feasible = [c for x in (mu, L) for c in self._bounded(x, solved[r], {**self.held, **solved})]
        any_parameters = (r >= 0, *self._bounded(mu, r), *self._bounded(L, r))
        return Claim(
            id=f"{self.name}/tuning/optimal-root",
            title="No real parameters have a smaller worst rate than a feasible solution of the active equations",
            statement=r >= solved[r],
            assumptions=(mu <= L, solved[r] >= 0, solved[r] < 1, *at_solution, *feasible, *any_parameters),
            source=f"synthesized from the active Schur-Cohn constraints; {self.iteration.method.cite}",
        )

    def _close(self, expression: Any, value: Any) -> bool:
        at_sample = expression.subs({mu: _rational(self.sample[0]), L: _rational(self.sample[1])})
        return bool(abs(MP.make_mpf(sympy.Float(sympy.N(at_sample, DIGITS), DIGITS)._mpf_) - value) < SLACK)

    def _root(self, factor: PolyElement, target: Any) -> tuple[Any, _Variables]:
        poly = sympy.Poly(factor.as_expr(), r)
        if poly.degree() == 1:
            lead, constant = poly.all_coeffs()
            return sympy.cancel(-constant / lead), _Variables()
        if poly.degree() != 2:
            raise _NoRadicals
        lead, middle, constant = poly.all_coeffs()
        radicand = sympy.expand(middle**2 - 4 * lead * constant)
        try:
            variables = _square_roots(radicand)
        except _NoRadicals:
            variables, outside = _one_root(radicand)
            for sign in (outside, -outside):
                root = sympy.cancel((-middle + sign * next(iter(variables.out))) / (2 * lead))
                if self._close(root.subs(variables.out, simultaneous=True), target):
                    return root, variables
            raise
        split = sympy.factor(poly.as_expr().subs(variables.into, simultaneous=True))
        for f, _ in sympy.factor_list(split, r)[1]:
            linear = sympy.Poly(f, r)
            if linear.degree() != 1:
                continue
            root = sympy.cancel(-linear.all_coeffs()[1] / linear.all_coeffs()[0])
            if self._close(root.subs(variables.out, simultaneous=True), target):
                return root, variables
        raise _NoRadicals

    # Claims ---------------------------------------------------------------------------------------------------------

    def _claims(
        self,
        parameters: Mapping[sympy.Symbol, Any],
        rate: Any,
        equations: tuple[Any, ...],
        polynomial: Any,
        spectrum: Any = mu <= L,
    ) -> tuple[Claim, ...]:
        in_kappa = _in_kappa(rate)
        moved = {p: self._moved(e) for p, e in parameters.items()}
        rate, polynomial = self._moved(rate), self._moved(polynomial)
        decays = tuple(mu + d > 0 for d in self.shift)
        inner = [self._moved(sympy.cancel(p.subs(parameters, simultaneous=True))) for p in self.interior]
        source = f"synthesized from the active Schur-Cohn constraints; {self.iteration.method.cite}"
        name = f"{self.name}/tuning"
        inside = () if self.rate.is_affine else (mu <= lam, lam <= L)
        attained = [x for at in ((mu, L) if self.rate.is_affine else (lam,)) for x in self._bounded(at, rate, moved)]
        any_parameters = (
            spectrum if inner else mu <= L,
            *decays,
            r >= 0,
            *(c for x in (mu, L, *inner) for c in self._bounded(x, r)),
        )
        # Where r >= 1 there is nothing to show; else the certificate polynomial carries the bound.
        bridge = sympy.Or(r >= 1, polynomial <= 0)
        at_optimum = {**moved, r: rate}
        # What they are put into may cancel what they are undefined by.
        defined = [sympy.Eq(e, e, evaluate=False) for e in moved.values()]
        return (
            Claim(
                id=f"{name}/active",
                title="The tuned parameters solve the active equations and the certificate polynomial",
                statement=sympy.And(
                    *(sympy.Eq(e.lhs.subs(at_optimum, simultaneous=True), 0, evaluate=False) for e in equations),
                    sympy.Eq(polynomial.subs(r, rate), 0, evaluate=False),
                ),
                assumptions=(spectrum, *decays),
                source=source,
            ),
            Claim(
                id=f"{name}/condition-number",
                title="The tuned rate in terms of the condition number",
                statement=sympy.Eq(rate, in_kappa.subs(kappa, self._moved(L) / self._moved(mu)), evaluate=False),
                assumptions=(spectrum, *decays) if decays else (),
                source=source,
            ),
            Claim(
                id=f"{name}/attained",
                title="The tuned parameters attain the rate" + (" at both end points" if self.rate.is_affine else ""),
                statement=sympy.And(rate >= 0, rate < 1, *attained, *defined),
                assumptions=(spectrum, *decays, *inside),
                source=source,
            ),
            Claim(
                id=f"{name}/optimal",
                title="No real parameters have a smaller worst rate",
                statement=r >= rate,
                assumptions=any_parameters,
                source=source,
                lemmas=(
                    Claim(
                        id=f"{name}/optimal/certificate",
                        title="Whatever the parameters, their worst rate makes the certificate polynomial non-positive",
                        statement=bridge,
                        assumptions=any_parameters,
                        source=source,
                    ),
                    Claim(
                        id=f"{name}/optimal/root",
                        title="The certificate polynomial is positive below the tuned rate",
                        statement=r >= rate,
                        assumptions=(spectrum if inner else mu <= L, *decays, r >= 0, bridge),
                        source=source,
                    ),
                ),
            ),
        )

    def _bounded(self, at: Any, radius: Any, values: Mapping[Any, Any] | None = None) -> tuple[Any, ...]:
        """That no eigenvalue at a curvature has modulus above the radius, for the given or any parameters."""
        coefficients = [sympy.expand(c).subs(lam, at) for c in self.iteration.coefficients]
        if values:
            coefficients = [c.subs(values, simultaneous=True) for c in coefficients]
        return bounded_by(coefficients, radius)


def _search(
    rate: Rate, sample: tuple[Any, Any], held: Mapping[sympy.Symbol, Any], shift: tuple[sympy.Symbol, ...] = ()
) -> _Synthesis:
    """A search, and the same one again where it is asked for twice."""
    return _kept_search(rate, tuple(map(rational, sample)), tuple(held.items()), shift)


@functools.lru_cache(maxsize=32)
def _kept_search(rate: Rate, sample: Any, held: Any, shift: Any) -> _Synthesis:
    return _Synthesis(rate, sample, dict(held), shift)


class _NoRadicals(Exception):
    """The system's solution is not in rational functions of square roots of linear forms."""


@dataclass(frozen=True)
class _Variables:
    """A change of variables: mu and L in terms of new ones, and those in terms of mu and L."""

    into: Mapping[Any, Any] = field(default_factory=dict)
    out: Mapping[Any, Any] = field(default_factory=dict)
    square: Any = None
    """What the square of the one new variable is, where mu and L stay."""

    def reduced(self, fraction: Any) -> Any:
        """A fraction with that variable once, where it is added to something of its own sign: nothing cancels."""
        if self.square is None:
            return fraction
        (root,) = self.out
        num, den = sympy.fraction(fraction)
        if den.has(root):
            conjugate = den.subs(root, -root)
            num, den = num * conjugate, den * conjugate
        num, den = (sympy.rem(sympy.expand(part), root**2 - self.square, root) for part in (num, den))
        plain = sympy.cancel(num / den)
        num, den = sympy.fraction(plain)
        rest, slope = num.subs(root, 0), sympy.cancel((num - num.subs(root, 0)) / root)
        at_sample = {mu: _rational(SAMPLE[0]), L: _rational(SAMPLE[1])}
        if not (rest * slope).subs(at_sample).is_negative:
            return plain
        above = sympy.cancel(sympy.expand(rest**2 - slope**2 * self.square) / den)
        return sympy.factor(above) / (rest - slope * root)


def _one_root(radicand: Any) -> tuple[_Variables, Any]:
    """A square root as one new variable, times what is outside the root."""
    constant, factors = sympy.factor_list(radicand)
    inside = constant * sympy.Mul(*(f for f, times in factors if times % 2))
    outside = sympy.Mul(*(f ** (times // 2) for f, times in factors))
    return _Variables(
        out={sympy.Dummy("s", nonnegative=True): sympy.sqrt(inside)}, square=sympy.expand(inside)
    ), outside


def _square_roots(radicand: Any) -> _Variables:
    """Variables s, u with squares linear in mu and L, such that the radicand is a square in them."""
    constant, factors = sympy.factor_list(radicand)
    odd = [f for f, m in factors if m % 2]
    if not 0 < len(odd) <= 2 or any(sympy.Poly(f, mu, L).total_degree() != 1 for f in odd):
        raise _NoRadicals
    square_free = sympy.sqrt(constant)
    if not square_free.is_Rational:
        odd[0] = odd[0] * constant
    if len(odd) == 1:
        odd.append(L if mu in odd[0].free_symbols else mu)
        roots = [sympy.Dummy("s", positive=True), sympy.Dummy("x", positive=True)]
        squares = [roots[0] ** 2, roots[1]]
        out = {roots[0]: sympy.sqrt(odd[0]), roots[1]: odd[1]}
    else:
        roots = [sympy.Dummy("s", positive=True), sympy.Dummy("u", positive=True)]
        squares = [roots[0] ** 2, roots[1] ** 2]
        out = {root: sympy.sqrt(f) for root, f in zip(roots, odd, strict=True)}
    # Cramer's rule; the forms have no constant term
    (a, b), (c, d) = ([sympy.diff(f, x) for x in (mu, L)] for f in odd)
    determinant = a * d - b * c
    if determinant == 0 or any(f.subs({mu: 0, L: 0}) != 0 for f in odd):
        raise _NoRadicals
    x, y = squares
    return _Variables({mu: (x * d - b * y) / determinant, L: (a * y - x * c) / determinant}, out)


def _tidy(expression: Any) -> Any:
    """One fraction, factored, with the larger of mu and L first where a difference could be turned round."""
    num, den = sympy.fraction(sympy.together(expression))
    if num.could_extract_minus_sign() and den.could_extract_minus_sign():
        num, den = -num, -den
    return sympy.factor(num) / sympy.factor(den)


def _rational(number: Any) -> Any:
    return sympy.Rational(int(number.numerator), int(number.denominator))


def _signed_at(expression: Any, point: Any) -> Any:
    """A polynomial with the sign of an expression at a curvature that is a fraction."""
    num, den = sympy.fraction(sympy.cancel(expression.subs(lam, point)))
    return sympy.expand(num * den)


def _decimal(number: Any) -> Any:
    """A number of many digits as a fraction of nearly as many."""
    return sympy.Rational(MP.nstr(MP.mpf(str(number)), DIGITS - 5))
