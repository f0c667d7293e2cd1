/** Mean and spread of a sample of counts' ratios or of plain numbers. */
import { type Accuracy } from '@seedbed/contracts';

/** Null for an empty sample. */
export function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const first = values[0]!;
  // Relative to one of the values, so that a large common offset costs no precision.
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/**
 * Mean of accuracies. With one common denominator, as in a stage, the correct answers are summed as whole numbers, so two
 * trials with the same total have exactly the same mean whichever of their seeds had the better ones.
 */
export function meanAccuracy(accuracies: readonly Accuracy[]): number | null {
  const [first] = accuracies;
  if (first === undefined) return null;
  if (accuracies.some(({ count }) => count !== first.count)) {
    return meanOf(accuracies.map(({ correct, count }) => correct / count));
  }
  const correct = accuracies.reduce((sum, accuracy) => sum + accuracy.correct, 0);
  return correct / (first.count * accuracies.length);
}

/**
 * Standard deviation with n − 1 in two passes: the mean first, then the squared deviations from it, less what rounding of
 * the mean left over. Null for fewer than two values.
 */
export function standardDeviationOf(values: readonly number[]): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const residue = values.reduce((sum, value) => sum + (value - mean), 0);
  return Math.sqrt(Math.max(0, squares - residue ** 2 / values.length) / (values.length - 1));
}

/** Null for an empty sample. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Variance of the mean of n values. `overlap` is 0 for independent ones; where runs train on overlapping parts of one table it
 * is validation rows ÷ training rows (Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003),
 * and more runs cannot bring the variance below it.
 */
export function varianceOfMean(variance: number, n: number, overlap: number): number {
  return overlap === 0 ? variance / n : variance * (1 / n + overlap);
}

/** The same for a standard deviation, in place of a variance. */
export function errorOfMean(deviation: number, n: number, overlap: number): number {
  return overlap === 0 ? deviation / Math.sqrt(n) : deviation * Math.sqrt(1 / n + overlap);
}
