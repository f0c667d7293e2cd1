/** Which sweeps there are to look after, found without reading every finished sweep all the time. */
import { type SweepId, isFinished } from '@seedbed/contracts';
import type { SweepRecord, SweepStore } from '@seedbed/queue';

/** Newly launched sweeps are on the first page; more than this are not launched between two looks. */
const RECORDS_PER_PAGE = 50;
/** Thorough looks between two that list everything: a finished sweep set running again elsewhere is found after these. */
const THOROUGH_LOOKS_PER_FULL_LISTING = 15;

export class SweepDirectory {
  readonly #store: SweepStore;
  readonly #finished = new Set<SweepId>();
  readonly #noticed = new Set<SweepId>();
  #looksUntilFull = 0;

  constructor(store: SweepStore) {
    this.#store = store;
  }

  /** The sweep is looked at in the next refresh whatever was known of it. */
  notice(sweepId: SweepId): void {
    this.#noticed.add(sweepId);
  }

  clear(): void {
    this.#finished.clear();
    this.#looksUntilFull = 0;
  }

  /**
   * The records of all unfinished sweeps, and once those of sweeps that were not known to be finished.
   *
   * @param look.unfinished sweeps that were unfinished when last seen
   * @param look.thorough also look for sweeps that nobody told us of; reading fifty sweep files with every commit
   *   would take the processor from training
   */
  async refresh(look: {
    readonly thorough: boolean;
    readonly unfinished: readonly SweepId[];
  }): Promise<SweepRecord[]> {
    // Taken now, so that a notice that comes while we read is kept for the next time.
    const noticed = new Set(this.#noticed);
    this.#noticed.clear();
    const found = look.thorough ? await this.#list() : new Map<SweepId, SweepRecord>();
    for (const sweepId of [...look.unfinished, ...noticed]) {
      if (found.has(sweepId)) continue;
      const record = await this.#store.getSweep(sweepId);
      if (record !== null) found.set(sweepId, record);
    }
    const records = [...found.values()].filter(
      ({ state, sweepId }) => !isFinished(state) || !this.#finished.has(sweepId) || noticed.has(sweepId),
    );
    for (const record of records) {
      if (isFinished(record.state)) this.#finished.add(record.sweepId);
      else this.#finished.delete(record.sweepId);
    }
    return records;
  }

  /** The newest sweeps; all of them at first and every now and then. */
  async #list(): Promise<Map<SweepId, SweepRecord>> {
    const isFull = this.#looksUntilFull <= 0;
    this.#looksUntilFull = isFull ? THOROUGH_LOOKS_PER_FULL_LISTING : this.#looksUntilFull - 1;
    const found = new Map<SweepId, SweepRecord>();
    for (let offset = 0; ; offset += RECORDS_PER_PAGE) {
      const page = await this.#store.listSweeps({ offset, limit: RECORDS_PER_PAGE });
      for (const record of page) found.set(record.sweepId, record);
      if (page.length < RECORDS_PER_PAGE || !isFull) return found;
    }
  }
}
