"""A smooth strongly convex function on which heavy ball, tuned for quadratics, goes round for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.claims import Claim, Verdict, equal
from symmomentum.errors import ArgumentError
from symmomentum.proof import check

__all__ = ["Cycle", "heavy_ball_cycle"]


@dataclass(frozen=True)
class Cycle:
    """A smooth strongly convex function of one variable on which heavy ball, tuned for quadratics, goes round for ever.

    Attributes
    ----------
    alpha, beta : Rational
        The parameters: the best for quadratics with curvatures in [mu, L].
    mu, L : Rational
        The least and the largest slope of the gradient.
    points : tuple of Rational
        The iterates, in the order in which they follow each other.
    pieces : tuple of (slope, intercept)
        The gradient is slope*w + intercept below the first break, between the two, and from the second on.
    breaks : tuple of Rational
    claims : tuple of Claim
        That the function is smooth and strongly convex, that the points are a cycle, and that it attracts what starts nearby.

    Examples
    --------
    >>> cycle = heavy_ball_cycle()
    >>> cycle.points, cycle.gradient(cycle.points[0])
    ((792/1225, -2208/1225, 2592/1225), 792/49)
    """

    alpha: Any
    beta: Any
    mu: Any
    L: Any
    points: tuple[Any, ...]
    pieces: tuple[tuple[Any, Any], ...]
    breaks: tuple[Any, ...]
    claims: tuple[Claim, ...]

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims."""
        return tuple(check(c) for c in self.claims)

    def gradient(self, w: Any) -> Any:
        """The gradient of the function.

        Parameters
        ----------
        w : number or array
            Exact numbers give exact numbers, arrays give arrays of the same shape.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``w`` is neither.

        Examples
        --------
        >>> heavy_ball_cycle().gradient([0.5, 1.5, 3.0])
        array([12.5, 25.5, 51. ])
        """
        if isinstance(w, (list, tuple)) or np.ndim(w):
            try:
                array = np.asarray(w, dtype=float)
            except (TypeError, ValueError):
                raise ArgumentError(f"w must be a real number or an array of them; given {w!r}") from None
            branches = [float(slope) * array + float(intercept) for slope, intercept in self.pieces]
            return np.where(
                array < float(self.breaks[0]), branches[0], np.where(array < float(self.breaks[1]), *branches[1:])
            )
        if isinstance(w, (str, bytes, complex)) or (isinstance(w, sympy.Basic) and not w.is_real):
            raise ArgumentError(f"w must be a real number or an array of them; given {w!r}")
        try:
            slope, intercept = self.pieces[sum(bool(w >= _like(b, w)) for b in self.breaks)]
        except TypeError:
            raise ArgumentError(f"w must be a real number or an array of them; given {w!r}") from None
        return _like(slope, w) * w + _like(intercept, w)


def _like(number: Any, w: Any) -> Any:
    """A whole number as SymPy's beside a SymPy number, else as Python's, which goes with fractions and floats."""
    return number if isinstance(w, sympy.Basic) else int(number)


def heavy_ball_cycle() -> Cycle:
    """The function on which heavy ball with the best parameters for quadratics of condition number 25 does not converge.

    Lessard, Recht and Packard (2016), section 4.6: alpha = 1/9 and beta = 4/9, the best for mu = 1 and L = 25, and a gradient of
    slope 25, then 1, then 25. The points solve the linear equations of a cycle of three through the outer pieces.

    Returns
    -------
    Cycle

    Examples
    --------
    >>> cycle = heavy_ball_cycle()
    >>> [v.status for v in cycle.verdicts]
    ['proved', 'proved', 'proved', 'proved', 'proved', 'proved']
    """
    alpha, beta = sympy.Rational(1, 9), sympy.Rational(4, 9)
    low, high = sympy.Integer(1), sympy.Integer(25)
    breaks = (sympy.Integer(1), sympy.Integer(2))
    pieces = ((high, sympy.Integer(0)), (low, high - low), (high, low - high))
    visited = (0, 0, 2)
    matrix, constant = sympy.zeros(3, 3), sympy.zeros(3, 1)
    for i, piece in enumerate(visited):
        slope, intercept = pieces[piece]
        matrix[i, (i + 1) % 3] += 1
        matrix[i, i] -= 1 + beta - alpha * slope
        matrix[i, i - 1] += beta
        constant[i] = -alpha * intercept
    points = tuple(matrix.LUsolve(constant))
    claims = _cycle_claims(alpha, beta, low, high, points, pieces, breaks, visited)
    return Cycle(alpha, beta, low, high, points, pieces, breaks, claims)


def _cycle_claims(
    alpha: Any,
    beta: Any,
    low: Any,
    high: Any,
    points: Sequence[Any],
    pieces: Sequence[tuple[Any, Any]],
    breaks: Sequence[Any],
    visited: Sequence[int],
) -> tuple[Claim, ...]:
    a, b = sympy.symbols("a b", real=True)

    def piece(i: int, w: Any) -> Any:
        return pieces[i][0] * w + pieces[i][1]

    def gradient(w: Any) -> Any:
        return sympy.Piecewise((piece(0, w), w < breaks[0]), (piece(1, w), w < breaks[1]), (piece(2, w), True))

    def claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
        return Claim(
            id=f"bounds/heavy-ball-cycle/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source="lessard2016, section 4.6",
        )

    # The numbers are assumed of symbols, so that nothing is decided before the checker looks at it.
    w = sympy.symbols("w_0:3", real=True)
    a0, b0, low0, high0 = sympy.symbols("alpha beta mu L", positive=True)
    numbers = (equal(a0, alpha), equal(b0, beta), equal(low0, low), equal(high0, high))
    here = tuple(equal(x, value) for x, value in zip(w, points, strict=True))
    inside = {
        0: lambda x: x < breaks[0],
        1: lambda x: sympy.And(x >= breaks[0], x < breaks[1]),
        2: lambda x: x > breaks[1],
    }
    # The perturbation of (w^{k-1}, w^k) after one turn; its characteristic polynomial is x^2 - trace x + determinant.
    turn = sympy.eye(2)
    for i in visited:
        turn = sympy.Matrix([[0, 1], [-b0, 1 + b0 - a0 * (low0 if pieces[i][0] == low else high0)]]) * turn
    trace, determinant = sympy.expand(turn.trace()), sympy.expand(turn.det())
    edges = sympy.symbols("e_0:2", real=True)
    return (
        claim(
            "continuous",
            "The gradient has no jump",
            sympy.And(*(equal(piece(i, z), piece(i + 1, z)) for i, z in enumerate(edges))),
            tuple(equal(z, value) for z, value in zip(edges, breaks, strict=True)),
        ),
        claim(
            "convex",
            "The slope of the gradient lies between mu and L, so that the function is smooth and strongly convex",
            sympy.And(low * (b - a) <= gradient(b) - gradient(a), gradient(b) - gradient(a) <= high * (b - a)),
            (a <= b,),
        ),
        claim(
            "tuned",
            "The parameters are the best for quadratics with these curvatures",
            sympy.And(
                equal(sympy.sqrt(b0), (sympy.sqrt(high0) - sympy.sqrt(low0)) / (sympy.sqrt(high0) + sympy.sqrt(low0))),
                equal(sympy.sqrt(a0), 2 / (sympy.sqrt(high0) + sympy.sqrt(low0))),
            ),
            numbers,
        ),
        claim(
            "pieces",
            "Each point lies inside the piece that its step uses",
            sympy.And(*(inside[i](x) for i, x in zip(visited, w, strict=True))),
            here,
        ),
        claim(
            "cycle",
            "Each point leads to the next, and the last to the first",
            sympy.And(
                *(
                    equal(w[(i + 1) % 3], (1 + b0) * w[i] - b0 * w[i - 1] - a0 * piece(visited[i], w[i]))
                    for i in range(3)
                )
            ),
            (*numbers[:2], *here),
        ),
        claim(
            "attracting",
            "What is near is drawn nearer: the eigenvalues of one turn lie inside the unit circle",
            sympy.And(determinant < 1, 1 + trace + determinant > 0, 1 - trace + determinant > 0),
            numbers,
        ),
    )
