import { coerceError, fingerprintSchema, InputError } from '@seedbed/contracts';
import type { RedisOptions } from 'ioredis';
import { readFileSync } from 'node:fs';
import { isSentinelUrl, parseSentinelUrl, redactSentinelUrl } from './sentinel-address.js';

/** Where a server is, for connecting (`options`, with its password) and for people (`text`, without). */
export interface ServerAddress {
  readonly options: Pick<
    RedisOptions,
    | 'host'
    | 'port'
    | 'path'
    | 'username'
    | 'password'
    | 'db'
    | 'tls'
    | 'name'
    | 'sentinels'
    | 'sentinelUsername'
    | 'sentinelPassword'
    | 'sentinelTLS'
    | 'enableTLSForSentinelMode'
  >;
  /** `host:port`, a socket's path, or a master's name with its Sentinels; safe to log. */
  readonly text: string;
  /** Of the one certificate that is trusted; null where an authority's word decides, or there is no TLS. */
  readonly fingerprint: string | null;
}

/**
 * What may follow a rediss:// address: whom to trust instead of the authorities that Node knows. As part of the URL it
 * travels wherever the URL does.
 */
const TRUST_PARAMETERS = ['fingerprint', 'ca'] as const;

const EXAMPLES =
  'e.g. redis://127.0.0.1:6379, rediss://user:password@host:6380/0, unix:///run/redis.sock or ' +
  'redis+sentinel://host1:26379,host2:26379,host3:26379/mymaster';

/**
 * Understands redis://, rediss://, unix:// and redis(s)+sentinel:// URLs; a rediss:// URL may end in `?fingerprint=<SHA-256 of the certificate>` or
 * `?ca=<file with the authority's certificate>`.
 *
 * @throws InputError when the text is none of these; its message never repeats the URL
 */
export function parseServerUrl(url: string): ServerAddress {
  if (isSentinelUrl(url)) return parseSentinelUrl(url);
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
      return { options: { path, ...credentials }, text: path, fingerprint: null };
    }
    case 'redis:':
    case 'rediss:': {
      const host = parsed.hostname.replace(/^\[|\]$/g, '');
      if (host === '') throw refuse(`names no host; use ${EXAMPLES}`);
      const port = parsed.port === '' ? 6379 : Number(parsed.port);
      const database = parsed.pathname.slice(1);
      if (!/^\d*$/.test(database)) throw refuse(`has database "${database}"; a database is a number`);
      const { tls, fingerprint } = trustOf(parsed);
      return {
        options: {
          host,
          port,
          ...credentials,
          ...(database === '' ? {} : { db: Number(database) }),
          ...(tls === null ? {} : { tls }),
        },
        text: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
        fingerprint,
      };
    }
    default:
      throw refuse(`has protocol "${parsed.protocol}"; use ${EXAMPLES}`);
  }
}

/**
 * Checks a URL at the edge of a process, by the name under which a person gave it.
 *
 * @throws InputError that names `name` and what would be right; its message never repeats the URL
 */
export function checkServerUrl(url: string, name: string): void {
  try {
    parseServerUrl(url);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    const problems = thrown.problems.map(({ message }) => ({
      path: name,
      message: message.replace(SUBJECT, ''),
    }));
    throw new InputError(problems);
  }
}

/** The hosts that a URL names: of the server, or of its Sentinels; none for a socket. @throws InputError as above */
export function serverHosts(url: string): string[] {
  const { host, sentinels } = parseServerUrl(url).options;
  if (sentinels !== undefined) return sentinels.flatMap((sentinel) => sentinel.host ?? []);
  return host === undefined ? [] : [host];
}

/** The address without its password, fit to print. */
export function redactServerUrl(url: string): string {
  if (isSentinelUrl(url)) return redactSentinelUrl(url);
  if (!URL.canParse(url)) return '(malformed)';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  for (const name of [...parsed.searchParams.keys()]) {
    if (/pass/i.test(name)) parsed.searchParams.set(name, '***');
  }
  return parsed.toString();
}

interface Trust {
  /** Null for a connection without TLS. */
  readonly tls: { readonly ca?: string } | null;
  readonly fingerprint: string | null;
}

function trustOf(url: URL): Trust {
  const given = [...url.searchParams.keys()];
  const unknown = given.find((name) => !TRUST_PARAMETERS.some((known) => known === name));
  if (unknown !== undefined)
    throw refuse(`has "${unknown}" after its "?"; only fingerprint or ca can be there`);
  if (given.length > 1) throw refuse('has more than one of fingerprint and ca; use one');
  if (url.protocol === 'redis:') {
    if (given.length > 0) throw refuse(`has "${given[0]}" but no TLS; write rediss:// with it`);
    return { tls: null, fingerprint: null };
  }
  const path = url.searchParams.get('ca');
  if (path !== null) return { tls: { ca: readAuthority(path) }, fingerprint: null };
  const fingerprint = url.searchParams.get('fingerprint');
  if (fingerprint === null) return { tls: {}, fingerprint: null };
  // As openssl and browsers print it, or as we do.
  const hex = fingerprintSchema.safeParse(fingerprint.replaceAll(':', '').toLowerCase());
  if (!hex.success) throw refuse('has a fingerprint that is no SHA-256: it has 64 hexadecimal digits');
  return { tls: {}, fingerprint: hex.data };
}

export function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw refuse(`names a ca file that cannot be read: ${coerceError(thrown).message}`);
  }
}

const SUBJECT = 'the server URL ';

export function refuse(message: string): InputError {
  return new InputError([{ path: 'url', message: `${SUBJECT}${message}` }]);
}
