/**
 * Where a pack's time goes. The time between two laps belongs to what was done meanwhile and is shared out evenly over the
 * members for which it was done, so that the members' times add up to the pack's.
 */
import type { RunTime } from '@seedbed/contracts';

export class PackClock {
  private readonly times: { trainingMs: number; evaluationMs: number }[];
  private lapAtMs = 0;

  constructor(
    members: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.times = Array.from({ length: members }, () => ({ trainingMs: 0, evaluationMs: 0 }));
  }

  /** What happened since the last lap is not the pack's doing: data was loaded, or the event loop had its turn. */
  start(): void {
    this.lapAtMs = this.nowMs();
  }

  lap(what: 'training' | 'evaluation', members: readonly number[]): void {
    const now = this.nowMs();
    const share = (now - this.lapAtMs) / members.length;
    this.lapAtMs = now;
    for (const member of members) {
      const time = this.times[member];
      if (time === undefined) throw new RangeError(`a pack of ${this.times.length} has no member ${member}`);
      time[`${what}Ms`] += share;
    }
  }

  timeOf(member: number): RunTime {
    return { ...(this.times[member] ?? { trainingMs: 0, evaluationMs: 0 }) };
  }

  get total(): RunTime {
    const sum = (what: keyof RunTime) => this.times.reduce((total, time) => total + time[what], 0);
    return { trainingMs: sum('trainingMs'), evaluationMs: sum('evaluationMs') };
  }
}
