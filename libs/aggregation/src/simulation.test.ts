// Do the intervals and the comparison with the best keep their promises? Simulated where the truth is known.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { meanInterval95 } from './mean-interval.js';
import { meanOf, standardDeviationOf } from './moments.js';
import { notToldApart } from './not-told-apart.js';

/** Standard normal numbers by Box and Muller's method from a fixed seed. */
function normals(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  };
}

describe('95 % interval of n = 5 normal values, 2,000 samples', () => {
  const SAMPLES = 2_000;
  const z = 1.959964;

  function coverage(interval: (mean: number, standardError: number) => readonly [number, number]): number {
    const next = normals(20261123);
    let covered = 0;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const values = Array.from({ length: 5 }, () => 0.52 + 0.002 * next());
      const [low, high] = interval(meanOf(values)!, standardDeviationOf(values)! / Math.sqrt(5));
      if (low <= 0.52 && 0.52 <= high) covered += 1;
    }
    return covered / SAMPLES;
  }
  const isHonest = (share: number) => Math.abs(share - 0.95) <= 0.015;

  test('covers the mean 95 ± 1.5 times in 100', () => {
    expect(isHonest(coverage((mean, standardError) => meanInterval95({ mean, standardError, n: 5 })!))).toBe(
      true,
    );
  });
  test('a normal quantile in place of t fails the same check', () => {
    expect(isHonest(coverage((mean, error) => [mean - z * error, mean + z * error]))).toBe(false);
  });
});

describe('the truly best trial is told apart from the observed best at most 5 times in 100', () => {
  const SAMPLES = 400;

  /** Share of simulated stages in which trial 0, truly the best, is neither first nor listed. */
  function lostShare(means: readonly number[], spreads: readonly number[]): number {
    const next = normals(7);
    let lost = 0;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const seedEffects = Array.from({ length: 5 }, () => 0.002 * next());
      const rows = means.map((mean, index) => ({
        index,
        values: seedEffects.map((effect) => mean + effect + spreads[index]! * next()),
      }));
      rows.sort((a, b) => meanOf(b.values)! - meanOf(a.values)!);
      if (rows[0]!.index !== 0 && !notToldApart(rows).includes(0)) lost += 1;
    }
    return lost / SAMPLES;
  }

  test('ten equal trials', () =>
    expect(lostShare(Array(10).fill(0.52), Array(10).fill(0.003))).toBeLessThan(0.05));
  test('with three wildly spread ones among them', () => {
    const spreads = [0.003, 0.003, 0.003, 0.003, 0.003, 0.003, 0.003, 0.05, 0.05, 0.05];
    expect(lostShare(Array(10).fill(0.52), spreads)).toBeLessThan(0.05);
  });
});
