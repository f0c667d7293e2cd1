/** `seedbed launch FILE`: hand a sweep file to the coordinator. */
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

interface LaunchOptions {
  readonly watch?: boolean;
  readonly name?: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

export function registerLaunch({ program, context, run }: CommandHost): void {
  program
    .command('launch')
    .description('launch a sweep')
    .argument('<file>', 'sweep file (YAML or JSON)')
    .option('--watch', 'follow it until it ends')
    .option('--name <name>', 'a name in place of the one in the file')
    .option('--idempotency-key <key>', 'launching again with the same key finds the same sweep')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples(
        'seedbed launch sweep.yaml --watch',
        'seedbed launch sweep.yaml --idempotency-key nightly-2026-11-23',
      ),
    )
    .action((fileName: string, options: LaunchOptions) =>
      run(async () => {
        const { readSweepFile, renameSweep } = await import('../client/sweep-file.js');
        const { openClient } = await import('../client/open-client.js');
        const { randomUUID } = await import('node:crypto');
        const read = await readSweepFile(fileName, context.workingDirectory);
        const spec = options.name === undefined ? read : renameSweep(read, options.name);
        // A key of our own makes a repeated request (the first answer was lost) find the first one's sweep.
        const status = await openClient(context).launch(spec, options.idempotencyKey ?? randomUUID());
        if (options.json) printJson(context.stdout, status);
        else printLine(context.stdout, status.sweepId);
        if (!options.watch) {
          if (!options.json)
            printLine(context.stderr, `launched; follow it with: seedbed watch ${status.sweepId}`);
          return EXIT_CODES.ok;
        }
        const { followSweep } = await import('./watch.js');
        return followSweep(context, status.sweepId, options.json ?? false);
      }, options),
    );
}
