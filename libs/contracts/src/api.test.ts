import { isFinished, runsQuerySchema, SWEEP_STATES } from './api.js';

test('only running and paused sweeps go on', () => {
  expect(SWEEP_STATES.filter((state) => !isFinished(state))).toEqual(['running', 'paused']);
});

test('a query of runs comes as text and has defaults', () => {
  expect(runsQuerySchema.parse({})).toEqual({ cursor: 0, limit: 100 });
  expect(runsQuerySchema.parse({ trial: '3', cursor: '7', limit: '2', stage: 'coarse' })).toEqual({
    trial: 3,
    cursor: 7,
    limit: 2,
    stage: 'coarse',
  });
});
test.each([
  { limit: '0' },
  { limit: '1001' },
  { cursor: '-1' },
  { trial: '1.5' },
  { trial: 'x' },
  { stage: 'A' },
])('no query: %j', (query) => {
  expect(runsQuerySchema.safeParse(query).success).toBe(false);
});
