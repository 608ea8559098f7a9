"""The reference: tables that are made from the package itself, and which names have to lead somewhere."""

from __future__ import annotations

import ast
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.autosummary import Autosummary
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

PACKAGE = "symmomentum"


class PublicNames(Autosummary):
    """A table of the names in a module's ``__all__``, each with the first sentence about it."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        names = [f"{module.__name__}.{name}" for name in module.__all__ if not name.startswith("_")]
        self.content = StringList(names, self.state_machine.document.current_source)
        return super().run()


class EvaluatorTable(Directive):
    """The functions of the generated modules: what each gives, and in which modules it is missing."""

    def run(self) -> list[nodes.Node]:
        package = import_module(f"{PACKAGE}.evaluators")
        modules = [
            import_module(f"{package.__name__}.{entry.name}") for entry in pkgutil.iter_modules(package.__path__)
        ]
        modules = [module for module in modules if hasattr(module, "rate")]  # the others are what these share
        names = sorted({name for module in modules for name in module.__all__ if name.islower()})
        group = nodes.tgroup(
            "", nodes.colspec(colwidth=3), nodes.colspec(colwidth=9), nodes.colspec(colwidth=6), cols=3
        )
        group += nodes.thead("", _row([nodes.Text("Function")], [nodes.Text("What it gives")], [nodes.Text("Modules")]))
        group += nodes.tbody("", *(self._function(name, modules) for name in names))
        listed = nodes.paragraph("", "", *_listed(_last(module) for module in modules))
        return [listed, nodes.table("", group, classes=["colwidths-given", "stacked"])]

    def _function(self, name: str, modules: list[Any]) -> nodes.row:
        having = [module for module in modules if name in module.__all__]
        best = next((module for module in having if _last(module) == "heavy_ball"), having[0])
        gives = re.split(r"(?<!\.)[.;:]\s", getattr(best, name).__doc__)[0]
        missing = _listed(_last(module) for module in modules if module not in having)
        where = [nodes.Text("all but "), *missing] if missing else [nodes.Text("all")]
        return _row([nodes.literal("", name)], [nodes.Text(" ".join(gives.split()))], where)


def _last(module: Any) -> str:
    return str(module.__name__.rpartition(".")[2])


def _listed(names: Iterable[str]) -> list[nodes.Node]:
    """The names as code, with commas between them."""
    found: list[nodes.Node] = []
    for name in names:
        found += [nodes.Text(", ")] if found else []
        found.append(nodes.literal("", name))
    return found


def _row(*cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


class Commands(Directive):
    """What each command says with ``--help``, in a section of its own."""

    def run(self) -> list[nodes.Node]:
        overview = _help()
        names = [line.split()[0] for line in overview.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()]
        found: list[nodes.Node] = [nodes.literal_block(overview, overview, language="text")]
        for name in names:
            title = f"{PACKAGE} {name}"
            section = nodes.section("", nodes.title("", title), names=[title], ids=[f"{PACKAGE}-{name}"])
            text = _help(name)
            section += nodes.literal_block(text, text, language="text")
            found.append(section)
        return found


def _help(*words: str) -> str:
    command = [sys.executable, "-m", PACKAGE, *words, "--help"]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement) -> nodes.Node | None:
    """Where a name leads that the reference does not have as it is written; None means that it is a mistake.

    What stands in a signature may be a class of another package, whose documentation is on the network: that is no link. A
    role is meant as one. In a docstring it may name a neighbor of its module by its last name; and it may name what is inside
    the package and not in the reference, but nothing that does not exist.
    """
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    if "refwarn" not in node and not target.startswith(f"{PACKAGE}."):
        return content
    if target.startswith("matplotlib."):
        return content
    domain = env.domains.python_domain
    if found := [name for name in domain.objects if name.endswith(f".{target}")]:
        name = min(found, key=len)  # of several the one that users meet
        entry = domain.objects[name]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, name)
    homes = [home for home in _homes(node) if home]
    # What a package takes from its modules may be noted as its own.
    homes += [name for name in sys.modules if name.startswith(tuple(f"{home}." for home in homes))]
    return content if any(map(_exists, [target, *(f"{home}.{target}" for home in homes)])) else None


def _homes(node: nodes.Node | None) -> Iterator[str]:
    """The module whose source holds a docstring, from what autodoc notes about where it comes from."""
    while node is not None and not node.source:
        node = node.parent
    path, _, owner = (node.source or "").partition(":docstring of ") if node is not None else ("", "", "")
    parts = Path(path).with_suffix("").parts
    if PACKAGE in parts:
        start = len(parts) - 1 - parts[::-1].index(PACKAGE)
        yield ".".join(parts[start:]).removesuffix(".__init__")
    yield owner.rpartition(".")[0]


def _exists(name: str) -> bool:
    if not name.startswith(f"{PACKAGE}."):
        return False
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


class Words(SphinxPostTransform):
    """Takes the links off the words that describe the type of an argument, such as "array of shape (n,)".

    Sphinx looks for each word as a class, and finds an attribute of that name anywhere.
    """

    default_priority = 5  # before references are looked up

    def run(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(pending_xref)):
            named = re.fullmatch(r"[\w.]+", node["reftarget"]) and not node["reftarget"].islower()
            if node.get("refdomain") == "py" and "refwarn" not in node and not named:
                node.replace_self(node.children)


_MARKUP = re.compile(
    r"""
    ^[ ]*>>>.*(\n.*\S.*)*  # an example, up to an empty line
    | \.\.[ ]math::.*(\n([ ]*$|[ ]+.*))*
    | ``.+?``
    | `[^`]+`
    | \\.
    | (?<![\w*])(\*\*?)[^\s*](((?!\n[ ]*:)[^*])*?[^\s*])?\*\*?(?![\w*])  # emphasis
    | (?P<sign>[|*])
    """,
    re.VERBOSE | re.MULTILINE,
)


FIRST = ".. first"


def before_sections(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keeps what reads the sections of NumPy's style from taking a first line "The minimizer: a tuple" for a type."""
    if what in {"attribute", "data", "property"}:
        lines[:0] = [FIRST, ""]


def after_sections(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escapes what is mathematics and not markup: \\|x\\| and w\\*, which docstrings write plainly, to be read as text too."""
    if lines[:1] == [FIRST]:
        del lines[:2]
    text = _MARKUP.sub(lambda m: f"\\{m[0]}" if m["sign"] else m[0], "\n".join(lines))
    lines[:] = text.split("\n")


def plain_default(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Puts dots for defaults such as ``<factory>`` and ``mu <= L``, for Sphinx reads a signature as Python of a simple kind."""
    if not signature or "=" not in signature:
        return signature, returned
    try:
        (function,) = ast.parse(f"def f{re.sub('<[^<>]*>', '...', signature)}: pass").body
    except SyntaxError:  # the symbol lambda as a default: shown as it is
        return signature, returned
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    for defaults in (given.defaults, given.kw_defaults):
        defaults[:] = [ast.Constant(...) if isinstance(default, ast.Compare) else default for default in defaults]
    return f"({ast.unparse(given)})", returned


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("public-names", PublicNames)
    app.add_directive("evaluator-table", EvaluatorTable)
    app.add_directive("commands", Commands)
    app.add_post_transform(Words)
    app.connect("missing-reference", resolve)
    # Napoleon, which reads the sections of NumPy's style, has the priority 500.
    app.connect("autodoc-process-docstring", before_sections, priority=400)
    app.connect("autodoc-process-docstring", after_sections, priority=600)
    app.connect("autodoc-process-signature", plain_default)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
