/** Queue and store on servers that Sentinels watch over: real primary, replica and Sentinels, real failovers. */
import { jobIdOf, RetryableError, TerminalError } from '@seedbed/contracts';
import { readBackup } from './backup/read-records.js';
import { openBlockQueue } from './block-queue.js';
import {
  blockOf,
  commitOf,
  plannedStageOf,
  runIdWith,
  SWEEP,
  sweepRecordOf,
} from './conformance/test-data.js';
import { until } from './conformance/until.js';
import { Connection } from './connection.js';
import { inspectServer } from './inspect-server.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { startThrowawaySentinels, type ThrowawaySentinels } from './sentinel-fixture.js';
import { openSweepStore } from './sweep-store.js';

const NEVER = new AbortController().signal;
/** Down after 0.5 s, an election of up to about a second, and connecting anew. */
const FAILOVER_MS_MAX = 20_000;

let servers: ThrowawaySentinels;

beforeAll(async () => {
  servers = await startThrowawaySentinels();
}, 60_000);

afterAll(async () => {
  await servers.stop();
});

async function failureOf(url: string): Promise<Error> {
  const outcome = await openSweepStore({ ...QUEUE_DEFAULTS, commandTimeoutMs: 1_500, url }).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('it did not fail');
  return outcome;
}

it('says what is wrong with an address: its master, its passwords, its Sentinels', async () => {
  const wrongName = await failureOf(servers.url.replace('/seedbed?', '/other?'));
  expect(wrongName).toBeInstanceOf(TerminalError);
  expect(wrongName.message).toMatch(/Sentinel 127\.0\.0\.1:\d+ knows no master "other"/);
  const noPassword = await failureOf(servers.url.replace(/\?.*/, ''));
  expect(noPassword).toBeInstanceOf(TerminalError);
  expect(noPassword.message).toMatch(/Sentinel .*NOAUTH/);
  const wrongUser = await failureOf(servers.url.replace(/\/\/default:[^@]*@/, '//default:not-this-one@'));
  expect(wrongUser).toBeInstanceOf(TerminalError);
  expect(wrongUser.message).not.toContain('not-this-one');
  const nobody = await failureOf('redis+sentinel://127.0.0.1:1,127.0.0.1:2/seedbed');
  expect(nobody).toBeInstanceOf(RetryableError);
  expect(nobody.message).toMatch(/no Sentinel says who the primary is.*Connection is closed/);
});

it('goes on after a failover with what was replicated, for those who work, wait and follow', async () => {
  const settings = { ...QUEUE_DEFAULTS, lockDurationMs: 60_000, stalledCheckIntervalMs: 200 };
  const queue = await openBlockQueue({ ...settings, url: servers.urls.trainer });
  const store = await openSweepStore({ ...settings, url: servers.urls.coordinator });
  let calls = 0;
  store.onCommits(() => (calls += 1));
  await store.createSweep(sweepRecordOf('lambda-search'));
  await store.writePlannedStage(SWEEP, plannedStageOf('coarse', 3));
  await store.commit(commitOf());
  await until('the first call', () => calls > 0);
  await queue.add([blockOf(0)]);
  const held = await queue.claim('token-a');
  if (held === null) throw new Error('nothing to claim');
  const woken = queue.waitForWork(120_000, NEVER);
  await servers.caughtUp();

  const old = await servers.killPrimary();
  // Asked all the while: every answer is an answer or a RetryableError, in time.
  let answered = 0;
  let refused = 0;
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now();
      await queue.depth().then(
        () => (answered += 1),
        (error: unknown) => {
          expect(error).toBeInstanceOf(RetryableError);
          refused += 1;
        },
      );
      expect(performance.now() - began).toBeLessThan(QUEUE_DEFAULTS.commandTimeoutMs + 1_000);
    }
  })();
  const promoted = await servers.failedOver(old);
  expect(promoted).not.toBe(old);
  const before = answered;
  await until('answers after the failover', () => answered > before + 10);
  isOver = true;
  await asking;
  expect(refused).toBeLessThan(10);

  // The block is ours still, the records are there, and everything is written to the new primary.
  expect(await queue.renew([held])).toEqual([]);
  expect(await queue.complete(held)).toBe('completed');
  expect(await store.readPlannedStages(SWEEP)).toEqual([plannedStageOf('coarse', 3)]);
  const callsBefore = calls;
  expect(await store.commit(commitOf({ runId: runIdWith(0, 2) }))).toBe('committed');
  await until('a call for a commit after the failover', () => calls > callsBefore);
  await queue.add([blockOf(1)]);
  await woken;
  expect((await queue.claim('token-b'))?.jobId).toBe(jobIdOf(blockOf(1)));

  // The old one returns with its own idea of who leads, and becomes a replica; nobody follows it there.
  await servers.revive(old);
  await servers.caughtUp();
  expect(await servers.primaryPort()).toBe(promoted);
  expect((await store.readCommits([runIdWith(0, 1), runIdWith(0, 2)], null)).size).toBe(2);
  expect(await inspectServer(servers.urls.coordinator)).toMatchObject({ appendOnly: true, warnings: [] });
  const kinds = new Set<string>();
  for await (const { kind } of readBackup({ ...settings, url: servers.urls.coordinator })) kinds.add(kind);
  expect([...kinds].sort()).toEqual(['attempts', 'plan', 'sweep', 'trials']);
  await Promise.all([queue.close(), store.close()]);
}, 60_000);

it('leaves a primary that hangs for the one that the Sentinels choose, also with a Sentinel gone', async () => {
  await servers.caughtUp();
  const store = await openSweepStore({ ...QUEUE_DEFAULTS, url: servers.urls.coordinator });
  await store.createSweep(sweepRecordOf('before-it-hangs'));
  await servers.caughtUp();
  await servers.killSentinel(0);
  const hung = await servers.primaryPort();
  const processId = servers.processId(hung);
  process.kill(processId, 'SIGSTOP');
  try {
    await servers.failedOver(hung);
    await until(
      'a write to the new primary',
      () =>
        store.createSweep(sweepRecordOf('after-it-hung')).then(
          () => true,
          () => false,
        ),
      FAILOVER_MS_MAX,
    );
  } finally {
    process.kill(processId, 'SIGCONT');
  }
  await servers.caughtUp();
  const names = (await store.listSweeps({ offset: 0, limit: 10 })).map(({ sweepId }) => sweepId);
  expect(names).toEqual(expect.arrayContaining(['before-it-hangs', 'after-it-hung']));
  await store.close();
}, 60_000);

it('comes back from an end that nobody asked for, as of a failover in the middle of asking who leads', async () => {
  const connection = await Connection.open({ ...QUEUE_DEFAULTS, url: servers.url });
  connection.redis.disconnect();
  await until('it has ended', () => connection.redis.status === 'end');
  expect(await connection.run('ping', (redis) => redis.ping())).toBe('PONG');
  await connection.close();
});
