/** In a cluster everything starts at once, and Redis is often the last to be there. */
import { setTimeout as delay } from 'node:timers/promises';
import { RetryableError } from '@seedbed/contracts';
import type { Logger } from 'pino';

/** Between two tries; each of them takes up to 5 s by itself where nobody answers. */
const PAUSE_MS = 500;

/**
 * @param start fails with a RetryableError while Redis cannot be reached; anything else is final
 * @throws what `start` failed with last, when the patience is at its end
 */
export async function startPatiently<T>(
  start: () => Promise<T>,
  { startPatienceMs, logger }: { readonly startPatienceMs: number; readonly logger: Pick<Logger, 'warn'> },
): Promise<T> {
  const deadline = performance.now() + startPatienceMs;
  for (;;) {
    try {
      return await start();
    } catch (thrown) {
      if (!(thrown instanceof RetryableError) || performance.now() + PAUSE_MS > deadline) throw thrown;
      logger.warn({ reason: thrown.message }, 'waiting for Redis');
      await delay(PAUSE_MS);
    }
  }
}
