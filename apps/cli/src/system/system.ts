/**
 * A whole Seedbed on this machine: a server (unless a Redis is named), a coordinator and trainers, as child processes.
 * Parts end in the order trainers, coordinator, server, so that each can still hand its work back to the next.
 *
 * What happens when a part dies by itself:
 * - a trainer is started again (its blocks go back by themselves), a few times;
 * - the coordinator is started again on the same address once a minute at most;
 * - the server holds the results: the system fails.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { z } from 'zod';
import { ACCEPT_DATA_LOSS } from '@seedbed/queue';
import { FailedError } from '../errors.js';
import { fileError } from '../output/atomic-file.js';
import { expose, type Exposure, type ExposureOptions } from './exposure.js';
import { openServer, type OpenServer } from './open-server.js';
import { describeEnd, type ManagedProcess, type ProcessEnd, startManagedProcess } from './managed-process.js';
import { openLogFile, type LogFile } from './log-file.js';
import { appScript } from './installation.js';
import { environmentOfCoordinator, environmentOfTrainers } from './part-environment.js';
import { createWarningFilter } from './part-warnings.js';
import type { ServerChoice } from './server-choice.js';

/** Together under ten seconds, the time a person waits before pressing Ctrl-C again. */
const TRAINER_GRACE_MS = 5_500;
const COORDINATOR_GRACE_MS = 3_200;
/** A part that dies more often than this within a minute will not get better by itself. */
const RESTARTS_PER_MINUTE_MAX = { coordinator: 1, trainer: 3 } as const;
const MINUTE_MS = 60_000;

export interface SystemOptions {
  readonly server: ServerChoice;
  /** Where the own server keeps its data, and all logs. */
  readonly directory: string;
  /** `host:port`; port 0 for any free one. */
  readonly listen: string;
  readonly token: string;
  /** Opens data sets and the like for trainers elsewhere; null where there are none. */
  readonly trainerToken: string | null;
  /** How other machines reach it; null when they do not. */
  readonly exposure: ExposureOptions | null;
  readonly trainers: number;
  /** Training processes per trainer; null for one per core. */
  readonly children: number | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** What a person should know now: a part died, was started again, warns. */
  readonly onEvent: (event: SystemEvent) => void;
}

export interface SystemEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly part: string;
  readonly message: string;
}

export interface RunningSystem {
  readonly url: string;
  readonly token: string;
  /** Of the certificate of a system that other machines reach. */
  readonly fingerprint: string | null;
  /** What other machines need to train; null when they cannot reach it. */
  readonly joinWord: string | null;
  /** The same with the token that opens everything, for people's commands. */
  readonly steerWord: string | null;
  readonly redisUrl: string;
  readonly trainerRedisUrl: string;
  readonly serverDescription: string;
  readonly logDirectory: string;
  /** Rejects with a FailedError when the system cannot go on. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends everything, in order. May be called twice; never rejects. */
  stop(): Promise<void>;
}

const readyMessageSchema = z.object({ type: z.literal('ready'), url: z.string() });

/** @throws FailedError or UnreachableError with nothing left running */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const supervisor = new Supervisor(options);
  try {
    return await supervisor.start();
  } catch (thrown: unknown) {
    await supervisor.stop();
    options.signal.throwIfAborted();
    throw thrown;
  }
}

class Supervisor {
  private readonly logDirectory: string;
  private readonly logs = new Map<string, LogFile>();
  private readonly restarts = new Map<string, number[]>();
  private readonly warnings = createWarningFilter();
  private readonly trainers = new Map<number, ManagedProcess>();
  private coordinator: ManagedProcess | null = null;
  private server: OpenServer | null = null;
  private exposure: Exposure | null = null;
  private stopping: Promise<void> | null = null;
  private address: string;
  private url = '';
  private fail: (error: Error) => void = () => undefined;
  private readonly failed: Promise<never>;

  constructor(private readonly options: SystemOptions) {
    this.logDirectory = join(options.directory, 'logs');
    this.address = options.listen;
    this.failed = new Promise((_, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
  }

  async start(): Promise<RunningSystem> {
    const { options } = this;
    makeDirectory(this.logDirectory);
    this.server = await openServer(options.server, {
      directory: options.directory,
      exposed: options.exposure !== null,
      signal: options.signal,
      onWarning: (message) => this.tell('warn', 'server', message),
      acceptDataLoss: options.environment[ACCEPT_DATA_LOSS],
    });
    this.server.onUnexpectedEnd((reason) =>
      this.end(`the server ended by itself (${reason}); its log is in ${join(options.directory, 'server')}`),
    );
    if (options.exposure !== null) {
      this.exposure = await expose(options.exposure, this.server, options.directory);
    }
    const url = await this.startCoordinator();
    for (let index = 1; index <= options.trainers; index += 1) this.startTrainer(index);
    options.signal.throwIfAborted();
    return {
      url,
      token: options.token,
      fingerprint: this.exposure?.certificate.fingerprint ?? null,
      joinWord: this.exposure?.joinWord(url, options.trainerToken ?? options.token) ?? null,
      steerWord: this.exposure?.joinWord(url, options.token) ?? null,
      redisUrl: this.server.urls.coordinator,
      trainerRedisUrl: this.server.urls.trainer,
      serverDescription: this.server.description,
      logDirectory: this.logDirectory,
      failed: this.failed,
      stop: () => this.stop(),
    };
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopInOrder();
    return this.stopping;
  }

  private async stopInOrder(): Promise<void> {
    await Promise.all([...this.trainers.values()].map((trainer) => trainer.stop(TRAINER_GRACE_MS)));
    await this.coordinator?.stop(COORDINATOR_GRACE_MS);
    await this.exposure?.close();
    await this.server?.close().catch((thrown: unknown) => {
      this.tell('warn', 'server', `did not end well: ${coerceError(thrown).message}`);
    });
    await Promise.all([...this.logs.values()].map((log) => log.close()));
  }

  private async startCoordinator(): Promise<string> {
    const part = 'coordinator';
    const process = this.startPart(part, appScript('coordinator', 'main.js'), {
      ...environmentOfCoordinator(this.options.environment),
      REDIS_URL: this.server?.urls.coordinator,
      SEEDBED_LISTEN: this.address,
      SEEDBED_TOKEN: this.options.token,
      SEEDBED_TRAINER_TOKEN: this.options.trainerToken ?? undefined,
      SEEDBED_TLS_CERTIFICATE: this.exposure?.certificate.path,
      SEEDBED_CHECKPOINT_DIR: join(this.options.directory, 'checkpoints'),
    });
    this.coordinator = process;
    const ready = await this.untilReady(process);
    const { url } = readyMessageSchema.parse(ready);
    // Started again, it must be found where it was.
    this.address = new URL(url).host;
    this.url = url;
    void process.ended.then((end) => {
      this.afterEnd(
        part,
        end,
        process,
        () => void this.startCoordinator().catch((error: Error) => this.fail(error)),
      );
    });
    return url;
  }

  private startTrainer(index: number): void {
    const part = `trainer-${index}`;
    const { children } = this.options;
    const process = this.startPart(part, appScript('trainer', 'main.js'), {
      ...environmentOfTrainers(this.options.environment),
      REDIS_URL: this.server?.urls.trainer,
      SEEDBED_CHILDREN: children === null ? undefined : String(children),
      SEEDBED_TRAINER_TOKEN: undefined,
      // Where they keep states of long runs; the data set they share with it already.
      SEEDBED_CHECKPOINT_URL: this.url,
      SEEDBED_TOKEN: this.options.trainerToken ?? this.options.token,
      SEEDBED_FINGERPRINT: this.exposure?.certificate.fingerprint,
      SEEDBED_URL: undefined,
      SEEDBED_JOIN: undefined,
    });
    this.trainers.set(index, process);
    void process.ended.then((end) => this.afterEnd(part, end, process, () => this.startTrainer(index)));
  }

  private startPart(part: string, script: string, environment: NodeJS.ProcessEnv): ManagedProcess {
    const log = this.logOf(part);
    return startManagedProcess({
      name: part,
      script,
      environment,
      onLogLine: (line) => {
        log.write(`${line}\n`);
        const warning = this.warnings.newsIn(part, line);
        if (warning !== null) this.tell(warning.level, part, warning.message);
      },
      onErrorLine: (line) => log.write(`${line}\n`),
    });
  }

  private async untilReady(process: ManagedProcess): Promise<unknown> {
    const interrupted = new Promise<never>((_, reject) => {
      const { signal } = this.options;
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      void process.ended.then(() => signal.removeEventListener('abort', abort));
    });
    try {
      return await Promise.race([process.ready, interrupted]);
    } catch (thrown: unknown) {
      this.options.signal.throwIfAborted();
      throw new FailedError(coerceError(thrown).message, { cause: thrown });
    }
  }

  /** A part ended: as we asked, or by itself. */
  private afterEnd(part: string, end: ProcessEnd, process: ManagedProcess, startAgain: () => void): void {
    if (this.stopping !== null || this.options.signal.aborted) return;
    const what = describeEnd(part, end, process.lastErrors());
    const kind = part === 'coordinator' ? 'coordinator' : 'trainer';
    const now = Date.now();
    const recent = (this.restarts.get(part) ?? []).filter((at) => now - at < MINUTE_MS);
    // Exit code 2 is a configuration that the part refuses: it would refuse it again.
    if (end.exitCode === 2 || recent.length >= RESTARTS_PER_MINUTE_MAX[kind]) {
      this.end(`${what}; its log is in ${this.logDirectory}`);
      return;
    }
    this.restarts.set(part, [...recent, now]);
    this.tell('warn', part, `${what}; starting it again`);
    startAgain();
  }

  private end(message: string): void {
    if (this.stopping !== null) return;
    this.fail(new FailedError(message));
  }

  private logOf(part: string): LogFile {
    const path = join(this.logDirectory, `${part}.log`);
    const log =
      this.logs.get(part) ??
      openLogFile(path, (error) =>
        this.tell('warn', part, `its log cannot be written any more: ${error.message}`),
      );
    this.logs.set(part, log);
    return log;
  }

  private tell(level: SystemEvent['level'], part: string, message: string): void {
    this.options.onEvent({ level, part, message });
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (thrown: unknown) {
    throw fileError(path, thrown);
  }
}
