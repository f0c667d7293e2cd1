/**
 * The runs of a held block that one child trains: mostly all of them. Where children of this trainer wait for work, a pack's
 * last block is cut, so that 13 blocks of 5 runs are 33 and 32 runs for two children and not 35 and 30. What a run's
 * result is does not depend on its company, and commits are per run; the block stays one for the queue.
 */
import type { BlockJob, RunId } from '@seedbed/contracts';
import { hiddenUnitsOf } from './child-memory.js';
import type { HeldBlock } from './held-block.js';

export class BlockPart {
  private constructor(
    readonly block: HeldBlock,
    /** Null: whatever remains of the block. */
    private readonly own: ReadonlySet<RunId> | null,
  ) {}

  static wholeOf(block: HeldBlock): BlockPart {
    return new BlockPart(block, null);
  }

  /** False for a part of a cut block. */
  get isWhole(): boolean {
    return this.own === null;
  }

  /** Runs that are still to be trained. */
  get runs(): BlockJob['runs'] {
    const { remainingRuns } = this.block;
    return this.own === null ? remainingRuns : remainingRuns.filter((run) => this.own?.has(run.runId));
  }

  get isOpen(): boolean {
    return this.block.isOpen && this.runs.length > 0;
  }

  /** Columns that it adds to the first layer of its pack: hidden units times runs. */
  get hiddenUnits(): number {
    return hiddenUnitsOf(this.block.job.settings) * this.runs.length;
  }

  /** The first runs, and the others. */
  cutAfter(count: number): readonly [BlockPart, BlockPart] {
    const runIds = this.runs.map((run) => run.runId);
    const part = (own: readonly RunId[]) => new BlockPart(this.block, new Set(own));
    return [part(runIds.slice(0, count)), part(runIds.slice(count))];
  }
}
