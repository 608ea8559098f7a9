"""The catalog: what it holds, and that its rules are the published ones."""

from __future__ import annotations

import numpy as np
import pytest

import symmomentum as sm
from symmomentum.references import lookup
from tests import independent
from tests.independent import CATALOG, Case, named


def test_the_catalog_is_a_mapping() -> None:
    assert {"gradient-descent", "heavy-ball", "nesterov"} <= set(sm.catalog)
    assert len(sm.catalog) == len(list(sm.catalog))
    assert all(sm.catalog[name].name == name for name in sm.catalog)
    assert "heavy-ball" in sm.catalog
    assert "adagrad" not in sm.catalog
    assert sm.catalog.get("adagrad") is None
    assert all(name in repr(sm.catalog) for name in sm.catalog)


@pytest.mark.parametrize(
    ("name", "message"),
    [("heavy-bal", "did you mean 'heavy-ball'"), ("shampoo", "known: accelerated-sgd, adam"), ("", "known")],
)
def test_an_unknown_name(name: str, message: str) -> None:
    with pytest.raises(sm.UnknownNameError, match=message) as caught:
        sm.catalog[name]
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith(('"', "'"))


@pytest.mark.parametrize("name", list(sm.catalog))
def test_every_entry_is_cited_and_traces(name: str) -> None:
    made = sm.catalog[name]
    assert lookup(made.cite) is not None
    assert made.note
    assert made.trace().A.shape == (len(made.state),) * 2


@pytest.mark.parametrize(**named(CATALOG))
def test_names_of_state_and_parameters(case: Case) -> None:
    made = sm.catalog[case.catalog]
    variables = case.rule.__code__.co_varnames
    assert made.state == variables[: case.size]
    assert made.parameters == case.parameters
    assert tuple(made.trace().rest) == case.rest


def test_nesterov_is_the_form_of_pytorch() -> None:
    """From a run by hand of torch.optim.SGD's documented update, momentum 0.9, nesterov=True, on w^2/2 from 1, lr 0.1."""
    iterates = sm.catalog["nesterov"].run(lambda w: w, 1.0, 2, alpha=0.1, beta=0.9)
    first = 1 - 0.1 * (1 + 0.9 * 1)
    buffer = 0.9 * 1 + first
    np.testing.assert_allclose(iterates, [1, first, first - 0.1 * (first + 0.9 * buffer)])


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
def test_two_forms_of_heavy_ball(beta: float) -> None:
    """Polyak's form has no velocity; the forms agree from rest."""
    curvature = np.array([0.1, 1.0, 7.0])
    start = np.array([1.0, -2.0, 3.0])
    trace = sm.catalog["heavy-ball"].run(lambda w: curvature * w, start, 20, alpha=0.2, beta=beta)
    polyak = sm.method(independent.two_step).run(lambda w: curvature * w, start, 20, alpha=0.2, beta=beta)
    np.testing.assert_allclose(trace, polyak, rtol=1e-9, atol=1e-12)
    if beta < 1:
        average = sm.method(independent.averaged).run(
            lambda w: curvature * w, start, 20, alpha=0.2 / (1 - beta), beta=beta
        )
        np.testing.assert_allclose(trace, average, rtol=1e-9, atol=1e-12)


def test_the_cases_are_of_the_catalog() -> None:
    """Written out a second time in tests/independent.py, a method is in every parametrized test; for the others there is
    test_catalog.py."""
    assert {case.catalog for case in CATALOG} <= set(sm.catalog)
