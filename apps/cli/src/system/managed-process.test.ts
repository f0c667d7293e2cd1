/** Real child processes: starting, speaking, ending, being ended. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnd, type ManagedProcess, startManagedProcess } from './managed-process.js';

let directory: string;
const started: ManagedProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-managed-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop(0)));
  rmSync(directory, { recursive: true });
});

function start(script: string): ManagedProcess & { readonly lines: string[] } {
  const path = join(directory, 'part.cjs');
  writeFileSync(path, script);
  const lines: string[] = [];
  const part = startManagedProcess({
    name: 'part',
    script: path,
    environment: { ...process.env, NODE_OPTIONS: '' },
    onLogLine: (line) => lines.push(line),
    onErrorLine: () => undefined,
  });
  started.push(part);
  return Object.assign(part, { lines });
}

const READY = `process.send({ type: 'ready', url: 'http://x' });`;

test('passes on lines and the ready message, and ends on SIGTERM', async () => {
  const part = start(`process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);
    console.log('one'); console.log('two'); ${READY}`);
  await expect(part.ready).resolves.toMatchObject({ url: 'http://x' });
  await part.stop(10_000);
  await expect(part.ended).resolves.toEqual({ exitCode: 0, signal: null });
  expect(part.lines).toEqual(['one', 'two']);
  await part.stop(0);
});

test('one that ignores SIGTERM is killed after the grace', async () => {
  const part = start(`process.on('SIGTERM', () => {}); ${READY} setInterval(() => {}, 1000);`);
  await part.ready;
  await part.stop(50);
  await expect(part.ended).resolves.toEqual({ exitCode: null, signal: 'SIGKILL' });
});

test('one that ends before it is ready says why', async () => {
  const part = start(`console.error('port 7333 is taken'); process.exitCode = 1;`);
  await expect(part.ready).rejects.toThrow('part ended with exit code 1: port 7333 is taken');
});

test('runs in a session of its own, so that Ctrl-C of a terminal does not reach it', async () => {
  const part = start(
    `${READY} console.log(require('fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[2]);`,
  );
  await part.ended;
  expect(Number(part.lines[0])).toBe(part.processId);
});

test('an end by a signal reads like one', () => {
  expect(describeEnd('trainer-1', { exitCode: null, signal: 'SIGSEGV' }, [])).toBe(
    'trainer-1 ended by SIGSEGV',
  );
});
