/** What the user of each role may not do, and that lines for a server's users.acl mean the same as the embedded server's. */
import { KEYS, trainerIdSchema } from '@seedbed/contracts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessLine, NO_DEFAULT_USER, SERVER_ROLES, type ServerRole } from './access-rules.js';
import { until } from './conformance/until.js';
import { blockOf, commitOf, plannedStageOf, SWEEP, sweepRecordOf } from './conformance/test-data.js';
import { Connection } from './connection.js';
import { inspectServer } from './inspect-server.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { openBlockQueue } from './block-queue.js';
import { findServerBinary } from './server-binary.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { writeServerConfig } from './server-config.js';
import { ServerProcess } from './server-process.js';
import { openSweepStore } from './sweep-store.js';

const REFUSED = /NOPERM|no permissions|can.t access|can.t run/i;

let server: ThrowawayServer;
const connections = new Map<ServerRole, Connection>();

beforeAll(async () => {
  server = await startThrowawayServer();
  for (const role of SERVER_ROLES) {
    connections.set(role, await Connection.open({ ...QUEUE_DEFAULTS, url: server.urls[role] }));
  }
});

afterAll(async () => {
  await Promise.all([...connections.values()].map((connection) => connection.close()));
  await server.stop();
});

function send(role: ServerRole, [command = '', ...args]: readonly string[]): Promise<unknown> {
  const connection = connections.get(role);
  if (connection === undefined) throw new Error('no connection');
  return connection.redis.call(command, ...args);
}

const FOR_ADMINISTRATORS = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'GET', '*'],
  ['ACL', 'LIST'],
  ['CLIENT', 'LIST'],
  ['MONITOR'],
  ['SHUTDOWN'],
  ['FUNCTION', 'LOAD', '#!lua name=x'],
  ['SCRIPT', 'FLUSH'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['RANDOMKEY'],
  ['GET', 'foreign'],
  ['SET', 'foreign', 'x'],
  ['GET', 'bull:foreign:meta'],
  ['SUBSCRIBE', 'news'],
  ['EVAL', "return redis.call('GET', 'foreign')", '0'],
];

it.each(SERVER_ROLES)('the %s may not administer the server or see foreign keys', async (role) => {
  for (const command of FOR_ADMINISTRATORS) await expect(send(role, command)).rejects.toThrow(REFUSED);
});

it.each([
  ['HSET', KEYS.plan(SWEEP), 'coarse', '{}'],
  ['HGETALL', KEYS.plan(SWEEP)],
  ['HSETNX', KEYS.decisions(SWEEP), '0', '{}'],
  ['ZADD', KEYS.sweeps, '0', SWEEP],
  ['SET', KEYS.coordinatorLease, '1 me'],
  ['INCR', KEYS.coordinatorEpoch],
  ['EVAL', "return redis.call('HSET', KEYS[1], 'coarse', '{}')", '1', KEYS.plan(SWEEP)],
  ['EVAL', `return redis.call('HSET', '${KEYS.decisions(SWEEP)}', '0', '{}')`, '0'],
  ['RENAME', BULLMQ_KEYS.wait, KEYS.plan(SWEEP)],
])('a trainer may not %s %s', async (...command) => {
  await expect(send('trainer', command)).rejects.toThrow(REFUSED);
  await expect(send('trainer', ['HGET', KEYS.sweep(SWEEP), 'state'])).resolves.toBeNull();
});

const CURVE_POINT = { step: 1, validation: { accuracy: { correct: 1, count: 2 }, loss: null, cost: null } };

it('a trainer reads a sweep’s state, commits and reports, but plans, decides and leads nothing', async () => {
  const settings = (role: ServerRole) => ({ ...QUEUE_DEFAULTS, url: server.urls[role] });
  const coordinator = await openSweepStore(settings('coordinator'));
  const store = await openSweepStore(settings('trainer'));
  const record = sweepRecordOf(SWEEP);
  await coordinator.createSweep(record);
  expect(await store.sweepStates([SWEEP])).toEqual(new Map([[SWEEP, record.state]]));
  const commit = commitOf();
  expect(await store.commit(commit)).toBe('committed');
  expect((await coordinator.readCommits([commit.runId], null)).size).toBe(1);
  await store.appendCurves(SWEEP, new Map([[commit.runId, [CURVE_POINT]]]));
  const trainerId = trainerIdSchema.parse('tested');
  await store.removeTrainer(trainerId);
  await expect(store.writePlannedStage(SWEEP, plannedStageOf('coarse', 1))).rejects.toThrow(/refused access/);
  await expect(store.createSweep(sweepRecordOf('other'))).rejects.toThrow(/refused access/);
  await expect(store.holdLease('tested', 1_000)).rejects.toThrow(/refused access/);
  await Promise.all([coordinator.close(), store.close()]);
});

it('a scaler measures the queue and does nothing else', async () => {
  const queue = await openBlockQueue({ ...QUEUE_DEFAULTS, url: server.urls.trainer });
  await queue.add([blockOf(0)]);
  const length = "return {redis.call('TYPE', KEYS[1]).ok, redis.call('LLEN', KEYS[1])}";
  expect(await send('scaler', ['EVAL', length, '1', BULLMQ_KEYS.wait])).toEqual(['list', 1]);
  expect(await send('scaler', ['LLEN', BULLMQ_KEYS.active])).toBe(0);
  for (const command of [
    ['LRANGE', BULLMQ_KEYS.wait, '0', '-1'],
    ['LPUSH', BULLMQ_KEYS.wait, 'x'],
    ['EVAL', "return redis.call('LPOP', KEYS[1])", '1', BULLMQ_KEYS.wait],
    ['HGETALL', KEYS.sweep(SWEEP)],
  ]) {
    await expect(send('scaler', command)).rejects.toThrow(REFUSED);
  }
  await queue.close();
});

it('a coordinator can tell all that matters about the server', async () => {
  expect(await inspectServer(server.urls.coordinator)).toMatchObject({
    appendOnly: true,
    evictionPolicy: 'noeviction',
    warnings: [],
  });
});

it('lines for users.acl give a server the same users, and nobody else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'seedbed-acl-'));
  const users = SERVER_ROLES.map((role) => accessLine({ role, password: `secret-of-the-${role}` }));
  await writeFile(join(directory, 'users.acl'), `${[NO_DEFAULT_USER, ...users].join('\n')}\n`);
  const config = { directory, appendFsync: 'everysec', admin: true, avoidPort: null } as const;
  const { path, port } = await writeServerConfig(config);
  const withoutUsers = (await readFile(path, 'utf8')).replaceAll(/^(user|requirepass) .*\n/gm, '');
  await writeFile(path, `${withoutUsers}aclfile ${join(directory, 'users.acl')}\n`);
  const other = await ServerProcess.spawn(await findServerBinary(), [path]);
  const as = (user: string) =>
    Connection.open({ ...QUEUE_DEFAULTS, url: `redis://${user}127.0.0.1:${port}` });
  try {
    const opens = () =>
      as('trainer:secret-of-the-trainer@').then(
        (connection) => connection.close().then(() => true),
        () => false,
      );
    await until('the server answers', opens);
    const trainer = await as('trainer:secret-of-the-trainer@');
    await expect(trainer.redis.call('HGETALL', KEYS.plan(SWEEP))).rejects.toThrow(REFUSED);
    await trainer.close();
    await expect(as('')).rejects.toThrow(/refused access/);
    await expect(as('trainer:wrong@')).rejects.toThrow(/refused access/);
  } finally {
    await other.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
