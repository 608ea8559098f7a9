"""The literature that the package cites, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["REFERENCES", "Reference", "lookup"]

_FIELD_OF_VENUE = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One publication.

    Parameters
    ----------
    key : str
        The name that :class:`symmomentum.documents.Cite` and a method's ``cite=`` use.
    authors : tuple of str
        As printed: given names or initials first, family name last.
    title, venue : str
        The venue is a journal, a conference or a publisher; volume and pages have fields of their own.
    year : int
    volume, pages, doi, url : str
        ``pages`` with a plain hyphen; ``doi`` without the resolver's address; empty where there is none.
    kind : str
        ``"article"``, ``"inproceedings"``, ``"book"`` or ``"misc"``: the BibTeX entry type.

    Examples
    --------
    >>> print(REFERENCES["polyak1964"].text)
    B. T. Polyak. Some methods of speeding up the convergence of iteration methods. USSR Computational Mathematics and \
Mathematical Physics 4(5), 1–17, 1964. https://doi.org/10.1016/0041-5553(64)90137-5
    >>> REFERENCES["lessard2016"].label
    'Lessard et al. 2016'
    """

    key: str
    authors: tuple[str, ...]
    title: str
    venue: str
    year: int
    kind: str
    volume: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""

    @property
    def label(self) -> str:
        """What stands in square brackets in the text, such as ``Polyak 1964``."""
        families = [author.split()[-1] for author in self.authors]
        who = " and ".join(families) if len(families) <= 2 else f"{families[0]} et al."
        return f"{who} {self.year}"

    @property
    def address(self) -> str:
        """Where to find it: the DOI resolver's address, else the URL, else empty."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def description(self) -> str:
        """The citation in one line of plain text, without its address."""
        where = ", ".join(filter(None, (f"{self.venue} {self.volume}".strip(), self.pages.replace("-", "–"))))
        return f"{_listed(self.authors)}. {self.title}. {where}, {self.year}."

    @property
    def text(self) -> str:
        """The citation in one line of plain text."""
        return f"{self.description} {self.address}".rstrip()

    @property
    def bibtex(self) -> str:
        """The citation as a BibTeX entry in UTF-8, braces around the title so that its capitals stay."""
        volume, _, number = self.volume.partition("(")
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            _FIELD_OF_VENUE[self.kind]: self.venue,
            "year": str(self.year),
            "volume": volume,
            "number": number.rstrip(")"),
            "pages": self.pages.replace("-", "--"),
            "doi": self.doi,
            "url": self.url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])


def _listed(names: tuple[str, ...]) -> str:
    if len(names) > 6:
        return f"{names[0]} et al."
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_ALL = (
    Reference(
        key="goh2017",
        authors=("Gabriel Goh",),
        title="Why Momentum Really Works",
        venue="Distill",
        volume="2(4)",
        year=2017,
        kind="article",
        doi="10.23915/distill.00006",
        url="https://distill.pub/2017/momentum/",
    ),
    Reference(
        key="polyak1964",
        authors=("B. T. Polyak",),
        title="Some methods of speeding up the convergence of iteration methods",
        venue="USSR Computational Mathematics and Mathematical Physics",
        volume="4(5)",
        pages="1-17",
        year=1964,
        kind="article",
        doi="10.1016/0041-5553(64)90137-5",
    ),
    Reference(
        key="nesterov1983",
        authors=("Yu. E. Nesterov",),
        title="A method for solving the convex programming problem with convergence rate O(1/k²)",
        venue="Doklady Akademii Nauk SSSR",
        volume="269(3)",
        pages="543-547",
        year=1983,
        kind="article",
        url="https://mi.mathnet.ru/dan46009",
    ),
    Reference(
        key="nesterov2004",
        authors=("Yurii Nesterov",),
        title="Introductory Lectures on Convex Optimization: A Basic Course",
        venue="Springer",
        year=2004,
        kind="book",
        doi="10.1007/978-1-4419-8853-9",
    ),
    Reference(
        key="lessard2016",
        authors=("Laurent Lessard", "Benjamin Recht", "Andrew Packard"),
        title="Analysis and Design of Optimization Algorithms via Integral Quadratic Constraints",
        venue="SIAM Journal on Optimization",
        volume="26(1)",
        pages="57-95",
        year=2016,
        kind="article",
        doi="10.1137/15M1009597",
    ),
    Reference(
        key="sutskever2013",
        authors=("Ilya Sutskever", "James Martens", "George Dahl", "Geoffrey Hinton"),
        title="On the importance of initialization and momentum in deep learning",
        venue="Proceedings of the 30th International Conference on Machine Learning, PMLR",
        volume="28(3)",
        pages="1139-1147",
        year=2013,
        kind="inproceedings",
        url="https://proceedings.mlr.press/v28/sutskever13.html",
    ),
    Reference(
        key="cauchy1847",
        authors=("Augustin-Louis Cauchy",),
        title="Méthode générale pour la résolution des systèmes d'équations simultanées",
        venue="Comptes rendus hebdomadaires des séances de l'Académie des sciences",
        volume="25",
        pages="536-538",
        year=1847,
        kind="article",
    ),
    Reference(
        key="schur1917",
        authors=("Issai Schur",),
        title="Über Potenzreihen, die im Innern des Einheitskreises beschränkt sind",
        venue="Journal für die reine und angewandte Mathematik",
        volume="147",
        pages="205-232",
        year=1917,
        kind="article",
        doi="10.1515/crll.1917.147.205",
    ),
    Reference(
        key="cohn1922",
        authors=("A. Cohn",),
        title="Über die Anzahl der Wurzeln einer algebraischen Gleichung in einem Kreise",
        venue="Mathematische Zeitschrift",
        volume="14",
        pages="110-148",
        year=1922,
        kind="article",
        doi="10.1007/BF01216772",
    ),
    Reference(
        key="jury1964",
        authors=("E. I. Jury",),
        title="Theory and Application of the z-Transform Method",
        venue="John Wiley & Sons, New York",
        year=1964,
        kind="book",
    ),
    Reference(
        key="williams1992",
        authors=("Kenneth S. Williams",),
        title="The nth power of a 2 × 2 matrix",
        venue="Mathematics Magazine",
        volume="65(5)",
        pages="336",
        year=1992,
        kind="article",
        doi="10.2307/2691246",
    ),
    Reference(
        key="paszke2019",
        authors=(
            "Adam Paszke",
            "Sam Gross",
            "Francisco Massa",
            "Adam Lerer",
            "James Bradbury",
            "Gregory Chanan",
            "Trevor Killeen",
            "Zeming Lin",
            "Natalia Gimelshein",
            "Luca Antiga",
            "Alban Desmaison",
            "Andreas Köpf",
            "Edward Yang",
            "Zachary DeVito",
            "Martin Raison",
            "Alykhan Tejani",
            "Sasank Chilamkurthy",
            "Benoit Steiner",
            "Lu Fang",
            "Junjie Bai",
            "Soumith Chintala",
        ),
        title="PyTorch: An Imperative Style, High-Performance Deep Learning Library",
        venue="Advances in Neural Information Processing Systems",
        volume="32",
        pages="8024-8035",
        year=2019,
        kind="inproceedings",
    ),
)

REFERENCES: Mapping[str, Reference] = MappingProxyType({reference.key: reference for reference in _ALL})
"""The known references by key."""


def lookup(key: str) -> Reference | None:
    """The reference of that key, or ``None``: a user's own method may cite anything.

    >>> lookup("goh2017").title
    'Why Momentum Really Works'
    >>> lookup("nobody1900") is None
    True
    """
    return REFERENCES.get(key)
