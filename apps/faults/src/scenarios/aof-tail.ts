import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/** What a loss of power can take along with `everysec`: the append-only file is written to disk once a second. */
const TAIL_MS = [200, 1_000] as const;

export const aofTail: Scenario = {
  name: 'aof-tail',
  summary:
    'the server is killed, and up to a second of its append-only file is lost, as with a loss of power',
  kinds: ['cut-tail'],
  counts: { full: 20, test: 1 },
  faultsPerRound: 5,
  secondsPerFault: 4,
  independent: true,
  expects: { retrained: 20 },
  system: { appendFsync: 'everysec' },
  async inject({ system, random, sweepOver }) {
    const { server } = system;
    const lengthMs = random.between(...TAIL_MS);
    const share = random.next();
    // What was acknowledged before this is within the bytes.
    const sinceMs = Date.now();
    const keptBytes = await server.journalBytes();
    await pause(lengthMs, sweepOver);
    await server.kill();
    const untilMs = Date.now();
    const bytes = await server.journalBytes();
    const cutBytes = Math.ceil(share * (bytes - keptBytes));
    await server.cutJournal(bytes - cutBytes);
    system.options.history.note({ type: 'set-back', sinceMs, untilMs });
    await server.restart();
    if (cutBytes === 0) return null;
    return {
      kind: 'cut-tail',
      target: `${cutBytes} of the ${bytes - keptBytes} bytes of the last ${untilMs - sinceMs} ms`,
      recovery: { of: 'event', event: 'commit', sinceMs: untilMs },
    };
  },
};
