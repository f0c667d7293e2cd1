/** One HTTP exchange, with a pinned certificate where one is known. */
import { pinnedFetch } from '@seedbed/queue/tls';
import type { Connection } from './connection.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws TerminalError when another certificate answers; what fetch or the system throws */
export async function sendRequest(
  connection: Connection,
  path: string,
  request: HttpRequest,
  limits: RequestLimits,
): Promise<HttpAnswer> {
  const response = await openResponse(connection, path, request, limits);
  return { status: response.status, text: await response.text() };
}

export interface RequestLimits {
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
}

/** The same, with the body still to be read. */
export async function openResponse(
  { url, fingerprint }: Connection,
  path: string,
  { method, headers, body }: HttpRequest,
  limits: RequestLimits,
): Promise<Response> {
  const send = fingerprint === null ? fetch : pinnedFetch(fingerprint, limits.connectTimeoutMs);
  return await send(new URL(path, url).href, {
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    signal: limits.signal,
  });
}
