/** Statistics over the seeds of one trial. */
import { type RunSummary, type TrialSummary } from '@seedbed/contracts';
import { meanInterval95 } from './mean-interval.js';
import { errorOfMean, meanAccuracy, meanOf, standardDeviationOf } from './moments.js';
import { valueOf } from './summarise-run.js';

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
 *
 * @param overlap what the variance of the mean has beside 1/n, because the runs' training rows overlap; see docs/statistics.md
 */
export function summariseRuns(runs: readonly RunSummary[], overlap = 0): RunStatistics {
  const trained = runs.flatMap((run) =>
    run.outcome === 'trained' && run.validation ? [run.validation] : [],
  );
  const values = runs.flatMap((run) => valueOf(run) ?? []);
  const n = values.length;
  const mean = trained.length === n ? meanAccuracy(trained) : meanOf(values);
  const standardDeviation = standardDeviationOf(values);
  const standardError = standardDeviation === null ? null : errorOfMean(standardDeviation, n, overlap);
  return {
    planned: runs.length,
    n,
    diverged: runs.filter((run) => run.outcome === 'diverged').length,
    missing: runs.filter((run) => run.outcome === 'missing').length,
    mean,
    standardDeviation,
    standardError,
    interval95: mean === null || standardError === null ? null : meanInterval95({ mean, standardError, n }),
    testMean: meanOf(runs.flatMap((run) => run.testScore ?? run.testAccuracy ?? [])),
  };
}
