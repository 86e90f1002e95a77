// The page where the rater sets the volume: one sound, repeated, until it is comfortable.

import { element, notice } from "./dom.js";
import { EventLog } from "./event_log.js";
import { listenToKeys } from "./keyboard.js";
import { Listening } from "./listening.js";
import { t } from "./text.js";

const FADE_S = 0.005;
const SHORTEST_S = 0.5;

export async function showLevel(root, page, { next, signal }) {
  const log = new EventLog(page.page);
  const button = element("button", { class: "next primary", type: "button" }, t("level.done"));
  const missing = element("p", { class: "missing", role: "status" });
  let heard = false;
  const refresh = () => {
    button.setAttribute("aria-disabled", String(!heard));
    missing.textContent = heard ? "" : t("level.unheard");
  };
  const listening = new Listening({
    reference: page.audio,
    slots: [],
    names: [],
    log,
    changed: ({ playing }) => {
      heard ||= playing;
      refresh();
    },
  });
  const closeKeys = listenToKeys({ " ": () => listening.root?.isConnected && listening.toggle() });
  signal.addEventListener("abort", () => {
    closeKeys();
    listening.close();
    log.close();
  });
  const words = element("p", { class: "lead" }, t("loading.title"));
  root.replaceChildren(element("div", { class: "sheet" }, [words]));
  await listening.open({
    progress: (_done, _all, failed) => notice(failed ? t("loading.failed") : null),
    signal,
    fade_s: FADE_S,
    shortest_s: SHORTEST_S,
  });
  notice(null);
  listening.referenceButton.hidden = true;
  button.addEventListener("click", async () => {
    if (!heard) {
      listening.playButton.focus();
      return;
    }
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    if (listening.playing) listening.toggle();
    await log.flush();
    await next();
  });
  root.replaceChildren(
    element("div", { class: "sheet" }, [
      element("h1", { tabindex: "-1" }, t("level.title")),
      element("ol", { class: "steps" }, t("level.text").split("\n").map((line) => element("li", {}, line))),
      listening.root,
      element("div", { class: "trial-end" }, [missing, button]),
    ]),
  );
  refresh();
}
