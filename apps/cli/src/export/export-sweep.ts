/** `seedbed export`: a sweep's rows as a file, or its runs on an MLflow server. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { InputError } from '@seedbed/contracts';
import { type CliContext, printLine, type TerminalStream } from '../cli-context.js';
import type { ExportFormat, QueryText } from '../client/coordinator-client.js';
import { openClient } from '../client/open-client.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { writeFileAtomically } from '../output/atomic-file.js';
import { linesOf } from './lines-of.js';
import { parquetFile } from './parquet-file.js';

export interface RowsExport extends QueryText {
  readonly format: ExportFormat | 'parquet';
  /** Null for standard output. */
  readonly output: string | null;
}

export async function exportRows(
  context: CliContext,
  sweepId: string,
  { format, output, ...query }: RowsExport,
): Promise<ExitCode> {
  const client = openClient(context);
  const path = output === null ? null : resolve(context.workingDirectory, output);
  if (format === 'parquet') {
    if (path === null) {
      throw new InputError([{ path: '--output', message: 'is needed: Parquet is no text for a terminal' }]);
    }
    const { columns } = await client.query(sweepId, { ...query, limit: 1 });
    const rows = linesOf(client.exportPieces(sweepId, { ...query, format: 'jsonl' }));
    const file = await parquetFile(columns, rows);
    await writeFileAtomically(path, file.bytes);
    printLine(context.stderr, `${path}: ${formatQuantity(file.rows, 'row')}`);
    return EXIT_CODES.ok;
  }
  const pieces = client.exportPieces(sweepId, { ...query, format });
  if (path === null) await writeAll(context.stdout, pieces);
  else {
    await writeFileAtomically(path, pieces);
    printLine(context.stderr, `${path} is written`);
  }
  return EXIT_CODES.ok;
}

/** Waits for whoever reads, so that an export of any length needs no more memory than a piece. */
async function writeAll(stream: TerminalStream, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}
