/** `seedbed extend SWEEP FILE`: let a running or finished sweep search more. */
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

interface ExtendOptions {
  readonly watch?: boolean;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

export function registerExtend({ program, context, run }: CommandHost): void {
  program
    .command('extend')
    .description('add values, points, trials, seeds or stages to a sweep; only what is missing is trained')
    .argument('<sweep>', 'id of the sweep; a finished one runs again')
    .argument('<file>', 'its sweep file with what is to be added')
    .option('--watch', 'follow it until it ends')
    .option('--idempotency-key <key>', 'extending again with the same key and file does nothing')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed extend my-sweep-3f2a9c01d4 sweep.yaml --watch'))
    .action((sweepId: string, fileName: string, options: ExtendOptions) =>
      run(async () => {
        const { readSweepFile } = await import('../client/sweep-file.js');
        const { openClient } = await import('../client/open-client.js');
        const { randomUUID } = await import('node:crypto');
        const spec = await readSweepFile(fileName, context.workingDirectory);
        const key = options.idempotencyKey ?? randomUUID();
        const status = await openClient(context).extend(sweepId, spec, key);
        if (options.json) printJson(context.stdout, status);
        else printLine(context.stdout, `${status.sweepId}: ${status.state}`);
        if (!options.watch) return EXIT_CODES.ok;
        const { followSweep } = await import('./watch.js');
        return followSweep(context, status.sweepId, options.json ?? false);
      }, options),
    );
}
