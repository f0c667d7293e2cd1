/** A pack says where its time went. */
import type { RunTime } from '@seedbed/contracts';
import { openBackend } from './backend.js';
import { PreparedData } from './prepared-data.js';
import { trainPack } from './train-pack.js';
import { madeUpData, settingsOf } from './training.fixture.js';

it('shares training and evaluation out over the members, each of which pays for its own evaluations', async () => {
  const { kernels } = await openBackend({});
  const rows = madeUpData({ inputs: 48, classes: 10, train: 130, validation: 60 });
  const data = new PreparedData(kernels, rows, 20);
  const times = new Map<number, RunTime>();
  const total = await trainPack({
    data,
    members: [settingsOf({ cadence: 'end' }), settingsOf({ seed: 2, cadence: 'epoch', train: true })],
    loadTest: () => Promise.resolve(rows.validation),
    onResult: (member, _result, time) => times.set(member, time),
  });
  data.dispose();
  const [atEnd, everyEpoch] = [times.get(0)!, times.get(1)!];
  expect(atEnd.trainingMs).toBeGreaterThan(0);
  expect(everyEpoch.trainingMs).toBeCloseTo(atEnd.trainingMs, 6);
  expect(everyEpoch.evaluationMs).toBeGreaterThan(atEnd.evaluationMs);
  // What a pack does after a member's result (the rest of the last window) is the pack's all the same.
  expect(total.trainingMs).toBeGreaterThanOrEqual(atEnd.trainingMs + everyEpoch.trainingMs - 1e-6);
  expect(total.evaluationMs).toBeGreaterThanOrEqual(atEnd.evaluationMs + everyEpoch.evaluationMs);
});
