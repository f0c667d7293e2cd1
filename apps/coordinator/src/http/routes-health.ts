/** Who is there and whether all is well. */
import {
  RetryableError,
  SEEDBED_VERSION,
  healthResponseSchema,
  trainersResponseSchema,
} from '@seedbed/contracts';
import { z } from 'zod';
import { OPEN_ROUTE } from './access.js';
import { RETRY_AFTER_SECONDS } from './problem.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

export function registerHealthRoutes(app: Server, { store, redisVersion, isLeading }: RouteContext): void {
  app.get('/v1/trainers', {
    schema: { response: { 200: trainersResponseSchema } },
    handler: async () => ({ trainers: await store.listTrainers() }),
  });

  app.get('/v1/health', {
    schema: { response: { 200: healthResponseSchema, 503: healthResponseSchema } },
    handler: async (_request, reply) => {
      const reachable = await isReachable(() => store.commitCounters());
      const status = !reachable ? 'redis-away' : isLeading() ? 'ok' : 'not-leading';
      if (!reachable) void reply.code(503).header('retry-after', String(RETRY_AFTER_SECONDS));
      return await reply.send({
        status,
        seedbed: SEEDBED_VERSION,
        redis: { version: redisVersion, reachable },
      });
    },
  });

  app.get(OPEN_ROUTE, {
    schema: { response: { 200: z.strictObject({ live: z.literal(true) }) } },
    handler: () => ({ live: true as const }),
  });
}

async function isReachable(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (thrown) {
    if (thrown instanceof RetryableError) return false;
    throw thrown;
  }
}
