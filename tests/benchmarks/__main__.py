"""Ratios measured side by side in one run: ``python -m tests.benchmarks [--check] [--rounds N] [NAME ...]``.

A wall time says little about another machine; the ratio to a yardstick that ran a moment before says more. So every
command is timed in turns with its yardstick, in fresh processes of this very interpreter, and medians are compared.
A row without a yardstick is held against plain seconds. Then the evaluators compete with other ways to the same numbers,
all in this process: a table each. Last come the errors of every generated function, against mpmath. The table ``worst-case``,
beside PEPit, takes minutes and is made only if it is asked for by name; so is ``repaint``, which needs a browser.

To add a command, add an entry to ``TABLE``; for the tables, see ``evaluators.py``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.benchmarks.accuracy import report
from tests.benchmarks.evaluators import benchmarks
from tests.benchmarks.page import benchmark as repaint
from tests.benchmarks.worst_case import benchmark as worst_case

PYTHON = (sys.executable,)
SYMMOMENTUM = (sys.executable, "-m", "symmomentum")
IMPORT_SYMPY = (*PYTHON, "-c", "import sympy")
PASS = (*PYTHON, "-c", "pass")
IMPORT_NUMPY = (*PYTHON, "-c", "import numpy")
ONE_RATE = (*PYTHON, "-c", "from symmomentum.evaluators import heavy_ball; heavy_ball.rate(.1, .9, 1.)")
# Ten maps each, in a process that has not freed a large array before: once it has, malloc keeps more memory, and what makes
# small temporaries, as the evaluators do, can be several times as fast. The tables of evaluators.py cannot show this.
_AXES = """
import numpy as np
a, b, rates = np.linspace(0, 4, 2000)[:, None], np.linspace(0, 1, 2000, endpoint=False), np.ones((2000, 2000))
"""
MAPS = (
    *PYTHON,
    "-c",
    f"{_AXES}from symmomentum.evaluators.heavy_ball import rate\nfor _ in range(10): rate(a, b, 1., out=rates)",
)
PLAIN_MAPS = (
    *PYTHON,
    "-c",
    f"""{_AXES}
for _ in range(10):
    t = 1 + b - a * 1.
    rates = np.maximum((np.abs(t) + np.sqrt(np.maximum(t * t - 4 * b, 0))) / 2, np.sqrt(np.maximum(b, 0)))""",
)
ASKED_FOR = {"worst-case": worst_case, "repaint": repaint}
"""What is left out unless it is named."""
THREE = ("gradient-descent", "heavy-ball", "nesterov")


@dataclass(frozen=True)
class Entry:
    """One row: a command, what it is held against, and how much it may take."""

    name: str
    command: tuple[str, ...]
    target: float | None
    """The largest allowed ratio to the yardstick, or seconds where there is none; None: measured only."""
    yardstick: tuple[str, ...] | None = None
    rounds: int = 5


TABLE = (
    Entry("derive / import sympy", (*SYMMOMENTUM, "derive", "heavy-ball"), 6, IMPORT_SYMPY),
    Entry("methods / import sympy", (*SYMMOMENTUM, "methods"), None, IMPORT_SYMPY),
    Entry("import symmomentum / python", (*PYTHON, "-c", "import symmomentum"), None, PASS),
    Entry("one rate / import numpy", ONE_RATE, 1.5, IMPORT_NUMPY, rounds=15),
    Entry("ten rate maps / plain NumPy", MAPS, None, PLAIN_MAPS),
    Entry("verify, three methods", (*SYMMOMENTUM, "verify", *THREE), 15, rounds=3),
)


def seconds(command: tuple[str, ...]) -> float:
    """The wall time of one run of a command, which must succeed."""
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if run.returncode != 0:
        last = (run.stderr.strip() or run.stdout.strip()).splitlines()[-1:]
        raise RuntimeError(f"exit status {run.returncode}: {' '.join(last)}")
    return elapsed


def measure(entry: Entry, rounds: int) -> tuple[float, float | None]:
    """Median seconds of the command and of its yardstick, run in turns after one unmeasured round."""
    pair = (entry.command,) if entry.yardstick is None else (entry.command, entry.yardstick)
    for command in pair:
        seconds(command)
    times = [[seconds(command) for command in pair] for _ in range(rounds)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    return medians[0], medians[1] if entry.yardstick else None


def row(entry: Entry, rounds: int | None) -> tuple[tuple[str, ...], bool]:
    """The printed row of an entry, and whether its target is met."""
    try:
        own, yardstick = measure(entry, rounds or entry.rounds)
    except RuntimeError as error:
        return (entry.name, "-", "-", "-", "-", f"failed: {error}"), False
    unit = " s" if yardstick is None else ""
    value = own if yardstick is None else own / yardstick
    met = entry.target is None or value <= entry.target
    return (
        entry.name,
        f"{own:.2f} s",
        "-" if yardstick is None else f"{yardstick:.2f} s",
        f"{value:.2f}{unit}",
        "-" if entry.target is None else f"{entry.target:g}{unit}",
        "-" if entry.target is None else "met" if met else "missed",
    ), met


def accuracy(count: int) -> bool:
    """Print the errors of every generated function; whether they are within the bounds."""
    print("\naccuracy", flush=True)
    good = True
    for line, within in report(count):
        print(line, flush=True)
        good &= within
    return good


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and with ``--check`` answer 1 if a target is missed or a command fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios measured in one run.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="rows whose name contains NAME (default: all but worst-case and repaint)",
    )
    parser.add_argument("--check", action="store_true", help="exit status 1 if a target is missed")
    parser.add_argument("--rounds", type=int, help="measured runs per command (default: as the table says)")
    parser.add_argument(
        "--points", type=int, default=100_000, help="points of the accuracy table, per function (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    rows = {e.name: e for e in TABLE}
    tables = {**benchmarks(), **ASKED_FOR, "accuracy": lambda _: accuracy(options.points)}
    usual = (n for n in (*rows, *tables) if n not in ASKED_FOR)
    names = [n for n in (*rows, *tables) if any(name in n for name in options.names)] if options.names else [*usual]
    if not names:
        parser.error(f"no row has such a name; known: {'; '.join((*rows, *tables))}")

    layout = "{:<28} {:>9} {:>10} {:>8} {:>7}  {}"
    good = True
    if any(n in rows for n in names):
        print(layout.format("", "command", "yardstick", "value", "target", "").rstrip(), flush=True)
    for name in names:
        if name in rows:
            cells, met = row(rows[name], options.rounds)
            print(layout.format(*cells), flush=True)
        else:
            met = tables[name](options.rounds)
        good &= met
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
