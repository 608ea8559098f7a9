"""Numba: scalar functions compiled to ufuncs with vector instructions, walked in blocks as for NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterable

from symmomentum.codegen.program import Line, Program, Value
from symmomentum.codegen.source import Printer, description, operations, statement

__all__ = ["IMPORTS", "function", "helpers"]

IMPORTS = """\
import math

import numba
import numpy as np

from symmomentum.evaluators import blocks
"""

_HELPERS = {
    "max": """\
@numba.njit(error_model="numpy")
def _max(x, y):
    return y if x < y or y != y else x
""",
    "min": """\
@numba.njit(error_model="numpy")
def _min(x, y):
    return y if y < x or y != y else x
""",
    "root": """\
@numba.njit(error_model="numpy")
def _root(x):
    return math.sqrt(0.0 if x < 0 else x)
""",
    "quotient": """\
@numba.njit(error_model="numpy")
def _quotient(x, y):
    return 0.0 if y == 0 else x / y
""",
    "square": """\
@numba.njit(error_model="numpy")
def _square(x):
    return x * x
""",
    "sign": """\
@numba.njit(error_model="numpy")
def _sign(x):
    return 1.0 if x > 0 else (-1.0 if x < 0 else 0.0)
""",
}


_HELPERS |= {
    "moments": """\
@numba.njit(error_model="numpy")
def _sums(k, t, e, a, c, m):
    # As symmomentum.evaluators.moments, from the highest digit of k on.
    if not k >= 1:
        return 1.0, 0.0, 0.0
    c = 2 * c
    f, p, q, a1, c1, m1 = 0.0, 1.0, -1.0, a, c, m
    digit = 1.0
    while 2 * digit <= k:
        digit *= 2
    left = k - digit
    while digit > 1:
        digit /= 2
        odd = left >= digit
        for once in range(2 if odd else 1):
            f2, p2, q2, a2, c2, m2 = (0.0, 1.0, -1.0, a, c, m) if once else (f, p, q, a1, c1, m1)
            r, s = e * q, p + t * q
            low, high = s * c2 - 2 * r * a2, 2 * s * m2 - r * c2
            a1 = a1 + (p * (p * a2 + q * c2) + q * q * m2)
            c1 = c1 + (p * low + q * high)
            m1 = m1 + (s * high - r * low) / 2
            f = f + f2 * p + r * q2
            p, q = 1 - f if abs(f) < 0.5 else p * p2 - r * q2, s * q2 + q * p2
        if odd:
            left -= digit
    return p, q, a1


@numba.njit(error_model="numpy")
def _given(k, value, known):
    if not (k >= 0 and k == np.floor(k) and k < math.inf) or known != known:
        return math.nan
    return math.inf if value != value else value
""",
    "moments.mean": """\
@numba.njit(error_model="numpy")
def _mean(k, t, e, fall, known):
    p, q, _ = _sums(k if k < math.inf else 0.0, t, e, 0.0, 0.0, 0.0)
    return _given(k, p + q * fall, known)
""",
    "moments.variance": """\
@numba.njit(error_model="numpy")
def _variance_after(k, t, e, a, c, m, known):
    _, _, total = _sums(k if k < math.inf else 0.0, t, e, a, c, m)
    return _given(k, total, known)
""",
}


class NumbaPrinter(Printer):
    """One point at a time."""

    def special(self, name: str) -> str:
        # Everything is computed in double precision.
        return {"inf": "math.inf", "nan": "math.nan", "limit": "2.0**500", "small": "2.0**-514"}[name]

    def op_where(self, condition: Value, x: Value, y: Value) -> tuple[str, int]:
        return f"{self.inside(x, 1)} if {self.inside(condition, 1)} else {self.inside(y, 1)}", 0


_FUNCTIONS = {
    "abs": "abs",
    "max": "_max",
    "min": "_min",
    "root": "_root",
    "quotient": "_quotient",
    "square": "_square",
    "sqrt": "math.sqrt",
    "sign": "_sign",
    "exp": "math.exp",
    "expm1": "math.expm1",
    "log1p": "math.log1p",
    "pow": "math.pow",
    "tan": "math.tan",
    "atan2": "math.atan2",
    "floor": "np.floor",
    "moments.mean": "_mean",
    "moments.variance": "_variance_after",
}
_PRINTER = NumbaPrinter(_FUNCTIONS, precedence={"where": 0})
_BRANCHLESS = NumbaPrinter(
    _FUNCTIONS, infix={"and": "&", "or": "|"}, precedence={"where": 0, "or": 5, "and": 7, "not": 12}
)
"""For loops of vector instructions."""


def helpers(programs: list[Program]) -> str:
    """The functions that the programs need, what is squared included."""
    used = operations(programs)
    return "\n\n".join(text for op, text in _HELPERS.items() if op in used)


_PART = """\
def _part(x, first, n):
    \"\"\"So many numbers from the first on; or the only one.\"\"\"


@numba.extending.overload(_part)
def _part_of(x, first, n):
    if isinstance(x, numba.types.Array):
        return lambda x, first, n: x[first : first + n]
    return lambda x, first, n: x
"""

_SQUARING = """\
@numba.njit(error_model="numpy", nogil=True)
def _{name}_by_squaring({inputs}, results):
    holds = np.empty(len(results), np.bool_)
    digits = 1
    while k >> digits:
        digits += 1
    # As many points at a time as stay in the innermost cache. In rows of one array, which cannot overlap, each loop is one of
    # vector instructions.
    {rows}, level, size, D, g, flip, safe, e, a, b = np.empty(({count}, 128))
    for first in range(0, len(results), 128):
        n = min(128, len(results) - first)
{copies}        for i in range(n):
            level[i], size[i], D[i], g[i], flip[i], fit = _{name}_start({at})
            safe[i] = 1.0 if fit else 0.0
            e[i], a[i], b[i] = level[i], size[i], 1.0
        for digit in range(digits - 2, -1, -1):
            for i in range(n):  # the square
                t = D[i] * (b[i] * b[i])
                e_new = e[i] * (2 - e[i]) - t
                a_new = a[i] * a[i] + t
                b[i] = 2 * a[i] * b[i]
                e[i] = e_new
                a[i] = 1 - e_new if abs(e_new) < 0.5 else a_new  # 1 - e, of which only one is accurate
            if k >> digit & 1:
                for i in range(n):  # times the matrix itself
                    t = D[i] * b[i]
                    e_new = e[i] + level[i] * (1 - e[i]) - t
                    a_new = a[i] * size[i] + t
                    b[i] = a[i] + b[i] * size[i]
                    e[i] = e_new
                    a[i] = 1 - e_new if abs(e_new) < 0.5 else a_new
        odd = k & 1
        for i in range(n):
            value = a[i] + g[i] * b[i]
            # Nothing on the way was larger than that or smaller, or else all has vanished.
            inside = (abs(value) < 2.0**900) & ((abs(value) > 2.0**-900) | ((a[i] == 0) & (b[i] == 0)))
            safe[i] = safe[i] if inside else 0.0
            a[i] = value * flip[i] if odd else value
        results[first : first + n] = a[:n]
        holds[first : first + n] = safe[:n] > 0
    return holds
"""


def _by_squaring(program: Program, parts: Program) -> str:
    """The functions for one number of steps and many modes: each other argument may be a number or an array."""
    others = program.inputs[1:]
    start = f'@numba.njit(error_model="numpy", inline="always")\ndef _{program.name}_start({", ".join(others)}):\n'
    start += _body(parts.lines, _BRANCHLESS)
    start += statement("return ", f"({', '.join(_texts(parts, _BRANCHLESS))})")
    squaring = _SQUARING.format(
        name=program.name,
        inputs=", ".join(program.inputs),
        rows=", ".join(f"row_{n}" for n in others),
        count=9 + len(others),
        copies="".join(f"        row_{n}[:n] = _part({n}, first, n)\n" for n in others),
        at=", ".join(f"row_{n}[i]" for n in others),
    )
    return f"{_PART}\n\n{start}\n\n{squaring}"


def function(program: Program, parts: Program | None = None) -> str:
    """The source of one function.

    Parameters
    ----------
    program : Program
    parts : Program or None
        What its result is made of by repeated squaring.
    """
    n, shape = len(program.results), program.shape
    inputs = ", ".join(program.inputs)
    cases, body, results = _in_cases(program) if program.cases else ("", _body(program.lines), _texts(program))
    first, *more = description(program)
    doc = f'    """{first}\n' + "".join(f"    {line}".rstrip() + "\n" for line in more) + '    """\n'
    number = {"condition": "boolean", "code": "int8"}.get(shape)
    types = [f'"{number or t}({", ".join([t] * len(program.inputs))})"' for t in ("float32", "float64")]
    if shape in ("number", "condition", "code"):
        # Not its target "parallel": that gives up the vector instructions, which are worth more than the second core.
        kernel = statement("@numba.vectorize", f"([{', '.join(types)}])", indent=0)
        kernel += f"def _{program.name}_points({inputs}):\n{body}{statement('return ', results[0])}"
        squaring = "" if parts is None else _by_squaring(program, parts) + "\n\n"
        squared = "" if parts is None else f", squaring=_{program.name}_by_squaring"
        options = squared + {"condition": ', dtype="bool"', "code": ', dtype="int8"'}.get(shape, "")
        positions = ", ".join(map(str, range(len(program.inputs)))) + ("," if len(program.inputs) == 1 else "")
        made = f"_{program.name} = blocks.Kernel(_{program.name}_points, ({positions}), into=True, compiled=True{options})\n"
        public = f"def {program.name}({inputs}, *, out=None):\n{doc}    return _{program.name}(({inputs},), out)\n"
        return f"{cases}{squaring}{kernel}\n\n{made}\n\n{public}"
    # The number of results must come with an argument: a scratch array gives it.
    scalars = ", ".join(["()"] * len(program.inputs))
    types = [f'"void({", ".join([t] * len(program.inputs))}, {t}[:], {t}[:])"' for t in ("float32", "float64")]
    kernel = statement(
        "@numba.guvectorize", f'([{", ".join(types)}], "{scalars}, (n)->(n)", target="parallel")', indent=0
    )
    kernel += f"def _{program.name}({inputs}, scratch, results):\n{body}"
    kernel += "".join(statement(f"results[{i}] = ", r) for i, r in enumerate(results))
    size = {"matrix": f".reshape(*results.shape[:-1], {math.isqrt(n)}, {math.isqrt(n)})"}.get(shape, "")
    end = {
        "matrix": f"    return results{size}\n",
        "complex": "    return results[..., 0::2] + 1j * results[..., 1::2]\n",
        "tuple": f"    return {', '.join(f'results[..., {i}]' for i in range(n))}{',' if n == 1 else ''}\n",
    }[shape]
    public = (
        f"def {program.name}({inputs}):\n{doc}"
        f"    dtype = np.result_type({inputs}, np.float32)\n"
        f"    results = _{program.name}({inputs}, np.empty({n}, dtype))\n{end}"
    )
    return f"{cases}{kernel}\n\n{public}"


def _body(lines: Iterable[Line], printer: NumbaPrinter = _PRINTER) -> str:
    return "".join(statement(f"{line.name} = ", printer.text(line.value), meaning=line.meaning) for line in lines)


def _texts(program: Program, printer: NumbaPrinter = _PRINTER) -> list[str]:
    return [printer.text(r) for r in program.results]


def _in_cases(program: Program) -> tuple[str, str, list[str]]:
    """The functions of both cases, of which only one is called at a point; and the lines and results of the caller."""
    head = program.needed_for(program.cases)
    functions, calls = "", []
    for truth, case in ((True, f"where_{program.cases}"), (False, f"where_not_{program.cases}")):
        chosen = program.assuming(truth)
        rest = [line for line in chosen.lines if line.name not in head]
        values = [*(line.value for line in rest), *chosen.results]
        used = {v.args[0] for x in values for v in x.walk() if v.op in ("name", "input")}
        given = ", ".join(n for n in (*program.inputs, *head) if n in used)
        name = f"_{program.name}_{case}"
        texts = _texts(chosen)
        result = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
        functions += f'@numba.njit(error_model="numpy")\ndef {name}({given}):\n{_body(rest)}'
        functions += f"{statement('return ', result)}\n\n"
        calls.append(f"{name}({given})")
    body = _body(line for line in program.lines if line.name in head)
    chosen_call = f"{calls[0]} if {program.cases} else {calls[1]}"
    if len(program.results) == 1:
        return functions, body, [chosen_call]
    body += statement("entries = ", chosen_call)
    return functions, body, [f"entries[{i}]" for i in range(len(program.results))]
