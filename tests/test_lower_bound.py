"""The lower bound: exact runs in fractions, optimizers that people use, and the printed bound at finite n by brute force."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
import torch
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg

import symmomentum as sm
from symmomentum import bounds
from symmomentum.bounds import resisting
from symmomentum.problems.rosenbrock import minimizer_entry

ENDS = ("free", "fixed")
SIZES = (1, 2, 5, 25)
KAPPAS = (4, 9, 100, 1000)
PROBLEMS = [(n, kappa, end) for n in SIZES for kappa in KAPPAS for end in ENDS]
every = pytest.mark.parametrize(("n", "kappa", "end"), PROBLEMS)


# The function once more, from what is printed, in fractions -------------------------------------------------------------


def gradient_of(n, kappa, end):
    """From an array or list of fractions or floats."""

    def gradient(w):
        w = list(w)
        result = []
        for i, x in enumerate(w):
            g = x * Fraction(4, kappa - 1) if isinstance(x, (int, Fraction)) else x * (4 / (kappa - 1))
            g += x - (w[i - 1] if i else 1)
            if i + 1 < n:
                g += x - w[i + 1]
            elif end == "fixed":
                g += x
            result.append(g)
        return np.array(result, dtype=object if isinstance(result[0], (int, Fraction)) else float)

    return gradient


def minimizer_of(n, kappa, end):
    """By elimination of a tridiagonal system, from the last row upwards."""
    curvature = Fraction(4, kappa - 1)
    quotients = []  # w_i over w_{i-1}
    below = 1 / ((2 if end == "fixed" else 1) + curvature)
    for _ in range(n):
        quotients.insert(0, below)
        below = 1 / (2 + curvature - below)
    return list(itertools.accumulate(quotients, lambda a, b: a * b))


def ratio(kappa):
    """q, rational for the squares among the condition numbers, else rounded."""
    root = sympy.sqrt(kappa)
    if root.is_Integer:
        return Fraction(int(root) - 1, int(root) + 1)
    with mpmath.workdps(50):
        x = (mpmath.sqrt(kappa) - 1) / (mpmath.sqrt(kappa) + 1)
        return Fraction(int(x * 10**40), 10**40)


def as_fraction(x):
    return Fraction(int(x.p), int(x.q))


def least_error(n, kappa, end, k):
    w = minimizer_of(n, kappa, end)
    return max(w[k:], default=Fraction(0)) / max(w)


def respects(iterates, n, kappa, end, gradients=1, exact=True):
    """Zeros outside the cone, exactly, and the error never below the bound."""
    w = minimizer_of(n, kappa, end)
    bound = bounds.convex_rosenbrock(n, kappa, end)
    for k, iterate in enumerate(iterates):
        reach = min(gradients * k, n)
        assert all(x == 0 for x in iterate[reach:]), k
        error = max(abs(x - y) for x, y in zip(iterate, w if exact else map(float, w), strict=True))
        if exact:
            assert error >= as_fraction(bound.at(reach)) * w[0]
        else:
            assert error >= float(bound.at(reach)) * float(w[0]) * (1 - 1e-12)


# Exact runs -----------------------------------------------------------------------------------------------------------


def tuned(kappa):
    low, high = Fraction(4, kappa - 1), Fraction(4 * kappa, kappa - 1)
    q = ratio(kappa).limit_denominator(1000)
    return {
        "gradient-descent": {"alpha": 2 / (low + high)},
        "heavy-ball": {"alpha": (1 + q) ** 2 / high, "beta": q**2},
        "nesterov": {"alpha": 1 / high, "beta": q},
    }


def exact_run(method, gradient, n, steps, parameters):
    """Step by step on arrays of fractions, from 0, where every state variable at rest is 0."""
    state = tuple(np.array([Fraction(0)] * n, dtype=object) for _ in method.state)
    place = method.state.index("w")
    iterates = [state[place]]
    for _ in range(steps):
        result = method(*state, gradient, **parameters)
        state = result if isinstance(result, tuple) else (result,)
        iterates.append(state[place])
    return iterates


@every
def test_exact_runs_stay_in_the_cone_and_above_the_bound(n, kappa, end) -> None:
    steps = min(n + 1, 8) if n > 5 else n + 2
    for name, parameters in tuned(kappa).items():
        run = exact_run(sm.catalog[name], gradient_of(n, kappa, end), n, steps, parameters)
        respects(run, n, kappa, end)
        assert all(run[k][k - 1] != 0 for k in range(1, min(steps, n) + 1))  # the cone is no smaller


@every
def test_runs_in_floats(n, kappa, end) -> None:
    problem = sm.problems.convex_rosenbrock(n, float(kappa), end=end)
    for name, parameters in tuned(kappa).items():
        numbers = {p: float(v) for p, v in parameters.items()}
        respects(sm.catalog[name].run(problem.gradient, np.zeros(n), n + 3, **numbers), n, kappa, end, exact=False)


def test_methods_of_several_gradients_a_step() -> None:
    """Extragradient's cone grows by two a step, lookahead's by five; one step leaves the cone of one gradient."""
    for name, calls, parameters in (
        ("extragradient", 2, {"alpha": Fraction(1, 3)}),
        ("lookahead", 5, {"alpha": Fraction(1, 5), "nu": Fraction(1, 2)}),
        ("cyclical-heavy-ball", 2, {"alpha": Fraction(1, 3), "beta": Fraction(1, 4), "gamma": Fraction(1, 5)}),
    ):
        assert sm.catalog[name].gradient_calls == calls
        run = exact_run(sm.catalog[name], gradient_of(12, 9, "free"), 12, 3, parameters)
        respects(run, 12, 9, "free", gradients=calls)
        assert run[1][calls - 1] != 0


def random_steps(k, n, rng, diagonal):
    def number():
        return Fraction(rng.randint(-9, 9), rng.randint(1, 9))

    return [[[number() for _ in range(n)] if diagonal else number() for _ in range(i + 1)] for i in range(k)]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("diagonal", [False, True])
def test_random_members_of_the_class(end, diagonal) -> None:
    rng = random.Random(7)
    for n, kappa in ((1, 4), (2, 9), (5, 9), (9, 100)):
        for _ in range(6):
            rows = random_steps(n + 1, n, rng, diagonal)
            run = bounds.run_first_order(gradient_of(n, kappa, end), [Fraction(0)] * n, rows)
            respects(run, n, kappa, end)


# Unrolled -------------------------------------------------------------------------------------------------------------


def test_unrolled_forms_rerun_every_method_of_the_printed_form() -> None:
    rng = random.Random(3)
    gradient = gradient_of(4, 9, "fixed")
    start = [Fraction(rng.randint(-5, 5)) for _ in range(4)]
    floats = np.array(start, dtype=float)
    for name, method in sm.catalog.items():
        names = method.schedule.given if method.schedule else method.parameters
        values = {p: Fraction(rng.randint(1, 5), 8 + i) for i, p in enumerate(names)}
        if "L" in values:
            values["L"] = values["mu"] + 3
        found = bounds.unrolled(name, 4, **values)
        numbers = {p: float(v) for p, v in values.items()}
        run = method.run(gradient, floats, 4, **numbers)
        points, gradients = [], []
        for weight, row in zip(found.point_start, found.points, strict=True):
            points.append([as_fraction(weight) * w for w in start])
            for step, g in zip(row, gradients, strict=True):
                points[-1] = [x + as_fraction(step) * y for x, y in zip(points[-1], g, strict=True)]
            gradients.append(list(gradient(points[-1])))
        for k, (weight, row) in enumerate(zip(found.start, found.iterates, strict=True)):
            point = [as_fraction(weight) * w for w in start]
            for step, g in zip(row, gradients, strict=False):
                point = [x + as_fraction(step) * y for x, y in zip(point, g, strict=True)]
            assert np.array(point, dtype=float) == pytest.approx(run[k], rel=1e-9, abs=1e-9), (name, k)
        if found.printed:
            again = bounds.run_first_order(gradient, start, [[as_fraction(x) for x in row] for row in found.steps])
            assert np.array(again, dtype=float) == pytest.approx(run, rel=1e-9, abs=1e-9), name
        else:
            with pytest.raises(sm.NotDerivedError, match="not of the printed form"):
                found.steps


def test_unrolled_closed_forms() -> None:
    alpha, beta = sm.symbols.alpha, sm.symbols.beta
    for name, later in (("gradient-descent", None), ("heavy-ball", 1), ("nesterov", 2), ("nesterov-sutskever", 1)):
        found = bounds.unrolled(name, 6)
        for k, row in enumerate(found.iterates):
            for i, coefficient in enumerate(row):
                m = k - 1 - i  # the step that made w^k had k - 1 as its number
                expected = -alpha if later is None else -alpha * sum(beta**j for j in range(m + later))
                assert sympy.expand(coefficient - expected) == 0, (name, k, i)
        if later:
            assert bounds.unrolled(name, 3, beta=1).iterates[3] == tuple(-alpha * (2 - i + later) for i in range(3))


def test_unrolled_claims_and_the_printed_sign() -> None:
    assert {v.status for v in map(sm.check, bounds.unrolled_claims())} == {"proved"}
    (verdict,) = map(sm.check, bounds.unrolled_refuted())
    assert verdict.status == "refuted"
    # The sign counts: with the printed one the error of the simplest quadratic grows.
    rows = [[Fraction(1, 4) * (1 - Fraction(1, 2) ** (k + 1 - i)) * 2 for i in range(k + 1)] for k in range(5)]
    run = bounds.run_first_order(lambda w: w, [Fraction(1)], rows)
    assert abs(run[-1][0]) > 2
    run = bounds.run_first_order(lambda w: w, [Fraction(1)], [[-x for x in row] for row in rows])
    assert abs(run[-1][0]) < Fraction(1, 2)


def test_gradients_elsewhere_are_outside_the_printed_form() -> None:
    """Two functions whose gradients agree at w^0 and w^1 and not at the point where Sutskever's form asks: no fixed steps do."""

    def one(w):
        return w

    def other(w):
        return w + (w - 1) * (w - Fraction(1, 2))  # agrees at w^0 = 1 and at w^1 = 1/2

    method, numbers = sm.catalog["nesterov-sutskever"], {"alpha": Fraction(1, 2), "beta": Fraction(1, 2)}
    runs = []
    for f in (one, other):
        z, w, path = Fraction(0), Fraction(1), [Fraction(1)]
        for _ in range(2):
            z, w = method(z, w, f, **numbers)
            path.append(w)
        runs.append(path)
    assert runs[0][:2] == runs[1][:2]
    assert all(one(w) == other(w) for w in runs[0][:2])
    assert runs[0][2] != runs[1][2]


def test_on_quadratics_they_are_of_the_printed_form_with_other_steps() -> None:
    lam = sm.symbols.lam
    residuals = [sm.analyze("nesterov-sutskever").residual_polynomial(k) for k in range(5)]
    values = {sm.symbols.alpha: sympy.Rational(1, 3), sm.symbols.beta: sympy.Rational(1, 5)}
    polys = [sympy.Poly(sympy.expand(r.subs(values)), lam) for r in residuals]
    rows = []
    for k in range(1, 5):
        rest, row = polys[k] - 1, [0] * k
        for i in reversed(range(k)):
            basis = polys[i] * sympy.Poly(lam, lam)
            row[i] = rest.coeff_monomial(lam ** (i + 1)) / basis.LC()
            assert basis.degree() == i + 1
            rest -= basis * row[i]
        assert rest.is_zero
        rows.append([as_fraction(x) for x in row])
    gradient = gradient_of(6, 9, "free")
    start = [Fraction(i, 3) for i in range(6)]
    run = sm.catalog["nesterov-sutskever"].run(gradient, np.array(start, dtype=float), 4, alpha=1 / 3, beta=1 / 5)
    assert np.array(bounds.run_first_order(gradient, start, rows), dtype=float) == pytest.approx(run, rel=1e-9)


def test_membership_of_the_catalog() -> None:
    table = {m.name: m for m in bounds.membership()}
    assert set(sm.catalog) <= set(table)
    assert len(table) == len(bounds.membership())
    for name, method in sm.catalog.items():
        assert table[name].gradients == method.gradient_calls
        names = method.schedule.given if method.schedule else method.parameters
        parameters = {p: 0.3 / (i + 1) for i, p in enumerate(names)} | ({"L": 2.0} if "L" in names else {})
        points = []

        def gradient(w, points=points):
            points.append(np.array(w))
            return gradient_of(30, 9, "free")(w)

        run = method.run(gradient, np.zeros(30), 4, **parameters)
        respects(run, 30, 9, "free", gradients=method.gradient_calls, exact=False)
        at_iterates = len(points) == 4 and all(np.array_equal(a, b) for a, b in zip(points, run[:-1], strict=True))
        if name == "cyclical-heavy-ball":
            # Two steps of heavy ball as one: the second gradient is taken where the first one led, the iterate in between.
            assert len(points) == 8
            assert all(np.array_equal(a, b) for a, b in zip(points[::2], run[:-1], strict=True))
            assert table[name].printed
            continue
        assert table[name].printed == (at_iterates and not method.regularized), name
        assert (table[name].steps == "diagonal") == (name in {"rmsprop", "adam", "nadam"})
    assert all(m.reason for m in table.values())


# Optimizers that people use -------------------------------------------------------------------------------------------


def test_conjugate_gradients_by_hand_attain_the_bound_of_the_value() -> None:
    for n, kappa, end in ((2, 4, "free"), (5, 9, "fixed"), (5, 100, "free"), (12, 1000, "fixed")):
        gradient, w = gradient_of(n, kappa, end), [Fraction(0)] * n
        truth = minimizer_of(n, kappa, end)
        bound = bounds.convex_rosenbrock(n, kappa, end)
        b = gradient([Fraction(0)] * n)

        def product(p, gradient=gradient, b=b):
            return gradient(list(p)) - b

        def value(x, product=product, truth=truth):
            e = np.array(x, dtype=object) - np.array(truth, dtype=object)
            return e @ product(e) / 2

        x, r = np.array(w, dtype=object), -b
        p, start, iterates = r, value(w), [x]
        for k in range(n):
            assert value(x) == as_fraction(bound.at(k, norm="value")) * start
            assert float(bound.at(k, norm="value")) == pytest.approx(
                bounds.convex_rosenbrock(n, float(kappa), end).at(k, norm="value"), rel=1e-9
            )
            step = (r @ r) / (p @ product(p))
            x, following = x + step * p, r - step * product(p)
            p, r = following + (following @ following) / (r @ r) * p, following
            iterates.append(x)
        respects(iterates, n, kappa, end)
        assert list(x) == truth  # at k = n it is there, and the printed bound q^n is above 0


@every
def test_scipys_conjugate_gradients(n, kappa, end) -> None:
    problem = sm.problems.convex_rosenbrock(n, float(kappa), end=end)
    iterates = [np.zeros(n)]
    operator = LinearOperator((n, n), matvec=lambda w: problem.gradient(w.ravel()) + problem.b, dtype=float)
    cg(operator, problem.b, rtol=1e-15, maxiter=n, callback=lambda w: iterates.append(w.copy()))
    respects(iterates, n, kappa, end, exact=False)


@every
@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS"])
def test_scipys_quasi_newton_methods(n, kappa, end, method) -> None:
    """In gradients, not in steps: a line search takes several, and each may reach one entry further than its point."""
    problem = sm.problems.convex_rosenbrock(n, float(kappa), end=end)
    points = []

    def gradient(w):
        points.append(w.copy())
        return problem.gradient(w)

    minimize(problem.value, np.zeros(n), jac=gradient, method=method, options={"maxiter": n, "gtol": 1e-14})
    distinct = [points[0]] + [b for a, b in itertools.pairwise(points) if not np.array_equal(a, b)]
    respects(distinct, n, kappa, end, exact=False)


OPTIMIZERS = {
    "Adam": {"lr": 0.3},
    "AdamW": {"lr": 0.3, "weight_decay": 0.1},
    "Adagrad": {"lr": 0.5},
    "Adamax": {"lr": 0.2},
    "RMSprop": {"lr": 0.1, "momentum": 0.5},
    "NAdam": {"lr": 0.2},
    "SGD": {"lr": 0.2, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "LBFGS": {"lr": 0.5, "max_iter": 1},
}


@every
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_torchs_optimizers(n, kappa, end, name) -> None:
    problem = sm.problems.convex_rosenbrock(n, float(kappa), end=end)
    w = torch.zeros(n, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], **OPTIMIZERS[name])

    def closure():
        w.grad = torch.from_numpy(problem.gradient(w.detach().numpy()))
        return torch.tensor(problem.value(w.detach().numpy()))

    iterates = [w.detach().numpy().copy()]
    for _ in range(min(n + 2, 12)):
        optimizer.step(closure)
        iterates.append(w.detach().numpy().copy())
    respects(iterates, n, kappa, end, exact=False)
    assert iterates[-1][0] != 0


def test_without_eps_adam_is_undefined_outside_the_cone() -> None:
    """0/0, and after that nothing but NaN: eps > 0 is what keeps the zeros."""
    w = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1, eps=0.0)
    w.grad = torch.from_numpy(sm.problems.convex_rosenbrock(4, 9.0).gradient(np.zeros(4)))
    optimizer.step()
    assert np.isnan(w.detach().numpy()).tolist() == [False, True, True, True]


def test_newton_and_another_start_leave_the_cone() -> None:
    problem = sm.problems.convex_rosenbrock(5, 9)
    b = problem.gradient([0] * 5)
    newton = -(problem.A.inv() * sympy.Matrix(b))
    assert tuple(newton) == problem.minimizer
    assert newton[4] > 0
    assert not {m.name: m for m in bounds.membership()}["newton"].cone
    # From the minimizer plus an eigenvector, of eigenvalue 3/2, one step of gradient descent leads to the minimizer.
    w = minimizer_of(2, 9, "fixed")
    start = [x + 1 for x in w]
    run = bounds.run_first_order(gradient_of(2, 9, "fixed"), start, [[Fraction(-2, 3)]])
    assert run[1] == w
    assert bounds.convex_rosenbrock(2, 9, "fixed").at(1) > 0


# The bound itself -----------------------------------------------------------------------------------------------------


@every
def test_the_bound_is_the_largest_entry_that_is_left(n, kappa, end) -> None:
    bound = bounds.convex_rosenbrock(n, kappa, end)
    near = bounds.convex_rosenbrock(n, float(kappa), end)
    family = bounds.convex_rosenbrock(sympy.Symbol("n", integer=True, positive=True), kappa, end)
    w = minimizer_of(n, kappa, end)
    for k in {0, 1, n // 2, n - 1, n, n + 3}:
        expected = {
            "inf": least_error(n, kappa, end, k),
            1: sum(w[k:], Fraction(0)) / sum(w),
            2: sum((x * x for x in w[k:]), Fraction(0)) / sum(x * x for x in w),
        }
        for norm, value in expected.items():
            found = bound.at(k, norm=norm)
            exact = found**2 if norm == 2 else found
            assert exact == sympy.Rational(value.numerator, value.denominator)
            assert near.at(k, norm=norm) == pytest.approx(float(found), rel=1e-9)
        for norm in ("inf", 1, 2, "value"):
            closed = family.at(k, norm=norm).subs(family.n, n)
            assert float(sympy.N(closed, 30)) == pytest.approx(float(bound.at(k, norm=norm)), rel=1e-12)
    assert all(found == 0 for found in (bound.at(n), bound.at(n + 7), near.at(n)))


@every
def test_it_is_attained_by_scalar_steps(n, kappa, end) -> None:
    k = min(n, 7)
    bound, w = bounds.convex_rosenbrock(n, kappa, end), minimizer_of(n, kappa, end)
    rows = [[as_fraction(x) for x in row] for row in bound.attaining_steps(k)]
    run = bounds.run_first_order(gradient_of(n, kappa, end), [Fraction(0)] * n, rows)
    for i, iterate in enumerate(run):
        assert iterate == w[:i] + [0] * (n - i)
        assert max(abs(x - y) for x, y in zip(iterate, w, strict=True)) == as_fraction(bound.at(i)) * w[0]


def tails(n, kappa, end, power):
    w = minimizer_of(n, kappa, end)
    return list(itertools.accumulate((x**power for x in reversed(w)), initial=Fraction(0)))[::-1]


@pytest.mark.parametrize("kappa", [Fraction(25, 16), 4, 9, 16, 25, 100, 10000])
def test_what_is_printed_at_finite_n_by_brute_force(kappa) -> None:
    """With q rational: which reading holds at which n and k, against the words of the readings."""
    root = Fraction(str(sympy.sqrt(sympy.Rational(str(kappa)))))
    q = (root - 1) / (root + 1)
    for end, n in itertools.product(ENDS, (1, 2, 3, 5, 9)):
        w = bounds.convex_rosenbrock(n, kappa, end).problem.minimizer
        w = [as_fraction(x) for x in w]
        for k in range(n):
            free, later = end == "free", k > 0
            assert (w[k] >= q**k * w[0]) == (free or not later)
            assert (w[k] >= q ** (k + 1)) == free
            assert w[k] != q ** (k + 1)
            assert (sum(w[k:]) >= q**k * sum(w)) == (not later)
            squares = sum(x * x for x in w[k:]) >= q ** (2 * k) * sum(x * x for x in w)
            if not free or not later:
                assert squares == (not later)
            elif kappa <= 16:
                assert squares
            elif (n, k) == (2, 1):
                assert not squares
        assert q**n * w[0] > 0  # at k = n the error can be 0


def test_the_limit_is_the_printed_bound() -> None:
    n = sympy.Symbol("n", integer=True, positive=True)
    for end, k in itertools.product(ENDS, (0, 1, 4)):
        family = bounds.convex_rosenbrock(n, 9, end)
        for norm in ("inf", 1, 2):
            assert float(family.at(k, norm=norm).subs(n, 400)) == pytest.approx(0.5**k, rel=1e-12)
        expected = 0.25**k * 0.75 / (1 - 0.25 ** (k + 1))
        assert float(family.at(k, norm="value").subs(n, 400)) == pytest.approx(expected, rel=1e-12)


def test_a_step_below_what_is_printed_for_the_fixed_end() -> None:
    """n = 2, kappa = 9: one step of gradient descent of size 10/21 leaves 4/21, and q times the error at the start is 5/21."""
    run = exact_run(sm.catalog["gradient-descent"], gradient_of(2, 9, "fixed"), 2, 1, {"alpha": Fraction(10, 21)})
    w = minimizer_of(2, 9, "fixed")
    error = max(abs(x - y) for x, y in zip(run[1], w, strict=True))
    assert (error, max(w)) == (Fraction(4, 21), Fraction(10, 21))
    assert error < Fraction(1, 2) * max(w)


@pytest.mark.parametrize("end", ENDS)
def test_claims_are_proved_and_the_others_refuted(end) -> None:
    bound = bounds.convex_rosenbrock(25, 1000.0, end)
    assert [v.claim.id for v in bound.verdicts if not v.proved] == []
    assert [v.claim.id for v in bound.refutations if v.status != "refuted"] == []
    for reading in bound.readings:
        assert (sm.check(reading.claim).status == "proved") == (reading.limit is None)
        assert reading.limit is None or sm.check(reading.limit).proved
        assert ("limit" in reading.holds) == (reading.limit is not None)
    for verdict in bound.refutations:
        names = {s.name: v for s, v in verdict.witness.items()}
        if {"n", "k"} <= set(names):
            assert 0 <= names["k"] < names["n"]


@pytest.mark.parametrize("end", ENDS)
def test_the_closed_forms_of_the_claims_are_those_of_the_problem(end) -> None:
    for n, kappa in itertools.product((1, 2, 5, 8), (4, 9, 100)):
        q, w = sympy.Rational(str(ratio(kappa))), bounds.convex_rosenbrock(n, kappa, end).problem.minimizer
        for k in range(n):
            a, b, c = q**k, q ** (n - k), q**n
            assert minimizer_entry(q, q * a, c, end) == w[k]
            assert resisting._largest(q, a, c, end) == w[k] / w[0]
            assert resisting._tail(q, a, b, end) == sum(w[k:])
            assert resisting._tail_of_squares(q, a, b, n - k, end) == sum(x * x for x in w[k:])
            assert resisting._value(q, a, c, end) == bounds.convex_rosenbrock(n, kappa, end).at(k, norm="value")


def test_the_cone_claims_are_about_the_problem() -> None:
    """The rows in the claim, at numbers: those of the gradient."""
    for end in ENDS:
        claim = next(c for c in bounds.convex_rosenbrock(3, 9, end).claims if c.id.endswith("cone/gradient"))
        problem = sm.problems.convex_rosenbrock(3, 9, end)
        rng = random.Random(1)
        w = [sympy.Integer(rng.randint(-9, 9)) for _ in range(3)]
        g = problem.gradient(w)
        curvature = sympy.Rational(4, 8)
        rows = sorted(
            (part.lhs for part in claim.statement.args), key=lambda row: "w_right" not in map(str, row.free_symbols)
        )
        for i, row in ((1, rows[0]), (2, rows[1]), (0, rows[0])):
            values = {"w_i": w[i], "w_left": w[i - 1] if i else 0, "w_right": w[i + 1] if i < 2 else 0, "c": curvature}
            values["b_i"] = int(i == 0)
            assert row.subs({s: values[s.name] for s in row.free_symbols}) == g[i]


def test_symbols() -> None:
    n, k = sympy.symbols("n k", integer=True, positive=True)
    kappa = sm.symbols.kappa
    bound = bounds.convex_rosenbrock(3, kappa)
    assert bound.at(1).subs(kappa, 9) == sympy.Rational(6, 11)
    closed = bounds.convex_rosenbrock(n, kappa, "fixed").at(k)
    assert closed.subs({n: 5, k: 2, kappa: 9}) == bounds.convex_rosenbrock(5, 9, "fixed").at(2)
    assert closed.subs({n: 5, k: 5, kappa: 9}) == 0
    statement = bounds.convex_rosenbrock(5, 9).statement.subs({sm.symbols.k: 2})
    assert statement.rhs.subs(dict.fromkeys(statement.rhs.free_symbols, 1)) == bounds.convex_rosenbrock(5, 9).at(2)
    assert "fixed" in bounds.convex_rosenbrock(5, 9, "fixed").scope


@pytest.mark.parametrize(
    "call",
    [
        lambda: bounds.convex_rosenbrock(0, 9),
        lambda: bounds.convex_rosenbrock(3, 1),
        lambda: bounds.convex_rosenbrock(3, 9, end="loose"),
        lambda: bounds.convex_rosenbrock(3, 9).at(-1),
        lambda: bounds.convex_rosenbrock(3, 9).at(1.5),
        lambda: bounds.convex_rosenbrock(3, 9).at(True),
        lambda: bounds.convex_rosenbrock(3, 9).at(1, norm=3),
        lambda: bounds.convex_rosenbrock(3, 9).at(1, norm=True),
        lambda: bounds.convex_rosenbrock(3, 9).at(sympy.Symbol("x")),
        lambda: bounds.convex_rosenbrock(3, 9.0).at(sm.symbols.k),
        lambda: bounds.convex_rosenbrock(3, 9.0).statement,
        lambda: bounds.convex_rosenbrock(3, 9).attaining_steps(4),
        lambda: bounds.convex_rosenbrock(sympy.Symbol("n", integer=True, positive=True), 9).attaining_steps(1),
        lambda: bounds.unrolled("heavy-ball", -1),
        lambda: bounds.unrolled("heavy-ball", 1, alpha="x"),
        lambda: bounds.run_first_order(lambda w: w, [1, 2], [[1, 2]]),
        lambda: bounds.run_first_order(lambda w: w, [1, 2], [[(1, 2, 3)]]),
        lambda: bounds.run_first_order(lambda w: [1], [1, 2], [[1]]),
    ],
)
def test_bad_input_gives_one_line(call) -> None:
    with pytest.raises(sm.ArgumentError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_unknown_names() -> None:
    with pytest.raises(sm.UnknownNameError, match="heavy-ball"):
        bounds.unrolled("heavy-bal", 1)
    with pytest.raises(sm.MethodTypeError, match="unknown parameter 'gamma'"):
        bounds.unrolled("heavy-ball", 1, gamma=1)
