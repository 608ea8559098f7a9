"""The book: all chapters as one PDF, whose LaTeX run has nothing to complain of.

The chapters are proved once, for the tests here and for those of their pages in ``test_derivations.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from symmomentum.documents import Book, Definition, Derivation, Formula, Paragraph, Ref
from symmomentum.figures import FIGURES
from symmomentum.symbols import alpha, beta
from tests.test_documents import needs_latex, needs_reader

ROOT = Path(__file__).parents[1]
DERIVATIONS = ROOT / "derivations"
ORIGINALS = [f"F{number:02}" for number in range(1, 15)]


def run(script: str, *arguments: object) -> None:
    """Run a script in a process of its own, with sets in an order that it does not have by default."""
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(DERIVATIONS / script), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr


def everything(factory: pytest.TempPathFactory) -> Path:
    """The folder with all chapters and the book, written by whichever test process comes first; the others wait for it."""
    import fcntl

    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder, done = place / "derivations", place / "derivations.done"
    with (place / "derivations.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            run("write.py", "--into", folder, "--as", ".md", "--as", ".html", "--book", folder / "book.tex")
            done.touch()
    return folder


def typeset(folder: Path, name: str) -> str:
    """Typeset twice and once more, as the package does, and return what the last run said."""
    for _ in range(3):
        done = subprocess.run(
            ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", f"{name}.tex"],
            cwd=folder,
            # A line of the log is broken where it is full, and with it what is looked for.
            env=os.environ | {"max_print_line": "1000"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]
    return (folder / f"{name}.log").read_text(encoding="latin-1")


def complaints(log: str) -> list[str]:
    """The lines of a log that a reader of the document would notice: of boxes, those that stick out by more than 5 pt."""
    found = []
    for line in log.splitlines():
        box = re.match(r"Overfull \\[hv]box \(([\d.]+)pt too ", line)
        told = re.match(r"!|LaTeX (\w+ )?Warning|Package \w+ Warning|pdfTeX warning|No file|.*multiply.defined", line)
        if (box and float(box[1]) > 5) or told:
            found.append(line)
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everything(tmp_path_factory)


@pytest.fixture(scope="session")
def book(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the book was typeset."""
    place = tmp_path_factory.mktemp("book")
    for path in folder.glob("book*"):
        shutil.copy(path, place)
    typeset(place, "book")
    return place


@pytest.fixture(scope="session")
def pages(book: Path) -> list[str]:
    """The text of each page."""
    done = subprocess.run(["pdftotext", "-layout", "book.pdf", "-"], cwd=book, capture_output=True, check=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def titles() -> list[str]:
    """Those of the chapters, in the order of reading, as their pages have them."""
    readme = (DERIVATIONS / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| \d+\. \[[^\]]*\]\(([\w-]+)\.md\)", readme, re.MULTILINE)
    texts = ((DERIVATIONS / f"{name}.md").read_text(encoding="utf-8") for name in names)
    return [re.findall(r"^# (.*)$", text, re.MULTILINE)[0] for text in texts]


# The book -------------------------------------------------------------------------------------------------------------


@needs_latex
def test_latex_has_nothing_to_complain_of(book: Path) -> None:
    assert complaints((book / "book.log").read_text(encoding="latin-1")) == []


@needs_latex
def test_every_chapter_is_in_the_contents(book: Path) -> None:
    contents = (book / "book.toc").read_text(encoding="utf-8")
    found = re.findall(r"\\contentsline \{chapter\}\{\\numberline \{(\w+)\}(.*?)\}\{\d+\}", contents)
    chapters = titles()
    assert len(chapters) == 9
    numbers = [*map(str, range(1, 10)), "A"]
    assert found == list(zip(numbers, [*chapters, "Where the claims of the article are treated"], strict=True))
    assert r"\contentsline {chapter}{Bibliography}" in contents
    assert contents.count(r"\contentsline {section}") > 40


@needs_latex
def test_every_figure_is_there(book: Path) -> None:
    listed = re.findall(
        r"\\contentsline \{figure\}\{\\numberline \{[\d.]+\}\{\\ignorespaces (.*?)\}\}", (book / "book.lof").read_text()
    )
    headings = {picture.heading for picture in FIGURES.values() if picture.original}
    assert len(listed) == 14
    assert set(listed) == headings
    source = (book / "book.tex").read_text(encoding="utf-8")
    captions = re.findall(r"\\caption\[.*?\]\{.*Redraws \\cite\[\{(F\d\d)\}\]\{goh2017\}", source)
    assert sorted(captions) == ORIGINALS
    log = (book / "book.log").read_text(encoding="latin-1")
    assert len(set(re.findall(r"<use (book-\d+-[\w-]+\.pdf)|File: (book-\d+-[\w-]+\.pdf)", log))) >= 14


@needs_latex
def test_every_work_that_is_cited_is_in_the_bibliography(book: Path) -> None:
    source = (book / "book.tex").read_text(encoding="utf-8")
    cited = set(re.findall(r"\\cite(?:\[[^\]]*\])?\{(\w+)\}", source))
    listed = re.findall(r"\\bibcite\{(\w+)\}", (book / "book.aux").read_text(encoding="utf-8"))
    assert {"goh2017", "polyak1964"} <= cited
    assert sorted(cited) == sorted(listed)


@needs_latex
def test_chapters_refer_to_each_other(book: Path) -> None:
    source = (book / "book.tex").read_text(encoding="utf-8")
    place, between = "", set()
    for kind, name in re.findall(r"\\(label|ref\*)\{([\w-]+):[\w-]*\}", source):
        if kind == "label":
            place = name
        elif name != place:
            between.add((place, name))
    assert {place for place, _ in between} >= {
        "first-steps",
        "dynamics",
        "critical-damping",
        "optimal-parameters",
        "limits",
    }
    assert len(between) > 20


@needs_latex
@needs_reader
def test_no_page_is_empty_and_no_reference_a_question_mark(pages: list[str]) -> None:
    assert 50 < len(pages) < 100
    # A page of a figure alone has its caption.
    assert [number for number, text in enumerate(pages, 1) if len(text.split()) < 20] == []
    assert not [text for text in pages if "??" in text or "[?]" in text]
    assert "Why momentum works, proved" in pages[0]
    assert "Contents" in pages[1]
    assert "Bibliography" in pages[-1]


def test_every_claim_that_is_a_statement_is_treated(folder: Path) -> None:
    """Those of the appendix, and those that the table of claims says to be settled by tests or no statements, are all."""
    appendix = (folder / "book.tex").read_text(encoding="utf-8").split(r"\appendix")[1]
    treated = re.findall(r"^\{\}(A\d{3}) & ", appendix, re.MULTILINE)
    table = (ROOT / "docs" / "article.md").read_text(encoding="utf-8")
    others = re.findall(r"^### (A\d{3})\n\n(?:✓ \*\*tested|– \*\*not mathematical)", table, re.MULTILINE)
    assert len(treated) == len(set(treated))
    assert sorted(treated + others) == [f"A{number:03}" for number in range(1, 131)]


# What the tests would see ---------------------------------------------------------------------------------------------


def small_book() -> str:
    """Two chapters, of which the second refers to the first."""
    one = Derivation("One", "", [Definition("Sum", "", Formula(alpha, beta, label="sum"), label="name")], "one")
    refs = (Ref("one#name", "the sum"), ", ", Ref("one#sum", "the same"), " of ", Ref("one#", "the first"), ".")
    return Book("Both", "", [one, Derivation("Two", "", [Paragraph(refs)], "two")]).to_latex()


@needs_latex
@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("", "", None),
        (r"\label{one:name}", "", "Reference `one:name' on page"),
        (r"\label{one:sum}", r"\label{one:other}", "Reference `one:sum' on page"),
        (r"\label{one:}", r"\label{one:}\label{one:name}", "Label `one:name' multiply defined"),
        (r"\end{document}", r"\cite{nobody}\end{document}", "Citation `nobody'"),
        (r"\end{document}", r"\noindent\rule{1.1\linewidth}{1pt}\end{document}", "Overfull"),
    ],
    ids=["nothing", "no label", "no formula", "two labels", "no work", "too wide"],
)
def test_what_is_broken_is_seen(tmp_path: Path, old: str, new: str, seen: str | None) -> None:
    text = small_book()
    assert old in text
    (tmp_path / "small.tex").write_text(text.replace(old, new), encoding="utf-8")
    found = complaints(typeset(tmp_path, "small"))
    if seen is None:
        assert found == []
    else:
        assert any(seen in line for line in found)
