/**
 * TLS before a server on this machine that speaks none, or that shall not be reached otherwise: takes connections from
 * elsewhere and hands their bytes on. (Valkey as setup fetches it is built without TLS, so this is there for all servers.)
 */
import { coerceError, TerminalError } from '@seedbed/contracts';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface TlsFrontOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Where the server listens on this machine's loopback. */
  readonly targetPort: number;
  /** Key and certificate, PEM. */
  readonly pem: string;
}

export interface TlsFront {
  readonly port: number;
  /** Ends every connection. May be called twice. */
  close(): Promise<void>;
}

/** Three connections a trainer and five hundred trainers, with room; a flood must not take all our descriptors. */
const CONNECTIONS_MAX = 4_000;
/** Who has not finished a handshake by then never will. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A peer whose machine is gone is noticed by this. */
const KEEP_ALIVE_MS = 30_000;
/** The first byte of every TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;
/** What a Redis client shows to people when it came without TLS. */
const PLAIN_REFUSED = '-ERR this port speaks TLS only: use a rediss:// address with its fingerprint\r\n';

/** @throws TerminalError when it cannot listen there */
export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { host, port, targetPort, pem } = options;
  const sockets = new Set<Socket>();
  const secure = createTlsServer(
    { key: pem, cert: pem, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    (client) => join(client, connect({ host: '127.0.0.1', port: targetPort })),
  );
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (first) => {
      clearTimeout(timer);
      if (first[0] !== TLS_HANDSHAKE) {
        socket.end(PLAIN_REFUSED);
        return;
      }
      socket.pause();
      socket.unshift(first);
      secure.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Bytes both ways until either side ends; then neither stays. */
function join(client: Socket, target: Socket): void {
  target.setNoDelay(true);
  const end = () => {
    client.destroy();
    target.destroy();
  };
  for (const socket of [client, target]) {
    socket.on('error', end);
    socket.on('close', end);
  }
  client.pipe(target);
  target.pipe(client);
}

function cannotListen(thrown: unknown, host: string, port: number): TerminalError {
  const { code } = thrown as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use already; choose another with --queue-port`,
    EACCES: `listening on port ${port} is not permitted; choose one above 1023 with --queue-port`,
    EADDRNOTAVAIL: `${host} is no address of this machine`,
  };
  const reason = reasons[code ?? ''] ?? coerceError(thrown).message;
  return new TerminalError(`the queue cannot be served on ${host} port ${port}: ${reason}`, {
    cause: thrown,
  });
}
