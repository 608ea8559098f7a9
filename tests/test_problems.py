"""The quadratic problems against NumPy's linear algebra, exact elimination and the article's stored figures."""

from __future__ import annotations

import itertools
import sys
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
import sympy

import symmomentum as sm
from symmomentum import problems

ENDS = ("free", "fixed")
SIZES = (1, 2, 5, 25)
KAPPAS = (4, 9, 100, 1000)
n = sympy.Symbol("n", integer=True, positive=True)


def objective(w, kappa, end):
    """The printed function, term by term."""
    w = list(w)
    neighbors = itertools.pairwise([*w, 0] if end == "fixed" else w)
    return (
        (w[0] - 1) ** 2 / 2
        + sum(((a - b) ** 2 for a, b in neighbors), Fraction(0)) / 2
        + Fraction(2) / (kappa - 1) * sum(x * x for x in w)
    )


def rows(size, kappa, end):
    """The Hessian of the printed function, by exact second differences."""
    unit = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    zero = [Fraction(0)] * size

    def f(*vectors):
        return objective([sum(x, Fraction(0)) for x in zip(zero, *vectors, strict=True)], kappa, end)

    return [[f(u, v) - f(u) - f(v) + f() for v in unit] for u in unit]


def eliminated(matrix, right):
    """The solution by Gauss-Jordan elimination in fractions, for positive definite matrices."""
    table = [[*row, x] for row, x in zip(matrix, right, strict=True)]
    for i in range(len(table)):
        table[i] = [x / table[i][i] for x in table[i]]
        for j in range(len(table)):
            if j != i and table[j][i]:
                table[j] = [x - table[j][i] * y for x, y in zip(table[j], table[i], strict=True)]
    return [row[-1] for row in table]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize("size", SIZES)
def test_rosenbrock_in_exact_numbers(size, kappa, end):
    problem = problems.convex_rosenbrock(size, kappa, end=end)
    A = rows(size, kappa, end)
    assert sympy.Matrix(size, size, lambda i, j: sympy.Rational(A[i][j].numerator, A[i][j].denominator)) == problem.A
    truth = eliminated(A, [Fraction(int(i == 0)) for i in range(size)])
    assert [Fraction(int(w.p), int(w.q)) for w in problem.minimizer] == truth
    assert problem.gradient(problem.minimizer) == (0,) * size
    w = [Fraction(i, 7) - 1 for i in range(size)]
    assert problem.value(w) == sympy.Rational(str(objective(w, kappa, end)))
    values = np.linalg.eigvalsh(np.array(A, dtype=float))
    assert np.allclose(np.array(problem.spectrum, dtype=float), values, rtol=1e-11, atol=0)
    assert float(problem.condition_number) == pytest.approx(values[-1] / values[0], rel=1e-10)
    if size > 1:
        assert float(problem.condition_number) < kappa


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kappa", [1 + 1e-9, 1.5, 4.0, 9.0, 100.0, 1e6])
@pytest.mark.parametrize("size", SIZES)
def test_rosenbrock_in_floats(size, kappa, end):
    problem = problems.convex_rosenbrock(size, kappa, end=end)
    values = np.linalg.eigvalsh(problem.A)
    assert np.allclose(problem.spectrum, values, rtol=1e-9)
    assert problem.condition_number == pytest.approx(values[-1] / values[0], rel=1e-8)
    assert np.allclose(problem.minimizer, np.linalg.solve(problem.A, problem.b), rtol=1e-9)
    w = np.random.default_rng(0).standard_normal(size)
    assert np.allclose(problem.gradient(w), problem.A @ w - problem.b)
    assert problem.value(w) == pytest.approx(w @ problem.A @ w / 2 - problem.b @ w + 0.5)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", SIZES)
def test_rosenbrock_closed_forms_for_every_n(size, end):
    for kappa in (4, 9, 10):
        family, problem = (
            problems.convex_rosenbrock(n, kappa, end=end),
            problems.convex_rosenbrock(size, kappa, end=end),
        )
        for i, w in enumerate(problem.minimizer, 1):
            value = family.minimizer(i).subs(n, size)
            assert (
                sympy.radsimp(value - w).equals(0) if kappa == 10 and size < 5 else abs(sympy.N(value - w, 40)) < 1e-30
            )
        for k, value in enumerate(problem.spectrum, 1):
            assert abs(sympy.N(family.spectrum(k).subs(n, size) - value, 40)) < 1e-30
            vector = np.array([float(family.eigenvector(k, i).subs(n, size)) for i in range(1, size + 1)])
            assert np.linalg.norm(vector) > 0.1
            assert np.allclose(problem.operator.dense() @ vector, float(value) * vector)
        assert abs(sympy.N(family.condition_number.subs(n, size) - problem.condition_number, 40)) < 1e-30
        assert family.condition_number_limit == problem.condition_number_limit == kappa


@pytest.mark.parametrize("end", ENDS)
def test_rosenbrock_limits(end):
    kappa, q = 100, Fraction(9, 11)
    for size in (5, 25, 400):
        problem = problems.convex_rosenbrock(size, kappa, end=end)
        gap = kappa - float(problem.condition_number)
        assert 0 < gap < (kappa - 1) * (kappa + 4) * (np.pi / size) ** 2 / 4
        if size < 100:
            far = 2 * size + 1 + (end == "fixed")
            differences = [Fraction(int(w.p), int(w.q)) - q**i for i, w in enumerate(problem.minimizer, 1)]
            assert all(0 < (d if end == "free" else -d) <= q ** (far - i) for i, d in enumerate(differences, 1))
    assert sympy.limit(problems.convex_rosenbrock(n, 9, end=end).condition_number, n, sympy.oo) == 9


def test_rosenbrock_with_a_symbol_for_kappa():
    kappa = sm.symbols.kappa
    problem = problems.convex_rosenbrock(3, kappa, end="fixed")
    for value in KAPPAS:
        numbers = problems.convex_rosenbrock(3, value, end="fixed")
        assert tuple(w.subs(kappa, value) for w in problem.minimizer) == numbers.minimizer


def test_the_article_stored_this_matrix():
    """Its figure: (kappa - 1)/4 times the matrix of the fixed end, kappa = 1000, n = 25; two stored eigenvalues."""
    problem = problems.convex_rosenbrock(25, 1000, end="fixed")
    scaled = sympy.Rational(999, 4) * problem.A
    assert scaled[0, 0] == scaled[24, 24] == sympy.Rational(1001, 2)
    values = 999 / 4 * np.array(problem.spectrum, dtype=float)
    assert (values[0], values[-1]) == pytest.approx((4.6419172286987305, 996.3580932617188), rel=1e-7)


CLAIMS = [
    *(claim for end in ENDS for claim in problems.convex_rosenbrock(n, 9, end=end).claims),
    *problems.family_claims(),
    *problems.filter_claims(),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_is_proved(claim):
    verdict = sm.check(claim)
    assert verdict.status == "proved", verdict.detail


def test_claim_ids_are_unique_and_no_statement_is_empty():
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    assert all(claim.statement not in (sympy.true, sympy.false) for claim in CLAIMS)


@pytest.mark.parametrize("claim", [c for c in CLAIMS if "/limit" in c.id or "condition" in c.id], ids=lambda c: c.id)
def test_a_changed_claim_is_refuted(claim):
    """The limit is not reached, and half the bound is too little."""
    below, bound = claim.statement.args
    for statement in (sympy.Not(below), bound.func(bound.lhs, bound.rhs / 2)):
        false = sm.Claim(
            id="false", statement=statement, assumptions=claim.assumptions, source="a claim that does not hold"
        )
        assert sm.check(false).status == "refuted"


GRAPHS = [
    ("path", 1),
    ("path", 2),
    ("path", 7),
    ("cycle", 3),
    ("cycle", 8),
    ("complete", 1),
    ("complete", 6),
    ("grid", (4,)),
    ("grid", (3, 5)),
    ("grid", (2, 3, 4)),
]


@pytest.mark.parametrize(("family", "size"), GRAPHS)
def test_laplacians(family, size):
    laplacian = problems.graph_laplacian(family, size)
    dense = laplacian.dense()
    # From the edges alone: the incidence matrix.
    incidence = np.zeros((len(laplacian.edges), laplacian.size))
    for row, (i, j) in enumerate(laplacian.edges):
        incidence[row, i], incidence[row, j] = 1, -1
    assert np.array_equal(dense, incidence.T @ incidence)
    values = np.linalg.eigvalsh(dense)
    assert np.allclose(laplacian.spectrum, values)
    assert np.allclose(np.array(laplacian.exact_spectrum, dtype=float), values)
    w = np.random.default_rng(1).standard_normal(laplacian.shape)
    assert np.allclose(laplacian.apply(w).ravel(), dense @ w.ravel())
    by_edges = problems.graph_laplacian(laplacian.edges, laplacian.size)
    assert np.array_equal(by_edges.dense(), dense)
    assert np.allclose(by_edges.apply(w.ravel()), dense @ w.ravel())
    assert np.array_equal(laplacian.sparse().toarray(), dense)
    if laplacian.size > 1:
        assert laplacian.conditioning == pytest.approx(values[-1] / values[1])
        assert by_edges.conditioning == pytest.approx(values[-1] / values[1])


def test_graphs_of_networkx():
    graph = nx.grid_2d_graph(3, 5)
    nx.relabel_nodes(graph, {(0, 0): "corner"}, copy=False)
    laplacian = problems.graph_laplacian(graph)
    assert np.array_equal(laplacian.dense(), nx.laplacian_matrix(graph).toarray())
    lonely = nx.Graph([(0, 1)])
    lonely.add_node("alone")
    assert problems.graph_laplacian(lonely).conditioning == float("inf")
    assert problems.colorization(nx.path_graph(4), [0]).A == problems.colorization((4,), [0]).A


def test_expanders_are_well_conditioned_and_paths_are_not():
    """The eigenvalues of a random d-regular graph lie near d +- 2 sqrt(d - 1) (Friedman), whatever its size."""
    bound = (4 + 2 * np.sqrt(3)) / (4 - 2 * np.sqrt(3))
    expanders = [problems.graph_laplacian(nx.random_regular_graph(4, n, seed=1)).conditioning for n in (100, 800)]
    assert expanders[0] < expanders[1] < 1.05 * bound
    for size in (100, 900):  # 4 n^2/pi^2, and twice 4 n/pi^2 for the n vertices of a square
        path, grid = problems.graph_laplacian("path", size), problems.graph_laplacian("grid", (int(size**0.5),) * 2)
        assert path.conditioning == pytest.approx(4 * size**2 / np.pi**2, rel=1e-3)
        assert grid.conditioning == pytest.approx(8 * size / np.pi**2, rel=2e-2)
    assert problems.graph_laplacian("complete", 50).conditioning == 1


def test_ends_of_large_spectra():
    """A grid too large for a matrix in full: by its edges alone, against its closed form; and a colorization against both."""
    grid = problems.graph_laplacian("grid", (80, 90))
    values = grid.spectrum
    by_edges = problems.graph_laplacian(grid.edges)
    low, high = by_edges.ends(2)
    assert (low[1], high) == pytest.approx((values[1], values[-1]), rel=1e-8)
    assert by_edges.conditioning == pytest.approx(grid.conditioning, rel=1e-8)
    problem = problems.colorization((30, 40), [(0, 0), (3, 4)], 0.1)
    (least, second), most = problem.operator.ends(2)
    truth = np.linalg.eigvalsh(problem.A)
    assert (least, second, most) == pytest.approx((*truth[:2], truth[-1]), rel=1e-8)
    pinned = problems.colorization((80, 90), [(0, 0)], 1.0)
    assert pinned.condition_number == pytest.approx(pinned.operator.ends()[1] / pinned.operator.ends()[0][0], rel=1e-8)


def test_a_large_diagonal_needs_no_matrix():
    values = np.linspace(1, 9, 100_000)
    problem = problems.given(values).quadratic()
    assert problem.condition_number == 9
    assert np.allclose(problem.minimizer * values, 1)


def test_components():
    laplacian = problems.graph_laplacian([(5, 3), (0, 1), (1, 0), (3, 2)], 7)
    assert laplacian.components.tolist() == [0, 0, 1, 1, 2, 1, 3]
    assert laplacian.conditioning == float("inf")
    assert len(laplacian.edges) == 3
    order = np.random.default_rng(2).permutation(3000)
    path = problems.graph_laplacian(np.column_stack([order[1:], order[:-1]]))
    assert path.components.max() == 0


def test_colorization_of_the_article():
    """Four squares and three corridors of 1120 pixels; two stored eigenvalues."""
    mask = np.zeros((16, 112), dtype=bool)
    for left in (0, 32, 64, 96):
        mask[:, left : left + 16] = True
    mask[7:9] = True
    number = np.cumsum(mask).reshape(mask.shape) - 1
    laplacian = problems.graph_laplacian(problems.grid_edges(mask))
    assert laplacian.size == 1120
    problem = problems.colorization(laplacian, [number[7, 0], number[8, 0]], 0.1)
    values = problem.spectrum
    assert (values[0], values[-1]) == pytest.approx((5.1092745973688506e-05, 7.924430650388526), rel=1e-8)
    assert np.allclose(np.linalg.solve(problem.A, problem.b), 1)


def test_colorization_gradient_is_the_printed_step():
    problem = problems.colorization((3, 4), [(0, 0), 7], 1)
    w = [Fraction(i * i, 3) for i in range(12)]
    gradient = problem.gradient(w)
    at = {(i // 4, i % 4): w[i] for i in range(12)}
    for (row, column), value in at.items():
        near = [at[p] for p in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)) if p in at]
        expected = sum(value - x for x in near) + (value - 1 if (row, column) in {(0, 0), (1, 3)} else 0)
        assert gradient[4 * row + column] == sympy.Rational(str(expected))
    assert np.allclose(problem.gradient(np.array(w, dtype=float)), np.array(gradient, dtype=float))
    assert problem.value((0,) * 12) == 1
    assert problem.minimizer == (1,) * 12
    assert problem.gradient(problem.minimizer) == (0,) * 12
    numeric = problems.colorization((3, 4), [(0, 0), 7], 1.0)
    assert np.array_equal(numeric.A, np.array(problem.A.tolist(), dtype=float))


def test_large_problems_need_no_matrix():
    problem = problems.colorization((1000, 1000), [(0, 0), (999, 3)], 1.0)
    w = np.random.default_rng(3).standard_normal((1000, 1000))
    gradient = problem.gradient(w)
    assert gradient.shape == w.shape
    assert np.array_equal(problem.gradient(w.ravel()), gradient.ravel())
    assert np.allclose(problem.operator.sparse() @ w.ravel() - problem.b.ravel(), gradient.ravel())
    with pytest.raises(sm.ArgumentError, match="is not written out"):
        problem.spectrum
    chain = problems.convex_rosenbrock(10**6, 1e4)
    assert abs(chain.gradient(chain.minimizer)).max() < 1e-14


def test_sparse_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(sm.ArgumentError, match="needs SciPy"):
        problems.graph_laplacian("path", 3).sparse()


def test_regression_of_the_article():
    x, d = problems.article_data()
    exact = problems.polynomial_regression(x, d, 5)
    numeric = problems.polynomial_regression([float(v) for v in x], [float(v) for v in d], 5)
    Z = np.vander(np.array(x, dtype=float), 6, increasing=True)
    assert np.allclose(
        np.linalg.lstsq(Z, np.array(d, dtype=float), rcond=None)[0], np.array(exact.minimizer, dtype=float)
    )
    assert np.allclose(numeric.minimizer, np.array(exact.minimizer, dtype=float), rtol=1e-8)
    assert exact.gradient(exact.minimizer) == (0,) * 6
    values = np.array([sympy.N(v, 30) for v in exact.spectrum], dtype=float)
    assert np.allclose(numeric.spectrum, values, rtol=1e-8)
    w = (1, -2, 3, 0, 1, 1)
    residuals = [sum(c * v**j for j, c in enumerate(w)) - y for v, y in zip(x, d, strict=True)]
    assert exact.value(w) == sum(r * r for r in residuals) / 2
    eigenvalues, features = numeric.eigenfeatures
    assert np.allclose(Z.T @ Z @ features, features * eigenvalues)


def test_early_stopping_is_gradient_descent_and_tikhonov_the_penalized_solution():
    problem = problems.polynomial_regression(*problems.article_data(), 5)
    A, b = np.array(problem.A.tolist(), dtype=float), np.array(problem.b, dtype=float)
    w, step = np.zeros(6), 1.8 / np.linalg.eigvalsh(A)[-1]
    for _ in range(49):
        w = w - step * problem.gradient(w)
    assert np.allclose(problem.early_stopping(49), w)
    assert np.allclose(problem.early_stopping(0), 0)
    assert np.allclose(problem.tikhonov(0.01), np.linalg.solve(A + 0.01 * np.eye(6), b))
    assert np.allclose(problem.tikhonov(0), np.array(problem.minimizer, dtype=float))


def test_filters():
    lam = np.array([0.0, 1e-14, 0.3, 0.5, 1.0, 1.9, 2.0])
    for k in (0, 1, 7):
        truth = [float(1 - (1 - sympy.Rational(v)) ** k) for v in lam]
        assert np.allclose(problems.early_stopping_filter(lam, 1.0, k), truth, rtol=1e-14, atol=0)
    assert problems.tikhonov_filter(sympy.Rational(1, 3), 1) == sympy.Rational(1, 4)


LAWS = {
    "narrow": (problems.marchenko_pastur(0.25, 2.0), 0),
    "square": (problems.marchenko_pastur(1), 0),
    "wide": (problems.marchenko_pastur(4), 0.75),
    "uniform": (problems.uniform(1, 3), 0),
    "clusters": (problems.two_clusters((0.1, 0.5), (9, 10), 0.2), 0),
}


@pytest.mark.parametrize("name", LAWS)
def test_moments_of_density_and_sample(name):
    law, atom = LAWS[name]
    low, high = law.support
    edges = np.linspace(0, 1, 400001) ** 2  # finer near the lower end, where the square law is infinite
    x = low + (high - low) * (edges[1:] + edges[:-1]) / 2
    mass = law.density(x) * np.diff(edges) * (high - low)
    sample = law.sample(200000, 5)
    assert sample.min() >= low
    assert sample.max() <= high
    for order in range(5):
        assert np.sum(mass * x**order) + (atom if order == 0 else 0) == pytest.approx(law.moment(order), rel=2e-3)
        spread = np.sqrt(law.moment(2 * order) - law.moment(order) ** 2) / np.sqrt(len(sample))
        assert abs(np.mean(sample**order) - law.moment(order)) <= 5 * spread + 1e-6


def test_marchenko_pastur_against_a_random_matrix():
    X = np.random.default_rng(6).standard_normal((2000, 500))
    values = np.linalg.eigvalsh(X.T @ X / 2000)
    law = problems.marchenko_pastur(0.25)
    for order in (1, 2, 3):
        assert np.mean(values**order) == pytest.approx(law.moment(order), rel=0.02)
    assert (values[0], values[-1]) == pytest.approx(law.support, rel=0.05)


def test_given_spectra():
    problem = problems.given([4, Fraction(1, 2)]).quadratic([1, 1])
    assert problem.spectrum == (sympy.Rational(1, 2), 4)
    assert problem.condition_number == 8
    assert problem.minimizer == (sympy.Rational(1, 4), 2)
    numeric = problems.given([0.5, 4]).quadratic()
    assert numeric.condition_number == 8
    assert problems.given([0, 1]).quadratic().condition_number == sympy.oo
    sampled = problems.uniform(1, 2).problem(50, 0)
    assert np.allclose(sampled.gradient(sampled.minimizer), 0)
    assert set(problems.given([1, 2]).sample(100, 0)) == {1, 2}


def test_a_quadratic_of_a_given_matrix():
    exact = problems.quadratic([[2, 1], [1, Fraction(1, 2) + 1]], [1, 2])
    assert exact.gradient(exact.minimizer) == (0, 0)
    numeric = problems.quadratic(np.array([[2.0, 1.0], [1.0, 1.5]]), [1, 2])
    assert np.allclose(numeric.minimizer, np.array(exact.minimizer, dtype=float))
    assert float(exact.condition_number) == pytest.approx(numeric.condition_number)
    assert problems.quadratic(sympy.Matrix([[1, 0], [0, sympy.sqrt(2)]]), [1, 1]).minimizer == (1, sympy.sqrt(2) / 2)


def test_a_singular_matrix_has_an_infinite_condition_number():
    for size in range(2, 12):
        ones = problems.graph_laplacian("path", size).dense()
        assert problems.quadratic(ones, np.ones(size)).condition_number == float("inf")


BAD = {
    "matrix": lambda: problems.quadratic([[1, 2], [3, 4]], [1, 1]),
    "matrix shape": lambda: problems.quadratic([[1, 2]], [1, 1]),
    "matrix nan": lambda: problems.quadratic([[float("nan")]], [1]),
    "matrix number": lambda: problems.quadratic(3, [1]),
    "matrix b": lambda: problems.quadratic([[1]], 3),
    "exact roots": lambda: problems.colorization((12, 12), [0]).spectrum,
    "tikhonov": lambda: problems.polynomial_regression([0.0, 1.0], [0.0, 1.0], 1).tikhonov("x"),
    "step nan": lambda: problems.polynomial_regression([0.0, 1.0], [0.0, 1.0], 1).early_stopping(3, float("nan")),
    "kappa": lambda: problems.convex_rosenbrock(3, 1),
    "kappa nan": lambda: problems.convex_rosenbrock(3, float("nan")),
    "kappa infinite": lambda: problems.convex_rosenbrock(3, float("inf")),
    "kappa text": lambda: problems.convex_rosenbrock(3, "9"),
    "n": lambda: problems.convex_rosenbrock(0, 9),
    "n float": lambda: problems.convex_rosenbrock(2.0, 9),
    "n bool": lambda: problems.convex_rosenbrock(True, 9),
    "n symbol": lambda: problems.convex_rosenbrock(n, 9.0),
    "end": lambda: problems.convex_rosenbrock(3, 9, end="open"),
    "family": lambda: problems.convex_rosenbrock(3, 9.0).family,
    "w": lambda: problems.convex_rosenbrock(3, 9).gradient((1, 2)),
    "w array": lambda: problems.convex_rosenbrock(3, 9).gradient(np.ones(4)),
    "w text": lambda: problems.convex_rosenbrock(3, 9).value(["a", "b", "c"]),
    "w complex": lambda: problems.convex_rosenbrock(3, 9.0).gradient(np.ones(3) * 1j),
    "graph": lambda: problems.graph_laplacian("pth", 3),
    "graph size": lambda: problems.graph_laplacian("path"),
    "grid size": lambda: problems.graph_laplacian("grid", 4),
    "cycle": lambda: problems.graph_laplacian("cycle", 2),
    "loop": lambda: problems.graph_laplacian([(0, 1), (1, 1)]),
    "edge": lambda: problems.graph_laplacian([(0, 5)], 3),
    "edge float": lambda: problems.graph_laplacian([(0.5, 1)]),
    "edges": lambda: problems.graph_laplacian(3),
    "directed": lambda: problems.graph_laplacian(nx.DiGraph([(0, 1)])),
    "networkx size": lambda: problems.graph_laplacian(nx.path_graph(3), 4),
    "networkx loop": lambda: problems.graph_laplacian(nx.Graph([(0, 0)])),
    "ragged": lambda: problems.graph_laplacian([(0, 1), (1, 2, 3)]),
    "triples": lambda: problems.graph_laplacian([(0, 1, 2), (1, 2, 3)]),
    "no edges": lambda: problems.graph_laplacian([]),
    "closed form": lambda: problems.graph_laplacian([(0, 1)]).exact_spectrum,
    "weight": lambda: problems.colorization((2, 2), [0], 0),
    "weight text": lambda: problems.colorization((2, 2), [0], "1"),
    "colorizer": lambda: problems.colorization((2, 2), [4]),
    "colorizer pair": lambda: problems.colorization((2, 2), [(0, 2)]),
    "colorizer text": lambda: problems.colorization((2, 2), ["a"]),
    "no colorizer": lambda: problems.colorization((2, 2), []),
    "component": lambda: problems.colorization([(0, 1), (2, 3)], [0]),
    "degree": lambda: problems.polynomial_regression([0, 1], [0, 1], 2),
    "degree float": lambda: problems.polynomial_regression([0, 1], [0, 1], 1.0),
    "lengths": lambda: problems.polynomial_regression([0, 1], [0, 1, 2], 1),
    "data": lambda: problems.polynomial_regression([0, float("nan")], [0, 1], 1),
    "data text": lambda: problems.polynomial_regression("ab", [0, 1], 1),
    "no data": lambda: problems.polynomial_regression([], [], 0),
    "steps": lambda: problems.early_stopping_filter(1.0, 1.0, -1),
    "steps exact": lambda: problems.early_stopping_filter(1, 1, -1),
    "eps": lambda: problems.tikhonov_filter(1.0, -1.0),
    "ratio": lambda: problems.marchenko_pastur(0),
    "ratio text": lambda: problems.marchenko_pastur("a"),
    "uniform": lambda: problems.uniform(2, 1),
    "cluster": lambda: problems.two_clusters((1, 2, 3), (1, 2)),
    "share": lambda: problems.two_clusters((1, 2), (3, 4), 2),
    "given": lambda: problems.given([1, -1]),
    "given nothing": lambda: problems.given([]),
    "given number": lambda: problems.given(3),
    "given b": lambda: problems.given([1, 2]).quadratic([1]),
    "sample": lambda: problems.uniform(1, 2).sample(0, 0),
    "moment": lambda: problems.uniform(1, 2).moment(-1),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(case):
    with pytest.raises(sm.ArgumentError) as caught:
        BAD[case]()
    assert str(caught.value)
    assert "\n" not in str(caught.value)
