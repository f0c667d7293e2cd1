/** Progress for people: the latest of each run and its new evaluations, written at most once a second, lost without harm. */
import { type CurvePoint, LIMITS, type RunId, type RunProgress, type SweepId } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import { PeriodicTask } from './periodic-task.js';

const PROGRESS_INTERVAL_MS = 1_000;

interface RunOfSweep {
  readonly sweepId: SweepId;
  readonly runId: RunId;
}

interface Unwritten {
  readonly progress: Map<RunId, RunProgress>;
  readonly points: Map<RunId, readonly CurvePoint[]>;
}

export class ProgressWriter {
  private readonly unwritten = new Map<SweepId, Unwritten>();
  private readonly task: PeriodicTask;

  constructor(
    private readonly store: Pick<SweepStore, 'writeProgress' | 'appendCurves'>,
    intervalMs = PROGRESS_INTERVAL_MS,
  ) {
    this.task = new PeriodicTask({
      intervalMs,
      task: () => this.flush(),
      // What was not written is tried again with the next second's.
      onError: () => undefined,
    });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  note({ sweepId, runId }: RunOfSweep, progress: RunProgress, points: readonly CurvePoint[]): void {
    const { progress: latest, points: curves } = this.ofSweep(sweepId);
    latest.set(runId, progress);
    if (points.length > 0) curves.set(runId, bounded([...(curves.get(runId) ?? []), ...points]));
  }

  /** The run has its result: what is not written yet would come after its commit. */
  forget({ sweepId, runId }: RunOfSweep): void {
    const { progress, points } = this.ofSweep(sweepId);
    progress.delete(runId);
    points.delete(runId);
  }

  private ofSweep(sweepId: SweepId): Unwritten {
    const known = this.unwritten.get(sweepId) ?? { progress: new Map(), points: new Map() };
    this.unwritten.set(sweepId, known);
    return known;
  }

  private async flush(): Promise<void> {
    for (const [sweepId, { progress, points }] of this.unwritten) {
      const [newest, evaluated] = [new Map(progress), new Map(points)];
      if (newest.size > 0) await this.store.writeProgress(sweepId, newest);
      if (evaluated.size > 0) await this.store.appendCurves(sweepId, evaluated);
      // Only what is unchanged since then is written; a run that was forgotten meanwhile stays forgotten.
      for (const [runId, written] of newest) if (progress.get(runId) === written) progress.delete(runId);
      for (const [runId, written] of evaluated) {
        const left = points.get(runId)?.filter((point) => !written.includes(point)) ?? [];
        if (left.length > 0) points.set(runId, left);
        else points.delete(runId);
      }
      if (progress.size === 0 && points.size === 0) this.unwritten.delete(sweepId);
    }
  }
}

/** Twice as many points as a run may have are a fault; the latest are what people look at. */
function bounded(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return points.slice(-LIMITS.evaluationsPerRunMax);
}
