/** Statistics over the seeds of one trial. */
import { type RunSummary, type TrialSummary } from '@seedbed/contracts';
import { meanInterval95 } from './mean-interval.js';
import { meanAccuracy, meanOf, standardDeviationOf } from './moments.js';

export type RunStatistics = Pick<
  TrialSummary,
  | 'planned'
  | 'n'
  | 'diverged'
  | 'missing'
  | 'mean'
  | 'standardDeviation'
  | 'standardError'
  | 'interval95'
  | 'testMean'
>;

/**
 * Only runs that trained to the end enter the mean; diverged and missing ones are counted beside it, so that nobody takes
 * the mean of the lucky seeds for the trial's. n says how many runs the numbers stand on.
 */
export function summariseRuns(runs: readonly RunSummary[]): RunStatistics {
  const trained = runs.flatMap((run) =>
    run.outcome === 'trained' && run.validation ? [run.validation] : [],
  );
  const ratios = trained.map(({ correct, count }) => correct / count);
  const n = trained.length;
  const mean = meanAccuracy(trained);
  const standardDeviation = standardDeviationOf(ratios);
  const standardError = standardDeviation === null ? null : standardDeviation / Math.sqrt(n);
  return {
    planned: runs.length,
    n,
    diverged: runs.filter((run) => run.outcome === 'diverged').length,
    missing: runs.filter((run) => run.outcome === 'missing').length,
    mean,
    standardDeviation,
    standardError,
    interval95: mean === null || standardError === null ? null : meanInterval95({ mean, standardError, n }),
    testMean: meanOf(runs.flatMap((run) => run.testAccuracy ?? [])),
  };
}
