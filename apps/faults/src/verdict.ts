/** Judges histories, in Jepsen's words. Pure: the same history has the same verdict, whoever reads it. */
import { committedAgain } from './committed-again.js';
import type { EventOf, HistoryEvent } from './history.js';

export interface Verdict {
  /** Faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly sweeps: number;
  readonly plannedRuns: number;
  /** Commits that trainers offered. */
  readonly attempts: number;
  /** Offered commits that were answered: from then on the run must be in the record. */
  readonly acknowledged: number;
  /** Runs in the record at the end. */
  readonly committed: number;
  /** Runs that were planned or acknowledged and are not in the record. */
  readonly lost: number;
  /** Runs that became the record more than once. */
  readonly duplicated: number;
  /** Runs that became the record again because a server that was set back had lost them. */
  readonly retrained: number;
  /** Runs whose block was in the hands of a process that ended, and that are in the record all the same. */
  readonly recovered: number;
  /** Offered commits whose run was in the record already, with the same result: what zombies and lost replies bring. */
  readonly duplicates: number;
  /** Writes of a conductor that were refused because another leads. */
  readonly refused: number;
  /** Runs for which different results were offered, or are in the record. */
  readonly divergent: number;
  /** Made-up training: time of runs that were trained, all and more than once. */
  readonly computeMs: number;
  readonly wastedMs: number;
  readonly recoveryMs: readonly number[];
  /** What scenarios have measured, by name. */
  readonly measures: Readonly<Record<string, readonly number[]>>;
  /** What is wrong; empty when all is as promised. */
  readonly problems: readonly string[];
}

export function judge(events: readonly HistoryEvent[]): Verdict {
  const of = <T extends HistoryEvent['type']>(type: T) =>
    events.filter((event): event is EventOf<T> => event.type === type);
  const commits = of('commit');
  const records = of('record');
  const recorded = new Map(records.flatMap(({ runs }) => runs).map(({ runId, digest }) => [runId, digest]));
  const planned = [...recorded.keys()];
  const answered = commits.filter(({ phase }) => phase === 'ok');
  const acknowledged = answered.filter(({ outcome }) => outcome === 'committed' || outcome === 'duplicate');
  const lost = new Set([
    ...planned.filter((runId) => recorded.get(runId) === null),
    ...acknowledged.map(({ runId }) => runId).filter((runId) => (recorded.get(runId) ?? null) === null),
  ]);
  const again = committedAgain(commits, of('set-back'));
  const duplicated = again.unexcused;
  const divergent = divergentRuns(commits, recorded);
  const faults = Object.fromEntries(countBy(of('fault').map(({ kind }) => kind)));
  const { computeMs, wastedMs } = computeOf(of('train'));
  const problems = [
    ...of('defect').map(({ message }) => message),
    ...of('residue').flatMap(({ found }) => found.map((each) => `left behind: ${each}`)),
    ...records
      .filter(({ state, expected = 'completed' }) => state !== expected)
      .map(({ sweepId, state, reason }) => `${sweepId} ended ${state}: ${reason}`),
    ...records
      .filter(({ answerEqual }) => answerEqual === false)
      .map(({ sweepId }) => `answer.json of ${sweepId} differs from the undisturbed one`),
    ...(lost.size > 0 ? [`${lost.size} runs lost`] : []),
    ...(duplicated > 0 ? [`${duplicated} runs committed twice`] : []),
    ...(divergent > 0 ? [`${divergent} runs with different results`] : []),
  ];
  return {
    faults,
    sweeps: records.length,
    plannedRuns: planned.length,
    attempts: commits.filter(({ phase }) => phase === 'invoke').length,
    acknowledged: acknowledged.length,
    committed: [...recorded.values()].filter((digest) => digest !== null).length,
    lost: lost.size,
    duplicated,
    retrained: again.excused,
    recovered: recoveredRuns(of('claim'), recorded),
    duplicates: answered.filter(({ outcome }) => outcome === 'duplicate').length,
    refused: of('refused').length,
    divergent,
    computeMs,
    wastedMs,
    recoveryMs: recoveries(events),
    measures: valuesByName(of('measure')),
    problems,
  };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function valuesByName(measures: readonly { readonly name: string; readonly value: number }[]) {
  const values: Record<string, number[]> = {};
  for (const { name, value } of measures) (values[name] ??= []).push(value);
  return values;
}

function divergentRuns(
  commits: readonly EventOf<'commit'>[],
  recorded: ReadonlyMap<string, string | null>,
): number {
  const digests = new Map<string, Set<string>>();
  const add = (runId: string, digest: string) =>
    digests.set(runId, (digests.get(runId) ?? new Set()).add(digest));
  for (const { runId, digest } of commits) add(runId, digest);
  for (const [runId, digest] of recorded) if (digest !== null) add(runId, digest);
  return [...digests.values()].filter((different) => different.size > 1).length;
}

/** A block that is claimed again was lost or handed back by its holder before. */
function recoveredRuns(
  claims: readonly EventOf<'claim'>[],
  recorded: ReadonlyMap<string, string | null>,
): number {
  const again = new Set(claims.filter(({ attempt }) => attempt > 1).flatMap(({ runIds }) => runIds));
  return [...again].filter((runId) => (recorded.get(runId) ?? null) !== null).length;
}

function computeOf(trainings: readonly EventOf<'train'>[]): { computeMs: number; wastedMs: number } {
  let computeMs = 0;
  const needed = new Map<string, number>();
  // A run that was begun and never ended counts in full: at most that much was wasted.
  for (const { phase, run, trainingMs } of trainings) {
    if (phase !== 'start') continue;
    computeMs += trainingMs;
    needed.set(run, trainingMs);
  }
  const neededMs = [...needed.values()].reduce((sum, each) => sum + each, 0);
  return { computeMs, wastedMs: computeMs - neededMs };
}

/** From each fault until its effect was over, where that can be told. */
function recoveries(events: readonly HistoryEvent[]): number[] {
  return events.flatMap((event) => {
    if (event.type !== 'fault' || event.recovery === null) return [];
    const { recovery } = event;
    if (recovery.of === 'event') {
      const next = events.find(
        (other) => other.type === recovery.event && other.atMs > recovery.sinceMs && !isOffer(other),
      );
      return next === undefined ? [] : [next.atMs - recovery.sinceMs];
    }
    const held = heldAt(events, recovery.processIds, recovery.sinceMs);
    return held.flatMap((jobId) => {
      const next = events.find(
        (other) => other.type === 'claim' && other.jobId === jobId && other.atMs > recovery.sinceMs,
      );
      return next === undefined ? [] : [next.atMs - recovery.sinceMs];
    });
  });
}

const isOffer = (event: HistoryEvent) => event.type === 'commit' && event.phase === 'invoke';

function heldAt(events: readonly HistoryEvent[], processIds: readonly number[], atMs: number): string[] {
  const held = new Set<string>();
  for (const event of events) {
    if (event.atMs > atMs) break;
    if (!processIds.includes(event.processId ?? -1)) continue;
    if (event.type === 'claim') held.add(event.jobId);
    if (event.type === 'end') held.delete(event.jobId);
  }
  return [...held];
}

/** Of several rounds together. */
export function sumVerdicts(verdicts: readonly Verdict[]): Verdict {
  const sum = (name: Exclude<keyof Verdict, 'faults' | 'recoveryMs' | 'measures' | 'problems'>) =>
    verdicts.reduce((total, verdict) => total + verdict[name], 0);
  const faults: Record<string, number> = {};
  for (const verdict of verdicts)
    for (const [kind, count] of Object.entries(verdict.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  return {
    faults,
    sweeps: sum('sweeps'),
    plannedRuns: sum('plannedRuns'),
    attempts: sum('attempts'),
    acknowledged: sum('acknowledged'),
    committed: sum('committed'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    retrained: sum('retrained'),
    recovered: sum('recovered'),
    duplicates: sum('duplicates'),
    refused: sum('refused'),
    divergent: sum('divergent'),
    computeMs: sum('computeMs'),
    wastedMs: sum('wastedMs'),
    recoveryMs: verdicts.flatMap(({ recoveryMs }) => recoveryMs),
    measures: valuesByName(
      verdicts.flatMap(({ measures }) =>
        Object.entries(measures).flatMap(([name, values]) => values.map((value) => ({ name, value }))),
      ),
    ),
    problems: verdicts.flatMap(({ problems }) => problems),
  };
}

/** @param share 0 … 1; null for no values */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? sorted[0] ?? null;
}
