/** Small made-up data and settings for the engine's tests. */
import { ENGINE_VERSION, type LearningRateSchedule, type TrainSettings } from '@seedbed/contracts';
import type { LabelledRows, TrainingData } from './prepared-data.js';
import type { Samples } from './reference-network.js';

/** Made-up rows can be read whole, too. */
type MadeUpRows = LabelledRows & Samples & { readonly labels: Uint8Array };

/** Rows whose class is the largest of `classes` fixed directions plus noise: learnable, but not trivially. */
export function madeUpData(shape: {
  inputs: number;
  classes: number;
  train: number;
  validation: number;
}): TrainingData & { readonly train: MadeUpRows; readonly validation: MadeUpRows } {
  return {
    inputCount: shape.inputs,
    classCount: shape.classes,
    train: rows(shape, shape.train, 1),
    validation: rows(shape, shape.validation, 2),
  };
}

export function settingsOf(changes: {
  lambda?: number;
  seed?: number;
  hidden?: number;
  batchSize?: number;
  stepSize?: number;
  cycles?: number;
  etaMax?: number;
  /** In place of a cyclical schedule of the three above. */
  schedule?: LearningRateSchedule;
  cadence?: 'end' | 'cycle' | 'epoch';
  train?: boolean;
  test?: boolean;
}): TrainSettings {
  const range = { first: 0, count: 1 };
  return {
    task: 'train',
    engine: ENGINE_VERSION,
    data: {
      set: 'cifar10',
      digest: '0'.repeat(64),
      train: range,
      validation: range,
      order: { kind: 'file' },
    },
    model: { kind: 'two-layer', hidden: changes.hidden ?? 7 },
    training: {
      lambda: changes.lambda ?? 0.01,
      batchSize: changes.batchSize ?? 20,
      schedule: changes.schedule ?? {
        kind: 'cyclical',
        etaMin: 1e-3,
        etaMax: changes.etaMax ?? 0.1,
        stepSize: changes.stepSize ?? 20,
        cycles: changes.cycles ?? 1,
      },
    },
    evaluation: {
      cadence: changes.cadence ?? 'end',
      train: changes.train ?? false,
      test: changes.test ?? false,
    },
    seed: changes.seed ?? 1,
  };
}

function rows(shape: { inputs: number; classes: number }, count: number, stream: number): MadeUpRows {
  const random = sequence(stream);
  const inputs = new Float32Array(count * shape.inputs);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const label = Math.floor(random() * shape.classes);
    labels[row] = label;
    for (let i = 0; i < shape.inputs; i++) {
      inputs[row * shape.inputs + i] = 2 * random() - 1 + (i % shape.classes === label ? 1.5 : 0);
    }
  }
  return {
    inputs,
    labels,
    count,
    rows: (first, length, target) => {
      const own = inputs.subarray(first * shape.inputs, (first + length) * shape.inputs);
      if (target === undefined) return own;
      target.set(own);
      return target.subarray(0, own.length);
    },
  };
}

/** A linear congruential generator: enough for made-up data. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
