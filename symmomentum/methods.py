"""The built-in methods: each an update rule, a citation and a note on its convention.

To add a method, write its rule here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from symmomentum.errors import UnknownNameError, nearest
from symmomentum.update_rule import Method

__all__ = ["Catalog", "catalog"]


class Catalog(Mapping[str, Method]):
    """The built-in methods by name; an unknown name raises :class:`UnknownNameError` (a ``KeyError``).

    >>> catalog["heavy-ball"].parameters, "adagrad" in catalog
    (('alpha', 'beta'), False)
    """

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def __getitem__(self, name: str) -> Method:
        if name not in self._methods:
            raise UnknownNameError(f"unknown method {name!r}; {nearest(str(name), self._methods)}")
        return self._methods[name]

    def __contains__(self, name: object) -> bool:
        return name in self._methods

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def __repr__(self) -> str:
        return f"<catalog: {', '.join(self)}>"

    def entry(self, *, cite: str, note: str) -> Callable[[Callable[..., Any]], Method]:
        """Enter a rule. It is traced when its theory is first asked for, so that listing the methods needs no SymPy."""

        def decorate(rule: Callable[..., Any]) -> Method:
            made = Method.from_rule(rule, cite=cite, note=note)
            self._methods[made.name] = made
            return made

        return decorate


catalog = Catalog()


@catalog.entry(cite="cauchy1847", note="alpha is the step size.")
def gradient_descent(w, grad, *, alpha):  # type: ignore[no-untyped-def]
    return w - alpha * grad(w)


@catalog.entry(
    cite="polyak1964",
    note="Goh's form (2017): z is a decaying sum of gradients, z = beta z + g; some libraries average instead, "
    "z = beta z + (1 - beta) g, which divides the step size by 1 - beta.",
)
def heavy_ball(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    z = beta * z + grad(w)
    w = w - alpha * z
    return z, w


@catalog.entry(
    cite="nesterov1983",
    note="The form of PyTorch's SGD(nesterov=True): the iterate is the point at which the gradient is taken. With constant "
    "momentum it has the characteristic polynomial of Nesterov's two-sequence form.",
)
def nesterov(z, w, grad, *, alpha, beta):  # type: ignore[no-untyped-def]
    g = grad(w)
    z = beta * z + g
    w = w - alpha * (g + beta * z)
    return z, w
