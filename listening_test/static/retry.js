// How long to wait before another attempt: 0.5 s, then twice as long each time, 10 s at most; at
// once when the browser says that it is online again.

const FIRST_S = 0.5;
const LONGEST_S = 10;

export function waitBeforeRetry(attempt, signal) {
  const seconds = Math.min(LONGEST_S, FIRST_S * 2 ** (attempt - 1));
  return new Promise((resolve, reject) => {
    const end = (settle) => () => {
      clearTimeout(timer);
      globalThis.removeEventListener("online", go);
      signal?.removeEventListener("abort", give);
      settle();
    };
    const go = end(resolve);
    const give = end(() => reject(signal?.reason));
    const timer = setTimeout(go, 1000 * seconds);
    globalThis.addEventListener("online", go);
    signal?.addEventListener("abort", give);
  });
}
