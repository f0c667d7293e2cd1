/** Trainers on processors of two kinds: a real one with AVX-512, and one whose kernels are limited to AVX2. */
import { readFileSync } from 'node:fs';
import type { SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(240_000);

const hasAvx512 = /^flags\s*:.*\bavx512f\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
if (!hasAvx512) process.stderr.write('SKIPPED: mixed processors: this one has no AVX-512\n');
const describeMixed = hasAvx512 ? describeSystem : describe.skip;

const sweep: SweepSpec = {
  seedbed: 1,
  name: 'mixed-processors',
  data: { train: { first: 0, count: 2_000 }, validation: { first: 45_000, count: 1_000 } },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 100, cycles: 2 } },
  seeds: 5,
  parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: 6 } },
};
const RUNS = 30;
const NARROW = { SEEDBED_PACK_RUNS_MAX: '5' };
const LIMITED = { ...NARROW, ONEDNN_MAX_CPU_ISA: 'AVX2', SEEDBED_TRAINER_ID: 'limited' };

describeMixed('processors of two kinds', () => {
  let system: System;
  beforeAll(async () => {
    system = await System.start();
    await system.startTrainer({ ...NARROW, SEEDBED_TRAINER_ID: 'whole' });
    await system.startTrainer(LIMITED);
  });
  afterAll(() => system.stop());

  it('are two numerics classes', async () => {
    const classes = (await system.trainers()).map(({ numericsClass }) => numericsClass);
    expect(classes).toEqual([
      expect.stringMatching(/^tensorflow-.*-avx2$/),
      expect.stringMatching(/^tensorflow-.*-avx512$/),
    ]);
  });

  it('one trains a sweep, the other leaves it alone', async () => {
    const sweepId = await system.launch(sweep);
    const { state, numericsClass } = await system.finished(sweepId);
    expect(state).toBe('completed');
    const rows = await system.runs(sweepId);
    expect(rows).toHaveLength(RUNS);
    expect(new Set(rows.map(({ commit }) => commit?.numericsClass))).toEqual(new Set([numericsClass]));
    expect(new Set(rows.map(({ commit }) => commit?.provenance.trainerId)).size).toBe(1);
    expect((await system.answer(sweepId)).answer).not.toHaveProperty('mixed');
  });

  it('both train it where it is mixed, and the results say so', async () => {
    const sweepId = await system.launch({ ...sweep, mixed: true, seeds: { first: 101, count: 5 } });
    expect((await system.finished(sweepId)).state).toBe('completed');
    const { answer } = await system.answer(sweepId);
    expect(answer.complete).toBe(true);
    expect(answer.mixed).toHaveLength(2);
    expect(answer.mixed?.reduce((sum, { runs }) => sum + runs, 0)).toBe(RUNS);
    const rows = await system.runs(sweepId);
    for (const { numericsClass, runs } of answer.mixed ?? [])
      expect(rows.filter(({ commit }) => commit?.numericsClass === numericsClass)).toHaveLength(runs);
  });
});
