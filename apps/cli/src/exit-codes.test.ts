import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODE_MEANINGS, EXIT_CODES, type ExitCodeName, exitCodeTable } from './exit-codes.js';

const document = join(__dirname, '..', '..', '..', 'docs', 'cli.md');

test('every code is in the table, once', () => {
  const codes = exitCodeTable()
    .split('\n')
    .map((line) => Number(line.trim().split(' ')[0]));
  expect(codes).toEqual([0, 1, 2, 3, 130, 143]);
});

test('docs/cli.md has the same table', () => {
  expect(existsSync(document)).toBe(true);
  // The formatter pads cells to the widest one.
  const text = readFileSync(document, 'utf8').replace(/ +/g, ' ');
  for (const name of Object.keys(EXIT_CODES) as ExitCodeName[]) {
    expect(text).toContain(`| ${EXIT_CODES[name]} | ${EXIT_CODE_MEANINGS[name]} |`);
  }
});
