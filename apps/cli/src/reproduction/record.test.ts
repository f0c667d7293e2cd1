/** What a directory remembers: carry on when unfinished, start anew when finished, never delete what is not ours. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@seedbed/contracts';
import { discardState, openRecord, readRecord, stateDirectoryOf, writeRecord } from './record.js';

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'seedbed-record-'));
});
afterEach(() => rmSync(output, { recursive: true }));

test('unfinished: the same key again, and the data stays', async () => {
  const first = await openRecord(output, 'coarse');
  expect(first.origin).toBe('new');
  writeFileSync(join(stateDirectoryOf(output), 'appendonly.aof'), 'data');
  const second = await openRecord(output, 'coarse');
  expect(second).toEqual({ origin: 'carried-on', record: first.record });
  expect(existsSync(join(stateDirectoryOf(output), 'appendonly.aof'))).toBe(true);
});

test('finished: another key, and nothing of the old state', async () => {
  const first = await openRecord(output, 'coarse');
  mkdirSync(join(stateDirectoryOf(output), 'server'));
  await writeRecord(output, { ...first.record, finishedAt: new Date().toISOString() });
  const second = await openRecord(output, 'coarse');
  expect(second.origin).toBe('replaced');
  expect(second.record.key).not.toBe(first.record.key);
  expect(readdirSync(stateDirectoryOf(output))).toEqual(['reproduction.json']);
});

test('a state directory of somebody else is left alone', async () => {
  mkdirSync(stateDirectoryOf(output));
  writeFileSync(join(stateDirectoryOf(output), 'thesis.tex'), 'years of work');
  await expect(openRecord(output, 'coarse')).rejects.toBeInstanceOf(InputError);
  expect(readdirSync(stateDirectoryOf(output))).toEqual(['thesis.tex']);
});

test('a write that was cut off is no obstacle', async () => {
  mkdirSync(stateDirectoryOf(output));
  writeFileSync(join(stateDirectoryOf(output), '.reproduction.json.seedbed-0a1b2c3d.tmp'), '{"sche');
  expect((await openRecord(output, 'fine')).origin).toBe('new');
  expect(readdirSync(stateDirectoryOf(output))).toEqual(['reproduction.json']);
});

test('what never began leaves nothing', async () => {
  await openRecord(output, 'fine');
  await discardState(output);
  expect(readRecord(output)).toBeNull();
  expect(readdirSync(output)).toEqual([]);
});
