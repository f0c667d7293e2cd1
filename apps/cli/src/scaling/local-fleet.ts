/** Trainers as processes of this machine. */
import { hostname } from 'node:os';
import type { TrainerStatus } from '@seedbed/contracts';
import { FailedError } from '../errors.js';
import { appScript } from '../system/installation.js';
import { describeEnd, type ManagedProcess, startManagedProcess } from '../system/managed-process.js';
import { environmentOfTrainers } from '../system/part-environment.js';
import type { Fleet, FleetChange } from './fleet.js';
import { chooseVictims } from './victims.js';

/** Above the trainer's own bound (10 s), so that it is never killed before it has handed its work back. */
const GRACE_MS = 12_000;
/** A trainer that dies more often within a minute will not get better by itself. */
const DEATHS_PER_MINUTE_MAX = 3;
const MINUTE_MS = 60_000;

export interface LocalFleetOptions {
  /** Says where the work is. */
  readonly environment: NodeJS.ProcessEnv;
  readonly children: number;
  /** Ends busy trainers too, which hand their work back. */
  readonly interrupt: boolean;
  readonly onLogLine: (line: string) => void;
  readonly onDeath: (message: string) => void;
}

export class LocalFleet implements Fleet {
  readonly failed: Promise<never>;
  readonly #options: LocalFleetOptions;
  readonly #running = new Map<number, ManagedProcess>();
  readonly #ending = new Set<Promise<void>>();
  #deathsAtMs: number[] = [];
  #isClosed = false;
  #fail: (error: Error) => void = () => undefined;

  constructor(options: LocalFleetOptions) {
    this.#options = options;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  goTo(target: number, trainers: readonly TrainerStatus[]): Promise<FleetChange> {
    const started = this.#isClosed ? 0 : Math.max(0, target - this.#running.size);
    for (let count = 0; count < started; count += 1) this.#start();
    const victims = chooseVictims(this.#candidates(trainers), this.#running.size - target, this.#options);
    for (const processId of victims) this.#end(processId);
    return Promise.resolve({ running: this.#running.size, started, ended: victims.length });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const processId of this.#running.keys()) this.#end(processId);
    await Promise.all(this.#ending);
  }

  #candidates(trainers: readonly TrainerStatus[]) {
    const ours = new Map(
      trainers.filter(({ host }) => host === hostname()).map((status) => [status.processId, status]),
    );
    return [...this.#running.keys()].map((processId) => ({ processId, status: ours.get(processId) ?? null }));
  }

  #start(): void {
    const { environment, children, onLogLine } = this.#options;
    const trainer = startManagedProcess({
      name: 'a trainer',
      script: appScript('trainer', 'main.js'),
      // Each its own name and no port: several run here.
      environment: { ...environmentOfTrainers(environment), SEEDBED_CHILDREN: String(children) },
      onLogLine,
      onErrorLine: onLogLine,
    });
    this.#running.set(trainer.processId, trainer);
    void trainer.ended.then((end) => {
      // Not by us: those that we end are not among the running.
      if (this.#running.get(trainer.processId) !== trainer) return;
      this.#running.delete(trainer.processId);
      this.#noteDeath(describeEnd('a trainer', end, trainer.lastErrors()), end.exitCode === 2);
    });
  }

  #end(processId: number): void {
    const trainer = this.#running.get(processId);
    if (trainer === undefined) return;
    this.#running.delete(processId);
    const ending: Promise<void> = trainer.stop(GRACE_MS).then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** @param isRefused it does not like its configuration, and never will */
  #noteDeath(message: string, isRefused: boolean): void {
    const now = performance.now();
    this.#deathsAtMs = [...this.#deathsAtMs.filter((at) => now - at < MINUTE_MS), now];
    if (isRefused || this.#deathsAtMs.length > DEATHS_PER_MINUTE_MAX) this.#fail(new FailedError(message));
    else this.#options.onDeath(`${message}; another takes its place`);
  }
}
