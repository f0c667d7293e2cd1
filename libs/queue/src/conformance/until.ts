import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition rather than for a time; fails naming it. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}

/**
 * Lets real time pass where its length is what a test is about: how long an outage lasts, when a lock expires on a server
 * with a clock of its own. Everything else is waited for with `until`.
 */
export function elapse(durationMs: number): Promise<void> {
  return delay(durationMs);
}
