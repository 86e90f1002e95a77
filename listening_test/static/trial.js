// A page with sounds to judge, of any kind of test: loads and checks them, then shows the panel for
// listening, the scales of this kind of test, and Next, which opens when everything is done.

import { element, notice, say } from "./dom.js";
import { EventLog } from "./event_log.js";
import { keyHelp, keyOf, listenToKeys } from "./keyboard.js";
import { Listening, REFERENCE } from "./listening.js";
import { mushraScales } from "./mushra.js";
import { choiceScales } from "./choice.js";
import { RatingSaver } from "./rating_saver.js";
import { saveStatus } from "./status.js";
import { t } from "./text.js";

const STEP_S = 0.5;
const SCALES = {
  mushra: mushraScales,
  ab: choiceScales,
  abx: choiceScales,
  acr: choiceScales,
};

// Fills `root`, until `signal` aborts. next(): the rater is done here. moved(error): the server says
// that this page is not the rater's present one.
export async function showTrial(root, page, { next, moved, signal }) {
  const log = new EventLog(page.page);
  const saver = new RatingSaver(page.page, page.slots, { status: saveStatus, refused: moved });
  for (const { slot, score, revision } of saver.recover()) {
    Object.assign(page.slots.find((one) => one.slot === slot), { score, revision });
  }
  const heard = new Set(page.slots.filter((one) => one.heard).map((one) => one.slot));
  for (const slot of log.heard()) heard.add(slot);
  if (!page.reference || page.reference_heard) heard.add(REFERENCE);
  const rate = (slot, score) => {
    saver.rate(slot, score);
    log.add("rate", { slot, position_s: listening.position_s, detail: { score } });
    refresh();
  };
  const scales = SCALES[page.test](page, { hear: (slot) => listening.hear(slot), rate });
  const changed = ({ slot, playing }) => {
    if (playing && slot !== null) heard.add(slot);
    scales.hearing(slot, playing, heard);
    refresh();
  };
  const listening = new Listening({
    reference: page.reference,
    slots: page.slots,
    names: scales.names,
    log,
    changed,
  });
  const closeKeys = listenToKeys(keysOf(page, listening, scales));
  const close = () => {
    closeKeys();
    listening.close();
    saver.close();
    log.close();
  };
  signal.addEventListener("abort", close);
  await listening.open({
    progress: showLoading(root),
    signal,
    fade_s: page.fade_s,
    shortest_s: page.min_loop_s,
  });
  if (signal.aborted) {
    close();
    return;
  }
  notice(null);

  const missing = element("p", { class: "missing", role: "status" });
  const button = element("button", { class: "next primary", type: "button" }, t("next"));
  button.addEventListener("click", async () => {
    const first = lacking().at(0);
    if (first) {
      missing.classList.add("insist");
      say(missing.textContent);
      first.focus();
      return;
    }
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    if (listening.playing) listening.toggle();
    await saver.flush();
    await log.flush();
    if (!signal.aborted) await next();
  });
  function lacking() {
    const words = t("trial.reference_unheard");
    const reference = { words, focus: () => listening.referenceButton.focus() };
    return [...(heard.has(REFERENCE) ? [] : [reference]), ...scales.missing(heard)];
  }
  function refresh() {
    const parts = lacking();
    button.setAttribute("aria-disabled", String(parts.length > 0));
    const words = parts.map((part) => part.words).join(" ");
    missing.textContent = words || scales.hint?.() || t("trial.complete");
    if (parts.length === 0) missing.classList.remove("insist");
  }
  root.replaceChildren(
    element("div", { class: "trial-title" }, [
      page.training ? element("span", { class: "tag" }, t("trial.training")) : null,
      element("h1", { tabindex: "-1" }, scales.title),
      element("p", { class: "lead" }, page.training ? t("trial.training_lead") : scales.lead),
    ]),
    listening.root,
    scales.root,
    element("div", { class: "trial-end" }, [missing, button]),
    keyHelp(keyRows(page, scales)),
  );
  scales.hearing(null, false, heard);
  refresh();
}

function showLoading(root) {
  const words = element("p", { class: "loading-words" });
  const bar = element("div", { class: "loading-bar" });
  const frame = element("div", { class: "loading" }, [
    element("h1", { tabindex: "-1" }, t("loading.title")),
    element("div", { class: "loading-track", "aria-hidden": "true" }, [bar]),
    words,
  ]);
  root.replaceChildren(frame);
  return (done, all, failed) => {
    bar.style.width = `${(100 * done) / all}%`;
    words.textContent = t("loading.progress", { done, all });
    notice(failed ? t("loading.failed") : null);
  };
}

function keysOf(page, listening, scales) {
  const ready = (action) => () => {
    if (listening.root?.isConnected) action();
  };
  const keys = {
    " ": ready(() => listening.toggle()),
    l: ready(() => listening.toggleLoop()),
    w: ready(() => listening.wholeRegion()),
    ArrowLeft: ready(() => listening.step(-STEP_S)),
    ArrowRight: ready(() => listening.step(STEP_S)),
    n: ready(() => document.querySelector(".next").focus()),
    "?": () => document.querySelector(".key-help")?.toggleAttribute("open"),
  };
  if (page.reference) {
    const toReference = ready(() => {
      listening.hear(REFERENCE);
      listening.referenceButton.focus();
    });
    Object.assign(keys, { 0: toReference, r: toReference });
  }
  page.slots.forEach((one, index) => {
    keys[keyOf(index)] = ready(() => {
      listening.hear(one.slot);
      scales.focus(one.slot);
    });
  });
  return keys;
}

function keyRows(page, scales) {
  const last = keyOf(page.slots.length - 1).toUpperCase();
  const stimuli = page.slots.length === 1 ? ["1"] : ["1", "…", last];
  return [
    ...(page.reference ? [[["0", "R"], t("keys.reference")]] : []),
    [stimuli, t("keys.sounds")],
    [[t("keys.space")], t("keys.play")],
    [["←", "→"], t("keys.seek")],
    [scales.keys, t("keys.rate")],
    [["L"], t("keys.loop")],
    [["W"], t("keys.whole")],
    [["N"], t("keys.next")],
  ];
}
