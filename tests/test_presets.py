"""Published parameters: their claimed rates against sweeps of the rules that are run, and false ones are found out."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.presets import PublishedTuning
from tests import independent
from tests.independent import Case

F = Fraction
EVERY = [(name, p.name) for name in sm.catalog for p in sm.catalog[name].presets]
DESIGN = {"rho": (F(9, 10), F(95, 100)), "delta": (F(0), F(1, 3), F(9, 10))}


def preset(method: str, name: str) -> PublishedTuning:
    return sm.analyze(method).presets[name]


def designs(found: PublishedTuning, low: Fraction, high: Fraction) -> list[dict[str, Fraction]]:
    """Values of the design parameters; rho must lie between the fastest rate and that of gradient descent."""
    if not found.design:
        return [{}]
    (name,) = (s.name for s in found.design)
    values = DESIGN[name]
    if name == "rho":
        fast, slow = 1 - (low / high) ** 0.5, 1 - low / high
        values = tuple(F(fast * (1 - t) + slow * t) for t in (0.01, 0.5, 0.99))
    return [{name: v} for v in values]


def worst(method: str, parameters: dict[str, float], intervals: list[tuple[float, float]]) -> float:
    """The largest modulus of the eigenvalues of the rule's matrices over a dense sweep."""
    case = Case(sm.catalog[method].rule, sm.catalog[method].parameters, (1,) * len(sm.catalog[method].state))
    line = np.concatenate([np.linspace(*ends, 3001) for ends in intervals])
    if case.size == 1:
        return float(max(abs(independent.matrix(case, x, parameters)[0][0]) for x in line))
    matrices = np.array([independent.matrix(case, x, parameters) for x in line], dtype=float)
    return float(abs(np.linalg.eigvals(matrices)).max())


@pytest.mark.parametrize(("method", "name"), EVERY)
def test_the_stated_rate_is_proved_and_that_of_a_sweep(method: str, name: str) -> None:
    found = preset(method, name)
    assert [sm.check(c).status for c in found.claims] == ["proved"] * len(found.claims)
    assert found.verdict.proved
    for low, high in ((F(1), F(4)), (F(1, 10), F(10))):
        for design in designs(found, low, high):
            parameters = {p.name: float(v) for p, v in found.at(low, high, **design).items()}
            numbers = {sm.symbols.mu: sympy.Rational(low), sm.symbols.L: sympy.Rational(high)}
            numbers |= {sm.symbols.parameter(n): sympy.Rational(v) for n, v in design.items()}
            ends = [tuple(float(x.subs(numbers)) for x in pair) for pair in found.intervals]
            rate = float(found.rate_at(low, high, **design))
            assert worst(method, parameters, ends) == pytest.approx(rate, abs=1e-6)


def test_triple_momentum_is_as_published() -> None:
    """Van Scoy, Freeman and Lynch (2018), equations (10) ff., at kappa = 100: rho = 9/10."""
    found = preset("triple-momentum", "published").at(F(1, 100), 1)
    rho = F(9, 10)
    expected = {"alpha": 1 + rho, "beta": rho**2 / (2 - rho), "gamma": rho**2 / ((1 + rho) * (2 - rho))}
    assert {p.name: F(int(v.p), int(v.q)) for p, v in found.items()} == expected


def test_robust_momentum_at_its_fastest_is_triple_momentum() -> None:
    robust, triple = preset("robust-momentum", "published"), preset("triple-momentum", "published")
    assert robust.at(1, 25, rho=F(4, 5)) == triple.at(1, 25)


@pytest.mark.parametrize(("method", "name"), EVERY)
def test_a_wrong_rate_or_parameter_is_refuted(method: str, name: str) -> None:
    found = preset(method, name)
    right = found.preset

    def altered(**changes: Any) -> str:
        return PublishedTuning(dataclasses.replace(right, **changes), found.theory).verdict.status

    assert altered(rate=lambda **a: right.rate(**a) * sympy.Rational(99, 100)) == "refuted"
    assert altered(rate=lambda **a: (1 + 99 * right.rate(**a)) / 100) != "proved"
    step = next(iter(right.parameters(**found._arguments, **found._chosen)))
    wrong = lambda **a: {**right.parameters(**a), step: right.parameters(**a)[step] * 2}  # noqa: E731
    assert altered(parameters=wrong) == "refuted"


def test_bad_numbers_are_said_so() -> None:
    robust = preset("robust-momentum", "published")
    for call, message in (
        (lambda: robust.at(1, 1, rho=F(1, 2)), "0 < mu < L"),
        (lambda: robust.at(1, 4), "expected rho"),
        (lambda: robust.at(1, 4, rho=F(1, 3)), "rho must be at least 0.5 and less than 0.75"),
        (lambda: preset("triple-momentum", "published").at(1, 4, rho=1), "no further parameters"),
    ):
        with pytest.raises(sm.ArgumentError, match=message):
            call()
