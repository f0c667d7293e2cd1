import { Target } from './target.js';

const bounds = { min: 1, max: 4, coolDownMs: 60_000 };

it('follows what is wanted upwards at once, and downwards after the cool-down only', () => {
  const target = new Target(bounds);
  expect(target.next(0, 0)).toBe(1);
  expect(target.next(3, 1_000)).toBe(3);
  expect(target.next(9, 2_000)).toBe(4);
  expect(target.next(2, 30_000)).toBe(4);
  expect(target.next(0, 61_999)).toBe(4);
  expect(target.next(0, 62_000)).toBe(2);
  expect(target.next(0, 90_000)).toBe(1);
});

it('without a cool-down is what is wanted now', () => {
  const target = new Target({ ...bounds, min: 0, coolDownMs: 0 });
  expect([3, 0, 2].map((wanted, look) => target.next(wanted, look))).toEqual([3, 0, 2]);
});
