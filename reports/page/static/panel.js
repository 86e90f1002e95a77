// One panel of the curves: a metric, its axes, lines, intervals and marks.
"use strict";

class Panel {
  constructor(plots, panel, grid) {
    this.plots = plots;
    this.panel = panel;
    this.figure = html("figure", { class: "plot" });
    const caption = html("figcaption", {}, panel.title);
    if (panel.axis) caption.append(html("span", { class: "note" }, panel.axis));
    this.node = svg("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, tabindex: 0,
      role: "group", "aria-label": `${panel.title}. Arrow keys go from mark to mark.` });
    this.figure.append(caption, this.node);
    grid.append(this.figure);
    this.places = [];
    this.walked = -1;
    this.listen();
  }

  // Marks that are shown, and levels of what has no bitrate.
  shown() {
    const { hidden, category, range } = this.plots;
    const points = (this.panel.points[category] || []).filter((point) => !hidden.has(point[0]));
    return {
      marks: points.filter((p) => p[1] !== null),
      inside: points.filter((p) => p[1] !== null && p[1] >= range[0] && p[1] <= range[1]),
      levels: points.filter((p) => p[1] === null),
    };
  }

  draw() {
    const { marks, inside, levels } = this.shown();
    this.figure.hidden = !(this.panel.points[this.plots.category] || []).length;
    const seen = inside.length + levels.length ? [...inside, ...levels] : marks;
    const ends = seen.flatMap((p) => [p[3], p[4]]).filter((value) => value !== null);
    if (!marks.length && !levels.length) { this.drawNothing(); return; }
    const [low, high] = rangeOf(seen.map((p) => p[2]), ends);
    const [from, to] = this.plots.range;
    const across = FRAME.width - FRAME.left - FRAME.right;
    const down = FRAME.height - FRAME.top - FRAME.bottom;
    this.x = (rate) => FRAME.left + (across * Math.log(rate / from)) / Math.log(to / from);
    this.rateAt = (x) => from * (to / from) ** ((x - FRAME.left) / across);
    this.y = (value) => FRAME.top + (down * (high - value)) / (high - low);
    this.node.replaceChildren();
    this.drawAxes(low, high, from, to);
    const clip = `${this.plots.root.id}-${this.plots.data.panels.indexOf(this.panel)}`;
    const hole = svg("clipPath", { id: clip }, this.node);
    svg("rect", { x: FRAME.left, y: 0, width: across, height: FRAME.top + down }, hole);
    const inner = svg("g", { "clip-path": `url(#${clip})` }, this.node);
    if (this.plots.showFrontier) this.drawFrontier(inner, marks);
    for (const level of levels) this.drawLevel(inner, level);
    this.drawCurves(inner, marks);
    this.places = inside.map((point) => [this.x(point[1]), this.y(point[2]), point]);
    this.places.sort((a, b) => a[0] - b[0]);
    this.ring = svg("circle", { class: "ring", r: 8, visibility: "hidden" }, this.node);
    this.band = svg("rect", { class: "band", y: FRAME.top, height: down, visibility: "hidden" },
      this.node);
  }

  // Words in place of an empty chart.
  drawNothing() {
    this.places = [];
    this.x = this.y = () => 0;
    this.rateAt = () => 1;
    this.node.replaceChildren();
    this.ring = svg("circle", { class: "ring", visibility: "hidden" }, this.node);
    this.band = svg("rect", { class: "band", visibility: "hidden" }, this.node);
    svg("text", { class: "x-title empty", x: FRAME.width / 2, y: FRAME.height / 2,
      "text-anchor": "middle" }, this.node).textContent =
      "All codecs of this chart are hidden.";
  }

  drawAxes(low, high, from, to) {
    const bottom = FRAME.height - FRAME.bottom;
    const right = FRAME.width - FRAME.right;
    for (const tick of roundTicks(low, high, 5)) {
      const y = this.y(tick);
      svg("line", { class: "grid", x1: FRAME.left, x2: right, y1: y, y2: y }, this.node);
      svg("text", { x: FRAME.left - 6, y: y + 4, "text-anchor": "end" }, this.node).textContent =
        tickText(tick);
    }
    svg("line", { class: "axis", x1: FRAME.left, x2: right, y1: bottom, y2: bottom }, this.node);
    for (const tick of logTicks(from, to, 7)) {
      const x = this.x(tick);
      svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }, this.node);
      const text = svg("text", { class: "x-tick", x, y: bottom + 17, "text-anchor": "middle" },
        this.node);
      text.textContent = tickText(tick);
    }
    svg("text", { class: "x-title", x: (FRAME.left + right) / 2, y: FRAME.height - 4,
      "text-anchor": "middle" }, this.node).textContent = this.plots.data.x.title;
  }

  // A broad pale line from one point of a layout's frontier to the next.
  drawFrontier(parent, marks) {
    const ahead = marks.filter((point) => point[6]).sort((a, b) => a[1] - b[1]);
    for (const channels of new Set(ahead.map((point) => point[6]))) {
      const ours = ahead.filter((point) => point[6] === channels);
      const places = ours.map((point) => `${this.x(point[1])},${this.y(point[2])}`);
      svg("polyline", { class: "frontier", points: places.join(" ") }, parent);
    }
  }

  drawLevel(parent, [series, , mean, , , , , name]) {
    const right = FRAME.width - FRAME.right;
    svg("line", { class: "level", x1: FRAME.left, x2: right, y1: this.y(mean), y2: this.y(mean) },
      parent);
    svg("text", { class: "level-name", x: right, y: this.y(mean) - 4, "text-anchor": "end" },
      parent).textContent = `${this.plots.data.series[series].label} ${name}`;
  }

  drawCurves(parent, marks) {
    this.plots.data.series.forEach((series, i) => {
      const mine = marks.filter((point) => point[0] === i);
      for (const [, rate, , low, high] of mine) {
        if (low === null) continue;
        const x = this.x(rate);
        svg("path", { class: "interval", stroke: series.colour,
          d: `M${x - 3} ${this.y(low)}h6M${x - 3} ${this.y(high)}h6M${x} ${this.y(low)}V${this.y(high)}`,
        }, parent);
      }
      const places = mine.map((point) => `${this.x(point[1])},${this.y(point[2])}`).join(" ");
      svg("polyline", { class: "curve", points: places, stroke: series.colour,
        "stroke-dasharray": series.dash }, parent);
      for (const point of mine) {
        svg("use", { href: `#${series.symbol}`, x: this.x(point[1]), y: this.y(point[2]) }, parent);
      }
    });
  }

  listen() {
    const node = this.node;
    let start = null;
    node.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && this.places.length) start = this.place(event)[0];
    });
    node.addEventListener("pointermove", (event) => {
      const [x, y] = this.place(event);
      if (start !== null && Math.abs(x - start) > 6) {
        node.setPointerCapture(event.pointerId);
        this.plots.hideTip();
        this.showBand(start, x);
      } else {
        this.point(this.nearest(x, y));
      }
    });
    const end = (event) => {
      const from = start;
      start = null;
      this.band.setAttribute("visibility", "hidden");
      if (from === null || event.type === "pointercancel") return;
      const [low, high] = this.within(from, this.place(event)[0]);
      if (high - low > 12) this.plots.zoom([this.rateAt(low), this.rateAt(high)]);
    };
    node.addEventListener("pointerup", end);
    node.addEventListener("pointercancel", end);
    node.addEventListener("dblclick", () => this.plots.zoom(this.plots.whole));
    node.addEventListener("pointerleave", () => this.point(null));
    node.addEventListener("blur", () => { this.walked = -1; this.point(null); });
    node.addEventListener("keydown", (event) => this.walk(event));
  }

  // Where a pointer is, in the units of the drawing.
  place(event) {
    const box = this.node.getBoundingClientRect();
    const scale = FRAME.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  within(a, b) {
    const held = (x) => Math.max(FRAME.left, Math.min(FRAME.width - FRAME.right, x));
    return [held(Math.min(a, b)), held(Math.max(a, b))];
  }

  showBand(a, b) {
    const [low, high] = this.within(a, b);
    this.band.setAttribute("x", low);
    this.band.setAttribute("width", high - low);
    this.band.setAttribute("visibility", "visible");
  }

  nearest(x, y) {
    let best = null;
    let least = REACH;
    for (const place of this.places) {
      const distance = Math.hypot(place[0] - x, place[1] - y);
      if (distance < least) [best, least] = [place, distance];
    }
    return best;
  }

  point(place) {
    this.ring.setAttribute("visibility", place ? "visible" : "hidden");
    if (!place) { this.plots.hideTip(); return; }
    this.ring.setAttribute("cx", place[0]);
    this.ring.setAttribute("cy", place[1]);
    this.plots.showTip(this, place[2], place[0], place[1]);
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.plots.zoom(this.plots.whole);
    if (!step || !this.places.length) return;
    event.preventDefault();
    const count = this.places.length;
    this.walked = this.walked < 0 && step < 0 ? count - 1 : (this.walked + step + count) % count;
    this.point(this.places[this.walked]);
  }
}
