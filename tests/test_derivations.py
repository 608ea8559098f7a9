"""The chapters and the pages about the article: what is committed is what they write now."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DERIVATIONS = ROOT / "derivations"
SCRIPTS = {"article", "shared", "write"}
CHAPTERS = sorted(path.stem for path in DERIVATIONS.glob("*.py") if path.stem not in SCRIPTS)


def run(script: str, *arguments: object) -> None:
    """Run a script in a process of its own, with sets in an order that it does not have by default."""
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(DERIVATIONS / script), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


def test_the_pages_about_the_article_are_current(tmp_path: Path) -> None:
    run("article.py", tmp_path)
    for name in ("article.md", "errata.md"):
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert written == (ROOT / "docs" / name).read_text(encoding="utf-8"), (
            f"run python derivations/article.py ({name})"
        )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_is_current_and_renders(chapter: str, tmp_path: Path) -> None:
    run("write.py", "--into", tmp_path, "--as", ".md", "--as", ".html", "--as", ".tex", chapter)
    name = chapter.replace("_", "-")
    written = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    committed = (DERIVATIONS / f"{name}.md").read_text(encoding="utf-8")
    assert written == committed, f"run python derivations/write.py {chapter}"
    assert "✓ proved by" in written
    assert "Open statement" not in written
    assert (tmp_path / f"{name}.html").stat().st_size > 1000
    assert (tmp_path / f"{name}.tex").stat().st_size > 1000


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
