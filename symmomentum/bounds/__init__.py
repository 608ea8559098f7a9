"""What no first-order method can beat, and functions on which good methods fail.

Chebyshev's bound on quadratics, the lower bound on the Convex Rosenbrock with the class of methods that it is about, and a
cycle of heavy ball.

>>> import symmomentum as sm
>>> sm.bounds.chebyshev(2, 9), sm.bounds.convex_rosenbrock(3, 9).at(2)
(8/17, 4/11)
"""

from symmomentum.bounds.cycle import Cycle, heavy_ball_cycle
from symmomentum.bounds.first_order import (
    Member,
    Unrolled,
    membership,
    run_first_order,
    unrolled,
    unrolled_claims,
    unrolled_refuted,
)
from symmomentum.bounds.polynomials import chebyshev, chebyshev_claims
from symmomentum.bounds.resisting import LowerBound, Reading, convex_rosenbrock
from symmomentum.claims import Claim
from symmomentum.problems.rosenbrock import ENDS
from symmomentum.symbols import k, kappa

__all__ = [
    "Cycle",
    "LowerBound",
    "Member",
    "Reading",
    "Unrolled",
    "chebyshev",
    "chebyshev_claims",
    "claims",
    "convex_rosenbrock",
    "heavy_ball_cycle",
    "membership",
    "refuted",
    "run_first_order",
    "unrolled",
    "unrolled_claims",
    "unrolled_refuted",
]


def claims() -> tuple[Claim, ...]:
    """Every claim about bounds, none of which has a number to choose; each is proved.

    Those on Chebyshev's bound for every k and, a second way, for k up to 4; on the cycle; on the unrolled methods; on the lower
    bound with either end.

    Returns
    -------
    tuple of Claim
        With different ids.

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in claims()}
    {'proved'}
    """
    every = [
        *(claim for count in (None, 1, 2, 3, 4) for claim in chebyshev_claims(count)),
        *heavy_ball_cycle().claims,
        *unrolled_claims(),
        *(claim for bound in _lower_bounds() for claim in bound.claims),
    ]
    return tuple({claim.id: claim for claim in every}.values())


def refuted() -> tuple[Claim, ...]:
    """What is printed or may be read into it, and is false; each is refuted, with numbers.

    Returns
    -------
    tuple of Claim

    Examples
    --------
    >>> from symmomentum.proof import check
    >>> {check(c).status for c in refuted()}
    {'refuted'}
    """
    return (*unrolled_refuted(), *(claim for bound in _lower_bounds() for claim in bound.refuted))


def _lower_bounds() -> list[LowerBound]:
    # Their claims are about every n and kappa.
    return [convex_rosenbrock(k, kappa, end) for end in ENDS]
