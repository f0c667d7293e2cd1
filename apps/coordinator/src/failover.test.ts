/** A sweep on servers that Sentinels watch over: the primary is killed in its middle, and the answer is the same bytes. */
import { canonicalJson, RetryableError, type SweepStatus } from '@seedbed/contracts';
import { startThrowawaySentinels, type ThrowawaySentinels } from '@seedbed/queue/sentinel-fixture';
import { type Coordinator, startCoordinator } from './start-coordinator.js';
import { ConductorBench } from './testing/conductor-bench.js';
import { FakeTrainer } from './testing/fake-trainer.js';
import { createTestSystem } from './testing/memory-system.js';
import { openRedisSystem, type RedisSystem } from './testing/redis-system.js';
import { DATASET_DIGEST, twoStageSpec } from './testing/sweep-fixtures.js';
import { until } from './testing/until.js';

const QUEUE_SETTINGS = { lockDurationMs: 1_000, stalledCheckIntervalMs: 200, commandTimeoutMs: 1_000 };
const SPEC = twoStageSpec({ name: 'failed-over' });
const FAILOVER_WITHIN_MS = 30_000;

let servers: ThrowawaySentinels;
let coordinator: Coordinator | null = null;
let system: RedisSystem | null = null;

beforeAll(async () => {
  servers = await startThrowawaySentinels();
}, 60_000);

afterAll(async () => {
  await coordinator?.close();
  await system?.close();
  await servers.stop();
});

async function undisturbedAnswer(): Promise<string> {
  const bench = new ConductorBench(createTestSystem());
  const sweepId = await bench.launch(SPEC);
  await bench.settle();
  return `${canonicalJson(await bench.answer(sweepId))}\n`;
}

it('ends with the answer of an undisturbed one', async () => {
  const running = await startCoordinator({
    redisUrl: servers.urls.coordinator,
    datasetDigest: DATASET_DIGEST,
    listen: { host: '127.0.0.1', port: 0 },
    reconcileIntervalMs: 200,
    queueSettings: QUEUE_SETTINGS,
  });
  coordinator = running;
  // One client for both roles, as the other tests have it: who may do what is tested elsewhere.
  system = await openRedisSystem(servers.url, QUEUE_SETTINGS);
  const { queue } = system;
  const trainer = new FakeTrainer(system);
  const launched = await fetch(`${running.url}/v1/sweeps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec: SPEC }),
  });
  expect(launched.status).toBe(201);
  const { sweepId } = (await launched.json()) as SweepStatus;
  // What is launched in the last moment before a failover may be lost; see docs/operations.md.
  await servers.caughtUp();
  await until('blocks wait', FAILOVER_WITHIN_MS, async () => (await queue.depth()).waiting > 0);
  await trainer.work(2);

  const old = await servers.killPrimary();
  let outages = 0;
  await until('the sweep is over', FAILOVER_WITHIN_MS, async () => {
    try {
      await trainer.heartbeat();
      await trainer.work();
    } catch (error) {
      // As a trainer does: what cannot be committed now is tried again.
      if (!(error instanceof RetryableError)) throw error;
      outages += 1;
    }
    const response = await fetch(`${running.url}/v1/sweeps/${sweepId}`);
    if (response.status === 503) return false;
    return ((await response.json()) as SweepStatus).state !== 'running';
  });
  expect(outages).toBeGreaterThan(0);
  expect(await servers.primaryPort()).not.toBe(old);
  const answer = await (await fetch(`${running.url}/v1/sweeps/${sweepId}/answer`)).text();
  expect(answer).toBe(await undisturbedAnswer());
}, 90_000);

it('does not start with a server that throws results away, unless that is accepted', async () => {
  const forgetful = await startThrowawaySentinels({
    replicas: 0,
    serverLines: ['maxmemory-policy volatile-lru'],
  });
  const options = {
    redisUrl: forgetful.urls.coordinator,
    datasetDigest: DATASET_DIGEST,
    listen: { host: '127.0.0.1', port: 0 },
  };
  try {
    await expect(startCoordinator(options)).rejects.toThrow(
      /^maxmemory-policy: is "volatile-lru".*noeviction.*SEEDBED_ACCEPT_DATA_LOSS=eviction/,
    );
    await (await startCoordinator({ ...options, acceptDataLoss: 'eviction' })).close();
  } finally {
    await forgetful.stop();
  }
}, 60_000);
