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
  { url, fingerprint }: Connection,
  path: string,
  { method, headers, body }: HttpRequest,
  limits: { readonly signal: AbortSignal; readonly connectTimeoutMs: number },
): Promise<HttpAnswer> {
  const send = fingerprint === null ? fetch : pinnedFetch(fingerprint, limits.connectTimeoutMs);
  const response = await send(new URL(path, url).href, {
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    signal: limits.signal,
  });
  return { status: response.status, text: await response.text() };
}
