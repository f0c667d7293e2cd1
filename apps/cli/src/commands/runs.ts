/** `seedbed runs SWEEP`: every single training, a page at a time. */
import type { RunRow } from '@seedbed/contracts';
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION, PAGE_ROWS_MAX, wholeNumber } from './options.js';

interface RunsOptions {
  readonly stage?: string;
  readonly trial?: number;
  readonly cursor?: number;
  readonly limit?: number;
  readonly all?: boolean;
  readonly curve?: string;
  readonly run?: string;
  readonly json?: boolean;
}

export function registerRuns({ program, context, run }: CommandHost): void {
  program
    .command('runs')
    .description('list the runs of a sweep: one line per trial and seed')
    .argument('<sweep>', 'id of the sweep')
    .option('--stage <name>', 'only this stage')
    .option('--trial <index>', 'only the trial with this index', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--limit <n>', 'rows of a page (default 100)', wholeNumber(1, PAGE_ROWS_MAX))
    .option(
      '--cursor <n>',
      'start of the page, as the page before says',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--all', 'all pages; with --json one run a line')
    .option('--curve <run>', 'the evaluations of one run, also while it trains: its id or its first 8 digits')
    .option('--run <run>', 'where the result of one run comes from, and how to have it again')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples(
        'seedbed runs my-sweep --stage coarse --trial 3',
        'seedbed runs my-sweep --all --json > runs.jsonl',
        'seedbed runs my-sweep --curve 3f9a0c11',
        'seedbed runs my-sweep --run 3f9a0c11',
      ),
    )
    .action((sweepId: string, options: RunsOptions) =>
      run(async () => {
        const { openClient } = await import('../client/open-client.js');
        const client = openClient(context);
        if (options.curve !== undefined) {
          const { showCurve } = await import('../sweeps/show-curve.js');
          return showCurve(context, await client.curve(sweepId, options.curve), options.json ?? false);
        }
        if (options.run !== undefined) {
          const { showProvenance } = await import('../sweeps/show-provenance.js');
          return showProvenance(
            context,
            await client.provenance(sweepId, options.run),
            options.json ?? false,
          );
        }
        const filter = {
          stage: options.stage,
          trial: options.trial,
          cursor: options.cursor,
          limit: options.limit,
        };
        if (options.all) {
          const rows: RunRow[] = [];
          for await (const row of client.allRuns(sweepId, filter)) {
            if (options.json) printJson(context.stdout, row);
            else rows.push(row);
          }
          if (!options.json) printLine(context.stdout, await tableOf(rows));
          return EXIT_CODES.ok;
        }
        const page = await client.runs(sweepId, filter);
        if (options.json) {
          printJson(context.stdout, page);
          return EXIT_CODES.ok;
        }
        printLine(context.stdout, await tableOf(page.runs));
        if (page.nextCursor !== null) {
          printLine(context.stderr, `more: add --cursor ${page.nextCursor}, or --all`);
        }
        return EXIT_CODES.ok;
      }, options),
    );
}

async function tableOf(rows: readonly RunRow[]): Promise<string> {
  if (rows.length === 0) return 'no runs';
  const { textTable } = await import('../output/text-table.js');
  const { formatParameters } = await import('../output/format.js');
  return textTable(
    [
      { title: 'STAGE' },
      { title: 'TRIAL', align: 'right' },
      { title: 'PARAMETERS' },
      { title: 'SEED', align: 'right' },
      { title: 'STATE' },
      { title: 'RESULT' },
      { title: 'RUN' },
    ],
    rows.map((row) => [
      row.stage,
      String(row.trialIndex),
      formatParameters(row.parameters),
      String(row.seed),
      row.state,
      resultOf(row),
      row.runId.slice(0, 12),
    ]),
  );
}

function resultOf(row: RunRow): string {
  if (row.deadLetter !== null) return `given up: ${row.deadLetter.reason}`;
  const result = row.commit?.result;
  if (result === undefined) {
    if (row.progress === null) return '–';
    const { step, steps, validationAccuracy } = row.progress;
    const accuracy = validationAccuracy === null ? '' : `, ${(100 * validationAccuracy).toFixed(2)} % right`;
    return `step ${step}/${steps}${accuracy}`;
  }
  switch (result.outcome) {
    case 'trained':
      return `${result.validation.correct}/${result.validation.count} right`;
    case 'scored':
      return String(Number(result.value.toPrecision(6)));
    case 'diverged':
      return `diverged at step ${result.step}`;
    case 'overfitted':
      return result.passed ? 'one batch learned by heart' : 'one batch NOT learned by heart';
    case 'gradient-checked':
      return result.passed ? 'gradient check passed' : 'gradient check FAILED';
  }
}
