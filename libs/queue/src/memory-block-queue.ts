/** The block queue in memory: what the Redis one promises, step for step, under a clock that a simulation moves. */
import {
  type AttemptCause,
  type BlockJob,
  coerceError,
  type DeadLetter,
  jobIdOf,
  LIMITS,
  OtherVersionError,
  type SweepId,
} from '@seedbed/contracts';
import type { AttemptCounts } from './attempt-ledger.js';
import { type Claim, claimReadable } from './claim-readable.js';
import { deadLetterOf, lostTooOften, readableRunIds, runIdsOf } from './dead-letter.js';
import type { BlockFailure, BlockQueue, BlockState, ClaimedBlock, Lease, QueueDepth } from './interfaces.js';
import { fencedQueue } from './fenced-queue.js';
import { MemoryLease } from './memory-lease.js';
import { parseOwnJob, sweepOf, tryParse } from './own-job.js';
import { StalledCheck } from './stalled-check.js';

interface StoredJob {
  /** JSON, so that nobody can change a job that somebody else holds. */
  readonly data: string;
  state: Exclude<BlockState, 'absent' | 'orphan'>;
  lock: { readonly token: string; readonly expiresAt: number } | null;
  /** Seen active by the last look for stalled blocks, and not renewed since. */
  suspectedStalled: boolean;
}

interface Ledger {
  readonly counts: AttemptCounts;
  /** Crashes in company. */
  company: number;
  suspect: boolean;
  /** The latest start has no end yet. */
  open: boolean;
}

/** What all clients of one queue in memory share. */
export class MemoryBlocks {
  readonly jobs = new Map<string, StoredJob>();
  /** Job ids, the next one first. */
  waiting: string[] = [];
  readonly ledgers = new Map<string, Ledger>();
  readonly deadLetters = new Map<SweepId, Map<string, DeadLetter>>();
  readonly wakers = new Set<() => void>();
  readonly lease: MemoryLease;

  constructor(
    readonly now: () => number,
    readonly lockDurationMs: number,
  ) {
    this.lease = new MemoryLease(now);
  }

  ledgerOf(jobId: string): Ledger {
    let ledger = this.ledgers.get(jobId);
    if (ledger === undefined) {
      ledger = { counts: {}, company: 0, suspect: false, open: false };
      this.ledgers.set(jobId, ledger);
    }
    return ledger;
  }

  bury(sweepId: SweepId, letter: DeadLetter): void {
    const letters = this.deadLetters.get(sweepId) ?? new Map<string, DeadLetter>();
    this.deadLetters.set(sweepId, letters.set(letter.jobId, letter));
  }

  isDead(sweepId: SweepId, jobId: string): boolean {
    return this.deadLetters.get(sweepId)?.has(jobId) ?? false;
  }

  /** The job while `token` holds its lock. */
  held(jobId: string, token: string): StoredJob | null {
    const job = this.jobs.get(jobId);
    const lock = job?.lock;
    return job !== undefined && lock?.token === token && lock.expiresAt > this.now() ? job : null;
  }

  putInFront(jobId: string, job: StoredJob): void {
    job.state = 'waiting';
    job.lock = null;
    job.suspectedStalled = false;
    this.waiting.unshift(jobId);
    this.wake();
  }

  wake(): void {
    for (const waker of this.wakers) waker();
  }

  /** One look for stalled blocks: puts back what the look before saw active and has no lock, marks what is active now. */
  lookForStalled(): void {
    for (const [jobId, job] of this.jobs) {
      if (job.state !== 'active') continue;
      const locked = job.lock !== null && job.lock.expiresAt > this.now();
      if (job.suspectedStalled && !locked) this.putInFront(jobId, job);
      else job.suspectedStalled = true;
    }
  }
}

export class MemoryBlockQueue implements BlockQueue {
  #stalledCheck: StalledCheck | null = null;
  readonly #closed = new AbortController();

  constructor(
    private readonly blocks: MemoryBlocks,
    private readonly stalledCheckIntervalMs: number,
  ) {}

  async add(jobs: readonly BlockJob[]): Promise<void> {
    for (const job of jobs) {
      const jobId = jobIdOf(job);
      if (this.blocks.jobs.has(jobId)) continue;
      this.blocks.jobs.set(jobId, {
        data: JSON.stringify(job),
        state: 'waiting',
        lock: null,
        suspectedStalled: false,
      });
      this.blocks.waiting.push(jobId);
    }
    this.blocks.wake();
  }

  claim(token: string): Promise<ClaimedBlock | null> {
    return claimReadable(
      async () => this.#claimNext(token),
      async (jobId) => this.#passOn(jobId),
    );
  }

  #claimNext(token: string): Claim {
    for (;;) {
      const jobId = this.blocks.waiting.shift();
      if (jobId === undefined) return { kind: 'nothing' };
      const job = this.blocks.jobs.get(jobId);
      if (job === undefined) continue;
      job.state = 'active';
      job.lock = { token, expiresAt: this.blocks.now() + this.blocks.lockDurationMs };
      try {
        const block = this.#start(jobId, job, token);
        if (block !== null) return { kind: 'claimed', block };
      } catch (error) {
        if (!(error instanceof OtherVersionError)) throw error;
        return { kind: 'other-version', jobId, error };
      }
      job.state = 'failed';
      job.lock = null;
    }
  }

  #passOn(jobId: string): void {
    const job = this.blocks.jobs.get(jobId);
    if (job === undefined) return;
    job.state = 'waiting';
    job.lock = null;
    this.blocks.waiting.push(jobId);
    this.blocks.wake();
  }

  async waitForWork(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, this.#closed.signal]);
    if (this.blocks.waiting.length > 0 || over.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.blocks.wakers.delete(done);
        over.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.blocks.wakers.add(done);
      over.addEventListener('abort', done);
    });
  }

  async renew(claimed: readonly ClaimedBlock[]): Promise<string[]> {
    return claimed.filter((block) => !this.#renewOne(block)).map((block) => block.jobId);
  }

  async complete(claimed: ClaimedBlock): Promise<'completed' | 'lost'> {
    const job = this.blocks.held(claimed.jobId, claimed.token);
    if (job === null) return 'lost';
    job.state = 'completed';
    job.lock = null;
    const ledger = this.blocks.ledgerOf(claimed.jobId);
    ledger.open = false;
    ledger.suspect = false;
    return 'completed';
  }

  async handBack(claimed: ClaimedBlock): Promise<'handed-back' | 'lost'> {
    const job = this.blocks.held(claimed.jobId, claimed.token);
    if (job === null) return 'lost';
    this.#end(claimed, 'handed-back', 'handed back', null);
    this.blocks.putInFront(claimed.jobId, job);
    return 'handed-back';
  }

  async fail(claimed: ClaimedBlock, failure: BlockFailure): Promise<'waiting' | 'dead' | 'lost'> {
    const job = this.blocks.held(claimed.jobId, claimed.token);
    if (job === null) return 'lost';
    const byTheBlock = failure.cause === 'error' || failure.cause === 'poison';
    const crashed = byTheBlock ? (failure.guilty ? 'alone' : 'company') : null;
    this.#end(claimed, failure.cause, failure.reason, crashed);
    if (failure.cause === 'cancelled') {
      this.blocks.jobs.delete(claimed.jobId);
      return 'dead';
    }
    if (this.blocks.isDead(claimed.job.sweepId, claimed.jobId)) {
      job.state = 'failed';
      job.lock = null;
      return 'dead';
    }
    this.blocks.putInFront(claimed.jobId, job);
    return 'waiting';
  }

  async remove(jobIds: readonly string[]): Promise<void> {
    const unwanted = new Set(jobIds.filter((id) => this.blocks.jobs.get(id)?.state === 'waiting'));
    for (const jobId of unwanted) this.blocks.jobs.delete(jobId);
    this.blocks.waiting = this.blocks.waiting.filter((id) => !unwanted.has(id));
  }

  async depth(): Promise<QueueDepth> {
    const active = [...this.blocks.jobs.values()].filter((job) => job.state === 'active').length;
    return { waiting: this.blocks.waiting.length, active };
  }

  async states(jobIds: readonly string[]): Promise<Map<string, BlockState>> {
    return new Map(jobIds.map((id) => [id, this.blocks.jobs.get(id)?.state ?? 'absent']));
  }

  async forget(jobIds: readonly string[]): Promise<void> {
    for (const jobId of jobIds) {
      const state = this.blocks.jobs.get(jobId)?.state;
      if (state === 'completed') this.blocks.ledgers.delete(jobId);
      if (state === 'completed' || state === 'failed') this.blocks.jobs.delete(jobId);
    }
  }

  async startStalledCheck(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#stalledCheck ??= new StalledCheck(this.stalledCheckIntervalMs, async () => {
      this.blocks.lookForStalled();
    });
  }

  fenced(lease: Lease): BlockQueue {
    return fencedQueue(this, async () => this.blocks.lease.check(lease));
  }

  async close(): Promise<void> {
    this.#stalledCheck?.stop();
    this.#closed.abort();
  }

  /** Null when the block is dead. */
  #start(jobId: string, stored: StoredJob, token: string): ClaimedBlock | null {
    let job: BlockJob;
    try {
      job = parseOwnJob(jobId, stored.data);
    } catch (error) {
      if (error instanceof OtherVersionError) throw error;
      const runIds = readableRunIds(tryParse(stored.data));
      this.blocks.bury(sweepOf(jobId), this.#letter(jobId, runIds, 'error', coerceError(error).message));
      return null;
    }
    if (this.blocks.isDead(job.sweepId, jobId)) return null;
    const ledger = this.blocks.ledgerOf(jobId);
    if (ledger.open) {
      ledger.open = false;
      ledger.counts.infrastructure = (ledger.counts.infrastructure ?? 0) + 1;
      this.#buryWhenOverLimit(jobId, job, 'infrastructure', lostTooOften(LIMITS.lossesPerBlockMax));
      if (this.blocks.isDead(job.sweepId, jobId)) return null;
    }
    ledger.counts.starts = (ledger.counts.starts ?? 0) + 1;
    ledger.open = true;
    return { jobId, job, token, attempt: ledger.counts.starts, suspect: ledger.suspect };
  }

  #end(
    claimed: ClaimedBlock,
    cause: AttemptCause,
    reason: string,
    crashed: 'alone' | 'company' | null,
  ): void {
    const ledger = this.blocks.ledgerOf(claimed.jobId);
    if (!ledger.open || ledger.counts.starts !== claimed.attempt) return;
    ledger.open = false;
    if (crashed !== null) ledger.suspect = true;
    if (crashed === 'company') ledger.company += 1;
    else ledger.counts[cause] = (ledger.counts[cause] ?? 0) + 1;
    this.#buryWhenOverLimit(claimed.jobId, claimed.job, cause, reason);
  }

  #buryWhenOverLimit(jobId: string, job: BlockJob, cause: AttemptCause, reason: string): void {
    const { counts, company } = this.blocks.ledgerOf(jobId);
    const losses = (counts.infrastructure ?? 0) + company;
    const errors = (counts.error ?? 0) + (counts.poison ?? 0);
    if (losses < LIMITS.lossesPerBlockMax && errors < LIMITS.errorsPerBlockMax) return;
    this.blocks.bury(job.sweepId, this.#letter(jobId, runIdsOf(job), cause, reason));
  }

  #letter(...[jobId, runIds, cause, reason]: Parameters<typeof deadLetterOf>): DeadLetter {
    return deadLetterOf(jobId, runIds, cause, reason, new Date(this.blocks.now()));
  }

  #renewOne(block: ClaimedBlock): boolean {
    const job = this.blocks.jobs.get(block.jobId);
    if (job?.state !== 'active') return false;
    const locked = job.lock !== null && job.lock.expiresAt > this.blocks.now();
    const ledger = this.blocks.ledgerOf(block.jobId);
    const ours = locked
      ? job.lock?.token === block.token
      : ledger.open && ledger.counts.starts === block.attempt;
    if (!ours) return false;
    job.lock = { token: block.token, expiresAt: this.blocks.now() + this.blocks.lockDurationMs };
    job.suspectedStalled = false;
    return true;
  }
}
