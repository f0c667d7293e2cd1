/** The three ways in which a block leaves this trainer's hands by its own doing. Each happens once, and none rejects. */
import type { Logger } from 'pino';
import { coerceError } from '@seedbed/contracts';
import type { BlockFailure, BlockQueue } from '@seedbed/queue';
import type { HeldBlock } from './held-block.js';
import type { Holdings } from './holdings.js';
import { retryWhileAway } from './retrying.js';

export interface BlockEndingsOptions {
  readonly queue: BlockQueue;
  readonly holdings: Holdings;
  readonly logger: Logger;
  /** Aborted when a stop has waited long enough for Redis; the locks then run out by themselves. */
  readonly giveUp: AbortSignal;
}

export class BlockEndings {
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly options: BlockEndingsOptions) {}

  complete(block: HeldBlock): Promise<void> {
    return this.end(block, 'completed', () => this.options.queue.complete(block.claimed));
  }

  handBack(block: HeldBlock): Promise<void> {
    return this.end(block, 'handed back', () => this.options.queue.handBack(block.claimed));
  }

  fail(block: HeldBlock, failure: BlockFailure): Promise<void> {
    return this.end(block, 'failed', () => this.options.queue.fail(block.claimed, failure), failure);
  }

  /** Resolves when every ending begun so far is through. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async end(
    block: HeldBlock,
    how: string,
    operation: () => Promise<string>,
    failure?: BlockFailure,
  ): Promise<void> {
    if (block.ending || block.lost) return;
    block.ending = true;
    const ended = this.endOnce(block, how, operation, failure);
    this.underWay.add(ended);
    await ended;
    this.underWay.delete(ended);
  }

  private async endOnce(
    block: HeldBlock,
    how: string,
    operation: () => Promise<string>,
    failure?: BlockFailure,
  ): Promise<void> {
    const { logger, giveUp, holdings } = this.options;
    const facts = { jobId: block.jobId, ...failure };
    try {
      const outcome = await retryWhileAway(operation, { what: `block ${how}`, signal: giveUp, logger });
      if (failure?.cause === 'cancelled') logger.info({ ...facts, outcome }, 'block dropped');
      else if (outcome === 'dead') logger.error({ ...facts, outcome }, 'block is a dead letter');
      else if (failure === undefined) logger.info({ ...facts, outcome }, `block ${how}`);
      else logger.warn({ ...facts, outcome }, `block ${how}`);
    } catch (thrown) {
      // Its lock runs out and the stalled check gives it to another trainer; commits stand.
      logger.error({ ...facts, err: coerceError(thrown) }, `block could not be ${how}`);
    } finally {
      holdings.remove(block);
    }
  }
}
