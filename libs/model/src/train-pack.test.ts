/**
 * The packed engine on the real kernels: the same mathematics as plain gradient descent (against the float64 reference),
 * and the same bits for a run whatever company it trains in.
 */
import { type RunResult, type TrainSettings, stepsOf } from '@seedbed/contracts';
import fc from 'fast-check';
import { type Backend, openBackend } from './backend.js';
import { initialWeights } from './initial-weights.js';
import { NetworkGroup } from './network-group.js';
import { PreparedData, type TrainingData } from './prepared-data.js';
import { referenceWeights, trainReference } from './reference-network.js';
import { trainPack } from './train-pack.js';
import { madeUpData, settingsOf } from './training.fixture.js';

let native: Backend;
let wasm: Backend;
beforeAll(async () => {
  native = await openBackend({});
  wasm = await openBackend({ SEEDBED_KERNELS: 'wasm' });
  if (native.name !== 'tensorflow')
    process.stderr.write(`SKIPPED: native kernels (${native.fallbackReason})\n`);
});

const liveBefore = new Map<Backend, number>();
beforeEach(() => [native, wasm].forEach((backend) => liveBefore.set(backend, backend.kernels.liveCount())));
afterEach(() => {
  for (const backend of [native, wasm]) expect(backend.kernels.liveCount()).toBe(liveBefore.get(backend));
});

const small = madeUpData({ inputs: 48, classes: 10, train: 130, validation: 60 });

async function train(
  backend: Backend,
  data: TrainingData,
  members: readonly TrainSettings[],
  isCancelled?: (member: number, step: number) => boolean,
): Promise<Map<number, RunResult>> {
  const prepared = new PreparedData(backend.kernels, data, members[0]?.training.batchSize ?? 1);
  const results = new Map<number, RunResult>();
  const steps = new Map<number, number>();
  try {
    await trainPack({
      data: prepared,
      members,
      loadTest: () => Promise.resolve(data.validation),
      onProgress: (member, { step }) => steps.set(member, step),
      onResult: (member, result) => results.set(member, result),
      isCancelled: (member) => isCancelled?.(member, steps.get(member) ?? 0) ?? false,
    });
  } finally {
    prepared.dispose();
  }
  return results;
}

describe.each(['tensorflow', 'wasm'] as const)('trained on %s', (name) => {
  const backend = () => (name === 'wasm' ? wasm : native);

  // λ = 3 shrinks the weights by up to 60 % a step and folds its scale at every window; 8 is beyond the deferred path.
  it.each([0, 0.01, 3, 8])('weights equal the float64 reference at λ = %d', async (lambda) => {
    const settings = settingsOf({ lambda, batchSize: 20, stepSize: 15, cycles: 2 });
    const shape = { inputs: 48, hidden: 7, classes: 10 };
    const expected = referenceWeights(initialWeights(shape, settings.seed));
    const steps = stepsOf(settings.training.schedule);
    trainReference(shape, expected, small.train, { ...settings.training, steps });

    const prepared = new PreparedData(backend().kernels, small, 20);
    const group = new NetworkGroup(prepared, [settings]);
    let step = 0;
    while (step < steps) {
      for (const window of prepared.windows) {
        group.trainWindow(window, step, () => undefined);
        step += window.batches;
      }
    }
    const actual = group.snapshot([0]);
    for (const part of ['W1', 'b1', 'W2', 'b2'] as const) {
      const values = backend().kernels.download(actual[part]);
      expect(values.length).toBe(expected[part].length);
      expected[part].forEach((value, index) =>
        expect(Math.abs(value - (values[index] ?? NaN))).toBeLessThan(2e-6),
      );
      backend().kernels.dispose(actual[part]);
    }
    group.dispose();
    prepared.dispose();
  });

  it('learns', async () => {
    const data = madeUpData({ inputs: 48, classes: 10, train: 1000, validation: 200 });
    const [result] = (await train(backend(), data, [settingsOf({ stepSize: 200, hidden: 20 })])).values();
    expect(result?.outcome).toBe('trained');
    if (result?.outcome === 'trained')
      expect(result.validation.correct / result.validation.count).toBeGreaterThan(0.5);
  });

  it('is a result with a reason when the loss is no longer a number, and leaves its company alone', async () => {
    const healthy = settingsOf({ seed: 3, cadence: 'epoch' });
    const wild = settingsOf({ lambda: 1e6, etaMax: 1e3, cadence: 'epoch' });
    const alone = await train(backend(), small, [healthy]);
    const together = await train(backend(), small, [wild, healthy]);
    expect(together.get(0)).toMatchObject({
      outcome: 'diverged',
      reason: expect.stringContaining('not a finite number'),
    });
    expect(together.get(1)).toEqual(alone.get(0));
  });
});

describe('a run', () => {
  it('is evaluated on training and test rows where it asks for that', async () => {
    const members = [
      settingsOf({ cadence: 'epoch', train: true, test: true }),
      settingsOf({ cadence: 'epoch' }),
    ];
    const results = await train(native, small, members);
    const [first, second] = [results.get(0), results.get(1)];
    if (first?.outcome !== 'trained' || second?.outcome !== 'trained') throw new Error('both train');
    expect(first.curve.map(({ step }) => step)).toEqual([0, 6, 12, 18, 24, 30, 36, 40]);
    expect(first.curve.every(({ train: own }) => own?.accuracy.count === 130)).toBe(true);
    expect(first.test).toEqual(first.validation);
    expect(second.test).toBeUndefined();
    expect(second.curve.every(({ train: own }) => own === undefined)).toBe(true);
    expect(first.weightsDigest).toBe(second.weightsDigest);
  });

  it('has the same final weights at any evaluation cadence', async () => {
    const digest = async (cadence: 'end' | 'cycle' | 'epoch') => {
      const result = (
        await train(native, small, [settingsOf({ cadence, stepSize: 7, cycles: 3, lambda: 2 })])
      ).get(0);
      return result?.outcome === 'trained' ? result.weightsDigest : null;
    };
    expect(await digest('cycle')).toBe(await digest('end'));
    expect(await digest('epoch')).toBe(await digest('end'));
  });

  // Real width of CIFAR-10, where the kernels choose their blocking; random company of other λ, seeds, schedules and sizes.
  it('gets the same bits in any company, with members that diverge or are cancelled midway', async () => {
    const wide = madeUpData({ inputs: 3072, classes: 10, train: 700, validation: 130 });
    const member = fc.record({
      lambda: fc.constantFrom(0, 1e-5, 0.01, 0.635, 7, 1e6),
      seed: fc.integer({ min: 0, max: 1000 }),
      hidden: fc.constantFrom(50, 50, 50, 10, 37, 64),
      stepSize: fc.integer({ min: 3, max: 8 }),
      cadence: fc.constantFrom('end' as const, 'cycle' as const, 'epoch' as const),
    });
    const subject = settingsOf({
      hidden: 50,
      batchSize: 100,
      stepSize: 6,
      lambda: 0.01,
      seed: 42,
      cadence: 'cycle',
    });
    const alone = (await train(native, wide, [subject])).get(0);
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { minLength: 0, maxLength: 24 }),
        fc.nat(),
        fc.nat({ max: 30 }),
        async (company, place, cancelledAt) => {
          const others = company.map((changes) => settingsOf({ ...changes, batchSize: 100 }));
          const position = place % (others.length + 1);
          const members = [...others.slice(0, position), subject, ...others.slice(position)];
          const cancelled = (position + 1) % members.length;
          const results = await train(native, wide, members, (index, step) => {
            return index === cancelled && index !== position && step >= cancelledAt;
          });
          expect(results.get(position)).toEqual(alone);
        },
      ),
      { numRuns: Number(process.env['SEEDBED_PROPERTY_RUNS'] ?? 12) },
    );
  }, 600_000);
});
