import type { Scenario } from '../scenario.js';

export const trainerTerm: Scenario = {
  name: 'trainer-term',
  summary: 'SIGTERM to random trainers, up to all of them: their blocks are handed back, uncharged',
  kinds: ['term-one', 'term-many'],
  counts: { full: 300, test: 2 },
  faultsPerRound: 10,
  secondsPerFault: 1.5,
  independent: true,
  expects: { recovered: 20 },
  async inject({ system, random, faultIndex }) {
    const ready = system.trainers.filter(({ isReady }) => isReady);
    const kind = trainerTerm.kinds[faultIndex % trainerTerm.kinds.length]!;
    const count = kind === 'term-one' ? 1 : Math.max(2, Math.ceil(random.next() * ready.length));
    if (ready.length < count) return null;
    const chosen = new Set<(typeof ready)[number]>();
    while (chosen.size < count) chosen.add(random.pick(ready));
    const sinceMs = Date.now();
    const processIds = [...chosen].flatMap(({ processId }) => processId ?? []);
    for (const processId of processIds) process.kill(processId, 'SIGTERM');
    return {
      kind,
      target: `trainers ${processIds.join(', ')}`,
      recovery: { of: 'blocks', processIds, sinceMs },
    };
  },
};
