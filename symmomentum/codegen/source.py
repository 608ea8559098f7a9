"""What the targets have in common: values and programs as text."""

from __future__ import annotations

from fractions import Fraction

from symmomentum.codegen.program import Program, Value

__all__ = ["Printer", "comment_block"]

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "not": 7,
    "lt": 4,
    "le": 4,
    "gt": 4,
    "ge": 4,
    "eq": 4,
    "add": 10,
    "sub": 10,
    "mul": 11,
    "div": 11,
    "neg": 12,
}
_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
_LEFT = {"add", "sub", "mul", "div"}
_ATOM = 100


class Printer:
    """Values as source text; a target says how it writes what differs.

    Subtraction and division associate to the left, as in all the targets, and parentheses keep every other order.
    """

    infix = _INFIX
    precedence = _PRECEDENCE

    def text(self, value: Value) -> str:
        """The expression, without parentheses around it."""
        return self._print(value)[0]

    def inside(self, value: Value, level: int) -> str:
        """The expression as an operand of something that binds that strongly."""
        text, own = self._print(value)
        return text if own >= level else f"({text})"

    def _print(self, value: Value) -> tuple[str, int]:
        op = value.op
        if op in ("input", "name"):
            return self.name(value.args[0]), _ATOM
        if op == "const":
            return self.constant(value.args[0])
        special = getattr(self, f"op_{op}", None)
        if special is not None:
            made: tuple[str, int] = special(*value.args)
            return made
        level = self.precedence[op]
        if op in self.infix:
            left, right = value.args
            # A comparison does not chain, and what is to the right of an operator keeps its parentheses.
            first = level if op in _LEFT else level + 1
            return f"{self.inside(left, first)} {self.infix[op]} {self.inside(right, level + 1)}", level
        (only,) = value.args
        return f"-{self.inside(only, level)}", level

    def name(self, name: str) -> str:
        """An input or a line."""
        return name

    def constant(self, value: Fraction | str) -> tuple[str, int]:
        """A number, or one of the texts "inf", "nan", "limit", "small"."""
        if isinstance(value, str):
            return self.special(value), _ATOM
        if value.denominator == 1:
            text = str(value.numerator)
        elif value.denominator & (value.denominator - 1) == 0 and value.denominator < 2**20:
            text = repr(value.numerator / value.denominator)
        else:
            return f"{value.numerator} / {value.denominator}", self.precedence["div"]
        return text, self.precedence["neg"] if value < 0 else _ATOM

    def special(self, name: str) -> str:
        """A number that has no digits."""
        raise NotImplementedError

    def function(self, name: str, *args: Value) -> tuple[str, int]:
        """A call."""
        return f"{name}({', '.join(self.text(a) for a in args)})", _ATOM


def comment_block(program: Program) -> list[str]:
    """What is said of a program in its documentation: the theory's formula and what it costs."""
    simple, functions = program.operations()
    cost = f"{simple} additions and the like"
    if functions:
        cost += f", {functions} {'root or other function' if functions == 1 else 'roots and other functions'}"
    return [*program.description, f"Per point: {cost}."]
