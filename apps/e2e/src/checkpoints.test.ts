/** A long run whose trainer is killed goes on from its checkpoint, on another trainer, to the same bytes. */
import { readdir } from 'node:fs/promises';
import type { SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(180_000);

const STEPS = 12_000;
/** Five networks; some seconds of training, which stand for minutes. */
const sweep: SweepSpec = {
  seedbed: 1,
  name: 'long-runs',
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: STEPS } },
  evaluation: { cadence: 'end', train: false },
  seeds: 5,
  parameters: { lambda: { values: [0.001] } },
};

describeSystem('a long run', () => {
  it('goes on from its checkpoint after a kill, with the same digest', async () => {
    const undisturbed = await System.start();
    let expected: string;
    try {
      await undisturbed.startTrainer();
      const sweepId = await undisturbed.launch(sweep);
      expect((await undisturbed.finished(sweepId)).state).toBe('completed');
      expected = (await undisturbed.answer(sweepId)).text;
    } finally {
      await undisturbed.stop();
    }

    const system = await System.start();
    const kept = async () => (await readdir(system.checkpointDirectory, { recursive: true })).map(String);
    try {
      const environment = {
        SEEDBED_CHECKPOINT_URL: system.coordinatorUrl,
        SEEDBED_CHECKPOINT_INTERVAL_MS: '300',
      };
      const first = await system.startTrainer(environment);
      const sweepId = await system.launch(sweep);
      await system.until('two checkpoints of each run are kept', async () => {
        const files = (await kept()).filter((name) => !name.includes('.part-') && name.includes('/'));
        return files.length >= 10 ? files : null;
      });
      await system.kill(first, 'SIGKILL');
      const lines: string[] = [];
      await system.startTrainer(environment, { onLogLine: (line) => lines.push(line) });
      expect((await system.finished(sweepId)).state).toBe('completed');
      expect((await system.answer(sweepId)).text).toBe(expected);

      const resumed = lines
        .map((line) => JSON.parse(line) as { msg: string; step: number; runs: number })
        .find(({ msg }) => msg === 'going on from checkpoints');
      expect(resumed).toMatchObject({ runs: 5 });
      expect(resumed!.step).toBeGreaterThan(0);
      expect(resumed!.step).toBeLessThan(STEPS);
      await system.until('nothing is kept of what is committed', async () =>
        (await kept()).length === 0 ? true : null,
      );
    } finally {
      await system.stop();
    }
  });
});
