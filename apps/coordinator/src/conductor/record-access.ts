/** Reading the records of many runs and blocks in portions, so that neither Redis nor this process stalls on a large sweep. */
import type { Commit, NumericsClass, RunId } from '@seedbed/contracts';
import type { BlockQueue, BlockState, SweepStore } from '@seedbed/queue';

/** A commit is a few kilobytes of JSON: a portion stays in the low megabytes and a few milliseconds of Redis' time. */
const COMMITS_PER_READ = 500;
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
  const committed: RunId[] = [];
  for await (const commits of commitPortions(store, runIds, numericsClass)) committed.push(...commits.keys());
  return committed;
}

/** The commits of these runs that count for a sweep; see `committedAmong`. */
export async function readCommitsOf(
  store: SweepStore,
  runIds: readonly RunId[],
  numericsClass: NumericsClass | null,
): Promise<Map<RunId, Commit>> {
  const all = new Map<RunId, Commit>();
  for await (const commits of commitPortions(store, runIds, numericsClass)) {
    for (const [runId, commit] of commits) all.set(runId, commit);
  }
  return all;
}

async function* commitPortions(
  store: SweepStore,
  runIds: readonly RunId[],
  numericsClass: NumericsClass | null,
): AsyncGenerator<Map<RunId, Commit>> {
  if (numericsClass === null) return;
  for (const portion of portionsOf(runIds, COMMITS_PER_READ))
    yield await store.readCommits(portion, numericsClass);
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
