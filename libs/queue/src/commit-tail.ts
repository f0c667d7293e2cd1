/**
 * Tells a listener soon after commits happen: a blocking read of the commit stream on a connection of its own. Only a
 * hint; the record is the commits. It survives outages, and calls back once after each, since something may have been
 * missed.
 */
import { KEYS } from '@seedbed/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionSettings } from './connection.js';

const BLOCK_MS = 5_000;
/** Commits come in packs: one call per pack is enough. */
const COALESCE_MS = 50;
const ENTRIES_PER_READ = 1_000;
/** Pause after a read that failed while the server was reachable, so that it cannot make us spin. */
const FAILED_READ_PAUSE_MS = 500;

export class CommitTail {
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  #callback: NodeJS.Timeout | null = null;

  constructor(settings: ConnectionSettings) {
    this.#connection = new Connection(settings, 'blocking');
    void this.#follow();
  }

  add(listener: () => void): () => void {
    // Each call is its own registration, also of a function that is registered already.
    const registered = () => listener();
    this.#listeners.add(registered);
    return () => this.#listeners.delete(registered);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    if (this.#callback !== null) clearTimeout(this.#callback);
    await this.#connection.close();
  }

  async #follow(): Promise<void> {
    while (!this.#connection.isClosed) {
      await this.#connection.settle(BLOCK_MS);
      if (!this.#connection.isReady) continue;
      try {
        let last = await this.#lastEntry();
        this.#notify();
        for (;;) last = await this.#next(last);
      } catch {
        if (!this.#connection.isClosed) await delay(FAILED_READ_PAUSE_MS);
      }
    }
  }

  async #lastEntry(): Promise<string> {
    const [entry] = await this.#connection.block('follow commits', 0, (redis) =>
      redis.xrevrange(KEYS.commitStream, '+', '-', 'COUNT', 1),
    );
    return entry?.[0] ?? '0-0';
  }

  async #next(last: string): Promise<string> {
    const streams = await this.#connection.block('follow commits', BLOCK_MS, (redis) =>
      redis.xread('COUNT', ENTRIES_PER_READ, 'BLOCK', BLOCK_MS, 'STREAMS', KEYS.commitStream, last),
    );
    const entries = streams?.[0]?.[1] ?? [];
    if (entries.length > 0) this.#notify();
    return entries.at(-1)?.[0] ?? last;
  }

  #notify(): void {
    if (this.#connection.isClosed) return;
    this.#callback ??= setTimeout(() => {
      this.#callback = null;
      for (const listener of this.#listeners) listener();
    }, COALESCE_MS);
  }
}
