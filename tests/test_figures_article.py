"""The article's figures: their data against rules simply run and NumPy's linear algebra, their drawings, the command.

What is compared with is written out here a second time, with the parameters of the original's scripts as they stand there.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from symmomentum.cli import main
from symmomentum.documents.terminal import plain
from symmomentum.errors import UnknownNameError
from symmomentum.figures import FIGURES, picture, render
from tests.independent import gradient_descent, heavy_ball

ARTICLE = [p.name for p in FIGURES.values() if p.original]


@functools.cache
def data(name):
    return FIGURES[name].data()


@functools.cache
def drawn(name, alone):
    """The figure as it stands by itself, with heading and note, or the panels as a document has them."""
    figure = FIGURES[name].drawn() if alone else FIGURES[name].draw(data(name))
    FigureCanvasAgg(figure).draw()
    return figure


def run(gradient, start, steps, alpha, beta, z=0.0):
    """States (z, w) of heavy ball, the start first."""
    w = np.asarray(start, dtype=float)
    z = z + np.zeros_like(w)
    states = [(z, w)]
    for _ in range(steps):
        z, w = heavy_ball(z, w, gradient, alpha=alpha, beta=beta)
        states.append((z, w))
    return np.array(states)


def iterates(*arguments, **options):
    return run(*arguments, **options)[:, 1]


def radius(alpha, beta, lam):
    return np.abs(np.linalg.eigvals([[beta, lam], [-alpha * beta, 1 - alpha * lam]])).max()


def test_every_figure_of_the_article_is_there():
    assert sorted(p.original for p in FIGURES.values() if p.original) == [f"F{i:02}" for i in range(1, 15)]


# Data -----------------------------------------------------------------------------------------------------------------


def banana(w):
    x, y = w
    return (1 - x) ** 2 + 20 * (3 * y - x**2) ** 2


def banana_gradient(w, h=1e-6):
    """By central differences."""
    return np.array([(banana(w + h * e) - banana(w - h * e)) / (2 * h) for e in np.eye(2)])


def test_opening():
    found = data("opening")
    expected = iterates(banana_gradient, [-1.21, 0.853], 149, 0.003, 0.74)
    assert np.allclose(found.iterates, expected, atol=1e-5)
    assert found.values[30, 40] == pytest.approx(banana([found.x[40], found.y[30]]))
    assert (found.levels.max(), found.levels.min()) == (512, 512 / 2**14)
    assert found.levels[-2] < found.values.max() < found.levels[-1]
    assert banana(found.optimum) == 0


def test_opening_leaves_with_the_parameters_of_the_labels():
    found = FIGURES["opening"].data(0.02, 0.99, iterates=6)
    assert np.abs(found.iterates[-1]).max() > 1e6


def test_change_of_variables():
    w, x = data("change-of-variables").values()
    c = np.cos(np.pi / 4)
    U = np.array([[c, -c], [c, c]])
    A = U.T @ np.diag([1, 100]) @ U
    point = np.array([-1.0607, 2.4749])
    assert np.allclose(w.iterates[0], point, atol=1e-4)
    expected = [w.iterates[0]]
    for _ in range(299):
        expected.append(gradient_descent(expected[-1], lambda v: A @ v, alpha=0.018))
    assert np.allclose(w.iterates, expected)
    assert np.allclose(x.iterates, w.iterates @ U.T)
    assert (w.levels[-1], x.levels[-1], len(w.levels)) == (1024, 512, 15)
    i, j = 17, 140
    assert w.values[i, j] == pytest.approx([w.x[j], w.y[i]] @ A @ [w.x[j], w.y[i]] / 2)


def contributions(alpha, beta):
    """In the scaling of the original's script."""
    lam = np.array([1.0, 10.0, 100.0])
    x = iterates(lambda w: lam * w, [1, 1 / np.sqrt(10), 1 / 10], 150, alpha / 100, beta)
    return (lam * x**2 / 2).T


@pytest.mark.parametrize("name", ["error-gradient-descent", "error-momentum"])
def test_error_bars(name):
    stacks = data(name) if name == "error-gradient-descent" else data(name)[0]
    assert len(stacks) == 3
    for bars in stacks:
        expected = contributions(bars.alpha, bars.beta)
        assert np.allclose(bars.contributions, expected, rtol=1e-9, atol=1e-12)
        assert bars.last == tuple(max(k for k in range(151) if row[k] > 0.01) for row in expected)


def test_best_parameters_are_best():
    """Of the bars that are said to be so: all that is near has a slower rate."""
    descent = data("error-gradient-descent")[1]
    momentum = data("error-momentum")[0][0]

    def worst(alpha, beta):
        return max(radius(alpha, beta, lam) for lam in np.linspace(0.01, 1, 100))

    for d in (-0.01, 0.01):
        assert worst(descent.alpha, 0.0) < worst(descent.alpha + d, 0.0)
        assert worst(momentum.alpha, momentum.beta) < worst(momentum.alpha + d, momentum.beta)
        assert worst(momentum.alpha, momentum.beta) < worst(momentum.alpha, momentum.beta + d)


def test_map_of_rates_under_the_bars():
    pad = data("error-momentum")[1]
    for i in range(3, pad.beta.size, 23):
        for j in range(3, pad.alpha.size, 37):
            sweep = [radius(pad.alpha[j], pad.beta[i], lam) for lam in np.linspace(0.01, 1, 40)]
            assert pad.rate[i, j] == pytest.approx(max(sweep), abs=1e-7)


XI = np.array([-0.6, -0.55, -0.5, -0.45, -0.4, 0.4, 0.45, 0.5, 0.55, 0.6])
D = np.array([-1.5, -2, -2.5, -1.5, -1, 0.5, 1, 1.5, 1, 0.5])
Z = XI[:, None] ** np.arange(6)


def test_monomials():
    found = data("monomials")
    assert np.array_equal(found.inputs, XI)
    assert np.array_equal(found.observations, D)
    weights = [-2, -2, 2, 2, 2, -2]
    assert np.allclose(found.at_inputs, (Z * weights).T)
    assert np.allclose(found.curves.sum(axis=0), np.polyval(weights[::-1], found.xi))
    assert (found.xi[0], found.xi[-1]) == (-1.125, pytest.approx(1.1175))


def test_eigenfeatures():
    found = data("eigenfeatures")
    values, vectors = np.linalg.eigh(Z.T @ Z)
    for i in range(6):
        value, vector = values[5 - i], vectors[:, 5 - i]
        curve = np.polyval(vector[::-1], found.xi) * 1.5 / np.sqrt(value)
        error = min(np.abs(found.curves[i] - sign * curve).max() for sign in (1, -1))
        assert error < 1e-4 * np.abs(curve).max()  # of the least eigenvalues of Z'Z, half the digits are rounding
        assert max(found.at_inputs[i], key=abs) > 0
    assert np.allclose(found.at_inputs @ found.at_inputs.T, 1.5**2 * np.eye(6), atol=1e-9)


def test_early_stopping():
    found = data("early-stopping")
    A, b = Z.T @ Z, Z.T @ D
    alpha = 1.8 / np.linalg.eigvalsh(A)[-1]
    w, k = np.zeros(6), 0
    for steps, fit in zip(found.steps[:3], found.fits[:3], strict=True):
        for _ in range(steps - k):
            w = gradient_descent(w, lambda v: A @ v - b, alpha=alpha)
        k = steps
        assert np.allclose(fit.at_inputs.sum(axis=0), Z @ w, atol=1e-9)
    exact = Z @ np.linalg.lstsq(Z, D, rcond=None)[0]
    for steps, fit in zip(found.steps, found.fits, strict=True):
        power = np.linalg.matrix_power(np.eye(6) - alpha * A, steps)
        w = np.linalg.lstsq(Z, D, rcond=None)[0]
        assert np.allclose(fit.at_inputs.sum(axis=0), exact - Z @ power @ w, atol=1e-6)
    assert np.allclose(np.abs(1 - 1.8 * found.eigenvalues / found.eigenvalues[0]) ** found.needed, 1e-3)
    assert np.allclose(found.eigenvalues, np.linalg.eigvalsh(A)[::-1], rtol=1e-8)
    # the steps are those of the original's control, floor(exp(s - 0.1)) for s = 4 and at five ticks
    ticks = [int(np.exp(14.2 * i / 5 - 0.1)) for i in range(6)]
    assert set(found.steps) <= {*ticks, int(np.exp(4 - 0.1))}


def test_taxonomy():
    found = data("taxonomy")
    for i in range(0, found.beta.size, 19):
        for j in range(0, found.alpha_lambda.size, 23):
            expected = radius(found.alpha_lambda[j] / 100, found.beta[i], 100)
            assert found.rate[i, j] == pytest.approx(expected, abs=1e-7)
    points = {(b.alpha_lambda, b.beta) for b in found.behaviours}
    assert points == {(0.15, 0.9), (0.15, 0.125), (1, 0.00001), (2, 0.05), (2.5, 0.235)}
    for b in found.behaviours:
        w = iterates(lambda w: 100 * (w - 1), 0, 39, b.alpha_lambda / 100, b.beta)
        assert np.allclose(b.error, w - 1, rtol=1e-9, atol=1e-9)


def test_behaviours_are_what_they_are_called():
    """By the rules of the original's script."""
    for b in data("taxonomy").behaviours:
        a = b.alpha_lambda
        values = np.roots([1, -(1 + b.beta - a), b.beta])
        if np.abs(values).max() >= 1.0001:
            assert b.name == "divergence"
        elif b.name != "1-step convergence":
            real = "monotonic decrease" if a < 1 else "monotonic oscillations"
            assert b.name == ("ripples" if np.iscomplex(values).any() else real)


def test_phase_diagrams():
    found = data("phase-diagrams")
    assert (found.lams, found.betas) == ((0, 0.02, 0.1, 0.25), (1, 0.985, 0.95, 0.9, 0.85, 0.8))
    for lam, row in zip(found.lams, found.phases, strict=True):
        for beta, phase in zip(found.betas, row, strict=True):
            states = run(lambda w, lam=lam: lam * w, 0.92, 249, 0.02, beta, z=1.0)
            assert np.allclose(phase.z, states[:, 0], atol=1e-9)
            assert np.allclose(phase.position, states[:, 1], atol=1e-9)


def test_damping():
    found = data("damping")
    assert [p.beta for p in found] == [0.97, 0.81, 0.05]
    for phase in found:
        states = run(lambda w: 100 * (w - 1), 0, 100, 0.0001, phase.beta)
        assert np.allclose(phase.z, states[:, 0], rtol=1e-7, atol=1e-7)
        assert np.allclose(phase.position, states[:, 1] - 1, atol=1e-9)
    values = np.roots([1, -(1 + 0.81 - 0.01), 0.81])
    assert abs(values[0] - values[1]) < 1e-6  # critical: they meet


def pixels():
    """The matrix of the colorization, edge by edge."""
    squares = [range(left, left + 16) for left in (0, 32, 64, 96)]
    there = {(i, j) for i in range(16) for j in range(112) if i in (7, 8) or any(j in s for s in squares)}
    number = {p: n for n, p in enumerate(sorted(there))}
    A = np.zeros((len(there), len(there)))
    for (i, j), n in number.items():
        for near in ((i + 1, j), (i, j + 1)):
            if near in number:
                m = number[near]
                A[[n, m], [n, m]] += 1
                A[n, m] -= 1
                A[m, n] -= 1
    ends = [number[7, 0], number[8, 0]]
    A[ends, ends] += 0.1
    b = np.zeros(len(there))
    b[ends] = 10
    return A, b


def test_colorization():
    found = data("colorization")
    A, b = pixels()
    assert A.shape == (1120, 1120) == (found.mask.sum(),) * 2
    # the ends that the original has stored
    assert found.eigenvalues[0] == pytest.approx(5.1092745973688506e-05, rel=1e-9)
    assert found.eigenvalues[-1] == pytest.approx(7.924430650388526, rel=1e-12)
    assert found.steps[:2] == (20, 1074)
    for result in found.runs:
        alpha = result.alpha_lambda / 7.924430650388526
        states = iterates(lambda w: A @ w - b, np.zeros(1120), 1074, alpha, result.beta)
        assert np.allclose(result.weights[0], states[20], atol=1e-8)
        assert np.allclose(result.weights[1], states[1074], atol=1e-6)
        for i in range(0, 1120, 160):
            assert result.needed[i] == pytest.approx(
                -3 / np.log10(radius(alpha, result.beta, found.eigenvalues[i])), rel=1e-3
            )
    first, best = found.runs
    assert (first.alpha_lambda, first.beta) == (pytest.approx(1.9), 0.00001)
    assert (best.alpha_lambda, best.beta) == (pytest.approx(3.97976, abs=1e-5), pytest.approx(0.989895, abs=1e-6))
    assert np.allclose(best.weights[-1], 100)
    for value, vector in zip(found.eigenvalues, found.eigenvectors, strict=False):
        assert np.allclose(A @ vector, value * vector, atol=1e-9)


EXPANDER = (
    "(0,4) (27,16) (20,17) (28,7) (17,21) (27,2) (23,24) (22,9) (4,29) (6,7) (22,24) (34,4) (27,28) (9,0) (1,31) (26,16) "
    "(17,9) (10,9) (9,3) (16,17) (23,26) (13,32) (29,6) (20,9) (10,17) (28,26) (5,32) (19,8) (10,19) (6,2) (7,28) (31,4) "
    "(4,10) (23,32) (8,14) (29,35) (24,34) (31,12) (6,17) (22,31) (2,6) (33,12) (9,9) (31,27) (23,20) (29,6) (15,20) "
    "(17,1) (6,28) (12,22) (0,17) (34,4) (5,4) (34,4) (21,32) (10,13) (9,33) (34,30) (23,8) (24,24) (30,17) (28,14) "
    "(25,1) (19,28) (16,24) (15,23) (18,8) (17,7) (0,28) (31,5) (18,8) (7,9) (33,17) (32,11) (35,32) (17,9) (0,17) "
    "(32,21) (32,13) (23,18)"
)
"""As a browser has drawn them."""


def test_graphs():
    expander = {tuple(sorted(map(int, pair.strip("()").split(",")))) for pair in EXPANDER.split()}
    path = {(i, i + 1) for i in range(35)} | {(27, 32), (7, 17), (6, 17)}
    grid = {(i, i + 1) for i in range(36) if i % 6 < 5} | {(i, i + 6) for i in range(30)}
    found = data("graphs")
    assert [g.name for g in found] == ["expander", "grid", "path"]
    for graph, edges in zip(found, (expander, grid, path), strict=True):
        assert {tuple(e) for e in graph.edges.tolist()} == edges
        A = np.zeros((36, 36))
        A[0, 0] = 1
        for i, j in edges:
            if i == j:
                A[i, i] += 1
            else:
                A[[i, j], [i, j]] += 1
                A[i, j] = A[j, i] = -1
        values = np.linalg.eigvalsh(A)
        assert np.allclose(graph.eigenvalues, values)
        assert np.allclose(A @ graph.vector, values[1] * graph.vector)
        assert graph.condition_number == pytest.approx(np.linalg.cond(A))
    assert found[0].condition_number < found[1].condition_number < found[2].condition_number


def test_layouts_keep_vertices_apart_and_neighbors_together():
    for graph in data("graphs"):
        gaps = np.linalg.norm(graph.places[:, None] - graph.places, axis=-1)
        assert (gaps + np.eye(36)).min() > 0.2
        lengths = np.array([gaps[i, j] for i, j in graph.edges if i != j])
        assert lengths.mean() < gaps.mean() / (1.5 if graph.name == "expander" else 2.5)
    lengths = np.array(
        [np.linalg.norm(np.subtract(*data("graphs")[1].places[[i, j]])) for i, j in data("graphs")[1].edges]
    )
    assert lengths.max() < 1.3 * lengths.min()  # the grid looks like one


def test_convex_rosenbrock():
    found = data("convex-rosenbrock")
    A = 500.5 * np.eye(25) - 249.75 * (np.eye(25, k=1) + np.eye(25, k=-1))
    b = 249.75 * np.eye(25)[0]
    stored = [4.6419172286987305, 996.3580932617188]
    assert np.allclose(np.linalg.eigvalsh(A)[[0, -1]], stored, rtol=1e-7)
    w = iterates(lambda v: A @ v - b, np.zeros(25), 51, 0.0035749243028120182, 0.8095238095238095)
    assert np.allclose(found.weights, w, atol=1e-12)
    assert np.allclose(found.errors, np.abs(w - np.linalg.solve(A, b)), atol=1e-12)
    for k, row in enumerate(found.weights):
        assert not row[k:].any()
        assert row[:k].all()


def test_stochastic_gradients():
    found = data("stochastic-gradients")
    assert (found[0].alpha, found[0].beta) == (4 / 121, 81 / 121)
    for result in found:
        alpha, beta = result.alpha, result.beta
        x = iterates(lambda w: w, np.sqrt(3), 150, alpha, beta)
        assert np.allclose(result.deterministic, x**2 / 2, atol=1e-12)
        R, B = np.array([[beta, 1], [-alpha * beta, 1 - alpha]]), np.array([1, -alpha])
        covariance, variances = np.zeros((2, 2)), []
        for _ in range(152):
            variances.append(covariance[1, 1])
            covariance = R @ covariance @ R.T + 9 * np.outer(B, B)
        assert np.allclose(result.stochastic, np.array(variances[:-1]) / 2, atol=1e-12)
        assert np.allclose(result.script, np.array(variances[1:]) / 2, atol=1e-12)
        above = result.deterministic > result.stochastic
        assert above[: result.divider + 1].all()
        assert not above[result.divider + 1]


def test_noisy_runs_have_the_expected_errors():
    """The mean over many runs, simply run at once."""
    random = np.random.default_rng(5)
    result = data("stochastic-gradients")[0]
    x = iterates(
        lambda w: w + 3 * random.standard_normal(w.shape), np.full(20_000, np.sqrt(3)), 60, result.alpha, result.beta
    )
    mean = (x**2 / 2).mean(axis=1)
    assert np.allclose(mean, (result.deterministic + result.stochastic)[:61], rtol=0.05, atol=0.01)


# Drawing --------------------------------------------------------------------------------------------------------------


def parts(figure):
    yield figure
    for part in figure.subfigs:
        yield from parts(part)


def words(figure):
    """Every text that is seen, with its size in points and its place in pixels."""
    texts = [t for part in parts(figure) for t in part.texts]
    texts += [part._supylabel for part in parts(figure) if part._supylabel]  # there is no other way to it
    for axes in figure.axes:
        texts += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title, axes._right_title]
        texts += axes.get_legend().get_texts() if axes.get_legend() else []
        for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
            near = 1e-9 * (high - low)
            texts += [
                t.label1
                for t in axis.get_major_ticks()
                if low - near <= t.get_loc() <= high + near and t.label1.get_visible()
            ]
            texts += [
                t.label2
                for t in axis.get_major_ticks()
                if low - near <= t.get_loc() <= high + near and t.label2.get_visible()
            ]
    renderer = figure.canvas.get_renderer()
    unique = {id(t): t for t in texts if t.get_visible() and t.get_text().strip()}
    return [(t.get_text(), t.get_fontsize(), t.get_window_extent(renderer)) for t in unique.values()]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in a document"])
@pytest.mark.parametrize("name", ARTICLE)
def test_texts_are_legible_whole_and_apart(name, alone):
    figure = drawn(name, alone)
    assert figure.get_figwidth() == 6.5
    found = words(figure)
    assert len(found) >= 5
    assert any(text == FIGURES[name].heading for text, _, _ in found) == alone
    for i, (text, size, box) in enumerate(found):
        assert size >= 7, text
        assert all((box.x0 >= 0, box.y0 >= 0, box.x1 <= figure.bbox.x1, box.y1 <= figure.bbox.y1)), text
        for other, _, place in found[:i]:
            wide = min(box.x1, place.x1) - max(box.x0, place.x0)
            high = min(box.y1, place.y1) - max(box.y0, place.y0)
            # A box holds room for letters that hang deeper or stand higher than those that are there.
            assert wide <= 1 or high <= 2, (text, other)


@pytest.mark.parametrize("name", ARTICLE)
def test_the_files_are_the_same_each_time(name):
    files = {f: render(FIGURES[name].draw(data(name)), f) for f in ("svg", "png")}
    assert files["svg"] == render(FIGURES[name].draw(data(name)), "svg")
    assert b"<dc:date>" not in files["svg"]
    assert len(files["svg"]) < 500_000
    assert len(files["png"]) < 300_000


@pytest.mark.parametrize("name", ["rate-map", "taxonomy", "convex-rosenbrock"])
def test_the_two_files_at_once_are_the_same_each_time(name):
    both = FIGURES[name].files()
    assert list(both) == ["svg", "png"]
    assert both == FIGURES[name].files()


@pytest.mark.parametrize("name", ["taxonomy", "convex-rosenbrock"])
def test_a_document_s_figure_is_the_same_in_whatever_order_its_formats_are_asked_for(name):
    first, second = FIGURES[name].step(), FIGURES[name].step()
    drawn_first = {format: first.draw(format) for format in ("svg", "png", "pdf")}
    drawn_second = {format: second.draw(format) for format in ("pdf", "png", "svg")}
    assert drawn_first == drawn_second


@pytest.mark.parametrize("name", ARTICLE)
def test_a_document_s_figure_names_its_original_and_has_the_note_as_caption(name):
    picture = FIGURES[name]
    step = picture.step()
    assert (step.name, step.title, step.alt) == (name, picture.heading, picture.title)
    caption = plain(step.caption).replace("\u00a0", " ")
    assert caption.startswith(f"Redraws [Goh 2017, {picture.original}]. ")
    assert plain(picture.note(data(name))).replace("\u00a0", " ") in caption


@pytest.mark.parametrize(
    ("name", "words_of_it"),
    [
        ("opening", "0.02"),
        ("error-gradient-descent", "1, 10, 100"),
        ("error-momentum", "1, 10, 100"),
        ("phase-diagrams", "150 iterates"),
        ("damping", "0.8101"),
        ("colorization", "pull of 0.1"),
        ("graphs", "three random edges"),
        ("convex-rosenbrock", "coupled with 0"),
        ("stochastic-gradients", "one more step"),
    ],
)
def test_the_note_tells_where_text_and_script_of_the_original_differ(name, words_of_it):
    (note,) = (t for t, _, _ in words(drawn(name, True)) if "original" in t and len(t) > 100)
    assert words_of_it in " ".join(note.split())


# The command ----------------------------------------------------------------------------------------------------------


def command(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["figures", *map(str, arguments)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_the_command_writes_both_files(capsys, tmp_path):
    folder = tmp_path / "new" / "one"
    status, out, err = command(capsys, "monomials", "f09", "damping", "-o", folder)
    assert (status, err) == (0, "")
    assert sorted(p.name for p in folder.iterdir()) == ["damping.png", "damping.svg", "monomials.png", "monomials.svg"]
    assert out.count("wrote") == 2
    assert imread(folder / "damping.png").shape[1] == 1300
    assert (folder / "monomials.svg").read_bytes().startswith(b"<?xml")


def test_the_command_explains_itself(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = command(capsys, "--help")
    assert status == 0
    assert "  symmomentum figures taxonomy damping -o pictures\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_command_lists_every_name_on_a_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = command(capsys, "--list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(FIGURES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("taxonmy", "unknown figure 'taxonmy'; did you mean 'taxonomy'?"), ("F15", "unknown figure 'F15'; known: ")],
)
def test_the_command_refuses_unknown_names_before_it_draws(capsys, tmp_path, name, expected):
    status, out, err = command(capsys, "monomials", name, "-o", tmp_path / "none")
    assert (status, out) == (2, "")
    assert err.startswith(f"symmomentum: {expected}")
    assert err.count("\n") == 1
    assert not (tmp_path / "none").exists()
    with pytest.raises(UnknownNameError):
        picture(name)


def test_the_command_says_so_if_it_cannot_write(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = command(capsys, "monomials", "-o", tmp_path / "file")
    assert status == 2
    assert "cannot write into the folder" in err
