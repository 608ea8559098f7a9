// The page of `symmomentum explore`: layout, drawing and text. Its numbers come from METHODS and COMMON, the functions that are
// generated from the theory; here they are called, and the update is iterated with the generated matrices.
//
// Before it stand: METHODS (by name, the functions of each method), COMMON (functions of no method), DATA (texts and ranges).

const L = 1; // the unit of curvature
const STEPS = DATA.errors.length; // in the views over steps
const MODES = 5; // among which the loss is split
const ENVELOPE = 33; // curvatures of which the envelope is the largest
const START = [-1, 1]; // of the iterates, in the coordinates of the eigenvectors
const CELLS = [180, 108]; // columns and rows of the map
const FEWER = [120, 72]; // where it changes with sliders
const CHAIN = 50; // steps on the Convex Rosenbrock
const DECADES = 6; // of the distances there, in color
const FAR = 1e6; // beyond it a parameter in an address is ignored
const SPAN = { kappa: [1.1, 1000], noise: [0, 1], mode: [0, 1] };
const OWN = { kappa: "condition-number", noise: "noise-level", mode: "mode-shown" }; // no parameter has such a name

const state = { method: DATA.first, values: {}, kappa: 30, noise: 0.05, mode: 0.3 };
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

function follow(hash) {
  // Whatever is wrong with it, the rest counts.
  const [name, ...pairs] = hash.replace(/^#/, "").split("&");
  const method = decoded(name);
  const changes = { values: {} };
  if (Object.hasOwn(DATA.methods, method)) changes.method = method;
  const ranges = DATA.methods[changes.method ?? state.method].ranges;
  for (const pair of pairs) {
    const [key, text] = pair.split("=").map(decoded);
    if (text === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) continue;
    const value = Number(text);
    const own = Object.keys(OWN).find((o) => OWN[o] === key);
    if (own !== undefined) {
      const [low, high] = SPAN[own];
      if (value >= low && value <= high) changes[own] = value;
    } else if (Object.hasOwn(ranges, key) && Math.abs(value) <= FAR && (value > 0 || !ranges[key].log)) changes.values[key] = value;
  }
  set(changes);
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
  const level = n.f.level(...n.given), slope = n.f.slope(...n.given);
  const rest = Object.values(n.f.rest(...n.given));
  const A = COMMON.rosenbrock(kappa);
  const minimizer = Object.values(COMMON.minimizer(kappa));
  const size = minimizer.length, w = n.data.iterate;
  const times = (v) => v.map((x, i) =>
    (i < size - 1 ? A.diagonal : A.last) * x + A.beside * ((v[i - 1] ?? 0) + (v[i + 1] ?? 0)));
  let s = rest.map((r) => minimizer.map((m) => -r * m));
  const rows = [s[w]];
  for (let k = 0; k < CHAIN; k++) {
    const t = s.map(times), old = s;
    s = [0, 1].map((a) => minimizer.map((_, i) =>
      level[a][0] * old[0][i] + level[a][1] * old[1][i] + slope[a][0] * t[0][i] + slope[a][1] * t[1][i]));
    rows.push(s[w]);
  }
  return { minimizer, errors: rows };
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
  const curvatures = logspace(mu, L, ENVELOPE);
  n.envelope = ks.map((k) => curvatures.reduce((most, l) => Math.max(most, square(f.residual(k, ...given, l))), 0));
  const over = (quantity) => ks.map((k) => n.ends.reduce((sum, l, i) => sum + quantity(k, l, START[i]), 0));
  n.expected = over((k, l, start) => f.expected_loss(k, ...given, l, start, s.noise));
  n.decay = over((k, l, start) => f.expected_loss(k, ...given, l, start, 0));
  n.floor = n.ends.reduce((sum, l) => sum + f.stationary_loss(...given, l), 0) * square(s.noise);
  n.chain = chain(n, s.kappa);
  return n;
}

function square(x) {
  return x * x;
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
    this.pen = this.canvas.getContext("2d");
    this.name = name;
    this.axes = axes;
    this.paint = draw;
    this.fit();
  }

  fit() {
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.scale = scale;
    this.kept = null;
  }

  draw() {
    if (this.width === 0) return;
    const axes = this.axes(now);
    Object.assign(this, { x: axes.x, y: axes.y, xlog: axes.xlog, ylog: axes.ylog });
    this.box = { left: axes.ylog ? 56 : 46, right: 8, top: 8, bottom: 34 };
    if (axes.equal) this.square();
    const g = this.pen;
    g.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    g.fillStyle = color.paper;
    g.fillRect(0, 0, this.width, this.height);
    g.save();
    g.beginPath();
    g.rect(this.box.left, this.box.top, this.inner[0], this.inner[1]);
    g.clip();
    if (axes.grid !== false) this.grid();
    this.paint(this, now);
    g.restore();
    this.frame(axes);
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

  X(x) {
    const [a, b] = this.x;
    const t = this.xlog ? Math.log(x / a) / Math.log(b / a) : (x - a) / (b - a);
    return this.box.left + t * this.inner[0];
  }

  Y(y) {
    const [a, b] = this.y;
    const t = this.ylog ? Math.log(Math.max(y, a / 1e3) / a) / Math.log(b / a) : (y - a) / (b - a);
    return this.height - this.box.bottom - t * this.inner[1];
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

  frame(axes) {
    const g = this.pen;
    g.strokeStyle = color.faint;
    g.lineWidth = 1;
    g.strokeRect(this.box.left + 0.5, this.box.top + 0.5, this.inner[0] - 1, this.inner[1] - 1);
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

  line(points, stroke, width = 1.5, dash = []) {
    const g = this.pen;
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
    const { pen } = this;
    if (this.kept?.key !== key) {
      const canvas = document.createElement("canvas");
      canvas.width = this.canvas.width;
      canvas.height = this.canvas.height;
      this.pen = canvas.getContext("2d");
      this.pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
      draw();
      this.kept = { key, canvas };
      this.pen = pen;
    }
    pen.drawImage(this.kept.canvas, 0, 0, this.width, this.height);
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
      v.mark(best[n.data.step] * L, height, "star", color.four, 7);
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
  axes: () => ({ x: [-1.5, 1.5], y: [-1.9, 1.9], equal: true, xlabel: "along the eigenvector of μ", ylabel: "along that of L" }),
  draw(v, n) {
    const start = (n.mu * square(START[0]) + L * square(START[1])) / 2;
    for (let i = 0; i < 7; i++) {
      const level = start / Math.pow(3, i);
      const [a, b] = [Math.sqrt((2 * level) / n.mu), Math.sqrt((2 * level) / L)];
      v.line(circle(1).map(([x, y]) => [a * x, b * y]), color.hatch, 1);
    }
    if (n.noisy) v.line(zip(...n.noisy), color.two, 1);
    const points = zip(...n.exact);
    v.line(points, color.one, 1.5);
    v.dots(points, color.one, 2);
    v.mark(...START, "circle", color.one, 4);
    v.mark(0, 0, "star", color.four, 5);
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
    return { x: [-1.3, 1.3], y: [-high, high], xlabel: "distance of w from the minimizer", ylabel: n.data.state[other] };
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
  axes: () => ({ x: [0, STEPS], y: [1e-12, 1000], ylog: true, xlabel: "step", ylabel: "loss over that at the start" }),
  draw(v, n) {
    n.shares.forEach((share, i) => v.line(zip(n.ks, share), shadeLine(i / (MODES - 1)), 1));
    v.line(zip(n.ks, n.envelope), color.two, 1.5, [6, 4]);
    v.line(zip(n.ks, n.total), color.ink, 2);
    legend(v, [["total", color.ink, []], ["worst case", color.two, [6, 4]], ["shares, μ to L", shadeLine(0.5), []]]);
  },
};

// The ends of the palette would be lost on one of the two grounds.
function shadeLine(t) {
  return shadeText(dark.matches ? 0.35 + 0.65 * t : 0.75 * t);
}

function legend(v, rows) {
  const right = v.width - v.box.right - 8;
  rows.forEach(([words, stroke, dash], i) => {
    const y = v.box.top + 12 + 15 * i;
    v.text(words, right - 30, y, { align: "right" });
    const g = v.pen;
    g.strokeStyle = stroke;
    g.lineWidth = 2;
    g.setLineDash(dash);
    g.beginPath();
    g.moveTo(right - 25, y);
    g.lineTo(right, y);
    g.stroke();
    g.setLineDash([]);
  });
}

const expected = {
  axes: () => ({ x: [0, STEPS], y: [1e-10, 1000], ylog: true, xlabel: "step", ylabel: "expected loss" }),
  draw(v, n) {
    if (n.noisy) {
      v.line(n.ks.map((k) => [k, n.ends.reduce((sum, l, i) => sum + (l * square(n.noisy[i][k])) / 2, 0)]), color.hatch, 1);
    }
    v.line(zip(n.ks, n.decay), color.one, 1.5, [6, 4]);
    if (n.floor > 0 && Number.isFinite(n.floor)) v.line([[0, n.floor], [STEPS, n.floor]], color.two, 1.5, [2, 3]);
    v.line(zip(n.ks, n.expected), color.ink, 2);
    const rows = [["expected", color.ink, []], ["without noise", color.one, [6, 4]], ["floor", color.two, [2, 3]]];
    legend(v, n.noisy ? [...rows, ["one run", color.hatch, []]] : rows);
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
    : `The edge of stability is at ${short(n.margin)} times L.`;
  return {
    regime: `${n.regime}: ${n.meaning}`,
    rate: `${short(n.rate, 6)} on the mode shown; ${short(n.worst, 6)} at worst from μ to L`,
    steps: stable ? `${short(n.steps, 9)} at the worst rate` : "never: at some curvature the error does not shrink",
    margin: stable ? edge : "None: it is unstable for some curvature from μ to L.",
    floor: n.noise === 0 ? "0: there is no noise"
      : Number.isFinite(n.floor) ? `the expected loss stays above ${short(n.floor)} in the limit` : "none: the expected loss grows",
  };
}

let spoken = 0;

function tell(n) {
  const all = sentences(n);
  for (const [key, text] of Object.entries(all)) document.getElementById(`say-${key}`).textContent = text;
  document.getElementById("say-mode").textContent = `λ = ${short(n.lam)}`;
  // Spoken once the slider rests, not at each step of it.
  clearTimeout(spoken);
  spoken = setTimeout(() => {
    document.getElementById("spoken").textContent =
      `Regime ${all.regime} Rate ${all.rate}. Steps to 1e-6: ${all.steps}. Margin of stability: ${all.margin}`;
    address();
  }, 300);
}

function explain() {
  // What changes with the method only.
  const data = DATA.methods[state.method];
  document.getElementById("method-name").textContent = state.method;
  document.getElementById("method-note").innerHTML = data.note;
  document.getElementById("method-formulas").innerHTML =
    data.formulas.map(([label, math]) => `<dt>${label}</dt><dd>${math}</dd>`).join("");
}

// Where the worst rate is below 1 on a slider's range, the other parameters as they are: intervals of its position.
function stableRanges(n, index) {
  const p = n.data.parameters[index];
  const at = [...n.given];
  const holds = (t) => {
    at[index] = value(p, t);
    return n.f.worst_rate(...at, n.mu, L) < 1;
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
  return found;
}

function marks(n) {
  n.data.parameters.forEach((p, index) => {
    const found = stableRanges(n, index);
    const { low, high } = slider(p);
    const place = (t) => `${((100 * (t - low)) / (high - low)).toFixed(2)}%`;
    const stops = found.map(([a, b]) => `transparent ${place(a)}, var(--stable) ${place(a)} ${place(b)}, transparent ${place(b)}`);
    const words = found.map(([a, b]) => `${short(value(p, a), 3)} to ${short(value(p, b), 3)}`).join(", ") || "nowhere";
    const bar = document.getElementById(`stable-${index}`);
    bar.style.setProperty("--ranges", stops.length ? `linear-gradient(90deg, ${stops.join(", ")})` : "none");
    document.getElementById(`stable-text-${index}`).textContent = `stable: ${words}`;
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
  const tune = model("tune"), damp = model("damp");
  const best = data.tuning === "proved" ? "Best parameters (proved)" : "Best parameters";
  tune.setv({ disabled: !now.f.tuning, label: now.f.tuning ? best : "Best parameters: no closed form" });
  damp.setv({
    disabled: !now.f.critical, label: now.f.critical ? "Critical damping of the mode shown" : "Critical damping: at no parameter",
  });
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

function tune() {
  set({ values: tuned() });
}

function damp() {
  // Of the values on the slider at which the eigenvalues of the mode coincide, the one with the least rate.
  const p = now.data.damper;
  const at = (v) => now.data.parameters.map((q) => (q === p ? v : state.values[q]));
  const { low, high } = now.data.ranges[p];
  const found = Object.values(now.f.critical(...now.given, now.lam))
    .filter((v) => v >= low && v <= high && now.f.stable(...at(v), now.lam));
  if (found.length === 0) {
    hint(`No ${letter(p)} on its slider damps this mode critically.`);
    return;
  }
  const rate = (v) => now.f.rate(...at(v), now.lam);
  set({ values: { [p]: found.reduce((best, v) => (rate(v) < rate(best) ? v : best)) } });
}

// The loop -----------------------------------------------------------------------------------------------------------

let waiting = false, unsettled = true, explained = "";

function show(settling = true) {
  unsettled ||= settling;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    paint();
  });
}

function paint() {
  now = derive(state);
  for (const view of views) view.draw();
  tell(now);
  marks(now);
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
  new ResizeObserver(() => {
    // The views are as high as they are; only another width changes them.
    if (views.every((view) => view.width === view.canvas.clientWidth)) return;
    for (const view of views) view.fit();
    if (now) show(false);
  }).observe(document.getElementById("views"));
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

window.symmomentum = { start, moved, read, tune, damp, set, measure, derive, sentences, link, state, METHODS, COMMON, DATA };
