"""The small language between the theory and the targets: straight-line programs over elementwise operations.

A :class:`Value` is an expression whose order of evaluation is exactly its shape: floating-point results depend on it, so nothing
is reordered or simplified between here and the printed source. A :class:`Program` gives names to intermediate values.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symmomentum.errors import ArgumentError

__all__ = [
    "MATRICES",
    "MOMENTS",
    "ONE",
    "ZERO",
    "Line",
    "Program",
    "Value",
    "absolute",
    "all_of",
    "any_of",
    "arctan2",
    "call",
    "constant",
    "exponential",
    "expm1",
    "finite_or",
    "floor",
    "is_number",
    "largest",
    "least",
    "log1p",
    "power",
    "quotient",
    "root",
    "sequence",
    "sign",
    "tangent",
    "where",
]

FLOPS = {"add", "sub", "mul", "div", "neg", "abs", "max", "min", "square"}
FUNCTIONS = {"root", "sqrt", "exp", "expm1", "log1p", "pow", "tan", "atan2", "floor", "quotient"}
_EIGENVALUES, _PRODUCTS = (
    "the eigenvalues of a matrix",
    "the products of two matrices, twice for each binary digit of k",
)
MATRICES: Mapping[str, str] = {
    "matrices.spectral_radius": _EIGENVALUES,
    "matrices.converges": _EIGENVALUES,
    "matrices.eigenvalues": _EIGENVALUES,
    "matrices.power": _PRODUCTS,
    "matrices.residual": _PRODUCTS,
    "matrices.mean": _PRODUCTS,
    "matrices.variance": "the products of four matrices, twice for each binary digit of k",
}
"""The operations on matrices, which not every target has: the functions of :mod:`symmomentum.evaluators.matrices`, and what they
cost."""
MOMENTS: Mapping[str, str] = {
    "moments.mean": "15 of them for each binary digit of k, twice where that is 1",
    "moments.variance": "45 of them for each binary digit of k, twice where that is 1",
    "moments.crossover": "some 15 of them for each step until then",
}
"""The operations on powers and sums of squares for up to two states: the functions of :mod:`symmomentum.evaluators.moments`, and
what they cost. All but the last one every target has."""


@dataclass(frozen=True, eq=False)
class Value:
    """One node: an operation on other values, an input, a constant, or the name of a line of the program."""

    op: str
    args: tuple[Any, ...] = ()
    inputs: frozenset[str] = frozenset()
    """The inputs of the program that it depends on."""

    def __add__(self, other: Value | int | Fraction) -> Value:
        return _node("add", self, other)

    def __radd__(self, other: int | Fraction) -> Value:
        return _node("add", other, self)

    def __sub__(self, other: Value | int | Fraction) -> Value:
        return _node("sub", self, other)

    def __rsub__(self, other: int | Fraction) -> Value:
        return _node("sub", other, self)

    def __mul__(self, other: Value | int | Fraction) -> Value:
        return _node("mul", self, other)

    def __rmul__(self, other: int | Fraction) -> Value:
        return _node("mul", other, self)

    def __truediv__(self, other: Value | int | Fraction) -> Value:
        return _node("div", self, other)

    def __rtruediv__(self, other: int | Fraction) -> Value:
        return _node("div", other, self)

    def __neg__(self) -> Value:
        return _node("neg", self)

    def __lt__(self, other: Value | int | Fraction) -> Value:
        return _node("lt", self, other)

    def __le__(self, other: Value | int | Fraction) -> Value:
        return _node("le", self, other)

    def __gt__(self, other: Value | int | Fraction) -> Value:
        return _node("gt", self, other)

    def __ge__(self, other: Value | int | Fraction) -> Value:
        return _node("ge", self, other)

    def equals(self, other: Value | int | Fraction) -> Value:
        """Whether both are the same number."""
        return _node("eq", self, other)

    def __and__(self, other: Value) -> Value:
        return _node("and", self, other)

    def __or__(self, other: Value) -> Value:
        return _node("or", self, other)

    def __invert__(self) -> Value:
        return _node("not", self)

    def squared(self) -> Value:
        """Its square."""
        return _node("square", self)

    @property
    def key(self) -> Any:
        """Equal for values that are computed in the same way."""
        return (self.op, *(a.key if isinstance(a, Value) else a for a in self.args))

    def walk(self) -> Iterator[Value]:
        """Itself and all that it is made of; the names of other lines are not followed."""
        yield self
        for a in self.args:
            if isinstance(a, Value):
                yield from a.walk()


def constant(value: Any) -> Value:
    """A rational number, or the text ``"inf"`` or ``"nan"``."""
    return Value("const", (value if isinstance(value, str) else Fraction(value),))


ZERO, ONE = constant(0), constant(1)


def _node(op: str, *args: Any) -> Value:
    values = tuple(a if isinstance(a, Value) else constant(a) for a in args)
    return Value(op, values, frozenset().union(*(v.inputs for v in values)))


def call(op: str, *args: Any) -> Value:
    """Any operation by name."""
    return _node(op, *args)


def absolute(x: Value) -> Value:
    """The modulus."""
    return constant(abs(x.args[0])) if x.op == "const" and isinstance(x.args[0], Fraction) else _node("abs", x)


def largest(x: Value, y: Any) -> Value:
    """The larger one; NaN if one of them is."""
    return _node("max", x, y)


def least(x: Value, y: Any) -> Value:
    """The smaller one; NaN if one of them is."""
    return _node("min", x, y)


def root(x: Value) -> Value:
    """The square root of a number, of a negative one 0."""
    return _node("root", x)


def exponential(x: Value) -> Value:
    """The exponential."""
    return _node("exp", x)


def expm1(x: Value) -> Value:
    """The exponential less 1, accurate near 0."""
    return _node("expm1", x)


def log1p(x: Value) -> Value:
    """The logarithm of 1 + x, accurate near 0."""
    return _node("log1p", x)


def power(x: Value, y: Value) -> Value:
    """x to the power y."""
    return _node("pow", x, y)


def tangent(x: Value) -> Value:
    """The tangent."""
    return _node("tan", x)


def arctan2(y: Value, x: Value) -> Value:
    """The angle of the point (x, y), where x is not negative."""
    return _node("atan2", y, x)


def floor(x: Value) -> Value:
    """The largest integer that is not larger."""
    return _node("floor", x)


def sign(x: Value) -> Value:
    """-1, 0 or 1."""
    return _node("sign", x)


def quotient(x: Value, y: Value) -> Value:
    """x / y, and 0 where y is 0."""
    return _node("quotient", x, y)


def where(condition: Value, x: Any, y: Any) -> Value:
    """The first value where the condition holds, else the second."""
    return _node("where", condition, x, y)


def is_number(x: Value) -> Value:
    """Whether it is not NaN."""
    return _node("eq", x, x)


def finite_or(x: Value, product: Value) -> Value:
    """A product with the factor x: 0 where x is 0, whatever the other factor."""
    if x.op == "const" and x.args[0] != 0:
        return product
    return _node("where", x.equals(0), x, product)


def sequence(values: Iterable[Value | int]) -> Value:
    """A row, or a matrix made of rows, for an operation on matrices."""
    return _node("sequence", *values)


def all_of(conditions: Iterable[Value]) -> Value:
    """The conjunction of at least one condition."""
    first, *rest = conditions
    for c in rest:
        first = first & c
    return first


def any_of(conditions: Iterable[Value]) -> Value:
    """The disjunction of at least one condition."""
    first, *rest = conditions
    for c in rest:
        first = first | c
    return first


def _folded(value: Value, known: Mapping[str, Value], positive: Any) -> Value:
    """The value where some names are known to be truths or other values: the case that is not taken is dropped. The roots of what
    has the key ``positive`` are plain ones."""
    if value.op == "name":
        return known.get(value.args[0], value)
    if value.op in ("const", "input", "truth"):
        return value
    if value.op == "root" and value.args[0].key == positive:
        return _node("sqrt", *value.args)
    args = [_folded(a, known, positive) for a in value.args]
    truths = [a.args[0] if a.op == "truth" else None for a in args]
    if value.op == "where" and truths[0] is not None:
        return args[1] if truths[0] else args[2]
    if value.op == "not" and truths[0] is not None:
        return Value("truth", (not truths[0],))
    if value.op in ("and", "or"):
        decisive = value.op == "or"
        if decisive in truths:
            return Value("truth", (decisive,))
        for this, that in ((0, 1), (1, 0)):
            if truths[this] is not None:
                return args[that]
    if value.op == "add":
        for this, that in ((0, 1), (1, 0)):
            if args[this].op == "const" and args[this].args[0] == 0:
                return args[that]
    return _node(value.op, *args)


@dataclass(frozen=True)
class Line:
    """A named intermediate value, and what it means in mathematics."""

    name: str
    value: Value
    meaning: str = ""


_RESERVED_NAMES = """
np math numba xp one out blocks matrices moments limit small Math REGIMES half largest float abs array_namespace device scratch
results dtype
"""
RESERVED = frozenset(_RESERVED_NAMES.split()) | frozenset(keyword.kwlist)
"""What a target uses itself, so that no parameter and no intermediate value can be called so."""


@dataclass
class Program:
    """A function of named inputs.

    Attributes
    ----------
    name : str
        Of the function.
    inputs : tuple of str
        Its arguments, in order.
    shape : str
        Of the result: ``"number"``, ``"condition"``, ``"code"`` (an index of a regime), ``"complex"`` (complex numbers
        along a new last axis), ``"matrix"`` (two new last axes), ``"tuple"`` (one array each), ``"curve"`` (one number for each
        number of steps: all modes together; what is computed is what each mode contributes with).
    lines : list of Line
        What is computed, in order.
    results : list of Value
        The result: one value, or one for each entry; for ``"complex"``, the real and the imaginary part of each in turn.
    description : list of str
        What the docstring says, from the theory.
    double : bool
        Whether single precision is not enough inside.
    entries : int
        How many numbers the result has, where one operation on matrices gives all of them.
    """

    name: str
    inputs: tuple[str, ...]
    shape: str = "number"
    lines: list[Line] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    description: list[str] = field(default_factory=list)
    double: bool = False
    labels: tuple[str, ...] = ()
    """Names of the results of a ``"tuple"``; of the codes of a ``"code"``."""
    entries: int = 0
    checked: bool = False
    """Whether the last result says where the others hold."""
    cases: str = ""
    """The name of a condition on which much of the rest depends, so that a target may compute only what counts at a point."""
    _known: dict[Any, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if clash := sorted(n for n in self.inputs if n in RESERVED or n.startswith("_")):
            raise ArgumentError(f"no code is generated for a parameter named {clash[0]!r}; give it another name")

    def input(self, name: str) -> Value:
        """An argument."""
        assert name in self.inputs, name
        return Value("input", (name,), frozenset({name}))

    def let(self, name: str, value: Value, meaning: str = "") -> Value:
        """Name an intermediate value; one that has a name keeps it, and a name that is taken gets a number."""
        if value.op in ("input", "name", "const"):
            return value
        if value.key in self._known:
            return self._known[value.key]
        taken = {line.name for line in self.lines} | set(self.inputs) | RESERVED
        fresh, n = name, 1
        while fresh in taken:
            n += 1
            fresh = f"{name}{n}"
        self.lines.append(Line(fresh, value, meaning))
        named = self._known[value.key] = Value("name", (fresh,), value.inputs)
        return named

    def tidied(self) -> Program:
        """The same without lines that nothing uses, and without a name for what is returned at once."""
        lines, results = list(self.lines), list(self.results)
        if lines and len(results) == 1 and results[0].args == (lines[-1].name,):
            results = [lines.pop().value]
        used = {v.args[0] for r in results for v in r.walk() if v.op == "name"}
        kept: list[Line] = []
        for line in reversed(lines):
            if line.name in used:
                kept.insert(0, line)
                used |= {v.args[0] for v in line.value.walk() if v.op == "name"}
        return replace(self, lines=kept, results=results)

    def assuming(self, truth: bool) -> Program:
        """The same where it is known whether the condition ``cases`` holds, without what does not count there."""
        known: dict[str, Value] = {self.cases: Value("truth", (truth,))}
        condition = next(line.value for line in self.lines if line.name == self.cases)
        assert (condition.op, condition.args[1].key) == ("ge", ZERO.key), condition.key
        # What is known not to be negative, or not to be a number at all, needs no comparison before its root is taken.
        positive = condition.args[0] if truth else -condition.args[0]
        lines = []
        for line in self.lines:
            value = _folded(line.value, known, positive.key)
            if line.name == self.cases or value.op in ("truth", "const", "name", "input"):
                known.setdefault(line.name, value)
            else:
                lines.append(replace(line, value=value))
        made = replace(self, lines=lines, results=[_folded(r, known, positive.key) for r in self.results], cases="")
        return made.tidied()

    def needed_for(self, name: str) -> list[str]:
        """The names of the lines that a line needs, itself included, in order."""
        found = {name}
        for line in reversed(self.lines):
            if line.name in found:
                found |= {v.args[0] for v in line.value.walk() if v.op == "name"}
        return [line.name for line in self.lines if line.name in found]

    def operations(self) -> tuple[int, int]:
        """How many additions and the like, and how many roots and other functions, one result takes."""
        values = self._values()
        return sum(v.op in FLOPS for v in values), sum(v.op in FUNCTIONS for v in values)

    def matrix_operations(self) -> list[str]:
        """Those of :data:`MATRICES` that are used."""
        return [v.op for v in self._values() if v.op in MATRICES]

    def moments(self) -> list[str]:
        """Those of :data:`MOMENTS` that are used."""
        return [v.op for v in self._values() if v.op in MOMENTS]

    def _values(self) -> list[Value]:
        return [v for x in (*(line.value for line in self.lines), *self.results) for v in x.walk()]
