/** Turns one stage of a parsed sweep file into its plan: every trial with its settings, seeds and run ids. */
import {
  InputError,
  type ParameterValues,
  type PlannedStage,
  type PlannedTrial,
  type PrunedTrial,
  type RunSettings,
  runIdsOf,
  type SweepSpec,
} from '@seedbed/contracts';
import {
  plannableStagesOf,
  type PlannableStage,
  rungStageName,
  settingsUpTo,
  stageNames,
} from './rung-stages.js';
import { preflightStagesOf } from './search-stages.js';
import { planPreflight } from './plan-preflight.js';
import { firstSeedsOf } from './racing-settings.js';
import { type EarlierBest, stageTrials } from './stage-trials.js';
import { trialSettingsOf } from './trial-settings.js';

export interface PlanInputs {
  /** SHA-256 of the data set, part of every run's identity. */
  readonly datasetDigest: string;
  /** Parameter values of the best trial of every stage that is decided. */
  readonly earlierBest: EarlierBest;
  /** Indices of the trials that go on from every rung that is decided, by the rung's name. */
  readonly keptTrials?: ReadonlyMap<string, readonly number[]>;
}

/** The stages whose decision is needed before this one can be planned. */
export interface WaitingStage {
  readonly waitingFor: string[];
}

/** Planning so many runs takes about 20 ms. */
export const RUNS_PER_STEP = 2_000;

/**
 * The same inputs give the same plan: trials keep their indices and runs their ids whatever the sweep is called and in
 * whatever order its keys are written. A derived stage whose derived value equals one of its own points has two trials
 * with the same runs; both are filled by the same commits.
 *
 * @throws InputError when the spec has no stage of this name
 */
export function planStage(
  spec: SweepSpec,
  stageName: string,
  inputs: PlanInputs,
): PlannedStage | WaitingStage {
  const steps = planStageInSteps(spec, stageName, inputs);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** As `planStage`, but yields now and then, so that a service can answer others while it plans 100,000 runs. */
export function* planStageInSteps(
  spec: SweepSpec,
  stageName: string,
  inputs: PlanInputs,
): Generator<void, PlannedStage | WaitingStage> {
  const preflight = preflightStagesOf(spec).find(({ name }) => name === stageName);
  if (preflight !== undefined) return planPreflight(spec, preflight, inputs.datasetDigest);
  const plannable = plannableStagesOf(spec).find(({ name }) => name === stageName);
  if (plannable === undefined) {
    const message = `found stage "${stageName}"; the stages of ${spec.name} are ${stageNames(spec).join(', ')}`;
    throw new InputError([{ path: 'stage', message }]);
  }
  const isDecided = (name: string) => inputs.earlierBest.has(name) || inputs.keptTrials?.has(name) === true;
  const waitingFor = plannable.dependsOn.filter((name) => !isDecided(name));
  if (waitingFor.length > 0) return { waitingFor };
  return yield* planSearch(spec, plannable, inputs);
}

export function isWaiting(planned: PlannedStage | WaitingStage): planned is WaitingStage {
  return 'waitingFor' in planned;
}

function* planSearch(
  spec: SweepSpec,
  { name, stage, rung, earlierRungs }: PlannableStage,
  inputs: PlanInputs,
): Generator<void, PlannedStage> {
  const settingsOf = trialSettingsOf(spec, stage, inputs.datasetDigest);
  const seeds = firstSeedsOf(spec, stage);
  const kept = earlierRungs.map((each) => ({
    until: each.until,
    trials: new Set(inputs.keptTrials?.get(rungStageName(each))),
  }));
  const trials: PlannedTrial[] = [];
  const pruned: PrunedTrial[] = [];
  let runsSinceYield = 0;
  for (const [index, parameters] of stageTrials(stage, inputs.earlierBest).entries()) {
    const lost = kept.find((each) => !each.trials.has(index));
    if (lost !== undefined) {
      pruned.push({ index, parameters, step: lost.until });
      continue;
    }
    const settings = settingsOf(parameters);
    trials.push(planTrial(index, parameters, rung === null ? settings : settingsUpTo(settings, rung), seeds));
    runsSinceYield += seeds.length;
    if (runsSinceYield < RUNS_PER_STEP) continue;
    runsSinceYield = 0;
    yield;
  }
  return {
    ...{ stage: name, kind: 'search', trials },
    ...(rung !== null && { rung }),
    ...(rung === null && earlierRungs.length > 0 && { pruned }),
  };
}

/** A trial with runs of these seeds. */
export function planTrial(
  index: number,
  parameters: ParameterValues,
  settings: RunSettings,
  seeds: readonly number[],
): PlannedTrial {
  const runs = runIdsOf(settings, seeds).map((runId, place) => ({ seed: seeds[place]!, runId }));
  return { index, parameters, settings, runs };
}
