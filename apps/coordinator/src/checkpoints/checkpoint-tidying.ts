/** Takes from the shelf what nobody will ask for: states of runs that are committed, and of sweeps that are over. */
import { setTimeout as delay } from 'node:timers/promises';
import { coerceError, isFinished, type NumericsClass, type RunId } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { FastifyBaseLogger } from 'fastify';
import type { CheckpointShelf } from './checkpoint-shelf.js';

/** A checkpoint is of no harm while it waits to be removed. */
const TIDY_INTERVAL_MS = 10_000;

export async function tidyShelf(shelf: CheckpointShelf, store: SweepStore): Promise<void> {
  const stored = shelf.all();
  if (stored.length === 0) return;
  const states = await store.sweepStates([...new Set(stored.map(({ sweepId }) => sweepId))]);
  const byClass = new Map<NumericsClass, Set<RunId>>();
  for (const { numericsClass, runId } of stored) {
    byClass.set(numericsClass, (byClass.get(numericsClass) ?? new Set()).add(runId));
  }
  const committed = new Map<NumericsClass, Set<RunId>>();
  for (const [numericsClass, runIds] of byClass) {
    committed.set(numericsClass, new Set(await store.committedRuns([...runIds], numericsClass)));
  }
  await shelf.forget(({ sweepId, runId, numericsClass }) => {
    const state = states.get(sweepId);
    // One that arrived since the questions were asked is not in their answers.
    if (byClass.get(numericsClass)?.has(runId) !== true) return false;
    const isOver = state === undefined || isFinished(state);
    return isOver || committed.get(numericsClass)?.has(runId) === true;
  });
}

/** Until the signal aborts. Never rejects. */
export async function keepShelfTidy(
  shelf: CheckpointShelf,
  store: SweepStore,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: FastifyBaseLogger },
): Promise<void> {
  while (!signal.aborted) {
    await delay(TIDY_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    await tidyShelf(shelf, store).catch((thrown: unknown) => {
      logger.debug({ err: coerceError(thrown) }, 'checkpoints not tidied; later again');
    });
  }
}
