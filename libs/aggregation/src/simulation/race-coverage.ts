/** How often what a raced sweep says is true, and how many runs the race saves, in worlds whose truth is known. */
import { type RaceGoal } from '@seedbed/contracts';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { meanInterval95 } from '../mean-interval.js';
import { meanOf, standardDeviationOf } from '../moments.js';
import { raceWinnerInterval95 } from '../race/compare-race.js';
import { isWithin, type JudgedRace, judgeRace, type RaceSettings } from '../race/judge-race.js';
import { type RaceRow } from '../race/race-looks.js';
import { type World } from './worlds.js';

export interface RaceCoverageOptions {
  readonly looks: readonly number[];
  readonly until: RaceGoal;
  readonly delta: number;
  readonly sweeps: number;
  readonly generatorSeed: number;
}

/** Shares of sweeps (0 … 1) in which a statement was true; each is made once the race is over. */
export interface RaceCoverage {
  readonly world: string;
  /** A trial's own interval holds its true mean; average over the trials, and of the worst of them. */
  readonly interval: number;
  readonly intervalOfWorst: number;
  readonly winnerNaive: number;
  readonly winner: number;
  readonly bestKept: number;
  readonly boundsHold: number;
  readonly equivalentIsTrue: number;
  readonly worseDropped: number;
  /** The trial chosen is worse than the truly best by at most δ. */
  readonly choiceWithinDelta: number;
  /** The race ended before its last look. */
  readonly endedEarly: number;
  /** Runs of a sweep, on average. */
  readonly runs: number;
}

type RaceTruth = Omit<RaceCoverage, 'world' | 'intervalOfWorst'>;

export function simulateRaces(world: World, options: RaceCoverageOptions): RaceCoverage {
  const generator = xoroshiro128plus(options.generatorSeed);
  const total: Record<keyof RaceTruth, number> = {
    ...{ interval: 0, winnerNaive: 0, winner: 0, bestKept: 0, boundsHold: 0, equivalentIsTrue: 0 },
    ...{ worseDropped: 0, choiceWithinDelta: 0, endedEarly: 0, runs: 0 },
  };
  const covered = world.truth.map(() => 0);
  for (let sweep = 0; sweep < options.sweeps; sweep++) {
    const rows = raceThrough(world, generator, options);
    const own = rows.map(({ index, values }) => ownIntervalHolds(values, world.truth[index]!));
    for (const [trial, holds] of own.entries()) covered[trial]! += holds;
    const found = judge(world, rows, options, own);
    for (const key of Object.keys(total) as (keyof RaceTruth)[]) total[key] += found[key];
  }
  const means = Object.fromEntries(Object.entries(total).map(([key, sum]) => [key, sum / options.sweeps]));
  return {
    world: world.name,
    ...(means as Record<keyof RaceTruth, number>),
    intervalOfWorst: Math.min(...covered) / options.sweeps,
  };
}

function settingsOf({ looks, until, delta }: RaceCoverageOptions): RaceSettings {
  return { delta, rule: 'highest-mean', racing: { looks, until }, overlap: 0 };
}

/** The rows of one race that has been run to its end. */
function raceThrough(world: World, generator: RandomGenerator, options: RaceCoverageOptions): RaceRow[] {
  const { looks } = options;
  const all = world.draw(generator, looks.at(-1)!);
  const rowsOf = (seedsOf: (index: number) => number) =>
    all.map((values, index): RaceRow => ({
      ...{ index, parameters: {}, hasDiverged: false },
      values: values.slice(0, seedsOf(index)),
    }));
  let rows = rowsOf(() => looks[0]!);
  for (const next of looks.slice(1)) {
    const { end, racing } = judgeRace(rows, settingsOf(options));
    if (end !== null) break;
    const before = rows;
    rows = rowsOf((index) => (racing.has(index) ? next : before[index]!.values.length));
  }
  return rows;
}

/** Each statement as the share of it that is true, 0 or 1 for most. */
function judge(
  { truth }: World,
  rows: readonly RaceRow[],
  options: RaceCoverageOptions,
  own: readonly number[],
): RaceTruth {
  const { delta } = options;
  const judged = judgeRace(rows, settingsOf(options));
  const best = Math.max(...truth);
  const regret = ({ index }: { readonly index: number }) => best - truth[index]!;
  const { standings } = judged;
  const chosen = judged.chosen!;
  const trulyBest = standings.filter((trial) => regret(trial) === 0);
  const equivalent = standings.filter((trial) => trial !== standings[0] && isWithin(delta, trial));
  return {
    interval: meanOf(own)!,
    winnerNaive: own[chosen.index]!,
    winner: holds(raceWinnerInterval95(chosen, judged.looks)!, truth[chosen.index]!),
    bestKept: meanOf(trulyBest.map(({ isExcluded }) => (isExcluded ? 0 : 1)))!,
    boundsHold: Number(standings.every((trial) => regret(trial) <= trial.bound!)),
    equivalentIsTrue: Number(equivalent.every((trial) => regret(trial) <= delta)),
    worseDropped: Number(standings.every((trial) => regret(trial) <= delta || trial.isExcluded)),
    choiceWithinDelta: Number(regret(chosen) <= delta),
    endedEarly: Number(endedEarly(judged)),
    runs: rows.reduce((sum, { values }) => sum + values.length, 0),
  };
}

function endedEarly({ end }: JudgedRace): boolean {
  return end !== 'last-look';
}

function ownIntervalHolds(values: readonly number[], truth: number): number {
  const n = values.length;
  const standardError = standardDeviationOf(values)! / Math.sqrt(n);
  return holds(meanInterval95({ mean: meanOf(values)!, standardError, n })!, truth);
}

function holds([low, high]: readonly [number, number], value: number): number {
  return low <= value && value <= high ? 1 : 0;
}
