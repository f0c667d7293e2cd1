/** Training without a queue, on children whose results are a function of their settings. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type RunResult,
  type RunSettings,
  RetryableError,
  settingsOfRun,
  TerminalError,
} from '@seedbed/contracts';
import { pino } from 'pino';
import { trainLocally } from './local-training.js';
import { blockOf } from './testing/blocks.js';

jest.setTimeout(30_000);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-local-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const runsOf = (trialIndex: number, seeds: readonly number[], batchSize = 100): RunSettings[] => {
  const { settings } = blockOf({ trialIndex, seeds, batchSize });
  return seeds.map((seed) => settingsOfRun(settings, seed));
};

async function train(
  runs: readonly RunSettings[],
  script: object = {},
  over: { children?: number; signal?: AbortSignal; onStart?: () => void } = {},
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const identity = await trainLocally({
    ...{ runs, children: over.children ?? 2, environment: process.env, logger: pino({ enabled: false }) },
    childPath: join(__dirname, 'testing', 'scripted-child.cjs'),
    childArguments: [JSON.stringify({ journal: join(directory, 'journal'), ...script })],
    signal: over.signal ?? new AbortController().signal,
    onStart: () => over.onStart?.(),
    onResult: (place, result) => (results[place] = result),
  });
  expect(identity.numericsClass).toBe('scripted-1');
  return results;
}

const packs = (): number[][] =>
  readFileSync(join(directory, 'journal'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seeds: number[] }).seeds);

test('every run gets its own result, whatever packs they are in', async () => {
  const runs = [...runsOf(0, [1, 2, 3]), ...runsOf(1, [4]), ...runsOf(2, [5, 6], 50)];
  const together = await train(runs);
  const alone = await train(runs, {}, { children: 1 });
  expect(together).toHaveLength(6);
  expect(together).toEqual(alone);
  expect(new Set(together.map((result) => JSON.stringify(result))).size).toBe(6);
});

test('runs that read the same batches train together, and every child gets some', async () => {
  await train([...runsOf(0, [1, 2, 3, 4]), ...runsOf(1, [5, 6], 50)]);
  expect(
    packs()
      .map((seeds) => seeds.join(' '))
      .sort(),
  ).toEqual(['1 2', '3 4', '5', '6']);
});

test.each([
  [{ faults: { 2: 'throw' } }, TerminalError, 'scripted error'],
  [{ faults: { 2: 'throw-retryable' } }, RetryableError, 'data is away'],
  [{ faults: { 2: 'exit' } }, TerminalError, 'scripted crash'],
  [{ refuse: 'no backend here' }, TerminalError, 'no backend here'],
])('%j ends it with the reason', async (script, kind, words) => {
  const failure = train(runsOf(0, [1, 2]), script);
  await expect(failure).rejects.toThrow(words);
  await expect(failure).rejects.toBeInstanceOf(kind);
});

test('an abort ends it, and its children', async () => {
  const abort = new AbortController();
  const training = train(runsOf(0, [1]), { gate: join(directory, 'never') }, {
    signal: abort.signal,
    onStart: () => abort.abort(new Error('Ctrl-C')),
  }); // prettier-ignore
  await expect(training).rejects.toThrow('Ctrl-C');
});
