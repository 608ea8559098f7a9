"""The chapters and the pages about the article: what is committed is what they write now."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from symmomentum.figures import FIGURES
from tests.test_book import DERIVATIONS, ORIGINALS, ROOT, everything, run

SCRIPTS = {"article", "shared", "write"}
CHAPTERS = sorted(path.stem for path in DERIVATIONS.glob("*.py") if path.stem not in SCRIPTS)
PAGES = [name.replace("_", "-") for name in CHAPTERS]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the chapters as they are written now."""
    return everything(tmp_path_factory)


def page(name: str) -> str:
    return (DERIVATIONS / f"{name}.md").read_text(encoding="utf-8")


def test_the_pages_about_the_article_are_current(tmp_path: Path) -> None:
    run("article.py", tmp_path)
    for name in ("article.md", "errata.md"):
        current = (tmp_path / name).read_text(encoding="utf-8")
        assert current == (ROOT / "docs" / name).read_text(encoding="utf-8"), (
            f"run python derivations/article.py ({name})"
        )


@pytest.mark.parametrize("name", PAGES)
def test_the_chapter_is_current_and_renders(name: str, written: Path) -> None:
    current = (written / f"{name}.md").read_text(encoding="utf-8")
    assert current == page(name), f"run python derivations/write.py {name.replace('-', '_')}"
    assert "✓ proved by" in current
    assert "Open statement" not in current
    html = (written / f"{name}.html").read_text(encoding="utf-8")
    assert html.count("<svg") == current.count("![")


@pytest.mark.parametrize("original", ORIGINALS)
def test_the_figure_is_current(original: str, written: Path) -> None:
    """At most one pixel in 200 differs by more than rounding."""
    (name,) = (picture.name for picture in FIGURES.values() if picture.original == original)
    now, then = (imread(folder / "figures" / f"{name}.png") for folder in (written, DERIVATIONS))
    assert now.shape == then.shape, "run python derivations/write.py"
    assert (np.abs(now - then).max(axis=-1) > 0.1).mean() < 1 / 200, "run python derivations/write.py"


def test_every_figure_of_the_article_is_in_one_chapter() -> None:
    text = "".join(map(page, PAGES))
    shown = re.findall(r"!\[[^\]]+\]\(<figures/([\w-]+)\.png>\)", text)
    assert sorted(shown) == sorted(path.stem for path in (DERIVATIONS / "figures").iterdir())
    assert sorted(re.findall(r"Redraws \\\[Goh 2017, (F\d\d)\\\]\. ", text)) == ORIGINALS
    assert sum(path.stat().st_size for path in (DERIVATIONS / "figures").iterdir()) < 3_000_000


@pytest.mark.parametrize("name", [*PAGES, "README"])
def test_every_link_leads_somewhere(name: str) -> None:
    text = page(name)
    links = re.findall(r"\]\(<?(?!https?:)([^)#>]*)(?:#([^)>]*))?>?\)", text)
    assert links
    for target, label in links:
        path = (DERIVATIONS / target).resolve() if target else DERIVATIONS / f"{name}.md"
        assert path.exists(), target
        if label:
            assert f'<a id="{label}"></a>' in path.read_text(encoding="utf-8"), f"{target}#{label}"


def test_each_chapter_is_referred_to_by_another() -> None:
    linked = {target for name in PAGES for target in re.findall(r"\]\(([\w-]+)\.md#", page(name)) if target != name}
    assert linked >= set(PAGES) - {"colorization", "limits", "polynomial-regression", "stochastic-gradients"}


def test_the_errata_are_about_all_that_fails_or_needs_a_condition() -> None:
    text = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    table = (ROOT / "docs" / "article.md").read_text(encoding="utf-8")
    treated = re.findall(r"^### (A\d{3})$", text, re.MULTILINE)
    linked = re.findall(r"^\| \[(A\d{3})\]\(errata\.md#(a\d{3})\) ", table, re.MULTILINE)
    assert treated == [name for name, _ in linked]
    assert all(name.lower() == anchor for name, anchor in linked)
    assert len(re.findall(r"^\| \[?A\d{3}\b", table, re.MULTILINE)) == 130


def test_the_readme_has_every_chapter_in_order() -> None:
    readme = (DERIVATIONS / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w-]+)\.md\)", readme)
    source = (DERIVATIONS / "write.py").read_text(encoding="utf-8")
    listed = re.search(r"^CHAPTERS = \((.*?)\)$", source, re.MULTILINE | re.DOTALL)
    assert listed
    order = re.findall(r'"(\w+)"', listed[1])
    assert linked == [name.replace("_", "-") for name in order]
    assert sorted(order) == CHAPTERS
