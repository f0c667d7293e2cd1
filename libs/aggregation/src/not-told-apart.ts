/**
 * Which trials cannot be told apart from the best of their stage.
 *
 * Method: for each other trial the difference of means to the best, over the same seeds, against
 * t(1 − 0.05 / (2 m), ν) × its standard error; Bonferroni over the m = T − 1 comparisons, two-sided. Trials whose spread
 * is compatible with the others' (compatible-spread.ts) share one residual variance s² of the two-way layout
 * trial × seed, standard error √(2 s² / n), ν = (T' − 1)(n − 1) for the T' that share. Where either of the two is set
 * apart, their own n paired differences are used, ν = n − 1.
 *
 * What it promises: a trial that truly is the best is told apart from the observed best with probability at most 5 %. That
 * holds although the observed best was selected, because the comparison of a given trial with all others is what is
 * controlled (Gupta's and Hsu's subset selection). So the best and the trials listed here hold the truly best one with
 * at least 95 % confidence.
 *
 * What it does not: several truly equal trials need not all be listed at once (each is, with 95 %); being listed is no
 * evidence of being equal, only of too few seeds to tell; residuals are taken as normal and independent, and pooled ones
 * as equally spread, which is checked only by that rule; seeds are the only source of chance, images are taken as given.
 */
import { compatibleSpread } from './compatible-spread.js';
import { CONFIDENCE } from './mean-interval.js';
import { meanOf, standardDeviationOf } from './moments.js';
import { type PooledVariance, pooledResidualVariance } from './paired-residuals.js';
import { upperTailQuantile } from './student-t.js';

export interface SeedRow {
  readonly index: number;
  /** Accuracies by seed, the same seeds in the same order for every trial. */
  readonly values: readonly number[];
}

/** Indices, rising, of the trials not told apart from the first row, the best; the best itself is not among them. */
export function notToldApart(rows: readonly SeedRow[]): number[] {
  const [best, ...others] = rows;
  if (best === undefined || others.length === 0) return [];
  const seedCount = best.values.length;
  // One seed has no spread: nothing can be told apart from anything.
  if (seedCount < 2) return others.map(({ index }) => index).sort((a, b) => a - b);

  const pools = compatibleSpread(rows.map(({ values }) => standardDeviationOf(values)!));
  const pooled = pooledResidualVariance(
    rows.filter((_, position) => pools[position]).map(({ values }) => values),
  );
  const tail = (1 - CONFIDENCE) / (2 * others.length);
  return others
    .filter((other, position) => {
      const differences = best.values.map((value, seed) => value - other.values[seed]!);
      const shares = pools[0]! && pools[position + 1]! ? pooled : null;
      return !isToldApart(differences, shares, tail);
    })
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

function isToldApart(differences: readonly number[], pooled: PooledVariance | null, tail: number): boolean {
  const n = differences.length;
  const standardError =
    pooled === null ? standardDeviationOf(differences)! / Math.sqrt(n) : Math.sqrt((2 * pooled.variance) / n);
  const degreesOfFreedom = pooled === null ? n - 1 : pooled.degreesOfFreedom;
  return meanOf(differences)! > upperTailQuantile(tail, degreesOfFreedom) * standardError;
}
