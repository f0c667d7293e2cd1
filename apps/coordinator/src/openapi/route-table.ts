/** The routes as they were registered, with their schemas: what the description of the API is made from. */
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';

export interface DescribedRoute {
  readonly method: string;
  /** Fastify's pattern: `/v1/sweeps/:sweepId`. */
  readonly url: string;
  readonly schema: FastifySchema;
}

const tables = new WeakMap<object, DescribedRoute[]>();

/** From now on; routes without a schema are listed as well. @returns how to end it */
export function collectRoutes(app: Pick<FastifyInstance, 'addHook'>): () => void {
  let isCollecting = true;
  const table: DescribedRoute[] = [];
  tables.set(app, table);
  app.addHook('onRoute', ({ method, url, schema }: RouteOptions) => {
    if (!isCollecting) return;
    for (const one of Array.isArray(method) ? method : [method]) {
      if (one !== 'HEAD') table.push({ method: one, url, schema: schema ?? {} });
    }
  });
  return () => {
    isCollecting = false;
  };
}

export function routesOf(app: object): readonly DescribedRoute[] {
  return tables.get(app) ?? [];
}
