/**
 * The whole reproduction: a private system in the output directory, the report's sweep on it, and the report at the end.
 *
 * Commits are durable in the server's data, so every way of ending early (Ctrl-C, a kill, a power cut, a full disk)
 * leaves a state from which the next start carries on. A finished reproduction starts anew.
 */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { canonicalJson, sha256, type SweepSpec, type SweepStatus } from '@seedbed/contracts';
import { type CliContext, printLine } from '../cli-context.js';
import { type CoordinatorClient, createCoordinatorClient } from '../client/coordinator-client.js';
import { fetchDataSet } from '../data-set.js';
import { InterruptedError } from '../errors.js';
import type { ExitCode } from '../exit-codes.js';
import { removeTemporaryFiles } from '../output/atomic-file.js';
import { createProgressDisplay, type ProgressDisplay } from '../progress/progress-display.js';
import { watchSweep } from '../progress/watch-sweep.js';
import { readBootstrapState } from '../system/bootstrap-state.js';
import { lockDirectory } from '../system/directory-lock.js';
import { chooseServer, type ServerChoice } from '../system/server-choice.js';
import { type RunningSystem, startSystem } from '../system/system.js';
import {
  openingLine,
  outputDirectory,
  partLabel,
  refuseAnotherPart,
  type ReproductionOptions,
  specToRun,
} from './choices.js';
import { concludeReproduction, type Conclusion } from './conclude.js';
import { checkFreeSpace, createHealthWatch } from './health-watch.js';
import { discardState, type OpenRecord, openRecord, stateDirectoryOf, writeRecord } from './record.js';

/** A private coordinator restarts in a second; this long only if the machine is overloaded. */
const PATIENCE_MS = 60_000;

export async function runReproduction(context: CliContext, options: ReproductionOptions): Promise<ExitCode> {
  const output = outputDirectory(context, options);
  const { spec, note } = await specToRun(options.part);
  const lock = lockDirectory(output);
  try {
    const server = chooseServer({ environment: context.environment['REDIS_URL'] }, readBootstrapState());
    await removeTemporaryFiles(output);
    await checkFreeSpace(output);
    refuseAnotherPart(output, partLabel(options.part));
    await fetchDataSet(context);
    const opened = await openRecord(output, partLabel(options.part));
    printLine(context.stderr, openingLine(opened, output, server));
    if (note !== null) printLine(context.stderr, note);
    const { part, json } = options;
    const conclude = (ended: EndedSweep) =>
      concludeReproduction({ context, part, json, spec, output, ...ended });
    return await new PrivateSweep(context, options, { output, spec, server, opened, conclude }).run();
  } finally {
    lock.release();
  }
}

/** What is known when the sweep has ended; the system still runs. */
export type EndedSweep = Pick<
  Conclusion,
  'client' | 'last' | 'serverDescription' | 'totalMs' | 'elapsedMs' | 'firstStatus' | 'markFinished'
>;

export interface PrivateSweepSetup {
  readonly output: string;
  readonly spec: SweepSpec;
  readonly server: ServerChoice;
  readonly opened: OpenRecord;
  readonly conclude: (ended: EndedSweep) => Promise<ExitCode>;
}

/** One sweep on a system of its own in the output directory, from the start of the server to its end. */
export class PrivateSweep {
  private readonly startedMs = performance.now();
  private readonly display: ProgressDisplay;
  private readonly ended = new AbortController();
  private readonly signal: AbortSignal;
  private firstStatus: SweepStatus | null = null;
  private finished = false;

  constructor(
    private readonly context: CliContext,
    private readonly options: Pick<ReproductionOptions, 'trainers' | 'children'>,
    private readonly setup: PrivateSweepSetup,
  ) {
    this.display = createProgressDisplay(context.stderr, context.environment);
    this.signal = AbortSignal.any([context.signal, this.ended.signal]);
  }

  async run(): Promise<ExitCode> {
    const { stderr, signal } = this.context;
    let system: RunningSystem | null = null;
    try {
      system = await this.startSystem();
      const work = this.trainAndConclude(this.openClient(system), system);
      return await Promise.race([work, system.failed]);
    } catch (thrown: unknown) {
      this.display.stop();
      if (system === null) {
        // Nothing was begun: leave nothing behind that looks as if it were.
        if (this.setup.opened.origin !== 'carried-on') await discardState(this.setup.output);
        throw thrown;
      }
      if (signal.aborted) printLine(stderr, 'stopping: trainers hand their work back');
      await this.saveTime();
      throw thrown;
    } finally {
      this.display.stop();
      this.ended.abort(new InterruptedError('SIGTERM')); // ends the watch of a system that failed
      await system?.stop();
      if (system !== null && !this.finished)
        printLine(stderr, `the next start carries on from here (state in ${this.stateDirectory})`);
    }
  }

  private async trainAndConclude(client: CoordinatorClient, system: RunningSystem): Promise<ExitCode> {
    const { setup } = this;
    const sweepId = await this.launch(client);
    const last = await this.watch(client, sweepId);
    this.display.stop();
    return setup.conclude({
      client,
      last,
      serverDescription: system.serverDescription,
      totalMs: 1_000 * setup.opened.record.secondsBefore + this.elapsedMs(),
      firstStatus: this.firstStatus,
      elapsedMs: this.elapsedMs(),
      markFinished: () => this.markFinished(),
    });
  }

  private startSystem(): Promise<RunningSystem> {
    const { context, options, setup } = this;
    return startSystem({
      server: setup.server,
      directory: this.stateDirectory,
      listen: '127.0.0.1:0',
      exposure: null,
      trainerToken: null,
      token: randomBytes(24).toString('hex'),
      trainers: options.trainers,
      children: options.children,
      environment: context.environment,
      signal: context.signal,
      onEvent: ({ level, part, message }) => {
        if (level !== 'info') this.display.note(`${part}: ${message}`);
      },
    });
  }

  private openClient(system: RunningSystem): CoordinatorClient {
    return createCoordinatorClient({
      connection: () => ({ url: system.url, token: system.token, fingerprint: null }),
      signal: this.signal,
      patienceMs: PATIENCE_MS,
      onAway: (away, reason) => this.display.note(away ? `${reason}; waiting for it` : reason),
    });
  }

  /** The same key and sweep file find the same sweep; a sweep file that changed meanwhile gets a new one. */
  private async launch(client: CoordinatorClient): Promise<string> {
    const { spec, opened } = this.setup;
    const key = `reproduction-${opened.record.key}-${sha256(canonicalJson(spec)).slice(0, 12)}`;
    const status = await client.launch(spec, key);
    if (status.state === 'incomplete') await client.act(status.sweepId, 'retry');
    if (status.state === 'paused') await client.act(status.sweepId, 'resume');
    return status.sweepId;
  }

  private watch(client: CoordinatorClient, sweepId: string): Promise<SweepStatus> {
    const health = createHealthWatch(client, this.setup.output);
    return watchSweep({
      client,
      sweepId,
      signal: this.signal,
      onStatus: async (status) => {
        this.firstStatus ??= status;
        this.display.update(status, Date.now());
        await health.check(status);
      },
    });
  }

  private get stateDirectory(): string {
    return stateDirectoryOf(this.setup.output);
  }

  private elapsedMs(): number {
    return performance.now() - this.startedMs;
  }

  private async saveTime(): Promise<void> {
    const { record } = this.setup.opened;
    const secondsBefore = record.secondsBefore + this.elapsedMs() / 1_000;
    // On a full disk the time of this start is lost, and nothing else.
    await writeRecord(this.setup.output, { ...record, secondsBefore }).catch(() => undefined);
  }

  private async markFinished(): Promise<void> {
    const { record } = this.setup.opened;
    await writeRecord(this.setup.output, { ...record, finishedAt: new Date().toISOString() });
    this.finished = true;
  }
}
