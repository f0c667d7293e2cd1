import { type PruningRule, type TrialSummary } from '@seedbed/contracts';

/** What a rung looks at: means over all seeds at its step. */
export type RungTrial = Pick<TrialSummary, 'index' | 'mean' | 'n' | 'planned'>;

/**
 * The trials that go on from a rung, by rising index: a pure function of their means there.
 *
 * - successive halving (Jamieson and Talwalkar 2016): of T trials the ⌈T / factor⌉ with the highest means, of equal ones
 *   those with the lower index
 * - median rule (Golovin et al., "Google Vizier", 2017): those whose mean is not below the median of all
 *
 * A trial with a diverged seed does not go on. It counts among the T and not in the median, which has no number of it.
 */
export function keptAtRung(trials: readonly RungTrial[], rule: PruningRule): number[] {
  const whole = trials.flatMap(({ index, mean, n, planned }) =>
    mean === null || n < planned ? [] : [{ index, mean }],
  );
  whole.sort((a, b) => b.mean - a.mean || a.index - b.index);
  const kept = rule.kind === 'median' ? upToMedian(whole) : whole.slice(0, keptAtMost(trials.length, rule));
  return kept.map(({ index }) => index).sort((a, b) => a - b);
}

/** How many trials go on at most: all that can be said before a rung is decided. */
export function keptAtMost(trials: number, rule: PruningRule): number {
  return rule.kind === 'successive-halving' ? Math.ceil(trials / rule.factor) : trials;
}

/** @param falling by falling mean */
function upToMedian<Trial extends { readonly mean: number }>(falling: readonly Trial[]): Trial[] {
  const middle = Math.floor(falling.length / 2);
  const [above, below] = [falling[middle - 1]?.mean ?? 0, falling[middle]?.mean ?? 0];
  const median = falling.length % 2 === 1 ? below : (above + below) / 2;
  return falling.filter(({ mean }) => mean >= median);
}
