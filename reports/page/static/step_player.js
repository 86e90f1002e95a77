// Several versions of one sound in step: all run from the same instant on, one of them is heard.
//
// A switch fades the old one out over 5 ms (raised cosine), then the new one in over 5 ms; time runs
// on meanwhile. Works on any BaseAudioContext, so that a test can render it offline.
"use strict";

const FADE_S = 0.005;
const SOON_S = 0.01; // a start is asked for so far ahead, to be heard whole

const RISE = Float32Array.from({ length: 129 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / 128));
const FALL = RISE.slice().reverse();

class StepPlayer {
  // buffers: AudioBuffers of one length. Their ends are faded, as they repeat.
  constructor(context, buffers) {
    this.context = context;
    this.buffers = buffers;
    this.duration = buffers[0].duration;
    this.current = 0;
    this.offset = 0; // where a stopped player goes on
    this.began = null; // when sample 0 was heard, by the context's clock; null when stopped
    this.free = 0; // no fade is under way from then on
    this.sources = [];
    for (const buffer of buffers) fadeEnds(buffer);
    this.nodes = buffers.map(() => {
      const gain = new GainNode(context, { gain: 0 });
      gain.connect(context.destination);
      return gain;
    });
  }

  get playing() {
    return this.began !== null;
  }

  // Seconds into the sound.
  position(at = this.context.currentTime) {
    if (!this.playing) return this.offset;
    return Math.max(0, at - this.began) % this.duration;
  }

  play() {
    if (this.playing) return;
    const when = this.next(SOON_S);
    this.sources = this.buffers.map((buffer, i) => {
      const source = new AudioBufferSourceNode(this.context, { buffer, loop: true });
      source.connect(this.nodes[i]);
      source.start(when, this.offset);
      return source;
    });
    this.began = when - this.offset;
    this.fade(this.current, RISE, when);
    this.free = when + FADE_S;
  }

  stop() {
    if (!this.playing) return;
    const when = this.next(0);
    this.fade(this.current, FALL, when);
    this.free = when + FADE_S;
    for (const source of this.sources) source.stop(this.free);
    this.offset = this.position(this.free);
    this.began = null;
  }

  seek(seconds) {
    const plays = this.playing;
    this.stop();
    this.offset = Math.min(Math.max(0, seconds), this.duration - FADE_S);
    if (plays) this.play();
  }

  switchTo(index) {
    if (index === this.current) return;
    if (this.playing) {
      const when = this.next(0);
      const rise = when + FADE_S;
      this.fade(this.current, FALL, when);
      this.fade(index, RISE, rise);
      this.free = rise + FADE_S; // summed as the browser does: it forbids an overlap of 1e-17 s
    }
    this.current = index;
  }

  // The next instant at which a fade may begin.
  next(ahead) {
    return Math.max(this.context.currentTime + ahead, this.free);
  }

  fade(index, curve, when) {
    this.nodes[index].gain.setValueCurveAtTime(curve, when, FADE_S);
  }
}

function fadeEnds(buffer) {
  const length = Math.min(Math.round(FADE_S * buffer.sampleRate), buffer.length >> 1);
  for (let c = 0; c < buffer.numberOfChannels; c += 1) {
    const samples = buffer.getChannelData(c);
    for (let i = 0; i < length; i += 1) {
      const gain = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / length);
      samples[i] *= gain;
      samples[samples.length - 1 - i] *= gain;
    }
  }
}
