"""The documentation site: it builds without a warning, needs no network, has everything in it, and its examples are true.

The pages are those of ``docs/``. The site is built once, as README.md says, into a temporary folder.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

import symmomentum as sm
from symmomentum import evaluators

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDES = ("index", "start", "derive", "tune", "evaluate", "add-method", "prove", "proofs")
"""The pages whose every block is run here; those of the other pages have tests of their own."""
OTHERS = ("finite-time", "noise", "problems", "extract", "neighbors", "sweeps")


# The examples ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. The mark is the HTML comment on the line before it, if any."""

    mark: str
    language: str
    text: str


FENCE = re.compile(
    r"(?:^ *<!-- (?P<mark>[^>]*) -->\n)?^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


def blocks(page: str) -> list[Block]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return [
        Block(m["mark"] or "", m["language"], re.sub(f"^{m['indent']}", "", m["text"], flags=re.MULTILINE))
        for m in FENCE.finditer(text)
    ]


def shown_and_printed(page: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """(what, shown, printed) for each example of a page, run in that folder in the order of the page.

    The Python blocks of a page are one program. A block marked ``file: NAME`` is saved under that name instead; one marked
    ``part`` shows a part of what is printed; one marked ``not run: REASON`` is not run.
    """
    separator = "~~~ the next block ~~~"
    program: list[str] = []
    expected: list[tuple[str, str]] = []
    found = blocks(page)
    for block, following in zip(found, [*found[1:], Block("", "", "")], strict=True):
        if block.mark.startswith("not run: "):
            continue
        if block.mark.startswith("file: "):
            (folder / block.mark.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            program.append(f"{block.text}\nprint({separator!r})\n")
            expected.append((block.text, following.text if following.language == "text" else ""))
        elif block.language == "console":
            command, _, shown = block.text.partition("\n")
            printed = run_command(command.removeprefix("$ "), folder)
            if block.mark == "part" and shown in printed:
                printed = shown
            yield command, shown, printed
        elif block.language == "sh":
            for line in filter(None, (line.partition("  #")[0].strip() for line in block.text.splitlines())):
                run_command(line, folder)
                yield line, "", ""
    if program:
        run = subprocess.run(
            [sys.executable, "-c", "".join(program)], capture_output=True, text=True, check=False, cwd=folder
        )
        assert run.returncode == 0, f"docs/{page}.md: {run.stderr}"
        printed_parts = run.stdout.split(f"{separator}\n")[:-1]
        for (source, shown), printed in zip(expected, printed_parts, strict=True):
            yield source, shown, printed


def run_command(command: str, folder: Path) -> str:
    words = command.split()
    assert words[0] == "symmomentum", (
        f"{command}: only this command is run; mark the block with the reason why it is not"
    )
    run = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
    )
    assert run.returncode == 0, f"{command}: {run.stderr}"
    return run.stdout


@pytest.mark.parametrize("page", GUIDES)
def test_examples_print_what_is_shown(page, tmp_path):
    count = 0
    for what, shown, printed in shown_and_printed(page, tmp_path):
        count += 1
        differences = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm="")
        assert shown == printed, f"docs/{page}.md: {what}\n" + "\n".join(differences)
    assert count


def test_the_commands_of_the_other_pages_run(tmp_path):
    lines = [
        line
        for page in OTHERS
        for block in blocks(page)
        for line in block.text.splitlines()
        if block.language in {"sh", "console"} and line.removeprefix("$ ").startswith("symmomentum ")
    ]
    assert lines
    for line in lines:
        run_command(line.removeprefix("$ "), tmp_path)


def test_every_page_is_looked_at():
    """The examples of a page are run here, or it has a test file of its own, or one that names it."""
    files = [path for path in (ROOT / "tests").glob("test_*.py") if path != Path(__file__)]
    named = {path.name for path in files}.union(*(re.findall(r"[\w-]+\.md", path.read_text("utf-8")) for path in files))
    pages = {page.stem for page in DOCS.glob("*.md")} - {"README", *GUIDES}
    assert {*OTHERS, "article", "errata"} <= pages
    assert [page for page in pages if named.isdisjoint({f"{page}.md", f"test_{page}.py"})] == []


# The site -------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page refers to, and what it says. Text that stands in code is kept apart from prose."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.prose: list[str] = []
        self.formulas = 0
        self._code = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in {"canonical", "index", "search", "next", "prev"}:
            self.loaded.append(given.get("href", ""))
        self.loaded += [given[name] for name in ("src", "srcset", "data", "poster", "action") if name in given]
        self.loaded += re.findall(r"url\(([^)]*)\)", given.get("style", ""))
        self.formulas += tag == "math"
        self._code += tag in {"pre", "code", "script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"pre", "code", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.prose.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory, worker_id) -> Path:
    """Built with the command of README.md, in a process of its own, once for all workers. Every warning is an error."""
    alone = worker_id == "master"
    target = (tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent) / "site"
    report = target / "report.txt"
    try:
        target.mkdir()
    except FileExistsError:  # another worker is at it, or has done it
        deadline = time.monotonic() + 600
        while not report.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
    else:
        (target / "unfinished.txt").write_text(build(target), encoding="utf-8")
        (target / "unfinished.txt").rename(report)
    assert report.read_text(encoding="utf-8") == "0: "
    return target / "html"


def build(target: Path) -> str:
    """What Sphinx ended with, and what it said."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"<!-- command: docs -->\n```sh\n.* -m sphinx (.*)\n```", readme)
    *options, source, _ = command.split()
    assert "-W" in options
    places = ["-d", str(target / "doctrees"), source, str(target / "html")]
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", *options, *places], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return f"{run.returncode}: {run.stderr}"


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    """Each page by its path in the site."""
    found = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in found}


def test_the_build_is_as_strict_as_it_can_be():
    configuration = (DOCS / "conf.py").read_text(encoding="utf-8")
    assert "nitpicky = True" in configuration
    assert "nitpick_ignore" not in configuration
    assert "suppress_warnings" not in configuration


def test_every_page_of_the_folder_is_in_the_site(pages):
    sources = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    sources = {path for path in sources if not path.startswith("_build/")} - {"README.html"}
    assert sources <= set(pages)
    assert {"search.html", "genindex.html"} <= set(pages)


def test_each_chapter_is_a_page(pages):
    chapters = {path.stem for path in (ROOT / "derivations").glob("*.md")} - {"README"}
    assert len(chapters) >= 9
    assert {f"chapters/{name}.html" for name in chapters} <= set(pages)
    for name in chapters:
        text = (ROOT / "derivations" / f"{name}.md").read_text(encoding="utf-8")
        page = pages[f"chapters/{name}.html"]
        assert page.formulas == len(re.findall(r"\$`.*?`\$|^```math$", text, re.MULTILINE))
        assert f"chapters/{name}.html" in {
            _target("chapters/index.html", link)[0] for link in pages["chapters/index.html"].links
        }
        (title,) = re.findall(r"^# (.*)$", text, re.MULTILINE)
        assert title in "".join(page.prose)


def _target(page: str, link: str) -> tuple[str, str]:
    """The path in the site and the fragment that a link on a page leads to."""
    parts = urlsplit(link)
    path = Path("/", page).parent / unquote(parts.path) if parts.path else Path("/", page)
    resolved: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            resolved.pop()
        elif part != ".":
            resolved.append(part)
    return "/".join(resolved), unquote(parts.fragment)


def test_links_inside_the_site_lead_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme:
                continue
            path, fragment = _target(name, link)
            # The search page takes its fragment for itself.
            if not (site / path).is_file() or (fragment and fragment not in pages[path].ids):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for name, page in pages.items():
        for link in page.loaded:
            assert not urlsplit(link).netloc, f"{name} loads {link}"
            if not urlsplit(link).scheme:
                assert (site / _target(name, link)[0]).is_file(), f"{name}: {link} is not there"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text, sheet.name
        assert not re.search(r"url\([\"']?(https?:)?//", text), sheet.name
    for script in site.rglob("*.js"):
        text = script.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(import|fetch|importScripts)\s*\(?\s*[\"'](https?:)?//", text), script.name


def test_formulas_are_mathml(pages):
    assert sum(page.formulas for page in pages.values()) > 5000
    for name, page in pages.items():
        prose = "".join(page.prose)
        # Also what a formula would leave behind that is only found in part.
        for trace in ("$", "\\frac", "\\alpha", "\\lambda", "\\begin", "\\left", "\\(", "\\["):
            assert trace not in prose, f"{name}: {trace} near {prose[max(prose.index(trace) - 60, 0) :][:120]!r}"


def inventory(site: Path) -> set[str]:
    """The names that the reference documents."""
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as file:
        found: Any = InventoryFile.load(file, "", lambda base, path: path)
    data = found.data if hasattr(found, "data") else found
    return {name for kind, names in data.items() if kind.startswith("py:") for name in names}


def test_every_public_name_is_in_the_reference(site):
    documented = inventory(site)
    missing = {f"symmomentum.{name}" for name in sm.__all__} - documented
    for module in (
        "problems",
        "bounds",
        "noise",
        "documents",
        "figures",
        "article",
        "symbols",
        "proof",
        "evaluators.heavy_ball",
    ):
        names = import_module(f"symmomentum.{module}").__all__
        # A public name of the package itself is documented there.
        missing |= {f"symmomentum.{module}.{name}" for name in names if name not in sm.__all__} - documented
    assert missing == set()


def test_every_evaluator_and_every_command_is_in_the_reference(site):
    text = (site / "reference" / "evaluators.html").read_text(encoding="utf-8")
    modules = [entry.name for entry in pkgutil.iter_modules(evaluators.__path__)]
    methods = [name for name in modules if name.replace("_", "-") in sm.catalog]
    assert len(methods) == len(sm.catalog)
    for name in methods:
        assert f">{name}<" in text
    listed = run_command("symmomentum --help", ROOT).partition("Commands:\n")[2].partition("\n\n")[0]
    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for command in (line.split()[0] for line in listed.splitlines()):
        assert f"Usage: symmomentum {command}" in text


# Formulas -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tex() -> Any:
    specification = importlib.util.spec_from_file_location("tex_mathml", DOCS / "extensions" / "tex_mathml.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"-x", '<mrow><mo form="prefix" lspace="0" rspace="0">−</mo><mi>x</mi></mrow>'),
        (r"a-x", "<mrow><mi>a</mi><mo>−</mo><mi>x</mi></mrow>"),
        (r"\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (r"12^{34}", "<msup><mn>12</mn><mn>34</mn></msup>"),
        (r"\sqrt{\beta}", "<msqrt><mi>β</mi></msqrt>"),
        (r"\lambda_1^k", "<msubsup><mi>λ</mi><mn>1</mn><mi>k</mi></msubsup>"),
        (r"f_{\mathrm{next}}", "<msub><mi>f</mi><mi>next</mi></msub>"),
        (r"\sum_{i}", '<munder><mo form="prefix" movablelimits="true">∑</mo><mi>i</mi></munder>'),
        (r"\mathop{\text{arg}}\limits_x", "<munder><mtext>arg</mtext><mi>x</mi></munder>"),
        (r"\ddot x", '<mover accent="true"><mi>x</mi><mo stretchy="false">¨</mo></mover>'),
        (r"a \text{ or } b", "<mrow><mi>a</mi><mtext>\xa0or\xa0</mtext><mi>b</mi></mrow>"),
        (
            r"\left( x \right.",
            '<mrow><mo form="prefix" fence="true" stretchy="true">(</mo><mi>x</mi></mrow>',
        ),
        (
            r"\begin{aligned}a & = b \\[0.5ex] & = c\end{aligned}",
            '<mrow><mtable class="aligned"><mtr><mtd><mstyle displaystyle="true"><mi>a</mi></mstyle></mtd><mtd>'
            '<mstyle displaystyle="true"><mrow><mo>=</mo><mi>b</mi></mrow></mstyle></mtd></mtr><mtr><mtd>'
            '<mstyle displaystyle="true"><mrow></mrow></mstyle></mtd><mtd><mstyle displaystyle="true"><mrow><mo>=</mo>'
            "<mi>c</mi></mrow></mstyle></mtd></mtr></mtable></mrow>",
        ),
    ],
)
def test_tex_becomes_mathml(tex, formula, expected):
    assert tex.convert(formula) == f"<math>{expected}</math>"
    assert tex.convert(formula, display=True) == f'<math display="block">{expected}</math>'


@pytest.mark.parametrize(
    "formula",
    [
        r"\unknown x",
        r"\frac{1}",
        r"{a",
        r"\left( a",
        r"a & b",
        r"\begin{gather}a\end{gather}",
        r"\begin{cases}a\end{bmatrix}",
        r"x_1_2",
        r"\left a \right)",
        "a }",
        "x^",
        "#",
    ],
)
def test_what_is_not_known_is_an_error(tex, formula):
    with pytest.raises(tex.TexError, match=re.escape(repr(formula))):
        tex.convert(formula)


def test_every_formula_is_a_tree(tex):
    sources = [*DOCS.glob("*.md"), *(ROOT / "derivations").glob("*.md")]
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in sources)
    formulas = {
        inline or block
        for inline, block in re.findall(r"\$`(.*?)`\$|^```math\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    }
    assert len(formulas) > 1000
    for formula in formulas:
        made = tex.convert(re.sub(r"\\tag\{\w+\}", "", formula))
        tree = ET.fromstring(made)
        # Each of these has just so many parts, or browsers show an error.
        for tag, count in {
            "mfrac": 2,
            "msub": 2,
            "msup": 2,
            "msubsup": 3,
            "mover": 2,
            "munder": 2,
            "munderover": 3,
        }.items():
            assert all(len(node) == count for node in tree.iter(tag)), formula
