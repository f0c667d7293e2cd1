/** `GET /v1/sweeps/:sweepId/events`: server-sent events, which a browser resumes by `Last-Event-ID` by itself. */
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { sweepIdSchema } from '@seedbed/contracts';
import { z } from 'zod';
import type { FeedEvent } from '../events/sweep-feed.js';
import { WATCHERS_MAX } from '../events/sweep-feeds.js';
import { HttpError, RETRY_AFTER_SECONDS } from './problem.js';
import { type RouteContext, requireSweep } from './route-context.js';
import type { Server } from './server.js';

/** Proxies close what is silent for a minute, often for 30 s. */
const HEARTBEAT_MS = 15_000;
/** Then the browser comes again: a session that has ended must not be told for ever. */
const STREAM_LIFETIME_MS = 30 * 60_000;
/** What may wait for a slow reader; beyond it the reader is cut off and resumes where it was. */
const BUFFERED_BYTES_MAX = 1_000_000;
/** How long a browser waits before it comes back. */
const RECONNECT_MS = 1_000;

const params = z.object({ sweepId: sweepIdSchema });

export function registerEventRoutes(app: Server, { store, feeds }: RouteContext): void {
  app.get('/v1/sweeps/:sweepId/events', {
    schema: { params },
    handler: async (request, reply) => {
      const { sweepId } = await requireSweep(store, request.params.sweepId);
      if (feeds.watchers >= WATCHERS_MAX) throw tooMany();
      const stream = new Readable({ read: () => undefined });
      const write = (text: string) => {
        if (stream.destroyed) return;
        stream.push(text);
        if (stream.readableLength > BUFFERED_BYTES_MAX) stream.destroy();
      };
      write(`retry: ${RECONNECT_MS}\n\n`);
      const header = request.headers['last-event-id'];
      const lastEventId = typeof header === 'string' && header !== '' ? header : null;
      const stop = await feeds.watch(sweepId, lastEventId, (event) => write(textOf(event)));
      const heartbeat = setInterval(() => write(': here\n\n'), HEARTBEAT_MS).unref();
      const lifetime = setTimeout(() => stream.push(null), STREAM_LIFETIME_MS).unref();
      const end = () => {
        clearInterval(heartbeat);
        clearTimeout(lifetime);
        stop();
        stream.destroy();
      };
      stream.once('close', () => {
        end();
        reply.raw.destroy();
      });
      reply.raw.once('close', end);
      // Gone while we looked.
      if (reply.raw.destroyed) end();
      // Taken over, so that the time limit of handlers does not end it.
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      stream.pipe(reply.raw);
    },
  });
}

function textOf({ id, event, data }: FeedEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

function tooMany(): HttpError {
  const detail = `${WATCHERS_MAX} are watching already; try again soon.`;
  return new HttpError(503, 'Too many watchers', detail, { 'retry-after': String(RETRY_AFTER_SECONDS) });
}
