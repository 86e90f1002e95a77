// The MUSHRA scale: a slider from 0 to 100 in five bands for each sound, of which only that of the
// sound being heard can be moved. A slider that was never moved has no grade.

import { element, icon, say } from "./dom.js";
import { keyOf } from "./keyboard.js";
import { list, t } from "./text.js";

const BANDS = ["bad", "poor", "fair", "good", "excellent"];
const MIDDLE = 50;

export function bandOf(score) {
  return t(`band.${BANDS[Math.min(4, Math.floor(score / 20))]}`);
}

export function mushraScales(page, { hear, rate }) {
  const columns = page.slots.map((one, index) => new Column(one, index, { hear, rate }));
  const by = new Map(columns.map((column) => [column.slot, column]));
  const namesOf = (some) => list(some.map((column) => column.letter));
  return {
    title: t("mushra.title"),
    lead: t("mushra.lead"),
    names: columns.map((column) => column.name),
    keys: ["↑", "↓", "PgUp", "PgDn"],
    root: element("section", { class: "mushra", "aria-label": t("mushra.label") }, [
      bandLabels(),
      element("ol", { class: "columns" }, columns.map((column) => column.root)),
    ]),
    focus: (slot) => by.get(slot).focus(),
    hearing(slot, playing, heard) {
      for (const column of columns) {
        column.show(column.slot === slot, playing, heard.has(column.slot));
      }
    },
    missing(heard) {
      const unheard = columns.filter((column) => !heard.has(column.slot));
      const unrated = columns.filter((c) => c.score === null && heard.has(c.slot));
      return [
        [unheard, "mushra.unheard"],
        [unrated, "mushra.unrated"],
      ]
        .filter(([some]) => some.length > 0)
        .map(([some, key]) => ({
          words: t(key, { sounds: namesOf(some) }),
          focus: () => some[0].focus(),
        }));
    },
    hint() {
      return columns.some((column) => column.score === 100) ? null : t("mushra.no_hundred");
    },
  };

  function bandLabels() {
    const labels = [...BANDS].reverse().map((band, index) =>
      element("span", { class: "band-label" }, [
        element("span", {}, t(`band.${band}`)),
        element("small", {}, `${80 - 20 * index}–${100 - 20 * index}`),
      ]),
    );
    return element("div", { class: "bands", "aria-hidden": "true" }, labels);
  }
}

class Column {
  constructor({ slot, score }, index, { hear, rate }) {
    Object.assign(this, { slot, score: score ?? null, rate });
    this.letter = keyOf(index).toUpperCase();
    this.name = t("mushra.sound", { sound: this.letter });
    this.button = element(
      "button",
      { class: "hear", type: "button", "aria-pressed": "false", onclick: () => hear(slot) },
      [element("span", { class: "letter" }, this.letter), icon("sound")],
    );
    this.slider = element("input", {
      type: "range",
      min: "0",
      max: "100",
      step: "1",
      value: String(this.score ?? MIDDLE),
      disabled: true,
      "aria-label": t("mushra.slider", { sound: this.letter }),
      oninput: () => this.#moved(),
      onpointerup: () => this.#touched(),
      onkeydown: (event) => this.#key(event),
    });
    this.track = element("div", { class: "track" }, [this.slider]);
    this.value = element("output", { class: "value" });
    this.state = element("span", { class: "column-state" });
    this.root = element("li", { class: "column" }, [
      this.button,
      this.track,
      element("div", { class: "reading" }, [this.value, this.state]),
    ]);
    this.show(false, false, false);
  }

  // The slider, as soon as it may be moved.
  focus() {
    this.eager = this.slider.disabled;
    (this.slider.disabled ? this.button : this.slider).focus();
  }

  // chosen: this one is heard, or was last. Its slider is the one that moves.
  show(chosen, playing, heard) {
    this.heard = heard;
    this.chosen = chosen;
    this.slider.disabled = !chosen;
    this.root.classList.toggle("chosen", chosen);
    this.root.classList.toggle("playing", chosen && playing);
    this.root.classList.toggle("heard", heard);
    this.button.setAttribute("aria-pressed", String(chosen));
    if (chosen && this.eager && document.activeElement === this.button) this.slider.focus();
    if (chosen) this.eager = false;
    this.#write();
  }

  #write() {
    const unset = this.score === null;
    this.root.classList.toggle("unset", unset);
    const words = unset ? t("mushra.not_rated") : bandOf(this.score);
    this.slider.setAttribute("aria-valuetext", unset ? words : `${this.score}, ${words}`);
    this.value.textContent = unset ? "–" : String(this.score);
    this.state.textContent = words;
    const parts = [t("mushra.hear", { sound: this.letter }), words];
    if (!this.heard) parts.push(t("mushra.not_heard"));
    this.button.setAttribute("aria-label", parts.join(", "));
  }

  #moved() {
    this.score = Number(this.slider.value);
    this.#write();
    this.rate(this.slot, this.score);
  }

  // A touch right where an unset slider rests moves nothing, but is meant.
  #touched() {
    if (this.score === null && !this.slider.disabled) this.#moved();
  }

  // The same by keyboard.
  #key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#touched();
    say(this.slider.getAttribute("aria-valuetext"));
  }
}
