/** A trainer by the book, without training: claims blocks, commits canned results, completes. Every step is the test's. */
import {
  type NumericsClass,
  type RunResult,
  type RunSettings,
  type TrainerStatus,
  settingsOfRun,
  trainerIdSchema,
} from '@seedbed/contracts';
import type { BlockFailure, BlockQueue, ClaimedBlock, SweepStore } from '@seedbed/queue';
import { CLASS_A, cannedResult, commitOf } from './sweep-fixtures.js';

export interface FakeTrainerOptions {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  readonly name?: string;
  readonly numericsClass?: NumericsClass;
  readonly resultOf?: (settings: RunSettings) => RunResult;
}

export class FakeTrainer {
  /** Job ids in the order in which they were claimed. */
  readonly claimed: string[] = [];
  readonly name: string;
  readonly #options: FakeTrainerOptions;
  #claims = 0;

  constructor(options: FakeTrainerOptions) {
    this.#options = options;
    this.name = options.name ?? 'trainer-1';
  }

  get numericsClass(): NumericsClass {
    return this.#options.numericsClass ?? CLASS_A;
  }

  async claim(): Promise<ClaimedBlock | null> {
    this.#claims += 1;
    const block = await this.#options.queue.claim(`${this.name}-${this.#claims}`);
    if (block !== null) this.claimed.push(block.jobId);
    return block;
  }

  /** As `claim`, where something must be waiting. */
  async claimOne(): Promise<ClaimedBlock> {
    const block = await this.claim();
    if (block === null) throw new Error('nothing to claim');
    return block;
  }

  /** Commits the block's first runs; those that are committed already are passed over. @returns how many were new */
  async commit(block: ClaimedBlock, runsMax = Infinity): Promise<number> {
    const { store, resultOf = cannedResult } = this.#options;
    const known = await store.readCommits(
      block.job.runs.map((run) => run.runId),
      this.numericsClass,
    );
    let offered = 0;
    for (const { seed, runId } of block.job.runs) {
      if (known.has(runId) || offered >= runsMax) continue;
      const settings = settingsOfRun(block.job.settings, seed);
      const { sweepId } = block.job;
      const { numericsClass, name: trainer } = this;
      const { attempt } = block;
      await store.commit(
        commitOf({ sweepId, settings, result: resultOf(settings), numericsClass, trainer, attempt }),
      );
      offered += 1;
    }
    return offered;
  }

  async finish(block: ClaimedBlock): Promise<void> {
    const state = (await this.#options.store.sweepStates([block.job.sweepId])).get(block.job.sweepId);
    if (state === 'cancelled') {
      await this.fail(block, { cause: 'cancelled', reason: 'the sweep was cancelled', guilty: false });
      return;
    }
    await this.commit(block);
    await this.#options.queue.complete(block);
  }

  async fail(block: ClaimedBlock, failure: BlockFailure): Promise<'waiting' | 'dead' | 'lost'> {
    return await this.#options.queue.fail(block, failure);
  }

  /** Trains what waits, at most `blocksMax` blocks. @returns how many there were */
  async work(blocksMax = Infinity): Promise<number> {
    let done = 0;
    for (; done < blocksMax; done += 1) {
      const block = await this.claim();
      if (block === null) break;
      await this.finish(block);
    }
    return done;
  }

  /** Signs off. */
  async leave(): Promise<void> {
    await this.#options.store.removeTrainer(trainerIdSchema.parse(this.name));
  }

  async heartbeat(children = 1): Promise<void> {
    const at = new Date().toISOString();
    const status: TrainerStatus = {
      trainerId: trainerIdSchema.parse(this.name),
      host: 'test',
      processId: process.pid,
      children,
      numericsClass: this.numericsClass,
      backend: 'test',
      state: 'idle',
      packs: [],
      startedAt: at,
      at,
    };
    await this.#options.store.heartbeat(status, 60_000);
  }
}
