r"""What the article's claims have in common: its symbols, its matrices, and how a statement is written down.

Relations are left as they stand: to decide them is the checker's business, not SymPy's.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from symmomentum.claims import Claim, equal
from symmomentum.symbols import alpha, beta, lam

__all__ = [
    "INVERTIBLE",
    "ORTHOGONAL",
    "SPECTRAL",
    "SYMMETRIC",
    "A",
    "I",
    "Lambda",
    "Q",
    "Z",
    "all_of",
    "column",
    "discriminant",
    "equal_entries",
    "matrix_of",
    "momentum_matrix",
    "orthogonal",
    "powers",
    "radius",
    "real",
    "roots",
    "squared_length",
    "stated",
    "turned",
    "vector",
]


# Matrices of any size: a problem in n variables, and a regression on m data points.
_n, _m = sympy.symbols("n m", integer=True, positive=True)
A, Q, Lambda = (sympy.MatrixSymbol(name, _n, _n) for name in ("A", "Q", "Lambda"))
Z = sympy.MatrixSymbol("Z", _m, _n)
I = sympy.Identity(_n)
SYMMETRIC = (equal(A.T, A),)
INVERTIBLE = (sympy.Ne(sympy.Determinant(A), 0),)
ORTHOGONAL = (equal(Q.T * Q, I), equal(Q * Q.T, I))
SPECTRAL = (equal(A, Q * Lambda * Q.T), *ORTHOGONAL)
"""The decomposition of A013. That Lambda is diagonal is used by the sentences alone: a product with it is then a sum over i."""


def column(name: str, rows: Any = _n) -> Any:
    """A column of any length; by default of that of the variables.

    >>> (A * column("w")).shape
    (n, 1)
    """
    return sympy.MatrixSymbol(name, rows, 1)


def squared_length(x: Any) -> Any:
    """Of a column, as a matrix with one entry.

    >>> squared_length(column("w"))
    w.T*w
    """
    return x.T * x


def stated(
    id: str, title: str, statement: Any, assumptions: tuple[Any, ...] = (), *, lemmas: tuple[Claim, ...] = ()
) -> Claim:
    """A claim of the article; the id ``article/a055/literal/powers`` says of which one.

    >>> stated("article/a001/literal/step", "A step", sympy.true).source
    'goh2017, claim A001'
    """
    number = id.split("/")[1].upper()
    source = f"goh2017, claim {number}"
    return Claim(id=id, title=title, statement=statement, assumptions=assumptions, source=source, lemmas=lemmas)


def real(names: str) -> Any:
    """Real symbols, of which nothing else is declared."""
    return sympy.symbols(names, real=True)


def all_of(*parts: Any) -> Any:
    """A conjunction as it stands, in the order given."""
    return sympy.And(*parts, evaluate=False) if len(parts) > 1 else parts[0]


def equal_entries(left: Any, right: Any) -> Any:
    """The equations of the entries of two matrices or vectors of one shape."""
    return all_of(*(equal(x, y) for x, y in zip(left, right, strict=True)))


def vector(name: str, size: int = 2) -> Any:
    """A column of real symbols.

    >>> vector("w")
    Matrix([
    [w_1],
    [w_2]])
    """
    return sympy.ImmutableMatrix([real(f"{name}_{i + 1}") for i in range(size)])


def matrix_of(name: str, size: int = 2, *, symmetric: bool = False) -> Any:
    """A square matrix of real symbols."""

    def entry(i: int, j: int) -> Any:
        i, j = sorted((i, j)) if symmetric else (i, j)
        return real(f"{name}_{i + 1}{j + 1}")

    return sympy.ImmutableMatrix([[entry(i, j) for j in range(size)] for i in range(size)])


def orthogonal(Q: Any) -> tuple[Any, ...]:
    """That the columns of a matrix are orthonormal."""
    product = Q.T * Q
    return tuple(equal(product[i, j], int(i == j)) for i in range(Q.cols) for j in range(i, Q.cols))


def turned() -> tuple[Any, tuple[Any, ...]]:
    """The orthogonal matrices with two rows: rotations (t = 1) and reflections (t = -1); and what is assumed of c, s, t."""
    c, s, t = real("c s t")
    return sympy.ImmutableMatrix([[c, -t * s], [s, t * c]]), (equal(c**2 + s**2, 1), equal(t**2, 1))


def powers(matrix: Any, k: Any) -> Any:
    """The k-th power of a matrix, by its entries.

    >>> k = sympy.Symbol("k", integer=True, nonnegative=True)
    >>> powers(sympy.Matrix([[2]]), k).shape
    (1, 1)
    """
    base = sympy.ImmutableMatrix(matrix)
    return sympy.ImmutableMatrix(*base.shape, lambda i, j: MatrixElement(sympy.MatPow(base, k), i, j))


def momentum_matrix() -> Any:
    """The article's R, which acts on (y, x)."""
    return sympy.ImmutableMatrix([[beta, lam], [-alpha * beta, 1 - alpha * lam]])


def discriminant(product: Any = alpha * lam, momentum: Any = beta) -> Any:
    """What stands under the root in the eigenvalues of R; the product is alpha lambda."""
    return (-product + momentum + 1) ** 2 - 4 * momentum


def roots(product: Any = alpha * lam, momentum: Any = beta) -> tuple[Any, Any]:
    """The eigenvalues of R as the article prints them, where they are real."""
    half, root = 1 - product + momentum, sympy.sqrt(discriminant(product, momentum))
    return (half + root) / 2, (half - root) / 2


def radius(product: Any = alpha * lam, momentum: Any = beta) -> Any:
    """The larger modulus of the two eigenvalues of R: by real and imaginary part where they are complex."""
    d = discriminant(product, momentum)
    real_part, imaginary_part = (1 - product + momentum) / 2, sympy.sqrt(-d) / 2
    first, second = roots(product, momentum)
    return sympy.Piecewise(
        (sympy.sqrt(real_part**2 + imaginary_part**2), d < 0), (sympy.Max(abs(first), abs(second)), True)
    )
