/** Fills the cache's folder of a layout from sources, one process at a time. */
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { withLock } from './directory-lock.js';
import { check, type EnsureJob, listOf, tell } from './ensure-job.js';
import { type FileProblem, fullCheck } from './file-check.js';
import { ARCHIVE_NAME } from './local-source.js';
import { type DataProgress, type DataSource, WrongDataError } from './source.js';
import { storageError } from './storage-error.js';

/**
 * @throws RetryableError when no source could be reached, WrongDataError when one served other data under its name,
 *   TerminalError when only a person can help
 */
export async function fillCache(job: EnsureJob, sources: readonly DataSource[]): Promise<void> {
  const before = await check(job, job.cache);
  if (before.length === 0) return;
  await mkdir(job.cache, { recursive: true });
  const onWait = (message: string): void => tell(job, { phase: 'wait', message });
  await withLock(join(job.cache, 'fetch.lock'), { signal: job.signal, onWait }, async () => {
    await removeLeftovers(job.cache);
    let problems = await check(job, job.cache);
    const failures: Error[] = [];
    for (const source of sources) {
      if (problems.length === 0) break;
      for (const { kind, message } of problems) {
        if (kind === 'damaged') tell(job, { phase: 'check', message: `${message}; it is fetched again` });
      }
      const failure = await fetchFrom(job, source, problems);
      if (failure !== undefined) failures.push(failure);
      problems = await check({ ...job, verify: false }, job.cache);
    }
    if (problems.length > 0) throw nothingHelped(problems, failures);
    await rm(join(job.cache, RESUME_DIRECTORY), { recursive: true, force: true });
  });
}

/** @returns why the source could not deliver, undefined when it did */
async function fetchFrom(
  job: EnsureJob,
  source: DataSource,
  problems: readonly FileProblem[],
): Promise<Error | undefined> {
  const { layout, signal } = job;
  const workDirectory = await mkdtemp(join(job.cache, WORK_PREFIX));
  const report = (progress: Omit<DataProgress, 'source'>): void =>
    job.onProgress({ source: source.name, ...progress });
  try {
    const wanted = problems.map(({ file }) => file.name);
    const resumeDirectory = join(job.cache, RESUME_DIRECTORY);
    await source.deliver({ layout, wanted, workDirectory, resumeDirectory, signal, report });
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
    if (thrown instanceof WrongDataError) throw thrown;
    const error = coerceError(thrown);
    report({ phase: 'failed', bytesDone: 0, bytesTotal: null, message: error.message });
    return error;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** Folders of unfinished fetches; one that is found under the lock belongs to a process that was killed. */
const WORK_PREFIX = '.fetch-';
/** Parts of downloads, kept over processes until the set is whole. */
const RESUME_DIRECTORY = '.resume';

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
