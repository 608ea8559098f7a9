r"""From the theory to programs: for each quantity the form that loses least in floating point.

With b the trace, q the determinant and d = b^2 - 4 q, a two-state method is evaluated through the halves h = b/2 and D = d/4, so that the
eigenvalues are h + sqrt(D) and h - sqrt(D).

- **The discriminant.** b^2 - 4 q cancels where the eigenvalues nearly coincide, and what is lost there is far more than what the
  arguments determine. Where d has factors over Q, each is evaluated as it is (see :mod:`~symmomentum.codegen.lowering`). Where q is a
  parameter, d = (b - 2 sqrt(q)) (b + 2 sqrt(q)) and the part of b - 2 sqrt(q) without the curvature is factored in sqrt(q): for
  heavy ball it is (1 - sqrt(beta))^2. Where d still overflows it is computed to a smaller scale.
- **The spectral radius** is max(|h| + sqrt(max(D, 0)), sqrt(max(q, 0))): no branch, nothing complex.
- **The smaller eigenvalue** is q over the larger one (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., section 1.8).
- **Powers.** Everything is scaled by the k-th power of the spectral radius. Where the radius is near 1, its distance from 1 is
  known more accurately than itself: 1 - sigma solves a quadratic equation too, with the constant term 1 - b + q. What the rounded radius
  lacks is put back as a factor exp(k delta). Divided differences of powers, (sigma_1^k - sigma_2^k) / (sigma_1 - sigma_2), are
  expm1(k log1p(-x)) / x in the relative gap x, and sin(k theta) / sin(theta) where the eigenvalues are complex; both
  have a limit, k, at the repeated root. The entries (R - sigma_2)_ii are roots of a quadratic equation once more, whose constant term is
  a product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symmomentum.claims import Claim
from symmomentum.codegen.lowering import Lowering, factored
from symmomentum.codegen.program import (
    ONE,
    ZERO,
    Program,
    Value,
    absolute,
    all_of,
    arctan2,
    call,
    constant,
    cosine,
    exponential,
    expm1,
    finite_or,
    floor,
    is_number,
    largest,
    least,
    log1p,
    power,
    quotient,
    root,
    sine,
    where,
)
from symmomentum.errors import NotDerivedError
from symmomentum.noise import Noise
from symmomentum.proof import check
from symmomentum.rate import REGIMES, Rate, lies_inside
from symmomentum.symbols import L, lam, mu
from symmomentum.tuning import Tuning
from symmomentum.update_rule import ITERATE

__all__ = ["QUANTITIES", "Theory", "program"]

_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
_NAN, _INFINITY = constant("nan"), constant("inf")
LIMIT, SMALL = constant("limit"), constant("small")
"""Where squares come near the largest number, and a power of two that brings them back."""
_S = sympy.Symbol("s", positive=True)
_X = sympy.Symbol("x", positive=True)


@dataclass(frozen=True)
class Theory:
    """What programs are made from."""

    rate: Rate
    noise: Noise
    tuning: Callable[[], Tuning]

    @property
    def iteration(self) -> Any:
        """The iteration of the method."""
        return self.rate.iteration


@dataclass(frozen=True)
class _Mode:
    """What the eigenvalues of a two-state method are made of."""

    half_trace: Value
    determinant: Value
    quarter_discriminant: Value
    scale: Value
    """The quarter discriminant is to the square of this scale: 1 but where it would overflow."""
    modulus: Value
    """The square root of the determinant; 0 where that is negative."""
    opposite: tuple[Value, Value] | None = None
    """Where the trace is negative: 1 + h and 1 + 2 h + q, as accurate as the discriminant and wrong in the same way."""

    @property
    def real_root(self) -> Value:
        """sqrt(D) where D is positive, else 0."""
        return self._unscaled(root(self.quarter_discriminant))

    @property
    def imaginary_root(self) -> Value:
        """sqrt(-D) where D is negative, else 0."""
        return self._unscaled(root(-self.quarter_discriminant))

    def _unscaled(self, value: Value) -> Value:
        return value if self.scale is ONE else value / self.scale


class _Maker:
    """Programs of one method."""

    def __init__(self, theory: Theory, *, careful: bool = True) -> None:
        self.theory = theory
        self.careful = careful
        self.iteration = theory.iteration
        self.name = self.iteration.method.name
        self.parameters = tuple(self.iteration.method.parameters)
        if self.iteration.size > 2:
            raise NotDerivedError(f"{self.name}: code is generated for up to two states; this method has {self.iteration.size}")
        _ = self.iteration.coefficients  # says what is wrong with a rule that has none

    # Parts ------------------------------------------------------------------------------------------------------------

    def program(self, name: str, *more: str, shape: str = "number", before: tuple[str, ...] = (), **options: Any) -> Program:
        return Program(name, (*before, *self.parameters, *more), shape, **options)

    def lowering(self, program: Program, curvature: Value) -> Lowering:
        symbols = {s: program.input(s.name) for s in self.iteration.parameters}
        return Lowering(program, {**symbols, lam: curvature}, lam, self.theory.rate.stability.step_size)

    def mode(self, lower: Lowering, *, sharp: bool = False) -> _Mode:
        """What the eigenvalues are made of.

        Parameters
        ----------
        sharp : bool
            Whether the discriminant must be right for these very arguments where it can be, because it is used beside other expressions
            in them: in a single result, what an argument close by explains does no harm.
        """
        split = self._split()
        if split is not None:
            return self._split_mode(lower, *split, sharp)
        p, it = lower.program, self.iteration
        b, q, d = it.trace, it.determinant, it.discriminant
        half = p.let("h", lower(b) * _HALF, f"half the trace, ({b})/2")
        determinant = p.let("q", lower(q), f"the determinant, {q}")
        modulus = p.let("s", root(determinant), "the modulus of complex eigenvalues")
        factors = [f for f in sympy.Mul.make_args(d) if f.is_Add] if d.is_Mul else []
        sizes = [half]
        if len(factors) == 2 and d == sympy.Mul(*factors):
            u, v = (p.let(n, lower(f), f"a factor of the discriminant, {f}") for n, f in zip("uv", factors, strict=True))
            quarter, sizes = u * v * _QUARTER, [half, u, v]
        else:
            quarter = lower(d) * _QUARTER if d.is_Mul else half.squared() - determinant
        meaning = f"a quarter of the discriminant, ({d})/4"
        if not self.careful:
            return _Mode(half, determinant, p.let("D", quarter, meaning), ONE, modulus)
        c = self._scale(p, [half])
        plain = (half * c).squared() - (determinant * c) * c
        if quarter.op == "mul":  # far out the factors may overflow, and nothing cancels in the plain form
            plain = where(self._size(sizes) > LIMIT, plain, quarter)
        return _Mode(half, determinant, p.let("D", plain, meaning), c, modulus)

    def _size(self, values: list[Value]) -> Value:
        size = absolute(values[0])
        for v in values[1:]:
            size = largest(size, absolute(v))
        return size

    def _scale(self, p: Program, values: list[Value]) -> Value:
        return p.let("c", where(self._size(values) > LIMIT, SMALL, 1), "keeps squares from overflowing")

    def _split(self) -> tuple[Any, Any, Any, Any] | None:
        """Where the determinant is a parameter q = s^2: the trace as c - e with the curvature in e only, c - 2 s as a product, and
        what c changes by where q is negative."""
        it = self.iteration
        q = it.determinant
        if not q.is_Symbol:
            return None
        level, moved = sympy.expand(it.trace).as_independent(lam, as_Add=True)
        slope = sympy.diff(level, q)
        if slope.has(q):
            return None
        near = factored(level.subs(q, _S**2) - 2 * _S)
        return None if near.is_Add else (q, near, -moved, slope)

    def _split_mode(self, lower: Lowering, q: Any, near: Any, moved: Any, slope: Any, sharp: bool) -> _Mode:
        p = lower.program
        q_value = lower.symbols[q]
        s = p.let("s", root(q_value), f"sqrt({q}), the modulus of complex eigenvalues")
        negative = p.let("n", least(q_value, 0), "the determinant, where negative")
        if sharp:  # c - 2 s = (c^2 - 4 q)/(c + 2 s), where the sum loses nothing
            positive = p.let(f"{q}_plus", largest(q_value, 0))
            far = factored(near.subs(_S, -_S))
            near = factored(sympy.expand(near * far).subs(_S, sympy.sqrt(_X)).subs(_X, q)) / far
            inner = Lowering(p, {**lower.symbols, q: positive, _S: s}, None)
            level = self._quotient(inner, near)
        else:
            inner = Lowering(p, {**lower.symbols, _S: s}, None)
            level = inner(near)
        if slope != 0:
            level = level + (negative if slope == 1 else negative * Fraction(int(slope.p), int(slope.q)))
        at = p.let("m", level * _HALF, f"at curvature 0: {near}/2")
        u = p.let("u", at - p.let("e", lower(moved) * _HALF), "h - s")
        half = p.let("h", u + s, f"half the trace, ({self.iteration.trace})/2")
        v = p.let("v", half + s, "h + s")
        meaning = "a quarter of the discriminant, h^2 - s^2"
        if not self.careful:
            return _Mode(half, q_value, p.let("D", u * v - negative, meaning), ONE, s)
        c = self._scale(p, [u, v])
        opposite = None
        if sharp:
            distance = p.let("t", (1 - positive) / (1 + s), "1 - s")
            opposite = (distance + v, distance.squared() + 2 * v + negative)
        return _Mode(half, q_value, p.let("D", (u * c) * (v * c) - (negative * c) * c, meaning), c, s, opposite)

    def radius(self, lower: Lowering) -> Value:
        """The spectral radius."""
        if self.iteration.size == 1:
            return absolute(lower(self.iteration.trace))
        mode = self.mode(lower)
        return largest(absolute(mode.half_trace) + mode.real_root, mode.modulus)

    # Quantities -------------------------------------------------------------------------------------------------------

    def rate(self) -> Program:
        p = self.program("rate", "lam")
        p.results = [self.radius(self.lowering(p, p.input("lam")))]
        p.description = ["The spectral radius of the iteration matrix: the asymptotic factor per step on a mode.", *self._rate_text()]
        return p

    def _rate_text(self) -> list[str]:
        it = self.iteration
        if it.size == 1:
            return [f"|{it.trace}|"]
        return [f"max((|b| + sqrt(max(b^2 - 4 q, 0)))/2, sqrt(max(q, 0))) with b = {it.trace}, q = {it.determinant}"]

    def worst_rate(self) -> Program:
        p = self.program("worst_rate", "mu", "L")
        ends = [p.let(f"rate_{n}", self.radius(self.lowering(p, p.input(n))), f"at lam = {n}") for n in ("mu", "L")]
        worst = largest(*ends)
        for n, point in enumerate(self.theory.rate.interior_points):
            outer = Lowering(p, {s: p.input(s.name) for s in (*self.iteration.parameters, mu, L)})
            inside = outer.condition(lies_inside(point))
            at = p.let(f"inner_{n + 1}", where(inside, outer(point), p.input("mu")), f"{point}, if in between")
            worst = largest(worst, self.radius(self.lowering(p, at)))
        p.results = [worst]
        p.description = ["The largest rate over all curvatures from mu to L.", *self._rate_text()]
        return p

    def eigenvalues(self) -> Program:
        it = self.iteration
        p = self.program("eigenvalues", "lam", shape="complex")
        lower = self.lowering(p, p.input("lam"))
        p.description = ["The eigenvalues sigma_1, sigma_2, ... of the iteration matrix."]
        if it.size == 1:
            p.results = [lower(it.trace), ZERO]
            p.description.append(str(it.trace))
            return p
        p.description.append(f"(b + sqrt(b^2 - 4 q))/2 and (b - sqrt(b^2 - 4 q))/2 with b = {it.trace}, q = {it.determinant}")
        mode = self.mode(lower)
        h = mode.half_trace
        w = p.let("w", mode.real_root, "half the distance of real eigenvalues")
        outer = p.let("outer", where(h < 0, h - w, h + w), "the eigenvalue that is larger in modulus, where real")
        inner = p.let("inner", self._over(lower, mode, outer), "and the other one, q over that")
        imaginary = p.let("imaginary", mode.imaginary_root)
        real = mode.quarter_discriminant >= 0
        first = where(real, where(h < 0, inner, outer), h)
        second = where(real, where(h < 0, outer, inner), h)
        p.results = [first, imaginary, second, -imaginary]
        return p

    def _over(self, lower: Lowering, mode: _Mode, eigenvalue: Value) -> Value:
        """The determinant over an eigenvalue; of a product one factor first, for the product itself may underflow."""
        q = self.iteration.determinant
        sums = [f for f in sympy.Mul.make_args(q) if f.is_Add]
        if not sums or q == sums[0]:
            return quotient(mode.determinant, eigenvalue)
        return quotient(lower(sums[0]), eigenvalue) * lower(q / sums[0])

    def stable(self) -> Program:
        p = self.program("stable", "lam", shape="condition")
        p.results = [self._stable(self.lowering(p, p.input("lam")))]
        p.description = ["Whether every start converges: the spectral radius is below 1.", str(self.theory.rate.stability.region)]
        return p

    def _stable(self, lower: Lowering) -> Value:
        region = self.theory.rate.stability.region
        if region is sympy.false:
            return constant(0) > 0
        return lower.program.let("stable", lower.condition(region), str(region))

    def regime(self) -> Program:
        it, regimes = self.iteration, self.theory.rate.regimes
        labels = tuple(g.name for g in regimes)
        p = self.program("regime", "lam", shape="code", labels=labels)
        lower = self.lowering(p, p.input("lam"))
        stable = self._stable(lower)
        if it.size == 1:
            a = p.let("a", lower(it.trace), f"the only eigenvalue, {it.trace}")
            cases = {"one-step": a.equals(0), "monotone": a > 0, "oscillating": a < 0}
        else:
            mode = self.mode(lower)
            h, D = mode.half_trace, mode.quarter_discriminant
            cases = {
                "complex": D < 0,
                "critical": D.equals(0),
                "monotone": h > 0,
                "oscillating": h <= 0,
            }
            if "one-step" in labels:
                condition = next(g.condition for g in regimes if g.name == "one-step")
                cases = {"one-step": lower.condition(condition), **cases}
        code: Any = constant(-1)
        for name, holds in reversed([(n, c) for n, c in cases.items() if n in labels]):
            code = where(holds, labels.index(name), code)
        divergent = labels.index("divergent")
        everything = self._sum_of_inputs(p)
        p.results = [where(stable, code, where(is_number(everything), divergent, -1))]
        p.description = [
            "The index of the regime in REGIMES; -1 where an argument is NaN.",
            *(f"{g.name}: {REGIMES[g.name]}" for g in regimes),
        ]
        return p

    def _sum_of_inputs(self, p: Program) -> Value:
        total: Value | None = None
        for n in p.inputs:
            total = p.input(n) if total is None else total + p.input(n)
        assert total is not None
        return p.let("known", total, "NaN where an argument is")

    # Tuning -----------------------------------------------------------------------------------------------------------

    def tuning(self) -> Program:
        tuning = self.theory.tuning()
        names = tuple(str(s) for s in tuning.parameters)
        p = Program("tuning", ("mu", "L"), "tuple", labels=names)
        low, high = p.input("mu"), p.input("L")
        x = p.let("x", low / high, "mu/L")
        known = (low > 0) & (low <= high if tuning.spectrum == (mu <= L) else low < high)
        lower = Lowering(p, {_X: x, mu: low, L: high})
        for symbol, expression in tuning.parameters.items():
            degree = self._degree(symbol, expression)
            if degree is None:
                value = self._quotient(lower, expression)
            else:
                value = self._quotient(lower, expression.subs({mu: _X, L: 1}, simultaneous=True))
                for _ in range(abs(degree)):
                    value = value / high if degree < 0 else value * high
            p.results.append(where(known, value, _NAN))
        p.description = [
            f"The parameters ({', '.join(names)}) of least worst rate over all curvatures from mu to L; NaN unless 0 < mu <= L.",
            *(f"{s} = {e}" for s, e in tuning.parameters.items()),
        ]
        return p

    def _degree(self, symbol: Any, expression: Any) -> int | None:
        """The n with f(mu, L) = L^n f(mu/L, 1), if there is one."""
        for n in (0, -1, 1, -2, 2):
            one = expression.subs({mu: mu / L, L: 1}, simultaneous=True) * L**n
            claim = Claim(
                id=f"{self.name}/tuning/{symbol}/homogeneous",
                statement=sympy.Eq(expression, one, evaluate=False),
                assumptions=(mu < L,),
                source="derived from the tuned parameters",
            )
            if check(claim).proved:
                return n
        return None

    def _quotient(self, lower: Lowering, expression: Any) -> Value:
        above, below = sympy.fraction(expression)
        if below == 1:
            return lower(above)
        bases = [f.as_base_exp() for f in (above, below)]
        if all(e == 2 for _, e in bases):
            return (lower(bases[0][0]) / lower(bases[1][0])).squared()
        return lower(above) / lower(below)

    # Noise ------------------------------------------------------------------------------------------------------------

    def stationary_variance(self) -> Program:
        noise, it = self.theory.noise, self.iteration
        p = self.program("stationary_variance", "lam")
        lower = self.lowering(p, p.input("lam"))
        stable = self._stable(lower)
        row = it.method.state.index(ITERATE)
        value = self._balanced(lower, noise.lyapunov_solution[row, row])
        known = is_number(self._sum_of_inputs(p))
        p.results = [where(stable, value, where(known, _INFINITY, _NAN))]
        p.description = [
            "The variance of w in the stationary limit, per unit variance of the gradient noise; infinite where not stable.",
            str(noise.lyapunov_solution[row, row]),
        ]
        return p

    def _balanced(self, lower: Lowering, expression: Any) -> Value:
        """A quotient of products: sums over sums, and apart from that the powers of symbols, which may be very large or small."""
        above, below = sympy.fraction(expression)
        powers, sums = [], []
        for e in (above, below):
            factors = sympy.Mul.make_args(e)
            powers.append(sympy.Mul(*(f for f in factors if f.as_base_exp()[0].is_Symbol)))
            sums.append(sympy.Mul(*(f for f in factors if not f.as_base_exp()[0].is_Symbol)))
        value = self._quotient(lower, sums[0] / sums[1]) if sums != [1, 1] else None
        if powers == [1, 1]:
            return value if value is not None else ONE
        front = lower(powers[0] / powers[1])
        return front if value is None else front * value

    # Powers -----------------------------------------------------------------------------------------------------------

    def power(self) -> Program:
        it = self.iteration
        p = self.program("power", "lam", shape="matrix", before=("k",), double=True)
        lower = self.lowering(p, p.input("lam"))
        p.description = [
            f"R^k for k = 0, 1, 2, ...; NaN for other k. R = {it.matrix.tolist()} over the state ({', '.join(it.method.state)})"
        ]
        entries = [lower(x) for x in it.matrix]
        if it.size == 1:
            p.results = [self._known(p, self._scalar_power(p, lower))]
            return p
        orbit = _Orbit(self, p, lower)
        R = it.matrix
        product = factored(-R[0, 1] * R[1, 0])
        first, last = orbit.entries([R[0, 0], R[1, 1]], factored((R[0, 0] - R[1, 1]) / 2), product)
        turned = p.let("turned", orbit.flip * orbit.growth)
        brackets = [first, (entries[1] * turned, None), (entries[2] * turned, None), last]
        unit = [ONE, ZERO, ZERO, ONE]
        p.results = [
            self._known(p, orbit.value(bracket, lead, of_zero, of_one))
            for (bracket, lead), of_zero, of_one in zip(brackets, unit, entries, strict=True)
        ]
        return p

    def residual(self) -> Program:
        it = self.iteration
        p = self.program("residual", "lam", before=("k",), double=True)
        lower = self.lowering(p, p.input("lam"))
        p.description = [
            "P_k(lam), the factor on the error of a mode after k steps from rest, for k = 0, 1, 2, ...; NaN for other k.",
            f"P_0 = 1, P_1 = {it.residual_polynomial(1)}, P_2 = {it.residual_polynomial(2)}, ...",
        ]
        if it.size == 1:
            p.results = [self._known(p, self._scalar_power(p, lower))]
            return p
        first = sympy.expand(it.residual_polynomial(1))
        orbit = _Orbit(self, p, lower)
        product = factored(first**2 - it.trace * first + it.determinant)
        ((bracket, lead),) = orbit.entries([first], factored(first - it.trace / 2), product)
        p.results = [self._known(p, orbit.value(bracket, lead, ONE, lower(first)))]
        return p

    def _known(self, p: Program, value: Value) -> Value:
        k = p.input("k")
        known = p.let("valid", all_of([k >= 0, k.equals(floor(k)), is_number(self._sum_of_inputs(p))]))
        return where(known, value, _NAN)

    def _scalar_power(self, p: Program, lower: Lowering) -> Value:
        a = self.iteration.trace
        value = p.let("a", lower(a), f"the only eigenvalue, {a}")
        excess = where(value < 0, lower(factored(1 + a)), lower(factored(1 - a)))
        k = p.input("k")
        odd = p.let("odd", floor(k * _HALF) * 2 < k)
        flip = where((value < 0) & odd, -1, 1)
        parts = _halved(p, k, *_corrected(p, absolute(value), excess))
        return flip * _together(parts, ONE)


def _corrected(p: Program, direct: Value, excess: Value) -> tuple[Value, Value]:
    """A number near 1 as its rounded value and the relative difference of what it is: 1 - excess."""
    near = p.let("near", (direct > _HALF) & (direct < 2))
    excess = p.let("excess", excess, "1 minus that")
    base = p.let("base", where(near, 1 - excess, direct))
    lack = p.let("lack", where(near, ((1 - base) - excess) / base, 0), "what the rounded base lacks, relative to it")
    return base, lack


def _halved(p: Program, k: Value, base: Value, lack: Value) -> tuple[Value, Value]:
    """base^k (1 + lack)^k as two factors, neither of which overflows where the product with something moderate does not."""
    first = p.let("k1", floor(k * _HALF))
    second = p.let("k2", k - first)
    return (
        p.let("front", power(base, first) * exponential(k * lack)),
        p.let("back", power(base, second)),
    )


def _together(parts: tuple[Value, Value], bracket: Value) -> Value:
    front, back = parts
    return finite_or(front, (front * bracket) * back)


class _Orbit:
    """The powers of a two-by-two matrix, relative to the k-th power of its spectral radius.

    ``growth`` is the divided difference of k-th powers, (sigma_1^k - sigma_2^k) / (sigma_1 - sigma_2), in those units. All is
    computed for the matrix times the sign of its trace; ``sign`` is what that changes.
    """

    def __init__(self, maker: _Maker, p: Program, lower: Lowering) -> None:
        self.p, self.maker, self.lower = p, maker, lower
        it = maker.iteration
        self.k = k = p.input("k")
        mode = maker.mode(lower, sharp=True)
        h = p.let("size", absolute(mode.half_trace), "half the trace of the matrix times its sign")
        negative = mode.half_trace < 0
        self.flip = p.let("flip", where(negative, -1, 1), "the sign of the trace")
        odd = p.let("odd", floor(k * _HALF) * 2 < k)
        self.sign = p.let("sign", where(negative & odd, -1, 1), "the k-th power of that sign")
        self.real = p.let("real", mode.quarter_discriminant >= 0)
        self.w = w = p.let("w", mode.real_root, "half the distance of real eigenvalues")
        self.v = v = p.let("omega", mode.imaginary_root, "the imaginary part of complex ones")
        big = p.let("big", h + w, "the larger eigenvalue")
        # 1 minus each of them, from the equation that this solves; then they are known better than they can be written down.
        b, q = it.trace, it.determinant
        level_below, inside_below = mode.opposite or (lower(factored(1 + b / 2)), lower(factored(1 + b + q)))
        level = p.let("level", where(negative, level_below, lower(factored(1 - b / 2))), "1 - size")
        product = [p.let(n, lower(factored(1 + sign * b + q)), f"{1 + sign * b + q}") for n, sign in (("minus", -1), ("plus", 1))]
        inside = p.let("inside", where(negative, inside_below, product[0]), "(1 - sigma_1) (1 - sigma_2)")
        outside = where(negative, product[0], product[1])
        far = p.let("far", level + w)
        close = p.let("close", level - w)
        # A root w that is not small beside the level cancels; one that is small has errors that must stay the same everywhere.
        ahead = p.let("ahead", (level > 0) & (w * 2 > level))
        excess = where(ahead, quotient(inside, far), close)
        # The base of the power: the spectral radius, or its square where that is the determinant.
        direct = p.let("direct", where(self.real, big, mode.determinant), "the larger eigenvalue, or the determinant where complex")
        times = p.let("times", where(self.real, k, k * _HALF), "how often that is multiplied")
        self.parts = _halved(p, times, *_corrected(p, direct, where(self.real, excess, lower(factored(1 - q)))))
        small = p.let("small", absolute(maker._over(lower, mode, big)), "the modulus of the smaller eigenvalue")
        positive = p.let("positive", mode.determinant >= 0)
        rest = where(positive, where(level > 0, far, quotient(inside, close)), quotient(outside, 1 + big))
        lesser = _together(_halved(p, k, *_corrected(p, small, rest)), ONE)
        alternating = p.let("alternating", ~positive & odd)
        self.lead = p.let("lead", where(alternating, -lesser, lesser), "the k-th power of the smaller eigenvalue, where real")
        # Real eigenvalues: the geometric sum of their ratio.
        gap = p.let("x", least(quotient(w * 2, big), where(positive, 1, 2)), "1 - sigma_2/sigma_1")
        short = p.let("y", where(positive, gap, least(quotient(h * 2, big), 1)), "1 - |sigma_2/sigma_1|")
        logarithm = p.let("logarithm", k * log1p(-short), "of that to the k-th power")
        minus, plus = p.let("fall", -expm1(logarithm)), p.let("rise", 1 + exponential(logarithm))
        summed = where(gap > 0, where(alternating, plus, minus) / gap, k)
        # Complex ones: the angle of the first.
        theta = p.let("theta", arctan2(v, h), "the angle of a complex eigenvalue")
        turn = p.let("turn", k * theta)
        growth = where(self.real, quotient(summed, big), quotient(sine(turn), v))
        self.growth = p.let("growth", growth, "(sigma_1^k - sigma_2^k)/(sigma_1 - sigma_2), relative to radius^k")
        # And what is needed where the entries would cancel in the first form.
        before = where(gap > 0, -expm1(logarithm - log1p(-short)) / gap, k - 1)
        late = where(self.real, small * quotient(before, big), mode.modulus * quotient(sine(turn - theta), v))
        self.late = p.let("late", late, "q times what that was one step before")
        self.doubled = p.let("doubled", ~self.real | (positive & (gap < _HALF)), "nearly one repeated eigenvalue, or complex")
        self.centred = p.let("centred", ~self.real | (~positive & (logarithm > -_HALF)), "still nearly opposite, or complex")
        mean = where(self.real, where(odd, minus, plus) * _HALF, cosine(turn))
        self.mean = p.let("mean", mean, "(sigma_1^k + sigma_2^k)/2, relative to radius^k")

    def entries(self, firsts: list[Any], half_gap: Any, product: Any) -> list[tuple[Value, Value]]:
        """Entries, relative to radius^k and what is to be added after that, whose values at k = 1 are y = first, and then perhaps y = trace - first, where
        (y - sigma_1)(y - sigma_2) is the product and first - trace/2 the half gap."""
        p = self.p
        g = p.let("g", self.flip * self.lower(half_gap), f"the sign of the trace times {half_gap}")
        forward = p.let("forward", absolute(g) + self.w)
        other = where(self.w * 2 > absolute(g), quotient(self.lower(product), forward), absolute(g) - self.w)
        other = p.let("other", other, f"{product}, divided by that")
        slopes = [where(g < 0, -other, forward), where(g < 0, forward, -other)]
        found = []
        for first, slope, side in zip(firsts, slopes, (g, -g), strict=False):
            y = p.let("first", self.flip * self.lower(first), f"the sign of the trace times {first}")
            small = p.let("small_first", self.doubled & (absolute(y) < absolute(g)))
            entry = where(self.centred, self.mean + side * self.growth, slope * self.growth)
            entry = p.let("entry", where(small, y * self.growth - self.late, entry))
            found.append((entry, p.let("led", where(small | self.centred, 0, self.lead))))
        return found

    def value(self, bracket: Value, lead: Value | None, of_zero: Value, of_one: Value) -> Value:
        """The power: radius^k times the bracket and what leads it; and the exact values for k = 0 and 1."""
        bracket = self.p.let("bracket", bracket)
        result = self.p.let("part", finite_or(bracket, _together(self.parts, bracket)))
        if lead is not None:
            total = self.p.let("whole", lead + result)
            result = where(is_number(total), total, result)  # opposite infinities: the larger eigenvalue wins
        return where(self.k.equals(0), of_zero, where(self.k.equals(1), of_one, self.sign * result))


QUANTITIES: Mapping[str, Callable[[_Maker], Program]] = {
    "rate": _Maker.rate,
    "eigenvalues": _Maker.eigenvalues,
    "stable": _Maker.stable,
    "regime": _Maker.regime,
    "worst_rate": _Maker.worst_rate,
    "power": _Maker.power,
    "residual": _Maker.residual,
    "tuning": _Maker.tuning,
    "stationary_variance": _Maker.stationary_variance,
}
"""What code is generated for, in the order in which the modules list it."""


def program(theory: Theory, quantity: str, *, careful: bool = True) -> Program:
    """The program of a quantity.

    Parameters
    ----------
    careful : bool
        Whether the discriminant is kept from overflowing.

    Raises
    ------
    NotDerivedError
        If the theory of the method does not give that quantity.
    """
    return QUANTITIES[quantity](_Maker(theory, careful=careful))
