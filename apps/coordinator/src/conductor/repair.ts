/** What a block's record in the queue needs, given that its runs are neither all committed nor set aside. Pure. */
import type { BlockState } from '@seedbed/queue';

export type Repair = 'leave' | 'add' | 'forget-and-add';

/**
 * The state must have been read before the commits and dead letters that say the block is unfinished: then a `completed`
 * record cannot be one whose commits merely arrived in between.
 */
export const REPAIR_OF: Readonly<Record<BlockState, Repair>> = {
  waiting: 'leave',
  active: 'leave',
  absent: 'add',
  // A record that is in no list, or that says it is finished, makes `add` a silent no-op (bullmq#1644).
  orphan: 'forget-and-add',
  completed: 'forget-and-add',
  failed: 'forget-and-add',
};
