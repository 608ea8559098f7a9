r"""Complex curvature: stability in smooth games.

In a game, such as a min-max problem, each player goes down a gradient of its own. Together they follow a vector field, whose
Jacobian is not symmetric, so that its eigenvalues :math:`\lambda = x + \mathrm{i} y` may be complex; in a bilinear game they are
imaginary. A linear rule is the same, and so is its iteration matrix :math:`R(\lambda)`. Gradient descent is then the simultaneous
gradient descent-ascent, and heavy ball the same with momentum (Gidel et al. 2019).

The eigenvalues of :math:`R(\lambda)` lie strictly inside the unit circle exactly if the leading principal minors of the Hermitian
Schur-Cohn matrix of the characteristic coefficients are positive (Schur 1917, Cohn 1922).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from sympy.core.relational import Relational
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyRing

from symmomentum.claims import Claim, mapped
from symmomentum.errors import ArgumentError, MethodTypeError, NotDerivedError, nearest
from symmomentum.iteration import Iteration, compact
from symmomentum.proof import SEARCH_SECONDS, check
from symmomentum.proof.entailment import entails
from symmomentum.stability import Stability, reduced, solved
from symmomentum.symbols import lam, lam_im, lam_re
from symmomentum.update_rule import Method

__all__ = ["ComplexCurvature", "about_games", "complex_schur_cohn", "complex_schur_cohn_lemmas"]

MOST_STATES = 2
"""Of a method whose region is brought to solved form. For more the theorem of Schur and Cohn is cited: the inequalities are
there, but nothing is claimed of them."""

_SECONDS = 1
"""How long a query may take: regions are brought to a shorter form where that is quickly decided."""

_SOURCE = "schur1917; cohn1922"
_GAMES = frozenset(["korpelevich1976", "popov1980", "daskalakis2018", "gidel2019"])

Complex = tuple[Any, Any]
"""Real and imaginary part."""


def about_games(method: Method) -> bool:
    """Whether a method comes from the literature on games, by what it cites: then its claims and its derivation speak of complex
    curvature too.

    >>> from symmomentum.methods import catalog
    >>> about_games(catalog["heavy-ball"])
    False
    """
    return not _GAMES.isdisjoint(re.findall(r"\w+", method.cite))


# The test -------------------------------------------------------------------------------------------------------------


def _times(a: Complex, b: Complex) -> Complex:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _minus(a: Complex, b: Complex) -> Complex:
    return a[0] - b[0], a[1] - b[1]


def _conjugate(a: Complex) -> Complex:
    return a[0], -a[1]


def _square(a: Complex) -> Any:
    """The square of the modulus."""
    return a[0] ** 2 + a[1] ** 2


def complex_schur_cohn(coefficients: Sequence[Complex]) -> tuple[Any, ...]:
    """Expressions that are all positive exactly if every root of the polynomial has modulus below 1.

    Parameters
    ----------
    coefficients : sequence of pairs
        Real and imaginary parts, from the leading coefficient, which must be (1, 0), to the constant term: polynomials with
        rational coefficients in real symbols.

    Returns
    -------
    tuple of expressions
        Real polynomials, one for each degree: the leading principal minors of the Hermitian Schur-Cohn matrix. Of s + a they are
        1 - |a|^2; of s^2 + a_1 s + a_0 they are 1 - |a_0|^2 and (1 - |a_0|^2)^2 - |a_1 - a_0 conj(a_1)|^2.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> complex_schur_cohn([(1, 0), (x, y)])
    (-x**2 - y**2 + 1,)
    >>> complex_schur_cohn([(1, 0), (0, y), (x, 0)])
    (1 - x**2, (1 - x**2)**2 - (x*y + y)**2)
    """
    degree = len(coefficients) - 1
    if degree > 2:
        return _leading_minors(coefficients)
    constant = coefficients[-1]
    first = 1 - _square(constant)
    if degree == 1:
        return (first,)
    middle = coefficients[1]
    other = _minus(middle, _times(constant, _conjugate(middle)))
    return first, first**2 - _square(other)


def _leading_minors(coefficients: Sequence[Complex]) -> tuple[Any, ...]:
    """Of A A* - B B*, where A and B are the lower triangular Toeplitz matrices whose first columns are the coefficients from the
    leading one on, and the conjugates of those from the constant term on."""
    degree = len(coefficients) - 1
    parts = [[sympy.expand(sympy.Integer(p) if isinstance(p, int) else p) for p in c] for c in coefficients]
    symbols = sorted(set().union(*(p.free_symbols for c in parts for p in c)), key=lambda s: s.name)
    ring = PolyRing(symbols or [sympy.Dummy("unused")], sympy.QQ_I)
    unit = ring(sympy.QQ_I(0, 1))
    falling = [ring.from_expr(a) + unit * ring.from_expr(b) for a, b in parts]
    conjugates = [ring.from_expr(a) - unit * ring.from_expr(b) for a, b in parts]

    def entry(i: int, j: int) -> Any:
        shared = range(min(i, j) + 1)
        first = sum((falling[i - m] * conjugates[j - m] for m in shared), ring.zero)
        return first - sum((conjugates[degree - i + m] * falling[degree - j + m] for m in shared), ring.zero)

    domain = ring.to_domain()
    minors = []
    for size in range(1, degree + 1):
        block = DomainMatrix([[entry(i, j) for j in range(size)] for i in range(size)], (size, size), domain)
        minors.append((-1) ** size * sympy.expand(domain.to_sympy(block.charpoly()[-1])))
    return tuple(minors)


def _roots() -> tuple[Complex, Complex]:
    p1, q1, p2, q2 = sympy.symbols("p_1 q_1 p_2 q_2", real=True)
    return (p1, q1), (p2, q2)


def complex_schur_cohn_lemmas(size: int) -> tuple[Claim, ...]:
    """Why the inequalities decide: for a root with the real part p_1 and the imaginary part q_1, and for two roots with those and
    p_2, q_2, any real numbers; every polynomial with complex coefficients is a product of such. For more than two states the
    theorem is cited, and there is none here."""
    if size > MOST_STATES:
        return ()
    first, second = _roots()
    if size == 1:
        (g,) = complex_schur_cohn([(1, 0), _minus((0, 0), first)])
        return (
            Claim(
                id="one-state/complex-schur-cohn/stable",
                title="The modulus of a complex number is below 1 exactly if the inequality holds",
                statement=sympy.Equivalent(sympy.sqrt(_square(first)) < 1, g > 0),
                assumptions=(),
                source=_SOURCE,
            ),
        )
    middle = _minus((0, 0), (first[0] + second[0], first[1] + second[1]))
    minors = complex_schur_cohn([(1, 0), middle, _times(first, second)])
    u, v, w, g, h = sympy.symbols("u v w g h", real=True)
    moduli = Claim(
        id="two-states/complex-schur-cohn/moduli",
        title="Two numbers that are not negative are below 1 exactly if two numbers made of them are positive",
        statement=sympy.Equivalent(sympy.And(u < 1, v < 1), sympy.And(g > 0, h > 0)),
        assumptions=(
            sympy.And(u >= 0, v >= 0),
            sympy.Implies(u * v < 1, w > 0),
            sympy.And(
                sympy.Eq(g, 1 - u * v, evaluate=False),
                sympy.Eq(h, (1 - u) * (1 - v) * w, evaluate=False),
            ),
        ),
        source=_SOURCE,
    )
    apart = _square(_minus((1, 0), _times(first, _conjugate(second))))
    values = dict(zip((u, v, w, g, h), (_square(first), _square(second), apart, *minors), strict=True))
    name = "two-states/complex-schur-cohn/stable"
    instance = moduli.instance(values, id=f"{name}/moduli")
    parts = [
        Claim(id=f"{name}/{word}", title=title, statement=statement, assumptions=(), source=_SOURCE)
        for word, title, statement in zip(
            ("squares", "apart", "identity"),
            (
                "The squares of moduli are not negative",
                "Where the product of the moduli is below 1, neither root is the inverse of the other's conjugate",
                "The inequalities in terms of the two roots",
            ),
            instance.assumptions,
            strict=True,
        )
    ]
    return (
        moduli,
        Claim(
            id=name,
            title="Two complex roots have moduli below 1 exactly if the inequalities hold",
            statement=instance.statement,
            assumptions=(),
            source=_SOURCE,
            lemmas=(*parts, instance),
        ),
    )


# Of a method ----------------------------------------------------------------------------------------------------------


def _follows(conditions: Iterable[Any], conclusion: Any) -> bool:
    """Entailment, by numbers first: they find out at once that a factor has no sign, where a solver may search for long."""
    if conclusion is sympy.false:
        return entails(conditions, conclusion)
    claim = Claim(id="entailment", statement=conclusion, assumptions=tuple(conditions), source="")
    return check(claim, timeout=_SECONDS).proved


@dataclass(frozen=True)
class ComplexCurvature:
    """Where a method is stable at complex curvature.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> complex_curvature = ComplexCurvature(Stability(Iteration(catalog["heavy-ball"])))
    >>> complex_curvature.region  # doctest: +NORMALIZE_WHITESPACE
    (beta > -1) & (beta < 1)
    & (alpha**2*lambda_im**2*(beta + 1)**2 < alpha*lambda_re*(beta - 1)**2*(-alpha*lambda_re + 2*beta + 2))
    >>> complex_curvature.imaginary_region
    False
    """

    stability: Stability

    @property
    def iteration(self) -> Iteration:
        """The iteration, whose curvature is complex here."""
        return self.stability.iteration

    @property
    def real_part(self) -> sympy.Symbol:
        """The symbol of the curvature's real part: lambda_re, unless a parameter of the method has that name."""
        return self.iteration.fresh(lam_re.name)

    @property
    def imaginary_part(self) -> sympy.Symbol:
        """The symbol of the curvature's imaginary part: lambda_im, unless a parameter of the method has that name."""
        return self.iteration.fresh(lam_im.name)

    @cached_property
    def coefficients(self) -> tuple[Complex, ...]:
        """Real and imaginary parts of the characteristic coefficients, from the leading one, (1, 0), to the constant term.

        Raises
        ------
        NotDerivedError
            If the rule is not polynomial in its parameters.
        """
        return tuple(self._at_complex(c) for c in self.iteration.coefficients)

    def _at_complex(self, polynomial: Any) -> Complex:
        """The value at the complex curvature, by Horner's rule."""
        value: Complex = (sympy.Integer(0), sympy.Integer(0))
        for c in sympy.Poly(polynomial, lam).all_coeffs():
            real, imaginary = _times(value, (self.real_part, self.imaginary_part))
            value = sympy.expand(real + c), sympy.expand(imaginary)
        return value

    @cached_property
    def _expressions(self) -> tuple[Any, ...]:
        """The inequalities' left sides, expanded. They are even in the imaginary part: the parameters are real, so that the
        conjugate curvature has the conjugate eigenvalues."""
        return tuple(sympy.expand(g) for g in complex_schur_cohn(self.coefficients))

    @cached_property
    def conditions(self) -> tuple[Any, ...]:
        """The Schur-Cohn inequalities as they come, for any number of states."""
        return tuple(sympy.Gt(self._shown(g), 0) for g in self._expressions)

    def _shown(self, expression: Any) -> Any:
        left, right = self._sides(expression)
        return right - left

    def _sides(self, expression: Any) -> tuple[Any, Any]:
        """(left, right) with expression = right - left: on the right what there is at real curvature, on the left the rest."""
        level = sympy.Poly(expression, self.imaginary_part).coeff_monomial(1)
        sign, *factors = compact(level - expression).as_coeff_mul()
        factors = list(factors[0])
        sums = [f for f in factors if f.is_Add and f.has(self.imaginary_part)]
        if sign < 0 and sums:
            factors[factors.index(sums[-1])] = sympy.expand(-sums[-1])
            sign = -sign
        return sympy.Mul(sign, *factors), compact(level)

    def _solved(self, expression: Any) -> Any:
        """expression > 0, with what the imaginary part is in on the left."""
        if expression.is_Pow:
            return sympy.Ne(expression.base, 0)
        if not expression.has(self.imaginary_part):
            return solved(expression.xreplace({self.real_part: lam})).xreplace({lam: self.real_part})
        left, right = self._sides(sympy.expand(expression))
        if left.as_coeff_Mul()[0] < 0:
            return sympy.Gt(-left, compact(-right))
        return sympy.Lt(left, right)

    def _factored(self, expression: Any) -> tuple[Any, list[tuple[Any, int]]]:
        """A constant and the factors with their multiplicities, even in the imaginary part but for that part itself."""
        y, square = self.imaginary_part, sympy.Dummy(real=True)
        terms = sympy.Poly(expression, y).terms()
        constant, factors = sympy.factor_list(sympy.Add(*(c * square ** (n // 2) for (n,), c in terms)))
        return constant, [(y, 2 * n) if f == square else (f.xreplace({square: y**2}), n) for f, n in factors]

    def _without_squares(self, expression: Any) -> list[Any]:
        """Expressions that are all positive exactly where the given one is: the square of each factor that occurs in even power,
        and the product of the others, without those that are positive everywhere."""
        constant, factors = self._factored(expression)
        squares = [f**2 for f, times in factors if times % 2 == 0]
        others = [f for f, times in factors if times % 2 and not f.is_positive]
        return [*squares, sympy.Mul(1 if constant > 0 else -1, *others)]

    def _brought_to_short_form(
        self, expressions: Iterable[Any], given: Sequence[Any], met: bool
    ) -> tuple[Any, ...] | None:
        self._need_few_states()
        split = [h for g in expressions for h in self._without_squares(g)]
        return reduced(split, given, follows=_follows, met=met)

    def _need_few_states(self) -> None:
        it = self.iteration
        if it.size > MOST_STATES:
            raise NotDerivedError(
                f"{it.method.name}: the stability region for complex curvature in solved form is derived for up to {MOST_STATES} "
                f"states; this method has {it.size}, and the inequalities themselves are in complex_curvature.conditions"
            )

    @cached_property
    def _reduced(self) -> tuple[Any, ...] | None:
        self._need_few_states()
        # Where it is stable for some real curvature, the inequalities need not be searched for a common point.
        return self._brought_to_short_form(self._expressions, (), self.stability.region is not sympy.false)

    @cached_property
    def region(self) -> Any:
        """The stable set over all real parameters and all complex curvatures, in solved form, without conditions that were found
        to be implied by the others.

        Raises
        ------
        NotDerivedError
            If the method has more than two states.
        """
        return sympy.false if self._reduced is None else sympy.And(*map(self._solved, self._reduced))

    # Imaginary curvature: bilinear games ----------------------------------------------------------------------------

    @cached_property
    def _on_axis(self) -> tuple[Any, ...]:
        return tuple(g.xreplace({self.real_part: sympy.Integer(0)}) for g in self._expressions)

    @cached_property
    def _reduced_on_axis(self) -> tuple[Any, ...] | None:
        return self._brought_to_short_form(self._on_axis, (sympy.Ne(self.imaginary_part, 0),), False)

    @cached_property
    def imaginary_region(self) -> Any:
        """The stable set over all real parameters and all imaginary curvatures but 0, in solved form; false if it is empty.

        Raises
        ------
        NotDerivedError
            If the method has more than two states.

        Examples
        --------
        >>> from symmomentum.update_rule import method
        >>> @method
        ... def extragradient(w, grad, *, alpha):
        ...     return w - alpha * grad(w - alpha * grad(w))
        >>> complex_curvature = ComplexCurvature(Stability(Iteration(extragradient)))
        >>> complex_curvature.imaginary_region, complex_curvature.imaginary_threshold
        (Ne(alpha, 0) & (alpha**2*lambda_im**2 < 1), 1/alpha)
        """
        if self._reduced_on_axis is None:
            return sympy.false
        return sympy.And(*map(self._solved, self._reduced_on_axis))

    @cached_property
    def imaginary_threshold(self) -> Any:
        """The supremum of |y| over the stable imaginary curvatures iy, for a positive step size and wherever there is one; all
        that are not 0 and lie below it are stable.

        Raises
        ------
        NotDerivedError
            If the method is stable for no imaginary curvature, has more than two states, or no closed form was found and proved.
        """
        return self._threshold[0]

    @cached_property
    def _threshold(self) -> tuple[Any, Claim]:
        name, y = self.iteration.method.name, self.imaginary_part
        if self._reduced_on_axis is None:
            raise NotDerivedError(f"{name} is stable for no imaginary curvature, so that there is no largest one")
        bounds = []
        for g in self._reduced_on_axis:
            poly = sympy.Poly(g, y)
            if poly.degree() > 2:
                raise NotDerivedError(
                    f"{name}: the largest stable imaginary curvature is derived where each condition is affine in its square; "
                    f"here there is {self._solved(g)}"
                )
            slope, level = poly.coeff_monomial(y**2), poly.coeff_monomial(1)
            if slope != 0:
                num, den = sympy.fraction(sympy.cancel(-level / slope))
                bounds.append((compact(slope), sympy.factor(num) / compact(den)))
        candidates = [b for _, b in bounds]
        if len(bounds) > 1:
            candidates.append(sympy.Min(*(sympy.Piecewise((b, s < 0), (sympy.oo, True)) for s, b in bounds)))
        for threshold in map(self._root, candidates):
            claim = self._threshold_claim(threshold)
            if check(claim, timeout=SEARCH_SECONDS).proved:
                return threshold, claim
        raise NotDerivedError(
            f"{name}: no closed form for the largest stable imaginary curvature was found and proved; see imaginary_region"
        )

    def _root(self, bound: Any) -> Any:
        """The square root of a bound, the step size, which is positive, outside of it."""
        step = self.stability.step_size
        if bound.has(sympy.Piecewise) or step is None:
            return sympy.sqrt(bound)
        rest = sympy.factor(sympy.cancel(bound * step**2))
        return sympy.sqrt(bound) if rest.has(step) else sympy.sqrt(rest) / step

    def _threshold_claim(self, threshold: Any) -> Claim:
        """If some imaginary part but 0 is stable, then exactly those are whose modulus is below the threshold."""
        y, other, step = self.imaginary_part, self.iteration.fresh("y_0"), self.stability.step_size
        scope = () if step is None else (step > 0,)
        stable = sympy.And(*(_positive(g) for g in self._reduced_on_axis or ()))
        known = mapped(stable, lambda term: term.xreplace({y: other}))
        # A minimum of cases is infinite where nothing limits the imaginary part; any larger number says so as well.
        below = sympy.Lt(sympy.Abs(y), threshold.xreplace({sympy.oo: y**2 + 1}), evaluate=False)
        return Claim(
            id=f"{self.iteration.method.name}/complex-curvature/imaginary-threshold",
            title="The largest stable imaginary curvature",
            statement=sympy.Equivalent(stable, below),
            assumptions=(*scope, sympy.Ne(other, 0), known, sympy.Ne(y, 0)),
            source=f"derived from the update rule; {self.iteration.method.cite}",
        )

    # Numbers --------------------------------------------------------------------------------------------------------

    def rate(self, lam: Any, **parameters: Any) -> Any:
        """The spectral radius of R at complex curvature, by NumPy's eigenvalues.

        Parameters
        ----------
        lam : array_like of complex
            The curvature.
        **parameters : array_like of float
            The method's parameters, broadcast with each other and with ``lam``.

        Returns
        -------
        ndarray of float, or float
            Of the broadcast shape; NaN where an entry of R is not finite.

        Raises
        ------
        MethodTypeError
            (a ``TypeError``) If a parameter is missing or unknown.
        ArgumentError
            (a ``ValueError``) If the arrays do not broadcast, or hold no numbers (for a parameter: no real ones).

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> complex_curvature = ComplexCurvature(Stability(Iteration(catalog["gradient-descent"])))
        >>> complex_curvature.rate([1j, 1 + 1j], alpha=0.5)
        array([1.11803399, 0.70710678])
        """
        method, size = self.iteration.method, self.iteration.size
        given = {**method.defaults, **parameters}
        for name in given:
            if name not in method.parameters:
                raise MethodTypeError(f"{method.name}: unknown parameter {name!r}; {nearest(name, method.parameters)}")
        if missing := [n for n in method.parameters if n not in given]:
            raise MethodTypeError(f"{method.name}: missing parameter {', '.join(missing)}")
        try:
            values = [np.asarray(lam, dtype=complex)]
            values += [np.asarray(given[n], dtype=float).astype(complex) for n in method.parameters]
            values = list(np.broadcast_arrays(*values))
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"{method.name}: curvature and parameters must be numbers or arrays of them: {error}"
            ) from None
        R = np.empty((*values[0].shape, size, size), dtype=complex)
        with np.errstate(over="ignore", invalid="ignore"):
            for (i, j), function in self._entries.items():
                R[..., i, j] = function(*values)
        finite = np.isfinite(R).all(axis=(-2, -1))
        R[~finite] = 0
        return np.where(finite, np.abs(np.linalg.eigvals(R)).max(axis=-1), np.nan)[()]

    @cached_property
    def _entries(self) -> dict[tuple[int, int], Any]:
        """The entries of R as functions of the curvature and all parameters."""
        it = self.iteration
        names = [lam, *(sympy.Symbol(n, real=True) for n in it.method.parameters)]
        pairs = [(i, j) for i in range(it.size) for j in range(it.size)]
        return {(i, j): sympy.lambdify(names, it.matrix[i, j], "numpy") for i, j in pairs}

    # Claims ---------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What is stated of the regions and of the largest imaginary curvature. A statement that is not decided quickly is left
        out, and of more than two states there is none."""
        it = self.iteration
        if it.size > MOST_STATES:
            return ()
        name, source = f"{it.method.name}/complex-curvature", f"derived from the update rule; {_SOURCE}"
        x, y = self.real_part, self.imaginary_part
        on_line = {x: lam, y: sympy.Integer(0)}
        region = Claim(
            id=f"{name}/region",
            title="The stability region for complex curvature in solved form",
            statement=_same(self._expressions, self.region),
            assumptions=(),
            source=source,
        )
        real = Claim(
            id=f"{name}/real",
            title="For real curvature it is the stability region",
            statement=sympy.Equivalent(mapped(self.region, lambda term: term.xreplace(on_line)), self.stability.region),
            assumptions=(),
            source=source,
        )
        imaginary = Claim(
            id=f"{name}/imaginary",
            title="The stability region for imaginary curvature in solved form",
            statement=_same(self._on_axis, self.imaginary_region),
            assumptions=(sympy.Ne(y, 0),),
            source=f"{source}; gidel2019",
        )
        made = [
            self._by_factors(region, self._expressions, self._reduced),
            real,
            self._by_factors(imaginary, self._on_axis, self._reduced_on_axis),
        ]
        with contextlib.suppress(NotDerivedError):
            made.append(self._threshold[1])
        return tuple(c for c in made if check(c, timeout=SEARCH_SECONDS).status != "unknown")

    def _by_factors(self, claim: Claim, expressions: Sequence[Any], pieces: Sequence[Any] | None) -> Claim:
        """The claim that the expressions are all positive exactly in the region of the pieces, with a way of proof: it holds for
        factors of any values, so that no solver need look into long polynomials. What of it needs their values is a lemma."""
        relations = [self._solved(piece) for piece in pieces or ()]
        if pieces is None or not all(isinstance(r, Relational) for r in relations):
            return claim
        values: dict[sympy.Symbol, Any] = {}
        names: dict[Any, sympy.Symbol] = {}

        def named(letter: str, value: Any) -> sympy.Symbol:
            values[symbol := sympy.Symbol(f"{letter}_{len(values)}", real=True)] = value
            return symbol

        def product(expression: Any) -> Any:
            constant, factors = self._factored(expression)
            powers = ((names[f] if f in names else names.setdefault(f, named("f", f)), n) for f, n in factors)
            return sympy.Mul(constant, *(f**n for f, n in powers))

        equal, conditions, region = [], [], []
        for g in expressions:
            conditions.append(_positive(symbol := named("g", g)))
            equal.append(sympy.Eq(symbol, product(g), evaluate=False))
        for piece, relation in zip(pieces, relations, strict=True):
            left, right = named("a", relation.lhs), named("b", relation.rhs)
            region.append(relation.func(left, right, evaluate=False))
            sides = right - left if isinstance(relation, sympy.StrictLessThan) else left - right
            equal.append(sympy.Eq(sides, product(relation.lhs if piece.is_Pow else piece), evaluate=False))
        known = [sympy.Ne(names[y], 0) for y in (self.imaginary_part,) if y in names and claim.assumptions]
        known += equal
        ways = ((conditions, region), (region, conditions))
        steps = [(given, c) for given, conclusions in ways for c in conclusions if not entails([*known, *given], c)]
        general = Claim(
            id=f"{claim.id}/factors",
            title="Of factors of any values",
            statement=sympy.Equivalent(sympy.And(*conditions), sympy.And(*region)),
            assumptions=(*known, *(sympy.Implies(sympy.And(*given), c) for given, c in steps)),
            source=claim.source,
        )
        instance = general.instance(values, id=f"{claim.id}/instance")
        shown = [a for a in instance.assumptions if a not in claim.assumptions]
        lemmas = [
            replace(claim, id=f"{claim.id}/{i + 1}", title="A step of the proof", statement=a)
            for i, a in enumerate(shown)
        ]
        # The checker looks whether the lemmas state what is claimed. Where SymPy wrote it in another way, a solver decides.
        return replace(claim, lemmas=(*lemmas, instance)) if instance.statement == claim.statement else claim


def _positive(expression: Any) -> Any:
    """An inequality that SymPy does not try to decide."""
    return sympy.Gt(expression, 0, evaluate=False)


def _same(expressions: Iterable[Any], region: Any) -> Any:
    """That the expressions are all positive exactly in the region."""
    if region is sympy.false:
        return sympy.Or(*(sympy.Le(g, 0, evaluate=False) for g in expressions))
    return sympy.Equivalent(sympy.And(*map(_positive, expressions)), region)
