/** Collects the blocks of the next pack: from the backlog first, then from the queue, up to the fair share. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { coerceError, RetryableError, type TrainerId } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import type { Admission } from './admission.js';
import type { Backlog } from './backlog.js';
import type { BlockEndings } from './block-endings.js';
import { childrenAlive, fairShareBlocks } from './fair-share.js';
import { HeldBlock } from './held-block.js';
import type { Holdings } from './holdings.js';
import { fitsInto, hasRoom, type PackLimits } from './pack.js';
import type { Parking } from './parking.js';
import { Backoff } from './retrying.js';

/** After this an idle trainer looks by itself, whatever became of the notice. */
const WAIT_FOR_WORK_MS = 5_000;
/** A wait shorter than this that led to nothing was no wait: pause, or an idle fleet would hammer Redis. */
const WAIT_NOTICEABLE_MS = 50;

export interface GathererOptions {
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  readonly admission: Admission;
  readonly backlog: Backlog;
  readonly endings: BlockEndings;
  readonly holdings: Holdings;
  readonly parking: Parking;
  readonly limits: PackLimits;
  readonly trainerId: TrainerId;
  readonly childrenOfThisTrainer: () => number;
  readonly draining: AbortSignal;
  readonly logger: Logger;
}

export class Gatherer {
  private waitUnderWay: Promise<void> | null = null;

  constructor(private readonly options: GathererOptions) {}

  /**
   * Waits for work as long as it takes; null when the signal aborted first. Never rejects.
   *
   * @param onLook called before each look at the queue, also while Redis is away
   */
  async gather(signal: AbortSignal, onLook: () => void): Promise<HeldBlock[] | null> {
    const away = new Backoff();
    const idle = new Backoff(20, 500);
    while (!signal.aborted) {
      onLook();
      try {
        const first = this.options.backlog.take() ?? (await this.claim());
        if (first !== null) return await this.company(first);
        const since = performance.now();
        await this.waitForWork(signal);
        if (performance.now() - since < WAIT_NOTICEABLE_MS) await idle.pause(signal);
        else idle.reset();
        away.reset();
      } catch (thrown) {
        this.options.logger.warn({ err: coerceError(thrown) }, 'no block claimed; trying again');
        await away.pause(signal);
      }
    }
    return null;
  }

  private async company(first: HeldBlock): Promise<HeldBlock[]> {
    const { backlog, limits, logger } = this.options;
    const pack = [first];
    backlog.takeFitting(pack, limits);
    if (!hasRoom(pack, limits)) return pack;
    try {
      const share = await this.fairShare();
      // What did not fit counts as well: it will be ours to train.
      while (hasRoom(pack, limits) && pack.length + backlog.count < share) {
        const block = await this.claim();
        if (block === null) break;
        if (fitsInto(pack, block, limits)) pack.push(block);
        else backlog.put(block);
        if (backlog.count >= limits.runsMax) break;
      }
    } catch (thrown) {
      // What is in hand already is trained.
      logger.warn({ err: coerceError(thrown) }, 'no further block claimed');
    }
    return pack;
  }

  private async fairShare(): Promise<number> {
    const { queue, store, trainerId, childrenOfThisTrainer } = this.options;
    const [depth, trainers] = await Promise.all([queue.depth(), store.listTrainers()]);
    return fairShareBlocks(depth, childrenAlive(trainers, { trainerId, children: childrenOfThisTrainer() }));
  }

  /** Claims one block that there is something to train of. */
  private async claim(): Promise<HeldBlock | null> {
    const { queue, holdings, endings, admission, parking, trainerId, draining } = this.options;
    while (!draining.aborted) {
      await parking.room();
      // Unique for every claim: it fences this start of the block from any earlier or later one.
      const claimed = await queue.claim(`${trainerId}.${randomUUID()}`);
      if (claimed === null) return null;
      const block = new HeldBlock(claimed);
      holdings.add(block);
      try {
        if (!draining.aborted && (await admission.admit(block))) return block;
      } catch (thrown) {
        await endings.handBack(block);
        // Anything but an outage would come again with every block: let the caller pause.
        if (!(thrown instanceof RetryableError)) throw thrown;
      }
      if (draining.aborted) await endings.handBack(block);
    }
    return null;
  }

  /** All idle slots share one wait, however many there are. */
  private async waitForWork(signal: AbortSignal): Promise<void> {
    const { queue, draining } = this.options;
    this.waitUnderWay ??= queue.waitForWork(WAIT_FOR_WORK_MS, draining).finally(() => {
      this.waitUnderWay = null;
    });
    await Promise.race([this.waitUnderWay, aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
