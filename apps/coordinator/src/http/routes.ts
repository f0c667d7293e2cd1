/** All routes of version 1. Reading needs no lease: any coordinator serves it. */
import { collectRoutes } from '../openapi/route-table.js';
import type { RouteContext } from './route-context.js';
import { registerCheckpointRoutes } from './routes-checkpoints.js';
import { registerDashboardRoutes } from './routes-dashboard.js';
import { registerDataSetRoutes } from './routes-data-sets.js';
import { registerEventRoutes } from './routes-events.js';
import { registerHealthRoutes } from './routes-health.js';
import { registerMetricsRoute } from './routes-metrics.js';
import { registerOpenApiRoute } from './routes-openapi.js';
import { registerQueryRoutes } from './routes-query.js';
import { registerReadingRoutes } from './routes-reading.js';
import { registerScaleRoute } from './routes-scale.js';
import { registerSessionRoutes } from './routes-session.js';
import { registerSweepRoutes } from './routes-sweeps.js';
import { type Server, registerWithMethodCheck } from './server.js';

export function registerRoutes(app: Server, context: RouteContext): void {
  // Those that answer what no route takes are not part of the API.
  registerWithMethodCheck(app, () => {
    const stopCollecting = collectRoutes(app);
    registerSweepRoutes(app, context);
    registerReadingRoutes(app, context);
    registerQueryRoutes(app, context);
    registerHealthRoutes(app, context);
    registerScaleRoute(app, context);
    registerMetricsRoute(app, context);
    registerDataSetRoutes(app, context);
    registerCheckpointRoutes(app, context);
    registerEventRoutes(app, context);
    registerOpenApiRoute(app);
    registerSessionRoutes(app, context.sessions);
    stopCollecting();
    registerDashboardRoutes(app, context.site);
  });
}
