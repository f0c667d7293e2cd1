/**
 * Writes a backup's records into a server, each only where there is none: what the server has is newer or the same, and
 * stands. So restoring twice, after an interruption, or into a server in use is harmless, and what differs is reported.
 */
import {
  assertNever,
  type BackupRecord,
  canonicalJson,
  type Commit,
  InputError,
  KEYS,
  type PlannedStage,
  type SweepId,
  pruningFactsOf,
} from '@seedbed/contracts';
import { Connection } from '../connection.js';
import type { QueueSettings } from '../interfaces.js';
import { Script } from '../script.js';
import { readPlannedPart, writePlannedRound, writePlannedStage } from '../stored-plans.js';
import { readSweeps, restoreSweep } from '../sweep-records.js';

export interface RestoreReport {
  /** Records that the server did not have, by kind. */
  readonly written: Readonly<Record<string, number>>;
  /** Records that it had already, the same. */
  readonly present: number;
  /** Where the server had moved on since the backup; its own stands. */
  readonly kept: readonly string[];
  /** Where server and backup contradict each other; the server's own stands, and a person should look. */
  readonly conflicts: readonly string[];
}

/** Lines of a report beyond which nobody reads. */
const LINES_MAX = 100;

/**
 * KEYS: lease, epoch. The lead is taken away, and the next has a new number, so that a coordinator that leads now reads
 * everything anew.
 */
const RENEW_LEAD = new Script(`
redis.call('DEL', KEYS[1])
return redis.call('INCR', KEYS[2])
`);

/**
 * @param records all of one backup, verified already
 * @throws RetryableError when the server goes away; then start again, nothing is written twice
 */
export async function restoreBackup(
  settings: QueueSettings,
  records: AsyncIterable<BackupRecord>,
): Promise<RestoreReport> {
  const connection = await Connection.open(settings);
  try {
    const restorer = new Restorer(connection);
    for await (const record of records) await restorer.write(record);
    await connection.run('renew the lead', (redis) =>
      RENEW_LEAD.run(redis, [KEYS.coordinatorLease, KEYS.coordinatorEpoch], []),
    );
    return restorer.report();
  } finally {
    await connection.close();
  }
}

class Restorer {
  private readonly written: Record<string, number> = {};
  private present = 0;
  private readonly kept: string[] = [];
  private readonly conflicts: string[] = [];
  private plan: Extract<BackupRecord, { kind: 'plan' }> | null = null;
  private planned: PlannedStage['trials'] = [];
  private readonly existed = new Map<SweepId, boolean>();

  constructor(private readonly connection: Connection) {}

  report(): RestoreReport {
    const { written, present, kept, conflicts } = this;
    return { written, present, kept, conflicts };
  }

  async write(record: BackupRecord): Promise<void> {
    if (this.plan !== null && record.kind !== 'trials') throw planCutOff(this.plan);
    switch (record.kind) {
      case 'plan':
        this.plan = record;
        this.planned = [];
        return;
      case 'trials':
        return this.trials(record.trials);
      case 'commit':
        return this.commit(record.commit);
      case 'decision': {
        const { sweepId, decision } = record;
        const standing = await this.once(KEYS.decisions(sweepId), String(decision.number), decision);
        const what = `decision ${decision.number} of sweep "${sweepId}"`;
        this.count('decisions', standing === null, same(standing, decision), what);
        return;
      }
      case 'dead-letter':
      case 'attempts':
        return this.bookkeeping(record);
      case 'sweep':
        return this.sweep(record);
      case 'header':
      case 'end':
        return;
      default:
        assertNever(record, 'backup record');
    }
  }

  private async trials(trials: PlannedStage['trials']): Promise<void> {
    const { plan } = this;
    if (plan === null)
      throw new InputError([{ path: '', message: 'the backup has trials without their plan' }]);
    const { planned, connection } = this;
    for (const trial of trials) planned.push(trial);
    if (planned.length < plan.trials) return;
    this.plan = null;
    const { sweepId, stage, round, stageKind: kind } = plan;
    const outcome =
      round === undefined
        ? await writePlannedStage(connection, null, sweepId, {
            ...{ stage, kind, trials: planned },
            ...pruningFactsOf(plan),
          })
        : await writePlannedRound(connection, null, sweepId, { stage, round, trials: planned });
    const isNew = outcome === 'written';
    const standing = isNew ? null : await readPlannedPart(connection, sweepId, { stage, round });
    const ofRound = round === undefined ? '' : ` (round ${round})`;
    const what = `the plan of stage "${stage}"${ofRound} of sweep "${sweepId}"`;
    this.count('plans', isNew, isNew || canonicalJson(standing) === canonicalJson(planned), what);
  }

  private async commit(commit: Commit): Promise<void> {
    const standing = await this.once(KEYS.run(commit.runId), commit.numericsClass, commit);
    const isSame = standing === null || (JSON.parse(standing) as Commit).digest === commit.digest;
    this.count(
      'commits',
      standing === null,
      isSame,
      `the result of run ${commit.runId} (${commit.numericsClass})`,
    );
  }

  /** Of a sweep that the server has, its own counts and dead letters are newer: e.g. cleared by a retry. */
  private async bookkeeping(
    record: Extract<BackupRecord, { kind: 'dead-letter' | 'attempts' }>,
  ): Promise<void> {
    if (await this.hasSweep(record.sweepId)) {
      this.present += 1;
      return;
    }
    if (record.kind === 'dead-letter') {
      const { jobId } = record.deadLetter;
      await this.once(KEYS.deadLetters(record.sweepId), jobId, record.deadLetter);
    } else {
      await this.connection.run('restore a ledger', (redis) =>
        redis.hset(KEYS.attempts(record.jobId), record.counts),
      );
    }
    this.count(record.kind === 'attempts' ? 'ledgers' : 'dead letters', true, true, '');
  }

  private async sweep(record: Extract<BackupRecord, { kind: 'sweep' }>): Promise<void> {
    const { sweepId } = record;
    const what = `sweep "${sweepId}"`;
    const standing = await this.connection.run('restore a sweep', (redis) => restoreSweep(redis, record));
    if (standing === null) return this.count('sweeps', true, true, what);
    const isSame = canonicalJson(standing.spec) === canonicalJson(record.spec);
    this.count('sweeps', false, isSame, `the sweep file of ${what}`);
    if (standing.state !== record.state) {
      this.say(this.kept, `${what} is ${standing.state}; it was ${record.state} when the backup was made`);
    }
    if (record.numericsClass !== null && standing.numericsClass !== record.numericsClass) {
      const now = standing.numericsClass ?? 'none';
      this.say(
        this.conflicts,
        `${what} is pinned to ${now} now and to ${record.numericsClass} in the backup`,
      );
    }
  }

  /** Whether the server had the sweep before this restore: its record is written last. */
  private async hasSweep(sweepId: SweepId): Promise<boolean> {
    let has = this.existed.get(sweepId);
    if (has === undefined) {
      const [record] = await this.connection.run('look for a sweep', (redis) => readSweeps(redis, [sweepId]));
      has = record !== null;
      this.existed.set(sweepId, has);
    }
    return has;
  }

  /** @returns null when it was written, else the text that stands */
  private once(key: string, field: string, value: unknown): Promise<string | null> {
    return this.connection.run('restore a record', async (redis) => {
      const isNew = (await redis.hsetnx(key, field, JSON.stringify(value))) === 1;
      return isNew ? null : redis.hget(key, field);
    });
  }

  private count(kind: string, isNew: boolean, isSame: boolean, what: string): void {
    if (isNew) this.written[kind] = (this.written[kind] ?? 0) + 1;
    else if (isSame) this.present += 1;
    else this.say(this.conflicts, `${what} is another one on the server`);
  }

  private say(lines: string[], line: string): void {
    if (lines.length < LINES_MAX) lines.push(line);
  }
}

function same(standing: string | null, value: unknown): boolean {
  return standing === null || canonicalJson(JSON.parse(standing)) === canonicalJson(value);
}

function planCutOff({ stage }: { readonly stage: string }): InputError {
  return new InputError([{ path: '', message: `the backup's plan of stage "${stage}" lacks trials` }]);
}
