/** Writes a backup and reads it again before it calls it one. */
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { coerceError } from '@seedbed/contracts';
import { backupLines, readBackup } from '@seedbed/queue';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { writeFileAtomically } from '../output/atomic-file.js';
import { formatCount } from '../output/format.js';
import { checkBackupFile, countsInWords } from './backup-file.js';
import { backupServer } from './backup-server.js';

export interface BackupOptions {
  readonly redis: string | null;
  readonly output: string | null;
  readonly json: boolean;
}

export async function runBackup(context: CliContext, options: BackupOptions): Promise<ExitCode> {
  const settings = backupServer(context, options.redis);
  const name = options.output ?? `seedbed-backup-${new Date().toISOString().replace(/[:.]/g, '-')}.jsonl.gz`;
  const path = resolve(context.workingDirectory, name);
  const lines = backupLines(readBackup(settings));
  // Results are nobody else's business.
  await writeFileAtomically(path, path.endsWith('.gz') ? gzipped(lines) : lines, { mode: 0o600 });
  const { counts, bytes } = await checkBackupFile(path);
  if (options.json) printJson(context.stdout, { file: path, bytes, records: counts });
  else {
    printLine(context.stdout, path);
    printLine(
      context.stderr,
      `${countsInWords(counts)}, ${formatCount(bytes)} bytes, read again and found whole`,
    );
  }
  return EXIT_CODES.ok;
}

async function* gzipped(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  let failure: Error | null = null;
  const fed = pipeline(Readable.from(lines), gzip).catch((thrown: unknown) => {
    failure = coerceError(thrown);
  });
  try {
    for await (const chunk of gzip) yield chunk as Uint8Array;
  } catch (thrown) {
    await fed;
    // The reason why the records ended, rather than that the stream closed early.
    throw failure ?? thrown;
  }
  await fed;
}
