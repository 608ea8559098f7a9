"""The Python array API standard: one function for the arrays of NumPy, Dask, JAX, PyTorch, CuPy, ..., differentiable where
the library is.

Nothing is written in place, and what is not taken of a case distinction has no infinite derivative that would spoil the other.
"""

from __future__ import annotations

import math

from symmomentum.codegen.program import Program, Value
from symmomentum.codegen.source import ATOM, Printer, description, operations, statement

__all__ = ["IMPORTS", "function", "helpers"]

IMPORTS = """\
import math

from array_api_compat import array_namespace, device
"""

_HELPERS = {
    "max": """\
def _max(xp, x, y):
    return xp.where((x < y) | (y != y), y, x)
""",
    "min": """\
def _min(xp, x, y):
    return xp.where((x > y) | (y != y), y, x)
""",
    "root": """\
def _root(xp, x):
    positive = ~(x <= 0)  # so that NaN stays
    return xp.where(positive, xp.sqrt(xp.where(positive, x, 1.0)), 0.0)
""",
    "quotient": """\
def _quotient(xp, x, y):
    zero = y == 0
    return xp.where(zero, 0.0, x / xp.where(zero, 1.0, y))
""",
    "moments": """\
def _sums(xp, k, t, e, a, c, m):
    # As symmomentum.evaluators.moments, from the highest digit of k on; as many digits for all points, so that no
    # value is looked at. More of them would be too deep for the graphs of libraries that compute later.
    left = xp.where((k >= 0) & (k < 2.0**31), k, 0.0)

    def product(x, y):
        r, s = e * x[2], x[1] + t * x[2]
        f = x[0] + y[0] * x[1] + r * y[2]
        low, high = s * y[4] - 2 * r * y[3], 2 * s * y[5] - r * y[4]
        return (
            f,
            xp.where(xp.abs(f) < 0.5, 1 - f, x[1] * y[1] - r * y[2]),
            s * y[2] + x[2] * y[1],
            x[3] + (x[1] * (x[1] * y[3] + x[2] * y[4]) + x[2] * x[2] * y[5]),
            x[4] + (x[1] * low + x[2] * high),
            x[5] + (s * high - r * low) / 2,
        )

    zero = xp.zeros_like(left + t + e + a + c + m)
    once = (zero, zero + 1, zero - 1, zero + a, zero + 2 * c, zero + m)
    total = (zero, zero + 1, zero, zero, zero, zero)
    started = left < 0
    for digit in range(30, -1, -1):
        total = product(total, total)
        odd = left >= 2.0**digit
        left = xp.where(odd, left - 2.0**digit, left)
        more = (xp.where(started, x, y) for x, y in zip(product(total, once), once))
        total = tuple(xp.where(odd, x, y) for x, y in zip(more, total))
        started = started | odd
    return total


def _given(xp, k, value, known):
    valid = (k >= 0) & (k == xp.floor(k)) & (k < 2.0**31) & (known == known)
    return xp.where(valid, xp.where(value != value, xp.inf, value), xp.nan)
""",
    "moments.mean": """\
def _mean(xp, k, t, e, fall, known):
    zero = xp.zeros_like(t)
    total = _sums(xp, k, t, e, zero, zero, zero)
    return _given(xp, k, total[1] + total[2] * fall, known)
""",
    "moments.variance": """\
def _variance_after(xp, k, t, e, a, c, m, known):
    return _given(xp, k, _sums(xp, k, t, e, a, c, m)[3], known)
""",
}


_ARRAYS = """\
def _arrays(xp, *arguments):
    arrays = [a for a in arguments if hasattr(a, "dtype")]
    floating = [a.dtype for a in arrays if xp.isdtype(a.dtype, "real floating")]
    dtype = floating[0] if floating else xp.asarray(0.5).dtype
    made = []
    for a in arguments:
        if not hasattr(a, "dtype"):
            a = xp.asarray(float(a), dtype=dtype, device=device(arrays[0]))
        made.append(a if xp.isdtype(a.dtype, "real floating") else xp.astype(a, dtype))
    return made
"""
"""Numbers and integers among the arguments become arrays of the precision of the others."""


class ArrayPrinter(Printer):
    """Whole arrays, nothing in place."""

    def special(self, name: str) -> str:
        return {"inf": "xp.inf", "nan": "xp.nan"}.get(name, name)

    def _with_namespace(self, name: str, *args: Value) -> tuple[str, int]:
        return f"{name}(xp, {', '.join(self.text(a) for a in args)})", ATOM

    def op_max(self, x: Value, y: Value) -> tuple[str, int]:
        return self._with_namespace("_max", x, y)

    def op_min(self, x: Value, y: Value) -> tuple[str, int]:
        return self._with_namespace("_min", x, y)

    def op_root(self, x: Value) -> tuple[str, int]:
        return self._with_namespace("_root", x)

    def op_quotient(self, x: Value, y: Value) -> tuple[str, int]:
        return self._with_namespace("_quotient", x, y)

    def _print(self, value: Value) -> tuple[str, int]:
        if value.op in _MOMENTS:
            return self._with_namespace(_MOMENTS[value.op], *value.args)
        return super()._print(value)

    def op_where(self, condition: Value, x: Value, y: Value) -> tuple[str, int]:
        first, second = self.text(x), self.text(y)
        if x.inputs == y.inputs == frozenset():  # at least one of the two must be an array
            second = f"{self.inside(y, 11)} * one"
        return f"xp.where({self.text(condition)}, {first}, {second})", ATOM


_MOMENTS = {"moments.mean": "_mean", "moments.variance": "_variance_after"}
_FUNCTIONS = {
    "abs": "xp.abs",
    "exp": "xp.exp",
    "expm1": "xp.expm1",
    "log1p": "xp.log1p",
    "pow": "xp.pow",
    "tan": "xp.tan",
    "atan2": "xp.atan2",
    "floor": "xp.floor",
    "sign": "xp.sign",
    "square": "xp.square",
}
_PRINTER = ArrayPrinter(
    _FUNCTIONS,
    infix={"and": "&", "or": "|"},
    prefix={"neg": "-", "not": "~"},
    precedence={"or": 5, "and": 7, "not": 12},
)


def helpers(programs: list[Program]) -> str:
    """The functions that the programs need."""
    used = operations(programs)
    return "\n\n".join([_ARRAYS, *(text for op, text in _HELPERS.items() if op in used)])


def function(program: Program) -> str:
    """The source of one function."""
    inputs = ", ".join(program.inputs)
    first, *more = description(program)
    text = f'def {program.name}({inputs}):\n    """{first}\n'
    text += "".join(f"    {line}".rstrip() + "\n" for line in more) + '    """\n'
    text += f"    xp = array_namespace({inputs})\n"
    text += f"    {inputs}{',' if len(program.inputs) == 1 else ''} = _arrays(xp, {inputs})\n"
    body = "".join(
        statement(f"{line.name} = ", _PRINTER.text(line.value), meaning=line.meaning) for line in program.lines
    )
    results = [_PRINTER.text(r) for r in program.results]
    ending = _ending(program, results)
    whole = body + ending
    total = " + ".join(program.inputs)
    if "one" in _words(whole) or program.shape in ("complex", "matrix"):
        text += f"    one = xp.ones_like({total})\n"
    if "limit" in _words(whole):
        text += "    largest = float(xp.finfo(" + f"({total}).dtype" + ").max)\n"
        text += "    half = math.frexp(largest)[1] // 2\n"
        text += "    limit, small = 2.0 ** (half - 12), 2.0 ** (-half - 2)\n"
    return text + whole


def _words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


def _ending(program: Program, results: list[str]) -> str:
    n = len(results)
    if program.shape == "number":
        return statement("return ", results[0])
    if program.shape == "condition":
        return statement("return ", results[0])
    if program.shape == "code":
        return statement("return ", f"xp.astype({results[0]}, xp.int8)")
    if program.shape == "tuple":
        return statement("return ", f"({', '.join(results)}{',' if n == 1 else ''})")
    if program.shape == "complex":
        pairs = [f"({results[2 * i]}) + 1j * ({results[2 * i + 1]})" for i in range(n // 2)]
        lines = "".join(statement(f"sigma_{i + 1} = ", pair) for i, pair in enumerate(pairs))
        names = ", ".join(f"sigma_{i + 1}" for i in range(n // 2))
        return lines + f"    return xp.stack([{names}], axis=-1)\n"
    side = math.isqrt(n)
    text = "".join(statement(f"entry_{i // side + 1}{i % side + 1} = ", f"{r} * one") for i, r in enumerate(results))
    rows = [f"xp.stack([{', '.join(f'entry_{i + 1}{j + 1}' for j in range(side))}], axis=-1)" for i in range(side)]
    return text + statement("return ", f"xp.stack([{', '.join(rows)}], axis=-2)")
