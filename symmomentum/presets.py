"""Published parameters, and whether they have the rate that is claimed for them on quadratics.

They come with a method as data (:class:`symmomentum.update_rule.Preset`); here each becomes a claim like any other: that with
these parameters the worst rate over the curvatures is the stated one, for all mu and L.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from symmomentum.certificates import rational
from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ArgumentError
from symmomentum.proof import check
from symmomentum.rate import Rate
from symmomentum.stability import bounded_by
from symmomentum.symbols import L, lam, mu, parameter
from symmomentum.update_rule import Preset

__all__ = ["PublishedTuning", "published"]


@dataclass(frozen=True)
class PublishedTuning:
    """Parameters that a paper proposes, with what is proved of them.

    Examples
    --------
    >>> from symmomentum.iteration import Iteration
    >>> from symmomentum.methods import catalog
    >>> from symmomentum.stability import Stability
    >>> tuning = published(Rate(Stability(Iteration(catalog["triple-momentum"]))))["published"]
    >>> tuning.rate, tuning.verdict.status
    (1 - sqrt(mu)/sqrt(L), 'proved')
    """

    preset: Preset
    theory: Rate

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.preset.name

    @property
    def cite(self) -> str:
        """Where the parameters come from."""
        return self.preset.cite

    @cached_property
    def design(self) -> tuple[sympy.Symbol, ...]:
        """What is still to be chosen beside mu and L."""
        return tuple(parameter(n) for n in self.preset.design)

    @property
    def _arguments(self) -> dict[str, Any]:
        return {"mu": mu, "L": L, "sqrt": sympy.sqrt}

    @property
    def _chosen(self) -> dict[str, Any]:
        return {s.name: s for s in self.design}

    @cached_property
    def parameters(self) -> Mapping[sympy.Symbol, Any]:
        """The parameters, as expressions in mu, L and the design parameters."""
        given = self.preset.parameters(**self._arguments, **self._chosen)
        return {parameter(n): given[n] for n in self.theory.iteration.method.parameters}

    @cached_property
    def rate(self) -> Any:
        """The claimed worst rate of one step."""
        return self.preset.rate(**self._arguments, **self._chosen)

    @cached_property
    def intervals(self) -> tuple[tuple[Any, Any], ...]:
        """The intervals that the curvatures lie in."""
        if self.preset.intervals is None:
            return ((mu, L),)
        return self.preset.intervals(**self._arguments, **self._chosen)

    @cached_property
    def scope(self) -> tuple[Any, ...]:
        """Where they are defined: mu < L, and the design parameters within their bounds."""
        bounds = {n: between(**self._arguments) for n, between in self.preset.design.items()}
        return (mu < L, *(c for n, (low, high) in bounds.items() for c in (low <= parameter(n), parameter(n) < high)))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """That the worst rate over the intervals is at most the stated one, and that it is not less."""
        name = f"{self.theory.iteration.method.name}/presets/{self.name}"
        source = f"derived from the update rule; {self.cite}"
        affine = self.theory.is_affine
        made = []
        for i, (low, high) in enumerate(self.intervals):
            part = "" if len(self.intervals) == 1 else f"/{i + 1}"
            points = ((low, ()), (high, ())) if affine else ((lam, (low <= lam, lam <= high)),)
            for at, inside in points:
                end = "" if not affine else "/lower-end" if at == low else "/upper-end"
                made.append(
                    Claim(
                        id=f"{name}/bounded{part}{end}",
                        title=f"The published parameters have at most the stated rate{' at an end point' * affine}",
                        statement=sympy.And(*self._bounded(at, self.rate), self.rate < 1),
                        assumptions=(*self.scope, *inside),
                        source=source,
                    )
                )
        made.append(
            Claim(
                id=f"{name}/attained",
                title="The published parameters have no smaller rate",
                statement=sympy.Or(*(sympy.Not(sympy.And(*self._bounded(x, self._less))) for x in self._ends)),
                assumptions=(*self.scope, self._less >= 0, self._less < self.rate),
                source=source,
            )
        )
        return tuple(made)

    @property
    def _less(self) -> Any:
        return self.theory.iteration.fresh("r_0")

    @property
    def _ends(self) -> Iterable[Any]:
        return dict.fromkeys(x for interval in self.intervals for x in interval)

    def _bounded(self, at: Any, radius: Any) -> tuple[Any, ...]:
        coefficients = [sympy.expand(c).subs(lam, at) for c in self.theory.iteration.coefficients]
        return bounded_by([c.subs(self.parameters, simultaneous=True) for c in coefficients], radius)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on the stated rate: the first that is not proved, or the last."""
        verdicts = [check(c) for c in self.claims]
        return next((v for v in verdicts if not v.proved), verdicts[-1])

    def at(self, low: Any, high: Any, **design: Any) -> dict[sympy.Symbol, Any]:
        """The parameters at numbers mu and L and values of the design parameters, exactly.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) Unless 0 < mu < L and the design parameters are given and within their bounds.
        """
        values = self._numbers(low, high, design)
        return {p: e.subs(values, simultaneous=True) for p, e in self.parameters.items()}

    def rate_at(self, low: Any, high: Any, **design: Any) -> Any:
        """The stated worst rate at numbers, exactly; it raises the same."""
        return self.rate.subs(self._numbers(low, high, design), simultaneous=True)

    def _numbers(self, low: Any, high: Any, design: Mapping[str, Any]) -> dict[sympy.Symbol, Any]:
        low, high = rational(low), rational(high)
        if not 0 < low < high:
            raise ArgumentError(f"{self.name}: expected 0 < mu < L; given mu = {low}, L = {high}")
        if set(design) != set(self.preset.design):
            wanted = ", ".join(self.preset.design) or "no further parameters"
            raise ArgumentError(f"{self.name}: expected {wanted}; given {', '.join(design) or 'none'}")
        numbers = {mu: low, L: high}
        for n, between in self.preset.design.items():
            least, limit = (x.subs(numbers) if isinstance(x, sympy.Expr) else x for x in between(**self._arguments))
            numbers[parameter(n)] = rational(design[n])
            if not least <= numbers[parameter(n)] < limit:
                raise ArgumentError(
                    f"{self.name}: {n} must be at least {float(least):.6g} and less than {float(limit):.6g}; given {design[n]}"
                )
        return numbers


def published(theory: Rate) -> dict[str, PublishedTuning]:
    """The published parameters of a method with one or two states, by name."""
    return {p.name: PublishedTuning(p, theory) for p in theory.iteration.method.presets}
