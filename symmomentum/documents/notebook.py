"""A derivation as a Jupyter notebook: one Markdown cell for each step, figures as attachments."""

from __future__ import annotations

import base64
import json
from typing import Any

from symmomentum.documents.markdown import JUPYTER, blocks
from symmomentum.documents.model import Document, Figure

__all__ = ["render"]


def render(document: Document) -> str:
    """The notebook's JSON text; see :meth:`Derivation.to_notebook`."""
    cells = []
    for position, (step, text) in enumerate(blocks(document, JUPYTER)):
        # Counted, not random as Jupyter's own ids: the same derivation gives the same file.
        cell: dict[str, Any] = {"cell_type": "markdown", "id": f"step-{position}", "metadata": {}}
        cell["source"] = text.splitlines(keepends=True)
        if isinstance(step, Figure):
            image = base64.b64encode(step.draw("png")).decode("ascii")
            cell["attachments"] = {f"{step.name}.png": {"image/png": image}}
        cells.append(cell)
    notebook = {
        "cells": cells,
        "metadata": {"language_info": {"name": "python"}, "title": document.title},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
