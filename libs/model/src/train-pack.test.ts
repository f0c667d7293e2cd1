/**
 * The packed engine on the real kernels: the same mathematics as plain gradient descent (against the float64 reference),
 * and the same bits for a run whatever company it trains in.
 */
import { type RunResult, type TrainSettings, stepsOf } from '@seedbed/contracts';
import fc from 'fast-check';
import { type Backend, openBackend } from './backend.js';
import { isDeferred } from './decay.js';
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
): Promise<Map<number, RunResult>> {
  const prepared = new PreparedData(backend.kernels, data, members[0]?.training.batchSize ?? 1);
  const results = new Map<number, RunResult>();
  try {
    await trainPack({
      data: prepared,
      members,
      loadTest: () => Promise.resolve(data.validation),
      onResult: (member, result) => results.set(member, result),
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
});

/** A member of a random pack, and the step after which it is cancelled if it is. */
interface Companion {
  readonly settings: TrainSettings;
  readonly cancelledAt: number | null;
}

/**
 * λ from 0 to 7 and rates of up to a thousand: with λ = 0 such a network diverges in the same group of tensors in which
 * healthy ones train. Steps of one to three windows.
 */
function companionsOf(hidden: readonly number[]): fc.Arbitrary<Companion> {
  const eta = fc.constantFrom(0.01, 0.1, 0.1, 1e3);
  const steps = fc.integer({ min: 3, max: 12 });
  const schedule = fc.oneof(
    fc.record({ kind: fc.constant('constant' as const), learningRate: eta, steps }),
    fc.record({
      kind: fc.constant('cyclical' as const),
      etaMin: fc.constant(1e-3),
      etaMax: eta,
      stepSize: steps,
      cycles: fc.constant(1),
    }),
  );
  const settings = fc.record({
    lambda: fc.constantFrom(0, 0, 1e-5, 0.01, 0.635, 7),
    seed: fc.integer({ min: 1, max: 3 }),
    hidden: fc.constantFrom(...hidden),
    schedule,
    cadence: fc.constantFrom('end' as const, 'cycle' as const, 'epoch' as const),
    train: fc.boolean(),
  });
  const cancelledAt = fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }) },
  );
  return fc.record({ settings: settings.map(settingsOf), cancelledAt });
}

function ofBatchSize(settings: TrainSettings, batchSize: number): TrainSettings {
  return { ...settings, training: { ...settings.training, batchSize } };
}

/** What must happen in the random packs for them to say anything: one pack in which it does, whatever else is drawn. */
function eventful(hidden: number): Companion[] {
  const constant = (learningRate: number, steps: number) =>
    ({ kind: 'constant', learningRate, steps }) as const;
  const healthy = { hidden, lambda: 0, cadence: 'epoch' as const };
  return [
    { settings: settingsOf({ ...healthy, schedule: constant(0.1, 24) }), cancelledAt: null },
    { settings: settingsOf({ ...healthy, schedule: constant(1e3, 24) }), cancelledAt: null },
    { settings: settingsOf({ ...healthy, seed: 2, schedule: constant(0.1, 24) }), cancelledAt: 4 },
  ];
}

/** The packs' data by batch size, and every member's result alone. */
class Company {
  /** In how many packs a member diverged in the same group as a trained one, and how many members were cancelled midway. */
  readonly seen = { divergedBesideTrained: 0, cancelledMidway: 0 };
  private readonly data = new Map<number, PreparedData>();
  private readonly alone = new Map<string, RunResult>();

  constructor(
    private readonly backend: Backend,
    private readonly images: TrainingData,
  ) {}

  async check(members: readonly Companion[], batchSize: number): Promise<void> {
    const { results, cancelled } = await this.train(members, batchSize);
    for (const [index, { settings }] of members.entries()) {
      const expected = cancelled.has(index) ? undefined : await this.resultAlone(settings, batchSize);
      expect(results.get(index)).toEqual(expected);
    }
    this.seen.cancelledMidway += cancelled.size;
    const groups = (outcome: RunResult['outcome']) =>
      members.flatMap(({ settings }, index) =>
        results.get(index)?.outcome === outcome ? [`${settings.model.hidden}/${isDeferred(settings)}`] : [],
      );
    const trained = new Set(groups('trained'));
    if (groups('diverged').some((group) => trained.has(group))) this.seen.divergedBesideTrained++;
  }

  dispose(): void {
    for (const data of this.data.values()) data.dispose();
  }

  private async resultAlone(settings: TrainSettings, batchSize: number): Promise<RunResult> {
    const key = JSON.stringify(ofBatchSize(settings, batchSize));
    let result = this.alone.get(key);
    if (result === undefined) {
      result = (await this.train([{ settings, cancelledAt: null }], batchSize)).results.get(0);
      if (result === undefined) throw new Error('a run alone has a result');
      this.alone.set(key, result);
    }
    return result;
  }

  private async train(
    members: readonly Companion[],
    batchSize: number,
  ): Promise<{ results: Map<number, RunResult>; cancelled: Set<number> }> {
    const data = this.data.get(batchSize) ?? new PreparedData(this.backend.kernels, this.images, batchSize);
    this.data.set(batchSize, data);
    const results = new Map<number, RunResult>();
    const cancelled = new Set<number>();
    // A member is asked about after every window that it is in.
    const windows = members.map(() => data.windowsFrom(0));
    const reached = members.map(() => 0);
    await trainPack({
      data,
      members: members.map(({ settings }) => ofBatchSize(settings, batchSize)),
      loadTest: () => Promise.resolve(this.images.validation),
      onResult: (member, result) => results.set(member, result),
      isCancelled: (member) => {
        const step = (reached[member] ?? 0) + (windows[member]?.next().value.batches ?? 0);
        reached[member] = step;
        if (step < (members[member]?.cancelledAt ?? Infinity)) return false;
        cancelled.add(member);
        return true;
      },
    });
    return { results, cancelled };
  }
}

// The real width of CIFAR-10 on the native kernels, which choose their blocking by it; small ones elsewhere.
describe.each([
  { name: 'tensorflow', inputs: 3072, hidden: [50, 50, 50, 10, 37] },
  { name: 'wasm', inputs: 48, hidden: [7, 7, 20] },
] as const)('in random packs on $name', ({ name, inputs, hidden }) => {
  it('every member gets the bits it gets alone, beside members that diverge or are cancelled midway', async () => {
    const backend = name === 'wasm' ? wasm : native;
    if (backend.name !== name) return process.stderr.write(`SKIPPED: random packs on ${name} kernels\n`);
    const images = madeUpData({ inputs, classes: 10, train: 800, validation: 130 });
    const company = new Company(backend, images);
    const pack = fc.record({
      members: fc.array(companionsOf(hidden), { minLength: 2, maxLength: 6 }),
      // Wide packs for the price of narrow ones: copies have the same result alone.
      copies: fc.integer({ min: 0, max: 2 }),
      batchSize: fc.constantFrom(100, 32, 250),
    });
    try {
      await fc.assert(
        fc.asyncProperty(pack, async ({ members, copies, batchSize }) => {
          const uncancelled = members.map((member) => ({ ...member, cancelledAt: null }));
          const all = [...members, ...Array.from({ length: copies }, () => uncancelled).flat()];
          await company.check(all, batchSize);
        }),
        {
          numRuns: Number(process.env['SEEDBED_PROPERTY_RUNS'] ?? 12),
          examples: [100, 32, 250].map((batchSize) => [
            { members: eventful(hidden[0]), copies: 1, batchSize },
          ]),
        },
      );
    } finally {
      company.dispose();
    }
    expect(company.seen.divergedBesideTrained).toBeGreaterThanOrEqual(3);
    expect(company.seen.cancelledMidway).toBeGreaterThanOrEqual(3);
  }, 600_000);
});
