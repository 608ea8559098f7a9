"""Whether a floating-point result can be shown for arguments that were rounded on their way in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["settled"]

_AROUND = (-1, 0, 1)
"""How many units in the last place the arguments are changed by."""


def settled(function: Callable[..., Any], *arguments: float, digits: int = 15) -> Any:
    """The value of an evaluator at numbers, or None if the rounding of the arguments shows in it.

    It does if a change of the arguments by one unit in the last place changes a whole number or a truth value, or one
    of so many significant digits of another number; then only exact arithmetic knows.

    Parameters
    ----------
    function : callable
        An evaluator with one result.
    *arguments : float
    digits : int

    Returns
    -------
    scalar or None

    Examples
    --------
    >>> from symmomentum.evaluators import heavy_ball
    >>> settled(heavy_ball.rate, 0.5, 0.25, 1.0)
    0.5
    >>> settled(heavy_ball.rate, 0.25, 0.25, 1.0) is None  # the repeated eigenvalue: half of the digits are gone
    True
    """
    if not np.all(np.isfinite(arguments)):
        return None
    shifts = [[x + n * np.spacing(abs(x)) if x else 0.0 for n in _AROUND] for x in map(float, arguments)]
    with np.errstate(over="ignore"):
        points = np.array(list(itertools.product(*shifts))).T
    around = function(*points)
    value = function(*map(float, arguments))
    if around.dtype.kind == "f":
        if not np.all(np.isfinite(around)) or np.ptp(around) > abs(value) * 10.0**-digits:
            return None
        return float(value)
    return value.item() if np.all(around == value) else None
