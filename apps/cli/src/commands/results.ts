/** `seedbed results SWEEP`: the trials of each stage with their statistics, and which cannot be told from the best. */
import type { StageSummary } from '@seedbed/contracts';
import { type CliContext, printJson, printLine, usesColors } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

interface ResultsOptions {
  readonly stage?: string;
  readonly json?: boolean;
}

export function registerResults({ program, context, run }: CommandHost): void {
  program
    .command('results')
    .description('show the trials of a sweep: mean, n, deviation, error and 95 % interval, stage by stage')
    .argument('<sweep>', 'id of the sweep')
    .option('--stage <name>', 'only this stage')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples(
        'seedbed results my-sweep',
        'seedbed results my-sweep --stage fine --json | jq .stages[].best',
      ),
    )
    .action((sweepId: string, options: ResultsOptions) =>
      run(() => showResults(context, sweepId, options), options),
    );
}

async function showResults(context: CliContext, sweepId: string, options: ResultsOptions): Promise<ExitCode> {
  const { openClient } = await import('../client/open-client.js');
  const results = await openClient(context).results(sweepId);
  const stages = await chosenStages(results.stages, options.stage);
  if (options.json) {
    printJson(context.stdout, { ...results, stages });
    return EXIT_CODES.ok;
  }
  const { renderTrialsTable } = await import('@seedbed/report');
  const width = context.stdout.columns;
  const color = usesColors(context.stdout, context.environment);
  printLine(context.stdout, `${results.sweepId}: ${results.state}`);
  for (const stage of stages) {
    printLine(context.stdout);
    printLine(context.stdout, renderTrialsTable(stage, { ...(width === undefined ? {} : { width }), color }));
  }
  return EXIT_CODES.ok;
}

async function chosenStages(
  stages: readonly StageSummary[],
  name: string | undefined,
): Promise<StageSummary[]> {
  const chosen = stages.filter((stage) => name === undefined || stage.stage === name);
  if (name === undefined || chosen.length > 0) return chosen;
  const { InputError } = await import('@seedbed/contracts');
  const known = stages.map((stage) => stage.stage).join(', ') || 'none';
  throw new InputError([
    { path: '--stage', message: `"${name}" is no stage with a plan yet; there are: ${known}` },
  ]);
}
