import { PARAMETER_NAMES } from '@seedbed/contracts';
import { directionNumbers, scramble, SOBOL_DIMENSIONS_MAX, sobolFraction } from './sobol.js';

test('every parameter has a dimension', () =>
  expect(PARAMETER_NAMES.length).toBeLessThanOrEqual(SOBOL_DIMENSIONS_MAX));

const DIMENSIONS = Array.from({ length: SOBOL_DIMENSIONS_MAX }, (_, dimension) => dimension);

// scipy.stats.qmc.Sobol(21, scramble=False, bits=32), SciPy 1.17.1: points 5, 11, 15 and 1000.
test.each([
  [
    5,
    [
      3758096384, 3758096384, 536870912, 1610612736, 3758096384, 2684354560, 3758096384, 1610612736,
      1610612736, 536870912, 1610612736, 3758096384, 3758096384, 536870912, 3758096384, 1610612736,
    ],
  ],
  [
    11,
    [
      1879048192, 2415919104, 805306368, 2952790016, 3489660928, 268435456, 2952790016, 2952790016,
      2952790016, 268435456, 4026531840, 1342177280, 805306368, 805306368, 2415919104, 805306368,
    ],
  ],
  [
    15,
    [
      268435456, 4026531840, 2415919104, 1342177280, 2952790016, 805306368, 3489660928, 1342177280,
      1342177280, 2952790016, 268435456, 805306368, 1342177280, 2415919104, 4026531840, 3489660928,
    ],
  ],
  [
    1000,
    [
      943718400, 415236096, 2227175424, 2906652672, 1203765248, 3896508416, 197132288, 3862953984, 2151677952,
      297795584, 364904448, 1094713344, 692060160, 1648361472, 616562688, 1589641216,
    ],
  ],
])('point %p as SciPy has it', (index, expected) => {
  expect(DIMENSIONS.map((dimension) => sobolFraction(directionNumbers(dimension), index))).toEqual(expected);
});

describe('scrambled', () => {
  const points = (dimension: number, count: number, key = 12_345 + dimension) =>
    Array.from({ length: count }, (_, index) =>
      scramble(sobolFraction(directionNumbers(dimension), index), key),
    );

  test.each([0, 1, 7, 15])(
    'dimension %p: the first 2^m points fall one into each of 2^m cells',
    (dimension) => {
      for (const m of [1, 4, 10]) {
        const cells = points(dimension, 2 ** m).map((fraction) => fraction >>> (32 - m));
        expect(new Set(cells).size).toBe(2 ** m);
      }
    },
  );

  test('the first two dimensions: one point in each of the 64 cells of every shape', () => {
    const [x, y] = [points(0, 64), points(1, 64)];
    for (const wide of [0, 1, 2, 3, 4, 5, 6]) {
      const cell = (index: number) =>
        `${Math.floor(x[index]! / 2 ** (32 - wide))}/${Math.floor(y[index]! / 2 ** (26 + wide))}`;
      expect(new Set(x.map((_, index) => cell(index))).size).toBe(64);
    }
  });

  test('each point is uniform over keys', () => {
    const values = Array.from(
      { length: 4_000 },
      (_, key) => scramble(sobolFraction(directionNumbers(1), 5), key) / 2 ** 32,
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // Four standard errors of the mean of 4,000 uniform numbers.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.0183);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test('different keys give different points, the same key the same', () => {
    expect(points(0, 8, 1)).not.toEqual(points(0, 8, 2));
    expect(points(0, 8, 1)).toEqual(points(0, 8, 1));
  });
});
