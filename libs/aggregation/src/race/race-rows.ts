import { type TrialSummary } from '@seedbed/contracts';
import { valueOf } from '../summarise-run.js';
import { type RaceRow } from './race-looks.js';

/**
 * The numbers of a trial's seeds in the order of its plan, up to the first that is missing or diverged.
 *
 * @param sign −1 where numbers are to be low, so that the rest may take the highest for the best
 */
export function raceRowOf({ index, parameters, runs, diverged }: TrialSummary, sign: 1 | -1): RaceRow {
  const end = runs.findIndex((run) => valueOf(run) === null);
  const whole = end < 0 ? runs : runs.slice(0, end);
  return { index, parameters, values: whole.map((run) => sign * valueOf(run)!), hasDiverged: diverged > 0 };
}
