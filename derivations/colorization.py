"""The colorization problem: a graph, its Laplacian, and how fast color spreads."""

from __future__ import annotations

import sympy
from shared import Chapter, main, named

import symmomentum as sm
from symmomentum.documents import Formula, Ref
from symmomentum.symbols import alpha

n = sympy.Symbol("n", integer=True, positive=True)


def chapter() -> sm.Derivation:
    """The chapter, proved."""
    c = Chapter(
        "colorization",
        "The colorization problem",
        "A few pixels of an image are given a color, which is to spread to all others. A gradient step averages "
        "over neighbors, so "
        "color spreads as heat does: quickly where everything is near to everything, slowly along what is long "
        "and thin.",
        "Example: The Colorization Problem",
    )
    _problem(c)
    _average(c)
    _laplacian(c)
    _graphs(c)
    return c.document()


def _problem(c: Chapter) -> None:
    c.section("The problem")
    c.define(
        "The objective",
        "Chosen pixels are drawn to 1; neighbors are drawn together. For two neighbors, of which the first is chosen:",
        Formula(
            sympy.Function("f")(*sympy.symbols("w_1 w_2")),
            (sympy.Symbol("w_1") - 1) ** 2 / 2 + (sympy.Symbol("w_1") - sympy.Symbol("w_2")) ** 2 / 2,
        ),
    )
    c.theorem(
        "The slopes",
        "The slope of the first kind of term leads to 1, that of the second brings the two neighbors together.",
        "a093/literal/colorizer",
        "a093/literal/smoother",
        shown=(),
    )
    c.theorem(
        "The solution is one color",
        "No term is below 0, and all are 0 just where every pixel is 1: the color spreads from neighbor to "
        "neighbor. In full for a square of four pixels; on any graph the objective is a sum of squares, and the ones spread "
        "along each edge.",
        "a094/literal/grid",
        "a094/literal/squares",
        "a094/literal/spread",
        shown=(Formula(c.verdicts["a094/literal/grid"].claim.statement),),
    )
    c.text(
        Ref("colorization"),
        " shows how long that takes on a thousand pixels, without momentum and with ",
        Ref("optimal-parameters#best", "the best parameters"),
        ".",
    )
    c.figure("F11")


def _average(c: Chapter) -> None:
    c.section("A step is an average, if it is short")
    degree = sympy.Symbol("d", real=True)
    c.theorem(
        "Weights",
        (
            "A step adds up a pixel and its ",
            degree,
            " neighbors with weights whose sum is 1. None of them is negative just for short steps:",
        ),
        "a095/literal/pixel-1",
        "a095/literal/pixel-2",
        "a095/literal/any-graph",
        "a096/condition/weights",
        "a096/condition/target",
        shown=(Formula(alpha, 1 / degree, relation="<="),),
    )
    c.theorem(
        "Then it stays in between",
        "Then the new value lies between the smallest and the largest of those that are averaged.",
        "a096/condition/between",
        shown=(),
    )
    c.false(
        "With any step size",
        "With a longer step it may lie outside.",
        "a096/literal/other",
        "a096/literal/distinguished",
        shown=(),
    )


def _laplacian(c: Chapter) -> None:
    c.section("The Laplacian")
    c.theorem(
        "Edge by edge",
        "The second kind of terms is half the quadratic form of a matrix with the degrees on its diagonal and -1 "
        "for each edge.",
        "a099/literal/form",
        "a099/literal/further-edge",
        "a099/literal/edge",
        "a098/literal/smoother",
        shown=(Formula(c.verdicts["a099/literal/edge"].claim.statement),),
    )
    c.theorem(
        "The objective in matrices",
        "With it, half the form and for each chosen pixel the following are the objective, up to a constant.",
        "a098/corrected/objective",
        "a098/corrected/objective-on-any-graph",
        "a098/corrected/minimizer",
        "a098/corrected/colorizer",
        shown=(Formula(c.verdicts["a098/corrected/colorizer"].claim.statement),),
    )
    c.false(
        "With half the linear term",
        "Printed is half of the linear term. The minimizer is then not 1, but one half.",
        "a098/literal/objective",
        "a098/literal/minimizer",
        shown=(),
    )
    own = named(sm.problems.family_claims())
    c.theorem(
        "Waves",
        (
            "The eigenvectors of a path are cosines, and those of a grid are products of them; their eigenvalues "
            "add up. Slow waves "
            "have small eigenvalues, since the eigenvalue is what the form makes of the differences between neighbors."
        ),
        own["graphs/cosines"],
        own["graphs/path/first"],
        own["graphs/path/last"],
        own["graphs/grid"],
        "a097/literal/frequency",
        shown=(Formula(c.verdicts["a097/literal/waves"].claim.statement),),
    )
    c.theorem(
        "Fast waves go first",
        (
            "Of two waves the faster one is gone sooner just if the step size is below two over the sum of their "
            "eigenvalues, as ",
            Ref("first-steps#a017-condition-closer", "for any two directions"),
            ".",
        ),
        "a097/condition/high-frequencies",
    )
    c.false("With any step size", "With longer steps it may be the other way round.", "a097/literal/high-frequencies")


def _graphs(c: Chapter) -> None:
    c.section("Which graphs are quick")
    first, last = sympy.symbols("lambda_2 lambda_n", real=True)
    c.theorem(
        "The conditioning",
        (
            "The smallest eigenvalue of a Laplacian is 0. In place of ",
            Ref("first-steps#condition-number", "the condition number"),
            " what counts is the ratio of the largest to the second; it is finite just where the graph is connected.",
        ),
        "a100/literal/ones",
        "a100/literal/first",
        "a100/literal/connectivity",
        "a100/corrected/ratio",
        "a100/corrected/constant",
        "a100/corrected/mapped-to-zero",
        "a100/corrected/path",
        shown=(Formula(sympy.Symbol("kappa"), last / first),),
    )
    c.false(
        "The other way round",
        "Printed is the second over the largest, which is less than 1 unless they are the same.",
        "a100/literal/ratio",
    )
    c.theorem(
        "Grids",
        "With the same number of vertices, a grid of one dimension more is better conditioned.",
        "a102/condition/ratio",
        "a102/condition/tangent",
        "a102/condition/vertices",
        shown=(),
    )
    c.false(
        "Grids of the same extent",
        "With as many vertices in each dimension as before, one dimension more makes it worse.",
        "a102/literal/extent",
    )
    c.theorem(
        "Long and thin, dense and small",
        "The conditioning of a path grows with the square of its length, that of a complete graph is 1. But "
        "dense is not enough: "
        "two complete graphs with one edge between them are conditioned as badly as one likes.",
        "a103/literal/path",
        "a101/literal/complete",
        "a101/condition/no-bound",
        "a101/condition/two-cliques",
        shown=(Formula(c.verdicts["a101/condition/no-bound"].claim.statement),),
    )
    graphs = (
        ("a path", sm.problems.graph_laplacian("path", 64)),
        ("a square grid", sm.problems.graph_laplacian("grid", (8, 8))),
        ("a cubic grid", sm.problems.graph_laplacian("grid", (4, 4, 4))),
        ("a complete graph", sm.problems.graph_laplacian("complete", 64)),
    )
    c.table(
        "The conditioning of graphs with 64 vertices.",
        ("Graph", "Conditioning"),
        [(name, f"{float(graph.conditioning):.4g}") for name, graph in graphs],
    )
    c.text("The article's three graphs, with a chosen pixel each, are those of ", Ref("graphs"), ".")
    c.figure("F12")
    c.theorem(
        "Few chosen pixels",
        "With chosen pixels the smallest eigenvalue is at most their share of all. So even on a complete graph "
        "the problem with "
        "one of them is conditioned badly: nearly by the square of the number of pixels.",
        "a103/condition/few-pixels",
        "a103/condition/bound",
        "a103/condition/complete",
        "a103/condition/poor",
        shown=(Formula(c.verdicts["a103/condition/poor"].claim.statement),),
    )


if __name__ == "__main__":
    main(__file__)
