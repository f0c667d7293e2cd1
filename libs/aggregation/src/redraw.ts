/**
 * How often each trial would win if the seeds were drawn again: the bootstrap over paired seeds. A redraw takes n of the n
 * seeds, with repetition and the same ones for every trial, and the highest mean wins; trials that share it share the win.
 * The generator is seeded with a constant, so the same results give the same shares.
 *
 * A picture of how firm the order is, no probability of being the best: with fewer than about five seeds there are few
 * different redraws.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type SeedRow } from './seed-rows.js';

const GENERATOR_SEED = 20_261_124;
const REDRAWS_MAX = 1_000;
/** Standard error of a share of one half is 5 points then: still a picture. */
const REDRAWS_MIN = 100;
/** Additions that a stage's redraws may take: about 30 ms. */
const ADDITIONS_MAX = 20_000_000;

export interface Redraws {
  readonly count: number;
  /** In the order of the rows; they add up to 1. */
  readonly winShares: readonly number[];
}

export function redraw(rows: readonly SeedRow[]): Redraws {
  const seeds = rows[0]?.values.length ?? 0;
  const affordable = Math.floor(ADDITIONS_MAX / Math.max(1, rows.length * seeds));
  const count = Math.min(REDRAWS_MAX, Math.max(REDRAWS_MIN, affordable));
  const generator = xoroshiro128plus(GENERATOR_SEED);
  const values = rows.map((row) => Float64Array.from(row.values));
  const wins = new Float64Array(rows.length);
  for (let draw = 0; draw < count; draw++) {
    const drawn = Array.from({ length: seeds }, () => uniformInt(generator, 0, seeds - 1));
    // In the order of the seeds, so that trials with the same results have the same sum, to the last bit.
    drawn.sort((a, b) => a - b);
    const winners = highest(values, drawn);
    for (const winner of winners) wins[winner]! += 1 / winners.length;
  }
  return { count, winShares: Array.from(wins, (share) => share / count) };
}

/** Positions of the rows with the highest sum over the drawn seeds. */
function highest(rows: readonly Float64Array[], drawn: readonly number[]): number[] {
  let best = -Infinity;
  let positions: number[] = [];
  for (const [position, values] of rows.entries()) {
    let sum = 0;
    for (const seed of drawn) sum += values[seed]!;
    if (sum > best) {
      best = sum;
      positions = [position];
    } else if (sum === best) positions.push(position);
  }
  return positions;
}
