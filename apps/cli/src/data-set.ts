/** CIFAR-10 into the cache, with progress for the person who waits for it. */
import { RetryableError, TerminalError } from '@seedbed/contracts';
import {
  CIFAR10_DIGEST,
  cacheDirectory,
  type DataProgress,
  ensureCifar10,
  environmentSource,
} from '@seedbed/data';
import { type CliContext, isInteractive } from './cli-context.js';
import { FailedError } from './errors.js';
import { formatBytes } from './output/format.js';

/** In a log, one line per phase and one every ten seconds of a long download. */
const LINE_EVERY_MS = 10_000;
/** On a terminal the one line is rewritten ten times a second. */
const REWRITE_EVERY_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

export interface ReadyDataSet {
  readonly directory: string;
  readonly digest: string;
}

/** @throws FailedError when no source could deliver it, with what helps */
export async function fetchDataSet(context: CliContext): Promise<ReadyDataSet> {
  const show = createDataProgress(context);
  try {
    const files = await ensureCifar10({
      cacheDirectory: cacheDirectory(context.environment),
      ...environmentSource(context.environment),
      signal: context.signal,
      onProgress: show.update,
    });
    return { directory: files.directory, digest: CIFAR10_DIGEST };
  } catch (thrown: unknown) {
    context.signal.throwIfAborted();
    if (thrown instanceof RetryableError || thrown instanceof TerminalError) {
      throw new FailedError(thrown.message, { cause: thrown });
    }
    throw thrown;
  } finally {
    show.stop();
  }
}

export function createDataProgress(
  context: Pick<CliContext, 'stderr' | 'environment'>,
  now: () => number = Date.now,
): { update(progress: DataProgress): void; stop(): void } {
  const { stderr } = context;
  const interactive = isInteractive(stderr, context.environment);
  const everyMs = interactive ? REWRITE_EVERY_MS : LINE_EVERY_MS;
  let shownPhase = '';
  let shownAtMs = -Infinity;
  let lineOpen = false;
  const closeLine = (): void => {
    if (lineOpen) stderr.write(CLEAR_LINE);
    lineOpen = false;
  };
  return {
    update(progress) {
      if (progress.message !== undefined) {
        closeLine();
        stderr.write(`data: ${progress.message}\n`);
        return;
      }
      const changed = progress.phase !== shownPhase;
      if (!changed && now() - shownAtMs < everyMs) return;
      // Checking what is there takes a moment; in a log it is not worth a line.
      if (!interactive && progress.phase === 'check') return;
      shownPhase = progress.phase;
      shownAtMs = now();
      const text = `data: ${progress.phase} ${progress.source} ${bytesOf(progress)}`;
      stderr.write(interactive ? `${CLEAR_LINE}${text.slice(0, (stderr.columns ?? 80) - 1)}` : `${text}\n`);
      lineOpen = interactive;
    },
    stop: closeLine,
  };
}

function bytesOf({ bytesDone, bytesTotal }: DataProgress): string {
  const done = formatBytes(bytesDone);
  return bytesTotal === null ? done : `${done} of ${formatBytes(bytesTotal)}`;
}
