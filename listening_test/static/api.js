// Talking to the server: every request that the page makes but for its sounds.

import { waitBeforeRetry } from "./retry.js";

const CSRF = document.querySelector("meta[name=csrf]").content;

// status 0: no answer came. body: what the server said of it, as JSON.
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.error ?? `the server answered ${status}`);
    this.status = status;
    this.body = body ?? {};
  }

  // Worth another attempt: no network, or a server that is down or busy.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function request(path, { method = "GET", body, keepalive = false } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = CSRF;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`api/${path}`, {
      method,
      headers,
      keepalive,
      cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer);
  if (answer === null) throw new ApiError(0);
  return answer;
}

// Tries on while the network or the server is away; `waiting(true)` as it waits, then false.
async function persistently(attemptIt, waiting) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await attemptIt();
      waiting?.(false);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passing) throw error;
      waiting?.(true);
      await waitBeforeRetry(attempt);
    }
  }
}

export function getPage(waiting) {
  return persistently(() => request("page"), waiting);
}

export function postNext(page, answers, waiting) {
  const body = answers === undefined ? { page } : { page, answers };
  return persistently(() => request("next", { method: "POST", body }), waiting);
}

export function putLanguage(language) {
  return persistently(() => request("language", { method: "PUT", body: { language } }));
}

export function putRating(rating, keepalive) {
  return request("rating", { method: "PUT", body: rating, keepalive });
}

export function postEvents(page, events, keepalive) {
  return request("events", { method: "POST", body: { page, events }, keepalive });
}
