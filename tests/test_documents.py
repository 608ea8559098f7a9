"""Documents: what may be stated, how mathematics reads, and that every format is well-formed and escapes its text."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import pytest
import sympy as sp

from symmomentum.claims import Claim, Verdict
from symmomentum.documents import (
    Book,
    Cite,
    Definition,
    Derivation,
    Figure,
    Formula,
    Identity,
    Open,
    Paragraph,
    Ref,
    Remark,
    Section,
    Table,
    Theorem,
    settled,
)
from symmomentum.documents.characters import box, cells, linear
from symmomentum.documents.evidence import evidence, scope
from symmomentum.documents.layout import lines, tree
from symmomentum.documents.notation import typeset
from symmomentum.documents.pdf import ENGINES
from symmomentum.errors import ArgumentError, ClaimError, OutputError
from symmomentum.symbols import L, alpha, beta, k, kappa, lam, mu, rho, sigma

SPECIAL = "& % $ # _ { } ~ ^ \\ < > | * ` [x](y) **b** `c` <b> &amp; $x$ -- :star: 'q' \"d\" é α ✓ 漢"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = (
    b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/dtd">\n'
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
    b'<metadata>made by a program</metadata><defs><path id="p" d="M0 0h9"/></defs>'
    b'<use xlink:href="#p" clip-path="url(#p)"/></svg>'
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 60]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def draw(format: str) -> bytes:
    return {"svg": SVG, "png": PIXEL, "pdf": PDF}[format]


def claim(name: str, statement: object, *assumptions: object) -> Claim:
    return Claim(id=name, statement=statement, assumptions=assumptions, source="a test")


def proved(name: str, statement: object, *assumptions: object, by: str = "smt") -> Verdict:
    return Verdict(claim=claim(name, statement, *assumptions), status="proved", by=by, seconds=61.728)


REFUTED = Verdict(
    claim=claim("demo/false", lam <= beta, alpha > 0),
    status="refuted",
    by="witness",
    witness={lam: sp.Integer(3), beta: -sp.Rational(1, 2)},
)
UNKNOWN = Verdict(claim=claim("demo/open", sp.Eq(rho, beta)), status="unknown", by="", detail="gave up\nafter 9 steps.")

x = sp.Symbol("x", real=True)
R = sp.Matrix([[beta, lam], [-alpha * beta, 1 - alpha * lam]])
half_trace = 1 + beta - alpha * lam
discriminant = half_trace**2 - 4 * beta
characteristic = sigma**2 - half_trace * sigma + beta
rate = sp.Piecewise(
    (sp.sqrt(beta), discriminant < 0),
    (sp.Abs(half_trace) / 2 + sp.sqrt(discriminant) / 2, True),
)
region = sp.And(beta < 1, alpha * lam > 0, alpha * lam < 2 + 2 * beta)
root_mu, root_L = sp.sqrt(mu), sp.sqrt(L)
s1, s2 = sp.symbols("sigma_1 sigma_2")
power = sp.Matrix(
    2, 2, lambda i, j: ((s1**k - s2**k) * R[i, j] - s1 * s2 * (s1 ** (k - 1) - s2 ** (k - 1))) / (s1 - s2)
)
RHO = sp.Function("rho")(alpha, beta, lam)
LONG_SUM = sp.expand((1 + alpha + beta - lam) ** 4)


def heavy_ball() -> Derivation:
    """The whole story, with every kind of step and everything that is hard to set."""
    matrix = sp.MatrixSymbol("R", 2, 2)
    hard = (
        Formula(sp.Symbol("q"), LONG_SUM, sp.expand((beta + alpha) ** 9)),
        Formula(sp.Symbol("f"), LONG_SUM / sp.expand((2 + alpha + L + mu) ** 3)),
        Formula(matrix**k, power, power * LONG_SUM),
        Formula(
            RHO,
            sp.Piecewise(
                (LONG_SUM, discriminant < 0), (sp.sqrt(LONG_SUM), sp.And(alpha < 1, LONG_SUM < 2, lam > 0)), (1, True)
            ),
        ),
        Formula(
            sp.Symbol("a_very_long_left_hand_name_of_a_quantity_that_nobody_would_choose"), half_trace, relation=":="
        ),
        Formula(sp.sqrt(LONG_SUM), sp.Abs(LONG_SUM), relation="<="),
    )
    return Derivation(
        "Heavy-ball momentum: from the update rule to its optimal tuning, with α and β",
        ("From the update rule we derive ", matrix, " and the tuning."),
        [
            Section("The update rule: α & β"),
            Paragraph(
                ("Heavy ball ", Cite("polyak1964"), "; see ", Cite("goh2017", "Section 3"), ", ", Cite("no_body"), ".")
            ),
            Paragraph(SPECIAL),
            Table(
                "Symbols",
                ("Symbol", "Meaning", "Range"),
                [
                    (alpha, "step size | rate", ("stable if ", region)),
                    (lam, "curvature: an eigenvalue of the Hessian of the quadratic that is minimised", "[real]"),
                    (rho, SPECIAL, (sp.Abs(half_trace),)),
                ],
            ),
            Definition("Iteration matrix", "One step.", Formula(matrix, R)),
            Identity(
                "Characteristic polynomial",
                ("The determinant of ", sigma * sp.Identity(2) - matrix, "."),
                Formula(sp.Function("p")(sigma), characteristic),
                proved("heavy-ball/characteristic", sp.Eq(x + 1, 1 + x, evaluate=False), by="identity"),
            ),
            Section("Stability"),
            Theorem(
                "Region [closed]",
                ("Stable exactly if ", region, "."),
                Formula(sp.Equivalent(rho < 1, region)),
                [
                    proved("heavy-ball/stability/region", sp.Equivalent(rho < 1, region), alpha > 0),
                    proved("heavy-ball/stability/threshold", sp.Implies(rho < 1, region), alpha > 0),
                ],
                ("By the Schur-Cohn test ", Cite("schur1917"), "."),
            ),
            Identity("Rate", (), Formula(RHO, rate), proved("heavy-ball/rate", rho <= x)),
            Theorem(
                "Tuning",
                "The best parameters.",
                (
                    Formula(alpha, 4 / (root_L + root_mu) ** 2),
                    Formula(beta, ((root_L - root_mu) / (root_L + root_mu)) ** 2),
                ),
                proved("heavy-ball/tuning", rho >= x, mu <= L, by="induction"),
            ),
            Figure("rate", ("The rate over ", alpha, "."), draw),
            Figure("rate-2", SPECIAL, draw),
            settled("A false one", "At most.", Formula(RHO, beta, relation="<="), [REFUTED]),
            Open("An open one", "Perhaps.", Formula(RHO, sp.Max(sp.Abs(s1), sp.Abs(s2))), [UNKNOWN]),
            Remark("On " + "long" * 40, "word" * 60 + " " + SPECIAL, hard),
        ],
    )


@pytest.fixture(scope="module")
def derivation() -> Derivation:
    return heavy_ball()


# What may be stated -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Theorem, Identity])
@pytest.mark.parametrize("verdicts", [(), (REFUTED,), (UNKNOWN,), (proved("a", x > 0), UNKNOWN)])
def test_what_is_not_proved_cannot_be_a_theorem(kind, verdicts):
    with pytest.raises(ClaimError):
        kind("Title", "Prose.", Formula(x), verdicts)


def test_a_verdict_is_a_verdict():
    with pytest.raises(ClaimError, match="expected a Verdict"):
        Theorem("Title", "Prose.", Formula(x), ["proved"])


@pytest.mark.parametrize("kind", [Definition, Remark])
def test_definitions_and_remarks_have_no_verdicts(kind):
    with pytest.raises(ClaimError):
        kind("Title", "Prose.", Formula(x), [proved("a", x > 0)])
    with pytest.raises(ClaimError):
        kind("Title", "Prose.", Formula(x), (), "A proof.")


def test_an_open_statement_needs_something_that_is_not_proved_and_has_no_proof():
    for verdicts in ([], [proved("a", x > 0)]):
        with pytest.raises(ClaimError):
            Open("Title", "Prose.", Formula(x), verdicts)
    with pytest.raises(ClaimError, match="has a proof"):
        Open("Title", "Prose.", Formula(x), [UNKNOWN], "A proof.")


def test_settled_is_decided_by_the_verdicts():
    assert type(settled("T", "", Formula(x), [proved("a", x > 0)], "Because.")) is Theorem
    found = settled("T", "", Formula(x), [proved("a", x > 0), UNKNOWN], "Because.")
    assert type(found) is Open
    assert found.proof == ()
    assert found.kind == "Open statement"
    assert settled("T", "", Formula(x), [UNKNOWN, REFUTED]).kind == "Refuted statement"
    with pytest.raises(ClaimError):
        settled("T", "", Formula(x), [])


def test_refuted_and_unknown_are_said_in_every_format(derivation):
    for text in (derivation.to_terminal(), derivation.to_markdown(), derivation.to_html(), derivation.to_notebook()):
        assert "Refuted statement 6 (A false one)" in text
        assert "Open statement 7 (An open one)" in text
        assert "unknown: gave up after 9 steps" in text
        assert "refuted at" in text
    latex = derivation.to_latex()
    assert r"\begin{refutedstatement}[{A false one}]" in latex
    assert r"\begin{openstatement}[{An open one}]" in latex
    assert "✗ refuted at β = −1/2 and λ = 3 [demo/false]" in derivation.to_terminal()


# Evidence -----------------------------------------------------------------------------------------------------


def test_scope_says_what_is_declared_and_what_is_assumed():
    n = sp.Symbol("n", integer=True, positive=True)
    m = sp.Symbol("m", integer=True)
    nonzero = sp.Symbol("c", real=True, nonzero=True)
    words = scope(claim("a", alpha * mu * rho + n + m + k + nonzero > 0, alpha < 1, beta < 1))
    assert "".join(w if isinstance(w, str) else linear(tree(w)) for w in words) == (
        "for all real α and β, nonnegative real ρ, nonzero real c, positive real μ, integers m, "
        "nonnegative integers k, and positive integers n, with α < 1 and β < 1"
    )
    assert scope(claim("a", True)) == ("without any assumption",)
    assert scope(claim("a", True, False)) == ("with ", sp.false)


def test_an_assumption_that_says_nothing_is_not_shown():
    assert scope(claim("a", x > 0, True)) == ("for all ", "real ", x)


def test_neighbours_of_one_scope_say_it_once(derivation):
    theorem = next(step for step in derivation.steps if isinstance(step, Theorem) and "Region" in step.title)
    (group,) = evidence(theorem.verdicts)
    assert [finding.claim for finding in group.findings] == [
        "heavy-ball/stability/region",
        "heavy-ball/stability/threshold",
    ]
    assert derivation.to_terminal().count("for all real α, β and λ, and nonnegative real ρ, with α > 0") == 1
    assert len(evidence([proved("a", x > 0), proved("b", alpha > 0)])) == 2


def test_the_way_of_proof_is_named(derivation):
    text = derivation.to_terminal()
    assert "✓ proved by exact identity [heavy-ball/characteristic]" in text
    assert "✓ proved by SMT solving [heavy-ball/stability/region]" in text
    assert "✓ proved by induction [heavy-ball/tuning]" in text


def test_no_timing_is_shown(derivation):
    for text in (derivation.to_terminal(), derivation.to_latex(), derivation.to_markdown(), derivation.to_html()):
        assert "61.7" not in text


# Mathematics --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (1 + beta - alpha * lam, "1 + β − αλ"),
        (L - mu, "L − μ"),
        (discriminant, "(1 + β − αλ)² − 4β"),
        (characteristic, "σ² − σ(1 + β − αλ) + β"),
        (sp.Poly(characteristic, sigma), "σ² − (1 + β − αλ)σ + β"),
        (sp.Poly(sigma**2 + sigma - 1, sigma), "σ² + σ − 1"),
        (sp.Poly(-2 * sigma**3 + alpha * sigma, sigma), "−2σ³ + ασ"),
        ((kappa - 1) / (kappa + 1), "(κ − 1)/(κ + 1)"),
        (1 - 2 / sp.sqrt(3 * kappa + 1), "1 − 2/√(3κ + 1)"),
        (4 / (root_L + root_mu) ** 2, "4/(√L + √μ)²"),
        (alpha * beta / 2, "αβ/2"),
        (1 / (alpha * beta), "1/(αβ)"),
        (-alpha * beta, "−αβ"),
        (-(1 + alpha) * beta, "−β(1 + α)"),
        ((1 + alpha) * (1 - beta) * 3, "3(1 + α)(1 − β)"),
        (sp.Mul(2, 3, evaluate=False), "2·3"),
        (sp.sqrt(alpha) ** k, "α^(k/2)"),
        (sp.Pow(sp.sqrt(1 + alpha), k, evaluate=False), "(√(1 + α))ᵏ"),
        (s1 ** (k + 1), "σ₁ᵏ⁺¹"),
        (alpha ** sp.Rational(3, 2), "α^(3/2)"),
        (alpha ** sp.Rational(-1, 2), "1/√α"),
        (sp.cbrt(mu), "³√μ"),
        (region, "β < 1 and 0 < αλ < 2 + 2β"),
        (sp.And(beta > -1, beta < 1), "−1 < β < 1"),
        (sp.And(alpha > 0, beta < 1), "α > 0 and β < 1"),
        (sp.Or(alpha < 1, sp.And(alpha < 2, beta > 1)), "α < 1 or β > 1 and α < 2"),
        (sp.And(sp.Or(alpha < 1, beta < 1), lam > 0), "λ > 0 and (α < 1 or β < 1)"),
        (sp.Implies(alpha < 1, beta < 1), "α < 1 ⇒ β < 1"),
        (sp.Not(sp.Contains(alpha, sp.Interval.Lopen(0, 1))), "not (α ∈ (0, 1])"),
        (sp.Ne(alpha, 0), "α ≠ 0"),
        (sp.Max(sp.Abs(s1), sp.sqrt(beta)), "max(|σ₁|, √β)"),
        (sp.Symbol("w_star"), "w⋆"),
        (sp.Symbol("step") * alpha, "α step"),
        (sp.Symbol("alpha_max"), "αₘₐₓ"),
        (sp.chebyshevt(k, kappa), "Tₖ(κ)"),
        (sp.Function("P_k")(lam), "Pₖ(λ)"),
        (sp.Function("rho"), "ρ"),
        (sp.Matrix([[1, 2], [3, alpha]]), "[1, 2; 3, α]"),
        (sp.MatrixSymbol("R", 2, 2) ** k, "Rᵏ"),
        (sp.MatrixSymbol("R", 2, 2).T - 2 * sp.MatrixSymbol("B", 2, 2), "Rᵀ − 2B"),
        (sp.MatrixSymbol("R", 2, 2)[0, 1], "R_(1, 2)"),
        (sp.Piecewise((sp.sqrt(beta), alpha < 1), (1, True)), "√β if α < 1; 1 otherwise"),
        (-sp.oo, "−∞"),
        (sp.Float("-0.5"), "−0.500000000000000"),
        (sp.exp(-alpha), "e^(−α)"),
        (sp.factorial(k), "k!"),
        (sp.Interval(0, 1), "[0, 1]"),
        (sp.Derivative(sp.Function("f")(alpha), alpha), "d/(dα)f(α)"),
        (sp.Sum(beta**k, (k, 0, L)), "∑_(k = 0)^L βᵏ"),
    ],
)
def test_mathematics_on_one_line(expression, expected):
    assert linear(typeset(expression)) == expected


def drawn(expression: object) -> str:
    return "\n".join(row.rstrip() for row in box(typeset(expression)).rows)


def test_two_dimensional_matrix():
    assert drawn(R) == "⎡ β     λ   ⎤\n⎢           ⎥\n⎣−αβ  1 − αλ⎦"


def test_two_dimensional_cases_hold_fractions_and_roots():
    assert drawn(rate) == (
        "⎧ √β                                     if 4β − (1 + β − αλ)² > 0\n"
        "⎪\n"
        "⎪                  ___________________\n"
        "⎨ |1 + β − αλ|   ╲╱ (1 + β − αλ)² − 4β\n"
        "⎪ ──────────── + ─────────────────────   otherwise\n"
        "⎩      2                   2"
    )


def test_two_dimensional_root_of_a_fraction():
    assert drawn(sp.sqrt(1 + alpha / 2)) == "    ______\n   ╱     α\n  ╱  1 + ─\n╲╱       2"


def test_terms_of_a_formula_are_not_combined():
    formula = Formula(alpha, alpha, sp.Integer(2), relation=("=", "<"))
    assert str(formula) == "α = α < 2"
    assert str(Formula(1, 2)) == "1 = 2"
    assert str(Formula(True, relation="=")) == "true"


@pytest.mark.parametrize("bad", [(), (1.5,), ("alpha",), (None,)])
def test_a_formula_takes_sympy_objects_only(bad):
    with pytest.raises(ArgumentError):
        Formula(*bad)


def test_relations_are_known_and_fill_the_gaps():
    with pytest.raises(ArgumentError, match="unknown relation"):
        Formula(alpha, beta, relation="==")
    with pytest.raises(ArgumentError, match="needs 1 relations"):
        Formula(alpha, beta, relation=("=", "="))


def test_a_long_chain_is_broken_before_its_relations():
    node = tree(Formula(sp.Symbol("q"), LONG_SUM, half_trace))
    found = lines(node, 60, lambda n: box(n).width)
    assert linear(found[0].lead) == "q"
    assert linear(found[-1].body) == "= 1 + β − αλ"
    assert all(box(line.body).width + line.column + 2 * line.depth <= 60 for line in found)
    joined = " ".join(linear(line.body) for line in found)
    assert joined.replace(" ", "") == linear(node).replace(" ", "").removeprefix("q")


def test_breaking_a_line_loses_no_sign():
    expression = sp.Function("P")(lam) * sp.Abs(alpha) * (LONG_SUM - alpha) ** k * sp.sqrt(LONG_SUM) / (L + mu)
    found = lines(typeset(expression), 40, lambda n: box(n).width)
    assert len(found) > 3
    joined = "".join(linear(line.body) for line in found).replace(" ", "")
    for piece in ("P(λ)", "|α|", "(1+3α", "λ⁴)ᵏ", "(1+4α", "λ⁴)^(1/2)", "/(L+μ)"):
        assert piece in joined


# Terminal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 33, 60, 80, 100])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_wider_than_the_page(derivation, width, color):
    text = re.sub(r"\x1b\[\d+m", "", derivation.to_terminal(width, color))
    widest = max(text.splitlines(), key=cells)
    assert cells(widest) <= width, widest
    assert text == derivation.to_terminal(width)


def test_a_page_has_a_least_width(derivation):
    with pytest.raises(ArgumentError, match="at least 20"):
        derivation.to_terminal(width=10)


def test_nothing_gets_lost_on_a_narrow_page(derivation):
    squeezed = re.sub(r"\s", "", derivation.to_terminal(60))
    assert "word" * 60 in squeezed
    assert "long" * 40 in squeezed
    assert re.sub(r"\s", "", SPECIAL) in squeezed


def test_terminal_is_plain_unless_asked(derivation):
    assert "\x1b" not in derivation.to_terminal()
    colored = derivation.to_terminal(color=True)
    assert "\x1b[32m✓\x1b[0m" in colored
    assert "\x1b[31m✗\x1b[0m" in colored
    assert "\x1b[33m?\x1b[0m" in colored


def test_control_characters_do_not_reach_the_terminal():
    text = Derivation("A\x1b[31mtitle", "a\x07b", [Section("c\x00d"), Definition("e\x1bf", "g\nh")]).to_terminal()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert "g h" in text


def test_statements_sections_tables_and_figures_are_counted_apart(derivation):
    text = derivation.to_terminal(100)
    for expected in (
        "1 The update rule",
        "2 Stability",
        "Table 1.",
        "Definition 1",
        "Identity 2",
        "Theorem 3",
        "Figure 2.",
    ):
        assert expected in text


def test_references_list_the_known_works_only(derivation):
    assert [work.key for work in derivation.bibliography] == ["goh2017", "polyak1964", "schur1917"]
    text = derivation.to_terminal()
    assert "[Goh 2017, Section 3]" in text
    assert "[no_body]" in text


def test_a_document_loads_no_other_library():
    code = (
        "import sys\nfrom symmomentum.documents import *\nfrom symmomentum.symbols import beta\n"
        "Derivation('T', 'A', [Definition('D', 'P', Formula(beta))]).to_terminal()\n"
        "print(sorted({m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    code = "import sys, sympy\nbefore = set(sys.modules)\n" + code
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.stdout.strip() == "['symmomentum']"


def test_the_terminal_is_quick():
    steps = [
        Definition("D", ("The matrix ", region), (Formula(sp.Symbol("R"), R), Formula(RHO, rate))) for _ in range(25)
    ]
    document = Derivation("T", "A", steps)
    document.to_terminal()
    best = min(_seconds(document) for _ in range(3))
    assert best < 0.5  # about 0.03 s on an idle machine


def _seconds(document: Derivation) -> float:
    start = time.process_time()  # of this process, whatever else the machine does
    document.to_terminal()
    return time.process_time() - start


# HTML ---------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(derivation) -> _Page:
    parser = _Page()
    parser.feed(derivation.to_html())
    return parser


def test_html_is_well_formed_xml(derivation):
    source = derivation.to_html().removeprefix("<!DOCTYPE html>\n")
    root = ET.fromstring(source)
    assert root.tag == "html"
    assert root.get("lang") == "en"


def test_html_loads_nothing_and_runs_nothing(page):
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img"}
        assert not any(name.startswith("on") for name in attributes)
        assert "src" not in attributes
        if tag == "a":
            assert re.match(r"#|https://", attributes["href"])
    assert "@import" not in page.text
    assert not re.search(r"url\((?!#)", page.text)


def test_html_uses_only_mathml_that_browsers_draw(page):
    core = {
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
        *("munder", "munderover", "mtable", "mtr", "mtd", "mstyle"),
    }
    used = {tag for tag, _ in page.tags if tag.startswith("m") and tag != "meta"}
    assert used <= core
    assert {"math", "mfrac", "msqrt", "mtable", "msup", "msub"} <= used


def test_html_links_reach_their_target(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        for name in ("href", "xlink:href"):
            if attributes.get(name, "").startswith("#"):
                assert attributes[name][1:] in ids, tag


def test_html_escapes(page):
    assert SPECIAL in page.text


def test_html_follows_the_colour_scheme_and_prints(derivation):
    for rule in ("prefers-color-scheme: dark", "@media print", "overflow-x: auto", "viewport"):
        assert rule in derivation.to_html()


def test_html_has_headings_in_order(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_in_a_notebook_the_page_is_a_fragment(derivation):
    fragment = derivation._repr_html_()
    assert fragment.startswith("<article")
    ET.fromstring(fragment)
    assert "<html" not in fragment


# Markdown and notebook ----------------------------------------------------------------------------------------


def _markdown_it_text(source: str) -> str:
    """What a CommonMark reader shows of a paragraph, mathematics left out."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(source)
    text = ""
    for token in tokens:
        for child in token.children or ():
            assert child.type in {"text", "text_special", "softbreak", "html_inline", "code_inline"}, child
            if child.type in {"text", "text_special"}:
                text += child.content
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return text


@pytest.mark.parametrize(
    "text", [SPECIAL, "1. not a list", "- not a list", "+ nor this", "# no heading", "> no quote", "1) no"]
)
def test_markdown_shows_text_as_it_stands(text):
    source = Derivation("T", text, []).to_markdown().split("\n\n", 1)[1]
    assert _markdown_it_text(source).strip() == text


def test_markdown_mathematics_is_github_s(derivation):
    text = derivation.to_markdown()
    matrix = r"\beta & \lambda \\ - \alpha \beta & 1 - \alpha \lambda"
    assert f"```math\nR = \\begin{{bmatrix}} {matrix} \\end{{bmatrix}}\n```" in text
    assert r"$`\beta < 1`$ and $`0 < \alpha \lambda < 2 + 2 \beta`$" in text
    assert text.count("```") % 2 == 0


def test_markdown_tables_keep_their_columns(derivation):
    rows = [line for line in derivation.to_markdown().splitlines() if line.startswith("|")]
    assert len(rows) == 5
    for line in rows:
        assert len(re.findall(r"(?<!\\)\|", line)) == 4
    assert any(r"\lvert 1 + \beta" in line for line in rows)


def test_markdown_reads_its_figures_beside_it(derivation):
    text = derivation.to_markdown()
    assert "![rate](<derivation-rate.png>)" in text
    assert "**Figure 1.** The rate over" in text
    assert "![rate](<pictures/rate.png>)" in derivation.to_markdown(figures="pictures")
    assert "(<here-rate.png>)" in derivation.to_markdown("here")


def test_notebook_is_valid_and_holds_its_figures(derivation):
    text = derivation.to_notebook()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert all(cell.cell_type == "markdown" for cell in notebook.cells)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells) == len(derivation.steps) + 2
    figure = next(cell for cell in notebook.cells if "attachments" in cell)
    assert base64.b64decode(figure.attachments["rate.png"]["image/png"]) == PIXEL
    assert "attachment:rate.png" in figure.source


def test_notebook_escapes_the_dollar_for_mathjax(derivation):
    sources = ["".join(cell["source"]) for cell in json.loads(derivation.to_notebook())["cells"]]
    special = next(source for source in sources if source.startswith("&amp; %"))
    assert r"% \$ \#" in special
    assert not re.search(r"(?<!\\)\$", special)


# LaTeX and PDF ------------------------------------------------------------------------------------------------

needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not on PATH: nothing can be typeset here"
)
needs_reader = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is not on PATH: the PDF cannot be read back"
)


@pytest.fixture(scope="module")
def article(derivation, tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("article")
    derivation.save(folder / "a.tex")
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "a.tex"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]
    return folder, (folder / "a.log").read_text(encoding="latin-1")


@needs_latex
def test_latex_compiles_without_complaint(article):
    _, log = article
    assert "undefined" not in log.lower()
    assert "LaTeX Warning" not in log
    assert "Package hyperref Warning" not in log
    assert "Overfull \\vbox" not in log
    overfull = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert all(points <= 5 for points in overfull), overfull


@needs_latex
@needs_reader
def test_latex_shows_the_text_that_was_given(article):
    folder, _ = article
    text = subprocess.run(
        ["pdftotext", "-raw", "a.pdf", "-"], cwd=folder, capture_output=True, check=True
    ).stdout.decode()
    squeezed = re.sub(r"\s", "", text)
    shown = "&%$#_{}~^\\<>|" + "∗`[x](y)∗∗b∗∗`c`<b>&amp;$x$--:star:"
    assert shown in squeezed.replace("*", "∗").replace("‘", "`")
    for expected in ("Theorem 3 (Region [closed])", "Refuted statement 6", "[Goh 2017, Section 3]", "U+6F22"):
        assert re.sub(r"\s", "", expected) in squeezed


@needs_latex
def test_latex_knows_every_character_it_keeps(tmp_path):
    letters = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2300)]))
    words = " ".join(letters[n : n + 12] for n in range(0, len(letters), 12))
    Derivation("T", words, []).save(tmp_path / "letters.pdf")
    assert (tmp_path / "letters.pdf").read_bytes().startswith(b"%PDF")


def test_latex_escapes_every_special_character():
    latex = Derivation("T", (), [Paragraph("& % $ # _ { } ~ ^ \\ < > | * `")]).to_latex()
    assert (
        r"\& \% \$ \# \_ \{ \} \textasciitilde{} \textasciicircum{} \textbackslash{} \textless{} \textgreater{} "
        r"\textbar{} \textasteriskcentered{} \textasciigrave{}"
    ) in latex


@needs_latex
def test_pdf_is_the_same_twice(derivation, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        derivation.save(tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_pdf_without_an_engine_says_what_was_looked_for(derivation, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError) as caught:
        derivation.save(tmp_path / "a.pdf")
    assert all(name in str(caught.value) for name in ENGINES)
    assert ".tex" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the stand-in engine is a shell script")
def test_pdf_with_a_failing_engine_says_why(derivation, tmp_path, monkeypatch):
    engine = tmp_path / "bin" / "pdflatex"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\necho '! Something broke.'\nexit 1\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(engine.parent), prepend=os.pathsep)
    with pytest.raises(OutputError, match="pdflatex failed: ! Something broke"):
        derivation.save(tmp_path / "a.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


# Saving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a b.tex", {"a b.tex", "a-b-rate.pdf", "a-b-rate-2.pdf"}),
        ("note.md", {"note.md", "note-rate.png", "note-rate-2.png"}),
        ("note.HTML", {"note.HTML"}),
        ("note.ipynb", {"note.ipynb"}),
    ],
)
def test_save_writes_the_document_and_its_figures(derivation, tmp_path, name, written):
    derivation.save(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == written
    document = (tmp_path / name).read_text(encoding="utf-8")
    for other in written - {name, "note.HTML", "note.ipynb"}:
        assert other in document


def test_save_replaces_what_was_there(derivation, tmp_path):
    target = tmp_path / "note.html"
    target.write_text("old")
    derivation.save(str(target))
    assert target.read_text(encoding="utf-8") == derivation.to_html()


@pytest.mark.parametrize("name", ["note.docx", "note", "note.tex.gz"])
def test_save_knows_its_suffixes(derivation, tmp_path, name):
    with pytest.raises(ArgumentError, match=r"\.tex \.md \.html \.ipynb \.pdf"):
        derivation.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_save_into_a_missing_folder(derivation, tmp_path):
    with pytest.raises(OutputError, match="there is no folder") as caught:
        derivation.save(tmp_path / "missing" / "note.md")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_save_onto_a_folder(derivation, tmp_path):
    (tmp_path / "note.md").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        derivation.save(tmp_path / "note.md")
    assert [path.name for path in tmp_path.iterdir()] == ["note.md"]


def test_save_that_fails_half_way_leaves_nothing(derivation, tmp_path, monkeypatch):
    (tmp_path / "note.md").write_text("old")
    replace = Path.replace

    def fail_on_the_document(self: Path, target: Path) -> Path:
        if Path(target).name == "note.md":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_the_document)
    with pytest.raises(OutputError, match="Permission denied"):
        derivation.save(tmp_path / "note.md")
    assert [path.name for path in tmp_path.iterdir()] == ["note.md"]
    assert (tmp_path / "note.md").read_text() == "old"


def test_a_figure_that_cannot_be_drawn_leaves_nothing(tmp_path):
    def broken(format: str) -> bytes:
        raise RuntimeError("no data")

    for suffix in (".tex", ".md", ".html", ".ipynb"):
        with pytest.raises(RuntimeError, match="no data"):
            Derivation("T", "A", [Figure("f", "F", broken)]).save(tmp_path / f"a{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_figure_is_drawn_only_where_it_is_shown():
    asked: list[str] = []

    def noting(format: str) -> bytes:
        asked.append(format)
        return draw(format)

    document = Derivation("T", "A", [Figure("f", "F", noting)])
    document.to_terminal()
    document.to_latex()
    document.to_markdown()
    assert asked == []
    document.to_html()
    document.to_notebook()
    assert asked == ["svg", "png"]


@pytest.mark.parametrize("name", ["../evil", "A", "a b", "", "a--b"])
def test_a_figure_s_name_is_safe_in_a_file_name(name):
    with pytest.raises(ArgumentError, match="figure's name"):
        Figure(name, "F", draw)


def test_two_figures_of_one_name_are_refused():
    with pytest.raises(ArgumentError, match="two figures"):
        Derivation("T", "A", [Figure("f", "F", draw), Figure("f", "F", draw)])


def test_steps_and_tables_are_checked():
    with pytest.raises(ArgumentError, match="not a step"):
        Derivation("T", "A", ["prose"])
    with pytest.raises(ArgumentError, match="2 columns has a row of 1"):
        Table("C", ("a", "b"), [("only",)])


# The same every time ------------------------------------------------------------------------------------------


def _renders() -> Iterator[tuple[str, str]]:
    for name in ("terminal", "latex", "markdown", "html", "notebook"):
        yield name, f"to_{name}"


@pytest.mark.parametrize(("name", "method"), list(_renders()))
def test_two_renders_are_identical(name, method):
    assert getattr(heavy_ball(), method)() == getattr(heavy_ball(), method)(), name


def test_the_order_does_not_depend_on_the_hash_seed():
    code = (
        "import hashlib, test_documents as t\n"
        "d = t.heavy_ball()\n"
        "print(hashlib.sha256((d.to_latex() + d.to_html() + d.to_terminal()).encode()).hexdigest())"
    )
    seen = set()
    for seed in ("1", "2", "3"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ
            | {
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]),
            },
        )
        seen.add(done.stdout)
    assert len(seen) == 1


def test_an_arrow_in_prose_stands_apart() -> None:
    # Two pieces of mathematics side by side, "$...$$...$", would be read as a displayed formula.
    statement = sp.Implies(alpha > 0, sp.Eq(alpha**2, 1, evaluate=False), evaluate=False)
    note = Derivation("Note", ("So ", statement, "."), [])
    assert "$$" not in note.to_markdown()
    assert "$$" not in note.to_latex()


def test_a_book_has_contents_chapters_and_one_bibliography() -> None:
    chapters = [
        Derivation("One & two", ("As in ", Cite("polyak1964"), "."), [Section("First")]),
        Derivation("Three", (Cite("polyak1964"), Cite("goh2017")), [Section("Second")]),
    ]
    text = Book("Both", "Of two parts.", chapters).to_latex()
    assert text.count(r"\chapter{") == 2
    assert r"One \& two" in text
    assert text.index(r"\tableofcontents") < text.index(r"\chapter{")
    assert text.count(r"\bibitem") == 2
    with pytest.raises(ArgumentError, match="at least one"):
        Book("None", "", [])


def test_a_book_is_saved_as_latex_with_its_figures(tmp_path: Path) -> None:
    figure = Figure("dot", "A dot.", lambda format: format.encode())
    book = Book("Both", "", [Derivation("One", "", [figure]), Derivation("Two", "", [figure])])
    book.save(tmp_path / "both.tex")
    assert {path.name for path in tmp_path.iterdir()} == {"both.tex", "both-1-dot.pdf", "both-2-dot.pdf"}
    assert "both-2-dot.pdf" in (tmp_path / "both.tex").read_text(encoding="utf-8")
    with pytest.raises(ArgumentError, match=r"\.tex or \.pdf"):
        book.save(tmp_path / "both.md")


# References ---------------------------------------------------------------------------------------------------


def two_notes() -> tuple[Derivation, Derivation]:
    first = Derivation(
        "First",
        "",
        [
            Section("Beginning", "beginning"),
            Definition("Sum", "A name.", Formula(x, 1 + alpha, label="sum"), label="name"),
            Theorem(
                "Positive", ("By ", Ref("sum"), "."), (), proved("a", x > 0), ("See ", Ref("name"), "."), "positive"
            ),
            Table("Numbers.", ("n",), [(("as in ", Ref("positive", "the theorem")),)], "numbers"),
            Figure("dot", ("Of ", Ref("numbers"), "."), draw, "A dot", "A [red] dot & more"),
            Paragraph((Ref("dot"), " and ", Ref("beginning"), "; ", Ref("second#far", "what follows"), ".")),
        ],
        "first",
    )
    second = Derivation(
        "Second",
        ("After ", Ref("first#", "the first note"), "."),
        [
            Remark(
                "Far", ("By ", Ref("first#positive", "the theorem"), " and ", Ref("first#sum", "the sum")), label="far"
            )
        ],
        "second",
    )
    return first, second


def test_references_show_what_they_lead_to():
    text = two_notes()[0].to_terminal().replace("\u00a0", " ")
    assert "By (1)." in text
    assert "See Definition 1." in text
    assert "as in the theorem (Theorem 2)" in text
    assert "Of Table 1." in text
    assert "Figure 1 and Section 1; what follows." in text
    assert re.search(r"x = 1 \+ α {40,}\(1\)$", text, re.MULTILINE)
    assert "Figure 1 (A dot). " in text


def test_references_are_links_in_markdown_and_html():
    first, second = two_notes()
    for text in (first.to_markdown(), first.to_html()):
        for label in ("beginning", "name", "sum", "positive", "numbers", "dot"):
            assert text.count(f'id="{label}"') == 1
    markdown, html = first.to_markdown(), first.to_html()
    assert "[(1)](#sum)" in markdown
    assert r"\tag{1}" in markdown
    assert "[the theorem (Theorem\u00a02)](#positive)" in markdown
    assert "[what follows](second.md#far)" in markdown
    assert r"![A \[red\] dot &amp; more](" in markdown
    assert '<a href="second.html#far">what follows</a>' in html
    assert 'aria-label="A [red] dot &amp; more"' in html
    assert '<span class="number">(1)</span>' in html
    assert "[the first note](first.md)" in second.to_markdown()
    assert "(first.ipynb)" in second.to_notebook()


def test_references_of_a_book_have_latex_s_own_numbers():
    text = Book("Both", "", two_notes()).to_latex()
    assert r"\label{first:positive}" in text
    assert r"the theorem (\hyperref[first:positive]{Theorem~\ref*{first:positive}})" in text
    assert r"the sum \hyperref[first:sum]{(\ref*{first:sum})}" in text
    assert r"the first note (\hyperref[first:]{Chapter~\ref*{first:}})" in text
    assert text.count(r"\label{") == len(set(re.findall(r"\\label\{[^}]*\}", text)))
    # Alone, the second note does not know the first.
    assert r"By the theorem and the sum" in two_notes()[1].to_latex()


def test_a_reference_that_leads_nowhere_is_refused():
    with pytest.raises(ArgumentError, match="'nme'; did you mean 'name'"):
        Derivation("T", "", [Definition("D", label="name"), Paragraph(Ref("nme"))])
    first, second = two_notes()
    with pytest.raises(ArgumentError, match="no such label there"):
        Book("Both", "", [Derivation("Empty", "", [], "first"), second])
    with pytest.raises(ArgumentError, match="no chapter of that name"):
        Book("One", "", [first])
    with pytest.raises(ArgumentError, match="two chapters are named"):
        Book("Twice", "", [second, second])


@pytest.mark.parametrize("target", ["", "#", "#a", "A b", "a#b#c", "a_b", "a#B"])
def test_a_reference_is_to_a_label(target):
    with pytest.raises(ArgumentError, match="label"):
        Ref(target, "words")


def test_a_reference_to_another_document_needs_words():
    with pytest.raises(ArgumentError, match="needs words"):
        Ref("other#a")


def test_labels_are_unique():
    with pytest.raises(ArgumentError, match="two steps are labelled 'a'"):
        Derivation("T", "", [Section("One", "a"), Definition("D", "", Formula(x, label="a"))])
    with pytest.raises(ArgumentError, match="lower-case"):
        Section("One", "A b")


def test_figures_go_into_a_folder_if_asked(tmp_path):
    two_notes()[0].save(tmp_path / "a.md", figures="pictures")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        "a.md",
        "pictures/dot.png",
    ]
    with pytest.raises(ArgumentError, match="folder of figures"):
        two_notes()[0].save(tmp_path / "b.md", figures="../out")


def test_appendices_are_counted_by_letters():
    first, second = two_notes()
    text = Book("Both", "", [first], [second]).to_latex()
    assert text.index(r"\chapter{\texorpdfstring{First}") < text.index(r"\appendix")
    assert text.index(r"\appendix") < text.index(r"\chapter{\texorpdfstring{Second}")


def test_a_case_distinction_among_the_assumptions_is_not_written_out():
    cases = sp.Piecewise((x, x > 0), (0, True)) < 1
    claim = Claim(id="c", statement=x < 2, assumptions=(x < 3, cases), source="here")
    words = scope(claim)
    assert words[-2:] == (sp.Lt(x, 3), ", and a condition with case distinctions that the claim spells out")


def test_the_root_of_a_polynomial_is_named_by_its_place():
    assert str(Formula(x, sp.CRootOf(sp.Symbol("t") ** 5 - sp.Symbol("t") - 1, 0))) == "x = root 1 of t⁵ − 1 − t"


def test_large_tables_break_over_pages_and_small_ones_do_not():
    few, many = ([(str(n),) for n in range(count)] for count in (3, 30))
    text = Derivation("T", "", [Table("Few.", ("n",), few), Table("Many.", ("n",), many)]).to_latex()
    assert text.count(r"\begin{tabular}") == text.count(r"\begin{longtable}") == 1
    assert text.count(r"\textbf{n}") == 3  # the head of the long one twice: on the first page, and on the others
