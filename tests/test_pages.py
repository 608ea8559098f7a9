"""The examples of docs/problems.md and docs/finite-time.md print what is shown below them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLE = re.compile(
    r"<!-- example: (?P<name>[^>]*) -->\n```python\n(?P<source>.*?)```\n\n```text\n(?P<shown>.*?)```", re.DOTALL
)
EXAMPLES = {
    (page.name, m["name"]): (m["source"], m["shown"])
    for page in (DOCS / "problems.md", DOCS / "finite-time.md", DOCS / "noise.md")
    for m in EXAMPLE.finditer(page.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("key", EXAMPLES, ids=" ".join)
def test_the_examples_print_what_is_shown(key):
    source, shown = EXAMPLES[key]
    printed = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    words, expected = printed.split(), shown.split()
    assert len(words) == len(expected)
    for word, other in zip(words, expected, strict=True):
        number = r"[^\d.e+-]*(-?\d+\.\d+(?:e[+-]?\d+)?)[^\d]*"  # floats to the digits that every machine gives
        if (m := re.fullmatch(number, word)) and (n := re.fullmatch(number, other)):
            assert float(m[1]) == pytest.approx(float(n[1]), rel=1e-9)
        else:
            assert word == other


def test_every_page_is_looked_at():
    assert {page for page, _ in EXAMPLES} == {"problems.md", "finite-time.md", "noise.md"}
