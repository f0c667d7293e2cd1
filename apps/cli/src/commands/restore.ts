/** `seedbed restore FILE`: a backup's records into a server, without touching what it has. */
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

interface RestoreOptions {
  readonly redis?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

export function registerRestore({ program, context, run }: CommandHost): void {
  program
    .command('restore')
    .description('bring the records of a backup back; what the server has stands, and what differs is listed')
    .argument('<file>', 'what `seedbed backup` wrote')
    .option('--redis <url>', 'the Redis to write to (default: REDIS_URL, else that of `seedbed up`)')
    .option('--check', 'only check the file; needs no Redis')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples('seedbed restore seedbed-backup.jsonl.gz --check', 'seedbed restore seedbed-backup.jsonl.gz'),
    )
    .action((fileName: string, options: RestoreOptions) =>
      run(async () => {
        const { runRestore } = await import('../backup/run-restore.js');
        return runRestore(context, fileName, {
          redis: options.redis ?? null,
          check: options.check ?? false,
          json: options.json ?? false,
        });
      }, options),
    );
}
