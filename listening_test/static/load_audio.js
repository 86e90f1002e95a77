// Every sound of a page, fetched and checked before the page opens: length, rate and hash.

import { channelsOf, unmask } from "./unmask.js";
import { sha256 } from "./sha256.js";
import { waitBeforeRetry } from "./retry.js";

const AT_ONCE = 3;

// audios: what the server says of each sound. Gives their signals in the same order; tells
// `progress(done, all, failed)` on the way, and tries without end, ever more slowly.
export async function loadAll(audios, { progress, signal, failed }) {
  const loaded = new Array(audios.length);
  const waiting = audios.map((_, index) => index);
  let done = 0;
  const worker = async () => {
    while (waiting.length > 0) {
      const index = waiting.shift();
      loaded[index] = await loadOne(audios[index], signal, (error, attempt) => {
        progress(done, audios.length, true);
        failed?.(error, attempt);
      });
      done += 1;
      progress(done, audios.length, false);
    }
  };
  progress(0, audios.length, false);
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const [first] = audios;
  for (const audio of audios) {
    if (audio.samples !== first.samples || audio.sample_rate_hz !== first.sample_rate_hz) {
      throw new Error("the sounds of this page differ in length or rate");
    }
  }
  return loaded;
}

async function loadOne(audio, signal, failed) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchChecked(audio, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      failed(error, attempt);
      await waitBeforeRetry(attempt, signal);
    }
  }
}

async function fetchChecked(audio, signal) {
  const response = await fetch(audio.url, { signal, cache: "no-store" });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const masked = await response.arrayBuffer();
  if ((await sha256(new Uint8Array(masked))) !== audio.sha256) {
    throw new Error("a sound arrived damaged");
  }
  const length = 2 * audio.samples * audio.channels;
  return channelsOf(unmask(masked, audio.key, length), audio.channels);
}
