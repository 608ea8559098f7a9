"""A check that cannot fail is no check: each rule sees something bad and complains, something good and does not."""

from __future__ import annotations

import pytest

from tests.house import rules


def package(**modules: str) -> dict[str, str]:
    """A package of a few lines: ``package(rate="import sympy", proof__smt="")``."""
    sources = {f"symmomentum.{name.replace('__', '.')}": source for name, source in modules.items()}
    folders = {name.rpartition(".")[0] for name in sources}
    return dict.fromkeys(folders | {"symmomentum"}, "") | sources


@pytest.mark.parametrize(
    "text",
    [
        "import symmomentum.rate",
        "from symmomentum import rate",
        "from symmomentum.rate import spectral_radius",
        "from . import rate",
        "from .rate import spectral_radius",
        "def f():\n    from symmomentum.rate import spectral_radius",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from symmomentum import rate",
        "import importlib\ndef f():\n    return importlib.import_module('symmomentum.rate')",
        "from importlib import import_module\ndef f():\n    return import_module('.rate', __package__)",
    ],
)
def test_every_way_to_import_is_seen(text: str) -> None:
    sources = package(stability=text, rate="")
    assert rules.import_graph(sources)["symmomentum.stability"] == {"symmomentum.rate"}
    assert any("down the flow" in c for c in rules.layer_complaints(sources))
    assert rules.layer_complaints(package(tuning=text, rate="")) == []


def test_relative_import_in_a_package() -> None:
    sources = package(proof__smt="from ..rate import x", rate="") | {"symmomentum.proof": "from .smt import y"}
    graph = rules.import_graph(sources)
    assert graph["symmomentum.proof.smt"] == {"symmomentum.rate"}
    assert graph["symmomentum.proof"] == {"symmomentum.proof.smt"}


def test_missing_module() -> None:
    assert rules.missing_modules(package(rate="from symmomentum.nowhere import x"))
    assert rules.missing_modules(package(rate="from symmomentum.errors import x", errors="")) == []


def test_cycle() -> None:
    sources = package(
        proof__a="from symmomentum.proof import b",
        proof__b="def f():\n    from symmomentum.proof.c import x",
        proof__c="from symmomentum.proof.a import y",
    )
    (complaint,) = rules.cycles(rules.import_graph(sources))
    assert all(f"proof.{name}" in complaint for name in "abc")
    sources["symmomentum.proof.c"] = ""
    assert rules.cycles(rules.import_graph(sources)) == []


def test_module_imports_itself() -> None:
    assert rules.cycles({"a": {"a"}})


def test_two_cycles_are_two_complaints() -> None:
    assert len(rules.cycles({"a": ["b"], "b": ["a"], "c": ["d", "a"], "d": ["c"]})) == 2


def test_module_without_a_layer() -> None:
    (complaint,) = rules.layer_complaints(package(novelty=""))
    assert "novelty" in complaint
    assert "LAYERS" in complaint


def test_layers() -> None:
    assert rules.layer_complaints(package(rate="import symmomentum.cli", cli=""))
    assert rules.layer_complaints(package(noise="import symmomentum.bounds", bounds=""))  # the same row
    assert rules.layer_complaints(package(cli="import symmomentum"))  # the package itself comes last
    assert rules.layer_complaints(package(cli="from symmomentum import check"))
    assert rules.layer_complaints(package(proof__a="from symmomentum.proof import b", proof__b="")) == []


def test_evaluators_are_kept_apart() -> None:
    assert rules.layer_complaints(
        package(rate="from symmomentum.evaluators import heavy_ball", evaluators__heavy_ball="")
    )
    assert (
        rules.layer_complaints(package(cli="from symmomentum.evaluators import heavy_ball", evaluators__heavy_ball=""))
        == []
    )
    assert rules.evaluator_complaints(package(evaluators__heavy_ball="import symmomentum.errors", errors=""))
    assert rules.third_party_complaints(package(evaluators__heavy_ball="import sympy"))
    assert rules.third_party_complaints(package(evaluators__heavy_ball="import numpy as np\nimport math")) == []


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        ("rate", "import matplotlib.pyplot as plt"),
        ("tuning", "def f():\n    from matplotlib import pyplot"),
        ("rate", "import mpmath"),
        ("stability", "from mpmath import mp"),
        ("rate", "import z3"),
        ("rate", "import requests"),
    ],
)
def test_third_party(layer: str, text: str) -> None:
    assert rules.third_party_complaints(package(**{layer: text}))


def test_third_party_allowed() -> None:
    sources = package(figures="import matplotlib", proof__smt="import z3, mpmath", rate="import sympy, fractions")
    assert rules.third_party_complaints(sources) == []


@pytest.mark.parametrize(
    "text",
    [
        "from symmomentum.proof import smt",
        "from symmomentum.proof.smt import query",
        "import symmomentum.proof",
        "from symmomentum import _private",
        "import symmomentum as sm\nsm._private",
        "import symmomentum\nsymmomentum.proof.smt",
        "from symmomentum.documents.model import Theorem",
        "from tests.house import rules",
    ],
)
def test_outsiders_bad(text: str) -> None:
    assert rules.outsider_complaints("derivations/one.py", text, ["analyze", "check", "documents"])


@pytest.mark.parametrize(
    "text",
    [
        "import symmomentum as sm\nsm.analyze('heavy-ball')",
        "from symmomentum import analyze",
        "from symmomentum.documents import Theorem",
        "from symmomentum.evaluators import heavy_ball",
        "import sympy, numpy",
    ],
)
def test_outsiders_good(text: str) -> None:
    assert rules.outsider_complaints("derivations/one.py", text, ["analyze", "check", "documents"]) == []


def test_importers_of_chapters() -> None:
    assert rules.derivations_importers({"tests/test_x.py": "from derivations import one"})
    assert rules.derivations_importers({"tests/test_x.py": "derivation = 1"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "sympify(x)",
        "sympy.sympify(x)",
        "from sympy import sympify as exact",
        "parse_expr(text)",
        "from sympy.parsing.sympy_parser import parse_expr",
        "eval(text)",
        "exec(text)",
        "compile(text, 'x', 'exec')",
        "f = eval",
        "import builtins\nbuiltins.eval(text)",
        "from builtins import exec",
        "S('x + 1')",
        "sympy.S(f'{x}')",
        "sympy.S(text)",
        "from sympy import S as exact",
        "sympy.simplify(x)",
        "simplify(x)",
        "x.simplify()",
        "list(map(sympy.simplify, xs))",
        "nsimplify(x)",
        "x.nsimplify()",
        "from sympy import *",
    ],
)
def test_banned(text: str) -> None:
    assert rules.banned_complaints("symmomentum.rate", text)


@pytest.mark.parametrize(
    "text",
    [
        "sympy.S.One",
        "S(1)",
        "poly.eval(x, 1)",
        "re.compile(pattern)",
        "sympy.cancel(x)",
        '"""Never simplify and hope."""',
        "# eval(text)",
    ],
)
def test_not_banned(text: str) -> None:
    assert rules.banned_complaints("symmomentum.rate", text) == []


@pytest.mark.parametrize("text", ["x = 0.5", "x = 1e-3", "x = -2.0", "f(tolerance=1e-6)", "x = 1j"])
def test_float(text: str) -> None:
    assert rules.float_complaints("symmomentum.rate", text)


def test_no_float() -> None:
    assert rules.float_complaints("symmomentum.rate", 'x = Rational(1, 2)  # 0.5\ny = "0.5"\nz = 1 / 2') == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = 1", "no docstring"),
        ('"""One."""\n__all__ = ["f"]', "does not exist"),
        ('"""One."""\n__all__ = ["f"]\ndef f(): pass', "no docstring"),
        ('"""One."""\n__all__ = ["C"]\nclass C:\n    x = 1', "no docstring"),
        ('"""One."""\n__all__ = sorted(globals())', "plain list"),
        ('"""One."""\n__all__ = ["f", "g"]\nTABLE = {"g": "m"}\ndef __getattr__(name): ...', "'f'"),
    ],
)
def test_docstrings_bad(text: str, word: str) -> None:
    (complaint,) = rules.docstring_complaints("symmomentum.rate", text)
    assert word in complaint


@pytest.mark.parametrize(
    "text",
    [
        '"""One."""\n__all__ = ["f", "a", "b"]\nfrom m import f\na, b = 1, 2',
        '"""One."""\n__all__ = ["f"]\nif x:\n    def f():\n        """Two."""',
        '"""One."""\n__all__ = ["g"]\nTABLE = {"g": "m"}\ndef __getattr__(name): ...',
        '"""One."""\ndef _private(): ...',
    ],
)
def test_docstrings_good(text: str) -> None:
    assert rules.docstring_complaints("symmomentum.rate", text) == []


def test_top_level() -> None:
    good = ["symmomentum/rate.py", "derivations/README.md", "tests/a.py", "docs/README.md", ".ci/run", "README.md"]
    assert rules.top_level_complaints(good) == []
    assert rules.top_level_complaints([*good, "scripts/run.py"]) == [
        "scripts/ does not belong at the top of the repository"
    ]
    assert rules.top_level_complaints(good[1:]) == ["symmomentum/ is missing at the top of the repository"]


README = """\
<!-- command: see -->
```sh
python3 -m venv .venv && .venv/bin/look
```
<!-- command: test -->
```sh
python3 -m venv .venv && .venv/bin/test
```
"""


def test_readme() -> None:
    assert rules.readme_complaints(README) == []
    assert rules.readme_command(README, "see") == "python3 -m venv .venv && .venv/bin/look"
    assert rules.readme_complaints(README.replace("<!-- command: see -->", ""))
    assert rules.readme_complaints(README + README)
    assert rules.readme_complaints(README.replace("python3 -m venv .venv && ", "", 1))


def test_check_script() -> None:
    good = "run_readme_command see\nrun_readme_command test\n"
    assert rules.ci_complaints(good, README) == []
    assert rules.ci_complaints("run_readme_command see", README)
    assert rules.ci_complaints("# run_readme_command see\nrun_readme_command test", README)
    assert rules.ci_complaints(good + ".venv/bin/test", README)


@pytest.mark.parametrize("folder", ["root", "home", "work", "Users"])
def test_machine_path(folder: str) -> None:
    assert rules.machine_path_complaints("a.md", f"see '/{folder}/someone/file'")
    assert rules.machine_path_complaints("a.md", f"https://example.org/{folder}/page, docs/{folder}/file") == []


def test_version() -> None:
    assert rules.version_complaints("0.1.0", "version: 0.1.0", "## 0.1.0") == []
    assert rules.version_complaints("0.2.0", "version: 0.1.0", "## 0.2.0")
    assert rules.version_complaints("0.2.0", "version: 0.2.0", "## 0.1.0")
