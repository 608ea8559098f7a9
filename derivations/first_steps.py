"""First steps: gradient descent on a quadratic, one number for each direction."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Cite, Formula, Ref
from symmomentum.symbols import L, alpha, beta, k, kappa, lam, mu

n = sympy.Symbol("n", integer=True, positive=True)
A, Q = (sympy.MatrixSymbol(name, n, n) for name in "AQ")
w, v, b, x, minimizer = (sympy.MatrixSymbol(name, n, 1) for name in ("w", "v", "b", "x", "w_min"))
t = sympy.Symbol("t", real=True)
first, second, last = sympy.symbols("lambda_1 lambda_2 lambda_n", real=True)
f = sympy.Function("f")
g = sympy.Symbol("g")


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "first-steps",
        "First steps: gradient descent",
        "Gradient descent on a quadratic comes apart into independent numbers, one for each eigenvector of the "
        "Hessian. Each is "
        "multiplied by the same factor in every step; all that is to be known of the method follows from these "
        "factors.",
        "Introduction",
        "First Steps: Gradient Descent",
        "Decomposing the Error",
        "Choosing A Step-size",
    )
    _promises(c)
    _model(c)
    _directions(c)
    _errors(c)
    _step_size(c)
    return c.document()


def _promises(c: Chapter) -> None:
    c.section("What this is about")
    z, point, slope = sympy.symbols("z w g")
    c.theorem(
        "Gradient descent and momentum",
        (
            "With the gradient ",
            slope,
            " at the iterate ",
            point,
            " and the step size ",
            alpha,
            ", gradient descent makes the first of these steps. Momentum, the method of ",
            Cite("polyak1964"),
            ", remembers its gradients in ",
            z,
            ", of which a step keeps the share ",
            beta,
            ", and makes the others. Without momentum they are the same.",
        ),
        "a001/literal/step",
        "a005/literal/update",
        "a006/literal/same",
        shown=(
            Formula(sympy.Symbol("w^+"), point - alpha * slope),
            Formula(sympy.Symbol("z^+"), beta * z + slope, label="momentum"),
            Formula(sympy.Symbol("w^+"), point - alpha * sympy.Symbol("z^+")),
        ),
        label="methods",
    )
    c.text(
        Ref("opening"),
        " shows what momentum does in a valley: it swings, and it is fast. On quadratics it is faster than gradient descent by "
        "up to ",
        Ref("optimal-parameters#condition-number", "the square root of the condition number"),
        ", converges for ",
        Ref("dynamics#range", "a larger range of step sizes"),
        ", and there its ",
        Ref("dynamics#regimes", "five behaviours"),
        " are all known. On a convex function that is no quadratic it may ",
        Ref("beyond#cycle", "go round for ever"),
        ".",
    )
    c.figure("F01")
    c.theorem(
        "Faster by a square root",
        "On quadratics the best rate of momentum at the square of a condition number is that of gradient descent at the number.",
        "a007/literal/gradient-descent",
        "a007/literal/momentum",
        "a007/literal/square",
        shown=(),
    )
    c.theorem(
        "Longer steps, and oscillations",
        "On a quadratic momentum converges wherever gradient descent does, and with longer steps, too. An error that gradient "
        "descent takes straight to zero swings if there is enough momentum.",
        "a009/condition/contains",
        "a009/condition/larger",
        "a009/literal/oscillations",
        shown=(),
    )
    c.false(
        "Longer steps on every convex function",
        "There is a convex function on which momentum goes round six points for ever, with a step size with which gradient "
        "descent converges on all of them.",
        "a009/literal/convex",
        shown=(),
    )
    c.theorem(
        "Not even with the best parameters",
        "There is a smooth strongly convex function on which momentum goes round, with the parameters that are the best for "
        "quadratics with the same curvatures.",
        "a008/literal/convex",
        "a008/literal/tuned",
        "a008/literal/cycle",
        "a008/literal/attracting",
        shown=(),
    )
    c.theorem(
        "A small step goes down",
        (
            "If the gradient is Lipschitz with the constant ",
            L,
            ", a step of gradient descent lowers the function for each of these step sizes; on a quadratic of that "
            "curvature for no others.",
        ),
        "a002/condition/lipschitz",
        "a002/condition/sharp",
        shown=(Formula(0, alpha, 2 / L, relation="<"),),
    )
    c.false(
        "On every smooth function",
        "On a fourth power no step size is small enough for every start.",
        "a002/literal/quartic",
        shown=(),
    )
    c.false(
        "It always finds a minimum",
        "Gradient descent need not converge, and may stop where there is no minimum: at a maximum or at an inflection.",
        "a003/literal/converges",
        "a003/literal/minimum",
        shown=(),
    )
    c.theorem(
        "Where it stops, and where it converges",
        "It stops just where the gradient is zero. On a smooth strongly convex function each step multiplies the distance "
        "from the minimizer, and that of the function from its minimum, by a factor below 1.",
        "a003/corrected/stationary",
        "a003/corrected/strongly-convex",
        "a003/corrected/factor",
        "a004/literal/step",
        "a004/literal/factor",
        shown=(),
    )


def _model(c: Chapter) -> None:
    c.section("The model problem")
    c.define(
        "Quadratic",
        ("Let ", A, " be a symmetric matrix with positive eigenvalues and ", b, " a vector. We minimize"),
        Formula(f(w), sympy.Rational(1, 2) * w.T * A * w - b.T * w),
    )
    c.theorem(
        "Convexity",
        (
            "The chord between two points lies above the graph by a quadratic form of their difference, so that ",
            f,
            " is convex just if ",
            A,
            " has no negative eigenvalue.",
        ),
        "a010/literal/chord",
        shown=(
            Formula(
                t * f(w) + (1 - t) * f(v) - f(t * w + (1 - t) * v),
                sympy.MatMul(t * (1 - t) / 2, w.T - v.T, A, w - v),
            ),
        ),
    )
    c.theorem(
        "Gradient",
        (
            "The gradient ",
            g,
            " is linear in the point, and gradient descent subtracts a multiple of it.",
        ),
        "a012/literal/gradient",
        "a012/literal/step",
        shown=(
            Formula(g, A * w - b),
            Formula(sympy.Symbol("w^+"), sympy.Symbol("w") - alpha * g),
        ),
    )
    c.theorem(
        "Minimizer",
        "The gradient is zero at one point, and every other point is higher, by a form that is positive.",
        "a011/literal/stationary",
        "a011/literal/higher",
        "a011/literal/form",
        "a011/literal/positive",
        shown=(Formula(minimizer, A.inv() * b),),
    )


def _directions(c: Chapter) -> None:
    c.section("One number for each direction")
    c.theorem(
        "Eigenvectors",
        (
            "A symmetric matrix is diagonal in an orthonormal basis, the columns of an orthogonal matrix ",
            Q,
            ". That is the spectral theorem, taken from the books; what is proved here is the case of two variables, where "
            "the basis is written down. From this decomposition on, everything is proved for any number of variables.",
        ),
        "a013/literal/orthogonal",
        "a013/literal/product",
        "a013/literal/sorted",
        shown=(Formula(A, Q * sympy.MatrixSymbol("Lambda", n, n) * Q.T),),
    )
    c.define("Error coordinates", "In this basis the error has the coordinates", Formula(x, Q.T * (w - minimizer)))
    x_0, x_k, x_next = sympy.symbols("x_i^0 x_i^k x_i^+")
    own = sympy.Symbol("lambda_i", real=True)
    c.theorem(
        "They do not interact",
        (
            "After a step each coordinate depends on itself alone: it is multiplied by one number. So ",
            k,
            " steps multiply it by the power of this number.",
        ),
        "a014/literal/components",
        "a015/literal/step",
        "a015/literal/power",
        "a016/literal/powers",
        "a016/literal/sum",
        shown=(
            Formula(x_next, (1 - alpha * own) * x_k),
            Formula(x_k, (1 - alpha * own) ** k * x_0, label="decay"),
        ),
        proof="By the rules for products of matrices, whatever their size; the power by induction.",
        label="independent",
    )
    c.text(Ref("change-of-variables"), " shows the same iterates in both coordinates.")
    c.figure("F02")


def _errors(c: Chapter) -> None:
    c.section("What becomes of the errors")
    c.theorem(
        "When an error shrinks",
        "A step makes the error in a direction smaller just if the product of step size and curvature is below two.",
        "a017/condition/exponential",
    )
    c.theorem(
        "Which of two is slower",
        (
            "It is tempting to say that the direction whose factor is nearer to 1 is the slower one. A factor "
            "near -1 is as "
            "slow. Of two curvatures the smaller one is the slower just if the step size is below two over their sum:"
        ),
        "a017/condition/closer",
        "a018/literal/which",
        shown=(Formula(c.verdicts["a017/condition/closer"].claim.statement),),
    )
    c.false(
        "Nearer to 1 is slower",
        "Without that bound on the step size it is false, and the checker finds a step and two curvatures.",
        "a017/literal/closer",
    )
    u_1, u_2, start = sympy.symbols("x_1^0 x_2^0 x_i^0")
    parts = [value * (1 - alpha * value) ** (2 * k) * error**2 / 2 for value, error in ((first, u_1), (second, u_2))]
    c.theorem(
        "The loss is a sum over the directions",
        (
            "With the errors ",
            start,
            " at the start, the loss above its minimum falls apart into one term for each direction, with the "
            "factor one half that the article's formula has lost. Written out for two variables; in the figure below all "
            "terms begin equal:",
        ),
        "a019/corrected/sum",
        "a019/corrected/any-size",
        "a020/literal/contributions",
        shown=(Formula(sympy.Symbol("f^k") - sympy.Symbol("f_min"), parts[0] + parts[1]),),
    )
    c.false("The same sum without the half", "Printed is twice that sum.", "a019/literal/sum")
    c.text(
        "In ",
        Ref("error-gradient-descent"),
        " these terms are drawn on top of each other, for three step sizes. They fall at different rates, and the slowest "
        "one is left over.",
    )
    c.figure("F03")


def _step_size(c: Chapter) -> None:
    c.section("The best step size")
    c.theorem(
        "Convergence",
        "The error dies out just for the step sizes in this interval; outside of it no power of the factor is "
        "below one.",
        "a021/literal/interval",
        "a021/literal/needed",
    )
    c.theorem(
        "Only the two ends count",
        (
            "The rate of the whole is that of the slowest direction. Whatever the step size, that is the one of "
            "the smallest "
            "curvature, ",
            first,
            ", or that of the largest, ",
            last,
            ".",
        ),
        "a022/literal/ends",
    )
    own = named(sm.analyze("gradient-descent").claims)
    tuning = sm.analyze("gradient-descent").tuning
    c.theorem(
        "The best step size and its rate",
        (
            "Among all real step sizes one has the least rate. Let ",
            mu,
            " be the smallest curvature and ",
            L,
            " the largest. The best step size and its rate are",
        ),
        "a023/literal/unique",
        "a024/literal/attained",
        "a024/literal/least",
        own["gradient-descent/tuning/attained"],
        own["gradient-descent/tuning/optimal"],
        shown=(
            Formula(alpha, tuning.parameters[alpha]),
            Formula(sympy.Symbol("rho"), tuning.rate, label="best-rate"),
        ),
        label="best-step-size",
    )
    c.theorem(
        "Where both ends are equally slow",
        "At the best step size the two ends have the same rate. So they have at the step size 0, and nowhere else.",
        "a025/literal/at-best",
        "a025/condition/when",
    )
    c.define(
        "Condition number",
        "The ratio of the extreme curvatures decides how hard the problem is.",
        Formula(kappa, L / mu),
        label="condition-number",
    )
    c.theorem(
        "It alone decides the rate",
        "The best rate depends on the condition number and on nothing else, and grows with it.",
        own["gradient-descent/tuning/condition-number"],
        "a026/literal/determines",
        "a026/literal/scale",
        "a028/literal/slower",
        shown=(Formula(sympy.Symbol("rho"), (kappa - 1) / (kappa + 1)),),
    )
    transient = sm.analyze("gradient-descent").transient
    rows = []
    for number in (2, 10, 100, 1000):
        steps = transient.iterations("1/1000000", mu=1, L=number)
        rate = (sympy.Integer(number) - 1) / (number + 1)
        rows.append((sympy.Integer(number), rate, sympy.Integer(steps)))
    c.table(
        "Steps until a millionth of the error is left in the worst case, with the best step size; computed with "
        "certainty.",
        ("Condition number", "Rate", "Steps"),
        rows,
    )
    c.theorem(
        "One step is enough",
        "If all curvatures are the same, the error is gone after one step: with the best step size, and with no other.",
        "a027/condition/step-size",
    )
    c.theorem(
        "What else the condition number says",
        (
            "Relative to its norm, the smallest change that makes the matrix singular is one over the condition "
            "number; and a "
            "relative error in ",
            b,
            " comes back in the minimizer up to that number of times larger. Each bound has a case in which "
            "it is attained.",
        ),
        "a028/literal/length",
        "a028/literal/singular",
        "a028/literal/singular-attained",
        "a028/literal/stretched",
        "a028/literal/stretched-by",
        "a028/literal/robust",
        "a028/literal/robust-attained",
        "a028/literal/robust-ratio",
        shown=(),
    )
    c.remark(
        "One direction is enough",
        "From here on all methods are studied in one direction, with one curvature ",
        lam,
        "; what holds for all curvatures in an interval holds for all quadratics whose eigenvalues lie there.",
    )


if __name__ == "__main__":
    main(__file__)
