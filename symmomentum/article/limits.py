r"""What no first-order method can do: algorithms unrolled, and the resisting oracle (A104 to A118)."""

from __future__ import annotations

import dataclasses
from typing import Any

import sympy

from symmomentum.article.language import all_of, real, stated
from symmomentum.article.model import Entry
from symmomentum.bounds import convex_rosenbrock, unrolled_claims
from symmomentum.claims import Claim, equal
from symmomentum.problems import RosenbrockFamily
from symmomentum.problems.rosenbrock import ENDS
from symmomentum.symbols import alpha, beta, kappa
from symmomentum.symbols import k as step

__all__ = ["ENTRIES"]

_SPACE, _ORACLE = "Adventures in Algorithmic Space", "The Resisting Oracle"
_BOUNDS = {end: convex_rosenbrock(step, kappa, end) for end in ENDS}
_KNOWN: dict[str, Claim] = {
    claim.id.removeprefix("bounds/"): claim
    for claim in (
        *unrolled_claims(),
        *(c for bound in _BOUNDS.values() for c in (*bound.claims, *bound.refuted)),
        *(c for end in ENDS for c in RosenbrockFamily(sympy.Symbol("n", integer=True, positive=True), kappa, end).claims),
    )
}  # fmt: skip


def _known(name: str, id: str) -> Claim:
    """A claim on bounds or on the Convex Rosenbrock, under the id of an entry."""
    return dataclasses.replace(_KNOWN[name], id=id)


def _both(name: str, id: str) -> tuple[Claim, ...]:
    """The claims of that name on the function with either end."""
    known = ((end, _known(f"convex-rosenbrock/{end}/{name}", f"{id}-{end}")) for end in ENDS)
    return tuple(dataclasses.replace(claim, title=f"{claim.title} ({end} end)") for end, claim in known)


# Adventures in Algorithmic Space --------------------------------------------------------------------------------------

_w0, _wk, _total, _g = real("w_0 w_k G g")
_g0, _g1, _g2 = real("g_0 g_1 g_2")
_usual = (alpha > 0, beta > 0, beta < 1)
_componentwise = "In one component, and so in each, the gradients being any numbers $g_0, g_1, \\ldots$"

_UNROLLED = Entry(
    id="A104",
    section=_SPACE,
    summary="The iterates of gradient descent with the earlier steps put in, one after the other.",
    printed=(
        r"\begin{array}{lll} w^{1} & \!= & \!w^{0} ~-~ \alpha\nabla f(w^{0})\\ w^{2} & \!= & \!w^{1} ~-~ "
        r"\alpha\nabla f(w^{1})\\ & \!= & \!w^{0} ~-~ \alpha\nabla f(w^{0}) ~-~ \alpha\nabla f(w^{1})\\ & ~ \!\vdots "
        r"\\ w^{k+1} & \!= & \!w^{0} ~-~ \alpha\nabla f(w^{0}) ~-~~~~ \cdots\cdots ~~~~-~ \alpha\nabla f(w^{k}) "
        r"\end{array}",
    ),
    reading=_componentwise
    + r". The last line is shown by induction, its step from $k$ to $k+1$ with $G$ for the sum so far.",
    literal=(
        stated(
            "article/a104/literal/second",
            "Two steps",
            equal((_w0 - alpha * _g0) - alpha * _g1, _w0 - alpha * _g0 - alpha * _g1),
        ),
        stated(
            "article/a104/literal/step",
            "One step more, one gradient more",
            equal(_wk - alpha * _g, _w0 - alpha * (_total + _g)),
            (equal(_wk, _w0 - alpha * _total),),
        ),
    ),
)

_SUM = Entry(
    id="A105",
    section=_SPACE,
    summary="The same with a sum sign.",
    printed=(r"w^{k+1} ~~=~~ w^{0} ~-~ \alpha\sum_i^k\nabla f(w^{i}).",),
    reading=_componentwise + r"; the sum begins at $i=0$. By induction, in which $G$ stands for the sum up to $k$.",
    literal=(
        stated("article/a105/literal/start", "One step", equal(_w0 - alpha * _g0, _w0 - alpha * (0 + _g0))),
        stated(
            "article/a105/literal/step",
            "From the sum up to k to that up to k + 1",
            equal(_wk - alpha * _g, _w0 - alpha * (_total + _g)),
            (equal(_wk, _w0 - alpha * _total),),
        ),
        _known("unrolled/gradient-descent/coefficients", "article/a105/literal/coefficients"),
    ),
)


def _momentum(gradients: tuple[Any, ...]) -> Any:
    """The iterate of momentum after these gradients, from rest at w^0."""
    z, w = sympy.Integer(0), _w0
    for g in gradients:
        z = beta * z + g
        w = w - alpha * z
    return w


def _sum(gradients: tuple[Any, ...], sign: int) -> Any:
    """A106, with the sign printed or the other one."""
    k = len(gradients) - 1
    return _w0 + sign * alpha * sympy.Add(
        *((1 - beta ** (k + 1 - i)) / (1 - beta) * g for i, g in enumerate(gradients))
    )


_weighted = real("P")  # the sum of beta^(k-i) g_i, which is z^(k+1)


def _closed(total: Any, weighted: Any) -> Any:
    return _w0 - alpha * (total - beta * weighted) / (1 - beta)


_MOMENTUM_SUM = Entry(
    id="A106",
    section=_SPACE,
    summary="The iterates of momentum as a sum over the gradients.",
    printed=(r"w^{k+1} ~~=~~ w^{0} ~+~ \alpha\sum_i^k\frac{(1-\beta^{k+1-i})}{1-\beta}\nabla f(w^i).",),
    reading=(
        _componentwise
        + r", from rest, $z^0=0$; the sum begins at $i=0$. The corrected sum for every $k$, by induction: it is "
        r"$(G-\beta P)/(1-\beta)$ with $G=\sum g_i$ and $P=\sum\beta^{k-i}g_i$, and $P$ is $z^{k+1}$."
    ),
    literal=(
        stated(
            "article/a106/literal/first",
            "After one step",
            equal(_momentum((_g0,)), _sum((_g0,), 1)),
            _usual,
        ),
        stated(
            "article/a106/literal/third",
            "After three steps",
            equal(_momentum((_g0, _g1, _g2)), _sum((_g0, _g1, _g2), 1)),
            _usual,
        ),
    ),
    corrected=(
        stated(
            "article/a106/corrected/third",
            "With a minus sign, after three steps",
            equal(_momentum((_g0, _g1, _g2)), _sum((_g0, _g1, _g2), -1)),
            (sympy.Ne(beta, 1),),
        ),
        stated(
            "article/a106/corrected/weights",
            "The sum in terms of G and P: one summand",
            equal((1 - beta ** (step + 1)) / (1 - beta) * _g, (_g - beta * (beta**step * _g)) / (1 - beta)),
            (sympy.Ne(beta, 1),),
        ),
        stated(
            "article/a106/corrected/start",
            "After one step",
            equal(_momentum((_g0,)), _closed(_g0, _g0)),
            (sympy.Ne(beta, 1),),
        ),
        stated(
            "article/a106/corrected/step",
            "From k to k + 1",
            equal(_wk - alpha * (beta * _weighted + _g), _closed(_total + _g, beta * _weighted + _g)),
            (sympy.Ne(beta, 1), equal(_wk, _closed(_total, _weighted))),
        ),
        _known("unrolled/heavy-ball/coefficients", "article/a106/corrected/coefficients"),
        _known("unrolled/heavy-ball/beta-one", "article/a106/corrected/beta-one"),
    ),
    instead=(
        r"w^{k+1} ~~=~~ w^{0} ~-~ \alpha\sum_{i=0}^k\frac{(1-\beta^{k+1-i})}{1-\beta}\nabla f(w^i),\qquad\beta\ne1",
    ),
    remark=(
        r"The sign is wrong: it is $-\alpha$. And $\beta=1$, where the fraction is undefined, must be left out; "
        "there the coefficient is its limit, $k+1-i$."
    ),
)

_s0, _s1, _turn = real("s_0 s_1 b")
_gamma0, _gamma1 = real("gamma_0 gamma_1")
_u1, _u2, _eps, _count = real("u_1 u_2 epsilon m")
_sign1, _sign2 = sympy.sign(_u1), sympy.sign(_u2)

_CLASS = Entry(
    id="A107",
    section=_SPACE,
    summary=(
        "First-order algorithms of every kind unroll like this, such as conjugate gradients, AdaMax and averaged "
        "gradients; those of the printed form are a class, to which gradient descent and momentum belong."
    ),
    printed=(
        r"w^{k+1} ~~=~~ w^{0} ~+~ \sum_{i}^{k}\gamma_{i}^{k}\nabla f(w^{i}) \qquad \text{ for some } \gamma_{i}^{k}",
    ),
    reading=(
        r"Each named algorithm is of the printed form with numbers $\gamma_i^k$, which, as nothing else is printed, "
        r"may depend on the function. AdaMax takes the step $-\alpha\,\mathrm{sign}(\nabla f)$ first: in two "
        "variables it must be a multiple of the gradient $(u_1,u_2)$. Averaged gradient is read as a step along the "
        "mean of the gradients so far."
    ),
    literal=(
        _known("unrolled/gradient-descent/coefficients", "article/a107/literal/gradient-descent"),
        _known("unrolled/heavy-ball/coefficients", "article/a107/literal/momentum"),
        stated(
            "article/a107/literal/averaged-gradient",
            "A step along the mean of two gradients, after some steps in the class",
            equal(
                (_w0 + _gamma0 * _g0 + _gamma1 * _g1) - alpha * (_g0 + _g1 + _g2) / 3,
                _w0 + (_gamma0 - alpha / 3) * _g0 + (_gamma1 - alpha / 3) * _g1 + (-alpha / 3) * _g2,
            ),
        ),
        stated(
            "article/a107/literal/conjugate-gradients",
            "Two steps of conjugate gradients, along -g_0 and -g_1 + b (-g_0)",
            equal(
                _w0 + _s0 * (-_g0) + _s1 * (-_g1 + _turn * (-_g0)),
                _w0 + (-_s0 - _s1 * _turn) * _g0 + (-_s1) * _g1,
            ),
        ),
        stated(
            "article/a107/literal/adamax",
            "The first step of AdaMax is a multiple of the gradient",
            equal((-alpha * _sign1) * _u2, (-alpha * _sign2) * _u1),
            (alpha > 0, sympy.Ne(_u1, 0), sympy.Ne(_u2, 0)),
        ),
    ),
    corrected=(
        stated(
            "article/a107/corrected/adamax",
            "It is a diagonal matrix times the gradient, and a multiple of it just if its entries have the same size",
            all_of(
                equal(-alpha * _sign1, (-alpha / abs(_u1)) * _u1),
                equal(-alpha * _sign2, (-alpha / abs(_u2)) * _u2),
                sympy.Equivalent(equal((-alpha * _sign1) * _u2, (-alpha * _sign2) * _u1), equal(abs(_u1), abs(_u2))),
            ),
            (alpha > 0, sympy.Ne(_u1, 0), sympy.Ne(_u2, 0)),
        ),
        stated(
            "article/a107/corrected/conjugate-gradients",
            "The first step size of conjugate gradients, to the minimum along the gradient, depends on the curvature",
            all_of(
                sympy.Implies(
                    sympy.Ne(_s0, 1 / kappa),
                    kappa * (_wk - _s0 * kappa * _wk) ** 2 > kappa * (_wk - kappa * _wk / kappa) ** 2,
                ),
            ),
            (kappa > 0, sympy.Ne(_wk, 0)),
        ),
    ),
    instead=(
        r"w^{k+1} ~~=~~ w^{0} ~+~ \sum_{i}^{k}\Gamma_{i}^{k}\nabla f(w^{i}) \qquad \text{ for some diagonal "
        r"matrix } \Gamma_{i}^{k}",
    ),
    remark=(
        "AdaMax divides each component by a number of its own, so that it is not of this form but of that with "
        "diagonal matrices (A108). Momentum, gradient descent and averaged gradients are of it with fixed numbers; "
        "conjugate gradients are with numbers that depend on the function and the start, so that they are no linear "
        "method."
    ),
)

_DIAGONAL = Entry(
    id="A108",
    section=_SPACE,
    summary=(
        "A wider class, with one step size for each coordinate: Adam, AdaGrad and most of what is in use for neural "
        "networks belong to it, and a single function defeats them all."
    ),
    printed=(
        r"w^{k+1} ~~=~~ w^{0} ~+~ \sum_{i}^{k}\Gamma_{i}^{k}\nabla f(w^{i}) \quad \text{ for some diagonal matrix } "
        r"\Gamma_{i}^{k} .",
    ),
    reading=(
        "A method is linear if its matrices are given with it, the same for every function. AdaGrad and Adam (its "
        r"averages corrected for their start) both take $-\alpha g/(|g|+\epsilon)$ in each component first: "
        "literally, that is one multiple of $g$ for any two gradients. In the condition: the matrix may depend on "
        "the gradients so far; and the function is that of A109, where they fail as in A113 and A115, for $k<n$."
    ),
    literal=(
        stated(
            "article/a108/literal/adam",
            "The first step of Adam and of AdaGrad has the same multiple for any two gradients",
            equal(-alpha / (abs(_u1) + _eps), -alpha / (abs(_u2) + _eps)),
            (alpha > 0, _eps > 0, sympy.Ne(_u1, 0), sympy.Ne(_u2, 0)),
        ),
    ),
    condition=(
        stated(
            "article/a108/condition/depends",
            "With a matrix that depends on the gradient it is of the form; an entry that is zero stays zero, as eps "
            "> 0",
            all_of(
                equal(-alpha * _u1 / (abs(_u1) + _eps), (-alpha / (abs(_u1) + _eps)) * _u1),
                sympy.Implies(equal(_u1, 0), equal(-alpha * _u1 / (abs(_u1) + _eps), 0)),
                sympy.Implies(equal(-alpha / (abs(_u1) + _eps), -alpha / (abs(_u2) + _eps)), equal(abs(_u1), abs(_u2))),
            ),
            (alpha > 0, _eps > 0),
        ),
        stated(
            "article/a108/condition/adam",
            "A later step of Adam too: averages of gradients, over a number of its own for each component",
            equal(
                _wk - alpha * (beta * (1 - beta) * _g0 + (1 - beta) * _g1) / (_s1 + _eps),
                _wk + (-alpha * beta * (1 - beta) / (_s1 + _eps)) * _g0 + (-alpha * (1 - beta) / (_s1 + _eps)) * _g1,
            ),
            (_s1 >= 0, _eps > 0),
        ),
        *_both("cone/gradient", "article/a108/condition/cone"),
        *_both("cone/step", "article/a108/condition/cone-step"),
        _known("convex-rosenbrock/free/infinity/relative", "article/a108/condition/bound-free"),
        _known("convex-rosenbrock/fixed/infinity/limit", "article/a108/condition/bound-fixed"),
    ),
    remark=(
        "The matrices of Adam and AdaGrad depend on the gradients, so that these are no linear methods. With "
        "matrices that may depend on the function and the gradients they are of the form, and the zeros of A113 and "
        "with them the bound hold for them too, while $k<n$."
    ),
)

# The Resisting Oracle -------------------------------------------------------------------------------------------------

_w, _v, _h, _c, _q, _a = real("w v h c q a")
_before, _here, _after = real("w_before w_i w_after")
_three = real("w_1 w_2 w_3")
_ENDS_READ = r"The two readings of the end: free, the sum stops at $n-1$; fixed, $w_{n+1}=0$. "


def _printed(w: tuple[Any, ...], beyond: Any, curvature: Any) -> Any:
    """A109 at n variables, with something for w_{n+1}; the curvature is 4/(kappa - 1)."""
    following = (*w[1:], beyond)
    couplings = sympy.Add(*((x - y) ** 2 for x, y in zip(w, following, strict=True)))
    return (w[0] - 1) ** 2 / 2 + couplings / 2 + curvature / 2 * sympy.Add(*(x**2 for x in w))


def _is_minimum(curvature: Any, minimizer: tuple[Any, ...], *, free: bool) -> Any:
    def value(w: tuple[Any, ...]) -> Any:
        return _printed(w, w[-1] if free else sympy.Integer(0), curvature)

    return sympy.Implies(
        sympy.Or(*(sympy.Ne(x, y) for x, y in zip(_three, minimizer, strict=True))), value(_three) > value(minimizer)
    )


_nine = sympy.Rational(1, 2)  # 4/(kappa - 1) for kappa = 9

_FUNCTION = Entry(
    id="A109",
    section=_ORACLE,
    summary=(
        "The function, a chain of variables: one end is drawn to 1, neighbors are coupled, and all are drawn to 0 a "
        "little."
    ),
    printed=(
        r"f^n(w) = \frac{1}{2}\left(w_{1}-1\right)^{2} + \frac{1}{2}\sum_{i=1}^{n}(w_{i}-w_{i+1})^{2} + "
        r"\frac{2}{\kappa-1}\|w\|^{2}.",
    ),
    reading=(
        r"A definition of a function of $w_1,\ldots,w_n$: what else may stand for $w_{n+1}$ does not change its "
        "value. Stated for three variables; in any number, only the last coupling holds $w_{n+1}$."
    ),
    literal=(
        stated(
            "article/a109/literal/defined",
            "The value does not depend on w_{n+1}",
            equal(_printed(_three, _v, _c), _printed(_three, _h, _c)),
            (_c > 0,),
        ),
    ),
    corrected=(
        stated(
            "article/a109/corrected/readings",
            "With w_{n+1} = w_n the last coupling is gone (free end), with w_{n+1} = 0 it is w_n^2/2 (fixed end)",
            all_of(
                equal(
                    _printed(_three, _three[-1], _c), _printed(_three[:2], _three[-1], _c) + _c / 2 * _three[-1] ** 2
                ),
                equal(_printed(_three, 0, _c), _printed(_three, _three[-1], _c) + _three[-1] ** 2 / 2),
            ),
            (_c > 0,),
        ),
        stated(
            "article/a109/corrected/minimum",
            "Either has one minimizer; for n = 3 and kappa = 9, these",
            all_of(
                _is_minimum(_nine, tuple(sympy.Rational(x, 43) for x in (22, 12, 8)), free=True),
                _is_minimum(_nine, tuple(sympy.Rational(x, 85) for x in (42, 20, 8)), free=False),
            ),
        ),
        stated(
            "article/a109/corrected/page",
            "The page's data, the diagonal 500.5 with -249.75 beside it, are (kappa - 1)/4 times the second one for "
            "kappa = 1000",
            all_of(
                equal((kappa - 1) / 4 * (2 + 4 / (kappa - 1)), sympy.Rational(1001, 2)),
                equal((kappa - 1) / 4 * (-1), -sympy.Rational(999, 4)),
            ),
            (equal(kappa, 1000),),
        ),
    ),
    instead=(
        r"f^n(w) = \frac{1}{2}\left(w_{1}-1\right)^{2} + \frac{1}{2}\sum_{i=1}^{n-1}(w_{i}-w_{i+1})^{2} + "
        r"\frac{2}{\kappa-1}\|w\|^{2}",
        r"f^n(w) = \frac{1}{2}\left(w_{1}-1\right)^{2} + \frac{1}{2}\sum_{i=1}^{n}(w_{i}-w_{i+1})^{2} + \frac{2}"
        r"{\kappa-1}\|w\|^{2},\qquad w_{n+1}=0",
    ),
    remark=(
        "$w_{n+1}$ is undefined. Either the sum stops at $n-1$ (free end), or $w_{n+1}=0$ (fixed end), as in the "
        "data of the page. Both are followed from here on."
    ),
)

_n = sympy.Symbol("n", integer=True, positive=True)
_curvature = (1 - _q) ** 2 / _q  # 4/(kappa - 1)
_unit = (_q > 0, _q < 1)
_IN_Q = r"With $q=(\sqrt\kappa-1)/(\sqrt\kappa+1)$, for which $4/(\kappa-1)=(1-q)^2/q$ and $0<q<1$. "

_SOLUTION = Entry(
    id="A110",
    section=_ORACLE,
    summary="Where its minimum is.",
    printed=(r"w_{i}^{\star}=\left(\frac{\sqrt{\kappa}-1}{\sqrt{\kappa}+1}\right)^{i}",),
    reading=(
        _IN_Q
        + _ENDS_READ
        + "The gradient is zero at $w_i=q^i$ in every row, the last one included. In the condition: in all rows of "
        r"a chain without end, and for $n\to\infty$, where $p_i$ stands for $q^i$ and $p_n$ for $q^n$; there $s=\sqrt\kappa$."
    ),
    literal=(
        stated(
            "article/a110/literal/last-free",
            "The last row with the free end",
            equal((1 + _curvature) * _q**_n - _q ** (_n - 1), 0),
            _unit,
        ),
        stated(
            "article/a110/literal/last-fixed",
            "The last row with the fixed end",
            equal((2 + _curvature) * _q**_n - _q ** (_n - 1), 0),
            _unit,
        ),
    ),
    condition=(
        stated(
            "article/a110/condition/rows",
            "All rows of a chain without end: the first one, in which 1 stands for w_0, and the others",
            all_of(
                equal((2 + _curvature) * _q - 1 - _q**2, 0),
                equal((2 + _curvature) * _q**_n - _q ** (_n - 1) - _q ** (_n + 1), 0),
            ),
            _unit,
        ),
        stated(
            "article/a110/condition/never",
            "At no finite n: what is left in the last row",
            all_of(
                (1 + _curvature) * _q**_n - _q ** (_n - 1) < 0,
                (2 + _curvature) * _q**_n - _q ** (_n - 1) > 0,
            ),
            _unit,
        ),
        *_both("ratio", "article/a110/condition/ratio"),
        *_both("minimizer/first", "article/a110/condition/first"),
        *_both("minimizer/recurrence", "article/a110/condition/recurrence"),
        *_both("minimizer/last", "article/a110/condition/last"),
        *_both("minimizer/limit", "article/a110/condition/limit"),
    ),
    remark=(
        r"It is the minimizer for no finite $n$, as the last row is not satisfied, but the limit for $n\to\infty$: "
        "the minimizer is $(q^i+q^{2n+1-i})/(1+q^{2n+1})$ with the free end, $(q^i-q^{2n+2-i})/(1-q^{2n+2})$ with "
        "the fixed one."
    ),
)

_CONDITION_NUMBER = Entry(
    id="A111",
    section=_ORACLE,
    summary=r"With more and more variables its condition number tends to $\kappa$.",
    printed=(r"\kappa",),
    reading=(
        _ENDS_READ
        + r"The eigenvalues are $4/(\kappa-1)+2-2\cos t$ for $n$ angles $t$ between 0 and $\pi$, the least of which "
        r"tends to 0: $\pi/(2n+1)$ and $\pi/(n+1)$. The condition number is below $\kappa$ by at most a multiple of "
        r"$1-\cos$ of the least angle, which tends to 0 with it."
    ),
    literal=(
        *_both("eigenvector/recurrence", "article/a111/literal/eigenvectors"),
        *_both("eigenvector/last", "article/a111/literal/last-row"),
        _known("convex-rosenbrock/free/eigenvector/angle", "article/a111/literal/angle-free"),
        *_both("condition-number", "article/a111/literal/limit"),
    ),
)

_row = 2 * _here - _before - _after + _c * _here


def _local(w: Any, *, last: bool = False) -> Any:
    """The terms of A109 that hold one variable between two others; at the free end, without the coupling after it."""
    return (_before - w) ** 2 / 2 + (0 if last else (w - _after) ** 2 / 2) + _c / 2 * w**2


_GRADIENT = Entry(
    id="A112",
    section=_ORACLE,
    summary="Its gradient, in which each variable meets its two neighbors only.",
    printed=(r"\nabla f(x)_{i}=2w_{i}-w_{i-1}-w_{i+1} +\frac{4}{\kappa-1} w_{i}, \qquad i \neq 1.",),
    reading=(
        _ENDS_READ
        + r"With $c=4/(\kappa-1)$, and $w_{i-1}$, $w_i$, $w_{i+1}$ as $w_{before}$, $w_i$, $w_{after}$: the slope is "
        "$g$ where a move of $w_i$ by $h$ changes the function by $hg$ and a multiple of $h^2$. Printed for all "
        r"$i\ne1$, so for $i=n$ too; what is printed there holds $w_{n+1}$, and is compared with the free end for "
        "$w_{n+1}=0$."
    ),
    literal=(
        stated(
            "article/a112/literal/between",
            "In the rows between the first and the last, and in the last one of a fixed end",
            equal(_local(_here + _h) - _local(_here), _h * _row + _h**2 / 2 * (2 + _c)),
        ),
        stated(
            "article/a112/literal/last",
            "In the last row of a free end",
            equal(
                _local(_here + _h, last=True) - _local(_here, last=True),
                _h * _row.subs(_after, 0) + _h**2 / 2 * (1 + _c),
            ),
            (_c > 0,),
        ),
    ),
    condition=(
        stated(
            "article/a112/condition/last",
            "In the last row of a free end it is w_n - w_{n-1} + c w_n; that is the printed one with w_{n+1} = w_n, "
            "and only so",
            all_of(
                equal(
                    _local(_here + _h, last=True) - _local(_here, last=True),
                    _h * (_here - _before + _c * _here) + _h**2 / 2 * (1 + _c),
                ),
                sympy.Equivalent(equal(_row, _here - _before + _c * _here), equal(_after, _here)),
            ),
        ),
        stated(
            "article/a112/condition/fixed",
            "In the last row of a fixed end it is the printed one with w_{n+1} = 0",
            equal(
                _local(_here + _h).subs(_after, 0) - _local(_here).subs(_after, 0),
                _h * _row.subs(_after, 0) + _h**2 / 2 * (2 + _c),
            ),
        ),
        stated(
            "article/a112/condition/first",
            "In the first row it is the printed one with 1 for w_0",
            equal(
                _local(_here + _h).subs(_before, 1) - _local(_here).subs(_before, 1),
                _h * _row.subs(_before, 1) + _h**2 / 2 * (2 + _c),
            ),
        ),
    ),
    remark=(
        "It holds for $1<i<n$. For $i=n$ it holds with $w_{n+1}=0$ if the end is fixed; with a free end it is "
        r"$w_n-w_{n-1}+cw_n$. (For $i=1$ it would hold with $w_0=1$.) That $\nabla f(x)$ stands for $\nabla f(w)$ is "
        "a slip."
    ),
)

_CONE_READ = (
    "For either end, at every $n$ and $k$: where the entries after the $k$-th are 0 those of the gradient after the "
    "$(k+1)$-th are; and a combination of such gradients, with a number of its own for each component, has these "
    "zeros too. That is the step of an induction which begins with $w^0=0$. "
)

_CHAIN = Entry(
    id="A113",
    section=_ORACLE,
    summary=(
        "A variable at 0 cannot move before one beside it does, so that $k$ steps from 0 reach the first $k$ "
        "variables at most."
    ),
    printed=(
        r"\begin{array}{lllllllll} w^{0} & = & [~~0, & 0, & 0, & \ldots & 0, & 0, & \ldots & 0~]\\ w^{1} & = & "
        r"[~w_{1}^{1}, & 0, & 0, & \ldots & 0, & 0, & \ldots & 0~]\\ w^{2} & = & [~w_{1}^{2}, & w_{2}^{2}, & 0, & "
        r"\ldots & 0, & 0, & \ldots & 0~]\\ & ~ \vdots \\ w^{k} & = & [~w_{1}^{k}, & w_{2}^{k}, & w_{3}^{k}, & "
        r"\ldots &  w_{k}^{k}, & 0, & \ldots & 0~].\\ \end{array}",
    ),
    reading=_CONE_READ + "What is printed without a 0 may be 0 too.",
    literal=(
        *_both("cone/gradient", "article/a113/literal/gradient"),
        *_both("cone/step", "article/a113/literal/step"),
        stated(
            "article/a113/literal/component",
            "A component that is 0 between neighbors that are 0 has the slope 0",
            equal(_row, 0),
            (equal(_before, 0), equal(_here, 0), equal(_after, 0)),
        ),
    ),
)

_DEAD_ZONE = Entry(
    id="A114",
    section=_ORACLE,
    summary=(
        "No parameters change the iterates at $i>k$, where they vanish; news from $w_0$ is at $w_k$ after $k$ steps "
        "at the earliest. Where they do not vanish, well-tuned momentum is very good."
    ),
    reading=(
        _CONE_READ
        + "There is no $w_0$; it is read as the 1 that the colorizer puts before $w_1$. That $k$ steps are enough "
        r"is shown by gradient descent: the slope of the next component is $-w_k$, so that its step makes it $\alpha "
        "w_k$. How well momentum does is the subject of A117."
    ),
    literal=(
        *_both("cone/gradient", "article/a114/literal/gradient"),
        *_both("cone/step", "article/a114/literal/step"),
        stated(
            "article/a114/literal/one-component-a-step",
            "Gradient descent reaches one component more in each step",
            all_of(
                equal(_here - alpha * _row, alpha * _before),
                sympy.Implies(sympy.Ne(_before, 0), sympy.Ne(_here - alpha * _row, 0)),
            ),
            (equal(_here, 0), equal(_after, 0), alpha > 0),
        ),
    ),
)

_BOUND = Entry(
    id="A115",
    section=_ORACLE,
    summary="From the variables that have not moved yet: how large the error must be after $k$ steps.",
    printed=(
        r"\begin{aligned} \|w^{k}-w^{\star}\|_{\infty}&\geq\max_{i\geq "
        r"k+1}\{|w_{i}^{\star}|\}\\&=\left(\frac{\sqrt{\kappa}-1}{\sqrt{\kappa}+1}\right)^{k+1}\\&="
        r"\left(\frac{\sqrt{\kappa}-1}{\sqrt{\kappa}+1}\right)^{k}\|w^{0}-w^{\star}\|_{\infty}. "
        r"\end{aligned}",
    ),
    reading=(
        _IN_Q
        + _ENDS_READ
        + r"The first line follows from A113 for $k<n$. The equations are stated at finite $n>k$, where $w^\star$ is "
        "the minimizer (A110); then for the bounds that they give; and for $q^i$, the minimizer in the limit, with "
        "$a=q^k$."
    ),
    literal=(
        *_both("infinity/equal", "article/a115/literal/equal"),
        _known("convex-rosenbrock/free/infinity/relative", "article/a115/literal/relative-free"),
        _known("convex-rosenbrock/fixed/infinity/relative", "article/a115/literal/relative-fixed"),
    ),
    condition=(
        stated(
            "article/a115/condition/limit",
            "In the limit: the entries after the k-th are at most q^(k+1), the first of them; that is q^k times the "
            "first of all",
            all_of(_a * _q * _h <= _a * _q, equal(_a * _q, _a * (1 * _q))),
            (*_unit, _a > 0, _a <= 1, _h > 0, _h <= 1),
        ),
        *_both("order", "article/a115/condition/order"),
        *_both("largest", "article/a115/condition/largest"),
        *_both("infinity/equal-limit", "article/a115/condition/equal-limit"),
        _known("convex-rosenbrock/free/infinity/absolute", "article/a115/condition/absolute-free"),
        _known("convex-rosenbrock/fixed/infinity/limit", "article/a115/condition/relative-limit-fixed"),
        *_both("attained", "article/a115/condition/attained"),
    ),
    remark=(
        r"For $k<n$, and with the equations in the limit $n\to\infty$ only. At finite $n$ with a free end the "
        "equations fail, but both bounds hold, as strict ones: the error is at least "
        r"$q^k\frac{1+q^{2(n-k)-1}}{1+q^{2n-1}}\|w^0-w^\star\|$; with a fixed end it is at least "
        r"$q^k\frac{1-q^{2(n-k)}}{1-q^{2n}}\|w^0-w^\star\|$, which is less than $q^k\|w^0-w^\star\|$ and can be "
        r"attained. For $k\ge n$ there is no bound."
    ),
)

_tail, _squares = _a * _q / (1 - _q), _a**2 * _q**2 / (1 - _q**2)

_OTHER_NORMS = Entry(
    id="A116",
    section=_ORACLE,
    summary="The other usual norms give results like it.",
    reading=(
        _IN_Q + "Similar: the error is at least $q^k$ times that at the start. Stated at finite $n>k$ and, in the "
        "condition, in the limit, with $a=q^k$: the sums of $q^i$ and of $q^{2i}$ over $i>k$ are those that lose "
        "the right term with each step."
    ),
    literal=(
        *_both("one/relative", "article/a116/literal/one"),
        *_both("two/relative", "article/a116/literal/two"),
    ),
    condition=(
        stated(
            "article/a116/condition/sums",
            "The sums in the limit, and what they are relative to those at the start",
            all_of(
                equal(_tail - _tail.subs(_a, _a * _q), _a * _q),
                equal(_squares - _squares.subs(_a, _a * _q), (_a * _q) ** 2),
                equal(_tail, _a * _tail.subs(_a, 1)),
                equal(_squares, _a**2 * _squares.subs(_a, 1)),
            ),
            (*_unit, _a > 0),
        ),
        *_both("one/limit", "article/a116/condition/one"),
        *_both("two/limit", "article/a116/condition/two"),
        _known("convex-rosenbrock/free/two/small", "article/a116/condition/two-small-free"),
    ),
    remark=(
        r"In the limit $n\to\infty$ the bound is $q^k$ in both norms. At finite $n$ it is less in the 1-norm; in the "
        r"2-norm it is less with the fixed end, and with the free end can be for large $\kappa$, though not for "
        r"$\kappa\le16$."
    ),
)

_lower, _upper = 4 / (kappa - 1), 4 * kappa / (kappa - 1)
_smaller = sympy.Symbol("kappa_n", positive=True)
_root, _root_smaller = sympy.sqrt(kappa), sympy.sqrt(_smaller)

_BEST = Entry(
    id="A117",
    section=_ORACLE,
    summary=(
        r"With many variables ($f^n$ then has nearly the condition number $\kappa$) momentum is as fast as the bound "
        "lets any method of the class be, so that none beats it here."
    ),
    reading=(
        _IN_Q
        + r"The eigenvalues lie between $4/(\kappa-1)$ and $4\kappa/(\kappa-1)$, their limits (A111), and momentum's "
        "best rate for these is $q$, that of the bound. None does better: no method of the class has a smaller "
        "error than $q^k$ times that at the start. No bound on $k$ is printed, so this is stated at $k=n$ too, for "
        "gradient descent in one variable."
    ),
    literal=(
        *_both("condition-number", "article/a117/literal/condition-number"),
        stated(
            "article/a117/literal/rates",
            "Momentum's best rate for the limits of the extreme eigenvalues is that of the bound",
            equal((sympy.sqrt(_upper / _lower) - 1) / (sympy.sqrt(_upper / _lower) + 1), (_root - 1) / (_root + 1)),
            (kappa > 1,),
        ),
        *_both("beyond", "article/a117/literal/none-better"),
    ),
    condition=(
        _known("convex-rosenbrock/free/infinity/relative", "article/a117/condition/none-better-free"),
        _known("convex-rosenbrock/fixed/infinity/limit", "article/a117/condition/none-better-fixed"),
        *_both("attained", "article/a117/condition/attained"),
        stated(
            "article/a117/condition/gap",
            "At finite n the condition number is less, and momentum's best rate below that of the bound, by at most "
            "kappa/kappa_n - 1",
            all_of(
                (_root_smaller - 1) / (_root_smaller + 1) < (_root - 1) / (_root + 1),
                (_root - 1) / (_root + 1) - (_root_smaller - 1) / (_root_smaller + 1) <= kappa / _smaller - 1,
            ),
            (_smaller >= 1, _smaller < kappa),
        ),
    ),
    remark=(
        r"For $k<n$, and in the limit $n\to\infty$ with a fixed end. At finite $n$ there are linear first-order "
        r"methods that are at the minimizer after $n$ steps, and momentum's own rate, which is about $k\to\infty$, "
        "is below $q$."
    ),
)

_FIFTY = Entry(
    id="A118",
    section=_ORACLE,
    summary=(
        "Drawn are 50 steps of momentum with 25 variables; every other linear first-order method would look similar."
    ),
    printed=("n=25", "w^0 = 0"),
    reading=(
        _CONE_READ
        + "The observations are the zeros (A114) and, with them, the bound (A115). A test runs five methods of "
        "the class on the problem with $n=25$ in exact numbers, momentum for 50 steps."
    ),
    literal=(
        *_both("cone/gradient", "article/a118/literal/gradient"),
        *_both("cone/step", "article/a118/literal/step"),
    ),
    evidence=("tests/test_article_second.py::test_fifty_iterates_have_the_zeros",),
)

ENTRIES: tuple[Entry, ...] = (
    _UNROLLED,
    _SUM,
    _MOMENTUM_SUM,
    _CLASS,
    _DIAGONAL,
    _FUNCTION,
    _SOLUTION,
    _CONDITION_NUMBER,
    _GRADIENT,
    _CHAIN,
    _DEAD_ZONE,
    _BOUND,
    _OTHER_NORMS,
    _BEST,
    _FIFTY,
)
"""A104 to A118."""
