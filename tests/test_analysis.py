"""One object for a method's whole theory: it computes once, says what it cannot, and all that it states is proved twice."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import symmomentum as sm
from symmomentum.proof import smt
from tests import independent
from tests.independent import ALL, CATALOG, SMALL, THREE_STATES, Case, named
from tests.theory import analysis

ATTRIBUTES = (
    "iteration_matrix",
    "noise_input",
    "characteristic_polynomial",
    "eigenvalues",
    "rate",
    "regimes",
    "worst_rate",
    "claims",
)


@pytest.mark.parametrize(**named(SMALL))
def test_every_claim_is_proved_by_both_solvers(case: Case) -> None:
    """Z3 and cvc5 get the same texts, and neither leaves one open."""
    # Of the three-parameter rule some queries bring cvc5 near its time limit.
    verdicts = analysis(case).verify(solver="z3" if case.name == "quasi-hyperbolic" else "both")
    assert [v.claim for v in verdicts] == list(analysis(case).claims)
    assert {v.claim.id: v.detail for v in verdicts if not v.proved} == {}
    assert len(verdicts) > (10 if case.size == 1 else 20)
    assert all(v.by for v in verdicts)


@pytest.mark.parametrize(**named(CATALOG))
def test_every_query_replays_from_its_text(case: Case) -> None:
    """The text that is written for others, comments and all, is unsatisfiable for both solvers when read from the file."""
    import z3

    from symmomentum.proof.cvc5_worker import answer

    texts = [(name, text) for v in analysis(case).verify() for name, text in v.queries]
    assert len(texts) >= len(analysis(case).claims)
    for name, text in texts:
        assert text.startswith("; claim: "), name
        assert "(set-logic QF_NRA)" in text
        solver = z3.SolverFor("QF_NRA")
        solver.from_string(text)
        assert str(solver.check()) == "unsat", name
        answers = {answer(name, text, options) for options in smt._CVC5_STRATEGIES[:1]}
        if answers != {"unsat"}:
            answers = {answer(name, text, {})}
        assert answers == {"unsat"}, name


@pytest.mark.parametrize(**named(ALL))
def test_ids_are_permanent_names(case: Case) -> None:
    ids = [c.id for c in analysis(case).claims]
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert name.startswith((f"{case.name}/", "one-state/", "two-states/")), name
        assert name == name.strip() == name.lower()
    assert all(c.source for c in analysis(case).claims)
    assert all(c.title for c in analysis(case).claims)


def test_claims_of_the_three_methods_have_their_names() -> None:
    """Ids are permanent: documents and users refer to them."""
    common = {
        "stability/region",
        "stability/threshold",
        "regimes/exhaustive",
        "regimes/disjoint",
        "worst-rate/affine",
        "tuning/attained",
        "tuning/optimal",
    }
    two = {
        "characteristic-polynomial",
        "discriminant",
        "eigenvalues/real",
        "eigenvalues/complex",
        "power/distinct",
        "power/complex",
        "power/repeated",
        "power/nilpotent",
    }
    for case in CATALOG:
        ids = {c.id for c in analysis(case).claims}
        assert {f"{case.name}/{n}" for n in common | (two if case.size == 2 else {"power"})} <= ids


@pytest.mark.parametrize(**named(SMALL))
def test_attributes_are_computed_once(case: Case) -> None:
    a = analysis(case)
    for name in ATTRIBUTES:
        assert getattr(a, name) is getattr(a, name), name


@pytest.mark.parametrize(**named(CATALOG))
def test_what_api_promises_is_there(case: Case) -> None:
    a = analysis(case)
    k = sm.symbols.k
    assert isinstance(a.characteristic_polynomial, sympy.Poly)
    assert a.characteristic_polynomial.gens == (sm.symbols.sigma,)
    assert a.iteration_matrix.shape == (case.size, case.size)
    assert a.noise_input.shape == (case.size, 1)
    assert len(a.eigenvalues) == case.size
    assert a.power(3) == (a.iteration_matrix**3).applyfunc(sympy.expand)
    assert a.power(k).shape == (case.size, case.size)
    assert a.residual_polynomial(0) == 1
    assert a.residual_polynomial(k).free_symbols >= {k, sm.symbols.lam}
    assert a.stability.threshold.free_symbols <= {*map(sm.symbols.parameter, case.parameters)}
    for regime in a.regimes:
        assert {regime.name, regime.condition, regime.rate}
    assert isinstance(a.tuning, sm.Tuning)
    assert set(a.tuning.parameters) == {*map(sm.symbols.parameter, case.parameters)}
    assert a.tuning.rate.free_symbols == {sm.symbols.mu, sm.symbols.L}
    assert a.tuning.verdict.proved
    assert all(isinstance(c, sm.Claim) for c in a.claims)
    assert isinstance(a.derivation(), sm.Derivation)


def test_a_name_or_a_method() -> None:
    by_name, by_method = sm.analyze("nesterov"), sm.analyze(sm.catalog["nesterov"])
    assert by_name.iteration_matrix == by_method.iteration_matrix
    assert repr(by_name) == "<analysis of nesterov>"
    with pytest.raises(sm.UnknownNameError, match="did you mean 'nesterov'"):
        sm.analyze("nestrov")
    with pytest.raises(KeyError):
        sm.analyze("adam")
    for wrong in (independent.heavy_ball, None, 3):
        with pytest.raises(sm.MethodTypeError, match="catalog name or a Method"):
            sm.analyze(wrong)


def test_three_states_say_what_is_known() -> None:
    """Matrix, polynomial and inequalities are there; what is not derived says so, and the derivation is honest about it."""
    case = THREE_STATES[0]
    a = analysis(case)
    assert a.iteration_matrix.shape == (3, 3)
    assert a.characteristic_polynomial.degree() == 3
    assert len(a.stability.conditions) == 3
    for name in ("rate", "regimes", "worst_rate", "tuning", "discriminant"):
        with pytest.raises(sm.NotDerivedError, match=case.name):
            getattr(a, name)
    with pytest.raises(NotImplementedError):
        a.power(sm.symbols.k)
    text = a.derivation().to_terminal(80)
    assert "Schur-Cohn" in text
    assert "Optimal constant parameters" not in text


def test_no_closed_tuning_is_no_obstacle() -> None:
    fixed = next(c for c in SMALL if c.name == "fixed-momentum")
    a = analysis(fixed)
    assert not [c for c in a.claims if "/tuning/" in c.id]
    assert "No closed form" in " ".join(a.derivation().to_terminal(80).split())


def test_verify_rejects_an_unknown_solver() -> None:
    with pytest.raises(sm.ArgumentError, match="unknown solver 'yices'"):
        sm.analyze("gradient-descent").verify(solver="yices")


def test_a_solver_that_answers_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With both solvers, opposite answers are an error, not a verdict."""
    monkeypatch.setattr(smt, "_ask_cvc5", lambda query, timeout: smt.Answer("sat"))
    x = sympy.Symbol("x", real=True)
    claim = sm.Claim(id="test/disagreement", statement=x**2 + x + 1 > 0, assumptions=(), source="")
    with pytest.raises(smt.DisagreementError, match="z3 answers unsat, cvc5 answers sat"):
        sm.check(claim, solver="both")


def test_one_unit_of_error_in_each_gradient_call() -> None:
    """The noise input has a column per gradient call, each the state after one step from zero with that error alone."""
    case = next(c for c in ALL if c.name == "extra-momentum")
    noise = analysis(case).noise_input
    assert noise.shape == (2, 2)
    parameters = {"alpha": Fraction(1, 3), "beta": Fraction(1, 2)}
    rows = independent.noise(case, Fraction(2), parameters, Fraction(1))
    at = {"lambda": Fraction(2), **parameters}
    mine = [[independent.compiled(noise[i, j])(at) for j in range(2)] for i in range(2)]
    assert mine == rows
