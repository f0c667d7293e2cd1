/** Progress for people: the latest of each run, written at most once a second, lost without harm. */
import type { RunId, RunProgress, SweepId } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import { PeriodicTask } from './periodic-task.js';

const PROGRESS_INTERVAL_MS = 1_000;

export class ProgressWriter {
  private readonly latest = new Map<SweepId, Map<RunId, RunProgress>>();
  private readonly task: PeriodicTask;

  constructor(private readonly store: SweepStore) {
    this.task = new PeriodicTask({
      intervalMs: PROGRESS_INTERVAL_MS,
      task: () => this.flush(),
      // The next second brings newer numbers.
      onError: () => undefined,
    });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  note(sweepId: SweepId, runId: RunId, progress: RunProgress): void {
    const ofSweep = this.latest.get(sweepId) ?? new Map<RunId, RunProgress>();
    ofSweep.set(runId, progress);
    this.latest.set(sweepId, ofSweep);
  }

  private async flush(): Promise<void> {
    const batches = [...this.latest];
    this.latest.clear();
    for (const [sweepId, progress] of batches) await this.store.writeProgress(sweepId, progress);
  }
}
