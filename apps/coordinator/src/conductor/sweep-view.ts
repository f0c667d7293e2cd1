/** One unfinished sweep as the conductor sees it: a cache of its records, thrown away whenever they cannot be trusted. */
import {
  type DeadLetter,
  type Decision,
  type ParameterValues,
  type PlannedStage,
  type PlanResponse,
  type RunId,
  jobIdOf,
} from '@seedbed/contracts';
import type { SweepRecord } from '@seedbed/queue';
import { expandBlocks, planSummary } from '@seedbed/search';
import type { StagePicture } from './next-step.js';
import { type LedgerBlock, StageLedger } from './stage-ledger.js';

export class SweepView {
  record: SweepRecord;
  /** Waiting blocks were taken out because the sweep is paused. */
  isWithdrawn = false;
  readonly #outline: PlanResponse['stages'];
  /** In the order of planning, which is the order of the sweep among stages that can run at the same time. */
  readonly #stages = new Map<string, StageLedger>();
  readonly #decisions = new Map<string, Decision>();

  constructor(record: SweepRecord) {
    this.record = record;
    this.#outline = planSummary(record.spec).stages;
  }

  get stages(): readonly StageLedger[] {
    return [...this.#stages.values()];
  }

  get queuedCount(): number {
    return this.stages.reduce((sum, stage) => sum + stage.queuedCount, 0);
  }

  get pendingCount(): number {
    return this.stages.reduce((sum, stage) => sum + stage.pendingCount, 0);
  }

  /** Planned runs that have neither a commit nor a dead letter. */
  get openRunCount(): number {
    return this.stages.reduce((sum, stage) => {
      const { outstanding, dead } = stage.counts();
      return sum + outstanding - dead;
    }, 0);
  }

  stage(name: string): StageLedger {
    const ledger = this.#stages.get(name);
    if (ledger === undefined) throw new TypeError(`stage "${name}" of ${this.record.sweepId} is not planned`);
    return ledger;
  }

  addStage(plan: PlannedStage): StageLedger {
    const ledger = new StageLedger(plan, expandBlocks(this.record.sweepId, plan));
    this.#stages.set(plan.stage, ledger);
    return ledger;
  }

  addDecision(decision: Decision): void {
    this.#decisions.set(decision.stage, decision);
  }

  /** Stage → parameters of its chosen trial, for stages that derive from it. */
  bestByStage(): Map<string, ParameterValues> {
    return new Map(
      [...this.#decisions.values()].flatMap(({ stage, outcome }): [string, ParameterValues][] =>
        outcome.kind === 'best' ? [[stage, outcome.parameters]] : [],
      ),
    );
  }

  picture(): StagePicture[] {
    return this.#outline.map(({ stage, kind, derivesFrom }) => ({
      stage,
      kind,
      dependsOn: derivesFrom,
      runs: this.#stages.get(stage)?.counts() ?? null,
      decision: this.#decisions.get(stage) ?? null,
    }));
  }

  noteCommitted(runIds: readonly RunId[]): void {
    for (const stage of this.stages) stage.noteCommitted(runIds);
  }

  setDeadLetters(letters: readonly DeadLetter[]): void {
    for (const stage of this.stages) stage.setDeadLetters(letters);
  }

  /** The next blocks to be enqueued, in the order of stages, trials and seeds. */
  takePending(count: number): LedgerBlock[] {
    const taken: LedgerBlock[] = [];
    for (const stage of this.stages) {
      if (taken.length >= count) break;
      taken.push(...stage.takePending(count - taken.length));
    }
    return taken;
  }

  markQueued(jobIds: readonly string[]): void {
    for (const stage of this.stages) for (const jobId of jobIds) stage.markQueued(jobId);
  }

  markPending(jobIds: readonly string[]): void {
    for (const stage of this.stages) for (const jobId of jobIds) stage.markPending(jobId);
  }

  block(jobId: string): LedgerBlock | undefined {
    for (const stage of this.stages) {
      const block = stage.block(jobId);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  queuedJobIds(): string[] {
    return this.stages.flatMap((stage) => stage.queuedJobIds());
  }

  unsettledJobIds(): string[] {
    return this.stages.flatMap((stage) => stage.unsettledJobIds());
  }

  /** Of all blocks, done or not. */
  allJobIds(): string[] {
    return this.stages.flatMap((stage) =>
      Array.from(expandBlocks(this.record.sweepId, stage.plan), (job) => jobIdOf(job)),
    );
  }

  queuedRunIds(): RunId[] {
    return this.stages.flatMap((stage) => stage.queuedRunIds());
  }

  outstandingRunIds(): RunId[] {
    return this.stages.flatMap((stage) => stage.outstandingRunIds());
  }
}
