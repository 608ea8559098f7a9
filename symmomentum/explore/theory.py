"""What the page needs of a method: JavaScript generated from its theory, the ranges of its sliders, its formulas."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import sympy

from symmomentum import processes
from symmomentum.analysis import Analysis, analyze
from symmomentum.claims import Claim
from symmomentum.codegen import javascript_target
from symmomentum.codegen.lowering import Lowering
from symmomentum.codegen.program import (
    ONE,
    Program,
    Value,
    absolute,
    constant,
    floor,
    largest,
    least,
    log1p,
    power,
    quotient,
    root,
    where,
)
from symmomentum.complex_curvature import about_games
from symmomentum.documents.mathml import inline
from symmomentum.errors import ArgumentError, NotDerivedError, SymmomentumError
from symmomentum.methods import catalog
from symmomentum.presets import PublishedTuning
from symmomentum.problems.rosenbrock import RosenbrockFamily, minimizer_entry
from symmomentum.proof import check
from symmomentum.references import lookup
from symmomentum.symbols import L, kappa, lam, mu, parameter
from symmomentum.update_rule import ITERATE, Method

__all__ = [
    "LARGEST_KAPPA",
    "LEAST_KAPPA",
    "LEFT_OUT",
    "MOST_PARAMETERS",
    "TOLERANCE",
    "Entry",
    "Subject",
    "common_script",
    "entries",
    "fitting",
]

MOST_PARAMETERS = 3
"""More sliders than these would not stand beside the views."""
LEFT_OUT: Mapping[str, str] = {
    "chebyshev": "its parameters change from step to step; with constant ones it is heavy-ball-two-step",
    "cyclical-heavy-ball": "where its worst rate over a range of curvatures lies is not derived",
}
"""Methods of two states and few parameters that the page leaves out, and why."""
_NEEDED = ("rate", "eigenvalues", "stable", "regime", "worst_rate", "residual", "stationary_loss", "expected_loss")
_WELCOME = ("threshold", "tuning")
"""Without which the page says less."""
WEIGHTS = 25
"""Of the Convex Rosenbrock."""
LEAST_KAPPA, LARGEST_KAPPA = 1.1, 1000
"""The ends of the slider of the condition number; at 1 the Convex Rosenbrock has nothing to show."""
TOLERANCE = 1e-6
_NAN, _INFINITY = constant("nan"), constant("inf")
_LARGEST_MOMENTUM = 0.9
"""At which the range of the step size is found."""
_LETTERS = "alpha|beta|gamma|delta|nu|eta|mu|lam|rho|sigma"
_SHARES = ((Fraction(0), "least"), (Fraction(1, 2), "midway"))
"""Of the way between its bounds, what a design parameter of published parameters is put to."""


@dataclass(frozen=True)
class Entry:
    """What the page holds of a method: an expression of JavaScript that gives its functions, and data for JSON."""

    script: str
    data: dict[str, Any]


def fitting(chosen: Method) -> dict[str, Method]:
    """The methods of the page by name: those of the catalog with two states and few parameters, and the chosen one.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the chosen method is not of that kind.

    Examples
    --------
    >>> list(fitting(catalog["heavy-ball"]))[:3]
    ['heavy-ball', 'heavy-ball-two-step', 'heavy-ball-ema']
    """
    if reason := _unfit(chosen):
        raise ArgumentError(f"{chosen.name}: {reason}")
    methods = {m.name: m for m in catalog.values() if not _unfit(m)}
    if methods.get(chosen.name) is chosen:
        return methods
    return {chosen.name: chosen} | {n: m for n, m in methods.items() if n != chosen.name}


def entries(methods: Mapping[str, Method], jobs: int = 1) -> dict[str, Entry]:
    """The entries of methods; those with the same rule share their functions.

    Parameters
    ----------
    methods : mapping of str to Method
    jobs : int
        How many processes may work on those of the catalog.

    Raises
    ------
    SymmomentumError
        If one of the processes is ended from outside.
    """
    first: dict[Any, str] = {}
    for name, method in methods.items():
        first.setdefault(method.rule, name)
    alone = [n for n in first.values() if catalog.get(n) is not methods[n]]
    others = [n for n in first.values() if n not in alone]
    made = {n: Subject(methods[n]).entry for n in alone}
    if jobs < 2 or len(others) < 2:
        made |= {n: _entry_of(n) for n in others}
    else:
        try:
            with processes.at_work(min(jobs, len(others)), _entry_of, [(n,) for n in others]) as futures:
                made |= {n: future.result() for n, future in zip(others, futures, strict=True)}
        except BrokenProcessPool:
            raise SymmomentumError(
                "one of the processes was ended from outside, perhaps because the memory is full: try --jobs 1"
            ) from None
    found = {}
    for name, method in methods.items():
        other = first[method.rule]
        script = made[name].script if other == name else f"METHODS[{json.dumps(other)}]"
        found[name] = _Own(method).entry(Entry(script, made[other].data))
    return found


def _entry_of(name: str) -> Entry:
    return Subject(catalog[name]).entry


def _note(method: Method) -> str:
    """The method's note in HTML, with its letters as mathematics."""
    states = [n for n in (*method.state, "g") if len(n) == 1 and n != "a"]
    pieces = re.split(rf"\b((?:{_LETTERS})(?:_\d)?|{'|'.join(states)})\b", method.note or "A rule of your own.")
    symbols = {"lam": lam}
    return "".join(inline(symbols.get(x, sympy.Symbol(x))) if i % 2 else _typeset(x) for i, x in enumerate(pieces))


def _typeset(text: str) -> str:
    """Plain text in HTML, with signs of minus and powers."""
    plain = re.sub(r"(?<=[ (^])-(?=[ \d])", "−", escape(text))
    return re.sub(r"\^(?:\(([^()]*)\)|(\d))", lambda m: f"<sup>{(m[1] or m[2]).replace('-', '−')}</sup>", plain)


def _unfit(method: Method) -> str:
    """Why the page does not show a method, as the end of a sentence; empty if it does."""
    states, count = len(method.state), len(method.parameters)
    if states != 2:
        return f"the page shows methods with two states; this one has {states}"
    if not 1 <= count <= MOST_PARAMETERS:
        return f"the page shows methods with 1 to {MOST_PARAMETERS} parameters; this one has {count}"
    if catalog.get(method.name) is method and method.name in LEFT_OUT:
        return f"the page leaves it out: {LEFT_OUT[method.name]}"
    return ""


@dataclass(frozen=True)
class Range:
    """Of a slider: its ends, whether it moves on a logarithmic scale, and where it stands first."""

    low: float
    high: float
    start: float
    logarithmic: bool = False


class _Own:
    """What a method does not share with others of the same rule: its note, and its published parameters."""

    def __init__(self, method: Method) -> None:
        self.method = method

    def entry(self, shared: Entry) -> Entry:
        functions = {p.name: _text(p) for p in self._programs()}
        script = shared.script if not functions else f"{{...{shared.script}, ...{_object(functions)}}}"
        data = {
            **shared.data,
            "note": _note(self.method),
            "remarks": [*shared.data["remarks"], *self._remarks()],
            "presets": [label for _, _, label in self._choices],
            "formulas": [*shared.data["formulas"], *self._formulas()],
        }
        return Entry(script, data)

    @cached_property
    def _published(self) -> Mapping[str, PublishedTuning]:
        return analyze(self.method).presets if self.method.presets else {}

    @cached_property
    def _choices(self) -> list[tuple[PublishedTuning, Fraction, str]]:
        """Published parameters, where their design parameters are between their bounds, and what the button says."""
        made: list[tuple[PublishedTuning, Fraction, str]] = []
        for found in self._published.values():
            if not found.design:
                made.append((found, Fraction(0), f"Published: {_cited(found.cite)}"))
                continue
            names = ", ".join(_letter(s.name) for s in found.design)
            made += [(found, share, f"Published: {names} {word}") for share, word in _SHARES]
        return made

    def _programs(self) -> Iterator[Program]:
        for i, (found, share, label) in enumerate(self._choices):
            p = Program(f"preset_{i}", ("mu", "L"), "tuple")
            # In the square roots all is rational; SymPy's common denominators have powers that no target has.
            near, far = sympy.symbols("near far", positive=True)
            values = {
                near: p.let("near", root(p.input("mu")), "sqrt(mu)"),
                far: p.let("far", root(p.input("L")), "sqrt(L)"),
            }
            for name, between in found.preset.design.items():
                low, high = between(mu=near**2, L=far**2, sqrt=sympy.sqrt)
                e = low + sympy.Rational(share) * (high - low)
                values[parameter(name)] = p.let(
                    name, Lowering(p, values)(e), f"{share} of the way from its least value"
                )
            lower = Lowering(p, values)
            p.labels = tuple(s.name for s in found.parameters)
            p.results = [
                lower((sympy.Integer(0) + e).subs({mu: near**2, L: far**2})) for e in found.parameters.values()
            ]
            p.description = [f"{label}.", *(f"{s} = {e}" for s, e in found.parameters.items())]
            yield p.tidied()

    def _remarks(self) -> Iterator[str]:
        for found in self._published.values():
            if found.preset.note:
                yield escape(f"Its published parameters ({_cited(found.cite)}): {found.preset.note}.")
        if about_games(self.method):
            yield "It is made for games, where curvatures may be complex; on this page they are real."

    def _formulas(self) -> Iterator[list[str]]:
        for found in self._published.values():
            rate = sympy.Eq(sympy.Symbol("rho"), found.rate, evaluate=False)
            equations = [inline(sympy.Eq(s, e, evaluate=False)) for s, e in found.parameters.items()]
            if not found.design:
                equations.append(inline(rate))
            proved = ", their rate proved" if found.verdict.proved else ""
            scope = [inline(c) for c in found.scope if found.design and c != (mu < L)]
            where_ = f", where {' and '.join(scope)}" if scope else ""
            yield [f"Published ({escape(_cited(found.cite))}{proved})", ", ".join(equations) + where_]


def _cited(key: str) -> str:
    known = lookup(key)
    return known.label if known else key


def _letter(name: str) -> str:
    return {"rho": "ρ", "delta": "δ"}.get(name, name)


class Subject:
    """A method on the page.

    Parameters
    ----------
    method : Method
        With two states.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self.analysis: Analysis = analyze(method)

    @cached_property
    def step(self) -> str:
        """The parameter on the first axis of the map, multiplied with the curvature."""
        found = self.analysis.stability.step_size
        names = self.method.parameters
        return str(found.name) if found is not None else "alpha" if "alpha" in names else names[0]

    @cached_property
    def second(self) -> str | None:
        """The parameter on its other axis, if there is one."""
        return next((p for p in self.method.parameters if p != self.step), None)

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """Of the sliders, by parameter."""
        return {p: self._range(p) for p in self.method.parameters}

    def _range(self, name: str) -> Range:
        if name == self.step:
            high = max(self._reach(), self._tuned_step)
            return Range(1e-3, high, high / 4, True)
        if self.method.meanings.get(name) == "weight decay":
            return Range(0.0, 0.1, 0.001)
        if name == "gamma" and self.second == "gamma":
            return Range(0.0, 2.0, 1.0)
        return Range(0.0, 0.999 if name == self.second else 1.0, 0.8 if name == self.second else 0.5)

    def _reach(self) -> float:
        """A step size beyond which nothing is stable at curvature 1, but for momentum above 0.9."""
        stable = self.analysis.evaluator("stable")
        steps = np.logspace(-2, 2, 161)
        second = np.linspace(0, _LARGEST_MOMENTUM, 10)[:, None]
        third = np.array([0.0, 0.5, 1.0])[:, None, None]
        axes = [steps if p == self.step else second if p == self.second else third for p in self.method.parameters]
        found = np.asarray(stable(*axes, 1.0)).reshape(-1, len(steps)).any(axis=0)
        edge = float(steps[np.nonzero(found)[0][-1]]) if found.any() else 1.0
        return float(f"{1.12 * edge:.2g}")

    @property
    def _tuned_step(self) -> float:
        """The best step size at the largest condition number, so that the slider reaches it; 0 where none is found."""
        tuned, step = self._tuning, parameter(self.step)
        if tuned is None or tuned.kind != "radicals" or step not in tuned.parameters:
            return 0.0
        given = {s.name: sympy.Rational(1, 1000) for s in tuned.given}
        best = float(tuned.at(sympy.Rational(1, LARGEST_KAPPA), 1, **given)[step])
        return float(f"{1.06 * best:.2g}")

    # Code -------------------------------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> dict[str, str]:
        """The source of each function, by name, as far as the theory gives them."""
        found = {q: self.analysis.evaluator_source(q, "js") for q in _NEEDED}
        for quantity in _WELCOME:
            with contextlib.suppress(NotDerivedError):
                found[quantity] = self.analysis.evaluator_source(quantity, "js")
        found |= {p.name: _text(p) for p in self._programs()}
        if "tuning" not in found and (tuned := self._tuning_program()) is not None:
            found["tuning"] = _text(tuned)
        return found

    @property
    def entry(self) -> Entry:
        """What the page holds of it."""
        return Entry(_object(self.functions), self.data)

    def _programs(self) -> Iterator[Program]:
        """What only the page asks for: the step itself, and where eigenvalues coincide."""
        matrix = self.analysis.iteration_matrix
        level = matrix.subs(lam, 0)
        slope = matrix.diff(lam)
        if slope.has(lam):
            raise ArgumentError(f"{self.method.name}: the page shows methods whose step takes one gradient")
        entries = {
            "matrix": ("R", matrix, ("lam",)),
            "level": ("R at curvature 0", level, ()),
            "slope": ("How R changes with the curvature", slope, ()),
        }
        for name, (meaning, values, more) in entries.items():
            p, lower = self._program(name, *more, shape="matrix")
            p.results = [lower(x) for x in values]
            p.description = [f"{meaning}: {values.tolist()} over the state ({', '.join(self.method.state)})."]
            yield p.tidied()
        vectors = {
            "noise_input": ("How one unit of error in the gradient enters the state", self.analysis.noise_input[:, 0]),
            "rest": (
                "The state at rest at distance 1 from the minimizer",
                self.analysis.stability.iteration.system.rest,
            ),
        }
        for name, (meaning, vector) in vectors.items():
            p, lower = self._program(name, shape="tuple")
            p.labels = tuple(f"entry_{n}" for n in range(len(vector)))
            p.results = [lower(sympy.Integer(0) + x) for x in vector]
            p.description = [f"{meaning}: {list(vector)} over the state ({', '.join(self.method.state)})."]
            yield p.tidied()
        yield self._bound_program()
        if self.critical:
            p, lower = self._program("critical", "lam", shape="tuple")
            p.labels = tuple(f"root_{n + 1}" for n in range(len(self.critical)))
            p.results = [self._real(lower, e) for e in self.critical]
            p.description = [
                f"The {self._damper} at which the eigenvalues coincide; NaN where it is not real.",
                *(str(e) for e in self.critical),
            ]
            yield p.tidied()

    def _program(self, name: str, *more: str, shape: str = "number") -> tuple[Program, Lowering]:
        p = Program(name, (*self.method.parameters, *more), shape)
        symbols = {parameter(n): p.input(n) for n in self.method.parameters}
        return p, Lowering(p, {**symbols, **({lam: p.input("lam")} if "lam" in more else {})})

    def _bound_program(self) -> Program:
        """How large P_k can be from some step on. With half the trace s, P_1 = s + g and a quarter D of the
        discriminant, P_k = V_k/2 + g U_k in Lucas's sequences; what is known of these is in the claims of
        :mod:`symmomentum.transient`."""
        iteration = self.analysis.stability.iteration
        p, lower = self._program("log_bound", "lam", "k", "rate")
        k, rate = p.input("k"), p.input("rate")
        offset = sympy.expand(self.analysis.residual_polynomial(1) - iteration.trace / 2)
        lean = p.let("lean", absolute(lower(offset)), f"|{offset}|, of P_1 - trace/2")
        quarter = sympy.factor(iteration.discriminant / 4)
        gap = p.let("gap", lower(quarter), f"{quarter}, a quarter of the discriminant")
        apart = quotient(lean, root(absolute(gap)))
        amplitude = where(gap > 0, largest(apart, 1), root(ONE + apart.squared()))
        amplitude = p.let("amplitude", where(absolute(gap) > 0, amplitude, _INFINITY), "the most of |P_k|/rate^k")
        slope = p.let("slope", quotient(lean, rate), "|P_k|/rate^k is at most 1 + slope k")
        decay = p.let("decay", log1p(rate - 1), "the logarithm of the rate")
        top = where(slope > 0, -quotient(ONE, decay) - quotient(ONE, slope), k)
        turn = p.let("turn", largest(k, top), "where (1 + slope k) rate^k is largest from k on")
        bent = turn * decay + log1p(slope * turn)
        p.results = [least(k * decay + log1p(amplitude - 1), bent)]
        p.description = ["A bound on log |P_j(lam)| for all j >= k, where the rate at lam is below 1 and not 0."]
        return p.tidied()

    def _real(self, lower: Lowering, expression: Any) -> Value:
        value = lower(expression)
        for radical in expression.atoms(sympy.Pow):
            if radical.exp == sympy.Rational(1, 2):
                value = where(lower(radical.base) >= 0, value, _NAN)
        return value

    def _tuning_program(self) -> Program | None:
        """Of a tuning that depends on parameters which are given, such as a weight decay."""
        tuning = self._tuning
        if tuning is None or tuning.kind != "radicals":
            return None
        names = tuple(s.name for s in tuning.given)
        p = Program("tuning", ("mu", "L", *names), "tuple")
        values = {mu: p.input("mu"), L: p.input("L"), **{s: p.input(s.name) for s in tuning.given}}
        lower = Lowering(p, values)
        p.labels = tuple(s.name for s in tuning.parameters)
        p.results = [lower(e) for e in tuning.parameters.values()]
        p.description = ["The parameters of least worst rate over all curvatures from mu to L.", str(tuning)]
        return p.tidied()

    # Theory -----------------------------------------------------------------------------------------------------------

    @cached_property
    def _tuning(self) -> Any:
        try:
            return self.analysis.tuning
        except NotDerivedError:
            return None

    @cached_property
    def tuning_status(self) -> str:
        """What is known of the optimality of the tuning; empty if there is no function for it."""
        return str(self._tuning.verdict.status) if "tuning" in self.functions else ""

    @property
    def _damper(self) -> str:
        """The parameter that critical damping sets."""
        return self.second or self.step

    @cached_property
    def critical(self) -> tuple[Any, ...]:
        """The values of a parameter at which the eigenvalues of a mode coincide, each proved to be one."""
        symbol = parameter(self._damper)
        found: list[Any] = []
        for factor, _ in sympy.factor_list(sympy.expand(self.analysis.discriminant))[1]:
            poly = sympy.Poly(factor, symbol)
            if 1 <= poly.degree() <= 2:
                found += [r for r in sympy.roots(poly, multiple=True) if not r.has(sympy.I) and not r.is_number]
        return tuple(r for r in dict.fromkeys(found) if self._coincide(symbol, r))

    def _coincide(self, symbol: Any, value: Any) -> bool:
        """Whether it is proved that the discriminant vanishes there, wherever the value is defined."""
        below = sympy.fraction(sympy.together(value))[1]
        defined = [sympy.Ne(f.as_base_exp()[0], 0) for f in sympy.Mul.make_args(below) if f.free_symbols]
        radicands = [p.base >= 0 for p in value.atoms(sympy.Pow) if p.exp == sympy.Rational(1, 2)]
        claim = Claim(
            id=f"{self.method.name}/explore/critical",
            title="Critical damping",
            statement=sympy.Eq(self.analysis.discriminant.subs(symbol, value), 0, evaluate=False),
            assumptions=tuple(dict.fromkeys((*defined, *radicands))),
            source="derived: a root of the discriminant",
        )
        return bool(check(claim).proved)

    def _diverges(self, value: Any) -> bool:
        """Whether it is proved that, at positive curvature and step size, the eigenvalues that coincide there are outside
        of the unit circle."""
        radicands = [p.base >= 0 for p in value.atoms(sympy.Pow) if p.exp == sympy.Rational(1, 2)]
        below = sympy.fraction(sympy.together(value))[1]
        defined = [sympy.Ne(f.as_base_exp()[0], 0) for f in sympy.Mul.make_args(below) if f.free_symbols]
        decays = [parameter(n) >= 0 for n, meaning in self.method.meanings.items() if meaning == "weight decay"]
        iteration = self.analysis.stability.iteration
        claim = Claim(
            id=f"{self.method.name}/explore/critical-diverges",
            title="A double eigenvalue outside of the unit circle",
            statement=iteration.determinant.subs(parameter(self._damper), value) > 1,
            assumptions=tuple(dict.fromkeys((lam > 0, parameter(self.step) > 0, *decays, *radicands, *defined))),
            source="derived: the determinant at a root of the discriminant is the square of the double eigenvalue",
        )
        return bool(check(claim).proved)

    @cached_property
    def remarks(self) -> list[str]:
        """What is to be known of its best parameters, in HTML."""
        tuned = self._tuning
        if tuned is None or "tuning" not in self.functions:
            return [
                "The button for the best parameters needs a closed form, and none is known; "
                "<code>symmomentum tune</code> finds them in numbers."
            ]
        heavy = analyze("heavy-ball").tuning
        free = len(tuned.parameters)
        if (
            self.method.name.startswith("heavy-ball")
            or tuned.given
            or not sympy.expand(tuned.rate - heavy.rate).is_zero
        ):
            return []
        held = [inline(sympy.Eq(s, e, evaluate=False)) for s, e in tuned.parameters.items() if e.is_number]
        there = f", with {' and '.join(held)}" if held else ""
        return [f"Tuned for quadratics, over all {free} parameters, it is as fast as heavy ball{there}."]

    @cached_property
    def formulas(self) -> list[tuple[str, str]]:
        """What is said of the method in mathematics: a label, and MathML."""
        a, tuned = self.analysis, self._tuning
        state = sympy.Matrix([sympy.Symbol(s) for s in self.method.state])
        rows = [
            ("One step on a mode", f"{inline(state)} ↦ {inline(a.iteration_matrix)}{inline(state)}"),
            ("Its eigenvalues coincide where", inline(sympy.Eq(a.discriminant, 0, evaluate=False))),
        ]
        if all(check(c).proved for c in a.stability.claims):
            rows.append(("Stable where (proved)", inline(a.stability.region)))
        if tuned is not None and tuned.kind == "radicals" and self.tuning_status == "proved":
            equations = [sympy.Eq(s, e, evaluate=False) for s, e in tuned.parameters.items()]
            rate = sympy.Eq(sympy.Symbol("rho_star"), tuned.rate, evaluate=False)
            rows.append(("Best over [μ, L] (proved)", ", ".join(inline(e) for e in (*equations, rate))))
        if self.critical:
            rows.append(("Critical damping (proved)", self._damping()))
        return rows

    def _damping(self) -> str:
        """The roots, those apart that are proved to diverge."""
        written = {e: inline(sympy.Eq(parameter(self._damper), e, evaluate=False)) for e in self.critical}
        useless = [e for e in self.critical if self._diverges(e)]
        left = [e for e in self.critical if e not in useless]
        text = " or ".join(written[e] for e in left) + (", each where it is stable" if len(left) > 1 else "")
        if useless:
            apart = f"at {' and '.join(written[e] for e in useless)} it diverges (proved)"
            text = f"{text}; {apart}" if text else apart
        return text

    @property
    def _depends(self) -> tuple[list[str], bool]:
        """The parameters beside the two of the axes on which the map depends, and whether it depends on the step size apart
        from its product with the curvature."""
        step, product = parameter(self.step), sympy.Dummy("p")
        matrix = self.analysis.characteristic_polynomial.as_expr().subs(lam, product / step)
        names = {s.name for s in sympy.cancel(sympy.together(sympy.expand(matrix))).free_symbols}
        others = [p for p in self.method.parameters if p in names and p not in (self.step, self.second)]
        return others, self.step in names

    @cached_property
    def data(self) -> dict[str, Any]:
        """All else that the page must know, for JSON."""
        others, moves = self._depends
        regimes = self.analysis.regimes
        tuned = self._tuning
        return {
            "parameters": list(self.method.parameters),
            "meanings": {p: self.method.meanings.get(p, "") for p in self.method.parameters},
            "ranges": {
                p: {"low": r.low, "high": r.high, "start": r.start, "log": r.logarithmic}
                for p, r in self.ranges.items()
            },
            "step": self.step,
            "second": self.second,
            "damper": self._damper,
            "map": [*others, *([self.step] if moves else [])],
            "state": list(self.method.state),
            "iterate": self.method.state.index(ITERATE),
            "regimes": [g.name for g in regimes],
            "regime_meanings": [g.meaning for g in regimes],
            "tuning": self.tuning_status,
            "tuning_given": [s.name for s in tuned.given] if tuned is not None else [],
            "formulas": [list(row) for row in self.formulas],
            "remarks": self.remarks,
        }


# What belongs to no method --------------------------------------------------------------------------------------------


def common_script() -> str:
    """The functions of :data:`COMMON` as one object of JavaScript."""
    return _object({p.name: _text(p) for p in (_steps(), *_rosenbrock())})


def _steps() -> Program:
    p = Program("steps", ("rate",))
    rate = p.input("rate")
    count = -floor(-(constant(math.log(TOLERANCE)) / log1p(rate - 1)))
    p.results = [where(rate < 1, where(rate > 0, count, 1), _INFINITY)]
    p.description = [f"The least k with rate^k <= {TOLERANCE:g}: an asymptotic count, without transients."]
    return p


def _rosenbrock() -> Iterator[Program]:
    """The Convex Rosenbrock, scaled so that its curvatures are between 1/kappa and 1."""
    family = RosenbrockFamily(sympy.Symbol("n", integer=True, positive=True), kappa, "free")
    eigenvalue = family.spectrum.expr
    largest = eigenvalue.subs(next(iter(eigenvalue.atoms(sympy.cos))), -1)
    shift = largest - 4
    p = Program("rosenbrock", ("kappa",), "tuple")
    lower = Lowering(p, {kappa: p.input("kappa")})
    entries = {"diagonal": shift + 2, "last": shift + 1, "beside": sympy.Integer(-1)}
    p.labels = tuple(entries)
    p.results = [lower(sympy.cancel(e / largest)) for e in entries.values()]
    p.description = [
        "The entries of the tridiagonal matrix of the Convex Rosenbrock with a free end, over its largest curvature: on the "
        "diagonal, in its last place, and beside it."
    ]
    yield p.tidied()
    p = Program("minimizer", ("kappa",), "tuple")
    ratio = p.let("q", Lowering(p, {kappa: p.input("kappa")}, name_roots=True)(family.ratio), str(family.ratio))
    q, near, far = sympy.symbols("q near far", positive=True)
    last = p.let("far", power(ratio, constant(WEIGHTS)), f"q^{WEIGHTS}")
    entry = minimizer_entry(q, near, far, "free")
    p.labels = tuple(f"w{i}" for i in range(1, WEIGHTS + 1))
    for i in range(1, WEIGHTS + 1):
        this = p.let(f"near_{i}", power(ratio, constant(i)), f"q^{i}")
        p.results.append(Lowering(p, {q: ratio, near: this, far: last})(entry))
    p.description = [f"The minimizer of the Convex Rosenbrock with {WEIGHTS} weights and a free end."]
    yield p.tidied()


def _text(program: Program) -> str:
    return f"{javascript_target.helpers([program])}\n{javascript_target.function(program)}"


def _object(functions: Mapping[str, str]) -> str:
    """Each function with its helpers in a scope of its own, as the value of its name."""
    parts = []
    for name, source in functions.items():
        body = source.replace("\nexport function ", "\nfunction ")
        parts.append(f"{json.dumps(name)}: (() => {{\n{body.strip()}\nreturn {name};\n}})()")
    return "{\n" + ",\n".join(parts) + "\n}"
