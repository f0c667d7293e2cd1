/**
 * The packed engine for tables on the real kernels: the same mathematics as textbook formulas in float64, and the same bits
 * for a run whatever company it trains in.
 */
import { type RunResult, stepsOf, type TableTrainSettings } from '@seedbed/contracts';
import fc from 'fast-check';
import { type Backend, openBackend } from '../backend.js';
import { MlpGroup } from './mlp-group.js';
import { trainReferenceMlp } from './reference-mlp.js';
import { TableBatches } from './table-batches.js';
import type { TableData } from './table-data.js';
import { ADAM, madeUpTable, MOMENTUM, NESTEROV, PLAIN, tableSettings } from './table.fixture.js';
import { trainTablePack } from './train-table-pack.js';

let native: Backend;
let wasm: Backend;
const liveBefore = new Map<Backend, number>();
beforeAll(async () => {
  native = await openBackend({});
  wasm = await openBackend({ SEEDBED_KERNELS: 'wasm' });
  if (native.name !== 'tensorflow')
    process.stderr.write(`SKIPPED: native kernels (${native.fallbackReason})\n`);
});
beforeEach(() => [native, wasm].forEach((backend) => liveBefore.set(backend, backend.kernels.liveCount())));
afterEach(() => {
  for (const backend of [native, wasm]) expect(backend.kernels.liveCount()).toBe(liveBefore.get(backend));
});

async function train(
  backend: Backend,
  data: TableData,
  members: readonly TableTrainSettings[],
  isCancelled: (member: number) => boolean = () => false,
): Promise<Map<number, RunResult>> {
  const results = new Map<number, RunResult>();
  await trainTablePack({
    kernels: backend.kernels,
    data,
    members,
    isCancelled,
    onResult: (member, result) => results.set(member, result),
  });
  return results;
}

const classes = madeUpTable({ inputs: 5, outputs: 3, train: 64, validation: 30 });
const numbers = madeUpTable({ inputs: 5, outputs: 1, train: 64, validation: 30 });

describe.each(['tensorflow', 'wasm'] as const)('trained on %s', (name) => {
  const backend = () => (name === 'wasm' ? wasm : native);
  const decay = { weightDecay: 0.1 };
  it.each([
    ['soft-max regression', { layers: [], optimizer: PLAIN, learningRate: 0.1 }],
    ['linear regression with momentum', { layers: [], optimizer: MOMENTUM, outputs: 1, ...decay }],
    ['one hidden layer, Nesterov', { layers: [6], optimizer: NESTEROV, ...decay, decoupled: true }],
    ['two hidden layers, Adam, tanh', { layers: [6, 4], activation: 'tanh' as const, ...decay }],
    ['three hidden layers, AdamW, dropout', { layers: [6, 4, 5], ...decay, decoupled: true, dropout: 0.3 }],
    [
      'four hidden layers of a regression',
      { layers: [5, 6, 4, 3], outputs: 1, optimizer: ADAM, dropoutSeed: 9, dropout: 0.2 },
    ],
  ])('%s: weights equal the float64 reference', (_, changes) => {
    const settings = tableSettings(changes);
    const data = settings.data.outputs === 1 ? numbers : classes;
    const expected = trainReferenceMlp(settings, data);
    const { kernels } = backend();
    const batches = new TableBatches(kernels, data, data.foldOf(1), settings.training.batchSize);
    const isRegression = data.task === 'regression';
    const group = new MlpGroup(
      kernels,
      { inputCount: 5, outputCount: data.outputCount, isRegression, batchSize: 10 },
      [settings],
    );
    for (let step = 0; step < stepsOf(settings.training.schedule); step++) {
      const batch = batches.batchOf(step);
      group.train(batch, step);
      kernels.dispose(batch.rows, batch.targets);
    }
    group.weightsOf(0).forEach((layer, index) => {
      for (const part of ['weights', 'biases'] as const) {
        expected[index]![part].forEach((value, place) =>
          expect(Math.abs(value - layer[part][place]!)).toBeLessThan(2e-4),
        );
      }
    });
    group.dispose();
  });

  it('learns classes and numbers', async () => {
    const [judged] = (
      await train(backend(), classes, [tableSettings({ layers: [16], steps: 400 })])
    ).values();
    expect(judged?.outcome).toBe('trained');
    if (judged?.outcome === 'trained') expect(judged.validation.correct).toBeGreaterThan(22);
    const [scored] = (
      await train(backend(), numbers, [tableSettings({ layers: [16], steps: 400, outputs: 1, test: true })])
    ).values();
    if (scored?.outcome !== 'scored') throw new Error('a regression has a score');
    expect(scored.further?.['rSquared']).toBeGreaterThan(0.9);
    expect(scored.test).toBeGreaterThan(0);
  });
});

it('says R² and the error in the unit of the target', async () => {
  const [result] = (
    await train(native, numbers, [tableSettings({ outputs: 1, steps: 12, cadence: 'epoch' })])
  ).values();
  if (result?.outcome !== 'scored') throw new Error('a regression has a score');
  expect(result.scores.map(({ step }) => step)).toEqual([0, 6, 12]);
  const { targets, count } = numbers.foldOf(1).validation;
  const mean = targets.reduce((sum, value) => sum + value, 0) / count;
  const variance = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  expect(result.further?.['rSquared']).toBeCloseTo(1 - result.value / (9 * variance), 5);
});

it('evaluates on training and test rows where it is asked for, and after every epoch', async () => {
  const [result] = (
    await train(native, classes, [tableSettings({ cadence: 'epoch', train: true, test: true, steps: 13 })])
  ).values();
  if (result?.outcome !== 'trained') throw new Error('it trains');
  expect(result.curve.map(({ step }) => step)).toEqual([0, 6, 12, 13]);
  expect(result.curve.every((point) => point.train?.accuracy.count === 64)).toBe(true);
  expect(result.test?.count).toBe(30);
});

it('is a result with a reason when the loss is no longer a number', async () => {
  const wild = tableSettings({ optimizer: PLAIN, learningRate: 1e30, cadence: 'epoch' });
  const [result] = (await train(native, classes, [wild])).values();
  expect(result).toMatchObject({
    outcome: 'diverged',
    reason: expect.stringContaining('not a finite number'),
  });
});

it('refuses a batch that is larger than the training part', async () => {
  await expect(train(native, classes, [tableSettings({ batchSize: 65 })])).rejects.toThrow(
    'training.batchSize',
  );
});

describe('a run', () => {
  const folded = {
    3: madeUpTable({ inputs: 5, outputs: 3, train: 64, validation: 30 }, 3),
    1: madeUpTable({ inputs: 5, outputs: 1, train: 64, validation: 30 }, 3),
  };
  const memberOf = (outputs: 1 | 3) =>
    fc
      .record({
        layers: fc.constantFrom<number[]>([], [4], [33], [4, 3], [5, 4, 3]),
        activation: fc.constantFrom('relu' as const, 'tanh' as const),
        optimizer: fc.constantFrom(ADAM, { ...ADAM, beta1: 0.5 }, PLAIN, MOMENTUM, NESTEROV),
        learningRate: fc.constantFrom(0.001, 0.03, 1e30),
        steps: fc.integer({ min: 1, max: 20 }),
        weightDecay: fc.constantFrom(0, 0.01, 0.5),
        decoupled: fc.boolean(),
        dropout: fc.constantFrom(0, 0.1, 0.5),
        seed: fc.integer({ min: 1, max: 7 }),
        cadence: fc.constantFrom('end' as const, 'epoch' as const),
      })
      .map((changes) => tableSettings({ ...changes, outputs }));

  // Alone, beside any others (some of which diverge, end early or are cancelled), and in packs of any width.
  it.each([3, 1] as const)(
    'has the bits in any company that it has alone (%d outputs)',
    async (outputs) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ settings: memberOf(outputs), cancelled: fc.integer({ min: 0, max: 9 }) }), {
            minLength: 2,
            maxLength: 12,
          }),
          fc.integer({ min: 1, max: 4 }),
          async (companions, copies) => {
            const wide = Array.from({ length: copies }, () => companions).flat();
            const together = await train(
              native,
              folded[outputs],
              wide.map(({ settings }) => settings),
              (member) => wide[member]?.cancelled === 0,
            );
            for (const [first, { settings }] of companions.entries()) {
              const alone = (await train(native, folded[outputs], [settings])).get(0);
              for (let member = first; member < wide.length; member += companions.length) {
                const own = together.get(member);
                if (own !== undefined) expect(own).toEqual(alone);
              }
            }
          },
        ),
        { numRuns: 10 },
      );
    },
    60_000,
  );

  it('has another fold and other masks with another seed', async () => {
    const of = async (seed: number, dropoutSeed: number | null) =>
      (await train(native, folded[3], [tableSettings({ seed, dropout: 0.5, dropoutSeed })])).get(0);
    expect(await of(1, null)).not.toEqual(await of(4, null));
    expect(await of(1, 1)).toEqual(await of(1, null));
    expect(await of(1, 2)).not.toEqual(await of(1, 1));
  });
});
