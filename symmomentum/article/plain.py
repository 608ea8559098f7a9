"""The little TeX of the entries as plain text, for a terminal."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["plain"]

_SIGNS = {
    r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\to": "→", r"\infty": "∞", r"\sum": "Σ", r"\nabla": "∇", r"\star": "⋆",
    r"\ldots": "...", r"\pm": "±", r"\cdot": "·", r"\|": "‖", r"\,": " ", r"\cos": "cos ", r"\sin": "sin ", r"\tan": "tan ",
    r"\left": "", r"\right": "", r"\mathbf": "", r"\mathrm": "", r"\tfrac": r"\frac",
}  # fmt: skip
_ARGUMENT = r"\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w))"
_FRACTION = re.compile(rf"\\frac{_ARGUMENT}{_ARGUMENT}")
_ROOT = re.compile(rf"\\sqrt{_ARGUMENT}")
_ACCENT = re.compile(rf"\\(bar|dot|ddot){_ARGUMENT}")
_ACCENTS = {"bar": "\N{COMBINING MACRON}", "dot": "\N{COMBINING DOT ABOVE}", "ddot": "\N{COMBINING DIAERESIS}"}


def plain(text: str) -> str:
    r"""The text without dollar signs, its commands as characters; a command that is not known stays as it is.

    Examples
    --------
    >>> plain(r"the rate is $\frac{1}{2}|1-\sqrt{\alpha\lambda_i}|\ne0$, not $q^{k+1}$")
    'the rate is 1/2|1-√(αλ_i)|≠0, not q^(k+1)'
    """
    return "".join(_mathematics(part) if i % 2 else part for i, part in enumerate(text.split("$")))


def _mathematics(text: str) -> str:
    text = re.sub(r"\\(?:[a-zA-Z]+|[|,])", lambda m: _SIGNS.get(m[0], m[0]), text)
    text = re.sub(r"\\([a-zA-Z]+) ?", _greek, text)
    while (new := _ROOT.sub(lambda m: f"√{_enclosed(m[1] or m[2])}", text)) != text:
        text = new
    while (new := _FRACTION.sub(lambda m: f"{_enclosed(m[1] or m[2])}/{_enclosed(m[3] or m[4])}", text)) != text:
        text = new
    text = _ACCENT.sub(lambda m: (m[2] or m[3]) + _ACCENTS[m[1]], text)
    text = re.sub(r"([\^_])\{([^{}]*)\}", lambda m: f"{m[1]}{_enclosed(m[2])}", text)
    return re.sub(r"\{([^{}]*)\}", r"\1", text)


def _enclosed(part: str) -> str:
    return part if re.fullmatch(r"\w", part) else f"({part})"


def _greek(match: re.Match[str]) -> str:
    name = "lamda" if match[1] == "lambda" else match[1].replace("Lambda", "Lamda")  # as Unicode spells it
    try:
        return unicodedata.lookup(f"GREEK {'SMALL' if name.islower() else 'CAPITAL'} LETTER {name.upper()}")
    except KeyError:
        return match[0]
