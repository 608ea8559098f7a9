r"""Identities between matrices of any size: a normal form of polynomials in letters that do not commute.

A product of matrices is a word, and a polynomial in matrices a sum of words with coefficients. Two polynomials with the same
words and coefficients are equal whatever the matrices and their sizes are. Equations that are assumed are read from left to
right: where the word on the left stands in another word, the right side takes its place, which changes no value. A word with one
row and one column is a number: it commutes with everything, and equals its transpose.

That two normal forms differ proves nothing. Such a claim is tried at the sizes 1 and 2 by its entries, where it is a claim about
numbers like any other; this also shows that its assumptions can be met.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.relational import Equality, Relational, Unequality
from sympy.matrices.expressions.determinant import Determinant
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.matrices.matrixbase import MatrixBase
from sympy.polys.polyerrors import PolynomialError
from sympy.polys.rings import PolyElement, ring

from symmomentum.claims import Claim, conjuncts, equal
from symmomentum.proof.formula import Untranslatable

__all__ = ["at_size", "base_and_step", "concerns", "is_identity", "validate"]

MAX_REPLACEMENTS = 5_000
"""How often an assumed equation may be used in one normal form: they may send each other round in a circle."""

MAX_TERMS = 5_000
"""How many words a product may have when it is multiplied out: those of a power of a sum are doubled by each factor."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A matrix symbol, or its transpose, its inverse, or both."""

    symbol: Any
    transposed: bool = False
    inverse: bool = False

    @property
    def shape(self) -> tuple[Any, Any]:
        rows, columns = self.symbol.shape
        return (columns, rows) if self.transposed else (rows, columns)

    @property
    def key(self) -> tuple[str, bool, bool]:
        return self.symbol.name, self.transposed, self.inverse


Word = tuple[Letter, ...]
Term = tuple[tuple[Word, ...], Word]
"""Numbers that stand before a word (words with one row and one column), and the word."""
Polynomial = dict[Term, PolyElement]


def concerns(claim: Claim) -> bool:
    """Whether the claim speaks of matrices that are not written out.

    Examples
    --------
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> A, w = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("w", n, 1)
    >>> linear = equal(A * (w + w), 2 * A * w)
    >>> concerns(Claim(id="demo", statement=linear, assumptions=(), source="demonstration"))
    True
    """
    parts = (part for whole in (claim.statement, *claim.assumptions) for part in whole.atoms(Equality, Unequality))
    return any(
        isinstance(side, (MatrixExpr, Determinant)) and not isinstance(side, MatrixBase)
        for part in parts
        for side in part.args
    )


def validate(claim: Claim) -> None:
    """Refuse what is not surely meant for matrices of every size.

    SymPy compares shapes only where they are numbers. A size that stands elsewhere too, as an exponent or in a condition, or of
    which more is declared than that it is a positive integer, would make the sizes 1 and 2 special, and an induction on it would
    change the matrices with it.

    Raises
    ------
    Untranslatable
        If products, sums or equations are of shapes that do not fit; if a size is no plain symbol or stands elsewhere; if an
        exponent is neither a whole number from -1 on nor surely a nonnegative integer; or if entries, sums over an index or other
        functions of matrices occur.

    Examples
    --------
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> A, B = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("B", n, n)
    >>> validate(Claim(id="demo", statement=equal((A * B - B * A) ** n, 0 * A), assumptions=(), source="demonstration"))
    Traceback (most recent call last):
    symmomentum.proof.formula.Untranslatable: the size n stands elsewhere too
    """
    parts = (claim.statement, *claim.assumptions)
    if any(isinstance(node, MatrixBase) for part in parts for node in sympy.preorder_traversal(part)):
        raise Untranslatable("matrices written out beside others")
    sizes = {d for part in parts for e in part.atoms(MatrixExpr) for d in e.shape if not d.is_Integer}
    for size in sizes:
        if not size.is_Symbol or size.assumptions0 != _ANY_SIZE.assumptions0:
            raise Untranslatable(f"the size {size}, which is no symbol for any positive integer")
    for part in parts:
        _validate(part, sizes)


_ANY_SIZE = sympy.Symbol("n", integer=True, positive=True)


def _validate(node: Any, sizes: set[Any]) -> None:
    if node in sizes:
        raise Untranslatable(f"the size {node} stands elsewhere too")
    if isinstance(node, (sympy.MatrixSymbol, sympy.Identity, sympy.ZeroMatrix)):
        return
    if isinstance(node, (MatrixElement, ExprWithLimits)):
        raise Untranslatable(f"{node} ({type(node).__name__}) beside matrices")
    matrices = [a for a in node.args if isinstance(a, MatrixExpr)]
    fits = True
    if isinstance(node, sympy.MatMul):
        fits = all(x.shape[1] == y.shape[0] for x, y in itertools.pairwise(matrices))
    elif isinstance(node, (sympy.MatAdd, Relational)) and matrices:
        fits = len(matrices) == len(node.args) and len({x.shape for x in matrices}) == 1
    elif isinstance(node, sympy.MatPow):
        fits = matrices[0].shape[0] == matrices[0].shape[1]
    elif isinstance(node, Determinant):
        fits = isinstance(node.arg, sympy.MatrixSymbol) and node.arg.shape[0] == node.arg.shape[1]
    elif matrices and not isinstance(node, sympy.Transpose):
        raise Untranslatable(f"{node} ({type(node).__name__}) among matrices")
    if not fits:
        raise Untranslatable(f"{node}: shapes that do not fit")
    if isinstance(node, sympy.MatPow) and not (node.exp == -1 or (node.exp.is_integer and node.exp.is_nonnegative)):
        raise Untranslatable(f"{node}: an exponent that may be negative")
    for argument in node.args:
        _validate(argument, sizes)


def is_identity(claim: Claim) -> bool:
    """Whether the normal forms of both sides of each equation agree, in a claim that is valid (see :func:`validate`).

    Raises
    ------
    Untranslatable
        If the claim is no conjunction of equations between polynomials in matrices, or if something assumed is neither a
        condition on numbers, nor that a matrix is invertible, nor an equation with one word on its left; or if the assumed
        equations do not come to an end.

    Examples
    --------
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> A, B = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("B", n, n)
    >>> square = Claim(
    ...     id="demo", statement=equal((A + B) * (A - B), A * A - B * B), assumptions=(), source="demonstration"
    ... )
    >>> is_identity(square)
    False
    >>> commuting = Claim(id="demo", statement=square.statement, assumptions=(equal(A * B, B * A),), source="demonstration")
    >>> is_identity(commuting)
    True
    """
    algebra = _Algebra(claim)
    return all(not algebra.normal(algebra.difference(part)) for part in conjuncts(claim.statement))


def _matrices(claim: Claim) -> list[Any]:
    found = {s for part in (claim.statement, *claim.assumptions) for s in part.atoms(sympy.MatrixSymbol)}
    if len({s.name for s in found}) < len(found):
        raise Untranslatable("two matrices of one name")
    return sorted(found, key=str)


class _Algebra:
    """Polynomials in the matrices of a claim, with what it assumes of them."""

    def __init__(self, claim: Claim) -> None:
        scalars = [s for s in claim.symbols if not isinstance(s, MatrixExpr)]
        self.ring = ring([f"x{i}" for i in range(len(scalars))], sympy.QQ)[0]
        self.values = dict(zip(scalars, self.ring.gens, strict=True))
        self.symmetric: set[Any] = set()
        self.invertible: set[Any] = set()
        self.rules: list[tuple[Word, Polynomial]] = []
        self._replacements = 0
        equations = []
        for part in (part for a in claim.assumptions for part in conjuncts(a)):
            if not part.has(sympy.MatrixSymbol):
                continue  # of numbers: it is no equation between matrices, and none follows
            if isinstance(part, Equality) and (symbol := _symmetric(part)) is not None:
                self.symmetric.add(symbol)
            elif isinstance(part, Equality):
                equations.append(part)
            elif isinstance(part, Unequality) and (symbol := _invertible(part)) is not None:
                self.invertible.add(symbol)
            else:
                raise Untranslatable(f"the assumption {part} on matrices")
        for symbol in sorted(self.invertible, key=str):
            there, back = Letter(symbol), Letter(symbol, inverse=True)
            self._assume((there, back), self.one())
            self._assume((back, there), self.one())
        for part in equations:
            self._assume(*self._read(part))

    def _read(self, equation: Any) -> tuple[Word, Polynomial]:
        left, right = self.polynomial(equation.lhs), self.polynomial(equation.rhs)
        if len(left) != 1:
            raise Untranslatable(f"{equation}: more than one word on the left")
        ((numbers, word), coefficient), *_ = left.items()
        whole = (*numbers, word) if word else numbers
        if len(whole) != 1 or coefficient != 1:
            raise Untranslatable(f"{equation}: not one plain word on the left")
        return whole[0], right

    def _assume(self, word: Word, value: Polynomial) -> None:
        self.rules.append((word, value))
        back = self._back(word)
        # X^T = -X would send X and its transpose round in a circle.
        single = len(word) == 1 and any(x.symbol == word[0].symbol for n, w in value for x in (*w, *sum(n, ())))
        if back != word and not single:
            self.rules.append((back, self.transposed(value)))

    # Arithmetic ----------------------------------------------------------------------------------------------------

    def one(self) -> Polynomial:
        return {((), ()): self.ring.one}

    def difference(self, equation: Any) -> Polynomial:
        if not isinstance(equation, Equality):
            raise Untranslatable(f"{equation}: no equation between matrices")
        return _sum((self.polynomial(equation.lhs), _scaled(self.polynomial(equation.rhs), -self.ring.one)))

    def polynomial(self, node: Any) -> Polynomial:
        """A term as a polynomial, no assumption used but which matrices are symmetric."""
        if isinstance(node, sympy.MatrixSymbol):
            return {self._placed((), (Letter(node),)): self.ring.one}
        if isinstance(node, sympy.Identity):
            return self.one()
        if isinstance(node, sympy.ZeroMatrix):
            return {}
        if isinstance(node, sympy.Transpose):
            return self.transposed(self.polynomial(node.arg))
        if isinstance(node, sympy.MatAdd):
            return _sum(map(self.polynomial, node.args))
        if isinstance(node, sympy.MatMul):
            return reduce(self.product, map(self.polynomial, node.args))
        if isinstance(node, sympy.MatPow):  # an inverse is one
            return self._power(node)
        if isinstance(node, MatrixExpr) or not isinstance(node, sympy.Expr):
            raise Untranslatable(f"{node} ({type(node).__name__}) among matrices")
        try:
            coefficient = self.ring.from_expr(node.xreplace({s: sympy.Symbol(str(x)) for s, x in self.values.items()}))
        except (ValueError, PolynomialError):
            raise Untranslatable(f"{node}, which is no polynomial, as a coefficient") from None
        return {((), ()): coefficient} if coefficient else {}

    def _power(self, node: Any) -> Polynomial:
        base, exponent = node.base, node.exp
        symbol = base.arg if isinstance(base, sympy.Transpose) else base
        if exponent == -1 and symbol in self.invertible:
            return {self._placed((), (Letter(symbol, base != symbol, inverse=True),)): self.ring.one}
        if not (exponent.is_Integer and exponent >= 0):
            raise Untranslatable(f"{node}: neither a power with a number nor the inverse of an invertible matrix")
        return reduce(self.product, [self.polynomial(base)] * int(exponent), self.one())

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        if len(left) * len(right) > MAX_TERMS:
            raise Untranslatable("a product of too many words")
        return _sum(
            {self._placed((*n, *m), (*v, *w)): c * d} for (n, v), c in left.items() for (m, w), d in right.items()
        )

    def transposed(self, polynomial: Polynomial) -> Polynomial:
        return {(numbers, self._back(word)): c for (numbers, word), c in polynomial.items()}

    def _back(self, word: Word) -> Word:
        return tuple(self._letter(Letter(x.symbol, not x.transposed, x.inverse)) for x in reversed(word))

    def _letter(self, letter: Letter) -> Letter:
        return Letter(letter.symbol, False, letter.inverse) if letter.symbol in self.symmetric else letter

    def _placed(self, numbers: tuple[Word, ...], word: Word) -> Term:
        """The same with every number in the word taken out before it, and each number the lesser of itself and its transpose."""
        word = tuple(map(self._letter, word))
        cuts = [i for i, x in enumerate(word) if x.shape[0] == 1]
        if word and word[-1].shape[1] == 1:
            cuts.append(len(word))
        for first, last in itertools.pairwise(cuts):
            numbers = (*numbers, min(word[first:last], self._back(word[first:last]), key=_key))
        if cuts:
            word = word[: cuts[0]] + word[cuts[-1] :]
        return tuple(sorted(numbers, key=_key)), word

    # Normal form ----------------------------------------------------------------------------------------------------

    def normal(self, polynomial: Polynomial) -> Polynomial:
        """With assumed equations put in until there is no place for one."""
        done: list[Polynomial] = []
        open_terms = list(polynomial.items())
        while open_terms:
            term, coefficient = open_terms.pop()
            replaced = self._replaced(term)
            if replaced is None:
                done.append({term: coefficient})
                continue
            self._replacements += 1
            if self._replacements > MAX_REPLACEMENTS:
                raise Untranslatable("the assumed equations send each other round")
            open_terms += _scaled(replaced, coefficient).items()
        return _sum(done)

    def _replaced(self, term: Term) -> Polynomial | None:
        """The term with one word replaced as is assumed, ``None`` if there is none."""
        numbers, word = term
        for place, within in enumerate((*numbers, word)):
            for left, right in self.rules:
                for i in range(len(within) - len(left) + 1):
                    if within[i : i + len(left)] == left:
                        before: Polynomial = {((), within[:i]): self.ring.one}
                        after: Polynomial = {((), within[i + len(left) :]): self.ring.one}
                        changed = self.product(self.product(before, right), after)
                        if place == len(numbers):
                            return self.product({(numbers, ()): self.ring.one}, changed)
                        others = numbers[:place] + numbers[place + 1 :]
                        return self.product(changed, {(others, word): self.ring.one})
        return None


def _sum(polynomials: Iterable[Polynomial]) -> Polynomial:
    total: Polynomial = {}
    for polynomial in polynomials:
        for term, coefficient in polynomial.items():
            total[term] = total[term] + coefficient if term in total else coefficient
    return {term: c for term, c in total.items() if c}


def _scaled(polynomial: Polynomial, factor: PolyElement) -> Polynomial:
    return {term: c * factor for term, c in polynomial.items()}


def _key(word: Word) -> tuple[int, tuple[tuple[str, bool, bool], ...]]:
    return len(word), tuple(x.key for x in word)


def _symmetric(equation: Any) -> Any:
    """The symbol X of X^T = X."""
    for one, other in (equation.args, equation.args[::-1]):
        if isinstance(one, sympy.Transpose) and one.arg == other and isinstance(other, sympy.MatrixSymbol):
            return other
    return None


def _invertible(relation: Any) -> Any:
    """The symbol X of det X != 0."""
    determinant, zero = relation.args
    if isinstance(determinant, Determinant) and zero == 0 and isinstance(determinant.arg, sympy.MatrixSymbol):
        return determinant.arg
    return None


# Induction --------------------------------------------------------------------------------------------------------------


def base_and_step(claim: Claim) -> tuple[Claim, Claim] | None:
    """The two claims that together imply the claim for all numbers of steps, where powers with one such number stand in it.

    In the step the power with the exponent k is a matrix (or number) of which only the hypothesis says something, and one
    factor comes before it.

    Examples
    --------
    >>> n, k = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("k", integer=True, nonnegative=True)
    >>> A, q, lam = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("q", n, 1), sympy.Symbol("lambda", real=True)
    >>> claim = Claim(
    ...     id="demo/eigenvector",
    ...     statement=equal(A**k * q, lam**k * q),
    ...     assumptions=(equal(A * q, lam * q),),
    ...     source="demonstration",
    ... )
    >>> [is_identity(part) for part in base_and_step(claim)]
    [True, True]
    """
    powers = [*claim.statement.atoms(sympy.MatPow), *claim.statement.atoms(sympy.Pow)]
    symbols = {s for power in powers for s in power.exp.free_symbols}
    if len(symbols) != 1:
        return None
    (k,) = symbols
    if not (k.is_integer and k.is_nonnegative) or any(k in a.free_symbols for a in claim.assumptions):
        return None
    if any(k in power.base.free_symbols or not (power.exp - k).is_Integer for power in powers if power.has(k)):
        return None
    taken = {s.name for s in _matrices(claim)}
    names = (name for i in itertools.count() if (name := f"P_{i}") not in taken)
    known: dict[Any, Any] = {}

    def marked(node: Any, ahead: int) -> Any:
        """The statement at k (or one further) with a symbol in place of each power with the exponent k."""
        if node == k:
            return k + ahead
        if isinstance(node, (sympy.Pow, sympy.MatPow)) and node.exp.has(k):
            more = int(node.exp - k) + ahead
            if more < 0:
                raise Untranslatable(f"{node}: a power before the first")
            base = node.base
            if isinstance(base, MatrixExpr):
                if base not in known:
                    known[base] = sympy.MatrixSymbol(next(names), *base.shape)
                return sympy.MatMul(*[base] * more, known[base])
            return base**more * known.setdefault(base, sympy.Dummy(real=True))
        return node.func(*(marked(a, ahead) for a in node.args)) if node.args and node.has(k) else node

    def stated(ahead: int) -> list[Any]:
        return [equal(marked(part.lhs, ahead), marked(part.rhs, ahead)) for part in conjuncts(claim.statement)]

    if not all(isinstance(part, Equality) for part in conjuncts(claim.statement)):
        return None
    least = {k: sympy.Integer(bool(k.is_positive))}
    first = [equal(*(side.xreplace(least) for side in part.args)) for part in conjuncts(claim.statement)]
    hypothesis, following = stated(0), stated(1)

    def made(name: str, parts: list[Any], assumed: list[Any]) -> Claim:
        statement = sympy.And(*parts, evaluate=False) if len(parts) > 1 else parts[0]
        return Claim(
            id=f"{claim.id}.{name}",
            statement=statement,
            assumptions=(*claim.assumptions, *assumed),
            source=claim.source,
        )

    return made("base", first, []), made("step", following, hypothesis)


# Sizes ------------------------------------------------------------------------------------------------------------------


def at_size(claim: Claim, size: int) -> Claim:
    """The claim for matrices of one size, by their entries.

    Raises
    ------
    Untranslatable
        If a term has no entries that could be written down.

    Examples
    --------
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> A, B = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("B", n, n)
    >>> claim = Claim(id="demo", statement=equal(A * B, B * A), assumptions=(), source="demonstration")
    >>> at_size(claim, 1).statement
    Eq(Matrix([[A*B]]), Matrix([[A*B]]))
    """
    entries = dict(_entries(claim, size))
    taken = {s.name for s in claim.symbols if not isinstance(s, MatrixExpr)}
    if any(s.name in taken for matrix in entries.values() for s in matrix):
        raise Untranslatable("an entry has the name of a number")

    def put(node: Any) -> Any:
        if isinstance(node, Equality) and isinstance(node.lhs, MatrixExpr):
            left, right = _explicit(node.lhs, entries, size), _explicit(node.rhs, entries, size)
            return equal(left, right)
        if isinstance(node, Unequality) and isinstance(node.lhs, Determinant):
            return sympy.Ne(_explicit(node.lhs.arg, entries, size).det(), node.rhs, evaluate=False)
        return node.func(*map(put, node.args)) if node.has(MatrixExpr) else node

    return Claim(
        id=f"{claim.id}.size-{size}",
        statement=put(claim.statement),
        assumptions=tuple(map(put, claim.assumptions)),
        source=claim.source,
    )


def _entries(claim: Claim, size: int) -> Iterator[tuple[Any, Any]]:
    for symbol in _matrices(claim):
        rows, columns = _numbers(symbol, size)

        def name(i: int, j: int, symbol: Any = symbol, rows: int = rows, columns: int = columns) -> str:
            place = (str(i + 1) if rows > 1 else "") + (str(j + 1) if columns > 1 else "")
            return f"{symbol.name}_{place}" if place else str(symbol.name)

        yield (
            symbol,
            sympy.ImmutableMatrix(rows, columns, lambda i, j, name=name: sympy.Symbol(name(int(i), int(j)), real=True)),
        )


def _numbers(matrix: Any, size: int) -> tuple[int, int]:
    """Of rows and columns."""
    rows, columns = (int(d) if d.is_Integer else size for d in matrix.shape)
    return rows, columns


def _explicit(node: Any, entries: Mapping[Any, Any], size: int) -> Any:
    if isinstance(node, sympy.MatrixSymbol):
        return entries[node]
    if isinstance(node, sympy.Identity):
        return sympy.ImmutableMatrix.eye(*_numbers(node, size))
    if isinstance(node, sympy.ZeroMatrix):
        return sympy.ImmutableMatrix.zeros(*_numbers(node, size))
    if isinstance(node, sympy.Transpose):
        return _explicit(node.arg, entries, size).T
    if isinstance(node, sympy.MatAdd):
        return reduce(lambda x, y: x + y, (_explicit(a, entries, size) for a in node.args))
    if isinstance(node, sympy.MatMul):
        return reduce(lambda x, y: x * y, (_explicit(a, entries, size) for a in node.args))
    if isinstance(node, sympy.MatPow):
        base = _explicit(node.base, entries, size)
        if node.exp.is_Integer and node.exp >= 0:
            return base ** int(node.exp)
        if node.exp == -1:
            return base.adjugate() / base.det()
        return sympy.ImmutableMatrix(
            *base.shape, lambda i, j: MatrixElement(sympy.MatPow(base, node.exp, evaluate=False), i, j)
        )
    if isinstance(node, MatrixExpr):
        raise Untranslatable(f"{node} ({type(node).__name__}) by its entries")
    return node
