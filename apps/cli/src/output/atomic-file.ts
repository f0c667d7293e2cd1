/** Files that are there whole or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { FailedError } from '../errors.js';
import { systemCodeOf } from '../system-code.js';

const TEMPORARY = /^\..+\.seedbed-[0-9a-f]{8}\.tmp$/;

/**
 * Writes beside the target, flushes to disk, renames over it. A kill at any moment leaves the old file or the new one;
 * an error leaves nothing behind.
 *
 * @throws FailedError that names the file when the disk is full or it may not be written
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.seedbed-${randomBytes(4).toString('hex')}.tmp`);
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(temporary, 'wx', options.mode ?? 0o644);
    try {
      // Node writes an async iterable chunk by chunk (its types leave that out for this overload).
      await file.writeFile(content as string);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown: unknown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    // What the content could not be had for is not the file's fault.
    if (systemCodeOf(thrown) === '' && thrown instanceof Error) throw thrown;
    throw fileError(path, thrown);
  }
}

/** Removes what a killed writer left in a directory that only one process writes to (it holds the lock). */
export async function removeTemporaryFiles(directory: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  await Promise.all(names.filter(isTemporaryName).map((name) => rm(join(directory, name))));
}

/** Whether a name is that of a file under construction. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Turns a file system's error into a sentence that says what to do. */
export function fileError(path: string, thrown: unknown): FailedError {
  const error = coerceError(thrown);
  const explanation: Record<string, string> = {
    ENOSPC: 'the disk is full; free some space and start again',
    EDQUOT: 'your disk quota is used up; free some space and start again',
    EACCES: 'permission denied; choose another directory',
    EPERM: 'permission denied; choose another directory',
    EROFS: 'the file system is read-only; choose another directory',
    ENOTDIR: 'a part of its path is a file, not a directory',
    EEXIST: 'a part of its path is a file, not a directory',
    EISDIR: 'it is a directory',
  };
  return new FailedError(`cannot write ${path}: ${explanation[systemCodeOf(thrown)] ?? error.message}`, {
    cause: error,
  });
}
