// The headphone check of Woods et al. (2017, https://doi.org/10.3758/s13414-017-1361-2): six trials
// of three tones of 200 Hz, of which one is 6 dB quieter and another in antiphase. Over loudspeakers
// the antiphase tone cancels in the air and seems the quietest; over headphones it does not. Five
// right of six pass. The tones are made here.

import { contextAt } from "./audio_context.js";
import { element, say } from "./dom.js";
import { t } from "./text.js";

const RATE_HZ = 48000;
const RAMP_S = 0.1;
const PAUSE_S = 0.5;
const LEVEL = 0.25;

// One trial's three tones: [left, right], each a Float32Array.
// intervals: three of {gain_db, antiphase}.
export function threeTones(intervals, { frequency_hz, duration_s }, rate = RATE_HZ) {
  const [tone, pause, ramp] = [duration_s, PAUSE_S, RAMP_S].map((s) => Math.round(s * rate));
  const left = new Float32Array(3 * tone + 2 * pause);
  const right = new Float32Array(left.length);
  for (let which = 0; which < 3; which += 1) {
    const { gain_db, antiphase } = intervals[which];
    const gain = LEVEL * 10 ** (gain_db / 20);
    for (let n = 0; n < tone; n += 1) {
      const edge = Math.min(1, (n + 0.5) / ramp, (tone - n - 0.5) / ramp);
      const envelope = 0.5 - 0.5 * Math.cos(Math.PI * edge);
      const sample = gain * envelope * Math.sin((2 * Math.PI * frequency_hz * n) / rate);
      left[which * (tone + pause) + n] = sample;
      right[which * (tone + pause) + n] = antiphase ? -sample : sample;
    }
  }
  return [left, right];
}

export function showHeadphones(root, page, { next, signal }) {
  const given = [];
  let source = null;
  signal.addEventListener("abort", () => source?.stop());

  function play(trial, done) {
    const context = contextAt(RATE_HZ);
    context.resume();
    const channels = threeTones(trial.intervals, page, context.sampleRate);
    const buffer = context.createBuffer(2, channels[0].length, context.sampleRate);
    channels.forEach((channel, index) => buffer.copyToChannel(channel, index));
    source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.onended = done;
    source.start();
  }

  function show(number) {
    const choices = [0, 1, 2].map((index) =>
      element("input", {
        type: "radio",
        name: "quietest",
        id: `tone-${index}`,
        value: String(index),
        disabled: true,
        onchange: () => button.setAttribute("aria-disabled", "false"),
      }),
    );
    const hear = element(
      "button",
      { type: "button", class: "primary" },
      t("headphones.play", { trial: number + 1, trials: page.trials.length }),
    );
    hear.addEventListener("click", () => {
      hear.disabled = true;
      hear.textContent = t("headphones.playing");
      play(page.trials[number], () => {
        hear.textContent = t("headphones.played");
        for (const choice of choices) choice.disabled = false;
        say(t("headphones.question"));
        choices[0].focus();
      });
    });
    const button = element(
      "button",
      { type: "button", class: "next primary", "aria-disabled": "true" },
      t("next"),
    );
    button.addEventListener("click", async () => {
      const picked = choices.find((choice) => choice.checked);
      if (!picked || button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      given.push(Number(picked.value));
      if (given.length < page.trials.length) show(number + 1);
      else await next({ attempt: page.attempt, trials: given });
    });
    root.replaceChildren(
      element("div", { class: "sheet" }, [
        element("h1", { tabindex: "-1" }, t("headphones.title")),
        element("p", { class: "lead" }, t("headphones.text")),
        element("div", { class: "headphone-play" }, [hear]),
        element("fieldset", { class: "field" }, [
          element("legend", {}, t("headphones.question")),
          ...choices.map((choice, index) =>
            element("label", { class: "tick", for: choice.id }, [
              choice,
              element("span", {}, t(`headphones.tone_${index + 1}`)),
            ]),
          ),
        ]),
        element("div", { class: "form-end" }, [button]),
      ]),
    );
    if (number > 0) hear.focus();
  }

  show(0);
}
