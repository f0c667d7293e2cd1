/** One trainer in the foreground: its logs are ours, its end is ours. */
import type { CliContext } from '../cli-context.js';
import { FailedError } from '../errors.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { createLogWriter } from '../logger.js';
import { appScript } from './installation.js';
import { describeEnd, startManagedProcess } from './managed-process.js';
import { whereToTrain } from './where-to-train.js';

export interface RunTrainerOptions {
  /** Null for what the environment says. */
  readonly redis: string | null;
  /** Null for one per core. */
  readonly children: number | null;
  readonly json: boolean;
}

/** A bound above the trainer's own (5 s): it hands its blocks back before it ends. */
const GRACE_MS = 8_000;

export async function runTrainer(context: CliContext, options: RunTrainerOptions): Promise<ExitCode> {
  const environment = { ...context.environment, ...(await whereToTrain(context, options.redis)) };
  if (options.children !== null) environment['SEEDBED_CHILDREN'] = String(options.children);
  const logs = options.json
    ? { write: (line: string) => void context.stderr.write(line) }
    : createLogWriter(context.stderr, context.environment);
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
