/** Batches of a fold on the backend, step by step, and rows to evaluate on. */
import type { Kernels, Tensor } from '../kernels.js';
import type { StepBatch } from './mlp-group.js';
import type { TableData, TableFold, TableRows } from './table-data.js';

/** Rows evaluated at once: bounds the activations of a wide pack. */
const CHUNK_ROWS = 500;

/** Rows on the backend, with what is to be predicted on the host. */
export interface TableChunk {
  readonly rows: Tensor;
  readonly first: number;
  readonly count: number;
}

export class TableBatches {
  readonly batchesPerEpoch: number;
  private order: { readonly epoch: number; readonly rows: Uint32Array } | null = null;

  constructor(
    private readonly kernels: Kernels,
    private readonly data: TableData,
    readonly fold: TableFold,
    private readonly batchSize: number,
  ) {
    this.batchesPerEpoch = Math.floor(fold.train.count / batchSize);
  }

  /** The batch of a step, counted from 0; the caller frees it. Rows after an epoch's last full batch wait for another epoch. */
  batchOf(step: number): StepBatch {
    const { kernels, batchSize, batchesPerEpoch, fold } = this;
    const { inputCount, outputCount, task } = this.data;
    const epoch = Math.floor(step / batchesPerEpoch);
    if (this.order?.epoch !== epoch) this.order = { epoch, rows: fold.orderOf(epoch) };
    const first = (step % batchesPerEpoch) * batchSize;
    const chosen = this.order.rows.subarray(first, first + batchSize);
    const inputs = new Float32Array(batchSize * inputCount);
    const targets = new Float32Array(outputCount * batchSize);
    const { train } = fold;
    chosen.forEach((row, place) => {
      inputs.set(train.inputs.subarray(row * inputCount, (row + 1) * inputCount), place * inputCount);
      if (task === 'regression') targets[place] = train.targets[row] ?? 0;
      else targets[(train.labels[row] ?? 0) * batchSize + place] = 1 / batchSize;
    });
    return {
      rows: kernels.upload(inputs, [batchSize, inputCount]),
      targets: kernels.upload(targets, [outputCount, batchSize]),
    };
  }

  /** All rows of a part, a piece at a time; the caller frees each piece. */
  *chunksOf(part: TableRows): Generator<TableChunk> {
    const { inputCount } = this.data;
    for (let first = 0; first < part.count; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, part.count - first);
      const values = part.inputs.slice(first * inputCount, (first + count) * inputCount);
      yield { rows: this.kernels.upload(values, [count, inputCount]), first, count };
    }
  }
}
