/** Numbers of trials over the same seeds (the higher the better), and how the half widths of their differences follow from them. */
import { compatibleSpread } from './compatible-spread.js';
import { CONFIDENCE } from './mean-interval.js';
import { errorOfMean, standardDeviationOf, varianceOfMean } from './moments.js';
import { type PooledVariance, pooledResidualVariance } from './paired-residuals.js';
import { upperTailQuantile } from './student-t.js';
import { studentisedMaximumQuantile } from './studentised-maximum.js';

export interface SeedRow {
  readonly index: number;
  readonly mean: number;
  /** By seed, the same seeds in the same order for every trial. */
  readonly values: readonly number[];
}

/** What the seeds say about the spread of differences between trials; made once for a stage of two or more seeds. */
export interface Spread {
  readonly seeds: number;
  /** Trials that count as compared, the one they are compared with among them; in a race more than there are rows. */
  readonly trials: number;
  /** Whether the trial at this position shares the pooled variance. */
  readonly isPooled: readonly boolean[];
  /** Null when fewer than two trials have a spread that may be pooled. */
  readonly pooled: PooledVariance | null;
  /** Of the runs' training rows; 0 for independent runs. See `varianceOfMean`. */
  readonly overlap: number;
}

/** @param overlap of the runs' training rows; see `varianceOfMean` */
export function spreadOf(rows: readonly SeedRow[], overlap = 0): Spread {
  const isPooled = compatibleSpread(rows.map(({ values }) => standardDeviationOf(values) ?? 0));
  const pooled = pooledResidualVariance(
    rows.filter((_, position) => isPooled[position]).map(({ values }) => values),
  );
  return {
    seeds: rows[0]?.values.length ?? 0,
    trials: rows.length,
    isPooled: pooled === null ? isPooled.map(() => false) : isPooled,
    pooled,
    overlap,
  };
}

/**
 * Critical values for comparing one trial with all others, each other on one side: the error (5 % where nothing else is
 * said) is shared out evenly over the T − 1 comparisons. Those within the pool are taken together, by Dunnett's distribution, with what falls to
 * them; each with a trial set apart is by itself, against its own n − 1 degrees of freedom (Bonferroni).
 */
interface CriticalValues {
  readonly pooled: number;
  readonly apart: number;
}

function criticalValues(spread: Spread, seeds: number, error: number): CriticalValues {
  const { trials, isPooled, pooled } = spread;
  const each = error / Math.max(1, trials - 1);
  const others = trials - 1 - isPooled.filter((shares) => !shares).length;
  // Degrees of freedom grow with n − 1.
  const degreesOfFreedom =
    seeds === spread.seeds
      ? (pooled?.degreesOfFreedom ?? 0)
      : Math.round(((pooled?.degreesOfFreedom ?? 0) * (seeds - 1)) / (spread.seeds - 1));
  return {
    pooled:
      pooled === null || others < 1 ? Number.NaN : dunnettValue(others, degreesOfFreedom, each * others),
    apart: upperTailQuantile(each, seeds - 1),
  };
}

function dunnettValue(count: number, degreesOfFreedom: number, tail: number): number {
  return studentisedMaximumQuantile({ count, correlation: 0.5, degreesOfFreedom }, tail);
}

/** Half widths of differences between the means of two rows, given by their positions. */
export interface HalfWidths {
  readonly isPooled: readonly boolean[];
  readonly between: (a: number, b: number) => number;
}

export interface HalfWidthOptions {
  /** Half widths as they would be with another number of seeds and the same spread. */
  readonly seeds?: number;
  /** Probability that any comparison of one trial with all others is wrong. */
  readonly error?: number;
}

export function halfWidthsOf(
  rows: readonly SeedRow[],
  spread: Spread,
  { seeds = spread.seeds, error = 1 - CONFIDENCE }: HalfWidthOptions = {},
): HalfWidths {
  const { pooled, isPooled } = spread;
  const critical = criticalValues(spread, seeds, error);
  const shared =
    pooled === null
      ? Number.NaN
      : critical.pooled * Math.sqrt(varianceOfMean(2 * pooled.variance, seeds, spread.overlap));
  const between = (a: number, b: number) => {
    if (isPooled[a] && isPooled[b]) return shared;
    const [first, second] = [rows[a]!.values, rows[b]!.values];
    const differences = first.map((value, seed) => value - second[seed]!);
    return errorOfMean(critical.apart * standardDeviationOf(differences)!, seeds, spread.overlap);
  };
  return { isPooled, between };
}

/**
 * Share of the variance that pooled trials have in common by seed, which pairing takes out of comparisons: (mean variance
 * within trials − residual variance) / mean variance within trials, which estimates σ²seed / (σ²seed + σ²residual).
 */
export function seedCorrelation(rows: readonly SeedRow[], { isPooled, pooled }: Spread): number | null {
  if (pooled === null) return null;
  const shared = rows.filter((_, position) => isPooled[position]);
  const within =
    shared.reduce((sum, { values }) => sum + standardDeviationOf(values)! ** 2, 0) / shared.length;
  return within === 0 ? null : Math.max(0, 1 - pooled.variance / within);
}
