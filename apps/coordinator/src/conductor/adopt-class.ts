/**
 * Lets a sweep use results that an earlier sweep trained. All results of a sweep come from one numerics class, pinned by
 * its first commit. Where every run of a block is committed already, no trainer commits anything, so the pin has to come
 * from the records: the class of a trainer that is alive, because the rest of the sweep must be trainable in it.
 */
import type { NumericsClass, RunId, TrainerStatus } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { SweepView } from './sweep-view.js';

/** Enough to find out whether a sweep overlaps an earlier one: the first trials are where extended sweeps agree. */
const RUNS_LOOKED_AT = 500;

/** @returns the class that the sweep is now pinned to; null while there is nothing to adopt */
export async function adoptClass(view: SweepView, store: SweepStore): Promise<NumericsClass | null> {
  if (view.record.numericsClass !== null) return view.record.numericsClass;
  const runIds = view.outstandingRunIds().slice(0, RUNS_LOOKED_AT);
  for (const numericsClass of classesAlive(await store.listTrainers())) {
    const found = (await store.committedRuns(runIds, numericsClass))[0];
    if (found !== undefined) return await pin(view, store, found, numericsClass);
  }
  return null;
}

/** Offering the standing commit again in this sweep's name writes no result, but counts as the sweep's first. */
async function pin(
  view: SweepView,
  store: SweepStore,
  runId: RunId,
  numericsClass: NumericsClass,
): Promise<NumericsClass | null> {
  const { sweepId } = view.record;
  const commit = (await store.readCommits([runId], numericsClass)).get(runId);
  if (commit === undefined) return null;
  await store.commit({ ...commit, sweepId });
  return (await store.getSweep(sweepId))?.numericsClass ?? null;
}

function classesAlive(trainers: readonly TrainerStatus[]): NumericsClass[] {
  const classes = trainers.flatMap((trainer) => trainer.numericsClass ?? []);
  return [...new Set(classes)].sort();
}
