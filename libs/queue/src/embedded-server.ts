/**
 * A server of our own: append-only, a user for each role with a password from a private file (never on a command line),
 * listening on this machine only, and gone when its starter is gone. For other machines `startTlsFront` stands before it.
 */
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import type { ServerRole } from './access-rules.js';
import { Connection } from './connection.js';
import { DirectoryLock } from './directory-lock.js';
import { type AppendFsync, type ServerConfig, writeServerConfig } from './server-config.js';
import { type ServerExit, ServerProcess } from './server-process.js';

/** Loading an append-only file takes about a second per 100 MB. */
const START_TIMEOUT_MS = 60_000;
/** A free port can be taken between our look and the server's start. */
const PORT_ATTEMPTS = 5;

export interface EmbeddedServerOptions {
  /** valkey-server or redis-server, 6.2 or later. */
  readonly binaryPath: string;
  /** Where data, configuration and log are kept; created when missing, and made private (0700). */
  readonly directory: string;
  /** `always` makes every answered write survive a loss of power; `everysec` all but the last second's. @default 'everysec' */
  readonly appendFsync?: AppendFsync;
  /**
   * Whether the user `default`, who may do everything, is there for people on this machine. False where other machines
   * can reach the server. @default true
   */
  readonly admin?: boolean;
  /** Ends the server, or its start. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedServer {
  /** For each role the URL with its user and password: for clients, not for logs. */
  readonly urls: Readonly<Record<ServerRole, string>>;
  /** Of the user `default`; null when there is none. */
  readonly adminUrl: string | null;
  readonly port: number;
  readonly processId: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly stopped: Promise<ServerExit>;
  /** Ends the server and resolves when it is gone. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a server and resolves when it answers.
 *
 * @throws TerminalError when one runs on the directory already, or it ends at once (its log's end is in the message)
 * @throws RetryableError when it does not answer in time
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  options.signal?.throwIfAborted();
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await chmod(options.directory, 0o700);
  const lock = await DirectoryLock.take(options.directory);
  try {
    let taken: number | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const config = await writeServerConfig({
        directory: options.directory,
        appendFsync: options.appendFsync ?? 'everysec',
        admin: options.admin ?? true,
        avoidPort: taken,
      });
      try {
        return await startOnce(options, config, lock);
      } catch (error) {
        const portTaken = /Address already in use/.test(coerceError(error).message);
        if (!portTaken || attempt >= PORT_ATTEMPTS) throw error;
        taken = config.port;
      }
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startOnce(
  options: EmbeddedServerOptions,
  config: ServerConfig,
  lock: DirectoryLock,
): Promise<EmbeddedServer> {
  const running = await ServerProcess.spawn(options.binaryPath, [config.path]);
  const urlOf = (role: ServerRole) => `redis://${role}:${config.passwords[role]}@127.0.0.1:${config.port}`;
  const urls = { coordinator: urlOf('coordinator'), trainer: urlOf('trainer'), scaler: urlOf('scaler') };
  const abort = () => void running.stop();
  options.signal?.addEventListener('abort', abort);
  try {
    await lock.giveTo(running.processId);
    await answers(urls.coordinator, config, running, options.signal);
  } catch (error) {
    options.signal?.removeEventListener('abort', abort);
    await running.stop();
    throw error;
  }
  const stopped = running.stopped.then(async (exit) => {
    options.signal?.removeEventListener('abort', abort);
    await lock.release();
    return exit;
  });
  return {
    urls,
    adminUrl:
      config.adminPassword === null ? null : `redis://:${config.adminPassword}@127.0.0.1:${config.port}`,
    port: config.port,
    processId: running.processId,
    stopped,
    stop: async () => {
      await running.stop();
      await stopped;
    },
  };
}

/** Waits for the first answer; a process that ends instead is reported with the end of its log. */
async function answers(
  url: string,
  config: ServerConfig,
  running: ServerProcess,
  signal: AbortSignal | undefined,
): Promise<void> {
  const connection = new Connection({ url, commandTimeoutMs: START_TIMEOUT_MS, closeTimeoutMs: 1_000 });
  try {
    const first = await Promise.race([
      connection.run('ping', (redis) => redis.ping()).then(() => 'answered' as const),
      running.stopped,
    ]);
    signal?.throwIfAborted();
    if (first === 'answered') return;
    const log = (await readFile(config.logPath, 'utf8').catch(() => ''))
      .trim()
      .split('\n')
      .slice(-10)
      .join('\n');
    const how = first.signal === null ? `with exit code ${first.code}` : `by ${first.signal}`;
    throw new TerminalError(`the server ended at its start ${how}; the end of ${config.logPath}:\n${log}`);
  } catch (error) {
    if (error instanceof RetryableError) {
      throw new RetryableError(
        `the server did not answer within ${START_TIMEOUT_MS} ms; see ${config.logPath}`,
      );
    }
    throw error;
  } finally {
    await connection.close();
  }
}
