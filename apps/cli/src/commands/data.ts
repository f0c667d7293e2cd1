/** `seedbed data fetch`: get the data set once, ahead of time. */
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerData({ program, context, run }: CommandHost): void {
  const data = program.command('data').description('the data set (CIFAR-10)');
  data
    .command('fetch')
    .description('fetch and verify CIFAR-10 into the cache; does nothing when it is there')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed data fetch', 'SEEDBED_CACHE=/data/seedbed seedbed data fetch'))
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { fetchDataSet } = await import('../data-set.js');
        const ready = await fetchDataSet(context);
        if (options.json) printJson(context.stdout, ready);
        else
          printLine(
            context.stdout,
            `CIFAR-10 is in ${ready.directory} (digest ${ready.digest.slice(0, 12)})`,
          );
        return EXIT_CODES.ok;
      }, options),
    );
}
