"""The page: widgets from Bokeh, the generated functions, and one file that holds all of it."""

from __future__ import annotations

import json
import os
import webbrowser
from collections.abc import Mapping
from functools import cached_property
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import numpy as np

from symmomentum.documents import check_target
from symmomentum.documents.writing import write
from symmomentum.errors import ArgumentError, OutputError
from symmomentum.explore.theory import (
    LARGEST_KAPPA,
    LEAST_KAPPA,
    LEFT_OUT,
    MOST_PARAMETERS,
    TOLERANCE,
    common_script,
    entries,
    fitting,
)
from symmomentum.methods import catalog
from symmomentum.update_rule import Method

if TYPE_CHECKING:
    from bokeh.document import Document

__all__ = ["Page", "explore"]

_CAPTIONS = (
    (
        "map",
        "The rate and its regimes",
        "Dark is fast; hatched diverges. The line is the spectrum: "
        '<span class="mark mu"><i></i>μ</span>, <span class="mark l"><i></i>L</span>, '
        '<span class="mark mode"><i></i>the mode shown</span>; the star is where L stands at the best parameters. '
        "Click or drag to put the mode shown there.",
    ),
    ("plane", "Eigenvalues", "From μ (dark) to L (bright). Solid: the unit circle. Dashed: the worst rate."),
    (
        "paths",
        "Iterates on a quadratic",
        "Two modes, μ and L, from rest, until they are near the star or fill the view. Each axis has its own scale.",
    ),
    ("phase", "Phase portrait of the mode shown", "The thick orbit starts at rest; the others around the minimizer."),
    (
        "split",
        "Loss by eigencomponent",
        "Five modes from μ to L with equal shares at the start. Dashed: the largest at any curvature.",
    ),
    ("expected", "Expected loss under noise", "Of the quadratic above; where it is flat, noise is all that is left."),
    (
        "cone",
        "Convex Rosenbrock: a light cone",
        "What each of 25 weights has left of its way: all (bright) down to a millionth (dark). Hatched: no first-order method "
        "can have been there, since news travels one weight per gradient.",
    ),
)

_STEPS = 120
"""In the views over steps."""
_SEED = 20260101


def explore(method: Method | str = "heavy-ball", *, alone: bool = False, jobs: int = 1) -> Page:
    """A page to play with: all views of a method follow its sliders at once.

    Parameters
    ----------
    method : Method or str
        What is seen first; another one can be picked on the page.
    alone : bool
        Whether there is no other one to pick, which takes a tenth of the time.
    jobs : int
        How many processes derive the theory of the methods.

    Returns
    -------
    Page
        ``save(path)`` writes it, ``show()`` opens it in the browser; a notebook shows it by itself.

    Raises
    ------
    UnknownNameError
        (a ``KeyError``) If the name is not in the catalog; the message suggests the nearest.
    ArgumentError
        (a ``ValueError``) If the method has not two states, or too many parameters for the page, or if Bokeh is not installed.

    Examples
    --------
    >>> explore("nesterov", alone=True)
    <page that begins with nesterov>
    """
    if find_spec("bokeh") is None:
        raise ArgumentError("the page needs Bokeh; install the extra: pip install 'symmomentum[explore]'")
    chosen = catalog[method] if isinstance(method, str) else method
    methods = fitting(chosen)
    return Page(chosen, {chosen.name: chosen} if alone else methods, jobs)


class Page:
    """One self-contained page; see :func:`explore`."""

    def __init__(self, first: Method, methods: Mapping[str, Method], jobs: int = 1) -> None:
        self._first = first
        self._methods = methods
        self._jobs = jobs

    def __repr__(self) -> str:
        return f"<page that begins with {self._first.name}>"

    @cached_property
    def html(self) -> str:
        """The whole file: it loads nothing from elsewhere."""
        from bokeh.embed import file_html
        from bokeh.resources import INLINE

        template = files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
        variables = {
            "style": files(__package__).joinpath("page.css").read_text(encoding="utf-8"),
            "script": self._script,
            "captions": _CAPTIONS,
            "about": _about(),
        }
        title = f"{self._first.name} explored"
        return str(file_html(self._document, INLINE, title, template=template, template_variables=variables))

    @property
    def _script(self) -> str:
        from bokeh.palettes import Cividis256

        found = entries(self._methods, self._jobs)
        methods = "\n".join(f"METHODS[{json.dumps(n)}] = {e.script};" for n, e in found.items())
        data = {
            "first": self._first.name,
            "methods": {n: e.data for n, e in found.items()},
            "palette": list(Cividis256[::2]),
            "errors": _errors(),
            "kappa": [LEAST_KAPPA, LARGEST_KAPPA],
            "tolerance": TOLERANCE,
        }
        # Inside a script, text must not look like its end.
        text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        code = files(__package__).joinpath("page.js").read_text(encoding="utf-8")
        return f"const METHODS = {{}};\n{methods}\nconst COMMON = {common_script()};\nconst DATA = {text};\n{code}"

    @property
    def _document(self) -> Document:
        from symmomentum.explore.widgets import document

        return document(list(self._methods), self._first.name)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file whose name ends in ``.html``.

        Raises
        ------
        ArgumentError
            (a ``ValueError``) If the name ends otherwise.
        OutputError
            (an ``OSError``) If it cannot be written there.
        """
        target = check_page_target(path)
        write(target.parent, {target.name: self.html.encode()})

    def show(self) -> Path:
        """Write the page to a temporary file and open that in the browser.

        Returns
        -------
        Path
            Of the file.

        Raises
        ------
        OutputError
            (an ``OSError``) If no browser is found.
        """
        target = Path(mkdtemp(prefix="symmomentum-")) / f"{self._first.name}.html"
        self.save(target)
        if not webbrowser.open(target.as_uri()):
            raise OutputError(f"no browser was found; the page is {target}")
        return target

    def _repr_html_(self) -> str:
        """In a notebook, the page in a frame of its own."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self._first.name)} explored" '
            'style="width: 100%; height: 900px; border: 0"></iframe>'
        )


def check_browser() -> None:
    """What :meth:`Page.show` would raise where there is no browser."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        raise OutputError("no browser was found; write the page to a file with -o") from None


def check_page_target(path: str | os.PathLike[str]) -> Path:
    """What :meth:`Page.save` would raise of the path alone."""
    target = Path(path)
    if target.suffix.lower() != ".html":
        raise ArgumentError(f"the page is HTML: give a name that ends in .html, not {str(target)!r}")
    check_target(target)
    return target


def _errors() -> list[list[float]]:
    """Of the gradients along both eigenvectors in each step, in units of their standard deviation: the same on every page."""
    errors: list[list[float]] = np.random.default_rng(_SEED).standard_normal((_STEPS, 2)).round(4).tolist()
    return errors


def _about() -> str:
    left = " and ".join(f"{name} ({reason})" for name, reason in LEFT_OUT.items())
    return escape(
        f"In the list are the methods of the catalog with two states and at most {MOST_PARAMETERS} parameters: the map, the "
        f"portrait and the regimes are for two states, and more sliders would hide what one of them does. Left out are {left}. "
        "Every number is computed by functions that are generated from the derived expressions; L, the largest curvature, is "
        "the unit. An address copied from this page brings back its settings."
    )
