import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { MemoryBlockQueue, MemoryBlocks } from './memory-block-queue.js';
import { MemorySweepStore } from './memory-sweep-store.js';

export interface MemorySystemOptions {
  /** Milliseconds; locks, heartbeats and leases expire by it. @default Date.now */
  readonly now?: () => number;
  readonly lockDurationMs?: number;
  readonly stalledCheckIntervalMs?: number;
}

export interface MemorySystem {
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  /** Another client of the same queue, as another process would have. */
  openQueue(): BlockQueue;
  /** One look for stalled blocks, for simulations that move the clock themselves; two looks return a lost block. */
  lookForStalled(): void;
}

/** Queue and store in memory, for simulations and tests: the same semantics as on Redis, in one process. */
export function createMemorySystem(options: MemorySystemOptions = {}): MemorySystem {
  const settings = { ...QUEUE_DEFAULTS, ...options };
  const blocks = new MemoryBlocks(options.now ?? Date.now, settings.lockDurationMs);
  const openQueue = () => new MemoryBlockQueue(blocks, settings.stalledCheckIntervalMs);
  return {
    queue: openQueue(),
    store: new MemorySweepStore(blocks),
    openQueue,
    lookForStalled: () => blocks.lookForStalled(),
  };
}
