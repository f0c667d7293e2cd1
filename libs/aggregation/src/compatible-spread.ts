/**
 * Which trials of a stage have a spread over seeds that may be pooled.
 *
 * The rule: a trial is set apart when its standard deviation is more than 3 times, or less than a fifth of, the median of
 * all of them. With five normal seeds per trial an innocent trial is set apart with probability about 5e-6 above and
 * 2e-3 below (chi-square with 4 degrees of freedom against its median); one on the edge of diverging, or collapsed to one
 * class without any spread, always is. With two or three seeds innocent trials are set apart more often; that costs power,
 * not validity, since a trial apart is compared with its own variance.
 */
import { medianOf } from './moments.js';

const SPREAD_RATIO_MAX = 3;
const SPREAD_RATIO_MIN = 1 / 5;

/** For each standard deviation whether it belongs to the pool. All belong when none has any spread. */
export function compatibleSpread(standardDeviations: readonly number[]): boolean[] {
  const median = medianOf(standardDeviations) ?? 0;
  return standardDeviations.map(
    (spread) => spread <= SPREAD_RATIO_MAX * median && spread >= SPREAD_RATIO_MIN * median,
  );
}
