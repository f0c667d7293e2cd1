/** How large a sweep will be, without making its run ids. */
import {
  type ParameterName,
  type ParameterValues,
  type PlanResponse,
  type SweepSpec,
  stepsOf,
} from '@seedbed/contracts';
import { withParameters } from './parameter-domain.js';
import { keptAtMost } from './prune-rung.js';
import { plannableStagesOf, type PlannableStage } from './rung-stages.js';
import { type PreflightStage, preflightStagesOf, type SearchStage, searchStagesOf } from './search-stages.js';
import { stageSeedsOf, type StageSettings, stageSettingsOf } from './stage-settings.js';
import { stepsAtMost } from './stage-relations.js';
import { type EarlierBest, firstTrials, stageTrials, trialCount } from './stage-trials.js';

/** Trials shown of each stage: more than the reproduction's largest. */
export const PLAN_TRIALS_SHOWN = 20;

type StagePlan = PlanResponse['stages'][number];

const STEP_PARAMETERS: readonly ParameterName[] = ['stepSize', 'cycles', 'steps'];

/** `earlierBest`: what is decided already; nothing before a sweep is launched. */
export function planSummary(spec: SweepSpec, earlierBest: EarlierBest = new Map()): PlanResponse {
  const stages = plannableStagesOf(spec).map((stage) => summariseStagePlan(spec, stage, earlierBest));
  stages.unshift(...preflightStagesOf(spec).map((preflight) => preflightPlan(spec, preflight)));
  const total = (of: (stage: StagePlan) => number) => stages.reduce((sum, stage) => sum + of(stage), 0);
  return { name: spec.name, stages, runs: total(({ runs }) => runs), steps: total(({ steps }) => steps) };
}

function preflightPlan(spec: SweepSpec, { name, check }: PreflightStage): StagePlan {
  const canary = check.check === 'canary' ? firstRunOf(spec) : null;
  const steps = check.check === 'overfit-one-batch' ? check.steps : 0; // a gradient check trains nothing
  return {
    stage: name,
    kind: 'preflight',
    trials: 1,
    seedsPerTrial: 1,
    runs: 1,
    steps: canary?.steps ?? steps,
    parameters: [canary?.parameters ?? {}],
    derivesFrom: [],
  };
}

/** What a canary trains. */
function firstRunOf(spec: SweepSpec): { parameters: ParameterValues; steps: number } | null {
  const [stage] = searchStagesOf(spec);
  if (stage === undefined) return null;
  const [parameters = {}] = firstTrials(stage, new Map(), 1);
  const { training } = withParameters(stageSettingsOf(spec, stage), parameters);
  return { parameters, steps: stepsOf(training.schedule) };
}

/** Of a stage that is pruned, and of its rungs: the most trials and steps there can be. */
function summariseStagePlan(
  spec: SweepSpec,
  { name, stage, rung, earlierRungs, dependsOn }: PlannableStage,
  earlierBest: EarlierBest,
): StagePlan {
  const seedsPerTrial = stageSeedsOf(spec, stage).length;
  const all = trialCount(stage);
  const trials = earlierRungs.reduce((left, { rule }) => keptAtMost(left, rule), all);
  const decided = dependsOn.every((each) => earlierBest.has(each));
  const steps = stepsOfTrials(stage, stageSettingsOf(spec, stage), decided ? earlierBest : null);
  return {
    stage: name,
    kind: 'search',
    trials,
    seedsPerTrial,
    runs: trials * seedsPerTrial,
    steps: seedsPerTrial * (rung === null ? Math.ceil((steps * trials) / all) : rung.until * trials),
    parameters: decided ? firstTrials(stage, earlierBest, PLAN_TRIALS_SHOWN) : null,
    derivesFrom: [...dependsOn],
  };
}

/** Steps of one run of every trial; the most there can be where lengths derive from an undecided stage. */
function stepsOfTrials(stage: SearchStage, settings: StageSettings, earlierBest: EarlierBest | null): number {
  const searchesLength = STEP_PARAMETERS.some((name) => stage.parameters.has(name));
  if (!searchesLength || earlierBest === null) return trialCount(stage) * stepsAtMost(stage, settings);
  return stageTrials(stage, earlierBest).reduce(
    (sum, values) => sum + stepsOf(withParameters(settings, values).training.schedule),
    0,
  );
}
