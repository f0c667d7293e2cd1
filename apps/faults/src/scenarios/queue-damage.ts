import { redisCommand } from '../redis-command.js';
import type { Scenario } from '../scenario.js';

const KINDS = ['block-vanished', 'block-orphaned'] as const;
const WAIT = 'bull:blocks:wait';
const jobKey = (jobId: string) => `bull:blocks:${jobId}`;

/** What a lost or half-done write leaves of a queue: it holds nothing that cannot be derived again. */
export const queueDamage: Scenario = {
  name: 'queue-damage',
  summary:
    'a waiting block vanishes from the queue, or only from its list, so that adding it again does nothing',
  kinds: KINDS,
  // A short sweep's blocks wait for so short a time that a small count may never meet one.
  counts: { full: 40, test: 0 },
  faultsPerRound: 10,
  secondsPerFault: 1,
  independent: true,
  async inject({ system, random, faultIndex }) {
    const { url } = system.server;
    const kind = KINDS[faultIndex % KINDS.length]!;
    const waiting = (await redisCommand(url, 'LRANGE', WAIT, '0', '-1')) as string[];
    if (waiting.length === 0) return null;
    const jobId = random.pick(waiting);
    // Claimed meanwhile, it is no longer ours to take.
    if ((await redisCommand(url, 'LREM', WAIT, '1', jobId)) !== 1) return null;
    if (kind === 'block-vanished') await redisCommand(url, 'DEL', jobKey(jobId));
    return { kind, target: `block ${jobId}`, recovery: null };
  },
};
