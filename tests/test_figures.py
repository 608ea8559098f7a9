"""The rate map: its data against eigenvalues of rules simply run, and its drawing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

import symmomentum as sm
from symmomentum.errors import ArgumentError
from symmomentum.figures import FIGURES, FORMATS, draw_rate_map, rate_map_data, render
from tests import independent

COMMITTED = Path(__file__).parents[1] / "docs" / "rate-map.png"
BY_NAME = {c.name: c for c in independent.ALL}
SAME = 3 / 255
"""How far the channels of two pixels may differ: the libraries that draw letters round differently."""


@pytest.fixture(scope="module")
def data():
    return rate_map_data()


@pytest.fixture(scope="module")
def drawn(data):
    figure = draw_rate_map(data)
    FigureCanvasAgg(figure).draw()
    return figure


# Data -----------------------------------------------------------------------------------------------------------------


def radii(name: str, across: np.ndarray, upwards: np.ndarray) -> np.ndarray:
    """Spectral radii of the rule's matrices at curvature 1, by NumPy's eigenvalues."""
    case = BY_NAME[name]
    matrices = [[independent.matrix(case, 1.0, {"alpha": x, "beta": y}) for x in across] for y in upwards]
    return np.abs(np.linalg.eigvals(np.array(matrices, dtype=float))).max(axis=-1)


@pytest.mark.parametrize("name", ["heavy-ball", "nesterov", "two-step"])
def test_rates_are_those_of_the_rule(name):
    method = name if name in sm.catalog else sm.method(BY_NAME[name].rule)
    found = rate_map_data(method, points=(61, 43))
    expected = radii(name, found.alpha_lambda, found.beta)
    # Next to a double eigenvalue, NumPy is right to half of the digits only.
    assert np.abs(found.rate - expected).max() < 1e-7


def test_regimes_are_those_of_the_eigenvalues(data):
    rows, columns = np.arange(0, data.beta.size, 16), np.arange(0, data.alpha_lambda.size, 16)
    for i in rows:
        for j in columns:
            x, y = data.alpha_lambda[j], data.beta[i]
            values = independent.eigenvalues_numpy(BY_NAME["heavy-ball"], 1.0, {"alpha": x, "beta": y})
            radius, gap = np.abs(values).max(), (x - 1 - y) ** 2 - 4 * y
            name = data.regimes[data.regime[i, j]]
            if abs(radius - 1) < 1e-6 or abs(gap) < 1e-6:
                continue  # on a border
            largest = values[np.abs(values).argmax()]
            kind = "complex" if gap < 0 else "monotone" if largest.real > 0 else "oscillating"
            assert name == ("divergent" if radius > 1 else kind), (x, y)


def test_borders_belong_to_their_regimes(data):
    """The default grid holds points on the borders exactly."""

    def at(x: float, y: float) -> str:
        (i,), (j,) = np.nonzero(data.beta == y)[0], np.nonzero(data.alpha_lambda == x)[0]
        return data.regimes[data.regime[i, j]]

    assert at(1.0, 0.0) == "one-step"
    assert at(2.25, 0.25) == at(0.25, 0.25) == "critical"  # (1 ± √β)²
    assert at(0.0, 0.5) == at(1.0, 1.0) == at(3.0, 0.5) == "divergent"
    assert np.array_equal(data.one_step, [[1.0, 0.0]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"points": (1, 5)}, "at least 2 points"),
        ({"beta": (1.0, 0.5)}, "low < high"),
        ({"alpha_lambda": (0.0, np.inf)}, "low < high"),
        ({"method": "gradient-descent"}, "two-state"),
        ({"method": 7}, "its name or its Rate"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        rate_map_data(**arguments)


# Drawing --------------------------------------------------------------------------------------------------------------


def words(figure):
    """Every text of the figure that is seen, with its place on paper in pixels."""
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        across = [t for t in axes.get_xticklabels() if axes.get_xlim()[0] <= t.get_position()[0] <= axes.get_xlim()[1]]
        upwards = [t for t in axes.get_yticklabels() if axes.get_ylim()[0] <= t.get_position()[1] <= axes.get_ylim()[1]]
        for text in (*axes.texts, *across, *upwards, axes.xaxis.label, axes.yaxis.label):
            box = text.get_window_extent(renderer)
            if text.get_visible() and text.get_text().strip() and figure.bbox.overlaps(box):
                found.append((text.get_text(), box))
    return found


def label(figure, name):
    (text,) = (t for t in figure.axes[0].texts if t.get_text().startswith(name))
    return text


def test_no_text_overlaps_another_and_none_is_cut_off(drawn):
    found = words(drawn)
    assert len(found) > 20
    for i, (text, box) in enumerate(found):
        inside = (box.x0 >= 0, box.y0 >= 0, box.x1 <= drawn.bbox.x1, box.y1 <= drawn.bbox.y1)
        assert all(inside), text
        for other, place in found[:i]:
            assert not box.overlaps(place), (text, other)


@pytest.mark.parametrize("name", ["complex", "monotone", "oscillating", "divergent"])
def test_a_label_lies_in_its_regime_altogether(drawn, data, name):
    axes = drawn.axes[0]
    box = label(drawn, name).get_window_extent(drawn.canvas.get_renderer())
    (x0, y0), (x1, y1) = axes.transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
    inside = data.regime[
        np.ix_((data.beta > y0) & (data.beta < y1), (data.alpha_lambda > x0) & (data.alpha_lambda < x1))
    ]
    assert inside.size
    assert (inside == data.regimes.index(name)).all()


def test_no_line_of_equal_rate_runs_through_the_label_of_the_largest_regime(drawn, data):
    box = label(drawn, "complex").get_window_extent(drawn.canvas.get_renderer())
    (_, y0), (_, y1) = drawn.axes[0].transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
    assert not [level for level in (0.2, 0.4, 0.6, 0.8) if y0 < level**2 < y1]  # there the rate is √β


def test_the_critical_curve_and_the_one_step_point_are_named_at_their_places(drawn):
    critical = label(drawn, "critical")
    x, y = critical.get_position()
    assert abs((x - 1 - y) ** 2 - 4 * y) < 0.05
    assert label(drawn, "one-step").xy == (1.0, 0.0)
    assert label(drawn, "one-step").get_text() == "one-step, $\\rho = 0$"
    assert "\\sqrt{\\beta}" in label(drawn, "complex").get_text()
    assert "\\geq 1" in label(drawn, "divergent").get_text()


def test_axes_and_scale_are_named(drawn):
    axes, bar = drawn.axes
    assert axes.get_xlabel() == r"$\alpha \lambda$"
    assert axes.get_ylabel() == r"$\beta$"
    assert bar.get_ylabel() == r"asymptotic rate $\rho$"
    assert (axes.get_xlim(), axes.get_ylim()) == ((-0.125, 4.25), (-0.25, 1.0625))
    assert bar.get_ylim() == (0.0, 1.0)


def test_lightness_alone_tells_the_rate(drawn):
    """So that the map is read without colours, too."""
    (bands,) = (c for c in drawn.axes[0].collections if c.get_array() is not None and len(c.get_array()) > 15)
    colors = bands.get_cmap()(np.linspace(0, 1, 20))[:, :3]
    lightness = colors @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()


def test_the_file_is_the_same_each_time():
    small = rate_map_data(points=(36, 22))
    for format in FORMATS:
        first, second = (render(draw_rate_map(small), format) for _ in range(2))
        assert first == second
    with pytest.raises(ArgumentError, match="unknown format"):
        render(draw_rate_map(small), "gif")


def test_the_committed_file_is_up_to_date():
    """At most one pixel in 500 differs by more than rounding; to redraw: ``symmomentum figures rate-map -o docs``."""
    now = imread(io.BytesIO(FIGURES["rate-map"].render("png")))
    then = imread(COMMITTED)
    assert now.shape == then.shape
    assert (np.abs(now - then).max(axis=-1) > SAME).mean() < 1 / 500
