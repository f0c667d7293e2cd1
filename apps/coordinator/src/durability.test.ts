/**
 * A loss of power under appendfsync everysec, as docs/operations.md promises it: what the append-only file lost at its end is trained
 * again, the answer is the same bytes, and a launch that was lost is made anew by its idempotency key. Method: the server is
 * killed, its file is cut off at a chosen place, and it is started again, under a coordinator that runs on.
 */
import { canonicalJson, type SweepStatus } from '@seedbed/contracts';
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import { type Coordinator, startCoordinator } from './start-coordinator.js';
import { ConductorBench } from './testing/conductor-bench.js';
import { FakeTrainer } from './testing/fake-trainer.js';
import { createTestSystem } from './testing/memory-system.js';
import { openRedisSystem, type RedisSystem } from './testing/redis-system.js';
import { DATASET_DIGEST, twoStageSpec } from './testing/sweep-fixtures.js';
import { until } from './testing/until.js';

const SETTINGS = { lockDurationMs: 1_000, stalledCheckIntervalMs: 200, commandTimeoutMs: 1_000 };
const SPEC = twoStageSpec({ name: 'power-cut' });
const WITHIN_MS = 20_000;

let server: ThrowawayServer;
let coordinator: Coordinator;
let system: RedisSystem;

beforeEach(async () => {
  server = await startThrowawayServer({ appendFsync: 'everysec' });
  coordinator = await startCoordinator({
    redisUrl: server.urls.coordinator,
    datasetDigest: DATASET_DIGEST,
    listen: { host: '127.0.0.1', port: 0 },
    reconcileIntervalMs: 200,
    queueSettings: SETTINGS,
  });
  system = await openRedisSystem(server.urls.coordinator, SETTINGS);
}, 30_000);

afterEach(async () => {
  await coordinator.close();
  await system.close();
  await server.stop();
});

async function launch(): Promise<{ status: number; sweepId: string }> {
  const response = await fetch(`${coordinator.url}/v1/sweeps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
    body: JSON.stringify({ spec: SPEC }),
  });
  return { status: response.status, sweepId: ((await response.json()) as SweepStatus).sweepId };
}

async function losePower(keptBytes: number): Promise<void> {
  await server.kill();
  expect(await server.journalBytes()).toBeGreaterThan(keptBytes);
  await server.cutJournal(keptBytes);
  await server.restart();
  const isBack = () =>
    system.queue.depth().then(
      () => true,
      () => false,
    );
  await until('the server is back', WITHIN_MS, isBack);
}

async function trainToTheEnd(sweepId: string): Promise<string> {
  const trainer = new FakeTrainer({ ...system, name: 'trainer-2' });
  await until('the sweep is over', WITHIN_MS, async () => {
    await trainer.heartbeat();
    await trainer.work();
    const response = await fetch(`${coordinator.url}/v1/sweeps/${sweepId}`);
    return response.status === 200 && ((await response.json()) as SweepStatus).state === 'completed';
  });
  return await (await fetch(`${coordinator.url}/v1/sweeps/${sweepId}/answer`)).text();
}

async function undisturbedAnswer(): Promise<string> {
  const bench = new ConductorBench(createTestSystem());
  const sweepId = await bench.launch(SPEC);
  await bench.settle();
  return `${canonicalJson(await bench.answer(sweepId))}\n`;
}

it('trains again what was committed in the last second, and answers the same', async () => {
  const { sweepId } = await launch();
  await until('blocks wait', WITHIN_MS, async () => (await system.queue.depth()).waiting > 0);
  const trainer = new FakeTrainer(system);
  await trainer.work(1);
  const kept = await server.journalBytes();
  await trainer.work(2);
  const { committed } = await system.store.commitCounters();
  // In the middle of a command, as it comes.
  await losePower(kept + 17);
  expect((await system.store.commitCounters()).committed).toBeLessThan(committed);
  expect(await trainToTheEnd(sweepId)).toBe(await undisturbedAnswer());
}, 60_000);

it('makes a launch that was lost anew when it is repeated with its key', async () => {
  const kept = await server.journalBytes();
  const first = await launch();
  expect(first.status).toBe(201);
  await losePower(kept);
  expect((await fetch(`${coordinator.url}/v1/sweeps/${first.sweepId}`)).status).toBe(404);
  const again = await launch();
  expect(again).toEqual({ status: 201, sweepId: first.sweepId });
  expect(await launch()).toEqual({ status: 200, sweepId: first.sweepId });
  expect(await trainToTheEnd(first.sweepId)).toBe(await undisturbedAnswer());
}, 60_000);
