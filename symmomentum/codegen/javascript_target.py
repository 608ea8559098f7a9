"""JavaScript: functions of numbers, as an ES module."""

from __future__ import annotations

import math
import re

from symmomentum.codegen.program import Program, Value
from symmomentum.codegen.source import Printer, description, operations, statement
from symmomentum.errors import ArgumentError

__all__ = ["function", "helpers"]

_HELPERS = {
    "root": "const root = (x) => Math.sqrt(Math.max(x, 0));",
    "quotient": "const quotient = (x, y) => (y === 0 ? 0 : x / y);",
    "square": "const square = (x) => x * x;",
    "moments": """\
// R^k = p + q D with D = I - R, of which t and e are the trace and the determinant; f = 1 - p; and sums of squares over k steps:
// by repeated squaring, from the highest digit of k on.
function sums(k, t, e, a, c, m) {
  if (!(k >= 1 && k < Infinity)) return [0, 1, 0, 0, 0, 0];
  const once = [0, 1, -1, a, 2 * c, m];
  const product = ([f1, p1, q1, a1, c1, m1], [f2, p2, q2, a2, c2, m2]) => {
    const r = e * q1;
    const s = p1 + t * q1;
    const f = f1 + f2 * p1 + r * q2;
    const left = s * c2 - 2 * r * a2;
    const right = 2 * s * m2 - r * c2;
    return [
      f,
      Math.abs(f) < 0.5 ? 1 - f : p1 * p2 - r * q2,
      s * q2 + q1 * p2,
      a1 + (p1 * (p1 * a2 + q1 * c2) + q1 * q1 * m2),
      c1 + (p1 * left + q1 * right),
      m1 + (s * right - r * left) / 2,
    ];
  };
  let total = once;
  let digit = 1;
  while (2 * digit <= k) digit *= 2;
  for (let left = k - digit; digit > 1; ) {
    digit /= 2;
    total = product(total, total);
    if (left >= digit) {
      total = product(total, once);
      left -= digit;
    }
  }
  return total;
}
function given(k, value, known) {
  if (!(k >= 0 && k === Math.floor(k) && k < Infinity) || Number.isNaN(known)) return NaN;
  return Number.isNaN(value) ? Infinity : value;
}""",
    "moments.mean": """\
function mean_after(k, t, e, fall, known) {
  const total = sums(k, t, e, 0, 0, 0);
  return given(k, total[1] + total[2] * fall, known);
}""",
    "moments.variance": """\
function variance_after(k, t, e, a, c, m, known) {
  return given(k, sums(k, t, e, a, c, m)[3], known);
}""",
}
_RESERVED = {
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "NaN",
    "Infinity",
    "root",
    "quotient",
    "square",
    "sums",
    "given",
    "mean_after",
    "variance_after",
}


class JavaScriptPrinter(Printer):
    """One point at a time."""

    def _print(self, value: Value) -> tuple[str, int]:
        if value.op in ("input", "name"):
            return identifier(value.args[0]), 100
        return super()._print(value)

    def special(self, name: str) -> str:
        return {"inf": "Infinity", "nan": "NaN", "limit": "(2 ** 500)", "small": "(2 ** -514)"}[name]

    def op_where(self, condition: Value, x: Value, y: Value) -> tuple[str, int]:
        return f"{self.inside(condition, 1)} ? {self.inside(x, 1)} : {self.inside(y, 1)}", 0


_FUNCTIONS = {
    "abs": "Math.abs",
    "max": "Math.max",
    "min": "Math.min",
    "root": "root",
    "quotient": "quotient",
    "square": "square",
    "sign": "Math.sign",
    "exp": "Math.exp",
    "expm1": "Math.expm1",
    "log1p": "Math.log1p",
    "pow": "Math.pow",
    "tan": "Math.tan",
    "atan2": "Math.atan2",
    "floor": "Math.floor",
    "moments.mean": "mean_after",
    "moments.variance": "variance_after",
}
_PRINTER = JavaScriptPrinter(
    _FUNCTIONS, infix={"eq": "===", "and": "&&", "or": "||"}, prefix={"neg": "-", "not": "!"}, precedence={"not": 12}
)


def identifier(name: str) -> str:
    """The name of a variable: as in Python, but what is a word of the language gets an underscore."""
    plain = re.sub(r"[^\w$]", "_", name)
    return f"{plain}_" if plain in _RESERVED else plain


def helpers(programs: list[Program]) -> str:
    """The functions that the programs need."""
    used = operations(programs)
    return "".join(f"{text}\n" for op, text in _HELPERS.items() if op in used)


def function(program: Program) -> str:
    """The source of one function.

    Raises
    ------
    ArgumentError
        If two names differ only in what JavaScript does not know.
    """
    names = [*program.inputs, *(line.name for line in program.lines)]
    if len({identifier(n) for n in names}) < len(names):
        given = ", ".join(map(repr, program.inputs))
        raise ArgumentError(f"in JavaScript some names would be the same; rename one of the parameters {given}")
    inputs = ", ".join(identifier(i) for i in program.inputs)
    text = "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in description(program)) + " */\n"
    text += f"export function {identifier(program.name)}({inputs}) {{\n"
    for line in program.lines:
        text += statement(
            f"const {identifier(line.name)} = ", _PRINTER.text(line.value), ";", line.meaning, mark="//", indent=2
        )
    results = [_PRINTER.text(r) for r in program.results]
    n = len(results)
    if program.shape == "complex":
        value = "[" + ", ".join(f"[{results[2 * i]}, {results[2 * i + 1]}]" for i in range(n // 2)) + "]"
    elif program.shape == "matrix":
        side = math.isqrt(n)
        value = "[" + ", ".join(f"[{', '.join(results[i * side : (i + 1) * side])}]" for i in range(side)) + "]"
    elif program.shape == "tuple":
        value = "{ " + ", ".join(f"{name}: {r}" for name, r in zip(program.labels, results, strict=True)) + " }"
    else:
        value = results[0]
    return text + statement("return ", value, ";", indent=2) + "}\n"
