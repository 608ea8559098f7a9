"""NumPy: functions for one block, and a kernel that walks large arrays with them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from symmomentum.codegen.program import MATRICES, MOMENTS, Line, Program, Value
from symmomentum.codegen.source import ATOM, Printer, description, statement

__all__ = ["function", "imports"]


def imports(text: str) -> str:
    """What a text of functions needs."""
    modules = [m for m in ("blocks", "matrices", "moments") if f"{m}." in text]
    numpy = "import numpy as np\n\n" if "np." in text else ""
    return f"{numpy}from symmomentum.evaluators import {', '.join(modules)}\n"


class NumpyPrinter(Printer):
    """Whole arrays at a time."""

    def special(self, name: str) -> str:
        return {"inf": "np.inf", "nan": "np.nan"}.get(name, name)

    def op_root(self, x: Value) -> tuple[str, int]:
        if x.op == "sub" and x.args[1].op == "name":
            # max(a - b, 0) to the last bit, unless b is infinite; NumPy is slower where it compares an array with a number.
            a, b = x.args
            return f"np.sqrt(np.maximum({self.text(a)}, {self.text(b)}) - {self.text(b)})", ATOM
        return f"np.sqrt(np.maximum({self.text(x)}, 0))", ATOM

    def op_quotient(self, x: Value, y: Value) -> tuple[str, int]:
        return f"np.where({self.inside(y, 5)} == 0, 0, {self.inside(x, 11)} / {self.inside(y, 12)})", ATOM

    def op_sequence(self, *values: Value) -> tuple[str, int]:
        return f"[{', '.join(self.text(v) for v in values)}]", ATOM


class CasesPrinter(NumpyPrinter):
    """The same for a function in which much depends on numbers among the arrays, as the number of steps."""

    def op_where(self, condition: Value, x: Value, y: Value) -> tuple[str, int]:
        return f"blocks.where({self.text(condition)}, {self.text(x)}, {self.text(y)})", ATOM

    def op_and(self, x: Value, y: Value) -> tuple[str, int]:
        conditions = _conjunction(x) + _conjunction(y)
        if len(conditions) < _MANY_CONDITIONS:
            return f"{self.inside(x, 7)} & {self.inside(y, 8)}", 7
        return f"blocks.every({', '.join(self.text(c) for c in conditions)})", ATOM

    def op_quotient(self, x: Value, y: Value) -> tuple[str, int]:
        text, _ = super().op_quotient(x, y)
        return text.replace("np.where(", "blocks.where(", 1), ATOM


def _conjunction(value: Value) -> list[Value]:
    return [c for a in value.args for c in _conjunction(a)] if value.op == "and" else [value]


_MANY_CONDITIONS = 4
_FUNCTIONS = {
    "abs": "np.abs",
    "max": "np.maximum",
    "min": "np.minimum",
    "exp": "np.exp",
    "expm1": "np.expm1",
    "log1p": "np.log1p",
    "pow": "np.power",
    "tan": "np.tan",
    "atan2": "np.arctan2",
    "floor": "np.floor",
    "sign": "np.sign",
    "square": "np.square",
    "sqrt": "np.sqrt",
    "where": "np.where",
}
_UFUNCS = set(_FUNCTIONS) - {"where"}
_PRINTER, _CASES_PRINTER = (
    printer(
        {**_FUNCTIONS, **{operation: operation for operation in (*MATRICES, *MOMENTS)}},
        infix={"and": "&", "or": "|"},
        prefix={"neg": "-", "not": "~"},
        precedence={"or": 5, "and": 7, "not": 12},
    )
    for printer in (NumpyPrinter, CasesPrinter)
)


def function(program: Program, fast: Program | None = None) -> str:
    """The source of one function.

    Parameters
    ----------
    program : Program
    fast : Program or None
        The same without what keeps intermediate results from overflowing, to be tried first; what depends on some of the
        inputs only is then computed apart.
    """
    name = f"_{program.name}"
    first, *more = description(program)
    doc = f'    """{first}\n' + "".join(f"    {line}".rstrip() + "\n" for line in more) + '    """\n'
    if program.shape == "curve":
        inputs = ", ".join(program.inputs)
        text = f"def {name}_of_mode({inputs}):\n" + _lines(program, range(len(program.lines)))
        text += statement("return ", _tuple(_PRINTER.text(r) for r in program.results))
        return (
            f"{text}\n\ndef {program.name}(steps, {inputs}, w0, sigma):\n{doc}"
            f"    return moments.{program.name}({name}_of_mode, steps, {_tuple(program.inputs)}, w0, sigma)\n"
        )
    kernels = [(program, name)] if fast is None else [(fast, name), (program, f"{name}_careful")]
    functions: list[str] = []
    made = []
    for chosen, kernel_name in kernels:
        careful = f"{name}_careful" if chosen is fast else ""
        if chosen.cases:
            made.append(_kernel_in_cases(chosen, kernel_name, careful, functions))
        elif chosen is fast:
            made.append(_kernel(chosen if chosen.checked else _hoisted(chosen), kernel_name, careful, functions))
        else:
            made.append(_kernel(chosen, kernel_name, "", functions, staged=False))
    inputs = ", ".join(program.inputs)
    public = f"def {program.name}({inputs}, *, out=None):\n{doc}    return {name}({_tuple(program.inputs)}, out)\n"
    return "\n\n".join([*functions, "\n".join(reversed(made)), public])


def _kernel(program: Program, name: str, careful: str, functions: list[str], *, staged: bool = True) -> str:
    """The kernel; the functions that compute one block are added to the others."""
    stages, rest = _stages(program) if staged else ([], list(range(len(program.lines))))
    late = _used([program.lines[n].value for n in rest] + program.results)
    made, passed = [], []
    for used, lines in stages:
        gives = [n for n in _defined(program, lines) if n in late]
        function = f"_{program.name}_of_{'_'.join(used)}"
        if any(f.startswith(f"def {function}(") for f in functions):
            function = f"{function}_{len(functions)}"
        values = [program.lines[n].value for n in lines]
        text = f"def {function}({', '.join(used)}):\n{_range(values, used[0])}{_lines(program, lines)}"
        text += f"    return {_tuple(gives)}\n"
        functions.append(text)
        made.append(f"blocks.Stage({function}, {_tuple(str(program.inputs.index(u)) for u in used)})")
        passed += gives
    arguments = [i for i in program.inputs if i in late]
    # Where the last operation is a ufunc, it writes the result where it belongs.
    into = program.shape == "number" and program.results[0].op in _UFUNCS and not program.checked
    text = statement(
        f"def {name}_points", f"({', '.join([*passed, *arguments, *(['out'] if into else [])])})", ":", indent=0
    )
    values = [*(program.lines[n].value for n in rest), *program.results]
    printer = _CASES_PRINTER if program.double else _PRINTER
    text += _range(values, [*passed, *arguments][0]) + _lines(program, rest, printer)
    results = [printer.text(r) for r in program.results]
    one = (program.shape in ("number", "condition", "code") and not program.checked) or program.entries
    if into:
        results = [f"{results[0].removesuffix(')')}, out=out)"]
    functions.append(text + statement("return ", results[0] if one else _tuple(results)))
    options = [f"{name}_points", _tuple(str(program.inputs.index(a)) for a in arguments)]
    if made:
        options.append(f"stages={_tuple(made)}")
    if careful:
        options.append(f"careful={careful}")
    if program.checked:
        options.append("checked=True")
    if into:
        options.append("into=True")
    options += _shape_options(program) + (["long=True"] if program.moments() else [])
    return statement(f"{name} = ", f"blocks.Kernel({', '.join(options)})", indent=0)


def _kernel_in_cases(program: Program, name: str, careful: str, functions: list[str]) -> str:
    """The kernel of a program whose condition is found first; a function for each case computes the rest of it."""
    head = program.needed_for(program.cases)
    known = {*head, *program.inputs}
    calls = []
    for truth, case in ((True, f"{name}_where_{program.cases}"), (False, f"{name}_where_not_{program.cases}")):
        chosen = program.assuming(truth)
        rest = replace(chosen, lines=[line for line in chosen.lines if line.name not in head])
        values = [*(line.value for line in rest.lines), *rest.results]
        used = _used(values) & known
        # Inputs first: the first of them tells the range of the numbers.
        given = [n for n in (*program.inputs, *head) if n in used]
        results = [_CASES_PRINTER.text(r) for r in rest.results]
        text = f"def {case}({', '.join(given)}):\n{_range(values, given[0])}"
        text += _lines(rest, range(len(rest.lines)), _CASES_PRINTER)
        functions.append(text + statement("return ", results[0] if len(results) == 1 else _tuple(results)))
        calls.append(f"{case}, {_tuple(given)}")
    lines = [n for n, line in enumerate(program.lines) if line.name in head]
    text = f"def {name}_points({', '.join(program.inputs)}):\n"
    text += _range([program.lines[n].value for n in lines], program.inputs[0])
    text += _lines(program, lines, _CASES_PRINTER)
    functions.append(text + statement("return ", f"blocks.by_cases({program.cases}, {', '.join(calls)})"))
    positions = _tuple(map(str, range(len(program.inputs))))
    options = [f"{name}_points", positions, *_shape_options(program), "long=True"]
    if careful:
        options.append(f"careful={careful}")
    if program.checked:
        options.append("checked=True")
    return statement(f"{name} = ", f"blocks.Kernel({', '.join(options)})", indent=0)


def _hoisted(program: Program) -> Program:
    """The same program, in which every part of a line that depends on some of the inputs only has a line of its own."""
    made = replace(program, lines=[], results=[], _known={})
    everything = frozenset(program.inputs)

    def lifted(value: Value, *, top: bool) -> Value:
        if not value.args or value.op in ("input", "name", "const"):
            return value
        if not top and value.inputs and value.inputs < everything:
            return made.let(f"of_{'_'.join(i for i in program.inputs if i in value.inputs)}", value)
        return replace(value, args=tuple(lifted(a, top=False) for a in value.args))

    for line in program.lines:
        value = line.value if line.value.inputs < everything else lifted(line.value, top=True)
        made.lines.append(Line(line.name, value, line.meaning))
    made.results = [lifted(r, top=True) for r in program.results]
    return made


def _stages(program: Program) -> tuple[list[tuple[tuple[str, ...], list[int]]], list[int]]:
    """The lines that depend on the same part of the inputs and on nothing else, by that part; and the other lines."""
    groups: dict[tuple[str, ...], list[int]] = {}
    rest: list[int] = []
    for n, line in enumerate(program.lines):
        used = tuple(i for i in program.inputs if i in line.value.inputs)
        own = set(_defined(program, groups.get(used, [])))
        names = {v.args[0] for v in line.value.walk() if v.op == "name"}
        if used and len(used) < len(program.inputs) and names <= own:
            groups.setdefault(used, []).append(n)
        else:
            rest.append(n)
    return list(groups.items()), rest


def _tuple(items: Iterable[str]) -> str:
    found = list(items)
    if not found:
        return "()"
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _shape_options(program: Program) -> list[str]:
    n = program.entries or len(program.results)
    return {
        "number": [],
        "condition": ['dtype="bool"'],
        "code": ['dtype="int8"'],
        "complex": [f"trailing=({n // 2},)", 'dtype="complex"'],
        "matrix": [f"trailing=({math.isqrt(n)}, {math.isqrt(n)})"],
        "tuple": [f"parts={n}", 'dtype="tuple"'],
    }[program.shape] + (["double=True"] if program.double else [])


def _range(values: Iterable[Value], like: str) -> str:
    """What gives "limit" and "small" a value, if they are used."""
    used = {v.args[0] for x in values for v in x.walk() if v.args in (("limit",), ("small",))}
    names = ", ".join(n if n in used else "_" for n in ("limit", "small"))
    return f"    {names} = blocks.limit_and_scale({like}.dtype)\n" if used else ""


def _defined(program: Program, lines: list[int]) -> list[str]:
    return [program.lines[n].name for n in lines]


def _used(values: Iterable[Value]) -> set[str]:
    """The names and inputs that they are made of."""
    return {v.args[0] for x in values for v in x.walk() if v.op in ("name", "input")}


def _lines(program: Program, lines: Iterable[int], printer: NumpyPrinter = _PRINTER) -> str:
    chosen = [program.lines[n] for n in lines]
    return "".join(statement(f"{line.name} = ", printer.text(line.value), meaning=line.meaning) for line in chosen)
