r"""The introduction: gradient descent, momentum, and what the article promises of them (A001 to A009)."""

from __future__ import annotations

import dataclasses
from typing import Any

import sympy

from symmomentum.article.language import all_of, discriminant, equal_entries, radius, real, stated
from symmomentum.article.model import Entry
from symmomentum.bounds import heavy_ball_cycle
from symmomentum.claims import equal
from symmomentum.methods import catalog
from symmomentum.symbols import alpha, beta, kappa, lam

__all__ = ["ENTRIES", "update_of_momentum"]

_SECTION = "Introduction"
_GRADIENT_DESCENT, _MOMENTUM = catalog["gradient-descent"].trace(), catalog["heavy-ball"].trace()
_z, _w, _g = real("z w g")  # momentum, iterate, and the gradient at the iterate
_u, _v, _b, _L, _mu = real("u v b L mu")
_f, _f_next, _G, _E, _P = real("f f_next G E P")


def _after(system: Any, state: tuple[Any, ...]) -> Any:
    """A step of a traced rule, with the gradient as a symbol."""
    return system.A * sympy.Matrix(state) + system.B * _g


def _queries(system: Any, state: tuple[Any, ...]) -> Any:
    """Where the rule takes the gradient."""
    return (system.C * sympy.Matrix(state))[0]


_UPDATE = (
    r"\begin{aligned} z^{k+1}&=\beta z^{k}+\nabla f(w^{k})\\ w^{k+1}&=w^{k}-\alpha z^{k+1} \end{aligned}",
    sympy.Matrix([beta * _z + _g, _w - alpha * (beta * _z + _g)]),
)


def update_of_momentum(id: str) -> Any:
    """That the catalog's heavy ball is the printed update."""
    return stated(
        f"{id}/literal/update",
        "The catalog's heavy ball makes the printed update, with the gradient at the iterate",
        all_of(
            equal_entries(_after(_MOMENTUM, (_z, _w)), _UPDATE[1]),
            equal(_queries(_MOMENTUM, (_z, _w)), _w),
        ),
    )


_QUARTIC_START = _u / sympy.sqrt(alpha)
_DESCENT = _f + _g * (-alpha * _g) + _L / 2 * (alpha * _g) ** 2

_SMALL_ENOUGH = Entry(
    id="A002",
    section=_SECTION,
    summary=r"With a small enough step size, every step of gradient descent lowers a smooth objective until it stops.",
    printed=(r"f(w^{k+1})<f(w^k)",),
    reading=(
        r"A step size is small enough if it serves for the whole function: every step from a point whose gradient is "
        r"not zero lowers $f$. As an instance take the smooth function $f(w)=w^4/4$ and the start $u/\sqrt\alpha$: "
        r"what happens does not depend on $\alpha$, so that a failure there is one at every step size. The condition "
        r"is stated in any number of variables through two numbers, $f$ and $g^2=\|\nabla f\|^2$."
    ),
    literal=(
        stated(
            "article/a002/literal/quartic",
            "The smooth function w^4/4 goes down in a step from u/sqrt(alpha)",
            (_QUARTIC_START - alpha * _QUARTIC_START**3) ** 4 / 4 < _QUARTIC_START**4 / 4,
            (alpha > 0, sympy.Ne(_u, 0)),
        ),
    ),
    condition=(
        stated(
            "article/a002/condition/lipschitz",
            "If the gradient is Lipschitz with constant L, every step size below 2/L lowers f",
            _f_next < _f,
            (_f_next <= _DESCENT, alpha > 0, alpha * _L < 2, sympy.Ne(_g, 0)),
        ),
        stated(
            "article/a002/condition/sharp",
            "Nothing less will do: the quadratic with curvature L goes down just for these step sizes",
            sympy.Equivalent(_L / 2 * (_w - alpha * _L * _w) ** 2 < _L / 2 * _w**2, alpha * _L < 2),
            (_L > 0, alpha > 0, sympy.Ne(_w, 0)),
        ),
        stated(
            "article/a002/condition/none-small-enough",
            "For w^4/4 no step size is small enough: from 2/sqrt(alpha) the step goes up",
            ((_QUARTIC_START - alpha * _QUARTIC_START**3) ** 4 / 4).xreplace({_u: sympy.Integer(2)})
            > (_QUARTIC_START**4 / 4).xreplace({_u: sympy.Integer(2)}),
            (alpha > 0,),
        ),
    ),
    remark=(
        r"A smooth function may have no step size that is small enough everywhere: $w^4/4$ goes up from "
        r"$2/\sqrt\alpha$. If the gradient is Lipschitz with constant $L$, the step sizes with $0<\alpha<2/L$ are "
        r"small enough, and for the quadratic with curvature $L$ no others are."
    ),
)

_secant = (_P * (_mu + _L) >= _mu * _L * _E + _G, _mu**2 * _E <= _G, _G <= _L**2 * _E)

_CONVERGES = Entry(
    id="A003",
    section=_SECTION,
    summary="Gradient descent always converges, and what it converges to is a local minimum.",
    reading=(
        r"On the quadratics $f(w)=gw+bw^2/2$ in one variable (a straight line for $b=0$), with $0<\alpha$ and "
        r"$\alpha|b|<2$, one step of the iteration turns the step $d$ into $(1-\alpha b)d$; it converges just where "
        r"its steps become shorter or are zero. That a limit is a local minimum is asked of a start that is a limit "
        r"already. The corrected statement is made in any number of variables through three numbers: with "
        r"$e=w-w^\star$, $E=\|e\|^2$, $G=\|\nabla f\|^2$ and $P=\nabla f^Te$, between which strong convexity and "
        r"smoothness give the inequalities that are assumed."
    ),
    literal=(
        stated(
            "article/a003/literal/converges",
            "The second step is shorter than the first, or both are zero",
            sympy.Or(
                abs(alpha * (_g + _b * (_w - alpha * (_g + _b * _w)))) < abs(alpha * (_g + _b * _w)),
                equal(_g + _b * _w, 0),
            ),
            (alpha > 0, alpha * abs(_b) < 2),
        ),
        stated(
            "article/a003/literal/minimum",
            "Where gradient descent on b w^2/2 stays, no point of the neighbourhood is lower",
            sympy.Implies(equal(_w - alpha * _b * _w, _w), _b * (_w + _u) ** 2 / 2 >= _b * _w**2 / 2),
            (alpha > 0, alpha * abs(_b) < 2, _u**2 <= 1),
        ),
    ),
    corrected=(
        stated(
            "article/a003/corrected/stationary",
            "Where gradient descent stays, the gradient is zero, and only there",
            sympy.Equivalent(equal(_w - alpha * _g, _w), equal(_g, 0)),
            (alpha > 0,),
        ),
        stated(
            "article/a003/corrected/strongly-convex",
            "On a smooth strongly convex function every step brings the iterate nearer to the minimizer, by a factor",
            _E - 2 * alpha * _P + alpha**2 * _G <= sympy.Max((1 - alpha * _mu) ** 2, (1 - alpha * _L) ** 2) * _E,
            (alpha > 0, _mu > 0, _mu <= _L, _E >= 0, *_secant),
        ),
        stated(
            "article/a003/corrected/factor",
            "The factor is less than 1 for the step sizes below 2/L",
            sympy.Max((1 - alpha * _mu) ** 2, (1 - alpha * _L) ** 2) < 1,
            (alpha > 0, _mu > 0, _mu <= _L, alpha * _L < 2),
        ),
        stated(
            "article/a003/corrected/cubic",
            "On w^3/3 it comes down to 0 from above and stops there, although the function is lower beside 0",
            all_of(_w - alpha * _w**2 > 0, _w - alpha * _w**2 < _w, (-_w) ** 3 / 3 < 0),
            (alpha > 0, _w > 0, alpha * _w < 1),
        ),
    ),
    remark=(
        r"It need not converge: on a straight line it runs down for ever. And it may stop where there is no minimum: "
        r"at the maximum of $-w^2/2$ if it starts there, at the inflection of $w^3/3$ from every start $w>0$ with "
        r"$\alpha w<1$. What holds: it stays just where the gradient is zero, and on a strongly convex function with "
        r"Lipschitz gradient it converges to the minimum for $0<\alpha<2/L$."
    ),
)

_GEOMETRIC = Entry(
    id="A004",
    section=_SECTION,
    summary="Under weak conditions on the curvature gradient descent converges at an exponential rate.",
    reading=(
        r"Such conditions exist: Lipschitz gradient, and $\|\nabla f\|^2\ge2\mu(f-f^\star)$, which is weaker than "
        r"strong convexity. Here $f$ and $f_{next}$ are the distances of the objective from its minimum before and "
        r"after a step, and $g^2=\|\nabla f\|^2$."
    ),
    literal=(
        stated(
            "article/a004/literal/step",
            "A step multiplies the distance of the objective from its minimum by a factor",
            _f_next <= (1 - 2 * _mu * alpha * (1 - alpha * _L / 2)) * _f,
            (_f_next <= _DESCENT, _g**2 >= 2 * _mu * _f, _f >= 0, _mu > 0, alpha > 0, alpha * _L < 2),
        ),
        stated(
            "article/a004/literal/factor",
            "The factor lies between 0 and 1",
            all_of(
                1 - 2 * _mu * alpha * (1 - alpha * _L / 2) >= 0,
                1 - 2 * _mu * alpha * (1 - alpha * _L / 2) < 1,
            ),
            (_mu > 0, _mu <= _L, alpha > 0, alpha * _L < 2),
        ),
    ),
)

_root_mu, _root_L = sympy.symbols("m l", positive=True)
_best = (2 / (_root_L + _root_mu)) ** 2, ((_root_L - _root_mu) / (_root_L + _root_mu)) ** 2

_SPEEDUP = Entry(
    id="A007",
    section=_SECTION,
    summary="On many functions momentum is up to quadratically faster than gradient descent.",
    reading=(
        r"The many functions are the strongly convex quadratics, and the speed is the rate at the best parameters: "
        r"what gradient descent does at condition number $\kappa$ momentum does at $\kappa^2$. With $m=\sqrt\mu$ and "
        r"$l=\sqrt L$ the eigenvalues lie in $[m^2,l^2]$."
    ),
    literal=(
        stated(
            "article/a007/literal/square",
            "Momentum's rate at the square of a condition number is gradient descent's rate at that number",
            equal((sympy.sqrt(kappa**2) - 1) / (sympy.sqrt(kappa**2) + 1), (kappa - 1) / (kappa + 1)),
            (kappa > 1,),
        ),
        stated(
            "article/a007/literal/gradient-descent",
            "No step size of gradient descent has a better rate over both ends of the spectrum, and one has this rate",
            all_of(
                sympy.Max(abs(1 - alpha * _mu), abs(1 - alpha * _L)) >= (_L - _mu) / (_L + _mu),
                equal(sympy.Max(abs(1 - 2 / (_mu + _L) * _mu), abs(1 - 2 / (_mu + _L) * _L)), (_L - _mu) / (_L + _mu)),
            ),
            (_mu > 0, _mu < _L),
        ),
        stated(
            "article/a007/literal/momentum",
            "With the best parameters momentum has its rate at every eigenvalue of the spectrum",
            equal(
                radius(_best[0] * lam, _best[1]),
                (_root_L - _root_mu) / (_root_L + _root_mu),
            ),
            (_root_mu < _root_L, _root_mu**2 <= lam, lam <= _root_L**2),
        ),
    ),
)

_N = real("N")
"""The product of step size and Lipschitz constant."""


def _hexagon() -> tuple[Any, Any]:
    """That momentum goes round six points of a circle, and that it is gradients of a convex function that lead it.

    The function is half the square of the distance from 0 less half the square of the distance from a hexagon, times L;
    it is convex, its gradient is L times the nearest point of the hexagon, and this is Lipschitz with constant L. The
    corner that belongs to a point of the circle is the one that leads momentum from there to the next point.
    """
    half, height = sympy.Rational(1, 2), sympy.sqrt(3) / 2
    circle = [
        sympy.Matrix(p) for p in ((1, 0), (half, height), (-half, height), (-1, 0), (-half, -height), (half, -height))
    ]
    corners = [((1 + beta) * circle[i] - beta * circle[i - 1] - circle[(i + 1) % 6]) / _N for i in range(6)]
    nearest = all_of(
        *(((circle[0] - corners[0]).T * (corner - corners[0]))[0] <= 0 for corner in corners[1:]),
    )
    steps = all_of(
        *(
            equal(after, now + beta * (now - before) - _N * corner)
            for i in range(6)
            for after, now, before, corner in zip(
                circle[(i + 1) % 6], circle[i], circle[i - 1], corners[i], strict=True
            )
        )
    )
    return nearest, steps


_nearest, _round = _hexagon()

_LARGER = Entry(
    id="A009",
    section=_SECTION,
    summary="Momentum allows a larger range of step sizes than gradient descent, and makes oscillations of its own.",
    reading=(
        r"With $0<\beta<1$ ($\beta=0$ is no momentum). The range is that of the step sizes with which the iteration "
        r"converges. First for convex functions with an $L$-Lipschitz gradient, where gradient descent converges for "
        r"$0<\alpha L<2$: there momentum must not go round in a circle. The function that is tried has as gradient "
        r"$L$ times the nearest point of a hexagon, and $N=\alpha L$; for reasons of symmetry one corner is enough. "
        r"An oscillation is momentum's own if the eigenvalues of its matrix are complex although gradient descent "
        r"goes straight to the minimum."
    ),
    literal=(
        stated(
            "article/a009/literal/convex",
            "Where gradient descent converges on convex functions, momentum does not go round this hexagon",
            sympy.Not(_nearest),
            (beta > 0, beta < 1, _N > 0, _N < 2),
        ),
        stated(
            "article/a009/literal/oscillations",
            "A component that gradient descent takes straight to its minimum has complex eigenvalues with enough "
            "momentum",
            all_of(1 - alpha * lam > 0, 1 - alpha * lam < 1, discriminant() < 0),
            (alpha * lam > 0, alpha * lam < 1, (1 - sympy.sqrt(alpha * lam)) ** 2 < beta, beta < 1),
        ),
    ),
    condition=(
        stated(
            "article/a009/condition/contains",
            "On a quadratic momentum converges where gradient descent does",
            sympy.Implies(abs(1 - alpha * lam) < 1, radius() < 1),
            (beta > 0, beta < 1, lam > 0),
        ),
        stated(
            "article/a009/condition/larger",
            "And with the next step sizes momentum converges, and gradient descent does not",
            all_of(radius() < 1, abs(1 - alpha * lam) >= 1),
            (beta > 0, beta < 1, alpha * lam >= 2, alpha * lam < 2 + 2 * beta),
        ),
        stated(
            "article/a009/condition/round",
            "On the hexagon momentum goes from each of the six points to the next",
            _round,
            (_N > 0,),
        ),
        stated(
            "article/a009/condition/hexagon",
            "The corners are the nearest points, with much momentum and a step size that is not too small",
            _nearest,
            (beta > sympy.Rational(1, 2), beta < 1, (1 - beta + beta**2) / (2 * beta - 1) <= _N),
        ),
        stated(
            "article/a009/condition/gradient-descent",
            "Gradient descent comes nearer to the minimizer in every step, on every convex function with Lipschitz "
            "gradient",
            _E - 2 * alpha * _P + alpha**2 * _G < _E,
            (alpha > 0, alpha * _L < 2, _L > 0, _G > 0, _P >= _G / _L),
        ),
    ),
    remark=(
        r"On quadratics: the range grows from $0<\alpha\lambda<2$ to $0<\alpha\lambda<2+2\beta$. On convex functions "
        r"in general momentum may go round six points for ever with a step size $\alpha L<2$, with which gradient "
        r"descent converges: with $\beta=3/4$ and $\alpha L=7/4$ from a start with momentum, with $\beta=9/10$ and "
        r"$\alpha L=19/10$, as a test finds in numbers, also from rest."
    ),
    evidence=("tests/test_article_first.py::test_momentum_goes_round_the_hexagon_from_rest",),
)

ENTRIES = (
    Entry(
        id="A001",
        section=_SECTION,
        summary="The step of gradient descent on a smooth function.",
        printed=(r"w^{k+1} = w^k-\alpha\nabla f(w^k).",),
        reading="A definition: what is checked is that the catalog's gradient descent is this step.",
        literal=(
            stated(
                "article/a001/literal/step",
                "The catalog's gradient descent makes the printed step, with the gradient at the iterate",
                all_of(
                    equal(_after(_GRADIENT_DESCENT, (_w,))[0], _w - alpha * _g),
                    equal(_queries(_GRADIENT_DESCENT, (_w,)), _w),
                ),
            ),
        ),
    ),
    _SMALL_ENOUGH,
    _CONVERGES,
    _GEOMETRIC,
    Entry(
        id="A005",
        section=_SECTION,
        summary="The momentum update.",
        printed=(_UPDATE[0],),
        reading="A definition: what is checked is that the catalog's heavy ball is this update.",
        literal=(update_of_momentum("article/a005"),),
    ),
    Entry(
        id="A006",
        section=_SECTION,
        summary=r"With $\beta=0$ the momentum update is gradient descent.",
        printed=(r"\beta = 0",),
        literal=(
            stated(
                "article/a006/literal/same",
                "Without momentum the next iterate is that of gradient descent",
                equal(_after(_MOMENTUM, (_z, _w))[1], _after(_GRADIENT_DESCENT, (_w,))[0]),
                (equal(beta, 0),),
            ),
        ),
    ),
    _SPEEDUP,
    Entry(
        id="A008",
        section=_SECTION,
        summary="There are convex functions on which momentum does not converge.",
        reading=(
            "One is enough: the smooth strongly convex function of Lessard, Recht and Packard, on which momentum "
            "with the best parameters for quadratics of its curvatures goes round three points for ever, also from "
            "starts nearby."
        ),
        literal=tuple(
            dataclasses.replace(claim, id=f"article/a008/literal/{claim.id.rsplit('/', 1)[1]}")
            for claim in heavy_ball_cycle().claims
        ),
    ),
    _LARGER,
)
