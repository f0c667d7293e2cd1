/** Turns one stage of a parsed sweep file into its plan: every trial with its settings, seeds and run ids. */
import {
  ENGINE_VERSION,
  type GradientCheckSettings,
  InputError,
  type ParameterValues,
  type PlannedStage,
  type PlannedTrial,
  type RunSettings,
  runIdsOf,
  type SweepSpec,
  type TrainSettings,
} from '@seedbed/contracts';
import { withParameters } from './parameter-domain.js';
import {
  dependenciesOf,
  GRADIENT_CHECK_STAGE,
  type SearchStage,
  searchStagesOf,
  stageNames,
} from './search-stages.js';
import { type StageSettings, stageSeedsOf, stageSettingsOf } from './stage-settings.js';
import { type EarlierBest, stageTrials } from './stage-trials.js';
import { isOnTable, tableSettingsOf } from './table-stage.js';

export interface PlanInputs {
  /** SHA-256 of the data set, part of every run's identity. */
  readonly datasetDigest: string;
  /** Parameter values of the best trial of every stage that is decided. */
  readonly earlierBest: EarlierBest;
}

/** The stages whose decision is needed before this one can be planned. */
export interface WaitingStage {
  readonly waitingFor: string[];
}

/** A planned trial's settings hold this seed until a run's own takes its place; real seeds are 1 or more. */
const SEED_PLACEHOLDER = 0;
/** Planning so many runs takes about 20 ms. */
export const RUNS_PER_STEP = 2_000;
/** A gradient check looks at one network. */
const GRADIENT_CHECK_SEED = 1;

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
  if (stageName === GRADIENT_CHECK_STAGE && spec.preflight?.[0]) return planGradientCheck(spec, inputs);
  const stage = searchStagesOf(spec).find(({ name }) => name === stageName);
  if (stage === undefined) {
    const message = `found stage "${stageName}"; the stages of ${spec.name} are ${stageNames(spec).join(', ')}`;
    throw new InputError([{ path: 'stage', message }]);
  }
  const waitingFor = dependenciesOf(stage).filter((name) => !inputs.earlierBest.has(name));
  if (waitingFor.length > 0) return { waitingFor };
  return { stage: stage.name, kind: 'search', trials: yield* planTrials(spec, stage, inputs) };
}

export function isWaiting(planned: PlannedStage | WaitingStage): planned is WaitingStage {
  return 'waitingFor' in planned;
}

function* planTrials(
  spec: SweepSpec,
  stage: SearchStage,
  inputs: PlanInputs,
): Generator<void, PlannedTrial[]> {
  const settingsOf = trialSettings(spec, stage, inputs);
  const seeds = stageSeedsOf(spec, stage);
  const trials: PlannedTrial[] = [];
  let runsSinceYield = 0;
  for (const [index, parameters] of stageTrials(stage, inputs.earlierBest).entries()) {
    trials.push(planTrial(index, parameters, settingsOf(parameters), seeds));
    runsSinceYield += seeds.length;
    if (runsSinceYield < RUNS_PER_STEP) continue;
    runsSinceYield = 0;
    yield;
  }
  return trials;
}

/** Parameters → a run's settings, but for its seed. */
export function trialSettings(
  spec: SweepSpec,
  stage: SearchStage,
  inputs: Pick<PlanInputs, 'datasetDigest'>,
): (parameters: ParameterValues) => RunSettings {
  if (isOnTable(spec)) return (parameters) => tableSettingsOf(spec, stage, parameters, SEED_PLACEHOLDER);
  const base = stageSettingsOf(spec, stage);
  return (parameters) => trainSettings(withParameters(base, parameters), inputs.datasetDigest);
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

function trainSettings({ data, model, training, evaluation }: StageSettings, digest: string): TrainSettings {
  return {
    task: 'train',
    engine: ENGINE_VERSION,
    data: { ...data, digest },
    model,
    training,
    evaluation,
    seed: SEED_PLACEHOLDER,
  };
}

/**
 * One run on the sweep's own data and model: what stages override does not change what is checked, so that a part of a
 * sweep is checked by the very run that checks the whole.
 */
function planGradientCheck(spec: SweepSpec, { datasetDigest }: PlanInputs): PlannedStage {
  const check = spec.preflight![0]!;
  const { data, model } = stageSettingsOf(spec, { overrides: {} });
  const settings: GradientCheckSettings = {
    task: 'gradient-check',
    engine: ENGINE_VERSION,
    data: { ...data, digest: datasetDigest },
    model,
    lambda: check.lambda,
    samples: check.samples,
    seed: SEED_PLACEHOLDER,
  };
  return {
    stage: GRADIENT_CHECK_STAGE,
    kind: 'preflight',
    trials: [planTrial(0, {}, settings, [GRADIENT_CHECK_SEED])],
  };
}
