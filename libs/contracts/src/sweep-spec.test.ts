import { parameterSpecSchema, seedsSpecSchema, sweepSpecSchema } from './sweep-spec.js';

test('defaults are filled in', () => {
  expect(parameterSpecSchema.parse({ min: 0, max: 1, count: 2 })).toEqual({
    min: 0,
    max: 1,
    count: 2,
    scale: 'linear',
  });
  expect(parameterSpecSchema.parse({ from: 'coarse' })).toEqual({ from: 'coarse', choose: 'best' });
  expect(
    sweepSpecSchema.parse({ seedbed: 1, name: 'a', preflight: [{ check: 'gradient-check' }] }).preflight,
  ).toEqual([{ check: 'gradient-check', samples: 20, lambda: 0 }]);
});

test.each([
  {},
  { value: 1, values: [1] },
  { value: 1, min: 0 },
  { value: NaN },
  { values: [Infinity] },
  0.1,
  [0.1],
  null,
])('no parameter: %j', (value) => expect(parameterSpecSchema.safeParse(value).success).toBe(false));
test.each([0, 1.5, 1_001, [], [-1], { first: 1 }, '5', null])('no seeds: %j', (value) => {
  expect(seedsSpecSchema.safeParse(value).success).toBe(false);
});
test.each([
  { name: 'a' },
  { seedbed: 2, name: 'a' },
  { seedbed: 1, name: 'a', unknown: 1 },
  { seedbed: 1, name: 'a', parameters: { lamda: { value: 1 } } },
  { seedbed: 1, name: 'a', stages: [] },
])('no sweep: %j', (value) => expect(sweepSpecSchema.safeParse(value).success).toBe(false));
