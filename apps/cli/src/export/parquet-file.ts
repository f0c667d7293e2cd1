/** Rows as a Parquet file, with types that say what a column holds: whole and other numbers, truth values, text. */
import { type FieldValue, queryRowSchema, type QueryColumn } from '@seedbed/contracts';
import type { ColumnSource } from 'hyparquet-writer';

type ColumnType = 'INT32' | 'DOUBLE' | 'BOOLEAN' | 'STRING';

/**
 * The file in memory: 100,000 runs are about 15 MB.
 *
 * @param lines one row as JSON each
 */
export async function parquetFile(
  columns: readonly QueryColumn[],
  lines: AsyncIterable<string>,
): Promise<{ readonly bytes: Uint8Array; readonly rows: number }> {
  const values = columns.map((): FieldValue[] => []);
  let rows = 0;
  for await (const line of lines) {
    const row = queryRowSchema.parse(JSON.parse(line));
    columns.forEach(({ name }, place) => values[place]?.push(row[name] ?? null));
    rows += 1;
  }
  // Published as an ES module only.
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = columns.map(({ name, kind }, place): ColumnSource => {
    const data = values[place] ?? [];
    const type = kind === 'text' ? 'STRING' : typeOf(data, kind);
    // A column of mixed kinds can only be text.
    const written = type === 'STRING' ? data.map((value) => (value === null ? null : String(value))) : data;
    return { name, data: written, type, nullable: true };
  });
  return { bytes: new Uint8Array(parquetWriteBuffer({ columnData })), rows };
}

function typeOf(values: readonly FieldValue[], kind: QueryColumn['kind']): ColumnType {
  const present = values.filter((value) => value !== null);
  // Nothing that could tell: the kind does.
  if (present.length === 0) return kind === 'number' ? 'DOUBLE' : kind === 'boolean' ? 'BOOLEAN' : 'STRING';
  if (present.every((value) => typeof value === 'boolean')) return 'BOOLEAN';
  if (present.every((value) => typeof value === 'number')) {
    return present.every((value) => value === (value | 0)) ? 'INT32' : 'DOUBLE';
  }
  return 'STRING';
}
