/** A sweep file's plan as a table, with an estimate of its time where there is ground for one. */
import { cpus } from 'node:os';
import type { PlanResponse } from '@seedbed/contracts';
import { planSummary } from '@seedbed/search';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { readSweepFile } from '../client/sweep-file.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatCount, formatDuration, formatParameters, formatQuantity } from '../output/format.js';
import { textTable } from '../output/text-table.js';
import { planNotes } from './plan-notes.js';
import { readThroughput } from '../progress/throughput.js';

export async function showPlan(context: CliContext, fileName: string, json: boolean): Promise<ExitCode> {
  const spec = await readSweepFile(fileName, context.workingDirectory);
  const plan = planSummary(spec);
  const measured = readThroughput(context.environment, cpus().length);
  const estimate = measured === null ? null : { seconds: plan.steps / measured.stepsPerSecond, ...measured };
  if (json) {
    printJson(context.stdout, { ...plan, estimate });
    return EXIT_CODES.ok;
  }
  const total = [
    formatQuantity(plan.stages.length, 'stage'),
    formatQuantity(plan.runs, 'run'),
    formatQuantity(plan.steps, 'step'),
  ];
  printLine(context.stdout, `${plan.name}: ${total.join(', ')}`);
  printLine(context.stdout, tableOf(plan));
  for (const note of planNotes(spec, plan)) printLine(context.stdout, note);
  printLine(
    context.stdout,
    estimate === null
      ? 'No estimate of the time: no reproduction has measured this machine yet.'
      : `About ${formatDuration(estimate.seconds)} at ${formatCount(estimate.stepsPerSecond)} steps/s, which the ` +
          `reproduction of ${estimate.measuredAt.slice(0, 10)} measured on this machine (networks like its own).`,
  );
  return EXIT_CODES.ok;
}

function tableOf(plan: PlanResponse): string {
  return textTable(
    [
      { title: 'STAGE' },
      { title: 'KIND' },
      { title: 'TRIALS', align: 'right' },
      { title: 'SEEDS', align: 'right' },
      { title: 'RUNS', align: 'right' },
      { title: 'STEPS', align: 'right' },
      { title: 'PARAMETERS' },
    ],
    plan.stages.map((stage) => [
      stage.stage,
      stage.kind,
      formatCount(stage.trials),
      formatCount(stage.seedsPerTrial),
      formatCount(stage.runs),
      formatCount(stage.steps),
      stage.parameters === null
        ? `derived from the best of ${stage.derivesFrom.join(', ')}`
        : shortList(stage.parameters.map(formatParameters), stage.trials),
    ]),
  );
}

/** First and last say what a list spans; all of a long one would wrap the table. */
const SHOWN_MAX = 3;

function shortList(texts: readonly string[], total: number): string {
  if (texts.length <= SHOWN_MAX && total <= SHOWN_MAX) return texts.join('; ');
  return `${texts.slice(0, SHOWN_MAX - 1).join('; ')}; … (${total})`;
}
