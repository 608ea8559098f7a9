"""SymPy objects as typeset mathematics: one small tree that every renderer draws in its own way.

:func:`typeset` decides everything that is a matter of notation and not of the output format: the order of terms,
minus signs, fractions, which products need a dot and which sums a pair of parentheses. A renderer walks the tree
and never looks at SymPy. An expression is read as it stands: nothing is evaluated, expanded or simplified.

The order of a sum is the one of a textbook: numbers first, then ascending degree, then the alphabet, and no leading
minus sign where a positive term can go first: ``1 + β − αλ``, ``L − μ``, ``(1 + β − αλ)² − 4β``; roots come last. Powers
of ``sigma``, the variable of characteristic polynomials, of ``r``, their bound, and of ``kappa`` descend, and so do sums
of integers such as ``k + 1``, as the literature writes them. Sums among factors are turned round where that leaves fewer
minus signs, or the same number and the order above: ``−r(1 + β − αμ)``, ``α(1 − β)``, ``(1 − √β)²``. Where another order is
wanted, :class:`Terms` and :class:`Factors` keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.logic.boolalg import BooleanAtom
from sympy.printing.conventions import split_super_sub

from symmomentum.symbols import L, kappa, mu, r, sigma

__all__ = [
    "INVISIBLE",
    "SPACE",
    "Fence",
    "Factors",
    "Fraction",
    "Grid",
    "Index",
    "Letter",
    "Limits",
    "Node",
    "Number",
    "Op",
    "Power",
    "Root",
    "Row",
    "Terms",
    "Words",
    "row",
    "typeset",
]

INVISIBLE = "\u2062"
"""The product sign of ``αλ``: not seen, but known to a screen reader."""
SPACE = "\u2009"
"""The product sign where letters would run together."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An identifier: one character is italic, a longer word upright."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words inside mathematics, such as ``otherwise``."""

    text: str


@dataclass(frozen=True, slots=True)
class Op:
    """A sign.

    ``kind``: relation, plus, logic, times and comma stand between two items, sign and open before one, mark and
    close after it.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """Items side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """One thing over another."""

    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Power:
    """A base with an exponent, raised."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Index:
    """A base with an index, lowered."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Root:
    """A square root, or the root of a higher ``degree``."""

    body: Node
    degree: Node | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """A body between signs such as parentheses or bars, as tall as it."""

    left: str
    body: Node
    right: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix (``left="["``, ``right="]"``) or cases (``left="{"``, ``right=""``), stacked if value over condition."""

    rows: tuple[tuple[Node, ...], ...]
    left: str
    right: str
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """A big operator with what stands below and above it."""

    operator: str
    below: Node
    above: Node | None


Node = Letter | Number | Words | Op | Row | Fraction | Power | Index | Root | Fence | Grid | Limits


def row(*items: Node) -> Node:
    """The items side by side; rows inside are opened, so that a line can be broken at any of their signs."""
    flat: list[Node] = []
    for item in items:
        if isinstance(item, Row):
            flat.extend(item.items)
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


class Terms(sympy.Expr):  # type: ignore[misc]
    """A sum whose terms stand in the order in which they are given; ``doit()`` is the sum itself.

    >>> x, y = sympy.symbols("x y")
    >>> Terms(y, -x).doit() == y - x
    True
    """

    def doit(self, **hints: Any) -> Any:
        first, *others = (term.doit(**hints) for term in self.args)
        return sum(others, first)


class Factors(sympy.Expr):  # type: ignore[misc]
    """A product whose factors stand in the order in which they are given; ``doit()`` is the product itself."""

    def doit(self, **hints: Any) -> Any:
        return sympy.Mul(*(factor.doit(**hints) for factor in self.args))


def typeset(expression: Any) -> Node:
    """The tree of a SymPy object: an expression, a matrix, a statement, or an undefined function's name."""
    return _typeset(expression)[0]


# How tightly a notation binds: what binds less tightly than its surroundings asks for gets parentheses.
_IMPLIES, _OR, _AND, _RELATION, _SUM, _PRODUCT, _POWER, _ATOM = range(1, 9)

_Typeset = tuple[Node, int]

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "lamda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_STAR = "⋆"

_WORDS = {
    sympy.oo: "∞",
    sympy.zoo: "∞",
    sympy.pi: "π",
    sympy.E: "e",
    sympy.I: "i",
    sympy.nan: "undefined",
    sympy.true: "true",
    sympy.false: "false",
}
_RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_FUNCTIONS = {"log": "ln", "Max": "max", "Min": "min", "sign": "sgn", "re": "Re", "im": "Im", "conjugate": "conj"}
_FENCES: dict[type, tuple[str, str]] = {
    sympy.Abs: ("|", "|"),
    sympy.floor: ("⌊", "⌋"),
    sympy.ceiling: ("⌈", "⌉"),
}


def _typeset(e: Any) -> _Typeset:
    for kind, rule in _RULES:
        if isinstance(e, kind):
            return rule(e)
    return _call(e)


def _bound(e: Any, level: int) -> Node:
    """The expression, in parentheses unless it binds at least as tightly as ``level``."""
    node, own = _typeset(e)
    return node if own >= level else Fence("(", node, ")")


def _listed(es: Iterable[Any], separator: str = ",") -> Node:
    items: list[Node] = []
    for e in es:
        if items:
            items.append(Op(separator, "comma"))
        items.append(typeset(e))
    return row(*items)


# Names ------------------------------------------------------------------------------------------------------------


def _name(name: str) -> _Typeset:
    base, supers, subs = split_super_sub(name)
    stem = name.split("^", maxsplit=1)[0]
    if len(base) > 1 and base not in _GREEK and "_" in stem and "__" not in stem:
        base, subs = stem, []  # a word of a program, such as learning_rate, is shown as it is written there
    if "star" in subs:
        subs.remove("star")
        supers.append(_STAR)
    node: Node = Letter(_GREEK.get(base, base))
    if subs:
        node = Index(node, _joined(subs))
    if supers:
        return Power(node, _joined(supers)), _POWER
    return node, _ATOM


def _joined(parts: Sequence[str]) -> Node:
    items: list[Node] = []
    for part in parts:
        if items:
            items.append(Op(",", "comma"))
        items.append(Number(part) if part.isdigit() else Letter(_GREEK.get(part, part)))
    return row(*items)


def _call(e: Any) -> _Typeset:
    """A function of its arguments; also how anything without a notation of its own is shown."""
    name = type(e).__name__
    if not e.args:
        return Letter(str(e)), _ATOM
    if isinstance(e, AppliedUndef):
        head = _name(name)[0]
    else:
        head = Letter(_FUNCTIONS.get(name, name))
    return row(head, Fence("(", _listed(_arguments(e)), ")")), _POWER


def _arguments(e: Any) -> Sequence[Any]:
    if isinstance(e, sympy.Max | sympy.Min):  # a set: SymPy's order of it means nothing to a reader
        # The lower end of the interval of curvatures comes before the upper.
        return sorted(
            e.args,
            key=lambda a: (len(a.free_symbols), _size(a), mu not in a.free_symbols, sympy.default_sort_key(a)),
        )
    return list(e.args)


def _size(e: Any) -> int:
    return sum(1 for _ in sympy.preorder_traversal(e))


# Numbers, sums, products ---------------------------------------------------------------------------------------------


def _integer(e: Any) -> _Typeset:
    if e < 0:
        return row(Op("−", "sign"), Number(str(-e))), _SUM
    return Number(str(e)), _ATOM


def _rational(e: Any) -> _Typeset:
    fraction = Fraction(Number(str(abs(e.p))), Number(str(e.q)))
    return (row(Op("−", "sign"), fraction), _SUM) if e < 0 else (fraction, _PRODUCT)


def _float(e: Any) -> _Typeset:
    text = str(abs(e))
    return (row(Op("−", "sign"), Number(text)), _SUM) if e < 0 else (Number(text), _ATOM)


def _sum(e: Any) -> _Typeset:
    items: list[Node] = []
    for term in e.args if isinstance(e, Terms) else _ordered(e):
        negative, node = _term(term, bool(items))
        if items or negative:
            items.append(Op("−" if negative else "+", "plus" if items else "sign"))
        items.append(node)
    return row(*items), _SUM


def _term(term: Any, follows: bool) -> tuple[bool, Node]:
    """Whether the term stands after a minus sign, and the rest of it."""
    if isinstance(term, sympy.Mul):
        return _product_of(term, follows)
    if isinstance(term, Factors):
        return _factors_of(term)
    if term.is_Number and term.is_extended_negative:
        return True, typeset(-term)
    return False, _bound(term, _PRODUCT)


def _ordered(e: Any) -> list[Any]:
    terms = _sorted(e)
    if _is_negative(terms[0]):
        for position, term in enumerate(terms):
            if not _is_negative(term):
                terms.insert(0, terms.pop(position))
                break
    return terms


def _sorted(e: Any) -> list[Any]:
    terms = list(sympy.Add.make_args(e)) if isinstance(e, sympy.Add) else list(e.args)
    free = e.free_symbols
    main = next((s for s in (sigma, kappa, r) if s in free), None)
    counts = bool(free) and all(s.is_integer for s in free)

    def place(term: Any) -> tuple[Any, ...]:
        first: tuple[Any, ...]
        if main is not None:
            first = (-_degree(term, main), not term.is_Number, _degree(term))
        elif counts:
            first = (-_degree(term),)
        else:
            first = (not term.is_Number, _has_root(term), _degree(term))
        return (*first, _letters(term), sympy.default_sort_key(term))

    return sorted(terms, key=place)


def _has_root(term: Any) -> bool:
    return any(f.is_Pow and f.exp.is_Rational and not f.exp.is_Integer for f in sympy.Mul.make_args(term))


def _is_negative(term: Any) -> bool:
    negative = False
    for factor in sympy.Mul.make_args(term):
        if factor.is_Number and factor.is_extended_negative:
            negative = not negative
    return negative


def _degree(e: Any, symbol: Any = None) -> float:
    """The degree in one symbol, or in all of them, of anything: a root counts half, a function as its argument."""
    if isinstance(e, sympy.Symbol):
        return float(symbol is None or e == symbol)
    if isinstance(e, sympy.Mul):
        return sum(_degree(a, symbol) for a in e.args)
    if isinstance(e, sympy.Pow):
        return _degree(e.base, symbol) * (float(e.exp) if e.exp.is_Rational else 1.0)
    return max((_degree(a, symbol) for a in e.args), default=0.0)


def _letters(term: Any) -> tuple[tuple[str, float], ...]:
    found = []
    for factor in sympy.Mul.make_args(term):
        if not factor.is_Number:
            base, exponent = factor.as_base_exp()
            names = ",".join(sorted(s.name.casefold() for s in base.free_symbols))
            simple = isinstance(base, sympy.Symbol)
            found.append((names if simple else f"~{names}", -float(exponent) if exponent.is_Rational else 0.0))
    return tuple(sorted(found))


def _product(e: Any) -> _Typeset:
    negative, node = _product_of(e)
    if negative:
        return row(Op("−", "sign"), node), _SUM
    return node, _PRODUCT


def _product_of(e: Any, any_sign: bool = False) -> tuple[bool, Node]:
    """Whether the product is drawn with a minus sign, and the rest; ``any_sign`` if a minus sign would not disturb."""
    negative = False
    over: list[Any] = []
    under: list[Any] = []
    for factor in e.as_ordered_factors():
        if factor.is_Rational:
            negative ^= bool(factor < 0)
            if abs(factor.p) != 1:
                over.append(sympy.Integer(abs(factor.p)))
            if factor.q != 1:
                under.append(sympy.Integer(factor.q))
        elif isinstance(factor, sympy.Pow) and factor.exp.is_Rational and factor.exp < 0:
            under.append(_inverse(factor))
        else:
            over.append(factor)
    for side in (over, under):
        for i, factor in enumerate(side):
            # A sum that is a whole numerator keeps its signs unless all are minus.
            if _minus_signs(factor) > (len(factor.args) - 1 if side is over and len(over) == 1 else 0):
                side[i] = -factor
                negative = not negative
    turned = [(side, i) for side in (over, under) for i, factor in enumerate(side) if _begins_negative(factor)]
    if len(turned) % 2 == 0 or negative or any_sign:
        for side, i in turned:
            side[i] = -side[i]
        negative ^= len(turned) % 2 == 1
    if e.is_commutative:
        over.sort(key=_place_in_product)
        under.sort(key=_place_in_product)
    if not under:
        return negative, _bound(over[0], _PRODUCT) if len(over) == 1 else _juxtaposed(over)
    return negative, Fraction(_juxtaposed(over), _juxtaposed(under))


def _place_in_product(factor: Any) -> tuple[bool, bool, bool, str]:
    """Numbers first, the capital L after the small letters, sums last and in the order of their letters; all else stays as
    SymPy orders it."""
    base, _ = factor.as_base_exp()
    is_sum = isinstance(base, sympy.Add)
    names = sorted(s.name.casefold() for s in base.free_symbols) if is_sum else []
    return not factor.is_Integer, is_sum, base == L, ",".join(names)


def _factors(e: Any) -> _Typeset:
    negative, node = _factors_of(e)
    return (row(Op("−", "sign"), node), _SUM) if negative else (node, _PRODUCT)


def _factors_of(e: Any) -> tuple[bool, Node]:
    negative = False
    kept: list[Any] = []
    for factor in e.args:
        if not isinstance(factor, sympy.Add) and _is_negative(factor):
            negative, factor = not negative, -factor
        if factor != 1:
            kept.append(factor)
    return negative, _bound(kept[0], _PRODUCT) if len(kept) == 1 else _juxtaposed(kept)


def _minus_signs(factor: Any) -> int:
    """How many more terms of a sum are negative than are not."""
    if not isinstance(factor, sympy.Add) or not factor.is_commutative:
        return -1
    return sum(1 if _is_negative(term) else -1 for term in factor.args)


def _begins_negative(factor: Any) -> bool:
    """Whether the first term of a sum, in the order of its terms, is negative, so that another one goes first."""
    return isinstance(factor, sympy.Add) and bool(factor.is_commutative) and _is_negative(_sorted(factor)[0])


def _inverse(power: Any) -> Any:
    return power.base if power.exp == -1 else sympy.Pow(power.base, -power.exp, evaluate=False)


def _juxtaposed(factors: Sequence[Any]) -> Node:
    """Factors side by side, with a dot or a space only where two of them would be read as one."""
    if not factors:
        return Number("1")
    if len(factors) == 1:
        return typeset(factors[0])
    items: list[Node] = []
    for factor in factors:
        node = _bound(factor, _PRODUCT)
        if items:
            items.append(Op(_times(items[-1], node), "times"))
        items.append(node)
    return row(*items)


def _times(left: Node, right: Node) -> str:
    first, last = _edge(right, 0), _edge(left, -1)
    if isinstance(first, Number):
        return "·"
    if any(isinstance(leaf, Letter) and len(leaf.text) > 1 for leaf in (first, last)):
        return SPACE
    return INVISIBLE


def _edge(node: Node, end: int) -> Node:
    while True:
        if isinstance(node, Row):
            node = node.items[end]
        elif isinstance(node, Power | Index):
            node = node.base
        elif isinstance(node, Fraction):
            node = node.over
        else:
            return node


def _power(e: Any) -> _Typeset:
    base, exponent = e.base, e.exp
    if exponent.is_Rational and exponent < 0:
        return Fraction(Number("1"), typeset(_inverse(e))), _PRODUCT
    if exponent.is_Rational and exponent.p == 1 and exponent.q > 1:
        degree = None if exponent.q == 2 else Number(str(exponent.q))
        return Root(typeset(base), degree), _ATOM
    if exponent.is_Integer and exponent.is_even and _begins_negative(base):
        base = -base
    below = _bound(base, _ATOM)
    if isinstance(below, Root):
        below = Fence("(", below, ")")
    return Power(below, _exponent(exponent)), _POWER


def _exponent(e: Any) -> Node:
    if e.is_Rational and not e.is_Integer:
        sign: tuple[Node, ...] = (Op("−", "sign"),) if e < 0 else ()
        return row(*sign, Number(str(abs(e.p))), Op("/", "times"), Number(str(e.q)))
    return typeset(e)


def _polynomial(e: Any) -> _Typeset:
    """A polynomial in its variable, highest power first; a coefficient that is a sum keeps its parentheses."""
    if len(e.gens) != 1:
        return _typeset(e.as_expr())
    gen = e.gens[0]
    items: list[Node] = []
    for (degree,), coefficient in e.terms():
        if not degree and isinstance(coefficient, sympy.Add):  # each of its terms under its own sign
            for term in _sorted(coefficient) if items else _ordered(coefficient):
                negative, node = _term(term, bool(items))
                if items or negative:
                    items.append(Op("−" if negative else "+", "plus" if items else "sign"))
                items.append(node)
            continue
        negative, factors = _coefficient(coefficient)
        monomial = [gen**degree] if degree else []
        if items or negative:
            items.append(Op("−" if negative else "+", "plus" if items else "sign"))
        items.append(_juxtaposed([*factors, *monomial]))
    return row(*items), _SUM


def _coefficient(e: Any) -> tuple[bool, list[Any]]:
    """Whether a minus sign is drawn out, and the factors; a sum that would begin with a minus is turned round."""
    if isinstance(e, sympy.Add):
        lowest = min(e.args, key=lambda t: (not t.is_Number, _degree(t), _letters(t)))
        return (True, [-e]) if _is_negative(lowest) else (False, [e])
    if e == 1:
        return False, []
    return (True, [] if e == -1 else [-e]) if _is_negative(e) else (False, [e])


# Statements ---------------------------------------------------------------------------------------------------------


def _relation(e: Any) -> _Typeset:
    sign = Op(_RELATIONS[e.rel_op], "relation")
    return row(_bound(e.lhs, _SUM), sign, _bound(e.rhs, _SUM)), _RELATION


def _and(e: Any) -> _Typeset:
    items: list[Node] = []
    for part in _chains(e.args):
        if items:
            items.append(Op("and", "logic"))
        items.append(part)
    return row(*items), _AND


def _chains(parts: Iterable[Any]) -> Iterator[Node]:
    """The parts of a conjunction, ``0 < x`` and ``x < 1`` drawn together as ``0 < x < 1``; simple ones first."""

    def place(part: Any) -> tuple[int, int]:
        return len(part.free_symbols), _size(part)

    rest = sorted(parts, key=lambda p: (*place(p), sympy.default_sort_key(p)))
    while rest:
        part = rest.pop(0)
        pair = next(filter(None, (_pair(part, other) for other in rest)), None)
        if pair is None:
            yield _bound(part, _AND)
        else:
            lower, upper = pair
            rest.remove(upper if part is lower else lower)
            yield row(
                _bound(lower.lts, _SUM),
                Op(_below(lower), "relation"),
                _bound(lower.gts, _SUM),
                Op(_below(upper), "relation"),
                _bound(upper.gts, _SUM),
            )


def _pair(a: Any, b: Any) -> tuple[Any, Any] | None:
    for lower, upper in ((a, b), (b, a)):
        if all(isinstance(x, sympy.StrictLessThan | sympy.LessThan | sympy.StrictGreaterThan | sympy.GreaterThan)
               for x in (lower, upper)) and lower.gts == upper.lts and not lower.gts.is_number:  # fmt: skip
            return lower, upper
    return None


def _below(e: Any) -> str:
    return "<" if isinstance(e, sympy.StrictLessThan | sympy.StrictGreaterThan) else "≤"


def _joined_by(word: str, level: int) -> Callable[[Any], _Typeset]:
    def rule(e: Any) -> _Typeset:
        items: list[Node] = []
        for part in e.args:
            if items:
                items.append(Op(word, "logic"))
            items.append(_bound(part, level + 1))
        return row(*items), level

    return rule


def _not(e: Any) -> _Typeset:
    return row(Words("not "), _bound(e.args[0], _ATOM)), _RELATION


def _piecewise(e: Any) -> _Typeset:
    rows = []
    for value, condition in e.args:
        when = Words("otherwise") if condition is sympy.true else row(Words("if "), typeset(condition))
        rows.append((typeset(value), when))
    return Grid(tuple(rows), "{", ""), _SUM


# Matrices and the rest ------------------------------------------------------------------------------------------------


def _matrix(e: Any) -> _Typeset:
    rows = tuple(tuple(typeset(e[i, j]) for j in range(e.shape[1])) for i in range(e.shape[0]))
    return Grid(rows, "[", "]"), _ATOM


def _matrix_product(e: Any) -> _Typeset:
    factors = list(e.args)
    negative = not factors[0].is_Matrix and factors[0].could_extract_minus_sign()
    if negative:
        factors[0] = -factors[0]
        if factors[0] == 1:
            del factors[0]
    node = _juxtaposed(factors)
    return (row(Op("−", "sign"), node), _SUM) if negative else (node, _PRODUCT)


def _matrix_sum(e: Any) -> _Typeset:
    items: list[Node] = []
    for negative, node in sorted(map(_signed, e.args), key=lambda pair: pair[0]):
        if items or negative:
            items.append(Op("−" if negative else "+", "plus" if items else "sign"))
        items.append(node)
    return row(*items), _SUM


def _signed(term: Any) -> tuple[bool, Node]:
    """Whether a summand stands after a minus sign, and the rest of it."""
    node = _bound(term, _SUM)
    negative = isinstance(node, Row) and node.items[0] == Op("−", "sign")
    return negative, row(*node.items[1:]) if negative and isinstance(node, Row) else node


def _raised(exponent: Callable[[Any], Node]) -> Callable[[Any], _Typeset]:
    def rule(e: Any) -> _Typeset:
        return Power(_bound(e.args[0], _ATOM), exponent(e)), _POWER

    return rule


def _applied(name: str) -> Callable[[Any], _Typeset]:
    def rule(e: Any) -> _Typeset:
        body = typeset(e.args[0])
        fenced = body if isinstance(body, Grid) else Fence("(", body, ")")
        return row(Letter(name), fenced), _POWER

    return rule


def _fenced(e: Any) -> _Typeset:
    left, right = _FENCES[type(e)]
    inside = e.args[0]
    if isinstance(e, sympy.Abs):  # the modulus is the same whatever the sign
        if inside.is_Mul:
            return Fence(left, _product_of(inside, True)[1], right), _ATOM
        if _begins_negative(inside):
            inside = -inside
    return Fence(left, typeset(inside), right), _ATOM


def _big(operator: str) -> Callable[[Any], _Typeset]:
    def rule(e: Any) -> _Typeset:
        items: list[Node] = []
        for index, *bounds in reversed(e.limits):
            below = row(typeset(index), Op("=", "relation"), typeset(bounds[0])) if bounds else typeset(index)
            items.append(Limits(operator, below, typeset(bounds[1]) if len(bounds) > 1 else None))
        return row(*items, _bound(e.function, _PRODUCT)), _SUM

    return rule


def _chebyshev(letter: str) -> Callable[[Any], _Typeset]:
    def rule(e: Any) -> _Typeset:
        degree, point = e.args
        return row(Index(Letter(letter), typeset(degree)), Fence("(", typeset(point), ")")), _POWER

    return rule


def _derivative(e: Any) -> _Typeset:
    under: list[Node] = []
    for symbol, times in e.variable_count:
        letter = typeset(symbol)
        under += [Letter("d"), letter if times == 1 else Power(letter, typeset(times))]
    order = sum(times for _, times in e.variable_count)
    over: Node = Letter("d") if order == 1 else Power(Letter("d"), typeset(order))
    return row(Fraction(over, row(*under)), _bound(e.expr, _POWER)), _PRODUCT


def _interval(e: Any) -> _Typeset:
    left, right = "(" if e.left_open else "[", ")" if e.right_open else "]"
    return Fence(left, _listed((e.start, e.end)), right), _ATOM


def _root_of(e: Any) -> _Typeset:
    """Such as *root 2 of x⁴ − 2*: the real roots of a polynomial are counted from the least."""
    return row(Words(f"root {e.index + 1} of "), typeset(e.poly.as_expr())), _RELATION


# The first kind that fits decides: a subclass stands before its base.
_RULES: tuple[tuple[Any, Callable[[Any], _Typeset]], ...] = (
    (sympy.Symbol, lambda e: _name(e.name)),
    (sympy.Integer, _integer),
    (sympy.Rational, _rational),
    (sympy.Float, _float),
    (sympy.core.numbers.NegativeInfinity, lambda e: (row(Op("−", "sign"), Letter("∞")), _SUM)),
    ((sympy.core.numbers.NumberSymbol, sympy.core.numbers.Infinity, BooleanAtom), lambda e: (_constant(e), _ATOM)),
    ((sympy.core.numbers.ImaginaryUnit, sympy.core.numbers.NaN), lambda e: (_constant(e), _ATOM)),
    (sympy.core.numbers.ComplexInfinity, lambda e: (_constant(e), _ATOM)),
    (sympy.MatAdd, _matrix_sum),  # before sums and products of numbers, whose subclasses they are
    (sympy.MatMul, _matrix_product),
    ((sympy.Add, Terms), _sum),
    (Factors, _factors),
    (sympy.Mul, _product),
    (sympy.exp, lambda e: (Power(Letter("e"), _exponent(e.args[0])), _POWER)),
    (sympy.Pow, _power),
    (sympy.Poly, _polynomial),
    (sympy.core.relational.Relational, _relation),
    (sympy.And, _and),
    (sympy.Or, _joined_by("or", _OR)),
    (sympy.Implies, _joined_by("⇒", _IMPLIES)),
    (sympy.Equivalent, _joined_by("⇔", _IMPLIES)),
    (sympy.Not, _not),
    (sympy.Piecewise, _piecewise),
    (tuple(_FENCES), _fenced),
    (sympy.MatrixBase, _matrix),
    (sympy.MatrixSymbol, lambda e: _name(e.name)),
    (sympy.Identity, lambda e: (Number("1") if e.shape[0] == 1 else Letter("I"), _ATOM)),
    (sympy.ZeroMatrix, lambda e: (Number("0"), _ATOM)),
    (sympy.Transpose, _raised(lambda e: Letter("T"))),
    (sympy.Inverse, _raised(lambda e: row(Op("−", "sign"), Number("1")))),
    (sympy.MatPow, _raised(lambda e: _exponent(e.args[1]))),
    (sympy.Determinant, _applied("det")),
    (sympy.Trace, _applied("tr")),
    (
        sympy.matrices.expressions.matexpr.MatrixElement,
        lambda e: (Index(_bound(e.parent, _ATOM), _listed((e.i + 1, e.j + 1))), _ATOM),
    ),
    (sympy.Sum, _big("∑")),
    (sympy.Product, _big("∏")),
    (sympy.chebyshevt, _chebyshev("T")),
    (sympy.chebyshevu, _chebyshev("U")),
    (sympy.factorial, lambda e: (row(_bound(e.args[0], _ATOM), Op("!", "mark")), _POWER)),
    (sympy.Derivative, _derivative),
    (sympy.Interval, _interval),
    (sympy.FiniteSet, lambda e: (Fence("{", _listed(e.args), "}"), _ATOM)),
    (sympy.Tuple, lambda e: (Fence("(", _listed(e.args), ")"), _ATOM)),
    (sympy.Contains, lambda e: (row(_bound(e.args[0], _SUM), Op("∈", "relation"), _bound(e.args[1], _SUM)), _RELATION)),
    (sympy.CRootOf, _root_of),
    (UndefinedFunction, lambda e: _name(e.__name__)),
)


def _constant(e: Any) -> Node:
    word = _WORDS.get(e)
    return Letter(word if word is not None else str(e))
