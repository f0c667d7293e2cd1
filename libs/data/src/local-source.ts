/** What a person names as the data set: a folder with its files, or the archive. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError, InputError } from '@seedbed/contracts';
import { check, type EnsureJob, listOf } from './ensure-job.js';
import { CIFAR10, filesOf } from './layout.js';

export type LocalSource =
  | { readonly kind: 'folder'; readonly directory: string }
  | { readonly kind: 'archive'; readonly path: string };

/** Names under which the official archive and its folder are found inside a folder that the user names. */
export const ARCHIVE_NAME = 'cifar-10-binary.tar.gz';
const ARCHIVE_FOLDER = 'cifar-10-batches-bin';

/**
 * What the environment names for a layout: SEEDBED_CIFAR10, else the layout's folder in SEEDBED_DATA_DIR. A data folder
 * without that folder names nothing: other data sets may lie there, and this one then comes from elsewhere.
 */
export function environmentSource(
  environment: NodeJS.ProcessEnv,
  layoutName: string = CIFAR10.name,
): { readonly source: string; readonly sourceVariable: string } {
  const own = environment['SEEDBED_CIFAR10'];
  const shared = environment['SEEDBED_DATA_DIR'];
  if (own || !shared) return { source: own ?? '', sourceVariable: 'SEEDBED_CIFAR10' };
  const folder = join(shared, layoutName);
  return { source: existsSync(folder) ? folder : '', sourceVariable: 'SEEDBED_DATA_DIR' };
}

/** @throws InputError when the path holds no whole set: what the user names is never passed over silently */
export async function localSource(job: EnsureJob, path: string): Promise<LocalSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw localError(job, path, 'is not there');
  if (found.isFile()) return { kind: 'archive', path };
  try {
    return await localFolder(job, path);
  } catch (error) {
    job.signal.throwIfAborted();
    if (error instanceof InputError) throw error;
    throw localError(job, path, `cannot be read: ${coerceError(error).message}`);
  }
}

async function localFolder(job: EnsureJob, path: string): Promise<LocalSource> {
  const names = await readdir(path);
  const first = filesOf(job.layout)[0]?.name ?? '';
  if (!names.includes(first) && names.includes(ARCHIVE_NAME)) {
    return { kind: 'archive', path: join(path, ARCHIVE_NAME) };
  }
  const unpacked = !names.includes(first) && names.includes(ARCHIVE_FOLDER);
  const directory = unpacked ? join(path, ARCHIVE_FOLDER) : path;
  await mkdir(job.cache, { recursive: true }).catch(() => undefined); // only for the manifest
  const problems = await check(job, directory);
  if (problems.length > 0) throw localError(job, path, listOf(problems));
  return { kind: 'folder', directory };
}

function localError(job: EnsureJob, path: string, what: string): InputError {
  const message =
    `${path}: ${what}. Name a folder with the .bin files of the official archive or the archive ` +
    `${ARCHIVE_NAME} itself, or unset ${job.sourceVariable} to have the data fetched`;
  return new InputError([{ path: job.sourceVariable, message }]);
}
