r"""The Convex Rosenbrock function, in both readings of its end.

The printed sum :math:`\frac12\sum_{i=1}^n (w_i - w_{i+1})^2` leaves :math:`w_{n+1}` undefined. With a free end the sum stops at
n - 1; with a fixed end :math:`w_{n+1} = 0`. The minimizer that is printed, :math:`q^i` with
:math:`q = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)`, is that of neither at a finite n, but the limit of both; so is the condition
number :math:`\kappa`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum.claims import Claim
from symmomentum.errors import ArgumentError
from symmomentum.problems.quadratic import Array, Quadratic, Tridiagonal, exact_number
from symmomentum.symbols import kappa as kappa_symbol

__all__ = ["ENDS", "ConvexRosenbrock", "RosenbrockFamily", "convex_rosenbrock", "minimizer_entry"]

ENDS = ("free", "fixed")

_SOURCE = "goh2017, section The Resisting Oracle: the function and its limits; derived at finite n"


def convex_rosenbrock(n: Any, kappa: Any, end: str = "free") -> ConvexRosenbrock | RosenbrockFamily:
    r"""The function :math:`\frac12(w_1-1)^2 + \frac12\sum_{i<n}(w_i-w_{i+1})^2 + \frac{2}{\kappa-1}\|w\|^2`.

    Parameters
    ----------
    n : int or sympy.Symbol
        How many variables; at least 1. A symbol gives the closed forms for every n.
    kappa : number or sympy.Symbol
        The limit of the condition number; greater than 1. Exact (int, Fraction, SymPy rational, symbol) gives an exact problem.
    end : str
        ``"free"``: the function above. ``"fixed"``: with :math:`\frac12 w_n^2` added, the last coupling with :math:`w_{n+1} = 0`.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If n, kappa or end is not as above.

    Examples
    --------
    >>> convex_rosenbrock(2, 9).minimizer, convex_rosenbrock(2, 9, end="fixed").minimizer
    ((6/11, 4/11), (10/21, 4/21))
    >>> convex_rosenbrock(2, 9, end="fixed").spectrum
    (3/2, 7/2)
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> family = convex_rosenbrock(n, 9)
    >>> family.minimizer
    Lambda(i, ((1/2)**(-i + 2*n + 1) + (1/2)**i)/((1/2)**(2*n + 1) + 1))
    >>> family.spectrum
    Lambda(k, 5/2 - 2*cos(pi*(2*k - 1)/(2*n + 1)))

    Notes
    -----
    goh2017, section The Resisting Oracle.
    """
    if end not in ENDS:
        raise ArgumentError(f"end must be 'free' or 'fixed'; given {end!r}")
    number = exact_number(kappa)
    symbolic = isinstance(kappa, sympy.Symbol)
    if symbolic:
        number = kappa
    elif number is None:
        if isinstance(kappa, bool) or not isinstance(kappa, float | np.floating | sympy.Float):
            raise ArgumentError(f"kappa must be a number or a symbol; given {kappa!r}")
        number = float(kappa)
    if not symbolic and not 1 < number < float("inf"):
        raise ArgumentError(f"kappa must be finite and greater than 1; given {kappa}")
    if isinstance(n, sympy.Symbol):
        if isinstance(number, float):
            raise ArgumentError(f"with a symbol n, kappa must be exact; given {kappa!r}")
        return RosenbrockFamily(n, number, end)
    count = exact_number(n)
    if count is None or not count.is_Integer or count < 1:
        raise ArgumentError(f"n must be a positive integer or a symbol; given {n!r}")
    size = int(count)
    curvature = 4 / (number - 1)
    last = 2 + curvature if end == "fixed" else 1 + curvature
    if isinstance(number, float):
        diagonal = np.full(size, 2 + curvature)
        diagonal[-1] = last
        b = np.zeros(size)
        b[0] = 1
        return ConvexRosenbrock(operator=Tridiagonal(diagonal, -1), b=b, constant=0.5, kappa=number, end=end)
    return ConvexRosenbrock(
        operator=Tridiagonal((*[2 + curvature] * (size - 1), last), sympy.Integer(-1)),
        b=(sympy.S.One, *[sympy.S.Zero] * (size - 1)),
        constant=sympy.Rational(1, 2),
        kappa=number,
        end=end,
    )


def minimizer_entry(q: Any, power: Any, last: Any, end: str) -> Any:
    """An entry of the minimizer, from q, q^i and q^n: the form of the claims, in which powers are variables.

    >>> minimizer_entry(sympy.Rational(1, 2), sympy.Rational(1, 2), sympy.Rational(1, 2), "free")  # n = 1, kappa = 9
    2/3
    """
    if end == "fixed":
        return (power - q**2 * last**2 / power) / (1 - q**2 * last**2)
    return (power + q * last**2 / power) / (1 + q * last**2)


@dataclass(frozen=True)
class RosenbrockFamily:
    r"""The closed forms of a Convex Rosenbrock for every n, and the claims that prove them.

    Parameters
    ----------
    n : sympy.Symbol or int
    kappa : SymPy rational or symbol
    end : str

    Examples
    --------
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> RosenbrockFamily(n, kappa_symbol, "fixed").condition_number
    (2*cos(pi/(n + 1)) + 2 + 4/(kappa - 1))/(-2*cos(pi/(n + 1)) + 2 + 4/(kappa - 1))
    """

    n: Any
    kappa: Any
    end: str

    @property
    def ratio(self) -> Any:
        """q = (sqrt(kappa) - 1)/(sqrt(kappa) + 1), by which the entries of the minimizer fall in the limit."""
        root = sympy.sqrt(self.kappa)
        return sympy.radsimp((root - 1) / (root + 1)) if root.is_number else (root - 1) / (root + 1)

    @property
    def minimizer(self) -> Any:
        """The i-th entry of the minimizer as a function of i = 1, ..., n (it also gives 1 at 0)."""
        i, q = sympy.Symbol("i", integer=True, positive=True), self.ratio
        # Written with one power each: q^(2n+1-i) and not q^(2n+1)/q^i.
        far = 2 * (self.n + 1) if self.end == "fixed" else 2 * self.n + 1
        sign = -1 if self.end == "fixed" else 1
        return sympy.Lambda(i, (q**i + sign * q ** (far - i)) / (1 + sign * q**far))

    @property
    def spectrum(self) -> Any:
        """The k-th eigenvalue, in increasing order, as a function of k = 1, ..., n."""
        k = sympy.Symbol("k", integer=True, positive=True)
        return sympy.Lambda(k, 4 / (self.kappa - 1) + 2 - 2 * sympy.cos(self._angle(k)))

    @property
    def eigenvector(self) -> Any:
        """The i-th entry of the k-th eigenvector as a function of k and i, not normalized."""
        k, i = sympy.symbols("k i", integer=True, positive=True)
        return sympy.Lambda((k, i), sympy.sin(i * self._angle(k)))

    def _angle(self, k: Any) -> Any:
        if self.end == "fixed":
            return sympy.pi * k / (self.n + 1)
        return sympy.pi * (2 * k - 1) / (2 * self.n + 1)

    @property
    def condition_number(self) -> Any:
        """The largest eigenvalue over the smallest, at n."""
        high = self._angle(1) if self.end == "fixed" else 2 * sympy.pi / (2 * self.n + 1)  # pi less the largest angle
        shift = 4 / (self.kappa - 1) + 2
        return (shift + 2 * sympy.cos(high)) / (shift - 2 * sympy.cos(self._angle(1)))

    @property
    def condition_number_limit(self) -> Any:
        """Its limit for n to infinity: kappa. How fast it gets there is the claim ``condition-number``."""
        return self.kappa

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        r"""That the closed forms hold, for every n and every kappa > 1.

        Powers and values of sine and cosine are variables, of which the claims assume only what every power (positive) and
        every angle (:math:`c^2 + s^2 = 1`) satisfies. That angles are between 0 and pi, where the cosine falls, makes the n
        eigenvalues different, so that there are no others, and the first and the last the extreme ones.
        """
        return (*self._minimizer_claims(), *self._spectrum_claims(), self._condition_claim())

    def _claim(self, name: str, title: str, statement: Any, assumptions: tuple[Any, ...]) -> Claim:
        return Claim(
            id=f"convex-rosenbrock/{self.end}/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=_SOURCE,
        )

    def _minimizer_claims(self) -> tuple[Claim, ...]:
        q, power, last, root = sympy.symbols("q p_i p_n s", real=True)  # q, q^i, q^n, sqrt(kappa)
        between = (q > 0, q < 1)
        curvature = (1 - q) ** 2 / q

        def entry(p: Any) -> Any:
            return minimizer_entry(q, p, last, self.end)

        end = -entry(last / q) + ((2 if self.end == "fixed" else 1) + curvature) * entry(last)
        positive = (power > 0, last > 0, last < 1)
        gap = entry(power) - power if self.end == "free" else power - entry(power)
        far = last**2 * q ** (1 if self.end == "free" else 2) / power
        return (
            self._claim(
                "ratio",
                "The ratio q that belongs to kappa = s^2 lies between 0 and 1, and turns 4/(kappa - 1) into (1 - q)^2/q",
                sympy.And(
                    q > 0, q < 1, sympy.Eq(q * (4 / (root**2 - 1)), (1 - q) ** 2, evaluate=False), evaluate=False
                ),
                (root > 1, sympy.Eq(q * (root + 1), root - 1)),
            ),
            self._claim(
                "minimizer/first",
                "The closed form is 1 at 0, so that its first equation is like the others",
                sympy.Eq(entry(sympy.S.One), 1, evaluate=False),
                (*between, last > 0, last < 1),
            ),
            self._claim(
                "minimizer/recurrence",
                "The closed form solves the three-term recurrence at every i",
                sympy.Eq((2 + curvature) * entry(power) - entry(power / q) - entry(power * q), 0, evaluate=False),
                (*between, *positive),
            ),
            self._claim(
                "minimizer/last",
                "The closed form solves the last equation",
                sympy.Eq(end, 0, evaluate=False)
                if self.end == "free"
                else sympy.And(
                    sympy.Eq(end, 0, evaluate=False), sympy.Eq(entry(last * q), 0, evaluate=False), evaluate=False
                ),
                (*between, last > 0, last < 1),
            ),
            self._claim(
                "minimizer/limit",
                "It differs from q^i by at most q^(2n + 1 - i) (free end: it is larger) or q^(2n + 2 - i) (fixed: smaller)",
                sympy.And(gap > 0, gap <= far, evaluate=False),
                (*between, last > 0, last <= power, power <= q),
            ),
        )

    def _spectrum_claims(self) -> tuple[Claim, ...]:
        c, s, C, S = sympy.symbols("c s C_i S_i", real=True)  # cosine and sine of the angle, and of i times the angle
        circle = (sympy.Eq(c**2 + s**2, 1), sympy.Eq(C**2 + S**2, 1))
        before, after = S * c - C * s, S * c + C * s
        eigenvalue = 2 - 2 * c
        fixed = self.end == "fixed"
        m, M, h, H = sympy.symbols("c_m s_m c_h s_h", real=True)  # (2n + 1) halves of the angle, and one half
        claims = [
            self._claim(
                "eigenvector/recurrence",
                "sin(i t) solves the eigenvalue equation of every row i but the last, with 2 - 2 cos t (sin 0 = 0 for i = 1)",
                sympy.Eq(2 * S - before - after, eigenvalue * S, evaluate=False),
                circle,
            ),
            self._claim(
                "eigenvector/last",
                "It solves that of the last row if " + ("sin((n+1) t) = 0" if fixed else "sin((n+1) t) = sin(n t)"),
                sympy.Eq((2 if fixed else 1) * S - before, eigenvalue * S, evaluate=False),
                (*circle, sympy.Eq(after, 0 if fixed else S)),
            ),
        ]
        if not fixed:  # for the fixed end, t = k pi/(n + 1) is sin(k pi) = 0
            claims.append(
                self._claim(
                    "eigenvector/angle",
                    "sin((n+1) t) = sin(n t) where cos((2n+1) t/2) = 0",
                    sympy.Eq(M * h + m * H, M * h - m * H, evaluate=False),
                    (sympy.Eq(m**2 + M**2, 1), sympy.Eq(h**2 + H**2, 1), sympy.Eq(m, 0)),
                )
            )
        return tuple(claims)

    def _condition_claim(self) -> Claim:
        t = sympy.Symbol("t", real=True)  # cosine of the smallest angle
        kappa, shift = kappa_symbol, 4 / (kappa_symbol - 1) + 2
        fixed = self.end == "fixed"
        value = (shift + 2 * (t if fixed else 2 * t**2 - 1)) / (shift - 2 * t)
        bound = (kappa - 1) * (kappa + (1 if fixed else 4)) * (1 - t) / 2
        return self._claim(
            "condition-number",
            "The condition number is below kappa, by at most a multiple of 1 - cos of the smallest angle",
            sympy.And(value < kappa, kappa - value <= bound, evaluate=False),
            (kappa > 1, t >= 0, t < 1),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvexRosenbrock(Quadratic):
    """A Convex Rosenbrock of n variables; made by :func:`convex_rosenbrock`.

    Parameters
    ----------
    kappa : SymPy rational or symbol, or float
    end : str
        ``"free"`` or ``"fixed"``.

    Examples
    --------
    >>> problem = convex_rosenbrock(1000000, 100.0)
    >>> problem.gradient(problem.minimizer).shape, problem.condition_number
    ((1000000,), 99.99999)
    """

    kappa: Any
    end: str

    @property
    def family(self) -> RosenbrockFamily:
        """The closed forms for every n, and their claims.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If kappa is not exact.
        """
        if not self.exact:
            raise ArgumentError(f"closed forms in exact numbers need an exact kappa; given {self.kappa}")
        return RosenbrockFamily(sympy.Symbol("n", integer=True, positive=True), self.kappa, self.end)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of the family, which hold for every n and kappa."""
        return RosenbrockFamily(sympy.Symbol("n", integer=True, positive=True), kappa_symbol, self.end).claims

    @cached_property
    def minimizer(self) -> Any:
        """The only minimizer: a tuple of n exact numbers (rational functions of a symbol kappa), or an array (n,)."""
        n = self.n
        if self.exact:
            # The closed form, without its radicals: the recurrence run from the end, over its value at 0.
            slope, values = 2 + 4 / (self.kappa - 1), [sympy.Integer(self.end == "free"), sympy.S.One]
            for _ in range(n):
                following = slope * values[-1] - values[-2]
                values.append(following if following.is_Rational else sympy.cancel(following))
            return tuple(w if (w := x / values[-1]).is_Rational else sympy.factor(w) for x in reversed(values[1:-1]))
        root = np.sqrt(self.kappa)
        # Two forms of log q: q is near 1 for large kappa and near 0 for kappa near 1.
        log = np.log1p(-2 / (root + 1)) if self.kappa > 4 else np.log((self.kappa - 1) / (root + 1) ** 2)
        i = np.arange(1, n + 1)
        if self.end == "fixed":
            return np.exp(i * log) * np.expm1(2 * (n + 1 - i) * log) / np.expm1(2 * (n + 1) * log)
        return np.exp(i * log) * (1 + np.exp((2 * (n - i) + 1) * log)) / (1 + np.exp((2 * n + 1) * log))

    @cached_property
    def spectrum(self) -> Any:
        """The eigenvalues in increasing order, by their closed form: a tuple of n exact numbers, or an array (n,)."""
        if self.exact:
            family = RosenbrockFamily(self.n, self.kappa, self.end)
            return tuple(family.spectrum(k) for k in range(1, self.n + 1))
        return self._eigenvalue(np.arange(1, self.n + 1))

    def _eigenvalue(self, k: Any) -> Array:
        angle = np.pi * k / (self.n + 1) if self.end == "fixed" else np.pi * (2 * k - 1) / (2 * self.n + 1)
        # 2 - 2 cos t without the cancellation at small angles.
        return np.asarray(4 / (self.kappa - 1) + 4 * np.sin(angle / 2) ** 2)

    @property
    def condition_number(self) -> Any:
        """The largest eigenvalue over the smallest, at this n; below kappa."""
        if self.exact:
            return RosenbrockFamily(self.n, self.kappa, self.end).condition_number
        return float(self._eigenvalue(self.n) / self._eigenvalue(1))

    @property
    def condition_number_limit(self) -> Any:
        """Its limit for n to infinity: kappa."""
        return self.kappa
