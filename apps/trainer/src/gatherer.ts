/** Collects the blocks of the next pack: from the backlog first, then from the queue, up to the fair share. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { coerceError, OtherVersionError, RetryableError, type TrainerId } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import type { Admission } from './admission.js';
import type { Backlog } from './backlog.js';
import type { BlockEndings } from './block-endings.js';
import { BlockPart } from './block-part.js';
import { childrenAlive, type FairShare, fairShare } from './fair-share.js';
import { HeldBlock } from './held-block.js';
import type { Holdings } from './holdings.js';
import { fitsInto, hasRoom, mayHaveCompany, type PackLimits, runsOf } from './pack.js';
import type { Parking } from './parking.js';
import { Backoff } from './retrying.js';

/** After this an idle trainer looks by itself, whatever became of the notice. */
const WAIT_FOR_WORK_MS = 5_000;
/** A wait shorter than this that led to nothing was no wait: pause, or an idle fleet would hammer Redis. */
const WAIT_NOTICEABLE_MS = 50;

/** Blocks of other packs that are taken along; more would be missing elsewhere. */
const BACKLOG_BLOCKS_MAX = 50;

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
  /** Slots that gather or wait for work. */
  private gathering = 0;
  /** One pack is gathered at a time: the next slot finds what the one before left in the backlog. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Said once: during an upgrade the same holds for block after block. */
  private otherVersion = '';

  constructor(private readonly options: GathererOptions) {}

  /**
   * Waits for work as long as it takes; null when the signal aborted first. Never rejects.
   *
   * @param onLook called before each look at the queue, also while Redis is away
   */
  async gather(signal: AbortSignal, onLook: () => void): Promise<BlockPart[] | null> {
    this.gathering += 1;
    try {
      return await this.gatherUntil(signal, onLook);
    } finally {
      this.gathering -= 1;
    }
  }

  private async gatherUntil(signal: AbortSignal, onLook: () => void): Promise<BlockPart[] | null> {
    const away = new Backoff();
    const idle = new Backoff(20, 500);
    while (!signal.aborted) {
      onLook();
      try {
        const pack = await this.inTurn(() => this.nextPack(signal));
        if (pack !== null) return pack;
        const since = performance.now();
        await this.waitForWork(signal);
        if (performance.now() - since < WAIT_NOTICEABLE_MS) await idle.pause(signal);
        else idle.reset();
        away.reset();
      } catch (thrown) {
        this.warn(thrown, 'no block claimed; trying again');
        await away.pause(signal);
      }
    }
    return null;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.turn.then(work);
    this.turn = own.catch(() => undefined);
    return own;
  }

  private async nextPack(signal: AbortSignal): Promise<BlockPart[] | null> {
    if (signal.aborted) return null;
    const first = this.options.backlog.take() ?? (await this.claimWhole());
    return first === null ? null : await this.company(first);
  }

  private async company(first: BlockPart): Promise<BlockPart[]> {
    const { backlog, limits } = this.options;
    const pack = [first];
    backlog.takeFitting(pack, limits);
    // A block that fills a pack by itself may still be more than its share.
    if (!pack.every(mayHaveCompany)) return pack;
    try {
      const share = await this.fairShare(first);
      // What did not fit counts as well: it will be ours to train.
      while (hasRoom(pack, limits) && pack.length + backlog.count < share.blocks) {
        const part = await this.claimWhole();
        if (part === null) break;
        if (fitsInto(pack, part, limits)) pack.push(part);
        else backlog.put(part);
        if (backlog.count >= BACKLOG_BLOCKS_MAX) break;
      }
      this.leaveSurplus(pack, share);
    } catch (thrown) {
      // What is in hand already is trained.
      this.warn(thrown, 'no further block claimed');
    }
    return pack;
  }

  /** Cuts the last block where it is more than this child's share of the runs and another slot waits for the rest. */
  private leaveSurplus(pack: BlockPart[], share: FairShare): void {
    const last = pack.at(-1);
    const surplus = runsOf(pack) - share.runs;
    if (last === undefined || this.gathering < 2 || surplus < 1 || surplus >= last.runs.length) return;
    const [own, rest] = last.cutAfter(last.runs.length - surplus);
    pack[pack.length - 1] = own;
    this.options.backlog.put(rest);
  }

  private warn(thrown: unknown, message: string): void {
    const { logger } = this.options;
    if (!(thrown instanceof OtherVersionError)) {
      logger.warn({ err: coerceError(thrown) }, message);
      return;
    }
    if (this.otherVersion === thrown.message) return;
    this.otherVersion = thrown.message;
    logger.warn(
      { reason: thrown.message },
      'blocks of another version of Seedbed are left to its trainers: upgrade this one, or what feeds the queue',
    );
  }

  private async fairShare(first: BlockPart): Promise<FairShare> {
    const { queue, store, trainerId, childrenOfThisTrainer } = this.options;
    const [depth, trainers] = await Promise.all([queue.depth(), store.listTrainers()]);
    const children = childrenAlive(trainers, { trainerId, children: childrenOfThisTrainer() });
    return fairShare(depth, { children, runsPerBlock: first.block.job.runs.length });
  }

  private async claimWhole(): Promise<BlockPart | null> {
    const block = await this.claim();
    return block === null ? null : BlockPart.wholeOf(block);
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

  /** All idle slots share one wait for the queue, however many there are. */
  private async waitForWork(signal: AbortSignal): Promise<void> {
    const { queue, backlog, draining } = this.options;
    this.waitUnderWay ??= queue.waitForWork(WAIT_FOR_WORK_MS, draining).finally(() => {
      this.waitUnderWay = null;
    });
    const waited = new AbortController();
    const stop = AbortSignal.any([signal, waited.signal]);
    await Promise.race([this.waitUnderWay, backlog.filled(stop)]).finally(() => waited.abort());
  }
}
