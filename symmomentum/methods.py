"""The built-in methods: each an update rule, a citation and a note on its convention.

To add a method, write its rule here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from symmomentum.errors import UnknownNameError, nearest
from symmomentum.update_rule import Method, Preset, Relation, Schedule

__all__ = ["Catalog", "catalog"]


class Catalog(Mapping[str, Method]):
    """The built-in methods by name; an unknown name raises :class:`UnknownNameError` (a ``KeyError``).

    >>> catalog["heavy-ball"].parameters, "adagrad" in catalog
    (('alpha', 'beta'), False)
    """

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def __getitem__(self, name: str) -> Method:
        if name not in self._methods:
            raise UnknownNameError(f"unknown method {name!r}; {nearest(str(name), self._methods)}")
        return self._methods[name]

    def __contains__(self, name: object) -> bool:
        return name in self._methods

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def __repr__(self) -> str:
        return f"<catalog: {', '.join(self)}>"

    def entry(self, **options: Any) -> Callable[[Callable[..., Any]], Method]:
        """Enter a rule, with the options of :meth:`Method.from_rule`. It is traced when its theory is first asked for, so that
        listing the methods needs no SymPy."""

        def decorate(rule: Callable[..., Any]) -> Method:
            made = Method.from_rule(rule, **options)
            self._methods[made.name] = made
            return made

        return decorate


catalog = Catalog()


def _same(to: str) -> Relation:
    """The other method with the same values of its parameters."""
    return Relation(to, lambda **parameters: parameters)


def _averaged(alpha: Any, beta: Any) -> Mapping[str, Any]:
    """A moving average of the gradients in place of a decaying sum."""
    return {"alpha": alpha * (1 - beta), "beta": beta}


# Published parameters -------------------------------------------------------------------------------------------------
#
# Data, with a source; nothing is derived from them, and that they do what they are said to do is a claim like any other.


def _standard_preset(mu, L, sqrt):  # type: ignore[no-untyped-def]
    return {"alpha": 1 / L, "beta": (sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu))}


def _standard_rate_preset(mu, L, sqrt):  # type: ignore[no-untyped-def]
    return 1 - sqrt(mu) / sqrt(L)


def _triple_preset(mu, L, sqrt):  # type: ignore[no-untyped-def]
    rho = 1 - sqrt(mu) / sqrt(L)
    return {"alpha": (1 + rho) / L, "beta": rho**2 / (2 - rho), "gamma": rho**2 / ((1 + rho) * (2 - rho))}


def _robust_preset(mu, L, sqrt, rho):  # type: ignore[no-untyped-def]
    return {
        "alpha": (1 - rho) ** 2 * (1 + rho) / mu,
        "beta": L * rho**3 / (L - mu),
        "gamma": mu * rho**3 / ((L - mu) * (1 - rho) ** 2 * (1 + rho)),
    }


def _two_clusters(mu, L, sqrt, delta):  # type: ignore[no-untyped-def]
    width = (L - mu) * (1 - delta) / 2
    return ((mu, mu + width), (L - width, L))


def _cyclical_rate_preset(mu, L, sqrt, delta):  # type: ignore[no-untyped-def]
    """Of one step, which here is two of the paper's: its m."""
    far, near = (L + mu) ** 2 - delta**2 * (L - mu) ** 2, 4 * mu * L
    return (sqrt(far) - sqrt(near)) ** 2 / ((1 - delta**2) * (L - mu) ** 2)


def _cyclical_preset(mu, L, sqrt, delta):  # type: ignore[no-untyped-def]
    m = _cyclical_rate_preset(mu, L, sqrt, delta)  # type: ignore[no-untyped-call]
    (_, low), (high, _) = _two_clusters(mu, L, sqrt, delta)  # type: ignore[no-untyped-call]
    return {"alpha": (1 + m) / low, "gamma": (1 + m) / high, "beta": m}


def _chebyshev_values(mu, L):  # type: ignore[no-untyped-def]
    """The residual polynomials are T_k((L + mu - 2 lam)/(L - mu)) over their values at lam = 0; their quotients have a short
    recurrence without a division by L - mu."""
    quotient = 1 / (L + mu)
    yield {"alpha": 2 * quotient, "beta": 0 * quotient}
    while True:
        last, quotient = quotient, 1 / (2 * (L + mu) - (L - mu) ** 2 * quotient)
        yield {"alpha": 4 * quotient, "beta": (L - mu) ** 2 * quotient * last}


def _average_values(alpha):  # type: ignore[no-untyped-def]
    one = alpha / alpha  # of the same kind of number
    for k in itertools.count():
        yield {"alpha": alpha, "gamma": one / (k + 2)}


# Gradient descent and heavy ball --------------------------------------------------------------------------------------


@catalog.entry(
    cite="cauchy1847",
    note="alpha is the step size.",
    relations=[Relation("heavy-ball", lambda alpha: {"alpha": alpha, "beta": 0})],
    presets=[
        Preset("short-step", "nesterov2004", lambda mu, L, sqrt: {"alpha": 1 / L}, lambda mu, L, sqrt: 1 - mu / L),
    ],
)
def gradient_descent(w, grad, *, alpha):  # type: ignore[no-untyped-def]
    return w - alpha * grad(w)


@catalog.entry(
    cite="polyak1964",
    note="Goh's form (2017): z is a decaying sum of gradients, z = beta z + g; some libraries average instead, "
    "z = beta z + (1 - beta) g, which divides the step size by 1 - beta.",
    relations=[
        Relation("three-parameter", lambda alpha, beta: {"alpha": alpha, "beta": beta, "gamma": 0}),
        Relation("sgd", lambda alpha, beta: {"alpha": alpha, "beta": beta, "delta": 0, "gamma": 0}),
    ],
)
def heavy_ball(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    z = beta * z + grad(w)
    w = w - alpha * z
    return z, w


@catalog.entry(
    cite="polyak1964",
    note="Polyak's form (1964, equation (9)), with the last iterate v in place of a velocity.",
    relations=[_same("heavy-ball")],
)
def heavy_ball_two_step(v, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    return w, w - alpha * grad(w) + beta * (w - v)


@catalog.entry(
    cite="polyak1964",
    note="z is an exponential moving average of the gradients.",
    relations=[
        Relation("heavy-ball", _averaged),
        Relation("quasi-hyperbolic", lambda alpha, beta: {"alpha": alpha, "beta": beta, "nu": 1}),
    ],
)
def heavy_ball_ema(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    z = beta * z + (1 - beta) * grad(w)
    return z, w - alpha * z


# Nesterov -------------------------------------------------------------------------------------------------------------

_STANDARD = Preset(
    "standard",
    "nesterov2004",
    _standard_preset,
    _standard_rate_preset,
    note="scheme (2.2.22); for smooth strongly convex functions, not the best for quadratics",
)


@catalog.entry(
    cite="nesterov1983",
    note="The form of PyTorch's SGD(nesterov=True): the iterate is the point at which the gradient is taken. With constant "
    "momentum it has the characteristic polynomial of Nesterov's two-sequence form.",
    relations=[
        Relation("three-parameter", lambda alpha, beta: {"alpha": alpha, "beta": beta, "gamma": beta}),
        Relation("sgd-nesterov", lambda alpha, beta: {"alpha": alpha, "beta": beta, "gamma": 0}),
    ],
    presets=[_STANDARD],
)
def nesterov(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    g = grad(w)
    z = beta * z + g
    w = w - alpha * (g + beta * z)
    return z, w


@catalog.entry(
    cite="nesterov2004",
    note="Nesterov's two sequences, with constant momentum: x is the point after the last gradient step, w, the iterate, the "
    "point extrapolated from the last two of these, at which the next gradient is taken.",
    relations=[_same("nesterov")],
    presets=[_STANDARD],
)
def nesterov_two_sequence(x, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    y = w - alpha * grad(w)
    return y, y + beta * (y - x)


@catalog.entry(
    cite="sutskever2013",
    note="The iterate is the point after the step; the gradient is taken where the momentum alone would carry it.",
    relations=[_same("nesterov")],
)
def nesterov_sutskever(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    z = beta * z - alpha * grad(w + beta * z)
    return z, w + z


# PyTorch's SGD --------------------------------------------------------------------------------------------------------


@catalog.entry(
    cite="paszke2019",
    note="torch.optim.SGD(lr=alpha, momentum=beta, dampening=delta, weight_decay=gamma), but for its first step, which is not "
    "dampened. The decay adds gamma to every curvature; the error is the distance from the minimizer of "
    "f + gamma/2 |w|^2.",
    regularized=True,
    meanings={"delta": "dampening", "gamma": "weight decay"},
    relations=[
        Relation(
            "heavy-ball",
            lambda alpha, beta, delta, gamma: {"alpha": alpha * (1 - delta), "beta": beta},
            shift=lambda gamma, **others: gamma,
        )
    ],
)
def sgd(z, w, grad, *, alpha, beta, delta, gamma):  # type: ignore[no-untyped-def]
    z = beta * z + (1 - delta) * (grad(w) + gamma * w)
    return z, w - alpha * z


@catalog.entry(
    cite="paszke2019",
    note="torch.optim.SGD(lr=alpha, momentum=beta, weight_decay=gamma, nesterov=True). The decay adds gamma to every curvature; "
    "the error is the distance from the minimizer of f + gamma/2 |w|^2.",
    regularized=True,
    meanings={"gamma": "weight decay"},
    relations=[
        Relation(
            "nesterov",
            lambda alpha, beta, gamma: {"alpha": alpha, "beta": beta},
            shift=lambda gamma, **others: gamma,
        )
    ],
)
def sgd_nesterov(z, w, grad, *, alpha, beta, gamma):  # type: ignore[no-untyped-def]
    g = grad(w) + gamma * w
    z = beta * z + g
    return z, w - alpha * (g + beta * z)


# Adam and its kin, with a frozen preconditioner -----------------------------------------------------------------------

_FROZEN = (
    "The preconditioner P is frozen, as in Cohen et al. (2022): lam is an eigenvalue of the preconditioned Hessian "
    "P^(-1/2) H P^(-1/2). The bias correction, which fades out, is left out."
)


rmsprop = catalog.entry(
    name="rmsprop",
    cite="tieleman2012",
    note=f"Without momentum: then it is gradient descent. {_FROZEN}",
    relations=[_same("gradient-descent")],
)(gradient_descent.rule)

adam = catalog.entry(
    name="adam",
    cite="kingma2015",
    note=f"beta is its beta_1; then it is heavy ball with an average of the gradients. {_FROZEN}",
    relations=[_same("heavy-ball-ema"), Relation("heavy-ball", _averaged)],
)(heavy_ball_ema.rule)


@catalog.entry(
    cite="loshchilov2019",
    note=f"beta is its beta_1; the decay acts on the iterate itself. {_FROZEN}",
    regularized=True,
    meanings={"gamma": "weight decay"},
    relations=[
        Relation(
            "sgd",
            lambda alpha, beta, gamma: {
                "alpha": alpha * (1 - beta),
                "beta": beta * (1 - alpha * gamma),
                "delta": 0,
                "gamma": gamma,
            },
        )
    ],
)
def adamw(z, w, grad, *, alpha, beta, gamma):  # type: ignore[no-untyped-def]
    z = beta * z + (1 - beta) * grad(w)
    return z, w - alpha * gamma * w - alpha * z


@catalog.entry(
    cite="dozat2016",
    note=f"beta is its beta_1, constant. {_FROZEN}",
    relations=[
        Relation("nesterov", _averaged),
        Relation("quasi-hyperbolic", lambda alpha, beta: {"alpha": alpha, "beta": beta, "nu": beta}),
    ],
)
def nadam(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    g = grad(w)
    z = beta * z + (1 - beta) * g
    return z, w - alpha * ((1 - beta) * g + beta * z)


# Families -------------------------------------------------------------------------------------------------------------


@catalog.entry(
    cite="ma2019",
    note="Equations (2) and (3) there. z is an exponential moving average of the gradients; nu = 0 leaves it unused, nu = 1 is "
    "heavy ball, nu = beta Nesterov's method.",
    meanings={"nu": "weight of the average"},
    relations=[
        Relation(
            "three-parameter",
            lambda alpha, beta, nu: {
                "alpha": alpha * (1 - beta),
                "beta": beta,
                "gamma": beta * (1 - nu) / (1 - beta),
            },
        )
    ],
)
def quasi_hyperbolic(z, w, grad, *, alpha, beta, nu):  # type: ignore[no-untyped-def]
    g = grad(w)
    z = beta * z + (1 - beta) * g
    return z, w - alpha * ((1 - nu) * g + nu * z)


_EXTRAPOLATION = {"gamma": "extrapolation"}


@catalog.entry(
    cite="lessard2016",
    note="Momentum beta, and the gradient taken at a point extrapolated by gamma: gamma = 0 is heavy ball, gamma = beta "
    "Nesterov's method; v is the last iterate.",
    meanings=_EXTRAPOLATION,
)
def three_parameter(v, w, grad, *, alpha, beta, gamma):  # type: ignore[no-untyped-def]
    return w, w + beta * (w - v) - alpha * grad(w + gamma * (w - v))


triple_momentum = catalog.entry(
    name="triple-momentum",
    cite="vanscoy2018",
    note="The three-parameter family, made for smooth strongly convex functions. Its published output is the combination "
    "(1 + delta) w - delta v of two iterates; the iterate here is w.",
    meanings=_EXTRAPOLATION,
    relations=[_same("three-parameter")],
    presets=[
        Preset(
            "published",
            "vanscoy2018",
            _triple_preset,
            _standard_rate_preset,
            note="for smooth strongly convex functions",
        )
    ],
)(three_parameter.rule)

robust_momentum = catalog.entry(
    name="robust-momentum",
    cite="cyrus2018",
    note="The three-parameter family, tuned between triple momentum, which is fast, and gradient descent with step 1/L, which "
    "bears noise, by the rate rho that is asked for.",
    meanings=_EXTRAPOLATION,
    relations=[_same("three-parameter"), _same("triple-momentum")],
    presets=[
        Preset(
            "published",
            "cyrus2018",
            _robust_preset,
            lambda mu, L, sqrt, rho: rho,
            design={"rho": lambda mu, L, sqrt: (1 - sqrt(mu) / sqrt(L), 1 - mu / L)},
            note="for smooth strongly convex functions",
        )
    ],
)(three_parameter.rule)


@catalog.entry(
    cite="lucas2019",
    note="Equation (2) there with two velocities, of momenta beta and gamma, whose mean is followed; there they have the "
    "opposite sign.",
    meanings={"gamma": "second momentum"},
)
def aggregated_momentum(y, z, w, grad, *, alpha, beta, gamma):  # type: ignore[no-untyped-def]
    g = grad(w)
    y = beta * y + g
    z = gamma * z + g
    return y, z, w - alpha * (y + z) / 2


@catalog.entry(
    cite="jain2018",
    note="Between the iterate w and a second sequence v the gradient is taken at alpha w + (1 - alpha) v; the letters are those "
    "of its algorithm 1.",
    meanings={"alpha": "coupling", "beta": "averaging", "gamma": "long step", "delta": "short step"},
    relations=[
        Relation(
            "three-parameter",
            lambda alpha, beta, gamma, delta: {
                "alpha": alpha * beta * delta + (1 - alpha) * gamma,
                "beta": alpha * (1 - beta),
                "gamma": alpha * (1 - beta) * delta / (alpha * beta * delta + (1 - alpha) * gamma),
            },
        )
    ],
)
def accelerated_sgd(v, w, grad, *, alpha, beta, gamma, delta):  # type: ignore[no-untyped-def]
    y = alpha * w + (1 - alpha) * v
    g = grad(y)
    return beta * y + (1 - beta) * v - gamma * g, y - delta * g


# Several gradients, several steps, steps that change ------------------------------------------------------------------


chebyshev = catalog.entry(
    name="chebyshev",
    cite="golub1961",
    note="Heavy ball with another step size and momentum in each step, made from mu and L; no method of k gradients has a "
    "smaller worst error over [mu, L] after k steps. What is said of constant parameters holds for heavy ball.",
    relations=[_same("heavy-ball")],
    schedule=Schedule(("mu", "L"), _chebyshev_values),
)(heavy_ball_two_step.rule)


@catalog.entry(
    cite="goujaud2022",
    note="Two step sizes, alpha and gamma, in turn: one step here is two of the paper's, with two gradients.",
    meanings={"gamma": "second step size"},
    presets=[
        Preset(
            "two-clusters",
            "goujaud2022",
            _cyclical_preset,
            _cyclical_rate_preset,
            design={"delta": lambda mu, L, sqrt: (0, 1)},
            intervals=_two_clusters,
            note="for curvatures at both ends of [mu, L] with a gap between them, of relative size delta",
        )
    ],
)
def cyclical_heavy_ball(v, w, grad, *, alpha, beta, gamma):  # type: ignore[no-untyped-def]
    u = w - alpha * grad(w) + beta * (w - v)
    return u, u - gamma * grad(u) + beta * (u - w)


@catalog.entry(
    cite="zhang2019",
    note="Around five steps of gradient descent, its k = 5; nu is the step of the slow weights, its alpha, and alpha that of the "
    "fast ones.",
    meanings={"nu": "slow step size"},
)
def lookahead(w, grad, *, alpha, nu):  # type: ignore[no-untyped-def]
    fast = w
    for _ in range(5):
        fast = fast - alpha * grad(fast)
    return w + nu * (fast - w)


@catalog.entry(
    cite="polyak1992",
    note="Gradient descent u, and the iterate w an average of its points: with the schedule gamma = 1/(k + 2) the mean of all, "
    "with a constant gamma an exponential moving average.",
    meanings={"gamma": "weight of the newest point"},
    schedule=Schedule(("alpha",), _average_values),
)
def polyak_ruppert(u, w, grad, *, alpha, gamma):  # type: ignore[no-untyped-def]
    u = u - alpha * grad(u)
    return u, (1 - gamma) * w + gamma * u


# Games: also for complex curvature ------------------------------------------------------------------------------------

simultaneous_gda = catalog.entry(
    name="simultaneous-gda",
    cite="gidel2019",
    note="Gradient descent-ascent with momentum: all players move at once. It is heavy ball, and lam an eigenvalue of the "
    "Jacobian of the game's vector field, which may be complex.",
    relations=[_same("heavy-ball")],
)(heavy_ball_two_step.rule)


@catalog.entry(
    cite="gidel2019",
    note="Gradient descent-ascent with momentum on a bilinear game x'Ay, the players in turn. One of them, w, is followed; from "
    "its own last three points u, v, y the other's are known. lam is the square of a singular value of A, so that the gradient "
    "is that of |Aw|^2/2. A run from rest is that of the player who moves second, when the first one stands at 0.",
)
def alternating_gda(u, v, y, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    old = ((1 + beta) ** 2 + 2 * beta) * y - 2 * beta * (1 + beta) * v + beta**2 * u
    return v, y, w, 2 * (1 + beta) * w - old - alpha**2 * grad(w)


@catalog.entry(
    cite="korpelevich1976",
    note="Two gradients a step, both with the same step size.",
)
def extragradient(w, grad, *, alpha):  # type: ignore[no-untyped-def]
    return w - alpha * grad(w - alpha * grad(w))


@catalog.entry(
    cite="daskalakis2018",
    note="The last gradient, g, stands in for the second one of extragradient: Popov's modification of it (1980).",
)
def optimistic_gradient(g, w, grad, *, alpha):  # type: ignore[no-untyped-def]
    new = grad(w)
    return new, w - 2 * alpha * new + alpha * g
