"""The command `transient`, the topics of `verify`, and the article: what is printed is what a run of the rule gives."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest

from symmomentum.cli import main


def ran(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0), out.getvalue(), err.getvalue()


def worst_cases(alpha: float, beta: float, low: float, high: float, steps: int) -> np.ndarray:
    """The largest error of heavy ball over a fine sweep of curvatures, after each step from rest at 1."""
    lam = (low + high) / 2 + (high - low) / 2 * np.cos(np.linspace(0, np.pi, 20001))
    z, w, found = np.zeros_like(lam), np.ones_like(lam), [1.0]
    for _ in range(steps):
        z = beta * z + lam * w
        w = w - alpha * z
        found.append(np.abs(w).max())
    return np.array(found)


@pytest.mark.parametrize(("alpha", "beta"), [("0.1", "0.9"), ("0.25", "0.5")])
def test_the_numbers_are_those_of_a_run(alpha: str, beta: str) -> None:
    code, text, _ = ran(
        *("transient", "heavy-ball", "--mu", "1", "--L", "10", "--alpha", alpha, "--beta", beta),
        *("--steps", "17", "--tolerance", "1e-3", "--json"),
    )
    assert code == 0
    found = json.loads(text)
    run = worst_cases(float(alpha), float(beta), 1, 10, 600)
    assert found["peak"]["step"] == int(np.argmax(run > run.max() * (1 - 1e-9)))
    assert found["peak"]["worst_case"] == pytest.approx(run.max(), rel=1e-6)
    assert found["worst_case"] == pytest.approx(run[17], rel=1e-6)
    assert found["iterations"] == int(np.flatnonzero(run > 1e-3)[-1]) + 1
    assert found["parameters"] == {"alpha": float(alpha), "beta": float(beta)}


def test_without_parameters_they_are_the_best_ones() -> None:
    found = json.loads(ran("transient", "heavy-ball", "--mu", "1", "--L", "100", "--json")[1])
    assert found["parameters"] == pytest.approx({"alpha": 4 / 121, "beta": 81 / 121})
    assert found["iterations"] == int(np.flatnonzero(worst_cases(4 / 121, 81 / 121, 1, 100, 300) > 1e-6)[-1]) + 1
    assert "steps" not in found


def test_the_page_fits_into_eighty_columns() -> None:
    for given in ((), ("--alpha", "0.1", "--beta", "0.9", "--steps", "1000")):
        code, text, _ = ran("transient", "heavy-ball", "--mu", "1", "--L", "10", *given)
        assert code == 0
        assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mu", "1", "--L", "10", "--alpha", "0.1"), "missing: --beta"),
        (("--mu", "1", "--L", "10", "--alpha", "9", "--beta", "0"), "does not tend to 0"),
        (("--mu", "1", "--L", "10", "--tolerance", "0"), "positive"),
        (("--mu", "1", "--L", "10", "--steps", "-3"), "whole number"),
        (("--mu", "3", "--L", "1"), "mu"),
        (("--mu", "1", "--L", "10", "--aplha", "1"), "did you mean"),
    ],
)
def test_nonsense_gives_one_line(arguments: tuple[str, ...], message: str) -> None:
    code, out, err = ran("transient", "heavy-ball", *arguments)
    assert code == 2
    assert not out
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_topics_are_verified_by_name() -> None:
    code, text, _ = ran("verify", "problems", "bounds", "--jobs", "1")
    assert code == 0
    assert "convex-rosenbrock/free/ratio" in text
    assert "bounds/heavy-ball-cycle/cycle" in text
    assert text.strip().endswith("0 refuted, 0 unknown")


def test_the_article_is_settled() -> None:
    code, text, _ = ran("verify", "--article", "--json")
    assert code == 0
    found = json.loads(text)
    assert len(found["claims"]) == 130
    by_id = {c["id"]: c for c in found["claims"]}
    assert by_id["A023"]["status"] == "holds"
    assert by_id["A060"]["status"] == "fails"
    assert by_id["A060"]["witnesses"]
    assert ran("verify", "heavy-ball", "--article")[0] == 2
