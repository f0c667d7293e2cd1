/**
 * Leads all sweeps: plans, feeds the queue, decides, repairs. All state is derived from the durable records, and every
 * write is one of which the first stands, so that a crash at any point, or two conductors at once, change nothing in the
 * end. The lease is there so that only one works: writes are sent under it, and refused once another leads.
 */
import { RetryableError, type SweepId, coerceError, isFinished } from '@seedbed/contracts';
import { type BlockQueue, LeaseLostError, type SweepRecord, type SweepStore } from '@seedbed/queue';
import { adoptClass } from './adopt-class.js';
import { RecordsChangedError, advance } from './advance.js';
import { EndedWithout } from './ended-without.js';
import { feed } from './feed.js';
import { Housekeeping } from './housekeeping.js';
import { loadView } from './load-view.js';
import { committedAmong } from './record-access.js';
import { reconcile } from './reconcile.js';
import { SweepDirectory } from './sweep-directory.js';
import { SweepView } from './sweep-view.js';
import { isTrainable } from './trainable.js';
import { withdraw } from './withdraw.js';

/** The part of a logger that is needed; pino's fits. */
export interface ConductorLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface ConductorOptions {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  /** SHA-256 of the training data, part of every run's identity. */
  readonly datasetDigest: string;
  /** Names this conductor in the lease; must differ from every other's. */
  readonly owner: string;
  readonly leaseDurationMs: number;
  readonly logger: ConductorLogger;
}

/** What is not finished or not as it should be, for monitoring. */
export interface SweepCounts {
  readonly sweeps: { readonly running: number; readonly paused: number };
  /** Of running sweeps. */
  readonly runs: { readonly committed: number; readonly outstanding: number; readonly dead: number };
  /** Given up, in unfinished sweeps and in those that ended incomplete within the last week. */
  readonly deadRuns: number;
}

export interface TickOptions {
  /** Also repair the queue and look at runs outside it; otherwise only look for what a hint can have announced. */
  readonly thorough: boolean;
}

export class Conductor {
  readonly #options: ConductorOptions;
  readonly #directory: SweepDirectory;
  readonly #views = new Map<SweepId, SweepView>();
  readonly #housekeeping = new Housekeeping();
  readonly #endedWithout = new EndedWithout();
  /** Sweeps that could not go on, with the message that was logged: a defect is logged once, not every tick. */
  readonly #troubles = new Map<SweepId, string>();
  #epoch: number | null = null;
  /** Under our lease, while we lead. */
  #store: SweepStore;
  #queue: BlockQueue;
  /** Every running sweep has been looked at since we lead. */
  #isInformed = false;
  #passNumber = 0;

  constructor(options: ConductorOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#queue = options.queue;
    this.#directory = new SweepDirectory(options.store);
  }

  get isLeading(): boolean {
    return this.#epoch !== null;
  }

  /**
   * Runs of running sweeps that have neither a commit nor a dead letter, in the queue or not; a sweep that is between two
   * stages counts as one. Null while this conductor does not know: it does not lead, or has not looked at everything yet.
   */
  openRuns(): number | null {
    if (!this.#isInformed) return null;
    return this.#runningViews().reduce((sum, view) => sum + Math.max(1, view.openRunCount), 0);
  }

  /** Null while this conductor does not know, as with `openRuns`. */
  sweepCounts(): SweepCounts | null {
    if (!this.#isInformed) return null;
    const running = this.#runningViews();
    const runs = { committed: 0, outstanding: 0, dead: 0 };
    for (const { planned, outstanding, dead } of running.flatMap((view) =>
      view.stages.map((stage) => stage.counts()),
    )) {
      runs.committed += planned - outstanding;
      runs.outstanding += outstanding - dead;
      runs.dead += dead;
    }
    const unfinished = [...this.#views.values()];
    return {
      sweeps: { running: running.length, paused: unfinished.length - running.length },
      runs,
      deadRuns: unfinished.reduce((sum, view) => sum + deadRunsOf(view), this.#endedWithout.count()),
    };
  }

  /** Have a sweep looked at in the next tick even when it was finished before (launched or retried just now). */
  notice(sweepId: SweepId): void {
    this.#directory.notice(sweepId);
  }

  /**
   * One round over everything; calls must not overlap.
   *
   * @throws RetryableError when Redis is away; the next tick starts from the records
   */
  async tick({ thorough }: TickOptions): Promise<void> {
    try {
      const isNewLease = await this.#holdLease();
      if (!this.isLeading) return;
      await this.#lead(thorough || isNewLease);
      this.#isInformed = true;
    } catch (thrown) {
      // Commands may or may not have been carried out, and the server may come back with an older state.
      const { epoch, owner } = { epoch: this.#epoch, owner: this.#options.owner };
      this.#forgetEverything();
      if (!(thrown instanceof LeaseLostError)) throw thrown;
      this.#options.logger.warn({ owner, epoch }, 'a write was refused: another coordinator leads now');
    }
  }

  async close(): Promise<void> {
    const wasLeading = this.isLeading;
    this.#forgetEverything();
    if (wasLeading) await this.#options.store.releaseLease(this.#options.owner);
  }

  /** @returns whether the lease is a new one, so that nothing known from before can be relied on */
  async #holdLease(): Promise<boolean> {
    const { store, owner, leaseDurationMs, logger } = this.#options;
    const lease = await store.holdLease(owner, leaseDurationMs);
    if (lease === null) {
      if (this.isLeading) logger.warn({ owner }, 'another coordinator leads now');
      this.#forgetEverything();
      return false;
    }
    if (lease.epoch === this.#epoch) return false;
    this.#forgetEverything();
    this.#epoch = lease.epoch;
    this.#store = store.fenced({ owner, epoch: lease.epoch });
    this.#queue = this.#options.queue.fenced({ owner, epoch: lease.epoch });
    logger.info({ owner, epoch: lease.epoch }, 'leading');
    return true;
  }

  async #lead(thorough: boolean): Promise<void> {
    if (thorough) this.#passNumber += 1;
    const unfinished = [...this.#views.keys(), ...this.#troubles.keys()];
    const records = await this.#directory.refresh({ thorough, unfinished });
    const isThere = new Set(records.map((record) => record.sweepId));
    for (const sweepId of this.#views.keys()) if (!isThere.has(sweepId)) this.#views.delete(sweepId);
    for (const record of records) {
      // What cannot be read is not read again with every hint.
      if (!thorough && this.#troubles.has(record.sweepId)) continue;
      await this.#guarded(record.sweepId, () => this.#attend(record, thorough));
    }
    if (thorough) await this.#withdrawUntrainable();
    for (const view of await this.#feed()) {
      if (this.#views.get(view.record.sweepId) !== view) continue;
      await this.#guarded(view.record.sweepId, () => this.#advance(view));
    }
    // Stages that were planned just now have no blocks in the queue yet.
    await this.#feed();
    if (thorough) await this.#housekeeping.tidy(this.#queue);
  }

  /** What only trainers of other numerics classes could claim waits in the plan until one of its own comes. */
  async #withdrawUntrainable(): Promise<void> {
    const pinned = this.#runningViews().filter(({ record }) => record.numericsClass !== null);
    if (pinned.length === 0) return;
    const trainers = await this.#store.listTrainers();
    for (const view of pinned) {
      if (isTrainable(view.record, trainers)) continue;
      await this.#guarded(view.record.sweepId, () => withdraw(view, this.#queue));
    }
  }

  #feed(): Promise<SweepView[]> {
    return feed(this.#runningViews(), {
      store: this.#store,
      queue: this.#queue,
      guarded: (sweepId, act) => this.#guarded(sweepId, act),
    });
  }

  /** Oldest first. */
  #runningViews(): SweepView[] {
    return [...this.#views.values()]
      .filter((view) => view.record.state === 'running')
      .sort(
        (a, b) =>
          compare(a.record.createdAt, b.record.createdAt) || compare(a.record.sweepId, b.record.sweepId),
      );
  }

  async #attend(record: SweepRecord, thorough: boolean): Promise<void> {
    const known = this.#views.get(record.sweepId);
    if (isFinished(record.state)) {
      if (known !== undefined) this.#putAway(known);
      else if (record.state === 'cancelled') await this.#clearAway(record);
      await this.#endedWithout.learn(record, this.#store);
      return;
    }
    this.#endedWithout.forget(record.sweepId);
    this.#housekeeping.cancel(record.sweepId);
    const view = known ?? (await loadView(this.#store, this.#queue, record));
    const classChanged = view.record.numericsClass !== record.numericsClass;
    view.record = record;
    this.#views.set(record.sweepId, view);
    if (record.state === 'paused') {
      if (thorough || !view.isWithdrawn) await withdraw(view, this.#queue);
      view.isWithdrawn = true;
      return;
    }
    view.isWithdrawn = false;
    await this.#observe(view, { thorough: thorough && known !== undefined, readAll: classChanged });
    await this.#advance(view);
    const isPinnable = record.spec.mixed !== true && view.record.numericsClass === null;
    if (isPinnable && (thorough || known === undefined)) await this.#adopt(view);
  }

  /** Brings the view up to date with the records, and the queue with the view. */
  async #observe(view: SweepView, look: { thorough: boolean; readAll: boolean }): Promise<void> {
    const [store, queue] = [this.#store, this.#queue];
    const { sweepId } = view.record;
    if (look.thorough) {
      const report = await reconcile(view, { store, queue }, this.#passNumber);
      if (report.added.length + report.replaced.length > 0)
        this.#options.logger.warn({ sweepId, ...report }, 'repaired the queue');
    }
    const runIds = look.readAll ? view.outstandingRunIds() : look.thorough ? [] : view.queuedRunIds();
    view.noteCommitted(await committedAmong(store, runIds, view.record));
    view.setDeadLetters(await store.readDeadLetters(sweepId));
  }

  async #adopt(view: SweepView): Promise<void> {
    const store = this.#store;
    const numericsClass = await adoptClass(view, store);
    if (numericsClass === null) return;
    view.record = { ...view.record, numericsClass };
    view.noteCommitted(await committedAmong(store, view.outstandingRunIds(), view.record));
    await this.#advance(view);
  }

  async #advance(view: SweepView): Promise<void> {
    const { sweepId } = view.record;
    const { steps, finished } = await advance(view, {
      store: this.#store,
      datasetDigest: this.#options.datasetDigest,
    });
    for (const step of steps) this.#options.logger.info({ sweepId, step }, `sweep step: ${step.kind}`);
    if (!finished) return;
    // Until its record is read: nobody who looks meanwhile is to see none.
    this.#endedWithout.note(sweepId, deadRunsOf(view));
    this.#putAway(view);
    this.#directory.notice(sweepId);
  }

  /** Blocks of a sweep that was cancelled while nobody was conducting may still wait. */
  async #clearAway(record: SweepRecord): Promise<void> {
    if ((await this.#queue.depth()).waiting === 0) return;
    const view = new SweepView(record);
    for (const plan of await this.#store.readPlannedStages(record.sweepId)) view.addStage(plan);
    this.#putAway(view);
  }

  #putAway(view: SweepView): void {
    this.#views.delete(view.record.sweepId);
    this.#troubles.delete(view.record.sweepId);
    this.#housekeeping.add(view.record.sweepId, view.allJobIds());
  }

  /**
   * One sweep whose records cannot be read must not hold up the others; an outage concerns all and is passed on.
   *
   * @returns whether it went well; otherwise the sweep is read anew in the next tick
   */
  async #guarded(sweepId: SweepId, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.#troubles.delete(sweepId);
      return true;
    } catch (thrown) {
      const error = coerceError(thrown);
      if (error instanceof RetryableError) throw error;
      this.#views.delete(sweepId);
      if (error instanceof RecordsChangedError || this.#troubles.get(sweepId) === error.message) return false;
      this.#troubles.set(sweepId, error.message);
      this.#options.logger.error({ sweepId, err: error }, 'a sweep cannot go on; the others do');
      return false;
    }
  }

  #forgetEverything(): void {
    this.#epoch = null;
    this.#isInformed = false;
    this.#views.clear();
    this.#housekeeping.clear();
    this.#endedWithout.clear();
    this.#directory.clear();
  }
}

function deadRunsOf(view: SweepView): number {
  return view.stages.reduce((sum, stage) => sum + stage.counts().dead, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
