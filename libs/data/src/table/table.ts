/** A table as it is kept: named columns of numbers or categories, rows one after another. */
import { InputError, LIMITS } from '@seedbed/contracts';

export type Column =
  | {
      readonly name: string;
      readonly kind: 'number';
      /** The different values, rising, where they are few and whole: what a classification takes for classes. */
      readonly classes?: readonly number[] | undefined;
    }
  | {
      readonly name: string;
      readonly kind: 'category';
      /** The different texts in the order of their code units; cells hold their places. */
      readonly texts: readonly string[];
    };

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** rows × columns, row-major */
  readonly values: Float64Array | Float32Array | Uint8Array;
}

/** Cells of a column as they were read: all numbers, or all texts. */
export type RawColumn =
  | { readonly name: string; readonly numbers: ArrayLike<number> }
  | { readonly name: string; readonly texts: readonly string[] };

/** More different texts than that are names or sentences, not categories. */
const CATEGORIES_MAX = 256;

/**
 * @throws InputError for columns without names, of one name, of different length or with too many categories, for numbers that
 *   are not finite, and for tables that are too large
 */
export function tableOf(raw: readonly RawColumn[]): Table {
  const rows = lengthOf(raw[0]);
  requireShape(raw, rows);
  const columns = raw.map(describeColumn);
  const values = new Float64Array(rows * raw.length);
  raw.forEach((column, place) => {
    const numbers = 'numbers' in column ? column.numbers : codesOf(column.texts, columns[place]!);
    for (let row = 0; row < rows; row++) values[row * raw.length + place] = numbers[row]!;
  });
  requireFinite(values, columns);
  return { columns, rows, values: narrowed(values) };
}

function lengthOf(column: RawColumn | undefined): number {
  if (column === undefined) return 0;
  return 'numbers' in column ? column.numbers.length : column.texts.length;
}

function requireShape(raw: readonly RawColumn[], rows: number): void {
  if (raw.length === 0 || rows < 2)
    throw problem('', `has ${rows} rows and ${raw.length} columns; give at least two rows`);
  if (raw.length > LIMITS.tableInputsMax)
    throw problem('', `has ${raw.length} columns; at most ${LIMITS.tableInputsMax} are allowed`);
  if (raw.length * rows > LIMITS.tableCellsMax) {
    throw problem('', `has ${raw.length * rows} cells; at most ${LIMITS.tableCellsMax} are allowed`);
  }
  const seen = new Set<string>();
  for (const column of raw) {
    const { name } = column;
    if (name === '' || name.length > LIMITS.columnNameLengthMax) {
      throw problem(
        'header',
        `has a column name of ${name.length} characters; use 1 to ${LIMITS.columnNameLengthMax}`,
      );
    }
    if (seen.has(name)) throw problem('header', `names two columns "${name}"; each needs a name of its own`);
    seen.add(name);
    const length = lengthOf(column);
    if (length !== rows) throw problem(name, `has ${length} rows where the first column has ${rows}`);
  }
}

function describeColumn(column: RawColumn): Column {
  const { name } = column;
  if ('numbers' in column) {
    const classes = fewWholeNumbers(column.numbers);
    return classes === null ? { name, kind: 'number' } : { name, kind: 'number', classes };
  }
  const texts = [...new Set(column.texts)].sort();
  if (texts.length > CATEGORIES_MAX) {
    const message = `holds ${texts.length} different texts, e.g. "${texts[0]!.slice(0, 40)}": at most ${CATEGORIES_MAX} can be categories; leave the column out (--drop ${name})`;
    throw problem(name, message);
  }
  return { name, kind: 'category', texts };
}

function fewWholeNumbers(numbers: ArrayLike<number>): number[] | null {
  const seen = new Set<number>();
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row]!;
    if (!Number.isSafeInteger(value)) return null;
    seen.add(value === 0 ? 0 : value);
    if (seen.size > LIMITS.tableClassesMax) return null;
  }
  return [...seen].sort((a, b) => a - b);
}

function codesOf(texts: readonly string[], column: Column): number[] {
  const place = new Map(column.kind === 'category' ? column.texts.map((text, code) => [text, code]) : []);
  return texts.map((text) => place.get(text)!);
}

function requireFinite(values: Float64Array, columns: readonly Column[]): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const { name } = columns[at % columns.length]!;
  const row = Math.floor(at / columns.length) + 1;
  throw problem(name, `row ${row} holds ${values[at]}; a table takes finite numbers only`);
}

/** The narrowest of the three forms that holds every value exactly, so that equal tables have equal bytes. */
function narrowed(values: Float64Array): Table['values'] {
  if (values.every((value) => Number.isInteger(value) && value >= 0 && value < 256 && !Object.is(value, -0)))
    return Uint8Array.from(values);
  return values.every((value) => Math.fround(value) === value) ? Float32Array.from(values) : values;
}

function problem(path: string, message: string): InputError {
  return new InputError([{ path: path === '' ? 'table' : path, message }]);
}
