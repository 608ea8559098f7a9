"""Quadratic problems: the Convex Rosenbrock, graphs and colorization, polynomial regression, and laws of eigenvalues.

Each is a :class:`Quadratic` with matrix, minimizer, spectrum, condition number, gradient and value: exact where it is made
from exact numbers, else NumPy and without a full matrix where it has structure.

>>> import symmomentum as sm
>>> problem = sm.problems.convex_rosenbrock(25, 9)
>>> problem.minimizer[0], problem.exact
(375299968947542/750599937895083, True)
"""

from symmomentum.claims import Claim
from symmomentum.problems.graphs import (
    Colorization,
    Laplacian,
    colorization,
    family_claims,
    graph_laplacian,
    grid_edges,
)
from symmomentum.problems.quadratic import Quadratic, quadratic
from symmomentum.problems.regression import (
    PolynomialRegression,
    article_data,
    early_stopping_filter,
    filter_claims,
    polynomial_regression,
    tikhonov_filter,
)
from symmomentum.problems.rosenbrock import ENDS, ConvexRosenbrock, RosenbrockFamily, convex_rosenbrock
from symmomentum.problems.spectra import given, marchenko_pastur, two_clusters, uniform

__all__ = [
    "Colorization",
    "ConvexRosenbrock",
    "Laplacian",
    "PolynomialRegression",
    "Quadratic",
    "RosenbrockFamily",
    "article_data",
    "claims",
    "colorization",
    "convex_rosenbrock",
    "early_stopping_filter",
    "family_claims",
    "filter_claims",
    "given",
    "graph_laplacian",
    "grid_edges",
    "marchenko_pastur",
    "polynomial_regression",
    "quadratic",
    "tikhonov_filter",
    "two_clusters",
    "uniform",
]


def claims() -> tuple[Claim, ...]:
    """Every claim about the problems, for all sizes and condition numbers.

    Examples
    --------
    >>> claims()[0].id
    'convex-rosenbrock/free/ratio'
    """
    chains = (convex_rosenbrock(2, 4, end=end).claims for end in ENDS)
    return (*(claim for chain in chains for claim in chain), *family_claims(), *filter_claims())
