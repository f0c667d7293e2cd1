/** `seedbed results SWEEP`: the trials of each stage with their statistics, and which cannot be told from the best. */
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
      run(async () => {
        const { showResults } = await import('../sweeps/show-results.js');
        return showResults(context, sweepId, { stage: options.stage ?? null, json: options.json ?? false });
      }, options),
    );
}
