/** Where one run's result comes from: everything that determined it, who trained it, and how to have it again. */
import { type RunProvenance, settingsOfRun } from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { specDigestOf } from '@seedbed/search';
import { findRun, jobIdOfRun, type NotFound } from './find-run.js';

export type ProvenanceOutcome = { readonly kind: 'found'; readonly provenance: RunProvenance } | NotFound;

/** Digits of a run id in a command: enough for a sweep of a million runs. */
const DIGITS_IN_COMMAND = 16;

/** `prefix`: first digits of a run id. */
export async function readRunProvenance(
  record: SweepRecord,
  prefix: string,
  access: { readonly store: SweepStore; readonly queue: BlockQueue },
): Promise<ProvenanceOutcome> {
  const found = await findRun(record, prefix, access);
  if (found.kind !== 'found') return found;
  const { sweepId, spec } = record;
  const { progress: _progress, ...row } = found.row;
  const jobId = jobIdOfRun(record, found);
  return {
    kind: 'found',
    provenance: {
      sweepId,
      ...row,
      settings: settingsOfRun(found.trial.settings, row.seed),
      specDigest: specDigestOf(spec),
      attempts: jobId === null ? {} : definedOf(await access.store.attempts(jobId)),
      command: `seedbed verify ${sweepId} --run ${row.runId.slice(0, DIGITS_IN_COMMAND)}`,
    },
  };
}

function definedOf(counts: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, count]) => (count === undefined ? [] : [[name, count]])),
  );
}
