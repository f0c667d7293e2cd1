import fc from 'fast-check';
import { normalCdf } from './normal-cdf.js';
import { ParzenRange } from './parzen-range.js';
import { type Dimension, type Observation, type SpacePoint } from './search-space.js';
import { suggestTpe } from './suggest-tpe.js';

const line = { kind: 'range', scale: 'linear', integer: false } as const;
const BRANIN: Dimension[] = [
  { ...line, name: 'x', min: -5, max: 10 },
  { ...line, name: 'y', min: 0, max: 15 },
];
const MIXED: Dimension[] = [
  { kind: 'choice', name: 'schedule', values: ['constant', 'cyclical'] },
  {
    ...line,
    name: 'cycles',
    min: 1,
    max: 5,
    integer: true,
    when: { dimension: 'schedule', values: ['cyclical'] },
  },
  { ...line, name: 'lambda', min: 1e-5, max: 0.1, scale: 'log' },
  { kind: 'choice', name: 'shuffled', values: [true, false] },
];
/** Dixon and Szegö 1978; its least value. */
const BRANIN_LEAST = 0.397887;

function branin({ x, y }: SpacePoint): number {
  const [a, b] = [Number(x), Number(y)];
  const bent = b - (5.1 * a * a) / (4 * Math.PI ** 2) + (5 * a) / Math.PI - 6;
  return bent ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
}

function search(
  dimensions: readonly Dimension[],
  seed: number,
  batches: number,
  meanOf: (point: SpacePoint) => number | null,
  learns = true,
): Observation[] {
  const seen: Observation[] = [];
  for (let batchNumber = 0; batchNumber < batches; batchNumber++) {
    const points = suggestTpe({ seed, batchNumber, batchSize: 8 }, dimensions, learns ? seen : []);
    seen.push(...points.map((point) => ({ point, mean: meanOf(point) })));
  }
  return seen;
}

function medianRegret(learns: boolean): number {
  const regrets = Array.from({ length: 30 }, (_, seed) => {
    const seen = search(BRANIN, seed, 10, (point) => -branin(point), learns);
    return -Math.max(...seen.map(({ mean }) => mean!)) - BRANIN_LEAST;
  });
  return regrets.sort((a, b) => a - b)[15]!;
}

test('learns: over 30 seeds the median regret on Branin is under half of what uniform draws leave', () => {
  expect(medianRegret(true)).toBeLessThan(medianRegret(false) / 2);
});

test('suggests points of the space, in which conditional values stand only where they exist', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, batches) => {
      const seen = search(MIXED, seed, batches, ({ lambda, schedule }) =>
        schedule === 'constant' && Number(lambda) > 0.01 ? null : -Math.abs(Math.log(Number(lambda) / 1e-3)),
      );
      for (const { point } of seen) {
        expect(point.lambda).toBeGreaterThanOrEqual(1e-5);
        expect(point.lambda).toBeLessThanOrEqual(0.1);
        expect([true, false]).toContain(point.shuffled);
        if (point.schedule === 'cyclical') expect([1, 2, 3, 4, 5]).toContain(point.cycles);
        else expect(point).not.toHaveProperty('cycles');
      }
    }),
    { numRuns: 30 },
  );
});

test('the same arguments give the same batch, another seed another, and its points differ', () => {
  const seen = search(BRANIN, 3, 3, (point) => -branin(point));
  const next = (seed: number) => suggestTpe({ seed, batchNumber: 3, batchSize: 8 }, BRANIN, seen);
  expect(next(3)).toEqual(next(3));
  expect(next(3)).not.toEqual(next(4));
  expect(new Set(next(3).map((point) => JSON.stringify(point))).size).toBe(8);
});

test('goes to the better choice', () => {
  const seen = search(MIXED, 1, 8, ({ schedule }) => (schedule === 'cyclical' ? 1 : 0));
  const late = seen.slice(32).filter(({ point }) => point.schedule === 'cyclical');
  expect(late.length).toBeGreaterThan(16);
});

test('a density of whole numbers sums to 1', () => {
  const range = new ParzenRange(
    { ...line, name: 'n', min: 1, max: 64, integer: true, scale: 'log' },
    [2, 3, 60],
  );
  const sum = Array.from({ length: 64 }, (_, index) => Math.exp(range.logDensity(index + 1)));
  expect(sum.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
});

test('the normal distribution agrees with published values', () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
  expect(normalCdf(-3)).toBeCloseTo(0.0013498980316301, 14);
  expect(normalCdf(-40)).toBe(0);
});
