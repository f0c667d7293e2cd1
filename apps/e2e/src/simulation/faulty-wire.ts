/**
 * Between a simulated process and the records: every command takes its time on the way there and back, and may be lost, be
 * carried out twice (a client that repeats it) or long after its caller gave up. What a dead process had on its way may
 * still arrive; its answers reach nobody.
 */
import { RetryableError } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import type { Happenings } from './happenings.js';
import type { SeededRandom } from './seeded-random.js';
import { NOBODY, type Owner, type VirtualTime } from './virtual-time.js';

type Lease = Parameters<SweepStore['fenced']>[0];

export interface FaultRates {
  /** Of one command. */
  lostRequest: number;
  lostReply: number;
  twice: number;
  late: number;
}

export const NO_FAULTS: FaultRates = { lostRequest: 0, lostReply: 0, twice: 0, late: 0 };

export interface Wire {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly happenings: Happenings;
  /** Changed as the schedule goes on. */
  rates: FaultRates;
  outageUntilMs: number;
}

/** One way; a command of a healthy system takes a millisecond or two. */
const LATENCY_MAX_MS = 4;
/** After this a caller hears that Redis is away. */
const COMMAND_TIMEOUT_MS = 300;
const LATE_MAX_MS = 3_000;

/** Sending these again does something else than sending them once; the client never does. */
const NEVER_TWICE: ReadonlySet<string> = new Set(['claim']);
/** Not commands: set up in the process itself. */
const LOCAL: ReadonlySet<string> = new Set(['startStalledCheck', 'close']);

/** The queue or the store as this process sees it. */
export function wired<T extends BlockQueue | SweepStore>(target: T, owner: Owner, wire: Wire): T {
  return new Proxy(target, {
    get(_, name: string) {
      const own = target[name as keyof T] as unknown;
      if (typeof own !== 'function') return own;
      const call = own.bind(target) as (...args: unknown[]) => unknown;
      if (LOCAL.has(name)) return call;
      // Not a command either: every command of what it returns goes over the wire.
      if (name === 'fenced') return (lease: Lease) => wired(call(lease) as T, owner, wire);
      if (name === 'onCommits') {
        return (listener: () => void) => call(() => wire.time.schedule(owner, latency(wire), listener));
      }
      if (name === 'waitForWork') {
        return (...args: unknown[]) =>
          new Promise((resolve) => {
            void (call(...args) as Promise<void>).then(() =>
              wire.time.schedule(owner, latency(wire), () => resolve(undefined)),
            );
          });
      }
      return (...args: unknown[]) => send(() => call(...args) as Promise<unknown>, name, owner, wire);
    },
  });
}

function latency({ random }: Wire): number {
  return random.between(0, LATENCY_MAX_MS);
}

function send(carryOut: () => Promise<unknown>, name: string, owner: Owner, wire: Wire): Promise<unknown> {
  const { time, random, rates, happenings } = wire;
  return new Promise((resolve, reject) => {
    const answer = (afterMs: number, give: () => void) => time.schedule(owner, afterMs, give);
    const away = (afterMs: number, what: string) =>
      answer(afterMs, () => reject(new RetryableError(`${name}: ${what}`)));
    if (time.nowMs < wire.outageUntilMs) {
      away(random.between(0, COMMAND_TIMEOUT_MS), 'Redis is away');
      return;
    }
    if (random.chance(rates.lostRequest)) {
      happenings.note('request lost');
      away(COMMAND_TIMEOUT_MS, 'no answer: the request was lost');
      return;
    }
    if (random.chance(rates.late)) {
      happenings.note('command late');
      time.schedule(
        NOBODY,
        random.between(COMMAND_TIMEOUT_MS, LATE_MAX_MS),
        () => void carryOut().catch(ignore),
      );
      away(COMMAND_TIMEOUT_MS, 'no answer in time');
      return;
    }
    time.schedule(NOBODY, latency(wire), () => {
      const outcome = carryOut();
      if (!NEVER_TWICE.has(name) && random.chance(rates.twice)) {
        happenings.note('command carried out twice');
        time.schedule(NOBODY, latency(wire), () => void carryOut().catch(ignore));
      }
      const isLost = random.chance(rates.lostReply);
      if (isLost) {
        happenings.note('reply lost');
        outcome.catch(ignore);
        away(COMMAND_TIMEOUT_MS, 'no answer: the reply was lost');
        return;
      }
      outcome.then(
        (value) => answer(latency(wire), () => resolve(value)),
        (error: Error) => answer(latency(wire), () => reject(error)),
      );
    });
  });
}

function ignore(): void {
  // Nobody waits for it.
}
