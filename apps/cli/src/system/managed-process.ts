/**
 * One child process of a system that we run: started in its own session, so that Ctrl-C reaches us alone and the parts
 * end in our order; tied to us by an IPC channel, so that it ends when we are killed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createLineSplitter } from './line-splitter.js';

export interface ManagedProcessOptions {
  /** For people: `coordinator`, `trainer 1`. */
  readonly name: string;
  /** Script to run. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Every line of its stdout (pino JSON). */
  readonly onLogLine: (line: string) => void;
  /** Every line of its stderr: plain words of a start that failed. */
  readonly onErrorLine: (line: string) => void;
}

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ManagedProcess {
  readonly name: string;
  readonly processId: number;
  /** Resolves with the first IPC message of type `ready`; rejects when the process ends before. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<ProcessEnd>;
  /** The last lines of its stderr, to say why it ended. */
  lastErrors(): readonly string[];
  /** SIGTERM, and SIGKILL after the grace. May be called twice. */
  stop(graceMs: number): Promise<void>;
}

/** Enough for a message and its reason. */
const ERROR_LINES_KEPT = 5;

const alive = new Set<ChildProcess>();
let exitHookSet = false;

export function startManagedProcess(options: ManagedProcessOptions): ManagedProcess {
  killAllOnExit();
  const errors: string[] = [];
  const child = fork(options.script, [], {
    env: options.environment,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  alive.add(child);
  const logLines = createLineSplitter(options.onLogLine);
  const errorLines = createLineSplitter((line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES_KEPT) errors.shift();
    options.onErrorLine(line);
  });
  child.stdout?.setEncoding('utf8').on('data', logLines.push);
  child.stderr?.setEncoding('utf8').on('data', errorLines.push);

  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => {
      // The process could not be started at all (no memory, no such file).
      errors.push(error.message);
      if (child.pid === undefined) finish({ exitCode: null, signal: null });
    });
    // `close` comes after the last of its output, `exit` before.
    child.once('close', (exitCode, signal) => finish({ exitCode, signal }));
    function finish(end: ProcessEnd): void {
      alive.delete(child);
      logLines.end();
      errorLines.end();
      resolve(end);
    }
  });
  const ready = new Promise<unknown>((resolve, reject) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready') {
        resolve(message);
      }
    });
    void ended.then((end) => reject(new Error(describeEnd(options.name, end, errors))));
  });
  ready.catch(() => undefined); // whoever waits for it sees the rejection

  return {
    name: options.name,
    processId: child.pid ?? -1,
    ready,
    ended,
    lastErrors: () => errors,
    async stop(graceMs) {
      if (!alive.has(child)) return;
      child.kill('SIGTERM');
      const timer = new AbortController();
      const inTime = await Promise.race([
        ended.then(() => true),
        delay(graceMs, false, { signal: timer.signal }).catch(() => false),
      ]);
      timer.abort();
      if (!inTime) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** `coordinator ended with exit code 1: port 7333 is taken` */
export function describeEnd(name: string, end: ProcessEnd, errors: readonly string[]): string {
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
  return `${name} ended ${how}${errors.length === 0 ? '' : `: ${errors.join(' ')}`}`;
}

/** The last resort: whatever way our process ends by itself, nothing of ours stays. (SIGKILL: IPC disconnects.) */
function killAllOnExit(): void {
  if (exitHookSet) return;
  exitHookSet = true;
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
  });
}
