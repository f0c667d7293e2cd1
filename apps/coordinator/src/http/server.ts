/** The HTTP server: limits, headers, access and errors, the same for every route. */
import { createHash, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { LIMITS } from '@seedbed/contracts';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type HTTPMethods,
  LogController,
  type RouteOptions,
} from 'fastify';
import { type ZodTypeProvider, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { isOpen, makeAccessCheck } from './access.js';
import { HttpError, problemOf } from './problem.js';
import type { Tokens } from './roles.js';
import type { Sessions } from './session.js';

/** A request must have arrived after this; spec files are small and clients near. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a command to Redis may take (5 s) even when a route needs several; then 503, never a hang. */
const HANDLER_TIMEOUT_MS = 20_000;
/** Idle connections of browsers and of the command line's polling. */
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export type Server = ReturnType<typeof buildServer>;

export interface TlsMaterial {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface ServerOptions {
  readonly tokens: Tokens;
  /** Of browsers; null where no token is asked for. */
  readonly sessions: Sessions | null;
  /** Null for plain HTTP. */
  readonly tls: TlsMaterial | null;
  readonly logger: FastifyBaseLogger;
}

/** @returns a server without routes; see the `register…Routes` functions and `refuseOtherMethods` */
export function buildServer({ tokens, sessions, tls, logger }: ServerOptions) {
  const options: FastifyServerOptions = {
    loggerInstance: logger,
    bodyLimit: LIMITS.requestBytesMax,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // Polled routes would fill the log; errors are logged below.
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    // A caller's own request id could forge log lines.
    requestIdHeader: false,
    clientErrorHandler: refuseMalformedRequest,
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply as FastifyReply);
    },
  };
  // Nothing but the socket differs, so the types of plain HTTP do for both.
  const https = tls === null ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } };
  const app = fastify(Object.assign(options, https)).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // A web page can send text/plain anywhere without asking; JSON it cannot.
  app.removeContentTypeParser('text/plain');

  const checkAccess = makeAccessCheck(tokens, sessions);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    const { url: routeUrl } = request.routeOptions;
    if (!isOpen(routeUrl)) checkAccess({ headers: request.headers, method: request.method, routeUrl });
  });
  app.addHook('onSend', addEntityTag);
  app.setNotFoundHandler((request) => {
    throw new HttpError(
      404,
      'No such route',
      `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
    );
  });
  app.setErrorHandler(sendProblem);
  return app;
}

/** So that a reader who has the same already is not sent it again. */
async function addEntityTag(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const isRead = request.method === 'GET' && request.routeOptions.url?.startsWith('/v1/sweeps') === true;
  if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('etag'))
    return payload;
  const etag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`;
  void reply.headers({ etag, 'cache-control': 'private, no-cache' });
  if (request.headers['if-none-match'] !== etag) return payload;
  void reply.code(304).removeHeader('content-length').removeHeader('content-type');
  return null;
}

function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { problem, headers, unexpected } = problemOf(thrown, request.id);
  if (unexpected) request.log.error({ err: thrown, url: request.url }, 'request failed');
  // As a string: problem documents have no response schema to be serialised by.
  void reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Answers 405 with `Allow` for methods that a known path does not have.
 *
 * @param register registers the routes
 */
export function registerWithMethodCheck(app: FastifyInstance, register: () => void): void {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const methods = methodsByPath.get(url) ?? new Set<string>();
    for (const one of Array.isArray(method) ? method : [method]) methods.add(one);
    methodsByPath.set(url, methods);
  });
  register();
  for (const [url, known] of [...methodsByPath]) {
    const allow = [...known].sort().join(', ');
    const others = METHODS.filter((method) => !known.has(method) && !(method === 'HEAD' && known.has('GET')));
    app.route({
      method: others,
      url,
      handler: (request) => {
        const detail = `${request.method} is not possible here; use ${allow}.`;
        throw new HttpError(405, 'Method not allowed', detail, { allow });
      },
    });
  }
}

/** What Node could not even parse as HTTP. */
function refuseMalformedRequest(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) return;
  const [status, reason] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const body = JSON.stringify({ type: `urn:seedbed:problem:${status}`, title: reason, status });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
