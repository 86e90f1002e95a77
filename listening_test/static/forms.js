// Pages to read and to fill in: consent, questionnaire, instructions, thanks.

import { element, icon, paragraphs, say } from "./dom.js";
import { LANGUAGE, t } from "./text.js";

function heading(words) {
  return element("h1", { tabindex: "-1" }, words);
}

// A form with one button that sends once: `send(answers)`.
function formOf(children, words, answers, next) {
  const button = element("button", { class: "next primary", type: "submit" }, words);
  const form = element("form", { class: "sheet", novalidate: true }, [
    ...children,
    element("div", { class: "form-end" }, [button]),
  ]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true" || !complete(form)) return;
    button.setAttribute("aria-busy", "true");
    await next(answers(form));
    button.removeAttribute("aria-busy");
  });
  return form;
}

// Says at each field what is missing there; focuses the first.
function complete(form) {
  let first = null;
  for (const field of form.querySelectorAll(".field")) {
    const inputs = [...field.querySelectorAll("input, select, textarea")];
    const bad = inputs.find((input) => !input.validity.valid);
    field.classList.toggle("wrong", Boolean(bad));
    const wrong = field.querySelector(".field-wrong");
    if (wrong) wrong.textContent = bad ? wordsOf(bad) : "";
    for (const input of inputs) input.setAttribute("aria-invalid", String(Boolean(bad)));
    first ??= bad;
  }
  first?.focus();
  return !first;
}

function wordsOf(input) {
  if (input.type === "checkbox") return t("form.tick");
  return t(input.validity.badInput ? "form.number" : "form.required");
}

export function showConsent(root, page, { next }) {
  const box = element("input", { type: "checkbox", name: "consent", id: "consent", required: true });
  root.replaceChildren(
    formOf(
      [
        heading(t("consent.title")),
        ...paragraphs(t("consent.text")),
        ...paragraphs(page.text),
        element("div", { class: "field" }, [
          element("label", { class: "tick", for: "consent" }, [
            box,
            element("span", {}, t("consent.agree")),
          ]),
          element("p", { class: "field-wrong", role: "alert" }),
        ]),
      ],
      t("consent.begin"),
      () => ({ agreed: true }),
      next,
    ),
  );
}

export function showInstructions(root, page, { next }) {
  const kind = page.test ?? "mushra";
  const steps = t(`instructions.${kind}`)
    .split("\n")
    .map((line) => element("li", {}, line));
  root.replaceChildren(
    formOf(
      [
        heading(t("instructions.title")),
        element("p", { class: "lead" }, t(`instructions.${kind}_lead`)),
        element("ol", { class: "steps" }, steps),
        ...paragraphs(page.text),
      ],
      t("next"),
      () => undefined,
      next,
    ),
  );
}

export function showQuestionnaire(root, page, { next }) {
  const questions = page.questions.map((question) => fieldOf(question, page.answers ?? {}));
  root.replaceChildren(
    formOf(
      [heading(t("questionnaire.title")), element("p", { class: "lead" }, t("questionnaire.lead"))]
        .concat(questions),
      t("next"),
      (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== "")),
      next,
    ),
  );
}

function fieldOf({ name, kind, label, choices, required }, answers) {
  const words = typeof label === "string" ? label : (label[LANGUAGE] ?? Object.values(label)[0]);
  const shown = [words, required ? null : element("small", {}, t("form.optional"))];
  const wrong = element("p", { class: "field-wrong", role: "alert" });
  const given = answers[name] ?? "";
  const id = `field-${name}`;
  if (kind === "text" || kind === "number") {
    const input = element("input", { id, name, required, value: given });
    input.type = kind;
    if (kind === "number") Object.assign(input, { inputMode: "decimal", step: "any" });
    return element("div", { class: "field" }, [element("label", { for: id }, shown), input, wrong]);
  }
  const pairs =
    kind === "yes_no"
      ? [["yes", t("form.yes")], ["no", t("form.no")]]
      : choices.map((choice) => [choice, choice]);
  return element("fieldset", { class: "field" }, [
    element("legend", {}, shown),
    ...pairs.map(([value, said], index) =>
      element("label", { class: "tick", for: `${id}-${index}` }, [
        element("input", {
          id: `${id}-${index}`,
          type: "radio",
          name,
          value,
          required,
          checked: value === given,
        }),
        element("span", {}, said),
      ]),
    ),
    wrong,
  ]);
}

export function showThanks(root, page) {
  const words = t(page.screened_out ? "thanks.screened_out" : "thanks.text");
  const parts = [heading(t("thanks.title")), element("p", { class: "lead" }, words)];
  if (page.completion_code) {
    const code = element("code", { class: "completion" }, page.completion_code);
    const copied = element("span", { role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(page.completion_code);
        copied.replaceChildren(icon("check"), t("thanks.copied"));
      } catch {
        getSelection().selectAllChildren(code); // plain http: no clipboard for pages
        copied.textContent = t("thanks.selected");
      }
    };
    parts.push(
      element("p", {}, t("thanks.code")),
      element("div", { class: "completion-row" }, [
        code,
        element("button", { type: "button", class: "copy", onclick: copy }, t("thanks.copy")),
        copied,
      ]),
    );
  }
  if (page.return_url) {
    const link = element("a", { class: "primary button", rel: "noreferrer" }, t("thanks.return"));
    link.href = page.return_url;
    parts.push(element("div", { class: "form-end" }, [link]));
  }
  say(t("thanks.title"));
  root.replaceChildren(element("div", { class: "sheet" }, parts));
}
