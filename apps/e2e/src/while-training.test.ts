/** What people see of a run while it trains is what its record says afterwards. */
import { type RunCurve, runCurveSchema, type SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(120_000);

/** Five networks for 250 epochs of 10 batches: some seconds of training, evaluated all the while. */
const sweep: SweepSpec = {
  seedbed: 1,
  name: 'while-training',
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 2_500 } },
  evaluation: { cadence: 'epoch', train: true },
  seeds: 5,
  parameters: { lambda: { values: [0.001] } },
};

describeSystem('while a sweep trains', () => {
  it('shows the curve of each run, which its commit then confirms, and what evaluation costs', async () => {
    const system = await System.start();
    try {
      await system.startTrainer();
      const sweepId = await system.launch(sweep);
      const [row] = await system.until('it is planned', async () => {
        const rows = await system.runs(sweepId);
        return rows.length > 0 ? rows : null;
      });
      const curve = async (): Promise<RunCurve> =>
        runCurveSchema.parse(await system.get(`/v1/sweeps/${sweepId}/runs/${row!.runId.slice(0, 12)}/curve`));
      const live = await system.until('it has been evaluated', async () => {
        const found = await curve();
        return found.points.length > 1 ? found : null;
      });
      expect(live).toMatchObject({ source: 'live', state: 'training', schedule: { learningRate: 0.01 } });
      const stage = (await system.status(sweepId)).stages.at(-1);
      expect(stage?.inTraining).toMatchObject({ runs: 5, best: expect.any(Number) });

      expect((await system.finished(sweepId)).state).toBe('completed');
      const committed = await curve();
      expect(committed).toMatchObject({ source: 'commit', state: 'committed' });
      expect(committed.points).toHaveLength(251);
      expect(committed.points.slice(0, live.points.length)).toEqual(live.points);
      expect(committed.points.every(({ train }) => train?.accuracy.count === 1_000)).toBe(true);

      // Estimated for the widest pack and all images; this one is smaller.
      const packing = await system.until('a heartbeat tells of its memory', async () => {
        const [trainer] = await system.trainers();
        return trainer?.packing?.peakBytes == null ? null : trainer.packing;
      });
      expect(packing.reason).toMatch(/^(measured: 0\.\d+ ms a step|the default: nothing measured)/);
      expect(packing.peakBytes).toBeGreaterThan(1e8);
      expect(packing.peakBytes).toBeLessThan(packing.estimatedBytes);
      expect(packing.estimatedBytes).toBeLessThanOrEqual(packing.grantedBytes);

      const { times } = await system.results(sweepId);
      expect(times.at(-1)?.trainingMs).toBeGreaterThan(0);
      expect(times.at(-1)?.evaluationMs).toBeGreaterThan(0);
      expect((await system.answer(sweepId)).text).not.toMatch(/Ms\b/);
    } finally {
      await system.stop();
    }
  });
});
