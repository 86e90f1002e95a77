// What stands at the top of every page: how far the rater is, and whether ratings are saved.

import { element, icon } from "./dom.js";
import { t } from "./text.js";

export function showProgress({ page, pages }) {
  const place = document.getElementById("progress");
  const bar = element("span", { class: "progress-bar" });
  bar.style.width = `${(100 * page) / Math.max(1, pages - 1)}%`;
  place.replaceChildren(
    element("span", { class: "progress-words" }, t("progress", { page: page + 1, pages })),
    element("span", { class: "progress-track", "aria-hidden": "true" }, [bar]),
  );
}

// state: "saved", "saving", "retrying", or null for nothing to say.
export function saveStatus(state) {
  const place = document.getElementById("saved");
  if (state === place.dataset.state) return;
  place.dataset.state = state ?? "";
  const words = { saved: "saved.yes", saving: "saved.saving", retrying: "saved.retrying" }[state];
  place.replaceChildren(
    ...(state === "saved" ? [icon("check")] : []),
    ...(words ? [t(words)] : []),
  );
}
