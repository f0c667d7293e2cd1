import { normalCdf } from './normal-distribution.js';
import { studentTQuantile } from './student-t.js';
import { studentisedMaximumQuantile } from './studentised-maximum.js';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- jStat has no types
const { jStat } = require('jstat') as {
  jStat: { normal: { cdf: (z: number, mean: number, deviation: number) => number } };
};

test.each([0, 0.1, 0.5, 1, 1.96, 3, 5, 6.9, 7.2, 9, 20, 40])('Φ(±%p) as jStat has it', (z) => {
  expect(normalCdf(z)).toBeCloseTo(jStat.normal.cdf(z, 0, 1), 12);
  expect(normalCdf(-z)).toBeCloseTo(1 - jStat.normal.cdf(z, 0, 1), 12);
});

test.each([1, 2, 5, 18, 40, 400])(
  'one comparison is Student’s t with %p degrees of freedom',
  (degreesOfFreedom) => {
    const q = studentisedMaximumQuantile({ count: 1, correlation: 0.5, degreesOfFreedom }, 0.05);
    expect(q).toBeCloseTo(studentTQuantile(0.95, degreesOfFreedom), 5);
  },
);

// C. W. Dunnett, "A multiple comparison procedure for comparing several treatments with a control", JASA 50 (1955), table 1a.
test.each([
  [2, 20, 2.03],
  [4, 20, 2.3],
  [9, 20, 2.6],
  [4, 10, 2.47],
  [9, 60, 2.48],
])('Dunnett’s table: %p comparisons, %p degrees of freedom, 5 %', (count, degreesOfFreedom, q) => {
  expect(studentisedMaximumQuantile({ count, correlation: 0.5, degreesOfFreedom }, 0.05)).toBeCloseTo(q, 2);
});

test('the largest of many independent numbers with a known spread: P(all ≤ q) = Φ(q)^k', () => {
  const q = studentisedMaximumQuantile({ count: 100, correlation: 0, degreesOfFreedom: 1e6 }, 0.05);
  expect(normalCdf(q) ** 100).toBeCloseTo(0.95, 4);
});

test('what makes no sense is refused', () => {
  const of = { count: 3, correlation: 0.5, degreesOfFreedom: 4 } as const;
  expect(() => studentisedMaximumQuantile(of, 0)).toThrow(/tail/);
  expect(() => studentisedMaximumQuantile({ ...of, count: 0 }, 0.05)).toThrow(/count/);
  expect(() => studentisedMaximumQuantile({ ...of, degreesOfFreedom: 0 }, 0.05)).toThrow(/degrees/);
});
