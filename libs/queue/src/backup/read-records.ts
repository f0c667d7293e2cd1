/**
 * Reads everything that a backup holds while the system runs. What follows from other records is read before them (a state
 * before its decisions, those before plans, those before commits): records are only ever added, so whatever a record in
 * the backup rests on is in it too. Needs no more rights than the coordinator's own, and works on any server.
 */
import {
  apartByRound,
  type BackupRecord,
  type Commit,
  type Decision,
  jobIdOf,
  KEYS,
  LIMITS,
  type PlannedStage,
  runsByRound,
  type SweepId,
  pruningFactsOf,
} from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { Connection } from '../connection.js';
import type { QueueSettings, SweepStore } from '../interfaces.js';
import { openSweepStore } from '../sweep-store.js';

/** Reads sent together: with curves about 1 MB of answers. */
const READS_PER_PIPELINE = 200;
/** Trials of a plan in one record: a line of about 150 KB. */
const TRIALS_PER_RECORD = 200;
const SWEEPS_PER_PAGE = 50;

/** @throws RetryableError when the server is away, TerminalError when a record cannot be read */
export async function* readBackup(settings: QueueSettings): AsyncGenerator<BackupRecord> {
  const connection = await Connection.open(settings);
  const store = await openSweepStore(settings);
  try {
    const written = new Set<string>();
    for (const sweepId of await sweepIds(store)) yield* readSweep(sweepId, { connection, store, written });
  } finally {
    await Promise.all([connection.close(), store.close()]);
  }
}

interface Source {
  readonly connection: Connection;
  readonly store: SweepStore;
  /** Run ids with their class whose commits are in the backup already, for another sweep. */
  readonly written: Set<string>;
}

/** Oldest first, so that a restored index has them in their order even at equal times. */
async function sweepIds(store: SweepStore): Promise<SweepId[]> {
  const found = new Set<SweepId>();
  for (let offset = 0; ; offset += SWEEPS_PER_PAGE) {
    const page = await store.listSweeps({ offset, limit: SWEEPS_PER_PAGE });
    for (const { sweepId } of page) found.add(sweepId);
    if (page.length < SWEEPS_PER_PAGE) return [...found].reverse();
  }
}

async function* readSweep(sweepId: SweepId, source: Source): AsyncGenerator<BackupRecord> {
  const { store } = source;
  const record = await store.getSweep(sweepId);
  if (record === null) return;
  const decisions = await store.readDecisions(sweepId);
  const deadLetters = await store.readDeadLetters(sweepId);
  const decided = roundsDecided(decisions);
  for (const plan of await store.readPlannedStages(sweepId)) {
    yield* planRecords(sweepId, plan, decided.get(plan.stage) ?? 0);
    yield* commitsOf(plan, source);
    yield* ledgersOf(sweepId, plan, source);
  }
  for (const decision of decisions) yield { kind: 'decision', sweepId, decision };
  for (const deadLetter of deadLetters) yield { kind: 'dead-letter', sweepId, deadLetter };
  // The class is pinned by a commit and never changes: read last, it is there for every commit above.
  const numericsClass = (await store.getSweep(sweepId))?.numericsClass ?? record.numericsClass;
  const { extensions, ...rest } = record;
  yield {
    kind: 'sweep',
    ...rest,
    numericsClass,
    ...(extensions !== undefined && { extensions: [...extensions] }),
  };
}

/** Stage → the last round that these decisions know of. */
function roundsDecided(decisions: readonly Decision[]): Map<string, number> {
  const rounds = new Map<string, number>();
  for (const { stage, outcome } of decisions) {
    if (outcome.kind !== 'round') continue;
    rounds.set(stage, Math.max(outcome.round, rounds.get(stage) ?? 0));
  }
  return rounds;
}

/** A round that was decided since the decisions were read is left out: it follows from what is in the backup. */
function* planRecords(sweepId: SweepId, plan: PlannedStage, roundsMax: number): Generator<BackupRecord> {
  const { first, rounds } = apartByRound(plan);
  const { stage, kind: stageKind } = plan;
  for (const { trials, ...part } of [first, ...rounds.slice(0, roundsMax)]) {
    const round = 'round' in part ? { round: part.round } : {};
    const pruning = pruningFactsOf('round' in part ? {} : part);
    yield { kind: 'plan', sweepId, stage, ...round, stageKind, ...pruning, trials: trials.length };
    for (const portion of portions(trials, TRIALS_PER_RECORD)) yield { kind: 'trials', trials: portion };
  }
}

async function* commitsOf(plan: PlannedStage, { connection, written }: Source): AsyncGenerator<BackupRecord> {
  const runIds = plan.trials.flatMap((trial) => trial.runs.map((run) => run.runId));
  for (const portion of portions(runIds, READS_PER_PIPELINE)) {
    const byClass = await readHashes(connection, portion.map(KEYS.run));
    for (const [index, commits] of byClass.entries()) {
      for (const numericsClass of Object.keys(commits).sort()) {
        const id = `${portion[index]} ${numericsClass}`;
        if (written.has(id)) continue;
        written.add(id);
        yield { kind: 'commit', commit: JSON.parse(commits[numericsClass] ?? '') as Commit };
      }
    }
  }
}

async function* ledgersOf(
  sweepId: SweepId,
  plan: PlannedStage,
  { connection }: Source,
): AsyncGenerator<BackupRecord> {
  const jobIds = plan.trials.flatMap((trial) => {
    const blocks = runsByRound(trial).map(({ runs }) => Math.ceil(runs.length / LIMITS.seedsPerBlock));
    const count = blocks.reduce((sum, each) => sum + each, 0);
    return Array.from({ length: count }, (_, blockIndex) =>
      jobIdOf({ sweepId, stage: plan.stage, trialIndex: trial.index, blockIndex }),
    );
  });
  for (const portion of portions(jobIds, READS_PER_PIPELINE)) {
    const ledgers = await readHashes(connection, portion.map(KEYS.attempts));
    for (const [index, counts] of ledgers.entries()) {
      // A start that is under way now ends with this server: nobody's loss.
      delete counts['open'];
      if (Object.keys(counts).length > 0) yield { kind: 'attempts', sweepId, jobId: portion[index]!, counts };
    }
  }
}

function readHashes(connection: Connection, keys: readonly string[]): Promise<Record<string, string>[]> {
  return connection.run('read records for a backup', (redis: Redis) =>
    Promise.all(keys.map((key) => redis.hgetall(key))),
  );
}

function* portions<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}
