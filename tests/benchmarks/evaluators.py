"""What the evaluators are worth: the same numbers by other means, for every method of the catalog.

To compare with something else, add a contestant to one of the functions below; to measure something else, write a
function that takes a :class:`Theory` and returns a :class:`~tests.benchmarks.contests.Contest`, and enter it in
``CONTESTS``.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symmomentum as sm
from tests.benchmarks.contests import Contest, Contestant, Target, absent, report

__all__ = ["CONTESTS", "benchmarks"]

Array = Any
Coefficients = tuple[Array, ...]

SIDE = 2000
"""Points along each side of the grid; both layouts have this squared."""
EVERY = 20
"""Of the points, every so manieth is given to ``np.linalg.eigvals``, which is slow: 200 000 of 4 million."""
POWER = 10**6
"""The exponent of the powers."""
STEPS = 2 * 10**4
"""How many steps of the recursion are run; it takes the same time for each."""
MODES = 1000
MANY_MODES = 10**6
FEW_STEPS = 100
"""The exponent for so many modes."""
LONGEST, CURVE_STEPS = 10**6, 1000
"""How far the curve of the expected loss goes, and at about how many steps."""
CURVATURES = 10**6

EIGVALS, LAMBDIFY, PLAIN, NUMEXPR = "np.linalg.eigvals", "sympy.lambdify", "plain NumPy", "NumExpr"
OURS, OURS_NUMBA, FLOOR = "symmomentum, NumPy", "symmomentum, Numba", "np.add (the floor)"

RATE_TARGETS = {
    ("heavy-ball", "grid"): (
        Target(EIGVALS, OURS, at_least=85),
        Target(LAMBDIFY, OURS, at_least=8.5),
        Target(PLAIN, OURS, at_least=2.5),
    ),
    ("heavy-ball", "points"): (
        Target(EIGVALS, OURS_NUMBA, at_least=540),
        Target(OURS_NUMBA, FLOOR, at_most=1.4),
    ),
}


# The competitors ------------------------------------------------------------------------------------------------------


def _gradient_descent(alpha: Array, lam: Array) -> Coefficients:
    return (1 - alpha * lam,)


def _heavy_ball(alpha: Array, beta: Array, lam: Array) -> Coefficients:
    return 1 + beta - alpha * lam, beta


def _nesterov(alpha: Array, beta: Array, lam: Array) -> Coefficients:
    t = 1 - alpha * lam
    return (1 + beta) * t, beta * t


BY_HAND = {"gradient-descent": _gradient_descent, "heavy-ball": _heavy_ball, "nesterov": _nesterov}
"""Trace and determinant as one types them in: a little quicker than what SymPy prints, which would be an easier rival."""


class Theory:
    """What the competitors take from the theory of a method."""

    def __init__(self, name: str) -> None:
        from symmomentum.iteration import Iteration
        from symmomentum.symbols import lam

        self.name, self.method = name, sm.catalog[name]
        self.iteration = Iteration(self.method)
        self.size = self.iteration.size
        self.names = tuple(s.name for s in self.iteration.parameters)
        self.symbols = (*self.iteration.parameters, lam)
        self.analysis = sm.analyze(name)
        self.iterate_index = self.method.state.index("w")

    def evaluator(self, quantity: str, target: str = "numpy") -> Callable[..., Any]:
        """Ours."""
        return self.analysis.evaluator(quantity, target)

    def iterate(self, state: tuple[Array, ...], values: list[Array], steps: int = 1) -> tuple[Array, ...]:
        """The state after some steps of the update rule itself; the last of the values is the curvature."""
        *parameters, lam = values
        keywords = dict(zip(self.names, parameters, strict=True))
        for _ in range(steps):
            state = self.method.rule(*state, lambda w: lam * w, **keywords)
            state = state if isinstance(state, tuple) else (state,)
        return state

    def unit_states(self, ndim: int) -> tuple[Array, ...]:
        """The columns of the identity, along a first axis that broadcasts against points of so many axes."""
        return tuple(row.reshape(-1, *[1] * ndim) for row in np.eye(self.size))

    def matrices(self, values: list[Array], steps: int = 1) -> Array:
        """R^steps, by running the rule on the columns of the identity; the matrix in the last two axes."""
        shape = np.broadcast_shapes(*(np.shape(v) for v in values))
        rows = self.iterate(self.unit_states(len(shape)), values, steps)
        made = np.empty((*shape, self.size, self.size))
        for i, row in enumerate(rows):
            made[..., i, :] = np.moveaxis(np.broadcast_to(row, (self.size, *shape)), 0, -1)
        return made

    def rest(self, values: list[Array]) -> tuple[Array, ...]:
        """The state at rest at w = 1, for every curvature; the parameters are numbers."""
        *parameters, lam = values
        point = dict(zip(self.iteration.parameters, parameters, strict=True))
        return tuple(np.full(np.shape(lam), float(x.subs(point))) for x in self.iteration.system.rest)

    def eigvals_rate(self, values: list[Array]) -> Array:
        """The spectral radius by LAPACK, matrix by matrix."""
        return np.abs(np.linalg.eigvals(self.matrices(values))).max(axis=-1)

    def lambdified(self, values: list[Array]) -> Callable[[], Array]:
        """The spectral radius by the eigenvalues of the theory, in complex numbers where they have roots."""
        import sympy

        function = sympy.lambdify(self.symbols, list(self.iteration.eigenvalues), modules="numpy", cse=True)
        if self.size > 1:
            # One complex argument is enough, and of all the last parameter costs least. This is not timed.
            last = len(values) - 2
            values = [np.asarray(v, complex) if i == last else v for i, v in enumerate(values)]
        return lambda: functools.reduce(np.maximum, map(np.abs, function(*values)))

    def plain(self, values: list[Array]) -> Callable[[], Array]:
        """The spectral radius by the quadratic formula, in whole arrays."""
        import sympy

        coefficients = BY_HAND.get(self.name) or sympy.lambdify(
            self.symbols, self._coefficients(), modules="numpy", cse=True
        )

        def one_state() -> Array:
            return np.abs(*coefficients(*values))

        def two_states() -> Array:
            b, q = coefficients(*values)
            d = b * b - 4 * q
            return np.maximum((np.abs(b) + np.sqrt(np.maximum(d, 0))) / 2, np.sqrt(np.maximum(q, 0)))

        return one_state if self.size == 1 else two_states

    def plain_residual(self, values: list[Array]) -> Callable[[int], Array]:
        """The residual polynomial by the eigenvalues, complex where need be, in whole arrays; not at the repeated root."""
        import sympy

        first = sympy.lambdify(self.symbols, self.iteration.residual_polynomial(1), modules="numpy", cse=True)
        if self.size == 1:
            return lambda k: first(*values) ** k
        coefficients = BY_HAND.get(self.name) or sympy.lambdify(
            self.symbols, self._coefficients(), modules="numpy", cse=True
        )

        def two_states(k: int) -> Array:
            b, q = coefficients(*values)
            root = np.sqrt((b * b - 4 * q).astype(complex))
            one, two = (b + root) / 2, (b - root) / 2
            start = first(*values)
            return ((one**k * (start - two) - two**k * (start - one)) / root).real

        return two_states

    def numexpr(self, values: list[Array]) -> Callable[..., Array]:
        """The same formula for NumExpr, which finds by itself what occurs in it more than once."""
        import numexpr
        import sympy

        def text(expression: Any) -> str:
            fractions = {x: x.evalf(17) for x in expression.atoms(sympy.Rational) if not x.is_Integer}
            return f"({expression.xreplace({self.symbols[-1]: sympy.Symbol('lam'), **fractions})})"

        texts = [text(x) for x in self._coefficients()]
        if self.size == 1:
            formula = f"abs{texts[0]}"
        else:
            b, q = texts
            formula = f"maximum((abs({b}) + sqrt(maximum({b}*{b} - 4*{q}, 0)))/2, sqrt(maximum({q}, 0)))"
        variables = dict(zip((*self.names, "lam"), values, strict=True))
        return functools.partial(numexpr.evaluate, formula, local_dict=variables, global_dict={})

    def _coefficients(self) -> list[Any]:
        """The trace, and the determinant of two states."""
        it = self.iteration
        if self.size > 2:
            raise sm.NotDerivedError(f"no formula for {self.size} states")
        return [it.trace, it.determinant][: self.size]


# The rate at many points ----------------------------------------------------------------------------------------------


def _grid(theory: Theory, every: int = 1) -> list[Array]:
    """Step sizes by momenta, or by curvatures where there is no momentum; what is left is constant."""
    values: list[Array] = [
        np.linspace(0, 4, SIDE)[:, None],
        np.linspace(0, 1, SIDE, endpoint=False)[None, ::every],
        *[0.5] * (len(theory.names) - 2),
    ]
    return [*values, 1.0] if len(theory.names) > 1 else values


def _points(theory: Theory, every: int = 1) -> list[Array]:
    """Every argument an array of its own."""
    generator = np.random.default_rng(1)
    upper = [4, *[1] * len(theory.names)]
    return [generator.uniform(0, u, SIDE * SIDE)[::every].copy() for u in upper]


LAYOUTS = {"grid": _grid, "points": _points}


def rate(theory: Theory, layout: str) -> Contest:
    """The rate at four million points."""
    ours = theory.evaluator("rate")
    values, part = LAYOUTS[layout](theory), LAYOUTS[layout](theory, EVERY)
    shape = np.broadcast_shapes(*(np.shape(v) for v in values))
    contestants = [
        Contestant(
            EIGVALS,
            lambda: theory.eigvals_rate(part),
            share=1 / EVERY,
            check=lambda: theory.eigvals_rate(part),
            note=f"timed at {SIDE * SIDE // EVERY:,} of the points",
        )
    ]

    def enter(name: str, make: Callable[[], Callable[[], Array]], package: str | None = None) -> None:
        if package is not None and importlib.util.find_spec(package) is None:
            contestants.append(absent(name, f"{package} is not installed"))
            return
        try:
            call = make()
        except sm.NotDerivedError:
            contestants.append(absent(name, "not derived"))
            return

        def check() -> Array:
            return call()[..., ::EVERY].copy()

        contestants.append(Contestant(name, call, check=check))

    def written_to_array(function: Callable[..., Array]) -> Callable[[], Array]:
        """A call that has an array of its own for the result, as the floor has, whose pages were touched before."""
        return functools.partial(function, out=np.ones(shape))

    enter(LAMBDIFY, lambda: theory.lambdified(values))
    enter(PLAIN, lambda: theory.plain(values))
    enter(NUMEXPR, lambda: written_to_array(theory.numexpr(values)), "numexpr")
    enter(OURS, lambda: written_to_array(functools.partial(ours, *values)))
    enter(OURS_NUMBA, lambda: written_to_array(functools.partial(theory.evaluator("rate", "numba"), *values)), "numba")
    x, y = np.ones(shape), np.ones(shape)
    contestants.append(Contestant(FLOOR, written_to_array(functools.partial(np.add, x, y))))
    return Contest(
        f"{SIDE:,} x {SIDE:,} points" if layout == "grid" else f"{SIDE * SIDE:,} points",
        contestants,
        {"our NumPy": OURS, "our Numba": OURS_NUMBA, "the floor": FLOOR},
        "ns/point",
        1e9 / (SIDE * SIDE),
        RATE_TARGETS.get((theory.name, layout), ()),
    )


# Powers ---------------------------------------------------------------------------------------------------------------


def _modes(theory: Theory) -> list[Array]:
    """Parameters so near to the edge that there is something left after many steps, and curvatures."""
    return [0.1, *[0.999] * (len(theory.names) - 1), np.geomspace(1e-6, 1, MODES)]


def _powers(recursion: Callable[[], Array], others: Sequence[Contestant], closed: Callable[..., Array]) -> Contest:
    result = np.ones_like(closed(1.0))
    return Contest(
        f"k = {POWER:,}, {MODES:,} modes",
        (
            Contestant(
                "the recursion",
                recursion,
                share=STEPS / POWER,
                check=recursion,
                note=f"timed for {STEPS:,} of the steps",
            ),
            *others,
            Contestant(OURS, lambda: closed(float(POWER), out=result), check=lambda: closed(float(STEPS))),
        ),
        {"ours": OURS},
        "µs",
        1e6,
        rounds=3,
        # Rounding adds up over so many steps, and where two eigenvalues nearly coincide.
        tolerance=1e-3,
    )


def power(theory: Theory) -> Contest:
    """R^k of many modes."""
    values = _modes(theory)
    evaluate = theory.evaluator("power")
    # Who wants the powers alone squares the matrix.
    squaring = Contestant(
        "np.linalg.matrix_power",
        lambda: np.linalg.matrix_power(theory.matrices(values), POWER),
        check=lambda: np.linalg.matrix_power(theory.matrices(values), STEPS),
    )
    return _powers(
        lambda: theory.matrices(values, STEPS), (squaring,), lambda k, out=None: evaluate(k, *values, out=out)
    )


def residual(theory: Theory) -> Contest:
    """The error of many modes after k steps from rest."""
    values = _modes(theory)
    evaluate = theory.evaluator("residual")
    rest = theory.rest(values)
    return _powers(
        lambda: theory.iterate(rest, values, STEPS)[theory.iterate_index],
        (),
        lambda k, out=None: evaluate(k, *values, out=out),
    )


def modes(theory: Theory) -> Contest:
    """The errors of a million modes after some steps from rest, in one pass."""
    values = [0.9, *[0.9] * (len(theory.names) - 1), np.linspace(1e-3, 1, MANY_MODES)]
    part = [*values[:-1], values[-1][::EVERY].copy()]
    ours = theory.evaluator("residual")
    result = np.ones(MANY_MODES)

    def recursion() -> Array:
        return theory.iterate(theory.rest(part), part, FEW_STEPS)[theory.iterate_index]

    contestants = [
        Contestant(
            "the recursion",
            recursion,
            share=1 / EVERY,
            check=recursion,
            note=f"timed at {MANY_MODES // EVERY:,} of the modes, which fit into the cache",
        )
    ]

    def enter(name: str, call: Callable[..., Array]) -> None:
        def once() -> Array:
            return call(FEW_STEPS)

        def check() -> Array:
            return once()[::EVERY].copy()  # several of them write to the same array

        contestants.append(Contestant(name, once, check=check))

    try:
        enter("powers of eigenvalues", theory.plain_residual(values))
    except sm.NotDerivedError:
        contestants.append(absent("powers of eigenvalues", "not derived"))
    enter(OURS, lambda k: ours(float(k), *values, out=result))
    # One number of steps for each mode: NumPy does the same, and Numba cannot square.
    steps = np.full(MANY_MODES, float(FEW_STEPS))
    enter(f"{OURS}, k an array", lambda _: ours(steps, *values, out=result))
    if importlib.util.find_spec("numba") is None:
        contestants.append(absent(OURS_NUMBA, "numba is not installed"))
    else:
        try:
            compiled = theory.evaluator("residual", "numba")
            enter(OURS_NUMBA, lambda k: compiled(float(k), *values, out=result))
            enter(f"{OURS_NUMBA}, k an array", lambda _: compiled(steps, *values, out=result))
        except sm.NotDerivedError:
            contestants.append(absent(OURS_NUMBA, "not derived"))
    x, y = np.ones(MANY_MODES), np.ones(MANY_MODES)
    contestants.append(Contestant(FLOOR, functools.partial(np.add, x, y, out=result)))
    return Contest(
        f"k = {FEW_STEPS}, {MANY_MODES:,} modes",
        contestants,
        {"our NumPy": OURS, "our Numba": OURS_NUMBA, "the floor": FLOOR},
        "ns/mode",
        1e9 / MANY_MODES,
        tolerance=1e-6,
    )


def loss_curve(theory: Theory) -> Contest:
    """The expected loss of a million modes together, after each of many numbers of steps."""
    parameters = [0.9, *[0.9] * (len(theory.names) - 1)]
    steps = np.unique(np.geomspace(1, LONGEST, CURVE_STEPS).astype(int))
    lam = np.geomspace(1e-6, 1, MANY_MODES)
    part = lam[:: EVERY * EVERY].copy()
    whole, single = theory.evaluator("loss_curve"), theory.evaluator("expected_loss")

    def each_step() -> Array:
        return np.array([single(float(k), *parameters, part, 1.0, 0.1).sum() for k in steps])

    return Contest(
        f"{MANY_MODES:,} modes, {len(steps):,} numbers of steps up to {LONGEST:,}",
        (
            Contestant(
                "the expected loss, step by step",
                each_step,
                share=1 / EVERY**2,
                check=each_step,
                note=f"timed at {part.size:,} of the modes",
            ),
            Contestant(
                OURS,
                lambda: whole(steps, *parameters, lam, 1.0, 0.1),
                check=lambda: whole(steps, *parameters, part, 1.0, 0.1),
            ),
        ),
        {"ours": OURS},
        "s",
        1,
        rounds=1,
    )


# The worst rate -------------------------------------------------------------------------------------------------------


def worst_rate(theory: Theory) -> Contest:
    """The worst rate over many curvatures, for which ours looks at the two ends only."""
    parameters = [0.1, *[0.9] * (len(theory.names) - 1)]
    mu, L = 0.01, 10.0
    spectrum, part = np.linspace(mu, L, CURVATURES), np.linspace(mu, L, CURVATURES // EVERY)
    ends, pointwise = theory.evaluator("worst_rate"), theory.evaluator("rate")
    result = np.ones(CURVATURES)

    def sweep() -> Array:
        return theory.eigvals_rate([*parameters, part]).max()

    def everywhere() -> Array:
        return pointwise(*parameters, spectrum, out=result).max()

    def closed() -> Array:
        return ends(*parameters, mu, L)

    return Contest(
        f"{CURVATURES:,} curvatures",
        (
            Contestant(EIGVALS, sweep, share=1 / EVERY, check=sweep, note=f"timed at {part.size:,} of the curvatures"),
            Contestant("our rate at each, NumPy", everywhere, check=everywhere),
            Contestant(OURS, closed, check=closed, note="from mu and L alone"),
        ),
        {"ours": OURS},
        "µs",
        1e6,
    )


# All of them ----------------------------------------------------------------------------------------------------------

CONTESTS: dict[str, Callable[[Theory], Contest]] = {
    "rate, grid": functools.partial(rate, layout="grid"),
    "rate, points": functools.partial(rate, layout="points"),
    "powers": power,
    "residual": residual,
    "modes": modes,
    "loss curve": loss_curve,
    "worst rate": worst_rate,
}
"""What is measured for every method."""


def benchmarks() -> dict[str, Callable[[int | None], bool]]:
    """Every benchmark by name: given a number of rounds, it prints a table and says whether its targets are met."""
    return {
        f"{method}: {what}": functools.partial(_run, method, what, make)
        for method in sm.catalog
        for what, make in CONTESTS.items()
    }


def _run(method: str, what: str, make: Callable[[Theory], Contest], rounds: int | None) -> bool:
    try:
        contest = make(Theory(method))
    except sm.NotDerivedError as reason:
        print(f"\n{method}: {what}\n  -  {reason}", flush=True)
        return True
    return report(f"{method}: {what}", contest, rounds)
