"""Known results on stationary noise, as claims about methods of the catalog.

Each is what a paper states, in this package's letters, per unit variance of the gradient error; that the variance derived from
the update rule is the same is then proved like anything else. Equation numbers stand where they are certain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from symmomentum.claims import Claim, equal
from symmomentum.methods import catalog
from symmomentum.symbols import alpha, beta, lam, nu
from symmomentum.update_rule import Method

__all__ = ["published_results"]


def published_results(method: Method, variance: Any, region: tuple[Any, ...]) -> tuple[Claim, ...]:
    """What papers state of a method's stationary variance.

    Parameters
    ----------
    method : Method
        The method; a rule that only has the name of one in the catalog has no results here.
    variance : expression
        The stationary variance of w, without case distinctions.
    region : tuple of conditions
        Where the method is stable.

    Returns
    -------
    tuple of Claim
        Empty for most methods.

    Examples
    --------
    >>> published_results(catalog["three-parameter"], 1 / lam, ())
    ()
    """
    if catalog.get(method.name) != method or method.name not in _RESULTS:
        return ()
    title, source, statement, assumptions = _RESULTS[method.name](variance, region)
    return (
        Claim(
            id=f"{method.name}/noise/published",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=source,
        ),
    )


_Result = tuple[str, str, Any, tuple[Any, ...]]


def _gradient_descent(variance: Any, region: tuple[Any, ...]) -> _Result:
    return (
        "The stationary variance of gradient descent",
        "well known; for instance zhang2019, of its fast weights",
        equal(variance, alpha**2 / (1 - (1 - alpha * lam) ** 2)),
        region,
    )


def _heavy_ball(variance: Any, region: tuple[Any, ...]) -> _Result:
    return (
        "The stationary variance of heavy ball",
        "B. T. Polyak, Introduction to Optimization (1987); N. Flammarion, F. Bach, From averaging to acceleration (2015)",
        equal(variance, alpha * (1 + beta) / (lam * (1 - beta) * (2 * (1 + beta) - alpha * lam))),
        region,
    )


def _nesterov_sutskever(variance: Any, region: tuple[Any, ...]) -> _Result:
    """Of the point after the gradient step, which is the iterate of that paper."""
    inner = 1 - alpha * lam
    factor = (1 + beta * inner) / ((1 - beta * inner) * (2 + 2 * beta - alpha * lam * (1 + 2 * beta)))
    return (
        "The stationary variance of Nesterov's method",
        "N. S. Aybat, A. Fallah, M. Gurbuzbalaban, A. Ozdaglar, Robust accelerated gradient methods for smooth strongly convex "
        "functions (2020): the robustness of accelerated gradient on quadratics",
        equal(variance, alpha / lam * factor),
        region,
    )


def _quasi_hyperbolic(variance: Any, region: tuple[Any, ...]) -> _Result:
    """The first coefficients of the expansion of lam times the variance, a quotient of polynomials, in the step size."""
    above, below = (sympy.Poly(x, alpha) for x in sympy.fraction(sympy.cancel(lam * variance)))
    n, d = ([p.coeff_monomial(alpha**i) for i in range(3)] for p in (above, below))
    second = lam / 4 * (1 + 2 * nu * beta / (1 - beta) * (2 * nu * beta / (1 + beta) - 1))
    return (
        "The stationary variance of quasi-hyperbolic momentum for short steps: lam times it is 0, then alpha/2, then this times "
        "alpha^2, and so on",
        "I. Gitman, H. Lang, P. Zhang, L. Xiao, Understanding the role of momentum in stochastic gradient methods (2019): the "
        "stationary distribution of QHM",
        sympy.And(
            equal(n[0] / d[0], 0),
            equal(n[1] / d[0], sympy.Rational(1, 2)),
            equal((n[2] * d[0] - n[1] * d[1]) / d[0] ** 2, second),
        ),
        (beta < 1, beta > -1),
    )


def _lookahead(variance: Any, region: tuple[Any, ...]) -> _Result:
    """With its k = 5 fast steps, its alpha = nu and its gamma = alpha."""
    inner = 1 - alpha * lam
    fast = alpha**2 / (1 - inner**2)
    above = nu**2 * (1 - inner**10)
    below = above + 2 * nu * (1 - nu) * (1 - inner**5)
    return (
        "The stationary variance of Lookahead, by that of its fast weights",
        "zhang2019, Proposition 2",
        equal(variance, above / below * fast),
        (*region, alpha * lam > 0, alpha * lam < 2),  # the fast weights are stable
    )


_RESULTS: dict[str, Callable[[Any, tuple[Any, ...]], _Result]] = {
    "gradient-descent": _gradient_descent,
    "heavy-ball": _heavy_ball,
    "nesterov-sutskever": _nesterov_sutskever,
    "quasi-hyperbolic": _quasi_hyperbolic,
    "lookahead": _lookahead,
}
