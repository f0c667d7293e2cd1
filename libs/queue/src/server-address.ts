import { InputError } from '@seedbed/contracts';
import type { RedisOptions } from 'ioredis';

/** Where a server is, for connecting (`options`, with its password) and for people (`text`, without). */
export interface ServerAddress {
  readonly options: Pick<RedisOptions, 'host' | 'port' | 'path' | 'username' | 'password' | 'db' | 'tls'>;
  /** `host:port` or a socket's path; safe to log. */
  readonly text: string;
}

const EXAMPLES = 'e.g. redis://127.0.0.1:6379, rediss://user:password@host:6380/0 or unix:///run/redis.sock';

/** @throws InputError when the text is no redis://, rediss:// or unix:// URL; its message never repeats the URL */
export function parseServerUrl(url: string): ServerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) throw refuse(`is not a URL; use ${EXAMPLES}`);
  const credentials = {
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
  };
  switch (parsed.protocol) {
    case 'unix:': {
      const path = decodeURIComponent(parsed.pathname);
      if (path === '' || path === '/') throw refuse(`names no socket; use ${EXAMPLES}`);
      return { options: { path, ...credentials }, text: path };
    }
    case 'redis:':
    case 'rediss:': {
      const host = parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
      const port = parsed.port === '' ? 6379 : Number(parsed.port);
      const database = parsed.pathname.slice(1);
      if (!/^\d*$/.test(database)) throw refuse(`has database "${database}"; a database is a number`);
      return {
        options: {
          host,
          port,
          ...credentials,
          ...(database === '' ? {} : { db: Number(database) }),
          ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
        },
        text: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      };
    }
    default:
      throw refuse(`has protocol "${parsed.protocol}"; use ${EXAMPLES}`);
  }
}

function refuse(message: string): InputError {
  return new InputError([{ path: 'url', message: `the server URL ${message}` }]);
}
