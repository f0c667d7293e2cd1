/** `seedbed doctor`: what is here, what is wrong, and what to do about it. */
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerDoctor({ program, context, run }: CommandHost): void {
  program
    .command('doctor')
    .description('look at backend, server, data, machine and versions, and say what to do about problems')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples('seedbed doctor', 'REDIS_URL=redis://queue.example:6379 seedbed doctor --json'),
    )
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { runDoctor } = await import('../doctor/run-doctor.js');
        return runDoctor(context, options.json ?? false);
      }, options),
    );
}
