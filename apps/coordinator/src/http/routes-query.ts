/** Results by query, and as files. */
import { Readable } from 'node:stream';
import {
  exportParametersSchema,
  queryParametersSchema,
  queryResponseSchema,
  sweepIdSchema,
} from '@seedbed/contracts';
import { z } from 'zod';
import { EXPORT_TYPES, exportPortions } from '../reading/export-lines.js';
import { exportSweep, querySweep } from '../reading/sweep-query.js';
import { type RouteContext, requireSweep } from './route-context.js';
import type { Server } from './server.js';

const params = z.object({ sweepId: sweepIdSchema });

export function registerQueryRoutes(app: Server, { store }: RouteContext): void {
  app.get('/v1/sweeps/:sweepId/query', {
    schema: { params, querystring: queryParametersSchema, response: { 200: queryResponseSchema } },
    handler: async (request) =>
      await querySweep(store, await requireSweep(store, request.params.sweepId), request.query),
  });

  app.get('/v1/sweeps/:sweepId/export', {
    schema: { params, querystring: exportParametersSchema },
    handler: async (request, reply) => {
      const { format, ...selection } = request.query;
      const { sweepId } = request.params;
      const selected = await exportSweep(store, await requireSweep(store, sweepId), selection);
      return await reply
        .type(EXPORT_TYPES[format])
        .header('content-disposition', `attachment; filename="${sweepId}-${selection.of}.${format}"`)
        .send(Readable.from(exportPortions(selected, format)));
    },
  });
}
