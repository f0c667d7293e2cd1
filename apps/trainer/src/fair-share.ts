/** How much one child may hold, so that no other child stands idle while one has many. Pure. */
import type { TrainerStatus } from '@seedbed/contracts';
import type { QueueDepth } from '@seedbed/queue';

export interface FairShare {
  readonly blocks: number;
  /** As far as blocks have the same number of runs. */
  readonly runs: number;
}

/** ceil(outstanding / children alive), at least 1. */
export function fairShare(
  depth: QueueDepth,
  of: { readonly children: number; readonly runsPerBlock: number },
): FairShare {
  const outstanding = depth.waiting + depth.active;
  const children = Math.max(1, of.children);
  return {
    blocks: Math.max(1, Math.ceil(outstanding / children)),
    runs: Math.max(1, Math.ceil((outstanding * of.runsPerBlock) / children)),
  };
}

/** Children that take work, over all trainers; this trainer's own number is known better than its last heartbeat. */
export function childrenAlive(
  trainers: readonly TrainerStatus[],
  own: { readonly trainerId: string; readonly children: number },
): number {
  return trainers
    .filter((trainer) => trainer.trainerId !== own.trainerId && trainer.state !== 'draining')
    .reduce((sum, trainer) => sum + trainer.children, own.children);
}
