/**
 * A rolling upgrade with jobs in flight: two versions of Seedbed at work on one sweep, of which the newer one writes records in
 * the next format. Nothing fails, nothing is charged, and the answer is that of an undisturbed sweep.
 */
import { jobIdOf, sweepIdSchema, type SweepSpec } from '@seedbed/contracts';
import { openSweepStore, QUEUE_DEFAULTS } from '@seedbed/queue';
import { buildNextVersion, type NextVersion } from './next-version.fixture.js';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(240_000);

/** The second stage is planned, and its jobs are written, after the first is complete: by the new coordinator. */
const sweep: SweepSpec = {
  seedbed: 1,
  name: 'upgrade',
  data: { train: { first: 0, count: 2_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 200, cycles: 1 } },
  stages: [
    { name: 'coarse', seeds: 3, parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: 12 } } },
    {
      name: 'final',
      seeds: { first: 6, count: 3 },
      parameters: { lambda: { from: 'coarse', choose: 'best' }, hidden: { values: [50, 37, 30, 25] } },
    },
  ],
};
const STAGES = [
  { stage: 'coarse', trials: 12 },
  { stage: 'final', trials: 4 },
];
const NARROW = { SEEDBED_PACK_RUNS_MAX: '3' };

describeSystem('an upgrade with jobs in flight', () => {
  let next: NextVersion;
  beforeAll(async () => {
    next = await buildNextVersion();
  });
  afterAll(() => next.remove());

  async function undisturbed(): Promise<string> {
    const system = await System.start();
    try {
      await system.startTrainer();
      const sweepId = await system.launch(sweep);
      await system.finished(sweepId);
      return (await system.answer(sweepId)).text;
    } finally {
      await system.stop();
    }
  }

  it('loses, repeats and charges nothing, and gives the same answer', async () => {
    const reference = await undisturbed();
    const system = await System.start();
    try {
      const log: string[] = [];
      const old = { ...NARROW, SEEDBED_TRAINER_ID: 'old', SEEDBED_LOG_LEVEL: 'info' };
      const oldTrainer = await system.startTrainer(old, { onLogLine: (line) => log.push(line) });
      await system.startTrainer({ ...NARROW, SEEDBED_TRAINER_ID: 'new' }, next);
      const sweepId = await system.launch(sweep);

      // The new trainer understands the old jobs, and the old coordinator its commits.
      const formatsBy = async (trainer: string) =>
        (await rowsOf(system, sweepId)).flatMap(({ stage, commit }) =>
          commit?.provenance.trainerId === trainer ? [{ stage, format: commit.schemaVersion }] : [],
        );
      await system.until('both trainers have committed', async () => {
        const [first, second] = [await formatsBy('old'), await formatsBy('new')];
        return first.length > 0 && second.length > 0 ? true : null;
      });
      expect((await formatsBy('new')).map(({ format }) => format)).not.toContain(next.schemaVersion);

      await system.restartCoordinator(next);
      expect((await system.status(sweepId)).stages[1]?.state).toBe('waiting');
      // The old trainer meets jobs of the new coordinator and leaves them alone.
      await system.until('the old trainer has met a new job', async () =>
        (await Promise.resolve(log)).some((line) => line.includes(`format ${next.schemaVersion}`))
          ? true
          : null,
      );
      await system.kill(oldTrainer, 'SIGTERM');
      expect(oldTrainer.exitCode).toBe(0);

      const status = await system.finished(sweepId);
      expect(status).toMatchObject({ state: 'completed', reason: null });
      expect((await system.answer(sweepId)).text).toBe(reference);
      expect((await formatsBy('old')).every(({ stage }) => stage === 'coarse')).toBe(true);
      expect(await formatsBy('new')).toContainEqual({ stage: 'final', format: next.schemaVersion });
      expect(await chargesOf(system.redisUrl, sweepId)).toEqual([]);
    } finally {
      await system.stop();
    }
  });
});

/** All that this test looks at in a page of runs; the rest of the next version's rows is not this version's to parse. */
interface Row {
  readonly stage: string;
  readonly commit: {
    readonly schemaVersion: number;
    readonly provenance: { readonly trainerId: string };
  } | null;
}

async function rowsOf(system: System, sweepId: string): Promise<readonly Row[]> {
  return ((await system.get(`/v1/sweeps/${sweepId}/runs?limit=1000`)) as { runs: Row[] }).runs;
}

/** Every count of the blocks' ledgers that is held against a block, and every dead letter. */
async function chargesOf(url: string, sweep: string): Promise<unknown[]> {
  const sweepId = sweepIdSchema.parse(sweep);
  const store = await openSweepStore({ ...QUEUE_DEFAULTS, url });
  try {
    const charges: unknown[] = await store.readDeadLetters(sweepId);
    for (const { stage, trials } of STAGES) {
      for (let trialIndex = 0; trialIndex < trials; trialIndex += 1) {
        const jobId = jobIdOf({ sweepId, stage, trialIndex, blockIndex: 0 });
        const { starts, infrastructure, error, poison } = await store.attempts(jobId);
        if (infrastructure ?? error ?? poison) charges.push({ jobId, starts, infrastructure, error, poison });
      }
    }
    return charges;
  } finally {
    await store.close();
  }
}
