/** One run of a sweep by the first digits of its id. */
import { type PlannedStage, type PlannedTrial, type RunRow, jobIdOf } from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { expandBlocks } from '@seedbed/search';
import { readRunRows } from './run-rows.js';

export type NotFound = { readonly kind: 'absent' } | { readonly kind: 'ambiguous'; readonly runs: number };

export interface FoundRun {
  readonly kind: 'found';
  readonly stage: PlannedStage;
  readonly trial: PlannedTrial;
  readonly row: RunRow;
}

/** A run that stands in several stages is shown in the first. */
export async function findRun(
  record: SweepRecord,
  prefix: string,
  access: { readonly store: SweepStore; readonly queue: BlockQueue },
): Promise<FoundRun | NotFound> {
  const stages = await access.store.readPlannedStages(record.sweepId);
  const found = placesOf(stages, prefix);
  const runs = new Set(found.map(({ runId }) => runId)).size;
  const [place] = found;
  if (place === undefined) return { kind: 'absent' };
  if (runs > 1) return { kind: 'ambiguous', runs };
  const { stage, trial, cursor } = place;
  const query = { stage: stage.stage, trial: trial.index, cursor, limit: 1 };
  const [row] = (await readRunRows(record, query, access)).runs;
  return row === undefined ? { kind: 'absent' } : { kind: 'found', stage, trial, row };
}

/** The job that carries it; null when no block has it. */
export function jobIdOfRun(
  { sweepId }: SweepRecord,
  { stage, trial, row }: Omit<FoundRun, 'kind'>,
): string | null {
  for (const job of expandBlocks(sweepId, { ...stage, trials: [trial] })) {
    if (job.runs.some(({ seed }) => seed === row.seed)) return jobIdOf(job);
  }
  return null;
}

function placesOf(stages: readonly PlannedStage[], prefix: string) {
  return stages.flatMap((stage) =>
    stage.trials.flatMap((trial) =>
      trial.runs.flatMap(({ runId }, cursor) =>
        runId.startsWith(prefix) ? [{ stage, trial, cursor, runId }] : [],
      ),
    ),
  );
}
