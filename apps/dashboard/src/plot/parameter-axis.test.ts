import fc from 'fast-check';
import { parameterAxis, roundValues } from './parameter-axis.js';

test('λ over orders of magnitude is logarithmic, with zero at a place of its own', () => {
  const axis = parameterAxis([0, 1e-5, 1e-3, 1e-1]);
  expect(axis.isLogarithmic).toBe(true);
  const [zero, ...others] = [0, 1e-5, 1e-3, 1e-1].map((value) => axis.positionOf(value));
  expect(zero).toBeLessThan(others[0]!);
  expect(others[1]! - others[0]!).toBeCloseTo(others[2]! - others[1]!, 10);
  expect(axis.ticks[0]!.value).toBe(0);
});

test('hidden units over a short range are linear', () => {
  const axis = parameterAxis([10, 50, 100]);
  expect(axis.isLogarithmic).toBe(false);
  expect(axis.ticks.map(({ value }) => value)).toEqual([20, 40, 60, 80, 100]);
});

test('one value stands in the middle', () => {
  expect(parameterAxis([0.01, 0.01]).positionOf(0.01)).toBe(0.5);
});

test('order is kept and everything is on the plot', () => {
  const value = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: -100, max: 100 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), (values) => {
      const axis = parameterAxis(values);
      const sorted = values.toSorted((a, b) => a - b);
      const positions = sorted.map((each) => axis.positionOf(each));
      for (const [place, position] of positions.entries()) {
        expect(position).toBeGreaterThanOrEqual(-1e-9);
        expect(position).toBeLessThanOrEqual(1 + 1e-9);
        if (place > 0) expect(position).toBeGreaterThanOrEqual(positions[place - 1]! - 1e-9);
      }
    }),
  );
});

test('round values lie within what they divide', () => {
  expect(roundValues(0.507, 0.531)).toEqual([0.51, 0.515, 0.52, 0.525, 0.53]);
});
