/** `seedbed list`: the sweeps that the coordinator knows. */
import type { SweepStatus } from '@seedbed/contracts';
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerList({ program, context, run }: CommandHost): void {
  program
    .command('list')
    .description('list the sweeps, newest first')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed list', 'seedbed list --json | jq .sweeps[].sweepId'))
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { openClient } = await import('../client/open-client.js');
        const client = openClient(context);
        const sweeps: SweepStatus[] = [];
        let cursor: string | null = null;
        do {
          const page = await client.sweeps(cursor);
          sweeps.push(...page.sweeps);
          cursor = page.nextCursor;
        } while (cursor !== null);
        if (options.json) printJson(context.stdout, { sweeps });
        else printLine(context.stdout, await tableOf(sweeps));
        return EXIT_CODES.ok;
      }, options),
    );
}

async function tableOf(sweeps: readonly SweepStatus[]): Promise<string> {
  if (sweeps.length === 0) return 'no sweeps yet: launch one with `seedbed launch FILE`';
  const { textTable } = await import('../output/text-table.js');
  return textTable(
    [
      { title: 'SWEEP' },
      { title: 'NAME' },
      { title: 'STATE' },
      { title: 'RUNS', align: 'right' },
      { title: 'CREATED' },
    ],
    sweeps.map((sweep) => [
      sweep.sweepId,
      sweep.name,
      sweep.state,
      `${sum(sweep, 'committed')}/${sum(sweep, 'planned')}`,
      sweep.createdAt,
    ]),
  );
}

function sum(sweep: SweepStatus, field: 'committed' | 'planned'): number {
  return sweep.stages.reduce((total, stage) => total + stage[field], 0);
}
