import fc from 'fast-check';
import { keptAtMost, keptAtRung, type RungTrial } from './prune-rung.js';

const trialsOf = (means: readonly (number | null)[]): RungTrial[] =>
  means.map((mean, index) => ({ index, mean, n: mean === null ? 1 : 2, planned: 2 }));
const halving = (factor: number) => ({ kind: 'successive-halving', factor }) as const;
const MEDIAN = { kind: 'median' } as const;

test('successive halving keeps the best share, rounded up; ties go to the lower index', () => {
  expect(keptAtRung(trialsOf([0.1, 0.5, 0.3, 0.4]), halving(2))).toEqual([1, 3]);
  expect(keptAtRung(trialsOf([0.1, 0.5, 0.3, 0.4]), halving(3))).toEqual([1, 3]);
  expect(keptAtRung(trialsOf([0.1, 0.5, 0.3, 0.4]), halving(4))).toEqual([1]);
  expect(keptAtRung(trialsOf([0.4, 0.4, 0.4, 0.4]), halving(2))).toEqual([0, 1]);
});

test('the median rule keeps what is not below the median', () => {
  expect(keptAtRung(trialsOf([0.1, 0.5, 0.3]), MEDIAN)).toEqual([1, 2]);
  expect(keptAtRung(trialsOf([0.1, 0.5, 0.3, 0.4]), MEDIAN)).toEqual([1, 3]);
  expect(keptAtRung(trialsOf([0.4, 0.4, 0.4]), MEDIAN)).toEqual([0, 1, 2]);
});

test('a trial with a diverged seed does not go on, even where that leaves none', () => {
  const partly = { index: 0, mean: 0.9, n: 1, planned: 2 };
  expect(keptAtRung([partly, ...trialsOf([0.1, 0.2, 0.3]).slice(1)], halving(2))).toEqual([1, 2]);
  expect(keptAtRung(trialsOf([null, 0.5, 0.1, null]), MEDIAN)).toEqual([1]);
  expect(keptAtRung(trialsOf([null, null]), halving(2))).toEqual([]);
  expect(keptAtRung(trialsOf([null, null]), MEDIAN)).toEqual([]);
});

test('in any order the same; somebody goes on; nobody who is better stays behind', () => {
  const rules = fc.oneof(fc.integer({ min: 2, max: 5 }).map(halving), fc.constant(MEDIAN));
  const means = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(means, rules, (all, rule) => {
      const trials = trialsOf(all);
      const kept = new Set(keptAtRung(trials, rule));
      expect(keptAtRung(trials.toReversed(), rule)).toEqual([...kept]);
      expect(kept.size).toBeLessThanOrEqual(keptAtMost(trials.length, rule));
      const whole = trials.filter(({ mean }) => mean !== null);
      expect(kept.size > 0).toBe(whole.length > 0);
      const lowestKept = Math.min(...whole.filter(({ index }) => kept.has(index)).map(({ mean }) => mean!));
      for (const { index, mean } of whole)
        if (!kept.has(index)) expect(mean!).toBeLessThanOrEqual(lowestKept);
    }),
  );
});
