/**
 * Every command can have its effect and lose its answer. Method: a proxy delivers a command, drops the reply and cuts the
 * connection; the call must end as if nothing had happened, with one effect.
 */
import { jobIdOf, RetryableError } from '@seedbed/contracts';
import { openBlockQueue } from './block-queue.js';
import { FaultyProxy } from './conformance/faulty-proxy.js';
import { blockOf, commitOf, plannedStageOf, SWEEP, sweepRecordOf } from './conformance/test-data.js';
import { until } from './conformance/until.js';
import { Connection } from './connection.js';
import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';

let server: ThrowawayServer;
let proxy: FaultyProxy;
let direct: Connection;
let queue: BlockQueue;
let store: SweepStore;

beforeAll(async () => {
  server = await startThrowawayServer();
  direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
});

beforeEach(async () => {
  await direct.redis.flushall();
  proxy = await FaultyProxy.start(server.url);
  const settings = { ...QUEUE_DEFAULTS, url: proxy.url, stalledCheckIntervalMs: 50 };
  queue = await openBlockQueue(settings);
  store = await openSweepStore(settings);
  // Scripts are known to the server from here on: what is lost below is the answer to the script itself.
  await queue.add([blockOf(9)]);
  const claimed = await queue.claim('warm-up');
  if (claimed !== null) await queue.complete(claimed);
  await store.createSweep(sweepRecordOf('warm-up'));
  await store.commit(commitOf());
  await store.writePlannedStage(SWEEP, plannedStageOf('warm-up', 1));
});

afterEach(async () => {
  await Promise.all([queue.close(), store.close()]);
  await proxy.stop();
});

afterAll(async () => {
  await direct.close();
  await server.stop();
});

const block = blockOf(0);
const blockId = jobIdOf(block);

it('adds one job', async () => {
  proxy.loseReplyTo(blockId);
  await queue.add([block]);
  expect(proxy.lost).toBe(1);
  expect(await queue.depth()).toEqual({ waiting: 1, active: 0 });
});

it('reports a claim as failed, and its block returns without being charged', async () => {
  await queue.add([block, blockOf(1)]);
  proxy.loseReplyTo(BULLMQ_KEYS.marker);
  await expect(queue.claim('token')).rejects.toThrow(RetryableError);
  expect(await queue.depth()).toEqual({ waiting: 1, active: 1 });
  await direct.redis.del(BULLMQ_KEYS.lock(blockId));
  await queue.startStalledCheck();
  await until('the block is back', async () => (await queue.depth()).waiting === 2);
  expect(await store.attempts(blockId)).toEqual({});
});

it('counts one start', async () => {
  await queue.add([block]);
  proxy.loseReplyTo(`seedbed:attempts:${blockId}`);
  expect(await queue.claim('token')).toMatchObject({ jobId: blockId, attempt: 1 });
  expect(proxy.lost).toBe(1);
  expect(await store.attempts(blockId)).toEqual({ starts: 1 });
});

it.each(['complete', 'hand back', 'fail'] as const)('%ss a block once', async (how) => {
  await queue.add([block]);
  const claimed = await queue.claim('token');
  if (claimed === null) throw new Error('nothing to claim');
  if (how === 'complete') {
    proxy.loseReplyTo(BULLMQ_KEYS.completed);
    expect(await queue.complete(claimed)).toBe('completed');
  } else if (how === 'hand back') {
    proxy.loseReplyTo(`seedbed:attempts:${blockId}`);
    expect(await queue.handBack(claimed)).toBe('handed-back');
    expect(await store.attempts(blockId)).toEqual({ starts: 1, 'handed-back': 1 });
  } else {
    proxy.loseReplyTo(`seedbed:attempts:${blockId}`);
    expect(await queue.fail(claimed, { cause: 'poison', reason: 'crash', guilty: true })).toBe('waiting');
    expect(await store.attempts(blockId)).toEqual({ starts: 1, poison: 1 });
  }
  expect(proxy.lost).toBe(1);
  expect((await queue.depth()).active).toBe(0);
});

it('creates, plans and commits once, and says so', async () => {
  proxy.loseReplyTo('seedbed:sweep:lambda-search');
  expect(await store.createSweep(sweepRecordOf('lambda-search'))).toBe('created');
  proxy.loseReplyTo(`/order`);
  expect(await store.writePlannedStage(SWEEP, plannedStageOf('coarse', 3))).toBe('written');
  proxy.loseReplyTo('seedbed:commit-stream');
  expect(await store.commit(commitOf())).toBe('committed');
  expect(proxy.lost).toBe(3);
});

it('tears down a half-open connection and goes on', async () => {
  const impatient = await openBlockQueue({ ...QUEUE_DEFAULTS, url: proxy.url, commandTimeoutMs: 400 });
  proxy.fallSilent();
  await expect(impatient.depth()).rejects.toThrow(RetryableError);
  proxy.speakAgain();
  await until('the next command is answered', () =>
    impatient.depth().then(
      () => true,
      () => false,
    ),
  );
  await impatient.close();
});

it('does not wait for ever for the first answer of a connection that is taken and then forgotten', async () => {
  const impatient = await openBlockQueue({ ...QUEUE_DEFAULTS, url: proxy.url, commandTimeoutMs: 400 });
  proxy.fallSilent();
  proxy.cut();
  // It connects anew, and what it asks then is lost without a word.
  await until('it has connected anew', () => proxy.connections > 0);
  await expect(impatient.depth()).rejects.toThrow(RetryableError);
  proxy.speakAgain();
  await until('the next command is answered', () =>
    impatient.depth().then(
      () => true,
      () => false,
    ),
  );
  await impatient.close();
});
