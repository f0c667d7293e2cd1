/** Where a system can be reached from, and what others are told; machines that do join are in the end-to-end tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { InputError, parseJoin } from '@seedbed/contracts';
import { expose, exposureOf, keptToken, localUrl } from './exposure.js';
import type { OpenServer } from './open-server.js';

const NOTHING_CHOSEN = { advertise: null, queuePort: null, trainerRedisUrl: null };
const LOOPBACK = { host: '127.0.0.1', port: 7333 };
const ELSEWHERE = { host: '192.0.2.7', port: 7333 };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(joinPath(tmpdir(), 'seedbed-exposure-'));
});
afterEach(() => rm(directory, { recursive: true }));

function serverAt(url: string): OpenServer {
  return {
    urls: { coordinator: url, trainer: url },
    port: null,
    description: 'redis 7.0.15',
    processId: null,
    onUnexpectedEnd: () => undefined,
    close: () => Promise.resolve(),
  };
}

test('a system on loopback is for this machine alone, and options for others are a mistake there', () => {
  expect(exposureOf(LOOPBACK, NOTHING_CHOSEN)).toBeNull();
  expect(exposureOf({ host: '::1', port: 0 }, NOTHING_CHOSEN)).toBeNull();
  expect(() => exposureOf(LOOPBACK, { ...NOTHING_CHOSEN, advertise: 'a' })).toThrow(/^--advertise/);
  expect(() => exposureOf(LOOPBACK, { ...NOTHING_CHOSEN, queuePort: 1 })).toThrow(/^--queue-port/);
});

test('the queue is at the next port, and the name is the address that is listened on', () => {
  expect(exposureOf(ELSEWHERE, NOTHING_CHOSEN)).toMatchObject({
    advertisedHost: '192.0.2.7',
    queuePort: 7334,
  });
  const chosen = { ...NOTHING_CHOSEN, advertise: 'host.example', queuePort: 9 };
  expect(exposureOf(ELSEWHERE, chosen)).toMatchObject({ advertisedHost: 'host.example', queuePort: 9 });
  expect(exposureOf({ ...ELSEWHERE, port: 0 }, NOTHING_CHOSEN)?.queuePort).toBe(0);
});

test.each([
  ['redis+sentinel://a:1,b:2/m', null],
  ['redis+sentinel://a:1,127.0.0.1:2/m', /loopback/],
])('a server behind Sentinels %s is one for others unless they are on loopback', async (url, refusal) => {
  const options = exposureOf(ELSEWHERE, { ...NOTHING_CHOSEN, trainerRedisUrl: url });
  if (options === null) throw new Error('it is exposed');
  const exposure = expose(options, serverAt('redis://127.0.0.1:1'), directory);
  if (refusal !== null) await expect(exposure).rejects.toThrow(refusal);
  else expect(parseJoin((await exposure).joinWord('https://h:1', 'token')).redisUrl).toBe(url);
});

test('who listens everywhere is told of by an address that others can use', () => {
  const everywhere = { host: '0.0.0.0', port: 7333 };
  const others = Object.values(networkInterfaces())
    .flatMap((known) => known ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  if (others.length === 0) expect(() => exposureOf(everywhere, NOTHING_CHOSEN)).toThrow(/--advertise/);
  else expect(exposureOf(everywhere, NOTHING_CHOSEN)?.advertisedHost).toBe(others[0]?.address);
  expect(localUrl('https://0.0.0.0:7333')).toBe('https://127.0.0.1:7333');
  expect(localUrl('https://[::]:7333')).toBe('https://[::1]:7333');
  expect(localUrl('https://192.0.2.7:7333')).toBe('https://192.0.2.7:7333');
});

test('a server that is not ours is told of as others reach it', async () => {
  const options = exposureOf(ELSEWHERE, NOTHING_CHOSEN);
  if (options === null) throw new Error('it is exposed');
  const own = 'redis://127.0.0.1:6379';
  await expect(expose(options, serverAt(own), directory)).rejects.toThrow(InputError);
  const theirs = 'rediss://trainer:secret@redis.example:6380';
  const trainerRedisUrl = theirs;
  const exposure = await expose({ ...options, trainerRedisUrl }, serverAt(own), directory);
  expect(parseJoin(exposure.joinWord('https://192.0.2.7:7333', 'token'))).toEqual({
    url: 'https://192.0.2.7:7333',
    token: 'token',
    redisUrl: theirs,
    fingerprint: exposure.certificate.fingerprint,
  });
  await exposure.close();
});

test('a token is kept for the next start', async () => {
  const token = await keptToken(directory, 'token');
  expect(token).toMatch(/^[0-9a-f]{48}$/);
  expect(await keptToken(directory, 'token')).toBe(token);
});
