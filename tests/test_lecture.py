"""The derivation as a lecture note: what it says, in which order, and whether its formulas agree with rules simply run."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy.core.function import AppliedUndef

import symmomentum as sm
from symmomentum import lecture as lecture_module
from symmomentum.claims import Verdict
from symmomentum.documents import Cite, Derivation, Formula, Identity, Open, Paragraph, Remark, Section, Table, Theorem
from symmomentum.documents.characters import linear
from symmomentum.documents.model import Statement
from symmomentum.documents.notation import Factors, Fence, Letter, Number, Op, Power, Row, Terms, typeset
from symmomentum.documents.notation import Fraction as Fraction_
from symmomentum.references import REFERENCES
from tests import independent
from tests.independent import MP, Case, compiled, mp
from tests.theory import analysis

# Rules that are not in the catalog ------------------------------------------------------------------------------------


def long_names(momentum_buffer, w, grad, *, learning_rate, beta_one, weight_decay):
    """Names of several letters, as programs have them."""
    new = beta_one * momentum_buffer + weight_decay * (1 - beta_one) * grad(w)
    return new, w - learning_rate * new


def clashing_names(d, w, grad, *, b, q):
    """Heavy ball in the letters that the lecture itself uses for trace, determinant and discriminant."""
    new = q * d + grad(w)
    return new, w - b * new


def two_gradients(w, grad, *, alpha, gamma):
    return w - alpha * grad(w - gamma * grad(w))


def unstable(z, w, grad):
    """Stable nowhere in the reals: the first step away from the minimizer is never taken back."""
    new = z + grad(w)
    return new, w - new


def doubled(z, w, grad, *, alpha, beta):
    """Nesterov's step with the gradient itself added once more: its best rate is a root of a cubic polynomial."""
    g = grad(w)
    new = beta * z + g
    return new, w - alpha * (new + g)


LONG = Case(long_names, ("learning_rate", "beta_one", "weight_decay"), (0, 1))
ROOT = Case(doubled, ("alpha", "beta"), (0, 1))
CLASH = Case(clashing_names, ("b", "q"), (0, 1))
CALLS = Case(two_gradients, ("alpha", "gamma"), (1,), calls=2)
BY_NAME = {c.rule.__name__: c for c in independent.ALL}
QUASI, AGGREGATED = BY_NAME["quasi_hyperbolic"], BY_NAME["aggregated"]
CASES = (*independent.CATALOG, QUASI, BY_NAME["three_terms"], AGGREGATED, CALLS, LONG, CLASH, ROOT)
each = pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])

_made: dict[str, Derivation] = {}


def note(case: Case) -> Derivation:
    if case.name not in _made:
        _made[case.name] = analysis(case).derivation(everything=True)
    return _made[case.name]


def statements(case: Case) -> list[Statement]:
    return [step for step in note(case).steps if isinstance(step, Statement)]


def titled(case: Case, title: str) -> Statement:
    (found,) = (step for step in statements(case) if step.title == title)
    return found


# Order and truth ------------------------------------------------------------------------------------------------------

SECTIONS = [
    "The update rule",
    "One mode of a quadratic",
    "The rate of one mode",
    "Stability",
    "Regimes",
    "The worst case over all curvatures",
    "Optimal parameters",
    "Noise",
    "Conclusion",
]


@each
def test_sections_follow_the_flow_of_the_theory(case):
    found = [step.title for step in note(case).steps if isinstance(step, Section)]
    expected = SECTIONS if case.size <= 2 else [SECTIONS[i] for i in (0, 1, 3, 6, 7, 8)]
    if analysis(case).method.relations:
        expected = [*expected[:2], "Relations", *expected[2:]]
    if analysis(case).method.presets:
        expected = [*expected[:-2], "Published parameters", *expected[-2:]]
    if case.size == 2 or (case.size == 1 and case.calls == 1):
        expected = [*expected[:-2], "Finite time", *expected[-2:]]
    assert found == expected


@pytest.mark.parametrize("case", [BY_NAME["gradient_descent"], BY_NAME["heavy_ball"]], ids=["one", "two"])
def test_without_everything_the_rest_is_said_to_be_elsewhere(case):
    short = [step for step in analysis(case).derivation().steps if isinstance(step, Statement)]
    complete = statements(case)
    assert [step.title for step in short if step.title == "More on noise"]
    assert {step.title for step in short} - {step.title for step in complete} == {"More on noise"}
    assert len(short) < len(complete)


@each
def test_what_is_shown_as_true_is_proved_and_is_a_claim_of_the_method(case):
    a = analysis(case)
    known = {c.id for c in a.claims}
    for step in statements(case):
        assert not isinstance(step, Open), step.title
        if isinstance(step, Theorem):
            assert step.verdicts
            assert all(v.proved and v.claim.id in known for v in step.verdicts), step.title
    shown = {v.claim.id for step in statements(case) for v in step.verdicts}
    assert shown == known  # nothing that is claimed stays unsaid


@pytest.mark.parametrize("status", ["refuted", "unknown"])
@pytest.mark.parametrize("case", [BY_NAME["gradient_descent"], BY_NAME["heavy_ball"]], ids=["one", "two"])
def test_without_a_proof_there_is_no_theorem_and_no_result(case, status, monkeypatch):
    def gives_up(claim: Any) -> Verdict:
        return Verdict(claim=claim, status=status, by="", witness={} if status == "refuted" else None, detail="planted")

    a = analysis(case)
    tuning = a.tuning
    monkeypatch.setattr(lecture_module, "check", gives_up)
    document = lecture_module.lecture(a._rate, tuning)
    kept = [step for step in document.steps if isinstance(step, Statement)]
    assert not [step.title for step in kept if isinstance(step, Theorem)]
    assert [step for step in kept if isinstance(step, Open)]
    assert not [step.title for step in kept if isinstance(step, Open) and step.proof]
    text = document.to_terminal(400)
    assert "✓" not in text.replace("marked ✓", "")
    assert ("Refuted statement" if status == "refuted" else "Open statement") in text
    results = [
        row for step in document.steps if isinstance(step, Table) and step.header[0] == ("What",) for row in step.rows
    ]
    assert {row[0] for row in results} <= {("Rate of one mode",)}  # that one is a definition


@pytest.mark.parametrize(
    "broken", ["stability/region", "tuning/optimal", "worst-rate/affine", "regimes/complex", "discriminant"]
)
def test_one_claim_without_a_proof_takes_its_own_theorem_only(broken, monkeypatch):
    a = analysis(BY_NAME["heavy_ball"])
    tuning, honest = a.tuning, lecture_module.check

    def check(claim: Any) -> Verdict:
        verdict = honest(claim)
        return dataclasses.replace(verdict, status="unknown", by="") if claim.id.endswith(broken) else verdict

    monkeypatch.setattr(lecture_module, "check", check)
    steps = [s for s in lecture_module.lecture(a._rate, tuning).steps if isinstance(s, Statement) and s.verdicts]
    (lost,) = (s for s in steps if isinstance(s, Open))
    assert any(v.claim.id.endswith(broken) for v in lost.verdicts)
    assert sum(isinstance(s, Theorem) for s in steps) == len(steps) - 1


# Symbols --------------------------------------------------------------------------------------------------------------

# Notation that needs no introduction, and marks of proofs' own variables.
COMMON = {"I", "P_1", "P_2"}


def names(mathematics: Any) -> set[str]:
    terms = mathematics.terms if isinstance(mathematics, Formula) else (mathematics,)
    found: set[str] = set()
    for term in terms:
        if not isinstance(term, sympy.Basic):
            found.add(term.__name__)
            continue
        found |= {s.name for s in term.free_symbols}
        found |= {f.func.__name__ for f in term.atoms(AppliedUndef)}
    return {re.sub(r"\^(\+|k|0)$", "", name) for name in found}


def prose_names(pieces: Any) -> set[str]:
    return set().union(*(names(p) for p in pieces if not isinstance(p, str | Cite)))


@each
def test_every_symbol_is_introduced_in_prose_before_it_is_used(case):
    introduced = set(COMMON)
    for step in note(case).steps:
        if isinstance(step, Paragraph):
            introduced |= prose_names(step.prose)
        elif isinstance(step, Table):
            for cell in (step.caption, *(c for row in step.rows for c in row)):
                assert prose_names(cell) <= introduced, (step.caption, prose_names(cell) - introduced)
        elif isinstance(step, Statement):
            introduced |= prose_names(step.prose)
            for formula in step.formulas:
                first = formula.terms[0]
                # A definition may name its left side; bounds of a minimum are named by the next lines.
                if len(formula.terms) > 1 and not isinstance(step, Theorem):
                    introduced |= names(Formula(first))
            for formula in step.formulas:
                new = names(formula) - introduced
                assert not {n for n in new if not n.startswith(("lambda_", "rho_max"))}, (step.title, new)
            introduced |= prose_names(step.proof)
            for verdict in step.verdicts:
                for s in verdict.claim.symbols:
                    # What the solver calls sigma is real; a and b of a general lemma are bound by "for all".
                    assert s.name in introduced or not step.title.startswith(("Power", "Edge", "The end")), (
                        step.title,
                        s,
                    )


@each
def test_the_lecture_s_own_names_are_not_the_method_s(case):
    trace = [s for s in statements(case) if s.title == "Trace and determinant"]
    for step in trace:
        own = {formula.terms[0].name for formula in step.formulas[1:]}
        assert not own & {*case.parameters, *analysis(case).method.state}


# Formulas against rules simply run ------------------------------------------------------------------------------------


def value(term: Any, at: dict[str, Any]) -> Any:
    term = term.as_expr() if isinstance(term, sympy.Poly) else term
    return compiled(term.doit() if term.has(Terms, Factors) else term)(at)


def same(x: Any, y: Any) -> bool:
    if isinstance(x, bool) or isinstance(y, bool):
        return x is y
    return abs(independent.mp_or_complex(x) - independent.mp_or_complex(y)) < MP.mpf(10) ** -40


def points(case: Case, count: int) -> list[dict[str, Any]]:
    """Exact rational points with what the lecture derives from them, by the other route."""
    renamed = {"b": "b_0", "q": "q_0", "d": "d_0"} if case is CLASH else {}
    plain = case if "alpha" in case.parameters else dataclasses.replace(case, parameters=("alpha", *case.parameters))
    found = []
    for lam, parameters in independent.random_points(plain, count):
        given = {n: parameters[n] for n in case.parameters}
        rows = independent.matrix(case, lam, given, Fraction(1))
        at: dict[str, Any] = {"lambda": lam, **given}
        if case.size == 1:
            at["R"] = rows[0][0]
            at["rho"] = mp(abs(rows[0][0]))
        if case.size == 2:
            b, q = rows[0][0] + rows[1][1], rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
            extra = {"b": b, "q": q, "d": b * b - 4 * q}
            at |= {renamed.get(n, n): v for n, v in extra.items()}
            at["sigma_1"], at["sigma_2"] = independent.roots_mp(rows)
            at["rho"] = independent.radius_mp(case, lam, given)
        found.append(at)
    return found


def chain_holds(formula: Formula, at: dict[str, Any]) -> bool:
    first, *others = (value(term, at) for term in formula.terms)
    return all(same(first, other) for other in others)


@each
def test_matrix_and_noise_are_those_of_the_rule_run_on_unit_vectors(case):
    title = "One step" if case.size == 1 else "Iteration matrix"
    formulas = {str(f.terms[0]): f.terms[1] for f in titled(case, title).formulas}
    for at in points(case, 12):
        given = {n: at[n] for n in case.parameters}
        if case.size == 1:
            assert value(formulas["R"], at) == at["R"]
            continue
        shown = [[value(formulas["R"][i, j], at) for j in range(case.size)] for i in range(case.size)]
        assert shown == independent.matrix(case, at["lambda"], given, Fraction(1))
        noise = [[value(formulas["B"][i, j], at) for j in range(case.calls)] for i in range(case.size)]
        assert noise == independent.noise(case, at["lambda"], given, Fraction(1))


@each
def test_the_update_rule_is_shown_as_it_runs(case):
    """The lines of the rule, evaluated one after the other, give what the rule gives."""
    formulas = titled(case, "Update rule").formulas
    state = analysis(case).method.state
    for at in points(case, 5):
        given = {n: at[n] for n in case.parameters}
        start = [Fraction(2 * i + 1, 3) for i in range(case.size)]
        numbers: dict[str, Any] = {**given, **dict(zip(state, start, strict=True))}
        for formula in formulas:
            left, right = formula.terms
            if isinstance(right, AppliedUndef):  # a gradient
                numbers[left.name] = at["lambda"] * value(right.args[0], numbers)
            else:
                numbers[left.name] = value(right, numbers)
        expected = independent.step(case, start, lambda w, lam=at["lambda"]: lam * w, given)
        assert [numbers[f"{n}^+"] for n in state] == list(expected)


@pytest.mark.parametrize("case", [c for c in CASES if c.size == 2], ids=[c.name for c in CASES if c.size == 2])
def test_characteristic_quantities_agree(case):
    (polynomial,) = titled(case, "Characteristic polynomial").formulas
    formulas = [*titled(case, "Trace and determinant").formulas[1:], *titled(case, "Discriminant").formulas]
    for at in points(case, 30):
        assert all(chain_holds(f, at) for f in formulas)
        for root in (at["sigma_1"], at["sigma_2"]):
            assert abs(value(polynomial.terms[-1], {**at, "sigma": root})) < MP.mpf(10) ** -35 * (1 + abs(root)) ** 2
        for formula in titled(case, "Eigenvalues").formulas:
            d = at.get("d_0", at.get("d"))
            if d >= 0:
                assert chain_holds(formula, at)


@pytest.mark.parametrize("case", [c for c in CASES if c.size < 3], ids=[c.name for c in CASES if c.size < 3])
def test_rate_region_and_regimes_agree(case):
    title = "Rate" if case.size == 1 else "Spectral radius"
    rates = [f for s in statements(case) if s.title == title for f in s.formulas]
    (region,) = titled(case, "Stability region").formulas
    regimes = [s for s in statements(case) if s.title.startswith("The regime ")]
    met = set()
    for at in points(case, 60):
        for formula in rates:
            terms = [t for t in formula.terms if not t.has(sympy.Max)]
            assert chain_holds(Formula(*terms), at)
        stable = at["rho"] < 1
        assert value(region.terms[0], at) == stable
        for condition in titled(case, "Stability conditions").formulas:
            general, own, zero = condition.terms
            assert same(value(general, at), value(own, at))
            assert zero == 0
        inside = [s for s in regimes if value(s.formulas[0].terms[0], at)]
        assert len(inside) == stable
        for s in inside:
            met.add(s.title)
            assert chain_holds(s.formulas[1], at)
    assert len(met) >= 2


@pytest.mark.parametrize("case", [c for c in CASES if c.size < 3], ids=[c.name for c in CASES if c.size < 3])
def test_first_residual_polynomials_agree(case):
    if case.size == 1:
        (_, power) = titled(case, "Powers").formulas
        for at in points(case, 5):
            given = {n: at[n] for n in case.parameters}
            assert (
                value(power.terms[1].subs(sm.symbols.k, 3), at)
                == independent.run(case, at["lambda"], given, 3, Fraction(1))[3]
            )
        return
    for at in points(case, 10):
        given = {n: at[n] for n in case.parameters}
        run = independent.run(case, at["lambda"], given, 2, Fraction(1))
        for k, formula in enumerate(titled(case, "Residual polynomial").formulas, 1):
            assert value(formula.terms[1], at) == run[k]


TUNED = (*independent.CATALOG, QUASI)


@pytest.mark.parametrize("case", TUNED, ids=[c.name for c in TUNED])
def test_the_tuning_solves_its_equations_and_they_decide(case):
    (best, *parameters) = titled(case, "Candidate").formulas
    (h,) = titled(case, "What is left for the rate").formulas
    (kappa,) = titled(case, "In terms of the condition number").formulas
    (table,) = (s for s in note(case).steps if isinstance(s, Table) and s.caption == ("The active inequalities.",))
    assert len(table.rows) == len(parameters) + 1
    assert all(meaning != ("",) for _, meaning in table.rows)
    for low, high in ((Fraction(1), Fraction(7)), (Fraction(1, 50), Fraction(3))):
        at: dict[str, Any] = {"mu": low, "L": high, "kappa": high / low}
        at["r"] = value(best.terms[1], at)
        assert same(at["r"], value(kappa.terms[1], at))
        tuned = {f.terms[0].name: value(f.terms[1], at) for f in parameters}
        for equation, _ in table.rows:
            (formula,) = equation
            assert same(value(formula.terms[0], {**at, **tuned}), value(formula.terms[1], at))
        # h vanishes at the rate and is positive below it.
        assert same(value(h.terms[1], at), 0)
        assert all(value(h.terms[1], {**at, "r": at["r"] * i / 20}) > 0 for i in range(20))
        # The rule, run with these numbers, has that worst rate; so it has at both ends.
        floats = {n: float(v) for n, v in tuned.items()}
        assert independent.worst(case, low, high, floats) == pytest.approx(float(at["r"]), abs=2e-7)


def test_the_way_to_the_optimum_is_shown():
    """Which inequalities are active, the equations, their solution and the lower bound, in this order."""
    titles = [s.title for s in note(BY_NAME["heavy_ball"]).steps if isinstance(s, Statement)]
    order = ["What is left for the rate", "Candidate", "Nothing is better", "In terms of the condition number"]
    assert [t for t in titles if t in order] == order
    text = note(BY_NAME["heavy_ball"]).to_terminal(80)
    assert "r² − (1 + β − αμ)r + β = 0  r: it is an eigenvalue at μ" in text
    assert "r² + (1 + β − αL)r + β = 0  −r: it is an eigenvalue at L" in text
    assert "r² − β = 0                  r²: it is the product of the eigenvalues at μ and at" in text


def test_the_rule_is_shown_by_way_of_what_is_already_new():
    """As it is written, where that is shorter than the old state alone."""
    shown = {case.name: str(titled(case, "Update rule").formulas[-1]) for case in (*CASES,)}
    assert shown["heavy-ball"] == "w⁺ = w − αz⁺"
    assert shown["nesterov"] == "w⁺ = w − αg − αβz⁺"
    assert shown["aggregated"] == "w⁺ = w − αz1⁺/2 − αz2⁺/2".replace("z1", "z₁").replace("z2", "z₂")
    assert shown["two-gradients"] == "w⁺ = w − αg₂"


def test_the_conclusion_holds_the_results():
    (table,) = (s for s in note(BY_NAME["heavy_ball"]).steps if isinstance(s, Table) and s.header[0] == ("What",))
    shown = {"".join(map(str, question)): linear_of(answer) for question, answer in table.rows}
    assert shown["Stable exactly if"] == "β < 1 and 0 < αλ < 2 + 2β"
    assert shown["Edge of stability"] == "λₘₐₓ = 2(1 + β)/α"
    assert shown["Least worst rate"] == "ρ⋆ = (√L − √μ)/(√L + √μ)"


def linear_of(cell: Any) -> str:
    return "".join(p if isinstance(p, str) else str(p) if isinstance(p, Formula) else linear(typeset(p)) for p in cell)


def test_a_rule_that_is_stable_nowhere_has_a_note_too():
    text = sm.analyze(sm.method(unstable)).derivation().to_terminal(80)
    assert "−0" not in text


# Formats --------------------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("width", [80, 60, 40])
def test_no_line_of_the_terminal_is_too_wide_or_ugly(case, width):
    from symmomentum.documents.characters import cells

    lines = note(case).to_terminal(width).splitlines()
    assert max(map(cells, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]
    assert not [i for i, line in enumerate(lines[1:]) if not line and not lines[i]]  # no two empty lines
    for line in lines:
        assert not re.search(r"\(\)|\[\]|\( |\bNone\b(?! of)|\bnan\b|--|\+ −|− −", line), line


@each
def test_signs_and_order_are_conventional(case):
    text = note(case).to_terminal(400)
    assert not re.search(r"−αλ \+|β \+ 1\b|λ \+ 1\b|√d \+ b|\(√β − 1\)", text)


@each
def test_every_format_renders(case):
    document = note(case)
    page = document.to_html()
    ET.fromstring(page.split("\n", 1)[1])
    source = document.to_notebook()
    nbformat.validate(nbformat.reads(source, 4))
    markdown = document.to_markdown()
    assert markdown.count("```math") * 2 == markdown.count("```")
    assert "\\ensuremath" not in markdown  # MathJax does not know it
    assert "\\fitted" not in markdown
    assert json.loads(source)["nbformat"] == 4
    for step in statements(case):
        if step.title:
            assert step.title in markdown
            assert step.title in page


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
@pytest.mark.parametrize("case", [BY_NAME["heavy_ball"], AGGREGATED, LONG, CALLS], ids=lambda c: c.name)
def test_the_article_compiles_without_complaint(case, tmp_path):
    note(case).save(tmp_path / "note.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "note.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
        assert run.returncode == 0, run.stdout[-2000:]
    log = (tmp_path / "note.log").read_text(errors="replace")
    assert "undefined" not in log
    assert not [float(w) for w in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log) if float(w) > 1]


def test_a_convention_s_greek_is_mathematics():
    remark = titled(BY_NAME["heavy_ball"], "Convention")
    assert isinstance(remark, Remark)
    assert sympy.Symbol("beta") in remark.prose
    assert not [p for p in remark.prose if isinstance(p, str) and "beta" in p]


def test_works_that_are_cited_are_known():
    cited = {p.key for s in statements(BY_NAME["heavy_ball"]) for p in s.prose if isinstance(p, Cite)}
    assert cited == {"schur1917", "cohn1922", "jury1964", "lessard2016"}
    assert cited <= set(REFERENCES)


def test_an_identity_is_a_theorem_about_an_equation():
    found = [s for s in statements(BY_NAME["heavy_ball"]) if isinstance(s, Identity)]
    assert {s.title for s in found} == {
        "Characteristic polynomial",
        "Discriminant",
        "In terms of the condition number",
        "As three parameter",
        "As sgd",
    }
    assert all(r == "=" for s in found for f in s.formulas for r in f.relations)


# Notation: what is drawn has the value of what was given ------------------------------------------------------------


def drawn_value(node: Any, at: dict[str, Fraction]) -> Any:
    """The value of a typeset tree, read as a reader does: signs, sums, products, fractions, powers."""
    match node:
        case Number(text):
            return Fraction(text)
        case Letter(text):
            return at[text]
        case Fraction_(over, under):
            return drawn_value(over, at) / drawn_value(under, at)
        case Power(base, Number(exponent)):
            return drawn_value(base, at) ** int(exponent)
        case Fence("(", body, ")"):
            return drawn_value(body, at)
        case Fence("|", body, "|"):
            return abs(drawn_value(body, at))
        case Row(items):
            total, product, sign = Fraction(0), None, 1
            for item in items:
                if isinstance(item, Op) and item.kind in ("plus", "sign"):
                    total += 0 if product is None else sign * product
                    product, sign = None, -1 if item.text == "−" else 1
                elif not isinstance(item, Op):
                    factor = drawn_value(item, at)
                    product = factor if product is None else product * factor
            return total + sign * product
    raise AssertionError(node)


a_, b_, x_ = sympy.symbols("a b x", real=True)
AT = {
    "a": Fraction(7, 3),
    "b": Fraction(-5, 2),
    "x": Fraction(11, 7),
    "r": Fraction(13, 5),
    "σ": Fraction(3, 8),
    "L": Fraction(19, 4),
}
_leaves = st.sampled_from(
    [a_, b_, x_, sm.symbols.r, sm.symbols.L, *map(sympy.Integer, (-3, -1, 1, 2)), sympy.Rational(-2, 3)]
)
_expressions = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(lambda x, y: x + y, inner, inner),
        st.builds(lambda x, y: x - y, inner, inner),
        st.builds(lambda x, y: x * y, inner, inner),
        st.builds(lambda x, y, z: a_ * (x - y - z), inner, inner, inner),
        st.builds(lambda x, n: x**n, inner, st.integers(2, 3)),
        st.builds(lambda x, y: x / (y**2 + 1), inner, inner),
        st.builds(Terms, inner, inner),
        st.builds(Factors, inner, inner),
        st.builds(sympy.Abs, inner),
    ),
    max_leaves=9,
)


def number_of(expression: Any) -> Fraction:
    symbols = {"sigma": "σ"}
    at = {s: sympy.Rational(*AT[symbols.get(s.name, s.name)].as_integer_ratio()) for s in expression.free_symbols}
    found = expression.doit().subs(at)
    return Fraction(int(found.p), int(found.q))


@settings(max_examples=300)
@given(_expressions)
def test_what_is_drawn_has_the_value_of_what_was_given(expression):
    assert drawn_value(typeset(expression), AT) == number_of(expression)


@settings(max_examples=100)
@given(st.lists(_leaves.flatmap(lambda x: _leaves.map(lambda y: x * y - y + x)), min_size=2, max_size=4))
def test_a_polynomial_is_drawn_with_its_value(coefficients):
    coefficients = [sympy.expand(c) for c in coefficients]
    assume(coefficients[0] != 0)
    assert drawn_value(typeset(sympy.Poly(coefficients, sm.symbols.sigma)), AT) == number_of(
        sum(c * sm.symbols.sigma ** (len(coefficients) - 1 - i) for i, c in enumerate(coefficients))
    )


alpha, beta, mu, L, r = sm.symbols.alpha, sm.symbols.beta, sm.symbols.mu, sm.symbols.L, sm.symbols.r
d_ = sympy.Symbol("d")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r**2 + r * (alpha * mu - 1 - beta) + beta, "r² − r(1 + β − αμ) + β"),
        (alpha * (beta - 1), "α(β − 1)"),
        (-alpha * (beta - 1), "α(1 − β)"),
        ((sympy.sqrt(beta) - 1) ** 2 / alpha, "(1 − √β)²/α"),
        ((b_ + sympy.sqrt(d_)), "b + √d"),
        (abs((alpha - 1) * (1 + beta)), "|(1 − α)(1 + β)|"),
        (alpha * L - alpha * mu, "αL − αμ"),
        (sympy.Max(sympy.Function("rho")(L), sympy.Function("rho")(mu)), "max(ρ(μ), ρ(L))"),
        (sympy.Poly([1, 0, alpha * beta - beta], sm.symbols.r), "r² − β + αβ"),
        (Terms(Factors(-alpha, b_), x_), "−αb + x"),
        (sympy.Symbol("learning_rate") * beta, "β\u2009learning_rate"),
        (sympy.Symbol("beta_one"), "βₒₙₑ"),
    ],
)
def test_conventions_of_notation(expression, text):
    assert linear(typeset(expression)).replace(" learning", "\u2009learning") == text


def test_after_a_double_arrow_lines_are_indented():
    text = note(BY_NAME["heavy_ball"]).to_terminal(80)
    assert "    ρ ≤ r ⇔ 2r + b ≥ 0\n      and 2r − b ≥ 0\n" in text


def test_mathematics_and_the_mark_after_it_stay_together():
    page = note(BY_NAME["heavy_ball"]).to_html()
    assert re.search(r'<span class="kept"><math>[^ ]*</math>\.</span>', page)
    assert not re.search(r"</span>[.,;:]", page)
    assert not re.search(r"</math>\.</span>\.", page)


def test_assumptions_are_said_once_and_one_by_one():
    from symmomentum.documents.evidence import scope

    claim = sm.Claim(
        id="demo", statement=alpha > -1, assumptions=(sympy.And(alpha > 0, beta > 0), alpha > 0), source=""
    )
    shown = [str(piece) for piece in scope(claim)]
    assert shown.count("alpha > 0") == 1
    assert shown.count("beta > 0") == 1


def test_a_claim_that_follows_from_lemmas_names_all_ways():
    text = " ".join(sm.analyze("heavy-ball").derivation().to_terminal(80).split())
    assert "proved by exact identity and SMT solving [heavy-ball/regimes/complex]" in text
    assert "+" not in "".join(re.findall(r"proved by [^\[]*", text))
