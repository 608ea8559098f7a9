r"""Momentum on the convex quadratic: its matrix and powers, its eigenvalues, its kinds of behaviour (A046 to A070)."""

from __future__ import annotations

from typing import Any

import sympy

from symmomentum.article.introduction import update_of_momentum
from symmomentum.article.language import (
    SPECTRAL,
    SYMMETRIC,
    A,
    Lambda,
    Q,
    all_of,
    column,
    discriminant,
    equal_entries,
    matrix_of,
    momentum_matrix,
    orthogonal,
    powers,
    radius,
    real,
    roots,
    stated,
    vector,
)
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.symbols import alpha, beta, lam
from symmomentum.symbols import k as step

__all__ = ["ENTRIES"]

_SECTION = "The Dynamics of Momentum"
_UPDATE = r"\begin{aligned} z^{k+1}&=\beta z^{k}+\nabla f(w^{k})\\ w^{k+1}&=w^{k}-\alpha z^{k+1}. \end{aligned}"
_x, _y, _x0, _y0 = real("x y x_0 y_0")
_p, _r = real("p r")  # the product alpha lambda; a root
R = momentum_matrix()
_IDENTITY = sympy.eye(2)
_MIDDLE, _d = 1 - alpha * lam + beta, discriminant()
_first, _second = roots()
_start = sympy.Matrix([_y0, _x0])
_convex = (lam > 0, alpha > 0, beta >= 0, beta < 1)
_usual = (alpha > 0, beta > 0, beta < 1)
"""With what is refuted, so that the numbers are not those of a degenerate case."""


def _next(y: Any, x: Any) -> tuple[Any, Any]:
    """The update in one component, as the article prints it."""
    after = beta * y + lam * x
    return after, x - alpha * after


def _update() -> tuple[Entry, ...]:
    """A046 to A049: the update, in the original coordinates and in the eigenbasis."""
    w, b, p, z, x, y, h = map(column, "wbpzxyh")
    gradient = A * w - b
    z_next = beta * z + gradient
    in_basis = (*SPECTRAL, equal(b, A * p))
    moved = beta * (Q * y) + (A * (p + Q * x) - b)

    def objective(w: Any) -> Any:
        return w.T * A * w / 2 - b.T * w

    turn, momentum, point, minimizer = matrix_of("q"), vector("z"), vector("w"), vector("p")
    curvatures = real("lambda_1 lambda_2")
    hessian = turn * sympy.diag(*curvatures) * turn.T
    after = beta * momentum + hessian * (point - minimizer)

    def components(M: Any) -> Any:
        """The update as printed, for coordinates that the matrix M gives."""
        x, y, x_after, y_after = (
            M * v for v in (point - minimizer, momentum, point - alpha * after - minimizer, after)
        )
        return all_of(
            *(equal(y_after[i], beta * y[i] + curvatures[i] * x[i]) for i in range(2)),
            *(equal(x_after[i], x[i] - alpha * y_after[i]) for i in range(2)),
        )

    return (
        Entry(
            id="A046",
            section=_SECTION,
            summary="The momentum update again.",
            printed=(_UPDATE,),
            reading="A definition, as in A005: what is checked is that the catalog's heavy ball is this update.",
            literal=(update_of_momentum("article/a046"),),
        ),
        Entry(
            id="A047",
            section=_SECTION,
            summary="The update on the quadratic.",
            printed=(
                r"\nabla f(w^k) = Aw^k - b",
                r"\begin{aligned} z^{k+1}&=\beta z^{k}+ (Aw^{k}-b)\\ w^{k+1}&=w^{k}-\alpha z^{k+1}. \end{aligned}",
            ),
            reading=(
                r"The gradient as in A012: what a move by $h$ changes. Put into the update of A005 it is what is printed; that "
                r"is compared with the update around the optimum $p$, where $Ap=b$."
            ),
            literal=(
                stated(
                    "article/a047/literal/gradient",
                    "What a move by h changes",
                    equal(objective(w + h) - objective(w), gradient.T * h + h.T * A * h / 2),
                    SYMMETRIC,
                ),
                stated(
                    "article/a047/literal/update",
                    "Momentum and the distance to the optimum after a step",
                    all_of(
                        equal(z_next, beta * z + A * (w - p)),
                        equal(w - alpha * z_next - p, (w - p) - alpha * (beta * z + A * (w - p))),
                    ),
                    (equal(A * p, b),),
                ),
            ),
        ),
        Entry(
            id="A048",
            section=_SECTION,
            summary="The change of basis for momentum, after which the update falls apart into components.",
            printed=(r"x^{k} = Q(w^{k} - w^\star)", r"y^{k} = Qz^{k}"),
            reading=(
                r"With $Q$ as in A013: after the change the update is to be that of A049, for $x=Q^T(w-p)$ and $y=Q^Tz$ that it "
                r"multiplies by the diagonal matrix $\Lambda$ where the other multiplies by $A$. Refuted in two variables."
            ),
            literal=(
                stated(
                    "article/a048/literal/components",
                    "In the printed coordinates the update is that of the components",
                    components(turn),
                    (*orthogonal(turn), *_usual, curvatures[0] > 0, curvatures[0] < curvatures[1]),
                ),
            ),
            corrected=(
                stated(
                    "article/a048/corrected/components",
                    "In the coordinates that the transpose gives it is",
                    all_of(
                        equal(Q.T * z_next, beta * (Q.T * z) + Lambda * (Q.T * (w - p))),
                        equal(Q.T * (w - alpha * z_next - p), Q.T * (w - p) - alpha * (Q.T * z_next)),
                    ),
                    in_basis,
                ),
            ),
            instead=(
                r"x^{k} = Q^T(w^{k} - w^\star)",
                r"y^{k} = Q^Tz^{k}",
            ),
            remark=r"It is $Q^T$ in place of $Q$ in both, as in A014.",
        ),
        Entry(
            id="A049",
            section=_SECTION,
            summary=(
                "The update in one component: independent of the other components, but its two numbers are coupled."
            ),
            printed=(
                r"\begin{aligned} y_{i}^{k+1}&=\beta y_{i}^{k}+\lambda_{i}x_{i}^{k}\\ "
                r"x_{i}^{k+1}&=x_{i}^{k}-\alpha y_{i}^{k+1}. \end{aligned}",
            ),
            reading=(
                r"$x_i$ and $y_i$ are the components along the eigenvector $q_i$: $w-w^\star=\sum_ix_iq_i$ and "
                r"$z=\sum_iy_iq_i$, that is $w=p+Qx$ and $z=Qy$. (The formula for them is A048, where it is corrected.) A "
                r"product with $\Lambda$ multiplies each component by its own $\lambda_i$."
            ),
            literal=(
                stated(
                    "article/a049/literal/update",
                    "The components after a step",
                    all_of(
                        equal(Q.T * moved, beta * y + Lambda * x),
                        equal(Q.T * (Q * x - alpha * moved), x - alpha * (beta * y + Lambda * x)),
                    ),
                    in_basis,
                ),
                stated(
                    "article/a049/literal/coupled",
                    "What happens to either number depends on the other",
                    all_of(
                        sympy.Ne(_next(_y, _x)[0], _next(_y, _x0)[0]), sympy.Ne(_next(_y, _x)[1], _next(_y0, _x)[1])
                    ),
                    (lam > 0, alpha > 0, beta > 0, sympy.Ne(_x, _x0), sympy.Ne(_y, _y0)),
                ),
            ),
        ),
    )


def _matrix() -> tuple[Entry, ...]:
    """A050 to A054: the update as a matrix."""
    state = sympy.Matrix([_y, _x])
    y_next, x_next = real("y_next x_next")
    after = sympy.Matrix([y_next, x_next])
    left, right = sympy.Matrix([[1, 0], [alpha, 1]]), sympy.Matrix([[beta, lam], [0, 1]])
    updates = (equal(y_next, beta * _y + lam * _x), equal(x_next, _x - alpha * y_next))
    now, following = powers(R, step) * _start, powers(R, step + 1)
    column = r"\left(\begin{array}{c} y_{i}^{k%s}\\ x_{i}^{k%s} \end{array}\right)"
    begin = r"\left(\begin{array}{c} %s_{i}^{0}\\ %s_{i}^{0} \end{array}\right)"
    matrix = r"\left(\begin{array}{cc} \beta & \lambda_{i}\\ -\alpha\beta & 1-\alpha\lambda_{i} \end{array}\right)"
    implied = column % ("+1", "+1") + "=" + matrix + column % ("", "")
    return (
        Entry(
            id="A050",
            section=_SECTION,
            summary="The iterates in a component, from a power of a matrix.",
            printed=(column % ("", "") + r"=R^k" + begin % ("y", "x"),),
            reading=(
                r"The powers of $R$ (A051) applied to the start begin there and follow the update A049, for every "
                r"$k$."
            ),
            literal=(
                stated(
                    "article/a050/literal/start",
                    "No step",
                    equal_entries(R**0 * _start, _start),
                ),
                stated(
                    "article/a050/literal/update",
                    "Each power follows from the one before by the update",
                    equal_entries(following * _start, _next(*now)),
                ),
            ),
        ),
        Entry(
            id="A051",
            section=_SECTION,
            summary="The matrix of the update.",
            printed=("R = " + matrix + ".",),
            literal=(
                stated(
                    "article/a051/literal/update",
                    "The matrix makes the update A049",
                    equal_entries(R * state, _next(_y, _x)),
                ),
            ),
        ),
        Entry(
            id="A052",
            section=_SECTION,
            summary="The update as an equation between two products with a matrix.",
            printed=(
                r"\left(\begin{array}{cc} 1 & 0\\ \alpha & 1 \end{array}\right)"
                + column % ("+1", "+1")
                + r"=\left(\begin{array}{cc} \beta & \lambda_{i}\\ 0 & 1 \end{array}\right)"
                + column % ("", ""),
            ),
            literal=(
                stated(
                    "article/a052/literal/equivalent",
                    "The equation says what the update A049 says",
                    sympy.Equivalent(equal_entries(left * after, right * state), all_of(*updates)),
                ),
            ),
        ),
        Entry(
            id="A053",
            section=_SECTION,
            summary="What follows when the matrix on the left is inverted.",
            printed=(implied,),
            literal=(
                stated(
                    "article/a053/literal/implied",
                    "It follows",
                    equal_entries(after, R * state),
                    tuple(equal(a, b) for a, b in zip(left * after, right * state, strict=True)),
                ),
                stated(
                    "article/a053/literal/inverse",
                    "The matrix on the left has an inverse, and the product with it is R",
                    all_of(
                        *(equal(a, b) for a, b in zip(left * left.inv(), _IDENTITY, strict=True)),
                        *(equal(a, b) for a, b in zip(left.inv() * right, R, strict=True)),
                    ),
                ),
            ),
        ),
        Entry(
            id="A054",
            section=_SECTION,
            summary="The chain up to the initial values.",
            printed=(implied + r"=R^{k+1}" + begin % ("x", "y"),),
            reading=r"The state after $k$ steps is $R^k$ applied to $(y^0,x^0)$ (A050).",
            literal=(
                stated(
                    "article/a054/literal/start",
                    "The state after a further step, from the start as printed",
                    equal_entries(R * now, following * sympy.Matrix([_x0, _y0])),
                    (*_usual, lam > 0),
                ),
            ),
            corrected=(
                stated(
                    "article/a054/corrected/start",
                    "The state after a further step, from the start in the order of the state",
                    equal_entries(R * now, following * _start),
                ),
            ),
            instead=(
                r"\left(\begin{array}{c} y_{i}^{k+1}\\ x_{i}^{k+1} \end{array}\right)=\left(\begin{array}{cc} "
                r"\beta & \lambda_{i}\\ -\alpha\beta & 1-\alpha\lambda_{i} \end{array}\right)\left(\begin{array}"
                r"{c} y_{i}^{k}\\ x_{i}^{k} \end{array}\right)=R^{k+1}\left(\begin{array}{c} y_{i}^{0}\\ x_{i}"
                r"^{0} \end{array}\right)",
            ),
            remark=r"The last vector is $(y_i^0,x_i^0)$; its entries are printed in the wrong order.",
        ),
    )


def _powers() -> tuple[Entry, ...]:
    """A055 to A057: the powers of R."""
    gap = _first - _second
    of_first, of_second = (R - _first * _IDENTITY) / gap, (R - _second * _IDENTITY) / gap
    power = powers(R, step)
    distinct, repeated = (_d > 0,), (equal(_d, 0),)
    middle = _MIDDLE / 2
    printed_branch = middle**step * (step * R / middle - (step - 1) * _IDENTITY)
    # Complex: the powers of middle + i height are those of the matrix that stands for it.
    height = sympy.sqrt(-_d) / 2
    turns = powers([[middle, -height], [height, middle]], step)
    real_part, imaginary_part = turns[0, 0], turns[1, 0]
    by_parts = imaginary_part / height * R + (real_part - middle * imaginary_part / height) * _IDENTITY
    one, two, a, b = real("sigma_1 sigma_2 a b")
    larger = sympy.Max(abs(one), abs(two))
    q = real("q")
    bounded = (
        stated(
            "article/a057/condition/rate/first",
            "The powers of the first eigenvalue",
            abs(one) ** step <= larger**step,
            (),
        ),
        stated(
            "article/a057/condition/rate/second",
            "The powers of the second eigenvalue",
            abs(two) ** step <= larger**step,
            (),
        ),
    )
    whole = (
        r"R^{k}=\begin{cases} \sigma_{1}^{k}R_{1}-\sigma_{2}^{k}R_{2} & \sigma_{1}\neq\sigma_{2}\\ "
        r"\sigma_{1}^{k}(kR/\sigma_1-(k-1)I) & \sigma_{1}=\sigma_{2} \end{cases},"
        r"\qquad R_{j}=\frac{R-\sigma_{j}I}{\sigma_{1}-\sigma_{2}}"
    )
    return (
        Entry(
            id="A055",
            section=_SECTION,
            summary=r"The powers of $R$ from its two different eigenvalues.",
            printed=(whole,),
            reading=(
                r"The eigenvalues are those of A058. Where they are complex, $\sigma_{1,2}=c\pm is$, the right "
                r"formula is stated in real numbers, with the real and the imaginary part of $\sigma_1^k$ as entries "
                r"of the $k$-th power of the matrix $(c,-s;s,c)$ that stands for $\sigma_1$."
            ),
            literal=(
                stated(
                    "article/a055/literal/powers",
                    "The powers as printed, for real eigenvalues",
                    equal_entries(power, _first**step * of_first - _second**step * of_second),
                    (*distinct, *_usual, lam > 0, step >= 1),
                ),
            ),
            corrected=(
                stated(
                    "article/a055/corrected/powers",
                    "The powers with the two matrices exchanged, for real eigenvalues",
                    equal_entries(power, _first**step * of_second - _second**step * of_first),
                    distinct,
                ),
                stated(
                    "article/a055/corrected/complex",
                    "The same for complex eigenvalues, by real and imaginary part",
                    equal_entries(power, by_parts),
                    (_d < 0,),
                ),
            ),
            instead=(
                r"R^{k}=\sigma_{1}^{k}R_{2}-\sigma_{2}^{k}R_{1}\qquad\sigma_{1}\neq\sigma_{2},\qquad R_{j}"
                r"=\frac{R-\sigma_{j}I}{\sigma_{1}-\sigma_{2}}",
            ),
            remark=(
                r"$R_1$ and $R_2$ are exchanged: $R^k=\sigma_1^kR_2-\sigma_2^kR_1$. As printed it gives $-I$ for $k=0$."
            ),
        ),
        Entry(
            id="A056",
            section=_SECTION,
            summary=r"The powers of $R$ from its repeated eigenvalue.",
            printed=(r"\sigma_{1}^{k}(kR/\sigma_1-(k-1)I) \qquad \sigma_{1}=\sigma_{2}",),
            reading=r"The eigenvalue is half the trace, $\sigma_1=(1-\alpha\lambda+\beta)/2$; for every $k\ge0$.",
            literal=(
                stated(
                    "article/a056/literal/powers",
                    "The powers as printed",
                    equal_entries(power, printed_branch),
                    (*repeated, alpha > 0, lam > 0),
                ),
            ),
            condition=(
                stated(
                    "article/a056/condition/powers",
                    "The powers as printed, where the eigenvalue is not zero",
                    equal_entries(power, printed_branch),
                    (*repeated, sympy.Ne(_MIDDLE, 0)),
                ),
                stated(
                    "article/a056/condition/zero",
                    "Where it is zero, every power from the second on is zero",
                    equal_entries(powers(R, step + 2), sympy.zeros(2, 2)),
                    (*repeated, equal(_MIDDLE, 0)),
                ),
            ),
            remark=(
                r"Not for $\sigma_1=0$ ($\beta=0$ and $\alpha\lambda=1$), where it divides by zero. There $R^0=I$, "
                r"and $R^k=0$ from $k=2$ on."
            ),
        ),
        Entry(
            id="A057",
            section=_SECTION,
            summary="Two coupled geometric series in place of one; the rate is that of the slower one.",
            printed=(r"\max\{|\sigma_{1}|,|\sigma_{2}|\}",),
            reading=(
                r"The entries of $R^k$ are sums of two geometric series, with the ratios $\sigma_1$ and $\sigma_2$: "
                r"if the two are the same, they are one geometric series. Such a sum is at most a constant times the "
                r"$k$-th power of the rate."
            ),
            literal=(
                stated(
                    "article/a057/literal/distinct",
                    "Two geometric series, where the eigenvalues are real and different",
                    equal_entries(power, _first**step * of_second - _second**step * of_first),
                    distinct,
                ),
                stated(
                    "article/a057/literal/complex",
                    "The same with complex ratios, where the eigenvalues are complex",
                    equal_entries(power, by_parts),
                    (_d < 0,),
                ),
                stated(
                    "article/a057/literal/repeated",
                    "Two geometric series of one ratio, where the eigenvalues are the same",
                    equal_entries(power, middle**step * _IDENTITY),
                    (*repeated, *_usual, lam > 0),
                ),
            ),
            condition=(
                *bounded,
                stated(
                    "article/a057/condition/sum",
                    "Where they are different, the sum is at most a constant times the power of the rate",
                    abs(a * real("s_k") + b * real("t_k")) <= (abs(a) + abs(b)) * real("m_k"),
                    (abs(real("s_k")) <= real("m_k"), abs(real("t_k")) <= real("m_k")),
                ),
                stated(
                    "article/a057/condition/complex",
                    "Where they are complex, the square of their modulus is beta, and so it is multiplied by beta "
                    "in each step",
                    equal((middle * a - height * b) ** 2 + (height * a + middle * b) ** 2, beta * (a**2 + b**2)),
                    (_d < 0,),
                ),
                stated(
                    "article/a057/condition/repeated",
                    "Where they are the same, k times the k-th power stays below a constant times that of every "
                    "larger rate",
                    step * (1 - q) * q**step <= 1 - q**step,
                    (q >= 0, q < 1),
                ),
            ),
            remark=(
                r"For $\sigma_1\ne\sigma_2$. For a repeated eigenvalue the second series is $k\sigma_1^k$, which is "
                r"not geometric and lies below no multiple of $\sigma_1^k$, but below a multiple of $r^k$ for every "
                r"$r>|\sigma_1|$ (with $q=|\sigma_1|/r$, $kq^k\le1/(1-q)$); so the rate in the limit is $|\sigma_1|$ "
                r"there too."
            ),
        ),
    )


def _eigenvalues() -> tuple[Entry, ...]:
    """A058 to A062: the eigenvalues and their moduli."""
    height = sympy.sqrt(-_d) / 2
    modulus = sympy.sqrt((_MIDDLE / 2) ** 2 + height**2)
    middle_term = sympy.sqrt(_MIDDLE**2 + abs(_d))
    a, b = real("sigma_1 sigma_2")
    other = real("p_2")
    characteristic = _r**2 - (1 - _p + beta) * _r + beta
    root = sympy.sqrt(discriminant(_p))
    larger = sympy.Max(abs(1 - _p + beta + root), abs(1 - _p + beta - root)) / 2
    return (
        Entry(
            id="A058",
            section=_SECTION,
            summary="The eigenvalues of $R$.",
            printed=(
                r"\begin{aligned} \sigma_{1} & "
                r"=\frac{1}{2}\left(1-\alpha\lambda+\beta+\sqrt{(-\alpha\lambda+\beta+1)^{2}-4\beta}\right)\\ "
                r"\sigma_{2} & "
                r"=\frac{1}{2}\left(1-\alpha\lambda+\beta-\sqrt{(-\alpha\lambda+\beta+1)^{2}-4\beta}\right) "
                r"\end{aligned}",
            ),
            reading=(
                r"They have the sum and the product of the eigenvalues, trace and determinant of $R$. Where the "
                r"radicand is negative, they are $c\pm is$ with $s=\frac12\sqrt{4\beta-(1-\alpha\lambda+\beta)^2}$, "
                r"so that the product is $c^2+s^2$."
            ),
            literal=(
                stated(
                    "article/a058/literal/real",
                    "Sum and product, where they are real",
                    all_of(equal(_first + _second, R.trace()), equal(_first * _second, R.det())),
                    (_d >= 0,),
                ),
                stated(
                    "article/a058/literal/complex",
                    "Sum and product, where they are complex",
                    all_of(equal(2 * (_MIDDLE / 2), R.trace()), equal((_MIDDLE / 2) ** 2 + height**2, R.det())),
                    (_d < 0,),
                ),
            ),
        ),
        Entry(
            id="A059",
            section=_SECTION,
            summary="Where the radicand is negative, the eigenvalues are complex.",
            printed=(r"(-\alpha\lambda+\beta+1)^{2}-4\beta<0",),
            reading="Complex: no real number is an eigenvalue. The converse holds too.",
            literal=(
                stated(
                    "article/a059/literal/complex",
                    "No real number is a root of the characteristic polynomial",
                    sympy.Ne((_r * _IDENTITY - R).det(), 0),
                    (_d < 0,),
                ),
                stated(
                    "article/a059/literal/real",
                    "Where it is not negative, the first eigenvalue is a real root",
                    equal(((_first * _IDENTITY) - R).det(), 0),
                    (_d >= 0,),
                ),
            ),
        ),
        Entry(
            id="A060",
            section=_SECTION,
            summary="The modulus of the complex eigenvalues.",
            printed=(
                r"|\sigma_{1}|=|\sigma_{2}| "
                r"=\sqrt{(1-\alpha\lambda+\beta)^{2}+|(-\alpha\lambda+\beta+1)^{2}-4\beta|}=2\sqrt{\beta}",
            ),
            reading=r"The eigenvalues are those of A058, $c\pm is$, and their modulus is $\sqrt{c^2+s^2}$.",
            literal=(
                stated(
                    "article/a060/literal/root",
                    "The modulus is the root",
                    equal(modulus, middle_term),
                    (_d < 0, *_usual, lam > 0),
                ),
                stated(
                    "article/a060/literal/twice",
                    "The root is twice the root of beta",
                    equal(middle_term, 2 * sympy.sqrt(beta)),
                    (_d < 0, *_usual, lam > 0),
                ),
            ),
            corrected=(
                stated(
                    "article/a060/corrected/modulus",
                    "The modulus is half the root, which is the root of beta",
                    all_of(equal(modulus, middle_term / 2), equal(middle_term / 2, sympy.sqrt(beta))),
                    (_d < 0,),
                ),
            ),
            instead=(
                r"|\sigma_{1}|=|\sigma_{2}| =\tfrac{1}{2}\sqrt{(1-\alpha\lambda+\beta)^{2}"
                r"+|(-\alpha\lambda+\beta+1)^{2}-4\beta|}=\sqrt{\beta}",
            ),
            remark=r"The factor $\tfrac12$ of the eigenvalues is lost: it is $\tfrac12\sqrt{\ldots}=\sqrt\beta$.",
        ),
        Entry(
            id="A061",
            section=_SECTION,
            summary="In the complex case the rate depends neither on the step size nor on the eigenvalue.",
            printed=(r"\alpha\lambda",),
            literal=(
                stated(
                    "article/a061/literal/independent",
                    "Two products of step size and eigenvalue with complex eigenvalues have the same rate",
                    equal(radius(_p), radius(other)),
                    (discriminant(_p) < 0, discriminant(other) < 0),
                ),
            ),
        ),
        Entry(
            id="A062",
            section=_SECTION,
            summary="The rate where the eigenvalues are real.",
            printed=(
                r"\max\{|\sigma_{1}|,|\sigma_{2}|\}=\tfrac{1}{2}\max\left\{ "
                r"|1-\alpha\lambda_{i}+\beta\pm\sqrt{(1-\alpha\lambda_{i}+\beta)^{2}-4\beta}|\right\}",
            ),
            reading=(
                r"$\sigma_1$ and $\sigma_2$ are any two real numbers with the trace of $R$ as sum and its "
                r"determinant as product."
            ),
            literal=(
                stated(
                    "article/a062/literal/rate",
                    "The larger modulus",
                    equal(sympy.Max(abs(a), abs(b)), larger),
                    (equal(a + b, 1 - _p + beta), equal(a * b, beta), discriminant(_p) >= 0),
                ),
                stated(
                    "article/a062/literal/roots",
                    "Both are roots of the characteristic polynomial",
                    all_of(equal(characteristic.xreplace({_r: a}), 0), equal(characteristic.xreplace({_r: b}), 0)),
                    (equal(a + b, 1 - _p + beta), equal(a * b, beta)),
                ),
            ),
        ),
    )


def _taxonomy() -> tuple[Entry, ...]:
    """A063 to A067: the captions of the figure."""
    _, x_after = _next(_y, _x)
    # In terms of the eigenvalues, with v = alpha y, the last step backwards: x' = x - v'.
    one, two, v = real("sigma_1 sigma_2 v")
    v_after = one * two * v + (1 - one) * (1 - two) * _x
    moved = _x - v_after
    v_following = one * two * v_after + (1 - one) * (1 - two) * moved
    between = two > 0, two <= one, one < 1
    quotient, bound = real("r_k r_0")
    small, large = real("tau_1 tau_2")  # minus the eigenvalues, where these are negative
    v_flip = small * large * v + (1 + small) * (1 + large) * _x
    flipped = _x - v_flip
    ratio, trace = real("rho_k t")
    root = real("sigma")
    characteristic = root**2 - _MIDDLE * root + beta
    left = (root - 1 + alpha * lam) * _y + lam * _x
    y_after = _next(_y, _x)[0]
    left_after = (root - 1 + alpha * lam) * y_after + lam * x_after
    before, now = real("u_0 u_1")
    following = _MIDDLE * now - beta * before

    def form(u: Any, v: Any) -> Any:
        return v**2 - _MIDDLE * u * v + beta * u**2

    growth = real("g")
    return (
        Entry(
            id="A063",
            section=_SECTION,
            summary=(
                r"Ripples: complex eigenvalues, oscillations of low frequency, and a rate that depends on $\beta$ "
                r"alone."
            ),
            printed=(r"2\sqrt{\beta}",),
            reading=(
                r"The rate is the modulus of the eigenvalues, which depend on $\beta$ and the product $p=\alpha\lambda$. Low "
                r"frequency: in one step the angle is less than a right one, so that the real part of the eigenvalues is "
                r"positive."
            ),
            literal=(
                stated(
                    "article/a063/literal/rate",
                    "The rate",
                    equal(radius(_p), 2 * sympy.sqrt(beta)),
                    (discriminant(_p) < 0, beta > 0, beta < 1),
                ),
                stated(
                    "article/a063/literal/frequency",
                    "The real part of the eigenvalues is positive",
                    (1 - _p + beta) / 2 > 0,
                    (discriminant(_p) < 0, beta > 0, beta < 1),
                ),
            ),
            corrected=(
                stated(
                    "article/a063/corrected/rate",
                    "The rate",
                    equal(radius(_p), sympy.sqrt(beta)),
                    (discriminant(_p) < 0,),
                ),
                stated(
                    "article/a063/corrected/frequency",
                    "The real part is positive just if the product of step size and eigenvalue is below 1 + beta",
                    sympy.Equivalent((1 - _p + beta) / 2 > 0, _p < 1 + beta),
                    (discriminant(_p) < 0,),
                ),
            ),
            instead=(r"\sqrt{\beta}",),
            remark=(
                r"The rate is $\sqrt\beta$ (A060). And the frequency is low only for $\alpha\lambda<1+\beta$; in the "
                r"other half of the region the angle of a step is more than a right one."
            ),
        ),
        Entry(
            id="A064",
            section=_SECTION,
            summary=(
                "Monotonic decrease: with real eigenvalues between 0 and 1 the iterates decrease as those of "
                "gradient descent do."
            ),
            reading=(
                r"$0<\sigma_2\le\sigma_1<1$ are the eigenvalues, so that $\beta=\sigma_1\sigma_2$ and "
                r"$\alpha\lambda=(1-\sigma_1)(1-\sigma_2)$; the state is $(v,x)$ with $v=\alpha y$, and a step leads "
                r"to $v'$ and $x'=x-v'$. Decrease: $0<x'<x$ for $x>0$, at every step."
            ),
            literal=(
                stated(
                    "article/a064/literal/monotone",
                    "A step makes the error smaller and keeps its sign",
                    all_of(moved > 0, moved < _x),
                    (*between, _x > 0),
                ),
            ),
            condition=(
                stated(
                    "article/a064/condition/monotone",
                    "It does if the first step goes down and sigma_2 v <= (1 - sigma_2) x, and then both hold after it",
                    all_of(moved > 0, moved < _x, two * v_after <= (1 - two) * moved, v_following > 0),
                    (*between, _x > 0, v_after > 0, two * v <= (1 - two) * _x),
                ),
                stated(
                    "article/a064/condition/rest",
                    "Rest is such a state",
                    all_of(v_after.xreplace({v: sympy.Integer(0)}) > 0, two * 0 <= (1 - two) * _x),
                    (*between, _x > 0),
                ),
                stated(
                    "article/a064/condition/first",
                    "No other state goes down in the first step",
                    sympy.Equivalent(moved < _x, v_after > 0),
                    between,
                ),
                stated(
                    "article/a064/condition/form",
                    "Each step multiplies the difference of the two sides by sigma_1, so that its sign stays",
                    equal((1 - two) * moved - two * v_after, one * ((1 - two) * _x - two * v)),
                ),
                stated(
                    "article/a064/condition/passes",
                    "If it is negative, the ratio of successive errors falls by a fixed amount in each step, until one passes",
                    all_of(
                        quotient - (one + two - one * two / quotient) >= (one - bound) * (two - bound) / bound,
                        (one - bound) * (two - bound) / bound > 0,
                    ),
                    (quotient > 0, quotient <= bound, bound < two, *between),
                ),
                stated(
                    "article/a064/condition/parameters",
                    "In terms of the eigenvalues",
                    all_of(equal(one * two, beta), equal((1 - one) * (1 - two), alpha * lam)),
                    (equal(one + two, _MIDDLE), equal(one * two, R.det())),
                ),
            ),
            remark=(
                r"From rest, $y^0=0$, it does, by induction. It does just from the states with $v'>0$ and "
                r"$\sigma_2v\le(1-\sigma_2)x$: with a smaller momentum the error grows first, with a larger one it passes the "
                r"minimum."
            ),
        ),
        Entry(
            id="A065",
            section=_SECTION,
            summary="Convergence in one step.",
            printed=(r"\alpha = 1/\lambda_i", r"\beta = 0"),
            literal=(
                stated(
                    "article/a065/literal/one-step",
                    "After a step from any state the error is zero",
                    equal(x_after, 0),
                    (equal(alpha, 1 / lam), equal(beta, 0)),
                ),
            ),
        ),
        Entry(
            id="A066",
            section=_SECTION,
            summary="Monotonic oscillations: the iterates change their sign in every step.",
            printed=(r"\alpha > 1/\lambda_i",),
            reading=(
                r"For $\lambda>0$, $0\le\beta<1$, from every state with an error. The condition: negative "
                r"eigenvalues $-\tau_1$ and $-\tau_2$, so that $\beta=\tau_1\tau_2$ and "
                r"$\alpha\lambda=(1+\tau_1)(1+\tau_2)$, with the state of A064. In the last part $t$ is minus the "
                r"trace of $R$ and $\rho_k=-x^{k+1}/x^k$, so that $\rho_{k+1}=t-\beta/\rho_k$."
            ),
            literal=(
                stated(
                    "article/a066/literal/flip",
                    "A step changes the sign of the error",
                    x_after * _x < 0,
                    (*_convex, alpha > 1 / lam, sympy.Ne(_x, 0)),
                ),
                stated(
                    "article/a066/literal/flip-from-rest",
                    "The first two steps from rest change the sign of the error",
                    all_of(
                        _next(sympy.Integer(0), _x)[1] * _x < 0,
                        _next(*_next(sympy.Integer(0), _x))[1] * _next(sympy.Integer(0), _x)[1] < 0,
                    ),
                    (*_convex, alpha > 1 / lam, sympy.Ne(_x, 0)),
                ),
            ),
            condition=(
                stated(
                    "article/a066/condition/flip",
                    "With negative eigenvalues it does from every state with -(1 + tau_2) x <= tau_2 v <= 0, such "
                    "as rest, and leads to the mirror image of such a state",
                    all_of(flipped < 0, v_flip >= 0, large * v_flip <= -(1 + large) * flipped),
                    (small >= 0, small <= large, large > 0, _x > 0, v <= 0, large * v >= -(1 + large) * _x),
                ),
                stated(
                    "article/a066/condition/parameters",
                    "The eigenvalues are real and negative, or one is zero, just from (1 + sqrt(beta))^2 on",
                    sympy.Equivalent(alpha * lam >= (1 + sympy.sqrt(beta)) ** 2, sympy.And(_d >= 0, _MIDDLE <= 0)),
                    (beta >= 0,),
                ),
                stated(
                    "article/a066/condition/complex",
                    "With complex eigenvalues it cannot go on: while signs change, the ratio of successive errors "
                    "falls by a fixed multiple of its inverse or more",
                    trace - beta / ratio <= ratio - (4 * beta - trace**2) / (4 * ratio),
                    (ratio > 0, trace**2 < 4 * beta),
                ),
            ),
            remark=(
                r"Not for $\alpha>1/\lambda$ alone, unless $\beta=0$: with momentum there are complex eigenvalues "
                r"beyond it. From rest the signs alternate for ever if $\alpha\lambda\ge(1+\sqrt\beta)^2$ (and "
                r"$\alpha\lambda>1$), where both eigenvalues are real and not positive. Between $1$ and there the "
                r"eigenvalues are complex, and some step does not change the sign."
            ),
        ),
        Entry(
            id="A067",
            section=_SECTION,
            summary="Divergence, if an eigenvalue is larger than 1 in modulus.",
            printed=(r"\max\{|\sigma_1|,|\sigma_2|\} > 1",),
            reading=(
                "From every start with an error. If the iterates diverge, the start is not multiplied by a number "
                "less than 1 in modulus, for then it would be so in every step."
            ),
            literal=(
                stated(
                    "article/a067/literal/every-start",
                    "No state with an error is multiplied by a number less than 1 in modulus",
                    sympy.Not(all_of(equal(y_after, growth * _y), equal(x_after, growth * _x))),
                    (*_convex, radius() > 1, growth**2 < 1, sympy.Ne(_x, 0)),
                ),
            ),
            condition=(
                stated(
                    "article/a067/condition/real",
                    "A real eigenvalue multiplies a linear form of the state in each step",
                    equal(left_after, root * left),
                    (equal(characteristic, 0),),
                ),
                stated(
                    "article/a067/condition/grows",
                    "The powers of a number larger than 1 in modulus grow beyond all bounds",
                    abs(root) ** step >= 1 + step * (abs(root) - 1),
                    (abs(root) > 1,),
                ),
                stated(
                    "article/a067/condition/complex",
                    "If the eigenvalues are complex, each step multiplies a quadratic form of two successive errors "
                    "by beta",
                    equal(form(now, following), beta * form(before, now)),
                    (_d < 0,),
                ),
                stated(
                    "article/a067/condition/definite",
                    "Which is positive unless both are zero",
                    form(before, now) > 0,
                    (_d < 0, sympy.Or(sympy.Ne(before, 0), sympy.Ne(now, 0))),
                ),
                stated(
                    "article/a067/condition/rest",
                    "At rest with an error the linear form is not zero",
                    sympy.Ne(left.xreplace({_y: sympy.Integer(0)}), 0),
                    (lam > 0, sympy.Ne(_x, 0)),
                ),
            ),
            remark=(
                r"From every start with $(\sigma-1+\alpha\lambda)y^0+\lambda x^0\ne0$, where $|\sigma|>1$ is real; "
                r"at rest with an error this is so. On a line of starts, the eigenvector of an eigenvalue less than "
                r"1 in modulus, the iterates converge. If the eigenvalues are complex, from every start but the "
                r"minimum."
            ),
        ),
    )


def _range() -> tuple[Entry, ...]:
    """A068 to A070: which step sizes."""
    factor = real("c")
    limit = (2 + 2 * beta) / lam
    return (
        Entry(
            id="A068",
            section=_SECTION,
            summary="When the iteration converges, and which step sizes that allows.",
            printed=(
                r"\max\{|\sigma_{1}|,|\sigma_{2}|\} < 1",
                r"0<\alpha\lambda_{i}<2+2\beta \qquad \text{for} \qquad 0 \leq \beta < 1",
            ),
            reading=(
                r"For $0\le\beta<1$ the two are the same condition; all cases of real and complex eigenvalues are in "
                r"it."
            ),
            literal=(
                stated(
                    "article/a068/literal/range",
                    "The rate is less than 1 just in this range",
                    sympy.Equivalent(radius(_p) < 1, sympy.And(_p > 0, _p < 2 + 2 * beta)),
                    (beta >= 0, beta < 1),
                ),
            ),
        ),
        Entry(
            id="A069",
            section=_SECTION,
            summary="Without momentum the range is that of gradient descent.",
            printed=(r"\beta = 0",),
            literal=(
                stated(
                    "article/a069/literal/same",
                    "At beta = 0 the two ranges are the same",
                    sympy.Equivalent(
                        sympy.And(alpha * lam > 0, alpha * lam < 2 + 2 * beta),
                        sympy.And(alpha * lam > 0, alpha * lam < 2),
                    ),
                    (equal(beta, 0),),
                ),
                stated(
                    "article/a069/literal/rate",
                    "And the rate is that of gradient descent",
                    equal(radius(_p), abs(1 - _p)),
                    (equal(beta, 0),),
                ),
            ),
        ),
        Entry(
            id="A070",
            section=_SECTION,
            summary="Momentum allows step sizes twice as large before the iteration diverges.",
            reading=r"For $0\le\beta<1$ (A068): the largest step size is twice that of gradient descent.",
            literal=(
                stated(
                    "article/a070/literal/twice",
                    "The bound of the step size is twice that of gradient descent",
                    equal(limit, 2 * (2 / lam)),
                    (lam > 0, beta >= 0, beta < 1),
                ),
            ),
            condition=(
                stated(
                    "article/a070/condition/less",
                    "With any momentum it is less than twice as large",
                    limit < 2 * (2 / lam),
                    (lam > 0, beta >= 0, beta < 1),
                ),
                stated(
                    "article/a070/condition/every-factor",
                    "Every factor below 2 is allowed by enough momentum",
                    factor * (2 / lam) < limit,
                    (lam > 0, factor < 2, beta >= 0, beta < 1, beta > factor - 1),
                ),
            ),
            remark=(
                r"In the limit: the factor is $1+\beta$, which comes as near to 2 as one likes for $\beta\to1$, but "
                r"is never 2."
            ),
        ),
    )


ENTRIES = (*_update(), *_matrix(), *_powers(), *_eigenvalues(), *_taxonomy(), *_range())
