// The Mixer as a node of the browser's audio: an AudioWorklet, or a ScriptProcessorNode on pages
// over plain http, which have no worklets. Positions are in seconds here.

import { atRateOf } from "./audio_context.js";
import { Mixer } from "./mixer.js";

const SCRIPT_BLOCK = 1024;

export class Player {
  // state({playing, stimulus, position_s}): told after every command and as time goes on.
  static async of(context, signals, { rate, fade_s, state }) {
    const player = new Player();
    player.context = context;
    player.state = state;
    player.duration_s = signals[0][0].length / rate;
    const fitted = await atRateOf(context, signals, rate);
    const setup = { signals: fitted, fade: Math.round(fade_s * context.sampleRate) };
    player.node = await player.#node(setup, fitted[0].length);
    player.node.connect(context.destination);
    // A call comes in on a phone, say: what is shown as playing must be heard.
    player.halted = () => context.state !== "running" && player.stop();
    context.addEventListener("statechange", player.halted);
    return player;
  }

  async #node(setup, channels) {
    if (!this.context.audioWorklet) return this.#scriptNode(setup, channels);
    try {
      await this.context.audioWorklet.addModule(new URL("mixer_worklet.js", import.meta.url));
    } catch {
      return this.#scriptNode(setup, channels);
    }
    const node = new AudioWorkletNode(this.context, "mixer", {
      numberOfInputs: 0,
      outputChannelCount: [channels],
      processorOptions: setup,
    });
    node.port.onmessage = (event) => this.#tell(event.data);
    this.send = (command, values) => node.port.postMessage({ command, values });
    return node;
  }

  #scriptNode({ signals, fade }, channels) {
    const mixer = new Mixer(signals, fade);
    const node = this.context.createScriptProcessor(SCRIPT_BLOCK, 1, channels);
    node.onaudioprocess = ({ outputBuffer }) => {
      const all = Array.from({ length: channels }, (_, c) => outputBuffer.getChannelData(c));
      const before = mixer.playing;
      mixer.render(all);
      if (mixer.playing || before) this.#tell(mixer.state());
    };
    this.send = (command, values) => {
      if (command !== "end") mixer[command](...values);
      this.#tell(mixer.state());
    };
    return node;
  }

  #tell({ playing, stimulus, position }) {
    if (this.closed) return;
    this.state({ playing, stimulus, position_s: position / this.context.sampleRate });
  }

  // In a gesture of the rater's: browsers keep pages silent until then.
  play() {
    this.context.resume();
    this.send("play", []);
  }

  stop() {
    this.send("stop", []);
  }

  switchTo(stimulus) {
    this.send("switchTo", [stimulus]);
  }

  seek(position_s) {
    this.send("seek", [Math.round(position_s * this.context.sampleRate)]);
  }

  setRegion(start_s, end_s) {
    this.send("setRegion", [start_s * this.context.sampleRate, end_s * this.context.sampleRate]);
  }

  setRepeat(repeat) {
    this.send("setRepeat", [repeat]);
  }

  close() {
    this.closed = true;
    this.context.removeEventListener("statechange", this.halted);
    this.send("end", []);
    this.node.disconnect();
  }
}
