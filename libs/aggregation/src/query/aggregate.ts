/** Numbers that a group of rows is summed up by, written `mean(accuracy)`. */
import { type FieldValue, InputError } from '@seedbed/contracts';
import { meanOf, standardDeviationOf } from '../moments.js';
import type { Field, FieldNames } from './field.js';

/** Of the numbers that a field has in the group; rows without one do not count. */
const FUNCTIONS = {
  n: (values: readonly number[]) => values.length,
  mean: meanOf,
  sd: standardDeviationOf,
  min: (values: readonly number[]) => extreme(values, Math.min),
  max: (values: readonly number[]) => extreme(values, Math.max),
  sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
} as const;
type FunctionName = keyof typeof FUNCTIONS;

/** Rows of the group. */
const COUNT = 'count';
const CALL = /^(\w+)\(([^()]*)\)$/;

export interface Aggregate<Row> {
  readonly name: string;
  of(rows: readonly Row[]): FieldValue;
}

/** What a group shows unless the query says: how many rows, and the main field's statistics. */
export const AGGREGATES_SHOWN = [COUNT, 'n', 'mean', 'sd', 'min', 'max'] as const;

/**
 * `count`, `mean(field)`, or `mean` for that of the subject's main field.
 *
 * @throws InputError when it is none, or of a field that has no numbers
 */
export function parseAggregate<Row>(text: string, names: FieldNames<Row>, path: string): Aggregate<Row> {
  if (text === COUNT) return { name: COUNT, of: (rows) => rows.length };
  const [, name = text, argument = names.subject.main] = CALL.exec(text) ?? [];
  if (!isFunction(name)) throw unknown(text, path);
  const field = names.find(argument.trim(), path);
  if (field.kind === 'text' || field.kind === 'boolean') {
    const message = `${text} needs a field with numbers; ${field.name} has none`;
    throw new InputError([{ path, message }]);
  }
  return { name: `${name}(${field.name})`, of: (rows) => FUNCTIONS[name](numbersOf(rows, field)) };
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

function unknown(text: string, path: string): InputError {
  const functions = Object.keys(FUNCTIONS).join(', ');
  const message = `"${text}" is neither a field to group by nor an aggregate; write count, or one of ${functions} with a field, e.g. mean(accuracy)`;
  return new InputError([{ path, message }]);
}

function numbersOf<Row>(rows: readonly Row[], field: Field<Row>): number[] {
  return rows.flatMap((row) => {
    const value = field.read(row);
    return typeof value === 'number' ? [value] : [];
  });
}

/** Not by spreading: a group may have more members than a call has room for arguments. */
function extreme(values: readonly number[], choose: (a: number, b: number) => number): number | null {
  const [first] = values;
  return first === undefined ? null : values.reduce((found, value) => choose(found, value), first);
}
