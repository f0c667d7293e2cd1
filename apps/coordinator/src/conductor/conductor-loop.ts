/** Runs the conductor's ticks one after another: soon after a hint, thoroughly at a fixed rate. */
import { coerceError } from '@seedbed/contracts';
import type { Conductor, ConductorLogger } from './conductor.js';

/** Hints come with every commit; looking more often than this would only read the same records again. */
const TICK_GAP_MS = 100;

type Wish = 'nothing' | 'glance' | 'thorough';

export class ConductorLoop {
  readonly #conductor: Pick<Conductor, 'tick'>;
  readonly #reconcileIntervalMs: number;
  readonly #logger: ConductorLogger;
  #wish: Wish = 'nothing';
  #isRunning = false;
  #isStopped = false;
  #current: Promise<void> = Promise.resolve();
  #interval: NodeJS.Timeout | undefined;
  #gap: NodeJS.Timeout | undefined;
  #isTroubled = false;
  #movedAtMs = performance.now();

  constructor(
    conductor: Pick<Conductor, 'tick'>,
    options: { readonly reconcileIntervalMs: number; readonly logger: ConductorLogger },
  ) {
    this.#conductor = conductor;
    this.#reconcileIntervalMs = options.reconcileIntervalMs;
    this.#logger = options.logger;
  }

  /** Resolves after the first tick, whether it succeeded or not. */
  async start(): Promise<void> {
    this.#interval = setInterval(() => this.wake('thorough'), this.#reconcileIntervalMs);
    this.wake('thorough');
    await this.#current;
  }

  /** Asks for a tick soon; many askings become one tick. */
  wake(wish: Exclude<Wish, 'nothing'>): void {
    if (this.#wish !== 'thorough') this.#wish = wish;
    if (!this.#isRunning && !this.#isStopped && this.#gap === undefined) this.#run();
  }

  /** Since a tick last began or ended, whether it succeeded or not. */
  standstillMs(): number {
    return performance.now() - this.#movedAtMs;
  }

  /** No tick begins after this; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#interval);
    clearTimeout(this.#gap);
    await this.#current;
  }

  #run(): void {
    const thorough = this.#wish === 'thorough';
    this.#wish = 'nothing';
    this.#isRunning = true;
    this.#movedAtMs = performance.now();
    this.#current = this.#tick(thorough).then(() => {
      this.#movedAtMs = performance.now();
      this.#isRunning = false;
      if (this.#isStopped) return;
      this.#gap = setTimeout(() => {
        this.#gap = undefined;
        if (this.#wish !== 'nothing') this.#run();
      }, TICK_GAP_MS);
    });
  }

  async #tick(thorough: boolean): Promise<void> {
    try {
      await this.#conductor.tick({ thorough });
      if (this.#isTroubled) this.#logger.info({}, 'conducting again');
      this.#isTroubled = false;
    } catch (thrown) {
      // An outage is logged once, not every two seconds for as long as it lasts.
      if (!this.#isTroubled)
        this.#logger.warn({ err: coerceError(thrown) }, 'cannot conduct for now; trying again');
      this.#isTroubled = true;
    }
  }
}
