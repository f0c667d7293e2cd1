// `npm test`: sets up, runs the static checks, then every project's tests. The last line is `N passed, N failed`, alone; a
// static check counts as one test. `npm test -- <filter>` hands its arguments to jest and leaves the static checks out.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runProcess } from './processes.mjs';
import { createReporter, secondsSince } from './reporter.mjs';
import { checkoutStateDirectory, repositoryRoot } from './repository.mjs';
import { printFailure, setup } from './setup.mjs';

/** Two cores are what continuous integration has; type checking and linting take one each. */
const WORKERS = 2;
/** Far above the longest run seen; a hang must not look like work. */
const JEST_TIMEOUT_MS = 60 * 60_000;
const CHECK_TIMEOUT_MS = 10 * 60_000;
const MEMORY_OPTION = '--max-old-space-size=4096';

/** Each is a program of node_modules, or a file of ours, run by this Node. */
const STATIC_CHECKS = [
  {
    name: 'format',
    program: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  },
  { name: 'lint', program: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'] },
  { name: 'types', program: ['tools/typecheck.mjs'] },
  { name: 'unused code', program: ['node_modules/knip/bin/knip.js', '--no-progress'] },
];

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Tally
 * @typedef {{fullName: string, status: string}} JestTest
 * @typedef {{name: string, status: string, message: string, assertionResults: JestTest[]}} JestSuite
 */

const reporter = createReporter();
const environment = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };

/** @returns {Promise<Tally>} */
async function runStaticChecks() {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...STATIC_CHECKS];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const startedAt = performance.now();
      const { exitCode, stdout, stderr } = await runProcess(
        process.execPath,
        [MEMORY_OPTION, ...check.program],
        {
          cwd: repositoryRoot,
          env: environment,
          timeoutMs: CHECK_TIMEOUT_MS,
        },
      );
      const passed = exitCode === 0;
      tally[passed ? 'passed' : 'failed'] += 1;
      reporter.line(passed ? 'passed' : 'FAILED', `${check.name} (${secondsSince(startedAt)})`);
      if (!passed) process.stderr.write(`${stdout}\n${stderr}\n`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return tally;
}

/** Data that some tests need; without it they say what they skip. */
async function fetchData() {
  const main = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
  if (!existsSync(main)) return;
  const { exitCode, stderr } = await runProcess(process.execPath, [main, 'data', 'fetch'], {
    cwd: repositoryRoot,
    env: environment,
    onOutput: (text) => reporter.update('data', text.trim().split('\n').at(-1) ?? ''),
  });
  if (exitCode !== 0) reporter.warn(`the data set could not be fetched:\n${stderr.trim()}`);
}

/**
 * @param {string[]} argumentList
 * @returns {Promise<{tally: Tally, reasons: string[]}>} reasons: the lines `SKIPPED: …` that tests have printed
 */
async function runJest(argumentList) {
  const resultPath = join(checkoutStateDirectory(), `jest-${process.pid}.json`);
  mkdirSync(checkoutStateDirectory(), { recursive: true });
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  const fixed = [
    '-c',
    'jest.config.cjs',
    '--ci',
    `--maxWorkers=${WORKERS}`,
    '--json',
    `--outputFile=${resultPath}`,
  ];
  /** @type {Set<string>} */
  const reasons = new Set();
  let unfinishedLine = '';
  const { exitCode, timedOut } = await runProcess(process.execPath, [jest, ...fixed, ...argumentList], {
    cwd: repositoryRoot,
    env: environment,
    timeoutMs: JEST_TIMEOUT_MS,
    onOutput: (text) => {
      process.stderr.write(text);
      const lines = (unfinishedLine + text).split('\n');
      unfinishedLine = lines.pop() ?? '';
      for (const line of lines) {
        const reason = /\bSKIPPED: (.+)/.exec(line)?.[1];
        if (reason) reasons.add(reason.trim());
      }
    },
  });
  if (timedOut)
    process.stderr.write(`jest took longer than ${JEST_TIMEOUT_MS / 60_000} minutes and was ended\n`);
  return { tally: readTally(resultPath, exitCode), reasons: [...reasons] };
}

/**
 * @param {string} resultPath
 * @param {number | null} exitCode
 * @returns {Tally}
 */
function readTally(resultPath, exitCode) {
  if (!existsSync(resultPath)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(resultPath, 'utf8'));
  rmSync(resultPath);
  /** @type {JestSuite[]} */
  const suites = result.testResults;
  const tests = suites.flatMap((suite) => suite.assertionResults);
  // A file that cannot even be loaded has no tests in it; it is one failure.
  const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
  const failed = tests.filter((test) => test.status === 'failed').length + broken.length;
  for (const suite of suites) printUnsuccessful(suite);
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: tests.filter((test) => test.status === 'pending' || test.status === 'todo').length,
  };
}

/** @param {JestSuite} suite */
function printUnsuccessful(suite) {
  const path = relative(repositoryRoot, suite.name);
  if (suite.status === 'failed' && suite.assertionResults.length === 0)
    process.stderr.write(`FAILED  ${path}: cannot be loaded\n`);
  for (const { fullName, status } of suite.assertionResults) {
    if (status === 'failed') process.stderr.write(`FAILED  ${path}: ${fullName}\n`);
    if (status === 'pending' || status === 'todo') process.stderr.write(`SKIPPED ${path}: ${fullName}\n`);
  }
}

/**
 * @param {Tally[]} tallies
 * @param {string[]} reasons
 * @returns {number} exit code
 */
function conclude(tallies, reasons) {
  /** @param {keyof Tally} key */
  const sum = (key) => tallies.reduce((total, tally) => total + tally[key], 0);
  for (const reason of reasons) process.stderr.write(`skipped because: ${reason}\n`);
  if (sum('skipped') > 0) process.stdout.write(`${sum('skipped')} tests skipped\n`);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') === 0 ? 0 : 1;
}

const jestArguments = process.argv.slice(2);
try {
  await setup({ reporter, environment });
  await fetchData();
  const checks = jestArguments.length === 0 ? await runStaticChecks() : { passed: 0, failed: 0, skipped: 0 };
  const { tally, reasons } = await runJest(jestArguments);
  process.exitCode = conclude([checks, tally], reasons);
} catch (error) {
  printFailure(error);
  process.exitCode = conclude([{ passed: 0, failed: 1, skipped: 0 }], []);
}
