// The page's one AudioContext, at the rate of the sounds where the browser can.

let context = null;
let asked = null;

// Browsers let it sound only after the rater's own gesture: call `resume` in one.
export function contextAt(rate) {
  if (context && asked === rate && context.state !== "closed") return context;
  context?.close();
  asked = rate;
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  try {
    context = new Context({ sampleRate: rate, latencyHint: "interactive" });
  } catch {
    context = new Context(); // a rate that this browser does not play: `atRateOf` converts
  }
  return context;
}

// Signals at `rate` as the context plays them; the browser resamples where the rates differ.
export async function atRateOf(audioContext, signals, rate) {
  if (audioContext.sampleRate === rate) return signals;
  const converted = [];
  for (const channels of signals) {
    const length = Math.round((channels[0].length * audioContext.sampleRate) / rate);
    const offline = new OfflineAudioContext(channels.length, length, audioContext.sampleRate);
    const buffer = offline.createBuffer(channels.length, channels[0].length, rate);
    channels.forEach((channel, index) => buffer.copyToChannel(channel, index));
    const source = new AudioBufferSourceNode(offline, { buffer });
    source.connect(offline.destination);
    source.start();
    const rendered = await offline.startRendering();
    converted.push(channels.map((_, index) => rendered.getChannelData(index)));
  }
  return converted;
}
