"""No false statement comes back proved. Every witness is verified here a second time, by an evaluator of its own."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sympy import (
    ITE,
    Abs,
    And,
    Equivalent,
    Ge,
    Gt,
    Implies,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Not,
    Or,
    Piecewise,
    Pow,
    Product,
    Sum,
    Xor,
    sign,
    sqrt,
)
from sympy import Rational as Q
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.claims import Claim, Verdict
from symmomentum.proof import _Check, check, numbers, smt

MP = mpmath.mp.clone()
MP.dps = 400
TINY = MP.mpf(10) ** -300


# A second evaluator: nothing of the package is in it ------------------------------------------------------------------


class UndefinedError(ArithmeticError):
    """A division by zero, a root of a negative number, a Piecewise of which no branch is taken."""


def mp(x: Any) -> Any:
    return MP.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x


def compared(x: Any, y: Any) -> int:
    difference = x - y if isinstance(x, Fraction) and isinstance(y, Fraction) else mp(x) - mp(y)
    if not isinstance(difference, Fraction) and abs(difference) <= TINY * (1 + abs(mp(x))):
        return 0
    return (difference > 0) - (difference < 0)


def power(base: Any, exponent: Fraction) -> Any:
    assert isinstance(exponent, Fraction)
    side = compared(base, Fraction(0))
    if (side == 0 and exponent < 0) or (side < 0 and exponent.denominator != 1):
        raise UndefinedError
    if side == 0:
        return Fraction(int(exponent == 0))
    if exponent.denominator == 1:
        return base ** int(exponent)
    if isinstance(base, Fraction):
        parts = [round(MP.root(n, exponent.denominator)) for n in (base.numerator, base.denominator)]
        root = Fraction(*parts)
        if root**exponent.denominator == base:
            return root**exponent.numerator
    return MP.root(mp(base), exponent.denominator) ** exponent.numerator


def pair(operation: Any) -> Any:
    return lambda x, y: (
        operation(x, y) if isinstance(x, Fraction) and isinstance(y, Fraction) else operation(mp(x), mp(y))
    )


def value(e: Any, at: Mapping[Any, Any]) -> Any:
    """The value of a term, the truth of a statement; everything is looked at but the branches of a Piecewise not taken."""
    if e in at:
        return at[e]
    if e is sympy.true or e is sympy.false:
        return e is sympy.true
    if e.is_Rational:
        return Fraction(int(e.p), int(e.q))
    if e.is_Piecewise:
        for branch in e.args:
            if value(branch.cond, at):
                return value(branch.expr, at)
        raise UndefinedError
    name = type(e).__name__
    if name in ("Sum", "Product"):
        *inner, (index, low, high) = e.limits
        body = e.func(e.function, *inner) if inner else e.function
        first, last = value(low, at), value(high, at)
        terms = [value(body, {**at, index: Fraction(n)}) for n in range(int(first), int(last) + 1)]
        return functools.reduce(pair(operator.add if name == "Sum" else operator.mul), terms, Fraction(name != "Sum"))
    if name == "MatrixElement":
        base, exponent = e.args[0].args
        size, steps = base.rows, value(exponent, at)
        if steps < 0:
            raise UndefinedError
        entries = [[value(base[a, b], at) for b in range(size)] for a in range(size)]
        column = [Fraction(int(a == e.args[2])) for a in range(size)]
        for _ in range(int(steps)):
            products = [[pair(operator.mul)(x, y) for x, y in zip(row, column, strict=True)] for row in entries]
            column = [functools.reduce(pair(operator.add), row) for row in products]
        return column[int(e.args[1])]
    if name == "Equality" and hasattr(e.lhs, "shape"):
        return all([value(sympy.Eq(a, b, evaluate=False), at) for a, b in zip(e.lhs, e.rhs, strict=True)])  # noqa: C419
    if name in ("ComplexInfinity", "NaN"):
        raise UndefinedError
    v = [value(a, at) for a in e.args]
    return {
        "Add": lambda: functools.reduce(pair(operator.add), v),
        "Mul": lambda: functools.reduce(pair(operator.mul), v),
        "Pow": lambda: power(*v),
        "Abs": lambda: abs(v[0]),
        "sign": lambda: Fraction(compared(v[0], Fraction(0))),
        "Max": lambda: functools.reduce(lambda x, y: y if compared(y, x) > 0 else x, v),
        "Min": lambda: functools.reduce(lambda x, y: y if compared(y, x) < 0 else x, v),
        "Equality": lambda: compared(*v) == 0,
        "Unequality": lambda: compared(*v) != 0,
        "StrictLessThan": lambda: compared(*v) < 0,
        "LessThan": lambda: compared(*v) <= 0,
        "StrictGreaterThan": lambda: compared(*v) > 0,
        "GreaterThan": lambda: compared(*v) >= 0,
        "And": lambda: all(v),
        "Or": lambda: any(v),
        "Not": lambda: not v[0],
        "Implies": lambda: not v[0] or v[1],
        "Equivalent": lambda: len(set(v)) == 1,
        "Xor": lambda: sum(v) % 2 == 1,
        "ITE": lambda: v[1] if v[0] else v[2],
    }[name]()


def true_at(statement: Any, at: Mapping[Any, Any]) -> bool:
    try:
        return bool(value(statement, at))
    except UndefinedError:
        return False


def coordinate(x: Any) -> Any:
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    return MP.mpf(str(sympy.N(x, 420)))


def verify_witness(verdict: Verdict) -> None:
    """A witness has a value for every symbol, fits what they declare and the assumptions, and breaks the statement."""
    claim, witness = verdict.claim, verdict.witness
    assert verdict.by == "witness"
    assert witness is not None
    assert set(witness) == set(claim.symbols)
    for symbol, x in witness.items():
        assert x.is_real
        assert not symbol.is_integer or x.is_Integer
        assert not symbol.is_positive or x > 0
        assert not symbol.is_nonnegative or x >= 0
        assert not symbol.is_negative or x < 0
        assert not symbol.is_nonzero or x != 0
        assert all(
            getattr(symbol, f"is_{kind}") in (None, getattr(x, f"is_{kind}")) for kind in ("even", "odd", "prime")
        )
    at = {s: coordinate(x) for s, x in witness.items()}
    assert all(true_at(a, at) for a in claim.assumptions)
    assert not true_at(claim.statement, at)


# Claims ---------------------------------------------------------------------------------------------------------------

x, y, z, al, be, lam = sympy.symbols("x y z alpha beta lambda", real=True)
m, l = sympy.symbols("m l", positive=True)  # square roots of mu and L
mu, L = sympy.symbols("mu L", positive=True)
s1, s2 = sympy.symbols("s_1 s_2", real=True)
k, n = sympy.symbols("k n", integer=True, nonnegative=True)
i, j = sympy.symbols("i j", integer=True)
pos, other_k = sympy.Symbol("x", positive=True), sympy.Symbol("k", integer=True, positive=True)
even, odd, prime = sympy.Symbol("e", even=True), sympy.Symbol("o", odd=True), sympy.Symbol("p", prime=True)
plain = sympy.Symbol("a")


def eq(a: Any, b: Any) -> Any:
    """An equation that SymPy does not evaluate."""
    return sympy.Eq(sympy.S(a), sympy.S(b), evaluate=False)


def times(*factors: Any) -> Any:
    return Mul(*factors, evaluate=False)


def over(a: Any, b: Any) -> Any:
    """A quotient that SymPy does not cancel."""
    return times(a, Pow(b, -1, evaluate=False))


def entry(matrix: Any, exponent: Any, row: int, column: int) -> Any:
    return MatrixElement(sympy.MatPow(matrix, exponent), row, column)


def matrix(*rows: Any) -> Any:
    return sympy.ImmutableMatrix(rows)


# heavy ball acts on (z, w); trace, determinant and discriminant
HB = matrix([be, lam], [-al * be, 1 - al * lam])
HB_P, HB_Q = 1 + be - al * lam, be
HB_D = HB_P**2 - 4 * HB_Q
NE = matrix([be, lam], [-al * be**2, 1 - al * lam * (1 + be)])
NE_P, NE_Q = (1 + be) * (1 - al * lam), be * (1 - al * lam)
NE_D = NE_P**2 - 4 * NE_Q
COMPANION = matrix([s1 + s2, -s1 * s2], [1, 0])  # a matrix with the eigenvalues s1 and s2
JORDAN = matrix([x, 1], [0, x])
FIBONACCI = matrix([1, 1], [1, 0])
HB_ALPHA, HB_BETA = 4 / (l + m) ** 2, ((l - m) / (l + m)) ** 2
HB_STABLE = And(be > -1, be < 1, al * lam > 0, al * lam < 2 + 2 * be)
HB_JURY = And(1 - HB_Q > 0, 1 + HB_P + HB_Q > 0, 1 - HB_P + HB_Q > 0)
NE_JURY = And(1 - NE_Q > 0, 1 + NE_P + NE_Q > 0, 1 - NE_P + NE_Q > 0)
GEOMETRIC = Sum(x**i, (i, 0, k))
TRIANGLE = Sum(i, (i, 0, k))
ONES = Sum(1, (i, 1, k))
FACTORIAL = Product(i, (i, 1, k))
COUNT = Sum(1, (i, 1, other_k))
TINY_RATIONAL = Q(1, 10**60)

FALSE: dict[str, tuple[Any, ...]] = {
    # gradient descent
    "gd/residual/sign": (eq((1 + al * lam) ** 2, 1 - 2 * al * lam + (al * lam) ** 2),),
    "gd/residual/double": (eq((1 - 2 * al * lam) * (1 - al * lam), (1 - al * lam) ** 2),),
    "gd/region/closed": (Abs(1 - al * lam) < 1, al * lam >= 0, al * lam <= 2),
    "gd/region/left": (Equivalent(Abs(1 - al * lam) < 1, And(al * lam >= 0, al * lam < 2)),),
    "gd/region/half": (Equivalent(Abs(1 - al * lam) < 1, And(al * lam > 0, al * lam < 1)),),
    "gd/tuning/one-over-L": (eq(Max(Abs(1 - mu / L), Abs(1 - L / L)), (L - mu) / (L + mu)), mu <= L),
    "gd/tuning/factor": (
        Max(Abs(1 - 2 * mu / (mu + L)), Abs(1 - 2 * L / (mu + L))) <= (L - mu) / (2 * (L + mu)),
        mu <= L,
    ),
    "gd/tuning/order": (eq(Abs(1 - 2 * mu / (mu + L)), (L - mu) / (L + mu)),),
    "gd/optimal/strict": (Max(Abs(1 - al * mu), Abs(1 - al * L)) > (L - mu) / (L + mu), mu <= L),
    "gd/tikhonov": (eq(1 / (x + y), (1 - 1 / (1 + x / y)) / x), x > 0, y >= 0),
    "gd/power-sum": (eq(al * lam * Sum((1 - al * lam) ** i, (i, 0, k)), 1 - (1 - al * lam) ** k),),
    # heavy ball
    "hb/matrix/sign": (sympy.Eq(HB, matrix([be, lam], [al * be, 1 - al * lam])),),
    "hb/matrix/swapped": (sympy.Eq(HB, matrix([be, al], [-lam * be, 1 - al * lam])),),
    "hb/matrix/transposed": (sympy.Eq(HB, HB.T),),
    "hb/discriminant/factor": (eq(HB_D, (1 + be - al * lam) ** 2 - 2 * be),),
    "hb/discriminant/sign": (eq(HB_D, (1 - be - al * lam) ** 2 - 4 * be),),
    "hb/discriminant/factored": (
        eq(HB_D, (al * lam - (1 - sqrt(be)) ** 2) * (al * lam + (1 + sqrt(be)) ** 2)),
        be >= 0,
    ),
    "hb/discriminant/no-assumption": (eq(HB_D, (al * lam - (1 - sqrt(be)) ** 2) * (al * lam - (1 + sqrt(be)) ** 2)),),
    "hb/eigenvalue/half": (eq((HB_P + sqrt(HB_D)) * (HB_P - sqrt(HB_D)), 2 * be), HB_D >= 0),
    "hb/eigenvalue/real-always": (eq((HB_P + sqrt(HB_D)) * (HB_P - sqrt(HB_D)), 4 * be),),
    "hb/A060": (eq(sqrt((HB_P / 2) ** 2 - HB_D / 4), 2 * sqrt(be)), HB_D < 0),
    "hb/A055": (
        eq(entry(COMPANION, k, 1, 1), (s1**k * (0 - s1) - s2**k * (0 - s2)) / (s1 - s2)),
        Ne(s1, s2),
    ),
    "hb/A055/equal-eigenvalues": (eq(entry(COMPANION, k, 1, 0), (s1**k - s2**k) / (s1 - s2)),),
    "hb/power/index": (eq(entry(COMPANION, k, 1, 0) * (s1 - s2), s1 ** (k + 1) - s2 ** (k + 1)),),
    "hb/power/sign": (eq(entry(COMPANION, k, 0, 0) * (s1 - s2), s1 ** (k + 1) + s2 ** (k + 1)),),
    "hb/power/repeated": (eq(entry(JORDAN, k, 0, 1) * x, (k + 1) * x**k),),
    "hb/power/repeated-zero": (eq(entry(JORDAN, k, 0, 1) * x, k * x**k + 0**k),),
    "hb/residual/swapped": (eq(entry(HB, 1, 1, 1), 1 - be * lam),),
    "hb/region/beta-nonnegative": (Equivalent(HB_JURY, And(HB_STABLE, be >= 0)),),
    "hb/region/threshold": (Implies(And(be > -1, be < 1, al * lam > 0, al * lam < 2 * (1 + 2 * be)), HB_JURY),),
    "hb/region/closed": (Implies(And(be >= -1, be <= 1, al * lam > 0, al * lam < 2 + 2 * be), HB_JURY),),
    "hb/region/corner": (Implies(And(be > -1, be < 1, al * lam > 0, al * lam <= 2 + 2 * be), HB_JURY),),
    "hb/rate/real": ((HB_P + sqrt(HB_D)) / 2 <= sqrt(be), HB_D >= 0, be >= 0),
    "hb/rate/sign": (eq(Max(Abs(HB_P + sqrt(HB_D)), Abs(HB_P - sqrt(HB_D))), HB_P + sqrt(HB_D)), HB_D >= 0),
    "hb/tuning/alpha": (eq(HB_D.xreplace({al: 2 / (l + m) ** 2, be: HB_BETA, lam: m**2}), 0),),
    "hb/tuning/beta-root": (eq(HB_D.xreplace({al: HB_ALPHA, be: (l - m) / (l + m), lam: m**2}), 0),),
    "hb/tuning/swapped": (eq(HB_D.xreplace({al: HB_BETA, be: HB_ALPHA, lam: m**2}), 0),),
    "hb/tuning/strict": (HB_D.xreplace({al: HB_ALPHA, be: HB_BETA}) < 0, lam >= m**2, lam <= l**2, l > m),
    "hb/beats-gd/strict": ((l - m) / (l + m) < (l**2 - m**2) / (l**2 + m**2), l >= m),
    # Nesterov
    "ne/matrix/beta": (sympy.Eq(NE, matrix([be, lam], [-al * be, 1 - al * lam * (1 + be)])),),
    "ne/determinant": (eq(NE.det(), be * (1 + al * lam)),),
    "ne/discriminant/factor": (eq(NE_D, (1 - al * lam) * ((1 + be) ** 2 * (1 - al * lam) - 2 * be)),),
    "ne/region/hb": (Implies(HB_STABLE, NE_JURY),),
    "ne/region/threshold": (Implies(And(be > 0, be < 1, al * lam > 0, al * lam < (2 + 2 * be) / (1 + be)), NE_JURY),),
    "ne/region/strict": (
        Implies(And(be >= 0, be < 1, al * lam > 0, al * lam <= (2 + 2 * be) / (1 + 2 * be)), NE_JURY),
    ),
    "ne/complex-rate": (eq(sqrt((NE_P / 2) ** 2 - NE_D / 4), sqrt(be)), NE_D < 0),
    "ne/power": (eq(entry(NE, k, 1, 1), (1 - al * lam) ** k), be > 0),
    # strict or not, thin regions, boundary points
    "strict/square": (2 * x * y < x**2 + y**2,),
    "strict/square-positive": (2 * mu * L < mu**2 + L**2,),
    "strict/max": (Max(x, y) > x,),
    "strict/abs": (Abs(x) > -x,),
    "thin/gap-6": (Or(x < 1, x > 1 + Q(1, 10**6)),),
    "thin/gap-9": (Or(x**2 < 2, x**2 > 2 + Q(1, 10**9)),),
    "thin/gap-12": (Or(x * y < 3, x * y > 3 + Q(1, 10**12)), x > 0, y > x),
    "thin/disc": ((x - Q(1, 3)) ** 2 + (y - Q(2, 7)) ** 2 > Q(1, 10**18),),
    "thin/one-point": ((x - Q(22, 7)) ** 2 + (y + Q(355, 113)) ** 2 > 0,),
    "thin/one-root": (Gt((x**2 - 7) ** 2 + (y - x) ** 2, 0),),
    "thin/corner": (x + y < 2, x <= 1, y <= 1),
    "thin/tangent": (x**2 + y**2 > Q(1, 2), eq(x + y, 1)),
    "thin/epsilon-bound": (x < 1, x <= 1 + Q(1, 10**9), x >= 1 - Q(1, 10**9)),
    # assumptions that are missing
    "missing/positive": (x + 1 / x >= 2, Ne(x, 0)),
    "missing/at-least-one": (mu**2 >= mu,),
    "missing/order": ((L - mu) / (L + mu) >= 0,),
    "missing/nonzero": (x**2 > 0,),
    "missing/bound": (x**3 < x**2, x > 0),
    "missing/integer": (Or(x <= 0, x >= 1),),
    "missing/integer-square": (x**2 >= x,),
    "missing/same-name": (eq(sqrt(x**2), pos),),
    # roots
    "root/abs": (eq(Pow(x**2, Q(1, 2), evaluate=False), x),),
    "root/abs-plain": (eq(sqrt(plain**2), plain),),
    "root/cube": (eq((x**3) ** Q(1, 3), x),),
    "root/cube-negative": (eq(Pow(-Pow(x, 2), Q(1, 3)), -(Pow(x, 2) ** Q(1, 3))),),
    "root/two-thirds": (x ** Q(2, 3) >= 0,),
    "root/product": (eq(sqrt(x) * sqrt(y), sqrt(x * y)),),
    "root/sum": (sqrt(x + y) >= sqrt(x) + sqrt(y), x >= 0, y >= 0),
    "root/inverse": (sqrt(x) / sqrt(x * (1 + x)) > 0, x >= 0),
    "root/negative-denominator": (sqrt(1 / (-(x**2) - y)) >= 0, x**2 + y > 0),
    "root/negative": (eq(x ** Q(-1, 2), 1 / sqrt(x)), x >= 0),
    "root/fifth": (Ne(x**5 - x - 1, 0),),
    "root/irrational": (Ne(x**2, 2),),
    "root/irrational-cube": (Ne(x**3, 2),),
    "root/irrational-pair": (Ne(x**2 + y**2, 3), eq(x, y)),
    "root/nested": (eq(sqrt(1 + sqrt(x)), 1 + sqrt(sqrt(x))), x >= 0),
    # divisions
    "division/same": (eq(over(x, x), 1),),
    "division/difference": (eq((x**2 - 1) / (x - 1), x + 1),),
    "division/two-variables": (eq((x**2 - y**2) / (x - y), x + y),),
    "division/zero-times": (eq(times(0, Pow(x, -1)), 0),),
    "division/difference-of-same": (eq(sympy.Add(1 / x, -1 / x, evaluate=False), 0),),
    "division/sum-of-squares": (1 / (x**2 + y**2) > 0,),
    "division/hidden-zero": (eq(1 / ((x + 1) ** 2 - x**2 - 2 * x - 1), 1),),
    "division/denominator-cancels": (eq(over(over(x, y), over(x, y)), 1), Ne(y, 0)),
    "division/symbolic-power": ((1 + x**k) ** -2 > 0,),
    "division/sum": (Gt((1 + Sum(i * x, (i, 0, k))) ** -2, 0, evaluate=False),),
    "division/irrational-zero": ((x**2 - 2) ** -2 > 0,),
    "division/matrix": (sympy.Eq(matrix([over(x, x)]), matrix([1]), evaluate=False),),
    "division/not-undefined": (Not(Lt(1 / x, 1, evaluate=False), evaluate=False), x >= 0, x <= 1),
    "power/zero-zero": (eq(x**k, 0), eq(x, 0)),
    "power/zero": (eq(sympy.S.Zero**k, 0),),
    "power/negative": (eq(times(x**2, Pow(x, -2)), 1),),
    "power/negative-symbolic": (eq(times(x**k, Pow(x, -k)), 1),),
    "power/minus-one": (eq(Pow(-1, k), 1),),
    "power/minus-one-odd": (eq(Pow(-1, 3 * k), Pow(-1, 2 * k + 1)),),
    "power/positive": (x**k >= 0,),
    "power/monotone": (x ** (k + 1) <= x**k, x >= 0),
    "power/base": (eq(2**k * 3**k, 5**k),),
    "power/two-negative": (Ge(2**i, 1, evaluate=False),),
    "power/product": (eq((x + y) ** k, x**k + y**k),),
    # absolute values, extremes, cases
    "abs/triangle": (eq(Abs(x + y), Abs(x) + Abs(y)),),
    "abs/product": (eq(Abs(x * y), x * Abs(y)),),
    "sign/square": (eq(sign(x) ** 2, 1),),
    "sign/negative-denominator": (eq(sign(1 / (-(x**2) - y)), 1), x**2 + y > 0),
    "sign/strict": (sign(x) * x > 0,),
    "max/abs": (Max(x, y) <= Abs(x),),
    "max/sum": (eq(Max(x, y) + Min(x, y), Abs(x - y)),),
    "min/order": (Min(x, y, z) >= Min(x, y),),
    "piecewise/gap": (eq(Piecewise((x, x > 0), (-x, x < 0)), Abs(x)),),
    "piecewise/gap-ignored": (eq(times(0, Piecewise((1, x > 0), (2, x < 0))), 0),),
    "piecewise/order": (
        eq(Piecewise((1, x > 0), (2, x > 1), (3, True)), Piecewise((2, x > 1), (1, x > 0), (3, True))),
    ),
    "piecewise/overlap": (eq(Piecewise((x, x >= 0), (0, True)), Piecewise((0, x <= 1), (x, True))),),
    "piecewise/branch-undefined": (Piecewise((1 / x, x >= 0), (1, True)) > 0,),
    "piecewise/condition-undefined": (Gt(Piecewise((1, 1 / x > 0), (2, True)), 0, evaluate=False),),
    "piecewise/guarded-elsewhere": (Implies(Piecewise((1 / x, x > 0), (0, True)) > 2, 1 / x > 2),),
    "piecewise/boundary": (eq(Piecewise((x, x > 0), (-x, x < 0), (1, True)), Abs(x)),),
    # induction: wrong at the base, in the step, or late
    "induction/base": (eq(Sum(i, (i, 0, k)), k * (k + 1) / 2 + 1),),
    "induction/base-product": (2 * k <= FACTORIAL,),
    "induction/step": (eq(TRIANGLE, k**2),),
    "induction/step-cubes": (eq(Sum(i**3, (i, 0, k)), k * (2 * k - 1)),),
    "induction/late": (eq(TRIANGLE, Piecewise((k * (k + 1) / 2, k < 30), (k**2, True))),),
    "induction/late-bound": (TRIANGLE <= 1000,),
    "induction/late-product": (FACTORIAL <= 10**20,),
    "induction/geometric": (eq(GEOMETRIC * (1 - x), 1 - x**k),),
    "induction/geometric-at-one": (eq(GEOMETRIC, (1 - x ** (k + 1)) / (1 - x)),),
    "induction/summand-undefined": (Sum(1 / (i - 3), (i, 0, k)) ** 2 >= 0,),
    "induction/summand-undefined-cancels": (
        eq(Sum(1 / i, (i, 0, k)) - Sum(1 / (i + 1 - 1), (i, 0, k)) + over(k, k), 1),
    ),
    "induction/summand-root": (Sum(sqrt(3 - i), (i, 0, k)) >= 0,),
    "induction/summand-negative-power": (Ge(Sum(x**i, (i, -3, k)) ** 2, 0, evaluate=False),),
    "induction/bernoulli": ((1 + x) ** k >= 1 + k * x, x >= -3),
    "induction/fibonacci": (eq(entry(FIBONACCI, k, 0, 1), k),),
    "induction/fibonacci-late": (entry(FIBONACCI, k, 0, 1) <= 10**4,),
    "induction/empty-sum": (eq(Sum(1, (i, 1, k - 5)), k - 5),),
    "induction/self-reference": (And(eq(ONES, ONES**2), k <= 1),),
    "induction/circular": (And(eq(TRIANGLE, ONES), eq(ONES, TRIANGLE)),),
    "induction/two-facts": (And(eq(ONES, k), eq(ONES, k**2)),),
    "induction/same-name": (eq((COUNT - 1) * (k - other_k + 1), 0),),
    "induction/same-name-late": (Or(other_k < 50, eq((COUNT - 1) * (k - other_k + 1), 0)),),
    "induction/index-also-free": (eq(Sum(i, (i, 0, k)), i * k * (k + 1) / 2),),
    "induction/bounded": (eq(TRIANGLE, 3 * k / 2), k <= 2),
    "induction/matrix-exponent": (eq(entry(JORDAN, k - 1, 1, 1), x ** (k - 1)), Ne(x, 0)),
    "induction/nested": (eq(Sum(Sum(j, (j, 0, i)), (i, 0, k)), k * (k + 1) * (k + 2)),),
    "late/bound": (k < 40,),
    "late/bound-far": (k < 10**9,),
    "late/power": (2**k <= k**10, k >= 2),
    "late/power-starts": (2**k > k**10, k >= 55),
    "late/product": (k**2 + k + 41 < 43**2,),
    # equal to many digits
    "digits/shift": (eq(x + TINY_RATIONAL, x),),
    "digits/factor": (eq((1 + TINY_RATIONAL) * x * y, x * y),),
    "digits/root": (eq(sqrt(x) + TINY_RATIONAL, sqrt(x)), x > 0),
    "digits/root-irrational": (eq(sqrt(2) * x, (sqrt(2) + TINY_RATIONAL) * x),),
    "digits/constant": (eq(sqrt(2) + sqrt(3), sqrt(5 + 2 * sqrt(6)) + TINY_RATIONAL),),
    "digits/inequality": (sqrt(x**2 + 1) >= Abs(x) + Q(1, 10**60),),
    # integers and reals
    "integer/real": (eq((x - 1) * (x - 2) * (x - 3), Abs((x - 1) * (x - 2) * (x - 3))),),
    "integer/even": (eq(Pow(-1, odd + even), 1),),
    "integer/prime": (prime >= 3,),
    "integer/parity": (Ne(even, 2),),
    "integer/positive": (other_k >= 2,),
    # logic
    "logic/xor": (Xor(x > 0, x < 1),),
    "logic/xor-three": (Xor(x > 0, y > 0, z > 0, Not(And(x > 0, y > 0, z > 0))),),
    "logic/or-undefined": (Or(eq(x, 0), 1 / x**2 > 0),),
    "logic/implies-undefined": (Implies(Ne(x, 0), 1 / x**2 > 0),),
    "logic/equivalent-undefined": (Equivalent(x > 0, 1 / x > 0),),
    "logic/equivalent-three": (Equivalent(x > 0, x**3 > 0, x**4 > 0),),
    "logic/ite-undefined": (ITE(x > 0, 1 / x > 0, x <= 0),),
    "logic/not-undefined": (Not(eq(sqrt(x), -1)),),
    "logic/converse": (Implies(x**2 > 1, x > 1),),
    "logic/and-for-or": (And(x <= 0, x >= 0),),
    "logic/false": (sympy.false,),
    "logic/assumption-undefined": (x > 0, Not(eq(1 / x, 0))),
    "logic/assumption-root": (x > 0, sqrt(x) >= 0),
}
"""Statements, each with its assumptions after it."""

CONTRADICTORY = {
    "contradiction/order": (x > 5, x > 1, x < 0),
    "contradiction/square": (x > 5, eq(x**2, -1)),
    "contradiction/root": (x > 5, eq(sqrt(x), -1)),
    "contradiction/undefined": (x > 5, eq(1 / (x - 1), y), eq(x, 1)),
    "contradiction/declared": (x > 5, mu <= 0),
    "contradiction/false": (x > 5, sympy.false),
    "contradiction/true-statement": (x**2 >= 0, x > 1, x < 1),
    "contradiction/induction": (eq(TRIANGLE, k * (k + 1) / 2), x > 1, x < 0),
}
INCONSISTENT_INTEGERS = (k > 5, 2 * k > 1, 2 * k < 2)


def claim(name: str, statement: Any, *assumptions: Any, lemmas: Any = ()) -> Claim:
    return Claim(id=name, statement=statement, assumptions=assumptions, source="a test", lemmas=lemmas)


@functools.cache
def verdict_of(name: str) -> Verdict:
    return check(claim(name, *FALSE[name]), timeout=5)


@pytest.mark.parametrize("name", FALSE)
def test_false(name):
    verdict = verdict_of(name)
    assert verdict.status != "proved"
    if verdict.status == "refuted":
        verify_witness(verdict)


def test_false_claims_are_refuted():
    verdicts = {name: verdict_of(name) for name in FALSE}
    unknown = {name: v.detail for name, v in verdicts.items() if v.status != "refuted"}
    assert len(FALSE) >= 100
    assert len(unknown) <= len(FALSE) // 10, unknown


@pytest.mark.parametrize("name", FALSE)
def test_false_without_numbers(name, monkeypatch):
    """The ways of proof alone: a point that refutes must not hide what they would let pass."""
    monkeypatch.setattr(numbers, "points", lambda *_, **__: iter(()))
    verdict = _Check(claim(name, *FALSE[name]), "z3", 5.0).settle()
    assert verdict.status != "proved"
    if verdict.status == "refuted":
        verify_witness(verdict)


@pytest.mark.parametrize("name", [name for name in FALSE if name.startswith(("thin/", "digits/", "root/", "strict/"))])
@pytest.mark.parametrize("solver", ["cvc5", "both"])
def test_false_by_the_other_solver(name, solver, monkeypatch):
    monkeypatch.setattr(numbers, "points", lambda *_, **__: iter(()))
    verdict = _Check(claim(name, *FALSE[name]), solver, 5.0).settle()
    assert verdict.status != "proved"
    if verdict.status == "refuted":
        verify_witness(verdict)


def test_false_statements_reach_the_checker():
    """SymPy did not decide them while they were built (but for those that say so)."""
    decided = {name for name, (statement, *_) in FALSE.items() if statement in (sympy.true, sympy.false)}
    assert decided <= {"logic/false", "hb/matrix/sign", "hb/matrix/swapped", "hb/matrix/transposed", "ne/matrix/beta"}


# Assumptions that contradict each other -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_contradictory_assumptions(name):
    verdict = check(claim(name, *CONTRADICTORY[name]))
    assert verdict.status == "unknown"
    assert "contradict each other" in verdict.detail
    assert verdict.points == 0


def test_contradiction_between_integers_is_left_open():
    verdict = check(claim("contradiction/integers", *INCONSISTENT_INTEGERS))
    assert (verdict.status, verdict.points) == ("unknown", 0)
    assert "no point was found" in verdict.detail


def test_assumptions_that_are_hard_to_meet():
    """One point in the plane, irrational: found by the solver, not by chance."""
    narrow = (eq(x**2, 2), x > 0, eq(y**3, x))
    assert check(claim("narrow/true", x * y > 1, *narrow)).status == "proved"
    verdict = check(claim("narrow/false", x * y > 2, *narrow))
    assert verdict.status == "refuted"
    verify_witness(verdict)


# Lemmas ---------------------------------------------------------------------------------------------------------------

SQUARE = claim("lemma/square", x**2 + y**2 >= 2 * x * y)
FOURTH = claim("lemma/fourth", x**4 + y**4 >= 2 * x**2 * y**2)
GUESS = claim("lemma/guess", x * y > 1, x > 2, y > 2)
BAD_LEMMAS: dict[str, tuple[tuple[Any, ...], tuple[Claim, ...]]] = {
    "lemmas/assumes-more": ((x**2 > 4, x > 1), (claim("lemma/more", x**2 > 4, x > 2),)),
    "lemmas/proves-less": ((x**2 > 4, x > 1), (claim("lemma/less", x**2 > 1, x > 1),)),
    "lemmas/false-lemma": ((x**2 > 4, x > 1), (claim("lemma/false", x**2 > 4, x > 1),)),
    "lemmas/order": (
        (x**2 > 4, x > 1),
        (claim("lemma/uses-later", x**2 > 4, x > 1, x > 2), claim("lemma/later", x > 2, x > 1)),
    ),
    "lemmas/circular": ((x > 2, x > 1), (claim("lemma/circle", x > 2, x > 1, x > 2),)),
    "lemmas/half-of-it": ((And(x**2 > 1, y**2 > 4), x > 1, y > 1), (claim("lemma/half", x**2 > 1, x > 1),)),
    "lemmas/an-alternative": ((x**2 > 4, Or(x > 2, y > 2)), (claim("lemma/alternative", x**2 > 4, x > 2),)),
    "lemmas/other-symbol": ((plain**2 > 4, plain > 1), (claim("lemma/symbol", x**2 > 4, x > 2),)),
    "lemmas/same-name": ((x >= 0,), (claim("lemma/declared", pos >= 0),)),
    "lemmas/strict": ((x > 1, x >= 1), (claim("lemma/strict", x > 1, x > 1),)),
    "lemmas/vacuous": ((x > 2, x > 1), (claim("lemma/nothing", sympy.false, x > 1, x < 0),)),
}


@pytest.mark.parametrize("name", BAD_LEMMAS)
def test_lemmas_with_a_gap(name, monkeypatch):
    whole, lemmas = BAD_LEMMAS[name]
    stated = claim(name, *whole, lemmas=lemmas)
    verdict = check(stated)
    assert verdict.status == "refuted"
    verify_witness(verdict)
    monkeypatch.setattr(numbers, "points", lambda *_, **__: iter(()))
    assert _Check(stated, "z3", 5.0).settle().status != "proved"


def test_a_gap_is_named():
    stated = claim("lemmas/true-but-gap", x**2 + 1 > 0, lemmas=(claim("lemma/gap", x**2 + 1 > 0, x > 0),))
    verdict = check(stated)
    assert verdict.status == "unknown"
    assert "the lemma lemma/gap assumes x > 0, which is neither assumed nor shown before" in verdict.detail


# True claims ----------------------------------------------------------------------------------------------------------

TRUE: dict[str, dict[str, tuple[Any, ...]]] = {
    "identity": {
        "gd/residual": (eq((1 - al * lam) ** 2, 1 - 2 * al * lam + (al * lam) ** 2),),
        "gd/tuned-rate": (eq(1 - 2 * mu / (mu + L), (L - mu) / (L + mu)),),
        "gd/tikhonov": (eq(1 / (mu + L), (1 - 1 / (1 + mu / L)) / mu),),
        "hb/square": (sympy.Eq(HB**2, HB * HB, evaluate=False),),
        "hb/cayley-hamilton": (sympy.Eq(HB**2 - HB_P * HB + HB_Q * sympy.eye(2), sympy.zeros(2, 2), evaluate=False),),
        "hb/discriminant": (eq(HB_D, al**2 * lam**2 - 2 * al * lam * (1 + be) + (1 - be) ** 2),),
        "hb/discriminant-factored": (
            eq(HB_D, (al * lam - (1 - sqrt(be)) ** 2) * (al * lam - (1 + sqrt(be)) ** 2)),
            be >= 0,
        ),
        "hb/eigenvalues-product": (eq((HB_P + sqrt(HB_D)) * (HB_P - sqrt(HB_D)), 4 * be), HB_D >= 0),
        "hb/complex-modulus-squared": (eq((HB_P / 2) ** 2 - HB_D / 4, be),),
        "hb/tuned-mu": (eq(HB_D.xreplace({al: HB_ALPHA, be: HB_BETA, lam: m**2}), 0),),
        "hb/tuned-L": (eq(HB_D.xreplace({al: HB_ALPHA, be: HB_BETA, lam: l**2}), 0),),
        "ne/trace": (eq(NE.trace(), NE_P),),
        "ne/determinant": (eq(NE.det(method="berkowitz"), NE_Q),),
        "ne/discriminant": (eq(NE_D, (1 - al * lam) * ((1 + be) ** 2 * (1 - al * lam) - 4 * be)),),
        "root/square": (eq(sqrt(x + 1) ** 3, (x + 1) * sqrt(x + 1)), x > 0),
        "root/nested": (eq(sqrt(1 + sqrt(mu)) ** 2, 1 + sqrt(mu)),),
        "root/constant": (eq((sqrt(2) + 1) * (sqrt(2) - 1), 1),),
        "root/rationalized": (eq(1 / (sqrt(mu + 1) + sqrt(mu)), sqrt(mu + 1) - sqrt(mu)),),
        "division/same": (eq(over(x, x), 1), Ne(x, 0)),
        "division/difference": (eq((x**2 - 1) / (x - 1), x + 1), Ne(x, 1)),
        "division/excluded-by-order": (eq((x**2 - y**2) / (x - y), x + y), x > y),
        "division/cube": (eq((x**3 - 1) / (x**2 + x + 1), x - 1),),
        "power/shift": (eq(x ** (k + 2), x**2 * x**k),),
        "power/double": (eq((x**k) ** 2 - y ** (2 * k), (x**k - y**k) * (x**k + y**k)),),
        "power/negative": (eq(times(x**k, Pow(x, -k)), 1), Ne(x, 0)),
        "power/minus-one": (eq(Pow(-1, k) ** 2, 1),),
        "abs/same": (eq(times(2, Abs(x * y)), Abs(x * y) + Abs(x * y)),),
        "binomial": (eq((x + y) ** 5, sympy.expand((x + y) ** 5)),),
        "sum/same": (eq(x * GEOMETRIC + GEOMETRIC, (x + 1) * GEOMETRIC),),
    },
    "smt": {
        "gd/region": (Equivalent(Abs(1 - al * lam) < 1, And(al * lam > 0, al * lam < 2)),),
        "gd/optimal": (Max(Abs(1 - al * mu), Abs(1 - al * L)) >= (L - mu) / (L + mu), mu <= L),
        "gd/tuned-worst": (
            eq(Max(Abs(1 - 2 * mu / (mu + L)), Abs(1 - 2 * L / (mu + L))), (L - mu) / (L + mu)),
            mu <= L,
        ),
        "hb/region": (Equivalent(HB_JURY, HB_STABLE),),
        "hb/tuned-complex": (HB_D.xreplace({al: HB_ALPHA, be: HB_BETA}) <= 0, lam >= m**2, lam <= l**2, l > m),
        "hb/complex-rate": (eq(sqrt((HB_P / 2) ** 2 - HB_D / 4), sqrt(be)), HB_D < 0),
        "hb/real-rate": (eq(Max(Abs(x + y), Abs(x - y)), Abs(x) + y), y >= 0),
        "hb/beats-gd": ((l - m) / (l + m) <= (l**2 - m**2) / (l**2 + m**2), l >= m),
        "ne/region": (NE_JURY, be >= 0, be < 1, al * lam > 0, al * lam < (2 + 2 * be) / (1 + 2 * be)),
        "means": (2 * x * y <= x**2 + y**2,),
        "means-root": (sqrt(x * y) <= (x + y) / 2, x >= 0, y >= 0),
        "cauchy": ((x + y + z) ** 2 <= 3 * (x**2 + y**2 + z**2),),
        "inverse": (x + 1 / x >= 2, x > 0),
        "abs/root": (eq(Pow(x**2, Q(1, 2), evaluate=False), Abs(x)),),
        "sign/negative-denominator": (eq(sign(1 / (-(x**2) - y)), -1), x**2 + y > 0),
        "abs/triangle": (Abs(x + y) <= Abs(x) + Abs(y),),
        "abs/sign": (eq(sign(x) * x, Abs(x)),),
        "max/abs": (eq(Max(x, -x), Abs(x)),),
        "max/sum": (eq(Max(x, y) - Min(x, y), Abs(x - y)),),
        "min/three": (Min(x, y, z) <= Min(x, y),),
        "root/product": (eq(sqrt(x) * sqrt(y), sqrt(x * y)), x >= 0, y >= 0),
        "root/cube": (eq((x**3) ** Q(1, 3), x), x >= 0),
        "root/constants": (eq(sqrt(2) + sqrt(3), sqrt(5 + 2 * sqrt(6))),),
        "root/negative-denominator": (sqrt(1 / (-(x**2) - y)) >= 0, x**2 + y < 0),
        "root/odd": (Pow(Pow(x, 2) + 1, Q(1, 3)) >= 1,),
        "piecewise/abs": (eq(Piecewise((x, x > 0), (-x, True)), Abs(x)),),
        "piecewise/guarded": (Piecewise((1, eq(x, 0)), (1 / x**2, True)) > 0,),
        "piecewise/overlap": (eq(Piecewise((x, x >= 0), (0, True)), Piecewise((0, x <= 0), (x, True))),),
        "piecewise/order": (
            eq(Piecewise((1, x > 1), (2, x > 0), (3, True)), 3 - Piecewise((2, x > 1), (1, x > 0), (0, True))),
        ),
        "logic/xor": (Xor(x > 0, x <= 0, y > y**2 + 1),),
        "logic/equivalent": (Equivalent(x > 0, x**3 > 0, x**5 > 0),),
        "logic/ite": (ITE(x > 0, x**2 > 0, x <= 0),),
        "logic/reciprocal": (Equivalent(x > 0, 1 / x > 0), Ne(x, 0)),
        "logic/not": (Not(And(x > 1, x**2 < x)),),
        "boundary": (x + y < 2, x <= 1, y < 1),
        "thin": (Or(x < 1, x >= 1 + Q(1, 10**9)), Or(x < Q(1, 2), x > 2)),
        "power/positive": (x**k > 0, x > 0),
        "power/two": (Ge(2**k, 1, evaluate=False),),
        "assumption-undefined": (Ne(x, 0), Not(eq(1 / x, 7))),
        "assumption-root": (x >= 0, Ne(sqrt(x), 7)),
    },
    "induction": {
        "sum/integers": (eq(TRIANGLE, k * (k + 1) / 2),),
        "sum/cubes": (eq(Sum(i**3, (i, 0, k)), (k * (k + 1) / 2) ** 2),),
        "sum/geometric": (eq(GEOMETRIC * (1 - x), 1 - x ** (k + 1)),),
        "sum/geometric-divided": (eq(GEOMETRIC, (1 - x ** (k + 1)) / (1 - x)), Ne(x, 1)),
        "sum/empty": (eq(Sum(1, (i, 1, k)), k),),
        "sum/late-start": (eq(Sum(1, (i, 5, k)), k - 4), k >= 4),
        "sum/abs": (eq(Sum(Abs(i - x), (i, 0, k)), Sum(i - x, (i, 0, k))), x <= 0),
        "sum/cases": (eq(Sum(Piecewise((1, i > 0), (0, True)), (i, -3, k)), k),),
        "sum/bound": (Sum(x**i, (i, 1, k)) >= 0, x >= 0),
        "sum/negative-start": (Sum(x**i, (i, -3, k)) > 0, x > 0),
        "sum/two": (eq(TRIANGLE + ONES, k * (k + 3) / 2),),
        "sum/index-also-free": (eq(i * Sum(i, (i, 0, k)), i * k * (k + 1) / 2),),
        "product/factorial": (2**k <= FACTORIAL, k >= 4),
        "product/zero": (eq(Product(i, (i, 0, k)), 0),),
        "power/bernoulli": ((1 + x) ** k >= 1 + k * x, x >= -1),
        "power/two": (2**k > k,),
        "power/two-square": (2**k >= k**2, k >= 4),
        "matrix/jordan": (And(eq(entry(JORDAN, k, 0, 1) * x, k * x**k), eq(entry(JORDAN, k, 1, 1), x**k)),),
        "matrix/eigenvalues": (
            And(
                eq(entry(COMPANION, k, 0, 0) * (s1 - s2), s1 ** (k + 1) - s2 ** (k + 1)),
                eq(entry(COMPANION, k, 1, 0) * (s1 - s2), s1**k - s2**k),
            ),
        ),
        "matrix/fibonacci": (And(entry(FIBONACCI, k, 0, 0) <= 2**k, 2 * entry(FIBONACCI, k, 1, 0) <= 2**k),),
        "logic/or": (Or(eq(TRIANGLE, k * (k + 1) / 2), x > 0),),
        "logic/not": (Not(eq(TRIANGLE, k * (k + 1) / 2 + 1)),),
        "logic/equivalent": (Equivalent(x > 0, x * ONES > 0), k >= 1),
    },
}
TRUE_NAMES = [(by, name) for by, table in TRUE.items() for name in table]
GOOD_LEMMAS = {
    "lemmas/chain": (
        (x**4 > 1, x > 1),
        (claim("good/square", x**2 > 1, x > 1), claim("good/fourth", x**4 > 1, x**2 > 1)),
    ),
    "lemmas/parts": (
        (And(x**2 > 1, y**2 > 4), And(x > 1, y > 2)),
        (claim("good/x", x**2 > 1, x > 1), claim("good/y", y**2 > 4, y > 2)),
    ),
    "lemmas/induction": (
        (eq(2 * TRIANGLE, k**2 + k),),
        (
            claim("good/sum", eq(TRIANGLE, k * (k + 1) / 2)),
            claim("good/twice", eq(2 * TRIANGLE, k**2 + k), eq(TRIANGLE, k * (k + 1) / 2)),
        ),
    ),
}


def test_there_are_enough_true_claims():
    assert sum(map(len, TRUE.values())) + len(GOOD_LEMMAS) >= 60
    assert all(len(table) >= 20 for table in TRUE.values())


@pytest.mark.parametrize(("by", "name"), TRUE_NAMES)
def test_true(by, name):
    """Proved, and by both solvers; the queries that exact arithmetic made superfluous are put to both as well."""
    verdict = check(claim(f"{by}/{name}", *TRUE[by][name]), solver="both")
    assert (verdict.status, verdict.by) == ("proved", by), verdict.detail
    assert verdict.points > 0
    assert [smt.ask(query, "both").result for query in verdict.asked] == ["unsat"] * len(verdict.asked)
    assert all(true_at(verdict.claim.statement, at) for at in admissible_points(verdict.claim, 20))


@pytest.mark.parametrize("name", GOOD_LEMMAS)
def test_true_by_lemmas(name):
    whole, lemmas = GOOD_LEMMAS[name]
    verdict = check(claim(name, *whole, lemmas=lemmas), solver="both")
    assert verdict.status == "proved"
    assert verdict.by == "+".join(dict.fromkeys(check(x).by for x in lemmas))
    assert len(verdict.asked) >= len(lemmas)


def admissible_points(stated: Claim, count: int, seed: int = 0) -> Iterator[dict[Any, Fraction]]:
    """Random points that fit declarations and assumptions, drawn without the package."""
    source = numbers.random.Random(seed)
    found = 0
    for _ in range(60 * count):
        at = {}
        for symbol in stated.symbols:
            drawn = Fraction(source.randint(-12, 12), 1 if symbol.is_integer else source.choice((1, 1, 2, 3, 7)))
            at[symbol] = abs(drawn) + int(bool(symbol.is_positive)) if symbol.is_nonnegative else drawn
        if all(true_at(a, at) for a in stated.assumptions):
            yield at
            found += 1
            if found == count:
                return


# Random statements ----------------------------------------------------------------------------------------------------

SMALL = st.integers(-3, 3).map(sympy.Integer) | st.sampled_from([Q(1, 2), Q(-1, 3)])
LEAVES = st.sampled_from([x, y, z]) | SMALL
RELATIONS = st.sampled_from([sympy.Eq, Ne, Lt, Le, Gt, Ge])


def larger(terms: Any) -> Any:
    pairs = st.tuples(terms, terms)
    conditions = st.tuples(RELATIONS, terms, terms).map(lambda t: t[0](t[1], t[2], evaluate=False))
    return (
        pairs.map(lambda p: p[0] + p[1])
        | pairs.map(lambda p: p[0] * p[1])
        | pairs.map(lambda p: p[0] - p[1])
        | pairs.map(lambda p: over(*p) if p[1] != 0 else p[0])
        | st.tuples(terms, st.sampled_from([2, 3])).map(lambda p: p[0] ** p[1])
        | terms.map(Abs)
        | terms.map(lambda t: sqrt(t**2 + 1))
        | pairs.map(lambda p: Max(*p))
        | pairs.map(lambda p: Min(*p))
        | st.tuples(terms, conditions, terms).map(lambda t: Piecewise((t[0], t[1]), (t[2], True)))
    )


TERMS = st.recursive(LEAVES, larger, max_leaves=5)
ATOMS = st.tuples(RELATIONS, TERMS, TERMS).map(lambda t: t[0](t[1], t[2], evaluate=False))
LIKELY = (  # statements of which many are true, and those that are not, only just
    TERMS.map(lambda t: Ge(t**2, 0, evaluate=False))
    | st.tuples(TERMS, SMALL).map(lambda t: Gt(t[0] ** 2, t[1], evaluate=False))
    | TERMS.map(lambda t: eq(t, sympy.expand(t)))
    | TERMS.map(lambda t: eq(t, sympy.together(t)))
    | TERMS.map(lambda t: Ge(Abs(t), t, evaluate=False))
    | st.tuples(TERMS, TERMS).map(lambda t: Ge(Max(*t), t[0], evaluate=False))
    | st.tuples(TERMS, TERMS).map(lambda t: eq(Max(*t) + Min(*t), t[0] + t[1]))
    | st.tuples(TERMS, TERMS).map(lambda t: eq((t[0] + t[1]) * (t[0] - t[1]), t[0] ** 2 - t[1] ** 2))
    | st.tuples(TERMS, TERMS).map(lambda t: Le(2 * t[0] * t[1], t[0] ** 2 + t[1] ** 2, evaluate=False))
    | st.tuples(TERMS, TERMS).map(lambda t: Lt(2 * t[0] * t[1], t[0] ** 2 + t[1] ** 2, evaluate=False))
    | st.tuples(TERMS, SMALL).map(lambda t: Implies(t[0] > t[1], t[0] ** 2 > t[1] ** 2))
    | ATOMS.map(lambda a: Or(a, Not(a, evaluate=False), evaluate=False))
)
STATEMENTS = (
    LIKELY | ATOMS | st.tuples(ATOMS, LIKELY).map(lambda t: Or(*t)) | st.tuples(ATOMS, LIKELY).map(lambda t: Xor(*t))
)


@st.composite
def statements(draw: Any) -> Any:
    try:
        return draw(STATEMENTS)
    except TypeError:  # SymPy evaluates, comes upon an infinity and refuses to compare it
        reject()


ASSUMPTIONS = st.sampled_from([(), (), (x > 0,), (x > y,), (Ne(x, 0), y >= 1), (eq(x, y + 1),)])


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(statements(), ASSUMPTIONS, st.booleans())
def test_random_statements(statement, assumptions, with_numbers):
    """What is proved holds at many points; what is refuted has a witness that stands; with numbers and without."""
    stated = claim("random", statement, *assumptions)
    with pytest.MonkeyPatch.context() as patch:
        if not with_numbers:
            patch.setattr(numbers, "points", lambda *_, **__: iter(()))
        verdict = _Check(stated, "z3", 1.0).settle()
    if verdict.status == "refuted":
        verify_witness(verdict)
    elif verdict.status == "proved":
        assert all(true_at(statement, at) for at in admissible_points(stated, 60))


def test_the_second_evaluator():
    at = {x: Fraction(1, 2), y: Fraction(-2)}
    assert value(Max(x, y) ** 2 + Abs(y) / x, at) == Fraction(17, 4)
    assert math.isclose(value(sqrt(x), at), math.sqrt(0.5))
    assert not true_at(eq(1 / (y + 2), 1), at)
    assert not true_at(Or(x > 0, 1 / (y + 2) > 0), at)
    assert true_at(eq(Sum(i**2, (i, 1, 3)), 14), {})
    assert true_at(eq(Sum(i, (i, 1, 0)), 0), {})
