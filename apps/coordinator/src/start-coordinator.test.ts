/** Whole coordinators on a real server, over HTTP. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type HealthResponse, type SweepStatus, canonicalJson, sweepIdSchema } from '@seedbed/contracts';
import { type Coordinator, type CoordinatorOptions, startCoordinator } from './start-coordinator.js';
import { ConductorBench } from './testing/conductor-bench.js';
import { FakeTrainer } from './testing/fake-trainer.js';
import { createTestSystem } from './testing/memory-system.js';
import {
  type RedisSystem,
  type TestServer,
  openRedisSystem,
  startTestServer,
} from './testing/redis-system.js';
import { DATASET_DIGEST, twoStageSpec, withPreflight } from './testing/sweep-fixtures.js';
import { until } from './testing/until.js';

const TOKEN = 'a-token-of-enough-length';
const SPEC = withPreflight(twoStageSpec());
/** Short, so that tests of outages are. */
const QUEUE_SETTINGS = {
  lockDurationMs: 1_000,
  stalledCheckIntervalMs: 200,
  commandTimeoutMs: 500,
  closeTimeoutMs: 500,
};
const WAIT_MS = 15_000;

let server: TestServer;
let system: RedisSystem;
const coordinators: Coordinator[] = [];

beforeAll(async () => {
  server = await startTestServer();
  system = await openRedisSystem(server.url, QUEUE_SETTINGS);
}, 30_000);
afterEach(async () => {
  for (const coordinator of coordinators.splice(0)) await coordinator.close();
});
afterAll(async () => {
  await system.close();
  await server.stop();
});

async function start(options: Partial<CoordinatorOptions> = {}): Promise<Coordinator> {
  const coordinator = await startCoordinator({
    redisUrl: server.url,
    datasetDigest: DATASET_DIGEST,
    listen: { host: '127.0.0.1', port: 0 },
    reconcileIntervalMs: 200,
    queueSettings: QUEUE_SETTINGS,
    ...options,
  });
  coordinators.push(coordinator);
  return coordinator;
}

async function launch(coordinator: Coordinator, spec: object): Promise<string> {
  const response = await fetch(`${coordinator.url}/v1/sweeps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as SweepStatus).sweepId;
}

async function stateOf(coordinator: Coordinator, sweepId: string): Promise<string> {
  const response = await fetch(`${coordinator.url}/v1/sweeps/${sweepId}`);
  return ((await response.json()) as SweepStatus).state;
}

async function health(coordinator: Coordinator): Promise<HealthResponse['status']> {
  const response = await fetch(`${coordinator.url}/v1/health`);
  return ((await response.json()) as HealthResponse).status;
}

/** Trains what comes until the sweep is over. */
async function train(coordinator: Coordinator, sweepId: string, trainer: FakeTrainer): Promise<void> {
  await trainer.heartbeat();
  await until(`${sweepId} is over`, WAIT_MS, async () => {
    await system.queue.waitForWork(200, AbortSignal.timeout(200));
    await trainer.work();
    return (await stateOf(coordinator, sweepId)) !== 'running';
  });
}

async function undisturbedAnswer(spec: typeof SPEC): Promise<string> {
  const bench = new ConductorBench(createTestSystem());
  const sweepId = await bench.launch(spec);
  await bench.settle();
  return `${canonicalJson(await bench.answer(sweepId))}\n`;
}

describe('startCoordinator', () => {
  it('leads a sweep from launch to answer, with the bytes that a simulation in memory gives', async () => {
    const coordinator = await start();
    const sweepId = await launch(coordinator, SPEC);
    await train(coordinator, sweepId, new FakeTrainer(system));
    expect(await stateOf(coordinator, sweepId)).toBe('completed');
    const answer = await (await fetch(`${coordinator.url}/v1/sweeps/${sweepId}/answer`)).text();
    expect(answer).toBe(await undisturbedAnswer(SPEC));
    await until('the queue is empty', WAIT_MS, async () => {
      const { waiting, active } = await system.queue.depth();
      return waiting + active === 0;
    });
  }, 60_000);

  it('goes on in a new process where the old one stopped, and rescues the block of a dead trainer', async () => {
    const spec = twoStageSpec({
      name: 'restarted',
      training: { schedule: { kind: 'constant', learningRate: 0.02, steps: 10 } },
    });
    const first = await start();
    const sweepId = await launch(first, spec);
    const trainer = new FakeTrainer({ ...system, name: 'trainer-2' });
    await until('blocks wait', WAIT_MS, async () => (await system.queue.depth()).waiting > 0);
    await trainer.work(2);
    // Claimed and never heard of again.
    const lost = await new FakeTrainer({ ...system, name: 'dead' }).claim();
    expect(lost).not.toBeNull();
    await first.close();
    const second = await start();
    await train(second, sweepId, trainer);
    const answer = await (await fetch(`${second.url}/v1/sweeps/${sweepId}/answer`)).text();
    expect(answer).toBe(await undisturbedAnswer(spec));
    expect(trainer.claimed).toContain(lost?.jobId);
    expect(new Set(trainer.claimed).size).toBe(trainer.claimed.length);
  }, 60_000);

  it('conducts in one process only; the other serves reads and takes over', async () => {
    const first = await start();
    const second = await start();
    expect([await health(first), await health(second)]).toEqual(['ok', 'not-leading']);
    const sweepId = await launch(second, twoStageSpec({ name: 'seen-by-both' }));
    await until('the leader plans it', WAIT_MS, async () => {
      const plans = await system.store.readPlannedStages(sweepIdSchema.parse(sweepId));
      return plans.length > 0;
    });
    await first.close();
    await until('the second leads', WAIT_MS, async () => (await health(second)) === 'ok');
  }, 60_000);

  it('serves metrics at an address of their own, without a token and nothing else', async () => {
    const metricsListen = { host: '127.0.0.1', port: await freePort() };
    const coordinator = await start({ tokens: { operator: TOKEN }, metricsListen });
    const own = `http://127.0.0.1:${metricsListen.port}`;
    const told = await (await fetch(`${own}/metrics`)).text();
    expect(told).toContain('seedbed_leading 1\n');
    expect(told).toMatch(/^seedbed_redis_memory_used_bytes [1-9]\d+$/m);
    expect(told).toContain('seedbed_redis_memory_max_bytes 0\n');
    expect(told).toContain('seedbed_redis_append_only_ok 1\n');
    expect((await fetch(`${own}/v1/sweeps`)).status).toBe(404);
    expect((await fetch(`${coordinator.url}/metrics`)).status).toBe(401);
  });

  it('asks for the token and refuses to be reached without one', async () => {
    const coordinator = await start({ tokens: { operator: TOKEN } });
    expect((await fetch(`${coordinator.url}/v1/trainers`)).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(`${coordinator.url}/v1/trainers`, { headers })).status).toBe(200);
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(
      'can be reached from other machines',
    );
  }, 30_000);

  it('says which port is in use', async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
      `port ${port} is in use already`,
    );
  }, 30_000);

  it('answers 503 while Redis is away, and works on when it is back', async () => {
    const coordinator = await start();
    const sweepId = await launch(coordinator, twoStageSpec({ name: 'outage', seeds: 2 }));
    await server.kill();
    const began = performance.now();
    const response = await fetch(`${coordinator.url}/v1/sweeps/${sweepId}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await health(coordinator)).toBe('redis-away');
    await server.restart();
    await until('the coordinator leads again', WAIT_MS, async () => (await health(coordinator)) === 'ok');
    const isBack = () =>
      system.store.commitCounters().then(
        () => true,
        () => false,
      );
    await until('the trainer is connected again', WAIT_MS, isBack);
    await train(coordinator, sweepId, new FakeTrainer({ ...system, name: 'trainer-3' }));
    expect(await stateOf(coordinator, sweepId)).toBe('completed');
  }, 60_000);

  it('closes in time when Redis hangs, and may be closed twice', async () => {
    const coordinator = await start();
    process.kill(server.processId, 'SIGSTOP');
    try {
      const began = performance.now();
      await Promise.all([coordinator.close(), coordinator.close()]);
      expect(performance.now() - began).toBeLessThan(3_500);
    } finally {
      process.kill(server.processId, 'SIGCONT');
    }
  }, 30_000);
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
