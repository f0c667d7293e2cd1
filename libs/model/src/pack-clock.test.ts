import { PackClock } from './pack-clock.js';

test('shares a lap over the members it was for, and leaves out what happened before a start', () => {
  let now = 100;
  const clock = new PackClock(3, () => now);
  clock.start();
  now += 60;
  clock.lap('training', [0, 1, 2]);
  now += 10;
  clock.lap('evaluation', [0, 1]);
  now += 1_000;
  clock.start();
  now += 40;
  clock.lap('training', [2]);
  expect(clock.timeOf(0)).toEqual({ trainingMs: 20, evaluationMs: 5 });
  expect(clock.timeOf(2)).toEqual({ trainingMs: 60, evaluationMs: 0 });
  expect(clock.total).toEqual({ trainingMs: 100, evaluationMs: 10 });
});
