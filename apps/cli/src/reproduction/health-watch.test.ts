import { join } from 'node:path';
import { type NumericsClass, type TrainerStatus, trainerStatusSchema } from '@seedbed/contracts';
import { FailedError } from '../errors.js';
import { sweepStatus } from '../testing/sweep-status.js';
import { checkFreeSpace, createHealthWatch } from './health-watch.js';

const PINNED = 'tensorflow-2.21.0-avx512' as NumericsClass;

function trainersOf(...classes: Array<string | null>): {
  trainers(): Promise<{ trainers: TrainerStatus[] }>;
} {
  const trainers = classes.map((numericsClass, index) =>
    trainerStatusSchema.parse({
      trainerId: `t-${index}`,
      host: 'h',
      processId: 1,
      children: 1,
      numericsClass,
      backend: null,
      state: 'idle',
      packs: [],
      startedAt: '2026-11-23T20:00:00.000Z',
      at: '2026-11-23T20:00:00.000Z',
    }),
  );
  return { trainers: () => Promise.resolve({ trainers }) };
}

test.each([
  [['tensorflow-2.15.1-avx2'], true],
  [['tensorflow-2.15.1-avx2', PINNED], false],
  [[null], false],
  [[], false],
] as const)('trainers of %p: nobody left who may train it = %p', async (classes, fails) => {
  const watch = createHealthWatch(trainersOf(...classes), process.cwd());
  const check = watch.check(sweepStatus({ numericsClass: PINNED }));
  await (fails
    ? expect(check).rejects.toThrow(/begun with tensorflow-2.21.0-avx512/)
    : expect(check).resolves.toBeUndefined());
});

test('looks every five seconds, not at every status', async () => {
  let asked = 0;
  const client = { trainers: () => ((asked += 1), Promise.resolve({ trainers: [] })) };
  let clock = 0;
  const watch = createHealthWatch(client, process.cwd(), () => clock);
  for (; clock <= 10_000; clock += 500) await watch.check(sweepStatus({ numericsClass: PINNED }));
  expect(asked).toBe(3);
});

test('a disk with less than is needed is said in words', async () => {
  await expect(checkFreeSpace(process.cwd(), Number.MAX_SAFE_INTEGER)).rejects.toThrow(
    /is full .* free some space/,
  );
  await expect(checkFreeSpace(join(__filename, 'below'))).rejects.toBeInstanceOf(FailedError);
});
