/**
 * The sign of life of one slot's loop: what it does, and when it last moved. A loop that stands still for longer than its
 * activity can take waits for something that will never come (known of Redis clients: a blocking read that is never
 * answered), and only a fresh process helps. A Redis that is away is no such case: the loop then goes on trying.
 */

export type Activity = 'gathering' | 'replacing-child' | 'training';

export type PulseLimits = Readonly<Record<Activity, number>>;

export interface Standstill {
  readonly activity: Activity;
  readonly silentMs: number;
}

export class Pulse {
  private activity: Activity = 'gathering';
  private lastBeatMs: number;

  /**
   * @param limits longest standstill of each activity, in milliseconds
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(
    private readonly limits: PulseLimits,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastBeatMs = now();
  }

  beat(activity: Activity): void {
    this.activity = activity;
    this.lastBeatMs = this.now();
  }

  /** Null while the loop moves. */
  standstill(): Standstill | null {
    const silentMs = this.now() - this.lastBeatMs;
    return silentMs > this.limits[this.activity] ? { activity: this.activity, silentMs } : null;
  }
}
