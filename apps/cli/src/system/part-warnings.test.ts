import { createWarningFilter } from './part-warnings.js';

const line = (level: number, more: object) => JSON.stringify({ level, time: 1, ...more });

test('warnings and errors with their reasons; nothing less, nothing that is no log', () => {
  const filter = createWarningFilter();
  expect(filter.newsIn('p', line(30, { msg: 'hello' }))).toBeNull();
  expect(filter.newsIn('p', 'Segmentation fault')).toBeNull();
  expect(filter.newsIn('p', line(40, { msg: 'late', reason: 'slow disk' }))).toEqual({
    level: 'warn',
    message: 'late: slow disk',
  });
  expect(filter.newsIn('p', line(60, { msg: 'ends', err: { message: 'why' } }))).toEqual({
    level: 'error',
    message: 'ends: why',
  });
});

test('the same again is told after a minute, of another part at once', () => {
  let clock = 0;
  const filter = createWarningFilter(() => clock);
  const again = (part: string): boolean => filter.newsIn(part, line(40, { msg: 'away' })) !== null;
  expect([again('a'), again('a'), again('b')]).toEqual([true, false, true]);
  clock = 60_000;
  expect([again('a'), again('a')]).toEqual([true, false]);
});
