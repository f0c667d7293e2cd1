/** Carries out what a sweep needs next until it can only wait. Every write is one of which the first stands. */
import { type Decision, InputError, TerminalError, assertNever } from '@seedbed/contracts';
import { decideRound, summariseStage } from '@seedbed/aggregation';
import { type SweepStore, revisionOf } from '@seedbed/queue';
import {
  answerSettingsOf,
  canaryFault,
  decideExtension,
  decideRaceRound,
  decideStage,
  isWaiting,
  planRoundInSteps,
  planStageInSteps,
} from '@seedbed/search';
import { type NextStep, nextStep } from './next-step.js';
import { inTurns } from './in-turns.js';
import { committedAmong, readCommitsOf } from './record-access.js';
import type { StageLedger } from './stage-ledger.js';
import type { SweepView } from './sweep-view.js';

export interface AdvanceContext {
  readonly store: SweepStore;
  /** SHA-256 of the training data, part of every run's identity. */
  readonly datasetDigest: string;
}

export interface AdvanceReport {
  /** What was done, for the log. */
  readonly steps: readonly NextStep[];
  /** The sweep is finished and needs no view any more. */
  readonly finished: boolean;
}

export async function advance(view: SweepView, context: AdvanceContext): Promise<AdvanceReport> {
  const steps: NextStep[] = [];
  for (;;) {
    const step = nextStep(view.picture());
    if (step.kind === 'wait') return { steps, finished: false };
    steps.push(step);
    switch (step.kind) {
      case 'plan':
        if (!(await plan(view, step.stage, context))) return { steps, finished: true };
        break;
      case 'plan-round':
        if (!(await planRound(view, step.stage, context))) return { steps, finished: true };
        break;
      case 'examine':
        await examine(view, step, context);
        break;
      case 'decide':
        await decide(view, step, context);
        break;
      case 'finish':
        // Not written when the sweep was extended since its record was read: then it is read anew and goes on.
        await context.store.setSweepState(view.record.sweepId, {
          from: ['running'],
          to: step.state,
          reason: step.reason,
          revision: revisionOf(view.record),
        });
        return { steps, finished: true };
      default:
        assertNever(step, 'step');
    }
  }
}

/** @returns false when the stage cannot be planned at all and the sweep has failed */
async function plan(
  view: SweepView,
  stage: string,
  { store, datasetDigest }: AdvanceContext,
): Promise<boolean> {
  const { sweepId, spec } = view.record;
  const inputs = { datasetDigest, earlierBest: view.bestByStage(), keptTrials: view.keptByRung() };
  let planned = await plannable(view, stage, store, planStageInSteps(spec, stage, inputs));
  if (planned === null) return false;
  if (isWaiting(planned)) {
    throw new TerminalError(
      `stage "${stage}" of ${sweepId} waits for ${planned.waitingFor.join(', ')}, which is decided`,
    );
  }
  if ((await store.writePlannedStage(sweepId, planned)) === 'existing') {
    const standing = (await store.readPlannedStages(sweepId)).find((other) => other.stage === stage);
    if (standing === undefined)
      throw new TerminalError(`the plan of stage "${stage}" of ${sweepId} cannot be read`);
    planned = standing;
  }
  await noteReuse(view, view.addStage(planned), store);
  return true;
}

/** Another sweep may have trained some of a stage's new runs already. */
async function noteReuse(view: SweepView, ledger: StageLedger, store: SweepStore): Promise<void> {
  ledger.noteCommitted(await committedAmong(store, ledger.outstandingRunIds(), view.record));
}

/** @returns null when the stage cannot be planned at all and the sweep has failed */
async function plannable<Plan>(
  { record: { sweepId } }: SweepView,
  stage: string,
  store: SweepStore,
  steps: Generator<void, Plan>,
): Promise<Plan | null> {
  try {
    return await inTurns(steps);
  } catch (thrown) {
    // E.g. a value taken from an earlier stage that is outside a limit: no retry can heal it.
    if (!(thrown instanceof InputError)) throw thrown;
    const reason = `stage "${stage}" cannot be planned: ${thrown.message}`;
    await store.setSweepState(sweepId, { from: ['running'], to: 'failed', reason });
    return null;
  }
}

/** Plans the round that is decided on. @returns as `plan` */
async function planRound(
  view: SweepView,
  stage: string,
  { store, datasetDigest }: AdvanceContext,
): Promise<boolean> {
  const { sweepId, spec } = view.record;
  const { plan: standing } = view.stage(stage);
  const decided = view.decidedRound(stage);
  if (decided === null) throw new TerminalError(`no round of stage "${stage}" of ${sweepId} is decided on`);
  const steps = planRoundInSteps(spec, standing, decided, datasetDigest);
  const round = await plannable(view, stage, store, steps);
  if (round === null) return false;
  if ((await store.writePlannedRound(sweepId, round)) === 'existing') {
    throw new RecordsChangedError(
      `round ${round.round} of stage "${stage}" of ${sweepId} is planned already`,
    );
  }
  await noteReuse(view, view.addRound(round), store);
  return true;
}

/** Of an extended sweep: whether its file asks for more of this stage than is planned. */
async function examine(
  view: SweepView,
  { stage, place }: StageStep,
  { store }: AdvanceContext,
): Promise<void> {
  const extension = decideExtension(view.record.spec, view.stage(stage).plan, place);
  if (extension === null) view.markExamined(stage);
  else await record(view, extension, store);
}

type StageStep = Extract<NextStep, { readonly place: number }>;

async function decide(
  view: SweepView,
  { stage, place }: StageStep,
  { store }: AdvanceContext,
): Promise<void> {
  const { sweepId, spec } = view.record;
  const { plan: planned } = view.stage(stage);
  const runIds = planned.trials.flatMap((trial) => trial.runs.map((run) => run.runId));
  const commits = await readCommitsOf(store, runIds, view.record);
  const settings = answerSettingsOf(spec, stage);
  const summary = summariseStage(planned, commits, settings);
  const race = settings.racing == null ? null : decideRound(planned, summary, settings);
  const round = race === null ? null : decideRaceRound(planned, summary, race, place);
  if (round !== null) return await record(view, round, store);
  const decision = decideStage(planned, summary, place, canaryFault(spec, planned, commits));
  if (decision === null) throw new RecordsChangedError(`commits of stage "${stage}" of ${sweepId} are gone`);
  await record(view, decision, store);
}

/** The first decision of a number stands, whoever wrote it. */
async function record(view: SweepView, decision: Decision, store: SweepStore): Promise<void> {
  const { sweepId } = view.record;
  const standing = await store.writeDecision(sweepId, decision);
  if (standing.stage !== decision.stage) {
    throw new TerminalError(
      `decision ${decision.number} of ${sweepId} is about "${standing.stage}", not "${decision.stage}"`,
    );
  }
  view.addDecision(standing);
}

/** What was read before is no longer there (a server restored from an older state): the view must be built anew. */
export class RecordsChangedError extends Error {
  override readonly name = 'RecordsChangedError';
}
