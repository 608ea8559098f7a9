"""The Markdown of GitHub where it is not that of Sphinx, and formulas that need no script.

In the pages, a dollar sign on either side of code is a formula, and so is a block of the language ``math``; an empty link with
an ``id`` is a place to which links lead; a link to a page of ``derivations/`` leads to the chapter of the site; what stands
before the title is left out. The HTML builder writes all formulas, also those of docstrings, as MathML.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from tex_mathml import TexError, convert

LOGGER = logging.getLogger(__name__)
LONG = 24
"""How many signs a formula in a line may have that surely fits on a telephone. Browsers break no formula; longer ones scroll."""


class GitHubMath(SphinxTransform):
    """Finds the formulas of Markdown in the parsed page, so that what a page includes is looked at too."""

    default_priority = 100  # before anything looks at the text, such as smart quotes

    def apply(self, **kwargs: Any) -> None:
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") == "math":
                block.replace_self(_located(nodes.math_block("", block.astext()), block))
        for code in list(self.document.findall(nodes.literal)):
            parent = code.parent
            place = parent.index(code)
            around = parent.children[max(place - 1, 0) : place + 2]
            if len(around) < 3 or not (isinstance(around[0], nodes.Text) and isinstance(around[2], nodes.Text)):
                continue
            before, after = around[0].astext(), around[2].astext()
            if before.endswith("$") and after.startswith("$"):
                math = _located(nodes.math("", code.astext()), code)
                parent[place - 1 : place + 2] = [nodes.Text(before[:-1]), math, nodes.Text(after[1:])]


class Anchors(SphinxTransform):
    """Makes targets of ``<a id="label"></a>``. In a heading it becomes a name of the section, so that it is not in the table of
    contents too."""

    default_priority = 100  # before links are looked up

    def apply(self, **kwargs: Any) -> None:
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        self.document.myst_slugs = slugs
        for opening in list(self.document.findall(nodes.raw)):
            found = re.fullmatch(r'<a id="([^"]+)">', opening.astext())
            if not found:
                continue
            parent, label = opening.parent, found[1]
            closing = opening.next_node(descend=False, siblings=True)
            if closing is None or closing.astext() != "</a>":
                continue
            parent.remove(closing)
            if isinstance(parent, nodes.title):
                parent.remove(opening)
                parent.parent["ids"].append(label)
            else:
                parent.replace(opening, nodes.target("", "", ids=[label]))
            slugs.setdefault(label, (opening.line, label, ""))


class NoNavigation(SphinxTransform):
    """Leaves out the line of links before the title of a page, which is for GitHub: the theme has links of its own."""

    default_priority = 100

    def apply(self, **kwargs: Any) -> None:
        place = self.document.first_child_matching_class(nodes.section)
        for node in self.document.children[: place or 0]:
            if isinstance(node, nodes.paragraph):
                self.document.remove(node)


def _located(node: nodes.Element, old: nodes.Element) -> nodes.Element:
    node.source, node.line = old.source, old.line
    if isinstance(node, nodes.math_block):
        node["nowrap"] = node["no-wrap"] = False
        node["number"] = node["label"] = None
    return node


def _formula(node: nodes.Element, *, display: bool) -> str:
    try:
        return convert(node.astext(), display=display)
    except TexError as error:
        LOGGER.warning("%s", error, location=node, type="math")
        return "<math></math>"


def _inline(translator: Any, node: nodes.math) -> None:
    formula = _formula(node, display=False)
    if "<mtable" in formula:
        formula = f'<span class="formula-table" tabindex="0">{formula}</span>'
    elif len(re.sub("<[^>]*>", "", formula)) > LONG:
        formula = f'<span class="formula-long" tabindex="0">{formula}</span>'
    translator.body.append(formula)
    raise nodes.SkipNode


def _displayed(translator: Any, node: nodes.math_block) -> None:
    found = re.fullmatch(r"(.*?)\s*\\tag\{(\w+)\}\s*", node.astext(), re.DOTALL)
    if found:
        node = _located(nodes.math_block("", found[1]), node)
    number = f'<span class="formula-number">({found[2]})</span>' if found else ""
    # On a narrow screen the formula scrolls in its own box, which the keyboard reaches too.
    formula = f'<div class="formula-body" tabindex="0">{_formula(node, display=True)}</div>'
    translator.body.append(f'<div class="formula">{formula}{number}</div>\n')
    raise nodes.SkipNode


def _chapters(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = re.sub(r"\]\(\.\./derivations/([\w-]+)\.md", r"](chapters/\1.md", source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _chapters)
    app.add_transform(GitHubMath)
    app.add_transform(Anchors)
    app.add_transform(NoNavigation)
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
