"""Claims and verdicts: what is stated, and what is known of it.

A :class:`Claim` is data. It says nothing about whether it holds; :func:`symmomentum.check` settles it and
answers with a :class:`Verdict`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from symmomentum.errors import ClaimError

__all__ = ["Claim", "Verdict", "conjuncts", "equal", "mapped"]


def equal(left: Any, right: Any) -> Any:
    """An equation that SymPy does not try to decide: that is the checker's business, and SymPy's attempts are slow.

    >>> equal(1, 1)
    Eq(1, 1)
    """
    return sympy.Eq(left, right, evaluate=False)


def conjuncts(statement: Any) -> tuple[Any, ...]:
    """The parts of a conjunction in SymPy's own order, or the statement alone.

    ``And.make_args`` gives them in an order that changes from run to run, and the time that a solver takes changes with it.

    >>> x = sympy.Symbol("x")
    >>> conjuncts((x > 0) & (x < 1)), conjuncts(x > 0)
    ((x > 0, x < 1), (x > 0,))
    """
    return tuple(statement.args) if isinstance(statement, sympy.And) else (statement,)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A mathematical statement over the reals, with its assumptions, a permanent id and a source.

    Parameters
    ----------
    id : str
        A permanent name, such as ``"heavy-ball/stability/region"``.
    statement : sympy Boolean or bool
        Equations, inequalities, ``And``, ``Or``, ``Not``, ``Implies``, ``Equivalent`` (and ``Xor``, ``ITE``) of real
        terms: rational functions, integer and rational powers, ``Abs``, ``sign``, ``Min``, ``Max``, ``Piecewise``, powers with
        a non-negative integer symbol as exponent, ``Sum``, ``Product`` and entries of matrix powers; or equations between
        polynomials in matrices of any size (``MatrixSymbol``). It is read as: *for all real values of the symbols that satisfy
        the assumptions*. An undefined term (a division by zero, a root of a negative number, cube roots included, since SymPy's
        are complex) makes the whole statement false at that point, also under ``Not`` or beside a true alternative of an
        ``Or``; only a branch of a ``Piecewise`` that is not taken may be undefined. 0**0 is 1; a sum or product with no term
        is 0 or 1. What SymPy evaluates while a statement is built (``x/x`` to 1, ``Eq(x, x)`` to true) never gets here: build
        with ``evaluate=False`` what is to be checked as it stands.
    assumptions : tuple of sympy Boolean
        Required; may be the empty tuple. What the symbols declare of themselves (``positive=True``, ``integer=True``)
        counts as assumed too. Of matrices: equations, which are used from left to right, and ``Ne(Determinant(A), 0)``.
    source : str
        Where the statement comes from: a citation with equation number, or a sentence.
    title : str
        One line for people.
    lemmas : tuple of Claim
        A way of proof, for statements that are hard in one piece: claims of which each assumes only what this claim assumes or
        earlier lemmas state, and which together state what this claim states. The checker verifies just that, and each
        lemma.
    general : Claim, optional
        Another way of proof: the claim of which this one is an instance; made by :meth:`instance`.
    at : tuple of (symbol, term)
        What stands for the general claim's symbols.

    Raises
    ------
    ClaimError
        (a ``ValueError``) If the statement or an assumption is not a Boolean, or holds a floating-point number or an
        imaginary unit.

    Examples
    --------
    >>> import sympy, symmomentum as sm
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = sm.Claim(id="demo/square", statement=x**2 >= 0, assumptions=(), source="demonstration")
    >>> sm.check(claim).status
    'proved'
    """

    id: str
    statement: Boolean
    assumptions: tuple[Boolean, ...]
    source: str
    title: str = ""
    lemmas: tuple[Claim, ...] = ()
    general: Claim | None = None
    at: tuple[tuple[sympy.Symbol, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("id", "source", "title"):
            if not isinstance(text := getattr(self, name), str) or (name == "id" and not text.strip()):
                raise ClaimError(
                    f"claim {self.id!r}: {name} must be a {'non-empty ' * (name == 'id')}string; given {text!r}"
                )
        if isinstance(self.assumptions, (Boolean, bool)) or not isinstance(self.assumptions, Iterable):
            raise ClaimError(
                f"claim {self.id!r}: assumptions must be a tuple, if need be the empty one; given {self.assumptions!r}"
            )
        lemmas: Any = self.lemmas  # whoever calls this may not check types
        if isinstance(lemmas, Claim) or not isinstance(lemmas, Iterable):
            raise ClaimError(f"claim {self.id!r}: lemmas must be a tuple of claims; given {lemmas!r}")
        lemmas = tuple(lemmas)
        if strange := [x for x in lemmas if not isinstance(x, Claim)]:
            raise ClaimError(f"claim {self.id!r}: a lemma must be a claim; given {strange[0]!r}")
        object.__setattr__(self, "lemmas", lemmas)
        object.__setattr__(self, "statement", _boolean(self.id, "statement", self.statement))
        object.__setattr__(self, "assumptions", tuple(_boolean(self.id, "assumption", a) for a in self.assumptions))

    def instance(self, values: Mapping[sympy.Symbol, Any], *, id: str, title: str = "") -> Claim:
        """This claim with terms in place of symbols; it is proved by proving this claim once.

        Parameters
        ----------
        values : mapping of symbol to term
            What stands for what. The checker accepts polynomials, which are defined everywhere, for symbols of which nothing
            is declared but that they are real.
        id, title : str
            Of the instance.

        Examples
        --------
        >>> import symmomentum as sm
        >>> x, y = sympy.symbols("x y", real=True)
        >>> claim = Claim(id="demo/means", statement=2*x*y <= x**2 + y**2, assumptions=(), source="demonstration")
        >>> instance = claim.instance({x: 3*y}, id="demo/three")
        >>> instance.statement, sm.check(instance).detail
        (6*y**2 <= 10*y**2, 'an instance of demo/means')
        """

        def put(term: Any) -> Any:
            return term.xreplace(dict(values))

        return Claim(
            id=id,
            statement=mapped(self.statement, put),
            assumptions=tuple(mapped(a, put) for a in self.assumptions),
            source=self.source,
            title=title or self.title,
            general=self,
            at=tuple(values.items()),
        )

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The free symbols of statement and assumptions, sorted by name."""
        free = set(self.statement.free_symbols).union(*(a.free_symbols for a in self.assumptions))
        return tuple(sorted(free, key=lambda s: (s.name, str(sorted(s.assumptions0.items())))))


def mapped(statement: Any, change: Callable[[Any], Any]) -> Any:
    """The statement with its terms changed and its relations left unevaluated: deciding them is the checker's business, and
    SymPy's attempts at it are slow."""
    if isinstance(statement, Relational):
        return statement.func(*(change(a) for a in statement.args), evaluate=False)
    return statement.func(*(mapped(a, change) for a in statement.args)) if statement.args else statement


def _boolean(claim_id: str, role: str, value: object) -> Boolean:
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if not isinstance(value, Boolean) or isinstance(value, sympy.Symbol):
        raise ClaimError(
            f"claim {claim_id!r}: the {role} must be an equation, an inequality or a logical combination of them; "
            f"given {value!r} ({type(value).__name__})"
        )
    if isinstance(value, BooleanAtom):
        return value
    for number in value.atoms(sympy.Float):
        raise ClaimError(
            f"claim {claim_id!r}: the {role} holds the floating-point number {number}; write it exactly, "
            f"for example sympy.Rational('{number}')"
        )
    if value.has(sympy.I):
        raise ClaimError(f"claim {claim_id!r}: the {role} holds the imaginary unit; claims are over the reals")
    return value


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check of a claim found.

    Attributes
    ----------
    claim : Claim
        The claim that was checked.
    status : str
        ``"proved"``, ``"refuted"`` or ``"unknown"``. Unknown is never shown as true.
    by : str
        The way of proof: ``"identity"``, ``"smt"``, ``"induction"``; for a refutation ``"witness"``; ``""`` if unknown.
    witness : mapping of symbol to exact number, or None
        For a refutation: numbers that satisfy the assumptions and break the statement, verified in exact arithmetic.
    points : int
        How many points that satisfy the assumptions were tested numerically.
    seconds : float
        Wall time of the check.
    detail : str
        What was done, or, for an unknown, what was tried and why it did not settle the claim.
    queries : tuple of (name, SMT-LIB 2 text)
        The queries that settle the claim: each of them unsatisfiable. Where an exact normal form made one superfluous it is
        here all the same, so that a solver can be asked.
    """

    claim: Claim
    status: str
    by: str
    witness: Mapping[sympy.Symbol, sympy.Expr] | None = None
    points: int = 0
    seconds: float = 0
    detail: str = ""
    asked: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def queries(self) -> tuple[tuple[str, str], ...]:
        return tuple((q.name, q.text) for q in self.asked)  # written only when somebody wants to read them

    @property
    def proved(self) -> bool:
        return self.status == "proved"
