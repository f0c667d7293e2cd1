/** The sweep store in memory. Records are kept as JSON, so that a caller who changes what it got changes nothing here. */
import {
  type Commit,
  type CommitOutcome,
  commitSchema,
  type CurvePoint,
  type DeadLetter,
  type Decision,
  isFinished,
  KEYS,
  LIMITS,
  type NumericsClass,
  type PlannedRound,
  type PlannedStage,
  type RunId,
  type RunProgress,
  roundsOf,
  type SweepId,
  type SweepState,
  TerminalError,
  type TrainerId,
  type TrainerStatus,
  withRound,
} from '@seedbed/contracts';
import type { AttemptCounts } from './attempt-ledger.js';
import { commitText } from './commit-script.js';
import type {
  Lease,
  ServerRoom,
  SweepExtending,
  SweepRecord,
  SweepStateChange,
  SweepStore,
} from './interfaces.js';
import { LIVE_CURVE_KEPT_MS } from './live-curves.js';
import type { MemoryBlocks } from './memory-block-queue.js';
import { UNKNOWN_ROOM } from './server-room.js';
import { parseStored } from './stored-json.js';
import { revisionOf } from './sweep-records.js';

/** What a conductor writes. */
const FENCED: readonly (keyof SweepStore)[] = [
  'writePlannedStage',
  'writePlannedRound',
  'writeDecision',
  'setSweepState',
  'commit',
];

export class MemorySweepStore implements SweepStore {
  readonly #sweeps = new Map<SweepId, SweepRecord>();
  readonly #plans = new Map<SweepId, Map<string, string>>();
  readonly #decisions = new Map<SweepId, Map<number, string>>();
  readonly #runs = new Map<RunId, Map<NumericsClass, string>>();
  readonly #counters: Record<CommitOutcome, number> = {
    committed: 0,
    duplicate: 0,
    divergent: 0,
    'wrong-class': 0,
    'unknown-sweep': 0,
  };
  readonly #trainers = new Map<TrainerId, { status: TrainerStatus; expiresAt: number }>();
  readonly #progress = new Map<SweepId, Map<RunId, RunProgress>>();
  readonly #curves = new Map<string, { points: Map<number, CurvePoint>; expiresAt: number }>();
  readonly #listeners = new Set<() => void>();
  #callback: NodeJS.Immediate | null = null;

  constructor(private readonly blocks: MemoryBlocks) {}

  async createSweep(record: Omit<SweepRecord, 'numericsClass'>): Promise<'created' | 'existing'> {
    if (this.#sweeps.has(record.sweepId)) return 'existing';
    this.#sweeps.set(record.sweepId, structuredClone({ ...record, numericsClass: null }));
    return 'created';
  }

  async getSweep(sweepId: SweepId): Promise<SweepRecord | null> {
    return structuredClone(this.#sweeps.get(sweepId) ?? null);
  }

  async listSweeps(page: { readonly offset: number; readonly limit: number }): Promise<SweepRecord[]> {
    const newestFirst = [...this.#sweeps.values()].sort(
      (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.sweepId < b.sweepId ? 1 : -1),
    );
    return structuredClone(newestFirst.slice(page.offset, page.offset + Math.max(0, page.limit)));
  }

  async setSweepState(sweepId: SweepId, change: SweepStateChange): Promise<boolean> {
    const record = this.#sweeps.get(sweepId);
    if (record === undefined || !change.from.includes(record.state)) return false;
    if (change.revision !== undefined && change.revision !== revisionOf(record)) return false;
    const finishedAt = isFinished(change.to) ? new Date(this.blocks.now()).toISOString() : null;
    this.#sweeps.set(sweepId, { ...record, state: change.to, reason: change.reason, finishedAt });
    return true;
  }

  async extendSweep(sweepId: SweepId, { spec, extension, revision, from }: SweepExtending): Promise<boolean> {
    const record = this.#sweeps.get(sweepId);
    if (record === undefined || revision !== revisionOf(record) || !from.includes(record.state)) return false;
    const extensions = [...(record.extensions ?? []), extension];
    const again = isFinished(record.state)
      ? ({ state: 'running', reason: null, finishedAt: null } as const)
      : {};
    this.#sweeps.set(sweepId, structuredClone({ ...record, ...again, spec, extensions }));
    return true;
  }

  async writePlannedStage(sweepId: SweepId, stage: PlannedStage): Promise<'written' | 'existing'> {
    const stages = this.#plans.get(sweepId) ?? new Map<string, string>();
    if (stages.has(stage.stage)) return 'existing';
    this.#plans.set(sweepId, stages.set(stage.stage, JSON.stringify(stage)));
    return 'written';
  }

  async writePlannedRound(sweepId: SweepId, round: PlannedRound): Promise<'written' | 'existing'> {
    const stages = this.#plans.get(sweepId);
    const text = stages?.get(round.stage);
    if (stages === undefined || text === undefined) {
      throw new TerminalError(`stage "${round.stage}" has no first plan before its round ${round.round}`);
    }
    const standing = JSON.parse(text) as PlannedStage;
    if (roundsOf(standing) >= round.round) return 'existing';
    stages.set(round.stage, JSON.stringify(withRound(standing, round)));
    return 'written';
  }

  async readPlannedStages(sweepId: SweepId): Promise<PlannedStage[]> {
    return [...(this.#plans.get(sweepId)?.values() ?? [])].map((text) => JSON.parse(text) as PlannedStage);
  }

  async writeDecision(sweepId: SweepId, decision: Decision): Promise<Decision> {
    const decisions = this.#decisions.get(sweepId) ?? new Map<number, string>();
    this.#decisions.set(sweepId, decisions);
    const standing = decisions.get(decision.number) ?? JSON.stringify(decision);
    decisions.set(decision.number, standing);
    return JSON.parse(standing) as Decision;
  }

  async readDecisions(sweepId: SweepId): Promise<Decision[]> {
    return [...(this.#decisions.get(sweepId)?.values() ?? [])]
      .map((text) => JSON.parse(text) as Decision)
      .sort((a, b) => a.number - b.number);
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    const outcome = this.#commit(commit, commitText(commit));
    this.#counters[outcome] += 1;
    if (outcome !== 'unknown-sweep' && outcome !== 'wrong-class') {
      this.#curves.delete(KEYS.curve(commit.sweepId, commit.runId));
      this.#notify();
    }
    return outcome;
  }

  async readCommits(
    runIds: readonly RunId[],
    numericsClass: NumericsClass | null,
  ): Promise<Map<RunId, Commit>> {
    const commits = new Map<RunId, Commit>();
    for (const runId of runIds) {
      const byClass = this.#runs.get(runId) ?? new Map<NumericsClass, string>();
      const text = byClass.get(numericsClass ?? [...byClass.keys()].sort()[0] ?? '');
      if (text !== undefined)
        commits.set(runId, parseStored(commitSchema, text, `the commit of run ${runId}`));
    }
    return commits;
  }

  async committedRuns(runIds: readonly RunId[], numericsClass: NumericsClass | null): Promise<RunId[]> {
    return runIds.filter((runId) => {
      const byClass = this.#runs.get(runId);
      return numericsClass === null ? byClass !== undefined : byClass?.has(numericsClass) === true;
    });
  }

  async commitCounters(): Promise<Record<CommitOutcome, number>> {
    return { ...this.#counters };
  }

  async serverRoom(): Promise<ServerRoom> {
    return UNKNOWN_ROOM;
  }

  async readDeadLetters(sweepId: SweepId): Promise<DeadLetter[]> {
    return structuredClone([...(this.blocks.deadLetters.get(sweepId)?.values() ?? [])]).sort((a, b) =>
      a.at === b.at ? (a.jobId < b.jobId ? -1 : 1) : a.at < b.at ? -1 : 1,
    );
  }

  async clearDeadLetters(sweepId: SweepId, jobIds: readonly string[]): Promise<void> {
    for (const jobId of jobIds) {
      this.blocks.deadLetters.get(sweepId)?.delete(jobId);
      this.blocks.ledgers.delete(jobId);
      if (this.blocks.jobs.get(jobId)?.state === 'failed') this.blocks.jobs.delete(jobId);
    }
  }

  async attempts(jobId: string): Promise<AttemptCounts> {
    return { ...this.blocks.ledgers.get(jobId)?.counts };
  }

  async heartbeat(status: TrainerStatus, expiresAfterMs: number): Promise<void> {
    const expiresAt = this.blocks.now() + expiresAfterMs;
    this.#trainers.set(status.trainerId, { status: structuredClone(status), expiresAt });
  }

  async removeTrainer(trainerId: TrainerId): Promise<void> {
    this.#trainers.delete(trainerId);
  }

  async listTrainers(): Promise<TrainerStatus[]> {
    const live = [...this.#trainers.values()].filter((entry) => entry.expiresAt > this.blocks.now());
    return structuredClone(live.map((entry) => entry.status)).sort((a, b) =>
      a.trainerId < b.trainerId ? -1 : 1,
    );
  }

  async writeProgress(sweepId: SweepId, progress: ReadonlyMap<RunId, RunProgress>): Promise<void> {
    const known = this.#progress.get(sweepId) ?? new Map<RunId, RunProgress>();
    for (const [runId, at] of progress) known.set(runId, structuredClone(at));
    this.#progress.set(sweepId, known);
  }

  async readProgress(sweepId: SweepId): Promise<Map<RunId, RunProgress>> {
    return structuredClone(this.#progress.get(sweepId) ?? new Map<RunId, RunProgress>());
  }

  async appendCurves(sweepId: SweepId, points: ReadonlyMap<RunId, readonly CurvePoint[]>): Promise<void> {
    const expiresAt = this.blocks.now() + LIVE_CURVE_KEPT_MS;
    for (const [runId, ofRun] of points) {
      if (ofRun.length === 0) continue;
      const kept = this.#liveCurve(sweepId, runId) ?? new Map<number, CurvePoint>();
      for (const point of ofRun) {
        if (kept.size < LIMITS.evaluationsPerRunMax || kept.has(point.step))
          kept.set(point.step, structuredClone(point));
      }
      this.#curves.set(KEYS.curve(sweepId, runId), { points: kept, expiresAt });
    }
  }

  async readCurve(sweepId: SweepId, runId: RunId): Promise<CurvePoint[]> {
    const points = [...(this.#liveCurve(sweepId, runId)?.values() ?? [])];
    return structuredClone(points).sort((a, b) => a.step - b.step);
  }

  async sweepStates(sweepIds: readonly SweepId[]): Promise<Map<SweepId, SweepState>> {
    const states = new Map<SweepId, SweepState>();
    for (const sweepId of sweepIds) {
      const record = this.#sweeps.get(sweepId);
      if (record !== undefined) states.set(sweepId, record.state);
    }
    return states;
  }

  onCommits(listener: () => void): () => void {
    const registered = () => listener();
    this.#listeners.add(registered);
    return () => this.#listeners.delete(registered);
  }

  async holdLease(owner: string, durationMs: number): Promise<{ epoch: number } | null> {
    return this.blocks.lease.hold(owner, durationMs);
  }

  async releaseLease(owner: string): Promise<void> {
    this.blocks.lease.release(owner);
  }

  fenced(lease: Lease): SweepStore {
    const check = () => this.blocks.lease.check(lease);
    // Everything else is this store's own; a method that is taken from it must still be called on it.
    return new Proxy<SweepStore>(this, {
      get: (store, name: keyof SweepStore) => {
        const method = store[name].bind(store) as (...args: unknown[]) => unknown;
        if (!FENCED.includes(name)) return method;
        return async (...args: unknown[]) => {
          check();
          return method(...args);
        };
      },
    });
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    if (this.#callback !== null) clearImmediate(this.#callback);
  }

  #liveCurve(sweepId: SweepId, runId: RunId): Map<number, CurvePoint> | undefined {
    const curve = this.#curves.get(KEYS.curve(sweepId, runId));
    return curve !== undefined && curve.expiresAt > this.blocks.now() ? curve.points : undefined;
  }

  #commit(commit: Commit, text: string): CommitOutcome {
    const sweep = this.#sweeps.get(commit.sweepId);
    if (sweep === undefined) return 'unknown-sweep';
    if (sweep.numericsClass !== null && sweep.numericsClass !== commit.numericsClass) return 'wrong-class';
    const isMixed = sweep.spec.mixed === true;
    if (!isMixed) this.#sweeps.set(commit.sweepId, { ...sweep, numericsClass: commit.numericsClass });
    const byClass = this.#runs.get(commit.runId) ?? new Map<NumericsClass, string>();
    const record = byClass.get(commit.numericsClass);
    if (isMixed && record === undefined && byClass.size > 0) return 'duplicate';
    if (record === undefined) {
      this.#runs.set(commit.runId, byClass.set(commit.numericsClass, text));
      return 'committed';
    }
    return (JSON.parse(record) as Commit).digest === commit.digest ? 'duplicate' : 'divergent';
  }

  #notify(): void {
    this.#callback ??= setImmediate(() => {
      this.#callback = null;
      for (const listener of this.#listeners) listener();
    });
  }
}
