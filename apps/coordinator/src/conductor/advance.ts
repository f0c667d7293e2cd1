/** Carries out what a sweep needs next until it can only wait. Every write is one of which the first stands. */
import { InputError, TerminalError, assertNever } from '@seedbed/contracts';
import { summariseStage } from '@seedbed/aggregation';
import type { SweepStore } from '@seedbed/queue';
import { answerSettingsOf, decideStage, isWaiting, planStageInSteps } from '@seedbed/search';
import { type NextStep, nextStep } from './next-step.js';
import { inTurns } from './in-turns.js';
import { committedAmong, readCommitsOf } from './record-access.js';
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
      case 'decide':
        await decide(view, step, context);
        break;
      case 'finish':
        await context.store.setSweepState(view.record.sweepId, {
          from: ['running'],
          to: step.state,
          reason: step.reason,
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
  let planned;
  try {
    planned = await inTurns(
      planStageInSteps(spec, stage, { datasetDigest, earlierBest: view.bestByStage() }),
    );
  } catch (thrown) {
    // E.g. a value taken from an earlier stage that is outside a limit: no retry can heal it.
    if (!(thrown instanceof InputError)) throw thrown;
    const reason = `stage "${stage}" cannot be planned: ${thrown.message}`;
    await store.setSweepState(sweepId, { from: ['running'], to: 'failed', reason });
    return false;
  }
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
  const ledger = view.addStage(planned);
  // Another sweep may have trained some of these runs already.
  ledger.noteCommitted(await committedAmong(store, ledger.outstandingRunIds(), view.record));
  return true;
}

async function decide(
  view: SweepView,
  step: Extract<NextStep, { kind: 'decide' }>,
  { store }: AdvanceContext,
): Promise<void> {
  const { sweepId, spec } = view.record;
  const { plan: planned } = view.stage(step.stage);
  const runIds = planned.trials.flatMap((trial) => trial.runs.map((run) => run.runId));
  const commits = await readCommitsOf(store, runIds, view.record);
  const summary = summariseStage(planned, commits, answerSettingsOf(spec, step.stage));
  const decision = decideStage(planned, summary, step.number);
  if (decision === null)
    throw new RecordsChangedError(`commits of stage "${step.stage}" of ${sweepId} are gone`);
  const standing = await store.writeDecision(sweepId, decision);
  if (standing.stage !== step.stage) {
    throw new TerminalError(
      `decision ${step.number} of ${sweepId} is about "${standing.stage}", not "${step.stage}"`,
    );
  }
  view.addDecision(standing);
}

/** What was read before is no longer there (a server restored from an older state): the view must be built anew. */
export class RecordsChangedError extends Error {
  override readonly name = 'RecordsChangedError';
}
