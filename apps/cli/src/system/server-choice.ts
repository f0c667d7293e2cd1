/** Which Redis a system runs on: the one that a person names, else an own one from what setup found. */
import { checkServerUrl } from '@seedbed/queue';
import { FailedError } from '../errors.js';
import type { FoundBootstrapState } from './bootstrap-state.js';

export type ServerChoice =
  | { readonly kind: 'url'; readonly url: string; readonly from: '--redis' | 'REDIS_URL' }
  | { readonly kind: 'binary'; readonly path: string; readonly description: string };

/**
 * @throws InputError for a malformed URL (which is not repeated: it may hold a password)
 * @throws FailedError when there is neither a URL nor a server program
 */
export function chooseServer(
  urls: { readonly option?: string | undefined; readonly environment?: string | undefined },
  bootstrap: FoundBootstrapState,
): ServerChoice {
  if (urls.option) return { kind: 'url', url: checkedRedisUrl(urls.option, '--redis'), from: '--redis' };
  if (urls.environment) {
    return { kind: 'url', url: checkedRedisUrl(urls.environment, 'REDIS_URL'), from: 'REDIS_URL' };
  }
  if (bootstrap.kind === 'absent') {
    throw new FailedError(
      `this repository is not set up yet (${bootstrap.path} is missing): run \`npm run setup\``,
    );
  }
  if (bootstrap.kind === 'unreadable') {
    throw new FailedError(
      `${bootstrap.path} cannot be understood: run \`npm run setup\` again\n${bootstrap.reason}`,
    );
  }
  const { server } = bootstrap.state;
  switch (server.kind) {
    case 'binary':
      return { kind: 'binary', path: server.path, description: `${server.flavour} ${server.version}` };
    case 'missing':
      throw new FailedError(
        `no server to keep the queue in: ${server.reason}\n${server.remedy}\nOr set REDIS_URL to a running Redis or Valkey.`,
      );
    case 'url':
      throw new FailedError(
        'setup ran with REDIS_URL and found no server program: set REDIS_URL again, or install redis-server or ' +
          'valkey-server and run `npm run setup` again',
      );
  }
}

export function checkedRedisUrl(url: string, name: string): string {
  checkServerUrl(url, name);
  return url;
}
