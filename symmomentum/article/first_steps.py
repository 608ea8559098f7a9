r"""Gradient descent on the convex quadratic: its closed form, its rate, its best step size (A010 to A028)."""

from __future__ import annotations

from typing import Any

import sympy

from symmomentum.article.language import (
    INVERTIBLE,
    SPECTRAL,
    SYMMETRIC,
    A,
    I,
    Lambda,
    Q,
    all_of,
    column,
    equal_entries,
    matrix_of,
    orthogonal,
    powers,
    real,
    stated,
    vector,
)
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.symbols import alpha, kappa, lam
from symmomentum.symbols import k as step

__all__ = ["ENTRIES"]

_SECTION, _ERROR, _STEP_SIZE = "First Steps: Gradient Descent", "Decomposing the Error", "Choosing A Step-size"
_least, _between, _largest = real("lambda_1 lambda_i lambda_n")
_one, _two = real("lambda_1 lambda_2")
_x, _y, _t = real("x y t")
_ends = (_least > 0, _least <= _largest)
_ends_of_two = (_one > 0, _one <= _two)
_sums = r"A product with the diagonal matrix $\Lambda$ is the sum over $i$ of what belongs to $\lambda_i$."

# The quadratic in two variables with the eigenvalues lambda_1 and lambda_2, for what is refuted: one size is enough for that.
_turn = matrix_of("q")
_curvatures = (_one, _two)
_hessian = _turn * sympy.diag(*_curvatures) * _turn.T
_minimizer, _error = vector("p"), vector("u")  # the minimizer, and the error of the initial point
_coordinates = _turn.T * _error

# In any number of variables.
_w, _v, _b, _p, _h, _q = map(column, "wvbphq")
_x_all = column("x")


def _objective(hessian: Any, b: Any, w: Any) -> Any:
    """A matrix with one entry."""
    return w.T * hessian * w / 2 - b.T * w


def _rate(size: Any, *curvatures: Any) -> Any:
    return sympy.Max(*(abs(1 - size * c) for c in curvatures))


def _general_quadratic() -> tuple[Entry, ...]:
    """A010 to A012: any symmetric matrix."""
    between = _objective(A, _b, _t * _w + (1 - _t) * _v)
    chord = _t * _objective(A, _b, _w) + (1 - _t) * _objective(A, _b, _v)
    best = A.I * _b
    form, length, third = real("c s g")
    moved = _v + _t * A * _v
    return (
        Entry(
            id="A010",
            section=_SECTION,
            summary="The model problem is the convex quadratic.",
            printed=(r"f(w) = \tfrac{1}{2}w^TAw - b^Tw, \qquad w \in \mathbf{R}^n.",),
            reading=(
                r"A definition, in which $f$ is said to be convex. What that asks of $A$ is checked: by how much $f$ "
                r"between two points lies below the chord is $\tfrac12t(1-t)$ times the form of $A$ at their "
                r"difference, so that $f$ is convex just if $A$ is positive semidefinite."
            ),
            literal=(
                stated(
                    "article/a010/literal/chord",
                    "By how much the chord lies above the graph",
                    equal(chord - between, _t * (1 - _t) * (_w - _v).T * A * (_w - _v) / 2),
                ),
            ),
        ),
        Entry(
            id="A011",
            section=_SECTION,
            summary=r"Where the optimum of the model problem lies, for a symmetric and invertible $A$.",
            printed=(r"w^{\star} = A^{-1}b.",),
            reading=(
                r"The model problem is convex (A010), so that $A$ is positive semidefinite as well; without that the "
                r"point is stationary and no more. Optimal: every other point is higher, by half the form of $A$ at "
                r"the difference, $v^TAv/2$. That this is positive for $v\ne0$ is shown through three numbers: "
                r"$c=v^TAv$, $s=\|Av\|^2$, which is positive since $A$ is invertible, and $g$, the form at $Av$; the form "
                r"is not negative at $v+tAv$ with $t=-s/(g+1)$."
            ),
            literal=(
                stated(
                    "article/a011/literal/stationary", "The point solves the equations", equal(A * best, _b), INVERTIBLE
                ),
                stated(
                    "article/a011/literal/higher",
                    "By how much another point is higher",
                    equal(_objective(A, _b, _w) - _objective(A, _b, best), (_w - best).T * A * (_w - best) / 2),
                    (*SYMMETRIC, *INVERTIBLE),
                ),
                stated(
                    "article/a011/literal/form",
                    "The form at v + t A v, through the three numbers",
                    equal(
                        moved.T * A * moved,
                        _v.T * A * _v + 2 * _t * (A * _v).T * (A * _v) + _t**2 * (A * _v).T * A * (A * _v),
                    ),
                    SYMMETRIC,
                ),
                stated(
                    "article/a011/literal/positive",
                    "A form that is nowhere negative is positive where A v is not zero",
                    form > 0,
                    (
                        form >= 0,
                        length > 0,
                        third >= 0,
                        form - 2 * length**2 / (third + 1) + length**2 * third / (third + 1) ** 2 >= 0,
                    ),
                ),
            ),
        ),
        Entry(
            id="A012",
            section=_SECTION,
            summary="The gradient of the model problem, and gradient descent on it.",
            printed=(r"\nabla f(w)=Aw - b", r"w^{k+1}=w^{k}- \alpha (Aw^{k} - b)."),
            reading=(
                r"With the symmetric $A$ of A011. The gradient at $w$ is the vector $g$ for which $f(w+h)$ is $f(w)+g^Th$ "
                r"and a form in $h$. The second formula puts it into the step of A001; what it makes of the distance "
                r"to the point $p$ with $Ap=b$ is checked."
            ),
            literal=(
                stated(
                    "article/a012/literal/gradient",
                    "What a move by h changes",
                    equal(
                        _objective(A, _b, _w + _h) - _objective(A, _b, _w),
                        (A * _w - _b).T * _h + _h.T * A * _h / 2,
                    ),
                    SYMMETRIC,
                ),
                stated(
                    "article/a012/literal/step",
                    "The step multiplies the distance to the optimum by I - alpha A",
                    equal(_w - alpha * (A * _w - _b) - _p, (I - alpha * A) * (_w - _p)),
                    (equal(A * _p, _b),),
                ),
            ),
        ),
    )


def _decomposition() -> Entry:
    """A013: the rotation that makes a symmetric matrix diagonal, written out."""
    a, b, d = real("a b d")
    gap = sympy.sqrt((a - d) ** 2 + 4 * b**2)
    smaller, larger = (a + d - gap) / 2, (a + d + gap) / 2
    sign = sympy.Piecewise((1, b >= 0), (-1, True))
    c = sympy.Piecewise((sympy.sqrt((1 + (a - d) / gap) / 2), gap > 0), (1, True))
    s = sympy.Piecewise((sympy.sqrt((1 - (a - d) / gap) / 2), gap > 0), (0, True))
    rotation = sympy.ImmutableMatrix([[-sign * s, c], [c, sign * s]])
    product = rotation * sympy.diag(smaller, larger) * rotation.T
    return Entry(
        id="A013",
        section=_SECTION,
        summary=(
            r"Every symmetric matrix is diagonal in an orthonormal basis of eigenvectors, with the eigenvalues in "
            r"order."
        ),
        printed=(r"A=Q\ \text{diag}(\lambda_{1},\ldots,\lambda_{n})\ Q^{T},\qquad Q = [q_1,\ldots,q_n],",),
        reading=(
            "The spectral theorem. For two variables eigenvalues and eigenvectors are written out and put in; for "
            "more variables it is taken from the books, and so is whatever here begins from a diagonal matrix."
        ),
        size="two variables",
        literal=(
            stated(
                "article/a013/literal/orthogonal",
                "The two eigenvectors are orthonormal",
                equal_entries(rotation.T * rotation, sympy.eye(2)),
            ),
            stated(
                "article/a013/literal/product",
                "With them the matrix is the product",
                equal_entries(product, sympy.Matrix([[a, b], [b, d]])),
            ),
            stated(
                "article/a013/literal/sorted", "The eigenvalues are in order", sympy.Le(smaller, larger, evaluate=False)
            ),
        ),
    )


def _closed_form() -> tuple[Entry, ...]:
    """A014 to A016, and A019: the eigenbasis."""
    reached = sympy.zeros(2, 1)
    for i, curvature in enumerate(_curvatures):
        reached += (1 - alpha * curvature) ** step * _coordinates[i] * _turn[:, i]
    here = powers([[1 - alpha * lam]], step)[0]
    following = powers([[1 - alpha * lam]], step + 1)[0]
    right = _hessian * _minimizer
    gap = (_objective(_hessian, right, _minimizer + reached) - _objective(_hessian, right, _minimizer))[0]
    total = sympy.Add(*((1 - alpha * c) ** (2 * step) * c * _coordinates[i] ** 2 for i, c in enumerate(_curvatures)))
    b = A * _p
    return (
        Entry(
            id="A014",
            section=_SECTION,
            summary="The change of basis that takes the iteration apart into components which do not interact.",
            printed=(r"x^{k} = Q^T(w^{k} - w^\star)",),
            reading=(
                r"With the decomposition of A013 and the optimum $p$, where $Ap=b$: in the new coordinates a step multiplies "
                r"by the diagonal matrix $I-\alpha\Lambda$, so that each depends on itself alone."
            ),
            literal=(
                stated(
                    "article/a014/literal/components",
                    "A step in the new coordinates",
                    equal(Q.T * (_w - alpha * (A * _w - b) - _p), (I - alpha * Lambda) * (Q.T * (_w - _p))),
                    SPECTRAL,
                ),
            ),
        ),
        Entry(
            id="A015",
            section=_SECTION,
            summary=r"A component after one step, and after $k+1$ steps.",
            printed=(
                r"x_{i}^{k+1} =x_{i}^{k}-\alpha \lambda_ix_{i}^{k} = (1-\alpha\lambda_i)x^k_i=(1-\alpha "
                r"\lambda_i)^{k+1}x^0_i",
            ),
            reading=r"The iterates are powers of the iteration's matrix, which has one entry, applied to the start.",
            literal=(
                stated(
                    "article/a015/literal/step",
                    "One step",
                    all_of(
                        equal(following * _x, here * _x - alpha * lam * here * _x),
                        equal(following * _x, (1 - alpha * lam) * here * _x),
                    ),
                ),
                stated(
                    "article/a015/literal/power",
                    "All steps",
                    equal(following * _x, (1 - alpha * lam) ** (step + 1) * _x),
                ),
            ),
        ),
        Entry(
            id="A016",
            section=_SECTION,
            summary="Gradient descent in closed form, in the original coordinates.",
            printed=(r"w^k - w^\star = Qx^k=\sum_i^n x^0_i(1-\alpha\lambda_i)^k q_i",),
            reading=(
                r"The error after $k$ steps is the $k$-th power of $I-\alpha A$ applied to the first (A012), and "
                r"$x=Q^T(w-w^\star)$. " + _sums
            ),
            literal=(
                stated(
                    "article/a016/literal/powers",
                    "The powers of the iteration's matrix, from its eigenvectors",
                    equal((I - alpha * A) ** step, Q * (I - alpha * Lambda) ** step * Q.T),
                    SPECTRAL,
                ),
                stated(
                    "article/a016/literal/sum",
                    "What they make of an eigenvector",
                    equal((I - alpha * A) ** step * _q, (1 - alpha * lam) ** step * _q),
                    (equal(A * _q, lam * _q),),
                ),
            ),
        ),
        Entry(
            id="A019",
            section=_ERROR,
            summary="The distance of the loss from its optimum is a sum over the eigenspaces.",
            printed=(r"f(w^{k})-f(w^{\star})=\sum(1-\alpha\lambda_{i})^{2k}\lambda_{i}[x_{i}^{0}]^2",),
            reading=(
                r"$f$ is the quadratic of A010, and $w^k$ that of A016. Refuted in two variables; corrected in two, written out, "
                r"and in any number through the error $Qx$, where $x=x^k$ has the components $(1-\alpha\lambda_i)^kx_i^0$ of "
                r"A015. " + _sums
            ),
            literal=(
                stated(
                    "article/a019/literal/sum",
                    "The sum as printed",
                    equal(gap, total),
                    (*orthogonal(_turn), alpha > 0, *_ends_of_two),
                ),
            ),
            corrected=(
                stated("article/a019/corrected/sum", "Half of that sum", equal(gap, total / 2), orthogonal(_turn)),
                stated(
                    "article/a019/corrected/any-size",
                    "In any number of variables: half of the sum of lambda_i x_i^2 at the error Q x",
                    equal(_objective(A, b, _p + Q * _x_all) - _objective(A, b, _p), _x_all.T * Lambda * _x_all / 2),
                    (*SPECTRAL, equal(Lambda.T, Lambda)),
                ),
            ),
            instead=(r"f(w^{k})-f(w^{\star})=\tfrac{1}{2}\sum(1-\alpha\lambda_{i})^{2k}\lambda_{i}[x_{i}^{0}]^2",),
            remark=r"A factor $\tfrac12$ is missing: the quadratic of A010 has one.",
        ),
    )


def _components() -> tuple[Entry, ...]:
    """A017, A018 and A020: how fast each component is."""
    slow, fast = real("lambda_i lambda_j")
    slow_rate, fast_rate = abs(1 - alpha * slow), abs(1 - alpha * fast)
    positive = (alpha > 0, slow > 0, fast > 0)
    eigenvalues = (sympy.Rational(1, 100), sympy.Rational(1, 10), sympy.Integer(1))
    start = (sympy.Integer(1), 1 / sympy.sqrt(10), sympy.Rational(1, 10))
    shares = [c * x**2 for c, x in zip(eigenvalues, start, strict=True)]
    second, last = real("lambda_{n-1} lambda_n")
    return (
        Entry(
            id="A017",
            section=_ERROR,
            summary=r"Each component goes to the minimum exponentially, the more slowly the nearer its number is to 1.",
            printed=(r"1-\alpha\lambda_i",),
            reading=(
                "A component goes to the minimum exponentially if each step multiplies its size by one number less "
                "than 1. Slower: that number is larger."
            ),
            literal=(
                stated(
                    "article/a017/literal/exponential",
                    "The error becomes smaller by a factor",
                    abs((1 - alpha * slow) * _x) < abs(_x),
                    (alpha > 0, slow > 0, sympy.Ne(_x, 0)),
                ),
                stated(
                    "article/a017/literal/closer",
                    "Of two components the one with the number nearer to 1 is slower",
                    sympy.Implies(abs((1 - alpha * slow) - 1) < abs((1 - alpha * fast) - 1), slow_rate > fast_rate),
                    positive,
                ),
            ),
            condition=(
                stated(
                    "article/a017/condition/exponential",
                    r"The error becomes smaller just if alpha lambda < 2",
                    sympy.Equivalent(abs((1 - alpha * slow) * _x) < abs(_x), alpha * slow < 2),
                    (alpha > 0, slow > 0, sympy.Ne(_x, 0)),
                ),
                stated(
                    "article/a017/condition/closer",
                    "The one with the number nearer to 1 is slower just if the step size is below two over the sum",
                    sympy.Equivalent(slow_rate > fast_rate, alpha * (slow + fast) < 2),
                    (*positive, abs((1 - alpha * slow) - 1) < abs((1 - alpha * fast) - 1)),
                ),
            ),
            remark=(
                r"It goes to the minimum just if $0<\alpha\lambda_i<2$. And it is slow also near $-1$: what counts "
                r"is $|1-\alpha\lambda_i|$, and nearer to 1 is slower than farther from it just if "
                r"$\alpha(\lambda_i+\lambda_j)<2$."
            ),
        ),
        Entry(
            id="A018",
            section=_ERROR,
            summary="With most step sizes the components of the largest eigenvalues converge the fastest.",
            reading=(
                r"Most: more than half of the step sizes with which the iteration converges, $0<\alpha<2/\lambda_n$. "
                r"The eigenvalues are different; of any two, $\lambda_i<\lambda_j$, the component of the larger one "
                r"is to be faster."
            ),
            literal=(
                stated(
                    "article/a018/literal/which",
                    "Larger is faster just if the step size is below two over the sum of the eigenvalues",
                    sympy.Equivalent(fast_rate < slow_rate, alpha < 2 / (slow + fast)),
                    (*positive, slow < fast),
                ),
                stated(
                    "article/a018/literal/most",
                    "For every two eigenvalues these are more than half of the step sizes that converge",
                    2 / (slow + fast) > sympy.Rational(1, 2) * (2 / last),
                    (slow > 0, slow < fast, fast <= last),
                ),
                stated(
                    "article/a018/literal/tightest",
                    "It is the two largest that ask for most: below two over their sum the order is right for every "
                    "two",
                    alpha < 2 / (slow + fast),
                    (*positive, slow < fast, fast <= last, slow <= second, alpha * (second + last) < 2),
                ),
            ),
            remark=(
                r"The step sizes are those with $\alpha(\lambda_{n-1}+\lambda_n)<2$. The best one, "
                r"$2/(\lambda_1+\lambda_n)$, is not among them: there no component is slower than the one of the "
                r"largest eigenvalue."
            ),
        ),
        Entry(
            id="A020",
            section=_ERROR,
            summary="In the figure the three components begin with equal errors.",
            printed=(r"\lambda_1=0.01,\qquad \lambda_2=0.1,\qquad \lambda_3=1",),
            reading=(
                r"The error of a component is its contribution to the loss, which the figure draws; the start is the "
                r"figure's, $x^0=(1,1/\sqrt{10},1/10)$."
            ),
            literal=(
                stated(
                    "article/a020/literal/contributions",
                    "The three contributions are equal",
                    all_of(equal(shares[0], shares[1]), equal(shares[1], shares[2])),
                ),
            ),
        ),
    )


def _step_size() -> tuple[Entry, ...]:
    """A021 to A025: the rate, and the step size that makes it best."""
    best = 2 / (_least + _largest)
    best_rate = (_largest / _least - 1) / (_largest / _least + 1)
    rate = _rate(alpha, _least, _largest)
    same = equal(abs(1 - alpha * _least), abs(1 - alpha * _largest))
    return (
        Entry(
            id="A021",
            section=_STEP_SIZE,
            summary=(
                r"Convergence asks that every $|1-\alpha\lambda_i|$ is less than 1; the step sizes for which that is "
                r"so."
            ),
            printed=(r"0<\alpha\lambda_i<2.",),
            reading=r"For all real $\alpha$ and $\lambda_i$. Convergence: from every start.",
            literal=(
                stated(
                    "article/a021/literal/interval",
                    "The interval is the whole set of step sizes",
                    sympy.Equivalent(abs(1 - alpha * lam) < 1, sympy.And(alpha * lam > 0, alpha * lam < 2)),
                ),
                stated(
                    "article/a021/literal/needed",
                    "Otherwise the component never becomes smaller",
                    abs(1 - alpha * lam) ** step >= 1,
                    (abs(1 - alpha * lam) >= 1,),
                ),
            ),
        ),
        Entry(
            id="A022",
            section=_STEP_SIZE,
            summary="The rate is that of the slowest component, which is the first or the last.",
            printed=(
                r"\text{rate}(\alpha) =\max_{i}\left|1-\alpha\lambda_{i}\right|"
                r" =\max\left\{|1-\alpha\lambda_{1}|,~ |1-\alpha\lambda_{n}|\right\}",
            ),
            reading=r"For one eigenvalue $\lambda_i$ between the first and the last, and so for any number of them.",
            literal=(
                stated(
                    "article/a022/literal/ends",
                    "An eigenvalue between the ends does not change the rate, whatever the step size",
                    equal(_rate(alpha, _least, _between, _largest), rate),
                    (_least <= _between, _between <= _largest),
                ),
            ),
        ),
        Entry(
            id="A023",
            section=_STEP_SIZE,
            summary="The step size with the least rate.",
            printed=(
                r"\text{optimal }\alpha =\mathop{\text{argmin}}\limits_\alpha \text{rate}(\alpha)"
                r" =\frac{2}{\lambda_{1}+\lambda_{n}}",
            ),
            reading=(
                r"Over all real $\alpha$. The problem is convex with an invertible $A$ (A010, A011), so that "
                r"$\lambda_1>0$. That it is the argmin says that there is no other."
            ),
            literal=(
                stated(
                    "article/a023/literal/unique",
                    "Every other step size has a larger rate",
                    rate > _rate(best, _least, _largest),
                    (*_ends, sympy.Ne(alpha, best)),
                ),
            ),
        ),
        Entry(
            id="A024",
            section=_STEP_SIZE,
            summary="The least rate.",
            printed=(
                r"\text{optimal rate} =\min_\alpha \text{rate}(\alpha)"
                r" =\frac{\lambda_{n}/\lambda_{1}-1}{\lambda_{n}/\lambda_{1}+1}",
            ),
            reading=r"As in A023.",
            literal=(
                stated(
                    "article/a024/literal/attained",
                    "It is the rate at the best step size",
                    equal(_rate(best, _least, _largest), best_rate),
                    _ends,
                ),
                stated(
                    "article/a024/literal/least",
                    "No step size has a smaller rate",
                    rate >= best_rate,
                    _ends,
                ),
            ),
        ),
        Entry(
            id="A025",
            section=_STEP_SIZE,
            summary="The rate is least when the first and the last component have the same rate.",
            reading=(
                r"Both ways: at the best step size the two are the same, and a step size at which they are the same "
                r"is best."
            ),
            literal=(
                stated(
                    "article/a025/literal/at-best",
                    "At the best step size the two rates are the same",
                    equal(abs(1 - best * _least), abs(1 - best * _largest)),
                    _ends,
                ),
                stated(
                    "article/a025/literal/when",
                    "Where the two rates are the same, the step size is the best one",
                    sympy.Implies(same, equal(alpha, best)),
                    _ends,
                ),
            ),
            condition=(
                stated(
                    "article/a025/condition/when",
                    "Two different eigenvalues have the same rate at the best step size and at 0, and nowhere else",
                    sympy.Equivalent(same, sympy.Or(equal(alpha, best), equal(alpha, 0))),
                    (_least > 0, _least < _largest),
                ),
            ),
            remark=(
                r"At the step size 0 the two rates are the same too (both are 1), and if all eigenvalues are equal "
                r"they are the same at every step size. For $\alpha\ne0$ and $\lambda_1<\lambda_n$ it is true both "
                r"ways."
            ),
        ),
    )


def _condition_number() -> tuple[Entry, ...]:
    """A026 to A028."""
    factor, larger = sympy.symbols("c kappa_2", positive=True)
    rest, form, length = real("r g u")
    moved, moved_by, solution, error = real("b d w v")
    first, last = column("q_1"), column("q_n")
    shifted = (A - factor * I) * _v
    stretched = Lambda * (Q.T * _w)

    def best_rate(number: Any) -> Any:
        return (number - 1) / (number + 1)

    return (
        Entry(
            id="A026",
            section=_STEP_SIZE,
            summary="The condition number, which determines the rate of convergence of a problem.",
            printed=(r"\text{condition number} := \kappa :=\frac{\lambda_n}{\lambda_1}",),
            reading="A definition, and that the rate at the best step size is a function of that number.",
            literal=(
                stated(
                    "article/a026/literal/determines",
                    "The rate at the best step size, through the condition number alone",
                    equal(_rate(2 / (_least + kappa * _least), _least, kappa * _least), best_rate(kappa)),
                    (_least > 0, kappa >= 1),
                ),
                stated(
                    "article/a026/literal/scale",
                    "Two problems with one condition number have the same least rate",
                    equal(
                        _rate(2 / (_least + _largest), _least, _largest),
                        _rate(2 / (factor * _least + factor * _largest), factor * _least, factor * _largest),
                    ),
                    _ends,
                ),
            ),
        ),
        Entry(
            id="A027",
            section=_STEP_SIZE,
            summary="With the condition number 1 convergence takes one step.",
            printed=(r"\kappa = 1",),
            reading=r"All eigenvalues are one $\lambda>0$; nothing is said of the step size but that it converges.",
            literal=(
                stated(
                    "article/a027/literal/one-step",
                    "After one step the error is zero",
                    equal((1 - alpha * lam) * _x, 0),
                    (lam > 0, alpha > 0, alpha * lam < 2),
                ),
            ),
            condition=(
                stated(
                    "article/a027/condition/step-size",
                    "The error is zero after one step just with the best step size",
                    sympy.Equivalent(equal((1 - alpha * lam) * _x, 0), equal(alpha, 2 / (lam + lam))),
                    (lam > 0, sympy.Ne(_x, 0)),
                ),
            ),
            remark=r"With the best step size, $1/\lambda$, and with no other.",
        ),
        Entry(
            id="A028",
            section=_STEP_SIZE,
            summary=(
                "The condition number says how near to singular a matrix is, how robust $A^{-1}b$ is against "
                "perturbations of $b$, and how poorly gradient descent performs."
            ),
            reading=(
                r"The eigenvalues lie between $\lambda_1>0$ and $\lambda_n$: the form of $A$ lies between these multiples of "
                r"the squared length. (a) A perturbation that makes $A$ singular takes some vector $v\ne0$ to $-Av$, so it is "
                r"at least $\|Av\|/\|v\|\ge\lambda_1$ large, which is $1/\kappa$ of the size $\lambda_n$ of $A$; one "
                r"is just as large. In numbers: $u=\|v\|^2$, $g=v^T(A-cI)v$ and $r=\|(A-cI)v\|^2$ with $c=\lambda_1$. (b) A "
                r"relative error of $b$ becomes at most $\kappa$ times as large in $A^{-1}b$, and may become that large: by A013 "
                r"$\|Aw\|^2$ is the sum of the $(\lambda_ix_i)^2$ with $x=Q^Tw$, of which $\|w\|^2$ is the sum of squares, so "
                r"that $\|Aw\|$ lies between $\lambda_1\|w\|$ and $\lambda_n\|w\|$. In numbers: the lengths $b$ and $w$ of a "
                r"right side and its solution, $d$ and $v$ of the errors. (c) The least rate grows with $\kappa$."
            ),
            literal=(
                stated(
                    "article/a028/literal/length",
                    "(a) The squared length of A v, in three parts",
                    equal(
                        (A * _v).T * (A * _v),
                        shifted.T * shifted + 2 * factor * _v.T * shifted + factor**2 * _v.T * _v,
                    ),
                    SYMMETRIC,
                ),
                stated(
                    "article/a028/literal/singular",
                    "(a) No smaller perturbation makes the matrix singular",
                    rest + 2 * _least * form + _least**2 * length >= (_largest / (_largest / _least)) ** 2 * length,
                    (*_ends, rest >= 0, form >= 0, length > 0),
                ),
                stated(
                    "article/a028/literal/singular-attained",
                    "(a) One of that size does",
                    equal((A - _least * first * first.T) * first, sympy.ZeroMatrix(*first.shape)),
                    (equal(A * first, _least * first), equal(first.T * first, sympy.Identity(1))),
                ),
                stated(
                    "article/a028/literal/stretched",
                    "(b) The squared length of A w, in the basis of the eigenvectors",
                    all_of(
                        equal((A * _w).T * (A * _w), stretched.T * stretched),
                        equal(_w.T * _w, (Q.T * _w).T * (Q.T * _w)),
                    ),
                    SPECTRAL,
                ),
                stated(
                    "article/a028/literal/stretched-by",
                    "(b) Each of its terms lies between those of w, times the squares of the least and the largest eigenvalue",
                    all_of(_least**2 * _x**2 <= (_between * _x) ** 2, (_between * _x) ** 2 <= _largest**2 * _x**2),
                    (*_ends, _least <= _between, _between <= _largest),
                ),
                stated(
                    "article/a028/literal/robust",
                    "(b) The relative error grows by the condition number at most",
                    error / solution <= (_largest / _least) * (moved_by / moved),
                    (
                        *_ends,
                        moved > 0,
                        solution > 0,
                        error >= 0,
                        _least * error <= moved_by,
                        moved <= _largest * solution,
                    ),
                ),
                stated(
                    "article/a028/literal/robust-attained",
                    "(b) It does for a b along the last eigenvector and an error along the first",
                    equal(A * (last + _x * first), _largest * last + _x * _least * first),
                    (equal(A * first, _least * first), equal(A * last, _largest * last)),
                ),
                stated(
                    "article/a028/literal/robust-ratio",
                    "(b) There the relative error is the condition number times as large: x against x lambda_1/lambda_n",
                    equal(_x, (_largest / _least) * (_x * _least / _largest)),
                    _ends,
                ),
                stated(
                    "article/a028/literal/slower",
                    "(c) The larger the condition number, the larger the least rate",
                    best_rate(kappa) < best_rate(larger),
                    (kappa < larger,),
                ),
            ),
        ),
    )


ENTRIES = tuple(
    sorted(
        (
            *_general_quadratic(),
            _decomposition(),
            *_closed_form(),
            *_components(),
            *_step_size(),
            *_condition_number(),
        ),
        key=lambda entry: entry.id,
    )
)
