"""Triangular solutions of polynomial systems, against systems whose solutions are known."""

from __future__ import annotations

from fractions import Fraction

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import QQ
from sympy.polys.rings import ring

from symmomentum.elimination import Solution, solutions
from symmomentum.symbols import r

F = Fraction
_, x, y, z = ring((*sympy.symbols("x y"), r), QQ)


def points(system) -> set[tuple[float, ...]]:
    """The real points that the triangular solutions describe, by back substitution in floating point."""
    found = set()
    for solution in solutions(system, 3):
        assert isinstance(solution, Solution)
        variable = sympy.Poly(solution.final.as_expr(), r)
        for root in variable.nroots(n=30):
            if abs(sympy.im(root)) > 1e-15:
                continue
            values = [0.0, 0.0, float(sympy.re(root))]
            for index, num, den in reversed(solution.steps):
                here = dict(zip((*sympy.symbols("x y"), r), values, strict=True))
                below = den.as_expr().subs(here)
                if below == 0:
                    break
                values[index] = float(num.as_expr().subs(here) / below)
            else:
                found.add(tuple(round(v, 9) + 0.0 for v in values))
    return found


@settings(max_examples=60)
@given(st.tuples(*[st.integers(-3, 3)] * 3), st.tuples(*[st.integers(-3, 3)] * 3), st.data())
def test_elimination_finds_the_solutions_of_products(first, second, data) -> None:
    """Systems that are built to vanish at two known points, with every r inside (0, 1)."""
    a, b = ((F(p[0]), F(p[1]), F(abs(p[2]) + 1, 7)) for p in (first, second))
    line = [
        (v - QQ(*s.as_integer_ratio())) * (v - QQ(*t.as_integer_ratio()))
        for v, s, t in zip((x, y, z), a, b, strict=True)
    ]
    mix = data.draw(st.tuples(*[st.integers(-2, 2)] * 2))
    system = [line[0] + mix[0] * line[1], line[1] + mix[1] * line[2], line[2]]
    wanted = {tuple(round(float(v), 9) for v in p) for p in (a, b)}
    assert wanted <= points(system)


def test_elimination_where_nothing_is_linear() -> None:
    """x^2 + y^2 = 1, x y = 12/25, r = x/2 squared: no equation is linear in x or y."""
    system = [x**2 + y**2 - 1, x * y - QQ(12, 25), 4 * z**2 - x**2]
    assert {p for p in points(system) if 0 < p[2] < 1} == {
        (0.6, 0.8, 0.3),
        (-0.6, -0.8, 0.3),
        (0.8, 0.6, 0.4),
        (-0.8, -0.6, 0.4),
    }


def test_elimination_where_a_slope_vanishes() -> None:
    """x occurs linearly once, with a slope that is zero at the solutions x = 2 and -2, y = 1 and -1, r = 1/2."""
    slope, rest = y**2 - 1, 2 * z - 1
    system = [slope * x + rest * (y**2 + 2), x**2 - 4 - slope**2, slope**2 - 2 * rest**2]
    assert {(a, b, 0.5) for a in (2.0, -2.0) for b in (1.0, -1.0)} <= points(system)


def test_elimination_of_contradictory_and_undetermined_systems() -> None:
    assert points([x - 1, x - 2, y - z]) == set()
    assert points([x - y, x - y, y - x]) == set()
