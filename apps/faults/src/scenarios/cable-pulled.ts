import { whyNoNamespaces } from '../network-namespace.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/** Locks that it lasts, as in `partition`. */
const LOCKS = [1.5, 3] as const;

/**
 * As `partition`, but by the kernel: each trainer has a network of its own. What it sent in vain is sent again when the cable is
 * back, so that commands arrive late that a proxy would have swallowed.
 */
export const cablePulled: Scenario = {
  name: 'cable-pulled',
  summary:
    'the network of a trainer is cut for longer than its lock (a network namespace whose link is taken down)',
  kinds: ['pull-cable'],
  counts: { full: 50, test: 1 },
  faultsPerRound: 6,
  secondsPerFault: 4,
  independent: true,
  expects: { recovered: 10, duplicates: 50 },
  system: { isolated: true },
  skip: whyNoNamespaces,
  async inject({ system, random, sweepOver }) {
    const trainer = random.pick(system.trainers);
    const { processId } = trainer;
    const namespace = system.namespaceOf(trainer);
    const durationMs = system.options.profile.lockDurationMs * random.between(...LOCKS);
    if (processId === null || !trainer.isReady) return null;
    const sinceMs = Date.now();
    await namespace.cut();
    try {
      await pause(durationMs, sweepOver);
    } finally {
      await namespace.heal();
    }
    return {
      kind: 'pull-cable',
      target: `trainer ${processId} for ${Math.round(durationMs)} ms`,
      recovery: { of: 'blocks', processIds: [processId], sinceMs },
    };
  },
};
