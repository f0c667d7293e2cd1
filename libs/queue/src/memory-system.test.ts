import { describeBlockQueue } from './conformance/queue-conformance.js';
import { describeSweepStore } from './conformance/store-conformance.js';
import type { BlockQueue } from './interfaces.js';
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
  return {
    ...system,
    openQueue: async () => {
      const queue = system.openQueue();
      opened.push(queue);
      return queue;
    },
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
