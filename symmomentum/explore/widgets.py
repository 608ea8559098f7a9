"""The widgets of the page: sliders, a list and two buttons, which call the page's functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bokeh.document import Document
from bokeh.events import ButtonClick, DocumentReady
from bokeh.models.callbacks import CustomJS
from bokeh.models.css import InlineStyleSheet
from bokeh.models.formatters import CustomJSTickFormatter
from bokeh.models.widgets import Button, Select, Slider

from symmomentum.explore.theory import LARGEST_KAPPA, LEAST_KAPPA

__all__ = ["document"]

# The widgets live in shadow trees, where only variables of the page's style get in.
_STYLE = """
:host { color: var(--ink); font: 14px/1.3 system-ui, sans-serif; }
.bk-input, .bk-btn { background: var(--card); color: var(--ink); border-color: var(--faint); font: inherit; }
/* Bokeh's arrow of a list is black on any ground. */
select.bk-input:not([multiple]) { background: linear-gradient(45deg, transparent 50%, var(--ink) 50%) right 15px center / 6px 6px
  no-repeat, linear-gradient(135deg, var(--ink) 50%, transparent 50%) right 9px center / 6px 6px no-repeat, var(--card); }
.bk-btn { white-space: normal; padding: 5px 8px; }
.bk-btn:hover { border-color: var(--accent); color: var(--ink); background: var(--card); }
.bk-btn:focus-visible, .bk-input:focus-visible, .noUi-handle:focus-visible { outline: 3px solid var(--accent);
  outline-offset: 1px; }
.bk-btn[disabled] { background: var(--card); color: var(--faint); border-style: dashed; opacity: 1; }
.bk-slider-title { color: var(--ink); }
.bk-slider-value { font-weight: 600; }
.noUi-target { background: var(--line); border-color: var(--line); box-shadow: none; }
.noUi-connect { background: var(--accent) !important; }
.noUi-handle { background: var(--card); border: 2px solid var(--accent); box-shadow: none; cursor: grab; }
option { background: var(--card); color: var(--ink); }
"""
_BUTTONS = {
    "tune": "Best parameters",
    "preset0": "Published",
    "preset1": "Published",
    "damp": "Critical damping of the mode shown",
}


def document(names: Iterable[str], first: str) -> Document:
    """A document whose roots are the widgets, by name."""
    sheet = InlineStyleSheet(css=_STYLE)
    options: list[Any] = [*names]
    roots = [
        Select(
            name="method",
            title="Method",
            options=options,
            value=first,
            stylesheets=[sheet],
            sizing_mode="stretch_width",
        ),
        *(_slider(f"p{i}", "", 0.0, 1.0, 0.5, sheet) for i in range(3)),
        _slider("kappa", "κ · condition number L/μ", math.log10(LEAST_KAPPA), math.log10(LARGEST_KAPPA), 1.5, sheet),
        _slider("noise", "σ · noise of the gradient", 0.0, 1.0, 0.0, sheet),
        _slider("mode", "λ · mode shown", 0.0, 1.0, 0.0, sheet),
        *(
            Button(name=name, label=label, stylesheets=[sheet], sizing_mode="stretch_width")
            for name, label in _BUTTONS.items()
        ),
    ]
    made = Document()
    for widget in roots:
        made.add_root(widget)
        name, which = str(widget.name).rstrip("01"), str(widget.name)[-1]
        call = f"window.symmomentum.{name}({which if which.isdigit() else ''})"
        if isinstance(widget, Button):
            widget.js_on_event(ButtonClick, CustomJS(code=call))
        else:
            widget.js_on_change("value", CustomJS(code=f"window.symmomentum.moved({widget.name!r})"))
    made.js_on_event(DocumentReady, CustomJS(code="window.symmomentum.start()"))
    return made


def _slider(name: str, title: str, low: float, high: float, value: float, sheet: InlineStyleSheet) -> Slider:
    shown = CustomJSTickFormatter(code=f"return window.symmomentum.read({name!r}, tick)")
    return Slider(
        name=name,
        title=title,
        start=low,
        end=high,
        value=value,
        step=(high - low) / 400,
        format=shown,
        stylesheets=[sheet],
        sizing_mode="stretch_width",
    )
