"""The committed evaluators as a user meets them: broadcasting, out, dtypes, scalars, NaN, no warnings, no SymPy. What they
compute is held against mpmath in test_accuracy.py, and against exact arithmetic here where it is a decision."""

import importlib
import os
import subprocess
import sys
import threading
import time
import warnings
from fractions import Fraction

import numpy as np
import pytest

import symmomentum as sm
from symmomentum.evaluators import blocks, gradient_descent, heavy_ball, nesterov
from symmomentum.evaluators.rounding import settled
from tests import independent
from tests.accuracy import points
from tests.independent import CATALOG, Case, named

NAMES = [n for n in heavy_ball.__all__ if n.islower()]
QUANTITIES = [n for n in NAMES if n != "loss_curve"]
"""What is elementwise."""
LISTED = {
    "rate",
    "eigenvalues",
    "stable",
    "regime",
    "worst_rate",
    "power",
    "residual",
    "tuning",
    "stationary_variance",
    "stationary_loss",
    "variance",
    "expected_loss",
    "crossover",
    "loss_curve",
}
TAIL = {"power": (2, 2), "eigenvalues": (2,)}


def module(case: Case):
    return importlib.import_module(f"symmomentum.evaluators.{case.name.replace('-', '_')}")


def arguments(case: Case, quantity: str, count: int = 50, dtype=np.float64) -> list[np.ndarray]:
    if quantity == "crossover":  # where it is not far away
        source = np.random.default_rng(5)
        columns = [source.uniform(0.1, 0.9, count) for _ in range(len(case.parameters) + 1)]
        return [x.astype(dtype) for x in (*columns, np.linspace(-1, 2, count), np.linspace(0.01, 3, count))]
    kind = {"stable": "rate", "regime": "rate", "threshold": "rate", "expected_loss": "variance"}
    found = points(case, kind.get(quantity, quantity), count, dtype, seed=5)
    if quantity == "expected_loss":  # from some distance, with some noise
        found += [np.linspace(-1, 2, count, dtype=dtype), np.linspace(0, 3, count, dtype=dtype)]
    return found[:-1] if quantity == "threshold" else found


def parts(result) -> list[np.ndarray]:
    return list(result) if isinstance(result, tuple) else [result]


def tail(case: Case, quantity: str) -> tuple[int, ...]:
    return tuple(case.size for _ in TAIL.get(quantity, ()))


each = pytest.mark.parametrize("quantity", QUANTITIES)
every = pytest.mark.parametrize(**named(CATALOG))


@every
def test_what_is_promised_is_there(case: Case) -> None:
    assert set(module(case).__all__) >= LISTED
    for name in NAMES:
        assert getattr(module(case), name).__doc__
    assert list(module(case).REGIMES) == [g.name for g in sm.analyze(case.name).regimes]


@each
@every
def test_broadcasting_scalars_and_out(case: Case, quantity: str) -> None:
    function, flat = getattr(module(case), quantity), arguments(case, quantity, 24)
    whole = parts(function(*flat))
    assert all(w.shape == (24, *tail(case, quantity)) for w in whole)
    # A number in, a number out: the same one.
    for i in (0, 7, 23):
        single = parts(function(*(float(a[i]) for a in flat)))
        for s, w in zip(single, whole, strict=True):
            assert np.ndim(s) == len(tail(case, quantity))
            assert np.array_equal(s, w[i], equal_nan=True)
    # Any shapes that broadcast, in any memory order.
    first, *rest = flat
    grid = parts(function(first[:4, None, None], *(a[:5, None] for a in rest[:1]), *(a[:3] for a in rest[1:])))
    shape = np.broadcast_shapes((4, 1, 1), *([(5, 1)] if rest else []), *([(3,)] if rest[1:] else []))
    for g in grid:
        assert g.shape == (*shape, *tail(case, quantity))
    index = tuple(n - 1 for n in shape)
    at = [first[3], *([rest[0][4]] if rest else []), *(a[2] for a in rest[1:])]
    for g, s in zip(grid, parts(function(*at)), strict=True):
        assert np.array_equal(g[index], s, equal_nan=True)
    swapped = parts(function(*(np.asfortranarray(a.reshape(4, 6)) for a in flat)))
    for s, w in zip(swapped, whole, strict=True):
        assert np.array_equal(s, w.reshape(s.shape), equal_nan=True)
    # out
    given = tuple(np.empty_like(w) for w in whole)
    returned = function(*flat, out=given if quantity == "tuning" else given[0])
    if quantity != "tuning":
        assert returned is given[0]
    for g, w in zip(given, whole, strict=True):
        assert np.array_equal(g, w, equal_nan=True)
    strided = tuple(np.empty((48, *w.shape[1:]), w.dtype)[::2] for w in whole)
    function(*flat, out=strided if quantity == "tuning" else strided[0])
    for g, w in zip(strided, whole, strict=True):
        assert np.array_equal(g, w, equal_nan=True)
    # Nothing, and lists.
    assert all(p.shape == (0, *tail(case, quantity)) for p in parts(function(*(a[:0] for a in flat))))
    assert all(
        np.array_equal(p, w, equal_nan=True) for p, w in zip(parts(function(*map(list, flat))), whole, strict=True)
    )


@each
@every
def test_precision_is_kept(case: Case, quantity: str) -> None:
    function = getattr(module(case), quantity)
    kinds = {"stable": "b", "regime": "i", "eigenvalues": "c"}
    for dtype in (np.float32, np.float64):
        for result in parts(function(*arguments(case, quantity, 5, dtype))):
            assert result.dtype.kind == kinds.get(quantity, "f")
            if quantity not in ("stable", "regime"):
                assert result.real.dtype == dtype
    single = arguments(case, quantity, 5, np.float32)
    mixed = parts(function(single[0], *(float(a[0]) for a in single[1:])))
    if quantity not in ("stable", "regime"):
        assert all(r.real.dtype == np.float32 for r in mixed)  # a Python number takes the precision of the array
    whole = parts(function(*(1 for _ in single)))
    if quantity not in ("stable", "regime"):
        assert all(np.asarray(r).real.dtype == np.float64 for r in whole)


@each
@every
def test_nan_in_nan_out_and_no_nan_else(case: Case, quantity: str) -> None:
    function = getattr(module(case), quantity)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat = arguments(case, quantity, 4000)
        for result in parts(function(*flat)):
            assert not np.isnan(result).any()
        for i in range(len(flat)):
            spoiled = [a.copy() for a in flat]
            spoiled[i][::3] = np.nan
            for result in parts(function(*spoiled)):
                bad = result[::3]
                if quantity == "regime":
                    assert (bad == -1).all()
                elif quantity == "stable":
                    assert not bad.any()
                else:
                    assert np.isnan(bad).all()


LARGE = [0.0, 5e-324, 2.2e-308, 1e-200, 1e-16, 0.5, 1.0, 2.0, 4.0, 1e16, 1e150, 1e200, 1.7e308]
LARGE = [*LARGE, *(-x for x in LARGE[1:])]


@pytest.mark.parametrize(
    "quantity", ["rate", "worst_rate", "stationary_variance", "threshold", "power", "residual", "eigenvalues"]
)
@every
def test_no_nan_and_no_warning_for_any_finite_input(case: Case, quantity: str) -> None:
    """All combinations of very small, ordinary and very large arguments."""
    count = len(case.parameters) + {"worst_rate": 2, "threshold": 0}.get(quantity, 1)
    axes = np.meshgrid(*[np.array(LARGE)] * count, indexing="ij")
    steps = [(k,) for k in (0.0, 1.0, 2.0, 7.0, 1e9)] if quantity in ("power", "residual") else [()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in steps:
            result = getattr(module(case), quantity)(*k, *axes)
            bad = np.isnan(result)
            if quantity == "threshold":
                bad &= axes[0] > 0  # it is that of a positive step size
            if quantity in ("eigenvalues", "power", "residual"):
                # With a trace or determinant beyond the largest number nothing is known of the smaller eigenvalue.
                known = np.isfinite(_coefficients(case, axes)).reshape(
                    *result.shape[: len(axes)], *[1] * (result.ndim - len(axes))
                )
                bad = bad & known
            assert not bad.any(), [a[tuple(np.argwhere(bad)[0][: len(axes)])] for a in axes]


def _coefficients(case: Case, axes: list[np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        rows = independent.matrix(case, axes[-1], dict(zip(case.parameters, axes, strict=False)))
        if case.size == 1:
            return rows[0][0]
        spread = sum(abs(x * y) for x in rows[0] for y in rows[1]) + sum(abs(x) for r in rows for x in r)
        return spread * spread


def test_powers_of_what_is_no_number_of_steps() -> None:
    assert np.isnan(heavy_ball.power(-1, 0.1, 0.9, 1.0)).all()
    assert np.isnan(heavy_ball.residual(2.5, 0.1, 0.9, 1.0))
    assert np.array_equal(heavy_ball.power(0, 0.1, 0.9, 1.0), np.eye(2))
    assert heavy_ball.residual(np.arange(4), 0.1, 0.9, 1.0).shape == (4,)


def test_the_usual_form_holds_for_nearly_all_modes() -> None:
    """Of a spectrum from overdamped to oscillating; what it says of its own range, the careful form confirms."""
    lam = np.linspace(1e-3, 1, 10_001)
    for k in (2.0, 25.0, 100.0, 1e4):
        _, holds = heavy_ball._residual.compute(np.array(k), np.array(0.9), np.array(0.6), lam)
        assert holds.mean() > 0.95
        found = heavy_ball.residual(k, 0.9, 0.6, lam)
        careful = heavy_ball._residual_careful((k, 0.9, 0.6, lam))
        np.testing.assert_allclose(found, careful, rtol=1e-13 * k, atol=1e-15)
        assert np.array_equal(found, heavy_ball.residual(np.full(lam.shape, k), 0.9, 0.6, lam))


def test_tuning_of_what_is_no_range() -> None:
    for low, high in ((0.0, 1.0), (-1.0, 1.0), (2.0, 1.0)):
        assert np.isnan(heavy_ball.tuning(low, high)).all()
        assert np.isnan(heavy_ball.tuned_rate(low, high))
    assert heavy_ball.tuning(2.0, 2.0) == (0.5, 0.0)


@pytest.mark.parametrize("bad", [1j, "1", None, np.array(["a"])])
def test_what_is_not_real_is_refused(bad) -> None:
    with pytest.raises(TypeError, match="real"):
        heavy_ball.rate(bad, 0.9, 1.0)


def test_out_may_be_an_argument() -> None:
    for name in ("rate", "stationary_variance", "residual"):
        k = (3.0,) if name == "residual" else ()
        x = np.array([1e200, 0.1, 0.3])
        expected = getattr(heavy_ball, name)(*k, x, 0.9, 1.0)
        getattr(heavy_ball, name)(*k, x, 0.9, 1.0, out=x)
        assert np.array_equal(x, expected)


def test_half_precision_gives_single() -> None:
    half = np.linspace(0, 3, 50).astype(np.float16)
    found = heavy_ball.rate(half, np.float16(0.5), 1.0)
    assert found.dtype == np.float32
    assert np.array_equal(found, heavy_ball.rate(half.astype(np.float32), np.float32(0.5), 1.0))


def test_wrong_shapes_and_outs_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        heavy_ball.rate(np.ones(2), np.ones(3), 1.0)
    with pytest.raises(ValueError, match="shape"):
        heavy_ball.rate(np.ones(2), 0.9, 1.0, out=np.empty(3))
    with pytest.raises(TypeError, match="float64"):
        heavy_ball.rate(np.ones(2), 0.9, 1.0, out=np.empty(2, np.float32))
    with pytest.raises(ValueError, match="2 arrays"):
        heavy_ball.tuning(np.ones(2), 2.0, out=(np.empty(2),))


# Decisions --------------------------------------------------------------------------------------------------------------


@every
def test_stable_is_right_but_for_a_few_units(case: Case) -> None:
    flat = arguments(case, "stable", 1500)
    found = module(case).stable(*flat)
    for row, mine in zip(zip(*flat, strict=True), found, strict=True):
        if _stable(case, row) != mine:
            near = {
                _stable(case, [x * (1 + s * 2.0**-52) for x, s in zip(row, signs, strict=True)])
                for signs in _signs(len(row))
            }
            assert mine in near, row


def _signs(count: int):
    return [[s * 4 * ((i >> n & 1) * 2 - 1) for n in range(count)] for s in (0.25, 1) for i in range(2**count)]


def _stable(case: Case, row) -> bool:
    *parameters, lam = (Fraction(float(x)) for x in row)
    return independent.stable(case, lam, dict(zip(case.parameters, parameters, strict=True)))


@every
def test_the_regime_is_that_of_the_eigenvalues(case: Case) -> None:
    source = np.random.default_rng(2)
    size = 3000
    flat = [np.ones(size), *(source.uniform(-1.2, 1.2, size) for _ in case.parameters[1:]), source.uniform(-1, 5, size)]
    names = np.array(module(case).REGIMES)[module(case).regime(*flat)]
    for name, *row in zip(names, *flat, strict=True):
        *parameters, lam = map(float, row)
        roots = independent.eigenvalues_numpy(case, lam, dict(zip(case.parameters, parameters, strict=True)))
        radius = abs(roots).max()
        if radius >= 1:
            expected = "divergent"
        elif abs(roots.imag).max() > 0:
            expected = "complex"
        else:
            expected = "monotone" if roots.real.sum() > 0 else "oscillating"
        assert name == expected, (name, expected, row)


def test_the_regimes_between() -> None:
    names = heavy_ball.REGIMES
    assert names[heavy_ball.regime(0.25, 0.25, 1.0)] == "critical"
    assert names[heavy_ball.regime(1.0, 0.0, 1.0)] == "one-step"
    assert names[heavy_ball.regime(0.5, 1.0, 1.0)] == "divergent"
    assert gradient_descent.REGIMES[gradient_descent.regime(0.5, 2.0)] == "one-step"
    assert nesterov.REGIMES[nesterov.regime(1.0, 0.5, 1.0)] == "critical"
    assert heavy_ball.REGIME_MEANINGS[names.index("one-step")].startswith("From rest")


@every
def test_the_threshold_is_where_stability_ends(case: Case) -> None:
    source = np.random.default_rng(4)
    parameters = [10 ** source.uniform(-3, 2, 300), *(source.uniform(-0.9, 0.95, 300) for _ in case.parameters[1:])]
    limit = module(case).threshold(*parameters)
    inside, outside = (module(case).stable(*parameters, limit * (1 + s)) for s in (-1e-9, 1e-9))
    finite = np.isfinite(limit) & (limit > 0)
    assert finite.mean() > 0.9
    assert inside[finite].all()
    assert not outside[finite].any()


# Large arrays -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", ["1", "2", "nonsense"])
def test_blocks_and_threads_change_nothing(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMMOMENTUM_NUM_THREADS", threads)
    monkeypatch.setattr(blocks, "PARALLEL", 1000)
    monkeypatch.setattr(blocks, "BLOCK", 256)
    source = np.random.default_rng(0)
    alpha, beta = source.uniform(0, 3, (40, 1, 70)), source.uniform(-1, 1, (1, 9, 1))
    large = heavy_ball.rate(alpha, beta, 1.5)
    assert large.shape == (40, 9, 70)
    single = np.array([[heavy_ball.rate(a, b, 1.5) for b in beta.ravel()] for a in alpha.ravel()[::37]])
    rows = large.transpose(0, 2, 1).reshape(-1, 9)[::37]
    assert np.array_equal(rows, single)
    far = alpha.copy()
    far[::5] *= 1e200  # blocks that overflow are done again with care
    careful = heavy_ball.rate(far, beta, 1.5)
    assert np.isfinite(careful).all()
    assert np.array_equal(careful[1], large[1])
    assert careful[0, 0, 0] == pytest.approx(far[0, 0, 0] * 1.5)


@pytest.mark.parametrize("shape", [(41, 9, 7), (1, 41, 63), (3, 41, 63), (5, 300), (300, 5)])
def test_a_part_that_all_blocks_share(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the momentum alone decides is written out once for blocks that differ in the step size only."""
    monkeypatch.setattr(blocks, "BLOCK", 256)
    first, second = np.random.default_rng(1).uniform(-1, 1, (2, *shape))
    alpha = 1.5 + first[(..., *[slice(1)] * (len(shape) - 1))]
    for beta in (second[:1], second[..., :1, :], second[..., :1], second[0]):
        expected = [heavy_ball.rate(a, b, 1.5) for a, b in np.broadcast(alpha, beta)]
        found = heavy_ball.rate(alpha, beta, 1.5)
        assert found.tolist() == np.reshape(expected, found.shape).tolist()


FORKED = """
import multiprocessing, threading
import numpy as np
from symmomentum.evaluators import blocks, heavy_ball

lam = np.linspace(0, 1, 2 * blocks.PARALLEL)

def rate_and_threads():
    found = heavy_ball.rate(1.0, 0.5, lam)
    return found, sum(t.name.startswith("symmomentum") for t in threading.enumerate())

here, threads = rate_and_threads()
assert threads == 1
with multiprocessing.get_context("fork").Pool(1) as pool:
    there, threads = pool.apply_async(rate_and_threads).get(timeout=60)
assert np.array_equal(here, there)
assert threads == 1
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_a_fork_has_threads_of_its_own() -> None:
    environment = {**os.environ, "SYMMOMENTUM_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", FORKED], env=environment, check=True)


def test_an_interruption_stops_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMMOMENTUM_NUM_THREADS", "2")
    monkeypatch.setattr(blocks, "PARALLEL", 1000)
    monkeypatch.setattr(blocks, "BLOCK", 10)
    seen = []

    def compute(x):
        seen.append(len(x))
        if threading.current_thread() is threading.main_thread() and len(seen) > 5:
            raise KeyboardInterrupt
        time.sleep(0.01)
        return x

    with pytest.raises(KeyboardInterrupt):
        blocks.Kernel(compute, (0,))((np.ones(100_000),))
    assert len(seen) < 1000


def test_nothing_is_materialized(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid of 2e7 points as a broadcast: beside the result, the memory that blocks need, and what is asked for and not used."""
    import tracemalloc

    monkeypatch.setenv("SYMMOMENTUM_NUM_THREADS", "1")
    alpha, beta = np.linspace(0, 4, 5000)[None, :], np.linspace(-1, 1, 4000)[:, None]
    out = np.empty((4000, 5000), np.float32)
    tracemalloc.start()
    heavy_ball.rate(alpha.astype(np.float32), beta.astype(np.float32), np.float32(1), out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < blocks.KEPT + out.nbytes / 20


def test_what_depends_on_one_argument_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    stage = heavy_ball._rate.stages[0]
    counted = blocks.Stage(lambda *a: (sizes.append(np.size(a[0])), stage.compute(*a))[1], stage.arguments)
    kernel = blocks.Kernel(**{**heavy_ball._rate.__dict__, "stages": (counted, *heavy_ball._rate.stages[1:])})
    alpha, beta = np.linspace(0, 4, 900)[None, :], np.linspace(-1, 1, 300)[:, None]
    assert np.array_equal(kernel((alpha, beta, 1.0)), heavy_ball.rate(alpha, beta, 1.0))
    assert sizes == [300]
    sizes.clear()
    kernel((np.ones(2**18), np.full(2**18, 0.5), 1.0))
    assert max(sizes) <= blocks.BLOCK  # not small beside the result: block by block


# Without SymPy --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "from symmomentum.evaluators import heavy_ball; heavy_ball.rate(.1, .9, 1.)",
        "import symmomentum.evaluators.nesterov as n; n.tuning(.1, 1.); n.power(5, .1, .9, 1.); n.eigenvalues(.1, .9, 1.)",
        "from symmomentum.cli import main\ntry: main(['rate', 'heavy-ball', '--alpha', '.1', '--beta', '.9', '--lam', '1'])\n"
        "except SystemExit: pass",
        "from symmomentum.cli import main\ntry: main(['tune', 'heavy-ball', '--mu', '.1', '--L', '1'])\nexcept SystemExit: pass",
    ],
)
def test_numbers_do_not_wait_for_sympy(code: str) -> None:
    loaded = "import sys; print('loaded', *sorted({'sympy', 'mpmath', 'z3', 'matplotlib'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{loaded}"], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "loaded"


# What can be shown ------------------------------------------------------------------------------------------------------------


def test_settled() -> None:
    assert settled(heavy_ball.rate, 0.1, 0.9, 1.0) == heavy_ball.rate(0.1, 0.9, 1.0)
    assert settled(heavy_ball.rate, 0.25, 0.25, 1.0) is None  # the repeated eigenvalue
    assert settled(heavy_ball.regime, 0.1, 0.9, 1.0) == heavy_ball.REGIMES.index("complex")
    assert settled(heavy_ball.regime, 0.25, 0.25, 1.0) is None
    assert settled(gradient_descent.stable, 0.1, 20.0) is None  # the edge itself
    assert settled(gradient_descent.stable, 0.1, 19.0) is True
    assert settled(heavy_ball.stationary_variance, 3.0, 0.0, 1.0) is None  # infinite
