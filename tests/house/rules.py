"""The rules of the house, as tables and as small functions that read source text.

Every function here takes sources (a mapping from module name or path to text), imports nothing of the package, and
returns a list of complaints, each one sentence that says what to do. ``test_house.py`` applies them to the real
tree; ``test_rules.py`` feeds each of them something bad and sees it complain.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

# ----------------------------------------------------------------------------------------------------------------------
# The tables. To add a module, put its name where it belongs; nothing else needs to change.

PACKAGE = "symmomentum"

#: The layers of the package, from the first to the last. A name stands for `symmomentum/NAME.py` or the whole folder
#: `symmomentum/NAME/`. A module imports from the rows above its own, never from below, and never from another module of
#: its own row (those are independent of each other). Inside a folder, any order without a cycle.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "evaluators", "processes"),
    ("symbols", "references"),
    ("claims",),
    ("proof",),
    ("update_rule",),
    ("methods",),
    ("iteration", "simulation"),  # the second witness: so high that it can use no theory
    ("stability", "relations"),
    ("complex_curvature",),
    ("rate",),
    ("certificates", "elimination", "schedules", "enclosures"),
    ("presets",),
    ("tuning",),
    ("transient", "problems"),
    ("noise", "bounds", "state_space"),
    ("codegen",),
    ("article",),
    ("documents",),
    ("figures",),
    ("lecture",),
    ("analysis",),
    ("extraction",),
    ("verification",),
    ("explore",),
    ("cli",),
    ("__init__", "__main__"),
)

#: Who may import the evaluators: they are the second route to every number, so no symbolic module is among them.
IMPORT_EVALUATORS = {"figures", "cli", "__init__"}

#: What the evaluators may import beside the standard library.
EVALUATORS_IMPORT = {"numpy"}

ANYWHERE = None  # in any layer but the evaluators

#: Every package from elsewhere that symmomentum may import, and in which layers.
THIRD_PARTY: dict[str, set[str] | None] = {
    "sympy": ANYWHERE,
    "numpy": ANYWHERE,
    "matplotlib": {"figures"},
    "mpmath": {"proof", "elimination", "enclosures", "cli"},  # proofs, and where digits are asked for
    "z3": {"proof"},
    "cvc5": {"proof"},
    "typer": {"cli"},
    "rich": {"cli", "simulation"},  # progress bars
    "numba": {"codegen"},
    "array_api_compat": {"codegen"},
    "dask": {"figures"},
    "nbformat": {"documents"},
    "control": {"state_space"},
    "autolyap": {"state_space"},
    "bokeh": {"explore"},
    "scipy": {"problems"},  # sparse matrices, for who asks for one
}

#: Calls that turn text into code or hope for a nicer expression, and what to do instead. Banned by any road: as a bare
#: name, as an attribute, in an import.
BANNED = {
    "sympify": "build the expression from symbols and exact numbers",
    "parse_expr": "build the expression from symbols and exact numbers",
    "nsimplify": "keep numbers exact from the start",
    "simplify": "use a normal form: Poly, cancel, factor_terms",
}

#: Banned as built-in functions only (`Poly.eval` is a method and harmless).
BANNED_BUILTINS = {
    "eval": "no text is ever evaluated",
    "exec": "no text is ever executed",
    "compile": "no text is ever compiled",
}

#: Exceptions to the two tables above: (module, name) -> the reason, in one sentence. Empty, and best kept so.
BANNED_ALLOWED: dict[tuple[str, str], str] = {}

#: Layers whose source holds no floating-point literal. There is no way to excuse one.
EXACT = {"symbols", "claims", "methods", "iteration", "stability", "complex_curvature", "rate", "tuning", "noise"}

#: The folders at the top of the repository, beside those whose name starts with a dot.
TOP_FOLDERS = {PACKAGE, "derivations", "tests", "docs"}

#: Public names that are modules, from which chapters may take names.
PUBLIC_MODULES = {"documents", "figures", "symbols", "problems", "bounds"}

README_COMMANDS = ("see", "test")


# ----------------------------------------------------------------------------------------------------------------------
# Imports


@dataclass(frozen=True)
class Import:
    """One imported module, as it is known from the source alone."""

    module: str
    """The dotted name, such as ``sympy.core`` or ``symmomentum.proof.smt``."""
    name: str | None
    """What is taken from it, for ``from module import name``."""
    line: int


def imports(source: str, module: str = "", *, is_package: bool = False) -> Iterator[Import]:
    """Every import of a source: at the top, in functions, under TYPE_CHECKING, and ``import_module("literal")``.

    >>> [i.module for i in imports("import a.b\\ndef f():\\n    from c import d")]
    ['a.b', 'c']
    >>> [i.module for i in imports("from .smt import solve", "symmomentum.proof.identity")]
    ['symmomentum.proof.smt']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                home = module.split(".")
                home = home[: len(home) - node.level + is_package]
                origin = ".".join([*home, origin] if origin else home)
            for alias in node.names:
                yield Import(origin, alias.name, node.lineno)
        elif isinstance(node, ast.Call) and _last_name(node.func) in {"import_module", "__import__"} and node.args:
            target = node.args[0]
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                text = target.value
                if text.startswith("."):
                    text = f"{module if is_package else module.rpartition('.')[0]}{text}"
                yield Import(text, None, node.lineno)


def import_graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Who imports whom inside the package. ``sources`` maps module names (``symmomentum`` for the package) to text.

    ``from symmomentum.proof import smt`` leads to the module ``symmomentum.proof.smt`` where there is one.
    """
    packages = {name.rpartition(".")[0] for name in sources} | {PACKAGE}
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        targets = graph[module] = set()
        for found in imports(source, module, is_package=module in packages):
            if found.module.split(".")[0] != PACKAGE:
                continue
            inner = f"{found.module}.{found.name}"
            target = inner if inner in sources else found.module
            if target not in sources and module in packages and target.startswith(f"{module}."):
                continue  # a name of its own, given by a lazy __getattr__
            targets.add(target)
    return graph


def missing_modules(sources: Mapping[str, str]) -> list[str]:
    """Imports of modules of the package that do not exist."""
    known = set(sources) | {name.rpartition(".")[0] for name in sources}
    return [
        f"{module} imports {target}, which does not exist"
        for module, targets in sorted(import_graph(sources).items())
        for target in sorted(targets - known)
    ]


def cycles(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The circles in a graph, one complaint for each strongly connected part.

    >>> cycles({"a": ["b"], "b": ["c"], "c": ["b"]})
    ['a circle of imports: b -> c -> b; move what they share to a module above both']
    """
    reach = {node: _reachable(graph, node) for node in graph}
    parts = {frozenset({m for m in reach[n] if n in reach.get(m, ())} | {n}) for n in graph if n in reach[n]}
    return [
        f"a circle of imports: {' -> '.join(_walk_round(graph, part))}; move what they share to a module above both"
        for part in sorted(parts, key=min)
    ]


def _reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(graph.get(start, ()))
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(graph.get(node, ()))
    return seen


def _walk_round(graph: Mapping[str, Iterable[str]], part: frozenset[str]) -> list[str]:
    path = [min(part)]
    while path[-1] not in path[:-1]:
        node = path[-1]
        path.append(min((t for t in graph[node] if t in part), key=lambda t: (t in path and t != path[0], t)))
    return path[path.index(path[-1]) :]


def layer_of(module: str) -> str:
    """The name of a module's layer.

    >>> layer_of("symmomentum.proof.smt"), layer_of("symmomentum"), layer_of("symmomentum.cli")
    ('proof', '__init__', 'cli')
    """
    return module.split(".")[1] if "." in module else "__init__"


def layer_complaints(sources: Mapping[str, str]) -> list[str]:
    """Modules without a layer, and imports that run up the flow."""
    place = {name: row for row, names in enumerate(LAYERS) for name in names}
    complaints = [
        f"{module}: {layer_of(module)!r} has no layer; add it to LAYERS in tests/house/rules.py, "
        "below everything that it imports"
        for module in sorted(sources)
        if layer_of(module) not in place
    ]
    for module, targets in sorted(import_graph(sources).items()):
        upper = layer_of(module)
        for target in sorted(targets):
            lower = layer_of(target)
            if upper == lower or upper not in place or lower not in place:
                continue
            if place[lower] >= place[upper]:
                complaints.append(
                    f"{module} imports {target}: imports run down the flow, and {lower!r} does not come before "
                    f"{upper!r} in LAYERS of tests/house/rules.py"
                )
            if lower == "evaluators" and upper not in IMPORT_EVALUATORS:
                complaints.append(f"{module} imports {target}: the evaluators are the second route, keep them apart")
    return complaints


def third_party_complaints(sources: Mapping[str, str]) -> list[str]:
    """Packages from elsewhere where they do not belong."""
    complaints = []
    for module, source in sorted(sources.items()):
        layer = layer_of(module)
        for found in imports(source, module):
            top = found.module.split(".")[0]
            if top in {PACKAGE, ""} or top in sys.stdlib_module_names:
                continue
            if layer == "evaluators":
                if top not in EVALUATORS_IMPORT:
                    complaints.append(f"{module}:{found.line}: the evaluators import numpy only, not {top}")
            elif top not in THIRD_PARTY:
                complaints.append(
                    f"{module}:{found.line}: {top} is no declared dependency; if it becomes one, "
                    "add it to THIRD_PARTY in tests/house/rules.py"
                )
            elif (layers := THIRD_PARTY[top]) is not ANYWHERE and layer not in layers:
                complaints.append(
                    f"{module}:{found.line}: {top} is imported in {', '.join(sorted(layers))} only "
                    "(THIRD_PARTY in tests/house/rules.py)"
                )
    return complaints


def evaluator_complaints(sources: Mapping[str, str]) -> list[str]:
    """Evaluators that import anything of ours but evaluators."""
    return [
        f"{module} imports {target}: the evaluators import nothing of ours"
        for module, targets in sorted(import_graph(sources).items())
        if layer_of(module) == "evaluators"
        for target in sorted(targets)
        if layer_of(target) != "evaluators"
    ]


def outsider_complaints(path: str, source: str, public: Iterable[str]) -> list[str]:
    """Chapters and documentation: public names of the package only, and nothing of the tests."""
    public = set(public)
    complaints = []
    aliases = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name == PACKAGE}
    for found in imports(source):
        top, _, rest = found.module.partition(".")
        where = f"{path}:{found.line}: "
        if top == "tests":
            complaints.append(f"{where}the tests are not for use")
        elif top == PACKAGE:
            taken = [*rest.split("."), found.name] if rest else [found.name]
            if taken[0] is None or taken[0] == "evaluators":
                continue
            # A public module's own names are public too.
            if taken[0] not in public or len(taken) > (2 if taken[0] in PUBLIC_MODULES else 1):
                complaints.append(f"{where}{'.'.join([PACKAGE, *filter(None, taken)])} is no public name")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            if node.attr not in public | {"evaluators"}:
                complaints.append(f"{path}:{node.lineno}: {PACKAGE}.{node.attr} is no public name")
    return complaints


def derivations_importers(sources: Mapping[str, str]) -> list[str]:
    """Files that import the chapters. ``sources`` maps paths to text."""
    return [
        f"{path}:{found.line}: nothing imports derivations/"
        for path, source in sorted(sources.items())
        for found in imports(source)
        if found.module.split(".")[0] == "derivations"
    ]


# ----------------------------------------------------------------------------------------------------------------------
# Banned calls and literals


def banned_complaints(module: str, source: str) -> list[str]:
    """Text turned into code, and simplification by hope."""
    found: list[tuple[int, str, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            table = BANNED | BANNED_BUILTINS
            if isinstance(node.ctx, ast.Load) and node.id in table:
                found.append((node.lineno, node.id, table[node.id]))
        elif isinstance(node, ast.Attribute):
            table = BANNED | (BANNED_BUILTINS if _last_name(node.value) in {"builtins", "__builtins__"} else {})
            if node.attr in table:
                found.append((node.lineno, node.attr, table[node.attr]))
        elif isinstance(node, ast.ImportFrom):
            table = BANNED | (BANNED_BUILTINS if node.module == "builtins" else {})
            for alias in node.names:
                if alias.name in table:
                    found.append((node.lineno, alias.name, table[alias.name]))
                elif alias.name == "*":
                    found.append((node.lineno, "*", "import names one by one, so that it is seen where they come from"))
                elif alias.name == "S" and alias.asname:
                    found.append((node.lineno, "S", "import it under its own name"))
        elif isinstance(node, ast.Call) and _last_name(node.func) == "S" and not _is_integer(node.args):
            found.append((node.lineno, "S", "S(...) is sympify: use Integer, Rational or S.One"))
    return [
        f"{module}:{line}: {name} is banned: {advice}"
        for line, name, advice in sorted(found)
        if (module, name) not in BANNED_ALLOWED
    ]


def _is_integer(arguments: list[ast.expr]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], ast.Constant) and type(arguments[0].value) is int


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def float_complaints(module: str, source: str) -> list[str]:
    """Floating-point and complex literals."""
    return [
        f"{module}:{node.lineno}: {node.value!r} is no exact number: use Rational"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
    ]


# ----------------------------------------------------------------------------------------------------------------------
# Documentation


def docstring_complaints(module: str, source: str) -> list[str]:
    """A docstring for the module and for each function and class of its ``__all__``; the names of ``__all__`` exist."""
    tree = ast.parse(source)
    complaints = []
    if not ast.get_docstring(tree):
        complaints.append(f"{module}: the module has no docstring")
    bound: dict[str, ast.stmt] = {}
    for node in _top_level(tree.body):
        for name in _binds(node):
            bound[name] = node
    public, literal = _dunder_all(tree)
    lazy = "__getattr__" in bound
    if not literal and not lazy:
        complaints.append(f"{module}: __all__ must be a plain list of names")
    strings = _strings_outside_all(tree) if lazy else set()
    for name in public:
        node = bound.get(name)
        if node is None and name not in strings:
            complaints.append(f"{module}: __all__ names {name!r}, which does not exist")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not ast.get_docstring(node):
            complaints.append(f"{module}:{node.lineno}: {name} is public and has no docstring")
    return complaints


def public_names(source: str) -> list[str]:
    """The names of a module's ``__all__``, as far as they are written as literals."""
    return _dunder_all(ast.parse(source))[0]


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
                yield from _top_level(getattr(node, block, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _top_level(handler.body)


def _binds(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign() | ast.AnnAssign() | ast.For():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        case ast.Import() | ast.ImportFrom():
            return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    return []


def _assignments_to_all(tree: ast.Module) -> list[ast.stmt]:
    return [
        node
        for node in _top_level(tree.body)
        if (isinstance(node, ast.Assign) and any(_last_name(t) == "__all__" for t in node.targets))
        or (isinstance(node, ast.AnnAssign | ast.AugAssign) and _last_name(node.target) == "__all__")
    ]


def _dunder_all(tree: ast.Module) -> tuple[list[str], bool]:
    """The names, and whether they are all written as literals."""
    names: list[str] = []
    literal = True
    for node in _assignments_to_all(tree):
        value = node.value  # type: ignore[attr-defined]
        elements = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        for element in elements:
            if isinstance(element, ast.Constant) and isinstance(element.value, str):
                names.append(element.value)
            else:
                literal = False
    return names, literal


def _strings_outside_all(tree: ast.Module) -> set[str]:
    inside = {id(n) for node in _assignments_to_all(tree) for n in ast.walk(node)}
    return {
        word
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in inside
        for word in n.value.split()
    }


# ----------------------------------------------------------------------------------------------------------------------
# The repository


def top_level_complaints(paths: Iterable[str]) -> list[str]:
    """Folders at the top that should not be there, and those that should. ``paths`` are the tracked files."""
    folders = {path.split("/")[0] for path in paths if "/" in path}
    strays = {name for name in folders if not name.startswith(".")} - TOP_FOLDERS
    return [f"{name}/ does not belong at the top of the repository" for name in sorted(strays)] + [
        f"{name}/ is missing at the top of the repository" for name in sorted(TOP_FOLDERS - folders)
    ]


def readme_command(readme: str, name: str) -> str | None:
    """The command in the fenced block that follows its mark, as ``.ci/run`` reads it."""
    found = re.search(rf"^<!-- command: {name} -->\n```\w*\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL)
    return found[1] if found else None


def readme_complaints(readme: str) -> list[str]:
    """Each command stands in the README once, marked, on one line, and starts with a fresh environment."""
    complaints = []
    for name in README_COMMANDS:
        command = readme_command(readme, name)
        if command is None or readme.count(f"<!-- command: {name} -->") != 1:
            complaints.append(f"README.md needs one fenced block after <!-- command: {name} -->")
        elif "\n" in command or not command.startswith("python3 -m venv .venv && "):
            complaints.append(f"README.md: the command {name!r} is one line that makes its own environment, .venv")
    return complaints


def ci_complaints(script: str, readme: str) -> list[str]:
    """The check runs the commands of the README, by their marks, and repeats none of their text."""
    complaints = []
    for name in README_COMMANDS:
        if not re.search(rf"^\s*run_readme_command {name}\b", script, re.MULTILINE):
            complaints.append(f".ci/run does not run the command {name!r} of README.md")
        for part in (readme_command(readme, name) or "").split("&&"):
            if part.strip() and part.strip() in script:
                complaints.append(f".ci/run repeats {part.strip()!r}; README.md is where it is written")
    return complaints


def machine_path_complaints(path: str, text: str) -> list[str]:
    """Absolute paths of one machine."""
    pattern = r"(?<![\w.~-])(?:/(?:work|root|home|Users)/|[A-Z]:\\Users\\)[\w.<{$]"
    return [
        f"{path}:{number}: the path of one machine: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for found in re.finditer(pattern, line)
    ]


def version_complaints(version: str, citation: str, changelog: str) -> list[str]:
    """CITATION.cff and CHANGELOG.md follow the version of the package."""
    complaints = []
    if not re.search(rf"^version: {re.escape(version)}$", citation, re.MULTILINE):
        complaints.append(f"CITATION.cff does not say version: {version}")
    if version not in changelog:
        complaints.append(f"CHANGELOG.md does not mention {version}")
    return complaints
