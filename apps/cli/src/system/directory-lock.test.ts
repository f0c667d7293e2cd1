/** One owner per directory, whoever died before. Real processes: a lock is between processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedError } from '../errors.js';
import { lockDirectory } from './directory-lock.js';

let directory: string;
const lockPath = () => join(directory, 'seedbed.lock');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a second owner is refused with the process id of the first; after a release it is not', () => {
  const lock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(new RegExp(`in use by process ${process.pid}`));
  lock.release();
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
  lockDirectory(directory).release();
});

test.each([
  ['a process that ended', () => ({ processId: endedProcess(), processStart: 'boot/1' })],
  ['another process with the same id', () => ({ processId: process.pid, processStart: 'boot/1' })],
])('the lock of %s is taken over', (_who, owner) => {
  writeFileSync(lockPath(), JSON.stringify({ ...owner(), host: hostname(), nonce: 'n' }));
  lockDirectory(directory).release();
  expect(existsSync(lockPath())).toBe(false);
});

test('a file that names nobody is taken over', () => {
  writeFileSync(lockPath(), '{"proc');
  lockDirectory(directory).release();
});

test('an owner on another machine is believed to live, and the message says what to do if not', () => {
  writeFileSync(
    lockPath(),
    JSON.stringify({ processId: 1, processStart: null, host: 'elsewhere', nonce: 'n' }),
  );
  expect(() => lockDirectory(directory)).toThrow(/on elsewhere: .* delete /);
});

test('a release leaves the lock of a later owner alone', () => {
  const lock = lockDirectory(directory);
  const other = JSON.stringify({
    processId: process.pid,
    processStart: null,
    host: 'elsewhere',
    nonce: 'other',
  });
  writeFileSync(lockPath(), other);
  lock.release();
  expect(existsSync(lockPath())).toBe(true);
});

test('a directory that cannot be made is a sentence, not a stack', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(() => lockDirectory(join(directory, 'file', 'below'))).toThrow(FailedError);
});

function endedProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}
