// The benchmark at its smallest, as its command runs it: what it writes has the shape that others rely on, and all contenders
// reach the same accuracy. Speed is never looked at here.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../tools/bootstrap/cache-directory.mjs';
import { spreadOf } from './statistics.mjs';

const ROOT = dirname(__dirname);
const CIFAR10 = join(cacheDirectory(), 'cifar10', 'data_batch_1.bin');
/** Without them tfjs-node falls back to WebAssembly, which has no contenders. */
const BACKEND = join(ROOT, 'node_modules', '.seedbed', 'bootstrap.json');

/** @returns {string | null} why this machine cannot run it */
function missingPrerequisite() {
  if (!existsSync(CIFAR10)) return `${CIFAR10} is missing (run: npx seedbed data fetch)`;
  if (!existsSync(BACKEND)) return `${BACKEND} is missing (run: npm run setup)`;
  const { backend } = JSON.parse(readFileSync(BACKEND, 'utf8'));
  return backend.kind === 'tensorflow' ? null : `no native kernels: ${backend.reason}`;
}

const missing = missingPrerequisite();
if (missing !== null) process.stderr.write(`SKIPPED: benchmark: ${missing}\n`);
const whereItRuns = missing === null ? it : it.skip;

/** @param {string} name @param {string[]} words */
function runBench(name, ...words) {
  const directory = mkdtempSync(join(tmpdir(), 'seedbed-bench-test-'));
  const output = join(directory, `${name}.json`);
  try {
    const main = join(ROOT, 'bench', 'bench.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words, '--output', output], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
    return { printed: stdout, result: JSON.parse(readFileSync(output, 'utf8')) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

whereItRuns('measures every contender against the peak, and all learn the same', () => {
  const { printed, result } = runBench('training', '--smallest');
  const names = ['engine', 'engineNormalPages', 'enginePlain', 'handWritten', 'modelFit', 'modelFitPlain'];
  const positive = expect.any(Number);
  expect(result).toMatchObject({
    schemaVersion: 1,
    size: 'smallest',
    machine: { processor: expect.any(String), cores: expect.any(Number) },
    versions: { node: process.version, tensorflow: expect.any(String) },
    rounds: { kept: 2 },
    peak: { shape: expect.any(String) },
    millisecondsPerNetworkStep: Object.fromEntries(names.map((name) => [name, positive])),
    shareOfPeak: { engine: positive },
    ratios: { enginePlain: positive, handWritten: positive, modelFit: positive, modelFitPlain: positive },
  });
  for (const name of names) {
    expect(result.spread.millisecondsPerNetworkStep[name].n).toBe(2);
    expect(result.millisecondsPerNetworkStep[name]).toBeGreaterThan(0);
    expect(printed).toContain(result.labels[name]);
  }
  expect(Object.keys(result.accuracy.means)).toEqual(names);
  expect(result.accuracy.largestDifference).toBeLessThanOrEqual(result.accuracy.tolerance);
  // Better than guessing one of ten: they did learn.
  expect(result.accuracy.means.engine).toBeGreaterThan(0.2);
});

whereItRuns('compares packs with one network at a time, cell by cell', () => {
  const { printed, result } = runBench('table', '--table', '--smallest');
  const shapes = result.cells.map((/** @type {{networks: number}} */ { networks }) => networks);
  expect(shapes).toEqual([0, 1, 3]);
  expect(result.gains).toHaveLength(2);
  expect(printed).toMatch(/^\| batch 100, 10 hidden \|( [\d.]+ \|){3}$/m);
});

whereItRuns('looks at what bfloat16 products would bring', () => {
  const { printed } = runBench('bfloat16', '--bfloat16', '--smallest');
  expect(printed).toContain('bfloat16');
});

whereItRuns('follows the memory of a training child over sweeps', () => {
  const { printed, result } = runBench('memory', '--memory', '--sweeps', '7', '--images', '1500');
  expect(result.series).toHaveLength(7);
  const { residentBytes, peakBytes, fileBytes } = result;
  expect(residentBytes.last).toBeGreaterThan(fileBytes);
  expect(peakBytes).toBeGreaterThanOrEqual(residentBytes.max);
  expect(printed).toContain('7 sweeps one after another');
});

it('loses nothing under load', () => {
  const { printed, result } = runBench('load', '--load', '--smallest');
  expect(result).toMatchObject({
    complete: true,
    runsInAnswer: 500,
    commits: { committed: 500, duplicate: 0, divergent: 0 },
  });
  expect(result.claims.count).toBeGreaterThanOrEqual(100);
  expect(result.pings.p50).toBeGreaterThan(0);
  expect(result.trainers.cores).toBeGreaterThan(0);
  expect(printed).toContain('0 lost, 0 committed twice');
});

whereItRuns('measures what a supervisor costs', () => {
  const { printed, result } = runBench('price', '--price', '--smallest');
  expect(result.runs).toBe(4);
  expect(result.childSeconds).toBeGreaterThan(0);
  expect(result.share).toBeLessThan(1);
  expect(printed).toContain('| supervisor, all that it does');
});

whereItRuns('measures how a sweep becomes shorter with more trainers, or says why it cannot', () => {
  const { printed, result } = runBench('scaling', '--scaling', '--smallest');
  if (result.skipped !== undefined) {
    expect(printed).toContain(`SKIPPED: scaling: ${result.skipped}`);
    return;
  }
  expect(result.runs).toBe(8);
  expect(result.measured.map((/** @type {{trainers: number}} */ { trainers }) => trainers)).toEqual([1, 2]);
  for (const { all, timesFaster } of result.measured) {
    expect(all).toHaveLength(1);
    expect(timesFaster).toBeGreaterThan(0);
  }
});

it('takes quartiles between the values', () => {
  expect(spreadOf([4, 1, 2, 3])).toEqual({
    n: 4,
    min: 1,
    lowerQuartile: 1.75,
    median: 2.5,
    upperQuartile: 3.25,
    max: 4,
  });
  expect(() => spreadOf([])).toThrow(RangeError);
});
