/** A process that is started again whenever it ends, as a process manager would, until it is let go. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from './until.js';

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 15_000;
/** After an end by itself, as process managers do it, so that one that cannot start does not fill the machine. */
const RESTART_PAUSE_MS = 50;

export interface KeeperOptions {
  readonly main: string;
  readonly args?: readonly string[];
  /** A program and its words that start it, in its own place: `ip netns exec NAME`. */
  readonly prefix?: readonly [string, ...string[]];
  readonly execArgv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export class Keeper {
  private child: ChildProcess | null = null;
  private kept = true;
  private ready: { readonly processId: number; readonly message: Record<string, unknown> } | null = null;
  /** For the next start only. */
  private once: NodeJS.ProcessEnv = {};
  starts = 0;

  constructor(private readonly options: KeeperOptions) {
    this.start();
  }

  /** Of the present process; null between two. */
  get processId(): number | null {
    return this.child?.pid ?? null;
  }

  get isReady(): boolean {
    return this.ready !== null && this.ready.processId === this.processId;
  }

  /** What the process said when it was ready. */
  get message(): Record<string, unknown> | null {
    return this.isReady ? (this.ready?.message ?? null) : null;
  }

  async untilReady(): Promise<Record<string, unknown>> {
    return until('a process is ready', START_DEADLINE_MS, async () => this.message);
  }

  /** @returns whether there was a process to send it to */
  signal(signal: NodeJS.Signals): boolean {
    return this.child?.kill(signal) ?? false;
  }

  /** Resolves when this process, if it still runs, is gone. */
  async gone(processId: number): Promise<void> {
    await until(`process ${processId} has ended`, STOP_DEADLINE_MS, async () =>
      this.processId === processId ? null : true,
    );
  }

  /** The next process, which comes after the present one's end, gets these variables too. */
  nextStartWith(environment: NodeJS.ProcessEnv): void {
    this.once = environment;
  }

  /** Ids of the children of the present process, one level deep. */
  childIds(): number[] {
    try {
      const list = readFileSync(`/proc/${this.processId}/task/${this.processId}/children`, 'utf8').trim();
      return list === '' ? [] : list.split(' ').map(Number);
    } catch {
      return [];
    }
  }

  /** Ends it with SIGTERM and starts no other. */
  async release(): Promise<void> {
    this.kept = false;
    const child = this.child;
    if (child === null) return;
    const exit = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exit;
    clearTimeout(timer);
  }

  private start(): void {
    this.starts += 1;
    const { main, args = [], execArgv, environment, prefix } = this.options;
    const [execPath = process.execPath, ...before] = prefix ?? [];
    const child = fork(main, [...args], {
      env: { ...environment, ...this.once },
      execPath,
      execArgv: [...(prefix === undefined ? [] : [...before, process.execPath]), ...execArgv],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.once = {};
    this.child = child;
    child.on('message', (message) => {
      if (typeof message === 'object' && 'type' in message && message.type === 'ready')
        this.ready = { processId: child.pid ?? 0, message: message as Record<string, unknown> };
    });
    child.once('exit', () => {
      this.child = null;
      if (this.kept) setTimeout(() => this.kept && this.start(), RESTART_PAUSE_MS);
    });
  }
}
