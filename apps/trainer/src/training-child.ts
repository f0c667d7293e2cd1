/** One training child as its slot sees it: give it a pack, hear of results, learn how the pack ended. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from 'pino';
import { z } from 'zod';
import { coerceError, type RunResult, type RunTime, TerminalError } from '@seedbed/contracts';
import type { WidthTime } from '@seedbed/model';
import { memoryKills } from './available-cores.js';
import { type ChildDeath, explainExit } from './child-exit.js';
import { hiddenUnitsOf } from './child-memory.js';
import type { ChildCommand } from './child-command.js';
import { type MemoryAllowance, memoryLimitBytes, MemoryWatch } from './memory-watch.js';
import {
  type ChildIdentity,
  type FromChild,
  fromChildSchema,
  type MemberProgress,
  type NetworkModel,
  type PackOrder,
  type ToChild,
} from './protocol.js';
import { SilenceWatch } from './silence-watch.js';

export interface PackListeners {
  onProgress(members: readonly MemberProgress[]): void;
  onResult(member: number, result: RunResult, time: RunTime | null): void;
  onCheckpoint(member: number, checkpoint: { readonly step: number; readonly bytes: Uint8Array }): void;
  /** Of an order with `models`. */
  onModel?(member: number, model: NetworkModel): void;
  /** Any word of the child about this pack, also while it fetches data. */
  onSignOfLife(): void;
}

export type TrainingOrder = Omit<PackOrder, 'type' | 'packId'>;

export type PackOutcome =
  | { readonly kind: 'done'; readonly peakBytes: number }
  | { readonly kind: 'error'; readonly message: string; readonly retryable: boolean }
  | { readonly kind: 'died'; readonly death: ChildDeath };

export interface TrainingChild {
  readonly processId: number;
  readonly identity: ChildIdentity;
  /** Aborted once the process is gone; a dead child is replaced, not reused. */
  readonly gone: AbortSignal;
  /** How fast it trains packs of several widths; empty when it cannot tell in time. Never rejects. */
  measure(deadlineMs: number): Promise<readonly WidthTime[]>;
  /** Trains one pack; one at a time. Never rejects. */
  train(order: TrainingOrder, listeners: PackListeners): Promise<PackOutcome>;
  /** Asks for these members of the present pack to be dropped; they get no result. */
  cancel(members: readonly number[]): void;
  /** SIGKILL; the process is gone soon after. */
  kill(): void;
}

export interface ForkOptions {
  readonly childPath: string;
  readonly childArguments: readonly string[];
  readonly command: ChildCommand;
  readonly environment: Readonly<Record<string, string>>;
  /** From the fork to `hello`. */
  readonly startDeadlineMs: number;
  /** Longest silence while training. */
  readonly hangDeadlineMs: number;
  readonly memory: MemoryAllowance;
  readonly logger: Logger;
}

/** Kept of a child's standard error to explain its death. */
const LAST_WORDS_LENGTH = 2_000;

/** @throws TerminalError when the child ends, or stays silent, before it has said hello */
export function forkTrainingChild(options: ForkOptions, signal: AbortSignal): Promise<TrainingChild> {
  return new Promise((resolve, reject) => {
    const child = new ForkedChild(options, {
      hello: () => {
        signal.removeEventListener('abort', abort);
        resolve(child);
      },
      exit: (death) => {
        signal.removeEventListener('abort', abort);
        reject(new TerminalError(`training child did not start: ${death.reason}`));
      },
    });
    const abort = () => child.kill();
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

interface RunningPack {
  readonly packId: number;
  readonly listeners: PackListeners;
  readonly end: (outcome: PackOutcome) => void;
}

class ForkedChild implements TrainingChild {
  private readonly child: ChildProcess;
  private readonly hang: SilenceWatch;
  private readonly memory: MemoryWatch;
  /** Hidden units of the widest pack so far. */
  private widest = 0;
  private readonly startTimer: NodeJS.Timeout;
  private readonly memoryKillsBefore = memoryKills();
  private saidHello: ChildIdentity | null = null;
  private pack: RunningPack | null = null;
  /** Whoever waits for a measurement. */
  private measured: ((widths: readonly WidthTime[]) => void) | null = null;
  private packCount = 0;
  private killedFor: ChildDeath | null = null;
  private lastWords = '';
  private death: ChildDeath | null = null;
  private readonly goneController = new AbortController();
  readonly gone = this.goneController.signal;

  constructor(
    private readonly options: ForkOptions,
    private readonly started: { hello(): void; exit(death: ChildDeath): void },
  ) {
    this.child = fork(options.childPath, [...options.childArguments], {
      execPath: options.command.execPath,
      execArgv: [...options.command.execArgv],
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Weights as bytes: as JSON a checkpoint would be five times as long.
      serialization: 'advanced',
    });
    const silence = `no sign of life for ${options.hangDeadlineMs / 1_000} s`;
    this.hang = new SilenceWatch(options.hangDeadlineMs, () => this.killFor('poison', silence));
    this.memory = new MemoryWatch(
      () => this.child.pid,
      (residentBytes, limitBytes) => this.killFor('poison', tooMuchMemory(residentBytes, limitBytes)),
    );
    this.startTimer = setTimeout(
      () => this.killFor('error', `no hello within ${options.startDeadlineMs / 1_000} s`),
      options.startDeadlineMs,
    );
    this.child.on('message', (message) => this.receive(message));
    this.child.on('error', (error) => {
      // Raised when the program cannot be started (then there is no exit event) or a message cannot be sent.
      options.logger.warn({ err: error }, 'training child: process error');
      if (this.child.pid === undefined) this.exited({ cause: 'error', reason: error.message });
    });
    this.child.stdout?.on('data', (chunk: Buffer) =>
      options.logger.debug({ output: String(chunk) }, 'training child says'),
    );
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.lastWords = (this.lastWords + String(chunk)).slice(-LAST_WORDS_LENGTH);
      options.logger.debug({ output: String(chunk) }, 'training child says');
    });
    // 'close' follows 'exit' once the pipes are read to their end, so the last words and results are complete.
    this.child.on('close', (code, signal) => this.exited(this.explain(code, signal)));
  }

  get processId(): number {
    return this.child.pid ?? 0;
  }

  get identity(): ChildIdentity {
    if (this.saidHello === null) throw new TypeError('a training child has no identity before its hello');
    return this.saidHello;
  }

  measure(deadlineMs: number): Promise<readonly WidthTime[]> {
    return new Promise((resolve) => {
      const end = (widths: readonly WidthTime[]) => {
        clearTimeout(timer);
        this.gone.removeEventListener('abort', give);
        this.measured = null;
        resolve(widths);
      };
      const give = () => end([]);
      const timer = setTimeout(give, deadlineMs);
      this.gone.addEventListener('abort', give, { once: true });
      this.measured = end;
      this.send({ type: 'measure' });
    });
  }

  train(order: TrainingOrder, listeners: PackListeners): Promise<PackOutcome> {
    if (this.pack !== null) throw new TypeError('a training child trains one pack at a time');
    if (this.death !== null) return Promise.resolve({ kind: 'died', death: this.death });
    const packId = ++this.packCount;
    return new Promise((end) => {
      this.pack = { packId, listeners, end };
      this.hang.start();
      this.widest = Math.max(this.widest, widthOf(order));
      const isEstimated = this.identity.fallbackReason === null;
      this.memory.start(memoryLimitBytes(this.options.memory, this.widest, isEstimated));
      this.send({ type: 'pack', packId, ...order });
    });
  }

  cancel(members: readonly number[]): void {
    if (this.pack !== null && members.length > 0) {
      this.send({ type: 'cancel', packId: this.pack.packId, members: [...members] });
    }
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private send(message: ToChild): void {
    // A failed send means that the child is going; its exit is what counts.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private receive(raw: unknown): void {
    const parsed = fromChildSchema.safeParse(raw);
    if (!parsed.success) {
      this.killFor('error', `message of the wrong shape: ${z.prettifyError(parsed.error)}`);
      return;
    }
    this.hang.heard();
    try {
      this.handle(parsed.data);
    } catch (thrown) {
      this.options.logger.error({ err: coerceError(thrown) }, 'supervisor failed on a message of its child');
    }
  }

  private handle(message: FromChild): void {
    if (message.type === 'hello') {
      const { type: _, ...identity } = message;
      this.saidHello = identity;
      clearTimeout(this.startTimer);
      this.started.hello();
      return;
    }
    if (message.type === 'measured') {
      this.measured?.(message.widths);
      return;
    }
    const pack = this.pack;
    if (pack === null || message.packId !== pack.packId) return;
    pack.listeners.onSignOfLife();
    switch (message.type) {
      case 'working':
        if (message.note !== null)
          this.options.logger.info({ note: message.note }, 'training child is working');
        return;
      case 'progress':
        return pack.listeners.onProgress(message.members);
      case 'result':
        return pack.listeners.onResult(message.member, message.result, message.time);
      case 'checkpoint':
        return pack.listeners.onCheckpoint(message.member, message);
      case 'model': {
        const { member, json, weights, reloaded } = message;
        return pack.listeners.onModel?.(member, { json, weights, reloaded });
      }
      case 'done':
        return this.endPack({ kind: 'done', peakBytes: message.peakBytes });
      case 'error':
        return this.endPack({ kind: 'error', message: message.message, retryable: message.retryable });
    }
  }

  private endPack(outcome: PackOutcome): void {
    const pack = this.pack;
    this.pack = null;
    this.hang.stop();
    this.memory.stop();
    pack?.end(outcome);
  }

  private killFor(cause: ChildDeath['cause'], reason: string): void {
    this.killedFor ??= { cause, reason: `training child killed: ${reason}` };
    this.kill();
  }

  private explain(code: number | null, signal: NodeJS.Signals | null): ChildDeath {
    const now = memoryKills();
    const before = this.memoryKillsBefore;
    const memoryKillSeen = now === null || before === null ? null : now > before;
    return explainExit({
      code,
      signal,
      killedFor: this.killedFor,
      memoryKillSeen,
      lastWords: this.lastWords,
    });
  }

  private exited(death: ChildDeath): void {
    if (this.death !== null) return;
    this.death = death;
    clearTimeout(this.startTimer);
    this.goneController.abort();
    this.endPack({ kind: 'died', death });
    if (this.saidHello === null) this.started.exit(death);
  }
}

function widthOf({ members }: TrainingOrder): number {
  return members.reduce((sum, settings) => sum + hiddenUnitsOf(settings), 0);
}

function tooMuchMemory(residentBytes: number, limitBytes: number): string {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return `it took ${megabytes(residentBytes)} MB of memory, of at most ${megabytes(limitBytes)} (SEEDBED_CHILD_MEMORY_BYTES)`;
}
