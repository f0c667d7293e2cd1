/**
 * TLS connections to whoever has one certificate, known by its fingerprint.
 *
 * Node's check against authorities must be off for that (there is no authority), so nothing else may make a connection with
 * it off: a socket leaves this file only after the handshake has proved the key of the expected certificate. Not a byte of
 * ours is sent before.
 */
import { RetryableError, TerminalError } from '@seedbed/contracts';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Duplex, Readable } from 'node:stream';
import { fingerprintOf } from './certificate.js';

export interface PinnedAddress {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly timeoutMs: number;
}

/**
 * @throws TerminalError when somebody else answers, or none with TLS; RetryableError when nobody answers in time; what
 *   the system says (ECONNREFUSED, …) as it is
 */
export function connectPinned(address: PinnedAddress): Promise<TLSSocket> {
  const { host, port, fingerprint, timeoutMs } = address;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // The fingerprint below is the check.
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => {
      fail(new RetryableError(`${host}:${port} did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(translate(error, `${host}:${port}`));
    };
    const closed = () => fail(new TerminalError(`${host}:${port} ended the connection before it spoke TLS`));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined || fingerprintOf(certificate) !== fingerprint) {
        fail(new WrongCertificateError(`${host}:${port}`));
        return;
      }
      socket.off('error', fail);
      socket.off('close', closed);
      resolve(socket);
    });
  });
}

/** Somebody other than the expected system answers, or the system was given a new certificate. */
class WrongCertificateError extends TerminalError {
  constructor(where: string) {
    super(
      `${where} has another certificate than the expected one (its fingerprint differs): ` +
        'somebody else answers there, or the system was set up anew; use the join line that it prints now',
    );
  }
}

/** For requests over HTTPS to a system with this certificate. Its `destroy` ends what is kept alive. */
export function pinnedAgent(fingerprint: string, timeoutMs: number): Agent {
  return new PinnedAgent(fingerprint, timeoutMs);
}

/**
 * `fetch` for GET, POST and PUT to a system with this certificate. Rejects as `connectPinned` does.
 */
export function pinnedFetch(fingerprint: string, connectTimeoutMs: number): PinnedFetch {
  return (url, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const agent = pinnedAgent(fingerprint, connectTimeoutMs);
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const options = { method, agent, headers: { ...headers, ...length }, signal };
      const outgoing = request(url, options, (incoming) => {
        const status = incoming.statusCode ?? 0;
        const pairs = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
        const init = { status, headers: pairs.map(([name, value]): [string, string] => [name, value]) };
        const isEmpty = status === 204 || status === 304;
        if (isEmpty) incoming.resume();
        resolve(new Response(isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream), init));
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
}

export type PinnedFetch = (
  url: string,
  init: {
    readonly method?: 'GET' | 'POST' | 'PUT';
    readonly headers: Record<string, string>;
    readonly body?: string | Uint8Array<ArrayBuffer>;
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

class PinnedAgent extends Agent {
  constructor(
    private readonly fingerprint: string,
    private readonly timeoutMs: number,
  ) {
    // A resumed session would skip the certificate.
    super({ keepAlive: false, maxCachedSessions: 0 });
  }

  /** Node calls it for every new connection; its types leave it out. */
  createConnection(
    options: { readonly host?: string; readonly port?: number },
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host = 'localhost', port = 443 } = options;
    connectPinned({
      host,
      port: Number(port),
      fingerprint: this.fingerprint,
      timeoutMs: this.timeoutMs,
    }).then(
      (socket) => callback(null, socket),
      // Node's own agent calls back with nothing but the error.
      (error: Error) => (callback as (error: Error) => void)(error),
    );
    return undefined;
  }
}

/** OpenSSL's words for a peer that does not speak TLS. */
const NO_TLS = /wrong version number|packet length too long|unsupported protocol|http request/i;

function translate(error: Error, where: string): Error {
  return NO_TLS.test(error.message) ? new TerminalError(`${where} does not speak TLS`) : error;
}
