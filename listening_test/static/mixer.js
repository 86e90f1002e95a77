// The sound of a trial, sample by sample: one stimulus at a time, all of them in step.
//
// Plain arithmetic: no page and no Web Audio, so that a test can render it block by block. It runs
// in an AudioWorklet (mixer_worklet.js), or in a ScriptProcessorNode where a page has no worklets.
//
// All signals have one length and one time. Whoever asks for another stimulus, region or position
// hears the present one fade out over `fade` samples (raised cosine), then the new one fade in: two
// are never heard at once (ITU-R BS.1534). Time runs on during the fades, so that the new stimulus
// is heard at the instant where the old one would have been. A region is played from its start to
// its end, with the same fades at both; there it repeats, or stops.

// The gain at `level` samples into a fade in of `length` samples.
function raisedCosine(level, length) {
  return 0.5 - 0.5 * Math.cos((Math.PI * level) / length);
}

export class Mixer {
  // signals: for each stimulus an array of channels, each a Float32Array of the same length.
  // fade: samples of a fade out, and of a fade in.
  constructor(signals, fade) {
    this.signals = signals;
    this.fade = fade;
    this.samples = signals[0][0].length;
    this.current = 0;
    this.position = 0;
    this.region = [0, this.samples];
    this.repeat = true;
    this.playing = false;
    this.level = 0; // 0 is silent, `fade` is full
    this.rising = false;
    this.wanted = {}; // what takes effect at the next silence
  }

  play() {
    this.playing = true;
    delete this.wanted.stop;
    this.rising = Object.keys(this.wanted).length === 0;
  }

  stop() {
    this.#want({ stop: true });
  }

  switchTo(stimulus) {
    if (!(stimulus in this.signals)) throw new RangeError(`no stimulus ${stimulus}`);
    const wanted = this.wanted.current ?? this.current;
    if (stimulus !== wanted) this.#want({ current: stimulus });
  }

  seek(position) {
    this.#want({ position });
  }

  // start, end: samples, the end being the first that is not heard.
  setRegion(start, end) {
    const first = Math.max(0, Math.round(start));
    const last = Math.min(this.samples, Math.round(end));
    if (last - first < 2 * this.fade) throw new RangeError("a region is shorter than its fades");
    this.#want({ region: [first, last] });
  }

  // Takes effect where the region ends, so nothing has to fade.
  setRepeat(repeat) {
    this.repeat = Boolean(repeat);
  }

  // output: an array of channels, each a Float32Array to fill. A signal of one channel fills all.
  render(output) {
    const frames = output[0].length;
    for (let frame = 0; frame < frames; frame += 1) {
      const gain = this.#gain();
      const signal = this.signals[this.current];
      for (let channel = 0; channel < output.length; channel += 1) {
        const samples = signal[Math.min(channel, signal.length - 1)];
        output[channel][frame] = gain === 0 ? 0 : gain * samples[this.position];
      }
      this.#advance();
    }
  }

  state() {
    return {
      playing: this.playing && !this.wanted.stop,
      stimulus: this.wanted.current ?? this.current,
      position: this.wanted.position ?? this.position,
    };
  }

  #want(change) {
    Object.assign(this.wanted, change);
    this.rising = false;
    // Near an end of the region the sound is faded already: it falls from there.
    const [start, end] = this.region;
    this.level = Math.max(0, Math.min(this.level, this.position - start, end - this.position));
    if (this.level === 0) this.#settle();
  }

  // The present sample's gain: the fade that was asked for, or the nearer end of the region's.
  #gain() {
    if (!this.playing) return 0;
    const [start, end] = this.region;
    const asked = this.rising ? Math.min(this.fade, this.level + 0.5) : this.level - 0.5;
    const ends = Math.min(this.position - start, end - 1 - this.position) + 0.5;
    const level = Math.max(0, Math.min(asked, ends, this.fade));
    return level === this.fade ? 1 : raisedCosine(level, this.fade);
  }

  #advance() {
    if (!this.playing) return;
    this.position += 1;
    if (this.rising) this.level = Math.min(this.fade, this.level + 1);
    else this.level = Math.max(0, this.level - 1);
    if (!this.rising && this.level === 0) this.#settle();
    if (this.playing && this.position >= this.region[1]) this.#wrap();
  }

  // At a region's end the sound has faded out: what was wanted need not wait any longer.
  #wrap() {
    this.position = this.region[0];
    if (!this.repeat && this.wanted.position === undefined) this.wanted.stop = true;
    if (Object.keys(this.wanted).length === 0) return;
    this.level = 0;
    this.#settle();
  }

  // In silence: what was wanted becomes so.
  #settle() {
    const { current, region, position, stop } = this.wanted;
    this.wanted = {};
    this.current = current ?? this.current;
    this.region = region ?? this.region;
    this.position = position ?? this.position;
    const [start, end] = this.region;
    this.position = Math.round(this.position);
    if (this.position < start || this.position >= end) this.position = start;
    if (stop) this.playing = false;
    this.rising = this.playing;
  }
}
