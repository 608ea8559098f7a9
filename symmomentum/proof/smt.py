"""Queries in SMT-LIB 2 (logic QF_NRA) and the solvers that answer them.

A query is a text first; the text is all that a solver gets, so that anyone can replay it with any solver. ``unsat`` means
that no real numbers break what is claimed.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import sympy
from sympy.polys.rings import PolyElement

from symmomentum.errors import ArgumentError, SymmomentumError
from symmomentum.proof.formula import Atom, Formula, Translation, negation

__all__ = ["SOLVERS", "Answer", "DisagreementError", "Query", "ask", "consistency", "queries", "validate_solver"]

SOLVERS = ("z3", "cvc5")
TIMEOUT_SECONDS = 20.0


class DisagreementError(SymmomentumError):
    """Two solvers gave opposite answers to one query: one of them is wrong, and nothing may be concluded."""


@dataclass(frozen=True)
class Query:
    """One question to a solver. ``translation`` maps a model back to the claim's symbols."""

    name: str
    purpose: str
    formulas: tuple[Formula, ...] = field(repr=False)
    translation: Translation = field(repr=False, compare=False)

    @cached_property
    def commands(self) -> str:
        """The query in SMT-LIB 2, as a solver gets it."""
        return _commands(self)

    @property
    def text(self) -> str:
        """The commands after comments that say what they are about. Printing a statement takes SymPy longer than the solver
        takes to settle it, so this is for readers only."""
        return _comments(self) + self.commands


@dataclass(frozen=True)
class Answer:
    """``unsat``, ``sat`` (with a model where one was asked for) or ``unknown``."""

    result: str
    model: dict[sympy.Symbol, Any] | None = None
    reason: str = ""


def queries(translation: Translation, name: str) -> list[Query]:
    """The queries whose joint unsatisfiability proves the claim: each obligation in turn, then the statement."""
    result = []
    for i, obligation in enumerate(translation.obligations):
        hypotheses = [*translation.hypotheses, *translation.facts[: obligation.facts]]
        purpose = f"Is there a point that satisfies the assumptions and at which {obligation.term} is undefined?"
        result.append(
            _query(translation, f"{name}.defined-{i + 1}", purpose, [*hypotheses, negation(obligation.condition)])
        )
    hypotheses = [*translation.hypotheses, *translation.facts]
    purpose = "Is there a point that satisfies the assumptions and breaks the statement?"
    result.append(_query(translation, name, purpose, [*hypotheses, negation(translation.conclusion)]))
    return result


def consistency(translation: Translation, name: str) -> Query:
    """Satisfiable exactly if some point satisfies the assumptions."""
    purpose = "Is there a point that satisfies the assumptions? (Here the hoped-for answer is sat.)"
    return _query(translation, f"{name}.assumptions", purpose, translation.hypotheses)


def _query(translation: Translation, name: str, purpose: str, formulas: list[Formula]) -> Query:
    return Query(name, purpose, tuple(formulas), translation)


def _commands(query: Query) -> str:
    names = query.translation.names
    used = sorted({i for f in query.formulas for i in _used(f)})
    lines = [
        "(set-logic QF_NRA)",
        *(f"(declare-fun {names[i]} () Real)" for i in used),
        *(f"(assert {_text(f, names)})" for f in query.formulas),
        "(check-sat)",
    ]
    return "\n".join(lines) + "\n"


def _comments(query: Query) -> str:
    claim = query.translation.claim
    used = {query.translation.names[i] for f in query.formulas for i in _used(f)}
    lines = [
        f"claim: {claim.id}",
        f"statement: {claim.statement}",
        *(f"assuming: {a}" for a in claim.assumptions),
        f"source: {claim.source}",
        query.purpose,
        *(f"{name} stands for {meaning}" for name, meaning in query.translation.meanings() if name in used),
    ]
    return "\n".join(line for text in lines for line in _comment(text)) + "\n"


def _comment(text: str) -> list[str]:
    return [f"; {line}" for line in text.splitlines() or [""]]


def _used(formula: Formula) -> Iterable[int]:
    if isinstance(formula, Atom):
        for monomial in formula.poly:
            yield from (i for i, e in enumerate(monomial) if e)
    else:
        for part in formula.parts:
            yield from _used(part)


def _text(formula: Formula, names: list[str]) -> str:
    if isinstance(formula, Atom):
        polynomial = _polynomial(formula.poly, names)
        return f"(not (= {polynomial} 0))" if formula.op == "!=" else f"({formula.op} {polynomial} 0)"
    if not formula.parts:
        return "true" if formula.op == "and" else "false"
    return f"({formula.op} {' '.join(_text(p, names) for p in formula.parts)})"


def _polynomial(poly: PolyElement, names: list[str]) -> str:
    terms = []
    for monomial, coefficient in poly.terms():
        factors = [names[i] for i, e in enumerate(monomial) for _ in range(e)]
        if coefficient != 1 or not factors:
            factors.insert(0, _number(coefficient))
        terms.append(factors[0] if len(factors) == 1 else f"(* {' '.join(factors)})")
    if not terms:
        return "0"
    return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"


def _number(value: Any) -> str:
    num, den = int(value.numerator), int(value.denominator)
    text = str(abs(num)) if den == 1 else f"(/ {abs(num)} {den})"
    return f"(- {text})" if num < 0 else text


# Solvers ----------------------------------------------------------------------------------------------------------


def validate_solver(solver: str) -> None:
    """Raise :class:`ArgumentError` unless the solver is known and installed."""
    if solver not in (*SOLVERS, "both"):
        raise ArgumentError(f"unknown solver {solver!r}; known: {', '.join(SOLVERS)}, both")
    if solver != "z3" and importlib.util.find_spec("cvc5") is None:
        raise ArgumentError("the solver cvc5 is not installed; install it with: pip install cvc5")


def ask(query: Query, solver: str = "z3", timeout: float = TIMEOUT_SECONDS, *, model: bool = False) -> Answer:
    """Give a query's text to a solver.

    ``solver`` is ``"z3"``, ``"cvc5"`` or ``"both"``; with both, opposite answers raise :class:`DisagreementError`, and an
    answer counts only if both give it.
    """
    if solver == "cvc5":
        second = _ask_cvc5(query, timeout)
        if not (model and second.result == "sat"):
            return second
        first = _ask_z3(query, timeout, model)  # cvc5 gives no exact algebraic numbers
        _must_not_disagree(query, first, second)
        return Answer("sat", first.model)
    if solver == "both":
        first, second = _ask_z3(query, timeout, model), _ask_cvc5(query, timeout)
        _must_not_disagree(query, first, second)
        if first.result == second.result or first.result == "sat":
            return first
        return Answer("unknown", reason=f"z3: {first.result}; cvc5: {second.result} {second.reason}".rstrip())
    return _ask_z3(query, timeout, model)


def _must_not_disagree(query: Query, first: Answer, second: Answer) -> None:
    if {first.result, second.result} == {"sat", "unsat"}:
        raise DisagreementError(f"query {query.name!r}: z3 answers {first.result}, cvc5 answers {second.result}")


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))  # to both solvers, 0 means no limit


def _ask_z3(query: Query, timeout: float, model: bool) -> Answer:
    import z3  # here, so that reading numbers or listing methods loads no solver

    # A context of its own: in one that is shared, the order of variables, and with it the time, depends on earlier queries.
    solver = z3.SolverFor("QF_NRA", ctx=z3.Context())
    solver.set("timeout", _milliseconds(timeout))
    solver.from_string(query.commands)
    result = str(solver.check())
    if result == "unknown":
        reason = str(solver.reason_unknown())
        if reason == "interrupted from keyboard":  # the solver takes the signal, and Python never sees it
            raise KeyboardInterrupt
        return Answer("unknown", reason=f"z3: {reason}")
    if result == "unsat" or not model:
        return Answer(result)
    found = solver.model()
    return Answer(
        "sat", query.translation.recover({str(d): _from_z3(found[d]) for d in found.decls() if d.arity() == 0})
    )


def _from_z3(value: Any) -> Any:
    """An exact SymPy number; an irrational algebraic number becomes a radical or a root of its polynomial."""
    if hasattr(value, "as_fraction"):
        fraction = value.as_fraction()
        return sympy.Rational(int(fraction.numerator), int(fraction.denominator))
    x = sympy.Dummy()
    coefficients = [sympy.Rational(str(c)) for c in value.poly()]
    polynomial = sympy.Poly(list(reversed(coefficients)), x)
    roots = polynomial.real_roots()
    return roots[value.index() - 1]


# Cylindrical algebraic coverings alone are complete in most cases and fast; where they give up, with incremental
# linearization, which is cvc5's own choice.
_CVC5_STRATEGIES: tuple[dict[str, str], ...] = ({"nl-cov": "true", "nl-ext": "none"}, {})


def _ask_cvc5(query: Query, timeout: float) -> Answer:
    output = ""
    for strategy in _CVC5_STRATEGIES:
        output = _CVC5.answer(query, {"tlimit-per": str(_milliseconds(timeout)), **strategy}, timeout)
        if output in ("sat", "unsat"):
            return Answer(output)
    return Answer("unknown", reason=f"cvc5: {output}")


class _Worker:
    """A process that runs :mod:`symmomentum.proof.cvc5_worker`, started when needed and ended when it takes too long."""

    grace = 2.0
    """Seconds beyond the time limit, for the process to start and for cvc5 to notice."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def answer(self, query: Query, options: Mapping[str, str], timeout: float) -> str:
        process = self._process = self._process or self._started()
        request = {"name": query.name, "text": query.commands, "options": dict(options)}
        late = threading.Timer(timeout + self.grace, process.kill)
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            late.cancel()
        if not line:
            self.close()
            return f"no answer within {timeout:g} s"
        return str(json.loads(line))

    def _started(self) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("cvc5_worker.py")
        # -P: the modules beside the script, such as numbers, must not hide those of the standard library.
        command = [sys.executable, "-P", str(script)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_CVC5 = _Worker()
atexit.register(_CVC5.close)
