/** A split on the backend: windows of normalised rows, one-hot labels, and the windows' Gram matrices, kept over epochs. */
import { InputError } from '@seedbed/contracts';
import type { Kernels, Tensor } from './kernels.js';
import { windowBatches, windowsOfEpoch } from './windows.js';

/** Normalised rows with their labels; rows are asked for piece by piece, so that no second copy of a set is needed. */
export interface LabelledRows {
  /** count × inputs values, row-major; written to the beginning of `target` where one is given. */
  rows(first: number, count: number, target?: Float32Array): Float32Array;
  readonly labels: Uint8Array;
  readonly count: number;
}

export interface TrainingData {
  readonly inputCount: number;
  readonly classCount: number;
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
}

/** Rows on the backend with the labels beside them on the host. */
export interface Chunk {
  /** rows × inputs */
  readonly rows: Tensor;
  readonly labels: Uint8Array;
}

export interface Window extends Chunk {
  readonly batches: number;
  readonly batchSize: number;
  /** Per batch: one-hot labels divided by the batch size, classes × batch. */
  readonly targets: readonly Tensor[];
  /** Entry t ≥ 1: X_{<t} · X_tᵀ, (t·batch) × batch; filled when first needed. Entry 0 is null. */
  gram: readonly (Tensor | null)[] | null;
}

/** Rows evaluated at once: bounds the hidden activations to 500 × networks × hidden × 4 bytes. */
export const CHUNK_ROWS = 500;

export class PreparedData {
  readonly windows: readonly Window[];
  readonly validation: readonly Chunk[];
  readonly batchesPerEpoch: number;
  readonly inputCount: number;
  readonly classCount: number;
  /** Training images after the last full batch: not trained on, but evaluated. */
  private readonly rest: readonly Chunk[];

  constructor(
    readonly kernels: Kernels,
    data: TrainingData,
    readonly batchSize: number,
  ) {
    this.inputCount = data.inputCount;
    this.classCount = data.classCount;
    this.batchesPerEpoch = Math.floor(data.train.count / batchSize);
    if (this.batchesPerEpoch === 0) {
      const message = `${batchSize} is more than the ${data.train.count} training images; use at most ${data.train.count}`;
      throw new InputError([{ path: 'training.batchSize', message }]);
    }
    const staging = kernels.staging(windowBatches(batchSize) * batchSize * this.inputCount);
    this.windows = windowsOfEpoch(this.batchesPerEpoch, batchSize).map(([first, batches]) =>
      this.window(data.train, { firstRow: first * batchSize, batches, staging }),
    );
    this.rest = chunksOf(kernels, data.train, this.inputCount, this.batchesPerEpoch * batchSize);
    this.validation = chunksOf(kernels, data.validation, this.inputCount);
  }

  /** All training images, for evaluation. */
  get train(): readonly Chunk[] {
    return [...this.windows, ...this.rest];
  }

  /**
   * The windows from a step on, epoch after epoch, without end.
   *
   * @throws InputError when no window begins at that step
   */
  *windowsFrom(step: number): Generator<Window, never> {
    let first = 0;
    let index = 0;
    while (first < step % this.batchesPerEpoch) first += this.windows[index++]?.batches ?? 1;
    if (first !== step % this.batchesPerEpoch) {
      throw new InputError([{ path: 'step', message: `${step} is inside of a window of batches` }]);
    }
    for (; ; index = 0) yield* this.windows.slice(index);
  }

  /** The window's Gram blocks: one product, computed once and shared by all networks and epochs. */
  gramOf(window: Window): readonly (Tensor | null)[] {
    window.gram ??= gramBlocks(this.kernels, window);
    return window.gram;
  }

  dispose(): void {
    for (const window of this.windows) {
      this.kernels.dispose(window.rows, ...window.targets);
      this.kernels.dispose(...(window.gram ?? []).filter((block) => block !== null));
      window.gram = null;
    }
    for (const chunk of [...this.rest, ...this.validation]) this.kernels.dispose(chunk.rows);
  }

  private window(
    train: LabelledRows,
    of: { readonly firstRow: number; readonly batches: number; readonly staging: Float32Array },
  ): Window {
    const { firstRow, batches, staging } = of;
    const count = batches * this.batchSize;
    const labels = train.labels.slice(firstRow, firstRow + count);
    const targets: Tensor[] = [];
    for (let batch = 0; batch < batches; batch++) {
      const own = labels.subarray(batch * this.batchSize, (batch + 1) * this.batchSize);
      targets.push(
        this.kernels.upload(scaledOneHot(own, this.classCount), [this.classCount, this.batchSize]),
      );
    }
    const rows = this.kernels.upload(train.rows(firstRow, count, staging), [count, this.inputCount]);
    return { rows, labels, batches, batchSize: this.batchSize, targets, gram: null };
  }
}

/** Uploads rows from `firstRow` in chunks; one array serves them all on the way. */
export function chunksOf(kernels: Kernels, data: LabelledRows, inputCount: number, firstRow = 0): Chunk[] {
  const staging = kernels.staging(Math.min(CHUNK_ROWS, Math.max(0, data.count - firstRow)) * inputCount);
  const chunks: Chunk[] = [];
  for (let first = firstRow; first < data.count; first += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, data.count - first);
    const labels = data.labels.slice(first, first + count);
    const rows = kernels.upload(data.rows(first, count, staging), [count, inputCount]);
    chunks.push({ rows, labels });
  }
  return chunks;
}

function scaledOneHot(labels: Uint8Array, classes: number): Float32Array {
  const values = new Float32Array(classes * labels.length);
  labels.forEach((label, index) => (values[label * labels.length + index] = 1 / labels.length));
  return values;
}

function gramBlocks(kernels: Kernels, window: Window): (Tensor | null)[] {
  const { batchSize, batches, rows } = window;
  const product = kernels.matMul(rows, rows, { b: true });
  const blocks: (Tensor | null)[] = [null];
  for (let t = 1; t < batches; t++) {
    blocks.push(kernels.slice(product, [0, t * batchSize], [t * batchSize, batchSize]));
  }
  kernels.dispose(product);
  return blocks;
}
