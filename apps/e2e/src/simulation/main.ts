/**
 * `npm run simulate -- [--schedules N] [--seed S] [--cores C]`: N schedules from seed S on, over C processes. Prints what did
 * happen and the seeds that failed; `--seed S --schedules 1` replays one.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Happenings } from './happenings.js';
import { type Failure, runSchedules } from './run-schedules.js';

/** From so many on every happening must have been met. */
const SCHEDULES_ENOUGH = 10_000;
const REPORT_EVERY = 500;

interface Report {
  readonly schedules: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      cores: { type: 'string', default: '1' },
      stride: { type: 'string', default: '1' },
    },
  });
  const count = wholeNumber('schedules', values.schedules);
  const first = wholeNumber('seed', values.seed);
  const cores = wholeNumber('cores', values.cores);
  if (process.send !== undefined) return work(first, count, wholeNumber('stride', values.stride));
  await lead(first, count, Math.min(cores, count));
}

async function work(first: number, count: number, stride: number): Promise<void> {
  const report = (tally: Awaited<ReturnType<typeof runSchedules>>) => {
    const { schedules, happenings, failures } = tally;
    process.send?.({ schedules, counts: Object.fromEntries(happenings.counts), failures });
  };
  const seeds = Array.from({ length: count }, (_, index) => first + index * stride);
  const tally = await runSchedules(seeds, (now) => {
    if (now.schedules % REPORT_EVERY === 0) report(now);
  });
  report(tally);
  process.disconnect();
}

async function lead(first: number, count: number, cores: number): Promise<void> {
  const startedAtMs = performance.now();
  const reports = new Map<number, Report>();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const done = () => sum([...reports.values()].map(({ schedules }) => schedules));
  let said = 0;
  const workers = Array.from({ length: cores }, (_, index) => {
    const own = Math.floor((count - index - 1) / cores) + 1;
    const options = ['--seed', first + index, '--schedules', own, '--stride', cores].map(String);
    const worker = fork(__filename, options, { execArgv: [...process.execArgv, ...hooks()] });
    worker.on('message', (report: Report) => {
      reports.set(index, report);
      if (done() - said < count / 20) return;
      said = done();
      say(`${said} schedules, ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
    });
    return once(worker, 'exit') as Promise<[number | null]>;
  });
  const exits = await Promise.all(workers);
  const happenings = new Happenings();
  for (const { counts } of reports.values()) happenings.add(counts);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  say('');
  for (const [what, times] of happenings.counts) say(`${String(times).padStart(10)}  ${what}`);
  const failures = [...reports.values()].flatMap((report) => report.failures);
  for (const { seed, violations } of failures) {
    say(`FAILED: --seed ${seed} --schedules 1`);
    for (const violation of violations) say(`  ${violation}`);
  }
  const missing = count >= SCHEDULES_ENOUGH ? happenings.missing() : [];
  for (const what of missing) say(`NEVER HAPPENED: ${what}`);
  const crashed = exits.some(([code]) => code !== 0) || done() < count;
  const isWell = failures.length === 0 && missing.length === 0 && !crashed;
  say(`${done()} schedules in ${seconds.toFixed(0)} s: ${isWell ? 'no violation' : 'FAILED'}`);
  process.exitCode = isWell ? 0 : 1;
}

/** The program that compiles TypeScript as it is loaded, when this one was started by it. */
function hooks(): string[] {
  const hook = require.main?.filename;
  return hook === undefined || hook === __filename ? [] : [hook];
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) {
    process.stderr.write(`--${name} "${text}" is no whole number from 1 on\n`);
    process.exit(2);
  }
  return value;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

void main();
