"""The article's claims A071 to A130: which of them hold, written down by hand, and what the checker cannot reach, by runs."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum import bounds, problems
from symmomentum.article import Entry, colorization, damping, limits, optimal_parameters, settle, stochastic
from symmomentum.iteration import Iteration
from symmomentum.noise import Noise
from symmomentum.stability import Stability

F = Fraction
MODULES = (damping, optimal_parameters, colorization, limits, stochastic)
ENTRIES: tuple[Entry, ...] = tuple(entry for module in MODULES for entry in module.ENTRIES)

EXPECTED = {
    "holds": (71, 73, 74, 77, 82, 83, 84, 85, 86, 87, 90, 91, 93, 94, 95, 99, 104, 105, 111, 113, 114, 118, 119, 121, 124),
    "fails": (72, 80, 81, 88, 98, 100, 106, 107, 109, 120, 122, 123, 125),
    "conditional": (75, 78, 79, 89, 92, 96, 97, 101, 102, 103, 108, 110, 112, 115, 116, 117, 127, 128, 129),
    "tested": (126,),
    "not mathematical": (76, 130),
}  # fmt: skip
STATUS = {f"A{number:03}": status for status, numbers in EXPECTED.items() for number in numbers}


def entry(id: str) -> Entry:
    return next(e for e in ENTRIES if e.id == id)


def test_the_entries_are_complete_and_in_order() -> None:
    assert [e.id for e in ENTRIES] == [f"A{number:03}" for number in range(71, 131)]
    ids = [claim.id for e in ENTRIES for claim in e.claims]
    assert len(set(ids)) == len(ids)
    for e in ENTRIES:
        parts = (("literal", e.literal), ("condition", e.condition), ("corrected", e.corrected))
        for part, claims in parts:
            assert all(c.id.startswith(f"article/{e.id.lower()}/{part}/") for c in claims)


@pytest.mark.parametrize("id", sorted(STATUS))
def test_the_status_is_the_expected_one(id: str) -> None:
    settled = settle(entry(id))
    assert settled.status == STATUS[id], [(v.claim.id, v.status, v.detail) for v in settled.verdicts]


def test_all_of_them_have_an_expected_status() -> None:
    assert sorted(STATUS) == [e.id for e in ENTRIES]


def _witnesses(id: str) -> list[dict[str, sympy.Expr]]:
    return [{s.name: v for s, v in (w.witness or {}).items()} for w in settle(entry(id)).witnesses]


# Damping ----------------------------------------------------------------------------------------------------------------


def _velocities(product: F, momentum: F, steps: int) -> list[F]:
    z, w, found = F(0), F(1), [F(0)]
    for _ in range(steps):
        z, w = sm.catalog["heavy-ball"](z, w, lambda point: product * point, alpha=F(1), beta=momentum)
        found.append(z)
    return found


def test_the_overdamped_example_of_the_figure_gains_kinetic_energy_twice() -> None:
    y = _velocities(F(1, 100), F(5, 100), 60)  # A080
    assert y[0] == 0 < y[1] < y[2]
    assert all(later < sooner for sooner, later in itertools.pairwise(y[2:]))
    y = _velocities(F(1, 100), F(0), 60)
    assert all(later < sooner for sooner, later in itertools.pairwise(y[1:]))


def test_the_critical_momentum_is_the_best_one_on_a_grid() -> None:
    for product in (F(1, 100), F(1, 4), F(1), F(9, 4), F(9)):  # A077, A078
        rates = {}
        for i in range(-200, 601):
            momentum = F(i, 100)
            R = np.array([[momentum, product], [-momentum, 1 - product]], dtype=float)
            rates[momentum] = max(abs(np.linalg.eigvals(R)))
        root = F(product.numerator**0.5) / F(product.denominator**0.5)
        best = min(rates, key=lambda momentum: rates[momentum])
        assert best == (1 - root) ** 2
        assert rates[best] == pytest.approx(float(abs(1 - root)), abs=1e-6)


# Optimal parameters -----------------------------------------------------------------------------------------------------


def test_the_losses_of_the_figure() -> None:
    curvatures = np.array([F(1, 100), F(1, 10), F(1)])  # A090
    losses = {}
    for name, parameters in (
        ("heavy-ball", {"alpha": F(400, 121), "beta": F(81, 121)}),
        ("gradient-descent", {"alpha": F(200, 101)}),
    ):
        method = sm.catalog[name]
        w = np.array([F(1)] * 3)
        state = (np.array([F(0)] * 3), w) if name == "heavy-ball" else (w,)
        losses[name] = [F(3, 2)]
        for _ in range(150):
            after = method(*state, lambda point: curvatures * point, **parameters)
            state = after if isinstance(after, tuple) else (after,)
            losses[name].append(sum(state[-1] ** 2) / 2)
    momentum, descent = losses["heavy-ball"], losses["gradient-descent"]
    assert [k for k in range(150) if momentum[k + 1] > momentum[k]][:4] == [0, 1, 2, 3]
    assert all(later < sooner for sooner, later in itertools.pairwise(descent))
    assert momentum[50] < descent[50] / 1000
    assert momentum[150] < descent[150] / 10**18


def test_the_edge_of_divergence() -> None:
    low, high = 1.0, 400.0  # A088, A089
    tuned = 4 / (low**0.5 + high**0.5) ** 2, ((high**0.5 - low**0.5) / (high**0.5 + low**0.5)) ** 2
    edge = 2 * (1 + tuned[1]) / high
    assert edge == pytest.approx((1 + low / high) * tuned[0])

    def worst(size: float, momentum: float) -> float:
        return max(
            max(abs(np.linalg.eigvals([[momentum, c], [-size * momentum, 1 - size * c]])))
            for c in np.geomspace(low, high, 50)
        )

    assert worst(edge, tuned[1]) == pytest.approx(1)
    assert worst(*tuned) == pytest.approx(19 / 21, abs=1e-6)
    for momentum in (0.9, 0.99, 0.999):
        assert min(worst(size, momentum) for size in np.linspace(edge / 10, edge, 20)) >= momentum**0.5 - 1e-9


# Colorization -----------------------------------------------------------------------------------------------------------


def test_the_vectorized_form_has_half_its_linear_term() -> None:
    problem = problems.colorization((2, 2), [0])  # A098
    assert tuple(problem.minimizer) == (1, 1, 1, 1)
    assert problem.A.LUsolve(sympy.Matrix(problem.b) / 2) == sympy.ones(4, 1) / 2


def _complete(count: int) -> np.ndarray:
    return count * np.eye(count) - np.ones((count, count))


def _conditioning(matrix: np.ndarray, first: int) -> float:
    values = np.linalg.eigvalsh(matrix)
    return float(values[-1] / values[first])


@pytest.mark.parametrize("size", [5, 13, 40])
def test_two_joined_complete_graphs_are_poorly_conditioned(size: int) -> None:
    matrix = np.kron(np.eye(2), _complete(size))  # A101
    for i, j in ((0, 0), (size, size)):
        matrix[i, j] += 1
    matrix[0, size] = matrix[size, 0] = -1
    root = ((size + 2) ** 2 - 8) ** 0.5
    assert _conditioning(matrix, 1) == pytest.approx((size + 2 + root) / (size + 2 - root))
    assert _conditioning(matrix, 1) > size


@pytest.mark.parametrize("size", [2, 12, 50])
def test_the_colorization_of_a_complete_graph_is_poorly_conditioned(size: int) -> None:
    matrix = _complete(size)  # A103
    matrix[0, 0] += 1
    assert (size + 1) ** 2 - 3 <= _conditioning(matrix, 0) * (1 + 1e-9)
    assert _conditioning(matrix, 0) < (size + 1) ** 2 - 2
    assert np.linalg.eigvalsh(matrix)[0] <= 1 / size
    assert _conditioning(_complete(size), 1) == pytest.approx(1)


def test_grids_and_paths() -> None:
    def conditioning(*shape: int) -> float:
        return problems.graph_laplacian("grid", shape).conditioning

    assert conditioning(64) > conditioning(8, 8) > conditioning(4, 4, 4)  # A102: the same number of vertices
    assert conditioning(4) < conditioning(4, 4) < conditioning(4, 4, 4)  # the same extent
    for dimension, extent in ((1, 9), (2, 5), (3, 4)):
        assert conditioning(*[extent] * dimension) == pytest.approx(dimension / np.tan(np.pi / (2 * extent)) ** 2)
    for count in (2, 3, 20, 21):
        assert conditioning(count) >= (count // 2) ** 2 - 1e-9  # A103


# Limits -----------------------------------------------------------------------------------------------------------------


def _averaged_gradients(count: int) -> list[list[F]]:
    """Steps along the mean of the gradients so far, unrolled."""
    rows: list[list[F]] = []
    for k in range(count):
        before = rows[-1] if rows else []
        rows.append([*(g - F(1, 4 * (k + 1)) for g in before), -F(1, 4 * (k + 1))])
    return rows


def _diagonal(count: int, size: int) -> list[list[list[F]]]:
    """Another number for each step, gradient and component."""
    return [
        [[-F(1 + (7 * k + 3 * i + j) % 5, 20 * (k + 1)) for j in range(size)] for i in range(k + 1)]
        for k in range(count)
    ]


@pytest.mark.parametrize("end", ["free", "fixed"])
@pytest.mark.parametrize("method", ["heavy-ball", "gradient-descent", "nesterov", "averaged gradients", "diagonal"])
def test_fifty_iterates_have_the_zeros(method: str, end: str) -> None:
    n, steps, condition_number = 25, 50, 1000  # A118, and A114, A115
    problem = problems.convex_rosenbrock(n, condition_number, end)
    curvature = F(4, condition_number - 1)
    last = F(1 if end == "free" else 2) + curvature

    def gradient(w: list[F]) -> list[F]:
        inner = [(2 + curvature) * w[i] - (w[i - 1] if i else 1) - w[i + 1] for i in range(n - 1)]
        return [*inner, last * w[-1] - w[-2]]

    if method == "averaged gradients":
        iterates = bounds.run_first_order(gradient, [F(0)] * n, _averaged_gradients(n))
    elif method == "diagonal":
        iterates = bounds.run_first_order(gradient, [F(0)] * n, _diagonal(n, n))
    else:
        parameters = {"alpha": F(7, 8)} | ({"beta": F(3, 4)} if method != "gradient-descent" else {})
        state = tuple(np.array([F(0)] * n) for _ in sm.catalog[method].state)
        iterates = [list(state[-1])]
        for _ in range(steps):
            after = sm.catalog[method](*state, lambda w: np.array(gradient(list(w))), **parameters)
            state = after if isinstance(after, tuple) else (after,)
            iterates.append(list(state[-1]))
    minimizer = [F(int(x.p), int(x.q)) for x in problem.minimizer]
    for k, w in enumerate(iterates[: n + 1]):
        assert all(x == 0 for x in w[k:])
        assert k == 0 or w[k - 1] != 0
        if k < n:
            error = max(abs(x - y) for x, y in zip(w, minimizer, strict=True))
            assert error >= minimizer[k] == max(minimizer[k:])
    if len(iterates) > n + 1:
        assert all(x != 0 for x in iterates[n])


# Stochastic gradients ---------------------------------------------------------------------------------------------------


def test_the_figure_s_parts_add_up_to_the_expected_objective() -> None:
    noise = Noise(Stability(Iteration(sm.catalog["heavy-ball"])))  # A124 to A126
    size, momentum, start = F(4, 121), F(81, 121), F(1732, 1000)
    values = {
        s: sympy.Rational(v.numerator, v.denominator)
        for s, v in ((sm.symbols.alpha, size), (sm.symbols.beta, momentum))
    }
    for steps in range(7):
        total = F(0)
        for errors in itertools.product((F(3), F(-3)), repeat=steps):
            z, w = F(0), start
            for error in errors:
                z, w = sm.catalog["heavy-ball"](
                    z, w, lambda point, error=error: point + error, alpha=size, beta=momentum
                )
            total += w**2 / 2
        parts = noise.loss_parts(steps, sympy.Rational(433, 250), 9)
        found = [part.subs({**values, sm.symbols.lam: 1}) for part in (parts.deterministic, parts.stochastic)]
        assert sum(found) == sympy.Rational(*(total / 2**steps).as_integer_ratio())
        assert (found[1] == 0) == (steps == 0)


def test_momentum_can_damp_the_errors() -> None:
    def limit(size: float, momentum: float) -> float:
        R, B = np.array([[momentum, 1.0], [-size * momentum, 1 - size]]), np.array([1.0, -size])
        V = np.zeros((2, 2))
        for _ in range(4000):
            V = R @ V @ R.T + np.outer(B, B)
        return float(V[1, 1])

    assert limit(1.5, 0.1) < limit(1.5, 0.0)  # A127, A129
    assert limit(1.5, 1.5**0.5 - 1) < min(limit(1.5, 0.15), limit(1.5, 0.3))
    assert limit(0.5, 0.1) > limit(0.5, 0.0)
    assert limit(0.2, 0.5) < limit(0.3, 0.5) < limit(2.9, 0.5)  # A128


def test_witnesses_lie_outside_the_conditions() -> None:
    for witness in _witnesses("A078"):
        assert witness["alpha"] * witness["lambda"] > 1
    for witness in _witnesses("A079"):
        assert witness["p"] >= 1
    for witness in _witnesses("A129"):
        assert witness["alpha"] * witness["lambda"] >= (1 + witness["beta_1"]) * (1 + witness["beta_2"])
