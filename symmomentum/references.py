"""The literature that the package cites, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["REFERENCES", "Reference", "lookup"]

_FIELD_OF_VENUE = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One publication.

    Parameters
    ----------
    key : str
        The name that :class:`symmomentum.documents.Cite` and a method's ``cite=`` use.
    authors : tuple of str
        As printed: given names or initials first, family name last; one of several words has no-break spaces.
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
        families = [author.split(" ")[-1] for author in self.authors]
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
            "author": " and ".join(map(_with_braces, self.authors)),
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


def _with_braces(name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{given} {{{family.replace(_NO_BREAK, ' ')}}}" if _NO_BREAK in family else name


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
    Reference(
        key="flanders1950",
        authors=("Donald A. Flanders", "George Shortley"),
        title="Numerical Determination of Fundamental Modes",
        venue="Journal of Applied Physics",
        volume="21",
        pages="1326-1332",
        year=1950,
        kind="article",
        doi="10.1063/1.1699598",
    ),
    Reference(
        key="golub1961",
        authors=("Gene H. Golub", "Richard S. Varga"),
        title=(
            "Chebyshev semi-iterative methods, successive overrelaxation iterative methods, and second order "
            "Richardson iterative methods. Part I"
        ),
        venue="Numerische Mathematik",
        volume="3",
        pages="147-156",
        year=1961,
        kind="article",
        doi="10.1007/BF01386013",
    ),
    Reference(
        key="korpelevich1976",
        authors=("G. M. Korpelevich",),
        title="The extragradient method for finding saddle points and other problems",
        venue="Ekonomika i Matematicheskie Metody",
        volume="12",
        pages="747-756",
        year=1976,
        kind="article",
    ),
    Reference(
        key="popov1980",
        authors=("L. D. Popov",),
        title="A modification of the Arrow-Hurwicz method for search of saddle points",
        venue="Mathematical Notes of the Academy of Sciences of the USSR",
        volume="28(5)",
        pages="845-848",
        year=1980,
        kind="article",
        doi="10.1007/BF01141092",
    ),
    Reference(
        key="polyak1992",
        authors=("B. T. Polyak", "A. B. Juditsky"),
        title="Acceleration of Stochastic Approximation by Averaging",
        venue="SIAM Journal on Control and Optimization",
        volume="30(4)",
        pages="838-855",
        year=1992,
        kind="article",
        doi="10.1137/0330046",
    ),
    Reference(
        key="tieleman2012",
        authors=("Tijmen Tieleman", "Geoffrey Hinton"),
        title="Lecture 6.5-rmsprop: Divide the gradient by a running average of its recent magnitude",
        venue="COURSERA: Neural Networks for Machine Learning",
        year=2012,
        kind="misc",
        url="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
    ),
    Reference(
        key="kingma2015",
        authors=("Diederik P. Kingma", "Jimmy Ba"),
        title="Adam: A Method for Stochastic Optimization",
        venue="International Conference on Learning Representations",
        year=2015,
        kind="inproceedings",
        url="https://arxiv.org/abs/1412.6980",
    ),
    Reference(
        key="dozat2016",
        authors=("Timothy Dozat",),
        title="Incorporating Nesterov Momentum into Adam",
        venue="International Conference on Learning Representations, Workshop Track",
        year=2016,
        kind="inproceedings",
        url="https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
    ),
    Reference(
        key="vanscoy2018",
        authors=("Bryan Van\u00a0Scoy", "Randy A. Freeman", "Kevin M. Lynch"),
        title="The Fastest Known Globally Convergent First-Order Method for Minimizing Strongly Convex Functions",
        venue="IEEE Control Systems Letters",
        volume="2(1)",
        pages="49-54",
        year=2018,
        kind="article",
        doi="10.1109/LCSYS.2017.2722406",
    ),
    Reference(
        key="cyrus2018",
        authors=("Saman Cyrus", "Bin Hu", "Bryan Van\u00a0Scoy", "Laurent Lessard"),
        title="A Robust Accelerated Optimization Algorithm for Strongly Convex Functions",
        venue="American Control Conference",
        pages="1376-1381",
        year=2018,
        kind="inproceedings",
        doi="10.23919/ACC.2018.8430824",
    ),
    Reference(
        key="kidambi2018",
        authors=("Rahul Kidambi", "Praneeth Netrapalli", "Prateek Jain", "Sham M. Kakade"),
        title="On the insufficiency of existing momentum schemes for Stochastic Optimization",
        venue="International Conference on Learning Representations",
        year=2018,
        kind="inproceedings",
        url="https://arxiv.org/abs/1803.05591",
    ),
    Reference(
        key="jain2018",
        authors=("Prateek Jain", "Sham M. Kakade", "Rahul Kidambi", "Praneeth Netrapalli", "Aaron Sidford"),
        title="Accelerating Stochastic Gradient Descent for Least Squares Regression",
        venue="Proceedings of the 31st Conference On Learning Theory, PMLR",
        volume="75",
        pages="545-604",
        year=2018,
        kind="inproceedings",
        url="https://proceedings.mlr.press/v75/jain18a.html",
    ),
    Reference(
        key="daskalakis2018",
        authors=("Constantinos Daskalakis", "Andrew Ilyas", "Vasilis Syrgkanis", "Haoyang Zeng"),
        title="Training GANs with Optimism",
        venue="International Conference on Learning Representations",
        year=2018,
        kind="inproceedings",
        url="https://arxiv.org/abs/1711.00141",
    ),
    Reference(
        key="lucas2019",
        authors=("James Lucas", "Shengyang Sun", "Richard Zemel", "Roger Grosse"),
        title="Aggregated Momentum: Stability Through Passive Damping",
        venue="International Conference on Learning Representations",
        year=2019,
        kind="inproceedings",
        url="https://arxiv.org/abs/1804.00325",
    ),
    Reference(
        key="ma2019",
        authors=("Jerry Ma", "Denis Yarats"),
        title="Quasi-hyperbolic momentum and Adam for deep learning",
        venue="International Conference on Learning Representations",
        year=2019,
        kind="inproceedings",
        url="https://arxiv.org/abs/1810.06801",
    ),
    Reference(
        key="loshchilov2019",
        authors=("Ilya Loshchilov", "Frank Hutter"),
        title="Decoupled Weight Decay Regularization",
        venue="International Conference on Learning Representations",
        year=2019,
        kind="inproceedings",
        url="https://arxiv.org/abs/1711.05101",
    ),
    Reference(
        key="zhang2019",
        authors=("Michael R. Zhang", "James Lucas", "Jimmy Ba", "Geoffrey Hinton"),
        title="Lookahead Optimizer: k steps forward, 1 step back",
        venue="Advances in Neural Information Processing Systems",
        volume="32",
        year=2019,
        kind="inproceedings",
        url="https://arxiv.org/abs/1907.08610",
    ),
    Reference(
        key="gidel2019",
        authors=(
            "Gauthier Gidel",
            "Reyhane Askari\u00a0Hemmat",
            "Mohammad Pezeshki",
            "Rémi Le\u00a0Priol",
            "Gabriel Huang",
            "Simon Lacoste-Julien",
            "Ioannis Mitliagkas",
        ),
        title="Negative Momentum for Improved Game Dynamics",
        venue="Proceedings of the 22nd International Conference on Artificial Intelligence and Statistics, PMLR",
        volume="89",
        pages="1802-1811",
        year=2019,
        kind="inproceedings",
        url="https://proceedings.mlr.press/v89/gidel19a.html",
    ),
    Reference(
        key="goujaud2022",
        authors=("Baptiste Goujaud", "Damien Scieur", "Aymeric Dieuleveut", "Adrien B. Taylor", "Fabian Pedregosa"),
        title="Super-Acceleration with Cyclical Step-sizes",
        venue="Proceedings of the 25th International Conference on Artificial Intelligence and Statistics, PMLR",
        volume="151",
        pages="3028-3065",
        year=2022,
        kind="inproceedings",
        url="https://proceedings.mlr.press/v151/goujaud22a.html",
    ),
    Reference(
        key="cohen2022",
        authors=(
            "Jeremy M. Cohen",
            "Behrooz Ghorbani",
            "Shankar Krishnan",
            "Naman Agarwal",
            "Sourabh Medapati",
            "Michal Badura",
            "Daniel Suo",
            "David Cardoze",
            "Zachary Nado",
            "George E. Dahl",
            "Justin Gilmer",
        ),
        title="Adaptive Gradient Methods at the Edge of Stability",
        venue="arXiv:2207.14484",
        year=2022,
        kind="misc",
        url="https://arxiv.org/abs/2207.14484",
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
