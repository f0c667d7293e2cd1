/** `seedbed plan FILE`: how large a sweep would be. Needs no coordinator: planning is pure. */
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerPlan({ program, context, run }: CommandHost): void {
  program
    .command('plan')
    .description('check a sweep file and say how much it would train; needs no coordinator')
    .argument('<file>', 'sweep file (YAML or JSON)')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed plan sweep.yaml', 'seedbed plan sweep.yaml --json | jq .runs'))
    .action((fileName: string, options: { json?: boolean }) =>
      run(async () => {
        const { showPlan } = await import('../sweeps/show-plan.js');
        return showPlan(context, fileName, options.json ?? false);
      }, options),
    );
}
