/**
 * A whole system of real processes for one test: server, coordinator, trainers with native kernels, on real CIFAR-10.
 * Everything is waited for by what it says or shows, and `stop` leaves no process behind.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type Answer,
  answerSchema,
  formatJoin,
  isFinished,
  type ResultsResponse,
  resultsResponseSchema,
  type RunRow,
  runsResponseSchema,
  type SweepSpec,
  type SweepStatus,
  sweepStatusSchema,
  type TrainersResponse,
  trainersResponseSchema,
} from '@seedbed/contracts';
import { startThrowawayServer } from '@seedbed/queue/server-fixture';

const fromHere = createRequire(__filename);

/** How long a test waits for something that takes seconds on an idle machine. */
const PATIENCE_MS = 120_000;

export interface ProcessOptions {
  /** A built copy of Seedbed to start instead of this one. */
  readonly tree?: string;
  /** Called with every line of its log. */
  readonly onLogLine?: (line: string) => void;
  /** Of a coordinator. @default any free port */
  readonly listen?: string;
}

export class System {
  private readonly processes = new Set<ChildProcess>();
  private url = '';
  private coordinator: ChildProcess | null = null;

  private constructor(private readonly server: Awaited<ReturnType<typeof startThrowawayServer>>) {}

  static async start(): Promise<System> {
    const system = new System(await startThrowawayServer());
    try {
      await system.startCoordinator();
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  /** By which trainers started in other ways find it; a coordinator on loopback asks for no token. */
  get joinWord(): string {
    return formatJoin({
      url: this.url,
      token: 'none-is-asked-for',
      redisUrl: this.server.urls.trainer,
      fingerprint: null,
    });
  }

  /** Of the coordinator's user. */
  get redisUrl(): string {
    return this.server.urls.coordinator;
  }

  /** Of the trainers' user. */
  get trainerRedisUrl(): string {
    return this.server.urls.trainer;
  }

  /** The coordinator's; gone with the server's own files. */
  get checkpointDirectory(): string {
    return join(this.server.directory, 'checkpoints');
  }

  /** Of the coordinator. */
  get coordinatorUrl(): string {
    return this.url;
  }

  async startCoordinator(options: ProcessOptions = {}): Promise<ChildProcess> {
    const environment = {
      SEEDBED_LISTEN: options.listen ?? '127.0.0.1:0',
      SEEDBED_CHECKPOINT_DIR: this.checkpointDirectory,
    };
    const coordinator = this.fork('coordinator', environment, options);
    const { url } = await this.message<{ url: string }>(coordinator, 'ready');
    this.url = url;
    this.coordinator = coordinator;
    return coordinator;
  }

  /** As an upgrade does it: the old one ends before the new one starts. */
  async restartCoordinator(options: ProcessOptions = {}): Promise<ChildProcess> {
    await this.endCoordinator();
    return this.startCoordinator(options);
  }

  async endCoordinator(): Promise<void> {
    if (this.coordinator !== null) await this.kill(this.coordinator, 'SIGTERM');
    this.coordinator = null;
  }

  /** A trainer with one child, once it is ready to train. */
  async startTrainer(
    environment: Record<string, string> = {},
    options: ProcessOptions = {},
  ): Promise<ChildProcess> {
    const trainer = this.fork('trainer', { SEEDBED_CHILDREN: '1', ...environment }, options);
    await this.message(trainer, 'ready');
    return trainer;
  }

  async kill(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const exit = process.exitCode === null && process.signalCode === null ? once(process, 'exit') : null;
    process.kill(signal);
    await exit;
    this.processes.delete(process);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes].map((process) => this.kill(process, 'SIGTERM')));
    await this.server.stop();
  }

  /** The server and all its data are gone; an empty one takes its place, at the same address. */
  async loseServer(): Promise<void> {
    await this.server.kill();
    await rm(join(this.server.directory, 'appendonlydir'), { recursive: true, force: true });
    await rm(join(this.server.directory, 'appendonly.aof'), { force: true });
    await this.server.restart();
  }

  /** @param idempotencyKey the same key and sweep file give the same sweep */
  async launch(spec: SweepSpec | Record<string, unknown>, idempotencyKey?: string): Promise<string> {
    const response = await fetch(`${this.url}/v1/sweeps`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify({ spec }),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`launch answered ${response.status}: ${JSON.stringify(body)}`);
    return sweepStatusSchema.parse(body).sweepId;
  }

  async status(sweepId: string): Promise<SweepStatus> {
    return sweepStatusSchema.parse(await this.get(`/v1/sweeps/${sweepId}`));
  }

  async finished(sweepId: string): Promise<SweepStatus> {
    return this.until(`${sweepId} is finished`, async () => {
      const status = await this.status(sweepId);
      return isFinished(status.state) ? status : null;
    });
  }

  /** `answer.json`, as the bytes that the coordinator gives, and parsed. */
  async answer(sweepId: string): Promise<{ text: string; answer: Answer }> {
    const response = await fetch(`${this.url}/v1/sweeps/${sweepId}/answer`);
    const text = await response.text();
    return { text, answer: answerSchema.parse(JSON.parse(text)) };
  }

  async runs(sweepId: string): Promise<RunRow[]> {
    const page = await this.get(`/v1/sweeps/${sweepId}/runs?limit=1000`);
    return runsResponseSchema.parse(page).runs;
  }

  async results(sweepId: string): Promise<ResultsResponse> {
    return resultsResponseSchema.parse(await this.get(`/v1/sweeps/${sweepId}/results`));
  }

  async trainers(): Promise<TrainersResponse['trainers']> {
    return trainersResponseSchema.parse(await this.get('/v1/trainers')).trainers;
  }

  async post(path: string): Promise<number> {
    return (await fetch(`${this.url}${path}`, { method: 'POST' })).status;
  }

  /** Asks again and again until there is an answer. */
  async until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await ask();
      if (answer !== null) return answer;
      if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  private fork(
    app: 'coordinator' | 'trainer',
    environment: Record<string, string>,
    { tree, onLogLine }: ProcessOptions,
  ): ChildProcess {
    const home =
      tree === undefined
        ? dirname(fromHere.resolve(`@seedbed/${app}/package.json`))
        : join(tree, 'apps', app);
    const main = join(home, 'dist', 'main.js');
    const child = fork(main, [], {
      env: { ...process.env, REDIS_URL: this.server.urls[app], SEEDBED_LOG_LEVEL: 'warn', ...environment },
      execArgv: [],
      stdio: ['ignore', onLogLine === undefined ? 'ignore' : 'pipe', 'inherit', 'ipc'],
    });
    if (onLogLine !== undefined && child.stdout !== null) createInterface(child.stdout).on('line', onLogLine);
    this.processes.add(child);
    return child;
  }

  private async message<T>(child: ChildProcess, type: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      child.on('message', (message: { type?: string } & T) => {
        if (message.type === type) resolve(message);
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`ended (${code ?? signal}) before it was ${type}`)),
      );
    });
  }
}
