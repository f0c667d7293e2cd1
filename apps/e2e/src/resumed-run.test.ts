/** A long run whose trainer is killed goes on from what the coordinator keeps of it, and ends with the bits of an undisturbed one. */
import { checkpointListSchema, type NumericsClass, type SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(240_000);

const SEEDS = 5;
/** Far more often than once a minute, so that a run of seconds leaves some. */
const CHECKPOINT_INTERVAL_MS = '250';

/** Five networks for 300 epochs of 10 batches: some seconds of training. */
const sweep: SweepSpec = {
  seedbed: 1,
  name: 'resumed',
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 }, order: 'shuffled' },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 3_000 } },
  evaluation: { cadence: 'end' },
  seeds: SEEDS,
  parameters: { lambda: { values: [0.001] } },
};

/** The highest step that every run of the sweep has a checkpoint of; null when there is none yet. */
async function commonStep(system: System, sweepId: string): Promise<number | null> {
  const rows = await system.runs(sweepId);
  const [trainer] = await system.trainers();
  if (rows.length < SEEDS || trainer === undefined) return null;
  return highestStep(
    system,
    trainer.numericsClass,
    rows.map(({ runId }) => runId),
  );
}

async function highestStep(
  system: System,
  numericsClass: NumericsClass,
  runIds: readonly string[],
): Promise<number | null> {
  const path = `/v1/checkpoints/${encodeURIComponent(numericsClass)}?runs=${runIds.join(',')}`;
  const { checkpoints } = checkpointListSchema.parse(await system.get(path));
  const highest = runIds.map((runId) =>
    Math.max(0, ...checkpoints.filter((one) => one.runId === runId).map(({ step }) => step)),
  );
  return Math.min(...highest) === 0 ? null : Math.min(...highest);
}

describeSystem('a trainer that is killed in the middle of a long run', () => {
  it('leaves states with the coordinator, from which another goes on with the same bits', async () => {
    const expected = await undisturbedAnswer();
    const system = await System.start();
    try {
      const environment = () => ({
        SEEDBED_CHECKPOINT_URL: system.coordinatorUrl,
        SEEDBED_CHECKPOINT_INTERVAL_MS: CHECKPOINT_INTERVAL_MS,
        SEEDBED_LOG_LEVEL: 'info',
      });
      const victim = await system.startTrainer(environment());
      const sweepId = await system.launch(sweep);
      const step = await system.until('every run has left a checkpoint', () => commonStep(system, sweepId));
      await system.kill(victim, 'SIGKILL');
      // What it keeps is on its disk: a fresh process has it too.
      await system.restartCoordinator();

      const lines: string[] = [];
      await system.startTrainer(environment(), { onLogLine: (line) => lines.push(line) });
      expect((await system.finished(sweepId)).state).toBe('completed');
      const resumed = lines
        .map((line) => JSON.parse(line))
        .find(({ msg }) => msg === 'going on from checkpoints');
      expect(resumed).toMatchObject({ runs: SEEDS });
      expect(resumed.step).toBeGreaterThanOrEqual(step);
      expect((await system.answer(sweepId)).text).toBe(expected);

      const [row] = await system.runs(sweepId);
      const { numericsClass } = row!.commit!;
      const runIds = (await system.runs(sweepId)).map(({ runId }) => runId);
      await system.until('what was committed keeps no checkpoint', async () =>
        (await highestStep(system, numericsClass, runIds)) === null ? true : null,
      );
    } finally {
      await system.stop();
    }
  });
});

async function undisturbedAnswer(): Promise<string> {
  const system = await System.start();
  try {
    await system.startTrainer();
    const sweepId = await system.launch(sweep);
    expect((await system.finished(sweepId)).state).toBe('completed');
    return (await system.answer(sweepId)).text;
  } finally {
    await system.stop();
  }
}
