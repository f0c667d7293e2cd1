import type { Scenario } from '../scenario.js';
import { until } from '../until.js';

/** Above what a made-up child needs, below what it hoards. */
const LIMIT_BYTES = 300e6;
/** The watch looks twice a second. */
const ENDED_DEADLINE_MS = 10_000;

export const childOutOfMemory: Scenario = {
  name: 'child-out-of-memory',
  summary: 'a training child takes more memory than it may, and is ended by its supervisor',
  kinds: ['child-out-of-memory'],
  counts: { full: 20, test: 1 },
  // Below the number of errors for which a block is set aside: each charges one.
  faultsPerRound: 2,
  secondsPerFault: 3,
  independent: true,
  system: {
    childScript: { hoardOnSignal: true },
    environment: { SEEDBED_CHILD_MEMORY_BYTES: String(LIMIT_BYTES) },
  },
  async inject({ system, random }) {
    const trainer = random.pick(system.trainers);
    const { processId } = trainer;
    const child = trainer.childIds().at(-1);
    if (processId === null || child === undefined || !trainer.isReady) return null;
    const sinceMs = Date.now();
    process.kill(child, 'SIGUSR2');
    await until('the child is ended', ENDED_DEADLINE_MS, async () =>
      trainer.childIds().includes(child) ? null : true,
    );
    return {
      kind: 'child-out-of-memory',
      target: `child ${child} of trainer ${processId}`,
      recovery: { of: 'event', event: 'claim', sinceMs },
    };
  },
};
