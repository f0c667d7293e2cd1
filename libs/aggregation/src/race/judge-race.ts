/** Where a race stands after its latest look: every trial, the choice, who gets more seeds, and whether it is over. */
import { type ChoiceRule, type RaceEnd, type RacingPolicy } from '@seedbed/contracts';
import { chooseInRace, type Race } from './choose-in-race.js';
import { type RaceLook, raceLooks, type RaceRow } from './race-looks.js';
import { type RaceStanding, raceStandings } from './race-standings.js';

export interface RaceSettings {
  /** Differences up to this do not matter; null when nobody said, and then only exclusion ends a trial. */
  readonly delta: number | null;
  readonly rule: ChoiceRule;
  readonly racing: RacingPolicy;
  /** Of the runs' training rows; see `varianceOfMean`. */
  readonly overlap: number;
}

export interface JudgedRace extends Race {
  /** Null when no trial is left to choose. */
  readonly chosen: RaceStanding | null;
  /** Null while the race goes on. */
  readonly end: RaceEnd | null;
  /** Indices of the trials that get more seeds; none when it is over. */
  readonly racing: ReadonlySet<number>;
}

/**
 * A trial gets more seeds while it is open, neither excluded nor within δ of the best, and as long as another open trial
 * needs it to be compared with: choosing that one could still cost more than δ against it.
 */
export function judgeRace(
  rows: readonly RaceRow[],
  { delta, rule, racing, overlap }: RaceSettings,
): JudgedRace {
  const looks = raceLooks(rows, racing.looks, overlap);
  const race = { rows, looks, standings: raceStandings(rows, looks) };
  const chosen = chooseInRace(race, rule);
  const end = endOf(race, { delta, racing, chosen });
  return { ...race, chosen, end, racing: end === null ? stillRacing(race, delta) : new Set() };
}

/** Choosing it is known to cost at most δ. */
export function isWithin(delta: number | null, { bound }: RaceStanding): boolean {
  return delta !== null && bound !== null && bound <= delta;
}

function endOf(
  { standings, looks }: Race,
  { delta, racing, chosen }: Pick<RaceSettings, 'delta' | 'racing'> & { chosen: RaceStanding | null },
): RaceEnd | null {
  if (standings.length < 2 || chosen === null) return 'nothing-to-compare';
  const kept = standings.filter(({ isExcluded }) => !isExcluded);
  if (kept.length === 1) return 'one-left';
  const asked = racing.until === 'choice' ? [chosen] : kept;
  if (asked.every((trial) => isWithin(delta, trial))) return 'within-delta';
  return looks.length === racing.looks.length ? 'last-look' : null;
}

function stillRacing({ standings, looks }: Race, delta: number | null): ReadonlySet<number> {
  const last = looks.length - 1;
  const kept = standings.filter(({ look, isExcluded }) => look === last && !isExcluded);
  const isOpen = (trial: RaceStanding) => !isWithin(delta, trial);
  // From the lowest mean up: the first ones are those that need others the most.
  const open = kept
    .filter(isOpen)
    .map(({ index }) => index)
    .reverse();
  const racing = kept.filter(
    (trial) => isOpen(trial) || isNeeded(looks[last]!, trial.index, open, delta ?? 0),
  );
  return new Set(racing.map(({ index }) => index));
}

/** Whether choosing one of the open trials could cost more than δ against this one, by the latest look. */
function isNeeded(
  { rows, halfWidths, positionOf }: RaceLook,
  index: number,
  open: readonly number[],
  delta: number,
): boolean {
  const position = positionOf.get(index)!;
  return open.some((each) => {
    const other = positionOf.get(each)!;
    const cost = rows[position]!.mean - rows[other]!.mean + (halfWidths?.between(other, position) ?? 0);
    return other !== position && cost > delta;
  });
}
