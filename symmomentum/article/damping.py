r"""Momentum as a damped oscillator, and the critical damping coefficient (A071 to A080)."""

from __future__ import annotations

import sympy

from symmomentum.article.language import (
    all_of,
    discriminant,
    equal_entries,
    momentum_matrix,
    powers,
    radius,
    real,
    stated,
)
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.symbols import alpha, beta, lam
from symmomentum.symbols import k as step

__all__ = ["ENTRIES"]

_SECTION = "The Critical Damping Coefficient"
_x, _y, _h, _c, _s = real("x y h c s")
_lower, _upper = real("beta_1 beta_2")
_root = sympy.sqrt(alpha * lam)
_CRITICAL = (1 - _root) ** 2
_positive = (alpha > 0, lam > 0)

# One step of A049 from (y, x), and another one after it.
_y1 = beta * _y + lam * _x
_x1 = _x - alpha * _y1
_y2 = beta * _y1 + lam * _x1
_x2 = _x1 - alpha * _y2

_oscillator = {alpha: _h**2, beta: 1 - _c * _h}


def _scheme() -> sympy.Expr:
    """What the difference scheme of x'' + c x' + lam x = 0 with time step h leaves, on three iterates."""
    first, second = _x1.xreplace(_oscillator), _x2.xreplace(_oscillator)
    return (second - 2 * first + _x) / _h**2 + _c * (first - _x) / _h + lam * first


_DISCRETIZATION = Entry(
    id="A071",
    section=_SECTION,
    summary="A small step of momentum is a time step in the motion of an oscillator with friction.",
    reading=(
        r"The oscillator is $\ddot x+c\dot x+\lambda x=0$, the time of a step is $h=\sqrt\alpha$, and $1-\beta=ch$. "
        "Two things are stated: the iterates solve the equation in which differences stand for the derivatives; and "
        "an eigenvalue of $R$ written as $1+hs$ gives an $s$ that solves the equation of the oscillator's modes, "
        r"$s^2+cs+\lambda=0$, with $c+h\lambda$ in place of $c$, so that for small $h$, that is for small $\alpha$, "
        "the modes are those of the oscillator."
    ),
    literal=(
        stated(
            "article/a071/literal/scheme",
            "Three iterates solve the oscillator's difference equation",
            equal(_scheme(), 0),
            (_h > 0,),
        ),
        stated(
            "article/a071/literal/modes",
            "The characteristic equation of R at 1 + h s is that of the modes, up to h lambda s",
            sympy.Equivalent(
                equal((1 + _h * _s) ** 2 - (1 + (1 - _c * _h) - _h**2 * lam) * (1 + _h * _s) + (1 - _c * _h), 0),
                equal(_s**2 + (_c + _h * lam) * _s + lam, 0),
            ),
            (_h > 0,),
        ),
    ),
)

_velocity = real("v")

_ANNOTATIONS = Entry(
    id="A072",
    section=_SECTION,
    summary=(
        r"Read as mechanics: $-y$ is a velocity, on which friction ($\beta y^k$) and a force ($\lambda x^k$) act; in "
        "each step the position $x$ follows the velocity a little, which is written $y^{k+1}$ at this place."
    ),
    printed=(
        r"y_{i}^{k+1} = \beta y_{i}^{k} + \lambda_{i}x_{i}^{k}",
        r"x_i^{k+1} = x_i^k - \alpha y_i^{k+1}",
    ),
    reading=(
        r"Three statements: with $v=-y$ as velocity the update is $v^{k+1}=\beta v^k-\lambda x^k$, "
        r"$x^{k+1}=x^k+\alpha v^{k+1}$; the term with $\beta$ damps, for $0\le\beta<1$; and the move of $x$ has the "
        "direction of what is written as the velocity in the second annotation, $y^{k+1}$: their product is not "
        "negative."
    ),
    literal=(
        stated(
            "article/a072/literal/velocity",
            "The update in terms of the velocity -y",
            all_of(
                equal(-(beta * (-_velocity) + lam * _x), beta * _velocity - lam * _x),
                equal(_x - alpha * (beta * (-_velocity) + lam * _x), _x + alpha * (beta * _velocity - lam * _x)),
            ),
        ),
        stated(
            "article/a072/literal/damped",
            "Without the force the speed falls",
            abs(beta * _velocity) < abs(_velocity),
            (beta >= 0, beta < 1, sympy.Ne(_velocity, 0)),
        ),
        stated(
            "article/a072/literal/direction",
            "The position moves in the direction of y",
            (_x1 - _x) * _y1 >= 0,
            (alpha > 0, beta > 0, beta < 1),
        ),
    ),
    corrected=(
        stated(
            "article/a072/corrected/direction",
            "The position moves in the direction of -y, by alpha times it",
            all_of(equal(_x1 - _x, alpha * (-_y1)), (_x1 - _x) * (-_y1) >= 0),
            (alpha > 0,),
        ),
    ),
    instead=(
        r"(-y_{i}^{k+1}) = \beta(-y_{i}^{k})-\lambda_{i}x_{i}^{k}",
        r"x_i^{k+1} = x_i^k + \alpha(-y_i^{k+1})",
    ),
    remark=(
        "The velocity is $-y$ throughout: $x$ moves along $-y^{k+1}$, not along $y^{k+1}$ as the annotation has it. "
        r"And the force on $-y$ is $-\lambda x$, which pulls towards 0."
    ),
)

_free = powers(momentum_matrix().subs({beta: 1, lam: 0}), step) * sympy.Matrix([_y, _x])

_CONSTANT_SPEED = Entry(
    id="A073",
    section=_SECTION,
    summary=r"Without force and friction, $\lambda_i=0$ and $\beta=1$, the speed stays what it is.",
    printed=(r"\lambda_i = 0", r"\beta=1"),
    literal=(
        stated(
            "article/a073/literal/motion",
            "After k steps y is what it was, and x has moved k times as far",
            equal_entries(_free, (_y, _x - step * alpha * _y)),
        ),
    ),
)

_damped = powers(momentum_matrix().subs({lam: 0}), step) * sympy.Matrix([_y, _x])

_DECELERATION = Entry(
    id="A074",
    section=_SECTION,
    summary=r"The lower $\beta$, the more friction: a fixed part of the energy goes with every step.",
    reading=(
        r"On the axis of $\beta$ in the figure, where $\lambda_i=0$ as in A073, and for $\beta$ from 1 down to 0. "
        r"The energy is the kinetic one, $\frac12y^2$ (nothing else is there without a force): each step leaves "
        r"$\beta^2$ of it, so that the proportion $1-\beta^2$ is lost, the same at every step, and the more the "
        r"lower $\beta$ is."
    ),
    literal=(
        stated(
            "article/a074/literal/proportion",
            "After k steps beta^k of the velocity is left; a step leaves beta^2 of the kinetic energy",
            all_of(
                equal(_damped[0], beta**step * _y),
                equal((beta ** (step + 1) * _y) ** 2 / 2, beta**2 * ((beta**step * _y) ** 2 / 2)),
            ),
        ),
        stated(
            "article/a074/literal/decelerates",
            "What moves gets slower",
            abs(beta * _y) < abs(_y),
            (beta >= 0, beta < 1, sympy.Ne(_y, 0)),
        ),
        stated(
            "article/a074/literal/more",
            "The lower beta, the more is lost, up to all",
            all_of(1 - _lower**2 > 1 - _upper**2, 1 - _lower**2 <= 1, 1 - _upper**2 >= 0),
            (_lower >= 0, _lower < _upper, _upper <= 1),
        ),
    ),
)

_RETURN = Entry(
    id="A075",
    section=_SECTION,
    summary=(
        "A force brings the particle back to the origin; together with friction the motion is that of an oscillator "
        "that comes to rest."
    ),
    reading=(
        r"With a force, $\lambda>0$, and damping, $0\le\beta<1$: the force pulls towards the origin, and the state "
        "converges to 0 from every start, that is, both eigenvalues of $R$ are less than 1 in modulus. No bound on "
        r"$\alpha>0$ is printed. That it is like an oscillator is A071."
    ),
    literal=(
        stated(
            "article/a075/literal/force",
            "The force on the velocity -y points to the origin",
            (-lam * _x) * _x < 0,
            (lam > 0, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a075/literal/equilibrium",
            "It returns to equilibrium",
            radius() < 1,
            (*_positive, beta >= 0, beta < 1),
        ),
    ),
    condition=(
        stated(
            "article/a075/condition/equilibrium",
            "It does just for the step sizes of A068",
            sympy.Equivalent(radius() < 1, alpha * lam < 2 + 2 * beta),
            (*_positive, beta >= 0, beta < 1),
        ),
    ),
    remark=(r"Just for $\alpha\lambda<2+2\beta$. In the figure, where $\alpha=0.02$ and $\lambda\le0.25$, that is so."),
)

_PHASE_DIAGRAM = Entry(
    id="A076",
    section=_SECTION,
    summary=(
        "What is drawn: phase plots of 150 steps that start at $x=y=1$, with the velocity across and the position "
        "upwards."
    ),
    not_mathematical=(
        "What a drawing shows. (The page's script draws something else than its text says: 250 iterates, from a "
        "point of which the position is 0.92, and the velocity times 1.4.)"
    ),
)

_CRITICAL_VALUE = Entry(
    id="A077",
    section=_SECTION,
    summary=(
        r"For a single eigenspace there is a critical $\beta$ between over- and underdamping. It is the best choice, "
        "and the eigenvalues of $R$ coincide there."
    ),
    printed=(r"\beta = (1 - \sqrt{\alpha \lambda_i})^2",),
    reading=(
        r"For fixed $\alpha\lambda_i>0$. Best: no real $\beta$ makes the larger modulus of the two eigenvalues "
        "smaller, and no other makes it as small. Overdamped and underdamped: real and different eigenvalues, and "
        r"complex ones; $\beta$ runs from 0 to 1, as on the slider of the figure."
    ),
    literal=(
        stated(
            "article/a077/literal/repeated",
            "At the critical value the eigenvalues are repeated; the only other such value is (1 + sqrt(alpha "
            "lambda))^2",
            sympy.Equivalent(equal(discriminant(), 0), sympy.Or(equal(beta, _CRITICAL), equal(beta, (1 + _root) ** 2))),
            _positive,
        ),
        stated(
            "article/a077/literal/middle",
            "From 0 to 1: below the critical value the eigenvalues are real and different, above it complex",
            all_of(
                sympy.Implies(beta < _CRITICAL, discriminant() > 0),
                sympy.Implies(beta > _CRITICAL, discriminant() < 0),
            ),
            (*_positive, beta >= 0, beta <= 1),
        ),
        stated(
            "article/a077/literal/best",
            "No beta is better, and no other one as good",
            all_of(
                radius() >= radius(momentum=_CRITICAL),
                sympy.Implies(sympy.Ne(beta, _CRITICAL), radius() > radius(momentum=_CRITICAL)),
            ),
            _positive,
        ),
    ),
    remark=(
        r"The eigenvalues are repeated at $(1+\sqrt{\alpha\lambda})^2$ too, but that is greater than 1, and the "
        r"iteration diverges there. For $\alpha\lambda\ge4$ it does not converge with the best $\beta$ either."
    ),
)

_RATE = Entry(
    id="A078",
    section=_SECTION,
    summary=r"With the critical $\beta$ the rate is $1-\sqrt{\alpha\lambda_i}$.",
    printed=(r"1 - \sqrt{\alpha\lambda_i}.",),
    literal=(
        stated(
            "article/a078/literal/rate",
            "The rate at the critical value",
            equal(radius(momentum=_CRITICAL), 1 - _root),
            _positive,
        ),
    ),
    condition=(
        stated(
            "article/a078/condition/rate",
            "It is that just for alpha lambda <= 1",
            sympy.Equivalent(equal(radius(momentum=_CRITICAL), 1 - _root), alpha * lam <= 1),
            _positive,
        ),
        stated(
            "article/a078/condition/modulus",
            "In general it is the modulus",
            equal(radius(momentum=_CRITICAL), abs(1 - _root)),
            _positive,
        ),
    ),
    remark=r"The rate is $|1-\sqrt{\alpha\lambda_i}|$; that is what is printed just for $\alpha\lambda_i\le1$.",
)

_product = real("p")

_SQUARE_ROOT = Entry(
    id="A079",
    section=_SECTION,
    summary=(
        r"Against $1-\alpha\lambda_i$, the rate of gradient descent with the same step size, that is better by a "
        "square root."
    ),
    printed=(r"1-\alpha\lambda_i",),
    reading=(
        r"With $p=\alpha\lambda_i>0$: the printed rate $1-\sqrt p$ is the smaller one. By square root is meant that "
        r"$p$ gives way to $\sqrt p$, which is how the two rates are printed. That it applies to one eigenspace only "
        "says where it is claimed, and claims nothing of others."
    ),
    literal=(
        stated(
            "article/a079/literal/improvement",
            "The printed rate is the smaller one",
            1 - sympy.sqrt(_product) < 1 - _product,
            (_product > 0,),
        ),
    ),
    condition=(
        stated(
            "article/a079/condition/improvement",
            "As printed, it is the smaller one just for alpha lambda < 1",
            sympy.Equivalent(1 - sympy.sqrt(_product) < 1 - _product, _product < 1),
            (_product > 0,),
        ),
        stated(
            "article/a079/condition/moduli",
            "The true rates, which are the moduli, differ by the factor 1 + sqrt(alpha lambda)",
            all_of(
                equal(abs(1 - _product), (1 + sympy.sqrt(_product)) * abs(1 - sympy.sqrt(_product))),
                sympy.Equivalent(abs(1 - sympy.sqrt(_product)) < abs(1 - _product), sympy.Ne(_product, 1)),
            ),
            (_product > 0,),
        ),
    ),
    remark=(
        r"As printed it holds for $\alpha\lambda<1$. The rates themselves are the moduli, and of these momentum's is "
        r"smaller for every $\alpha\lambda\ne1$, where both are 0."
    ),
)

# From rest, in terms of x^0: y^1, y^2; and a later stretch y, y', b y' - beta y.
_rest = momentum_matrix() * sympy.Matrix([0, _x])
_second = momentum_matrix() * _rest
_now, _then = real("y_k y_next")
_after = (1 - alpha * lam + beta) * _then - beta * _now
_ratio, _q, _b = real("r q b")

_OVERDAMPED = Entry(
    id="A080",
    section=_SECTION,
    summary=(
        r"Overdamped ($\beta$ too small, gradient descent included), every step takes kinetic energy away. "
        r"Underdamped ($\beta$ too large), the particle swings past the optimum again and again without end."
    ),
    reading=(
        r"From rest ($y^0=0$, as in the figure). Overdamped: $0\le\beta$ below the critical value, with "
        r"$\alpha\lambda<1$. Kinetic energy is $\frac12y^2$; every step means the first one too. Underdamped: "
        r"complex eigenvalues with $0<\beta<1$. That $x$ misses the optimum over and over says that it cannot stay "
        "positive, nor (by symmetry) negative: as long as it is positive, the ratio $r$ of successive iterates "
        r"falls by at least $2\sqrt\beta-b$ in each step, $b=1-\alpha\lambda+\beta$, which is a fixed positive "
        "number."
    ),
    literal=(
        stated(
            "article/a080/literal/first",
            "The first step from rest loses kinetic energy",
            sympy.Lt(_rest[0] ** 2 / 2, 0, evaluate=False),
            (*_positive, alpha * lam < 1, beta > 0, beta < _CRITICAL, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a080/literal/second",
            "The second step loses some",
            _second[0] ** 2 / 2 < _rest[0] ** 2 / 2,
            (*_positive, alpha * lam < 1, beta > 0, beta < _CRITICAL, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a080/literal/oscillation",
            "Underdamped, while the iterates are positive their ratio falls by a fixed amount in each step",
            all_of(_b - _q / _ratio <= _ratio - (2 * sympy.sqrt(_q) - _b), 2 * sympy.sqrt(_q) - _b > 0),
            (_q > 0, _q < 1, _b**2 < 4 * _q, _ratio > 0),
        ),
    ),
    corrected=(
        stated(
            "article/a080/corrected/first",
            "The first step from rest gains kinetic energy",
            _rest[0] ** 2 > 0,
            (*_positive, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a080/corrected/second",
            "The second step loses some just for beta < alpha lambda, so for gradient descent",
            sympy.Equivalent(_second[0] ** 2 < _rest[0] ** 2, beta < alpha * lam),
            (*_positive, alpha * lam < 1, beta >= 0, beta < _CRITICAL, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a080/corrected/later",
            "The velocity keeps its sign, and once a step does not gain, every later one loses",
            all_of(
                sympy.Implies(2 * _then >= (1 - alpha * lam + beta) * _now, 2 * _after > (1 - alpha * lam + beta) * _then),
                sympy.Implies(_then <= _now, _after < _then),
            ),
            (*_positive, alpha * lam < 1, beta >= 0, beta < _CRITICAL, _now >= 0, _then > 0,
             2 * _then >= (1 - alpha * lam + beta) * _now),
        ),
        stated(
            "article/a080/corrected/gradient-descent",
            "Gradient descent loses kinetic energy at every step after the first",
            (lam * ((1 - alpha * lam) * _x)) ** 2 < (lam * _x) ** 2,
            (*_positive, alpha * lam < 2, sympy.Ne(_x, 0)),
        ),
    ),
    remark=(
        r"From rest there is no kinetic energy to lose: the first step gains. Where $\beta>\alpha\lambda$, as in the "
        r"figure's overdamped example ($\alpha\lambda=0.01$, $\beta=0.05$), the second one gains too. After the "
        r"velocity's peak every step loses: with $\beta<\alpha\lambda$, and so for gradient descent, that is every "
        "step but the first."
    ),
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    _DISCRETIZATION,
    _ANNOTATIONS,
    _CONSTANT_SPEED,
    _DECELERATION,
    _RETURN,
    _PHASE_DIAGRAM,
    _CRITICAL_VALUE,
    _RATE,
    _SQUARE_ROOT,
    _OVERDAMPED,
)
"""A071 to A080."""
