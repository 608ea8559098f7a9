r"""The equations of the covariances, solved in the coefficients: once for every method of one or two states.

With :math:`p` the trace and :math:`q` the determinant of :math:`R`, :math:`A = p I - R` its adjugate and :math:`N = B B^T`, the
solution of :math:`V = R V R^T + N` is, for two states,

.. math:: V = \frac{(1 + q) (N + A N A^T) - p (A N + N A^T)}{(1 - q)(1 - p + q)(1 + p + q)}.

The denominator is the determinant of the equation: it vanishes just where a product of two eigenvalues is 1, and is positive
where the method is stable. A quantity :math:`c^T s` of a method with one gradient call a step, whose response to one error
begins with :math:`g = c^T B` and :math:`h + p g` with :math:`h = c^T (R - p I) B`, has the variance

.. math:: \frac{(1 + q)(g^2 + h^2) + 2 p g h}{(1 - q)(1 - p + q)(1 + p + q)}.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.claims import Claim, equal
from symmomentum.stability import schur_cohn
from symmomentum.symbols import k as step_symbol

__all__ = [
    "SIZES",
    "general",
    "lyapunov",
    "lyapunov_denominator",
    "moment_operator",
    "noise_lemmas",
    "pairs",
    "response",
    "stein",
    "variance_numerator",
]

SIZES = {1: "one-state", 2: "two-states", 3: "three-states", 4: "four-states"}
"""The first part of the names of what is said of every method of so many states."""


def pairs(size: int) -> list[tuple[int, int]]:
    """The entries that determine a symmetric matrix, in the order in which they make a vector here.

    >>> pairs(2)
    [(0, 0), (0, 1), (1, 1)]
    """
    return list(itertools.combinations_with_replacement(range(size), 2))


def lyapunov(R: Any, N: Any) -> tuple[Any, Any]:
    """The solution V of V = R V R^T + N for up to two states, as a numerator and a denominator.

    Parameters
    ----------
    R : matrix, shape (s, s)
        With s = 1 or 2.
    N : matrix, shape (s, s)
        Symmetric.

    Returns
    -------
    (matrix of shape (s, s), expression)
        The numerators and their denominator, which is zero where the equation has no unique solution.

    Examples
    --------
    >>> a, n = sympy.symbols("a n", real=True)
    >>> lyapunov(sympy.Matrix([[a]]), sympy.Matrix([[n]]))
    (Matrix([[n]]), 1 - a**2)
    """
    if R.shape[0] == 1:
        return N, 1 - R[0, 0] ** 2
    p, q = R.trace(), _determinant(R)
    A = p * sympy.eye(2) - R
    return (1 + q) * (N + A * N * A.T) - p * (A * N + N * A.T), lyapunov_denominator(p, q)


def lyapunov_denominator(p: Any, q: Any) -> Any:
    """The product of 1 - x y over all pairs of eigenvalues, each pair once, in their sum p and product q.

    >>> p, q = sympy.symbols("p q", real=True)
    >>> lyapunov_denominator(p, q)
    (1 - q)*(-p + q + 1)*(p + q + 1)
    """
    return (1 - q) * (1 - p + q) * (1 + p + q)


def variance_numerator(p: Any, q: Any, g: Any, h: Any) -> Any:
    """Of the stationary variance of a quantity with the response g, h (see :func:`response`), over
    :func:`lyapunov_denominator`.

    >>> p, q, g, h = sympy.symbols("p q g h", real=True)
    >>> variance_numerator(p, q, g, h)
    2*g*h*p + (g**2 + h**2)*(q + 1)
    """
    return (g**2 + h**2) * (1 + q) + 2 * p * g * h


def response(R: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """(g, h) such that c (z I - R)^-1 b = (g z + h)/(z^2 - p z + q), for two states: how a column b reaches a row c."""
    return (c * b)[0], (c * (R - R.trace() * sympy.eye(2)) * b)[0]


def stein(R: Any, S: Any, N: Any) -> tuple[Any, Any]:
    """The solution V of V = R V S^T + N for up to two states, as a numerator and a denominator.

    It is the covariance between two modes, with R and S the iteration matrices at their curvatures and N what their errors
    have in common.

    Parameters
    ----------
    R, S, N : matrix, shape (s, s)
        With s = 1 or 2; N need not be symmetric.

    Returns
    -------
    (matrix of shape (s, s), expression)
        The numerators and their denominator, the product of 1 - x y over the eigenvalues x of R and y of S.

    Examples
    --------
    >>> a, b, n = sympy.symbols("a b n", real=True)
    >>> stein(sympy.Matrix([[a]]), sympy.Matrix([[b]]), sympy.Matrix([[n]]))
    (Matrix([[n]]), -a*b + 1)
    """
    if R.shape[0] == 1:
        return N, 1 - R[0, 0] * S[0, 0]
    p, q, u, v = R.trace(), _determinant(R), S.trace(), _determinant(S)
    A, C = p * sympy.eye(2) - R, u * sympy.eye(2) - S
    first, second = u - p * v, p - u * q
    return (1 - q * v) * (N + A * N * C.T) - first * A * N - second * N * C.T, (1 - q * v) ** 2 - first * second


def moment_operator(transitions: Iterable[Any]) -> Any:
    """The map S -> sum of F S F^T on symmetric matrices, as a matrix on their entries in the order of :func:`pairs`.

    Parameters
    ----------
    transitions : iterable of matrices of shape (s, s)

    Returns
    -------
    Matrix of shape (s (s + 1)/2, s (s + 1)/2)

    Examples
    --------
    >>> a, b = sympy.symbols("a b", real=True)
    >>> moment_operator([sympy.Matrix([[a]]), sympy.Matrix([[b]])])
    Matrix([[a**2 + b**2]])
    """
    transitions = list(transitions)
    entries = pairs(transitions[0].shape[0])

    def entry(row: int, column: int) -> Any:
        (i, j), (a, b) = entries[row], entries[column]
        total = sum((F[i, a] * F[j, b] for F in transitions), sympy.Integer(0))
        if a != b:
            total += sum((F[i, b] * F[j, a] for F in transitions), sympy.Integer(0))
        return sympy.expand(total)

    return sympy.ImmutableMatrix(len(entries), len(entries), entry)


def _determinant(R: Any) -> Any:
    return R[0, 0] * R[1, 1] - R[0, 1] * R[1, 0]


# What holds for every method of so many states -------------------------------------------------------------------------


def general(name: str, size: int, *, symmetric: bool = False) -> Any:
    """A matrix of real symbols."""

    def entry(i: int, j: int) -> Any:
        i, j = (min(i, j), max(i, j)) if symmetric else (i, j)
        return sympy.Symbol(f"{name}_{i + 1}{j + 1}", real=True)

    return sympy.ImmutableMatrix(size, size, entry)


def noise_lemmas(size: int) -> tuple[Claim, ...]:
    """What the covariances of every method of so many states rest on, in the entries of its matrices.

    One to four states: the covariance at step k from any solution of the Lyapunov equation. One or two: that solution, and that
    of the equation between two modes. Two: the variance by trace and determinant, and that it is not negative; and the
    product of powers by which evaluators square.

    Parameters
    ----------
    size : int
        The number of states.

    Returns
    -------
    tuple of Claim
        Empty for more than four states.

    Examples
    --------
    >>> [c.id for c in noise_lemmas(1)]
    ['one-state/noise/covariance', 'one-state/noise/lyapunov', 'one-state/noise/stein']
    """
    if size not in SIZES:
        return ()
    made = [_covariance_lemma(size)]
    if size > 2:
        return tuple(made)
    R, S, N = general("r", size), general("s", size), general("n", size, symmetric=True)
    source = "derived here; the discrete Lyapunov equation"
    above, below = lyapunov(R, N)
    after = R * above * R.T + below * N
    made.append(
        Claim(
            id=f"{SIZES[size]}/noise/lyapunov",
            title="The solution of the Lyapunov equation in the coefficients, times its denominator",
            statement=sympy.And(*(equal(above[i], after[i]) for i in pairs(size))),
            assumptions=(),
            source=source,
        )
    )
    if size == 2:
        made += [*_two_state_lemmas(R, above, below), *_squaring_lemmas(R)]
    N = general("n", size)
    above, below = stein(R, S, N)
    after = R * above * S.T + below * N
    made.append(
        Claim(
            id=f"{SIZES[size]}/noise/stein",
            title="The covariance between two modes solves its equation, times its denominator",
            statement=sympy.And(*(equal(x, y) for x, y in zip(above, after, strict=True))),
            assumptions=(),
            source="derived here; the Stein equation",
        )
    )
    return tuple(made)


def _covariance_lemma(size: int) -> Claim:
    """X^0 = 0, X^{k+1} = R X^k R^T + N gives X^k = V - R^k V (R^k)^T, for any R and any V, with N = V - R V R^T.

    The entries of X^k and a 1 make a vector that one matrix M takes to the next, so that X^k is the last column of M^k. With
    V - S in place of V, for any symmetric S, it says the same of a recursion that starts at S.
    """
    R, V = general("r", size), general("v", size, symmetric=True)
    N, entries = V - R * V * R.T, pairs(size)
    inside = moment_operator([R])
    last = len(entries)

    def entry(i: int, j: int) -> Any:
        if i == last:
            return sympy.Integer(int(j == last))
        return sympy.expand(N[entries[i]]) if j == last else inside[i, j]

    M = sympy.MatPow(sympy.ImmutableMatrix(last + 1, last + 1, entry), step_symbol)
    power = sympy.MatPow(R, step_symbol)
    P = sympy.Matrix(size, size, lambda i, j: MatrixElement(power, i, j))
    closed = V - P * V * P.T
    return Claim(
        id=f"{SIZES[size]}/noise/covariance",
        title="The covariance after k steps, from any solution of the Lyapunov equation",
        statement=sympy.And(
            equal(MatrixElement(M, last, last), 1),
            *(equal(MatrixElement(M, row, last), closed[i]) for row, i in enumerate(entries)),
        ),
        assumptions=(),
        source="derived here",
    )


def _squaring_lemmas(R: Any) -> list[Claim]:
    """What :mod:`symmomentum.evaluators.moments` rests on, with D = I - R, its trace t and its determinant e.

    Powers are p + q D. With h = c R^j b and g = c R^j D b, the response d + j steps on is p h + q g where p + q D is R^d, and
    what it loses in the next step is -e q h + (p + t q) g. So sums of h^2, h g and g^2 over j give those of what comes later.
    """
    b = sympy.ImmutableMatrix(sympy.symbols("b_1 b_2", real=True))
    c = sympy.ImmutableMatrix([sympy.symbols("c_1 c_2", real=True)])
    p, q, u, v = sympy.symbols("p q u v", real=True)
    unit = sympy.eye(2)
    D = unit - R
    t, e = D.trace(), _determinant(D)
    product = (p * u - e * q * v) * unit + ((p + t * q) * v + q * u) * D
    h, g = (c * b)[0], (c * D * b)[0]
    later = p * unit + q * D
    return [
        Claim(
            id="two-states/noise/powers",
            title="The product of two powers p + q D of R = I - D",
            statement=sympy.And(*(equal(x, y) for x, y in zip(later * (u * unit + v * D), product, strict=True))),
            assumptions=(),
            source="derived here; Cayley and Hamilton",
        ),
        Claim(
            id="two-states/noise/responses",
            title="The response so many steps later, and what it loses in the next one",
            statement=sympy.And(
                equal((c * later * b)[0], p * h + q * g),
                equal((c * later * D * b)[0], -e * q * h + (p + t * q) * g),
            ),
            assumptions=(),
            source="derived here; Cayley and Hamilton",
        ),
    ]


def _two_state_lemmas(R: Any, above: Any, below: Any) -> list[Claim]:
    b = sympy.ImmutableMatrix(sympy.symbols("b_1 b_2", real=True))
    c = sympy.ImmutableMatrix([sympy.symbols("c_1 c_2", real=True)])
    own = (b * b.T)[:]
    put = {sympy.Symbol(f"n_{i + 1}{j + 1}", real=True): own[2 * i + j] for i, j in pairs(2)}
    p, q, g, h = sympy.symbols("p q g h", real=True)
    found = variance_numerator(R.trace(), _determinant(R), *response(R, b, c))
    return [
        Claim(
            id="two-states/noise/unique",
            title="The Lyapunov equation has one solution unless a product of eigenvalues is 1",
            statement=equal((sympy.eye(3) - moment_operator([R])).det(method="berkowitz"), below),
            assumptions=(),
            source="derived here",
        ),
        Claim(
            id="two-states/noise/variance",
            title="The stationary variance of any quantity by trace, determinant and response, times the denominator",
            statement=equal((c * above * c.T)[0].xreplace(put), found),
            assumptions=(),
            source="derived here",
        ),
        Claim(
            id="two-states/noise/variance-positive",
            title="The stationary variance of any quantity is not negative",
            statement=sympy.And(variance_numerator(p, q, g, h) >= 0, lyapunov_denominator(p, q) > 0),
            assumptions=tuple(x > 0 for x in schur_cohn((1, -p, q))),
            source="derived here",
        ),
    ]
