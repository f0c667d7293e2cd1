/**
 * Gives part of a young pack back to the queue when trainers of our class stand idle beside it, so that scaling out shortens
 * a sweep also when everything is claimed already: fair shares bound only packs that are yet to be gathered.
 *
 * All trainers come to the same share, ceil(outstanding blocks / children), from the same counts. What is given back is
 * never more than the idle children take, so nothing goes back and forth. What a shared block has behind it is lost, at
 * most a quarter of its training; even the first child to come saves half.
 */
import type { Logger } from 'pino';
import type { NumericsClass, TrainerStatus } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import type { Backlog } from './backlog.js';
import type { BlockEndings } from './block-endings.js';
import { fairShare } from './fair-share.js';
import type { HeldBlock } from './held-block.js';
import { PeriodicTask } from './periodic-task.js';
import type { Slot } from './slot.js';

/** As often as heartbeats tell who is idle. */
export const WORK_SHARING_INTERVAL_MS = 2_000;
/** Share of its steps from which on a block is finished where it is. */
const YOUNG_PROGRESS_MAX = 0.25;

export interface WorkSharingOptions {
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  readonly slots: readonly Slot[];
  readonly backlog: Backlog;
  readonly endings: BlockEndings;
  readonly numericsClass: NumericsClass;
  readonly logger: Logger;
  /** @default WORK_SHARING_INTERVAL_MS */
  readonly intervalMs?: number;
}

export function createWorkSharing(options: WorkSharingOptions): PeriodicTask {
  const { queue, store, slots, backlog, endings, logger } = options;
  let idleBefore = 0;
  return new PeriodicTask({
    intervalMs: options.intervalMs ?? WORK_SHARING_INTERVAL_MS,
    task: async () => {
      const packs = slots.map((slot) => slot.wholeBlocks);
      if (backlog.count === 0 && packs.every((blocks) => blocks.length < 2)) {
        idleBefore = 0;
        return;
      }
      const [depth, trainers] = await Promise.all([queue.depth(), store.listTrainers()]);
      const peers = trainers.filter(
        ({ numericsClass, state }) => numericsClass === options.numericsClass && state !== 'draining',
      );
      // While blocks wait, who is idle is about to claim one. Seen twice, it is no child between two packs.
      const idle = depth.waiting > 0 ? 0 : idleChildren(peers);
      const isSettled = idle > 0 && idleBefore > 0;
      idleBefore = idle;
      if (!isSettled) return;
      const share = fairShare(depth, { children: childrenOf(peers), runsPerBlock: 1 }).blocks;
      const shared = [
        ...backlog.takeWholeBlocks(),
        ...packs.flatMap((blocks) => blocksToShare(blocks, share)),
      ];
      if (shared.length === 0) return;
      logger.info({ blocks: shared.map(({ jobId }) => jobId), share }, 'sharing blocks with idle trainers');
      for (const block of shared) block.abandon('shared');
      // Each goes to the front of the queue: from the last to the first they end up in their order.
      for (const block of shared.toReversed()) await endings.handBack(block);
    },
    onError: (error) => logger.debug({ err: error }, 'no work shared; looking again'),
  });
}

/** The last blocks of a pack beyond the share, as far as they are young. Pure. */
export function blocksToShare(blocks: readonly HeldBlock[], share: number): HeldBlock[] {
  const open = blocks.filter((block) => block.isOpen);
  return open.slice(share).filter((block) => block.progress <= YOUNG_PROGRESS_MAX);
}

function idleChildren(trainers: readonly TrainerStatus[]): number {
  return trainers.reduce((sum, { children, packs }) => sum + Math.max(0, children - packs.length), 0);
}

function childrenOf(trainers: readonly TrainerStatus[]): number {
  return trainers.reduce((sum, { children }) => sum + children, 0);
}
