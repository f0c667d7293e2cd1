import { TerminalError } from '@seedbed/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './conformance/until.js';
import { Connection } from './connection.js';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { findServerBinary } from './server-binary.js';

let directory: string;
let binaryPath: string;
let running: EmbeddedServer[] = [];
let starter: ChildProcess | null = null;

beforeAll(async () => {
  binaryPath = await findServerBinary();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-embedded-'));
});

afterEach(async () => {
  starter?.kill('SIGKILL');
  starter = null;
  await Promise.all(running.map((server) => server.stop()));
  running = [];
  await rm(directory, { recursive: true, force: true });
});

async function start(
  overrides: Partial<Parameters<typeof startEmbeddedServer>[0]> = {},
): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ binaryPath, directory, ...overrides });
  running.push(server);
  return server;
}

async function withRedis<T>(url: string, use: (redis: Connection['redis']) => Promise<T>): Promise<T> {
  const connection = await Connection.open({ ...QUEUE_DEFAULTS, url });
  try {
    return await use(connection.redis);
  } finally {
    await connection.close();
  }
}

const isAlive = (processId: number) => {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
};

const adminUrl = (server: EmbeddedServer) => server.adminUrl ?? '';

it('keeps the passwords to itself, and the data private and append-only', async () => {
  const server = await start({ appendFsync: 'always' });
  const urls = [...Object.values(server.urls), adminUrl(server)].map((url) => new URL(url));
  const commandLine = await readFile(`/proc/${server.processId}/cmdline`, 'utf8').catch(() => '');
  for (const { hostname, password } of urls) {
    expect(hostname).toBe('127.0.0.1');
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(commandLine).not.toContain(password);
  }
  expect(new Set(urls.map((url) => url.password)).size).toBe(urls.length);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, 'server.conf'))).mode & 0o777).toBe(0o600);
  const settings = await withRedis(adminUrl(server), async (redis) => [
    ...((await redis.config('GET', 'append*')) as string[]),
    ...((await redis.config('GET', 'maxmemory-policy')) as string[]),
  ]);
  expect(settings.join(' ')).toMatch(/appendonly yes/);
  expect(settings.join(' ')).toMatch(/appendfsync always/);
  expect(settings.join(' ')).toMatch(/maxmemory-policy noeviction/);
});

it('refuses a second start on the same directory, also from another process’s point of view', async () => {
  const server = await start();
  await expect(start()).rejects.toThrow(TerminalError);
  await expect(start()).rejects.toThrow(new RegExp(`process ${server.processId}.*already running`));
  await server.stop();
  await server.stop();
  expect(await server.stopped).toMatchObject({ requested: true });
  await start();
});

it('starts after a crash with the same address and everything that was acknowledged', async () => {
  const first = await start({ appendFsync: 'always' });
  await withRedis(adminUrl(first), (redis) => redis.set('kept', 'yes'));
  process.kill(first.processId, 'SIGKILL');
  expect(await first.stopped).toMatchObject({ signal: 'SIGKILL', requested: false });
  const second = await start();
  expect(second).toMatchObject({ urls: first.urls, adminUrl: first.adminUrl });
  expect(await withRedis(adminUrl(second), (redis) => redis.get('kept'))).toBe('yes');
});

it('takes a lock of a process that is gone, or whose id another process has now', async () => {
  const gone = spawn('true');
  await once(gone, 'exit');
  for (const holder of [
    { processId: gone.pid, processStart: null },
    { processId: process.pid, processStart: '1' },
  ]) {
    await writeFile(join(directory, 'server.lock'), JSON.stringify(holder));
    await (await start()).stop();
  }
  await writeFile(join(directory, 'server.lock'), 'cut o');
  await (await start()).stop();
});

it('has no user without a role when it is started so, and keeps the passwords', async () => {
  const open = await start();
  await open.stop();
  const server = await start({ admin: false });
  expect(server).toMatchObject({ urls: open.urls, adminUrl: null });
  await expect(withRedis(adminUrl(open), (redis) => redis.ping())).rejects.toThrow(/refused access/);
  await expect(withRedis(`redis://127.0.0.1:${server.port}`, (redis) => redis.ping())).rejects.toThrow(
    /refused access/,
  );
  await server.stop();
  expect((await start()).adminUrl).toBe(open.adminUrl);
});

it('keeps what scripts wrote through a crash, where there are only users with a role', async () => {
  const first = await start({ admin: false, appendFsync: 'always' });
  const keys = ['seedbed:one', 'seedbed:two'];
  await withRedis(first.urls.coordinator, async (redis) => {
    const twice = "redis.call('SET', KEYS[1], 'kept') redis.call('SET', KEYS[2], 'kept')";
    await redis.eval(twice, 2, ...keys);
  });
  process.kill(first.processId, 'SIGKILL');
  await first.stopped;
  const second = await start({ admin: false });
  const kept = await withRedis(second.urls.coordinator, (redis) => redis.mget(...keys));
  expect(kept).toEqual(['kept', 'kept']);
});

it('drops the cut-off end of an append-only file and keeps the rest', async () => {
  const first = await start({ appendFsync: 'always' });
  await withRedis(adminUrl(first), async (redis) => {
    await redis.set('whole', 'yes');
    await redis.set('cut-off', 'yes');
  });
  await first.stop();
  const files = (await readdir(directory, { recursive: true })).filter((name) => /\.aof$/.test(name));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(directory, name))).size));
  const file = join(directory, files[sizes.indexOf(Math.max(...sizes))] ?? '');
  await truncate(file, Math.max(...sizes) - 5);
  const second = await start();
  expect(await withRedis(adminUrl(second), (redis) => redis.mget('whole', 'cut-off'))).toEqual(['yes', null]);
});

it('says why a server did not start', async () => {
  await expect(start({ binaryPath: '/no/such/server' })).rejects.toThrow(/no\/such\/server/);
  await expect(start({ binaryPath: '/bin/false' })).rejects.toThrow(/exit code 1/);
  await (await start()).stop();
});

it('ends with the signal', async () => {
  const end = new AbortController();
  const server = await start({ signal: end.signal });
  end.abort();
  expect(await server.stopped).toMatchObject({ requested: true });
  await expect(start({ signal: end.signal })).rejects.toThrow();
});

it.each(['kernel', 'pipe'])(
  'leaves no server behind when its starter is killed outright (by %s)',
  async (tie) => {
    const programs = join(__dirname, 'conformance');
    starter = spawn(
      process.execPath,
      [
        '--conditions=@seedbed/source',
        join(programs, 'run-typescript.cjs'),
        join(programs, 'start-server.ts'),
        binaryPath,
        directory,
        tie,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(starter.stdout ?? starter, 'data')) as [Buffer];
    const processId = Number(line.toString());
    expect(isAlive(processId)).toBe(true);
    starter.kill('SIGKILL');
    await until('the server is gone', () => !isAlive(processId));
  },
);
