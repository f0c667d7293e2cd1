/**
 * A backup as text: JSON Lines, each `{"sha256":"…","record":{…}}` with the checksum of the record's own bytes, and a last
 * line over all of them. Any JSON tool reads it.
 */
import {
  BACKUP_FORMAT,
  type BackupRecord,
  backupRecordSchema,
  coerceError,
  InputError,
  SEEDBED_VERSION,
  sha256,
} from '@seedbed/contracts';
import { createHash } from 'node:crypto';
import { z } from 'zod';

const LINE = /^\{"sha256":"([0-9a-f]{64})","record":(\{.*\})\}$/s;

/** Lines with their ends, the header and the closing line added. */
export async function* backupLines(
  records: AsyncIterable<BackupRecord>,
  now: Date = new Date(),
): AsyncGenerator<string> {
  const all = createHash('sha256');
  let count = 0;
  const line = (record: BackupRecord): string => {
    const text = JSON.stringify(record);
    const checksum = sha256(text);
    all.update(checksum);
    count += 1;
    return `{"sha256":"${checksum}","record":${text}}\n`;
  };
  yield line({ kind: 'header', format: BACKUP_FORMAT, seedbed: SEEDBED_VERSION, at: now.toISOString() });
  for await (const record of records) yield line(record);
  const closing = { records: count, sha256: all.copy().digest('hex') };
  yield line({ kind: 'end', ...closing });
}

/**
 * The records between header and closing line, each as it was written.
 *
 * @param lines without their ends
 * @throws InputError naming the line when a checksum does not match, a line is missing, or a record is not understood; so
 *   nothing may be done with a record before the last has come
 */
export async function* parseBackupLines(
  lines: AsyncIterable<string>,
  fileName: string,
): AsyncGenerator<BackupRecord> {
  const all = createHash('sha256');
  let count = 0;
  let ended = false;
  const refuse = (message: string): never => {
    throw new InputError([{ path: fileName, line: count + 1, message }]);
  };
  for await (const text of lines) {
    if (ended) refuse('there is more after the closing line');
    const [, checksum, body] = LINE.exec(text) ?? [];
    if (checksum === undefined || body === undefined) return refuse('is no line of a backup of Seedbed');
    if (sha256(body) !== checksum) refuse('the checksum does not match: this file is damaged');
    const record = recordOf(body, refuse);
    if (count === 0 && record.kind !== 'header') refuse('the header is missing');
    if (record.kind === 'end') {
      if (record.records !== count || record.sha256 !== all.digest('hex')) {
        refuse('lines are missing, added or moved: this file is damaged');
      }
      ended = true;
    } else {
      if (record.kind !== 'header') yield record;
      all.update(checksum);
      count += 1;
    }
  }
  if (!ended) refuse('the closing line is missing: the file is cut off');
}

/** The value as it was written, once it is known to be valid: what is restored must be the same bytes. */
function recordOf(body: string, refuse: (message: string) => never): BackupRecord {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (thrown) {
    return refuse(`not JSON: ${coerceError(thrown).message}`);
  }
  const parsed = backupRecordSchema.safeParse(value);
  if (!parsed.success) {
    return refuse(`not understood by Seedbed ${SEEDBED_VERSION}: ${z.prettifyError(parsed.error)}`);
  }
  return value as BackupRecord;
}
