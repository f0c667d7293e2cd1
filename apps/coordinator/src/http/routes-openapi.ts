/** `GET /v1/openapi.json`. */
import { SEEDBED_VERSION } from '@seedbed/contracts';
import { describeApi } from '../openapi/describe-api.js';
import { routesOf } from '../openapi/route-table.js';
import type { Server } from './server.js';

export function registerOpenApiRoute(app: Server): void {
  let text: string | null = null;
  app.get('/v1/openapi.json', {
    handler: async (_request, reply) => {
      text ??= `${JSON.stringify(describeApi(routesOf(app), SEEDBED_VERSION), null, 2)}\n`;
      return await reply.type('application/json; charset=utf-8').send(text);
    },
  });
}
