"""Instances of general claims, and cvc5 in a process of its own."""

from __future__ import annotations

import dataclasses
import time

import pytest
import sympy

from symmomentum.claims import Claim, mapped
from symmomentum.proof import check, smt
from symmomentum.rate import REGIMES, two_state_lemma

x, y, z = sympy.symbols("x y z", real=True)
p = sympy.Symbol("p", positive=True)
k = sympy.Symbol("k", integer=True, nonnegative=True)
i = sympy.Symbol("i", integer=True)

MEANS = Claim(id="demo/means", statement=2 * x * y <= x**2 + y**2, assumptions=(), source="demonstration")
ROOT = Claim(id="demo/sqrt", statement=sympy.sqrt(x) <= x, assumptions=(x >= 1,), source="demonstration")
FALSE = Claim(id="demo/false", statement=x * y <= x**2, assumptions=(), source="demonstration")


def test_an_instance_is_proved_by_its_general_claim() -> None:
    instance = MEANS.instance({x: y + z, y: y * z - 1}, id="demo/means/instance")
    left, right = instance.statement.args
    assert sympy.expand(left - 2 * (y + z) * (y * z - 1)) == 0  # x and y are replaced at the same time
    assert sympy.expand(right - (y + z) ** 2 - (y * z - 1) ** 2) == 0
    verdict = check(instance)
    assert (verdict.status, verdict.by, verdict.detail) == ("proved", "smt", "an instance of demo/means")
    assert verdict.queries == check(MEANS).queries
    assert verdict.points  # tested itself, too


def test_assumptions_go_with_an_instance() -> None:
    instance = ROOT.instance({x: y**2 - 3}, id="demo/sqrt/instance")
    assert instance.assumptions == (sympy.Ge(y**2 - 3, 1, evaluate=False),)
    assert check(instance).detail == "an instance of demo/sqrt"
    bare = dataclasses.replace(instance, assumptions=(), id="demo/sqrt/bare")
    assert check(bare).status == "refuted"  # no instance without the assumption, and false without it


def test_an_instance_of_a_false_claim_is_not_proved() -> None:
    assert check(FALSE).status == "refuted"
    assert check(FALSE.instance({x: z, y: 1 + z}, id="demo/false/instance")).status == "refuted"
    # True, but not for the reason given: then it is left open.
    true = FALSE.instance({x: z, y: z}, id="demo/false/true")
    assert check(true).status == "unknown"
    assert "the general claim demo/false is refuted" in check(true).detail


@pytest.mark.parametrize(
    ("general", "values", "reason"),
    [
        (MEANS, {x: 1 / z, y: z}, "is no real polynomial"),
        (MEANS, {x: sympy.sqrt(z), y: z}, "is no real polynomial"),
        (MEANS, {x: sympy.Symbol("c"), y: z}, ""),  # not even a claim over the reals
        (Claim(id="demo/positive", statement=p**2 + p > 0, assumptions=(), source=""), {p: z}, "more is declared"),
        (
            Claim(id="demo/sum", statement=sympy.Eq(sympy.Sum(x, (i, 0, k)), (k + 1) * x), assumptions=(), source=""),
            {x: z},
            "no instances of it are taken",
        ),
    ],
)
def test_instances_that_are_not_accepted(general, values, reason) -> None:
    verdict = check(general.instance(values, id=f"{general.id}/not-accepted/{reason}"))
    assert verdict.status != "proved"
    assert reason in verdict.detail or verdict.status == "refuted"


def test_a_forged_instance_is_noticed() -> None:
    instance = MEANS.instance({x: y, y: z}, id="demo/forged")
    stronger = dataclasses.replace(instance, statement=sympy.Lt(2 * y * z, y**2 + z**2), id="demo/forged/stronger")
    assert check(stronger).status == "refuted"
    other = dataclasses.replace(instance, statement=y**2 + z**2 + 1 > 0, id="demo/forged/other")
    assert check(other).status == "unknown"
    assert "not the instance of demo/means" in check(other).detail
    swapped = dataclasses.replace(instance, at=((x, z), (y, y + 1)), id="demo/forged/swapped")
    assert check(swapped).status == "unknown"


def test_contradictory_assumptions_of_an_instance() -> None:
    verdict = check(ROOT.instance({x: sympy.Rational(1, 2) - y**2}, id="demo/sqrt/contradiction"))
    assert verdict.status == "unknown"
    assert "contradict" in verdict.detail


def test_instances_as_lemmas() -> None:
    """A chain of an instance and a plain step; without the link between them it is no proof."""
    instance = ROOT.instance({x: y**2 + 1}, id="demo/chain/instance")
    link = Claim(id="demo/chain/link", statement=instance.assumptions[0], assumptions=(), source="")
    whole = Claim(id="demo/chain", statement=instance.statement, assumptions=(), source="", lemmas=(link, instance))
    assert check(whole).status == "proved"
    assert check(whole).detail == "follows from demo/chain/link, demo/chain/instance"
    gap = dataclasses.replace(whole, id="demo/chain/gap", lemmas=(instance,))
    assert check(gap).status == "unknown"
    assert "neither assumed nor shown before" in check(gap).detail


def test_terms_are_mapped_and_relations_left_alone() -> None:
    statement = sympy.And(x < y, sympy.Not(sympy.Eq(x * y, 1)))
    changed = mapped(statement, lambda term: term.xreplace({x: y}))
    assert changed == sympy.And(sympy.Lt(y, y, evaluate=False), sympy.Not(sympy.Eq(y**2, 1)))


@pytest.mark.parametrize("regime", REGIMES)
def test_general_regimes(regime: str) -> None:
    """Proved for all b, q and d by both solvers; with any single assumption left out it is false."""
    lemma = two_state_lemma(regime)
    assert check(lemma, solver="both").proved
    needed = 0
    for left_out in lemma.assumptions:
        weaker = dataclasses.replace(
            lemma,
            id=f"{lemma.id}/without {left_out}",
            assumptions=tuple(a for a in lemma.assumptions if a != left_out),
        )
        needed += check(weaker).status == "refuted"
    assert needed >= 2 or len(lemma.assumptions) == 2


# cvc5 -----------------------------------------------------------------------------------------------------------------


def queries(claim: Claim) -> list[smt.Query]:
    return list(check(claim).asked)


def test_the_worker_answers_and_goes_on() -> None:
    (query,) = queries(MEANS)
    worker = smt._Worker()
    try:
        assert worker.answer(query, {}, 20) == "unsat"
        first = worker._process
        assert worker.answer(query, {"nl-cov": "true"}, 20) == "unsat"
        assert worker._process is first
    finally:
        worker.close()
    assert worker._process is None


def test_a_worker_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """cvc5 does not always keep its own limit; then the process is ended, and the next question starts another."""
    (query,) = queries(MEANS)
    worker = smt._Worker()
    monkeypatch.setattr(smt._Worker, "grace", 0.2)
    started = worker._started

    def sleeping():
        process = started()
        process.kill()  # no answer will come from this one
        process.wait()
        return process

    monkeypatch.setattr(worker, "_started", sleeping)
    start = time.perf_counter()
    assert worker.answer(query, {}, 0.3) == "no answer within 0.3 s"
    assert time.perf_counter() - start < 5
    monkeypatch.setattr(worker, "_started", started)
    monkeypatch.setattr(smt._Worker, "grace", 20.0)
    try:
        assert worker.answer(query, {}, 20) == "unsat"
    finally:
        worker.close()


def test_a_hard_query_ends_in_time() -> None:
    """Whatever cvc5 does with it, the caller gets an answer soon after the limit."""
    names = sympy.symbols("a0:9", real=True)
    statement = sum(n**4 for n in names) * 9**3 >= sum(names) ** 4 + sympy.Rational(1, 10**9) * sum(names)
    hard = Claim(id="demo/hard", statement=statement, assumptions=(), source="")
    start = time.perf_counter()
    verdict = check(hard, solver="cvc5", timeout=0.2)
    assert verdict.status != "proved"
    assert time.perf_counter() - start < 60
