"""How long the page of ``symmomentum explore`` takes to follow a slider, measured by the page itself."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

__all__ = ["TARGET", "benchmark", "chromium", "repaints"]

TARGET = 33
"""Milliseconds from a step of a slider until the frame after the one in which all views are drawn, in the median."""
STEPS = 60


def chromium() -> str | None:
    """Debian's Chromium, or another one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def repaints(page: object, count: int = STEPS) -> list[float]:
    """The milliseconds of so many steps of a slider on an open page."""
    found: list[float] = page.evaluate(f"symmomentum.measure({count})")  # type: ignore[attr-defined]
    return found


def benchmark(rounds: int | None = None) -> bool:
    """Print how long the steps of a slider take; whether the median is within the target."""
    print("\nrepaint: the seven views of `symmomentum explore` after a step of a slider", flush=True)
    try:
        from playwright.sync_api import sync_playwright

        from symmomentum.explore import explore
    except ImportError:
        print("Playwright is not installed (pip install 'symmomentum[test]')")
        return True
    path = chromium()
    if path is None:
        print("Chromium is not installed")
        return True
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        target = Path(folder) / "page.html"
        explore("heavy-ball", alone=True).save(target)
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(target.as_uri())
        page.wait_for_function("document.getElementById('say-rate')?.textContent")
        times = sorted(t for _ in range(rounds or 3) for t in repaints(page))
        browser.close()
    median = statistics.median(times)
    met = median <= TARGET
    print(f"median {median:.1f} ms, nine in ten within {times[len(times) * 9 // 10]:.1f} ms of {len(times)} steps")
    print(f"target {TARGET} ms: {'met' if met else 'missed'}")
    return met
