/** Takes a paused or cancelled sweep's waiting blocks out of the queue; those being trained are left to their trainers. */
import type { BlockQueue } from '@seedbed/queue';
import { readBlockStates } from './record-access.js';
import type { SweepView } from './sweep-view.js';

/** May be called again: a trainer that stops hands its block back, which would otherwise be picked up while paused. */
export async function withdraw(view: SweepView, queue: BlockQueue): Promise<void> {
  const jobIds = view.queuedJobIds();
  if (jobIds.length === 0) return;
  await queue.remove(jobIds);
  const states = await readBlockStates(queue, jobIds);
  view.markPending(jobIds.filter((jobId) => states.get(jobId) !== 'active'));
}
