import { InputError } from '@seedbed/contracts';
import { QUEUE_DEFAULTS, type QueueSettings } from '@seedbed/queue';
import type { CliContext } from '../cli-context.js';
import { connectionFilePath, isAlive, readConnectionFile } from '../client/connection.js';
import { checkedRedisUrl } from '../system/server-choice.js';

/**
 * The server to back up or to restore into: the option's, REDIS_URL's, or that of `seedbed up`.
 *
 * @throws InputError when none is named, or the URL is malformed (it is not repeated: it may hold a password)
 */
export function backupServer({ environment }: CliContext, option: string | null): QueueSettings {
  if (option !== null) return { ...QUEUE_DEFAULTS, url: checkedRedisUrl(option, '--redis') };
  const url = environment['REDIS_URL'];
  if (url) return { ...QUEUE_DEFAULTS, url: checkedRedisUrl(url, 'REDIS_URL') };
  const up = readConnectionFile(connectionFilePath(environment));
  if (up?.redisUrl !== undefined && isAlive(up.processId)) return { ...QUEUE_DEFAULTS, url: up.redisUrl };
  throw new InputError([
    {
      path: 'REDIS_URL',
      message:
        'is not set, and no `seedbed up` runs here: name the Redis, e.g. redis://user:password@host:6379',
    },
  ]);
}
