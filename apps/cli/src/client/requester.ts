/** One HTTP request to the coordinator: time limits, patience while it is away, errors that say what happened. */
import { coerceError, problemSchema, SEEDBED_VERSION, TerminalError } from '@seedbed/contracts';
import { z } from 'zod';
import { UnreachableError } from '../errors.js';
import { systemCodeOf } from '../system-code.js';
import { ApiError } from './api-error.js';
import { backoffMs, waitMs } from './backoff.js';
import type { Connection } from './connection.js';
import { type HttpAnswer, type HttpRequest, openResponse, sendRequest } from './send-request.js';

/** One try. The slowest answer is a page of runs with their curves, well under a second. */
const TRY_TIMEOUT_MS = 15_000;
/** A whole export: 100,000 runs are about 60 MB, which a slow network may take minutes for. */
const STREAM_TIMEOUT_MS = 15 * 60_000;

export interface RequesterOptions {
  /** Asked before every try: a coordinator that was started again may listen elsewhere. */
  readonly connection: () => Connection;
  readonly signal: AbortSignal;
  /** How long to keep trying while nobody answers or the answer is 503. @default 2_000 */
  readonly patienceMs?: number;
  /** Called once when the coordinator goes away and once when it is back. */
  readonly onAway?: (away: boolean, reason: string) => void;
  readonly now?: () => number;
}

const DEFAULT_PATIENCE_MS = 2_000;
const GET: HttpRequest = { method: 'GET', headers: {} };

export interface PostOptions {
  readonly body?: unknown;
  /** Makes a repeated POST harmless; ours all are (actions on a sweep are idempotent by themselves). */
  readonly idempotencyKey?: string;
}

export interface Requester {
  getJson<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  getText(path: string): Promise<string>;
  /** What may be too long for one text, piece by piece. Is tried once: half of it cannot be taken back. */
  getPieces(path: string): AsyncGenerator<string>;
  postJson<T>(path: string, schema: z.ZodType<T>, options: PostOptions): Promise<T>;
  parse<T>(path: string, text: string, schema: z.ZodType<T>): T;
}

export function createRequester(options: RequesterOptions): Requester {
  const send = (path: string, request: HttpRequest): Promise<string> => sendPatiently(options, path, request);
  return {
    async getJson(path, schema) {
      return parseAnswer(path, await send(path, GET), schema);
    },
    getText: (path) => send(path, GET),
    getPieces: (path) => readPieces(options, path),
    async postJson(path, schema, { body, idempotencyKey }) {
      const headers: Record<string, string> = {};
      if (body !== undefined) headers['content-type'] = 'application/json';
      if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      return parseAnswer(path, await send(path, { method: 'POST', headers, ...content }), schema);
    },
    parse: parseAnswer,
  };
}

/** Tries until there is an answer that is not "away", or patience ends. */
async function sendPatiently(options: RequesterOptions, path: string, request: HttpRequest): Promise<string> {
  const now = options.now ?? Date.now;
  const giveUpAt = now() + (options.patienceMs ?? DEFAULT_PATIENCE_MS);
  let away = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const text = await sendOnce(options, path, request);
      if (away) options.onAway?.(false, 'the coordinator answers again');
      return text;
    } catch (thrown: unknown) {
      options.signal.throwIfAborted();
      const error = coerceError(thrown);
      const waitable =
        error instanceof UnreachableError || (error instanceof ApiError && error.status === 503);
      if (!waitable) throw error;
      const pauseMs = backoffMs(attempt);
      if (now() + pauseMs > giveUpAt) throw error;
      if (!away) options.onAway?.(true, error.message);
      away = true;
      await waitMs(pauseMs, options.signal);
    }
  }
}

async function* readPieces(options: RequesterOptions, path: string): AsyncGenerator<string> {
  const connection = options.connection();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(STREAM_TIMEOUT_MS)]);
  const request = { ...GET, headers: withToken(GET.headers, connection) };
  try {
    const response = await openResponse(connection, path, request, {
      signal,
      connectTimeoutMs: TRY_TIMEOUT_MS,
    });
    if (!response.ok) throw new ApiError(response.status, problemOf(await response.text()), `GET ${path}`);
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      yield decoder.decode(bytes as Uint8Array, { stream: true });
    }
    yield decoder.decode();
  } catch (thrown: unknown) {
    options.signal.throwIfAborted();
    if (thrown instanceof TerminalError || thrown instanceof ApiError) throw thrown;
    throw unreachable(connection.url, thrown);
  }
}

function withToken(headers: Readonly<Record<string, string>>, { token }: Connection): Record<string, string> {
  return token === null ? { ...headers } : { ...headers, authorization: `Bearer ${token}` };
}

async function sendOnce(options: RequesterOptions, path: string, request: HttpRequest): Promise<string> {
  const connection = options.connection();
  const headers = withToken(request.headers, connection);
  let answer: HttpAnswer;
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
    answer = await sendRequest(
      connection,
      path,
      { ...request, headers },
      { signal, connectTimeoutMs: TRY_TIMEOUT_MS },
    );
  } catch (thrown: unknown) {
    // Somebody else answers there: waiting would not change it.
    if (thrown instanceof TerminalError) throw thrown;
    throw unreachable(connection.url, thrown);
  }
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  throw new ApiError(answer.status, problemOf(answer.text), `${request.method} ${path}`);
}

function unreachable(url: string, thrown: unknown): UnreachableError {
  const cause = rootCause(thrown);
  const error = coerceError(cause);
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    ECONNRESET: 'it closed the connection',
    UND_ERR_SOCKET: 'it closed the connection (does it speak TLS? then its address begins with https://)',
    DEPTH_ZERO_SELF_SIGNED_CERT:
      'its certificate is signed by itself; use the join line that `seedbed up` printed, or set SEEDBED_FINGERPRINT',
  };
  const timedOut = /due to timeout|operation was aborted/.test(error.message);
  const why = timedOut
    ? `no answer within ${TRY_TIMEOUT_MS / 1000} s`
    : (reasons[systemCodeOf(cause)] ?? (error.message || systemCodeOf(cause)));
  return new UnreachableError(`cannot reach the coordinator at ${url}: ${why}`, { cause: thrown });
}

/** fetch says only "fetch failed"; what happened is in its cause, or in the cause of that. */
function rootCause(thrown: unknown): unknown {
  let cause = thrown;
  while (typeof cause === 'object' && cause !== null && 'cause' in cause && cause.cause !== undefined) {
    cause = cause.cause;
  }
  return cause;
}

function problemOf(text: string): z.infer<typeof problemSchema> | null {
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return null; // a proxy's error page, or the health answer of a coordinator without Redis
  }
}

function parseAnswer<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown: unknown) {
    throw new TerminalError(
      `${path} answered something that is not JSON: is this address a Seedbed coordinator?`,
      {
        cause: thrown,
      },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TerminalError(
    `${path} answered something that Seedbed ${SEEDBED_VERSION} does not know (another version of the coordinator?):\n` +
      z.prettifyError(parsed.error),
  );
}
