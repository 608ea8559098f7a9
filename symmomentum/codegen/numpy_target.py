"""NumPy: kernels for one block, and a function that walks large arrays with them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

from symmomentum.codegen.program import Program, Value
from symmomentum.codegen.source import Printer, comment_block

__all__ = ["NumpyPrinter", "numpy_function", "numpy_imports"]

WIDTH = 120


class NumpyPrinter(Printer):
    """Whole arrays at a time."""

    precedence = {**Printer.precedence, "or": 5, "and": 7, "not": 12}

    def special(self, name: str) -> str:
        return {"inf": "np.inf", "nan": "np.nan"}.get(name, name)

    def _call(self, name: str, *args: Value) -> tuple[str, int]:
        return self.function(f"np.{name}", *args)

    def op_abs(self, x: Value) -> tuple[str, int]:
        return self._call("abs", x)

    def op_max(self, x: Value, y: Value) -> tuple[str, int]:
        return self._call("maximum", x, y)

    def op_min(self, x: Value, y: Value) -> tuple[str, int]:
        return self._call("minimum", x, y)

    def op_root(self, x: Value) -> tuple[str, int]:
        return f"np.sqrt(np.maximum({self.text(x)}, 0))", 100

    def op_exp(self, x: Value) -> tuple[str, int]:
        return self._call("exp", x)

    def op_expm1(self, x: Value) -> tuple[str, int]:
        return self._call("expm1", x)

    def op_log1p(self, x: Value) -> tuple[str, int]:
        return self._call("log1p", x)

    def op_pow(self, x: Value, y: Value) -> tuple[str, int]:
        return self._call("power", x, y)

    def op_sin(self, x: Value) -> tuple[str, int]:
        return self._call("sin", x)

    def op_cos(self, x: Value) -> tuple[str, int]:
        return self._call("cos", x)

    def op_atan2(self, y: Value, x: Value) -> tuple[str, int]:
        return self._call("arctan2", y, x)

    def op_floor(self, x: Value) -> tuple[str, int]:
        return self._call("floor", x)

    def op_sign(self, x: Value) -> tuple[str, int]:
        return self._call("sign", x)

    def op_square(self, x: Value) -> tuple[str, int]:
        return self._call("square", x)

    def op_where(self, condition: Value, x: Value, y: Value) -> tuple[str, int]:
        return self._call("where", condition, x, y)

    def op_quotient(self, x: Value, y: Value) -> tuple[str, int]:
        below = self.text(y)
        return f"np.where({below} == 0, 0, {self.inside(x, 11)} / {self.inside(y, 12)})", 100

    def op_and(self, x: Value, y: Value) -> tuple[str, int]:
        return f"{self.inside(x, 7)} & {self.inside(y, 8)}", 7

    def op_or(self, x: Value, y: Value) -> tuple[str, int]:
        return f"{self.inside(x, 5)} | {self.inside(y, 6)}", 5

    def op_not(self, x: Value) -> tuple[str, int]:
        return f"~{self.inside(x, 12)}", 12


numpy_imports = """\
import numpy as np

from symmomentum.evaluators import blocks
"""


def numpy_function(program: Program, fast: Program | None = None) -> str:
    """The source of one function.

    Parameters
    ----------
    program : Program
    fast : Program or None
        The same without what keeps intermediate results from overflowing, to be tried first.
    """
    parts = []
    private = f"_{program.name}"
    if fast is not None:
        parts.append(_kernel(program, f"{private}_careful"))
        parts.append(_kernel(fast, private, careful=f"{private}_careful"))
    else:
        parts.append(_kernel(program, private))
    parts.append(_public(program, private))
    return "\n\n".join(parts)


def _stages(program: Program) -> tuple[list[tuple[tuple[str, ...], list[int]]], list[int]]:
    """The lines that depend on the same part of the inputs and on nothing else, by that part; and the other lines."""
    groups: dict[tuple[str, ...], list[int]] = {}
    rest: list[int] = []
    if program.shape != "number" or program.double:  # the others are dominated by what depends on everything
        return [], list(range(len(program.lines)))
    for n, line in enumerate(program.lines):
        used = tuple(i for i in program.inputs if i in line.value.inputs)
        own = set(_defined(program, groups.get(used, [])))
        names = {v.args[0] for v in line.value.walk() if v.op == "name"}
        if len(used) < len(program.inputs) and names <= own:
            groups.setdefault(used, []).append(n)
        else:
            rest.append(n)
    return list(groups.items()), rest


def _kernel(program: Program, name: str, careful: str | None = None) -> str:
    """The functions that compute one block, and the kernel made of them."""
    printer = NumpyPrinter()
    stages, rest = _stages(program)
    late = _used([program.lines[n].value for n in rest] + program.results)
    text, made, passed = "", [], []
    for used, lines in stages:
        gives = [n for n in _defined(program, lines) if n in late]
        stage = f"{name}_{'_'.join(used)}"
        returned = f"({gives[0]},)" if len(gives) == 1 else ", ".join(gives)
        text += f"def {stage}({', '.join(used)}):\n{_lines(program, lines, printer)}    return {returned}\n\n\n"
        positions = ", ".join(str(program.inputs.index(u)) for u in used)
        made.append(f"blocks.Stage({stage}, ({positions},))")
        passed += gives
    arguments = [i for i in program.inputs if i in late]
    text += f"def {name}_points({', '.join([*passed, *arguments])}):\n"
    if any(v.args in (("limit",), ("small",)) for v in _values(program)):
        dtype = f"{[*passed, *arguments][0]}.dtype"
        text += f"    limit, small = blocks.limit({dtype}), blocks.small({dtype})\n"
    text += _lines(program, rest, printer) + _return(program, printer)
    options = [f"{name}_points", _tuple(str(program.inputs.index(a)) for a in arguments)]
    if made:
        options.append(f"stages={_tuple(made)}")
    if careful:
        options.append(f"careful={careful}")
    options += _shape_options(program)
    return f"{text}\n\n{name} = blocks.Kernel({', '.join(options)})\n"


def _tuple(items: Iterable[str]) -> str:
    found = list(items)
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _shape_options(program: Program) -> list[str]:
    n = len(program.results)
    return {
        "number": [],
        "condition": ['dtype="bool"'],
        "code": ['dtype="int8"'],
        "complex": [f"trailing=({n // 2},)", 'dtype="complex"'],
        "matrix": [f"trailing=({math.isqrt(n)}, {math.isqrt(n)})"],
        "tuple": [f"parts={n}", 'dtype="tuple"'],
    }[program.shape] + (["double=True"] if program.double else [])


def _values(program: Program) -> list[Value]:
    return [v for x in (*(line.value for line in program.lines), *program.results) for v in x.walk()]


def _defined(program: Program, lines: list[int]) -> list[str]:
    return [program.lines[n].name for n in lines]


def _used(values: Iterable[Value]) -> set[str]:
    """The names and inputs that they are made of."""
    return {v.args[0] for x in values for v in x.walk() if v.op in ("name", "input")}


def _lines(program: Program, lines: list[int], printer: Printer) -> str:
    text = ""
    for n in lines:
        line = program.lines[n]
        comment = f"  # {line.meaning}" if line.meaning else ""
        code = f"    {line.name} = {printer.text(line.value)}"
        if comment and len(code) + len(comment) > WIDTH:
            text += "".join(f"    # {c}\n" for c in textwrap.wrap(line.meaning, WIDTH - 6))
            comment = ""
        text += f"{code}{comment}\n"
    return text


def _return(program: Program, printer: Printer) -> str:
    results = [printer.text(r) for r in program.results]
    if program.shape in ("number", "condition", "code"):
        return f"    return {results[0]}\n"
    return "    return (\n" + "".join(f"        {r},\n" for r in results) + "    )\n"


def _public(program: Program, private: str) -> str:
    inputs = ", ".join(program.inputs)
    body = "".join(f"    {w}\n" for line in comment_block(program) for w in textwrap.wrap(line, WIDTH - 4))
    trailing = ""
    first, _, more = body.strip().partition("\n")
    return (
        f"def {program.name}({inputs}, *, out=None):\n"
        f'    """{first}\n' + (f"\n{more}\n" if more else "") + f"{trailing}"
        f'    """\n'
        f"    return {private}(({inputs},), out)\n"
    )
