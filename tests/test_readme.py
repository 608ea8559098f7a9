"""What the README shows is what the program prints."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from symmomentum.cli import main

README = Path(__file__).parent.parent / "README.md"


def blocks() -> list[tuple[str, str, str]]:
    """(mark, language, text) of every fenced block; the mark is the HTML comment on the line before it, if any."""
    pattern = re.compile(r"(?:<!-- (?P<mark>[^>]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
    return [(m["mark"] or "", m["language"], m["text"]) for m in pattern.finditer(README.read_text(encoding="utf-8"))]


def output_of(arguments: list[str]) -> str:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    return stream.getvalue()


@pytest.mark.parametrize(
    "mark", ["output: rate", "output: tune", "output: preset", "output: transient", "output: noise"]
)
def test_console_blocks_show_real_output(mark):
    (text,) = [text for found, _, text in blocks() if found == mark]
    command, _, shown = text.partition("\n")
    assert command.startswith("$ symmomentum ")
    assert output_of(command.removeprefix("$ symmomentum ").split()) == shown


def test_the_derivation_excerpt_is_part_of_the_derivation():
    (text,) = [text for found, _, text in blocks() if found == "output: derive"]
    assert text in output_of(["derive", "heavy-ball"])


def test_the_evaluators_print_what_is_shown():
    position, (_, _, source) = next((i, b) for i, b in enumerate(blocks()) if b[0] == "example: evaluators")
    printed = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    shape, _, rest = printed.rpartition("complex ")
    shown_shape, _, shown = blocks()[position + 1][2].rpartition("complex ")
    assert shape == shown_shape
    assert float(rest) == pytest.approx(float(shown), rel=1e-14)


@pytest.mark.parametrize(("mark", "lines"), [("example: own method", 5), ("example: named root", 9)])
def test_the_examples_print_what_is_shown(mark, lines):
    position, (_, _, source) = next((i, b) for i, b in enumerate(blocks()) if b[0] == mark)
    assert len(source.splitlines()) == lines
    printed = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    assert printed == blocks()[position + 1][2]
