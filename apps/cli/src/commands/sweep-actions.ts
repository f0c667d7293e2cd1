/** `seedbed pause|resume|cancel|retry SWEEP`. */
import { printJson, printLine } from '../cli-context.js';
import { SWEEP_ACTIONS, type SweepAction } from '../client/sweep-action.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

const DESCRIPTIONS: Readonly<Record<SweepAction, string>> = {
  pause: 'hand out nothing new of a sweep; what is being trained is finished',
  resume: 'go on with a paused sweep',
  cancel: 'end a sweep; its results so far are kept',
  retry: 'try what an incomplete sweep gave up on again',
};

export function registerSweepActions(host: CommandHost): void {
  for (const action of SWEEP_ACTIONS) registerAction(host, action);
}

function registerAction({ program, context, run }: CommandHost, action: SweepAction): void {
  program
    .command(action)
    .description(DESCRIPTIONS[action])
    .argument('<sweep>', 'id of the sweep')
    .option(...JSON_OPTION)
    .addHelpText('after', examples(`seedbed ${action} my-sweep`))
    .action((sweepId: string, options: { json?: boolean }) =>
      run(async () => {
        const { openClient } = await import('../client/open-client.js');
        const status = await openClient(context).act(sweepId, action);
        if (options.json) printJson(context.stdout, status);
        else printLine(context.stdout, `${status.sweepId}: ${status.state}`);
        return EXIT_CODES.ok;
      }, options),
    );
}
