// What every page with sounds has: the reference, the stimuli, the transport and the time line,
// one Player behind them, and the log of what was heard.
//
// Stimulus 0 of the player is the open reference where there is one; slots follow.

import { contextAt } from "./audio_context.js";
import { element, icon, say } from "./dom.js";
import { loadAll } from "./load_audio.js";
import { Player } from "./player.js";
import { seconds, t } from "./text.js";
import { Waveform } from "./waveform.js";

export const REFERENCE = -1;

export class Listening {
  // reference: audio or null; slots: [{slot, audio}]; names: of each slot, for the voice.
  // changed({slot, playing}): slot is what would be heard, null before anything was chosen.
  constructor({ reference, slots, names, log, changed }) {
    Object.assign(this, { reference, slots, names, log, changed });
    this.order = [...(reference ? [REFERENCE] : []), ...slots.map((slot) => slot.slot)];
    this.chosen = null;
    this.playing = false;
    this.repeat = true;
    this.position_s = 0;
  }

  // Loads and checks everything; then `root` is the panel to show.
  async open({ progress, signal, fade_s, shortest_s }) {
    const audios = [...(this.reference ? [this.reference] : []), ...this.slots.map((s) => s.audio)];
    const failed = (error, attempt) =>
      this.log.add("load_failed", { detail: { reason: error.message, attempt } });
    const signals = await loadAll(audios, { progress, signal, failed });
    const rate = audios[0].sample_rate_hz;
    const context = contextAt(rate);
    const state = (now) => this.#told(now);
    this.player = await Player.of(context, signals, { rate, fade_s, state });
    this.wave = new Waveform({
      signal: this.reference ? signals[0][0] : null,
      duration_s: this.player.duration_s,
      shortest_s,
      seek: (position_s) => this.seek(position_s),
      choose: (start_s, end_s) => this.choose(start_s, end_s),
    });
    this.#panel();
  }

  close() {
    this.player?.close();
    this.wave?.close();
  }

  #panel() {
    this.playButton = element("button", { class: "play", type: "button" });
    this.playButton.addEventListener("click", () => this.toggle());
    this.loopButton = element(
      "button",
      { class: "loop", type: "button", "aria-pressed": "true", onclick: () => this.toggleLoop() },
      [icon("loop"), element("span", {}, t("listen.loop"))],
    );
    this.wholeButton = element(
      "button",
      { class: "whole", type: "button", onclick: () => this.wholeRegion(), hidden: true },
      t("listen.whole"),
    );
    this.clock = element("span", { class: "clock" });
    const buttons = [this.playButton];
    if (this.reference) {
      this.referenceButton = element(
        "button",
        { class: "reference", type: "button", onclick: () => this.hear(REFERENCE) },
        [icon("sound"), element("span", {}, t("listen.reference"))],
      );
      buttons.push(this.referenceButton);
    }
    const bar = element("div", { class: "transport" }, [
      ...buttons,
      element("span", { class: "gap" }),
      this.wholeButton,
      this.loopButton,
      this.clock,
    ]);
    this.root = element("section", { class: "listening", "aria-label": t("listen.label") }, [
      bar,
      this.wave.root,
    ]);
    this.#show();
  }

  nameOf(slot) {
    return slot === REFERENCE ? t("listen.reference") : this.names[this.slots.findIndex((s) => s.slot === slot)];
  }

  // Play this one, or switch to it at the same instant of the signal.
  hear(slot) {
    const before = this.chosen;
    const kind = this.playing ? "switch" : "play";
    this.player.switchTo(this.order.indexOf(slot));
    this.player.play();
    if (before !== slot || kind === "play") this.#record(kind, slot);
    say(t("listen.hearing", { name: this.nameOf(slot) }));
  }

  toggle() {
    if (this.playing) {
      this.player.stop();
      this.#record("stop", this.chosen);
      say(t("listen.stopped"));
    } else this.hear(this.chosen ?? this.order[0]);
  }

  toggleLoop() {
    this.repeat = !this.repeat;
    this.player.setRepeat(this.repeat);
    this.loopButton.setAttribute("aria-pressed", String(this.repeat));
    say(t(this.repeat ? "listen.loop_on" : "listen.loop_off"));
    this.#record("loop", this.chosen, { repeat: this.repeat, region_s: this.wave.region });
  }

  choose(start_s, end_s) {
    this.player.setRegion(start_s, end_s);
    this.wholeButton.hidden = start_s === 0 && end_s === this.player.duration_s;
    this.#record("loop", this.chosen, { repeat: this.repeat, region_s: [start_s, end_s] });
  }

  wholeRegion() {
    this.wave.setRegion(0, this.player.duration_s);
    this.choose(0, this.player.duration_s);
    this.playButton.focus();
  }

  // A place outside the region is inside the whole sound: the region opens.
  seek(position_s) {
    const [start, end] = this.wave.region;
    if (position_s < start || position_s >= end) {
      this.wave.setRegion(0, this.player.duration_s);
      this.choose(...this.wave.region);
    }
    this.player.seek(position_s);
    this.#record("seek", this.chosen, { to_s: position_s });
  }

  step(change_s) {
    const [start, end] = this.wave.region;
    this.seek(Math.min(end - 0.05, Math.max(start, this.position_s + change_s)));
  }

  #record(kind, slot, detail = null) {
    this.log.add(kind, { slot, position_s: this.position_s, detail });
  }

  #told({ playing, stimulus, position_s }) {
    this.position_s = position_s;
    const chosen = playing || this.chosen !== null ? this.order[stimulus] : null;
    const news = playing !== this.playing || chosen !== this.chosen;
    const ended = this.playing && !playing;
    Object.assign(this, { playing, chosen });
    if (ended && !this.repeat) this.#record("stop", chosen);
    if (news) this.changed({ slot: chosen, playing });
    this.#show(news);
  }

  #show(news = true) {
    this.wave.at(this.position_s);
    const [now, all] = [seconds(this.position_s), seconds(this.player.duration_s)];
    this.clock.textContent = t("listen.clock", { now, all });
    if (!news) return;
    const words = t(this.playing ? "listen.pause" : "listen.play");
    this.playButton.replaceChildren(
      icon(this.playing ? "pause" : "play"),
      element("span", {}, words),
    );
    this.referenceButton?.classList.toggle("hearing", this.chosen === REFERENCE);
    this.referenceButton?.setAttribute("aria-pressed", String(this.chosen === REFERENCE));
  }
}
