/**
 * Small HTTP servers beside the work, in the supervisor, never in a child, whose loop computes: `/livez` and `/readyz` for
 * probes of process managers (200 or 503 and why), `/metrics` for Prometheus. They ask for no secret, say none, and take
 * nothing in.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { METRICS_CONTENT_TYPE, TerminalError } from '@seedbed/contracts';
import type { ListenAddress } from './listen-address.js';
import type { TrainerHealth } from './trainer-health.js';

/** A probe is one small request on a connection of its own. */
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 32;
const HEADER_BYTES_MAX = 4_096;
const JSON_TYPE = 'application/json; charset=utf-8';

export interface SmallServer {
  /** The port that was taken. */
  readonly port: number;
  close(): void;
}

/** @throws TerminalError when the address cannot be listened on */
export function startHealthServer(address: ListenAddress, health: () => TrainerHealth): Promise<SmallServer> {
  const answer = (name: 'live' | 'ready') => () => {
    const { live, ready, reason } = health();
    const status = { live, ready }[name] ? 200 : 503;
    return { status, type: JSON_TYPE, body: JSON.stringify({ live, ready, reason }) };
  };
  const routes = { '/livez': answer('live'), '/readyz': answer('ready') };
  return startSmallServer(address, routes, 'SEEDBED_HEALTH_LISTEN');
}

/** @throws TerminalError when the address cannot be listened on */
export function startMetricsServer(address: ListenAddress, metrics: () => string): Promise<SmallServer> {
  const routes = { '/metrics': () => ({ status: 200, type: METRICS_CONTENT_TYPE, body: metrics() }) };
  return startSmallServer(address, routes, 'SEEDBED_METRICS_LISTEN');
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Routes = Readonly<Record<string, () => Page>>;

/** @param variable that names the address, for a message */
async function startSmallServer(
  address: ListenAddress,
  routes: Routes,
  variable: string,
): Promise<SmallServer> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    (request, response) => answerTo(request, response, routes),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, address, variable);
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

function answerTo(request: IncomingMessage, response: ServerResponse, routes: Routes): void {
  const page = new Map(Object.entries(routes)).get(request.url?.split('?')[0] ?? '');
  const refuse = (status: number, reason: string): void =>
    reply(response, { status, type: JSON_TYPE, body: JSON.stringify({ reason }) });
  if (page === undefined) return refuse(404, `see ${Object.keys(routes).join(' and ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(405, 'use GET');
  }
  reply(response, page());
}

function reply(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(body);
}

function listening(server: Server, { host, port }: ListenAddress, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TerminalError(`${variable}: cannot listen on ${host} port ${port}: ${cause.code}`, { cause }),
      ),
    );
    server.listen(port, host, resolve);
  });
}
