"""What is certain at given numbers: the worst rate of given parameters, and how much better others could be.

Where there is no closed form, floating point finds a candidate and exact arithmetic says what is true of it. Both bounds of a
:class:`Bracket` are claims in rational numbers. They rest on the strict Schur-Cohn inequalities, so that any number of states and
of gradients a step will do; the curvatures inside [mu, L] are looked at too, not its end points alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration
from symmomentum.proof import check
from symmomentum.stability import schur_cohn
from symmomentum.symbols import lam

__all__ = ["Bracket", "NumericTuning", "best_parameters", "certified_tuning", "rational", "worst_rate"]

DIGITS = 12
"""To how many digits rational bounds are rounded, outwards."""
SEARCH_SECONDS = 3
"""How long the solver may take over one lower bound for all parameters."""


def rational(number: Any) -> Any:
    """A number of any kind as the rational number that it is, a float as the binary fraction that it is."""
    # SymPy's own rational numbers, where gmpy2 is not installed, are none to Fraction, but have its two attributes.
    value = number if hasattr(number, "denominator") else Fraction(number)
    return sympy.Rational(int(value.numerator), int(value.denominator))


def _rounded(number: Any, up: bool) -> Any:
    """A rational number of few digits on the wanted side of a number."""
    scaled = rational(number) * 10**DIGITS
    return sympy.Rational(int(sympy.ceiling(scaled) if up else sympy.floor(scaled)), 10**DIGITS)


@dataclass(frozen=True)
class Bracket:
    """Two rational numbers with the worst rate between them.

    Attributes
    ----------
    lower, upper : Rational
        Bounds of the worst rate.
    at : Rational
        A curvature at which the rate is at least the lower bound.
    claims : tuple of Claim
        That they are bounds.
    """

    lower: Any
    upper: Any
    at: Any
    claims: tuple[Claim, ...]

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims."""
        return tuple(check(c) for c in self.claims)

    @property
    def proved(self) -> bool:
        """Whether both bounds are proved."""
        return all(v.proved for v in self.verdicts)


def _function(iteration: Iteration) -> Callable[..., Sequence[Any]]:
    """The characteristic coefficients after the leading one, as a function of lam and the parameters on arrays."""
    arguments = (lam, *iteration.parameters)
    made: Any = sympy.lambdify(arguments, [sympy.expand(c) for c in iteration.coefficients[1:]], "numpy", cse=True)
    return made  # type: ignore[no-any-return]


def _radii(function: Callable[..., Sequence[Any]], curvatures: Any, parameters: Sequence[Any]) -> Any:
    """Spectral radii in floating point, for curvatures and parameters that broadcast; infinite where they overflow."""
    with np.errstate(all="ignore"):
        parts = np.broadcast_arrays(*function(curvatures, *parameters), curvatures + 0 * sum(parameters))[:-1]
    if len(parts) == 1:
        return _finite(np.abs(parts[0]))
    if len(parts) == 2:
        b, q = -parts[0], parts[1]
        with np.errstate(all="ignore"):
            d = b * b - 4 * q
            found = np.where(d < 0, np.sqrt(np.abs(q)), (np.abs(b) + np.sqrt(np.abs(d))) / 2)
        return _finite(found)
    companion = np.zeros((*parts[0].shape, len(parts), len(parts)))
    companion[..., 0, :] = -np.stack(parts, axis=-1)
    for i in range(len(parts) - 1):
        companion[..., i + 1, i] = 1.0
    bad = ~np.isfinite(companion).all(axis=(-1, -2))
    companion[bad] = 0
    found = np.abs(np.linalg.eigvals(companion)).max(axis=-1)
    found[bad] = np.inf
    return found


def _finite(values: Any) -> Any:
    return np.where(np.isfinite(values), values, np.inf)


def _line(low: float, high: float, points: int) -> Any:
    return np.unique(np.concatenate([np.linspace(low, high, points), np.geomspace(low, high, points)]))


def worst_rate(
    iteration: Iteration, low: Any, high: Any, parameters: Mapping[str, Any], expected: Any = None
) -> Bracket:
    """Certain bounds of the worst rate over [mu, L] at rational parameters, for any number of states.

    Parameters
    ----------
    iteration : Iteration
    low, high : number
        mu and L.
    parameters : mapping of str to number
        All of the method's parameters; floats are taken as the binary fractions that they are.
    expected : number, optional
        The worst rate, if it is known better than floating point would find it: the bounds are tried around it.

    Returns
    -------
    Bracket
        As narrow as could be proved: to a relative 1e-9 where eigenvalues are simple, less where they nearly coincide.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) Unless 0 < mu <= L and all parameters are given.
    NotDerivedError
        If the worst rate is beyond floating point.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> found = worst_rate(Iteration(catalog["heavy-ball"]), 1, 9, {"alpha": Fraction(1, 4), "beta": Fraction(1, 4)})
    >>> round(float(found.upper), 5), found.proved
    (0.5, True)
    """
    low, high = rational(low), rational(high)
    if not 0 < low <= high:
        raise ArgumentError(f"expected 0 < mu <= L; given mu = {low}, L = {high}")
    names = [p.name for p in iteration.parameters]
    if missing := [n for n in names if n not in parameters]:
        raise ArgumentError(f"{iteration.method.name}: missing parameter {', '.join(missing)}")
    values = {p: rational(parameters[p.name]) for p in iteration.parameters}
    at, found = _peak(iteration, low, high, values)
    if not np.isfinite(found):
        raise NotDerivedError(f"{iteration.method.name}: the worst rate at these parameters is beyond floating point")
    peak = rational(found if expected is None else expected)
    coefficients = [sympy.expand(c).subs(values, simultaneous=True) for c in iteration.coefficients]
    place = _place(iteration, low, high)
    where = f"mu = {low}, L = {high}, {', '.join(f'{p} = {v}' for p, v in values.items())}"
    for margin in _MARGINS:
        upper = _rounded(peak * (1 + margin) + margin / 1000, up=True)
        below = Claim(
            id=f"{place}/below",
            title=f"The worst rate at {where} is below {upper}",
            statement=sympy.And(*(g > 0 for g in schur_cohn(coefficients, upper))),
            assumptions=(low <= lam, lam <= high),
            source="derived from the update rule; schur1917; cohn1922",
        )
        if check(below, timeout=SEARCH_SECONDS).proved:
            break
    there = [sympy.expand(c).subs(lam, at) for c in coefficients]
    for margin in _MARGINS:
        lower = max(_rounded(peak * (1 - margin) - margin / 1000, up=False), sympy.Integer(0))
        least = Claim(
            id=f"{place}/at-least",
            title=f"The worst rate at {where} is at least {lower}",
            statement=sympy.Not(sympy.And(*(g > 0 for g in schur_cohn(there, lower)))) if lower > 0 else lower >= 0,
            assumptions=(),
            source="derived from the update rule; schur1917; cohn1922",
        )
        if check(least, timeout=SEARCH_SECONDS).proved:
            break
    return Bracket(lower, upper, at, (below, least))


def _place(iteration: Iteration, low: Any, high: Any) -> str:
    """What the ids of claims at numbers begin with."""
    return f"{iteration.method.name}/certificate/{f'from-{low}-to-{high}'.replace('/', '_')}"


_MARGINS = tuple(sympy.Rational(1, 10**n) for n in (11, 9, 8, 7, 6, 4))
"""How far bounds lie from what floating point gives, relative to it: where eigenvalues coincide, half its digits are lost."""


def _peak(iteration: Iteration, low: Any, high: Any, values: Mapping[Any, Any]) -> tuple[Any, float]:
    """Where the rate is largest, as far as a sweep in floating point tells, and how large it is."""
    function, given = _function(iteration), [np.float64(v) for v in values.values()]
    line = _line(float(low), float(high), 2001)
    found = _radii(function, line, given)
    i = int(np.argmax(found))
    if i == 0:
        return low, found[i]
    if i == len(line) - 1:
        return high, found[i]
    near = np.linspace(line[i - 1], line[i + 1], 4001)  # a maximum inside is looked at more closely
    found = _radii(function, near, given)
    i = int(np.argmax(found))
    return min(max(rational(near[i]), low), high), found[i]


# All parameters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NumericTuning:
    """Parameters found by a search at numbers mu and L, and what is certain of them.

    Attributes
    ----------
    parameters : dict of symbol to Rational
        The parameters, exactly.
    worst : Bracket
        Bounds of their worst rate.
    lower : Rational
        No real parameters have a worst rate below it.
    claims : tuple of Claim
        All that is claimed; the last is the lower bound over all parameters, where one was proved.
    lower_by : str
        ``"proved"``, or ``"cited"`` for the bound that holds for every linear method: a step of c gradients has a worst rate of
        at least ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^c, for its residual polynomials are not better than Chebyshev's
        (flanders1950; golub1961); with a decay gamma, kappa is (L + gamma)/(mu + gamma).
    """

    parameters: Mapping[sympy.Symbol, Any]
    worst: Bracket
    lower: Any
    lower_by: str
    claims: tuple[Claim, ...]

    @property
    def rate(self) -> Any:
        """The upper bound of the worst rate of these parameters."""
        return self.worst.upper

    @property
    def gap(self) -> Any:
        """By how much other parameters might be better."""
        return self.rate - self.lower

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims."""
        return tuple(check(c) for c in self.claims)

    def __str__(self) -> str:
        shown = ", ".join(f"{p} = {float(v):.10g}" for p, v in self.parameters.items())
        return f"{shown}, rate {float(self.rate):.10g}, none below {float(self.lower):.10g} ({self.lower_by})"


def certified_tuning(
    iteration: Iteration,
    low: Any,
    high: Any,
    candidates: Iterable[tuple[Mapping[sympy.Symbol, Any], Any]],
    fixed: Mapping[sympy.Symbol, Any] | None = None,
) -> NumericTuning:
    """The best of some candidates for the parameters, with certain bounds of its rate and of every other one's.

    Each candidate comes with its worst rate, if that is known better than floating point would find it, else None. ``fixed``
    parameters, such as a decay, are not free in the lower bound.
    """
    low, high, held = rational(low), rational(high), dict(fixed or {})
    brackets: list[tuple[Any, int, Bracket, dict[sympy.Symbol, Any]]] = []
    for candidate, expected in candidates:
        values = {p: rational(v) for p, v in {**candidate, **held}.items()}
        bracket = worst_rate(iteration, low, high, {p.name: v for p, v in values.items()}, expected)
        brackets.append((bracket.upper, len(brackets), bracket, values))
    _, _, worst, parameters = min(brackets, key=lambda b: b[:2])
    if not worst.upper < 1:
        raise NotDerivedError(
            f"{iteration.method.name}: no parameters were found that converge over all of [mu, L] at mu = {low}, L = {high}"
        )
    universal = _every_linear_method(iteration, low, high, held)
    tries = [worst.lower * (1 - sympy.Rational(1, 10**n)) for n in (11, 9, 6, 4, 3, 2)]
    tries += [universal + (worst.lower - universal) * sympy.Rational(n, 10) for n in (8, 6, 4, 2)]
    inside = [low, high, (low + high) / 2, worst.at]
    coefficients = [sympy.expand(c).subs(held, simultaneous=True) for c in iteration.coefficients]
    for radius in tries:
        bound = _rounded(radius, up=False)
        if bound <= universal or bound <= 0:
            break
        claim = Claim(
            id=f"{_place(iteration, low, high)}/none-below",
            title=f"No real parameters have a worst rate below {bound} at mu = {low}, L = {high}",
            statement=sympy.Not(
                sympy.And(
                    *(
                        g > 0
                        for x in dict.fromkeys(inside)
                        for g in schur_cohn([c.subs(lam, x) for c in coefficients], bound)
                    )
                )
            ),
            assumptions=(),
            source="derived from the update rule; schur1917; cohn1922",
        )
        if check(claim, timeout=SEARCH_SECONDS).proved:
            return NumericTuning(parameters, worst, bound, "proved", (*worst.claims, claim))
    return NumericTuning(parameters, worst, universal, "cited", worst.claims)


def _every_linear_method(iteration: Iteration, low: Any, high: Any, held: Mapping[Any, Any]) -> Any:
    """A rational lower bound of ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^c for c gradients a step.

    It is how small polynomials can be on [mu, L] that are 1 where the state at rest stays: at curvature 0, or where the decay
    and the gradient cancel, so that kappa is then the quotient of the distances from there.
    """
    pull = sympy.cancel(sympy.expand(iteration.system.pull).subs(held))
    if not pull.is_Rational or pull >= low:
        return sympy.Integer(0)
    root = float((high - pull) / (low - pull)) ** 0.5
    calls = iteration.system.B.shape[1]
    return max(_rounded(((root - 1) / (root + 1)) ** calls * (1 - 1e-9), up=False), sympy.Integer(0))


POPULATION, GENERATIONS, RUNS = 48, 250, 3
"""Of the search: differential evolution (Storn and Price 1997) with its usual constants, several times over."""


def best_parameters(
    iteration: Iteration,
    low: Any,
    high: Any,
    fixed: Mapping[sympy.Symbol, Any] | None = None,
    *,
    one_step_size: bool = False,
) -> dict[sympy.Symbol, float]:
    """Parameters of nearly the least worst rate at numbers mu and L, by a search in floating point: nothing is certain of them.

    The same arguments give the same answer: the random numbers of the search start from a fixed seed. With ``one_step_size``
    all step sizes are equal: a smaller space, in which the method may be one whose best parameters are easy to find.
    """
    held = dict(fixed or {})
    steps = step_sizes(iteration)
    equal = sorted(steps - set(held), key=str) if one_step_size else []
    free = [p for p in iteration.parameters if p not in held and p not in equal[1:]]
    calls = iteration.system.B.shape[1]
    points = (2 if calls == 1 else 60 * calls) if iteration.size <= 2 else 12 * calls
    function, line = _function(iteration), _line(float(low), float(high), points)[:, None]

    def rates(points: Any) -> Any:
        columns = dict(zip(free, points.T, strict=True))
        columns.update(dict.fromkeys(equal[1:], columns[equal[0]]) if equal else {})
        values = [columns[p][None, :] if p in columns else np.float64(held[p]) for p in iteration.parameters]
        return _radii(function, line + np.zeros((1, len(points))), values).max(axis=0)

    found = []
    for run in range(RUNS if free else 0):
        source = np.random.default_rng(run)
        population = source.uniform(-0.3, 1.0, (POPULATION, len(free)))
        # The larger the condition number, the nearer to 1 are good momenta: half of them in a logarithmic scale.
        population[::2] = 1 - np.exp(source.uniform(np.log(1e-4), 0.3, population[::2].shape))
        for i, p in enumerate(free):
            if p in steps:
                population[:, i] = np.exp(source.uniform(np.log(0.02), np.log(8), POPULATION)) / float(high)
        values = rates(population)
        for generation in range(GENERATIONS):
            a, b, c = (population[source.permutation(POPULATION)] for _ in range(3))
            # Toward the best point at times, and the more often the later.
            toward = population[int(np.argmin(values))] if source.random() < generation / GENERATIONS else a
            mutant = toward + source.uniform(0.3, 0.9, (POPULATION, 1)) * (b - c)
            crossed = source.random(population.shape) < 0.9
            crossed[np.arange(POPULATION), source.integers(0, len(free), POPULATION)] = True
            trial = np.where(crossed, mutant, population)
            new = rates(trial)
            better = new <= values
            population[better], values[better] = trial[better], new[better]
        found.append((values.min(), run, population[int(np.argmin(values))]))
    if not found:
        return {}
    best = {p: float(x) for p, x in zip(free, min(found)[2], strict=True)}
    return best | (dict.fromkeys(equal[1:], best[equal[0]]) if equal else {})


def step_sizes(iteration: Iteration) -> set[sympy.Symbol]:
    """The parameters that are step sizes: which occur at least as often as lam in some product, and nowhere without it."""
    found = set()
    for p in iteration.parameters:
        polynomials = [sympy.Poly(sympy.expand(c), p, lam) for c in iteration.coefficients[1:] if c.has(p)]
        monomials = list(itertools.chain.from_iterable(q.monoms() for q in polynomials))
        if monomials and all(j >= 1 for i, j in monomials if i):
            found.add(p)
    return found
