// SHA-256 of bytes as lower-case hexadecimal: by the browser, or by our own hand (FIPS 180-4) where
// a page over plain http has no crypto.subtle.

export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return ownSha256(bytes);
  return hexadecimal(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The first 32 bits of the fractional part of the square or cube roots of the first primes.
function constants(count, power) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= number; divisor += 1) {
      if (number % divisor === 0) prime = false;
    }
    if (prime) found.push(rootFraction(number, power));
  }
  return new Int32Array(found);
}

// Exact, in whole numbers: floor(number^(1/power) * 2^32) mod 2^32.
function rootFraction(number, power) {
  const exponent = BigInt(power);
  const target = BigInt(number) << (32n * exponent);
  let low = 0n;
  let high = BigInt(number + 1) << 32n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** exponent <= target) low = middle;
    else high = middle;
  }
  return Number(BigInt.asIntN(32, low));
}

function rotate(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}

function padded(bytes) {
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const message = new Uint8Array(length);
  message.set(bytes);
  message[bytes.length] = 0x80;
  const view = new DataView(message.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(length - 4, (bytes.length * 8) >>> 0);
  return view;
}

export function ownSha256(bytes) {
  const round = constants(64, 3);
  const hash = constants(8, 2);
  const schedule = new Int32Array(64);
  const view = padded(bytes);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let t = 0; t < 16; t += 1) schedule[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t += 1) {
      const [early, late] = [schedule[t - 15], schedule[t - 2]];
      const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      schedule[t] = schedule[t - 16] + sigma0 + schedule[t - 7] + sigma1;
    }
    compress(hash, schedule, round);
  }
  const words = new DataView(new ArrayBuffer(32));
  hash.forEach((word, index) => words.setInt32(4 * index, word));
  return hexadecimal(new Uint8Array(words.buffer));
}

function compress(hash, schedule, round) {
  let [a, b, c, d, e, f, g, h] = hash;
  for (let t = 0; t < 64; t += 1) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + round[t] + schedule[t]) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    hash[index] += word;
  });
}
