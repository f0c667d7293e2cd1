import { type Goal, type TrialSummary } from '@seedbed/contracts';

export type RankedTrial = TrialSummary & { readonly mean: number };

/** Trials all of whose planned runs trained to the end, the best mean first; equal means in the order of their indices. */
export function rankTrials(trials: readonly TrialSummary[], goal: Goal = 'maximise'): RankedTrial[] {
  const sign = signOf(goal);
  return trials.filter(isComplete).sort((a, b) => sign * (b.mean - a.mean) || a.index - b.index);
}

/** What turns a number into one that is to be high. */
export function signOf(goal: Goal): 1 | -1 {
  return goal === 'maximise' ? 1 : -1;
}

function isComplete(trial: TrialSummary): trial is RankedTrial {
  return trial.mean !== null && trial.n === trial.planned;
}
