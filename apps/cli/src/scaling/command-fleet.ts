/** Trainers that a person's own command starts and ends: kubectl, sbatch, a cloud's tool. */
import { spawn } from 'node:child_process';
import type { TrainerStatus } from '@seedbed/contracts';
import type { Fleet, FleetChange } from './fleet.js';

/** A command that is told the same again repairs what ended by itself, and costs a cluster's scheduler a question. */
const REPEAT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 60_000;

export interface CommandFleetOptions {
  /** For `sh -c`. */
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Lets the command end busy trainers too, which hand their work back. */
  readonly interrupt: boolean;
  readonly onOutput: (text: string) => void;
  readonly onFailure: (message: string) => void;
}

export class CommandFleet implements Fleet {
  readonly failed = new Promise<never>(() => undefined);
  readonly #options: CommandFleetOptions;
  #lastTold: string | null = null;
  #lastAtMs = -Infinity;

  constructor(options: CommandFleetOptions) {
    this.#options = options;
  }

  async goTo(target: number, trainers: readonly TrainerStatus[]): Promise<FleetChange> {
    const busy = trainers.filter(({ state }) => state === 'training').length;
    const told = {
      SEEDBED_TRAINERS_WANTED: String(this.#options.interrupt ? target : Math.max(target, busy)),
      SEEDBED_TRAINERS_IDLE: trainers
        .filter(({ state }) => state === 'idle')
        .map(({ trainerId }) => trainerId)
        .join(' '),
    };
    const now = performance.now();
    const isNews = JSON.stringify(told) !== this.#lastTold;
    if (isNews || now - this.#lastAtMs >= REPEAT_MS) {
      const failure = await this.#run(told);
      // What failed is tried again at the next look.
      this.#lastTold = failure === null ? JSON.stringify(told) : null;
      this.#lastAtMs = now;
      if (failure !== null) this.#options.onFailure(failure);
    }
    return { running: null, started: 0, ended: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @returns why it failed, or null */
  #run(told: NodeJS.ProcessEnv): Promise<string | null> {
    const { command, environment, signal, onOutput } = this.#options;
    return new Promise((resolve) => {
      const child = spawn('sh', ['-c', command], {
        env: { ...environment, ...told },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
        timeout: COMMAND_TIMEOUT_MS,
      });
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
      child.once('error', (error) => resolve(`the command could not run: ${error.message}`));
      child.once('close', (code, by) => {
        resolve(
          code === 0 ? null : `the command ended ${by === null ? `with exit code ${code}` : `by ${by}`}`,
        );
      });
    });
  }
}
