r"""What no first-order method can beat on quadratics: Chebyshev's bound, and its proof for every number of steps.

After k steps, each from the gradients so far, the error on a quadratic is :math:`P(A)` times that at the start, with a polynomial
P of degree at most k and :math:`P(0) = 1`. Over curvatures in [mu, L] its supremum is at least :math:`1/T_k(y)`, with
:math:`y = (\kappa + 1)/(\kappa - 1)` and Chebyshev's polynomial :math:`T_k`, and Chebyshev's method attains that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from symmomentum.certificates import rational
from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, NotDerivedError

__all__ = ["chebyshev", "chebyshev_claims"]

_CHEBYSHEV = "flanders1950; golub1961"
_MOST_POINTS = 6
"""The largest k whose extremal points are square roots of few numbers."""


def chebyshev(k: Any, kappa: Any) -> Any:
    r"""The least worst case of any k-step first-order method over [mu, L]: :math:`1/T_k((\kappa+1)/(\kappa-1))`.

    With :math:`\rho = (\sqrt\kappa-1)/(\sqrt\kappa+1)` it is :math:`2\rho^k/(1+\rho^{2k})`. No polynomial P of degree k with
    P(0) = 1 does better. In the variable x that runs from 1 at mu to -1 at L, 0 is at y; at the points
    :math:`x_j = \cos(j\pi/k)`, j = 0 ... k, Chebyshev's polynomial is :math:`(-1)^j`. With certain weights :math:`w_j` of sign
    :math:`(-1)^j`, every P satisfies :math:`P(y) = \sum_j w_j P(x_j)`. Hence
    :math:`\sum_j |w_j| = \sum_j w_j T_k(x_j) = T_k(y)`, and since :math:`1 = \sum_j w_j P(x_j)`, the largest of the
    :math:`|P(x_j)|` is at least :math:`1/T_k(y)`. :func:`chebyshev_claims` proves this, for every k.

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
    r"""What the bound rests on.

    For every k, by induction: the closed form, and that no polynomial does better. The weights of :func:`chebyshev` are, with
    :math:`h_j` equal to 1/2 at both ends and 1 between them, and Chebyshev's polynomial of the second kind U,

    .. math:: w_j = (-1)^j h_j W/(y - x_j), \qquad W = (y^2 - 1) U_{k-1}(y)/k .

    Their signs are seen at once. Write :math:`F_m = \sum_j w_j T_m(x_j)` and :math:`O_m = \sum_j (-1)^j h_j T_m(x_j)`. The
    recurrence of Chebyshev's polynomials at each point gives :math:`F_1 = y F_0 - W O_0` and
    :math:`F_{m+1} = 2 y F_m - F_{m-1} - 2 W O_m`. For m < k, :math:`O_m` is the sum of the cosines of multiples of
    :math:`\pi + m\pi/k`, which is 0, so that :math:`F_m = T_m(y) F_0` up to m = k. Now :math:`O_k = \sum_j h_j = k`, and
    :math:`T_{k+1}(x_j) = T_{k-1}(x_j)`; put into the recurrence at m = k, this leaves :math:`F_0 = 1`. So
    :math:`F_m = T_m(y)` for m = 0 ... k, and every polynomial of degree k is a combination of these :math:`T_m`: x times
    :math:`T_m` is one of its neighbors. What the claims leave to words is that a sum of equations is an equation, and that
    equations linear in P hold for combinations; no other theorem is used.

    Parameters
    ----------
    k : int, optional
        For a k from 1 to 6, also the whole of the proof with the points written out and Lagrange's formula, for all condition
        numbers: a second way.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If ``k`` is no positive integer.
    NotDerivedError
        If it is larger than 6: then the points are no square roots of few numbers.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in chebyshev_claims()}
    {'proved'}
    """
    general = (*_general(), *_every_degree())
    return general if k is None else (*general, *_optimal(k))


def _claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
    return Claim(
        id=f"bounds/chebyshev/{name}", title=title, statement=statement, assumptions=assumptions, source=_CHEBYSHEV
    )


def _general() -> tuple[Claim, ...]:
    s, q = sympy.symbols("s q", real=True)  # sqrt(kappa), and rho^k
    c, d, C, S = sympy.symbols("c d C S", real=True)  # cosines and sines of an angle, and of k times the angle
    rho, y = (s - 1) / (s + 1), (s**2 + 1) / (s**2 - 1)

    def value(power: Any) -> Any:
        return (power + 1 / power) / 2

    return (
        _claim("start", "The closed form holds after one step", equal(value(rho), y), (s > 1,)),
        _claim(
            "step",
            "The closed form satisfies Chebyshev's recurrence",
            equal(value(rho * q), 2 * y * value(q) - value(q / rho)),
            (s > 1, q > 0),
        ),
        _claim("closed-form", "One over it", equal(1 / value(q), 2 * q / (1 + q**2)), (q > 0,)),
        _claim(
            "cosines",
            "The cosines of the multiples of an angle satisfy Chebyshev's recurrence, and stay cosines",
            sympy.And(
                equal(c * C - d * S, 2 * c * C - (c * C + d * S)),
                equal((c * C - d * S) ** 2 + (c * S + d * C) ** 2, 1),
            ),
            (equal(c**2 + d**2, 1), equal(C**2 + S**2, 1)),
        ),
    )


def _weight(sign: Any, half: Any, x: Any, y: Any, second: Any, k: Any) -> Any:
    """The weight of the point x: its sign, 1/2 at the ends and 1 between them, and the value of U_{k-1} at y."""
    return sign * half * (y**2 - 1) * second / (k * (y - x))


def _every_degree() -> tuple[Claim, ...]:
    y, x, k, t, u = sympy.symbols("y x k t u", real=True)  # t, u: T_{k-1} and U_{k-2} at y
    e, half, p, before = sympy.symbols("e h p p_0", real=True)  # a sign; at a point or at y: T_m and T_{m-1}
    t1, u1 = y * t + (y**2 - 1) * u, t + y * u  # T_k and U_{k-1}
    second = sympy.Symbol("U", real=True)  # U_{k-1} at y
    F, start, following, O = sympy.symbols("F_k F_0 F_next O", real=True)
    W = (y**2 - 1) * second / k
    weight = _weight(e, half, x, y, second, k)
    outside = (y > 1, second >= 1, k >= 1)
    point = (x >= -1, x <= 1, equal(e**2, 1), half > 0)
    C, S, c, s, h, H, partial = sympy.symbols("C S c s c_h s_h P", real=True)
    turn_c, turn_s = h**2 - H**2, 2 * h * H  # of the whole angle, from its half
    half_circle = equal(h**2 + H**2, 1)
    w, most, total, known = sympy.symbols("w m t_w s_w", real=True)  # a weight, the bound, sums of moduli and of terms
    return (
        _claim(
            "values",
            "T_k and U_{k-1} at y in pairs: their step is the recurrence of the first, and T_{k+1} - T_{k-1} is "
            "2 (y^2 - 1) U_{k-1}",
            sympy.And(
                equal(y * t1 + (y**2 - 1) * u1, 2 * y * t1 - t),
                equal((2 * y * t1 - t) - t, 2 * (y**2 - 1) * u1),
                evaluate=False,
            ),
        ),
        _claim(
            "growth",
            "At y > 1 both are at least 1 for every k",
            sympy.And(t1 >= 1, u1 >= 1),
            (y > 1, t >= 1, u >= 0),
        ),
        _claim("weights/sign", "The weights alternate in sign", e * weight > 0, (*outside, *point)),
        _claim(
            "weights/modulus",
            "So each modulus is the weight times that sign",
            equal(abs(w), e * w),
            (
                equal(e**2, 1),
                e * w > 0,
            ),
        ),
        _claim(
            "weights/term",
            "The recurrence at a point, weighted: a term of F_{m+1} is that of 2 y F_m - F_{m-1} - 2 W O_m",
            equal(weight * (2 * x * p - before), 2 * y * weight * p - weight * before - 2 * W * e * half * p),
            (*outside, *point, x < y),
        ),
        _claim(
            "weights/first",
            "The same for the first step: a term of F_1 is that of y F_0 - W O_0",
            equal(weight * x, y * weight - W * e * half),
            (*outside, *point, x < y),
        ),
        _claim(
            "cosine-sums/step",
            "Half the sum of neighboring cosines, up to j: one term more",
            equal(2 * H * (partial + (C + (C * turn_c - S * turn_s)) / 2), h * (S * turn_c + C * turn_s)),
            (half_circle, equal(2 * H * partial, h * S)),
        ),
        _claim(
            "cosine-sums/end",
            "It vanishes where the sine of the last angle does and the angle is no multiple of 2 pi: O_m = 0 for m < k",
            equal(partial, 0),
            (half_circle, sympy.Ne(H, 0), equal(S, 0), equal(2 * H * partial, h * S)),
        ),
        _claim(
            "weights/recurrence",
            "F_m = T_m(y) F_0 from one m below k to the next",
            equal(following, (2 * y * p - before) * start),
            (equal(following, 2 * y * (p * start) - before * start - 2 * W * O), equal(O, 0), *outside),
        ),
        _claim(
            "weights/reflection",
            "Where sin(k t) = 0, the cosines of (k + 1) t and (k - 1) t are the same",
            equal(C * c - S * s, C * c + S * s),
            (equal(S, 0),),
        ),
        _claim(
            "weights/total",
            "At m = k the recurrence, in which O_k = k, leaves F_0 = 1",
            equal(start, 1),
            (
                y > 1,
                k >= 1,
                u1 >= 1,
                equal(F, t1 * start),
                equal(following, 2 * y * F - t * start - 2 * ((y**2 - 1) * u1 / k) * k),
                equal(following, t * start),
            ),
        ),
        _claim(
            "basis",
            "x times T_m is half the sum of its neighbors, so that powers of x are combinations of Chebyshev's polynomials",
            equal(x * p, ((2 * x * p - before) + before) / 2),
        ),
        _claim(
            "bound/step",
            "A weighted sum of values is at most the largest modulus times the sum of the weights' moduli: one term more",
            abs(known + w * p) <= most * (total + abs(w)),
            (abs(known) <= most * total, abs(p) <= most, most >= 0),
        ),
        _claim(
            "bound",
            "A polynomial that is 1 at curvature 0 has a value of modulus 1/T_k(y) or more at one of the points",
            most * t1 >= 1,
            (equal(known, 1), abs(known) <= most * total, equal(total, t1)),
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
            sympy.And(*(equal(_at(chebyshev_at, y, x), (-1) ** j) for j, x in enumerate(points))),
        ),
        _claim(
            f"{k}/interpolation",
            "A polynomial beyond the interval is a sum of its values at the extremal points",
            equal(polynomial(y), sympy.Add(*(w * polynomial(x) for w, x in zip(weights, points, strict=True)))),
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
            equal(sympy.Add(*((-1) ** j * w for j, w in enumerate(weights))), chebyshev_at),
            (y > 1,),
        ),
        _claim(
            f"{k}/optimal",
            "A polynomial that is 1 at curvature 0 is somewhere at least the bound",
            top * most >= 1,
            (
                *((-1) ** j * w > 0 for j, w in enumerate(names)),
                equal(sympy.Add(*((-1) ** j * w for j, w in enumerate(names))), top),
                equal(sympy.Add(*(w * p for w, p in zip(names, values, strict=True))), 1),
                *(b for p in values for b in (p <= most, p >= -most)),
            ),
        ),
    )


def _at(expression: Any, symbol: Any, value: Any) -> Any:
    return expression.subs(symbol, value)
