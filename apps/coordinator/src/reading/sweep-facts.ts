/** Everything that is recorded about one sweep, read for a request. A coordinator that does not lead can serve it too. */
import type { CommitFacts, DeadLetter, Decision, PlannedStage, RunId, RunProgress } from '@seedbed/contracts';
import type { SweepRecord, SweepStore } from '@seedbed/queue';
import { stageNames } from '@seedbed/search';
import { committedAmong, readCommitsOf } from '../conductor/record-access.js';

export interface SweepFacts {
  readonly record: SweepRecord;
  readonly stages: readonly PlannedStage[];
  readonly decisions: readonly Decision[];
  readonly commits: ReadonlyMap<RunId, CommitFacts>;
  readonly deadLetters: readonly DeadLetter[];
  readonly progress: ReadonlyMap<RunId, RunProgress>;
}

/** What a status is made of. It is polled, so it asks which runs are committed and reads no commit. */
export interface StatusFacts extends Omit<SweepFacts, 'commits' | 'decisions'> {
  readonly commits: Pick<ReadonlySet<RunId>, 'has'>;
}

export async function readStatusFacts(store: SweepStore, record: SweepRecord): Promise<StatusFacts> {
  const { sweepId, numericsClass } = record;
  const [stages, deadLetters, progress] = await Promise.all([
    store.readPlannedStages(sweepId),
    store.readDeadLetters(sweepId),
    store.readProgress(sweepId),
  ]);
  const commits = new Set(await committedAmong(store, runIdsOf(stages), numericsClass));
  return { record, stages: inOrder(stages, record), commits, deadLetters, progress };
}

export async function readFacts(store: SweepStore, record: SweepRecord): Promise<SweepFacts> {
  const { sweepId, numericsClass } = record;
  const [stages, decisions, deadLetters, progress] = await Promise.all([
    store.readPlannedStages(sweepId),
    store.readDecisions(sweepId),
    store.readDeadLetters(sweepId),
    store.readProgress(sweepId),
  ]);
  const commits = await readCommitsOf(store, runIdsOf(stages), numericsClass);
  return { record, stages: inOrder(stages, record), decisions, commits, deadLetters, progress };
}

/** Run ids of planned stages, each once. */
export function runIdsOf(stages: readonly PlannedStage[]): RunId[] {
  const runIds = stages.flatMap((stage) =>
    stage.trials.flatMap((trial) => trial.runs.map((run) => run.runId)),
  );
  return [...new Set(runIds)];
}

/** Run id → why it was set aside, for runs that have no commit all the same. */
export function deadReasons(facts: Pick<StatusFacts, 'deadLetters' | 'commits'>): Map<RunId, string> {
  return new Map(
    facts.deadLetters.flatMap((letter) =>
      letter.runIds
        .filter((runId) => !facts.commits.has(runId))
        .map((runId): [RunId, string] => [runId, letter.reason]),
    ),
  );
}

/** Stages in the order of the sweep file, whatever the order in which they could be planned. */
function inOrder(stages: readonly PlannedStage[], { spec }: SweepRecord): PlannedStage[] {
  const places = new Map(stageNames(spec).map((name, place) => [name, place]));
  return stages.toSorted((a, b) => (places.get(a.stage) ?? 0) - (places.get(b.stage) ?? 0));
}
