"""Calls timed in turns within one process, and the table that compares them.

A machine that is shared is at times slow for a second or two. So nobody is measured at a stretch: in every round each
contestant has a short turn, and what counts is its median over the rounds. Before the clock starts, all of them must
have given the same numbers.

All of them share one malloc, which gives less memory back to the system, and so gets it sooner, once large arrays have
been freed. Who is first in a fresh process may be slower than these tables say.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Contest", "Contestant", "DisagreementError", "Target", "Timing", "absent", "measure", "report"]

TURN = 0.04
"""Seconds of a turn: a quick call is repeated that long, and its mean is the turn's value."""
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
QUIET = 0.9
"""The part of all cores that this process must get, else the table says so."""


class DisagreementError(Exception):
    """Two contestants give different numbers."""


@dataclass(frozen=True)
class Contestant:
    """A call that does the work, or a part of it.

    Attributes
    ----------
    name : str
    call : callable or None
        None if it cannot be run here; ``note`` says why.
    share : float
        The part of the work that one call does. Its time is divided by this, so the work must grow linearly.
    check : callable or None
        Gives the numbers that the other contestants' checks give too, however it gets them. By default nothing is checked.
    note : str
    """

    name: str
    call: Callable[[], Any] | None
    share: float = 1
    check: Callable[[], Any] | None = None
    note: str = ""


@dataclass(frozen=True)
class Target:
    """How the time of one contestant compares with that of another: slow / fast, and its bound."""

    slow: str
    fast: str
    at_least: float | None = None
    at_most: float | None = None

    def verdict(self, seconds: dict[str, float]) -> tuple[str, bool]:
        """A line about it, and whether it counts as met; what could not be measured is not counted as missed."""
        bound = f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"
        head = f"{self.slow} / {self.fast}"
        if self.slow not in seconds or self.fast not in seconds:
            return f"{head:<44} {'-':>8}  target {bound}: not measured", True
        value = seconds[self.slow] / seconds[self.fast]
        met = value >= self.at_least if self.at_least is not None else value <= self.at_most
        return f"{head:<44} {_digits(value):>8}  target {bound}: {'met' if met else 'missed'}", met


@dataclass(frozen=True)
class Contest:
    """What is compared, and how that is printed.

    Attributes
    ----------
    about : str
        The size of the work.
    contestants : sequence of Contestant
    columns : dict
        From the heading of a column of ratios to the contestant by whose time the others are divided.
    unit : str
    per_second : float
        How many of that unit a second is, for the whole work.
    targets : sequence of Target
    rounds : int
    tolerance : float
        How far results may differ, relative to the largest number. By default, eigenvalues that nearly coincide may cost
        half of the digits.
    """

    about: str
    contestants: Sequence[Contestant]
    columns: dict[str, str]
    unit: str
    per_second: float
    targets: Sequence[Target] = ()
    rounds: int = 7
    tolerance: float = 1e-6


def absent(name: str, reason: str) -> Contestant:
    """A contestant that cannot be run here."""
    return Contestant(name, None, note=reason)


@dataclass(frozen=True)
class Timing:
    """Seconds for the whole work: in the median round, by which everything is judged, and in the best."""

    median: float
    best: float


def measure(contest: Contest, rounds: int) -> tuple[dict[str, Timing], float]:
    """The time of every contestant that is present, and the part of all cores that there was for threads meanwhile.

    Raises
    ------
    DisagreementError
        If they do not give the same numbers, before anything is timed.
    """
    present = [c for c in contest.contestants if c.call is not None]
    _agree(present, contest.tolerance)
    for contestant in present:
        _turn(contestant)
    turns, free = [], []
    for _ in range(rounds):
        turns.append([_turn(contestant) / contestant.share for contestant in present])
        free.append(_free_cores())
    columns = zip(*turns, strict=True)
    timings = {c.name: Timing(statistics.median(own), min(own)) for c, own in zip(present, columns, strict=True)}
    return timings, statistics.median(free)


def report(name: str, contest: Contest, rounds: int | None) -> bool:
    """Print the table of a contest; whether its targets are met."""
    print(f"\n{name}: {contest.about}", flush=True)
    try:
        timings, free = measure(contest, rounds or contest.rounds)
    except DisagreementError as error:
        print(f"  failed: {error}", flush=True)
        return False
    medians = {name: timing.median for name, timing in timings.items()}
    layout = "  {:<24}" + " {:>12}" * (2 + len(contest.columns)) + "  {}"
    print(layout.format("", contest.unit, "best", *(f"/ {heading}" for heading in contest.columns), "").rstrip())
    for contestant in contest.contestants:
        cells = ["-"] * (2 + len(contest.columns))
        if (own := timings.get(contestant.name)) is not None:
            ratios = [_digits(own.median / medians[c]) if c in medians else "-" for c in contest.columns.values()]
            cells = [_digits(own.median * contest.per_second), _digits(own.best * contest.per_second), *ratios]
        print(layout.format(contestant.name, *cells, contestant.note).rstrip(), flush=True)
    if free < QUIET:
        print(
            f"  not quiet: {CORES} threads did the work of {free * CORES:.1f} cores; with all, what uses threads is quicker"
        )
    verdicts = [target.verdict(medians) for target in contest.targets]
    for line, _ in verdicts:
        print(f"  {line}", flush=True)
    return all(met for _, met in verdicts)


def _agree(contestants: Sequence[Contestant], tolerance: float) -> None:
    checks = [(c.name, np.asarray(c.check())) for c in contestants if c.check is not None]
    if not checks:
        return
    first, expected = checks[0]
    scale = np.max(np.abs(expected))
    if not np.isfinite(scale):
        raise DisagreementError(f"{first} gives numbers that are not finite")
    for name, got in checks[1:]:
        if got.shape != expected.shape:
            raise DisagreementError(f"{first} gives the shape {expected.shape}, {name} {got.shape}")
        distance = np.max(np.abs(got - expected))
        if not distance <= tolerance * scale:
            raise DisagreementError(
                f"{first} and {name} differ by {distance:.2g}, where the largest number is {scale:.2g}"
            )


def _turn(contestant: Contestant) -> float:
    """Mean seconds of one call."""
    assert contestant.call is not None
    calls, start = 0, time.perf_counter()
    while True:
        contestant.call()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= TURN:
            return elapsed / calls


def _free_cores() -> float:
    """How much of one core each of as many threads as there are cores gets, where a single thread gets all of one."""

    def work(_: int = 0) -> None:
        x = np.full(2**15, 2.0)  # small enough for the cache: this is about cores, not about memory
        for _ in range(200):
            np.sqrt(x, out=x)

    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(work, range(CORES)))  # the threads exist
        start = time.perf_counter()
        work()
        middle = time.perf_counter()
        list(pool.map(work, range(CORES)))
        return (middle - start) / (time.perf_counter() - middle)


def _digits(value: float) -> str:
    """Three significant digits, and no exponents."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.3g}"
