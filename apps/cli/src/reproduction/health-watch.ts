/** While a reproduction trains: things that would make it wait for ever are found and said. */
import { mkdir, statfs } from 'node:fs/promises';
import type { SweepStatus } from '@seedbed/contracts';
import type { CoordinatorClient } from '../client/coordinator-client.js';
import { FailedError } from '../errors.js';
import { fileError } from '../output/atomic-file.js';
import { formatBytes } from '../output/format.js';

/** The server's data of a whole reproduction is under 20 MB, its rewrite takes as much again, the report 2 MB. */
const FREE_BYTES_AT_START_MIN = 100 * 2 ** 20;
/** The server refuses writes only when not a byte is left; end while the files of an orderly end still fit. */
const FREE_BYTES_MIN = 8 * 2 ** 20;
const CHECK_EVERY_MS = 5_000;

/** @throws FailedError when the directory cannot be made or its disk is nearly full */
export async function checkFreeSpace(
  directory: string,
  bytesMin: number = FREE_BYTES_AT_START_MIN,
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    if (free >= bytesMin) return;
    throw new FailedError(
      `the disk of ${directory} is full (${formatBytes(free)} left, ${formatBytes(bytesMin)} are needed): free some ` +
        'space, or choose another directory with --output; what is trained is kept',
    );
  } catch (thrown: unknown) {
    throw thrown instanceof FailedError ? thrown : fileError(directory, thrown);
  }
}

export interface HealthWatch {
  check(status: SweepStatus): Promise<void>;
}

export function createHealthWatch(
  client: Pick<CoordinatorClient, 'trainers'>,
  output: string,
  now: () => number = Date.now,
): HealthWatch {
  let checkedAtMs = -Infinity;
  return {
    async check(status) {
      if (now() - checkedAtMs < CHECK_EVERY_MS) return;
      checkedAtMs = now();
      await checkFreeSpace(output, FREE_BYTES_MIN);
      await checkNumericsClass(client, status);
    },
  };
}

/**
 * A sweep's results all come from one numerics class. After a change of kernels or of machine our trainers are of
 * another one, and nobody would ever train the rest.
 */
async function checkNumericsClass(
  client: Pick<CoordinatorClient, 'trainers'>,
  status: SweepStatus,
): Promise<void> {
  const pinned = status.numericsClass;
  if (pinned === null || status.state !== 'running') return;
  const { trainers } = await client.trainers();
  const classes = new Set(
    trainers.flatMap(({ numericsClass }) => (numericsClass === null ? [] : [numericsClass])),
  );
  if (classes.size === 0 || classes.has(pinned)) return;
  throw new FailedError(
    `this reproduction was begun with ${pinned}, and this machine now has ${[...classes].join(', ')}: results of the two ` +
      'are not mixed. Bring the first one back, or give the begun one up by deleting its state directory',
  );
}
