/** The part of a trainer's environment that says where its work is. */
import { formatJoin, InputError } from '@seedbed/contracts';
import type { CliContext } from '../cli-context.js';
import { connectionFilePath, isAlive, readConnectionFile } from '../client/connection.js';
import { readJoin } from '../client/join-word.js';
import { checkJoin } from './check-join.js';
import { checkedRedisUrl } from './server-choice.js';

/**
 * An option wins over a join word, that over REDIS_URL, and that over the system that `seedbed up` started here.
 *
 * @param redis what the option says; null for nothing
 * @throws InputError when nothing says it; TerminalError, ApiError or UnreachableError when the system is not as the join
 *   word says
 */
export async function whereToTrain(context: CliContext, redis: string | null): Promise<NodeJS.ProcessEnv> {
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
  const up = readConnectionFile(connectionFilePath(environment));
  if (up?.trainerRedisUrl !== undefined && isAlive(up.processId)) return { REDIS_URL: up.trainerRedisUrl };
  throw new InputError([
    {
      path: 'REDIS_URL',
      message:
        'is not set: a trainer needs the system to work for: --join with the word that `seedbed up --listen` ' +
        'printed, or a Redis, e.g. redis://127.0.0.1:6379',
    },
  ]);
}
