/** `seedbed trainers`: who trains, and what. */
import type { TrainerStatus } from '@seedbed/contracts';
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerTrainers({ program, context, run }: CommandHost): void {
  program
    .command('trainers')
    .description('list the trainers that are alive, and what they train')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed trainers'))
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { openClient } = await import('../client/open-client.js');
        const { trainers } = await openClient(context).trainers();
        if (options.json) printJson(context.stdout, { trainers });
        else printLine(context.stdout, await tableOf(trainers));
        return EXIT_CODES.ok;
      }, options),
    );
}

async function tableOf(trainers: readonly TrainerStatus[]): Promise<string> {
  if (trainers.length === 0) return 'no trainer is alive: start one with `seedbed trainer`';
  const { textTable } = await import('../output/text-table.js');
  const { packingInWords } = await import('../output/packing.js');
  return textTable(
    [
      { title: 'TRAINER' },
      { title: 'HOST' },
      { title: 'PROCESS', align: 'right' },
      { title: 'CHILDREN', align: 'right' },
      { title: 'STATE' },
      { title: 'NUMERICS CLASS' },
      { title: 'PACKS' },
      { title: 'TRAINING' },
    ],
    trainers.map((trainer) => [
      trainer.trainerId,
      trainer.host,
      String(trainer.processId),
      String(trainer.children),
      trainer.state,
      trainer.numericsClass ?? '–',
      trainer.packing === undefined ? '–' : packingInWords(trainer.packing),
      trainer.packs.map((pack) => `${pack.runs} runs at ${pack.step}/${pack.steps}`).join('; ') || '–',
    ]),
  );
}
