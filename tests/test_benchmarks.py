"""The benchmark beside PEPit: what is measured there is right, and without PEPit it says so.

PEPit is no dependency of the tests: where it is not installed, the comparison with it is skipped, and the sweep is left.
"""

import importlib.util

import pytest

from tests.benchmarks.worst_case import CASES, CONDITION_NUMBERS, STEPS, Case, benchmark

each = pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])


@each
@pytest.mark.parametrize("kappa", CONDITION_NUMBERS)
def test_ours_is_the_largest_of_a_sweep(case: Case, kappa: int) -> None:
    for n in STEPS:
        truth = case.swept(n, kappa)
        assert float(case.exact(n, 1, kappa)) == pytest.approx(truth, rel=1e-9)
        assert case.in_floats(n, 1.0, float(kappa)) == pytest.approx(truth, rel=1e-9)


@pytest.mark.skipif(
    importlib.util.find_spec("PEPit") is None,
    reason="PEPit is not installed: pip install 'symmomentum[bench]'",
)
@each
@pytest.mark.filterwarnings("ignore")  # PEPit and CVXPY warn of what is no business of ours
@pytest.mark.parametrize("kappa", CONDITION_NUMBERS)
def test_pepit_agrees_for_few_steps(case: Case, kappa: int) -> None:
    """Beyond some ten steps its answers are wrong at times, which the benchmark shows."""
    for n in (1, 2, 5):
        assert case.pepit(n, kappa, "SCS") == pytest.approx(case.in_floats(n, 1.0, float(kappa)), rel=1e-3)


def test_pepit_is_not_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert benchmark()
    assert "PEPit is not installed (pip install 'symmomentum[bench]')" in capsys.readouterr().out
