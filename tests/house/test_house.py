"""The house keeps its rules: ``rules.py``, applied to the real tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import rules

ROOT = Path(__file__).resolve().parents[2]


def read(folder: str) -> dict[str, str]:
    """The Python files below a folder, by path."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def none(complaints: list[str]) -> None:
    """Fail with one complaint a line."""
    assert not complaints, "\n" + "\n".join(complaints)


MODULES = {module_name(path): source for path, source in read(rules.PACKAGE).items()}


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not in a git checkout: which files belong to the repository is not known")
    files = [name for name in listing.split("\0") if name]
    if "pyproject.toml" not in files:
        pytest.skip("the checkout that this is in does not track these files")
    return files


def test_the_package_was_read() -> None:
    assert len(MODULES) > 5
    assert rules.PACKAGE in MODULES


def test_imports_exist() -> None:
    none(rules.missing_modules(MODULES))


def test_no_import_cycle() -> None:
    none(rules.cycles(rules.import_graph(MODULES)))


def test_imports_run_down_the_flow() -> None:
    none(rules.layer_complaints(MODULES))


def test_third_party_imports_where_they_belong() -> None:
    none(rules.third_party_complaints(MODULES))


def test_evaluators_stand_alone() -> None:
    none(rules.evaluator_complaints(MODULES))


@pytest.mark.parametrize("folder", ["derivations", "docs"])
def test_public_names_only(folder: str) -> None:
    public = rules.public_names(MODULES[rules.PACKAGE])
    complaints = [c for path, source in read(folder).items() for c in rules.outsider_complaints(path, source, public)]
    none(complaints)


def test_nothing_imports_the_chapters() -> None:
    sources = read(rules.PACKAGE) | read("tests") | read("docs")
    none(rules.derivations_importers(sources))


def test_no_banned_call() -> None:
    none([c for module, source in MODULES.items() for c in rules.banned_complaints(module, source)])


def test_exact_modules_hold_no_float() -> None:
    exact = {module: source for module, source in MODULES.items() if rules.layer_of(module) in rules.EXACT}
    assert exact
    none([c for module, source in exact.items() for c in rules.float_complaints(module, source)])


def test_docstrings_and_public_names() -> None:
    none([c for module, source in MODULES.items() for c in rules.docstring_complaints(module, source)])


def test_import_is_cheap() -> None:
    heavy = ["sympy", "mpmath", "matplotlib", "z3", "typer", "scipy"]
    code = f"import sys, symmomentum; print(*(name for name in {heavy!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []


def test_every_public_name_is_there() -> None:
    import symmomentum

    assert symmomentum.__all__
    assert [name for name in symmomentum.__all__ if not hasattr(symmomentum, name)] == []
    assert set(symmomentum.__all__) <= set(dir(symmomentum))


def test_top_level_folders(tracked: list[str]) -> None:
    none(rules.top_level_complaints(tracked))


def test_no_machine_path(tracked: list[str]) -> None:
    complaints = []
    for name in tracked:
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image
        complaints += rules.machine_path_complaints(name, text)
    none(complaints)


def test_readme_and_check_agree() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = ROOT / ".ci" / "run"
    none(rules.readme_complaints(readme))
    none(rules.ci_complaints(script.read_text(encoding="utf-8"), readme))
    assert os.access(script, os.X_OK)


def test_one_version() -> None:
    import symmomentum

    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    none(rules.version_complaints(symmomentum.__version__, citation, changelog))


def test_tables_hold_together() -> None:
    names = [name for row in rules.LAYERS for name in row]
    assert len(names) == len(set(names))
    named = set().union(rules.IMPORT_EVALUATORS, rules.EXACT, *filter(None, rules.THIRD_PARTY.values()))
    assert named <= set(names)
