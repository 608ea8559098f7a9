"""The worst case after n steps on quadratics: our closed forms beside PEPit's semidefinite programs, in one run.

Both answer the same question: the largest ratio of distances to the minimizer, after n steps from rest and at the start, over all
quadratics with curvatures in [mu, L]. What is true is found by neither: the rule is simply run at many curvatures.

PEPit gets the easier of two scalings, L = 1, which changes nothing in the answer, and both of the free solvers that it
reaches through CVXPY: the default one, SCS, and Clarabel. It is not imported before it is needed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import statistics
import timeit
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import symmomentum as sm
from tests import independent

__all__ = ["CASES", "CONDITION_NUMBERS", "SOLVERS", "STEPS", "Case", "benchmark"]

CONDITION_NUMBERS = (10, 100)
STEPS = (1, 2, 5, 10, 20, 30, 40)
SOLVERS = ("SCS", "CLARABEL")
VALID = 1e-3
"""How far PEPit's answer may be from the truth, relative to it."""
EXACT = 1e-9
"""And ours; the truth comes from floating-point numbers."""
FASTER = 1000
CURVATURES = 20_001

RULES = {"heavy-ball": independent.heavy_ball, "nesterov": independent.nesterov}


@dataclass(frozen=True)
class Case:
    """A method with parameters that depend on the condition number."""

    method: str
    choice: str
    """Which parameters: ``"tuned"`` (the best rate) or ``"standard"``."""

    @property
    def name(self) -> str:
        return f"{self.method}, {self.choice}"

    def published(self, kappa: float) -> dict[str, float]:
        """The parameters for curvatures from 1 to kappa: Polyak (1964), Lessard, Recht and Packard (2016), Nesterov (2004)."""
        root, three = np.sqrt(kappa), np.sqrt(3 * kappa + 1)
        if self.method == "heavy-ball":
            return {"alpha": 4 / (root + 1) ** 2, "beta": ((root - 1) / (root + 1)) ** 2}
        if self.choice == "tuned":
            return {"alpha": 4 / (3 * kappa + 1), "beta": (three - 2) / (three + 2)}
        return {"alpha": 1 / kappa, "beta": (root - 1) / (root + 1)}

    # The truth --------------------------------------------------------------------------------------------------------

    def swept(self, steps: int, kappa: float) -> float:
        """The rule run at many curvatures from 1 to kappa, both ends included."""
        lam = (1 + kappa) / 2 - (kappa - 1) / 2 * np.cos(np.linspace(0, np.pi, CURVATURES))
        lam[[0, -1]] = 1, kappa
        state = (np.zeros_like(lam), np.ones_like(lam))
        for _ in range(steps):
            state = RULES[self.method](*state, lambda w: lam * w, **self.published(kappa))
        return float(np.abs(state[1]).max())

    # Ours -------------------------------------------------------------------------------------------------------------

    def exact(self, steps: Any, mu: Any, L: Any) -> Any:
        """The closed form, in symbols or at numbers."""
        import sympy

        given = {}
        if self.choice == "standard":
            low, high = sympy.sqrt(mu), sympy.sqrt(L)
            given = {"alpha": sympy.Integer(1) / L, "beta": (high - low) / (high + low)}
        return self.theory.worst_case(steps, mu=mu, L=L, **given).value

    @functools.cached_property
    def theory(self) -> Any:
        """What is derived once for all calls."""
        return sm.analyze(self.method).transient

    @functools.cached_property
    def in_floats(self) -> Callable[[int, float, float], float]:
        """The closed form for all steps and curvatures as a function of numbers: the committed one for the tuned parameters,
        else one that is made once."""
        if self.choice == "tuned":
            module = importlib.import_module(f"symmomentum.evaluators.{self.method.replace('-', '_')}")
            tuned: Callable[[int, float, float], float] = module.tuned_worst_case
            return tuned
        import sympy

        s = sm.symbols
        return sympy.lambdify((s.k, s.mu, s.L), self.exact(s.k, s.mu, s.L), modules="math")

    # PEPit ------------------------------------------------------------------------------------------------------------

    def pepit(self, steps: int, kappa: float, solver: str) -> float:
        """The answer of PEPit, from the declaration of the problem on.

        Raises
        ------
        cvxpy.error.SolverError
            If the solver gives up.
        """
        from PEPit import PEP
        from PEPit.functions import SmoothStronglyConvexQuadraticFunction

        problem = PEP()
        function = problem.declare_function(SmoothStronglyConvexQuadraticFunction, mu=1 / kappa, L=1.0)
        minimizer, w = function.stationary_point(), problem.set_initial_point()
        problem.set_initial_condition((w - minimizer) ** 2 <= 1)
        chosen = self.published(kappa)
        chosen["alpha"] *= kappa  # at L = 1
        z = 0 * w
        for _ in range(steps):
            z, w = RULES[self.method](z, w, function.gradient, **chosen)
        problem.set_performance_metric((w - minimizer) ** 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an inaccurate solution is judged here by its numbers
            squared = problem.solve(solver=solver, verbose=0)
        return float(np.sqrt(squared)) if squared is not None and squared >= 0 else float("nan")


CASES = (Case("heavy-ball", "tuned"), Case("nesterov", "tuned"), Case("nesterov", "standard"))


def _seconds(call: Callable[[], Any], repeat: int = 5) -> float:
    """Of a warm call, the median over some turns."""
    call()
    timer = timeit.Timer(call)
    number = max(1, int(1e-3 / max(timer.timeit(1), 1e-9)))
    return statistics.median(timer.repeat(repeat, number)) / number


@dataclass(frozen=True)
class _Answer:
    value: float
    seconds: float
    status: str


def _asked(case: Case, steps: int, kappa: int, solver: str, truth: float) -> _Answer:
    from cvxpy.error import SolverError

    start = timeit.default_timer()
    try:
        value = case.pepit(steps, kappa, solver)
    except SolverError:
        return _Answer(float("nan"), timeit.default_timer() - start, "gave up")
    seconds = timeit.default_timer() - start
    return _Answer(value, seconds, "valid" if abs(value - truth) <= VALID * truth else "wrong")


def _rows() -> Iterator[tuple[str, bool]]:
    """The lines of the table, and whether each is as it should be."""
    layout = "  {:<20} {:>5} {:>3} {:>13} {:>8} {:>8}" + " {:>13} {:>8} {:<8}" * len(SOLVERS) + " {:>8} {:>9}"
    heads = [x for s in SOLVERS for x in (f"PEPit, {s}", "s", "")]
    yield layout.format("", "kappa", "n", "ours", "exact ms", "float us", *heads, "/ exact", "/ float"), True
    counts = dict.fromkeys(SOLVERS, 0)
    ratios: list[float] = []
    rows = [(case, kappa, n) for case in CASES for kappa in CONDITION_NUMBERS for n in STEPS]
    for solver in SOLVERS:  # what only the first call takes is not timed
        CASES[0].pepit(1, CONDITION_NUMBERS[0], solver)
    for case, kappa, n in rows:
        truth = case.swept(n, kappa)
        exact, floats = float(case.exact(n, 1, kappa)), case.in_floats(n, 1.0, float(kappa))
        exact_time = _seconds(lambda case=case, n=n, kappa=kappa: case.exact(n, 1, kappa))
        float_time = _seconds(lambda case=case, n=n, kappa=kappa: case.in_floats(n, 1.0, float(kappa)))
        answers = {s: _asked(case, n, kappa, s, truth) for s in SOLVERS}
        for s, a in answers.items():
            counts[s] += a.status == "valid"
        # The quickest answer that is valid, or else the quickest one.
        best = min(answers.values(), key=lambda a: (a.status != "valid", a.seconds))
        ratios.append(best.seconds / float_time)
        right = all(abs(x - truth) <= EXACT * truth for x in (exact, floats))
        cells = [x for a in answers.values() for x in (f"{a.value:.6e}", f"{a.seconds:.2f}", a.status)]
        numbers = [f"{exact:.6e}", f"{exact_time * 1e3:.1f}", f"{float_time * 1e6:.2f}"]
        shares = [f"{best.seconds / exact_time:,.0f}", f"{ratios[-1]:,.0f}"]
        yield (
            layout.format(case.name, kappa, n, *numbers, *cells, *shares) + ("" if right else "  ours is wrong"),
            right,
        )
    for s, count in counts.items():
        yield f"  PEPit with {s}: valid in {count} of {len(rows)} rows (within {VALID:g} of the sweep)", True
    met = min(ratios) >= FASTER
    word = "met" if met else "missed"
    yield f"  PEPit / our floats, least: {min(ratios):,.0f}  target >= {FASTER}: {word}", met


def benchmark(_rounds: int | None = None) -> bool:
    """Print the table; whether ours is right in every row and fast enough. Without PEPit one line says so."""
    print(
        "\nworst-case: after n steps on quadratics with curvatures in [1, kappa], from rest (3 to 10 minutes)",
        flush=True,
    )
    if importlib.util.find_spec("PEPit") is None:
        print("  -  not measured: PEPit is not installed (pip install 'symmomentum[bench]')", flush=True)
        return True
    print(
        "  a warm call of each: ours at numbers with SymPy, and its closed form in floats; PEPit builds and solves",
        flush=True,
    )
    good = True
    for line, right in _rows():
        print(line.rstrip(), flush=True)
        good &= right
    return good
