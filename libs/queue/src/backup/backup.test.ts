/** A backup of a server, taken as the coordinator's user, restored into an empty one and into one that has moved on. */
import { type BackupRecord, InputError, KEYS, type PlannedStage, withRound } from '@seedbed/contracts';
import {
  blockOf,
  commitOf,
  plannedStageOf,
  resultWith,
  SWEEP,
  sweepRecordOf,
} from '../conformance/test-data.js';
import { openBlockQueue } from '../block-queue.js';
import { Connection } from '../connection.js';
import { QUEUE_DEFAULTS, type QueueSettings, type SweepStore } from '../interfaces.js';
import { startThrowawayServer, type ThrowawayServer } from '../server-fixture.js';
import { openSweepStore } from '../sweep-store.js';
import { backupLines, parseBackupLines } from './backup-lines.js';
import { readBackup } from './read-records.js';
import { restoreBackup, type RestoreReport } from './restore-records.js';

let server: ThrowawayServer;
let settings: QueueSettings;
let direct: Connection;
let store: SweepStore;

beforeAll(async () => {
  server = await startThrowawayServer();
  settings = { ...QUEUE_DEFAULTS, url: server.urls.coordinator };
  direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
});
beforeEach(async () => {
  await direct.redis.flushall();
  store = await openSweepStore(settings);
});
afterEach(() => store.close());
afterAll(async () => {
  await direct.close();
  await server.stop();
});

const DECISION = {
  number: 0,
  kind: 'stage-best',
  stage: 'coarse',
  inputsDigest: 'd'.repeat(64),
  outcome: { kind: 'none', reason: 'test' },
} as const;

/** A plan whose first run is the one of `commitOf()`. */
function plan(trials = 3): PlannedStage {
  const planned = plannedStageOf('coarse', trials);
  const { runId } = commitOf();
  planned.trials[0]!.runs[0] = { ...planned.trials[0]!.runs[0]!, runId };
  return planned;
}

async function fill(trials = 3): Promise<void> {
  await store.createSweep(sweepRecordOf('lambda-search'));
  await store.createSweep(sweepRecordOf('younger', '2026-11-25T10:00:00.000Z'));
  await store.writePlannedStage(SWEEP, plan(trials));
  await store.commit(commitOf());
  await store.writeDecision(SWEEP, DECISION);
  const queue = await openBlockQueue(settings);
  await queue.add([blockOf(0)]);
  await queue.handBack((await queue.claim('token'))!);
  await queue.fail((await queue.claim('token'))!, { cause: 'error', reason: 'test', guilty: true });
  await queue.claim('token');
  await queue.close();
}

async function lines(): Promise<string[]> {
  const found: string[] = [];
  for await (const line of backupLines(readBackup(settings))) found.push(line.slice(0, -1));
  return found;
}

async function* each(items: readonly string[]): AsyncGenerator<string> {
  for (const item of items) yield Promise.resolve(item);
}

async function records(from: readonly string[]): Promise<BackupRecord[]> {
  const found: BackupRecord[] = [];
  for await (const record of parseBackupLines(each(from), 'test.jsonl')) found.push(record);
  return found;
}

function restore(from: readonly string[]): Promise<RestoreReport> {
  return restoreBackup(settings, parseBackupLines(each(from), 'test.jsonl'));
}

/** Everything under our keys that a backup is to bring back, as it is stored. */
async function stored(): Promise<Record<string, unknown>> {
  const keys = (await direct.redis.keys('seedbed:*')).filter((key) =>
    /^seedbed:(sweep|plan|decisions|run|attempts|dead):|^seedbed:sweeps$/.test(key),
  );
  const found: Record<string, unknown> = {};
  for (const key of keys.sort()) {
    if (key === 'seedbed:sweeps') found[key] = await direct.redis.zrange(key, 0, -1, 'WITHSCORES');
    else if (key.startsWith('seedbed:plan:')) found[key] = await store.readPlannedStages(SWEEP);
    else found[key] = await direct.redis.hgetall(key);
  }
  return found;
}

it('brings back an extended sweep with its rounds, and leaves out a round whose decision it has not seen', async () => {
  const record = sweepRecordOf('lambda-search');
  await store.createSweep(record);
  const extension = { at: '2026-11-23T11:00:00.000Z', key: null, specDigest: 'e'.repeat(64) };
  await store.extendSweep(SWEEP, { spec: record.spec, extension, revision: 0, from: ['running'] });
  const first = plan(2);
  const [trial] = plannedStageOf('coarse', 1, 9).trials;
  const roundOf = (round: number) => ({
    ...{ stage: 'coarse', round },
    trials: [{ ...trial!, runs: trial!.runs.slice(2 * round, 2 * round + 2) }],
  });
  await store.writePlannedStage(SWEEP, first);
  for (const round of [1, 2]) await store.writePlannedRound(SWEEP, roundOf(round));
  const additions = [{ index: 0, runs: 2 }];
  await store.writeDecision(SWEEP, {
    ...{ number: 10_002, kind: 'round', stage: 'coarse', inputsDigest: 'd'.repeat(64) },
    outcome: { kind: 'round', round: 1, cause: 'extension', additions },
  });
  const backup = await lines();
  await direct.redis.flushall();
  expect(await restore(backup)).toMatchObject({
    written: { plans: 2, decisions: 1, sweeps: 1 },
    conflicts: [],
  });
  expect(await store.readPlannedStages(SWEEP)).toEqual([withRound(first, roundOf(1))]);
  expect((await store.getSweep(SWEEP))?.extensions).toEqual([extension]);
  expect(await restore(backup)).toMatchObject({ written: {}, conflicts: [] });
});

it('brings back the same bytes into an empty server, but for the start that was under way', async () => {
  await fill(450);
  const before = await stored();
  const backup = await lines();
  await direct.redis.flushall();
  const report = await restore(backup);
  expect(report).toEqual({
    written: { plans: 1, commits: 1, decisions: 1, ledgers: 1, sweeps: 2 },
    present: 0,
    kept: [],
    conflicts: [],
  });
  const ledger = before[KEYS.attempts('lambda-search.coarse.0.0')] as Record<string, string>;
  expect(ledger).toMatchObject({ starts: '3', error: '1', 'handed-back': '1' });
  delete ledger['open'];
  expect(await stored()).toEqual(before);
  expect((await store.listSweeps({ offset: 0, limit: 9 })).map(({ sweepId }) => sweepId)).toEqual([
    'younger',
    SWEEP,
  ]);
});

it('changes nothing the second time', async () => {
  await fill();
  const backup = await lines();
  const before = await stored();
  const report = await restore(backup);
  expect(report).toMatchObject({ written: {}, kept: [], conflicts: [] });
  expect(report.present).toBe((await records(backup)).filter(({ kind }) => kind !== 'trials').length);
  expect(await stored()).toEqual(before);
});

it('goes on after a restore that was cut off, at whatever record', async () => {
  await fill();
  const before = await stored();
  const backup = await lines();
  delete (before[KEYS.attempts('lambda-search.coarse.0.0')] as Record<string, string>)['open'];
  const all = await records(backup);
  for (let cut = 0; cut <= all.length; cut += 1) {
    await direct.redis.flushall();
    const part = async function* () {
      for (const record of all.slice(0, cut)) yield Promise.resolve(record);
    };
    await restoreBackup(settings, part());
    expect(await restore(backup)).toMatchObject({ kept: [], conflicts: [] });
    expect(await stored()).toEqual(before);
  }
});

it('leaves alone what the server has since, and says what differs', async () => {
  await fill();
  const backup = await lines();
  await direct.redis.flushall();
  await store.createSweep({ ...sweepRecordOf('lambda-search'), state: 'cancelled' });
  await store.createSweep({
    ...sweepRecordOf('younger'),
    spec: { ...sweepRecordOf('younger').spec, description: 'other' },
  });
  await store.writePlannedStage(SWEEP, plannedStageOf('coarse', 1));
  await store.writeDecision(SWEEP, { ...DECISION, inputsDigest: 'e'.repeat(64) });
  await store.commit(commitOf({ result: resultWith(1) }));
  const before = await stored();
  const report = await restore(backup);
  expect(report.written).toEqual({});
  expect(report.kept).toEqual([expect.stringMatching(/"lambda-search" is cancelled; it was running/)]);
  expect(report.conflicts).toEqual([
    expect.stringMatching(/plan of stage "coarse"/),
    expect.stringMatching(/result of run/),
    expect.stringMatching(/decision 0/),
    expect.stringMatching(/sweep file of sweep "younger"/),
  ]);
  expect(await stored()).toEqual(before);
});

it('pins a sweep that was launched again, and makes the coordinator read everything anew', async () => {
  await fill();
  const backup = await lines();
  await direct.redis.flushall();
  await store.createSweep(sweepRecordOf('lambda-search'));
  const lease = await store.holdLease('me', 60_000);
  await restore(backup);
  expect((await store.getSweep(SWEEP))?.numericsClass).toBe(commitOf().numericsClass);
  expect((await store.holdLease('me', 60_000))?.epoch).toBeGreaterThan(lease!.epoch);
});

describe('a damaged file', () => {
  const flip = (line: string) => line.replace(/"state":"running"/, '"state":"pausing"');
  it.each([
    ['a changed byte', (all: string[]) => all.map(flip), /checksum does not match/],
    ['a line left out', (all: string[]) => all.filter((_, index) => index !== 2), /missing, added or moved/],
    ['lines exchanged', ([a, b, c, ...rest]: string[]) => [a!, c!, b!, ...rest], /missing, added or moved/],
    ['a line twice', ([a, b, ...rest]: string[]) => [a!, b!, b!, ...rest], /missing, added or moved/],
    ['the end cut off', (all: string[]) => all.slice(0, -1), /closing line is missing/],
    [
      'half a line',
      (all: string[]) => [...all.slice(0, -1), all.at(-1)!.slice(0, 50)],
      /no line of a backup/,
    ],
    ['more at the end', (all: string[]) => [...all, all[1]!], /more after the closing line/],
    ['no header', (all: string[]) => all.slice(1), /header is missing/],
    ['another file', () => ['{}'], /no line of a backup/],
    ['nothing', () => [], /closing line is missing/],
  ])('with %s is refused', async (_what, damage, words) => {
    await fill();
    const damaged = damage(await lines());
    await expect(records(damaged)).rejects.toThrow(InputError);
    await expect(records(damaged)).rejects.toThrow(words);
  });

  it('that is valid but not understood names the line and the version', async () => {
    await fill();
    const strange = {
      kind: 'commit',
      commit: { ...commitOf(), schemaVersion: 9 },
    } as unknown as BackupRecord;
    const made: string[] = [];
    for await (const line of backupLines(each2(strange))) made.push(line.slice(0, -1));
    await expect(records(made)).rejects.toThrow(/line 2, test\.jsonl: not understood by Seedbed .*format 9/s);
  });
});

async function* each2(record: BackupRecord): AsyncGenerator<BackupRecord> {
  yield Promise.resolve(record);
}
