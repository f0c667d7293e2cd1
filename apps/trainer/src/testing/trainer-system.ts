/** A queue, a store and trainers with scripted children, for tests of the supervisor. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type BlockJob,
  type Commit,
  jobIdOf,
  type RunId,
  SWEEP_FILE_VERSION,
  type SweepId,
  type SweepState,
  trainerIdSchema,
} from '@seedbed/contracts';
import {
  type BlockQueue,
  createMemorySystem,
  openBlockQueue,
  openSweepStore,
  QUEUE_DEFAULTS,
  type QueueSettings,
  type SweepStore,
} from '@seedbed/queue';
import { startTrainer, type Trainer, type TrainerOptions } from '../supervisor.js';
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import { TEST_SWEEP } from './blocks.js';
import { TestLog } from './test-log.js';

/** Short, so that tests of lost locks are quick; long against the timer jitter of a busy machine. */
const LOCK_DURATION_MS = 1_000;

export const SCRIPTED_CHILD_PATH = join(__dirname, 'scripted-child.cjs');

/** The same supervisor works on both. */
export type SystemKind = 'Redis' | 'memory';

export type Script = Record<string, unknown>;
export type TestTrainer = Trainer & { readonly log: TestLog };

/** Job ids of the blocks of each pack that was started, in order. */
export function blocksOfPacks(trainer: TestTrainer): string[][] {
  return trainer.log.all('pack started').map((entry) => entry['blocks'] as string[]);
}

export function idsOf(...jobs: readonly BlockJob[]): string[] {
  return jobs.map(jobIdOf);
}

export class TrainerSystem {
  private readonly trainers: TestTrainer[] = [];

  private constructor(
    private readonly throwaway: ThrowawayServer | null,
    readonly settings: Omit<QueueSettings, 'url'>,
    readonly queue: BlockQueue,
    readonly store: SweepStore,
    /** What its trainers work with: with the rights of a trainer and no others. */
    private readonly trainersClients: Pick<TrainerOptions, 'queue' | 'store'>,
    /** Temporary files of the test: gates, journals. */
    readonly directory: string,
  ) {}

  static async open(kind: SystemKind = 'Redis'): Promise<TrainerSystem> {
    const settings = {
      ...QUEUE_DEFAULTS,
      lockDurationMs: LOCK_DURATION_MS,
      stalledCheckIntervalMs: 200,
      commandTimeoutMs: 1_000,
    };
    const directory = await mkdtemp(join(tmpdir(), 'seedbed-trainer-'));
    if (kind === 'memory') {
      const { queue, store } = createMemorySystem(settings);
      return new TrainerSystem(null, settings, queue, store, { queue, store }, directory);
    }
    const server = await startThrowawayServer();
    const asUser = async (url: string) => {
      const withUrl = { ...settings, url };
      const [queue, store] = await Promise.all([openBlockQueue(withUrl), openSweepStore(withUrl)]);
      return { queue, store };
    };
    const { queue, store } = await asUser(server.urls.coordinator);
    return new TrainerSystem(server, settings, queue, store, await asUser(server.urls.trainer), directory);
  }

  /** The real server; there is none in memory. */
  get server(): ThrowawayServer {
    if (this.throwaway === null) throw new TypeError('a system in memory has no server');
    return this.throwaway;
  }

  async close(): Promise<void> {
    await Promise.all(this.trainers.map((trainer) => trainer.stop()));
    const { queue, store } = this.trainersClients;
    await Promise.all([this.queue, this.store, queue, store].map((client) => client.close()));
    await this.throwaway?.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** For a script whose results wait until `openGate`. */
  gated(): Script {
    return { gate: this.path('gate') };
  }

  openGate(): void {
    writeFileSync(this.path('gate'), '');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async createSweep(sweepId: SweepId = TEST_SWEEP, state: SweepState = 'running'): Promise<void> {
    await this.store.createSweep({
      sweepId,
      spec: { seedbed: SWEEP_FILE_VERSION, name: 'test', parameters: { lambda: { values: [0.1] } } },
      state,
      reason: null,
      createdAt: new Date().toISOString(),
      finishedAt: null,
    });
  }

  /** Adds blocks of a running sweep. */
  async launch(jobs: readonly BlockJob[]): Promise<void> {
    for (const sweepId of new Set(jobs.map((job) => job.sweepId))) await this.createSweep(sweepId);
    await this.queue.add(jobs);
  }

  async startTrainer(script: Script, over: Partial<TrainerOptions> = {}): Promise<TestTrainer> {
    const log = new TestLog();
    const trainer = await startTrainer({
      ...this.trainersClients,
      trainerId: trainerIdSchema.parse(`trainer-${this.trainers.length + 1}`),
      children: 1,
      lockDurationMs: this.settings.lockDurationMs,
      childPath: SCRIPTED_CHILD_PATH,
      childArguments: [JSON.stringify(script)],
      logger: pino({ level: 'debug' }, log),
      ...over,
    });
    const tested = Object.assign(trainer, { log });
    this.trainers.push(tested);
    return tested;
  }

  /** Commits of all runs of these blocks, however many there are yet. */
  async commitsOf(jobs: readonly BlockJob[]): Promise<Map<RunId, Commit>> {
    const runIds = jobs.flatMap((job) => job.runs.map((run) => run.runId));
    return this.store.readCommits(runIds, null);
  }

  async stateOf(job: BlockJob): Promise<string | undefined> {
    return (await this.queue.states([jobIdOf(job)])).get(jobIdOf(job));
  }

  attemptsAt(job: BlockJob): ReturnType<SweepStore['attempts']> {
    return this.store.attempts(jobIdOf(job));
  }
}
