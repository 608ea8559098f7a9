r"""The panels of the polynomial regression: monomials, eigenfeatures, and early stopping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sympy

from symmomentum.documents import Prose
from symmomentum.figures.page import BLUE, INK, SMALL, VERMILION, bare, page, shades, words
from symmomentum.problems import PolynomialRegression, article_data, polynomial_regression

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "EarlyStopping",
    "Terms",
    "draw_early_stopping",
    "note_early_stopping",
    "draw_eigenfeatures",
    "note_eigenfeatures",
    "draw_monomials",
    "note_monomials",
    "early_stopping_data",
    "eigenfeatures_data",
    "monomials_data",
]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terms:
    """A polynomial as a sum of terms.

    Attributes
    ----------
    inputs, observations : ndarray of shape (m,)
        The data.
    weights : ndarray of shape (n,)
        The factor of each term.
    xi : ndarray of shape (points,)
        Where the curves are drawn.
    curves : ndarray of shape (n, points)
        The weighted terms there; the polynomial is their sum.
    at_inputs : ndarray of shape (n, m)
        The same at the inputs.
    """

    inputs: _Array
    observations: _Array
    weights: _Array
    xi: _Array
    curves: _Array
    at_inputs: _Array


@dataclass(frozen=True, eq=False)
class EarlyStopping:
    """Gradient descent from 0, stopped after several numbers of iterations.

    Attributes
    ----------
    steps : tuple of int
    fits : tuple of Terms
        One for each number of steps: the eigenfeatures with the weights that they have then.
    eigenvalues : ndarray of shape (n,)
        In decreasing order.
    needed : ndarray of shape (n,)
        For each eigenvalue, the number of iterations that divide its error by 1000.
    """

    steps: tuple[int, ...]
    fits: tuple[Terms, ...]
    eigenvalues: _Array
    needed: _Array


# Data -----------------------------------------------------------------------------------------------------------------


def monomials_data(weights: Sequence[float] = (-2, -2, 2, 2, 2, -2)) -> Terms:
    """The monomials with their weights; the defaults are those of the original's script, its text names none.

    Examples
    --------
    >>> monomials_data().at_inputs.sum(axis=0)[:2].round(3)
    array([-0.097, -0.344])
    """
    return _terms(np.eye(len(weights)), np.array(weights, dtype=np.float64))


def eigenfeatures_data() -> Terms:
    r"""The eigenfeatures, each times :math:`1.5/\sqrt\lambda` as in the original's script.

    A feature has the norm :math:`\sqrt\lambda` over the inputs, so that every panel shows one of the norm 1.5. Its sign is that
    which makes its largest value at an input positive; the original takes the sign that its solver returns.

    Examples
    --------
    >>> np.linalg.norm(eigenfeatures_data().at_inputs, axis=1).round(12)
    array([1.5, 1.5, 1.5, 1.5, 1.5, 1.5])
    """
    values, features = _eigenfeatures(_fit())
    return _terms(features, 1.5 / np.sqrt(values))


def early_stopping_data(steps: Sequence[int] = (15, 49, 4536, 77652, 1329083)) -> EarlyStopping:
    r"""The eigenfeatures with the weights after so many steps of gradient descent, step size :math:`1.8/\lambda_{\max}`.

    The default steps are where the original's control starts (49), and four of the ticks that it has.

    Examples
    --------
    >>> early_stopping_data().needed.round()
    array([3.100000e+01, 1.100000e+01, 6.830000e+02, 2.789000e+03,
           3.009000e+05, 1.241708e+06])
    """
    fit = _fit()
    values, features = _eigenfeatures(fit)
    fits = tuple(_terms(features, features.T @ fit.early_stopping(k)) for k in steps)
    needed = -3 / np.log10(np.abs(1 - 1.8 * values / values[0]))
    return EarlyStopping(tuple(steps), fits, values, needed)


def _fit() -> PolynomialRegression:
    return polynomial_regression(*article_data(), 5)


def _eigenfeatures(fit: PolynomialRegression) -> tuple[_Array, _Array]:
    """Eigenvalues in decreasing order and eigenvectors in columns, of a sign that no solver decides."""
    values, vectors = fit.eigenfeatures
    at_inputs = _numbers(fit.design.tolist()) @ vectors
    largest = at_inputs[np.abs(at_inputs).argmax(axis=0), np.arange(len(values))]
    return values, vectors * np.sign(largest)


def _terms(features: _Array, weights: _Array) -> Terms:
    inputs, observations = map(_numbers, article_data())
    xi = np.arange(-900, 900, 6) / 800  # every sixth point of the original's, which eyes cannot tell from all

    def curves(x: _Array) -> _Array:
        powers = np.vander(x, len(weights), increasing=True)
        return np.asarray((powers @ features * weights).T)

    return Terms(inputs, observations, weights, xi, curves(xi), curves(inputs))


def _numbers(exact: object) -> _Array:
    return np.array(exact, dtype=np.float64)


# Drawing --------------------------------------------------------------------------------------------------------------


def note_monomials(data: Terms) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    weights = ", ".join(f"{w:g}" for w in data.weights).replace("-", "−")
    return words(
        f"A polynomial of degree 5 as a sum of monomials in ξ with the weights {weights}; circles mark the ten inputs, "
        "crosses the data. The weights are those with which the original's script starts; its text names none.",
    )


def draw_monomials(data: Terms) -> Figure:
    """Draw the weighted monomials and their sum."""
    names = [
        f"${w:g}" + ("" if i == 0 else r"\,\xi" if i == 1 else rf"\,\xi^{i}") + "$" for i, w in enumerate(data.weights)
    ]
    with page(1.15) as figure:
        _draw_row(figure.subplots(1, 7, sharex=True, sharey=True), data, names)
    return figure


def note_eigenfeatures(data: Terms) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    Z = sympy.MatrixSymbol("Z", 10, 6)
    return words(
        "The polynomials whose coefficients are the eigenvectors of ",
        Z.T * Z,
        ", in order of decreasing eigenvalue, each drawn with the norm 1.5 over the inputs as in the original's script. The "
        "first is almost constant, the second tells the two clusters of inputs apart, the next ones bend within a cluster, "
        "the last ones jump between neighbors. An eigenvector's sign is free: here the largest value at an input is positive.",
    )


def draw_eigenfeatures(data: Terms) -> Figure:
    """Draw the eigenfeatures at equal size, and their sum."""
    with page(1.15) as figure:
        names = [rf"$x_{i + 1}\,\bar{{p}}_{i + 1}$" for i in range(len(data.weights))]
        _draw_row(figure.subplots(1, 7, sharex=True, sharey=True), data, names)
    return figure


def note_early_stopping(data: EarlyStopping) -> Prose:
    """What the figure shows, and where the original's text and source differ."""
    steps = ", ".join(map(str, data.steps))
    return words(
        "Eigenfeatures with the weights that they have after ",
        sympy.Symbol("k"),
        " steps of gradient descent from 0, step size 1.8 over the largest eigenvalue; the last panel of a row is the fit. A "
        "bar ends where the error of its eigenvalue is divided by 1000; the dashed lines are the rows. The steps "
        f"{steps} are places of the original's control, which starts at 49. With this step size the second eigenvalue is "
        "done before the first.",
    )


def draw_early_stopping(data: EarlyStopping) -> Figure:
    """Draw a row of panels for each number of steps, above the bars of the iterations that each eigenvalue needs."""
    rows = len(data.steps)
    with page(1.0 * rows + 1.6) as figure:
        parts: Any = figure.subfigures(2, 1, height_ratios=[rows, 1.45])
        upper, lower = parts
        names = [rf"$x_{i + 1}\,\bar{{p}}_{i + 1}$" for i in range(len(data.eigenvalues))]
        for i, (k, fit, row) in enumerate(
            zip(data.steps, data.fits, upper.subplots(rows, 7, sharex=True, sharey=True), strict=True)
        ):
            _draw_row(row, fit, names if i == 0 else None)
            row[0].set_ylabel(f"$k$ = {k:,}".replace(",", "\u2009"), fontsize=SMALL)
        axes = lower.subplots()
        places = np.arange(len(data.needed))
        axes.barh(places, data.needed - 1, left=1, height=0.6, color=shades(8)[4])
        for k in data.steps:
            axes.axvline(k, color=VERMILION, linewidth=0.8, linestyle=(0, (4, 2)))
        labels = [f"{i + 1}:  λ = {value:.2g}" for i, value in enumerate(data.eigenvalues)]
        axes.set(xscale="log", xlim=(1, 3e6), yticks=places, yticklabels=labels, xlabel="iteration $k$")
        axes.invert_yaxis()
    return figure


def _draw_row(panels: Sequence[Axes], data: Terms, names: Sequence[str] | None) -> None:
    curves, points = [*data.curves, data.curves.sum(axis=0)], [*data.at_inputs, data.at_inputs.sum(axis=0)]
    titles = names and [*names, "model"]
    for i, (axes, curve, values) in enumerate(zip(panels, curves, points, strict=True)):
        is_sum = i == len(data.curves)
        axes.axhline(0, color="#b5b5b5", linewidth=0.5)
        if is_sum:
            axes.plot(
                data.inputs, data.observations, "x", color=VERMILION, markersize=3.5, markeredgewidth=0.9, zorder=3
            )
        axes.plot(data.xi, curve, color=INK if is_sum else BLUE, linewidth=1.1)
        axes.plot(
            data.inputs, values, "o", color="white", markeredgecolor=INK, markeredgewidth=0.6, markersize=2.6, zorder=4
        )
        bare(axes)
        axes.set(xlim=(-1.5, 1.5), ylim=(-3, 3), box_aspect=1)
        if titles:
            axes.set_title(titles[i], pad=3)
