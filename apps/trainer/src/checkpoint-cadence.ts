/** When a child sends the states of its pack: now and then, and never while the last ones are still on their way. */

/**
 * What a killed trainer loses of a run at most. Rare enough that copying a pack's weights once is nothing beside the thousands of
 * steps in between. Runs that are done sooner leave none.
 */
export const CHECKPOINT_INTERVAL_MS = 60_000;

export class CheckpointCadence {
  private lastAtMs: number;
  private underWay = 0;

  /** @param intervalMs null for never */
  constructor(
    private readonly intervalMs: number | null,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.lastAtMs = nowMs();
  }

  /** True once an interval. */
  isDue(): boolean {
    if (this.intervalMs === null || this.underWay > 0) return false;
    if (this.nowMs() - this.lastAtMs < this.intervalMs) return false;
    this.lastAtMs = this.nowMs();
    return true;
  }

  /** @returns to be called when the message has left this process */
  sending(): () => void {
    this.underWay += 1;
    return () => (this.underWay -= 1);
  }
}
