import { learningRateAt } from './learning-rate.js';

describe('the triangular cyclical learning rate', () => {
  const schedule = { kind: 'cyclical', etaMin: 1e-5, etaMax: 1e-1, stepSize: 500, cycles: 3 } as const;

  it.each([
    [0, 1e-5],
    [250, (1e-5 + 1e-1) / 2],
    [500, 1e-1],
    [750, (1e-5 + 1e-1) / 2],
    [1000, 1e-5],
    [1500, 1e-1],
    [2500, 1e-1],
    [2999, 1e-5 + (1 / 500) * (1e-1 - 1e-5)],
  ])('at step %d is %d', (step, expected) => {
    expect(learningRateAt(schedule, step)).toBeCloseTo(expected, 12);
  });

  it('is the same at every step when constant', () => {
    expect(learningRateAt({ kind: 'constant', learningRate: 0.3, steps: 5 }, 4)).toBe(0.3);
  });
});
