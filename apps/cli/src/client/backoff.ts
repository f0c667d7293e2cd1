import { setTimeout as delay } from 'node:timers/promises';

/** First wait; doubles from there. A coordinator restarts in under a second. */
const FIRST_WAIT_MS = 150;
/** Longest wait: how late at most a person sees that the coordinator is back. */
const WAIT_MS_MAX = 2_000;

/** How long to wait before try number `attempt` (from 1): doubling, with jitter so that clients do not come together. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return full * (0.75 + 0.25 * random());
}

/** @throws the signal's reason as soon as it aborts */
export async function waitMs(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (thrown: unknown) {
    signal.throwIfAborted();
    throw thrown;
  }
}
