/** What only shows on BullMQ's own records: orphans, half-done steps, idle costs, refusals of the server. */
import { jobIdOf, KEYS, LIMITS, RetryableError } from '@seedbed/contracts';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlockQueue } from './block-queue.js';
import { blockOf, SWEEP } from './conformance/test-data.js';
import { until } from './conformance/until.js';
import { Connection } from './connection.js';
import { deadLetterOf, runIdsOf } from './dead-letter.js';
import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';

const NEVER = new AbortController().signal;

let server: ThrowawayServer;
let direct: Connection;
let queue: BlockQueue;
let store: SweepStore;

beforeAll(async () => {
  server = await startThrowawayServer();
  direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
});

beforeEach(async () => {
  await direct.redis.flushall();
  const settings = { ...QUEUE_DEFAULTS, url: server.url, stalledCheckIntervalMs: 50 };
  queue = await openBlockQueue(settings);
  store = await openSweepStore(settings);
});

afterEach(() => Promise.all([queue.close(), store.close()]));

afterAll(async () => {
  await direct.close();
  await server.stop();
});

const block = blockOf(0);
const blockId = jobIdOf(block);
const stateOf = async (jobId: string) => (await queue.states([jobId])).get(jobId);

it('tells an orphan, which cannot be added again, and forgets it', async () => {
  await queue.add([block]);
  await direct.redis.lrem(BULLMQ_KEYS.wait, 0, blockId);
  await queue.add([block]);
  expect(await queue.claim('token')).toBeNull();
  expect(await stateOf(blockId)).toBe('orphan');
  await queue.forget([blockId]);
  await queue.add([block]);
  expect((await queue.claim('token'))?.jobId).toBe(blockId);
});

it('sets aside a listed id whose record is gone', async () => {
  await queue.add([block]);
  await direct.redis.del(BULLMQ_KEYS.job(blockId));
  expect(await queue.claim('token')).toBeNull();
  expect(await store.readDeadLetters(SWEEP)).toMatchObject([{ jobId: blockId, cause: 'error' }]);
});

it('sets aside data that is not JSON, and ids that are not ours', async () => {
  await queue.add([block]);
  await direct.redis.hset(BULLMQ_KEYS.job(blockId), 'data', '{');
  await direct.redis.lpush(BULLMQ_KEYS.wait, 'not-ours');
  expect(await queue.claim('token')).toBeNull();
  expect((await store.readDeadLetters(SWEEP))[0]?.reason).toMatch(/not JSON/);
  expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });
});

it('refuses data that describes another block than its id', async () => {
  await queue.add([block]);
  await direct.redis.hset(BULLMQ_KEYS.job(blockId), 'data', JSON.stringify(blockOf(1)));
  expect(await queue.claim('token')).toBeNull();
  expect((await store.readDeadLetters(SWEEP))[0]?.reason).toMatch(/describes block/);
});

it('finishes setting a block aside when the trainer died half-way', async () => {
  await queue.add([block]);
  const claimed = await queue.claim('token');
  const letter = deadLetterOf(blockId, runIdsOf(block), 'poison', 'crash');
  await direct.redis.hset(KEYS.deadLetters(SWEEP), blockId, JSON.stringify(letter));
  await direct.redis.del(BULLMQ_KEYS.lock(blockId));
  await queue.startStalledCheck();
  await until('the block is back', async () => (await queue.depth()).waiting === 1);
  expect(claimed).not.toBeNull();
  expect(await queue.claim('token-b')).toBeNull();
  expect(await stateOf(blockId)).toBe('failed');
});

it('makes a block that takes trainers down a dead letter after so many losses, by claims alone', async () => {
  await queue.add([block]);
  for (let losses = 0; losses < LIMITS.lossesPerBlockMax; losses += 1) {
    expect((await queue.claim('token'))?.attempt).toBe(losses + 1);
    // A killed trainer leaves this behind once the stalled check has looked: no lock, and the block in wait.
    await direct.redis
      .multi()
      .del(BULLMQ_KEYS.lock(blockId))
      .lrem(BULLMQ_KEYS.active, 0, blockId)
      .rpush(BULLMQ_KEYS.wait, blockId)
      .exec();
  }
  expect(await queue.claim('token')).toBeNull();
  expect(await store.readDeadLetters(SWEEP)).toMatchObject([{ jobId: blockId, cause: 'infrastructure' }]);
});

it('counts neither stall nor attempt of BullMQ against a block that is handed back', async () => {
  await queue.add([block]);
  const claimed = await queue.claim('token');
  if (claimed === null) throw new Error('nothing to claim');
  await queue.handBack(claimed);
  const record = await direct.redis.hgetall(BULLMQ_KEYS.job(blockId));
  expect([record['stc'], record['atm']]).toEqual([undefined, undefined]);
});

it('costs an idle server fewer than five commands a second', async () => {
  const commands = async () =>
    Number(/total_commands_processed:(\d+)/.exec(await direct.redis.info('stats'))?.[1]);
  await queue.waitForWork(50, NEVER);
  const before = await commands();
  const end = performance.now() + 1_000;
  while (performance.now() < end) {
    await queue.waitForWork(end - performance.now(), NEVER);
    expect(await queue.claim('token')).toBeNull();
  }
  // Each claim counts thrice and more, since a script's own commands count too; the measuring counts once.
  expect((await commands()) - before).toBeLessThan(25);
  const calls = await direct.redis.info('commandstats');
  expect(Number(/cmdstat_bzpopmin:calls=(\d+)/.exec(calls)?.[1])).toBeLessThan(5);
});

it('keeps a signal whose waiter has gone for the next one', async () => {
  const gone = new AbortController();
  const first = queue.waitForWork(20_000, gone.signal);
  await until('it blocks', async () => /blocked_clients:[1-9]/.test(await direct.redis.info('clients')));
  gone.abort();
  await first;
  await queue.add([block]);
  await until('the signal was taken', async () => (await direct.redis.exists(BULLMQ_KEYS.marker)) === 0);
  const start = performance.now();
  await queue.waitForWork(20_000, NEVER);
  expect(performance.now() - start).toBeLessThan(2_000);
});

it('says that the disk is at fault when the server refuses writes', async () => {
  // A folder where the snapshot should go: saving fails, and the server refuses writes as it does when the disk is full.
  await mkdir(join(server.directory, 'dump.rdb', 'x'), { recursive: true });
  await direct.redis.config('SET', 'save', '3600 1');
  await direct.redis.bgsave();
  await until('saving failed', async () =>
    (await direct.redis.info('persistence')).includes('rdb_last_bgsave_status:err'),
  );
  const refused = await queue.add([block]).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RetryableError);
  expect(String(refused)).toMatch(/disk/);
  await direct.redis.config('SET', 'save', '');
  await queue.add([block]);
});
