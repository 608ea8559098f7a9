r"""One mode of a quadratic: the iteration matrix, its eigenvalues, its powers.

On a quadratic with Hessian eigenvalue :math:`\lambda` (and minimizer 0) the gradient at w is :math:`\lambda w`, so a linear rule
multiplies its state by a matrix :math:`R(\lambda)` in each step. A gradient error :math:`\epsilon` enters through :math:`B`:
:math:`s^{k+1} = R s^k + B \epsilon^k`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.claims import Claim, equal
from symmomentum.errors import ArgumentError, NotDerivedError
from symmomentum.proof.entailment import entails
from symmomentum.proof.formula import is_whole_root
from symmomentum.symbols import k as step_symbol
from symmomentum.symbols import lam, sigma
from symmomentum.update_rule import ITERATE, Method

__all__ = ["Iteration", "compact", "distinct_power", "repeated_power"]


@dataclass(frozen=True)
class Iteration:
    """The linear iteration that a method performs on one eigenvector of the Hessian.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> iteration = Iteration(catalog["heavy-ball"])
    >>> iteration.matrix
    Matrix([
    [       beta,            lambda],
    [-alpha*beta, -alpha*lambda + 1]])
    >>> iteration.polynomial.as_expr()
    beta + sigma**2 + sigma*(alpha*lambda - beta - 1)
    """

    method: Method

    @cached_property
    def system(self) -> Any:
        """The rule as a :class:`~symmomentum.update_rule.LinearSystem`."""
        return self.method.trace()

    @cached_property
    def _feedback(self) -> tuple[Any, Any]:
        """The gradients, as they depend on the state and on the gradient errors: u = lam*y + eps, y = C s + D u."""
        s = self.system
        calls = s.D.shape[0]
        by_state = sympy.zeros(calls, s.C.shape[1])
        by_error = sympy.zeros(calls, calls)
        for i in range(calls):  # D is strictly lower triangular: each gradient needs earlier ones only
            by_state[i, :] = lam * (s.C[i, :] + s.D[i, :] * by_state)
            by_error[i, :] = lam * s.D[i, :] * by_error
            by_error[i, i] += 1
        return by_state, by_error

    @cached_property
    def matrix(self) -> Any:
        """R, over the rule's state order; shape (s, s)."""
        return _expanded(self.system.A + self.system.B * self._feedback[0])

    @cached_property
    def noise_input(self) -> Any:
        """B, how one unit of error in each gradient call enters the state; shape (s, number of calls)."""
        return _expanded(self.system.B * self._feedback[1])

    @property
    def size(self) -> int:
        """How many state variables there are."""
        return len(self.method.state)

    def fresh(self, name: str) -> sympy.Symbol:
        """A real symbol that is no parameter of the method, so that a claim can speak of both."""
        while name in self.method.parameters:
            name += "_0"
        return sympy.Symbol(name, real=True)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The symbols of the method's parameters, in the rule's order."""
        found = {s.name: s for s in self.matrix.free_symbols}
        return tuple(found[p] for p in self.method.parameters if p in found)

    @cached_property
    def coefficients(self) -> tuple[Any, ...]:
        """Of the characteristic polynomial, from the leading 1 to the constant term, each as a product where it is one.

        Raises
        ------
        NotDerivedError
            If the rule is not polynomial in its parameters.
        """
        self._need_polynomials()
        if self.size == 1:
            return (sympy.Integer(1), -self.trace)
        if self.size == 2:
            return (sympy.Integer(1), -self.trace, self.determinant)
        return tuple(compact(c) for c in self.matrix.charpoly(sigma).all_coeffs())

    def _need_polynomials(self) -> None:
        symbols = (lam, *self.parameters)
        for entry in self.matrix:
            polynomial = entry.as_poly(*symbols)
            if polynomial is None or not (polynomial.domain.is_QQ or polynomial.domain.is_ZZ):
                raise NotDerivedError(
                    f"{self.method.name}: the theory is derived for rules that are polynomials in their parameters, with "
                    f"rational coefficients; this one gives {entry}: make what is not polynomial a parameter of its own"
                )

    @cached_property
    def trace(self) -> Any:
        """The sum of the eigenvalues."""
        self._need_polynomials()
        return compact(self.matrix.trace())

    @cached_property
    def determinant(self) -> Any:
        """The product of the eigenvalues."""
        self._need_polynomials()
        return compact(sympy.expand(self.matrix.det(method="berkowitz")))

    @cached_property
    def polynomial(self) -> sympy.Poly:
        """The characteristic polynomial det(sigma I - R), in sigma."""
        return sympy.Poly([sympy.expand(c) for c in self.coefficients], sigma)

    @cached_property
    def discriminant(self) -> Any:
        """trace^2 - 4 determinant of a two-state method, factored over Q where it factors."""
        self._need_two_states("the discriminant")
        plain = self.trace**2 - 4 * self.determinant
        constant, factors = sympy.factor_list(plain)
        if len(factors) == 1 and factors[0][1] == 1:
            return plain
        product = constant
        for factor, multiplicity in factors:
            level = sympy.Poly(factor, lam).coeff_monomial(1)
            # The sign by which a factor is positive at small curvature, where that can be read off.
            sign = -1 if sympy.factor(-level).is_nonnegative else 1
            product *= sympy.Integer(sign) ** multiplicity
            product *= sympy.collect(sympy.expand(sign * factor), lam, sympy.factor) ** multiplicity
        for form in (product, sympy.expand(plain)):
            if is_whole_root(sympy.sqrt(form)):
                return form
        raise NotDerivedError(
            f"{self.method.name}: the discriminant {product} holds the square of a parameter beside other factors; make that "
            "square a parameter of its own"
        )

    @cached_property
    def eigenvalues(self) -> tuple[Any, ...]:
        """In radicals.

        Raises
        ------
        NotDerivedError
            If the characteristic polynomial has an irreducible factor of degree three or more.
        """
        if self.size == 1:
            return (self.trace,)
        if self.size == 2:
            root = sympy.sqrt(self.discriminant)
            return ((self.trace + root) / 2, (self.trace - root) / 2)
        found: list[Any] = []
        for factor, multiplicity in sympy.factor_list(self.polynomial.as_expr(), sigma)[1]:
            poly = sympy.Poly(factor, sigma)
            if poly.degree() > 2:
                raise NotDerivedError(
                    f"{self.method.name}: the characteristic polynomial has an irreducible factor of degree {poly.degree()}: "
                    f"{factor}; its roots have no useful closed form"
                )
            lead, *rest = poly.all_coeffs()
            if len(rest) == 1:
                found += [-rest[0] / lead] * multiplicity
            else:
                root = sympy.sqrt(compact(rest[0] ** 2 - 4 * lead * rest[1]))
                found += [(-rest[0] + root) / (2 * lead), (-rest[0] - root) / (2 * lead)] * multiplicity
        return tuple(found)

    @cached_property
    def repeated_root_curvatures(self) -> tuple[Any, ...]:
        """The curvatures at which the two eigenvalues meet, where radicals give them (real where the radicands are)."""
        self._need_two_states("the repeated root")
        roots = (root for factor, _ in sympy.factor_list(self.discriminant)[1] for root in _roots_in_curvature(factor))
        return tuple(root for root in roots if not root.has(sympy.I))

    # Powers ---------------------------------------------------------------------------------------------------------

    def power(self, k: Any) -> Any:
        """R^k.

        Parameters
        ----------
        k : int or integer symbol
            For a number the entries are polynomials. For a symbol they are a case distinction: distinct eigenvalues (then they
            may be complex), a repeated one, a repeated one that is zero.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If ``k`` is negative or not an integer.
        NotDerivedError
            If ``k`` is a symbol and the method has more than two states.
        """
        k = self._steps(k)
        if k.is_Integer:
            return _expanded(self.matrix**k)
        if self.size == 1:
            return sympy.ImmutableMatrix([[self.trace**k]])
        distinct, repeated, nilpotent = (self._power_case(case, k) for case in ("distinct", "repeated", "nilpotent"))
        return sympy.ImmutableMatrix(
            2,
            2,
            lambda i, j: sympy.Piecewise(
                (distinct[i, j], sympy.Ne(self.discriminant, 0)),
                (repeated[i, j], sympy.Ne(self.trace, 0)),
                (nilpotent[i, j], True),
            ),
        )

    def _power_case(self, case: str, k: Any) -> Any:
        self._need_two_states("R^k in closed form")
        identity = sympy.eye(2)
        if case == "distinct":
            first, second = self.eigenvalues
            return distinct_power(k, self.matrix, identity, first, second, sympy.sqrt(self.discriminant))
        if case == "repeated":
            return repeated_power(k, self.matrix, identity, self.trace / 2)
        return sympy.Matrix(
            2,
            2,
            lambda i, j: sympy.Piecewise((int(i == j), sympy.Eq(k, 0)), (self.matrix[i, j], sympy.Eq(k, 1)), (0, True)),
        )

    def residual_polynomial(self, k: Any) -> Any:
        """P_k(lam) with w^k - w* = P_k(A) (w^0 - w*) for the iteration started at rest.

        For a number ``k`` a polynomial in lam; for a symbol the closed form, with the cases of :meth:`power`.
        """
        k = self._steps(k)
        row = self.method.state.index(ITERATE)
        if k.is_Integer:
            state = self.system.rest
            for _ in range(int(k)):
                state = _expanded(self.matrix * state)
            return sympy.collect(state[row], lam)
        if self.size == 1:
            return self.power(k)[0, 0]
        distinct, repeated, nilpotent = (
            (self._power_case(case, k) * self.system.rest)[row] for case in ("distinct", "repeated", "nilpotent")
        )
        return sympy.Piecewise(
            (distinct, sympy.Ne(self.discriminant, 0)), (repeated, sympy.Ne(self.trace, 0)), (nilpotent, True)
        )

    def _steps(self, k: Any) -> Any:
        if isinstance(k, sympy.Expr) and (k.is_Symbol or k.is_Integer):
            if k.is_integer and k.is_nonnegative is not False:
                return k
        elif hasattr(k, "__index__") and not isinstance(k, bool) and k.__index__() >= 0:
            return sympy.Integer(k.__index__())
        raise ArgumentError(f"{self.method.name}: k must be a non-negative integer or an integer symbol; given {k!r}")

    def _need_two_states(self, what: str) -> None:
        if self.size != 2:
            raise NotDerivedError(
                f"{self.method.name}: {what} is derived for two-state methods; this one has {self.size}"
            )

    # Claims ---------------------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What is stated of this iteration."""
        name, matrix = self.method.name, self.matrix
        source = f"derived from the update rule; {self.method.cite}"
        if self.size == 1:
            return (self._power_claim("power", self.power(step_symbol), (), source),)
        if self.size != 2:
            return ()
        b, q, d = self.trace, self.determinant, self.discriminant
        first, second = self.eigenvalues
        real, complex_ = (not entails([c], sympy.false) for c in (d >= 0, d < 0))
        made = [
            Claim(
                id=f"{name}/characteristic-polynomial",
                title="The characteristic polynomial",
                statement=equal((sigma_real * sympy.eye(2) - matrix).det(), sigma_real**2 - b * sigma_real + q),
                assumptions=(),
                source=source,
            ),
            Claim(
                id=f"{name}/discriminant",
                title="The discriminant",
                statement=equal(d, b**2 - 4 * q),
                assumptions=(),
                source=source,
            ),
        ]
        # Of a case that never occurs nothing is built: its roots would be imaginary.
        if real:
            made += [
                Claim(
                    id=f"{name}/eigenvalues/real",
                    title="The eigenvalues, where real",
                    statement=sympy.And(equal(first + second, b), equal(first * second, q)),
                    assumptions=(d >= 0,),
                    source="quadratic formula",
                ),
                self._power_claim(
                    "power/distinct", self._power_case("distinct", step_symbol), (d > 0,), source + "; williams1992"
                ),
            ]
        if complex_:
            made += [
                Claim(
                    id=f"{name}/eigenvalues/complex",
                    title="The eigenvalues, where complex: real part b/2, imaginary part sqrt(-d)/2",
                    statement=equal((b / 2) ** 2 + (sympy.sqrt(-d) / 2) ** 2, q),
                    assumptions=(d < 0,),
                    source="quadratic formula",
                ),
                self._complex_power_claim(source),
            ]
        made += [
            self._power_claim(
                "power/repeated",
                self._power_case("repeated", step_symbol),
                (equal(d, 0), sympy.Ne(b, 0)),
                source + "; williams1992",
            ),
            Claim(
                id=f"{name}/power/nilpotent",
                title="Two steps end it where both eigenvalues are zero",
                statement=sympy.And(*(equal(x, 0) for x in _expanded(matrix**2))),
                assumptions=(equal(b, 0), equal(q, 0)),
                source="Cayley-Hamilton theorem",
            ),
        ]
        if self.repeated_root_curvatures:
            made.append(
                Claim(
                    id=f"{name}/repeated-root",
                    title="Where the eigenvalues meet",
                    statement=sympy.And(*(equal(d.xreplace({lam: c}), 0) for c in self.repeated_root_curvatures)),
                    assumptions=self._roots_defined,
                    source=source,
                )
            )
        # What is said of a case that never occurs, such as two zero eigenvalues, says nothing.
        return tuple(c for c in made if not c.assumptions or not entails(c.assumptions, sympy.false))

    @property
    def _roots_defined(self) -> tuple[Any, ...]:
        """What the repeated-root curvatures need to be real numbers."""
        needed: dict[Any, None] = {}
        for c in self.repeated_root_curvatures:
            denominator = sympy.fraction(sympy.together(c))[1]
            if denominator.free_symbols:
                needed.update({sympy.Ne(f, 0): None for f, _ in sympy.factor_list(denominator)[1]})
            for p in c.atoms(sympy.Pow):
                if p.exp.is_Rational and not p.exp.is_Integer:
                    needed[sympy.Ge(p.base, 0) if p.exp > 0 else sympy.Gt(p.base, 0)] = None
        return tuple(needed)

    def _power_claim(self, name: str, closed: Any, assumptions: tuple[Any, ...], source: str) -> Claim:
        power = sympy.MatPow(sympy.ImmutableMatrix(self.matrix), step_symbol)
        entries = [(i, j) for i in range(self.size) for j in range(self.size)]
        return Claim(
            id=f"{self.method.name}/{name}",
            title="The k-th power of the iteration matrix",
            statement=sympy.And(*(equal(MatrixElement(power, i, j), closed[i, j]) for i, j in entries)),
            assumptions=assumptions,
            source=source,
        )

    def _complex_power_claim(self, source: str) -> Claim:
        """The formula for distinct eigenvalues, with c + i s in place of sigma_1 and C + i S in place of its k-th power."""
        c, s = self.trace / 2, sympy.sqrt(-self.discriminant) / 2
        re, im = self.fresh("C_k"), self.fresh("S_k")

        def closed(real: Any, imaginary: Any) -> Any:
            return imaginary / s * self.matrix + (real - c * imaginary / s) * sympy.eye(2)

        after = closed(c * re - s * im, s * re + c * im)
        product = self.matrix * closed(re, im)
        return Claim(
            id=f"{self.method.name}/power/complex",
            title="The k-th power, where the eigenvalues are complex: one step of the induction",
            statement=sympy.And(*(equal(x, y) for x, y in zip(after, product, strict=True))),
            assumptions=(self.discriminant < 0,),
            source=source,
        )


def distinct_power(k: Any, matrix: Any, identity: Any, first: Any, second: Any, gap: Any) -> Any:
    """The k-th power of a two-by-two matrix with the eigenvalues first and second = first - gap."""
    return (first**k * (matrix - second * identity) - second**k * (matrix - first * identity)) / gap


def repeated_power(k: Any, matrix: Any, identity: Any, root: Any) -> Any:
    """The k-th power of a two-by-two matrix whose only eigenvalue is the root, not zero."""
    return k * root ** (k - 1) * matrix - (k - 1) * root**k * identity


sigma_real = sympy.Symbol("sigma", real=True)
"""Polynomial identities are stated for real sigma; two polynomials that agree there agree everywhere."""


def compact(expression: Any) -> Any:
    """A product of factors where the expression is one over Q, else its expanded form.

    >>> from symmomentum.symbols import alpha, beta
    >>> compact(beta - alpha * beta * lam)
    beta*(-alpha*lambda + 1)
    """
    expanded = sympy.expand(expression)
    factored = sympy.factor(expanded)
    if not (factored.is_Mul and sum(bool(f.free_symbols) for f in factored.args) > 1):
        return expanded
    sign, rest = factored.as_coeff_Mul()
    factors = []
    # Each sum with a positive constant term, or else leading term, where it has one.
    for f in sympy.Mul.make_args(rest):
        constant = f.as_coeff_Add()[0] if f.is_Add else 1
        if constant < 0:
            f, sign = sympy.expand(-f), -sign
        factors.append(f)
    return sympy.Mul(sign, *factors)


def _expanded(matrix: Any) -> Any:
    return sympy.ImmutableMatrix(matrix).applyfunc(sympy.expand)


def _roots_in_curvature(factor: Any) -> list[Any]:
    """Roots of a factor of the discriminant in lam, of degree one or two."""
    poly = sympy.Poly(factor, lam)
    coefficients = poly.all_coeffs()
    if poly.degree() == 1:
        return [sympy.factor(sympy.cancel(-coefficients[1] / coefficients[0]))]
    if poly.degree() != 2:
        return []
    a, b, c = coefficients
    outside, inside = _square_part(sympy.expand(b**2 - 4 * a * c))
    names = {x: sympy.Dummy(x.name, positive=True) for x in inside.free_symbols} if inside.is_Symbol else {}
    roots = []
    for sign in (-1, 1):
        if names:  # a square root of one symbol: in terms of that root, the curvature is often a square itself
            (x, s), *_ = names.items()
            root = ((-b + sign * outside * s) / (2 * a)).xreplace({x: s**2})
            roots.append(sympy.factor(root).xreplace({s: sympy.sqrt(x)}))
        else:
            roots.append((-b + sign * outside * sympy.sqrt(inside)) / (2 * a))
    return roots


def _square_part(expression: Any) -> tuple[Any, Any]:
    """(s, r) with expression = s**2 * r and r free of square factors."""
    constant, factors = sympy.factor_list(expression)
    outside, inside = sympy.Integer(1), sympy.Integer(1)
    for f, m in factors:
        outside *= f ** (m // 2)
        inside *= f ** (m % 2)
    root = sympy.sqrt(constant)
    return (outside * root, inside) if root.is_Rational else (outside, inside * constant)
