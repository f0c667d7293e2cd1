/**
 * The same sweep gives the same bytes at any scale and whatever happens: on one trainer, on three, and on two of which one
 * is killed with SIGKILL in the middle.
 */
import type { SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(240_000);

/** Two stages, the second derived from the first; 31 runs of real CIFAR-10, one of them diverging by choice. */
const sweep: SweepSpec = {
  seedbed: 1,
  name: 'one-answer',
  preflight: [{ check: 'gradient-check', samples: 3, lambda: 0.01 }],
  data: {
    train: { first: 0, count: 2_000 },
    validation: { first: 45_000, count: 1_000 },
    order: 'shuffled',
    dataSeed: 7,
  },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 100, cycles: 2 } },
  evaluation: { cadence: 'cycle' },
  stages: [
    {
      name: 'coarse',
      seeds: 5,
      parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: 5 } },
      points: [{ lambda: 1e6 }],
    },
    {
      name: 'final',
      seeds: { first: 6, count: 3 },
      parameters: { lambda: { from: 'coarse', choose: 'best' }, hidden: { values: [50, 37] } },
      evaluation: { test: true },
    },
  ],
};
const RUNS = 1 + 6 * 5 + 2 * 3;

interface Outcome {
  readonly answer: string;
  /** Run id → digest, and → the trainer that committed it. */
  readonly digests: ReadonlyMap<string, string>;
  readonly trainers: ReadonlySet<string>;
}

async function outcomeOf(system: System, sweepId: string): Promise<Outcome> {
  const status = await system.finished(sweepId);
  expect(status.state).toBe('completed');
  const rows = await system.runs(sweepId);
  expect(rows).toHaveLength(RUNS);
  expect(new Set(rows.map(({ runId }) => runId)).size).toBe(RUNS);
  expect(rows.filter(({ commit }) => commit === null)).toEqual([]);
  const { text, answer } = await system.answer(sweepId);
  expect(answer.complete).toBe(true);
  return {
    answer: text,
    digests: new Map(rows.map(({ runId, commit }) => [runId, commit?.digest ?? ''])),
    trainers: new Set(rows.map(({ commit }) => commit?.provenance.trainerId ?? '')),
  };
}

async function onTrainers(count: number): Promise<Outcome> {
  const system = await System.start();
  try {
    await Promise.all(
      Array.from({ length: count }, () =>
        system.startTrainer({ SEEDBED_PACK_RUNS_MAX: count === 1 ? '50' : '10' }),
      ),
    );
    return await outcomeOf(system, await system.launch(sweep));
  } finally {
    await system.stop();
  }
}

describeSystem('one sweep, one answer', () => {
  let reference: Outcome;
  beforeAll(async () => {
    reference = await onTrainers(1);
  });

  it('has what the sweep asked for: the gradient check, divergence as a result, the derived stage, the test set', () => {
    const answer = JSON.parse(reference.answer) as {
      stages: {
        stage: string;
        best: number;
        trials: { diverged: number; testMean: number | null; mean: number }[];
      }[];
    };
    const [, coarse, final] = answer.stages;
    expect(coarse?.trials[5]).toMatchObject({ diverged: 5, mean: null });
    expect(coarse?.trials.slice(0, 5).every(({ mean }) => mean > 0.2)).toBe(true);
    expect(final?.trials.every(({ testMean }) => testMean !== null && testMean > 0.2)).toBe(true);
    expect(reference.answer).not.toMatch(/trainer|host|attempt|T\d\d:\d\d/);
  });

  it('gives the same bits per run and the same answer on three trainers', async () => {
    const three = await onTrainers(3);
    expect(three.trainers.size).toBeGreaterThan(1);
    expect(three.digests).toEqual(reference.digests);
    expect(three.answer).toBe(reference.answer);
  });

  it('loses nothing and counts nothing twice when a trainer is killed in the middle', async () => {
    const system = await System.start();
    try {
      const narrow = { SEEDBED_PACK_RUNS_MAX: '10' };
      const victim = await system.startTrainer({ ...narrow, SEEDBED_TRAINER_ID: 'victim' });
      await system.startTrainer({ ...narrow, SEEDBED_TRAINER_ID: 'survivor' });
      const sweepId = await system.launch(sweep);
      const held = await system.until('the victim is in the middle of a pack', async () => {
        const status = (await system.trainers()).find(({ trainerId }) => trainerId === 'victim');
        return status?.packs.find(({ step, steps }) => step > 0 && step < steps) ?? null;
      });
      await system.kill(victim, 'SIGKILL');
      expect(held.runs).toBeGreaterThan(0);
      expect((await system.status(sweepId)).state).toBe('running');
      const survived = await outcomeOf(system, sweepId);
      expect(survived.trainers).toContain('survivor');
      expect(survived.digests).toEqual(reference.digests);
      expect(survived.answer).toBe(reference.answer);
    } finally {
      await system.stop();
    }
  });
});
