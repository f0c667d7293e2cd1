/** What a child tells its supervisor while it trains: how far each member is and what it was evaluated to, a few times a second at most. */
import { type CurvePoint, LIMITS } from '@seedbed/contracts';
import type { FromChild } from './protocol.js';

/** Windows take tens of milliseconds; people and the hang watch need no more than this. */
const REPORT_INTERVAL_MS = 500;

interface Latest {
  readonly step: number;
  readonly steps: number;
  /** Not reported yet. */
  readonly points: CurvePoint[];
}

export class ChildReport {
  private readonly latest = new Map<number, Latest>();
  private reportedAt = 0;

  constructor(
    private readonly packId: number,
    private readonly send: (message: FromChild) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Called once a window for every member; sends now and then, which is the sign of life as well. */
  note(member: number, progress: { step: number; steps: number; point: CurvePoint | null }): void {
    const points = this.latest.get(member)?.points ?? [];
    if (progress.point !== null && points.length < LIMITS.evaluationsPerRunMax) points.push(progress.point);
    this.latest.set(member, { step: progress.step, steps: progress.steps, points });
    if (this.now() - this.reportedAt >= REPORT_INTERVAL_MS) this.flush();
  }

  flush(): void {
    if (this.latest.size === 0) return;
    this.reportedAt = this.now();
    const members = [...this.latest].map(([member, latest]) => ({ member, ...latest }));
    for (const [member, { step, steps }] of this.latest) this.latest.set(member, { step, steps, points: [] });
    this.send({ type: 'progress', packId: this.packId, members });
  }
}
