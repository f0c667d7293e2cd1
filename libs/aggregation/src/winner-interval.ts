/**
 * The interval of a chosen trial's mean. Its own t interval would lie too high: the highest of several means is a lucky
 * one (of ten equal trials with ten seeds that have nothing in common, it covers 78 times in 100).
 *
 * Its lower end takes the luckiest of all trials into account: the 97.5 % quantile of the largest of T means. For the
 * highest mean, the upper end needs no such care: where w is chosen and κ truly the best, mean κ ≤ mean w < true w − c ≤
 * true κ − c, so a miss on that side is a miss of κ's own one-sided interval (Saxena and Tong 1969; Venter 1988). For
 * another rule, or with spreads apart among those that may be the best, both ends take all trials into account. Coverage is
 * at least 95 %, and about 97.5 % where one trial is far ahead.
 */
import { CONFIDENCE } from './mean-interval.js';
import { errorOfMean, standardDeviationOf, varianceOfMean } from './moments.js';
import { type SeedRow, type Spread } from './seed-rows.js';
import { upperTailQuantile } from './student-t.js';
import { studentisedMaximumQuantile } from './studentised-maximum.js';

export interface Winner {
  readonly position: number;
  /** It has the highest mean, and all trials that may be the best share one spread. */
  readonly isPlainHighest: boolean;
  /** Probability that the interval misses, 5 % where nothing else is said; a look at a race has a part of that. */
  readonly error?: number;
}

/** @returns null with one seed */
export function winnerInterval95(
  rows: readonly SeedRow[],
  spread: Spread,
  { position, isPlainHighest, error = 1 - CONFIDENCE }: Winner,
): [number, number] | null {
  const { seeds, trials, isPooled, overlap } = spread;
  if (seeds < 2) return null;
  const tail = error / 2;
  const { mean, values } = rows[position]!;
  if (!isPooled[position]) {
    const quantile = upperTailQuantile(tail / trials, seeds - 1);
    const half = errorOfMean(quantile * standardDeviationOf(values)!, seeds, overlap);
    return [mean - half, mean + half];
  }
  const { variance, degreesOfFreedom } = varianceOfOneRun(rows, spread);
  const count = trials - isPooled.filter((shares) => !shares).length;
  const standardError = Math.sqrt(varianceOfMean(variance, seeds, overlap));
  const largest = studentisedMaximumQuantile(
    { count, correlation: 0, degreesOfFreedom },
    (tail * count) / trials,
  );
  const upper = isPlainHighest ? upperTailQuantile(tail, degreesOfFreedom) : largest;
  return [mean - largest * standardError, mean + upper * standardError];
}

/**
 * Variance of a run's accuracy, seed and residual together, from all pooled trials: (MS seeds + (T − 1) MS residual) / T.
 * Its degrees of freedom are Satterthwaite's, because trials share their seeds.
 */
function varianceOfOneRun(rows: readonly SeedRow[], { isPooled, pooled, seeds }: Spread) {
  const shared = rows.filter((_, position) => isPooled[position]);
  const count = shared.length;
  const variance =
    shared.reduce((sum, { values }) => sum + standardDeviationOf(values)! ** 2, 0) / shared.length;
  const residual = (count - 1) * pooled!.variance;
  const ofSeeds = Math.max(0, count * variance - residual);
  const squares = ofSeeds ** 2 / (seeds - 1) + residual ** 2 / pooled!.degreesOfFreedom;
  const degreesOfFreedom = squares === 0 ? seeds - 1 : (ofSeeds + residual) ** 2 / squares;
  // Rounded down, to the cautious side.
  return { variance, degreesOfFreedom: Math.max(1, Math.floor(degreesOfFreedom)) };
}
