/** The server of a system: an own one that we started, or a Redis that a person named and that we looked at first. */
import { join } from 'node:path';
import { coerceError, InputError } from '@seedbed/contracts';
import {
  type EmbeddedServer,
  inspectServer,
  redactServerUrl,
  requireSafeServer,
  startEmbeddedServer,
} from '@seedbed/queue';
import { waitMs } from '../client/backoff.js';
import { FailedError, UnreachableError } from '../errors.js';
import type { ServerChoice } from './server-choice.js';

export interface OpenServer {
  /** What each part connects to: with the rights of its role on an own server. */
  readonly urls: { readonly coordinator: string; readonly trainer: string };
  /** Of an own server, on loopback; null for one that is not ours. */
  readonly port: number | null;
  /** For people: `redis 7.0.15`. */
  readonly description: string;
  /** Null for a server that is not ours: its outages are waited out, not our end. */
  readonly processId: number | null;
  /** Calls back when an own server ends without being asked to. */
  onUnexpectedEnd(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

export interface OpenServerOptions {
  /** Other machines reach it: nobody is there but the users of our roles. */
  readonly exposed: boolean;
  /** Own servers keep their data and log in `server` below it. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
  /** Dangers of a named server that are accepted. */
  readonly acceptDataLoss: string | undefined;
}

/**
 * A server whose starter was killed a moment ago is still writing its data down. Anything that holds the directory
 * for longer is not on its way out.
 */
const PREDECESSOR_ENDS_WITHIN_MS = 12_000;
const LOOK_AGAIN_MS = 300;

/** @throws UnreachableError when the named Redis does not answer, FailedError when an own server does not start */
export function openServer(choice: ServerChoice, options: OpenServerOptions): Promise<OpenServer> {
  return choice.kind === 'url' ? useServer(choice.url, choice.from, options) : ownServer(choice, options);
}

/** Looked at before anything is started, so that a wrong address is one clear line and leaves nothing behind. */
async function useServer(url: string, from: string, options: OpenServerOptions): Promise<OpenServer> {
  try {
    const report = await inspectServer(url);
    requireSafeServer(report, options.acceptDataLoss);
    for (const warning of [...report.warnings, ...report.unknown]) options.onWarning(warning);
    return {
      // Whose rights a person's own server gives to whom is for that person to say; see `seedbed redis-acl`.
      urls: { coordinator: url, trainer: url },
      port: null,
      description: `${report.kind} ${report.version}`,
      processId: null,
      onUnexpectedEnd: () => undefined,
      close: () => Promise.resolve(),
    };
  } catch (thrown: unknown) {
    options.signal.throwIfAborted();
    if (thrown instanceof InputError) throw thrown;
    const { message } = coerceError(thrown);
    throw new UnreachableError(
      `cannot use the Redis of ${from} (${redactServerUrl(url)}): ${message}\nStart or correct it, or unset ${from} to use an own server.`,
      { cause: thrown },
    );
  }
}

async function ownServer(
  choice: Extract<ServerChoice, { kind: 'binary' }>,
  options: OpenServerOptions,
): Promise<OpenServer> {
  const server = await startPatiently(choice.path, options);
  return {
    urls: server.urls,
    port: server.port,
    description: choice.description,
    processId: server.processId,
    onUnexpectedEnd: (listener) => {
      void server.stopped.then(({ code, signal, requested }) => {
        if (!requested) listener(signal === null ? `exit code ${code ?? 'unknown'}` : signal);
      });
    },
    close: () => server.stop(),
  };
}

async function startPatiently(binaryPath: string, options: OpenServerOptions): Promise<EmbeddedServer> {
  const giveUpAt = Date.now() + PREDECESSOR_ENDS_WITHIN_MS;
  for (;;) {
    // A signal of its own: once it runs, the server must outlive Ctrl-C until the trainers have handed back.
    const start = new AbortController();
    const abort = (): void => start.abort(options.signal.reason);
    options.signal.addEventListener('abort', abort, { once: true });
    try {
      options.signal.throwIfAborted();
      const directory = join(options.directory, 'server');
      return await startEmbeddedServer({
        binaryPath,
        directory,
        admin: !options.exposed,
        signal: start.signal,
      });
    } catch (thrown: unknown) {
      options.signal.throwIfAborted();
      const { message } = coerceError(thrown);
      const predecessor = message.includes('already running');
      if (!predecessor || Date.now() > giveUpAt) {
        throw new FailedError(`the own server does not start: ${message}`, { cause: thrown });
      }
      await waitMs(LOOK_AGAIN_MS, options.signal);
    } finally {
      options.signal.removeEventListener('abort', abort);
    }
  }
}
