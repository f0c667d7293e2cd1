/**
 * Sends checkpoints to the store, one after another, beside everything else: nobody waits for it, a stop least of all. Of
 * each run only the newest waits, and where too many wait the newest comers are left out.
 */
import type { Logger } from 'pino';
import { coerceError, type RunId } from '@seedbed/contracts';
import type { CheckpointAddress, CheckpointStore } from './checkpoint-store.js';
import type { HeldBlock } from './held-block.js';

/** Of one supervisor: a pack's checkpoints are 15 MB, those of the largest networks four times as much. */
const WAITING_BYTES_MAX = 256e6;
/** After a failure the store is left alone; what comes meanwhile is dropped, for the next one is newer. */
const REST_AFTER_FAILURE_MS = 15_000;

export interface Upload extends CheckpointAddress {
  readonly block: HeldBlock;
  readonly bytes: Uint8Array;
}

export class CheckpointUploads {
  private readonly waiting = new Map<RunId, Upload>();
  private isSending = false;
  private restsUntilMs = 0;
  /** Said once in a row. */
  private isFailing = false;
  readonly counts = { sent: 0, failed: 0, dropped: 0 };

  constructor(
    private readonly options: {
      readonly checkpoints: CheckpointStore | null;
      readonly draining: AbortSignal;
      readonly logger: Logger;
    },
  ) {}

  offer(upload: Upload): void {
    const { checkpoints, draining } = this.options;
    if (checkpoints === null || draining.aborted) return;
    const others = [...this.waiting.values()].filter(({ runId }) => runId !== upload.runId);
    const waitingBytes = others.reduce((sum, { bytes }) => sum + bytes.length, upload.bytes.length);
    if (waitingBytes > WAITING_BYTES_MAX || performance.now() < this.restsUntilMs) {
      this.counts.dropped += 1;
      return;
    }
    this.waiting.set(upload.runId, upload);
    if (!this.isSending) void this.send(checkpoints);
  }

  private async send(checkpoints: CheckpointStore): Promise<void> {
    const { draining, logger } = this.options;
    this.isSending = true;
    for (const [runId, { block, bytes, ...address }] of this.waiting) {
      this.waiting.delete(runId);
      // Its result is known, or somebody else's business.
      if (!block.isOpen || !block.awaits(runId)) continue;
      try {
        await checkpoints.write({ ...address, sweepId: block.job.sweepId }, bytes, draining);
        this.counts.sent += 1;
        this.isFailing = false;
      } catch (thrown) {
        if (draining.aborted) break;
        this.counts.failed += 1;
        this.waiting.clear();
        this.restsUntilMs = performance.now() + REST_AFTER_FAILURE_MS;
        if (!this.isFailing) logger.info({ err: coerceError(thrown) }, 'checkpoint not kept');
        this.isFailing = true;
      }
    }
    if (draining.aborted) this.waiting.clear();
    this.isSending = false;
  }
}
