"""A :class:`Derivation` of typed steps, shown in the terminal or written as LaTeX, Markdown, HTML, notebook or PDF.

Examples
--------
A theorem needs verdicts that are proved; anything else is shown as open or refuted:

>>> import sympy
>>> from symmomentum.claims import Claim, Verdict
>>> from symmomentum.symbols import alpha
>>> claim = Claim(id="demo/square", statement=alpha**2 + 1 >= 2 * alpha, assumptions=(), source="demonstration")
>>> found = Verdict(claim=claim, status="proved", by="smt")
>>> step = settled("Squares", ("For any ", alpha, ":"), Formula(alpha**2 + 1, 2 * alpha, relation=">="), [found])
>>> print(Derivation("Squares", "One fact.", [step]).to_terminal(width=50))
Squares
═══════
<BLANKLINE>
One fact.
<BLANKLINE>
Theorem 1 (Squares)
For any α:
<BLANKLINE>
    1 + α² ≥ 2α
<BLANKLINE>
  ✓ proved by SMT solving [demo/square]
    for all real α
"""

from symmomentum.documents.book import Book
from symmomentum.documents.derivation import Derivation
from symmomentum.documents.evidence import ways
from symmomentum.documents.model import (
    Cite,
    Definition,
    Figure,
    Formula,
    Identity,
    Inline,
    Open,
    Paragraph,
    Prose,
    ProseLike,
    Ref,
    Remark,
    Section,
    Statement,
    Step,
    Table,
    Theorem,
    settled,
)
from symmomentum.documents.writing import check_target

__all__ = [
    "Book",
    "Cite",
    "Definition",
    "Derivation",
    "Figure",
    "Formula",
    "Identity",
    "Inline",
    "Open",
    "Paragraph",
    "Prose",
    "ProseLike",
    "Ref",
    "Remark",
    "Section",
    "Statement",
    "Step",
    "Table",
    "Theorem",
    "check_target",
    "settled",
    "ways",
]
