import { InputError, type ParameterValues, type RunSettings, type SweepSpec } from '@seedbed/contracts';
import { planPreflight } from './plan-preflight.js';
import { plannableStagesOf, settingsUpTo, stageNames } from './rung-stages.js';
import { preflightStagesOf } from './search-stages.js';
import { trialSettingsOf } from './trial-settings.js';

/**
 * The settings, but for the seed, of a trial with these parameters: whichever round of its stage it was planned in.
 *
 * @throws InputError when the sweep file has no such stage
 */
export function settingsOfTrial(
  spec: SweepSpec,
  { stage: name, parameters }: { readonly stage: string; readonly parameters: ParameterValues },
  datasetDigest: string,
): RunSettings {
  const preflight = preflightStagesOf(spec).find((each) => each.name === name);
  const [check] = preflight === undefined ? [] : planPreflight(spec, preflight, datasetDigest).trials;
  if (check !== undefined) return check.settings;
  const plannable = plannableStagesOf(spec).find((each) => each.name === name);
  if (plannable !== undefined) {
    const settings = trialSettingsOf(spec, plannable.stage, datasetDigest)(parameters);
    return plannable.rung === null ? settings : settingsUpTo(settings, plannable.rung);
  }
  const message = `found stage "${name}"; the stages of ${spec.name} are ${stageNames(spec).join(', ')}`;
  throw new InputError([{ path: 'stage', message }]);
}
