/** The order of rows and groups, and the cursor that says where in it a page ended. */
import { type FieldValue, InputError, canonicalJson, queryCursorSchema, sha256 } from '@seedbed/contracts';

/** What a row is sorted by: the query's keys, then what tells rows apart that these leave equal. */
export type SortKey = readonly FieldValue[];

const KIND_ORDER = ['number', 'string', 'boolean'];

/** @param falling for each of the first values whether it sorts from high to low; a null comes last either way */
export function compareKeys(a: SortKey, b: SortKey, falling: readonly boolean[]): number {
  for (const [index, value] of a.entries()) {
    const order = compareValues(value, b[index] ?? null, falling[index] ?? false);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(a: FieldValue, b: FieldValue, falling: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const kinds = KIND_ORDER.indexOf(typeof a) - KIND_ORDER.indexOf(typeof b);
  const order = kinds === 0 ? (a < b ? -1 : 1) : kinds;
  return falling ? -order : order;
}

const DIGEST_LENGTH = 16;

/** A cursor belongs to one query: `query` is anything that says which. */
export function formatCursor(query: unknown, after: SortKey): string {
  const text = JSON.stringify({ query: digestOf(query), after });
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** @throws InputError when it is no cursor, or another query's */
export function parseCursor(query: unknown, cursor: string): SortKey {
  const parsed = queryCursorSchema.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success && parsed.data.query === digestOf(query)) return parsed.data.after;
  const message = 'is no cursor of this query: take nextCursor of its page before, or leave it out';
  throw new InputError([{ path: 'cursor', message }]);
}

function digestOf(query: unknown): string {
  return sha256(canonicalJson(query)).slice(0, DIGEST_LENGTH);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
