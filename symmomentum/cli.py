"""The command line: arguments in, library call, print. No mathematics here."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from symmomentum.errors import (
    ArgumentError,
    MethodTypeError,
    NotDerivedError,
    OutputError,
    SymmomentumError,
    UnknownNameError,
    nearest,
)

if TYPE_CHECKING:
    from symmomentum.update_rule import Method

__all__ = ["app", "main"]

app = typer.Typer(
    name="symmomentum",
    help="Derive, prove and evaluate the theory of momentum methods.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

MethodArgument = Annotated[str, typer.Argument(metavar="METHOD", help="A catalog name, or path/to/file.py:function.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DigitsOption = Annotated[int | None, typer.Option("--digits", min=1, max=10_000, help="Print this many digits.")]
PARAMETERS = {"allow_extra_args": True, "ignore_unknown_options": True}
LARGEST_EXPONENT = 400
"""Of a number on the command line: beyond it, the exact value would only fill the memory."""
# Typer comes with a copy of Click or uses the installed one, depending on its version; this class is right in both cases.
_USAGE_ERROR: Any = typer.BadParameter.__bases__[0].__bases__[0]
MARKS = {"proved": "✓", "refuted": "✗", "unknown": "?"}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 a claim was refuted or unknown, 2 bad usage or bad input."""
    command = typer.main.get_command(app)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = command.main(args=given or ["--help"], prog_name="symmomentum", standalone_mode=False)
    except _USAGE_ERROR as error:
        _fail(error.format_message())
    except SymmomentumError as error:
        _fail(str(error))
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split())
    print(f"symmomentum: {line}", file=sys.stderr)
    sys.exit(2)


# Commands ---------------------------------------------------------------------------------------------------------


@app.command()
def methods(as_json: JsonOption = False) -> None:
    """List the built-in methods."""
    from symmomentum.methods import catalog

    listed = [
        {"name": m.name, "parameters": list(m.parameters), "state": list(m.state), "cite": m.cite}
        for m in catalog.values()
    ]
    if as_json:
        _print_json(listed)
        return
    width = max(len(m.name) for m in catalog.values())
    for m in catalog.values():
        print(
            f"{m.name:<{width}}  state {', '.join(m.state):<5}  parameters {', '.join(m.parameters):<12}  {m.cite}".rstrip()
        )


@app.command()
def derive(
    method: MethodArgument,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file: .tex, .md, .html, .ipynb or .pdf.")
    ] = None,
) -> None:
    """Derive and prove a method's theory, step by step: in the terminal, or to a file."""
    analysis = _analysis(method)
    derivation = analysis.derivation()
    if output is None:
        terminal = sys.stdout.isatty()
        width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 100) if terminal else 80
        print(derivation.to_terminal(width, color=terminal and "NO_COLOR" not in os.environ))
    else:
        derivation.save(output)
        print(f"wrote {output}")
    statuses = {v.status for step in derivation.steps for v in getattr(step, "verdicts", ())}
    raise typer.Exit(0 if statuses <= {"proved"} else 1)


@app.command(context_settings=PARAMETERS)
def rate(
    context: typer.Context, method: MethodArgument, digits: DigitsOption = None, as_json: JsonOption = False
) -> None:
    """The spectral radius at given parameters and curvature, such as: rate heavy-ball --alpha 0.1 --beta 0.9 --lam 1"""
    chosen = _method(method)
    values = _values(context.args, (*chosen.parameters, "lam"))
    import sympy

    from symmomentum.analysis import analyze
    from symmomentum.symbols import lam, parameter

    analysis = analyze(chosen)
    point = {lam if n == "lam" else parameter(n): _rational(v) for n, v in values.items()}
    radius = analysis.rate.xreplace(point)
    regime = next(g for g in analysis.regimes if g.condition.xreplace(point) is sympy.true)
    stable = regime.name != "divergent"
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "parameters": {n: _number(_rational(v), digits) for n, v in values.items()},
                "rate": _number(radius, digits),
                "regime": regime.name,
                "stable": stable,
            }
        )
        return
    print(f"{chosen.name} at {', '.join(f'{n} = {_short(v)}' for n, v in values.items())}")
    print(f"  rate    {_shown(radius, digits)}")
    print(f"  regime  {regime.name}: {regime.meaning[0].lower()}{regime.meaning[1:]}")
    print(f"  stable  {'yes' if stable else 'no'}{_edge(analysis, point, values)}")


def _edge(analysis: Any, point: dict[Any, Any], values: dict[str, Fraction]) -> str:
    """How far the curvature is from the edge of stability, where that is known and the step size positive."""
    from symmomentum.symbols import lam

    try:
        threshold = analysis.stability.threshold
    except NotDerivedError:
        return ""
    limit = threshold.xreplace({s: v for s, v in point.items() if s != lam})
    if not (limit.is_Rational and limit > 0) or values.get("alpha", Fraction(1)) <= 0:
        return ""
    return f"; the edge of stability is at the curvature {_shown(limit, None)}"


@app.command()
def tune(
    method: MethodArgument,
    mu: Annotated[str, typer.Option("--mu", help="Least curvature, positive.")],
    largest: Annotated[str, typer.Option("--L", help="Largest curvature, at least mu.")],
    digits: DigitsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The parameters of least worst rate over all curvatures in [mu, L]."""
    low, high = _parsed("mu", mu), _parsed("L", largest)
    chosen = _method(method)
    from symmomentum.tuning import check_spectrum

    check_spectrum(low, high)
    from symmomentum import symbols
    from symmomentum.analysis import analyze

    tuning = analyze(chosen).tuning
    parameters = tuning.at(_rational(low), _rational(high))
    radius = tuning.rate.xreplace({symbols.mu: _rational(low), symbols.L: _rational(high)})
    steps = tuning.iterations(Fraction(1, 10**6), _rational(low), _rational(high))
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "mu": _number(_rational(low), digits),
                "L": _number(_rational(high), digits),
                "kappa": _number(_rational(high / low), digits),
                "parameters": {p.name: _number(v, digits) for p, v in parameters.items()},
                "rate": _number(radius, digits),
                "iterations_to_1e-6": steps,
                "status": tuning.verdict.status,
            }
        )
        return
    print(f"{chosen.name} over curvatures from {_short(low)} to {_short(high)} (condition number {_short(high / low)})")
    for p, v in parameters.items():
        print(f"  {p.name:<16}{_shown(v, digits)}   = {tuning.parameters[p]}")
    print(f"  {'rate':<16}{_shown(radius, digits)}   = {tuning.rate}")
    print(f"  {'steps to 1e-6':<16}{steps} at this rate")
    print(f"  optimal over all real parameters: {tuning.verdict.status} ({tuning.verdict.by})")


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[METHOD ...]", help="By default all of the catalog.")
    ] = None,
    solver: Annotated[str, typer.Option("--solver", help="z3, cvc5 or both.")] = "z3",
    smt2: Annotated[
        Path | None, typer.Option("--smt2", help="Write the queries into this folder as SMT-LIB 2.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every claim: proved, refuted or unknown, how, and how long it took."""
    from symmomentum.methods import catalog
    from symmomentum.proof import check, validate_solver

    validate_solver(solver)
    chosen = [_analysis(n) for n in names or list(catalog)]
    if smt2 is not None:
        _make_folder(smt2)
    seen: dict[str, Any] = {}
    counts = dict.fromkeys(MARKS, 0)
    for analysis in chosen:
        for claim in analysis.claims:
            if claim.id in seen:  # a general lemma that several methods rest on
                continue
            verdict = seen[claim.id] = check(claim, solver=solver)
            counts[verdict.status] += 1
            if not as_json:
                _print_verdict(verdict)
            if smt2 is not None:
                _write_queries(smt2, verdict)
    if as_json:
        _print_json({"claims": [_verdict_json(v) for v in seen.values()], **counts})
    else:
        print(", ".join(f"{n} {status}" for status, n in counts.items()))
    raise typer.Exit(0 if counts["proved"] == len(seen) else 1)


def _print_verdict(verdict: Any) -> None:
    way = verdict.by or "-"
    print(
        f"{MARKS[verdict.status]} {verdict.status:<8} {way:<13} {verdict.seconds:6.3f} s  {verdict.claim.id}",
        flush=True,
    )
    if verdict.status == "refuted":
        print(f"    breaks at {', '.join(f'{s} = {v}' for s, v in verdict.witness.items()) or 'every point'}")
    elif verdict.status == "unknown":
        print(f"    {verdict.detail}")


def _verdict_json(verdict: Any) -> dict[str, Any]:
    witness = None if verdict.witness is None else {s.name: str(v) for s, v in verdict.witness.items()}
    return {
        "id": verdict.claim.id,
        "status": verdict.status,
        "by": verdict.by,
        "seconds": round(verdict.seconds, 6),
        "witness": witness,
    }


def _write_queries(folder: Path, verdict: Any) -> None:
    for name, text in verdict.queries:
        path = folder / f"{name.replace('/', '.')}.smt2"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


# Arguments --------------------------------------------------------------------------------------------------------


def _analysis(name: str) -> Any:
    chosen = _method(name)
    from symmomentum.analysis import analyze

    return analyze(chosen)


def _method(name: str) -> Method:
    """A catalog name, or file.py:function: the one place where a file is imported, because the user asks for it."""
    from symmomentum.methods import catalog

    path, colon, function = name.rpartition(":")
    if not (colon and path.endswith(".py")):
        if name.endswith(".py"):
            raise UnknownNameError(f"which function of {name}? Write {name}:function")
        return catalog[name]
    from symmomentum.update_rule import Method
    from symmomentum.update_rule import method as make_method

    file = Path(path)
    if not file.is_file():
        raise UnknownNameError(f"there is no file {path}")
    specification = importlib.util.spec_from_file_location(f"symmomentum_user_{file.stem}", file)
    if specification is None or specification.loader is None:
        raise UnknownNameError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except SymmomentumError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a user's file does wrong
        raise ArgumentError(f"{path} cannot be imported: {type(error).__name__}: {error}") from None
    if not hasattr(module, function):
        known = [n for n, v in vars(module).items() if isinstance(v, Method) or (callable(v) and not n.startswith("_"))]
        raise UnknownNameError(f"{path} has no function {function!r}; {nearest(function, known)}")
    found = getattr(module, function)
    if isinstance(found, Method):
        return found
    if not callable(found):
        raise MethodTypeError(f"{function!r} in {path} is not an update rule but {type(found).__name__}")
    made: Method = make_method(found)
    return made


def _values(arguments: Sequence[str], names: tuple[str, ...]) -> dict[str, Fraction]:
    """``--name value`` and ``--name=value`` pairs, each of the names just once."""
    values: dict[str, Fraction] = {}
    rest = list(arguments)
    while rest:
        option, equals, text = rest.pop(0).partition("=")
        if not option.startswith("--"):
            raise ArgumentError(f"unexpected argument {option!r}; parameters are given as --name value")
        name = option[2:]
        if name not in names:
            raise ArgumentError(f"unknown parameter {option}; {nearest(name, names)}")
        if not equals:
            if not rest:
                raise ArgumentError(f"{option} needs a value")
            text = rest.pop(0)
        if name in values:
            raise ArgumentError(f"{option} is given twice")
        values[name] = _parsed(name, text)
    if missing := [n for n in names if n not in values]:
        raise ArgumentError(f"missing: {' '.join(f'--{n}' for n in missing)}")
    return {n: values[n] for n in names}


_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE](?P<exponent>[+-]?\d+))?)", re.ASCII)


def _parsed(name: str, text: str) -> Fraction:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ArgumentError(f"{name} must be a number such as 0.1, 1e-3 or 1/3; given {text!r}")
    if abs(int(match["exponent"] or 0)) > LARGEST_EXPONENT:
        raise ArgumentError(
            f"{name} = {text} is out of range: exponents go from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"
        )
    try:
        return Fraction(text.strip())
    except ZeroDivisionError:
        raise ArgumentError(f"{name} = {text} divides by zero") from None


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path}: {error.strerror or error}") from None


# Numbers ----------------------------------------------------------------------------------------------------------


def _rational(value: Fraction) -> Any:
    import sympy

    return sympy.Rational(value.numerator, value.denominator)


def _number(value: Any, digits: int | None) -> float | str:
    """A JSON number, or a string where the user asks for digits."""
    import sympy

    return float(value) if digits is None else str(sympy.N(value, digits))


def _shown(value: Any, digits: int | None) -> str:
    import sympy

    return f"{float(value):.15g}" if digits is None else str(sympy.N(value, digits))


def _short(value: Fraction) -> str:
    return str(value) if value.denominator == 1 or float(value) * 10**12 % 1 else f"{float(value):.12g}"


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
