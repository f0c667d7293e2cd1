/**
 * Addresses of servers that Sentinels watch over:
 * `redis+sentinel://user:password@host1:26379,host2:26379,host3:26379/master/0?sentinel-password=…`, with TLS everywhere
 * `rediss+sentinel://…?ca=<file>`.
 *
 * Node's URL knows only one host, so it is taken apart by hand.
 */
import type { RedisOptions } from 'ioredis';
import { readAuthority, refuse, type ServerAddress } from './server-address.js';

const SENTINEL_PORT = 26_379;
const PORT_MAX = 65_535;
const PARAMETERS = ['sentinel-username', 'sentinel-password', 'ca'] as const;
type Parameter = (typeof PARAMETERS)[number];

const EXAMPLE =
  'e.g. redis+sentinel://user:password@host1:26379,host2:26379,host3:26379/mymaster?sentinel-password=…';

export function isSentinelUrl(url: string): boolean {
  return /^rediss?\+sentinel:/i.test(url);
}

/** @throws InputError that names the part, its value unless it may be secret, and what would be right */
export function parseSentinelUrl(url: string): ServerAddress {
  const parts =
    /^(?<scheme>rediss?)\+sentinel:\/\/(?<authority>[^/?#]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/i.exec(
      url,
    )?.groups;
  if (parts === undefined) throw refuse(`is not the address of Sentinels; use ${EXAMPLE}`);
  const { scheme = '', authority = '', path = '', query = '' } = parts;
  const at = authority.lastIndexOf('@');
  const sentinels = sentinelsOf(authority.slice(at + 1));
  const [name = '', database = '', ...rest] = path.slice(1).split('/');
  if (name === '') {
    throw refuse(`names no master: write the name that the Sentinels know it by after them, ${EXAMPLE}`);
  }
  if (rest.length > 0 || !/^\d*$/.test(database)) {
    const given = [database, ...rest].join('/');
    throw refuse(
      `has "${given}" after the master's name; only the number of a database can be there, e.g. /mymaster/0`,
    );
  }
  const trust = parametersOf(query);
  const master = decoded(name, "the master's name");
  return {
    options: {
      name: master,
      sentinels,
      ...credentialsOf(authority.slice(0, Math.max(at, 0))),
      ...(database === '' ? {} : { db: Number(database) }),
      ...withoutEmpty({
        sentinelUsername: trust.get('sentinel-username'),
        sentinelPassword: trust.get('sentinel-password'),
      }),
      ...tlsOf(scheme.toLowerCase() === 'rediss', trust.get('ca')),
    },
    text: `${master} (Sentinels ${sentinels.map(textOf).join(', ')})`,
    fingerprint: null,
  };
}

/** The address without its passwords, fit to print. */
export function redactSentinelUrl(url: string): string {
  return url
    .replace(/^([^:]+:\/\/[^:@/?]*):[^/?]*@/, '$1:***@')
    .replace(/([?&][^=&]*pass[^=&]*=)[^&#]*/gi, '$1***');
}

interface SentinelHost {
  readonly host: string;
  readonly port: number;
}

function sentinelsOf(text: string): SentinelHost[] {
  if (text === '') throw refuse(`names no Sentinel; use ${EXAMPLE}`);
  return text.split(',').map((address) => {
    const match = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<host>[^:[\]]+))(?::(?<port>.*))?$/i.exec(address)?.groups;
    const host = match?.['ipv6'] ?? match?.['host'];
    if (host === undefined) {
      throw refuse(`has the Sentinel "${address}"; write host:port or [IPv6]:port, with commas in between`);
    }
    const digits = match?.['port'] ?? String(SENTINEL_PORT);
    const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
    if (port < 1 || port > PORT_MAX) {
      throw refuse(`has the Sentinel "${address}"; a port is a number from 1 to ${PORT_MAX}, e.g. 26379`);
    }
    return { host: decoded(host, 'a host'), port };
  });
}

function textOf({ host, port }: SentinelHost): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function credentialsOf(text: string): Pick<RedisOptions, 'username' | 'password'> {
  const colon = text.indexOf(':');
  return withoutEmpty({
    username: decoded(colon === -1 ? text : text.slice(0, colon), 'the user'),
    password: colon === -1 ? '' : decoded(text.slice(colon + 1), 'the password'),
  });
}

function parametersOf(query: string): ReadonlyMap<Parameter, string> {
  const given = new Map<Parameter, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const name = pair.split('=', 1)[0] ?? '';
    const known = PARAMETERS.find((parameter) => parameter === name);
    if (name === 'fingerprint') {
      throw refuse(
        'has a fingerprint, but each server behind Sentinels has a certificate of its own; use ca=<file of the authority>',
      );
    }
    if (known === undefined) {
      throw refuse(`has "${name}" after its "?"; only ${PARAMETERS.join(', ')} can be there`);
    }
    if (given.has(known)) throw refuse(`has ${known} twice; use one`);
    given.set(known, decoded(pair.slice(name.length + 1), known));
  }
  return given;
}

/** TLS to the Sentinels and to the servers alike: who encrypts the one has no reason to leave out the other. */
function tlsOf(encrypted: boolean, authority: string | undefined): ServerAddress['options'] {
  if (!encrypted) {
    if (authority !== undefined) throw refuse('has "ca" but no TLS; write rediss+sentinel:// with it');
    return {};
  }
  const tls = authority === undefined ? {} : { ca: readAuthority(authority) };
  return { tls, sentinelTLS: tls, enableTLSForSentinelMode: true };
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(`has a "%" in ${what} that is not followed by two hexadecimal digits; write %25 for a "%"`);
  }
}

function withoutEmpty<T extends Record<string, string | undefined>>(
  values: T,
): { [Name in keyof T]?: string } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as { [Name in keyof T]?: string };
}
