"""The chapters and the pages about the article: what is committed is what they write now."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

import symmomentum as sm
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
    claims = re.split(r"^### (A\d{3})$", table, flags=re.MULTILINE)[1:]
    found = dict(zip(claims[::2], claims[1::2], strict=True))
    assert len(found) == 130
    assert treated == [name for name, words in found.items() if f"(errata.md#{name.lower()})" in words]
    assert treated == [name for name, words in found.items() if "**fails" in words or "**conditional" in words]
    summary = re.findall(r"^\| \[(A\d{3})\]\(#(a\d{3})\) \| ✗ \S.*<br>✓ \S.* \|$", text, re.MULTILINE)
    assert [name for name, _ in summary] == [name for name, words in found.items() if "**fails" in words]
    assert all(name.lower() == anchor for name, anchor in summary)


def test_what_was_proved_is_told_of_every_claim() -> None:
    """With its reading; and the links lead to where a chapter shows it."""
    table = (ROOT / "docs" / "article.md").read_text(encoding="utf-8")
    for entry in sm.article.entries():
        words = re.search(rf"^### {entry.id}$(.*?)(?=^##|\Z)", table, re.MULTILINE | re.DOTALL)
        assert words
        assert all(f"`{claim.id}`" in words[1] for claim in entry.claims)
        assert ("*Read as:*" in words[1]) == bool(entry.reading)
        assert (f", proved for {entry.size} only.**" in words[1]) == bool(entry.size)
    links = re.findall(r"\]\(\.\./derivations/([\w-]+)\.md(?:#([\w-]+))?\)", table)
    assert len(links) > 100
    for name, label in links:
        assert not label or f'<a id="{label}"></a>' in page(name)


def test_the_readme_has_every_chapter_in_order() -> None:
    readme = (DERIVATIONS / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w-]+)\.md\)", readme)
    source = (DERIVATIONS / "write.py").read_text(encoding="utf-8")
    listed = re.search(r"^CHAPTERS = \((.*?)\)$", source, re.MULTILINE | re.DOTALL)
    assert listed
    order = re.findall(r'"(\w+)"', listed[1])
    assert linked == [name.replace("_", "-") for name in order]
    assert sorted(order) == CHAPTERS
