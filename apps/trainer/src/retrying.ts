/** Patience with a Redis that is away. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RetryableError } from '@seedbed/contracts';

/** First pause; short, because most outages are a failover or a restart. */
const PAUSE_FIRST_MS = 100;
/** Longest pause: what Redis's return costs at most. */
const PAUSE_MAX_MS = 2_000;

export class Backoff {
  private pauseMs: number;

  constructor(
    private readonly firstMs = PAUSE_FIRST_MS,
    private readonly maxMs = PAUSE_MAX_MS,
  ) {
    this.pauseMs = firstMs;
  }

  reset(): void {
    this.pauseMs = this.firstMs;
  }

  /** The next pause, doubled each time, with jitter so that a fleet does not return in step. */
  next(): number {
    const pauseMs = this.pauseMs * (0.75 + Math.random() / 2);
    this.pauseMs = Math.min(this.pauseMs * 2, this.maxMs);
    return pauseMs;
  }

  /** Waits for the next pause; resolves early, without an error, when the signal aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    await delay(this.next(), undefined, { signal }).catch(() => undefined);
  }
}

export interface RetryOptions {
  /** What is being tried, for the log. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Repeats an operation for as long as it fails with RetryableError.
 *
 * @throws the operation's own error when it is of another kind, and the last RetryableError when the signal aborts
 */
export async function retryWhileAway<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  const backoff = new Backoff();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (thrown) {
      if (!(thrown instanceof RetryableError) || options.signal.aborted) throw thrown;
      if (attempt === 1) options.logger.warn({ err: thrown }, `${options.what}: will be tried again`);
      await backoff.pause(options.signal);
      if (options.signal.aborted) throw thrown;
    }
  }
}
