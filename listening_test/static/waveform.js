// The time line of a trial: the open reference's waveform where there is one, the region that is
// played, and where the sound is. Drag to choose a region, click to go somewhere; the region's two
// ends are sliders of their own for the keyboard.

import { element } from "./dom.js";
import { seconds, t } from "./text.js";

const CLICK_PX = 6;
const STEP_S = 0.1;
const LARGE_STEP_S = 1;

export class Waveform {
  // signal: Float32Array to draw, or null. shortest_s: of a region.
  // seek(position_s), choose(start_s, end_s): what the rater asked for.
  constructor({ signal, duration_s, shortest_s, seek, choose }) {
    Object.assign(this, { signal, duration_s, seek, choose });
    this.shortest_s = Math.min(shortest_s, duration_s);
    this.region = [0, duration_s];
    this.canvas = element("canvas", { class: "wave-drawing", "aria-hidden": "true" });
    this.band = element("div", { class: "wave-region" });
    this.head = element("div", { class: "wave-head" });
    this.handles = [this.#handle(0), this.#handle(1)];
    this.root = element(
      "div",
      { class: "wave", role: "group", "aria-label": t("wave.label") },
      [this.canvas, this.band, this.head, ...this.handles],
    );
    this.root.addEventListener("pointerdown", (event) => this.#press(event));
    this.sizes = new ResizeObserver(() => this.#draw());
    this.sizes.observe(this.root);
    this.#show();
  }

  close() {
    this.sizes.disconnect();
  }

  at(position_s) {
    this.head.style.left = `${(100 * position_s) / this.duration_s}%`;
  }

  // Keeps the region inside the sound and no shorter than allowed; `edge` is the end that gives.
  setRegion(start_s, end_s, edge = 1) {
    let [start, end] = [Math.max(0, start_s), Math.min(this.duration_s, end_s)];
    if (end - start < this.shortest_s) {
      if (edge === 0) start = Math.max(0, end - this.shortest_s);
      end = Math.min(this.duration_s, start + this.shortest_s);
      start = Math.min(start, end - this.shortest_s);
    }
    this.region = [start, end];
    this.#show();
  }

  #handle(edge) {
    return element("div", {
      class: `wave-handle wave-handle-${edge}`,
      role: "slider",
      tabindex: "0",
      "aria-label": t(edge === 0 ? "wave.start" : "wave.end"),
      "aria-valuemin": "0",
      "aria-valuemax": this.duration_s.toFixed(1),
      onkeydown: (event) => this.#key(event, edge),
    });
  }

  #show() {
    const [start, end] = this.region;
    const percent = (position_s) => `${(100 * position_s) / this.duration_s}%`;
    this.band.style.left = percent(start);
    this.band.style.right = percent(this.duration_s - end);
    this.region.forEach((position_s, edge) => {
      this.handles[edge].style.left = percent(position_s);
      this.handles[edge].setAttribute("aria-valuenow", position_s.toFixed(2));
      const spoken = t("wave.seconds", { seconds: seconds(position_s) });
      this.handles[edge].setAttribute("aria-valuetext", spoken);
    });
    this.#draw();
  }

  #key(event, edge) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const large = { PageDown: -1, PageUp: 1 };
    let moved = STEP_S * (steps[event.key] ?? 0) + LARGE_STEP_S * (large[event.key] ?? 0);
    if (event.key === "Home") moved = -this.duration_s;
    if (event.key === "End") moved = this.duration_s;
    if (moved === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [start, end] = this.region;
    if (edge === 0) this.setRegion(Math.min(start + moved, end - this.shortest_s), end);
    else this.setRegion(start, Math.max(end + moved, start + this.shortest_s));
    this.choose(...this.region);
  }

  #secondsAt(event) {
    const { left, width } = this.root.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return share * this.duration_s;
  }

  #press(event) {
    if (event.button !== 0) return;
    const edge = this.handles.indexOf(event.target);
    const fixed = edge < 0 ? this.#secondsAt(event) : this.region[1 - edge];
    let dragged = edge >= 0;
    const move = (moved) => {
      dragged ||= Math.abs(moved.clientX - event.clientX) > CLICK_PX;
      if (!dragged) return;
      const other = this.#secondsAt(moved);
      const [start, end] = other < fixed ? [other, fixed] : [fixed, other];
      this.setRegion(start, end, other < fixed ? 0 : 1);
    };
    const end = (released) => {
      this.root.removeEventListener("pointermove", move);
      this.root.removeEventListener("pointerup", end);
      this.root.removeEventListener("pointercancel", end);
      if (dragged) this.choose(...this.region);
      else if (released.type === "pointerup") this.seek(fixed);
    };
    this.root.setPointerCapture(event.pointerId);
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", end);
    this.root.addEventListener("pointercancel", end);
  }

  #draw() {
    const { width, height } = this.root.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const scale = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const pen = this.canvas.getContext("2d");
    const colours = getComputedStyle(this.root);
    const [start, end] = this.region.map((s) => (s / this.duration_s) * this.canvas.width);
    const middle = this.canvas.height / 2;
    const bar = Math.round(2 * scale);
    for (let x = 0; x < this.canvas.width; x += bar + Math.round(scale)) {
      const inside = x >= start && x <= end;
      pen.fillStyle = colours.getPropertyValue(inside ? "--wave" : "--wave-outside");
      const half = Math.max(scale / 2, this.#peak(x, bar) * middle * 0.9);
      pen.fillRect(x, middle - half, bar, 2 * half);
    }
  }

  #peak(x, bar) {
    if (!this.signal) return 0;
    const perPixel = this.signal.length / this.canvas.width;
    const first = Math.floor(x * perPixel);
    const last = Math.min(this.signal.length, Math.ceil((x + bar) * perPixel));
    this.loudest ??= this.signal.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-4);
    let peak = 0;
    for (let n = first; n < last; n += 1) peak = Math.max(peak, Math.abs(this.signal[n]));
    return peak / this.loudest;
  }
}
