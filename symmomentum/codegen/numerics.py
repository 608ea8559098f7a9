r"""From the theory to programs: for each quantity the form that loses least in floating point.

With b the trace, q the determinant and d = b^2 - 4 q, a two-state method is evaluated through the halves h = b/2 and D
= d/4, so that the eigenvalues are h + sqrt(D) and h - sqrt(D).

- **The discriminant.** b^2 - 4 q cancels where the eigenvalues nearly coincide, and what is lost there is far more than what the
  arguments determine. Where d has factors over Q, each is evaluated as it is (see
  :mod:`~symmomentum.codegen.lowering`). Where q is a parameter, d = (b - 2 sqrt(q)) (b + 2 sqrt(q)) and the part of b
  - 2 sqrt(q) without the curvature is factored in sqrt(q): for heavy ball it is (1 - sqrt(beta))^2. Where d still
  overflows it is computed to a smaller scale.
- **The spectral radius** is max(|h| + sqrt(max(D, 0)), sqrt(max(q, 0))): no branch, nothing complex.
- **The smaller eigenvalue** is q over the larger one (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd
ed., section 1.8).
- **Powers**: see :mod:`~symmomentum.codegen.powers`.
- **Three and more states** have no such forms: their eigenvalues and powers are left to
:mod:`symmomentum.evaluators.matrices`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symmomentum.claims import Claim
from symmomentum.codegen.lowering import Lowering, factored
from symmomentum.codegen.powers import Mode, Orbit, scalar_power, squaring_parts, usual_power, usual_residual
from symmomentum.codegen.program import (
    ONE,
    ZERO,
    Program,
    Value,
    absolute,
    call,
    constant,
    exponential,
    finite_or,
    floor,
    is_number,
    largest,
    least,
    log1p,
    power,
    root,
    sequence,
    where,
)
from symmomentum.errors import NotDerivedError
from symmomentum.noise import Noise
from symmomentum.proof import check
from symmomentum.rate import REGIMES, Rate, lies_inside
from symmomentum.symbols import L, k, lam, mu
from symmomentum.transient import Transient
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


_MEANINGS = {
    "rate": "The spectral radius of the iteration matrix: the asymptotic factor per step on a mode.",
    "eigenvalues": "The eigenvalues sigma_1, sigma_2, ... of the iteration matrix.",
    "stable": "Whether every start converges: the spectral radius is below 1.",
}


class _Maker:
    """Programs of a method with one or two states."""

    def __init__(self, theory: Theory, *, careful: bool = True) -> None:
        self.theory = theory
        self.careful = careful
        self.iteration = theory.iteration
        self.name = self.iteration.method.name
        self.parameters = tuple(self.iteration.method.parameters)
        _ = self.iteration.trace  # says what is wrong with a rule that is no polynomial

    # Parts ------------------------------------------------------------------------------------------------------------

    def program(
        self, name: str, *more: str, shape: str = "number", before: tuple[str, ...] = (), **options: Any
    ) -> Program:
        return Program(name, (*before, *self.parameters, *more), shape, **options)

    def lowering(self, program: Program, curvature: Value) -> Lowering:
        symbols = {s: program.input(s.name) for s in self.iteration.parameters}
        return Lowering(program, {**symbols, lam: curvature}, lam, self.theory.rate.stability.step_size)

    def mode(self, lower: Lowering, *, sharp: bool = False) -> Mode:
        """What the eigenvalues are made of.

        Parameters
        ----------
        sharp : bool
            Whether the discriminant must be right for these very arguments where it can be, because it is used beside
            other expressions in them: in a single result, what an argument close by explains does no harm.
        """
        split = self._split()
        if split is not None:
            return self._split_mode(lower, *split, sharp)
        p, it = lower.program, self.iteration
        b, q, d = it.trace, it.determinant, it.discriminant
        lower.name_shared("t", (b, q, d))
        half = p.let("h", lower(b) * _HALF, f"half the trace, ({b})/2")
        determinant = p.let("q", lower(q), f"the determinant, {q}")
        # Beside an infinite trace, a determinant that has no value says nothing.
        positive = where(absolute(half) < _INFINITY, determinant, 0) if self.careful else determinant
        modulus = p.let("s", root(positive), "the modulus of complex eigenvalues")
        factors = [f for f in sympy.Mul.make_args(d) if f.is_Add] if d.is_Mul else []
        sizes = [half]
        if len(factors) == 2 and d == sympy.Mul(*factors):
            meanings = [f"a factor of the discriminant, {f}" for f in factors]
            u, v = (p.let(n, lower(f), m) for n, f, m in zip("uv", factors, meanings, strict=True))
            if sharp:
                u, v = self._consistent(lower, factors, u, v), self._consistent(lower, factors[::-1], v, u)
            quarter, sizes = u * v * _QUARTER, [half, u, v]
        else:
            quarter = lower(d) * _QUARTER if d.is_Mul else half.squared() - determinant
        meaning = f"a quarter of the discriminant, ({d})/4"
        if not self.careful:
            return Mode(half, determinant, p.let("D", quarter, meaning), None, modulus, factors=self._factors(lower))
        scale = c, _ = self._scale(p, [half])
        plain = (half * c).squared() - (determinant * c) * c
        if quarter.op == "mul":  # far out the factors may overflow, and nothing cancels in the plain form
            plain = where(self._size(sizes) <= LIMIT, quarter, plain)
        plain = where(absolute(half) < _INFINITY, plain, _INFINITY)
        return Mode(half, determinant, p.let("D", plain, meaning), scale, modulus, factors=self._factors(lower))

    def _consistent(self, lower: Lowering, factors: list[Any], value: Value, other: Value) -> Value:
        """A factor of the discriminant in terms of the other one where that is small, so that both have the same error."""
        step = self.theory.rate.stability.step_size
        if step is None:
            return value
        product = sympy.Dummy("p", real=True)
        this, that = (sympy.expand(f).subs(lam, product / step) for f in factors)
        poly = sympy.Poly(sympy.expand(that), product)
        if poly.degree() != 1 or poly.free_symbols_in_domain or not sympy.expand(this).is_polynomial(product):
            return value
        slope, level = poly.all_coeffs()
        inner = Lowering(lower.program, {**lower.symbols, _X: other}, _X)
        rewritten = sympy.expand(this).subs(product, (_X - level) / slope)
        near = absolute(other) < _HALF
        return lower.program.let("v", where(near, inner(sympy.expand(rewritten)), value), "with the error of the other")

    def _factors(self, lower: Lowering) -> tuple[Value, Value | None] | None:
        q = self.iteration.determinant
        sums = [f for f in sympy.Mul.make_args(q) if f.is_Add]
        return (lower(sums[0]), lower(q / sums[0])) if sums and q != sums[0] else None

    def _size(self, values: list[Value]) -> Value:
        size = absolute(values[0])
        for v in values[1:]:
            size = largest(size, absolute(v))
        return size

    def _scale(self, p: Program, values: list[Value]) -> tuple[Value, Value]:
        far = p.let("far", self._size(values) > LIMIT, "where squares might overflow")
        return p.let("c", where(far, SMALL, 1)), p.let("i", where(far, 1 / SMALL, 1))

    def _split(self) -> tuple[Any, Any, Any, Any] | None:
        """Where the determinant is a parameter q = s^2: the trace as c - e with the curvature in e only, c - 2 s as a
        product, and what c changes by where q is negative."""
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

    def _split_mode(self, lower: Lowering, q: Any, near: Any, moved: Any, slope: Any, sharp: bool) -> Mode:
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
        at = p.let("m", level * _HALF, f"{near}/2: h - s at curvature 0")
        u = p.let("u", at - p.let("e", lower(moved) * _HALF), "h - s")
        half = p.let("h", u + s, f"half the trace, ({self.iteration.trace})/2")
        v = p.let("v", half + s, "h + s")
        meaning = "a quarter of the discriminant, h^2 - q"
        if not self.careful:
            return Mode(half, q_value, u * v - negative, None, s)
        scale = c, _ = self._scale(p, [u, v])
        opposite = None
        if sharp:
            distance = p.let("t", (1 - positive) / (1 + s), "1 - s")
            opposite = (distance + v, distance.squared() + 2 * v + negative)
        return Mode(half, q_value, p.let("D", (u * c) * (v * c) - (negative * c) * c, meaning), scale, s, opposite)

    def radius(self, lower: Lowering) -> Value:
        """The spectral radius."""
        if self.iteration.size == 1:
            return absolute(lower(self.iteration.trace))
        mode = self.mode(lower)
        radius = largest(absolute(mode.half_trace) + mode.real_root, mode.modulus)
        if not self.careful:
            return radius
        # Products of arguments beyond the largest number count as infinite, and 0 times that as unbounded.
        radius = lower.program.let("radius", radius)
        known = is_number(self._sum_of_inputs(lower.program))
        return where(known & ~is_number(radius), _INFINITY, radius)

    # Quantities -------------------------------------------------------------------------------------------------------

    def rate(self) -> Program:
        p = self.program("rate", "lam")
        p.results = [self.radius(self.lowering(p, p.input("lam")))]
        p.description = [_MEANINGS["rate"], *self._rate_text()]
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
        p.description = [_MEANINGS["eigenvalues"]]
        if it.size == 1:
            p.results = [lower(it.trace), ZERO]
            p.description.append(str(it.trace))
            return p
        p.description.append(
            f"(b + sqrt(b^2 - 4 q))/2 and (b - sqrt(b^2 - 4 q))/2 with b = {it.trace}, q = {it.determinant}"
        )
        mode = self.mode(lower, sharp=True)
        h = mode.half_trace
        w = p.let("w", mode.real_root, "half the distance of real eigenvalues")
        outer = p.let("outer", where(h < 0, h - w, h + w), "the eigenvalue that is larger in modulus, where real")
        inner = p.let("inner", mode.over(outer), "and the other one, q over that")
        imaginary = p.let("imaginary", mode.imaginary_root)
        real = mode.quarter_discriminant >= 0
        first = where(real, where(h < 0, inner, outer), h)
        second = where(real, where(h < 0, outer, inner), h)
        p.results = [first, imaginary, second, -imaginary]
        return p

    def stable(self) -> Program:
        p = self.program("stable", "lam", shape="condition")
        p.results = [self._stable(self.lowering(p, p.input("lam")))]
        p.description = [_MEANINGS["stable"], str(self.theory.rate.stability.region)]
        return p

    def _stable(self, lower: Lowering) -> Value:
        region = self.theory.rate.stability.region
        if region is sympy.false:
            return constant(0) > 0
        return lower.program.let("stable", lower.condition(region), str(region))

    def threshold(self) -> Program:
        stability = self.theory.rate.stability
        threshold = stability.threshold
        p = Program("threshold", self.parameters)
        lower = Lowering(p, {s: p.input(s.name) for s in self.iteration.parameters})
        if threshold.has(sympy.Min):
            raise NotDerivedError(f"{self.name}: no code is generated for the threshold {threshold}")
        *cases, (last, _) = threshold.args if threshold.is_Piecewise else ((threshold, True),)
        value = self._scaled_quotient(lower, last)
        for case, condition in reversed(cases):
            value = where(lower.condition(condition), self._scaled_quotient(lower, case), value)
        known = is_number(self._sum_of_inputs(p))
        if stability.step_size is not None:
            known = known & (p.input(stability.step_size.name) > 0)
        p.results = [where(known, value, _NAN)]
        positive = "" if stability.step_size is None else f" for {stability.step_size} > 0 (else NaN),"
        p.description = [
            f"The edge of stability: the largest stable curvature,{positive} if any positive one is stable.",
            str(threshold),
        ]
        return p

    def _scaled_quotient(self, lower: Lowering, expression: Any) -> Value:
        """A quotient whose sums are computed to a scale, so that they do not overflow before they are divided."""
        if expression is sympy.oo:
            return _INFINITY
        (symbols, sums), (symbols_below, sums_below) = map(_symbols_and_sums, sympy.fraction(expression))
        value = lower(sums, constant(_QUARTER)) / lower(sums_below, constant(_QUARTER))
        value = value if symbols == 1 else value * lower(symbols)
        return value if symbols_below == 1 else value / lower(symbols_below)

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
            cases = {"complex": D < 0, "critical": D.equals(0), "monotone": h > 0, "oscillating": h <= 0}
            if "one-step" in labels:
                condition = next(g.condition for g in regimes if g.name == "one-step")
                cases = {"one-step": lower.condition(condition), **cases}
        everything = self._sum_of_inputs(p)
        code = p.let("code", where(is_number(everything), labels.index("divergent"), -1))
        # Of those that hold at a stable point, the first counts.
        for name, holds in reversed([(n, c) for n, c in cases.items() if n in labels]):
            code = p.let("code", where(stable & holds, labels.index(name), code), name)
        p.results = [code]
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

    def _closed_form(self) -> Tuning:
        tuning = self.theory.tuning()
        if tuning.kind != "radicals" or tuning.given:
            reason = (
                f"is {tuning.kind}"
                if tuning.kind != "radicals"
                else f"depends on {', '.join(map(str, tuning.given))} too"
            )
            name = self.theory.iteration.method.name
            raise NotDerivedError(
                f"{name}: functions are generated for tunings in closed form in mu and L; this one {reason}"
            )
        return tuning

    def tuning(self) -> Program:
        tuning = self._closed_form()
        names = tuple(str(s) for s in tuning.parameters)
        p = Program("tuning", ("mu", "L"), "tuple", labels=names)
        for symbol, expression in tuning.parameters.items():
            p.results.append(self._tuned(p, str(symbol), expression, tuning))
        p.description = [
            f"The parameters ({', '.join(names)}) of least worst rate over all curvatures from mu to L; NaN unless 0 < mu <= L.",
            *(f"{s} = {e}" for s, e in tuning.parameters.items()),
        ]
        return p

    def tuned_rate(self) -> Program:
        tuning = self._closed_form()
        p = Program("tuned_rate", ("mu", "L"))
        p.results = [self._tuned(p, "rate", tuning.rate, tuning)]
        p.description = [
            "The least worst rate over all curvatures from mu to L, that of the tuned parameters; NaN unless 0 < mu <= L.",
            str(tuning.rate),
        ]
        return p

    def _tuned(self, p: Program, what: str, expression: Any, tuning: Tuning) -> Value:
        """A function of mu and L, from their ratio where it is homogeneous."""
        return where(self._is_range(p, tuning), self._of_range(p, what, expression, name_roots=False), _NAN)

    def _is_range(self, p: Program, tuning: Tuning) -> Value:
        low, high = p.input("mu"), p.input("L")
        return (low > 0) & (low <= high if tuning.spectrum == (mu <= L) else low < high)

    def _of_range(self, p: Program, what: str, expression: Any, *, name_roots: bool = True) -> Value:
        low, high = p.input("mu"), p.input("L")
        degree = self._degree(what, expression)
        if degree is None:
            return self._quotient(Lowering(p, {mu: low, L: high}, name_roots=name_roots), expression)
        x = p.let("x", low / high)
        lower = Lowering(p, {_X: x}, name_roots=name_roots)
        value = self._quotient(lower, expression.subs({mu: _X, L: 1}, simultaneous=True))
        for _ in range(abs(degree)):
            value = value / high if degree < 0 else value * high
        return value

    def tuned_worst_case(self) -> Program:
        tuning = self._closed_form()
        worst = Transient(self.theory.rate, self.theory.tuning).worst_case(k, mu=mu, L=L).value
        p = Program("tuned_worst_case", ("k", "mu", "L"), double=True)
        steps = p.input("k")
        factors = sympy.Mul.make_args(worst)
        powers = [f for f in factors if f.is_Pow and f.exp == k]
        if len(powers) != 1 or powers[0].base.has(sympy.Abs, sympy.Max):
            raise NotDerivedError(f"{self.name}: no code is generated for the worst case {worst}")
        # Near 1 the radius is known better through its distance from 1.
        gap = p.let("gap", self._of_range(p, "gap", _cancelled(1 - powers[0].base)), "1 less the radius")
        radius = self._of_range(p, "radius", _cancelled(powers[0].base))
        times = p.let("times", steps * _HALF)
        half = where(gap < _HALF, exponential(times * log1p(-least(gap, _HALF))), power(radius, times))
        # In two halves, of which neither is too small to have all its digits where their product with the rest is not.
        half = value = p.let("half", half, "half of the k factors")
        rest = sympy.Mul(*(f for f in factors if f not in powers))
        terms = [self._growth(p, t) for t in (rest.args if isinstance(rest, sympy.Max) else [rest])]
        if rest != 1:
            most = terms[0]
            for term in terms[1:]:
                most = largest(most, term)
            value = finite_or(half, half * most)
        value = value * half
        valid = (steps >= 0) & steps.equals(floor(steps)) & self._is_range(p, tuning)
        p.results = [where(valid, where(steps.equals(0), 1, value), _NAN)]
        p.description = [
            "The worst case after k steps from rest with the tuned parameters: the largest ratio of the error to that at the "
            "start, over all curvatures from mu to L; NaN unless k = 0, 1, 2, ... and 0 < mu <= L.",
            str(worst),
        ]
        return p

    def _growth(self, p: Program, term: Any) -> Value:
        """constant + slope k + share ratio^k with a rational ratio: each coefficient as one fraction, without differences where
        that can be."""
        steps = p.input("k")
        shrinking = next((e for e in term.atoms(sympy.Pow) if e.exp == k), None)
        decay = sympy.Dummy()
        linear = term if shrinking is None else term.xreplace({shrinking: decay})
        level, slope, share = (
            _cancelled(e) for e in (linear.subs({k: 0, decay: 0}), linear.diff(k), linear.diff(decay))
        )
        total = self._of_range(p, "constant", level)
        if slope != 0:
            total = total + steps * self._of_range(p, "slope", slope)
        if shrinking is not None:
            ratio = abs(shrinking.base)
            shrunk = p.let("shrunk", exponential(steps * Fraction(float(sympy.log(ratio)))), f"({ratio})^k")
            odd = p.let("odd", floor(steps * _HALF) * 2 < steps)
            signed = where(odd, -shrunk, shrunk) if shrinking.base < 0 else shrunk
            total = total + self._of_range(p, "share", share) * signed
        return total

    def _degree(self, what: str, expression: Any) -> int | None:
        """The n with f(mu, L) = L^n f(mu/L, 1), if there is one."""
        for n in (0, -1, 1, -2, 2):
            one = expression.subs({mu: mu / L, L: 1}, simultaneous=True) * L**n
            claim = Claim(
                id=f"{self.name}/tuning/{what}/homogeneous",
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
        w = self.iteration.method.state.index(ITERATE)
        meaning = "The variance of w in the stationary limit, per unit variance of the gradient noise; infinite where not stable."
        return self._in_the_limit("stationary_variance", self.theory.noise.lyapunov_solution[w, w], meaning)

    def stationary_loss(self) -> Program:
        meaning = (
            "The expected loss of the mode in the stationary limit, lam/2 times the variance of w, per unit variance of the "
            "gradient noise; infinite where not stable."
        )
        return self._in_the_limit("stationary_loss", self.theory.noise.loss_solution, meaning)

    def _in_the_limit(self, name: str, expression: Any, meaning: str) -> Program:
        p = self.program(name, "lam")
        lower = self.lowering(p, p.input("lam"))
        stable = self._stable(lower)
        value = self._balanced(lower, expression)
        known = is_number(self._sum_of_inputs(p))
        p.results = [where(stable, value, where(known, _INFINITY, _NAN))]
        p.description = [meaning, str(expression)]
        return p

    def _responses(self, lower: Lowering, scale: Value | None = None) -> list[Value]:
        """What :mod:`symmomentum.evaluators.moments` takes of a mode.

        The trace and the determinant of D = I - R; h^2, h g and g^2, summed over the gradients of a step, where h is the response
        of w to an error and g what it has lost a step later; and what P_k loses in the first step. All for the matrix times the
        sign of its trace, which changes no square; and errors are multiplied with the scale.
        """
        p, it = lower.program, self.iteration
        row = it.method.state.index(ITERATE)
        R, B = it.matrix, it.noise_input
        if all(R[row, j] == 0 for j in range(it.size) if j != row):  # nothing else matters to w, not even what grows
            b, q = R[row, row], sympy.Integer(0)
        else:
            b, q = it.trace, it.determinant
        negative = p.let("negative", lower(b) < 0, "where the trace is; then all is for the matrix with the other sign")

        def either(above: Any, below: Any) -> Value:
            return where(negative, lower(factored(below)), lower(factored(above)))

        t = p.let("t", either(2 - b, 2 + b), "the trace of I - R")
        e = p.let("e", either(1 - b + q, 1 + b + q), "its determinant")
        sums: list[Value | None] = [None] * 3
        for c, (now, then) in enumerate(zip(B[row, :], (R * B)[row, :], strict=True)):
            which = f" of gradient {c + 1}" if B.cols > 1 else ""
            h = p.let("h", lower(factored(now)), f"the response to an error{which}")
            g = p.let("g", either(now - then, now + then), "less that of a step later")
            if scale is not None:  # before squares are taken, which may be too large
                h, g = p.let("h", h * scale), p.let("g", g * scale)
            sums = [x if y is None else y + x for x, y in zip((h.squared(), h * g, g.squared()), sums, strict=True)]
        first = sympy.expand(it.residual_polynomial(1))
        fall = p.let("fall", either(1 - first, 1 + first), "1 - P_1")
        return [t, e, *(p.let(n, s) for n, s in zip("acm", sums, strict=True) if s is not None), fall]

    def variance(self) -> Program:
        p = self.program("variance", "lam", before=("k",), double=True)
        lower = self.lowering(p, p.input("lam"))
        p.results = [self._moments(lower)[1]]
        p.description = [
            "The variance of w after k steps from a state that is known, per unit variance of the gradient noise, for k = 0, 1, "
            "2, ...; NaN for other k (with the target array-api, also from 2^31 on).",
            *self._variance_text(),
        ]
        return p

    def _variance_text(self) -> list[str]:
        return [
            "The sum of (R^j B)_w^2 over j < k and over the gradients of a step, with the noise input "
            f"B = {self.iteration.noise_input.tolist()}. {self._matrix_text()}"
        ]

    def _moments(self, lower: Lowering, scale: Value | None = None) -> tuple[Value, Value]:
        """P_k, perhaps with the other sign, and the variance of w after k steps for errors times the scale."""
        p = lower.program
        t, e, *sums, fall = self._responses(lower, scale)
        k, known = p.input("k"), self._sum_of_inputs(p)
        return call("moments.mean", k, t, e, fall, known), call("moments.variance", k, t, e, *sums, known)

    def expected_loss(self) -> Program:
        p = self.program("expected_loss", "lam", "w0", "sigma", before=("k",), double=True)
        lam, w0, sigma = (p.input(n) for n in ("lam", "w0", "sigma"))
        size = p.let("size", root(absolute(lam) * _HALF), "of which the square is half the curvature")
        start, scale = p.let("start", w0 * size), p.let("scale", sigma * size)
        moments = self._moments(self.lowering(p, lam), scale)
        mean, noise = (p.let(n, x) for n, x in zip(("mean", "noise"), moments, strict=True))
        # What is not there does not grow, however much it is multiplied with.
        loss = where(start.equals(0), 0, (start * mean).squared()) + where(scale.equals(0), 0, noise)
        p.results = [where(is_number(noise) & (sigma >= 0), where(lam < 0, -loss, loss), _NAN)]
        p.description = [
            "The expected loss of the mode above its minimum after k steps from rest at distance w0 from the minimizer, with "
            "gradient errors of standard deviation sigma, for k = 0, 1, 2, ...; NaN for other k (with the target array-api, also "
            "from 2^31 on), and for negative sigma.",
            "lam/2 (P_k(lam)^2 w0^2 + sigma^2 V_k) with V_k the variance of w. P_k has the digits that it has beside 1; the "
            "function residual gives all of them.",
            *self._residual_text()[1:],
            *self._variance_text(),
        ]
        return p

    def crossover(self) -> Program:
        p = self.program("crossover", "lam", "w0", "sigma")
        lower = self.lowering(p, p.input("lam"))
        stable = self._stable(lower)
        responses = self._responses(lower)
        p.double = True
        p.results = [
            call("moments.crossover", *responses, p.input("w0"), p.input("sigma"), stable, self._sum_of_inputs(p))
        ]
        p.description = [
            "The number of steps after which the deterministic part of the expected loss, lam/2 P_k^2 w0^2, never again exceeds "
            "the stochastic one, from rest at distance w0 and with gradient errors of standard deviation sigma. Infinite where "
            "there is no noise or the method is not stable; NaN for negative sigma, and where it comes later than 2^24 steps.",
            *self._residual_text()[1:],
            *self._variance_text(),
        ]
        return p

    def loss_curve(self) -> Program:
        p = self.program("loss_curve", "lam", shape="curve")
        p.results = self._responses(self.lowering(p, p.input("lam")))
        p.description = [
            "The expected loss after each number of steps, an array of integers in any order, summed over all modes: the "
            "parameters, lam, w0 and sigma broadcast against each other. From rest at distance w0 from the minimizer, with "
            "gradient errors of standard deviation sigma. TypeError is raised for what is not real, ValueError for steps that "
            "are none and for shapes that do not fit.",
            "The sum of lam/2 (P_k(lam)^2 w0^2 + sigma^2 V_k) with V_k the variance of w.",
            *self._variance_text(),
        ]
        return p

    def _balanced(self, lower: Lowering, expression: Any) -> Value:
        """A quotient of products: sums over sums, and apart from that the powers of symbols, which may be very large or small."""
        parts = [_symbols_and_sums(e) for e in sympy.fraction(expression)]
        powers, sums = ([part[i] for part in parts] for i in (0, 1))
        value = self._quotient(lower, sums[0] / sums[1]) if sums != [1, 1] else None
        if powers == [1, 1]:
            return value if value is not None else ONE
        above, below = lower(powers[0]), lower(powers[1])
        if value is None:
            return above / below
        p = lower.program
        plain = p.let("ratio", absolute(above / below))
        c = where(plain > LIMIT, SMALL, where(plain * LIMIT < 1, 1 / SMALL, 1))
        c = p.let("c", c, "keeps the first quotient in range")
        return ((above * c) / below) * p.let("others", value, "the quotient of the sums") / c

    # Powers -----------------------------------------------------------------------------------------------------------

    def power(self) -> Program:
        it = self.iteration
        p = self.program("power", "lam", shape="matrix", before=("k",), double=True)
        lower = self.lowering(p, p.input("lam"))
        p.description = [f"R^k for k = 0, 1, 2, ...; NaN for other k. {self._matrix_text()}"]
        firsts = [lower(x) for x in it.matrix]
        if it.size == 1:
            entries = [scalar_power(p, it.trace, lower)]
        else:
            entries = Orbit(p, lower, it, self.mode(lower, sharp=True)).matrix(firsts)
        p.results = self._known(p, entries)
        return p

    def residual(self) -> Program:
        it = self.iteration
        p = self.program("residual", "lam", before=("k",), double=True)
        lower = self.lowering(p, p.input("lam"))
        p.description = self._residual_text()
        if not self.careful and self._explains_powers():
            one = it.size == 1
            p.checked = True
            p.results = [
                *(
                    usual_power(p, it.trace, lower)
                    if one
                    else usual_residual(p, lower, it, self.mode(lower, sharp=True))
                )
            ]
            return p
        if it.size == 1:
            value = scalar_power(p, it.trace, lower)
        else:
            value = Orbit(p, lower, it, self.mode(lower, sharp=True)).residual()
        p.results = self._known(p, [value])
        return p

    def _explains_powers(self) -> bool:
        """Whether what is lost in each factor of a power is no more than what a few ulp of the arguments change: the modulus of
        complex eigenvalues is no constant and no constant plus something, what real ones lack to 1 grows with the curvature, and
        the discriminant is a product, so that it is right where it is small.
        """
        it = self.iteration
        affine = all(sympy.degree(sympy.expand(e), lam) <= 1 for e in (it.trace, it.determinant))
        if it.size == 1 or not affine:
            return affine
        modulus = it.determinant.subs(dict.fromkeys(it.determinant.free_symbols, 0))
        return bool(modulus == 0) and (self._split() is not None or it.discriminant.is_Mul)

    def residual_by_squaring(self) -> Program:
        """What the residual polynomial is made of, from which a target that can squares."""
        it = self.iteration
        if not self._explains_powers():
            raise NotDerivedError(f"{self.name}: repeated squaring would lose too much")
        p = self.program("residual_start", "lam", shape="tuple", double=True)
        lower = self.lowering(p, p.input("lam"))
        p.results = squaring_parts(p, lower, it, None if it.size == 1 else self.mode(lower, sharp=True))
        return p

    def _matrix_text(self) -> str:
        it = self.iteration
        return f"R = {it.matrix.tolist()} over the state ({', '.join(it.method.state)})."

    def _residual_text(self) -> list[str]:
        first, second = (self.iteration.residual_polynomial(n) for n in (1, 2))
        return [
            "P_k(lam), the factor on the error of a mode after k steps from rest, for k = 0, 1, 2, ...; NaN for other k.",
            f"P_0 = 1, P_1 = {first}, P_2 = {second}, ...",
        ]

    def _known(self, p: Program, values: list[Value]) -> list[Value]:
        k = p.input("k")
        valid = p.let("valid", (k >= 0) & k.equals(floor(k)))
        known = p.let("given", is_number(self._sum_of_inputs(p)))
        return [where(valid, where(known, v, _NAN), _NAN) for v in values]


def _cancelled(expression: Any) -> Any:
    """As one fraction, with square roots as symbols of their own: sums of positive terms, where subtraction was not needed."""
    names: dict[Any, Any] = {}

    def named(power: Any) -> Any:
        return names.setdefault(power.base, sympy.Dummy(positive=True)) ** power.exp.p

    rational = expression.replace(lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2, named)
    made = sympy.cancel(sympy.together(rational))
    return made.xreplace({name: sympy.sqrt(base) for base, name in names.items()})


def _symbols_and_sums(product: Any) -> tuple[Any, Any]:
    """The powers of symbols in a product, and what else there is."""
    factors = sympy.Mul.make_args(product)
    symbols = [f for f in factors if f.as_base_exp()[0].is_Symbol]
    return sympy.Mul(*symbols), sympy.Mul(*(f for f in factors if f not in symbols))


class _ManyStates(_Maker):
    """Programs of a method with three or more states."""

    def rate(self) -> Program:
        p = self._from_matrix("rate", "matrices.spectral_radius")
        p.description = [
            _MEANINGS["rate"],
            f"The largest modulus of the eigenvalues of {self._matrix_text()}",
            _REPEATED,
        ]
        return p

    def eigenvalues(self) -> Program:
        size = self.iteration.size
        p = self._from_matrix("eigenvalues", "matrices.eigenvalues", shape="complex", entries=2 * size)
        order = "By falling real parts, and of a complex pair the one above the real axis first."
        p.description = [_MEANINGS["eigenvalues"], f"{order} {self._matrix_text()}", _REPEATED]
        return p

    def stable(self) -> Program:
        try:
            _ = self.theory.rate.stability.region
        except NotDerivedError:
            p = self._from_matrix("stable", "matrices.converges", shape="condition")
            p.description = [_MEANINGS["stable"], self._matrix_text()]
            return p
        return super().stable()

    def regime(self) -> Program:
        raise NotDerivedError(
            f"{self.name}: there are regimes for up to two states; this method has {self.iteration.size}, and is stable or not"
        )

    def worst_rate(self) -> Program:
        raise NotDerivedError(
            f"{self.name}: where the worst rate over [mu, L] lies is derived for up to two states; this method has "
            f"{self.iteration.size}"
        )

    def _closed_form(self) -> Tuning:
        raise NotDerivedError(
            f"{self.name}: there are tunings in closed form for up to two states; this method has {self.iteration.size}"
        )

    def variance(self) -> Program:
        p = super().variance()
        p.description.append(_KEPT_DIGITS)
        return p

    def lowering(self, program: Program, curvature: Value) -> Lowering:
        # Powers not by the step size: that takes the inequalities, which are large.
        if not program.double:
            return super().lowering(program, curvature)
        return Lowering(program, {**{s: program.input(s.name) for s in self.iteration.parameters}, lam: curvature}, lam)

    def _moments(self, lower: Lowering, scale: Value | None = None) -> tuple[Value, Value]:
        p, it = lower.program, self.iteration
        if it.size > _MOST_SQUARED:
            raise NotDerivedError(
                f"{self.name}: what noise does in k steps is computed for up to {_MOST_SQUARED} states, as too many digits "
                f"are lost where eigenvalues nearly coincide; this method has {it.size}, and noise.at gives exact numbers"
            )
        k, known = p.input("k"), self._sum_of_inputs(p)
        w = constant(it.method.state.index(ITERATE))

        less = _rows(lower, (it.matrix - sympy.eye(it.size)).applyfunc(sympy.expand))
        rest = sequence(lower(x) for x in it.system.rest)
        mean = call("matrices.mean", k, less, rest, w, known)
        variance = call("matrices.variance", k, less, _rows(lower, it.noise_input), w, known)
        return mean, variance if scale is None else variance * scale.squared()

    def crossover(self) -> Program:
        raise NotDerivedError(
            f"{self.name}: the crossover is computed for up to two states; this method has {self.iteration.size}"
        )

    def loss_curve(self) -> Program:
        raise NotDerivedError(
            f"{self.name}: the sum over modes is computed for up to two states; this method has {self.iteration.size}, and "
            "expected_loss gives that of each mode"
        )

    def power(self) -> Program:
        size = self.iteration.size
        p = self._from_matrix("power", "matrices.power", shape="matrix", entries=size**2, before=("k",))
        p.description = [f"R^k for k = 0, 1, 2, ...; NaN for other k. {self._matrix_text()}", _SQUARED]
        return p

    def residual(self) -> Program:
        p = self.program("residual", "lam", before=("k",), double=True)
        lower, it = self.lowering(p, p.input("lam")), self.iteration
        rest = sequence(lower(x) for x in it.system.rest)
        w = constant(it.method.state.index(ITERATE))
        p.results = [call("matrices.residual", p.input("k"), _rows(lower, it.matrix), rest, w, self._sum_of_inputs(p))]
        p.description = [*self._residual_text(), _SQUARED]
        return p

    def _from_matrix(self, name: str, operation: str, *, before: tuple[str, ...] = (), **options: Any) -> Program:
        """What an operation makes of the number of steps, if that is an argument, and of the iteration matrix."""
        p = self.program(name, "lam", before=before, double=True, **options)
        matrix = _rows(self.lowering(p, p.input("lam")), self.iteration.matrix)
        p.results = [call(operation, *(p.input(n) for n in before), matrix, self._sum_of_inputs(p))]
        return p


def _rows(lower: Lowering, matrix: Any) -> Value:
    return sequence(sequence(lower(x) for x in row) for row in matrix.tolist())


_REPEATED = "By numpy.linalg.eigvals: of m eigenvalues that nearly coincide, one m-th of the digits may be left."
_SQUARED = (
    "By repeated squaring: the relative error grows by up to a unit in the last place per step, and by more where eigenvalues "
    "nearly coincide."
)
_KEPT_DIGITS = (
    "By repeated squaring of what the powers of R lack to I, so that slow modes keep their digits; where eigenvalues nearly "
    "coincide, digits are lost as the steps grow."
)
_MOST_SQUARED = 3

QUANTITIES = (
    "rate",
    "eigenvalues",
    "stable",
    "threshold",
    "regime",
    "worst_rate",
    "power",
    "residual",
    "tuning",
    "tuned_rate",
    "tuned_worst_case",
    "stationary_variance",
    "stationary_loss",
    "variance",
    "expected_loss",
    "crossover",
    "loss_curve",
)
"""What code is generated for, in the order in which the modules list it: the methods of the maker of that name."""


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
    maker = (_ManyStates if theory.iteration.size > 2 else _Maker)(theory, careful=careful)
    made: Program = getattr(maker, quantity)()
    return made.tidied()
