/**
 * A block in this trainer's hands, from its claim until it is completed, failed, handed back or lost.
 *
 *   claimed ── results ──▶ all results known ── commits ──▶ all committed ──▶ completed
 *      │                                                                (or lost: then nothing is owed)
 *      └─ abandoned (cancelled, lost, wrong numerics class, draining, shared) ──▶ failed, parked or handed back
 */
import type { BlockJob, RunId } from '@seedbed/contracts';
import type { ClaimedBlock } from '@seedbed/queue';

export type AbandonReason = 'lost' | 'cancelled' | 'wrong-class' | 'draining' | 'shared';

export class HeldBlock {
  /** Runs whose result is not yet known. */
  private readonly unknown: Set<RunId>;
  /** Runs whose commit is not yet acknowledged. */
  private readonly uncommitted: Set<RunId>;
  private readonly stopTraining = new AbortController();
  /** The lock is gone: another trainer may hold the block, and nothing is owed to the queue any more. */
  lost = false;
  /** Somebody is completing, failing or handing it back already. */
  ending = false;
  /** The step from which its runs can go on; 0 for the beginning. */
  resumeStep = 0;
  /** Share (0 … 1) of the steps that each run has behind it. */
  private readonly shares = new Map<RunId, number>();

  constructor(readonly claimed: ClaimedBlock) {
    this.unknown = new Set(this.job.runs.map((run) => run.runId));
    this.uncommitted = new Set(this.unknown);
  }

  get job(): BlockJob {
    return this.claimed.job;
  }

  get jobId(): string {
    return this.claimed.jobId;
  }

  /** Share (0 … 1) of the steps that its slowest run has behind it. */
  get progress(): number {
    return Math.min(1, ...this.remainingRuns.map((run) => this.shares.get(run.runId) ?? 0));
  }

  noteProgress(runId: RunId, share: number): void {
    this.shares.set(runId, share);
  }

  /** Runs that are still to be trained. */
  get remainingRuns(): BlockJob['runs'] {
    return this.job.runs.filter((run) => this.unknown.has(run.runId));
  }

  get hasAllResults(): boolean {
    return this.unknown.size === 0;
  }

  get isCommitted(): boolean {
    return this.uncommitted.size === 0;
  }

  /** Aborted, with an AbandonReason, when its runs need not be trained any further. */
  get abandoned(): AbortSignal {
    return this.stopTraining.signal;
  }

  /** Its result is not known yet. */
  awaits(runId: RunId): boolean {
    return this.unknown.has(runId);
  }

  resultKnown(runId: RunId): void {
    this.unknown.delete(runId);
  }

  committed(runId: RunId): void {
    this.unknown.delete(runId);
    this.uncommitted.delete(runId);
  }

  /** Its result is still owed: not lost, not abandoned, nobody ends it yet. */
  get isOpen(): boolean {
    return !this.hasAllResults && !this.ending && !this.lost && !this.abandoned.aborted;
  }

  abandon(reason: AbandonReason): void {
    this.stopTraining.abort(reason);
  }
}
