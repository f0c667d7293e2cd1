/** Plans the checks before a sweep. Each is one run on the sweep's own data and network, claimed and committed as every other. */
import {
  assertNever,
  ENGINE_VERSION,
  type GradientCheckSettings,
  OVERFIT_ENGINE_VERSION,
  type OverfitSettings,
  type ParameterValues,
  type PlannedStage,
  type PreflightSpec,
  type RunSettings,
  runIdsOf,
  type SweepSpec,
} from '@seedbed/contracts';
import { type PreflightStage, searchStagesOf } from './search-stages.js';
import { stageSeedsOf, stageSettingsOf } from './stage-settings.js';
import { firstTrials } from './stage-trials.js';
import { SEED_PLACEHOLDER, trialSettingsOf } from './trial-settings.js';

/** A check looks at one network. */
const CHECK_SEED = 1;

export function planPreflight(
  spec: SweepSpec,
  { name, check }: PreflightStage,
  datasetDigest: string,
): PlannedStage {
  const { parameters, settings, seed } = plannedCheck(spec, check, datasetDigest);
  const runs = runIdsOf(settings, [seed]).map((runId) => ({ seed, runId }));
  return { stage: name, kind: 'preflight', trials: [{ index: 0, parameters, settings, runs }] };
}

interface PlannedCheck {
  readonly parameters: ParameterValues;
  readonly settings: RunSettings;
  readonly seed: number;
}

/**
 * Checks of the network use the sweep's own data and model: what stages override does not change what is checked, so that a
 * part of a sweep is checked by the very run that checks the whole.
 */
function plannedCheck(spec: SweepSpec, check: PreflightSpec, datasetDigest: string): PlannedCheck {
  if (check.check === 'canary') return firstRunOf(spec, datasetDigest);
  const { data, model } = stageSettingsOf(spec, { overrides: {} });
  const common = { data: { ...data, digest: datasetDigest }, model, seed: SEED_PLACEHOLDER };
  switch (check.check) {
    case 'gradient-check': {
      const { lambda, samples } = check;
      const settings: GradientCheckSettings = {
        task: 'gradient-check',
        engine: ENGINE_VERSION,
        ...common,
        ...{ lambda, samples },
      };
      return { parameters: {}, settings, seed: CHECK_SEED };
    }
    case 'overfit-one-batch': {
      const { samples, learningRate, steps, lossMax } = check;
      const settings: OverfitSettings = {
        task: 'overfit-one-batch',
        engine: OVERFIT_ENGINE_VERSION,
        ...common,
        ...{ samples, learningRate, steps, lossMax },
      };
      return { parameters: {}, settings, seed: CHECK_SEED };
    }
    default:
      return assertNever(check, 'preflight check');
  }
}

/**
 * The run that a canary is: the very run that the first stage begins with, so that it is trained once. The first stage
 * derives nothing, since there is none before it.
 */
function firstRunOf(spec: SweepSpec, datasetDigest: string): PlannedCheck {
  const [stage] = searchStagesOf(spec);
  if (stage === undefined) throw new TypeError('a sweep has a search stage');
  const [parameters = {}] = firstTrials(stage, new Map(), 1);
  const [seed = CHECK_SEED] = stageSeedsOf(spec, stage);
  return { parameters, settings: trialSettingsOf(spec, stage, datasetDigest)(parameters), seed };
}
