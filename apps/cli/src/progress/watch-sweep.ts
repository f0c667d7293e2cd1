/** Follows a sweep until it ends. */
import { isFinished, type SweepStatus } from '@seedbed/contracts';
import { waitMs } from '../client/backoff.js';
import type { CoordinatorClient } from '../client/coordinator-client.js';

/** Twice a second is smooth to look at, and one small answer each time. */
const POLL_INTERVAL_MS = 500;

export interface WatchOptions {
  readonly client: Pick<CoordinatorClient, 'sweep'>;
  readonly sweepId: string;
  readonly signal: AbortSignal;
  /** Called with every status, the last one included. May throw to end the watch. */
  readonly onStatus: (status: SweepStatus) => void | Promise<void>;
  readonly pollIntervalMs?: number;
}

/** Resolves with the status in which the sweep ended (completed, failed, cancelled or incomplete). */
export async function watchSweep(options: WatchOptions): Promise<SweepStatus> {
  for (;;) {
    const status = await options.client.sweep(options.sweepId);
    await options.onStatus(status);
    if (isFinished(status.state)) return status;
    await waitMs(options.pollIntervalMs ?? POLL_INTERVAL_MS, options.signal);
  }
}
