/**
 * The conformance suites on Redis, each as the user who does this work in a real system: the queue as a trainer, the records
 * as the coordinator. (What these users may not do is in access-rules.test.ts.)
 */
import { openBlockQueue } from './block-queue.js';
import { describeLease } from './conformance/lease-conformance.js';
import { describeBlockQueue } from './conformance/queue-conformance.js';
import { describeSweepStore } from './conformance/store-conformance.js';
import { Connection } from './connection.js';
import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';
import { elapse } from './conformance/until.js';

let server: ThrowawayServer;
let raw: Connection;
let opened: (BlockQueue | SweepStore)[] = [];

beforeAll(async () => {
  server = await startThrowawayServer();
  raw = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
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
  const settings = { ...QUEUE_DEFAULTS, stalledCheckIntervalMs: 50 };
  const openQueueAs = async (role: 'trainer' | 'coordinator') => {
    const queue = await openBlockQueue({ ...settings, url: server.urls[role] });
    opened.push(queue);
    return queue;
  };
  const openQueue = () => openQueueAs('trainer');
  const store = await openSweepStore({ ...settings, url: server.urls.coordinator });
  opened.push(store);
  return {
    queue: await openQueue(),
    store,
    openQueue,
    openConductorQueue: () => openQueueAs('coordinator'),
    // What the server does when the time is up, without the wait.
    expireLock: async ({ jobId }: { jobId: string }) => {
      await raw.redis.del(BULLMQ_KEYS.lock(jobId));
    },
    pass: (durationMs: number) => elapse(durationMs),
  };
}

describeBlockQueue('BullMQ on Redis', create);
describeSweepStore('the store on Redis', create);
describeLease('Redis', create);
