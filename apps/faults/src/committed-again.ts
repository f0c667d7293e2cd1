/** Runs that became the record more than once, and whether their first commit was one that the server had lost. */
import type { EventOf } from './history.js';

export interface CommittedAgain {
  /** Runs each of whose earlier commits was lost by a server that was set back. */
  readonly excused: number;
  readonly unexcused: number;
}

export function committedAgain(
  commits: readonly EventOf<'commit'>[],
  setBacks: readonly EventOf<'set-back'>[],
): CommittedAgain {
  const byRun = new Map<string, Commit[]>();
  for (const commit of inTheRecord(commits))
    byRun.set(commit.runId, [...(byRun.get(commit.runId) ?? []), commit]);
  const repeated = [...byRun.values()].filter((list) => list.length > 1);
  const isExcused = (list: readonly Commit[]) =>
    list.slice(1).every((next, index) => setBacks.some((setBack) => wasTaken(list[index]!, setBack, next)));
  const excused = repeated.filter(isExcused).length;
  return { excused, unexcused: repeated.length - excused };
}

interface Commit {
  readonly runId: string;
  readonly offeredAtMs: number;
  readonly answeredAtMs: number;
}

/** Between offer and answer the server wrote it down. */
function inTheRecord(commits: readonly EventOf<'commit'>[]): Commit[] {
  const offers = new Map<string, number>();
  return commits.flatMap(({ phase, runId, processId, outcome, atMs }) => {
    const offer = `${processId} ${runId}`;
    if (phase === 'invoke') offers.set(offer, atMs);
    return phase === 'ok' && outcome === 'committed'
      ? [{ runId, offeredAtMs: offers.get(offer) ?? atMs, answeredAtMs: atMs }]
      : [];
  });
}

/** Whether the first can have been written within the part that was lost, and the second only afterwards. */
function wasTaken(first: Commit, { sinceMs, untilMs }: EventOf<'set-back'>, second: Commit): boolean {
  return first.answeredAtMs >= sinceMs && first.offeredAtMs <= untilMs && second.answeredAtMs > untilMs;
}
