/** The end of a reproduction: its files, what is printed, and the exit code. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { SweepSpec, SweepStatus } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import type { CoordinatorClient } from '../client/coordinator-client.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatDuration, formatQuantity } from '../output/format.js';
import { writeThroughput } from '../progress/throughput.js';
import { writeArtifacts } from './artifacts.js';
import { answerInWords, comparisonOf } from './conclusion.js';
import type { PartName } from './part-names.js';
import { reportOf, resultsOfSweep } from './results-of-sweep.js';

export interface Conclusion {
  readonly context: CliContext;
  readonly client: CoordinatorClient;
  readonly last: SweepStatus;
  readonly part: PartName | null;
  readonly json: boolean;
  readonly spec: SweepSpec;
  readonly output: string;
  readonly serverDescription: string;
  /** Running time of all starts, and of this one, ms. */
  readonly totalMs: number;
  readonly elapsedMs: number;
  readonly firstStatus: SweepStatus | null;
  readonly markFinished: () => Promise<void>;
}

/** Runs listed one by one when they are missing; more than a screenful helps nobody. */
const MISSING_SHOWN_MAX = 20;

export async function concludeReproduction(conclusion: Conclusion): Promise<ExitCode> {
  const { context, client, last, spec, output, totalMs, serverDescription } = conclusion;
  const results = await resultsOfSweep(client, last.sweepId);
  const report = reportOf({ spec, results, totalMs, serverDescription });
  const paths = await writeArtifacts({ directory: output, report, answerText: results.answerText });
  // A sweep with missing runs is not over: the next start tries them again.
  if (last.state !== 'incomplete') await conclusion.markFinished();
  await noteThroughput(conclusion);

  if (results.foundCount > 0) {
    printLine(
      context.stderr,
      `${results.foundCount} of ${results.commits.size} runs were on this Redis already, trained for an earlier sweep`,
    );
  }
  const problems = problemsOf(last, results.missing, report.gradientCheck?.passed ?? null);
  if (conclusion.json) {
    printJson(context.stdout, { sweepId: last.sweepId, state: last.state, problems, files: paths, report });
  } else {
    printLine(context.stdout, comparisonOf(report, conclusion.part, context));
    printLine(context.stdout);
    const words = answerInWords(report);
    for (const line of words) printLine(context.stdout, line);
    if (words.length > 0) printLine(context.stdout);
    printLine(context.stdout, `${join(output, 'report.html')} (${formatDuration(totalMs / 1_000)})`);
  }
  for (const problem of problems) printLine(context.stderr, `seedbed: ${problem}`);
  return problems.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

function problemsOf(last: SweepStatus, missing: readonly string[], gradientPassed: boolean | null): string[] {
  const problems: string[] = [];
  if (gradientPassed === false)
    problems.push('the gradient check failed: the network or its kernels are wrong');
  if (last.state !== 'completed') {
    problems.push(`the sweep ended ${last.state}${last.reason === null ? '' : `: ${last.reason}`}`);
  }
  if (missing.length > 0) problems.push(`${formatQuantity(missing.length, 'run')} missing:`);
  problems.push(...missing.slice(0, MISSING_SHOWN_MAX));
  if (missing.length > MISSING_SHOWN_MAX) problems.push(`and ${missing.length - MISSING_SHOWN_MAX} more`);
  if (last.state === 'incomplete') problems.push('the next start tries the missing ones again');
  return problems;
}

/** A start that found most of its work done measures nothing. */
const MEASURED_SECONDS_MIN = 15;

async function noteThroughput({ context, last, firstStatus, elapsedMs }: Conclusion): Promise<void> {
  if (firstStatus === null || elapsedMs < 1_000 * MEASURED_SECONDS_MIN) return;
  const stepsOf = (status: SweepStatus): number =>
    status.stages.reduce((sum, stage) => sum + stage.stepsDone, 0);
  const steps = stepsOf(last) - stepsOf(firstStatus);
  if (steps <= 0) return;
  await writeThroughput(context.environment, {
    stepsPerSecond: (1_000 * steps) / elapsedMs,
    numericsClass: last.numericsClass,
    cores: cpus().length,
    measuredAt: new Date().toISOString(),
  });
}
