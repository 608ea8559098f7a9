// The page of `symmomentum explore`: layout, drawing and text. Its numbers come from METHODS and COMMON, the functions that are
// generated from the theory; here they are called, and the update is iterated with the generated matrices.
//
// Before it stand: METHODS (by name, the functions of each method), COMMON (functions of no method), DATA (texts and ranges).

const L = 1; // the unit of curvature
const STEPS = DATA.errors.length; // in the views over steps
const MODES = 5; // among which the loss is split
const NODES = 2 * STEPS + 1; // curvatures among which the worst case is sought, before the best of them are refined
const EXACT = 1000; // steps up to which the count has as many of them as a polynomial of its degree needs
const LONG = 2000; // steps among which the largest error is sought
const FLIPS = 24; // changes of side after which the path ends
const START = [-1, 1]; // of the iterates, in the coordinates of the eigenvectors
const CELLS = [180, 108]; // columns and rows of the map
const FEWER = [120, 72]; // where it changes with sliders
const STEADY = 4; // frames with the same axes, after which these are kept as a picture
const CHAIN = 50; // steps on the Convex Rosenbrock
const DECADES = 6; // of the distances there, in color
const FAR = 1e6; // where the search for an edge of stability ends
const SPAN = { kappa: DATA.kappa, noise: [0, 1], mode: [0, 1] };
const OWN = { kappa: "condition-number", noise: "noise-level", mode: "mode-shown" }; // no parameter has such a name

const FIRST = { kappa: 30, noise: 0.05, mode: 0.3 };
const state = { method: DATA.first, values: {}, ...FIRST };
const views = [];
let now = null; // what follows from it, as last drawn

// State --------------------------------------------------------------------------------------------------------------

function settings(name) {
  return Object.fromEntries(Object.entries(DATA.methods[name].ranges).map(([p, r]) => [p, r.start]));
}

function pick(name) {
  // A method begins with its best parameters, where there is a function for them.
  state.method = name;
  state.values = settings(name);
  state.values = tuned(derive(state)) ?? state.values;
}

// Below the buttons, until something is moved.
function hint(words) {
  document.getElementById("hint").textContent = words;
}

function set(changes) {
  hint("");
  notice("");
  // Numbers that are no numbers are ignored, whoever gives them.
  for (const own of Object.keys(OWN)) {
    if (Number.isFinite(changes[own])) state[own] = changes[own];
  }
  if (Object.hasOwn(DATA.methods, changes.method ?? "")) pick(changes.method);
  for (const [p, v] of Object.entries(changes.values ?? {})) {
    if (Object.hasOwn(state.values, p) && Number.isFinite(v)) state.values[p] = v;
  }
  show();
}

// The state in the address: #heavy-ball&alpha=1&beta=0.5&condition-number=100&...
function link() {
  const pairs = Object.entries(state.values).concat(Object.entries(OWN).map(([own, key]) => [key, state[own]]));
  return "#" + [encodeURIComponent(state.method), ...pairs.map(([k, v]) => `${encodeURIComponent(k)}=${v}`)].join("&");
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function listed(items, most = 3) {
  const more = items.length - most;
  return items.slice(0, most).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

// A link says all that it does not leave at its default. What it asks for that can not be had is told, and the rest
// counts.
function follow(hash) {
  const [name, ...pairs] = hash.replace(/^#/, "").split("&");
  const method = decoded(name), known = Object.hasOwn(DATA.methods, method);
  const cut = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const asked = [], refused = known || name === "" ? [] : [`“${cut(method || name)}” is no method of this page`];
  const changes = { ...FIRST, method: known ? method : DATA.first, values: {} };
  const ranges = DATA.methods[changes.method].ranges;
  for (const pair of known ? pairs : []) {
    const [key, text] = pair.split("=").map(decoded);
    const own = Object.keys(OWN).find((o) => OWN[o] === key);
    if (own === undefined && !Object.hasOwn(ranges, key)) {
      if (pair !== "") refused.push(`${method} has no “${cut(key)}”`);
    } else if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text ?? "")) {
      refused.push(`${key}=${cut(text ?? "")} is no number`);
    } else if (own !== undefined) {
      const [low, high] = SPAN[own];
      if (Number(text) >= low && Number(text) <= high) changes[own] = Number(text);
      else refused.push(`${cut(pair)} (the page has ${short(low)} to ${short(high)})`);
    } else asked.push([key, Number(text), cut(text)]);
  }
  set(changes);
  // The page itself goes beyond a slider where the best or published parameters are there.
  const n = derive(state);
  const apart = [tuned(n), ...n.data.presets.map((_, i) => published(i, n))];
  for (const [p, v, text] of asked) {
    const { low, high } = ranges[p];
    if ((v >= low && v <= high) || apart.some((values) => values?.[p] === v)) state.values[p] = v;
    else refused.push(`${p}=${text} (the page has ${short(low)} to ${short(high)})`);
  }
  notice(refused.length === 0 ? ""
    : known || name === "" ? `Not taken from the link: ${listed(refused)}. The default stands instead.`
    : `The link can not be followed: ${refused[0]}. All is at its default.`);
}

// Above everything, until something is moved.
function notice(words) {
  document.getElementById("notice").textContent = words;
}

function address() {
  try {
    history.replaceState(null, "", link());
  } catch {
    // Inside a notebook the page has no address of its own.
  }
}

// What follows from it ----------------------------------------------------------------------------------------------

function logspace(low, high, count) {
  return Array.from({ length: count }, (_, i) => low * Math.pow(high / low, count > 1 ? i / (count - 1) : 0));
}

// The states of one mode, from the generated matrix; with errors, those enter through the generated noise input.
function orbit(matrix, start, steps, input = null, errors = null, sigma = 0) {
  const [[a, b], [c, d]] = matrix;
  const states = [start];
  let [x, y] = start;
  for (let k = 0; k < steps; k++) {
    const e = errors === null ? 0 : sigma * errors(k);
    [x, y] = [a * x + b * y + (e && input[0] * e), c * x + d * y + (e && input[1] * e)];
    states.push([x, y]);
  }
  return states;
}

function chain(n, kappa) {
  // Errors e of the weights: e^0 = -w*, state = rest e, and R(A) = level + slope A for the tridiagonal A.
  const { level, slope, rest } = n;
  const { diagonal, beside, last } = COMMON.rosenbrock(kappa);
  const minimizer = Object.values(COMMON.minimizer(kappa));
  const size = minimizer.length, w = n.data.iterate;
  const times = (v) => {
    const t = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const neighbors = (i > 0 ? v[i - 1] : 0) + (i < size - 1 ? v[i + 1] : 0);
      t[i] = (i < size - 1 ? diagonal : last) * v[i] + beside * neighbors;
    }
    return t;
  };
  let s = rest.map((r) => Float64Array.from(minimizer, (m) => -r * m));
  const rows = [s[w]];
  for (let k = 0; k < CHAIN; k++) {
    const [x, y] = s, [u, v] = s.map(times);
    s = [0, 1].map((a) => {
      const [p, q] = level[a], [g, h] = slope[a], next = new Float64Array(size);
      for (let i = 0; i < size; i++) next[i] = p * x[i] + q * y[i] + g * u[i] + h * v[i];
      return next;
    });
    rows.push(s[w]);
  }
  return { minimizer, errors: rows.map((row) => [...row]) };
}

// Curvatures from low to high, closer together at the ends: where polynomials that are small on them are small in
// between.
function nodes(low, high, count) {
  return Array.from({ length: count }, (_, i) =>
    (i === count - 1 ? high : low + (high - low) * square(Math.sin((Math.PI * i) / (2 * (count - 1))))));
}

// The largest |P_k| about a node, by parabolas through three points: a maximum between nodes is that of one of them. The
// sizes at the nodes may be known.
function refined(n, k, lams, i, sizes = null) {
  const size = (l) => Math.abs(n.f.residual(k, ...n.given, l));
  const at = (j) => (sizes === null ? size(lams[j]) : sizes[j]);
  if (i === 0 || i === lams.length - 1) return at(i);
  let points = [i - 1, i, i + 1].map((j) => [lams[j], at(j)]);
  for (let turn = 0; turn < 3; turn++) {
    const [[a, u], [b, v], [c, w]] = points;
    const under = (b - a) * (v - w) - (b - c) * (v - u);
    const aside = square(b - a) * (v - w) - square(b - c) * (v - u);
    const l = b - aside / (2 * under);
    // The top of the parabola, which may be so little higher that it is not looked at.
    const gain = square(aside) / (4 * under * (b - a) * (b - c) * (a - c));
    if (!(v >= u && v >= w && l > a && l < c) || Math.abs(gain) < 1e-9 * v) break;
    points = [...points, [l, size(l)]].sort((p, q) => p[0] - q[0]);
    const top = points.findIndex((p) => p[1] === Math.max(...points.map((q) => q[1])));
    if (top === 0 || top === 3) break;
    points = points.slice(top - 1, top + 2);
  }
  return Math.max(...points.map((p) => p[1]));
}

// The largest |P_k| over all curvatures, from its sizes at nodes: a polynomial of degree k is nowhere larger than
// 1/share of that.
function refinedMost(n, k, lams, sizes) {
  let most = 0;
  for (let i = 0; i < sizes.length; i++) most = Math.max(most, sizes[i]);
  // What has grown beyond all numbers is no number in the end.
  if (!(most < Infinity)) return Infinity;
  if (most === 0) return 0;
  const share = Math.max(0.5, Math.cos((Math.PI * k) / (2 * (lams.length - 1))));
  const tops = [];
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] >= share * most && !(sizes[i - 1] > sizes[i]) && !(sizes[i + 1] > sizes[i])) tops.push(i);
  }
  tops.sort((i, j) => sizes[j] - sizes[i]);
  return tops.slice(0, 4).reduce((best, i) => Math.max(best, refined(n, k, lams, i, sizes)), most);
}

// One step further at these nodes: the sizes now, and the next numbers. (On its own and with all it needs as arguments, since
// engines make that fast.)
function advance(first, end, trace, det, before, last, sizes) {
  for (let i = first; i < end; i++) {
    const now = last[i];
    sizes[i] = Math.abs(now);
    last[i] = trace[i] * now - det[i] * before[i];
    before[i] = now;
  }
}

// The worst case of each step, and where and how large the largest of all steps is: in all steps, or `sure` says not.
function worstCases(n, lams) {
  const { level, slope } = n, w = n.data.iterate;
  const count = lams.length;
  // A state of two numbers x, y goes to R (x, y): both satisfy x'' = trace x' - det x.
  const trace = new Float64Array(count), det = new Float64Array(count);
  const before = new Float64Array(count).fill(n.rest[w]), last = new Float64Array(count);
  const sizes = new Float64Array(count);
  const cases = [1];
  for (let i = 0; i < count; i++) {
    const [[a, b], [c, d]] = level.map((row, r) => row.map((v, s) => v + slope[r][s] * lams[i]));
    trace[i] = a + d;
    det[i] = a * d - b * c;
    last[i] = w === 1 ? c * n.rest[0] + d * n.rest[1] : a * n.rest[0] + b * n.rest[1];
  }
  const step = (first, end) => advance(first, end, trace, det, before, last, sizes);
  for (let k = 1; k <= STEPS; k++) {
    step(0, count);
    cases.push(refinedMost(n, k, lams, sizes));
  }
  const peak = { k: 0, value: 1, sure: n.worst < 1 };
  // Steps that are equal but for rounding: the first of them.
  cases.forEach((value, k) => {
    if (value > peak.value * (1 + 1e-12)) Object.assign(peak, { k, value });
  });
  if (!peak.sure) return { cases, peak };
  const above = (i, k) => n.f.log_bound(...n.given, lams[i], k, n.rates[i]) > Math.log(peak.value);
  const ahead = (k) => lams.map((_, i) => i).filter((i) => above(i, k));
  let left = ahead(STEPS + 1);
  for (let k = STEPS + 1; left.length > 0; k++) {
    if (k > LONG) {
      peak.sure = false;
      break;
    }
    let top = -1;
    for (const i of left) {
      step(i, i + 1);
      if (sizes[i] > peak.value * (1 + 1e-12) && (top < 0 || sizes[i] > sizes[top])) top = i;
    }
    if (top >= 0) Object.assign(peak, { k, value: refined(n, k, lams, top) });
    if (k % 40 === 0) {
      const still = new Set(ahead(k + 1));
      left = left.filter((i) => still.has(i));
    }
  }
  return { cases, peak };
}

// The step from which on no error is above the tolerance times that at the start, whatever the curvature; `exact` says
// whether there were enough curvatures for that.
function countSteps(n, lams, cases) {
  if (!(n.worst < 1)) return { k: Infinity, exact: true };
  const target = Math.log(DATA.tolerance), enough = DATA.tolerance * (1 + 1e-12);
  const within = (i, k) => !(n.f.log_bound(...n.given, lams[i], k, n.rates[i]) > target);
  let high = 1;
  for (let i = 0; i < lams.length; i++) {
    if (within(i, high)) continue;
    let low = high;
    while (!within(i, high)) [low, high] = [high, 2 * high];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (within(i, middle)) high = middle;
      else low = middle;
    }
  }
  const exceeds = (k, at, among) => {
    let most = 0, top = -1;
    for (const i of among) {
      const size = Math.abs(n.f.residual(k, ...n.given, at[i]));
      if (size > enough) return true;
      if (size > most) [most, top] = [size, i];
    }
    return most > 0.7 * DATA.tolerance && refined(n, k, at, top) > enough;
  };
  if (high > EXACT) {
    // By bisection, as if the worst case only fell.
    let low = 0;
    while (high - low > Math.max(1, 1e-4 * high)) {
      const middle = Math.floor((low + high) / 2);
      if (exceeds(middle, lams, lams.map((_, i) => i).filter((i) => !within(i, middle)))) low = middle;
      else high = middle;
    }
    return { k: high, exact: false };
  }
  // From above, step by step; the curvatures that count, a few steps at a time. The first steps are known.
  high += 2 + Math.ceil(high / 50);
  const fine = high > STEPS ? nodes(n.mu, L, 2 * high + 1) : [], rates = fine.map((l) => n.f.rate(...n.given, l));
  const STRIDE = 24;
  for (let k = high; k > STEPS; k -= STRIDE) {
    const low = Math.max(STEPS, k - STRIDE);
    const among = fine.map((_, i) => i).filter((i) => n.f.log_bound(...n.given, fine[i], low + 1, rates[i]) > target);
    for (let j = k; among.length > 0 && j > low; j--) {
      if (exceeds(j, fine, among)) return { k: j + 1, exact: true };
    }
  }
  return { k: cases.findLastIndex((size) => size > enough) + 1, exact: true };
}

function margin(n) {
  // The largest stable curvature over L.
  if (!(n.worst < 1)) return NaN;
  if (n.f.threshold) return n.f.threshold(...n.given) / L;
  const holds = (scale) => n.f.worst_rate(...n.given, n.mu, scale * L) < 1;
  let low = 1, high = 2;
  while (high < 1e6 && holds(high)) [low, high] = [high, 2 * high];
  if (high >= 1e6) return Infinity;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

// Everything that the views show of a state, which is left as it is.
function derive(s) {
  const data = DATA.methods[s.method], mu = L / s.kappa;
  const n = {
    data, mu, f: METHODS[s.method],
    noise: s.noise,
    values: { ...s.values },
    given: data.parameters.map((p) => s.values[p]),
    lam: mu * Math.pow(s.kappa, s.mode),
  };
  const { f, given, lam } = n;
  n.worst = f.worst_rate(...given, mu, L);
  n.rate = f.rate(...given, lam);
  n.regime = n.data.regimes[f.regime(...given, lam)] ?? "divergent";
  n.meaning = n.data.regime_meanings[n.data.regimes.indexOf(n.regime)] ?? "";
  n.steps = COMMON.steps(n.worst);
  n.level = f.level(...given);
  n.slope = f.slope(...given);
  n.margin = margin(n);
  n.ends = [mu, L];
  const rest = Object.values(f.rest(...given)), input = Object.values(f.noise_input(...given));
  const w = n.data.iterate;
  n.rest = rest;
  n.exact = n.ends.map((l, i) => orbit(f.matrix(...given, l), rest.map((r) => r * START[i]), STEPS).map((z) => z[w]));
  n.noisy = s.noise === 0 ? null : n.ends.map((l, i) =>
    orbit(f.matrix(...given, l), rest.map((r) => r * START[i]), STEPS, input, (k) => DATA.errors[k][i], s.noise)
      .map((z) => z[w]));
  const ks = Array.from({ length: STEPS + 1 }, (_, k) => k);
  n.ks = ks;
  n.modes = logspace(mu, L, MODES);
  n.shares = n.modes.map((l) => ks.map((k) => square(f.residual(k, ...given, l)) / MODES));
  n.total = ks.map((k) => n.shares.reduce((sum, share) => sum + share[k], 0));
  const lams = nodes(mu, L, NODES);
  n.rates = lams.map((l) => f.rate(...given, l));
  const { cases, peak } = worstCases(n, lams);
  n.envelope = cases.map(square);
  n.peak = peak;
  n.count = countSteps(n, lams, cases);
  n.shown = shownSteps(n);
  n.damped = damped(n);
  const over = (quantity) => ks.map((k) => n.ends.reduce((sum, l, i) => sum + quantity(k, l, i), 0));
  // The first and the last of the modes are the ends.
  const residuals = [n.shares[0], n.shares[MODES - 1]];
  n.decay = over((k, l, i) => (l / 2) * square(START[i]) * residuals[i][k] * MODES);
  n.expected = s.noise === 0 ? n.decay : over((k, l, i) => f.expected_loss(k, ...given, l, START[i], s.noise));
  n.floor = n.ends.reduce((sum, l) => sum + f.stationary_loss(...given, l), 0) * square(s.noise);
  n.chain = chain(n, s.kappa);
  return n;
}

function square(x) {
  return x * x;
}

// How many steps of the path are drawn: until it stays near the minimizer, has gone far, or went to and fro so often
// that more would fill the view.
function shownSteps(n) {
  const most = n.exact.map((xs) => Math.max(...xs.map(Math.abs).filter((x) => x < FAR)));
  let last = 0, flips = [0, 0];
  for (let k = 1; k <= STEPS; k++) {
    const here = n.exact.map((xs) => xs[k]);
    if (!here.every((x) => Math.abs(x) < FAR)) break;
    if (here.some((x, i) => Math.abs(x) > 0.01 * most[i])) last = k;
    flips = flips.map((count, i) => count + (here[i] * n.exact[i][k - 1] < 0));
    if (Math.max(...flips) >= FLIPS) break;
  }
  return Math.max(last, 5);
}

// Drawing ------------------------------------------------------------------------------------------------------------

// Colors of Okabe and Ito, told apart with any color vision; on a dark ground the dark ones are lighter.
const LIGHT = {
  ink: "#1d1f21", faint: "#63676c", line: "#d4d4cf", paper: "#ffffff", one: "#0072b2", two: "#d55e00", three: "#007f5f",
  four: "#9c4f87", off: "#e4e4e0", hatch: "#b9b9b4",
};
const DARK = {
  ink: "#e4e4e1", faint: "#a2a6aa", line: "#3a3e42", paper: "#1e2124", one: "#56b4e9", two: "#ff9248", three: "#35c79c",
  four: "#dd9fca", off: "#2c3034", hatch: "#50565b",
};
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let color = LIGHT;

class View {
  constructor(name, axes, draw) {
    this.canvas = document.querySelector(`[data-view="${name}"] canvas`);
    this.pen = this.canvas.getContext("2d", { alpha: false });
    this.name = name;
    this.widths = new Map(); // of texts
    this.axes = axes;
    this.paint = draw;
    this.fit();
  }

  fit() {
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    this.fitted = this.around;
    // A whole number of pixels: a width in between would have to be scaled at each frame.
    this.canvas.style.width = "";
    this.width = Math.floor(this.canvas.getBoundingClientRect().width);
    this.canvas.style.width = `${this.width}px`;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.scale = scale;
    this.kept = null;
    this.paper = { key: null, times: 0, canvas: null };
  }

  // Of the figure around it, which is as wide as the page lets it be.
  get around() {
    return this.canvas.parentElement.getBoundingClientRect().width;
  }

  draw() {
    if (this.width === 0) return;
    const axes = this.axes(now);
    Object.assign(this, { x: axes.x, y: axes.y, xlog: axes.xlog, ylog: axes.ylog });
    this.box = { left: axes.ylog ? 56 : 46, right: 8, top: 8, bottom: 34 };
    const keys = this.arranged(axes.keys?.(now) ?? []);
    if (keys.length > 0) this.box.top = 6 + 15 * (1 + keys.at(-1).row);
    if (axes.equal) this.square();
    this.measure();
    this.under(axes, keys);
    const g = this.pen;
    g.save();
    g.beginPath();
    g.rect(this.box.left, this.box.top, this.inner[0], this.inner[1]);
    g.clip();
    this.paint(this, now);
    g.restore();
    g.strokeStyle = color.faint;
    g.lineWidth = 1;
    g.strokeRect(this.box.left + 0.5, this.box.top + 0.5, this.inner[0] - 1, this.inner[1] - 1);
  }

  // Paper, grid, and all words around the plot: kept as a picture where they stay the same.
  under(axes, keys) {
    const words = keys.map((k) => k.words + k.stroke);
    const key = [this.x, this.y, axes.xlabel, axes.ylabel, words, color.paper].join("|");
    const draw = () => {
      const g = this.pen;
      g.setTransform(this.scale, 0, 0, this.scale, 0, 0);
      g.fillStyle = color.paper;
      g.fillRect(0, 0, this.width, this.height);
      if (axes.grid !== false) this.grid();
      this.labels(axes);
      this.keys(keys);
    };
    if (this.paper.key !== key) this.paper = { key, times: 0, canvas: null };
    this.paper.times += 1;
    if (this.paper.times < STEADY) {
      draw();
      return;
    }
    this.paper.canvas ??= this.aside(draw);
    this.pen.drawImage(this.paper.canvas, 0, 0, this.width, this.height);
  }

  // What is drawn on a canvas of its own, of the same size.
  aside(draw) {
    const { pen } = this;
    const canvas = document.createElement("canvas");
    canvas.width = this.canvas.width;
    canvas.height = this.canvas.height;
    this.pen = canvas.getContext("2d");
    this.pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    draw();
    this.pen = pen;
    return canvas;
  }

  // What the lines mean, in rows above the plot, where no line is.
  arranged(keys) {
    const measured = (words) => {
      this.pen.font = "11px system-ui, sans-serif";
      return this.pen.measureText(words).width;
    };
    let row = 0, x = this.box.left;
    return keys.map(([words, stroke, dash]) => {
      if (!this.widths.has(words)) this.widths.set(words, measured(words));
      const width = this.widths.get(words) + (stroke ? 24 : 0);
      if (x > this.box.left && x + width > this.width - 4) [row, x] = [row + 1, this.box.left];
      const at = { words, stroke, dash, row, x };
      x += width + 12;
      return at;
    });
  }

  keys(keys) {
    const g = this.pen;
    g.save();
    for (const { words, stroke, dash, row, x } of keys) {
      const y = 10 + 15 * row;
      this.text(words, x + (stroke ? 24 : 0), y, { align: "left" });
      if (!stroke) continue;
      g.strokeStyle = stroke;
      g.lineWidth = 2;
      g.setLineDash(dash);
      g.beginPath();
      g.moveTo(x, y);
      g.lineTo(x + 20, y);
      g.stroke();
    }
    g.restore();
  }

  get inner() {
    return [this.width - this.box.left - this.box.right, this.height - this.box.top - this.box.bottom];
  }

  square() {
    // One unit has the same length on both axes.
    const [w, h] = this.inner;
    const unit = Math.min(w / (this.x[1] - this.x[0]), h / (this.y[1] - this.y[0]));
    const widen = ([low, high], size) => {
      const extra = (size / unit - (high - low)) / 2;
      return [low - extra, high + extra];
    };
    this.x = widen(this.x, w);
    this.y = widen(this.y, h);
  }

  // Pixels for one unit of each axis, or of its logarithm.
  measure() {
    const span = ([a, b], log) => (log ? Math.log(b / a) : b - a);
    this.units = [this.inner[0] / span(this.x, this.xlog), this.inner[1] / span(this.y, this.ylog)];
  }

  X(x) {
    const a = this.x[0];
    return this.box.left + (this.xlog ? Math.log(x / a) : x - a) * this.units[0];
  }

  Y(y) {
    const a = this.y[0];
    const t = this.ylog ? Math.log(Math.max(y, a / 1e3) / a) : y - a;
    return this.height - this.box.bottom - t * this.units[1];
  }

  at(px, py) {
    // The coordinates of a pixel.
    const s = (px - this.box.left) / this.inner[0], t = (this.height - this.box.bottom - py) / this.inner[1];
    const place = ([a, b], u, log) => (log ? a * Math.pow(b / a, u) : a + u * (b - a));
    return [place(this.x, s, this.xlog), place(this.y, t, this.ylog)];
  }

  ticks([low, high], log, room) {
    if (log) {
      const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
      const by = Math.max(1, Math.ceil((last - first) / Math.max(2, Math.floor(room / 34))));
      const found = [];
      for (let e = first; e <= last; e += by) found.push([Math.pow(10, e), e]);
      return found.map(([v, e]) => [v, e >= -2 && e <= 2 ? String(Number(v.toPrecision(3))) : `1e${e}`.replace("-", "−")]);
    }
    const rough = (high - low) / Math.max(2, Math.floor(room / 45));
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    const by = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= 0.9 * rough);
    const found = [];
    for (let i = Math.ceil(low / by - 1e-9); i * by <= high + 1e-9 * by; i++) {
      found.push([i * by, String(Number((i * by).toPrecision(6))).replace("-", "−")]);
    }
    return found;
  }

  grid() {
    const g = this.pen;
    g.strokeStyle = color.line;
    g.lineWidth = 0.5;
    g.beginPath();
    for (const [v] of this.ticks(this.x, this.xlog, this.inner[0])) {
      g.moveTo(this.X(v), this.box.top);
      g.lineTo(this.X(v), this.height - this.box.bottom);
    }
    for (const [v] of this.ticks(this.y, this.ylog, this.inner[1])) {
      g.moveTo(this.box.left, this.Y(v));
      g.lineTo(this.width - this.box.right, this.Y(v));
    }
    g.stroke();
  }

  labels(axes) {
    const g = this.pen;
    g.fillStyle = color.faint;
    g.font = "11px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const [v, text] of this.ticks(this.x, this.xlog, this.inner[0])) {
      g.fillText(text, Math.min(this.X(v), this.width - 10), this.height - this.box.bottom + 4);
    }
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const [v, text] of this.ticks(this.y, this.ylog, this.inner[1])) {
      g.fillText(text, this.box.left - 4, Math.min(Math.max(this.Y(v), this.box.top + 5), this.height - this.box.bottom - 3));
    }
    g.fillStyle = color.ink;
    g.textAlign = "center";
    g.textBaseline = "bottom";
    g.fillText(axes.xlabel, this.box.left + this.inner[0] / 2, this.height - 2);
    g.save();
    g.translate(2, this.box.top + this.inner[1] / 2);
    g.rotate(-Math.PI / 2);
    g.textBaseline = "top";
    g.fillText(axes.ylabel, 0, 0);
    g.restore();
  }

  line(points, stroke, width = 1.5, dash = [], opacity = 1) {
    const g = this.pen;
    g.globalAlpha = opacity;
    g.strokeStyle = stroke;
    g.lineWidth = width;
    g.lineJoin = "round";
    g.setLineDash(dash);
    g.beginPath();
    let open = false;
    for (const [x, y] of points) {
      const px = Math.min(Math.max(this.X(x), -1e4), 1e4), py = Math.min(Math.max(this.Y(y), -1e4), 1e4);
      if (Number.isNaN(px) || Number.isNaN(py)) {
        open = false;
        continue;
      }
      if (open) g.lineTo(px, py);
      else g.moveTo(px, py);
      open = true;
      // Of an orbit that has left, more would not be seen and would take time.
      if (!this.ylog && Math.max(Math.abs(px), Math.abs(py)) > 5000) break;
    }
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  mark(x, y, shape, fill, size = 5) {
    const g = this.pen;
    const px = this.X(x), py = this.Y(y);
    if (!(Math.abs(px) < 1e4 && Math.abs(py) < 1e4)) return;
    g.beginPath();
    if (shape === "square") g.rect(px - size + 1, py - size + 1, 2 * size - 2, 2 * size - 2);
    else if (shape === "diamond") {
      g.moveTo(px, py - size - 2);
      g.lineTo(px + size + 2, py);
      g.lineTo(px, py + size + 2);
      g.lineTo(px - size - 2, py);
      g.closePath();
    } else if (shape === "star") {
      for (let i = 0; i < 10; i++) {
        const r = i % 2 ? (size + 3) / 2.3 : size + 3, a = (i * Math.PI) / 5 - Math.PI / 2;
        g.lineTo(px + r * Math.cos(a), py + r * Math.sin(a));
      }
      g.closePath();
    } else g.arc(px, py, size, 0, 2 * Math.PI);
    g.fillStyle = fill;
    g.fill();
    g.lineWidth = 1.5;
    g.strokeStyle = color.paper;
    g.stroke();
  }

  dots(points, fill, size = 1.6) {
    const g = this.pen;
    g.fillStyle = fill;
    for (const [x, y] of points) {
      const px = this.X(x), py = this.Y(y);
      if (px > -9 && py > -9 && px < this.width + 9 && py < this.height + 9) g.fillRect(px - size, py - size, 2 * size, 2 * size);
    }
  }

  hatch() {
    // The ground of the map, seen where nothing converges.
    const g = this.pen;
    const [w, h] = this.inner;
    g.fillStyle = color.off;
    g.fillRect(this.box.left, this.box.top, w, h);
    g.strokeStyle = color.hatch;
    g.lineWidth = 1;
    g.beginPath();
    for (let s = 0; s < w + h; s += 9) {
      g.moveTo(this.box.left + s, this.box.top);
      g.lineTo(this.box.left + s - h, this.box.top + h);
    }
    g.stroke();
  }

  text(words, px, py, { fill = color.ink, align = "center", halo = color.paper } = {}) {
    const g = this.pen;
    g.font = "11px system-ui, sans-serif";
    g.textAlign = align;
    g.textBaseline = "middle";
    if (align === "center") {
      const half = g.measureText(words).width / 2 + 4;
      px = Math.min(Math.max(px, this.box.left + half), this.width - this.box.right - half);
    }
    if (halo) {
      g.lineWidth = 3;
      g.strokeStyle = halo;
      g.lineJoin = "round";
      g.strokeText(words, px, py);
    }
    g.fillStyle = fill;
    g.fillText(words, px, py);
  }

  image(columns, rows, fill, smooth = false) {
    // A colored cell for each column and row, the first row lowest; where nothing is put, what is below is seen.
    this.cells ??= document.createElement("canvas");
    this.cells.width = columns;
    this.cells.height = rows;
    const pen = this.cells.getContext("2d");
    const data = pen.createImageData(columns, rows);
    const words = new Uint32Array(data.data.buffer);
    const more = fill((i, j, rgba) => (words[(rows - 1 - j) * columns + i] = rgba));
    pen.putImageData(data, 0, 0);
    this.pen.imageSmoothingEnabled = smooth;
    this.pen.drawImage(this.cells, this.box.left, this.box.top, this.inner[0], this.inner[1]);
    return more;
  }

  ground(key, draw) {
    // What is drawn again only where the key is another one.
    if (this.kept?.key !== key) this.kept = { key, canvas: this.aside(draw) };
    this.pen.drawImage(this.kept.canvas, 0, 0, this.width, this.height);
  }
}

// The bytes of #rrggbb as one number, in the order of an image.
function packed(hex) {
  const v = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((v & 0xff) << 16) | (v & 0xff00) | (v >> 16)) >>> 0;
}

const SHADES = DATA.palette.map(packed);

function shade(t) {
  return SHADES[Math.min(SHADES.length - 1, Math.max(0, Math.round(t * (SHADES.length - 1))))];
}

function shadeText(t) {
  return DATA.palette[Math.min(SHADES.length - 1, Math.max(0, Math.round(t * (SHADES.length - 1))))];
}

const ENDS = [["circle", "two"], ["square", "one"]]; // mu and L in all views

// Views --------------------------------------------------------------------------------------------------------------

const map = {
  axes(n) {
    const r = n.data.ranges[n.data.step];
    const high = r.high / L, log = high > 10;
    const y = n.data.second === null ? [0, 1.2] : [n.data.ranges[n.data.second].low, n.data.ranges[n.data.second].high];
    const xlabel = `${letter(n.data.step)} λ`;
    return { x: [log ? 0.01 : 0, high], y, xlog: log, xlabel, ylabel: letter(n.data.second ?? "rate"), grid: false };
  },
  // The arguments of the generated functions at a point of the map.
  place(n) {
    const at = [...n.given, 0];
    const i = n.data.parameters.indexOf(n.data.step), j = n.data.parameters.indexOf(n.data.second);
    const moves = n.data.map.includes(n.data.step);
    return (x, y) => {
      if (moves) at[at.length - 1] = x / at[i];
      else {
        at[i] = x;
        at[at.length - 1] = 1;
      }
      if (j >= 0) at[j] = y;
      return at;
    };
  },
  draw(v, n) {
    const at = map.place(n);
    const flat = n.data.second === null;
    v.ground(JSON.stringify([state.method, n.data.map.map((p) => n.values[p])]), () => {
      v.hatch();
      const [columns, most] = n.data.map.length > 0 ? FEWER : CELLS, rows = flat ? 1 : most;
      const { labels, borders } = v.image(columns, rows, (put) => map.fill(v, n, at, columns, rows, put), true);
      for (const [from, to] of borders) v.line([from, to], color.ink, 1.25);
      for (const [name, s, t] of labels) v.text(name, v.box.left + s * v.inner[0], v.box.top + t * v.inner[1]);
    });
    if (flat) {
      const points = Array.from({ length: 201 }, (_, i) => v.x[0] + (i / 200) * (v.x[1] - v.x[0]))
        .map((x) => [x, n.f.rate(...at(x, 0))]);
      v.line(points, color.paper, 5);
      v.line(points, color.ink, 2);
    }
    const y = (l) => (flat ? n.f.rate(...n.given, l) : n.values[n.data.second]);
    const step = n.values[n.data.step];
    const spectrum = logspace(n.mu, L, 33).map((l) => [Math.max(step * l, v.x[0]), y(l)]);
    v.line(spectrum, color.paper, 5);
    v.line(spectrum, color.ink, 2.5);
    const best = tuned(n);
    // The map is a slice through the other parameters, and for some methods through the step size: the best ones must lie in it.
    if (best && !n.data.map.includes(n.data.step) && n.data.parameters.every((p) => p === n.data.step || p === n.data.second || best[p] === n.values[p])) {
      const height = flat ? n.f.rate(...n.data.parameters.map((p) => best[p]), L) : best[n.data.second];
      v.mark(best[n.data.step] * L, height, "star", color.four, 10);
    }
    n.ends.forEach((l, i) => v.mark(Math.max(step * l, v.x[0]), y(l), ENDS[i][0], color[ENDS[i][1]]));
    v.mark(step * n.lam, y(n.lam), "diamond", color.three, 3);
  },
  fill(v, n, at, columns, rows, put) {
    const { rate, regime } = n.f;
    const codes = new Int8Array(columns * rows);
    const divergent = n.data.regimes.indexOf("divergent");
    const X = (s) => (v.xlog ? v.x[0] * Math.pow(v.x[1] / v.x[0], s / columns) : v.x[0] + (s / columns) * (v.x[1] - v.x[0]));
    const Y = (t) => v.y[0] + (t / rows) * (v.y[1] - v.y[0]);
    for (let j = 0; j < rows; j++) {
      const y = Y(j + 0.5);
      for (let i = 0; i < columns; i++) {
        const point = at(X(i + 0.5), y);
        const code = (codes[j * columns + i] = regime(...point));
        if (code !== divergent) put(i, j, shade(rate(...point)));
      }
    }
    return { labels: map.labels(n, codes, columns, rows), borders: map.borders(codes, columns, rows, X, Y, (x, y) => regime(...at(x, y))) };
  },
  // Between the middles of four neighboring cells: from where the regime changes on one side to where it does on another.
  borders(codes, columns, rows, X, Y, regime) {
    const found = [];
    const crossing = (a, b, first) => {
      // By bisection between two points of different regimes.
      for (let i = 0; i < 6; i++) {
        const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
        if (regime(X(middle[0]), Y(middle[1])) === first) a = middle;
        else b = middle;
      }
      return [X((a[0] + b[0]) / 2), Y((a[1] + b[1]) / 2)];
    };
    for (let j = 0; j + 1 < rows; j++) {
      for (let i = 0; i + 1 < columns; i++) {
        const k = j * columns + i;
        const [a, b, c, d] = [codes[k], codes[k + 1], codes[k + columns + 1], codes[k + columns]];
        if (a === b && b === c && c === d) continue;
        const corners = [[i + 0.5, j + 0.5], [i + 1.5, j + 0.5], [i + 1.5, j + 1.5], [i + 0.5, j + 1.5]];
        const around = [a, b, c, d];
        const points = [0, 1, 2, 3].filter((e) => around[e] !== around[(e + 1) % 4])
          .map((e) => crossing(corners[e], corners[(e + 1) % 4], around[e]));
        if (points.length === 2) found.push(points);
        else for (const point of points) found.push([point, [X(i + 1), Y(j + 1)]]);
      }
    }
    return found;
  },
  // For each regime the middle of its longest run in a row.
  labels(n, codes, columns, rows) {
    const best = new Map();
    for (let j = Math.floor(rows * 0.08); j < Math.max(1, rows * 0.92); j++) {
      for (let i = 0, start = 0; i < columns; i++) {
        const code = codes[j * columns + i];
        if (i + 1 < columns && codes[j * columns + i + 1] === code) continue;
        const length = i + 1 - start;
        if (length > (best.get(code)?.length ?? columns / 9)) best.set(code, { length, i: (start + i + 1) / 2, j });
        start = i + 1;
      }
    }
    return [...best].map(([code, b]) => [n.data.regimes[code], b.i / columns, rows === 1 ? 0.08 : 1 - (b.j + 0.5) / rows]);
  },
};

const plane = {
  axes: () => ({ x: [-1.25, 1.25], y: [-1.25, 1.25], equal: true, xlabel: "real part", ylabel: "imaginary part" }),
  draw(v, n) {
    v.line(circle(1), color.ink, 1.5);
    v.line(circle(n.worst), color.four, 1.5, [5, 4]);
    const all = logspace(n.mu, L, 61);
    all.forEach((l, i) => v.dots(n.f.eigenvalues(...n.given, l), shadeLine(i / (all.length - 1)), 2));
    n.ends.forEach((l, i) => n.f.eigenvalues(...n.given, l).forEach(([x, y]) => v.mark(x, y, ENDS[i][0], color[ENDS[i][1]])));
    n.f.eigenvalues(...n.given, n.lam).forEach(([x, y]) => v.mark(x, y, "diamond", color.three, 4));
  },
};

function circle(radius) {
  return Array.from({ length: 73 }, (_, i) => [radius * Math.cos((i * Math.PI) / 36), radius * Math.sin((i * Math.PI) / 36)]);
}

const paths = {
  axes(n) {
    // Each axis as wide as the path; the run with noise may widen it to twice that.
    const [x, y] = n.exact.map((values, i) => {
      const path = [0, ...values.slice(0, n.shown + 1)].filter((v) => Math.abs(v) < FAR);
      const ends = [Math.min(...path), Math.max(...path)], room = (ends[1] - ends[0]) / 2;
      const run = n.noisy ? n.noisy[i].slice(0, n.shown + 1).filter((v) => Math.abs(v) < FAR) : [];
      const low = Math.max(Math.min(ends[0], ...run), ends[0] - room);
      const high = Math.min(Math.max(ends[1], ...run), ends[1] + room);
      return [low - 0.12 * (high - low), high + 0.12 * (high - low)];
    });
    const run = n.noisy ? [["with noise", color.two, []]] : [];
    const keys = () => [["exact", color.one, []], ...run, [`${n.shown} steps`, null]];
    return { x, y, xlabel: "along the eigenvector of μ", ylabel: "along that of L", keys };
  },
  draw(v, n) {
    const corner = (n.mu * square(Math.max(...v.x.map(Math.abs))) + L * square(Math.max(...v.y.map(Math.abs)))) / 2;
    for (let i = 0; i < 8; i++) {
      const level = corner / Math.pow(2.5, i);
      const [a, b] = [Math.sqrt((2 * level) / n.mu), Math.sqrt((2 * level) / L)];
      v.line(circle(1).map(([x, y]) => [a * x, b * y]), color.hatch, 1);
    }
    if (n.noisy) {
      const run = zip(...n.noisy).slice(0, n.shown + 1);
      v.line(run, color.two, 1, [], 0.6);
      v.dots(run, color.two, 1.2);
    }
    const points = zip(...n.exact).slice(0, n.shown + 1);
    v.line(points, color.paper, 3, [], 0.5);
    v.line(points, color.one, 1.25, [], 0.75);
    v.dots(points, color.one, 2.2);
    v.mark(...START, "circle", color.one, 4);
    v.mark(0, 0, "star", color.four, 4);
  },
};

function zip(xs, ys) {
  return xs.map((x, i) => [x, ys[i]]);
}

const phase = {
  axes(n) {
    const w = n.data.iterate, other = 1 - w;
    const matrix = n.f.matrix(...n.given, n.lam);
    const rest = orbit(matrix, n.rest, STEPS);
    const most = Math.max(...rest.slice(0, 40).map((s) => Math.abs(s[other])).filter(Number.isFinite), 1e-9);
    const high = nice(1.15 * Math.min(most, 1e6));
    n.orbits = Array.from({ length: 6 }, (_, i) => {
      const angle = ((i + 0.5) * Math.PI) / 3, start = [0, 0];
      start[w] = Math.cos(angle);
      start[other] = (Math.sin(angle) * high) / 1.3;
      return orbit(matrix, start, 60);
    });
    n.orbits.push(rest);
    return { x: [-1.3, 1.3], y: [-high, high], xlabel: "w from the minimizer", ylabel: n.data.state[other] };
  },
  draw(v, n) {
    const w = n.data.iterate;
    n.orbits.forEach((states, i) => {
      const points = states.map((s) => [s[w], s[1 - w]]);
      const last = i === n.orbits.length - 1;
      v.line(points, last ? color.one : color.hatch, last ? 1.75 : 1);
      v.dots(points, last ? color.one : color.faint, last ? 2.2 : 1.2);
      if (last) v.mark(...points[0], "circle", color.one, 4);
    });
    v.mark(0, 0, "star", color.four, 5);
  },
};

function nice(x) {
  const power = Math.pow(10, Math.floor(Math.log10(x)));
  return [1, 2, 5, 10].map((m) => m * power).find((m) => m >= x * 0.999);
}

const split = {
  axes: () => ({
    x: [0, STEPS], y: [1e-12, 1000], ylog: true, xlabel: "step", ylabel: "loss over that at the start",
    keys: () => [["total", color.ink, []], ["worst case", color.two, [6, 4]], ["shares, μ to L", shadeLine(0.5), []]],
  }),
  draw(v, n) {
    n.shares.forEach((share, i) => v.line(zip(n.ks, share), shadeLine(i / (MODES - 1)), 1));
    v.line(zip(n.ks, n.envelope), color.two, 1.5, [6, 4]);
    v.line(zip(n.ks, n.total), color.ink, 2);
  },
};

// The ends of the palette would be lost on one of the two grounds.
function shadeLine(t) {
  return shadeText(dark.matches ? 0.35 + 0.65 * t : 0.75 * t);
}

const expected = {
  axes: () => ({
    x: [0, STEPS], y: [1e-10, 1000], ylog: true, xlabel: "step", ylabel: "expected loss",
    keys: (n) => [
      ["expected", color.ink, []], ["without noise", color.one, [6, 4]], ["floor", color.two, [2, 3]],
      ...(n.noisy ? [["one run", color.faint, []]] : []),
    ],
  }),
  draw(v, n) {
    if (n.noisy) {
      v.line(n.ks.map((k) => [k, n.ends.reduce((sum, l, i) => sum + (l * square(n.noisy[i][k])) / 2, 0)]), color.faint, 0.75);
    }
    v.line(zip(n.ks, n.decay), color.one, 1.5, [6, 4]);
    if (n.floor > 0 && Number.isFinite(n.floor)) v.line([[0, n.floor], [STEPS, n.floor]], color.two, 1.5, [2, 3]);
    v.line(zip(n.ks, n.expected), color.ink, 2);
  },
};

const cone = {
  axes: (n) => ({
    x: [-0.5, CHAIN + 0.5], y: [0.5, n.chain.minimizer.length + 0.5], xlabel: "step k", ylabel: "weight i", grid: false,
  }),
  draw(v, n) {
    const { minimizer, errors } = n.chain;
    const size = minimizer.length;
    v.ground("", () => v.hatch());
    v.image(CHAIN + 1, size, (put) => {
      for (let k = 0; k <= CHAIN; k++) {
        for (let i = 0; i < Math.min(k, size); i++) put(k, i, shade(1 + Math.log10(Math.abs(errors[k][i] / minimizer[i])) / DECADES));
      }
    });
    // After k gradients the weights from k + 1 on are still where they were.
    const stairs = [[-0.5, 0.5]];
    for (let k = 0; k < size; k++) stairs.push([k + 0.5, k + 0.5], [k + 0.5, k + 1.5]);
    v.line(stairs, color.two, 2);
    v.text("not reached", v.X(size * 0.3), v.Y(size * 0.78));
  },
};

// Text ---------------------------------------------------------------------------------------------------------------

const GREEK = { alpha: "α", beta: "β", gamma: "γ", delta: "δ", nu: "ν", eta: "η", mu: "μ", rho: "ρ", lam: "λ" };

function letter(name) {
  return GREEK[name] ?? name;
}

function short(x, digits = 4) {
  if (x === Infinity) return "infinite";
  if (Number.isNaN(x)) return "undefined";
  const text = String(Number(x.toPrecision(digits)));
  return text.replace("-", "−");
}

function sentences(n) {
  const stable = n.worst < 1;
  const edge = n.margin === Infinity ? "Every curvature from μ on is stable."
    : `The edge of stability is at ${short(n.margin)} times L${n.f.threshold ? "" : " (found by bisection)"}.`;
  const { count, peak } = n;
  const counted = count.exact ? short(count.k, 9) : `about ${short(count.k, 3)} (of ${NODES} curvatures)`;
  const overshoot = peak.k === 0 ? "none: never above that at the start"
    : `${short(peak.value)} after ${peak.k} ${peak.k === 1 ? "step" : "steps"}`;
  return {
    regime: `${n.regime}: ${n.meaning}`,
    rate: `${short(n.rate, 6)} on the mode shown; ${short(n.worst, 6)} at worst from μ to L`,
    steps: stable ? `${counted} at the worst curvature; ${short(n.steps, 9)} by the rate alone`
      : "never: at some curvature the error does not shrink",
    peak: !stable ? "without end, or no less than that at the start"
      : peak.sure ? overshoot : `${overshoot}, in the first ${LONG}`,
    margin: stable ? edge : "None: it is unstable for some curvature from μ to L.",
    floor: n.noise === 0 ? "0: there is no noise"
      : Number.isFinite(n.floor) ? `the expected loss stays above ${short(n.floor)} in the limit` : "none: the expected loss grows",
  };
}

// Text that is already there is left alone: it would be laid out again.
function write(id, text) {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
}

let spoken = 0;

function tell(n) {
  const all = sentences(n);
  for (const [key, text] of Object.entries(all)) write(`say-${key}`, text);
  write("say-mode", `λ = ${short(n.lam)}`);
  // Spoken once the slider rests, not at each step of it.
  clearTimeout(spoken);
  spoken = setTimeout(() => {
    document.getElementById("spoken").textContent =
      `Regime ${all.regime} Rate ${all.rate}. Steps to 1e-6: ${all.steps}. Overshoot: ${all.peak}. `
      + `Margin of stability: ${all.margin}`;
    address();
  }, 300);
}

function explain() {
  // What changes with the method only.
  const data = DATA.methods[state.method];
  document.getElementById("method-name").textContent = state.method;
  document.getElementById("method-note").innerHTML = data.note;
  document.getElementById("remarks").innerHTML = data.remarks.join(" ");
  document.getElementById("method-formulas").innerHTML =
    data.formulas.map(([label, math]) => `<dt>${label}</dt><dd>${math}</dd>`).join("");
}

// Where the worst rate is below 1 on a slider's range, the other parameters as they are: intervals of its position, and
// of the parameter itself, which go on beyond the slider.
function stableRanges(n, index) {
  const p = n.data.parameters[index];
  const at = [...n.given];
  const stable = (v) => {
    at[index] = v;
    return n.f.worst_rate(...at, n.mu, L) < 1;
  };
  const holds = (t) => stable(value(p, t));
  const beyond = (from, direction, span) => {
    // Doubling steps out of the slider, then bisection.
    let inside = from, step = span / 1000;
    while (stable(from + direction * step)) {
      inside = from + direction * step;
      step *= 2;
      if (step > FAR * span) return direction * Infinity;
    }
    let outside = from + direction * step;
    for (let i = 0; i < 45; i++) {
      const middle = (inside + outside) / 2;
      if (stable(middle)) inside = middle;
      else outside = middle;
    }
    return Math.abs(inside) < 1e-9 * span ? 0 : inside;
  };
  const { low, high } = slider(p);
  const edge = (a, b) => {
    // Stable at a, not at b.
    for (let i = 0; i < 30; i++) {
      const middle = (a + b) / 2;
      if (holds(middle)) a = middle;
      else b = middle;
    }
    return a;
  };
  const found = [];
  const COUNT = 96;
  let before = false, start = low;
  for (let i = 0; i <= COUNT; i++) {
    const t = low + (i / COUNT) * (high - low), last = low + ((i - 1) / COUNT) * (high - low);
    const is = holds(t);
    if (is && !before) start = i === 0 ? low : edge(t, last);
    if (before && !is) found.push([start, edge(last, t)]);
    before = is;
  }
  if (before) found.push([start, high]);
  const r = n.data.ranges[p], span = r.high - r.low;
  return found.map(([a, b]) => ({
    positions: [a, b],
    values: [a === low ? beyond(r.low, -1, span) : value(p, a), b === high ? beyond(r.high, 1, span) : value(p, b)],
  }));
}

function interval(name, [low, high]) {
  if (low === -Infinity) return high === Infinity ? `any ${name}` : `${name} < ${short(high, 3)}`;
  return high === Infinity ? `${name} > ${short(low, 3)}` : `${short(low, 3)} < ${name} < ${short(high, 3)}`;
}

function marks(n) {
  n.data.parameters.forEach((p, index) => {
    const found = stableRanges(n, index);
    const { low, high } = slider(p);
    const place = (t) => `${((100 * (t - low)) / (high - low)).toFixed(2)}%`;
    const stops = found.map(({ positions: [a, b] }) =>
      `transparent ${place(a)}, var(--stable) ${place(a)} ${place(b)}, transparent ${place(b)}`);
    const words = found.map((f) => interval(letter(p), f.values)).join(" or ");
    const bar = document.getElementById(`stable-${index}`);
    const ranges = stops.length ? `linear-gradient(90deg, ${stops.join(", ")})` : "none";
    if (bar.style.getPropertyValue("--ranges") !== ranges) bar.style.setProperty("--ranges", ranges);
    write(`stable-text-${index}`, words ? `stable: ${words}` : "stable nowhere on the slider");
  });
}

// Widgets ------------------------------------------------------------------------------------------------------------

// A slider's range, in its positions; those of a logarithmic one are exponents.
function slider(p) {
  const r = DATA.methods[state.method].ranges[p];
  return r.log ? { low: Math.log10(r.low), high: Math.log10(r.high) } : { low: r.low, high: r.high };
}

function value(p, position) {
  return DATA.methods[state.method].ranges[p].log ? Math.pow(10, position) : position;
}

// The sliders that belong to no parameter: from the state to a position, and back.
const POSITION = {
  kappa: [Math.log10, (t) => Math.pow(10, t)],
  noise: [(v) => v, (t) => t],
  mode: [(v) => v, (t) => t],
};
const CHOICES = ["preset0", "preset1"]; // buttons for published parameters
const SLIDERS = ["p0", "p1", "p2", ...Object.keys(POSITION)];
const positions = {}; // where the sliders stand; what the page sets itself is no movement

function model(name) {
  return window.Bokeh.documents[0].get_model_by_name(name);
}

function place(name, position, others = {}) {
  positions[name] = position;
  model(name).setv({ ...others, value: position });
}

function settle() {
  // All widgets as the state says.
  const data = DATA.methods[state.method];
  positions.method = state.method;
  model("method").value = state.method;
  [0, 1, 2].forEach((i) => {
    const p = data.parameters[i];
    const name = `p${i}`;
    document.getElementById(`row-${i}`).hidden = p === undefined;
    if (p === undefined) return;
    const r = data.ranges[p];
    const { low, high } = slider(p);
    const v = r.log ? Math.log10(Math.max(state.values[p], r.low)) : state.values[p];
    const meaning = data.meanings[p];
    const title = `${letter(p)}${meaning ? ` · ${meaning}` : ""}`;
    place(name, Math.min(Math.max(v, low), high), { start: low, end: high, step: (high - low) / 400, title });
  });
  for (const [own, [to]] of Object.entries(POSITION)) place(own, to(state[own]));
  const best = data.tuning === "proved" ? "Best parameters (proved)" : "Best parameters";
  model("tune").setv({ disabled: !now.f.tuning, label: now.f.tuning ? best : "Best parameters: no closed form" });
  CHOICES.forEach((id, i) => {
    const label = data.presets[i];
    document.getElementById(id).hidden = label === undefined;
    if (label !== undefined) model(id).label = label;
  });
}

// A button that would do nothing says why.
function offer(n) {
  const { root, why } = n.damped, damp = model("damp");
  const label = root === null ? `Critical damping: ${why}` : "Critical damping of the mode shown";
  if (damp.label !== label) damp.setv({ disabled: root === null, label });
}

// Names and values of the sliders for who hears the page: Bokeh gives their handles no names, and positions for values.
function pronounce() {
  for (const name of SLIDERS) {
    const m = model(name);
    const handle = document.querySelector(`[data-root-id="${m.id}"]`)?.firstElementChild?.shadowRoot?.querySelector(".noUi-handle");
    handle?.setAttribute("aria-label", m.title);
    handle?.setAttribute("aria-valuetext", read(name, m.value));
  }
}

function moved(name) {
  const v = model(name).value;
  if (positions[name] === v) return;
  positions[name] = v;
  hint("");
  notice("");
  if (name === "method") set({ method: v });
  else {
    const p = /^p\d$/.test(name) ? DATA.methods[state.method].parameters[Number(name[1])] : null;
    if (p === null) state[name] = POSITION[name][1](v);
    else state.values[p] = value(p, v);
    show(false);
  }
}

// What a slider says beside its title.
function read(name, position) {
  const own = POSITION[name];
  if (own) return name === "mode" ? `${Math.round(100 * position)} % from μ to L` : short(own[1](position), 4);
  const p = DATA.methods[state.method].parameters[Number(name[1])];
  // A value that was set is shown as it is, also where it is beyond the slider.
  return p === undefined ? "" : short(positions[name] === position ? state.values[p] : value(p, position), 4);
}

function tuned(n = now) {
  if (!n.f.tuning) return null;
  return { ...n.values, ...n.f.tuning(n.mu, L, ...n.data.tuning_given.map((p) => n.values[p])) };
}

// Published parameters, where the condition number allows them.
function published(i, n = now) {
  return { ...n.values, ...n.f[`preset_${i}`](n.mu, L) };
}

function said(values) {
  return Object.entries(values).map(([p, v]) => `${letter(p)} = ${short(v)}`).join(", ");
}

function tune() {
  const values = tuned();
  const proved = now.data.tuning === "proved";
  set({ values });
  hint(`Now ${said(values)}${proved ? ": no others have a smaller worst rate" : ""}.`);
}

function preset(i) {
  const values = published(i);
  set({ values });
  hint(`Now ${said(values)}.`);
}

// Of the values on the slider at which the eigenvalues of the mode coincide, the one with the least rate; or why there
// is none.
function damped(n) {
  const p = n.data.damper, { low, high } = n.data.ranges[p];
  if (!n.f.critical) return { root: null, why: "at no parameter" };
  const at = (v) => n.data.parameters.map((q) => (q === p ? v : n.values[q]));
  const stable = Object.values(n.f.critical(...n.given, n.lam)).filter((v) => n.f.stable(...at(v), n.lam));
  const found = stable.filter((v) => v >= low && v <= high);
  if (found.length === 0) {
    const off = `${letter(p)} = ${short(stable[0] ?? NaN, 3)} is off the slider`;
    return { root: null, why: stable.length > 0 ? off : `at no stable ${letter(p)}` };
  }
  const rate = (v) => n.f.rate(...at(v), n.lam);
  return { root: found.reduce((best, v) => (rate(v) < rate(best) ? v : best)), why: "" };
}

function damp() {
  const p = now.data.damper, { root } = now.damped;
  if (root === null) return;
  set({ values: { [p]: root } });
  hint(`Now ${said({ [p]: root })}: both eigenvalues of the mode shown are the same.`);
}

// The loop -----------------------------------------------------------------------------------------------------------

let painted = false, again = false, unsettled = true, explained = "";

// At most once in a frame; the first change in it is followed at once, when all that belongs to it is set.
function show(settling = true) {
  unsettled ||= settling;
  if (painted) {
    again = true;
    return;
  }
  painted = true;
  queueMicrotask(paint);
  requestAnimationFrame(() => {
    painted = false;
    if (again) show(false);
    again = false;
  });
}

function paint() {
  now = derive(state);
  for (const view of views) view.draw();
  tell(now);
  marks(now);
  offer(now);
  if (explained !== state.method) {
    explained = state.method;
    explain();
  }
  if (unsettled) {
    unsettled = false;
    settle();
  }
  pronounce();
}

// How long a step of a slider takes until the frame after the one in which all is drawn, in milliseconds.
async function measure(count = 40) {
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 20 + ((7 * i) % 17)));
    const slide = model(i % 2 ? "kappa" : "p0");
    const begun = performance.now();
    slide.value = slide.start + ((0.13 * i) % 1) * (slide.end - slide.start);
    await frame();
    await frame();
    times.push(performance.now() - begun);
  }
  return times;
}

function recolor() {
  color = dark.matches ? DARK : LIGHT;
  for (const view of views) view.kept = null;
  if (now) show(false);
}

function start() {
  for (const [name, v] of Object.entries({ map, plane, paths, phase, split, expected, cone })) {
    views.push(new View(name, v.axes, v.draw));
  }
  const strip = document.getElementById("views");
  new ResizeObserver(() => {
    // Where the views are a strip, the arrow keys move it.
    strip.tabIndex = strip.scrollWidth > strip.clientWidth ? 0 : -1;
    // The views are as high as they are; only another width changes them.
    if (views.every((view) => view.fitted === view.around)) return;
    for (const view of views) view.fit();
    if (now) show(false);
  }).observe(strip);
  dark.addEventListener("change", recolor);
  window.addEventListener("hashchange", () => {
    if (location.hash !== link()) follow(location.hash);
  });
  // On the map a pointer sets both parameters for the mode shown; the sliders do the same from the keyboard.
  const canvas = views[0].canvas;
  const aim = (event) => {
    const { step, second, ranges } = now.data;
    const [x, y] = views[0].at(event.offsetX, event.offsetY);
    const within = (p, v) => Math.min(Math.max(v, ranges[p].low), ranges[p].high);
    const values = { [step]: within(step, x / now.lam) };
    if (second !== null) values[second] = within(second, y);
    set({ values });
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    aim(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) aim(event);
  });
  pick(state.method);
  color = dark.matches ? DARK : LIGHT;
  if (location.hash) follow(location.hash);
  else show();
}

window.symmomentum = {
  start, moved, read, tune, damp, preset, set, measure, derive, sentences, link, state, METHODS, COMMON, DATA,
};
