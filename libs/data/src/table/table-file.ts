/**
 * The one form in which tables are kept and sent, whatever they came from: equal tables have equal bytes, and the SHA-256 of
 * the bytes is the table's digest.
 *
 *   "SBTABLE1" · length of the header, 4 bytes, little-endian · header, canonical JSON padded with spaces so that the values
 *   begin at a multiple of 8 · values, row-major, little-endian: bytes, float32 or float64
 */
import { canonicalJson, columnNameSchema, InputError, LIMITS, sha256 } from '@seedbed/contracts';
import { z } from 'zod';
import type { Table } from './table.js';

const MAGIC = 'SBTABLE1';
const PREFIX_BYTES = MAGIC.length + 4;
const ALIGNMENT = 8;
/** Names, and 256 texts of categories in a few columns; a header is parsed before anything else is known of a file. */
const HEADER_BYTES_MAX = 32 * 1024 * 1024;

const columnSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    name: columnNameSchema,
    kind: z.literal('number'),
    classes: z.array(z.int()).max(LIMITS.tableClassesMax).optional(),
  }),
  z.strictObject({ name: columnNameSchema, kind: z.literal('category'), texts: z.array(z.string()).min(1) }),
]);

const headerSchema = z.strictObject({
  storage: z.enum(['u1', 'f4', 'f8']),
  rows: z.int().min(2),
  columns: z.array(columnSchema).min(1).max(LIMITS.tableInputsMax),
});
/** What a table is, without its values. */
export type TableHeader = z.infer<typeof headerSchema>;

const ARRAYS = { u1: Uint8Array, f4: Float32Array, f8: Float64Array } as const;

export function encodeTable({ columns, rows, values }: Table): {
  readonly bytes: Uint8Array;
  readonly digest: string;
} {
  const storage = values instanceof Uint8Array ? 'u1' : values instanceof Float32Array ? 'f4' : 'f8';
  const text = new TextEncoder().encode(canonicalJson({ storage, rows, columns }));
  const headerBytes = Math.ceil((PREFIX_BYTES + text.length) / ALIGNMENT) * ALIGNMENT - PREFIX_BYTES;
  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes + values.byteLength);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, headerBytes, true);
  bytes.fill(' '.charCodeAt(0), PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(text, PREFIX_BYTES);
  // Every platform that TensorFlow runs on stores numbers with the least significant byte first.
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), PREFIX_BYTES + headerBytes);
  return { bytes, digest: sha256(bytes) };
}

/** @throws InputError when the bytes are no whole table */
export function decodeTable(bytes: Uint8Array): Table {
  const { rows, columns, storage } = decodeHeader(bytes);
  const first = PREFIX_BYTES + headerBytesOf(bytes);
  const ArrayType = ARRAYS[storage];
  const count = rows * columns.length;
  if (bytes.length !== first + count * ArrayType.BYTES_PER_ELEMENT)
    throw damaged('its length is not that of its rows');
  // A copy: it is aligned to its numbers.
  const values = new ArrayType(count);
  new Uint8Array(values.buffer).set(bytes.subarray(first));
  return { rows, columns: columns as Table['columns'], values };
}

/** @param bytes the beginning of the file, as far as the header goes */
export function decodeHeader(bytes: Uint8Array): TableHeader {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < PREFIX_BYTES) throw damaged('it does not begin as one');
  const length = headerBytesOf(bytes);
  if (length > HEADER_BYTES_MAX || bytes.length < PREFIX_BYTES + length)
    throw damaged('its header is cut off');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length),
    );
    return headerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged('its header is another one', cause);
  }
}

function headerBytesOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(MAGIC.length, true);
}

function damaged(why: string, cause?: unknown): InputError {
  return new InputError([{ path: 'table', message: `this is no table that can be used: ${why}` }], { cause });
}
