import type { BlockQueue } from './interfaces.js';

/** Blocks written between two looks at the lease. */
const BLOCKS_PER_LOOK = 500;

/**
 * A queue whose writes by a conductor are refused once another leads.
 *
 * The moves of blocks are BullMQ's own scripts, which know nothing of leases, so the lease is looked at just before each of them,
 * on the same connection. A conductor that is suspended between look and write can still carry out one such portion. It does no
 * harm: block ids are deterministic, so what it adds is at most one more copy of work that its plan has, whose results are committed
 * once; what it takes out, its successor's reconciler adds again from plan − commits within two passes; a block that is being
 * trained is locked and cannot be taken out. (Blocks of a sweep that was paused or cancelled meanwhile are withdrawn by
 * the same reconciler.)
 *
 * @param check throws LeaseLostError when another leads
 */
export function fencedQueue(queue: BlockQueue, check: () => Promise<void>): BlockQueue {
  const inPortions = async <T>(items: readonly T[], write: (portion: readonly T[]) => Promise<void>) => {
    for (let first = 0; first < items.length; first += BLOCKS_PER_LOOK) {
      await check();
      await write(items.slice(first, first + BLOCKS_PER_LOOK));
    }
  };
  return {
    add: (jobs) => inPortions(jobs, (portion) => queue.add(portion)),
    remove: (jobIds) => inPortions(jobIds, (portion) => queue.remove(portion)),
    forget: (jobIds) => inPortions(jobIds, (portion) => queue.forget(portion)),
    claim: (token) => queue.claim(token),
    waitForWork: (timeoutMs, signal) => queue.waitForWork(timeoutMs, signal),
    renew: (claimed) => queue.renew(claimed),
    complete: (claimed) => queue.complete(claimed),
    handBack: (claimed) => queue.handBack(claimed),
    fail: (claimed, failure) => queue.fail(claimed, failure),
    depth: () => queue.depth(),
    states: (jobIds) => queue.states(jobIds),
    startStalledCheck: () => queue.startStalledCheck(),
    fenced: (lease) => queue.fenced(lease),
    close: () => queue.close(),
  };
}
