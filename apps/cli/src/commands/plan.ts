/** `seedbed plan FILE`: how large a sweep would be. Needs no coordinator: planning is pure. */
import type { PlanResponse } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerPlan({ program, context, run }: CommandHost): void {
  program
    .command('plan')
    .description('check a sweep file and say how much it would train; needs no coordinator')
    .argument('<file>', 'sweep file (YAML or JSON)')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed plan sweep.yaml', 'seedbed plan sweep.yaml --json | jq .runs'))
    .action((fileName: string, options: { json?: boolean }) =>
      run(() => showPlan(context, fileName, options.json ?? false), options),
    );
}

async function showPlan(context: CliContext, fileName: string, json: boolean): Promise<ExitCode> {
  const { readSweepFile } = await import('../client/sweep-file.js');
  const { planSummary } = await import('@seedbed/search');
  const { readThroughput } = await import('../progress/throughput.js');
  const { cpus } = await import('node:os');
  const plan = planSummary(await readSweepFile(fileName, context.workingDirectory));
  const measured = readThroughput(context.environment, cpus().length);
  const estimate = measured === null ? null : { seconds: plan.steps / measured.stepsPerSecond, ...measured };
  if (json) {
    printJson(context.stdout, { ...plan, estimate });
    return EXIT_CODES.ok;
  }
  const { formatCount, formatDuration, formatQuantity } = await import('../output/format.js');
  const total = [
    formatQuantity(plan.stages.length, 'stage'),
    formatQuantity(plan.runs, 'run'),
    formatQuantity(plan.steps, 'step'),
  ];
  printLine(context.stdout, `${plan.name}: ${total.join(', ')}`);
  printLine(context.stdout, await tableOf(plan));
  printLine(
    context.stdout,
    estimate === null
      ? 'No estimate of the time: no reproduction has measured this machine yet.'
      : `About ${formatDuration(estimate.seconds)} at ${formatCount(estimate.stepsPerSecond)} steps/s, which the ` +
          `reproduction of ${estimate.measuredAt.slice(0, 10)} measured on this machine (networks like its own).`,
  );
  return EXIT_CODES.ok;
}

async function tableOf(plan: PlanResponse): Promise<string> {
  const { textTable } = await import('../output/text-table.js');
  const { formatCount, formatParameters } = await import('../output/format.js');
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
