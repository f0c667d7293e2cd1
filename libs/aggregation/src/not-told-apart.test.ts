import { compatibleSpread } from './compatible-spread.js';
import { notToldApart } from './not-told-apart.js';
import { pooledResidualVariance } from './paired-residuals.js';

const SEED_EFFECTS = [0.01, -0.01, 0.005, -0.002, -0.003];
const row = (index: number, mean: number, noise: readonly number[]) => ({
  index,
  values: SEED_EFFECTS.map((effect, seed) => mean + effect + noise[seed]!),
});
const NOISE = [
  [0.001, -0.001, 0.002, -0.001, -0.001],
  [-0.002, 0.001, 0, 0.001, 0],
  [0.001, 0.001, -0.001, -0.002, 0.001],
  [0, -0.001, 0.001, 0.001, -0.001],
];

test('a difference far beyond the noise is told apart, a small one is not', () => {
  const rows = [
    row(2, 0.52, NOISE[0]!),
    row(0, 0.519, NOISE[1]!),
    row(3, 0.48, NOISE[2]!),
    row(1, 0.42, NOISE[3]!),
  ];
  expect(notToldApart(rows)).toEqual([0]);
});

test('pairing removes what seeds have in common: the same differences over unrelated seeds are not told apart', () => {
  const paired = [row(0, 0.52, NOISE[0]!), row(1, 0.51, NOISE[1]!)];
  expect(notToldApart(paired)).toEqual([]);
  const shuffled = [
    paired[0]!,
    { index: 1, values: [1, 2, 3, 4, 0].map((seed) => paired[1]!.values[seed]!) },
  ];
  expect(notToldApart(shuffled)).toEqual([1]);
});

test('a wild trial neither blurs the others nor is condemned by their small noise', () => {
  const calm = [row(0, 0.52, NOISE[0]!), row(1, 0.505, NOISE[1]!), row(2, 0.519, NOISE[2]!)];
  const wild = { index: 3, values: [0.55, 0.35, 0.53, 0.3, 0.54] };
  expect(notToldApart([...calm, wild])).toEqual([2, 3]);
});

test('one seed tells nothing apart', () => {
  const rows = [0.6, 0.1, 0.3].map((value, index) => ({ index, values: [value] }));
  expect(notToldApart(rows)).toEqual([1, 2]);
});

test('results without any noise are told apart exactly when they differ', () => {
  const rows = [0.5, 0.5, 0.4].map((value, index) => ({ index, values: [value, value, value] }));
  expect(notToldApart(rows)).toEqual([1]);
});

test('a stage of one trial has nothing to compare', () =>
  expect(notToldApart([row(0, 0.5, NOISE[0]!)])).toEqual([]));

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
  expect(compatibleSpread([1, 1.1, 0.9, 2.9, 3.1, 0.25, 0.15])).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
    false,
  ]);
  expect(compatibleSpread([0, 0])).toEqual([true, true]);
});
