/** Everything that is recorded about one sweep, read for a request. A coordinator that does not lead can serve it too. */
import type {
  ClassCount,
  CommitFacts,
  DeadLetter,
  Decision,
  PlannedStage,
  RunId,
  RunProgress,
} from '@seedbed/contracts';
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
  const { sweepId } = record;
  const [stages, deadLetters, progress] = await Promise.all([
    store.readPlannedStages(sweepId),
    store.readDeadLetters(sweepId),
    store.readProgress(sweepId),
  ]);
  const commits = new Set(await committedAmong(store, runIdsOf(stages), record));
  return { record, stages: inOrder(stages, record), commits, deadLetters, progress };
}

export async function readFacts(store: SweepStore, record: SweepRecord): Promise<SweepFacts> {
  const { sweepId } = record;
  const [stages, decisions, deadLetters, progress] = await Promise.all([
    store.readPlannedStages(sweepId),
    store.readDecisions(sweepId),
    store.readDeadLetters(sweepId),
    store.readProgress(sweepId),
  ]);
  const commits = await readCommitsOf(store, runIdsOf(stages), record);
  return { record, stages: inOrder(stages, record), decisions, commits, deadLetters, progress };
}

/** How many runs each class brought; null unless the sweep is mixed. */
export function classCounts({
  record,
  commits,
}: Pick<SweepFacts, 'record' | 'commits'>): ClassCount[] | null {
  if (record.spec.mixed !== true) return null;
  const counts = new Map<string, number>();
  for (const { numericsClass } of commits.values())
    counts.set(numericsClass, (counts.get(numericsClass) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([numericsClass, runs]) => ({ numericsClass, runs }));
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
export function inOrder(stages: readonly PlannedStage[], { spec }: SweepRecord): PlannedStage[] {
  const places = new Map(stageNames(spec).map((name, place) => [name, place]));
  return stages.toSorted((a, b) => (places.get(a.stage) ?? 0) - (places.get(b.stage) ?? 0));
}
