/**
 * `GET /livez` and `GET /readyz` for probes of process managers: 200 or 503 and why. In the supervisor, never in a child,
 * whose loop computes; it says nothing that needs a secret and takes nothing in.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { TerminalError } from '@seedbed/contracts';
import type { ListenAddress } from './listen-address.js';
import type { TrainerHealth } from './trainer-health.js';

/** A probe is one small request on a connection of its own. */
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 32;
const HEADER_BYTES_MAX = 4_096;

export interface HealthServer {
  /** The port that was taken. */
  readonly port: number;
  close(): void;
}

/** @throws TerminalError when the address cannot be listened on */
export async function startHealthServer(
  address: ListenAddress,
  health: () => TrainerHealth,
): Promise<HealthServer> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    (request, response) => answer(request, response, health()),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, address);
  // It must keep nothing alive: the trainer ends when its work ends.
  server.unref();
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, health: TrainerHealth): void {
  const path = request.url?.split('?')[0];
  if (path !== '/livez' && path !== '/readyz')
    return reply(response, 404, { reason: 'see /livez and /readyz' });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, { reason: 'use GET' });
  }
  const good = path === '/livez' ? health.live : health.ready;
  const { live, ready, reason } = health;
  reply(response, good ? 200 : 503, { live, ready, reason });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(JSON.stringify(body));
}

function listening(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TerminalError(`SEEDBED_HEALTH_LISTEN: cannot listen on ${host} port ${port}: ${cause.code}`, {
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}
