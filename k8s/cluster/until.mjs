// Waits for what must happen.
const PAUSE_MS = 300;

/**
 * Asks again and again until there is an answer.
 * @template T
 * @param {string} what for the error's message
 * @param {() => Promise<T | null>} ask null for "not yet"
 * @param {{timeoutMs: number, onLate?: () => Promise<string>}} options onLate adds to the message what explains it
 * @returns {Promise<T>}
 */
export async function until(what, ask, { timeoutMs, onLate }) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) {
      const explanation = onLate === undefined ? '' : `: ${await onLate()}`;
      throw new Error(`waited ${Math.round(timeoutMs / 1000)} s in vain until ${what}${explanation}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
