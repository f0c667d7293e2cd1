/**
 * `seedbed scale` with real trainers: none while there is nothing to do, three while there is much, one of them left in the
 * middle of a sweep, the coordinator started anew in between, and none again. The answer is that of one trainer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SweepSpec } from '@seedbed/contracts';
import { openSweepStore, QUEUE_DEFAULTS } from '@seedbed/queue';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(180_000);

const SEEDBED = join(
  dirname(createRequire(__filename).resolve('@seedbed/cli/package.json')),
  'bin',
  'seedbed.js',
);
const RUNS_PER_TRAINER = 12;

/** 12 runs, read in the same batches as those of the other sweep: trainers take both into one pack. */
const wanted: SweepSpec = {
  seedbed: 1,
  name: 'wanted',
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 1_500 } },
  seeds: 4,
  parameters: { lambda: { values: [1e-4, 1e-3, 1e-2] } },
};
const other: SweepSpec = {
  ...wanted,
  name: 'other',
  parameters: { lambda: { min: 0.02, max: 0.1, scale: 'log', count: 6 } },
};

interface Look {
  readonly target?: number;
  readonly running?: number;
  readonly ended?: number;
  readonly unknown?: string;
}

class Scaler {
  readonly looks: Look[] = [];
  readonly #process: ChildProcess;

  constructor(environment: NodeJS.ProcessEnv, ...words: string[]) {
    this.#process = spawn(process.execPath, [SEEDBED, 'scale', '--json', ...words], {
      env: {
        ...process.env,
        SEEDBED_LOG_LEVEL: 'warn',
        SEEDBED_PACK_RUNS_MAX: String(RUNS_PER_TRAINER),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) =>
      this.looks.push(JSON.parse(line) as Look),
    );
  }

  get ended(): number {
    return this.looks.reduce((sum, { ended = 0 }) => sum + ended, 0);
  }

  async end(): Promise<number | null> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    return this.#process.exitCode;
  }
}

describeSystem('seedbed scale', () => {
  let system: System;
  beforeEach(async () => (system = await System.start()));
  afterEach(async () => system.stop());

  const alive = async (count: number) =>
    system.until(`${count} trainers are alive`, async () => {
      const trainers = await system.trainers();
      return trainers.length === count && trainers.every(({ children }) => children === 1) ? trainers : null;
    });

  /** Why attempts at the sweep's blocks ended so far. */
  async function causesOf(sweepId: string): Promise<string[]> {
    const store = await openSweepStore({ ...QUEUE_DEFAULTS, url: system.redisUrl });
    try {
      const blocks = [0, 1, 2].map((trialIndex) => `${sweepId}.search.${trialIndex}.0`);
      const ledgers = await Promise.all(blocks.map((jobId) => store.attempts(jobId)));
      return ledgers.flatMap((ledger) => Object.keys(ledger));
    } finally {
      await store.close();
    }
  }

  async function answerOfOneTrainer(): Promise<string> {
    const alone = await System.start();
    try {
      await alone.startTrainer();
      const sweepId = await alone.launch(wanted);
      expect((await alone.finished(sweepId)).state).toBe('completed');
      return (await alone.answer(sweepId)).text;
    } finally {
      await alone.stop();
    }
  }

  it('goes 0 → 3 → 1 → 0 and loses nothing, though those that end are busy', async () => {
    const words = [
      '--max',
      '3',
      '--runs-per-trainer',
      String(RUNS_PER_TRAINER),
      '--interval',
      '1',
      '--cool-down',
      '0',
    ];
    const scaler = new Scaler({ SEEDBED_JOIN: system.joinWord }, ...words, '--interrupt');
    try {
      await system.until('it has looked', () => Promise.resolve(scaler.looks[0] ?? null));
      expect(scaler.looks[0]).toMatchObject({ target: 0, running: 0 });

      // In this order a trainer that is there first shares the kept sweep's blocks with those that join: whoever ends holds some.
      const [otherId, keptId] = [await system.launch(other), await system.launch(wanted)];
      await alive(3);
      await system.until('all three train', async () => {
        const trainers = await system.trainers();
        return trainers.every(({ packs }) => packs.some(({ step }) => step > 0)) || null;
      });
      expect(await system.post(`/v1/sweeps/${otherId}/cancel`)).toBe(200);
      await alive(1);
      expect((await system.status(keptId)).state).toBe('running');
      expect(scaler.ended).toBe(2);
      const causes = await causesOf(keptId);
      expect(causes).toContain('handed-back');
      expect(causes.filter((cause) => !['starts', 'handed-back'].includes(cause))).toEqual([]);

      expect((await system.finished(keptId)).state).toBe('completed');
      const rows = await system.runs(keptId);
      expect(rows).toHaveLength(12);
      expect(rows.filter(({ commit }) => commit === null)).toEqual([]);
      expect((await system.answer(keptId)).text).toBe(await answerOfOneTrainer());
      await alive(0);
      expect(scaler.looks.every(({ running }) => (running ?? 0) <= 3)).toBe(true);
    } finally {
      expect(await scaler.end()).toBe(143);
    }
  });

  it('keeps its trainers while the coordinator is away, and leaves none behind at its end', async () => {
    const environment = { REDIS_URL: system.trainerRedisUrl, SEEDBED_URL: system.coordinatorUrl };
    const scaler = new Scaler(environment, '--min', '1', '--max', '2', '--interval', '1', '--cool-down', '0');
    try {
      const [trainer] = await alive(1);
      await system.endCoordinator();
      await system.until('it has seen that', () =>
        Promise.resolve(scaler.looks.some(({ unknown }) => unknown !== undefined) || null),
      );
      await system.startCoordinator({ listen: new URL(environment.SEEDBED_URL).host });
      const sweepId = await system.launch(wanted);
      expect((await system.finished(sweepId)).state).toBe('completed');
      expect((await alive(1)).map(({ trainerId }) => trainerId)).toEqual([trainer?.trainerId]);
    } finally {
      expect(await scaler.end()).toBe(143);
    }
    expect(await system.trainers()).toEqual([]);
  });
});
