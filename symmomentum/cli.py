"""The command line: arguments in, library call, print. No mathematics here."""

from __future__ import annotations

import atexit
import codecs
import contextlib
import dataclasses
import functools
import gc
import importlib
import importlib.util
import inspect
import json
import math
import os
import re
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

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
    from symmomentum.verification import Event, Outcome, Topic

__all__ = ["app", "main"]

# Typer comes with a copy of Click or uses the installed one, depending on its version; this class is right in both cases.
_USAGE_ERROR: Any = typer.BadParameter.__bases__[0].__bases__[0]

LARGEST_EXPONENT = 400
LONGEST_NUMBER = 1000
"""Of a number on the command line: beyond them, the exact value would only fill the memory."""
WORKING_DIGITS = 20_000
"""How far the evaluation of an exact number may go where its digits cancel; input as long as the above stays below it."""
MOST_DIGITS = 10_000
LONGEST_MESSAGE = 400
ENCODING_ERRORS = "symmomentum"
TOLERANCE = Fraction(1, 10**6)
EDGE = 1e-9
"""How far from the edge of stability, relative to it, it is asked whether it is one."""
SECONDS_ASIDE = 0.2
"""How long the progress bar leaves the place to what was printed."""
MARKS = {"proved": "✓", "refuted": "✗", "unknown": "?"}
# A question mark would read as "unknown", and a page of them in place of rules is hard to look at.
PLAIN = {"✓": "+", "✗": "x", "─": "-", "═": "=", "│": "|", "−": "-"}
"""For an output that is not Unicode; other characters that it lacks are shown as question marks."""


class _Command(TyperCommand):
    """A command that takes each option once: of two values, one would be ignored in silence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for p in order:
            if order.count(p) > 1:
                raise ArgumentError(f"{max(p.opts, key=len)} is given twice")
        return super().parse_args(ctx, args)


def _whole(least: int, most: int = 999_999_999) -> Callable[[str], int]:
    """What reads an option that is a whole number in this range."""

    def parsed(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            raise typer.BadParameter(f"it must be a whole number from {least} to {most}; given {text!r}")
        return int(text)

    return parsed


app = typer.Typer(
    name="symmomentum",
    help="Derive, prove and evaluate the theory of momentum methods.",
    epilog="METHOD is a name that `symmomentum methods` lists, or path/to/file.py:function for an update rule of your own.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

MethodArgument = Annotated[str, typer.Argument(metavar="METHOD", help="A catalog name, or path/to/file.py:function.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DigitsOption = Annotated[
    int | None,
    typer.Option(
        "--digits", metavar="N", parser=_whole(1, MOST_DIGITS), help=f"Print N significant digits, up to {MOST_DIGITS}."
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", parser=_whole(1), help="How many processes; by default one for each processor."
    ),
]
PARAMETERS = {"allow_extra_args": True, "ignore_unknown_options": True}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 a claim was refuted or unknown, 2 bad usage or bad input."""
    # One command builds expressions and ends: to look for garbage among them would take a tenth of its time, and as long
    # again at exit.
    gc.set_threshold(200_000, 20, 20)
    atexit.register(gc.freeze)
    command = typer.main.get_command(app)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors=ENCODING_ERRORS)
    try:
        # Not command.main: of a closed pipe it makes status 1, which here says that a claim is not proved.
        status = 0
        try:
            with command.make_context("symmomentum", given or ["--help"]) as context:
                command.invoke(context)
        except typer.Exit as end:
            status = end.exit_code
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a failure can still be told
    except _USAGE_ERROR as error:
        _fail(error.format_message())
    except SymmomentumError as error:
        _fail(str(error))
    except (OverflowError, ZeroDivisionError):  # in the exact arithmetic of SymPy and mpmath
        _fail("these numbers are too large, too small or too far apart for exact arithmetic")
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _discard_output()
        sys.exit(0)
    except OSError as error:
        _discard_output()
        _fail(f"cannot write the output: {error.strerror or error}")
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(status)


def _fail(message: str) -> NoReturn:
    line = _clipped(" ".join(message.split()), LONGEST_MESSAGE)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)
    print(f"symmomentum: {shown}", file=sys.stderr)
    sys.exit(2)


def _discard_output() -> None:
    """What is still in the buffer would fail once more when the interpreter shuts down."""
    with contextlib.suppress(OSError):  # no file behind it: nothing to fail either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end


codecs.register_error(ENCODING_ERRORS, _plain)


# Commands ---------------------------------------------------------------------------------------------------------


def _version(wanted: bool) -> None:
    if wanted:
        print(f"symmomentum {sys.modules['symmomentum'].__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Derive, prove and evaluate the theory of momentum methods."""


@app.command(cls=_Command)
def methods(as_json: JsonOption = False) -> None:
    """List the built-in methods."""
    from symmomentum.methods import catalog

    if as_json:
        _print_json(
            [
                {"name": m.name, "parameters": list(m.parameters), "state": list(m.state), "cite": m.cite}
                for m in catalog.values()
            ]
        )
        return
    table = [("METHOD", "STATE", "PARAMETERS", "SOURCE")]
    table += [(m.name, ", ".join(m.state), ", ".join(m.parameters), m.cite) for m in catalog.values()]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command(cls=_Command, short_help="Derive and prove a method's theory, step by step.")
def derive(
    method: MethodArgument,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to this file: .tex, .md, .html, .ipynb or .pdf."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is proved: twice as long.")] = False,
) -> None:
    """Derive and prove a method's theory, step by step: in the terminal, or to a file.

    \b
    symmomentum derive heavy-ball
    symmomentum derive heavy-ball --all -o heavy-ball.pdf
    symmomentum derive path/to/file.py:function
    """
    chosen = _method(method)
    if output is not None:
        from symmomentum.documents import check_target

        check_target(output)  # before the work, not after it
    from symmomentum.analysis import analyze

    derivation = analyze(chosen).derivation(everything=everything)
    if output is None:
        color = _is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        print(derivation.to_terminal(_width(), color=color))
    else:
        derivation.save(output)
        print(f"wrote {output}")
    statuses = {v.status for step in derivation.steps for v in getattr(step, "verdicts", ())}
    raise typer.Exit(0 if statuses <= {"proved"} else 1)


@app.command(
    cls=_Command, context_settings=PARAMETERS, short_help="The rate at given parameters and a given curvature."
)
def rate(
    context: typer.Context, method: MethodArgument, digits: DigitsOption = None, as_json: JsonOption = False
) -> None:
    """The rate (spectral radius) at given parameters and a given curvature.

    Every parameter of the method is an option, and --lam is the curvature. Numbers are read exactly: 0.1, 1e-3, 1/3.

    \b
    symmomentum rate heavy-ball --alpha 0.1 --beta 0.9 --lam 1
    """
    name, given = _separated([method, *context.args])
    chosen = _method(name)
    taken = {o for p in context.command.params for o in p.opts}
    texts = _assigned(given, (*chosen.parameters, "lam"), taken, chosen.defaults)
    values = {n: _parsed(n, text) for n, text in texts.items()}
    found = None if digits is not None else _evaluated_rate(name, values)
    radius, regime, meaning, edge = found or _derived_rate(chosen, values, digits)
    stable = regime != "divergent"
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "parameters": {n: _number(v, digits) for n, v in values.items()},
                "rate": _number(radius, digits),
                "regime": regime if len(chosen.state) <= 2 else None,
                "stable": stable,
            }
        )
        return
    print(f"{chosen.name} at {', '.join(f'{n} = {_clipped(text)}' for n, text in texts.items())}")
    _print_row(8, "rate", _shown(radius, digits), *_per_gradient(chosen, radius))
    _print_row(8, "regime", f"{regime}: {meaning[0].lower()}{meaning[1:]}")
    where = "" if edge is None else f"; the edge of stability is at the curvature {_shown(edge, digits)}"
    _print_row(8, "stable", f"{'yes' if stable else 'no'}{where}")


def _per_gradient(chosen: Method, radius: Any) -> tuple[str, ...]:
    """What a step's rate is for each of its gradients, where it takes several."""
    calls = chosen.gradient_calls
    number = _double(radius)
    if calls == 1 or number is None:
        return ()
    return (f"a step of {calls} gradients, that is {number ** (1 / calls):.6g} per gradient",)


def _evaluated_rate(name: str, values: Mapping[str, Fraction]) -> tuple[Any, str, str, Any] | None:
    """Rate, regime, its meaning and the edge of stability from the generated functions; None if there are none, or if their
    rounding would show."""
    functions, point = _evaluators(name), _doubles(values.values())
    if functions is None or point is None or not {"regime", "threshold"} <= set(functions.__all__):
        return None
    from symmomentum.evaluators.rounding import settled

    radius, code = settled(functions.rate, *point), settled(functions.regime, *point)
    limit = settled(functions.threshold, *point[:-1])
    sides = [settled(functions.stable, *point[:-1], limit * (1 + s)) for s in (-EDGE, EDGE)] if limit else []
    if not radius or code is None or limit is None or None in sides:
        return None
    regime = functions.REGIMES[code]
    return radius, regime, functions.REGIME_MEANINGS[code], limit if sides == [True, False] and limit > 0 else None


def _derived_rate(chosen: Method, values: Mapping[str, Fraction], digits: int | None) -> tuple[Any, str, str, Any]:
    """The same in exact arithmetic, from the theory."""
    import sympy

    from symmomentum.analysis import analyze
    from symmomentum.symbols import lam, parameter

    analysis = analyze(chosen)
    point = {lam if n == "lam" else parameter(n): _rational(v) for n, v in values.items()}
    if len(chosen.state) > 2:
        return _many_state_rate(analysis, point, digits or 17)
    regime = next(g for g in analysis.regimes if g.condition.xreplace(point) is sympy.true)
    return analysis.rate.xreplace(point), regime.name, regime.meaning, _edge(analysis, point)


def _many_state_rate(analysis: Any, point: dict[Any, Any], digits: int) -> tuple[Any, str, str, Any]:
    """The same for three and more states, which have no closed form: exact inequalities say whether the method is stable, and
    that so many digits of the rate are right."""
    import sympy

    from symmomentum.rate import REGIMES
    from symmomentum.stability import schur_cohn

    iteration = analysis.stability.iteration
    _ = iteration.trace  # says what is wrong with a rule that is no polynomial
    matrix = iteration.matrix.xreplace(point)
    coefficients = matrix.charpoly().all_coeffs()

    def below(bound: Any) -> bool:
        return all(g > 0 for g in schur_cohn(coefficients, bound))

    radius = _spectral_radius(matrix, digits, below) if any(coefficients[1:]) else sympy.Integer(0)
    # Of a rule of the user's it may take far longer to derive the edge than a rate should take.
    edge = _edge(analysis, point) if "threshold" in getattr(_evaluators(iteration.method.name), "__all__", ()) else None
    if below(1):
        return radius, "stable", "Every start converges.", edge
    return radius, "divergent", REGIMES["divergent"], edge


def _spectral_radius(matrix: Any, digits: int, below: Callable[[Any], bool]) -> Any:
    """The largest modulus of the eigenvalues of a rational matrix, found by mpmath and confirmed by exact bounds; not 0."""
    import mpmath
    import sympy

    margin = sympy.Rational(1, 10 ** (digits + 2))
    working = digits + 5
    while True:
        # Of an eigenvalue that is repeated n times, one n-th of the digits is right.
        with mpmath.workdps(matrix.rows * working):
            rows = [[mpmath.fdiv(int(x.p), int(x.q)) for x in matrix.row(i)] for i in range(matrix.rows)]
            found = max(map(abs, mpmath.eig(mpmath.matrix(rows), left=False, right=False)))
        mantissa, exponent = found.man_exp
        radius = sympy.Integer(mantissa) * sympy.Integer(2) ** exponent
        if below(radius * (1 + margin)) and not below(radius * (1 - margin)):
            return radius
        working *= 2


def _edge(analysis: Any, point: dict[Any, Any]) -> Any:
    """Where the edge of stability is, if the library knows it and there is one at these parameters."""
    import sympy

    from symmomentum.symbols import lam

    try:
        threshold = analysis.stability.threshold
    except NotDerivedError:
        return None
    limit = threshold.xreplace({s: v for s, v in point.items() if s != lam})
    if not (limit.is_Rational and limit > 0):
        return None
    # The threshold means something only where some curvature is stable, which is asked of the region itself.
    sides = [
        analysis.stability.region.xreplace({**point, lam: limit * (1 + s * sympy.Rational(1, 10**12))}) for s in (-1, 1)
    ]
    return limit if sides == [True, False] else None


@app.command(
    cls=_Command,
    context_settings=PARAMETERS,
    short_help="The parameters of least worst rate over a range of curvatures.",
)
def tune(
    context: typer.Context,
    method: MethodArgument,
    mu: Annotated[str, typer.Option("--mu", metavar="NUMBER", help="Least curvature, positive.")],
    largest: Annotated[str, typer.Option("--L", metavar="NUMBER", help="Largest curvature, at least mu.")],
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="Published parameters in place of the best ones.")
    ] = None,
    digits: DigitsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The parameters of least worst rate over all curvatures in [mu, L].

    What is not tuned, such as a decay, is an option (0 unless given). Numbers are read exactly: 0.1, 1e-3, 1/3.

    \b
    symmomentum tune heavy-ball --mu 0.01 --L 1 --digits 50
    symmomentum tune robust-momentum --mu 0.01 --L 1 --preset published --rho 0.95
    """
    name, pairs = _separated([method, *context.args])
    low, high = _parsed("mu", mu), _parsed("L", largest)
    chosen = _method(name)
    taken = {o for p in context.command.params for o in p.opts}
    if preset is not None:
        answer = _published_tuning(chosen, preset, low, high, pairs, taken)
    else:
        simple = not pairs and digits is None
        answer = (_evaluated_tuning(name, low, high) if simple else None) or _derived_tuning(
            chosen, low, high, pairs, taken
        )
    condition = high / low
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "mu": _number(low, digits),
                "L": _number(high, digits),
                "kappa": _number(condition, digits),
                "parameters": {n: _number(v, digits) for n, v in answer.parameters.items()},
                "rate": _number(answer.rate, digits),
                "iterations_to_1e-6": answer.steps,
                "status": answer.status,
                "kind": answer.kind,
                "lower_bound": None if answer.lower is None else _number(answer.lower, digits),
            }
        )
        return
    spectrum = f"curvatures from {_clipped(mu.strip())} to {_clipped(largest.strip())}"
    print(f"{chosen.name} over {spectrum} (condition number {_shown(condition, None)})")
    for n, v in answer.parameters.items():
        _print_row(16, n, _shown(v, digits), *_formula(answer, n))
    _print_row(16, "rate", _shown(answer.rate, digits), *_formula(answer, "rate"), *_per_gradient(chosen, answer.rate))
    _print_row(16, "steps to 1e-6", f"{_clipped(str(answer.steps))} at this rate")
    for line in answer.remarks:
        print(textwrap.fill(line, _width(), initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False))


def _formula(answer: _TuningAnswer, name: str) -> tuple[str, ...]:
    return (f"= {answer.formulas[name]}",) if name in answer.formulas else ()


@dataclasses.dataclass(frozen=True)
class _TuningAnswer:
    parameters: Mapping[str, Any]
    rate: Any
    steps: int
    formulas: Mapping[str, str]
    """Of each parameter and of the rate, where there is one."""
    status: str
    remarks: Sequence[str]
    """What is proved of them, in words."""
    kind: str = "radicals"
    lower: Any = None
    """Where there is no closed form: no parameters have a worst rate below it."""


def _evaluated_tuning(name: str, low: Fraction, high: Fraction) -> _TuningAnswer | None:
    """From the generated functions; None if there are none, or if their rounding would show."""
    functions, point = _evaluators(name), _doubles((low, high))
    if functions is None or point is None or not 0 < low < high:
        return None
    from symmomentum.evaluators.rounding import settled

    stated = getattr(functions, "TUNING", None)
    if stated is None:
        return None
    values = {n: settled(lambda *x, i=i: functions.tuning(*x)[i], *point) for i, n in enumerate(stated["parameters"])}
    radius = settled(functions.tuned_rate, *point)
    if radius is None or None in values.values():
        return None
    steps = _certain_steps(radius)
    if steps is None:
        return None
    formulas = {**stated["parameters"], "rate": stated["rate"]}
    return _TuningAnswer(values, radius, steps, formulas, stated["status"], (_optimal(stated["status"], stated["by"]),))


def _optimal(status: str, by: str) -> str:
    return f"optimal over all real parameters: {status} ({by})"


def _certain_steps(radius: float) -> int | None:
    """The least k with radius^k <= 1e-6, if the rounding of the radius does not decide it."""
    if not 0 < radius < 1:
        return None
    between = [
        math.ceil(math.log(TOLERANCE) / math.log(radius * (1 + s))) for s in (-1e-14, 1e-14) if radius * (1 + s) < 1
    ]
    return between[0] if len(between) == 2 and between[0] == between[1] else None


def _derived_tuning(
    chosen: Method, low: Fraction, high: Fraction, pairs: Sequence[tuple[str, str]], taken: set[str]
) -> _TuningAnswer:
    """In exact arithmetic, from the theory."""
    from symmomentum.tuning import check_spectrum

    check_spectrum(low, high)
    from symmomentum.analysis import analyze

    tuning = analyze(chosen).tuning
    names = tuple(s.name for s in tuning.given)
    given = {n: _parsed(n, text) for n, text in _assigned(pairs, names, taken, dict.fromkeys(names, 0)).items()}
    ends = _rational(low), _rational(high)
    parameters = {p.name: v for p, v in tuning.at(*ends, **given).items()}
    radius, steps = tuning.rate_at(*ends, **given), tuning.iterations(TOLERANCE, *ends, **given)
    formulas = {p.name: str(e) for p, e in tuning.parameters.items()}
    if tuning.kind == "radicals":
        remarks = (_optimal(tuning.verdict.status, tuning.verdict.by),)
        return _TuningAnswer(
            parameters, radius, steps, {**formulas, "rate": str(tuning.rate)}, tuning.verdict.status, remarks
        )
    found = tuning.certificate(*ends, **given)
    proved = all(v.proved for v in found.verdicts)
    status = "unknown" if not proved else found.lower_by
    limits = (
        f"no parameters have a rate below {_shown(found.lower, None)}: {status} (a gap of {_shown(found.gap, None)})"
    )
    worst = f"at rational numbers close to these the rate is below {_shown(found.rate, None)}: {'proved' * proved or 'unknown'}"
    bounds = [worst, limits] if found.lower_by == "proved" else [worst, limits, _CITED]
    if tuning.kind == "algebraic":
        formulas["rate"] = f"a root r of {tuning.polynomial}"
    return _TuningAnswer(parameters, radius, steps, formulas, status, bounds, tuning.kind, found.lower)


_CITED = (
    "the bound holds for every linear method, whose residual polynomials are not better than Chebyshev's (golub1961)"
)


def _published_tuning(
    chosen: Method, preset: str, low: Fraction, high: Fraction, pairs: Sequence[tuple[str, str]], taken: set[str]
) -> _TuningAnswer:
    """Published parameters, with the verdict on the rate that is claimed for them."""
    from symmomentum.tuning import check_spectrum

    check_spectrum(low, high)
    from symmomentum.analysis import analyze

    every = {p.name: p for p in chosen.presets}
    if preset not in every:
        known = nearest(preset, every) if every else f"{chosen.name} has none"
        raise UnknownNameError(f"unknown preset {preset!r}; {known}")
    found = analyze(chosen).presets[preset]
    names = tuple(every[preset].design)
    given = {n: _parsed(n, text) for n, text in _assigned(pairs, names, taken, {}).items()}
    ends = _rational(low), _rational(high)
    radius = found.rate_at(*ends, **given)
    status = found.verdict.status
    where = "" if len(found.intervals) == 1 else " over the two intervals that it is for"
    remarks = [f"published parameters ({found.cite}); that their worst rate{where} is just that: {status}"]
    if found.preset.note:
        remarks.append(f"they are {found.preset.note}")
    formulas = {**{p.name: str(e) for p, e in found.parameters.items()}, "rate": str(found.rate)}
    steps = _steps(radius)
    parameters = {p.name: v for p, v in found.at(*ends, **given).items()}
    return _TuningAnswer(parameters, radius, steps, formulas, status, remarks, "preset")


def _steps(radius: Any) -> int:
    """The least k with radius^k <= 1e-6."""
    import sympy

    return 1 if radius == 0 else int(sympy.ceiling(sympy.log(_rational(TOLERANCE)) / sympy.log(radius)))


def _evaluators(name: str) -> Any:
    """The module of generated functions of a built-in method; None for a rule of the user's."""
    from symmomentum.methods import catalog

    return importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}") if name in catalog else None


def _doubles(values: Collection[Fraction]) -> list[float] | None:
    """The nearest doubles, if there are normal ones."""
    found = [x for v in values if (x := _double(v)) is not None]
    return found if len(found) == len(values) else None


@app.command(
    cls=_Command,
    context_settings=PARAMETERS,
    short_help="The worst case in finite time: peak, steps to a tolerance.",
)
def transient(
    context: typer.Context,
    method: MethodArgument,
    mu: Annotated[str, typer.Option("--mu", metavar="NUMBER", help="Least curvature, positive.")],
    largest: Annotated[str, typer.Option("--L", metavar="NUMBER", help="Largest curvature, at least mu.")],
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="K", parser=_whole(0), help="The worst case after K steps too.")
    ] = None,
    tolerance: Annotated[
        str, typer.Option("--tolerance", metavar="NUMBER", help="The part of the first distance that may be left.")
    ] = "1e-6",
    as_json: JsonOption = False,
) -> None:
    """What happens in finite time: the worst distance from the minimizer over all curvatures in [mu, L], from rest.

    The distances are multiples of the first one. Every parameter of the method is an option; without any, they are the best
    ones for [mu, L], as `symmomentum tune` finds them.

    \b
    symmomentum transient heavy-ball --mu 0.01 --L 1
    symmomentum transient heavy-ball --mu 1 --L 9 --alpha 0.1 --beta 0.9
    """
    name, pairs = _separated([method, *context.args])
    chosen = _method(name)
    taken = {o for p in context.command.params for o in p.opts}
    texts = _assigned(pairs, chosen.parameters, taken, chosen.defaults) if pairs else {}
    values = {n: _parsed(n, text) for n, text in texts.items()}
    low, high, allowed = _parsed("mu", mu), _parsed("L", largest), _parsed("tolerance", tolerance)
    from symmomentum.analysis import analyze

    analysis = analyze(chosen)
    given = {"mu": _rational(low), "L": _rational(high), **{n: _rational(v) for n, v in values.items()}}
    after = None if steps is None else analysis.transient.worst_case(steps, **given)
    later = ""
    try:
        count: int | None = analysis.transient.iterations(_rational(allowed), **given)
        at, peak = analysis.transient.peak(**given)
    except (ArgumentError, NotDerivedError) as reason:
        if after is None:
            raise
        count, at, peak, later = None, None, None, str(reason).removeprefix(f"{chosen.name}: ")
    values = values or {p.name: v for p, v in analysis.transient.best(given["mu"], given["L"]).items()}
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "mu": _number(low, None),
                "L": _number(high, None),
                "parameters": {n: _number(v, None) for n, v in values.items()},
                "peak": None if at is None else {"step": at, "worst_case": _number(peak, None)},
                "tolerance": _number(allowed, None),
                "iterations": count,
                **({} if after is None else {"steps": steps, "worst_case": _number(after.value, None)}),
            }
        )
        return
    print(f"{chosen.name} over curvatures from {_clipped(mu.strip())} to {_clipped(largest.strip())}, from rest")
    for n, v in values.items():
        _print_row(20, n, _shown(v, None))
    if at is not None:
        grown = f"{_shown(peak, None)} times the first distance, after {at} step{'s' * (at > 1)}"
        _print_row(20, "largest", grown if at else "never above the first distance")
    if after is not None:
        how = "exact" if after.exact else "certain to a relative 1e-9"
        _print_row(20, f"after {_clipped(str(steps), 10)} steps", _shown(after.value, None), how)
    wanted = f"steps to {_clipped(tolerance.strip(), 12)}"
    _print_row(20, wanted, later if count is None else f"{count}, and no later step is above it")


@app.command(
    cls=_Command,
    context_settings=PARAMETERS,
    short_help="What gradient noise does: its floor, and when it takes over.",
)
def noise(
    context: typer.Context,
    method: MethodArgument,
    sigma: Annotated[
        str, typer.Option("--sigma", metavar="NUMBER", help="Standard deviation of each gradient's error.")
    ] = "1",
    w0: Annotated[str, typer.Option("--w0", metavar="NUMBER", help="Distance of the start from the minimizer.")] = "1",
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="K", parser=_whole(0), help="The expected loss after K steps too."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What noise does whose errors are added to the gradients, on one mode, from rest.

    The errors have mean zero and no correlation from step to step. The floor is the expected loss in the limit of many steps.
    Every parameter of the method is an option, and --lam is the curvature. Numbers are read exactly: 0.1, 1e-3, 1/3.

    \b
    symmomentum noise heavy-ball --alpha 0.1 --beta 0.9 --lam 1 --sigma 0.5
    symmomentum noise nesterov --alpha 1/10 --beta 0.9 --lam 1 --w0 100 --steps 50
    """
    name, given = _separated([method, *context.args])
    chosen = _method(name)
    taken = {o for p in context.command.params for o in p.opts}
    texts = _assigned(given, (*chosen.parameters, "lam"), taken, chosen.defaults)
    values = {n: _parsed(n, text) for n, text in texts.items()}
    deviation, distance = _parsed("sigma", sigma), _parsed("w0", w0)
    if deviation < 0:
        raise ArgumentError(f"sigma, a standard deviation, is not negative; given {sigma.strip()}")
    from symmomentum.iteration import Iteration
    from symmomentum.noise.mode import on_mode

    iteration = Iteration(chosen)
    mode = on_mode(iteration, values["lam"], {n: values[n] for n in chosen.parameters})
    answer = _noise_answer(iteration, mode, deviation, distance, steps) if mode.stable else {}
    if as_json:
        _print_json(
            {
                "method": chosen.name,
                "parameters": {n: _number(v, None) for n, v in values.items()},
                "sigma": _number(deviation, None),
                "w0": _number(distance, None),
                "stable": mode.stable,
                **answer,
            }
        )
        return
    print(f"{chosen.name} at {', '.join(f'{n} = {_clipped(text)}' for n, text in texts.items())}")
    if not mode.stable:
        _print_row(18, "floor", "infinite: not stable here, the noise adds up without bound")
        return
    _print_noise(answer, deviation, steps)


def _noise_answer(iteration: Any, mode: Any, sigma: Fraction, w0: Fraction, steps: int | None) -> dict[str, Any]:
    """What the command says of a stable method, as JSON."""
    import sympy

    from symmomentum.noise.tradeoff import alternatives, least_floor

    least = least_floor(iteration, mode)
    variance = sigma**2 * mode.variance
    found: dict[str, Any] = {
        "rate": _mode_rate(mode),
        "floor": _number(mode.floor(sigma), None),
        "variance": _number(variance, None),
        "standard_deviation": _number(sympy.sqrt(_rational(variance)), None),
        "crossover": None,
        "average_deviation": _number(sympy.sqrt(_rational(sigma**2 * mode.average_variance)), None),
        "largest_relative_noise": None,
        "least_floor": None
        if least is None
        else {"of": least[0], "floor": _number(_rational(sigma**2) * least[1], None)},
        "alternatives": [
            {
                "change": a.change,
                "method": a.method,
                "parameters": {n: _number(v, None) for n, v in a.mode.parameters.items()},
                "stable": a.mode.stable,
                "rate": _mode_rate(a.mode),
                "floor": _number(a.mode.floor(sigma), None) if a.mode.stable else None,
            }
            for a in alternatives(iteration, mode)
        ],
    }
    if sigma and w0:
        try:
            crossover = mode.crossover(w0, sigma)
        except NotDerivedError:
            found["crossover"] = "unknown"
        else:
            found["crossover"] = None if crossover is None else crossover._asdict()
    with contextlib.suppress(NotDerivedError):
        found["largest_relative_noise"] = _number(sympy.sqrt(_rational(mode.largest_level_squared)), None)
    if steps is not None:
        parts = mode.loss_parts(steps, w0, sigma)
        each = {**parts._asdict(), "total": parts.total}
        # What is below every double is zero here.
        found["expected_loss"] = {"steps": steps, **{n: _double(x.value) or 0.0 for n, x in each.items()}}
    return found


def _mode_rate(mode: Any) -> float | str:
    import sympy

    if mode.size <= 2:
        return _number(mode.rate, None)
    matrix = sympy.Matrix([[_rational(x) for x in row] for row in mode.R])
    return _number(_spectral_radius(matrix, 17, mode.within) if any(mode.characteristic[1:]) else 0.0, None)


def _print_noise(answer: Mapping[str, Any], sigma: Fraction, steps: int | None) -> None:
    _print_row(18, "rate", _brief(answer["rate"], 15))
    _print_row(18, "floor", _brief(answer["floor"], 15), "the expected loss in the limit")
    _print_row(18, "spread of w", _brief(answer["standard_deviation"], 15), "its standard deviation there")
    _print_row(18, "noise takes over", _takeover(answer["crossover"], sigma))
    if steps is not None:
        loss = answer["expected_loss"]
        _print_row(
            18,
            f"loss at {_clipped(str(steps), 10)}",
            f"{_brief(loss['total'])} = {_brief(loss['deterministic'])} of the start + {_brief(loss['stochastic'])} of noise",
        )
    spread = f"{_brief(answer['average_deviation'])}/sqrt(k)"
    _print_row(18, "mean of k", spread, "the spread of the mean of k iterates")
    if (level := answer["largest_relative_noise"]) is not None:
        _print_row(18, "relative noise", _brief(level), "times the gradient: from there on it diverges")
    if answer["alternatives"]:
        print(f"\n  {'instead':<40}{'rate':>14}{'floor':>14}")
    for a in answer["alternatives"]:
        floor = _brief(a["floor"]) if a["stable"] else "infinite"
        print(f"  {a['change']:<40}{_brief(a['rate']):>14}{floor:>14}")
    if (least := answer["least_floor"]) is not None:
        whose = "no method of two states" if least["of"] == "any" else f"no other {least['of']}"
        print(f"  {whose} has less than {_brief(least['floor'])} at this rate: proved")


def _takeover(crossover: Any, sigma: Fraction) -> str:
    if not sigma:
        return "never: there is none"
    if crossover is None:
        return "from the start"
    if crossover == "unknown":
        from symmomentum.noise.mode import MOST_SCANNED

        return f"later than can be told in {MOST_SCANNED} steps"
    until, last = crossover["until"], crossover["last"]
    again = "" if until == last else f"; for the last time after step {last}"
    return f"after step {until}{again}"


def _brief(number: float | str, digits: int = 6) -> str:
    return number if isinstance(number, str) else f"{number:.{digits}g}"


@app.command(cls=_Command, short_help="Print the source of a numeric function.")
def codegen(
    method: MethodArgument,
    quantity: Annotated[str, typer.Argument(metavar="QUANTITY", help="rate, eigenvalues, stable, threshold, ...")],
    target: Annotated[str, typer.Option("--target", metavar="NAME", help="numpy, numba, array-api or js.")] = "numpy",
) -> None:
    """Print the source of a numeric function: readable, complete, made from the derived expressions.

    QUANTITY is one of rate, eigenvalues, stable, threshold, regime, worst_rate, power, residual, tuning, tuned_rate,
    tuned_worst_case, stationary_variance, stationary_loss, variance, expected_loss, crossover, loss_curve.

    \b
    symmomentum codegen heavy-ball rate
    symmomentum codegen path/to/file.py:function power --target js > power.mjs
    """
    print(_analysis(method).evaluator_source(quantity, target), end="")


@app.command(cls=_Command, short_help="Draw the figures, each as SVG and as PNG.")
def figures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="A name that --list shows, or F01 to F14. By default all of them."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Write into this folder; it is made if need be.")
    ] = Path("figures"),
    listed: Annotated[bool, typer.Option("--list", help="Print the names, one line each, and draw nothing.")] = False,
) -> None:
    """Draw the figures of the article and our own, each as SVG and as PNG.

    \b
    symmomentum figures --list
    symmomentum figures taxonomy damping -o pictures
    """
    from symmomentum.figures import FIGURES, picture

    chosen = [picture(n) for n in names or FIGURES]
    if listed:
        for found in chosen:
            print(f"{found.name:<{max(map(len, FIGURES))}}   {found.original:<3}   {found.title}")
        return
    _make_folder(output)
    for found in dict.fromkeys(chosen):
        files = found.files()
        for format, content in files.items():
            _write_file(output / f"{found.name}.{format}", content)
        print(f"wrote {' and '.join(str(output / f'{found.name}.{format}') for format in files)}", flush=True)


@app.command(cls=_Command, short_help="A page to play with: sliders, and views that follow them.")
def explore(
    method: Annotated[
        str, typer.Argument(metavar="METHOD", help="A catalog name, or path/to/file.py:function.")
    ] = "heavy-ball",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the page to this file: .html.")
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Only METHOD, and none to pick: made in a tenth of the time.")
    ] = False,
    jobs: JobsOption = None,
) -> None:
    """A page to play with, in the browser or in a file: sliders, and views that follow them.

    The page holds everything it needs, and its numbers are computed by functions that are generated from the theory. Another
    method can be picked on it; METHOD is the first.

    \b
    symmomentum explore
    symmomentum explore nesterov -o nesterov.html
    """
    chosen = _method(method)
    from symmomentum.explore import check_browser, check_page_target
    from symmomentum.explore import explore as make_page

    page = make_page(chosen, alone=alone, jobs=jobs or os.cpu_count() or 1)
    if output is None:
        check_browser()  # before the work, not after it
        print(f"opened {page.show()}")
    else:
        check_page_target(output)
        page.save(output)
        print(f"wrote {output}")


@app.command(cls=_Command, short_help="Check every claim: proved, refuted or unknown.")
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="A METHOD or a topic (problems, bounds, noise). By default all of the catalog, and the topics.",
        ),
    ] = None,
    solver: Annotated[str, typer.Option("--solver", metavar="NAME", help="z3, cvc5 or both.")] = "z3",
    smt2: Annotated[
        Path | None, typer.Option("--smt2", metavar="DIR", help="Write the queries into this folder as SMT-LIB 2.")
    ] = None,
    jobs: JobsOption = None,
    of_article: Annotated[
        bool,
        typer.Option("--article", help="Settle the claims of Goh's article as they are printed, in place of ours."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every claim: proved, refuted or unknown, how, and how long it took.

    Exit status 1 says that a claim was refuted or is unknown; with --article, that one is not settled.
    """
    from symmomentum.methods import catalog
    from symmomentum.proof import validate_solver
    from symmomentum.verification import TOPICS, processors, verified

    validate_solver(solver)
    if of_article:
        if names or smt2:
            raise ArgumentError("--article goes with --solver, --jobs and --json only")
        _verify_article(solver, jobs or processors(), as_json)
    chosen = {n: _subject(n) for n in names or (*catalog, *TOPICS)}
    called = [m.name for m in chosen.values()]
    if twice := [n for n in called if called.count(n) > 1]:  # their claims would have the same ids
        raise ArgumentError(f"two methods are called {twice[0]!r}; give one of them another name")
    if smt2 is not None:
        _make_folder(smt2)
    found: list[Outcome] = []
    with (
        _Bar(len(chosen)) as bar,
        contextlib.closing(
            verified(
                chosen, _subject, solver=solver, queries=smt2 is not None, jobs=jobs or processors(), tell=bar.update
            )
        ) as blocks,
    ):
        for block in blocks:
            if not block.stated and not as_json:
                bar.hide()
                print(f"nothing is claimed of {block.method} yet: its theory is not derived")
            for outcome in block.outcomes:
                found.append(outcome)
                if not as_json:
                    bar.hide()
                    _print_outcome(outcome)
                if smt2 is not None:
                    _write_queries(smt2, outcome)
    counts = {status: sum(o.status == status for o in found) for status in MARKS}
    if as_json:
        _print_json({"claims": [_outcome_json(o) for o in found], **counts})
    else:
        print(", ".join(f"{n} {status}" for status, n in counts.items()))
    raise typer.Exit(0 if counts["proved"] == len(found) else 1)


def _verify_article(solver: str, jobs: int, as_json: bool) -> NoReturn:
    from symmomentum.article import entries, settled
    from symmomentum.article.plain import plain
    from symmomentum.verification import ARTICLE, verified

    found: dict[str, Outcome] = {}
    with (
        _Bar(len(ARTICLE)) as bar,
        contextlib.closing(verified(ARTICLE, _subject, solver=solver, jobs=jobs, tell=bar.update)) as blocks,
    ):
        for block in blocks:
            found.update((outcome.id, outcome) for outcome in block.outcomes)
    answers = {e: settled(e, {c.id: found[c.id].status for c in e.claims}) for e in entries()}
    counts = {status: list(answers.values()).count(status) for status in dict.fromkeys(answers.values())}
    if as_json:
        claims = [
            {
                "id": e.id,
                "section": e.section,
                "summary": e.summary,
                "printed": e.printed,
                "reading": e.reading,
                "status": status,
                "size": e.size,
                "witnesses": [found[c.id].witness for c in e.literal if found[c.id].status == "refuted"],
                "instead": e.instead,
                "remark": e.remark or e.not_mathematical,
                "statements": [{"title": c.title, **_outcome_json(found[c.id])} for c in e.claims],
                "tests": e.evidence,
            }
            for e, status in answers.items()
        ]
        _print_json({"claims": claims, "counts": counts})
    else:
        for e, status in answers.items():
            _print_filled(f"{e.id}  ", plain(e.summary))
            _print_filled(
                " " * 6, f"{_ARTICLE_MARKS[status]} {status}{f', proved for {e.size} only' if e.size else ''}"
            )
            if e.reading:
                _print_filled(" " * 8, f"read as: {plain(e.reading)}")
            for c in e.literal:
                _print_witness(found[c.id], 6)
            for formula in (plain(f"${tex}$") for tex in e.instead):
                if "\\" not in formula:  # a matrix does not fit into a line
                    _print_filled(" " * 8, f"should be: {formula}")
            if remark := e.remark or e.not_mathematical:
                _print_filled(" " * 8, f"remark: {plain(remark)}")
        print(", ".join(f"{n} {status}" for status, n in counts.items()))
    raise typer.Exit(1 if "unknown" in counts else 0)


def _print_filled(head: str, text: str) -> None:
    print(textwrap.fill(text, _width(), initial_indent=head, subsequent_indent=" " * max(len(head), 6)))


_ARTICLE_MARKS = {
    "holds": "✓",
    "fails": "✗",
    "conditional": "~",
    "tested": "✓",
    "not mathematical": " ",
    "unknown": "?",
}


def _print_outcome(outcome: Outcome) -> None:
    way = outcome.by or "-"
    print(f"{MARKS[outcome.status]} {outcome.status:<8} {way:<13} {outcome.seconds:6.3f} s  {outcome.id}", flush=True)
    _print_witness(outcome, 2)
    if outcome.status == "unknown":
        _print_row(2, "", outcome.detail)


def _print_witness(outcome: Outcome, indent: int) -> None:
    if outcome.status == "refuted":
        witness = outcome.witness or {}
        _print_row(indent, "", f"breaks at {', '.join(f'{n} = {v}' for n, v in witness.items()) or 'every point'}")


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "status": outcome.status,
        "by": outcome.by,
        "seconds": round(outcome.seconds, 6),
        "witness": outcome.witness,
    }


class _Bar:
    """How far the work is, in the last line of the terminal on standard error, if it is one; nothing of it stays.

    It steps aside for what is printed: :meth:`hide` takes it away, and with the next event after a while it is back.
    """

    def __init__(self, methods: int) -> None:
        wanted = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._methods, self._wanted = methods, wanted
        self._at_work: dict[str, None] = {}
        self._ended = 0
        self._settled: set[str] = set()
        self._shown: Any = None
        self._hidden = -math.inf

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self.hide()

    def update(self, event: Event) -> None:
        if event.kind == "begun":
            self._at_work[event.method] = None
        elif event.kind == "settled":
            self._settled.add(event.claim)
        else:
            del self._at_work[event.method]
            self._ended += 1
        if self._shown is None and self._wanted:
            # A method may be derived for long before the next event; a claim is settled before the eye has seen the bar.
            if event.kind == "begun" or time.monotonic() - self._hidden > SECONDS_ASIDE:
                self._show()
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], **self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "completed": self._ended,
            "description": f"{self._ended} of {self._methods} methods, {len(self._settled)} claims settled",
            "doing": f"at work on {', '.join(self._at_work)}" if self._at_work else "",
        }

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        def text(field: str) -> TextColumn:
            # One line, cut where the terminal ends: more would be larger than what it is about.
            return TextColumn(f"{{task.{field}}}", markup=False, table_column=Column(no_wrap=True, overflow="crop"))

        self._shown = Progress(
            text("description"),
            BarColumn(20),
            text("fields[doing]"),
            console=Console(stderr=True),
            transient=True,
        )
        self._shown.add_task(total=self._methods, **self._state())
        self._shown.start()

    def hide(self) -> None:
        if self._shown is not None:
            self._shown.stop()
            self._shown = None
            self._hidden = time.monotonic()


# Files ------------------------------------------------------------------------------------------------------------


def _make_folder(path: Path) -> None:
    """Make it, and try it: a folder that takes no file is better known before the first claim is checked."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into the folder {path}: {error.strerror or error}") from None


def _write_file(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")  # half a file must not look like one
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


def _write_queries(folder: Path, outcome: Outcome) -> None:
    for name, text in outcome.queries:
        _write_file(folder / f"{name.replace('/', '.')}.smt2", text.encode())


# Methods ----------------------------------------------------------------------------------------------------------


def _analysis(name: str) -> Any:
    chosen = _method(name)
    from symmomentum.analysis import analyze

    return analyze(chosen)


def _subject(name: str) -> Method | Topic:
    """What claims are asked of: a topic, or a method."""
    from symmomentum.verification import ARTICLE, TOPICS

    topics = {**TOPICS, **ARTICLE}
    return topics[name] if name in topics else _method(name)


def _method(name: str) -> Method:
    """A catalog name, or file.py:function: the one place where a file is imported, because the user asks for it."""
    from symmomentum.methods import catalog

    path, _, function = name.rpartition(":")
    if name.endswith(".py") or (path.endswith(".py") and not function):
        raise UnknownNameError(f"which function of {name.rstrip(':')}? Write {name.rstrip(':')}:function")
    if not path.endswith(".py"):
        if name not in catalog and re.search(r"[:/\\]", name):
            raise UnknownNameError(f"unknown method {name!r}; a rule in a file is written path/to/file.py:function")
        return catalog[name]
    from symmomentum.update_rule import Method
    from symmomentum.update_rule import method as make_method

    names = _imported(Path(path))
    if function not in names:
        own = [
            n
            for n, v in names.items()
            if isinstance(v, Method) or (inspect.isfunction(v) and v.__module__ == names["__name__"])
        ]
        raise UnknownNameError(f"{path} has no function {function!r}; {nearest(function, own)}")
    found = names[function]
    if isinstance(found, Method):
        return dataclasses.replace(found, rule=_guarded(found.rule))
    if not callable(found):
        raise MethodTypeError(f"{function!r} in {path} is not an update rule but {type(found).__name__}")
    made: Method = make_method(_guarded(found))
    return made


def _imported(file: Path) -> dict[str, Any]:
    """What a user's file defines. It may import its neighbours, and leaves no compiled file beside it."""
    if not file.is_file():
        raise UnknownNameError(f"there is no file {file}")
    specification = importlib.util.spec_from_file_location(f"symmomentum_user_{file.stem}", file)
    if specification is None or specification.loader is None:
        raise UnknownNameError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(specification)
    before = sys.path, sys.dont_write_bytecode
    sys.path, sys.dont_write_bytecode = [str(file.parent.absolute()), *sys.path], True
    sys.modules[module.__name__] = module  # dataclasses look for it there
    try:
        with _rerouted():
            specification.loader.exec_module(module)
    except SymmomentumError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a user's file does wrong
        raise ArgumentError(f"{file} cannot be imported: {_described(error)}") from None
    finally:
        sys.path, sys.dont_write_bytecode = before
    return vars(module)


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    except Exception:  # noqa: BLE001  # a message of the user's own that cannot be read
        return type(error).__name__


@contextlib.contextmanager
def _rerouted() -> Iterator[None]:
    """What a user's code prints must not come between our lines, least of all into JSON."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _guarded(rule: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(rule)
    def guarded(*arguments: Any, **parameters: Any) -> Any:
        try:
            with _rerouted():
                return rule(*arguments, **parameters)
        except SystemExit as error:
            raise RuntimeError(_described(error)) from None

    return guarded


# Arguments --------------------------------------------------------------------------------------------------------


def _separated(arguments: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """METHOD, and the ``--name value`` and ``--name=value`` pairs before and after it."""
    method: str | None = None
    pairs: list[tuple[str, str]] = []
    rest = list(arguments)
    while rest:
        option, equals, text = rest.pop(0).partition("=")
        if option.startswith("--"):
            if not equals:
                if not rest or rest[0].startswith("--"):
                    raise ArgumentError(f"{option} needs a value")
                text = rest.pop(0)
            pairs.append((option, text))
        elif method is None and not option.startswith("-"):
            method = f"{option}{equals}{text}"
        else:
            raise ArgumentError(
                f"unexpected argument {f'{option}{equals}{text}'!r}; parameters are given as --name value"
            )
    if method is None:
        raise ArgumentError("missing: METHOD")
    return method, pairs


def _assigned(
    pairs: Sequence[tuple[str, str]],
    names: tuple[str, ...],
    taken: set[str],
    defaults: Mapping[str, Any],
) -> dict[str, str]:
    """The text for each of the names, which must be there just once unless the rule has a default for it; --step-size stands
    for step_size too."""
    if clash := [n for n in names if f"--{n}" in taken | {"--help"}]:
        raise ArgumentError(f"the parameter {clash[0]!r} of the rule has the name of an option; rename it")
    options = {f"--{n}": n for n in names}
    texts: dict[str, str] = {}
    for option, text in pairs:
        name = options.get(option) or options.get(f"--{option[2:].replace('-', '_')}")
        if name is None:
            known = [*names, *sorted(o[2:] for o in taken if o.startswith("--"))]
            raise ArgumentError(f"unknown parameter {option}; {nearest(option[2:], known)}")
        if name in texts:
            raise ArgumentError(f"{option} is given twice")
        texts[name] = text.strip()
    texts = {**{n: str(value) for n, value in defaults.items() if n in names}, **texts}
    if missing := [option for option, n in options.items() if n not in texts]:
        raise ArgumentError(f"missing: {' '.join(missing)}")
    return {n: texts[n] for n in names}


_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE](?P<exponent>[+-]?\d+))?)", re.ASCII)


def _parsed(name: str, text: str) -> Fraction:
    text = text.strip()
    if len(text) > LONGEST_NUMBER:
        raise ArgumentError(
            f"{name} has {len(text)} characters, more than {LONGEST_NUMBER}; given {_clipped(repr(text))}"
        )
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ArgumentError(f"{name} must be a number such as 0.1, 1e-3 or 1/3; given {text!r}")
    if abs(int(match["exponent"] or 0)) > LARGEST_EXPONENT:
        raise ArgumentError(
            f"{name} = {text} is out of range: exponents go from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"
        )
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ArgumentError(f"{name} = {text} divides by zero") from None


# Numbers and lines ------------------------------------------------------------------------------------------------


def _rational(value: Fraction) -> Any:
    import sympy

    return sympy.Rational(value.numerator, value.denominator)


def _decimal(value: Any, digits: int) -> Any:
    import sympy

    return sympy.N(_rational(value) if isinstance(value, Fraction) else value, digits, maxn=WORKING_DIGITS)


def _double(value: Any) -> float | None:
    """The nearest double; None where it would be infinite, or zero without being so, or lack digits."""
    try:
        number = float(value if isinstance(value, (float, Fraction)) else _decimal(value, 30))
    except OverflowError:
        return None
    if number == 0:
        return 0.0 if value == 0 else None
    return number if sys.float_info.min <= abs(number) <= sys.float_info.max else None


def _number(value: Any, digits: int | None) -> float | str:
    """A JSON number; a string where the user asks for digits, and for what no double can hold."""
    number = _double(value) if digits is None else None
    return str(_decimal(value, digits or 17)) if number is None else number


def _shown(value: Any, digits: int | None) -> str:
    number = _double(value) if digits is None else None
    return str(_decimal(value, digits or 15)) if number is None else f"{number:.15g}"


def _clipped(text: str, limit: int = 60) -> str:
    """The text, or where it is long its two ends."""
    half = (limit - 5) // 2
    return text if len(text) <= limit else f"{text[:half]} ... {text[-half:]}"


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _width() -> int:
    """Of a page: what is piped or saved does not depend on the window that it was made in."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, 20), 100) if _is_terminal() else 80


def _print_row(indent: int, label: str, *pieces: str) -> None:
    """A label and what belongs to it: on one line, or in a terminal that is too narrow for it on as many as needed."""
    head = f"  {label:<{indent}}"
    line = f"{head}{'   '.join(pieces)}"
    if not _is_terminal() or len(line) <= (width := _width()):
        print(line)
        return
    for piece in pieces:
        print(
            textwrap.fill(
                piece,
                width,
                initial_indent=head,
                subsequent_indent=" " * len(head),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        head = " " * len(head)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))
