"""Rewrite the committed modules of symmomentum.evaluators: ``python -m symmomentum.codegen [--check]``."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import Any

from symmomentum.codegen.evaluator import module_source, same_module_source
from symmomentum.codegen.numerics import Theory
from symmomentum.iteration import Iteration
from symmomentum.methods import catalog
from symmomentum.noise import Noise
from symmomentum.rate import Rate
from symmomentum.stability import Stability
from symmomentum.tuning import synthesize

FOLDER = Path(__file__).resolve().parents[1] / "evaluators"


def sources() -> dict[str, str]:
    """The text of each generated file, by its name."""
    made: dict[str, str] = {}
    first: dict[Any, str] = {}
    for name, method in catalog.items():
        if (same := first.setdefault(method.rule, name)) != name:
            made[_file(name)] = same_module_source(name, same, made[_file(same)])
            continue
        stability = Stability(Iteration(method))
        rate = Rate(stability)
        theory = Theory(rate, Noise(stability), functools.cache(functools.partial(synthesize, rate)))
        made[_file(name)] = module_source(theory)
    return made


def _file(name: str) -> str:
    return f"{name.replace('-', '_')}.py"


def main(arguments: list[str] | None = None) -> int:
    """Write what has changed; with ``--check`` only say so, and answer 1 if anything has."""
    parser = argparse.ArgumentParser(prog="python -m symmomentum.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a file is out of date")
    options = parser.parse_args(arguments)
    stale = {name: text for name, text in sources().items() if not _is_current(FOLDER / name, text)}
    for name, text in stale.items():
        if not options.check:
            (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"{'out of date' if options.check else 'wrote'}: symmomentum/evaluators/{name}")
    return 1 if options.check and stale else 0


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
