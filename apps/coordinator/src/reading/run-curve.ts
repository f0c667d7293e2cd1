/** The curve of one run: from its commit, or what its trainer has told so far. */
import {
  isTraining,
  type LearningRateSchedule,
  type PlannedStage,
  type PlannedTrial,
  type RunCurve,
  type RunResult,
} from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { readRunRows } from './run-rows.js';

export type CurveOutcome =
  | { readonly kind: 'found'; readonly curve: RunCurve }
  | { readonly kind: 'absent' }
  | { readonly kind: 'ambiguous'; readonly runs: number };

/** `prefix`: first digits of a run id. A run that stands in several stages is shown in the first. */
export async function readRunCurve(
  record: SweepRecord,
  prefix: string,
  access: { readonly store: SweepStore; readonly queue: BlockQueue },
): Promise<CurveOutcome> {
  const stages = await access.store.readPlannedStages(record.sweepId);
  const found = placesOf(stages, prefix);
  const runs = new Set(found.map(({ runId }) => runId)).size;
  const [place] = found;
  if (place === undefined) return { kind: 'absent' };
  if (runs > 1) return { kind: 'ambiguous', runs };
  const { stage, trial, cursor } = place;
  const query = { stage: stage.stage, trial: trial.index, cursor, limit: 1 };
  const [row] = (await readRunRows(record, query, access)).runs;
  if (row === undefined) return { kind: 'absent' };
  const { commit, progress: _progress, deadLetter: _deadLetter, ...run } = row;
  const points =
    commit === null ? await access.store.readCurve(record.sweepId, run.runId) : pointsOf(commit.result);
  const schedule = scheduleOf(trial);
  return {
    kind: 'found',
    curve: { ...run, source: commit === null ? 'live' : 'commit', schedule, points },
  };
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

function pointsOf(result: RunResult): RunCurve['points'] {
  return 'curve' in result ? result.curve : [];
}

function scheduleOf({ settings }: PlannedTrial): LearningRateSchedule | null {
  return isTraining(settings) ? settings.training.schedule : null;
}
