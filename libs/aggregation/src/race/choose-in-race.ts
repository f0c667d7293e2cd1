import { type ChoiceRule } from '@seedbed/contracts';
import { strongestOf } from '../choose-trial.js';
import { errorOfMean, standardDeviationOf } from '../moments.js';
import { type RaceLook, type RaceRow } from './race-looks.js';
import { type RaceStanding } from './race-standings.js';

export interface Race {
  readonly rows: readonly RaceRow[];
  readonly looks: readonly RaceLook[];
  readonly standings: readonly RaceStanding[];
}

/**
 * The trial that a raced stage chooses, of those not excluded: the one with the highest mean of those that ran longest; or
 * the strongest λ whose mean is within one standard error (that one's) of it, over the seeds that both have. Null when none
 * is left.
 */
export function chooseInRace({ rows, looks, standings }: Race, rule: ChoiceRule): RaceStanding | null {
  const kept = standings.filter(({ isExcluded }) => !isExcluded);
  const [leader] = kept;
  if (leader === undefined || rule === 'highest-mean') return leader ?? null;
  const { spread } = looks[leader.look]!;
  const { values } = rowIn(looks[leader.look]!, leader.index);
  const standardError = errorOfMean(standardDeviationOf(values)!, values.length, spread.overlap);
  const parametersOf = new Map(rows.map(({ index, parameters }) => [index, parameters]));
  const asGood = kept.filter(({ index, look }) => {
    const common = looks[look]!;
    return rowIn(common, leader.index).mean - rowIn(common, index).mean <= standardError;
  });
  return strongestOf(asGood.map((trial) => ({ trial, parameters: parametersOf.get(trial.index)! }))).trial;
}

function rowIn({ rows, positionOf }: RaceLook, index: number) {
  return rows[positionOf.get(index)!]!;
}
