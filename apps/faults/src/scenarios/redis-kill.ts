import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/** Longest time that the server is gone before it is started again. */
const GONE_MS_MAX = 500;

function redisKill(appendFsync: 'everysec' | 'always', full: number): Scenario {
  const kind = `kill-server-${appendFsync}`;
  return {
    name: `redis-kill-${appendFsync}`,
    summary: `SIGKILL of the server (appendfsync ${appendFsync}); it is started again on its append-only file`,
    kinds: [kind],
    counts: { full, test: 1 },
    faultsPerRound: 8,
    secondsPerFault: 2.5,
    independent: true,
    system: { appendFsync },
    async inject({ system, random }) {
      const { processId } = system.server;
      const goneMs = random.between(0, GONE_MS_MAX);
      const sinceMs = Date.now();
      await system.server.kill();
      // Its end must be healed also when the sweep was over already.
      await pause(goneMs, new AbortController().signal);
      await system.server.restart();
      return {
        kind,
        target: `server ${processId} for ${Math.round(goneMs)} ms`,
        recovery: { of: 'event', event: 'commit', sinceMs },
      };
    },
  };
}

export const redisKillEverysec = redisKill('everysec', 200);
export const redisKillAlways = redisKill('always', 50);
