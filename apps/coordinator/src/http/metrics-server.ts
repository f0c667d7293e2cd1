/** `/metrics` at an address of its own, which a network policy or a firewall keeps for monitoring. */
import { type FastifyBaseLogger, fastify, LogController } from 'fastify';
import { type MetricsContext, registerMetricsRoute } from './routes-metrics.js';
import type { Server } from './server.js';

/** A scrape is one small request. */
const BODY_BYTES_MAX = 1_024;
const REQUEST_TIMEOUT_MS = 10_000;

export function buildMetricsServer(context: MetricsContext, logger: FastifyBaseLogger): Server {
  const app: Server = fastify({
    loggerInstance: logger,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    requestIdHeader: false,
  });
  registerMetricsRoute(app, context);
  return app;
}
