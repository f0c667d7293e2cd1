import { type TrialSummary } from '@seedbed/contracts';

export type RankedTrial = TrialSummary & { readonly mean: number };

/** Trials all of whose planned runs trained to the end, by falling mean; equal means in the order of their indices. */
export function rankTrials(trials: readonly TrialSummary[]): RankedTrial[] {
  return trials.filter(isComplete).sort((a, b) => b.mean - a.mean || a.index - b.index);
}

function isComplete(trial: TrialSummary): trial is RankedTrial {
  return trial.mean !== null && trial.n === trial.planned;
}
