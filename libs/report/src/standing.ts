/** How a trial stands against the best of its stage. "Not told apart" is not "equal": more seeds might tell. */
import type { StageSummary } from '@seedbed/contracts';

/**
 * - `best`: the highest mean of the stage
 * - `equivalent`: choosing it costs at most δ, at 95 %
 * - `not-told-apart`: it may be the best as well, or worse by more than δ: more seeds would tell
 * - `told-apart`: not the best, at 95 %
 * - `not-compared`: the stage has no best yet, or the trial lacks a seed or has a diverged one
 */
export type Standing = 'best' | 'equivalent' | 'not-told-apart' | 'told-apart' | 'not-compared';

export function standingOf(stage: StageSummary, trialIndex: number): Standing {
  if (stage.best === null) return 'not-compared';
  if (stage.best === trialIndex) return 'best';
  const compared = stage.comparison?.trials.find(({ index }) => index === trialIndex);
  if (compared?.verdict === 'equivalent') return 'equivalent';
  if (stage.notToldApartFromBest.includes(trialIndex)) return 'not-told-apart';
  return stage.ranking.includes(trialIndex) ? 'told-apart' : 'not-compared';
}

/** May be as good as the best. */
export function isTied(standing: Standing): boolean {
  return standing === 'equivalent' || standing === 'not-told-apart';
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  best: 'best',
  equivalent: 'equivalent',
  'not-told-apart': 'not told apart',
  'told-apart': 'told apart',
  'not-compared': 'not compared',
};

/** What is missing from a trial's seeds, in words; empty when nothing is: `1 diverged, 2 missing`. */
export function shortfallOf(trial: { readonly diverged: number; readonly missing: number }): string {
  const parts: string[] = [];
  if (trial.diverged > 0) parts.push(`${trial.diverged} diverged`);
  if (trial.missing > 0) parts.push(`${trial.missing} missing`);
  return parts.join(', ');
}
