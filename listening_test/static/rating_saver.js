// Every rating goes to the server when it is made, one request at a time, until it is there.
//
// The last rating of each place waits in the browser's storage too, so that one made without a
// network outlives a refresh or a crash. The rater's last act counts: if another tab wrote in the
// meantime, this tab's newer rating is sent again above it.

import { ApiError, putRating } from "./api.js";
import { waitBeforeRetry } from "./retry.js";
import { Kept } from "./storage.js";

export class RatingSaver {
  // slots: as the server knows them. status("saved" | "saving" | "retrying"): shown to the rater.
  // refused(error): the server does not take ratings of this page any more.
  constructor(page, slots, { status, refused }) {
    this.page = page;
    this.status = status;
    this.refused = refused;
    this.revisions = new Map(slots.map((slot) => [slot.slot, slot.revision ?? 0]));
    this.rated = slots.some((slot) => slot.score !== null);
    this.waiting = new Map();
    this.sending = null;
    this.closed = false;
    this.leaving = () => this.#sendLast();
    addEventListener("pagehide", this.leaving);
    this.kept = new Kept("ratings", page);
  }

  // Ratings that an earlier visit could not send: {slot, score, revision}, newer than the server's.
  recover() {
    const kept = this.kept.read().filter(
      (rating) => rating.revision > (this.revisions.get(rating.slot) ?? Infinity),
    );
    for (const rating of kept) {
      this.revisions.set(rating.slot, rating.revision);
      this.waiting.set(rating.slot, rating);
    }
    this.#store();
    this.#send();
    if (kept.length === 0 && this.rated) this.status("saved");
    return kept;
  }

  rate(slot, score) {
    const revision = this.revisions.get(slot) + 1;
    this.revisions.set(slot, revision);
    this.waiting.set(slot, { slot, score, revision });
    this.#store();
    this.#send();
  }

  // Resolves when all is saved.
  async flush() {
    while (this.sending) await this.sending;
  }

  close() {
    this.closed = true;
    removeEventListener("pagehide", this.leaving);
  }

  // The page goes: the browser still sends these, though nobody hears the answer.
  #sendLast() {
    for (const rating of this.waiting.values()) {
      putRating({ page: this.page, ...rating }, true).catch(() => {});
    }
  }

  #send() {
    if (this.sending || this.waiting.size === 0) return;
    this.status("saving");
    this.sending = this.#sendAll().finally(() => {
      this.sending = null;
      if (!this.closed) this.#send();
    });
  }

  async #sendAll() {
    let attempt = 0;
    while (this.waiting.size > 0 && !this.closed) {
      const [rating] = this.waiting.values();
      try {
        const stored = await putRating({ page: this.page, ...rating });
        attempt = 0;
        this.#settle(rating, stored);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.passing) {
          this.#give(error);
          return;
        }
        attempt += 1;
        this.status("retrying");
        await waitBeforeRetry(attempt);
      }
    }
    if (!this.closed) this.status("saved");
  }

  #settle(sent, stored) {
    const latest = this.waiting.get(sent.slot);
    if (stored.score === latest.score) {
      this.waiting.delete(sent.slot);
      this.revisions.set(sent.slot, Math.max(latest.revision, stored.revision));
    } else if (stored.revision >= latest.revision) {
      latest.revision = stored.revision + 1;
      this.revisions.set(sent.slot, latest.revision);
    }
    this.#store();
  }

  #give(error) {
    this.closed = true;
    this.waiting.clear();
    this.#store();
    this.refused(error);
  }

  #store() {
    this.kept.write([...this.waiting.values()]);
  }
}
