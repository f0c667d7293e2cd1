/** The dashboard: one page under the paths that it knows, and its assets. The page holds no data, so it is open to anybody. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Site, SiteFile } from './dashboard-site.js';
import { HttpError } from './problem.js';
import type { Server } from './server.js';

export const DASHBOARD_ROUTES = [
  '/',
  '/sweeps',
  '/sweeps/:sweepId',
  '/launch',
  '/trainers',
  '/assets/:name',
] as const;

/**
 * No script but the page's own files, nothing from elsewhere, in nobody's frame. Styles may be inline: the component kit puts
 * its colours there, and a style can run nothing.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** A name holds a hash of the content, so that what it names never changes. */
const FOREVER = 'public, max-age=31536000, immutable';

const assetParams = z.object({ name: z.string().max(200) });

/** @param site null where it has not been built */
export function registerDashboardRoutes(app: Server, site: Site | null): void {
  for (const url of DASHBOARD_ROUTES) {
    if (url === '/assets/:name') continue;
    app.get(url, async (request, reply) => {
      if (site === null) throw notBuilt();
      // Asked for again each time: it names the assets of the version that runs.
      return await send(request, reply.header('cache-control', 'no-cache'), site.page);
    });
  }
  app.get('/assets/:name', {
    schema: { params: assetParams },
    handler: async (request, reply) => {
      const file = site?.assets.get(request.params.name);
      if (file === undefined)
        throw new HttpError(404, 'No such file', 'Load the page again: it may be of another version.');
      return await send(request, reply.header('cache-control', FOREVER), file);
    },
  });
}

async function send(request: FastifyRequest, reply: FastifyReply, file: SiteFile): Promise<FastifyReply> {
  void reply.headers({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    etag: file.etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === file.etag) return await reply.code(304).send();
  void reply.type(file.type);
  const isGzipWelcome = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  return isGzipWelcome
    ? await reply.header('content-encoding', 'gzip').send(file.gzipped)
    : await reply.send(file.body);
}

function notBuilt(): HttpError {
  return new HttpError(
    404,
    'No dashboard here',
    'It has not been built: run "npm run build". The API is under /v1.',
  );
}
