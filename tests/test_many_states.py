"""Evaluators and the command line for three and more states, held against the rules that are simply run: eigenvalues of their
matrices by mpmath, powers step by step in exact arithmetic, stability from the eigenvalues at 50 digits."""

from __future__ import annotations

import contextlib
import doctest
import functools
import importlib.util
import inspect
import itertools
import json
import random
import warnings
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from symmomentum import cli
from symmomentum.cli import main
from symmomentum.codegen import QUANTITIES, TARGETS, __main__, module_source
from symmomentum.codegen.program import MATRICES, Program
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.evaluators import blocks, matrices
from tests import accuracy, independent
from tests.independent import MP, THREE_STATES, Case, named
from tests.theory import analysis

F = Fraction
EPS = 2.0**-52


def three_velocities(x, y, z, w, grad, *, alpha, beta, gamma, delta):
    g = grad(w)
    x, y, z = beta * x + g, gamma * y + g, delta * z + g
    return x, y, z, w - alpha * (x + y + z) / 3


def two_gradients(y, z, w, grad, *, alpha, beta, gamma):
    y = beta * y + grad(w)
    z = gamma * z + grad(w - alpha * y)
    return y, z, w - alpha * (y + z) / 2


def delayed(a, b, c, d, w, grad, *, alpha, beta):
    """With a gradient of four steps before."""
    return b, c, d, w, w - alpha * grad(a) + beta * (w - d)


def memory(u, v, w, grad, *, alpha, beta, gamma):
    """With three coefficients, so that any three numbers can be its eigenvalues."""
    return v, w, w + beta * (w - v) + gamma * (w - u) - alpha * grad(w)


AGGREGATED = THREE_STATES[0]
THREE = Case(three_velocities, ("alpha", "beta", "gamma", "delta"), (0, 0, 0, 1))
TWO_CALLS = Case(two_gradients, ("alpha", "beta", "gamma"), (0, 0, 1), calls=2)
DELAYED = Case(delayed, ("alpha", "beta"), (1, 1, 1, 1, 1))
MEMORY = Case(memory, ("alpha", "beta", "gamma"), (1, 1, 1))
CASES = (AGGREGATED, THREE, TWO_CALLS, DELAYED)
BY_MATRIX = ("rate", "eigenvalues", "power", "residual")
every = pytest.mark.parametrize(**named(CASES))
each = pytest.mark.parametrize("quantity", BY_MATRIX)


@functools.cache
def made(case: Case, quantity: str, target: str = "numpy"):
    return analysis(case).evaluator(quantity, target)


def points(case: Case, count: int, seed: int = 0) -> list[np.ndarray]:
    """Parameters and curvature, one array each: stable and unstable, zeros and momenta near 1 among them."""
    source = random.Random(f"{case.name} {seed}")

    def momentum() -> float:
        kind = source.random()
        if kind < 0.1:
            return source.choice([0.0, 1.0, -1.0, 0.5])
        return 1 - 10 ** source.uniform(-6, 0) if kind < 0.3 else source.uniform(-1.2, 1.2)

    rows = []
    for _ in range(count):
        alpha, length = (
            10 ** source.uniform(-3, 3),
            source.choice([source.uniform(-0.5, 5), 10 ** source.uniform(-6, 0)]),
        )
        rows.append([alpha, *(momentum() for _ in case.parameters[1:]), length / alpha])
    return [np.array(column) for column in zip(*rows, strict=True)]


def arguments(case: Case, quantity: str, count: int, seed: int = 0) -> list[np.ndarray]:
    source = np.random.default_rng(seed)
    steps = [source.integers(0, 60, count).astype(float)] if quantity in ("power", "residual") else []
    return [*steps, *points(case, count, seed)]


def at(case: Case, row) -> tuple[float, dict[str, float]]:
    *parameters, lam = (float(x) for x in row)
    return lam, dict(zip(case.parameters, parameters, strict=True))


def tail(case: Case, quantity: str) -> tuple[int, ...]:
    return {"eigenvalues": (case.size,), "power": (case.size, case.size)}.get(quantity, ())


# What they compute ------------------------------------------------------------------------------------------------------


@every
def test_eigenvalues_are_those_of_a_matrix_close_by(case: Case) -> None:
    """The polynomial that has them as its roots is the characteristic one, up to the rounding of the matrix."""
    columns = points(case, 150)
    for row, found in zip(zip(*columns, strict=True), made(case, "eigenvalues")(*columns), strict=True):
        true = independent.eigenvalues_mp(case, *at(case, row))
        size = max(1, *map(abs, true))
        for got, wanted in zip(polynomial([MP.mpc(x) for x in found]), polynomial(true), strict=True):
            assert abs(got - wanted) < 400 * EPS * size**case.size, row
        order = [(-x.real, -x.imag) for x in found]
        assert order == sorted(order)
        assert np.array_equal(np.sort_complex(found), np.sort_complex(found.conj()))


def polynomial(roots) -> list:
    made = [MP.mpf(1)]
    for x in roots:
        made = [a - x * b for a, b in zip([*made, 0], [0, *made], strict=True)]
    return made


@every
def test_the_rate_is_that_of_mpmath(case: Case) -> None:
    columns, seen = points(case, 200, 1), 0
    for row, found in zip(zip(*columns, strict=True), made(case, "rate")(*columns), strict=True):
        true = sorted(independent.eigenvalues_mp(case, *at(case, row)), key=abs)
        gap = min(abs(x - y) for i, x in enumerate(true) for y in true[:i])
        error = abs(MP.mpf(float(found)) - abs(true[-1])) / max(1, abs(true[-1]))
        # Where all of them coincide, one part in `size` of the digits is left.
        assert error < 100 * EPS ** (1 / case.size), row
        if gap > 0.05:
            seen += 1
            assert error < 2000 * EPS, row
    assert seen > 50


@every
def test_powers_are_those_of_single_steps(case: Case) -> None:
    """Of matrices that are exact in double precision, within the bound for products of matrices: entry by entry, so many ulp of
    the power of the moduli."""
    columns, most = short_fractions(case, 60), 40
    iterate = inspect.getfullargspec(case.rule).args.index("w")
    steps = np.arange(most + 1)
    powers, residuals = (made(case, q)(steps[:, None], *columns) for q in ("power", "residual"))
    for i, row in enumerate(zip(*columns, strict=True)):
        lam, parameters = at(case, row)
        exact = {n: F(v) for n, v in parameters.items()}
        R = independent.matrix(case, F(lam), exact, F(1))
        power = bound = identity(case.size)
        run = independent.run(case, F(lam), exact, most)
        for k in steps:
            slack = [[F(EPS) * 2 * case.size * int(k) * x for x in r] for r in bound]
            for got, wanted, room in zip(flat(powers[k, i]), flat(power), flat(slack), strict=True):
                assert abs(F(float(got)) - wanted) <= room, (k, row)
            room = sum(x * y for x, y in zip(slack[iterate], case.rest, strict=True))
            assert abs(F(float(residuals[k, i])) - run[k]) <= room, (k, row)
            power, bound = product(power, R), product(bound, [list(map(abs, r)) for r in R])


def short_fractions(case: Case, count: int) -> list[np.ndarray]:
    """Parameters and curvatures of few binary digits."""
    source = np.random.default_rng(3)
    momenta = [source.integers(-36, 37, count) / 32 for _ in case.parameters[1:]]
    scale = 2.0 ** source.integers(-40, 40, count)
    return [3 * scale, *momenta, source.integers(-2, 28, count) / 16 / scale]


def identity(size: int) -> list[list[Fraction]]:
    return [[F(i == j) for j in range(size)] for i in range(size)]


def product(a: list[list], b: list[list]) -> list[list]:
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def flat(rows) -> list:
    return [x for row in rows for x in row]


@every
def test_many_steps(case: Case) -> None:
    """The relative error grows by as many ulp per step as the eigenvectors are far from being orthogonal."""
    source, most = random.Random(case.name), 0
    iterate = inspect.getfullargspec(case.rule).args.index("w")
    for _ in range(120):
        row = [1.0, *(source.uniform(-0.9, 0.95) for _ in case.parameters[1:]), 10 ** source.uniform(-10.5, 0)]
        true = independent.eigenvalues_mp(case, *at(case, row))
        if min(abs(x - y) for i, x in enumerate(true) for y in true[:i]) < 0.03:
            continue
        k = min(10**9, int(200 / abs(MP.log(max(map(abs, true))))))  # something is left of it, and not too much
        most = max(k, most)
        with MP.workdps(60):
            power = accuracy.matrix_power(case, k, list(map(MP.mpf, row)))
            run = sum(x * y for x, y in zip(power[iterate], case.rest, strict=True))
        conditioning = np.linalg.cond(np.linalg.eig(np.array(independent.matrix(case, *at(case, row)), float))[1])
        room = k * EPS * conditioning * max(map(abs, flat(power)))
        for found, wanted in zip(flat(made(case, "power")(np.int64(k), *row)), flat(power), strict=True):
            assert abs(MP.mpf(float(found)) - wanted) <= room, (k, row)
        assert abs(MP.mpf(float(made(case, "residual")(k, *row))) - run) <= room, (k, row)
    assert most > 10**7


@every
def test_stable_is_what_the_eigenvalues_say(case: Case) -> None:
    columns, inside = points(case, 200, 5), 0
    for row, found in zip(zip(*columns, strict=True), made(case, "stable")(*columns), strict=True):
        radius = max(map(abs, independent.eigenvalues_mp(case, *at(case, row))))
        if abs(radius - 1) > 1e-9:
            assert found == (radius < 1), row
            inside += found
    assert 20 < inside < 180


def test_stability_where_the_inequalities_nearly_cancel() -> None:
    """With momenta close to 1, on both sides of the edge: for these very arguments but for a few ulp."""
    source = random.Random(1)
    for _ in range(60):
        beta, gamma = 1 - 10 ** source.uniform(-7, -1), 1 + 10 ** source.uniform(-9, -7)
        edge = (
            2
            * (1 - F(beta) * F(gamma))
            * (1 - F(beta))
            * (1 - F(gamma))
            / (2 * F(beta) * F(gamma) - F(beta) - F(gamma))
        )
        if edge <= 0:
            continue
        for side in (-1, 1):
            lam = float(edge * (1 + side * F(1, 10**9)))
            radius = max(
                map(abs, independent.eigenvalues_mp(AGGREGATED, lam, {"alpha": 1.0, "beta": beta, "gamma": gamma}))
            )
            assert made(AGGREGATED, "stable")(1.0, beta, gamma, lam) == (radius < 1), (beta, gamma, side)


def test_the_threshold_is_where_stability_ends() -> None:
    source = np.random.default_rng(4)
    parameters = [10 ** source.uniform(-3, 2, 200), *source.uniform(-0.9, 0.95, (2, 200))]
    limit = made(AGGREGATED, "threshold")(*parameters)
    for row, edge in zip(zip(*parameters, strict=True), limit, strict=True):
        inside, outside = (
            max(map(abs, independent.eigenvalues_mp(AGGREGATED, *at(AGGREGATED, [*row, edge * (1 + s)]))))
            for s in (-1e-9, 1e-9)
        )
        assert inside < 1 < outside, row


@pytest.mark.parametrize(**named((AGGREGATED, TWO_CALLS)))
def test_the_variance_solves_the_lyapunov_equation(case: Case) -> None:
    columns, seen = points(case, 300, 6), 0
    w = inspect.getfullargspec(case.rule).args.index("w")
    for row, found in zip(zip(*columns, strict=True), made(case, "stationary_variance")(*columns), strict=True):
        lam, parameters = at(case, row)
        R, B = (np.array(f(case, lam, parameters), dtype=float) for f in (independent.matrix, independent.noise))
        radius = abs(np.linalg.eigvals(R)).max()
        if radius >= 1:
            assert found == np.inf or radius < 1 + 1e-9
        elif radius < 0.99:
            size = len(R) ** 2
            V = np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(-1)).reshape(R.shape)
            assert found == pytest.approx(V[w, w], rel=1e-6), row
            seen += 1
    assert seen > 20


# The contract of all evaluators --------------------------------------------------------------------------------------------


@each
@every
def test_broadcasting_scalars_and_out(case: Case, quantity: str) -> None:
    function, columns = made(case, quantity), arguments(case, quantity, 24)
    whole = function(*columns)
    assert whole.shape == (24, *tail(case, quantity))
    for i in (0, 7, 23):
        single = function(*(float(a[i]) for a in columns))
        assert np.ndim(single) == len(tail(case, quantity))
        assert np.array_equal(single, whole[i])
    first, second, *rest = columns
    grid = function(first[:4, None, None], second[:5, None], *(a[:3] for a in rest))
    assert grid.shape == (4, 5, 3, *tail(case, quantity))
    assert np.array_equal(grid[3, 4, 2], function(first[3], second[4], *(a[2] for a in rest)))
    assert np.array_equal(
        function(*(np.asfortranarray(a.reshape(4, 6)) for a in columns)), whole.reshape(4, 6, *whole.shape[1:])
    )
    for out in (np.empty_like(whole), np.empty((48, *whole.shape[1:]), whole.dtype)[::2]):
        assert function(*columns, out=out) is out
        assert np.array_equal(out, whole)
    assert function(*(a[:0] for a in columns)).shape == (0, *tail(case, quantity))
    with pytest.raises(ValueError, match="shape"):
        function(*columns, out=np.empty((3, *whole.shape[1:]), whole.dtype))
    with pytest.raises(TypeError, match="dtype"):
        function(*columns, out=np.empty(whole.shape, np.float16))
    with pytest.raises(TypeError, match="real"):
        function(*columns[:-1], 1j)


@each
def test_blocks_and_threads_change_nothing(quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = arguments(AGGREGATED, quantity, 3000)
    whole = made(AGGREGATED, quantity)(*columns)
    monkeypatch.setenv("SYMMOMENTUM_NUM_THREADS", "2")
    monkeypatch.setattr(blocks, "PARALLEL", 1000)
    monkeypatch.setattr(blocks, "BLOCK", 100)
    assert np.array_equal(made(AGGREGATED, quantity)(*columns), whole)


@each
def test_precision_is_kept(quantity: str) -> None:
    function = made(AGGREGATED, quantity)
    columns = [a.astype(np.float32) for a in arguments(AGGREGATED, quantity, 200)]
    found, exact = function(*columns), function(*(a.astype(float) for a in columns))
    assert found.real.dtype == np.float32
    assert exact.real.dtype == np.float64
    assert found.dtype.kind == exact.dtype.kind == ("c" if quantity == "eigenvalues" else "f")
    with np.errstate(all="ignore"):
        assert np.array_equal(found, exact.astype(found.dtype))
    mixed = function(columns[0], *(float(a[0]) for a in columns[1:]))
    assert mixed.real.dtype == np.float32
    assert np.asarray(function(*(1 for _ in columns))).real.dtype == np.float64


@pytest.mark.parametrize("quantity", [*BY_MATRIX, "stable"])
@every
def test_nan_in_nan_out_and_no_nan_else(case: Case, quantity: str) -> None:
    function, columns = made(case, quantity), arguments(case, quantity, 300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isnan(function(*columns)).any()
        for i in range(len(columns)):
            spoiled = [a.copy() for a in columns]
            spoiled[i][::3] = np.nan
            found = function(*spoiled)
            assert not found[::3].any() if quantity == "stable" else np.isnan(found[::3]).all()
            assert np.array_equal(found[1::3], function(*columns)[1::3])


LARGE = [0.0, 5e-324, 1e-200, 0.5, 1e16, 1.7e308]
LARGE = [*LARGE, *(-x for x in LARGE[1:])]


@pytest.mark.parametrize("quantity", [*BY_MATRIX, "stable"])
@pytest.mark.parametrize(**named((AGGREGATED, DELAYED)))
def test_any_finite_input_has_an_answer(case: Case, quantity: str) -> None:
    """All combinations of very small, ordinary and very large arguments: no warning, and NaN only where the matrix has it."""
    axes = [a.ravel() for a in np.meshgrid(*[np.array(LARGE)] * (len(case.parameters) + 1), indexing="ij")]
    with np.errstate(all="ignore"):
        rows = independent.matrix(case, axes[-1], dict(zip(case.parameters, axes, strict=False)))
        unknown = np.isnan(sum(np.broadcast_to(x, axes[0].shape) for r in rows for x in r))
    assert not unknown.all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in (0.0, 1.0, 2.0, 7.0, 1e9, 1e300) if quantity in ("power", "residual") else (None,):
            few = slice(None, None, 100 if k == 1e300 else 1)
            found = made(case, quantity)(*([] if k is None else [k]), *(a[few] for a in axes))
            bad = np.isnan(found).reshape(len(found), -1).any(axis=1)
            assert not (bad if quantity in ("rate", "stable") else bad & ~unknown[few]).any()


@each
def test_the_size_of_the_step_size_does_no_harm(quantity: str) -> None:
    """Only its product with the curvature counts, and how velocities are measured."""
    columns = arguments(AGGREGATED, quantity, 200, 7)
    k, (alpha, *momenta, lam) = columns[:-4], columns[-4:]
    expected = made(AGGREGATED, quantity)(*k, np.ones_like(alpha), *momenta, alpha * lam)
    for scale in (2.0**-900, 2.0**-500, 2.0**500, 2.0**900):
        found = made(AGGREGATED, quantity)(*k, scale, *momenta, alpha * lam / scale)
        if quantity == "power":
            found = found * np.array([[1, 1, scale], [1, 1, scale], [1 / scale, 1 / scale, 1]])
        tolerance = 1e-5 if quantity == "eigenvalues" else 1e-11  # some of them coincide
        bound = abs(expected).max(axis=tuple(range(1, expected.ndim)), keepdims=True)
        assert (abs(found - expected) <= tolerance * (1 + bound)).all()


def test_powers_of_what_is_no_number_of_steps() -> None:
    for k in (-1, 2.5, np.inf, -np.inf, np.nan):
        assert np.isnan(made(AGGREGATED, "power")(k, 0.1, 0.9, 0.5, 1.0)).all()
        assert np.isnan(made(AGGREGATED, "residual")(k, 0.1, 0.9, 0.5, 1.0))
    assert np.array_equal(made(AGGREGATED, "power")(0, 0.1, 0.9, 0.5, 1.0), np.eye(3))
    whole = made(AGGREGATED, "residual")(np.arange(5), 0.1, 0.9, 0.5, 1.0)
    assert whole == pytest.approx(independent.run(AGGREGATED, 1.0, {"alpha": 0.1, "beta": 0.9, "gamma": 0.5}, 4))


def test_what_grows_is_infinite_with_its_sign_and_what_decays_ends() -> None:
    residual = made(AGGREGATED, "residual")
    k = np.array([0, 1, 2, 3, 10**9 + 1, 10**17])
    assert residual(k, 1.0, 0.5, 0.25, 1e200).tolist() == [1, -1e200, np.inf, -np.inf, -np.inf, np.inf]
    assert residual(k[:4], 1e200, 0.5, 0.25, 1e200).tolist() == [1, -np.inf, np.inf, -np.inf]
    assert residual(k[-2:], 0.1, 0.9, 0.5, 1.0).tolist() == [0, 0]
    power = made(AGGREGATED, "power")(10**9, 0.0, 1.5, 0.5, 1.0)  # nothing but the velocities changes
    assert power.tolist() == [[np.inf, 0, np.inf], [0, 0, 2], [0, 0, 1]]
    assert made(AGGREGATED, "rate")(1e200, 0.5, 0.25, 1e200) == np.inf
    assert made(AGGREGATED, "rate")(1e-200, 0.5, 0.25, 1e-200) == 1
    assert abs(made(AGGREGATED, "eigenvalues")(1e200, 0.5, 0.25, 1e200)).max() == np.inf


def test_infinite_arguments_are_answered() -> None:
    values = [np.inf, -np.inf, 0.0, 1.0]
    columns = [np.array(c) for c in zip(*itertools.product(values, repeat=4), strict=True)]
    for quantity in ("rate", "eigenvalues", "stable"):
        assert len(made(AGGREGATED, quantity)(*columns)) == 256
    for quantity in ("power", "residual"):
        assert len(made(AGGREGATED, quantity)(3, *columns)) == 256


def test_one_matrix_without_eigenvalues_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = points(AGGREGATED, 20)
    expected, eigvals = made(AGGREGATED, "rate")(*columns), np.linalg.eigvals

    def failing(S):
        if np.any(target == S):
            raise np.linalg.LinAlgError
        return eigvals(S)

    seen = []
    monkeypatch.setattr(np.linalg, "eigvals", lambda S: seen.append(S) or eigvals(S))
    made(AGGREGATED, "rate")(*columns)
    target = seen[0][3].max()
    monkeypatch.setattr(np.linalg, "eigvals", failing)
    found = made(AGGREGATED, "rate")(*columns)
    assert found[3] == np.inf
    assert np.array_equal(np.delete(found, 3), np.delete(expected, 3))


def test_balanced_matrices_are_similar() -> None:
    R, unknown = matrices._stacked([[0.0, 1e300, 0.0], [1e-300, 0.5, 3.0], [np.nan, 1e-200, 2.0]])
    S, e = matrices._balanced(R)
    assert unknown
    assert 0.5 <= abs(S).max() < 1
    assert np.array_equal(S.diagonal() * 2.0**e, R.diagonal())
    assert np.allclose(S * S.T * 4.0**e, R * R.T, rtol=1e-15)
    assert np.array_equal(S == 0, R == 0)
    assert 0.1 < S[0, 1] / S[1, 0] < 10
    assert 0.1 < S[1, 2] / S[2, 1] < 10


# Targets, texts, modules ---------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("target", [t for t in TARGETS if t != "numpy"])
def test_targets_without_matrices_say_so(target: str, quantity: str) -> None:
    for ask in (analysis(AGGREGATED).evaluator, analysis(AGGREGATED).evaluator_source):
        with pytest.raises(
            NotDerivedError, match=rf"aggregated: {quantity} of .* 3 states .*{target} does not have; .* numpy"
        ):
            ask(quantity, target)


def test_what_has_an_expression_is_there_for_all_targets() -> None:
    columns = points(AGGREGATED, 200, 8)
    for quantity in ("stable", "threshold", "stationary_variance", "stationary_loss"):
        given = columns[:-1] if quantity == "threshold" else columns
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(
                made(AGGREGATED, quantity, "array-api")(*given), made(AGGREGATED, quantity)(*given), rtol=1e-9
            )
        assert f"export function {quantity}(" in made(AGGREGATED, quantity, "js").source
        assert f"def {quantity}(" in analysis(AGGREGATED).evaluator_source(quantity, "numba")


SMALL_ONLY = ["regime", "worst_rate", "tuning", "tuned_rate", "tuned_worst_case", "crossover", "loss_curve"]


@pytest.mark.parametrize("quantity", SMALL_ONLY)
def test_what_is_not_derived_says_so(quantity: str) -> None:
    with pytest.raises(NotDerivedError, match=r"^aggregated: .* up to two states"):
        made(AGGREGATED, quantity)


def test_a_parameter_cannot_hide_the_matrices() -> None:
    with pytest.raises(ArgumentError, match="another name"):
        Program("f", ("matrices",))
    assert {name.removeprefix("matrices.") for name in MATRICES} == set(matrices.__all__)


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (AGGREGATED, {*SMALL_ONLY}),
        (
            DELAYED,
            {*SMALL_ONLY, "threshold", "stationary_variance", "stationary_loss", "variance", "expected_loss"},
        ),
    ],
    ids=["aggregated", "delayed"],
)
def test_modules(case: Case, missing: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module imports, holds what there is, agrees with the functions made one by one, and its example is right."""
    text = module_source(analysis(case)._theory)
    path = tmp_path / f"{case.name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"symmomentum.evaluators.{case.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert set(module.__all__) == set(QUANTITIES) - missing
    assert "\n\n\n\n" not in text
    assert text.endswith("\n")
    for quantity in BY_MATRIX:
        columns = arguments(case, quantity, 10)
        assert np.array_equal(getattr(module, quantity)(*columns), made(case, quantity)(*columns))
    (example,) = doctest.DocTestParser().get_examples(module.__doc__)[1:]
    numbers = [float(x) for x in example.source.partition("rate(")[2].partition(")")[0].split(",")]
    radius = max(map(abs, independent.eigenvalues_mp(case, *at(case, numbers))))
    assert float(example.want) == pytest.approx(float(radius), abs=1e-12)
    assert round(float(module.rate(*numbers)), 12) == float(example.want)


def test_modules_of_the_catalog_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        __main__, "catalog", {"aggregated": analysis(AGGREGATED).method, "same": analysis(AGGREGATED).method}
    )
    texts = __main__.sources()
    assert texts["aggregated.py"] == module_source(analysis(AGGREGATED)._theory)
    assert "its rule is that of aggregated" in texts["same.py"]
    assert "REGIMES" not in texts["same.py"]


# The command line ----------------------------------------------------------------------------------------------------------

RULES = (
    "from fractions import Fraction\n\n"
    + "\n\n".join(inspect.getsource(c.rule) for c in (*CASES, MEMORY))
    + """

def rooted(y, z, w, grad, *, alpha, beta):
    return z, w, w - alpha * grad(w) + beta ** Fraction(1, 2) * 0 + beta / (1 + beta) * (w - y)
"""
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """What a command prints, and its exit status."""
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def call(*given: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(given)
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


def options(row: dict[str, str]) -> list[str]:
    return [x for name, value in row.items() for x in (f"--{name}", value)]


def true_rate(case: Case, row: dict[str, str], digits: int):
    """By mpmath, from the rule itself, with digits to spare for eigenvalues that coincide."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(MP.workdps(6 * digits + 60))
        values = {n: mp(F(v)) for n, v in row.items()}
        rows = independent.matrix(case, values.pop("lam"), values, MP.mpf(1))
        return max(map(abs, MP.eig(MP.matrix(rows), left=False, right=False)))


def mp(x: Fraction):
    return MP.mpf(x.numerator) / x.denominator


POINTS = [
    (AGGREGATED, {"alpha": "0.1", "beta": "0.9", "gamma": "1/4", "lam": "1"}),
    (AGGREGATED, {"alpha": "0.1", "beta": "0.9", "gamma": "0.9", "lam": "1"}),
    (AGGREGATED, {"alpha": "1e-300", "beta": "0.9", "gamma": "1/2", "lam": "1e300"}),
    (AGGREGATED, {"alpha": "7", "beta": "0.9", "gamma": "1/2", "lam": "1"}),
    (THREE, {"alpha": "0.1", "beta": "0.9", "gamma": "1/4", "delta": "-1/3", "lam": "1"}),
    (TWO_CALLS, {"alpha": "0.1", "beta": "0.9", "gamma": "1/4", "lam": "1"}),
    (DELAYED, {"alpha": "0.1", "beta": "0.1", "lam": "1"}),
    (DELAYED, {"alpha": "0.1", "beta": "1/4", "lam": "0"}),
    (MEMORY, {"alpha": "1/8", "beta": "3/4", "gamma": "-1/8", "lam": "1"}),  # three times 1/2
]


@pytest.mark.parametrize(("case", "row"), POINTS)
def test_the_rate_on_the_command_line(case: Case, row: dict[str, str], run) -> None:
    command = ("rate", f"rules.py:{case.rule.__name__}", *options(row))
    status, text, _ = run(*command)
    assert status == 0
    answer = json.loads(run(*command, "--json")[1])
    assert list(answer) == ["method", "parameters", "rate", "regime", "stable"]
    wanted = true_rate(case, row, 60)
    assert answer["rate"] == float(wanted)
    assert answer["regime"] is None
    assert answer["stable"] is bool(wanted < 1 - MP.mpf(10) ** -40)
    per_gradient = (
        ""
        if case.calls == 1
        else f"   a step of {case.calls} gradients, that is {float(wanted) ** (1 / case.calls):.6g}"
    )
    assert f"  rate    {float(wanted):.15g}{per_gradient}" in text
    assert (
        f"  regime  {'stable: every start converges.' if answer['stable'] else 'divergent: the spectral radius'}"
        in text
    )
    assert f"  stable  {'yes' if answer['stable'] else 'no'}" in text
    answer = json.loads(run(*command, "--json", "--digits", "60")[1])
    assert len(answer["rate"].replace(".", "").lstrip("0")) == 60
    with MP.workdps(80):
        assert abs(MP.mpf(answer["rate"]) - wanted) <= wanted * MP.mpf(10) ** -59


def test_stability_is_decided_exactly(run) -> None:
    """On the edge itself, and beside it by less than any number of the machine tells."""
    edge = F(30)  # 4 (1 + beta) (1 + gamma)/(alpha (beta + gamma + 2)) at 1/10, 1/2, 1/2
    for off, stable in ((F(0), False), (F(-1, 10**40), True), (F(1, 10**40), False)):
        row = {"alpha": "1/10", "beta": "1/2", "gamma": "1/2", "lam": str(edge + off)}
        command = ("rate", "rules.py:aggregated", *options(row))
        answer = json.loads(run(*command, "--json")[1])
        assert answer["stable"] is stable
        assert answer["rate"] == 1
        assert "edge of stability" not in run(*command)[1]


def test_the_edge_is_shown_where_the_evaluators_have_it(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_evaluators", lambda name: SimpleNamespace(__all__=["rate", "threshold"]))
    row = {"alpha": "1/10", "beta": "1/2", "gamma": "1/2", "lam": "1"}
    assert "yes; the edge of stability is at the curvature 30\n" in run("rate", "rules.py:aggregated", *options(row))[1]


def test_a_rate_of_nothing(run) -> None:
    row = {"alpha": "1", "beta": "0", "gamma": "0", "lam": "1"}
    answer = json.loads(run("rate", "rules.py:aggregated", *options(row), "--json")[1])
    assert answer["rate"] == 0
    assert answer["stable"] is True
    assert "  rate    0\n" in run("rate", "rules.py:aggregated", *options(row))[1]


def test_a_rule_that_is_no_polynomial_is_refused(run) -> None:
    status, text, error = run("rate", "rules.py:rooted", "--alpha", "1", "--beta", "1/4", "--lam", "1")
    assert (status, text) == (2, "")
    assert "rooted: " in error
    assert "polynomials in their parameters" in error


def test_sources_on_the_command_line(run, tmp_path) -> None:
    for quantity in BY_MATRIX:
        status, text, _ = run("codegen", "rules.py:aggregated", quantity)
        assert status == 0
        assert text == made(AGGREGATED, quantity).source
    status, _, error = run("codegen", "rules.py:aggregated", "rate", "--target", "js")
    assert status == 2
    assert error.count("\n") == 1
    assert "the target js does not have" in error
