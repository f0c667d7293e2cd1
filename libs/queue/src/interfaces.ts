/**
 * What the rest of Seedbed knows of the queue. Two implementations pass the same conformance suite: BullMQ on Redis, and
 * one in memory for simulations.
 *
 * Errors: RetryableError when Redis is away (never hangs longer than `commandTimeoutMs`), TerminalError when what is
 * stored cannot be read by this version.
 */
import type {
  AttemptCause,
  BlockJob,
  Commit,
  CommitOutcome,
  CurvePoint,
  DeadLetter,
  Decision,
  NumericsClass,
  PlannedRound,
  PlannedStage,
  RunId,
  RunProgress,
  SweepExtension,
  SweepId,
  SweepSpec,
  SweepState,
  TrainerId,
  TrainerStatus,
} from '@seedbed/contracts';

/** A block in a trainer's hands: valid while its lock is renewed under `token`. */
export interface ClaimedBlock {
  readonly jobId: string;
  readonly job: BlockJob;
  readonly token: string;
  /** Which start of this block this is, from 1 (kills and hand-backs count as starts). */
  readonly attempt: number;
  /** True when the ledger says that an earlier pack with this block crashed: train it alone until cleared. */
  readonly suspect: boolean;
}

export interface QueueDepth {
  readonly waiting: number;
  readonly active: number;
}

/** `orphan`: a job record that is in no list, which would make `add` a silent no-op (bullmq#1644). */
export type BlockState = 'waiting' | 'active' | 'completed' | 'failed' | 'absent' | 'orphan';

/** The trainer's side of the queue. */
export interface BlockQueue {
  /** Adds blocks; one whose id is known already is left alone. Chunked, so any number is fine. */
  add(jobs: readonly BlockJob[]): Promise<void>;
  /**
   * Takes one waiting block under a lock, or null. Records the start in the attempt ledger. Malformed job data is moved to the dead letters and the next one tried.
   *
   * @throws OtherVersionError when only blocks of another version of Seedbed were met: they went back untouched, to the end
   *   of the queue; try again after a pause
   */
  claim(token: string): Promise<ClaimedBlock | null>;
  /** Resolves when work may be waiting, the timeout has passed or the signal aborts. Never rejects for a Redis outage. */
  waitForWork(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Renews the locks; returns the job ids whose lock is lost (another trainer may hold the block now). A lock that ran out
   * is taken again while nobody else has had the block.
   */
  renew(claimed: readonly ClaimedBlock[]): Promise<string[]>;
  /** Ends a block whose runs are all committed. `lost` when the lock was no longer ours (harmless: commits stand). */
  complete(claimed: ClaimedBlock): Promise<'completed' | 'lost'>;
  /** Gives a block back untouched for another trainer, at the front of the queue; costs no attempt, counts as no stall. */
  handBack(claimed: ClaimedBlock): Promise<'handed-back' | 'lost'>;
  /**
   * Ends an attempt with a cause. Below the limits the block goes back to wait (suspect after a crash in company);
   * at them it leaves the queue and becomes a dead letter. `guilty` says that it failed alone. Cause `cancelled` takes it
   * out of the queue without a dead letter (`dead`).
   */
  fail(claimed: ClaimedBlock, failure: BlockFailure): Promise<'waiting' | 'dead' | 'lost'>;
  /** Takes waiting blocks out (cancel). Active ones are left to their trainers. */
  remove(jobIds: readonly string[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  states(jobIds: readonly string[]): Promise<Map<string, BlockState>>;
  /** Removes an orphan, completed or failed record so that `add` works again. */
  forget(jobIds: readonly string[]): Promise<void>;
  /** Starts looking for blocks whose trainer died; runs in the coordinator, so that it happens with no trainer alive. */
  startStalledCheck(): Promise<void>;
  /**
   * The same queue for the conductor that holds this lease: `add`, `remove` and `forget` throw a LeaseLostError once another
   * leads. Closing it closes this one.
   */
  fenced(lease: Lease): BlockQueue;
  /** Ends every connection within `closeTimeoutMs` even when Redis is away; may be called twice or never started. */
  close(): Promise<void>;
}

/** The lead of one conductor, from when it took it until another does. */
export interface Lease {
  readonly owner: string;
  readonly epoch: number;
}

export interface BlockFailure {
  readonly cause: Extract<AttemptCause, 'infrastructure' | 'error' | 'poison' | 'cancelled'>;
  readonly reason: string;
  /** The block was trained alone, so the failure is its own. */
  readonly guilty: boolean;
}

export interface SweepRecord {
  readonly sweepId: SweepId;
  readonly spec: SweepSpec;
  readonly state: SweepState;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  /** The class that all results of this sweep come from; pinned by its first commit. */
  readonly numericsClass: NumericsClass | null;
  /** By rising time; absent while there was none. `spec` is the latest one's. */
  readonly extensions?: readonly SweepExtension[] | undefined;
}

export interface SweepStateChange {
  readonly from: readonly SweepState[];
  readonly to: SweepState;
  readonly reason: string | null;
  /** Only while the sweep has been extended so many times. */
  readonly revision?: number;
}

/** A wider sweep file in place of the one there was. */
export interface SweepExtending {
  readonly spec: SweepSpec;
  readonly extension: SweepExtension;
  /** How often the sweep was extended when `spec` was made from its file; see `revisionOf`. */
  readonly revision: number;
  /** States in which a sweep may be extended; a finished one runs again. */
  readonly from: readonly SweepState[];
}

/** The durable records. */
export interface SweepStore {
  /** Creates atomically; `existing` when the id is taken (then the stored record stands). */
  createSweep(record: Omit<SweepRecord, 'numericsClass'>): Promise<'created' | 'existing'>;
  getSweep(sweepId: SweepId): Promise<SweepRecord | null>;
  /** Newest first. */
  listSweeps(page: { readonly offset: number; readonly limit: number }): Promise<SweepRecord[]>;
  /** Sets the state when the current one is among `from`, and the revision the given one; returns whether it did. */
  setSweepState(sweepId: SweepId, change: SweepStateChange): Promise<boolean>;
  /**
   * Puts a wider sweep file in place of the one of that revision, and lets a finished sweep run again; false, and nothing is
   * written, when the sweep was extended meanwhile or is in another state.
   */
  extendSweep(sweepId: SweepId, extending: SweepExtending): Promise<boolean>;
  /** Writes a planned stage once; `existing` when there is one (which stands). Large plans are stored in chunks. */
  writePlannedStage(sweepId: SweepId, stage: PlannedStage): Promise<'written' | 'existing'>;
  /**
   * Writes a later round of a stage once; `existing` when there is one (which stands). Everything before it must be written.
   */
  writePlannedRound(sweepId: SweepId, round: PlannedRound): Promise<'written' | 'existing'>;
  /** Stages in the order in which they were planned, each with all its rounds in it. */
  readPlannedStages(sweepId: SweepId): Promise<PlannedStage[]>;
  /** Writes a decision once by its number; returns the one that stands. */
  writeDecision(sweepId: SweepId, decision: Decision): Promise<Decision>;
  readDecisions(sweepId: SweepId): Promise<Decision[]>;
  /** The one Lua script by which a result becomes the record: first writer wins per numerics class. */
  commit(commit: Commit): Promise<CommitOutcome>;
  /** Commits of these runs in the given class (any class when null: the first by name); missing runs are absent from the map. */
  readCommits(runIds: readonly RunId[], numericsClass: NumericsClass | null): Promise<Map<RunId, Commit>>;
  /** Of these runs, those that have a commit in the given class (in any class when null); tells no more, and costs little. */
  committedRuns(runIds: readonly RunId[], numericsClass: NumericsClass | null): Promise<RunId[]>;
  commitCounters(): Promise<Record<CommitOutcome, number>>;
  /** How much room the server has left. */
  serverRoom(): Promise<ServerRoom>;
  readDeadLetters(sweepId: SweepId): Promise<DeadLetter[]>;
  /** Clears dead letters and their ledgers so that the blocks can be added again. */
  clearDeadLetters(sweepId: SweepId, jobIds: readonly string[]): Promise<void>;
  attempts(jobId: string): Promise<Partial<Record<AttemptCause | 'starts', number>>>;
  heartbeat(status: TrainerStatus, expiresAfterMs: number): Promise<void>;
  removeTrainer(trainerId: TrainerId): Promise<void>;
  listTrainers(): Promise<TrainerStatus[]>;
  writeProgress(sweepId: SweepId, progress: ReadonlyMap<RunId, RunProgress>): Promise<void>;
  readProgress(sweepId: SweepId): Promise<Map<RunId, RunProgress>>;
  /**
   * Adds evaluation points of runs in training: a picture for people, until the run's commit brings the whole curve or a day
   * has passed. A step that is known is replaced; of one run no more than `evaluationsPerRunMax` points are kept.
   */
  appendCurves(sweepId: SweepId, points: ReadonlyMap<RunId, readonly CurvePoint[]>): Promise<void>;
  /** By rising step; empty once the run is committed. */
  readCurve(sweepId: SweepId, runId: RunId): Promise<CurvePoint[]>;
  /** Of these sweeps, the states (missing sweeps are absent): trainers poll it to drop cancelled work. */
  sweepStates(sweepIds: readonly SweepId[]): Promise<Map<SweepId, SweepState>>;
  /** Calls back soon after commits happen anywhere (a hint; may miss some, may be early). Returns how to stop. */
  onCommits(listener: () => void): () => void;
  /** Takes or renews the coordinator's lease. Null when another coordinator holds it. The epoch only rises. */
  holdLease(owner: string, durationMs: number): Promise<{ epoch: number } | null>;
  releaseLease(owner: string): Promise<void>;
  /**
   * The same store for the conductor that holds this lease: what it decides (plans, decisions, states, the class that it pins by
   * a commit) is refused with a LeaseLostError, and not written, once another leads. What people ask for (launch, pause, cancel,
   * retry) and what trainers report needs no lease: it is as valid whoever leads. Closing it closes this one.
   */
  fenced(lease: Lease): SweepStore;
  close(): Promise<void>;
}

/** Null where the server does not say it (a managed one), or there is no server. */
export interface ServerRoom {
  readonly usedMemoryBytes: number | null;
  /** `maxmemory`; 0 for no limit. */
  readonly maxMemoryBytes: number | null;
  /** Whether the last write to the append-only file went well. */
  readonly isJournalWritten: boolean | null;
}

export const SERVER_DANGERS = ['eviction', 'persistence', 'version', 'cluster', 'replica'] as const;

/** Why results would be lost, or nothing would work at all. */
export interface ServerDanger {
  readonly kind: (typeof SERVER_DANGERS)[number];
  /** The server's setting. */
  readonly setting: string;
  readonly found: string;
  /** What follows from it, and what would be right. */
  readonly remedy: string;
}

/** What the server is and whether it can be trusted with results. */
export interface ServerReport {
  readonly version: string;
  readonly kind: 'redis' | 'valkey';
  readonly appendOnly: boolean | null;
  readonly evictionPolicy: string | null;
  /** What loses data or is too old; empty when all is well. */
  readonly warnings: readonly string[];
  /** Those of the warnings that nobody should start with; see `requireSafeServer`. */
  readonly dangers: readonly ServerDanger[];
  /** What could not be read and a person should know otherwise: a managed server, or a user without CONFIG. */
  readonly unknown: readonly string[];
}

export interface QueueSettings {
  /** redis:// or rediss:// or unix:// URL. */
  readonly url: string;
  /** How long a claimed block stays ours without renewal. @default 7_500 */
  readonly lockDurationMs: number;
  /** How often blocks without a lock are looked for (two looks recover one). @default 1_500 */
  readonly stalledCheckIntervalMs: number;
  /** After this a command fails with RetryableError. @default 5_000 */
  readonly commandTimeoutMs: number;
  /** @default 3_000 */
  readonly closeTimeoutMs: number;
}

export const QUEUE_DEFAULTS: Omit<QueueSettings, 'url'> = {
  // Renewed every third of it, a lock outlives its trainer by 5 to 7.5 s; with the check a lost block waits for about 7 s. A
  // supervisor never computes, so it is not mistaken for dead for being busy.
  lockDurationMs: 7_500,
  stalledCheckIntervalMs: 1_500,
  commandTimeoutMs: 5_000,
  closeTimeoutMs: 3_000,
};

export type OpenBlockQueue = (settings: QueueSettings) => Promise<BlockQueue>;
export type OpenSweepStore = (settings: QueueSettings) => Promise<SweepStore>;
