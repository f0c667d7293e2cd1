import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { compatibleSpread } from './compatible-spread.js';
import { type Comparison, compareWithBest } from './compare-with-best.js';
import { equalSpreadP } from './equal-spread.js';
import { meanOf } from './moments.js';
import { moreSeeds } from './more-seeds.js';
import { pooledResidualVariance } from './paired-residuals.js';
import { redraw } from './redraw.js';
import { halfWidthsOf, type SeedRow, seedCorrelation, spreadOf } from './seed-rows.js';
import { normalWorld } from './simulation/worlds.js';
import { winnerInterval95 } from './winner-interval.js';

const SEED_EFFECTS = [0.01, -0.01, 0.005, -0.002, -0.003];
const NOISE = [
  [0.001, -0.001, 0.002, -0.001, -0.001],
  [-0.002, 0.001, 0, 0.001, 0],
  [0.001, 0.001, -0.001, -0.002, 0.001],
  [0, -0.001, 0.001, 0.001, -0.001],
];
const rowOf = (index: number, values: readonly number[]): SeedRow => ({
  index,
  mean: meanOf(values)!,
  values,
});
const row = (index: number, mean: number, noise: readonly number[]) =>
  rowOf(
    index,
    SEED_EFFECTS.map((effect, seed) => mean + effect + noise[seed]!),
  );

function compared(rows: readonly SeedRow[], delta: number | null = null): Comparison[] {
  const ranked = rows.toSorted((a, b) => b.mean - a.mean);
  return compareWithBest(ranked, halfWidthsOf(ranked, spreadOf(ranked)), delta);
}
const verdictsOf = (comparisons: readonly Comparison[]) =>
  Object.fromEntries(comparisons.map(({ index, verdict }) => [index, verdict]));

test('a difference far beyond the noise is excluded, a small one unresolved', () => {
  const rows = [
    row(2, 0.52, NOISE[0]!),
    row(0, 0.519, NOISE[1]!),
    row(3, 0.48, NOISE[2]!),
    row(1, 0.42, NOISE[3]!),
  ];
  expect(verdictsOf(compared(rows))).toEqual({ 2: 'best', 0: 'unresolved', 3: 'excluded', 1: 'excluded' });
});

test('within δ and known to be is equivalent; the same difference without a δ is unresolved', () => {
  const rows = [row(0, 0.52, NOISE[0]!), row(1, 0.519, NOISE[1]!)];
  expect(verdictsOf(compared(rows, 0.01))).toEqual({ 0: 'best', 1: 'equivalent' });
  expect(verdictsOf(compared(rows, 0.002))).toEqual({ 0: 'best', 1: 'unresolved' });
  expect(verdictsOf(compared(rows))).toEqual({ 0: 'best', 1: 'unresolved' });
});

test('the bound of a worked example: two trials, three seeds', () => {
  // Differences 3, 1, 2 points: residuals ±½, 0, so s² = 0.5 points² with 2 degrees; t(0.95, 2) = 2.919986.
  const rows = [rowOf(0, [0.53, 0.51, 0.52]), rowOf(1, [0.5, 0.5, 0.5])];
  const [best, other] = compared(rows);
  const half = 2.919986 * Math.sqrt((2 * 0.5e-4) / 3);
  expect(best!.regretBound).toBe(0);
  expect(other!.gap).toBeCloseTo(0.02, 12);
  expect(other!).toMatchObject({ verdict: 'excluded', regretBound: expect.closeTo(0.02 + half, 6) });
});

test('pairing removes what seeds have in common: the same differences over unrelated seeds are not told apart', () => {
  const [better, worse] = [row(0, 0.52, NOISE[0]!), row(1, 0.51, NOISE[1]!)];
  expect(verdictsOf(compared([better, worse]))[1]).toBe('excluded');
  const shuffled = rowOf(
    1,
    [1, 2, 3, 4, 0].map((seed) => worse.values[seed]!),
  );
  expect(verdictsOf(compared([better, shuffled]))[1]).toBe('unresolved');
});

test('a wild trial neither blurs the others nor is condemned by their small noise', () => {
  const calm = [row(0, 0.52, NOISE[0]!), row(1, 0.505, NOISE[1]!), row(2, 0.519, NOISE[2]!)];
  const wild = rowOf(3, [0.55, 0.35, 0.53, 0.3, 0.54]);
  const verdicts = verdictsOf(compared([...calm, wild]));
  expect(verdicts).toEqual({ 0: 'best', 1: 'excluded', 2: 'unresolved', 3: 'unresolved' });
});

test('one seed excludes nothing and bounds nothing', () => {
  const rows = [0.6, 0.3, 0.1].map((value, index) => rowOf(index, [value]));
  const comparisons = compareWithBest(rows, null, 0.01);
  expect(verdictsOf(comparisons)).toEqual({ 0: 'best', 1: 'unresolved', 2: 'unresolved' });
  expect(comparisons.map(({ regretBound }) => regretBound)).toEqual([null, null, null]);
});

test('results without any noise are told apart exactly when they differ', () => {
  const rows = [0.5, 0.5, 0.4].map((value, index) => rowOf(index, [value, value, value]));
  expect(verdictsOf(compared(rows))).toEqual({ 0: 'best', 1: 'unresolved', 2: 'excluded' });
});

test('two-way residual variance of a worked example', () => {
  // Trial effects 0 and 10, seed effects 1, 2, 3; the residuals are ±1, 0, ∓1: Σ² = 4 over (2 − 1)(3 − 1) degrees.
  const pooled = pooledResidualVariance([
    [1 + 1, 2, 3 - 1],
    [11 - 1, 12, 13 + 1],
  ]);
  expect(pooled).toEqual({ variance: expect.closeTo(2, 12), degreesOfFreedom: 2 });
  expect(pooledResidualVariance([[1, 2]])).toBeNull();
});

test('spreads three times above or five times below the median are set apart', () => {
  const spreads = [1, 1.1, 0.9, 2.9, 3.1, 0.25, 0.15];
  expect(compatibleSpread(spreads)).toEqual([true, true, true, true, false, true, false]);
  expect(compatibleSpread([0, 0])).toEqual([true, true]);
});

test('the share that seeds have in common: all of it, or none', () => {
  const same = [0, 1, 2].map((index) => row(index, 0.5 + index / 100, [0, 0, 0, 0, 0]));
  expect(seedCorrelation(same, spreadOf(same))).toBeCloseTo(1, 9);
  const opposite = [rowOf(0, [0.5, 0.6]), rowOf(1, [0.6, 0.5])];
  expect(seedCorrelation(opposite, spreadOf(opposite))).toBe(0);
});

test('equal spread: doubted at 5 % about 5 times in 100 where it is equal, mostly where one is ten times as wide', () => {
  const generator = xoroshiro128plus(11);
  const doubts = (residual: readonly number[]) => {
    const world = normalWorld({ name: 'spread', truth: [0.5, 0.5, 0.5, 0.5], seedEffect: 0.01, residual });
    const drawn = Array.from({ length: 400 }, () => equalSpreadP(world.draw(generator, 10))!);
    return drawn.filter((p) => p < 0.05).length / 400;
  };
  // Three standard errors; the median makes the test a little cautious.
  expect(doubts([0.01, 0.01, 0.01, 0.01])).toBeLessThan(0.05 + 0.033);
  expect(doubts([0.01, 0.01, 0.01, 0.01])).toBeGreaterThan(0.005);
  expect(doubts([0.01, 0.01, 0.01, 0.1])).toBeGreaterThan(0.75);
  expect(equalSpreadP([[1, 2]])).toBeNull();
});

describe('redrawing the seeds', () => {
  test('a trial that is ahead with every seed wins always; equal ones share', () => {
    expect(redraw([rowOf(0, [0.6, 0.7]), rowOf(1, [0.5, 0.6])]).winShares).toEqual([1, 0]);
    expect(redraw([rowOf(0, [0.6, 0.5]), rowOf(1, [0.6, 0.5])]).winShares).toEqual([0.5, 0.5]);
  });
  test('ahead with two seeds of three by the same margin: as often as a redraw has more of those, 20 in 27', () => {
    const { count, winShares } = redraw([rowOf(0, [1, 1, 0]), rowOf(1, [0, 0, 1])]);
    expect(count).toBe(1_000);
    // Binomial(3, 2/3) ≥ 2; within 3 standard errors.
    expect(Math.abs(winShares[0]! - 20 / 27)).toBeLessThan(0.042);
    expect(redraw([rowOf(0, [1, 1, 0]), rowOf(1, [0, 0, 1])]).winShares).toEqual(winShares);
  });
  test('a stage of 100,000 runs is redrawn less often', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => rowOf(index, [0.5, 0.5, 0.5, 0.5, 0.5]));
    expect(redraw(rows).count).toBe(200);
  });
});

test('more seeds: bounds shrink, and the list ends where nothing is unresolved', () => {
  const rows = [row(0, 0.52, NOISE[0]!), row(1, 0.519, NOISE[1]!), row(2, 0.48, NOISE[2]!)];
  const projections = moreSeeds(rows, spreadOf(rows), { chosen: 0, delta: 0.002 });
  expect(projections.map(({ seeds }) => seeds)).toEqual([10, 20]);
  expect(projections[0]!.regretBound).toBeGreaterThan(projections[1]!.regretBound);
  expect(projections[1]).toMatchObject({ unresolved: 0 });
  const open = moreSeeds(
    [
      rows[0]!,
      rowOf(
        1,
        rows[0]!.values.map((v, s) => v + (s % 2 ? 4e-3 : -4e-3)),
      ),
    ],
    spreadOf(rows),
    {
      chosen: 0,
      delta: null,
    },
  );
  expect(open.length).toBeGreaterThan(1);
});

test('a winner’s interval is wider than its own on the side of luck', () => {
  const rows = NOISE.map((noise, index) => row(index, 0.52 - index / 1_000, noise));
  const spread = spreadOf(rows);
  const [low, high] = winnerInterval95(rows, spread, { position: 0, isPlainHighest: true })!;
  const [, either] = winnerInterval95(rows, spread, { position: 0, isPlainHighest: false })!;
  expect(0.52 - low).toBeGreaterThan(high - 0.52);
  expect(either - rows[0]!.mean).toBeCloseTo(rows[0]!.mean - low, 12);
});
