// Trials that are answered by one choice: AB (which is better), ABX (is X A or B), ACR (how good).
//
// ACR writes 1 to 5; ABX writes 0 in X's slot for A and 1 for B; AB writes 1 in A's slot for A and 0
// for B, from which the server knows B's.

import { element, icon } from "./dom.js";
import { keyOf } from "./keyboard.js";
import { list, t } from "./text.js";

const BANDS = ["bad", "poor", "fair", "good", "excellent"];

// What can be chosen, [[words, score]], and the slot that it is written in.
function optionsOf({ test, slots }) {
  if (test === "acr") {
    const options = [5, 4, 3, 2, 1].map((score) => [t(`band.${BANDS[score - 1]}`), score]);
    return [options, slots[0]];
  }
  const [a, b] = ["A", "B"].map((sound) => t("choice.lettered", { sound }));
  if (test === "abx") return [[[a, 0], [b, 1]], slots[2]];
  return [[[a, 1], [b, 0]], slots[0]];
}

export function choiceScales(page, { hear, rate }) {
  const letters = page.slots.length === 1 ? [null] : ["A", "B", "X"];
  const names = page.slots.map((_, index) =>
    letters[index] === null ? t("choice.sound") : t("choice.lettered", { sound: letters[index] }),
  );
  const buttons = page.slots.map((one, index) =>
    element(
      "button",
      { class: "hear", type: "button", "aria-pressed": "false", onclick: () => hear(one.slot) },
      [
        element("span", { class: "letter" }, letters[index] ?? icon("play")),
        element("span", { class: "hear-words" }, names[index]),
        element("kbd", {}, keyOf(index).toUpperCase()),
        icon("sound"),
      ],
    ),
  );
  const [options, place] = optionsOf(page);
  let chosen = place.score;
  const radios = options.map(([, score], index) =>
    element("input", {
      type: "radio",
      name: "choice",
      id: `choice-${index}`,
      checked: score === chosen,
      onchange: () => {
        chosen = score;
        rate(place.slot, score);
      },
    }),
  );
  const heardAll = (heard) => page.slots.every((one) => heard.has(one.slot));
  return {
    title: t(`${page.test}.title`),
    lead: t(page.test === "ab" && page.reference ? "ab.lead_reference" : `${page.test}.lead`),
    names,
    keys: ["↑", "↓"],
    root: element("section", { class: `choice choice-${page.test}` }, [
      element("div", { class: "hear-row" }, buttons),
      element("fieldset", { class: "options" }, [
        element("legend", {}, t(`${page.test}.question`)),
        ...radios.map((radio, index) =>
          element("label", { class: "option", for: radio.id }, [
            radio,
            element("span", {}, options[index][0]),
          ]),
        ),
      ]),
    ]),
    focus(slot) {
      buttons[page.slots.findIndex((one) => one.slot === slot)].focus();
    },
    hearing(slot, playing, heard) {
      page.slots.forEach((one, index) => {
        const here = one.slot === slot;
        buttons[index].classList.toggle("hearing", here);
        buttons[index].classList.toggle("playing", here && playing);
        buttons[index].classList.toggle("heard", heard.has(one.slot));
        buttons[index].setAttribute("aria-pressed", String(here));
      });
      for (const radio of radios) radio.disabled = !heardAll(heard);
    },
    missing(heard) {
      const unheard = page.slots.flatMap((one, index) => (heard.has(one.slot) ? [] : [index]));
      const parts = [];
      if (unheard.length > 0) {
        const words =
          page.slots.length === 1
            ? t("choice.unheard_one")
            : t("choice.unheard", { sounds: list(unheard.map((index) => letters[index])) });
        parts.push({ words, focus: () => buttons[unheard[0]].focus() });
      }
      if (chosen === null) parts.push({ words: t("choice.unchosen"), focus: () => radios[0].focus() });
      return parts;
    },
  };
}
