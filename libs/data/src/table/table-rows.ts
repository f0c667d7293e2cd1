/** Rows of a table as a network reads them: standardised by the training part of a fold, and by nothing else. */
import {
  foldOf,
  InputError,
  sha256,
  splitSizesOf,
  type TableDataSettings,
  type TableSplit,
} from '@seedbed/contracts';
import { shuffledIndices } from '../pcg32.js';
import type { Column, Table } from './table.js';
import { inputColumns } from './table-facts.js';

/** Rows with what is to be predicted. */
export interface LoadedRows {
  readonly count: number;
  /** count × inputs, row-major */
  readonly inputs: Float32Array;
  /** Classes; empty for a regression. */
  readonly labels: Uint8Array;
  /** Standardised by the training part; empty for a classification. */
  readonly targets: Float32Array;
}

export interface LoadedFold {
  readonly train: LoadedRows;
  readonly validation: LoadedRows;
  readonly test: LoadedRows | null;
  /** Standard deviation of the target over the training part; 1 for a classification. */
  readonly targetScale: number;
  orderOf(epoch: number): Uint32Array;
}

export interface LoadedTable {
  readonly task: TableDataSettings['task'];
  readonly inputCount: number;
  readonly outputCount: number;
  foldKeyOf(seed: number): string;
  /** The fold of a run's seed; made anew at each call, because a fold is as large as the table. */
  foldOf(seed: number): LoadedFold;
}

/** @throws InputError when the table is not what the settings say of it */
export function loadTable(table: Table, settings: TableDataSettings): LoadedTable {
  const target = table.columns.findIndex(({ name }) => name === settings.target);
  const inputs = expandedInputs(table.columns, settings);
  if (target < 0 || table.rows !== settings.rows || inputs.length !== settings.inputs) {
    const message = `has ${table.rows} rows and ${inputs.length} inputs, where the run was planned for ${settings.rows} and ${settings.inputs}`;
    throw new InputError([{ path: 'table', message }]);
  }
  const { split } = settings;
  return {
    task: settings.task,
    inputCount: settings.inputs,
    outputCount: settings.outputs,
    foldKeyOf: (seed) => {
      const { partition, fold } = foldOf(split, seed);
      return `${partition}/${fold}`;
    },
    foldOf: (seed) => loadFold({ table, settings, target, inputs }, foldOf(split, seed)),
  };
}

/** Where an input of the network comes from: a column's number, or whether it holds this category. */
interface Input {
  readonly column: number;
  readonly category: number | null;
}

function expandedInputs(columns: readonly Column[], settings: TableDataSettings): Input[] {
  return inputColumns(columns, settings).flatMap((column): Input[] => {
    const place = columns.indexOf(column);
    if (column.kind === 'number') return [{ column: place, category: null }];
    return column.texts.map((_, category) => ({ column: place, category }));
  });
}

interface Loading {
  readonly table: Table;
  readonly settings: TableDataSettings;
  readonly target: number;
  readonly inputs: readonly Input[];
}

function loadFold(
  loading: Loading,
  place: { readonly partition: number; readonly fold: number },
): LoadedFold {
  const { table, settings, target, inputs } = loading;
  const parts = partsOf(table.rows, settings.split, place);
  const moments = inputs.map((input) => momentsOf(parts.train, (row) => valueOf(table, row, input)));
  const isRegression = settings.task === 'regression';
  const ofTarget = momentsOf(parts.train, (row) => cellOf(table, row, target));
  const targetMoments = { mean: ofTarget.mean, deviation: ofTarget.deviation === 0 ? 1 : ofTarget.deviation };
  const load = (rows: Uint32Array): LoadedRows => ({
    count: rows.length,
    inputs: standardised(loading, rows, moments),
    labels: isRegression ? new Uint8Array() : labelsOf(table, rows, target),
    targets: isRegression
      ? Float32Array.from(
          rows,
          (row) => (cellOf(table, row, target) - targetMoments.mean) / targetMoments.deviation,
        )
      : new Float32Array(),
  });
  const { dataSeed } = settings.split;
  return {
    train: load(parts.train),
    validation: load(parts.validation),
    test: parts.test.length === 0 ? null : load(parts.test),
    targetScale: isRegression ? targetMoments.deviation : 1,
    orderOf: (epoch) =>
      shuffledIndices(
        parts.train.length,
        seedFor(dataSeed, `order/${place.partition}/${place.fold}/${epoch}`),
      ),
  };
}

/** Which rows train, validate and test: a pure function of the settings. Test rows are the same in every fold and partition. */
export function partsOf(
  rows: number,
  split: TableSplit,
  { partition, fold }: { readonly partition: number; readonly fold: number },
): { readonly train: Uint32Array; readonly validation: Uint32Array; readonly test: Uint32Array } {
  const { test: testCount, validation: validationCount } = splitSizesOf(rows, split);
  const shuffled = shuffledIndices(rows, seedFor(split.dataSeed, 'test'));
  const test = shuffled.slice(0, testCount);
  const rest = shuffled.slice(testCount);
  const order = shuffledIndices(rest.length, seedFor(split.dataSeed, `partition/${partition}`)).map(
    (place) => rest[place]!,
  );
  const [first, last] =
    split.kind === 'holdout'
      ? [0, validationCount]
      : [0, 1].map((step) => Math.floor(((fold + step) * order.length) / split.folds));
  const validation = order.slice(first, last);
  const train = new Uint32Array(order.length - validation.length);
  train.set(order.subarray(0, first));
  train.set(order.subarray(last), first);
  return { train, validation, test };
}

/** Shuffles of different purposes have nothing in common. */
function seedFor(dataSeed: number, purpose: string): number {
  return Number.parseInt(sha256(`seedbed/table/${dataSeed}/${purpose}`).slice(0, 12), 16);
}

interface Moments {
  readonly mean: number;
  /** Of the population. */
  readonly deviation: number;
}

function momentsOf(rows: Uint32Array, value: (row: number) => number): Moments {
  let sum = 0;
  for (const row of rows) sum += value(row);
  const mean = sum / rows.length;
  let squares = 0;
  for (const row of rows) squares += (value(row) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / rows.length) };
}

/** An input that never varies in the training part says nothing and becomes 0. */
function standardised(
  { table, inputs }: Loading,
  rows: Uint32Array,
  moments: readonly Moments[],
): Float32Array {
  const values = new Float32Array(rows.length * inputs.length);
  rows.forEach((row, place) =>
    inputs.forEach((input, column) => {
      const { mean, deviation } = moments[column]!;
      values[place * inputs.length + column] =
        deviation === 0 ? 0 : (valueOf(table, row, input) - mean) / deviation;
    }),
  );
  return values;
}

function cellOf({ values, columns }: Table, row: number, column: number): number {
  return values[row * columns.length + column]!;
}

function valueOf(table: Table, row: number, { column, category }: Input): number {
  const value = cellOf(table, row, column);
  return category === null ? value : value === category ? 1 : 0;
}

function labelsOf(table: Table, rows: Uint32Array, target: number): Uint8Array {
  const column = table.columns[target]!;
  if (column.kind === 'category') return Uint8Array.from(rows, (row) => cellOf(table, row, target));
  const labelOf = new Map(column.classes?.map((value, label) => [value, label]));
  return Uint8Array.from(rows, (row) => labelOf.get(cellOf(table, row, target))!);
}
