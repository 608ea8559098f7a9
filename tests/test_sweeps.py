"""docs/sweeps.md: its examples run as they stand, on smaller axes, and give what one call gives."""

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from symmomentum.evaluators import heavy_ball

PAGE = Path(__file__).parent.parent / "docs" / "sweeps.md"
FULL_BAR = r"\[#+ *\] \| 100% Completed"

# Loaded by every worker: notes which process has finished which task.
SPY = """\
import os

from distributed import WorkerPlugin


class Spy(WorkerPlugin):
    def transition(self, key, start, finish, **kwargs):
        if start == "executing" and finish == "memory":
            with open(f"worker-{os.getpid()}.log", "a") as log:
                print(os.environ.get("SYMMOMENTUM_NUM_THREADS"), key, file=log)


async def dask_setup(worker):
    await worker.plugin_add(Spy())
"""

# How far the memory of this process rises while the file is written, and while the whole result is put together.
MEASURE = """\
import runpy
import threading

import psutil
import sweep

process = psutil.Process()


def growth(work):
    before = process.memory_info().rss
    samples, done = [before], threading.Event()

    def watch():
        while not done.wait(0.002):
            samples.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(samples) - before


if __name__ == "__main__":
    piecewise = growth(lambda: runpy.run_path("threads.py"))
    print("growth", piecewise, growth(lambda: sweep.rates().compute()))
"""


def examples() -> dict[str, str]:
    """Every marked example of the page; the mark is the HTML comment on the line before it."""
    pattern = re.compile(r"<!-- example: (?P<mark>[^>]*) -->\n```python\n(?P<text>.*?)```", re.DOTALL)
    return {m["mark"]: m["text"] for m in pattern.finditer(PAGE.read_text(encoding="utf-8"))}


def write_examples(folder: Path, shape: tuple[int, ...], chunks: tuple[int, ...]) -> ModuleType:
    """All examples as files in a folder, the sweep with these axes; gives the module of the sweep."""
    for mark, text in examples().items():
        if mark == "sweep":
            for name, value in {"SHAPE": shape, "CHUNKS": chunks}.items():
                text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
                assert count == 1, name
        (folder / f"{mark}.py").write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("sweep", folder / "sweep.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """What a fresh Python process prints that runs in the folder."""
    settings = {"DASK_CONFIG": str(folder), "DASK_TEMPORARY_DIRECTORY": str(folder), "PYTHONPATH": str(folder)}
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def at_once(sweep: ModuleType) -> np.ndarray:
    return heavy_ball.rate(*(axis.compute() for axis in sweep.axes()))


def test_the_page_has_these_examples():
    assert list(examples()) == ["sweep", "threads", "reduction", "array-api"]
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(examples())


def test_a_cluster_of_two_processes_writes_the_file(tmp_path):
    sweep = write_examples(tmp_path, shape=(33, 22, 40), chunks=(6, 5, 40))
    (tmp_path / "spy.py").write_text(SPY, encoding="utf-8")
    printed = run(tmp_path, "sweep.py", DASK_DISTRIBUTED__WORKER__PRELOAD="spy.py")

    assert re.search(FULL_BAR, printed)
    assert printed.splitlines()[-1].endswith("rates.npy: (33, 22, 40)")
    assert np.array_equal(np.load(tmp_path / "rates.npy"), at_once(sweep))

    logs = [log.read_text(encoding="utf-8").splitlines() for log in tmp_path.glob("worker-*.log")]
    assert len(logs) == 2, "both worker processes have done something"
    stored = Counter(line for log in logs for line in log if "('store" in line)
    assert len(stored) == 6 * 5 * 1
    assert set(stored.values()) == {1}, "each chunk is stored once"
    assert all(line.startswith("1 ") for line in stored), "one thread in each worker"


def test_memory_stays_bounded_while_a_large_file_is_written(tmp_path):
    sweep = write_examples(tmp_path, shape=(200, 500, 500), chunks=(20, 100, 500))  # 400 MB in chunks of 8 MB
    (tmp_path / "measure.py").write_text(MEASURE, encoding="utf-8")
    printed = run(tmp_path, "measure.py", DASK_NUM_WORKERS="2", SYMMOMENTUM_NUM_THREADS="1")

    assert re.search(FULL_BAR, printed)
    piecewise, whole = (int(number) / 1e6 for number in printed.split("growth")[1].split())
    assert whole > 400, "the measurement sees the memory of a result"
    assert piecewise < 150

    result = np.load(tmp_path / "rates.npy", mmap_mode="r")
    assert result.shape == (200, 500, 500)
    alpha, beta, lam = (axis.compute() for axis in sweep.axes())
    for part in (slice(0, 3), slice(98, 103), slice(197, 200)):
        assert np.array_equal(result[part], heavy_ball.rate(alpha[part], beta, lam))


@pytest.mark.parametrize("chunks", [(7, 11, 40), (7, 5, 9), (30, 22, 1)])
def test_the_lazy_sweep_has_the_shape_and_the_values(tmp_path, chunks):
    sweep = write_examples(tmp_path, shape=(30, 22, 40), chunks=chunks)
    lazy, expected = sweep.rates(), at_once(sweep)
    assert lazy.shape == expected.shape == (30, 22, 40)
    assert lazy.dtype == expected.dtype == np.float64
    assert lazy.chunksize == chunks
    assert np.array_equal(lazy.compute(scheduler="synchronous"), expected)


def test_nothing_is_evaluated_before_it_is_asked_for(tmp_path, monkeypatch):
    sweep = write_examples(tmp_path, shape=(10**6, 10**6, 10**6), chunks=(10**5, 10**5, 10**5))
    monkeypatch.setattr(sweep.heavy_ball, "rate", lambda *_: pytest.fail("evaluated"))
    assert sweep.rates().nbytes == 8 * 10**18


@pytest.mark.parametrize("example", ["reduction", "array-api"])
def test_the_reduction_and_the_array_api_give_the_same(tmp_path, example):
    sweep = write_examples(tmp_path, shape=(40, 30, 50), chunks=(3, 10, 20))
    code = f"import runpy, numpy; numpy.save('worst.npy', runpy.run_path('{example}.py')['worst'])"
    printed = run(tmp_path, "-W", "error", "-c", code)
    worst, expected = np.load(tmp_path / "worst.npy"), at_once(sweep).max(axis=2)
    np.testing.assert_allclose(worst, expected, rtol=4 * np.finfo(float).eps, atol=0)

    if example == "reduction":
        i, j = np.unravel_index(expected.argmin(), expected.shape)
        alpha, beta, _ = (axis.compute().ravel() for axis in sweep.axes())
        assert printed == f"least worst rate {expected.min():.4f} at alpha = {alpha[i]:.4f}, beta = {beta[j]:.4f}\n"
