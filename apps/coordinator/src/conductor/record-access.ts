/** Reading the records of many runs and blocks in portions, so that neither Redis nor this process stalls on a large sweep. */
import type { Commit, CommitFacts, NumericsClass, RunId } from '@seedbed/contracts';
import type { BlockQueue, BlockState, SweepStore } from '@seedbed/queue';

/** A commit is a few kilobytes of JSON: a portion stays in the low megabytes and a few milliseconds of Redis' time. */
const COMMITS_PER_READ = 500;
const RUNS_PER_LOOK = 5_000;
const BLOCKS_PER_READ = 1_000;

/**
 * Which of these runs are committed for a sweep.
 *
 * @param numericsClass the sweep's pinned class; while it has none, no commit counts as its own
 */
export async function committedAmong(
  store: SweepStore,
  runIds: readonly RunId[],
  numericsClass: NumericsClass | null,
): Promise<RunId[]> {
  if (numericsClass === null) return [];
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
  numericsClass: NumericsClass | null,
): Promise<Map<RunId, CommitFacts>> {
  const all = new Map<RunId, CommitFacts>();
  if (numericsClass === null) return all;
  for (const portion of portionsOf(runIds, COMMITS_PER_READ)) {
    for (const [runId, commit] of await store.readCommits(portion, numericsClass))
      all.set(runId, factsOf(commit));
  }
  return all;
}

function factsOf({ numericsClass, digest, result, provenance: { time } }: Commit): CommitFacts {
  return {
    numericsClass,
    digest,
    result: result.outcome === 'gradient-checked' ? result : { ...result, curve: [] },
    provenance: { time },
  };
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
