import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/** Locks that it lasts: others have the blocks by then, and what comes back is a zombie with results. */
const LOCKS = [1.5, 3] as const;

export const partition: Scenario = {
  name: 'partition',
  summary: 'a trainer is cut off from the server for longer than its lock, and comes back',
  kinds: ['partition-trainer'],
  counts: { full: 50, test: 1 },
  faultsPerRound: 6,
  secondsPerFault: 4,
  independent: true,
  expects: { recovered: 10, duplicates: 50 },
  system: { proxied: true },
  async inject({ system, random, sweepOver }) {
    const trainer = random.pick(system.trainers);
    const { processId } = trainer;
    const proxy = system.proxyOf(trainer);
    const durationMs = system.options.profile.lockDurationMs * random.between(...LOCKS);
    if (processId === null || !trainer.isReady) return null;
    const sinceMs = Date.now();
    proxy.partition();
    await pause(durationMs, sweepOver);
    proxy.heal();
    return {
      kind: 'partition-trainer',
      target: `trainer ${processId} for ${Math.round(durationMs)} ms`,
      recovery: { of: 'blocks', processIds: [processId], sinceMs },
    };
  },
};
