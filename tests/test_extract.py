"""Extraction, against real training loops, matrices written by hand and the rules of the catalog.

The second route: real optimizers are run on quadratics, with gradients by automatic differentiation where there is any, and
matrices come from the update formulas of the documentation, written out here as they stand there.
"""

from __future__ import annotations

import functools
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symmomentum as sm
from tests import independent
from tests.independent import Case

PAGE = Path(__file__).parent.parent / "docs" / "extract.md"
FREEZE = 1 - 2**-53
"""For a second moment: it forgets as slowly as double precision allows."""


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed; it is optional")


@pytest.fixture(scope="module")
def optax() -> Any:
    return pytest.importorskip("optax", reason="Optax is not installed; it is optional")


# The second route -----------------------------------------------------------------------------------------------------


def train(torch: Any, make: Callable[[Any], Any], lam: Any, start: Any, steps: int, kick: int = -1) -> np.ndarray:
    """Iterates of a training loop on lam/2 w^2, each curvature a coordinate; in step ``kick`` the gradient is off by one."""
    lam, w = np.broadcast_arrays(np.asarray(lam, dtype=float), np.asarray(start, dtype=float))
    lam, w = torch.tensor(lam), torch.tensor(w, requires_grad=True)
    optimizer = make([w])
    iterates = [w.detach().numpy().copy()]
    for k in range(steps):
        optimizer.zero_grad()
        loss = (lam * w**2).sum() / 2 + (w.sum() if k == kick else 0)
        loss.backward()
        optimizer.step()
        iterates.append(w.detach().numpy().copy())
    return np.array(iterates)


def transform(optax: Any, transformation: Any, lam: list[float], start: float, steps: int) -> np.ndarray:
    """The same with Optax, in single precision."""
    import jax

    w = jax.numpy.full(len(lam), start, dtype="float32")
    state, iterates = transformation.init(w), [np.asarray(w)]
    gradient = jax.grad(lambda w: (jax.numpy.asarray(lam, dtype="float32") * w**2).sum() / 2)
    for _ in range(steps):
        updates, state = transformation.update(gradient(w), state, w)
        w = optax.apply_updates(w, updates)
        iterates.append(np.asarray(w))
    return np.array(iterates)


def roots(*coefficients: float) -> np.ndarray:
    return np.sort_complex(np.roots(coefficients))


def lyapunov(R: np.ndarray, B: np.ndarray) -> np.ndarray:
    size = R.size
    return np.linalg.solve(np.eye(size) - np.kron(R, R), (B @ B.T).reshape(size)).reshape(R.shape)


def radius(R: np.ndarray) -> float:
    return float(abs(np.linalg.eigvals(R)).max())


def heavy_ball(grad: Any, w0: Any, steps: int, alpha: float = 0.1, beta: float = 0.9) -> np.ndarray:
    path, z = [w0], 0 * w0
    for _ in range(steps):
        z = beta * z + grad(path[-1])
        path.append(path[-1] - alpha * z)
    return np.array(path)


def as_run(step: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A function (grad, w0, steps) from a step of one state."""

    def run(grad: Any, w0: Any, steps: int) -> Any:
        path = [w0]
        for _ in range(steps):
            path.append(step(path[-1], grad))
        return np.array(path)

    return run


def complaint(optimizer: Any, error: type[Exception] = sm.MethodError, /, **options: Any) -> str:
    """The one line in which it is refused."""
    with pytest.raises(sm.SymmomentumError) as caught:
        sm.extract(optimizer, **options)
    assert isinstance(caught.value, error), caught.value
    assert "\n" not in str(caught.value)
    return str(caught.value)


def same_values(found: dict[str, float], expected: dict[str, float], rel: float = 1e-9) -> None:
    assert found == pytest.approx(expected, rel=rel, abs=1e-12)


# PyTorch --------------------------------------------------------------------------------------------------------------


SGD = {
    "plain": (dict(lr=0.3), "gradient-descent", dict(alpha=0.3)),
    "momentum": (dict(lr=0.1, momentum=0.9), "heavy-ball", dict(alpha=0.1, beta=0.9)),
    "irregular": (
        dict(lr=0.1234567891234, momentum=0.8 / 0.97),
        "heavy-ball",
        dict(alpha=0.1234567891234, beta=0.8 / 0.97),
    ),
    "slow": (dict(lr=1e-4, momentum=0.99), "heavy-ball", dict(alpha=1e-4, beta=0.99)),
    "nesterov": (dict(lr=0.1, momentum=0.9, nesterov=True), "nesterov", dict(alpha=0.1, beta=0.9)),
    "dampening": (dict(lr=0.1, momentum=0.9, dampening=0.25), "heavy-ball", dict(alpha=0.075, beta=0.9)),
    "decay": (
        dict(lr=0.1, momentum=0.9, weight_decay=5e-4),
        "sgd",
        dict(alpha=0.1, beta=0.9, delta=0, gamma=5e-4),
    ),
    "all": (
        dict(lr=0.1, momentum=0.8, dampening=0.5, weight_decay=0.02),
        "sgd",
        dict(alpha=0.05, beta=0.8, delta=0, gamma=0.02),
    ),
    "nesterov-decay": (
        dict(lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True),
        "sgd-nesterov",
        dict(alpha=0.1, beta=0.9, gamma=5e-4),
    ),
    "ascent": (dict(lr=0.1, momentum=0.9, maximize=True), "heavy-ball", dict(alpha=-0.1, beta=0.9)),
}


def sgd_polynomial(lam: float, lr: float, **options: Any) -> list[float]:
    """Of torch.optim.SGD, from its documented steps: g += decay w; b = momentum b + (1 - dampening) g; then w -= lr b, or with
    nesterov w -= lr (g + momentum b); maximize turns the gradient of f around."""
    beta, tau = options.get("momentum", 0), options.get("dampening", 0)
    h = (-lam if options.get("maximize") else lam) + options.get("weight_decay", 0)
    if options.get("nesterov"):
        R = np.array([[beta, h], [-lr * beta * beta, 1 - lr * (1 + beta) * h]])
    else:
        R = np.array([[beta, (1 - tau) * h], [-lr * beta, 1 - lr * (1 - tau) * h]])
    polynomial = np.poly(R).tolist()
    return polynomial if beta else polynomial[:-1]


@pytest.mark.parametrize("mode", SGD)
def test_sgd_of_pytorch(torch: Any, mode: str) -> None:
    options, name, parameters = SGD[mode]

    def make(p: Any) -> Any:
        return torch.optim.SGD(p, **options)

    found = sm.extract(make, sharpness=2.5)
    assert found.kind == "torch"
    assert found.settled == (1 if "dampening" in options else 0)
    assert found.regularized == ("weight_decay" in options)
    assert found.equals is not None
    assert found.equals.method == name
    same_values(found.equals.parameters, parameters)

    for lam in (-1.0, 0.0, 0.3, 2.5, 30.0):
        expected = sgd_polynomial(lam, **options)
        np.testing.assert_allclose(found.characteristic_polynomial(lam), expected, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(found.rate(lam), abs(np.roots(expected)).max(), rtol=1e-7)

    # The edge of stability, and all of the interval, by training on its two sides.
    low, high = found.stable_curvatures[0]
    assert len(found.stable_curvatures) == 1
    assert found.threshold == (0 if "maximize" in options else high)
    path = abs(train(torch, make, [high - 0.02 * (high - low), high + 0.02 * (high - low)], 1.0, 1000))
    assert path[-50:, 0].max() < 0.1
    assert path[-50:, 1].max() > 1

    # The noise amplification: the squares of what one wrong gradient does, added up.
    inside = low + 0.4 * (high - low)
    path = train(torch, make, inside, 0.0, 400 if mode != "slow" else 3000, kick=1)
    assert found.noise_amplification(inside) == pytest.approx(float(np.sum(path**2)), rel=1e-6)
    assert found.stable(inside)
    assert math.isinf(found.noise_amplification(high * 1.01 + 0.1))


def test_the_companion_matrix_moves_the_errors_of_a_training_loop(torch: Any) -> None:
    def make(p: Any) -> Any:
        return torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)

    found = sm.extract(make, sharpness=3.0)
    path = train(torch, make, 3.0, 1.0, 30)
    for k in range(1, 30):
        np.testing.assert_allclose(found.iteration_matrix() @ path[[k, k - 1]], path[[k + 1, k]], rtol=1e-8, atol=1e-12)


def frozen(torch: Any, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An optimizer of the Adam family in the state of a long run with second moments of one."""

    def factory(parameters: Any) -> Any:
        optimizer = make(parameters)
        for p in parameters:
            ones, zeros = torch.ones_like(p), torch.zeros_like(p)
            step = torch.tensor(1e18)
            optimizer.state[p] = {"step": step, "exp_avg": zeros, "exp_avg_sq": ones, "square_avg": ones.clone()}
            optimizer.state[p] |= {"momentum_buffer": zeros.clone(), "mu_product": torch.tensor(0.0)}
        return optimizer

    return factory


FROZEN = {
    "Adam": (dict(lr=0.1, betas=(0.85, FREEZE)), "adam", dict(alpha=0.1, beta=0.85)),
    "AdamW": (dict(lr=0.1, betas=(0.9, FREEZE), weight_decay=0.05), "adamw", dict(alpha=0.1, beta=0.9, gamma=0.05)),
    "NAdam": (dict(lr=0.1, betas=(0.9, FREEZE)), "nadam", dict(alpha=0.1, beta=0.9)),
    "RMSprop": (dict(lr=0.1, alpha=1.0), "rmsprop", dict(alpha=0.1)),
    "RMSprop with momentum": (dict(lr=0.1, alpha=1.0, momentum=0.7), "heavy-ball", dict(alpha=0.1, beta=0.7)),
}


@pytest.mark.parametrize("name", FROZEN)
def test_frozen_second_moments(torch: Any, name: str) -> None:
    options, method, parameters = FROZEN[name]
    kind = getattr(torch.optim, name.split(maxsplit=1)[0])
    make = frozen(torch, lambda p: kind(p, eps=0.0, **options))
    found = sm.extract(make, scale=1e-6)
    assert found.settled == 0
    assert found.regularized == ("weight_decay" in options)
    match = next(m for m in found.matches if m.method == method)
    assert match.same_iterates
    same_values(match.parameters, parameters)

    low, high = found.stable_curvatures[0]
    # A small start, for the gradients still add to the second moments.
    path = abs(train(torch, make, [low + 0.98 * (high - low), low + 1.02 * (high - low)], 1e-9, 1000))
    assert path[-50:, 0].max() < 1e-11
    assert path[:, 1].max() > 1  # until the second moments move after all


def test_a_bias_correction_is_seen_to_fade_out(torch: Any) -> None:
    def make(p: Any) -> Any:
        return torch.optim.Adam(p, lr=0.1e15, betas=(0.9, 0.999), eps=1e15, weight_decay=0.01)

    found = sm.extract(make)
    # The correction is 1/(1 - 0.9^(k+1)), so it is within the tolerance of 1e-11 after about 240 steps.
    assert 230 < found.settled < 260
    assert found.equals is not None
    assert found.equals.method == "sgd"
    same_values(found.equals.parameters, dict(alpha=0.01, beta=0.9, delta=0, gamma=0.01))
    assert "step-dependent" in complaint(make, steps=300)


def test_gradients_by_a_closure(torch: Any) -> None:
    class Extragradient:
        """With a step size of 0.2; asks for its gradients itself."""

        def __init__(self, parameters: Any) -> None:
            (self.w,) = parameters

        def step(self, closure: Any) -> None:
            with torch.no_grad():
                start = self.w.clone()
                for _ in range(2):
                    closure()
                    self.w.copy_(start - 0.2 * self.w.grad)

    found = sm.extract(Extragradient, sharpness=1.5)
    assert (found.calls, found.states) == (2, 1)
    np.testing.assert_allclose(found.coefficients, [[1, -1], [0, 0.2], [0, -0.04]], atol=1e-12)
    assert found.threshold == pytest.approx(5)
    # Errors in both gradients: w moves by -0.2 e_2 + 0.04 lam e_1.
    p = 1 - 0.2 * 1.5 + (0.2 * 1.5) ** 2
    assert found.noise_amplification() == pytest.approx((0.2**2 + (0.04 * 1.5) ** 2) / (1 - p * p))


# Not linear, not the same in every step -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Adam", "AdamW", "NAdam", "RMSprop", "Adagrad", "Adadelta", "Rprop", "LBFGS"])
def test_adaptive_optimizers_are_not_linear(torch: Any, name: str) -> None:
    text = complaint(getattr(torch.optim, name))
    assert text.startswith("PyTorch optimizer: not linear: gradients 1024 times as large move w ")


def wrapped(torch: Any, before: Any = None, after: Any = None) -> Callable[[Any], Any]:
    """SGD with something done to the gradients, and to the parameters."""

    class Wrapped:
        def __init__(self, parameters: Any) -> None:
            self.parameters = parameters
            self.inner = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)

        def step(self) -> None:
            with torch.no_grad():
                for p in self.parameters:
                    if before:
                        p.grad.copy_(before(p.grad))
                self.inner.step()
                for p in self.parameters:
                    if after:
                        p.copy_(after(p))

    return Wrapped


TAMPERED = {
    "clipped": (dict(before=lambda g: g.clamp(-1, 1)), "1024 times as large .*; it clips"),
    "normalized over all coordinates": (dict(before=lambda g: g / (1e-12 + abs(g).max())), "1024 times as large"),
    "off a little": (dict(before=lambda g: g + 1e-9 * g * abs(g)), "1024 times as large .*; off by \\de-0\\d of that"),
    "steeper upwards": (dict(before=lambda g: g.clamp(min=0) + 0.5 * g.clamp(max=0)), "the opposite gradients"),
    "projected": (dict(after=lambda w: w.clamp(-1e3, 1e3)), "1024 times as large"),
    "pushed": (dict(before=lambda g: g + 1), "1024 times as large"),
    "centralized": (dict(before=lambda g: g - 0.1 * g.mean() + 0.1 * g[0]), "when it is alone"),
    "not a number": (dict(before=lambda g: g * math.nan), "not finite"),
    "infinite": (dict(after=lambda w: w / 0), "not finite"),
    "undefined at zero": (dict(before=lambda g: g * g / g), "not finite where the gradient is zero"),
    "at rest": (dict(before=lambda g: 0 * g), "do not move w"),
    "drifting": (dict(after=lambda w: w + 1e-9), "1024 times as large"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_is_done_to_gradients_or_parameters_is_seen(torch: Any, case: str) -> None:
    changes, words = TAMPERED[case]
    assert re.search(words, complaint(wrapped(torch, **changes)))


def test_clipping_is_not_seen_below_the_threshold(torch: Any) -> None:
    found = sm.extract(wrapped(torch, before=lambda g: g.clamp(-1, 1)), scale=1e-6)
    assert found.equals is not None
    assert found.equals.method == "heavy-ball"


SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "exponential": lambda s, o: s.ExponentialLR(o, 0.999),
    "stairs": lambda s, o: s.StepLR(o, 150),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 100_000),
    "cycle": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=50, cycle_momentum=False),
    "late": lambda s, o: s.MultiStepLR(o, [900]),
}


def scheduled(torch: Any, make: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    class Scheduled:
        def __init__(self, parameters: Any) -> None:
            self.inner = torch.optim.SGD(parameters, lr=0.1)
            self.schedule = make(torch.optim.lr_scheduler, self.inner)

        def step(self) -> None:
            self.inner.step()
            self.schedule.step()

    return Scheduled


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_seen(torch: Any, name: str) -> None:
    text = complaint(scheduled(torch, SCHEDULES[name]))
    assert re.search(r"step-dependent: \d+ steps? after a unit gradient in step \d+, w has moved by ", text)


@pytest.mark.parametrize(("start", "settled"), [(3, 3), (100, 112)])
def test_after_a_warmup_the_rest_is_extracted(torch: Any, start: int, settled: int) -> None:
    found = sm.extract(scheduled(torch, lambda s, o: s.LinearLR(o, 0.1, total_iters=start)), steps=300)
    assert found.settled == settled  # the grid of steps is coarse further out
    assert f"first {settled} steps" in str(found)
    assert found.threshold == pytest.approx(20)


def test_what_happens_now_and_then_is_seen() -> None:
    def lookahead(grad: Any, w0: Any, steps: int) -> Any:
        """Every fifth step goes half way back; every answer has moved w by the same in the long run."""
        path, slow, fast = [w0], w0, w0
        for k in range(steps):
            fast = fast - 0.1 * grad(path[-1])
            if k % 5 == 4:
                slow = fast = slow + 0.5 * (fast - slow)
            path.append(fast)
        return np.array(path)

    assert "step-dependent" in complaint(lookahead)


# Optax ----------------------------------------------------------------------------------------------------------------


OPTAX = {
    "sgd": (lambda o: o.sgd(0.1), "gradient-descent", dict(alpha=0.1)),
    "momentum": (lambda o: o.sgd(0.1, momentum=0.9), "heavy-ball", dict(alpha=0.1, beta=0.9)),
    "nesterov": (lambda o: o.sgd(0.1, momentum=0.9, nesterov=True), "nesterov", dict(alpha=0.1, beta=0.9)),
    "decay": (
        lambda o: o.chain(o.add_decayed_weights(0.01), o.sgd(0.1, momentum=0.9)),
        "sgd",
        dict(alpha=0.1, beta=0.9, delta=0, gamma=0.01),
    ),
    "average": (
        lambda o: o.chain(o.ema(0.9, debias=False), o.scale(-0.1)),
        "heavy-ball-ema",
        dict(alpha=0.1, beta=0.9),
    ),
    "frozen adam": (lambda o: o.adam(0.1e15, b1=0.5, eps=1e15), "adam", dict(alpha=0.1, beta=0.5)),
}


@pytest.mark.parametrize("name", OPTAX)
def test_transformations_of_optax(optax: Any, name: str) -> None:
    make, method, parameters = OPTAX[name]
    found = sm.extract(make(optax), steps=100)
    assert found.kind == "optax"
    match = next(m for m in found.matches if m.method == method)
    same_values(match.parameters, parameters)
    assert (found.settled > 0) == (name == "frozen adam")
    path = abs(transform(optax, make(optax), [0.95 * found.threshold, 1.05 * found.threshold], 1.0, 100))
    assert path[-30:, 0].max() < 0.2
    assert path[-30:, 1].max() > 2


def test_what_optax_has_that_is_not_linear_or_depends_on_the_step(optax: Any) -> None:
    for make in (optax.adam, optax.rmsprop, optax.lion, optax.adagrad):
        assert "not linear: gradients 1024 times as large" in complaint(make(0.1), steps=100)
    schedule = optax.cosine_decay_schedule(0.1, 10_000)
    assert "step-dependent" in complaint(optax.sgd(schedule), steps=100)
    assert "TypeError" in complaint(optax.contrib.reduce_on_plateau())


def test_the_duck_types_of_optax_need_no_jax() -> None:
    class Transformation:
        def init(self, w: Any) -> Any:
            return 0 * w

        def update(self, gradient: Any, state: Any, w: Any) -> Any:
            state = 0.5 * state + gradient
            return -0.2 * state, state

    found = sm.extract(Transformation())
    assert found.equals is not None
    same_values(found.equals.parameters, dict(alpha=0.2, beta=0.5))


# SciPy ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CG", "BFGS", "L-BFGS-B", "SLSQP", "Newton-CG"])
def test_the_minimizers_of_scipy_are_not_linear(name: str) -> None:
    from scipy.optimize import minimize

    text = complaint(functools.partial(minimize, method=name))
    assert text.startswith("SciPy-style minimizer: not linear: it ")
    assert re.search("stopped by itself|same number of gradients", text)

    def run(grad: Any, w0: Any, steps: int) -> Any:
        """As a function (grad, w0, steps), that stays where it is in the end."""
        path = [w0]
        lam = grad(np.ones_like(w0))
        fun = lambda w: float(lam @ (w * w)) / 2  # noqa: E731
        minimize(fun, w0, jac=grad, method=name, callback=lambda w: path.append(w.copy()), options={"maxiter": steps})
        return np.array([*path, *[path[-1]] * (steps + 1 - len(path))])

    assert "not linear" in complaint(run)


def test_a_minimizer_in_the_style_of_scipy() -> None:
    def descend(fun: Any, x0: Any, args: Any = (), jac: Any = None, callback: Any = None, **options: Any) -> Any:
        x, v = x0, 0 * x0
        for _ in range(options["maxiter"]):
            v = 0.9 * v - 0.1 * jac(x)
            if options.get("early"):
                callback(x)
            x = x + v
            if not options.get("early"):
                callback(x)
        return scipy.optimize.OptimizeResult(x=x, fun=fun(x))

    import scipy.optimize

    def early(fun: Any, x0: Any, jac: Any = None, callback: Any = None, maxiter: int = 100) -> Any:
        return descend(fun, x0, jac=jac, callback=callback, maxiter=maxiter, early=True)

    for minimizer in (functools.partial(scipy.optimize.minimize, method=descend), early):
        found = sm.extract(minimizer)
        assert found.kind == "minimize"
        assert found.equals is not None
        same_values(found.equals.parameters, dict(alpha=0.1, beta=0.9))


# Every method of the catalog ------------------------------------------------------------------------------------------


def rule_of(name: str) -> Case:
    """The rule itself, to be run on numbers."""
    method, calls = sm.catalog[name], []
    method(*[0.0] * len(method.state), lambda w: calls.append(w) or w, **dict.fromkeys(method.parameters, 0.5))
    return Case(method.rule, method.parameters, (1,) * len(method.state), len(calls), catalog=name)


@pytest.mark.parametrize("name", list(sm.catalog))
def test_methods_of_the_catalog_are_recovered(name: str) -> None:
    case, source = rule_of(name), random.Random(name)
    w = sm.catalog[name].state.index("w")
    parameters = {n: source.uniform(0.1, 0.95) for n in case.parameters}
    found = sm.extract(name, steps=100, **parameters)
    assert found.equals is not None
    assert found.calls == case.calls

    def matrix(lam: float) -> np.ndarray:
        return np.array(independent.matrix(case, lam, parameters), dtype=float)

    compared = 0
    for share in (-0.7, -0.1, 0.02, 0.3, 0.5, 0.8, 0.999, 1.001, 1.5):
        lam = share * (found.threshold if 0 < found.threshold < math.inf else 1.0)
        R = matrix(lam)
        # A state that nothing depends on, or that is just older, adds the eigenvalue 0.
        own = np.pad(found.characteristic_polynomial(lam), (0, len(R) - found.states))
        np.testing.assert_allclose(own, np.poly(R), rtol=1e-9, atol=1e-9)
        assert found.rate(lam) == pytest.approx(radius(R), rel=1e-7)
        assert found.stable(lam) == (radius(R) < 1)
        if radius(R) < 0.999:
            V = lyapunov(R, np.array(independent.noise(case, lam, parameters), dtype=float))
            assert found.noise_amplification(lam) == pytest.approx(V[w, w], rel=1e-7)
            compared += 1
    assert compared > 2 or found.stable_curvatures == ()

    # What is said to be equal answers alike, run from rest on quadratics.
    lam = np.array([0.1, 0.4, 1.0]) * (found.threshold if 0 < found.threshold < math.inf else 1.0)
    for match in found.matches:
        assert match.same_iterates
        other = sm.catalog[match.method]
        if not other.regularized:
            path, theirs = (
                m.run(lambda w: lam * w, [1.0, 1.0, 1.0], 40, **p)
                for m, p in ((sm.catalog[name], parameters), (other, match.parameters))
            )
            np.testing.assert_allclose(theirs, path, rtol=1e-7, atol=1e-9)
    same_rule = [m for m in found.matches if sm.catalog[m.method].rule is sm.catalog[name].rule]
    # Of the first two the answers tell three of four parameters, of the third not which velocity is which.
    if name not in {"sgd", "accelerated-sgd", "aggregated-momentum"}:
        assert same_rule
        for match in same_rule:
            same_values(match.parameters, parameters, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("adamw", (1e-3, 0.9, 0.01)),
        ("adamw", (0.1, 0.99, 1e-5)),
        ("adamw", (0.1, 0.9, 1.0)),  # a double pole
        ("adamw", (0.1, 0.8, 1.0)),  # which is also one with alpha = 0.2 and beta = 0.9, in more digits
        ("sgd-nesterov", (0.3, 0.99, 1e-4)),
        ("nadam", (1e-4, 0.95)),
        ("quasi-hyperbolic", (1.0, 0.999, 0.7)),
        ("heavy-ball", (1e-6, 0.95)),
        ("nesterov-sutskever", (0.7, 0.123456)),
    ],
)
def test_round_parameters_are_found_to_the_last_digit(name: str, values: tuple[float, ...]) -> None:
    parameters = dict(zip(sm.catalog[name].parameters, values, strict=True))
    found = sm.extract(name, steps=100, **parameters)
    assert next(m for m in found.matches if m.method == name).parameters == parameters


def test_a_method_of_your_own_and_wrong_parameters() -> None:
    @sm.method
    def halved(z, w, grad, *, alpha):
        z = z / 2 + grad(w)
        return z, w - alpha * z

    found = sm.extract(halved, alpha=0.3)
    assert found.equals is not None
    same_values(found.equals.parameters, dict(alpha=0.3, beta=0.5))
    assert complaint(halved, sm.MethodTypeError) == "halved: missing parameter alpha"
    assert "unknown parameter 'beta'" in complaint(halved, sm.MethodTypeError, alpha=0.1, beta=0.1)
    assert "did you mean 'heavy-ball'?" in complaint("heavy-bal", sm.UnknownNameError)
    assert "only methods of this package" in complaint(heavy_ball, sm.MethodTypeError, alpha=0.1)


# Functions, and theory that somebody else has written down ------------------------------------------------------------


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_delayed_gradients(delay: int) -> None:
    """w^{k+1} = w^k - a g(w^{k-d}) is stable for 0 < a lam < 2 cos(d pi / (2 d + 1)) (Levin and May 1976)."""

    def run(grad: Any, w0: Any, steps: int) -> Any:
        path, gradients = [w0], []
        for k in range(steps):
            gradients.append(grad(path[-1]))
            path.append(path[-1] - (0.05 * gradients[k - delay] if k >= delay else 0))
        return np.array(path)

    found = sm.extract(run, sharpness=1.0)
    assert found.states == delay + 1
    assert found.threshold == pytest.approx(2 * math.cos(delay * math.pi / (2 * delay + 1)) / 0.05, rel=1e-9)
    np.testing.assert_allclose(np.sort_complex(found.eigenvalues()), roots(1, -1, *[0] * (delay - 1), 0.05), atol=1e-9)
    assert found.equals is None


def test_three_velocities() -> None:
    """AggMo (Lucas et al. 2019) with the velocities of its paper: four states, of which no method of the catalog has these."""
    betas = np.array([0.0, 0.9, 0.99])

    def run(grad: Any, w0: Any, steps: int) -> Any:
        path, v = [w0], np.zeros((3, *w0.shape))
        for _ in range(steps):
            v = betas[:, None] * v - grad(path[-1])
            path.append(path[-1] + 0.1 / 3 * v.sum(axis=0))
        return np.array(path)

    def matrix(lam: float) -> np.ndarray:
        velocity = np.hstack([np.diag(betas), -lam * np.ones((3, 1))])
        return np.vstack([velocity, 0.1 / 3 * velocity.sum(axis=0) + [0, 0, 0, 1]])

    found = sm.extract(run, sharpness=1.0)
    assert found.matches == ()
    # The velocity with beta = 0 is the gradient, which is not remembered.
    np.testing.assert_allclose([*found.characteristic_polynomial(), 0], np.poly(matrix(1.0)), atol=1e-10)
    assert radius(matrix(0.9999 * found.threshold)) < 1 < radius(matrix(1.0001 * found.threshold))
    B = np.array([[-1.0], [-1], [-1], [-0.1]])
    assert found.noise_amplification() == pytest.approx(lyapunov(matrix(1.0), B)[3, 3], rel=1e-8)


def test_what_is_shown_of_the_iterates_makes_a_relative_of_a_method() -> None:
    def averaged(grad: Any, w0: Any, steps: int) -> Any:
        path = heavy_ball(grad, w0, steps)
        return np.array([path[0], *(path[1:] + path[:-1]) / 2])

    found = sm.extract(averaged)
    assert found.equals is None
    assert found.matches[0].method == "heavy-ball"
    assert not any(m.same_iterates for m in found.matches)
    same_values(found.matches[0].parameters, dict(alpha=0.1, beta=0.9))
    assert re.search(r"same polynomial as +heavy-ball with alpha = 0.1, beta = 0.9", str(found))


def test_what_differs_late_is_not_the_same() -> None:
    """Gradient descent that hears an echo of a gradient ten steps later."""

    def run(grad: Any, w0: Any, steps: int) -> Any:
        path, gradients = [w0], []
        for k in range(steps):
            gradients.append(grad(path[-1]))
            path.append(path[-1] - 0.1 * gradients[-1] - (0.01 * gradients[k - 10] if k >= 10 else 0))
        return np.array(path)

    found = sm.extract(run)
    assert found.states == 11
    assert found.matches == ()


def test_gradients_that_are_only_looked_at_or_asked_for_in_advance() -> None:
    def logs(grad: Any, w0: Any, steps: int) -> Any:
        grad(w0)
        return heavy_ball(grad, w0, steps)

    def logs_last(grad: Any, w0: Any, steps: int) -> Any:
        path = heavy_ball(grad, w0, steps)
        grad(path[-1])
        return path

    def in_advance(grad: Any, w0: Any, steps: int) -> Any:
        path, z, g = [w0], 0 * w0, grad(w0)
        for _ in range(steps):
            z = 0.9 * z + g
            path.append(path[-1] - 0.1 * z)
            g = grad(path[-1])
        return np.array(path)

    for run in (logs, logs_last, in_advance):
        found = sm.extract(run)
        assert found.equals is not None
        assert found.equals.method == "heavy-ball"
        assert found.calls == 1
        same_values(found.equals.parameters, dict(alpha=0.1, beta=0.9))


def test_single_precision() -> None:
    def run(grad: Any, w0: Any, steps: int) -> Any:
        path, z = [np.float32(w0)], np.float32(0 * w0)
        for _ in range(steps):
            z = np.float32(0.9) * z + np.float32(grad(path[-1]))
            path.append(path[-1] - np.float32(0.1) * z)
        return np.array(path)

    found = sm.extract(run, sharpness=3.0)
    assert found.tolerance > 1e-6
    assert found.equals is not None
    assert found.equals.method == "heavy-ball"
    same_values(found.equals.parameters, dict(alpha=0.1, beta=0.9), rel=1e-4)
    assert found.threshold == pytest.approx(38, rel=1e-4)
    # As exact as double precision, it is not the same in every step.
    complaint(run, tolerance=1e-12)


def test_it_may_diverge() -> None:
    """No run of it converges, or comes near: the answers to single gradients are enough."""
    for alpha in (1e100, 1e-100):
        found = sm.extract(as_run(lambda w, grad, alpha=alpha: w - alpha * grad(w)), sharpness=1.0)
        assert found.threshold == pytest.approx(2 / alpha)
        assert found.rate() == pytest.approx(abs(1 - alpha))
        assert [m.method for m in found.matches] == ["gradient-descent", "rmsprop"]
    for beta in (1.3, -2.0, 4.0):
        found = sm.extract(functools.partial(heavy_ball, alpha=0.1, beta=beta), sharpness=1.0, steps=100)
        np.testing.assert_allclose(found.characteristic_polynomial(), [1, 0.1 - 1 - beta, beta], rtol=1e-9)
        assert found.stable_curvatures == ()
        assert found.threshold == 0
        assert found.regime() == "divergent"
        assert "not stable at any curvature" in str(found)
    assert "not finite" in complaint(as_run(lambda w, grad: w - 1e308 * grad(w)))


def test_regimes() -> None:
    found = sm.extract(heavy_ball)
    # (1 - sqrt(beta))^2 < alpha lam < (1 + sqrt(beta))^2 is complex, from there to 2 (1 + beta) oscillating.
    low, high = ((1 - math.sqrt(0.9)) ** 2 / 0.1, (1 + math.sqrt(0.9)) ** 2 / 0.1)
    expected = {0.9 * low: "monotone", 1.1 * low: "complex", 0.999 * high: "complex", 1.0001 * high: "oscillating"}
    expected |= {38.1: "divergent", -1.0: "divergent"}
    assert {lam: found.regime(lam) for lam in expected} == expected
    assert found.stable_curvatures == ((0.0, pytest.approx(38)),)


def test_small_curvatures_that_are_not_stable() -> None:
    """With a negative decay w runs away where the curvature does not hold it."""
    found = sm.extract(as_run(lambda w, grad: w - 0.1 * (grad(w) - 0.5 * w)))
    assert found.stable_curvatures == (pytest.approx((0.5, 20.5)),)
    assert found.threshold == 0
    assert "small positive curvatures are not stable; stable: 0.5 to 20.5" in str(found)


def test_a_memory_of_the_start() -> None:
    """Pulled back to where it began, w never gets to the minimizer: an eigenvalue is 1 at every curvature."""

    def run(grad: Any, w0: Any, steps: int) -> Any:
        return as_run(lambda w, grad: w - 0.1 * grad(w) - 0.2 * (w - w0))(grad, w0, steps)

    found = sm.extract(run, sharpness=3.0)
    np.testing.assert_allclose(found.eigenvalues(), [1, 0.5], rtol=1e-9)
    assert found.stable_curvatures == ()
    assert not found.regularized
    assert found.equals is None


def test_a_hole_in_the_stable_curvatures() -> None:
    """w - a g(w - b g(w + c g(w))) has the multiplier 1 - a x + a b x^2 + a b c x^3, stable in two intervals here."""
    a, b, c = 1.0, 0.6, -0.1

    def step(w: Any, grad: Any) -> Any:
        return w - a * grad(w - b * grad(w + c * grad(w)))

    def multiplier(x: Any) -> Any:
        return 1 - a * x + a * b * x**2 + a * b * c * x**3

    found = sm.extract(as_run(step))
    line = np.linspace(-3, 12, 5001)
    inside = abs(multiplier(line)) < 1
    assert np.array_equal([found.stable(x) for x in line], inside)
    assert len(found.stable_curvatures) == np.count_nonzero(np.diff(np.int8(inside)) == 1) == 2
    assert found.threshold == found.stable_curvatures[0][1]


# What is none ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonsense", [None, 3.0, [1, 2], {}, lambda: None, lambda a, b: None, lambda *a: None])
def test_nonsense(nonsense: Any) -> None:
    text = complaint(nonsense, sm.MethodTypeError)
    assert text.startswith("expected a function that makes a PyTorch optimizer of its parameters, ")


def test_optimizers_that_fail(torch: Any) -> None:
    SGD = torch.optim.SGD
    assert "SGD holds parameters already; give a function" in complaint(
        SGD([torch.zeros(2)], lr=0.1), sm.MethodTypeError
    )
    assert "it raised ValueError: Invalid learning rate: -1" in complaint(lambda p: SGD(p, lr=-1))
    assert "which has no step()" in complaint(lambda p: 1.0, sm.MethodTypeError)
    assert "do not move w" in complaint(lambda p: SGD(p, lr=0.0))
    assert "w has shape" in complaint(lambda g, w, n: [w, *[w - g(w[0]) for _ in range(n)]])
    for answer in (None, "path", [[1.0], [2.0, 3.0]], 1j):
        assert "function (grad, w0, steps): " in complaint(lambda g, w, n, a=answer: [g(w), a][1])
    assert "expected the iterates of 1 step, shape (2, 8)" in complaint(lambda g, w, n: heavy_ball(g, w, n + 1))
    assert "stopped by itself after 0 of 1 step" in complaint(lambda g, w, n: heavy_ball(g, w, n)[:-1])
    assert "not where it was started" in complaint(lambda g, w, n: heavy_ball(g, w, n) + 1)
    assert "never asks for a gradient" in complaint(lambda g, w, n: np.zeros((n + 1, *w.shape)))
    assert "gradients in each step (1 in 1 step, 3 in 2 steps" in complaint(
        lambda g, w, n: [heavy_ball(g, w, k) for k in range(n + 1)][-1]
    )


def test_runs_that_cannot_be_one_linear_iteration() -> None:
    source = np.random.default_rng(0)
    assert "two equal runs differ" in complaint(as_run(lambda w, grad: w - grad(w) + source.normal(size=w.shape)))
    assert "started at w = 0" in complaint(as_run(lambda w, grad: w - 0.1 * ((g := grad(w)) + (g == 0))))
    assert "depends on where w is" in complaint(
        as_run(lambda w, grad: w - (0.1 if np.abs(w).max() != 1 else 0.2) * grad(w))
    )
    assert "sum of two gradients" in complaint(sum_of_cubes)

    def foreseeing(grad: Any, w0: Any, steps: int) -> Any:
        path = heavy_ball(grad, w0, steps)
        return np.array([path[0], *(path[1:] + path[-1])])

    assert "gradients that it asks for in a later step" in complaint(foreseeing)

    def long_memory(grad: Any, w0: Any, steps: int) -> Any:
        path, gradients = [w0], []
        for _ in range(steps):
            gradients.append(grad(path[-1]))
            path.append(path[-1] - 0.1 * np.mean(gradients[-20:], axis=0) * min(len(gradients), 20) / 20)
        return np.array(path)

    assert "remembers more than that" in complaint(long_memory)

    def tired(grad: Any, w0: Any, steps: int) -> Any:
        """Slower after thirty gradients that are not zero."""
        path, count = [w0], 0
        for _ in range(steps):
            g = grad(path[-1])
            count += bool(g.any())
            path.append(path[-1] - (0.1 if count <= 30 else 0.05) * g)
        return np.array(path)

    assert "on a quadratic of curvature" in complaint(tired)


def sum_of_cubes(grad: Any, w0: Any, steps: int) -> Any:
    """Homogeneous and odd in the gradients, but not linear: the cube root of the sum of the cubes of the last two."""
    path, last = [w0], 0 * w0
    for _ in range(steps):
        g = grad(path[-1])
        path.append(path[-1] - 0.1 * np.cbrt(g**3 + last**3))
        last = g
    return np.array(path)


def test_arguments() -> None:
    for options, words in (
        (dict(sharpness=math.nan), "sharpness must be finite"),
        (dict(sharpness="high"), "sharpness must be a number"),
        (dict(steps=10), "steps must be an integer"),
        (dict(steps=100.0), "steps must be an integer"),
        (dict(scale=0.0), "scale must be positive"),
        (dict(tolerance=2.0), "tolerance must be between"),
        (dict(kind="jax"), "unknown kind 'jax'"),
    ):
        assert words in complaint(heavy_ball, sm.ArgumentError, **options)
    for kind in ("method", "optax"):
        complaint(heavy_ball, sm.MethodTypeError, kind=kind)
    complaint(3.0, sm.MethodTypeError, kind="run")
    found = sm.extract(lambda *a, alpha=0.1: heavy_ball(*a, alpha), kind="run", steps=60)
    assert found.checked == 60
    assert repr(found) == "<function (grad, w0, steps): heavy-ball with alpha = 0.1, beta = 0.9>"
    with pytest.raises(sm.ArgumentError, match="no curvature"):
        found.rate()
    with pytest.raises(sm.ArgumentError, match="lam must be finite"):
        found.rate(math.inf)


def test_it_loads_nothing_that_was_not_there() -> None:
    code = """
import sys, numpy as np, symmomentum as sm
def run(grad, w0, steps):
    path = [w0]
    for _ in range(steps):
        path.append(path[-1] - 0.1 * grad(path[-1]))
    return np.array(path)
assert sm.Extracted.__name__ == "Extracted"  # before the function, whose module it shares
print(sm.extract(run).threshold)
try:
    sm.extract(lambda p: None)
except sm.MethodTypeError as error:
    print(error)
print(*(n for n in ("sympy", "torch", "jax", "optax", "scipy", "matplotlib", "z3") if n in sys.modules))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    first, second, third = printed.split("\n")[:3]
    assert float(first) == pytest.approx(20)
    assert second.endswith("torch is not imported")
    assert third == ""


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_prints_what_it_shows(torch: Any, optax: Any) -> None:
    """Its examples, one after the other. Which other methods are the same grows with the catalog, and is not compared."""
    text = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"<!-- example: [^>]* -->\n```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)
    assert len(examples) == text.count("```python") == text.count("```text") > 5
    mark = "====\n"
    code = f"print({mark.strip()!r})\n".join(source for source, _ in examples)
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr

    def compared(lines: str) -> list[str]:
        return [line for line in lines.splitlines() if not line.startswith("  also ")]

    for printed, (_, shown) in zip(run.stdout.split(mark), examples, strict=True):
        assert compared(printed) == compared(shown)
