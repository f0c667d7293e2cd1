import { regularisedBeta } from './incomplete-beta.js';
import { meanOf, medianOf } from './moments.js';

/**
 * Brown and Forsythe's test that several trials have the same residual spread (JASA 69, 1974): an analysis of variance of
 * the distances of residuals from their trial's median. With three or five seeds it finds gross differences only.
 *
 * @param rows one row per trial, its values in the same order of seeds in every row
 * @returns the p value; null for fewer than two trials or three seeds, or without any spread
 */
export function equalSpreadP(rows: readonly (readonly number[])[]): number | null {
  const seeds = rows[0]?.length ?? 0;
  if (rows.length < 2 || seeds < 3) return null;
  const distances = residualsOf(rows).map((row) => {
    const median = medianOf(row)!;
    return row.map((value) => Math.abs(value - median));
  });
  const means = distances.map((row) => meanOf(row)!);
  const grand = meanOf(means)!;
  const between = seeds * means.reduce((sum, mean) => sum + (mean - grand) ** 2, 0);
  const within = distances.reduce(
    (sum, row, trial) => sum + row.reduce((rowSum, value) => rowSum + (value - means[trial]!) ** 2, 0),
    0,
  );
  if (within === 0) return null;
  const [upper, lower] = [rows.length - 1, rows.length * (seeds - 1)];
  const ratio = between / upper / (within / lower);
  return regularisedBeta(lower / (lower + upper * ratio), lower / 2, upper / 2);
}

/** What is left of each value when its trial's and its seed's mean are taken out. */
function residualsOf(rows: readonly (readonly number[])[]): number[][] {
  const centred = rows.map((row) => {
    const mean = meanOf(row)!;
    return row.map((value) => value - mean);
  });
  const seedEffects = centred[0]!.map((_, seed) => meanOf(centred.map((row) => row[seed]!))!);
  return centred.map((row) => row.map((value, seed) => value - seedEffects[seed]!));
}
