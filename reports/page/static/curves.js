// Curves: a panel a metric over a logarithmic axis, drawn as SVG from the page's data.
//
// Dragging sideways over any panel zooms all of them to that range; two fields do the same for the
// keyboard. Pointing at a mark, or walking with the arrow keys, tells its exact values.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const FRAME = { width: 400, height: 270, left: 46, right: 12, top: 10, bottom: 38 };
const REACH = 26; // how far from a mark the pointer may be

function svg(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.append(node);
  return node;
}

function html(name, attributes, text) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

class Plots {
  constructor(root) {
    this.root = root;
    this.data = JSON.parse(document.getElementById(root.dataset.from).textContent);
    this.hidden = new Set();
    this.category = this.data.categories[0][0];
    this.showFrontier = true;
    const rates = this.allPoints().map((point) => point[1]).filter((x) => x !== null);
    this.whole = rates.length ? [Math.min(...rates) / 1.2, Math.max(...rates) * 1.2] : [1, 10];
    this.range = this.whole;
    this.tip = html("div", { class: "tip", role: "status" });
    this.tip.hidden = true;
    this.buildControls();
    const grid = html("div", { class: "plot-grid" });
    this.panels = this.data.panels.map((panel) => new Panel(this, panel, grid));
    root.append(this.controls, grid, this.tip);
    this.draw();
  }

  allPoints() {
    return this.data.panels.flatMap((panel) => Object.values(panel.points).flat());
  }

  buildControls() {
    this.controls = html("div", { class: "plot-controls" });
    const legend = html("div", { class: "legend", role: "group", "aria-label": "Codecs shown" });
    this.data.series.forEach((series, i) => {
      const button = html("button", { type: "button", "aria-pressed": "true" });
      const swatch = svg("svg", { class: "swatch", viewBox: "0 0 34 12", "aria-hidden": "true" });
      svg("line", { x1: 0, x2: 34, y1: 6, y2: 6, stroke: series.colour, "stroke-width": 2,
        "stroke-dasharray": series.dash }, swatch);
      svg("use", { href: `#${series.symbol}`, x: 17, y: 6 }, swatch);
      button.append(swatch, series.label);
      button.addEventListener("click", () => {
        if (!this.hidden.delete(i)) this.hidden.add(i);
        button.setAttribute("aria-pressed", String(!this.hidden.has(i)));
        this.draw();
      });
      legend.append(button);
    });
    this.controls.append(legend, this.buildSettings());
  }

  buildSettings() {
    const row = html("div", { class: "settings" });
    if (this.data.categories.length > 1) {
      const select = html("select", {});
      for (const [name, words] of this.data.categories) {
        select.append(html("option", { value: name }, words));
      }
      select.addEventListener("change", () => { this.category = select.value; this.draw(); });
      row.append(labelled("Clips", select));
    }
    if (this.data.x.unit === "kbps") row.append(this.buildFrontierBox());
    this.ends = ["from", "to"].map((word) => {
      const field = html("input", { type: "number", min: "0", step: "any", class: "rate" });
      field.addEventListener("change", () => this.zoomByFields());
      row.append(labelled(word === "from" ? `${this.data.x.unit} from` : "to", field));
      return field;
    });
    this.reset = html("button", { type: "button", class: "reset" }, "Reset zoom");
    this.reset.addEventListener("click", () => this.zoom(this.whole));
    row.append(this.reset);
    return row;
  }

  buildFrontierBox() {
    const box = html("input", { type: "checkbox" });
    box.checked = true;
    box.addEventListener("change", () => { this.showFrontier = box.checked; this.draw(); });
    return labelled("Frontier", box);
  }

  zoomByFields() {
    const [low, high] = this.ends.map((field) => Number(field.value));
    if (low > 0 && high > low) this.zoom([low, high]);
    else this.draw();
  }

  zoom(range) {
    this.range = range;
    this.draw();
  }

  draw() {
    this.hideTip();
    this.reset.disabled = this.range === this.whole;
    this.ends.forEach((field, i) => { field.value = Number(this.range[i].toPrecision(3)); });
    for (const panel of this.panels) panel.draw();
  }

  showTip(panel, point, x, y) {
    const [series, rate, mean, low, high, clips, ahead, name] = point;
    const { decimals, unit, title } = panel.panel;
    this.tip.replaceChildren(html("strong", {}, this.data.series[series].label));
    const lines = [
      rate === null ? name : `${rateText(rate)} ${this.data.x.unit}`,
      `${title} ${numberText(mean, decimals + 1)}${unit ? ` ${unit}` : ""}`,
    ];
    if (low !== null) {
      lines.push(`95%: ${numberText(low, decimals + 1)} to ${numberText(high, decimals + 1)}`);
    }
    lines.push(`${clips} clip${clips === 1 ? "" : "s"}${ahead ? ", on the frontier" : ""}`);
    this.tip.append(...lines.map((line) => html("span", {}, line)));
    this.tip.hidden = false;
    const box = panel.node.getBoundingClientRect();
    const home = this.root.getBoundingClientRect();
    const scale = box.width / FRAME.width;
    const left = box.left - home.left + x * scale;
    const room = home.width - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(room, left - this.tip.offsetWidth / 2))}px`;
    const above = box.top - home.top + y * scale - this.tip.offsetHeight - 12;
    this.tip.style.top = `${above}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}

function labelled(words, control) {
  const label = html("label", {}, words);
  if (control.type === "checkbox") label.prepend(control);
  else label.append(control);
  return label;
}

for (const root of document.querySelectorAll(".plots")) new Plots(root);
