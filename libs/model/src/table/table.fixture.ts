/** Small made-up tables and settings for the tests of the engine for tables. */
import { TABLE_ENGINE_VERSION, type Optimizer, type TableTrainSettings } from '@seedbed/contracts';
import type { TableData, TableFold, TableRows } from './table-data.js';

export interface TableShape {
  readonly inputs: number;
  /** 1 for a regression. */
  readonly outputs: number;
  readonly train: number;
  readonly validation: number;
}

/** Targets are a noisy function of the inputs; folds differ in their rows. */
export function madeUpTable(shape: TableShape, folds = 1): TableData {
  const made = Array.from({ length: folds }, (_, fold) => foldOf(shape, fold));
  const placeOf = (seed: number) => (((seed - 1) % folds) + folds) % folds;
  return {
    task: shape.outputs === 1 ? 'regression' : 'classification',
    inputCount: shape.inputs,
    outputCount: shape.outputs,
    foldKeyOf: (seed) => String(placeOf(seed)),
    foldOf: (seed) => made[placeOf(seed)]!,
  };
}

export function tableSettings(changes: {
  readonly layers?: number[];
  readonly activation?: 'relu' | 'tanh';
  readonly optimizer?: Optimizer;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly steps?: number;
  readonly weightDecay?: number;
  readonly decoupled?: boolean;
  readonly dropout?: number;
  readonly dropoutSeed?: number | null;
  readonly cadence?: 'end' | 'epoch';
  readonly train?: boolean;
  readonly test?: boolean;
  readonly outputs?: number;
  readonly seed?: number;
}): TableTrainSettings {
  const { outputs = 3 } = changes;
  return {
    task: 'table',
    engine: TABLE_ENGINE_VERSION,
    data: {
      ...{ set: 'table', digest: '0'.repeat(64), rows: 100, inputs: 5, outputs, target: 'y' },
      task: outputs === 1 ? 'regression' : 'classification',
      split: { kind: 'holdout', validationShare: 0.2, testShare: 0, dataSeed: 1 },
    },
    model: { kind: 'mlp', layers: changes.layers ?? [4], activation: changes.activation ?? 'relu' },
    training: {
      batchSize: changes.batchSize ?? 10,
      schedule: { kind: 'constant', learningRate: changes.learningRate ?? 0.01, steps: changes.steps ?? 40 },
      optimizer: changes.optimizer ?? ADAM,
      weightDecay: changes.weightDecay ?? 0,
      decoupled: changes.decoupled ?? false,
      dropout: changes.dropout ?? 0,
      dropoutSeed: changes.dropoutSeed ?? null,
    },
    evaluation: {
      cadence: changes.cadence ?? 'end',
      train: changes.train ?? false,
      test: changes.test ?? false,
    },
    seed: changes.seed ?? 1,
  };
}

export const ADAM: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const PLAIN: Optimizer = { kind: 'sgd', momentum: 0, nesterov: false };
export const MOMENTUM: Optimizer = { kind: 'sgd', momentum: 0.9, nesterov: false };
export const NESTEROV: Optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true };

function foldOf(shape: TableShape, fold: number): TableFold {
  const random = sequence(fold + 1);
  const train = rowsOf(shape, shape.train, random);
  return {
    train,
    validation: rowsOf(shape, shape.validation, random),
    test: rowsOf(shape, shape.validation, random),
    targetScale: shape.outputs === 1 ? 3 : 1,
    orderOf: (epoch) =>
      Uint32Array.from({ length: train.count }, (_, place) => (place + 7 * epoch) % train.count),
  };
}

function rowsOf({ inputs, outputs }: TableShape, count: number, random: () => number): TableRows {
  const values = Float32Array.from({ length: count * inputs }, () => 2 * random() - 1);
  const score = (row: number, output: number) => {
    let sum = 0.2 * random();
    for (let i = 0; i < inputs; i++) sum += (values[row * inputs + i] ?? 0) * Math.cos(1 + i + 2 * output);
    return sum;
  };
  const best = (row: number) => {
    const scores = Array.from({ length: outputs }, (_, output) => score(row, output));
    return scores.indexOf(Math.max(...scores));
  };
  const isRegression = outputs === 1;
  return {
    count,
    inputs: values,
    labels: isRegression ? new Uint8Array() : Uint8Array.from({ length: count }, (_, row) => best(row)),
    targets: isRegression
      ? Float32Array.from({ length: count }, (_, row) => score(row, 0))
      : new Float32Array(),
  };
}

/** A linear congruential generator: enough for made-up data. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
