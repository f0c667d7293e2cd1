/** What a pack on a table trains on: rows of one fold, standardised by its training part, and the order of every epoch. */
import type { TableTask } from '@seedbed/contracts';

/** Rows with what is to be predicted. */
export interface TableRows {
  readonly count: number;
  /** count × inputs, row-major */
  readonly inputs: Float32Array;
  /** Classes; empty for regression. */
  readonly labels: Uint8Array;
  /** For regression: standardised by the training part; empty for classification. */
  readonly targets: Float32Array;
}

/** The rows of one fold of one partition. */
export interface TableFold {
  readonly train: TableRows;
  readonly validation: TableRows;
  /** Null where no rows are set aside. */
  readonly test: TableRows | null;
  /** Standard deviation of the target over the training part: what a standardised error is multiplied by; 1 for classes. */
  readonly targetScale: number;
  /** The order of the training rows in an epoch, counted from 0: a pure function of data seed, fold and epoch. */
  orderOf(epoch: number): Uint32Array;
}

export interface TableData {
  readonly task: TableTask;
  readonly inputCount: number;
  /** Classes; 1 for regression. */
  readonly outputCount: number;
  /** Which fold a run with this seed trains on: equal keys are the same fold. */
  foldKeyOf(seed: number): string;
  foldOf(seed: number): TableFold;
}
