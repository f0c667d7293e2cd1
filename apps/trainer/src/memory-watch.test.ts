import { childMemoryBytes } from './child-memory.js';
import { memoryLimitBytes, MemoryWatch, residentBytes } from './memory-watch.js';
import { until } from './testing/until.js';

it('reads the resident memory of a process, and knows when it is gone', () => {
  const { rss } = process.memoryUsage();
  const read = residentBytes(process.pid);
  if (read === null) {
    process.stderr.write('SKIPPED: this system has no /proc\n');
    return;
  }
  expect(read / rss).toBeGreaterThan(0.8);
  expect(read / rss).toBeLessThan(1.25);
  expect(residentBytes(2 ** 22 + 1)).toBeNull();
});

it('allows what the widest pack is estimated to need and half as much again, within the grant', () => {
  const granted = { grantedBytes: 8e9, limitBytes: null };
  expect(memoryLimitBytes(granted, 10_000, true)).toBe(1.5 * childMemoryBytes(10_000));
  // Measuring widths has taken that much already.
  expect(memoryLimitBytes(granted, 50, true)).toBe(1.5 * childMemoryBytes(2_500));
  expect(memoryLimitBytes({ ...granted, grantedBytes: 1e9 }, 50, true)).toBe(1e9);
  expect(memoryLimitBytes(granted, 50, false)).toBe(8e9);
  expect(memoryLimitBytes({ ...granted, limitBytes: 3e9 }, 50, true)).toBe(3e9);
});

it('tells once, and nothing after a stop', async () => {
  const told: number[] = [];
  let bytes = 10;
  const watch = new MemoryWatch(
    () => 1,
    (resident) => told.push(resident),
    () => bytes,
  );
  watch.start(20);
  bytes = 30;
  await until(async () => told.length > 0);
  watch.start(5);
  watch.stop();
  expect(told).toEqual([30]);
});
