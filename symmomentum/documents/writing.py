"""Writing a document to disk: all of it or nothing."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from symmomentum.documents import html, latex, markdown, notebook, pdf
from symmomentum.documents.model import Document, Figure
from symmomentum.errors import ArgumentError, OutputError

__all__ = ["SUFFIXES", "check_target", "save", "stem", "write"]

_Files = dict[str, bytes]


def save(document: Document, path: str | os.PathLike[str], figures: str = "") -> None:
    """Write the document and the figures that belong to it; see :meth:`Derivation.save`."""
    check_target(path)
    target = Path(path)
    if figures and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", figures):
        raise ArgumentError(f"a folder of figures is letters, digits, dots and hyphens; given {figures!r}")
    if figures and target.suffix.lower() == ".md":
        files = _with_figures(".png", document, target, markdown.render(document, folder=figures), f"{figures}/")
    else:
        files = SUFFIXES[target.suffix.lower()](document, target)
    write(target.parent, files)


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise what :func:`save` would raise of the path alone, so that nobody waits for a derivation that has no place.

    Raises
    ------
    ArgumentError
        (a ``ValueError``) If the suffix is no known format.
    OutputError
        (an ``OSError``) If the path is a folder, or its folder is not there or not writable, or, for PDF, if no LaTeX engine
        is found.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        given = f"{target.suffix!r}" if target.suffix else "a name without suffix"
        raise ArgumentError(f"cannot tell the format from {given}; known suffixes: {' '.join(SUFFIXES)}")
    if target.is_dir():
        raise OutputError(f"cannot write {str(target)!r}: it is a folder")
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {str(target)!r}: there is no folder {str(target.parent)!r}")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(f"cannot write into {str(target.parent)!r}: Permission denied")
    if target.suffix.lower() == ".pdf":
        pdf.engine()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file under another name first, so that a failure leaves what was there before."""
    waiting: list[tuple[Path, Path]] = []
    created: list[Path] = []
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".symmomentum-", dir=folder)
            waiting.append((Path(temporary), folder / name))
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(temporary).chmod(0o666 & ~_umask())
        for source, destination in waiting:
            if not destination.exists():
                created.append(destination)
            source.replace(destination)
    except OSError as error:
        for destination in created:
            destination.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write into {str(folder)!r}: {reason}") from None
    finally:
        for source, _ in waiting:
            source.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def stem(target: Path) -> str:
    """The start of the figures' names: the document's own, reduced to what LaTeX and a link take as it stands."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", target.stem).strip("-.") or "derivation"


def _with_figures(suffix: str, document: Document, target: Path, text: str, start: str = "") -> _Files:
    format = suffix.removeprefix(".")
    start = start or f"{stem(target)}-"
    figures = (step for step in document.steps if isinstance(step, Figure))
    # The document comes last: when it is there, its figures are.
    return {f"{start}{f.name}{suffix}": f.draw(format) for f in figures} | {target.name: text.encode()}


def _latex(document: Document, target: Path) -> _Files:
    return _with_figures(".pdf", document, target, latex.render(document, stem(target)))


def _markdown(document: Document, target: Path) -> _Files:
    return _with_figures(".png", document, target, markdown.render(document, stem(target)))


def _html(document: Document, target: Path) -> _Files:
    return {target.name: html.render(document).encode()}


def _notebook(document: Document, target: Path) -> _Files:
    return {target.name: notebook.render(document).encode()}


def _pdf(document: Document, target: Path) -> _Files:
    return {target.name: pdf.render(document)}


SUFFIXES: dict[str, Callable[[Document, Path], _Files]] = {
    ".tex": _latex,
    ".md": _markdown,
    ".html": _html,
    ".ipynb": _notebook,
    ".pdf": _pdf,
}
"""The known formats: what each gives, by file name."""
