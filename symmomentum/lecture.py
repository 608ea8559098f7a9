"""What a derivation says, in which order: a method's theory as a lecture note.

Only text and arrangement. Every formula is an expression of the theory, every statement a claim that is checked here and now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sympy

from symmomentum.claims import Verdict
from symmomentum.documents import (
    Cite,
    Definition,
    Derivation,
    Formula,
    Identity,
    Open,
    Paragraph,
    Remark,
    Section,
    Table,
    Theorem,
    settled,
)
from symmomentum.proof import check
from symmomentum.rate import Rate
from symmomentum.references import lookup
from symmomentum.stability import end_point_lemma, schur_cohn_lemmas
from symmomentum.symbols import L, k, kappa, lam, mu, r, rho, sigma
from symmomentum.tuning import Tuning

__all__ = ["lecture"]

MEANINGS = {
    "alpha": ("step size", "real"),
    "beta": ("momentum", "real"),
}
"""Of parameters, by name; any other is called a parameter of the method."""


def lecture(rate: Rate, tuning: Tuning | None, no_tuning: str = "") -> Derivation:
    """The derivation of a method's theory; ``no_tuning`` says why there is no tuning where there is none."""
    return _Lecture(rate, tuning, no_tuning).document()


class _Lecture:
    def __init__(self, rate: Rate, tuning: Tuning | None, no_tuning: str) -> None:
        self.rate, self.tuning, self.no_tuning = rate, tuning, no_tuning
        self.iteration = rate.iteration
        self.stability = rate.stability
        self.method = rate.iteration.method
        self.two = self.iteration.size == 2
        own = (*self.iteration.claims, *self.stability.claims, *rate.claims, *(tuning.claims if tuning else ()))
        self.claims = {c.id.removeprefix(f"{self.method.name}/"): c for c in own}

    def document(self) -> Derivation:
        name = self.method.name.replace("-", " ")
        small = self.iteration.size <= 2
        steps = [
            *self._rule(),
            *self._mode(),
            *(self._stability() if small else self._inequalities()),
            *(self._regimes() if small else ()),
            *(self._worst_case() if small else ()),
            *(self._tuning() if small else ()),
            *self._limits(),
        ]
        abstract = (
            f"The theory of {name}, derived from its update rule. Every statement marked as proved was proved when this "
            "document was made, for all real values of its variables that satisfy the assumptions named beside it."
        )
        return Derivation(f"{name[0].upper()}{name[1:]}: from the update rule to its convergence", abstract, steps)

    # Verdicts -------------------------------------------------------------------------------------------------------

    def _verdicts(self, *names: str) -> tuple[Verdict, ...]:
        return tuple(check(self.claims[n]) for n in names if n in self.claims)

    def _identity(self, title: str, prose: Any, formulas: Iterable[Formula], *names: str) -> Identity | Open:
        verdicts = self._verdicts(*names)
        proved = all(v.proved for v in verdicts)
        return (Identity if proved else Open)(title, prose, tuple(formulas), verdicts)

    def _theorem(
        self, title: str, prose: Any, formulas: Iterable[Formula], *names: str, proof: Any = ()
    ) -> Theorem | Open:
        return settled(title, prose, tuple(formulas), self._verdicts(*names), proof)

    # Sections -------------------------------------------------------------------------------------------------------

    def _rule(self) -> Iterator[Any]:
        yield Section("The update rule")
        cited: Any = Cite(self.method.cite) if lookup(self.method.cite) else self.method.cite
        source = (" (", cited, ")") if self.method.cite else ()
        state = [sympy.Symbol(n) for n in self.method.state]
        text: list[Any] = ["The state of the method", *source, " consists of "]
        for i, s in enumerate(state):
            text += [s, ", " if i < len(state) - 2 else " and " if i == len(state) - 2 else "; "]
        text += [sympy.Symbol("w"), " is the iterate. One step is"]
        yield Paragraph(tuple(text))
        yield Definition("Update rule", (), tuple(self._steps(state)))
        if self.method.note:
            yield Remark("Convention", (self.method.note,))
        yield Table(
            "The symbols used throughout.",
            ("Symbol", "Meaning", "Range"),
            [
                *(
                    ((p,), *((text,) for text in MEANINGS.get(p.name, ("parameter of the method", "real"))))
                    for p in self.iteration.parameters
                ),
                ((lam,), "curvature: an eigenvalue of the Hessian", "real"),
                ((mu, ", ", L), "least and largest curvature", (sympy.And(mu > 0, mu <= L, evaluate=False),)),
                ((kappa,), ("condition number ", L / mu), "at least 1"),
                ((sigma,), "eigenvalue of the iteration matrix", "complex"),
                ((rho,), "spectral radius: the asymptotic rate", "not negative"),
                ((r,), ("a bound on ", rho), "not negative"),
                ((k,), "number of steps", "0, 1, 2, ..."),
            ],
        )

    def _steps(self, state: list[Any]) -> Iterator[Formula]:
        system = self.iteration.system
        calls = system.B.shape[1]
        gradients = [sympy.Symbol("g" if calls == 1 else f"g_{i + 1}") for i in range(calls)]
        nabla = sympy.Function("grad")
        for i, g in enumerate(gradients):
            before = sum(system.D[i, j] * gradients[j] for j in range(i))
            at = sum(c * s for c, s in zip(system.C[i, :], state, strict=True)) + before
            yield Formula(g, nabla(at))
        for i, s in enumerate(state):
            new = sum(a * x for a, x in zip(system.A[i, :], state, strict=True))
            new += sum(b * g for b, g in zip(system.B[i, :], gradients, strict=True))
            yield Formula(sympy.Symbol(f"{s.name}^+"), sympy.collect(sympy.expand(new), gradients))

    def _mode(self) -> Iterator[Any]:
        it = self.iteration
        yield Section("One mode of a quadratic")
        yield Paragraph(
            (
                "On a quadratic, the components of the error along the eigenvectors of the Hessian do not interact. Along an "
                "eigenvector with eigenvalue ",
                lam,
                ", and with the minimizer at 0, the gradient at ",
                sympy.Symbol("w"),
                " is ",
                lam * sympy.Symbol("w"),
                ". Put into the update rule, it makes one step a multiplication by a matrix.",
            )
        )
        matrix = sympy.MatrixSymbol("R", it.size, it.size)
        calls = it.noise_input.shape[1]
        noise = sympy.MatrixSymbol("B", it.size, calls)
        one_each = " (one column per gradient call)" if calls > 1 else ""
        states = ", ".join(self.method.state)
        yield Definition(
            "Iteration matrix",
            (f"The state ({states}) after a step is ", matrix, " times the state before, with"),
            (Formula(matrix, it.matrix),),
        )
        yield Definition(
            "Noise input",
            f"An error of one unit in the gradient adds to the state{one_each}",
            (Formula(noise, it.noise_input),),
        )
        if it.size == 1:
            yield self._theorem(
                "Powers",
                "The error after k steps is the initial error times",
                (Formula(sympy.Symbol("R") ** k, it.power(k)[0, 0]),),
                "power",
                proof="By induction on the number of steps.",
            )
            return
        yield from self._characteristic()
        if self.two:
            yield from self._powers()

    def _characteristic(self) -> Iterator[Any]:
        it = self.iteration
        p = sympy.Function("p")(sigma)
        formula = Formula(p, it.polynomial)
        if not self.two:
            yield Definition(
                "Characteristic polynomial", "The eigenvalues of the iteration matrix are the roots of", (formula,)
            )
            return
        yield self._identity(
            "Characteristic polynomial",
            "The eigenvalues of the iteration matrix are the roots of",
            (formula,),
            "characteristic-polynomial",
        )
        b, q, d = sympy.symbols("b q d")
        first, second = sympy.symbols("sigma_1 sigma_2")
        yield Definition(
            "Trace, determinant, discriminant",
            (
                "Write ",
                b,
                " for the sum of the eigenvalues, ",
                q,
                " for their product and ",
                d,
                " for the discriminant:",
            ),
            (Formula(b, it.trace), Formula(q, it.determinant)),
        )
        yield self._identity("Discriminant", "", (Formula(d, b**2 - 4 * q, it.discriminant),), "discriminant")
        yield self._theorem(
            "Eigenvalues",
            (
                "The eigenvalues are real where ",
                d >= 0,
                ", and a complex pair of modulus ",
                sympy.sqrt(q),
                " where ",
                d < 0,
                ":",
            ),
            (Formula(first, _half(b + sympy.sqrt(d))), Formula(second, _half(b - sympy.sqrt(d)))),
            "eigenvalues/real",
            "eigenvalues/complex",
            proof="Sum and product of the two expressions are the trace and the determinant.",
        )
        if it.repeated_root_curvatures:
            yield self._theorem(
                "Repeated eigenvalue",
                "The two eigenvalues coincide at the curvatures",
                tuple(Formula(lam, c) for c in it.repeated_root_curvatures),
                "repeated-root",
                proof="The discriminant vanishes there.",
            )

    def _powers(self) -> Iterator[Any]:
        first, second = sympy.symbols("sigma_1 sigma_2")
        matrix, identity = sympy.symbols("R I", commutative=False)
        distinct = (first**k * (matrix - second * identity) - second**k * (matrix - first * identity)) / (
            first - second
        )
        repeated = k * first ** (k - 1) * matrix - (k - 1) * first**k * identity
        yield self._theorem(
            "Powers",
            (
                "What ",
                k,
                " steps do is known in closed form. Where the eigenvalues differ, real or complex, the first formula holds; "
                "where they coincide and are not zero, the second; where both are zero, two steps end the iteration.",
            ),
            (Formula(matrix**k, distinct), Formula(matrix**k, repeated), Formula(matrix**2, sympy.Integer(0))),
            "power/distinct",
            "power/complex",
            "power/repeated",
            "power/nilpotent",
            proof=("By induction on ", k, ", entry by entry, with the expressions above for the eigenvalues."),
        )
        yield Definition(
            "Residual polynomial",
            (
                "Started at rest, the error after ",
                k,
                " steps is a polynomial in the curvature times the initial error. The first are",
            ),
            tuple(Formula(sympy.Function(f"P_{i}")(lam), self.iteration.residual_polynomial(i)) for i in (1, 2)),
        )

    def _inequalities(self) -> Iterator[Any]:
        yield Section("Stability")
        yield Definition(
            "Schur-Cohn inequalities",
            ("Every start converges exactly if all of these hold ", Cite("schur1917"), " ", Cite("cohn1922"), ":"),
            tuple(Formula(c) for c in self.stability.conditions),
        )

    def _stability(self) -> Iterator[Any]:
        stability = self.stability
        yield Section("Stability")
        b, q = sympy.symbols("b q")
        radius, bound = sympy.Lt(rho, 1), sympy.Le(rho, r)
        lemmas = tuple(check(c) for c in schur_cohn_lemmas(self.iteration.size))
        general = (
            (Formula(radius, sympy.And(1 - b + q > 0, 1 + b + q > 0, 1 - q > 0), relation="<=>"),)
            if self.two
            else (Formula(radius, sympy.And(1 - sympy.Symbol("R") > 0, 1 + sympy.Symbol("R") > 0), relation="<=>"),)
        )
        yield settled(
            "Schur-Cohn test",
            (
                "Every start converges exactly if the spectral radius is below 1 ",
                Cite("schur1917"),
                " ",
                Cite("cohn1922"),
                " ",
                Cite("jury1964"),
                ", which two or three polynomial inequalities decide; scaled by ",
                r,
                ", they decide likewise whether ",
                bound,
                ".",
            ),
            general,
            lemmas,
            "Each of the cases, real and complex eigenvalues, is a statement of real arithmetic; its negation has no solution.",
        )
        yield Paragraph(("For this method the inequalities are, as they come:",))
        yield Definition("Stability conditions", (), tuple(Formula(c) for c in stability.conditions))
        yield self._theorem(
            "Stability region",
            "Every start converges, whatever the sign of the parameters, exactly if",
            tuple(Formula(c) for c in sympy.And.make_args(stability.region)),
            "stability/region",
            proof="The two sets of inequalities are equivalent.",
        )
        if stability.failing_alone:
            yield Table(
                "No inequality follows from the others: at each of these points just one fails.",
                ("Inequality", "Point"),
                [
                    ((condition,), tuple(_separated(Formula(s, v) for s, v in point.items())))
                    for condition, point in stability.failing_alone
                ],
            )
        if "stability/threshold" in self.claims:
            yield self._theorem(
                "Edge of stability",
                "The largest stable curvature, where there is a stable curvature at all, is",
                (Formula(lam, stability.threshold, relation="<"),),
                "stability/threshold",
                proof="No stable curvature reaches it, and from any stable curvature up to it all are stable.",
            )

    def _regimes(self) -> Iterator[Any]:
        regimes = self.rate.regimes
        yield Section("Regimes and rate")
        yield Paragraph(
            (
                "How the error behaves depends on where the eigenvalues lie. The regimes below cover all real parameters and "
                "curvatures, and no two overlap.",
            )
        )
        yield Table(
            "The regimes.", ("Regime", "What happens"), [((regime.name,), (regime.meaning,)) for regime in regimes]
        )
        for regime in regimes:
            if regime.name == "divergent":
                continue
            yield self._theorem(
                f"The regime {regime.name}",
                "Here the conditions and the rate are",
                (*(Formula(c) for c in sympy.And.make_args(regime.condition)), Formula(rho, regime.rate)),
                f"regimes/{regime.name}",
            )
        yield self._theorem(
            "Partition",
            "Everywhere else the spectral radius is at least 1. Each point belongs to exactly one regime.",
            (),
            "regimes/divergent",
            "regimes/exhaustive",
            "regimes/disjoint",
        )

    def _worst_case(self) -> Iterator[Any]:
        yield Section("The worst case over all curvatures")
        names = [n for n in self.claims if n.startswith("worst-rate/")]
        if not names:
            yield Remark(
                "Worst rate", "Where in the interval of curvatures the worst rate is attained was not derived."
            )
            return
        verdicts = self._verdicts(*names)
        worst, at = sympy.Symbol("rho_max"), sympy.Function("rho")
        if self.rate.is_affine:
            yield settled(
                "The end points decide",
                ("The largest rate over all curvatures from ", mu, " to ", L, " is attained at one of the two ends:"),
                (Formula(worst, sympy.Max(at(mu), at(L))),),
                (*verdicts, check(end_point_lemma(self.iteration.size))),
                "The coefficients of the characteristic polynomial are affine in the curvature, and the inequalities of the "
                "Schur-Cohn test are affine in the coefficients, so that a bound at both ends holds in between.",
            )
        else:
            yield settled(
                "Where the worst rate is attained",
                ("The largest rate over all curvatures from ", mu, " to ", L, " is"),
                (Formula(worst, self.rate.worst_rate),),
                verdicts,
            )

    def _tuning(self) -> Iterator[Any]:
        yield Section("Optimal parameters")
        if self.tuning is None:
            yield Remark("No closed form", f"{self.no_tuning[0].upper()}{self.no_tuning[1:]}.")
            return
        t = self.tuning
        yield Paragraph(
            (
                "The parameters that make the worst rate least are found by trying which of the Schur-Cohn inequalities, "
                "scaled by ",
                r,
                ", hold with equality at ",
                mu,
                " and at ",
                L,
                ", and solving those equations. That nothing does better is then proved on its own.",
            )
        )
        yield self._theorem(
            "Optimal constant parameters",
            "Over all real parameters the least worst rate is attained by",
            (*(Formula(p, e) for p, e in t.parameters.items()), Formula(rho, t.rate)),
            "tuning/attained",
            "tuning/optimal",
            proof=(
                "If no eigenvalue at ",
                mu,
                " or ",
                L,
                " has modulus above ",
                r,
                ", with ",
                r < 1,
                ", then, whatever the parameters, ",
                sympy.Le(sympy.collect(t.polynomial, r, sympy.factor), 0),
                ". Below the rate above this polynomial is positive.",
            ),
        )
        yield Remark(
            "In terms of the condition number",
            "The rate depends on the condition number alone:",
            (Formula(rho, t.rate_of_kappa),),
        )

    def _limits(self) -> Iterator[Any]:
        yield Section("Where this stops")
        yield Remark(
            "Scope",
            (
                "All of this is about quadratics, constant parameters and the rate in the limit of many steps. In the first "
                "steps the error may grow before it shrinks. For functions that are not quadratic none of it follows: heavy "
                "ball with the parameters that are optimal for quadratics can cycle for ever on a smooth strongly convex function ",
                Cite("lessard2016"),
                ".",
            ),
        )


def _half(expression: Any) -> Any:
    """One half of a sum, which SymPy would distribute over the terms."""
    return sympy.Mul(sympy.Rational(1, 2), expression, evaluate=False)


def _separated(pieces: Iterable[Any]) -> Iterator[Any]:
    for i, piece in enumerate(pieces):
        yield from ((", ", piece) if i else (piece,))
