/** The server away: at the start, in the middle of everything, and while closing. */
import { jobIdOf, RetryableError, TerminalError } from '@seedbed/contracts';
import { openBlockQueue } from './block-queue.js';
import { blockOf, commitOf, runIdWith, sweepRecordOf } from './conformance/test-data.js';
import { elapse, until } from './conformance/until.js';
import { QUEUE_DEFAULTS, type QueueSettings } from './interfaces.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';

const NEVER = new AbortController().signal;
/** Longer than BullMQ's 5 s of blocking plus the watchdog's second, in which other workers were lost for ever. */
const LONG_OUTAGE_MS = 6_200;

let server: ThrowawayServer;
let settings: QueueSettings;
const unhandled: unknown[] = [];
const collect = (reason: unknown) => unhandled.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', collect);
});

beforeEach(async () => {
  server = await startThrowawayServer({ appendFsync: 'always' });
  settings = { ...QUEUE_DEFAULTS, url: server.url, commandTimeoutMs: 400, closeTimeoutMs: 300 };
});

afterEach(async () => {
  await server.stop();
});

afterAll(() => {
  process.off('unhandledRejection', collect);
  expect(unhandled).toEqual([]);
});

async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('it did not fail');
  return outcome;
}

async function elapsedMs(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

it('fails at once when the server cannot be reached, naming it without the password', async () => {
  const password = new URL(settings.url).password;
  await server.kill();
  for (const open of [openBlockQueue, openSweepStore]) {
    const start = performance.now();
    const error = await rejection(open({ ...settings, commandTimeoutMs: 5_000 }));
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toContain(new URL(settings.url).host);
    expect(error.message).not.toContain(password);
  }
});

it('says that access was refused, without the password', async () => {
  const url = new URL(settings.url);
  url.password = 'not-the-password';
  const error = await rejection(openBlockQueue({ ...settings, url: url.href }));
  expect(error).toBeInstanceOf(TerminalError);
  expect(error.message).toMatch(/refused access/);
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('not-the-password');
});

it('fails every command in time while the server is away, and closes in time', async () => {
  const queue = await openBlockQueue(settings);
  const store = await openSweepStore(settings);
  store.onCommits(() => {});
  await queue.startStalledCheck();
  await queue.waitForWork(10, NEVER);
  await queue.add([blockOf(0)]);
  const claimed = await queue.claim('token');
  if (claimed === null) throw new Error('nothing to claim');
  await server.kill();
  const commands = [
    () => queue.add([blockOf(1)]),
    () => queue.claim('token'),
    () => queue.renew([claimed]),
    () => queue.complete(claimed),
    () => queue.depth(),
    () => store.commit(commitOf()),
    () => store.listSweeps({ offset: 0, limit: 1 }),
  ];
  const start = performance.now();
  for (const error of await Promise.all(commands.map((command) => rejection(command())))) {
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toContain(new URL(settings.url).host);
  }
  expect(performance.now() - start).toBeLessThan(settings.commandTimeoutMs + 500);
  // Waiting for work is no command: it waits, and does not spin, once a signal from before the outage was taken.
  await queue.waitForWork(10, NEVER);
  expect(await elapsedMs(() => queue.waitForWork(200, NEVER))).toBeGreaterThan(150);
  expect(await elapsedMs(() => Promise.all([queue.close(), store.close()]))).toBeLessThan(
    settings.closeTimeoutMs + 300,
  );
});

it('goes on after a crash of the server and an outage longer than any blocking read', async () => {
  const patient = {
    ...settings,
    commandTimeoutMs: 4_000,
    lockDurationMs: 1_000,
    stalledCheckIntervalMs: 200,
  };
  const queue = await openBlockQueue(patient);
  const store = await openSweepStore(patient);
  let calls = 0;
  store.onCommits(() => (calls += 1));
  await store.createSweep(sweepRecordOf('lambda-search'));
  await store.commit(commitOf());
  await until('the first call', () => calls > 0);
  await queue.add([blockOf(0), blockOf(1)]);
  const held = await queue.claim('token-a');
  await queue.claim('token-b');
  if (held === null) throw new Error('nothing to claim');
  const waiting = queue.waitForWork(60_000, NEVER);

  await server.kill();
  await elapse(LONG_OUTAGE_MS);
  await server.restart();

  // The lock ran out during the outage, and nobody else has the block: the work done so far is not lost.
  expect(await queue.renew([held])).toEqual([]);
  expect(await queue.complete(held)).toBe('completed');
  await waiting;
  await queue.startStalledCheck();
  await until('the other trainer’s block is back', async () => (await queue.depth()).waiting === 1);
  expect((await queue.claim('token-c'))?.jobId).toBe(jobIdOf(blockOf(1)));

  await until('a call after the outage', () => calls > 1);
  const before = calls;
  expect((await store.readCommits([runIdWith(0, 1)], null)).size).toBe(1);
  expect(await store.commit(commitOf({ runId: runIdWith(0, 2) }))).toBe('committed');
  await until('a call for a commit after the outage', () => calls > before);
  const woken = queue.waitForWork(60_000, NEVER);
  await queue.add([blockOf(2)]);
  await woken;
  await Promise.all([queue.close(), store.close()]);
}, 30_000);

it('survives a short outage within one command', async () => {
  const store = await openSweepStore({ ...settings, commandTimeoutMs: 8_000 });
  await server.kill();
  const created = store.createSweep(sweepRecordOf('lambda-search'));
  await server.restart();
  expect(await created).toBe('created');
  await store.close();
}, 15_000);
