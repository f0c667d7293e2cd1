/** Clears the queue of a finished sweep's blocks, so that Redis holds results and no spent jobs. */
import type { SweepId } from '@seedbed/contracts';
import type { BlockQueue } from '@seedbed/queue';
import { readBlockStates } from './record-access.js';

/** A trainer may still be about to complete a block whose runs it has committed; after this many looks it is dead. */
const LOOKS_MAX = 30;

interface Remains {
  jobIds: readonly string[];
  looksLeft: number;
}

/** Lost in a restart, which costs nothing but the memory of some spent jobs. */
export class Housekeeping {
  readonly #remains = new Map<SweepId, Remains>();

  /** @param jobIds all blocks that the sweep may have in the queue */
  add(sweepId: SweepId, jobIds: readonly string[]): void {
    if (jobIds.length > 0) this.#remains.set(sweepId, { jobIds, looksLeft: LOOKS_MAX });
  }

  /** The sweep runs again: its blocks are needed. */
  cancel(sweepId: SweepId): void {
    this.#remains.delete(sweepId);
  }

  clear(): void {
    this.#remains.clear();
  }

  async tidy(queue: BlockQueue): Promise<void> {
    for (const [sweepId, remains] of this.#remains) {
      await queue.remove(remains.jobIds);
      await queue.forget(remains.jobIds);
      const states = await readBlockStates(queue, remains.jobIds);
      remains.jobIds = remains.jobIds.filter((jobId) => states.get(jobId) !== 'absent');
      remains.looksLeft -= 1;
      if (remains.jobIds.length === 0 || remains.looksLeft === 0) this.#remains.delete(sweepId);
    }
  }
}
