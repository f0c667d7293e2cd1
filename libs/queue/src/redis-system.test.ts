/**
 * The conformance suites on Redis, as a user who may touch nothing but BullMQ's keys and ours. The rules are those that
 * README.md recommends.
 */
import { openBlockQueue } from './block-queue.js';
import { describeBlockQueue } from './conformance/queue-conformance.js';
import { describeSweepStore } from './conformance/store-conformance.js';
import { Connection } from './connection.js';
import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';
import { elapse } from './conformance/until.js';

const RULES =
  'on >test-password ~bull:* ~seedbed:* resetchannels -@all +@read +@write +@connection +@blocking +eval +evalsha ' +
  '+script|load +script|exists -@dangerous +info';

let server: ThrowawayServer;
let url: string;
let raw: Connection;
let opened: (BlockQueue | SweepStore)[] = [];

beforeAll(async () => {
  server = await startThrowawayServer();
  raw = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
  await raw.redis.call('ACL', 'SETUSER', 'seedbed', ...RULES.split(' '));
  const limited = new URL(server.url);
  limited.username = 'seedbed';
  limited.password = 'test-password';
  url = limited.href;
});

afterEach(async () => {
  await Promise.all(opened.map((client) => client.close()));
  opened = [];
});

afterAll(async () => {
  await raw.close();
  await server.stop();
});

async function create() {
  await raw.redis.flushall();
  const settings = { ...QUEUE_DEFAULTS, url, stalledCheckIntervalMs: 50 };
  const openQueue = async () => {
    const queue = await openBlockQueue(settings);
    opened.push(queue);
    return queue;
  };
  const store = await openSweepStore(settings);
  opened.push(store);
  return {
    queue: await openQueue(),
    store,
    openQueue,
    // What the server does when the time is up, without the wait.
    expireLock: async ({ jobId }: { jobId: string }) => {
      await raw.redis.del(BULLMQ_KEYS.lock(jobId));
    },
    pass: (durationMs: number) => elapse(durationMs),
  };
}

describeBlockQueue('BullMQ on Redis', create);
describeSweepStore('the store on Redis', create);

it('needs no more rights than its own keys', async () => {
  const limited = await Connection.open({ ...QUEUE_DEFAULTS, url });
  for (const forbidden of [
    ['FLUSHALL'],
    ['KEYS', '*'],
    ['GET', 'foreign'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
  ]) {
    const [command = '', ...args] = forbidden;
    await expect(limited.redis.call(command, ...args)).rejects.toThrow(/NOPERM|no permissions/i);
  }
  await limited.close();
});
