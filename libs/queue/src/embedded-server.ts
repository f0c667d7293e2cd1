/**
 * A server of our own for one machine: append-only, password from a private file (never on a command line), reachable from
 * this machine only, and gone when its starter is gone.
 *
 * How it dies with its starter, also when that is killed outright: on Linux `setpriv --pdeathsig TERM` asks the kernel;
 * elsewhere a shell blocks on a pipe from the starter and ends the server when the pipe closes. It runs in a process group of its own, so
 * that Ctrl-C lets trainers hand their blocks back before the server goes.
 */
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './connection.js';
import { DirectoryLock } from './directory-lock.js';
import { isExecutable } from './server-binary.js';
import { type AppendFsync, type ServerConfig, writeServerConfig } from './server-config.js';

/** Loading an append-only file takes about a second per 100 MB. */
const START_TIMEOUT_MS = 60_000;
/** Ending writes what is still in memory; after this it is killed, and its append-only file holds all but the last second. */
const STOP_TIMEOUT_MS = 10_000;
/** A free port can be taken between our look and the server's start. */
const PORT_ATTEMPTS = 5;
const SETPRIV_PATHS = ['/usr/bin/setpriv', '/bin/setpriv'];

export interface EmbeddedServerOptions {
  /** valkey-server or redis-server, 6.2 or later. */
  readonly binaryPath: string;
  /** Where data, configuration and log are kept; created when missing, and made private (0700). */
  readonly directory: string;
  /** `always` makes every answered write survive a loss of power; `everysec` all but the last second's. @default 'everysec' */
  readonly appendFsync?: AppendFsync;
  /** Ends the server, or its start. */
  readonly signal?: AbortSignal;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether `stop` or the signal asked for it. */
  readonly requested: boolean;
}

export interface EmbeddedServer {
  /** With the password: for clients, not for logs. */
  readonly url: string;
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
      const config = await writeServerConfig(options.directory, options.appendFsync ?? 'everysec', taken);
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
  const running = await RunningServer.spawn(options.binaryPath, config.path);
  const url = `redis://:${config.password}@127.0.0.1:${config.port}`;
  const abort = () => void running.stop();
  options.signal?.addEventListener('abort', abort);
  try {
    await lock.giveTo(running.processId);
    await answers(url, config, running, options.signal);
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
    url,
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
  running: RunningServer,
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

class RunningServer {
  readonly stopped: Promise<ServerExit>;
  #requested = false;

  private constructor(
    private readonly child: ChildProcess,
    readonly processId: number,
    watchdog: ChildProcess | null,
  ) {
    this.stopped = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        watchdog?.kill('SIGKILL');
        resolve({ code, signal, requested: this.#requested });
      });
    });
  }

  static async spawn(binaryPath: string, configPath: string): Promise<RunningServer> {
    const setpriv = await firstExecutable(SETPRIV_PATHS);
    const command = [binaryPath, configPath];
    if (setpriv !== null) command.unshift(setpriv, '--pdeathsig', 'TERM', '--');
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    const failed = await once(child, 'spawn').then(() => null, coerceError);
    if (failed !== null || child.pid === undefined) {
      throw new TerminalError(
        `${binaryPath} cannot be started: ${failed?.message ?? 'it has no process id'}`,
      );
    }
    return new RunningServer(child, child.pid, setpriv === null ? watch(child.pid) : null);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.#requested = true;
    this.child.kill('SIGTERM');
    const timer = new AbortController();
    const late = delay(STOP_TIMEOUT_MS, 'late', { signal: timer.signal }).catch(() => 'stopped');
    if ((await Promise.race([this.stopped, late])) === 'late') this.child.kill('SIGKILL');
    timer.abort();
    await this.stopped;
  }
}

/** `cat` ends when our end of the pipe closes: when we are gone. */
function watch(processId: number): ChildProcess {
  const script = 'cat > /dev/null; kill -TERM "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'seedbed-server-watchdog', String(processId)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => {});
  watchdog.unref();
  return watchdog;
}

async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return null;
}
