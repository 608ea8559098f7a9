"""Claims and verdicts as data: what is accepted, what is refused and with which words."""

from __future__ import annotations

import dataclasses

import pytest
import sympy
from sympy import And, Eq, I, Or, Q, Rational

import symmomentum as sm
from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ClaimError

x, y = sympy.symbols("x y", real=True)
MATRIX = sympy.ImmutableMatrix([[x, 1], [0, x]])


def claim(**fields):
    return Claim(**{"id": "demo", "statement": x > 0, "assumptions": (), "source": "a test", **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": ""}, "id must be a non-empty string; given ''"),
        ({"id": "  "}, "id must be a non-empty string"),
        ({"id": 3}, "id must be a non-empty string; given 3"),
        ({"source": None}, "source must be a string; given None"),
        ({"title": 1}, "title must be a string; given 1"),
        ({"assumptions": x > 0}, "assumptions must be a tuple"),
        ({"assumptions": True}, "assumptions must be a tuple"),
        ({"assumptions": None}, "assumptions must be a tuple"),
        ({"assumptions": (x,)}, r"the assumption must be an equation, an inequality .* given x \(Symbol\)"),
        ({"assumptions": "x > 0"}, "the assumption must be an equation"),
        ({"statement": x + 1}, r"the statement must be an equation, .* given x \+ 1 \(Add\)"),
        ({"statement": x}, "the statement must be an equation"),
        ({"statement": "x > 0"}, r"the statement must be an equation, .* given 'x > 0' \(str\)"),
        ({"statement": 1}, "the statement must be an equation"),
        ({"statement": None}, "the statement must be an equation"),
        ({"statement": x > 0.5}, r"the statement holds the floating-point number 0\.5"),
        ({"statement": Or(x > 1, Eq(y, 0.25))}, "the statement holds the floating-point number"),
        (
            {"statement": Eq(MATRIX, sympy.Matrix([[x, 1.5], [0, x]]), evaluate=False)},
            "the statement holds the floating-point number",
        ),
        ({"assumptions": (x < 0.1,)}, r"the assumption holds the floating-point number 0\.1.*sympy\.Rational"),
        ({"statement": sympy.Sum(0.5**x, (x, 0, 3)) > y}, "the statement holds the floating-point number"),
        ({"statement": Eq(x * I, y)}, "the statement holds the imaginary unit"),
        ({"statement": Eq(sympy.sqrt(-2), y, evaluate=False)}, "the statement holds the imaginary unit"),
        ({"assumptions": (Eq(x * I, y),)}, "the assumption holds the imaginary unit"),
        (
            {"statement": Eq(MATRIX, sympy.Matrix([[x, I], [0, x]]), evaluate=False)},
            "the statement holds the imaginary unit",
        ),
        ({"lemmas": None}, "lemmas must be a tuple of claims; given None"),
        ({"lemmas": (x > 0,)}, "a lemma must be a claim; given x > 0"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ClaimError, match=f"(?s){message}"):
        claim(**fields)


def test_one_lemma_is_not_a_tuple():
    with pytest.raises(ClaimError, match="lemmas must be a tuple of claims"):
        claim(lemmas=claim())


def test_errors_are_in_the_family_and_values():
    with pytest.raises(sm.SymmomentumError):
        claim(id="")
    with pytest.raises(ValueError, match="demo"):
        claim(statement=x)


@pytest.mark.parametrize("missing", ["id", "statement", "assumptions", "source"])
def test_required_fields(missing):
    fields = {"id": "demo", "statement": x > 0, "assumptions": (), "source": "a test"}
    del fields[missing]
    with pytest.raises(TypeError, match=missing):
        Claim(**fields)


def test_only_keywords():
    with pytest.raises(TypeError):
        Claim("demo", x > 0, (), "a test")


def test_plain_booleans_become_sympy_ones():
    made = claim(statement=True, assumptions=(False,))
    assert made.statement is sympy.true
    assert made.assumptions == (sympy.false,)


def test_sequences_become_tuples():
    lemma = claim(id="lemma")
    made = claim(assumptions=[x > 1, y > 1], lemmas=[lemma])
    assert made.assumptions == (x > 1, y > 1)
    assert made.lemmas == (lemma,)
    assert claim(assumptions=(a for a in [x > 1])).assumptions == (x > 1,)
    assert hash(made) == hash(claim(assumptions=(x > 1, y > 1), lemmas=(lemma,)))
    assert sm.check(claim(assumptions=[x > 1], lemmas=[])).status == "proved"


def test_exact_numbers_are_fine():
    assert claim(statement=And(x > Rational(1, 3), x < sympy.sqrt(2))).symbols == (x,)


def test_a_claim_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim().id = "other"


def test_symbols_are_sorted_and_free():
    i = sympy.Symbol("i", integer=True)
    positive, k = sympy.Symbol("x", positive=True), sympy.Symbol("k", integer=True, nonnegative=True)
    made = claim(statement=sympy.Sum(i, (i, 0, k)) > y, assumptions=(positive > y, x < 1))
    assert [s.name for s in made.symbols] == ["k", "x", "x", "y"]
    assert set(made.symbols) == {k, x, positive, y}
    assert claim(statement=True).symbols == ()


def test_claims_that_differ_are_settled_apart():
    """Equal names and texts, but other declarations: the memory of past checks must not mix them up."""
    positive = sympy.Symbol("x", positive=True)
    real, declared = claim(statement=Eq(abs(x), x)), claim(statement=Eq(abs(positive), positive, evaluate=False))
    negative = claim(statement=sympy.Lt(x, 0, evaluate=False))
    assert [sm.check(c).status for c in (real, declared, negative)] == ["refuted", "proved", "refuted"]
    integer = sympy.Symbol("x", integer=True)
    half = [sympy.Ne(2 * s, 1, evaluate=False) for s in (x, integer)]
    assert [sm.check(claim(statement=s)).status for s in half] == ["refuted", "unknown"]
    assert sm.check(claim(statement=x > 0, assumptions=(x > 1,))).status == "proved"
    assert sm.check(claim(statement=x > 0)).status == "refuted"


def test_what_no_way_of_proof_understands_is_unknown():
    verdict = sm.check(claim(statement=Or(sympy.Ne(sympy.sin(x), 7), Q.positive(x))))
    assert verdict.status == "unknown"
    assert "outside real polynomial arithmetic" in verdict.detail


# Verdicts -------------------------------------------------------------------------------------------------------------


def test_verdict_of_a_proof():
    stated = claim(statement=x**2 + 1 > x)
    verdict = sm.check(stated)
    assert (verdict.claim, verdict.status, verdict.by, verdict.witness) == (stated, "proved", "smt", None)
    assert verdict.proved
    assert verdict.points > 10
    assert 0 < verdict.seconds < 60
    assert [name for name, _ in verdict.queries] == ["demo"]
    assert "(check-sat)" in verdict.queries[0][1]
    assert "asked" not in repr(verdict)


def test_verdict_of_a_refutation():
    verdict = sm.check(claim(statement=x > y))
    assert (verdict.status, verdict.by, verdict.proved) == ("refuted", "witness", False)
    assert set(verdict.witness) == {x, y}
    assert verdict.witness[x] <= verdict.witness[y]


def test_verdict_of_an_unknown():
    verdict = sm.check(claim(statement=x > 0, assumptions=(x > 1, x < 0)))
    assert (verdict.status, verdict.by, verdict.witness, verdict.proved) == ("unknown", "", None, False)
    assert verdict.points == 0


def test_what_sympy_decided_says_so():
    verdict = sm.check(claim(statement=Eq(x, x)))
    assert (verdict.status, verdict.by) == ("proved", "identity")
    assert verdict.detail == "SymPy evaluated the statement to true while it was built"


def test_a_verdict_by_hand():
    verdict = Verdict(claim=claim(), status="unknown", by="")
    assert (verdict.points, verdict.queries, verdict.proved) == (0, (), False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.status = "proved"
