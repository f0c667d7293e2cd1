import { InputError, type ParameterValues, type RunSettings, type SweepSpec } from '@seedbed/contracts';
import { planPreflight } from './plan-preflight.js';
import { preflightStagesOf, searchStagesOf, stageNames } from './search-stages.js';
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
  const stage = searchStagesOf(spec).find((each) => each.name === name);
  if (stage !== undefined) return trialSettingsOf(spec, stage, datasetDigest)(parameters);
  const message = `found stage "${name}"; the stages of ${spec.name} are ${stageNames(spec).join(', ')}`;
  throw new InputError([{ path: 'stage', message }]);
}
