/** How often what a sweep says is true, over many sweeps whose truth is known. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type Comparison, compareWithBest } from '../compare-with-best.js';
import { meanInterval95 } from '../mean-interval.js';
import { meanOf, standardDeviationOf } from '../moments.js';
import { halfWidthsOf, type SeedRow, spreadOf } from '../seed-rows.js';
import { winnerInterval95 } from '../winner-interval.js';
import { type World } from './worlds.js';

export interface CoverageOptions {
  readonly seeds: number;
  readonly sweeps: number;
  readonly delta: number;
  readonly generatorSeed: number;
}

/** Shares of sweeps (0 … 1) in which a statement was true. */
export interface Coverage {
  readonly world: string;
  readonly seeds: number;
  readonly sweeps: number;
  /** A trial's 95 % interval holds its true mean; average over the trials. */
  readonly interval: number;
  /** The same with a normal quantile in place of Student's t: what this table must be able to find fault with. */
  readonly intervalWithNormalQuantile: number;
  /** The highest mean's own interval, which nobody should quote, and the one that allows for the choice. */
  readonly winnerNaive: number;
  readonly winner: number;
  /** The truly best trial is not excluded. */
  readonly bestKept: number;
  /** No trial costs more than its bound. */
  readonly boundsHold: number;
  /** No trial that is worse than δ is called equivalent. */
  readonly equivalentIsTrue: number;
  /** All trials worse than δ are excluded. */
  readonly worseDropped: number;
}

const NORMAL_QUANTILE = 1.959964;

export function simulateCoverage(world: World, options: CoverageOptions): Coverage {
  const { seeds, sweeps, delta } = options;
  const generator = xoroshiro128plus(options.generatorSeed);
  const total: Record<keyof SweepTruth, number> = {
    ...{ interval: 0, intervalWithNormalQuantile: 0, winnerNaive: 0, winner: 0 },
    ...{ bestKept: 0, boundsHold: 0, equivalentIsTrue: 0, worseDropped: 0 },
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const found = judge(world, sweepOf(world, generator, seeds), delta);
    for (const key of Object.keys(total) as (keyof SweepTruth)[]) total[key] += found[key];
  }
  const shares = Object.fromEntries(Object.entries(total).map(([key, sum]) => [key, sum / sweeps]));
  return { world: world.name, seeds, sweeps, ...(shares as Record<keyof SweepTruth, number>) };
}

type SweepTruth = Omit<Coverage, 'world' | 'seeds' | 'sweeps'>;

/** The rows of one sweep by falling mean. */
function sweepOf(world: World, generator: RandomGenerator, seeds: number): SeedRow[] {
  return world
    .draw(generator, seeds)
    .map((values, index) => ({ index, mean: meanOf(values)!, values }))
    .sort((a, b) => b.mean - a.mean || a.index - b.index);
}

/** Each statement as the share of it that is true, 0 or 1 for most. */
function judge({ truth }: World, rows: readonly SeedRow[], delta: number): SweepTruth {
  const spread = spreadOf(rows);
  const comparisons = compareWithBest(rows, halfWidthsOf(rows, spread), delta);
  const best = truth.reduce((a, b) => Math.max(a, b));
  const regret = ({ index }: { readonly index: number }) => best - truth[index]!;
  const isPlainHighest = comparisons.every(
    ({ verdict }, position) => verdict === 'excluded' || spread.isPooled[position],
  );
  const ownIntervals = rows.map((row) => ownIntervalsOf(row, truth[row.index]!));
  const isExcluded = ({ verdict }: Comparison) => verdict === 'excluded';
  return {
    interval: meanOf(ownIntervals.map(({ student }) => student))!,
    intervalWithNormalQuantile: meanOf(ownIntervals.map(({ normal }) => normal))!,
    winnerNaive: ownIntervals[0]!.student,
    winner: holds(winnerInterval95(rows, spread, { position: 0, isPlainHighest })!, truth[rows[0]!.index]!),
    // Of several truly best trials each one is promised to be kept; the last is the hardest promise on this list.
    bestKept: meanOf(
      comparisons.filter((trial) => regret(trial) === 0).map((trial) => (isExcluded(trial) ? 0 : 1)),
    )!,
    boundsHold: Number(comparisons.every((trial) => regret(trial) <= trial.regretBound!)),
    equivalentIsTrue: Number(
      comparisons.every((trial) => trial.verdict !== 'equivalent' || regret(trial) <= delta),
    ),
    worseDropped: Number(comparisons.every((trial) => regret(trial) <= delta || isExcluded(trial))),
  };
}

function ownIntervalsOf({ mean, values }: SeedRow, truth: number): { student: number; normal: number } {
  const standardError = standardDeviationOf(values)! / Math.sqrt(values.length);
  const half = NORMAL_QUANTILE * standardError;
  return {
    student: holds(meanInterval95({ mean, standardError, n: values.length })!, truth),
    normal: holds([mean - half, mean + half], truth),
  };
}

function holds([low, high]: readonly [number, number], value: number): number {
  return low <= value && value <= high ? 1 : 0;
}
