/** `npm run faults -- --baseline`: what the same faults do to BullMQ as its documentation starts, judged by the same verdict. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { History } from '../history.js';
import { Random } from '../random.js';
import { pause } from '../until.js';
import { judge, quantile, type Verdict } from '../verdict.js';
import { type PlainJob, PlainSystem } from './plain-system.js';
import { type Trial, TRIALS } from './trials.js';

/** A lost job is found by the second look at least, 30 s apart, after a lock of 30 s; twice that for a second loss. */
const DEADLINE_MS = 300_000;
const LOOK_MS = 500;
const GAP_MS = [500, 2_000] as const;
const OVER_STATES: ReadonlySet<string> = new Set(['completed', 'failed']);

export interface BaselineResult {
  readonly trial: Trial;
  readonly verdict: Verdict;
  /** Jobs that were marked failed, with BullMQ's reasons, and those that were never over. */
  readonly failed: readonly string[];
  readonly unfinished: number;
  readonly seconds: number;
}

/** All trials side by side: they mostly wait. */
export function runBaseline(options: {
  readonly directory: string;
  readonly seed: number;
  readonly say: (text: string) => void;
}): Promise<BaselineResult[]> {
  const directory = join(options.directory, 'baseline');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return Promise.all(TRIALS.map((trial) => play(trial, { ...options, directory })));
}

async function play(
  trial: Trial,
  {
    directory,
    seed,
    say,
  }: { readonly directory: string; readonly seed: number; readonly say: (text: string) => void },
): Promise<BaselineResult> {
  const path = join(directory, `${trial.name}.jsonl`);
  writeFileSync(path, '');
  const history = new History(path);
  const startedAt = performance.now();
  const system = await PlainSystem.start({ ...trial, blocking: trial.blocking ?? false, history });
  const over = new AbortController();
  try {
    const injecting = inject(trial, { system, history, random: new Random(seed), over: over.signal });
    const jobs = await untilOver(system).finally(() => over.abort());
    await injecting;
    const failed = jobs.filter(({ state }) => state === 'failed');
    history.note({
      type: 'record',
      sweepId: trial.name,
      state: jobs.every(({ state }) => state === 'completed') ? 'completed' : 'incomplete',
      reason: failed[0]?.reason ?? null,
      answerEqual: null,
      runs: jobs.map(({ id, digest }) => ({ runId: id, digest })),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    say(`plain BullMQ, ${trial.name}: over after ${Math.round(seconds)} s`);
    return {
      trial,
      verdict: judge(history.read()),
      failed: failed.map(({ reason }) => reason),
      unfinished: jobs.filter(({ state }) => !OVER_STATES.has(state)).length,
      seconds,
    };
  } finally {
    await system.stop();
  }
}

async function inject(
  trial: Trial,
  {
    system,
    history,
    random,
    over,
  }: {
    readonly system: PlainSystem;
    readonly history: History;
    readonly random: Random;
    readonly over: AbortSignal;
  },
): Promise<void> {
  for (let count = 0; count < trial.faults && !over.aborted;) {
    await pause(random.between(...GAP_MS), over);
    const atMs = Date.now();
    const fault = await trial.inject({ system, random, over, busy: busyOf(system, history) });
    if (fault === null) continue;
    const recovery = { of: 'blocks' as const, processIds: [...fault.processIds], sinceMs: atMs };
    history.note({ type: 'fault', atMs, kind: trial.name, target: fault.target, recovery });
    count += 1;
  }
}

/** Workers that have claimed more than they have had effects. */
function busyOf({ workers }: PlainSystem, history: History): number[] {
  const events = history.read();
  return workers
    .flatMap(({ processId }) => processId ?? [])
    .filter((processId) => {
      const own = events.filter((event) => event.processId === processId);
      const claims = own.filter(({ type }) => type === 'claim').length;
      return claims > own.filter((event) => event.type === 'commit' && event.phase === 'ok').length;
    });
}

async function untilOver(system: PlainSystem): Promise<PlainJob[]> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  for (;;) {
    const jobs = await system.look();
    if (jobs.every(({ state }) => OVER_STATES.has(state)) || performance.now() > giveUpAt) return jobs;
    await pause(LOOK_MS, new AbortController().signal);
  }
}

export function baselineText(results: readonly BaselineResult[]): string {
  return results.map(trialText).join('\n');
}

function trialText({ trial, verdict, failed, unfinished, seconds }: BaselineResult): string {
  const { recoveryMs } = verdict;
  const inSeconds = (share: number) => `${((quantile(recoveryMs, share) ?? 0) / 1000).toFixed(1)} s`;
  const effects = verdict.attempts;
  const lines = [
    `plain BullMQ, ${trial.name}: ${trial.summary}`,
    `  faults        ${verdict.faults[trial.name] ?? 0}`,
    `  jobs          ${trial.jobs}, of which completed ${verdict.committed}, marked failed ${failed.length}, never over ${unfinished}`,
    `  effects       ${effects}, of which of jobs that had theirs already ${effects - effectsOnce(verdict)}`,
    ...[...new Set(failed)].map((reason) => `  reason        ${reason}`),
    ...(recoveryMs.length === 0
      ? []
      : [`  recovery      p50 ${inSeconds(0.5)}, max ${inSeconds(1)} (${recoveryMs.length} measured)`]),
    `  duration      ${Math.round(seconds)} s`,
  ];
  return `${lines.join('\n')}\n`;
}

const effectsOnce = (verdict: Verdict) => verdict.attempts - verdict.duplicated;
