/** Reading the records of many runs and blocks in portions, so that neither Redis nor this process stalls on a large sweep. */
import type { Commit, CommitFacts, NumericsClass, RunId, RunResult, SweepSpec } from '@seedbed/contracts';
import type { BlockQueue, BlockState, SweepRecord, SweepStore } from '@seedbed/queue';

/** A commit is a few kilobytes of JSON: a portion stays in the low megabytes and a few milliseconds of Redis' time. */
const COMMITS_PER_READ = 500;
const RUNS_PER_LOOK = 5_000;
const BLOCKS_PER_READ = 1_000;

/** Whose commits count for a sweep: its pinned class's; while it has none, nobody's; of a mixed one, everybody's. */
export type CommitScope = Pick<SweepRecord, 'numericsClass'> & { readonly spec: Pick<SweepSpec, 'mixed'> };

/** @returns what the store is asked for, or `none` */
export function classesInScope({ numericsClass, spec }: CommitScope): NumericsClass | null | 'none' {
  if (spec.mixed === true) return null;
  return numericsClass ?? 'none';
}

/** Which of these runs are committed for a sweep. */
export async function committedAmong(
  store: SweepStore,
  runIds: readonly RunId[],
  scope: CommitScope,
): Promise<RunId[]> {
  const numericsClass = classesInScope(scope);
  if (numericsClass === 'none') return [];
  const committed: RunId[] = [];
  for (const portion of portionsOf(runIds, RUNS_PER_LOOK)) {
    for (const runId of await store.committedRuns(portion, numericsClass)) committed.push(runId);
  }
  return committed;
}

/**
 * The commits of these runs that count for a sweep; see `committedAmong`. Only the facts: 100,000 whole
 * commits would not fit into the memory that a coordinator may use.
 */
export async function readCommitsOf(
  store: SweepStore,
  runIds: readonly RunId[],
  scope: CommitScope,
): Promise<Map<RunId, CommitFacts>> {
  return await readCommitsAs(store, { runIds, scope, keep: factsOf });
}

/** The same with what `keep` keeps of each. */
export async function readCommitsAs<Kept>(
  store: SweepStore,
  of: {
    readonly runIds: readonly RunId[];
    readonly scope: CommitScope;
    readonly keep: (commit: Commit) => Kept;
  },
): Promise<Map<RunId, Kept>> {
  const all = new Map<RunId, Kept>();
  const numericsClass = classesInScope(of.scope);
  if (numericsClass === 'none') return all;
  for (const portion of portionsOf(of.runIds, COMMITS_PER_READ)) {
    for (const [runId, commit] of await store.readCommits(portion, numericsClass))
      all.set(runId, of.keep(commit));
  }
  return all;
}

function factsOf({ numericsClass, digest, result, provenance: { time } }: Commit): CommitFacts {
  return {
    numericsClass,
    digest,
    result: withoutCurve(result),
    provenance: { time },
  };
}

function withoutCurve(result: RunResult): RunResult {
  if ('scores' in result) return { ...result, scores: [] };
  return 'curve' in result ? { ...result, curve: [] } : result;
}

export async function readBlockStates(
  queue: BlockQueue,
  jobIds: readonly string[],
): Promise<Map<string, BlockState>> {
  const all = new Map<string, BlockState>();
  for (const portion of portionsOf(jobIds, BLOCKS_PER_READ)) {
    for (const [jobId, state] of await queue.states(portion)) all.set(jobId, state);
  }
  return all;
}

function* portionsOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}
