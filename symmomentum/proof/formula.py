"""From SymPy statements to formulas of real polynomial arithmetic.

A :class:`Translation` turns a claim into polynomial (in)equalities over the rationals, exactly: fractions become a
numerator and a denominator that must not vanish; roots, absolute values, minima, maxima and case distinctions become new
variables with their defining relations; a power with a symbolic exponent, a sum, a product and an entry of a matrix power
become variables of which little is known. What a term needs to be defined is kept as an obligation, to be proved together
with the statement.

Every relation is brought to a normal form on the way (expanded over Q, powers of roots reduced), so that an identity
collapses to the constant truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import comb
from typing import Any

import sympy
from sympy import QQ
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.logic.boolalg import ITE, And, BooleanFalse, BooleanTrue, Equivalent, Implies, Not, Or, Xor
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase
from sympy.polys.rings import PolyElement, PolyRing

from symmomentum.claims import Claim

__all__ = [
    "FALSE",
    "RECURSIVE",
    "TRUE",
    "Atom",
    "Formula",
    "Junction",
    "Translation",
    "Untranslatable",
    "conjunction",
    "disjunction",
    "entrywise",
    "is_whole_root",
    "negation",
    "relation",
]


class Untranslatable(Exception):
    """The statement holds a term outside real polynomial arithmetic; the message names it."""


# Formulas in negation normal form ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Atom:
    """``poly op 0`` with op one of ``=``, ``!=``, ``<``, ``<=``."""

    poly: PolyElement
    op: str


@dataclass(frozen=True, slots=True)
class Junction:
    """``and`` or ``or`` of formulas; without parts, truth or falsity."""

    op: str
    parts: tuple[Formula, ...]


Formula = Atom | Junction
TRUE: Formula = Junction("and", ())
FALSE: Formula = Junction("or", ())


def conjunction(parts: Iterable[Formula]) -> Formula:
    """All of the parts, flat and without repetitions; truth if there are none."""
    return _junction("and", parts)


def disjunction(parts: Iterable[Formula]) -> Formula:
    """One of the parts at least, flat and without repetitions; falsity if there are none."""
    return _junction("or", parts)


def _junction(op: str, parts: Iterable[Formula]) -> Formula:
    neutral, absorbing = (TRUE, FALSE) if op == "and" else (FALSE, TRUE)
    flat: dict[Formula, None] = {}
    for part in parts:
        if part == absorbing:
            return absorbing
        if isinstance(part, Junction) and part.op == op:
            flat.update(dict.fromkeys(part.parts))
        else:
            flat[part] = None
    flat.pop(neutral, None)
    return next(iter(flat)) if len(flat) == 1 else Junction(op, tuple(flat))


_COMPLEMENT = {"=": "!=", "!=": "="}


def negation(formula: Formula) -> Formula:
    """What holds exactly where the formula does not, its negations pushed down to the atoms."""
    if isinstance(formula, Junction):
        return _junction("or" if formula.op == "and" else "and", (negation(p) for p in formula.parts))
    if formula.op in _COMPLEMENT:
        return Atom(formula.poly, _COMPLEMENT[formula.op])
    return Atom(-formula.poly, "<=" if formula.op == "<" else "<")


def relation(poly: PolyElement, op: str) -> Formula:
    """An atom, or its truth value where the polynomial is a constant."""
    if poly.is_ground:
        value = poly.const()
        holds = {"=": value == 0, "!=": value != 0, "<": value < 0, "<=": value <= 0}[op]
        return TRUE if holds else FALSE
    return Atom(poly, op)


# Fractions of polynomials -----------------------------------------------------------------------------------------

_MAX_EXPONENT, _MAX_TERMS = 5_000, 100_000


@dataclass(frozen=True, slots=True)
class Fraction:
    """numerator / denominator; that the denominator does not vanish is an obligation recorded where it arose."""

    num: PolyElement
    den: PolyElement

    def __add__(self, other: Fraction) -> Fraction:
        if self.den == other.den:
            return Fraction(self.num + other.num, self.den)
        return _lowest(self.num * other.den + other.num * self.den, self.den * other.den)

    def __mul__(self, other: Fraction) -> Fraction:
        num, den = self.num * other.num, self.den * other.den
        return Fraction(num, den) if den.is_ground else _lowest(num, den)

    def __neg__(self) -> Fraction:
        return Fraction(-self.num, self.den)

    def __sub__(self, other: Fraction) -> Fraction:
        return self + -other

    def power(self, exponent: int) -> Fraction:
        if exponent < 0:
            return Fraction(self.den, self.num).power(-exponent)
        one = self.num.ring.one
        longest = max(len(self.num), len(self.den), 1)
        if exponent > _MAX_EXPONENT or comb(longest + exponent - 1, exponent) > _MAX_TERMS:
            raise Untranslatable(f"the power ({self.num.as_expr()})**{exponent}, too long when expanded")
        return Fraction(self.num**exponent if exponent else one, self.den**exponent if exponent else one)


def _lowest(num: PolyElement, den: PolyElement) -> Fraction:
    return Fraction(num, den) if den.is_ground else Fraction(*num.cancel(den))


# Translation ------------------------------------------------------------------------------------------------------

Context = tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """``condition`` must follow from the assumptions and the first ``facts`` facts of the translation."""

    condition: Formula
    facts: int
    term: Any


@dataclass
class _Scope:
    """Definitions and obligations, in the order in which the terms of one expression need them."""

    entries: list[tuple[str, Formula, Any]] = field(default_factory=list)


class Translation:
    """A claim in real polynomial arithmetic.

    Attributes
    ----------
    hypotheses : list of Formula
        What the symbols declare, what the assumptions state, and what the assumptions' terms need to be defined.
    facts : list of Formula
        Definitions of the new variables in the statement, and obligations once they are proved, in order.
    obligations : list of Obligation
        What the statement's terms need to be defined.
    conclusion : Formula
        The statement.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        statement = claim.statement
        self._auxiliary: dict[Any, None] = {}
        self._bodies: dict[Any, tuple[Any, Any]] = {}
        self.symbols = claim.symbols
        for symbol in self.symbols:
            _check_real(symbol)
        for expression in (*claim.assumptions, statement):
            self._collect(expression)
        # No symbol's name holds an exclamation mark, so these cannot clash.
        self.names = _names(self.symbols) + [f"{_kind(key)}!{i + 1}" for i, key in enumerate(self._auxiliary)]
        self.ring = PolyRing([sympy.Symbol(name) for name in self.names or ["unused"]], QQ)
        gens = self.ring.gens
        self.variables = dict(zip(self.symbols, gens, strict=False))
        self._aux_gens = dict(zip(self._auxiliary, gens[len(self.symbols) :], strict=False))
        self._root_rules: list[tuple[int, int, Fraction]] = []
        self._nonnegative: set[int] = {i for i, s in enumerate(self.symbols) if s.is_nonnegative} | {
            len(self.symbols) + i for i, key in enumerate(self._auxiliary) if _kind(key) in ("root", "abs")
        }
        self._memo: dict[Any, Fraction] = {}
        self._seen: dict[Any, list[Context]] = {}  # where a term's definitions and obligations are on record

        self.hypotheses: list[Formula] = [f for s in self.symbols for f in self._declared(s)]
        for assumption in claim.assumptions:
            self._scope = _Scope()
            formula = self._boolean(assumption, ())
            self.hypotheses += [f for _, f, _ in self._scope.entries]
            self.hypotheses.append(formula)
        self._scope = _Scope()
        self.conclusion = self._boolean(statement, ())
        self.facts: list[Formula] = []
        self.obligations: list[Obligation] = []
        known = set(self.hypotheses)
        for kind, formula, term in self._scope.entries:
            if formula in known:
                continue
            known.add(formula)
            if kind == "require":
                self.obligations.append(Obligation(formula, len(self.facts), term))
            self.facts.append(formula)

    # What is there ------------------------------------------------------------------------------------------------

    def _collect(self, expression: Any) -> None:
        """Give every term that is not polynomial a variable of its own, inner terms first."""
        for node in _postorder(expression):
            if isinstance(node, RECURSIVE):
                self._collect_recursive(node)
            self._auxiliary.update(dict.fromkeys(_auxiliary_keys(node)))

    def _collect_recursive(self, node: Any) -> None:
        if isinstance(node, MatrixElement):
            inner = [node.args[0].exp, *node.args[0].base] if _is_power_entry(node) else []
        else:
            index, low, high = _limits(node)
            # The index runs over integers from low on, whatever it declares itself.
            dummy = sympy.Dummy(index.name, integer=True, nonnegative=True if low.is_nonnegative else None)
            self._bodies[node] = dummy, node.function.xreplace({index: dummy})
            self._auxiliary[dummy] = None
            inner = [low, high, self._bodies[node][1]]
        for expression in inner:
            self._collect(expression)

    def _declared(self, symbol: sympy.Symbol) -> Iterator[Formula]:
        x, one = self.variables[symbol], self.ring.one
        if symbol.is_zero:
            yield Atom(x, "=")
        elif symbol.is_positive:
            yield Atom(one - x, "<=") if symbol.is_integer else Atom(-x, "<")
        elif symbol.is_negative:
            yield Atom(x + one, "<=") if symbol.is_integer else Atom(x, "<")
        elif symbol.is_nonnegative:
            yield Atom(-x, "<=")
        elif symbol.is_nonpositive:
            yield Atom(x, "<=")
        if symbol.is_nonzero and not symbol.is_positive and not symbol.is_negative:
            yield Atom(x, "!=")

    def recover(self, values: dict[str, Any]) -> dict[sympy.Symbol, Any]:
        """The values of the claim's symbols from values of the ring's variables (by name); a missing one counts as zero."""
        return {
            symbol: values.get(name, sympy.Integer(0)) for symbol, name in zip(self.symbols, self.names, strict=False)
        }

    def meanings(self) -> list[tuple[str, str]]:
        """What each variable stands for that is not a symbol of the claim under its own name."""
        renamed = [(name, s.name) for name, s in zip(self.names, self.symbols, strict=False) if name != s.name]
        return renamed + [(str(self._aux_gens[key]), _meaning(key)) for key in self._auxiliary]

    # Booleans -----------------------------------------------------------------------------------------------------

    def _boolean(self, expression: Any, context: Context) -> Formula:
        if isinstance(expression, BooleanTrue):
            return TRUE
        if isinstance(expression, BooleanFalse):
            return FALSE
        if isinstance(expression, Relational):
            return self._relational(expression, context)
        if isinstance(expression, (And, Or)):
            parts = [self._boolean(a, context) for a in expression.args]
            return _junction("and" if isinstance(expression, And) else "or", parts)
        if isinstance(expression, Not):
            return negation(self._boolean(expression.args[0], context))
        if isinstance(expression, Implies):
            left, right = (self._boolean(a, context) for a in expression.args)
            return disjunction((negation(left), right))
        if isinstance(expression, Equivalent):
            parts = [self._boolean(a, context) for a in expression.args]
            return disjunction((conjunction(parts), conjunction(negation(p) for p in parts)))
        if isinstance(expression, Xor):
            result: Formula = FALSE
            for part in (self._boolean(a, context) for a in expression.args):
                result = disjunction((conjunction((result, negation(part))), conjunction((negation(result), part))))
            return result
        if isinstance(expression, ITE):
            test, yes, no = (self._boolean(a, context) for a in expression.args)
            return disjunction((conjunction((test, yes)), conjunction((negation(test), no))))
        raise Untranslatable(f"{expression} ({type(expression).__name__}) is not a statement about real numbers")

    def _relational(self, expression: Any, context: Context) -> Formula:
        left, right = expression.args
        if isinstance(left, MatrixBase) or isinstance(right, MatrixBase):
            return conjunction([self._relational(e, context) for e in entrywise(expression)])
        difference = self._term(left, context) - self._term(right, context)
        if isinstance(expression, Equality):
            return relation(self._reduced(difference).num, "=")
        if isinstance(expression, Unequality):
            return relation(self._reduced(difference).num, "!=")
        if isinstance(expression, (StrictLessThan, LessThan)):
            return self._sign(difference, "<" if isinstance(expression, StrictLessThan) else "<=")
        if isinstance(expression, (StrictGreaterThan, GreaterThan)):
            return self._sign(-difference, "<" if isinstance(expression, StrictGreaterThan) else "<=")
        raise Untranslatable(f"the relation {expression}")

    def _sign(self, value: Fraction, op: str) -> Formula:
        value = self._reduced(value)
        return relation(value.num * self._sign_of(value.den), op)

    def _sign_of(self, den: PolyElement) -> PolyElement:
        """A polynomial with the sign of a denominator that is known not to vanish, of least degree."""
        if den.is_ground:
            return self.ring(1 if den.const() > 0 else -1)
        constant, factors = den.factor_list()
        sign = self.ring(1 if constant > 0 else -1)
        for factor, multiplicity in factors:
            if multiplicity % 2 and not self._nowhere_negative(factor):
                sign = sign * factor
        return sign

    def _nowhere_negative(self, poly: PolyElement) -> bool:
        return all(
            c > 0 and all(e % 2 == 0 or i in self._nonnegative for i, e in enumerate(monomial))
            for monomial, c in poly.terms()
        )

    # Terms --------------------------------------------------------------------------------------------------------

    def _term(self, expression: Any, context: Context) -> Fraction:
        seen = self._seen.setdefault(expression, [])
        if any(context[: len(c)] == c for c in seen):
            return self._memo[expression]
        value = self._compute(expression, context)
        seen.append(context)
        self._memo[expression] = value
        return value

    def _compute(self, expression: Any, context: Context) -> Fraction:
        one = self.ring.one
        if expression.is_Rational:
            return Fraction(self.ring(QQ(expression.p, expression.q)), one)
        if expression.is_Symbol:
            return Fraction(
                self.variables[expression] if expression in self.variables else self._aux_gens[expression], one
            )
        if expression.is_Add:
            total = Fraction(self.ring.zero, one)
            for a in expression.args:
                total = total + self._term(a, context)
            return total
        if expression.is_Mul:
            product = Fraction(one, one)
            for a in expression.args:
                product = product * self._term(a, context)
            return product
        if expression.is_Pow:
            return self._pow(expression, context)
        if isinstance(expression, sympy.Abs):
            inner = self._term(expression.args[0], context)
            new = Fraction(self._aux_gens[expression], one)
            self._define(
                disjunction(
                    (
                        conjunction((self._sign(-inner, "<="), self._equal(new, inner))),
                        conjunction((self._sign(inner, "<"), self._equal(new, -inner))),
                    )
                ),
                context,
                expression,
            )
            return new
        if isinstance(expression, sympy.sign):
            inner = self._term(expression.args[0], context)
            new = self._aux_gens[expression]
            self._define(
                disjunction(
                    (
                        conjunction((self._sign(-inner, "<"), Atom(new - one, "="))),
                        conjunction((self._sign(inner, "<"), Atom(new + one, "="))),
                        conjunction((self._equal(inner, Fraction(self.ring.zero, one)), Atom(new, "="))),
                    )
                ),
                context,
                expression,
            )
            return Fraction(new, one)
        if isinstance(expression, (sympy.Min, sympy.Max)):
            values = [self._term(a, context) for a in expression.args]
            new = Fraction(self._aux_gens[expression], one)
            side = 1 if isinstance(expression, sympy.Min) else -1
            bounds = [self._sign(new - v if side > 0 else v - new, "<=") for v in values]
            self._define(conjunction((*bounds, disjunction(self._equal(new, v) for v in values))), context, expression)
            return new
        if isinstance(expression, sympy.Piecewise):
            return self._piecewise(expression, context)
        if isinstance(expression, RECURSIVE):
            return self._recursive(expression, context)
        if expression is sympy.zoo or expression is sympy.nan:
            self._require(FALSE, context, expression)
            return Fraction(self.ring.zero, one)
        raise Untranslatable(f"{expression} ({type(expression).__name__})")

    def _recursive(self, node: Any, context: Context) -> Fraction:
        """A sum, a product or an entry of a matrix power: nothing is said of its value, but it must have one."""
        if isinstance(node, MatrixElement):
            if not _is_power_entry(node):
                raise Untranslatable(f"{node}: not an entry of a power of an explicit matrix")
            steps = node.args[0].exp
            if not is_integral(steps):
                raise Untranslatable(f"{node}: the exponent is not built from integers alone")
            self._require(self._sign(-self._term(steps, context), "<="), context, node)
            for entry in node.args[0].base:
                self._term(entry, context)
        else:
            _, low, high = _limits(node)
            if not (is_integral(low) and is_integral(high)):
                raise Untranslatable(f"{node}: its limits are not built from integers alone")
            dummy, body = self._bodies[node]
            index = self._term(dummy, context)
            within = [
                self._sign(self._term(low, context) - index, "<="),
                self._sign(index - self._term(high, context), "<="),
            ]
            self._term(body, (*context, *within))
        return Fraction(self._aux_gens[node], self.ring.one)

    def _equal(self, left: Fraction, right: Fraction) -> Formula:
        return relation(self._reduced(left - right).num, "=")

    def _piecewise(self, expression: Any, context: Context) -> Fraction:
        new = Fraction(self._aux_gens[expression], self.ring.one)
        earlier: Context = ()
        conditions: list[Formula] = []
        for value, condition in expression.args:
            test = self._boolean(condition, context + earlier)
            branch = (*context, *earlier, test)
            self._define(self._equal(new, self._term(value, branch)), branch, expression)
            conditions.append(test)
            earlier = (*earlier, negation(test))
        self._require(disjunction(conditions), context, expression)
        return new

    def _pow(self, expression: Any, context: Context) -> Fraction:
        base_expression, exponent = expression.args
        base = self._term(base_expression, context)
        if exponent.is_Integer:
            if exponent < 0:
                self._require(relation(self._reduced(base).num, "!="), context, expression)
            return base.power(int(exponent))
        if exponent.is_Rational:
            root = self._root(base_expression, base, int(exponent.q), context)
            if exponent < 0:
                self._require(relation(self._reduced(base).num, "!="), context, expression)
            return root.power(int(exponent.p))
        constant, monomials = _exponent(expression)
        # At exponents of either sign the base must not vanish; where no exponent is negative, 0**0 = 1.
        if constant < 0 or any(c < 0 or not m.is_nonnegative for m, c in monomials):
            self._require(relation(self._reduced(base).num, "!="), context, expression)
        root = base if constant.is_Integer else self._root(base_expression, base, int(constant.q), context)
        value = root.power(int(constant.p))
        for monomial, coefficient in monomials:
            new = self._aux_gens[("power", base_expression, monomial)]
            if base_expression == -1:
                self._define(Atom(new**2 - self.ring.one, "="), context, expression)
            else:  # a power of a positive number is positive
                self._define(disjunction((self._sign(base, "<="), Atom(-new, "<"))), context, expression)
            if base_expression.is_Rational and base_expression > 1 and monomial.is_nonnegative:
                # Integers are read as reals, so 2**k > 0 alone would admit 0 < 2**k < 1.
                self._define(Atom(self.ring.one - new, "<="), context, expression)
            if coefficient < 0:  # a power of a number other than zero is none either
                self._define(Atom(new, "!="), context, expression)
            value = value * Fraction(new, self.ring.one).power(coefficient)
        return value

    def _root(self, base_expression: Any, base: Fraction, degree: int, context: Context) -> Fraction:
        key = ("root", base_expression, degree)
        new = self._aux_gens[key]
        index = self.ring.gens.index(new)
        if not any(i == index for i, _, _ in self._root_rules):
            self._root_rules.append((index, degree, self._reduced(base)))
        self._require(self._sign(-base, "<="), context, base_expression)
        self._define(
            conjunction((Atom(-new, "<="), relation(new**degree * base.den - base.num, "="))), context, base_expression
        )
        return Fraction(new, self.ring.one)

    def _reduced(self, value: Fraction) -> Fraction:
        """Powers of roots rewritten: s**n becomes the radicand where s is an n-th root. The newest root goes first."""
        if not self._root_rules or (value.num.is_ground and value.den.is_ground):
            return value
        num, den = self._reduced_poly(value.num), self._reduced_poly(value.den)
        return _lowest(num.num * den.den, num.den * den.num)

    def _reduced_poly(self, poly: PolyElement) -> Fraction:
        value = Fraction(poly, self.ring.one)
        for index, degree, radicand in reversed(self._root_rules):
            if all(monomial[index] < degree for monomial in value.num):
                continue
            parts: dict[int, dict[Any, Any]] = {}
            for monomial, coefficient in value.num.terms():
                high, low = divmod(monomial[index], degree)
                rest = (*monomial[:index], low, *monomial[index + 1 :])
                parts.setdefault(high, {})[rest] = coefficient
            total = Fraction(self.ring.zero, self.ring.one)
            for high, terms in parts.items():
                total = total + Fraction(self.ring.from_dict(terms), self.ring.one) * radicand.power(high)
            value = _lowest(total.num, total.den * value.den)
        return value

    def _require(self, condition: Formula, context: Context, term: Any) -> None:
        if isinstance(condition, Atom) and condition.op == "!=" and self._positive(condition.poly):
            return
        if isinstance(condition, Atom) and condition.op == "<=" and self._nowhere_negative(-condition.poly):
            return
        self._entry("require", condition, context, term)

    def _positive(self, poly: PolyElement) -> bool:
        """Whether declared signs alone make it positive."""
        positive = {i for i, s in enumerate(self.symbols) if s.is_positive}
        return self._nowhere_negative(poly) and any(
            all(e == 0 or i in positive for i, e in enumerate(monomial)) for monomial, _ in poly.terms()
        )

    def _define(self, formula: Formula, context: Context, term: Any) -> None:
        self._entry("define", formula, context, term)

    def _entry(self, kind: str, formula: Formula, context: Context, term: Any) -> None:
        guarded = disjunction((*(negation(c) for c in context), formula))
        if guarded != TRUE:
            self._scope.entries.append((kind, guarded, term))


def entrywise(expression: Any) -> list[Any]:
    """An equation of explicit matrices as the equations of their entries, none of them evaluated: 1/x = 1/x needs x != 0."""
    left, right = expression.args
    explicit = isinstance(left, MatrixBase) and isinstance(right, MatrixBase)
    if not explicit or not isinstance(expression, Equality) or left.shape != right.shape:
        raise Untranslatable(f"the relation {expression} of matrices")
    return [Equality(x, y, evaluate=False) for x, y in zip(left, right, strict=True)]


RECURSIVE = (sympy.Sum, sympy.Product, MatrixElement)


def _is_power_entry(node: Any) -> bool:
    """Whether it is entry (i, j) of a power of an explicit square matrix, i and j being numbers within range."""
    matrix, i, j = node.args
    if not (isinstance(matrix, sympy.MatPow) and isinstance(matrix.base, MatrixBase) and i.is_Integer and j.is_Integer):
        return False
    return 0 <= int(i) < int(matrix.base.rows) and 0 <= int(j) < int(matrix.base.cols)


def _limits(node: Any) -> tuple[Any, Any, Any]:
    if len(node.limits) != 1 or len(node.limits[0]) != 3:
        raise Untranslatable(f"{node}: not a sum or product over one index from a first to a last value")
    index, low, high = node.limits[0]
    return index, low, high


def is_whole_root(expression: Any) -> bool:
    """Whether a root is one root still, up to a number, or none at all. SymPy takes sqrt(h**2*x) apart into abs(h)*sqrt(x),
    which has no value where h = 0 and x < 0.

    >>> h, x = sympy.symbols("h x", real=True)
    >>> [is_whole_root(sympy.sqrt(e)) for e in (2 * x, x**2, x + h, h**2 * x)]
    [True, True, True, False]
    """
    factors = [f for f in sympy.Mul.make_args(expression) if f.free_symbols]
    roots = [p for f in factors for p in f.atoms(sympy.Pow) if not p.exp.is_Integer]
    return not roots or roots == factors


def is_integral(expression: Any) -> bool:
    """Whether it is a polynomial with integer coefficients in symbols that are declared to be integers, so that it has an
    integer value everywhere. SymPy's own ``is_integer`` does not ask whether there is a value at all."""
    if expression.is_Symbol:
        return bool(expression.is_integer)
    if expression.is_Pow:
        return bool(expression.exp.is_Integer and expression.exp > 0 and is_integral(expression.base))
    return bool(
        expression.is_Integer or ((expression.is_Add or expression.is_Mul) and all(map(is_integral, expression.args)))
    )


def _postorder(expression: Any) -> Iterator[Any]:
    if not isinstance(expression, RECURSIVE):
        for a in expression.args:
            yield from _postorder(a)
    yield expression


def _auxiliary_keys(node: Any) -> list[Any]:
    if isinstance(node, sympy.Pow) and not node.exp.is_Integer:
        if node.exp.is_Rational:
            return [("root", node.base, int(node.exp.q))]
        constant, monomials = _exponent(node)
        keys: list[Any] = [("power", node.base, m) for m, _ in monomials]
        return keys if constant.is_Integer else [("root", node.base, int(constant.q)), *keys]
    return (
        [node] if isinstance(node, (*RECURSIVE, sympy.Abs, sympy.sign, sympy.Min, sympy.Max, sympy.Piecewise)) else []
    )


def _exponent(power: Any) -> tuple[Any, list[tuple[Any, int]]]:
    """The exponent as a rational constant plus integer multiples of integer-valued terms."""
    constant, terms = power.exp.as_coeff_add()
    if not constant.is_Rational:
        raise Untranslatable(f"the power {power}")
    monomials = []
    for term in terms:
        coefficient, monomial = term.as_coeff_Mul()
        if not (coefficient.is_Integer and is_integral(monomial)):
            raise Untranslatable(f"the power {power}: its exponent is not built from integers alone")
        monomials.append((monomial, int(coefficient)))
    return constant, monomials


def _kind(key: Any) -> str:
    if isinstance(key, tuple):
        return str(key[0])
    return {"Piecewise": "cases", "MatrixElement": "entry", "Dummy": "index"}.get(
        type(key).__name__, type(key).__name__.lower()
    )


def _meaning(key: Any) -> str:
    if isinstance(key, tuple):
        return f"({key[1]})**({key[2]})" if key[0] == "power" else f"({key[1]})**(1/{key[2]})"
    return str(key)


def _check_real(symbol: Any) -> None:
    may_be_complex = symbol.is_complex and symbol.is_real is None  # what declares nothing at all is read as real
    if (
        not symbol.is_Symbol
        or symbol.is_real is False
        or may_be_complex
        or symbol.is_finite is False
        or not symbol.is_commutative
    ):
        raise Untranslatable(f"{symbol} is not a real number")


def _names(symbols: tuple[sympy.Symbol, ...]) -> list[str]:
    """Names that are legal SMT-LIB symbols and differ even where two symbols differ only in what they declare."""
    names: list[str] = []
    for symbol in symbols:
        plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in symbol.name)
        if not plain[:1].isalpha() or plain in _KEYWORDS:
            plain = "v_" + plain
        name, count = plain, 2
        while name in names:
            name, count = f"{plain}__{count}", count + 1
        names.append(name)
    return names


# Words of SMT-LIB, and functions that solvers know beside it.
_KEYWORDS = frozenset(
    [
        "BINARY",
        "DECIMAL",
        "HEXADECIMAL",
        "NUMERAL",
        "STRING",
        "Bool",
        "Int",
        "Real",
        "_",
        "abs",
        "and",
        "arccos",
        "arcsin",
        "arctan",
        "as",
        "assert",
        "cos",
        "cot",
        "csc",
        "distinct",
        "div",
        "echo",
        "exists",
        "exit",
        "exp",
        "false",
        "forall",
        "get",
        "iand",
        "implies",
        "is_int",
        "ite",
        "lambda",
        "let",
        "match",
        "mod",
        "not",
        "or",
        "par",
        "pi",
        "pop",
        "push",
        "real",
        "reset",
        "sec",
        "sin",
        "sqrt",
        "tan",
        "to_int",
        "to_real",
        "true",
        "xor",
    ]
)
