/** What a child tells its supervisor while it trains: the latest of each member, a few times a second at most. */
import type { FromChild, MemberProgress } from './protocol.js';

/** Windows take tens of milliseconds; people and the hang watch need no more than this. */
const REPORT_INTERVAL_MS = 500;

export class ChildReport {
  private readonly latest = new Map<number, MemberProgress>();
  private reportedAt = 0;

  constructor(
    private readonly packId: number,
    private readonly send: (message: FromChild) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Called once a window for every member; sends now and then, which is the sign of life as well. */
  note(progress: MemberProgress): void {
    const before = this.latest.get(progress.member);
    // A window without an evaluation does not make the last one unknown.
    this.latest.set(progress.member, {
      ...progress,
      validationAccuracy: progress.validationAccuracy ?? before?.validationAccuracy ?? null,
      validationLoss: progress.validationLoss ?? before?.validationLoss ?? null,
    });
    if (this.now() - this.reportedAt >= REPORT_INTERVAL_MS) this.flush();
  }

  flush(): void {
    if (this.latest.size === 0) return;
    this.reportedAt = this.now();
    this.send({ type: 'progress', packId: this.packId, members: [...this.latest.values()] });
  }
}
