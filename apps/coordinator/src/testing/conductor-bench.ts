/** A conductor on a given queue and store, driven tick by tick. */
import { type SweepId, type SweepSpec, type SweepState, canonicalJson, jobIdOf } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import { expandBlocks } from '@seedbed/search';
import { Conductor, type ConductorLogger } from '../conductor/conductor.js';
import { answerOf } from '../reading/sweep-answer.js';
import { readFacts } from '../reading/sweep-facts.js';
import { statusOf } from '../reading/sweep-status.js';
import { launchSweep } from '../sweeps/launch.js';
import { FakeTrainer } from './fake-trainer.js';
import { DATASET_DIGEST } from './sweep-fixtures.js';

export interface System {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details: object;
}

/** Long enough that no test outlives it by accident. */
export const LEASE_DURATION_MS = 60_000;
/** A sweep of the tests needs a handful of rounds. */
const ROUNDS_MAX = 50;

export class ConductorBench {
  readonly log: LogLine[] = [];
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  conductor: Conductor;
  #conductors = 0;
  #launches = 0;

  /**
   * @param name of its conductors in the lease; differs from that of another bench on the same system
   * @param datasetDigest as the coordinators' that it is compared with
   */
  constructor(
    system: System,
    private readonly name = 'conductor',
    private readonly datasetDigest: string = DATASET_DIGEST,
  ) {
    this.store = system.store;
    this.queue = system.queue;
    this.conductor = this.newConductor();
  }

  newConductor(owner = `${this.name}-${(this.#conductors += 1)}`): Conductor {
    const line = (level: LogLine['level']) => (details: object, message: string) => {
      this.log.push({ level, details, message });
    };
    const logger: ConductorLogger = { info: line('info'), warn: line('warn'), error: line('error') };
    const { store, queue } = this;
    return new Conductor({
      store,
      queue,
      datasetDigest: this.datasetDigest,
      owner,
      leaseDurationMs: LEASE_DURATION_MS,
      logger,
    });
  }

  /** As after a crash: a new conductor that knows nothing, on the same records. */
  async restart(): Promise<void> {
    await this.conductor.close();
    this.conductor = this.newConductor();
  }

  async close(): Promise<void> {
    await this.conductor.close();
  }

  async tick(): Promise<void> {
    await this.conductor.tick({ thorough: true });
  }

  async glance(): Promise<void> {
    await this.conductor.tick({ thorough: false });
  }

  /** Sweeps launched later are younger, also within a millisecond. */
  async launch(spec: SweepSpec): Promise<SweepId> {
    this.#launches += 1;
    const now = new Date(Date.UTC(2026, 0, 1) + 1_000 * this.#launches).toISOString();
    const outcome = await launchSweep(this.store, { spec, idempotencyKey: null, now });
    if (outcome.kind === 'conflict') throw new Error('a sweep without a key cannot conflict');
    return outcome.record.sweepId;
  }

  trainer(options: Partial<ConstructorParameters<typeof FakeTrainer>[0]> = {}): FakeTrainer {
    return new FakeTrainer({ store: this.store, queue: this.queue, ...options });
  }

  /** Ticks and trains until nothing moves any more. */
  async settle(trainer: FakeTrainer = this.trainer()): Promise<void> {
    await trainer.heartbeat();
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await this.tick();
      if ((await trainer.work()) === 0) return;
    }
    throw new Error(`still work to do after ${ROUNDS_MAX} rounds`);
  }

  async facts(sweepId: SweepId) {
    const record = await this.store.getSweep(sweepId);
    if (record === null) throw new Error(`no sweep ${sweepId}`);
    return await readFacts(this.store, record);
  }

  /** Job ids of a planned stage, in order. */
  async blockIds(sweepId: SweepId, stage: string): Promise<string[]> {
    const plan = (await this.store.readPlannedStages(sweepId)).find((one) => one.stage === stage);
    if (plan === undefined) throw new Error(`stage ${stage} is not planned`);
    return Array.from(expandBlocks(sweepId, plan), (job) => jobIdOf(job));
  }

  async status(sweepId: SweepId) {
    return statusOf(await this.facts(sweepId));
  }

  async state(sweepId: SweepId): Promise<SweepState> {
    return (await this.status(sweepId)).state;
  }

  async answer(sweepId: SweepId) {
    return answerOf(await this.facts(sweepId));
  }

  /** The bytes of answer.json. */
  async answerText(sweepId: SweepId): Promise<string> {
    return canonicalJson(await this.answer(sweepId));
  }
}
