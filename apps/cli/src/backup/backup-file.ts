/** Reading a backup from the disk, as a stream: one may hold a million commits. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { type BackupRecord, coerceError, InputError } from '@seedbed/contracts';
import { parseBackupLines } from '@seedbed/queue';
import { formatQuantity } from '../output/format.js';
import { systemCodeOf } from '../system-code.js';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** Far above the longest line that is written (a commit of 1 MB, 200 trials). */
const LINE_LENGTH_MAX = 16 * 1024 * 1024;

/** The records; see parseBackupLines. @throws InputError for a file that cannot be read or is damaged */
export async function* readBackupFile(path: string): AsyncGenerator<BackupRecord> {
  try {
    yield* parseBackupLines(linesOf(await chunksOf(path)), basename(path));
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (thrown instanceof InputError || code === '') throw thrown;
    const what = code === 'ENOENT' ? 'no such file' : coerceError(thrown).message;
    throw new InputError([{ path, message: code.startsWith('Z_') ? `damaged: ${what}` : what }], {
      cause: thrown,
    });
  }
}

/** Reads the whole file and counts its records by kind. @throws InputError as readBackupFile */
export async function checkBackupFile(
  path: string,
): Promise<{ readonly counts: Readonly<Record<string, number>>; readonly bytes: number }> {
  const counts: Record<string, number> = { sweep: 0, plan: 0, decision: 0, commit: 0 };
  for await (const { kind } of readBackupFile(path)) counts[kind] = (counts[kind] ?? 0) + 1;
  return { counts, bytes: (await stat(path)).size };
}

export function countsInWords(counts: Readonly<Record<string, number>>): string {
  return ['sweep', 'plan', 'decision', 'commit']
    .map((kind) => formatQuantity(counts[kind] ?? 0, kind))
    .join(', ');
}

async function chunksOf(path: string): Promise<AsyncIterable<Buffer>> {
  const file = await open(path, 'r');
  const magic = Buffer.alloc(GZIP_MAGIC.length);
  await file.read(magic, 0, magic.length, 0).finally(() => file.close());
  const bytes = createReadStream(path);
  if (!magic.equals(GZIP_MAGIC)) return bytes;
  const gunzip = createGunzip();
  bytes.once('error', (error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

/** By hand: `readline` does not pass a stream's error on to whoever iterates over it. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, end));
      yield Buffer.concat(rest).toString('utf8');
      rest = [];
      length = 0;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LINE_LENGTH_MAX) {
      throw new InputError([
        { path: '', message: `a line has more than ${LINE_LENGTH_MAX} bytes: this is no backup` },
      ]);
    }
  }
  const last = Buffer.concat(rest).toString('utf8');
  if (last !== '') yield last;
}
