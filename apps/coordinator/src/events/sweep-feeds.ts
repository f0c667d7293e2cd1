/** The feeds of the sweeps that somebody watches, or has watched a moment ago. */
import type { SweepId } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { Logger } from 'pino';
import { type FeedListener, SweepFeed } from './sweep-feed.js';

/** A browser that lost its connection is back within seconds, and is then told what it missed. */
const LINGER_MS = 30_000;
/** Tabs of a group of people; each holds a connection. */
export const WATCHERS_MAX = 100;

export class SweepFeeds {
  readonly #feeds = new Map<SweepId, SweepFeed>();
  #stopHints: (() => void) | null = null;
  readonly #lingering = new Map<SweepId, NodeJS.Timeout>();

  constructor(
    private readonly store: SweepStore,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  get watchers(): number {
    let sum = 0;
    for (const feed of this.#feeds.values()) sum += feed.watchers;
    return sum;
  }

  /** See `SweepFeed.watch`. */
  async watch(sweepId: SweepId, lastEventId: string | null, listener: FeedListener): Promise<() => void> {
    this.#stopHints ??= this.store.onCommits(() => {
      for (const feed of this.#feeds.values()) feed.hint();
    });
    clearTimeout(this.#lingering.get(sweepId));
    const feed = this.#feeds.get(sweepId) ?? new SweepFeed(sweepId, this.store, this.logger);
    this.#feeds.set(sweepId, feed);
    const stop = await feed.watch(lastEventId, listener);
    return () => {
      stop();
      if (feed.watchers > 0 || this.#feeds.get(sweepId) !== feed) return;
      clearTimeout(this.#lingering.get(sweepId));
      const timer = setTimeout(() => this.#drop(sweepId, feed), LINGER_MS).unref();
      this.#lingering.set(sweepId, timer);
    };
  }

  close(): void {
    this.#stopHints?.();
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #drop(sweepId: SweepId, feed: SweepFeed): void {
    this.#lingering.delete(sweepId);
    if (feed.watchers > 0) return;
    feed.close();
    if (this.#feeds.get(sweepId) === feed) this.#feeds.delete(sweepId);
  }
}
