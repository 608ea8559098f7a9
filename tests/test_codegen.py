"""The code generator: what the functions of every target compute, and what their text says.

The numbers have references of their own: tests/accuracy.py runs the rules at 80 digits, tests/independent.py decides
stability exactly. A target is held to the NumPy one at difficult points too. How much of a difference is allowed follows from
how much the values change if the arguments change by a few units in the last place.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import importlib.util
import inspect
import itertools
import json
import math
import random
import shutil
import subprocess
import tempfile
import traceback
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import symmomentum as sm
from symmomentum.codegen import (
    QUANTITIES,
    TARGETS,
    __main__,
    array_api_target,
    javascript_target,
    module_source,
    numba_target,
    numpy_target,
)
from symmomentum.codegen.numerics import program
from symmomentum.codegen.program import Program, call, constant, where
from symmomentum.codegen.source import WIDTH, statement
from symmomentum.errors import ArgumentError, NotDerivedError, SymmomentumError, UnknownNameError
from tests import accuracy, independent
from tests.accuracy import MP, REFERENCES
from tests.independent import CATALOG, SMALL, TWO_STATES, Case, named
from tests.theory import analysis

F = Fraction
NUMPY = "import numpy as np\n\nfrom symmomentum.evaluators import blocks\n"
HEAVY_BALL, NESTEROV = (next(c for c in CATALOG if c.catalog == name) for name in ("heavy-ball", "nesterov"))
ELEMENTWISE = [q for q in QUANTITIES if q not in ("expected_loss", "crossover", "loss_curve")]
"""The others have a file of tests of their own."""
PYTHON_TARGETS = [t for t in TARGETS if t != "js"]
NUMBERS = (
    "rate",
    "eigenvalues",
    "worst_rate",
    "power",
    "residual",
    "tuning",
    "tuned_rate",
    "tuned_worst_case",
    "stationary_variance",
    "stationary_loss",
    "variance",
)
POWERS = ("power", "residual", "tuned_worst_case", "variance")
TUNED = ("tuning", "tuned_rate", "tuned_worst_case")
ALWAYS = [q for q in ELEMENTWISE if q not in ("threshold", *TUNED)]
"""What the theory gives for every rule with one or two states."""

CHOICE = [
    *((HEAVY_BALL, q) for q in ELEMENTWISE),
    *((c, q) for c in CATALOG if c != HEAVY_BALL for q in ("rate", "worst_rate", "regime", "power")),
]
"""What is compiled, which takes long."""

by_choice = pytest.mark.parametrize(("case", "quantity"), CHOICE, ids=[f"{c.name}-{q}" for c, q in CHOICE])
by_quantity = pytest.mark.parametrize("quantity", ELEMENTWISE)
by_case = pytest.mark.parametrize(**named(CATALOG))


@functools.cache
def made(case: Case, quantity: str, target: str = "numpy"):
    return analysis(case).evaluator(quantity, target)


@functools.cache
def text_of(case: Case, quantity: str, target: str) -> str:
    return analysis(case).evaluator_source(quantity, target)


@functools.cache
def program_of(case: Case, quantity: str) -> Program:
    return program(analysis(case)._theory, quantity)


def derived(case: Case) -> list[str]:
    """The quantities that the theory gives."""
    found = []
    for q in ELEMENTWISE:
        with contextlib.suppress(NotDerivedError):
            made(case, q)
            found.append(q)
    return found


# Points ---------------------------------------------------------------------------------------------------------------


@functools.cache
def ordinary(case: Case, quantity: str, count: int = 120) -> list[np.ndarray]:
    """Arguments all over the reals, as arrays."""
    source = random.Random(f"{case.name} {quantity}")
    rows = []
    half = count // 2
    for lam, parameters in (*independent.random_points(case, half, 5), *independent.stable_points(case, half, 6)):
        values = [float(parameters[n]) for n in case.parameters]
        low = abs(float(lam)) or 0.5
        ends = [low, low * source.choice([source.uniform(1.001, 3), source.uniform(1.001, 100)])]
        row = {
            "threshold": values,
            "worst_rate": [*values, *ends],
            "power": [float(source.randint(0, 40)), *values, float(lam)],
            "residual": [float(source.randint(0, 40)), *values, float(lam)],
            "variance": [float(len(rows) % 41), *values, float(lam)],
            "tuning": ends,
            "tuned_rate": ends,
            "tuned_worst_case": [float(len(rows) % 41), *ends],
        }.get(quantity, [*values, float(lam)])
        rows.append(row)
    return [np.array(column) for column in zip(*rows, strict=True)]


@functools.cache
def difficult(case: Case, quantity: str, count: int = 240) -> list[np.ndarray]:
    """Near the repeated root and the unit circle, very large and very small, NaN."""
    like = {"threshold": "rate", "tuned_rate": "tuning"}.get(quantity, quantity)
    columns = accuracy.points(case, like, count, seed=3)
    columns = columns[:-1] if quantity == "threshold" else columns
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 0.25, np.nan]
    source = random.Random(f"{case.name} {quantity} special")
    extra = [[source.choice(special) for _ in range(60)] for _ in columns]
    if quantity in POWERS:  # how far is far away is another test
        extra[0] = [source.choice([-1.0, 0.0, 1.0, 2.0, 7.0, 2.5]) for _ in extra[0]]
    return [np.concatenate([column, more]) for column, more in zip(columns, extra, strict=True)]


# Comparing ------------------------------------------------------------------------------------------------------------


def silent(function, *arguments) -> np.ndarray:
    """The values as one array; the parts of a tuple along a last axis."""
    with np.errstate(all="ignore"):
        value = function(*arguments)
    return np.stack(value, axis=-1) if isinstance(value, tuple) else np.asarray(value)


def neighbours(arguments: list[np.ndarray], fixed: int, sizes=(1, 4)):
    """The arguments with one of them changed by a few ulp."""
    for i, n, direction in itertools.product(range(fixed, len(arguments)), sizes, (1, -1)):
        with np.errstate(all="ignore"):
            changed = arguments[i] + direction * n * np.spacing(np.abs(arguments[i]))
        yield [changed if j == i else a for j, a in enumerate(arguments)]


@functools.cache
def spread(case: Case, quantity: str, points) -> np.ndarray:
    """How far the values of the NumPy function move if the arguments do by a few ulp; for codes, whether they do."""
    function, arguments = made(case, quantity), points(case, quantity)
    values = silent(function, *arguments)
    largest = np.zeros(values.shape)
    for around in neighbours(arguments, 1 if quantity in POWERS else 0):
        others = silent(function, *around)
        with np.errstate(all="ignore"):
            change = np.abs(_complex(others) - _complex(values))
        same = (others == values) | (_nan(others) & _nan(values))
        largest = np.maximum(largest, np.where(same, 0, np.where(np.isnan(change), np.inf, change)))
    return largest


def _complex(values: np.ndarray) -> np.ndarray:
    return values if values.dtype.kind in "fc" else values.astype(float)


def _nan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype.kind in "fc" else np.zeros(values.shape, bool)


def disagreements(got, want, slack, arguments, relative=1e-13) -> list[str]:
    """The points where two results differ by more than a few ulp and what the arguments explain."""
    got, want = _complex(np.asarray(got)), _complex(np.asarray(want))
    assert got.shape == want.shape, (got.shape, want.shape)
    with np.errstate(all="ignore"):
        close = np.abs(got - want) <= relative * np.abs(want) + 8 * slack + 1e-300
        huge = (np.abs(got) > 1e307) & (np.abs(want) > 1e307)
    good = (got == want) | (_nan(got) & _nan(want)) | close | huge | np.isinf(slack)
    return [
        f"{tuple(float(a[i]) for a in arguments)}{list(rest)}: {got[(i, *rest)]!r}, wanted {want[(i, *rest)]!r}"
        for i, *rest in np.argwhere(~good)[:5]
    ]


# The references -------------------------------------------------------------------------------------------------------


@functools.cache
def reference(case: Case, quantity: str) -> np.ndarray:
    """The true values at the ordinary points."""
    rows = []
    for point in zip(*ordinary(case, quantity), strict=True):
        if quantity in ("stable", "regime"):
            *parameters, lam = map(Fraction, map(float, point))
            given = dict(zip(case.parameters, parameters, strict=True))
            found = independent.stable(case, lam, given)
            rows.append(found if quantity == "stable" else regime(case, lam, given))
            continue
        exact = [MP.mpf(float(x)) for x in point]
        if quantity == "tuned_rate":
            rows.append(float(max(accuracy.rate(case, [*accuracy.tuning(case, exact), x])[0] for x in exact)))
            continue
        values = [float(x) for x in REFERENCES[quantity](case, exact)]
        if quantity == "eigenvalues":
            rows.append([complex(re, im) for re, im in zip(values[::2], values[1::2], strict=True)])
        elif quantity == "power":
            rows.append(np.reshape(values, (case.size, case.size)))
        else:
            rows.append(values if quantity == "tuning" else values[0])
    return np.array(rows)


def regime(case: Case, lam: Fraction, parameters: dict[str, Fraction]) -> str:
    """Its name, from the exact eigenvalues and from a run."""
    rows = independent.matrix(case, lam, parameters, F(1))
    if not independent.stable(case, lam, parameters):
        return "divergent"
    if case.size == 1:
        b, d = rows[0][0], F(1)
    else:
        b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
        d = b * b - 4 * q
    if independent.run(case, lam, parameters, 3)[1:] == [0, 0, 0]:
        return "one-step"
    if d <= 0:
        return "critical" if d == 0 else "complex"
    return "monotone" if b > 0 else "oscillating"


def codes(case: Case, names: np.ndarray) -> np.ndarray:
    """The numbers of the regimes, as the theory lists them."""
    order = [g.name for g in analysis(case).regimes]
    return np.array([order.index(n) for n in names])


def check_threshold(case: Case, values: np.ndarray, arguments: list[np.ndarray]) -> None:
    """Stable just below it, and not just above it or farther on, by exact arithmetic."""
    seen = 0
    for t, *point in zip(values, *arguments, strict=True):
        parameters = dict(zip(case.parameters, (Fraction(float(x)) for x in point), strict=True))
        if parameters["alpha"] <= 0 or any(abs(v) > F(99, 100) for n, v in parameters.items() if n != "alpha"):
            continue
        seen += 1
        inside = [F(1, 10**6), F(1, 2), F(1) - F(1, 10**9)] if np.isfinite(t) else [F(1), F(10**6), F(10**12)]
        outside = [F(1) + F(1, 10**9), F(3, 2), F(1000)] if np.isfinite(t) else []
        edge = Fraction(float(t)) if np.isfinite(t) else 1 / parameters["alpha"]
        assert [independent.stable(case, edge * x, parameters) for x in inside] == [True] * 3, (t, point)
        assert [independent.stable(case, edge * x, parameters) for x in outside] == [False] * len(outside), (t, point)
    assert seen > 20


def check_ordinary(case: Case, quantity: str, values) -> None:
    """The values at the ordinary points, against the independent reference."""
    values, arguments = np.asarray(values), ordinary(case, quantity)
    if quantity == "threshold":
        check_threshold(case, values, arguments)
        return
    want, slack = reference(case, quantity), spread(case, quantity, ordinary)
    if quantity in ("stable", "regime"):
        want = codes(case, want) if quantity == "regime" else want
        settled = slack == 0
        assert settled.mean() > 0.8
        assert disagreements(values[settled], want[settled], 0, [a[settled] for a in arguments]) == []
        return
    assert np.isinf(slack).mean() < 0.1
    assert disagreements(values, want, slack, arguments) == []


def check_nan(quantity: str, values, arguments: list[np.ndarray]) -> None:
    """NaN in, NaN out; as a code it is -1, and nothing is known to be stable."""
    given = np.logical_or.reduce([np.isnan(a) for a in arguments])
    assert given.sum() > 5
    lost = {"stable": values, "regime": values != -1}.get(quantity, ~_nan(np.asarray(values)))
    lost = lost.reshape(len(given), -1).any(axis=1) & given
    assert [tuple(float(a[i]) for a in arguments) for i in np.flatnonzero(lost)[:3]] == []


# NumPy and Numba ------------------------------------------------------------------------------------------------------


@by_quantity
@by_case
def test_numpy(case, quantity) -> None:
    check_ordinary(case, quantity, silent(made(case, quantity), *ordinary(case, quantity)))
    check_nan(quantity, silent(made(case, quantity), *difficult(case, quantity)), difficult(case, quantity))


@by_choice
def test_numba(case, quantity) -> None:
    function = made(case, quantity, "numba")
    check_ordinary(case, quantity, silent(function, *ordinary(case, quantity)))
    arguments = difficult(case, quantity)
    want = silent(made(case, quantity), *arguments)
    got = silent(function, *arguments)
    assert got.dtype == want.dtype
    assert disagreements(got, want, spread(case, quantity, difficult), arguments) == []
    check_nan(quantity, got, arguments)


@pytest.mark.parametrize("target", PYTHON_TARGETS)
def test_any_number_of_steps_is_answered(target) -> None:
    """What is no number of steps gives NaN; after any large number of them, what decays is 0 and what grows infinite."""
    residual, complaints = made(HEAVY_BALL, "residual", target), {}
    limits = {
        (0.1, 0.5, 1.0): 0,
        (0.5, 0.8, 1.0): 0,
        (1.0, 0.0, 1.0): 0,
        (5.0, 0.5, 1.0): np.inf,
        (-1.0, 0.5, 1.0): np.inf,
    }
    for k, (point, limit) in itertools.product([1e17, 2.0**64, 1e300, 2.5, -1.0, -np.inf, np.nan], limits.items()):
        want = limit if k > 3 else np.nan  # such a large number is even
        try:
            (value,) = silent(residual, *map(np.atleast_1d, (k, *point)))
        except ArithmeticError as error:
            complaints[k, point] = repr(error)
            continue
        if not np.array_equal(value, want, equal_nan=True):
            complaints[k, point] = value
    assert complaints == {}


@pytest.mark.parametrize("target", PYTHON_TARGETS)
def test_infinite_arguments_are_answered(target) -> None:
    """With some number: nothing is raised for any value."""
    values = [np.inf, -np.inf, 0.0, 1.0, 5e-324]
    grid = [np.array(column) for column in zip(*itertools.product(values, repeat=3), strict=True)]
    for quantity in ("rate", "eigenvalues", "stationary_variance"):
        assert len(silent(made(HEAVY_BALL, quantity, target), *grid)) == 125


@pytest.mark.parametrize("quantity", ["rate", "eigenvalues", "stable", "regime", "tuning"])
@pytest.mark.parametrize("target", PYTHON_TARGETS)
def test_single_precision_is_kept(target, quantity) -> None:
    arguments = [a.astype(np.float32) for a in ordinary(HEAVY_BALL, quantity)]
    got, want = (silent(f, *arguments) for f in (made(HEAVY_BALL, quantity, target), made(HEAVY_BALL, quantity)))
    assert got.dtype == want.dtype
    exact = silent(made(HEAVY_BALL, quantity), *(a.astype(float) for a in arguments))
    assert np.mean(np.abs(_complex(got) - exact) <= 1e-5 * (1 + np.abs(exact))) > 0.95


@pytest.mark.parametrize("target", PYTHON_TARGETS)
def test_arrays_broadcast(target) -> None:
    alpha, beta, lam = np.linspace(0.1, 1, 3)[:, None, None], np.linspace(-0.5, 0.9, 4)[:, None], np.linspace(0.1, 5, 5)
    for quantity, shape in {"rate": (), "eigenvalues": (2,)}.items():
        whole = silent(made(HEAVY_BALL, quantity, target), alpha, beta, lam)
        assert whole.shape == (3, 4, 5, *shape)
        flat = silent(made(HEAVY_BALL, quantity), *(a.ravel() for a in np.broadcast_arrays(alpha, beta, lam)))
        assert disagreements(whole.reshape(60, *shape), flat, 0, [flat]) == []
    if target != "numba":  # which takes long to compile that
        powers = silent(made(HEAVY_BALL, "power", target), np.arange(6.0)[:, None], 0.1, 0.9, lam)
        assert powers.shape == (6, 5, 2, 2)
        assert np.allclose(powers[2], powers[1] @ powers[1])


# The array API --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def numpy_arrays():
    yield np.asarray, np.asarray


@contextlib.contextmanager
def dask_arrays():
    import dask
    from dask import array

    with dask.config.set(scheduler="synchronous"):
        yield lambda x: array.from_array(np.asarray(x), chunks=128), lambda x: x.compute()


@contextlib.contextmanager
def jax_arrays():
    import jax

    with jax.enable_x64(True):
        yield jax.numpy.asarray, np.asarray


@contextlib.contextmanager
def torch_arrays():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; it is optional")
    yield lambda x: torch.from_numpy(np.array(x)), lambda x: x.numpy()


LIBRARIES = {"numpy": numpy_arrays, "dask": dask_arrays, "jax": jax_arrays, "torch": torch_arrays}


def array_values(case: Case, quantity: str, arguments, library: str) -> np.ndarray:
    with LIBRARIES[library]() as (into, back), np.errstate(all="ignore"):
        value = made(case, quantity, "array-api")(*map(into, arguments))
        parts = value if isinstance(value, tuple) else (value,)
        assert all(type(p) is type(into(np.zeros(1))) for p in parts)
        parts = [back(p) for p in parts]
    return np.stack(parts, axis=-1) if isinstance(value, tuple) else parts[0]


@by_quantity
@by_case
def test_array_api_is_right(case, quantity) -> None:
    check_ordinary(case, quantity, array_values(case, quantity, ordinary(case, quantity), "numpy"))


@by_choice
@pytest.mark.parametrize("library", LIBRARIES)
def test_array_api_agrees(library, case, quantity) -> None:
    """The libraries agree where it is difficult."""
    arguments, slack = difficult(case, quantity), spread(case, quantity, difficult)
    want = silent(made(case, quantity), *arguments)
    if library == "jax":  # which takes numbers below the normal ones for 0
        with np.errstate(all="ignore"):
            sizes = [np.abs(a) for a in [*arguments, math.prod(arguments)]]
        normal = np.logical_and.reduce([np.isnan(s) | (s == 0) | (s >= 1e-200) for s in sizes])
        assert normal.mean() > 0.8
        arguments, want, slack = [a[normal] for a in arguments], want[normal], slack[normal]
    got = array_values(case, quantity, arguments, library)
    assert got.dtype == want.dtype
    assert disagreements(got, want, slack, arguments) == []
    check_nan(quantity, got, arguments)


# Derivatives ----------------------------------------------------------------------------------------------------------


def jax_gradient(function, arguments: list[np.ndarray], free: list[int]) -> list[np.ndarray]:
    with jax_arrays() as (into, back):
        import jax

        gradient = jax.grad(lambda *a: function(*a).sum(), argnums=tuple(free))
        return [back(g) for g in gradient(*map(into, arguments))]


def torch_gradient(function, arguments: list[np.ndarray], free: list[int]) -> list[np.ndarray]:
    with torch_arrays() as (into, back):
        given = [into(a) for a in arguments]
        for i in free:
            given[i].requires_grad_()
        function(*given).sum().backward()
        return [back(given[i].grad) for i in free]


GRADIENTS = {"jax": jax_gradient, "torch": torch_gradient}
by_gradient = pytest.mark.parametrize("gradient", GRADIENTS.values(), ids=GRADIENTS)


def central(function, arguments: list[np.ndarray], i: int, size: float) -> np.ndarray:
    """A difference quotient."""
    step = size * (1 + np.abs(arguments[i]))
    up, down = (
        silent(function, *(a + s * step if j == i else a for j, a in enumerate(arguments))) for s in (0.5, -0.5)
    )
    return (up - down) / step


def check_gradient(gradient, case: Case, quantity: str, arguments: list[np.ndarray]) -> int:
    """Finite everywhere, and the difference quotient where the function is smooth; how many points those are."""
    free = list(range(1 if quantity in POWERS else 0, len(arguments)))
    found = gradient(made(case, quantity, "array-api"), arguments, free)
    smooth_points = np.ones(len(arguments[0]), bool)
    for i, got in zip(free, found, strict=True):
        assert np.isfinite(got).all(), [
            tuple(float(a[n]) for a in arguments) for n in np.flatnonzero(~np.isfinite(got))[:3]
        ]
        wide, narrow = (central(made(case, quantity), arguments, i, size) for size in (1e-5, 1e-6))
        scale = 1 + np.abs(narrow)
        smooth = np.abs(wide - narrow) <= 1e-5 * scale
        assert disagreements(got[smooth], narrow[smooth], 1e-6 * scale[smooth], [a[smooth] for a in arguments]) == []
        smooth_points &= smooth
    return int(smooth_points.sum())


@functools.cache
def in_regime(case: Case, name: str, count: int = 25) -> list[np.ndarray]:
    """Points away from the borders, where the trace and the determinant are not 0 either."""
    rows = []
    for lam, parameters in independent.random_points(case, 6000, 9):
        R = np.array(independent.matrix(case, lam, parameters, F(1)))
        borders = (R.trace(), lam, F(1) if case.size == 1 else R[0, 0] * R[1, 1] - R[0, 1] * R[1, 0])
        if regime(case, lam, parameters) == name and all(abs(x) > F(1, 100) for x in borders):
            rows.append([float(parameters[n]) for n in case.parameters] + [float(lam)])
        if len(rows) == count:
            break
    return [np.array(column) for column in zip(*rows, strict=True)]


@by_gradient
@pytest.mark.parametrize("name", ["monotone", "oscillating", "complex", "divergent"])
@pytest.mark.parametrize("quantity", ["rate", "residual", "stationary_variance"])
@by_case
def test_derivatives_in_every_regime(case, quantity, name, gradient) -> None:
    if name not in [g.name for g in analysis(case).regimes]:
        assert case.size == 1
        assert name == "complex"
        return
    arguments = in_regime(case, name)
    assert len(arguments[0]) == 25
    if quantity == "residual":
        arguments = [np.arange(25.0) % 7, *arguments]
    if (quantity, name) == ("stationary_variance", "divergent"):  # constant, for it is infinite
        for got in gradient(made(case, quantity, "array-api"), arguments, list(range(len(arguments)))):
            assert (got == 0).all()
        return
    assert check_gradient(gradient, case, quantity, arguments) >= (0 if name == "divergent" else 15)


@by_gradient
@pytest.mark.parametrize("quantity", ["worst_rate", "tuned_rate"])
@by_case
def test_derivatives_over_a_range_of_curvatures(case, quantity, gradient) -> None:
    arguments = [a[:60] for a in ordinary(case, quantity)]
    apart = arguments[-1] > arguments[-2] * 1.01
    assert check_gradient(gradient, case, quantity, [a[apart] for a in arguments]) >= 15


@by_gradient
@pytest.mark.parametrize("quantity", ["rate", "residual", "worst_rate", "stationary_variance"])
def test_derivatives_are_finite_on_the_borders(quantity, gradient) -> None:
    """Where eigenvalues coincide or vanish there is no derivative, or a one-sided one, but never NaN."""
    rows = [(0.25, 0.25, 1.0), (2.25, 0.25, 1.0), (1.0, 0.0, 1.0), (0.5, 0.0, 1.0), (1.5, 0.0, 1.0), (1.0, 1e-300, 1.0)]
    arguments = [np.array(column) for column in zip(*rows, strict=True)]
    if quantity == "residual":
        arguments = [np.full(len(rows), 5.0), *arguments]
    if quantity == "worst_rate":
        arguments = [*arguments, arguments[-1] * 1.5]
    free = list(range(quantity == "residual", len(arguments)))
    for got in gradient(made(HEAVY_BALL, quantity, "array-api"), arguments, free):
        assert np.isfinite(got).all(), got


# JavaScript -----------------------------------------------------------------------------------------------------------

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
const jobs = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = [];
for (const { file, name, points } of jobs) {
  try {
    const f = (await import(file))[name];
    answers.push(points.map((p) => f(...p.map(Number))));
  } catch (error) {
    answers.push(String(error));
  }
}
const plain = (key, x) => (typeof x === "number" && !Number.isFinite(x) ? String(x) : x);
writeFileSync(process.argv[3], JSON.stringify(answers, plain));
"""


IN_JAVASCRIPT = ("extragradient", "quasi-hyperbolic", "extra-momentum", "fixed-momentum", "three-terms")
"""The rules that are not like those of the catalog."""


def run_node(folder: Path, jobs: list[tuple[str, str, list[np.ndarray]]]) -> list:
    """What exported functions give at points: one process for all of them. Jobs are texts, names and arguments."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node, which runs JavaScript, is not on the path")
    table = []
    for i, (text, name, arguments) in enumerate(jobs):
        (folder / f"module{i}.mjs").write_text(text, encoding="utf-8")
        points = [[repr(float(x)).replace("inf", "Infinity") for x in p] for p in zip(*arguments, strict=True)]
        table.append({"file": f"./module{i}.mjs", "name": name, "points": points})
    (folder / "run.mjs").write_text(SCRIPT, encoding="utf-8")
    (folder / "jobs.json").write_text(json.dumps(table), encoding="utf-8")
    command = [node, "run.mjs", "jobs.json", "answers.json"]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return json.loads((folder / "answers.json").read_text(encoding="utf-8"))


def as_array(quantity: str, answer) -> np.ndarray:
    """Texts for NaN and the like as numbers; pairs as complex ones."""
    assert not isinstance(answer, str), answer
    if quantity == "tuning":
        answer = [list(a.values()) for a in answer]
    if quantity == "stable":
        assert all(type(a) is bool for a in answer)
    values = np.array(answer, dtype=object)
    values = values.astype(bool if quantity == "stable" else float)
    return values[..., 0] + 1j * values[..., 1] if quantity == "eigenvalues" else values


@pytest.mark.parametrize(**named([c for c in SMALL if c.catalog or c.name in IN_JAVASCRIPT]))
def test_javascript(case, tmp_path) -> None:
    quantities = [q for q in derived(case) if case.catalog or q not in ("worst_rate", *TUNED)]
    texts = {q: text_of(case, q, "js") for q in quantities}
    points = [ordinary, difficult] if case.catalog else [ordinary]
    pairs = list(itertools.product(quantities, points))
    answers = run_node(tmp_path, [(texts[q], q, p(case, q)) for q, p in pairs])
    complaints = {}
    for (quantity, p), answer in zip(pairs, answers, strict=True):
        got, arguments = as_array(quantity, answer), p(case, quantity)
        if p is ordinary and case.catalog:
            check_ordinary(case, quantity, got)
        want = silent(made(case, quantity), *arguments)
        found = disagreements(got, want, spread(case, quantity, p), arguments, relative=1e-12)
        if found:
            complaints[f"{quantity} {p.__name__}"] = found
    assert complaints == {}


def test_javascript_names_the_parameters_of_the_tuning(tmp_path) -> None:
    text = analysis(HEAVY_BALL).evaluator_source("tuning", "js")
    ((answer,),) = run_node(tmp_path, [(text, "tuning", [np.array([1.0]), np.array([9.0])])])
    assert answer == pytest.approx({"alpha": 0.25, "beta": 0.25})


def test_javascript_gives_whole_numbers_for_regimes(tmp_path) -> None:
    text = analysis(HEAVY_BALL).evaluator_source("regime", "js")
    points = [(1.0, 0.0, 1.0), (0.5, 0.8, 1.0), (9.0, 0.5, 1.0), (np.nan, 0.5, 1.0)]
    (answer,) = run_node(tmp_path, [(text, "regime", [np.array(c) for c in zip(*points, strict=True)])])
    order = [g.name for g in analysis(HEAVY_BALL).regimes]
    assert answer == [order.index("one-step"), order.index("complex"), order.index("divergent"), -1]


# Rules that are not in the catalog ------------------------------------------------------------------------------------

OTHERS = [c for c in SMALL if not c.catalog]


@pytest.mark.parametrize("quantity", [q for q in ALWAYS if q != "worst_rate"])
@pytest.mark.parametrize(**named(OTHERS))
def test_other_rules(case, quantity) -> None:
    check_ordinary(case, quantity, silent(made(case, quantity), *ordinary(case, quantity)))


@pytest.mark.parametrize(**named(OTHERS))
def test_other_rules_have_a_threshold(case) -> None:
    try:
        function = made(case, "threshold")
    except NotDerivedError:
        return  # which rules those are is another test
    arguments = ordinary(case, "threshold")
    values = silent(function, *arguments)
    if case.size == 1:  # extragradient: the region is an interval, but of another form
        for t, alpha in zip(values, *arguments, strict=True):
            if alpha > 0:
                below, above = (Fraction(float(t)) * (1 + F(s, 10**9)) for s in (-1, 1))
                assert independent.stable(case, below, {"alpha": Fraction(float(alpha))})
                assert not independent.stable(case, above, {"alpha": Fraction(float(alpha))})
        return
    check_threshold(case, values, arguments)


@pytest.mark.parametrize(**named(SMALL))
def test_worst_rate_is_the_largest_of_a_sweep(case) -> None:
    arguments = [a[:40] for a in ordinary(case, "worst_rate")]
    values = silent(made(case, "worst_rate"), *arguments)
    for value, *parameters, low, high in zip(values, *arguments, strict=True):
        swept = independent.worst(case, low, high, dict(zip(case.parameters, parameters, strict=True)), 2001)
        # Where eigenvalues coincide, the sweep has half the digits; between its points it misses a little.
        assert swept <= value * (1 + 1e-6) + 1e-7, (parameters, low, high)
        assert value <= swept * (1 + 1e-3) + 1e-7, (parameters, low, high)


@pytest.mark.parametrize(**named(SMALL))
def test_what_is_not_derived_says_so(case) -> None:
    """NotDerivedError and nothing else, and only where the theory has nothing."""
    a, missing = analysis(case), []
    for quantity in ("threshold", *TUNED):
        try:
            text = a.evaluator_source(quantity, "numba")
        except NotDerivedError as error:
            reason = str(error)
        else:
            assert quantity in text
            continue
        missing.append(quantity)
        assert case.name in reason
    assert not (case.catalog and missing)
    closed = a.tuning.kind == "radicals"
    assert ({"tuning", "tuned_rate"} & set(missing)) == (set() if closed else {"tuning", "tuned_rate"})
    try:
        threshold = a.stability.threshold
    except NotDerivedError:
        assert "threshold" in missing
    else:
        assert "Min" in str(threshold) or "threshold" not in missing


# The text -------------------------------------------------------------------------------------------------------------

by_target = pytest.mark.parametrize("target", TARGETS)


@by_target
@by_case
def test_every_text_explains_itself(case, target) -> None:
    for quantity in ELEMENTWISE:
        text = text_of(case, quantity, target)
        first, *lines = text.splitlines()
        mark = "//" if target == "js" else "#"
        wanted = f"{mark} {quantity} of {case.name}, generated by symmomentum from the derived expressions."
        assert first == wanted
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert "Operations: " in text
        assert "\t" not in text
        assert all(line == line.rstrip() for line in lines)
        assert target in ("js", "numba") or all(len(line) <= WIDTH for line in lines)
        for path in (Path(__file__).resolve().parents[1], Path.home(), Path(tempfile.gettempdir())):
            assert f"{path}/" not in text
        if target == "js":
            assert f"export function {quantity}(" in text
            continue
        tree = ast.parse(text)
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        arguments = [x.arg for x in functions[quantity].args.args]
        assert arguments == list(program_of(case, quantity).inputs)
        assert "Operations: " in ast.get_docstring(functions[quantity])
        # Every import is used, and nothing is imported for a second time.
        names = [
            alias.asname or alias.name
            for n in tree.body
            if isinstance(n, ast.Import | ast.ImportFrom)
            for alias in n.names
        ]
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert sorted(names) == sorted(set(names) & used) or target == "numpy"


@by_target
@by_case
def test_the_formula_is_in_the_documentation(case, target) -> None:
    a = analysis(case)
    trace = a._iteration.trace if case.size > 1 else None
    variance = a.noise.lyapunov_solution[-1, -1]
    formulas = {
        "rate": f"b = {trace}, q = {a._iteration.determinant}"
        if trace is not None
        else f"|{a.iteration_matrix[0, 0]}|",
        "stable": str(a.stability.region),
        "threshold": str(a.stability.threshold),
        "tuned_rate": str(a.tuning.rate),
        "stationary_variance": str(variance),
        "stationary_loss": str(a.noise.stationary_loss.args[0][0]),
        "variance": f"B = {a.noise_input.tolist()}",
        "power": str(a.iteration_matrix.tolist()),
        "residual": f"P_1 = {a.residual_polynomial(1)}",
        "regime": a.regimes[0].meaning,
        "tuning": "\n".join(f"{s} = {e}" for s, e in a.tuning.parameters.items()),
    }
    for quantity, formula in formulas.items():
        text = text_of(case, quantity, target)
        if target == "js":
            text = text.partition("/**")[2].partition("*/")[0].replace("\n *", "\n")
        else:
            functions = [n for n in ast.parse(text).body if getattr(n, "name", "") == quantity]
            text = ast.get_docstring(functions[0])
        assert _words(formula) in _words(text), quantity


def _words(text: str) -> str:
    return " ".join(text.split())


def test_intermediate_values_have_the_names_of_the_mathematics() -> None:
    text = analysis(HEAVY_BALL).evaluator_source("rate")
    for line in (
        "p = alpha * lam  # alpha*lambda",
        "h = u + s  # half the trace, (-alpha*lambda + beta + 1)/2",
        "s = np.sqrt(np.maximum(beta, 0))  # sqrt(beta), the modulus of complex eigenvalues",
    ):
        assert f"    {line}\n" in text


def test_the_operations_are_counted() -> None:
    p = Program("f", ("x", "y"))
    x, y = p.input("x"), p.input("y")
    t = p.let("t", x * y + 1)
    p.results = [where(t > 0, t - x, call("exp", t).squared())]
    assert p.operations() == (4, 1)
    text = analysis(CATALOG[0]).evaluator_source("rate")
    assert "Operations: 3 additions, multiplications and the like." in text


@pytest.mark.parametrize("target", PYTHON_TARGETS)
def test_evaluators_carry_the_documentation(target) -> None:
    rate = made(HEAVY_BALL, "rate", target)
    assert rate.__doc__.startswith("The spectral radius of the iteration matrix")
    assert repr(rate) == f"<evaluator of rate of heavy-ball for {target}>"
    assert (rate.quantity, rate.target) == ("rate", target)
    assert rate.source == analysis(HEAVY_BALL).evaluator_source("rate", target)


def test_tracebacks_show_the_generated_lines() -> None:
    """Also those of a function that was not the last one to be made."""
    evaluators = [sm.analyze("heavy-ball").evaluator(q, "array-api") for q in ("power", "stable")]
    for made_first in evaluators:
        with pytest.raises(TypeError) as caught:
            made_first(*["no array"] * len(_arguments(made_first)))
        frames = traceback.extract_tb(caught.value.__traceback__)
        lines = made_first.source.splitlines()
        shown = [f for f in frames if f.name == made_first.quantity]
        assert shown
        assert [f.line for f in shown] == [lines[f.lineno - 1].strip() for f in shown]


def _arguments(evaluator) -> list[str]:
    tree = ast.parse(evaluator.source)
    return next([a.arg for a in n.args.args] for n in tree.body if getattr(n, "name", "") == evaluator.quantity)


# Names ----------------------------------------------------------------------------------------------------------------

NAMES = [
    # Of intermediate values,
    ("s", "n"), ("h", "D"), ("p", "t"), ("t", "p"), ("e", "c"), ("k1", "base"), ("front", "u"), ("v", "m"), ("far", "i"),
    ("q", "x"), ("x", "y"), ("w_", "known"), ("code", "stable"), ("valid", "sigma_1"), ("entry_11", "first"),
    ("beta_plus", "beta"), ("s2", "s"),
    # of functions that the text defines or uses,
    ("rate", "power"), ("regime", "eigenvalues"), ("_rate", "_power"), ("_max", "_root"), ("_quotient", "_square"),
    ("_rate_points", "_min"), ("abs", "float"), ("array_namespace", "tuple"), ("root", "quotient"), ("square", "sign"),
    # of what the targets write themselves,
    ("out", "beta"), ("np", "beta"), ("xp", "beta"), ("one", "beta"), ("blocks", "beta"), ("limit", "small"),
    ("math", "Math"), ("numba", "REGIMES"), ("half", "largest"), ("scratch", "beta"), ("alpha", "results"),
    ("dtype", "beta"),
    # words of JavaScript,
    ("new", "function"), ("delete", "var"), ("this", "typeof"), ("new", "new_"), ("let", "static"),
    ("undefined", "Infinity"), ("arguments", "eval"), ("NaN", "enum"),
    # and of other alphabets.
    ("η", "β"), ("шаг", "é"), ("x\u0302", "x\u0303"), ("a\u00b7b", "a_b"), ("步", "_"),
]  # fmt: skip


def heavy_ball_with(step: str, momentum: str):
    """Heavy ball with other names for its parameters."""

    def rule(z, w, grad, **parameters):
        new = parameters[momentum] * z + grad(w)
        return new, w - parameters[step] * new

    kinds = {"z": 1, "w": 1, "grad": 1, step: 3, momentum: 3}
    parameters = [inspect.Parameter(n, inspect._ParameterKind(kind)) for n, kind in kinds.items()]
    rule.__signature__ = inspect.Signature(parameters)
    return rule


@functools.cache
def renamed(step: str, momentum: str):
    return sm.analyze(sm.method(heavy_ball_with(step, momentum), name="renamed"))


def evaluated(step: str, momentum: str, quantity: str, target: str, make):
    """What is made for that quantity, or None if the name is refused in so many words."""
    try:
        return make(renamed(step, momentum), quantity, target)
    except ArgumentError as error:
        refusal = str(error)
    assert "parameter" in refusal
    assert repr(step) in refusal or repr(momentum) in refusal
    return None


RENAMED = ("rate", "power", "stationary_variance")
by_names = pytest.mark.parametrize("names", NAMES, ids=[" ".join(n).encode("unicode_escape").decode() for n in NAMES])


@by_names
def test_any_name_of_a_parameter(names) -> None:
    """Right, or refused with a message that names the parameter."""
    complaints = {}
    for quantity, target in itertools.product(RENAMED, ["numpy", "array-api"]):
        arguments = [a[:40] for a in ordinary(HEAVY_BALL, quantity)]
        function = evaluated(*names, quantity, target, lambda a, q, t: a.evaluator(q, t))
        if function is None:
            continue
        want, slack = silent(made(HEAVY_BALL, quantity), *arguments), spread(HEAVY_BALL, quantity, ordinary)[:40]
        try:
            found = disagreements(silent(function, *arguments), want, slack, arguments)
        except (TypeError, AttributeError) as error:
            found = [repr(error)]
        if found:
            complaints[quantity, target] = found[0]
    assert complaints == {}


COMPILED_NAMES = [
    ("p", "t"), ("abs", "float"), ("_max", "_root"), ("_eigenvalues", "_square"), ("scratch", "beta"),
    ("alpha", "results"), ("dtype", "beta"), ("η", "β"), ("out", "beta"),
]  # fmt: skip


@pytest.mark.parametrize("names", COMPILED_NAMES, ids=" ".join)
def test_any_name_of_a_parameter_with_numba(names) -> None:
    arguments = [a[:40] for a in ordinary(HEAVY_BALL, "eigenvalues")]
    function = evaluated(*names, "eigenvalues", "numba", lambda a, q, t: a.evaluator(q, t))
    if function is not None:
        want, slack = silent(made(HEAVY_BALL, "eigenvalues"), *arguments), spread(HEAVY_BALL, "eigenvalues", ordinary)
        assert disagreements(silent(function, *arguments), want, slack[:40], arguments) == []


def test_any_name_of_a_parameter_in_javascript(tmp_path) -> None:
    jobs, labels = [], []
    for names, quantity in itertools.product(NAMES, RENAMED):
        text = evaluated(*names, quantity, "js", lambda a, q, t: a.evaluator_source(q, t))
        if text is not None:
            jobs.append((text, quantity, [a[:40] for a in ordinary(HEAVY_BALL, quantity)]))
            labels.append((names, quantity))
    complaints = {}
    for (names, quantity), (_, _, arguments), answer in zip(labels, jobs, run_node(tmp_path, jobs), strict=True):
        if isinstance(answer, str):
            complaints[(*names, quantity)] = answer
            continue
        want, slack = silent(made(HEAVY_BALL, quantity), *arguments), spread(HEAVY_BALL, quantity, ordinary)[:40]
        if found := disagreements(as_array(quantity, answer), want, slack, arguments, relative=1e-12):
            complaints[(*names, quantity)] = found[0]
    assert complaints == {}


# Texts of others ------------------------------------------------------------------------------------------------------

HARMFUL = {
    "newline": "x\nprint('injected')\n#",
    "carriage-return": "x\rprint('injected')\r#",
    "line-separator": "x\u2028console.log('injected')\u2028//",
    "form-feed": "x\x0cprint('injected')",
    "quotes": 'x"""\nprint("injected")\n"""',
    "comment": "x */ console.log('injected') /*",
}


def plain_rule(z, w, grad, *, alpha, beta):
    new = beta * z + grad(w)
    return new, w - alpha * new


def descent_rule(w, grad, *, alpha):
    return w - alpha * grad(w)


def check_harmless(text: str, harmless: str, target: str, folder: Path, quantity: str) -> None:
    """Nothing but comments differs; what runs prints nothing."""
    if target != "js":
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(harmless))
    else:
        (answer,) = run_node(folder, [(text, quantity, [np.array([0.1]), np.array([0.9]), np.array([1.0])])])
        assert not isinstance(answer, str), answer
        assert math.isclose(answer[0], math.sqrt(0.9))


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
@by_target
def test_the_name_of_a_method_does_no_harm(target, text, tmp_path) -> None:
    """It is refused, or a comment that stays one."""
    harmless = sm.analyze(sm.method(plain_rule)).evaluator_source("rate", target)
    try:
        found = sm.analyze(sm.method(plain_rule, name=text)).evaluator_source("rate", target)
    except SymmomentumError:
        return
    check_harmless(found, harmless, target, tmp_path, "rate")


def test_what_is_said_of_a_method_does_no_harm() -> None:
    """Neither its citation nor its note is in the text."""
    said = "".join(HARMFUL.values())
    plain, told = sm.analyze(sm.method(plain_rule)), sm.analyze(sm.method(plain_rule, cite=said, note=said))
    for quantity, target in itertools.product(("rate", "regime", "power", "stationary_variance"), TARGETS):
        assert told.evaluator_source(quantity, target) == plain.evaluator_source(quantity, target)


def test_a_committed_module_holds_no_text_of_others() -> None:
    texts = []
    for said in ("", HARMFUL["quotes"]):
        told = sm.analyze(sm.method(descent_rule, cite=said, note=said, name="plain"))
        texts.append(module_source(told._theory))
    assert texts[0] == texts[1]
    ast.parse(texts[0])


def test_the_name_of_a_method_does_no_harm_in_a_module() -> None:
    harmless = ast.parse(module_source(sm.analyze(sm.method(descent_rule))._theory))
    for name in HARMFUL.values():
        try:
            text = module_source(sm.analyze(sm.method(descent_rule, name=name))._theory)
        except SymmomentumError:
            continue
        assert ast.dump(ast.Module(ast.parse(text).body[1:], [])) == ast.dump(ast.Module(harmless.body[1:], []))


# Errors ---------------------------------------------------------------------------------------------------------------


def test_unknown_names() -> None:
    a = analysis(HEAVY_BALL)
    for ask in (a.evaluator, a.evaluator_source):
        with pytest.raises(UnknownNameError, match="unknown quantity 'rates'; did you mean 'rate'"):
            ask("rates")
        with pytest.raises(UnknownNameError, match="unknown target 'numbra'; did you mean 'numba'"):
            ask("rate", "numbra")
        with pytest.raises(KeyError, match=r"known: .*eigenvalues.*worst_rate"):
            ask("", "numpy")
        with pytest.raises(KeyError, match="array-api, js, numba, numpy"):
            ask("rate", "fortran")
        with pytest.raises(UnknownNameError, match="quantity"):
            ask("entropy", "fortran")


@pytest.mark.parametrize(
    ("target", "package", "extra"), [("numba", "numba", "jit"), ("array-api", "array_api_compat", "array")]
)
def test_missing_packages(target, package, extra, monkeypatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == package else find(name, *more))
    a = analysis(HEAVY_BALL)
    with pytest.raises(
        ArgumentError, match=rf"{package}, which is not installed: pip install 'symmomentum\[{extra}\]'"
    ):
        a.evaluator("rate", target)
    assert package in a.evaluator_source("rate", target)  # the text needs nothing
    a.evaluator("rate", "js")
    assert float(a.evaluator("rate")(0.1, 0.9, 1.0)) == 0.9486832980505138


def test_javascript_is_not_called() -> None:
    rate = analysis(HEAVY_BALL).evaluator("rate", "js")
    with pytest.raises(ArgumentError, match="source"):
        rate(0.1, 0.9, 1.0)
    assert rate.source == analysis(HEAVY_BALL).evaluator_source("rate", "js")


def test_nothing_is_written_for_other_expressions() -> None:
    with pytest.raises(ArgumentError, match="'out'"):
        Program("f", ("alpha", "out"))
    with pytest.raises(AssertionError):
        Program("f", ("alpha",)).input("beta")


# The committed modules ------------------------------------------------------------------------------------------------


@functools.cache
def module_texts() -> dict[str, str]:
    return __main__.sources()


def test_the_committed_modules_are_current() -> None:
    folder = Path(sm.__file__).parent / "evaluators"
    assert folder == __main__.FOLDER
    texts = module_texts()
    assert sorted(texts) == sorted(f"{name.replace('-', '_')}.py" for name in sm.catalog)
    for name, text in texts.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"run python -m symmomentum.codegen ({name})"
        ast.parse(text)


def test_stale_modules_are_found_and_rewritten(monkeypatch, tmp_path, capsys) -> None:
    texts = module_texts()
    monkeypatch.setattr(__main__, "sources", lambda: texts)
    monkeypatch.setattr(__main__, "FOLDER", tmp_path)
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert __main__.main(["--check"]) == 0
    assert capsys.readouterr().out == ""

    changed, lost = tmp_path / "heavy_ball.py", tmp_path / "nesterov.py"
    changed.write_text(texts[changed.name].replace("0.5", "0.25"), encoding="utf-8")
    lost.unlink()
    assert __main__.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert [line.split(": ") for line in sorted(said.splitlines())] == [
        ["out of date", f"symmomentum/evaluators/{changed.name}"],
        ["out of date", f"symmomentum/evaluators/{lost.name}"],
    ]
    assert "0.25" in changed.read_text(encoding="utf-8")
    assert not lost.exists()

    assert __main__.main([]) == 0
    assert capsys.readouterr().out.count("wrote: ") == 2
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == texts
    assert __main__.main(["--check"]) == 0
    assert __main__.main([]) == 0
    assert capsys.readouterr().out == ""


def test_the_check_takes_no_other_arguments(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        __main__.main(["--chekc"])
    assert caught.value.code == 2
    assert "--check" in capsys.readouterr().err


def test_the_text_does_not_depend_on_the_run() -> None:
    """Two analyses of the same rule, made in another order, give the same text."""
    first, second = sm.analyze("heavy-ball"), sm.analyze("heavy-ball")
    quantities = ["rate", "stable", "regime", "residual"]
    one = {q: first.evaluator_source(q) for q in quantities}
    two = {q: second.evaluator_source(q) for q in reversed(quantities)}
    assert one == two


# Expressions as text --------------------------------------------------------------------------------------------------

INPUTS = ("x", "y", "zeta")
COUNT = 300
ARRAYS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "max": np.maximum,
    "min": np.minimum,
    "square": np.square,
    "root": lambda x: np.sqrt(np.maximum(x, 0)),
    "quotient": np.divide,
    "floor": np.floor,
    "sign": np.sign,
    "where": np.where,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
}
"""Operations whose results are rounded correctly everywhere, so that another order shows."""


PRINTERS = {
    "numpy": numpy_target._PRINTER,
    "numba": numba_target._PRINTER,
    "array-api": array_api_target._PRINTER,
}


class Writer:
    """Random expressions; a constant only beside something that is none."""

    def __init__(self, seed: int, depth: int) -> None:
        self.source = random.Random(seed)
        self.program = Program(f"f{seed}", INPUTS, description=["An expression."])
        self.names = []
        for i in range(self.source.randint(0, 3)):
            self.names.append(self.program.let(f"t{i}", self.number(2), "what it means" * self.source.randint(0, 5)))
        self.program.results = [self.number(depth)]

    @property
    def is_short(self) -> bool:
        """Whether everything has a place on one line, whatever the target."""
        values = [*(line.value for line in self.program.lines), *self.program.results]
        return all(len(p.text(v)) < 100 for p in PRINTERS.values() for v in values)

    def constant(self):
        n = self.source.choice([1, 2, 3, 4, 7, -1, -2, -5])
        return constant(Fraction(n, self.source.choice([1, 1, 2, 3, 4, 7])))

    def operands(self, depth: int):
        """Two, at most one of them a constant."""
        pair = [self.number(depth), self.number(depth) if self.source.random() < 0.8 else self.constant()]
        self.source.shuffle(pair)
        return pair

    def number(self, depth: int):
        if depth == 0 or self.source.random() < 0.05:
            return self.source.choice([*map(self.program.input, INPUTS), *self.names])
        op = self.source.choice(["add", "sub", "sub", "mul", "div", "div", "neg", "sub", "mul", "other", "where"])
        if op == "other":
            op = self.source.choice(["abs", "max", "min", "square", "root", "quotient", "floor", "sign"])
        if op in ("neg", "abs", "square", "root", "floor", "sign"):
            return call(op, self.number(depth - 1))
        if op == "where":
            return call(op, self.condition(depth - 1), *self.operands(depth - 1))
        return call(op, *self.operands(depth - 1))

    def condition(self, depth: int):
        op = self.source.choice(["lt", "le", "gt", "ge", "eq", "and", "or", "not", "and", "or"])
        if depth <= 0 or op in ("lt", "le", "gt", "ge", "eq"):
            op = op if op in ("lt", "le", "gt", "ge", "eq") else "lt"
            return call(op, *self.operands(max(depth - 1, 0)))
        if op == "not":
            return call(op, self.condition(depth - 1))
        return call(op, self.condition(depth - 1), self.condition(depth - 1))


class Interpreter:
    """Walks the tree; remembers where a number was not finite, or 0, of which there are two."""

    def __init__(self, arguments: list[np.ndarray]) -> None:
        self.known = dict(zip(INPUTS, arguments, strict=True))
        self.plain = np.ones(len(arguments[0]), bool)

    def __call__(self, p: Program) -> np.ndarray:
        with np.errstate(all="ignore"):
            for line in p.lines:
                self.known[line.name] = self.value(line.value)
            return self.value(p.results[0])

    def value(self, v) -> np.ndarray:
        if v.op in ("input", "name"):
            return self.known[v.args[0]]
        if v.op == "const":
            return np.full(len(self.plain), float(v.args[0]))
        found = ARRAYS[v.op](*map(self.value, v.args))
        if found.dtype == float:
            self.plain &= np.isfinite(found) & (found != 0)
        return found


@functools.cache
def random_programs() -> list[Program]:
    """Short ones: how long ones are broken is another test."""
    written = (Writer(seed, 3 + seed % 3) for seed in itertools.count())
    return [w.program for w in itertools.islice((w for w in written if w.is_short), COUNT)]


@functools.cache
def random_arguments() -> list[np.ndarray]:
    return list(np.random.default_rng(4).uniform(-8, 8, (3, 24)))


def load(folder: Path, text: str):
    """A module of that text."""
    path = folder / "written.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NO_NUMBA = """\
import math

import numpy as np


class numba:
    njit = staticmethod(lambda **options: lambda function: function)
    vectorize = staticmethod(lambda types: lambda function: function)


class blocks:
    Kernel = staticmethod(lambda *arguments, **options: None)


"""


def compare_with_the_tree(results, programs=None) -> None:
    """Results, one for each program, against the interpreter, to the last bit."""
    wrong, seen = [], 0
    programs = programs or random_programs()
    for p, got in zip(programs, results, strict=True):
        interpreter = Interpreter(random_arguments())
        want = interpreter(p)
        plain = interpreter.plain
        seen += int(plain.sum())
        if isinstance(got, str) or not np.array_equal(np.asarray(got, float)[plain], want[plain]):
            wrong.append((p.name, got if isinstance(got, str) else ""))
    assert wrong == []
    assert seen > len(programs) * 6


@pytest.mark.parametrize("staged", [False, True], ids=["plain", "staged"])
def test_expressions_for_numpy(staged, tmp_path) -> None:
    programs = random_programs()
    functions = [numpy_target.function(p, copy.copy(p) if staged else None) for p in programs]
    module = load(tmp_path, "\n\n".join([NUMPY, *functions]))
    compare_with_the_tree([getattr(module, p.name)(*random_arguments()) for p in programs])


def test_expressions_for_numba(tmp_path) -> None:
    """Run by Python itself: what is compiled elsewhere is the same text."""
    programs = random_programs()
    functions = [numba_target.function(p) for p in programs]
    module = load(tmp_path, NO_NUMBA + "\n\n".join([numba_target.helpers(programs), *functions]))
    with np.errstate(all="ignore"):
        results = [
            [_number(getattr(module, f"_{p.name}_points"), point) for point in zip(*random_arguments(), strict=True)]
            for p in programs
        ]
    compare_with_the_tree(results)


def _number(function, point) -> float:
    try:
        return float(function(*map(np.float64, point)))
    except (ZeroDivisionError, OverflowError, ValueError):  # Python has no infinite results; such points do not count
        return math.nan


def test_expressions_for_the_array_api(tmp_path) -> None:
    programs = random_programs()
    functions = [array_api_target.function(p) for p in programs]
    module = load(tmp_path, "\n\n".join([array_api_target.IMPORTS, array_api_target.helpers(programs), *functions]))
    with np.errstate(all="ignore"):
        compare_with_the_tree([getattr(module, p.name)(*random_arguments()) for p in programs])


def test_expressions_for_javascript(tmp_path) -> None:
    compare_with_the_tree(javascript_values(random_programs(), tmp_path))


def javascript_values(programs: list[Program], folder: Path) -> list:
    texts = [javascript_target.helpers([p]) + javascript_target.function(p) for p in programs]
    answers = run_node(folder, [(t, p.name, random_arguments()) for t, p in zip(texts, programs, strict=True)])
    return [a if isinstance(a, str) else as_array("rate", a) for a in answers]


def small_programs() -> dict[str, Program]:
    """Where an operator meets itself, a negative number or a power."""
    made = {}

    def add(name, value) -> None:
        p = Program(name, INPUTS, description=["An expression."])
        p.results = [value(*map(p.input, INPUTS))]
        made[name] = p

    add("twice_negative", lambda x, y, z: call("neg", -x))
    add("less_negative", lambda x, y, z: x - -y)
    add("minus_constant", lambda x, y, z: x - constant(-2))
    add("negative_constant", lambda x, y, z: x + -constant(-2))
    add("negative_fraction", lambda x, y, z: x / constant(F(-1, 3)))
    add("negative_in_product", lambda x, y, z: x * -y * constant(F(1, 3)))
    add("negative_product", lambda x, y, z: -(x * y) / -(y - z))
    add("negative_limit", lambda x, y, z: x * -constant("limit") * constant("small"))
    add("limits", lambda x, y, z: x * constant("limit") / (1 / constant("small")))
    add("nested_where", lambda x, y, z: where(where(x > 0, y, z) > 0, where(y > 0, x, z), -where(z > 0, x, y)))
    add("not_not", lambda x, y, z: where(~~(x > y) & ~((x > 0) | (y > 0)), x, z))
    add("chain", lambda x, y, z: where((x < y) & (y < z) | (x.equals(y)), x - (y - z), x / (y / z)))
    return made


SMALL_PROGRAMS = small_programs()


def small_value(name: str, x: float, y: float, z: float) -> float:
    return {
        "twice_negative": x,
        "less_negative": x + y,
        "minus_constant": x + 2,
        "negative_constant": x + 2,
        "negative_fraction": x / (-1 / 3),
        "negative_in_product": x * -y * (1 / 3),
        "negative_product": -(x * y) / -(y - z),
        "negative_limit": -x / 2**14,
        "limits": x / 2**14,
        "nested_where": (x if y > 0 else z) if (y if x > 0 else z) > 0 else -(x if z > 0 else y),
        "not_not": x if x > y and not (x > 0 or y > 0) else z,
        "chain": x - (y - z) if x < y < z or x == y else x / (y / z),
    }[name]


@pytest.mark.parametrize("name", SMALL_PROGRAMS)
@pytest.mark.parametrize("target", ["numpy", "numba", "array-api", "js"])
def test_small_expressions(target, name, tmp_path) -> None:
    p, arguments = SMALL_PROGRAMS[name], random_arguments()
    if target == "js":
        text = javascript_target.helpers([p]) + javascript_target.function(p)
        (got,) = run_node(tmp_path, [(text, name, arguments)])
    elif target == "numpy":
        got = getattr(load(tmp_path, f"{NUMPY}\n\n{numpy_target.function(p)}"), name)(*arguments)
    elif target == "numba":
        module = load(tmp_path, NO_NUMBA + numba_target.helpers([p]) + "\n\n" + numba_target.function(p))
        got = [_number(getattr(module, f"_{name}_points"), point) for point in zip(*arguments, strict=True)]
    else:
        module = load(tmp_path, "\n\n".join(_array_module(p)))
        got = getattr(module, name)(*arguments)
    assert not isinstance(got, str), got
    want = [small_value(name, *point) for point in zip(*arguments, strict=True)]
    assert np.allclose(np.asarray(got, float), want, rtol=1e-14, atol=0)


def _array_module(p: Program) -> list[str]:
    return [array_api_target.IMPORTS, array_api_target.helpers([p]), array_api_target.function(p)]


# Lines ----------------------------------------------------------------------------------------------------------------


def check_broken(text: str, meaning: str = "") -> bool:
    """A statement has the same tree broken as unbroken, and its comment; whether it was broken."""
    made = statement("name = ", text, meaning=meaning, indent=0)
    assert made.endswith("\n")
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(f"name = {text}")), made
    assert _words(meaning) in _words(made.replace("\n#", "\n"))
    return made.count("\n") > 1


@pytest.mark.parametrize("target", PRINTERS)
def test_broken_statements_mean_the_same(target) -> None:
    printer, broken = PRINTERS[target], 0
    for seed in range(400):
        p = Writer(seed, 3 + seed % 5).program
        text = printer.text(p.results[0])
        broken += check_broken(text, "the meaning of it" * (seed % 12))
        check_broken(f"({text},)")
    assert broken > 50


def test_broken_statements_mean_the_same_in_javascript(tmp_path) -> None:
    """A result is not broken, so that it gets a line of its own that is used."""
    programs = []
    for seed in itertools.count():
        p = Writer(seed, 4 + seed % 3).program
        if 150 < len(javascript_target._PRINTER.text(p.results[0])) < 1500:
            p.results = [p.let("long", p.results[0]) + p.input("x")]
            programs.append(p)
        if len(programs) == 60:
            break
    compare_with_the_tree(javascript_values(programs, tmp_path), programs)


@pytest.mark.parametrize("target", PRINTERS)
def test_broken_sums_of_long_terms_mean_the_same(target) -> None:
    """Terms, factors and operands of and that are too long for a line themselves."""
    printer = PRINTERS[target]
    p = Program("f", tuple(f"a_long_name_{i}" for i in range(12)))
    names = [p.input(n) for n in p.inputs]
    product = functools.reduce(lambda x, y: x * y, names)
    total = functools.reduce(lambda x, y: x + y, names)
    both = functools.reduce(lambda x, y: x & y, [x > y for x, y in itertools.pairwise(names)])
    either = functools.reduce(lambda x, y: x | y, [x > y for x, y in itertools.pairwise(names)])
    for value in (
        product + product,
        product - product - total,
        total * total / total,
        -product - (total - total),
        where(both | both, product, total),
        where(either & either, product, -total),
        where(~(either & both), -(product + total), total),
        call("max", product + product, call("abs", total * total)),
        both | both,
        either & either,
        product + product < product - product,
        where(total >= product, product / total, total),
    ):
        assert check_broken(printer.text(value))


@by_case
@pytest.mark.parametrize("target", PRINTERS)
def test_the_statements_of_the_catalog(target, case) -> None:
    for quantity in ELEMENTWISE:
        p = program_of(case, quantity)
        for line in p.lines:
            check_broken(PRINTERS[target].text(line.value), line.meaning)
        for value in p.results:
            check_broken(PRINTERS[target].text(value))


def test_short_statements_stay_on_one_line() -> None:
    assert statement("a = ", "b + c") == "    a = b + c\n"
    assert statement("a = ", "b + c", ";", "a sum", mark="//", indent=2) == "  a = b + c;  // a sum\n"
    just = "b" * (WIDTH - 8)
    assert statement("a = ", just) == f"    a = {just}\n"
    assert statement("a = ", just, meaning="m") == f"    # m\n    a = {just}\n"
    long = " + ".join(f"term_{i}" for i in range(20))
    assert statement("a = ", long).splitlines()[:2] == ["    a = (", "        term_0"]
    quoted = 'f("' + "a, b) + (c" * 12 + '", x)'
    assert ast.dump(ast.parse(statement("a = ", quoted, indent=0))) == ast.dump(ast.parse(f"a = {quoted}"))


# Programs -------------------------------------------------------------------------------------------------------------


def test_names_are_given_once() -> None:
    p = Program("f", ("x", "t"))
    x = p.input("x")
    first, second, third = p.let("t", x + 1), p.let("t", x + 1), p.let("t", x + 2)
    assert first.args == second.args == ("t2",)
    assert third.args == ("t3",)
    assert p.let("c", x) is x
    assert p.let("out", x * x).args == ("out2",)
    assert [line.name for line in p.lines] == ["t2", "t3", "out2"]


def test_unused_lines_are_left_out() -> None:
    p = Program("f", ("x",))
    x = p.input("x")
    used, unused = p.let("u", x + 1), p.let("v", x + 2)
    p.let("w", unused * 2)
    p.results = [p.let("r", used * 3)]
    tidy = p.tidied()
    assert [line.name for line in tidy.lines] == ["u"]
    assert tidy.results[0].op == "mul"
    assert [line.name for line in p.lines] == ["u", "v", "w", "r"]


def test_two_states_are_enough_for_the_table() -> None:
    """The cases of this file are those of the second route."""
    assert {c.size for c in TWO_STATES} == {2}
    assert set(NUMBERS) | {"stable", "regime", "threshold"} == set(ELEMENTWISE)
