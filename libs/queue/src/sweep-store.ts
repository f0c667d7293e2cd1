/** The durable records on Redis: one method of the contract each, one script or command each. */
import {
  type Commit,
  type CommitOutcome,
  commitSchema,
  type CurvePoint,
  type DeadLetter,
  deadLetterSchema,
  type Decision,
  decisionSchema,
  KEYS,
  type NumericsClass,
  type PlannedRound,
  type PlannedStage,
  type RunId,
  type RunProgress,
  runIdSchema,
  runProgressSchema,
  type SweepId,
  type SweepState,
  type TrainerId,
  type TrainerStatus,
} from '@seedbed/contracts';
import { attemptCountsOf, type AttemptCounts } from './attempt-ledger.js';
import { committedRuns } from './committed-runs.js';
import { commitText, runCommitScript } from './commit-script.js';
import { CommitTail } from './commit-tail.js';
import { Connection } from './connection.js';
import type {
  Lease,
  QueueSettings,
  ServerRoom,
  SweepExtending,
  SweepRecord,
  SweepStateChange,
  SweepStore,
} from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { FencedScript, holdLease, releaseLease } from './lease.js';
import { appendCurves, readCurve } from './live-curves.js';
import { Script } from './script.js';
import { readServerRoom } from './server-room.js';
import { parseStored } from './stored-json.js';
import { readPlannedStages, writePlannedRound, writePlannedStage } from './stored-plans.js';
import {
  createSweep,
  extendSweep,
  newestSweepIds,
  readSweeps,
  readSweepStates,
  revisionOf,
  setSweepState,
} from './sweep-records.js';
import { heartbeat, listTrainers, removeTrainer } from './trainer-registry.js';

/** Commits asked for at once: with curves about 1 MB. */
const COMMITS_PER_READ = 200;
const SWEEPS_PER_READ = 200;
/** Progress is a picture for people: it goes when nothing was reported for this long. */
const PROGRESS_KEPT_MS = 24 * 60 * 60 * 1000;

/** KEYS: dead letters, failed blocks, then per job its ledger and its BullMQ record. ARGV: job ids. */
const CLEAR_DEAD_LETTERS = new Script(`
for i, id in ipairs(ARGV) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('DEL', KEYS[1 + 2 * i])
  if redis.call('ZREM', KEYS[2], id) == 1 then redis.call('DEL', KEYS[2 + 2 * i]) end
end
return #ARGV
`);

/** KEYS: decisions. ARGV: number, decision. Answers the one that stands. */
const DECIDE = new FencedScript(`
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HGET', KEYS[1], ARGV[1])
`);

/** @throws RetryableError when the server cannot be reached; TerminalError when it refuses access */
export async function openSweepStore(settings: QueueSettings): Promise<SweepStore> {
  return new RedisSweepStore(settings, await Connection.open(settings));
}

class RedisSweepStore implements SweepStore {
  #tail: CommitTail | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    private readonly settings: QueueSettings,
    private readonly connection: Connection,
    /** Of a conductor's own view of the store. */
    private readonly lease: Lease | null = null,
    private readonly whole: SweepStore | null = null,
  ) {}

  async createSweep(record: Omit<SweepRecord, 'numericsClass'>): Promise<'created' | 'existing'> {
    let sent = 0;
    const outcome = await this.connection.run('create a sweep', (redis) => {
      sent += 1;
      return createSweep(redis, record);
    });
    if (outcome === 'created' || sent === 1) return outcome;
    // After a lost reply the second try finds the first one's record.
    return (await this.getSweep(record.sweepId))?.createdAt === record.createdAt ? 'created' : 'existing';
  }

  async getSweep(sweepId: SweepId): Promise<SweepRecord | null> {
    const [record] = await this.connection.run('read a sweep', (redis) => readSweeps(redis, [sweepId]));
    return record ?? null;
  }

  async listSweeps(page: { readonly offset: number; readonly limit: number }): Promise<SweepRecord[]> {
    return this.connection.run('list sweeps', async (redis) => {
      const ids = await newestSweepIds(redis, page.offset, page.limit);
      const records: SweepRecord[] = [];
      for (let first = 0; first < ids.length; first += SWEEPS_PER_READ) {
        for (const record of await readSweeps(redis, ids.slice(first, first + SWEEPS_PER_READ))) {
          if (record !== null) records.push(record);
        }
      }
      return records;
    });
  }

  setSweepState(sweepId: SweepId, change: SweepStateChange): Promise<boolean> {
    return this.connection.run('set a sweep’s state', (redis) =>
      setSweepState(redis, this.lease, sweepId, change),
    );
  }

  async extendSweep(sweepId: SweepId, extending: SweepExtending): Promise<boolean> {
    const before = await this.getSweep(sweepId);
    if (before === null || revisionOf(before) !== extending.revision) return false;
    const extensions = [...(before.extensions ?? []), extending.extension];
    let sent = 0;
    const isDone = await this.connection.run('extend a sweep', (redis) => {
      sent += 1;
      return extendSweep(redis, sweepId, extending, extensions);
    });
    if (isDone || sent === 1) return isDone;
    // After a lost reply the second try finds what the first one wrote.
    const after = await this.getSweep(sweepId);
    return JSON.stringify(after?.extensions) === JSON.stringify(extensions);
  }

  writePlannedStage(sweepId: SweepId, stage: PlannedStage): Promise<'written' | 'existing'> {
    return writePlannedStage(this.connection, this.lease, sweepId, stage);
  }

  writePlannedRound(sweepId: SweepId, round: PlannedRound): Promise<'written' | 'existing'> {
    return writePlannedRound(this.connection, this.lease, sweepId, round);
  }

  readPlannedStages(sweepId: SweepId): Promise<PlannedStage[]> {
    return readPlannedStages(this.connection, sweepId);
  }

  async writeDecision(sweepId: SweepId, decision: Decision): Promise<Decision> {
    const key = KEYS.decisions(sweepId);
    const field = String(decision.number);
    const standing = await this.connection.run('write a decision', (redis) =>
      DECIDE.run(redis, this.lease, [key], [field, JSON.stringify(decision)]),
    );
    return parseStored(decisionSchema, String(standing ?? ''), `decision ${field} of sweep "${sweepId}"`);
  }

  async readDecisions(sweepId: SweepId): Promise<Decision[]> {
    const texts = await this.connection.run('read decisions', (redis) =>
      redis.hvals(KEYS.decisions(sweepId)),
    );
    return texts
      .map((text) => parseStored(decisionSchema, text, `a decision of sweep "${sweepId}"`))
      .sort((a, b) => a.number - b.number);
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    const text = commitText(commit);
    let sent = 0;
    const outcome = await this.connection.run('commit a result', (redis) => {
      sent += 1;
      return runCommitScript(redis, this.lease, commit, text);
    });
    if (outcome !== 'duplicate' || sent === 1) return outcome;
    // After a lost reply the second try finds a record with our digest: ours when it is the same to the last byte.
    const record = await this.connection.run('read a commit', (redis) =>
      redis.hget(KEYS.run(commit.runId), commit.numericsClass),
    );
    return record === text ? 'committed' : 'duplicate';
  }

  async readCommits(
    runIds: readonly RunId[],
    numericsClass: NumericsClass | null,
  ): Promise<Map<RunId, Commit>> {
    const commits = new Map<RunId, Commit>();
    for (let first = 0; first < runIds.length; first += COMMITS_PER_READ) {
      const ids = runIds.slice(first, first + COMMITS_PER_READ);
      const texts = await this.connection.run('read commits', (redis) =>
        Promise.all(
          ids.map(async (id) => {
            if (numericsClass !== null) return redis.hget(KEYS.run(id), numericsClass);
            const byClass = Object.entries(await redis.hgetall(KEYS.run(id)));
            return byClass.sort(([a], [b]) => (a < b ? -1 : 1))[0]?.[1] ?? null;
          }),
        ),
      );
      ids.forEach((id, index) => {
        const text = texts[index];
        if (text != null) commits.set(id, parseStored(commitSchema, text, `the commit of run ${id}`));
      });
    }
    return commits;
  }

  committedRuns(runIds: readonly RunId[], numericsClass: NumericsClass | null): Promise<RunId[]> {
    return this.connection.run('look for commits', (redis) => committedRuns(redis, runIds, numericsClass));
  }

  async commitCounters(): Promise<Record<CommitOutcome, number>> {
    const counts = await this.connection.run('count commits', (redis) => redis.hgetall(KEYS.commitCounters));
    const count = (outcome: CommitOutcome) => Number(counts[outcome] ?? 0);
    return {
      committed: count('committed'),
      duplicate: count('duplicate'),
      divergent: count('divergent'),
      'wrong-class': count('wrong-class'),
      'unknown-sweep': count('unknown-sweep'),
    };
  }

  serverRoom(): Promise<ServerRoom> {
    return this.connection.run('look for room', readServerRoom);
  }

  async readDeadLetters(sweepId: SweepId): Promise<DeadLetter[]> {
    const texts = await this.connection.run('read dead letters', (redis) =>
      redis.hvals(KEYS.deadLetters(sweepId)),
    );
    return texts
      .map((text) => parseStored(deadLetterSchema, text, `a dead letter of sweep "${sweepId}"`))
      .sort((a, b) => (a.at === b.at ? (a.jobId < b.jobId ? -1 : 1) : a.at < b.at ? -1 : 1));
  }

  async clearDeadLetters(sweepId: SweepId, jobIds: readonly string[]): Promise<void> {
    for (let first = 0; first < jobIds.length; first += COMMITS_PER_READ) {
      const ids = jobIds.slice(first, first + COMMITS_PER_READ);
      const keys = ids.flatMap((id) => [KEYS.attempts(id), BULLMQ_KEYS.job(id)]);
      await this.connection.run('clear dead letters', (redis) =>
        CLEAR_DEAD_LETTERS.run(redis, [KEYS.deadLetters(sweepId), BULLMQ_KEYS.failed, ...keys], ids),
      );
    }
  }

  async attempts(jobId: string): Promise<AttemptCounts> {
    return attemptCountsOf(
      await this.connection.run('read a ledger', (redis) => redis.hgetall(KEYS.attempts(jobId))),
    );
  }

  heartbeat(status: TrainerStatus, expiresAfterMs: number): Promise<void> {
    return this.connection.run('send a heartbeat', (redis) => heartbeat(redis, status, expiresAfterMs));
  }

  removeTrainer(trainerId: TrainerId): Promise<void> {
    return this.connection.run('remove a trainer', (redis) => removeTrainer(redis, trainerId));
  }

  listTrainers(): Promise<TrainerStatus[]> {
    return this.connection.run('list trainers', listTrainers);
  }

  async writeProgress(sweepId: SweepId, progress: ReadonlyMap<RunId, RunProgress>): Promise<void> {
    if (progress.size === 0) return;
    const fields = new Map([...progress].map(([runId, at]) => [runId as string, JSON.stringify(at)]));
    await this.connection.run('write progress', (redis) =>
      Promise.all([
        redis.hset(KEYS.progress(sweepId), fields),
        redis.pexpire(KEYS.progress(sweepId), PROGRESS_KEPT_MS),
      ]),
    );
  }

  async readProgress(sweepId: SweepId): Promise<Map<RunId, RunProgress>> {
    const fields = await this.connection.run('read progress', (redis) =>
      redis.hgetall(KEYS.progress(sweepId)),
    );
    return new Map(
      Object.entries(fields).map(([runId, text]) => [
        runIdSchema.parse(runId),
        parseStored(runProgressSchema, text, `the progress of run ${runId}`),
      ]),
    );
  }

  appendCurves(sweepId: SweepId, points: ReadonlyMap<RunId, readonly CurvePoint[]>): Promise<void> {
    return this.connection.run('write curves', (redis) => appendCurves(redis, sweepId, points));
  }

  readCurve(sweepId: SweepId, runId: RunId): Promise<CurvePoint[]> {
    return this.connection.run('read a curve', (redis) => readCurve(redis, sweepId, runId));
  }

  sweepStates(sweepIds: readonly SweepId[]): Promise<Map<SweepId, SweepState>> {
    return this.connection.run('read sweep states', (redis) => readSweepStates(redis, sweepIds));
  }

  onCommits(listener: () => void): () => void {
    if (this.whole !== null) return this.whole.onCommits(listener);
    if (this.#closing !== null) return () => {};
    this.#tail ??= new CommitTail(this.settings);
    return this.#tail.add(listener);
  }

  holdLease(owner: string, durationMs: number): Promise<{ epoch: number } | null> {
    return this.connection.run('hold the lease', (redis) => holdLease(redis, owner, durationMs));
  }

  releaseLease(owner: string): Promise<void> {
    return this.connection.run('release the lease', (redis) => releaseLease(redis, owner));
  }

  fenced(lease: Lease): SweepStore {
    return new RedisSweepStore(this.settings, this.connection, lease, this);
  }

  close(): Promise<void> {
    if (this.whole !== null) return this.whole.close();
    this.#closing ??= Promise.all([this.connection.close(), this.#tail?.close()]).then(() => undefined);
    return this.#closing;
  }
}
