import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { formatJoin, InputError, type Join } from '@seedbed/contracts';
import { UnreachableError } from '../errors.js';
import {
  connectionFilePath,
  readConnectionFile,
  removeConnectionFile,
  resolveConnection,
  writeConnectionFile,
} from './connection.js';

let home: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  home = mkdtempSync(joinPath(tmpdir(), 'seedbed-connection-'));
  environment = { XDG_STATE_HOME: home };
});
afterEach(() => rmSync(home, { recursive: true }));

test('the environment wins over the file', async () => {
  await writeConnectionFile(connectionFilePath(environment), {
    url: 'http://a:1',
    token: 'file',
    fingerprint: null,
    processId: process.pid,
  });
  expect(resolveConnection({ ...environment, SEEDBED_URL: 'http://b:2' })).toEqual({
    url: 'http://b:2',
    token: null,
    fingerprint: null,
  });
  expect(resolveConnection({ ...environment, SEEDBED_URL: 'http://b:2', SEEDBED_TOKEN: 't' }).token).toBe(
    't',
  );
  expect(resolveConnection(environment)).toEqual({ url: 'http://a:1', token: 'file', fingerprint: null });
  expect(resolveConnection({ ...environment, SEEDBED_TOKEN: 't' })).toEqual({
    url: 'http://a:1',
    token: 't',
    fingerprint: null,
  });
});

test('the file with the token is readable by its owner only, and removed by its owner only', async () => {
  const path = connectionFilePath(environment);
  await writeConnectionFile(path, {
    url: 'http://a:1',
    token: 'secret',
    fingerprint: null,
    processId: process.pid,
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  removeConnectionFile(path, process.pid + 1);
  expect(readConnectionFile(path)).not.toBeNull();
  removeConnectionFile(path, process.pid);
  expect(readConnectionFile(path)).toBeNull();
});

test('nothing known, and a system that has ended, are unreachable with what to do', async () => {
  expect(() => resolveConnection(environment)).toThrow(UnreachableError);
  // Process ids end below 2^22 on Linux.
  await writeConnectionFile(connectionFilePath(environment), {
    url: 'http://a:1',
    token: null,
    fingerprint: null,
    processId: 2 ** 22 + 1,
  });
  expect(() => resolveConnection(environment)).toThrow(/has ended: start it again/);
});

test.each(['localhost:7333', 'ftp://x', 'nonsense'])('SEEDBED_URL=%s is bad input', (url) => {
  expect(() => resolveConnection({ SEEDBED_URL: url })).toThrow(InputError);
});

describe('a system elsewhere', () => {
  const join: Join = {
    url: 'https://c:3',
    token: 'joined',
    redisUrl: 'rediss://trainer:secret@c:4',
    fingerprint: 'ab'.repeat(32),
  };
  const word = formatJoin(join);
  const expected = { url: join.url, token: join.token, fingerprint: join.fingerprint };

  test('is known by a join word, which wins over all else, or by a file with its line', async () => {
    const path = joinPath(home, 'line');
    writeFileSync(path, `seedbed trainer --join ${word}\n`);
    const others = { ...environment, SEEDBED_URL: 'http://b:2', SEEDBED_TOKEN: 't' };
    expect(resolveConnection({ ...others, SEEDBED_JOIN: word })).toEqual(expected);
    expect(resolveConnection({ SEEDBED_JOIN: `@${path}` })).toEqual(expected);
    expect(() => resolveConnection({ SEEDBED_JOIN: word.slice(0, -1) })).toThrow(InputError);
    expect(() => resolveConnection({ SEEDBED_JOIN: '@/none' })).toThrow(/cannot be read/);
  });

  test('is known by its parts, with a fingerprint as people have it', () => {
    const parts = { SEEDBED_URL: join.url, SEEDBED_TOKEN: join.token };
    const colons = 'AB:'.repeat(32).slice(0, -1);
    expect(resolveConnection({ ...parts, SEEDBED_FINGERPRINT: colons })).toEqual(expected);
    expect(() => resolveConnection({ ...parts, SEEDBED_FINGERPRINT: 'abc' })).toThrow(/64 hexadecimal/);
    const plain = { ...parts, SEEDBED_URL: 'http://c:3', SEEDBED_FINGERPRINT: colons };
    expect(() => resolveConnection(plain)).toThrow(/nothing would be checked/);
  });
});
