/** `seedbed query SWEEP`: trials or runs, filtered, sorted, grouped by anything that is known of them. */
import { Option } from 'commander';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION, PAGE_ROWS_MAX, repeated, wholeNumber } from './options.js';

export interface SelectionOptions {
  readonly of?: 'trials' | 'runs';
  readonly where?: readonly string[];
  readonly sort?: string;
  readonly groupBy?: string;
  readonly columns?: string;
}

interface QueryOptions extends SelectionOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function registerQuery({ program, context, run }: CommandHost): void {
  const command = program
    .command('query')
    .description('filter, sort and group the trials or runs of a sweep by any field')
    .argument('<sweep>', 'id of the sweep');
  addSelection(command, 'trials')
    .option('--limit <n>', 'rows of a page (default 100)', wholeNumber(1, PAGE_ROWS_MAX))
    .option('--cursor <cursor>', 'start of the page, as the page before says')
    .option('--all', 'all pages; with --json one row a line')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
A condition is FIELD OPERATOR VALUE: = != < <= > >= ~ (contains), in a,b,c, is null, is not null. Fields are parameters,
statistics, verdicts, provenance and settings.… (docs/results.md); a wrong one is answered with the list.
${examples(
  "seedbed query my-sweep --where 'mean >= 0.5' --where 'lambda < 0.01' --sort -mean",
  'seedbed query my-sweep --of runs --group-by trainer,outcome',
  "seedbed query my-sweep --of runs --group-by lambda --columns 'lambda,count,mean(accuracy),sd(accuracy)' --json",
)}`,
    )
    .action((sweepId: string, options: QueryOptions) =>
      run(async () => {
        const { showQuery } = await import('../sweeps/show-query.js');
        const { json = false, all = false, ...query } = options;
        return showQuery(context, sweepId, query, { json, all });
      }, options),
    );
}

/** What `query` and `export` select by. */
export function addSelection<C extends CommandHost['program']>(command: C, of: 'trials' | 'runs'): C {
  return command
    .addOption(new Option('--of <rows>', `what a row is (default ${of})`).choices(['trials', 'runs']))
    .option('--where <condition>', 'only rows that meet it; may be given several times', repeated)
    .option('--sort <fields>', 'fields separated by commas, - for falling')
    .option('--group-by <fields>', 'one row for each combination of these fields')
    .option('--columns <fields>', 'fields, or aggregates such as mean(accuracy); * for all');
}
