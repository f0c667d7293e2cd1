/** Drops the work of cancelled sweeps soon after their cancellation. Pausing lets running blocks finish. */
import type { Logger } from 'pino';
import type { SweepState } from '@seedbed/contracts';
import type { BlockFailure, SweepStore } from '@seedbed/queue';
import type { BlockEndings } from './block-endings.js';
import type { Holdings } from './holdings.js';
import { PeriodicTask } from './periodic-task.js';

/** How long a cancelled sweep may still be trained. */
export const SWEEP_WATCH_INTERVAL_MS = 1_000;

/** Whether a sweep's blocks are still wanted; a sweep without a state has been deleted. */
export function isWanted(state: SweepState | undefined): boolean {
  return state !== undefined && state !== 'cancelled' && state !== 'failed';
}

export function notWanted(state: SweepState | undefined): BlockFailure {
  return { cause: 'cancelled', reason: `the sweep is ${state ?? 'gone'}`, guilty: false };
}

export interface SweepWatchOptions {
  readonly store: SweepStore;
  readonly holdings: Holdings;
  readonly endings: BlockEndings;
  readonly logger: Logger;
}

export function createSweepWatch({ store, holdings, endings, logger }: SweepWatchOptions): PeriodicTask {
  return new PeriodicTask({
    intervalMs: SWEEP_WATCH_INTERVAL_MS,
    task: async () => {
      const sweepIds = holdings.sweepIds();
      if (sweepIds.length === 0) return;
      const states = await store.sweepStates(sweepIds);
      const unwanted = holdings.all().filter((block) => {
        // The sweep of a block claimed after the question was asked is not in the answer.
        return (
          sweepIds.includes(block.job.sweepId) && !isWanted(states.get(block.job.sweepId)) && block.isOpen
        );
      });
      for (const block of unwanted) block.abandon('cancelled');
      await Promise.all(
        unwanted.map((block) => endings.fail(block, notWanted(states.get(block.job.sweepId)))),
      );
    },
    onError: (error) => logger.debug({ err: error }, 'sweep states not read; trying again'),
  });
}
