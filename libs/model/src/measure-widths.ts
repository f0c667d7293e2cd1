/**
 * How fast this process trains packs of several widths: the real engine, on one window of made-up rows of CIFAR-10's width.
 * Results never depend on the width, so it is free to follow the machine.
 */
import { ENGINE_VERSION, type TrainSettings } from '@seedbed/contracts';
import type { Kernels } from './kernels.js';
import { NetworkGroup } from './network-group.js';
import { type LabelledRows, PreparedData } from './prepared-data.js';
import { windowBatches } from './windows.js';

export interface WidthTime {
  /** Hidden units of all networks together: what the products' speed depends on. */
  readonly hiddenUnits: number;
  /** Milliseconds of one step of one of them, the best of the passes. */
  readonly stepMs: number;
}

/** The report's network; other sizes reach the same speed at as many hidden units together. */
const HIDDEN = 50;
const BATCH_SIZE = 100;
const INPUTS = 3_072;
const CLASSES = 10;
/** Falling, because a group can lose members only. Whole blocks of five seeds; beyond the first nothing gains any more. */
const NETWORKS = [50, 40, 30, 25, 20, 15, 10, 5] as const;
/** One pass takes about 0.2 s on one core; the best of a few passes leaves out what others did to the machine meanwhile. */
const PASSES = 3;
/** No further pass after this, and none at all when the widest window alone took as long: such times say nothing. */
const BUDGET_MS = 300;

/** Rising widths; empty when the machine is too slow or too busy to measure within the budget. */
export function measureWidths(kernels: Kernels): WidthTime[] {
  const data = new PreparedData(kernels, madeUpWindow(), BATCH_SIZE);
  const best = new Map<number, number>();
  try {
    // Memory and code are touched for the first time: the widest window is enough for that.
    const [[widest, warmUpMs] = [0, 0]] = onePass(data, NETWORKS.slice(0, 1));
    if (warmUpMs * widest * windowBatches(BATCH_SIZE) > BUDGET_MS) return [];
    const start = performance.now();
    for (let pass = 0; pass < PASSES && performance.now() - start < BUDGET_MS; pass++) {
      for (const [networks, stepMs] of onePass(data, NETWORKS)) {
        best.set(networks, Math.min(stepMs, best.get(networks) ?? Infinity));
      }
    }
  } finally {
    data.dispose();
  }
  return [...best]
    .map(([networks, stepMs]) => ({ hiddenUnits: networks * HIDDEN, stepMs }))
    .sort((a, b) => a.hiddenUnits - b.hiddenUnits);
}

function* onePass(data: PreparedData, widths: readonly number[]): Generator<[number, number]> {
  const [window] = data.windows;
  if (window === undefined) throw new RangeError('made-up rows fill a window');
  const group = new NetworkGroup(data, Array.from({ length: widths[0] ?? 1 }, settings));
  try {
    let step = 0;
    for (const networks of widths) {
      group.keep(new Set(Array.from({ length: networks }, (_, member) => member)));
      const start = performance.now();
      group.trainWindow(window, step, () => undefined);
      step += window.batches;
      yield [networks, (performance.now() - start) / (window.batches * networks)];
    }
  } finally {
    group.dispose();
  }
}

function madeUpWindow(): ConstructorParameters<typeof PreparedData>[1] {
  const count = windowBatches(BATCH_SIZE) * BATCH_SIZE;
  const values = new Float32Array(count * INPUTS);
  for (let index = 0; index < values.length; index++) values[index] = ((index * 7_919) % 2_003) / 1_001 - 1;
  const labels = Uint8Array.from({ length: count }, (_, index) => index % CLASSES);
  const rows = (first: number, length: number) => values.subarray(first * INPUTS, (first + length) * INPUTS);
  const train: LabelledRows = { rows, labels, count };
  return { inputCount: INPUTS, classCount: CLASSES, train, validation: { ...train, count: 0 } };
}

/** Equal seeds: their initial weights are drawn once. The learning rate keeps any number of steps finite. */
function settings(): TrainSettings {
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
    model: { kind: 'two-layer', hidden: HIDDEN },
    training: {
      lambda: 1e-4,
      batchSize: BATCH_SIZE,
      schedule: { kind: 'constant', learningRate: 1e-4, steps: 1_000 },
    },
    evaluation: { cadence: 'end', train: false, test: false },
    seed: 1,
  };
}
