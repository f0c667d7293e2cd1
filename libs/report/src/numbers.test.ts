import {
  formatAccuracy,
  formatDuration,
  formatInterval,
  formatLambda,
  formatParameter,
  formatPoints,
  formatScientific,
  formatShare,
} from './numbers.js';

describe('numbers as they are written', () => {
  test('accuracies are percentages with two decimals', () => {
    expect(formatAccuracy(0.5169)).toBe('51.69 %');
    expect(formatAccuracy(0)).toBe('0.00 %');
    expect(formatAccuracy(null)).toBe('–');
    expect(formatPoints(0.00214)).toBe('0.21');
    expect(formatInterval([0.51351, 0.5187])).toBe('51.35–51.87 %');
    expect(formatInterval(null)).toBe('–');
  });

  test.each([
    [0, '0'],
    [0.001, '1e-3'],
    [0.002481, '2.481e-3'],
    [4.207e-5, '4.207e-5'],
    [4.208e-5, '4.208e-5'],
    [0.635, '6.35e-1'],
    [1.7070000001e-5, '1.707e-5'],
    [0.004 * 0.75, '3e-3'],
    [20, '2e1'],
  ])('λ %p is %p', (lambda, written) => {
    expect(formatLambda(lambda)).toBe(written);
  });

  test('parameters that span orders of magnitude are scientific, the others plain', () => {
    expect(formatParameter('learningRate', 0.1)).toBe('1e-1');
    expect(formatParameter('hidden', 5000)).toBe('5,000');
    expect(formatScientific(2.1387933624161803e-7, 3)).toBe('2.14e-7');
  });

  test('a share is 100 % only when nothing is missing', () => {
    expect(formatShare(1)).toBe('100 %');
    expect(formatShare(0.999999)).toBe('99.99 %');
  });

  test.each([
    [950, '950 ms'],
    [42_340, '42.3 s'],
    [59_990, '1 min 00 s'],
    [725_000, '12 min 05 s'],
    [11_040_000, '3 h 04 min'],
    [null, '–'],
  ])('%p ms is %p', (durationMs, written) => {
    expect(formatDuration(durationMs)).toBe(written);
  });
});
