// The Mixer on the audio thread. Messages in: {command, arguments}; out: the mixer's state, after
// each command and about thirty times a second while it plays.

import { Mixer } from "./mixer.js";

const COMMANDS = ["play", "stop", "switchTo", "seek", "setRegion", "setRepeat"];

class MixerProcessor extends AudioWorkletProcessor {
  constructor(options) {
    super();
    const { signals, fade } = options.processorOptions;
    this.mixer = new Mixer(signals, fade);
    this.alive = true;
    this.told = 0;
    this.port.onmessage = (event) => this.#obey(event.data);
  }

  #obey({ command, values }) {
    if (command === "end") this.alive = false;
    else if (COMMANDS.includes(command)) this.mixer[command](...values);
    this.port.postMessage(this.mixer.state());
  }

  process(_inputs, outputs) {
    const before = this.mixer.playing;
    this.mixer.render(outputs[0]);
    const due = currentTime - this.told > 0.03;
    if ((this.mixer.playing && due) || this.mixer.playing !== before) {
      this.told = currentTime;
      this.port.postMessage(this.mixer.state());
    }
    return this.alive;
  }
}

registerProcessor("mixer", MixerProcessor);
