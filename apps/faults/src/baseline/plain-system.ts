/** BullMQ by itself, every setting at its default, under the same harness: a server, a queue, workers that are started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import type { History } from '../history.js';
import { Keeper } from '../keeper.js';

/** Beside `dist`, which holds this file. */
const PROGRAM = join(__dirname, '..', '..', 'baseline', 'plain-bullmq.cjs');

const jobsSchema = z.object({
  type: z.literal('jobs'),
  jobs: z.array(
    z.object({ id: z.string(), state: z.string(), digest: z.string().nullable(), reason: z.string() }),
  ),
});
export type PlainJob = z.infer<typeof jobsSchema>['jobs'][number];

export interface PlainOptions {
  readonly history: History;
  readonly workers: number;
  readonly jobs: number;
  /** Least and most that a job takes. */
  readonly durationMs: readonly [number, number];
  /** Jobs hold their process's loop. */
  readonly blocking: boolean;
}

export class PlainSystem {
  readonly workers: Keeper[] = [];

  private constructor(
    private readonly server: ThrowawayServer,
    private readonly queue: ChildProcess,
  ) {}

  static async start(options: PlainOptions): Promise<PlainSystem> {
    const server = await startThrowawayServer();
    const environment = {
      ...process.env,
      PLAIN_REDIS_URL: server.url,
      SEEDBED_HISTORY: options.history.path,
      PLAIN_JOBS: String(options.jobs),
      PLAIN_DURATIONS: options.durationMs.join(','),
      PLAIN_BLOCKING: options.blocking ? '1' : '',
    };
    const queue = fork(PROGRAM, ['queue'], { env: environment, execArgv: [] });
    const system = new PlainSystem(server, queue);
    try {
      await once(queue, 'message');
      for (let index = 0; index < options.workers; index += 1)
        system.workers.push(new Keeper({ main: PROGRAM, args: ['worker'], execArgv: [], environment }));
      await Promise.all(system.workers.map((worker) => worker.untilReady()));
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async look(): Promise<PlainJob[]> {
    const answered = once(this.queue, 'message');
    this.queue.send('look');
    return jobsSchema.parse((await answered)[0]).jobs;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.release()));
    this.queue.kill('SIGTERM');
    await this.server.stop();
  }
}
