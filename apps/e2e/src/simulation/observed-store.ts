/** The records as they are, watched: what may never be seen is told as it happens. */
import { type Commit, type CommitOutcome, type RunId, type SweepState } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { Happenings } from './happenings.js';

export interface Observations {
  /** Token of the commit that was acknowledged first, per run. */
  readonly firstCommits: Map<RunId, { readonly token: string; readonly digest: string }>;
  /** Runs whose commit was acknowledged. */
  readonly acknowledged: Map<RunId, string>;
  /** As of the last change. */
  sweepState: SweepState;
}

export function observed(
  store: SweepStore,
  seen: Observations,
  { happenings, violation }: { readonly happenings: Happenings; readonly violation: (what: string) => void },
): SweepStore {
  const noteCommit = (commit: Commit, outcome: CommitOutcome) => {
    const { runId, digest, provenance } = commit;
    if (outcome === 'divergent') violation(`run ${runId} has two results`);
    if (outcome !== 'committed' && outcome !== 'duplicate') return;
    if (outcome === 'duplicate') happenings.note('commit repeated');
    else if (seen.firstCommits.has(runId)) violation(`run ${runId} was committed twice`);
    else seen.firstCommits.set(runId, { token: provenance.token, digest });
    seen.acknowledged.set(runId, digest);
  };
  return new Proxy(store, {
    get(_, name: string) {
      if (name === 'commit') {
        return async (commit: Commit) => {
          const outcome = await store.commit(commit);
          noteCommit(commit, outcome);
          return outcome;
        };
      }
      if (name === 'fenced') {
        return (...lease: Parameters<SweepStore['fenced']>) =>
          observed(store.fenced(...lease), seen, { happenings, violation });
      }
      if (name === 'setSweepState') {
        return async (...args: Parameters<SweepStore['setSweepState']>) => {
          const isDone = await store.setSweepState(...args);
          if (isDone) seen.sweepState = args[1].to;
          return isDone;
        };
      }
      const own = store[name as keyof SweepStore] as unknown;
      return typeof own === 'function' ? (own as (...args: unknown[]) => unknown).bind(store) : own;
    },
  });
}
