/** `seedbed reproduce` (= `npm start`): the whole report on this machine, from the data to report.html. */
import { Option } from 'commander';
import type { CommandHost } from '../program.js';
import { PART_NAMES, type PartName } from '../reproduction/part-names.js';
import { CHILDREN_MAX, examples, JSON_OPTION, TRAINERS_MAX, wholeNumber } from './options.js';

interface ReproduceOptions {
  readonly only?: PartName;
  readonly from?: string;
  readonly trainers: number;
  readonly children?: number;
  readonly output?: string;
  readonly json?: boolean;
}

export function registerReproduce({ program, context, run }: CommandHost): void {
  program
    .command('reproduce')
    .description('run the whole report on this machine and put ours beside its numbers')
    .addOption(new Option('--only <part>', 'one part of it').choices([...PART_NAMES]))
    .addOption(
      new Option(
        '--from <answer.json>',
        'instead of the report: what this answer describes, trained anew and compared with it byte for byte',
      ).conflicts('only'),
    )
    .option('--trainers <n>', 'trainers', wholeNumber(1, TRAINERS_MAX), 1)
    .option(
      '--children <n>',
      'training processes per trainer (default: one per core)',
      wholeNumber(1, CHILDREN_MAX),
    )
    .option(
      '--output <dir>',
      'where the report goes (default: out/reproduction, out/reproduction-PART, out/reproduction-of-NAME)',
    )
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
An interrupted reproduction (Ctrl-C, a kill, a power cut) carries on at the next start; a finished one starts anew.
It runs on a server of its own, or on REDIS_URL where that is set (--from: always on its own, so that nothing is found there).
${examples(
  'seedbed reproduce',
  'seedbed reproduce --only coarse',
  'seedbed reproduce --output /data/report --json',
  'seedbed reproduce --from answer.json',
)}`,
    )
    .action((options: ReproduceOptions) =>
      run(async () => {
        if (options.from !== undefined) {
          const { reproduceAnswer } = await import('../proof/reproduce-answer.js');
          return reproduceAnswer(context, {
            from: options.from,
            trainers: options.trainers,
            children: options.children ?? null,
            output: options.output ?? null,
            json: options.json ?? false,
          });
        }
        const { runReproduction } = await import('../reproduction/run-reproduction.js');
        return runReproduction(context, {
          part: options.only ?? null,
          trainers: options.trainers,
          children: options.children ?? null,
          output: options.output ?? null,
          json: options.json ?? false,
        });
      }, options),
    );
}
