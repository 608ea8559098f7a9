r"""A function that resists: the lower bound on the error of linear first-order methods on the Convex Rosenbrock.

Each component of the gradient depends on a component and its two neighbors, and at w = 0 only the first is not 0. From
:math:`w^0 = 0`, after k gradients the components beyond the k-th are still exactly 0, so the error there is that of the start.
In the limit of infinitely many variables the minimizer is :math:`q^i` and the error is at least :math:`q^k` times that of the
start, :math:`q = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)`. What is left of this at finite n depends on the end and on the norm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symmomentum import problems
from symmomentum.bounds.first_order import unrolled
from symmomentum.claims import Claim, Verdict, equal
from symmomentum.errors import ArgumentError
from symmomentum.problems.rosenbrock import minimizer_entry
from symmomentum.proof import check
from symmomentum.symbols import alpha
from symmomentum.symbols import k as step_symbol
from symmomentum.symbols import kappa as kappa_symbol

__all__ = ["LowerBound", "Reading", "convex_rosenbrock"]

_SOURCE = "goh2017, section The Resisting Oracle; derived at finite n"
_MEASURES = ("inf", 1, 2, "value")


# The closed forms, in powers as variables: q, a = q^k, b = q^(n-k), c = q^n, and m = n - k -------------------------------


def _largest(q: Any, a: Any, c: Any, end: str) -> Any:
    """Entry k + 1 over entry 1, of which the powers are a q and q."""
    if end == "fixed":
        return a * (1 - c**2 / a**2) / (1 - c**2)
    return a * (1 + c**2 / (q * a**2)) / (1 + c**2 / q)


def _tail(q: Any, a: Any, b: Any, end: str) -> Any:
    """The sum of the entries k + 1 to n."""
    c = a * b
    if end == "fixed":
        return a * q * (1 - b) * (1 - q * b) / ((1 - q) * (1 - q**2 * c**2))
    return a * q * (1 - b**2) / ((1 - q) * (1 + q * c**2))


def _tail_of_squares(q: Any, a: Any, b: Any, m: Any, end: str) -> Any:
    """The sum of the squares of the entries k + 1 to n; m of them."""
    c = a * b
    if end == "fixed":
        numerator = a**2 * q**2 * (1 - b**2) * (1 + q**2 * b**2) / (1 - q**2) - 2 * m * q**2 * c**2
        return numerator / (1 - q**2 * c**2) ** 2
    return (a**2 * q**2 * (1 - b**4) / (1 - q**2) + 2 * m * q * c**2) / (1 + q * c**2) ** 2


def _value(q: Any, a: Any, c: Any, end: str) -> Any:
    """f less its minimum, where it is least among the points of which only the first k entries are not 0, over that at 0."""
    far = -(c**2) if end == "fixed" else c**2 / q
    return (1 - q**2) * (a**2 + far) / ((1 - q**2 * a**2) * (1 + far))


@dataclass(frozen=True)
class Reading:
    """One way to read the printed bound at finite n, and what is true of it.

    Attributes
    ----------
    text : str
        The reading.
    holds : str
        For which n, k and kappa.
    claim : Claim
        The reading at every n: proved, or refuted with numbers.
    limit : Claim or None
        Where it fails: that it holds in the limit of n to infinity, as a bound on what is missing.
    """

    text: str
    holds: str
    claim: Claim
    limit: Claim | None = None


@dataclass(frozen=True)
class LowerBound:
    """The bound on one Convex Rosenbrock; made by :func:`convex_rosenbrock`.

    Attributes
    ----------
    n : int or sympy.Symbol
    kappa : SymPy rational or symbol, or float
    end : str
    """

    n: Any
    kappa: Any
    end: str

    @cached_property
    def problem(self) -> Any:
        """The function: :func:`symmomentum.problems.convex_rosenbrock`."""
        return problems.convex_rosenbrock(self.n, self.kappa, self.end)

    @property
    def ratio(self) -> Any:
        """q = (sqrt(kappa) - 1)/(sqrt(kappa) + 1)."""
        if isinstance(self.kappa, float):
            root = float(np.sqrt(self.kappa))
            return (self.kappa - 1) / (root + 1) ** 2
        return problems.RosenbrockFamily(self.n, self.kappa, self.end).ratio

    def at(self, k: Any, norm: Any = "inf") -> Any:
        r"""The least error after k gradients, relative to that at the start: :math:`\max_{i>k}|w_i^\star|/\max_i |w_i^\star|`.

        No method of the class does better, and one attains it (:meth:`attaining_steps`; for the value, conjugate gradients).

        Parameters
        ----------
        k : int or integer symbol
            How many gradients were taken; 0 from k = n on, where the cone holds all components.
        norm : "inf", 1, 2 or "value"
            In which norm; ``"value"`` is the function's value less its minimum, the bound of which conjugate gradients attain.

        Returns
        -------
        SymPy expression or float
            Exact if kappa is; for a symbol n or k in closed form.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If k is no non-negative integer or the norm is none of these.

        Examples
        --------
        >>> bound = convex_rosenbrock(3, 9)
        >>> [bound.at(k) for k in range(4)]
        [1, 6/11, 4/11, 0]
        >>> bound.at(1, norm=2), bound.at(1, norm="value")
        (2*sqrt(2249)/173, 12/55)
        >>> n = sympy.Symbol("n", integer=True, positive=True)
        >>> convex_rosenbrock(n, 9, end="fixed").at(2)
        Piecewise(((1/4 - 4/2**(2*n))/(1 - 1/2**(2*n)), n > 2), (0, True))
        """
        if norm not in _MEASURES or isinstance(norm, bool):
            raise ArgumentError(f"norm must be 'inf', 1, 2 or 'value'; given {norm!r}")
        symbolic = isinstance(k, sympy.Expr) and k.is_integer and k.is_nonnegative and not k.is_Integer
        if not symbolic and (
            isinstance(k, (bool, np.bool_)) or not hasattr(k, "__index__") or np.ndim(k) or k.__index__() < 0
        ):
            raise ArgumentError(f"k must be a non-negative integer or an integer symbol; given {k!r}")
        if symbolic and isinstance(self.kappa, float):
            raise ArgumentError(f"with a symbol k, kappa must be exact; given {self.kappa!r}")
        if symbolic or isinstance(self.n, sympy.Symbol):
            steps = k if symbolic else sympy.Integer(k.__index__())
            return sympy.Piecewise((self._closed(steps, norm), steps < self.n), (sympy.Integer(0), True))
        return self._number(k.__index__(), norm)

    def _closed(self, k: Any, norm: Any) -> Any:
        q, n = self.ratio, self.n
        a, b, c = q**k, q ** (n - k), q**n
        if norm == "inf":
            return _largest(q, a, c, self.end)
        if norm == 1:
            return _tail(q, a, b, self.end) / _tail(q, sympy.Integer(1), c, self.end)
        if norm == 2:
            squares = _tail_of_squares(q, a, b, n - k, self.end), _tail_of_squares(q, sympy.Integer(1), c, n, self.end)
            return sympy.sqrt(squares[0] / squares[1])
        return _value(q, a, c, self.end)

    def _number(self, k: int, norm: Any) -> Any:
        if isinstance(self.kappa, float):
            return self._float(k, norm)
        w = self.problem.minimizer
        if k >= self.n:
            return sympy.Integer(0)
        if norm == "inf":
            found = w[k] / w[0]
        elif norm == 1:
            found = sympy.Add(*w[k:]) / sympy.Add(*w)
        elif norm == 2:
            return sympy.sqrt(_neat(sympy.Add(*(x**2 for x in w[k:])) / sympy.Add(*(x**2 for x in w))))
        else:
            # With w_{k+1} = 0 it is the function of k variables and fixed end; the minimum of either is (1 - w_1)/2.
            within = problems.convex_rosenbrock(k, self.kappa, "fixed").minimizer[0] if k else sympy.Integer(0)
            found = 1 - within / w[0]
        return _neat(found)

    def _float(self, k: int, norm: Any) -> float:
        if k >= self.n:
            return 0.0
        w = self.problem.minimizer
        if norm == "inf":
            return float(w[k] / w[0])
        if norm == 1:
            return float(w[k:].sum() / w.sum())
        if norm == 2:
            return float(np.linalg.norm(w[k:] / w[0]) / np.linalg.norm(w / w[0]))
        # The closed form, with what cancels near q = 1 in expm1; log q as in the problem's minimizer.
        root = np.sqrt(self.kappa)
        log = np.log1p(-2 / (root + 1)) if self.kappa > 4 else np.log((self.kappa - 1) / (root + 1) ** 2)
        inner = -np.expm1(2 * log) / -np.expm1(2 * (k + 1) * log)
        if self.end == "fixed":
            return float(inner * np.exp(2 * k * log) * np.expm1(2 * (self.n - k) * log) / np.expm1(2 * self.n * log))
        far = np.exp((2 * self.n - 1) * log)
        return float(inner * (np.exp(2 * k * log) + far) / (1 + far))

    def attaining_steps(self, k: Any) -> tuple[tuple[Any, ...], ...]:
        """Scalar steps with which the error is the bound after 0, 1, ..., k gradients, in all norms.

        The iterates are the minimizer with zeros from the next entry on. The steps are made for this one function.

        Parameters
        ----------
        k : int
            At most n.

        Returns
        -------
        tuple of rows
            For :func:`symmomentum.bounds.run_first_order`.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If k is no integer from 0 to n, or n is a symbol.

        Examples
        --------
        >>> from symmomentum.bounds import run_first_order
        >>> bound = convex_rosenbrock(3, 9)
        >>> bound.attaining_steps(2)
        ((-22/43,), (-314/473, -6/11))
        >>> run_first_order(bound.problem.gradient, [0, 0, 0], bound.attaining_steps(2))[2], bound.problem.minimizer
        ([22/43, 12/43, 0], (22/43, 12/43, 8/43))
        """
        if isinstance(self.n, sympy.Symbol):
            raise ArgumentError(f"steps are numbers, so n must be a number; given {self.n}")
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 0 <= k <= self.n:
            raise ArgumentError(f"k must be an integer from 0 to n = {self.n}; given {k!r}")
        w = (1, *self.problem.minimizer)
        rows = []
        for last in range(int(k)):
            # The gradient at the minimizer cut off after entry i is w_{i+1} e_i - w_i e_{i+1}: solved from the last entry.
            row = [-w[last + 1] / w[last]]
            for i in reversed(range(last)):
                row.insert(0, (w[i + 2] * row[0] - w[i + 1]) / w[i])
            rows.append(tuple(_neat(x) if isinstance(x, sympy.Basic) else float(x) for x in row))
        return tuple(rows)

    @property
    def statement(self) -> Any:
        """The bound in the infinity norm at this n: e_k, the error after k gradients, is at least a multiple of e_0; for k < n.

        Examples
        --------
        >>> n = sympy.Symbol("n", integer=True, positive=True)
        >>> convex_rosenbrock(n, 9, end="fixed").statement
        e_k >= e_0*(-2**(2*k)/2**(2*n) + 1)/(2**k*(1 - 1/2**(2*n)))
        """
        if isinstance(self.kappa, float):
            raise ArgumentError(f"a statement is in exact numbers, and needs an exact kappa; given {self.kappa!r}")
        start, error = sympy.symbols("e_0 e_k", nonnegative=True)
        return sympy.Ge(error, self._closed(step_symbol, "inf") * start, evaluate=False)

    @property
    def scope(self) -> str:
        """Of which methods, starts, norms and numbers of steps it is true."""
        return (
            "For every method that, from w^0 = 0, takes each gradient at a point w^0 + (diagonal matrices times earlier "
            "gradients) and whose iterates are such points; the matrices may depend on the function. k counts gradients and is "
            f"less than n, the end is {self.end}, the norm the infinity norm. At k = n and beyond it says nothing: n gradients "
            "can lead to the minimizer. From another w^0, for the function shifted by it. The bound is attained for each k, by "
            "scalar steps made for this function."
        )

    # Claims ---------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The cone, the bound in each norm and that it is attained, for every n, k and kappa; each is proved."""
        readings = [c for r in self.readings for c in (r.claim, r.limit) if c is not None]
        mine = (*self._cone(), *self._closed_forms(), *self._attained(), *readings, *self._small())
        failing = {c.id for c in self.refuted}
        return tuple(c for c in (*self._minimizer(), *mine) if c.id not in failing)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims."""
        return tuple(check(c) for c in self.claims)

    @cached_property
    def refuted(self) -> tuple[Claim, ...]:
        """Readings of what is printed that are false at finite n; each is refuted, with numbers."""
        failing = tuple(r.claim for r in self.readings if r.limit is not None)
        return (*failing, *self._beyond())

    @cached_property
    def refutations(self) -> tuple[Verdict, ...]:
        """The verdicts on these."""
        return tuple(check(c) for c in self.refuted)

    def _claim(self, name: str, title: str, statement: Any, assumptions: tuple[Any, ...] = ()) -> Claim:
        return Claim(
            id=f"bounds/convex-rosenbrock/{self.end}/{name}",
            title=title,
            statement=statement,
            assumptions=assumptions,
            source=_SOURCE,
        )

    def _minimizer(self) -> tuple[Claim, ...]:
        """That the entries are what they are said to be: the claims of the problem."""
        family = problems.RosenbrockFamily(sympy.Symbol("n", integer=True, positive=True), kappa_symbol, self.end)
        return tuple(c for c in family.claims if "/minimizer/" in c.id or c.id.endswith("/ratio"))

    def _cone(self) -> tuple[Claim, ...]:
        w, left, right, c, i, k, b = sympy.symbols("w_i w_left w_right c i k b_i", real=True)
        total, step, g, at = sympy.symbols("s gamma g_i j", real=True)
        # At a point of which the entries after the k-th are 0; b is that of the linear term, 1 in the first entry and else 0.
        cone = (
            k >= 0,
            i > k + 1,
            sympy.Implies(i - 1 > k, equal(left, 0)),
            sympy.Implies(i > k, equal(w, 0)),
            sympy.Implies(i + 1 > k, equal(right, 0)),
            sympy.Implies(sympy.Ne(i, 1), equal(b, 0)),
        )
        last = (2 if self.end == "fixed" else 1) + c
        return (
            self._claim(
                "cone/gradient",
                "Where the entries after the k-th are 0, the entries of the gradient after the (k + 1)-th are, in every row",
                sympy.And(equal((2 + c) * w - left - right - b, 0), equal(last * w - left - b, 0), evaluate=False),
                cone,
            ),
            self._claim(
                "cone/step",
                "One gradient more in the sum: an entry after the (k + 1)-th stays 0, whatever the step, also one of its own for "
                "each entry, as the gradients up to the k-th vanish there",
                equal(total + step * g, 0),
                (
                    i > k + 1,
                    at <= k,
                    sympy.Implies(i > k + 1, equal(total, 0)),
                    sympy.Implies(i > at + 1, equal(g, 0)),
                ),
            ),
        )

    def _closed_forms(self) -> tuple[Claim, ...]:
        q, a, b, c, p, m, other = _symbols()

        def entry(power: Any) -> Any:
            return minimizer_entry(q, power, c, self.end)

        def cut(power: Any, rest: Any, count: Any) -> tuple[Any, Any]:
            return _tail(q, power, rest, self.end), _tail_of_squares(q, power, rest, count, self.end)

        step = minimizer_entry(q, a * q, a * b, self.end)  # the entry k + 1
        tails, after = cut(a, b, m), cut(a * q, b / q, m - 1)
        within = minimizer_entry(q, q, a, "fixed")  # the first entry of the minimizer of k variables with fixed end
        return (
            self._claim(
                "order",
                "The entries are positive and fall, so that the largest after the k-th is the (k + 1)-th",
                sympy.And(entry(p * q) > 0, entry(p) > entry(p * q)),
                (q > 0, q < 1, c > 0, p < 1 / q, c <= p * q),
            ),
            self._claim(
                "largest",
                "The (k + 1)-th entry over the first",
                equal(entry(a * q), _largest(q, a, c, self.end) * entry(q)),
                (q > 0, q < 1, c > 0, c <= a * q, a <= 1),
            ),
            self._claim(
                "sums",
                "The sums of the entries from some entry on and of their squares: an entry less, and none at the end",
                sympy.And(
                    equal(tails[0] - after[0], step),
                    equal(tails[1] - after[1], step**2),
                    *(equal(x, 0) for x in cut(a, sympy.Integer(1), sympy.Integer(0))),
                    evaluate=False,
                ),
                (q > 0, q < 1, a > 0, a <= 1, b > 0, b <= q),
            ),
            self._claim(
                "value/cut",
                "With zeros from entry k + 1 on, the couplings of entries k and after are those of a fixed end",
                equal((p - other) ** 2 / 2, p**2 / 2),
                (equal(other, 0),),
            ),
            self._claim(
                "value",
                "As the least value of either function is (1 - w_1)/2: f less its minimum, over that at 0",
                equal(((1 - within) - (1 - entry(q))) / (1 - (1 - entry(q))), _value(q, a, c, self.end)),
                (q > 0, q < 1, c > 0, c <= a * q, a <= 1),
            ),
            self._claim(
                "value/limit",
                "It differs from its limit q^(2k) (1 - q^2)/(1 - q^(2k+2)) by less than q^(2n-1)/(1 - q^(2n))",
                abs(_value(q, a, c, self.end) - a**2 * (1 - q**2) / (1 - q**2 * a**2)) <= c**2 / (q * (1 - c**2)),
                (q > 0, q < 1, c > 0, c <= a * q, a <= 1),
            ),
        )

    def _attained(self) -> tuple[Claim, ...]:
        q, p, c = sympy.symbols("q p_i c", real=True)
        curvature = (1 - q) ** 2 / q

        def entry(power: Any) -> Any:
            return minimizer_entry(q, power, c, self.end)

        return (
            self._claim(
                "attained",
                "At the minimizer with zeros after entry i < n the gradient is w_{i+1} in entry i and -w_i in the next, not 0: "
                "with the gradients at those before, it reaches entry i + 1 as one likes",
                sympy.And(
                    equal((2 + curvature) * entry(p) - entry(p / q), entry(p * q)),
                    -entry(p) < 0,
                    evaluate=False,
                ),
                (q > 0, q < 1, c > 0, c <= p * q, p <= q),
            ),
        )

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The printed bound, read in several ways, at k < n; ``w^0 = 0``."""
        q, a, b, c, *_ = _symbols()
        fixed = self.end == "fixed"
        largest, entry = _largest(q, a, c, self.end), minimizer_entry(q, a * q, c, self.end)
        powers = (q > 0, q < 1, c > 0, c <= a * q, a <= 1)
        parts = (q > 0, q < 1, a > 0, a <= 1, b > 0, b <= q)
        always, limit = "for every n, k < n and kappa", "in the limit of n to infinity; at finite n for k = 0 only"
        sums = _tail(q, a, b, self.end) / _tail(q, sympy.Integer(1), a * b, self.end)
        return (
            Reading(
                "infinity norm: |w^k - w*| >= q^k |w^0 - w*|",
                limit if fixed else always,
                self._at_powers("infinity/relative", "The bound as printed", "inf")
                if fixed
                else self._claim("infinity/relative", "The bound as printed, at every k < n", largest >= a, powers),
                self._claim(
                    "infinity/limit",
                    "What is missing of q^k is at most q^(2n - k), and something is for k >= 1",
                    sympy.And(largest < a, a - largest <= c**2 / a),
                    (*powers[:-1], a <= q),
                )
                if fixed
                else None,
            ),
            Reading(
                "infinity norm: |w^k - w*| >= q^(k+1)",
                "in the limit of n to infinity" if fixed else always,
                self._at_powers("infinity/absolute", "The bound as printed, not relative", "entry")
                if fixed
                else self._claim("infinity/absolute", "The largest entry is above q^(k+1)", entry > a * q, powers),
                self._claim(
                    "infinity/absolute-limit",
                    "What is missing of q^(k+1) is at most q^(2n + 1 - k)",
                    sympy.And(entry < a * q, a * q - entry <= q * c**2 / a),
                    powers,
                )
                if fixed
                else None,
            ),
            Reading(
                "infinity norm: the largest entry after the k-th is q^(k+1)",
                "in the limit of n to infinity",
                self._at_powers("infinity/equal", "The largest entry is the printed power", "equal"),
                self._claim(
                    "infinity/equal-limit",
                    "The two differ by at most q^(2n - k), and never agree",
                    sympy.And(abs(entry - a * q) <= c**2 / a, sympy.Ne(entry, a * q)),
                    powers,
                ),
            ),
            Reading(
                "1-norm: |w^k - w*| >= q^k |w^0 - w*|",
                limit,
                self._at_powers("one/relative", "The bound in the 1-norm", 1),
                self._claim(
                    "one/limit",
                    "What is missing of q^k is at most 2 q^n, and something is for k >= 1",
                    sympy.And(sums < a, a - sums <= 2 * a * b),
                    (*parts, a <= q),
                ),
            ),
            self._two_norm(),
        )

    def _two_norm(self) -> Reading:
        q, a, b, _, _, m, _ = _symbols()
        squares = _tail_of_squares(q, a, b, m, self.end)
        scale = (1 + q * a**2 * b**2) if self.end == "free" else (1 - q**2 * a**2 * b**2)
        gap = scale**2 * squares - a**2 * q**2 / (1 - q**2)
        parts = (q > 0, q < 1, a > 0, a <= 1, b > 0, b <= q, m >= 1)
        return Reading(
            "2-norm: |w^k - w*| >= q^k |w^0 - w*|",
            "for every n and k < n if kappa <= 16, in the limit of n to infinity for every kappa; not at n = 2, k = 1, kappa = 25"
            if self.end == "free"
            else "in the limit of n to infinity; at finite n for k = 0 only",
            self._at_powers("two/relative", "The bound in the 2-norm", 2),
            self._claim(
                "two/limit",
                "The sum of the squares after the k-th differs from q^(2k+2)/(1 - q^2), that of the powers, by terms that "
                "vanish with n q^(2n), but for a factor that tends to 1",
                abs(gap) <= (1 + 2 * m) * a**2 * b**2 / (1 - q**2),
                parts,
            ),
        )

    def _small(self) -> tuple[Claim, ...]:
        """The 2-norm with free end, for kappa up to 16, where q is up to 3/5."""
        if self.end == "fixed":
            return ()
        q, a, b, _, _, m, _ = _symbols()
        k = sympy.Symbol("k", real=True)
        squares = _tail_of_squares(q, a, b, m, "free"), _tail_of_squares(q, sympy.Integer(1), a * b, k + m, "free")
        up_to = (q > 0, q <= sympy.Rational(3, 5))
        return (
            self._claim(
                "two/small/ratio",
                "For kappa up to 16, q is at most 3/5",
                q <= sympy.Rational(3, 5),
                (q > 0, q < 1, ((1 + q) / (1 - q)) ** 2 <= 16),
            ),
            self._claim(
                "two/small/step",
                "(k + 1) q^(2k) is at most 2 q^2 for every k >= 1, where it begins: from one k to the next",
                (k + 2) * a**2 * q**2 <= 2 * q**2,
                (*up_to, k >= 1, a > 0, (k + 1) * a**2 <= 2 * q**2),
            ),
            self._claim(
                "two/small",
                "The bound in the 2-norm for kappa up to 16, at every n and k with 1 <= k < n",
                squares[0] >= a**2 * squares[1],
                (*up_to, a > 0, a <= q, b > 0, b <= q, k >= 1, m >= 1, (k + 1) * a**2 <= 2 * q**2),
            ),
        )

    def _at_powers(self, name: str, title: str, which: Any) -> Claim:
        """A reading in powers with integers n > k >= 1 (k >= 0 where it is not relative), of which a witness can be read."""
        q = sympy.Symbol("q", real=True)
        n, k = sympy.symbols("n k", integer=True, nonnegative=True)
        a, b, c = q**k, q ** (n - k), q**n
        assumptions = (q > 0, q < 1, k < n)
        if which in ("entry", "equal"):
            entry = minimizer_entry(q, q ** (k + 1), c, self.end)
            relation = entry >= q ** (k + 1) if which == "entry" else equal(entry, q ** (k + 1))
            return self._claim(name, title, relation, assumptions)
        if which == "inf":
            found = _largest(q, a, c, self.end)
        elif which == 1:
            found = _tail(q, a, b, self.end) / _tail(q, sympy.Integer(1), c, self.end)
        else:
            at_start = _tail_of_squares(q, sympy.Integer(1), c, n, self.end)
            return self._claim(name, title, _tail_of_squares(q, a, b, n - k, self.end) >= a**2 * at_start, assumptions)
        return self._claim(name, title, found >= a, assumptions)

    def _beyond(self) -> tuple[Claim, ...]:
        """What is false of k >= n, and of k as the number of steps of two gradients."""
        q = sympy.Symbol("q", real=True)
        entry = minimizer_entry(q, q, q, self.end)
        method = unrolled("extragradient", 1)
        # The gradient at 0 is -e_1; beside the entry w_1 of a point, its gradient has the entry -w_1.
        reached = method.iterates[1][1] * -(method.points[1][0] * -1)
        return (
            self._claim(
                "beyond",
                "The bound at k = n: one variable, after one step of gradient descent, w^1 = alpha",
                abs(alpha - entry) >= q * entry,
                (q > 0, q < 1),
            ),
            self._claim(
                "steps-not-gradients",
                "The second entry is 0 after one step of extragradient, which takes two gradients",
                equal(reached, 0),
            ),
        )


def _symbols() -> tuple[Any, ...]:
    return tuple(sympy.symbols("q a b c p_i m w_next", real=True))


def _neat(value: Any) -> Any:
    return value if value.is_Rational else sympy.factor(value)


def convex_rosenbrock(n: Any, kappa: Any, end: str = "free") -> LowerBound:
    r"""The lower bound that no linear first-order method beats on the Convex Rosenbrock, started at 0.

    After k < n gradients the entries of :math:`w^k` beyond the k-th are 0. In the infinity norm the error is thus at least
    :math:`w^\star_{k+1}`. The article prints this as :math:`q^{k+1}`, and relative to the start as :math:`q^k`. At finite n that
    over the error at the start is

    - free end: :math:`q^k\,\frac{1 + q^{2(n-k)-1}}{1 + q^{2n-1}} \ge q^k`: both printed bounds hold at every n, for k < n;
    - fixed end: :math:`q^k\,\frac{1 - q^{2(n-k)}}{1 - q^{2n}} < q^k` for k > 0: both hold in the limit of n to infinity only.

    These are attained, so no argument gives more. In the 1-norm (both ends) and in the 2-norm (fixed end) q^k is right in the
    limit only; in the 2-norm with free end for every n if kappa is at most 16, but not for every kappa. All are in
    :attr:`LowerBound.readings`.

    Parameters
    ----------
    n, kappa, end
        As in :func:`symmomentum.problems.convex_rosenbrock`.

    Returns
    -------
    LowerBound

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If n, kappa or end is not as there.

    Examples
    --------
    >>> bound = convex_rosenbrock(25, 100)
    >>> bound.at(10) >= bound.ratio**10, bound.at(25)
    (True, 0)
    >>> convex_rosenbrock(25, 100, end="fixed").at(10) >= bound.ratio**10
    False
    >>> {v.status for v in bound.verdicts}, {v.status for v in bound.refutations}
    ({'proved'}, {'refuted'})
    >>> convex_rosenbrock(1000000, 100.0).at(100)
    1.9274e-09

    Notes
    -----
    goh2017, section The Resisting Oracle; nesterov2004, theorem 2.1.13.
    """
    problem = problems.convex_rosenbrock(n, kappa, end)
    size = n if isinstance(n, sympy.Symbol) else int(problem.n)
    return LowerBound(size, problem.kappa, end)
