/** Every route while Redis is gone, and while it hangs: an answer in time, and one that says when to try again. */
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import { type Coordinator, startCoordinator } from './start-coordinator.js';
import { DATASET_DIGEST, twoStageSpec } from './testing/sweep-fixtures.js';

const COMMAND_TIMEOUT_MS = 700;
/** One command's time, and what several requests at once cost on a busy machine. */
const ANSWERS_WITHIN_MS = COMMAND_TIMEOUT_MS + 2_000;
const SWEEP = 'some-sweep-0123456789';

/** All that read or write records; the others (plan, data sets, probes) need no Redis or have words of their own. */
const ROUTES: readonly (readonly ['GET' | 'POST', string])[] = [
  ['POST', '/v1/sweeps'],
  ['GET', '/v1/sweeps'],
  ['GET', `/v1/sweeps/${SWEEP}`],
  ['POST', `/v1/sweeps/${SWEEP}/pause`],
  ['POST', `/v1/sweeps/${SWEEP}/resume`],
  ['POST', `/v1/sweeps/${SWEEP}/cancel`],
  ['POST', `/v1/sweeps/${SWEEP}/retry`],
  ['GET', `/v1/sweeps/${SWEEP}/results`],
  ['GET', `/v1/sweeps/${SWEEP}/runs`],
  ['GET', `/v1/sweeps/${SWEEP}/runs/01234567/curve`],
  ['GET', `/v1/sweeps/${SWEEP}/answer`],
  ['GET', `/v1/sweeps/${SWEEP}/decisions`],
  ['GET', `/v1/sweeps/${SWEEP}/dead-letters`],
  ['GET', '/v1/trainers'],
  ['GET', '/v1/scale'],
  ['GET', '/readyz'],
];

let server: ThrowawayServer;
let coordinator: Coordinator;

beforeAll(async () => {
  server = await startThrowawayServer();
  coordinator = await startCoordinator({
    redisUrl: server.urls.coordinator,
    datasetDigest: DATASET_DIGEST,
    listen: { host: '127.0.0.1', port: 0 },
    reconcileIntervalMs: 200,
    queueSettings: { commandTimeoutMs: COMMAND_TIMEOUT_MS, closeTimeoutMs: 300 },
  });
}, 30_000);

afterAll(async () => {
  await coordinator.close();
  await server.stop();
});

async function ask([method, path]: (typeof ROUTES)[number]) {
  const began = performance.now();
  const body = path === '/v1/sweeps' ? { spec: twoStageSpec() } : {};
  const response = await fetch(`${coordinator.url}${path}`, {
    method,
    ...(method === 'POST'
      ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      : {}),
    signal: AbortSignal.timeout(4 * ANSWERS_WITHIN_MS),
  });
  await response.text();
  return { path, method, response, tookMs: performance.now() - began };
}

async function expectAway(): Promise<void> {
  for (const { path, method, response, tookMs } of await Promise.all(ROUTES.map(ask))) {
    const seen = { path, method, status: response.status, isInTime: tookMs < ANSWERS_WITHIN_MS };
    expect(seen).toEqual({ path, method, status: 503, isInTime: true });
    if (path.startsWith('/v1/')) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await ask(['GET', '/livez'])).response.status).toBe(200);
  expect((await ask(['GET', '/v1/health'])).tookMs).toBeLessThan(ANSWERS_WITHIN_MS);
}

async function expectBack(): Promise<void> {
  const deadline = performance.now() + 20_000;
  while ((await ask(['GET', '/v1/sweeps'])).response.status !== 200) {
    if (performance.now() > deadline) throw new Error('it is not back');
  }
  expect((await ask(['GET', `/v1/sweeps/${SWEEP}`])).response.status).toBe(404);
}

it('answers 503 with Retry-After while Redis hangs, and works on', async () => {
  process.kill(server.processId, 'SIGSTOP');
  try {
    await expectAway();
  } finally {
    process.kill(server.processId, 'SIGCONT');
  }
  await expectBack();
}, 60_000);

it('answers 503 with Retry-After while Redis is gone, and works on', async () => {
  await server.kill();
  await expectAway();
  await server.restart();
  await expectBack();
}, 60_000);
