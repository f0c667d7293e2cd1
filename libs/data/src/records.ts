/** Reads ranges of records from the files in pieces, so that the raw bytes in memory stay a few megabytes. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageRange, RetryableError, TerminalError } from '@seedbed/contracts';
import { type ImageFile, type ImageFiles, recordBytesOf } from './layout.js';

/** Records read at a time: 3 MB of CIFAR-10, large enough that system calls do not matter. */
const RECORDS_PER_READ = 1_000;

/** Some consecutive records; the bytes are only valid until the next piece is asked for. */
export interface RecordPiece {
  readonly bytes: Uint8Array;
  readonly recordCount: number;
  /** Position of the first record within the range that was asked for. */
  readonly offset: number;
}

/** Records of the training files, counted over all of them in order. */
export async function* readTrainRecords(files: ImageFiles, range: ImageRange): AsyncGenerator<RecordPiece> {
  let fileFirst = 0;
  for (const file of files.layout.trainFiles) {
    const first = Math.max(range.first, fileFirst);
    const end = Math.min(range.first + range.count, fileFirst + file.recordCount);
    if (first < end) {
      const part = { first: first - fileFirst, count: end - first };
      yield* readFileRecords(files, file, { ...part, offset: first - range.first });
    }
    fileFirst += file.recordCount;
  }
}

/** All records of the test file. */
export function readTestRecords(files: ImageFiles): AsyncGenerator<RecordPiece> {
  const file = files.layout.testFile;
  return readFileRecords(files, file, { first: 0, count: file.recordCount, offset: 0 });
}

async function* readFileRecords(
  files: ImageFiles,
  file: ImageFile,
  part: ImageRange & { readonly offset: number },
): AsyncGenerator<RecordPiece> {
  const recordBytes = recordBytesOf(files.layout);
  const path = join(files.directory, file.name);
  const buffer = Buffer.allocUnsafe(Math.min(part.count, RECORDS_PER_READ) * recordBytes);
  const handle = await open(path, 'r');
  try {
    for (let done = 0; done < part.count; done += RECORDS_PER_READ) {
      const recordCount = Math.min(RECORDS_PER_READ, part.count - done);
      const bytes = buffer.subarray(0, recordCount * recordBytes);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, (part.first + done) * recordBytes);
      if (bytesRead < bytes.length) {
        throw new RetryableError(`${path} became shorter after it was checked; check the files again`);
      }
      requireLabels(files, file, { bytes, first: part.first + done });
      yield { bytes, recordCount, offset: part.offset + done };
    }
  } finally {
    await handle.close();
  }
}

function requireLabels(
  files: ImageFiles,
  file: ImageFile,
  piece: { readonly bytes: Uint8Array; readonly first: number },
): void {
  const recordBytes = recordBytesOf(files.layout);
  for (let at = 0; at < piece.bytes.length; at += recordBytes) {
    const label = piece.bytes[at]!;
    if (label >= files.layout.classCount) {
      throw new TerminalError(
        `${file.name}: image ${piece.first + at / recordBytes} has label ${label}; ` +
          `labels are 0 to ${files.layout.classCount - 1}`,
      );
    }
  }
}
