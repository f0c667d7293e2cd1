import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@seedbed/contracts';
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
  home = mkdtempSync(join(tmpdir(), 'seedbed-connection-'));
  environment = { XDG_STATE_HOME: home };
});
afterEach(() => rmSync(home, { recursive: true }));

test('the environment wins over the file', async () => {
  await writeConnectionFile(connectionFilePath(environment), {
    url: 'http://a:1',
    token: 'file',
    processId: process.pid,
  });
  expect(resolveConnection({ ...environment, SEEDBED_URL: 'http://b:2' })).toEqual({
    url: 'http://b:2',
    token: null,
  });
  expect(resolveConnection({ ...environment, SEEDBED_URL: 'http://b:2', SEEDBED_TOKEN: 't' }).token).toBe(
    't',
  );
  expect(resolveConnection(environment)).toEqual({ url: 'http://a:1', token: 'file' });
  expect(resolveConnection({ ...environment, SEEDBED_TOKEN: 't' })).toEqual({
    url: 'http://a:1',
    token: 't',
  });
});

test('the file with the token is readable by its owner only, and removed by its owner only', async () => {
  const path = connectionFilePath(environment);
  await writeConnectionFile(path, { url: 'http://a:1', token: 'secret', processId: process.pid });
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
    processId: 2 ** 22 + 1,
  });
  expect(() => resolveConnection(environment)).toThrow(/has ended: start it again/);
});

test.each(['localhost:7333', 'ftp://x', 'nonsense'])('SEEDBED_URL=%s is bad input', (url) => {
  expect(() => resolveConnection({ SEEDBED_URL: url })).toThrow(InputError);
});
