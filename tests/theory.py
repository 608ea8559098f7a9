"""The first route: the package's analyses of the rules that the tests use, each made once."""

from __future__ import annotations

import functools
from typing import Any

import symmomentum as sm
from tests.independent import Case


@functools.cache
def analysis(case: Case) -> Any:
    """Of the catalog's own method where the rule is one of the catalog."""
    return sm.analyze(case.catalog) if case.catalog else sm.analyze(sm.method(case.rule))
