"""From SymPy expressions to programs: the order of evaluation that loses least.

A polynomial is evaluated as a sum over the powers of the curvature (or of the step size times the curvature, where
that product is all that occurs), smallest power first, each coefficient as a product of factors over Q. In ``(1 -
beta)**2 - p*(1 + beta)**2`` both terms are then accurate to a few units in the last place, so that what their
difference loses is no more than what a few units of the curvature change: whatever cancels, the result is right for
nearly the same arguments. The expanded polynomial has no such property.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy

from symmomentum.codegen.program import Program, Value, absolute, all_of, any_of, call, constant, root, sign, where
from symmomentum.errors import NotDerivedError

__all__ = ["Lowering", "factored"]

_RELATIONS = {"StrictGreaterThan": "gt", "GreaterThan": "ge", "StrictLessThan": "lt", "LessThan": "le"}


class Lowering:
    """Expressions in the parameters and the curvature as values of one program.

    Parameters
    ----------
    program : Program
        To which intermediate values are added.
    symbols : mapping of symbol to value
        What stands for the symbols.
    curvature : symbol
        By whose powers sums are arranged.
    step : symbol or None
        A parameter that occurs multiplied with the curvature only: their product gets a name.
    name_roots : bool
        Whether square roots get names, so that each is taken once.
    """

    def __init__(
        self,
        program: Program,
        symbols: dict[Any, Value],
        curvature: Any = None,
        step: Any = None,
        *,
        name_roots: bool = False,
    ) -> None:
        self.program = program
        self.symbols = dict(symbols)
        self.curvature = curvature
        self.step = step
        self.name_roots = name_roots
        self._product: Any = None
        self._named: dict[Any, Value] = {}
        if step is not None:
            self._product = sympy.Dummy("p", real=True)  # a parameter may have that name

    @property
    def product(self) -> Value:
        """The step size times the curvature, by name."""
        if self._product not in self.symbols:
            value = self.symbols[self.step] * self.symbols[self.curvature]
            self.symbols[self._product] = self.program.let("p", value, f"{self.step}*{self.curvature}")
        found: Value = self.symbols[self._product]
        return found

    def __call__(self, expression: Any, scale: Value | None = None) -> Value:
        """The value of an expression; with a scale, times that, multiplied in before anything is added."""
        if expression.is_Piecewise:
            *cases, (last, _) = expression.args
            value = self(last)
            for case, condition in reversed(cases):
                value = where(self.condition(condition), self(case), value)
            return value
        if expression is sympy.oo:
            return constant("inf")
        numerator, denominator = sympy.fraction(sympy.together(expression))
        above = self._value(numerator, scale)
        return above if denominator == 1 else above / self._value(denominator)

    def bulk(self, expression: Any) -> Value:
        """The sum of the moduli of the terms: in units in the last place, about the error of the expression's value."""
        total = sympy.expand(expression)
        terms = self._terms(total) if total.is_Add else [total]
        parts = [absolute(self._value(t)) for t in terms]
        value = parts[0]
        for part in parts[1:]:
            value = value + part
        return value

    def name_shared(self, name: str, expressions: Iterable[Any]) -> None:
        """Give a name to the sums that are factors of several of the expressions."""
        sums = [f for e in expressions for f in sympy.Mul.make_args(e) if f.is_Add]
        for f in dict.fromkeys(sums):
            if sums.count(f) > 1 and f not in self._named:
                self._named[f] = self.program.let(name, self(f), str(f))

    def condition(self, statement: Any) -> Value:
        """A statement made of relations, And, Or, Not."""
        kind = type(statement).__name__
        if kind == "And":
            return all_of(self.condition(a) for a in statement.args)
        if kind == "Or":
            return any_of(self.condition(a) for a in statement.args)
        if kind == "Not":
            return ~self.condition(statement.args[0])
        if kind == "Equality":
            return self(statement.lhs - statement.rhs).equals(0)
        if kind in _RELATIONS:
            left, right = statement.args
            if right == 0 and _is_monomial(left):
                return call(_RELATIONS[kind], self._sign(left), 0)  # the product itself may underflow to 0
            return call(_RELATIONS[kind], self(left), self(right))
        raise NotDerivedError(f"no code is generated for the condition {statement}")

    def _sign(self, monomial: Any) -> Value:
        """The sign of a product of symbols, as a product of signs."""
        coefficient, rest = monomial.as_coeff_Mul()
        odd = [f for f in sympy.Mul.make_args(rest) if f.as_base_exp()[1] % 2]
        even = [f for f in sympy.Mul.make_args(rest) if not f.as_base_exp()[1] % 2]
        signs = [sign(self.symbols[f.as_base_exp()[0]]) for f in self._ordered(odd)]
        signs += [sign(self.symbols[f.as_base_exp()[0]]).squared() for f in even]
        product = signs[0]
        for s in signs[1:]:
            product = product * s
        return -product if coefficient < 0 else product

    # Products and sums ------------------------------------------------------------------------------------------------

    def _value(self, e: Any, scale: Value | None = None) -> Value:
        if e in self._named and scale is None:
            return self._named[e]
        if e.is_Add:
            return self._sum(e, scale)
        if e.is_Mul:
            return self._multiplied(e, scale)
        if scale is not None:
            return scale if e == 1 else scale * self._value(e)
        if e.is_Rational:
            return constant(Fraction(int(e.p), int(e.q)))
        if e.is_Symbol:
            return self.product if e == self._product else self.symbols[e]
        if e.is_Pow:
            return self._power(e)
        raise NotDerivedError(f"no code is generated for {e}")

    def _power(self, e: Any) -> Value:
        base, exponent = self._value(e.base), e.exp
        if exponent == sympy.Rational(1, 2):
            return self.program.let("s", root(base), f"sqrt({e.base})") if self.name_roots else root(base)
        if exponent in (2, 4):
            return base.squared() if exponent == 2 else base.squared().squared()
        if exponent.is_Integer and exponent > 2:
            return call("pow", base, int(exponent))
        raise NotDerivedError(f"no code is generated for {e}")

    def _multiplied(self, e: Any, scale: Value | None) -> Value:
        """The factors one after the other: the scale with the first, numbers last, the step size with the curvature."""
        coefficient, rest = e.as_coeff_Mul()
        if self.step is not None:
            powers = rest.as_powers_dict()
            common = min(powers[self.step], powers[self.curvature])
            if common > 0:
                rest = rest / (self.step * self.curvature) ** common * self._product**common
        value: Value | None = None
        for f in self._ordered(sympy.Mul.make_args(rest)):
            base, times = f.as_base_exp()
            # A symbol's power one by one: its square may underflow where the product does not.
            single = base.is_Symbol and times in (2, 3) and value is not None
            for part in [base] * int(times) if single else [f]:
                value = self._value(part, scale) if value is None else value * self._value(part)
        assert value is not None
        if coefficient == 1:
            return value
        return -value if coefficient == -1 else value * Fraction(int(coefficient.p), int(coefficient.q))

    def _ordered(self, factors: Iterable[Any]) -> list[Any]:
        """Symbols in the order of the program, then sums."""
        names = [*([] if self._product is None else [self._product]), *self.symbols]

        def key(f: Any) -> tuple[Any, ...]:
            base = f.as_base_exp()[0]
            return (not base.is_Symbol, names.index(base) if base.is_Symbol else 0, str(f))

        return sorted(factors, key=key)

    def _sum(self, total: Any, scale: Value | None) -> Value:
        """By powers of the curvature, the lowest first; the coefficients factored; a difference where a sign is negative."""
        terms = self._terms(total)
        if len(terms) == 1:
            return self._value(terms[0], scale)
        terms.sort(key=lambda t: bool(t.as_coeff_Mul()[0] < 0))  # a positive one first
        value: Value | None = None
        for t in terms:
            negative = t.as_coeff_Mul()[0] < 0
            part = self._value(-t if negative else t, scale)
            if value is None:
                value = -part if negative else part
            else:
                value = value - part if negative else value + part
        assert value is not None
        return value

    def _terms(self, total: Any) -> list[Any]:
        if self.curvature is not None and total.has(self.curvature):
            by = self.curvature
            if self.step is not None:
                poly = sympy.Poly(total, self.step, self.curvature)
                if all(i == j for i, j in poly.monoms()):
                    by = self._product
                    total = sympy.Add(*(c * by**i for (i, _), c in poly.terms()))
            poly = sympy.Poly(total, by)
            return [by**i * factored(c) for (i,), c in reversed(poly.terms())]
        if all(e.exp.is_Integer and e.exp > 0 for e in total.atoms(sympy.Pow)):
            whole = factored(total)
            if not whole.is_Add:
                return [whole]
        return sorted(total.args, key=lambda t: (bool(t.free_symbols), len(str(t)), str(t)))


def factored(expression: Any) -> Any:
    """A product of irreducible factors over Q and a sign, each sum with a positive constant term, or else leading term."""
    sign, factors = sympy.factor_list(sympy.expand(expression))
    parts: list[Any] = []
    for f, m in factors:
        level = f.as_coeff_Add()[0] or sympy.Poly(f, *sorted(f.free_symbols, key=str)).LC()
        if level < 0:
            f, sign = sympy.expand(-f), sign * (-1) ** m
        parts.append(f**m)
    if sign != 1 or not parts:
        parts.insert(0, sign)
    return parts[0] if len(parts) == 1 else sympy.Mul(*parts, evaluate=False)


def _is_monomial(expression: Any) -> bool:
    rest = expression.as_coeff_Mul()[1]
    return all(f.as_base_exp()[0].is_Symbol and f.as_base_exp()[1].is_Integer for f in sympy.Mul.make_args(rest))
