// From the bytes of an audio address to samples. The server masks what it sends (XOR with a stream
// of words drawn for this rater, page and place), so that neither size nor content of a response
// tells one stimulus from another.

const GOLDEN = 0x9e3779b9;

// MurmurHash3's 32-bit finaliser (Austin Appleby, public domain).
export function fmix32(word) {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

// masked: an ArrayBuffer of whole words. Gives the `length` bytes that were masked with `key`.
export function unmask(masked, key, length) {
  if (masked.byteLength % 4 !== 0 || masked.byteLength < length) {
    throw new Error(`${masked.byteLength} bytes came where ${length} were expected`);
  }
  const words = new DataView(masked.slice(0));
  for (let index = 0; index < words.byteLength / 4; index += 1) {
    const mask = fmix32((key + Math.imul(index, GOLDEN)) | 0);
    words.setInt32(4 * index, words.getInt32(4 * index, true) ^ mask, true);
  }
  return new Uint8Array(words.buffer, 0, length);
}

// bytes: interleaved 16-bit little-endian PCM. Gives one Float32Array for each channel, -1 to 1.
export function channelsOf(bytes, channels) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = bytes.byteLength / (2 * channels);
  return Array.from({ length: channels }, (_, channel) => {
    const signal = new Float32Array(samples);
    for (let n = 0; n < samples; n += 1) {
      signal[n] = view.getInt16(2 * (n * channels + channel), true) / 32768;
    }
    return signal;
  });
}
