/** What a sweep says a run gave, and the choice of the runs that are looked at. Pure. */
import { InputError, type RunSettings, sha256 } from '@seedbed/contracts';

/** A committed run. */
export interface ClaimedRun {
  readonly stage: string;
  readonly trialIndex: number;
  readonly seed: number;
  readonly runId: string;
  readonly digest: string;
  /** Null where the record does not say: an answer of a mixed sweep. */
  readonly numericsClass: string | null;
}

/** With everything that determines its result. */
export interface Claim extends ClaimedRun {
  readonly settings: RunSettings;
}

export interface Choice {
  /** How many, or all when there are fewer. */
  readonly sample: number;
  /** Another seed chooses other runs. */
  readonly seed: number;
  /** First digits of run ids; given, these and no sample. */
  readonly runs: readonly string[];
}

/**
 * The same runs for the same seed, whatever the order: a hash of seed and run id decides, which nobody who makes results
 * can know before the seed is chosen.
 *
 * @throws InputError when a run that is asked for is not there, or more than one
 */
export function chooseRuns(all: readonly ClaimedRun[], { sample, seed, runs }: Choice): ClaimedRun[] {
  const distinct = [...new Map(all.map((run) => [run.runId, run])).values()];
  if (runs.length > 0) return runs.map((prefix) => runNamed(distinct, prefix));
  const keyOf = (run: ClaimedRun): string => sha256(`seedbed/verify/${seed}/${run.runId}`);
  return distinct
    .map((run) => ({ run, key: keyOf(run) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, sample)
    .map(({ run }) => run);
}

function runNamed(all: readonly ClaimedRun[], prefix: string): ClaimedRun {
  const found = all.filter(({ runId }) => runId.startsWith(prefix));
  const [run] = found;
  if (run !== undefined && found.length === 1) return run;
  const message =
    found.length === 0
      ? `no run with a result begins with ${prefix}`
      : `${found.length} runs begin with ${prefix}: give more digits`;
  throw new InputError([{ path: '--run', message }]);
}
