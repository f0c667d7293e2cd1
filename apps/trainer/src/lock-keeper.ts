/** Renews the locks of everything held, from the supervisor, which never computes; so no training step delays it. */
import type { Logger } from 'pino';
import type { BlockQueue } from '@seedbed/queue';
import type { Holdings } from './holdings.js';
import { PeriodicTask } from './periodic-task.js';

/** Renewals within one lock duration: two may fail before a lock is lost. */
const RENEWALS_PER_LOCK = 3;
/** A failed renewal is tried again much sooner. */
const RETRIES_PER_LOCK = 15;

export interface LockKeeperOptions {
  readonly queue: BlockQueue;
  readonly holdings: Holdings;
  readonly lockDurationMs: number;
  readonly logger: Logger;
  readonly onLost: () => void;
}

export function createLockKeeper(options: LockKeeperOptions): PeriodicTask {
  const { queue, holdings, lockDurationMs, logger } = options;
  return new PeriodicTask({
    intervalMs: lockDurationMs / RENEWALS_PER_LOCK,
    retryMs: lockDurationMs / RETRIES_PER_LOCK,
    task: async () => {
      const blocks = holdings.all();
      if (blocks.length === 0) return;
      const lost = new Set(await queue.renew(blocks.map((block) => block.claimed)));
      for (const block of blocks) {
        // One that is being ended has no lock once that is through; that is no loss.
        if (!lost.has(block.jobId) || block.ending) continue;
        logger.warn({ jobId: block.jobId }, 'lock lost: another trainer may hold this block');
        options.onLost();
        holdings.lose(block);
      }
    },
    onError: (error) => logger.warn({ err: error }, 'locks not renewed; trying again'),
  });
}
