"""The exceptions of the package: one family, each also the fitting built-in exception."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "ClaimError",
    "MethodError",
    "MethodTypeError",
    "NotDerivedError",
    "OutputError",
    "SymmomentumError",
    "UnknownNameError",
    "nearest",
]


class SymmomentumError(Exception):
    """Base of every error that the package raises on purpose."""


class ArgumentError(SymmomentumError, ValueError):
    """A value is outside what the function accepts, such as mu <= 0 or mu > L."""


class ClaimError(SymmomentumError, ValueError):
    """A claim is malformed: not a statement over the reals, or not in exact numbers."""


class MethodError(SymmomentumError, ValueError):
    """An update rule is not a linear first-order method."""


class MethodTypeError(SymmomentumError, TypeError):
    """An update rule is called with missing or unknown parameters, or is no update rule at all."""


class NotDerivedError(SymmomentumError, NotImplementedError):
    """No closed form is known for this quantity of this method."""


class OutputError(SymmomentumError, OSError):
    """A document could not be written."""


class UnknownNameError(SymmomentumError, KeyError):
    """A name is not in the table it was looked up in."""

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0]) if self.args else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the closest known name, or lists them all if none is close.

    >>> nearest("heavy-bal", ["heavy-ball", "nesterov"])
    "did you mean 'heavy-ball'?"
    >>> nearest("adam", ["heavy-ball", "nesterov"])
    'known: heavy-ball, nesterov'
    >>> nearest("adam", [])
    'known: none'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"
