"""The command ``symmomentum noise``. Expected numbers come from the recursion and from formulas written down here."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from symmomentum.cli import main

HEAVY = ("noise", "heavy-ball", "--alpha", "0.1", "--beta", "0.9", "--lam", "1")


@pytest.fixture
def run(capsys: Any) -> Any:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def ok(run: Any) -> Any:
    def call(*arguments: str) -> str:
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) <= 80
        return out

    return call


@pytest.fixture
def ok_json(run: Any) -> Any:
    def call(*arguments: str) -> Any:
        code, out, err = run(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return call


def simulated(a: float, b: float, at: float, w0: float, sigma: float, steps: int) -> list[tuple[float, float]]:
    """Heavy ball's two parts of the loss after 0 ... steps steps, by its recursion."""
    R, B = np.array([[b, at], [-a * b, 1 - a * at]]), np.array([[1.0], [-a]])
    state, V, found = np.array([0.0, w0]), np.zeros((2, 2)), []
    for _ in range(steps + 1):
        found.append((at / 2 * state[1] ** 2, at / 2 * sigma**2 * V[1, 1]))
        state, V = R @ state, R @ V @ R.T + B @ B.T
    return found


def heavy_ball_floor(a: float, b: float, at: float, sigma: float) -> float:
    return sigma**2 * a * (1 + b) / (2 * (1 - b) * (2 * (1 + b) - a * at))


def test_the_numbers(ok_json: Any) -> None:
    found = ok_json(*HEAVY, "--sigma", "0.5", "--w0", "10", "--steps", "50")
    parts = simulated(0.1, 0.9, 1, 10, 0.5, 400)
    assert found["floor"] == pytest.approx(heavy_ball_floor(0.1, 0.9, 1, 0.5))
    assert found["floor"] == pytest.approx(parts[-1][1])
    assert found["standard_deviation"] ** 2 == pytest.approx(2 * parts[-1][1])
    larger = [x > y for x, y in parts]
    assert found["crossover"] == {
        "until": larger.index(False) - 1,
        "last": max(k for k, x in enumerate(larger) if x),
    }
    loss = found["expected_loss"]
    assert (loss["deterministic"], loss["stochastic"]) == pytest.approx(parts[50])
    assert loss["total"] == pytest.approx(sum(parts[50]))
    assert found["rate"] == pytest.approx(math.sqrt(0.9))
    assert found["average_deviation"] == 0.5
    s = found["largest_relative_noise"]
    assert s**2 * 2 * heavy_ball_floor(0.1, 0.9, 1, 1) == pytest.approx(1)
    r = math.sqrt(0.9)
    least = {"of": "heavy-ball", "floor": pytest.approx(0.125 * (1 - r) * (1 + r * r) / (1 + r) ** 3)}
    assert found["least_floor"] == least
    assert (found["method"], found["stable"], found["sigma"]) == ("heavy-ball", True, 0.5)
    assert found["parameters"] == {"alpha": 0.1, "beta": 0.9, "lam": 1.0}


def test_what_else_could_be_done(ok_json: Any) -> None:
    found = {a["change"]: a for a in ok_json(*HEAVY, "--sigma", "2")["alternatives"]}
    assert found["half the step size"]["floor"] == pytest.approx(heavy_ball_floor(0.05, 0.9, 1, 2))
    assert found["beta = 0.95, the same step"]["floor"] == pytest.approx(heavy_ball_floor(0.1, 0.95, 1, 2))
    assert found["beta = 0.95, the same effective step"]["floor"] == pytest.approx(heavy_ball_floor(0.05, 0.95, 1, 2))
    plain = found["gradient descent, effective step 1"]
    assert (plain["method"], plain["rate"], plain["floor"]) == ("gradient-descent", 0, pytest.approx(2))
    assert found["beta = 0.95, the same step"]["rate"] == pytest.approx(math.sqrt(0.95))


def test_a_page(ok: Any) -> None:
    text = ok(*HEAVY, "--steps", "100")
    assert text.startswith("heavy-ball at alpha = 0.1, beta = 0.9, lam = 1\n")
    for line in (
        r"  rate +0\.948683298050514",
        r"  floor +0\.256756756756757   the expected loss in the limit",
        r"  noise takes over +after step 3; for the last time after step 10",
        r"  loss at 100 +0\.\d+ = \S+ of the start \+ 0\.\d+ of noise",
        r"  mean of k +1/sqrt\(k\) .*",
        r"  half the step size +0\.948683 +0\.126667",
        r"  gradient descent, effective step 1 +0 +0\.5",
        r"  no other heavy-ball has less than 0\.00658808 at this rate: proved",
    ):
        assert re.search(rf"^{line}$", text, re.MULTILINE), line


def test_numbers_are_exact(ok_json: Any) -> None:
    found = ok_json("noise", "gradient-descent", "--alpha", "1/3", "--lam", "1", "--steps", "999999999")
    assert found["floor"] == 0.1
    assert found["expected_loss"]["total"] == 0.1
    assert found["expected_loss"]["deterministic"] == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--sigma", "0"), "never: there is none"),
        (("--w0", "0"), "from the start"),
        (("--alpha", "1e-6", "--beta", "0"), "later than can be told in 200000 steps"),
    ],
)
def test_when_noise_takes_over(options: tuple[str, ...], line: str, ok: Any) -> None:
    own = HEAVY if "--alpha" not in options else ("noise", "heavy-ball", "--lam", "1")
    assert re.search(rf"noise takes over +{line}\n", ok(*own, *options))


def test_divergent_settings_are_one_clear_line(ok: Any, ok_json: Any) -> None:
    at = ("noise", "heavy-ball", "--alpha", "5", "--beta", "0.9", "--lam", "1", "--steps", "7")
    title, line = ok(*at).splitlines()
    assert title == "heavy-ball at alpha = 5, beta = 0.9, lam = 1"
    assert line.split(None, 1) == ["floor", "infinite: not stable here, the noise adds up without bound"]
    found = ok_json(*at)
    assert found["stable"] is False
    assert "floor" not in found


@pytest.mark.parametrize(
    "arguments",
    [
        ("aggregated-momentum", "--alpha", "0.25", "--beta", "0.5", "--gamma", "0.25"),
        ("extragradient", "--alpha", "0.1"),
        ("nesterov", "--alpha", "0.1", "--beta", "0.9"),
        ("sgd", "--alpha", "0.1", "--beta", "0.9", "--delta", "0.1", "--gamma", "0.01"),
    ],
)
def test_other_methods(arguments: tuple[str, ...], ok: Any) -> None:
    assert "floor" in ok("noise", *arguments, "--lam", "1", "--steps", "600")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*HEAVY, "--sigma", "-1"), "not negative"),
        ((*HEAVY, "--sigma", "x"), "sigma must be a number"),
        ((*HEAVY, "--w0", "1/0"), "divides by zero"),
        ((*HEAVY, "--steps", "-1"), "whole number"),
        ((*HEAVY, "--steps", "1.5"), "whole number"),
        ((*HEAVY[:-2],), "missing: --lam"),
        ((*HEAVY[:-1], "0"), "curvature must be positive"),
        ((*HEAVY, "--alpa", "1"), "did you mean 'alpha'"),
        (("noise", "heavy-bal"), "did you mean 'heavy-ball'"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], reason: str, run: Any) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"symmomentum: \S.*\n", err)
    assert re.search(reason, err)
