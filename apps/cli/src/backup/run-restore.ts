/** Restores a backup: the whole file is checked before the first record is written. */
import { resolve } from 'node:path';
import { restoreBackup } from '@seedbed/queue';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatCount } from '../output/format.js';
import { checkBackupFile, countsInWords, readBackupFile } from './backup-file.js';
import { backupServer } from './backup-server.js';

export interface RestoreOptions {
  readonly redis: string | null;
  /** Only check the file. */
  readonly check: boolean;
  readonly json: boolean;
}

export async function runRestore(
  context: CliContext,
  fileName: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const path = resolve(context.workingDirectory, fileName);
  const { counts, bytes } = await checkBackupFile(path);
  if (options.check) {
    if (options.json) printJson(context.stdout, { file: path, bytes, records: counts });
    else printLine(context.stdout, `whole: ${countsInWords(counts)}`);
    return EXIT_CODES.ok;
  }
  const report = await restoreBackup(backupServer(context, options.redis), readBackupFile(path));
  if (options.json) printJson(context.stdout, { file: path, ...report });
  else {
    const written = Object.entries(report.written).map(([kind, count]) => `${formatCount(count)} ${kind}`);
    printLine(
      context.stdout,
      `restored: ${written.join(', ') || 'nothing'}; there already: ${formatCount(report.present)}`,
    );
    for (const line of report.kept) printLine(context.stderr, `kept: ${line}`);
    for (const line of report.conflicts) printLine(context.stderr, `CONFLICT: ${line}`);
  }
  // What contradicts the backup was left as it is; a person has to decide.
  return report.conflicts.length > 0 ? EXIT_CODES.failed : EXIT_CODES.ok;
}
