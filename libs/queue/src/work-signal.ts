/**
 * Waits for work on a connection of its own: BullMQ keeps a marker in a sorted set while work may be waiting, and a
 * blocking pop of it costs an idle trainer one command in five seconds.
 *
 * A pop cannot be taken back, so one is in flight at most; when its waiter has gone by the time it answers, the answer is
 * kept for the next one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionSettings } from './connection.js';
import { BULLMQ_KEYS } from './keys.js';

/** Also how late a trainer looks by itself when a marker was popped by one that died. */
const BLOCK_MS_MAX = 5_000;
/** Pause after a pop that failed, so that a server that refuses it cannot make us spin. */
const FAILED_POP_PAUSE_MS = 500;

type PopOutcome = 'marker' | 'none' | 'failed';

export class WorkSignal {
  readonly #connection: Connection;
  #pop: Promise<PopOutcome> | null = null;
  #markerKept = false;

  constructor(settings: ConnectionSettings) {
    this.#connection = new Connection(settings, 'blocking');
  }

  /** Resolves when work may be waiting, the time is up or the signal aborts; during an outage when the time is up. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!signal.aborted && !this.#connection.isClosed) {
      const remainingMs = Math.min(deadline - performance.now(), BLOCK_MS_MAX);
      if (this.#markerKept || remainingMs <= 0) break;
      if (!this.#connection.isReady) {
        await this.#connection.settle(remainingMs, signal);
        continue;
      }
      this.#pop ??= this.#popMarker(remainingMs);
      const outcome = await firstOf(this.#pop, remainingMs, signal);
      if (outcome === 'none') break;
      if (outcome === 'failed') await pause(Math.min(remainingMs, FAILED_POP_PAUSE_MS), signal);
    }
    if (!signal.aborted) this.#markerKept = false;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #popMarker(blockMs: number): Promise<PopOutcome> {
    try {
      const popped = await this.#connection.block('wait for work', blockMs, (redis) =>
        redis.bzpopmin(BULLMQ_KEYS.marker, Math.max(blockMs, 10) / 1000),
      );
      this.#markerKept = popped !== null;
      return this.#markerKept ? 'marker' : 'none';
    } catch {
      // The connection broke (or the server refused): `wait` goes on when it is back.
      return 'failed';
    } finally {
      this.#pop = null;
    }
  }
}

/** The outcome, or null when the time was up or the signal aborted before there was one. */
async function firstOf<T>(pending: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T | null> {
  const timer = new AbortController();
  const either = AbortSignal.any([timer.signal, signal]);
  try {
    return await Promise.race([pending, pause(timeoutMs, either).then(() => null)]);
  } finally {
    timer.abort();
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
}
