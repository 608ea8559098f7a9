r"""Momentum with stochastic gradients (A119 to A130)."""

from __future__ import annotations

from typing import Any

import sympy

from symmomentum.article.language import (
    SPECTRAL,
    A,
    Lambda,
    Q,
    all_of,
    column,
    equal_entries,
    matrix_of,
    momentum_matrix,
    orthogonal,
    radius,
    real,
    stated,
    vector,
)
from symmomentum.article.model import Entry
from symmomentum.claims import equal
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.noise import Noise
from symmomentum.stability import Stability
from symmomentum.symbols import alpha, beta, lam

__all__ = ["ENTRIES"]

_SECTION = "Momentum with Stochastic Gradients"
R = momentum_matrix()
_INPUT = sympy.ImmutableMatrix([1, -alpha])
_y, _x = real("y x")
_state = sympy.ImmutableMatrix([_y, _x])
_e0, _e1, _e2, _e3 = real("epsilon_0 epsilon_1 epsilon_2 epsilon_3")
_variance = sympy.Symbol("v", nonnegative=True)
# Random numbers with finitely many values, each with a probability.
_outcomes = sympy.Symbol("N", integer=True, positive=True)
_chances, _one_each, _values = (column(name, _outcomes) for name in ("p", "u", "s"))
_of_each = sympy.MatrixSymbol("P", _outcomes, _outcomes)
_errors = sympy.MatrixSymbol("E", A.rows, _outcomes)
_number = sympy.Identity(1)


_ESTIMATOR = Entry(
    id="A119",
    section=_SECTION,
    summary=(
        "An approximate gradient is the true one with an error added; it is called unbiased if the error is 0 on "
        "average."
    ),
    printed=(r"\nabla f(w) + \text{error}(w).", r"\mathbf{E}[\text{error}(w)] = 0"),
    reading=(
        r"Unbiased: the mean of the estimator is the gradient. For an error that takes finitely many values, the columns of a "
        r"matrix $E$, with probabilities $p$, of which the sum $u^Tp$ is 1, $u$ being the vector of ones: the mean of the "
        r"error is $Ep$, and that of gradient and error is the gradient and $Ep$; so it is the gradient just if $Ep=0$."
    ),
    literal=(
        stated(
            "article/a119/literal/unbiased",
            "The mean of the estimator is the gradient and the mean of the error",
            equal((column("g") * _one_each.T + _errors) * _chances, column("g") + _errors * _chances),
            (equal(_one_each.T * _chances, _number),),
        ),
    ),
)

_hessian = matrix_of("a", symmetric=True)
_w, _b, _z, _err = vector("w"), vector("b"), vector("z"), vector("e")

_ITERATION = Entry(
    id="A120",
    section=_SECTION,
    summary="The iteration of momentum with such gradients, for quadratics.",
    printed=(
        r"\begin{aligned} z^{k+1}&=\beta z^{k}+ A w^{k}  + \text{error}(w^k) \\ w^{k+1}&=w^{k}-\alpha z^{k+1}. "
        r"\end{aligned}",
    ),
    reading=(
        "On the quadratic of A010, whose gradient is $Aw-b$: the printed update of $z$ is that of A005 with the gradient and "
        "an error. Refuted in two variables, for a convex quadratic. The minimizer is $p$, where $Ap=b$."
    ),
    literal=(
        stated(
            "article/a120/literal/gradient",
            "What is added to beta z is the gradient and the error",
            equal_entries(beta * _z + _hessian * _w + _err, beta * _z + (_hessian * _w - _b) + _err),
            (beta > 0, beta < 1, _hessian[0, 0] > 0, _hessian[0, 0] * _hessian[1, 1] > _hessian[0, 1] ** 2),
        ),
    ),
    corrected=(
        stated(
            "article/a120/corrected/fixed-point",
            "A step from the minimizer p with z = 0 and without error stays there with - b; as printed it leads to p - alpha b",
            all_of(
                equal(column("p") - alpha * (A * column("p") - column("b")), column("p")),
                equal(column("p") - alpha * A * column("p"), column("p") - alpha * column("b")),
            ),
            (equal(A * column("p"), column("b")),),
        ),
        stated(
            "article/a120/corrected/centered",
            "The printed update is right for the distance to the minimizer, or with b = 0",
            equal(A * (column("w") - column("p")) + column("e"), (A * column("w") - column("b")) + column("e")),
            (equal(A * column("p"), column("b")),),
        ),
    ),
    instead=(
        r"\begin{aligned} z^{k+1}&=\beta z^{k}+ (A w^{k}-b)  + \text{error}(w^k) \\ w^{k+1}&=w^{k}-\alpha z^{k+1} "
        r"\end{aligned}",
    ),
    remark=(
        r"$-b$ is missing: $z^{k+1}=\beta z^k+(Aw^k-b)+\mathrm{error}(w^k)$. As printed it is right for $b=0$ only, "
        r"or with $w-w^\star$ for $w$."
    ),
)

_left, _right = sympy.Matrix([[1, 0], [alpha, 1]]), sympy.Matrix([[beta, lam], [0, 1]])
_next_y = beta * _y + (lam * _x + _e0)
_next = sympy.ImmutableMatrix([_next_y, _x - alpha * _next_y])

_MATRIX_FORM = Entry(
    id="A121",
    section=_SECTION,
    summary="The same for one eigenspace, with matrices, of which the left one can be inverted.",
    printed=(
        r"\left(\!\!\begin{array}{cc} 1 & 0\\ \alpha & 1 \end{array}\!\!\right)\Bigg(\!\!\begin{array}{c} "
        r"y_{i}^{k+1}\\ x_{i}^{k+1} \end{array}\!\!\Bigg)=\left(\!\!\begin{array}{cc} \beta & \lambda_{i}\\ 0 & 1 "
        r"\end{array}\!\!\right)\left(\!\!\begin{array}{c} y_{i}^{k}\\ x_{i}^{k} "
        r"\end{array}\!\!\right)+\left(\!\!\begin{array}{c} \epsilon_{i}^{k}\\ 0 \end{array}\!\!\right)",
    ),
    reading=(
        r"After the change of variables the gradient in component $i$ is $\lambda_ix_i$, and its error $\epsilon_i$. "
        r"Inverting gives $R$ and $\epsilon(1,-\alpha)^T$. What unrolling gives is A122."
    ),
    literal=(
        stated(
            "article/a121/literal/matrix-form",
            "The update in matrix form",
            equal_entries(_left * _next, _right * _state + sympy.Matrix([_e0, 0])),
        ),
        stated(
            "article/a121/literal/inverted",
            "Inverted",
            all_of(
                equal_entries(_left * (R * _state + _e0 * _INPUT), _right * _state + sympy.Matrix([_e0, 0])),
                equal_entries(_next, R * _state + _e0 * _INPUT),
            ),
        ),
    ),
)


def _iterate(errors: tuple[Any, ...]) -> Any:
    """The state after these errors, by A121."""
    state = _state
    for error in errors:
        state = R * state + error * _INPUT
    return state


def _unrolled(errors: tuple[Any, ...]) -> Any:
    """The deterministic state plus the sum of R^(k-j) (1, -alpha) epsilon^(j-1)."""
    k = len(errors)
    total = R**k * _state
    for j, error in enumerate(errors, start=1):
        total += R ** (k - j) * _INPUT * error
    return total


def _printed_sum(k: int, error: Any) -> Any:
    total = sympy.zeros(2, 1)
    for j in range(1, k + 1):
        total += R ** (k - j) * _INPUT
    return R**k * _state + error * total


_kept, _noise_y, _noise_x = matrix_of("P"), real("s_1"), real("s_2")

_NOISY_ITERATES = Entry(
    id="A122",
    section=_SECTION,
    summary="The iterates with noise are those without it, and a sum of errors that fade.",
    printed=(
        r"\left(\begin{array}{c} y_{i}^{k}\\ x_{i}^{k} \end{array}\right) = R^{k}\left(\begin{array}{c} y_{i}^{0}\\ "
        r"x_{i}^{0} \end{array}\right) + \epsilon^k_i \sum_{j=1}^{k}R^{k-j}\left(\begin{array}{c} 1\\ -\alpha "
        r"\end{array}\right)",
    ),
    reading=(
        r"The errors $\epsilon^0,\epsilon^1,\ldots$ are any numbers; by A121, $\epsilon^k$ enters the state $k+1$. "
        r"Stated at $k=2$, with $\epsilon^2$ before the sum, and with $\epsilon^1$, the last one that has entered. "
        "The corrected sum for every $k$, by induction: a state that is $P$ times the first one plus a sum becomes "
        "$RP$ times it plus $R$ times the sum and the new error."
    ),
    literal=(
        stated(
            "article/a122/literal/second",
            "After two steps, with the error of index k before the sum",
            equal_entries(_iterate((_e0, _e1)), _printed_sum(2, _e2)),
            (alpha > 0, lam > 0, beta > 0, beta < 1),
        ),
        stated(
            "article/a122/literal/second-last",
            "The same with the last error that has entered",
            equal_entries(_iterate((_e0, _e1)), _printed_sum(2, _e1)),
            (alpha > 0, lam > 0, beta > 0, beta < 1),
        ),
    ),
    corrected=(
        *(
            stated(
                f"article/a122/corrected/steps-{k}",
                f"With the errors inside the sum, that of index j - 1 in the j-th term, after step {k}",
                equal_entries(_iterate((_e0, _e1, _e2)[:k]), _unrolled((_e0, _e1, _e2)[:k])),
            )
            for k in (1, 2, 3)
        ),
        stated(
            "article/a122/corrected/step",
            "From k to k + 1",
            equal_entries(
                R * (_kept * _state + sympy.Matrix([_noise_y, _noise_x])) + _e3 * _INPUT,
                (R * _kept) * _state + (R * sympy.Matrix([_noise_y, _noise_x]) + _e3 * _INPUT),
            ),
        ),
    ),
    instead=(
        r"\left(\begin{array}{c} y_{i}^{k}\\ x_{i}^{k} \end{array}\right) = R^{k}\left(\begin{array}{c} y_{i}^{0}"
        r"\\ x_{i}^{0} \end{array}\right) + \sum_{j=1}^{k}R^{k-j}\left(\begin{array}{c} 1\\ -\alpha \end{array}"
        r"\right)\epsilon^{j-1}_i",
    ),
    remark=(
        "Each error has its own power of $R$, so that it must stand inside the sum: "
        r"$\sum_{j=1}^kR^{k-j}(1,-\alpha)^T\epsilon_i^{j-1}$, counted as in A121. As printed it would be one error, "
        "repeated."
    ),
)

_turn = matrix_of("q")

_BASIS = Entry(
    id="A123",
    section=_SECTION,
    summary=r"How the errors enter the eigenspaces: $\epsilon^k=Q\cdot\mathrm{error}(w^k)$.",
    printed=(r"\epsilon^k = Q \cdot \text{error}(w^k)",),
    reading=(
        r"With $A=Q\Lambda Q^T$ and the eigenvectors as the columns of $Q$ (A013): in the basis in which the gradient "
        r"$A(w-w^\star)$ has the components $\lambda_ix_i$, an error that is the first eigenvector has the components 1 and 0. "
        "Refuted in two variables."
    ),
    literal=(
        stated(
            "article/a123/literal/basis",
            "Q takes the first eigenvector to the first unit vector",
            equal_entries(_turn * _turn[:, 0], (1, 0)),
            orthogonal(_turn),
        ),
    ),
    corrected=(
        stated(
            "article/a123/corrected/gradient",
            "With x = Q^T (w - p) and the error Q^T e, the gradient with its error has the components lambda_i x_i + "
            "epsilon_i",
            equal(
                Q.T * (A * (column("w") - column("p")) + column("e")),
                Lambda * (Q.T * (column("w") - column("p"))) + Q.T * column("e"),
            ),
            SPECTRAL,
        ),
    ),
    instead=(r"\epsilon^k = Q^T \cdot \text{error}(w^k)",),
    remark=(
        "It must be $Q^T$, as in A014. ($Q$ agrees with A048, where the same slip is made; it would be right if the "
        "eigenvectors were the rows of $Q$.)"
    ),
)

_deterministic = real("m")

_PARTS = Entry(
    id="A124",
    section=_SECTION,
    summary="On average the objective splits in two: what there is without noise, and what the noise adds.",
    printed=(r"f(x)=\frac{\lambda}{2}x^{2}",),
    reading=(
        "The iterate is $m+s$ with the deterministic $m$ (A122) and a sum $s$ of errors, of mean 0. For an $s$ that takes "
        r"finitely many values, the entries of a vector $s$, with probabilities that stand in the diagonal matrix $P$: with the "
        r"vector $u$ of ones the sum of the probabilities $u^TPu$ is 1, the mean $u^TPs$ is 0, and the mean of the square of "
        r"$mu+s$ is $(mu+s)^TP(mu+s)$."
    ),
    literal=(
        stated(
            "article/a124/literal/sum",
            "The expected objective is that of the deterministic part plus that of the stochastic part",
            equal(
                lam / 2 * (_deterministic * _one_each + _values).T * _of_each * (_deterministic * _one_each + _values),
                lam / 2 * _deterministic**2 * _number + lam / 2 * _values.T * _of_each * _values,
            ),
            (
                equal(_of_each.T, _of_each),
                equal(_one_each.T * _of_each * _one_each, _number),
                equal(_one_each.T * _of_each * _values, sympy.ZeroMatrix(1, 1)),
            ),
        ),
    ),
)

_mean0, _mean1, _square0, _square1, _product = real("mu_0 mu_1 v_0 v_1 c")
_gamma1, _gamma2, _gamma3 = real("gamma_1 gamma_2 gamma_3")
_uncorrelated = (
    equal(_mean0, 0),
    equal(_mean1, 0),
    equal(_product, 0),
    equal(_square0, _variance),
    equal(_square1, _variance),
)
# E lam/2 (m + gamma_1 eps^0 + gamma_2 eps^1)^2, in the moments of the errors.
_expected = (
    lam
    / 2
    * (
        _deterministic**2
        + 2 * _deterministic * (_gamma1 * _mean0 + _gamma2 * _mean1)
        + _gamma1**2 * _square0
        + 2 * _gamma1 * _gamma2 * _product
        + _gamma2**2 * _square1
    )
)
_sum_of_squares, _last_mean = real("S mu_k")

_CHAIN = Entry(
    id="A125",
    section=_SECTION,
    summary="The derivation of the two parts, line by line.",
    printed=(
        r"\begin{aligned} "
        r"\mathbf{E}f(x^{k})&=\frac{\lambda}{2}\mathbf{E}[(x^{k})^{2}]\\&="
        r"\frac{\lambda}{2}\mathbf{E}\left(e_{2}^{T}R^{k}\left(\begin{array}{c} "
        r"y^{0}\\ x^{0} \end{array}\right)+\epsilon^{k}e_{2}^{T}\sum_{i=1}^{k}R^{k-i}\left(\begin{array}{c} 1\\ "
        r"-\alpha \end{array}\right)\right)^{2}\\&=\frac{\lambda}{2}e_{2}^{T}R^{k}\left(\begin{array}{c} y^{0}\\ "
        "x^{0} "
        r"\end{array}\right)+\frac{\lambda}{2}\mathbf{E}\left(\epsilon^{k}e_{2}^{T}\sum_{i=1}^{k}R^{k-i}\left(\begin{array}{c} "
        r"1\\ -\alpha \end{array}\right)\right)^{2}\\&=\frac{\lambda}{2}e_{2}^{T}R^{k}\left(\begin{array}{c} y^{0}\\ "
        "x^{0} "
        r"\end{array}\right)+\frac{\lambda}{2}\mathbf{E}[\epsilon^{k}]\,\cdot\,\sum_{i=1}^{k}"
        r"\left(e_{2}^{T}R^{k-i}\left(\begin{array}{c} "
        r"1\\ -\alpha \end{array}\right)\right)^{2}\\&=\frac{\lambda}{2}e_{2}^{T}R^{k}\left(\begin{array}{c} y^{0}\\ "
        r"x^{0} \end{array}\right)+\frac{\lambda\mathbf{E}[\epsilon^{k}}{2}\cdot\sum_{i=1}^{k}\gamma_{i}^{2}, \qquad "
        r"\gamma_i = e_{2}^{T}R^{k-i}\left(\begin{array}{c} 1\\ -\alpha \end{array}\right) \end{aligned}",
        r"\mathbf{E} \epsilon^k = 0",
    ),
    reading=(
        r"With $m=e_2^TR^k(y^0,x^0)^T$ and the $\gamma_i$ as printed, at $k=2$, where the iterate is "
        r"$m+\gamma_1\epsilon^0+\gamma_2\epsilon^1$ by A122; the mean of its square is written in the moments of the "
        "errors: means 0, variance $v$, no correlation. Each equation of the chain, and the whole. The corrected "
        r"one for every $k$, by induction: one uncorrelated error more, with a $\gamma$ of its own."
    ),
    literal=(
        stated(
            "article/a125/literal/second",
            "The second equation: one error before the sum",
            equal(_expected, lam / 2 * (_deterministic**2 + (_gamma1 + _gamma2) ** 2 * _variance)),
            _uncorrelated,
        ),
        stated(
            "article/a125/literal/third",
            "The third equation: the deterministic part is not squared",
            equal(
                lam / 2 * (_deterministic**2 + (_gamma1 + _gamma2) ** 2 * _variance),
                lam / 2 * _deterministic + lam / 2 * (_gamma1 + _gamma2) ** 2 * _variance,
            ),
            (lam > 0, _variance > 0),
        ),
        stated(
            "article/a125/literal/fourth",
            "The fourth equation: the mean of the error in place of that of its square",
            equal(lam / 2 * (_gamma1 + _gamma2) ** 2 * _variance, lam / 2 * _mean0 * (_gamma1**2 + _gamma2**2)),
            (equal(_mean0, 0),),
        ),
        stated(
            "article/a125/literal/whole",
            "The first and the last member",
            equal(_expected, lam / 2 * _deterministic + lam * _mean0 / 2 * (_gamma1**2 + _gamma2**2)),
            _uncorrelated,
        ),
    ),
    corrected=(
        stated(
            "article/a125/corrected/whole",
            "The deterministic part squared, the mean of the squared error",
            equal(_expected, lam / 2 * _deterministic**2 + lam * _variance / 2 * (_gamma1**2 + _gamma2**2)),
            _uncorrelated,
        ),
        stated(
            "article/a125/corrected/step",
            "One error more, of mean mu_k = 0, not correlated (c = 0) with a sum of errors whose mean square is v S",
            equal(
                _sum_of_squares * _variance + 2 * _gamma3 * _product + _gamma3**2 * _variance,
                (_sum_of_squares + _gamma3**2) * _variance,
            ),
            (equal(_product, 0),),
        ),
        stated(
            "article/a125/corrected/iterate",
            "After two steps the iterate is of that form",
            equal(
                _iterate((_e0, _e1))[1], (R**2 * _state)[1] + (R * _INPUT)[1] * _e0 + _INPUT[1] * _e1
            ),
        ),
    ),
    instead=(
        r"\mathbf{E}f(x^{k})=\frac{\lambda}{2}\left(e_{2}^{T}R^{k}\left(\begin{array}{c} y^{0}\\ x^{0} "
        r"\end{array}\right)\right)^{2}+\frac{\lambda\,\mathbf{E}[\epsilon^2]}{2}\sum_{i=1}^{k}\gamma_{i}^{2}, "
        r"\qquad \gamma_i = e_{2}^{T}R^{k-i}\left(\begin{array}{c} 1\\ -\alpha \end{array}\right)",
        r"\mathbf{E} \epsilon^k = 0",
    ),
    remark=(
        r"$\mathbf{E}f(x^k)=\frac\lambda2\left(e_2^TR^k(y^0,x^0)^T\right)^2+"
        r"\frac{\lambda\,\mathbf{E}[\epsilon^2]}2\sum_{i=1}^k\gamma_i^2$. "
        "In print the error stands outside the sum (as in A122), the square of the deterministic part is missing, "
        r"and $\mathbf{E}[\epsilon^k]$, which is 0, stands for $\mathbf{E}[(\epsilon^k)^2]$. What the text calls "
        "inequalities are equations."
    ),
)  # fmt: skip

_FIGURE = Entry(
    id="A126",
    section=_SECTION,
    summary=r"Drawn are the two parts of $\mathbf{E}f(w)-f(w^\star)$, one on top of the other, and a run with noise.",
    printed=(r"\mathbf{E} f(w) - f(w^\star)",),
    reading=(
        r"A drawing. With its parameters ($\lambda=1$, variance 9, $\alpha=4/121$, $\beta=81/121$, $x^0=1.732$ for "
        r"$\sqrt3$), for errors $\pm3$, a test takes the mean of the objective over all sequences of errors in exact "
        "numbers, and compares it with the sum of the two parts."
    ),
    remark=(
        "The page's script adds one term too many to the stochastic part at step $k$, that of $j=k$ in the sum from "
        "$j=0$: at the start, where there is no noise yet, it draws one."
    ),
    evidence=("tests/test_article_second.py::test_the_figure_s_parts_add_up_to_the_expected_objective",),
)

# The variance of the iterate in the limit, per unit variance of the errors.
_heavy_ball = Noise(Stability(Iteration(catalog["heavy-ball"])))
_LIMIT = _heavy_ball.lyapunov_solution
_STATIONARY = _LIMIT[1, 1]
_PRINTED_VARIANCE = alpha * (1 + beta) / (lam * (1 - beta) * (2 + 2 * beta - alpha * lam))
_stable = (alpha > 0, lam > 0, beta >= 0, beta < 1, alpha * lam < 2 + 2 * beta)
_STATIONARY_READ = (
    "The variance of the iterate in the limit, per unit variance of the errors, is "
    r"$V=\frac{\alpha(1+\beta)}{\lambda(1-\beta)(2+2\beta-\alpha\lambda)}$ where the iteration is stable. "
)
_small, _large = real("alpha_1 alpha_2")
_less, _more = real("beta_1 beta_2")


def _limit(size: Any, momentum: Any) -> Any:
    return _PRINTED_VARIANCE.xreplace({alpha: size, beta: momentum})


_TWO_PHASES = Entry(
    id="A127",
    section=_SECTION,
    summary=(
        "First comes a phase in which the gradient outweighs the noise, and momentum is of great use; then the noise "
        "outweighs the gradient, and it is of less."
    ),
    reading=(
        r"In terms of the two parts of A125, with $0<\alpha$, $0<\lambda$ and $x^0\ne0$: at the start there is no "
        r"stochastic part; it never goes down, and is at least $\frac\lambda2\alpha^2v$ after one step, while the "
        "deterministic part tends to 0 (A075). So the one is larger first, the other in the end. That momentum "
        "helps less there: the stochastic part in the limit is not below that of "
        r"gradient descent with the same $\alpha$. " + _STATIONARY_READ + "All this where both are stable."
    ),
    literal=(
        stated(
            "article/a127/literal/first",
            "At the start the deterministic part is the larger one, and one step gives the stochastic part its "
            "first term",
            all_of(lam / 2 * _x**2 > 0, equal(lam / 2 * _variance * _INPUT[1] ** 2, lam / 2 * _variance * alpha**2)),
            (lam > 0, sympy.Ne(_x, 0)),
        ),
        stated(
            "article/a127/literal/grows",
            "A step adds to the stochastic part, and takes nothing from it",
            lam / 2 * _variance * (_sum_of_squares + _gamma3**2) >= lam / 2 * _variance * _sum_of_squares,
            (lam > 0,),
        ),
        stated(
            "article/a127/literal/limit",
            "The variance in the limit solves the equation of the covariance",
            all_of(equal_entries(R * _LIMIT * R.T + _INPUT * _INPUT.T, _LIMIT), equal(_STATIONARY, _PRINTED_VARIANCE)),
            _stable,
        ),
        stated(
            "article/a127/literal/helps-less",
            "The variance in the limit is not below that of gradient descent",
            _limit(alpha, beta) >= _limit(alpha, sympy.S.Zero),
            (*_stable, alpha * lam < 2),
        ),
    ),
    condition=(
        stated(
            "article/a127/condition/helps-less",
            "It is not just for beta = 0 and for alpha lambda <= 1 + beta",
            sympy.Equivalent(
                _limit(alpha, beta) >= _limit(alpha, sympy.S.Zero),
                sympy.Or(equal(beta, 0), alpha * lam <= 1 + beta),
            ),
            (*_stable, alpha * lam < 2),
        ),
    ),
    remark=(
        r"That momentum makes the noise no smaller holds just for $\alpha\lambda\le1+\beta$. With larger steps, "
        r"$1+\beta<\alpha\lambda<2$, it makes it smaller than that of gradient descent with the same step."
    ),
)

_s = sympy.sqrt(beta)
_steps = (lam > 0, beta >= 0, beta < 1, _small > 0, _small < _large, _large * lam < 2 + 2 * beta)

_LOWER_STEP = Entry(
    id="A128",
    section=_SECTION,
    summary="With a smaller step size the noise does less harm, but convergence takes longer.",
    reading=(
        _STATIONARY_READ
        + r"For two stable step sizes $\alpha_1<\alpha_2$ and the same $0\le\beta<1$: $V$ is less for $\alpha_1$, "
        "and the larger modulus of the eigenvalues is greater."
    ),
    literal=(
        stated(
            "article/a128/literal/error",
            "The stochastic error is less",
            _limit(_small, beta) < _limit(_large, beta),
            _steps,
        ),
        stated(
            "article/a128/literal/rate",
            "The rate is slower",
            radius(_small * lam) > radius(_large * lam),
            _steps,
        ),
    ),
    condition=(
        stated(
            "article/a128/condition/real",
            "The rate is slower where the eigenvalues are positive, up to alpha lambda = (1 - sqrt(beta))^2",
            radius(_small * lam) > radius(_large * lam),
            (*_steps, _large * lam <= (1 - _s) ** 2),
        ),
        stated(
            "article/a128/condition/complex",
            "It is the same, sqrt(beta), from there to (1 + sqrt(beta))^2",
            all_of(equal(radius(_small * lam), _s), equal(radius(_large * lam), _s)),
            (*_steps, _small * lam >= (1 - _s) ** 2, _large * lam <= (1 + _s) ** 2),
        ),
        stated(
            "article/a128/condition/negative",
            "It is faster beyond",
            radius(_small * lam) < radius(_large * lam),
            (*_steps, _small * lam >= (1 + _s) ** 2),
        ),
        stated(
            "article/a128/condition/all",
            "Of two the lower one is slower just if it is below (1 - sqrt(beta))^2/lambda and their mean below (1 + "
            "beta)/lambda",
            sympy.Equivalent(
                radius(_small * lam) > radius(_large * lam),
                all_of(_small * lam < (1 - _s) ** 2, (_small + _large) / 2 * lam < 1 + beta),
            ),
            _steps,
        ),
    ),
    remark=(
        "The stochastic error is less for every stable step size. The rate is slower up to "
        r"$\alpha\lambda=(1-\sqrt\beta)^2$ only; from there on to $(1+\sqrt\beta)^2$ it is $\sqrt\beta$ whatever the "
        "step size, and beyond a lower step size makes it faster."
    ),
)

_momenta = (alpha > 0, lam > 0, _less >= 0, _less < _more, _more < 1, alpha * lam < 2 + 2 * _less)

_COMPOUND = Entry(
    id="A129",
    section=_SECTION,
    summary="With more momentum the errors add up more.",
    reading=(
        _STATIONARY_READ
        + r"For the same $\alpha$ and two momenta $0\le\beta_1<\beta_2<1$, both stable: $V$ is greater for $\beta_2$."
    ),
    literal=(
        stated(
            "article/a129/literal/error",
            "More momentum, more error",
            _limit(alpha, _less) < _limit(alpha, _more),
            _momenta,
        ),
    ),
    condition=(
        stated(
            "article/a129/condition/error",
            "It is just for alpha lambda < (1 + beta_1)(1 + beta_2)",
            sympy.Equivalent(_limit(alpha, _less) < _limit(alpha, _more), alpha * lam < (1 + _less) * (1 + _more)),
            _momenta,
        ),
        stated(
            "article/a129/condition/short-steps",
            "So for all momenta if alpha lambda <= 1",
            sympy.Implies(alpha * lam <= 1, alpha * lam < (1 + _less) * (1 + _more)),
            _momenta,
        ),
    ),
    remark=(
        r"Just for $\alpha\lambda<(1+\beta_1)(1+\beta_2)$, that is where $\alpha\lambda<(1+\beta)^2$: always for "
        r"$\alpha\lambda\le1$. With larger steps some momentum damps the errors, most of all "
        r"$\beta=\sqrt{\alpha\lambda}-1$."
    ),
)

_MODEL = Entry(
    id="A130",
    section=_SECTION,
    summary="The errors are modelled as independent, Gaussian and of mean 0, although they depend on $w^k$.",
    printed=(r"\epsilon^k",),
    not_mathematical=(
        "A choice of a model. Of it, what is derived uses less: means 0, the same variance, and no correlation from "
        "step to step. The errors need be neither Gaussian nor independent (A124, A125)."
    ),
)

ENTRIES: tuple[Entry, ...] = (
    _ESTIMATOR,
    _ITERATION,
    _MATRIX_FORM,
    _NOISY_ITERATES,
    _BASIS,
    _PARTS,
    _CHAIN,
    _FIGURE,
    _TWO_PHASES,
    _LOWER_STEP,
    _COMPOUND,
    _MODEL,
)
"""A119 to A130."""
