r"""What no first-order method can beat, and a function on which the best one for quadratics fails.

After k steps, each from the gradients so far, the error on a quadratic is :math:`P(A)` times that at the start, with a polynomial
P of degree at most k and :math:`P(0) = 1`. Over curvatures in [mu, L] its supremum is at least :math:`1/T_k(y)`, with
:math:`y = (\kappa + 1)/(\kappa - 1)` and Chebyshev's polynomial :math:`T_k`, and Chebyshev's method attains that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.certificates import rational
from symmomentum.claims import Claim, Verdict
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.proof import check

__all__ = ["Cycle", "chebyshev", "chebyshev_claims", "heavy_ball_cycle"]

_CHEBYSHEV = "flanders1950; golub1961"
_MOST_POINTS = 6
"""The largest k whose extremal points are square roots of few numbers."""


# Chebyshev ------------------------------------------------------------------------------------------------------------


def chebyshev(k: Any, kappa: Any) -> Any:
    r"""The least worst case of any k-step first-order method over [mu, L]: :math:`1/T_k((\kappa+1)/(\kappa-1))`.

    With :math:`\rho = (\sqrt\kappa-1)/(\sqrt\kappa+1)` it is :math:`2\rho^k/(1+\rho^{2k})`. No polynomial P of degree k with
    P(0) = 1 does better. In the variable x that runs from 1 at mu to -1 at L, 0 is at y; at the points
    :math:`x_j = \cos(j\pi/k)`, j = 0 ... k, Chebyshev's polynomial is :math:`(-1)^j`. Lagrange's formula for those points reads
    :math:`1 = P(y) = \sum_j \ell_j(y) P(x_j)`, and :math:`\ell_j(y)` has the sign :math:`(-1)^j`, as y is above all of them and
    j of the others lie above :math:`x_j`. Hence :math:`\sum_j |\ell_j(y)| = \sum_j \ell_j(y) T_k(x_j) = T_k(y)`, and the largest
    of the :math:`|P(x_j)|` is at least :math:`1/T_k(y)`. (Equivalently: were P smaller, its difference from the best polynomial
    would alternate in sign at the k + 1 points and vanish at 0, k + 1 zeros in all.) :func:`chebyshev_claims` has the parts of
    this as claims.

    Parameters
    ----------
    k : int, integer symbol or array of integers
        How many steps, each with one gradient.
    kappa : number, expression or array
        The condition number L/mu, at least 1.

    Returns
    -------
    SymPy expression, float or array of float
        Without a unit: a ratio of errors. Exact, and rational for a rational ``kappa``, if both are exact; a float or an array of
        the broadcast shape if one of them is a float or an array.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If k is no non-negative integer or kappa is below 1.

    Examples
    --------
    >>> chebyshev(2, 9), chebyshev(0, 9), chebyshev(3, 1)
    (8/17, 1, 0)
    >>> from symmomentum import symbols
    >>> chebyshev(symbols.k, 9)
    2/(2**k*(1 + (1/2)**(2*k)))
    >>> chebyshev([10, 1000], 100.0).round(8)
    array([0.26408876, 0.        ])
    """
    if _symbolic(k) or _symbolic(kappa):
        return _symbolic_chebyshev(_exact_steps(k), _exact_kappa(kappa))
    if _is_exact(k) and _is_exact(kappa):
        return _exact_chebyshev(int(_exact_steps(k)), _exact_kappa(kappa))
    return _numeric_chebyshev(k, kappa)


def _symbolic(value: Any) -> bool:
    return isinstance(value, sympy.Basic) and bool(value.free_symbols)


def _is_exact(value: Any) -> bool:
    if isinstance(value, sympy.Basic):
        return not value.has(sympy.Float)
    return hasattr(value, "denominator") and np.ndim(value) == 0


def _exact_steps(k: Any) -> Any:
    if isinstance(k, sympy.Expr) and k.is_integer and k.is_nonnegative is not False:
        return k
    if not isinstance(k, (bool, np.bool_)) and hasattr(k, "__index__") and np.ndim(k) == 0 and k.__index__() >= 0:
        return sympy.Integer(k.__index__())
    raise ArgumentError(f"k must be a non-negative integer, an integer symbol or an array of integers; given {k!r}")


def _exact_kappa(kappa: Any) -> Any:
    value = kappa if isinstance(kappa, sympy.Basic) else _rational(kappa)
    if not isinstance(value, sympy.Expr) or (value - 1).is_negative or value.is_real is False:
        raise ArgumentError(f"kappa must be at least 1; given {kappa}")
    return value


def _rational(value: Any) -> Any:
    try:
        return rational(value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"kappa must be a number, an expression or an array of numbers; given {value!r}") from None


def _symbolic_chebyshev(k: Any, kappa: Any) -> Any:
    rho = sympy.Integer(0) if kappa == 1 else (sympy.sqrt(kappa) - 1) / (sympy.sqrt(kappa) + 1)
    return 2 * rho**k / (1 + rho ** (2 * k)) if k != 0 else sympy.Integer(1)


def _exact_chebyshev(k: int, kappa: Any) -> Any:
    if kappa == 1:
        return sympy.Integer(int(k == 0))
    if not kappa.is_Rational:
        return _symbolic_chebyshev(sympy.Integer(k), kappa)
    # y = a/b; the integers b^j T_j(y) for j = n, n + 1 are doubled along the binary digits of k.
    a, b = int(kappa.p) + int(kappa.q), int(kappa.p) - int(kappa.q)
    low, high, power = 1, a, 1
    for digit in f"{k:b}":
        cross, square = 2 * low * high - a * power * power, power * power
        if digit == "0":
            low, high, power = 2 * low * low - square, cross, square
        else:
            low, high, power = cross, 2 * high * high - square * b * b, square * b
    return sympy.Rational(power, low)


def _numeric_chebyshev(k: Any, kappa: Any) -> Any:
    """1/cosh(k theta) with theta = -log(rho) = 2 atanh(1/sqrt(kappa)), which neither cancels nor overflows."""
    try:
        steps, condition = np.asarray(k), np.asarray(kappa)
        if condition.dtype == object:
            condition = np.frompyfunc(float, 1, 1)(condition)  # refuses what is no number, such as None
        condition = np.asarray(condition, dtype=float)
        whole = np.issubdtype(steps.dtype, np.integer) or bool((steps == np.floor(steps)).all())
        if not whole or steps.dtype == bool or (steps < 0).any():
            raise ArgumentError(f"k must be non-negative integers; given {k!r}")
    except (TypeError, ValueError) as reason:
        if isinstance(reason, ArgumentError):
            raise
        raise ArgumentError(f"k and kappa must be numbers or arrays of numbers; given {k!r}, {kappa!r}") from None
    if (condition < 1).any():
        raise ArgumentError(f"kappa must be at least 1; given {kappa!r}")
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        root = np.sqrt(condition)
        near = np.log(condition - 1) - 2 * np.log1p(root)  # where 1/sqrt(kappa) is too near to 1
        exponent = steps * np.where(condition < 2, near, -2 * np.arctanh(1 / root))
        found = np.where(steps == 0, 1.0, 2 * np.exp(exponent) / (1 + np.exp(2 * exponent)))
    return found if found.ndim else float(found)


def chebyshev_claims(k: int | None = None) -> tuple[Claim, ...]:
    """What the bound rests on.

    Parameters
    ----------
    k : int, optional
        Without it: the closed form and the values at the extremal points, for every k, by induction. For a k from 1 to 6 also
        the whole of the proof that no polynomial of that degree does better, for all condition numbers.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If ``k`` is no positive integer.
    NotDerivedError
        If it is larger than 6: then the points are no square roots of few numbers. The argument is that of :func:`chebyshev`.

    Examples
    --------
    >>> [check(c).status for c in chebyshev_claims()]
    ['proved', 'proved', 'proved', 'proved']
    """
    return _general() if k is None else (*_general(), *_optimal(k))


def _claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
    return Claim(
        id=f"bounds/chebyshev/{name}", title=title, statement=statement, assumptions=assumptions, source=_CHEBYSHEV
    )


def _equal(left: Any, right: Any) -> Any:
    return sympy.Eq(left, right, evaluate=False)


def _general() -> tuple[Claim, ...]:
    s, q = sympy.symbols("s q", real=True)  # sqrt(kappa), and rho^k
    c, d, C, S = sympy.symbols("c d C S", real=True)  # cosines and sines of an angle, and of k times the angle
    rho, y = (s - 1) / (s + 1), (s**2 + 1) / (s**2 - 1)

    def value(power: Any) -> Any:
        return (power + 1 / power) / 2

    return (
        _claim("start", "The closed form holds after one step", _equal(value(rho), y), (s > 1,)),
        _claim(
            "step",
            "The closed form satisfies Chebyshev's recurrence",
            _equal(value(rho * q), 2 * y * value(q) - value(q / rho)),
            (s > 1, q > 0),
        ),
        _claim("closed-form", "One over it", _equal(1 / value(q), 2 * q / (1 + q**2)), (q > 0,)),
        _claim(
            "cosines",
            "The cosines of the multiples of an angle satisfy Chebyshev's recurrence, and stay cosines",
            sympy.And(
                _equal(c * C - d * S, 2 * c * C - (c * C + d * S)),
                _equal((c * C - d * S) ** 2 + (c * S + d * C) ** 2, 1),
            ),
            (_equal(c**2 + d**2, 1), _equal(C**2 + S**2, 1)),
        ),
    )


def _optimal(k: Any) -> tuple[Claim, ...]:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ArgumentError(f"k must be a positive integer; given {k!r}")
    if k > _MOST_POINTS:
        raise NotDerivedError(f"claims of optimality for one k are written up to k = {_MOST_POINTS}; given {k}")
    y, most = sympy.symbols("y m", real=True)
    points = [sympy.cos(sympy.pi * j / k) for j in range(k + 1)]
    values = sympy.symbols(f"p_0:{k + 1}", real=True)
    coefficients = sympy.symbols(f"a_0:{k + 1}", real=True)
    weights = [sympy.Mul(*((y - x) / (z - x) for i, x in enumerate(points) if i != j)) for j, z in enumerate(points)]
    # The weights by their names, once their signs and their sum are known: then what is left is linear.
    names = sympy.symbols(f"l_0:{k + 1}", real=True)
    top = sympy.symbols("t", real=True)
    chebyshev_at = sympy.chebyshevt(k, y)

    def polynomial(x: Any) -> Any:
        return sympy.Add(*(a * x**i for i, a in enumerate(coefficients)))

    return (
        _claim(
            f"{k}/alternation",
            "Chebyshev's polynomial takes its extremal values with alternating signs",
            sympy.And(*(_equal(_at(chebyshev_at, y, x), (-1) ** j) for j, x in enumerate(points))),
        ),
        _claim(
            f"{k}/interpolation",
            "A polynomial beyond the interval is a sum of its values at the extremal points",
            _equal(polynomial(y), sympy.Add(*(w * polynomial(x) for w, x in zip(weights, points, strict=True)))),
        ),
        _claim(
            f"{k}/signs",
            "The weights of that sum alternate in sign",
            sympy.And(*((-1) ** j * w > 0 for j, w in enumerate(weights))),
            (y > 1,),
        ),
        _claim(
            f"{k}/sum",
            "Their moduli sum to the value of Chebyshev's polynomial",
            _equal(sympy.Add(*((-1) ** j * w for j, w in enumerate(weights))), chebyshev_at),
            (y > 1,),
        ),
        _claim(
            f"{k}/optimal",
            "A polynomial that is 1 at curvature 0 is somewhere at least the bound",
            top * most >= 1,
            (
                *((-1) ** j * w > 0 for j, w in enumerate(names)),
                _equal(sympy.Add(*((-1) ** j * w for j, w in enumerate(names))), top),
                _equal(sympy.Add(*(w * p for w, p in zip(names, values, strict=True))), 1),
                *(b for p in values for b in (p <= most, p >= -most)),
            ),
        ),
    )


def _at(expression: Any, symbol: Any, value: Any) -> Any:
    return expression.subs(symbol, value)


# Where the theory of quadratics stops ---------------------------------------------------------------------------------


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

    inside = {
        0: lambda w: w < breaks[0],
        1: lambda w: sympy.And(w >= breaks[0], w < breaks[1]),
        2: lambda w: w > breaks[1],
    }
    # The perturbation of (w^{k-1}, w^k) after one turn; its characteristic polynomial is x^2 - trace x + determinant.
    turn = sympy.eye(2)
    for i in visited:
        turn = sympy.Matrix([[0, 1], [-beta, 1 + beta - alpha * pieces[i][0]]]) * turn
    trace, determinant = turn.trace(), turn.det()
    return (
        claim(
            "continuous",
            "The gradient has no jump",
            sympy.And(*(_equal(piece(i, z), piece(i + 1, z)) for i, z in enumerate(breaks))),
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
                _equal(sympy.sqrt(beta), (sympy.sqrt(high) - sympy.sqrt(low)) / (sympy.sqrt(high) + sympy.sqrt(low))),
                _equal(sympy.sqrt(alpha), 2 / (sympy.sqrt(high) + sympy.sqrt(low))),
            ),
        ),
        claim(
            "pieces",
            "Each point lies inside the piece that its step uses",
            sympy.And(*(inside[i](w) for i, w in zip(visited, points, strict=True))),
        ),
        claim(
            "cycle",
            "Each point leads to the next, and the last to the first",
            sympy.And(
                *(
                    _equal(
                        points[(i + 1) % 3],
                        (1 + beta) * points[i] - beta * points[i - 1] - alpha * piece(visited[i], points[i]),
                    )
                    for i in range(3)
                )
            ),
        ),
        claim(
            "attracting",
            "What is near is drawn nearer: the eigenvalues of one turn lie inside the unit circle",
            sympy.And(determinant < 1, 1 + trace + determinant > 0, 1 - trace + determinant > 0),
        ),
    )
