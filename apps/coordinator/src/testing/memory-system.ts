import { type MemorySystem, QUEUE_DEFAULTS, createMemorySystem } from '@seedbed/queue';

export interface TestSystem extends MemorySystem {
  /** Moves the clock so far that every lock has expired, and returns the blocks of dead trainers to the queue. */
  recoverLostBlocks(): void;
}

/** The queue and store in memory under a clock that only the test moves. */
export function createTestSystem(): TestSystem {
  let now = Date.UTC(2026, 0, 1);
  const system = createMemorySystem({ now: () => now });
  return {
    ...system,
    recoverLostBlocks: () => {
      now += QUEUE_DEFAULTS.lockDurationMs + 1;
      system.lookForStalled();
      system.lookForStalled();
    },
  };
}
