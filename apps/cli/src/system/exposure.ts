/**
 * A system that other machines reach: TLS before the coordinator and the queue with one certificate of our own, and the join
 * word that tells others all of it.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join as joinPath } from 'node:path';
import { networkInterfaces } from 'node:os';
import { formatJoin, InputError } from '@seedbed/contracts';
import { formatHostAndPort, isLoopback, type ListenAddress } from '@seedbed/coordinator';
import { serverHosts } from '@seedbed/queue';
import { ensureCertificate, type ServerCertificate, startTlsFront, type TlsFront } from '@seedbed/queue/tls';
import { FailedError } from '../errors.js';
import { writeFileAtomically } from '../output/atomic-file.js';
import type { OpenServer } from './open-server.js';
import { checkedRedisUrl } from './server-choice.js';

export interface ExposureOptions {
  /** Where the coordinator listens. */
  readonly listen: ListenAddress;
  /** By which name others reach this machine. */
  readonly advertisedHost: string;
  /** Where the queue of an own server is served; 0 for any free port. */
  readonly queuePort: number;
  /** The URL that trainers elsewhere use for a server that is not ours. */
  readonly trainerRedisUrl: string | null;
}

export interface Exposure {
  readonly certificate: ServerCertificate;
  /** @param url of the coordinator as it listens */
  joinWord(url: string, token: string): string;
  close(): Promise<void>;
}

const WILDCARDS = ['0.0.0.0', '::'];

/**
 * A system that others have joined keeps its token, so that the line they were given stays right when it starts again.
 */
export async function keptToken(directory: string, name: 'token' | 'trainer-token'): Promise<string> {
  const path = joinPath(directory, 'tls', name);
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (/^[0-9a-f]{48}$/.test(kept)) return kept;
  const token = randomBytes(24).toString('hex');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomically(path, token, { mode: 0o600 });
  return token;
}

/** Options for a system that listens there; null when only this machine can reach it. */
export function exposureOf(
  listen: ListenAddress,
  choices: {
    readonly advertise: string | null;
    readonly queuePort: number | null;
    readonly trainerRedisUrl: string | null;
  },
): ExposureOptions | null {
  if (isLoopback(listen.host)) {
    const useless = choices.advertise === null ? null : '--advertise';
    if (useless === null && choices.queuePort === null) return null;
    const message = `makes no sense while only this machine is listened to (${listen.host}); use --listen`;
    throw new InputError([{ path: useless ?? '--queue-port', message }]);
  }
  return {
    listen,
    advertisedHost: choices.advertise ?? advertisable(listen.host),
    // The port after the coordinator's, so that a firewall's rule can be written before the first start.
    queuePort: choices.queuePort ?? (listen.port === 0 ? 0 : listen.port + 1),
    trainerRedisUrl: choices.trainerRedisUrl,
  };
}

/** @throws TerminalError when the queue's port cannot be listened on; InputError when others cannot reach the server */
export async function expose(
  options: ExposureOptions,
  server: OpenServer,
  directory: string,
): Promise<Exposure> {
  const certificate = await ensureCertificate(joinPath(directory, 'tls'));
  let front: TlsFront | null = null;
  let redisUrl: string;
  if (server.port === null) {
    redisUrl = reachableRedisUrl(options.trainerRedisUrl ?? server.urls.trainer);
  } else {
    front = await startTlsFront({
      host: options.listen.host,
      port: options.queuePort,
      targetPort: server.port,
      pem: certificate.pem,
    });
    const { username, password } = new URL(server.urls.trainer);
    const address = formatHostAndPort({ host: options.advertisedHost, port: front.port });
    redisUrl = `rediss://${username}:${password}@${address}?fingerprint=${certificate.fingerprint}`;
  }
  return {
    certificate,
    joinWord: (url, token) => {
      const port = Number(new URL(url).port || 443);
      const address = formatHostAndPort({ host: options.advertisedHost, port });
      const { fingerprint } = certificate;
      return formatJoin({ url: `https://${address}`, token, redisUrl, fingerprint });
    },
    close: async () => front?.close(),
  };
}

/** The URL by which this machine itself reaches what listens on every address. */
export function localUrl(url: string): string {
  const parsed = new URL(url);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (!WILDCARDS.includes(host)) return url;
  parsed.hostname = host === '::' ? '[::1]' : '127.0.0.1';
  return parsed.origin;
}

function reachableRedisUrl(url: string): string {
  const checked = checkedRedisUrl(url, 'SEEDBED_TRAINER_REDIS_URL');
  const hosts = serverHosts(checked);
  if (hosts.length > 0 && !hosts.some(isLoopback)) return checked;
  throw new InputError([
    {
      path: 'SEEDBED_TRAINER_REDIS_URL',
      message:
        'is not set, and other machines cannot reach the Redis that this one uses by a loopback address or a socket: ' +
        'set it to an address that they can, with the user of `seedbed redis-acl` for trainers',
    },
  ]);
}

/** An address of this machine for a listener on all of them: the first that is not its own alone. */
function advertisable(host: string): string {
  if (!WILDCARDS.includes(host)) return host;
  const addresses = Object.values(networkInterfaces()).flatMap((known) => known ?? []);
  const first = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  if (first === undefined) {
    throw new FailedError('this machine has no address that others could use; name one with --advertise');
  }
  return first.address;
}
