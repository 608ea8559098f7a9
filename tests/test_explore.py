"""The page to play with, in a real browser: what it shows, how it is used, and that its numbers are those of NumPy."""

from __future__ import annotations

import importlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import symmomentum as sm
from symmomentum.explore import explore
from symmomentum.explore.theory import LEFT_OUT, fitting
from tests.benchmarks.page import TARGET, chromium, repaints

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = chromium()
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
METHODS = list(fitting(sm.catalog["heavy-ball"]))
VIEWS = ("map", "plane", "paths", "phase", "split", "expected", "cone")
SETTINGS = 200
MOST_BYTES = 6_000_000
LOOKED_AT = (0, 1, 2, 3, 7, 20, 63, 120)
"""Steps, of which the last is the last in page.js."""
START = (-1, 1)
"""Of the iterates, in page.js."""


# The page and the browser --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The whole page, made once, whichever worker comes first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    target = shared / "explore-full.html"
    try:
        (shared / "explore-full.lock").mkdir()
    except FileExistsError:
        until = time.monotonic() + 300
        while not target.exists():
            assert time.monotonic() < until, "the other worker did not make the page"
            time.sleep(0.2)
    else:
        explore(jobs=2).save(target)
    return target


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """A page of one method with three parameters."""
    target = tmp_path_factory.mktemp("explore") / "single.html"
    explore("quasi-hyperbolic", alone=True).save(target)
    return target


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        found = driver.chromium.launch(executable_path=CHROMIUM, args=options)
        yield found
        found.close()


@pytest.fixture
def visit(browser):
    """Opens the page; afterwards nothing was complained of and nothing loaded from elsewhere."""
    pages, complaints, requests = [], [], []

    def opened(path, fragment="", width=1440, height=900, **options):
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        pages.append(page)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(f"{path.as_uri()}{fragment}")
        page.wait_for_function("document.getElementById('say-rate')?.textContent")
        settled(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def settled(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pictures(page):
    """What each view shows."""
    settled(page)
    entries = "[...document.querySelectorAll('[data-view]')].map((f) => [f.dataset.view, f.firstChild.toDataURL()])"
    return page.evaluate(f"Object.fromEntries({entries})")


def changed(before, after):
    return {name for name in before if before[name] != after[name]}


def state(page):
    return json.loads(page.evaluate("JSON.stringify(symmomentum.state)"))


def evaluators(name):
    return importlib.import_module(f"symmomentum.evaluators.{name.replace('-', '_')}")


# What it shows -------------------------------------------------------------------------------------------------------


@needs_browser
def test_it_opens_from_a_file_and_holds_everything(full, visit):
    assert full.stat().st_size < MOST_BYTES
    page = visit(full)
    shown = pictures(page)
    assert tuple(shown) == VIEWS
    assert len(set(shown.values())) == len(VIEWS)
    assert page.locator("math").count() > 5
    assert page.evaluate("document.querySelector('#method-formulas math').getBoundingClientRect().height") > 10
    assert page.locator("select option").all_inner_texts() == METHODS
    for key in ("regime", "rate", "steps", "peak", "margin", "floor"):
        assert page.locator(f"#say-{key}").inner_text().strip()
    assert page.locator("#spoken").get_attribute("aria-live") == "polite"


@needs_browser
def test_each_method_can_be_picked(full, visit):
    page = visit(full)
    before = pictures(page)
    for name in METHODS[1:]:
        page.locator("select").select_option(name)
        page.wait_for_function("name => document.getElementById('method-name').textContent === name", arg=name)
        settled(page)
        assert state(page)["method"] == name
        titles = page.locator(".bk-slider-title:visible").count()
        assert titles == len(sm.catalog[name].parameters) + 3
    assert "map" in changed(before, pictures(page))


ALL = set(VIEWS)
FOLLOW = {
    "p0": ALL,
    "p1": ALL,
    "p2": ALL,
    "kappa": ALL,
    "noise": {"paths", "expected"},
    "mode": {"map", "plane", "phase"},
}
"""The views that a slider changes."""


@needs_browser
@pytest.mark.parametrize("how", ["keyboard", "mouse"])
def test_each_slider_changes_its_views(how, single, visit):
    page = visit(single, "#quasi-hyperbolic&alpha=2&beta=0.7&nu=0.6&condition-number=20&noise-level=0.1&mode-shown=0.5")
    handles = page.locator(".noUi-handle")
    assert handles.count() == len(FOLLOW)
    for place, (name, views) in enumerate(FOLLOW.items()):
        before, held = pictures(page), state(page)
        handle = handles.nth(place)
        if how == "keyboard":
            handle.focus()
            for _ in range(3):
                page.keyboard.press("ArrowRight")
        else:
            box = handle.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2, steps=4)
            page.mouse.up()
        assert state(page) != held, name
        assert changed(before, pictures(page)) == views, name


@needs_browser
def test_everything_is_reached_by_tab(single, visit):
    page = visit(single)
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        script = "(() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
        seen.append(page.evaluate(f"{script} return e.className || e.tagName; }})()"))
    assert sum("noUi-handle" in name for name in seen) >= len(FOLLOW)
    assert sum("bk-btn" in name for name in seen) >= 2
    assert any("bk-input" in name for name in seen)
    named = [page.locator(".noUi-handle").nth(i).get_attribute("aria-label") for i in range(len(FOLLOW))]
    assert named[0] == "α · step size"
    assert len(set(named)) == len(FOLLOW)
    assert page.locator(".noUi-handle").nth(3).get_attribute("aria-valuetext") == "30"


@needs_browser
def test_the_buttons(full, visit):
    page = visit(full, "#heavy-ball&alpha=0.5&beta=0.2&condition-number=50&mode-shown=0.25")
    page.get_by_role("button", name="Critical damping").click()
    page.wait_for_function("symmomentum.state.values.beta !== 0.2")
    settled(page)
    found = state(page)
    lam = 50 ** (0.25 - 1)
    assert found["values"]["beta"] == pytest.approx((1 - np.sqrt(0.5 * lam)) ** 2, rel=1e-12)
    first, second = np.asarray(evaluators("heavy-ball").eigenvalues(0.5, found["values"]["beta"], lam))
    assert abs(first - second) < 1e-7
    page.get_by_role("button", name="Best parameters (proved)").click()
    page.wait_for_function("symmomentum.state.values.alpha !== 0.5")
    settled(page)
    best = evaluators("heavy-ball").tuning(1 / 50, 1.0)
    assert list(state(page)["values"].values()) == pytest.approx([float(x) for x in best], rel=1e-12)
    assert "0.752201" in page.locator("#say-rate").inner_text()
    page.locator("select").select_option("polyak-ruppert")
    page.wait_for_function("document.getElementById('method-name').textContent === 'polyak-ruppert'")
    page.evaluate("symmomentum.set({values: {alpha: 2.2}, mode: 1})")
    settled(page)
    damping = page.get_by_role("button", name="Critical damping")
    assert (damping.inner_text(), damping.is_disabled()) == ("Critical damping: at no stable γ", True)
    page.evaluate("symmomentum.set({values: {alpha: 1}})")
    settled(page)
    assert (damping.inner_text(), damping.is_disabled()) == ("Critical damping of the mode shown", False)
    page.locator("select").select_option("adamw")
    page.wait_for_function("document.getElementById('method-name').textContent === 'adamw'")
    settled(page)
    button = page.get_by_role("button", name="Best parameters")
    assert (button.inner_text(), button.is_disabled()) == ("Best parameters: no closed form", True)
    assert "needs a closed form, and none is known" in page.locator("#remarks").inner_text()


@needs_browser
def test_a_button_tells_what_it_did(full, visit):
    page = visit(full, "#heavy-ball&alpha=1&beta=0.3&condition-number=30&mode-shown=0.3")
    page.get_by_role("button", name="Critical damping").click()
    page.wait_for_function("document.getElementById('hint').textContent.startsWith('Now β = ')")
    page.get_by_role("button", name="Best parameters").click()
    page.wait_for_function(
        "document.getElementById('hint').textContent.includes('Now α = 2.86, β = 0.4778: no others')"
    )
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.getElementById('hint').textContent === ''")
    page = visit(full, "#heavy-ball&alpha=4.15&beta=0.1&mode-shown=1")
    damping = page.get_by_role("button", name="Critical damping")
    assert (damping.inner_text(), damping.is_disabled()) == ("Critical damping: at no stable β", True)


@needs_browser
def test_published_parameters(full, visit):
    page = visit(full, "#triple-momentum&alpha=1&beta=0.1&gamma=0.1&condition-number=50")
    remarks = page.locator("#remarks").inner_text()
    assert page.locator("#remarks math").count() == 1
    assert "Tuned for quadratics, over all 3 parameters, it is as fast as heavy ball" in remarks
    assert "for smooth strongly convex functions" in remarks
    page.get_by_role("button", name="Published: Van Scoy et al. 2018").click()
    page.wait_for_function("symmomentum.state.values.alpha !== 1")
    exact = sm.analyze("triple-momentum").presets["published"].at(Fraction(1, 50), 1)
    assert state(page)["values"] == pytest.approx({s.name: float(v) for s, v in exact.items()}, rel=1e-12)
    settled(page)
    assert f"{1 - 50**-0.5:.6g} at worst" in page.locator("#say-rate").inner_text()
    page.locator("select").select_option("robust-momentum")
    page.wait_for_function("document.getElementById('method-name').textContent === 'robust-momentum'")
    page.get_by_role("button", name="ρ midway").click()
    page.wait_for_function("symmomentum.state.values.gamma > 0")
    rho = (1 - 50**-0.5 + 1 - 1 / 50) / 2
    published = sm.analyze("robust-momentum").presets["published"]
    at = {sm.symbols.mu: 1 / 50, sm.symbols.L: 1, published.design[0]: rho}
    found = {s.name: float(v.subs(at)) for s, v in published.parameters.items()}
    assert state(page)["values"] == pytest.approx(found, rel=1e-12)
    settled(page)
    assert f"{rho:.6g} at worst" in page.locator("#say-rate").inner_text()
    page.locator("select").select_option("heavy-ball")
    page.wait_for_function("document.getElementById('method-name').textContent === 'heavy-ball'")
    settled(page)
    assert page.get_by_role("button", name="Published").count() == 0
    with_presets = {n for n in METHODS if sm.catalog[n].presets}
    assert {n for n in METHODS if page.evaluate("n => symmomentum.DATA.methods[n].presets.length", n)} == with_presets


@needs_browser
def test_what_is_said_of_the_methods(full, visit):
    page = visit(full)
    data = page.evaluate("symmomentum.DATA.methods")
    for name in ("simultaneous-gda", "optimistic-gradient"):
        assert any("curvatures may be complex" in r for r in data[name]["remarks"])
    for name, method in data.items():
        assert not re.search(r"\b(alpha|beta|gamma|delta|nu|lam)\b", re.sub(r"<[^>]*>|\\w+", "", method["note"])), name
    damping = dict(data["heavy-ball"]["formulas"])["Critical damping (proved)"]
    good, bad = damping.split("; at ")
    assert bad.endswith("it diverges (proved)")
    assert "−" in good
    assert "−" not in bad
    # Where it is said to diverge it does, and where it is not said there is a stable setting.
    roots = page.evaluate(
        """() => { const f = symmomentum.METHODS["heavy-ball"];
        return Object.values(f.critical(1, 0, 0.3)).map((beta) => f.stable(1, beta, 0.3)); }"""
    )
    assert sorted(roots) == [False, True]


@needs_browser
def test_a_click_on_the_map_puts_the_mode_there(single, visit):
    page = visit(single)
    box = page.locator("[data-view=map] canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settled(page)
    assert 0.4 < state(page)["values"]["beta"] < 0.6


# Its numbers ---------------------------------------------------------------------------------------------------------


def drawn(name, ranges):
    """Settings as the page has them, from a fixed seed."""
    random = np.random.default_rng(20260101)
    made = []
    for _ in range(SETTINGS):
        values = {}
        for parameter, r in ranges.items():
            low, high = (np.log10([r["low"], r["high"]])) if r["log"] else (r["low"], r["high"])
            t = random.uniform(low, high)
            values[parameter] = float(10**t if r["log"] else t)
        kappa = float(10 ** random.uniform(0.05, 3))
        made.append(
            {
                "method": name,
                "values": values,
                "kappa": kappa,
                "noise": float(random.uniform(0.01, 1)),
                "mode": float(random.uniform()),
            }
        )
    return made


@needs_browser
@pytest.mark.parametrize(
    ("fragment", "texts"),
    [
        ("#heavy-ball&alpha=2.86&beta=0.4778&condition-number=30", ["stable: 0 < α < 2.96", "stable: 0.43 < β < 1"]),
        # Without a slider's end: α β is stable for any momentum between -1 and 1 where 2 (1 + β) > α.
        ("#heavy-ball&alpha=1&beta=0.5&condition-number=30", ["stable: 0 < α < 3", "stable: −0.5 < β < 1"]),
        ("#heavy-ball&alpha=4.2&beta=0.5&condition-number=30", ["stable: 0 < α < 3", "stable nowhere on the slider"]),
        ("#adamw&alpha=1&beta=0.5&gamma=0.01&condition-number=2", ["stable: 0 < α", "stable: ", "stable: −0.5 < γ < "]),
    ],
)
def test_the_stable_ranges_are_those_of_the_theory(fragment, texts, full, visit):
    page = visit(full, fragment)
    for i, text in enumerate(texts):
        assert page.locator(f"#stable-text-{i}").inner_text().startswith(text)


WORST = """([settings, steps]) => settings.map((s) => {
  const n = symmomentum.derive(s);
  return { worst: n.worst, count: n.count, peak: n.peak, envelope: steps.map((k) => n.envelope[k]) };
})"""


@needs_browser
@pytest.mark.parametrize(
    ("kappa", "count", "asymptotic", "peak"), [(30, 50, 38, 2.1), (100, 95, 69, 3.7), (1000, 321, 219, 11.6)]
)
def test_the_steps_are_those_of_the_worst_case(kappa, count, asymptotic, peak, full, visit):
    page = visit(full, f"#heavy-ball&condition-number={kappa}")
    page.get_by_role("button", name="Best parameters").click()
    page.wait_for_function("document.getElementById('hint').textContent")
    settled(page)
    said = page.locator("#say-steps").inner_text()
    assert said == f"{count} at the worst curvature; {asymptotic} by the rate alone"
    k, value = sm.analyze("heavy-ball").transient.peak(mu=Fraction(1, kappa), L=1)
    assert float(value) == pytest.approx(peak, rel=0.02)
    assert page.locator("#say-peak").inner_text() == f"{float(value):.4g} after {k} steps"


@needs_browser
@pytest.mark.parametrize("name", ["heavy-ball", "nesterov", "three-parameter", "optimistic-gradient", "polyak-ruppert"])
def test_the_worst_case_is_the_certified_one(name, full, visit):
    page = visit(full)
    settings = drawn(name, page.evaluate("name => symmomentum.DATA.methods[name].ranges", name))
    found = page.evaluate(WORST, [settings, LOOKED_AT])
    transient = sm.analyze(name).transient
    chosen = [(s, f) for s, f in zip(settings, found, strict=True) if f["worst"] < 0.98][:5]
    assert len(chosen) == 5
    for s, f in chosen:
        at = {"mu": 1 / s["kappa"], "L": 1.0, **s["values"]}
        assert f["count"] == {"k": transient.iterations(1e-6, **at), "exact": True}, s
        k, value = transient.peak(**at)
        assert f["peak"] == {"k": k, "value": pytest.approx(float(value), rel=1e-7), "sure": True}, s
        certified = [float(transient.worst_case(k, **at).upper) ** 2 for k in LOOKED_AT]
        assert f["envelope"] == pytest.approx(certified, rel=1e-6), s
    assert {f["count"]["exact"] for f in found} == {True, False}
    slow = next(f for f in found if not f["count"]["exact"])
    assert slow["count"]["k"] > 1000


@needs_browser
@np.errstate(over="ignore", invalid="ignore")
def test_no_error_is_above_its_bound(full, visit):
    page = visit(full)
    script = """([name, points]) => points.map(([at, lam, k]) => {
      const f = symmomentum.METHODS[name];
      return [f.log_bound(...at, lam, k, f.rate(...at, lam)), f.rate(...at, lam)]; })"""
    for name in METHODS:
        e = evaluators(name)
        settings = drawn(name, page.evaluate("name => symmomentum.DATA.methods[name].ranges", name))
        k = np.array([LOOKED_AT[i % len(LOOKED_AT)] for i in range(SETTINGS)]) + 1
        lam = np.array([s["kappa"] ** (s["mode"] - 1) for s in settings])
        points = [[list(s["values"].values()), float(x), int(j)] for s, x, j in zip(settings, lam, k, strict=True)]
        bound, rate = np.array(page.evaluate(script, [name, points]), dtype=float).T
        at = [np.array([s["values"][p] for s in settings]) for p in sm.catalog[name].parameters]
        for later in (0, 1, 2, 5, 40):
            size = np.abs(e.residual(k + later, *at, lam))
            held = (rate >= 1) | (rate == 0) | (size <= np.exp(bound) * (1 + 1e-9) + 1e-300)
            assert held.all(), (name, [settings[i] for i in np.flatnonzero(~held)[:1]])
        # And it is not idle: often within a factor of 3.
        stable = (rate < 1) & (rate > 0)
        assert (np.abs(e.residual(k, *at, lam)) * 3 > np.exp(bound))[stable].mean() > 0.3, name


PICKED = """([settings, steps]) => settings.map((s) => {
  const n = symmomentum.derive(s), at = n.given;
  const tuned = n.f.tuning ? n.f.tuning(n.mu, 1, ...n.data.tuning_given.map((p) => s.values[p])) : {};
  const text = (x) => Number.isFinite(x) ? x : String(x), few = (r) => steps.map((k) => text(r[k]));
  return { lam: n.lam, mu: n.mu, rate: n.rate, worst: n.worst, regime: n.regime, steps: text(n.steps), margin: text(n.margin),
    threshold: n.f.threshold ? text(n.f.threshold(...at)) : null, eigenvalues: n.f.eigenvalues(...at, n.lam),
    stable: n.f.stable(...at, n.lam), shares: n.shares.map(few), modes: n.modes, expected: few(n.expected),
    decay: few(n.decay), floor: text(n.floor), last: n.ks.at(-1),
    matrix: n.f.matrix(...at, n.lam), tuning: Object.values(tuned), };
})"""


def close(page, numpy, size=0.0):
    """Equal to 1e-12 relative to the number, or to what it oscillates with; the same where infinite or undefined."""
    page, numpy = np.asarray(page, dtype=float), np.asarray(numpy, dtype=float)
    with np.errstate(invalid="ignore"):
        near = np.abs(page - numpy) <= 1e-12 * np.maximum(np.abs(numpy), size)
    return near | (page == numpy) | (np.isnan(page) & np.isnan(numpy))


@needs_browser
@np.errstate(over="ignore", invalid="ignore")  # of what diverges, squares may be infinite
def test_the_numbers_are_those_of_the_evaluators(full, visit):
    page = visit(full)
    for name in METHODS:
        e = evaluators(name)
        settings = drawn(name, page.evaluate("name => symmomentum.DATA.methods[name].ranges", name))
        found = page.evaluate(PICKED, [settings, LOOKED_AT])
        page_has = {key: np.array([f[key] for f in found]) for key in found[0] if found[0][key] is not None}
        at = [np.array([s["values"][p] for s in settings]) for p in sm.catalog[name].parameters]
        kappa, noise, mode = (np.array([s[key] for s in settings]) for key in ("kappa", "noise", "mode"))
        mu, lam = 1 / kappa, page_has["lam"]
        assert set(page_has["last"]) == {LOOKED_AT[-1]}
        pairs = {
            "mu": (mu,),
            "lam": (mu * kappa**mode,),
            "rate": (e.rate(*at, lam),),
            "worst": (e.worst_rate(*at, mu, 1.0),),
            "matrix": (e.power(1, *at, lam),),
            "eigenvalues": (np.stack([(z := e.eigenvalues(*at, lam)).real, z.imag], axis=-1),),
            "floor": (noise**2 * (e.stationary_loss(*at, mu) + e.stationary_loss(*at, 1.0)),),
        }
        if "threshold" in page_has:
            pairs["threshold"] = (e.threshold(*at),)
            pairs["margin"] = (np.where(pairs["worst"][0] < 1, pairs["threshold"][0], np.nan),)
        if "tuning" in e.__all__:
            pairs["tuning"] = (np.stack(e.tuning(mu, 1.0), axis=-1),)
        # Near its zeros P_k is what is left of terms of the size rate^k.
        k = np.array(LOOKED_AT)
        point, curvatures = [a[:, None, None] for a in at], page_has["modes"][:, :, None]
        pairs["shares"] = (e.residual(k, *point, curvatures) ** 2 / 5, e.rate(*point, curvatures) ** (2 * k) / 5)
        ends, starts = np.stack([mu, np.ones_like(mu)], axis=-1)[:, :, None], np.array(START)[:, None]
        size = (ends / 2 * starts**2 * e.rate(*point, ends) ** (2 * k)).sum(axis=1)
        pairs["expected"] = (e.expected_loss(k, *point, ends, starts, noise[:, None, None]).sum(axis=1), size)
        pairs["decay"] = ((ends / 2 * starts**2 * e.residual(k, *point, ends) ** 2).sum(axis=1), size)
        for key, values in pairs.items():
            good = close(page_has[key], *values)
            first = np.argwhere(~good)[:1]
            assert good.all(), (
                name,
                key,
                [settings[i[0]] for i in first],
                page_has[key][~good][:3],
                values[0][~good][:3],
            )
        assert [*page_has["regime"]] == [e.REGIMES[code] for code in e.regime(*at, lam)]
        assert (page_has["stable"] == e.stable(*at, lam)).all()
        steps = np.where(page_has["worst"] < 1, np.ceil(np.log(1e-6) / np.log(page_has["worst"])), np.inf)
        assert close(page_has["steps"], steps).all()


DAMPED = """(settings) => settings.map((s) => {
  const f = symmomentum.METHODS[s.method], { parameters, damper } = symmomentum.DATA.methods[s.method];
  const at = parameters.map((p) => s.values[p]), i = parameters.indexOf(damper), lam = Math.pow(s.kappa, s.mode - 1);
  return Object.values(f.critical(...at, lam)).filter((v) => Math.abs(v) < 1).map((root) => {
    const [a, b] = f.eigenvalues(...at.with(i, root), lam);
    return [Math.hypot(a[0] - b[0], a[1] - b[1]), Math.hypot(...a)];
  });
})"""


@needs_browser
def test_at_critical_damping_the_eigenvalues_coincide(full, visit):
    page = visit(full)
    without = page.evaluate("Object.keys(symmomentum.METHODS).filter((name) => !symmomentum.METHODS[name].critical)")
    assert without == ["optimistic-gradient"]
    for name in METHODS:
        if name not in without:
            settings = drawn(name, page.evaluate("name => symmomentum.DATA.methods[name].ranges", name))
            found = [pair for pairs in page.evaluate(DAMPED, settings) for pair in pairs]
            assert len(found) >= SETTINGS / 4
            # The distance is a root of a discriminant that should be 0.
            assert all(distance <= 1e-6 * max(size, 1) for distance, size in found), name


@needs_browser
def test_the_best_parameters_beside_a_weight_decay(full, visit):
    page = visit(full, "#sgd-nesterov&alpha=0.1&gamma=0.03&condition-number=40")
    page.get_by_role("button", name="Best parameters (proved)").click()
    page.wait_for_function("symmomentum.state.values.alpha !== 0.1")
    exact = sm.analyze("sgd-nesterov").tuning.at(Fraction(1, 40), 1, gamma=Fraction(3, 100))
    found = state(page)["values"]
    assert {p: found[p] for p in ("alpha", "beta")} == pytest.approx(
        {s.name: float(v) for s, v in exact.items()}, rel=1e-12
    )
    assert found["gamma"] == 0.03


@needs_browser
def test_the_words_say_the_numbers(single, visit):
    page = visit(single, "#quasi-hyperbolic&alpha=2&beta=0.7&nu=0.6&condition-number=20&noise-level=0.1&mode-shown=0")
    e = evaluators("quasi-hyperbolic")
    rate, worst = e.rate(2, 0.7, 0.6, 0.05), e.worst_rate(2, 0.7, 0.6, 0.05, 1)
    assert page.locator("#say-rate").inner_text() == f"{rate:.6g} on the mode shown; {worst:.6g} at worst from μ to L"
    code = int(e.regime(2, 0.7, 0.6, 0.05))
    assert page.locator("#say-regime").inner_text() == f"{e.REGIMES[code]}: {e.REGIME_MEANINGS[code]}"
    steps = int(np.ceil(np.log(1e-6) / np.log(worst)))
    transient = sm.analyze("quasi-hyperbolic").transient
    count = transient.iterations(1e-6, mu=Fraction(1, 20), L=1, alpha=2, beta=Fraction(7, 10), nu=Fraction(3, 5))
    assert page.locator("#say-steps").inner_text().startswith(f"{count} at the worst")
    assert page.locator("#say-steps").inner_text().endswith(f"; {steps} by the rate alone")
    point = {sm.symbols.alpha: 2, sm.symbols.beta: 0.7, sm.symbols.nu: 0.6}
    edge = float(sm.analyze("quasi-hyperbolic").stability.threshold.subs(point))
    assert f"at {edge:.4g} times L" in page.locator("#say-margin").inner_text()
    page.wait_for_function("document.getElementById('spoken').textContent.includes('Regime')")


@needs_browser
def test_the_chain_is_a_run_of_the_rule(single, visit):
    page = visit(single, "#quasi-hyperbolic&alpha=2&beta=0.7&nu=0.6&condition-number=20")
    found = page.evaluate("symmomentum.derive(symmomentum.state).chain")
    problem = sm.problems.convex_rosenbrock(25, 20.0)
    largest = 4 / 19 + 4
    run = sm.catalog["quasi-hyperbolic"].run(
        lambda w: np.asarray(problem.gradient(w)) / largest, np.zeros(25), 50, alpha=2.0, beta=0.7, nu=0.6
    )
    assert np.asarray(found["minimizer"]) == pytest.approx(np.asarray(problem.minimizer, dtype=float), rel=1e-12)
    assert np.allclose(found["errors"], run - np.asarray(found["minimizer"]), rtol=0, atol=1e-14)


# How it behaves ------------------------------------------------------------------------------------------------------


@needs_browser
def test_a_step_of_a_slider_repaints_every_view_in_time(full, visit):
    page = visit(full)
    medians = []
    # Others are at work on this machine: a median counts that was measured while they rested.
    while len(medians) < 8 and (not medians or min(medians) > TARGET):
        medians.append(statistics.median(repaints(page)))
    assert min(medians) <= TARGET, medians


@needs_browser
def test_a_link_brings_back_the_settings(full, visit):
    page = visit(full)
    page.locator("select").select_option("three-parameter")
    page.wait_for_function("document.getElementById('method-name').textContent === 'three-parameter'")
    settled(page)
    page.locator(".noUi-handle").nth(2).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("symmomentum.state.values.gamma > 0 && location.hash === symmomentum.link()")
    fragment = page.evaluate("location.hash")
    assert fragment.startswith("#three-parameter&alpha=")
    again = visit(full, fragment)
    assert state(again) == state(page)
    assert pictures(again) == pictures(page)


@needs_browser
@pytest.mark.parametrize(
    "fragment",
    [
        "#no-such-method&alpha=abc",
        "#__proto__&constructor=1&toString=2",
        "#heavy-ball&alpha=&beta&=3&&&alpha=Infinity&beta=NaN&condition-number=-4&mode-shown=7&noise-level=1e99",
        "#%E0%A4%A&%=1",
        "#<img src=x onerror=alert(1)>&alpha=<b>",
        "#quasi-hyperbolic&alpha=-1&beta=1e300&nu=0x10",
    ],
)
def test_a_bad_link_is_ignored(fragment, single, visit):
    page = visit(single, fragment)
    expected = state(visit(single))
    assert state(page) == expected
    assert page.locator("#notice").inner_text()


@needs_browser
@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("#heavy-ball&condition-number=10000", "condition-number=10000 (the page has 1.1 to 1000)"),
        ("#heavy-ball&condition-number=1", "condition-number=1 (the page has 1.1 to 1000)"),
        ("#heavy-ball&alpha=1e9", "alpha=1e9 (the page has 0.001 to 4.2)"),
        ("#heavy-ball&beta=-5", "beta=-5 (the page has 0 to 0.999)"),
        ("#heavy-ball&gamma=1", "heavy-ball has no “gamma”"),
        ("#heavy-ball&beta=x", "beta=x is no number"),
    ],
)
def test_what_a_link_can_not_have_is_told(fragment, words, full, visit):
    plain = state(visit(full, "#heavy-ball"))
    page = visit(full, fragment)
    assert page.get_by_role("alert").inner_text() == f"Not taken from the link: {words}. The default stands instead."
    assert state(page) == plain
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.getElementById('notice').textContent === ''")


@needs_browser
def test_a_link_to_no_method_opens_the_page_as_it_is(full, visit):
    plain = state(visit(full))
    page = visit(full, "#nosuch&alpha=1")
    assert page.get_by_role("alert").inner_text() == (
        "The link can not be followed: “nosuch” is no method of this page. All is at its default."
    )
    assert state(page) == plain
    page.evaluate("location.hash = '#nesterov&beta=0.5'")
    page.wait_for_function("symmomentum.state.method === 'nesterov' && symmomentum.state.values.beta === 0.5")
    assert page.locator("#notice").inner_text() == ""


@needs_browser
def test_a_link_of_the_page_is_taken_whole(full, visit):
    """Also where the parameters that a button set are at the end of a slider."""
    page = visit(full)

    def follow(fragment):
        page.evaluate("fragment => { location.hash = fragment; }", fragment)
        page.wait_for_function("location.hash === symmomentum.link()")

    for name in METHODS:
        page.evaluate("name => symmomentum.set({ method: name, kappa: 1000 })", name)
        page.wait_for_function("location.hash === symmomentum.link()")
        fragment = page.evaluate("symmomentum.link()")
        follow("#gradient-descent" if name != "gradient-descent" else "#nesterov")
        follow(fragment)
        assert page.locator("#notice").inner_text() == "", name
        assert page.evaluate("[symmomentum.link(), symmomentum.state.method]") == [fragment, name]


@needs_browser
@pytest.mark.parametrize("noise", [0, 0.05])
@pytest.mark.parametrize("kappa", [1.1, 10, 100, 1000])
def test_the_path_can_be_read(kappa, noise, full, visit):
    page = visit(full, f"#heavy-ball&condition-number={kappa}&noise-level={noise}")
    page.get_by_role("button", name="Best parameters").click()
    page.wait_for_function("document.getElementById('hint').textContent")
    settled(page)
    # How much of the view is of the color of the path, and of that of the run with noise.
    one, two = page.evaluate(
        """() => { const canvas = document.querySelector("[data-view=paths] canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 40, canvas.width, canvas.height - 80);
        let one = 0, two = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 2] - data[i] > 60) one++;
          if (data[i] - data[i + 2] > 60) two++;
        }
        return [one, two].map((count) => count / (data.length / 4)); }"""
    )
    assert 0.004 < one < 0.25
    assert (two > 0.001) == (noise > 0)
    assert two < 0.15


@needs_browser
def test_dark_and_light(single, visit):
    light, dark = (visit(single, color_scheme=scheme) for scheme in ("light", "dark"))

    def brightness(page):
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)")

    assert min(brightness(light)) > 200
    assert max(brightness(dark)) < 60
    assert changed(pictures(light), pictures(dark)) == ALL
    light.emulate_media(color_scheme="dark")
    settled(light)
    assert pictures(light) == pictures(dark)


@needs_browser
def test_on_a_phone_nothing_sticks_out(single, visit):
    page = visit(single, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    widths = page.evaluate("[...document.querySelectorAll('canvas')].map(c => c.clientWidth)")
    assert min(widths) > 300


@needs_browser
def test_on_a_phone_a_view_is_seen_while_a_slider_moves(single, visit):
    page = visit(single, width=390, height=844)

    def seen(selector):
        box = page.locator(selector).first.bounding_box()
        return box["y"] >= 0 and box["y"] + box["height"] <= 844

    assert seen("[data-view=map] canvas")
    for i in range(len(FOLLOW)):
        handle = page.locator(".noUi-handle").nth(i)
        handle.focus()
        page.keyboard.press("ArrowLeft")
        settled(page)
        assert seen("[data-view=map] canvas"), i
        box, strip = handle.bounding_box(), page.locator("#views").bounding_box()
        assert strip["y"] + strip["height"] <= box["y"] < 844, i
    # The others are reached by swiping, or by the keys.
    page.locator("#views").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.getElementById('views').scrollLeft > 0")


@needs_browser
def test_a_rule_of_the_users(tmp_path, visit):
    rule = tmp_path / "rules.py"
    rule.write_text(
        "import symmomentum as sm\n"
        "@sm.method(note='</script><script>document.title=1</script><b>')\n"
        "def mine(v, w, grad, *, step, condition):\n"
        "    return w, w + condition * (w - v) - step * grad(w + condition * (w - v))\n"
    )
    target = tmp_path / "mine.html"
    subprocess.run(
        [sys.executable, "-m", "symmomentum", "explore", f"{rule}:mine", "--alone", "-o", str(target)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    page = visit(target)
    assert page.title() == "mine explored"
    assert page.locator("#method-note").inner_text() == "</script><script>document.title=1</script><b>"
    assert page.locator(".bk-slider-title:visible").count() == 5
    assert page.evaluate("symmomentum.state.method") == "mine"


@needs_browser
def test_in_a_notebook(tmp_path, browser):
    shown = explore("heavy-ball", alone=True)._repr_html_()
    assert "<script" not in shown
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!DOCTYPE html><meta charset='utf-8'><title>A notebook</title>{shown}", encoding="utf-8")
    page = browser.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(notebook.as_uri())
    frame = page.frames[1]
    frame.wait_for_function("document.getElementById('spoken')?.textContent")
    frame.locator(".noUi-handle").first.focus()
    before = frame.locator("#say-rate").inner_text()
    page.keyboard.press("ArrowLeft")
    frame.wait_for_function("before => document.getElementById('say-rate').textContent !== before", arg=before)
    page.wait_for_timeout(400)  # until then the address would have followed
    assert complaints == []
    assert page.evaluate("location.hash") == ""
    page.close()


# Without a browser ---------------------------------------------------------------------------------------------------


def refused(*arguments, **options):
    """The one line of a command that ends with status 2."""
    command = [sys.executable, "-m", "symmomentum", "explore", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, **options)
    assert run.returncode == 2, run
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["heavy-bal"], "did you mean 'heavy-ball'?"),
        (["gradient-descent"], "gradient-descent: the page shows methods with two states; this one has 1"),
        (["sgd"], "sgd: the page shows methods with 1 to 3 parameters; this one has 4"),
        (["chebyshev"], f"chebyshev: the page leaves it out: {LEFT_OUT['chebyshev']}"),
        (["heavy-ball", "-o", "page.pdf"], "ends in .html, not 'page.pdf'"),
        (["heavy-ball", "-o", "no/such/folder/page.html"], "there is no folder"),
        (["heavy-ball", "--alpha", "1"], "No such option"),
    ],
)
def test_what_is_refused(arguments, message):
    assert message in refused(*arguments)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a browser is always found")
def test_without_a_browser():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    assert "no browser was found" in refused("heavy-ball", "--alone", env={**environment, "PATH": ""})


def test_without_the_extra(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['bokeh'] = None\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert "pip install 'symmomentum[explore]'" in refused(
        "heavy-ball", "-o", str(tmp_path / "p.html"), env=environment
    )


def test_which_methods_it_shows():
    few = {n for n, m in sm.catalog.items() if len(m.state) == 2 and len(m.parameters) <= 3}
    assert set(METHODS) == few - set(LEFT_OUT)
    assert set(LEFT_OUT) <= few
