"""One object for a method's whole theory: it computes once, says what it cannot, and all that it states is proved twice."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import numpy as np
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


BEYOND_CVC5 = "mean-square/sufficient"
"""Z3 needs a second for the negation of this lemma in four variables; cvc5 finds no answer in a minute."""


@pytest.mark.parametrize(**named(SMALL))
def test_every_claim_is_proved_by_both_solvers(case: Case) -> None:
    """Z3 and cvc5 get the same texts, and neither leaves one open."""
    # cvc5 comes near its time limit with three parameters, and passes it for an interior maximum; no method of the catalog
    # has either.
    alone = case.name in ("quasi-hyperbolic", "extra-momentum")
    verdicts = [
        sm.check(c, solver="z3" if alone or c.id.endswith(BEYOND_CVC5) else "both") for c in analysis(case).claims
    ]
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
        if BEYOND_CVC5 in name:
            continue
        answers = {answer(name, text, options) for options in smt._CVC5_STRATEGIES[:1]}
        if answers != {"unsat"}:
            answers = {answer(name, text, {})}
        assert answers == {"unsat"}, name


@pytest.mark.parametrize(**named(ALL))
def test_ids_are_permanent_names(case: Case) -> None:
    ids = [c.id for c in analysis(case).claims]
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert name.startswith((f"{case.name}/", "one-state/", "two-states/", "three-states/", "two-modes/")), name
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
        sm.analyze("adagrad")
    for wrong in (independent.heavy_ball, None, 3):
        with pytest.raises(sm.MethodTypeError, match="catalog name or a Method"):
            sm.analyze(wrong)


def test_three_states_say_what_is_known() -> None:
    """Matrix, polynomial and inequalities are there; what is not derived says so, and the derivation is honest about it."""
    case = THREE_STATES[0]
    a = analysis(case)
    assert a.iteration_matrix.shape == (3, 3)
    assert a.characteristic_polynomial.degree() == 3
    assert len(a.stability.conditions) == 4
    alpha, beta, gamma = map(sm.symbols.parameter, case.parameters)
    threshold = 4 * (1 + beta) * (1 + gamma) / (alpha * (2 + beta + gamma))
    assert sympy.cancel(a.stability.threshold - threshold) == 0
    assert a.tuning.kind == "numeric"
    for name in ("rate", "regimes", "worst_rate", "discriminant"):
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


# Rules at the borders of the theory -----------------------------------------------------------------------------------

H = sympy.Rational(1, 2)


def clashing(z, w, grad, *, alpha, lambda_0):
    g = grad(w)
    z = lambda_0 * z + g
    return z, w - alpha * (g + lambda_0 * z)


def clashing_t(v, w, grad, *, t, C_k):
    return w, w + C_k * (w - v) - t * grad(w)


def average_of_iterates(a, w, grad, *, alpha, gamma):
    w = w - alpha * grad(w)
    return (1 - gamma) * a + gamma * w, w


def optimistic(p, w, grad, *, alpha):
    g = grad(w)
    return g, w - 2 * alpha * g + alpha * p


def determinant_zero(v, w, grad, *, alpha, gamma):
    u = w - alpha * grad(w)
    return u, u - gamma * grad(u)


def no_parameters(v, w, grad):
    return w, w - 2 * (w - v) - grad(w)


def swap(v, w, grad):
    return v + grad(w), w


def ascent(w, grad):
    return w + H * grad(w)


def squared_step(v, w, grad, *, h):
    return w, w + sympy.Rational(3, 2) * h * (w - v) - H * h * h * grad(w)


def square_in_the_way(v, w, grad, *, h):
    y = w + H * h * h * (w - v)
    return w, w - (w - v) - H * grad(y)


def through_zero(w, grad, *, alpha, beta):
    return w - alpha * grad(w - beta * grad(w))


BORDER = (
    clashing,
    clashing_t,
    average_of_iterates,
    optimistic,
    determinant_zero,
    no_parameters,
    swap,
    ascent,
    squared_step,
    square_in_the_way,
    through_zero,
)


@pytest.mark.parametrize("rule", BORDER, ids=lambda r: r.__name__)
def test_rules_at_the_borders(rule) -> None:
    """Whatever is stated is proved and renders; whatever is not derived says so."""
    a = sm.analyze(sm.method(rule))
    assert {v.claim.id: v.detail for v in a.verify() if not v.proved} == {}
    for name in ("eigenvalues", "rate", "regimes", "worst_rate", "tuning"):
        with contextlib.suppress(sm.NotDerivedError):
            getattr(a, name)
    document = a.derivation()
    for text in (document.to_terminal(80), document.to_latex(), document.to_markdown(), document.to_html()):
        assert "Update rule" in text


def test_a_parameter_may_have_the_name_of_a_symbol_of_a_claim() -> None:
    """The claims about Nesterov with beta called lambda_0 are those about Nesterov."""
    mine, known = sm.analyze(sm.method(clashing)), sm.analyze("nesterov")
    renamed = {sympy.Symbol("lambda_0", real=True): sm.symbols.beta}
    assert mine.stability.threshold.xreplace(renamed) == known.stability.threshold
    assert sm.analyze(sm.method(clashing_t)).tuning.rate == sm.analyze("heavy-ball").tuning.rate


def test_parameters_that_have_no_value_where_mu_equals_L() -> None:
    """With the step size inside the velocity, the optimal one grows without bound as the momentum vanishes."""

    @sm.method
    def inside(z, w, grad, *, alpha, beta):
        z = beta * z + alpha * grad(w)
        return z, w - beta * z

    tuning = sm.analyze(inside).tuning
    assert tuning.rate == sm.analyze("heavy-ball").tuning.rate
    assert tuning.spectrum == (sm.symbols.mu < sm.symbols.L)
    assert tuning.at(1, 9)[sm.symbols.alpha] == 1
    with pytest.raises(sm.ArgumentError, match="no value where mu equals L"):
        tuning.at(2, 2)
    attained = next(c for c in tuning.claims if c.id.endswith("/attained"))
    assert attained.assumptions == (sm.symbols.mu < sm.symbols.L,)
    assert sm.analyze("heavy-ball").tuning.at(2, 2) == {sm.symbols.alpha: H, sm.symbols.beta: 0}


def test_stable_at_no_positive_curvature() -> None:
    with pytest.raises(sm.NotDerivedError, match="stable at no positive curvature"):
        _ = sm.analyze(sm.method(ascent)).stability.threshold


@pytest.mark.parametrize(
    "rule",
    [
        lambda z, w, grad, *, alpha, beta: (beta * z + grad(w), w - alpha / (1 - beta) * z),
        lambda w, grad, *, alpha: w - grad(w) / alpha,
        lambda w, grad, *, alpha: w - abs(alpha) * grad(w),
        lambda w, grad, *, alpha: w - sympy.sqrt(2) * alpha * grad(w),
        lambda v, w, grad, *, alpha, beta: (w, w + alpha**beta * (w - v) - grad(w)),
    ],
)
def test_rules_that_are_no_polynomials_in_their_parameters(rule) -> None:
    """The matrix is there; what is built on polynomials says why it is not."""
    a = sm.analyze(sm.method(rule, name="strange"))
    assert a.iteration_matrix.shape == a.iteration_matrix.T.shape
    for name in ("claims", "rate", "regimes", "worst_rate", "tuning", "characteristic_polynomial"):
        with pytest.raises(sm.NotDerivedError, match="polynomials in their parameters"):
            getattr(a, name)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda w, grad, *, alpha, on: w - alpha * grad(w) if on else w - 2 * alpha * grad(w), "on = 0"),
        (lambda z, w, grad, *, beta: (2 * grad(w) if beta == 0 else beta * z + grad(w), w - z), "beta = 0"),
        (lambda w, grad, *, alpha: w if w == 0 else w - alpha * grad(w), "does not do the same everywhere"),
        (lambda w, grad, *, alpha: w - alpha * sympy.Symbol("c") * grad(w), "holds c, which is neither"),
        (lambda w, grad, *, alpha: w - alpha * sympy.Symbol("lambda", real=True) * grad(w), "holds lambda"),
    ],
)
def test_rules_that_branch_or_hold_strangers(rule, message) -> None:
    with pytest.raises(sm.MethodError, match=message):
        sm.method(rule, name="branching")


def test_in_place_means_what_it_means_on_symbols() -> None:
    """``old = w; w += ...`` leaves old as it was, on arrays as on symbols, and a gradient may change its argument."""

    def in_place(v, w, grad, *, alpha, beta):
        old = w
        w += beta * (w - v)
        w -= alpha * grad(old)
        return old, w

    def gradient(w):
        w *= 2
        return w

    expected = sm.method(independent.two_step).run(lambda w: 2 * w, [1.0, -2.0], 6, alpha=0.1, beta=0.5)
    mine = sm.method(in_place).run(gradient, [1.0, -2.0], 6, alpha=0.1, beta=0.5)
    assert type(mine) is type(expected)
    np.testing.assert_allclose(mine, expected, rtol=1e-14)
