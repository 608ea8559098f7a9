"""Source texts, and functions made of them."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import itertools
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.abc import SourceLoader
from typing import Any

import sympy

from symmomentum.codegen import array_api_target, javascript_target, numba_target, numpy_target
from symmomentum.codegen.numerics import QUANTITIES, Theory, program
from symmomentum.codegen.program import Program
from symmomentum.codegen.source import WIDTH, statement
from symmomentum.errors import ArgumentError, NotDerivedError, UnknownNameError, nearest
from symmomentum.symbols import lam

__all__ = ["TARGETS", "Evaluator", "evaluator", "module_source", "source"]


@dataclass(frozen=True)
class _Target:
    """How a target makes a file of functions."""

    write: Callable[[Theory, Iterable[str]], str]
    comment: str
    package: str | None
    """What must be installed to run it, beside NumPy."""
    extra: str = ""


def _numpy(theory: Theory, quantities: Iterable[str]) -> str:
    return "\n\n".join(_numpy_parts(theory, quantities))


def _numpy_parts(theory: Theory, quantities: Iterable[str]) -> list[str]:
    """The imports, and the functions."""
    parts = []
    for q in quantities:
        careful = program(theory, q)
        trial = program(theory, q, careful=False) if q in ("rate", "worst_rate", "residual") else careful
        # Of one state, no square overflows; and not every residual polynomial has a short form.
        same = not trial.checked if q == "residual" else len(trial.lines) == len(careful.lines)
        parts.append(numpy_target.function(careful, None if same else trial))
    return [numpy_target.imports("".join(parts)), *parts]


def _elementwise(theory: Theory, quantities: Iterable[str], target: str) -> list[Program]:
    """The programs for a target that has no matrices."""
    programs = [program(theory, q) for q in quantities]
    for p in programs:
        if p.matrix_operations():
            raise NotDerivedError(
                f"{theory.iteration.method.name}: {p.name} of a method with {theory.iteration.size} states takes eigenvalues or "
                f"powers of matrices, which the target {target} does not have; the target numpy does"
            )
        if p.shape == "curve" or "moments.crossover" in p.moments():
            raise NotDerivedError(
                f"{theory.iteration.method.name}: {p.name} is a walk over many steps, which the target {target} does not have; "
                "the target numpy does"
            )
    return programs


def _numba(theory: Theory, quantities: Iterable[str]) -> str:
    programs = _elementwise(theory, quantities, "numba")
    helpers = numba_target.helpers(programs)
    imports = numba_target.IMPORTS
    functions = [numba_target.function(p, _squaring(theory) if p.name == "residual" else None) for p in programs]
    return _joined(_needed(imports, helpers, functions), helpers, functions)


def _squaring(theory: Theory) -> Program | None:
    """What is squared for the residual polynomial, where that is accurate."""
    try:
        return program(theory, "residual_by_squaring", careful=False)
    except NotDerivedError:
        return None


def _array_api(theory: Theory, quantities: Iterable[str]) -> str:
    programs = _elementwise(theory, quantities, "array-api")
    helpers, functions = array_api_target.helpers(programs), [array_api_target.function(p) for p in programs]
    return _joined(_needed(array_api_target.IMPORTS, helpers, functions), helpers, functions)


def _javascript(theory: Theory, quantities: Iterable[str]) -> str:
    programs = _elementwise(theory, quantities, "js")
    return "\n".join([javascript_target.helpers(programs), *(javascript_target.function(p) for p in programs)])


def _needed(imports: str, helpers: str, functions: list[str]) -> str:
    """The imports that are used."""
    text = helpers + "".join(functions)
    lines = [line for line in imports.splitlines() if not line or re.search(rf"\b{line.split()[-1]}[.(]", text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _joined(imports: str, helpers: str, functions: list[str]) -> str:
    return "\n\n".join(part for part in (imports, helpers, *functions) if part)


TARGETS: Mapping[str, _Target] = {
    "numpy": _Target(_numpy, "#", None),
    "numba": _Target(_numba, "#", "numba", "jit"),
    "array-api": _Target(_array_api, "#", "array_api_compat", "array"),
    "js": _Target(_javascript, "//", None),
}
"""What code can be written for."""


def _check(quantity: str, target: str) -> _Target:
    if quantity not in QUANTITIES:
        raise UnknownNameError(f"unknown quantity {quantity!r}; {nearest(quantity, QUANTITIES)}")
    if target not in TARGETS:
        raise UnknownNameError(f"unknown target {target!r}; {nearest(target, TARGETS)}")
    return TARGETS[target]


def source(theory: Theory, quantity: str, target: str = "numpy") -> str:
    """The source text of one function. For NumPy and Numba it imports the block-walking module of this package.

    Parameters
    ----------
    theory : Theory
    quantity : str
        One of ``QUANTITIES``.
    target : str
        ``"numpy"``, ``"numba"``, ``"array-api"`` or ``"js"``.

    Raises
    ------
    UnknownNameError
        (a ``KeyError``) If there is no such quantity or target.
    NotDerivedError
        If the theory does not give that quantity.
    """
    chosen = _check(quantity, target)
    made_from = f"{quantity} of {theory.iteration.method.name}"
    banner = f"{chosen.comment} {made_from}, generated by symmomentum from the derived expressions.\n"
    return banner + chosen.write(theory, [quantity])


def same_module_source(name: str, other: str, text: str) -> str:
    """The text of the committed module of a method whose rule is that of another one, whose module is given."""
    module = other.replace("-", "_")
    public = next(ast.literal_eval(node.value) for node in ast.parse(text).body if isinstance(node, ast.Assign))
    return "\n".join(
        [
            f'"""{name}: its rule is that of {other}, and so are its numbers.',
            "",
            "Generated by ``python -m symmomentum.codegen``; not to be edited.",
            '"""',
            "# ruff: noqa: I001",
            "",
            f"from symmomentum.evaluators.{module} import (",
            *(f"    {n}," for n in public),
            ")",
            "",
            "__all__ = [",
            *(f'    "{n}",' for n in public),
            "]",
            "",
        ]
    )


def module_source(theory: Theory) -> str:
    """The text of the committed NumPy module of a method."""
    method = theory.iteration.method
    available = [q for q in QUANTITIES if _derived(theory, q)]
    rule = f"R = {theory.iteration.matrix.tolist()} over the state ({', '.join(method.state)})"
    usual = itertools.chain((sympy.Rational(1, 10), sympy.Rational(9, 10)), itertools.repeat(sympy.Rational(1, 4)))
    point = dict(zip(theory.iteration.parameters, usual, strict=False))
    arguments = ", ".join([*(str(float(v)) for v in point.values()), "1.0"])
    module = method.name.replace("-", "_")
    tables = _tables(theory, available)
    imports, *functions = _numpy_parts(theory, available)
    head = [
        f'"""{method.name}: numbers from the derived expressions.',
        "",
        "Generated by ``python -m symmomentum.codegen``; not to be edited.",
        "",
        *textwrap.wrap(f"The iteration matrix of one mode is {rule}; lam is the curvature of the mode.", WIDTH),
        "",
        *textwrap.wrap(_CONTRACT, WIDTH),
        "",
        f">>> from symmomentum.evaluators import {module}",
        f">>> round(float({module}.rate({arguments})), 12)",
        str(round(float(sympy.N(_example(theory, point), 30)), 12)),
        '"""',
        "# fmt: off",
        "# ruff: noqa: E501",
        '# mypy: disable-error-code="no-untyped-def"',
        "",
        imports,
        statement("__all__ = ", json.dumps(sorted([*available, *tables])), indent=0).rstrip(),
    ]
    text = "\n\n".join(["\n".join(head), *tables.values()]) + "\n\n\n" + "\n\n".join(functions)
    long = any(len(line) > _LONGEST for line in text.splitlines())
    return text if long else text.replace("# ruff: noqa: E501\n", "")


_LONGEST = 130
"""What the linter takes; where no line is longer, it minds being told so."""


_CONTRACT = (
    "All functions take numbers or arrays that broadcast against each other and keep single and double precision; given "
    "numbers only, they return a number (or one for each entry). ``out`` takes the result (for ``tuning``, one array for "
    "each parameter). NaN in, NaN out (False for a condition, -1 for a code); what is larger than the largest number is "
    "infinite, products of arguments included. TypeError is raised for arguments that are not real and for ``out`` of the "
    "wrong dtype, ValueError for shapes that do not fit, and nothing for any value."
)


def _example(theory: Theory, point: Mapping[Any, Any]) -> Any:
    """The rate at a point, at curvature 1."""
    if theory.iteration.size <= 2:
        rate = theory.rate.rate
        return rate.subs({**point, **dict.fromkeys(rate.free_symbols - set(point), 1)})
    polynomial = theory.iteration.matrix.xreplace({**point, lam: 1}).charpoly()
    return max(abs(root) for root in polynomial.sqf_part().nroots(n=30))


def _tables(theory: Theory, available: Iterable[str]) -> dict[str, str]:
    """What the command line says beside the numbers, by name."""
    tables = {}
    if "regime" in available:
        regimes = [json.dumps(g.name) for g in theory.rate.regimes]
        meanings = [json.dumps(g.meaning) for g in theory.rate.regimes]
        tables["REGIMES"] = statement("REGIMES = ", f"({', '.join(regimes)})", indent=0) + (
            '"""The names of the regimes, in the order of the codes that ``regime`` gives."""'
        )
        tables["REGIME_MEANINGS"] = statement("REGIME_MEANINGS = ", f"({', '.join(meanings)})", indent=0) + (
            '"""What each of them means for the error of a mode."""'
        )
    if "tuning" in available:
        tables["TUNING"] = _tuning_table(theory)
    return tables


def _tuning_table(theory: Theory) -> str:
    """A test replays the proof."""
    tuning = theory.tuning()
    table = {
        "parameters": {str(s): str(e) for s, e in tuning.parameters.items()},
        "rate": str(tuning.rate),
        "status": tuning.verdict.status,
        "by": tuning.verdict.by,
    }
    return (
        f"TUNING = {json.dumps(table, indent=4)}\n"
        '"""The tuned parameters and their rate in mu and L, and whether they are optimal over all real parameters."""'
    )


def _derived(theory: Theory, quantity: str) -> bool:
    try:
        program(theory, quantity)
    except NotDerivedError:
        return False
    return True


class Evaluator:
    """A function made of generated source.

    Attributes
    ----------
    method, quantity, target : str
    source : str
        The complete text.
    """

    def __init__(self, method: str, quantity: str, target: str, source: str) -> None:
        self.method, self.quantity, self.target, self.source = method, quantity, target, source
        self._function = None if target == "js" else _function(source, quantity, target)
        if self._function is not None:
            self.__doc__ = self._function.__doc__

    def __reduce__(self) -> tuple[Any, ...]:
        """Its text is what is sent to another process."""
        return Evaluator, (self.method, self.quantity, self.target, self.source)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The value; JavaScript cannot be called from Python, which raises :class:`~symmomentum.errors.ArgumentError`."""
        if self._function is None:
            raise ArgumentError("JavaScript is not run from here; its text is in the attribute source")
        return self._function(*arguments, **options)

    def __repr__(self) -> str:
        return f"<evaluator of {self.quantity} of {self.method} for {self.target}>"


def evaluator(theory: Theory, quantity: str, target: str = "numpy") -> Evaluator:
    """A function of a quantity; see :func:`source` for what it raises, and

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the package that the target needs is not installed.
    """
    chosen = _check(quantity, target)
    if chosen.package is not None and importlib.util.find_spec(chosen.package) is None:
        raise ArgumentError(
            f"the target {target} needs {chosen.package}, which is not installed: pip install 'symmomentum[{chosen.extra}]'"
        )
    return Evaluator(theory.iteration.method.name, quantity, target, source(theory, quantity, target))


class _Text(SourceLoader):
    """Loads a module from a text that this package wrote; tracebacks show its lines."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def get_filename(self, fullname: str) -> str:
        return f"{self.name}.py"

    def get_data(self, path: str | bytes) -> bytes:
        return self.text.encode()


def _function(text: str, name: str, target: str) -> Any:
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    module_name = f"symmomentum_generated_{name}_{target.replace('-', '_')}_{digest}"
    loader = _Text(module_name, text)
    spec = importlib.util.spec_from_loader(module_name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return getattr(module, name)
