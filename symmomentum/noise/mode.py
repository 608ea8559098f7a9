r"""One mode at exact numbers: the noise floor, the expected loss after any number of steps, and when noise takes over.

All is for any number of states and of gradients a step. With :math:`w^k - w_* = P_k w_0` without noise and :math:`h_j` the
responses of w to one error, j steps later, the expected loss after k steps from rest is

.. math:: D_k + S_k = \frac\lambda2 P_k^2 w_0^2 + \frac\lambda2 \sigma^2 \sum_{j<k} h_j^2.

:math:`S_k` never falls. :math:`D_k` may go up and down, but :math:`P_j^2 \le s_k^T Q s_k` for all :math:`j \ge k`, where
:math:`s_k` is the state and :math:`Q = \sum_i (R^T)^i c\, c^T R^i` the Gramian of w = c^T s: so that from the first k on at which
:math:`\lambda w_0^2/2` times that is at most :math:`S_k`, the deterministic part never again exceeds the stochastic one. The same
Q bounds what rounding does: a state that is wrong by e makes w wrong by at most :math:`\sqrt{e^T Q e}`, for ever, since that norm
does not grow. Numbers are fractions, or integers times a power of two with such a bound: nothing here is floating point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import sympy
from sympy.polys.matrices import DomainMatrix

from symmomentum.certificates import rational
from symmomentum.errors import ArgumentError, MethodTypeError, NotDerivedError, nearest
from symmomentum.iteration import Iteration
from symmomentum.noise.lyapunov import moment_operator, pairs
from symmomentum.stability import schur_cohn, spectral_radius
from symmomentum.symbols import lam as curvature_symbol
from symmomentum.symbols import parameter
from symmomentum.update_rule import ITERATE

__all__ = ["MOST_SCANNED", "Crossover", "Enclosed", "Mode", "Parts", "exact_number", "on_mode", "power_bounds"]

MOST_SCANNED = 200_000
"""Up to how many steps the two parts of the loss are compared one by one."""
_EXACT_STEPS = 512
"""Up to how many steps the loss is an exact fraction; later ones are enclosed."""
_EXACT_AGAIN = 20_000
"""Up to how many steps a comparison that the enclosures leave open is made in fractions."""
_BITS = 192
_MOST_BITS = 1 << 15
_TINY = 1 << 1200
"""One over it is below every double."""
_NEAR = 1 << 64
"""Enclosures are narrower than the value over this."""

Row = list[Fraction]
Table = list[Row]


class Enclosed(NamedTuple):
    """A number between two fractions; where they are equal it is known exactly.

    >>> Enclosed(Fraction(1, 3), Fraction(1, 3)).exact
    True
    """

    lower: Fraction
    upper: Fraction

    @property
    def exact(self) -> bool:
        """Whether it is known exactly."""
        return self.lower == self.upper

    @property
    def value(self) -> Fraction:
        """The number, or the middle of what encloses it."""
        return (self.lower + self.upper) / 2


class Parts(NamedTuple):
    """An expected loss in its two parts.

    Attributes
    ----------
    deterministic : Enclosed
        The loss without noise: that of the mean.
    stochastic : Enclosed
        What the noise adds.
    """

    deterministic: Enclosed
    stochastic: Enclosed

    @property
    def total(self) -> Enclosed:
        """Their sum, the expected loss."""
        return Enclosed(*(x + y for x, y in zip(self.deterministic, self.stochastic, strict=True)))


class Crossover(NamedTuple):
    """Up to when the deterministic part of the expected loss is the larger one.

    Attributes
    ----------
    until : int
        The last k such that the deterministic part exceeds the stochastic one after each of 0, 1, ..., k steps (goh2017).
    last : int
        The last k at which it does so at all. Where it goes up and down, this may be later.
    """

    until: int
    last: int


def exact_number(what: str, value: Any) -> Fraction:
    """A number of any kind as the fraction that it is.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If it is no finite rational number (a float is one).

    Examples
    --------
    >>> exact_number("alpha", 0.5), exact_number("alpha", sympy.Rational(1, 3))
    (Fraction(1, 2), Fraction(1, 3))
    """
    if not isinstance(value, (bool, str)):
        try:
            found = rational(value)
            return Fraction(int(found.p), int(found.q))
        except (TypeError, ValueError, OverflowError, AttributeError):
            pass
    raise ArgumentError(f"{what} must be a finite rational number; given {value!r}")


def power_bounds(base: Fraction, k: int, bits: int) -> tuple[Fraction, Fraction]:
    """Fractions with base^k between them, for a base from 0 to 1; they differ by about k/2^bits at most.

    >>> low, high = power_bounds(Fraction(1, 3), 5, 64)
    >>> low <= Fraction(1, 243) <= high, high - low < Fraction(1, 10**17)
    (True, True)
    """
    one = 1 << bits
    found = []
    for up in (0, 1):  # rounded down, then up
        power, total, left = (
            -(-base.numerator * one // base.denominator) if up else base.numerator * one // base.denominator,
            one,
            k,
        )
        while left:
            if left & 1:
                total = (total * power + up * (one - 1)) >> bits
            power = (power * power + up * (one - 1)) >> bits
            left >>= 1
        found.append(Fraction(total, one))
    return found[0], found[1]


def on_mode(iteration: Iteration, lam: Any, parameters: Mapping[str, Any]) -> Mode:
    """A method at numbers.

    Parameters
    ----------
    iteration : Iteration
        Of the method.
    lam : number
        The curvature: positive.
    parameters : mapping of str to number
        All parameters of the method that have no default. Floats stand for just the numbers that they are.

    Raises
    ------
    MethodTypeError
        (a ``TypeError``) If a parameter is missing or unknown.
    ArgumentError
        (a ``ValueError``) If a number is not finite, the curvature not positive, or the rule undefined there.
    NotDerivedError
        If the rule's matrix is not rational at rational numbers.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> mode = on_mode(Iteration(catalog["heavy-ball"]), 1, {"alpha": 0.5, "beta": 0.5})
    >>> mode.stable, mode.variance, mode.floor(2)
    (True, Fraction(3, 5), Fraction(6, 5))
    """
    method = iteration.method
    for name in parameters:
        if name not in method.parameters:
            raise MethodTypeError(f"{method.name}: unknown parameter {name!r}; {nearest(name, method.parameters)}")
    given = {**method.defaults, **parameters}
    if missing := [n for n in method.parameters if n not in given]:
        raise MethodTypeError(f"{method.name}: missing parameter {', '.join(missing)}")
    values = {n: exact_number(f"{method.name}: {n}", given[n]) for n in method.parameters}
    at = exact_number(f"{method.name}: lam", lam)
    if at <= 0:
        raise ArgumentError(f"{method.name}: the curvature must be positive; given {at}")
    put: dict[Any, Any] = {parameter(n): sympy.Rational(v.numerator, v.denominator) for n, v in values.items()}
    put[curvature_symbol] = sympy.Rational(at.numerator, at.denominator)
    system = iteration.system

    def table(matrix: Any) -> Table:
        return [
            [_fraction(method.name, matrix[i, j].xreplace(put)) for j in range(matrix.cols)] for i in range(matrix.rows)
        ]

    return Mode(
        method=method.name,
        parameters=values,
        curvature=at,
        iterate=method.state.index(ITERATE),
        R=table(iteration.matrix),
        B=table(iteration.noise_input),
        C=table(system.C),
        rest=[row[0] for row in table(sympy.Matrix(system.rest))],
    )


def _fraction(name: str, value: Any) -> Fraction:
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if value.is_finite and value.is_real:
        raise NotDerivedError(f"{name}: at rational numbers the rule's matrix is not rational: {value}")
    raise ArgumentError(f"{name}: at these numbers the rule is undefined")


@dataclass(frozen=True)
class Mode:
    """A method on one mode at exact numbers; :func:`on_mode` makes it.

    Attributes
    ----------
    method : str
    parameters : mapping of str to Fraction
    curvature : Fraction
        Positive.
    iterate : int
        Which state variable w is.
    R, B, C : lists of rows of fractions
        The iteration matrix, shape (s, s); the noise input, shape (s, calls); the points at which gradients are taken, shape
        (calls, s).
    rest : list of Fraction
        The state at rest at w = 1.
    """

    method: str
    parameters: Mapping[str, Fraction]
    curvature: Fraction
    iterate: int
    R: Table
    B: Table
    C: Table
    rest: Row

    @property
    def size(self) -> int:
        """How many states."""
        return len(self.R)

    @property
    def calls(self) -> int:
        """How many gradients a step."""
        return len(self.B[0])

    # The limit of many steps ---------------------------------------------------------------------------------------------

    @cached_property
    def characteristic(self) -> tuple[Any, ...]:
        """The coefficients of the characteristic polynomial, from the leading 1 on, as SymPy's rational numbers."""
        return tuple(_matrix(self.R).charpoly().all_coeffs())

    def within(self, radius: Any) -> bool:
        """Whether the rate is below a rational number, by exact inequalities."""
        bound = rational(radius)
        return bool(bound > 0 and all(g > 0 for g in schur_cohn(self.characteristic, bound)))

    @cached_property
    def stable(self) -> bool:
        """Whether every start converges without noise."""
        return self.within(1)

    @property
    def rate(self) -> Any:
        """The spectral radius, of one or two states: an exact expression.

        Raises
        ------
        NotDerivedError
            If there are more states.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> on_mode(Iteration(catalog["heavy-ball"]), 1, {"alpha": 1, "beta": 0.5}).rate
        sqrt(2)/2
        """
        if self.size > 2:
            raise NotDerivedError(f"{self.method}: the rate is an exact expression for up to two states")
        if self.size == 1:
            return abs(rational(self.R[0][0]))
        _, b, q = self.characteristic
        return spectral_radius(-b, q, b**2 - 4 * q)

    @cached_property
    def average_variance(self) -> Fraction:
        """What k times the variance of the mean of k iterates tends to, per unit variance of the errors."""
        self._need_stable()
        drift = sympy.eye(self.size) - _matrix(self.R)
        left = DomainMatrix.from_Matrix(drift).convert_to(sympy.QQ)
        row = left.lu_solve(_rationals(self.B)).to_Matrix().row(self.iterate)
        return sum((Fraction(int(x.p), int(x.q)) ** 2 for x in row), Fraction(0))

    @cached_property
    def covariance(self) -> Table:
        """Of the state in the limit, per unit variance of the errors; shape (s, s)."""
        self._need_stable()
        return _stationary(
            self.R, [[sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) for b in self.B] for a in self.B]
        )

    @property
    def variance(self) -> Fraction:
        """Of w in the limit, per unit variance of the errors."""
        return self.covariance[self.iterate][self.iterate]

    def floor(self, sigma: Any = 1) -> Fraction:
        """The expected loss in the limit, above the minimum, for errors of this standard deviation.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the method is not stable here, or sigma is negative or no number.
        """
        return self.curvature / 2 * self._deviation(sigma) ** 2 * self.variance

    @cached_property
    def largest_level_squared(self) -> Fraction:
        """The square of the largest standard deviation, relative to the gradient, with which noise in proportion to the gradient
        leaves the second moments converging: 1/(lam^2 G), see :mod:`symmomentum.noise.mean_square`.

        Raises
        ------
        NotDerivedError
            If a step takes several gradients.
        """
        if self.calls > 1:
            raise NotDerivedError(
                f"{self.method}: the largest noise in proportion to the gradient is derived for one gradient a step; "
                f"this one takes {self.calls}"
            )
        (row,) = self.C
        n = range(self.size)
        gain = sum((row[i] * self.covariance[i][j] * row[j] for i in n for j in n), Fraction(0))
        return 1 / (self.curvature**2 * gain)

    def _need_stable(self) -> None:
        if not self.stable:
            raise ArgumentError(f"{self.method} is not stable at these numbers: the noise adds up without bound")

    def _deviation(self, sigma: Any) -> Fraction:
        found = exact_number(f"{self.method}: sigma", sigma)
        if found < 0:
            raise ArgumentError(f"{self.method}: sigma, a standard deviation, is not negative; given {found}")
        return found

    # At step k -----------------------------------------------------------------------------------------------------------

    def loss_parts(self, k: int, w0: Any = 1, sigma: Any = 1) -> Parts:
        """The expected loss after k steps from rest at distance w0, in its two parts.

        Parameters
        ----------
        k : int
            The step.
        w0, sigma : number
            The distance of w^0 from the minimizer, and the standard deviation of each gradient error.

        Returns
        -------
        Parts
            Exact up to 512 steps; later an enclosure to 19 digits, or from 0 to less than any double.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If k is no non-negative integer, a number not finite, or the method is not stable and k above 512.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> mode = on_mode(Iteration(catalog["gradient-descent"]), 1, {"alpha": 0.5})
        >>> [str(x.value) for x in mode.loss_parts(2, w0=2, sigma=1)]
        ['1/8', '5/32']
        """
        k, start, deviation = self._step(k), exact_number(f"{self.method}: w0", w0), self._deviation(sigma)
        scales = self.curvature / 2 * start**2, self.curvature / 2 * deviation**2
        if k <= _EXACT_STEPS:
            found = self._exact_at(k)
            return Parts(*(Enclosed(s * x, s * x) for s, x in zip(scales, found, strict=True)))
        self._need_stable()
        bits = 8 * _BITS
        while True:
            enclosed = self._enclosed_at(k, bits)
            if bits >= _MOST_BITS or all(
                (x.upper - x.lower) * _NEAR <= x.upper or x.upper * _TINY < 1 for x in enclosed
            ):
                return Parts(*(Enclosed(s * x.lower, s * x.upper) for s, x in zip(scales, enclosed, strict=True)))
            bits *= 2

    def _step(self, k: Any) -> int:
        if isinstance(k, bool) or not hasattr(k, "__index__") or k.__index__() < 0:
            raise ArgumentError(f"{self.method}: k must be a non-negative integer; given {k!r}")
        return int(k.__index__())

    def _exact_at(self, k: int) -> tuple[Fraction, Fraction]:
        """P_k^2, and the sum of h_j^2 over j < k and all calls, by running the recursion."""
        states = [self.rest, *map(list, zip(*self.B, strict=True))]
        total = Fraction(0)
        for _ in range(k):
            total += sum(x[self.iterate] ** 2 for x in states[1:])
            states = [_applied(self.R, x) for x in states]
        return states[0][self.iterate] ** 2, total

    def _enclosed_at(self, k: int, bits: int) -> tuple[Enclosed, Enclosed]:
        """The same from R^k, rounded: V less R^k V (R^k)^T."""
        power, error = _rounded_power(self.R, k, bits)
        i, n = self.iterate, range(self.size)
        mean = sum((power[i][j] * self.rest[j] for j in n), Fraction(0))
        wrong = error * sum(map(abs, self.rest), Fraction(0))
        V = self.covariance
        gone = sum((power[i][a] * V[a][b] * power[i][b] for a in n for b in n), Fraction(0))
        size = sum((abs(V[a][b]) * (abs(power[i][a]) + abs(power[i][b]) + error) for a in n for b in n), Fraction(0))
        low = max(abs(mean) - wrong, Fraction(0)) ** 2
        all_of_it = self.variance
        return Enclosed(low, (abs(mean) + wrong) ** 2), Enclosed(
            max(all_of_it - gone - error * size, Fraction(0)), min(all_of_it - gone + error * size, all_of_it)
        )

    # When noise takes over -----------------------------------------------------------------------------------------------

    def crossover(self, w0: Any = 1, sigma: Any = 1) -> Crossover | None:
        """Up to when the deterministic part of the expected loss exceeds the stochastic one, certain.

        Parameters
        ----------
        w0, sigma : number
            The distance of w^0 from the minimizer, and the standard deviation of each gradient error.

        Returns
        -------
        Crossover or None
            None if there is no noise, or none that reaches w: then no step is the last one.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If w0 is 0, a number not finite, or the method is not stable here.
        NotDerivedError
            If the method has two states or more and it takes more than :data:`MOST_SCANNED` steps.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> on_mode(Iteration(catalog["gradient-descent"]), 1, {"alpha": 0.1}).crossover(w0=10)
        Crossover(until=35, last=35)
        >>> on_mode(Iteration(catalog["heavy-ball"]), 1, {"alpha": 1, "beta": 0.9}).crossover(w0=10)
        Crossover(until=0, last=26)
        """
        self._need_stable()
        start, deviation = exact_number(f"{self.method}: w0", w0), self._deviation(sigma)
        if start == 0:
            raise ArgumentError(f"{self.method}: at w0 = 0 there is no deterministic part of the loss")
        noise = (deviation / start) ** 2
        if noise == 0 or self.variance == 0:
            return None
        if self.size == 1:
            last = self._one_state_crossover(noise)
            return Crossover(last, last)
        bits = _BITS
        while True:
            found = self._scanned(noise, bits)
            if found is not None:
                return found
            bits *= 2

    def _one_state_crossover(self, noise: Fraction) -> int:
        """The last k with q^k > F/(1 + F): D_k = q^k and S_k = F (1 - q^k) in units of D_0, with q = P_1^2 and F the floor."""
        factor, floor = self.R[0][0] ** 2, noise * self.variance
        level = floor / (1 + floor)
        if factor <= level:
            return 0

        def above(k: int) -> bool:
            bits = _BITS + max(0, level.denominator.bit_length() - level.numerator.bit_length())
            while bits < _MOST_BITS:
                low, high = power_bounds(factor, k, bits)
                if low > level or high <= level:
                    return low > level
                bits *= 2
            return bool(factor**k > level)

        high = 2
        while above(high):
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if above(middle) else (low, middle)
        return low

    def _scanned(self, noise: Fraction, digits: int) -> Crossover | None:
        """One step after another in integers times a power of two; None if more binary digits are needed."""
        gramian = self._gramian
        # A rounded state is wrong by less than one unit in each entry, which makes w wrong by less than this, for ever.
        unit = math.isqrt(math.ceil(sum((abs(x) for row in gramian for x in row), Fraction(0)))) + 1
        # The parts meet where P_k^2 is the noise over the signal times h^2.
        largest = max((abs(x) for row in self.B for x in row), default=Fraction(1))
        small = noise * min(largest, Fraction(1)) ** 2
        bits = digits + unit.bit_length() + max(0, small.denominator.bit_length() - small.numerator.bit_length()) // 2
        common = math.lcm(*(x.denominator for row in self.R for x in row))
        rows = [[int(x * common) for x in row] for row in self.R]
        w, n = self.iterate, range(self.size)
        state = [_scaled(x, bits) for x in self.rest]
        errors = [[_scaled(row[c], bits) for row in self.B] for c in range(self.calls)]
        low = high = 0  # the sum of the squares of the responses lies between them
        until, last, next_look = None, 0, 1
        for k in range(MOST_SCANNED):
            wrong = (k + 1) * unit
            value = abs(state[w])
            least, most = max(value - wrong, 0) ** 2 * noise.denominator, (value + wrong) ** 2 * noise.denominator
            if least > high * noise.numerator:
                last = k
            else:
                below = most <= low * noise.numerator
                if not below:  # too near for these digits
                    if k > _EXACT_AGAIN:
                        if bits > _MOST_BITS:
                            raise NotDerivedError(
                                f"{self.method}: after {k} steps the two parts are too near to each other"
                            )
                        return None
                    mean, total = self._exact_at(k)
                    below = mean <= noise * total
                    if not below:
                        last = k
                if below:
                    until = k - 1 if until is None else until
                    if k >= next_look:
                        next_look = k + 1 + k // 64
                        energy = sum((state[i] * gramian[i][j] * state[j] for i in n for j in n), Fraction(0))
                        norm = math.isqrt(math.ceil(max(energy, Fraction(0)))) + 1 + wrong
                        if norm**2 * noise.denominator <= low * noise.numerator:
                            return Crossover(until, last)
            for error in errors:
                size = abs(error[w])
                low += max(size - wrong, 0) ** 2
                high += (size + wrong) ** 2
            state = _moved(rows, common, state)
            errors = [_moved(rows, common, e) for e in errors]
        raise NotDerivedError(
            f"{self.method}: within {MOST_SCANNED} steps it is not certain that the deterministic part stays below the "
            f"stochastic one"
        )

    @cached_property
    def _gramian(self) -> Table:
        n = range(self.size)
        output = [[Fraction(int(i == j == self.iterate)) for j in n] for i in n]
        return _stationary([[self.R[j][i] for j in n] for i in n], output)

    def steps(self) -> Iterator[tuple[Fraction, Fraction]]:
        """P_k and the sum of h_j^2 over j < k, for k = 0, 1, ..., in fractions, for ever.

        Examples
        --------
        >>> import itertools
        >>> from symmomentum.methods import catalog
        >>> mode = on_mode(Iteration(catalog["gradient-descent"]), 1, {"alpha": 0.5})
        >>> [(str(p), str(s)) for p, s in itertools.islice(mode.steps(), 3)]
        [('1', '0'), ('1/2', '1/4'), ('1/4', '5/16')]
        """
        states = [self.rest, *map(list, zip(*self.B, strict=True))]
        total = Fraction(0)
        while True:
            yield states[0][self.iterate], total
            total += sum(x[self.iterate] ** 2 for x in states[1:])
            states = [_applied(self.R, x) for x in states]


def _applied(R: Table, state: Sequence[Fraction]) -> Row:
    return [sum((x * y for x, y in zip(row, state, strict=True)), Fraction(0)) for row in R]


def _scaled(x: Fraction, bits: int) -> int:
    return (x.numerator << bits) // x.denominator


def _moved(rows: list[list[int]], common: int, state: list[int]) -> list[int]:
    """R times a state in integers, rounded down."""
    return [sum(x * y for x, y in zip(row, state, strict=True)) // common for row in rows]


def _rounded_power(R: Table, k: int, bits: int) -> tuple[Table, Fraction]:
    """R^k by squaring, and how far each entry may be off."""
    n, one = range(len(R)), 1 << bits

    def times(x: Any, y: Any) -> Any:
        (a, wrong_a), (b, wrong_b) = x, y
        made = [[sum(a[i][m] * b[m][j] for m in n) >> bits for j in n] for i in n]
        sizes = (max(abs(v) for row in t for v in row) for t in (a, b))
        size_a, size_b = sizes
        wrong = len(R) * (size_a * wrong_b + size_b * wrong_a + wrong_a * wrong_b)
        return made, (wrong >> bits) + 2

    factor = [[_scaled(x, bits) for x in row] for row in R], 1
    total = [[one * (i == j) for j in n] for i in n], 0
    for bit in f"{k:b}":
        total = times(total, total)
        if bit == "1":
            total = times(total, factor)
    return [[Fraction(x, one) for x in row] for row in total[0]], Fraction(total[1], one)


def _matrix(table: Table) -> Any:
    return sympy.Matrix(
        len(table), len(table[0]), lambda i, j: sympy.Rational(table[i][j].numerator, table[i][j].denominator)
    )


def _rationals(table: Table) -> DomainMatrix:
    return DomainMatrix.from_Matrix(_matrix(table)).convert_to(sympy.QQ)


def _stationary(R: Table, N: Table) -> Table:
    """The solution of V = R V R^T + N, by elimination in the entries of a symmetric matrix."""
    size = len(R)
    operator, entries = moment_operator([_matrix(R)]), pairs(size)
    right = sympy.Matrix([_matrix([[N[i][j]]])[0] for i, j in entries])
    left, given = (
        DomainMatrix.from_Matrix(M).convert_to(sympy.QQ) for M in (sympy.eye(len(entries)) - operator, right)
    )
    solved = left.lu_solve(given).to_Matrix()
    values = {p: Fraction(int(x.p), int(x.q)) for p, x in zip(entries, solved, strict=True)}
    return [[values[min(i, j), max(i, j)] for j in range(size)] for i in range(size)]
