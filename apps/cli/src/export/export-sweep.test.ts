import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { type FixtureCoordinator, startFixtureCoordinator } from '../testing/fixture-coordinator.js';
import { runCommand } from '../testing/run-command.js';

const COLUMNS = [
  { name: 'lambda', kind: 'any' },
  { name: 'mode', kind: 'any' },
  { name: 'seed', kind: 'number' },
  { name: 'accuracy', kind: 'number' },
  { name: 'chosen', kind: 'boolean' },
  { name: 'trainer', kind: 'text' },
  { name: 'reason', kind: 'text' },
];
const ROWS = [
  { lambda: 0.001, mode: 'fast', seed: 1, accuracy: 0.5, chosen: true, trainer: 'a', reason: null },
  { lambda: 0, mode: 3, seed: 2, accuracy: null, chosen: false, trainer: 'ü,"', reason: null },
];

let directory: string;
let coordinator: FixtureCoordinator;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-export-'));
  coordinator = await startFixtureCoordinator(({ path }) =>
    path.includes('/query')
      ? { body: { of: 'runs', columns: COLUMNS, rows: ROWS.slice(0, 1), total: 2, nextCursor: 'c' } }
      : {
          body: path.includes('format=csv')
            ? 'a,b\r\n1,2\r\n'
            : ROWS.map((row) => JSON.stringify(row)).join('\n'),
        },
  );
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await coordinator.close();
});

const exportSweep = async (...more: readonly string[]) =>
  await runCommand(['export', 'demo-1', ...more], {
    directory,
    environment: { SEEDBED_URL: coordinator.url },
  });

test('CSV of all runs goes to standard output, byte for byte', async () => {
  const run = await exportSweep();
  expect(run).toMatchObject({ exitCode: 0, stdout: 'a,b\r\n1,2\r\n', stderr: '' });
  expect(coordinator.requests[0]?.path).toBe('/v1/sweeps/demo-1/export?of=runs&columns=*&format=csv');
});

test('JSON Lines go to a file, whole or not at all, with the rows that are asked for', async () => {
  const run = await exportSweep('--format', 'jsonl', '--output', 'rows.jsonl', '--where', 'seed > 1', '--where', 'lambda < 1'); // prettier-ignore
  expect(run).toMatchObject({ exitCode: 0, stdout: '' });
  expect(readFileSync(join(directory, 'rows.jsonl'), 'utf8').split('\n')).toHaveLength(2);
  expect(coordinator.requests[0]?.path).toContain('where=seed+%3E+1&where=lambda+%3C+1');
  await coordinator.close();
  const failed = await exportSweep('--format', 'csv', '--output', 'more.csv');
  expect(failed.exitCode).toBe(3);
  expect(readdirSync(directory)).toEqual(['rows.jsonl']);
});

test('Parquet is read back with its types, nulls and texts', async () => {
  const run = await exportSweep('--format', 'parquet', '--output', 'rows.parquet');
  expect(run).toMatchObject({ exitCode: 0, stdout: '' });
  const bytes = readFileSync(join(directory, 'rows.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  expect(await parquetReadObjects({ file: file as ArrayBuffer })).toEqual([
    { ...ROWS[0], mode: 'fast' },
    { ...ROWS[1], mode: '3' },
  ]);
});

test('Parquet needs a file', async () => {
  const run = await exportSweep('--format', 'parquet');
  expect(run).toMatchObject({
    exitCode: 2,
    stderr: 'seedbed: --output: is needed: Parquet is no text for a terminal\n',
  });
});

test('a query is a table with what it is about, and says how to go on', async () => {
  const environment = { SEEDBED_URL: coordinator.url };
  const run = await runCommand(['query', 'demo-1', '--of', 'runs', '--sort', '-accuracy', '--limit', '1'], { environment }); // prettier-ignore
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toBe(
    'lambda  mode  seed  accuracy  chosen  trainer  reason\n 0.001  fast     1       0.5  true    a        –\n',
  );
  expect(run.stderr).toContain('2 rows in all; more: add --cursor c, or --all');
  expect(coordinator.requests[0]?.path).toBe('/v1/sweeps/demo-1/query?of=runs&sort=-accuracy&limit=1');
});
