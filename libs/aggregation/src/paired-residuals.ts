/** Residual variance of a two-way layout, trial × seed. */
import { meanOf } from './moments.js';

export interface PooledVariance {
  readonly variance: number;
  readonly degreesOfFreedom: number;
}

/**
 * Fits y[t][s] = trial t + seed s (no interaction) and pools the residuals: seed s means the same initial weights and batch
 * order in every trial, so what all trials share of it does not blur their differences. (T − 1)(n − 1) degrees of freedom.
 * Null for fewer than two trials or seeds.
 *
 * @param rows one row per trial, its values in the same order of seeds in every row
 */
export function pooledResidualVariance(rows: readonly (readonly number[])[]): PooledVariance | null {
  const seedCount = rows[0]?.length ?? 0;
  if (rows.length < 2 || seedCount < 2) return null;
  if (rows.some((row) => row.length !== seedCount)) throw new RangeError('rows must have the same seeds');
  const centred = rows.map((row) => centre(row));
  const seedEffects = Array.from({ length: seedCount }, (_, seed) =>
    meanOf(centred.map((row) => row[seed]!))!,
  );
  const squares = centred.reduce(
    (sum, row) => sum + row.reduce((rowSum, value, seed) => rowSum + (value - seedEffects[seed]!) ** 2, 0),
    0,
  );
  const degreesOfFreedom = (rows.length - 1) * (seedCount - 1);
  return { variance: squares / degreesOfFreedom, degreesOfFreedom };
}

function centre(row: readonly number[]): number[] {
  const mean = meanOf(row)!;
  return row.map((value) => value - mean);
}
