/** What a trial is called where people read: by the parameters in which trials differ. */
import type { StageSummary, TrialSummary } from '@seedbed/contracts';
import { formatParameter, parameterLabel } from './numbers.js';

/** Parameters that differ between trials, in alphabetical order; all of them when none does. */
export function parameterNames(stage: StageSummary): string[] {
  const all = [...new Set(stage.trials.flatMap((trial) => Object.keys(trial.parameters)))].sort();
  const varied = all.filter((name) => new Set(stage.trials.map((trial) => trial.parameters[name])).size > 1);
  return varied.length > 0 ? varied : all;
}

/** E.g. `λ 1e-3, hidden 50`. */
export function trialLabel(trial: TrialSummary, names: readonly string[]): string {
  const parts = names.map((name) => {
    const value = trial.parameters[name];
    return `${parameterLabel(name)} ${value === undefined ? '' : formatParameter(name, value)}`;
  });
  return parts.length === 0 ? `trial ${trial.index}` : parts.join(', ');
}
