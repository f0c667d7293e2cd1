/** One HTTP exchange, with a pinned certificate where one is known. */
import { request } from 'node:https';
import { pinnedAgent } from '@seedbed/queue/tls';
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

/** Far above any answer; a coordinator that sends more is none. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** @throws TerminalError when another certificate answers; what fetch or the system throws */
export async function sendRequest(
  { url, fingerprint }: Connection,
  path: string,
  { method, headers, body }: HttpRequest,
  limits: { readonly signal: AbortSignal; readonly connectTimeoutMs: number },
): Promise<HttpAnswer> {
  const address = new URL(path, url);
  if (fingerprint === null) {
    const response = await fetch(address, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: limits.signal,
    });
    return { status: response.status, text: await response.text() };
  }
  const agent = pinnedAgent(fingerprint, limits.connectTimeoutMs);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      address,
      { method, agent, headers: { ...headers, ...length }, signal: limits.signal },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
