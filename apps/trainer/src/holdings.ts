/** All blocks that this trainer holds: what the lock keeper renews, the sweep watch looks at and a stop hands back. */
import type { SweepId } from '@seedbed/contracts';
import type { HeldBlock } from './held-block.js';

/** From this share of its steps on, a block whose lock is lost is finished: its commits count all the same. */
const NEARLY_DONE = 0.9;

export class Holdings {
  private readonly blocks = new Set<HeldBlock>();

  /** A job id that is held already means that the older lock was lost unnoticed, or it could not have been claimed. */
  add(block: HeldBlock): void {
    const older = this.all().find((held) => held.jobId === block.jobId);
    if (older !== undefined) this.lose(older);
    this.blocks.add(block);
  }

  /** The lock is gone. Training goes on only where the result is so near that it may still come first. */
  lose(block: HeldBlock): void {
    block.lost = true;
    this.remove(block);
    if (!block.hasAllResults && block.progress < NEARLY_DONE) block.abandon('lost');
  }

  /** Called when nothing is owed to the queue for this block any more. */
  remove(block: HeldBlock): void {
    this.blocks.delete(block);
  }

  all(): HeldBlock[] {
    return [...this.blocks];
  }

  sweepIds(): SweepId[] {
    return [...new Set(this.all().map((block) => block.job.sweepId))];
  }
}
