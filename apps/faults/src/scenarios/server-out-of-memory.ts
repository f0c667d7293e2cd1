import { redisCommand } from '../redis-command.js';
import type { Scenario } from '../scenario.js';
import { pause, until } from '../until.js';

/** Locks that it lasts: with some of them renewals are refused until the block is another's. */
const LOCKS = [0.5, 2] as const;
/** Something is written a few times a second. */
const REFUSED_DEADLINE_MS = 10_000;

export const serverOutOfMemory: Scenario = {
  name: 'server-out-of-memory',
  summary: 'the server reaches its memory limit (noeviction) and refuses writes, until the limit is raised',
  kinds: ['server-out-of-memory'],
  counts: { full: 20, test: 1 },
  faultsPerRound: 5,
  secondsPerFault: 5,
  independent: true,
  async inject({ system, random, sweepOver }) {
    const { url } = system.server;
    const durationMs = system.options.profile.lockDurationMs * random.between(...LOCKS);
    const before = await refusedWrites(url);
    const sinceMs = Date.now();
    await redisCommand(url, 'CONFIG', 'SET', 'maxmemory', '1');
    try {
      await until('a write is refused', REFUSED_DEADLINE_MS, async () =>
        (await refusedWrites(url)) > before ? true : null,
      );
      await pause(durationMs, sweepOver);
    } finally {
      await redisCommand(url, 'CONFIG', 'SET', 'maxmemory', '0');
    }
    const refused = (await refusedWrites(url)) - before;
    return {
      kind: 'server-out-of-memory',
      target: `${refused} writes refused in ${Date.now() - sinceMs} ms`,
      recovery: { of: 'event', event: 'commit', sinceMs: Date.now() },
    };
  },
};

async function refusedWrites(url: string): Promise<number> {
  const statistics = String(await redisCommand(url, 'INFO', 'errorstats'));
  return Number(/errorstat_OOM:count=(\d+)/.exec(statistics)?.[1] ?? 0);
}
