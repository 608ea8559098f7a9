"""What a derivation says, in which order: a method's theory as a lecture note.

Only text and arrangement. Every formula is an expression of the theory, every statement a claim that is checked here and now.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy

from symmomentum.claims import Claim, Verdict
from symmomentum.complex_curvature import ComplexCurvature, about_games, complex_schur_cohn_lemmas
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
from symmomentum.documents.notation import Factors, Terms
from symmomentum.errors import NotDerivedError
from symmomentum.iteration import compact, distinct_power, repeated_power
from symmomentum.noise import Noise
from symmomentum.presets import published
from symmomentum.proof import check
from symmomentum.rate import Rate, Regime, two_state_lemma, two_state_rate
from symmomentum.references import lookup
from symmomentum.relations import related_values, relation_claims
from symmomentum.schedules import Scheduled
from symmomentum.stability import bounded_by, end_point_lemma, real_root_beside_two, schur_cohn, schur_cohn_lemmas
from symmomentum.symbols import L, k, kappa, lam, mu, r, rho, sigma
from symmomentum.transient import Transient
from symmomentum.tuning import SAMPLE, Tuning
from symmomentum.update_rule import ITERATE

__all__ = ["lecture"]

_GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "lambda", "mu", "nu", "kappa", "rho", "sigma")
_CASES = {
    "eigenvalues/real",
    "eigenvalues/complex",
    "power/distinct",
    "power/complex",
    "power/repeated",
    "power/nilpotent",
}
"""Claims about cases, some of which may never occur for a method."""
_ENCLOSURES = {"transient/amplitude", "transient/norm", *(f"transient/lucas/{n}" for n in ("step", "double", "pell"))}
"""Claims on which bounds at numbers rest, not the closed forms."""
_FINITE_TIME = {
    "power": "The factor of a step is linear in the curvature, so that its modulus is largest at an end point.",
    "heavy-ball": "Over twice the square root of the determinant, the trace runs from 1 at the least curvature to -1 at the "
    "largest. In this variable the residual polynomials are Chebyshev's of the second kind, combined and times a power of the "
    "rate. Those are largest at the ends of the interval, and at the largest curvature both terms have the same sign.",
    "nesterov": "Where the factor of a gradient step is positive, the residual polynomials are Chebyshev's of both kinds in the "
    "square root of its quotient by that at the least curvature, which is where they are largest. Where it is negative, they "
    "grow with its modulus, so that the largest curvature decides; there two real powers are added.",
}
_TOLERANCE = sympy.Rational(1, 10**6)
_COHN = (" ", Cite("schur1917"), " ", Cite("cohn1922"))


def lecture(rate: Rate, tuning: Tuning | None, no_tuning: str = "", *, everything: bool = False) -> Derivation:
    """The derivation of a method's theory; ``no_tuning`` says why there is no tuning where there is none. With ``everything``
    it is twice as long: all that is claimed of the method is in it."""
    return _Lecture(rate, tuning, no_tuning, everything).document()


class _Lecture:
    def __init__(self, rate: Rate, tuning: Tuning | None, no_tuning: str, everything: bool) -> None:
        self.everything = everything
        self.rate, self.tuning, self.no_tuning = rate, tuning, no_tuning
        self.iteration = rate.iteration
        self.stability = rate.stability
        self.method = rate.iteration.method
        self.one, self.two = self.iteration.size == 1, self.iteration.size == 2
        self.noise = Noise(rate.stability)
        self.complex_curvature = ComplexCurvature(rate.stability)
        self.transient = Transient(rate, self._given_tuning)
        theory = (
            self.iteration.claims,
            relation_claims(self.method),
            self.stability.claims,
            rate.claims,
            self.transient.claims,
            self.noise.claims,
            self.complex_curvature.claims if about_games(self.method) else (),
        )
        own = [c for claims in (*theory, tuning.claims if tuning else ()) for c in claims]
        self.claims = {c.id.removeprefix(f"{self.method.name}/"): c for c in own}
        self.lemmas = schur_cohn_lemmas(self.iteration.size)
        self.state = [sympy.Symbol(n) for n in self.method.state]
        self.errors = self._numbered("epsilon")
        self.b, self.q, self.d = (self._name(n) for n in "bqd")
        self.first, self.second = self._name("sigma_1"), self._name("sigma_2")
        size, calls = self.iteration.noise_input.shape
        self.R: Any = self._name("R") if self.one else sympy.MatrixSymbol(self._name("R").name, size, size)
        self.B: Any = sympy.MatrixSymbol(self._name("B").name, size, calls)
        # What is shown on the way, gathered for the last section.
        self.summary: list[tuple[str, Any]] = []

    def document(self) -> Derivation:
        name = self.method.name.replace("-", " ")
        small = self.iteration.size <= 2
        steps = [
            *self._rule(),
            *self._mode(),
            *self._relations(),
            *(self._radius() if small else ()),
            *self._stability(),
            *(self._complex_curvature() if about_games(self.method) and small else ()),
            *(self._regimes() if small else ()),
            *(self._worst_case() if small else ()),
            *self._tuning(),
            *self._published(),
            *self._finite_time(),
            *(self._schedule() if self.method.schedule else ()),
            *((*self._noise(), *self._more_noise()) if self.noise.claims else ()),
            *self._conclusion(),
        ]
        abstract = (
            f"The theory of {name}, derived from its update rule. Every statement marked ✓ was proved when this document was "
            "made, for all values of its variables that are named beside it. The way of proof stands behind the mark: an exact "
            "identity (both sides have the same normal form), SMT solving (a solver for real arithmetic finds that the "
            "statement's negation has no solution) or induction; then, in brackets, the name of the claim."
        )
        return Derivation(f"{name[0].upper()}{name[1:]}: from the update rule to its convergence", abstract, steps)

    def _given_tuning(self) -> Tuning:
        if self.tuning is None:
            raise NotDerivedError(self.no_tuning)
        return self.tuning

    # Names ----------------------------------------------------------------------------------------------------------

    def _name(self, name: str) -> Any:
        """A symbol for something that the lecture names itself, different from the method's own names."""
        taken = {*self.method.state, *self.method.parameters}
        while name in taken:
            name += "0" if "_" in name else "_0"
        return sympy.Symbol(name)

    def _numbered(self, name: str) -> list[Any]:
        """One symbol for each gradient call."""
        calls = self.iteration.system.B.shape[1]
        return [self._name(name if calls == 1 else f"{name}_{i + 1}") for i in range(calls)]

    # Verdicts -------------------------------------------------------------------------------------------------------

    def _verdicts(self, *names: str) -> tuple[Verdict, ...]:
        """The verdicts on claims by name; of a case that cannot occur there is none."""
        if missing := [n for n in names if n not in self.claims and n not in _CASES]:
            raise LookupError(f"there is no claim {missing[0]!r} of {self.method.name}")
        return tuple(check(self.claims[n]) for n in names if n in self.claims)

    def _identity(self, title: str, prose: Any, formulas: Iterable[Formula], *names: str) -> Identity | Open:
        verdicts = self._verdicts(*names)
        proved = all(v.proved for v in verdicts)
        return (Identity if proved else Open)(title, prose, tuple(formulas), verdicts)

    def _theorem(
        self,
        title: str,
        prose: Any,
        formulas: Iterable[Formula],
        *names: str,
        proof: Any = (),
        summary: Any = (),
        lemmas: Iterable[Claim] = (),
    ) -> Theorem | Open:
        verdicts = (*(check(c) for c in lemmas), *self._verdicts(*names))
        step = settled(title, prose, tuple(formulas), verdicts, proof)
        if isinstance(step, Theorem):
            self.summary += summary
        return step

    # Sections -------------------------------------------------------------------------------------------------------

    def _rule(self) -> Iterator[Any]:
        yield Section("The update rule")
        cited: Any = Cite(self.method.cite) if lookup(self.method.cite) else f"({self.method.cite})"
        text: list[Any] = ["The state of the method", *((" ", cited) if self.method.cite else ())]
        w = sympy.Symbol("w")
        if self.one:
            text += [" is the iterate ", w, " alone, the point that is reached so far."]
        else:
            text += [
                " consists of ",
                *_listed(self.state),
                "; of these, ",
                w,
                " is the iterate, the point reached so far.",
            ]
        text += [" A step replaces the state by a new one, marked with a plus. ", *self._parameters()]
        gradients = self._numbered("g")
        several = len(gradients) > 1
        yield Paragraph((*text, " The gradient of the objective at ", w, " is written ", _gradient(w), "."))
        yield Definition(
            "Update rule",
            ("With the gradients ", *_listed(gradients), ", one step is")
            if several
            else ("With the gradient ", gradients[0], ", one step is"),
            tuple(self._steps(gradients)),
        )
        if self.method.note:
            yield Remark("Convention", tuple(_with_letters(self.method.note, {*self.method.state, "g"})))

    def _parameters(self) -> Iterator[Any]:
        parameters = self.iteration.parameters
        if not parameters:
            yield "It has no parameters."
            return
        yield "Its parameter is " if len(parameters) == 1 else "Its parameters are "
        for piece in _listed(parameters):
            yield piece
            if not isinstance(piece, str) and piece.name in self.method.meanings:
                yield f" ({self.method.meanings[piece.name]})"
        yield ", a real number of any sign." if len(parameters) == 1 else ", real numbers of any sign."

    def _steps(self, gradients: list[Any]) -> Iterator[Formula]:
        system = self.iteration.system
        for i, g in enumerate(gradients):
            yield Formula(g, _gradient(self._point(i, gradients)))
        done: list[tuple[Any, list[Any]]] = []
        for i, s in enumerate(self.state):
            names, form = [*self.state, *gradients], [*system.A[i, :], *system.B[i, :]]
            new = sympy.Symbol(f"{s.name}^+")
            yield Formula(new, _shortest(names, form, done))
            done.append((new, form))

    def _point(self, call: int, gradients: list[Any]) -> Any:
        """Where a gradient is taken."""
        system = self.iteration.system
        return _combination(zip([*system.C[call, :], *system.D[call, :]], [*self.state, *gradients], strict=True))

    def _mode(self) -> Iterator[Any]:
        it = self.iteration
        calls = len(self.errors)
        yield Section("One mode of a quadratic")
        w = sympy.Symbol("w")
        gradients = self._numbered("g")
        yield Paragraph(
            (
                "On a quadratic, the components of the error along the eigenvectors of the Hessian do not interact, so one is "
                "enough. Let ",
                lam,
                " be the eigenvalue, that is, the curvature along the eigenvector, and let the minimizer be 0, so that the "
                "state is the error. Then the gradient at ",
                w,
                " is ",
                lam * w,
                ". Let ",
                *_listed(self.errors),
                " be the errors in the computed gradients, one for each call."
                if calls > 1
                else " be an error in the computed gradient.",
            )
        )
        yield Definition(
            "Gradient on a quadratic",
            "The gradients that the step uses are" if calls > 1 else "The gradient that the step uses is",
            tuple(
                Formula(g, Terms(Factors(lam, self._point(i, gradients)), self.errors[i]))
                for i, g in enumerate(gradients)
            ),
        )
        shown, noise = it.matrix.applyfunc(compact), it.noise_input.applyfunc(compact)
        if self.one:
            new = _combination([(self.R, w), *zip(noise, self.errors, strict=True)])
            yield Definition(
                "One step",
                ("Put into the update rule, this makes one step a multiplication by a number ", self.R, ":"),
                (Formula(sympy.Symbol("w^+"), new), Formula(self.R, shown[0, 0])),
            )
            w_k, w_0 = sympy.Symbol("w^k"), sympy.Symbol("w^0")
            yield self._theorem(
                "Powers",
                ("Without errors in the gradient, ", k, " steps from ", w_0, " lead to"),
                (Formula(w_k, self.R**k * w_0), Formula(self.R**k, it.power(k)[0, 0])),
                "power",
                proof=("By induction on ", k, ": one more step is one more factor."),
            )
            return
        s, new = (sympy.MatrixSymbol(n, it.size, 1) for n in (self._name("s").name, f"{self._name('s').name}^+"))
        error = sympy.MatrixSymbol(self._name("epsilon").name, calls, 1)
        column = "" if calls == 1 else (" and ", error, " for the column of the errors")
        yield Definition(
            "Iteration matrix",
            ("Write ", s, " for the column of ", *_listed(self.state), *column, ". Put into the update rule, the gradient"
            f"{'s make' if calls > 1 else ' makes'} one step"),
            (
                Formula(new, Terms(sympy.MatMul(self.R, s), sympy.MatMul(self.B, error))),
                Formula(self.R, shown),
                Formula(self.B, noise),
            ),
        )  # fmt: skip
        yield Paragraph(
            (
                "Without errors in the gradient, ",
                k,
                " steps multiply the state by ",
                sympy.MatPow(self.R, k),
                ". Whether the error dies out, and how fast, is decided by the eigenvalues of ",
                self.R,
                ".",
            )
        )
        yield from self._characteristic()
        if self.two:
            yield from self._powers()

    def _characteristic(self) -> Iterator[Any]:
        it = self.iteration
        p = sympy.Function(self._name("p").name)(sigma)
        determinant = sympy.Determinant(sigma * sympy.Identity(it.size) - self.R)
        prose = (
            "An eigenvalue is a number ",
            sigma,
            ", real or complex, at which the characteristic polynomial ",
            p,
            " vanishes; with the identity matrix ",
            sympy.Identity(it.size),
            " it is",
        )
        formula = Formula(p, determinant, it.polynomial)
        if not self.two:
            yield Definition("Characteristic polynomial", prose, (formula,))
            return
        yield self._identity("Characteristic polynomial", prose, (formula,), "characteristic-polynomial")
        b, q, d = self.b, self.q, self.d
        yield Definition(
            "Trace and determinant",
            ("Its coefficients are, up to the sign, the sum ", b, " and the product ", q, " of the two eigenvalues:"),
            (Formula(p, sigma**2 - b * sigma + q), Formula(b, it.trace), Formula(q, it.determinant)),
        )
        yield self._identity(
            "Discriminant",
            ("Where the eigenvalues are real is decided by the discriminant ", d, ":"),
            (Formula(d, b**2 - 4 * q, it.discriminant),),
            "discriminant",
        )
        yield self._theorem(
            "Eigenvalues",
            (
                "By the quadratic formula, the eigenvalues ",
                self.first,
                " and ",
                self.second,
                " are as follows: real where ",
                d >= 0,
                ", and where ",
                d < 0,
                " a complex pair with real part ",
                b / 2,
                " and imaginary parts ",
                sympy.sqrt(-d) / 2,
                " and ",
                -sympy.sqrt(-d) / 2,
                ".",
            ),
            (Formula(self.first, _half(b + sympy.sqrt(d))), Formula(self.second, _half(b - sympy.sqrt(d)))),
            "eigenvalues/real",
            "eigenvalues/complex",
            proof=(
                "Two numbers with the sum ",
                b,
                " and the product ",
                q,
                " are the roots of ",
                sigma**2 - b * sigma + q,
                "; sum and product of these two are ",
                b,
                " and ",
                q,
                ".",
            ),
        )
        if "repeated-root" in self.claims:
            yield self._theorem(
                "Repeated eigenvalue",
                (
                    "At these curvatures, where they are real numbers, ",
                    Formula(d, 0),
                    " and the two eigenvalues coincide:",
                ),
                tuple(Formula(lam, c) for c in it.repeated_root_curvatures),
                "repeated-root",
                proof="Put into the discriminant, each makes it vanish.",
            )

    def _powers(self) -> Iterator[Any]:
        first, second = self.first, self.second
        matrix, identity = sympy.Symbol(self.R.name, commutative=False), sympy.Symbol("I", commutative=False)
        distinct = distinct_power(k, matrix, identity, first, second, first - second)
        repeated = repeated_power(k, matrix, identity, first)
        real, imaginary = self._name("C_k"), self._name("S_k")
        yield self._theorem(
            "Powers",
            (
                "What ",
                k,
                " steps do is known in closed form",
                *(
                    [". Where the eigenvalues differ, real or complex, this formula holds"]
                    if {"power/distinct", "power/complex"} & self.claims.keys()
                    else []
                ),
                *(["; where they coincide and are not zero, the one below"] if "power/repeated" in self.claims else []),
                *(["; where both are zero, two steps end it"] if "power/nilpotent" in self.claims else []),
                ":",
            ),
            tuple(
                formula
                for formula, names in (
                    (Formula(matrix**k, distinct), {"power/distinct", "power/complex"}),
                    (Formula(matrix**k, repeated), {"power/repeated"}),
                    (Formula(matrix**2, sympy.Integer(0)), {"power/nilpotent"}),
                )
                if names & self.claims.keys()
            ),
            "power/distinct",
            "power/complex",
            "power/repeated",
            "power/nilpotent",
            proof=(
                "By induction on ",
                k,
                ", entry by entry, with the eigenvalues above. For a complex pair, let ",
                real,
                " and ",
                imaginary,
                " be real and imaginary part of ",
                first**k,
                ": the induction step is an identity between real numbers.",
            ),
        )
        w = sympy.Symbol("w")
        yield Definition(
            "Residual polynomial",
            (
                "A start is at rest if the state would stay where it is, were the gradient zero. From rest at ",
                sympy.Symbol("w^0"),
                ", the error ",
                w,
                " after ",
                k,
                " steps without gradient errors is ",
                sympy.Symbol("w^0"),
                " times a polynomial ",
                sympy.Symbol("P_k"),
                " in the curvature. The first two are",
            ),
            tuple(
                Formula(sympy.Function(f"P_{i}")(lam), _in_curvature(self.iteration.residual_polynomial(i)))
                for i in (1, 2)
            ),
        )

    # How fast -------------------------------------------------------------------------------------------------------

    def _radius(self) -> Iterator[Any]:
        yield Section("The rate of one mode")
        converges = ("Every start converges to the minimizer exactly if ", rho < 1, ".")
        if self.one:
            formula = Formula(rho, abs(self.R), _radius_shown(self.rate))
            self.summary.append(("Rate of one mode", formula))
            yield Definition(
                "Rate",
                ("The rate ", rho, " is the factor by which a step multiplies the modulus of the error:"),
                (formula,),
            )
            yield Paragraph(converges)
            return
        yield Definition(
            "Spectral radius",
            (
                "The asymptotic rate ",
                rho,
                " is the largest modulus of an eigenvalue, the spectral radius of ",
                self.R,
                ":",
            ),
            (Formula(rho, sympy.Max(abs(self.first), abs(self.second), evaluate=False)),),
        )
        yield Paragraph(
            (
                "From almost every start, in the long run, a step multiplies the error by about ",
                rho,
                ", up to a factor that grows no faster than ",
                k,
                " where eigenvalues coincide. ",
                *converges,
            )
        )
        b, q, d = self.b, self.q, self.d
        lemmas = [check(c) for c in self.lemmas if "/spectral-radius/" in c.id]
        general = sympy.Piecewise((sympy.sqrt(q), d < 0), (_half(abs(b) + sympy.sqrt(d)), True), evaluate=False)
        yield settled(
            "Spectral radius",
            ("In terms of sum and product of the eigenvalues, and then for this method,",),
            (Formula(rho, general), Formula(rho, _radius_shown(self.rate))),
            lemmas,
            (
                "Complex eigenvalues are conjugate to each other, so that the square of their modulus is their product ",
                q,
                ". Of the real numbers ",
                _half(b + sympy.sqrt(d)),
                " and ",
                _half(b - sympy.sqrt(d)),
                ", the one in which the two terms have the same sign is larger in modulus.",
            ),
        )

    # Relations ------------------------------------------------------------------------------------------------------

    def _relations(self) -> Iterator[Any]:
        relations = self.method.relations
        if not relations:
            return
        yield Section("Relations")
        yield Paragraph(
            "Methods with the same characteristic polynomial have the same eigenvalues, and with them the same regions, rates "
            "and tunings. Their iterates may differ, for they may start in another way or be other points of the same step."
        )
        for relation in relations:
            values = related_values(self.method, relation)
            name = relation.to.replace("-", " ")
            text: tuple[Any, ...] = (f"The characteristic polynomial is that of {name} with the same parameters.",)
            formulas: tuple[Formula, ...] = ()
            if any(s != v for s, v in values.items()):
                theirs = {s: self._name(f"{s.name}_0") for s in values}
                text = (
                    f"The characteristic polynomial is that of {name}, where its parameters",
                    *((" and its curvature",) if lam in values else ()),
                    ", here ",
                    *_listed(list(theirs.values())),
                    ", are",
                )
                formulas = tuple(Formula(theirs[s], v) for s, v in values.items())
            yield self._identity(f"As {name}", text, formulas, f"relations/{relation.to}")

    # Stability ------------------------------------------------------------------------------------------------------

    def _stability(self) -> Iterator[Any]:
        yield Section("Stability")
        if self.iteration.size <= 2:
            yield from self._schur_cohn()
            conditions = tuple(self._conditions())
        else:
            yield from self._inners()
            conditions = tuple(Formula(c) for c in self.stability.conditions)
        yield Definition(
            "Stability conditions", ("For this method, the inequalities for the radius 1 are",), conditions
        )
        if "stability/region" in self.claims:
            yield from self._region()

    def _inners(self) -> Iterator[Any]:
        text = (
            "Every start converges to the minimizer exactly if all eigenvalues have a modulus below 1, and that is so, by the "
            "theorem of Schur and Cohn",
            *_COHN,
            " in the form of Jury",
            " ",
            Cite("jury1964"),
            ", exactly if the characteristic polynomial is positive at 1 and, but for the sign of its leading term, at -1, and "
            "if some determinants made of its coefficients are positive.",
        )
        if not self.lemmas:
            yield Remark("Schur-Cohn inequalities", (*text, " The theorem is cited, not proved here."))
            return
        a, b, q = self._name("a"), self.b, self.q
        alone, together = real_root_beside_two(a, b, q)
        yield settled(
            "Schur-Cohn test",
            (
                *text,
                " A cubic polynomial has a real root ",
                a,
                "; the other two have a real trace ",
                b,
                " and a real determinant ",
                q,
                ". All three lie inside exactly if the inequalities hold for the number and for the two, which are",
            ),
            (Formula(_all(g > 0 for g in alone), _all(g > 0 for g in together), relation="<=>"),),
            tuple(check(c) for c in self.lemmas),
            "The inequalities on the right are those of the product of the two factors; the solver compares the two sets.",
        )

    def _region(self) -> Iterator[Any]:
        stability = self.stability
        if stability.region is sympy.false:
            yield self._theorem(
                "Stable nowhere",
                "No real parameters and curvature satisfy all of them, so that there are starts that do not converge.",
                (),
                "stability/region",
                proof="The inequalities contradict each other.",
                summary=(("Stable exactly if", "never"),),
            )
            return
        yield self._theorem(
            "Stability region",
            "Every start converges, whatever the signs of the parameters, exactly if",
            (Formula(stability.region),),
            "stability/region",
            proof="Apart from factors of known sign and from inequalities that follow from the others, these are the "
            "conditions; both sets of inequalities have the same solutions.",
            summary=(("Stable exactly if", stability.region),),
        )
        if len(stability.failing_alone) > 1:
            yield Table(
                "None of these inequalities can be left out: at each of these points one fails and the others hold.",
                ("Fails", "Point"),
                [
                    ((condition,), tuple(_separated(Formula(s, v) for s, v in point.items())))
                    for condition, point in stability.failing_alone
                ],
            )
        if "stability/threshold" in self.claims:
            yield from self._threshold()

    def _schur_cohn(self) -> Iterator[Any]:
        stable, bounded = (check(c) for c in self.lemmas if "/schur-cohn/" in c.id)
        cited = (*_COHN, *((" ", Cite("jury1964")) if self.two else ()))
        if self.one:
            a = self._name("a")
            coefficients: tuple[Any, ...] = (1, -a)
            radius: Any = abs(a)
            prose: tuple[Any, ...] = (
                "A real number ",
                a,
                ", here ",
                Formula(a, self.R),
                ", is below 1 in modulus, or bounded by ",
            )
            proof: Any = "The modulus is the larger of the number and its negative."
        else:
            coefficients, radius = (1, -self.b, self.q), rho
            prose = ("The spectral radius is below 1, or at most ",)
            p = sympy.Function(self._name("p").name)
            proof = (
                Formula(p(r), r**2 - self.b * r + self.q),
                " or ",
                Formula(p(-r), r**2 + self.b * r + self.q),
                " is negative where one real eigenvalue lies beyond ",
                r,
                " or ",
                -r,
                " and the other does not. That both lie beyond is excluded by ",
                Formula(-2 * r, self.b, 2 * r, relation="<="),
                " and ",
                self.q <= r**2,
                "; the latter also bounds the modulus of a complex pair. For ",
                rho < 1,
                " three of the inequalities suffice. The solver takes real and complex eigenvalues as two cases.",
            )
        yield settled(
            "Schur-Cohn test",
            (
                *prose,
                r,
                ", a real number with ",
                r >= 0,
                ", exactly if these polynomial inequalities hold",
                *cited,
                ":",
            ),
            (
                Formula(radius < 1, _all(g > 0 for g in schur_cohn(coefficients)), relation="<=>"),
                Formula(radius <= r, _all(bounded_by(coefficients, r)), relation="<=>"),
            ),
            (stable, bounded),
            proof,
        )

    def _conditions(self) -> Iterator[Formula]:
        general = schur_cohn((1, -self.R) if self.one else (1, -self.b, self.q))
        for g, own in zip(general, schur_cohn(self.iteration.coefficients), strict=True):
            yield Formula(g, compact(own), 0, relation=("=", ">"))

    def _threshold(self) -> Iterator[Any]:
        threshold = self.stability.threshold
        most = self._name("lambda_max")
        formulas = [Formula(most, threshold)]
        if isinstance(threshold, sympy.Min):  # of cases, which read better one by one
            bounds = [self._name(f"lambda_{i + 1}") for i in range(len(threshold.args))]
            formulas = [Formula(most, sympy.Min(*bounds))]
            formulas += [Formula(x, bound) for x, bound in zip(bounds, threshold.args, strict=True)]
        other = sympy.Symbol(self.iteration.fresh("lambda_0").name)
        unbounded = threshold is sympy.oo
        yield self._theorem(
            "Edge of stability",
            (
                "For parameters and a curvature ",
                other,
                " that are stable, under the assumptions named below, all larger curvatures are stable up to "
                if not unbounded
                else " that are stable, under the assumptions named below, all larger curvatures are stable: ",
                most,
                *((", and none from there on:",) if not unbounded else (" is infinite.",)),
            ),
            formulas,
            "stability/threshold",
            proof="No stable curvature reaches that value, and from any positive stable curvature up to it all are stable.",
            summary=(("Edge of stability", Formula(*formulas[0].terms)),) if len(formulas) == 1 else (),
        )

    # Complex curvature -----------------------------------------------------------------------------------------------

    def _complex_curvature(self) -> Iterator[Any]:
        complex_curvature = self.complex_curvature
        x, y = complex_curvature.real_part, complex_curvature.imaginary_part
        yield Section("Complex curvature")
        yield Paragraph(
            (
                "In a smooth game, such as a min-max problem, every player goes down a gradient of its own. Together they follow "
                "a vector field ",
                Cite("gidel2019"),
                ". Its Jacobian takes the place of the Hessian, and as it is not symmetric, its eigenvalue ",
                lam,
                " may be complex, with real part ",
                x,
                " and imaginary part ",
                y,
                ". The update rule is the same, and so is ",
                self.R,
                ".",
            )
        )
        yield self._complex_test()
        yield Definition(
            "Stability conditions for complex curvature",
            ("For this method these are",),
            tuple(Formula(c) for c in complex_curvature.conditions),
        )
        region = complex_curvature.region
        shown = [] if region is sympy.false else [Formula(region)]
        real = tuple(n for n in ("complex-curvature/real",) if n in self.claims)
        if "complex-curvature/region" in self.claims:
            yield self._theorem(
                "Stability region for complex curvature",
                ("Every start converges exactly if the following holds, which at ", Formula(y, 0), " is what holds for real "
                 "curvature:")
                if shown
                else "No real parameters and complex curvature satisfy all of them.",
                shown,
                "complex-curvature/region",
                *real,
                proof="Apart from factors of known sign and from inequalities that follow from the others, these are the "
                "conditions.",
                summary=(("Stable at complex curvature exactly if", region if shown else "never"),),
            )  # fmt: skip
        elif real:
            yield self._theorem(
                "At real curvature",
                ("At ", Formula(y, 0), ", this is the stability region above:"),
                shown,
                *real,
                proof="There, both sets of inequalities have the same solutions.",
            )
        if "complex-curvature/imaginary" in self.claims:
            yield from self._imaginary()

    def _complex_test(self) -> Any:
        verdicts = tuple(map(check, complex_schur_cohn_lemmas(self.iteration.size)))
        a, conjugate = self._name("a"), sympy.conjugate
        if self.one:
            return settled(
                "Schur-Cohn test for a complex factor",
                (
                    "A complex number ",
                    a,
                    ", here ",
                    Formula(a, self.R),
                    ", is below 1 in modulus exactly if",
                    *_COHN,
                    ":",
                ),
                (Formula(abs(a) < 1, 1 - abs(a) ** 2 > 0, relation="<=>"),),
                verdicts,
                "Its square is the sum of the squares of real and imaginary part.",
            )
        a0, a1 = self._name("a_0"), self._name("a_1")
        minors = (1 - abs(a0) ** 2, (1 - abs(a0) ** 2) ** 2 - abs(a1 - a0 * conjugate(a1)) ** 2)
        first, second = abs(self.first) ** 2, abs(self.second) ** 2
        products = (1 - first * second, (1 - first) * (1 - second) * abs(1 - self.first * conjugate(self.second)) ** 2)
        names = sympy.symbols("p_1 q_1 p_2 q_2")
        return settled(
            "Schur-Cohn test for complex coefficients",
            (
                "Now ",
                Formula(a1, -self.b),
                " and ",
                Formula(a0, self.q),
                " are complex. The rate is below 1 exactly if these inequalities hold",
                *_COHN,
                ":",
            ),
            (Formula(rho < 1, _all(g > 0 for g in minors), relation="<=>"),),
            verdicts,
            (
                "Put in the eigenvalues, ",
                Formula(a1, -self.first - self.second),
                " and ",
                Formula(a0, self.first * self.second),
                ": the left sides are ",
                products[0],
                " and ",
                products[1],
                ". If the first is positive, so is the last factor of the second, and one of the moduli is below 1; the second "
                "is positive exactly if the other one is too. The claims speak of real parts ",
                *_listed(names[::2]),
                " and imaginary parts ",
                *_listed(names[1::2]),
                " of the eigenvalues.",
            ),
        )

    def _imaginary(self) -> Iterator[Any]:
        complex_curvature = self.complex_curvature
        y, region = complex_curvature.imaginary_part, complex_curvature.imaginary_region
        bilinear = ("In a bilinear game the eigenvalues are imaginary: ", Formula(complex_curvature.real_part, 0), ". ")
        if region is sympy.false:
            yield self._theorem(
                "Imaginary curvature",
                (*bilinear, "Whatever the parameters, no such curvature is stable."),
                (),
                "complex-curvature/imaginary",
                proof="The inequalities contradict each other.",
                summary=(("Stable at imaginary curvature exactly if", "never"),),
            )
            return
        yield self._theorem(
            "Imaginary curvature",
            (*bilinear, "Where ", sympy.Ne(y, 0), ", such a curvature is stable exactly if"),
            (Formula(region),),
            "complex-curvature/imaginary",
            proof="Apart from factors of known sign and from inequalities that follow from the others, these are the conditions.",
            summary=(("Stable at imaginary curvature exactly if", region),),
        )
        if "complex-curvature/imaginary-threshold" in self.claims:
            most = self._name("y_max")
            threshold = complex_curvature.imaginary_threshold
            yield self._theorem(
                "Largest imaginary curvature",
                (
                    "Under the assumptions named below, by which the imaginary part ",
                    sympy.Symbol(self.iteration.fresh("y_0").name),
                    " is stable, so is any other but 0 exactly if its modulus is below ",
                    most,
                    ":",
                ),
                (Formula(most, threshold),),
                "complex-curvature/imaginary-threshold",
                proof="It is where one of the inequalities of the region becomes an equation.",
                summary=(("Largest imaginary curvature", Formula(most, threshold)),),
            )

    # Regimes --------------------------------------------------------------------------------------------------------

    def _regimes(self) -> Iterator[Any]:
        regimes = self.rate.regimes
        yield Section("Regimes")
        yield Paragraph(
            (
                "How the error behaves depends on the sign of ",
                *((self.R,) if self.one else (self.d, " and on the sign of ", self.b)),
                ". This divides all real parameters and curvatures into regimes.",
            )
        )
        yield Table(
            "The regimes.",
            ("Regime", "What happens"),
            [((regime.name,), (_meaning(regime, self.one),)) for regime in regimes],
        )
        for regime in regimes:
            if regime.name == "divergent":
                continue
            yield self._theorem(
                f"The regime {regime.name}",
                ("The regime is where the first line holds; the rate there is in the second.",),
                (Formula(regime.condition), self._regime_rate(regime)),
                f"regimes/{regime.name}",
                proof=self._why(regime),
                lemmas=self._lemma(regime),
            )
        yield self._theorem(
            "Partition",
            (
                "Everywhere else, that is, in the regime divergent, ",
                rho >= 1,
                ". Each point belongs to exactly one regime.",
            ),
            (),
            "regimes/divergent",
            "regimes/exhaustive",
            "regimes/disjoint",
            lemmas=[c for regime in regimes if regime.name == "divergent" for c in self._lemma(regime)],
        )

    def _lemma(self, regime: Regime) -> tuple[Claim, ...]:
        return (two_state_lemma(regime.name),) if self.two else ()

    def _regime_rate(self, regime: Regime) -> Formula:
        shown = _over_two(regime.rate)
        general = self._general(regime)
        return Formula(rho, shown) if general is None else Formula(rho, general, shown)

    def _general(self, regime: Regime) -> Any:
        """The rate in terms of trace, determinant and discriminant, where that is what it is."""
        if not self.two:
            return {"monotone": self.R, "oscillating": -self.R}.get(regime.name)
        if regime.name not in ("monotone", "oscillating", "critical", "complex"):
            return None
        return _over_two(two_state_rate(regime.name, self.b, self.q, self.d))

    def _why(self, regime: Regime) -> tuple[Any, ...]:
        if not self.two:
            return {
                "one-step": ("Here ", Formula(self.R, 0), "."),
                "monotone": ("Here ", Formula(0, self.R, 1, relation="<"), "."),
                "oscillating": ("Here ", Formula(-1, self.R, 0, relation="<"), "."),
            }.get(regime.name, ())
        b, d = self.b, self.d
        return {
            "one-step": ("Here both eigenvalues are zero, and ", Formula(sympy.Function("P_1")(lam), 0), "."),
            "monotone": ("Here ", d > 0, " and ", b > 0, ", so that ", self.first, " has the larger modulus."),
            "oscillating": ("Here ", d > 0, " and ", b <= 0, ", so that ", self.second, " has no smaller modulus than ",
                            self.first, "."),
            "critical": ("Here ", Formula(d, 0), ", so that both eigenvalues are ", b / 2, "."),
            "complex": ("Here ", d < 0, ", so that the modulus of both eigenvalues is ", sympy.sqrt(self.q), "."),
        }.get(regime.name, ())  # fmt: skip

    # The worst case and the best parameters ---------------------------------------------------------------------------

    def _worst_case(self) -> Iterator[Any]:
        yield Section("The worst case over all curvatures")
        worst, at = sympy.Symbol("rho_max"), sympy.Function("rho")
        yield Paragraph(
            (
                "A quadratic has many modes, with curvatures from the least ",
                mu,
                " to the largest ",
                L,
                ", where ",
                Formula(0, mu, L, relation=("<", "<=")),
                ", and one choice of parameters must do for all of them. With the parameters fixed, write ",
                at(lam),
                " for the rate at the curvature ",
                lam,
                "; the slowest mode has the rate ",
                Formula(worst),
                ", the largest ",
                at(lam),
                " with ",
                Formula(mu, lam, L, relation="<="),
                ".",
            )
        )
        names = [n for n in self.claims if n.startswith("worst-rate/")]
        if not names:
            yield Remark("Worst rate", "Where in this interval the rate is largest was not derived.")
            return
        verdicts = self._verdicts(*names)
        if self.rate.is_affine:
            formula = Formula(worst, sympy.Max(at(mu), at(L)))
            step = settled(
                "The end points decide",
                ("No mode in between is slower than both modes at the ends:",),
                (formula,),
                (*verdicts, check(end_point_lemma(self.iteration.size))),
                self._end_points_proof(),
            )
        else:
            formula = Formula(worst, self.rate.worst_rate)
            prose = "It is attained at one of the two ends" + (
                ":" if not formula.terms[1].has(sympy.Piecewise) else ", or in between where one of the cases says so:"
            )
            step = settled("Where the worst rate is attained", prose, (formula,), verdicts)
        if isinstance(step, Theorem):
            self.summary.append(("Worst rate", formula))
        yield step

    def _end_points_proof(self) -> tuple[Any, ...]:
        t = self._name("t")
        ends = [sympy.Symbol("a_mu"), sympy.Symbol("a_L"), sympy.Symbol("b_mu"), sympy.Symbol("b_L")]
        names = (
            ("write ", ends[0], " and ", ends[1], " for ", self.R, " at the two ends.")
            if self.one
            else ("write ", ends[0], ", ", ends[1], " and ", ends[2], ", ", ends[3], " for the coefficients ", -self.b, " and ",
                  self.q, " at the two ends.")
        )  # fmt: skip
        return (
            "A curvature in between is ",
            mu + t * (L - mu),
            " with ",
            Formula(0, t, 1, relation="<="),
            "; ",
            *names,
            " These are affine in the curvature, and the inequalities of the Schur-Cohn test are affine in them. So where "
            "the inequalities for a bound ",
            r,
            " hold at both ends, they hold in between.",
        )

    def _tuning(self) -> Iterator[Any]:
        yield Section("Optimal parameters")
        if self.tuning is None:
            reason = self.no_tuning.removeprefix(f"{self.method.name}: ")
            yield Remark("No closed form", tuple(_with_letters(f"{reason[0].upper()}{reason[1:]}.")))
            return
        t = self.tuning
        if t.kind == "algebraic":
            yield from self._named_root(t)
        if t.kind != "radicals":
            yield from self._certificate(t)
            return
        best = sympy.Symbol("rho_star")
        if held := list(t.fixed):
            yield Remark(
                "Parameters that are not needed",
                (
                    "The characteristic polynomial depends on fewer combinations of the parameters than there are parameters. "
                    "So ",
                    *_listed([Formula(p, t.parameters[p]) for p in held]),
                    " is chosen; that other values are not better is part of the theorem on optimality.",
                ),
            )
        if t.given:
            yield Paragraph(
                (
                    "The decay ",
                    *_listed(list(t.given)),
                    " adds to every curvature, so that with a larger one everything is faster, toward another minimizer. It must "
                    "be given; the other parameters are tuned, for every decay above ",
                    -mu,
                    ".",
                )
            )
        yield Paragraph(
            (
                "Which constant parameters make the worst rate least? By the Schur-Cohn test, the worst rate is at most ",
                r,
                " exactly if inequalities in ",
                *_listed([*self.iteration.parameters, r]),
                " hold at ",
                mu,
                " and at ",
                L,
                ". Where ",
                r,
                " cannot be made smaller, some of them are equations, as many as there are unknowns. All choices were tried "
                "at one pair of numbers; these are the equations of the choice with the least feasible ",
                r,
                ":",
            )
        )
        yield from self._active()
        h = sympy.Function(self._name("h").name)(r)
        polynomial = sympy.Poly(t.polynomial, r)
        yield Definition(
            "What is left for the rate",
            (
                "Eliminating ",
                *_listed([p for p in t.parameters if p not in t.fixed]),
                " leaves an equation for ",
                r,
                " alone, ",
                Formula(h, 0),
                ". Its least solution that is not negative is called ",
                best,
                ". Here",
            ),
            (Formula(h, polynomial),),
        )
        solved = tuple(Formula(p, e) for p, e in t.parameters.items())
        yield self._theorem(
            "Candidate",
            (
                "The solution and the parameters that belong to it are below. They solve the equations of the table, and "
                "with these parameters no mode has a rate above ",
                best,
                ":",
            ),
            (Formula(best, t.rate), *solved),
            "tuning/active",
            "tuning/attained",
            proof=(
                "Put into the equations, they make both sides equal. With these parameters, the inequalities of the "
                "Schur-Cohn test for the bound ",
                Formula(r, best),
                " hold at both ends." if self.rate.is_affine else " hold at every curvature of the interval.",
            ),
        )
        yield self._theorem(
            "Nothing is better",
            (
                "No real parameters have a worst rate below ",
                best,
                ", so that those above attain the least one: if ",
                r,
                " bounds the rate at both ends for any parameters, then",
            ),
            (Formula(r, best, relation=">="),),
            "tuning/optimal",
            proof=(
                "Let ",
                r < 1,
                ", else there is nothing to show. The inequalities at ",
                mu,
                " and ",
                L,
                " imply, whatever the parameters, that ",
                h <= 0,
                ". But ",
                h > 0,
                " where ",
                Formula(0, r, best, relation=("<=", "<")),
                ".",
            ),
            summary=(
                *((("Optimal parameters" if i == 0 else ""), f) for i, f in enumerate(solved)),
                ("Least worst rate", Formula(best, t.rate)),
            ),
        )
        ratio = L / mu if not t.given else (L + sum(t.given)) / (mu + sum(t.given))
        yield self._identity(
            "In terms of the condition number",
            ("With the condition number ", Formula(kappa, ratio), ", the least worst rate depends on it alone:"),
            (Formula(best, t.rate_of_kappa),),
            "tuning/condition-number",
        )

    def _named_root(self, t: Tuning) -> Iterator[Any]:
        """The polynomial that the rate is a root of."""
        h = sympy.Function(self._name("h").name)(r)
        yield Paragraph(
            (
                "As for every method, the search looks for the inequalities of the Schur-Cohn test for a bound ",
                r,
                " that are equations at the optimum. Here they have no solution in square roots. These are the equations:",
            )
        )
        yield from self._active()
        yield Definition(
            "The rate as a root",
            (
                "Eliminating ",
                *_listed(list(t.parameters)),
                " leaves one equation for ",
                r,
                ", ",
                Formula(h, 0),
                ", with",
            ),
            (Formula(h, sympy.Poly(t.polynomial, r)),),
        )
        yield Definition(
            "Parameters",
            ("At the root that is the least worst rate, the parameters are"),
            tuple(Formula(p, e) for p, e in t.parameters.items()),
        )
        if "tuning/optimal-root" in self.claims:
            solved = self._name("r_0")
            yield self._theorem(
                "No parameters are better",
                (
                    "Where a root ",
                    solved,
                    " solves the equations together with parameters whose worst rate it is, no real parameters have a smaller "
                    "one: if ",
                    r,
                    " bounds the rate at both ends for any parameters, then",
                ),
                (Formula(r, solved, relation=">="),),
                "tuning/optimal-root",
                proof="The solver finds no parameters that satisfy the inequalities for a smaller bound.",
                summary=(("Least worst rate, as a root", Formula(sympy.Poly(t.polynomial, r), 0)),),
            )

    def _certificate(self, t: Tuning) -> Iterator[Any]:
        """What is proved at one pair of numbers."""
        low, high = sympy.Rational(SAMPLE[0]), sympy.Rational(SAMPLE[1])
        found = t.certificate(low, high)
        digits = 8
        shown = [Formula(p, sympy.Float(v, digits)) for p, v in found.parameters.items()]
        yield Paragraph(
            (
                "No closed form in ",
                mu,
                " and ",
                L,
                " was found. At numbers, a search finds parameters, and exact arithmetic says what is true of them. For ",
                Formula(mu, low),
                " and ",
                Formula(L, high),
                " it finds, up to rounding,",
            )
            if t.kind == "numeric"
            else ("For ", Formula(mu, low), " and ", Formula(L, high), " the parameters are, up to rounding,"),
        )
        yield Definition("Parameters at numbers", "", tuple(shown))
        worst = sympy.Symbol("rho_max")
        bounds = Formula(
            _exact_decimal(found.worst.lower), worst, _exact_decimal(found.worst.upper), relation=("<=", "<")
        )
        yield settled(
            "Their worst rate",
            (
                "With these parameters, taken as the rational numbers that the computer stores, the worst rate lies between",
            ),
            (bounds,),
            found.worst.verdicts,
            "The Schur-Cohn inequalities for the upper bound hold at every curvature of the interval; for the lower bound one of "
            "them fails at some curvature. The solver decides both in rational numbers.",
        )
        if found.lower_by == "proved":
            lower = Formula(worst, _exact_decimal(found.lower), relation=">=")
            yield settled(
                "No parameters are much better",
                ("Whatever the real parameters, their worst rate is not smaller than",),
                (lower,),
                found.verdicts[-1:],
                "At a few curvatures of the interval, the inequalities for this bound contradict each other.",
            )
        else:
            yield Remark(
                "What other parameters could reach",
                (
                    "No linear method that takes as many gradients has a rate below ",
                    _exact_decimal(found.lower),
                    ": its residual polynomials would be better than those of Chebyshev ",
                    Cite("flanders1950"),
                    ". This is cited, not proved here.",
                ),
            )

    def _schedule(self) -> Iterator[Any]:
        """Parameters of their own in each step: the first few, their residual polynomials, and what holds for all."""
        scheduled = Scheduled(self.iteration)
        yield Section("The schedule")
        polynomial = sympy.Symbol("P_k")
        yield Paragraph(
            (
                "All of the above is about constant parameters. The method's own change from step to step; they are made from ",
                *_listed(list(scheduled.given.values())),
                ". From rest, ",
                k,
                " steps multiply the error of a mode by a polynomial ",
                polynomial,
                " in its curvature.",
            )
        )
        count = 3
        each = [scheduled.parameters(i) for i in range(count)]
        yield Definition(
            "The first steps",
            ("The parameters of the first ", str(count), " steps are"),
            tuple(
                Formula(sympy.Symbol(f"{p.name}_{i}"), e) for i, values in enumerate(each) for p, e in values.items()
            ),
        )
        yield Definition(
            "The first polynomials",
            "Multiplied out,",
            tuple(Formula(sympy.Symbol(f"P_{i}"), scheduled.residual_polynomial(i)) for i in range(1, count + 1)),
        )
        for law in scheduled.laws:
            prose = tuple(_relation(piece) if isinstance(piece, sympy.Rel) else piece for piece in law.prose)
            shown = _relation(law.statement)
            step = settled(law.title, prose, (shown,), tuple(check(c) for c in law.claims), law.proof)
            if isinstance(step, Theorem):
                self.summary.append((law.title, shown))
            yield step

    def _published(self) -> Iterator[Any]:
        """What is proved of published parameters."""
        every = self.tuning.presets if self.tuning else published(self.rate)
        if not every:
            return
        yield Section("Published parameters")
        for name, found in every.items():
            cited: Any = Cite(found.cite) if lookup(found.cite) else f"({found.cite})"
            where = [Formula(c.lhs, c.rhs, relation=c.rel_op) for c in found.scope]
            text: list[Any] = ["The parameters of ", cited]
            if found.preset.note:
                text.append(f", {found.preset.note}")
            text += [", where ", *_listed(where), ", are as follows. "]
            if len(found.intervals) > 1:
                ends = [x for interval in found.intervals for x in interval]
                text += [
                    "The curvatures lie between ",
                    ends[0],
                    " and ",
                    ends[1],
                    " or between ",
                    ends[2],
                    " and ",
                    ends[3],
                    ". ",
                ]
            worst = sympy.Symbol("rho_max")
            text.append("With them the worst rate is exactly ")
            text.append(worst)
            text.append(":")
            yield settled(
                name[0].upper() + name[1:].replace("-", " "),
                tuple(text),
                (*(Formula(p, e) for p, e in found.parameters.items()), Formula(worst, found.rate)),
                tuple(check(c) for c in found.claims),
                "The Schur-Cohn inequalities for this bound hold, and those for any smaller one do not.",
            )

    def _finite_time(self) -> Iterator[Any]:
        """The worst case after k steps with the best parameters, where it has a closed form."""
        closed = self.transient.closed_form
        if closed is None or self.tuning is None:
            if enclosures := list(self._enclosures()):
                yield Section("Finite time")
                yield from enclosures
            return
        yield Section("Finite time")
        largest, polynomial = sympy.Symbol("E_k"), sympy.Symbol("P_k")
        yield Paragraph(
            (
                "The rate says how fast the error shrinks in the end. From rest, ",
                k,
                " steps multiply the error of a mode by a polynomial ",
                polynomial,
                " in its curvature; let ",
                largest,
                " be its largest modulus over all curvatures from ",
                mu,
                " to ",
                L,
                ".",
            )
        )
        names = [n for n in self.claims if n.startswith("transient/") and n not in _ENCLOSURES]
        shown = Formula(largest, closed.value)
        yield self._theorem(
            "The worst case after k steps",
            ("With the best parameters of above,",),
            (shown,),
            *names,
            proof=_FINITE_TIME[closed.kind],
            summary=[("Worst case after k steps", shown)],
        )
        yield from self._enclosures()
        if self.one:
            return
        count, usual = self.transient.iterations(_TOLERANCE, mu=1, L=100), self.tuning.iterations(_TOLERANCE, 1, 100)
        at, value = self.transient.peak(mu=1, L=100)
        text: tuple[Any, ...] = ("For ", Formula(kappa, sympy.Integer(100)), ", ")
        if at:
            grown = sympy.Symbol(f"{float(value):.3g}")
            text += ("the error may first grow, to ", grown, f" times that of the start after {at} steps, and ")
        yield Remark(
            "What it costs", (*text, f"{count} steps leave a millionth of it; the rate alone would say {usual}.")
        )

    def _enclosures(self) -> Iterator[Any]:
        names = [n for n in self.claims if n in _ENCLOSURES]
        if not names or not self.everything:
            return
        first, second = self._name("U_k"), self._name("L_k")
        power: Any = self.R**k
        yield self._theorem(
            "Sequences of Lucas",
            (
                "With the sequences of Lucas that belong to the trace ",
                self.b,
                " and the determinant ",
                self.q,
                ", ",
                first,
                " from 0 and 1 and ",
                second,
                " from 2 and ",
                self.b,
                " (each term is ",
                self.b,
                " times the last one less ",
                self.q,
                " times the one before),",
            ),
            (
                Formula(
                    power,
                    Terms(
                        sympy.MatMul(first, self.R - self.b / 2 * sympy.Identity(2)),
                        sympy.MatMul(second / 2, sympy.Identity(2)),
                    ),
                ),
            ),
            *names,
            proof="On this rest the bounds at numbers of the worst case after k steps, for any parameters.",
        )

    def _active(self) -> Iterator[Any]:
        """The equations of the optimum, each with what it means for the eigenvalues."""
        it = self.iteration
        meanings: dict[Any, tuple[Any, ...]] = {}
        held = self.tuning.fixed if self.tuning else {}
        for end in (mu, L):
            values = schur_cohn(it.coefficients, r)
            eigenvalue = "it is an eigenvalue at " if it.size > 1 else "it is the factor of a step at "
            words: list[tuple[Any, ...]] = [
                (r, ": ", eigenvalue, end),
                (-r, ": ", eigenvalue, end),
                (r**2, ": it is the product of the eigenvalues at ", end),
            ]
            for g, meaning in zip(values, words, strict=False):
                key = sympy.expand(sympy.expand(g).xreplace({lam: end, **held}))
                # One inequality at both ends, where the curvature is not in it.
                meanings[key] = (*meanings[key], " and at ", end) if key in meanings else meaning
        rows = []
        for equation in self.tuning.active if self.tuning else ():
            found = sympy.expand(equation.lhs)
            rows.append(((Formula(sympy.Poly(found, r), equation.rhs),), meanings.get(found, ("",))))
        yield Table("The active inequalities.", ("Equation", "What it says"), rows)

    # Noise ------------------------------------------------------------------------------------------------------------

    def _noise(self) -> Iterator[Any]:
        yield Section("Noise")
        several = len(self.errors) > 1
        yield Paragraph(
            (
                "Let the errors in the gradients be random: of mean 0 and variance 1, uncorrelated from step to step",
                " and with each other" if several else "",
                ". Nothing else is assumed of their distribution. Then the covariance of the state changes in each step as "
                "below, and where the method is stable it has a limit: with all eigenvalues inside the unit circle, the "
                "difference from a solution of the equation dies out like the square of the error.",
            )
        )
        row = self.method.state.index(ITERATE)
        V: Any = self._name("V") if self.one else sympy.MatrixSymbol(self._name("V").name, *self.iteration.matrix.shape)
        if self.one:
            after = Terms(self.R**2 * V, *(b**2 for b in self.iteration.noise_input.applyfunc(compact)))
        else:
            after = Terms(
                sympy.MatMul(self.R, V, sympy.Transpose(self.R)), sympy.MatMul(self.B, sympy.Transpose(self.B))
            )
        yield Definition("Lyapunov equation", ("The covariance in the limit, ", V, ", solves"), (Formula(V, after),))
        variance = self._name("v")
        value = self.noise.lyapunov_solution[row, row]
        yield self._theorem(
            "Stationary variance",
            (
                "Where the method is stable, that equation has a solution; its entry for ",
                sympy.Symbol(ITERATE),
                " is ",
                variance,
                ":",
            ),
            (Formula(variance, value),),
            *(n for n in ("noise/lyapunov", "noise/variances") if n in self.claims),
            proof=(
                "Put into the equation, it makes both sides equal"
                + ("; and the variances are not negative." if "noise/variances" in self.claims else "."),
            ),
            summary=[("Variance of w in the end", value)],
        )

    def _more_noise(self) -> Iterator[Any]:
        """After finitely many steps, on whole problems, averages, and noise in proportion to the gradient."""
        if not self.everything:
            yield Remark(
                "More on noise",
                "What it does after finitely many steps, on whole problems, to averages, and in proportion to the gradient is "
                "proved too; it stands in the complete derivation.",
            )
            return
        further = self.noise.further_claims
        if not further:
            return
        parts = {part: [c for c in further if part in c.id] for part in ("average", "published", "mean-square")}
        problem = [c for c in further if c.id.endswith(("/stein", "noise/loss"))]
        general = [c for c in further if c not in problem and not any(c in group for group in parts.values())]
        V: Any = self._name("V") if self.one else sympy.MatrixSymbol(self._name("V").name, *self.iteration.matrix.shape)
        after: Any = self._name("V_k") if self.one else sympy.MatrixSymbol(self._name("V_k").name, *V.shape)
        rest = self.R ** (2 * k) * V if self.one else sympy.MatMul(self.R**k, V, sympy.Transpose(self.R**k))
        yield self._theorem(
            "The covariance after k steps",
            ("From a state that is known, with any solution ", V, " of the equation, the covariance ", after, " is"),
            (Formula(after, Terms(V, -rest if self.one else sympy.MatMul(-1, rest))),),
            lemmas=general,
            proof="By induction: it is 0 at first, and changes in each step as it must.",
        )
        yield self._theorem(
            "Whole problems",
            (
                "On a problem of several modes, errors with any covariance, of one coordinate with another too, add to the "
                "expected loss what their variances in the directions of the modes alone would add.",
            ),
            (),
            lemmas=problem,
            proof="The covariance between two modes solves an equation of its own; the loss is a sum over modes.",
        )
        mean = self._name("v_mean")
        yield self._theorem(
            "Averages",
            (
                "The error of the mean of the iterates, once it is large against the first steps' share, is that of the mean of "
                "the gradients' errors over the curvature, whatever the parameters: times ",
                k,
                ", its variance tends to ",
                mean,
                ":",
            ),
            (Formula(mean, self.noise.average_variance.args[0][0]),),
            lemmas=parts["average"],
            proof="A constant error moves the fixed point by that error over the curvature; the mean of the states is moved by "
            "the mean of the errors likewise, but for terms that are summable since the powers of R are, and so of order 1/k.",
        )
        if parts["published"]:
            yield self._theorem(
                "As published",
                ("The stationary variance is the known one.",),
                (),
                lemmas=parts["published"],
            )
        if parts["mean-square"]:
            mean_square = self.noise.mean_square
            reduction = (
                " (that for three states or more this is where they do is argued, not proved by the checker: the map of the "
                "second moments keeps matrices positive, and the noise adds a term of rank one to it; proved is the solved form)"
                if self.iteration.size > 2
                else ""
            )
            yield self._theorem(
                "Noise in proportion to the gradient",
                (
                    "Let each gradient be multiplied by 1 + ",
                    mean_square.level,
                    " times an error of mean 0 and variance 1. The squares of the errors tend to 0 in the mean, from every "
                    f"start, exactly where{reduction}",
                ),
                tuple(_relation(c) for c in _all_parts(mean_square.region)),
                lemmas=parts["mean-square"],
                proof="What the squares and products of the state become is a linear map, and all its eigenvalues lie inside the "
                "unit circle just there.",
            )

    # What it comes to -------------------------------------------------------------------------------------------------

    def _conclusion(self) -> Iterator[Any]:
        yield Section("Conclusion")
        if self.summary:
            yield Table(
                "What was found.", ("What", "Result"), [((question,), (answer,)) for question, answer in self.summary]
            )
        beyond = (
            ()
            if self.iteration.size <= 2
            else ("For more than two states, no rate, no regimes and no tuning in closed form are derived. ",)
        )
        yield Remark(
            "Where this stops",
            (
                *beyond,
                "All of this is about quadratics and constant parameters",
                "."
                if self.transient.closed_form
                else ", and but for the powers about the limit of many steps. In the first steps the error may grow before it "
                "shrinks.",
                " For functions that are not quadratic none of it follows: heavy "
                "ball with the parameters that are optimal for quadratics can cycle for ever on a smooth strongly "
                "convex function ",
                Cite("lessard2016"),
                ".",
            ),
        )


# Expressions as they are shown ----------------------------------------------------------------------------------------


def _exact_decimal(number: Any) -> Any:
    """A rational number with a finite decimal expansion, all of whose digits are shown."""
    places = len(str(number.q)) - 1 if set(str(number.q)) <= {"0", "1"} else 12
    return sympy.Float(number, max(places + len(str(number.p // number.q)) - (number.p < number.q), 1))


def _all_parts(region: Any) -> tuple[Any, ...]:
    return tuple(region.args) if isinstance(region, sympy.And) else (region,)


def _relation(statement: Any) -> Formula:
    return Formula(statement.lhs, statement.rhs, relation=statement.rel_op.replace("==", "="))


def _gradient(point: Any) -> Any:
    return sympy.Function("grad")(point)


def _half(expression: Any) -> Any:
    """One half of a sum, which SymPy would distribute over the terms."""
    return sympy.Mul(sympy.Rational(1, 2), expression, evaluate=False)


def _over_two(expression: Any) -> Any:
    """A sum of halves over one 2."""
    if isinstance(expression, sympy.Add) and all(t.as_coeff_Mul()[0].q == 2 for t in expression.args):
        return _half(sympy.Add(*(2 * t for t in expression.args)))
    return expression


def _radius_shown(rate: Rate) -> Any:
    if not isinstance(rate.rate, sympy.Piecewise):
        return rate.rate
    it = rate.iteration
    real = _half(abs(it.trace) + sympy.sqrt(it.discriminant))
    return sympy.Piecewise((sympy.sqrt(it.determinant), it.discriminant < 0), (real, True), evaluate=False)


def _all(conditions: Iterable[Any]) -> Any:
    return sympy.And(*conditions)


def _in_curvature(polynomial: Any) -> Any:
    """A polynomial in the curvature, the coefficient of each power a product where it is one."""
    poly = sympy.Poly(polynomial, lam)
    return sympy.Add(*(compact(c) * lam**n for (n,), c in poly.terms()))


def _combination(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """A linear form of coefficients and names, in their order."""
    terms = []
    for c, x in pairs:
        coefficient = compact(c)
        if coefficient == 1:
            terms.append(x)
        elif coefficient != 0:
            whole = sympy.denom(sympy.together(coefficient)) == 1
            terms.append(Factors(coefficient, x) if whole else coefficient * x)
    return Terms(*terms) if len(terms) > 1 else terms[0] if terms else sympy.Integer(0)


def _shortest(names: Sequence[Any], form: Sequence[Any], done: Sequence[tuple[Any, list[Any]]]) -> Any:
    """A linear form, by way of one or two parts of the state that are already new where that is shorter: as rules are
    written. What the rule adds to itself comes first."""
    candidates = [list(zip(form, names, strict=True))]
    for count in (1, 2):
        for chosen in itertools.permutations(done, count):
            candidates += _through(names, form, chosen)
    return _combination(min(candidates, key=_length))


def _through(
    names: Sequence[Any], form: Sequence[Any], chosen: Sequence[tuple[Any, list[Any]]]
) -> Iterator[list[tuple[Any, Any]]]:
    if not chosen:
        yield list(zip(form, names, strict=True))
        return
    (new, known), *others = chosen
    for factor in {sympy.cancel(a / b) for a, b in zip(form, known, strict=True) if a != 0 and b != 0}:
        if factor.is_polynomial():
            rest = [sympy.expand(x - factor * y) for x, y in zip(form, known, strict=True)]
            for pairs in _through(names, rest, others):
                yield [*pairs[: len(names)], (factor, new), *pairs[len(names) :]]


def _length(pairs: Iterable[tuple[Any, Any]]) -> int:
    return sum(sympy.count_ops(compact(c)) + 2 for c, _ in pairs if c != 0)


def _meaning(regime: Regime, one: bool) -> str:
    """A method with one state has one eigenvalue, real always."""
    if one and regime.name == "monotone":
        return "The factor is positive: the error shrinks without a change of sign."
    if one and regime.name == "oscillating":
        return "The factor is negative: the error changes its sign in each step."
    return regime.meaning


def _with_letters(text: str, names: Iterable[str] = ()) -> Iterator[Any]:
    """A text with the Greek letters and the names in it as mathematics."""
    words = [*_GREEK, *(n for n in names if n not in ("a", "I"))]
    for i, piece in enumerate(re.split(rf"\b({'|'.join(words)})\b", text)):
        if piece:
            yield sympy.Symbol(piece) if i % 2 else piece


def _listed(pieces: Sequence[Any]) -> Iterator[Any]:
    for i, piece in enumerate(pieces):
        if i:
            yield " and " if i == len(pieces) - 1 else ", "
        yield piece


def _separated(pieces: Iterable[Any]) -> Iterator[Any]:
    for i, piece in enumerate(pieces):
        yield from ((", ", piece) if i else (piece,))
