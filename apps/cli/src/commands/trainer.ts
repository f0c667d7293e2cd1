/** `seedbed trainer`: one trainer for REDIS_URL or a join word, in the foreground. */
import type { CommandHost } from '../program.js';
import { CHILDREN_MAX, examples, wholeNumber } from './options.js';

interface TrainerOptions {
  readonly redis?: string;
  readonly children?: number;
  readonly json?: boolean;
}

export function registerTrainer({ program, context, run }: CommandHost): void {
  program
    .command('trainer')
    .description('train for a system elsewhere (--join) or the Redis at REDIS_URL, until Ctrl-C')
    .option('--redis <url>', 'the Redis to work for (default: REDIS_URL)')
    .option('--children <n>', 'training processes (default: one per core)', wholeNumber(1, CHILDREN_MAX))
    .option('--json', 'log JSON lines even on a terminal')
    .addHelpText(
      'after',
      examples(
        'seedbed trainer --join sbj1.…',
        'seedbed trainer --join @join-line.txt --children 4',
        'REDIS_URL=redis://queue.example:6379 seedbed trainer',
      ),
    )
    .action((options: TrainerOptions) =>
      run(async () => {
        const { runTrainer } = await import('../system/run-trainer.js');
        return runTrainer(context, {
          redis: options.redis ?? null,
          children: options.children ?? null,
          json: options.json ?? false,
        });
      }, {}),
    );
}
