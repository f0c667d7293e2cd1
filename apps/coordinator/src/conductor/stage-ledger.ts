/**
 * One planned stage as the conductor sees it: which runs still lack a commit, and where each block stands.
 *
 *     pending ──markQueued──▶ queued ──(all its runs committed)──▶ settled
 *        ▲                      │ ▲
 *        └────markPending───────┘ └─ repaired in place by the reconciler
 *     pending or queued ──setDeadLetters──▶ dead ──(letter cleared)──▶ pending
 *
 * It is a cache of the durable records and can be thrown away at any time: a new one starts with every block pending.
 */
import {
  type BlockJob,
  type DeadLetter,
  type PlannedRound,
  type PlannedStage,
  type RunId,
  jobIdOf,
} from '@seedbed/contracts';
import type { RunCounts } from './next-step.js';

export interface LedgerBlock {
  readonly jobId: string;
  readonly job: BlockJob;
}

export class StageLedger {
  #plan: PlannedStage;
  #planned = 0;
  readonly #outstanding = new Set<RunId>();
  readonly #pending = new Map<string, LedgerBlock>();
  readonly #queued = new Map<string, LedgerBlock>();
  readonly #dead = new Map<string, { readonly block: LedgerBlock; readonly reason: string }>();

  /** @param jobs the blocks of the stage, in the order in which they are to be trained */
  constructor(plan: PlannedStage, jobs: Iterable<BlockJob>) {
    this.#plan = plan;
    this.#add(plan.trials, jobs);
  }

  /** With all rounds so far. */
  get plan(): PlannedStage {
    return this.#plan;
  }

  /**
   * The stage goes on with a further round.
   *
   * @param plan with the round in it
   * @param added what the round added
   * @param jobs its blocks, in the order in which they are to be trained
   */
  grow(plan: PlannedStage, added: PlannedRound, jobs: Iterable<BlockJob>): void {
    this.#plan = plan;
    this.#add(added.trials, jobs);
  }

  #add(trials: PlannedRound['trials'], jobs: Iterable<BlockJob>): void {
    for (const trial of trials) {
      this.#planned += trial.runs.length;
      for (const run of trial.runs) this.#outstanding.add(run.runId);
    }
    for (const job of jobs) {
      const jobId = jobIdOf(job);
      this.#pending.set(jobId, { jobId, job });
    }
  }

  get isSettled(): boolean {
    return this.#outstanding.size === 0;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  get queuedCount(): number {
    return this.#queued.size;
  }

  /** Planned runs that have the same settings are one run: they count once as outstanding. */
  counts(): RunCounts {
    let dead = 0;
    let deadReason: string | null = null;
    // Two trials with equal settings share their runs: a run is dead only when no block is left that can bring it.
    const spoken = this.#dead.size === 0 ? new Set<RunId>() : this.#liveRunIds();
    for (const { block, reason } of this.#dead.values()) {
      for (const { runId } of block.job.runs) {
        if (!this.#outstanding.has(runId) || spoken.has(runId)) continue;
        spoken.add(runId);
        dead += 1;
        deadReason ??= reason;
      }
    }
    return { planned: this.#planned, outstanding: this.#outstanding.size, dead, deadReason };
  }

  outstandingRunIds(): RunId[] {
    return [...this.#outstanding];
  }

  /** Runs without a commit whose block is in the queue: where commits are to be expected. */
  queuedRunIds(): RunId[] {
    return [...this.#queued.values()].flatMap((block) =>
      block.job.runs.map((run) => run.runId).filter((runId) => this.#outstanding.has(runId)),
    );
  }

  queuedJobIds(): string[] {
    return [...this.#queued.keys()];
  }

  /** Everything of this stage that may be in the queue, known or left by an earlier coordinator. */
  unsettledJobIds(): string[] {
    return [...this.#queued.keys(), ...this.#pending.keys()];
  }

  /** The next pending blocks in order; those whose runs have all been committed meanwhile are settled and skipped. */
  takePending(count: number): LedgerBlock[] {
    const taken: LedgerBlock[] = [];
    for (const block of this.#pending.values()) {
      if (taken.length >= count) break;
      if (this.#isCommitted(block)) this.#pending.delete(block.jobId);
      else taken.push(block);
    }
    return taken;
  }

  block(jobId: string): LedgerBlock | undefined {
    return this.#queued.get(jobId) ?? this.#pending.get(jobId);
  }

  markQueued(jobId: string): void {
    const block = this.#pending.get(jobId);
    if (block === undefined) return;
    this.#pending.delete(jobId);
    this.#queued.set(jobId, block);
  }

  /** The block is not in the queue (any more): it was taken out, or never got there. */
  markPending(jobId: string): void {
    const block = this.#queued.get(jobId);
    if (block === undefined) return;
    this.#queued.delete(jobId);
    this.#pending.set(jobId, block);
  }

  noteCommitted(runIds: Iterable<RunId>): void {
    let changed = false;
    for (const runId of runIds) changed = this.#outstanding.delete(runId) || changed;
    if (!changed) return;
    for (const block of [...this.#queued.values()]) {
      if (this.#isCommitted(block)) this.#queued.delete(block.jobId);
    }
  }

  /** Replaces the picture of what is set aside by the records'. */
  setDeadLetters(letters: readonly DeadLetter[]): void {
    const reasons = new Map(letters.map((letter) => [letter.jobId, letter.reason]));
    for (const [jobId, { block }] of this.#dead) {
      if (reasons.has(jobId)) continue;
      this.#dead.delete(jobId);
      this.#pending.set(jobId, block);
    }
    for (const [jobId, reason] of reasons) {
      const block = this.block(jobId);
      if (block === undefined) continue;
      this.#pending.delete(jobId);
      this.#queued.delete(jobId);
      this.#dead.set(jobId, { block, reason });
    }
  }

  #liveRunIds(): Set<RunId> {
    const blocks = [...this.#pending.values(), ...this.#queued.values()];
    return new Set(blocks.flatMap((block) => block.job.runs.map((run) => run.runId)));
  }

  #isCommitted(block: LedgerBlock): boolean {
    return block.job.runs.every((run) => !this.#outstanding.has(run.runId));
  }
}
