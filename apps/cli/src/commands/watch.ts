/** `seedbed watch SWEEP`: follow a sweep until it ends, through restarts of the coordinator. */
import type { SweepStatus } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples } from './options.js';

/** A machine that restarts, or a pod that moves, is back in five minutes or needs a person. */
const PATIENCE_MS = 5 * 60_000;

export function registerWatch({ program, context, run }: CommandHost): void {
  program
    .command('watch')
    .description('follow a sweep until it ends; survives restarts of the coordinator')
    .argument('<sweep>', 'id of the sweep')
    .option('--json', 'print each change of the status as one JSON document a line on stdout')
    .addHelpText('after', examples('seedbed watch my-sweep', 'seedbed watch my-sweep --json | tail -n 1'))
    .action((sweepId: string, options: { json?: boolean }) =>
      run(() => followSweep(context, sweepId, options.json ?? false), options),
    );
}

/** Shows progress until the sweep ends; the exit code says how it ended. */
export async function followSweep(context: CliContext, sweepId: string, json: boolean): Promise<ExitCode> {
  const { openClient } = await import('../client/open-client.js');
  const { createProgressDisplay } = await import('../progress/progress-display.js');
  const { createTrainerHint } = await import('../progress/trainer-hint.js');
  const { watchSweep } = await import('../progress/watch-sweep.js');
  const display = createProgressDisplay(context.stderr, context.environment);
  const client = openClient(context, {
    patienceMs: PATIENCE_MS,
    onAway: (away, reason) => display.note(away ? `${reason}; waiting for it` : reason),
  });
  const trainerHint = createTrainerHint(client, (line) => display.note(line));
  let printed = '';
  try {
    const last = await watchSweep({
      client,
      sweepId,
      signal: context.signal,
      onStatus: (status) => {
        display.update(status, Date.now());
        const document = JSON.stringify(status);
        if (json && document !== printed) printJson(context.stdout, status);
        printed = document;
        return trainerHint.check(status, Date.now());
      },
    });
    display.stop();
    if (!json) printLine(context.stdout, endOf(last));
    return last.state === 'completed' ? EXIT_CODES.ok : EXIT_CODES.failed;
  } finally {
    display.stop();
  }
}

function endOf(status: SweepStatus): string {
  const reason = status.reason === null ? '' : `: ${status.reason}`;
  return `${status.sweepId}: ${status.state}${reason}`;
}
