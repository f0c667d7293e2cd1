import { LIMITS, type SeedsProjection } from '@seedbed/contracts';
import { compareWithBest } from './compare-with-best.js';
import { halfWidthsOf, type SeedRow, type Spread } from './seed-rows.js';

const DOUBLINGS_MAX = 4;
/** Looking ahead compares a stage anew for each number of seeds: another half second for
 * 20,000 trials, in which a service stands still. */
const TRIALS_MAX = 1_000;

/**
 * What twice, four, eight and sixteen times the seeds would bring if means and spreads stayed as they are, up to the first
 * number that leaves nothing unresolved. A look ahead, no promise: the means will move. Empty when nothing is unresolved, and
 * for stages of more than a thousand trials.
 *
 * @param chosen position of the trial whose bound is asked for
 */
export function moreSeeds(
  rows: readonly SeedRow[],
  spread: Spread,
  { chosen, delta }: { readonly chosen: number; readonly delta: number | null },
): SeedsProjection[] {
  const projections: SeedsProjection[] = [];
  if (rows.length > TRIALS_MAX) return projections;
  for (let doubling = 1; doubling <= DOUBLINGS_MAX; doubling++) {
    const seeds = spread.seeds * 2 ** doubling;
    if (seeds > LIMITS.seedsPerTrialMax) break;
    const compared = compareWithBest(rows, halfWidthsOf(rows, spread, { seeds }), delta);
    const unresolved = compared.filter(({ verdict }) => verdict === 'unresolved').length;
    const { regretBound } = compared[chosen]!;
    if (regretBound === null) break;
    projections.push({ seeds, regretBound, unresolved });
    if (unresolved === 0) break;
  }
  return projections;
}
