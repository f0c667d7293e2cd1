/** The curve of one run: from its commit, or what its trainer has told so far. */
import {
  isTraining,
  type LearningRateSchedule,
  type PlannedTrial,
  type RunCurve,
  type RunResult,
} from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { findRun, type NotFound } from './find-run.js';

export type CurveOutcome = { readonly kind: 'found'; readonly curve: RunCurve } | NotFound;

/** `prefix`: first digits of a run id. */
export async function readRunCurve(
  record: SweepRecord,
  prefix: string,
  access: { readonly store: SweepStore; readonly queue: BlockQueue },
): Promise<CurveOutcome> {
  const found = await findRun(record, prefix, access);
  if (found.kind !== 'found') return found;
  const { commit, progress: _progress, deadLetter: _deadLetter, ...run } = found.row;
  const points =
    commit === null ? await access.store.readCurve(record.sweepId, run.runId) : pointsOf(commit.result);
  const schedule = scheduleOf(found.trial);
  return {
    kind: 'found',
    curve: { ...run, source: commit === null ? 'live' : 'commit', schedule, points },
  };
}

function pointsOf(result: RunResult): RunCurve['points'] {
  return 'curve' in result ? result.curve : [];
}

function scheduleOf({ settings }: PlannedTrial): LearningRateSchedule | null {
  return isTraining(settings) ? settings.training.schedule : null;
}
