"""Every generated function against mpmath: a backward error of at most 4 ulp at every point, ordinary and difficult, and a
forward error of at most 8 ulp where the value is well conditioned.

The benchmark command does the same at 1e5 values per function; what it found worst is among the points here.
"""

import importlib

import mpmath
import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum.evaluators import heavy_ball, nesterov
from tests.accuracy import REFERENCES, WELL, measure, points
from tests.independent import CATALOG, Case

CASES = {c.name: c for c in CATALOG}
POINTS = {
    "power": 500,
    "residual": 1000,
    "worst_rate": 1500,
    "stationary_variance": 1000,
    "stationary_loss": 1000,
    "eigenvalues": 1000,
    "variance": 500,
}
WORST = {
    ("heavy-ball", "rate"): [
        (1.0, 0.7957118495498177, 4.374463941482462),
        (4.754621952176993, 0.0, 0.21032166385849696),
    ],
    ("nesterov", "rate"): [
        (0.5879833805350445, 0.5, 1.700728342168506),
        (173084446296733.56, 0.9991222282776989, 5.485337428701187e-15),
    ],
    ("heavy-ball", "eigenvalues"): [(1.0, 2.0, 4.0), (1.0, -1.3097450124399334e51, -5.874122166609541e101)],
    ("nesterov", "eigenvalues"): [
        (2.3065909193250844, 7.791754986803122e-16, 0.4335402483473756),
        (1.0, 3.4617297e-317, 0.9999999999989877),
        (2.7964088226772107e35, -1.0186532849989414e-301, 3.5760150371812424e-36),
    ],
    ("heavy-ball", "power"): [
        (2.0, 1.0, 0.18936995511820864, 0.282826453190109),
        (2.0, 36.538917365443815, 3.2978421343117914e-26, 0.027368079627435867),
        (749.0, 0.10402223034835849, 0.9999999842728614, 38.453318633432325),
        (407477.0, 1.61139361328437, 0.9999723179731935, 5.322781811604987e-15),
        (244.0, 4.752670216014816e-59, 1.1363006744570054, -1.5823010315317388e-35),
        (1978.0, 7.88724006814621e-59, -0.9064307427989629, -2.2751749651928334e-138),
        (44975.0, 4.2043076849546376e307, 0.9974992777946455, 9.420963124500127e-308),
    ],
    ("nesterov", "power"): [
        (2.0, 0.18917323131320596, 6.468713528851767e-20, 5.286160166838522),
        (3.0, 1.8960706629353407e307, 3.2428893689611087e-168, 5.269044776501004e-308),
        (2.0, 1.8268916168543703e-32, 0.4320831699093901, -1.7450837879613592e121),
        (405004506.0, 1.0432634840515166e-19, -0.5386311989559223, 1.066052556783817e20),
        (50.0, 1.0, -1.0000000029432206, 1.0148587865199863),
        (2.0, 3.039877845044827, 1.25765688688126e-16, 0.32896058689662694),
    ],
    ("heavy-ball", "residual"): [
        (13189.0, 1.0, 0.9999999999999979, 2.650830846421809e-16),
        (6.0, 1.0, 0.9999996733649458, 4.0),
    ],
}
"""Points at which earlier forms failed, or at which the error was found to be largest."""


def functions(case: Case):
    return importlib.import_module(f"symmomentum.evaluators.{case.name.replace('-', '_')}")


def results(function, arguments) -> np.ndarray:
    """One row for each point."""
    found = function(*arguments)
    if isinstance(found, tuple):
        found = np.stack(found, -1)
    if found.dtype.kind == "c":
        found = np.stack([found.real, found.imag], -1)
    return found.reshape(len(arguments[0]), -1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("quantity", REFERENCES)
@pytest.mark.parametrize("name", CASES)
def test_the_errors_are_small(name: str, quantity: str, dtype: type) -> None:
    case = CASES[name]
    count = POINTS.get(quantity, 2000)
    arguments = points(case, quantity, count, dtype)
    extra = (
        [p for p in WORST.get((name, quantity), []) if all(np.isfinite(dtype(x)) for x in p)]
        if dtype is np.float64
        else []
    )
    if extra:
        arguments = [
            np.append(a, np.array(column, dtype)) for a, column in zip(arguments, zip(*extra, strict=True), strict=True)
        ]
    found = results(getattr(functions(case), quantity), arguments)
    assert found.dtype == dtype
    report = measure(case, quantity, found, arguments)
    assert report.points >= count
    assert report.backward.error <= 4, str(report.backward)
    assert report.forward.error <= 8, str(report.forward)


@pytest.mark.parametrize("target", ["numpy", "numba"])
@pytest.mark.parametrize("name", CASES)
def test_the_errors_are_small_after_one_number_of_steps(name: str, target: str) -> None:
    """Numba squares where that number is the same for all modes; up to the last k, rounding must not have added up."""
    if target == "numba":
        pytest.importorskip("numba")
    case = CASES[name]
    function = sm.analyze(name).evaluator("residual", target)
    for k, count in ((2, 100), (3, 100), (10, 200), (100, 200), (10**4, 100), (10**6, 100), (10**9, 60)):
        others = points(case, "residual", count, seed=k)[1:]
        report = measure(
            case,
            "residual",
            results(lambda *a, k=k: function(float(k), *a), others),
            [np.full(count, float(k)), *others],
        )
        assert report.backward.error <= 4, str(report.backward)
        assert report.forward.error <= 8, str(report.forward)


@pytest.mark.parametrize("name", ["gradient-descent", "heavy-ball", "nesterov", "nesterov-sutskever"])
def test_the_worst_case_is_the_closed_form_for_long_runs_and_huge_condition_numbers(name: str) -> None:
    """The expression of the theory at 60 digits."""
    s = sm.symbols
    form = sympy.lambdify((s.k, s.mu, s.L), sm.analyze(name).transient.worst_case(s.k, mu=s.mu, L=s.L).value, "mpmath")
    function = importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}").tuned_worst_case
    source = np.random.default_rng(6)
    compared = 0
    for k, L, kappa in zip(
        np.round(10 ** source.uniform(0, 6, 300)),
        10 ** source.uniform(-3, 3, 300),
        10 ** source.uniform(0.01, 12, 300),
        strict=True,
    ):
        mu = L / kappa
        with mpmath.workdps(60):
            true = form(int(k), mpmath.mpf(float(mu)), mpmath.mpf(float(L)))
            if true > 1e-300:
                compared += 1
                assert abs(function(k, mu, L) - true) <= 1e-11 * true, (k, mu, L)
            else:
                assert function(k, mu, L) < 1e-299
    assert compared > 150
    assert function(0, 1.0, 4.0) == 1
    assert np.isnan(function([2.5, -1.0, 2.0], 1.0, [4.0, 4.0, 0.5])).all()


# The chosen forms beat the obvious ones ---------------------------------------------------------------------------------


def near_the_repeated_root(name: str, count: int, momentum) -> list[np.ndarray]:
    """Momentum near 1, and a small step length that makes the eigenvalues nearly coincide."""
    source = np.random.default_rng(3)
    off = 10.0 ** source.uniform(*momentum, count)
    beta = 1 - off
    root = off / (1 + np.sqrt(beta) if name == "heavy-ball" else 1 + beta)
    lam = root**2 * (1 + 10.0 ** source.uniform(-15, -9, count) * source.choice([1, -1], count))
    return [np.ones(count), beta, lam]


def obvious_rate(name: str, alpha, beta, lam):
    b = 1 + beta - alpha * lam if name == "heavy-ball" else (1 + beta) * (1 - alpha * lam)
    q = beta if name == "heavy-ball" else beta * (1 - alpha * lam)
    root = np.sqrt((b * b - 4 * q).astype(complex))
    return np.maximum(abs(b + root), abs(b - root)) / 2


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
def test_the_discriminant_in_factors_beats_the_difference(name: str) -> None:
    """b^2 - 4 q has an error of one ulp of 4 q; at momenta near 1 that is far more than the arguments explain."""
    case = CASES[name]
    arguments = near_the_repeated_root(name, 40, (-7, -3))
    chosen = measure(case, "rate", results(functions(case).rate, arguments), arguments).backward.error
    obvious = measure(case, "rate", obvious_rate(name, *arguments).reshape(-1, 1), arguments).backward.error
    assert chosen <= 4
    assert obvious >= 1000


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
def test_the_smaller_eigenvalue_as_a_quotient_beats_the_difference(name: str) -> None:
    case = CASES[name]
    source = np.random.default_rng(4)
    arguments = [np.ones(30), 10.0 ** source.uniform(-14, -6, 30), source.uniform(0.1, 0.6, 30)]
    found = results(functions(case).eigenvalues, arguments)
    assert measure(case, "eigenvalues", found, arguments).forward.error <= 8
    _, beta, lam = arguments
    b = 1 + beta - lam if name == "heavy-ball" else (1 + beta) * (1 - lam)
    q = beta if name == "heavy-ball" else beta * (1 - lam)
    difference = found.copy()
    difference[:, 2] = (b - np.sqrt(b * b - 4 * q)) / 2
    report = measure(case, "eigenvalues", difference, arguments)
    assert report.well_conditioned > 0
    assert report.forward.error > 1e5


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov"])
def test_the_residual_beats_differences_of_powers(name: str) -> None:
    """(sigma_1^k (P_1 - sigma_2) - sigma_2^k (P_1 - sigma_1)) / (sigma_1 - sigma_2), near the repeated root."""
    case = CASES[name]
    for k, momentum in ((1000.0, (-3, -2)), (1e6, (-7, -5))):
        _, beta, lam = near_the_repeated_root(name, 8, momentum)
        arguments = [np.full(8, k), np.ones(8), beta, lam]
        chosen = measure(case, "residual", results(functions(case).residual, arguments), arguments).backward.error
        first, second = functions(case).eigenvalues(1.0, beta, lam).T
        step = 1 - lam if name == "heavy-ball" else 1 - lam * (1 + beta)
        with np.errstate(all="ignore"):
            plain = (first**k * (step - second) - second**k * (step - first)) / (first - second)
        obvious = measure(case, "residual", plain.real.reshape(-1, 1), arguments).backward.error
        assert chosen <= 4
        assert obvious >= 1000


def test_a_rounded_eigenvalue_is_not_enough_for_many_steps() -> None:
    """1 - sigma_1 is about alpha lam / (1 - beta) = 1e-9; to round sigma_1 costs 7 digits of that, and k such errors add up."""
    case = CASES["heavy-ball"]
    k = 1e9
    arguments = [np.full(5, k), np.full(5, 1e-10), np.linspace(0.5, 0.9, 5), np.ones(5)]
    found = results(heavy_ball.residual, arguments)
    report = measure(case, "residual", found, arguments)
    assert report.backward.error <= 4
    rounded = np.array([heavy_ball.eigenvalues(1e-10, b, 1.0)[0].real ** k for b in arguments[2]]).reshape(-1, 1)
    assert measure(case, "residual", rounded, arguments).backward.error > 1e5


def test_the_measure_itself_sees_errors() -> None:
    """A result that is wrong by a few ulp is seen as such, and so is one of which no nearby arguments know."""
    case = CASES["heavy-ball"]
    arguments = points(case, "rate", 30)
    right = results(heavy_ball.rate, arguments)
    assert measure(case, "rate", right * (1 + 2.0**-42), arguments).backward.error > 100
    arguments = [np.array([0.5]), np.array([0.25]), np.array([1.0])]  # the root of 1/4: insensitive to the rest
    assert measure(case, "rate", np.array([[0.5 + 2.0**-40]]), arguments).backward.error > 100
    assert measure(case, "rate", np.array([[np.nan]]), arguments).backward.error == np.inf
    assert WELL <= 2


def test_nesterov_and_heavy_ball_meet_without_momentum() -> None:
    lam = np.linspace(-1, 3, 101)
    assert np.array_equal(heavy_ball.rate(1.0, 0.0, lam), nesterov.rate(1.0, 0.0, lam))
    assert np.array_equal(
        heavy_ball.rate(1.0, 0.0, lam),
        importlib.import_module("symmomentum.evaluators.gradient_descent").rate(1.0, lam),
    )
    assert set(CASES) <= set(sm.catalog)
