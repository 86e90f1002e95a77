// The rater's whole test in one document: asks the server which page is the rater's, shows it, and
// goes on to the next. The server alone knows where the rater is, so that a refresh, another tab or
// another day goes on there.

import { ApiError, getPage, postNext, putLanguage } from "./api.js";
import { element, notice } from "./dom.js";
import { showConsent, showInstructions, showQuestionnaire, showThanks } from "./forms.js";
import { showHeadphones } from "./headphones.js";
import { showLevel } from "./level.js";
import { saveStatus, showProgress } from "./status.js";
import { t } from "./text.js";
import { showTrial } from "./trial.js";

const PAGES = {
  consent: showConsent,
  questionnaire: showQuestionnaire,
  instructions: showInstructions,
  level: showLevel,
  headphones: showHeadphones,
  trial: showTrial,
  thanks: showThanks,
};

const root = document.getElementById("page");
let showing = new AbortController();

const waiting = (away) => notice(away ? t("notice.away") : null);

async function showCurrent(words = null) {
  showing.abort();
  showing = new AbortController();
  const { signal } = showing;
  try {
    const page = await getPage(waiting);
    saveStatus(null);
    showProgress(page);
    document.documentElement.dataset.kind = page.kind;
    await PAGES[page.kind](root, page, {
      signal,
      next: (answers) => goOn(page.page, answers),
      moved: (error) => moveOn(error),
    });
    if (words) notice(words);
    scrollTo(0, 0);
    root.querySelector("h1")?.focus({ preventScroll: true });
  } catch (error) {
    if (!signal.aborted) stopWith(error);
  }
}

async function goOn(page, answers) {
  try {
    await postNext(page, answers, waiting);
    await showCurrent();
  } catch (error) {
    if (error instanceof ApiError && [409, 422].includes(error.status)) moveOn(error);
    else stopWith(error);
  }
}

// The server knows better where the rater is, or what is missing: show the page as it has it.
function moveOn(error) {
  const again = error.body.missing?.some(({ needs }) => needs === "headphones");
  if (error.status === 409) showCurrent(t("notice.elsewhere"));
  else if (error.status === 422) showCurrent(t(again ? "headphones.again" : "notice.incomplete"));
  else stopWith(error);
}

function stopWith(error) {
  showing.abort();
  saveStatus(null);
  notice(null);
  const known = error instanceof ApiError;
  const reason = known ? error.message : String(error);
  const parts = error.status === 404 ? erased() : stopped(reason);
  root.replaceChildren(element("div", { class: "sheet" }, parts));
  root.querySelector("h1").focus();
  if (!known) throw error;
}

// The server knows no such rater any more.
function erased() {
  return [
    element("h1", { tabindex: "-1" }, t("not_found.title")),
    element("p", { class: "lead" }, t("not_found.text")),
  ];
}

function stopped(reason) {
  const again = element("button", { class: "primary", type: "button" }, t("stopped.again"));
  again.addEventListener("click", () => location.reload());
  return [
    element("h1", { tabindex: "-1" }, t("stopped.title")),
    element("p", { class: "lead" }, t("stopped.text")),
    element("p", { class: "stopped-reason" }, t("stopped.reason", { reason })),
    element("div", { class: "form-end" }, [again]),
  ];
}

// Ratings and events that wait are sent as the page reloads; the server keeps where the rater is.
for (const button of document.querySelectorAll("#languages button")) {
  button.addEventListener("click", async () => {
    await putLanguage(button.value).catch(stopWith);
    location.reload();
  });
}

// A page that the browser kept for "back" may be old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

root.replaceChildren(element("p", { class: "waiting", role: "status" }, t("loading.page")));
showCurrent();
