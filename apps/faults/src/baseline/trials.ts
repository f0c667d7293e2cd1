/** What plain BullMQ is put through: the faults that the suite injects into Seedbed, with the times that its defaults need. */
import type { Random } from '../random.js';
import { pause } from '../until.js';
import type { PlainSystem } from './plain-system.js';

/** BullMQ's default, which nobody here changes. */
export const PLAIN_LOCK_MS = 30_000;

export interface Trial {
  readonly name: string;
  readonly summary: string;
  readonly workers: number;
  readonly jobs: number;
  readonly durationMs: readonly [number, number];
  readonly blocking?: boolean;
  readonly faults: number;
  /** Null: there was nothing to hit just now. */
  inject(
    context: TrialContext,
  ): Promise<{ readonly target: string; readonly processIds: readonly number[] } | null>;
}

export interface TrialContext {
  readonly system: PlainSystem;
  readonly random: Random;
  readonly over: AbortSignal;
  /** Workers with a job in their hands. */
  readonly busy: readonly number[];
}

const stoppedMs = 1.5 * PLAIN_LOCK_MS;

export const TRIALS: readonly Trial[] = [
  {
    name: 'kill',
    summary: 'SIGKILL of a worker in the middle of a job; it is started again at once',
    workers: 4,
    jobs: 40,
    durationMs: [500, 3_000],
    faults: 6,
    async inject({ random, busy }) {
      if (busy.length === 0) return null;
      const processId = random.pick(busy);
      process.kill(processId, 'SIGKILL');
      return { target: `worker ${processId}`, processIds: [processId] };
    },
  },
  {
    name: 'kill-again',
    summary: 'the same, of every worker whenever it has a job, so that some jobs lose a second one',
    workers: 2,
    jobs: 2,
    durationMs: [10_000, 10_000],
    faults: 4,
    async inject({ random, busy }) {
      if (busy.length === 0) return null;
      const processId = random.pick(busy);
      process.kill(processId, 'SIGKILL');
      return { target: `worker ${processId}`, processIds: [processId] };
    },
  },
  {
    name: 'stop',
    summary: `SIGSTOP of a worker in the middle of a job for ${stoppedMs / 1_000} s, then SIGCONT`,
    workers: 3,
    jobs: 12,
    durationMs: [2_000, 4_000],
    faults: 2,
    async inject({ random, busy, over }) {
      if (busy.length === 0) return null;
      const processId = random.pick(busy);
      process.kill(processId, 'SIGSTOP');
      await pause(stoppedMs, over);
      process.kill(processId, 'SIGCONT');
      return { target: `worker ${processId}`, processIds: [processId] };
    },
  },
  {
    name: 'synchronous',
    summary: 'nothing is killed; jobs hold their loop for longer than the lock, as synchronous training does',
    workers: 2,
    jobs: 2,
    durationMs: [70_000, 75_000],
    blocking: true,
    faults: 0,
    inject: async () => null,
  },
];
