"""The errors of every generated function at many points: the worst one of each, and where it is.

The points are those of ``tests.accuracy``, which the tests use too; here there are more of them, and the work is shared out to
processes.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from tests.accuracy import LIMIT, REFERENCES, measure, points
from tests.independent import CATALOG

WELL_CONDITIONED = 8
"""The forward error that is allowed where a value is well conditioned, in ulp."""
PIECE = 2000
"""Points per task."""


def _piece(name: str, quantity: str, dtype: str, count: int, seed: int) -> tuple[tuple[float, str], float]:
    case = next(c for c in CATALOG if c.name == name)
    kind = np.dtype(dtype).type
    arguments = points(case, quantity, count, kind, seed)
    found = getattr(importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}"), quantity)(*arguments)
    if isinstance(found, tuple):
        found = np.stack(found, -1)
    if found.dtype.kind == "c":
        found = np.stack([found.real, found.imag], -1)
    report = measure(case, quantity, found.reshape(count, -1), arguments)
    return (report.backward.error, str(report.backward)), report.forward.error


def report(count: int) -> Iterator[tuple[str, bool]]:
    """One line for each function and precision, and whether its errors are within the bounds.

    Parameters
    ----------
    count : int
        At least at how many points each function is compared, half of them in single precision.
    """
    yield f"{'':<44} {'points':>8} {'backward':>9} {'forward':>8}  (ulp; forward where well conditioned)", True
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for case in CATALOG:
            for quantity in REFERENCES:
                for dtype in ("float64", "float32"):
                    name = f"{case.name}: {quantity}, {dtype}"
                    pieces = max(1, -(-count // (2 * PIECE)))
                    tasks = [(case.name, quantity, dtype, PIECE, seed) for seed in range(pieces)]
                    results = list(pool.map(_piece, *zip(*tasks, strict=True)))
                    backward, where = max(r[0] for r in results)
                    forward = max(r[1] for r in results)
                    good = backward <= LIMIT and forward <= WELL_CONDITIONED
                    yield (
                        f"{name:<44} {pieces * PIECE:>8} {backward:>9.2f} {forward:>8.2f}  {'' if good else 'missed'}",
                        good,
                    )
                    yield f"    worst {where}", True
