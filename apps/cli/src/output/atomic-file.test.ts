import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedError } from '../errors.js';
import { fileError, removeTemporaryFiles, writeFileAtomically } from './atomic-file.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-atomic-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('replaces the whole file, makes its directory, leaves nothing else', async () => {
  const path = join(directory, 'figures', 'a.svg');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(join(directory, 'figures'))).toEqual(['a.svg']);
});

test('a failure leaves the old file and no temporary one', async () => {
  const path = join(directory, 'report.html');
  mkdirSync(path); // a directory cannot be replaced by a file
  await expect(writeFileAtomically(path, 'x')).rejects.toThrow(/cannot write .*report\.html/);
  expect(readdirSync(directory)).toEqual(['report.html']);
});

test('what a killed writer left is removed, other files are not', async () => {
  writeFileSync(join(directory, '.report.html.seedbed-00ff00ff.tmp'), 'half');
  writeFileSync(join(directory, '.report.html.tmp'), "somebody's");
  await removeTemporaryFiles(directory);
  expect(readdirSync(directory)).toEqual(['.report.html.tmp']);
  await removeTemporaryFiles(join(directory, 'absent'));
});

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'read-only'],
  ['EACCES', 'permission denied'],
])('%s is a sentence that says what to do', (code, words) => {
  const error = fileError('/x/y', Object.assign(new Error('raw'), { code }));
  expect(error).toBeInstanceOf(FailedError);
  expect(error.message).toContain('cannot write /x/y: ');
  expect(error.message).toContain(words);
});
