/** Compares the records of a sweep with the queue and repairs the queue: plan − commits − dead letters = queue. */
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import { committedAmong, readBlockStates } from './record-access.js';
import { REPAIR_OF } from './repair.js';
import type { SweepView } from './sweep-view.js';

/** Runs outside the queue whose commits are looked for in one pass: another sweep, or an earlier life, may bring them. */
const OTHER_RUNS_PER_PASS = 5_000;

export interface ReconcileReport {
  /** Blocks that had vanished from the queue. */
  readonly added: readonly string[];
  /** Blocks whose record said finished, or was in no list, without the commits to show for it. */
  readonly replaced: readonly string[];
}

/**
 * @param passNumber counts up from pass to pass, so that all runs of a large sweep have their turn
 */
export async function reconcile(
  view: SweepView,
  { store, queue }: { readonly store: SweepStore; readonly queue: BlockQueue },
  passNumber: number,
): Promise<ReconcileReport> {
  const { sweepId } = view.record;
  // The order matters; see REPAIR_OF.
  const states = await readBlockStates(queue, view.queuedJobIds());
  const isNewlyPinned = await learnClass(view, store);
  const others = isNewlyPinned ? view.outstandingRunIds() : windowOf(view.outstandingRunIds(), passNumber);
  const runIds = new Set([...view.queuedRunIds(), ...others]);
  view.noteCommitted(await committedAmong(store, [...runIds], view.record));
  view.setDeadLetters(await store.readDeadLetters(sweepId));

  const unsettled = new Set(view.queuedJobIds());
  const needing = (repair: string) =>
    [...states].flatMap(([jobId, state]) =>
      unsettled.has(jobId) && REPAIR_OF[state] === repair ? [jobId] : [],
    );
  const added = needing('add');
  const replaced = needing('forget-and-add');
  await queue.forget(replaced);
  await queue.add(jobsOf(view, [...added, ...replaced]));
  return { added, replaced };
}

/** The first commit pins the class; a block may be completed since the record was read. @returns whether it did */
async function learnClass(view: SweepView, store: SweepStore): Promise<boolean> {
  if (view.record.numericsClass !== null || view.record.spec.mixed === true) return false;
  const numericsClass = (await store.getSweep(view.record.sweepId))?.numericsClass ?? null;
  view.record = { ...view.record, numericsClass };
  return numericsClass !== null;
}

function jobsOf(view: SweepView, jobIds: readonly string[]) {
  return jobIds.flatMap((jobId) => view.block(jobId)?.job ?? []);
}

/** A portion of the items that moves on with each pass and starts over at the end. */
function windowOf<T>(items: readonly T[], passNumber: number): readonly T[] {
  const portions = Math.max(1, Math.ceil(items.length / OTHER_RUNS_PER_PASS));
  const first = (passNumber % portions) * OTHER_RUNS_PER_PASS;
  return items.slice(first, first + OTHER_RUNS_PER_PASS);
}
