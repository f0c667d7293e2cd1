/** Waiting for what must happen, with an end. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Asks again and again until there is an answer; an error counts as none.
 *
 * @throws Error naming what was waited for, with the last error
 */
export async function until<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | null>,
  signal?: AbortSignal,
): Promise<T> {
  const giveUpAt = Date.now() + deadlineMs;
  let last = '';
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask().catch((error: unknown) => {
      last = ` (${error instanceof Error ? error.message : String(error)})`;
      return null;
    });
    if (answer !== null) return answer;
    if (Date.now() > giveUpAt) throw new Error(`waited ${deadlineMs / 1000} s in vain until ${what}${last}`);
    await delay(POLL_MS);
  }
}

/** Ends early, without an error, when the signal aborts. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
}
