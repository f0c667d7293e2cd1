import { meanAccuracy, meanOf, medianOf, standardDeviationOf } from './moments.js';

test('known mean and standard deviation', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  expect(meanOf(values)).toBe(5);
  expect(standardDeviationOf(values)).toBeCloseTo(Math.sqrt(32 / 7), 14);
});

test('a large common offset costs no precision (a one-pass variance gives 0 or worse here)', () => {
  expect(standardDeviationOf([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBeCloseTo(Math.sqrt(30), 12);
});

test('too few values have no statistic rather than 0 or NaN', () => {
  expect(meanOf([])).toBeNull();
  expect(meanAccuracy([])).toBeNull();
  expect(standardDeviationOf([0.5])).toBeNull();
  expect(medianOf([])).toBeNull();
});

test('equal values have no spread, exactly', () => expect(standardDeviationOf([0.1, 0.1, 0.1])).toBe(0));

test('equal totals of correct answers are exactly equal means, whatever the order', () => {
  const of = (...correct: number[]) => meanAccuracy(correct.map((c) => ({ correct: c, count: 5000 })));
  expect(of(2577, 2583, 2591, 2568, 2600)).toBe(of(2600, 2568, 2591, 2583, 2577));
  expect(of(1, 2, 3)).toBe(of(2, 2, 2));
});

test('accuracies of different denominators are averaged as ratios', () => {
  expect(
    meanAccuracy([
      { correct: 1, count: 2 },
      { correct: 1, count: 4 },
    ]),
  ).toBe(0.375);
});

test('median of odd and even counts', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
});
