"""The command line as its users meet it: what it prints, what it writes, how it ends.

Expected numbers come from matrices and formulas written down here, evaluated by NumPy or by mpmath at 60 digits.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import psutil
import pytest

import symmomentum
import symmomentum.analysis  # now, for a module first imported while a test replaces a function would keep the replacement
from symmomentum import processes
from symmomentum.cli import main

CATALOG = list(symmomentum.catalog)
PUBLISHED = ["gradient-descent", "heavy-ball", "nesterov"]
"""Methods whose tuning is written out a second time here."""
COMMANDS = ["methods", "derive", "rate", "tune", "transient", "noise", "verify", "figures", "explore"]

RULES = """
import symmomentum as sm

VALUE = 3

@sm.method(cite="me, myself")
def decorated(z, w, grad, *, alpha, beta):
    z = beta * z + grad(w)
    return z, w - alpha * z

def plain(v, w, grad, *, alpha, beta):
    return w, w + beta * (w - v) - alpha * grad(w + beta * (w - v))

def bare(w, grad, *, alpha):
    return w - alpha * grad(w)

def two_calls(w, grad, *, alpha):
    half = w - alpha * grad(w)
    return half - alpha * grad(half)

def dashed(w, grad, *, step_size):
    return w - step_size * grad(w)

def three(x, v, w, grad, *, alpha, beta):
    return v, w, w + beta * (w - x) - alpha * grad(w)

def four(y, x, v, w, grad, *, alpha, beta):
    return x, v, w, w + beta * (w - y) - alpha * grad(w)

def noisy(w, grad, *, alpha):
    print("a word from the rule")
    return w - alpha * grad(w)

def nonlinear(w, grad, *, alpha):
    return w - alpha * w * grad(w)

def quotient(w, grad, *, alpha):
    return w - alpha / (1 + alpha) * grad(w)

def floating(w, grad, *, alpha):
    return w - 0.5 * alpha * grad(w)

def keywords(w, grad, **parameters):
    return w - parameters["alpha"] * grad(w)

def reserved(w, grad, *, lam):
    return w - lam * grad(w)

def clash(w, grad, *, json):
    return w - json * grad(w)

def raising(w, grad, *, alpha):
    raise ValueError("first line\\nsecond line")

def leaving(w, grad, *, alpha):
    raise SystemExit(3)

def short(z, w, grad, *, alpha):
    return w - alpha * grad(w)

class Thing:
    pass
"""

DOUBTING = """
import sympy
from symmomentum import proof
from symmomentum.claims import Verdict

settle = proof.check

def check(claim, **options):
    if claim.id != "f/tuning/optimal":
        return settle(claim, **options)
    (alpha,) = (s for s in claim.symbols if s.name == "alpha")
    return Verdict(claim=claim, status="refuted", by="witness", witness={alpha: sympy.Rational(-1, 3)})

proof.check = check

def f(w, grad, *, alpha):
    return w - alpha * grad(w)
"""
"""A rule that brings its own checker along, into whatever process it is loaded."""

FILES = {
    "rules.py": RULES,
    "other.py": "def bare(w, grad, *, alpha):\n    return w - 2 * alpha * grad(w)\n",
    "syntax.py": "def f(:\n",
    "raises.py": "raise RuntimeError('first line\\nsecond line')\n",
    "unreadable.py": "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E\n",
    "leaves.py": "import sys\nsys.exit('good bye')\n",
    "leaves_well.py": "import sys\nsys.exit(0)\n",
    "lacks.py": "import no_such_module_anywhere\n",
    "interrupted.py": "raise KeyboardInterrupt\n",
    "nonlinear.py": "import symmomentum as sm\n@sm.method\ndef f(w, grad, *, alpha):\n    return w - alpha * grad(w)**2\n",
    "neighbour.py": "import cli_helper\nprint('a word from the file')\ndef f(w, grad, *, alpha):\n"
    "    return cli_helper.step(w, alpha, grad)\n",
    "cli_helper.py": "def step(w, alpha, grad):\n    return w - alpha * grad(w)\n",
    "data.py": "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1\n"
    "def f(w, grad, *, alpha):\n    return w - alpha * grad(w)\n",
    "traced.py": "import os\nfrom pathlib import Path\nwith Path('processes').open('a') as f:\n    print(os.getpid(), file=f)\n"
    "def f(w, grad, *, alpha):\n    return w - alpha * grad(w)\n",
    "doubting.py": DOUBTING,
    "stubborn.py": "import multiprocessing, subprocess, sys\nif multiprocessing.parent_process():\n"
    "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "def f(w, grad, *, alpha):\n    return w - alpha * grad(w)\n",
    "keep.tex": "kept",
    "keep.docx": "kept",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe")
    (tmp_path / "folder.tex").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


@pytest.fixture
def run(capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def ok(run):
    def call(*arguments: str) -> str:
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        return out

    return call


@pytest.fixture
def ok_json(ok):
    return lambda *arguments: loads(ok(*arguments, "--json"))


def loads(text: str):
    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    return json.loads(text, parse_constant=refuse)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def started(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """A process with little in its environment, not even a home, that runs the package under test."""
    root = str(Path(symmomentum.__file__).parent.parent)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": root, **options.pop("environment", {})}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", **options},
    )


def program(*arguments: str, **environment: str) -> tuple[int, str, str]:
    with started("-m", "symmomentum", *arguments, environment=environment) as process:
        out, err = process.communicate()
    return process.returncode, out, err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch):
    """What a terminal of so many columns shows."""

    def call(columns: int, *arguments: str, **environment: str) -> str:
        terminal = Terminal()
        for name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COLUMNS", str(columns))
        with contextlib.redirect_stdout(terminal), pytest.raises(SystemExit):
            main(arguments)
        return terminal.getvalue()

    return call


# Independent numbers ----------------------------------------------------------------------------------------------


def iteration_matrix(method: str, lam: float, alpha: float, beta: float = 0) -> np.ndarray:
    """By hand from the rules: over (z, w), or w alone."""
    if method == "gradient-descent":
        return np.array([[1 - alpha * lam]])
    if method == "heavy-ball":
        return np.array([[beta, lam], [-alpha * beta, 1 - alpha * lam]])
    return np.array([[beta, lam], [-alpha * beta**2, 1 - alpha * lam - alpha * beta * lam]])


def spectral_radius(method: str, lam: float, alpha: float, beta: float = 0) -> float:
    return float(np.abs(np.linalg.eigvals(iteration_matrix(method, lam, alpha, beta))).max())


def published(method: str, mu: str, L: str) -> tuple[dict[str, mpmath.mpf], mpmath.mpf]:
    """Optimal parameters and rate as the literature has them; call at the precision that is needed."""
    low, high = (mpmath.fdiv(*map(mpmath.mpf, x.split("/"))) if "/" in x else mpmath.mpf(x) for x in (mu, L))
    if method == "gradient-descent":
        return {"alpha": 2 / (high + low)}, (high - low) / (high + low)
    if method == "heavy-ball":  # Polyak 1964
        a, b = mpmath.sqrt(high), mpmath.sqrt(low)
        return {"alpha": 4 / (a + b) ** 2, "beta": ((a - b) / (a + b)) ** 2}, (a - b) / (a + b)
    s = mpmath.sqrt(3 * high / low + 1)  # Lessard, Recht, Packard 2016
    return {"alpha": 4 / (3 * high + low), "beta": (s - 2) / (s + 2)}, 1 - 2 / s


def same_digits(text: str, value: mpmath.mpf, digits: int) -> bool:
    return abs(mpmath.mpf(text) - value) <= abs(value) * mpmath.mpf(10) ** (1 - digits)


# Bad input --------------------------------------------------------------------------------------------------------

HB = ("rate", "heavy-ball")
AT = ("--beta", "0.9", "--lam", "1")
GD = ("derive", "gradient-descent", "-o")
TUNE = ("tune", "heavy-ball")
NUMBERS = {
    "nan": "must be a number",
    "inf": "must be a number",
    "-inf": "must be a number",
    "abc": "must be a number",
    "": "must be a number",
    "  ": "must be a number",
    "0x10": "must be a number",
    "1_000": "must be a number",
    "1,5": "must be a number",
    "1/-3": "must be a number",
    "1//3": "must be a number",
    "1/3/5": "must be a number",
    "1e": "must be a number",
    "1e2.5": "must be a number",
    "0.1/3": "must be a number",
    ".": "must be a number",
    "--1": "needs a value|must be a number|No such option",
    "٣": "must be a number",
    "½": "must be a number",
    "1\n2": "must be a number",
    "1/0": "divides by zero",
    "0/0": "divides by zero",
    "1e999": "out of range",
    "1e-401": "out of range",
    "1e99999999999999999999": "out of range",
    "9" * 5000: "5000 characters",
    "1e" + "9" * 5000: "5002 characters",
    "1/" + "9" * 5000: "5002 characters",
}

BAD: list[tuple[tuple[str, ...], str]] = [
    # commands and options
    (("metods",), "did you mean 'methods'|Did you mean 'methods'"),
    (("",), "No such command"),
    (("--nonsense",), "No such option"),
    (("methods", "extra"), "unexpected"),
    (("methods", "--jsn"), "No such option"),
    (("methods", "--json", "--json"), "given twice"),
    (("derive",), "METHOD"),
    (("derive", "heavy-ball", "nesterov"), "unexpected"),
    (("derive", "heavy-ball", "--json"), "No such option"),
    (("rate",), "METHOD"),
    (("tune",), "METHOD|mu"),
    # methods
    *[((command, "heavy-bal"), "did you mean 'heavy-ball'") for command in ("derive", "verify")],
    (("rate", "heavy-bal", "--alpha", "1"), "did you mean 'heavy-ball'"),
    (("tune", "heavy-bal", "--mu", "1", "--L", "2"), "did you mean 'heavy-ball'"),
    (("verify", "gradient-descent", "heavy-bal"), "did you mean 'heavy-ball'"),
    (("derive", "shampoo"), "known: accelerated-sgd, adam, adamw"),
    (("derive", ""), "unknown method ''"),
    (("derive", "h" * 5000), "unknown method"),
    (("derive", "rules:bare"), "path/to/file.py:function"),
    (("derive", "a.py:b:c"), "path/to/file.py:function"),
    (("derive", "rules.py"), "which function of rules.py"),
    (("derive", "rules.py:"), "which function of rules.py"),
    (("derive", "nowhere.py:f"), "there is no file nowhere.py"),
    (("derive", "\x1b[31m.py:f"), r"\\x1b\[31m.py"),
    (("derive", "\udcff.py:f"), r"\\udcff.py"),
    (("derive", "folder.tex:f"), "path/to/file.py:function"),
    (("derive", "rules.py:plan"), "did you mean 'plain'"),
    (("derive", "rules.py:qqqqqq"), "known: bare, clash, dashed, decorated"),
    (("derive", "cli_helper.py:steq"), "did you mean 'step'"),
    (("derive", "keep.tex:f"), "path/to/file.py:function"),
    (("derive", "syntax.py:f"), "syntax.py cannot be imported: SyntaxError"),
    (("derive", "binary.py:f"), "binary.py cannot be imported"),
    (("derive", "raises.py:f"), "RuntimeError: first line second line"),
    (("derive", "unreadable.py:f"), "unreadable.py cannot be imported: E$"),
    (("derive", "leaves.py:f"), "SystemExit: good bye"),
    (("derive", "leaves_well.py:f"), "leaves_well.py cannot be imported: SystemExit"),
    (("derive", "lacks.py:f"), "no_such_module_anywhere"),
    (("derive", "nonlinear.py:f"), "not linear|cannot be traced"),
    (("derive", "rules.py:VALUE"), "not an update rule but int"),
    (("derive", "rules.py:__name__"), "not an update rule but str"),
    (("derive", "rules.py:Thing"), "expected the form"),
    (("derive", "rules.py:nonlinear"), "not linear"),
    (("derive", "rules.py:floating"), "floating-point number"),
    (("derive", "rules.py:keywords"), "expected the form"),
    (("derive", "rules.py:reserved"), "'lam' has a meaning of its own"),
    (("derive", "rules.py:raising"), "ValueError: first line"),
    (("derive", "rules.py:leaving"), "SystemExit: 3"),
    (("derive", "rules.py:short"), "returns 1 value for a state of 2"),
    (("rate", "rules.py:clash", "--lam", "1"), "'json' of the rule has the name of an option"),
    (("tune", "heavy-ball", "--mu", "1", "--L", "2", "--gamma", "1"), "unknown parameter --gamma"),
    (("tune", "sgd", "--mu", "1", "--L", "2", "--gamma", "-1"), "gamma must be larger than -mu"),
    (("tune", "heavy-ball", "--mu", "1", "--L", "2", "--preset", "published"), "heavy-ball has none"),
    (("tune", "robust-momentum", "--mu", "1", "--L", "2", "--preset", "publish"), "did you mean 'published'"),
    (("tune", "robust-momentum", "--mu", "1", "--L", "2", "--preset", "published"), "missing: --rho"),
    (
        ("tune", "robust-momentum", "--mu", "1", "--L", "4", "--preset", "published", "--rho", "2"),
        "rho must be at least 0.5",
    ),
    (("tune", "nesterov", "--mu", "2", "--L", "2", "--preset", "standard"), "expected 0 < mu < L"),
    (("verify", "rules.py:bare", "other.py:bare"), "two methods are called 'bare'"),
    (("verify", "rules.py:nonlinear", "--smt2", "queries"), "not linear"),
    # parameters
    (HB, "missing: --alpha --beta --lam"),
    ((*HB, "--alpha", "0.1", "--beta", "0.9"), "missing: --lam$"),
    ((*HB, *AT, "--alpha"), "--alpha needs a value"),
    ((*HB, "--alpha", *AT), "--alpha needs a value"),
    ((*HB, *AT, "--alpha", "0.1", "--alpha", "0.2"), "--alpha is given twice"),
    ((*HB, *AT, "--alpha", "0.1", "--lam=1"), "--lam is given twice"),
    ((*HB, *AT, "--alpha", "0.1", "--gamma", "2"), "unknown parameter --gamma; known: alpha, beta, digits, json, lam$"),
    ((*HB, *AT, "--alhpa", "0.1"), "did you mean 'alpha'"),
    ((*HB, "--alpha", "0.1", "--beta", "0.9", "--lambda", "1"), "did you mean 'lam'"),
    ((*HB, *AT, "--alpha", "0.1", "--digit", "3"), "did you mean 'digits'"),
    ((*HB, *AT, "--alpha", "0.1", "-x", "2"), "unexpected argument '-x'"),
    ((*HB, *AT, "--alpha", "0.1", "more"), "unexpected argument 'more'"),
    (("rate", *AT, "--alpha", "0.1"), "missing: METHOD"),
    ((*HB, *AT, "--alpha", "0.1", "--digits", "3", "--digits", "4"), "--digits is given twice"),
    *[
        ((*HB, *AT, "--alpha", "0.1", "--digits", n), "digits.*from 1 to 10000")
        for n in ("0", "-1", "10001", "x", "", "1.5", "1_0", "٣", "9" * 5000)
    ],
    *[((*HB, f"--alpha={text}", *AT), reason) for text, reason in NUMBERS.items()],
    *[((*HB, "--alpha", text, *AT), reason) for text, reason in NUMBERS.items()],
    # spectra
    *[((*TUNE, f"--mu={text}", "--L", "1"), reason) for text, reason in NUMBERS.items()],
    *[((*TUNE, "--mu", "1", f"--L={text}"), reason) for text, reason in NUMBERS.items()],
    ((*TUNE, "--mu", "0", "--L", "1"), "mu must be positive"),
    ((*TUNE, "--mu", "-0.1", "--L", "1"), "mu must be positive"),
    ((*TUNE, "--mu", "-0", "--L", "1"), "mu must be positive"),
    ((*TUNE, "--mu", "-2", "--L", "-1"), "mu must be positive"),
    ((*TUNE, "--mu", "2", "--L", "1"), "L must be at least mu"),
    ((*TUNE, "--mu", "1", "--L", "0.9999999999999999999999999999"), "L must be at least mu"),
    ((*TUNE, "--mu", "1e400", "--L", "1"), "L must be at least mu"),
    ((*TUNE, "--mu", "1"), "--L"),
    ((*TUNE, "--L", "1"), "--mu"),
    ((*TUNE, "--mu", "1", "--L"), "--L"),
    ((*TUNE, "--mu", "1", "--mu", "1", "--L", "2"), "--mu is given twice"),
    ((*TUNE, "--mu", "1", "--L", "1", "--L=2"), "--L is given twice"),
    ((*TUNE, "--mu", "1", "--l", "2"), "--L"),
    ((*TUNE, "--mu", "1", "--L", "2", "--alpha", "3"), "unknown parameter --alpha"),
    ((*TUNE, "--mu", "1", "--L", "2", "more"), "unexpected"),
    ((*TUNE, "--mu", "1", "--L", "2", "--digits", "0"), "digits.*from 1 to 10000"),
    # files
    ((*GD, "file.docx"), "known suffixes: .tex .md .html .ipynb .pdf"),
    ((*GD, "keep.docx"), "known suffixes"),
    ((*GD, "file"), "known suffixes"),
    ((*GD, ""), "known suffixes"),
    ((*GD, "folder.tex"), "it is a folder"),
    ((*GD, "nowhere/file.tex"), "no folder 'nowhere'"),
    ((*GD, "keep.tex/file.tex"), "no folder 'keep.tex'"),
    ((*GD, "n" * 300 + ".tex"), "cannot write"),
    ((*GD, "a.tex", "-o", "b.tex"), "--output is given twice"),
    ((*GD, "a.tex", "--output", "b.tex"), "--output is given twice"),
    (("derive", "gradient-descent", "-o"), "-o"),
    (("derive", "heavy-bal", "-o", "keep.tex"), "did you mean"),
    # proofs
    (("verify", "--solver", "yices"), "known: z3, cvc5, both"),
    (("verify", "--solver", ""), "known: z3, cvc5, both"),
    (("verify", "--solver", "Z3"), "known: z3, cvc5, both"),
    (("verify", "--solver", "z3", "--solver", "z3"), "--solver is given twice"),
    *[
        (("verify", f"--jobs={n}"), "--jobs.*whole number from 1 to 999999999; given")
        for n in ("0", "-1", "x", "", "1.5", "1_0", "٣", "9" * 5000)
    ],
    (("verify", "--jobs", "2", "--jobs", "2"), "--jobs is given twice"),
    (("verify", "gradient-descent", "rmsprop", "heavy-bal", "--jobs", "2"), "did you mean 'heavy-ball'"),
    (("verify", "gradient-descent", "--smt2", "keep.tex"), "folder keep.tex"),
    (("verify", "gradient-descent", "--smt2", "keep.tex/queries"), "folder keep.tex/queries"),
    (("verify", "gradient-descent", "--smt2", "a", "--smt2", "b"), "--smt2 is given twice"),
    (("verify", "gradient-descent", "heavy-bal", "--smt2", "queries"), "did you mean"),
    (("verify", "--wrong"), "No such option"),
]


@pytest.mark.parametrize(
    ("arguments", "reason"), BAD, ids=[" ".join(a)[:70].encode("unicode_escape").decode() for a, _ in BAD]
)
def test_bad_input_gives_one_line_and_status_2(arguments, reason, run, folder):
    before = snapshot(folder)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"symmomentum: \S.*\n", err)
    assert err[:-1].isprintable()
    assert len(err) < 500
    assert re.search(reason, err[:-1])
    assert snapshot(folder) == before


def test_a_negative_number_is_a_value_not_an_option(ok):
    assert "alpha = -0.1" in ok("rate", "gradient-descent", "--alpha", "-0.1", "--lam", "-1")
    assert "alpha = -.1e1" in ok("rate", "gradient-descent", "--alpha=-.1e1", "--lam", "-1/3")


def test_an_interrupt_ends_quietly(run):
    assert run("derive", "interrupted.py:f") == (130, "", "")


@pytest.mark.parametrize(
    ("arguments", "old"),
    [(("derive", "gradient-descent", "-o", "keep.tex"), "kept"), (("verify", "gradient-descent", "--smt2", "q"), None)],
)
def test_a_full_disk_keeps_what_was_there(arguments, old, run, folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    before = snapshot(folder)
    code, _, err = run(*arguments)
    assert code == 2
    assert re.fullmatch(r"symmomentum: cannot write .*No space left on device\n", err)
    after = snapshot(folder)
    assert {n: b for n, b in after.items() if n != "q"} == before  # the empty folder of the queries may stay
    assert old is None or (folder / "keep.tex").read_text(encoding="utf-8") == old


def test_a_folder_that_takes_no_file_is_noticed_before_any_claim(run, monkeypatch):
    def refused(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    code, out, err = run("verify", "gradient-descent", "--smt2", "queries")
    assert (code, out) == (2, "")
    assert err == "symmomentum: cannot write into the folder queries: Permission denied\n"


def test_without_a_latex_engine_no_pdf_and_no_traceback(run, folder, monkeypatch):
    monkeypatch.setenv("PATH", "")
    before = snapshot(folder)
    code, out, err = run("derive", "gradient-descent", "-o", "file.pdf")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"symmomentum: no LaTeX engine found.*\n", err)
    assert snapshot(folder) == before


# Help and list ----------------------------------------------------------------------------------------------------


def test_help_names_every_command_in_full(ok):
    text = ok("--help")
    assert text == ok()
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S.*\.$", text, re.MULTILINE)
    assert "..." not in text.partition("\n")[2]  # nothing is cut short
    assert "path/to/file.py:function" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command, ok, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = ok(command, "--help")
    assert f"symmomentum {command}" in text
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"  {line}\n" in text for line in EXAMPLES.get(command, ()))


EXAMPLES = {
    "rate": ("symmomentum rate heavy-ball --alpha 0.1 --beta 0.9 --lam 1",),
    "tune": ("symmomentum tune heavy-ball --mu 0.01 --L 1 --digits 50",),
}


def test_version(ok):
    assert ok("--version") == f"symmomentum {symmomentum.__version__}\n"


def test_methods_is_a_table_of_at_most_80_columns(ok):
    lines = ok("methods").splitlines()
    assert lines[0].split() == ["METHOD", "STATE", "PARAMETERS", "SOURCE"]
    assert [line.split()[0] for line in lines[1:]] == CATALOG
    assert re.fullmatch(r"heavy-ball +z, w +alpha, beta +polyak1964", lines[2])
    assert max(map(len, lines)) <= 80


def test_methods_as_json(ok_json):
    listed = ok_json("methods")
    assert listed[0] == {"name": "gradient-descent", "parameters": ["alpha"], "state": ["w"], "cite": "cauchy1847"}
    assert [m["name"] for m in listed] == CATALOG
    assert all(list(m) == ["name", "parameters", "state", "cite"] for m in listed)


# Rate -------------------------------------------------------------------------------------------------------------

POINTS = [
    ("gradient-descent", {"alpha": "0.1", "lam": "1"}, "monotone"),
    ("gradient-descent", {"alpha": "3/2", "lam": "1"}, "oscillating"),
    ("gradient-descent", {"alpha": "1", "lam": "1"}, "one-step"),
    ("gradient-descent", {"alpha": "-0.1", "lam": "1"}, "divergent"),
    ("heavy-ball", {"alpha": "0.1", "beta": "0.9", "lam": "1"}, "complex"),
    ("heavy-ball", {"alpha": "1e-3", "beta": "1/3", "lam": "20"}, "monotone"),
    ("heavy-ball", {"alpha": ".1", "beta": "0.5", "lam": "29.9"}, "oscillating"),
    ("heavy-ball", {"alpha": "+0.1", "beta": "1.5", "lam": "1"}, "divergent"),
    ("nesterov", {"alpha": "0.1", "beta": "0.9", "lam": "2"}, "complex"),
    ("nesterov", {"alpha": "0.1", "beta": "0.2", "lam": "1"}, "monotone"),
    ("nesterov", {"alpha": "0.1", "beta": "0.9", "lam": "13"}, "oscillating"),
]


def number(text: str) -> float:
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)


@pytest.mark.parametrize(("method", "at", "regime"), POINTS)
def test_rate_is_the_spectral_radius(method, at, regime, ok, ok_json):
    arguments = [x for n, text in at.items() for x in (f"--{n}", text)]
    expected = spectral_radius(method, **{n: number(text) for n, text in at.items()})
    shown = ok_json("rate", method, *arguments)
    assert list(shown) == ["method", "parameters", "rate", "regime", "stable"]
    assert shown["method"] == method
    assert shown["parameters"] == {n: number(text) for n, text in at.items()}
    assert shown["rate"] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert shown["regime"] == regime
    assert shown["stable"] is (expected < 1)

    first, *rows = ok("rate", method, *arguments).splitlines()
    assert first == f"{method} at {', '.join(f'{n} = {text}' for n, text in at.items())}"
    label, value = rows[0].split()
    assert (label, float(value)) == ("rate", pytest.approx(expected, rel=1e-12, abs=1e-12))
    assert rows[1].startswith(f"  regime  {regime}: ")
    assert rows[2].split(";")[0].split() == ["stable", "yes" if expected < 1 else "no"]


def test_numbers_are_read_exactly(ok_json):
    third = ok_json("rate", "gradient-descent", "--alpha", "1/3", "--lam", "1", "--digits", "50")
    assert third["rate"] == "0." + "6" * 49 + "7"
    assert third["parameters"]["alpha"] == "0." + "3" * 50
    tenth = ok_json("rate", "gradient-descent", "--alpha", "0.1", "--lam", "1e-3", "--digits", "50")
    assert tenth["rate"] == "0.9999" + "0" * 46  # and not what the double 0.1 gives
    near = "0." + "9" * 30
    assert ok_json("rate", "gradient-descent", "--alpha", near, "--lam", "1", "--digits", "5")["rate"] == "1.0000e-30"


def test_digits_of_a_rate(ok, ok_json):
    arguments = ("rate", "heavy-ball", "--alpha", "0.1", "--beta", "0.9", "--lam", "17", "--digits", "50")
    with mpmath.workdps(60):
        expected = mpmath.nstr(mpmath.sqrt(mpmath.mpf(9) / 10), 50)
    assert ok_json(*arguments)["rate"] == expected
    assert f"  rate    {expected}\n" in ok(*arguments)
    assert "curvature 38." + "0" * 48 + "\n" in ok(*arguments)


def test_parameters_may_come_before_the_method_and_with_equals_signs(ok):
    expected = ok("rate", "heavy-ball", "--alpha", "0.1", "--beta", "0.9", "--lam", "1")
    assert ok("rate", "--alpha=0.1", "--lam", "1", "heavy-ball", "--beta", "0.9") == expected


@pytest.mark.parametrize(
    ("method", "at", "edge"),
    [
        ("heavy-ball", ("0.1", "0.9", "17"), "38"),  # 2 (1 + beta) / alpha
        ("heavy-ball", ("0.1", "0.5", "31"), "30"),
        ("heavy-ball", ("0.1", "1.5", "1"), None),  # no curvature is stable
        ("heavy-ball", ("0.1", "1", "1"), None),
        ("heavy-ball", ("-0.1", "0.5", "-1"), None),
        ("heavy-ball", ("0", "0.5", "1"), None),
        ("nesterov", ("0.1", "1.5", "1"), "12.5"),  # 2 (1 + beta) / (alpha (1 + 2 beta)): stable from 10/3 on
    ],
)
def test_the_edge_of_stability_is_told_where_there_is_one(method, at, edge, ok):
    alpha, beta, lam = at
    text = ok("rate", method, "--alpha", alpha, "--beta", beta, "--lam", lam)
    if edge is None:
        assert "edge" not in text
        return
    assert text.endswith(f"; the edge of stability is at the curvature {edge}\n")
    below, above = (spectral_radius(method, float(edge) * (1 + s), float(alpha), float(beta)) for s in (-1e-6, 1e-6))
    assert below < 1 < above


# Tune -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", PUBLISHED)
@pytest.mark.parametrize(("mu", "L"), [("0.01", "1"), ("1/3", "7.5")])
def test_tune_gives_the_published_optimum(method, mu, L, ok_json):
    with mpmath.workdps(60):
        parameters, rate = published(method, mu, L)
        steps = int(mpmath.ceil(mpmath.log(mpmath.mpf(10) ** -6) / mpmath.log(rate)))
        shown = ok_json("tune", method, "--mu", mu, "--L", L, "--digits", "50")
        assert list(shown) == [
            "method",
            "mu",
            "L",
            "kappa",
            "parameters",
            "rate",
            "iterations_to_1e-6",
            "status",
            "kind",
            "lower_bound",
        ]
        texts = {n for n, v in shown.items() if isinstance(v, str)}
        assert texts == set(shown) - {"parameters", "iterations_to_1e-6", "lower_bound"}
        assert (shown["kind"], shown["lower_bound"]) == ("radicals", None)
        assert list(shown["parameters"]) == list(parameters)
        assert all(same_digits(shown["parameters"][n], v, 50) for n, v in parameters.items())
        assert same_digits(shown["rate"], rate, 50)
        assert same_digits(shown["mu"], mpmath.mpf(1) / 3 if mu == "1/3" else mpmath.mpf(mu), 50)
        assert same_digits(shown["L"], mpmath.mpf(L), 50)
        assert same_digits(shown["kappa"], mpmath.mpf("22.5" if mu == "1/3" else "100"), 50)
    assert (shown["method"], shown["status"]) == (method, "proved")
    assert shown["iterations_to_1e-6"] == steps

    double = ok_json("tune", method, "--mu", mu, "--L", L)
    assert list(double) == list(shown)
    for name in ("mu", "L", "kappa"):
        assert isinstance(double[name], float)
        assert double[name] == float(shown[name])
    # Without --digits they come from the evaluators, in double precision.
    few = {"rel": 4 * sys.float_info.epsilon, "abs": 0}
    assert double["rate"] == pytest.approx(float(shown["rate"]), **few)
    assert double["parameters"] == pytest.approx({n: float(v) for n, v in shown["parameters"].items()}, **few)
    worst = max(
        spectral_radius(method, lam, **double["parameters"]) for lam in np.linspace(number(mu), number(L), 1001)
    )
    assert worst == pytest.approx(double["rate"], abs=1e-6)  # a double eigenvalue is known to half the digits only


def test_tune_in_words(ok):
    with mpmath.workdps(60):
        parameters, rate = published("heavy-ball", "0.01", "1")
    first, *rows = ok("tune", "heavy-ball", "--mu", "0.01", "--L", "1").splitlines()
    assert first == "heavy-ball over curvatures from 0.01 to 1 (condition number 100)"
    for row, label, value in zip(rows, ("alpha", "beta", "rate"), (*parameters.values(), rate), strict=False):
        name, shown, equals, *formula = row.split()
        assert (name, equals) == (label, "=")
        assert formula
        assert shown == f"{float(value):.15g}"
    assert rows[3].split() == ["steps", "to", "1e-6", "69", "at", "this", "rate"]
    assert rows[4] == "  optimal over all real parameters: proved (smt)"


@pytest.mark.parametrize("method", PUBLISHED)
def test_equal_curvatures_have_the_rate_zero(method, ok, ok_json):
    shown = ok_json("tune", method, "--mu", "2/4", "--L", "0.5")
    assert (shown["rate"], shown["kappa"], shown["iterations_to_1e-6"]) == (0, 1, 1)
    assert spectral_radius(method, 0.5, **shown["parameters"]) == pytest.approx(0, abs=1e-7)
    assert ok_json("tune", method, "--mu", "2/4", "--L", "0.5", "--digits", "50")["rate"] == "0"
    assert re.search(r"^  rate +0 ", ok("tune", method, "--mu", "0.5", "--L", "0.5"), re.MULTILINE)


def test_digits_survive_cancellation(ok, ok_json):
    near = "1." + "0" * 199 + "1"
    shown = ok_json("tune", "heavy-ball", "--mu", "1", "--L", near, "--digits", "40")
    with mpmath.workdps(900):
        parameters, rate = published("heavy-ball", "1", near)
        assert same_digits(shown["rate"], rate, 40)
        assert same_digits(shown["parameters"]["beta"], parameters["beta"], 40)
    assert shown["rate"].startswith("2.5")
    assert " ... " in ok("tune", "heavy-ball", "--mu", "1", "--L", near).splitlines()[0]


def test_what_no_double_holds_is_a_string(ok, ok_json):
    shown = ok_json("tune", "gradient-descent", "--mu", "1e-400", "--L", "1e400")
    assert (shown["mu"], shown["L"]) == ("1.0000000000000000e-400", "1.0000000000000000e+400")
    assert shown["kappa"] == "1.0000000000000000e+800"
    assert shown["parameters"] == {"alpha": "2.0000000000000000e-400"}
    assert shown["rate"] == 1.0
    shown = ok_json("rate", "gradient-descent", "--alpha", "1e-310", "--lam", "-1e400")
    assert shown["parameters"] == {"alpha": "1.0000000000000000e-310", "lam": "-1.0000000000000000e+400"}
    assert shown["rate"] == pytest.approx(1e90)
    text = ok("rate", "gradient-descent", "--alpha", "1e400", "--lam", "1")
    assert "alpha = 1e400" in text
    assert "  rate    1.00000000000000e+400\n" in text
    steps = re.search(r"steps to 1e-6 +(\S+) \.\.\. ", ok("tune", "gradient-descent", "--mu", "1e-300", "--L", "1"))
    assert steps
    assert steps[1].startswith("6907755278982137")  # log(10) * 3e300


# A rule of one's own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("decorated", ("--alpha", "0.1", "--beta", "0.9"), 0.9**0.5),
        ("bare", ("--alpha", "0.1"), 0.9),
        ("two_calls", ("--alpha", "0.1"), 0.81),
        ("dashed", ("--step_size", "0.1"), 0.9),
        ("dashed", ("--step-size", "0.1"), 0.9),
        ("plain", ("--alpha", "0.1", "--beta", "0.9"), float(np.abs(np.roots([1, -1.9 * 0.9, 0.9 * 0.9])).max())),
    ],
)
def test_rate_of_a_rule_in_a_file(name, arguments, expected, ok_json):
    shown = ok_json("rate", f"rules.py:{name}", *arguments, "--lam", "1")
    assert shown["method"] == name.replace("_", "-")
    assert shown["rate"] == pytest.approx(expected, rel=1e-12)


def test_a_rule_may_use_its_neighbours_and_nothing_is_left_beside_it(run, folder):
    before, path = snapshot(folder), list(sys.path)
    code, out, err = run("rate", f"{folder}{os.sep}neighbour.py:f", "--alpha", "1/2", "--lam", "1", "--json")
    assert code == 0
    assert loads(out)["rate"] == 0.5  # what the file prints is not in between
    assert err == "a word from the file\n"
    assert (snapshot(folder), sys.path, sys.dont_write_bytecode) == (before, path, False)


def test_what_a_rule_prints_is_not_part_of_the_output(run):
    code, out, err = run("rate", "rules.py:noisy", "--alpha", "1/2", "--lam", "1", "--json")
    assert (code, loads(out)["rate"]) == (0, 0.5)
    assert set(err.splitlines()) == {"a word from the rule"}


def test_a_file_with_dataclasses(ok_json):
    assert ok_json("rate", "data.py:f", "--alpha", "1/2", "--lam", "1")["rate"] == 0.5


def test_every_command_takes_a_file(ok, ok_json):
    assert ok_json("tune", "rules.py:bare", "--mu", "1", "--L", "3")["parameters"] == {"alpha": 0.5}
    assert "proved" in ok("verify", "rules.py:bare")
    assert "bare/" in ok("verify", "rules.py:bare")
    assert ok("derive", "rules.py:bare").startswith("Bare: ")
    assert ok("derive", "rules.py:three").startswith("Three: ")  # as far as its theory goes


# Derive -----------------------------------------------------------------------------------------------------------


def test_derive_prints_a_page_of_80_columns_without_colour(ok, monkeypatch):
    text = ok("derive", "gradient-descent")
    assert max(map(len, text.splitlines())) <= 80
    assert "✓ proved" in text
    assert "\x1b" not in text
    monkeypatch.setenv("COLUMNS", "50")
    assert ok("derive", "gradient-descent") == text


@pytest.mark.parametrize(
    ("suffix", "mark"),
    [(".tex", r"\\documentclass"), (".md", r"^# "), (".html", r"<math"), (".ipynb", r'"nbformat"'), (".HTML", "<math")],
)
def test_derive_writes_a_file(suffix, mark, ok, folder):
    target = folder / f"page{suffix}"
    target.write_text("old", encoding="utf-8")
    before = snapshot(folder)
    assert ok("derive", "gradient-descent", "-o", f"page{suffix}") == f"wrote page{suffix}\n"
    text = target.read_text(encoding="utf-8")
    assert re.search(mark, text, re.MULTILINE)
    if suffix == ".ipynb":
        assert loads(text)["cells"]
    assert all(n.startswith("page") for n in set(snapshot(folder)) - set(before))


@pytest.mark.parametrize(("status", "code"), [("proved", 0), ("unknown", 1), ("refuted", 1)])
def test_derive_ends_with_1_unless_everything_is_proved(status, code, run, folder, monkeypatch):
    from symmomentum.claims import Claim, Verdict
    from symmomentum.documents import Derivation, Formula, settled
    from symmomentum.symbols import alpha

    claim = Claim(id="demo/zero", statement=alpha >= 0, assumptions=(), source="demonstration")
    verdict = Verdict(claim=claim, status=status, by="smt", witness={alpha: -1} if status == "refuted" else None)
    step = settled("Zero", ("For any ", alpha, ":"), Formula(alpha, 0, relation=">="), [verdict])
    page = Derivation("Page", "One fact.", [step])
    monkeypatch.setattr("symmomentum.analysis.Analysis.derivation", lambda self, everything: page)
    assert run("derive", "gradient-descent")[::2] == (code, "")
    assert run("derive", "gradient-descent", "-o", "page.md") == (code, "wrote page.md\n", "")
    assert (folder / "page.md").is_file()


# Verify -----------------------------------------------------------------------------------------------------------


def test_verify_checks_the_whole_catalog(ok, ok_json):
    everything = ok_json("verify")
    assert list(everything) == ["claims", "proved", "refuted", "unknown"]
    ids = [c["id"] for c in everything["claims"]]
    assert len(ids) == len(set(ids)) == everything["proved"] > 3 * 10
    assert (everything["refuted"], everything["unknown"]) == (0, 0)
    assert {name.split("/")[0] for name in ids} >= set(CATALOG)
    assert {f"{name}/noise/average" for name in CATALOG} <= set(ids)
    for claim in everything["claims"]:
        assert list(claim) == ["id", "status", "by", "seconds", "witness"]
        assert (claim["status"], claim["witness"]) == ("proved", None)
        assert set(claim["by"].split("+")) <= {"identity", "smt", "induction"}
        assert claim["seconds"] >= 0


def test_verify_prints_a_line_for_each_claim(ok, ok_json):
    ids = [c["id"] for c in ok_json("verify", "heavy-ball")["claims"]]
    *lines, last = ok("verify", "heavy-ball").splitlines()
    assert [re.fullmatch(r"✓ proved +\S+ +\d+\.\d+ s  (\S+)", line)[1] for line in lines] == ids
    assert last == f"{len(ids)} proved, 0 refuted, 0 unknown"


def test_verify_takes_several_methods_and_each_once(ok_json):
    one = ok_json("verify", "gradient-descent")
    assert not any(c["id"].startswith(("heavy-ball/", "nesterov/")) for c in one["claims"])
    again = ok_json("verify", "gradient-descent", "rules.py:bare", "gradient-descent")
    ids = [c["id"] for c in again["claims"]]
    assert len(ids) == len(set(ids))
    assert {c["id"] for c in one["claims"]} < set(ids)
    assert any(name.startswith("bare/") for name in ids)


def test_verify_says_so_where_nothing_is_claimed(ok, ok_json, monkeypatch):
    monkeypatch.setattr("symmomentum.analysis.Analysis.claims", ())
    assert ok_json("verify", "rules.py:four")["claims"] == []
    assert re.match(r"nothing is claimed of four.*\n0 proved, 0 refuted, 0 unknown\n", ok("verify", "rules.py:four"))


@pytest.mark.parametrize("solver", ["cvc5", "both"])
def test_verify_with_another_solver(solver, ok, monkeypatch):
    from symmomentum.proof import check

    asked = set()

    def watched(claim, *, solver, **options):
        asked.add((claim.id, solver))
        return check(claim, solver=solver, **options)

    monkeypatch.setattr("symmomentum.proof.check", watched)
    *lines, last = ok("verify", "rules.py:bare", "--solver", solver).splitlines()
    assert last == f"{len(lines)} proved, 0 refuted, 0 unknown"
    assert asked >= {(line.split()[-1], solver) for line in lines}  # the synthesis of the tuning asks z3 besides


def test_verify_without_cvc5(run, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None)
    code, out, err = run("verify", "--solver", "cvc5")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"symmomentum: .*cvc5 is not installed.*\n", err)


def test_queries_are_smt_lib_and_unsatisfiable(ok, folder):
    import z3

    ok("verify", "gradient-descent", "--smt2", "new/queries")
    files = sorted((folder / "new" / "queries").iterdir())
    assert files
    for file in files:
        assert re.fullmatch(r"[\w.-]+\.smt2", file.name)
        solver = z3.Solver()
        solver.from_file(str(file))
        assert solver.check() == z3.unsat
    before = snapshot(folder)
    ok("verify", "gradient-descent", "--smt2", "new/queries")
    assert snapshot(folder) == before


@pytest.mark.parametrize("status", ["refuted", "unknown"])
def test_verify_ends_with_1_if_a_claim_is_not_proved(status, run, monkeypatch):
    import sympy

    from symmomentum.claims import Verdict
    from symmomentum.proof import check
    from symmomentum.symbols import alpha

    def doubting(claim, *, solver, **options):
        if not claim.id.endswith("tuning/optimal"):
            return check(claim, solver=solver, **options)
        witness = {alpha: sympy.Rational(-1, 3)} if status == "refuted" else None
        by = "witness" if status == "refuted" else ""
        return Verdict(claim=claim, status=status, by=by, witness=witness, detail="nothing helped", seconds=1.5)

    monkeypatch.setattr("symmomentum.proof.check", doubting)
    code, out, err = run("verify", "gradient-descent", "--json")
    shown = loads(out)
    assert (code, err) == (1, "")
    assert shown[status] == 1
    assert shown["proved"] == len(shown["claims"]) - 1
    (claim,) = [c for c in shown["claims"] if c["status"] != "proved"]
    assert claim == {
        "id": "gradient-descent/tuning/optimal",
        "status": status,
        "by": "witness" if status == "refuted" else "",
        "seconds": 1.5,
        "witness": {"alpha": "-1/3"} if status == "refuted" else None,
    }
    code, out, err = run("verify", "gradient-descent")
    assert (code, err) == (1, "")
    if status == "refuted":
        assert re.search(r"^✗ refuted  witness .*tuning/optimal\n    breaks at alpha = -1/3$", out, re.MULTILINE)
    else:
        assert re.search(r"^\? unknown  - .*tuning/optimal\n    nothing helped$", out, re.MULTILINE)
    assert f"1 {status}" in out.splitlines()[-1]


# Verify, in several processes ---------------------------------------------------------------------------------------

THREE = ("rmsprop", "rules.py:decorated", "gradient-descent")
"""Of them, the second is begun first."""
TWO = ("gradient-descent", "rmsprop")


def timeless(text: str) -> str:
    return re.sub(r" +\d+\.\d{3} s ", " - s ", text)


def test_several_processes_give_what_one_gives(ok_json):
    serial, parallel = (ok_json("verify", *THREE, "--jobs", n) for n in ("1", "2"))
    for claim in (*serial["claims"], *parallel["claims"]):
        claim.pop("seconds")
    assert serial == parallel
    assert len({c["id"] for c in serial["claims"]}) == len(serial["claims"])
    methods = ["rmsprop", "decorated", "gradient-descent"]
    assert [n for n in dict.fromkeys(c["id"].split("/")[0] for c in serial["claims"]) if n in methods] == methods


def test_several_processes_print_and_write_what_one_does(folder):
    # The order of what SymPy keeps in sets, and with it that in a query, changes with this seed.
    runs = {n: program("verify", *THREE, "--jobs", n, "--smt2", n, PYTHONHASHSEED="0") for n in ("1", "2")}
    for code, _, err in runs.values():
        assert (code, err) == (0, "")
    assert timeless(runs["1"][1]) == timeless(runs["2"][1])
    one, several = ({p.name: p.read_bytes() for p in (folder / n).iterdir()} for n in runs)
    assert one
    assert one == several


def test_a_lemma_of_several_methods_is_shown_with_the_first(ok_json):
    alone = [[c["id"] for c in ok_json("verify", name)["claims"]] for name in TWO]
    shared = set(alone[0]) & set(alone[1])
    assert shared
    for jobs in ("1", "2"):
        both = [c["id"] for c in ok_json("verify", *TWO, "--jobs", jobs)["claims"]]
        assert both == [*alone[0], *(i for i in alone[1] if i not in shared)]


@pytest.mark.parametrize("solver", ["cvc5", "both"])
def test_several_processes_ask_another_solver(solver, ok):
    assert re.fullmatch(r"\d+ proved, 0 refuted, 0 unknown", ok("verify", *TWO, "--solver", solver).splitlines()[-1])


def test_a_rule_in_a_file_is_loaded_where_it_is_verified(ok, folder):
    assert "proved" in ok("verify", "traced.py:f", "gradient-descent", "--jobs", "2")
    processes = (folder / "processes").read_text().split()
    assert processes[0] == str(os.getpid())  # which looks at it before any work is begun
    assert len(processes) == 2
    assert processes[1] != processes[0]


@pytest.mark.parametrize("arguments", [("--jobs", "1"), ("--jobs", "2")])
def test_one_method_or_one_job_starts_no_process(arguments, ok, folder, monkeypatch):
    monkeypatch.setattr("symmomentum.processes.ProcessPoolExecutor", None)
    assert "proved" in ok("verify", "traced.py:f", *(["gradient-descent"] if "1" in arguments else []), *arguments)
    assert (folder / "processes").read_text().split() == [str(os.getpid())]


def test_a_refutation_in_another_process():
    code, out, err = program("verify", "gradient-descent", "doubting.py:f", "--jobs", "2")
    assert (code, err) == (1, "")
    assert re.search(r"^✗ refuted  witness .*f/tuning/optimal\n    breaks at alpha = -1/3$", out, re.MULTILINE)
    assert ", 1 refuted, 0 unknown" in out.splitlines()[-1]


def test_an_error_in_another_process_is_the_same_line(run):
    answers = [run("verify", "gradient-descent", "rules.py:quotient", "rmsprop", "--jobs", n) for n in ("1", "2")]
    for code, out, err in answers:
        assert code == 2
        assert re.fullmatch(r"symmomentum: quotient: .*polynomial.*\n", err)
        assert out.splitlines()[-1].endswith("gradient-descent/noise/variances")  # what came before it is there
    assert timeless(answers[0][1]) == timeless(answers[1][1])
    assert answers[0][2] == answers[1][2]
    assert run("verify", "gradient-descent", "rules.py:quotient", "--jobs", "2", "--json")[:2] == (2, "")


@pytest.fixture
def interruptible():
    """A shell has what it runs in the background ignore interrupts, and so would what is started here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_block_is_printed_when_it_is_there():
    with started("-m", "symmomentum", "verify", "gradient-descent", "accelerated-sgd", "--jobs", "2") as process:
        first = [process.stdout.readline() for _ in range(5)]
        assert process.poll() is None  # the second takes much longer
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate()
    assert all(line.startswith("✓ proved") for line in first)
    assert "accelerated-sgd/" not in rest
    assert (process.returncode, err) == (130, "")


def descendants(process: subprocess.Popen[str], mark: str = "spawn_main", count: int = 2) -> list[psutil.Process]:
    """All processes that it started, once so many with this mark are among them."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = psutil.Process(process.pid).children(recursive=True)
        if sum(mark in command_line(p) for p in found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError(f"no {mark}")


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=10)[1]


LONG = ("-m", "symmomentum", "verify", "stubborn.py:f", "accelerated-sgd", "--jobs", "2")
"""The first starts a process of its own where it is loaded to be verified, as a solver is one."""


def deaf(process: psutil.Process) -> bool:
    """Whether interrupts are kept from it."""
    (line,) = re.findall(r"SigBlk:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())
    return bool(int(line, 16) >> (signal.SIGINT - 1) & 1)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("stage", ["spawn_main", "time.sleep"])
def test_an_interrupt_ends_everything_at_once(stage):
    with started(*LONG, start_new_session=True) as process:
        children = descendants(process, stage, 2 if stage == "spawn_main" else 1)
        workers = [c for c in children if "spawn_main" in command_line(c)]
        assert not Path("/proc").exists() or all(map(deaf, workers))  # from the start: no traceback of theirs is seen
        before = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to every process in front
        out, err = process.communicate()
    assert time.monotonic() - before < 5
    assert (process.returncode, err) == (130, "")
    assert "accelerated-sgd" not in out
    assert gone(children)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_that_another_thread_takes_waits_too():
    """Those of a BLAS do: then Python raises in the main thread, although the signal is blocked there."""
    done, reached = threading.Event(), []

    def interrupted() -> None:
        with processes.deaf():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            reached.append("the end")

    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        done.set()
        other.join()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_worker_that_is_killed_gives_one_line():
    with started(*LONG) as process:
        children = descendants(process, "time.sleep", 1)
        # The one that is at work for longer, and did not start another.
        next(c for c in children if "spawn_main" in command_line(c) and not c.children()).kill()
        _, err = process.communicate()
    assert process.returncode == 2
    assert re.fullmatch(
        r"symmomentum: one of the processes( at work on .*)? was ended from outside.* fewer jobs\n", err
    )
    assert gone(children)


def test_the_workers_end_with_a_process_that_is_killed():
    with started(*LONG) as process:
        children = descendants(process, "time.sleep", 1)
        process.kill()
        process.communicate()
    assert gone(children)


# The progress bar -----------------------------------------------------------------------------------------------------


class Screen:
    """As much of a terminal as the bar needs."""

    def __init__(self, columns: int) -> None:
        self.columns, self.lines, self.row, self.column = columns, [""], 0, 0

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[^\x1b]", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                self.lines += [""] * (self.row == len(self.lines))
            elif part.endswith("A") and len(part) > 1:
                self.row = max(0, self.row - int(part[2:-1]))
            elif part == "\x1b[2K":
                self.lines[self.row] = ""
            elif len(part) == 1:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + part + line[self.column + 1 :]
                self.column += 1
                assert self.column <= self.columns
            else:
                assert re.fullmatch(r"\x1b\[(\?25[lh]|[\d;]*m)", part), part

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


def on_a_terminal(
    *arguments: str, columns: int = 120, output: Any = None, interrupt: bool = False, **environment: str
) -> tuple[int, str, str]:
    """The status, what a terminal is sent on standard error (and output), and what it shows in the end."""
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, columns))
    with started(
        *("-m", "symmomentum", *arguments), stdout=output or terminal, stderr=terminal, environment=environment
    ) as process:
        os.close(terminal)
        sent = b""
        with contextlib.suppress(OSError):  # the end, on Linux
            while data := os.read(controller, 65536):
                sent += data
                if interrupt and sent.count(b"at work") > 2:  # not while it is first drawn: half of it may stay then
                    process.send_signal(signal.SIGINT)
                    interrupt = False
    os.close(controller)
    screen = Screen(columns)
    screen.write(sent.decode())
    return process.returncode, sent.decode(), screen.text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_bar_says_what_is_at_work_and_leaves_nothing_behind(jobs, ok):
    code, sent, shown = on_a_terminal("verify", *TWO, "--jobs", jobs)
    assert code == 0
    assert re.search(r"[01] of 2 methods, \d+ claims settled .*at work on (gradient-descent|rmsprop)", sent)
    assert timeless(shown) == timeless(ok("verify", *TWO))
    assert sent.count("\x1b[?25l") == sent.count("\x1b[?25h") > 0  # the cursor is there again


def test_the_bar_fits_a_narrow_terminal():
    _, sent, shown = on_a_terminal("verify", *TWO, "--jobs", "2", "--json", columns=40, output=subprocess.DEVNULL)
    assert "claims settled" in sent
    assert sent.count("\x1b[1A") == sent.count("\x1b[?25h") > 0  # up only where it is taken away: it is one line
    assert shown.strip() == ""


def test_the_bar_is_not_part_of_the_output(folder):
    with (folder / "out").open("w") as file:
        code, sent, shown = on_a_terminal("verify", *TWO, "--json", output=file)
    assert code == 0
    assert loads((folder / "out").read_text())["refuted"] == 0
    assert "at work on" in sent
    assert shown.strip() == ""


def test_no_bar_on_a_terminal_that_cannot_move_back():
    assert on_a_terminal("verify", "gradient-descent", TERM="dumb", output=subprocess.DEVNULL)[1:] == ("", "")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_takes_the_bar_away():
    code, sent, shown = on_a_terminal("verify", "accelerated-sgd", "nesterov", "--jobs", "2", interrupt=True)
    assert (code, shown.strip()) == (130, "")
    assert "at work on" in sent


# In a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns, screen):
    rate = screen(columns, "rate", "gradient-descent", "--alpha", "1.5", "--lam", "1")
    tune = screen(columns, "tune", "nesterov", "--mu", "0.01", "--L", "1")
    page = screen(columns, "derive", "gradient-descent", NO_COLOR="1")
    width = min(columns, 100)  # longer lines are hard to read
    assert max(map(len, page.splitlines())) <= width
    assert max(map(len, rate.splitlines()[1:])) <= width
    if columns >= 80:  # a formula has no place to break it
        assert max(map(len, tune.splitlines())) <= width
    regime = re.search(r"  regime  (oscillating: .*?)\n  stable  yes", rate, re.DOTALL)
    assert regime
    assert re.search(r"\n {10}\S", regime[1])  # below its beginning, not below the label
    assert re.search(r"0\.884721916459153\n {18}= " if columns < 200 else r"0\.884721916459153   = ", tune)
    assert "\x1b" not in page


def test_colour_is_for_terminals_that_want_it(screen):
    page = ("derive", "gradient-descent")
    assert "\x1b[" in screen(80, *page)
    assert "\x1b[" in screen(80, *page, NO_COLOR="")
    assert "\x1b[" not in screen(80, *page, TERM="dumb")
    assert "\x1b[" not in screen(80, *page, NO_COLOR="1")


# Real processes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["methods"],
        ["methods", "--json"],
        ["rate", "--help"],
        ["tune", "adagrad", "--mu=1", "--L=2"],
    ],
)
def test_no_sympy_is_loaded_where_none_is_needed(arguments):
    source = (
        "import sys\nfrom symmomentum.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n"
        "    print('loaded:', *sorted({'sympy', 'z3', 'numpy', 'matplotlib', 'mpmath'} & set(sys.modules)))\n"
    )
    with started("-c", source, *arguments) as process:
        out, _ = process.communicate()
    assert out.splitlines()[-1] == "loaded:"


def test_the_module_runs_and_needs_no_home():
    code, out, err = program("methods")
    assert (code, err) == (0, "")
    assert "heavy-ball" in out
    assert program("rate", "heavy-ball") == (2, "", "symmomentum: missing: --alpha --beta --lam\n")


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_an_output_that_is_not_unicode(environment):
    code, out, err = program("verify", "gradient-descent", **environment)
    assert (code, err) == (0, "")
    assert out.isascii()
    assert all(line.startswith("+ proved ") for line in out.splitlines()[:-1])


def test_a_page_on_an_output_that_is_not_unicode():
    code, out, err = program("derive", "gradient-descent", PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert out.isascii()
    assert "\n=====" in out
    assert "  + proved by" in out


def test_json_is_ascii_and_keeps_every_character(folder):
    rule = "import symmomentum as sm\n@sm.method(name='Schwung-α')\ndef f(w, grad, *, alpha):\n    return w - alpha * grad(w)\n"
    (folder / "named.py").write_text(rule, encoding="utf-8")
    arguments = ("rate", "named.py:f", "--alpha", "1/2", "--lam", "1", "--json")
    code, out, err = program(*arguments, PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert loads(out)["method"] == "Schwung-α"


@pytest.mark.parametrize(
    "arguments", [["methods"], ["--help"], ["verify", "gradient-descent"], ["verify", *TWO, "--jobs", "2"]]
)
def test_a_closed_pipe_ends_quietly(arguments):
    with started("-m", "symmomentum", *arguments) as process:
        process.stdout.close()  # long before the first line is ready
        assert (process.stderr.read(), process.wait()) == ("", 0)


@pytest.mark.skipif(not Path(os.devnull).with_name("full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", [["methods"], ["verify", "gradient-descent"], ["verify", *TWO, "--jobs", "2"]])
def test_an_output_that_cannot_be_written(arguments):
    with (
        Path(os.devnull).with_name("full").open("w", encoding="utf-8") as full,
        started("-m", "symmomentum", *arguments, stdout=full) as process,
    ):
        _, err = process.communicate()
    assert (process.returncode, err) == (2, "symmomentum: cannot write the output: No space left on device\n")


def test_without_any_output():
    source = "import sys\nsys.stdout = None\nfrom symmomentum.cli import main\nmain(['methods'])\n"
    with started("-c", source) as process:
        assert process.communicate() == ("", "")
    assert process.returncode == 0


def test_a_default_of_the_rule_is_used(tmp_path, ok_json):
    file = tmp_path / "rule.py"
    file.write_text("def half(w, grad, *, alpha=0.5):\n    return w - alpha * grad(w)\n")
    assert ok_json("rate", f"{file}:half", "--lam", "1")["parameters"]["alpha"] == 0.5
    assert ok_json("rate", f"{file}:half", "--lam", "1", "--alpha", "1/4")["rate"] == 0.75


@pytest.mark.parametrize(
    ("mu", "L", "steps"), [("9", "11", 6), ("99", "101", 3), ("999", "1001", 2), ("1/3", "11/27", 6)]
)
def test_a_number_of_steps_that_rounding_would_decide(mu, L, steps, ok_json):
    """Gradient descent has the rate (L - mu)/(L + mu), here a power of 1/10: its power is exactly 1e-6."""
    assert ok_json("tune", "gradient-descent", "--mu", mu, "--L", L)["iterations_to_1e-6"] == steps


def test_numbers_that_exact_arithmetic_cannot_take(capsys):
    for arguments in (
        ["rate", "nesterov", "--alpha", "1e-320", "--beta", "0.9", "--lam", "1e-320"],
        ["tune", "nesterov", "--mu", "1e-320", "--L", "1"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code in (0, 2)
        assert len(capsys.readouterr().err.splitlines()) <= 1
