// The t quantile decides every interval; it is held against closed forms, a published table and jStat.
import { regularisedBeta } from './incomplete-beta.js';
import { logGamma } from './log-gamma.js';
import { studentTCdf, studentTQuantile, studentTUpperTail, upperTailQuantile } from './student-t.js';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- jStat has no types
const { jStat } = require('jstat') as {
  jStat: {
    studentt: { inv(p: number, n: number): number; cdf(t: number, n: number): number };
    ibeta(x: number, a: number, b: number): number;
  };
};

describe('logGamma', () => {
  test.each([
    [1, 0],
    [2, 0],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [5, Math.log(24)],
    [0.25, 1.2880225246980774],
    [100, 359.1342053695754],
    [1e6, 12815504.569147611],
  ])('of %p', (x, expected) => expect(logGamma(x)).toBeCloseTo(expected, Math.abs(expected) > 1e5 ? 6 : 11));

  test.each([0, -1, NaN])('refuses %p', (x) => expect(() => logGamma(x)).toThrow(RangeError));
});

describe('regularisedBeta', () => {
  test('has the closed form 1 − (1 − x)^b for a = 1', () => {
    for (const b of [0.5, 1, 7, 40]) {
      for (const x of [1e-6, 0.01, 0.3, 0.7, 0.99])
        expect(regularisedBeta(x, 1, b)).toBeCloseTo(1 - (1 - x) ** b, 12);
    }
  });
  // jStat's own continued fraction stops at 3e-7.
  test('agrees with jStat over a grid', () => {
    for (const a of [0.5, 1, 2.5, 18, 150]) {
      for (const b of [0.5, 1, 7]) {
        for (const x of [0, 1e-6, 0.1, 0.5, 0.9, 0.999, 1])
          expect(regularisedBeta(x, a, b)).toBeCloseTo(jStat.ibeta(x, a, b), 6);
      }
    }
  });
  test('refuses x outside [0, 1]', () => expect(() => regularisedBeta(1.1, 1, 1)).toThrow(RangeError));
});

describe('studentTQuantile', () => {
  const probabilities = [0.001, 0.025, 0.2, 0.5, 0.6, 0.9, 0.975, 0.995, 0.99972];

  test('one degree of freedom is the Cauchy distribution: tan(π(p − ½))', () => {
    for (const p of probabilities) {
      const expected = Math.tan(Math.PI * (p - 0.5));
      expect(Math.abs(studentTQuantile(p, 1) - expected)).toBeLessThanOrEqual(
        1e-11 * Math.max(1, Math.abs(expected)),
      );
    }
  });

  test('two degrees of freedom have (2p − 1)/√(2p(1 − p))', () => {
    for (const p of probabilities)
      expect(studentTQuantile(p, 2)).toBeCloseTo((2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 10);
  });

  // Two-sided 95 % and 99 % points of any table of the t distribution.
  test.each([
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 9, 2.262],
    [0.975, 30, 2.042],
    [0.995, 4, 4.604],
    [0.995, 120, 2.617],
    [0.975, 1e7, 1.96],
  ])('table value p = %p, ν = %p', (p, n, expected) =>
    expect(studentTQuantile(p, n)).toBeCloseTo(expected, 3),
  );

  test('agrees with jStat, and its cdf inverts it', () => {
    for (const n of [1, 2, 3, 4, 7, 36, 250]) {
      for (const p of probabilities) {
        const t = studentTQuantile(p, n);
        expect(Math.abs(t - jStat.studentt.inv(p, n))).toBeLessThan(1e-6 * Math.max(1, Math.abs(t)));
        expect(studentTCdf(t, n)).toBeCloseTo(p, 12);
      }
    }
  });

  test('far tails keep their relative precision', () => {
    const t = upperTailQuantile(1e-12, 36);
    expect(studentTUpperTail(t, 36) / 1e-12).toBeCloseTo(1, 8);
  });

  test.each([0, 1, NaN, -0.1])('refuses probability %p', (p) =>
    expect(() => studentTQuantile(p, 4)).toThrow(RangeError),
  );
  test('refuses zero degrees of freedom', () => expect(() => studentTQuantile(0.9, 0)).toThrow(RangeError));
});
