/**
 * What happens to one sweep, as numbered events for those who watch it: made by comparing what is recorded now with what was
 * recorded before, so that any coordinator can serve it. Costs nothing while nobody watches.
 */
import { randomBytes } from 'node:crypto';
import { type CommitsEvent, LIMITS, type RunId, type SweepId, coerceError } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { Logger } from 'pino';
import { readStatusFacts, type StatusFacts } from '../reading/sweep-facts.js';
import { statusOf } from '../reading/sweep-status.js';

/** Events that are kept for whoever comes back; a minute of a lively sweep. */
const KEPT_EVENTS_MAX = 256;
/** Bars move smoothly at this rate, and a look takes a few milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** After a hint that something was committed. */
const LOOK_SOON_MS = 250;
/** A look at a large sweep takes longer; looking takes at most a fifth of the time. */
const REST_FACTOR = 4;

export interface FeedEvent {
  readonly id: string;
  readonly event: 'snapshot' | 'status' | 'commits' | 'decisions';
  /** JSON on one line. */
  readonly data: string;
}

export type FeedListener = (event: FeedEvent) => void;

export class SweepFeed {
  /** Of this feed: an id of another one tells nothing about what was missed. */
  readonly #epoch = randomBytes(6).toString('hex');
  readonly #kept: FeedEvent[] = [];
  readonly #listeners = new Set<FeedListener>();
  #number = 0;
  #status: string | null = null;
  #committed: Set<RunId> | null = null;
  #decisions = 0;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #restMs = LOOK_EVERY_MS;
  #isClosed = false;

  constructor(
    private readonly sweepId: SweepId,
    private readonly store: SweepStore,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  get watchers(): number {
    return this.#listeners.size;
  }

  /**
   * Calls back with what was missed since that event where it is still known, otherwise with a `snapshot` (the status; look at
   * everything else anew), and then with what happens.
   *
   * @returns how to stop
   */
  async watch(lastEventId: string | null, listener: FeedListener): Promise<() => void> {
    await this.look();
    for (const event of this.#since(lastEventId)) listener(event);
    this.#listeners.add(listener);
    this.#schedule(this.#restMs);
    return () => this.#listeners.delete(listener);
  }

  /** Something was committed somewhere. */
  hint(): void {
    if (this.#listeners.size > 0) this.#schedule(Math.max(LOOK_SOON_MS, this.#restMs - LOOK_EVERY_MS));
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
  }

  /** Compares and tells; one look at a time. */
  async look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = null));
    await this.#looking;
  }

  #since(lastEventId: string | null): readonly FeedEvent[] {
    const place = this.#kept.findIndex(({ id }) => id === lastEventId);
    if (place >= 0) return this.#kept.slice(place + 1);
    if (lastEventId !== null && lastEventId === `${this.#epoch}-${this.#number}`) return [];
    if (this.#status === null) return [];
    return [{ id: `${this.#epoch}-${this.#number}`, event: 'snapshot', data: this.#status }];
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) {
      if (delayMs >= LOOK_EVERY_MS) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.look()
        .catch((thrown: unknown) =>
          this.logger.warn({ err: coerceError(thrown), sweepId: this.sweepId }, 'no look at a watched sweep'),
        )
        .finally(() => {
          if (this.#listeners.size > 0) this.#schedule(this.#restMs);
        });
    }, delayMs).unref();
  }

  async #lookNow(): Promise<void> {
    const startedAt = performance.now();
    const record = await this.store.getSweep(this.sweepId);
    if (record === null) return;
    const facts = await readStatusFacts(this.store, record);
    const decisions = await this.store.readDecisions(this.sweepId);
    this.#restMs = Math.max(LOOK_EVERY_MS, REST_FACTOR * (performance.now() - startedAt));
    const status = JSON.stringify(statusOf(facts));
    const commits = this.#newCommits(facts);
    const isFirst = this.#status === null;
    const isChanged = status !== this.#status;
    this.#status = status;
    const news = decisions.filter(({ number }) => number >= this.#decisions);
    this.#decisions = Math.max(0, ...decisions.map(({ number }) => number + 1));
    if (isFirst) return;
    if (commits !== null) this.#tell('commits', JSON.stringify(commits));
    if (news.length > 0) this.#tell('decisions', JSON.stringify({ decisions: news }));
    if (isChanged) this.#tell('status', status);
  }

  /** Null when there are none. */
  #newCommits({ stages, commits }: StatusFacts): CommitsEvent | null {
    const before = this.#committed ?? new Set();
    const now = new Set<RunId>();
    const trials: CommitsEvent['trials'] = [];
    let changed = 0;
    for (const stage of stages) {
      for (const trial of stage.trials) {
        let isChanged = false;
        for (const { runId } of trial.runs) {
          if (!commits.has(runId)) continue;
          now.add(runId);
          isChanged ||= !before.has(runId);
        }
        if (!isChanged) continue;
        changed += 1;
        if (changed <= LIMITS.eventTrialsMax) trials.push({ stage: stage.stage, trialIndex: trial.index });
      }
    }
    this.#committed = now;
    return changed === 0 ? null : { committed: now.size, trials, isMore: changed > trials.length };
  }

  #tell(event: FeedEvent['event'], data: string): void {
    this.#number += 1;
    const told = { id: `${this.#epoch}-${this.#number}`, event, data };
    this.#kept.push(told);
    if (this.#kept.length > KEPT_EVENTS_MAX) this.#kept.shift();
    for (const listener of this.#listeners) listener(told);
  }
}
