/**
 * Blocks whose sweep is pinned to another numerics class. Handing one back puts it at the front of the queue, where this
 * trainer would claim it again at once; so it is held for a while, during which the blocks behind it are reached.
 */
import type { Logger } from 'pino';
import type { BlockEndings } from './block-endings.js';
import type { HeldBlock } from './held-block.js';

/** Long enough to take other work meanwhile, short for the trainer that is able to train it. */
const PARKED_FOR_MS = 5_000;
/** More of them at the front of the queue than this: wait until one has gone before claiming again. */
const PARKED_MAX = 20;

export class Parking {
  private readonly parked = new Map<HeldBlock, NodeJS.Timeout>();
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly endings: BlockEndings,
    private readonly logger: Logger,
    private readonly parkedForMs = PARKED_FOR_MS,
  ) {}

  park(block: HeldBlock): void {
    if (this.closed || block.ending || block.lost || this.parked.has(block)) return;
    this.logger.debug({ jobId: block.jobId, parkedForMs: this.parkedForMs }, 'block parked');
    this.parked.set(
      block,
      setTimeout(() => void this.release(block), this.parkedForMs),
    );
  }

  /** Resolves when another block may be claimed. */
  async room(): Promise<void> {
    if (this.parked.size < PARKED_MAX) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Forgets the parked blocks; a stop hands them back with all others. */
  close(): void {
    this.closed = true;
    for (const timer of this.parked.values()) clearTimeout(timer);
    this.parked.clear();
    this.wake();
  }

  private async release(block: HeldBlock): Promise<void> {
    await this.endings.handBack(block);
    this.parked.delete(block);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
