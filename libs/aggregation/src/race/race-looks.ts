/** What a race shows at each of its looks: the trials that had come so far, and the half widths of their differences. */
import { type ParameterValues } from '@seedbed/contracts';
import { compatibleSpread } from '../compatible-spread.js';
import { CONFIDENCE } from '../mean-interval.js';
import { meanOf, standardDeviationOf } from '../moments.js';
import { type PooledVariance, pooledResidualVariance } from '../paired-residuals.js';
import { type HalfWidths, halfWidthsOf, type SeedRow, type Spread } from '../seed-rows.js';
import { errorSharesOf } from './error-spending.js';

/** A trial with as many seeds as it got: the first ones of the stage, in the same order for every trial. */
export interface RaceRow {
  readonly index: number;
  readonly parameters: ParameterValues;
  /** Up to the first seed that diverged. */
  readonly values: readonly number[];
  readonly hasDiverged: boolean;
}

export interface RaceLook {
  readonly seeds: number;
  /** Share of all error that this look may make. */
  readonly errorShare: number;
  /** Trials that had not dropped out, over their first `seeds`, by falling mean. */
  readonly rows: readonly SeedRow[];
  /** Row of a trial by its index. */
  readonly positionOf: ReadonlyMap<number, number>;
  readonly spread: Spread;
  /** Null with one trial, which there is nothing to compare with. */
  readonly halfWidths: HalfWidths | null;
  /** Indices of the trials that this look excludes. */
  readonly excluded: ReadonlySet<number>;
}

/**
 * The looks that these rows allow, in order; none when no trial has the seeds of the first. A look has the trials with so
 * many seeds that no earlier look has excluded: an exclusion stands, also when the trial that caused it diverges with a later
 * seed.
 *
 * Every look allows for as many comparisons as the race began with. Those that dropped out did so because their means were
 * low, which makes the highest of the rest no less lucky.
 *
 * @param overlap of the runs' training rows; see `varianceOfMean`
 */
export function raceLooks(rows: readonly RaceRow[], schedule: readonly number[], overlap = 0): RaceLook[] {
  const shares = errorSharesOf(schedule);
  const looks: RaceLook[] = [];
  let running = rows;
  for (const [number, seeds] of schedule.entries()) {
    running = running.filter(
      ({ index, values }) => values.length >= seeds && !(looks.at(-1)?.excluded.has(index) ?? false),
    );
    if (running.length === 0) break;
    const field = [...looks.map((look) => look.rows), running];
    looks.push(
      lookAt({ rows, schedule: schedule.slice(0, number + 1), field, overlap }, running, shares[number]!),
    );
  }
  return looks;
}

interface Course {
  /** Of all trials. */
  readonly rows: readonly RaceRow[];
  /** Up to the present look. */
  readonly schedule: readonly number[];
  /** The trials that took part in each round. */
  readonly field: readonly (readonly { readonly index: number }[])[];
  readonly overlap: number;
}

function lookAt(course: Course, running: readonly RaceRow[], errorShare: number): RaceLook {
  const seeds = course.schedule.at(-1)!;
  const rows = running
    .map(({ index, values }): SeedRow => {
      const first = values.slice(0, seeds);
      return { index, mean: meanOf(first)!, values: first };
    })
    .sort((a, b) => b.mean - a.mean || a.index - b.index);
  const spread = spreadAt(course, rows);
  const halfWidths =
    rows.length < 2 ? null : halfWidthsOf(rows, spread, { error: (1 - CONFIDENCE) * errorShare });
  const excluded = rows.filter(
    ({ mean }, position) =>
      position > 0 && halfWidths !== null && rows[0]!.mean - mean > halfWidths.between(0, position),
  );
  return {
    ...{ seeds, errorShare, rows, spread, halfWidths },
    positionOf: new Map(rows.map(({ index }, position) => [index, position])),
    excluded: new Set(excluded.map(({ index }) => index)),
  };
}

/**
 * The residual variance of all rounds so far, each taken by itself over the trials that ran in it. A round's residuals do
 * not depend on who was let into it, so their squares add up like those of one design; trials that dropped out go on lending
 * theirs to those that remain. With one round it is the variance of an ordinary stage.
 */
function spreadAt({ rows, schedule, field, overlap }: Course, running: readonly SeedRow[]): Spread {
  const seeds = schedule.at(-1)!;
  const started = rows.filter(({ values }) => values.length >= schedule[0]!);
  const compatible = compatibleSpread(
    started.map(({ values }) => standardDeviationOf(values.slice(0, seeds)) ?? 0),
  );
  const valuesOf = new Map(
    started.flatMap(({ index, values }, position) =>
      compatible[position]! ? [[index, values] as const] : [],
    ),
  );
  const pooled = sumOf(
    field.map((trials, round) =>
      pooledResidualVariance(
        trials.flatMap(({ index }) => {
          const values = valuesOf.get(index);
          return values === undefined ? [] : [values.slice(schedule[round - 1] ?? 0, schedule[round]!)];
        }),
      ),
    ),
  );
  return {
    ...{ seeds, trials: started.length, pooled, overlap },
    isPooled: running.map(({ index }) => pooled !== null && valuesOf.has(index)),
  };
}

function sumOf(rounds: readonly (PooledVariance | null)[]): PooledVariance | null {
  const known = rounds.filter((round) => round !== null);
  const degreesOfFreedom = known.reduce((sum, round) => sum + round.degreesOfFreedom, 0);
  if (degreesOfFreedom === 0) return null;
  const squares = known.reduce((sum, round) => sum + round.variance * round.degreesOfFreedom, 0);
  return { variance: squares / degreesOfFreedom, degreesOfFreedom };
}
