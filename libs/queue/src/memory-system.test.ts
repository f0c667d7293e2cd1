import { describeLease } from './conformance/lease-conformance.js';
import { describeBlockQueue } from './conformance/queue-conformance.js';
import { describeSweepStore } from './conformance/store-conformance.js';
import { runIdWith, SWEEP } from './conformance/test-data.js';
import type { BlockQueue } from './interfaces.js';
import { LIVE_CURVE_KEPT_MS } from './live-curves.js';
import { createMemorySystem } from './memory-system.js';

const LOCK_MS = 500;

let opened: BlockQueue[] = [];

afterEach(async () => {
  await Promise.all(opened.map((queue) => queue.close()));
  opened = [];
});

function create() {
  let now = Date.parse('2026-11-23T10:00:00.000Z');
  const system = createMemorySystem({ now: () => now, lockDurationMs: LOCK_MS, stalledCheckIntervalMs: 20 });
  const openQueue = async () => {
    const queue = system.openQueue();
    opened.push(queue);
    return queue;
  };
  return {
    ...system,
    openQueue,
    openConductorQueue: openQueue,
    expireLock: async () => {
      now += LOCK_MS + 1;
    },
    pass: async (durationMs: number) => {
      now += durationMs;
    },
  };
}

describeBlockQueue('the queue in memory', async () => create());
describeSweepStore('the store in memory', async () => create());
describeLease('the memory', async () => create());

it('lets go of the curve of a run that never gets its commit after a day', async () => {
  const { store, pass } = create();
  const point = { step: 1, validation: { accuracy: { correct: 1, count: 2 }, loss: null, cost: null } };
  const runId = runIdWith(0, 1);
  await store.appendCurves(SWEEP, new Map([[runId, [point]]]));
  await pass(LIVE_CURVE_KEPT_MS - 1);
  expect(await store.readCurve(SWEEP, runId)).toEqual([point]);
  await pass(1);
  expect(await store.readCurve(SWEEP, runId)).toEqual([]);
});
