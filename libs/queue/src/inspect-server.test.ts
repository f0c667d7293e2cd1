import { InputError, RetryableError } from '@seedbed/contracts';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlockQueue } from './block-queue.js';
import { Connection } from './connection.js';
import { inspectServer, reportOf } from './inspect-server.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { findServerBinary } from './server-binary.js';
import { writeServerConfig } from './server-config.js';
import { requireSafeServer } from './server-dangers.js';
import { startThrowawayServer } from './server-fixture.js';
import { ServerProcess } from './server-process.js';

const SOUND = {
  redis_version: '7.2.4',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  appendfsync: 'everysec',
};
const report = (facts: Record<string, string>) => reportOf(new Map(Object.entries(facts)));

it('finds nothing wrong with a server of ours, and what is wrong once it is changed', async () => {
  const server = await startThrowawayServer();
  expect(await inspectServer(server.url)).toMatchObject({
    appendOnly: true,
    evictionPolicy: 'noeviction',
    warnings: [],
  });
  const direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
  await direct.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await direct.redis.config('SET', 'appendonly', 'no');
  await direct.close();
  const changed = await inspectServer(server.url);
  expect(changed).toMatchObject({ appendOnly: false, evictionPolicy: 'allkeys-lru' });
  expect(changed.warnings.join(' ')).toMatch(/eviction.*append-only/);
  await server.kill();
  await expect(inspectServer(server.url)).rejects.toThrow(RetryableError);
  await server.stop();
});

it('accepts a user without CONFIG, as managed servers give, and says what it could not read', async () => {
  const server = await startThrowawayServer();
  const direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
  try {
    await direct.redis.call('ACL', 'SETUSER', 'managed', 'on', '>secret', '~*', '&*', '+@all', '-config');
    const managed = new URL(server.url);
    managed.username = 'managed';
    managed.password = 'secret';
    const denied = await Connection.open({ ...QUEUE_DEFAULTS, url: managed.href });
    await expect(denied.redis.config('GET', 'appendfsync')).rejects.toThrow(/NOPERM/);
    await denied.close();
    expect(await inspectServer(managed.href)).toMatchObject({
      appendOnly: true,
      evictionPolicy: 'noeviction',
      warnings: [],
      unknown: [expect.stringMatching(/CONFIG is not allowed.*appendfsync/)],
    });
    expect((await inspectServer(server.url)).unknown).toEqual([]);
  } finally {
    await direct.close();
    await server.stop();
  }
});

it('knows Valkey by its version', () => {
  expect(report({ ...SOUND, valkey_version: '8.1.0' })).toMatchObject({
    kind: 'valkey',
    version: '8.1.0',
    warnings: [],
  });
});

it('accepts a managed server that hides its settings, with warnings', () => {
  const hidden = report({ redis_version: '7.2.4' });
  expect(hidden).toMatchObject({ appendOnly: null, evictionPolicy: null });
  expect(hidden.warnings).toHaveLength(2);
});

it('works on a managed server without CONFIG and SHUTDOWN', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'seedbed-managed-'));
  const options = { directory, appendFsync: 'everysec', admin: true, avoidPort: null } as const;
  const { path, port, adminPassword } = await writeServerConfig(options);
  await appendFile(path, 'rename-command CONFIG ""\nrename-command SHUTDOWN ""\n');
  const managed = await ServerProcess.spawn(await findServerBinary(), [path]);
  const url = `redis://:${adminPassword}@127.0.0.1:${port}`;
  const connection = new Connection({ ...QUEUE_DEFAULTS, url });
  try {
    await connection.run('ping', (redis) => redis.ping());
    await expect(connection.redis.config('GET', 'maxmemory')).rejects.toThrow(/unknown command/);
    // What INFO says is enough; how often the file is synchronised it does not say.
    expect(await inspectServer(url)).toMatchObject({
      appendOnly: true,
      evictionPolicy: 'noeviction',
      warnings: [],
    });
    const queue = await openBlockQueue({ ...QUEUE_DEFAULTS, url });
    expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });
    await queue.close();
  } finally {
    await connection.close();
    await managed.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

it.each([
  [{ ...SOUND, redis_version: '6.0.16' }, /6\.0\.16; 6\.2 or later/],
  [{ ...SOUND, redis_version: '5.0' }, /5\.0; 6\.2 or later/],
  [{ ...SOUND, appendfsync: 'no' }, /appendfsync/],
  [{ ...SOUND, aof_last_write_status: 'err' }, /disk full/],
  [{ ...SOUND, role: 'slave' }, /replica/],
  [{ ...SOUND, cluster_enabled: '1' }, /cluster/],
])('warns of %j', (facts, warning) => {
  expect(report(facts).warnings).toEqual([expect.stringMatching(warning)]);
});

describe('a server that nobody should start with', () => {
  const refusal = (facts: Record<string, string>, accepted?: string) => () =>
    requireSafeServer(report({ ...SOUND, ...facts }), accepted);

  it.each([
    [{ maxmemory_policy: 'allkeys-lru' }, 'eviction', /maxmemory-policy: is "allkeys-lru".*noeviction/],
    [{ aof_enabled: '0', save: '' }, 'persistence', /appendonly: is "no".*set it to yes/],
    [{ redis_version: '6.0.16' }, 'version', /version: is "6\.0\.16".*6\.2/],
    [{ cluster_enabled: '1' }, 'cluster', /cluster-enabled: is "yes".*single primary/],
  ])('is refused for %j unless a person accepts it as %s', (facts, name, message) => {
    expect(refusal(facts)).toThrow(message);
    expect(refusal(facts)).toThrow(InputError);
    expect(refusal(facts)).toThrow(`SEEDBED_ACCEPT_DATA_LOSS=${name}`);
    expect(refusal(facts, name)).not.toThrow();
    expect(refusal(facts, ` version, ${name},`)).not.toThrow();
  });

  it('is a replica in any case, and whatever was not accepted', () => {
    expect(refusal({ role: 'slave' }, 'replica')).toThrow(/has "replica"; what can be accepted/);
    expect(refusal({ role: 'slave' })).toThrow(/role: is "replica"/);
    const both = { maxmemory_policy: 'volatile-ttl', aof_enabled: '0', save: '' };
    expect(refusal(both, 'eviction')).toThrow(/^appendonly/);
    expect(refusal(both)).toThrow(/maxmemory-policy[^]*appendonly/);
  });

  it('is none with snapshots, or where it hides its settings: those are warnings', () => {
    expect(refusal({ aof_enabled: '0', save: '3600 1' })).not.toThrow();
    expect(() => requireSafeServer(report({ redis_version: '7.2.4' }), undefined)).not.toThrow();
    expect(refusal({}, 'everything')).toThrow(/SEEDBED_ACCEPT_DATA_LOSS: has "everything"/);
  });

  it('is told from real ones', async () => {
    const server = await startThrowawayServer();
    const direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
    try {
      expect(() => requireSafeServer({ dangers: [] }, '')).not.toThrow();
      requireSafeServer(await inspectServer(server.url), undefined);
      await direct.redis.config('SET', 'maxmemory-policy', 'volatile-lru');
      await direct.redis.config('SET', 'appendonly', 'no');
      expect((await inspectServer(server.url)).dangers.map(({ kind }) => kind)).toEqual([
        'eviction',
        'persistence',
      ]);
      await direct.redis.config('SET', 'save', '900 1');
      await direct.redis.call('REPLICAOF', '127.0.0.1', '1');
      expect((await inspectServer(server.url)).dangers.map(({ kind }) => kind)).toEqual([
        'eviction',
        'replica',
      ]);
    } finally {
      await direct.close();
      await server.stop();
    }
  });
});
