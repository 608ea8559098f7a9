"""The truth of a statement at one point, in exact arithmetic: what makes a witness a witness.

Coordinates are rational or real algebraic numbers. Signs of algebraic numbers are decided by intervals that enclose them
(which sign) and by their minimal polynomial (zero or not), never by the size of a decimal expansion.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from mpmath.ctx_iv import MPIntervalContext
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase
from sympy.polys.polyerrors import PolynomialError

from symmomentum.claims import Claim
from symmomentum.proof.formula import Untranslatable, entrywise
from symmomentum.proof.numbers import MAX_STEPS, TESTS, Inexact, Undefined, declared, evaluator, too_long, truth

__all__ = ["breaks", "holds", "satisfies", "simplest"]

Witness = Mapping[sympy.Symbol, Any]


def breaks(claim: Claim, point: Witness) -> bool:
    """Whether a point satisfies the declarations and the assumptions and breaks the statement, all shown exactly.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = Claim(id="demo", statement=sympy.Ne(x**2, 2), assumptions=(x > 0,), source="demonstration")
    >>> breaks(claim, {x: sympy.sqrt(2)}), breaks(claim, {x: -sympy.sqrt(2)}), breaks(claim, {x: sympy.Integer(1)})
    (True, False, False)
    """
    return satisfies(claim, point) and holds(claim.statement, point) is False


def satisfies(claim: Claim, point: Witness) -> bool:
    """Whether a point satisfies the declarations and the assumptions, shown exactly."""
    agrees = all(_agrees(symbol, point[symbol]) for symbol in claim.symbols)
    return agrees and all(holds(a, point) is True for a in claim.assumptions)


def _agrees(symbol: sympy.Symbol, value: Any) -> bool:
    return all(getattr(value, f"is_{name}") is kind for name, kind in symbol.assumptions0.items())


def simplest(claim: Claim, point: Witness) -> Witness:
    """A witness in simpler numbers, where nearby ones do as well."""
    if not all(v.is_Rational for v in point.values()):
        return point
    assumed = [evaluator(a, exact=True) for a in claim.assumptions]
    stated = evaluator(claim.statement, exact=True)

    def broken(candidate: Mapping[sympy.Symbol, Fraction]) -> bool:
        try:
            return all(truth(a, candidate) for a in assumed) and not truth(stated, candidate)
        except Inexact:
            return False

    best = {s: Fraction(int(v.p), int(v.q)) for s, v in point.items()}
    for symbol, value in best.items():
        plain = [Fraction(n) for n in (0, 1, -1, 2, -2)] + [value.limit_denominator(d) for d in (1, 2, 3, 4, 10)]
        for simpler in sorted(set(plain), key=_length):
            if _length(simpler) >= _length(value):
                break
            if declared(symbol, simpler) and broken({**best, symbol: simpler}):
                best[symbol] = simpler
                break
    simple = {s: sympy.Rational(v.numerator, v.denominator) for s, v in best.items()}
    return simple if breaks(claim, simple) else point


def _length(value: Fraction) -> tuple[int, bool]:
    return abs(value.numerator) + value.denominator, value < 0


def holds(statement: Boolean, point: Witness) -> bool | None:
    """The truth of a statement at a point, ``None`` if it could not be decided exactly."""
    try:
        if all(value.is_Rational for value in point.values()):
            rational = {s: Fraction(int(v.p), int(v.q)) for s, v in point.items()}
            return truth(evaluator(statement, exact=True), rational)
    except Inexact:
        pass
    except Untranslatable:
        return None
    try:
        return _truth(statement, point)
    except Undefined:
        return False
    except (Untranslatable, NotImplementedError, PolynomialError):
        return None


def _truth(node: Any, point: Witness) -> bool:
    if node is sympy.true or node is sympy.false:
        return bool(node)
    if isinstance(node, Relational):
        left, right = node.args
        if isinstance(left, MatrixBase) or isinstance(right, MatrixBase):
            truths = [_truth(e, point) for e in entrywise(node)]  # every entry must be defined
            return all(truths)
        return TESTS[node.func](_sign(_value(left, point) - _value(right, point)))
    if not isinstance(node, Boolean) or node.is_Symbol:
        raise Untranslatable(f"{node} ({type(node).__name__})")
    parts = [sympy.true if _truth(a, point) else sympy.false for a in node.args]
    return bool(node.func(*parts))


def _value(node: Any, point: Witness) -> Any:
    if node.is_Rational:
        return node
    if node.is_Symbol:
        return point[node]
    if isinstance(node, sympy.Piecewise):
        for value, condition in node.args:
            if _truth(condition, point):
                return _value(value, point)
        raise Undefined
    if isinstance(node, sympy.Pow):
        return _power(_value(node.base, point), _value(node.exp, point))
    if isinstance(node, (sympy.Min, sympy.Max)):
        side = -1 if isinstance(node, sympy.Min) else 1
        best, *others = (_value(a, point) for a in node.args)
        for value in others:
            best = value if _sign(value - best) == side else best
        return best
    if isinstance(node, (sympy.Add, sympy.Mul)):
        return node.func(*(_value(a, point) for a in node.args))
    if isinstance(node, sympy.Abs):
        value = _value(node.args[0], point)
        return -value if _sign(value) < 0 else value
    if isinstance(node, sympy.sign):
        return sympy.Integer(_sign(_value(node.args[0], point)))
    if isinstance(node, (sympy.Sum, sympy.Product)) and len(node.limits) == 1:
        index, low, high = node.limits[0]
        first, last = _value(low, point), _value(high, point)
        if not (first.is_Integer and last.is_Integer):
            raise Undefined
        if last - first > MAX_STEPS:
            raise Untranslatable(f"{node}: too many terms")
        values = [_value(node.function, {**point, index: sympy.Integer(i)}) for i in range(int(first), int(last) + 1)]
        return (sympy.Add if isinstance(node, sympy.Sum) else sympy.Mul)(*values)
    if isinstance(node, MatrixElement) and isinstance(node.args[0], sympy.MatPow):
        power, i, j = node.args
        base, steps = power.base, _value(power.exp, point)
        if not steps.is_Integer or steps < 0:
            raise Undefined
        if steps > MAX_STEPS:
            raise Untranslatable(f"{node}: too many factors")
        return (base.applyfunc(lambda entry: _value(entry, point)) ** int(steps))[i, j]
    if node in (sympy.zoo, sympy.nan):
        raise Undefined
    raise Untranslatable(f"{node} ({type(node).__name__})")


def _power(base: Any, exponent: Any) -> Any:
    if not exponent.is_Rational:
        raise Untranslatable(f"the irrational exponent {exponent}")
    sign = _sign(base)
    if (sign == 0 and exponent < 0) or (sign < 0 and not exponent.is_Integer):
        raise Undefined
    if base.is_Rational and too_long(base, exponent):
        raise Untranslatable(f"a power with the exponent {exponent}")
    return base**exponent if sign else sympy.Integer(int(exponent == 0))


# Signs of algebraic numbers ---------------------------------------------------------------------------------------


def _sign(value: Any) -> int:
    if value.is_Rational:
        return int(bool(value > 0)) - int(bool(value < 0))
    digits = 30  # a minimal polynomial can take minutes, hundreds of digits do not: it comes last
    while (sign := _sign_of_enclosure(value, digits)) is None:  # ends, because the number is not zero
        x = sympy.Dummy()
        if digits == 960 and sympy.minimal_polynomial(value, x) == x:
            return 0
        digits *= 2
    return sign


def _sign_of_enclosure(value: Any, digits: int) -> int | None:
    """The sign of an interval that holds the number, None if zero lies in it."""
    context = MPIntervalContext()
    context.dps = digits
    try:
        interval = _enclosure(value, context, digits)
    except ZeroDivisionError:  # zero lies in the interval of a divisor
        return None
    return 1 if interval.a > 0 else -1 if interval.b < 0 else None


def _enclosure(value: Any, context: Any, digits: int) -> Any:
    if value.is_Rational:
        return context.mpf(int(value.p)) / int(value.q)
    if isinstance(value, sympy.CRootOf):
        radius = sympy.Rational(1, 10**digits)
        near = value.eval_rational(radius)
        low, high = (_enclosure(v, context, digits) for v in (near - radius, near + radius))
        return context.mpf([low.a, high.b])
    if isinstance(value, (sympy.Add, sympy.Mul)):
        result, *others = (_enclosure(a, context, digits) for a in value.args)
        for other in others:
            result = result + other if value.is_Add else result * other
        return result
    if isinstance(value, sympy.Pow) and value.exp.is_Rational:
        base = _enclosure(value.base, context, digits)
        if value.exp.is_Integer:
            return base ** int(value.exp)
        if base.a <= 0:  # a root of a positive number, of which the interval does not show yet that it is positive
            raise ZeroDivisionError
        return context.exp(context.log(base) * int(value.exp.p) / int(value.exp.q))
    raise Untranslatable(f"the number {value}")
