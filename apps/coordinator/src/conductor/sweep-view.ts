/** One unfinished sweep as the conductor sees it: a cache of its records, thrown away whenever they cannot be trusted. */
import {
  type DeadLetter,
  type Decision,
  type ParameterValues,
  type PlannedRound,
  type PlannedStage,
  type PlanResponse,
  type RunId,
  jobIdOf,
  roundsOf,
  withRound,
} from '@seedbed/contracts';
import { type SweepRecord, revisionOf } from '@seedbed/queue';
import { type RoundOutcome, expandBlocks, planSummary } from '@seedbed/search';
import type { StagePicture } from './next-step.js';
import { type LedgerBlock, StageLedger } from './stage-ledger.js';

export class SweepView {
  #record: SweepRecord;
  /** Waiting blocks were taken out because the sweep is paused. */
  isWithdrawn = false;
  #outline: PlanResponse['stages'];
  /** In the order of planning, which is the order of the sweep among stages that can run at the same time. */
  readonly #stages = new Map<string, StageLedger>();
  readonly #decisions = new Map<string, Decision[]>();
  /** Stage → as of which sweep file and round it has been looked at for more to plan; see `isExamined`. */
  readonly #examined = new Map<string, string>();

  constructor(record: SweepRecord) {
    this.#record = record;
    this.#outline = planSummary(record.spec).stages;
  }

  get record(): SweepRecord {
    return this.#record;
  }

  set record(record: SweepRecord) {
    const isExtended = revisionOf(record) !== revisionOf(this.#record);
    this.#record = record;
    if (isExtended) this.#outline = planSummary(record.spec).stages;
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

  /** A further round of a stage that is here without it. */
  addRound(round: PlannedRound): StageLedger {
    const ledger = this.stage(round.stage);
    const plan = withRound(ledger.plan, round);
    const isAdded = new Set(round.trials.flatMap((trial) => trial.runs.map((run) => run.runId)));
    const indices = new Set(round.trials.map(({ index }) => index));
    const touched = { ...plan, trials: plan.trials.filter(({ index }) => indices.has(index)) };
    const jobs = [...expandBlocks(this.record.sweepId, touched)];
    ledger.grow(
      plan,
      round,
      jobs.filter((job) => job.runs.every(({ runId }) => isAdded.has(runId))),
    );
    return ledger;
  }

  addDecision(decision: Decision): void {
    const ofStage = this.#decisions.get(decision.stage) ?? [];
    if (!ofStage.some(({ number }) => number === decision.number)) ofStage.push(decision);
    this.#decisions.set(decision.stage, ofStage);
  }

  /** Stage → parameters of its chosen trial, for stages that derive from it: as decided after its latest round. */
  bestByStage(): Map<string, ParameterValues> {
    const best = new Map<string, ParameterValues>();
    for (const [stage, decisions] of this.#decisions) {
      const latest = decisions
        .filter(({ kind }) => kind !== 'round')
        .reduce<Decision | null>((a, b) => (a !== null && (a.round ?? 0) > (b.round ?? 0) ? a : b), null);
      if (latest?.outcome.kind === 'best') best.set(stage, latest.outcome.parameters);
    }
    return best;
  }

  /** The round after a stage's last, where it is decided and not planned yet. */
  decidedRound(stage: string): RoundOutcome | null {
    const next = roundsOf(this.stage(stage).plan) + 1;
    for (const { outcome } of this.#decisions.get(stage) ?? []) {
      if (outcome.kind === 'round' && outcome.round === next) return outcome;
    }
    return null;
  }

  /** There is nothing more to plan for the stage than follows from results that are still to come. */
  markExamined(stage: string): void {
    this.#examined.set(stage, this.#stateToExamine(stage));
  }

  /** Rung → the trials that go on from it. */
  keptByRung(): Map<string, readonly number[]> {
    return new Map(
      [...this.#decisions.values()]
        .flat()
        .flatMap(({ stage, outcome }): [string, readonly number[]][] =>
          outcome.kind === 'kept' ? [[stage, outcome.trials]] : [],
        ),
    );
  }

  picture(): StagePicture[] {
    return this.#outline.map(({ stage, kind, derivesFrom }) => ({
      stage,
      kind,
      dependsOn: derivesFrom,
      runs: this.#stages.get(stage)?.counts() ?? null,
      decision: this.#decisionOf(stage),
      isRoundDecided: this.#stages.has(stage) && this.decidedRound(stage) !== null,
      isExamined: this.#isExamined(stage),
    }));
  }

  /** About the whole stage with all rounds that it has now. */
  #decisionOf(stage: string): Decision | null {
    const rounds = roundsOf(this.#stages.get(stage)?.plan ?? {});
    const ofStage = this.#decisions.get(stage) ?? [];
    return ofStage.find(({ kind, round }) => kind !== 'round' && (round ?? 0) === rounds) ?? null;
  }

  /** Of a sweep that was never extended, every stage's plan is what its file asks for. */
  #isExamined(stage: string): boolean {
    if (revisionOf(this.record) === 0 || !this.#stages.has(stage)) return true;
    return this.#examined.get(stage) === this.#stateToExamine(stage);
  }

  #stateToExamine(stage: string): string {
    return `${revisionOf(this.record)} ${roundsOf(this.stage(stage).plan)}`;
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
