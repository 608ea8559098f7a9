"""Ratios measured side by side in one run: ``python -m tests.benchmarks [--check] [--rounds N] [NAME ...]``.

A wall time says little about another machine; the ratio to a yardstick that ran a moment before says more. So every
command is timed in turns with its yardstick, in fresh processes of this very interpreter, and medians are compared.
A row without a yardstick is held against plain seconds.

To add a measurement, add an entry to ``TABLE``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

PYTHON = (sys.executable,)
SYMMOMENTUM = (sys.executable, "-m", "symmomentum")
IMPORT_SYMPY = (*PYTHON, "-c", "import sympy")
PASS = (*PYTHON, "-c", "pass")
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


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and with ``--check`` answer 1 if a target is missed or a command fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios measured in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows whose name contains NAME (default: all)")
    parser.add_argument("--check", action="store_true", help="exit status 1 if a target is missed")
    parser.add_argument("--rounds", type=int, help="measured runs per command (default: as the table says)")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    entries = [e for e in TABLE if not options.names or any(name in e.name for name in options.names)]
    if not entries:
        parser.error(f"no row has such a name; known: {', '.join(e.name for e in TABLE)}")

    layout = "{:<28} {:>9} {:>10} {:>8} {:>7}  {}"
    print(layout.format("", "command", "yardstick", "value", "target", "").rstrip(), flush=True)
    good = True
    for entry in entries:
        cells, met = row(entry, options.rounds)
        good &= met
        print(layout.format(*cells), flush=True)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
