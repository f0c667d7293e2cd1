import type { Scenario } from '../scenario.js';

export const trainerKillAll: Scenario = {
  name: 'trainer-kill-all',
  summary: 'SIGKILL of all trainers at once',
  kinds: ['kill-all-trainers'],
  counts: { full: 20, test: 1 },
  faultsPerRound: 4,
  secondsPerFault: 6,
  independent: true,
  expects: { recovered: 4 },
  async inject({ system }) {
    const processIds = system.trainers.flatMap(({ processId }) => processId ?? []);
    if (processIds.length < system.trainers.length || !system.trainers.every(({ isReady }) => isReady))
      return null;
    const sinceMs = Date.now();
    for (const processId of processIds) process.kill(processId, 'SIGKILL');
    return {
      kind: 'kill-all-trainers',
      target: `trainers ${processIds.join(', ')}`,
      recovery: { of: 'blocks', processIds, sinceMs },
    };
  },
};
