r"""Rate against noise: what a floor costs, what momentum does to it, and what no parameters can have.

All is about one mode and noise that is added to the gradients, per unit variance; v is the stationary variance of w.

**Any method of two states and one gradient a step** (without decay): with trace p and determinant q of its matrix,
:math:`x = 1 - p + q` and the response g, h of w (:func:`symmomentum.noise.lyapunov.response`),

.. math:: \lambda^2 v = \frac{x}{2(1 - q)} + \frac{\lambda^2 (g - h)^2}{2 (1 - q)(1 + p + q)},

since :math:`g + h = -x/\lambda`: a constant error moves the fixed point by that over the curvature. So at a rate of at most
:math:`\rho` the variance is at least :math:`(1 - \rho)/(2 (1 + \rho) \lambda^2)`: half of what gradient descent has at that rate.
Quasi-hyperbolic momentum reaches it. Heavy ball (h = 0) has at least :math:`(1 - \rho)(1 + \rho^2)/((1 + \rho)^3 \lambda^2)`, at
:math:`\beta = \rho^2,\ \alpha = (1 - \rho)^2/\lambda` and nowhere else.

**Momentum at a fixed step size** raises heavy ball's floor exactly where :math:`(1 + \beta)^2 > \alpha\lambda`, and lowers it
beyond. **At a fixed effective step** :math:`\alpha/(1 - \beta)` it always lowers it, to one half of gradient descent's where the
step is longest, and hardly at all where it is short. :func:`momentum_effect` derives such conditions for other methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import sympy

from symmomentum.certificates import step_sizes
from symmomentum.claims import Claim, conjuncts, equal, mapped
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.iteration import Iteration, compact
from symmomentum.methods import catalog
from symmomentum.noise.additive import Noise
from symmomentum.noise.best import best_step_claims
from symmomentum.noise.decreasing import decreasing_claims
from symmomentum.noise.lyapunov import lyapunov_denominator, variance_numerator
from symmomentum.noise.mode import Enclosed, Mode, exact_number, on_mode
from symmomentum.proof.entailment import entails
from symmomentum.stability import Stability, schur_cohn
from symmomentum.symbols import alpha, beta, lam, nu, parameter, rho
from symmomentum.update_rule import ITERATE

__all__ = [
    "Alternative",
    "MomentumEffect",
    "alternatives",
    "best_rate",
    "effective_step",
    "effective_step_claims",
    "frontier",
    "frontier_claims",
    "least_floor",
    "momentum_claims",
    "momentum_effect",
    "tradeoff_claims",
]

_SOURCE = "derived here"
_DIGITS = 40
_p, _q, _g, _h = sympy.symbols("p q g h", real=True)


def _noise(name: str) -> Noise:
    return Noise(Stability(Iteration(catalog[name])))


def _variance(noise: Noise) -> Any:
    """Of w, per unit variance of the errors; without case distinctions."""
    row = noise.iteration.method.state.index(ITERATE)
    return noise.lyapunov_solution[row, row]


# Rate against noise ---------------------------------------------------------------------------------------------------

_FRONTIERS: dict[str, Callable[[Any], Any]] = {
    "gradient-descent": lambda r: (1 - r) / (1 + r),
    "heavy-ball": lambda r: (1 - r) * (1 + r**2) / (1 + r) ** 3,
    "quasi-hyperbolic": lambda r: (1 - r) / (2 * (1 + r)),
}
_SAME = {
    "heavy-ball-two-step": "heavy-ball",
    "heavy-ball-ema": "heavy-ball",
    "three-parameter": "heavy-ball",
    "any": "quasi-hyperbolic",
}


def frontier(name: str, rate: Any = rho) -> Any:
    """The least stationary variance of w at a rate of at most this on one mode, times lam^2, per unit variance of the errors.

    Parameters
    ----------
    name : str
        ``"gradient-descent"``, ``"heavy-ball"`` (also its other forms and ``"three-parameter"``), ``"quasi-hyperbolic"``; or
        ``"any"``: below that is no method of two states and one gradient a step.
    rate : number or expression
        Between 0 and 1.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the rate is a number that is not between 0 and 1.
    NotDerivedError
        For another name.

    Examples
    --------
    >>> frontier("heavy-ball"), frontier("any", sympy.Rational(1, 2))
    ((1 - rho)*(rho**2 + 1)/(rho + 1)**3, 1/6)
    """
    if not isinstance(rate, sympy.Expr) and not 0 <= rate <= 1:
        raise ArgumentError(f"a rate is between 0 and 1; given {rate}")
    own = _SAME.get(name) or name
    if own not in _FRONTIERS:
        raise NotDerivedError(
            f"{name}: the least noise at a given rate has no closed form here; quietest searches for it"
        )
    return _FRONTIERS[own](rate)


def best_rate(name: str, budget: Any) -> Enclosed:
    """The best rate on one mode of a method whose stationary variance, times lam^2 and per unit variance of the errors, stays
    within a budget.

    Parameters
    ----------
    name : str
        As of :func:`frontier`.
    budget : number
        Positive. In terms of the expected loss it is that times 2 lam/sigma^2.

    Returns
    -------
    Enclosed
        Fractions with the best rate between them: at the upper one the budget suffices, at the lower one it does not, unless they
        are equal. Since :func:`frontier` falls (:func:`frontier_claims`) that is certain.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the budget is not positive.
    NotDerivedError
        For another name.

    Examples
    --------
    >>> found = best_rate("heavy-ball", Fraction(5, 27))
    >>> round(float(found.value), 12)
    0.5
    >>> best_rate("gradient-descent", Fraction(1, 3)), best_rate("heavy-ball", 1)
    (Enclosed(lower=Fraction(1, 2), upper=Fraction(1, 2)), Enclosed(lower=Fraction(0, 1), upper=Fraction(0, 1)))
    """
    amount = exact_number("the budget", budget)
    if amount <= 0:
        raise ArgumentError(f"a budget of noise must be positive; given {amount}")
    if frontier(name, Fraction(0)) <= amount:
        return Enclosed(Fraction(0), Fraction(0))
    low, high = Fraction(0), Fraction(1)
    while high - low > Fraction(1, 10**_DIGITS) * (1 - low):
        middle = (low + high) / 2
        found = frontier(name, middle)
        if found == amount:
            return Enclosed(middle, middle)
        low, high = (middle, high) if found > amount else (low, middle)
    return Enclosed(low, high)


def least_floor(iteration: Iteration, mode: Mode) -> tuple[str, Any] | None:
    """The least noise floor at the rate of a mode, per unit variance of the errors, and of which methods it is.

    Returns
    -------
    (str, expression) or None
        The name for :func:`frontier`, which is ``"any"`` where the method has none of its own; None for a method with a decay, or
        more than two states, or several gradients a step, of which nothing is known here, or one that is not stable.

    Examples
    --------
    >>> iteration = Iteration(catalog["heavy-ball"])
    >>> least_floor(iteration, on_mode(iteration, 1, {"alpha": 0.25, "beta": 0.25}))
    ('heavy-ball', 5/54)
    """
    name = iteration.method.name
    if iteration.size > 2 or mode.calls > 1 or iteration.system.pull != 0 or not mode.stable:
        return None
    known = catalog.get(name) == iteration.method and (_SAME.get(name) or name) in _FRONTIERS
    own = name if known else "any"
    curvature = sympy.Rational(mode.curvature.numerator, mode.curvature.denominator)
    return own, frontier(own, mode.rate) / (2 * curvature)


@cache
def frontier_claims() -> tuple[Claim, ...]:
    """What no parameters can have, and what some have; see the head of this module.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in frontier_claims()}
    {'proved'}
    """
    r, s = sympy.symbols("r s", real=True)
    x = 1 - _p + _q
    variance = variance_numerator(_p, _q, _g, _h) / lyapunov_denominator(_p, _q)
    stable = tuple(e > 0 for e in schur_cohn((1, -_p, _q)))
    # The rate is at most r: the inequalities in the limit from inside.
    within = (r > 0, r < 1, *(e >= 0 for e in schur_cohn((1, -_p, _q), r)), _q >= -(r**2))
    unbiased = -x / lam - _g
    heavy = x * (1 + _q) / ((1 - _q) * (1 + _p + _q))
    least = {n: f(r) for n, f in _FRONTIERS.items()}
    claims = [
        Claim(
            id="two-states/noise/in-steps",
            title="The stationary variance where a constant error moves the fixed point by that over the curvature",
            statement=equal(
                lam**2 * variance.subs(_h, unbiased),
                x / (2 * (1 - _q)) + lam**2 * (_g - unbiased) ** 2 / (2 * (1 - _q) * (1 + _p + _q)),
            ),
            assumptions=(*stable, sympy.Ne(lam, 0)),
            source=_SOURCE,
        ),
        Claim(
            id="two-states/noise/rate-against-noise",
            title="No method of two states has less noise than half of gradient descent's at the same rate",
            statement=lam**2 * variance >= least["quasi-hyperbolic"],
            assumptions=(*within, lam > 0, equal(lam * (_g + _h), -x)),
            source=_SOURCE,
            lemmas=(
                _lemma(
                    "two-states/noise/rate-against-noise/steps",
                    sympy.And(x / (2 * (1 - _q)) >= least["quasi-hyperbolic"], 1 - _q > 0, 1 + _p + _q > 0, x > 0),
                    within,
                ),
                _lemma(
                    "two-states/noise/rate-against-noise/end",
                    lam**2 * variance >= least["quasi-hyperbolic"],
                    (
                        x / (2 * (1 - _q)) >= least["quasi-hyperbolic"],
                        1 - _q > 0,
                        1 + _p + _q > 0,
                        x > 0,
                        lam > 0,
                        equal(lam * (_g + _h), -x),
                    ),
                ),
            ),
        ),
        Claim(
            id="heavy-ball/noise/rate-against-noise",
            title="The least noise of heavy ball at a given rate, where all noise enters w at once",
            statement=heavy >= least["heavy-ball"],
            assumptions=within,
            source=_SOURCE,
        ),
        Claim(
            id="heavy-ball/noise/rate-against-noise/only",
            title="Heavy ball has it where both eigenvalues are the rate, and nowhere else",
            statement=sympy.And(equal(_q, r**2), equal(_p, 2 * r)),
            assumptions=(*within, heavy <= least["heavy-ball"]),
            source=_SOURCE,
        ),
        Claim(
            id="gradient-descent/noise/rate-against-noise",
            title="The least noise of gradient descent at a given rate",
            statement=(1 - s) / (1 + s) >= least["gradient-descent"],
            assumptions=(r > 0, r < 1, s >= -r, s <= r),
            source=_SOURCE,
        ),
        Claim(
            id="heavy-ball/noise/rate-against-noise/half",
            title="At the same rate heavy ball has less noise than gradient descent, and more than half of it",
            statement=sympy.And(
                least["heavy-ball"] < least["gradient-descent"], least["heavy-ball"] > least["quasi-hyperbolic"]
            ),
            assumptions=(r > 0, r < 1),
            source=_SOURCE,
        ),
    ]
    claims += [
        Claim(
            id=f"{name}/noise/rate-against-noise/falls",
            title="The faster, the noisier: the least noise falls with the rate",
            statement=f(r) > f(s),
            assumptions=(r >= 0, r < s, s <= 1),
            source=_SOURCE,
        )
        for name, f in _FRONTIERS.items()
    ]
    return (*claims, *_reached(r))


def _lemma(name: str, statement: Any, assumptions: tuple[Any, ...]) -> Claim:
    return Claim(id=name, statement=statement, assumptions=assumptions, source=_SOURCE)


def _reached(r: Any) -> list[Claim]:
    """That the methods have the trace, the determinant and the variance at which that is least."""
    at = {
        "gradient-descent": ({alpha: (1 - r) / lam}, ()),
        "heavy-ball": ({alpha: (1 - r) ** 2 / lam, beta: r**2}, ()),
        "quasi-hyperbolic": (
            {
                alpha: 2 * (1 - r) / (lam * (3 + r)),
                beta: (r**2 + 2 * r - 1) / 2,
                nu: (1 + r) ** 2 / (2 * (r**2 + 2 * r - 1)),
            },
            (sympy.Ne(r**2 + 2 * r, 1),),
        ),
    }
    made = []
    for name, (values, more) in at.items():
        noise = _noise(name)
        it = noise.iteration
        shown = [equal(lam**2 * _variance(noise).subs(values, simultaneous=True), _FRONTIERS[name](r))]
        roots = [(it.trace, r)] if it.size == 1 else [(it.trace, 2 * r), (it.determinant, r**2)]
        shown += [equal(e.subs(values, simultaneous=True), value) for e, value in roots]
        made.append(
            Claim(
                id=f"{name}/noise/rate-against-noise/reached",
                title="Parameters of that rate with the least noise",
                statement=sympy.And(*shown),
                assumptions=(r > 0, r < 1, lam > 0, *more),
                source=f"{_SOURCE}; {it.method.cite}",
            )
        )
    for name in ("heavy-ball", "heavy-ball-ema", "three-parameter"):
        noise = _noise(name)
        p, q = noise.iteration.trace, noise.iteration.determinant
        made.append(
            Claim(
                id=f"{name}/noise/by-trace-and-determinant",
                title="The stationary variance depends on trace and determinant alone",
                statement=equal(lam**2 * _variance(noise), (1 - p + q) * (1 + q) / ((1 - q) * (1 + p + q))),
                assumptions=(*conjuncts(noise.stability.region), lam > 0),
                source=f"{_SOURCE}; {noise.iteration.method.cite}",
            )
        )
    return made


# The effective step -----------------------------------------------------------------------------------------------------


def effective_step(iteration: Iteration) -> Any:
    """The step size of gradient descent that a method comes down to where curvatures are small.

    With the characteristic polynomial chi, the eigenvalue that is 1 at curvature 0 is 1 less this times lam, and terms of higher
    order.

    Raises
    ------
    NotDerivedError
        If 1 is no simple eigenvalue at curvature 0: of a rule with a decay, or without momentum's limit.

    Examples
    --------
    >>> effective_step(Iteration(catalog["heavy-ball"])), effective_step(Iteration(catalog["quasi-hyperbolic"]))
    (alpha/(1 - beta), alpha)
    """
    chi = iteration.polynomial
    value, slope = (sympy.expand(f.eval(1)) for f in (chi, chi.diff()))
    start = sympy.factor(slope.subs(lam, 0))
    if value.subs(lam, 0) != 0 or start == 0:
        raise NotDerivedError(f"{iteration.method.name}: at curvature 0 the matrix has no simple eigenvalue 1")
    step = sympy.cancel(sympy.diff(value, lam).subs(lam, 0) / start)
    above, below = sympy.fraction(step)
    if below.subs(dict.fromkeys(iteration.parameters, 0)).is_negative:
        above, below = -above, -below
    return compact(sympy.expand(above)) / compact(sympy.expand(below))


@cache
def effective_step_claims() -> tuple[Claim, ...]:
    """What heavy ball's floor is, compared with that of gradient descent with the effective step, e = alpha/(1 - beta).

    Their quotient in closed form; between which numbers it is; and its expansion in e lam with all that is left out. Then the
    crossover of gradient descent.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in effective_step_claims()}
    {'proved'}
    """
    heavy, plain = _noise("heavy-ball"), _noise("gradient-descent")
    step = effective_step(heavy.iteration)
    y, q = sympy.symbols("y q", real=True)
    quotient = _variance(heavy) / _variance(plain).subs(alpha, step)
    own = step * lam
    below = 2 * (1 + beta) - y * (1 - beta)
    shown = 1 - 2 * beta * y / below
    both = (*conjuncts(heavy.stability.region), own < 2)
    # Gradient descent: the deterministic part is q = (1 - alpha lam)^2k of what it is at the start, D.
    start, floor = sympy.symbols("D F", positive=True)

    def claim(name: str, title: str, statement: Any, assumptions: tuple[Any, ...], method: str = "heavy-ball") -> Claim:
        return Claim(
            id=f"{method}/noise/{name}", title=title, statement=statement, assumptions=assumptions, source=_SOURCE
        )

    return (
        claim(
            "effective-step/quotient",
            "Heavy ball's floor over that of gradient descent with the effective step",
            equal(quotient, shown.subs(y, own)),
            (*both, lam > 0),
        ),
        claim(
            "effective-step/bounds",
            "With momentum the floor is lower than with the effective step alone, by a factor of 1 - y/2 at most",
            sympy.And(shown <= 1, shown >= 1 - y / 2),
            (beta >= 0, beta < 1, y > 0, y < 2),
        ),
        claim(
            "effective-step/expansion",
            "To first order in the effective step the two floors are the same",
            equal(shown, 1 - beta * y / (1 + beta) - y**2 * beta * (1 - beta) / ((1 + beta) * below)),
            (beta > -1, beta < 1, y > 0, y < 2, below > 0),
        ),
        claim(
            "effective-step/limit",
            "As momentum goes to 1 at a fixed effective step, the floor goes to e/(2 lam): so far it is from it",
            equal(
                _variance(heavy).subs(alpha, y * (1 - beta) / lam) * lam**2 - y / 2,
                y**2 * (1 - beta) / (2 * below),
            ),
            (beta > -1, beta < 1, y > 0, lam > 0, below > 0),
        ),
        claim(
            "budget",
            "Gradient descent keeps within a budget of noise exactly for steps up to 2 b/(1 + b)",
            sympy.Equivalent(lam**2 * _variance(plain) <= y, alpha * lam <= 2 * y / (1 + y)),
            (y > 0, lam > 0, *conjuncts(plain.stability.region)),
            "gradient-descent",
        ),
        claim(
            "crossover",
            "The deterministic part exceeds the stochastic one exactly while (1 - alpha lam)^2k is above F/(D + F)",
            sympy.Equivalent(q * start > floor * (1 - q), q > floor / (start + floor)),
            (q >= 0, q <= 1),
            "gradient-descent",
        ),
    )


# What momentum does -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MomentumEffect:
    """Where more momentum raises the stationary variance, and where it lowers it.

    Attributes
    ----------
    derivative : expression
        Of the variance of w, by the momentum.
    sign : expression
        It has the sign of the derivative wherever the method is stable: with the factors left out whose sign is known there.
    region : condition
        Where the method is stable.
    claims : tuple of Claim
        That it has that sign.
    """

    derivative: Any
    sign: Any
    region: Any
    claims: tuple[Claim, ...]

    @property
    def raises(self) -> Any:
        """The condition on which more momentum raises the variance, where the method is stable."""
        return self.sign > 0


def momentum_effect(noise: Noise, momentum: Any = beta, *, fixed: str = "step") -> MomentumEffect:
    """Where more momentum raises the noise floor, with something else held fixed.

    Parameters
    ----------
    noise : Noise
        Of a method with up to two states.
    momentum : Symbol
        The parameter that grows.
    fixed : str
        ``"step"``: all other parameters stay. ``"effective step"``: the step size alpha changes with the momentum, so that the
        effective step (:func:`effective_step`) stays, which then is the symbol e.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the momentum is no parameter of the method, or ``fixed`` something else.
    NotDerivedError
        If the method has more than two states, or the effective step is not proportional to alpha.

    Examples
    --------
    >>> effect = momentum_effect(_noise("heavy-ball"))
    >>> effect.sign
    -alpha*lambda + (beta + 1)**2
    >>> momentum_effect(_noise("heavy-ball"), fixed="effective step").sign
    -1
    """
    it = noise.iteration
    name = it.method.name
    if momentum not in it.parameters:
        raise ArgumentError(f"{name} has no parameter {momentum}")
    if fixed not in ("step", "effective step"):
        raise ArgumentError(f"fixed is 'step' or 'effective step'; given {fixed!r}")
    if it.size > 2:
        raise NotDerivedError(
            f"{name}: what momentum does to the noise is derived for up to two states; this one has {it.size}"
        )
    variance, region = _variance(noise), conjuncts(noise.stability.region)
    if fixed == "effective step":
        quotient = sympy.cancel(effective_step(it) / alpha)
        if quotient.has(alpha) or alpha not in it.parameters:
            raise NotDerivedError(f"{name}: its effective step is not proportional to alpha")
        e = it.fresh("e")
        variance = variance.subs(alpha, e / quotient)
        region = (*(mapped(c, lambda t: t.xreplace({alpha: e / quotient})) for c in region), sympy.Ne(quotient, 0))
        if sympy.fraction(quotient)[1] != 1:
            region = (*region, sympy.Ne(sympy.fraction(quotient)[1], 0))
    derivative = sympy.factor(sympy.cancel(sympy.diff(variance, momentum)))
    where = (*region, lam > 0)
    constant, sign = sympy.Integer(1), sympy.Integer(1)
    for part in sympy.fraction(derivative):
        number, factors = sympy.factor_list(part)
        constant *= sympy.sign(number)
        for factor, power in factors:
            if power % 2 == 0 and entails(where, sympy.Ne(factor, 0)):
                continue
            shown = compact(factor)
            if entails(where, shown > 0):
                continue
            if entails(where, shown < 0):
                constant *= (-1) ** power
                continue
            # One whose sign changes decides, up to a square.
            sign *= _sorted(shown) if power % 2 else shown**2
    found = sympy.expand(constant * sign) if sign.is_number else constant * sign
    claim = Claim(
        id=f"{name}/noise/momentum/{fixed.replace(' ', '-')}",
        title=f"Where more momentum raises the noise floor, at a fixed {fixed}",
        statement=sympy.And(
            sympy.Equivalent(derivative > 0, sympy.Gt(found, 0)), sympy.Equivalent(derivative < 0, sympy.Lt(found, 0))
        ),
        assumptions=where,
        source=f"{_SOURCE}; {it.method.cite}",
    )
    return MomentumEffect(derivative, found, sympy.And(*region), (claim,))


def _sorted(factor: Any) -> Any:
    """With the terms in the curvature apart from the rest, each factored: (1 + beta)^2 - alpha lam."""
    expanded = sympy.expand(factor)
    rest = expanded.subs(lam, 0)
    return sympy.factor(expanded - rest) + sympy.factor(rest)


@cache
def momentum_claims() -> tuple[Claim, ...]:
    """For methods of the catalog: where momentum raises the floor, at a fixed step size and at a fixed effective step; that a
    momentum that is not negative always raises Nesterov's at a fixed step size; and heavy ball's least floor at one.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in momentum_claims()}
    {'proved'}
    """
    made: list[Claim] = []
    for name in ("heavy-ball", "heavy-ball-ema", "nesterov", "nesterov-sutskever", "quasi-hyperbolic"):
        noise = _noise(name)
        made += momentum_effect(noise).claims
        if effective_step(noise.iteration) != alpha:  # the two are the same otherwise
            made += momentum_effect(noise, fixed="effective step").claims
    nesterov, heavy = _noise("nesterov"), _noise("heavy-ball")
    root, e = sympy.Symbol("u", real=True), nesterov.iteration.fresh("e")
    by_effective_step = momentum_effect(nesterov, fixed="effective step")
    made += [
        Claim(
            id="nesterov/noise/momentum/raises",
            title="Momentum that is not negative raises Nesterov's floor at a fixed step size",
            statement=momentum_effect(nesterov).raises,
            assumptions=(*conjuncts(nesterov.stability.region), lam > 0, beta >= 0),
            source=_SOURCE,
        ),
        Claim(
            id="nesterov/noise/momentum/lowers",
            title="Positive momentum lowers Nesterov's floor at a fixed effective step",
            statement=by_effective_step.sign < 0,
            assumptions=(*conjuncts(by_effective_step.region), e > 0, lam > 0, beta > 0),
            source=_SOURCE,
        ),
        Claim(
            id="heavy-ball/noise/momentum/least",
            title="Heavy ball's least floor at a fixed step size u^2/lam, reached with the momentum u - 1",
            statement=sympy.And(
                lam**2 * _variance(heavy).subs(alpha, root**2 / lam) >= root**2 / (2 - root) ** 2,
                equal(
                    lam**2 * _variance(heavy).subs({alpha: root**2 / lam, beta: root - 1}, simultaneous=True),
                    root**2 / (2 - root) ** 2,
                ),
            ),
            assumptions=(root > 0, root < 2, lam > 0, beta < 1, root**2 < 2 * (1 + beta)),
            source=_SOURCE,
        ),
    ]
    return tuple(made)


# What else could be done -------------------------------------------------------------------------------------------------


class Alternative(NamedTuple):
    """Other parameters, or another method, in place of given ones.

    Attributes
    ----------
    change : str
        In words.
    method : str
        A catalog name, or that of the method itself.
    mode : Mode
        At the new numbers.
    """

    change: str
    method: str
    mode: Mode


def alternatives(iteration: Iteration, mode: Mode) -> tuple[Alternative, ...]:
    """What a shorter step or more momentum would be: half the step size; half of 1 - beta, at the same step size and at the same
    effective step; and gradient descent with the effective step. Those that the method has no parameters for are left out.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    mode : Mode
        It at numbers.

    Examples
    --------
    >>> from symmomentum.noise.mode import on_mode
    >>> iteration = Iteration(catalog["heavy-ball"])
    >>> mode = on_mode(iteration, 1, {"alpha": Fraction(1, 10), "beta": Fraction(9, 10)})
    >>> for a in alternatives(iteration, mode):
    ...     print(f"{a.change} {float(a.mode.floor()):.6f}")
    half the step size 0.126667
    beta = 0.95, the same step 0.513158
    beta = 0.95, the same effective step 0.253247
    gradient descent, effective step 1 0.500000
    """
    values, made = dict(mode.parameters), []

    def add(change: str, new: Mapping[str, Fraction], other: Iteration = iteration) -> None:
        made.append(Alternative(change, other.method.name, on_mode(other, mode.curvature, new)))

    # Other parameters may scale the steps too, as the weight of an average does; they have names of their own.
    scalable = alpha in step_sizes(iteration)
    if scalable:
        add("half the step size", {**values, alpha.name: values[alpha.name] / 2})
    try:
        step = effective_step(iteration)
    except NotDerivedError:
        step = None
    momentum = values.get(beta.name)
    if momentum is not None and 0 <= momentum < 1:
        more = {**values, beta.name: (1 + momentum) / 2}
        shown = f"beta = {_decimal(more[beta.name])}"
        add(f"{shown}, the same step", more)
        old, new = (_at(step, v) for v in (values, more))
        if scalable and old and new and old != new:
            scaled = {**more, alpha.name: more[alpha.name] * old / new}
            if _at(step, scaled) == old:
                add(f"{shown}, the same effective step", scaled)
    own = _at(step, values)
    if own and iteration.size > 1:
        add(
            f"gradient descent, effective step {_decimal(own)}",
            {alpha.name: own},
            Iteration(catalog["gradient-descent"]),
        )
    return tuple(made)


def _at(expression: Any, values: Mapping[str, Fraction]) -> Fraction | None:
    """Its value, if it has one."""
    if expression is None:
        return None
    found = expression.subs({parameter(n): sympy.Rational(v.numerator, v.denominator) for n, v in values.items()})
    return Fraction(int(found.p), int(found.q)) if found.is_Rational else None


def _decimal(number: Fraction) -> str:
    return f"{float(number):.6g}"


def tradeoff_claims() -> tuple[Claim, ...]:
    """All claims on rate against noise, momentum, the effective step, the best step size and decreasing ones.

    Examples
    --------
    >>> len({c.id for c in tradeoff_claims()}) == len(tradeoff_claims())
    True
    """
    return (
        *frontier_claims(),
        *effective_step_claims(),
        *momentum_claims(),
        *best_step_claims(),
        *decreasing_claims(),
    )
