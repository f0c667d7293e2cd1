/**
 * A server's process that dies with its starter, also when that is killed outright.
 *
 * On Linux `setpriv --pdeathsig TERM` asks the kernel for it; where there is none, a shell blocks on a pipe from the
 * starter and ends the server when the pipe closes. The server runs in a process group of its own, so that Ctrl-C lets
 * trainers hand their blocks back before it goes.
 */
import { coerceError, TerminalError } from '@seedbed/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isExecutable } from './server-binary.js';

/** Ending writes what is still in memory; after this it is killed, and its append-only file holds all but the last second. */
const STOP_TIMEOUT_MS = 10_000;
/** The starter may be gone before the kernel was asked, which then says nothing: whoever has another parent ends at once. */
const UNLESS_ORPHANED = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"';
const SETPRIV_PATHS = ['/usr/bin/setpriv', '/bin/setpriv'];

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether `stop` or the signal asked for it. */
  readonly requested: boolean;
}

export class ServerProcess {
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

  /** @throws TerminalError when the program cannot be started at all */
  static async spawn(
    binaryPath: string,
    serverArgs: readonly string[],
    tie: 'kernel' | 'pipe' = 'kernel',
  ): Promise<ServerProcess> {
    if (!(await isExecutable(binaryPath)))
      throw new TerminalError(`${binaryPath} is no program that can be started`);
    const setpriv = tie === 'kernel' ? await firstExecutable(SETPRIV_PATHS) : null;
    const [program, ...args] =
      setpriv === null
        ? [binaryPath, ...serverArgs]
        : [
            setpriv,
            '--pdeathsig',
            'TERM',
            '--',
            '/bin/sh',
            '-c',
            UNLESS_ORPHANED,
            'sh',
            String(process.pid),
            binaryPath,
            ...serverArgs,
          ];
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    const failed = await once(child, 'spawn').then(() => null, coerceError);
    if (failed !== null || child.pid === undefined) {
      throw new TerminalError(
        `${binaryPath} cannot be started: ${failed?.message ?? 'it has no process id'}`,
      );
    }
    return new ServerProcess(child, child.pid, setpriv === null ? watch(child.pid) : null);
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
