/** `seedbed backup`: everything that cannot be derived again, in one file. */
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

interface BackupOptions {
  readonly redis?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function registerBackup({ program, context, run }: CommandHost): void {
  program
    .command('backup')
    .description('write plans, decisions, commits and ledgers to a file, while everything runs')
    .option('--redis <url>', 'the Redis to read (default: REDIS_URL, else that of `seedbed up`)')
    .option('--output <file>', 'where to; a name that ends in .gz is compressed (default: by date and time)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples('seedbed backup', 'REDIS_URL=rediss://… seedbed backup --output /backups/seedbed.jsonl.gz'),
    )
    .action((options: BackupOptions) =>
      run(async () => {
        const { runBackup } = await import('../backup/run-backup.js');
        return runBackup(context, {
          redis: options.redis ?? null,
          output: options.output ?? null,
          json: options.json ?? false,
        });
      }, options),
    );
}
