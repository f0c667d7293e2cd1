import { OVERFIT_ENGINE_VERSION, OVERFIT_POINTS_MAX, type OverfitSettings } from '@seedbed/contracts';
import { type Backend, openBackend } from './backend.js';
import { overfitOneBatch } from './overfit-batch.js';
import type { TrainingData } from './prepared-data.js';
import { madeUpData, settingsOf } from './training.fixture.js';

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend();
});

const SAMPLES = 40;

function batch(change: (labels: Uint8Array) => void = () => undefined): TrainingData {
  const { inputCount, classCount, train } = madeUpData({
    inputs: 48,
    classes: 10,
    train: SAMPLES,
    validation: 1,
  });
  change(train.labels);
  return { inputCount, classCount, train, validation: train };
}

function check(changes: Partial<OverfitSettings> = {}): OverfitSettings {
  const { data, model } = settingsOf({ hidden: 20 });
  return {
    ...{ task: 'overfit-one-batch', engine: OVERFIT_ENGINE_VERSION, data, model, seed: 1 },
    ...{ samples: SAMPLES, learningRate: 0.1, steps: 400, lossMax: 0.1, ...changes },
  };
}

test('a healthy engine learns a batch by heart, whatever its labels', async () => {
  const live = backend.kernels.liveCount();
  // No pattern is left to be found: it must be memorised.
  const shuffled = batch((labels) => labels.forEach((_, at) => (labels[at] = (at * 7) % 10)));
  const result = await overfitOneBatch(backend, shuffled, check());
  expect(result).toMatchObject({ passed: true, accuracy: { correct: SAMPLES, count: SAMPLES } });
  expect(result.losses).toHaveLength(OVERFIT_POINTS_MAX);
  expect(result.losses[0]).toMatchObject({ step: 0 });
  expect(result.losses.at(-1)?.step).toBe(400);
  expect(await overfitOneBatch(backend, shuffled, check())).toEqual(result);
  expect(backend.kernels.liveCount()).toBe(live);
});

test('a network that cannot learn it fails, with the way its loss took', async () => {
  // The same picture with ten different labels: nothing can tell them apart.
  const { inputCount, classCount, train } = batch((labels) =>
    labels.forEach((_, at) => (labels[at] = at % 10)),
  );
  const same = train.rows(0, 1);
  const rows = { ...train, rows: (_: number, count: number, target?: Float32Array) => {
    const filled = target?.subarray(0, count * inputCount) ?? new Float32Array(count * inputCount);
    for (let row = 0; row < count; row += 1) filled.set(same, row * inputCount);
    return filled;
  } }; // prettier-ignore
  const result = await overfitOneBatch(
    backend,
    { inputCount, classCount, train: rows, validation: rows },
    check(),
  );
  expect(result.passed).toBe(false);
  expect(result.losses.at(-1)?.loss).toBeCloseTo(Math.log(10), 1);
});

test('too few steps fail; a divergence fails without a loss', async () => {
  expect((await overfitOneBatch(backend, batch(), check({ steps: 2 }))).passed).toBe(false);
  const diverged = await overfitOneBatch(backend, batch(), check({ learningRate: 1e6 }));
  expect(diverged).toMatchObject({ passed: false, accuracy: null });
  expect(diverged.losses.at(-1)?.loss).toBeNull();
});
