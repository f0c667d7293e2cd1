import type { Scenario } from '../scenario.js';
import { SentinelServer } from '../sentinel-server.js';
import { pause } from '../until.js';

/** After the replica had everything; from then on something may not have reached it. */
const BEHIND_MS_MAX = 500;

export const sentinelFailover: Scenario = {
  name: 'sentinel-failover',
  summary:
    'SIGKILL of the primary: the Sentinels make the replica the primary, and the killed one its replica',
  kinds: ['failover'],
  counts: { full: 20, test: 1 },
  faultsPerRound: 4,
  secondsPerFault: 10,
  independent: true,
  system: { startServer: () => SentinelServer.start() },
  async inject({ system, random, sweepOver }) {
    const { server } = system;
    if (!(server instanceof SentinelServer)) throw new TypeError('a failover needs Sentinels');
    const { processId } = server;
    const behindMs = random.between(0, BEHIND_MS_MAX);
    const sinceMs = Date.now();
    await server.sentinels.caughtUp();
    await pause(behindMs, sweepOver);
    await server.kill();
    const untilMs = Date.now();
    system.options.history.note({ type: 'set-back', sinceMs, untilMs });
    await server.restart();
    return {
      kind: 'failover',
      target: `primary ${processId}`,
      recovery: { of: 'event', event: 'commit', sinceMs: untilMs },
    };
  },
};
