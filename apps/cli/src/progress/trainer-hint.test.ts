/** The hint comes once, after a few seconds, and goes when a trainer comes. */
import type { TrainersResponse, TrainerStatus } from '@seedbed/contracts';
import { sweepStatus } from '../testing/sweep-status.js';
import { createTrainerHint } from './trainer-hint.js';

const trainer = (numericsClass: string): TrainerStatus => ({
  trainerId: 'trainer-1' as TrainerStatus['trainerId'],
  host: 'host',
  processId: 1,
  children: 1,
  numericsClass,
  backend: 'tensorflow',
  state: 'idle',
  packs: [],
  startedAt: '2026-11-23T20:00:00.000Z',
  at: '2026-11-23T20:00:00.000Z',
});

function watching() {
  let answer: TrainersResponse | Error = { trainers: [] };
  const notes: string[] = [];
  const client = {
    trainers: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
  };
  const hint = createTrainerHint(client, (line) => notes.push(line));
  return { hint, notes, set: (next: TrainersResponse | Error) => (answer = next) };
}

test('no trainer: said once after five seconds; its coming is said too', async () => {
  const { hint, notes, set } = watching();
  for (const nowMs of [0, 4_999, 5_000, 20_000]) {
    await hint.check(sweepStatus(), nowMs);
    expect(notes).toHaveLength(nowMs < 5_000 ? 0 : 1);
  }
  expect(notes[0]).toMatch(/^no trainer is alive.*seedbed trainer/);
  set(new Error('the coordinator restarts'));
  await hint.check(sweepStatus(), 30_000);
  set({ trainers: [trainer('tensorflow-2.21.0-avx512')] });
  await hint.check(sweepStatus(), 40_000);
  expect(notes.slice(1)).toEqual(['a trainer is there: the sweep goes on']);
});

test('only trainers of another numerics class: both classes are named', async () => {
  const { hint, notes, set } = watching();
  set({ trainers: [trainer('tensorflow-2.21.0-avx2')] });
  const pinned = sweepStatus({ numericsClass: 'tensorflow-2.21.0-avx512' });
  await hint.check(pinned, 0);
  await hint.check(pinned, 5_000);
  expect(notes).toEqual([expect.stringMatching(/pinned to .*avx512, and the trainers alive are .*avx2/)]);
});

test.each(['paused', 'completed', 'cancelled'] as const)('a %s sweep waits for nobody', async (state) => {
  const { hint, notes } = watching();
  await hint.check(sweepStatus({ state }), 0);
  await hint.check(sweepStatus({ state }), 60_000);
  expect(notes).toEqual([]);
});
