"""Numbers try to refute: a statement evaluated at many points that satisfy its assumptions.

Rational arithmetic is exact; where a root is irrational, 50 digits are carried and a difference below 40 digits counts as
equality. What is found here is only a suspicion, to be confirmed by :mod:`symmomentum.proof.exact`; what is not found here
proves nothing.
"""

from __future__ import annotations

import functools
import operator
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import isqrt
from typing import Any

import mpmath
import sympy
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
from sympy.polys.rings import PolyElement

from symmomentum.claims import Claim
from symmomentum.proof.formula import Atom, Formula, Translation, Untranslatable, entrywise

__all__ = ["MAX_STEPS", "REAL", "TESTS", "Inexact", "Undefined", "declared", "evaluator", "points", "too_long", "truth"]

_MP = mpmath.mp.clone()  # its own precision, whatever the precision of everybody's mpmath.mp is
_MP.dps = 50
_EQUAL = _MP.mpf(10) ** -40
POINTS, MANY_POINTS = 24, 800
"""How many points a claim is tested at, at first and before it is given up (fewer if its assumptions are hard to satisfy)."""
_TRIES_PER_POINT, _FAR_TRIES_PER_POINT = 5, 12
MAX_STEPS = 1_000
"""How many terms of a sum or product and how many factors of a matrix power are worked out."""
_MAX_BITS = 1_000_000

Point = Mapping[sympy.Symbol, Fraction]
Evaluator = Callable[[Any], Any]


class Undefined(ArithmeticError):
    """A term has no value at this point."""


class Inexact(ArithmeticError):
    """A value is irrational, and exact rational arithmetic was asked for; or it takes too many operations or digits."""


def truth(statement: Evaluator, point: Point) -> bool:
    """The statement's truth at a point; an undefined term makes it false."""
    try:
        return bool(statement(point))
    except Undefined:
        return False


# Evaluation -------------------------------------------------------------------------------------------------------


def evaluator(expression: Any, *, exact: bool = False) -> Evaluator:
    """A function from points to the value (of a term) or the truth (of a statement).

    With ``exact``, :class:`Inexact` is raised as soon as a value is irrational, so that what is returned is exact.

    Raises
    ------
    Untranslatable
        If the expression holds a function that is not known here.
    """
    shared: set[Any] = set()
    _find_shared(expression, set(), shared)
    built: dict[Any, Evaluator] = {}

    def build(node: Any) -> Evaluator:
        if node not in built:
            direct = _build(node, build, exact)
            built[node] = _remembering(direct) if node in shared else direct
        return built[node]

    whole = build(expression)
    return lambda point: whole(dict(point))


def _find_shared(node: Any, seen: set[Any], shared: set[Any]) -> None:
    if not node.args:
        return
    if node in seen:
        shared.add(node)
        return
    seen.add(node)
    for a in node.args:
        _find_shared(a, seen, shared)


def _remembering(direct: Evaluator) -> Evaluator:
    """Evaluated once at each point, which carries the value along."""
    slot = object()

    def evaluate(point: dict[Any, Any]) -> Any:
        if slot not in point:
            point[slot] = direct(point)
        return point[slot]

    return evaluate


def _build(node: Any, build: Callable[[Any], Evaluator], exact: bool) -> Evaluator:
    if isinstance(node, (BooleanTrue, BooleanFalse)):
        value = bool(node)
        return lambda point: value
    if isinstance(node, Relational):
        return _relational(node, build)
    if isinstance(node, (And, Or, Not, Implies, Equivalent, Xor, ITE)):
        return _connective(node, build)
    if getattr(node, "is_Rational", False):
        number = Fraction(int(node.p), int(node.q))
        return lambda point: number
    if getattr(node, "is_Symbol", False):
        return lambda point: point[node]
    if isinstance(node, sympy.Add):
        parts = [build(a) for a in node.args]
        return lambda point: _folded(operator.add, [p(point) for p in parts])
    if isinstance(node, sympy.Mul):
        parts = [build(a) for a in node.args]
        return lambda point: _folded(operator.mul, [p(point) for p in parts])
    if isinstance(node, sympy.Pow):
        base, exponent = build(node.base), build(node.exp)
        return lambda point: _power(base(point), exponent(point), exact)
    if isinstance(node, sympy.Abs):
        inner = build(node.args[0])
        return lambda point: abs(inner(point))
    if isinstance(node, sympy.sign):
        inner = build(node.args[0])
        return lambda point: Fraction(_sign(inner(point)))
    if isinstance(node, (sympy.Min, sympy.Max)):
        parts = [build(a) for a in node.args]
        side = -1 if isinstance(node, sympy.Min) else 1

        def extreme(point: Point) -> Any:
            best, *others = (p(point) for p in parts)
            for value in others:
                best = value if _difference_sign(value, best) == side else best
            return best

        return extreme
    if isinstance(node, sympy.Piecewise):
        return _piecewise(node, build)
    if isinstance(node, (sympy.Sum, sympy.Product)):
        return _unrolled(node, exact)
    if isinstance(node, MatrixElement):
        return _matrix_power_entry(node, build)
    if node is sympy.zoo or node is sympy.nan:
        return _raise_undefined
    raise Untranslatable(f"{node} ({type(node).__name__})")


def _mixed(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Exact where both are rational; else both with all digits, since the two kinds do not mix by themselves."""
    if type(left) is type(right):
        return operation(left, right)
    return operation(_mpf(left), _mpf(right))


def _mpf(value: Any) -> Any:
    return _MP.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _folded(operation: Callable[[Any, Any], Any], values: list[Any]) -> Any:
    return functools.reduce(lambda left, right: _mixed(operation, left, right), values)


def _raise_undefined(point: Point) -> Any:
    raise Undefined


def _sign(value: Any) -> int:
    if isinstance(value, _MP.mpf) and abs(value) <= _EQUAL:
        return 0
    return int(value > 0) - int(value < 0)


def _difference_sign(left: Any, right: Any) -> int:
    difference = _mixed(operator.sub, left, right)
    if isinstance(difference, _MP.mpf) and abs(difference) <= _EQUAL * (1 + abs(_mpf(left)) + abs(_mpf(right))):
        return 0
    return int(difference > 0) - int(difference < 0)


TESTS: dict[type, Callable[[int], bool]] = {
    Equality: lambda s: s == 0,
    Unequality: lambda s: s != 0,
    StrictLessThan: lambda s: s < 0,
    LessThan: lambda s: s <= 0,
    StrictGreaterThan: lambda s: s > 0,
    GreaterThan: lambda s: s >= 0,
}


def _relational(node: Any, build: Callable[[Any], Evaluator]) -> Evaluator:
    left, right = node.args
    if isinstance(left, MatrixBase) or isinstance(right, MatrixBase):
        equations = [build(e) for e in entrywise(node)]

        def every(point: Point) -> bool:
            truths = [e(point) for e in equations]  # every entry must be defined
            return all(truths)

        return every
    test = TESTS[node.func]
    a, b = build(left), build(right)
    return lambda point: test(_difference_sign(a(point), b(point)))


def _connective(node: Any, build: Callable[[Any], Evaluator]) -> Evaluator:
    # Every part is evaluated, also where the first would decide: an undefined term anywhere makes the statement false.
    parts = [build(a) for a in node.args]

    def values(point: Point) -> list[bool]:
        return [p(point) for p in parts]

    if isinstance(node, And):
        return lambda point: all(values(point))
    if isinstance(node, Or):
        return lambda point: any(values(point))
    if isinstance(node, Not):
        return lambda point: not parts[0](point)
    if isinstance(node, Equivalent):
        return lambda point: len(set(values(point))) == 1
    if isinstance(node, Xor):
        return lambda point: sum(values(point)) % 2 == 1
    if isinstance(node, Implies):

        def implies(point: Point) -> bool:
            premise, conclusion = values(point)
            return not premise or conclusion

        return implies

    def choice(point: Point) -> bool:
        test, yes, no = values(point)
        return yes if test else no

    return choice


def _piecewise(node: Any, build: Callable[[Any], Evaluator]) -> Evaluator:
    branches = [(build(value), build(condition)) for value, condition in node.args]

    def piecewise(point: Point) -> Any:
        for value, condition in branches:
            if condition(point):
                return value(point)
        raise Undefined

    return piecewise


def _unrolled(node: Any, exact: bool) -> Evaluator:
    *inner, outermost = node.limits
    if len(outermost) != 3:
        raise Untranslatable(f"{node}: an index without a first and a last value")
    index, low, high = outermost
    body = evaluator(node.func(node.function, *inner) if inner else node.function, exact=exact)
    start, stop = evaluator(low, exact=exact), evaluator(high, exact=exact)
    operation, empty = (operator.add, 0) if isinstance(node, sympy.Sum) else (operator.mul, 1)

    def unrolled(point: Point) -> Any:
        first, last = start(point), stop(point)
        if not (_is_integer(first) and _is_integer(last)):
            raise Undefined
        if last - first > MAX_STEPS:
            raise Inexact
        values = [body({**point, index: Fraction(i)}) for i in range(int(first), int(last) + 1)]
        return _folded(operation, [Fraction(empty), *values])

    return unrolled


def _is_integer(value: Any) -> bool:
    return isinstance(value, Fraction) and value.denominator == 1


def _matrix_power_entry(node: Any, build: Callable[[Any], Evaluator]) -> Evaluator:
    power, i, j = node.args
    if not (isinstance(power, sympy.MatPow) and isinstance(power.base, MatrixBase) and i.is_Integer and j.is_Integer):
        raise Untranslatable(f"{node}: not an entry of a power of an explicit matrix")
    size = power.base.shape[0]
    entries = [[build(power.base[a, b]) for b in range(size)] for a in range(size)]
    exponent = build(power.exp)

    def entry(point: Point) -> Any:
        steps = exponent(point)
        if not _is_integer(steps) or steps < 0:
            raise Undefined
        if steps > MAX_STEPS:
            raise Inexact
        matrix = [[e(point) for e in row] for row in entries]
        row: list[Any] = [Fraction(int(a == i)) for a in range(size)]
        for _ in range(int(steps)):
            row = [
                _folded(operator.add, [_mixed(operator.mul, row[a], matrix[a][b]) for a in range(size)])
                for b in range(size)
            ]
        return row[int(j)]

    return entry


def too_long(base: Any, exponent: Any) -> bool:
    """Whether a power of a rational number has too many digits to be written out."""
    bits = int(base.numerator).bit_length() + int(base.denominator).bit_length()
    return abs(base) not in (0, 1) and bits * abs(exponent) > _MAX_BITS


def _power(base: Any, exponent: Any, exact: bool) -> Any:
    if _is_integer(exponent):
        if exponent < 0 and _sign(base) == 0:
            raise Undefined
        if isinstance(base, Fraction) and too_long(base, exponent):
            if exact:
                raise Inexact
            base = _mpf(base)
        return base ** int(exponent)
    sign = _sign(base)
    if sign < 0 or (sign == 0 and exponent < 0):
        raise Undefined
    if sign == 0:
        return Fraction(0)
    if isinstance(exponent, Fraction):
        root = _exact_root(base, exponent.denominator) if isinstance(base, Fraction) else None
        if root is not None:
            return root**exponent.numerator
    if exact:
        raise Inexact
    return _mpf(base) ** _mpf(exponent)


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    num, den = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return None if num is None or den is None else Fraction(num, den)


def _integer_root(n: int, degree: int) -> int | None:
    root = isqrt(n) if degree == 2 else int(sympy.integer_nthroot(n, degree)[0])
    return root if root**degree == n else None


# Points -----------------------------------------------------------------------------------------------------------

_CORNERS = [
    *map(Fraction, (0, 1, -1, 2, -2, 3, 4, 9, 100)),
    *(Fraction(n, d) for n, d in ((1, 2), (-1, 2), (1, 3), (-1, 3), (1, 4), (1, 9), (1, 100))),
]
_SCALES = [Fraction(s) for s in (1, 1, 1, 4, 100, Fraction(1, 100))]
_FAR_SCALES = [*_SCALES, *(Fraction(10) ** e for e in (-12, -9, -6, -4, 4, 6, 9))]
_INTEGERS = [0, 1, 2, 3, 4, 5, 7, 12]
_FAR_INTEGERS = [*range(64), *range(64, 400, 7), 1_000, 10_000, 1_000_000]


def points(
    claim: Claim,
    translation: Translation | None,
    *,
    far: bool = False,
    near: Mapping[sympy.Symbol, Any] | None = None,
) -> Iterator[dict[sympy.Symbol, Fraction]]:
    """Rational points that satisfy the declarations and the assumptions: corners, random points, and points moved onto the
    boundary of one of the relations in the claim. The sequence depends on the claim's id alone.

    With ``far``, more of them, extreme ones, and ones close beside a boundary. ``near`` is a point whose rational coordinates
    are tried too.

    Raises
    ------
    Untranslatable
        If an assumption holds a function that is not known here.
    """
    assume = [evaluator(a) for a in claim.assumptions]
    symbols = claim.symbols
    source = random.Random(f"{claim.id}/far" if far else claim.id)
    boundaries = _boundaries(translation) if translation else []
    equations = [b for b in boundaries if b.forced]
    given = {s: Fraction(int(v.p), int(v.q)) for s, v in (near or {}).items() if v.is_Rational and declared(s, v)}
    restricted = [s for s in symbols if len(s.assumptions0) > len(REAL)]
    seen: set[tuple[Fraction, ...]] = set()

    def admissible(point: dict[sympy.Symbol, Fraction]) -> bool:
        try:
            if not (all(declared(s, point[s]) for s in restricted) and all(truth(a, point) for a in assume)):
                return False
        except Inexact:
            return False
        key = tuple(point.values())
        if key in seen:
            return False
        seen.add(key)
        return True

    def moved(point: dict[sympy.Symbol, Fraction], boundary: _Boundary) -> dict[sympy.Symbol, Fraction]:
        offset = source.choice((0, 1, -1)) * Fraction(1, 10 ** source.choice((3, 6, 9, 12))) if far else Fraction(0)
        return boundary.move(point, source, offset) or point

    tries = _FAR_TRIES_PER_POINT * MANY_POINTS if far else _TRIES_PER_POINT * POINTS
    for _ in range(tries if symbols else 1):
        point = {s: _draw(s, source, far) for s in symbols}
        if given and source.random() < 0.5:
            point.update(given)
        for equation in equations:
            point = equation.move(point, source) or point
        if not admissible(point):
            continue
        yield point
        if boundaries and admissible(beside := moved(point, source.choice(boundaries))):
            yield beside


REAL = sympy.Symbol("x", real=True).assumptions0


def declared(symbol: sympy.Symbol, value: Any) -> bool:
    """Whether a rational number agrees with what the symbol declares."""
    kind, rare = _kind(symbol)
    return (
        kind.get("positive") in (None, value > 0)
        and kind.get("negative") in (None, value < 0)
        and kind.get("zero") in (None, value == 0)
        and kind.get("integer") in (None, value.denominator == 1)
        and kind.get("rational") is not False
        and (not rare or all(getattr(sympy.Rational(value), f"is_{name}") is kind[name] for name in rare))
    )


@functools.lru_cache(maxsize=1024)
def _kind(symbol: sympy.Symbol) -> tuple[dict[str, bool], tuple[str, ...]]:
    """What a symbol declares, and of that what only SymPy's integers know how to answer."""
    kind = symbol.assumptions0
    return kind, tuple(name for name in ("even", "odd", "prime", "composite") if name in kind and kind.get("integer"))


def _draw(symbol: sympy.Symbol, source: random.Random, far: bool) -> Fraction:
    if symbol.is_integer:
        value = Fraction(source.choice(_FAR_INTEGERS if far else _INTEGERS))
        return -value if symbol.is_nonpositive or (not symbol.is_nonnegative and source.random() < 0.4) else value
    if source.random() < 0.5:
        value = source.choice(_CORNERS)
    else:
        value = Fraction(source.randint(-60, 60), source.randint(1, 30)) * source.choice(
            _FAR_SCALES if far else _SCALES
        )
    if symbol.is_nonnegative:
        value = abs(value)
        if source.random() < 0.3:
            value = value * value
    elif symbol.is_nonpositive:
        value = -abs(value)
    return value


class _Boundary:
    """One polynomial relation of the claim, solvable for a variable in which it is linear."""

    def __init__(self, poly: PolyElement, translation: Translation, forced: bool) -> None:
        self.forced = forced
        self._parts: list[tuple[sympy.Symbol, PolyElement, PolyElement]] = []
        symbols = list(translation.symbols)
        self._symbols = symbols
        count = len(symbols)
        if any(e for monomial in poly for e in monomial[count:]):
            return  # an auxiliary variable occurs: its value is not known here
        for i, symbol in enumerate(symbols):
            if symbol.is_integer or max(m[i] for m in poly) != 1:
                continue
            linear = {(*m[:i], 0, *m[i + 1 :]): c for m, c in poly.terms() if m[i]}
            rest = {m: c for m, c in poly.terms() if not m[i]}
            self._parts.append((symbol, poly.ring.from_dict(linear), poly.ring.from_dict(rest)))

    def __bool__(self) -> bool:
        return bool(self._parts)

    def move(
        self, point: dict[sympy.Symbol, Fraction], source: random.Random, offset: Fraction = Fraction(0)
    ) -> dict[sympy.Symbol, Fraction] | None:
        symbol, linear, rest = source.choice(self._parts)
        slope = self._value(linear, point)
        return {**point, symbol: offset - self._value(rest, point) / slope} if slope else None

    def _value(self, poly: PolyElement, point: Point) -> Fraction:
        total = Fraction(0)
        for monomial, coefficient in poly.terms():
            term = Fraction(int(coefficient.numerator), int(coefficient.denominator))
            for symbol, exponent in zip(self._symbols, monomial, strict=False):
                if exponent:
                    term *= point[symbol] ** exponent
            total += term
        return total


def _boundaries(translation: Translation) -> list[_Boundary]:
    forced = {f.poly for h in translation.hypotheses for f in _conjuncts(h) if isinstance(f, Atom) and f.op == "="}
    needed = [o.condition for o in translation.obligations]
    polys = {a.poly for f in (*translation.hypotheses, translation.conclusion, *needed) for a in _atoms(f)}
    ordered = sorted(polys, key=str)
    return [b for b in (_Boundary(p, translation, p in forced) for p in ordered) if b]


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Atom):
        yield formula
    elif formula.op == "and":
        for part in formula.parts:
            yield from _conjuncts(part)


def _atoms(formula: Formula) -> Iterator[Atom]:
    if isinstance(formula, Atom):
        yield formula
    else:
        for part in formula.parts:
            yield from _atoms(part)
