import type { Scenario } from '../scenario.js';

export const coordinatorKillRandom: Scenario = {
  name: 'coordinator-kill-random',
  summary: 'SIGKILL of the coordinator at a random time; it is started again at once',
  kinds: ['kill-coordinator'],
  counts: { full: 200, test: 2 },
  faultsPerRound: 8,
  secondsPerFault: 2,
  independent: true,
  async inject({ system, random }) {
    const { processId } = system.coordinator;
    // Half of them while it starts, too.
    if (processId === null || (random.next() < 0.5 && !system.coordinator.isReady)) return null;
    const sinceMs = Date.now();
    process.kill(processId, 'SIGKILL');
    return {
      kind: 'kill-coordinator',
      target: `coordinator ${processId}`,
      recovery: { of: 'event', event: 'lead', sinceMs },
    };
  },
};
