/** Reads a table from the files that people have: CSV, NumPy arrays, images in the layouts of MNIST and CIFAR. */
import { readFile, stat } from 'node:fs/promises';
import { coerceError, InputError } from '@seedbed/contracts';
import { errorCode } from '../storage-error.js';
import { readCsv } from './read-csv.js';
import { readCifar, readIdx } from './read-images.js';
import { type NumberArray, readNpy } from './read-npy.js';
import { type RawColumn, type Table, tableOf } from './table.js';

export const TABLE_LAYOUTS = ['csv', 'npy', 'idx', 'cifar10', 'cifar100'] as const;
export type TableLayout = (typeof TABLE_LAYOUTS)[number];

export interface TableSource {
  readonly file: string;
  /** An array of one number a row, which becomes the column "label"; for npy and idx. */
  readonly labels?: string | undefined;
  /** @default by the file's name */
  readonly layout?: TableLayout | undefined;
  /** Columns that are left out. */
  readonly drop?: readonly string[] | undefined;
}

export const LABEL_COLUMN = 'label';
/** A text of that many bytes is near the longest that Node can hold. */
const FILE_BYTES_MAX = 500_000_000;

/** @throws InputError naming the file, with what would be right */
export async function readTable(source: TableSource): Promise<Table> {
  const { file, labels, drop = [] } = source;
  const layout = source.layout ?? layoutOf(file);
  const bytes = await contentOf(file);
  return await named(file, async () => {
    if (layout === 'csv') {
      refuseLabels(labels, 'a CSV file has its labels in a column');
      return tableOf(readCsv(new TextDecoder('utf-8', { fatal: true }).decode(bytes), drop));
    }
    if (layout === 'cifar10' || layout === 'cifar100') {
      refuseLabels(labels, 'records of CIFAR begin with their label');
      const [label, ...pixels] = columnsOf(readCifar(bytes, layout === 'cifar10' ? 1 : 2), 'p');
      return tableOf(without([{ ...label!, name: LABEL_COLUMN }, ...renumbered(pixels, 'p')], drop));
    }
    const read = layout === 'npy' ? readNpy : readIdx;
    const columns = columnsOf(read(bytes), layout === 'npy' ? 'x' : 'p');
    const own = labels === undefined ? [] : labelColumn(read(await contentOf(labels)), labels);
    return tableOf(without([...own, ...columns], drop));
  });
}

function layoutOf(file: string): TableLayout {
  if (/\.(csv|tsv|txt)$/i.test(file)) return 'csv';
  if (/\.npy$/i.test(file)) return 'npy';
  if (/idx\d(-ubyte)?$/i.test(file) || /\.idx$/i.test(file)) return 'idx';
  const message = `cannot tell the layout by the name; give --layout ${TABLE_LAYOUTS.join('|')}`;
  throw new InputError([{ path: file, message }]);
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) {
      const message = `has ${size} bytes; at most ${FILE_BYTES_MAX} are read. Numbers take less space as .npy`;
      throw new InputError([{ path: file, message }]);
    }
    return await readFile(file);
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown;
    throw new InputError([{ path: file, message: `cannot be read: ${coerceError(thrown).message}` }], {
      cause: thrown,
    });
  }
}

/** Puts the file's name before what is wrong in it. */
async function named<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof InputError) {
      throw new InputError(
        thrown.problems.map(({ path, ...problem }) => ({ ...problem, path: `${file}: ${path}` })),
        { cause: thrown },
      );
    }
    if (thrown instanceof TypeError) {
      throw new InputError([{ path: file, message: 'is no UTF-8 text; save it as CSV with UTF-8' }], {
        cause: thrown,
      });
    }
    throw thrown;
  }
}

function refuseLabels(labels: string | undefined, why: string): void {
  if (labels !== undefined) throw new InputError([{ path: '--labels', message: `has no use here: ${why}` }]);
}

type NumberColumn = Extract<RawColumn, { readonly numbers: unknown }>;

function columnsOf(array: NumberArray, prefix: string): NumberColumn[] {
  return Array.from({ length: array.columns }, (_, column) => ({
    name: `${prefix}${column}`,
    numbers: Float64Array.from({ length: array.rows }, (__, row) => array.at(row, column)),
  }));
}

function renumbered(columns: readonly NumberColumn[], prefix: string): NumberColumn[] {
  return columns.map((column, place) => ({ ...column, name: `${prefix}${place}` }));
}

function labelColumn(array: NumberArray, file: string): NumberColumn[] {
  if (array.columns === 1) return [{ ...columnsOf(array, '')[0]!, name: LABEL_COLUMN }];
  const message = `has ${array.columns} numbers a row; labels are one each`;
  throw new InputError([{ path: file, message }]);
}

function without(columns: readonly RawColumn[], drop: readonly string[]): RawColumn[] {
  const stranger = drop.find((name) => !columns.some((column) => column.name === name));
  if (stranger !== undefined)
    throw new InputError([{ path: '--drop', message: `found "${stranger}", which is no column` }]);
  return columns.filter(({ name }) => !drop.includes(name));
}
