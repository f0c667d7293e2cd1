/** One trainer in the foreground: its logs are ours, its end is ours. */
import { formatJoin, InputError } from '@seedbed/contracts';
import { readJoin } from '../client/join-word.js';
import type { CliContext } from '../cli-context.js';
import { FailedError } from '../errors.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { createLogWriter } from '../logger.js';
import { appScript } from './installation.js';
import { checkJoin } from './check-join.js';
import { describeEnd, startManagedProcess } from './managed-process.js';
import { checkedRedisUrl } from './server-choice.js';

export interface RunTrainerOptions {
  /** Null for SEEDBED_JOIN, or else REDIS_URL. */
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

/** The trainer's part of the environment that says where its work is. */
async function whereToTrain(context: CliContext, redis: string | null): Promise<NodeJS.ProcessEnv> {
  const { environment } = context;
  const join = redis === null ? readJoin(environment) : null;
  if (join !== null) {
    await checkJoin(context, join);
    // The word says all of it, and of one system.
    const parts = { REDIS_URL: undefined, SEEDBED_URL: undefined, SEEDBED_TOKEN: undefined };
    return { ...parts, SEEDBED_FINGERPRINT: undefined, SEEDBED_JOIN: formatJoin(join) };
  }
  const url = redis ?? environment['REDIS_URL'];
  if (url) {
    const from = redis === null ? 'REDIS_URL' : '--redis';
    return { SEEDBED_JOIN: undefined, REDIS_URL: checkedRedisUrl(url, from) };
  }
  throw new InputError([
    {
      path: 'REDIS_URL',
      message:
        'is not set: a trainer needs the system to work for: --join with the word that `seedbed up --listen` ' +
        'printed, or a Redis, e.g. redis://127.0.0.1:6379',
    },
  ]);
}
