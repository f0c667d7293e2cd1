/** Keeps the one queue a few times as deep as the trainers can take, shared fairly over the running sweeps. */
import { LIMITS, type SweepId } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import { SWEEP_WEIGHT, type Sharer, shareRoom, waitingBlocksWanted } from './fair-share.js';
import { committedAmong } from './record-access.js';
import type { LedgerBlock } from './stage-ledger.js';
import type { SweepView } from './sweep-view.js';
import { isTrainable } from './trainable.js';

export interface FeedContext {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  /** Runs what concerns one sweep; false when it failed for this sweep alone. */
  guarded(sweepId: SweepId, act: () => Promise<void>): Promise<boolean>;
}

/**
 * @param views running sweeps, oldest first
 * @returns the sweeps in which blocks turned out to be committed already, so that they may have a next step now
 */
export async function feed(views: readonly SweepView[], context: FeedContext): Promise<SweepView[]> {
  const { store, queue } = context;
  const moved = new Set<SweepView>();
  if (views.every((view) => view.pendingCount === 0)) return [];
  const trainers = await store.listTrainers();
  let healthy = views.filter((view) => isTrainable(view.record, trainers));
  let room = waitingBlocksWanted(trainers, runsPerBlock(healthy)) - (await queue.depth()).waiting;
  for (;;) {
    // Ends because each turn fills places, finds blocks committed or drops a sweep, of which there are ever fewer.
    const places = shareRoom(room, healthy.map(sharerOf));
    if (places.length === 0) return [...moved];
    const chosen = new Map<string, LedgerBlock[]>();
    for (const view of healthy) {
      const { sweepId } = view.record;
      const count = places.filter((place) => place === sweepId).length;
      const isHealthy = await context.guarded(sweepId, async () => {
        const { open, sawCommits } = await takeOpen(view, count, store);
        if (sawCommits) moved.add(view);
        chosen.set(sweepId, open);
      });
      if (!isHealthy) healthy = healthy.filter((other) => other !== view);
    }
    room -= await addInTurn(places, chosen, queue);
    for (const view of healthy)
      view.markQueued((chosen.get(view.record.sweepId) ?? []).map(({ jobId }) => jobId));
  }
}

/** Of the smallest block that is next in a sweep: one of few seeds has small ones. */
function runsPerBlock(views: readonly SweepView[]): number {
  const sizes = views.flatMap((view) => view.takePending(1).map(({ job }) => job.runs.length));
  return Math.min(LIMITS.seedsPerBlock, ...sizes);
}

/** The next pending blocks of a sweep, except those whose runs another sweep has brought to commits meanwhile. */
async function takeOpen(
  view: SweepView,
  count: number,
  store: SweepStore,
): Promise<{ open: LedgerBlock[]; sawCommits: boolean }> {
  const candidates = view.takePending(count);
  const runIds = candidates.flatMap((block) => block.job.runs.map((run) => run.runId));
  const committed = await committedAmong(store, runIds, view.record);
  view.noteCommitted(committed);
  const isOpen = new Set(view.takePending(count).map((block) => block.jobId));
  return { open: candidates.filter((block) => isOpen.has(block.jobId)), sawCommits: committed.length > 0 };
}

/** Adds blocks in the order of the places, because the queue is first in, first out. @returns how many */
async function addInTurn(
  places: readonly string[],
  chosen: ReadonlyMap<string, readonly LedgerBlock[]>,
  queue: BlockQueue,
): Promise<number> {
  const next = new Map<string, number>();
  const jobs = places.flatMap((sweepId) => {
    const index = next.get(sweepId) ?? 0;
    next.set(sweepId, index + 1);
    return chosen.get(sweepId)?.[index]?.job ?? [];
  });
  await queue.add(jobs);
  return jobs.length;
}

function sharerOf(view: SweepView): Sharer {
  return {
    sweepId: view.record.sweepId,
    weight: SWEEP_WEIGHT,
    inQueue: view.queuedCount,
    pending: view.pendingCount,
  };
}
