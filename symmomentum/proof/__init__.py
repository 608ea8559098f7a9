"""How a claim is settled: numbers first, then an exact normal form, then an SMT solver, then induction.

Numbers can refute, never prove. What a refutation by numbers or by a solver's model suggests is verified in exact arithmetic
before it is called one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from symmomentum.claims import Claim, Verdict, conjuncts
from symmomentum.proof import exact, formula, induction, numbers, smt, words
from symmomentum.proof.formula import TRUE, Translation, Untranslatable
from symmomentum.proof.smt import SOLVERS, DisagreementError, validate_solver

__all__ = ["SEARCH_SECONDS", "SOLVERS", "DisagreementError", "check", "validate_solver"]

SEARCH_SECONDS = 5
"""How long a query may take while candidates for a statement are tried out."""

Witness = Mapping[sympy.Symbol, Any]
_SHOWN = 8


def check(claim: Claim, *, solver: str = "z3", timeout: float = smt.TIMEOUT_SECONDS) -> Verdict:
    """Settle a claim.

    Parameters
    ----------
    claim : Claim
        The claim to settle.
    solver : str
        ``"z3"``, ``"cvc5"`` (extra ``test``) or ``"both"``.
    timeout : float
        Seconds that each query may take.

    Returns
    -------
    Verdict
        ``proved``, ``refuted`` with a witness that was verified in exact arithmetic, or ``unknown`` with what was tried.
        Assumptions that no point satisfies give ``unknown``, never a vacuous proof.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the solver is unknown or not installed.
    DisagreementError
        If two solvers give opposite answers.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y", real=True)
    >>> claim = Claim(id="demo/means", statement=2*x*y <= x**2 + y**2, assumptions=(), source="demonstration")
    >>> check(claim).status, check(claim).by
    ('proved', 'smt')
    >>> claim = Claim(id="demo/strict", statement=2*x*y < x**2 + y**2, assumptions=(), source="demonstration")
    >>> verdict = check(claim)
    >>> verdict.status, verdict.witness
    ('refuted', {x: 0, y: 0})
    """
    patience, verdict = _VERDICTS.get((claim, solver), (-1.0, None))
    if verdict is None or (verdict.status == "unknown" and patience < timeout):
        verdict = _Check(claim, solver, timeout).settle()
        if len(_VERDICTS) >= _MOST_VERDICTS:
            _VERDICTS.clear()
        _VERDICTS[claim, solver] = timeout, verdict
    return verdict


_MOST_VERDICTS = 4096
_VERDICTS: dict[tuple[Claim, str], tuple[float, Verdict]] = {}
"""What was found, and within how many seconds a query: a claim that was left open is tried again with more time."""


class _Check:
    """One claim on its way to a verdict. ``part`` says that it is the base or the step of an induction, ``lemma`` that it is a
    lemma: the numbers and the assumptions of the whole are looked at there. In an induction no second one is begun."""

    def __init__(self, claim: Claim, solver: str, timeout: float, *, part: bool = False, lemma: bool = False) -> None:
        self.claim, self.solver, self.timeout, self.part, self.lemma = claim, solver, timeout, part, lemma
        self.points = 0
        self.tested: list[Witness] = []  # the first few points, to show that the assumptions can be met
        self.model: Witness | None = None
        self.queries: list[smt.Query] = []
        self.start = time.perf_counter()

    def settle(self) -> Verdict:
        validate_solver(self.solver)
        if words.concerns(self.claim):
            return self._of_matrices()
        if self.lemma and self.claim.general is not None and (known := self._by_instance(self.claim.general)).proved:
            return known
        try:
            translation = Translation(self.claim)
        except Untranslatable as error:
            translation, outside = None, str(error)
        if self.lemma and translation is not None and (known := self._by_proof(translation)).proved:
            return known
        if (verdict := self._by_numbers(translation)) is not None:
            return verdict
        if translation is None:
            open_end = self._unknown(f"outside real polynomial arithmetic: {outside}")
        elif not self.part and (problem := self._unsupported(translation)):
            return self._unknown(problem)
        else:
            verdict = self._by_proof(translation)
            if verdict.status != "unknown" or self.part:
                return verdict
            open_end = verdict
        refuted = self._by_numbers(translation, far=True)
        return refuted or self._unknown(f"{open_end.detail}; {self.points} points support it")

    def _of_matrices(self) -> Verdict:
        """A claim on matrices of any size: tried at the sizes 1 and 2, proved by a normal form."""
        try:
            words.validate(self.claim)
            open_end = self._at_size(1)
            if (
                open_end is not None and open_end.status == "unknown"
            ):  # perhaps no matrix of this size meets the assumptions
                open_end = self._at_size(2)
            if open_end is None:
                parts = words.base_and_step(self.claim)
                if all(map(words.is_identity, parts or (self.claim,))):
                    if parts:
                        return self._verdict(
                            "proved", "induction", detail="induction, by exact normal forms of matrices"
                        )
                    return self._verdict("proved", "identity", detail="exact normal form of matrices of any size")
                open_end = self._at_size(2)
            return open_end or self._unknown("the normal forms differ, and no numbers were found that break it")
        except Untranslatable as error:
            return self._unknown(f"outside the arithmetic of matrices: {error}")

    def _at_size(self, size: int) -> Verdict | None:
        """The verdict on the matrices of one size, if it is wrong there or if no point is known that meets its assumptions."""
        small = _Check(words.at_size(self.claim, size), self.solver, self.timeout)
        found = small.settle()
        self.points += found.points
        rows = "one row" if size == 1 else f"{size} rows"
        if found.status == "refuted":
            return self._verdict("refuted", found.by, witness=found.witness, detail=f"at matrices with {rows}")
        if found.proved or any(exact.satisfies(small.claim, point) for point in small.tested):
            return None
        return self._unknown(f"at matrices with {rows}: {found.detail}")

    # Ways -----------------------------------------------------------------------------------------------------------

    def _by_numbers(self, translation: Translation | None, *, far: bool = False) -> Verdict | None:
        few = 1 if self.claim.general is not None else numbers.POINTS  # the general claim was tested on its own
        limit = self.points + (numbers.MANY_POINTS if far else few)
        try:
            statement = numbers.evaluator(self.claim.statement)
            for point in numbers.points(self.claim, translation, far=far, near=self.model):
                self.points += 1
                if _suspicious(statement, point) and exact.breaks(self.claim, witness := _as_sympy(point)):
                    return self._refuted(exact.simplest(self.claim, witness), "found among the points tested")
                if len(self.tested) < _SHOWN:
                    self.tested.append(_as_sympy(point))
                if self.points >= limit or time.perf_counter() - self.start > max(1, 2 * self.timeout):
                    break
        except Untranslatable:
            pass
        return None

    def _unsupported(self, translation: Translation) -> str | None:
        """What is wrong with the assumptions, if no point is known for certain to satisfy them."""
        if any(exact.satisfies(self.claim, point) for point in self.tested):
            return None
        query = smt.consistency(translation, self.claim.id)
        answer = smt.ask(query, "z3", self.timeout, model=True)
        if answer.result == "unsat":
            self.queries.append(query)
            return "the assumptions contradict each other: no point satisfies them"
        if answer.model is not None and exact.satisfies(self.claim, answer.model):
            return None
        try:
            for point in numbers.points(self.claim, translation, far=True, near=answer.model):
                if exact.satisfies(self.claim, _as_sympy(point)):
                    return None
        except Untranslatable:
            pass
        return "no point was found that satisfies the assumptions; it is open whether they contradict each other"

    def _by_proof(self, translation: Translation) -> Verdict:
        if self.claim.lemmas:
            return self._by_lemmas()
        if self.claim.general is not None:
            return self._by_instance(self.claim.general)
        ways: list[Callable[[], Verdict]] = [lambda: self._by_logic(translation)]
        if not self.part:
            unrolled = induction.variable(self.claim)
            k = induction.variable(self.claim, powers=True) if unrolled is None else unrolled
            if k is not None:
                first = unrolled is not None and translation.conclusion != TRUE
                ways.insert(0 if first else 1, lambda: self._by_induction(k, translation))
        verdicts = []
        for way in ways:
            verdicts.append(way())
            if verdicts[-1].status != "unknown":
                return verdicts[-1]
        return verdicts[0]

    def _by_lemmas(self) -> Verdict:
        """Modus ponens: each lemma may use the claim's assumptions and what earlier lemmas state, the last states the claim."""
        known = {part for a in self.claim.assumptions for part in (a, *_conjuncts(a))}
        ways: dict[str, None] = {}
        for lemma in self.claim.lemmas:
            if gap := [a for a in lemma.assumptions if a not in known]:
                return self._unknown(
                    f"the lemma {lemma.id} assumes {gap[0]}, which is neither assumed nor shown before"
                )
            verdict = _Check(lemma, self.solver, self.timeout, lemma=True).settle()
            self.queries += verdict.asked
            ways[verdict.by] = None
            if not verdict.proved:
                return self._unknown(f"the lemma {lemma.id} is {verdict.status} ({verdict.detail})")
            known |= {lemma.statement, *_conjuncts(lemma.statement)}
        if any(part not in known for part in _conjuncts(self.claim.statement)):
            return self._unknown("the lemmas do not state what the claim states")
        return self._verdict(
            "proved", "+".join(ways), detail=f"follows from {', '.join(x.id for x in self.claim.lemmas)}"
        )

    def _by_instance(self, general: Claim) -> Verdict:
        """What holds for all real numbers holds for polynomials in real numbers."""
        values = dict(self.claim.at)
        if general.statement.has(*formula.RECURSIVE) or any(a.has(*formula.RECURSIVE) for a in general.assumptions):
            return self._unknown(
                f"{general.id} holds a sum, a product or a matrix power, and no instances of it are taken"
            )
        for symbol, term in values.items():
            if symbol.assumptions0 != numbers.REAL:
                return self._unknown(f"of {symbol} in {general.id} more is declared than that it is real")
            if not (term.is_polynomial() and all(s.is_real for s in term.free_symbols)):
                return self._unknown(f"{term}, which stands for {symbol} in {general.id}, is no real polynomial")
        for power in set().union(*(s.atoms(sympy.Pow) for s in (general.statement, *general.assumptions))):
            if not power.exp.is_Integer and not formula.is_whole_root(power.xreplace(values)):
                return self._unknown(f"SymPy takes {power} of {general.id} apart, so that it may lose its value")
        instance = general.instance(values, id=self.claim.id)
        if instance.statement != self.claim.statement or instance.assumptions != self.claim.assumptions:
            return self._unknown(f"it is not the instance of {general.id} that it says it is")
        verdict = check(general, solver=self.solver, timeout=self.timeout)
        self.queries += verdict.asked
        if not verdict.proved:
            return self._unknown(f"the general claim {general.id} is {verdict.status} ({verdict.detail})")
        return self._verdict("proved", verdict.by, detail=f"an instance of {general.id}")

    def _by_induction(self, k: sympy.Symbol, translation: Translation) -> Verdict:
        parts = induction.base_and_step(self.claim, k)
        if parts is None:
            return self._unknown(
                f"no induction on {k}: it has no least value, or something does not unroll in one step"
            )
        self.queries = smt.queries(translation, self.claim.id)[:-1]
        for query in self.queries:
            answer = smt.ask(query, self.solver, self.timeout)
            if answer.result != "unsat":
                return self._unknown(
                    f"induction on {k}: {query.name}, whether a term is defined, is answered {answer.result}"
                )
        for name, part in zip(("base", "step"), parts, strict=True):
            verdict = _Check(part, self.solver, self.timeout, part=True).settle()
            self.queries += verdict.asked
            if not verdict.proved:
                return self._unknown(f"induction on {k}: the {name} is not proved ({verdict.detail})")
        return self._verdict("proved", "induction", detail=f"induction on {k}")

    def _by_logic(self, translation: Translation) -> Verdict:
        self.queries = smt.queries(translation, self.claim.id)
        identity = translation.conclusion == TRUE
        asked = self.queries[:-1] if identity else self.queries
        for query in asked:
            answer = smt.ask(query, self.solver, self.timeout, model=True)
            if answer.result == "sat":
                self.model = answer.model
                if self.model is None:
                    return self._unknown(f"{query.name} is satisfiable, but no model of it was found")
                if exact.breaks(self.claim, self.model):
                    return self._refuted(exact.simplest(self.claim, self.model), f"a model of {query.name}")
                return self._unknown(f"{query.name} has a model, but not one that breaks the statement: {self.model}")
            if answer.result != "unsat":
                return self._unknown(f"{query.name}: {answer.reason}")
        if not identity:
            return self._verdict("proved", "smt", detail=f"{_count(asked)} answered by {self.solver}")
        defined = f"; that every term is defined: {_count(asked)} answered by {self.solver}" if asked else ""
        if self.claim.statement is sympy.true:
            return self._verdict(
                "proved", "identity", detail="SymPy evaluated the statement to true while it was built"
            )
        return self._verdict("proved", "identity", detail=f"exact normal form{defined}")

    # Answers --------------------------------------------------------------------------------------------------------

    def _refuted(self, witness: Witness, detail: str) -> Verdict:
        return self._verdict("refuted", "witness", witness=witness, detail=detail)

    def _unknown(self, detail: str) -> Verdict:
        return self._verdict("unknown", "", detail=detail)

    def _verdict(self, status: str, by: str, *, witness: Witness | None = None, detail: str) -> Verdict:
        return Verdict(
            claim=self.claim,
            status=status,
            by=by,
            witness=witness,
            points=self.points,
            seconds=time.perf_counter() - self.start,
            detail=detail,
            asked=tuple(self.queries),
        )


def _conjuncts(statement: Any) -> tuple[Any, ...]:
    return conjuncts(statement)


def _suspicious(statement: numbers.Evaluator, point: Mapping[sympy.Symbol, Fraction]) -> bool:
    try:
        return not numbers.truth(statement, point)
    except numbers.Inexact:  # too long to be worked out
        return False


def _as_sympy(point: Mapping[sympy.Symbol, Fraction]) -> dict[sympy.Symbol, Any]:
    return {s: sympy.Rational(v.numerator, v.denominator) for s, v in point.items()}


def _count(queries: list[smt.Query]) -> str:
    return "one query" if len(queries) == 1 else f"{len(queries)} queries"
