/**
 * The block queue on Redis, by BullMQ's own scripts for every move of a job.
 *
 * BullMQ's Worker is not used: its loop takes one job per processor call, while a trainer holds as many blocks as its
 * pack is wide; its `close()` waits for Redis without end; and it parses a job before one can see that it is malformed.
 * What remains of it are scripts, and those are public on the queue's backend. Two of BullMQ's bounds are set out of the
 * way: every stall counts alike there, while the attempt ledger bounds what a block may cost by cause.
 */
import {
  type BlockJob,
  coerceError,
  jobIdOf,
  KEYS,
  LIMITS,
  OtherVersionError,
  QUEUE_NAME,
} from '@seedbed/contracts';
import { createRedisBackend, Job, Queue, type RedisQueueBackend, UnrecoverableError } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { recordCompletion, recordEnd, recordStart } from './attempt-ledger.js';
import { readBlockStates } from './block-states.js';
import { type Claim, claimReadable, sendToTheBack } from './claim-readable.js';
import { Connection } from './connection.js';
import { deadLetterOf, lostTooOften, readableRunIds, runIdsOf } from './dead-letter.js';
import type {
  BlockFailure,
  BlockQueue,
  BlockState,
  ClaimedBlock,
  Lease,
  QueueDepth,
  QueueSettings,
} from './interfaces.js';
import { fencedQueue } from './fenced-queue.js';
import { checkLease } from './lease.js';
import { moved, reviveLock } from './locks.js';
import { parseOwnJob, sweepOf, tryParse } from './own-job.js';
import { StalledCheck } from './stalled-check.js';
import { WorkSignal } from './work-signal.js';

/** BullMQ's addBulk is one pipeline: larger ones failed silently in the past and hold up every other client. */
const JOBS_PER_PIPELINE = 500;
/** Stalls are bounded by the attempt ledger, by cause; BullMQ's own count would fail healthy blocks for ever. */
const STALLED_COUNT_MAX = 1_000_000;
/** Nobody reads BullMQ's event stream: state follows from commits. */
const EVENTS_KEPT = 1_000;
const JOB_NAME = 'block';

/** @throws RetryableError when the server cannot be reached; TerminalError when it refuses access */
export async function openBlockQueue(settings: QueueSettings): Promise<BlockQueue> {
  return new RedisBlockQueue(settings, await Connection.open(settings));
}

class RedisBlockQueue implements BlockQueue {
  readonly #queue: Queue;
  readonly #backend: RedisQueueBackend;
  #workSignal: WorkSignal | null = null;
  #stalledCheck: StalledCheck | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    private readonly settings: QueueSettings,
    private readonly connection: Connection,
  ) {
    const options = {
      connection: connection.redis,
      // Its version check warns on the console; `inspectServer` reports the same, and more, to people.
      skipVersionCheck: true,
      streams: { events: { maxLen: EVENTS_KEPT } },
      lockDuration: settings.lockDurationMs,
      stalledInterval: settings.stalledCheckIntervalMs,
      maxStalledCount: STALLED_COUNT_MAX,
    };
    this.#backend = createRedisBackend(QUEUE_NAME, options);
    this.#queue = new Queue(QUEUE_NAME, options, () => this.#backend);
    // The connection keeps its last error itself; without a listener an 'error' event would end the process.
    this.#queue.on('error', () => {});
  }

  async add(jobs: readonly BlockJob[]): Promise<void> {
    for (let first = 0; first < jobs.length; first += JOBS_PER_PIPELINE) {
      const entries = jobs.slice(first, first + JOBS_PER_PIPELINE).map((job) => ({
        name: JOB_NAME,
        data: job,
        opts: { jobId: jobIdOf(job) },
      }));
      // A pipeline is not atomic, but ids are deterministic: sending it again adds only what is missing.
      await this.connection.run('add blocks', () => this.#queue.addBulk(entries));
    }
  }

  claim(token: string): Promise<ClaimedBlock | null> {
    return claimReadable(
      () => this.#claimNext(token),
      (jobId) => this.#passOn(jobId, token),
    );
  }

  async #claimNext(token: string): Promise<Claim> {
    for (;;) {
      // Not repeated when the reply is lost: that would take a second block. The first returns through the stalled check.
      const [data, jobId] = (await this.connection.run(
        'claim a block',
        () => this.#backend.moveToActive(token),
        { repeatable: false },
      )) as [{ data: string } | null, string];
      if (data === null || data === undefined) return { kind: 'nothing' };
      try {
        const block = await this.#start(jobId, data.data, token);
        if (block !== null) return { kind: 'claimed', block };
      } catch (error) {
        if (!(error instanceof OtherVersionError)) throw error;
        return { kind: 'other-version', jobId, error };
      }
    }
  }

  async waitForWork(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#closing !== null) return;
    this.#workSignal ??= new WorkSignal(this.settings);
    await this.#workSignal.wait(timeoutMs, signal);
  }

  async renew(claimed: readonly ClaimedBlock[]): Promise<string[]> {
    if (claimed.length === 0) return [];
    const expired = await this.connection.run('renew locks', () =>
      this.#backend.extendLocks(
        claimed.map((block) => block.jobId),
        claimed.map((block) => block.token),
        this.settings.lockDurationMs,
      ),
    );
    const lost: string[] = [];
    for (const block of claimed.filter((candidate) => expired.includes(candidate.jobId))) {
      const revived = await this.connection.run('revive a lock', (redis) =>
        reviveLock(redis, block, this.settings.lockDurationMs),
      );
      if (!revived) lost.push(block.jobId);
    }
    return lost;
  }

  async complete(claimed: ClaimedBlock): Promise<'completed' | 'lost'> {
    let sent = 0;
    const completed = await this.connection.run('complete a block', () => {
      sent += 1;
      return moved(this.#jobOf(claimed.jobId).moveToCompleted(null, claimed.token, false));
    });
    if (!completed) {
      // After a lost reply the second try finds the job completed: by the first one.
      const done = sent > 1 && (await this.states([claimed.jobId])).get(claimed.jobId) === 'completed';
      if (!done) return 'lost';
    }
    // Only tidies up: a completed block that stays suspect harms nobody, so its failure is not the caller's.
    await this.connection
      .run('clear suspicion', (redis) => recordCompletion(redis, claimed.jobId))
      .catch(() => undefined);
    return 'completed';
  }

  async handBack(claimed: ClaimedBlock): Promise<'handed-back' | 'lost'> {
    const verdict = await this.#end(claimed, 'handed-back', 'handed back', null);
    if (verdict === 'lost') return 'lost';
    return (await this.#putBack(claimed)) ? 'handed-back' : 'lost';
  }

  async fail(claimed: ClaimedBlock, failure: BlockFailure): Promise<'waiting' | 'dead' | 'lost'> {
    const byTheBlock = failure.cause === 'error' || failure.cause === 'poison';
    const crashed = byTheBlock ? (failure.guilty ? 'alone' : 'company') : null;
    const verdict = await this.#end(claimed, failure.cause, failure.reason, crashed);
    if (verdict === 'lost') return 'lost';
    if (verdict === 'dead' || failure.cause === 'cancelled') {
      await this.#leave(claimed.jobId, claimed.token, failure.reason, failure.cause === 'cancelled');
      return 'dead';
    }
    return (await this.#putBack(claimed)) ? 'waiting' : 'lost';
  }

  async remove(jobIds: readonly string[]): Promise<void> {
    await this.#removeWhere(jobIds, ['waiting']);
  }

  async depth(): Promise<QueueDepth> {
    const counts = await this.connection.run('count blocks', () =>
      this.#queue.getJobCounts('wait', 'active'),
    );
    return { waiting: counts['wait'] ?? 0, active: counts['active'] ?? 0 };
  }

  states(jobIds: readonly string[]): Promise<Map<string, BlockState>> {
    return this.connection.run('read block states', (redis) => readBlockStates(redis, jobIds));
  }

  async forget(jobIds: readonly string[]): Promise<void> {
    const removed = await this.#removeWhere(jobIds, ['completed', 'failed', 'orphan']);
    const completed = removed.filter(([, state]) => state === 'completed').map(([id]) => KEYS.attempts(id));
    // The ledger of an orphan or a failed block outlives its record: what it cost so far still counts.
    if (completed.length > 0) await this.connection.run('forget ledgers', (redis) => redis.unlink(completed));
  }

  async startStalledCheck(): Promise<void> {
    if (this.#closing !== null || this.#stalledCheck !== null) return;
    this.#stalledCheck = new StalledCheck(this.settings.stalledCheckIntervalMs, async () => {
      await this.connection.run('look for stalled blocks', () => this.#backend.moveStalledJobsToWait());
    });
  }

  fenced(lease: Lease): BlockQueue {
    return fencedQueue(this, () =>
      this.connection.run('look at the lease', (redis) => checkLease(redis, lease)),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#stalledCheck?.stop();
    await Promise.all([this.connection.close(), this.#workSignal?.close()]);
    // BullMQ's own close waits for its connection; ours is gone, so this only drops listeners.
    this.#queue.close().catch(() => undefined);
  }

  /** Checks what was claimed and enters the start in the ledger; null when the next block is to be tried. */
  async #start(jobId: string, data: string, token: string): Promise<ClaimedBlock | null> {
    let job: BlockJob;
    try {
      job = parseOwnJob(jobId, data);
    } catch (error) {
      if (error instanceof OtherVersionError) throw error;
      await this.#bury(jobId, data, token, coerceError(error).message);
      return null;
    }
    const losses = JSON.stringify(
      deadLetterOf(jobId, runIdsOf(job), 'infrastructure', lostTooOften(LIMITS.lossesPerBlockMax)),
    );
    const nonce = randomUUID();
    const entry = { jobId, sweepId: job.sweepId, token };
    const verdict = await this.connection.run('record a start', (redis) =>
      recordStart(redis, entry, nonce, losses),
    );
    switch (verdict.kind) {
      case 'started':
        return { jobId, job, token, attempt: verdict.attempt, suspect: verdict.suspect };
      case 'dead':
        await this.#leave(jobId, token, 'dead letter', false);
        return null;
      case 'lost':
        return null;
    }
  }

  /** Malformed data can never be trained: a dead letter at once, where its sweep's people look. */
  async #bury(jobId: string, data: string, token: string, reason: string): Promise<void> {
    const letter = deadLetterOf(jobId, readableRunIds(tryParse(data)), 'error', reason);
    await this.connection.run('write a dead letter', (redis) =>
      redis.hset(KEYS.deadLetters(sweepOf(jobId)), jobId, JSON.stringify(letter)),
    );
    await this.#leave(jobId, token, reason, false);
  }

  async #end(
    claimed: ClaimedBlock,
    cause: BlockFailure['cause'] | 'handed-back',
    reason: string,
    crashed: 'alone' | 'company' | null,
  ): Promise<'waiting' | 'dead' | 'lost'> {
    const deadLetter = JSON.stringify(deadLetterOf(claimed.jobId, runIdsOf(claimed.job), cause, reason));
    const entry = { jobId: claimed.jobId, sweepId: claimed.job.sweepId, token: claimed.token };
    const end = { attempt: claimed.attempt, cause, crashed, deadLetter };
    return this.connection.run('record an end', (redis) => recordEnd(redis, entry, end));
  }

  /** Another version's block: no start of it is counted, and whoever can read it finds it at the end of the queue. */
  async #passOn(jobId: string, token: string): Promise<void> {
    const back = await this.connection.run('pass a block on', () =>
      moved(this.#backend.moveJobFromActiveToWait(jobId, token)),
    );
    if (back) await this.connection.run('pass a block on', (redis) => sendToTheBack(redis, jobId));
  }

  /** To the front of the queue: it has waited its turn already. */
  #putBack(claimed: ClaimedBlock): Promise<boolean> {
    return this.connection.run('hand back a block', () =>
      moved(this.#backend.moveJobFromActiveToWait(claimed.jobId, claimed.token)),
    );
  }

  /** Out of the active list for good. A crash before this is repaired by the next claim, which finds the dead letter. */
  async #leave(jobId: string, token: string, reason: string, remove: boolean): Promise<void> {
    const job = this.#jobOf(jobId, remove);
    const why = new UnrecoverableError(reason.slice(0, 200));
    await this.connection.run('set a block aside', () => moved(job.moveToFailed(why, token, false)));
  }

  async #removeWhere(
    jobIds: readonly string[],
    from: readonly BlockState[],
  ): Promise<[string, BlockState][]> {
    const states = await this.states(jobIds);
    const removable = [...states].filter(([, state]) => from.includes(state));
    for (let first = 0; first < removable.length; first += JOBS_PER_PIPELINE) {
      const ids = removable.slice(first, first + JOBS_PER_PIPELINE);
      await this.connection.run('remove blocks', () =>
        // A block that was claimed since is locked, and BullMQ leaves it alone.
        Promise.all(ids.map(([id]) => this.#backend.remove(id, false))),
      );
    }
    return removable;
  }

  #jobOf(jobId: string, removeOnFail = false): Job {
    return new Job(this.#queue, JOB_NAME, null, { removeOnFail, removeOnComplete: false }, jobId);
  }
}
