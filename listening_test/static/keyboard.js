// The keys of a page with sounds. They work wherever the focus is, but in fields for text; Enter and
// the space bar press what has the focus, but that space plays and pauses on buttons for sounds.

import { element } from "./dom.js";
import { t } from "./text.js";

// What key hears the stimulus in place `index`: 1 to 9, then a, b, c.
export function keyOf(index) {
  return "123456789abcdefgh"[index];
}

const SOUNDING = "button.hear, button.reference, button.play";

// Whether a key is for what has the focus: a button, a link, an answer to choose.
function pressedBy({ key, target }) {
  if (target.matches("input[type=radio]")) return key === " " || key.startsWith("Arrow");
  if (!target.closest("button, summary, a")) return false;
  return key === "Enter" || (key === " " && !target.closest(SOUNDING));
}

// keys: {key: action}. Gives what takes them away again.
export function listenToKeys(keys) {
  const listener = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches("textarea, select, input:not([type=range]):not([type=radio])")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!Object.hasOwn(keys, key)) return;
    if (pressedBy(event)) return;
    event.preventDefault();
    if (!event.repeat || key === "ArrowLeft" || key === "ArrowRight") keys[key]();
  };
  // A button is pressed by the space bar as that comes up: not where it means play and pause.
  const silence = (event) => {
    if (event.key === " " && event.target.closest(SOUNDING)) event.preventDefault();
  };
  document.addEventListener("keydown", listener);
  document.addEventListener("keyup", silence);
  return () => {
    document.removeEventListener("keydown", listener);
    document.removeEventListener("keyup", silence);
  };
}

// rows: [[keys, what they do]], shown under "Keyboard".
export function keyHelp(rows) {
  const lines = rows.map(([keys, words]) => [
    element("dt", {}, keys.map((key) => element("kbd", {}, key))),
    element("dd", {}, words),
  ]);
  return element("details", { class: "key-help" }, [
    element("summary", {}, t("keys.title")),
    element("dl", {}, lines.flat()),
  ]);
}
