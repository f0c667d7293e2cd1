// Do the statements about results keep their promises? Simulated where the truth is known; `npm run coverage` does it at
// length.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulateCoverage } from './coverage.js';
import { bankWorld, normalWorld, type World } from './worlds.js';

const SWEEPS = 600;
/** Three standard errors of a share of 95 % in so many sweeps. */
const SLACK = 3 * Math.sqrt((0.95 * 0.05) / SWEEPS);
const bankFile = join(__dirname, '../../../../bench/bank/coarse-60-seeds.json');
const { count, trials } = JSON.parse(readFileSync(bankFile, 'utf8')) as {
  count: number;
  trials: { correct: number[] }[];
};

const spread = { seedEffect: 0.003, residual: 0.003 };
const EQUAL = { name: 'ten equal trials', truth: Array<number>(10).fill(0.52), ...spread };
const WORLDS: readonly World[] = [
  bankWorld('a bank of real results', { count, correct: trials.map(({ correct }) => correct) }),
  normalWorld(EQUAL),
  normalWorld({ name: 'a clear best', truth: [0.53, 0.52, 0.52, 0.5, 0.4], ...spread }),
  normalWorld({
    name: 'ten equal trials, three of them wild',
    truth: Array(10).fill(0.52),
    seedEffect: 0.002,
    residual: [...Array(7).fill(0.003), 0.05, 0.05, 0.05],
  }),
];

describe.each(WORLDS)('in $name', (world) => {
  test.each([3, 10])('with %p seeds, what is said at 95 % is true', (seeds) => {
    const found = simulateCoverage(world, { seeds, sweeps: SWEEPS, delta: 0.005, generatorSeed: 20_261_123 });
    expect(found.interval).toBeGreaterThan(0.95 - SLACK);
    for (const statement of ['winner', 'bestKept', 'boundsHold', 'equivalentIsTrue'] as const) {
      expect([statement, found[statement]]).toEqual([statement, expect.any(Number)]);
      expect(found[statement]).toBeGreaterThan(0.95 - SLACK);
    }
  });
});

test('the simulation finds fault with a normal quantile in place of t, and with the winner’s own interval', () => {
  const world = normalWorld({ ...EQUAL, seedEffect: 0 });
  const found = simulateCoverage(world, { seeds: 10, sweeps: 1_500, delta: 0.005, generatorSeed: 1 });
  expect(Math.abs(found.interval - 0.95)).toBeLessThan(0.007);
  expect(found.intervalWithNormalQuantile).toBeLessThan(0.93);
  expect(found.winnerNaive).toBeLessThan(0.82);
  expect(found.winner).toBeGreaterThan(0.95);
});

test('differences beyond δ are found with enough seeds', () => {
  const world = normalWorld({ name: 'ladder', truth: [0.53, 0.522, 0.522, 0.5], ...spread });
  const dropped = (seeds: number) =>
    simulateCoverage(world, { seeds, sweeps: 300, delta: 0.005, generatorSeed: 3 }).worseDropped;
  expect(dropped(3)).toBeLessThan(0.9);
  expect(dropped(12)).toBeGreaterThan(0.99);
});
