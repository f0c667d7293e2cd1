/**
 * Looks for blocks whose trainer died: BullMQ's script marks what is active, and at the next look puts back what is
 * marked and has no lock. It runs apart from any trainer, so that a block returns also when the last trainer was the one
 * that died.
 */

/** The script itself refuses to run twice within the interval: a little later is safely after it. */
const SLACK_MS = 20;

export class StalledCheck {
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(
    private readonly intervalMs: number,
    private readonly look: () => Promise<void>,
  ) {
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    // An outage is met again, and reported, by whoever needs an answer; here the next look is the answer.
    await this.look().catch(() => undefined);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#run(), this.intervalMs + SLACK_MS);
  }
}
