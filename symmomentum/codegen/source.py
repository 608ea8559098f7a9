"""What the targets have in common: values and programs as text."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Mapping
from fractions import Fraction

from symmomentum.codegen.program import MATRICES, MOMENTS, Program, Value

__all__ = ["ATOM", "WIDTH", "Printer", "description", "operations", "statement"]

WIDTH = 120
ATOM = 100
"""How strongly something binds that needs no parentheses."""

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "not": 3,
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
_INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "and": "and",
    "or": "or",
}
_LEFT = {"add", "sub", "mul", "div", "and", "or"}
_PREFIX = {"neg": "-", "not": "not "}


class Printer:
    """Values as source text; a target says how it writes what differs.

    Subtraction and division associate to the left, as in all the targets, and parentheses keep every other order.

    Parameters
    ----------
    functions : mapping
        The operations that are written as calls, and of what.
    infix, prefix, precedence : mapping
        What differs from Python's operators for numbers.
    """

    def __init__(
        self,
        functions: Mapping[str, str],
        infix: Mapping[str, str] | None = None,
        prefix: Mapping[str, str] | None = None,
        precedence: Mapping[str, int] | None = None,
    ) -> None:
        self.functions = functions
        self.infix = {**_INFIX, **(infix or {})}
        self.prefix = {**_PREFIX, **(prefix or {})}
        self.precedence = {**_PRECEDENCE, **(precedence or {})}

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
            return value.args[0], ATOM
        if op == "const":
            return self.constant(value.args[0])
        special = getattr(self, f"op_{op}", None)
        if special is not None:
            made: tuple[str, int] = special(*value.args)
            return made
        if op in self.functions:
            return f"{self.functions[op]}({', '.join(self.text(a) for a in value.args)})", ATOM
        level = self.precedence[op]
        if op in self.infix:
            left, right = value.args
            # A comparison does not chain, and what is to the right of an operator keeps its parentheses.
            first = level if op in _LEFT else level + 1
            return f"{self.inside(left, first)} {self.infix[op]} {self.inside(right, level + 1)}", level
        (only,) = value.args
        text = self.inside(only, level)
        # Two minus signs in a row are another operator in JavaScript.
        return f"{self.prefix[op]}({text})" if text.startswith("-") else f"{self.prefix[op]}{text}", level

    def constant(self, value: Fraction | str) -> tuple[str, int]:
        """A number, or one of the texts "inf", "nan", "limit", "small"."""
        if isinstance(value, str):
            return self.special(value), ATOM
        if value.denominator == 1:
            # What is too large for an integer of the machine is a number of double precision.
            text = str(value.numerator) if abs(value) < 2**53 else repr(float(value))
        elif value.denominator & (value.denominator - 1) == 0 and value.denominator < 2**1000:
            text = repr(value.numerator / value.denominator)
        else:
            return f"{value.numerator} / {value.denominator}", self.precedence["div"]
        return text, self.precedence["neg"] if value < 0 else ATOM

    def special(self, name: str) -> str:
        """A number that has no digits."""
        raise NotImplementedError


def operations(programs: Iterable[Program]) -> set[str]:
    """The names of the operations for which a target may need helpers; ``"moments"`` for those of the module of that name."""
    used = {v.op for p in programs for x in (*(line.value for line in p.lines), *p.results) for v in x.walk()}
    return used | {op.partition(".")[0] for op in used if op in MOMENTS}


def description(program: Program) -> list[str]:
    """What is said of a program in its documentation: what it is, the theory's formula, and what it costs; one line each."""
    simple, functions = program.operations()
    cost = f"{simple} additions, multiplications and the like"
    if functions:
        cost += f", {functions} times a root, a quotient or another function"
    costs = {**MATRICES, **MOMENTS}
    for operation in (*program.matrix_operations(), *program.moments()):
        cost += f", and {costs[operation]}"
    first, *more = program.description
    lines = textwrap.wrap(first, WIDTH - 8)
    lines += ["", *(w for line in more for w in textwrap.wrap(line, WIDTH - 4))] if more else []
    return [*lines, "", *textwrap.wrap(f"Operations: {cost}.", WIDTH - 4)]


def statement(
    start: str, expression: str, end: str = "", meaning: str = "", *, mark: str = "#", indent: int = 4
) -> str:
    """One statement with its comment, broken where it is too long: a call at its commas, an operation at its operators."""
    pad = " " * indent
    lines = _broken(f"{pad}{start}", expression, end, indent)
    if not meaning:
        return "".join(f"{line}\n" for line in lines)
    comment = f"  {mark} {meaning}"
    if len(lines) == 1 and len(lines[0]) + len(comment) <= WIDTH:
        return f"{lines[0]}{comment}\n"
    wrapped = textwrap.wrap(meaning, WIDTH - indent - 3)
    return "".join(f"{line}\n" for line in [*(f"{pad}{mark} {w}" for w in wrapped), *lines])


def _broken(start: str, expression: str, end: str, indent: int) -> list[str]:
    if len(start) + len(expression) + len(end) <= WIDTH:
        return [f"{start}{expression}{end}"]
    pad = " " * indent
    parts = _arguments(expression)
    if parts is None and expression.startswith(("-", "~")) and (inner := _arguments(expression[1:])) is not None:
        parts = (f"{expression[0]}{inner[0]}", inner[1])
    if parts is not None:
        head, arguments = parts
        lines = [f"{start}{head}"]
        for a in arguments:
            lines += _broken(f"{pad}    ", a, ",", indent + 4)
        return [*lines, f"{pad}{expression[-1]}{end}"]
    pieces = _operands(expression)
    if len(pieces) == 1:
        return [f"{start}{expression}{end}"]
    lines = [f"{start}("]
    for operator, operand in pieces:
        lines += _broken(f"{pad}    {operator}", operand, "", indent + 4)
    return [*lines, f"{pad}){end}"]


def _depths(text: str) -> list[int]:
    """How many brackets each character is in; within quotation marks, more than anywhere else."""
    depths, depth, quoted = [], 0, False
    for c in text:
        if not quoted:
            depth -= c in ")]"
        depths.append(len(text) if quoted else depth)
        quoted ^= c == '"'
        if not quoted:
            depth += c in "(["
    return depths


def _arguments(text: str) -> tuple[str, list[str]] | None:
    """What opens it and the arguments, if the whole text is one call; or the elements, if it is a tuple or a list."""
    opening = min((i for i in (text.find("("), text.find("[")) if i >= 0), default=-1)
    name = text[:opening].replace(".", "").replace("_", "").replace("=", "")
    if opening < 0 or not text.endswith((")", "]")) or not (name.isalnum() or opening == 0):
        return None
    depths = _depths(text)
    if any(d == 0 for d in depths[opening + 1 : -1]):
        return None
    commas = [i for i, c in enumerate(text) if c == "," and depths[i] == 1]
    if opening == 0 and not commas:
        return None
    cuts = [opening, *commas, len(text) - 1]
    found = [text[i + 1 : j].strip() for i, j in itertools.pairwise(cuts)]
    return text[: opening + 1], found if found[-1] else found[:-1]  # a tuple of one ends with a comma


_OPERATORS = (
    (" if ", " else ", " ? ", " : "),
    (" or ", " || "),
    (" and ", " && "),
    (" | ",),
    (" & ",),
    (" < ", " > ", " <= ", " >= ", " == ", " === "),
    (" + ", " - "),
    (" * ", " / "),
)
"""From the one that binds least to the one that binds most, in all the targets."""


def _operands(text: str) -> list[tuple[str, str]]:
    """The operands of the operators outside of all brackets that bind least, each with the operator before it."""
    depths = _depths(text)
    for operators in _OPERATORS:
        cuts = [(i, o) for i, d in enumerate(depths) if d == 0 for o in operators if text.startswith(o, i)]
        if cuts:
            starts = [(0, ""), *((i, o) for i, o in cuts)]
            ends = [*(i for i, _ in cuts), len(text)]
            return [(o.lstrip(), text[i + len(o) : j].strip()) for (i, o), j in zip(starts, ends, strict=True)]
    return [("", text)]
