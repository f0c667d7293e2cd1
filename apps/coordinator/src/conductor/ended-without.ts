/**
 * Runs that were given up in sweeps that ended `incomplete`. A sweep ends as soon as nothing but those is left, so whoever is to be
 * told of them must be told after the end too.
 */
import type { SweepId } from '@seedbed/contracts';
import type { SweepRecord, SweepStore } from '@seedbed/queue';
import { committedAmong } from './record-access.js';

/** A week: long enough to be seen after a holiday; who accepts an incomplete sweep has to do nothing. */
const REMEMBERED_MS = 7 * 24 * 60 * 60 * 1000;

export class EndedWithout {
  readonly #sweeps = new Map<SweepId, { readonly runs: number; readonly untilMs: number }>();

  /** Runs of all of them together. */
  count(): number {
    const now = Date.now();
    let sum = 0;
    for (const [sweepId, { runs, untilMs }] of this.#sweeps) {
      if (untilMs <= now) this.#sweeps.delete(sweepId);
      else sum += runs;
    }
    return sum;
  }

  /** The sweep ended just now. */
  note(sweepId: SweepId, runs: number): void {
    if (runs > 0) this.#sweeps.set(sweepId, { runs, untilMs: Date.now() + REMEMBERED_MS });
    else this.#sweeps.delete(sweepId);
  }

  /** @param record of a sweep that is finished, perhaps since long ago and under another conductor */
  async learn(record: SweepRecord, store: SweepStore): Promise<void> {
    this.forget(record.sweepId);
    const untilMs = Date.parse(record.finishedAt ?? record.createdAt) + REMEMBERED_MS;
    if (record.state !== 'incomplete' || untilMs <= Date.now()) return;
    const letters = await store.readDeadLetters(record.sweepId);
    const runIds = [...new Set(letters.flatMap((letter) => letter.runIds))];
    const runs = runIds.length - (await committedAmong(store, runIds, record)).length;
    if (runs > 0) this.#sweeps.set(record.sweepId, { runs, untilMs });
  }

  /** The sweep runs again. */
  forget(sweepId: SweepId): void {
    this.#sweeps.delete(sweepId);
  }

  clear(): void {
    this.#sweeps.clear();
  }
}
