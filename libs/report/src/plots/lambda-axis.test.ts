import { lambdaAxis } from './lambda-axis.js';

describe('lambdaAxis', () => {
  test('places λ by their logarithm', () => {
    const axis = lambdaAxis([1e-4, 1e-3, 1e-2], 0);
    expect([1e-4, 1e-3, 1e-2].map((lambda) => axis.positionOf(lambda))).toEqual([-4, -3, -2]);
    expect(axis.breakAt).toBeNull();
  });

  test('λ = 0 stands left of a break', () => {
    const axis = lambdaAxis([0, 0.001, 0.002, 0.003, 0.004], 0.01);
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0', '1e-3', '2e-3', '3e-3', '4e-3']);
    expect(axis.positionOf(0)).toBeLessThan(axis.breakAt ?? -Infinity);
    expect(axis.breakAt ?? Infinity).toBeLessThan(axis.positionOf(0.001));
    expect(axis.domain[0]).toBeLessThan(axis.positionOf(0));
  });

  test('many λ get the powers of ten as labels and ticks between', () => {
    const lambdas = Array.from({ length: 10 }, (_, index) => 1.707e-5 * 10 ** (index * 0.508));
    const ticks = lambdaAxis(lambdas, 0.01).ticks;
    expect(ticks.filter(({ isMajor }) => isMajor).map(({ label }) => label)).toEqual([
      '1e-5',
      '1e-4',
      '1e-3',
      '1e-2',
      '1e-1',
      '1e0',
    ]);
    expect(ticks.length).toBeGreaterThan(30);
  });

  test('neighbours that would cover each other are moved apart, in order and around their middle', () => {
    const axis = lambdaAxis([4.207e-5, 4.208e-5, 1e-2], 0.02);
    const [a, b] = [axis.positionOf(4.207e-5), axis.positionOf(4.208e-5)];
    expect(b - a).toBeCloseTo(0.02 * (axis.domain[1] - axis.domain[0]), 9);
    expect((a + b) / 2).toBeCloseTo(Math.log10(4.2075e-5), 4);
    expect(axis.positionOf(1e-2)).toBeCloseTo(-2, 12);
  });

  test.each([[[]], [[0]], [[0.1]]])('%p is an axis too', (lambdas) => {
    const { domain } = lambdaAxis(lambdas, 0.02);
    expect(domain[0]).toBeLessThan(domain[1]);
  });
});
