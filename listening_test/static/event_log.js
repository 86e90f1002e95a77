// What the rater did with the sound, sent in batches; each event has an id of its own, so that one
// sent twice is kept once.

import { ApiError, postEvents } from "./api.js";
import { waitBeforeRetry } from "./retry.js";
import { Kept } from "./storage.js";

const EVERY_MS = 4000;
const AT_ONCE = 100; // events in a request: what is sent as the page closes may not pass 64 kB

export class EventLog {
  constructor(page) {
    this.page = page;
    this.opened = performance.now();
    this.kept = new Kept("events", page);
    this.waiting = this.kept.read(); // of an earlier visit that could not send them
    this.timer = setInterval(() => this.#try(), EVERY_MS);
    this.leaving = () => this.#try(true);
    addEventListener("pagehide", this.leaving);
  }

  // slot: null for none, -1 for the open reference.
  add(kind, { slot = null, position_s = null, detail = null } = {}) {
    const at_s = (performance.now() - this.opened) / 1000;
    this.waiting.push({ id: freshId(), kind, slot, position_s, at_s, detail });
  }

  // The slots that were played, of what waits: the server does not know yet that they were heard.
  heard() {
    const played = this.waiting.filter(({ kind }) => kind === "play" || kind === "switch");
    return played.map(({ slot }) => slot).filter((slot) => slot !== null);
  }

  // Resolves when all is sent, or when the server does not want it.
  async flush() {
    for (let attempt = 1; this.waiting.length > 0; attempt += 1) {
      if (!(await this.#try())) await waitBeforeRetry(attempt);
    }
  }

  close() {
    clearInterval(this.timer);
    removeEventListener("pagehide", this.leaving);
  }

  async #try(keepalive = false) {
    const batch = this.waiting.slice(0, AT_ONCE);
    if (batch.length === 0) return true;
    this.kept.write(this.waiting);
    try {
      await postEvents(this.page, batch, keepalive);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing) return false;
      // Refused: the page was left in another tab, say. These would be refused for ever.
    }
    const sent = new Set(batch.map((event) => event.id));
    this.waiting = this.waiting.filter((event) => !sent.has(event.id));
    this.kept.write(this.waiting);
    return true;
  }
}

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
