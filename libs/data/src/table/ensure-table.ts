/** Puts a table on a trainer's machine: it lies there already, or its coordinator has it. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { RetryableError, TerminalError } from '@seedbed/contracts';
import { cacheDirectory } from '../cache-directory.js';
import type { CoordinatorFilesOptions } from '../coordinator-files.js';
import { withLock } from '../directory-lock.js';
import { discardDownload, downloadFile } from '../http-download.js';
import { WrongDataError } from '../source.js';
import type { Table } from './table.js';
import { decodeTable } from './table-file.js';
import { findTable, isWholeTable, tablePath } from './table-shelf.js';

export interface EnsureTableOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Null: nobody can be asked. */
  readonly coordinator: Pick<CoordinatorFilesOptions, 'url' | 'token' | 'fetch'> | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly bytesDone: number; readonly bytesTotal: number | null }) => void;
}

/** A coordinator that is started again takes seconds; one with many trainers to serve, minutes. */
const PATIENCE_MS = 30_000;
const BUSY_PATIENCE_MS = 600_000;

/**
 * The path of the table's file, whole.
 *
 * @throws RetryableError when nobody has it just now, WrongDataError when the coordinator sent other bytes than the digest's
 */
export async function ensureTable(digest: string, options: EnsureTableOptions): Promise<string> {
  const found = await findTable(digest, options.environment);
  if (found !== null) return found.path;
  const { coordinator, environment, signal } = options;
  if (coordinator === null) {
    throw new RetryableError(
      `the table ${digest.slice(0, 12)} is not on this machine; run "seedbed data add" here, or start the trainer with a coordinator that has it`,
    );
  }
  const directory = join(cacheDirectory(environment), 'tables');
  await mkdir(directory, { recursive: true });
  const path = tablePath(directory, digest);
  const lock = join(directory, `.${digest.slice(0, 12)}.lock`);
  return await withLock(lock, { signal, onWait: () => undefined }, async () => {
    // Another process of this machine may have fetched it meanwhile.
    if ((await findTable(digest, environment)) !== null) return path;
    const part = join(directory, `.${digest}.part`);
    await downloadFile({
      url: new URL(`/v1/data-sets/${digest}/files/${digest}`, coordinator.url).href,
      path: part,
      headers: coordinator.token === null ? {} : { authorization: `Bearer ${coordinator.token}` },
      signal,
      patienceMs: PATIENCE_MS,
      busyPatienceMs: BUSY_PATIENCE_MS,
      ...(coordinator.fetch === undefined ? {} : { fetch: coordinator.fetch }),
      onBytes: (bytesDone, bytesTotal) => options.onProgress({ bytesDone, bytesTotal }),
    });
    if (!(await isWholeTable(part, digest))) {
      await discardDownload(part);
      throw new WrongDataError(`${coordinator.url} delivered other bytes than those of table ${digest}`);
    }
    await rename(part, path);
    await discardDownload(part);
    return path;
  });
}

/** Reads a table that lies here, and checks that it is the one of the digest. @throws TerminalError when it is damaged */
export async function readKeptTable(digest: string, environment: NodeJS.ProcessEnv): Promise<Table> {
  const found = await findTable(digest, environment);
  if (found === null)
    throw new RetryableError(`the table ${digest.slice(0, 12)} is not on this machine any more`);
  if (!(await isWholeTable(found.path, digest))) {
    throw new TerminalError(`${found.path} is damaged: remove it, and it is fetched again`);
  }
  return decodeTable(await readFile(found.path));
}
