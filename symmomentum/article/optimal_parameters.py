r"""The parameters that are best over all eigenvalues, and what comes of them (A081 to A092)."""

from __future__ import annotations

from typing import Any

import sympy

from symmomentum.article.language import all_of, discriminant, momentum_matrix, radius, real, stated
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.symbols import alpha, beta, kappa, lam

__all__ = ["ENTRIES"]

_SECTION = "Optimal parameters"

# The extreme eigenvalues are m^2 and l^2, so that their roots are variables.
_m, _l = sympy.symbols("m l", positive=True)
_spectrum = (_m <= _l,)
_ALPHA, _BETA = (2 / (_m + _l)) ** 2, ((_l - _m) / (_l + _m)) ** 2
_BEST = (_l - _m) / (_l + _m)
_in_roots = r"The eigenvalues $\lambda_1=m^2$ and $\lambda_n=l^2$ are written as squares, for any $0<m\le l$."
_root = sympy.sqrt(kappa)
_eps, _t = sympy.symbols("epsilon t", positive=True)
_first, _second, _third = real("lambda_1 lambda_2 lambda_3")
_other, _more = real("alpha_2 beta_2")


def _at(curvature: Any, size: Any = alpha, momentum: Any = beta) -> Any:
    return radius(size * curvature, momentum)


_between = ((1 - _t) * _first + _t * _third,)

_PROBLEM = Entry(
    id="A081",
    section=_SECTION,
    summary=r"What is minimized over $\alpha$ and $\beta$ is the largest spectral radius in a list of matrices.",
    printed=(
        r"\min_{\alpha,\beta}\max\left\{ \bigg\| \! \left(\begin{array}{cc} \beta & \lambda_{i}\\ -\alpha\beta & "
        r"1-\alpha\lambda_{i} \end{array}\right) \! \bigg\|,\ldots,\bigg\| \! \left(\begin{array}{cc} \beta & "
        r"\lambda_{n}\\ -\alpha\beta & 1-\alpha\lambda_{n} \end{array}\right)\! \bigg\|\right\}.",
    ),
    reading=(
        r"The list runs from the matrix of $\lambda_i$ to that of $\lambda_n$, for some $i$. What is minimized must "
        "be the rate of the slowest eigenspace; that it is, is stated for $n=2$ and $i=2$, at parameters with "
        r"$\alpha>0$ and $0\le\beta<1$."
    ),
    literal=(
        stated(
            "article/a081/literal/list",
            "The largest magnitude from i = 2 on is the rate of the slower one of two eigenspaces",
            equal(_at(_second), sympy.Max(_at(_first), _at(_second))),
            (_first > 0, _first <= _second, alpha > 0, beta > 0, beta < 1),
        ),
    ),
    corrected=(
        stated(
            "article/a081/corrected/list",
            "The magnitudes at the first and the last of three eigenvalues bound the rate of each, so that the two "
            "are enough",
            all_of(
                _at(_first) <= sympy.Max(_at(_first), _at(_third)),
                _at(_second) <= sympy.Max(_at(_first), _at(_third)),
                _at(_third) <= sympy.Max(_at(_first), _at(_third)),
            ),
            (_first > 0, _first <= _second, _second <= _third),
        ),
    ),
    instead=(
        r"\min_{\alpha,\beta}\max\left\{ \bigg\| \! \left(\begin{array}{cc} \beta & \lambda_{1}\\ -\alpha\beta & "
        r"1-\alpha\lambda_{1} \end{array}\right) \! \bigg\|,\ldots,\bigg\| \! \left(\begin{array}{cc} \beta & "
        r"\lambda_{n}\\ -\alpha\beta & 1-\alpha\lambda_{n} \end{array}\right)\! \bigg\|\right\}",
    ),
    remark=(
        r"The first matrix is that of $\lambda_1$: the index $i$ should be 1. (The two extreme matrices are enough, "
        "whatever is between.)"
    ),
)

_good = (_at(_m**2) <= _BEST, _at(_l**2) <= _BEST)

_REPEATED = Entry(
    id="A082",
    section=_SECTION,
    summary="At the best parameters the matrices of both extreme eigenvalues have a double eigenvalue.",
    reading=_in_roots + r" Of parameters whose worst rate is the best one (A084), both discriminants are zero.",
    literal=(
        stated(
            "article/a082/literal/repeated",
            "Where the worst rate is the best one, both discriminants are zero",
            all_of(equal(discriminant(alpha * _m**2), 0), equal(discriminant(alpha * _l**2), 0)),
            (*_spectrum, *_good),
        ),
    ),
    remark=(
        r"The converse needs $\beta<1$: both discriminants are zero also for $\alpha=4/(l-m)^2$ and "
        r"$\beta=((l+m)/(l-m))^2$, where the iteration diverges."
    ),
)

_OPTIMAL = Entry(
    id="A083",
    section=_SECTION,
    summary=r"The best $\alpha$ and $\beta$ for all eigenspaces together.",
    printed=(
        r"\alpha = \left(\frac{2}{\sqrt{\lambda_{1}}+\sqrt{\lambda_{n}}}\right)^{2}  \quad \beta = "
        r"\left(\frac{\sqrt{\lambda_{n}}-\sqrt{\lambda_{1}}}{\sqrt{\lambda_{n}}+\sqrt{\lambda_{1}}}\right)^{2}",
    ),
    reading=(
        _in_roots
        + " Optimal: with them the rate at both ends, and at every eigenvalue between, is at most $(l-m)/(l+m)$; no "
        r"real $\alpha$, $\beta$ have a lower worst rate; and no others have the same."
    ),
    literal=(
        stated(
            "article/a083/literal/attained",
            "The rate at the ends, and in between",
            all_of(
                equal(_at(_m**2, _ALPHA, _BETA), _BEST),
                equal(_at(_l**2, _ALPHA, _BETA), _BEST),
                _at(lam, _ALPHA, _BETA) <= _BEST,
            ),
            (*_spectrum, _m**2 <= lam, lam <= _l**2),
        ),
        stated(
            "article/a083/literal/optimal",
            "No real parameters have a lower worst rate",
            sympy.Max(_at(_m**2), _at(_l**2)) >= sympy.Max(_at(_m**2, _ALPHA, _BETA), _at(_l**2, _ALPHA, _BETA)),
            _spectrum,
        ),
        stated(
            "article/a083/literal/unique",
            "No others have that rate",
            all_of(equal(alpha, _ALPHA), equal(beta, _BETA)),
            (*_spectrum, *_good),
        ),
    ),
)

_descent = 2 / (_m**2 + _l**2)

_RATES = Entry(
    id="A084",
    section=_SECTION,
    summary="The rates that momentum and gradient descent reach at their best.",
    printed=(r"\frac{\sqrt{\kappa}-1}{\sqrt{\kappa}+1}", r"\frac{\kappa-1}{\kappa+1}"),
    reading=_in_roots
    + r" The parameters are those of A083, and for gradient descent $\alpha=2/(\lambda_1+\lambda_n)$.",
    literal=(
        stated(
            "article/a084/literal/momentum",
            "The worst rate of momentum",
            equal(sympy.Max(_at(_m**2, _ALPHA, _BETA), _at(_l**2, _ALPHA, _BETA)), (_l / _m - 1) / (_l / _m + 1)),
            _spectrum,
        ),
        stated(
            "article/a084/literal/gradient-descent",
            "The worst rate of gradient descent",
            equal(
                sympy.Max(abs(1 - _descent * _m**2), abs(1 - _descent * _l**2)),
                (_l**2 / _m**2 - 1) / (_l**2 / _m**2 + 1),
            ),
            _spectrum,
        ),
        stated(
            "article/a084/literal/gradient-descent-optimal",
            "No step size has a better one",
            sympy.Max(abs(1 - alpha * _m**2), abs(1 - alpha * _l**2)) >= (_l**2 / _m**2 - 1) / (_l**2 / _m**2 + 1),
            _spectrum,
        ),
    ),
)

_p, _q = sympy.symbols("m_2 l_2", positive=True)

_SQUARE_ROOT = Entry(
    id="A085",
    section=_SECTION,
    summary=(
        r"Momentum makes $\sqrt\kappa$ out of $\kappa$, for which one would have to know $\lambda_1$ and $\lambda_n$."
    ),
    reading=(
        r"Momentum's rate at $\kappa=s^2$ is that of gradient descent at $s$. That both extreme eigenvalues are "
        "needed: from the optimal parameters they can be told, so that no others have the same ones."
    ),
    literal=(
        stated(
            "article/a085/literal/square-root",
            "The one rate is the other one at the root of the condition number",
            equal((_root - 1) / (_root + 1), ((kappa - 1) / (kappa + 1)).subs(kappa, _root)),
            (kappa >= 1,),
        ),
        stated(
            "article/a085/literal/knowledge",
            "Spectra with the same optimal parameters have the same ends",
            all_of(equal(_m, _p), equal(_l, _q)),
            (
                *_spectrum,
                _p <= _q,
                equal(_ALPHA, _ALPHA.xreplace({_m: _p, _l: _q})),
                equal(_BETA, _BETA.xreplace({_m: _p, _l: _q})),
            ),
        ),
    ),
)

# With lambda_1 = 1 and lambda_n = kappa.
_MOMENTUM_STEP, _DESCENT_STEP = 4 / (1 + _root) ** 2, 2 / (1 + kappa)
_MOMENTUM_TERM = ((_root - 1) / (_root + 1)) ** 2
_ratio = _MOMENTUM_STEP / _DESCENT_STEP
_scaled = r"The ratio depends on $\kappa$ alone, so $\lambda_1=1$ and $\lambda_n=\kappa$."
_LIMIT = r"for every $\epsilon>0$ the difference is less than $\epsilon$ once $\kappa\ge16/\epsilon^2$."

_TWICE = Entry(
    id="A086",
    section=_SECTION,
    summary="On badly conditioned problems momentum's best step size is nearly double that of gradient descent.",
    reading=_scaled + r" Poor conditioning and about: the ratio tends to 2 for $\kappa\to\infty$; " + _LIMIT,
    literal=(
        stated(
            "article/a086/literal/scale",
            "The ratio depends on the condition number alone",
            equal(_ALPHA / _descent, 2 * (1 + (_l / _m) ** 2) / (1 + _l / _m) ** 2),
        ),
        stated(
            "article/a086/literal/limit",
            "It tends to 2, from below",
            all_of(_ratio < 2, 2 - _ratio < _eps),
            (kappa >= 1, kappa * _eps**2 >= 16),
        ),
    ),
    remark=(
        r"The ratio is $2(1+\kappa)/(1+\sqrt\kappa)^2$, which is also $1+\beta$: 1 for $\kappa=1$, and less than 2 "
        "always."
    ),
)

_NEAR_ONE = Entry(
    id="A087",
    section=_SECTION,
    summary=r"On badly conditioned problems the best $\beta$ is nearly 1.",
    reading=r"It tends to 1 for $\kappa\to\infty$: " + _LIMIT,
    literal=(
        stated(
            "article/a087/literal/limit",
            "It tends to 1, from below",
            all_of(_MOMENTUM_TERM < 1, _eps > 1 - _MOMENTUM_TERM),
            (kappa >= 1, kappa * _eps**2 >= 16),
        ),
    ),
)

_GUIDELINE = Entry(
    id="A088",
    section=_SECTION,
    summary=(
        r"A recipe: first a $\beta$ as near to 1 as can be, then the largest $\alpha$ with which the iteration does "
        "not diverge."
    ),
    reading=(
        r"Two statements on the worst rate over $[\lambda_1,\lambda_n]=[m^2,l^2]$: (a) a $\beta$ closer to 1 than "
        r"that of A083 is no worse, whatever $\alpha$ is then found; (b) with the $\beta$ of A083, the $\alpha$ at "
        r"which convergence ends is no worse than the optimal one (there is no highest $\alpha$ that still "
        "converges, but a least one that does not)."
    ),
    literal=(
        stated(
            "article/a088/literal/closer",
            "A beta closer to 1 than the optimal one, whatever its alpha, is as good as the optimal one",
            sympy.Max(_at(_m**2, _other, _more), _at(_l**2, _other, _more)) <= _BEST,
            (_m < _l, _more > _BETA, _more < 1),
        ),
        stated(
            "article/a088/literal/highest",
            "At the optimal beta, the alpha at which convergence ends is as good as the optimal one",
            _at(_l**2, 2 * (1 + _BETA) / _l**2, _BETA) <= _BEST,
            _spectrum,
        ),
    ),
    corrected=(
        stated(
            "article/a088/corrected/beta",
            "The rate is at least the root of beta, whatever alpha",
            radius() >= sympy.sqrt(beta),
            (beta >= 0,),
        ),
        stated(
            "article/a088/corrected/window",
            "It is that for the whole spectrum just for alpha from (1 - sqrt(beta))^2/lambda_1 to (1 + "
            "sqrt(beta))^2/lambda_n",
            sympy.Equivalent(
                all_of(_at(_m**2) <= sympy.sqrt(beta), _at(_l**2) <= sympy.sqrt(beta)),
                all_of(alpha * _m**2 >= (1 - sympy.sqrt(beta)) ** 2, alpha * _l**2 <= (1 + sympy.sqrt(beta)) ** 2),
            ),
            (*_spectrum, beta >= 0, beta < 1),
        ),
        stated(
            "article/a088/corrected/least",
            "There are such alpha just from the optimal beta on",
            sympy.Equivalent((1 - _t) ** 2 * _l**2 <= (1 + _t) ** 2 * _m**2, _t**2 >= _BETA),
            (*_spectrum, _t < 1),
        ),
        stated(
            "article/a088/corrected/highest",
            "At the optimal beta it is one alpha, less than the highest that still converges by the factor 1 + 1/kappa",
            all_of(
                equal((1 + _BEST) ** 2 / _l**2, _ALPHA),
                equal(2 * (1 + _BETA) / _l**2, (1 + _m**2 / _l**2) * _ALPHA),
            ),
            _spectrum,
        ),
    ),
    remark=(
        r"The rate is at least $\sqrt\beta$, so that $\beta$ should be no closer to 1 than the optimal one; that is "
        r"close to 1 if the conditioning is poor. Where convergence ends the rate is 1; with the optimal $\beta$ the "
        r"best $\alpha$ is less than that one by the factor $1+1/\kappa$."
    ),
)

_EDGE = Entry(
    id="A089",
    section=_SECTION,
    summary="It is good to be at the border of divergence, for momentum as for gradient descent.",
    reading=(
        r"At the edge, $\alpha\lambda_n=2+2\beta$ (for gradient descent 2), the worst rate is the optimal one, "
        r"$\beta$ being optimal. The condition is poor conditioning: the edge is at $1+1/\kappa$ times the optimal "
        r"$\alpha$."
    ),
    literal=(
        stated(
            "article/a089/literal/momentum",
            "At the edge momentum has its best rate",
            equal(_at(_l**2, 2 * (1 + _BETA) / _l**2, _BETA), _BEST),
            _spectrum,
        ),
        stated(
            "article/a089/literal/gradient-descent",
            "At the edge gradient descent has its best rate",
            equal(abs(1 - 2 / _l**2 * _l**2), (_l**2 - _m**2) / (_l**2 + _m**2)),
            _spectrum,
        ),
    ),
    condition=(
        stated(
            "article/a089/condition/at-the-edge",
            "At the edge itself there is no convergence",
            equal(_at(_l**2, 2 * (1 + beta) / _l**2), 1),
            (beta >= 0, beta < 1),
        ),
        stated(
            "article/a089/condition/factor",
            "For both methods it is at 1 + 1/kappa times the optimal step size, which tends to 1",
            all_of(
                equal(2 * (1 + _BETA) / _l**2, (1 + _m**2 / _l**2) * _ALPHA),
                equal(2 / _l**2, (1 + _m**2 / _l**2) * _descent),
            ),
            _spectrum,
        ),
    ),
    remark=(
        r"At the edge itself nothing converges. The best step size lies below it by the factor $1+1/\kappa$, for "
        "both methods: near the edge in the limit of poor conditioning."
    ),
)

# The figure: eigenvalues 1/100, 1/10, 1, at the start equal contributions to the loss, optimal parameters.
_CURVATURES = (sympy.Rational(1, 100), sympy.Rational(1, 10), sympy.Integer(1))
_TUNED = sympy.Rational(400, 121), sympy.Rational(81, 121)
_STEP = sympy.Rational(200, 101)


def _losses(size: Any, momentum: Any, steps: int) -> Any:
    """The loss after that many steps from rest, 1/2 for each eigenvalue at the start."""
    total = sympy.Integer(0)
    for curvature in _CURVATURES:
        values = {alpha: size, beta: momentum, lam: curvature}
        total += (momentum_matrix().xreplace(values) ** steps)[1, 1] ** 2 / 2
    return total


_FASTER = Entry(
    id="A090",
    section=_SECTION,
    summary="In the figure the loss with momentum does not fall all the way down, but it is down much earlier.",
    printed=(r"\lambda_1=0.01,\qquad \lambda_2=0.1,\qquad \lambda_3=1",),
    reading=(
        r"With the figure's eigenvalues and initial parameters, $\alpha\lambda_3=400/121$ and $\beta=81/121$ (A083), "
        r"from rest at a point where the three contributions are equal; gradient descent with $\alpha=200/101$. No "
        "longer monotonic: the loss goes up at first. Faster: at step 50 it is a thousandth of that of gradient "
        "descent, at the last step drawn, 150, $10^{-18}$ of it. The losses are worked out in exact fractions."
    ),
    literal=(
        stated(
            "article/a090/literal/parameters",
            "The parameters are the optimal ones",
            all_of(
                equal(_TUNED[0], (2 / (sympy.Rational(1, 10) + 1)) ** 2),
                equal(_TUNED[1], ((1 - sympy.Rational(1, 10)) / (1 + sympy.Rational(1, 10))) ** 2),
            ),
        ),
        stated(
            "article/a090/literal/up",
            "The first four steps raise the loss, the fifth lowers it",
            all_of(
                *(sympy.Gt(_losses(*_TUNED, k + 1), _losses(*_TUNED, k), evaluate=False) for k in range(4)),
                sympy.Lt(_losses(*_TUNED, 5), _losses(*_TUNED, 4), evaluate=False),
            ),
        ),
        stated(
            "article/a090/literal/faster",
            "How far the loss is below that of gradient descent",
            all_of(
                *(
                    sympy.Lt(_losses(*_TUNED, k), factor * _losses(_STEP, sympy.S.Zero, k), evaluate=False)
                    for k, factor in ((50, sympy.Rational(1, 1000)), (150, sympy.Rational(1, 10**18)))
                )
            ),
        ),
    ),
)

_after_one = abs(1 - 4 * kappa / (1 + _root) ** 2)

_ASYMPTOTIC = Entry(
    id="A091",
    section=_SECTION,
    summary="Parameters that are optimal for the rate in the long run need not be the fastest ones before that.",
    reading=(
        r"That they need not is shown at finite $k$: after one step the worst error over $[1,\kappa]$ with the "
        r"optimal parameters is larger than that of gradient descent with its own, for every $\kappa>1$, and after "
        r"two steps for $\kappa\ge4$. That the asymptotic rate is the best is A083."
    ),
    literal=(
        stated(
            "article/a091/literal/one-step",
            "After one step, the error at the largest eigenvalue is larger than the worst one of gradient descent",
            _after_one > (kappa - 1) / (kappa + 1),
            (kappa > 1,),
        ),
        stated(
            "article/a091/literal/two-steps",
            "After two steps too from kappa = 4 on, with the eigenvalues m^2 and l^2",
            abs((momentum_matrix().xreplace({alpha: _ALPHA, beta: _BETA, lam: _l**2}) ** 2)[1, 1])
            > ((_l**2 - _m**2) / (_l**2 + _m**2)) ** 2,
            (_l >= 2 * _m,),
        ),
        stated(
            "article/a091/literal/asymptotic",
            "No parameters have a better asymptotic rate",
            sympy.Max(_at(_m**2), _at(_l**2)) >= sympy.Max(_at(_m**2, _ALPHA, _BETA), _at(_l**2, _ALPHA, _BETA)),
            _spectrum,
        ),
    ),
)


def _quartic() -> tuple[Any, ...]:
    """Iterates of heavy ball on w^4/4 from 1, at rest, with alpha = 1/2 and beta = 9/10."""
    size, momentum, w, z = sympy.Rational(1, 2), sympy.Rational(9, 10), sympy.Integer(1), sympy.Integer(0)
    iterates = [w]
    for _ in range(3):
        z = momentum * z + w**3
        w = w - size * z
        iterates.append(w)
    return tuple(iterates)


_x = real("x")

_RIPPLES = Entry(
    id="A092",
    section=_SECTION,
    summary=(
        "The loss falls steadily with gradient descent and ripples with momentum, on quadratics and on functions of "
        "any other kind."
    ),
    reading=(
        r"On quadratics: a step of gradient descent does not raise the contribution $\frac\lambda2x^2$ of any "
        r"eigenspace; no bound on $\alpha>0$ is printed. That momentum oscillates, and not on quadratics only, is "
        r"shown by instances: the losses of A090, and the convex function $w^4/4$, with $\alpha=1/2$, $\beta=9/10$, "
        "from rest at $w=1$, where the loss falls twice and then goes up."
    ),
    literal=(
        stated(
            "article/a092/literal/monotonic",
            "A step of gradient descent does not raise the loss",
            lam / 2 * ((1 - alpha * lam) * _x) ** 2 <= lam / 2 * _x**2,
            (alpha > 0, lam > 0),
        ),
        stated(
            "article/a092/literal/ripples",
            "On a quadratic the loss with momentum goes up",
            sympy.Gt(_losses(*_TUNED, 1), _losses(*_TUNED, 0), evaluate=False),
        ),
        stated(
            "article/a092/literal/not-only-quadratics",
            "On w^4/4 the loss with momentum falls and goes up again",
            all_of(
                *(
                    relation(after**4 / 4, before**4 / 4, evaluate=False)
                    for relation, before, after in zip(
                        (sympy.Lt, sympy.Lt, sympy.Gt), _quartic()[:-1], _quartic()[1:], strict=True
                    )
                )
            ),
        ),
    ),
    condition=(
        stated(
            "article/a092/condition/monotonic",
            "It does not just for alpha lambda <= 2",
            sympy.Equivalent(lam / 2 * ((1 - alpha * lam) * _x) ** 2 <= lam / 2 * _x**2, alpha * lam <= 2),
            (alpha > 0, lam > 0, sympy.Ne(_x, 0)),
        ),
    ),
    remark=(
        "The loss curve of gradient descent is monotonic for the step sizes with which it converges, "
        r"$0<\alpha\lambda_i<2$ (A021), and for $\alpha\lambda_i=2$, where it stays level; beyond, the contribution "
        "of that eigenspace goes up."
    ),
)

ENTRIES: tuple[Entry, ...] = (
    _PROBLEM,
    _REPEATED,
    _OPTIMAL,
    _RATES,
    _SQUARE_ROOT,
    _TWICE,
    _NEAR_ONE,
    _GUIDELINE,
    _EDGE,
    _FASTER,
    _ASYMPTOTIC,
    _RIPPLES,
)
"""A081 to A092."""
