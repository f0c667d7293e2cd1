import { trainerIdSchema, type TrainerStatus } from '@seedbed/contracts';
import { childrenAlive, fairShare } from './fair-share.js';

const trainer = (
  id: string,
  children: number,
  state: TrainerStatus['state'] = 'training',
): TrainerStatus => ({
  trainerId: trainerIdSchema.parse(id),
  host: 'h',
  processId: 1,
  children,
  numericsClass: null,
  backend: null,
  state,
  packs: [],
  startedAt: '2026-01-01T00:00:00.000Z',
  at: '2026-01-01T00:00:00.000Z',
});

it('divides what is outstanding by the children alive, rounded up, at least one', () => {
  const runsPerBlock = 5;
  expect(fairShare({ waiting: 7, active: 3 }, { children: 4, runsPerBlock })).toEqual({
    blocks: 3,
    runs: 13,
  });
  expect(fairShare({ waiting: 0, active: 0 }, { children: 4, runsPerBlock })).toEqual({ blocks: 1, runs: 1 });
  expect(fairShare({ waiting: 5, active: 0 }, { children: 0, runsPerBlock })).toEqual({
    blocks: 5,
    runs: 25,
  });
});

it('counts the children of all trainers that take work, and knows its own better than its heartbeat', () => {
  const trainers = [trainer('a', 2), trainer('b', 4), trainer('c', 8, 'draining')];
  expect(childrenAlive(trainers, { trainerId: 'a', children: 1 })).toBe(5);
  expect(childrenAlive([], { trainerId: 'a', children: 2 })).toBe(2);
});
