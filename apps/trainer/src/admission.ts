/** What is looked up about a claimed block before it is trained: is it still wanted, are we able to, what is done already. */
import type { Logger } from 'pino';
import type { NumericsClass, SweepId } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { BlockEndings } from './block-endings.js';
import type { HeldBlock } from './held-block.js';
import type { Parking } from './parking.js';
import type { Resumption } from './resumption.js';
import { retryWhileAway } from './retrying.js';
import { isWanted, notWanted } from './sweep-watch.js';

export interface AdmissionOptions {
  readonly store: SweepStore;
  readonly endings: BlockEndings;
  readonly parking: Parking;
  readonly resumption: Pick<Resumption, 'stepOf'>;
  readonly numericsClass: NumericsClass;
  readonly logger: Logger;
  readonly draining: AbortSignal;
}

/** A trainer meets few sweeps at a time; forgetting one costs one look-up. */
const PINS_KEPT = 1_000;
/** In place of a pin: the sweep is mixed, and a result of any class will do. */
const ANY_CLASS = Symbol('any numerics class');

export class Admission {
  /** Classes that sweeps are pinned to; a pin never changes, nor that a sweep is mixed. */
  private readonly pins = new Map<SweepId, NumericsClass | typeof ANY_CLASS>();

  constructor(private readonly options: AdmissionOptions) {}

  /**
   * True when the block has runs for us to train; otherwise it is ended or parked already.
   *
   * @throws RetryableError when draining began while Redis was away
   */
  admit(block: HeldBlock): Promise<boolean> {
    const { logger, draining } = this.options;
    return retryWhileAway(() => this.look(block), { what: 'look-up of a block', signal: draining, logger });
  }

  private async look(block: HeldBlock): Promise<boolean> {
    const { store, endings, parking, numericsClass, logger } = this.options;
    const { sweepId, runs } = block.job;
    const runIds = runs.map((run) => run.runId);
    const pin = await this.pinOf(sweepId);
    // Both at once: a pack is as late as its last block, and the commits of a block that is not ours cost little.
    const [states, commits] = await Promise.all([
      store.sweepStates([sweepId]),
      store.readCommits(runIds, pin === ANY_CLASS ? null : numericsClass),
    ]);
    const state = states.get(sweepId);
    if (!isWanted(state)) {
      await endings.fail(block, notWanted(state));
      return false;
    }
    if (pin !== null && pin !== ANY_CLASS && pin !== numericsClass) {
      logger.warn(
        { jobId: block.jobId, pin, numericsClass },
        'sweep is pinned to another numerics class; its block goes to another trainer',
      );
      parking.park(block);
      return false;
    }
    for (const runId of commits.keys()) block.committed(runId);
    if (block.isCommitted) await endings.complete(block);
    else block.resumeStep = await this.options.resumption.stepOf(block);
    return !block.isCommitted;
  }

  private async pinOf(sweepId: SweepId): Promise<NumericsClass | typeof ANY_CLASS | null> {
    const known = this.pins.get(sweepId);
    if (known !== undefined) return known;
    const record = await this.options.store.getSweep(sweepId);
    const pin = record?.spec.mixed === true ? ANY_CLASS : (record?.numericsClass ?? null);
    if (this.pins.size >= PINS_KEPT) this.pins.clear();
    if (pin !== null) this.pins.set(sweepId, pin);
    return pin;
  }
}
