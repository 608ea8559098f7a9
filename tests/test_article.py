"""Every claim of the article once, each settled as mathematics says that it should be."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import sympy

from symmomentum.article import Entry, entries, settle
from symmomentum.claims import Claim
from symmomentum.errors import SymmomentumError
from symmomentum.proof import exact

ENTRIES = entries()
ROOT = Path(__file__).parents[1]
HOLDS, FAILS, CONDITIONAL, TESTED = "holds", "fails", "conditional", "tested"

# By hand, from what mathematics says of each claim as it is printed; whatever the checker finds has to agree.
EXPECTED = {
    # Introduction
    "A001": HOLDS,
    "A002": CONDITIONAL,  # Lipschitz gradient
    "A003": FAILS,  # maxima, saddles, functions without a minimum
    "A004": HOLDS,
    "A005": HOLDS,
    "A006": HOLDS,
    "A007": HOLDS,
    "A008": HOLDS,
    "A009": CONDITIONAL,  # on quadratics
    # First steps
    "A010": HOLDS,
    "A011": HOLDS,
    "A012": HOLDS,
    "A013": HOLDS,
    "A014": HOLDS,
    "A015": HOLDS,
    "A016": HOLDS,
    "A017": CONDITIONAL,  # slow near -1 as well
    "A018": HOLDS,
    "A019": FAILS,  # a factor 1/2
    "A020": HOLDS,
    "A021": HOLDS,
    "A022": HOLDS,
    "A023": HOLDS,
    "A024": HOLDS,
    "A025": CONDITIONAL,  # not at the step size 0
    "A026": HOLDS,
    "A027": CONDITIONAL,  # with the best step size
    "A028": HOLDS,
    # Polynomial regression
    "A029": HOLDS,
    "A030": HOLDS,
    "A031": HOLDS,
    "A032": FAILS,  # Q for its transpose
    "A033": FAILS,  # the same
    "A034": HOLDS,  # the two errors cancel
    "A035": HOLDS,
    "A036": HOLDS,
    "A037": TESTED,
    "A038": CONDITIONAL,  # not for large step sizes
    "A039": TESTED,
    "A040": HOLDS,
    "A041": FAILS,  # Zd for its transpose's product
    "A042": FAILS,  # the same
    "A043": FAILS,  # the smallest, not the largest
    "A044": HOLDS,
    "A045": HOLDS,
    # Dynamics of momentum
    "A046": HOLDS,
    "A047": HOLDS,
    "A048": FAILS,  # Q for its transpose
    "A049": HOLDS,
    "A050": HOLDS,
    "A051": HOLDS,
    "A052": HOLDS,
    "A053": HOLDS,
    "A054": FAILS,  # two entries exchanged
    "A055": FAILS,  # two matrices exchanged
    "A056": CONDITIONAL,  # a division by zero
    "A057": CONDITIONAL,  # different eigenvalues
    "A058": HOLDS,
    "A059": HOLDS,
    "A060": FAILS,  # a factor 2
    "A061": HOLDS,
    "A062": HOLDS,
    "A063": FAILS,  # a factor 2
    "A064": CONDITIONAL,  # from rest
    "A065": HOLDS,
    "A066": CONDITIONAL,  # real eigenvalues
    "A067": CONDITIONAL,  # not from every start
    "A068": HOLDS,
    "A069": HOLDS,
    "A070": CONDITIONAL,  # in the limit
}
_SECOND_HALF = {
    HOLDS: (71, 73, 74, 77, *range(82, 88), 90, 91, 93, 94, 95, 99, 104, 105, 111, 113, 114, 118, 119, 121, 124),
    FAILS: (72, 80, 81, 88, 98, 100, 106, 107, 109, 120, 122, 123, 125),
    CONDITIONAL: (75, 78, 79, 89, 92, 96, 97, 101, 102, 103, 108, 110, 112, 115, 116, 117, 127, 128, 129),
    TESTED: (126,),
    "not mathematical": (76, 130),  # what a figure shows, and a model that is chosen
}
EXPECTED |= {f"A{number:03}": status for status, numbers in _SECOND_HALF.items() for number in numbers}


def by_id(each: Entry) -> str:
    return each.id


def test_every_claim_is_there_once_and_in_order() -> None:
    assert [e.id for e in ENTRIES] == [f"A{i + 1:03}" for i in range(130)]
    assert set(EXPECTED) == {e.id for e in ENTRIES}
    assert [e.id for e in entries("Choosing A Step-size")] == [f"A{n:03}" for n in range(21, 29)]
    assert entries("No such heading") == ()
    assert {e.section for e in ENTRIES} == {e.section for each in {x.section for x in ENTRIES} for e in entries(each)}


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_it_is_settled_as_mathematics_says(entry: Entry) -> None:
    found = settle(entry)
    unknown = [(v.claim.id, v.detail) for v in found.verdicts if v.status == "unknown"]
    assert not unknown
    assert all(v.proved for v in (*found.condition, *found.corrected))
    assert found.status == EXPECTED[entry.id]
    assert bool(list(found.witnesses)) == (found.status in {FAILS, CONDITIONAL})
    for verdict in found.witnesses:
        assert verdict.witness is not None
        assert exact.breaks(verdict.claim, verdict.witness)


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_its_claims_say_where_they_belong(entry: Entry) -> None:
    for kind in ("literal", "condition", "corrected"):
        for claim in getattr(entry, kind):
            assert claim.id.startswith(f"article/{entry.id.lower()}/{kind}/")
            assert claim.title
    ids = [c.id for c in entry.claims]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_no_statement_was_evaluated_while_it_was_built(entry: Entry) -> None:
    """Nothing is proved by SymPy before the checker sees it."""
    assert [c.id for c in entry.claims if c.statement in {sympy.true, sympy.false}] == []
    assert [c.id for c in entry.claims if sympy.false in c.assumptions] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_nothing_is_proved_by_assuming_it(entry: Entry) -> None:
    for claim in entry.claims:
        conjuncts = claim.statement.args if isinstance(claim.statement, sympy.And) else (claim.statement,)
        assert set(conjuncts) - set(claim.assumptions), claim.id


def test_what_is_named_as_evidence_exists() -> None:
    for entry in ENTRIES:
        for name in entry.evidence:
            path, _, function = name.partition("::")
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert function in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, name


def test_what_is_said_is_text() -> None:
    for entry in ENTRIES:
        assert entry.summary.endswith(".")
        for text in (entry.summary, entry.reading, entry.remark, entry.not_mathematical):
            assert text.count("$") % 2 == 0, (entry.id, text)
            assert "  " not in text
            assert text == text.strip()


# The model itself ------------------------------------------------------------------------------------------------------

x = sympy.Symbol("x", real=True)


def claim(name: str, statement: Any, *assumptions: Any) -> Claim:
    return Claim(id=f"demo/{name}", statement=statement, assumptions=assumptions, source="demonstration")


TRUE, WRONG, OPEN = (
    claim("true", x**2 >= 0),
    claim("wrong", x**2 > 0),
    claim("open", sympy.sin(x) <= 1),
)
BETTER = claim("better", x**2 > 0, sympy.Ne(x, 0))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"literal": (TRUE,)}, HOLDS),
        ({"literal": (TRUE, OPEN)}, "unknown"),
        ({"literal": (WRONG,)}, "unknown"),
        ({"literal": (WRONG,), "condition": (BETTER,), "remark": "r"}, CONDITIONAL),
        ({"literal": (TRUE, WRONG), "corrected": (TRUE, BETTER), "remark": "r"}, FAILS),
        ({"literal": (WRONG,), "corrected": (WRONG,), "remark": "r"}, "unknown"),
        ({"literal": (WRONG,), "condition": (BETTER, WRONG), "remark": "r"}, "unknown"),
        ({"literal": (TRUE,), "corrected": (BETTER,), "remark": "r"}, "unknown"),
        ({"literal": (WRONG,), "corrected": (OPEN,), "remark": "r"}, "unknown"),
        ({"evidence": ("tests/test_article.py::claim",)}, TESTED),
        ({"not_mathematical": "a wish"}, "not mathematical"),
    ],
)
def test_the_status_follows_from_the_verdicts(given: dict[str, Any], status: str) -> None:
    assert settle(Entry(id="A000", section="s", summary="s", **given)).status == status


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"literal": (TRUE,), "not_mathematical": "a wish"},
        {"evidence": ("a",), "not_mathematical": "a wish"},
        {"literal": (WRONG,), "condition": (BETTER,), "corrected": (BETTER,), "remark": "r"},
        {"literal": (WRONG,), "condition": (BETTER,)},
        {"evidence": ("a",), "corrected": (BETTER,), "remark": "r"},
        {"literal": (WRONG,), "corrected": (BETTER,), "remark": "r", "printed": ("x",)},
        {"literal": (TRUE,), "instead": ("x",)},
    ],
)
def test_an_entry_is_settled_in_one_way(given: dict[str, Any]) -> None:
    with pytest.raises(SymmomentumError, match="A000"):
        Entry(id="A000", section="s", summary="s", **given)


@pytest.mark.parametrize("number", ["A019", "A032", "A041", "A048", "A054", "A055", "A060", "A063"])
def test_what_is_printed_is_not_taken_for_its_correction(number: str) -> None:
    """With the statement as printed in place of the correction, and the other way round, nothing is settled so."""
    entry = next(e for e in ENTRIES if e.id == number)
    wrong = settle(dataclasses.replace(entry, corrected=entry.literal))
    right = settle(dataclasses.replace(entry, literal=entry.corrected, corrected=(), instead=(), remark=""))
    assert wrong.status == "unknown"
    assert right.status == HOLDS
