/** `seedbed trainer`: one trainer on REDIS_URL, in the foreground. */
import type { CliContext } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { CHILDREN_MAX, examples, wholeNumber } from './options.js';

interface TrainerOptions {
  readonly redis?: string;
  readonly children?: number;
}

export function registerTrainer({ program, context, run }: CommandHost): void {
  program
    .command('trainer')
    .description('train for the Redis at REDIS_URL, in the foreground, until Ctrl-C')
    .option('--redis <url>', 'the Redis to work for (default: REDIS_URL)')
    .option('--children <n>', 'training processes (default: one per core)', wholeNumber(1, CHILDREN_MAX))
    .option('--json', 'log JSON lines even on a terminal')
    .addHelpText(
      'after',
      examples('REDIS_URL=redis://queue.example:6379 seedbed trainer', 'seedbed trainer --children 4'),
    )
    .action((options: TrainerOptions & { json?: boolean }) =>
      run(() => runTrainer(context, options, options.json ?? false), {}),
    );
}

/** A bound above the trainer's own (5 s): it hands its blocks back before it ends. */
const GRACE_MS = 8_000;

async function runTrainer(context: CliContext, options: TrainerOptions, json: boolean): Promise<ExitCode> {
  const { InputError } = await import('@seedbed/contracts');
  const { createLogWriter } = await import('../logger.js');
  const { FailedError } = await import('../errors.js');
  const { appScript } = await import('../system/installation.js');
  const { describeEnd, startManagedProcess } = await import('../system/managed-process.js');
  const { checkedRedisUrl } = await import('../system/server-choice.js');
  const url = options.redis ?? context.environment['REDIS_URL'];
  if (!url) {
    throw new InputError([
      {
        path: 'REDIS_URL',
        message: 'is not set: a trainer needs the Redis to work for, e.g. redis://127.0.0.1:6379',
      },
    ]);
  }
  const logs = json
    ? { write: (line: string) => void context.stderr.write(line) }
    : createLogWriter(context.stderr, context.environment);
  const environment: NodeJS.ProcessEnv = {
    ...context.environment,
    REDIS_URL: checkedRedisUrl(url, options.redis ? '--redis' : 'REDIS_URL'),
  };
  if (options.children !== undefined) environment['SEEDBED_CHILDREN'] = String(options.children);
  const trainer = startManagedProcess({
    name: 'trainer',
    script: appScript('trainer', 'main.js'),
    environment,
    onLogLine: (line) => logs.write(`${line}\n`),
    onErrorLine: (line) => context.stderr.write(`${line}\n`),
  });
  const stop = (): void => void trainer.stop(GRACE_MS);
  context.signal.addEventListener('abort', stop, { once: true });
  const end = await trainer.ended;
  context.signal.removeEventListener('abort', stop);
  context.signal.throwIfAborted();
  if (end.exitCode === EXIT_CODES.ok) return EXIT_CODES.ok;
  if (end.exitCode === EXIT_CODES.badInput) return EXIT_CODES.badInput; // it has said what is wrong
  throw new FailedError(describeEnd('the trainer', end, trainer.lastErrors()));
}
