"""A derivation as PDF, by the LaTeX engine that the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from symmomentum.documents.latex import render as render_latex
from symmomentum.documents.model import Document, Figure
from symmomentum.errors import OutputError

__all__ = ["ENGINES", "engine", "render", "typeset"]

# A document may call no program, and the first error ends the run instead of waiting for an answer.
_PDFLATEX = ("-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode")
ENGINES = {"pdflatex": _PDFLATEX, "tectonic": ("--untrusted",)}
"""The programs that are looked for, in this order, and how they are called."""

_SECONDS = 180
_NAME = "document"


def render(document: Document) -> bytes:
    """The PDF file's bytes.

    Raises
    ------
    OutputError
        (an ``OSError``) If no engine is found, or if it fails.
    """
    figures = {f"{_NAME}-{step.name}.pdf": step.draw for step in document.steps if isinstance(step, Figure)}
    return typeset(render_latex(document, _NAME), figures)


def typeset(text: str, figures: Mapping[str, Callable[[str], bytes]]) -> bytes:
    """The PDF of a LaTeX text; ``figures`` are drawn under the names by which it asks for them.

    Raises
    ------
    OutputError
        (an ``OSError``) If no engine is found, or if it fails.
    """
    program, options = engine()
    with tempfile.TemporaryDirectory(prefix="symmomentum-") as folder:
        place = Path(folder)
        (place / f"{_NAME}.tex").write_text(text, encoding="utf-8")
        for name, draw in figures.items():
            (place / name).write_bytes(draw("pdf"))
        # The second run knows the numbers of the first; page breaks that move in it ask for a third.
        runs = 3 if Path(program).stem == "pdflatex" else 1
        for _ in range(runs):
            _run([program, *options, f"{_NAME}.tex"], place)
        return (place / f"{_NAME}.pdf").read_bytes()


def engine() -> tuple[str, tuple[str, ...]]:
    """The path of the first engine that is there, and its options; :class:`OutputError` if none is."""
    for name, options in ENGINES.items():
        program = shutil.which(name)
        if program:
            return program, options
    looked_for = " and ".join(ENGINES)
    raise OutputError(f"no LaTeX engine found (looked for {looked_for}); save as .tex and typeset it elsewhere")


def _run(command: list[str], folder: Path) -> None:
    # Dated, the same source would give another file each time; "paranoid" keeps TeX inside the folder.
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "openin_any": "p",
        "openout_any": "p",
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutputError(f"{Path(command[0]).name} did not finish within {_SECONDS} s") from None
    if done.returncode:
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        reason = next((line for line in text.splitlines() if line.startswith(("!", "error:"))), "no reason given")
        raise OutputError(f"{Path(command[0]).name} failed: {reason}")
