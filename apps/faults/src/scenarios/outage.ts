import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';
import { pause } from '../until.js';

const OUTAGE_MS = [1_000, 60_000] as const;
const LONG_OUTAGE_MS = 300_000;
const KINDS = ['server-hung', 'server-gone'] as const;

/** Short ones are as frequent as long ones (log-uniform); the first two are the shortest, for the tests. */
function outageMs({ random, faultIndex }: FaultContext): number {
  const [least, most] = OUTAGE_MS;
  const drawn = least * (most / least) ** random.next();
  return faultIndex < KINDS.length ? least : drawn;
}

async function takeAway(context: FaultContext, durationMs: number): Promise<InjectedFault> {
  const { system, faultIndex, sweepOver } = context;
  const { server } = system;
  const { processId } = server;
  const kind = KINDS[faultIndex % KINDS.length]!;
  const sinceMs = Date.now();
  if (kind === 'server-hung') {
    process.kill(processId, 'SIGSTOP');
    await pause(durationMs, sweepOver);
    process.kill(processId, 'SIGCONT');
  } else {
    await server.kill();
    await pause(durationMs, sweepOver);
    await server.restart();
  }
  return {
    kind,
    target: `server ${processId} for ${Math.round(durationMs)} ms`,
    recovery: { of: 'event', event: 'commit', sinceMs: sinceMs + durationMs },
  };
}

export const outage: Scenario = {
  name: 'outage',
  summary: 'the server is hung (SIGSTOP) or gone for 1 – 60 s',
  kinds: KINDS,
  counts: { full: 60, test: 2 },
  faultsPerRound: 5,
  secondsPerFault: 20,
  independent: true,
  sweep: 'short',
  sweepPerFault: true,
  inject: (context) => takeAway(context, outageMs(context)),
};

export const longOutage: Scenario = {
  name: 'outage-long',
  summary: 'the server is hung or gone for five minutes',
  kinds: KINDS,
  counts: { full: 3, test: 0 },
  faultsPerRound: 1,
  secondsPerFault: 310,
  independent: true,
  sweep: 'short',
  sweepPerFault: true,
  sweepDeadlineMs: 2 * LONG_OUTAGE_MS,
  inject: (context) => takeAway(context, LONG_OUTAGE_MS),
};
