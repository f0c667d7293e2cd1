import { redisCommand } from '../redis-command.js';
import type { Scenario } from '../scenario.js';
import { fillDisk, freeDisk, startSmallDiskServer, whyNoSmallDisk } from '../small-disk-server.js';
import { pause, until } from '../until.js';

/** Locks that it lasts. */
const LOCKS = [0.5, 2] as const;
/** The server writes when something is new, and tells a second later that it could not. */
const NOTICED_DEADLINE_MS = 10_000;

export const diskFull: Scenario = {
  name: 'disk-full',
  summary: 'the disk of the append-only file is full, and has room again',
  kinds: ['disk-full'],
  counts: { full: 20, test: 1 },
  faultsPerRound: 5,
  secondsPerFault: 5,
  independent: true,
  system: { startServer: startSmallDiskServer },
  skip: whyNoSmallDisk,
  async inject({ system, random, sweepOver }) {
    const { server } = system;
    const durationMs = system.options.profile.lockDurationMs * random.between(...LOCKS);
    const sinceMs = Date.now();
    fillDisk(server);
    try {
      await until('the server cannot write', NOTICED_DEADLINE_MS, async () =>
        (await canWrite(server.url)) ? null : true,
      );
      await pause(durationMs, sweepOver);
    } finally {
      freeDisk(server);
    }
    await until('the server can write again', NOTICED_DEADLINE_MS, async () =>
      (await canWrite(server.url)) ? true : null,
    );
    return {
      kind: 'disk-full',
      target: `server ${server.processId} for ${Date.now() - sinceMs} ms`,
      recovery: { of: 'event', event: 'commit', sinceMs: Date.now() },
    };
  },
};

async function canWrite(url: string): Promise<boolean> {
  return String(await redisCommand(url, 'INFO', 'persistence')).includes('aof_last_write_status:ok');
}
