/** How many blocks one child may hold, so that no other child stands idle while one has many. Pure. */
import type { TrainerStatus } from '@seedbed/contracts';
import type { QueueDepth } from '@seedbed/queue';

/** ceil(outstanding / children alive), at least 1. */
export function fairShareBlocks(depth: QueueDepth, childrenAlive: number): number {
  return Math.max(1, Math.ceil((depth.waiting + depth.active) / Math.max(1, childrenAlive)));
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
