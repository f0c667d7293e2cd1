import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { committedAmong, readBlockStates } from './record-access.js';
import { SweepView } from './sweep-view.js';

/** Builds the picture of a sweep from its records alone: at the start, after an outage, and when a lease was taken over. */
export async function loadView(
  store: SweepStore,
  queue: BlockQueue,
  record: SweepRecord,
): Promise<SweepView> {
  const { sweepId } = record;
  const view = new SweepView(record);
  for (const plan of await store.readPlannedStages(sweepId)) view.addStage(plan);
  for (const decision of await store.readDecisions(sweepId)) view.addDecision(decision);
  view.noteCommitted(await committedAmong(store, view.outstandingRunIds(), record));
  view.setDeadLetters(await store.readDeadLetters(sweepId));
  // An earlier coordinator's blocks may be in the queue: they count for fair sharing and need looking after.
  const states = await readBlockStates(queue, view.unsettledJobIds());
  view.markQueued([...states].filter(([, state]) => state !== 'absent').map(([jobId]) => jobId));
  return view;
}
