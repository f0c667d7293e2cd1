import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, processStart } from './lock.mjs';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** @param {string} path @param {object} owner */
const writeLock = (path, owner) => writeFileSync(path, JSON.stringify(owner));

test('a lock names its owner and is gone when released', async () => {
  const path = join(directory, 'x.lock');
  const release = await acquireLock(path);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    pid: process.pid,
    startedAt: processStart(process.pid),
    host: hostname(),
  });
  release();
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that was killed is taken over', async () => {
  const path = join(directory, 'x.lock');
  const program = `import(${JSON.stringify(join(__dirname, 'lock.mjs'))}).then(async ({ acquireLock }) => {
    await acquireLock(${JSON.stringify(path)});
    console.log('held');
    process.stdin.resume();
  });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(existsSync(path)).toBe(true);
  const release = await acquireLock(path);
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  release();
});

test('a living process with the same id but another start is not the owner', async () => {
  const path = join(directory, 'x.lock');
  writeLock(path, { pid: process.pid, startedAt: 'another boot/1', host: hostname() });
  const release = await acquireLock(path);
  release();
});

test('a living owner is waited for, and named', async () => {
  const path = join(directory, 'x.lock');
  const release = await acquireLock(path);
  /** @type {number[]} */
  const told = [];
  await new Promise((resolve) => {
    void acquireLock(path, (owner) => {
      told.push(owner.pid);
      release();
    }).then((releaseSecond) => {
      releaseSecond();
      resolve(undefined);
    });
  });
  expect(told).toEqual([process.pid]);
});

test('an owner on another host is dead only when it has been silent for long', async () => {
  const path = join(directory, 'x.lock');
  writeLock(path, { pid: 1, startedAt: 'x', host: 'elsewhere' });
  let waited = false;
  const release = await acquireLock(path, () => {
    waited = true;
    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(path, longAgo, longAgo);
  });
  expect(waited).toBe(true);
  release();
});

test('a lock file that was cut off while being written is taken over', async () => {
  const path = join(directory, 'x.lock');
  writeFileSync(path, '');
  const longAgo = new Date(Date.now() - 11_000);
  utimesSync(path, longAgo, longAgo);
  const release = await acquireLock(path);
  release();
});
